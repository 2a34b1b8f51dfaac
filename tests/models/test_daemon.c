/* Goal: a DAEMON service keeps one task on each instance that may have one, ahead of everybody else (E101, E141).
 * Method: event logs and samples of small systems worked by hand; invariants after every event. */
#include "tests/models/system.h"

static service_sample sample_at(system_of_test *sys, uint32_t index, double seconds)
{
    service_sample s;
    model *m = model_create(&sys->cfg, 0, &sys->options);
    model_run(m, (sim_time)(seconds * 1e6), NULL);
    model_service_sample(m, index, &s);
    model_destroy(m);
    return s;
}

static service_config *daemon_service(system_of_test *sys, uint32_t definition, uint32_t min)
{
    service_config *s = system_service(sys, "log", definition, 0, min, 100);
    s->daemon = true;
    return s;
}

static void drain(system_of_test *sys, double seconds, uint32_t number, bool draining)
{
    timeline_action *a = system_at(sys, seconds, TIMELINE_UPDATE_INSTANCES_STATE);
    a->drain = draining;
    a->select.instance_count = 1;
    a->select.instances = ARENA_NEW(sys->arena, uint32_t);
    a->select.instances[0] = number;
}

static void only_on(system_of_test *sys, service_config *s, const char *expression)
{
    s->constraint_count = 1;
    s->constraints = ARENA_NEW(sys->arena, placement_constraint_config);
    *s->constraints = (placement_constraint_config){CONSTRAINT_MEMBER_OF, expression};
}

static void where_and_when(void)
{
    TEST("one task on each ACTIVE instance, as it comes; desiredCount is their number")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 3, 1024, 1024, "a", "b");
        system_instances(sys, 1, 1024, 1024, "a", NULL)->register_after_us = 100 * SIM_SECOND;
        daemon_service(sys, system_task(sys, "log", 128, 128), 0);
        char *log = system_run(sys, 200);
        IS_INT(count_of(log, "\n0 task.provisioning"), 3);
        OK(strstr(log, "\n100 task.provisioning log/000004 log log#1 log:1 i-000004 a\n"));
        IS_INT(count_of(log, "deployment.completed log log#1"), 1);
        IS_INT(count_of(log, "has reached a steady state."), 2);
        free(log);
        service_sample s = sample_at(sys, 0, 99);
        OK(s.desired == 3 && s.running == 3 && s.upper == 3 && s.lower == 0);
        s = sample_at(sys, 0, 200);
        OK(s.desired == 4 && s.running == 4 && s.steady);
        system_end(sys);
    }
    TEST("a DRAINING instance loses its task at once, one that is ACTIVE again gets one, one that "
         "is gone counts no more")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 3, 1024, 1024, "a", NULL);
        daemon_service(sys, system_task(sys, "log", 128, 128), 100);
        drain(sys, 100, 2, true);
        drain(sys, 200, 2, false);
        timeline_action *a = system_at(sys, 300, TIMELINE_TERMINATE_INSTANCES);
        a->select.instance_count = 1;
        a->select.instances = ARENA_NEW(sys->arena, uint32_t);
        a->select.instances[0] = 1;
        char *log = system_run(sys, 400);
        OK(strstr(log, "\n100 task.deactivating log/000002 log log#1 log:1 i-000002 a drain\n"));
        OK(strstr(log, "\n200 task.provisioning log/000004 log log#1 log:1 i-000002 a\n"));
        IS_INT(count_of(log, "\n300 task.provisioning"), 0);
        free(log);
        IS_INT(sample_at(sys, 0, 150).desired, 2);
        service_sample s = sample_at(sys, 0, 350);
        OK(s.desired == 2 && s.running == 2 && s.steady);
        system_end(sys);
    }
    TEST("tasks go where the constraints are met, and stop where new ones are not")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 4, 1024, 1024, "a", "b");
        service_config *s = daemon_service(sys, system_task(sys, "log", 128, 128), 100);
        only_on(sys, s, "attribute:ecs.availability-zone == a");
        timeline_action *a = system_at(sys, 100, TIMELINE_UPDATE_SERVICE);
        a->update.has_constraints = true;
        service_config to = {0};
        only_on(sys, &to, "attribute:ecs.availability-zone == b");
        a->update.to = to;
        char *log = system_run_only(sys, 200, "task.");
        IS_INT(count_of(log, "\n100 task.deactivating"), 2);
        IS_INT(count_of(log, " a scaleIn\n"), 2);
        IS_INT(count_of(log, "\n100 task.provisioning"), 2);
        OK(strstr(log, "\n100 task.provisioning log/000003 log log#1 log:1 i-000002 b\n"));
        free(log);
        IS_INT(sample_at(sys, 0, 200).running, 2);
        system_end(sys);
    }
    TEST("it is the first to start, though another service was created first")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 1, 1024, 1024, "a", NULL);
        system_instances(sys, 1, 1024, 1024, "a", NULL)->register_after_us = 50 * SIM_SECOND;
        system_service(sys, "web", system_task(sys, "web", 256, 256), 8, 100, 200);
        daemon_service(sys, system_task(sys, "log", 128, 128), 0);
        char *log = system_run_only(sys, 100, "task.provisioning");
        const char *first = "0 task.provisioning log/000001";
        OK(strncmp(log, first, strlen(first)) == 0);
        IS_INT(count_of(log, "0 task.provisioning web/"), 6); /* three on each: 128 units short */
        IS_INT(count_of(log, "50 task.provisioning log/000002"), 1);
        free(log);
        system_end(sys);
    }
    TEST("an instance without room is named; where room comes, it is for the daemon")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 1, 1024, 1024, "a", NULL);
        system_service(sys, "web", system_task(sys, "web", 512, 512), 2, 100, 200);
        uint32_t log_task = system_task(sys, "log", 128, 128);
        service_config *s = daemon_service(sys, log_task, 0);
        sys->cfg.service_count_at_start = 1;
        system_at(sys, 10, TIMELINE_CREATE_SERVICE)->service = 1;
        system_at(sys, 100, TIMELINE_STOP_TASK)->task = "web/000001";
        char *log = system_run(sys, 400);
        OK(strstr(log, "\n10 placement.failed log log#1 log:1 1 {\"RESOURCE:CPU\":1} i-000001 "
                       "RESOURCE:CPU\n"));
        OK(strstr(log, "insufficient CPU units available."));
        IS_INT(count_of(log, "task.provisioning log/"), 0); /* web's next pass came first */
        free(log);
        sys->cfg.timeline_count = 1;
        system_scale(sys, 100, 0, 1);
        log = system_run(sys, 400);
        OK(strstr(log, "\n370 task.provisioning log/000001")); /* E112: 10 + 60 + 300 s */
        free(log);
        (void)s;
        system_end(sys);
    }
}

