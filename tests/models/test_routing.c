/* Routing: who is eligible, what becomes of the requests, and that none is lost or made.
 *
 * First the pure part (routing.h): fail open, causes, request times against numerical integration
 * and drawn samples; then random storms through the façade, whose rates and counts are compared with
 * a plain model that looks at every target.
 */
#include "tests/tap.h"

#include "models/elb/request_time.h"
#include "models/elb/routing.h"
#include "tests/models/balance.h"

static const double patience_s[] = {60};
static const distribution quick = {.kind = DISTRIBUTION_CONSTANT, .a = 0.05};

static uint32_t add(routing *r, uint32_t service, request_outcome outcome, route_kind kind)
{
    return routing_add(
        r, &(route_class){.service = service, .outcome = outcome, .request_seconds = &quick}, kind);
}

static const request_sample *share_of(const routing *r, uint32_t service)
{
    static const request_sample nothing;
    for (uint32_t i = 0; i < routing_share_count(r); i++)
        if (routing_share_at(r, i)->service == service) return &routing_share_at(r, i)->rates;
    return &nothing;
}

static void eligibility(void)
{
    const double rate[] = {120};
    TEST("healthy_targets_share_evenly_and_the_others_get_nothing (L47, L50)")
    {
        routing *r = routing_create(1, patience_s, &(routing_rule){0});
        for (int i = 0; i < 3; i++)
            add(r, 0, OUTCOME_SERVED, ROUTE_HEALTHY);
        add(r, 1, OUTCOME_SERVED, ROUTE_HEALTHY);
        add(r, 2, OUTCOME_SERVED, ROUTE_OPEN);
        add(r, 2, OUTCOME_SERVED, ROUTE_NONE);
        OK(!routing_fails_open(r, 0));
        routing_share(r, rate, 3);
        IS_DOUBLE(share_of(r, 0)->offered, 90);
        IS_DOUBLE(share_of(r, 1)->offered, 30);
        IS_DOUBLE(share_of(r, 2)->offered, 0);
        IS_DOUBLE(routing_target_rate(r, 0), 30);
        routing_destroy(r);
    }
    TEST("group_without_a_healthy_target_fails_open_to_unhealthy_and_initial_ones (L51)")
    {
        routing *r = routing_create(1, patience_s, &(routing_rule){0});
        const uint32_t healthy = add(r, 0, OUTCOME_SERVED, ROUTE_HEALTHY);
        add(r, 1, OUTCOME_REFUSED, ROUTE_OPEN);
        add(r, 1, OUTCOME_SERVED, ROUTE_OPEN);
        OK(!routing_fails_open(r, 0));
        routing_remove(r, healthy, ROUTE_HEALTHY);
        OK(routing_fails_open(r, 0));
        routing_share(r, rate, 0);
        IS_DOUBLE(share_of(r, 1)->offered, 120);
        IS_DOUBLE(share_of(r, 1)->failed[FAILED_502], 60);
        IS_DOUBLE(routing_total(r)->failed[FAILED_503], 0);
        routing_destroy(r);
    }
    TEST("no_registered_target_or_only_draining_ones_is_503_of_the_group's_owner (L71)")
    {
        routing *r = routing_create(1, patience_s, &(routing_rule){0});
        routing_share(r, rate, 2);
        IS_DOUBLE(share_of(r, 2)->failed[FAILED_503], 120);
        add(r, 1, OUTCOME_SERVED, ROUTE_NONE);
        OK(!routing_fails_open(r, 0));
        routing_share(r, rate, NO_INDEX);
        IS_DOUBLE(routing_total(r)->failed[FAILED_503], 120);
        IS_DOUBLE(share_of(r, 1)->offered, 0);
        routing_destroy(r);
    }
    TEST("lagging_balancer_goes_on_sending_to_what_was_deregistered")
    {
        routing *r = routing_create(1, patience_s, &(routing_rule){0});
        add(r, 0, OUTCOME_REFUSED, ROUTE_LAGGING);
        for (int i = 0; i < 3; i++)
            add(r, 0, OUTCOME_SERVED, ROUTE_HEALTHY);
        routing_share(r, rate, 0);
        IS_DOUBLE(share_of(r, 0)->failed[FAILED_502], 30);
        routing_destroy(r);
    }
    TEST("causes: refused 502, hung 504, own errors and error rate application (L70-L75)")
    {
        routing *r = routing_create(1, patience_s, &(routing_rule){0});
        add(r, 0, OUTCOME_REFUSED, ROUTE_HEALTHY);
        add(r, 0, OUTCOME_HANGS, ROUTE_HEALTHY);
        add(r, 0, OUTCOME_ERROR, ROUTE_HEALTHY);
        routing_add(r,
                    &(route_class){.service = 0,
                                   .outcome = OUTCOME_SERVED,
                                   .request_seconds = &quick,
                                   .error_rate = 0.5},
                    ROUTE_HEALTHY);
        routing_share(r, rate, 0);
        const request_sample *s = share_of(r, 0);
        IS_DOUBLE(s->failed[FAILED_502], 30);
        IS_DOUBLE(s->failed[FAILED_504], 30);
        IS_DOUBLE(s->failed[FAILED_APPLICATION], 45);
        IS_DOUBLE(s->failed[FAILED_503], 0);
        IS_INT(routing_outcome((target_answer){.kind = ANSWER_STATUS, .status_code = 503}),
               OUTCOME_ERROR);
        IS_INT(routing_outcome((target_answer){.kind = ANSWER_STATUS, .status_code = 404}),
               OUTCOME_SERVED);
        routing_destroy(r);
    }
    TEST("an_answer_later_than_the_limit_is_504 (L72, L75)")
    {
        const double limits_s[] = {1, 4}, rates[] = {100, 50};
        const distribution slow = {.kind = DISTRIBUTION_EXPONENTIAL, .a = 2};
        routing *r = routing_create(2, limits_s, &(routing_rule){0});
        routing_add(r,
                    &(route_class){.service = 0,
                                   .outcome = OUTCOME_SERVED,
                                   .request_seconds = &slow,
                                   .error_rate = 0.1},
                    ROUTE_HEALTHY);
        routing_share(r, rates, 0);
        const double late = 100 * exp(-0.5) + 50 * exp(-2);
        IS_NEAR(routing_total(r)->failed[FAILED_504], late, 1e-9);
        IS_NEAR(routing_total(r)->failed[FAILED_APPLICATION], (150 - late) * 0.1, 1e-9);
        routing_destroy(r);
    }
    TEST("classes_are_as_many_as_fare_alike_at_a_time_not_as_ever_were")
    {
        routing *r = routing_create(1, patience_s, &(routing_rule){0});
        uint32_t highest = 0;
        for (uint32_t i = 0; i < 1000; i++) {
            const uint32_t class = add(r, i, OUTCOME_SERVED, ROUTE_HEALTHY);
            highest = class > highest ? class : highest;
            routing_remove(r, class, ROUTE_HEALTHY);
        }
        IS_INT(highest, 0);
        routing_destroy(r);
    }
}

