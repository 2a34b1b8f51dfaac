/* Goal: memory runs out at the instant that arithmetic says, for whom E25 says.
 * Method: hand-worked leaks against container, task and instance limits; usage under requests; four-way agreement is the
 * storm's. */
#include "tests/models/system.h"

static bool says(const char *log, const char *line)
{
    if (strstr(log, line)) return true;
    printf("# no \"%s\" in\n%s", line, log);
    return false;
}

static void uses(container_definition *c, double idle, double per_request, double leak)
{
    c->behavior.has_memory = true;
    c->behavior.memory = (memory_behavior){idle, per_request, leak};
}

/* An instance of 4096 MiB and a service of `desired` tasks of one container. */
static system_of_test *one_service(uint32_t desired, int32_t memory, container_definition **c)
{
    system_of_test *sys = system_begin();
    system_instances(sys, 1, 4096, 4096, "a", NULL);
    uint32_t web = system_task(sys, "web", 16, memory);
    *c = system_container(sys, web);
    system_service(sys, "web", web, desired, 0, 200);
    return sys;
}

/* The task definition's first container twice: "app" and "side". */
static container_definition *two_containers(system_of_test *sys, uint32_t definition)
{
    task_definition_config *d = &sys->definitions[definition];
    container_definition *list = ARENA_ARRAY(sys->arena, 2, container_definition);
    list[0] = list[1] = d->containers[0];
    list[1].name = "side";
    list[1].image = "side";
    d->containers = list;
    d->container_count = 2;
    return list;
}

static void container_tests(void)
{
    container_definition *c;
    TEST("a leak reaches the container's hard limit: killed then, exit 137, and E29 applies (E25)")
    {
        /* (512 - 400) MiB at 100 MiB an hour: 1.12 h after the start, at 10 s */
        system_of_test *sys = one_service(1, 512, &c);
        c->behavior.activation = distribution_constant(10);
        uses(c, 400, 0, 100);
        char *log = system_run(sys, 5000);
        OK(says(log, "4042 container.stopped web/000001 app 137 oom\n"));
        OK(says(log, "4042 task.stopped web/000001 EssentialContainerExited "
                     "Essential container in task exited 137\n"));
        OK(says(log, "4042 task.provisioning web/000002"));
        IS_INT(count_of(log, "oom"), 1);
        free(log);
        system_end(sys);
    }
    TEST("without a leak a use up to the limit is allowed, one above it is killed at its start")
    {
        system_of_test *sys = one_service(1, 512, &c);
        uses(c, 512, 0, 0);
        char *log = system_run(sys, 5000);
        IS_INT(count_of(log, "oom"), 0);
        free(log);
        system_end(sys);
        sys = one_service(1, 512, &c);
        uses(c, 512.01, 0, 0);
        log = system_run(sys, 5);
        OK(says(log, "0 container.stopped web/000001 app 137 oom\n"));
        IS_INT(count_of(log, "container.stopped"), 1); /* no loop in zero time (E62) */
        free(log);
        system_end(sys);
    }
    TEST("killed before its task runs: the reason is E25's, and it counts as a failed start")
    {
        system_of_test *sys = one_service(1, 512, &c);
        c = two_containers(sys, 0);
        uses(&c[0], 600, 0, 0);
        c[1].behavior.activation = distribution_constant(60);
        char *log = system_run(sys, 5);
        OK(says(log, "0 task.stopped web/000001 TaskFailedToStart OutOfMemoryError: Container "
                     "killed due to memory usage 137\n"));
        free(log);
        system_end(sys);
    }
    TEST("a soft limit may be exceeded; between soft and hard only the hard one kills (E25)")
    {
        system_of_test *sys = one_service(1, 1024, &c);
        c->memory_reservation_mib = 256;
        uses(c, 200, 0, 412);
        char *log = system_run(sys, 7300);
        OK(says(log, "7200 container.stopped web/000001 app 137 oom\n"));
        free(log);
        system_end(sys);
    }
    TEST("a restart policy restarts what was killed, and its leak begins anew (E43)")
    {
        system_of_test *sys = one_service(1, 512, &c);
        c->has_restart_policy = true;
        c->restart_policy.attempt_period_us = 300 * SIM_SECOND;
        c->behavior.activation = distribution_constant(10);
        uses(c, 412, 0, 100);
        char *log = system_run(sys, 7300);
        OK(says(log, "3610 container.stopped web/000001 app 137 oom\n"));
        OK(says(log, "3620 container.restarted web/000001 app 137 oom\n"));
        OK(says(log, "7220 container.stopped web/000001 app 137 oom\n"));
        IS_INT(count_of(log, "task.stopped"), 0);
        free(log);
        system_end(sys);
    }
    TEST("a container that is not essential leaves the task running")
    {
        system_of_test *sys = one_service(1, 512, &c);
        c = two_containers(sys, 0);
        c[1].essential = false;
        uses(&c[1], 412, 0, 100);
        char *log = system_run(sys, 5000);
        OK(says(log, "3600 container.stopped web/000001 side 137 oom\n"));
        IS_INT(count_of(log, "task.stopped"), 0);
        free(log);
        system_end(sys);
    }
}

