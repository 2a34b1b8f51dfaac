#include "models/ecs/daemon.h"
#include "models/ecs/service_parts.h"
#include "sim/engine/check.h"
#include <stdlib.h>

/* One instance as the service sees it. */
typedef struct {
    task *task;           /* its task there with desiredStatus RUNNING */
    uint32_t counted;     /* its tasks there that maximumPercent counts */
    placement_plan *held; /* whose room is held for the task to come; NULL: none */
    bool eligible, touched, waiting;
} daemon_place;

struct daemon {
    service *service;
    daemon_place *places; /* by instance */
    uint32_t place_count;
    uint32_t *touched;
    uint32_t touched_count, touched_capacity;
    uint64_t *waiting; /* eligible without a task: rank << 32 | index, ascending once sorted */
    uint32_t waiting_count, waiting_capacity;
    bool sorted;
    uint32_t *refused; /* scratch of a pass: instances that took no task */
    uint32_t refused_capacity;
    uint32_t eligible;
    const placement_plan *seen; /* the plan that eligibility is about */
};

daemon *daemon_create(service *s)
{
    daemon *g = memory_alloc(1, sizeof *g);
    g->service = s;
    return g;
}

static cluster *cluster_of(const daemon *g)
{
    return g->service->ecs->cluster;
}

static void release_hold(daemon *g, uint32_t index)
{
    daemon_place *p = &g->places[index];
    if (!p->held) return;
    placement_free(cluster_of(g), p->held, index);
    p->held = NULL;
    notify_changed(g->service->ecs->notifier, CHANGED_CLUSTER, 0);
    notify_changed(g->service->ecs->notifier, CHANGED_INSTANCE, index);
}

/* Room for the task to come, ahead of everybody else (E101). */
static void hold(daemon *g, placement_plan *plan, uint32_t index)
{
    daemon_place *p = &g->places[index];
    if (p->held || !placement_fits(cluster_of(g), plan, index)) return;
    placement_hold(cluster_of(g), plan, index);
    p->held = plan;
    notify_changed(g->service->ecs->notifier, CHANGED_CLUSTER, 0);
    notify_changed(g->service->ecs->notifier, CHANGED_INSTANCE, index);
}

void daemon_destroy(daemon *g)
{
    if (!g) return;
    free(g->places);
    free(g->touched);
    free(g->waiting);
    free(g->refused);
    free(g);
}

static void touch(daemon *g, uint32_t index)
{
    if (index >= g->place_count) {
        uint32_t count = 2 * index + 16;
        g->places = memory_resize(g->places, count, sizeof *g->places);
        memset(g->places + g->place_count, 0, (count - g->place_count) * sizeof *g->places);
        g->place_count = count;
    }
    if (g->places[index].touched) return;
    g->places[index].touched = true;
    if (g->touched_count == g->touched_capacity) {
        g->touched_capacity = g->touched_capacity ? 2 * g->touched_capacity : 64;
        g->touched = memory_resize(g->touched, g->touched_capacity, sizeof *g->touched);
    }
    g->touched[g->touched_count++] = index;
}

void daemon_touch(daemon *g, uint32_t index)
{
    touch(g, index);
    service_wake(g->service);
}

void daemon_touch_all(daemon *g)
{
    for (uint32_t i = 0; i < cluster_instance_count(cluster_of(g)); i++)
        touch(g, i);
    service_wake(g->service);
}

void daemon_count(daemon *g, task *t, int sign)
{
    daemon_place *p = &g->places[t->instance];
    if (t->state < TASK_DEPROVISIONING) p->counted += (uint32_t)sign;
    if (t->stopping) return;
    CHECK(sign < 0 ? p->task == t : !p->task);
    p->task = sign < 0 ? NULL : t;
}

/* ---- who is eligible ---- */

static stop_cause cause_of(const service *s, const task *t)
{
    if (t->draining) return CAUSE_DRAIN;
    return t->deployment == s->newest ? CAUSE_SCALE_IN : CAUSE_DEPLOYMENT;
}

static void wait_for_task(daemon *g, uint32_t index)
{
    g->places[index].waiting = true;
    if (g->waiting_count == g->waiting_capacity) {
        g->waiting_capacity = g->waiting_capacity ? 2 * g->waiting_capacity : 64;
        g->waiting = memory_resize(g->waiting, g->waiting_capacity, sizeof *g->waiting);
    }
    uint64_t rank = cluster_instance(cluster_of(g), index)->rank;
    g->waiting[g->waiting_count++] = rank << 32 | index;
    g->sorted = false;
}

static void look_at(daemon *g, uint32_t index)
{
    service *s = g->service;
    daemon_place *p = &g->places[index];
    bool eligible = !s->deleted && placement_allows(cluster_of(g), s->newest->plan, index);
    g->eligible += (uint32_t)eligible - (uint32_t)p->eligible;
    p->eligible = eligible;
    p->touched = false;
    if (p->held != s->newest->plan || !eligible) release_hold(g, index);
    if (eligible && !p->task && !p->waiting) wait_for_task(g, index);
    if (p->task && !eligible) service_stop_task(p->task, cause_of(s, p->task));
}

static void look_at_touched(daemon *g)
{
    if (g->touched_count > 1)
        qsort(g->touched, g->touched_count, sizeof *g->touched, ecs_compare_index);
    for (uint32_t i = 0; i < g->touched_count; i++) /* a stop touches its instance again */
        look_at(g, g->touched[i]);
    g->touched_count = 0;
}

