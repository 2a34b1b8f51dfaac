/* Goal: protected tasks are skipped by scale-in and by deployments until their protection ends, and by nothing else
 * (E107, E108, E146).
 * Method: event logs of small systems whose tasks are protected by the timeline. */
#include "tests/models/system.h"

static timeline_action *protect(system_of_test *sys, double seconds, uint32_t count, double minutes)
{
    timeline_action *a = system_at(sys, seconds, TIMELINE_UPDATE_TASK_PROTECTION);
    a->select.service = 0;
    a->select.has_count = true;
    a->select.count = count;
    a->protect = minutes > 0;
    a->duration_us = (sim_time)(minutes * 60e6);
    return a;
}

static system_of_test *small_system(uint32_t desired, uint32_t min_percent, uint32_t max_percent)
{
    system_of_test *sys = system_begin();
    system_instances(sys, 2, 4096, 4096, "a", NULL);
    system_service(sys, "web", system_task(sys, "web", 128, 128), desired, min_percent,
                   max_percent);
    return sys;
}

int main(void)
{
    tap_begin();
    TEST("scale-in stops others first, then waits until protection expires, and says so")
    {
        system_of_test *sys = small_system(4, 100, 200);
        protect(sys, 100, 3, 10);
        system_scale(sys, 200, 0, 1);
        char *log = system_run_only(sys, 2000, "service.event");
        OK(strstr(log, "\n200 service.event web (service web) has stopped 1 running tasks: (task "
                       "web/000004).\n"));
        OK(strstr(log, "\n200 service.event web (service web) was unable to reach steady state "
                       "because (taskSet ecs-svc/web#1) was unable to scale in due to (reason 2 "
                       "tasks under protection)\n"));
        IS_INT(count_of(log, "under protection"), 1);
        OK(strstr(log, "\n700 service.event web (service web) has stopped 2 running tasks: "));
        OK(strstr(log, "\n700 service.event web (service web) has reached a steady state.\n"));
        IS_INT(count_of(log, "has reached a steady state."), 2);
        free(log);
        system_end(sys);
    }
    TEST("protection that is taken away lets the scale-in go on at once; the message is repeated "
         "every six hours (E114)")
    {
        system_of_test *sys = small_system(2, 100, 200);
        protect(sys, 100, 2, 2880);
        system_scale(sys, 200, 0, 0);
        protect(sys, 50000, 2, 0);
        char *log = system_run_only(sys, 60000, "service.event");
        IS_INT(count_of(log, "under protection"), 3);
        OK(strstr(log, "\n21800 service.event"));
        OK(strstr(log, "\n50000 service.event web (service web) has stopped 2 running tasks: (task "
                       "web/000001) (task web/000002).\n"));
        free(log);
        system_end(sys);
    }
    TEST("a deployment goes on beside protected tasks and completes when they may stop (E146)")
    {
        system_of_test *sys = small_system(2, 100, 200);
        uint32_t two = system_task(sys, "web", 128, 128);
        protect(sys, 100, 1, 30);
        system_deploy(sys, 200, 0, two);
        char *log = system_run(sys, 4000);
        IS_INT(count_of(log, "\n200 task.provisioning"), 2);
        OK(strstr(log,
                  "\n240 task.deactivating web/000002 web web#1 web:1 i-000002 a deployment\n"));
        OK(strstr(log, "because (taskSet ecs-svc/web#1) was unable to scale in due to (reason 1 "
                       "tasks under protection)\n"));
        OK(strstr(log,
                  "\n1900 task.deactivating web/000001 web web#1 web:1 i-000001 a deployment\n"));
        OK(strstr(log, "\n1900 deployment.completed web web#2"));
        free(log);
        system_end(sys);
    }
    TEST("an instance's end, a user and the service's own end spare nobody; a task that is gone "
         "is no task of the call")
    {
        system_of_test *sys = small_system(3, 100, 200);
        protect(sys, 100, 3, 60);
        timeline_action *a = system_at(sys, 200, TIMELINE_TERMINATE_INSTANCES);
        a->select.instance_count = 1;
        a->select.instances = ARENA_NEW(sys->arena, uint32_t);
        a->select.instances[0] = 1;
        system_at(sys, 300, TIMELINE_STOP_TASK)->task = "web/000002";
        a = system_at(sys, 310, TIMELINE_UPDATE_TASK_PROTECTION);
        const char *gone = "web/000002";
        a->task_count = 1;
        a->tasks = &gone;
        a->protect = true;
        a->duration_us = SIM_HOUR;
        protect(sys, 400, 3, 60);
        system_at(sys, 500, TIMELINE_DELETE_SERVICE)->force = true;
        char *log = system_run(sys, 600);
        IS_INT(count_of(log, "200 task.stopped"), 2);
        IS_INT(count_of(log, "300 task.stopped"), 1);
        OK(strstr(log, "\n310 timeline updateTaskProtection "
                       "{\"error\":\"InvalidParameterException: The referenced task was not "
                       "found.\"}\n"));
        IS_INT(count_of(log, "500 task.stopped"), 3);
        IS_INT(count_of(log, "under protection"), 0);
        free(log);
        system_end(sys);
    }
    return tap_end();
}
