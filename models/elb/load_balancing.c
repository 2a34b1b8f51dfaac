/* load_balancing.c - the façade: who asks what, and when groups are looked at.
 *
 * An instant  PHASE_STATE: states that checks call for, by order of registration, then the routing
 *             sets of the groups that changed, by index (L29). PHASE_SHARE: the requests of those
 *             groups and of those whose traffic changed, then of the services that they concern.
 *             Each is one engine event an instant, and only of an instant in which something
 *             changed. The one of PHASE_STATE passes once before it acts, so that it comes behind
 *             everything that PHASE_PROBE has scheduled for this phase, whoever was first there:
 *             with every_probe the order within PHASE_PROBE is another.
 */
#include "models/elb/load_balancing.h"
#include "models/elb/nodes.h"
#include "models/elb/routing.h"
#include "models/elb/target_group.h"
#include "models/phase.h"
#include "models/workload/traffic.h"
#include "sim/engine/check.h"
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    uint32_t *items;
    uint32_t count, room;
} index_list;

typedef struct {
    uint32_t owner; /* of requests without a target: the first service that named the group */
    index_list services;
    service_share *shares; /* as of the last PHASE_SHARE */
    uint32_t share_count, share_room;
    double lost_502;
    request_sample requests;
    bool routes_changed, share_changed, entry_changed;
    bool *withdraws; /* by zone of the balancer: too few are healthy for DNS (L53) */
    uint32_t zone_count;
    bool rates_changed; /* not only how busy targets are */
} group_record;

typedef struct {
    index_list groups;
    request_sample requests;
    double lost_502;
    bool changed, rates_changed;
    latency_part *parts;
    uint32_t part_count, part_room;
} service_record;

typedef struct {
    uint64_t order;
    pool_handle target;
} due_state;

struct load_balancing {
    const model_config *cfg;
    engine *eng;
    notifier *notifier;
    arena *memory;
    target_room room;
    traffic *traffic;
    nodes *nodes;
    target_group *groups; /* those of the configuration, then services' own traffic */
    uint32_t group_count;
    group_record *records;
    index_list *groups_of; /* by load balancer */
    service_record *services;
    due_state *due;
    uint32_t due_count, due_room;
    index_list to_route, to_share, services_to_sum;
    event_handle settling, sharing;
    shares_changed *shares_changed;
    void *shares_context;
    bool settle_last; /* PHASE_STATE has been passed once */
};

/* ---- lists ---- */

static void list_add(index_list *l, uint32_t item)
{
    if (l->count == l->room) {
        l->room = l->room ? 2 * l->room : 4;
        l->items = memory_resize(l->items, l->room, sizeof *l->items);
    }
    l->items[l->count++] = item;
}

static bool list_has(const index_list *l, uint32_t item)
{
    for (uint32_t i = 0; i < l->count; i++)
        if (l->items[i] == item) return true;
    return false;
}

