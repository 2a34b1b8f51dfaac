/* Goal: Auto Scaling groups launch, replace and terminate as A80, A81, A84-A90, E174 and E176 say.
 * Method: the rules of choice on their own; then small systems by hand, the log of their instances compared line by
 * line. Launches take 120 s (A81), groups are looked at at multiples of 60 s (A110).
 */
#include "models/ec2/auto_scaling_group.h"
#include "models/ec2/mixed_instances.h"
#include "tests/models/system.h"

static void log_is(char *got, const char *want)
{
    IS_STR(got, want);
    free(got);
}

/* ---- A86, A87 ---- */

static void launches_go_where_fewest_are(void)
{
    const bool none[3] = {false}, first_two[3] = {true, true, false}, all[3] = {true, true, true};
    /* a tie: the first */
    OK(mixed_launch_zone((uint32_t[]){2, 1, 1}, none, 3) == 1);
    /* refused zones are left out */
    OK(mixed_launch_zone((uint32_t[]){0, 0, 9}, first_two, 3) == 2);
    /* all refused: none */
    OK(mixed_launch_zone((uint32_t[]){0, 0, 0}, all, 3) == 3);
}

static bool first(termination_policy p, sim_time a_s, sim_time b_s)
{
    return auto_scaling_leaves_first(&p, 1, 5400 * SIM_SECOND,
                                     (scale_in_instance){a_s * SIM_SECOND, 1, 0, 0},
                                     (scale_in_instance){b_s * SIM_SECOND, 0, 0, 0});
}

static void termination_policies_choose(void)
{
    /* at 5400 s: launched at 1900 s, 100 s are left of the hour; at 0 s 1800 s; at 1800 s all of it */
    /* default: closest to the next hour */
    OK(first(TERMINATE_DEFAULT, 1900, 0));
    /* a full hour is the furthest */
    OK(first(TERMINATE_CLOSEST_TO_HOUR, 0, 1800));
    /* oldest */
    OK(first(TERMINATE_OLDEST, 0, 1900));
    /* newest */
    OK(first(TERMINATE_NEWEST, 1900, 0));
    /* nothing to compare: the oldest */
    OK(first(TERMINATE_ALIKE, 0, 1900));
    /* all alike: the lowest number */
    OK(!first(TERMINATE_DEFAULT, 0, 0));
}

/* ---- whole groups ---- */

static system_of_test *group_of(uint32_t count, int64_t min, int64_t max, const char *second)
{
    system_of_test *sys = system_begin();
    system_auto_scaling(sys, "web", system_instances(sys, count, 1024, 2048, "a", second), min,
                        max);
    return sys;
}

static void a_lost_instance_is_replaced_in_the_emptiest_zone(void)
{
    system_of_test *sys = group_of(3, 3, 3, "b");
    timeline_action *a = system_at(sys, 65, TIMELINE_TERMINATE_INSTANCES);
    a->select.instance_count = 1;
    a->select.instances = ARENA_NEW(sys->arena, uint32_t);
    a->select.instances[0] = 2;
    /* terminated at 65 s, replaced at 120 s in zone b (A85, A86) */
    log_is(system_run_only(sys, 600, "instance."),
           "0 instance.registered i-000001 a scenario 1024 2048 web\n"
           "0 instance.registered i-000002 b scenario 1024 2048 web\n"
           "0 instance.registered i-000003 a scenario 1024 2048 web\n"
           "65 instance.terminated i-000002 b user\n"
           "120 instance.launching i-000004 b replacement web\n"
           "240 instance.registered i-000004 b replacement 1024 2048 web\n");
    system_end(sys);
}

static void desired_capacity_moves_within_the_bounds(void)
{
    system_of_test *sys = group_of(1, 1, 3, NULL);
    system_capacity(sys, 60, 0, 3);
    system_capacity(sys, 61, 0, 4);
    system_capacity(sys, 300, 0, 2);
    char *log = system_run(sys, 600);
    /* two are launched at once */
    OK(count_of(log, "60 instance.launching") == 2);
    /* 4 is refused (A80) */
    OK(count_of(log, "above max value 3") == 1);
    /* the oldest is closest to its next hour (A87) */
    OK(count_of(log, "300 instance.terminated i-000001 a scaleIn") == 1);
    free(log);
    system_end(sys);
}

static void scale_in_keeps_zones_even_and_spares_the_protected(void)
{
    system_of_test *sys = group_of(5, 0, 5, "b"); /* a b a b a */
    system_capacity(sys, 60, 0, 2);
    /* zone a first, then a tie goes to zone a (A87) */
    log_is(system_run_only(sys, 600, "instance.terminated"),
           "60 instance.terminated i-000001 a scaleIn\n"
           "60 instance.terminated i-000003 a scaleIn\n"
           "60 instance.terminated i-000002 b scaleIn\n");
    sys->auto_scaling[0].protects_new = true;
    /* all are protected: nobody goes */
    log_is(system_run_only(sys, 600, "instance.terminated"), "");
    system_end(sys);
}

