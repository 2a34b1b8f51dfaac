/* Goal: faults strike whom they should, last as long as they should, and have the effects that the spec gives them.
 * Method: small systems worked by hand; logs, and what observers may read at chosen instants. */
#include "tests/models/system.h"

/* The sample of service 0 after `seconds`. */
static service_sample sample_at(system_of_test *sys, double seconds)
{
    service_sample out;
    model *m = model_create(&sys->cfg, 0, &sys->options);
    model_run(m, (sim_time)(seconds * 1e6), NULL);
    model_service_sample(m, 0, &out);
    model_destroy(m);
    return out;
}

/* `count` tasks behind a load balancer on as many instances, 10 requests/s in all, each of 2 s. */
static system_of_test *web(uint32_t count)
{
    system_of_test *sys = system_begin();
    system_instances(sys, count, 1024, 1024, "a", "b");
    uint32_t one = system_task(sys, "web", 512, 512);
    sys->definitions[one].request_seconds = distribution_constant(2);
    service_config *s = system_service(sys, "web", one, count, 50, 200);
    s->strategy_count = 1;
    s->strategies = ARENA_NEW(sys->arena, placement_strategy_config);
    *s->strategies = (placement_strategy_config){STRATEGY_SPREAD, BINPACK_CPU, "instanceId"};
    system_target_group(sys, "web", s, one);
    system_traffic(sys, s->load_balancers[0].target_group, 10);
    return sys;
}

static timeline_action *slow(system_of_test *sys, double at, double factor, double seconds)
{
    timeline_action *a = system_at(sys, at, TIMELINE_SLOW_TASKS);
    a->factor = factor;
    a->duration_us = (sim_time)(seconds * 1e6);
    return a;
}

/* What is cut when the only task is killed at this instant. */
static double cut_at(system_of_test *sys, double seconds)
{
    timeline_action kept[8];
    const uint32_t count = sys->cfg.timeline_count;
    memcpy(kept, sys->timeline, sizeof kept);
    uint32_t later = count;
    while (later > 0 && sys->timeline[later - 1].at_us > (sim_time)(seconds * 1e6))
        later--;
    sys->cfg.timeline_count = later; /* what comes later does not matter */
    system_at(sys, seconds, TIMELINE_CRASH_TASKS);
    double lost = sample_at(sys, seconds).requests.lost[FAILED_502];
    memcpy(sys->timeline, kept, sizeof kept);
    sys->cfg.timeline_count = count;
    return lost;
}

/* Of two tasks that get 5 requests a second each, one fails from 100 s on for 5 s, before a health check sees it. */
static double fails_with(health_failure how, int status_code, failure_cause cause)
{
    system_of_test *sys = web(2);
    timeline_action *a = system_at(sys, 100, TIMELINE_FAIL_HEALTH_CHECKS);
    a->how = how;
    a->status_code = status_code;
    a->duration_us = 5 * SIM_SECOND;
    a->select.has_count = true;
    a->select.count = 1;
    const request_sample at = sample_at(sys, 100.5).requests, later = sample_at(sys, 106).requests;
    IS_NEAR(at.offered, 10, 1e-9);
    for (int other = 0; other < FAILED_CAUSES; other++) {
        IS_NEAR(later.failed[other], 0, 0);
        if (other != (int)cause) IS_NEAR(at.failed[other], 0, 0);
    }
    system_end(sys);
    return at.failed[cause];
}

static void fail_health_checks(void)
{
    TEST("failHealthChecks: requests of those tasks fail the same way (L26, L70, L72, L74)")
    {
        IS_NEAR(fails_with(FAIL_REFUSE, 0, FAILED_502), 5, 1e-9);
        IS_NEAR(fails_with(FAIL_HANG, 0, FAILED_504), 5, 1e-9);
        IS_NEAR(fails_with(FAIL_STATUS, 500, FAILED_APPLICATION), 5, 1e-9);
        IS_NEAR(fails_with(FAIL_STATUS, 404, FAILED_APPLICATION), 0, 0); /* an answer */
    }
}