/* ---- request times ---- */

static const double empirical_values[] = {0.2, 0.9, 0.9, 3.5};
static const distribution times[] = {
    {.kind = DISTRIBUTION_CONSTANT, .a = 1.5},
    {.kind = DISTRIBUTION_EXPONENTIAL, .a = 2},
    {.kind = DISTRIBUTION_UNIFORM, .a = 0.5, .b = 2.5},
    {.kind = DISTRIBUTION_NORMAL, .a = 1, .b = 0.8},
    {.kind = DISTRIBUTION_LOGNORMAL, .a = 1.2, .b = 0.7},
    {.kind = DISTRIBUTION_GAMMA, .a = 2.5, .b = 0.6},
    {.kind = DISTRIBUTION_WEIBULL, .a = 1.5, .b = 2},
    {.kind = DISTRIBUTION_PARETO, .a = 2.1, .b = 0.5},
    {.kind = DISTRIBUTION_PARETO, .a = 1, .b = 0.5},
    {.kind = DISTRIBUTION_PARETO, .a = 0.7, .b = 0.5},
    {.kind = DISTRIBUTION_EMPIRICAL, .count = 4, .values = empirical_values},
};

static void request_times(void)
{
    TEST("tail_is_the_share_of_drawn_times_above")
    {
        for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
            random_stream s =
                random_stream_at((random_source){.seed = 7}, random_purpose("tail"), (uint32_t)i);
            double drawn[20000];
            for (int n = 0; n < 20000; n++)
                drawn[n] = distribution_draw(&times[i], &s);
            for (double x = 0.1; x < 6; x += 0.7) {
                int above = 0;
                for (int n = 0; n < 20000; n++)
                    above += drawn[n] > x;
                IS_NEAR(request_time_tail(&times[i], x), above / 20000.0, 0.015);
            }
        }
    }
    TEST("tail_integral_is_the_integral_of_the_tail")
    {
        for (size_t i = 0; i < sizeof times / sizeof *times; i++)
            for (double from = 0; from < 3; from += 0.8) {
                const double to = from + 2.3;
                double sum = 0;
                for (int n = 0; n < 20000; n++)
                    sum += request_time_tail(&times[i], from + (to - from) * (n + 0.5) / 20000);
                IS_NEAR(request_time_integral(&times[i], from, to), sum * (to - from) / 20000,
                        3e-4);
            }
        IS_DOUBLE(request_time_integral(&times[1], 2, 2), 0);
        IS_DOUBLE(request_time_integral(NULL, 0, 2), 0);
    }
    TEST("far_tails_are_0_without_complaint")
    {
        for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
            if (times[i].kind == DISTRIBUTION_PARETO) continue;
            IS_NEAR(request_time_tail(&times[i], 4000), 0, 1e-12);
            IS_NEAR(request_time_integral(&times[i], 4000, 4001), 0, 1e-12);
        }
        const distribution brief = {.kind = DISTRIBUTION_GAMMA, .a = 40, .b = 1e-3};
        IS_NEAR(request_time_tail(&brief, 60), 0, 1e-12);
    }
    TEST("in_flight_is_rate_times_time_less_what_is_failed_otherwise (Little)")
    {
        const double limits_s[] = {1e6};
        const route_class class = {.request_seconds = &times[1], .error_rate = 0.25};
        routing *r = routing_create(1, limits_s, &(routing_rule){0});
        routing_add(r, &class, ROUTE_HEALTHY);
        routing_share(r, (double[]){10}, 0);
        IS_NEAR(routing_in_flight(r, &class, 10, 1e5, 0), 10 * 2 * 0.75, 1e-6);
        IS_NEAR(routing_in_flight(r, &class, 10, 1e5, 3), 10 * 2 * 0.75 * exp(-1.5), 1e-6);
        OK(routing_in_flight(r, &class, 10, 0.001, 0) <= 10 * 0.001); /* no more than it got */
        IS_DOUBLE(routing_in_flight(r, &class, 10, 0, 0), 0);
        routing_destroy(r);
    }
    TEST("what_waits_beyond_its_limit_is_504_already_and_not_cut_again")
    {
        const double limits_s[] = {1};
        const route_class class = {.request_seconds = &times[1]};
        routing *r = routing_create(1, limits_s, &(routing_rule){0});
        routing_add(r, &class, ROUTE_HEALTHY);
        routing_share(r, (double[]){10}, 0);
        /* ages 0..1, and each ends before 1: integral of exp(-x/2) - exp(-1/2) */
        IS_NEAR(routing_in_flight(r, &class, 10, 1e5, 0), 10 * (2 * (1 - exp(-0.5)) - exp(-0.5)),
                1e-9);
        IS_DOUBLE(routing_in_flight(r, &class, 10, 1e5, 1), 0);
        routing_destroy(r);
    }
}

