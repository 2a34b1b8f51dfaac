/* system.h - small systems for tests, built by hand, and their event logs as text.
 *
 *     system_of_test sys = system_begin();
 *     system_instances(&sys, 2, 1024, 2048, "a", "b");
 *     uint32_t web = system_task(&sys, "web", 256, 256);
 *     system_service(&sys, "web", web, 4, 50, 200);
 *     char *log = system_run(&sys, 600);   // one line an event: "12.5 task.running web/000001 web web#1 web:1 …"
 */
#ifndef BERTH_TESTS_MODELS_SYSTEM_H
#define BERTH_TESTS_MODELS_SYSTEM_H

#include "models/ec2/mixed_instances.h"
#include "models/model.h"
#include "sim/engine/arena.h"
#include "tests/tap.h"
#include <math.h>

#define SYSTEM_MAX 64

typedef struct {
    model_config cfg;
    model_options options;
    arena *arena;
    instance_group_config groups[SYSTEM_MAX];
    task_definition_config definitions[SYSTEM_MAX];
    service_config services[SYSTEM_MAX];
    target_group_config target_groups[SYSTEM_MAX];
    load_balancer_config load_balancers[SYSTEM_MAX];
    listener_config listeners[SYSTEM_MAX];
    traffic_config traffic[SYSTEM_MAX];
    auto_scaling_group_config auto_scaling[SYSTEM_MAX];
    spot_pool_config spot_pools[SYSTEM_MAX];
    capacity_provider_config providers[SYSTEM_MAX];
    timeline_action timeline[4 * SYSTEM_MAX];
} system_of_test;

static inline system_of_test *system_begin(void)
{
    system_of_test *sys = memory_alloc(1, sizeof *sys);
    sys->arena = arena_create();
    sys->options.check_invariants = true;
    sys->cfg = (model_config){
        .name = "test",
        .start_text = "1970-01-05T00:00:00Z",
        .start_unix_us = 4 * SIM_DAY,
        .duration_us = SIM_HOUR,
        .seed = 1,
        .replications = 1,
        .cluster_name = "default",
        .control = control_plane_defaults(),
        .groups = sys->groups,
        .task_definitions = sys->definitions,
        .services = sys->services,
        .target_groups = sys->target_groups,
        .load_balancers = sys->load_balancers,
        .listeners = sys->listeners,
        .traffic = sys->traffic,
        .auto_scaling_groups = sys->auto_scaling,
        .spot_pools = sys->spot_pools,
        .providers = sys->providers,
        .timeline = sys->timeline,
    };
    return sys;
}

static inline void system_end(system_of_test *sys)
{
    arena_destroy(sys->arena);
    free(sys);
}

/* `count` instances in turn over one or two zones (second NULL: one). */
static inline instance_group_config *system_instances(system_of_test *sys, uint32_t count,
                                                      int32_t cpu, int32_t memory, const char *zone,
                                                      const char *second)
{
    instance_group_config *g = &sys->groups[sys->cfg.group_count++];
    const char **zones = ARENA_ARRAY(sys->arena, 2, const char *);
    zones[0] = zone;
    zones[1] = second;
    *g = (instance_group_config){
        .instance_type = "",
        .count = count,
        .zone_count = second ? 2 : 1,
        .zones = zones,
        .cpu_units = cpu,
        .memory_mib = memory,
        .awsvpc_tasks = UNLIMITED,
        .status = INSTANCE_ACTIVE,
        .agent_connected = true,
    };
    return g;
}

/* The group of instances becomes what an Auto Scaling group launches; its `count` are there at t = 0. */
static inline auto_scaling_group_config *system_auto_scaling(system_of_test *sys, const char *name,
                                                             instance_group_config *what,
                                                             int64_t min, int64_t max)
{
    auto_scaling_group_config *a = &sys->auto_scaling[sys->cfg.auto_scaling_group_count++];
    *a = (auto_scaling_group_config){.name = name,
                                     .instances = (uint32_t)(what - sys->groups),
                                     .min_size = min,
                                     .max_size = max,
                                     .policy_count = 1,
                                     .policies = ARENA_NEW(sys->arena, termination_policy)};
    a->policies[0] = TERMINATE_DEFAULT;
    what->auto_scaling_group = sys->cfg.auto_scaling_group_count;
    return a;
}

/* The group launches so many types "t0", "t1", …, On-Demand at 1, 2, … USD and Spot at half of it, without limit (A94, A95).
 * What it launched so far must be the newest group of instances. */
