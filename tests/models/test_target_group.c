/* A target's life as its log tells it: zones, drains, lags, losses, and what is cut in flight. */
#include "tests/tap.h"

#include "tests/models/balance.h"
#include <time.h>

static double lost(const balance *b, uint32_t service)
{
    request_sample s;
    load_balancing_service_requests(b->lb, service, &s);
    return s.lost[FAILED_502];
}

static target_group_sample sample(const balance *b)
{
    target_group_sample s;
    load_balancing_group_sample(b->lb, 0, &s);
    return s;
}

static void register_slow(balance *b, double at_s, uint32_t target, const distribution *d)
{
    balance_order(b, (sim_time)(at_s * 1e6), PHASE_DURATION,
                  (balance_order_row){.kind = ORDER_REGISTER,
                                      .target = target,
                                      .request_seconds = d,
                                      .answer = {.kind = ANSWER_OK}});
}

static void states(void)
{
    TEST("healthy_in_the_instant_of_its_registration_when_it_answers (L21, L26, L90)")
    {
        balance b;
        balance_init(&b, 1);
        balance_open(&b, false);
        balance_register_at(&b, 10, 1, 0, ANSWER_OK);
        balance_run(&b, 100);
        IS_STR(b.log, "10 target.initial g0 t/000001 Elb.InitialHealthChecking\n"
                      "10 target.healthy g0 t/000001\n"
                      "10 owner 1 hears group 0 state 2\n");
        IS_INT(sample(&b).healthy, 1);
        IS_INT(load_balancing_state(b.lb, b.targets[1]), TARGET_HEALTHY);
        balance_close(&b);
    }
    TEST("group_that_starts_up_fails_open_until_one_is_healthy (L51)")
    {
        balance b;
        balance_init(&b, 1);
        balance_open(&b, false);
        balance_register_at(&b, 0, 1, 0, ANSWER_REFUSE);
        balance_register_at(&b, 0, 2, 0, ANSWER_REFUSE);
        balance_answer_at(&b, 3, 2, ANSWER_OK, 0);
        balance_run(&b, 9);
        IS_STR(b.log, "0 target.initial g0 t/000001 Elb.InitialHealthChecking\n"
                      "0 target.initial g0 t/000002 Elb.InitialHealthChecking\n"
                      "0 targetGroup.failOpen g0\n"
                      "5 target.unhealthy g0 t/000001 Target.FailedHealthChecks\n"
                      "5 owner 1 hears group 0 state 3\n"
                      "5 target.healthy g0 t/000002\n"
                      "5 owner 2 hears group 0 state 2\n"
                      "5 targetGroup.failClosed g0\n");
        balance_close(&b);
    }
    TEST("fail_open_ends_when_the_last_registered_target_goes")
    {
        balance b;
        balance_init(&b, 1);
        balance_open(&b, false);
        balance_register_at(&b, 0, 1, 0, ANSWER_REFUSE);
        load_balancing_assign(b.lb, 0, 2);
        balance_order_at(&b, 1, 1, ORDER_LOOK);
        balance_run(&b, 1);
        OK(sample(&b).fail_open);
        OK(load_balancing_service_fail_open(b.lb, 2));
        OK(!load_balancing_service_fail_open(b.lb, 1));
        balance_order_at(&b, 3, 1, ORDER_DEREGISTER);
        balance_run(&b, 3);
        OK(strstr(b.log, "\n3 target.draining g0 t/000001 Target.DeregistrationInProgress\n"
                         "3 targetGroup.failClosed g0\n"));
        OK(!load_balancing_service_fail_open(b.lb, 2));
        balance_close(&b);
    }
    TEST("target_in_a_zone_that_is_not_enabled_is_unused_for_good (L6)")
    {
        balance b;
        const char *zones[] = {"a", "b"};
        balance_init(&b, 1);
        b.balancers[0].zone_count = 2;
        b.balancers[0].zones = zones;
        balance_open(&b, false);
        balance_order(
            &b, 0, PHASE_DURATION,
            (balance_order_row){
                .kind = ORDER_REGISTER, .target = 1, .zone = "c", .answer = {.kind = ANSWER_OK}});
        balance_run(&b, 3600);
        IS_STR(b.log, "0 target.unused g0 t/000001 Target.NotInUse\n");
        IS_INT(load_balancing_state(b.lb, b.targets[1]), TARGET_UNUSED);
        IS_INT(sample(&b).registered, 0);
        OK(!sample(&b).fail_open);
        balance_order_at(&b, 3601, 1, ORDER_DEREGISTER);
        balance_run(&b, 5000);
        OK(strstr(b.log, "\n3601 target.draining") && strstr(b.log, "\n3901 target.unused"));
        balance_close(&b);
    }
    TEST("states_of_one_instant_are_logged_by_order_of_registration (A111)")
    {
        balance b;
        balance_init(&b, 2);
        balance_open(&b, false);
        balance_register_at(&b, 0, 3, 1, ANSWER_OK);
        balance_register_at(&b, 0, 1, 0, ANSWER_OK);
        balance_answer_at(&b, 7, 1, ANSWER_REFUSE, 0);
        balance_answer_at(&b, 8, 3, ANSWER_REFUSE, 0);
        balance_run(&b, 30);
        const char *three = strstr(b.log, "15 target.unhealthy g1 t/000003");
        const char *one = strstr(b.log, "15 target.unhealthy g0 t/000001");
        OK(three && one && three < one);
        balance_close(&b);
    }
}

