/* Traffic: step functions, splits by listener rules, and what is logged of it. */
#include "tests/tap.h"

#include "models/workload/noise.h"
#include "models/workload/traffic.h"
#include "tests/models/balance.h"
#include <math.h>

static void series(void)
{
    TEST("series_holds_its_last_step_and_before_the_first_its_value")
    {
        rate_step steps[] = {{10, 1}, {20, 2}, {20, 3}, {30, 4}};
        const rate_series s = {.step_count = 4, .steps = steps};
        IS_DOUBLE(rate_series_at(&s, 0), 1);
        IS_DOUBLE(rate_series_at(&s, 10), 1);
        IS_DOUBLE(rate_series_at(&s, 19), 1);
        IS_DOUBLE(rate_series_at(&s, 20), 3);
        IS_DOUBLE(rate_series_at(&s, 29), 3);
        IS_DOUBLE(rate_series_at(&s, SIM_RUN_MAX), 4);
        IS_DOUBLE(rate_series_at(&(rate_series){0}, 5), 0);
    }
}

/* Two groups of one balancer: /a to g0; the rest 1:3 to g0 and g1; /gone is nobody's. */
typedef struct {
    forward_target to_a[1], rest[2];
    const char *a[1], *gone[1];
    listener_config listener;
    listener_rule_config rules[2];
} two_groups;

static void add_listener(balance *b, two_groups *l)
{
    *l = (two_groups){.to_a = {{0, 1}}, .rest = {{0, 1}, {1, 3}}, .a = {"/a/*"}, .gone = {"/gone"}};
    l->listener = (listener_config){
        .load_balancer = 0,
        .default_action = {.kind = ACTION_FORWARD, .forward_count = 2, .forwards = l->rest}};
    l->rules[0] = (listener_rule_config){
        .priority = 1,
        .path_count = 1,
        .paths = l->a,
        .action = {.kind = ACTION_FORWARD, .forward_count = 1, .forwards = l->to_a}};
    l->rules[1] =
        (listener_rule_config){.priority = 2,
                               .path_count = 1,
                               .paths = l->gone,
                               .action = {.kind = ACTION_FIXED_RESPONSE, .status_code = 410}};
    b->cfg.listener_count = 1;
    b->cfg.listeners = &l->listener;
    b->cfg.rule_count = 2;
    b->cfg.rules = l->rules;
}

static double offered(const balance *b, uint32_t group)
{
    target_group_sample s;
    load_balancing_group_sample(b->lb, group, &s);
    return s.requests.offered;
}

static void splits(void)
{
    traffic_path paths[] = {{.path = "/a/x", .share = 0.2},
                            {.path = "/", .share = 0.5},
                            {.path = "/a/y", .share = 0.1},
                            {.path = "/gone", .share = 0.2}};
    rate_step steps[] = {{0, 100}, {60 * SIM_SECOND, 200}};
    TEST("paths_meet_the_rules_and_forwards_their_weights (L40, L60, L63)")
    {
        balance b;
        two_groups l;
        balance_init(&b, 2);
        add_listener(&b, &l);
        balance_add_traffic(&b, NO_INDEX, steps, 60);
        b.traffic[0].load_balancer = 0;
        b.traffic[0].path_count = 4;
        b.traffic[0].paths = paths;
        b.traffic[0].rate.step_count = 2;
        balance_open(&b, false);
        balance_run(&b, 1);
        IS_NEAR(offered(&b, 0), 20 + 10 + 12.5, 1e-9);
        IS_NEAR(offered(&b, 1), 37.5, 1e-9);
        balance_run(&b, 59.999999);
        IS_NEAR(offered(&b, 1), 37.5, 1e-9);
        balance_run(&b, 60);
        IS_NEAR(offered(&b, 0), 85, 1e-9);
        IS_NEAR(offered(&b, 1), 75, 1e-9);
        IS_STR(b.log, NULL); /* not scripted: nothing is logged */
        balance_close(&b);
    }
    TEST("limit_is_the_shorter_of_patience_and_idle_timeout (L72, L75)")
    {
        balance b;
        balance_init(&b, 1);
        balance_add_traffic(&b, 0, steps, 30);
        balance_add_traffic(&b, 0, steps, 90);
        balance_add_traffic(&b, 0, steps, 60);
        balance_open(&b, false);
        traffic *tr = traffic_create(&b.cfg, b.random, b.eng, b.names, b.notifier, NULL, NULL);
        IS_INT(traffic_flow_count(tr, 0), 2);
        IS_DOUBLE(traffic_flow_limit_s(tr, 0, 0), 30);
        IS_DOUBLE(traffic_flow_limit_s(tr, 0, 1), 60);
        traffic_destroy(tr);
        balance_run(&b, 0);
        IS_DOUBLE(offered(&b, 0), 300);
        balance_close(&b);
    }
    TEST("balancer_without_a_listener_takes_nobody's_requests_anywhere")
    {
        balance b;
        balance_init(&b, 1);
        balance_add_traffic(&b, NO_INDEX, steps, 60);
        b.traffic[0].load_balancer = 0;
        b.traffic[0].path_count = 4;
        b.traffic[0].paths = paths;
        balance_open(&b, false);
        balance_run(&b, 100);
        IS_DOUBLE(offered(&b, 0), 0);
        balance_close(&b);
    }
}

