/* Goal: tasks on Fargate and on capacity providers start, spread, stop and cost as E32, E86, E180-E182
 * and the price list say.
 * Method: small systems worked by hand, their event logs; the split's arithmetic by itself. */
#include "models/ecs/capacity_provider.h"
#include "models/ecs/fargate.h"
#include "tests/models/system.h"

/* A Fargate service of 256 units and 512 MiB over zones a and b; the strategy's items in turn. */
static service_config *on_fargate(system_of_test *sys, uint32_t desired, uint32_t shares,
                                  capacity_share first, capacity_share second)
{
    uint32_t web = system_task(sys, "web", 0, 0);
    task_definition_config *d = &sys->definitions[web];
    d->network = NETWORK_AWSVPC;
    d->cpu_units = 256;
    d->memory_mib = 512;
    d->provisioning = distribution_constant(20);
    container_definition *c = system_container(sys, web);
    c->fargate_stop_timeout_us = 30 * SIM_SECOND;
    service_config *s = system_service(sys, "web", web, desired, 100, 200);
    const char **zones = ARENA_ARRAY(sys->arena, 2, const char *);
    zones[0] = "a";
    zones[1] = "b";
    s->zones = zones;
    s->zone_count = 2;
    s->share_count = shares;
    s->shares = ARENA_ARRAY(sys->arena, 2, capacity_share);
    s->shares[0] = first;
    s->shares[1] = second;
    sys->cfg.fargate_prices = (fargate_price_config){.usd_per_vcpu_hour = 0.04,
                                                     .usd_per_gb_hour = 0.004,
                                                     .spot_discount = 0.5,
                                                     .spot_discount_input = NO_INDEX};
    return s;
}

static const capacity_share plain = {PROVIDER_FARGATE, 0, 1}, none = {0};

typedef struct {
    cluster_sample cluster;
    service_sample service;
} samples;

static samples samples_after(system_of_test *sys, double seconds)
{
    samples out;
    model *m = model_create(&sys->cfg, 0, &sys->options);
    model_run(m, (sim_time)(seconds * 1e6), NULL);
    model_cluster_sample(m, &out.cluster);
    model_service_sample(m, 0, &out.service);
    model_destroy(m);
    return out;
}

/* Tasks that a strategy gives to its first provider, of so many. */
static uint32_t first_of(const capacity_share *shares, uint32_t count, uint32_t tasks)
{
    capacity_counts counts = {0};
    for (uint32_t i = 0; i < tasks; i++)
        capacity_count(&counts, capacity_choose(shares, count, &counts), 0, 1);
    uint32_t first = capacity_tasks(&counts, shares[0].provider);
    IS_INT(first + (count > 1 ? capacity_tasks(&counts, shares[1].provider) : 0), tasks);
    capacity_counts_finish(&counts);
    return first;
}

