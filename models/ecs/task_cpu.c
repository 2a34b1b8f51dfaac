#include "models/ecs/task_cpu.h"
#include "models/ec2/warmup.h"
#include "models/ecs/agent.h"
#include "models/ecs/position_set.h"
#include "models/ecs/service.h"
#include "models/ecs/task_parts.h"
#include "models/phase.h"
#include "models/workload/cpu_share.h"
#include "sim/engine/check.h"
#include <math.h>
#include <stdlib.h>

#define UNITS_PER_VCPU 1024.0

typedef struct {
    uint32_t *items;
    uint32_t count, room;
} index_list;

typedef struct {
    task *of;
    const cpu_use *use;
} claimant;

/* What is to be done in this instant, and scratch of one division. */
struct cpu_work {
    event_handle due;
    index_list services;
    position_set hosts;
    uint64_t *tasks; /* on Fargate: task_subject */
    uint32_t task_count, task_room;
    int64_t used; /* on instances */
    cpu_claim *claims;
    claimant *claimants;
    uint32_t claim_count, claim_room;
    cpu_group *groups;
    uint32_t group_count, group_room;
};

struct cpu_work *task_cpu_create(void)
{
    return memory_alloc(1, sizeof(struct cpu_work));
}

void task_cpu_destroy(struct cpu_work *w)
{
    if (!w) return;
    free(w->services.items);
    position_set_finish(&w->hosts);
    free(w->tasks);
    free(w->claims);
    free(w->claimants);
    free(w->groups);
    free(w);
}

int64_t task_cpu_cluster_used(const ecs *e)
{
    return e->cpu->used;
}

/* ---- What is to be done ---- */

static void work(engine *eng, void *context, uint64_t subject);

static void call_work(ecs *e)
{
    if (!engine_pending(e->eng, e->cpu->due))
        e->cpu->due = engine_schedule(e->eng, engine_now(e->eng), PHASE_SHARE, work, 0);
}

static void list_add(index_list *l, uint32_t item)
{
    if (l->count == l->room) {
        l->room = l->room ? 2 * l->room : 16;
        l->items = memory_resize(l->items, l->room, sizeof *l->items);
    }
    l->items[l->count++] = item;
}

static void call_task(task *t)
{
    struct cpu_work *w = t->ecs->cpu;
    if (t->cpu_due) return;
    t->cpu_due = true;
    if (w->task_count == w->task_room) {
        w->task_room = w->task_room ? 2 * w->task_room : 16;
        w->tasks = memory_resize(w->tasks, w->task_room, sizeof *w->tasks);
    }
    w->tasks[w->task_count++] = task_subject(t);
}

static void call_division(task *t)
{
    ecs *e = t->ecs;
    call_work(e);
    if (task_on_fargate(t)) {
        call_task(t);
        return;
    }
    position_set *hosts = &e->cpu->hosts;
    position_set_reserve(hosts, t->instance + 1);
    if (!position_set_has(hosts, t->instance)) position_set_add(hosts, t->instance);
}

void task_cpu_requests_changed(ecs *e, uint32_t index)
{
    list_add(&e->cpu->services, index);
    call_work(e);
}

/* ---- Demand ---- */

static double request_rate(const task *t, uint32_t c)
{
    double sum = 0;
    for (uint32_t i = 0; i < t->source_count; i++)
        if (t->targets[i].container == c)
            sum += load_balancing_rate(t->ecs->lb, t->targets[i].target);
    return sum;
}

/* Of what it wants, what does not come from requests. */
static double idle_demand(const task *t, const cpu_use *use)
{
    const container_run *run = &t->containers[use->container];
    if (run->state != CONTAINER_RUNNING || agent_host_is_dead(t->ecs, t->instance)) return 0;
    return run->ready ? use->behavior->idle_units : use->behavior->startup_units;
}