static void shared_tests(void)
{
    container_definition *c;
    TEST("the task's memory caps all its containers; the one that uses most is killed (E25)")
    {
        /* 300 + 100 MiB, growing by 50 + 30 an hour, cap 560: after 2 h; side then has 160, app 400 */
        system_of_test *sys = one_service(1, 0, &c);
        sys->definitions[0].memory_mib = 560;
        c = two_containers(sys, 0);
        uses(&c[0], 300, 0, 50);
        uses(&c[1], 100, 0, 30);
        char *log = system_run(sys, 7300);
        OK(says(log, "7200 container.stopped web/000001 app 137 oom\n"));
        IS_INT(count_of(log, "oom"), 1);
        free(log);
        system_end(sys);
    }
    TEST("the instance's memory is the limit of soft ones: who uses most is killed, the elder of "
         "equals (E25)")
    {
        /* four tasks on 4096 MiB: 4 * (424 + 200 t) = 4096 at t = 3 h */
        system_of_test *sys = one_service(4, 0, &c);
        c->memory_reservation_mib = 256;
        uses(c, 424, 0, 200);
        char *log = system_run(sys, 10900);
        OK(says(log, "10800 container.stopped web/000001 app 137 oom\n"));
        IS_INT(count_of(log, "oom"), 1);
        free(log);
        system_end(sys);
    }
    TEST("after a kill the rest has room again: the next one is computed anew")
    {
        /* the three others have 1024 each, the new one 424: 3496 + 800 t = 4096 at 0.75 h */
        system_of_test *sys = one_service(4, 0, &c);
        c->memory_reservation_mib = 256;
        uses(c, 424, 0, 200);
        char *log = system_run(sys, 13600);
        OK(says(log, "13500 container.stopped web/000002 app 137 oom\n"));
        IS_INT(count_of(log, "oom"), 2);
        free(log);
        system_end(sys);
    }
}

/* What the service's tasks use at the end of the run. */
static service_sample sample_at(system_of_test *sys, double seconds, uint64_t *kills)
{
    service_sample s;
    model *m = model_create(&sys->cfg, 0, &sys->options);
    model_run(m, (sim_time)(seconds * 1e6), NULL);
    model_service_sample(m, 0, &s);
    if (kills) *kills = s.oom_kills;
    cluster_sample cluster;
    model_cluster_sample(m, &cluster);
    IS_NEAR(memory_line_mib(cluster.memory, (sim_time)(seconds * 1e6)),
            memory_line_mib(s.memory, (sim_time)(seconds * 1e6)), 1e-5);
    model_destroy(m);
    return s;
}