static void arithmetic(void)
{
    TEST("the base first, then by weight, a tie in list order (E181)")
    {
        capacity_share shares[2] = {{PROVIDER_FARGATE, 2, 1}, {PROVIDER_FARGATE_SPOT, 0, 3}};
        IS_INT(first_of(shares, 2, 2), 2);
        IS_INT(first_of(shares, 2, 4), 2);
        IS_INT(first_of(shares, 2, 10), 4);
        IS_INT(first_of(shares, 2, 22), 7);
    }
    TEST("a provider with weight 0 gets no task, its base included (E180)")
    {
        capacity_share shares[2] = {{PROVIDER_FARGATE, 5, 0}, {PROVIDER_FARGATE_SPOT, 0, 1}};
        IS_INT(first_of(shares, 2, 8), 0);
    }
    TEST("a scale-in takes back what the strategy gave, the base last (E182)")
    {
        capacity_share shares[2] = {{PROVIDER_FARGATE, 2, 1}, {PROVIDER_FARGATE_SPOT, 0, 3}};
        capacity_counts counts = {0};
        uint32_t given[22];
        for (int i = 0; i < 22; i++) {
            given[i] = capacity_choose(shares, 2, &counts);
            capacity_count(&counts, given[i], 0, 1);
        }
        bool same = true;
        for (int i = 21; i > 1; i--) {
            bool fargate =
                capacity_leaves_first(shares, 2, &counts, PROVIDER_FARGATE, PROVIDER_FARGATE_SPOT);
            same &= fargate != capacity_leaves_first(shares, 2, &counts, PROVIDER_FARGATE_SPOT,
                                                     PROVIDER_FARGATE);
            uint32_t provider = fargate ? PROVIDER_FARGATE : PROVIDER_FARGATE_SPOT;
            if (capacity_tasks(&counts, provider) == 0) break;
            capacity_count(&counts, provider, 0, -1);
        }
        OK(same);
        IS_INT(capacity_tasks(&counts, PROVIDER_FARGATE), 2);
        IS_INT(capacity_tasks(&counts, PROVIDER_FARGATE_SPOT), 0);
        capacity_counts_finish(&counts);
    }
    TEST("a provider that is no longer in the strategy goes first (E182)")
    {
        capacity_share shares[1] = {{PROVIDER_FARGATE_SPOT, 0, 1}};
        capacity_counts counts = {0};
        capacity_count(&counts, PROVIDER_FARGATE, 0, 1);
        for (int i = 0; i < 9; i++)
            capacity_count(&counts, PROVIDER_FARGATE_SPOT, 0, 1);
        OK(capacity_leaves_first(shares, 1, &counts, PROVIDER_FARGATE, PROVIDER_FARGATE_SPOT));
        OK(!capacity_leaves_first(shares, 1, &counts, PROVIDER_FARGATE_SPOT, PROVIDER_FARGATE));
        capacity_counts_finish(&counts);
    }
    TEST("full seconds, a minute at least, are billed")
    {
        IS_INT(fargate_billed_extra_us(1), 60 * SIM_SECOND - 1);
        IS_INT(fargate_billed_extra_us(60 * SIM_SECOND), 0);
        IS_INT(fargate_billed_extra_us(60 * SIM_SECOND + 1), SIM_SECOND - 1);
    }
    TEST("prices go by architecture and system where none is given; Spot's discount goes last")
    {
        task_definition_config d = {.cpu_units = 1024, .memory_mib = 2048};
        fargate_price_config p = {.usd_per_vcpu_hour = NAN, .usd_per_gb_hour = NAN};
        IS_INT(fargate_nano_usd_per_hour(&p, &d, PROVIDER_FARGATE), 40480000 + 2 * 4445000);
        d.architecture = ARCH_ARM64;
        IS_INT(fargate_nano_usd_per_hour(&p, &d, PROVIDER_FARGATE), 32380000 + 2 * 3560000);
        p = (fargate_price_config){.usd_per_vcpu_hour = 0.04,
                                   .usd_per_gb_hour = 0.01,
                                   .discount = 0.5,
                                   .spot_discount = 0.5};
        IS_INT(fargate_nano_usd_per_hour(&p, &d, PROVIDER_FARGATE), 30000000);
        IS_INT(fargate_nano_usd_per_hour(&p, &d, PROVIDER_FARGATE_SPOT), 15000000);
    }
}

