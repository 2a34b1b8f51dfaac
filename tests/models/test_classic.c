/* Classic load balancers: thresholds of new instances, no fail open, drains that end with the last
 * request, the words of their events (L102-L104, E55, E128). */
#include "models/elb/drain.h"
#include "models/elb/request_time.h"
#include "models/elb/routing.h"
#include "tests/models/balance.h"
#include "tests/models/system.h"

static void classic_init(balance *b, double rate, rate_step *step)
{
    balance_init(b, 1);
    b->balancers[0].type = LOAD_BALANCER_CLASSIC;
    b->balancers[0].idle_timeout_us = 100 * SIM_SECOND;
    b->groups[0].healthy_threshold = 3;
    *step = (rate_step){0, rate};
    balance_add_traffic(b, 0, step, 3600);
}

static void register_at(balance *b, double at_s, uint32_t target, const distribution *d,
                        answer_kind kind)
{
    balance_order(b, (sim_time)(at_s * 1e6), PHASE_DURATION,
                  (balance_order_row){.kind = ORDER_REGISTER,
                                      .target = target,
                                      .request_seconds = d,
                                      .answer = {.kind = kind}});
}

static request_sample requests(const balance *b)
{
    target_group_sample s;
    load_balancing_group_sample(b->lb, 0, &s);
    return s.requests;
}

/* Seconds that a drain takes which starts at 200 s, behind a limit; *lost: what was cut. */
static double drain_s(double rate, const distribution *d, answer_kind kind, double limit_s,
                      double *lost)
{
    balance b;
    rate_step step;
    classic_init(&b, rate, &step);
    b.groups[0].deregistration_delay_us = (sim_time)(limit_s * 1e6);
    balance_open(&b, false);
    register_at(&b, 0, 1, d, ANSWER_OK);
    if (kind != ANSWER_OK) balance_answer_at(&b, 198, 1, kind, 0);
    balance_order_at(&b, 200, 1, ORDER_DEREGISTER);
    balance_run(&b, 4000);
    *lost = requests(&b).lost[FAILED_502];
    char want[128], at[64];
    cell_print(b.names, CELL_SECONDS, (uint64_t)b.deregistered_until_us, at, sizeof at);
    snprintf(want, sizeof want, "\n%s target.unused g0 t/000001 Target.NotRegistered\n", at);
    OK(strstr(b.log, want) != NULL);
    balance_close(&b);
    return (double)b.deregistered_until_us / 1e6 - 200;
}

static void drains(void)
{
    double lost;
    TEST("drain_ends_when_the_requests_in_flight_have_ended (L104)")
    {
        const distribution twenty = distribution_constant(20);
        /* 10 a second: the youngest is on average 0.05 s old when the drain begins */
        IS_NEAR(drain_s(10, &twenty, ANSWER_OK, 300, &lost), 19.95, 1e-5);
        IS_NEAR(lost, 0, 0);
        const distribution tail = {.kind = DISTRIBUTION_EXPONENTIAL, .a = 2};
        /* 20 under way, 20 e^(-x/2) of them after x: half a one after 2 ln 40 */
        IS_NEAR(drain_s(10, &tail, ANSWER_OK, 300, &lost), 2 * log(40), 1e-4);
        IS_NEAR(lost, 0, 0);
    }
    TEST("drain_without_requests_is_over_at_once (L104)")
    {
        const distribution twenty = distribution_constant(20);
        IS_NEAR(drain_s(0, &twenty, ANSWER_OK, 300, &lost), 0, 0);
    }
    TEST("drain_is_cut_at_its_limit_and_what_still_runs_fails (L104, L70)")
    {
        const distribution twenty = distribution_constant(20);
        IS_NEAR(drain_s(10, &twenty, ANSWER_OK, 5, &lost), 5, 0);
        IS_NEAR(lost, 150, 1e-9);
        IS_NEAR(drain_s(10, &twenty, ANSWER_OK, 0, &lost), 0, 0);
        IS_NEAR(lost, 200, 1e-9);
    }
    TEST("requests_to_a_hung_instance_are_waited_for_until_the_idle_timeout (L104, L72)")
    {
        const distribution quick = distribution_constant(0.1);
        /* hung since 198 s, deregistered before a check has seen it */
        IS_NEAR(drain_s(10, &quick, ANSWER_HANG, 300, &lost), 99.95, 1e-5);
        IS_NEAR(lost, 0, 0); /* they fail with 504 */
    }
    TEST("drain_gives_the_same_integrals_as_the_library (exact, L104)")
    {
        const distribution kinds[] = {{.kind = DISTRIBUTION_NORMAL, .a = 2, .b = 1},
                                      {.kind = DISTRIBUTION_WEIBULL, .a = 1.5, .b = 4},
                                      {.kind = DISTRIBUTION_GAMMA, .a = 3, .b = 2},
                                      {.kind = DISTRIBUTION_EXPONENTIAL, .a = 2}};
        for (size_t k = 0; k < 4; k++)
            for (double from = 0; from < 6; from += 1.5)
                IS_NEAR(request_time_exact_integral(&kinds[k], from, 60),
                        request_time_integral(&kinds[k], from, 60), 0.02);
    }
}