static void logging(void)
{
    rate_step stairs[] = {{0, 100},
                          {10 * SIM_SECOND, 250},
                          {20 * SIM_SECOND, 250},
                          {30 * SIM_SECOND, 0},
                          {40 * SIM_SECOND, 100}};
    TEST("scripted_changes_are_logged_once_a_group_with_its_whole_rate")
    {
        balance b;
        two_groups l;
        traffic_path all[] = {{.path = "/", .share = 1}};
        balance_init(&b, 2);
        add_listener(&b, &l);
        balance_add_traffic(&b, NO_INDEX, stairs, 60);
        b.traffic[0].load_balancer = 0;
        b.traffic[0].path_count = 1;
        b.traffic[0].paths = all;
        b.traffic[0].rate.step_count = 5;
        b.traffic[0].scripted = true;
        balance_add_traffic(&b, 0, stairs, 60);
        b.traffic[1].rate.step_count = 2;
        b.traffic[1].scripted = true;
        balance_open(&b, false);
        balance_run(&b, 1000);
        IS_STR(b.log, "0 traffic.changed g0 125\n"
                      "0 traffic.changed g1 75\n"
                      "10 traffic.changed g0 312.5\n"
                      "10 traffic.changed g1 187.5\n"
                      "30 traffic.changed g0 250\n"
                      "30 traffic.changed g1 0\n"
                      "40 traffic.changed g0 275\n"
                      "40 traffic.changed g1 75\n");
        balance_close(&b);
    }
    TEST("a_step_is_one_engine_event_however_high_the_rate")
    {
        balance b;
        rate_step many[1000];
        for (int i = 0; i < 1000; i++)
            many[i] = (rate_step){i * SIM_MINUTE, 1e9 + i};
        balance_init(&b, 1);
        balance_add_traffic(&b, 0, many, 60);
        b.traffic[0].rate.step_count = 1000;
        balance_open(&b, false);
        balance_run(&b, 60000);
        IS_DOUBLE(offered(&b, 0), 1e9 + 999);
        OK(engine_event_count(b.eng) <= 3 * 1000); /* the step, the share, the observers */
        balance_close(&b);
    }
    TEST("rate_that_returns_to_0_is_0")
    {
        balance b;
        rate_step third[] = {{0, 1.0 / 3}, {SIM_SECOND, 0}}, tenth[] = {{0, 0.1}, {SIM_SECOND, 0}};
        balance_init(&b, 1);
        balance_add_traffic(&b, 0, third, 60);
        balance_add_traffic(&b, 0, tenth, 60);
        b.traffic[0].rate.step_count = b.traffic[1].rate.step_count = 2;
        balance_open(&b, false);
        balance_run(&b, 2);
        IS_DOUBLE(offered(&b, 0), 0);
        balance_close(&b);
    }
}

