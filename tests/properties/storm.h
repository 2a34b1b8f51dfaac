/* storm.h - random systems under random calls and faults, and what must hold of them; for test_storm.c and tests/fuzz/storm.c.
 *
 * random_system is a value: whoever has it may take parts away and ask storm_holds again.
 */
#ifndef BERTH_TESTS_PROPERTIES_STORM_H
#define BERTH_TESTS_PROPERTIES_STORM_H

#include "models/workload/traffic.h"
#include "sim/engine/check.h"
#include "sim/engine/random.h"
#include "tests/models/system.h"
#include <math.h>

#define RUN_END_US (2400 * SIM_SECOND)

enum { SERVICES = 4, NUMBERS = 4000, CONTAINERS = 3 };

static const char *const container_names[CONTAINERS] = {"app", "side", "init"};

typedef struct {
    uint64_t hash;
    uint64_t events;
    char healthy[SERVICES][NUMBERS];
    char state[SERVICES][NUMBERS];                   /* event kind of the last state */
    sim_time started[SERVICES][NUMBERS][CONTAINERS]; /* not before that, the run of a container */
    sim_time ended[SERVICES][NUMBERS][CONTAINERS];
    char standalone[NUMBERS]; /* like state */
    uint64_t arrived;         /* copies of standalone tasks that were placed or refused */
    bool broken;
    uint64_t seed;
    FILE *dump;
} storm;

#define RESTART_AFTER_US (60 * SIM_SECOND)

static void hash_text(storm *s, const char *text)
{
    for (; *text; text++)
        s->hash = (s->hash ^ (uint8_t)*text) * UINT64_C(1099511628211);
}

static void hash_event(storm *s, const model *m, const model_event *ev)
{
    char buffer[64], at[32];
    snprintf(at, sizeof at, "%" PRId64 " ", ev->at_us);
    hash_text(s, at);
    hash_text(s, event_kinds[ev->kind].name);
    if (s->dump) fprintf(s->dump, "%s%s", at, event_kinds[ev->kind].name);
    for (int k = 0; k < EVENT_CELLS && event_kinds[ev->kind].keys[k].type != CELL_NONE; k++) {
        const char *text = cell_print(model_names(m), event_kinds[ev->kind].keys[k].type,
                                      ev->cell[k], buffer, sizeof buffer);
        hash_text(s, text);
        hash_text(s, "|");
        if (s->dump) fprintf(s->dump, " %s", text);
    }
    if (s->dump) fprintf(s->dump, "\n");
}

static void broken(storm *s, const char *rule, const model_event *ev)
{
    if (!s->broken)
        printf("# seed %" PRIu64 ": %s broken at %.6f s by %s\n", s->seed, rule,
               (double)ev->at_us / 1e6, event_kinds[ev->kind].name);
    s->broken = true;
}

static int service_of(const model *m, uint64_t task)
{
    const char *name = names_text(model_names(m), (name_id)(task >> 32));
    return name[0] == 's' && name[1] >= '0' && name[1] < '0' + SERVICES ? name[1] - '0' : -1;
}

/* (e) */
static void watch_container(storm *s, const model *m, const model_event *ev)
{
    int service = service_of(m, ev->cell[0]), c = 0;
    uint32_t number = (uint32_t)ev->cell[0];
    if (service < 0 || number >= NUMBERS) return;
    while (strcmp(container_names[c], names_text(model_names(m), (name_id)ev->cell[1])) != 0)
        c++;
    if (ev->kind == EVENT_CONTAINER_STOPPED) {
        s->ended[service][number][c] = ev->at_us;
        return;
    }
    if (s->ended[service][number][c] - s->started[service][number][c] < RESTART_AFTER_US ||
        s->state[service][number] >= EVENT_TASK_STOPPING)
        broken(s, "(e)", ev);
    s->started[service][number][c] = ev->at_us;
}

/* (g) of a service that is offered requests without a load balancer. */
static void watch_service_requests(storm *s, const model *m, const model_event *ev,
                                   const traffic_config *t)
{
    service_sample sample;
    model_service_sample(m, t->service, &sample);
    double failed = 0, rate = rate_series_at(&t->rate, 0);
    for (int cause = 0; cause < FAILED_CAUSES; cause++)
        failed += sample.requests.failed[cause];
    if (failed > sample.requests.offered * (1 + 1e-12)) broken(s, "(g)", ev);
    if (ev->at_us > 0 && fabs(sample.requests.offered - rate) > 1e-9 * rate) broken(s, "(g)", ev);
}

/* (g): rates of all groups as of the last time they were divided; every entry's is constant. */
static void watch_requests(storm *s, const model *m, const model_event *ev)
{
    const model_config *cfg = model_get_config(m);
    double rate = 0, offered = 0;
    for (uint32_t t = 0; t < cfg->traffic_count; t++) {
        const traffic_config *entry = &cfg->traffic[t];
        if (entry->target_group == NO_INDEX && entry->load_balancer == NO_INDEX)
            watch_service_requests(s, m, ev, entry);
        else
            rate += rate_series_at(&entry->rate, 0);
    }
    for (uint32_t g = 0; g < cfg->target_group_count; g++) {
        target_group_sample sample;
        model_target_group_sample(m, g, &sample);
        double failed = 0;
        for (int cause = 0; cause < FAILED_CAUSES; cause++) {
            failed += sample.requests.failed[cause];
            if (sample.requests.failed[cause] < 0 || sample.requests.lost[cause] < 0)
                broken(s, "(g)", ev);
        }
        offered += sample.requests.offered;
        if (failed > sample.requests.offered * (1 + 1e-12)) broken(s, "(g)", ev);
    }
    if (ev->at_us > 0 && fabs(offered - rate) > 1e-9 * rate) broken(s, "(g)", ev);
}

/* (c) and (h) for the family "batch". */
static void watch_standalone(storm *s, const model *m, const model_event *ev)
{
    const names *t = model_names(m);
    if (ev->kind == EVENT_PLACEMENT_FAILED &&
        strcmp(names_text(t, (name_id)ev->cell[1]), "batch") == 0)
        s->arrived += ev->cell[4];
    if (ev->kind < EVENT_TASK_PROVISIONING || ev->kind > EVENT_TASK_STOPPED) return;
    uint32_t number = (uint32_t)ev->cell[0];
    if (strcmp(names_text(t, (name_id)(ev->cell[0] >> 32)), "family:batch") != 0) return;
    s->arrived += ev->kind == EVENT_TASK_PROVISIONING;
    if (number >= NUMBERS) return;
    if (s->standalone[number] >= (char)ev->kind) broken(s, "(c)", ev);
    s->standalone[number] = (char)ev->kind;
    if (ev->kind == EVENT_TASK_STOPPED || ev->cell[6] == 0) return;
    const char *cause = names_text(t, (name_id)ev->cell[6]);
    if (strcmp(cause, "user") != 0 && strcmp(cause, "crash") != 0 &&
        strcmp(cause, "placementTimeout") != 0 && strcmp(cause, "finished") != 0 &&
        strcmp(cause, "instanceLost") != 0 && strcmp(cause, "spot") != 0)
        broken(s, "(h)", ev);
}

