/* Goal: instance refreshes replace a group's instances as A91 says, and count how often tasks move.
 * Method: the batch on its own; then small groups by hand, the log of their instances compared line by line. Launches take
 * 120 s (A81), groups are looked at at multiples of 60 s (A110), new instances are warm after 60 s.
 */
#include "models/ec2/instance_refresh.h"
#include "tests/models/system.h"

static void log_is(char *got, const char *want)
{
    IS_STR(got, want);
    free(got);
}

/* A group of `count`, refreshed at 60 s. */
static system_of_test *refreshed(uint32_t count, uint32_t minimum, uint32_t maximum,
                                 instance_refresh_config **how)
{
    system_of_test *sys = system_begin();
    system_auto_scaling(sys, "g", system_instances(sys, count, 1024, 2048, "a", NULL), 0, 10);
    timeline_action *a = system_at(sys, 60, TIMELINE_START_INSTANCE_REFRESH);
    a->auto_scaling_group = 1;
    a->refresh = (instance_refresh_config){
        .minimum_percent = minimum, .maximum_percent = maximum, .warmup_us = 60 * SIM_SECOND};
    if (how) *how = &a->refresh;
    return sys;
}

static instance_refresh_sample sample_at(system_of_test *sys, double seconds)
{
    model *m = model_create(&sys->cfg, 0, &sys->options);
    instance_refresh_sample s;
    model_run(m, (sim_time)(seconds * 1e6), NULL);
    model_instance_refresh_sample(m, 0, model_instance_refresh_count(m, 0) - 1, &s);
    model_destroy(m);
    return s;
}

static void batches_leave_the_minimum(void)
{
    IS_INT(instance_refresh_batch(10, 10, 90, 0), 1);
    IS_INT(instance_refresh_batch(10, 10, 50, 0), 5);
    IS_INT(instance_refresh_batch(3, 3, 50, 0), 1); /* two of three stay */
    IS_INT(instance_refresh_batch(3, 3, 90, 0), 1); /* at least one */
    IS_INT(instance_refresh_batch(10, 10, 100, 0), 1);
    IS_INT(instance_refresh_batch(10, 10, 0, 0), 10);
    IS_INT(instance_refresh_batch(10, 10, 100, 5), 0); /* five are launched first */
    IS_INT(instance_refresh_batch(10, 15, 100, 5), 5);
    IS_INT(instance_refresh_batch(10, 11, 90, 1), 2);
}

static void one_goes_then_another_is_launched(void)
{
    system_of_test *sys = refreshed(2, 90, 0, NULL);
    /* launched at 60 s, there at 180 s, warm at 240 s */
    log_is(system_run_only(sys, 600, "instance."),
           "0 instance.registered i-000001 a scenario 1024 2048 g\n"
           "0 instance.registered i-000002 a scenario 1024 2048 g\n"
           "60 instance.terminated i-000001 a refresh\n"
           "60 instance.launching i-000003 a refresh g\n"
           "180 instance.registered i-000003 a refresh 1024 2048 g\n"
           "240 instance.terminated i-000002 a refresh\n"
           "240 instance.launching i-000004 a refresh g\n"
           "360 instance.registered i-000004 a refresh 1024 2048 g\n");
    instance_refresh_sample s = sample_at(sys, 419);
    OK(s.state == REFRESH_IN_PROGRESS);
    s = sample_at(sys, 600);
    OK(s.state == REFRESH_SUCCESSFUL && s.ended_us == 420 * SIM_SECOND);
    system_end(sys);
}

static void a_look_before_the_new_ones_are_warm_changes_nothing(void)
{
    instance_refresh_config *how;
    system_of_test *sys = refreshed(2, 90, 0, &how);
    how->warmup_us = 120 * SIM_SECOND;
    system_capacity(sys, 200, 0, 3);
    system_capacity(sys, 210, 0, 2); /* looked at at 240 s; the new one is there from 180 s on */
    log_is(system_run_only(sys, 600, "instance.terminated"),
           "60 instance.terminated i-000001 a refresh\n"
           "300 instance.terminated i-000002 a refresh\n");
    system_end(sys);
}

static void all_go_at_once_where_none_must_stay(void)
{
    system_of_test *sys = refreshed(3, 0, 0, NULL);
    char *log = system_run_only(sys, 600, "instance.");
    IS_INT(count_of(log, "60 instance.terminated"), 3);
    IS_INT(count_of(log, "60 instance.launching"), 3);
    free(log);
    OK(sample_at(sys, 600).ended_us == 240 * SIM_SECOND);
    system_end(sys);
}

