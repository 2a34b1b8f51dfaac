/* service_stop.c - which of its tasks a service stops: those of older deployments, those on DRAINING
 * instances, unhealthy ones, and what is above the desired count.
 */
#include "models/ecs/capacity_provider.h"
#include "models/ecs/placement.h"
#include "models/ecs/scale_in_order.h"
#include "models/ecs/service_parts.h"
#include "sim/engine/check.h"
#include <stdio.h>
#include <string.h>

void service_stop_task(task *t, stop_cause cause)
{
    const char *reason = t->deployment->scaling_reason;
    if (cause == CAUSE_UNHEALTHY) {
        reason = "Task failed container health checks";
        for (uint32_t i = 0; i < t->target_count; i++)
            if (load_balancing_state(t->ecs->lb, t->targets[i].target) == TARGET_UNHEALTHY) {
                char text[440], group[400];
                snprintf(text, sizeof text, "Task failed ELB health checks in %s",
                         target_group_text(t->ecs->cfg, t->targets[i].target_group, group,
                                           sizeof group));
                reason = names_text(t->ecs->names, names_intern(t->ecs->names, text));
            }
        t->service->task_failures++;
        rollout_count_failures(t->service, t->deployment, 1); /* E155, stage 2 */
        sim_time now = engine_now(t->ecs->eng); /* E62 for a task that can never be healthy */
        if (t->placed_us == now) t->service->loop_until_us = service_next_tick(t->service, now);
    }
    task_stop(t, cause, "ServiceSchedulerInitiated", reason, STOP_ORDERED);
}

/* The newest deployment has failed and nothing was rolled back: what survives keeps running (E159). */
static bool given_up(const service *s)
{
    return s->newest->rollout == ROLLOUT_FAILED && s->config.desired_count > 0;
}

/* To be replaced: of an older deployment, or on a DRAINING instance (E172). Of those that survive a failed deployment
 * only the unhealthy ones are (E103). */
static bool is_old(const task *t)
{
    if (t->draining) return true;
    bool bad = t->verdict == VERDICT_UNHEALTHY && !t->in_grace;
    return t->deployment != t->service->newest && (bad || !given_up(t->service));
}

bool service_has_old(const service *s)
{
    if (!given_up(s)) return service_old_active(s) > 0;
    uint32_t old = s->newest->leaving;
    for (const deployment *d = s->newest->older; d; d = d->older)
        old += d->leaving + d->bad;
    return old > 0;
}

/* A deleted service spares nobody. */
bool service_spares(const task *t)
{
    return t->shielded && !t->service->deleted;
}

void service_spare(service *s, const deployment *d, uint32_t tasks)
{
    if (s->shielded == 0) s->shielding = d;
    s->shielded += tasks;
}

static stop_cause cause_of_old(const task *t)
{
    if (given_up(t->service)) return t->draining ? CAUSE_DRAIN : CAUSE_UNHEALTHY;
    return t->deployment != t->service->newest ? CAUSE_DEPLOYMENT : CAUSE_DRAIN;
}

/* Visits the service's tasks in number order; a stopped one stays readable (task_reap), its link is
 * read before. */
#define EACH_TASK(s, t)                                                                            \
    for (task *t = (s)->first, *t##_next; t && (t##_next = t->service_next, true); t = t##_next)

/* Of an older deployment, or on a DRAINING instance, and not healthy. */
static bool may_be_old_unhealthy(const task *t)
{
    return !t->stopping && (t->draining || t->deployment != t->service->newest) &&
           t->verdict != VERDICT_HEALTHY;
}

static uint32_t count_old_unhealthy(const service *s)
{
    uint32_t count = 0;
    for (const deployment *d = s->newest; d; d = d->older) {
        count += d->leaving - d->leaving_healthy;
        if (d != s->newest) count += d->bad + d->open;
    }
    return count;
}

/* E146 (1). */
static void stop_old_unhealthy(service *s, uint32_t lower)
{
    bool enough = s->healthy >= lower;
    uint32_t left = count_old_unhealthy(s);
    EACH_TASK (s, t) {
        if (left == 0) return;
        if (!may_be_old_unhealthy(t)) continue;
        left--;
        if (!is_old(t)) continue;
        if (!enough && !(t->state < TASK_RUNNING && t->number <= s->newest->tasks_before)) continue;
        if (service_spares(t))
            service_spare(s, t->deployment, 1);
        else
            service_stop_task(t, cause_of_old(t));
    }
}

static void gather(ecs *e, uint32_t n, task *t)
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

static uint32_t count_on_fargate(const ecs *e, uint32_t gathered)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < gathered; i++)
        count += task_on_fargate(e->candidate_tasks[i]);
    return count;
}