/* (i); another group's desired capacity may have fallen at this instant, and its turn is yet to come */
static void watch_groups(storm *s, const model *m, const model_event *ev)
{
    for (uint32_t g = 0; g < model_get_config(m)->auto_scaling_group_count; g++) {
        auto_scaling_group_sample sample;
        const char *name = model_get_config(m)->auto_scaling_groups[g].name;
        if (strcmp(names_text(model_names(m), (name_id)ev->cell[4]), name) != 0) continue;
        model_auto_scaling_group_sample(m, g, &sample);
        const auto_scaling_group_config *a = &model_get_config(m)->auto_scaling_groups[g];
        int64_t most = sample.desired + sample.surge + 1;
        if (a->capacity_rebalance && most < a->max_size + (a->max_size + 9) / 10)
            most = a->max_size + (a->max_size + 9) / 10;
        if (sample.instances > most) broken(s, "(i)", ev);
    }
}

static void watch(void *context, const model *m, const model_event *ev)
{
    storm *s = context;
    watch_requests(s, m, ev);
    s->events++;
    hash_event(s, m, ev);
    if (ev->kind == EVENT_INSTANCE_LAUNCHING && ev->cell[4] != 0) watch_groups(s, m, ev);
    watch_standalone(s, m, ev);
    if (ev->kind == EVENT_CONTAINER_STOPPED || ev->kind == EVENT_CONTAINER_RESTARTED)
        watch_container(s, m, ev);
    bool is_state = ev->kind >= EVENT_TASK_PROVISIONING && ev->kind <= EVENT_TASK_STOPPED;
    if (!is_state && ev->kind != EVENT_TASK_HEALTHY && ev->kind != EVENT_TASK_UNHEALTHY) return;
    int service = service_of(m, ev->cell[0]);
    uint32_t number = (uint32_t)ev->cell[0];
    if (service < 0 || number >= NUMBERS) return;
    if (!is_state) {
        s->healthy[service][number] = ev->kind == EVENT_TASK_HEALTHY;
        return;
    }
    char *state = &s->state[service][number];
    if (*state >= (char)ev->kind) broken(s, "(c)", ev);
    *state = (char)ev->kind;
    if (ev->kind == EVENT_TASK_ACTIVATING)
        for (int c = 0; c < CONTAINERS; c++)
            s->started[service][number][c] = ev->at_us;
    service_sample sample;
    model_service_sample(m, (uint32_t)service, &sample);
    const service_config *config = &model_get_config(m)->services[service];
    if (config->shift.strategy != DEPLOY_ROLLING || config->controller != CONTROLLER_ECS)
        return; /* minimum and maximum percent are not used (E162, E163) */
    bool counts_stopping = model_get_config(m)->control.max_counts_stopping;
    uint32_t counted = counts_stopping ? sample.counted : sample.active;
    if (ev->kind == EVENT_TASK_PROVISIONING && !sample.newest_completed && counted > sample.upper)
        broken(s, "(a)", ev);
    if (ev->kind == EVENT_TASK_DEACTIVATING) {
        const char *cause = names_text(model_names(m), (name_id)ev->cell[6]);
        bool is_daemon = model_get_config(m)->services[service].daemon; /* E101: drains at once */
        bool by_deployment =
            strcmp(cause, "deployment") == 0 || (strcmp(cause, "drain") == 0 && !is_daemon);
        if (by_deployment && s->healthy[service][number] && sample.healthy < sample.lower)
            broken(s, "(b)", ev);
        s->healthy[service][number] = 0;
    }
}

static random_stream stream;

static uint32_t below(uint32_t bound)
{
    return (uint32_t)random_below(&stream, bound);
}

static distribution some_seconds(double most)
{
    if (below(3) == 0) return distribution_constant(0);
    if (below(2)) return distribution_constant(below(4) * most / 4);
    return (distribution){.kind = DISTRIBUTION_UNIFORM, .a = 0, .b = most};
}

static void random_behavior(container_definition *c)
{
    c->behavior.image_pull = some_seconds(40);
    c->behavior.image_pull_cached = some_seconds(5);
    c->behavior.activation = some_seconds(3);
    c->behavior.startup = some_seconds(25);
    c->behavior.shutdown = some_seconds(45);
    if (below(4) == 0) c->behavior.start_failure_probability = 0.3;
    if (below(5) == 0) {
        c->behavior.has_time_to_crash = true;
        c->behavior.time_to_crash = (distribution){.kind = DISTRIBUTION_EXPONENTIAL, .a = 400};
    }
    if (below(4) == 0) {
        c->has_health_check = true;
        c->health_check =
            (container_health_check){(5 + below(20)) * SIM_SECOND, (2 + below(3)) * SIM_SECOND,
                                     below(60) * SIM_SECOND, 1 + below(4)};
    }
    if (below(3) == 0) {
        c->has_restart_policy = true;
        c->restart_policy.attempt_period_us = RESTART_AFTER_US;
    }
    if (below(2)) { /* what it wants of a CPU: nothing, some, or more than there is */
        c->behavior.has_cpu = true;
        c->behavior.cpu = (cpu_behavior){below(300), below(600), below(40) / 1000.0};
    }
    if (below(3) == 0) {
        c->behavior.has_memory = true;
        c->behavior.memory = (memory_behavior){below(5) ? below(64) : below(200), below(3),
                                               below(2) ? below(1000) : 0};
        if (below(2)) c->memory_reservation_mib = c->memory_mib;
        if (below(2) && c->memory_reservation_mib > 0) c->memory_mib = below(2) ? 0 : 2048;
    }
    if (below(4) == 0) c->stop_timeout_us = below(60) * SIM_SECOND;
    if (below(4) == 0) c->start_timeout_us = (2 + below(60)) * SIM_SECOND;
}