static void life(void)
{
    TEST("a Fargate task has no instance, no room to run out of, and a zone of its subnets (E86)")
    {
        system_of_test *sys = system_begin();
        on_fargate(sys, 3, 1, plain, none);
        system_scale(sys, 100, 0, 1);
        char *log = system_run_only(sys, 300, "task.");
        IS_INT(count_of(log, "i-0"), 0);
        IS_INT(count_of(log, "0 task.provisioning web/000001 web web#1 web:1 a\n"), 1);
        IS_INT(count_of(log, "0 task.provisioning web/000002 web web#1 web:1 b\n"), 1);
        IS_INT(count_of(log, "0 task.provisioning web/000003 web web#1 web:1 a\n"), 1);
        IS_INT(count_of(log, "20 task.running"), 3);
        /* zone a has most, and of it the newest; then, of both, the newest (E91) */
        IS_INT(count_of(log, "100 task.deactivating web/000003"), 1);
        IS_INT(count_of(log, "100 task.deactivating web/000002"), 1);
        free(log);
        system_end(sys);
    }
    TEST("every start pulls the image anew")
    {
        system_of_test *sys = system_begin();
        on_fargate(sys, 1, 1, plain, none);
        container_behavior *b = &system_container(sys, 0)->behavior;
        b->image_pull = distribution_constant(30);
        b->image_pull_cached = distribution_constant(1);
        system_scale(sys, 100, 0, 2);
        char *log = system_run_only(sys, 300, "task.running");
        IS_INT(count_of(log, "50 task.running web/000001"), 1);
        IS_INT(count_of(log, "150 task.running web/000002"), 1);
        free(log);
        system_end(sys);
    }
    TEST("stopTimeout is Fargate's, whatever the agents' knob (E32)")
    {
        system_of_test *sys = system_begin();
        on_fargate(sys, 1, 1, plain, none);
        system_container(sys, 0)->stop_timeout_us = 5 * SIM_SECOND; /* of an EC2 agent */
        system_container(sys, 0)->behavior.shutdown = distribution_constant(300);
        system_scale(sys, 100, 0, 0);
        char *log = system_run_only(sys, 300, "task.stopped");
        OK(strncmp(log, "130 task.stopped web/000001", 27) == 0);
        OK(strstr(log, " 137\n") != NULL);
        free(log);
        system_end(sys);
    }
    TEST("a deployment, a crash and a replacement need no instance")
    {
        system_of_test *sys = system_begin();
        on_fargate(sys, 2, 1, plain, none);
        uint32_t two = system_task(sys, "web", 0, 0);
        container_definition *own = sys->definitions[two].containers;
        sys->definitions[two] = sys->definitions[0];
        sys->definitions[two].revision = 2;
        sys->definitions[two].containers = own;
        own->fargate_stop_timeout_us = 30 * SIM_SECOND;
        system_at(sys, 100, TIMELINE_CRASH_TASKS)->select =
            (target_selector){.service = 0, .task_definition = NO_INDEX, .zone = "b"};
        system_deploy(sys, 300, 0, two);
        char *log = system_run(sys, 600);
        IS_INT(count_of(log, "100 task.deactivating web/000002"), 1);
        IS_INT(count_of(log, "100 task.provisioning web/000003 web web#1 web:1 b\n"), 1);
        IS_INT(count_of(log, "deployment.completed web web#2"), 1);
        IS_INT(count_of(log, "placement.failed"), 0);
        free(log);
        samples s = samples_after(sys, 600);
        IS_INT(s.service.running, 2);
        IS_INT(s.service.healthy, 2);
        IS_INT(s.cluster.instances, 0);
        system_end(sys);
    }
    TEST("a mix of providers spreads each over the zones (E86, E181); it scales in by E182")
    {
        system_of_test *sys = system_begin();
        on_fargate(sys, 10, 2, (capacity_share){PROVIDER_FARGATE, 2, 1},
                   (capacity_share){PROVIDER_FARGATE_SPOT, 0, 3});
        system_scale(sys, 100, 0, 2);
        samples s = samples_after(sys, 60);
        /* 4 + 6 tasks of 0.012 USD an hour, Spot's at half of it */
        IS_INT(s.service.fargate_nano_usd_per_hour, 4 * 12000000 + 6 * 6000000);
        s = samples_after(sys, 300);
        IS_INT(s.service.fargate_nano_usd_per_hour, 2 * 12000000); /* the base stays */
        char *log = system_run_only(sys, 60, "task.provisioning");
        IS_INT(count_of(log, "web:1 a\n"), 5);
        IS_INT(count_of(log, "web:1 b\n"), 5);
        free(log);
        system_end(sys);
    }
    TEST("another strategy holds for tasks to come; no deployment (E152)")
    {
        system_of_test *sys = system_begin();
        service_config *s = on_fargate(sys, 2, 1, plain, none);
        timeline_action *a = system_at(sys, 100, TIMELINE_UPDATE_SERVICE);
        a->update.service = 0;
        a->update.has_shares = true;
        a->update.to = *s;
        a->update.to.shares = ARENA_NEW(sys->arena, capacity_share);
        a->update.to.shares[0] = (capacity_share){PROVIDER_FARGATE_SPOT, 0, 1};
        system_scale(sys, 200, 0, 3);
        system_scale(sys, 400, 0, 1);
        IS_INT(samples_after(sys, 300).service.fargate_nano_usd_per_hour, 2 * 12000000 + 6000000);
        /* those of the provider that is gone leave first */
        IS_INT(samples_after(sys, 500).service.fargate_nano_usd_per_hour, 6000000);
        char *log = system_run_only(sys, 500, "deployment.started");
        IS_INT(count_of(log, "deployment.started"), 1);
        free(log);
        system_end(sys);
    }
    TEST("run-task on Fargate: zones by the family's tasks, the split by the call (E86, E181)")
    {
        system_of_test *sys = system_begin();
        service_config *s = on_fargate(sys, 0, 1, plain, none);
        for (int call = 0; call < 2; call++)
            system_at(sys, 10 + call, TIMELINE_RUN_TASK)->run_task =
                (run_task_call){.task_definition = 0,
                                .count = 3,
                                .zones = s->zones,
                                .zone_count = 2,
                                .shares = s->shares,
                                .share_count = 1};
        char *log = system_run_only(sys, 60, "task.provisioning");
        IS_INT(count_of(log, "web:1 a\n"), 3);
        IS_INT(count_of(log, "web:1 b\n"), 3);
        IS_INT(count_of(log, "family:web/"), 6);
        free(log);
        system_end(sys);
    }
}

