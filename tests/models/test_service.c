/* Goal: the service scheduler does what E96-E115 and E140-E152 say, in small systems worked by hand.
 * Method: event logs of systems with few tasks, read for times and messages; invariants are checked after every
 * event (system.h). */
#include "tests/models/system.h"

/* The number of running, healthy … tasks at an instant. */
static service_sample sample_at(system_of_test *sys, double seconds)
{
    service_sample s;
    model *m = model_create(&sys->cfg, 0, &sys->options);
    model_run(m, (sim_time)(seconds * 1e6), NULL);
    model_service_sample(m, 0, &s);
    model_destroy(m);
    return s;
}

/* Does the log have this line, word for word? */
static bool has_line(const char *log, const char *line)
{
    size_t n = strlen(line);
    for (const char *p = log; (p = strstr(p, line)) != NULL; p++)
        if ((p == log || p[-1] == '\n') && p[n] == '\n') return true;
    printf("# missing: %s\n", line);
    return false;
}

static void without_load_balancer(void)
{
    TEST("a task without any check counts as healthy after 40 s of RUNNING (E96), then steady "
         "state (E113)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 1, 4096, 4096, "a", NULL);
        system_service(sys, "web", system_task(sys, "web", 256, 256), 2, 100, 200);
        IS_INT(sample_at(sys, 39.999999).healthy, 0);
        IS_INT(sample_at(sys, 40).healthy, 2);
        char *log = system_run_only(sys, 100, "service.event");
        IS_STR(
            log,
            "0 service.event web (service web) has started 2 tasks: (task web/000001) (task "
            "web/000002).\n"
            "40 service.event web (service web) (deployment ecs-svc/web#1) deployment completed.\n"
            "40 service.event web (service web) has reached a steady state.\n");
        free(log);
        system_end(sys);
    }
    TEST("every state has its event, also one of zero length (E50, E61)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 1, 4096, 4096, "a", NULL);
        uint32_t web = system_task(sys, "web", 256, 256);
        system_container(sys, web)->behavior.image_pull = distribution_constant(3);
        system_container(sys, web)->behavior.activation = distribution_constant(0.5);
        system_container(sys, web)->behavior.shutdown = distribution_constant(2);
        system_service(sys, "web", web, 1, 100, 200);
        system_at(sys, 60, TIMELINE_STOP_TASK)->task = "web/000001";
        char *log = system_run_only(sys, 62, "task.");
        IS_STR(log, "0 task.provisioning web/000001 web web#1 web:1 i-000001 a\n"
                    "0 task.pending web/000001 web web#1 web:1 i-000001 a\n"
                    "0 task.activating web/000001 web web#1 web:1 i-000001 a\n"
                    "3.5 task.running web/000001 web web#1 web:1 i-000001 a\n"
                    "43.5 task.healthy web/000001 settled\n"
                    "60 task.deactivating web/000001 web web#1 web:1 i-000001 a user\n"
                    "60 task.stopping web/000001 web web#1 web:1 i-000001 a\n"
                    "60 task.provisioning web/000002 web web#1 web:1 i-000001 a\n"
                    "60 task.pending web/000002 web web#1 web:1 i-000001 a\n"
                    "60 task.activating web/000002 web web#1 web:1 i-000001 a\n"
                    "60.5 task.running web/000002 web web#1 web:1 i-000001 a\n"
                    "62 task.deprovisioning web/000001 web web#1 web:1 i-000001 a\n"
                    "62 task.stopped web/000001 UserInitiated Task stopped by user 0\n");
        free(log);
        system_end(sys);
    }
    TEST("SIGKILL comes after stopTimeout (E32): exit code 137")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 1, 4096, 4096, "a", NULL);
        uint32_t web = system_task(sys, "web", 256, 256);
        system_container(sys, web)->behavior.shutdown = distribution_constant(100);
        system_service(sys, "web", web, 1, 100, 200);
        system_at(sys, 60, TIMELINE_STOP_TASK)->task = "web/000001";
        char *log = system_run_only(sys, 600, "task.stopped");
        IS_STR(log, "90 task.stopped web/000001 UserInitiated Task stopped by user 137\n");
        free(log);
        system_end(sys);
    }
    TEST("a second pull of an image waits for the first and then takes the cached time")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 1, 4096, 4096, "a", NULL);
        uint32_t web = system_task(sys, "web", 256, 256);
        system_container(sys, web)->behavior.image_pull = distribution_constant(10);
        system_container(sys, web)->behavior.image_pull_cached = distribution_constant(1);
        system_service(sys, "web", web, 2, 100, 200);
        system_scale(sys, 20, 0, 3);
        char *log = system_run_only(sys, 30, "task.running");
        IS_STR(log, "10 task.running web/000001 web web#1 web:1 i-000001 a\n"
                    "10 task.running web/000002 web web#1 web:1 i-000001 a\n"
                    "21 task.running web/000003 web web#1 web:1 i-000001 a\n");
        free(log);
        system_end(sys);
    }
}