/* One to three containers; a later one waits for earlier ones, or the other way round. */
static void random_containers(system_of_test *sys, uint32_t definition)
{
    task_definition_config *d = &sys->definitions[definition];
    container_definition *list = ARENA_ARRAY(sys->arena, CONTAINERS, container_definition);
    uint32_t count = below(3) ? 1 : 2 + below(2);
    bool backwards = below(2);
    for (uint32_t i = 0; i < count; i++) {
        list[i] = d->containers[0];
        list[i].name = container_names[i];
        random_behavior(&list[i]);
        list[i].essential = i == 0 || below(2);
        list[i].dependencies = ARENA_ARRAY(sys->arena, CONTAINERS, container_dependency);
    }
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t on = 0; on < count; on++) {
            if (on == i || (on > i) != backwards || below(3) == 0) continue;
            dependency_condition how = (dependency_condition)below(4);
            if ((how == DEPENDS_COMPLETE || how == DEPENDS_SUCCESS)) {
                if (list[on].essential) continue; /* E30 */
                list[on].behavior.has_run_time = true;
                list[on].behavior.run_time = some_seconds(90);
            }
            if (how == DEPENDS_HEALTHY && !list[on].has_health_check) how = DEPENDS_START;
            list[i].dependencies[list[i].dependency_count++] = (container_dependency){on, how};
        }
    d->containers = list;
    d->container_count = count;
    if (below(3) == 0) d->fail_health_checks_above = 0.5 + below(100) / 100.0;
    if (below(4) == 0) { /* memory of the task as a whole */
        int32_t sum = 0;
        for (uint32_t i = 0; i < count; i++)
            sum += list[i].memory_reservation_mib ? list[i].memory_reservation_mib
                                                  : list[i].memory_mib;
        d->memory_mib = sum + (int32_t)below(100);
    }
}

static void random_strategies(system_of_test *sys, service_config *s)
{
    static const placement_strategy_config all[] = {
        {STRATEGY_RANDOM, BINPACK_CPU, NULL},
        {STRATEGY_SPREAD, BINPACK_CPU, "ecs.availability-zone"},
        {STRATEGY_SPREAD, BINPACK_CPU, "instanceId"},
        {STRATEGY_BINPACK, BINPACK_CPU, NULL},
        {STRATEGY_BINPACK, BINPACK_MEMORY, NULL},
    };
    s->strategy_count = below(3);
    s->strategies = ARENA_ARRAY(sys->arena, 2, placement_strategy_config);
    for (uint32_t i = 0; i < s->strategy_count; i++)
        s->strategies[i] = all[below(5)];
    if (below(5) == 0) {
        s->constraint_count = 1;
        s->constraints = ARENA_NEW(sys->arena, placement_constraint_config);
        s->constraints[0].kind = CONSTRAINT_DISTINCT_INSTANCE;
    }
}

/* Blue/green, linear or canary, with or without hooks; traffic through the listener. */
static void random_shift(system_of_test *sys, service_config *s, const char *name)
{
    system_alternate(sys, arena_printf(sys->arena, "%s-green", name), s);
    s->shift = (traffic_shift_config){.strategy = DEPLOY_BLUE_GREEN + below(3),
                                      .bake_us = below(4) * SIM_MINUTE,
                                      .step_tenths = 30 + below(400),
                                      .step_bake_us = below(3) * SIM_MINUTE};
    s->shift.hooks = ARENA_ARRAY(sys->arena, 2, pause_hook);
    s->shift.hook_count = below(3) == 0 ? 1 + below(2) : 0;
    for (uint32_t i = 0; i < s->shift.hook_count; i++)
        s->shift.hooks[i] = (pause_hook){.stages = UINT32_C(1) << (1 + below(STAGE_BAKE_TIME - 1)),
                                         .timeout_us = (1 + below(3)) * SIM_MINUTE,
                                         .continues = below(3) > 0};
    system_traffic_through(sys, sys->target_groups[s->load_balancers[0].target_group].load_balancer,
                           50);
}

/* On Fargate, or on providers of instances that some groups belong to, by a random strategy. */
static void random_shares(system_of_test *sys, service_config *s, uint32_t one, uint32_t two)
{
    bool fargate = below(2);
    uint32_t first = fargate ? PROVIDER_FARGATE : PROVIDER_OF_INSTANCES;
    s->share_count = 1 + below(2);
    s->shares = ARENA_ARRAY(sys->arena, 2, capacity_share);
    s->shares[0] = (capacity_share){first, below(4), 1 + below(4)};
    s->shares[1] = (capacity_share){first + 1, 0, below(5)};
    if (!fargate) return;
    static const char *zones[] = {"a", "b", "c"};
    s->zone_count = 1 + below(3);
    s->zones = zones;
    s->strategy_count = s->constraint_count = 0;
    for (uint32_t d = one; d <= two; d++) {
        task_definition_config *definition = &sys->definitions[d];
        definition->network = NETWORK_AWSVPC;
        definition->cpu_units = 256;
        definition->memory_mib = 512;
        definition->provisioning = distribution_constant(below(2) * 20);
        definition->containers[0].fargate_stop_timeout_us = (2 + below(20)) * SIM_SECOND;
    }
    for (uint32_t i = 0; i < s->load_balancer_count; i++) {
        const service_load_balancer *l = &s->load_balancers[i];
        sys->target_groups[l->target_group].target_type_ip = true;
        if (l->production.given)
            sys->target_groups[l->alternate_target_group].target_type_ip = true;
    }
}

/* Kinds of load balancers, zones, thresholds, slow start (L45, L47, L50-L57, L100-L105). */
static void random_balancing(system_of_test *sys, const service_config *s)
{
    static const char *zones[] = {"a", "b"};
    target_group_config *g = &sys->target_groups[s->load_balancers[0].target_group];
    load_balancer_config *l = &sys->load_balancers[g->load_balancer];
    l->type = (load_balancer_type)below(3);
    l->zones = zones;
    l->zone_count = below(3); /* none: every one */
    g->zonal = below(2);
    g->algorithm = (routing_algorithm)below(3);
    if (g->algorithm == ALGORITHM_ROUND_ROBIN && below(2)) g->slow_start_us = 45 * SIM_SECOND;
    g->dns_count = below(3);
    g->dns_percent = below(2) ? below(101) : 0;
    g->routing_count = below(3);
    g->routing_percent = below(2) ? below(101) : 0;
    g->keeps_connections = below(2);
    g->keeps_unhealthy = below(2);
    sys->definitions[s->task_definition].request_seconds = some_seconds(40);
}