static inline mixed_instances_config *system_mixed(system_of_test *sys,
                                                   auto_scaling_group_config *a, uint32_t types,
                                                   int64_t base, int64_t percent)
{
    static const char *const type_names[] = {"t0", "t1", "t2", "t3"};
    instance_group_config *g = &sys->groups[a->instances];
    const uint32_t zones = g->zone_count;
    a->mixed = (mixed_instances_config){.type_count = types,
                                        .on_demand_base = base,
                                        .on_demand_percent = percent,
                                        .spot_pools = 1,
                                        .max_price_usd_per_hour = NAN};
    g->spot = false;
    for (uint32_t k = 0; k < mixed_kind_count(types, zones); k++) {
        const uint32_t type = k < types ? k : (k - types) / zones;
        if (k > 0) g[k] = g[0];
        if (k > 0) g[k].count = 0;
        g[k].instance_type = type_names[type];
        g[k].price_usd_per_hour = 1 + type;
        if (k < types) continue;
        g[k].spot = true;
        g[k].zones = &g[0].zones[(k - types) % zones];
        g[k].zone_count = 1;
        g[k].price_usd_per_hour /= 2;
        sys->spot_pools[sys->cfg.spot_pool_count++] =
            (spot_pool_config){type_names[type], g[k].zones[0], INT64_MAX};
        g[k].spot_pool = sys->cfg.spot_pool_count;
    }
    sys->cfg.group_count += mixed_kind_count(types, zones) - 1;
    return &a->mixed;
}

/* Once all is said: where the instances of t = 0 of such groups are. Those without capacity are left out. */
static inline void system_mixed_starts(system_of_test *sys)
{
    mixed_use use = mixed_use_create(&sys->cfg);
    for (uint32_t i = 0; i < sys->cfg.auto_scaling_group_count; i++) {
        auto_scaling_group_config *a = &sys->auto_scaling[i];
        instance_group_config *g = &sys->groups[a->instances];
        uint32_t lacking;
        if (a->mixed.type_count == 0) continue;
        a->start = ARENA_ARRAY(sys->arena, g->count + 1, starting_instance);
        if (!mixed_start(&use, a, g->count, a->start, &lacking)) g->count -= lacking;
        if (a->min_size > g->count) a->min_size = g->count;
    }
    mixed_use_finish(&use);
}

/* A capacity provider of what the Auto Scaling group launches, with managed scaling (E186). */
static inline capacity_provider_config *system_provider(system_of_test *sys, const char *name,
                                                        auto_scaling_group_config *group)
{
    const uint32_t number = PROVIDER_OF_INSTANCES + sys->cfg.provider_count;
    capacity_provider_config *p = &sys->providers[sys->cfg.provider_count++];
    *p = (capacity_provider_config){.name = name,
                                    .auto_scaling_group = (uint32_t)(group - sys->auto_scaling) + 1,
                                    .managed_scaling = true,
                                    .target_capacity_pct = 100,
                                    .minimum_step = 1,
                                    .maximum_step = 10000,
                                    .warmup_us = 300 * SIM_SECOND};
    sys->groups[group->instances].provider = number;
    group->managed = true;
    return p;
}

/* The strategy of one provider. */
static inline void system_share(system_of_test *sys, service_config *s, uint32_t provider)
{
    s->share_count = 1;
    s->shares = ARENA_NEW(sys->arena, capacity_share);
    *s->shares = (capacity_share){PROVIDER_OF_INSTANCES + provider, 0, 1};
}

/* A task definition of one essential container "app"; the next revision of its family. */
static inline uint32_t system_task(system_of_test *sys, const char *family, int32_t cpu,
                                   int32_t memory)
{
    uint32_t index = sys->cfg.task_definition_count++;
    task_definition_config *d = &sys->definitions[index];
    container_definition *c = ARENA_NEW(sys->arena, container_definition);
    *c = (container_definition){
        .name = "app",
        .image = family,
        .cpu_units = cpu,
        .memory_mib = memory,
        .essential = true,
        .stop_timeout_us = 30 * SIM_SECOND,
        .start_timeout_us = SIM_NEVER,
        .behavior = {.exit_code = 1,
                     .image_pull_input = NO_INDEX,
                     .image_pull_cached_input = NO_INDEX,
                     .activation_input = NO_INDEX,
                     .startup_input = NO_INDEX,
                     .shutdown_input = NO_INDEX},
    };
    *d = (task_definition_config){
        .family = family,
        .revision = 1,
        .container_count = 1,
        .containers = c,
        .network = NETWORK_BRIDGE,
        .request_seconds = distribution_constant(0.05),
        .provisioning_input = NO_INDEX,
        .request_seconds_input = NO_INDEX,
    };
    for (uint32_t i = 0; i < index; i++)
        d->revision += strcmp(sys->definitions[i].family, family) == 0;
    return index;
}

