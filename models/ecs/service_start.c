/* service_start.c - the part of a pass that starts tasks: which, how many, on what instance, and what
 * happens when none takes them (E102, E103, E106, E112, E146 (3)). */
#include "models/ec2/fault.h"
#include "models/ecs/provisioning.h"
#include "models/ecs/service_parts.h"
#include "sim/engine/check.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* E112: on the ticks of the first minute after the first refusal, then every five minutes. */
sim_time service_next_retry(const service *s, sim_time since_us, sim_time now)
{
    const control_plane_config *control = &s->ecs->cfg->control;
    sim_time fast_end = since_us + control->placement_retry_fast_us;
    sim_time tick = service_next_tick(s, now);
    if (tick <= fast_end) return tick;
    sim_time slow = control->placement_retry_slow_us;
    sim_time waits = now < fast_end ? 1 : (now - fast_end) / slow + 1;
    return service_next_tick(s, fast_end + waits * slow - 1);
}

/* Copies that are wanted now: new wants are dated, wants that are gone forget the youngest. */
void service_want(service *s, uint64_t copies)
{
    wanted_queue *q = &s->wanted;
    while (q->copies > copies) {
        wanted_run *last = &q->run[(q->head + q->count - 1) % q->capacity];
        uint64_t drop = q->copies - copies < last->copies ? q->copies - copies : last->copies;
        last->copies -= (uint32_t)drop;
        q->copies -= drop;
        q->count -= last->copies == 0;
    }
    if (q->copies == copies) return;
    if (q->count == q->capacity) {
        uint32_t capacity = q->capacity ? 2 * q->capacity : 4;
        wanted_run *run = memory_alloc(capacity, sizeof *run);
        for (uint32_t i = 0; i < q->count; i++)
            run[i] = q->run[(q->head + i) % q->capacity];
        free(q->run);
        q->run = run;
        q->head = 0;
        q->capacity = capacity;
    }
    q->run[(q->head + q->count++) % q->capacity] =
        (wanted_run){engine_now(s->ecs->eng), (uint32_t)(copies - q->copies)};
    q->copies = copies;
}

static sim_time take_want(service *s)
{
    wanted_queue *q = &s->wanted;
    CHECK(q->copies > 0);
    wanted_run *first = &q->run[q->head];
    sim_time since = first->since_us;
    q->copies--;
    if (--first->copies == 0) {
        q->head = (q->head + 1) % q->capacity;
        q->count--;
    }
    return since;
}

void service_log_refusal(service *s, const deployment *d, const placement_refusal *refusal,
                         uint32_t copies)
{
    ecs *e = s->ecs;
    char reasons[REFUSED_REASONS * 64];
    ecs_print_reasons(refusal, reasons, sizeof reasons);
    bool any = refusal->closest != NO_INDEX;
    model_event ev = {.kind = EVENT_PLACEMENT_FAILED,
                      .cell = {s->name, 0, cell_pair(s->name, d->number),
                               e->families[d->definition].cell, copies, cell_text(reasons),
                               any ? refusal->closest + 1 : 0,
                               any ? cell_text(refusal_reason_names[refusal->closest_reason]) : 0}};
    notify_event(e->notifier, &ev);
}

bool service_same_refusal(const placement_refusal *a, const placement_refusal *b)
{
    return a->closest == b->closest &&
           (a->closest == NO_INDEX || a->closest_reason == b->closest_reason) &&
           memcmp(a->count, b->count, sizeof a->count) == 0;
}

/* Fargate has no capacity: no instance is to blame, and the circuit breaker does not count (E157). */
static void refused_by_fargate(service *s, deployment *d, uint32_t copies, bool first)
{
    sim_time now = engine_now(s->ecs->eng);
    bool changed = first || d->refused_count != copies || !provider_is_fargate(d->refusal.provider);
    d->refusal = (placement_refusal){.provider = PROVIDER_FARGATE, .closest = NO_INDEX};
    d->refused = true;
    d->refused_last_us = now;
    d->refused_version = UINT64_MAX; /* nothing that the cluster does changes it */
    d->refused_count = copies;
    d->retry_us = service_next_retry(s, d->refused_since_us, now);
    if (changed) service_log_refusal(s, d, &d->refusal, copies);
    if (!s->refused) s->refused = d;
}

