#include "models/ecs/task_cpu.h"
#include "models/ecs/agent.h"
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
    uint32_t container;
} claimant;

/* What is to be done in this instant, and scratch of one division. */
struct cpu_work {
    event_handle due;
    index_list services, hosts;
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
    free(w->hosts.items);
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
    host *h = &e->hosts[t->instance];
    if (!h->cpu_due) list_add(&e->cpu->hosts, t->instance);
    h->cpu_due = true;
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
    for (uint32_t i = 0; i < t->target_count; i++)
        if (t->targets[i].container == c)
            sum += load_balancing_rate(t->ecs->lb, t->targets[i].target);
    return sum;
}

static const cpu_behavior *behavior_of(const task *t, uint32_t c)
{
    return &task_definition(t)->containers[c].behavior.cpu;
}

/* Of what it wants, what does not come from requests. */
static double idle_demand(const task *t, uint32_t c)
{
    const container_run *run = &t->containers[c];
    if (run->state != CONTAINER_RUNNING || agent_host_is_dead(t->ecs, t->instance)) return 0;
    const cpu_behavior *b = behavior_of(t, c);
    return run->ready ? b->idle_units : b->startup_units;
}

static double demand_now(const task *t, uint32_t c)
{
    const container_run *run = &t->containers[c];
    const double idle = idle_demand(t, c), each_s = behavior_of(t, c)->seconds_per_request;
    if (!run->ready || !(each_s > 0)) return idle;
    const double slow = t->slow_factor > 0 ? t->slow_factor : 1;
    return idle + request_rate(t, c) * each_s * slow * UNITS_PER_VCPU;
}

static void set_used(task *t, int64_t used)
{
    ecs *e = t->ecs;
    const int64_t more = used - t->cpu_used;
    if (more == 0) return;
    service_cpu_used(t, more);
    t->cpu_used = used;
    if (task_on_fargate(t)) {
        task_bill_use_changed(t);
        return;
    }
    e->hosts[t->instance].cpu_used += more;
    e->cpu->used += more;
    notify_changed(e->notifier, CHANGED_USE, t->instance);
    notify_changed(e->notifier, CHANGED_CLUSTER, 0);
}

void task_cpu_changed(task *t, uint32_t c)
{
    if (!task_definition(t)->containers[c].behavior.has_cpu) return;
    container_run *run = &t->containers[c];
    const double demand = demand_now(t, c);
    if (!(demand < run->cpu_demand || demand > run->cpu_demand)) return;
    run->cpu_demand = demand;
    if (!(demand > 0)) { /* its task may be gone when the rest is divided */
        set_used(t, t->cpu_used - run->cpu_used);
        run->cpu_used = 0;
    }
    call_division(t);
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
        if (!t->ecs->families[t->definition].cpu_follows_requests) continue;
        for (uint32_t c = 0; c < task_definition(t)->container_count; c++)
            if (behavior_of(t, c)->seconds_per_request > 0) task_cpu_changed(t, c);
    }
}

/* ---- What a division does to a task ---- */

static void set_deaf(task *t, bool deaf)
{
    if (t->deaf == deaf) return;
    t->deaf = deaf;
    for (uint32_t i = 0; i < t->target_count; i++)
        load_balancing_set_deaf(t->ecs->lb, t->targets[i].target, deaf);
    for (uint32_t c = 0; c < task_definition(t)->container_count; c++)
        container_probes_changed(t, c);
}

/* A request takes its time without queueing, no less than its CPU time, and what it waits for CPU. */
static double lateness(double seconds, double cpu_s, double stretch)
{
    if (!(seconds > 0)) return 1;
    return ((seconds > cpu_s ? seconds : cpu_s) + cpu_s * (stretch - 1)) / seconds;
}

static target_load load_of(const task *t, uint32_t c, const cpu_claim *claim)
{
    const double idle = idle_demand(t, c), wanted = claim->demand - idle;
    const double each_s = behavior_of(t, c)->seconds_per_request;
    target_load load = {0};
    if (!(wanted > 0)) return load;
    const double given = claim->given > idle ? claim->given - idle : 0;
    if (given < wanted) {
        const double shed = (1 - given / wanted) * 4294967296.0;
        load.shed = shed < UINT32_MAX ? (uint32_t)shed : UINT32_MAX;
    }
    if (claim->reach > idle) {
        const double stretch =
            latency_stretch(wanted / UNITS_PER_VCPU, (claim->reach - idle) / UNITS_PER_VCPU);
        const double seconds = t->ecs->families[t->definition].request_seconds[c];
        load.step = latency_step_of(lateness(seconds, each_s, stretch));
    }
    return load;
}

