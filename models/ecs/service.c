/* service.c - the service scheduler's pass.
 *
 * One evaluation (E146, with E102-E107 as its cases without a deployment):
 *   stop old   (1) old tasks that are not healthy, (2) healthy old ones as far as
 *              minimumHealthyPercent allows
 *   stop own   unhealthy tasks whose replacement is there, then what is above the desired count
 *              (service_stop.c)
 *   start      (3) missing new tasks and same-revision replacements, alternately, until capacity
 *              refuses (service_start.c)
 *   make room  one unhealthy task, where maximumPercent leaves no slot for its replacement
 * then the messages, completion (rollout.c), steady state, and the one timer for the next wait
 * that ends.
 */
#include "models/ecs/deployment_alarm.h"
#include "models/ecs/keep.h"
#include "models/ecs/provisioning.h"
#include "models/ecs/task_set.h"
#include "models/ecs/traffic_shift.h"
#include "models/phase.h"
#include "models/workload/queue.h"
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
    capacity_count(&s->capacity, t->provider, task_on_fargate(t) ? t->zone : 0, (int)by);
    *(t->state == TASK_RUNNING ? &s->running : &s->pending) += by;
    if (t->state == TASK_RUNNING) {
        s->cpu_used += (int32_t)by * t->cpu_used;
        s->cpu_reserved += (int32_t)by * (int64_t)placement_needs(t->plan)->cpu_units;
        memory_line_add(&s->memory, t->memory, (int32_t)by);
        s->memory_reserved_mib += (int32_t)by * (int64_t)placement_needs(t->plan)->memory_mib;
    }
    if (healthy) s->healthy += by;
    if (healthy && t->shielded) d->shielded_healthy += by;
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

static void work_changes(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    service *s = &((ecs *)context)->services[subject];
    s->work_planned = false;
    queues_work(s->ecs->queues, s->index, s->running);
}

/* Its message queues are told once an instant (A111 (12)). */
static void plan_work(service *s)
{
    if (s->work_planned) return;
    s->work_planned = true;
    engine_schedule(s->ecs->eng, engine_now(s->ecs->eng), PHASE_SHARE, work_changes, s->index);
}

void service_cpu_used(task *t, int64_t more)
{
    if (!t->service || t->stopping || t->state != TASK_RUNNING) return;
    t->service->cpu_used += more;
    notify_changed(t->ecs->notifier, CHANGED_SERVICE, t->service->index);
}

void service_count(task *t, int sign)
{
    service *s = t->service;
    if (!s || t->state == TASK_STOPPED) return;
    deployment *d = t->deployment;
    uint32_t by = (uint32_t)sign; /* -1 wraps, and unsigned sums wrap back */
    d->total += by;
    if (t->state < TASK_DEPROVISIONING && d->number > s->deployments_before) s->counted += by;
    if (s->daemon && d->number > s->deployments_before) daemon_count(s->daemon, t, sign);
    if (!t->stopping) count_active(t, by);
    if (s->works_on_queue) plan_work(s);
    notify_changed(s->ecs->notifier, CHANGED_SERVICE, s->index);
}

deployment_bounds service_bounds(const service *s)
{
    return deployment_bounds_of(s->config.desired_count, s->config.minimum_healthy_percent,
                                s->config.maximum_percent);
}

/* Tasks of any deployment with desiredStatus RUNNING that are undecided. */
uint32_t service_open_count(const service *s)
{
    uint32_t open = 0;
    for (const deployment *d = s->newest; d; d = d->older)
        open += d->open;
    return open;
}

uint32_t service_old_active(const service *s)
{
    return s->active - s->newest->active;
}

sim_time service_next_tick(const service *s, sim_time after)
{
    sim_time tick = s->ecs->cfg->control.reconcile_us;
    return (after / tick + 1) * tick;
}

int64_t service_slots(const service *s)
{
    uint32_t counted = s->ecs->cfg->control.max_counts_stopping ? s->counted : s->active;
    return (int64_t)service_bounds(s).upper - counted; /* E142 */
}

/* ---- the pass ---- */