static void slow_tasks(void)
{
    TEST("slowTasks: requests in flight are those of the old pace and of the new (L75, L80)")
    {
        system_of_test *sys = web(1);
        IS_NEAR(cut_at(sys, 200), 20, 1e-9); /* 10 a second, 2 s each */
        slow(sys, 100, 5, 50);
        IS_NEAR(cut_at(sys, 101), 20, 1e-9); /* 1 s at 10 s each, and the last second at 2 s */
        IS_NEAR(cut_at(sys, 103), 30, 1e-9);
        IS_NEAR(cut_at(sys, 130), 100, 1e-9);
        IS_NEAR(cut_at(sys, 151), 100,
                1e-9); /* one second of the old pace again, nine of the slow */
        IS_NEAR(cut_at(sys, 200), 20, 1e-9);
        system_end(sys);
    }
    TEST("slowTasks: what outlasts the client's patience fails with 504, until it ends (L72, L75)")
    {
        system_of_test *sys = web(2);
        timeline_action *a = slow(sys, 100, 40, 60);
        a->select.has_count = true;
        a->select.count = 1;
        IS_NEAR(sample_at(sys, 99).requests.failed[FAILED_504], 0, 0);
        IS_NEAR(sample_at(sys, 100).requests.failed[FAILED_504], 5, 1e-9);
        IS_NEAR(sample_at(sys, 160).requests.failed[FAILED_504], 0, 0);
        system_end(sys);
    }
    TEST("slowTasks: factors of faults at work together multiply, and each ends by itself")
    {
        system_of_test *sys = web(1);
        slow(sys, 100, 2, 100);
        slow(sys, 120, 3, 20);
        IS_NEAR(cut_at(sys, 119), 40, 1e-9);
        IS_NEAR(cut_at(sys, 139), 120, 1e-9);
        IS_NEAR(cut_at(sys, 190), 40, 1e-9);
        IS_NEAR(cut_at(sys, 230), 20, 1e-9);
        system_end(sys);
    }
}

/* ---- disconnectAgents ---- */

static timeline_action *disconnect(system_of_test *sys, double at, uint32_t instance,
                                   double seconds)
{
    timeline_action *a = system_at(sys, at, TIMELINE_DISCONNECT_AGENTS);
    a->select.instance_count = 1;
    a->select.instances = ARENA_NEW(sys->arena, uint32_t);
    a->select.instances[0] = instance;
    if (seconds > 0) a->duration_us = (sim_time)(seconds * 1e6);
    return a;
}

/* Two instances with room for three tasks each, `count` tasks spread over them, no load balancer. */
static system_of_test *pair(uint32_t count, uint32_t *definition)
{
    system_of_test *sys = system_begin();
    system_instances(sys, 2, 3072, 3072, "a", "b");
    *definition = system_task(sys, "web", 1024, 1024);
    service_config *s = system_service(sys, "web", *definition, count, 50, 200);
    s->strategy_count = 1;
    s->strategies = ARENA_NEW(sys->arena, placement_strategy_config);
    *s->strategies = (placement_strategy_config){STRATEGY_SPREAD, BINPACK_CPU, "instanceId"};
    return sys;
}

/* Does the run's log have this line? Shown when it has not. */
static bool has_line(const char *log, const char *line)
{
    char whole[400];
    snprintf(whole, sizeof whole, "\n%s\n", line);
    if (strstr(log, whole)) return true;
    printf("# no line \"%s\"\n", line);
    return false;
}

