#include "scenarios/analysis/packing.h"

#include "models/ecs/placement.h"
#include "scenarios/analysis/analysis_parts.h"
#include "sim/engine/check.h"
#include <stdlib.h>
#include <string.h>

typedef struct {
    uint32_t instance, number;
    bool old; /* of a deployment that is being replaced, or on an instance that drains */
    const placement_plan *plan;
} placed_task;

typedef struct {
    bool exists, between; /* between: a deployment of it has not ended */
    service_config settings;
    placement_plan *plan;
    situation *last; /* its creation or latest update */
    uint32_t group, count, capacity, next_number;
    placed_task *tasks; /* by number */
} packed_service;

struct packing {
    analysis *a;
    names *names;
    cluster *cluster;
    packed_service *services;
    placement_plan **plans;
    size_t plan_count, plan_capacity;
    bool lost;              /* where tasks are is not known any more */
    sim_time registered_us; /* instances up to this time are there */
    random_stream stream;   /* for strategies that draw; then nothing is said */
};

/* ---- What can be followed ---- */

static bool draws(uint32_t count, const placement_strategy_config *strategies)
{
    for (uint32_t i = 0; i < count; i++)
        if (strategies[i].kind == STRATEGY_RANDOM) return true;
    return false;
}

bool packing_ends(const task_definition_config *d)
{
    for (uint32_t i = 0; i < d->container_count; i++) {
        const container_behavior *b = &d->containers[i].behavior;
        if (b->has_memory) return true; /* it may be killed */
        if (b->has_run_time || b->has_time_to_crash || b->start_failure_probability > 0)
            return true;
    }
    return false;
}

static bool can_follow(const model_config *c)
{
    uint64_t instances = 0, tasks = 0;
    for (uint32_t i = 0; i < c->group_count; i++)
        instances += c->groups[i].count;
    for (uint32_t i = 0; i < c->service_count; i++)
        tasks += c->services[i].desired_count;
    if (c->auto_scaling_group_count > 0) return false; /* instances come and go */
    return instances <= PACKING_INSTANCES_MAX && tasks <= PACKING_TASKS_MAX;
}

static bool service_known(const packing *p, const service_config *s)
{
    return situation_on_instances(s) && s->task_definition != NO_INDEX &&
           !draws(s->strategy_count, s->strategies) &&
           !packing_ends(&p->a->config->task_definitions[s->task_definition]);
}

/* ---- Plans and places ---- */

static placement_plan *make_plan(packing *p, const service_config *s, uint32_t definition,
                                 uint32_t group)
{
    sim_error err = {0};
    placement_request request = {
        .definition = &p->a->config->task_definitions[definition],
        .group = group,
        .spread_group = group,
        .strategy_count = s->strategy_count,
        .strategies = s->strategies,
        .constraint_count = s->constraint_count,
        .constraints = s->constraints,
        .zone_count = s->zone_count,
        .zones = s->zones,
    };
    placement_plan *plan = placement_plan_create(p->cluster, &request, &err);
    CHECK(plan != NULL); /* the reader has parsed its expressions */
    if (p->plan_count == p->plan_capacity) {
        p->plan_capacity = p->plan_capacity ? 2 * p->plan_capacity : 16;
        p->plans = memory_resize(p->plans, p->plan_capacity, sizeof *p->plans);
    }
    p->plans[p->plan_count++] = plan;
    return plan;
}

static void free_plans(packing *p)
{
    for (size_t i = 0; i < p->plan_count; i++)
        placement_plan_destroy(p->plans[i]);
    free(p->plans);
}

static void place_at(packing *p, packed_service *s, uint32_t at)
{
    placement_place(p->cluster, s->plan, at);
    if (s->count == s->capacity) {
        s->capacity = s->capacity ? 2 * s->capacity : 16;
        s->tasks = memory_resize(s->tasks, s->capacity, sizeof *s->tasks);
    }
    s->tasks[s->count++] = (placed_task){at, ++s->next_number, false, s->plan};
}

static bool place_one(packing *p, packed_service *s)
{
    uint32_t at = placement_choose(p->cluster, s->plan, &p->stream);
    if (at == NO_INDEX) return false;
    place_at(p, s, at);
    return true;
}

/* A DAEMON service has one task on each instance that takes one (E101). */
static void place_daemons(packing *p, packed_service *s)
{
    for (uint32_t at = 0; at < cluster_instance_count(p->cluster); at++) {
        bool there = cluster_instance(p->cluster, at)->status != INSTANCE_ACTIVE;
        for (uint32_t i = 0; i < s->count && !there; i++)
            there = s->tasks[i].instance == at;
        if (!there && placement_fits(p->cluster, s->plan, at)) place_at(p, s, at);
    }
}

