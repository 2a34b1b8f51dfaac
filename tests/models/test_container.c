/* Goal: containers of a task start, stop and start again in the order and at the times that E29-E32 and E43 say.
 * Method: hand-worked tasks; shutdown times are chosen so that every order of stops gives another length of STOPPING. */
#include "tests/models/system.h"

/* A task definition of `count` containers named "app", "b", "c", ...; all like the first, essential, without behavior. */
static container_definition *containers(system_of_test *sys, uint32_t definition, uint32_t count)
{
    static const char *const name_of[] = {"app", "b", "c", "d", "e"};
    task_definition_config *d = &sys->definitions[definition];
    container_definition *list = ARENA_ARRAY(sys->arena, count, container_definition);
    for (uint32_t i = 0; i < count; i++) {
        list[i] = d->containers[0];
        list[i].name = name_of[i];
        list[i].dependencies = ARENA_ARRAY(sys->arena, count, container_dependency);
    }
    d->containers = list;
    d->container_count = count;
    return list;
}

static void depends(container_definition *list, uint32_t on_this, uint32_t who,
                    dependency_condition how)
{
    list[who].dependencies[list[who].dependency_count++] = (container_dependency){on_this, how};
}

static void shuts_down_in(container_definition *c, double seconds, int64_t stop_timeout_s)
{
    c->behavior.shutdown = distribution_constant(seconds);
    c->stop_timeout_us = stop_timeout_s * SIM_SECOND;
}

/* One instance, one task of `count` containers, which a user stops at 100 s. */
static system_of_test *stopped_at_100(uint32_t count, container_definition **list)
{
    system_of_test *sys = system_begin();
    system_instances(sys, 1, 4096, 4096, "a", NULL);
    uint32_t web = system_task(sys, "web", 16, 16);
    *list = containers(sys, web, count);
    system_service(sys, "web", web, 1, 0, 100);
    timeline_action *a = system_at(sys, 100, TIMELINE_STOP_TASK);
    a->select.service = 0;
    a->select.has_count = true;
    a->select.count = 1;
    return sys;
}

static bool says(const char *log, const char *line)
{
    if (strstr(log, line)) return true;
    printf("# no \"%s\" in\n%s", line, log);
    return false;
}

static void stop_tests(void)
{
    container_definition *c;
    TEST("a dependency gets SIGTERM only after all its dependents have exited (E30)")
    {
        /* app -> b -> c, d -> c: app and d at 100; app exits at 101, then b until 103, as d; then c until 107. */
        system_of_test *sys = stopped_at_100(4, &c);
        depends(c, 1, 0, DEPENDS_START);
        depends(c, 2, 1, DEPENDS_START);
        depends(c, 2, 3, DEPENDS_START);
        const double lengths[] = {1, 2, 4, 3};
        for (int i = 0; i < 4; i++)
            shuts_down_in(&c[i], lengths[i], 30);
        char *log = system_run(sys, 300);
        OK(says(log, "100 task.stopping web/000001"));
        OK(says(log, "107 task.deprovisioning web/000001"));
        OK(says(log, "107 task.stopped web/000001 UserInitiated"));
        free(log);
        system_end(sys);
    }
    TEST("each container has its own stopTimeout; the killed one's exit code is 137 (E32)")
    {
        /* app needs 50 s but has 10: killed at 110; then b, which needs 5, exits at 115. */
        system_of_test *sys = stopped_at_100(2, &c);
        depends(c, 1, 0, DEPENDS_START);
        shuts_down_in(&c[0], 50, 10);
        shuts_down_in(&c[1], 5, 2000);
        char *log = system_run(sys, 300);
        OK(says(log, "115 task.deprovisioning web/000001"));
        OK(says(log, "115 task.stopped web/000001 UserInitiated Task stopped by user 137\n"));
        free(log);
        system_end(sys);
    }
    TEST("the task's exit code is that of the essential container that ended first")
    {
        system_of_test *sys = stopped_at_100(2, &c);
        depends(c, 1, 0, DEPENDS_START);
        c[0].essential = false;
        shuts_down_in(&c[0], 50, 10); /* killed, but not essential */
        shuts_down_in(&c[1], 5, 30);
        char *log = system_run(sys, 300);
        OK(says(log, "115 task.stopped web/000001 UserInitiated Task stopped by user 0\n"));
        free(log);
        system_end(sys);
    }
    TEST("when an essential container ends, the others stop in that order (E29)")
    {
        /* The dependency c of b of app crashes at 100: app until 103, then b until 105. */
        system_of_test *sys = stopped_at_100(3, &c);
        sys->cfg.timeline_count = 0;
        depends(c, 1, 0, DEPENDS_START);
        depends(c, 2, 1, DEPENDS_START);
        shuts_down_in(&c[0], 3, 30);
        shuts_down_in(&c[1], 2, 30);
        c[2].behavior.has_time_to_crash = true;
        c[2].behavior.time_to_crash = distribution_constant(100);
        c[2].behavior.exit_code = 7;
        char *log = system_run(sys, 150);
        OK(says(log, "100 container.stopped web/000001 c 7 exit\n"));
        OK(says(log, "100 task.stopping web/000001"));
        OK(says(log, "105 task.stopped web/000001 EssentialContainerExited "
                     "Essential container in task exited 7\n"));
        free(log);
        system_end(sys);
    }
    TEST("a container that ends by itself while it waits for its SIGTERM needs none")
    {
        /* app until 110; b would have been told then, but its run time is over at 104. */
        system_of_test *sys = stopped_at_100(2, &c);
        depends(c, 1, 0, DEPENDS_START);
        shuts_down_in(&c[0], 10, 30);
        shuts_down_in(&c[1], 20, 30);
        c[1].behavior.has_run_time = true;
        c[1].behavior.run_time = distribution_constant(104);
        char *log = system_run(sys, 300);
        OK(says(log, "110 task.stopped web/000001 UserInitiated Task stopped by user 0\n"));
        IS_INT(count_of(log, "container.stopped web/000001"), 0);
        free(log);
        system_end(sys);
    }
}

