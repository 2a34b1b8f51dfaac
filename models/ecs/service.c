/* service.c - the service scheduler's pass.
 *
 * One evaluation (E146, with E102-E107 as its cases without a deployment):
 *   stop old   (1) old tasks that are not healthy, (2) healthy old ones as far as
 * minimumHealthyPercent allows stop own   unhealthy tasks whose replacement is there, then what is
 * above the desired count make room  one unhealthy task, where maximumPercent leaves no slot for
 * its replacement start      (3) missing new tasks and same-revision replacements, alternately,
 * until capacity refuses then the messages, completion, steady state, and the one timer for the
 * next wait that ends.
 */
#include "models/ecs/service.h"
#include "models/ecs/circuit_breaker.h"
#include "models/phase.h"
#include "sim/engine/check.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- counts ---- */

/* A task with desiredStatus RUNNING: in the service's counts, and in those of its deployment by what it
 * counts as; one on a DRAINING instance is on its way out of it. */
static void count_active(const task *t, uint32_t by)
{
    service *s = t->service;
    deployment *d = t->deployment;
    bool healthy = t->verdict == VERDICT_HEALTHY;
    s->active += by;
    *(t->state == TASK_RUNNING ? &s->running : &s->pending) += by;
    if (healthy) s->healthy += by;
    if (t->draining) {
        d->leaving += by;
        if (healthy) d->leaving_healthy += by;
        return;
    }
    d->active += by;
    if (t->state == TASK_RUNNING) d->running += by;
    if (healthy)
        d->healthy += by;
    else
        *(t->verdict == VERDICT_UNHEALTHY && !t->in_grace ? &d->bad : &d->open) += by;
}

void service_count(task *t, int sign)
{
    service *s = t->service;
    if (!s || t->state == TASK_STOPPED) return;
    deployment *d = t->deployment;
    uint32_t by = (uint32_t)sign; /* -1 wraps, and unsigned sums wrap back */
    d->total += by;
    if (t->state < TASK_DEPROVISIONING) s->counted += by;
    if (!t->stopping) count_active(t, by);
    notify_changed(s->ecs->notifier, CHANGED_SERVICE, s->index);
}

static deployment_bounds bounds_of(const service *s)
{
    return deployment_bounds_of(s->config.desired_count, s->config.minimum_healthy_percent,
                                s->config.maximum_percent);
}

/* Tasks of any deployment with desiredStatus RUNNING that are undecided. */
static uint32_t open_count(const service *s)
{
    uint32_t open = 0;
    for (const deployment *d = s->newest; d; d = d->older)
        open += d->open;
    return open;
}

static uint32_t old_active(const service *s)
{
    return s->active - s->newest->active;
}

static deployment *oldest_with_healthy(const service *s)
{
    deployment *found = NULL;
    for (deployment *d = s->newest->older; d; d = d->older)
        if (d->healthy + d->leaving_healthy > 0) found = d;
    return found;
}

static sim_time next_tick(const service *s, sim_time after)
{
    sim_time tick = s->ecs->cfg->control.reconcile_us;
    return (after / tick + 1) * tick;
}

/* ---- plans ---- */

static void make_plan(service *s, deployment *d)
{
    ecs *e = s->ecs;
    uint32_t spread = s->group;
    if (e->cfg->control.spread_scope == SPREAD_SCOPE_DEPLOYMENT) {
        char name[600];
        snprintf(name, sizeof name, "service:%s#%" PRIu32, s->config.name, d->number);
        spread = cluster_group(e->cluster, name);
    }
    placement_request request = {
        .definition = &e->cfg->task_definitions[d->definition],
        .group = s->group,
        .spread_group = spread,
        .strategy_count = s->config.strategy_count,
        .strategies = s->config.strategies,
        .constraint_count = s->config.constraint_count,
        .constraints = s->config.constraints,
        .zone_count = s->config.zone_count,
        .zones = s->config.zones,
    };
    d->plan = ecs_make_plan(e, &request);
    d->refused_version = UINT64_MAX; /* whatever was refused is worth a new try */
}

/* ---- deployments ---- */

static void say_deployment(deployment *d, event_kind kind, const char *cause, uint64_t to)
{
    service *s = d->service;
    model_event ev = {.kind = kind,
                      .cell = {s->name, cell_pair(s->name, d->number),
                               s->ecs->families[d->definition].cell,
                               names_intern(s->ecs->names, cause),
                               (uint64_t)(engine_now(s->ecs->eng) - d->started_us), to}};
    notify_event(s->ecs->notifier, &ev);
}

