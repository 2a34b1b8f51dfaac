/* Goal: the arithmetic of deployments by itself: bounds (E140, E144) and the throttle's curve (E110). */
#include "models/ecs/deployment.h"
#include "tests/models/system.h"

/* Two revisions of a service of 4, deployed at 100 s; tasks settle for 40 s. */
static system_of_test *deploying(uint32_t minimum, uint32_t maximum)
{
    system_of_test *sys = system_begin();
    system_instances(sys, 1, 4096, 4096, "a", NULL);
    uint32_t one = system_task(sys, "web", 128, 128), two = system_task(sys, "web", 128, 128);
    system_service(sys, "web", one, 4, minimum, maximum);
    system_deploy(sys, 100, 0, two);
    return sys;
}

static timeline_action *stop_at(system_of_test *sys, double seconds, bool abort)
{
    timeline_action *a = system_at(sys, seconds, TIMELINE_STOP_SERVICE_DEPLOYMENT);
    a->service = 0;
    a->abort = abort;
    return a;
}

static void stopping(void)
{
    TEST("a deployment that is stopped rolls back, though no rollback is configured (E164)")
    {
        system_of_test *sys = deploying(50, 100);
        stop_at(sys, 120, false);
        char *log = system_run(sys, 600);
        OK(strstr(log, "\n120 deployment.failed web web#2 web:2 stopped 20\n"));
        OK(strstr(log, "\n120 deployment.rollingBack web web#2 web:2 stopped 20 web#1\n"));
        OK(strstr(log, "rolling back to deployment ecs-svc/web#1."));
        OK(!strstr(log, "tasks failed to start"));
        OK(strstr(log, "deployment.completed web web#1 web:1 rollback"));
        service_sample now;
        model *m = model_create(&sys->cfg, 0, &sys->options);
        model_run(m, 600 * SIM_SECOND, NULL);
        model_service_sample(m, 0, &now);
        IS_INT(now.newest_deployment, 1);
        OK(now.steady && now.running == 4);
        model_destroy(m);
        free(log);
        system_end(sys);
    }
    TEST("ABORT leaves the tasks of both revisions as they are (E149, E164)")
    {
        system_of_test *sys = deploying(50, 100);
        stop_at(sys, 120, true);
        char *log = system_run(sys, 600);
        const char *end = strstr(log, "\n120 deployment.failed web web#2 web:2 stopped 20\n");
        OK(end != NULL);
        OK(!strstr(log, "rollingBack"));
        OK(end && !strstr(end, "task.provisioning") && !strstr(end, "task.deactivating"));
        free(log);
        system_end(sys);
    }
    TEST("nothing in progress, and a deployment that is none: the call is refused (E164)")
    {
        system_of_test *sys = deploying(100, 200);
        timeline_action deploy = sys->timeline[--sys->cfg.timeline_count];
        stop_at(sys, 90, false);
        *system_at(sys, 100, TIMELINE_UPDATE_SERVICE) = deploy;
        stop_at(sys, 101, false)->deployment = 3;
        stop_at(sys, 102, false)->deployment = 1;
        char *log = system_run(sys, 130);
        OK(strstr(log, "\n90 timeline stopServiceDeployment {\"error\":\"ConflictException"));
        OK(strstr(log, "\n101 timeline stopServiceDeployment "
                       "{\"error\":\"ServiceDeploymentNotFoundException"));
        OK(strstr(log, "\n102 timeline stopServiceDeployment {\"error\":\"ConflictException"));
        OK(!strstr(log, "deployment.failed"));
        free(log);
        system_end(sys);
    }
    TEST("a rollback that is stopped goes on; with ABORT it ends (E164)")
    {
        system_of_test *sys = deploying(0, 100);
        stop_at(sys, 120, false);
        stop_at(sys, 130, false);
        char *log = system_run(sys, 600);
        IS_INT(count_of(log, "deployment.failed"), 1);
        OK(strstr(log, "deployment.completed web web#1"));
        free(log);
        sys->timeline[2].abort = true;
        sys->timeline[2].deployment = 2; /* the service deployment, which rolls back */
        log = system_run(sys, 600);
        OK(strstr(log, "\n130 deployment.failed web web#1 web:1 stopped 10\n"));
        OK(!strstr(log, "deployment.completed web web#1 web:1 rollback"));
        free(log);
        system_end(sys);
    }
}

int main(void)
{
    tap_begin();
    TEST("bounds round the floor up and the ceiling down (E140, documented numbers E144)")
    {
        IS_INT(deployment_bounds_of(4, 50, 200).lower, 2);
        IS_INT(deployment_bounds_of(2, 75, 200).lower, 2);
        IS_INT(deployment_bounds_of(4, 100, 200).upper, 8);
        IS_INT(deployment_bounds_of(3, 100, 125).upper, 3);
        IS_INT(deployment_bounds_of(0, 100, 200).lower, 0);
        IS_INT(deployment_bounds_of(1000000, 99, 199).upper, 1990000);
    }
    TEST("bounds for every desired count up to 300 and every percentage are the exact fractions "
         "rounded")
    {
        for (uint32_t d = 0; d <= 300; d++)
            for (uint32_t p = 0; p <= 200; p++) {
                deployment_bounds b = deployment_bounds_of(d, p, p);
                OK((uint64_t)b.lower * 100 >= (uint64_t)d * p &&
                   (b.lower == 0 || (uint64_t)(b.lower - 1) * 100 < (uint64_t)d * p));
                OK((uint64_t)b.upper * 100 <= (uint64_t)d * p &&
                   (uint64_t)(b.upper + 1) * 100 > (uint64_t)d * p);
            }
    }
    TEST("throttle: 0 below three failures, then 60 s doubled up to 27 min (E110)")
    {
        control_plane_config control = control_plane_defaults();
        const sim_time want[] = {0, 0, 0, 60, 120, 240, 480, 960, 1620, 1620, 1620};
        for (uint32_t k = 0; k < sizeof want / sizeof *want; k++)
            IS_INT(deployment_throttle(&control, k), want[k] * SIM_SECOND);
    }
    stopping();
    return tap_end();
}