static void money(void)
{
    TEST("the meter runs from the pull to STOPPED, a minute at least")
    {
        system_of_test *sys = system_begin();
        on_fargate(sys, 1, 1, plain, none);
        IS_INT(samples_after(sys, 19).service.fargate_nano_usd_per_hour, 0);
        IS_INT(samples_after(sys, 20).service.fargate_nano_usd_per_hour, 12000000);
        system_scale(sys, 50.5, 0, 0); /* there for 30.5 s: 29.5 s more are billed */
        samples s = samples_after(sys, 51);
        IS_INT(s.service.fargate_nano_usd_per_hour, 0);
        IS_NEAR(s.service.fargate_extra_usd, 0.012 * 29.5 / 3600, 1e-15);
        system_end(sys);
    }
}

static void faults(void)
{
    TEST("a Spot notice is SIGTERM at once; the service replaces on Spot, never elsewhere (E177)")
    {
        system_of_test *sys = system_begin();
        on_fargate(sys, 4, 2, (capacity_share){PROVIDER_FARGATE, 0, 1},
                   (capacity_share){PROVIDER_FARGATE_SPOT, 0, 1});
        system_container(sys, 0)->behavior.shutdown = distribution_constant(300);
        system_at(sys, 100, TIMELINE_SPOT_INTERRUPTION);
        char *log = system_run_only(sys, 200, "task.stopped");
        IS_INT(count_of(log, "130 task.stopped"), 2); /* stopTimeout of 30 s */
        IS_INT(count_of(log, "SpotInterruption Your Spot Task was interrupted. 137\n"), 2);
        free(log);
        log = system_run_only(sys, 200, "task.deactivating");
        IS_INT(count_of(log, " spot\n"), 2);
        free(log);
        IS_INT(samples_after(sys, 200).service.fargate_nano_usd_per_hour,
               2 * 12000000 + 2 * 6000000);
        sys->cfg.control.spot_notice_us = 10 * SIM_SECOND; /* it is gone by then */
        log = system_run_only(sys, 200, "task.stopped");
        IS_INT(count_of(log, "110 task.stopped"), 2);
        free(log);
        system_end(sys);
    }
    TEST("no capacity in a zone: the next one; in none: the event, tried again, and no breaker "
         "(E112, "
         "E128, E157)")
    {
        system_of_test *sys = system_begin();
        service_config *s = on_fargate(sys, 2, 1, plain, none);
        s->breaker = (circuit_breaker_config){.enabled = true, .type = BREAKER_COUNT, .value = 1};
        timeline_action *a = system_at(sys, 0, TIMELINE_REFUSE_LAUNCHES);
        a->refused_fraction = 1;
        a->select.zone = "a";
        a = system_at(sys, 50, TIMELINE_REFUSE_LAUNCHES);
        a->refused_fraction = 1;
        a->duration_us = 35 * SIM_SECOND;
        system_scale(sys, 60, 0, 3);
        char *log = system_run(sys, 200);
        IS_INT(count_of(log, "task.provisioning web/000001 web web#1 web:1"), 1);
        IS_INT(count_of(log, "60 placement.failed web web#1 web:1 1 {}\n"), 1);
        IS_INT(count_of(log, "60 service.event web (service web) was unable to place a task. "
                             "Reason: Capacity is unavailable at this time. Please try again later "
                             "or in a different availability zone.\n"),
               1);
        IS_INT(count_of(log, "90 task.provisioning web/000003 web web#1 web:1 b\n"), 1);
        IS_INT(count_of(log, "deployment.failed"), 0);
        free(log);
        system_end(sys);
    }
    TEST("a zone that fails takes its tasks, found out after agentLossDetect; others replace them "
         "(E174)")
    {
        system_of_test *sys = system_begin();
        on_fargate(sys, 2, 1, plain, none);
        system_at(sys, 100, TIMELINE_ZONE_OUTAGE)->select.zone = "a";
        char *log = system_run(sys, 400);
        IS_INT(count_of(log, "220 task.stopped web/000001 InfrastructureHealth"), 1);
        IS_INT(count_of(log, "220 task.provisioning web/000003 web web#1 web:1 b\n"), 1);
        free(log);
        system_end(sys);
    }
}