/* ---- storms against a plain model ---- */

typedef struct {
    bool present, draining, healthy;
    target_answer answer;
    uint32_t service;
    double error_rate;
} plain_target;

static void plain_share(const plain_target *t, uint32_t n, bool open, double rate,
                        request_sample out[3])
{
    uint32_t eligible = 0;
    for (uint32_t i = 0; i < n; i++)
        eligible += t[i].present && !t[i].draining && (t[i].healthy || open);
    for (uint32_t i = 0; i < n; i++) {
        if (!t[i].present || t[i].draining || !(t[i].healthy || open)) continue;
        request_sample *s = &out[t[i].service];
        const double part = rate / eligible;
        s->offered += part;
        if (t[i].answer.kind == ANSWER_REFUSE)
            s->failed[FAILED_502] += part;
        else if (t[i].answer.kind == ANSWER_HANG)
            s->failed[FAILED_504] += part;
        else if (t[i].answer.kind == ANSWER_STATUS)
            s->failed[FAILED_APPLICATION] += part;
        else
            s->failed[FAILED_APPLICATION] += part * t[i].error_rate;
    }
    if (eligible == 0) {
        out[0].offered += rate;
        out[0].failed[FAILED_503] += rate;
    }
}

static void compare(balance *b, const plain_target *t, uint32_t n)
{
    target_group_sample group;
    load_balancing_group_sample(b->lb, 0, &group);
    uint32_t healthy = 0, registered = 0, draining = 0;
    for (uint32_t i = 0; i < n; i++) {
        healthy += t[i].present && !t[i].draining && t[i].healthy;
        registered += t[i].present && !t[i].draining;
        draining += t[i].present && t[i].draining;
    }
    IS_INT(group.healthy, healthy);
    IS_INT(group.registered, registered);
    IS_INT(group.draining, draining);
    IS_INT(group.fail_open, healthy == 0 && registered > 0);
    request_sample want[3] = {{0}};
    plain_share(t, n, group.fail_open, 120, want);
    double offered = 0;
    for (uint32_t s = 0; s < 3; s++) {
        request_sample got;
        load_balancing_service_requests(b->lb, s, &got);
        IS_NEAR(got.offered, want[s].offered, 1e-9);
        double failed = 0;
        for (int c = 0; c < FAILED_CAUSES; c++) {
            IS_NEAR(got.failed[c], want[s].failed[c], 1e-9);
            failed += got.failed[c];
        }
        OK(failed <= got.offered + 1e-9);
        offered += got.offered;
    }
    IS_NEAR(offered, 120, 1e-9);
    IS_NEAR(group.requests.offered, 120, 1e-9);
}