/* On Fargate, which has no strategies: from the zone with most tasks of the provider, the newest
 * (E86, E91). */
static uint32_t fullest_zone(const service *s, uint32_t gathered)
{
    uint32_t best = 0, most = 0;
    for (uint32_t i = 0; i < gathered; i++) {
        const task *t = s->ecs->candidate_tasks[i], *b = s->ecs->candidate_tasks[best];
        uint32_t tasks =
            capacity_tasks_in(&s->capacity, t->provider, task_on_fargate(t) ? t->zone : 0);
        bool newer = t->created_us > b->created_us ||
                     (t->created_us == b->created_us && t->number > b->number);
        if (i > 0 && (tasks < most || (tasks == most && !newer))) continue;
        best = i;
        most = tasks;
    }
    return best;
}

/* Forgets the i-th of those gathered; they stay in task-number order. */
static void drop_candidate(ecs *e, uint32_t gathered, uint32_t i)
{
    const size_t behind = gathered - i - 1;
    memmove(e->candidates + i, e->candidates + i + 1, behind * sizeof *e->candidates);
    memmove(e->candidate_tasks + i, e->candidate_tasks + i + 1,
            behind * sizeof(*e->candidate_tasks));
}

/* Stops up to `count` of those gathered that wait for room, the newest first: they have no instance to be judged by
 * (E91, E165). Returns how many. */
static uint32_t stop_waiting(service *s, uint32_t gathered, uint32_t count, stop_cause cause)
{
    ecs *e = s->ecs;
    uint32_t stopped = 0;
    for (uint32_t i = gathered; i > 0 && stopped < count; i--) {
        task *t = e->candidate_tasks[i - 1];
        if (!t->waits) continue;
        drop_candidate(e, gathered - stopped, i - 1);
        service_stop_task(t, cause);
        stopped++;
    }
    return stopped;
}

/* Stops up to `count` of those gathered while any of them is on Fargate. Returns how many; the others stay, in
 * task-number order. */
static uint32_t stop_on_fargate(service *s, uint32_t gathered, uint32_t count, stop_cause cause)
{
    ecs *e = s->ecs;
    uint32_t stopped = 0;
    for (uint32_t left = count_on_fargate(e, gathered); left > 0 && stopped < count; stopped++) {
        const uint32_t i = fullest_zone(s, gathered - stopped);
        task *t = e->candidate_tasks[i];
        drop_candidate(e, gathered - stopped, i);
        left -= task_on_fargate(t);
        service_stop_task(t, cause);
    }
    return stopped;
}

/* Stops `count` of those gathered, each chosen by the strategies in reverse (E91). */
static void stop_candidates(service *s, uint32_t gathered, uint32_t count, stop_cause cause)
{
    ecs *e = s->ecs;
    if (count >= gathered) { /* nothing to choose */
        for (uint32_t i = 0; i < gathered; i++)
            service_stop_task(e->candidate_tasks[i], cause);
        return;
    }
    const uint32_t waiting = stop_waiting(s, gathered, count, cause);
    gathered -= waiting;
    count -= waiting;
    const uint32_t stopped = stop_on_fargate(s, gathered, count, cause), steps = count - stopped;
    if (steps == 0) return;
    scale_in_order_begin(e->scale_in_order, e->cluster, s->newest->plan, e->candidates,
                         gathered - stopped, steps);
    for (uint32_t i = 0; i < steps; i++)
        service_stop_task(
            e->candidate_tasks[scale_in_order_next(e->scale_in_order, &s->scale_in_stream)], cause);
}

/* The oldest that has healthy tasks to stop. */
static deployment *oldest_with_healthy(const service *s)
{
    deployment *found = NULL;
    if (given_up(s)) return NULL; /* they survive */
    for (deployment *d = s->newest->older; d; d = d->older)
        if (d->healthy + d->leaving_healthy > d->shielded_healthy) found = d;
    return found;
}