static void a_zone_that_fails_is_left(void)
{
    system_of_test *sys = group_of(4, 4, 4, "b");
    timeline_action *a = system_at(sys, 70, TIMELINE_ZONE_OUTAGE);
    a->select.zone = "b";
    a->duration_us = 1000 * SIM_SECOND;
    /* what does not run is terminated, then launched elsewhere (A84-A86) */
    log_is(system_run_only(sys, 1000, "instance."),
           "0 instance.registered i-000001 a scenario 1024 2048 web\n"
           "0 instance.registered i-000002 b scenario 1024 2048 web\n"
           "0 instance.registered i-000003 a scenario 1024 2048 web\n"
           "0 instance.registered i-000004 b scenario 1024 2048 web\n"
           "120 instance.terminated i-000002 b unhealthy\n"
           "120 instance.terminated i-000004 b unhealthy\n"
           "120 instance.launching i-000005 a replacement web\n"
           "120 instance.launching i-000006 a replacement web\n"
           "240 instance.registered i-000005 a replacement 1024 2048 web\n"
           "240 instance.registered i-000006 a replacement 1024 2048 web\n");
    system_end(sys);
}

/* A89, A90: launched before one goes, one at a time; at its largest size the group has one more for so long. */
static void zones_are_rebalanced_when_capacity_returns(void)
{
    system_of_test *sys = group_of(4, 4, 4, "b");
    timeline_action *a = system_at(sys, 70, TIMELINE_ZONE_OUTAGE);
    a->select.zone = "b";
    a->duration_us = 400 * SIM_SECOND;
    char *log = system_run_only(sys, 1800, "instance.");
    const char *from = strstr(log, "480 instance");
    IS_STR(from ? from : "", "480 instance.launching i-000007 b rebalance web\n"
                             "600 instance.registered i-000007 b rebalance 1024 2048 web\n"
                             "600 instance.terminated i-000001 a scaleIn\n"
                             "600 instance.launching i-000008 b rebalance web\n"
                             "720 instance.registered i-000008 b rebalance 1024 2048 web\n"
                             "720 instance.terminated i-000003 a scaleIn\n");
    free(log);
    /* AZRebalance is suspended: they stay as they are */
    sys->auto_scaling[0].keeps_zones = true;
    log = system_run_only(sys, 1800, "instance.");
    OK(count_of(log, "rebalance") == 0 && count_of(log, "launching") == 2);
    free(log);
    system_end(sys);
}

static void a_launch_into_a_failing_zone_comes_to_nothing(void)
{
    system_of_test *sys = group_of(0, 0, 4, NULL);
    system_capacity(sys, 60, 0, 1);
    timeline_action *a = system_at(sys, 100, TIMELINE_ZONE_OUTAGE);
    a->select.zone = "a";
    a->duration_us = 200 * SIM_SECOND;
    /* it fails at 180 s; refused until the zone is back */
    log_is(system_run_only(sys, 600, "instance."),
           "60 instance.launching i-000001 a scaleOut web\n"
           "180 instance.terminated i-000001 a launchFailed\n"
           "300 instance.launching i-000002 a replacement web\n"
           "420 instance.registered i-000002 a replacement 1024 2048 web\n");
    system_end(sys);
}

static void refused_launches_are_those_of_the_group_named(void)
{
    system_of_test *sys = group_of(0, 0, 4, NULL);
    system_auto_scaling(sys, "api", system_instances(sys, 0, 1024, 2048, "a", NULL), 0, 4);
    timeline_action *a = system_at(sys, 10, TIMELINE_REFUSE_LAUNCHES);
    a->auto_scaling_group = 1;
    a->refused_fraction = 1;
    a->duration_us = 200 * SIM_SECOND;
    system_capacity(sys, 60, 0, 1);
    system_capacity(sys, 60, 1, 1);
    /* refused until 210 s, tried again each minute */
    log_is(system_run_only(sys, 600, "instance.launching"),
           "60 instance.launching i-000001 a scaleOut api\n"
           "240 instance.launching i-000002 a scaleOut web\n");
    system_end(sys);
}

static void decrementing_ends_an_instance_for_good(void)
{
    system_of_test *sys = group_of(3, 2, 3, NULL);
    timeline_action *a = system_at(sys, 60, TIMELINE_TERMINATE_INSTANCES);
    a->decrement = true; /* all three: the group keeps its smallest size */
    /* one goes, nobody is launched */
    log_is(system_run_only(sys, 600, "instance.t"), "60 instance.terminated i-000001 a user\n");
    /* no launch */
    log_is(system_run_only(sys, 600, "instance.launching"), "");
    system_end(sys);
}

/* ---- E174, E176 ---- */