static void failures(void)
{
    TEST("a crashed task is replaced at once (E105); its stop says why (E55)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 1, 4096, 4096, "a", NULL);
        system_service(sys, "web", system_task(sys, "web", 256, 256), 2, 100, 200);
        timeline_action *a = system_at(sys, 50, TIMELINE_CRASH_TASKS);
        a->select.has_count = true;
        a->select.count = 1;
        a->exit_code = 3;
        char *log = system_run(sys, 200);
        OK(strstr(log, " EssentialContainerExited Essential container in task exited 3\n"));
        IS_INT(count_of(log, "50 task.running"), 1);
        IS_INT(count_of(log, "service.event web (service web) has reached a steady state."), 2);
        free(log);
        service_sample s = sample_at(sys, 200);
        IS_INT(s.task_failures, 1);
        IS_INT(s.task_replacements, 1);
        system_end(sys);
    }
    TEST("tasks that never start are throttled (E109, E110): 60, 120, 240 … s after the last "
         "failure")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 1, 4096, 4096, "a", NULL);
        uint32_t web = system_task(sys, "web", 256, 256);
        system_container(sys, web)->behavior.start_failure_probability = 1;
        system_container(sys, web)->behavior.activation = distribution_constant(2);
        system_service(sys, "web", web, 1, 100, 200);
        char *log = system_run_only(sys, 500, "task.stopped");
        IS_STR(log, "2 task.stopped web/000001 TaskFailedToStart CannotStartContainerError 1\n"
                    "4 task.stopped web/000002 TaskFailedToStart CannotStartContainerError 1\n"
                    "6 task.stopped web/000003 TaskFailedToStart CannotStartContainerError 1\n"
                    "68 task.stopped web/000004 TaskFailedToStart CannotStartContainerError 1\n"
                    "190 task.stopped web/000005 TaskFailedToStart CannotStartContainerError 1\n"
                    "432 task.stopped web/000006 TaskFailedToStart CannotStartContainerError 1\n");
        free(log);
        log = system_run_only(sys, 500, "service.event");
        IS_INT(count_of(log, "is unable to consistently start tasks successfully."), 1);
        free(log);
        system_end(sys);
    }
    TEST("no loop in zero time: a task that starts and ends in one instant is followed at the next "
         "tick (E62)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 1, 4096, 4096, "a", NULL);
        uint32_t web = system_task(sys, "web", 256, 256);
        system_container(sys, web)->behavior.has_run_time = true;
        system_container(sys, web)->behavior.run_time = distribution_constant(0);
        system_service(sys, "web", web, 1, 100, 200);
        char *log = system_run_only(sys, 35, "task.stopped");
        IS_STR(log, "0 task.stopped web/000001 EssentialContainerExited Essential container in "
                    "task exited 0\n"
                    "10 task.stopped web/000002 EssentialContainerExited Essential container in "
                    "task exited 0\n"
                    "20 task.stopped web/000003 EssentialContainerExited Essential container in "
                    "task exited 0\n"
                    "30 task.stopped web/000004 EssentialContainerExited Essential container in "
                    "task exited 0\n");
        free(log);
        system_end(sys);
    }
    TEST("an instance's tasks end with it and are replaced elsewhere (E174)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 2, 1024, 1024, "a", "b");
        system_service(sys, "web", system_task(sys, "web", 256, 256), 4, 50, 200);
        timeline_action *a = system_at(sys, 100, TIMELINE_TERMINATE_INSTANCES);
        uint32_t first = 1;
        a->select.instance_count = 1;
        a->select.instances = &first;
        char *log = system_run(sys, 200);
        OK(has_line(log, "100 instance.terminated i-000001 a user"));
        IS_INT(count_of(log, "TerminationNotice Host EC2 (instance i-000001) terminated. 137\n"),
               2);
        IS_INT(count_of(log, "100 task.running"), 2);
        free(log);
        IS_INT(sample_at(sys, 200).healthy, 4);
        system_end(sys);
    }
}

static void placement(void)
{
    TEST("a refusal is retried at each tick for a minute, then every five minutes, and at once "
         "when an instance comes (E112)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 1, 1024, 1024, "a", NULL);
        system_instances(sys, 1, 1024, 1024, "b", NULL)->register_after_us = 700 * SIM_SECOND;
        system_service(sys, "web", system_task(sys, "web", 1024, 256), 2, 100, 200);
        char *log = system_run(sys, 800);
        IS_INT(count_of(log, "placement.failed"),
               1); /* logged at the first refusal of the streak */
        OK(has_line(
            log,
            "0 placement.failed web web#1 web:1 1 {\"RESOURCE:CPU\":1} i-000001 RESOURCE:CPU"));
        OK(has_line(log, "0 service.event web (service web) was unable to place a task because no "
                         "container instance met "
                         "all of its requirements. The closest matching container-instance "
                         "i-000001 has insufficient CPU "
                         "units available."));
        OK(has_line(log, "700 task.running web/000002 web web#1 web:1 i-000002 b"));
        free(log);
        IS_INT(sample_at(sys, 60).placement_failures, 7);
        IS_INT(sample_at(sys, 359.9).placement_failures, 7);
        IS_INT(sample_at(sys, 360).placement_failures, 8);
        IS_INT(sample_at(sys, 660).placement_failures, 9);
        system_end(sys);
    }
    TEST("without instances the message says so")
    {
        system_of_test *sys = system_begin();
        system_service(sys, "web", system_task(sys, "web", 1024, 256), 1, 100, 200);
        char *log = system_run_only(sys, 20000, "service.event");
        IS_STR(log,
               "0 service.event web (service web) was unable to place a task because no container "
               "instance met all of "
               "its requirements. Reason: No Container Instances were found in your cluster.\n");
        free(log);
        system_end(sys);
    }
    TEST("memory and static ports have their own sentences")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 1, 4096, 1024, "a", NULL);
        system_service(sys, "fat", system_task(sys, "fat", 128, 2048), 1, 100, 200);
        uint32_t port = system_task(sys, "port", 128, 128);
        port_mapping m = {.container_port = 80, .host_port = 80};
        system_container(sys, port)->ports = &m;
        system_container(sys, port)->port_count = 1;
        system_service(sys, "port", port, 2, 100, 200);
        char *log = system_run_only(sys, 1, "service.event");
        OK(strstr(log, "(service fat) was unable to place a task because no container instance met "
                       "all of its requirements. "
                       "The closest matching container-instance i-000001 has insufficient memory "
                       "available.\n"));
        OK(strstr(log, "(service port) was unable to place a task because no container instance "
                       "met all of its requirements. "
                       "The closest matching container-instance i-000001 is already using a port "
                       "required by your task.\n"));
        free(log);
        system_end(sys);
    }
    TEST("at most 500 starts of a service in a minute (E106)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 1, 1000000, 1000000, "a", NULL);
        system_service(sys, "web", system_task(sys, "web", 1, 1), 1200, 100, 200);
        sys->options.check_invariants = false;
        char *log = system_run_only(sys, 130, "task.running");
        IS_INT(count_of(log, "\n0 task.running") + 1, 500);
        IS_INT(count_of(log, "\n60 task.running"), 500);
        IS_INT(count_of(log, "\n120 task.running"), 200);
        free(log);
        system_end(sys);
    }
    TEST("room promised by a stopping task: the new one waits in PENDING, first in, first out "
         "(E58-E60)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 1, 1024, 1024, "a", NULL);
        uint32_t one = system_task(sys, "web", 512, 512), two = system_task(sys, "web", 512, 512);
        system_container(sys, one)->behavior.shutdown = distribution_constant(20);
        system_service(sys, "web", one, 2, 50, 100);
        system_deploy(sys, 100, 0, two);
        sys->cfg.control.max_counts_stopping =
            false; /* with 50/100 the slot would wait for the stop */
        char *log = system_run(sys, 125);
        OK(has_line(log, "100 task.pending web/000003 web web#2 web:2 i-000001 a"));
        OK(has_line(log, "120 task.activating web/000003 web web#2 web:2 i-000001 a"));
        free(log);
        sys->cfg.control.release_on = RELEASE_ON_STOPPED;
        log = system_run(sys, 125);
        OK(has_line(
            log,
            "100 placement.failed web web#2 web:2 1 {\"RESOURCE:CPU\":1} i-000001 RESOURCE:CPU"));
        OK(has_line(log, "120 task.activating web/000003 web web#2 web:2 i-000001 a"));
        free(log);
        system_end(sys);
    }
}

