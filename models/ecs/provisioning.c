/* provisioning.c - see the header.
 *
 * Invariants of provisioning_check:
 *   (1) each list holds tasks that wait for its plan, in the order in which they began to; all of them are counted,
 *       and no more than the limit
 *   (2) the needs of a provider's waiting tasks stand once each, and their counts add up
 *   (3) while any wait, the oldest of them will give up
 */
#include "models/ecs/provisioning.h"
#include "models/ecs/managed_scaling.h"
#include "models/ecs/service_parts.h"
#include "models/ecs/task_parts.h"
#include "models/phase.h"
#include "sim/engine/check.h"
#include <stdlib.h>

/* The tasks that wait and are placed by one plan, oldest first; never empty. */
typedef struct {
    placement_plan *plan;
    task *first, *last;
    uint32_t needs; /* in provisioning.needs */
    bool refused;   /* in this attempt */
} waiting_list;

struct provisioning {
    waiting_list *lists; /* in no order */
    uint32_t list_count, list_room;
    waiting_needs *needs; /* in no order */
    uint32_t needs_count, needs_room;
    uint32_t tasks;
    uint64_t next_number;
    random_stream standalone; /* of run-task's copies */
    bool due;                 /* an attempt is made in this instant … */
    event_handle attempt;     /* … by this event at the latest … */
    event_handle tick;        /* … and one there */
    event_handle timeout;     /* of the oldest */
};

provisioning *provisioning_create(ecs *e)
{
    provisioning *p = memory_alloc(1, sizeof *p);
    p->standalone = random_stream_at(e->random, random_purpose("placement/provisioning"), 0);
    return p;
}

void provisioning_destroy(provisioning *p)
{
    if (!p) return;
    free(p->lists);
    free(p->needs);
    free(p);
}

bool provisioning_takes(const ecs *e, uint32_t provider)
{
    return provider >= PROVIDER_OF_INSTANCES &&
           provider - PROVIDER_OF_INSTANCES < e->cfg->provider_count &&
           e->cfg->providers[provider - PROVIDER_OF_INSTANCES].managed_scaling;
}

bool provisioning_is_full(const ecs *e)
{
    return e->provisioning->tasks >= e->cfg->control.provisioning_limit;
}

const waiting_needs *provisioning_needs(const ecs *e, uint32_t *count)
{
    *count = e->provisioning->needs_count;
    return e->provisioning->needs;
}

/* ---- Lists ---- */

static uint32_t find_list(const provisioning *p, const placement_plan *plan)
{
    uint32_t i = 0;
    while (i < p->list_count && p->lists[i].plan != plan)
        i++;
    return i;
}

static uint32_t find_needs(const provisioning *p, const placement_plan *plan)
{
    uint32_t i = 0;
    while (i < p->needs_count && !placement_same_needs(p->needs[i].plan, plan))
        i++;
    return i;
}

static waiting_list *add_list(provisioning *p, placement_plan *plan)
{
    const uint32_t needs = find_needs(p, plan);
    if (needs == p->needs_room) {
        p->needs_room = p->needs_room ? 2 * p->needs_room : 8;
        p->needs = memory_resize(p->needs, p->needs_room, sizeof *p->needs);
    }
    if (needs == p->needs_count)
        p->needs[p->needs_count++] =
            (waiting_needs){.provider = placement_provider(plan), .plan = plan};
    if (p->list_count == p->list_room) {
        p->list_room = p->list_room ? 2 * p->list_room : 8;
        p->lists = memory_resize(p->lists, p->list_room, sizeof *p->lists);
    }
    p->needs[needs].plans++;
    p->lists[p->list_count] = (waiting_list){.plan = plan, .needs = needs};
    return &p->lists[p->list_count++];
}