static void disconnected(void)
{
    uint32_t web_1;
    TEST("E173, E174: not connected after agentLossDetect, its tasks go on, connected again")
    {
        system_of_test *sys = pair(2, &web_1);
        disconnect(sys, 100, 1, 300);
        char *log = system_run(sys, 1000);
        OK(has_line(log, "220 instance.disconnected i-000001 a disconnectAgents"));
        OK(has_line(log, "400 instance.active i-000001 a reconnected"));
        IS_INT(count_of(log, "task.pending"), 2);
        IS_INT(count_of(log, "task.deactivating"), 0);
        free(log);
        system_end(sys);
    }
    TEST("E174: a loss shorter than agentLossDetect is never known")
    {
        system_of_test *sys = pair(2, &web_1);
        disconnect(sys, 100, 1, 119.5);
        char *log = system_run_only(sys, 1000, "instance.");
        IS_INT(count_of(log, "\n"), 2); /* registered */
        free(log);
        system_end(sys);
    }
    TEST("E11, E173: it leaves the candidates once known; what was placed before waits in PENDING")
    {
        system_of_test *sys = pair(2, &web_1);
        disconnect(sys, 100, 1, 300);
        system_scale(sys, 150, 0, 3); /* ties go to i-000001 (E81) */
        system_scale(sys, 300, 0, 5);
        char *log = system_run(sys, 1000);
        OK(has_line(log, "150 task.pending web/000003 web web#1 web:1 i-000001 a"));
        OK(has_line(log, "400 task.activating web/000003 web web#1 web:1 i-000001 a"));
        OK(has_line(log, "300 task.running web/000004 web web#1 web:1 i-000002 b"));
        OK(has_line(log, "300 task.running web/000005 web web#1 web:1 i-000002 b"));
        free(log);
        system_end(sys);
    }
    TEST("E173: stop orders wait for the agent, behind the drain; the replacement does not")
    {
        system_of_test *sys = web(2);
        sys->groups[0].cpu_units = sys->groups[0].memory_mib = 2048;
        sys->target_groups[0].deregistration_delay_us = 30 * SIM_SECOND;
        disconnect(sys, 100, 1, 300);
        system_at(sys, 250, TIMELINE_STOP_TASK)->task = "web/000001";
        char *log = system_run(sys, 1000);
        OK(has_line(log, "250 task.deactivating web/000001 web web#1 web:1 i-000001 a user"));
        OK(has_line(log, "280 target.unused web web/000001 Target.NotRegistered"));
        OK(has_line(log, "400 task.stopping web/000001 web web#1 web:1 i-000001 a"));
        OK(has_line(log, "250 task.running web/000003 web web#1 web:1 i-000002 b"));
        free(log);
        system_end(sys);
    }
    TEST("E59, E173: a task placed on the room of a queued stop order waits for both")
    {
        system_of_test *sys = pair(2, &web_1);
        sys->groups[0].cpu_units = 1024;
        sys->services[0].minimum_healthy_percent = 0;
        sys->services[0].maximum_percent = 100;
        sys->cfg.control.max_counts_stopping = false;
        system_container(sys, web_1)->behavior.shutdown = distribution_constant(5);
        disconnect(sys, 100, 1, 100);
        system_at(sys, 150, TIMELINE_STOP_TASK)->task = "web/000001";
        char *log = system_run(sys, 1000);
        OK(has_line(log, "150 task.pending web/000003 web web#1 web:1 i-000001 a"));
        OK(has_line(log, "200 task.stopping web/000001 web web#1 web:1 i-000001 a"));
        OK(has_line(log, "205 task.running web/000003 web web#1 web:1 i-000001 a"));
        free(log);
        system_end(sys);
    }
    TEST("E36: container health stays as last told, and is told on return")
    {
        system_of_test *sys = pair(2, &web_1);
        container_definition *c = system_container(sys, web_1);
        c->has_health_check = true;
        c->health_check = (container_health_check){10 * SIM_SECOND, 2 * SIM_SECOND, 0, 3};
        disconnect(sys, 100, 1, 300);
        timeline_action *a = system_at(sys, 101, TIMELINE_FAIL_HEALTH_CHECKS);
        a->container_health_check = true;
        char *log = system_run(sys, 450);
        OK(has_line(log, "130 task.unhealthy web/000002 containerHealthCheck"));
        OK(has_line(log, "400 task.unhealthy web/000001 containerHealthCheck"));
        free(log);
        system_end(sys);
    }
    TEST("E173: what the load balancer finds unhealthy is replaced all the same")
    {
        system_of_test *sys = web(2);
        sys->groups[0].cpu_units = sys->groups[0].memory_mib = 2048;
        disconnect(sys, 100, 1, 300);
        timeline_action *a = system_at(sys, 251, TIMELINE_FAIL_HEALTH_CHECKS);
        a->select.instance_count = 1;
        a->select.instances = sys->timeline[0].select.instances;
        char *log = system_run(sys, 1000);
        OK(has_line(log, "260 task.unhealthy web/000001 targetHealth"));
        OK(has_line(log, "260 task.running web/000003 web web#1 web:1 i-000002 b"));
        OK(has_line(log, "260 task.deactivating web/000001 web web#1 web:1 i-000001 a unhealthy"));
        OK(has_line(log, "400 task.stopping web/000001 web web#1 web:1 i-000001 a"));
        free(log);
        system_end(sys);
    }
    TEST("E173: a crash is told on return, and replaced then")
    {
        system_of_test *sys = pair(2, &web_1);
        disconnect(sys, 100, 1, 300);
        timeline_action *a = system_at(sys, 150, TIMELINE_CRASH_TASKS);
        a->select.zone = "a";
        char *log = system_run(sys, 1000);
        OK(has_line(log, "150 container.stopped web/000001 app 1 exit"));
        OK(has_line(log, "400 task.deactivating web/000001 web web#1 web:1 i-000001 a crash"));
        OK(has_line(log, "400 task.running web/000003 web web#1 web:1 i-000001 a"));
        free(log);
        system_end(sys);
    }
    TEST("E112: a service that waits for room tries when an agent is back, unless the knob is off")
    {
        for (int retry = 0; retry < 2; retry++) {
            system_of_test *sys = pair(3, &web_1);
            sys->cfg.control.retry_on_capacity_event = retry;
            disconnect(sys, 100, 1, 395);
            system_scale(sys, 250, 0, 6); /* room for two on i-000002 */
            char *log = system_run(sys, 1000);
            OK(has_line(log, retry ? "495 task.running web/000006 web web#1 web:1 i-000001 a"
                                   : "610 task.running web/000006 web web#1 web:1 i-000001 a"));
            free(log);
            system_end(sys);
        }
    }
    TEST("E173: two faults at one time: back when both are over; DRAINING still")
    {
        system_of_test *sys = pair(2, &web_1);
        sys->services[0].desired_count = 0;
        disconnect(sys, 100, 1, 300);
        disconnect(sys, 150, 1, 400);
        timeline_action *a = system_at(sys, 300, TIMELINE_UPDATE_INSTANCES_STATE);
        a->drain = true;
        a->select = sys->timeline[0].select;
        char *log = system_run_only(sys, 1000, "instance.");
        OK(strstr(log, "220 instance.disconnected i-000001 a disconnectAgents\n"
                       "300 instance.draining i-000001 a user\n"
                       "550 instance.draining i-000001 a reconnected\n"));
        free(log);
        system_end(sys);
    }
}