static void rolling(void)
{
    TEST("min 100 with max 100 can neither stop nor start (E147)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 1, 4096, 4096, "a", NULL);
        uint32_t one = system_task(sys, "web", 256, 256), two = system_task(sys, "web", 256, 256);
        system_service(sys, "web", one, 2, 100, 100);
        system_deploy(sys, 100, 0, two);
        char *log = system_run_only(sys, 5000, "service.event");
        OK(has_line(log, "100 service.event web (service web) was unable to stop or start tasks "
                         "during a deployment because "
                         "of the service deployment configuration. Update the "
                         "minimumHealthyPercent or maximumPercent value "
                         "and try again."));
        IS_INT(count_of(log, "was unable to stop or start"), 1);
        free(log);
        service_sample s = sample_at(sys, 5000);
        OK(s.stalled && !s.newest_completed);
        IS_INT(s.running, 2);
        system_end(sys);
    }
    TEST("a new deployment during one: the old revisions are drained together (E150)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 1, 8192, 8192, "a", NULL);
        uint32_t one = system_task(sys, "web", 256, 256), two = system_task(sys, "web", 256, 256),
                 three = system_task(sys, "web", 256, 256);
        system_service(sys, "web", one, 4, 100, 150);
        system_deploy(sys, 100, 0, two);
        system_deploy(sys, 110, 0, three);
        char *log = system_run(sys, 1000);
        IS_INT(count_of(log, "\n110 task.deactivating"), 2); /* not healthy yet: they go first */
        OK(strstr(log, "\n110 task.deactivating web/000005 web web#2"));
        IS_INT(count_of(log, "deployment.completed"), 2);
        OK(strstr(log, "deployment.completed web web#3 web:3 updated"));
        free(log);
        system_end(sys);
    }
    TEST("desiredCount alone is no deployment (E152); scale-in takes what is not RUNNING first "
         "(E107)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 1, 8192, 8192, "a", NULL);
        uint32_t one = system_task(sys, "web", 256, 256);
        system_container(sys, one)->behavior.image_pull_cached = distribution_constant(30);
        system_service(sys, "web", one, 3, 100, 200);
        system_scale(sys, 100, 0, 5);
        system_scale(sys, 110, 0, 3);
        char *log = system_run(sys, 200);
        IS_INT(count_of(log, "deployment.started"), 1);
        OK(has_line(log, "110 service.event web (service web) stopped 2 pending tasks."));
        OK(strstr(log, "110 task.stopped web/000005 ServiceSchedulerInitiated Scaling activity "
                       "initiated by (deployment "
                       "ecs-svc/web#1) null\n"));
        free(log);
        system_end(sys);
    }
    TEST("forceNewDeployment replaces every task of the same revision (E161)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 1, 8192, 8192, "a", NULL);
        system_service(sys, "web", system_task(sys, "web", 256, 256), 2, 100, 200);
        timeline_action *a = system_at(sys, 100, TIMELINE_UPDATE_SERVICE);
        a->update.force_new_deployment = true;
        char *log = system_run(sys, 500);
        OK(has_line(log, "100 deployment.started web web#2 web:1 forced 0"));
        OK(has_line(log, "140 deployment.completed web web#2 web:1 forced 40"));
        IS_INT(count_of(log, "task.stopped"), 2);
        free(log);
        system_end(sys);
    }
    TEST("delete-service drains and ends the service (E111); AWS refuses it above 0 without force")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 1, 8192, 8192, "a", NULL);
        system_service(sys, "web", system_task(sys, "web", 256, 256), 2, 100, 200);
        system_at(sys, 100, TIMELINE_DELETE_SERVICE);
        system_at(sys, 200, TIMELINE_DELETE_SERVICE)->force = true;
        char *log = system_run(sys, 500);
        OK(has_line(log, "100 timeline deleteService {\"error\":\"InvalidParameterException: The "
                         "service cannot be stopped "
                         "while it is scaled above 0.\"}"));
        IS_INT(count_of(log, "task.stopped"), 2);
        OK(has_line(log, "200 service.deleted web 0 web:1 user"));
        free(log);
        OK(!sample_at(sys, 500).exists);
        system_end(sys);
    }
    TEST("steady state is said again every six hours (E114)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 1, 8192, 8192, "a", NULL);
        system_service(sys, "web", system_task(sys, "web", 256, 256), 1, 100, 200);
        char *log = system_run_only(sys, 86400, "service.event");
        IS_INT(count_of(log, "has reached a steady state."), 4);
        OK(strstr(log, "21640 service.event web (service web) has reached a steady state.\n"));
        free(log);
        system_end(sys);
    }
}