static bool healthy_to_stop(const task *t)
{
    return !t->stopping && t->verdict == VERDICT_HEALTHY && !service_spares(t);
}

/* A deployment's; older ones have lower numbers, so that the walk is short. */
static uint32_t gather_healthy_of(service *s, const deployment *d)
{
    const uint32_t healthy = d->healthy + d->leaving_healthy;
    const uint32_t all = s->deleted ? healthy : healthy - d->shielded_healthy;
    uint32_t gathered = 0;
    for (task *t = s->first; gathered < all; t = t->service_next)
        if (t->deployment == d && healthy_to_stop(t)) gather(s->ecs, gathered++, t);
    return gathered;
}

/* Gathers the healthy tasks that go next: of the oldest deployment that has some; then those on the instance that
 * has been DRAINING longest (E172). */
static uint32_t gather_healthy_old(service *s)
{
    const deployment *oldest = oldest_with_healthy(s);
    uint32_t first_drain = UINT32_MAX, gathered = 0;
    if (oldest) return gather_healthy_of(s, oldest);
    EACH_TASK (s, t)
        if (t->draining && healthy_to_stop(t)) {
            uint32_t order = s->ecs->hosts[t->instance].drain_order;
            if (order < first_drain) first_drain = order;
        }
    EACH_TASK (s, t)
        if (t->draining && healthy_to_stop(t) &&
            s->ecs->hosts[t->instance].drain_order == first_drain)
            gather(s->ecs, gathered++, t);
    return gathered;
}

/* Healthy old tasks that lower would let go, and protection does not. */
static void spare_healthy_old(service *s, uint32_t lower)
{
    uint32_t surplus = s->healthy - lower;
    EACH_TASK (s, t) {
        if (surplus == 0) return;
        if (t->stopping || !is_old(t) || t->verdict != VERDICT_HEALTHY || !service_spares(t))
            continue;
        service_spare(s, t->deployment, 1);
        surplus--;
    }
}

/* E146 (2): healthy old tasks, oldest deployment first. */
static void stop_old_healthy(service *s, uint32_t lower)
{
    while (s->healthy > lower) {
        uint32_t gathered = gather_healthy_old(s);
        if (gathered == 0) {
            spare_healthy_old(s, lower);
            return;
        }
        uint32_t count = s->healthy - lower < gathered ? s->healthy - lower : gathered;
        stop_candidates(s, gathered, count, cause_of_old(s->ecs->candidate_tasks[0]));
    }
}

/* Is it one of the deployment's that stay unless something is wrong with them? */
static bool belongs_to(const task *t, const deployment *d)
{
    return t->deployment == d && !t->stopping && !t->draining;
}

/* The one that has been unhealthy longest (E104): of the deployment's own, or (NULL) of old tasks. */
static task *longest_unhealthy(const service *s, const deployment *d)
{
    task *found = NULL;
    for (task *t = s->first; t; t = t->service_next) {
        if (t->verdict != VERDICT_UNHEALTHY || t->in_grace) continue;
        if (d ? !belongs_to(t, d) : t->stopping || !is_old(t) || service_spares(t)) continue;
        if (!found || t->unhealthy_since_us < found->unhealthy_since_us) found = t;
    }
    return found;
}

void service_stop_replaced(service *s, const deployment *d, uint32_t kept)
{
    while (d->bad > 0 && d->active > kept + d->open) {
        task *t = longest_unhealthy(s, d);
        CHECK(t);
        service_stop_task(t, CAUSE_UNHEALTHY);
    }
}

/* May a scale-in of the deployment take it, and as which class of E107: not yet RUNNING, unhealthy in
 * grace, the others? */
static int class_of_surplus(const task *t, const deployment *d)
{
    bool is_bad = t->verdict == VERDICT_UNHEALTHY && !t->in_grace;
    if (!belongs_to(t, d) || is_bad || service_spares(t)) return -1;
    return t->state < TASK_RUNNING ? 0 : (t->verdict == VERDICT_UNHEALTHY ? 1 : 2);
}

/* E182: the provider that a scale-in takes from. */
typedef struct {
    uint32_t provider;
    bool any, several; /* several: more than one has tasks to give */
} provider_choice;

