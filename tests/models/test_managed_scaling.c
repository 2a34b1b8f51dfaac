/* Goal: capacity providers with managed scaling wait, scale out and in, and choose who goes as E165-E169 and E183-E189 say.
 * Method: small systems whose logs were worked out by hand; each also with every minute looked at, which must not change
 * a word. Instances have 2048 CPU units and take 120 s to come; most tasks take 512, so that four fill an instance. */
#include "models/ecs/managed_scaling.h"
#include "tests/models/system.h"

static void log_is(char *log, const char *want)
{
    IS_STR(log, want);
    free(log);
}

/* An empty group of at most `max` instances behind the provider "cp" (number 0), and a service "web" of such tasks. */
static system_of_test *provider_of(uint32_t count, int64_t max, uint32_t desired)
{
    system_of_test *sys = system_begin();
    auto_scaling_group_config *group = system_auto_scaling(
        sys, "asg", system_instances(sys, count, 2048, 8192, "a", NULL), 0, max);
    system_provider(sys, "cp", group);
    const uint32_t web = system_task(sys, "web", 512, 512);
    system_share(sys, system_service(sys, "web", web, desired, 100, 200), 0);
    return sys;
}

/* The log, which is the same with every minute looked at. */
static char *run_both_ways(system_of_test *sys, double seconds, const char *only)
{
    char *log = system_run_only(sys, seconds, only);
    sys->options.every_minute = true;
    char *minutes = system_run_only(sys, seconds, only);
    sys->options.every_minute = false;
    IS_STR(minutes, log);
    free(minutes);
    return log;
}

static void capacity_is(system_of_test *sys, double seconds, const char *samples,
                        const char *decisions)
{
    log_is(run_both_ways(sys, seconds, "capacity.sample"), samples);
    log_is(run_both_ways(sys, seconds, "scaling.decision"), decisions);
}

/* ---- PROVISIONING ---- */

static void tasks_wait_where_an_instance_will_come(void)
{
    system_of_test *sys = provider_of(0, 10, 3);
    char *log = system_run_only(sys, 185, "task.");
    /* they are there without an instance; at 180 s it comes, and they run at once (E165, E167) */
    log_is(log, "0 task.provisioning web/000001 web web#1 web:1\n"
                "0 task.provisioning web/000002 web web#1 web:1\n"
                "0 task.provisioning web/000003 web web#1 web:1\n"
                "180 task.pending web/000001 web web#1 web:1 i-000001 a\n"
                "180 task.activating web/000001 web web#1 web:1 i-000001 a\n"
                "180 task.running web/000001 web web#1 web:1 i-000001 a\n"
                "180 task.pending web/000002 web web#1 web:1 i-000002 a\n"
                "180 task.activating web/000002 web web#1 web:1 i-000002 a\n"
                "180 task.running web/000002 web web#1 web:1 i-000002 a\n"
                "180 task.pending web/000003 web web#1 web:1 i-000001 a\n"
                "180 task.activating web/000003 web web#1 web:1 i-000001 a\n"
                "180 task.running web/000003 web web#1 web:1 i-000001 a\n");
    sys->providers[0].managed_scaling = sys->auto_scaling[0].managed = false;
    log = system_run(sys, 185);
    /* off: nothing is created, the service says so (E165, E128) */
    OK(count_of(log, "task.") == 0);
    OK(count_of(log, "No Container Instances were found in your capacity provider.") == 1);
    free(log);
    system_end(sys);
}

static run_task_call *call_of(system_of_test *sys, double at, uint32_t definition, uint32_t count)
{
    timeline_action *a = system_at(sys, at, TIMELINE_RUN_TASK);
    a->run_task = (run_task_call){.task_definition = definition, .count = count, .share_count = 1};
    a->run_task.shares = ARENA_NEW(sys->arena, capacity_share);
    *a->run_task.shares = (capacity_share){PROVIDER_OF_INSTANCES, 0, 1};
    return &a->run_task;
}