static void drains(void)
{
    TEST("drain_lasts_the_whole_delay_then_the_handle_is_stale (L80, L81, L85)")
    {
        balance b;
        balance_init(&b, 1);
        balance_open(&b, false);
        balance_register_at(&b, 0, 1, 0, ANSWER_OK);
        balance_order_at(&b, 10, 1, ORDER_DEREGISTER);
        balance_answer_at(&b, 12, 1, ANSWER_REFUSE, 0); /* nobody probes it any more */
        balance_order_at(&b, 50, 1, ORDER_DEREGISTER);  /* again: the same end, no event */
        balance_run(&b, 309.999999);
        IS_INT(b.deregistered_until_us, 310 * SIM_SECOND);
        IS_INT(load_balancing_state(b.lb, b.targets[1]), TARGET_DRAINING);
        IS_INT(sample(&b).draining, 1);
        IS_INT(sample(&b).registered, 0);
        balance_run(&b, 310);
        OK(strstr(b.log, "\n10 target.draining g0 t/000001 Target.DeregistrationInProgress\n"
                         "310 target.unused g0 t/000001 Target.NotRegistered\n"));
        IS_INT(load_balancing_state(b.lb, b.targets[1]), TARGET_UNUSED);
        IS_INT(sample(&b).draining, 0);
        const size_t length = b.log_length;
        load_balancing_set_answer(b.lb, b.targets[1], (target_answer){.kind = ANSWER_OK});
        load_balancing_exit(b.lb, b.targets[1]);
        load_balancing_lose(b.lb, b.targets[1]);
        IS_INT(load_balancing_deregister(b.lb, b.targets[1]), 310 * SIM_SECOND);
        balance_run(&b, 400);
        IS_INT(b.log_length, length);
        balance_close(&b);
    }
    TEST("no_delay: unused in the act (E61)")
    {
        balance b;
        balance_init(&b, 1);
        b.groups[0].deregistration_delay_us = 0;
        balance_open(&b, false);
        balance_register_at(&b, 0, 1, 0, ANSWER_OK);
        balance_order_at(&b, 10, 1, ORDER_DEREGISTER);
        balance_run(&b, 20);
        IS_INT(b.deregistered_until_us, 10 * SIM_SECOND);
        OK(strstr(b.log, "\n10 target.draining g0 t/000001 Target.DeregistrationInProgress\n"
                         "10 target.unused g0 t/000001 Target.NotRegistered\n"));
        balance_close(&b);
    }
    TEST("pending_verdict_of_a_target_deregistered_in_its_instant_is_dropped")
    {
        balance b;
        balance_init(&b, 1);
        balance_open(&b, false);
        balance_register_at(&b, 0, 1, 0, ANSWER_REFUSE); /* unhealthy at 5 */
        balance_order(&b, 5 * SIM_SECOND, PHASE_STATE,
                      (balance_order_row){.kind = ORDER_DEREGISTER, .target = 1});
        balance_run(&b, 6);
        OK(!strstr(b.log, "unhealthy"));
        balance_close(&b);
    }
    TEST("registered_anew_starts_in_initial (L25)")
    {
        balance b;
        balance_init(&b, 1);
        balance_open(&b, false);
        balance_register_at(&b, 0, 1, 0, ANSWER_REFUSE); /* one failure, then gone */
        balance_order_at(&b, 3, 1, ORDER_LOSE);
        balance_register_at(&b, 4, 2, 0, ANSWER_REFUSE);
        balance_run(&b, 20);
        OK(strstr(b.log, "\n9 target.unhealthy g0 t/000002"));
        balance_close(&b);
    }
}