static void circuit_breaker(void)
{
    TEST("a deployment whose tasks crash before they were healthy fails and is rolled back (E155, "
         "E158, E159)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 2, 4096, 4096, "a", "b");
        uint32_t one = system_task(sys, "web", 256, 256), two = system_task(sys, "web", 256, 256);
        system_container(sys, two)->behavior.has_time_to_crash = true;
        system_container(sys, two)->behavior.time_to_crash = distribution_constant(20);
        service_config *s = system_service(sys, "web", one, 4, 100, 150);
        s->breaker = (circuit_breaker_config){.enabled = true, .rollback = true, .value = 50};
        system_deploy(sys, 100, 0, two);
        char *log = system_run(sys, 1000);
        /* two at a time, settled only after 40 s: the third and fourth crash at 140 s reach the threshold of 3 */
        OK(has_line(log, "140 deployment.failed web web#2 web:2 circuitBreaker 40"));
        OK(has_line(log,
                    "140 service.event web (service web) (deployment ecs-svc/web#2) deployment "
                    "failed: tasks failed to start."));
        OK(has_line(log, "140 deployment.rollingBack web web#2 web:2 circuitBreaker 40 web#1"));
        OK(has_line(
            log, "140 service.event web (service web) rolling back to deployment ecs-svc/web#1."));
        OK(has_line(log, "140 deployment.completed web web#1 web:1 rollback 0"));
        free(log);
        service_sample sample = sample_at(sys, 1000);
        IS_INT(sample.healthy, 4);
        OK(sample.steady);
        s->breaker.rollback = false; /* FAILED: the old tasks go on, no new ones start */
        log = system_run(sys, 1000);
        IS_INT(count_of(log, "deployment.rollingBack"), 0);
        IS_INT(count_of(strstr(log, "deployment.failed"), "task.provisioning"), 0);
        free(log);
        IS_INT(sample_at(sys, 1000).healthy, 4);
        system_end(sys);
    }
    TEST("refused placements count, one for each copy and attempt (E157), unless the knob says no")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 1, 1024, 1024, "a", NULL);
        uint32_t one = system_task(sys, "web", 512, 512), two = system_task(sys, "web", 512, 512);
        service_config *s = system_service(sys, "web", one, 2, 100, 200);
        s->breaker = (circuit_breaker_config){.enabled = true, .type = BREAKER_COUNT, .value = 5};
        system_deploy(sys, 100, 0, two);
        char *log = system_run(sys, 1000);
        OK(has_line(log,
                    "120 deployment.failed web web#2 web:2 circuitBreaker 20")); /* 2 + 2 + 2 */
        free(log);
        sys->cfg.control.breaker_counts_placement = false;
        log = system_run(sys, 1000);
        IS_INT(count_of(log, "deployment.failed"), 0);
        free(log);
        system_end(sys);
    }
}