static void a_blocked_head_blocks_nobody(void)
{
    system_of_test *sys = provider_of(1, 1, 0);
    const uint32_t large = system_task(sys, "large", 2048, 512);
    const uint32_t small = system_task(sys, "small", 1536, 512);
    system_container(sys, small)->behavior.has_run_time = true;
    system_container(sys, small)->behavior.run_time = distribution_constant(100);
    call_of(sys, 10, small, 1);
    call_of(sys, 20, large, 1);
    call_of(sys, 30, small, 2);
    char *log = run_both_ways(sys, 600, "task.pending");
    /* in the order in which they came, as far as there is room (E167): at 110 s the large one takes all of it; it never
     * ends, so that the small ones wait for good. The large one was not let past before: 2048 were never free. */
    log_is(log, "10 task.pending family:small/000001 small:1 i-000001 a\n"
                "110 task.pending family:large/000001 large:1 i-000001 a\n");
    system_container(sys, large)->cpu_units = 2049;
    log = run_both_ways(sys, 600, "task.pending");
    log_is(log, "10 task.pending family:small/000001 small:1 i-000001 a\n"
                "110 task.pending family:small/000002 small:1 i-000001 a\n"
                "210 task.pending family:small/000003 small:1 i-000001 a\n");
    system_end(sys);
}

/* E167: a constraint may let a task in because of another one, which the next tick finds out. */
static void a_tick_finds_what_a_constraint_waited_for(void)
{
    static placement_constraint_config near = {CONSTRAINT_MEMBER_OF, "task:group == family:db"};
    system_of_test *sys = provider_of(1, 1, 1);
    const uint32_t db = system_task(sys, "db", 512, 512);
    sys->services[0].constraint_count = 1;
    sys->services[0].constraints = &near;
    call_of(sys, 33, db, 1);
    log_is(run_both_ways(sys, 100, "task.pending"),
           "33 task.pending family:db/000001 db:1 i-000001 a\n"
           "40 task.pending web/000001 web web#1 web:1 i-000001 a\n");
    system_end(sys);
}

/* E101, E167: an instance that comes has what its daemon will need held before waiting tasks are placed. */
static void daemons_go_before_those_who_wait(void)
{
    system_of_test *sys = provider_of(0, 1, 1);
    const uint32_t agent = system_task(sys, "agent", 128, 128);
    system_service(sys, "agent", agent, 0, 0, 100)->daemon = true;
    system_container(sys, 0)->cpu_units = 2048;
    char *log = run_both_ways(sys, 1000, "task.pending");
    OK(count_of(log, "task.pending agent/") == 1 && count_of(log, "task.pending web/") == 0);
    free(log);
    system_container(sys, 0)->cpu_units = 1920;
    log = run_both_ways(sys, 1000, "task.pending");
    OK(count_of(log, "task.pending agent/") == 1 && count_of(log, "task.pending web/") == 1);
    free(log);
    system_end(sys);
}

static void run_task_is_refused_beyond_the_limit(void)
{
    system_of_test *sys = provider_of(0, 0, 0);
    sys->cfg.control.provisioning_limit = 3;
    call_of(sys, 10, 0, 5);
    char *log = system_run(sys, 60);
    /* three wait, two are refused (E166) */
    OK(count_of(log, "10 task.provisioning family:web/") == 3);
    OK(count_of(log, "10 placement.failed web web:1 2 {}") == 1);
    free(log);
    system_end(sys);
}

static void a_service_says_that_the_limit_is_reached(void)
{
    system_of_test *sys = provider_of(0, 0, 3);
    sys->cfg.control.provisioning_limit = 2;
    sys->cfg.control.provisioning_timeout_us = 35 * SIM_SECOND;
    system_scale(sys, 20, 0, 2);
    char *log = system_run(sys, 34);
    OK(count_of(log, "0 task.provisioning web/") == 2);
    OK(count_of(log, "0 service.event web (service web) was unable to place tasks in your cluster "
                     "because the tasks provisioning capacity limit was exceeded.") == 1);
    free(log);
    system_end(sys);
}