static void start_deployment(service *s, uint32_t definition, deployment_cause cause)
{
    ecs *e = s->ecs;
    deployment *d = ARENA_NEW(e->arena, deployment);
    *d = (deployment){.service = s,
                      .number = ++s->deployment_count,
                      .definition = definition,
                      .cause = cause,
                      .started_us = engine_now(e->eng),
                      .tasks_before = s->next_number,
                      .older = s->newest};
    d->scaling_reason =
        arena_printf(e->arena, "Scaling activity initiated by (deployment ecs-svc/%s#%" PRIu32 ")",
                     s->config.name, d->number);
    make_plan(s, d);
    d->before = s->latest;
    s->latest = s->newest = d;
    s->live_deployments++;
    service_lasting_over(s, MESSAGE_STUCK);
    say_deployment(d, EVENT_DEPLOYMENT_STARTED, deployment_cause_names[cause], 0);
}

/* The newest old deployment that once completed: whose tasks are started while healthy ones are
 * short (E103). */
static deployment *fallback_deployment(const service *s)
{
    if (s->newest->rollout == ROLLOUT_COMPLETED) return NULL;
    for (deployment *d = s->newest->older; d; d = d->older)
        if (d->once_completed) return d;
    return NULL;
}

/* Older deployments without tasks become INACTIVE (E148). */
static void drop_inactive(service *s)
{
    const deployment *kept = fallback_deployment(s); /* it may have to start tasks again (E103) */
    for (deployment **link = &s->newest->older; *link;) {
        if ((*link)->total == 0 && *link != kept) {
            *link = (*link)->older;
            s->live_deployments--;
        } else {
            link = &(*link)->older;
        }
    }
}

static void complete_if_done(service *s)
{
    deployment *d = s->newest;
    uint32_t desired = s->config.desired_count;
    if (d->rollout != ROLLOUT_IN_PROGRESS || d->running != desired || d->healthy != desired ||
        d->active != desired || old_active(s) > 0)
        return;
    d->rollout = ROLLOUT_COMPLETED; /* E151 */
    d->once_completed = true;
    service_lasting_over(s, MESSAGE_STUCK);
    say_deployment(d, EVENT_DEPLOYMENT_COMPLETED, deployment_cause_names[d->cause], 0);
    service_say(s, "(deployment ecs-svc/%s#%" PRIu32 ") deployment completed.", s->config.name,
                d->number);
    notify_changed(s->ecs->notifier, CHANGED_SERVICE, s->index);
}

/* ---- the circuit breaker (E153-E159) ---- */

/* Only the PRIMARY deployment is watched, and only while it is in progress. */
static void count_failures(service *s, deployment *d, uint32_t failures)
{
    if (!s->config.breaker.enabled || d != s->newest || d->rollout != ROLLOUT_IN_PROGRESS) return;
    d->failed_tasks = circuit_breaker_failed(d->failed_tasks, failures);
}

void service_task_healthy(task *t)
{
    deployment *d = t->deployment;
    if (d == d->service->newest)
        d->failed_tasks = circuit_breaker_healthy(&d->service->config.breaker, d->failed_tasks);
}

/* E159: the most recent deployment that is COMPLETED, a rollback to it being one that is not. */
static deployment *rollback_target(const service *s)
{
    for (deployment *d = s->latest; d; d = d->before)
        if (d->rollout == ROLLOUT_COMPLETED) return d;
    return NULL;
}

/* It is PRIMARY again, and rolls out under the same bounds; no revision is made. */
static void roll_back(service *s, deployment *failed, deployment *to)
{
    say_deployment(failed, EVENT_DEPLOYMENT_ROLLING_BACK, "circuitBreaker",
                   cell_pair(s->name, to->number));
    service_say(s, "rolling back to deployment ecs-svc/%s#%" PRIu32 ".", s->config.name,
                to->number);
    deployment **link = &s->newest;
    while (*link && *link != to)
        link = &(*link)->older;
    if (*link)
        *link = to->older;
    else
        s->live_deployments++; /* it was INACTIVE */
    to->older = s->newest;
    s->newest = to;
    to->rollout = ROLLOUT_IN_PROGRESS;
    to->cause = DEPLOYMENT_ROLLBACK;
    to->started_us = engine_now(s->ecs->eng);
    to->tasks_before = s->next_number;
    to->failed_tasks = to->start_failures = 0;
    to->throttled_until_us = 0;
    to->refused = false;
    make_plan(s, to);
    s->config.task_definition = to->definition;
}

static void fail_if_broken(service *s)
{
    deployment *d = s->newest;
    const circuit_breaker_config *breaker = &s->config.breaker;
    if (!breaker->enabled || d->rollout != ROLLOUT_IN_PROGRESS || d->failed_tasks == 0 ||
        d->failed_tasks < circuit_breaker_threshold(breaker, s->config.desired_count))
        return;
    d->rollout = ROLLOUT_FAILED;
    say_deployment(d, EVENT_DEPLOYMENT_FAILED, "circuitBreaker", 0);
    service_say(s, "(deployment ecs-svc/%s#%" PRIu32 ") deployment failed: tasks failed to start.",
                s->config.name, d->number);
    deployment *to = breaker->rollback ? rollback_target(s) : NULL;
    if (to) roll_back(s, d, to);
    notify_changed(s->ecs->notifier, CHANGED_SERVICE, s->index);
    service_wake(s); /* the next pass acts on it */
}

