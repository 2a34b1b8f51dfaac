/* Goal: tasks are evened out over availability zones after the fact, as E116-E119 say.
 * Method: event logs of small systems of which a zone comes late, worked by hand; invariants after every event. */
#include "models/ecs/rebalance.h"
#include "tests/models/system.h"

/* Two instances in zone a; one in b from 100 s on. */
static system_of_test *late_zone(uint32_t desired, uint32_t max_percent, service_config **s)
{
    system_of_test *sys = system_begin();
    system_instances(sys, 2, 2048, 2048, "a", NULL);
    system_instances(sys, 1, 2048, 2048, "b", NULL)->register_after_us = 100 * SIM_SECOND;
    *s = system_service(sys, "web", system_task(sys, "web", 128, 128), desired, 100, max_percent);
    (*s)->rebalancing = true;
    return sys;
}

static void rounds(void)
{
    service_config *s;
    TEST("a zone that comes late gets its share: start, healthy, stop, balanced (E118, E119)")
    {
        system_of_test *sys = late_zone(4, 200, &s);
        char *log = system_run_only(sys, 600, "service.event");
        OK(strstr(log,
                  "\n100 service.event web (service web) is not AZ balanced with 4 tasks in a, 0 "
                  "tasks in b. AZ Rebalancing in progress.\n"
                  "100 service.event web (service web) has started 2 tasks in b to AZ Rebalance: "
                  "(task web/000005) (task web/000006).\n"));
        OK(strstr(log,
                  "\n140 service.event web (service web) has stopped 2 running tasks in a due to "
                  "AZ rebalancing: (task web/000004) (task web/000003).\n") ||
           strstr(log,
                  "\n140 service.event web (service web) has stopped 2 running tasks in a due to "
                  "AZ rebalancing: (task web/000003) (task web/000004).\n"));
        OK(strstr(log,
                  "\n140 service.event web (service web) is AZ balanced with 2 tasks in a, 2 tasks "
                  "in b.\n"));
        IS_INT(count_of(log, "AZ"), 5);
        free(log);
        log = system_run_only(sys, 600, "task.deactivating");
        IS_INT(count_of(log, " a rebalance\n"), 2);
        free(log);
        system_end(sys);
    }
    TEST("maximumPercent bounds the batch, and the rounds go on until the zones are even")
    {
        system_of_test *sys = late_zone(4, 125, &s);
        char *log = system_run_only(sys, 600, "service.event");
        IS_INT(count_of(log, "has started 1 tasks in b to AZ Rebalance"), 2);
        IS_INT(count_of(log, "has stopped 1 running tasks in a due to AZ rebalancing"), 2);
        OK(strstr(log,
                  "\n180 service.event web (service web) is AZ balanced with 2 tasks in a, 2 tasks "
                  "in b.\n"));
        free(log);
        system_end(sys);
    }
    TEST("the delay runs from the steady state to the first look (rebalanceDelaySeconds)")
    {
        system_of_test *sys = late_zone(4, 200, &s);
        sys->cfg.control.rebalance_delay_us = 300 * SIM_SECOND;
        char *log = system_run_only(sys, 600, "service.event");
        OK(strstr(log, "\n340 service.event web (service web) is not AZ balanced"));
        free(log);
        system_end(sys);
    }
    TEST("a difference of one is even (E117)")
    {
        system_of_test *sys = late_zone(1, 200, &s);
        char *log = system_run_only(sys, 600, "service.event");
        IS_INT(count_of(log, "AZ"), 0);
        free(log);
        system_end(sys);
    }
}

static void who_is_not(void)
{
    service_config *s;
    static placement_strategy_config binpack = {STRATEGY_BINPACK, BINPACK_CPU, NULL};
    static placement_strategy_config by_zone = {STRATEGY_SPREAD, BINPACK_CPU,
                                                "ecs.availability-zone"};
    static placement_constraint_config zones = {CONSTRAINT_MEMBER_OF,
                                                "attribute:ecs.availability-zone in [a, b]"};
    TEST("not with maximumPercent 100, another first strategy, a constraint on zones, or disabled "
         "(E116)")
    {
        for (int i = 0; i < 5; i++) {
            system_of_test *sys = late_zone(4, i == 0 ? 100 : 200, &s);
            if (i == 1 || i == 4) {
                s->strategy_count = 1;
                s->strategies = i == 1 ? &binpack : &by_zone;
            }
            if (i == 2) {
                s->constraint_count = 1;
                s->constraints = &zones;
            }
            if (i == 3) s->rebalancing = false;
            char *log = system_run_only(sys, 600, "service.event");
            IS_INT(count_of(log, "AZ"), i == 4 ? 5 : 0);
            free(log);
            system_end(sys);
        }
    }
}