void daemon_look(daemon *g)
{
    service *s = g->service;
    if (g->seen != s->newest->plan) {
        g->seen = s->newest->plan;
        for (uint32_t i = 0; i < cluster_instance_count(cluster_of(g)); i++)
            touch(g, i);
    }
    look_at_touched(g);
    if (s->config.desired_count == g->eligible) return;
    s->config.desired_count = g->eligible;
    notify_changed(s->ecs->notifier, CHANGED_SERVICE, s->index);
}

void daemon_hold_ahead(daemon *g)
{
    const service *s = g->service;
    placement_plan *plan = s->newest->plan;
    if (s->deleted || s->newest->rollout == ROLLOUT_FAILED || g->seen != plan) return;
    for (uint32_t i = 0; i < g->touched_count; i++) {
        const uint32_t index = g->touched[i];
        if (!g->places[index].task && placement_allows(cluster_of(g), plan, index))
            hold(g, plan, index);
    }
}

/* ---- starting ---- */

static int by_rank(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Forgets those that have a task now or may have none. */
static void drop_settled(daemon *g)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < g->waiting_count; i++) {
        daemon_place *p = &g->places[(uint32_t)g->waiting[i]];
        p->waiting = p->eligible && !p->task;
        if (p->waiting) g->waiting[kept++] = g->waiting[i];
    }
    g->waiting_count = kept;
    if (!g->sorted && kept > 1) qsort(g->waiting, kept, sizeof *g->waiting, by_rank);
    g->sorted = true;
}

typedef struct {
    deployment *newest, *old; /* who may start a task; NULL: cannot */
    bool rolling;             /* within maximumPercent (E142) */
} starters;

static starters who_may_start(service *s, uint32_t lower)
{
    deployment *old = rollout_fallback(s);
    bool may = s->newest->rollout != ROLLOUT_FAILED && service_may_start(s, s->newest);
    bool old_may = old && service_fallback_starts(s, lower) > 0 && service_may_start(s, old);
    return (starters){
        .newest = may ? s->newest : NULL,
        .old = old_may ? old : NULL,
        .rolling = s->newest->rollout == ROLLOUT_IN_PROGRESS || service_old_active(s) > 0,
    };
}

static bool start_from(daemon *g, deployment *d, uint32_t index)
{
    if (!d || !placement_fits(cluster_of(g), d->plan, index)) return false;
    task *t = service_place_on(g->service, d, PROVIDER_NONE, index);
    service_events_add(&g->service->events.started, t->number);
    return true;
}

typedef enum { START_DONE, START_LATER, START_REFUSED } start_result;

/* A task on an instance that waits for one: the newest deployment's, or, where that cannot be and healthy
 * ones are short, the old one's (E103). */
static start_result start_on(daemon *g, uint32_t index, uint32_t lower)
{
    service *s = g->service;
    daemon_place *p = &g->places[index];
    starters who = who_may_start(s, lower);
    bool stopping = s->ecs->cfg->control.max_counts_stopping && p->counted > 0;
    if (stopping || (who.rolling && service_slots(s) <= 0) || (!who.newest && !who.old))
        return START_LATER;
    placement_plan *held = p->held;
    release_hold(g, index);
    if (start_from(g, who.newest, index) || start_from(g, who.old, index)) return START_DONE;
    if (held) hold(g, held, index);
    return who.newest ? START_REFUSED : START_LATER;
}

void daemon_start_tasks(daemon *g, uint32_t lower)
{
    service *s = g->service;
    look_at_touched(g); /* what this pass has stopped */
    drop_settled(g);
    bool failed = s->newest->rollout == ROLLOUT_FAILED;
    service_want(s, failed ? 0 : g->waiting_count);
    if (s->unhealthy_holes > g->waiting_count) s->unhealthy_holes = g->waiting_count;
    if (g->waiting_count == 0) s->newest->refused = false;
    if (g->waiting_count > g->refused_capacity) {
        g->refused_capacity = g->waiting_capacity;
        g->refused = memory_resize(g->refused, g->refused_capacity, sizeof *g->refused);
    }
    uint32_t refused = 0;
    for (uint32_t i = 0; i < g->waiting_count; i++) {
        uint32_t index = (uint32_t)g->waiting[i];
        start_result result = start_on(g, index, lower);
        if (result == START_DONE) continue;
        if (!failed) hold(g, s->newest->plan, index);
        if (result == START_REFUSED) g->refused[refused++] = index;
    }
    if (refused > 0) s->newest->refused_plan = s->newest->plan;
    if (refused > 0) service_refused(s, s->newest, refused, g->refused, refused);
}

void daemon_check(const daemon *g)
{
    const service *s = g->service;
    uint32_t eligible = 0, tasks = 0, counted = 0;
    for (uint32_t i = 0; i < g->place_count; i++) {
        const daemon_place *p = &g->places[i];
        eligible += p->eligible;
        tasks += p->task != NULL;
        counted += p->counted;
        CHECK(!p->task || (p->task->service == s && p->task->instance == i && !p->task->stopping));
        CHECK(!p->held || !p->task); /* what is held is for a task to come */
        CHECK(!p->held || p->eligible || p->touched);
    }
    CHECK(eligible == g->eligible && tasks == s->active && counted == s->counted);
    CHECK(s->config.desired_count == eligible || s->dirty || s->deleted);
}