static void look_at_steady(service *s)
{
    uint32_t desired = s->config.desired_count;
    bool steady = s->running == desired && s->active == desired && s->healthy == desired &&
                  s->live_deployments == 1 && s->newest->leaving == 0 &&
                  s->newest->rollout == ROLLOUT_COMPLETED; /* E113 */
    if (task_set_has(s)) steady = task_set_all_steady(s);
    if (steady)
        service_say_lasting(s, MESSAGE_STEADY, 0, "has reached a steady state.");
    else
        service_lasting_over(s, MESSAGE_STEADY);
    rebalance_note_steady(s, steady);
    s->steady = steady;
}

/* E108: what protection keeps from being stopped keeps the service from its steady state. */
static void look_at_protection(service *s)
{
    if (s->shielded == 0) {
        service_lasting_over(s, MESSAGE_PROTECTED);
        return;
    }
    service_say_lasting(s, MESSAGE_PROTECTED, (uint64_t)s->shielding->number << 32 | s->shielded,
                        "was unable to reach steady state because (taskSet ecs-svc/%s#%" PRIu32
                        ") was unable to scale in due to (reason %" PRIu32
                        " tasks under protection)",
                        s->config.name, s->shielding->number, s->shielded);
}

/* E147, and the metric stalled.seconds: in progress, and nothing is under way. */
static void look_at_progress(service *s, deployment_bounds bounds)
{
    bool under_way = service_open_count(s) > 0 || s->counted != s->active ||
                     traffic_shift_waits(s) || deployment_alarm_bakes(s);
    s->stalled = service_is_deploying(s) && !under_way;
    if (!under_way && !task_set_has(s) && !traffic_shift_is_on(s) && service_has_old(s) &&
        service_slots(s) <= 0 && s->healthy <= bounds.lower)
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
    EARLIEST(s->shift.due_us);
    EARLIEST(s->watch.bake_until_us);
    if (waiting && s->launched >= e->cfg->control.launch_rate_per_minute)
        EARLIEST((now / SIM_MINUTE + 1) * SIM_MINUTE);
    if (s->steady) EARLIEST(service_lasting_due(s, MESSAGE_STEADY));
    if (s->shielded > 0) EARLIEST(service_lasting_due(s, MESSAGE_PROTECTED));
    if (service_has_old(s)) EARLIEST(service_lasting_due(s, MESSAGE_STUCK));
    EARLIEST(rebalance_due(s));
#undef EARLIEST
    if (due == s->timer_us) return;
    engine_cancel(e->eng, &s->timer);
    s->timer_us = due;
    if (due != SIM_NEVER)
        s->timer = engine_schedule(e->eng, due, PHASE_DURATION, timer_fired, s->index);
}

static void end_deleted(service *s)
{
    if (!s->deleted) return;
    for (const task *t = s->first; t; t = t->service_next)
        if (t->state < TASK_STOPPING) return;
    s->ecs->live_services--;
    s->exists = false; /* INACTIVE: all are STOPPING or STOPPED (E111) */
    engine_cancel(s->ecs->eng, &s->timer);
    s->timer_us = SIM_NEVER;
    notify_changed(s->ecs->notifier, CHANGED_SERVICE, s->index);
}

/* Within minimum and maximum percent: a rolling deployment, or none (E146). */
static void roll(service *s, deployment_bounds bounds)
{
    service_stop_tasks(s, bounds.lower);
    if (s->daemon)
        daemon_start_tasks(s->daemon, bounds.lower);
    else
        service_start_tasks(s, bounds.lower);
    service_make_room(s, bounds.lower); /* for the pass that follows its stop */
}

/* Stops and starts. */
static void move_tasks(service *s, deployment_bounds bounds)
{
    if (traffic_shift_is_on(s)) traffic_shift_advance(s);
    if (task_set_has(s))
        task_set_keep(s);
    else if (traffic_shift_is_on(s))
        keep_deployments(s);
    else
        roll(s, bounds);
}

/* What has come of it. */
static void settle(service *s)
{
    if (task_set_has(s)) {
        task_set_settle(s);
        return;
    }
    rollout_complete_if_done(s);
    rollout_fail_if_broken(s);
    rollout_drop_inactive(s);
}