static void start_tests(void)
{
    container_definition *c;
    TEST("startTimeout: the dependent does not start, the task stops (E31)")
    {
        system_of_test *sys = stopped_at_100(2, &c);
        sys->cfg.timeline_count = 0;
        depends(c, 1, 0, DEPENDS_HEALTHY);
        c[1].has_health_check = true;
        c[1].health_check = (container_health_check){30 * SIM_SECOND, 5 * SIM_SECOND, 0, 3};
        c[1].behavior.activation = distribution_constant(2);
        c[1].start_timeout_us = 20 * SIM_SECOND; /* the first probe passes 30 s after its start */
        char *log = system_run(sys, 25);
        OK(says(log, "22 container.stopped web/000001 app null timeout\n"));
        OK(says(log, "22 task.stopped web/000001 TaskFailedToStart ContainerRuntimeTimeoutError"));
        free(log);
        system_end(sys);
    }
    TEST("without a limit it waits as long as it takes (E31)")
    {
        system_of_test *sys = stopped_at_100(2, &c);
        sys->cfg.timeline_count = 0;
        depends(c, 1, 0, DEPENDS_HEALTHY);
        c[1].has_health_check = true;
        c[1].health_check = (container_health_check){300 * SIM_SECOND, 5 * SIM_SECOND, 0, 3};
        char *log = system_run(sys, 400);
        OK(says(log, "300 task.running web/000001"));
        free(log);
        system_end(sys);
    }
    TEST("a dependency that ends otherwise than SUCCESS asks: the task cannot start (E30)")
    {
        system_of_test *sys = stopped_at_100(2, &c);
        sys->cfg.timeline_count = 0;
        depends(c, 1, 0, DEPENDS_SUCCESS);
        c[1].essential = false;
        c[1].behavior.has_time_to_crash = true;
        c[1].behavior.time_to_crash = distribution_constant(3);
        char *log = system_run(sys, 5);
        OK(says(log, "3 container.stopped web/000001 b 1 exit\n"));
        OK(says(log, "3 container.stopped web/000001 app null dependency\n"));
        OK(says(log, "3 task.stopped web/000001 TaskFailedToStart"));
        free(log);
        system_end(sys);
    }
}

/* One task whose second container crashes whenever it has run for `seconds`; both restart if asked to. */
static system_of_test *crasher(double seconds, bool essential, container_definition **list)
{
    system_of_test *sys = system_begin();
    system_instances(sys, 1, 4096, 4096, "a", NULL);
    uint32_t web = system_task(sys, "web", 16, 16);
    container_definition *c = *list = containers(sys, web, 2);
    service_config *s = system_service(sys, "web", web, 1, 0, 100);
    c[1].essential = essential;
    c[1].behavior.has_time_to_crash = true;
    c[1].behavior.time_to_crash = distribution_constant(seconds);
    c[1].behavior.exit_code = 9;
    c[1].has_restart_policy = true;
    c[1].restart_policy.attempt_period_us = 60 * SIM_SECOND;
    (void)s;
    return sys;
}

