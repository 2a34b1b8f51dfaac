#include "models/ecs/placement.h"
#include "models/ecs/instance_index.h"
#include "models/ecs/placement_plan.h"
#include "models/ecs/placement_scan.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const placement_strategy *const placement_strategies[] = {
    &placement_random,
    &placement_spread,
    &placement_binpack,
    NULL,
};

const placement_strategy *placement_strategy_find(const char *type)
{
    for (uint32_t i = 0; placement_strategies[i]; i++)
        if (strcasecmp(placement_strategies[i]->name, type) == 0) return placement_strategies[i];
    return NULL;
}

/* ---- Plans ---- */

/* E22, E23, E10: task level, else the sum over containers. */
static void sum_needs(task_needs *n, const task_definition_config *d)
{
    for (uint32_t i = 0; i < d->container_count; i++) {
        const container_definition *k = &d->containers[i];
        n->cpu_units += k->cpu_units;
        n->memory_mib += k->memory_reservation_mib ? k->memory_reservation_mib : k->memory_mib;
        n->gpu_count += k->gpu_count;
    }
    if (d->cpu_units) n->cpu_units = d->cpu_units;
    if (d->memory_mib) n->memory_mib = d->memory_mib;
    n->eni = d->network == NETWORK_AWSVPC; /* E8 */
}

static int by_key(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* E38: bridge takes what hostPort says, host mode every port, awsvpc and none no port of the host.
 */
static void collect_ports(placement_plan *p, const task_definition_config *d)
{
    if (d->network != NETWORK_BRIDGE && d->network != NETWORK_HOST) return;
    uint32_t n = 0;
    for (uint32_t i = 0; i < d->container_count; i++)
        n += d->containers[i].port_count;
    p->ports = memory_alloc(n + 1, sizeof *p->ports);
    for (uint32_t i = 0; i < d->container_count; i++)
        for (uint32_t k = 0; k < d->containers[i].port_count; k++) {
            const port_mapping *m = &d->containers[i].ports[k];
            uint16_t port =
                m->host_port || d->network == NETWORK_BRIDGE ? m->host_port : m->container_port;
            if (port) p->ports[p->port_count++] = port_key(m->protocol, port);
        }
    qsort(p->ports, p->port_count, sizeof *p->ports, by_key);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < p->port_count; i++)
        if (kept == 0 || p->ports[kept - 1] != p->ports[i]) p->ports[kept++] = p->ports[i];
    p->port_count = kept;
}

static void split_ports(placement_plan *p)
{
    p->needs.tcp_ports = memory_alloc(p->port_count + 1, sizeof *p->needs.tcp_ports);
    p->needs.udp_ports = memory_alloc(p->port_count + 1, sizeof *p->needs.udp_ports);
    for (uint32_t i = 0; i < p->port_count; i++) {
        uint16_t port = (uint16_t)(p->ports[i] & UINT16_MAX);
        if (p->ports[i] >> 16 == PROTOCOL_TCP)
            p->needs.tcp_ports[p->needs.tcp_port_count++] = port;
        else
            p->needs.udp_ports[p->needs.udp_port_count++] = port;
    }
}

static bool add_constraints(placement_plan *p, const placement_constraint_config *list, uint32_t n,
                            sim_error *err)
{
    for (uint32_t i = 0; i < n; i++) {
        if (list[i].kind == CONSTRAINT_DISTINCT_INSTANCE) {
            p->distinct = true;
            continue;
        }
        query *q = query_parse(list[i].expression, err);
        if (!q) return false;
        p->queries[p->query_count++] = q;
        p->reads |= query_reads(q);
    }
    return true;
}

static void add_step(placement_plan *p, cluster *c, const placement_strategy_config *s)
{
    const placement_strategy *strategy = NULL;
    for (uint32_t i = 0; placement_strategies[i]; i++)
        if (placement_strategies[i]->kind == s->kind) strategy = placement_strategies[i];
    CHECK(strategy != NULL);
    if (p->draws) return; /* one candidate is left: nothing to rank */
    if (strategy->ranking == RANKS_BY_DRAW) {
        p->draws = true;
        return;
    }
    placement_step step = {.strategy = strategy, .field = s->field, .group = p->spread_group};
    if (s->kind == STRATEGY_SPREAD && strcmp(s->attribute, "instanceId") != 0)
        step.attribute = names_intern(c->names, s->attribute);
    p->steps[p->step_count++] = step;
}