static void remove_task(packing *p, packed_service *s, uint32_t i)
{
    placement_uncount(p->cluster, s->tasks[i].plan, s->tasks[i].instance);
    placement_free(p->cluster, s->tasks[i].plan, s->tasks[i].instance);
    memmove(&s->tasks[i], &s->tasks[i + 1], (s->count - i - 1) * sizeof *s->tasks);
    s->count--;
}

static uint32_t old_count(const packed_service *s)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < s->count; i++)
        count += s->tasks[i].old;
    return count;
}

/* Stops `count` of the old tasks, or of the others, by the strategies in reverse (E91). */
static void stop_some(packing *p, packed_service *s, bool old, uint32_t count)
{
    scale_in_candidate *candidates = memory_alloc(s->count + 1, sizeof *candidates);
    for (; count > 0; count--) {
        uint32_t n = 0;
        for (uint32_t i = 0; i < s->count; i++)
            if (s->tasks[i].old == old)
                candidates[n++] = (scale_in_candidate){s->tasks[i].instance, 0, s->tasks[i].number};
        if (n == 0) break;
        uint32_t chosen =
            count < n ? placement_scale_in(p->cluster, s->plan, candidates, n, &p->stream) : 0;
        uint32_t i = 0;
        while (s->tasks[i].number != candidates[chosen].number)
            i++;
        remove_task(p, s, i);
    }
    free(candidates);
}

/* ---- Why there is no room ---- */

static bool maps(const task_definition_config *d, const port_mapping *wanted)
{
    for (uint32_t i = 0; i < d->container_count; i++)
        for (uint32_t k = 0; k < d->containers[i].port_count; k++)
            if (d->containers[i].ports[k].host_port == wanted->host_port &&
                d->containers[i].ports[k].protocol == wanted->protocol)
                return true;
    return false;
}

/* A static host port of both, for which their tasks compete (E39); 0: none. */
static uint16_t shared_port(const task_definition_config *d, const task_definition_config *other)
{
    for (uint32_t i = 0; i < d->container_count; i++)
        for (uint32_t k = 0; k < d->containers[i].port_count; k++)
            if (d->containers[i].ports[k].host_port != 0 && maps(other, &d->containers[i].ports[k]))
                return d->containers[i].ports[k].host_port;
    return 0;
}

static bool has_distinct(const service_config *s)
{
    for (uint32_t i = 0; i < s->constraint_count; i++)
        if (s->constraints[i].kind == CONSTRAINT_DISTINCT_INSTANCE) return true;
    return false;
}

const char *packing_single(analysis *a, const service_config *settings, uint32_t definition,
                           uint32_t other)
{
    const task_definition_config *list = a->config->task_definitions;
    uint16_t port = shared_port(&list[definition], &list[other == NO_INDEX ? definition : other]);
    if (port > 0) return analysis_text(a, "host port %u", port);
    return has_distinct(settings) ? "distinctInstance" : NULL;
}

/* What an instance lacks, for "no CPU left on 2, no memory left on 1 of 3 instances". */
static const char *const lacks[REFUSED_REASONS] = {
    [REFUSED_AGENT] = "draining or no agent",
    [REFUSED_ATTRIBUTE] = "another architecture or operating system",
    [REFUSED_LOCATION] = "another zone",
    [REFUSED_CPU] = "too little CPU",
    [REFUSED_MEMORY] = "too little memory",
    [REFUSED_PORTS] = "host port taken",
    [REFUSED_PORTS_UDP] = "UDP host port taken",
    [REFUSED_ENI] = "no network interface (ENI) left",
    [REFUSED_GPU] = "too few GPUs",
    [REFUSED_CONSTRAINT] = "placement constraints not satisfied",
};

static const char *reasons_text(analysis *a, const placement_refusal *r)
{
    const char *text = "";
    if (r->instances == 0) return "there is no instance";
    for (int i = 0; i < REFUSED_REASONS; i++)
        if (r->count[i] > 0)
            text = analysis_text(a, "%s%s%s on %u", text, *text ? ", " : "", lacks[i], r->count[i]);
    return analysis_text(a, "%s of %u instance%s", text, r->instances, r->instances > 1 ? "s" : "");
}