static void offer_provider(const service *s, provider_choice *c, uint32_t provider)
{
    c->several |= c->any && provider != c->provider;
    if (!c->any || capacity_leaves_first(s->config.shares, s->config.share_count, &s->capacity,
                                         provider, c->provider))
        c->provider = provider;
    c->any = true;
}

static provider_choice provider_of_surplus(service *s, const deployment *d)
{
    provider_choice choice = {.provider = PROVIDER_NONE};
    EACH_TASK (s, t)
        if (class_of_surplus(t, d) >= 0) offer_provider(s, &choice, t->provider);
    return choice;
}

/* Where its tasks run on several providers, one after the other (E182). */
void service_scale_in(service *s, const deployment *d, uint32_t kept)
{
    for (int class = 0; class < 3; class ++) {
        uint32_t surplus = d->healthy + d->open > kept ? d->healthy + d->open - kept : 0;
        if (surplus == 0) return;
        uint32_t gathered = 0;
        const provider_choice from = provider_of_surplus(s, d);
        EACH_TASK (s, t) {
            if (class_of_surplus(t, d) == class && t->provider == from.provider)
                gather(s->ecs, gathered++, t);
        }
        if (from.several && gathered > 0) surplus = 1;
        stop_candidates(s, gathered, surplus < gathered ? surplus : gathered, CAUSE_SCALE_IN);
        if (from.several && gathered > 0) class = -1; /* the next one's provider */
    }
    if (d->healthy + d->open > kept) service_spare(s, d, d->healthy + d->open - kept);
}

bool service_stop_in_zone(service *s, name_id zone)
{
    provider_choice from = {.provider = PROVIDER_NONE};
    uint32_t gathered = 0;
    EACH_TASK (s, t)
        if (!t->stopping && !service_spares(t) && t->zone == zone)
            offer_provider(s, &from, t->provider);
    EACH_TASK (s, t) {
        if (!t->stopping && !service_spares(t) && t->zone == zone && t->provider == from.provider)
            gather(s->ecs, gathered++, t);
    }
    if (gathered == 0) return false;
    stop_candidates(s, gathered, 1, CAUSE_REBALANCE);
    return true;
}

/* Scale-in after the newest deployment has failed: of the tasks that survive, older ones first (E107). */
static void scale_in_survivors(service *s)
{
    for (int newest = 0; newest < 2 && s->survivors_to_stop > 0; newest++) {
        uint32_t gathered = 0;
        EACH_TASK (s, t) {
            if (!t->stopping && (t->deployment == s->newest) == newest && !service_spares(t))
                gather(s->ecs, gathered++, t);
        }
        uint32_t count = s->survivors_to_stop < gathered ? s->survivors_to_stop : gathered;
        stop_candidates(s, gathered, count, CAUSE_SCALE_IN);
        s->survivors_to_stop -= count;
    }
    uint32_t above = s->active > s->config.desired_count ? s->active - s->config.desired_count : 0;
    if (s->survivors_to_stop > above) s->survivors_to_stop = above;
    if (s->survivors_to_stop > 0) service_spare(s, s->newest, s->survivors_to_stop);
}

void service_stop_tasks(service *s, uint32_t lower)
{
    if (given_up(s)) scale_in_survivors(s);
    if (service_has_old(s)) {
        stop_old_unhealthy(s, lower);
        stop_old_healthy(s, lower);
    }
    const uint32_t desired = s->config.desired_count;
    service_stop_replaced(s, s->newest, desired);
    service_scale_in(s, s->newest, desired + s->rebalance.extra); /* E118 */
}

void service_make_room(service *s, uint32_t lower)
{
    if ((service_slots(s) > 0 && !s->daemon) || s->counted != s->active)
        return; /* E101: one an instance */
    if (s->healthy < lower && service_has_old(s)) {
        task *t = longest_unhealthy(s, NULL);
        if (t) {
            service_stop_task(t, CAUSE_UNHEALTHY);
            return;
        }
    }
    if (s->newest->bad > 0 && service_open_count(s) == 0) { /* one at a time */
        s->unhealthy_holes++;
        service_stop_task(longest_unhealthy(s, s->newest), CAUSE_UNHEALTHY);
    }
}