void service_refused(service *s, deployment *d, uint32_t copies, const uint32_t *among,
                     uint32_t count)
{
    ecs *e = s->ecs;
    sim_time now = engine_now(e->eng);
    bool first = !d->refused;
    if (first) d->refused_since_us = now;
    if (first || d->refused_last_us != now) { /* one attempt an instant */
        e->placements_failed++;
        s->placement_failures++;
        if (e->cfg->control.breaker_counts_placement && !d->refused_by_fargate &&
            !d->refused_by_limit)
            rollout_count_failures(s, d, copies); /* E157 */
        notify_changed(e->notifier, CHANGED_CLUSTER, 0);
        notify_changed(e->notifier, CHANGED_SERVICE, s->index);
    }
    uint64_t version = cluster_version(e->cluster);
    if (d->refused_by_fargate) {
        refused_by_fargate(s, d, copies, first);
        return;
    }
    bool changed = first || d->refused_count != copies;
    if (first || d->refused_version != version || d->refused_plan != d->explained_plan) {
        placement_refusal refusal;
        if (among)
            placement_explain_among(e->cluster, d->refused_plan, among, count, &refusal);
        else
            placement_explain(e->cluster, d->refused_plan, &refusal);
        changed |= first || !service_same_refusal(&refusal, &d->refusal);
        d->refusal = refusal;
        d->explained_plan = d->refused_plan;
    }
    d->refused = true;
    d->refused_last_us = now;
    d->refused_version = version;
    d->refused_count = copies;
    d->retry_us = service_next_retry(s, d->refused_since_us, now);
    if (changed) service_log_refusal(s, d, &d->refusal, copies);
    if (!s->refused) s->refused = d; /* said behind what the pass has done */
}

/* Where a task is to go: an instance (NO_INDEX: none takes it), or a zone of Fargate. */
typedef struct {
    placement_plan *plan;
    uint32_t provider, instance;
    name_id zone;
    bool refused;  /* Fargate has no capacity in any of the zones */
    bool waits;    /* no instance, but one will be launched (E165) */
    bool no_queue; /* it would, were there not too many that do (E166) */
} task_seat;

placement_plan *service_plan_for(const service *s, const deployment *d, uint32_t provider)
{
    for (uint32_t i = 0; i < s->config.share_count; i++)
        if (s->config.shares[i].provider == provider) return d->plans[i];
    return d->plan;
}

/* The provider first (E181), then the instance (E70) or the zone (E86). */
static task_seat choose_seat(service *s, deployment *d)
{
    ecs *e = s->ecs;
    task_seat seat = {.provider =
                          capacity_choose(s->config.shares, s->config.share_count, &s->capacity),
                      .instance = NO_INDEX};
    seat.plan =
        provider_is_fargate(seat.provider) ? d->plan : service_plan_for(s, d, seat.provider);
    if (provider_is_fargate(seat.provider)) {
        seat.refused = !ecs_fargate_zone(e, s->config.zones, s->config.zone_count, &s->capacity,
                                         seat.provider, &seat.zone);
        return seat;
    }
    bool same = d->refused && d->refused_plan == seat.plan &&
                d->refused_version == cluster_version(e->cluster);
    if (!same) seat.instance = placement_choose(e->cluster, seat.plan, &s->placement_stream);
    if (seat.instance == NO_INDEX && provisioning_takes(e, seat.provider)) {
        seat.no_queue = provisioning_is_full(e);
        seat.waits = !seat.no_queue;
    }
    return seat;
}

