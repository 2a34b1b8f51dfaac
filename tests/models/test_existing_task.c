/* Goal: tasks that exist at t = 0 are there, RUNNING and healthy, and their services go on from there (E50, E59, E96, E99,
 * E102, E140, E148, E151, E170).
 * Method: small systems worked by hand, their event logs and samples. */
#include "tests/models/system.h"

static existing_task_config *system_existing(system_of_test *sys, uint32_t service,
                                             uint32_t definition, uint32_t instance)
{
    if (!sys->cfg.existing_tasks)
        sys->cfg.existing_tasks = ARENA_ARRAY(sys->arena, SYSTEM_MAX, existing_task_config);
    existing_task_config *t = &sys->cfg.existing_tasks[sys->cfg.existing_task_count++];
    *t = (existing_task_config){
        .task_definition = definition, .service = service, .instance = instance};
    t->call.task_definition = definition;
    t->call.count = 1;
    return t;
}

/* The deployments that its tasks belong to; the last is the service's own. */
static void system_revisions(system_of_test *sys, uint32_t service, uint32_t first, uint32_t second)
{
    uint32_t *revisions = ARENA_ARRAY(sys->arena, 2, uint32_t);
    revisions[0] = first;
    revisions[1] = second;
    sys->services[service].revisions = revisions;
    sys->services[service].revision_count = second == NO_INDEX ? 1 : 2;
    sys->services[service].task_definition = second == NO_INDEX ? first : second;
}

static service_sample service_after(system_of_test *sys, double seconds)
{
    service_sample sample;
    model *m = model_create(&sys->cfg, 0, &sys->options);
    model_run(m, (sim_time)(seconds * 1e6), NULL);
    model_service_sample(m, 0, &sample);
    model_destroy(m);
    return sample;
}

/* Two instances of room for four; three tasks, two of them on the first. */
static system_of_test *three_tasks(uint32_t desired)
{
    system_of_test *sys = system_begin();
    system_instances(sys, 2, 1024, 2048, "a", "b");
    uint32_t web = system_task(sys, "web", 256, 256);
    system_container(sys, web)->behavior.image_pull = distribution_constant(60);
    system_container(sys, web)->behavior.image_pull_cached = distribution_constant(2);
    system_container(sys, web)->behavior.startup = distribution_constant(30);
    service_config *s = system_service(sys, "web", web, desired, 100, 200);
    s->grace_period_us = 90 * SIM_SECOND;
    system_target_group(sys, "web", s, web);
    system_revisions(sys, 0, web, NO_INDEX);
    system_existing(sys, 0, web, 1);
    system_existing(sys, 0, web, 2);
    system_existing(sys, 0, web, 1);
    return sys;
}