/* What an audit of the rules found once. */
static void audited(void)
{
    TEST("an update's old target group is the one that its targets leave (E128)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 2, 1024, 1024, "a", "b");
        uint32_t one = system_task(sys, "web", 128, 128);
        service_config *s = system_service(sys, "web", one, 1, 100, 200);
        system_target_group(sys, "old", s, one);
        service_config other = *s;
        system_target_group(sys, "new", &other, one);
        timeline_action *a = system_at(sys, 50, TIMELINE_UPDATE_SERVICE);
        a->update.has_load_balancers = true;
        a->update.to.load_balancer_count = 1;
        a->update.to.load_balancers = other.load_balancers;
        char *log = system_run_only(sys, 100, "service.event");
        OK(has_line(
            log,
            "50 service.event web (service web) deregistered 1 targets in (target-group old)"));
        OK(has_line(
            log, "50 service.event web (service web) registered 1 targets in (target-group new)"));
        free(log);
        system_end(sys);
    }
    TEST("a new revision that fits nowhere does not keep the old one from being replaced (E103)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 1, 1024, 1024, "a", NULL);
        uint32_t one = system_task(sys, "web", 128, 128), two = system_task(sys, "web", 2048, 128);
        system_service(sys, "web", one, 4, 100, 200);
        system_deploy(sys, 100, 0, two);
        timeline_action *a = system_at(sys, 150, TIMELINE_CRASH_TASKS);
        a->select.has_count = true;
        a->select.count = 1;
        char *log = system_run(sys, 300);
        OK(has_line(log, "150 task.running web/000005 web web#1 web:1 i-000001 a"));
        free(log);
        IS_INT(sample_at(sys, 300).healthy, 4);
        system_end(sys);
    }
    TEST("the old revision is started again even when none of its tasks is left (E103, E148)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 1, 4096, 4096, "a", NULL);
        uint32_t one = system_task(sys, "web", 128, 128), two = system_task(sys, "web", 128, 128);
        system_container(sys, two)->behavior.activation = distribution_constant(200);
        system_service(sys, "web", one, 4, 100, 150);
        system_deploy(sys, 100, 0, two);
        system_at(sys, 150, TIMELINE_CRASH_TASKS);
        char *log = system_run(sys, 160);
        /* two of web:2 are starting; four slots: new, old, new (with it H + starting = L) */
        IS_INT(count_of(log, "\n150 task.provisioning"), 3);
        IS_INT(count_of(log, "\n150 task.running"), 1);
        free(log);
        system_end(sys);
    }
    TEST(
        "at max 100 the replacement of an unhealthy task waits until that has stopped (E102, E142)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 2, 4096, 4096, "a", "b");
        uint32_t one = system_task(sys, "web", 128, 128);
        service_config *s = system_service(sys, "web", one, 4, 50, 100);
        system_target_group(sys, "tg", s, one)->deregistration_delay_us = 20 * SIM_SECOND;
        timeline_action *a = system_at(sys, 52, TIMELINE_FAIL_HEALTH_CHECKS);
        a->select.has_count = true;
        a->select.count = 1;
        char *log = system_run(sys, 200);
        OK(strstr(log, "\n60 task.deactivating"));
        OK(has_line(
            log,
            "80 service.event web (service web) has started 1 tasks: (task web/000005). Amazon ECS "
            "replaced 1 tasks due to an unhealthy status."));
        free(log);
        IS_INT(sample_at(sys, 200).task_replacements, 1);
        system_end(sys);
    }
    TEST("steady state is said again after a scale-in (E114)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 1, 4096, 4096, "a", NULL);
        system_service(sys, "web", system_task(sys, "web", 128, 128), 4, 100, 200);
        system_scale(sys, 100, 0, 2);
        char *log = system_run_only(sys, 200, "service.event");
        OK(has_line(log, "100 service.event web (service web) has reached a steady state."));
        free(log);
        system_end(sys);
    }
    TEST("a fraction of the victims is rounded up, whatever the product's last bit: 0.07 of 100 is "
         "7")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 1, 102400, 102400, "a", NULL);
        system_service(sys, "web", system_task(sys, "web", 128, 128), 100, 100, 200);
        timeline_action *a = system_at(sys, 100, TIMELINE_CRASH_TASKS);
        a->select.has_fraction = true;
        a->select.fraction = 0.07;
        char *log = system_run_only(sys, 101, "task.stopped");
        IS_INT(count_of(log, "EssentialContainerExited"), 7);
        free(log);
        system_end(sys);
    }
    TEST("a task in a zone that the load balancer is not enabled for is replaced, at ticks (L6, "
         "E62)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 1, 4096, 4096, "b", NULL);
        uint32_t one = system_task(sys, "web", 128, 128);
        service_config *s = system_service(sys, "web", one, 1, 100, 200);
        system_target_group(sys, "tg", s, one);
        const char *zone = "a";
        sys->load_balancers[0].zone_count = 1;
        sys->load_balancers[0].zones = &zone;
        char *log = system_run(sys, 35);
        OK(has_line(log, "0 target.unused tg web/000001 Target.NotInUse"));
        OK(strstr(log,
                  "(task web/000001) (instance i-000001) (port 32768) is unhealthy in "
                  "(target-group tg) due to (reason "
                  "Target is in an Availability Zone that is not enabled for the load balancer)"));
        OK(count_of(log, "task.stopped") >= 3 && count_of(log, "task.stopped") <= 8);
        free(log);
        system_end(sys);
    }
    TEST("the wait after a loop in zero time is not cut short by an update (E62)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 1, 4096, 4096, "a", NULL);
        uint32_t web = system_task(sys, "web", 256, 256);
        system_container(sys, web)->behavior.has_run_time = true;
        system_container(sys, web)->behavior.run_time = distribution_constant(0);
        system_service(sys, "web", web, 1, 100, 200);
        system_scale(sys, 3, 0, 2);
        char *log = system_run_only(sys, 9, "task.stopped");
        IS_INT(count_of(log, "task.stopped"), 1);
        free(log);
        system_end(sys);
    }
}

/* The definition gets `count` containers like its first, named "app", "c1", "c2", … */
static container_definition *more_containers(system_of_test *sys, uint32_t definition,
                                             uint32_t count)
{
    static const char *const names_of[] = {"app", "c1", "c2"};
    task_definition_config *d = &sys->definitions[definition];
    container_definition *all = ARENA_ARRAY(sys->arena, count, container_definition);
    for (uint32_t c = 0; c < count; c++) {
        all[c] = d->containers[0];
        all[c].name = names_of[c];
    }
    d->containers = all;
    d->container_count = count;
    return all;
}

static void wait_for(system_of_test *sys, container_definition *c, uint32_t first,
                     dependency_condition is, uint32_t second, dependency_condition is_second)
{
    c->dependencies = ARENA_ARRAY(sys->arena, 2, container_dependency);
    c->dependency_count = 2;
    c->dependencies[0] = (container_dependency){first, is};
    c->dependencies[1] = (container_dependency){second, is_second};
}