static double demand_now(const task *t, const cpu_use *use)
{
    const container_run *run = &t->containers[use->container];
    const double idle = idle_demand(t, use), each_s = use->behavior->seconds_per_request;
    if (!run->ready || !(each_s > 0)) return idle;
    const double slow = t->slow_factor > 0 ? t->slow_factor : 1;
    return idle + request_rate(t, use->container) * each_s * slow * UNITS_PER_VCPU;
}

/* What its containers use together; returns how much more that is. */
static int64_t set_used(task *t, int64_t used)
{
    const int64_t more = used - t->cpu_used;
    if (more == 0) return 0;
    service_cpu_used(t, more);
    t->cpu_used = used;
    if (task_on_fargate(t))
        task_bill_use_changed(t);
    else if (!t->freed)
        host_owner_uses(&t->ecs->hosts[t->instance], task_owner(t), more);
    return more;
}

/* Tasks of one instance use more. */
static void add_used(ecs *e, uint32_t index, int64_t more)
{
    e->hosts[index].cpu_used += more;
    warmup_cpu_used(e, index, more);
    e->cpu->used += more;
    notify_changed(e->notifier, CHANGED_USE, index);
    notify_changed(e->notifier, CHANGED_CLUSTER, 0);
}

static void look_at(task *t, const cpu_use *use)
{
    container_run *run = &t->containers[use->container];
    const double demand = demand_now(t, use);
    if (!(demand < run->cpu_demand || demand > run->cpu_demand)) return;
    run->cpu_demand = demand;
    if (!(demand > 0)) { /* its task may be gone when the rest is divided */
        const int64_t more = set_used(t, t->cpu_used - run->cpu_used);
        if (more != 0 && !task_on_fargate(t)) add_used(t->ecs, t->instance, more);
        run->cpu_used = 0;
    }
    call_division(t);
}

void task_cpu_changed(task *t, uint32_t c)
{
    const task_family *f = &t->ecs->families[t->definition];
    for (uint32_t i = 0; i < f->cpu_use_count; i++)
        if (f->cpu_uses[i].container == c) look_at(t, &f->cpu_uses[i]);
}

/* Load changes every minute: services whose tasks take no CPU for it are not walked. */
static bool follows_requests(const service *s)
{
    for (const deployment *d = s->newest; d; d = d->older)
        if (s->ecs->families[d->definition].cpu_follows_requests) return true;
    return false;
}

static void look_at_service(service *s)
{
    if (!follows_requests(s)) return;
    for (task *t = s->first; t; t = t->service_next) {
        const task_family *f = &t->ecs->families[t->definition];
        for (uint32_t i = 0; i < f->cpu_use_count; i++)
            if (f->cpu_uses[i].behavior->seconds_per_request > 0) look_at(t, &f->cpu_uses[i]);
    }
}

/* ---- What a division does to a task ---- */

static void set_deaf(task *t, bool deaf)
{
    if (t->deaf == deaf) return;
    t->deaf = deaf;
    for (uint32_t i = 0; i < t->source_count; i++)
        load_balancing_set_deaf(t->ecs->lb, t->targets[i].target, deaf);
    for (uint32_t c = 0; c < task_definition(t)->container_count; c++)
        container_probes_changed(t, c);
}

static target_load load_of(const task *t, const cpu_use *use, const cpu_claim *claim)
{
    const double idle = idle_demand(t, use), wanted = claim->demand - idle;
    const double each_s = use->behavior->seconds_per_request;
    target_load load = {0};
    if (!(wanted > 0)) return load;
    const double given = claim->given > idle ? claim->given - idle : 0;
    if (given < wanted) {
        const double shed = (1 - given / wanted) * 4294967296.0;
        load.shed = shed < UINT32_MAX ? (uint32_t)shed : UINT32_MAX;
    }
    if (claim->reach > idle) {
        const double busy = wanted / UNITS_PER_VCPU, reach = (claim->reach - idle) / UNITS_PER_VCPU;
        const double seconds = t->ecs->families[t->definition].request_seconds[use->container];
        if (seconds >= each_s &&
            each_s * latency_stretch_most(busy, reach) < LATENCY_NO_STEP * seconds)
            return load;
        load.step =
            latency_step_of(latency_lateness(seconds, each_s, latency_stretch(busy, reach)));
    }
    return load;
}