/* What the task needs against the most that one instance has left. */
static const char *numbers_text(packing *p, const placement_plan *plan)
{
    const task_needs *needs = placement_needs(plan);
    int64_t cpu = 0, memory = 0;
    for (uint32_t i = 0; i < cluster_instance_count(p->cluster); i++) {
        const instance *at = cluster_instance(p->cluster, i);
        if (at->status != INSTANCE_ACTIVE) continue;
        if (at->cpu_registered - at->cpu_reserved > cpu)
            cpu = at->cpu_registered - at->cpu_reserved;
        if (at->memory_registered - at->memory_reserved > memory)
            memory = at->memory_registered - at->memory_reserved;
    }
    return analysis_text(p->a,
                         "a task reserves %lld CPU units and %lld MiB, the most that is free on "
                         "one instance is %lld units and %lld MiB",
                         (long long)needs->cpu_units, (long long)needs->memory_mib, (long long)cpu,
                         (long long)memory);
}

static void say_room(packing *p, const packed_service *s, situation *out)
{
    placement_refusal r;
    uint32_t now = s->settings.task_definition;
    uint32_t before = out->task_definition == NO_INDEX ? now : out->task_definition;
    placement_explain(p->cluster, s->plan, &r);
    uint32_t suitable = packing_suitable(p->a, &s->settings, now, before, NULL);
    out->why = reasons_text(p->a, &r);
    if (s->count > 0 && suitable <= s->count)
        out->single = packing_single(p->a, &s->settings, now, before);
    if (out->single)
        out->room = ROOM_PER_INSTANCE;
    else if (s->count > 0 && r.count[REFUSED_ENI] > 0)
        out->room = ROOM_ENI;
    else
        out->room = ROOM_RESOURCES;
    if (r.count[REFUSED_CPU] + r.count[REFUSED_MEMORY] > 0)
        out->why = analysis_text(p->a, "%s; %s", out->why, numbers_text(p, s->plan));
}

/* ---- Deployments ---- */

/* Somebody else may make room yet. */
static bool instances_to_come(const packing *p)
{
    const model_config *c = p->a->config;
    for (uint32_t g = 0; g < c->group_count; g++)
        if (c->groups[g].count > 0 && c->groups[g].register_after_us > p->registered_us &&
            c->groups[g].register_after_us < c->duration_us)
            return true;
    return false;
}

/* E146 without time. True when it ends. */
static bool roll(packing *p, packed_service *s, situation *out)
{
    uint32_t lower = situation_lower(out), upper = situation_upper(out);
    uint32_t desired = s->settings.desired_count, fresh;
    for (;;) {
        uint32_t old = old_count(s), stops = 0, starts = 0;
        fresh = s->count - old;
        if (s->count > lower) stops = s->count - lower < old ? s->count - lower : old;
        if (old == 0 && fresh >= desired) break;
        stop_some(p, s, true, stops);
        while (s->count < upper && fresh + starts < desired && place_one(p, s))
            starts++;
        uint32_t wanted = desired - fresh < upper - s->count + starts ? desired - fresh
                                                                      : upper - s->count + starts;
        if (wanted > starts && wanted - starts > out->refused) out->refused = wanted - starts;
        if (stops + starts > 0) continue;
        out->placed = fresh;
        out->old_left = old;
        if (instances_to_come(p))
            p->lost = true;
        else if (s->count < upper && fresh < desired)
            say_room(p, s, out);
        return false;
    }
    stop_some(p, s, false, fresh - desired);
    out->room = ROOM_ENOUGH;
    return true;
}

/* As many as desired, in a service that no deployment keeps busy (E106, E107). */
static void resize(packing *p, packed_service *s, situation *out)
{
    if (s->settings.daemon) {
        place_daemons(p, s);
        return;
    }
    while (s->count < s->settings.desired_count && place_one(p, s)) {
    }
    if (s->count > s->settings.desired_count)
        stop_some(p, s, false, s->count - s->settings.desired_count);
    if (out) out->placed = s->count;
}

/* Not all tasks are there, and nothing comes that could help. */
static void say_missing(packing *p, const packed_service *s)
{
    if (s->settings.daemon) return;
    if (s->between || s->count >= s->settings.desired_count || instances_to_come(p)) return;
    s->last->placed = s->count;
    say_room(p, s, s->last);
}

static void create(packing *p, packed_service *s, situation *out)
{
    s->exists = true;
    s->last = out;
    s->settings = out->settings;
    s->group = cluster_group(p->cluster, analysis_text(p->a, "service:%s", out->settings.name));
    s->plan = make_plan(p, &s->settings, s->settings.task_definition, s->group);
    resize(p, s, out);
}