static void dependencies(void)
{
    TEST("startTimeout is of a condition that is not met (E31): one that is does not end the task")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 1, 4096, 4096, "a", NULL);
        uint32_t web = system_task(sys, "web", 64, 64);
        container_definition *c = more_containers(sys, web, 3);
        c[0].start_timeout_us = 10 * SIM_SECOND;
        c[1].has_health_check = true;
        c[1].health_check = (container_health_check){30 * SIM_SECOND, 5 * SIM_SECOND, 0, 3};
        wait_for(sys, &c[2], 0, DEPENDS_START, 1, DEPENDS_HEALTHY);
        system_service(sys, "web", web, 1, 100, 200);
        char *log = system_run(sys, 100);
        OK(has_line(log, "30 task.running web/000001 web web#1 web:1 i-000001 a"));
        IS_INT(count_of(log, "task.stopped"), 0);
        free(log);
        c[1].start_timeout_us = 20 * SIM_SECOND; /* that one is not HEALTHY in time */
        log = system_run(sys, 25);
        OK(has_line(log,
                    "20 task.stopped web/000001 TaskFailedToStart ContainerRuntimeTimeoutError 0"));
        free(log);
        system_end(sys);
    }
    TEST("a container that waits for the SUCCESS of one that failed fails its task (E30)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 1, 4096, 4096, "a", NULL);
        uint32_t web = system_task(sys, "web", 64, 64);
        container_definition *c = more_containers(sys, web, 3);
        c[1].essential = false;
        c[1].behavior.has_time_to_crash = true;
        c[1].behavior.time_to_crash = distribution_constant(3);
        wait_for(sys, &c[0], 1, DEPENDS_SUCCESS, 2, DEPENDS_START);
        system_service(sys, "web", web, 1, 100, 200);
        char *log = system_run_only(sys, 4, "task.stopped");
        OK(has_line(log, "3 task.stopped web/000001 TaskFailedToStart A container that another "
                         "depends on has ended 0"));
        free(log);
        system_end(sys);
    }
    TEST("a standalone task whose check passed before it ran is healthy when it runs (E36)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 1, 4096, 4096, "a", NULL);
        uint32_t batch = system_task(sys, "batch", 64, 64);
        container_definition *c = more_containers(sys, batch, 2);
        c[0].has_health_check = true;
        c[0].health_check = (container_health_check){5 * SIM_SECOND, 2 * SIM_SECOND, 0, 3};
        c[1].behavior.activation = distribution_constant(20);
        timeline_action *a = system_at(sys, 0, TIMELINE_RUN_TASK);
        a->run_task = (run_task_call){.task_definition = batch, .count = 1};
        char *log = system_run_only(sys, 30, "task.");
        OK(strstr(log, "20 task.running family:batch/000001"));
        OK(has_line(log, "20 task.healthy family:batch/000001 containerHealthCheck"));
        free(log);
        system_end(sys);
    }
    TEST("a service that is given a load balancer: tasks that run without it settle as they were "
         "(E96, E152)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 1, 4096, 4096, "a", NULL);
        uint32_t web = system_task(sys, "web", 64, 64);
        service_config *s = system_service(sys, "web", web, 2, 100, 200);
        service_config with = *s;
        system_target_group(sys, "tg", &with, web);
        timeline_action *a = system_at(sys, 20, TIMELINE_UPDATE_SERVICE);
        a->update.has_load_balancers = true;
        a->update.to.load_balancer_count = 1;
        a->update.to.load_balancers = with.load_balancers;
        char *log = system_run(sys, 100);
        OK(strstr(log, "20 deployment.started web web#2 web:1 updated"));
        OK(strstr(log, "deployment.completed web web#2"));
        IS_INT(count_of(log, "target.healthy"), 2);
        free(log);
        system_end(sys);
    }
    TEST("after a deployment has failed without rollback, scaling in and deleting still work "
         "(E107, E111)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 1, 4096, 4096, "a", NULL);
        uint32_t one = system_task(sys, "web", 64, 64), two = system_task(sys, "web", 64, 64);
        system_container(sys, two)->behavior.start_failure_probability = 1;
        service_config *s = system_service(sys, "web", one, 4, 100, 200);
        s->breaker = (circuit_breaker_config){.enabled = true, .type = BREAKER_COUNT, .value = 3};
        system_deploy(sys, 100, 0, two);
        system_scale(sys, 600, 0, 1);
        system_at(sys, 700, TIMELINE_DELETE_SERVICE)->force = true;
        IS_INT(sample_at(sys, 599).active, 4);
        IS_INT(sample_at(sys, 601).active, 1);
        OK(!sample_at(sys, 800).exists);
        system_end(sys);
    }
}

static timeline_action *drain_first(system_of_test *sys, double seconds)
{
    timeline_action *a = system_at(sys, seconds, TIMELINE_UPDATE_INSTANCES_STATE);
    a->drain = true;
    a->select.instance_count = 1;
    a->select.instances = ARENA_NEW(sys->arena, uint32_t);
    a->select.instances[0] = 1;
    return a;
}