static void random_services(system_of_test *sys)
{
    static const char *const names_of[] = {"s0", "s1", "s2", "s3"};
    uint32_t services = 1 + below(SERVICES);
    for (uint32_t i = 0; i < services; i++) {
        static const uint32_t floors[] = {0, 50, 66, 75, 90, 100},
                              ceilings[] = {100, 110, 125, 150, 200};
        uint32_t one = system_task(sys, names_of[i], 64 * (int32_t)(1 + below(8)),
                                   64 * (int32_t)(1 + below(8)));
        uint32_t two = system_task(sys, names_of[i], 64 * (int32_t)(1 + below(8)),
                                   64 * (int32_t)(1 + below(8)));
        random_containers(sys, one);
        random_containers(sys, two);
        service_config *s =
            system_service(sys, names_of[i], one, below(9), floors[below(6)], ceilings[below(5)]);
        random_strategies(sys, s);
        s->rebalancing = below(2);
        if (below(5) == 0) { /* one on each instance */
            s->daemon = true;
            s->strategy_count = 0;
            s->maximum_percent = 100;
        }
        if (below(2))
            s->breaker = (circuit_breaker_config){.enabled = true,
                                                  .rollback = below(2),
                                                  .reset_on_healthy_task = below(2),
                                                  .type = (breaker_threshold_type)below(3),
                                                  .value = 1 + below(60)};
        if (below(2)) {
            target_group_config *g = system_target_group(sys, names_of[i], s, one);
            g->deregistration_delay_us = below(3) * 30 * SIM_SECOND;
            g->unhealthy_threshold = 2 + below(3);
            g->interval_us = (5 + below(10)) * SIM_SECOND;
            system_container(sys, two)->ports = system_container(sys, one)->ports;
            system_container(sys, two)->port_count = 1;
            system_traffic(sys, s->load_balancers[0].target_group, 100);
            random_balancing(sys, s);
            if (below(2) && !s->daemon) random_shift(sys, s, names_of[i]);
            if (below(2)) s->grace_period_us = below(120) * SIM_SECOND;
            if (below(4) == 0) system_container(sys, two)->ports[0].host_port = 8080;
        } else if (below(2)) {
            system_traffic_to(sys, i, 100);
            sys->definitions[one].request_seconds = some_seconds(40);
        }
        if (below(3) == 0 && !s->daemon) random_shares(sys, s, one, two);
    }
}

/* One alarm a service on its tasks or its unhealthy targets, which may fail its deployments (E160). */
static void random_alarms(system_of_test *sys)
{
    const uint32_t count = sys->cfg.service_count;
    sys->cfg.metrics = ARENA_ARRAY(sys->arena, count + 3, metric_config);
    sys->cfg.alarms = ARENA_ARRAY(sys->arena, count + 6, alarm_config);
    sys->cfg.metric_count = sys->cfg.alarm_count = count;
    sys->cfg.control.alarm_poll_us = (1 + below(3)) * 40 * SIM_SECOND;
    for (uint32_t i = 0; i < count; i++) {
        service_config *s = &sys->services[i];
        const bool targets = s->load_balancer_count > 0 && below(2);
        sys->cfg.metrics[i] =
            (metric_config){targets ? METRIC_UNHEALTHY_HOST_COUNT : METRIC_SERVICE_RUNNING_TASKS,
                            targets ? s->load_balancers[0].target_group : i, SIM_MINUTE};
        const uint32_t periods = 1 + below(3);
        sys->cfg.alarms[i] = (alarm_config){.name = arena_printf(sys->arena, "alarm%u", i),
                                            .metric = i,
                                            .statistic = STATISTIC_MAXIMUM,
                                            .period_us = SIM_MINUTE,
                                            .evaluation_periods = periods,
                                            .datapoints_to_alarm = 1 + below(periods),
                                            .threshold = below(targets ? 2 : 8),
                                            .comparison = COMPARE_GREATER};
        uint32_t *named = ARENA_ARRAY(sys->arena, 2, uint32_t);
        named[0] = i;
        named[1] = below(count);
        s->alarms = (deployment_alarm_config){below(3) == 0, below(2), 2, named};
    }
}

static uint32_t random_group_alarm(system_of_test *sys, uint32_t metric, double threshold,
                                   bool above, uint32_t policy)
{
    uint32_t index = sys->cfg.alarm_count++, periods = 1 + below(above ? 3 : 6);
    alarm_config *a = &sys->cfg.alarms[index];
    *a = (alarm_config){.name = arena_printf(sys->arena, "group%u", index),
                        .metric = metric,
                        .statistic = STATISTIC_AVERAGE,
                        .period_us = SIM_MINUTE,
                        .evaluation_periods = periods,
                        .datapoints_to_alarm = periods,
                        .threshold = threshold,
                        .comparison = above ? COMPARE_GREATER : COMPARE_LESS};
    a->actions[2] = (alarm_actions){1, ARENA_NEW(sys->arena, uint32_t)};
    a->actions[2].policies[0] = policy;
    return index;
}

/* A policy that tracks, or one that goes out and one that goes in, in steps or simply (A82, A83), on the group's CPU or on
 * what the cluster has reserved. */
static void random_group_policies(system_of_test *sys, uint32_t group)
{
    model_config *c = &sys->cfg;
    const uint32_t kind = 1 + below(3), metric = c->metric_count++, warmup = c->warmup_count++;
    c->warmups[warmup] = (warmup_config){group + 1, below(6) * 50 * SIM_SECOND};
    c->metrics[metric] = below(2) ? (metric_config){METRIC_GROUP_CPU, warmup, SIM_MINUTE}
                                  : (metric_config){METRIC_CLUSTER_CPU_RESERVATION, 0, SIM_MINUTE};
    const uint32_t target = c->scalable_target_count++;
    c->scalable_targets[target] =
        (scalable_target_config){.service = NO_INDEX, .auto_scaling_group = group + 1};
    const double high = 5 + below(60), low = high * 0.7;
    const uint32_t first = c->scaling_policy_count;
    for (uint32_t i = 0; i < (kind == 1 ? 1 : 2); i++) {
        scaling_policy_config *p = &c->scaling_policies[c->scaling_policy_count++];
        step_adjustment_config *step = ARENA_NEW(sys->arena, step_adjustment_config);
        *step = (step_adjustment_config){i == 0 ? 0 : -INFINITY, i == 0 ? INFINITY : 0,
                                         (int32_t)(1 + below(60)) * (i == 0 ? 1 : -1)};
        *p = (scaling_policy_config){.name = arena_printf(sys->arena, "policy%u", first + i),
                                     .scalable_target = target,
                                     .kind = kind == 1 ? POLICY_TARGET_TRACKING : POLICY_STEP,
                                     .simple = kind == 3,
                                     .warmup = warmup,
                                     .adjustment = ADJUST_PERCENT,
                                     .step_count = 1,
                                     .steps = step,
                                     .cooldown_us = below(5) * 70 * SIM_SECOND,
                                     .target = high,
                                     .alarm_high = NO_INDEX,
                                     .alarm_low = NO_INDEX};
    }
    scaling_policy_config *p = &c->scaling_policies[first];
    p->alarm_high = random_group_alarm(sys, metric, high, true, first);
    p->alarm_low = random_group_alarm(sys, metric, low, false, c->scaling_policy_count - 1);
}