/* Its tasks stop before their successors start (E101). */
static void update_daemon(packing *p, packed_service *s, situation *out)
{
    s->last = out;
    s->settings = out->settings;
    if (out->kind == SITUATION_DEPLOY)
        while (s->count > 0)
            remove_task(p, s, s->count - 1);
    s->plan = make_plan(p, &s->settings, s->settings.task_definition, s->group);
    place_daemons(p, s);
}

static void update(packing *p, packed_service *s, situation *out)
{
    if (s->settings.daemon) {
        update_daemon(p, s, out);
        return;
    }
    bool missing = s->count < s->settings.desired_count;
    if (missing) say_missing(p, s);
    out->missing = missing;
    s->last = out;
    s->settings = out->settings;
    s->plan = make_plan(p, &s->settings, s->settings.task_definition, s->group);
    if (out->kind == SITUATION_RESIZE) {
        resize(p, s, out);
        return;
    }
    p->lost = p->lost || missing;
    for (uint32_t i = 0; i < s->count && !p->lost; i++)
        s->tasks[i].old = true;
    if (!p->lost && !roll(p, s, out)) s->between = true;
}

static void drain(packing *p, packed_service *s, situation *out)
{
    uint32_t moved = 0;
    if (s->settings.daemon) return; /* in nobody's way there */
    for (uint32_t i = 0; i < s->count; i++) {
        const instance *at = cluster_instance(p->cluster, s->tasks[i].instance);
        s->tasks[i].old = at->status == INSTANCE_DRAINING;
        moved += s->tasks[i].old;
    }
    if (moved > 0 && !roll(p, s, out)) s->between = true;
}

/* ---- Time ---- */

/* Daemons first (E101). */
static void fill_up(packing *p)
{
    const uint32_t count = p->a->config->service_count;
    for (uint32_t i = 0; i < 2 * count; i++) {
        packed_service *s = &p->services[i % count];
        if (s->exists && !s->between && s->settings.daemon == (i < count)) resize(p, s, NULL);
    }
}

/* Instances that register up to then, group by group as they were asked for. */
static void register_until(packing *p, sim_time at_us)
{
    const model_config *c = p->a->config;
    uint32_t index = 0;
    bool came = false;
    for (uint32_t g = 0; g < c->group_count; g++)
        for (uint32_t k = 0; k < c->groups[g].count; k++, index++) {
            sim_time when_us = c->groups[g].register_after_us;
            if (when_us > at_us || when_us <= p->registered_us) continue;
            cluster_register(p->cluster, index, when_us);
            came = true;
        }
    p->registered_us = at_us;
    if (came) fill_up(p);
}

packing *packing_begin(analysis *a)
{
    const model_config *c = a->config;
    packing *p = ARENA_NEW(a->memory, packing);
    p->a = a;
    p->lost = a->bare || !can_follow(c);
    p->registered_us = -1;
    p->services = ARENA_ARRAY(a->memory, c->service_count + 1, packed_service);
    if (p->lost) return p;
    p->names = names_create();
    p->cluster = cluster_create(p->names, &c->control, false);
    cluster_set_clock(p->cluster, c->start_unix_us);
    for (uint32_t g = 0; g < c->group_count; g++)
        for (uint32_t k = 0; k < c->groups[g].count; k++)
            cluster_add(p->cluster, &c->groups[g], g, k);
    return p;
}

static void follow_one(packing *p, situation *s)
{
    packed_service *of = &p->services[s->service];
    if (p->lost) return;
    p->lost = !service_known(p, &s->settings) || of->between ||
              (s->kind != SITUATION_CREATE && s->settings.shift.strategy != DEPLOY_ROLLING);
    if (p->lost) return;
    if (s->kind == SITUATION_CREATE)
        create(p, of, s);
    else if (!of->exists)
        return;
    else if (s->kind == SITUATION_DRAIN)
        drain(p, of, s);
    else
        update(p, of, s);
}

void packing_follow(packing *p, sim_time at_us, situation *situations, uint32_t count)
{
    if (!p->lost) register_until(p, at_us);
    for (uint32_t i = 0; i < 2 * count; i++) /* daemons first (E101) */
        if (situations[i % count].settings.daemon == (i < count))
            follow_one(p, &situations[i % count]);
}