static void after_a_failure(void)
{
    TEST("after a deployment has failed without rollback, survivors on a DRAINING instance are "
         "replaced by their own revision, under L and U (E148, E159, E172)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 2, 1024, 1024, "a", NULL);
        uint32_t one = system_task(sys, "web", 64, 64), two = system_task(sys, "web", 64, 64);
        system_container(sys, two)->behavior.start_failure_probability = 1;
        service_config *s = system_service(sys, "web", one, 4, 100, 150);
        s->breaker = (circuit_breaker_config){.enabled = true, .type = BREAKER_COUNT, .value = 3};
        system_deploy(sys, 100, 0, two);
        drain_first(sys, 600);
        char *log = system_run(sys, 1000);
        IS_INT(count_of(log, "600 task.provisioning"), 2); /* U is 6 */
        IS_INT(count_of(log, " web#1 web:1 i-000001 a drain\n"), 2);
        OK(strstr(log, "\n640 task.deactivating"));
        free(log);
        for (int t = 600; t < 700; t += 5)
            OK(sample_at(sys, t).healthy >= 4);
        IS_INT(sample_at(sys, 700).active, 4);
        timeline_action drain = sys->timeline[--sys->cfg.timeline_count];
        timeline_action *a = system_at(sys, 500, TIMELINE_UPDATE_SERVICE);
        a->update.has_deployment_configuration = true; /* so that it can neither stop nor start */
        a->update.to.minimum_healthy_percent = a->update.to.maximum_percent = 100;
        sys->timeline[sys->cfg.timeline_count++] = drain;
        log = system_run(sys, 1000);
        IS_INT(count_of(log, " drain\n"), 0);
        OK(strstr(log, "\n600 service.event web (service web) was unable to stop or start tasks "
                       "during a deployment"));
        IS_INT(count_of(log, "unable to stop or start"), 1);
        free(log);
        system_end(sys);
    }
    TEST("an unhealthy survivor is replaced by its own revision, too (E103)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 2, 1024, 1024, "a", NULL);
        uint32_t one = system_task(sys, "web", 64, 64), two = system_task(sys, "web", 64, 64);
        system_container(sys, two)->behavior.start_failure_probability = 1;
        service_config *s = system_service(sys, "web", one, 4, 100, 150);
        system_target_group(sys, "tg", s, one);
        system_container(sys, two)->ports = system_container(sys, one)->ports;
        system_container(sys, two)->port_count = 1;
        s->breaker = (circuit_breaker_config){.enabled = true, .type = BREAKER_COUNT, .value = 3};
        system_deploy(sys, 100, 0, two);
        timeline_action *a = system_at(sys, 600, TIMELINE_FAIL_HEALTH_CHECKS);
        a->select.has_count = true;
        a->select.count = 1;
        char *log = system_run(sys, 1000);
        IS_INT(count_of(log, " web#1 web:1 i-000001 a unhealthy\n") +
                   count_of(log, " web#1 web:1 i-000002 a unhealthy\n"),
               1);
        service_sample at_end = sample_at(sys, 1000);
        IS_INT(at_end.healthy, 4);
        IS_INT(at_end.active, 4);
        free(log);
        system_end(sys);
    }
    TEST("create-service takes the name of a service that is INACTIVE, and counts on; AWS refuses "
         "it before (E111)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 1, 4096, 4096, "a", NULL);
        uint32_t web = system_task(sys, "web", 64, 64);
        system_container(sys, web)->behavior.shutdown = distribution_constant(20);
        service_config *s = system_service(sys, "web", web, 2, 100, 100);
        target_group_config *g = system_target_group(sys, "tg", s, web);
        g->deregistration_delay_us = 30 * SIM_SECOND;
        for (int i = 0; i < 4; i++) {
            static const double at[] = {90, 110, 135, 500};
            if (i == 1) system_at(sys, 100, TIMELINE_DELETE_SERVICE)->force = true;
            timeline_action *a = system_at(sys, at[i], TIMELINE_CREATE_SERVICE);
            a->replaces = true;
            a->update.to = *s;
            a->update.to.desired_count = 3;
        }
        char *log = system_run(sys, 600);
        OK(strstr(log, "\n90 timeline createService {\"error\":\"InvalidParameterException: "
                       "Creation of service was not idempotent.\"}\n"));
        OK(strstr(log, "\n110 timeline createService {\"error\":\"InvalidParameterException: "
                       "Unable to Start a service that is still Draining.\"}\n"));
        OK(has_line(log, "135 service.created web 3 web:1 user"));
        OK(strstr(log, "\n135 deployment.started web web#2"));
        IS_INT(count_of(log, "\n135 task.provisioning"), 3); /* two are still STOPPING */
        OK(strstr(log, "\n135 task.provisioning web/000003 "));
        OK(strstr(log, "deployment.completed web web#2"));
        OK(strstr(log, "\n150 task.stopped web/000001 "));
        OK(strstr(log, "\n500 timeline createService {\"error\""));
        free(log);
        service_sample end = sample_at(sys, 600);
        OK(end.exists && end.steady && end.running == 3 && end.deployments == 1);
        system_end(sys);
    }
}

static void draining(void)
{
    TEST("a drain replaces tasks under L and U, stops what is not RUNNING at once, and ends "
         "(E170-E172)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 2, 2048, 2048, "a", "b");
        uint32_t web = system_task(sys, "web", 256, 256);
        system_container(sys, web)->behavior.image_pull_cached = distribution_constant(20);
        system_service(sys, "web", web, 4, 100, 200);
        system_scale(sys, 90, 0,
                     6); /* one of the new ones is still ACTIVATING on each instance at 100 s */
        timeline_action *a = system_at(sys, 100, TIMELINE_UPDATE_INSTANCES_STATE);
        uint32_t first = 1;
        a->drain = true;
        a->select.instance_count = 1;
        a->select.instances = &first;
        char *log = system_run(sys, 400);
        OK(has_line(log, "100 instance.draining i-000001 a user"));
        OK(strstr(log, "\n100 task.deactivating web/000005 web web#1 web:1 i-000001 a drain\n"));
        OK(has_line(log, "100 service.event web (service web) stopped 1 pending tasks."));
        IS_INT(count_of(log, "a drain\n"), 3);
        IS_INT(count_of(log, "deployment.started"), 1);
        free(log);
        for (int t = 100; t < 400; t += 5)
            OK(sample_at(sys, t).healthy >= 4);
        service_sample s = sample_at(sys, 400);
        OK(s.healthy == 6 && s.steady);
        a->drain = false; /* ACTIVE already: nothing happens */
        log = system_run(sys, 400);
        IS_INT(count_of(log, "instance.active"), 0);
        free(log);
        system_end(sys);
    }
}