static void states(void)
{
    TEST("new_instance_reaches_the_healthy_threshold_first (L103)")
    {
        balance b;
        rate_step step;
        classic_init(&b, 10, &step);
        balance_open(&b, false);
        balance_register_at(&b, 0, 1, 0, ANSWER_OK);
        balance_run(&b, 100);
        IS_STR(b.log, "0 target.initial g0 t/000001 Elb.InitialHealthChecking\n"
                      "10 target.healthy g0 t/000001\n"
                      "10 owner 1 hears group 0 state 2\n");
        balance_close(&b);
    }
    TEST("instances_out_of_service_get_nothing_the_balancer_answers_503 (L103, L71)")
    {
        balance b;
        rate_step step;
        classic_init(&b, 10, &step);
        balance_open(&b, false);
        balance_register_at(&b, 0, 1, 0, ANSWER_OK);
        balance_run(&b, 9);
        IS_NEAR(requests(&b).failed[FAILED_503], 10, 0);
        balance_run(&b, 20);
        IS_NEAR(requests(&b).failed[FAILED_503], 0, 0);
        balance_answer_at(&b, 21, 1, ANSWER_REFUSE, 0);
        balance_run(&b, 29);
        IS_NEAR(requests(&b).failed[FAILED_502], 10, 0);
        balance_run(&b, 31);
        IS_NEAR(requests(&b).failed[FAILED_503], 10, 0);
        IS_INT(count_of(b.log, "failOpen"), 0);
        balance_close(&b);
    }
    TEST("status_204_is_no_success (L103: exactly 200)")
    {
        balance b;
        rate_step step;
        classic_init(&b, 10, &step);
        balance_open(&b, false);
        balance_register_at(&b, 0, 1, 0, ANSWER_OK);
        balance_answer_at(&b, 21, 1, ANSWER_STATUS, 204);
        balance_order_at(&b, 40, 1, ORDER_LOOK);
        balance_run(&b, 40);
        OK(strstr(b.log, "30 target.unhealthy g0 t/000001 Target.ResponseCodeMismatch\n"));
        OK(strstr(b.log, "Instance has failed at least the UnhealthyThreshold number of health "
                         "checks consecutively.\n"));
        balance_close(&b);
    }
}

static void in_a_service(void)
{
    TEST("events_name_the_balancer_and_its_instances (E55, E128)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 2, 1024, 2048, "a", NULL);
        const uint32_t web = system_task(sys, "web", 256, 256);
        service_config *s = system_service(sys, "web", web, 1, 100, 200);
        system_target_group(sys, "elb-1", s, web);
        sys->load_balancers[0].type = LOAD_BALANCER_CLASSIC;
        system_container(sys, web)->ports[0].host_port = 80;
        timeline_action *a = system_at(sys, 100, TIMELINE_FAIL_HEALTH_CHECKS);
        a->how = FAIL_STATUS;
        a->status_code = 500;
        a->duration_us = 30 * SIM_SECOND;
        char *log = system_run(sys, 300);
        OK(strstr(log, "(service web) registered 1 instances in (elb elb-1)"));
        OK(strstr(log, "(service web) deregistered 1 instances in (elb elb-1)"));
        OK(strstr(log, "(service web) (instance i-000001) is unhealthy in (elb elb-1) due to "
                       "(reason Instance has failed at least the UnhealthyThreshold number of "
                       "health checks consecutively.)"));
        OK(strstr(log, "Task failed ELB health checks in (elb elb-1)"));
        free(log);
        system_end(sys);
    }
}

int main(void)
{
    tap_begin();
    states();
    drains();
    in_a_service();
    return tap_end();
}