/* ---- stopping ---- */

static void stop(task *t, stop_cause cause)
{
    const char *reason = t->deployment->scaling_reason;
    if (cause == CAUSE_UNHEALTHY) {
        reason = "Task failed container health checks";
        for (uint32_t i = 0; i < t->target_count; i++)
            if (load_balancing_state(t->ecs->lb, t->targets[i].target) == TARGET_UNHEALTHY) {
                const target_group_config *g =
                    &t->ecs->cfg->target_groups[t->targets[i].target_group];
                reason = arena_printf(t->ecs->arena,
                                      "Task failed ELB health checks in (target-group %s)",
                                      g->arn ? g->arn : g->name);
            }
        t->service->task_failures++;
        count_failures(t->service, t->deployment, 1); /* E155, stage 2 */
        sim_time now = engine_now(t->ecs->eng);       /* E62 for a task that can never be healthy */
        if (t->created_us == now) t->service->loop_until_us = next_tick(t->service, now);
    }
    task_stop(t, cause, "ServiceSchedulerInitiated", reason, STOP_ORDERED);
}

/* To be replaced: of an older deployment, or on a DRAINING instance (E172). */
static bool is_old(const task *t)
{
    return t->draining || t->deployment != t->service->newest;
}

static stop_cause cause_of_old(const task *t)
{
    return t->deployment != t->service->newest ? CAUSE_DEPLOYMENT : CAUSE_DRAIN;
}

/* Visits the service's tasks in number order; a stopped one stays readable (task_reap), its link is
 * read before. */