static int by_index(const void *a, const void *b)
{
    const uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static void list_sort(index_list *l)
{
    if (l->count > 1) qsort(l->items, l->count, sizeof *l->items, by_index);
}

/* ---- PHASE_STATE ---- */

static void settle(engine *eng, void *context, uint64_t subject);
static void share(engine *eng, void *context, uint64_t subject);

static void call_settle(load_balancing *lb)
{
    if (engine_pending(lb->eng, lb->settling)) return;
    lb->settling =
        engine_schedule(lb->eng, engine_now(lb->eng), PHASE_STATE, settle, (uint64_t)(uintptr_t)lb);
}

static void call_share(load_balancing *lb, uint32_t group, bool rates)
{
    if (rates) lb->records[group].rates_changed = true;
    if (!lb->records[group].share_changed) list_add(&lb->to_share, group);
    lb->records[group].share_changed = true;
    if (engine_pending(lb->eng, lb->sharing)) return;
    lb->sharing =
        engine_schedule(lb->eng, engine_now(lb->eng), PHASE_SHARE, share, (uint64_t)(uintptr_t)lb);
}

static void on_state_due(load_balancing *lb, target *t)
{
    if (lb->due_count == lb->due_room) {
        lb->due_room = lb->due_room ? 2 * lb->due_room : 64;
        lb->due = memory_resize(lb->due, lb->due_room, sizeof *lb->due);
    }
    lb->due[lb->due_count++] = (due_state){.order = t->order, .target = t->handle};
    call_settle(lb);
}

static void on_routes_changed(load_balancing *lb, target_group *g)
{
    if (!lb->records[g->index].routes_changed) list_add(&lb->to_route, g->index);
    lb->records[g->index].routes_changed = true;
    call_settle(lb);
    call_share(lb, g->index, true);
}

static void on_load_changed(load_balancing *lb, target_group *g, bool rates)
{
    call_share(lb, g->index, rates);
}

static void on_rate_changed(void *context, uint32_t group)
{
    call_share(context, group, true);
}

static void on_lost(load_balancing *lb, target_group *g, uint32_t service, double requests)
{
    lb->records[g->index].lost_502 += requests;
    if (!g->direct) notify_changed(lb->notifier, CHANGED_TARGET_GROUP, g->index);
    if (service == NO_INDEX) return;
    lb->services[service].lost_502 += requests;
    notify_changed(lb->notifier, CHANGED_SERVICE, service);
}

static int by_order(const void *a, const void *b)
{
    const due_state *left = a, *right = b;
    return (left->order > right->order) - (left->order < right->order);
}

/* An owner that hears of a change may deregister any target: handles, not pointers. */
static void settle_states(load_balancing *lb)
{
    if (lb->due_count > 1) qsort(lb->due, lb->due_count, sizeof *lb->due, by_order);
    for (uint32_t i = 0; i < lb->due_count; i++) {
        target *t = pool_get(lb->room.targets, lb->due[i].target);
        if (t && t->state_due) target_settle_state(t);
    }
    for (uint32_t i = 0; i < lb->due_count; i++) {
        target *t = pool_get(lb->room.targets, lb->due[i].target);
        if (t) target_reset_connections(t);
    }
    lb->due_count = 0;
}

static void log_opening(load_balancing *lb, uint32_t group, event_kind kind)
{
    group_record *record = &lb->records[group];
    model_event ev = {.kind = kind, .cell = {lb->groups[group].name}};
    notify_event(lb->notifier, &ev);
    notify_changed(lb->notifier, CHANGED_TARGET_GROUP, group);
    for (uint32_t i = 0; i < record->services.count; i++)
        notify_changed(lb->notifier, CHANGED_SERVICE, record->services.items[i]);
}

/* L51, L53: do the group's nodes fail open, or no longer? The group does while one of them does. */
static void settle_opening(load_balancing *lb, uint32_t group)
{
    target_group *g = &lb->groups[group];
    const uint32_t before = g->open_nodes;
    for (uint32_t n = 0; n < g->node_count; n++) {
        const bool open = routing_fails_open(g->routing, n);
        if (open == g->nodes[n].open) continue;
        g->nodes[n] = (node_opening){open, engine_now(lb->eng)};
        if (open)
            g->open_nodes++;
        else
            g->open_nodes--;
    }
    if ((before > 0) == (g->open_nodes > 0)) return;
    log_opening(lb, group,
                before > 0 ? EVENT_TARGET_GROUP_FAIL_CLOSED : EVENT_TARGET_GROUP_FAIL_OPEN);
}

/* L53 to L55: has a zone too few healthy targets for DNS? The denominator is that of the node's
 * scope (L54). Without a registered target an application or classic balancer's zone stays (L59), a
 * network one's goes (L101). */
static void settle_demand(load_balancing *lb, uint32_t group)
{
    const target_group_config *config = &lb->cfg->target_groups[group];
    group_record *record = &lb->records[group];
    const uint32_t balancer = config->load_balancer;
    if (balancer == NO_INDEX || (config->dns_count == 0 && config->dns_percent == 0)) return;
    const bool network = lb->cfg->load_balancers[balancer].type == LOAD_BALANCER_NETWORK;
    const uint32_t zones = nodes_count(lb->nodes, balancer);
    if (zones > record->zone_count) {
        record->withdraws = memory_resize(record->withdraws, zones, sizeof *record->withdraws);
        for (; record->zone_count < zones; record->zone_count++)
            record->withdraws[record->zone_count] = false;
    }
    for (uint32_t z = 0; z < zones; z++) {
        uint32_t healthy, registered;
        routing_count(lb->groups[group].routing, config->zonal ? z : 0, &healthy, &registered);
        const bool withdraws =
            (registered > 0 || network) &&
            routing_is_below(healthy, registered, config->dns_count, config->dns_percent);
        if (withdraws == record->withdraws[z]) continue;
        record->withdraws[z] = withdraws;
        nodes_want_withdrawn(lb->nodes, balancer, z, withdraws);
    }
}

static void settle_routes(load_balancing *lb, uint32_t group)
{
    lb->records[group].routes_changed = false;
    if (lb->groups[group].direct) return;
    settle_opening(lb, group);
    settle_demand(lb, group);
}

/* Where clients of a balancer enter has changed, or a zone has come (L55). */
static void on_entry_changed(void *context, uint32_t balancer)
{
    load_balancing *lb = context;
    for (uint32_t g = 0; g < lb->cfg->target_group_count; g++) {
        if (lb->cfg->target_groups[g].load_balancer != balancer) continue;
        lb->records[g].entry_changed = true;
        call_share(lb, g, true);
    }
}

/* With cross-zone on whoever reaches a node reaches all targets. */
static void enter(load_balancing *lb, uint32_t group)
{
    lb->records[group].entry_changed = false;
    if (lb->groups[group].direct) return;
    const target_group_config *config = &lb->cfg->target_groups[group];
    const uint32_t balancer = config->load_balancer;
    routing *r = lb->groups[group].routing;
    if (balancer == NO_INDEX) return;
    const double unreachable = nodes_unreachable(lb->nodes, balancer);
    routing_set_unreachable(r, unreachable);
    if (!config->zonal) routing_set_entering(r, 0, 1 - unreachable);
    for (uint32_t z = 0; config->zonal && z < nodes_count(lb->nodes, balancer); z++)
        routing_set_entering(r, z, nodes_entering(lb->nodes, balancer, z));
}

static uint32_t node_of(load_balancing *lb, target_group *g, name_id zone)
{
    if (g->direct) return 0;
    const target_group_config *config = &lb->cfg->target_groups[g->index];
    if (config->load_balancer == NO_INDEX) return 0;
    const uint32_t z = nodes_find(lb->nodes, config->load_balancer, zone);
    if (z == NO_INDEX || !config->zonal) return z == NO_INDEX ? NO_INDEX : 0;
    if (z >= g->node_count) {
        g->nodes = memory_resize(g->nodes, z + 1, sizeof *g->nodes);
        for (; g->node_count <= z; g->node_count++)
            g->nodes[g->node_count] = (node_opening){0};
    }
    return z;
}

static void settle(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    (void)context;
    load_balancing *lb = (load_balancing *)(uintptr_t)subject;
    lb->settling = EVENT_NONE;
    lb->settle_last = !lb->settle_last;
    if (lb->settle_last) {
        call_settle(lb);
        return;
    }
    settle_states(lb);
    list_sort(&lb->to_route);
    for (uint32_t i = 0; i < lb->to_route.count; i++)
        settle_routes(lb, lb->to_route.items[i]);
    lb->to_route.count = 0;
    nodes_settle(lb->nodes);
    /* What the settled states changed is dealt with: no other turn for it. */
    engine_cancel(lb->eng, &lb->settling);
}

/* ---- PHASE_SHARE ---- */

static bool same_rates(const request_sample *a, const request_sample *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static void call_sum(load_balancing *lb, uint32_t service, bool rates)
{
    if (service == NO_INDEX) return;
    if (rates) lb->services[service].rates_changed = true;
    if (lb->services[service].changed) return;
    lb->services[service].changed = true;
    list_add(&lb->services_to_sum, service);
}

static void relate(load_balancing *lb, uint32_t group, uint32_t service)
{
    CHECK(service < lb->cfg->service_count);
    if (list_has(&lb->records[group].services, service)) return;
    list_add(&lb->records[group].services, service);
    list_add(&lb->services[service].groups, group);
}

static void share_group(load_balancing *lb, uint32_t group)
{
    target_group *g = &lb->groups[group];
    group_record *record = &lb->records[group];
    const bool rates = record->rates_changed;
    record->share_changed = record->rates_changed = false;
    g->rounds = g->shared_us == engine_now(lb->eng) ? g->rounds + 1 : 1;
    g->shared_us = engine_now(lb->eng);
    if (record->entry_changed) enter(lb, group);
    for (uint32_t i = 0; i < record->share_count; i++)
        call_sum(lb, record->shares[i].service, rates);
    routing_share(g->routing, traffic_flow_rates(lb->traffic, group), record->owner);
    record->share_count = routing_share_count(g->routing);
    if (record->share_count > record->share_room) {
        record->share_room = record->share_count;
        record->shares = memory_resize(record->shares, record->share_room, sizeof *record->shares);
    }
    for (uint32_t i = 0; i < record->share_count; i++) {
        record->shares[i] = *routing_share_at(g->routing, i);
        call_sum(lb, record->shares[i].service, rates);
    }
    if (same_rates(&record->requests, routing_total(g->routing))) return;
    record->requests = *routing_total(g->routing);
    if (g->direct) return;
    notify_changed(lb->notifier, CHANGED_TARGET_GROUP, group);
    const uint32_t balancer = lb->cfg->target_groups[group].load_balancer;
    if (balancer != NO_INDEX) notify_changed(lb->notifier, CHANGED_LOAD_BALANCER, balancer);
}

static void add_rates(request_sample *to, const request_sample *from)
{
    to->offered += from->offered;
    to->abandoned += from->abandoned;
    to->answered += from->answered;
    to->answer_seconds += from->answer_seconds;
    for (int cause = 0; cause < FAILED_CAUSES; cause++)
        to->failed[cause] += from->failed[cause];
}

static void add_latency(service_record *s, uint32_t service, const routing *r)
{
    uint32_t count;
    const latency_part *parts = routing_latency(r, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (parts[i].service != service) continue;
        if (s->part_count == s->part_room) {
            s->part_room = s->part_room ? 2 * s->part_room : 8;
            s->parts = memory_resize(s->parts, s->part_room, sizeof *s->parts);
        }
        s->parts[s->part_count++] = parts[i];
    }
}

/* Anew from its groups, in the order in which they met: what returns to 0 is 0. */
static void sum_service(load_balancing *lb, uint32_t service)
{
    service_record *s = &lb->services[service];
    request_sample sum = {0};
    const bool had_parts = s->part_count > 0;
    s->changed = false;
    s->part_count = 0;
    for (uint32_t i = 0; i < s->groups.count; i++) {
        const group_record *record = &lb->records[s->groups.items[i]];
        for (uint32_t j = 0; j < record->share_count; j++)
            if (record->shares[j].service == service) add_rates(&sum, &record->shares[j].rates);
        add_latency(s, service, lb->groups[s->groups.items[i]].routing);
    }
    if (same_rates(&s->requests, &sum) && !had_parts && s->part_count == 0) return;
    s->requests = sum;
    notify_changed(lb->notifier, CHANGED_SERVICE, service);
}

static void share(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    (void)context;
    load_balancing *lb = (load_balancing *)(uintptr_t)subject;
    lb->sharing = EVENT_NONE;
    list_sort(&lb->to_share);
    for (uint32_t i = 0; i < lb->to_share.count; i++)
        share_group(lb, lb->to_share.items[i]);
    lb->to_share.count = 0;
    for (uint32_t i = 0; i < lb->services_to_sum.count; i++) {
        const uint32_t service = lb->services_to_sum.items[i];
        const bool rates = lb->services[service].rates_changed;
        lb->services[service].rates_changed = false;
        sum_service(lb, service);
        if (lb->shares_changed) lb->shares_changed(lb->shares_context, service, rates);
    }
    lb->services_to_sum.count = 0;
}

/* ---- coming into being ---- */

/* clang-format off */
static const char *const reason_names[REASON_COUNT] = {
    [REASON_NONE]                         = "",
    [REASON_REGISTRATION_IN_PROGRESS]     = "Elb.RegistrationInProgress",
    [REASON_INITIAL_HEALTH_CHECKING]      = "Elb.InitialHealthChecking",
    [REASON_RESPONSE_CODE_MISMATCH]       = "Target.ResponseCodeMismatch",
    [REASON_TIMEOUT]                      = "Target.Timeout",
    [REASON_FAILED_HEALTH_CHECKS]         = "Target.FailedHealthChecks",
    [REASON_NOT_REGISTERED]               = "Target.NotRegistered",
    [REASON_NOT_IN_USE]                   = "Target.NotInUse",
    [REASON_INVALID_STATE]                = "Target.InvalidState",
    [REASON_DEREGISTRATION_IN_PROGRESS]   = "Target.DeregistrationInProgress",
};
/* clang-format on */

static routing *make_routing(const load_balancing *lb, uint32_t group, const routing_rule *rule)
{
    const traffic *tr = lb->traffic;
    const uint32_t count = traffic_flow_count(tr, group);
    double *limits_s = memory_alloc((size_t)count + 1, sizeof *limits_s);
    for (uint32_t f = 0; f < count; f++)
        limits_s[f] = traffic_flow_limit_s(tr, group, f);
    routing *r = routing_create(count, limits_s, rule);
    free(limits_s);
    return r;
}

/* Does an alarm look at response times of the group, or of all of its load balancer? */
static bool is_timed(const model_config *cfg, uint32_t group)
{
    const uint32_t balancer = cfg->target_groups[group].load_balancer;
    for (uint32_t i = 0; i < cfg->metric_count; i++) {
        const metric_config *m = &cfg->metrics[i];
        if (m->kind == METRIC_RESPONSE_TIME && m->object == group) return true;
        if (m->kind == METRIC_BALANCER_RESPONSE_TIME && m->object == balancer) return true;
    }
    return false;
}

static void make_group(load_balancing *lb, names *t, uint32_t index)
{
    const target_group_config *config = &lb->cfg->target_groups[index];
    const control_plane_config *control = &lb->cfg->control;
    target_group *g = &lb->groups[index];
    load_balancer_type type = LOAD_BALANCER_APPLICATION;
    if (config->load_balancer != NO_INDEX)
        type = lb->cfg->load_balancers[config->load_balancer].type;
    g->room = &lb->room;
    g->index = index;
    g->name = names_intern(t, config->name);
    g->settings = health_check_settings_of(config, type, control);
    g->registration_delay_us = type == LOAD_BALANCER_NETWORK ? control->nlb_registration_delay_us
                                                             : control->registration_delay_us;
    g->deregistration_delay_us = config->deregistration_delay_us;
    g->network = type == LOAD_BALANCER_NETWORK;
    g->lag_us = control->deregistration_lag_us;
    if (g->network && control->nlb_drain_lag_us > g->lag_us)
        g->lag_us = control->nlb_drain_lag_us; /* L84 */
    g->keeps_connections = g->network && config->keeps_connections;
    g->keeps_unhealthy = config->keeps_unhealthy;
    g->slow_start_us = config->slow_start_us;
    g->filled_us = SIM_NEVER;
    sim_time idle_timeout_us = 0;
    if (config->load_balancer != NO_INDEX)
        idle_timeout_us = lb->cfg->load_balancers[config->load_balancer].idle_timeout_us;
    const routing_rule rule = {
        .least_outstanding = config->algorithm == ALGORITHM_LEAST_OUTSTANDING,
        .healthy_count = config->routing_count,
        .healthy_percent = config->routing_percent,
        .idle_timeout_s = (double)idle_timeout_us / (double)SIM_SECOND,
        .timed = is_timed(lb->cfg, index),
    };
    g->routing = make_routing(lb, index, &rule);
    g->balances = rule.least_outstanding;
    if (config->load_balancer != NO_INDEX) list_add(&lb->groups_of[config->load_balancer], index);
    g->nodes = memory_alloc(1, sizeof *g->nodes);
    g->node_count = 1;
    lb->records[index].owner = NO_INDEX;
    lb->records[index].entry_changed = true;
}

/* Connections outlive their service's counting on them, until the process ends. */
static void make_direct_group(load_balancing *lb, names *t, uint32_t index)
{
    target_group *g = &lb->groups[index];
    const uint32_t service = traffic_group_service(lb->traffic, index);
    *g = (target_group){.room = &lb->room,
                        .index = index,
                        .name = names_intern(t, lb->cfg->services[service].name),
                        .direct = true,
                        .keeps_connections = true,
                        .filled_us = SIM_NEVER,
                        .routing = make_routing(lb, index, &(routing_rule){0}),
                        .nodes = memory_alloc(1, sizeof *g->nodes),
                        .node_count = 1};
    lb->records[index].owner = NO_INDEX;
    load_balancing_assign(lb, index, service);
}

load_balancing *load_balancing_create(const model_config *cfg, random_source random, engine *eng,
                                      names *t, notifier *n, target_changed *changed, void *context,
                                      bool every_probe)
{
    load_balancing *lb = memory_alloc(1, sizeof *lb);
    lb->cfg = cfg;
    lb->eng = eng;
    lb->notifier = n;
    lb->memory = arena_create();
    lb->room = (target_room){
        .eng = eng,
        .notifier = n,
        .targets = pool_create(lb->memory, sizeof(target)),
        .every_probe = every_probe,
        .changed = changed,
        .changed_context = context,
        .facade = lb,
        .state_due = on_state_due,
        .node_of = node_of,
        .routes_changed = on_routes_changed,
        .load_changed = on_load_changed,
        .lost = on_lost,
    };
    for (int reason = 0; reason < REASON_COUNT; reason++)
        lb->room.reasons[reason] = names_intern(t, reason_names[reason]);
    lb->traffic = traffic_create(cfg, random, eng, t, n, on_rate_changed, lb);
    lb->group_count = traffic_group_count(lb->traffic);
    const size_t groups = (size_t)lb->group_count + 1;
    lb->groups = memory_alloc(groups, sizeof *lb->groups);
    lb->records = memory_alloc(groups, sizeof *lb->records);
    lb->groups_of = memory_alloc((size_t)cfg->load_balancer_count + 1, sizeof *lb->groups_of);
    lb->services = memory_alloc((size_t)cfg->service_count + 1, sizeof *lb->services);
    lb->nodes = nodes_create(cfg, eng, t, n, on_entry_changed, lb);
    for (uint32_t g = 0; g < cfg->target_group_count; g++)
        make_group(lb, t, g);
    for (uint32_t g = cfg->target_group_count; g < lb->group_count; g++)
        make_direct_group(lb, t, g);
    return lb;
}

void load_balancing_on_shares(load_balancing *lb, shares_changed *changed, void *context)
{
    lb->shares_changed = changed;
    lb->shares_context = context;
}

void load_balancing_destroy(load_balancing *lb)
{
    if (!lb) return;
    for (uint32_t g = 0; g < lb->group_count; g++) {
        routing_destroy(lb->groups[g].routing);
        free(lb->records[g].services.items);
        free(lb->records[g].shares);
        free(lb->records[g].withdraws);
        free(lb->groups[g].nodes);
    }
    for (uint32_t b = 0; b < lb->cfg->load_balancer_count; b++)
        free(lb->groups_of[b].items);
    free(lb->groups_of);
    for (uint32_t s = 0; s < lb->cfg->service_count; s++) {
        free(lb->services[s].groups.items);
        free(lb->services[s].parts);
    }
    traffic_destroy(lb->traffic);
    nodes_destroy(lb->nodes);
    free(lb->groups);
    free(lb->records);
    free(lb->services);
    free(lb->due);
    free(lb->to_route.items);
    free(lb->to_share.items);
    free(lb->services_to_sum.items);
    arena_destroy(lb->memory);
    free(lb);
}

void load_balancing_start(load_balancing *lb)
{
    traffic_start(lb->traffic);
}

void load_balancing_assign(load_balancing *lb, uint32_t group, uint32_t service)
{
    CHECK(group < lb->group_count);
    relate(lb, group, service);
    if (lb->records[group].owner != NO_INDEX) return;
    lb->records[group].owner = service;
    call_share(lb, group, true);
}

bool load_balancing_is_sharing(const load_balancing *lb)
{
    return engine_pending(lb->eng, lb->sharing);
}

void load_balancing_weigh(load_balancing *lb, const listener_action *action, uint32_t first,
                          uint32_t second, uint32_t thousandths)
{
    traffic_weigh(lb->traffic, action, first, second, thousandths);
}

/* ---- targets ---- */

static target *find(const load_balancing *lb, target_handle handle)
{
    return handle.generation == 0 ? NULL : pool_get(lb->room.targets, handle);
}

target_handle load_balancing_register(load_balancing *lb, uint32_t group,
                                      const target_registration *r)
{
    CHECK(group < lb->cfg->target_group_count);
    if (r->service != NO_INDEX) relate(lb, group, r->service);
    return target_register(&lb->groups[group], r)->handle;
}

target_handle load_balancing_register_direct(load_balancing *lb, const target_registration *r)
{
    const uint32_t group = traffic_service_group(lb->traffic, r->service);
    CHECK(group != NO_INDEX);
    return target_register(&lb->groups[group], r)->handle;
}

bool load_balancing_is_offered(const load_balancing *lb, uint32_t service)
{
    return traffic_service_group(lb->traffic, service) != NO_INDEX;
}

sim_time load_balancing_deregister(load_balancing *lb, target_handle handle)
{
    target *t = find(lb, handle);
    return t ? target_deregister(t) : engine_now(lb->eng);
}

void load_balancing_lose(load_balancing *lb, target_handle handle)
{
    target *t = find(lb, handle);
    if (t) target_lose(t);
}

void load_balancing_set_answer(load_balancing *lb, target_handle handle, target_answer answer)
{
    target *t = find(lb, handle);
    if (t) target_set_answer(t, answer);
}

void load_balancing_set_slow(load_balancing *lb, target_handle handle, double factor)
{
    target *t = find(lb, handle);
    if (t) target_set_slow(t, factor);
}

void load_balancing_fetch(const load_balancing *lb, target_handle handle)
{
    const target *t = find(lb, handle);
    if (t) __builtin_prefetch(&t->load, 1);
}

void load_balancing_set_load(load_balancing *lb, target_handle handle, target_load load)
{
    target *t = find(lb, handle);
    if (t) target_set_load(t, load);
}

void load_balancing_set_cpu(load_balancing *lb, target_handle handle, const target_cpu *cpu)
{
    target *t = find(lb, handle);
    if (t) target_set_cpu(t, cpu);
}

void load_balancing_set_deaf(load_balancing *lb, target_handle handle, bool deaf)
{
    target *t = find(lb, handle);
    if (t) target_set_deaf(t, deaf);
}

void load_balancing_exit(load_balancing *lb, target_handle handle)
{
    target *t = find(lb, handle);
    if (t) target_exit(t);
}

double load_balancing_rate(const load_balancing *lb, target_handle handle)
{
    const target *t = find(lb, handle);
    return t ? target_rate(t) : 0;
}

double load_balancing_under_way(const load_balancing *lb, target_handle handle, double seconds)
{
    const target *t = find(lb, handle);
    return t ? target_under_way(t, seconds) : 0;
}

target_state load_balancing_state(const load_balancing *lb, target_handle handle)
{
    const target *t = find(lb, handle);
    if (!t) return TARGET_UNUSED;
    return t->drained ? TARGET_DRAINING : t->state;
}

bool target_group_is_classic(const model_config *cfg, uint32_t group)
{
    const uint32_t balancer = cfg->target_groups[group].load_balancer;
    return balancer != NO_INDEX && cfg->load_balancers[balancer].type == LOAD_BALANCER_CLASSIC;
}

const char *target_group_text(const model_config *cfg, uint32_t group, char *buffer, size_t size)
{
    const target_group_config *g = &cfg->target_groups[group];
    if (target_group_is_classic(cfg, group))
        snprintf(buffer, size, "(elb %s)", g->name);
    else
        snprintf(buffer, size, "(target-group %s)", g->arn ? g->arn : g->name);
    return buffer;
}

const char *load_balancing_failure(const load_balancing *lb, target_handle handle, char *buffer,
                                   size_t size)
{
    const target *t = find(lb, handle);
    if (t && t->state == TARGET_UNUSED) /* L6 */
        return "Target is in an Availability Zone that is not enabled for the load balancer";
    if (t && t->group->settings.classic)
        return "Instance has failed at least the UnhealthyThreshold number of health checks "
               "consecutively.";
    const health_check check = t ? target_check_now(t) : health_check_begin(0);
    switch (check.failure) {
    case CHECK_STATUS:
        snprintf(buffer, size, "Health checks failed with these codes: [%d]",
                 (int)check.failure_code);
        return buffer;
    case CHECK_TIMEOUT:
        return "Request timed out";
    case CHECK_REFUSED:
    case CHECK_PASS:
        break;
    }
    return "Health checks failed";
}

void load_balancing_zone_impaired(load_balancing *lb, name_id zone, bool impaired)
{
    if (nodes_impair(lb->nodes, zone, impaired)) call_settle(lb);
}

/* ---- what observers see ---- */

void load_balancing_service_requests(const load_balancing *lb, uint32_t service,
                                     request_sample *out)
{
    CHECK(service < lb->cfg->service_count);
    *out = lb->services[service].requests;
    out->lost[FAILED_502] = lb->services[service].lost_502;
}

const latency_part *load_balancing_service_latency(const load_balancing *lb, uint32_t service,
                                                   uint32_t *count)
{
    CHECK(service < lb->cfg->service_count);
    *count = lb->services[service].part_count;
    return lb->services[service].parts;
}

bool load_balancing_service_fail_open(const load_balancing *lb, uint32_t service)
{
    CHECK(service < lb->cfg->service_count);
    const index_list *groups = &lb->services[service].groups;
    for (uint32_t i = 0; i < groups->count; i++)
        if (lb->groups[groups->items[i]].open_nodes > 0) return true;
    return false;
}

void load_balancing_group_sample(const load_balancing *lb, uint32_t group, target_group_sample *out)
{
    CHECK(group < lb->cfg->target_group_count);
    const target_group *g = &lb->groups[group];
    *out = (target_group_sample){
        .healthy = g->count[TARGET_HEALTHY],
        .unhealthy = g->count[TARGET_UNHEALTHY],
        .initial = g->count[TARGET_INITIAL],
        .draining = g->count[TARGET_DRAINING],
        .routable = routing_routable(g->routing),
        .fail_open = g->open_nodes > 0,
        .requests = lb->records[group].requests,
    };
    out->registered = out->healthy + out->unhealthy + out->initial; /* L54 */
    out->requests.lost[FAILED_502] = lb->records[group].lost_502;
}

void load_balancing_balancer_requests(const load_balancing *lb, uint32_t balancer,
                                      request_sample *out)
{
    CHECK(balancer < lb->cfg->load_balancer_count);
    const index_list *groups = &lb->groups_of[balancer];
    *out = (request_sample){0};
    for (uint32_t i = 0; i < groups->count; i++)
        add_rates(out, &lb->records[groups->items[i]].requests);
}