static void set_draining(packing *p, const timeline_action *action)
{
    for (uint32_t i = 0; i < action->select.instance_count; i++) {
        uint32_t index = action->select.instances[i] - 1;
        if (cluster_instance(p->cluster, index)->status == INSTANCE_REGISTERING) continue;
        cluster_set_status(p->cluster, index, action->drain ? INSTANCE_DRAINING : INSTANCE_ACTIVE);
    }
    if (!action->drain) fill_up(p);
}

void packing_act(packing *p, const timeline_action *action, situation *situations, uint32_t count)
{
    if (p->lost) return;
    switch (action->kind) {
    case TIMELINE_REGISTER_TASK_DEFINITION:
    case TIMELINE_RUN_TASK: /* takes room only: what finds none without it finds none with it */
        return;
    case TIMELINE_CREATE_SERVICE:
    case TIMELINE_UPDATE_SERVICE:
        break;
    case TIMELINE_UPDATE_INSTANCES_STATE:
        register_until(p, action->at_us);
        set_draining(p, action);
        break;
    default:
        p->lost = true;
        return;
    }
    packing_follow(p, action->at_us, situations, count);
}

/* A deployment of the service as it stands would need a place beside all its tasks. */
static void say_next(packing *p, const packed_service *s)
{
    situation *last = s->last;
    if (s->settings.daemon || s->between || s->count < s->settings.desired_count ||
        last->room != ROOM_UNKNOWN)
        return;
    if (!situation_rolls(&s->settings)) return;
    last->placed = s->count;
    last->room = ROOM_ENOUGH;
    if (situation_lower(last) < s->settings.desired_count) return; /* one may stop first */
    if (placement_choose(p->cluster, s->plan, &p->stream) == NO_INDEX) say_room(p, s, last);
}

void packing_end(packing *p)
{
    const model_config *c = p->a->config;
    if (!p->lost) register_until(p, c->duration_us);
    for (uint32_t i = 0; i < c->service_count && !p->lost; i++) {
        const packed_service *s = &p->services[i];
        if (!s->exists) continue;
        say_missing(p, s);
        if (s->last->kind != SITUATION_DEPLOY) say_next(p, s);
    }
    for (uint32_t i = 0; i < c->service_count; i++)
        free(p->services[i].tasks);
    free_plans(p);
    cluster_destroy(p->cluster);
    names_destroy(p->names);
}

/* ---- Empty instances ---- */

uint32_t packing_instances_max(const model_config *c, uint32_t group)
{
    const uint32_t number = c->groups[group].auto_scaling_group;
    return number ? (uint32_t)c->auto_scaling_groups[number - 1].max_size : c->groups[group].count;
}

/* One instance for each zone of each group. */
static void add_one_of_each(cluster *to, const model_config *c)
{
    for (uint32_t g = 0; g < c->group_count; g++)
        for (uint32_t z = 0; z < c->groups[g].zone_count && z < packing_instances_max(c, g); z++)
            cluster_register(to, cluster_add(to, &c->groups[g], g, z), 0);
}

static const char *lacks_text(analysis *a, const placement_refusal *r)
{
    const char *text = NULL;
    for (int i = 0; i < REFUSED_REASONS; i++)
        if (r->count[i] > 0)
            text = analysis_text(a, "%s%s%s", text ? text : "", text ? ", " : "", lacks[i]);
    return text;
}

uint32_t packing_suitable(analysis *a, const service_config *settings, uint32_t definition,
                          uint32_t other, const char **lacking)
{
    const model_config *c = a->config;
    packing empty = {.a = a, .names = names_create()};
    uint32_t suitable = 0, index = 0;
    placement_refusal r;
    empty.cluster = cluster_create(empty.names, &c->control, true);
    cluster_set_clock(empty.cluster, c->start_unix_us);
    add_one_of_each(empty.cluster, c);
    uint32_t group = cluster_group(empty.cluster, "service:");
    const placement_plan *plan = make_plan(&empty, settings, definition, group);
    const placement_plan *also = plan;
    if (other != NO_INDEX) also = make_plan(&empty, settings, other, group);
    for (uint32_t g = 0; g < c->group_count; g++) {
        uint32_t zones = c->groups[g].zone_count, all = packing_instances_max(c, g);
        for (uint32_t z = 0; z < zones && z < all; z++, index++)
            if (placement_fits(empty.cluster, plan, index) ||
                placement_fits(empty.cluster, also, index))
                suitable += all / zones + (z < all % zones);
    }
    placement_explain(empty.cluster, plan, &r);
    if (lacking) *lacking = lacks_text(a, &r);
    free_plans(&empty);
    cluster_destroy(empty.cluster);
    names_destroy(empty.names);
    return suitable;
}