static inline container_definition *system_container(system_of_test *sys, uint32_t definition)
{
    return &sys->definitions[definition].containers[0];
}

static inline service_config *system_service(system_of_test *sys, const char *name,
                                             uint32_t definition, uint32_t desired,
                                             uint32_t min_percent, uint32_t max_percent)
{
    service_config *s = &sys->services[sys->cfg.service_count++];
    sys->cfg.service_count_at_start++;
    *s = (service_config){.name = name,
                          .task_definition = definition,
                          .desired_count = desired,
                          .minimum_healthy_percent = min_percent,
                          .maximum_percent = max_percent};
    return s;
}

/* A target group behind a load balancer of its own, and the service's tasks as its targets. */
static inline target_group_config *system_target_group(system_of_test *sys, const char *name,
                                                       service_config *config, uint32_t definition)
{
    uint32_t index = sys->cfg.target_group_count++, lb = sys->cfg.load_balancer_count++;
    sys->load_balancers[lb] =
        (load_balancer_config){.name = name, .idle_timeout_us = 60 * SIM_SECOND};
    forward_target *forward = ARENA_NEW(sys->arena, forward_target);
    *forward = (forward_target){index, 1};
    sys->listeners[sys->cfg.listener_count++] = (listener_config){
        .load_balancer = lb,
        .port = 80,
        .default_action = {.kind = ACTION_FORWARD, .forward_count = 1, .forwards = forward}};
    code_range *ok = ARENA_NEW(sys->arena, code_range);
    *ok = (code_range){200, 200};
    target_group_config *g = &sys->target_groups[index];
    *g = (target_group_config){.name = name,
                               .load_balancer = lb,
                               .interval_us = 5 * SIM_SECOND,
                               .timeout_us = 2 * SIM_SECOND,
                               .healthy_threshold = 2,
                               .unhealthy_threshold = 2,
                               .matcher_count = 1,
                               .matcher = ok,
                               .deregistration_delay_us = 0};
    service_load_balancer *l = ARENA_NEW(sys->arena, service_load_balancer);
    *l = (service_load_balancer){
        .target_group = index, .container_name = "app", .container_port = 8080};
    config->load_balancer_count = 1;
    config->load_balancers = l;
    port_mapping *port = ARENA_NEW(sys->arena, port_mapping);
    *port = (port_mapping){.container_port = 8080};
    container_definition *c = system_container(sys, definition);
    c->port_count = 1;
    c->ports = port;
    return g;
}

/* A second target group behind the same listener, between which and the first a service's traffic shifts (E162). Its index.
 */
static inline uint32_t system_alternate(system_of_test *sys, const char *name,
                                        service_config *config)
{
    service_load_balancer *l = &config->load_balancers[0];
    uint32_t first = l->target_group, index = sys->cfg.target_group_count++;
    uint32_t lb = sys->target_groups[first].load_balancer;
    sys->target_groups[index] = sys->target_groups[first];
    sys->target_groups[index].name = name;
    for (uint32_t i = 0; i < sys->cfg.listener_count; i++) {
        if (sys->listeners[i].load_balancer != lb) continue;
        forward_target *both = ARENA_ARRAY(sys->arena, 2, forward_target);
        both[0] = (forward_target){first, 1};
        both[1] = (forward_target){index, 0};
        sys->listeners[i].default_action.forwards = both;
        sys->listeners[i].default_action.forward_count = 2;
        l->production = (listener_place){true, i, NO_INDEX};
    }
    l->alternate_target_group = index;
    return index;
}

/* Traffic through a load balancer's listener. */
static inline traffic_config *system_traffic_through(system_of_test *sys, uint32_t load_balancer,
                                                     double per_second)
{
    traffic_config *t = &sys->traffic[sys->cfg.traffic_count++];
    rate_step *step = ARENA_NEW(sys->arena, rate_step);
    traffic_path *path = ARENA_NEW(sys->arena, traffic_path);
    *step = (rate_step){0, per_second};
    *path = (traffic_path){.path = "/", .share = 1};
    *t = (traffic_config){.target_group = NO_INDEX,
                          .load_balancer = load_balancer,
                          .path_count = 1,
                          .paths = path,
                          .rate = {1, step},
                          .scripted = true,
                          .timeout_us = 60 * SIM_SECOND};
    return t;
}