static void request_tests(void)
{
    container_definition *c;
    TEST("requests under way use memory: rate over the targets times requestSeconds, recomputed "
         "when the rate changes (E25)")
    {
        /* 2 tasks, 40 requests/s of 0.5 s: 10 under way each. 300 + 10 * 10 = 400 of 512; at 100/s 550 */
        system_of_test *sys = one_service(2, 512, &c);
        sys->definitions[0].request_seconds = distribution_constant(0.5);
        uses(c, 300, 10, 0);
        system_target_group(sys, "web", &sys->services[0], 0);
        traffic_config *t = system_traffic(sys, 0, 40);
        rate_step steps[] = {{0, 40}, {1000 * SIM_SECOND, 100}};
        t->rate = (rate_series){2, steps};
        char *log = system_run(sys, 1001);
        OK(says(log, "1000 container.stopped web/000001 app 137 oom\n"));
        OK(says(log, "1000 container.stopped web/000002 app 137 oom\n"));
        /* Their successors meet the same rate, as the group fails open (L51); then no start before a tick (E62). */
        IS_INT(count_of(log, "1000 container.stopped"), 4);
        IS_INT(count_of(log, "task.provisioning"), 4);
        free(log);
        system_end(sys);
    }
    TEST(
        "a container's own requestSeconds and errorRate hold for its targets (behavior.containers)")
    {
        /* 40/s of 2 s: 80 under way, 300 + 80 * 2 = 460 MiB; a tenth fails */
        system_of_test *sys = one_service(1, 512, &c);
        uses(c, 300, 2, 0);
        c->behavior.has_request_seconds = c->behavior.has_error_rate = true;
        c->behavior.request_seconds = distribution_constant(2);
        c->behavior.request_seconds_input = NO_INDEX;
        c->behavior.error_rate = 0.1;
        system_target_group(sys, "web", &sys->services[0], 0);
        system_traffic(sys, 0, 40);
        service_sample s = sample_at(sys, 600, NULL);
        IS_NEAR(memory_line_mib(s.memory, 600 * SIM_SECOND), 460, 1e-4);
        IS_NEAR(s.requests.failed[FAILED_APPLICATION], 4, 1e-9);
        system_end(sys);
    }
    TEST("a leak meets its limit earlier under load: the crossing moves with the rate")
    {
        /* 0 requests: 200 MiB left at 100/h = 2 h. From 3600 s on 20/s * 1 s * 2 MiB = 40: 60 left, 0.6 h */
        system_of_test *sys = one_service(1, 512, &c);
        sys->definitions[0].request_seconds = distribution_constant(1);
        uses(c, 312, 2, 100);
        system_target_group(sys, "web", &sys->services[0], 0);
        traffic_config *t = system_traffic(sys, 0, 0);
        rate_step steps[] = {{0, 0}, {3600 * SIM_SECOND, 20}};
        t->rate = (rate_series){2, steps};
        char *log = system_run(sys, 7200);
        OK(says(log, "5760 container.stopped web/000001 app 137 oom\n"));
        free(log);
        system_end(sys);
    }
}

static void sample_tests(void)
{
    container_definition *c;
    TEST("samples hold what RUNNING tasks use and reserve, and the kills (A01-A06)")
    {
        system_of_test *sys = one_service(3, 512, &c);
        uses(c, 100, 0, 40);
        uint64_t kills;
        service_sample s = sample_at(sys, 5400, &kills);
        IS_NEAR(memory_line_mib(s.memory, 5400 * SIM_SECOND), 3 * 160, 1e-4);
        IS_INT(s.memory_reserved_mib, 3 * 512);
        IS_INT(kills, 0);
        c->behavior.memory.leak_mib_per_hour = 412; /* all three at 3600 s */
        s = sample_at(sys, 3600, &kills);
        IS_INT(kills, 3);
        IS_NEAR(memory_line_mib(s.memory, 3600 * SIM_SECOND), 300, 1e-4);
        system_end(sys);
    }
}

int main(void)
{
    tap_begin();
    container_tests();
    shared_tests();
    request_tests();
    sample_tests();
    return tap_end();
}