static void with_a_maximum_they_are_launched_before(void)
{
    system_of_test *sys = refreshed(2, 100, 150, NULL);
    log_is(system_run_only(sys, 900, "instance."),
           "0 instance.registered i-000001 a scenario 1024 2048 g\n"
           "0 instance.registered i-000002 a scenario 1024 2048 g\n"
           "60 instance.launching i-000003 a refresh g\n"
           "180 instance.registered i-000003 a refresh 1024 2048 g\n"
           "240 instance.terminated i-000001 a refresh\n"
           "240 instance.launching i-000004 a refresh g\n"
           "360 instance.registered i-000004 a refresh 1024 2048 g\n"
           "420 instance.terminated i-000002 a refresh\n");
    /* the last ones are warm already */
    OK(sample_at(sys, 600).ended_us == 420 * SIM_SECOND);
    system_end(sys);
}

static void with_both_some_go_at_once(void)
{
    system_of_test *sys = refreshed(4, 75, 125, NULL);
    char *log = system_run_only(sys, 900, "instance.");
    /* one goes and two are launched; then two go and one to three are left to launch */
    IS_INT(count_of(log, "60 instance.terminated"), 1);
    IS_INT(count_of(log, "60 instance.launching"), 2);
    IS_INT(count_of(log, "240 instance.terminated"), 2);
    IS_INT(count_of(log, "240 instance.launching"), 2);
    IS_INT(count_of(log, "420 instance.terminated"), 1);
    IS_INT(count_of(log, "instance.launching"), 4);
    free(log);
    OK(sample_at(sys, 900).ended_us == 420 * SIM_SECOND);
    system_end(sys);
}

static void checkpoints_are_waited_at(void)
{
    instance_refresh_config *how;
    system_of_test *sys = refreshed(4, 50, 0, &how);
    how->checkpoints = (uint32_t[]){25, 100};
    how->checkpoint_count = 2;
    how->checkpoint_delay_us = 1000 * SIM_SECOND;
    /* One of four, warm at 240 s; from 1240 s on two, then the last. */
    log_is(system_run_only(sys, 3000, "instance.terminated"),
           "60 instance.terminated i-000001 a refresh\n"
           "1260 instance.terminated i-000002 a refresh\n"
           "1260 instance.terminated i-000003 a refresh\n"
           "1440 instance.terminated i-000004 a refresh\n");
    OK(sample_at(sys, 3000).ended_us == 1620 * SIM_SECOND);
    how->checkpoint_count = 1; /* behind the last one it is over */
    log_is(system_run_only(sys, 3000, "instance.terminated"),
           "60 instance.terminated i-000001 a refresh\n");
    OK(sample_at(sys, 3000).ended_us == 240 * SIM_SECOND);
    system_end(sys);
}

static void protected_ones_hold_it_up_or_not(void)
{
    instance_refresh_config *how;
    system_of_test *sys = refreshed(2, 50, 0, &how);
    sys->auto_scaling[0].protects_new = true;
    log_is(system_run_only(sys, 7000, "instance.terminated"), "");
    instance_refresh_sample s = sample_at(sys, 7000);
    OK(s.state == REFRESH_FAILED && s.ended_us == 3660 * SIM_SECOND);
    how->on_protected = PROTECTED_IGNORE;
    log_is(system_run_only(sys, 7000, "instance.terminated"), "");
    s = sample_at(sys, 7000);
    OK(s.state == REFRESH_SUCCESSFUL && s.ended_us == 60 * SIM_SECOND);
    how->on_protected = PROTECTED_REFRESH;
    log_is(system_run_only(sys, 7000, "instance.terminated"),
           "60 instance.terminated i-000001 a refresh\n"
           "240 instance.terminated i-000002 a refresh\n");
    system_end(sys);
}

static void what_matches_is_skipped(void)
{
    instance_refresh_config *how;
    system_of_test *sys = refreshed(2, 0, 0, &how);
    how->skip_matching = true;
    log_is(system_run_only(sys, 600, "instance.t"), "");
    OK(sample_at(sys, 600).state == REFRESH_SUCCESSFUL);
    system_end(sys);
}

static void it_fails_after_two_weeks(void)
{
    system_of_test *sys = refreshed(2, 50, 0, NULL);
    timeline_action *a = system_at(sys, 60, TIMELINE_REFUSE_LAUNCHES); /* in the same instant */
    a->auto_scaling_group = 1;
    a->refused_fraction = 1;
    const instance_refresh_sample s = sample_at(sys, 15.0 * 86400);
    OK(s.state == REFRESH_FAILED);
    OK(s.ended_us - s.started_us >= 14 * SIM_DAY &&
       s.ended_us - s.started_us < 14 * SIM_DAY + SIM_MINUTE);
    system_end(sys);
}