/* ---- noise ---- */

#define PERIODS 400

static rate_series noisy(const rate_noises *n, uint32_t replication)
{
    return noise_apply(n, (random_source){.seed = 9, .replication = replication},
                       PERIODS * SIM_MINUTE);
}

static void noise(void)
{
    rate_step flat[] = {{0, 100}}, stairs[] = {{0, 10}, {90 * SIM_SECOND, 20}};
    rate_noise one[] = {{.factor = {.kind = DISTRIBUTION_GAMMA, .a = 25, .b = 0.04},
                         .period_us = SIM_MINUTE,
                         .name = "noise/a/0",
                         .outer = NO_INDEX}};
    rate_part part[] = {{{1, flat}, 0}};
    const rate_noises n = {1, 1, one, part};
    TEST("the factor of period k is drawn from the noise's own stream of number k")
    {
        rate_series s = noisy(&n, 0);
        IS_INT(s.step_count, PERIODS + 1);
        double sum = 0;
        for (uint32_t k = 0; k < s.step_count; k++) {
            random_stream own =
                random_stream_at((random_source){.seed = 9}, random_purpose("noise/a/0"), k);
            IS_INT(s.steps[k].at_us, k * SIM_MINUTE);
            IS_DOUBLE(s.steps[k].per_second, 100 * distribution_draw(&one[0].factor, &own));
            sum += s.steps[k].per_second;
        }
        IS_NEAR(sum / s.step_count, 100, 3 * 20 / sqrt(PERIODS)); /* three standard errors */
        rate_series other = noisy(&n, 1);
        OK(other.steps[5].per_second < s.steps[5].per_second ||
           other.steps[5].per_second > s.steps[5].per_second);
        free(other.steps);
        free(s.steps);
    }
    TEST("noise on a sum multiplies its terms by the same numbers, on top of their own")
    {
        rate_noise two[] = {one[0], one[0]};
        two[1].name = "noise/a/0/sum/1";
        two[1].period_us = 30 * SIM_SECOND;
        two[1].outer = 0;
        rate_part parts[] = {{{1, flat}, 0}, {{2, stairs}, 1}};
        rate_part inner[] = {{{1, flat}, 0}};
        rate_noise alone[] = {two[1]};
        alone[0].outer = NO_INDEX;
        rate_series all = noisy(&(rate_noises){2, 2, two, parts}, 0), outer = noisy(&n, 0);
        rate_series own = noisy(&(rate_noises){1, 1, alone, inner}, 0);
        IS_INT(all.step_count, 2 * PERIODS + 1);
        for (uint32_t k = 0; k < all.step_count; k++) {
            const sim_time at_us = all.steps[k].at_us;
            const double factor = rate_series_at(&outer, at_us) / 100;
            const double term = rate_series_at(&(rate_series){2, stairs}, at_us);
            IS_NEAR(all.steps[k].per_second,
                    factor * (100 + term * rate_series_at(&own, at_us) / 100), 1e-9);
        }
        free(all.steps);
        free(outer.steps);
        free(own.steps);
    }
    TEST("a noisy entry offers those rates, period by period, and logs none of them")
    {
        balance b;
        balance_init(&b, 1);
        b.random = (random_source){.seed = 9};
        b.cfg.duration_us = 10 * SIM_MINUTE;
        balance_add_traffic(&b, 0, flat, 60);
        b.traffic[0].noise = n;
        balance_open(&b, false);
        rate_series s = noise_apply(&n, b.random, 10 * SIM_MINUTE);
        for (int m = 0; m < 10; m++) {
            balance_run(&b, 60 * m + 1);
            IS_DOUBLE(offered(&b, 0), s.steps[m].per_second);
        }
        IS_STR(b.log, NULL);
        free(s.steps);
        balance_close(&b);
    }
}

int main(void)
{
    tap_begin();
    series();
    splits();
    logging();
    noise();
    return tap_end();
}