static void providers_of_instances(void)
{
    TEST("a provider's tasks go to its own instances only; launch type EC2 takes any (E180)")
    {
        system_of_test *sys = system_begin();
        instance_group_config *one = system_instances(sys, 1, 1024, 1024, "a", NULL);
        instance_group_config *two = system_instances(sys, 1, 1024, 1024, "a", NULL);
        one->provider = PROVIDER_OF_INSTANCES;
        two->provider = PROVIDER_OF_INSTANCES + 1;
        uint32_t web = system_task(sys, "web", 256, 256);
        service_config *s = system_service(sys, "web", web, 5, 100, 200);
        s->share_count = 2;
        s->shares = ARENA_ARRAY(sys->arena, 2, capacity_share);
        s->shares[0] = (capacity_share){PROVIDER_OF_INSTANCES, 0, 1};
        s->shares[1] = (capacity_share){PROVIDER_OF_INSTANCES + 1, 0, 4};
        system_service(sys, "any", web, 3, 100, 200);
        system_scale(sys, 100, 0, 6);
        char *log = system_run(sys, 101);
        IS_INT(count_of(log, "task.running web/00000"), 5);
        IS_INT(count_of(log, "0 task.provisioning web/000001 web web#1 web:1 i-000002"), 1);
        IS_INT(count_of(log, "0 task.provisioning any/000003 any any#1 web:1 i-000001"), 1);
        /* the sixth is the second provider's, and that is full: nobody falls back */
        IS_INT(count_of(log, "{\"RESOURCE:CPU\":1} i-000002 RESOURCE:CPU"), 1);
        free(log);
        system_end(sys);
    }
    TEST("a provider without instances is called so (E128)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 1, 1024, 1024, "a", NULL);
        uint32_t web = system_task(sys, "web", 256, 256);
        service_config *s = system_service(sys, "web", web, 1, 100, 200);
        s->share_count = 1;
        s->shares = ARENA_NEW(sys->arena, capacity_share);
        s->shares[0] = (capacity_share){PROVIDER_OF_INSTANCES, 0, 1};
        char *log = system_run_only(sys, 60, "service.event");
        IS_STR(log,
               "0 service.event web (service web) was unable to reach steady state. Reason: No "
               "Container Instances were found in your capacity provider.\n");
        free(log);
        system_end(sys);
    }
}

int main(void)
{
    tap_begin();
    arithmetic();
    life();
    money();
    faults();
    providers_of_instances();
    return tap_end();
}