static void obstacles(void)
{
    service_config *s;
    TEST("a deployment ends it, and it is looked at anew when that is over")
    {
        system_of_test *sys = late_zone(4, 200, &s);
        uint32_t two = system_task(sys, "web", 128, 128);
        system_deploy(sys, 120, 0, two);
        char *log = system_run_only(sys, 600, "service.event");
        OK(strstr(log, "\n120 service.event web (service web) stopped AZ Rebalancing.\n"));
        IS_INT(count_of(log, "in progress."), 2);
        const char *completed = strstr(log, "(deployment ecs-svc/web#2) deployment completed.");
        OK(completed && strstr(completed, "is AZ balanced with 2 tasks in a, 2 tasks in b."));
        free(log);
        system_end(sys);
    }
    TEST("a task that is lost meanwhile ends it")
    {
        system_of_test *sys = late_zone(4, 200, &s);
        system_at(sys, 120, TIMELINE_STOP_TASK)->task = "web/000005";
        char *log = system_run_only(sys, 600, "service.event");
        OK(strstr(log, "\n120 service.event web (service web) stopped AZ Rebalancing.\n"));
        IS_INT(count_of(log, "in progress."), 2);
        OK(strstr(log, "is AZ balanced with 2 tasks in a, 2 tasks in b."));
        free(log);
        system_end(sys);
    }
    TEST("tasks under protection are not moved; it says so, and goes on when they may be (E108)")
    {
        system_of_test *sys = late_zone(4, 200, &s);
        timeline_action *a = system_at(sys, 50, TIMELINE_UPDATE_TASK_PROTECTION);
        a->select.service = 0;
        a->protect = true;
        a->duration_us = 300 * SIM_SECOND;
        char *log = system_run_only(sys, 600, "service.event");
        OK(strstr(log,
                  "\n100 service.event web (service web) was unable to AZ Rebalance because "
                  "(taskSet ecs-svc/web#1) was unable to scale in due to (reason 2 tasks under "
                  "protection).\n"));
        IS_INT(count_of(log, "under protection"), 1);
        OK(strstr(log, "\n350 service.event web (service web) is not AZ balanced"));
        OK(strstr(log, "\n390 service.event web (service web) is AZ balanced"));
        free(log);
        system_end(sys);
    }
    TEST("a refused start ends the round; the next follows E112's waits")
    {
        system_of_test *sys = late_zone(4, 200, &s);
        sys->groups[1].cpu_units = 192; /* room for one */
        char *log = system_run_only(sys, 1000, "service.event");
        OK(strstr(log,
                  "\n100 service.event web (service web) is unable to place a task in b because no "
                  "container instance met all of its requirements.\n"));
        IS_INT(count_of(log, "is unable to place a task in b"), 1);
        IS_INT(count_of(log, "has started 1 tasks in b to AZ Rebalance: (task web/000005)."), 1);
        OK(strstr(log, "\n140 service.event web (service web) is AZ balanced") == NULL);
        free(log);
        log = system_run_only(sys, 1000, "placement.failed");
        IS_INT(count_of(log, "placement.failed web web#1 web:1 1 "), 1);
        free(log);
        system_end(sys);
    }
}

static void strategy(system_of_test *sys, service_config *s, capacity_share first,
                     capacity_share second)
{
    s->shares = ARENA_ARRAY(sys->arena, 2, capacity_share);
    s->shares[0] = first;
    s->shares[1] = second;
    s->share_count = second.provider == PROVIDER_NONE ? 1 : 2;
}

/* Tasks on each of four instances. */
static void count_tasks(system_of_test *sys, double seconds, uint32_t tasks[4])
{
    model *m = model_create(&sys->cfg, 0, &sys->options);
    model_run(m, (sim_time)(seconds * 1e6), NULL);
    for (uint32_t i = 0; i < 4; i++) {
        instance_sample sample;
        model_instance_sample(m, i, &sample);
        tasks[i] = sample.tasks;
    }
    model_destroy(m);
}

/* What Fargate charges in the zone that had its n-th first task, in 10^-9 USD an hour. */
static int64_t price_in(system_of_test *sys, double seconds, uint32_t zone)
{
    model *m = model_create(&sys->cfg, 0, &sys->options);
    model_run(m, (sim_time)(seconds * 1e6), NULL);
    fargate_sample sample = {0};
    if (zone < model_fargate_zone_count(m)) model_fargate_sample(m, zone, &sample);
    model_destroy(m);
    return sample.nano_usd_per_hour;
}