static void pass(service *s)
{
    if (!s->exists) return;
    if (!s->newest) { /* no task set yet (E163) */
        end_deleted(s);
        return;
    }
    if (!task_set_has(s)) rollout_drop_inactive(s);
    if (s->daemon) daemon_look(s->daemon);
    rebalance_watch(s);
    deployment_bounds bounds = service_bounds(s);
    s->shielded = 0;
    move_tasks(s, bounds);
    service_say_gathered(s);
    if (s->refused) service_say_refused(s, s->refused);
    s->refused = NULL;
    settle(s);
    look_at_progress(s, bounds);
    look_at_protection(s);
    look_at_steady(s);
    rebalance_go_on(s);
    set_timer(s);
    end_deleted(s);
}

/* Daemons' tasks are the first to start (E101). */
#define BEHIND_DAEMONS (UINT32_C(1) << 31)

/* All services that asked, by creation (A111 (11)), daemons first. One that is woken meanwhile gets its
 * pass afterwards. Tasks that wait for room are older than what a REPLICA service starts now (E167). */
static void passes(engine *eng, void *context, uint64_t subject)
{
    (void)subject;
    ecs *e = context;
    uint32_t count = e->dirty_count;
    qsort(e->dirty, count, sizeof *e->dirty, ecs_compare_index);
    for (uint32_t i = 0; i < count; i++) {
        service *s = &e->services[e->dirty[i] & ~BEHIND_DAEMONS];
        s->dirty = false;
        if (e->dirty[i] & BEHIND_DAEMONS) provisioning_place(e);
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
    e->dirty[e->dirty_count++] = s->index | (s->daemon ? 0 : BEHIND_DAEMONS);
}

void service_instance_changed(ecs *e, uint32_t index)
{
    for (uint32_t i = 0; e->live_services > 0 && i < e->cfg->service_count; i++) {
        service *s = &e->services[i];
        if (s->exists && s->daemon) daemon_touch(s->daemon, index);
        if (s->exists && s->config.rebalancing) rebalance_look_again(s);
    }
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
    if (t->cause == CAUSE_REBALANCE)
        service_events_add_in_zone(&s->events.rebalanced, t->number, t->zone);
    else if (t->started)
        service_events_add(&s->events.stopped, t->number);
    else
        s->events.stopped_pending++;
    service_wake(s);
}

void service_task_leaves(task *t)
{
    if (t->by_itself || task_was_lost(t)) t->service->holes++;
    if (t->service->daemon) daemon_touch(t->service->daemon, t->instance);
}

void service_task_stopped(task *t)
{
    service *s = t->service;
    sim_time now = engine_now(s->ecs->eng);
    if (t->by_itself) {
        s->task_failures += t->cause == CAUSE_CRASH;
        if (t->placed_us == now) s->loop_until_us = service_next_tick(s, now); /* E62 */
        if (!t->started) {                                                     /* E109, E110 */
            deployment *d = t->deployment;
            const control_plane_config *control = &s->ecs->cfg->control;
            d->start_failures++;
            d->throttled_until_us = now + deployment_throttle(control, d->start_failures);
            if (d->start_failures == control->throttle_after_failures)
                service_say(s, "is unable to consistently start tasks successfully.");
        }
    }
    if ((t->by_itself || task_was_lost(t)) && !t->was_healthy)
        rollout_count_failures(s, t->deployment, 1); /* E155 stage 1, E158 */
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
                   .timer_us = SIM_NEVER,
                   .shift = {.due_us = SIM_NEVER},
                   .watch = {.bake_until_us = SIM_NEVER}};
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
    daemon_destroy(s->daemon);
    rebalance_finish(&s->rebalance);
    service_events_finish(&s->events);
    capacity_counts_finish(&s->capacity);
    free(s->wanted.run);
}

static void say_service(service *s, event_kind kind, const char *cause)
{
    ecs *e = s->ecs;
    const bool runs_any = s->newest || s->config.controller != CONTROLLER_EXTERNAL;
    model_event ev = {.kind = kind,
                      .cell = {s->name, s->config.desired_count,
                               runs_any ? e->families[s->config.task_definition].cell : 0,
                               names_intern(e->names, cause)}};
    notify_event(e->notifier, &ev);
    notify_changed(e->notifier, CHANGED_SERVICE, s->index);
}

static void assign_targets(service *s)
{
    for (uint32_t i = 0; i < s->config.load_balancer_count; i++) {
        const service_load_balancer *l = &s->config.load_balancers[i];
        load_balancing_assign(s->ecs->lb, l->target_group, s->index);
        if (l->production.given)
            load_balancing_assign(s->ecs->lb, l->alternate_target_group, s->index);
    }
    if (!traffic_shift_is_on(s)) traffic_shift_settle(s);
}