static target_cpu cpu_of(const task *t, const cpu_use *use, const cpu_claim *claim)
{
    const double slow = t->slow_factor > 0 ? t->slow_factor : 1;
    const double seconds = t->ecs->families[t->definition].request_seconds[use->container];
    const double each_s = use->behavior->seconds_per_request;
    return (target_cpu){.seconds = each_s * slow,
                        .share = seconds > 0 ? each_s / seconds : 0,
                        .units = claim->reach - idle_demand(t, use)};
}

static void set_loads(task *t, const cpu_use *use, const cpu_claim *claim)
{
    if (!(use->behavior->seconds_per_request > 0) || t->source_count == 0) return;
    const target_load load = load_of(t, use, claim);
    const target_cpu cpu = cpu_of(t, use, claim);
    for (uint32_t i = 0; i < t->source_count; i++) {
        if (t->targets[i].container != use->container) continue;
        load_balancing_set_load(t->ecs->lb, t->targets[i].target, load);
        load_balancing_set_cpu(t->ecs->lb, t->targets[i].target, &cpu);
    }
}

/* ---- Divisions ---- */

static void add_claim(struct cpu_work *w, task *t, const cpu_use *use)
{
    if (w->claim_count == w->claim_room) {
        w->claim_room = w->claim_room ? 2 * w->claim_room : 32;
        w->claims = memory_resize(w->claims, w->claim_room, sizeof *w->claims);
        w->claimants = memory_resize(w->claimants, w->claim_room, sizeof *w->claimants);
    }
    w->claims[w->claim_count] = (cpu_claim){
        .demand = t->containers[use->container].cpu_demand, .weight = use->weight, .cap = use->cap};
    w->claimants[w->claim_count++] = (claimant){t, use};
}

/* Its containers that may want CPU, as one group. */
static void add_group(struct cpu_work *w, task *t)
{
    const task_definition_config *d = task_definition(t);
    const task_family *f = &t->ecs->families[t->definition];
    if (f->cpu_use_count == 0) return;
    if (w->group_count == w->group_room) {
        w->group_room = w->group_room ? 2 * w->group_room : 16;
        w->groups = memory_resize(w->groups, w->group_room, sizeof *w->groups);
    }
    const uint32_t first = w->claim_count;
    for (uint32_t i = 0; i < f->cpu_use_count; i++)
        add_claim(w, t, &f->cpu_uses[i]);
    w->groups[w->group_count++] =
        (cpu_group){.first = first,
                    .count = w->claim_count - first,
                    .ceiling = d->cpu_units > 0 ? (double)d->cpu_units : INFINITY};
}

/* Returns how much more the task uses. */
static int64_t apply_group(struct cpu_work *w, const cpu_group *g)
{
    task *t = w->claimants[g->first].of;
    const double above = task_definition(t)->fail_health_checks_above;
    int64_t used = 0;
    bool deaf = false;
    for (uint32_t i = g->first; i < g->first + g->count; i++) {
        const cpu_claim *claim = &w->claims[i];
        const cpu_use *use = w->claimants[i].use;
        t->containers[use->container].cpu_used = cpu_fine(claim->given);
        used += t->containers[use->container].cpu_used;
        if (above > 0 && claim->demand > above * claim->reach) deaf = true;
        set_loads(t, use, claim);
    }
    const int64_t more = set_used(t, used);
    set_deaf(t, deaf);
    return more;
}

/* Returns how much more they use together, and whether any uses more or less. */
static int64_t divide(struct cpu_work *w, double capacity, bool *changed)
{
    int64_t sum = 0;
    *changed = false;
    cpu_share_divide(w->claims, w->groups, w->group_count, capacity);
    for (uint32_t g = 0; g < w->group_count; g++) {
        const int64_t more = apply_group(w, &w->groups[g]);
        *changed |= more != 0;
        sum += more;
    }
    w->claim_count = w->group_count = 0;
    return sum;
}