static void restart_tests(void)
{
    container_definition *c;
    TEST("an exit after restartAttemptPeriod restarts the container in place, essential or not "
         "(E43)")
    {
        for (int essential = 0; essential < 2; essential++) {
            system_of_test *sys = crasher(60, essential, &c);
            c[1].behavior.activation = distribution_constant(5);
            char *log = system_run(sys, 205);
            /* starts at 5, 70, 135, 200 */
            OK(says(log, "65 container.stopped web/000001 b 9 exit\n"));
            OK(says(log, "70 container.restarted web/000001 b 9 exit\n"));
            OK(says(log, "130 container.stopped web/000001 b 9 exit\n"));
            OK(says(log, "135 container.restarted web/000001 b 9 exit\n"));
            IS_INT(count_of(log, "container.restarted"), 3);
            IS_INT(count_of(log, "task.stopped"), 0);
            IS_INT(count_of(log, "task.provisioning"), 1);
            free(log);
            system_end(sys);
        }
    }
    TEST("an earlier exit is not restarted: an essential container's ends the task (E43, E29)")
    {
        system_of_test *sys = crasher(59.999999, true, &c);
        char *log = system_run(sys, 65);
        OK(says(log, "59.999999 container.stopped web/000001 b 9 exit\n"));
        OK(says(log, "59.999999 task.stopped web/000001 EssentialContainerExited "
                     "Essential container in task exited 9\n"));
        IS_INT(count_of(log, "container.restarted"), 0);
        free(log);
        system_end(sys);
        sys = crasher(59.999999, false, &c);
        log = system_run(sys, 300);
        IS_INT(count_of(log, "container.stopped"), 1);
        IS_INT(count_of(log, "task.stopped"), 0);
        free(log);
        system_end(sys);
    }
    TEST("an ignored exit code is not restarted (E43)")
    {
        system_of_test *sys = crasher(80, true, &c);
        static int32_t ignored[] = {0, 9};
        c[1].restart_policy.ignored_code_count = 2;
        c[1].restart_policy.ignored_codes = ignored;
        char *log = system_run(sys, 100);
        IS_INT(count_of(log, "container.restarted"), 0);
        OK(says(log, "80 task.stopped web/000001 EssentialContainerExited"));
        free(log);
        system_end(sys);
    }
    TEST("while it restarts its target refuses; start-up takes its time again (E43, L75)")
    {
        system_of_test *sys = crasher(100, true, &c);
        sys->services[0].task_definition = 0;
        target_group_config *g = system_target_group(sys, "web", &sys->services[0], 0);
        g->interval_us = 10 * SIM_SECOND;
        sys->services[0].load_balancers[0].container_name = "b";
        c[1].port_count = 1;
        c[1].ports = c[0].ports;
        c[0].port_count = 0;
        c[1].behavior.activation = distribution_constant(1);
        c[1].behavior.startup = distribution_constant(14);
        sys->services[0].grace_period_us = SIM_HOUR;
        traffic_config *t = system_traffic(sys, 0, 10);
        (void)t;
        char *log = system_run(sys, 160);
        /* RUNNING at 1, ready at 15; crash at 101, again at 102, ready at 116; probes at 1 + 10 k, the first one fails */
        OK(says(log, "31 target.healthy web web/000001"));
        OK(says(log, "101 container.stopped web/000001 b 9 exit\n"));
        OK(says(log, "102 container.restarted web/000001 b 9 exit\n"));
        OK(says(log, "111 target.unhealthy web web/000001"));
        OK(says(log, "131 target.healthy web web/000001"));
        IS_INT(count_of(log, "task.stopped"), 0);
        free(log);
        system_end(sys);
    }
    TEST(
        "a container health check starts over with the container: UNKNOWN, then HEALTHY (E34, E43)")
    {
        system_of_test *sys = crasher(100, true, &c);
        c[1].has_health_check = true;
        c[1].health_check = (container_health_check){7 * SIM_SECOND, 5 * SIM_SECOND, 0, 3};
        char *log = system_run_only(sys, 150, "task.healthy");
        IS_STR(log, "7 task.healthy web/000001 containerHealthCheck\n"
                    "107 task.healthy web/000001 containerHealthCheck\n");
        free(log);
        system_end(sys);
    }
    TEST("a stopping task restarts nothing (E43)")
    {
        system_of_test *sys = crasher(100, false, &c);
        c[0].behavior.shutdown = distribution_constant(20);
        depends(c, 1, 0, DEPENDS_START); /* so that the crasher runs on until the app has exited */
        timeline_action *a = system_at(sys, 95, TIMELINE_STOP_TASK);
        a->select.service = 0;
        char *log = system_run(sys, 118);
        OK(says(log, "115 task.stopped web/000001"));
        IS_INT(count_of(log, "container."), 0);
        free(log);
        system_end(sys);
    }
}

int main(void)
{
    tap_begin();
    stop_tests();
    start_tests();
    restart_tests();
    return tap_end();
}