/* ---- availabilityZoneOutage, refuseLaunches ---- */

static timeline_action *outage(system_of_test *sys, double at, const char *zone, double seconds)
{
    timeline_action *a = system_at(sys, at, TIMELINE_ZONE_OUTAGE);
    a->select.zone = zone;
    if (seconds > 0) a->duration_us = (sim_time)(seconds * 1e6);
    return a;
}

static void zone_lost(void)
{
    TEST("E174: a zone's instances are lost silently, known agentLossDetect later")
    {
        system_of_test *sys = web(2);
        outage(sys, 100, "a", 200);
        char *log = system_run(sys, 1000);
        OK(has_line(log, "107 target.unhealthy web web/000001 Target.Timeout"));
        OK(has_line(log, "220 instance.disconnected i-000001 a availabilityZoneOutage"));
        OK(has_line(log, "220 instance.terminated i-000001 a availabilityZoneOutage"));
        OK(strstr(log, "220 task.stopped web/000003 TerminationNotice Host EC2 (instance "
                       "i-000001) terminated."));
        /* the one that was there, and its replacement, placed there at 107 and PENDING since */
        IS_INT(count_of(log, "i-000001 a instanceLost"), 2);
        OK(has_line(log, "220 target.unused web web/000001 Target.InvalidState"));
        OK(has_line(log, "220 task.running web/000004 web web#1 web:1 i-000002 b"));
        free(log);
        system_end(sys);
    }
    TEST("availabilityZoneOutage: half the clients reach no node, half the targets hang (L72)")
    {
        system_of_test *sys = web(2);
        sys->services[0].maximum_percent = 100;
        outage(sys, 100, "a", 200);
        service_sample now = sample_at(sys, 100);
        IS_NEAR(now.requests.offered, 10, 1e-9);
        IS_NEAR(now.requests.failed[FAILED_504], 5 + 2.5, 1e-9);
        IS_NEAR(now.requests.lost[FAILED_502], 10, 1e-9); /* 5 a second, 2 s each */
        now = sample_at(sys, 300);
        IS_NEAR(now.requests.offered, 10, 1e-9);
        IS_NEAR(now.requests.failed[FAILED_504], 0, 1e-9);
        system_end(sys);
    }
    TEST("availabilityZoneOutage: launches fail while it lasts; later ones bring the service back")
    {
        system_of_test *sys = web(2);
        sys->services[0].desired_count = 4;
        system_instances(sys, 1, 1024, 1024, "a", NULL)->register_after_us = 300 * SIM_SECOND;
        system_instances(sys, 1, 1024, 1024, "b", NULL)->register_after_us = 299 * SIM_SECOND;
        system_instances(sys, 1, 1024, 1024, "a", NULL)->register_after_us = 301 * SIM_SECOND;
        outage(sys, 100, "a", 200.5);
        outage(sys, 150, "a", 50);
        char *log = system_run(sys, 1000);
        OK(has_line(log, "300 instance.terminated i-000003 a launchFailed"));
        OK(strstr(log, "\n299 instance.registered i-000004 b"));
        OK(strstr(log, "\n301 instance.registered i-000005 a"));
        OK(sample_at(sys, 1000).steady);
        free(log);
        system_end(sys);
    }
    TEST("refuseLaunches: the drawn share of what is asked for, in its zone, while it lasts")
    {
        for (int half = 0; half < 2; half++) {
            system_of_test *sys = pair(2, &(uint32_t){0});
            system_instances(sys, 400, 1024, 1024, "a", "b")->register_after_us = 100 * SIM_SECOND;
            system_instances(sys, 5, 1024, 1024, "a", NULL)->register_after_us = 150 * SIM_SECOND;
            timeline_action *a = system_at(sys, 50, TIMELINE_REFUSE_LAUNCHES);
            a->select.zone = "a";
            a->refused_fraction = half ? 0.5 : 1;
            a->duration_us = 100 * SIM_SECOND;
            char *log = system_run_only(sys, 200, "instance.terminated");
            int refused = count_of(log, " a launchFailed");
            IS_INT(count_of(log, "\n"), refused);
            OK(half ? refused > 70 && refused < 130 : refused == 200); /* binomial, 4 sigma */
            free(log);
            system_end(sys);
        }
    }
}