#define EACH_TASK(s, t)                                                                            \
    (task *t = (s)->first, *t##_next; t && (t##_next = t->service_next, true); t = t##_next)

/* E146 (1). */
static void stop_old_unhealthy(service *s, uint32_t lower)
{
    bool enough = s->healthy >= lower;
    for
        EACH_TASK(s, t)
        {
            if (t->stopping || !is_old(t) || t->verdict == VERDICT_HEALTHY) continue;
            if (enough || (t->state < TASK_RUNNING && t->number <= s->newest->tasks_before))
                stop(t, CAUSE_DEPLOYMENT);
        }
}

static void gather_candidate(ecs *e, uint32_t n, task *t)
{
    if (n == e->candidate_capacity) {
        e->candidate_capacity = n ? 2 * n : 64;
        e->candidates = memory_resize(e->candidates, e->candidate_capacity, sizeof *e->candidates);
        e->candidate_tasks =
            memory_resize(e->candidate_tasks, e->candidate_capacity, sizeof *e->candidate_tasks);
    }
    e->candidates[n] = (scale_in_candidate){t->instance, t->created_us, t->number};
    e->candidate_tasks[n] = t;
}

/* Stops `count` of the candidates gathered, each chosen by the strategies in reverse (E91). */
static void stop_candidates(service *s, uint32_t gathered, uint32_t count, stop_cause cause)
{
    ecs *e = s->ecs;
    while (count > 0 && gathered > 0) {
        uint32_t i = 0;
        if (count < gathered)
            i = placement_scale_in(e->cluster, s->newest->plan, e->candidates, gathered,
                                   &s->scale_in_stream);
        task *t = e->candidate_tasks[i];
        gathered--;
        for (uint32_t k = i; k < gathered; k++) { /* stays in task-number order */
            e->candidates[k] = e->candidates[k + 1];
            e->candidate_tasks[k] = e->candidate_tasks[k + 1];
        }
        stop(t, cause);
        count--;
    }
}

/* Gathers the healthy tasks that go next: of the oldest deployment that has some; then those of the newest on
 * the instance that has been DRAINING longest (E172). */
static uint32_t gather_healthy_old(service *s)
{
    const deployment *oldest = oldest_with_healthy(s);
    uint32_t first_drain = UINT32_MAX, gathered = 0;
    for
        EACH_TASK(s, t)
    if (!oldest && t->draining && !t->stopping && t->verdict == VERDICT_HEALTHY) {
        uint32_t order = s->ecs->hosts[t->instance].drain_order;
        if (order < first_drain) first_drain = order;
    }
    for
        EACH_TASK(s, t)
        {
            if (t->stopping || t->verdict != VERDICT_HEALTHY) continue;
            if (oldest ? t->deployment == oldest
                       : t->draining && s->ecs->hosts[t->instance].drain_order == first_drain)
                gather_candidate(s->ecs, gathered++, t);
        }
    return gathered;
}

/* E146 (2): healthy old tasks, oldest deployment first. */
static void stop_old_healthy(service *s, uint32_t lower)
{
    while (s->healthy > lower) {
        uint32_t gathered = gather_healthy_old(s);
        if (gathered == 0) return;
        uint32_t count = s->healthy - lower < gathered ? s->healthy - lower : gathered;
        stop_candidates(s, gathered, count, cause_of_old(s->ecs->candidate_tasks[0]));
    }
}

/* The one that has been unhealthy longest (E104), among old tasks or the newest deployment's own.
 */
static task *oldest_unhealthy(const service *s, bool old)
{
    task *found = NULL;
    for (task *t = s->first; t; t = t->service_next) {
        if (t->stopping || is_old(t) != old || t->verdict != VERDICT_UNHEALTHY || t->in_grace)
            continue;
        if (!found || t->unhealthy_since_us < found->unhealthy_since_us) found = t;
    }
    return found;
}

/* E102: an unhealthy task goes when what replaces it is there, or was no better. */
static void stop_replaced(service *s)
{
    deployment *d = s->newest;
    uint32_t desired = s->config.desired_count;
    while (d->bad > 0 && d->active > desired + d->open) {
        task *t = oldest_unhealthy(s, false);
        CHECK(t);
        stop(t, CAUSE_UNHEALTHY);
    }
}

/* E107 within the newest deployment: not yet RUNNING, then unhealthy in grace, then E91. */
static void scale_in(service *s)
{
    deployment *d = s->newest;
    uint32_t desired = s->config.desired_count;
    for (int class = 0; class < 3; class ++) {
        uint32_t surplus = d->healthy + d->open > desired ? d->healthy + d->open - desired : 0;
        if (surplus == 0) return;
        uint32_t gathered = 0;
        for
            EACH_TASK(s, t)
            {
                bool is_bad = t->verdict == VERDICT_UNHEALTHY && !t->in_grace;
                int task_class =
                    t->state < TASK_RUNNING ? 0 : (t->verdict == VERDICT_UNHEALTHY ? 1 : 2);
                if (!t->stopping && !is_old(t) && !is_bad && task_class == class)
                    gather_candidate(s->ecs, gathered++, t);
            }
        stop_candidates(s, gathered, surplus < gathered ? surplus : gathered, CAUSE_SCALE_IN);
    }
}

/* ---- starting ---- */

/* E112: on the ticks of the first minute after the first refusal, then every five minutes. */
static sim_time next_retry(const service *s, const deployment *d, sim_time now)
{
    const control_plane_config *control = &s->ecs->cfg->control;
    sim_time fast_end = d->refused_since_us + control->placement_retry_fast_us;
    sim_time tick = next_tick(s, now);
    if (tick <= fast_end) return tick;
    sim_time slow = control->placement_retry_slow_us;
    sim_time waits = now < fast_end ? 1 : (now - fast_end) / slow + 1;
    return next_tick(s, fast_end + waits * slow - 1);
}

/* Copies that are wanted now: new wants are dated, wants that are gone forget the youngest. */
static void want(service *s, uint64_t copies)
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

void ecs_print_reasons(const placement_refusal *refusal, char *buffer, size_t size)
{
    size_t used = (size_t)snprintf(buffer, size, "{");
    for (int r = 0; r < REFUSED_REASONS; r++)
        if (refusal->count[r] > 0 && used < size)
            used +=
                (size_t)snprintf(buffer + used, size - used, "%s\"%s\":%" PRIu32,
                                 used > 1 ? "," : "", refusal_reason_names[r], refusal->count[r]);
    CHECK(used + 1 < size);
    snprintf(buffer + used, size - used, "}");
}

static void log_refusal(service *s, deployment *d, uint32_t copies)
{
    ecs *e = s->ecs;
    char reasons[REFUSED_REASONS * 64];
    ecs_print_reasons(&d->refusal, reasons, sizeof reasons);
    bool any = d->refusal.closest != NO_INDEX;
    model_event ev = {
        .kind = EVENT_PLACEMENT_FAILED,
        .cell = {s->name, 0, cell_pair(s->name, d->number), e->families[d->definition].cell, copies,
                 cell_text(reasons), any ? d->refusal.closest + 1 : 0,
                 any ? cell_text(refusal_reason_names[d->refusal.closest_reason]) : 0}};
    notify_event(e->notifier, &ev);
}

static bool same_refusal(const placement_refusal *a, const placement_refusal *b)
{
    return a->closest == b->closest &&
           (a->closest == NO_INDEX || a->closest_reason == b->closest_reason) &&
           memcmp(a->count, b->count, sizeof a->count) == 0;
}

/* No instance took a copy; `copies` are still wanted. */
static void refused(service *s, deployment *d, uint32_t copies)
{
    ecs *e = s->ecs;
    sim_time now = engine_now(e->eng);
    bool first = !d->refused;
    if (first) d->refused_since_us = now;
    if (first || d->refused_last_us != now) { /* one attempt an instant */
        e->placements_failed++;
        s->placement_failures++;
        if (e->cfg->control.breaker_counts_placement) count_failures(s, d, copies); /* E157 */
        notify_changed(e->notifier, CHANGED_CLUSTER, 0);
        notify_changed(e->notifier, CHANGED_SERVICE, s->index);
    }
    uint64_t version = cluster_version(e->cluster);
    bool changed = first || d->refused_count != copies;
    if (first || d->refused_version != version) {
        placement_refusal refusal;
        placement_explain(e->cluster, d->plan, &refusal);
        changed |= first || !same_refusal(&refusal, &d->refusal);
        d->refusal = refusal;
    }
    d->refused = true;
    d->refused_last_us = now;
    d->refused_version = version;
    d->refused_count = copies;
    d->retry_us = next_retry(s, d, now);
    if (changed) log_refusal(s, d, copies);
    if (!s->refused) s->refused = d; /* said behind what the pass has done */
}

/* One copy of the deployment's task. False when no instance takes it. */
static bool place_one(service *s, deployment *d, bool replaces_unhealthy)
{
    ecs *e = s->ecs;
    uint32_t on = NO_INDEX;
    if (!d->refused || d->refused_version != cluster_version(e->cluster))
        on = placement_choose(e->cluster, d->plan, &s->placement_stream);
    if (on == NO_INDEX) return false;
    d->refused = false; /* the streak is over (E112) */
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
    task *t = task_create(e, s, d, d->definition, d->plan, on);
    service_events_add(&s->events.started, t->number);
    notify_placed(e->notifier, s->index, engine_now(e->eng) - since);
    return true;
}

/* May this deployment start a task in this instant? */
static bool may_start(service *s, const deployment *d)
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

/* How many of its tasks the newest deployment should start, by slots where a deployment is in
 * progress. */
typedef struct {
    uint32_t missing;  /* desired, and not there */
    uint32_t replaces; /* to stand in for unhealthy ones that are still there (E102) */
} start_plan;

static int64_t slots_of(const service *s)
{
    uint32_t counted = s->ecs->cfg->control.max_counts_stopping ? s->counted : s->active;
    return (int64_t)bounds_of(s).upper - counted; /* E142 */
}

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
    bool rolling = d->rollout == ROLLOUT_IN_PROGRESS || old_active(s) > 0;
    uint32_t bound = rolling ? plan.missing : s->unhealthy_holes, free = plan.missing - bound;
    int64_t slots = slots_of(s) - free;
    if (bound > slots) bound = slots > 0 ? (uint32_t)slots : 0;
    plan.missing = free + bound;
    slots -= bound;
    if (plan.replaces > slots) plan.replaces = slots > 0 ? (uint32_t)slots : 0;
    return plan;
}