static void who_waits_too_long_gives_up(void)
{
    system_of_test *sys = provider_of(0, 0, 2);
    sys->services[0].breaker = (circuit_breaker_config){
        .enabled = true, .type = BREAKER_COUNT, .value = 2, .reset_on_healthy_task = true};
    char *log = system_run(sys, 1801);
    /* 1800 s after its creation (E166), and then only it counts as failed (E157) */
    OK(count_of(log, "1800 task.deactivating web/000001 web web#1 web:1 placementTimeout\n") == 1);
    OK(count_of(log, "1800 task.stopped web/000002 TaskFailedToStart TaskFailedToStart: EMPTY "
                     "CAPACITY PROVIDER null\n") == 1);
    OK(count_of(log, "1800 deployment.failed web web#1 web:1 circuitBreaker") == 1);
    OK(count_of(log, "deployment.failed") == 1);
    free(log);
    system_end(sys);
    sys = provider_of(1, 1, 5); /* the fifth finds no room */
    log = system_run(sys, 1801);
    OK(count_of(log, "1800 task.stopped web/000005 TaskFailedToStart TaskFailedToStart: "
                     "RESOURCE:CPU null\n") == 1);
    /* its replacement waits anew */
    OK(count_of(log, "1800 task.provisioning web/000006") == 1);
    free(log);
    system_end(sys);
}

static void a_waiting_task_is_the_first_to_go(void)
{
    system_of_test *sys = provider_of(1, 1, 6);
    system_scale(sys, 100, 0, 5);
    system_scale(sys, 200, 0, 3);
    char *log = run_both_ways(sys, 400, "task.stopped");
    /* E107: not RUNNING before RUNNING; of those that wait the newest */
    OK(strncmp(log, "100 task.stopped web/000006 ", 28) == 0);
    OK(count_of(log, "200 task.stopped web/000005 ") == 1);
    IS_INT(count_of(log, "task.stopped"), 3);
    free(log);
    system_end(sys);
}

/* ---- scale-out ---- */

static void nine_tasks_from_no_instance(void)
{
    system_of_test *sys = provider_of(0, 10, 9);
    /* 9 tasks take 3 instances; from none there come two (E187), whose eight places fill at 180 s. The third waits until
     * these are 300 s old, at 360 s. */
    capacity_is(sys, 3600,
                "60 capacity.sample cp 200 0 3\n"
                "180 capacity.sample cp 150 2 3\n"
                "480 capacity.sample cp 100 3 3\n",
                "60 scaling.decision asg ECSManagedAutoScalingPolicy-cp 0 2 0 200 2 applied\n"
                "120 scaling.decision asg ECSManagedAutoScalingPolicy-cp 2 2 0 200 2 atDesired\n"
                "180 scaling.decision asg ECSManagedAutoScalingPolicy-cp 2 2 2 150 3 warmup\n"
                "360 scaling.decision asg ECSManagedAutoScalingPolicy-cp 2 3 2 150 3 applied\n"
                "420 scaling.decision asg ECSManagedAutoScalingPolicy-cp 3 3 2 150 3 atDesired\n");
    system_end(sys);
}

static void the_group_is_never_above_its_maximum(void)
{
    system_of_test *sys = provider_of(1, 2, 12);
    sys->providers[0].warmup_us = 0;
    capacity_is(sys, 1700,
                "60 capacity.sample cp 300 1 3\n"
                "180 capacity.sample cp 150 2 3\n",
                "60 scaling.decision asg ECSManagedAutoScalingPolicy-cp 1 2 1 300 3 applied\n"
                "120 scaling.decision asg ECSManagedAutoScalingPolicy-cp 2 2 1 300 3 atMax\n");
    system_end(sys);
}

/* Example "cas-step": step sizes act inside M (E185), and T makes room to spare (E187). */
static void steps_and_targets(void)
{
    system_of_test *sys = provider_of(3, 20, 13);
    sys->providers[0].minimum_step = 2;
    capacity_is(
        sys, 600,
        "60 capacity.sample cp 166.66666666666666 3 5\n"
        "180 capacity.sample cp 80 5 4\n",
        "60 scaling.decision asg ECSManagedAutoScalingPolicy-cp 3 5 3 166.66666666666666 5 "
        "applied\n"
        "120 scaling.decision asg ECSManagedAutoScalingPolicy-cp 5 5 3 166.66666666666666 5 "
        "atDesired\n");
    system_end(sys);
    sys = provider_of(2, 20,
                      8); /* all busy, none waits: at a target of 80 % half an instance is short */
    sys->providers[0].target_capacity_pct = 80;
    capacity_is(sys, 600,
                "60 capacity.sample cp 100 2 2\n"
                "180 capacity.sample cp 66.66666666666667 3 2\n",
                "60 scaling.decision asg ECSManagedAutoScalingPolicy-cp 2 3 2 100 3 applied\n"
                "120 scaling.decision asg ECSManagedAutoScalingPolicy-cp 3 3 2 100 3 atDesired\n");
    system_end(sys);
}