static void random_scaling(system_of_test *sys)
{
    model_config *c = &sys->cfg;
    c->warmups = ARENA_ARRAY(sys->arena, 3, warmup_config);
    c->scalable_targets = ARENA_ARRAY(sys->arena, 3, scalable_target_config);
    c->scaling_policies = ARENA_ARRAY(sys->arena, 6, scaling_policy_config);
    c->control.metric_delay_us = below(2) * SIM_MINUTE;
    c->control.scaling_action_delay_us = below(3) * 45 * SIM_SECOND;
    c->control.cooldown_from_fulfilled = below(2);
    for (uint32_t g = 0; g < c->auto_scaling_group_count; g++)
        if (below(3) > 0) random_group_policies(sys, g);
}

/* None of them acts. */
static inline void quiet_policies(system_of_test *sys)
{
    for (uint32_t p = 0; p < sys->cfg.scaling_policy_count; p++)
        sys->cfg.scaling_policies[p].disabled = true;
}

/* A service that somebody else deploys (E163): no bounds, breaker, alarms or shift of ECS's. */
static void random_controller(service_config *s)
{
    if (s->daemon || s->shift.strategy != DEPLOY_ROLLING || below(4) > 0) return;
    s->controller = below(2) ? CONTROLLER_EXTERNAL : CONTROLLER_CODE_DEPLOY;
    s->minimum_healthy_percent = 100;
    s->maximum_percent = 200;
    s->breaker.enabled = s->alarms.enabled = s->rebalancing = false;
    if (s->controller == CONTROLLER_EXTERNAL) s->load_balancer_count = 0;
}

/* Sets are created, scaled, made PRIMARY and deleted; some that are named do not exist. */
static void random_task_set_call(system_of_test *sys, double at, uint32_t service)
{
    static const timeline_kind kinds[] = {
        TIMELINE_CREATE_TASK_SET, TIMELINE_CREATE_TASK_SET,         TIMELINE_UPDATE_TASK_SET,
        TIMELINE_UPDATE_TASK_SET, TIMELINE_UPDATE_PRIMARY_TASK_SET, TIMELINE_DELETE_TASK_SET};
    static const char *const ids[] = {"one", "two", "three"};
    const service_config *s = &sys->services[service];
    timeline_action *a = system_at(sys, at, kinds[below(6)]);
    a->service = service;
    a->task_set = ids[below(3)];
    a->task_set_scale = below(5) * (TASK_SET_WHOLE / 4);
    a->force = below(2);
    a->create_task_set = (task_set_call){.task_definition = 2 * service + below(2),
                                         .scale = below(5) * (TASK_SET_WHOLE / 4),
                                         .external_id = a->task_set,
                                         .load_balancers = s->load_balancers};
    a->create_task_set.load_balancer_count = s->load_balancers ? 1 : 0;
}

/* What a service's owner may do besides; returns when the last of it happens. */
static double act_on_service(system_of_test *sys, double at, uint32_t service)
{
    timeline_action *a;
    if (below(3) > 0) { /* protected from scale-in and deployments, or no longer */
        a = system_at(sys, at, TIMELINE_UPDATE_TASK_PROTECTION);
        a->select.service = service;
        a->select.has_fraction = true;
        a->select.fraction = 0.25 * (1 + below(4));
        a->protect = below(4) > 0;
        a->duration_us = (1 + below(900)) * SIM_SECOND;
        return at;
    }
    a = system_at(sys, at, TIMELINE_DELETE_SERVICE); /* and created anew a little later */
    a->service = service;
    a->force = true;
    at += below(90);
    a = system_at(sys, at, TIMELINE_CREATE_SERVICE);
    a->service = service;
    a->replaces = true;
    a->update.to = sys->services[service];
    return at;
}

static void random_fault(system_of_test *sys, double at, uint32_t service)
{
    timeline_action *a;
    switch (below(5)) {
    case 0:
        a = system_at(sys, at, TIMELINE_ZONE_OUTAGE);
        a->select.zone = below(2) ? "a" : "b";
        if (below(4)) a->duration_us = below(300) * SIM_SECOND;
        break;
    case 1:
        a = system_at(sys, at, TIMELINE_SPOT_INTERRUPTION);
        a->select.has_fraction = true;
        a->select.fraction = 0.5;
        break;
    case 2:
        a = system_at(sys, at, TIMELINE_REFUSE_LAUNCHES);
        a->refused_fraction = 0.5 * below(3);
        a->auto_scaling_group = below(sys->cfg.auto_scaling_group_count + 1);
        a->duration_us = below(300) * SIM_SECOND;
        break;
    case 3:
        a = system_at(sys, at, TIMELINE_SLOW_TASKS);
        a->factor = 0.5 * (1 + below(200));
        if (below(2)) a->select.service = service;
        if (below(2)) a->duration_us = below(120) * SIM_SECOND;
        break;
    default:
        a = system_at(sys, at, TIMELINE_DISCONNECT_AGENTS);
        if (below(2)) a->select.service = service;
        a->select.has_fraction = true;
        a->select.fraction = 0.5;
        if (below(4)) a->duration_us = below(300) * SIM_SECOND;
    }
}

static void random_capacity(const system_of_test *sys, timeline_action *a)
{
    const auto_scaling_group_config *g;
    a->auto_scaling_group = 1 + below(sys->cfg.auto_scaling_group_count);
    g = &sys->auto_scaling[a->auto_scaling_group - 1];
    a->desired_capacity = g->min_size + below((uint32_t)(g->max_size - g->min_size) + 1);
}