static void add_strategies(placement_plan *p, cluster *c, const placement_request *r)
{
    /* E80: zones, then instances. */
    static const placement_strategy_config service_default[] = {
        {.kind = STRATEGY_SPREAD, .attribute = "ecs.availability-zone"},
        {.kind = STRATEGY_SPREAD, .attribute = "instanceId"},
    };
    p->steps = memory_alloc(r->strategy_count + 2, sizeof *p->steps);
    for (uint32_t i = 0; i < r->strategy_count; i++)
        add_step(p, c, &r->strategies[i]);
    if (r->strategy_count > 0) return;
    if (!r->standalone)
        for (int i = 0; i < 2; i++)
            add_step(p, c, &service_default[i]);
    else if (c->control->run_task_strategy == RUN_TASK_RANDOM)
        p->draws = true; /* E82; first_fit has no steps: the lowest rank (E81) */
}

placement_plan *placement_plan_create(cluster *c, const placement_request *r, sim_error *err)
{
    const task_definition_config *d = r->definition;
    placement_plan *p = memory_alloc(1, sizeof *p);
    p->architecture = d->architecture;
    p->windows = d->windows;
    p->provider = r->provider;
    p->group = r->group;
    p->spread_group = r->spread_group;
    sum_needs(&p->needs, d);
    collect_ports(p, d);
    split_ports(p);
    p->zones = memory_alloc(r->zone_count + 1, sizeof *p->zones);
    for (uint32_t i = 0; i < r->zone_count; i++)
        p->zones[p->zone_count++] = names_intern(c->names, r->zones[i]);
    p->queries = memory_alloc(d->constraint_count + r->constraint_count + 1, sizeof *p->queries);
    add_strategies(p, c, r);
    if (add_constraints(p, d->constraints, d->constraint_count, err) &&
        add_constraints(p, r->constraints, r->constraint_count, err)) {
        if (c->index) instance_index_learn(c, p);
        return p;
    }
    placement_plan_destroy(p);
    return NULL;
}

void placement_plan_destroy(placement_plan *p)
{
    if (!p) return;
    instance_index_forget(p);
    for (uint32_t i = 0; i < p->query_count; i++)
        query_destroy(p->queries[i]);
    free(p->queries);
    free(p->ports);
    free(p->needs.tcp_ports);
    free(p->needs.udp_ports);
    free(p->zones);
    free(p->steps);
    free(p);
}

const task_needs *placement_needs(const placement_plan *plan)
{
    return &plan->needs;
}

uint32_t placement_provider(const placement_plan *plan)
{
    return plan->provider;
}

/* ---- Fit and constraints on one instance ---- */

typedef struct {
    const cluster *c;
    uint32_t index;
    char id[24];
} subject_context;

static const char *subject_attribute(const void *context, const char *name)
{
    const subject_context *s = context;
    name_id value, id = names_find(s->c->names, name);
    if (id == 0 || !cluster_attribute(s->c, s->index, id, &value)) return NULL;
    return names_text(s->c->names, value);
}

static const char *subject_group(const void *context, uint32_t i)
{
    const subject_context *s = context;
    const instance_record *r = &s->c->records[s->index];
    return i < r->group_count ? names_text(s->c->names, s->c->groups[record_groups(r)[i].group])
                              : NULL;
}

static asked_queries query_class(const query *q)
{
    unsigned reads = query_reads(q);
    if (reads & QUERY_READS_TASKS) return ASK_TASKS;
    return reads & QUERY_READS_IDENTITY ? ASK_IDENTITY : ASK_CLASS;
}