/* E184: no instance of the group could take them. */
static void tasks_that_never_fit_ask_for_nothing(void)
{
    system_of_test *sys = provider_of(1, 9, 1);
    sys->providers[0].target_capacity_pct = 90;
    system_container(sys, 0)->cpu_units = 4096;
    capacity_is(sys, 1700, "60 capacity.sample cp 90 1 1\n", "");
    system_end(sys);
}

/* E184: one that the smallest type has no room for counts for nothing; the largest gives the count. */
static void types_of_a_mixed_group_bound_what_counts(void)
{
    system_of_test *sys = provider_of(0, 9, 8);
    system_mixed(sys, &sys->auto_scaling[0], 2, 9, 100);
    sys->groups[1].cpu_units = 4096;
    system_mixed_starts(sys);
    /* eight of 512 fill one of 4096: M is 1, and from none two are asked for (E187) */
    capacity_is(sys, 100, "60 capacity.sample cp 200 0 1\n",
                "60 scaling.decision asg ECSManagedAutoScalingPolicy-cp 0 2 0 200 2 applied\n");
    system_container(sys, 0)->cpu_units = 2049;
    capacity_is(sys, 100, "60 capacity.sample cp 100 0 0\n", "");
    system_end(sys);
}

static void distinct_instances_take_one_each(void)
{
    system_of_test *sys = provider_of(1, 9, 4);
    static placement_constraint_config distinct = {CONSTRAINT_DISTINCT_INSTANCE, NULL};
    sys->services[0].constraint_count = 1;
    sys->services[0].constraints = &distinct;
    capacity_is(sys, 600,
                "60 capacity.sample cp 400 1 4\n"
                "180 capacity.sample cp 100 4 4\n",
                "60 scaling.decision asg ECSManagedAutoScalingPolicy-cp 1 4 1 400 4 applied\n"
                "120 scaling.decision asg ECSManagedAutoScalingPolicy-cp 4 4 1 400 4 atDesired\n");
    system_end(sys);
}

/* E165: a task of launch type EC2 drives nothing; E184: nor does a daemon. */
static void launch_types_and_daemons_do_not_count(void)
{
    system_of_test *sys = provider_of(2, 9, 0);
    const uint32_t agent = system_task(sys, "agent", 128, 128);
    const uint32_t other = system_task(sys, "other", 2048, 512);
    system_service(sys, "agent", agent, 0, 0, 100)->daemon = true;
    system_service(sys, "other", other, 9, 100, 200);
    sys->cfg.control.capacity_scale_in_periods = 1000;
    log_is(run_both_ways(sys, 600, "capacity.sample"), "60 capacity.sample cp 0 2 0\n");
    system_end(sys);
}

/* ---- scale-in ---- */

static void pack(system_of_test *sys)
{
    static placement_strategy_config by_cpu = {.kind = STRATEGY_BINPACK, .field = BINPACK_CPU};
    sys->services[0].strategy_count = 1;
    sys->services[0].strategies = &by_cpu;
}

static void fifteen_minutes_below_then_by_half_a_minute(void)
{
    system_of_test *sys = provider_of(10, 10, 16);
    pack(sys);
    /* 16 tasks fill 4 of 10; the 15th datapoint is that of 900 s (E188) */
    capacity_is(sys, 3600,
                "60 capacity.sample cp 40 10 4\n"
                "960 capacity.sample cp 80 5 4\n"
                "1020 capacity.sample cp 100 4 4\n",
                "900 scaling.decision asg ECSManagedAutoScalingPolicy-cp 10 5 10 40 5 applied\n"
                "960 scaling.decision asg ECSManagedAutoScalingPolicy-cp 5 4 5 80 4 applied\n");
    /* those without tasks (E189) */
    log_is(run_both_ways(sys, 3600, "instance.terminated"),
           "900 instance.terminated i-000005 a scaleIn\n"
           "900 instance.terminated i-000006 a scaleIn\n"
           "900 instance.terminated i-000007 a scaleIn\n"
           "900 instance.terminated i-000008 a scaleIn\n"
           "900 instance.terminated i-000009 a scaleIn\n"
           "960 instance.terminated i-000010 a scaleIn\n");
    system_end(sys);
}