static void behind_a_load_balancer(void)
{
    TEST("one round with a load balancer: drain, deregister, stop, in this order (E130, L91)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 2, 1024, 1024, "a", "b");
        uint32_t one = system_task(sys, "web", 256, 256), two = system_task(sys, "web", 256, 256);
        service_config *s = system_service(sys, "web", one, 1, 100, 200);
        system_target_group(sys, "tg", s, one)->deregistration_delay_us = 30 * SIM_SECOND;
        system_container(sys, two)->ports = system_container(sys, one)->ports;
        system_container(sys, two)->port_count = 1;
        system_container(sys, one)->behavior.shutdown = distribution_constant(1);
        system_deploy(sys, 100, 0, two);
        char *log = system_run_only(sys, 300, "service.event");
        IS_STR(
            log,
            "0 service.event web (service web) has started 1 tasks: (task web/000001).\n"
            "0 service.event web (service web) registered 1 targets in (target-group tg)\n"
            "0 service.event web (service web) (deployment ecs-svc/web#1) deployment completed.\n"
            "0 service.event web (service web) has reached a steady state.\n"
            "100 service.event web (service web) has started 1 tasks: (task web/000002).\n"
            "100 service.event web (service web) registered 1 targets in (target-group tg)\n"
            "100 service.event web (service web) has begun draining connections on 1 tasks.\n"
            "100 service.event web (service web) deregistered 1 targets in (target-group tg)\n"
            "100 service.event web (service web) (deployment ecs-svc/web#2) deployment completed.\n"
            "130 service.event web (service web) has stopped 1 running tasks: (task web/000001).\n"
            "131 service.event web (service web) has reached a steady state.\n");
        free(log);
        log = system_run_only(sys, 300, "task.s");
        OK(has_line(log, "130 task.stopping web/000001 web web#1 web:1 i-000001 a"));
        OK(has_line(log, "131 task.stopped web/000001 ServiceSchedulerInitiated Scaling activity "
                         "initiated by (deployment "
                         "ecs-svc/web#1) 0"));
        free(log);
        system_end(sys);
    }
    TEST("an app that needs longer than interval * (threshold - 1) to answer is killed in a loop "
         "(L98)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 2, 1024, 1024, "a", "b");
        uint32_t one = system_task(sys, "web", 256, 256);
        service_config *s = system_service(sys, "web", one, 1, 100, 200);
        target_group_config *g = system_target_group(sys, "tg", s, one);
        g->interval_us = 30 * SIM_SECOND;
        g->timeout_us = 5 * SIM_SECOND;
        system_container(sys, one)->behavior.startup = distribution_constant(31);
        char *log = system_run(sys, 100);
        OK(has_line(log, "30 target.unhealthy tg web/000001 Target.FailedHealthChecks"));
        OK(has_line(log, "30 task.unhealthy web/000001 targetHealth"));
        OK(strstr(log, "30 service.event web (service web) has started 1 tasks: (task web/000002). "
                       "Amazon ECS replaced 1 "
                       "tasks due to an unhealthy status.\n"));
        OK(strstr(log, " is unhealthy in (target-group tg) due to (reason "));
        OK(strstr(log,
                  "ServiceSchedulerInitiated Task failed ELB health checks in (target-group tg)"));
        free(log);
        s->grace_period_us = 91 * SIM_SECOND; /* and the grace period prevents it (E98, L96) */
        log = system_run(sys, 300);
        IS_INT(count_of(log, "task.stopped"), 0);
        OK(has_line(log, "90 target.healthy tg web/000001")); /* two passes after unhealthy (L22) */
        free(log);
        system_end(sys);
    }
    TEST("unhealthy with room: the replacement starts first, and stops the old one once healthy "
         "(E102)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 2, 2048, 2048, "a", "b");
        uint32_t one = system_task(sys, "web", 256, 256);
        service_config *s = system_service(sys, "web", one, 4, 100, 200);
        system_target_group(sys, "tg", s, one);
        system_container(sys, one)->behavior.startup = distribution_constant(2);
        timeline_action *a = system_at(sys, 100.5, TIMELINE_FAIL_HEALTH_CHECKS);
        a->select.has_count = true;
        a->select.count = 1;
        char *log = system_run(sys, 200);
        OK(strstr(log, "110 task.running web/000005"));
        OK(strstr(log, "115 task.healthy web/000005"));
        IS_INT(count_of(log, "\n115 task.deactivating"), 1);
        IS_INT(count_of(log, " unhealthy\n"), 1);
        free(log);
        system_end(sys);
    }
    TEST("unhealthy at max 100: one is stopped, then its replacement starts; the next only after "
         "it is decided (E102)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 2, 2048, 2048, "a", "b");
        uint32_t one = system_task(sys, "web", 256, 256);
        service_config *s = system_service(sys, "web", one, 4, 50, 100);
        system_target_group(sys, "tg", s, one);
        system_container(sys, one)->behavior.startup = distribution_constant(2);
        timeline_action *a = system_at(sys, 100.5, TIMELINE_FAIL_HEALTH_CHECKS);
        a->select.has_count = true;
        a->select.count = 2;
        char *log = system_run(sys, 200);
        IS_INT(count_of(log, "\n110 task.deactivating"), 1);
        OK(strstr(log, "110 task.running web/000005"));
        IS_INT(count_of(log, "\n115 task.deactivating"), 1);
        OK(strstr(log, "115 task.running web/000006"));
        free(log);
        system_end(sys);
    }
}

int main(void)
{
    tap_begin();
    without_load_balancer();
    failures();
    placement();
    rolling();
    circuit_breaker();
    audited();
    dependencies();
    after_a_failure();
    draining();
    behind_a_load_balancer();
    return tap_end();
}