/* One random order at the present instant. */
static void disturb(balance *b, random_stream *s, plain_target *t, uint32_t i)
{
    static const target_answer answers[] = {{.kind = ANSWER_OK},
                                            {.kind = ANSWER_REFUSE},
                                            {.kind = ANSWER_HANG},
                                            {.kind = ANSWER_STATUS, .status_code = 500}};
    const target_answer answer = answers[random_below(s, 4)];
    if (!t[i].present) {
        t[i] = (plain_target){.present = true,
                              .answer = answer,
                              .service = (uint32_t)random_below(s, 3),
                              .error_rate = (double)random_below(s, 3) / 4};
        target_registration r = {.task = i + 1,
                                 .service = t[i].service,
                                 .owner = i,
                                 .answer = answer,
                                 .request_seconds = &quick,
                                 .error_rate = t[i].error_rate};
        b->targets[i] = load_balancing_register(b->lb, 0, &r);
    } else if (random_below(s, 5) > 0) {
        t[i].answer = answer;
        load_balancing_set_answer(b->lb, b->targets[i], answer);
    } else if (!t[i].draining) {
        t[i].draining = true;
        load_balancing_deregister(b->lb, b->targets[i]);
    }
}

static void conservation(void)
{
    TEST("rates_are_those_of_a_plain_model_that_looks_at_every_target")
    {
        balance b;
        rate_step step = {0, 120};
        balance_init(&b, 1);
        b.groups[0].deregistration_delay_us = 20 * SIM_SECOND;
        balance_add_traffic(&b, 0, &step, 60);
        balance_open(&b, false);
        load_balancing_assign(b.lb, 0, 0);
        load_balancing_assign(b.lb, 0, 1); /* the first one owns the 503s */
        enum { TARGETS = 12 };
        plain_target t[TARGETS] = {{0}};
        b.targets = memory_alloc(TARGETS, sizeof *b.targets);
        random_stream s = random_stream_at((random_source){.seed = 5}, random_purpose("mix"), 0);
        int opened = 0;
        for (int i = 0; i < 3000 && tap_test_failures == 0; i++) {
            for (uint64_t n = random_below(&s, 4); n > 0; n--)
                disturb(&b, &s, t, (uint32_t)random_below(&s, TARGETS));
            OK(engine_run_until(b.eng, (i + 1) * 3 * SIM_SECOND, NULL));
            for (uint32_t k = 0; k < TARGETS; k++) {
                const target_state state = load_balancing_state(b.lb, b.targets[k]);
                t[k].healthy = state == TARGET_HEALTHY;
                if (state == TARGET_UNUSED) t[k].present = false;
            }
            compare(&b, t, TARGETS);
            target_group_sample sample;
            load_balancing_group_sample(b.lb, 0, &sample);
            opened += sample.fail_open;
        }
        OK(opened > 20);
        OK(b.changed[CHANGED_TARGET_GROUP] > 1000);
        OK(b.changed[CHANGED_SERVICE] > 1000);
        balance_close(&b);
    }
}

int main(void)
{
    tap_begin();
    eligibility();
    request_times();
    conservation();
    return tap_end();
}