/* A copy of the deployment's task on the seat. */
static task *take_seat(service *s, deployment *d, const task_seat *seat, bool replaces_unhealthy)
{
    ecs *e = s->ecs;
    if (s->wanted.copies == 0) service_want(s, 1); /* another one took it */
    d->refused = false;                            /* the streak is over (E112) */
    service_lasting_over(s, MESSAGE_PLACEMENT);
    sim_time since = take_want(s);
    s->launched++;
    bool fills_hole = d == s->newest && s->unhealthy_holes > 0;
    if (replaces_unhealthy || fills_hole) {
        if (!replaces_unhealthy) s->unhealthy_holes--;
        s->events.replaced_unhealthy++;
        s->task_replacements++;
    } else if (s->holes > 0) {
        s->holes--;
        s->task_replacements++;
    }
    if (seat->waits)
        return task_create_waiting(e, s, d, d->definition, seat->plan, since, SIM_NEVER);
    task *t = provider_is_fargate(seat->provider)
                  ? task_create_on_fargate(e, s, d, d->definition, seat->plan, seat->provider,
                                           seat->zone, SIM_NEVER)
                  : task_create(e, s, d, d->definition, seat->plan, seat->instance, SIM_NEVER);
    notify_placed(e->notifier, s->index, engine_now(e->eng) - since);
    return t;
}

task *service_place_on(service *s, deployment *d, uint32_t provider, uint32_t on)
{
    const task_seat seat = {
        .plan = service_plan_for(s, d, provider), .provider = provider, .instance = on};
    return take_seat(s, d, &seat, false);
}

task *service_place_in_zone(service *s, deployment *d, uint32_t provider, name_id zone)
{
    if (fault_launch_refused(s->ecs, zone, provider, 0)) return NULL;
    const task_seat seat = {
        .plan = d->plan, .provider = provider, .instance = NO_INDEX, .zone = zone};
    return take_seat(s, d, &seat, false);
}

/* One copy of the deployment's task. False when no instance takes it. */
static bool place_one(service *s, deployment *d, bool replaces_unhealthy)
{
    task_seat seat = choose_seat(s, d);
    bool fargate = provider_is_fargate(seat.provider);
    if (seat.refused || (!fargate && seat.instance == NO_INDEX && !seat.waits)) {
        d->refused_by_fargate = seat.refused;
        d->refused_by_limit = seat.no_queue;
        d->refused_plan = seat.plan;
        return false;
    }
    task *t = take_seat(s, d, &seat, replaces_unhealthy);
    service_events_add(&s->events.started, t->number);
    return true;
}

bool service_may_start(service *s, const deployment *d)
{
    sim_time now = engine_now(s->ecs->eng);
    int64_t minute = now / SIM_MINUTE;
    if (minute != s->launch_minute) {
        s->launch_minute = minute;
        s->launched = 0;
    }
    return s->loop_until_us <= now && d->throttled_until_us <= now &&
           s->launched < s->ecs->cfg->control.launch_rate_per_minute;
}

void service_start_copies(service *s, deployment *d, uint32_t copies, uint32_t replaces)
{
    for (; copies > 0 && service_may_start(s, d); copies--) {
        if (s->wanted.copies == 0) service_want(s, 1); /* another deployment took it */
        if (!place_one(s, d, copies <= replaces)) {
            service_refused(s, d, copies, NULL, 0);
            return;
        }
    }
}

/* How many of its tasks the newest deployment should start, by slots where a deployment is in
 * progress. */
typedef struct {
    uint32_t missing;  /* desired, and not there */
    uint32_t replaces; /* to stand in for unhealthy ones that are still there (E102) */
} start_plan;

static start_plan plan_starts(service *s)
{
    const deployment *d = s->newest;
    if (d->rollout == ROLLOUT_FAILED) return (start_plan){0}; /* E148: launches no new tasks */
    uint32_t desired = s->config.desired_count, good = d->healthy + d->open;
    start_plan plan = {.missing = d->active < desired ? desired - d->active : 0};
    if (good < desired) plan.replaces = desired - good - plan.missing;
    if (s->unhealthy_holes > plan.missing) s->unhealthy_holes = plan.missing;
    /* A deployment and replacements stay within maximumPercent (E102, E142, E146 (3)); other tasks that
     * are missing do not ask (E106). */
    bool rolling = d->rollout == ROLLOUT_IN_PROGRESS || service_old_active(s) > 0;
    uint32_t bound = rolling ? plan.missing : s->unhealthy_holes, free = plan.missing - bound;
    int64_t slots = service_slots(s) - free;
    if (bound > slots) bound = slots > 0 ? (uint32_t)slots : 0;
    plan.missing = free + bound;
    slots -= bound;
    if (plan.replaces > slots) plan.replaces = slots > 0 ? (uint32_t)slots : 0;
    return plan;
}