void service_create(service *s)
{
    s->exists = true;
    s->ecs->live_services++;
    if (s->config.daemon) {
        s->config.desired_count = 0; /* until its first pass has seen the instances */
        s->daemon = daemon_create(s);
    }
    assign_targets(s);
    say_service(s, EVENT_SERVICE_CREATED, "user");
    if (s->config.revision_count > 0)
        rollout_adopt(s);
    else if (s->config.controller != CONTROLLER_EXTERNAL)
        rollout_start(s, s->config.task_definition, DEPLOYMENT_CREATED);
    service_wake(s);
}

void service_set_up_anew(service *s, const service_config *config)
{
    CHECK(!s->exists && s->active == 0); /* what is left of its tasks is STOPPING */
    daemon_destroy(s->daemon);
    s->daemon = NULL;
    rebalance_finish(&s->rebalance);
    s->rebalance = (rebalance){0};
    s->config = *config;
    s->deleted = false;
    s->deployments_before = s->deployment_count;
    s->newest = s->latest = s->blue = NULL;
    s->shift = (traffic_shift){.due_us = SIM_NEVER};
    s->live_deployments = s->counted = 0;
    s->holes = s->unhealthy_holes = s->survivors_to_stop = 0;
    for (int kind = 0; kind < MESSAGE_LASTING; kind++)
        service_lasting_over(s, (lasting_message)kind);
}

static void update(service *s, const service_update *call, const char *cause)
{
    if (!s->exists || s->deleted) return;
    service_config *c = &s->config;
    const service_config *to = &call->to;
    bool other_definition = call->has_task_definition && to->task_definition != c->task_definition;
    if (call->has_task_definition) c->task_definition = to->task_definition;
    if (call->has_desired_count && !s->daemon) c->desired_count = to->desired_count;
    if (call->has_desired_count && !task_set_has(s) && s->newest->rollout == ROLLOUT_FAILED &&
        s->active > c->desired_count)
        s->survivors_to_stop = s->active - c->desired_count;
    if (call->has_deployment_configuration) {
        c->breaker = to->breaker;
        c->alarms = to->alarms;
        c->shift = to->shift;
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
        c->load_balancers = traffic_shift_orient(s, to->load_balancers, to->load_balancer_count);
        c->load_balancer_count = to->load_balancer_count;
        assign_targets(s);
    }
    if (call->has_shares) {
        c->share_count = to->share_count;
        c->shares = to->shares;
    }
    if (call->has_rebalancing) c->rebalancing = to->rebalancing;
    if (call->has_grace_period) c->grace_period_us = to->grace_period_us;
    say_service(s, EVENT_SERVICE_UPDATED, cause);
    if (call->has_strategies || call->has_constraints || call->has_shares)
        for (deployment *d = s->newest; d; d = d->older)
            rollout_make_plan(s, d);
    if (call->has_grace_period)
        for (task *t = s->first; t; t = t->service_next)
            task_set_grace(t, c->grace_period_us);
    service_lasting_over(s, MESSAGE_STUCK);
    if (call->has_desired_count || other_definition || call->force_new_deployment)
        service_lasting_over(s, MESSAGE_STEADY); /* it will be reached anew */
    if (other_definition || call->has_load_balancers || call->force_new_deployment) /* E152, E161 */
        rollout_start(s, c->task_definition,
                      call->force_new_deployment && !other_definition ? DEPLOYMENT_FORCED
                                                                      : DEPLOYMENT_UPDATED);
    service_wake(s);
}

void service_apply(service *s, const service_update *call)
{
    update(s, call, "user");
}

void service_scale(service *s, uint32_t desired, const char *cause)
{
    service_update call = {.has_desired_count = true, .to = {.desired_count = desired}};
    update(s, &call, cause);
}

bool service_is_deploying(const service *s)
{
    if (task_set_has(s)) return s->exists && task_set_any_begins(s);
    return s->exists && s->newest->rollout == ROLLOUT_IN_PROGRESS;
}