static void drop_needs(provisioning *p, uint32_t needs)
{
    const uint32_t last = --p->needs_count;
    p->needs[needs] = p->needs[last];
    for (uint32_t i = 0; i < p->list_count; i++)
        if (p->lists[i].needs == last) p->lists[i].needs = needs;
}

static void drop_list(provisioning *p, uint32_t list)
{
    const uint32_t needs = p->lists[list].needs;
    p->lists[list] = p->lists[--p->list_count];
    if (--p->needs[needs].plans == 0) drop_needs(p, needs);
}

/* The list whose first task has waited longest, of those not refused; NO_INDEX: none. */
static uint32_t oldest_list(const provisioning *p)
{
    uint32_t best = NO_INDEX;
    for (uint32_t i = 0; i < p->list_count; i++)
        if (!p->lists[i].refused && (best == NO_INDEX || p->lists[i].first->wait_number <
                                                             p->lists[best].first->wait_number))
            best = i;
    return best;
}

static task *oldest(provisioning *p)
{
    for (uint32_t i = 0; i < p->list_count; i++)
        p->lists[i].refused = false;
    const uint32_t list = oldest_list(p);
    return list == NO_INDEX ? NULL : p->lists[list].first;
}

static void watch_timeout(ecs *e);

static void count(task *t, uint32_t needs, uint32_t by)
{
    provisioning *p = t->ecs->provisioning;
    p->tasks += by;
    p->needs[needs].tasks += by; /* -1 wraps back */
    managed_scaling_wake(t->ecs, t->provider);
}

void provisioning_add(task *t)
{
    provisioning *p = t->ecs->provisioning;
    CHECK(!provisioning_is_full(t->ecs));
    const uint32_t at = find_list(p, t->plan);
    waiting_list *l = at < p->list_count ? &p->lists[at] : add_list(p, t->plan);
    t->wait_number = ++p->next_number;
    t->wait_next = NULL;
    t->wait_prev = l->last;
    *(l->last ? &l->last->wait_next : &l->first) = t;
    l->last = t;
    count(t, l->needs, 1);
    watch_timeout(t->ecs);
}

void provisioning_remove(task *t)
{
    provisioning *p = t->ecs->provisioning;
    const uint32_t at = find_list(p, t->plan);
    CHECK(at < p->list_count);
    waiting_list *l = &p->lists[at];
    *(t->wait_prev ? &t->wait_prev->wait_next : &l->first) = t->wait_next;
    *(t->wait_next ? &t->wait_next->wait_prev : &l->last) = t->wait_prev;
    count(t, l->needs, UINT32_MAX);
    if (!l->first) drop_list(p, at);
    watch_timeout(t->ecs);
}

/* ---- Giving up (E166) ---- */

/* E88: what stands against it where it fits best. */
static const char *why_it_failed(ecs *e, const task *t)
{
    placement_refusal refusal;
    placement_explain(e->cluster, t->plan, &refusal);
    if (refusal.instances == 0) return "TaskFailedToStart: EMPTY CAPACITY PROVIDER";
    if (managed_scaling_instances(e, t->provider) == 0)
        return "TaskFailedToStart: NO ACTIVE INSTANCES";
    if (refusal.closest == NO_INDEX) /* room came at this instant: too late */
        return "TaskFailedToStart: RESOURCE:*";
    return arena_printf(e->arena, "TaskFailedToStart: %s",
                        refusal_reason_names[refusal.closest_reason]);
}

static sim_time gives_up_at(const ecs *e, const task *t)
{
    return t->created_us + e->cfg->control.provisioning_timeout_us;
}

static void give_up(engine *eng, void *context, uint64_t subject)
{
    (void)subject;
    ecs *e = context;
    provisioning *p = e->provisioning;
    p->timeout = EVENT_NONE;
    for (task *t; (t = oldest(p)) != NULL && gives_up_at(e, t) <= engine_now(eng);) {
        e->placements_failed++;
        if (t->service) t->service->placement_failures++;
        task_end_by_itself(t, CAUSE_PLACEMENT_TIMEOUT, "TaskFailedToStart", why_it_failed(e, t));
    }
    watch_timeout(e);
}