bool plan_queries_hold(const cluster *c, const placement_plan *p, uint32_t index,
                       asked_queries asked)
{
    if (p->query_count == 0) return true;
    const instance *i = &c->records[index].seen;
    subject_context context = {.c = c, .index = index};
    /* The ids of the event log stand in for EC2's where the scenario gives none. */
    snprintf(context.id, sizeof context.id, "i-%06u", (unsigned)index + 1);
    query_subject subject = {
        .context = &context,
        .attribute = subject_attribute,
        .group = subject_group,
        .agent_connected = asked != ASK_ALL || i->connected,
        .agent_version = i->group->agent_version,
        .ec2_instance_id = i->group->ec2_instance_id ? i->group->ec2_instance_id : context.id,
        .registered_unix_us = c->start_unix_us + i->registered_us,
        .running_tasks = i->running_count,
    };
    for (uint32_t k = 0; k < p->query_count; k++)
        if ((asked == ASK_ALL || asked == query_class(p->queries[k])) &&
            !query_matches(p->queries[k], &subject))
            return false;
    return true;
}

/* E70 (1), required attributes. */
static bool platform_suits(const placement_plan *p, const instance_group_config *g)
{
    bool architecture = p->architecture == ARCH_ANY || g->architecture == ARCH_ANY ||
                        p->architecture == g->architecture;
    return architecture && p->windows == g->windows;
}

/* E71: an awsvpc task needs a subnet in the instance's zone. */
static bool zone_suits(const placement_plan *p, name_id zone)
{
    for (uint32_t i = 0; i < p->zone_count; i++)
        if (p->zones[i] == zone) return true;
    return p->zone_count == 0;
}

/* ---- What a task needs, and what an empty instance has ---- */

static bool same_ids(const uint32_t *a, const uint32_t *b, uint32_t count)
{
    return count == 0 || memcmp(a, b, count * sizeof *a) == 0;
}

bool placement_same_needs(const placement_plan *a, const placement_plan *b)
{
    const task_needs *x = &a->needs, *y = &b->needs;
    if (a == b) return true;
    if (a->query_count + b->query_count > 0 || a->provider != b->provider) return false;
    if (a->distinct != b->distinct || (a->distinct && a->group != b->group)) return false;
    return x->cpu_units == y->cpu_units && x->memory_mib == y->memory_mib &&
           x->gpu_count == y->gpu_count && x->eni == y->eni && a->port_count == b->port_count &&
           same_ids(a->ports, b->ports, a->port_count) && a->architecture == b->architecture &&
           a->windows == b->windows && a->zone_count == b->zone_count &&
           same_ids(a->zones, b->zones, a->zone_count);
}

static bool agent_uses(const instance_group_config *g, uint32_t key)
{
    const bool tcp = key >> 16 == PROTOCOL_TCP;
    const uint16_t *list = tcp ? g->reserved_ports : g->reserved_udp_ports;
    const uint32_t count = tcp ? g->reserved_port_count : g->reserved_udp_port_count;
    for (uint32_t i = 0; i < count; i++)
        if (list[i] == (key & UINT16_MAX)) return true;
    return false;
}

static int64_t at_most(int64_t copies, int64_t available, int64_t needed)
{
    return needed > 0 && available / needed < copies ? available / needed : copies;
}

uint32_t placement_copies_on_empty(const placement_plan *p, const instance_group_config *g)
{
    int64_t copies = p->distinct || p->port_count > 0 ? 1 : UINT32_MAX;
    for (uint32_t i = 0; i < p->port_count; i++)
        if (agent_uses(g, p->ports[i])) return 0;
    if (!platform_suits(p, g)) return 0;
    copies = at_most(copies, g->cpu_units, p->needs.cpu_units);
    copies = at_most(copies, g->memory_mib, p->needs.memory_mib);
    copies = at_most(copies, g->awsvpc_tasks, p->needs.eni);
    return (uint32_t)at_most(copies, g->gpu_count, p->needs.gpu_count);
}

bool plan_has_provider(const placement_plan *p, const instance_group_config *g)
{
    return p->provider == PROVIDER_NONE || p->provider == g->provider;
}

bool plan_suits(const cluster *c, const placement_plan *p, uint32_t index)
{
    const instance *i = &c->records[index].seen;
    return plan_has_provider(p, i->group) && platform_suits(p, i->group) && zone_suits(p, i->zone);
}

/* E71, E6: a bit for each protocol whose ports do not fit. A cap that is passed counts as tcp's
 * unless only udp ports are asked for. */