static uint32_t fallback_starts(const service *s, uint32_t lower)
{
    uint32_t ahead = s->healthy + open_count(s);
    return ahead < lower ? lower - ahead : 0;
}

/* E146 (3). */
/* The old deployment whose task is started while healthy ones are short: one that has an unhealthy task without a
 * replacement, for that (same revision, E103); else, for a missing one, the fallback. */
static deployment *old_starter(const service *s, uint32_t lower)
{
    if (fallback_starts(s, lower) == 0 || s->newest->rollout == ROLLOUT_COMPLETED) return NULL;
    for (deployment *d = s->newest->older; d; d = d->older)
        if (d->bad > d->open) return d;
    return fallback_deployment(s);
}

/* What the pass wants to start, and how far it has got. */
typedef struct {
    start_plan plan;
    uint32_t wanted_new;
    int64_t slots;
    bool new_refused, old_refused; /* capacity takes no more of these */
    bool new_is_next;
} start_state;

static start_state begin_starts(service *s, uint32_t lower)
{
    start_state state = {.plan = plan_starts(s), .slots = slots_of(s), .new_is_next = true};
    state.wanted_new = state.plan.missing + state.plan.replaces;
    deployment *old = state.slots > 0 ? old_starter(s, lower) : NULL;
    uint32_t wanted_old = 0;
    if (old && fallback_starts(s, lower) > state.wanted_new && state.slots > state.wanted_new)
        wanted_old = fallback_starts(s, lower) - state.wanted_new;
    want(s, (uint64_t)state.wanted_new + wanted_old);
    for (deployment *d = s->newest; d; d = d->older) /* who wants no task has no streak (E112) */
        if (d == s->newest ? state.wanted_new == 0 : d != old) d->refused = false;
    return state;
}

/* Whose task is next, alternately, PRIMARY first; NULL: nobody's. */
static deployment *next_starter(service *s, const start_state *state, uint32_t lower)
{
    deployment *newest = s->newest;
    deployment *old = state->slots > 0 && !state->old_refused ? old_starter(s, lower) : NULL;
    bool bounded = newest->rollout == ROLLOUT_IN_PROGRESS || old_active(s) > 0;
    bool new_may = state->wanted_new > 0 && !state->new_refused && (!bounded || state->slots > 0) &&
                   may_start(s, newest);
    if (old && !may_start(s, old)) old = NULL;
    if (new_may && (state->new_is_next || !old)) return newest;
    return old;
}