static void watch_timeout(ecs *e)
{
    provisioning *p = e->provisioning;
    if (p->tasks == 0)
        engine_cancel(e->eng, &p->timeout);
    else if (!engine_pending(e->eng, p->timeout)) /* else it comes no later than it must */
        p->timeout = engine_schedule(e->eng, gives_up_at(e, oldest(p)), PHASE_DURATION, give_up, 0);
}

/* ---- Placing (E167) ---- */

static void attempt(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    (void)subject;
    provisioning_place(context);
}

void provisioning_try(ecs *e)
{
    provisioning *p = e->provisioning;
    if (p->tasks == 0 || p->due) return;
    p->due = true;
    if (!engine_pending(e->eng, p->attempt))
        p->attempt = engine_schedule(e->eng, engine_now(e->eng), PHASE_STATE, attempt, 0);
}

static void tick(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    (void)subject;
    ecs *e = context;
    e->provisioning->tick = EVENT_NONE;
    provisioning_try(e);
}

void provisioning_try_at_tick(ecs *e)
{
    provisioning *p = e->provisioning;
    if (p->tasks == 0 || engine_pending(e->eng, p->tick)) return;
    const sim_time grid = e->cfg->control.reconcile_us;
    p->tick =
        engine_schedule(e->eng, (engine_now(e->eng) / grid + 1) * grid, PHASE_DURATION, tick, 0);
}

/* None of those with these needs finds room in this attempt. */
static void refuse(provisioning *p, uint32_t needs)
{
    for (uint32_t i = 0; i < p->list_count; i++)
        p->lists[i].refused |= p->lists[i].needs == needs;
}

void provisioning_place(ecs *e)
{
    provisioning *p = e->provisioning;
    if (!p->due) return;
    p->due = false;
    for (uint32_t s = 0; s < e->cfg->service_count; s++)
        if (e->services[s].exists && e->services[s].daemon)
            daemon_hold_ahead(e->services[s].daemon);
    for (uint32_t i = 0; i < p->list_count; i++)
        p->lists[i].refused = false;
    for (uint32_t list; (list = oldest_list(p)) != NO_INDEX;) {
        const waiting_list *l = &p->lists[list];
        task *t = l->first;
        random_stream *stream = t->service ? &t->service->placement_stream : &p->standalone;
        const uint32_t on = placement_choose(e->cluster, l->plan, stream);
        if (on == NO_INDEX)
            refuse(p, l->needs);
        else
            task_place(t, on);
    }
}

/* ---- Invariants ---- */

void provisioning_check(const ecs *e)
{
    const provisioning *p = e->provisioning;
    uint32_t tasks = 0, needed = 0, lists = 0;
    for (uint32_t i = 0; i < p->list_count; i++) {
        const waiting_list *l = &p->lists[i];
        CHECK(l->first && find_list(p, l->plan) == i);
        for (const task *t = l->first, *before = NULL; t; before = t, t = t->wait_next) {
            CHECK(t->waits && t->plan == l->plan && t->wait_prev == before); /* (1) */
            CHECK(!before || before->wait_number < t->wait_number);
            tasks++;
        }
        CHECK(placement_same_needs(p->needs[l->needs].plan, l->plan)); /* (2) */
    }
    for (uint32_t i = 0; i < p->needs_count; i++) {
        CHECK(p->needs[i].tasks > 0 && find_needs(p, p->needs[i].plan) == i);
        needed += p->needs[i].tasks;
        lists += p->needs[i].plans;
    }
    CHECK(tasks == p->tasks && needed == tasks && lists == p->list_count);
    CHECK(tasks <= e->cfg->control.provisioning_limit);
    CHECK(tasks == 0 || engine_pending(e->eng, p->timeout)); /* (3) */
}