unsigned plan_port_refusals(const placement_plan *p, const instance_record *r)
{
    unsigned refused = 0;
    for (uint32_t i = 0; i < p->port_count; i++)
        if (record_uses_port(r, p->ports[i]))
            refused |=
                1u << (p->ports[i] >> 16 == PROTOCOL_TCP ? REFUSED_PORTS : REFUSED_PORTS_UDP);
    if (p->port_count > 0 && r->port_count + p->port_count > STATIC_PORTS_MAX)
        refused |= 1u << (p->needs.tcp_port_count > 0 ? REFUSED_PORTS : REFUSED_PORTS_UDP);
    return refused;
}

unsigned plan_refusals(const cluster *c, const placement_plan *p, uint32_t index)
{
    const instance_record *r = &c->records[index];
    const instance *i = &r->seen;
    unsigned refused = plan_port_refusals(p, r);
    if (!instance_is_placeable(i)) refused |= 1u << REFUSED_AGENT;
    if (!plan_has_provider(p, i->group) || !platform_suits(p, i->group))
        refused |= 1u << REFUSED_ATTRIBUTE;
    if (!zone_suits(p, i->zone)) refused |= 1u << REFUSED_LOCATION;
    if (p->needs.cpu_units > i->cpu_registered - i->cpu_reserved) refused |= 1u << REFUSED_CPU;
    if (p->needs.memory_mib > i->memory_registered - i->memory_reserved)
        refused |= 1u << REFUSED_MEMORY;
    if (p->needs.eni && i->eni_reserved >= i->eni_slots) refused |= 1u << REFUSED_ENI;
    if (p->needs.gpu_count > i->gpu_registered - i->gpu_reserved) refused |= 1u << REFUSED_GPU;
    if ((p->distinct && cluster_group_on_instance(c, p->group, index) > 0) ||
        !plan_queries_hold(c, p, index, ASK_ALL))
        refused |= 1u << REFUSED_CONSTRAINT; /* E83, E84 */
    return refused;
}

bool placement_fits(const cluster *c, const placement_plan *plan, uint32_t index)
{
    CHECK(index < c->count);
    return plan_refusals(c, plan, index) == 0;
}

/* ---- Choice ---- */

uint32_t plan_keep_best(cluster *c, const placement_step *step, bool reverse, uint32_t *picks,
                        uint32_t n, const uint32_t *instance_of)
{
    const placement_strategy *s = step->strategy;
    const uint32_t *table = s->prepare ? s->prepare(c, step) : NULL;
    int64_t best = 0;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t index = instance_of ? instance_of[picks[i]] : picks[i];
        int64_t key = s->key(c, step, table, index);
        if (reverse) key = -key;
        if (kept > 0 && key > best) continue;
        if (kept == 0 || key < best) {
            kept = 0;
            best = key;
        }
        picks[kept++] = picks[i];
    }
    return kept;
}

uint32_t placement_choose(cluster *c, const placement_plan *p, random_stream *stream)
{
    return c->index ? instance_index_choose(c, p, stream) : placement_scan_choose(c, p, stream);
}

void placement_place(cluster *c, const placement_plan *p, uint32_t index)
{
    INVARIANT(placement_fits(c, p, index));
    placement_adopt(c, p, index);
}

void placement_adopt(cluster *c, const placement_plan *p, uint32_t index)
{
    cluster_reserve(c, index, &p->needs, p->ports, p->port_count);
    cluster_count_task(c, index, p->group, p->spread_group, 1);
}

void placement_hold(cluster *c, const placement_plan *p, uint32_t index)
{
    INVARIANT(placement_fits(c, p, index));
    cluster_reserve(c, index, &p->needs, p->ports, p->port_count);
}

bool placement_allows(const cluster *c, const placement_plan *p, uint32_t index)
{
    CHECK(index < c->count);
    return c->records[index].seen.status == INSTANCE_ACTIVE && plan_suits(c, p, index) &&
           plan_queries_hold(c, p, index, ASK_ALL);
}

void placement_uncount(cluster *c, const placement_plan *p, uint32_t index)
{
    cluster_count_task(c, index, p->group, p->spread_group, -1);
}

void placement_free(cluster *c, const placement_plan *p, uint32_t index)
{
    cluster_release(c, index, &p->needs, p->ports, p->port_count);
}