/* E146 (3): until capacity refuses. */
static void start_tasks(service *s, uint32_t lower)
{
    start_state state = begin_starts(s, lower);
    for (deployment *d; (d = next_starter(s, &state, lower)) != NULL;) {
        bool is_new = d == s->newest;
        if (s->wanted.copies == 0) want(s, 1); /* another one took it */
        bool replaces = is_new ? state.wanted_new <= state.plan.replaces : d->bad > d->open;
        if (!place_one(s, d, replaces)) {
            refused(s, d, is_new ? state.wanted_new : fallback_starts(s, lower));
            *(is_new ? &state.new_refused : &state.old_refused) = true;
            continue;
        }
        state.wanted_new -= is_new;
        state.slots--;
        state.new_is_next = !is_new;
    }
}

/* ---- the pass ---- */

/* E102, E146 (3): where maximumPercent leaves no slot, one unhealthy task goes first. */
static void make_room(service *s, uint32_t lower)
{
    if (slots_of(s) > 0 || s->counted != s->active) return;
    if (s->healthy < lower && old_active(s) > 0) {
        task *t = oldest_unhealthy(s, true);
        if (t) {
            stop(t, CAUSE_UNHEALTHY);
            return;
        }
    }
    if (s->newest->bad > 0 && open_count(s) == 0) { /* one at a time */
        s->unhealthy_holes++;
        stop(oldest_unhealthy(s, false), CAUSE_UNHEALTHY);
    }
}

static void look_at_steady(service *s)
{
    uint32_t desired = s->config.desired_count;
    bool steady = s->running == desired && s->active == desired && s->healthy == desired &&
                  s->live_deployments == 1 && s->newest->leaving == 0 &&
                  s->newest->rollout == ROLLOUT_COMPLETED; /* E113 */
    if (steady)
        service_say_lasting(s, MESSAGE_STEADY, 0, "has reached a steady state.");
    else
        service_lasting_over(s, MESSAGE_STEADY);
    s->steady = steady;
}

/* E147, and the metric stalled.seconds: in progress, and nothing is under way. */
static void look_at_progress(service *s, deployment_bounds bounds)
{
    bool under_way = open_count(s) > 0 || s->counted != s->active;
    s->stalled = s->newest->rollout == ROLLOUT_IN_PROGRESS && !under_way;
    if (!under_way && old_active(s) > 0 && slots_of(s) <= 0 && s->healthy <= bounds.lower)
        service_say_lasting(s, MESSAGE_STUCK, 0,
                            "was unable to stop or start tasks during a deployment because of the "
                            "service deployment "
                            "configuration. Update the minimumHealthyPercent or maximumPercent "
                            "value and try again.");
}

static void timer_fired(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    service *s = &((ecs *)context)->services[subject];
    s->timer = EVENT_NONE;
    s->timer_us = SIM_NEVER;
    service_wake(s);
}

/* The next wait that ends: a retry, a throttle, the tick after a loop, the next minute, a message
 * to repeat. */
static void set_timer(service *s)
{
    ecs *e = s->ecs;
    sim_time now = engine_now(e->eng), due = SIM_NEVER;
#define EARLIEST(t)                                                                                \
    (due = (t) > now && (t) < due ? (t) : due) /* what is due already waits for something else */
    bool waiting = s->wanted.copies > 0;
    for (deployment *d = s->newest; d; d = d->older) {
        if (d->refused) EARLIEST(d->retry_us);
        if (waiting && d->throttled_until_us > now) EARLIEST(d->throttled_until_us);
    }
    if (waiting) EARLIEST(s->loop_until_us);
    if (waiting && s->launched >= e->cfg->control.launch_rate_per_minute)
        EARLIEST((now / SIM_MINUTE + 1) * SIM_MINUTE);
    if (s->steady) EARLIEST(service_lasting_due(s, MESSAGE_STEADY));
    if (old_active(s) > 0) EARLIEST(service_lasting_due(s, MESSAGE_STUCK));
#undef EARLIEST
    if (due == s->timer_us) return;
    engine_cancel(e->eng, &s->timer);
    s->timer_us = due;
    if (due != SIM_NEVER)
        s->timer = engine_schedule(e->eng, due, PHASE_DURATION, timer_fired, s->index);
}

static void end_deleted(service *s)
{
    if (!s->deleted || s->first) return;
    s->exists = false;
    engine_cancel(s->ecs->eng, &s->timer);
    s->timer_us = SIM_NEVER;
    notify_changed(s->ecs->notifier, CHANGED_SERVICE, s->index);
}