static void a_need_to_grow_starts_the_count_anew(void)
{
    system_of_test *sys = provider_of(3, 3, 4);
    pack(sys);
    /* all four on the first; from 890 to 910 s one of thirteen waits: 15 datapoints from that of 960 s on */
    system_scale(sys, 890, 0, 13);
    system_scale(sys, 910, 0, 4);
    log_is(
        run_both_ways(sys, 3600, "scaling.decision"),
        "900 scaling.decision asg ECSManagedAutoScalingPolicy-cp 3 3 3 133.33333333333334 4 atMax\n"
        "1800 scaling.decision asg ECSManagedAutoScalingPolicy-cp 3 2 3 33.333333333333336 2 "
        "applied\n"
        "1860 scaling.decision asg ECSManagedAutoScalingPolicy-cp 2 1 2 50 1 applied\n");
    system_end(sys);
}

static void the_last_instance_goes_at_a_target_of_100_only(void)
{
    system_of_test *sys = provider_of(1, 3, 0);
    capacity_is(sys, 3600,
                "60 capacity.sample cp 0 1 0\n"
                "960 capacity.sample cp 100 0 0\n",
                "900 scaling.decision asg ECSManagedAutoScalingPolicy-cp 1 0 1 0 0 applied\n");
    sys->providers[0].target_capacity_pct = 99;
    capacity_is(sys, 3600, "60 capacity.sample cp 0 1 0\n",
                "900 scaling.decision asg ECSManagedAutoScalingPolicy-cp 1 1 1 0 1 atMin\n");
    sys->cfg.control.capacity_scale_in_periods = 2;
    sys->providers[0].target_capacity_pct = 100;
    log_is(run_both_ways(sys, 3600, "instance.terminated"),
           "120 instance.terminated i-000001 a scaleIn\n");
    system_end(sys);
}

/* 3 of 5 is less than 61 %, and 3 of 4 more: whoever took one would give it back (E187, E188). */
static void no_instance_goes_that_would_come_back(void)
{
    system_of_test *sys = provider_of(5, 5, 12);
    pack(sys);
    sys->providers[0].target_capacity_pct = 61;
    capacity_is(sys, 7200, "60 capacity.sample cp 60 5 3\n",
                "900 scaling.decision asg ECSManagedAutoScalingPolicy-cp 5 5 5 60 5 atDesired\n");
    system_end(sys);
}

/* ---- which instance goes (E189), and draining (E176, E169) ---- */

/* Three instances with a task each, of which the first loses its own at 100 s. */
static system_of_test *one_of_three_without_a_task(void)
{
    system_of_test *sys = provider_of(3, 3, 3);
    timeline_action *a = system_at(sys, 100, TIMELINE_UPDATE_SERVICE);
    a->update.has_desired_count = true;
    a->update.to.desired_count = 2;
    sys->cfg.control.capacity_scale_in_periods = 3;
    return sys;
}

static void an_instance_without_tasks_goes_first(void)
{
    system_of_test *sys = one_of_three_without_a_task();
    char *log = system_run_only(sys, 1000, "task.stopped");
    OK(strncmp(log, "100 task.stopped web/000003 ", 28) == 0);
    free(log);
    log_is(run_both_ways(sys, 1000, "instance.terminated"),
           "240 instance.terminated i-000003 a scaleIn\n");
    system_end(sys);
}

/* Of several without tasks the oldest: at 3600 s the third, launched at 60 s, is closest to its next hour, which
 * the default policy would look at (A87). */
static void of_several_without_tasks_the_oldest_goes(void)
{
    system_of_test *sys = provider_of(2, 3, 12);
    sys->cfg.control.capacity_scale_in_periods = 3;
    system_scale(sys, 3470, 0, 0);
    log_is(run_both_ways(sys, 3900, "instance.terminated"),
           "3600 instance.terminated i-000001 a scaleIn\n"
           "3660 instance.terminated i-000002 a scaleIn\n"
           "3720 instance.terminated i-000003 a scaleIn\n");
    system_end(sys);
}