int main(void)
{
    tap_begin();
    TEST("they go through all states at t = 0, healthy with their targets, and the service is "
         "steady (E50, E96, E151)")
    {
        system_of_test *sys = three_tasks(3);
        sys->cfg.existing_task_count = 1;
        sys->services[0].desired_count = 1;
        char *log = system_run(sys, 600);
        IS_STR(log, "0 instance.registered i-000001 a scenario 1024 2048\n"
                    "0 instance.registered i-000002 b scenario 1024 2048\n"
                    "0 service.created web 1 web:1 user\n"
                    "0 deployment.started web web#1 web:1 created 0\n"
                    "0 deployment.completed web web#1 web:1 created 0\n"
                    "0 task.provisioning web/000001 web web#1 web:1 i-000001 a\n"
                    "0 task.pending web/000001 web web#1 web:1 i-000001 a\n"
                    "0 task.activating web/000001 web web#1 web:1 i-000001 a\n"
                    "0 task.running web/000001 web web#1 web:1 i-000001 a\n"
                    "0 target.initial web web/000001 Elb.InitialHealthChecking\n"
                    "0 target.healthy web web/000001\n"
                    "0 task.healthy web/000001 targetHealth\n"
                    "0 service.event web (service web) has reached a steady state.\n");
        free(log);
        system_end(sys);
    }
    TEST("count = desired: nothing starts or stops, nothing was placed, requests are served from t "
         "= 0")
    {
        system_of_test *sys = three_tasks(3);
        system_traffic(sys, 0, 100);
        service_sample sample = service_after(sys, 0);
        OK(sample.steady && sample.newest_completed);
        IS_INT(sample.healthy, 3);
        IS_INT(sample.active, 3);
        char *log = system_run_only(sys, 600, "task.");
        IS_INT(count_of(log, "task.running"), 3);
        IS_INT(count_of(log, "task.provisioning"), 3);
        IS_INT(count_of(log, "task.deactivating"), 0);
        free(log);
        model *m = model_create(&sys->cfg, 0, &sys->options);
        model_run(m, 600 * SIM_SECOND, NULL);
        cluster_sample cluster;
        target_group_sample group;
        model_cluster_sample(m, &cluster);
        model_target_group_sample(m, 0, &group);
        IS_INT(cluster.placements, 0);
        IS_INT(cluster.cpu_reserved, 768);
        IS_INT(group.healthy, 3);
        OK(group.requests.failed[FAILED_502] == 0 && group.requests.failed[FAILED_503] == 0);
        model_destroy(m);
        system_end(sys);
    }
    TEST("fewer than desired: the rest starts at t = 0, spread over what is there, its image "
         "cached (E76, E99)")
    {
        system_of_test *sys = three_tasks(4);
        char *log = system_run_only(sys, 600, "task.");
        OK(strstr(log, "0 task.provisioning web/000004 web web#1 web:1 i-000002 b") != NULL);
        OK(strstr(log, "\n2 task.running web/000004") != NULL); /* 2 s: pulled before */
        free(log);
        service_sample sample = service_after(sys, 0);
        OK(sample.newest_completed); /* the first deployment is no news */
        system_end(sys);
    }
    TEST("more than desired: scaled in at t = 0 (E107)")
    {
        system_of_test *sys = three_tasks(2);
        char *log = system_run_only(sys, 600, "task.deactivating");
        IS_STR(log, "0 task.deactivating web/000003 web web#1 web:1 i-000001 a scaleIn\n");
        free(log);
        system_end(sys);
    }
    TEST("tasks of two revisions are a deployment half way: it goes on within its bounds (E140, "
         "E148)")
    {
        system_of_test *sys = three_tasks(3);
        uint32_t next = system_task(sys, "web", 256, 256);
        system_container(sys, next)->ports = system_container(sys, 0)->ports;
        system_container(sys, next)->port_count = 1;
        system_container(sys, next)->behavior.startup = distribution_constant(20);
        system_revisions(sys, 0, 0, next);
        sys->cfg.existing_tasks[1].task_definition = next;
        sys->cfg.existing_tasks[1].deployment = 1;
        service_sample sample = service_after(sys, 0);
        OK(!sample.newest_completed && !sample.steady);
        IS_INT(sample.deployments, 2);
        IS_INT(sample.newest_deployment, 2);
        char *log = system_run(sys, 600);
        OK(strstr(log, "0 deployment.completed web web#1 web:1 created 0") != NULL);
        OK(strstr(log, "0 deployment.started web web#2 web:2 updated 0") != NULL);
        OK(strstr(log, "0 task.running web/000001 web web#1 web:1 i-000001 a") != NULL);
        OK(strstr(log, "0 task.running web/000002 web web#2 web:2 i-000002 b") != NULL);
        IS_INT(count_of(log, "task.provisioning"), 5); /* three are there, two replace */
        IS_INT(count_of(log, "a deployment\n"), 2);
        OK(strstr(log, "deployment.completed web web#2") != NULL);
        free(log);
        sample = service_after(sys, 600);
        OK(sample.newest_completed && sample.steady);
        IS_INT(sample.deployments, 1);
        system_end(sys);
    }
    TEST("a later deploy that fails rolls back to the revision of t = 0 (E159)")
    {
        system_of_test *sys = three_tasks(3);
        uint32_t bad = system_task(sys, "web", 256, 256);
        system_container(sys, bad)->ports = system_container(sys, 0)->ports;
        system_container(sys, bad)->port_count = 1;
        system_container(sys, bad)->behavior.start_failure_probability = 1;
        sys->services[0].breaker = (circuit_breaker_config){
            .enabled = true, .rollback = true, .type = BREAKER_COUNT, .value = 3};
        system_deploy(sys, 60, 0, bad);
        char *log = system_run_only(sys, 900, "deployment.");
        OK(strstr(log, "deployment.rollingBack web web#2 web:2 circuitBreaker") != NULL);
        OK(strstr(log, " web#1\n") != NULL);
        free(log);
        service_sample sample = service_after(sys, 900);
        OK(sample.steady);
        IS_INT(sample.newest_deployment, 1);
        system_end(sys);
    }
    TEST("a task on a DRAINING instance is replaced, a standalone one stays (E170)")
    {
        system_of_test *sys = three_tasks(3);
        instance_group_config *old = system_instances(sys, 1, 1024, 2048, "c", NULL);
        old->status = INSTANCE_DRAINING;
        uint32_t batch = system_task(sys, "batch", 256, 256);
        sys->cfg.existing_tasks[2].instance = 3;
        system_existing(sys, NO_INDEX, batch, 3)->call.group = "night";
        char *log = system_run_only(sys, 600, "task.");
        OK(strstr(log, "task.deactivating web/000003 web web#1 web:1 i-000003 c drain") != NULL);
        OK(strstr(log, "0 task.running family:batch/000001 batch:1 i-000003 c") != NULL);
        OK(strstr(log, "deactivating family:batch") == NULL);
        IS_INT(count_of(log, "task.running"), 5);
        free(log);
        system_end(sys);
    }
    TEST("dynamic ports are those of the answer, and taken (E7)")
    {
        system_of_test *sys = three_tasks(4);
        const uint16_t low = sys->cfg.control.ephemeral_port_low;
        uint16_t ports[3][1] = {{low}, {low}, {(uint16_t)(low + 1)}};
        for (int i = 0; i < 3; i++)
            sys->cfg.existing_tasks[i].ports = ports[i];
        service_sample sample = service_after(sys, 600);
        IS_INT(sample.healthy, 4); /* model_check (5): no port twice */
        system_end(sys);
    }
    TEST("containers: one has ended before, one has a health check that goes on (E30, E34)")
    {
        system_of_test *sys = three_tasks(3);
        container_definition *both = ARENA_ARRAY(sys->arena, 2, container_definition);
        int32_t zero = 0, *codes[2] = {NULL, &zero};
        both[0] = *system_container(sys, 0);
        both[1] = both[0];
        both[1].name = "migrate";
        both[1].essential = false;
        both[1].port_count = 0;
        both[1].behavior.startup = distribution_constant(0);
        both[1].behavior.has_run_time = true;
        both[1].behavior.run_time = distribution_constant(7);
        both[0].memory_mib = both[1].memory_mib = 128;
        both[0].has_health_check = true;
        both[0].health_check = (container_health_check){10 * SIM_SECOND, 5 * SIM_SECOND, 0, 2};
        both[0].dependency_count = 1;
        both[0].dependencies = ARENA_NEW(sys->arena, container_dependency);
        both[0].dependencies[0] = (container_dependency){1, DEPENDS_SUCCESS};
        sys->definitions[0].containers = both;
        sys->definitions[0].container_count = 2;
        for (int i = 0; i < 3; i++)
            sys->cfg.existing_tasks[i].exit_codes = codes;
        sys->services[0].load_balancer_count = 0;
        timeline_action *a = system_at(sys, 95, TIMELINE_FAIL_HEALTH_CHECKS);
        a->container_health_check = true;
        a->select.has_count = true;
        a->select.count = 1;
        char *log = system_run(sys, 300);
        IS_INT(count_of(log, "container.stopped"), 1); /* of the replacement */
        free(log);
        log = system_run_only(sys, 300, "task.unhealthy");
        char *line = strchr(log, '\n');
        OK(line != NULL);
        if (line) *line = '\0';
        IS_STR(log,
               "110 task.unhealthy web/000001 containerHealthCheck"); /* failed at 100 and 110 */
        free(log);
        system_end(sys);
    }
    TEST("Fargate: in its zone, billed from t = 0 on, without the first minute's minimum (E86)")
    {
        system_of_test *sys = three_tasks(1);
        sys->cfg.fargate_prices = (fargate_price_config){
            .usd_per_vcpu_hour = 0.04, .usd_per_gb_hour = 0.004, .spot_discount_input = NO_INDEX};
        static const char *zones[] = {"a", "b"};
        capacity_share share = {PROVIDER_FARGATE, 0, 1};
        task_definition_config *d = &sys->definitions[0];
        d->network = NETWORK_AWSVPC;
        d->cpu_units = 1024;
        d->memory_mib = 2048;
        system_container(sys, 0)->fargate_stop_timeout_us = 30 * SIM_SECOND;
        sys->target_groups[0].target_type_ip = true;
        sys->services[0].share_count = 1;
        sys->services[0].shares = &share;
        sys->services[0].zone_count = 2;
        sys->services[0].zones = zones;
        sys->cfg.existing_task_count = 1;
        sys->cfg.existing_tasks[0].instance = 0;
        sys->cfg.existing_tasks[0].provider = PROVIDER_FARGATE;
        sys->cfg.existing_tasks[0].zone = "b";
        system_scale(sys, 10, 0, 0);
        char *log = system_run_only(sys, 100, "task.running");
        IS_STR(log, "0 task.running web/000001 web web#1 web:1 b\n");
        free(log);
        service_sample sample = service_after(sys, 100);
        OK(sample.fargate_extra_usd == 0);
        sample = service_after(sys, 5);
        IS_INT(sample.fargate_nano_usd_per_hour, 48000000);
        system_end(sys);
    }
    TEST("a DAEMON service keeps those it has and starts the missing ones (E101)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 3, 1024, 2048, "a", NULL);
        uint32_t agent = system_task(sys, "agent", 256, 256);
        system_service(sys, "agent", agent, 0, 0, 100)->daemon = true;
        system_revisions(sys, 0, agent, NO_INDEX);
        system_existing(sys, 0, agent, 3);
        system_existing(sys, 0, agent, 1);
        char *log = system_run_only(sys, 100, "task.running");
        IS_STR(log, "0 task.running agent/000001 agent agent#1 agent:1 i-000003 a\n"
                    "0 task.running agent/000002 agent agent#1 agent:1 i-000001 a\n"
                    "0 task.running agent/000003 agent agent#1 agent:1 i-000002 a\n");
        free(log);
        system_end(sys);
    }
    return tap_end();
}