static void replacing(void)
{
    TEST("a deployment stops all and starts each where the old one has left (E141: 0 and 100)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 3, 1024, 1024, "a", NULL);
        uint32_t one = system_task(sys, "log", 512, 512), two = system_task(sys, "log", 512, 512);
        system_container(sys, one)->behavior.shutdown = distribution_constant(5);
        daemon_service(sys, one, 0);
        system_service(sys, "web", system_task(sys, "web", 512, 512), 6, 100, 200);
        system_deploy(sys, 100, 0, two);
        char *log = system_run(sys, 400);
        IS_INT(count_of(log, "\n100 task.deactivating log/"), 3);
        IS_INT(count_of(log, "\n105 task.provisioning log/"), 3);
        IS_INT(count_of(log, "task.provisioning web/"), 3); /* the room was held for the daemon */
        OK(strstr(log, "\n145 deployment.completed log log#2"));
        free(log);
        system_end(sys);
    }
    TEST("minimumHealthyPercent is kept: at 50 two of four at a time; at 100 it sticks (E147)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 4, 1024, 1024, "a", NULL);
        uint32_t one = system_task(sys, "log", 512, 512), two = system_task(sys, "log", 512, 512);
        service_config *s = daemon_service(sys, one, 50);
        system_deploy(sys, 100, 0, two);
        char *log = system_run(sys, 400);
        IS_INT(count_of(log, "\n100 task.deactivating"), 2);
        IS_INT(count_of(log, "\n140 task.deactivating"), 2);
        OK(strstr(log, "\n180 deployment.completed log log#2"));
        free(log);
        for (int t = 100; t < 200; t += 5)
            OK(sample_at(sys, 0, t).healthy >= 2);
        s->minimum_healthy_percent = 100;
        log = system_run(sys, 400);
        OK(strstr(log, "\n100 service.event log (service log) was unable to stop or start tasks "));
        IS_INT(count_of(log, "task.deactivating"), 0);
        free(log);
        system_end(sys);
    }
    TEST("a crashed task is replaced where it was, an unhealthy one after it has stopped (E102, "
         "E105)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 2, 1024, 1024, "a", NULL);
        uint32_t one = system_task(sys, "log", 128, 128);
        system_container(sys, one)->behavior.shutdown = distribution_constant(5);
        service_config *s = daemon_service(sys, one, 0);
        system_target_group(sys, "tg", s, one);
        timeline_action *a = system_at(sys, 50, TIMELINE_CRASH_TASKS);
        a->select.has_count = true;
        a->select.count = 1;
        a = system_at(sys, 100, TIMELINE_FAIL_HEALTH_CHECKS);
        a->select.has_count = true;
        a->select.count = 1;
        char *log = system_run(sys, 200);
        IS_INT(count_of(log, "\n50 task.provisioning"), 1);
        IS_INT(count_of(log, " a unhealthy\n"), 1);
        service_sample now = sample_at(sys, 0, 200);
        OK(now.steady && now.healthy == 2 && now.desired == 2);
        IS_INT(now.task_replacements, 2);
        free(log);
        system_end(sys);
    }
    TEST("delete-service needs no force, and the name is free again (E111)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 2, 1024, 1024, "a", NULL);
        service_config *s = daemon_service(sys, system_task(sys, "log", 128, 128), 0);
        system_at(sys, 100, TIMELINE_DELETE_SERVICE);
        timeline_action *a = system_at(sys, 200, TIMELINE_CREATE_SERVICE);
        a->replaces = true;
        a->update.to = *s;
        a->update.to.daemon = false;
        a->update.to.desired_count = 3;
        OK(!sample_at(sys, 0, 150).exists);
        service_sample now = sample_at(sys, 0, 300);
        OK(now.exists && now.running == 3 && now.steady);
        system_end(sys);
    }
}

int main(void)
{
    tap_begin();
    where_and_when();
    replacing();
    return tap_end();
}