/* A91; one that is refused while another goes on, too. */
static void random_refresh(system_of_test *sys, double at)
{
    timeline_action *a = system_at(sys, at, TIMELINE_START_INSTANCE_REFRESH);
    uint32_t *checkpoints = ARENA_ARRAY(sys->arena, 2, uint32_t);
    checkpoints[0] = 1 + below(99);
    checkpoints[1] = 100;
    a->auto_scaling_group = 1 + below(sys->cfg.auto_scaling_group_count);
    a->refresh = (instance_refresh_config){.minimum_percent = below(101),
                                           .maximum_percent = below(2) ? 100 + below(101) : 0,
                                           .warmup_us = below(4) * 50 * SIM_SECOND,
                                           .skip_matching = below(8) == 0,
                                           .on_protected = (protected_rule)below(3),
                                           .checkpoint_count = below(3),
                                           .checkpoints = checkpoints,
                                           .checkpoint_delay_us = below(3) * 200 * SIM_SECOND};
}

static void random_timeline(system_of_test *sys)
{
    uint32_t services = sys->cfg.service_count, actions = below(12);
    double at = 0;
    for (uint32_t i = 0; i < actions; i++) {
        at += below(2) ? below(300) : below(300) + 0.25;
        uint32_t service = below(services);
        timeline_action *a;
        if (below(5) == 0) {
            at = act_on_service(sys, at, service);
            continue;
        }
        const uint32_t what = below(15);
        if (sys->services[service].controller != CONTROLLER_ECS && (what < 3 || what == 9)) {
            random_task_set_call(sys, at, service);
            continue;
        }
        switch (what) {
        case 14:
            if (sys->cfg.auto_scaling_group_count > 0) random_refresh(sys, at);
            break;
        case 13:
            if (sys->cfg.auto_scaling_group_count == 0) break;
            system_capacity(sys, at, 0, 0);
            random_capacity(sys, &sys->timeline[sys->cfg.timeline_count - 1]);
            break;
        case 0:
        case 1:
        case 2:
            system_deploy(sys, at, service, 2 * service + below(2));
            break;
        case 3:
            system_scale(sys, at, service, below(12));
            break;
        case 4:
            a = system_at(sys, at, TIMELINE_CRASH_TASKS);
            a->select.service = service;
            a->select.has_fraction = true;
            a->select.fraction = 0.5;
            break;
        case 5:
            a = system_at(sys, at, TIMELINE_FAIL_HEALTH_CHECKS);
            a->how = (health_failure)below(3);
            a->status_code = 503;
            a->container_health_check = below(2);
            a->select.has_count = true;
            a->select.count = 1 + below(4);
            a->duration_us = below(2) ? SIM_NEVER : below(120) * SIM_SECOND;
            break;
        case 6:
            a = system_at(sys, at, TIMELINE_TERMINATE_INSTANCES);
            a->select.has_count = true;
            a->select.count = 1;
            a->decrement = below(3) == 0;
            break;
        case 7:
            a = system_at(sys, at, TIMELINE_UPDATE_INSTANCES_STATE);
            a->drain = below(4) > 0;
            a->select.instance_count = 1;
            a->select.instances = ARENA_NEW(sys->arena, uint32_t);
            a->select.instances[0] = 1 + below(4);
            break;
        case 8:
            random_fault(sys, at, service);
            break;
        case 9: /* its load balancer taken away, or given back */
            a = system_at(sys, at, TIMELINE_UPDATE_SERVICE);
            a->update.service = service;
            a->update.has_load_balancers = true;
            if (below(2)) a->update.to = sys->services[service];
            break;
        case 10:
            a = system_at(sys, at, TIMELINE_STOP_SERVICE_DEPLOYMENT);
            a->service = service;
            a->abort = below(3) == 0;
            break;
        case 12: /* the weights of its strategy */
            if (sys->services[service].share_count == 0) break;
            a = system_at(sys, at, TIMELINE_UPDATE_SERVICE);
            a->update.service = service;
            a->update.has_shares = true;
            a->update.to = sys->services[service];
            a->update.to.share_count = 2;
            a->update.to.shares = ARENA_ARRAY(sys->arena, 2, capacity_share);
            for (uint32_t k = 0; k < 2; k++)
                a->update.to.shares[k] =
                    (capacity_share){sys->services[service].shares[k].provider, below(3), below(4)};
            a->update.to.shares[1].weight++; /* not all are 0 (E180) */
            break;
        default:
            a = system_at(sys, at, TIMELINE_STOP_TASK);
            a->select.service = service;
            a->select.has_count = true;
            a->select.count = 1 + below(2);
        }
    }
}

/* Copies that arrive by RUN_END; 0 where nobody knows. */
static uint64_t arrivals_expected;

static run_task_call random_call(system_of_test *sys, uint32_t definition)
{
    service_config like = {0};
    random_strategies(sys, &like);
    if (below(2)) {
        like.share_count = 1;
        like.shares = ARENA_NEW(sys->arena, capacity_share);
        *like.shares = (capacity_share){PROVIDER_OF_INSTANCES + below(2), 0, 1};
    }
    return (run_task_call){.share_count = like.share_count,
                           .shares = like.shares,
                           .task_definition = definition,
                           .count = 1 + below(10),
                           .group = below(3) == 0 ? "night" : NULL,
                           .strategy_count = like.strategy_count,
                           .strategies = like.strategies,
                           .constraint_count = like.constraint_count,
                           .constraints = like.constraints};
}

/* One source of calls at intervals and one trace, of a family with two sizes. */
static void random_arrivals(system_of_test *sys)
{
    arrivals_expected = 0;
    if (below(2)) return;
    uint32_t small = system_task(sys, "batch", 64 * (int32_t)below(3), 64),
             large = system_task(sys, "batch", 64 * (int32_t)(1 + below(8)),
                                 64 * (int32_t)(1 + below(8)));
    system_container(sys, small)->behavior.image_pull = some_seconds(10);
    system_container(sys, small)->behavior.has_run_time = true;
    system_container(sys, small)->behavior.run_time = some_seconds(200);
    system_container(sys, large)->behavior.shutdown = some_seconds(20);
    arrival_config *a = ARENA_ARRAY(sys->arena, 2, arrival_config);
    sys->cfg.arrivals = a;
    sys->cfg.arrival_count = 2;
    a[0] = (arrival_config){.name = "batch", .until_us = SIM_RUN_MAX, .limit = 1 + below(20)};
    a[0].call = random_call(sys, small);
    a[0].every = distribution_constant(1 + below(100));
    arrivals_expected = (uint64_t)(RUN_END_US / (sim_time)(a[0].every.a * 1e6 + 0.5));
    if (arrivals_expected > a[0].limit) arrivals_expected = a[0].limit;
    arrivals_expected *= a[0].call.count;
    a[1] = (arrival_config){.name = "trace", .is_trace = true, .row_count = below(20)};
    a[1].call = random_call(sys, NO_INDEX);
    a[1].rows = ARENA_ARRAY(sys->arena, 20, arrival_row);
    sim_time at = 0;
    for (uint32_t i = 0; i < a[1].row_count; i++) {
        at += below(3) * 30 * SIM_SECOND;
        a[1].rows[i] = (arrival_row){.at_us = at,
                                     .run_time_us = below(3) ? below(300) * SIM_SECOND : SIM_NEVER,
                                     .task_definition = below(2) ? small : large,
                                     .count = below(15)};
        arrivals_expected += a[1].rows[i].count;
    }
}