static void a_policy_that_is_named_takes_one_with_tasks_which_drains(void)
{
    system_of_test *sys = one_of_three_without_a_task();
    sys->auto_scaling[0].policies[0] = TERMINATE_OLDEST;
    sys->auto_scaling[0].managed_draining = true;
    sys->services[0].minimum_healthy_percent = 100;
    char *log = run_both_ways(sys, 1000, "instance.");
    /* its task is replaced on the third, healthy 40 s later, before it goes; while DRAINING it counts for nothing */
    OK(count_of(log, "240 instance.draining i-000001 a scaleIn\n") == 1);
    OK(count_of(log, "280 instance.terminated i-000001 a scaleIn\n") == 1);
    free(log);
    log_is(run_both_ways(sys, 1000, "capacity.sample"),
           "60 capacity.sample cp 100 3 3\n"
           "120 capacity.sample cp 66.66666666666667 3 2\n"
           "300 capacity.sample cp 100 2 2\n");
    system_end(sys);
}

static void protection_spares_instances_with_tasks(void)
{
    system_of_test *sys = one_of_three_without_a_task();
    sys->auto_scaling[0].policies[0] = TERMINATE_OLDEST;
    sys->auto_scaling[0].protects_new = sys->auto_scaling[0].managed_protection = true;
    sys->providers[0].termination_protection = true;
    log_is(run_both_ways(sys, 1000, "instance.terminated"),
           "240 instance.terminated i-000003 a scaleIn\n");
    /* nobody can go: desired falls by hand to 1; whoever loses its task goes then */
    system_capacity(sys, 400, 0, 1);
    system_scale(sys, 500, 0, 1);
    sys->cfg.control.capacity_scale_in_periods = 1000;
    log_is(run_both_ways(sys, 1000, "instance.terminated"),
           "420 instance.terminated i-000003 a scaleIn\n"
           "540 instance.terminated i-000002 a scaleIn\n");
    system_end(sys);
}

int main(void)
{
    tap_begin();
    TEST("tasks wait where an instance will come")
    {
        tasks_wait_where_an_instance_will_come();
    }
    TEST("a blocked head blocks nobody")
    {
        a_blocked_head_blocks_nobody();
    }
    TEST("run task is refused beyond the limit")
    {
        run_task_is_refused_beyond_the_limit();
    }
    TEST("a service says that the limit is reached")
    {
        a_service_says_that_the_limit_is_reached();
    }
    TEST("who waits too long gives up")
    {
        who_waits_too_long_gives_up();
    }
    TEST("a waiting task is the first to go")
    {
        a_waiting_task_is_the_first_to_go();
    }
    TEST("nine tasks from no instance")
    {
        nine_tasks_from_no_instance();
    }
    TEST("the group is never above its maximum")
    {
        the_group_is_never_above_its_maximum();
    }
    TEST("steps and targets")
    {
        steps_and_targets();
    }
    TEST("tasks that never fit ask for nothing")
    {
        tasks_that_never_fit_ask_for_nothing();
    }
    TEST("types of a mixed group bound what counts")
    {
        types_of_a_mixed_group_bound_what_counts();
    }
    TEST("a tick finds what a constraint waited for")
    {
        a_tick_finds_what_a_constraint_waited_for();
    }
    TEST("daemons go before those who wait")
    {
        daemons_go_before_those_who_wait();
    }
    TEST("of several without tasks the oldest goes")
    {
        of_several_without_tasks_the_oldest_goes();
    }
    TEST("distinct instances take one each")
    {
        distinct_instances_take_one_each();
    }
    TEST("launch types and daemons do not count")
    {
        launch_types_and_daemons_do_not_count();
    }
    TEST("fifteen minutes below then by half a minute")
    {
        fifteen_minutes_below_then_by_half_a_minute();
    }
    TEST("a need to grow starts the count anew")
    {
        a_need_to_grow_starts_the_count_anew();
    }
    TEST("no instance goes that would come back")
    {
        no_instance_goes_that_would_come_back();
    }
    TEST("the last instance goes at a target of 100 only")
    {
        the_last_instance_goes_at_a_target_of_100_only();
    }
    TEST("an instance without tasks goes first")
    {
        an_instance_without_tasks_goes_first();
    }
    TEST("a policy that is named takes one with tasks which drains")
    {
        a_policy_that_is_named_takes_one_with_tasks_which_drains();
    }
    TEST("protection spares instances with tasks")
    {
        protection_spares_instances_with_tasks();
    }
    return tap_end();
}