/* ---- spotInterruption ---- */

static system_of_test *spot_pair(bool draining)
{
    uint32_t web_1;
    system_of_test *sys = pair(2, &web_1);
    sys->groups[0].spot = true;
    sys->groups[0].spot_draining = draining;
    system_instances(sys, 1, 3072, 3072, "c", NULL);
    return sys;
}

static void spot(void)
{
    TEST("E175, A93, E177: after the notice the instance vanishes with all its tasks")
    {
        system_of_test *sys = spot_pair(false);
        system_at(sys, 100, TIMELINE_SPOT_INTERRUPTION)->select.zone = "a";
        char *log = system_run(sys, 1000);
        IS_INT(count_of(log, "instance.draining"), 0);
        OK(has_line(log, "220 instance.terminated i-000001 a spot"));
        OK(has_line(log, "220 task.deactivating web/000001 web web#1 web:1 i-000001 a spot"));
        OK(has_line(log, "220 task.stopped web/000001 TerminationNotice Host EC2 (instance "
                         "i-000001) terminated. 137"));
        OK(has_line(log, "220 task.running web/000003 web web#1 web:1 i-000003 c"));
        IS_INT(count_of(log, "instance.terminated"), 1); /* not the other zone's */
        free(log);
        system_end(sys);
    }
    TEST("E175: with spotDraining it is DRAINING from the agent's next poll on, and empty in time")
    {
        system_of_test *sys = spot_pair(true);
        sys->cfg.control.spot_notice_us = 90 * SIM_SECOND;
        system_at(sys, 100.25, TIMELINE_SPOT_INTERRUPTION)->select.zone = "a";
        char *log = system_run(sys, 1000);
        OK(has_line(log, "101 instance.draining i-000001 a spot"));
        OK(has_line(log, "190.25 instance.terminated i-000001 a spot"));
        IS_INT(count_of(log, "i-000001 a drain\n"), 1);
        IS_INT(count_of(log, "a spot\n"), 2); /* no task is lost */
        free(log);
        system_end(sys);
    }
    TEST("E175: minimumHealthyPercent 100 without room leaves no time: the task is lost")
    {
        system_of_test *sys = spot_pair(true);
        sys->groups[0].cpu_units = 1024;
        sys->cfg.group_count = 1;
        sys->services[0].minimum_healthy_percent = 100;
        system_at(sys, 100, TIMELINE_SPOT_INTERRUPTION)->select.zone = "a";
        char *log = system_run(sys, 1000);
        OK(has_line(log, "100 instance.draining i-000001 a spot"));
        OK(has_line(log, "220 task.deactivating web/000001 web web#1 web:1 i-000001 a spot"));
        free(log);
        system_end(sys);
    }
    TEST("E175, E173: an agent that is away tells of the notice when it is back")
    {
        system_of_test *sys = spot_pair(true);
        disconnect(sys, 90, 1, 60);
        system_at(sys, 100, TIMELINE_SPOT_INTERRUPTION)->select.zone = "a";
        system_at(sys, 110, TIMELINE_SPOT_INTERRUPTION); /* a second notice changes nothing */
        char *log = system_run_only(sys, 1000, "instance.");
        OK(has_line(log, "150 instance.draining i-000001 a spot"));
        OK(has_line(log, "110 instance.draining i-000002 b spot"));
        OK(has_line(log, "220 instance.terminated i-000001 a spot"));
        OK(has_line(log, "230 instance.terminated i-000002 b spot"));
        IS_INT(count_of(log, "i-000003 c"), 1); /* not spot: registered */
        free(log);
        system_end(sys);
    }
}

int main(void)
{
    tap_begin();
    fail_health_checks();
    slow_tasks();
    disconnected();
    zone_lost();
    spot();
    return tap_end();
}