static inline traffic_config *system_traffic(system_of_test *sys, uint32_t target_group,
                                             double per_second)
{
    traffic_config *t = &sys->traffic[sys->cfg.traffic_count++];
    rate_step *step = ARENA_NEW(sys->arena, rate_step);
    *step = (rate_step){0, per_second};
    *t = (traffic_config){.target_group = target_group,
                          .load_balancer = NO_INDEX,
                          .rate = {1, step},
                          .scripted = true,
                          .timeout_us = 60 * SIM_SECOND};
    return t;
}

/* Traffic to a service without a load balancer. */
static inline traffic_config *system_traffic_to(system_of_test *sys, uint32_t index,
                                                double per_second)
{
    traffic_config *t = system_traffic(sys, NO_INDEX, per_second);
    t->service = index;
    return t;
}

/* Actions are given in the order of their times. */
static inline timeline_action *system_at(system_of_test *sys, double seconds, timeline_kind kind)
{
    timeline_action *a = &sys->timeline[sys->cfg.timeline_count++];
    *a = (timeline_action){.at_us = (sim_time)(seconds * 1e6),
                           .kind = kind,
                           .arguments_json = "{}",
                           .select = {.service = NO_INDEX, .task_definition = NO_INDEX},
                           .exit_code = 1,
                           .duration_us = SIM_NEVER};
    return a;
}

static inline timeline_action *system_deploy(system_of_test *sys, double seconds, uint32_t index,
                                             uint32_t definition)
{
    timeline_action *a = system_at(sys, seconds, TIMELINE_UPDATE_SERVICE);
    a->update.service = index;
    a->update.has_task_definition = true;
    a->update.to.task_definition = definition;
    return a;
}

static inline timeline_action *system_scale(system_of_test *sys, double seconds, uint32_t index,
                                            uint32_t desired)
{
    timeline_action *a = system_at(sys, seconds, TIMELINE_UPDATE_SERVICE);
    a->update.service = index;
    a->update.has_desired_count = true;
    a->update.to.desired_count = desired;
    return a;
}

static inline timeline_action *system_capacity(system_of_test *sys, double seconds, uint32_t group,
                                               int64_t desired)
{
    timeline_action *a = system_at(sys, seconds, TIMELINE_SET_DESIRED_CAPACITY);
    a->auto_scaling_group = group + 1;
    a->desired_capacity = desired;
    return a;
}

/* ---- logs ---- */

typedef struct {
    char *text;
    size_t length, capacity;
    const char *only; /* events whose name starts with this; NULL: all */
} system_log;

static inline void system_log_add(system_log *log, const char *text)
{
    const size_t length = strlen(text);
    if (log->length + length + 1 > log->capacity) {
        log->capacity = 2 * (log->length + length + 1);
        log->text = memory_resize(log->text, log->capacity, 1);
    }
    memcpy(log->text + log->length, text, length + 1);
    log->length += length;
}

static inline void system_log_event(void *context, const model *m, const model_event *ev)
{
    system_log *log = context;
    const event_kind_row *row = &event_kinds[ev->kind];
    if (log->only && strncmp(row->name, log->only, strlen(log->only)) != 0) return;
    char time[64], buffer[64];
    snprintf(time, sizeof time, "%.10g ", (double)ev->at_us / 1e6);
    system_log_add(log, time);
    system_log_add(log, row->name);
    for (int k = 0; k < EVENT_CELLS && row->keys[k].type != CELL_NONE; k++) {
        if (cell_is_absent(row->keys[k].type, ev->cell[k])) continue;
        system_log_add(log, " ");
        system_log_add(
            log, cell_print(model_names(m), row->keys[k].type, ev->cell[k], buffer, sizeof buffer));
    }
    system_log_add(log, "\n");
}

/* Runs to `seconds` and returns the log (events whose name starts with `only`); the caller frees it. */
static inline char *system_run_only(system_of_test *sys, double seconds, const char *only)
{
    system_log log = {.only = only, .text = memory_alloc(1, 1), .capacity = 1};
    model *m = model_create(&sys->cfg, 0, &sys->options);
    model_observe(m, &(model_observer){.context = &log, .event = system_log_event});
    model_run(m, (sim_time)(seconds * 1e6), NULL);
    model_destroy(m);
    return log.text;
}

static inline char *system_run(system_of_test *sys, double seconds)
{
    return system_run_only(sys, seconds, NULL);
}

/* How many times `what` occurs. */
static inline int count_of(const char *text, const char *what)
{
    int n = 0;
    for (const char *p = text; (p = strstr(p, what)) != NULL; p += strlen(what))
        n++;
    return n;
}

#endif