/* Of tasks on DRAINING instances that survive a failed deployment, those whose replacement is missing: the failed
 * one launches none (E148), so the old revision stands in for it (E172). */
static uint32_t drained_missing(const service *s)
{
    uint32_t leaving = 0, staying = 0, desired = s->config.desired_count;
    if (s->newest->rollout != ROLLOUT_FAILED) return 0;
    for (const deployment *d = s->newest; d; d = d->older) {
        leaving += d->leaving;
        staying += d->active;
    }
    uint32_t missing = staying < desired ? desired - staying : 0;
    return missing < leaving ? missing : leaving;
}

uint32_t service_fallback_starts(const service *s, uint32_t lower)
{
    uint32_t ahead = s->healthy + service_open_count(s), drained = drained_missing(s);
    uint32_t missing = ahead < lower ? lower - ahead : 0;
    return missing > drained ? missing : drained;
}

/* The old deployment whose task is started while healthy ones are short: one that has an unhealthy task without a
 * replacement, for that (same revision, E103); else, for a missing one, the fallback. */
static deployment *old_starter(const service *s, uint32_t lower)
{
    if (service_fallback_starts(s, lower) == 0 || s->newest->rollout == ROLLOUT_COMPLETED)
        return NULL;
    for (deployment *d = s->newest->older; d; d = d->older)
        if (d->bad > d->open) return d;
    return rollout_fallback(s);
}

/* What the pass wants to start, and how far it has got. */
typedef struct {
    start_plan plan;
    uint32_t wanted_new;
    int64_t slots;
    bool new_refused, old_refused; /* capacity takes no more of these */
    bool new_is_next;
} start_state;

/* E146 (3). */
static start_state begin_starts(service *s, uint32_t lower)
{
    start_state state = {.plan = plan_starts(s), .slots = service_slots(s), .new_is_next = true};
    state.wanted_new = state.plan.missing + state.plan.replaces;
    deployment *old = state.slots > 0 ? old_starter(s, lower) : NULL;
    uint32_t wanted_old = 0;
    if (old && service_fallback_starts(s, lower) > state.wanted_new &&
        state.slots > state.wanted_new)
        wanted_old = service_fallback_starts(s, lower) - state.wanted_new;
    service_want(s, (uint64_t)state.wanted_new + wanted_old);
    for (deployment *d = s->newest; d; d = d->older) /* who wants no task has no streak (E112) */
        if (d == s->newest ? state.wanted_new == 0 : d != old) d->refused = false;
    return state;
}

/* Whose task is next, alternately, PRIMARY first; NULL: nobody's. */
static deployment *next_starter(service *s, const start_state *state, uint32_t lower)
{
    deployment *newest = s->newest;
    deployment *old = state->slots > 0 && !state->old_refused ? old_starter(s, lower) : NULL;
    bool bounded = newest->rollout == ROLLOUT_IN_PROGRESS || service_old_active(s) > 0;
    bool new_may = state->wanted_new > 0 && !state->new_refused && (!bounded || state->slots > 0) &&
                   service_may_start(s, newest);
    if (old && !service_may_start(s, old)) old = NULL;
    if (new_may && (state->new_is_next || !old)) return newest;
    return old;
}

/* E146 (3): until capacity refuses. */
void service_start_tasks(service *s, uint32_t lower)
{
    start_state state = begin_starts(s, lower);
    for (deployment *d; (d = next_starter(s, &state, lower)) != NULL;) {
        bool is_new = d == s->newest;
        bool replaces = is_new ? state.wanted_new <= state.plan.replaces : d->bad > d->open;
        if (!place_one(s, d, replaces)) {
            service_refused(s, d, is_new ? state.wanted_new : service_fallback_starts(s, lower),
                            NULL, 0);
            *(is_new ? &state.new_refused : &state.old_refused) = true;
            continue;
        }
        state.wanted_new -= is_new;
        state.slots--;
        state.new_is_next = !is_new;
    }
}