static void providers(void)
{
    service_config *s;
    TEST("on Fargate the subnets' zones count; no capacity there is waited for (E112, E117)")
    {
        system_of_test *sys = system_begin();
        const uint32_t web = system_task(sys, "web", 0, 0);
        task_definition_config *d = &sys->definitions[web];
        d->network = NETWORK_AWSVPC;
        d->cpu_units = 256;
        d->memory_mib = 512;
        system_container(sys, web)->fargate_stop_timeout_us = 30 * SIM_SECOND;
        s = system_service(sys, "web", web, 4, 100, 200);
        s->rebalancing = true;
        s->zones = ARENA_ARRAY(sys->arena, 2, const char *);
        s->zones[0] = "a";
        s->zones[1] = "b";
        s->zone_count = 2;
        sys->cfg.fargate_prices = (fargate_price_config){.usd_per_vcpu_hour = 0.04,
                                                         .usd_per_gb_hour = 0.004,
                                                         .spot_discount = 0.5,
                                                         .spot_discount_input = NO_INDEX};
        strategy(sys, s, (capacity_share){PROVIDER_FARGATE, 1, 1},
                 (capacity_share){PROVIDER_FARGATE_SPOT, 0, 1});
        timeline_action *a = system_at(sys, 0, TIMELINE_REFUSE_LAUNCHES);
        a->refused_fraction = 1;
        a->select.zone = "b";
        a->duration_us = 200 * SIM_SECOND;
        char *log = system_run_only(sys, 600, "service.event");
        IS_INT(count_of(log, "is not AZ balanced with 4 tasks in a, 0 tasks in b."), 1);
        IS_INT(count_of(log, "is unable to place a task in b because capacity is unavailable at "
                             "this time.\n"),
               1);
        IS_INT(count_of(log, "has started 2 tasks in b to AZ Rebalance"), 1);
        IS_INT(count_of(log, "has stopped 2 running tasks in a due to AZ rebalancing"), 1);
        IS_INT(count_of(log, "is AZ balanced with 2 tasks in a, 2 tasks in b."), 1);
        free(log);
        IS_INT(price_in(sys, 190, 1), 0);
        IS_INT(price_in(sys, 600, 0), 2 * 12000000); /* 3 and 1 as E181 has it, as before */
        IS_INT(price_in(sys, 600, 1), 12000000 + 6000000);
        system_end(sys);
    }
    TEST("with a strategy the zones are those of all its instances, and its split stays (E181, "
         "E182)")
    {
        system_of_test *sys = system_begin();
        for (uint32_t i = 0; i < 4; i++) {
            instance_group_config *g =
                system_instances(sys, 1, 1024, 1024, i < 2 ? "a" : "b", NULL);
            g->provider = PROVIDER_OF_INSTANCES + i % 2;
            if (i >= 2) g->register_after_us = 100 * SIM_SECOND;
        }
        s = system_service(sys, "web", system_task(sys, "web", 128, 128), 8, 100, 200);
        s->rebalancing = true;
        strategy(sys, s, (capacity_share){PROVIDER_OF_INSTANCES, 0, 3},
                 (capacity_share){PROVIDER_OF_INSTANCES + 1, 0, 1});
        char *log = system_run_only(sys, 600, "service.event");
        IS_INT(count_of(log, "is AZ balanced with 4 tasks in a, 4 tasks in b."), 1);
        free(log);
        uint32_t tasks[4];
        count_tasks(sys, 600, tasks);
        IS_INT(tasks[0] + tasks[2], 6);
        IS_INT(tasks[1] + tasks[3], 2);
        IS_INT(tasks[2] + tasks[3], 4);
        system_end(sys);
    }
    TEST("instances of another provider make no zone, and a provider that gets no tasks neither "
         "(E117)")
    {
        for (int weighted = 0; weighted < 2; weighted++) {
            system_of_test *sys = late_zone(4, 200, &s);
            sys->groups[0].provider = PROVIDER_OF_INSTANCES;
            sys->groups[1].provider = PROVIDER_OF_INSTANCES + 1;
            strategy(sys, s, (capacity_share){PROVIDER_OF_INSTANCES, 0, 1},
                     (capacity_share){weighted ? PROVIDER_OF_INSTANCES + 1 : PROVIDER_NONE, 0, 0});
            char *log = system_run_only(sys, 600, "service.event");
            IS_INT(count_of(log, "AZ"), 0);
            free(log);
            system_end(sys);
        }
    }
}

static void arithmetic(void)
{
    TEST("targets: an equal share, the fullest zones one more, ties by name (E118)")
    {
        static const uint32_t cases[][7] = {/* counts, targets, missing */
                                            {5, 5, 0, 4, 3, 3, 3},
                                            {0, 0, 7, 2, 2, 3, 4},
                                            {1, 2, 2, 1, 2, 2, 0}};
        for (int i = 0; i < 3; i++) {
            rebalance_zone zones[3] = {0};
            for (int z = 0; z < 3; z++)
                zones[z].count = cases[i][z];
            IS_INT(rebalance_set_targets(zones, 3), cases[i][6]);
            for (int z = 0; z < 3; z++)
                IS_INT(zones[z].target, cases[i][3 + z]);
            IS_INT(rebalance_is_balanced(zones, 3), cases[i][6] == 0);
        }
    }
}

int main(void)
{
    tap_begin();
    arithmetic();
    rounds();
    who_is_not();
    obstacles();
    providers();
    return tap_end();
}