bool service_delete(service *s, bool force)
{
    if (!s->exists || s->deleted) return true;
    if (s->config.desired_count > 0 && !force && !s->daemon) return false;
    s->deleted = true;
    if (s->daemon) daemon_touch_all(s->daemon);
    s->config.desired_count = 0;
    traffic_shift_end(s, false);
    deployment_alarm_end(s);
    say_service(s, EVENT_SERVICE_DELETED, "user");
    service_wake(s);
    return true;
}

/* ---- looking ---- */

void service_sample_now(const service *s, service_sample *out)
{
    deployment_bounds bounds = service_bounds(s);
    const task_family *newest =
        &s->ecs->families[s->newest ? s->newest->definition : s->config.task_definition];
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
        .oom_kills = s->oom_kills,
        .cpu_used = s->cpu_used,
        .cpu_reserved = s->cpu_reserved,
        .cpu_told = newest->cpu_use_count > 0,
        .memory_told = newest->uses_memory,
        .memory = s->memory,
        .memory_reserved_mib = s->memory_reserved_mib,
        .fargate_nano_usd_per_hour = s->bill.nano_usd_per_hour,
        .fargate_extra_usd = s->bill.extra_usd,
        .fargate_idle = s->bill.idle,
    };
    load_balancing_service_requests(s->ecs->lb, s->index, &out->requests);
}

/* Its counts by provider and zone are those of its tasks, and its bill is theirs. */
static void check_capacity(const service *s)
{
    uint32_t counted = 0;
    int64_t nano_usd_per_hour = 0;
    for (uint32_t i = 0; i < s->capacity.count; i++) {
        const capacity_place *p = &s->capacity.place[i];
        uint32_t tasks = 0;
        for (const task *t = s->first; t; t = t->service_next)
            tasks += !t->stopping && t->provider == p->provider &&
                     (task_on_fargate(t) ? t->zone : 0) == p->zone;
        CHECK(tasks == p->tasks);
        counted += tasks;
    }
    fargate_idle idle = s->bill.idle;
    for (const task *t = s->first; t; t = t->service_next) {
        if (t->billed) nano_usd_per_hour += t->nano_usd_per_hour;
        idle.at_zero_nano_usd_per_hour -= t->idle.at_zero_nano_usd_per_hour;
        idle.growth_per_hour -= t->idle.growth_per_hour;
        idle.tasks -= t->idle.tasks;
        CHECK(t->idle.tasks == (t->billed && task_tells_use(t)));
    }
    CHECK(counted == s->active && nano_usd_per_hour == s->bill.nano_usd_per_hour);
    CHECK(idle.at_zero_nano_usd_per_hour == 0 && idle.growth_per_hour == 0 && idle.tasks == 0);
}

void service_check(const service *s)
{
    uint32_t total = 0, active = 0, running = 0, healthy = 0, counted = 0, last = 0;
    memory_line memory = s->memory;
    int64_t reserved = 0, cpu_used = 0, cpu_reserved = 0;
    for (const task *t = s->first; t; t = t->service_next) {
        CHECK(t->service == s && t->number > last);
        last = t->number;
        CHECK(!t->shielded || t->stopping ||
              engine_pending(s->ecs->eng, t->shield)); /* it will expire (E108) */
        if (t->deployment->number <= s->deployments_before) {
            CHECK(t->stopping);
            continue;
        }
        total++;
        counted += t->state < TASK_DEPROVISIONING;
        active += !t->stopping;
        running += !t->stopping && t->state == TASK_RUNNING;
        healthy += !t->stopping && t->verdict == VERDICT_HEALTHY;
        task_check(t);
        if (t->stopping || t->state != TASK_RUNNING) continue;
        memory_line_add(&memory, t->memory, -1);
        reserved += placement_needs(t->plan)->memory_mib;
        cpu_used += t->cpu_used;
        cpu_reserved += placement_needs(t->plan)->cpu_units;
    }
    CHECK(cpu_used == s->cpu_used && cpu_reserved == s->cpu_reserved);
    CHECK(memory_line_is_zero(memory) && reserved == s->memory_reserved_mib);
    check_capacity(s);
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
    if (s->daemon) daemon_check(s->daemon);
    rebalance_check(s);
    CHECK(!s->steady || task_set_has(s) || s->running == s->config.desired_count || s->dirty);
    if (task_set_has(s)) task_set_check(s);
    traffic_shift_check(s);
    deployment_alarm_check(s);
}