/* What a division reads of its tasks stands far apart: all of it is asked for at once, instead of waiting for one
 * after the other. */
static void fetch_host(const ecs *e, const host *h)
{
    for (const task *t = h->tasks; t; t = t->host_next) {
        __builtin_prefetch(t->containers, 1);
        for (uint32_t i = 0; i < t->source_count; i++)
            load_balancing_fetch(e->lb, t->targets[i].target);
    }
}

static void divide_host(ecs *e, uint32_t index)
{
    bool changed;
    position_set_remove(&e->cpu->hosts, index);
    fetch_host(e, &e->hosts[index]);
    for (task *t = e->hosts[index].tasks; t; t = t->host_next)
        add_group(e->cpu, t);
    const int64_t more =
        divide(e->cpu, (double)cluster_instance(e->cluster, index)->cpu_registered, &changed);
    if (changed) add_used(e, index, more);
}

static void divide_task(ecs *e, uint64_t subject)
{
    task *t = task_of_subject(e, subject);
    if (!t) return;
    bool changed;
    t->cpu_due = false;
    add_group(e->cpu, t);
    divide(e->cpu, (double)placement_needs(t->plan)->cpu_units, &changed);
}

/* Behind request shares that are still to come in this instant. */
static void work(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    (void)subject;
    ecs *e = context;
    struct cpu_work *w = e->cpu;
    w->due = EVENT_NONE;
    if (load_balancing_is_sharing(e->lb)) {
        call_work(e);
        return;
    }
    for (uint32_t i = 0; i < w->services.count; i++)
        look_at_service(&e->services[w->services.items[i]]);
    w->services.count = 0;
    for (uint32_t i = position_set_next(&w->hosts, 0); i != POSITION_NONE;
         i = position_set_next(&w->hosts, i + 1))
        divide_host(e, i);
    for (uint32_t i = 0; i < w->task_count; i++)
        divide_task(e, w->tasks[i]);
    w->task_count = 0;
    engine_cancel(e->eng, &w->due); /* what the services' demands called for is done */
}

/* ---- Invariants ---- */

void task_cpu_check(const task *t)
{
    const task_definition_config *d = task_definition(t);
    int64_t used = 0;
    for (uint32_t c = 0; c < d->container_count; c++) {
        const container_run *run = &t->containers[c];
        used += run->cpu_used;
        CHECK(run->cpu_used >= 0 && run->cpu_demand >= 0);
        if (engine_pending(t->ecs->eng, t->ecs->cpu->due)) continue;
        CHECK(run->cpu_used <= cpu_fine(run->cpu_demand));
        CHECK(run->cpu_demand <= 0 || run->state == CONTAINER_RUNNING);
    }
    CHECK(used == t->cpu_used);
    if (d->cpu_units > 0) CHECK(used <= cpu_fine(d->cpu_units)); /* E26 */
}

/* Does the task want more than it gets, and may have it? */
static bool goes_short(const task *t)
{
    const task_definition_config *d = task_definition(t);
    bool wants = false;
    for (uint32_t c = 0; c < d->container_count; c++)
        wants |= t->containers[c].cpu_used + 1 < cpu_fine(t->containers[c].cpu_demand);
    return wants && !d->windows &&
           (d->cpu_units == 0 || t->cpu_used + (int64_t)CPU_FINE < cpu_fine(d->cpu_units));
}

void host_cpu_check(const ecs *e, uint32_t index)
{
    const host *h = &e->hosts[index];
    const int64_t capacity = cpu_fine((double)cluster_instance(e->cluster, index)->cpu_registered);
    int64_t used = 0;
    bool short_of = false;
    for (const task *t = h->tasks; t; t = t->host_next) {
        used += t->cpu_used;
        short_of |= goes_short(t);
    }
    CHECK(used == h->cpu_used && used <= capacity);
    if (short_of && !engine_pending(e->eng, e->cpu->due))
        CHECK(used + (int64_t)CPU_FINE >= capacity); /* work-conserving, but for rounding */
}