/* Managed scaling of the provider that the group's instances are of (E183). */
static void random_provider(system_of_test *sys, auto_scaling_group_config *a,
                            instance_group_config *g)
{
    if (g->provider == PROVIDER_NONE) g->provider = PROVIDER_OF_INSTANCES + below(2);
    capacity_provider_config *p = &sys->providers[g->provider - PROVIDER_OF_INSTANCES];
    if (p->managed_scaling || below(4) == 0) return; /* of another group */
    if (below(2)) {
        a->min_size = g->count = 0;
        a->max_size = below(8);
    }
    p->auto_scaling_group = sys->cfg.auto_scaling_group_count;
    p->managed_scaling = a->managed = true;
    p->target_capacity_pct = below(2) ? 100 : 40 + below(60);
    p->minimum_step = 1 + below(2);
    p->maximum_step = p->minimum_step + below(6);
    p->warmup_us = below(5) * SIM_MINUTE;
    p->termination_protection = a->managed_protection = a->protects_new && below(2);
}

static void random_auto_scaling(system_of_test *sys, instance_group_config *g)
{
    static const char *const group_names[] = {"g0", "g1", "g2"};
    auto_scaling_group_config *a =
        system_auto_scaling(sys, group_names[sys->cfg.auto_scaling_group_count], g,
                            below(g->count + 1), g->count + below(4));
    a->managed_draining = below(2);
    a->protects_new = below(6) == 0;
    a->policies[0] = (termination_policy)below(6);
    a->capacity_rebalance = below(2);
    if (below(3) == 0) a->max_lifetime_us = (60 + below(600)) * SIM_SECOND;
    random_provider(sys, a, g);
    if (below(2)) return;
    const uint32_t pools = sys->cfg.spot_pool_count;
    mixed_instances_config *mixed =
        system_mixed(sys, a, 1 + below(3), below(3), (int64_t)below(5) * 25);
    mixed->on_demand = (on_demand_strategy)below(2);
    mixed->spot = (spot_strategy)below(3);
    mixed->spot_pools = 1 + below(3);
    if (below(3) == 0) mixed->max_price_usd_per_hour = 0.5 * (1 + below(3));
    for (uint32_t i = pools; i < sys->cfg.spot_pool_count; i++)
        if (below(2)) sys->spot_pools[i].capacity = below(5);
    for (uint32_t t = 1; t < mixed->type_count; t++)
        g[t].cpu_units = g[t].memory_mib = 512 * (int32_t)(1 + below(6));
}

/* Groups of instances that keep them, and are not short of Spot capacity. */
static inline void calm_groups(system_of_test *sys)
{
    for (uint32_t g = 0; g < sys->cfg.auto_scaling_group_count; g++) {
        sys->auto_scaling[g].max_lifetime_us = 0;
        sys->auto_scaling[g].mixed.max_price_usd_per_hour = NAN;
    }
    for (uint32_t i = 0; i < sys->cfg.spot_pool_count; i++)
        sys->spot_pools[i].capacity = INT64_MAX;
}

/* Whose instances some groups are; managed ones become so with their group (E183). */
static void random_providers(system_of_test *sys)
{
    for (int i = 0; i < 2; i++)
        sys->providers[sys->cfg.provider_count++] =
            (capacity_provider_config){.name = i == 0 ? "p0" : "p1"};
    sys->cfg.control.provisioning_limit = below(3) == 0 ? below(6) : 500;
    sys->cfg.control.provisioning_timeout_us = (below(10) + 1) * SIM_MINUTE;
    sys->cfg.control.capacity_scale_in_periods = 1 + below(5);
}

/* The system of a seed; the caller ends it. */
static system_of_test *random_system(uint64_t seed)
{
    stream = random_stream_at((random_source){.seed = seed}, random_purpose("storm"), 0);
    system_of_test *sys = system_begin();
    sys->cfg.seed = seed;
    sys->cfg.control.max_counts_stopping = below(3) > 0;
    sys->cfg.control.release_on = below(3) > 0 ? RELEASE_ON_STOPPING : RELEASE_ON_STOPPED;
    sys->cfg.control.initial_healthy_checks = below(3);
    sys->cfg.control.agent_loss_detect_us = below(4) * 40 * SIM_SECOND;
    sys->cfg.control.spot_notice_us = below(4) * 40 * SIM_SECOND;
    sys->cfg.control.deregistration_lag_us = below(2) * SIM_SECOND;
    sys->cfg.fargate_prices = (fargate_price_config){.usd_per_vcpu_hour = 0.04,
                                                     .usd_per_gb_hour = 0.004,
                                                     .spot_discount = 0.7,
                                                     .spot_discount_input = NO_INDEX};
    sys->cfg.control.nlb_drain_lag_us = below(2) * 90 * SIM_SECOND;
    sys->cfg.control.nlb_registration_delay_us = below(2) * 20 * SIM_SECOND;
    sys->cfg.control.dns_ttl_us = below(2) * SIM_MINUTE;
    random_providers(sys);
    uint32_t groups = 1 + below(3);
    for (uint32_t i = 0; i < groups; i++) {
        instance_group_config *g =
            system_instances(sys, 1 + below(4), 512 * (int32_t)(1 + below(4)),
                             512 * (int32_t)(1 + below(4)), "a", below(2) ? "b" : NULL);
        if (i > 0 && below(3) == 0) g->register_after_us = below(600) * SIM_SECOND;
        g->spot = below(2);
        g->spot_draining = below(2);
        if (below(3) == 0) g->provider = PROVIDER_OF_INSTANCES + below(2);
        if (below(2)) random_auto_scaling(sys, g);
    }
    system_mixed_starts(sys);
    sys->cfg.control.instance_launch = some_seconds(200);
    sys->cfg.control.managed_drain_us = below(400) * SIM_SECOND;
    random_services(sys);
    random_alarms(sys);
    for (uint32_t i = 0; i < sys->cfg.service_count; i++)
        random_controller(&sys->services[i]);
    random_timeline(sys);
    random_arrivals(sys);
    random_scaling(sys);
    return sys;
}