static void one_at_a_time(void)
{
    system_of_test *sys = refreshed(2, 90, 0, NULL);
    *system_at(sys, 100, TIMELINE_START_INSTANCE_REFRESH) = sys->timeline[0];
    sys->timeline[1].at_us = 100 * SIM_SECOND;
    *system_at(sys, 500, TIMELINE_START_INSTANCE_REFRESH) = sys->timeline[0];
    sys->timeline[2].at_us = 500 * SIM_SECOND;
    char *log = system_run(sys, 1200);
    IS_INT(count_of(log, "InstanceRefreshInProgress"), 1);
    IS_INT(count_of(log, "instance.terminated"), 4);
    free(log);
    system_end(sys);
}

/* What dies meanwhile is replaced first; what was asked for before the start is old as well. */
static void the_group_is_whole_before_the_next_batch(void)
{
    system_of_test *sys = refreshed(3, 60, 0, NULL);
    timeline_action *a = system_at(sys, 130, TIMELINE_TERMINATE_INSTANCES);
    a->select.instance_count = 1;
    a->select.instances = ARENA_NEW(sys->arena, uint32_t);
    a->select.instances[0] = 2;
    log_is(system_run_only(sys, 1200, "instance.t"),
           "60 instance.terminated i-000001 a refresh\n"
           "130 instance.terminated i-000002 a user\n"
           "360 instance.terminated i-000003 a refresh\n");
    log_is(system_run_only(sys, 1200, "instance.launching"),
           "60 instance.launching i-000004 a refresh g\n"
           "180 instance.launching i-000005 a replacement g\n"
           "360 instance.launching i-000006 a refresh g\n");
    system_end(sys);
}

/* Two instances of two tasks each. One goes at a time: its tasks land on the old one, and move again. Launched before,
 * the new ones take them all, and each moves once. */
static void moves_are_counted(void)
{
    for (int before = 0; before < 2; before++) {
        system_of_test *sys = refreshed(2, before ? 100 : 50, before ? 200 : 0, NULL);
        uint32_t web = system_task(sys, "web", 256, 256);
        system_service(sys, "web", web, 4, 50, 100);
        sys->services[0].strategies = ARENA_NEW(sys->arena, placement_strategy_config);
        sys->services[0].strategies[0] =
            (placement_strategy_config){.kind = STRATEGY_SPREAD, .attribute = "instanceId"};
        sys->services[0].strategy_count = 1;
        sys->auto_scaling[0].managed_draining = true;
        const instance_refresh_sample s = sample_at(sys, 3000);
        OK(s.state == REFRESH_SUCCESSFUL);
        IS_INT(s.tasks_before, 4);
        IS_INT(s.tasks_moved, before ? 4 : 6);
        system_end(sys);
    }
}

static void zones_stay_even(void)
{
    system_of_test *sys = system_begin();
    system_auto_scaling(sys, "g", system_instances(sys, 4, 1024, 2048, "a", "b"), 0, 10);
    timeline_action *a = system_at(sys, 60, TIMELINE_START_INSTANCE_REFRESH);
    a->auto_scaling_group = 1;
    a->refresh = (instance_refresh_config){.minimum_percent = 50};
    log_is(system_run_only(sys, 600, "instance.terminated"),
           "60 instance.terminated i-000001 a refresh\n"
           "60 instance.terminated i-000002 b refresh\n"
           "180 instance.terminated i-000003 a refresh\n"
           "180 instance.terminated i-000004 b refresh\n");
    system_end(sys);
}

int main(void)
{
    tap_begin();
    TEST("batches leave the minimum (A91)")
    {
        batches_leave_the_minimum();
    }
    TEST("one goes, then another is launched")
    {
        one_goes_then_another_is_launched();
    }
    TEST("a look before the new ones are warm changes nothing")
    {
        a_look_before_the_new_ones_are_warm_changes_nothing();
    }
    TEST("all go at once where none must stay")
    {
        all_go_at_once_where_none_must_stay();
    }
    TEST("with a maximum they are launched before")
    {
        with_a_maximum_they_are_launched_before();
    }
    TEST("with both some go at once")
    {
        with_both_some_go_at_once();
    }
    TEST("checkpoints are waited at")
    {
        checkpoints_are_waited_at();
    }
    TEST("protected ones hold it up or not")
    {
        protected_ones_hold_it_up_or_not();
    }
    TEST("what matches is skipped")
    {
        what_matches_is_skipped();
    }
    TEST("it fails after two weeks")
    {
        it_fails_after_two_weeks();
    }
    TEST("one at a time")
    {
        one_at_a_time();
    }
    TEST("the group is whole before the next batch")
    {
        the_group_is_whole_before_the_next_batch();
    }
    TEST("moves are counted")
    {
        moves_are_counted();
    }
    TEST("zones stay even")
    {
        zones_stay_even();
    }
    return tap_end();
}