static void set_loads(task *t, uint32_t c, const cpu_claim *claim)
{
    if (!(behavior_of(t, c)->seconds_per_request > 0) || t->target_count == 0) return;
    const target_load load = load_of(t, c, claim);
    for (uint32_t i = 0; i < t->target_count; i++)
        if (t->targets[i].container == c)
            load_balancing_set_load(t->ecs->lb, t->targets[i].target, load);
}

/* ---- Divisions ---- */

static void add_claim(struct cpu_work *w, task *t, uint32_t c)
{
    if (w->claim_count == w->claim_room) {
        w->claim_room = w->claim_room ? 2 * w->claim_room : 32;
        w->claims = memory_resize(w->claims, w->claim_room, sizeof *w->claims);
        w->claimants = memory_resize(w->claimants, w->claim_room, sizeof *w->claimants);
    }
    const task_definition_config *d = task_definition(t);
    const int32_t cpu = d->containers[c].cpu_units;
    w->claims[w->claim_count] =
        (cpu_claim){.demand = t->containers[c].cpu_demand,
                    .weight = cpu_share_weight(cpu),
                    .cap = d->windows ? cpu_share_windows_cap(cpu) : INFINITY};
    w->claimants[w->claim_count++] = (claimant){t, c};
}

/* Its containers that may want CPU, as one group. */
static void add_group(struct cpu_work *w, task *t)
{
    const task_definition_config *d = task_definition(t);
    if (!t->ecs->families[t->definition].uses_cpu) return;
    if (w->group_count == w->group_room) {
        w->group_room = w->group_room ? 2 * w->group_room : 16;
        w->groups = memory_resize(w->groups, w->group_room, sizeof *w->groups);
    }
    const uint32_t first = w->claim_count;
    for (uint32_t c = 0; c < d->container_count; c++)
        if (d->containers[c].behavior.has_cpu) add_claim(w, t, c);
    w->groups[w->group_count++] =
        (cpu_group){.first = first,
                    .count = w->claim_count - first,
                    .ceiling = d->cpu_units > 0 ? (double)d->cpu_units : INFINITY};
}

static void apply_group(struct cpu_work *w, const cpu_group *g)
{
    task *t = w->claimants[g->first].of;
    const double above = task_definition(t)->fail_health_checks_above;
    int64_t used = 0;
    bool deaf = false;
    for (uint32_t i = g->first; i < g->first + g->count; i++) {
        const cpu_claim *claim = &w->claims[i];
        const uint32_t c = w->claimants[i].container;
        t->containers[c].cpu_used = cpu_fine(claim->given);
        used += t->containers[c].cpu_used;
        if (above > 0 && claim->demand > above * claim->reach) deaf = true;
        set_loads(t, c, claim);
    }
    set_used(t, used);
    set_deaf(t, deaf);
}

static void divide(struct cpu_work *w, double capacity)
{
    cpu_share_divide(w->claims, w->groups, w->group_count, capacity);
    for (uint32_t g = 0; g < w->group_count; g++)
        apply_group(w, &w->groups[g]);
    w->claim_count = w->group_count = 0;
}

static void divide_host(ecs *e, uint32_t index)
{
    host *h = &e->hosts[index];
    h->cpu_due = false;
    for (task *t = h->tasks; t; t = t->host_next)
        add_group(e->cpu, t);
    divide(e->cpu, (double)cluster_instance(e->cluster, index)->cpu_registered);
}

static void divide_task(ecs *e, uint64_t subject)
{
    task *t = task_of_subject(e, subject);
    if (!t) return;
    t->cpu_due = false;
    add_group(e->cpu, t);
    divide(e->cpu, (double)placement_needs(t->plan)->cpu_units);
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
    if (w->hosts.count > 1)
        qsort(w->hosts.items, w->hosts.count, sizeof *w->hosts.items, ecs_compare_index);
    for (uint32_t i = 0; i < w->hosts.count; i++)
        divide_host(e, w->hosts.items[i]);
    w->hosts.count = 0;
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
