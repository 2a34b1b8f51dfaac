/* Traffic: step functions, splits by listener rules, and what is logged of it. */
#include "tests/tap.h"

#include "models/workload/traffic.h"
#include "tests/models/balance.h"

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
        traffic *tr = traffic_create(&b.cfg, b.eng, b.names, b.notifier, NULL, NULL);
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

int main(void)
{
    tap_begin();
    series();
    splits();
    logging();
    return tap_end();
}