static void lags(void)
{
    TEST("requests_reach_a_lagging_balancer's_target_until_the_lag_ends (L80)")
    {
        balance b;
        rate_step step = {0, 100};
        const distribution quick = distribution_constant(0.05);
        balance_init(&b, 1);
        b.cfg.control.deregistration_lag_us = 3 * SIM_SECOND;
        b.groups[0].deregistration_delay_us = 2 * SIM_SECOND; /* shorter than the lag */
        balance_add_traffic(&b, 0, &step, 60);
        balance_open(&b, false);
        register_slow(&b, 0, 1, &quick);
        register_slow(&b, 0, 2, &quick);
        balance_order_at(&b, 10, 1, ORDER_DEREGISTER);
        balance_order_at(&b, 12, 1, ORDER_EXIT);
        balance_run(&b, 11);
        IS_DOUBLE(sample(&b).requests.failed[FAILED_502], 0);
        balance_run(&b, 12.5);
        OK(strstr(b.log, "\n12 target.unused g0 t/000001 Target.NotRegistered\n"));
        IS_INT(load_balancing_state(b.lb, b.targets[1]), TARGET_DRAINING);
        IS_DOUBLE(sample(&b).requests.failed[FAILED_502], 50);
        balance_run(&b, 13);
        IS_DOUBLE(sample(&b).requests.failed[FAILED_502], 0);
        IS_INT(load_balancing_state(b.lb, b.targets[1]), TARGET_UNUSED);
        IS_NEAR(sample(&b).requests.lost[FAILED_502], 50 * 0.05, 1e-9); /* cut by the exit */
        balance_close(&b);
    }
}

static void losses(void)
{
    TEST("lost_instance: unused at once, what is in flight fails (L32)")
    {
        balance b;
        rate_step step = {0, 40};
        const distribution time = {.kind = DISTRIBUTION_EXPONENTIAL, .a = 0.5};
        balance_init(&b, 1);
        balance_add_traffic(&b, 0, &step, 60);
        balance_open(&b, false);
        register_slow(&b, 0, 1, &time);
        register_slow(&b, 0, 2, &time);
        balance_order_at(&b, 100, 1, ORDER_LOSE);
        balance_run(&b, 101);
        OK(strstr(b.log, "\n100 target.unused g0 t/000001 Target.InvalidState\n"));
        IS_NEAR(lost(&b, 0), 20 * 0.5, 1e-6); /* Little: half of 40/s, 0.5 s each */
        IS_NEAR(sample(&b).requests.lost[FAILED_502], 20 * 0.5, 1e-6);
        IS_DOUBLE(sample(&b).requests.failed[FAILED_502], 0);
        balance_close(&b);
    }
    TEST("process_exit_cuts_what_is_in_flight_once_and_then_refuses (L75)")
    {
        balance b;
        rate_step step = {0, 40};
        const distribution time = distribution_constant(2);
        balance_init(&b, 1);
        balance_add_traffic(&b, 0, &step, 60);
        balance_open(&b, false);
        register_slow(&b, 0, 1, &time);
        balance_order_at(&b, 1, 1, ORDER_EXIT); /* 1 s old: it has received 40 */
        balance_order_at(&b, 1.5, 1, ORDER_EXIT);
        balance_run(&b, 1);
        IS_NEAR(lost(&b, 0), 40, 1e-9);
        IS_DOUBLE(sample(&b).requests.failed[FAILED_502], 40);
        balance_order_at(&b, 3, 1, ORDER_LOSE);
        balance_run(&b, 4);
        IS_NEAR(lost(&b, 0), 40, 1e-9);
        balance_close(&b);
    }
    TEST("drain_shorter_than_its_requests_cuts_the_rest (L70, L80)")
    {
        balance b;
        rate_step step = {0, 10};
        const distribution time = distribution_constant(400);
        balance_init(&b, 1);
        b.balancers[0].idle_timeout_us = 4000 * SIM_SECOND;
        balance_add_traffic(&b, 0, &step, 4000);
        balance_open(&b, false);
        register_slow(&b, 0, 1, &time);
        balance_order_at(&b, 1000, 1, ORDER_DEREGISTER);
        balance_run(&b, 1299);
        IS_DOUBLE(lost(&b, 0), 0);
        balance_run(&b, 1300);
        IS_NEAR(lost(&b, 0), 10 * (400 - 300), 1e-6);
        balance_close(&b);
    }
    TEST("drained_target_that_was_young_cannot_lose_more_than_it_got")
    {
        balance b;
        rate_step step = {0, 10};
        const distribution time = distribution_constant(400);
        balance_init(&b, 1);
        b.balancers[0].idle_timeout_us = 4000 * SIM_SECOND;
        balance_add_traffic(&b, 0, &step, 4000);
        balance_open(&b, false);
        register_slow(&b, 0, 1, &time);
        balance_order_at(&b, 20, 1, ORDER_DEREGISTER);
        balance_run(&b, 400);
        IS_NEAR(lost(&b, 0), 200, 1e-6);
        balance_close(&b);
    }
    TEST("exit_during_the_drain_cuts_what_is_left_and_the_drain's_end_nothing (L82)")
    {
        balance b;
        rate_step step = {0, 10};
        const distribution time = {.kind = DISTRIBUTION_EXPONENTIAL, .a = 5};
        balance_init(&b, 1);
        balance_add_traffic(&b, 0, &step, 60);
        balance_open(&b, false);
        register_slow(&b, 0, 1, &time);
        balance_order_at(&b, 1000, 1, ORDER_DEREGISTER);
        balance_order_at(&b, 1010, 1, ORDER_EXIT);
        balance_run(&b, 2000);
        IS_NEAR(lost(&b, 0), 10 * 5 * exp(-2), 0.01); /* but for the 60 s that clients wait */
        balance_close(&b);
    }
    TEST("quick_requests_survive_a_drain")
    {
        balance b;
        rate_step step = {0, 1000};
        const distribution time = {.kind = DISTRIBUTION_EXPONENTIAL, .a = 0.05};
        balance_init(&b, 1);
        balance_add_traffic(&b, 0, &step, 60);
        balance_open(&b, false);
        register_slow(&b, 0, 1, &time);
        register_slow(&b, 0, 2, &time);
        balance_order_at(&b, 100, 1, ORDER_DEREGISTER);
        balance_order_at(&b, 400, 1, ORDER_EXIT);
        balance_run(&b, 500);
        IS_NEAR(lost(&b, 0), 0, 1e-9);
        balance_close(&b);
    }
}