static uint64_t run(system_of_test *sys, uint64_t seed, model_options options, bool *good,
                    const char *dump)
{
    storm *s = memory_alloc(1, sizeof *s);
    s->hash = UINT64_C(14695981039346656037);
    s->seed = seed;
    s->dump = dump ? fopen(dump, "w") : NULL;
    model *m = model_create(&sys->cfg, 0, &options);
    model_observe(m, &(model_observer){.context = s, .event = watch});
    model_run(m, RUN_END_US, NULL);
    if (sys->cfg.arrival_count > 0 && s->arrived != arrivals_expected) {
        printf("# seed %" PRIu64 ": (h) broken: %" PRIu64 " copies placed or refused, %" PRIu64
               " arrived\n",
               seed, s->arrived, arrivals_expected);
        s->broken = true;
    }
    model_destroy(m);
    *good &= !s->broken;
    uint64_t hash = s->hash;
    if (s->dump) fclose(s->dump);
    free(s);
    return hash;
}

/* One system, five ways. With a folder the logs are written there. */
static inline bool storm_holds(system_of_test *sys, uint64_t seed, const char *folder)
{
    bool good = true;
    char path[5][512];
    for (int i = 0; i < 5; i++)
        snprintf(path[i], sizeof path[i], "%s/storm-%d.log", folder ? folder : "", i);
#define PATH(i) (folder ? path[i] : NULL)
    uint64_t computed = run(sys, seed, (model_options){.check_invariants = true}, &good, PATH(0));
    uint64_t scanned = run(sys, seed, (model_options){.scan_placement = true}, &good, PATH(1));
    uint64_t probed = run(sys, seed, (model_options){.every_probe = true}, &good, PATH(2));
    uint64_t again = run(sys, seed, (model_options){0}, &good, PATH(3));
    uint64_t minutes = run(sys, seed, (model_options){.every_minute = true}, &good, PATH(4));
    if (computed != scanned || computed != probed || computed != again || computed != minutes) {
        printf("# seed %" PRIu64 ": logs differ:%s%s%s%s\n", seed,
               computed != scanned ? " scan" : "", computed != probed ? " every probe" : "",
               computed != again ? " second run" : "", computed != minutes ? " every minute" : "");
        good = false;
    }
    return good;
}

static inline bool one_storm(uint64_t seed, const char *folder)
{
    system_of_test *sys = random_system(seed);
    const bool good = storm_holds(sys, seed, folder);
    system_end(sys);
    return good;
}

/* Sound tasks, faults that end, and room that comes when they are over. With a folder its log is
 * written there. */
static inline bool recovers(uint64_t seed, const char *folder)
{
    system_of_test *sys = random_system(seed);
    calm_groups(sys);
    sys->cfg.arrival_count = 0; /* standalone tasks may take the room for good */
    quiet_policies(sys);
    sys->cfg.control.provisioning_timeout_us = SIM_DAY; /* else starts would be throttled (E109) */
    sys->cfg.control.capacity_scale_in_periods = 1000;  /* below 100 % it may never end (E188) */
    for (uint32_t d = 0; d < sys->cfg.task_definition_count; d++) {
        const task_definition_config *td = &sys->definitions[d];
        for (uint32_t i = 0; i < td->container_count; i++) {
            container_definition *c = &td->containers[i];
            c->behavior.start_failure_probability = 0;
            c->behavior.has_time_to_crash = c->behavior.has_run_time = c->has_health_check = false;
            c->behavior.has_memory = c->behavior.has_cpu = false;
            c->dependency_count = 0;
            for (uint32_t k = 0; k < c->port_count; k++)
                c->ports[k].host_port = 0;
        }
    }
    for (uint32_t s = 0; s < sys->cfg.service_count; s++) {
        sys->services[s].grace_period_us = 120 * SIM_SECOND;
        sys->services[s].breaker.enabled = sys->services[s].alarms.enabled = false;
        sys->services[s].controller = CONTROLLER_ECS;
        sys->services[s].daemon = false; /* wants room on every instance, also the small ones */
    }
    for (uint32_t l = 0; l < sys->cfg.load_balancer_count; l++)
        sys->load_balancers[l].zone_count = 0; /* L6: in another zone nobody is ever healthy */
    sys->cfg.timeline_count = 0;
    double at = 60;
    for (uint32_t faults = 1 + below(6); faults > 0; faults--, at += below(120))
        random_fault(sys, at, below(sys->cfg.service_count));
    for (uint32_t a = 0; a < sys->cfg.timeline_count; a++)
        if (sys->timeline[a].duration_us == SIM_NEVER)
            sys->timeline[a].duration_us = 200 * SIM_SECOND;
    for (uint32_t provider = 0; provider < 3; provider++) { /* none's, and of each that there is */
        instance_group_config *room = system_instances(sys, 8, 32768, 32768, "a", "b");
        room->register_after_us = 1200 * SIM_SECOND;
        if (provider > 0) room->provider = PROVIDER_OF_INSTANCES + provider - 1;
    }
    if (sys->cfg.auto_scaling_group_count > 0) {
        system_capacity(sys, at + 100, 0, 0);
        random_capacity(sys, &sys->timeline[sys->cfg.timeline_count - 1]);
    }
    bool steady = true;
    model *m = model_create(&sys->cfg, 0, &(model_options){.check_invariants = true});
    storm *log = memory_alloc(1, sizeof *log);
    char path[512];
    snprintf(path, sizeof path, "%s/recovery.log", folder ? folder : "");
    log->seed = seed;
    log->dump = folder ? fopen(path, "w") : NULL;
    model_observe(m, &(model_observer){.context = log, .event = watch});
    model_run(m, 2400 * SIM_SECOND, NULL);
    for (uint32_t s = 0; s < sys->cfg.service_count; s++) {
        service_sample sample;
        model_service_sample(m, s, &sample);
        steady &= sample.steady;
    }
    for (uint32_t g = 0; g < sys->cfg.auto_scaling_group_count; g++) {
        auto_scaling_group_sample sample;
        model_auto_scaling_group_sample(m, g, &sample);
        steady &= sample.instances == sample.desired ||
                  (sys->auto_scaling[g].protects_new && sample.instances > sample.desired);
    }
    model_destroy(m);
    system_end(sys);
    steady &= !log->broken;
    if (log->dump) fclose(log->dump);
    free(log);
    if (!steady)
        printf("# seed %" PRIu64
               ": a service is not steady, or a group not as large as desired, after the faults\n",
               seed);
    return steady;
}

#endif