static void a_scale_in_kills_tasks_or_drains_them(void)
{
    system_of_test *sys = group_of(2, 0, 2, NULL);
    uint32_t web = system_task(sys, "web", 512, 512);
    system_container(sys, web)->behavior.shutdown = distribution_constant(20);
    system_service(sys, "web", web, 2, 50, 100);
    sys->services[0].strategies = ARENA_NEW(sys->arena, placement_strategy_config);
    sys->services[0].strategies[0] =
        (placement_strategy_config){.kind = STRATEGY_SPREAD, .attribute = "instanceId"};
    sys->services[0].strategy_count = 1;
    system_capacity(sys, 120, 0, 1);
    char *log = system_run(sys, 600);
    /* without draining its task is lost (A88, E174) */
    OK(strstr(log, "120 instance.terminated i-000001 a scaleIn") &&
       strstr(log, "Host EC2 (instance i-000001) terminated."));
    free(log);
    sys->auto_scaling[0].managed_draining = true;
    log = system_run(sys, 600);
    /* with it the instance goes behind its task (E176) */
    OK(strstr(log, "120 instance.draining i-000001 a scaleIn") &&
       strstr(log, "140 instance.terminated i-000001 a scaleIn") && !strstr(log, "Host EC2"));
    free(log);
    sys->cfg.control.managed_drain_us = 15 * SIM_SECOND;
    log = system_run(sys, 600);
    /* managedDrainSeconds end it */
    OK(strstr(log, "135 instance.terminated i-000001 a scaleIn") != NULL);
    free(log);
    system_end(sys);
}

/* ---- A72 ---- */

static void scheduled_actions_set_sizes(void)
{
    system_of_test *sys = group_of(1, 1, 2, NULL);
    scheduled_action_config actions[2] = {{.name = "up",
                                           .auto_scaling_group = 1,
                                           .scalable_target = NO_INDEX,
                                           .schedule = "10 0 * * *", /* t = 0 is Friday 00:00 */
                                           .start_unix_us = INT64_MIN,
                                           .end_unix_us = INT64_MAX,
                                           .has_min = true,
                                           .has_max = true,
                                           .min_capacity = 3,
                                           .max_capacity = 5},
                                          {.name = "down",
                                           .auto_scaling_group = 1,
                                           .scalable_target = NO_INDEX,
                                           .start_unix_us = 4 * SIM_DAY + 30 * SIM_MINUTE,
                                           .end_unix_us = INT64_MAX,
                                           .has_min = true,
                                           .has_desired = true,
                                           .desired_capacity = 1}};
    sys->cfg.scheduled_actions = actions;
    sys->cfg.scheduled_action_count = 2;
    char *log = system_run(sys, 3600);
    /* min lifts desired */
    OK(strstr(log, "600 scaling.decision web up 1 3 1 3 applied\n"));
    /* in the same minute (A110) */
    OK(count_of(log, "600 instance.launching") == 2);
    /* once, at its start time */
    OK(strstr(log, "1800 scaling.decision web down 3 1 3 1 applied\n"));
    /* desired is what it says */
    OK(count_of(log, "1800 instance.terminated") == 2);
    free(log);
    system_end(sys);
}

static void counts_are_kept(void)
{
    system_of_test *sys = group_of(2, 0, 4, NULL);
    system_capacity(sys, 60, 0, 1);
    system_capacity(sys, 120, 0, 3);
    system_capacity(sys, 3000, 0, 4);
    model *m = model_create(&sys->cfg, 0, &sys->options);
    model_run(m, SIM_HOUR, NULL);
    auto_scaling_group_sample s;
    model_auto_scaling_group_sample(m, 0, &s);
    /* 3 launches, 1 termination, 2 within 20 min after it */
    OK(s.launches == 3 && s.terminations == 1 && s.flaps == 2 && s.instances == 4);
    model_destroy(m);
    system_end(sys);
}

int main(void)
{
    tap_begin();
    TEST("launches go where fewest are")
    {
        launches_go_where_fewest_are();
    }
    TEST("termination policies choose")
    {
        termination_policies_choose();
    }
    TEST("a lost instance is replaced in the emptiest zone")
    {
        a_lost_instance_is_replaced_in_the_emptiest_zone();
    }
    TEST("desired capacity moves within the bounds")
    {
        desired_capacity_moves_within_the_bounds();
    }
    TEST("scale in keeps zones even and spares the protected")
    {
        scale_in_keeps_zones_even_and_spares_the_protected();
    }
    TEST("a zone that fails is left")
    {
        a_zone_that_fails_is_left();
    }
    TEST("zones are rebalanced when capacity returns")
    {
        zones_are_rebalanced_when_capacity_returns();
    }
    TEST("a launch into a failing zone comes to nothing")
    {
        a_launch_into_a_failing_zone_comes_to_nothing();
    }
    TEST("refused launches are those of the group named")
    {
        refused_launches_are_those_of_the_group_named();
    }
    TEST("decrementing ends an instance for good")
    {
        decrementing_ends_an_instance_for_good();
    }
    TEST("a scale in kills tasks or drains them")
    {
        a_scale_in_kills_tasks_or_drains_them();
    }
    TEST("scheduled actions set sizes")
    {
        scheduled_actions_set_sizes();
    }
    TEST("counts are kept")
    {
        counts_are_kept();
    }
    return tap_end();
}