/* ---- size ---- */

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void sizes(void)
{
    TEST("ten_thousand_targets_live_and_go_and_their_traffic_changes_cheaply")
    {
        balance b;
        enum { TARGETS = 10000, STEPS = 2000 };
        static rate_step steps[STEPS];
        const distribution quick = distribution_constant(0.05);
        for (int i = 0; i < STEPS; i++)
            steps[i] = (rate_step){i * SIM_SECOND, 1000 + i};
        balance_init(&b, 1);
        balance_add_traffic(&b, 0, steps, 60);
        b.traffic[0].rate.step_count = STEPS;
        balance_open(&b, false);
        const double begun_s = seconds_now();
        for (uint32_t t = 1; t <= TARGETS; t++) {
            register_slow(&b, 0.01 * t, t, &quick);
            balance_order_at(&b, 1000 + 0.01 * t, t, ORDER_DEREGISTER);
        }
        balance_run(&b, 900);
        IS_INT(sample(&b).healthy, TARGETS);
        IS_DOUBLE(sample(&b).requests.offered, 1900);
        balance_run(&b, 5000);
        IS_INT(sample(&b).registered, 0);
        IS_DOUBLE(sample(&b).requests.failed[FAILED_503], 1000 + STEPS - 1);
        printf("# 10,000 targets, 2,000 rates: %.3f s\n", seconds_now() - begun_s);
        balance_close(&b);
    }
    TEST("ten_thousand_groups")
    {
        balance b;
        enum { GROUPS = 10000 };
        balance_init(&b, 1);
        target_group_config *groups = memory_alloc(GROUPS, sizeof *groups);
        for (uint32_t g = 0; g < GROUPS; g++)
            groups[g] = b.groups[0];
        b.cfg.target_group_count = GROUPS;
        b.cfg.target_groups = groups;
        const double begun_s = seconds_now();
        balance_open(&b, false);
        for (uint32_t g = 0; g < GROUPS; g++)
            balance_register_at(&b, g % 7, g + 1, g, ANSWER_OK);
        balance_run(&b, 86400);
        target_group_sample s;
        load_balancing_group_sample(b.lb, GROUPS - 1, &s);
        IS_INT(s.healthy, 1);
        printf("# 10,000 groups: %.3f s\n", seconds_now() - begun_s);
        balance_close(&b);
        free(groups);
    }
}

int main(void)
{
    tap_begin();
    states();
    drains();
    lags();
    losses();
    sizes();
    return tap_end();
}