static void pass(service *s)
{
    if (!s->exists) return;
    drop_inactive(s);
    deployment_bounds bounds = bounds_of(s);
    if (old_active(s) > 0 && s->newest->rollout != ROLLOUT_FAILED) {
        stop_old_unhealthy(s, bounds.lower);
        stop_old_healthy(s, bounds.lower);
    }
    stop_replaced(s);
    scale_in(s);
    start_tasks(s, bounds.lower);
    make_room(s, bounds.lower); /* for the pass that follows its stop */
    service_say_gathered(s);
    if (s->refused) service_say_refused(s, &s->refused->refusal);
    s->refused = NULL;
    complete_if_done(s);
    fail_if_broken(s);
    drop_inactive(s);
    look_at_progress(s, bounds);
    look_at_steady(s);
    set_timer(s);
    end_deleted(s);
}

static int compare_index(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* All services that asked, by creation (A111 (11)). One that is woken meanwhile gets its pass
 * afterwards. */
static void passes(engine *eng, void *context, uint64_t subject)
{
    (void)subject;
    ecs *e = context;
    uint32_t count = e->dirty_count;
    qsort(e->dirty, count, sizeof *e->dirty, compare_index);
    for (uint32_t i = 0; i < count; i++) {
        service *s = &e->services[e->dirty[i]];
        s->dirty = false;
        pass(s);
    }
    e->dirty_count -= count;
    memmove(e->dirty, e->dirty + count, e->dirty_count * sizeof *e->dirty);
    if (e->dirty_count > 0) engine_schedule(eng, engine_now(eng), PHASE_SERVICE, passes, 0);
}

void service_wake(service *s)
{
    ecs *e = s->ecs;
    if (s->dirty || !s->exists) return;
    s->dirty = true;
    if (e->dirty_count == 0) engine_schedule(e->eng, engine_now(e->eng), PHASE_SERVICE, passes, 0);
    if (e->dirty_count == e->dirty_capacity) {
        e->dirty_capacity = e->dirty_capacity ? 2 * e->dirty_capacity : 16;
        e->dirty = memory_resize(e->dirty, e->dirty_capacity, sizeof *e->dirty);
    }
    e->dirty[e->dirty_count++] = s->index;
}

void service_wake_waiting(ecs *e)
{
    if (!e->cfg->control.retry_on_capacity_event) return;
    for (uint32_t i = 0; i < e->cfg->service_count; i++)
        if (e->services[i].exists && e->services[i].wanted.copies > 0)
            service_wake(&e->services[i]);
}

/* ---- what tasks tell ---- */

void service_task_stopping(task *t)
{
    service *s = t->service;
    if (t->cause > CAUSE_DRAIN) /* not the scheduler's */
        return;
    if (t->started)
        service_events_add(&s->events.stopped, t->number);
    else
        s->events.stopped_pending++;
    service_wake(s);
}

void service_task_stopped(task *t)
{
    service *s = t->service;
    sim_time now = engine_now(s->ecs->eng);
    if (t->by_itself) {
        s->task_failures += t->cause == CAUSE_CRASH;
        if (!t->was_healthy) count_failures(s, t->deployment, 1);       /* E155 stage 1, E158 */
        if (t->created_us == now) s->loop_until_us = next_tick(s, now); /* E62 */
        if (!t->started) {                                              /* E109, E110 */
            deployment *d = t->deployment;
            const control_plane_config *control = &s->ecs->cfg->control;
            d->start_failures++;
            d->throttled_until_us = now + deployment_throttle(control, d->start_failures);
            if (d->start_failures == control->throttle_after_failures)
                service_say(s, "is unable to consistently start tasks successfully.");
        }
    }
    if (t->by_itself || t->cause == CAUSE_USER || t->cause == CAUSE_INSTANCE_LOST) s->holes++;
    service_wake(s);
}

/* ---- calls ---- */

void service_init(ecs *e, uint32_t index)
{
    service *s = &e->services[index];
    char name[600];
    *s = (service){.ecs = e,
                   .index = index,
                   .config = e->cfg->services[index],
                   .launch_minute = -1,
                   .timer_us = SIM_NEVER};
    s->name = names_intern(e->names, s->config.name);
    s->owner_hash = random_purpose(s->config.name);
    snprintf(name, sizeof name, "service:%s", s->config.name);
    s->group = cluster_group(e->cluster, name);
    snprintf(name, sizeof name, "placement/%s", s->config.name);
    s->placement_stream = random_stream_at(e->random, random_purpose(name), 0);
    snprintf(name, sizeof name, "scaleIn/%s", s->config.name);
    s->scale_in_stream = random_stream_at(e->random, random_purpose(name), 0);
}

void service_finish(service *s)
{
    service_events_finish(&s->events);
    free(s->wanted.run);
}

static void say_service(service *s, event_kind kind)
{
    ecs *e = s->ecs;
    model_event ev = {.kind = kind,
                      .cell = {s->name, s->config.desired_count,
                               e->families[s->config.task_definition].cell,
                               names_intern(e->names, "user")}};
    notify_event(e->notifier, &ev);
    notify_changed(e->notifier, CHANGED_SERVICE, s->index);
}

static void assign_targets(const service *s)
{
    for (uint32_t i = 0; i < s->config.load_balancer_count; i++)
        load_balancing_assign(s->ecs->lb, s->config.load_balancers[i].target_group, s->index);
}

void service_create(service *s)
{
    s->exists = true;
    assign_targets(s);
    say_service(s, EVENT_SERVICE_CREATED);
    start_deployment(s, s->config.task_definition, DEPLOYMENT_CREATED);
    service_wake(s);
}

void service_apply(service *s, const service_update *call)
{
    if (!s->exists || s->deleted) return;
    service_config *c = &s->config;
    const service_config *to = &call->to;
    bool other_definition = call->has_task_definition && to->task_definition != c->task_definition;
    if (call->has_task_definition) c->task_definition = to->task_definition;
    if (call->has_desired_count) c->desired_count = to->desired_count;
    if (call->has_deployment_configuration) {
        c->breaker = to->breaker;
        c->minimum_healthy_percent = to->minimum_healthy_percent;
        c->maximum_percent = to->maximum_percent;
    }
    if (call->has_strategies) {
        c->strategy_count = to->strategy_count;
        c->strategies = to->strategies;
    }
    if (call->has_constraints) {
        c->constraint_count = to->constraint_count;
        c->constraints = to->constraints;
    }
    if (call->has_load_balancers) {
        c->load_balancer_count = to->load_balancer_count;
        c->load_balancers = to->load_balancers;
        assign_targets(s);
    }
    if (call->has_grace_period) c->grace_period_us = to->grace_period_us;
    say_service(s, EVENT_SERVICE_UPDATED);
    if (call->has_strategies || call->has_constraints)
        for (deployment *d = s->newest; d; d = d->older)
            make_plan(s, d);
    if (call->has_grace_period)
        for (task *t = s->first; t; t = t->service_next)
            task_set_grace(t, c->grace_period_us);
    service_lasting_over(s, MESSAGE_STUCK);
    if (call->has_desired_count || other_definition || call->force_new_deployment)
        service_lasting_over(s, MESSAGE_STEADY); /* it will be reached anew */
    if (other_definition || call->has_load_balancers || call->force_new_deployment) /* E152, E161 */
        start_deployment(s, c->task_definition,
                         call->force_new_deployment && !other_definition ? DEPLOYMENT_FORCED
                                                                         : DEPLOYMENT_UPDATED);
    service_wake(s);
}

bool service_delete(service *s, bool force)
{
    if (!s->exists || s->deleted) return true;
    if (s->config.desired_count > 0 && !force) return false;
    s->deleted = true;
    s->config.desired_count = 0;
    say_service(s, EVENT_SERVICE_DELETED);
    service_wake(s);
    return true;
}

/* ---- looking ---- */

void service_sample_now(const service *s, service_sample *out)
{
    deployment_bounds bounds = bounds_of(s);
    *out = (service_sample){
        .exists = s->exists,
        .deleted = s->deleted,
        .desired = s->config.desired_count,
        .running = s->running,
        .healthy = s->healthy,
        .pending = s->pending,
        .active = s->active,
        .counted = s->counted,
        .lower = bounds.lower,
        .upper = bounds.upper,
        .deployments = s->live_deployments,
        .newest_deployment = s->newest ? s->newest->number : 0,
        .newest_completed = s->newest && s->newest->rollout == ROLLOUT_COMPLETED,
        .steady = s->steady,
        .stalled = s->stalled,
        .fail_open = load_balancing_service_fail_open(s->ecs->lb, s->index),
        .task_failures = s->task_failures,
        .task_replacements = s->task_replacements,
        .placement_failures = s->placement_failures,
    };
    load_balancing_service_requests(s->ecs->lb, s->index, &out->requests);
}

void service_check(const service *s)
{
    uint32_t total = 0, active = 0, running = 0, healthy = 0, counted = 0, last = 0;
    for (const task *t = s->first; t; t = t->service_next) {
        CHECK(t->service == s && t->number > last);
        last = t->number;
        total++;
        counted += t->state < TASK_DEPROVISIONING;
        active += !t->stopping;
        running += !t->stopping && t->state == TASK_RUNNING;
        healthy += !t->stopping && t->verdict == VERDICT_HEALTHY;
    }
    CHECK(active == s->active && running == s->running && healthy == s->healthy &&
          counted == s->counted);
    CHECK(s->pending == active - running);
    uint32_t of_deployments = 0, deployments = 0;
    for (const deployment *d = s->newest; d; d = d->older) {
        CHECK(d->active == d->healthy + d->bad + d->open && d->active <= d->total);
        of_deployments += d->total;
        deployments++;
    }
    CHECK(of_deployments == total && deployments == s->live_deployments);
    CHECK(!s->steady || s->running == s->config.desired_count || s->dirty);
}
