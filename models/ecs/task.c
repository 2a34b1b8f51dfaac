/* task.c - the life cycle of a task and of its containers.
 *
 * Acts nest: a state of zero duration is left in the act that enters it, so that one call may take
 * a task from its placement to STOPPED. A stopped task's slot stays until task_reap, so a caller's
 * pointer stays readable; code that goes on after something that may have ended the task asks
 * `t->state` or `t->stopping` first.
 */
#include "models/ec2/auto_scaling_group.h"
#include "models/ec2/instance_type.h"
#include "models/ecs/agent.h"
#include "models/ecs/fargate.h"
#include "models/ecs/managed_scaling.h"
#include "models/ecs/provisioning.h"
#include "models/ecs/service.h"
#include "models/ecs/task_cpu.h"
#include "models/ecs/task_memory.h"
#include "models/ecs/task_parts.h"
#include "models/phase.h"
#include "sim/engine/check.h"
#include <stdio.h>
#include <stdlib.h>

#define BIT(state) (1u << (state))

const char *const task_state_names[TASK_STATE_COUNT] = {
    [TASK_NEW] = "NEW",           [TASK_PROVISIONING] = "PROVISIONING",
    [TASK_PENDING] = "PENDING",   [TASK_ACTIVATING] = "ACTIVATING",
    [TASK_RUNNING] = "RUNNING",   [TASK_DEACTIVATING] = "DEACTIVATING",
    [TASK_STOPPING] = "STOPPING", [TASK_DEPROVISIONING] = "DEPROVISIONING",
    [TASK_STOPPED] = "STOPPED",
};

const char *const stop_cause_names[CAUSE_COUNT] = {
    [CAUSE_DEPLOYMENT] = "deployment",
    [CAUSE_SCALE_IN] = "scaleIn",
    [CAUSE_UNHEALTHY] = "unhealthy",
    [CAUSE_REBALANCE] = "rebalance",
    [CAUSE_DRAIN] = "drain",
    [CAUSE_USER] = "user",
    [CAUSE_CRASH] = "crash",
    [CAUSE_FINISHED] = "finished",
    [CAUSE_INSTANCE_LOST] = "instanceLost",
    [CAUSE_SPOT] = "spot",
    [CAUSE_PLACEMENT_TIMEOUT] = "placementTimeout",
};

/* E50. */
static const unsigned may_go_to[TASK_STATE_COUNT] = {
    [TASK_NEW] = BIT(TASK_PROVISIONING),
    [TASK_PROVISIONING] = BIT(TASK_PENDING) | BIT(TASK_DEACTIVATING),
    [TASK_PENDING] = BIT(TASK_ACTIVATING) | BIT(TASK_DEACTIVATING),
    [TASK_ACTIVATING] = BIT(TASK_RUNNING) | BIT(TASK_DEACTIVATING),
    [TASK_RUNNING] = BIT(TASK_DEACTIVATING),
    [TASK_DEACTIVATING] = BIT(TASK_STOPPING),
    [TASK_STOPPING] = BIT(TASK_DEPROVISIONING),
    [TASK_DEPROVISIONING] = BIT(TASK_STOPPED),
};

static const event_kind state_events[TASK_STATE_COUNT] = {
    [TASK_PROVISIONING] = EVENT_TASK_PROVISIONING,     [TASK_PENDING] = EVENT_TASK_PENDING,
    [TASK_ACTIVATING] = EVENT_TASK_ACTIVATING,         [TASK_RUNNING] = EVENT_TASK_RUNNING,
    [TASK_DEACTIVATING] = EVENT_TASK_DEACTIVATING,     [TASK_STOPPING] = EVENT_TASK_STOPPING,
    [TASK_DEPROVISIONING] = EVENT_TASK_DEPROVISIONING,
};

static void begin_pending(task *t);
static void begin_activating(task *t);
static void enter_deprovisioning(task *t);

/* ---- small things ---- */

static sim_time now_of(const task *t)
{
    return engine_now(t->ecs->eng);
}

uint64_t task_subject(const task *t)
{
    return (uint64_t)t->handle.generation << 32 | t->handle.index;
}

task *task_of_subject(ecs *e, uint64_t subject)
{
    pool_handle handle = {(uint32_t)subject, (uint32_t)(subject >> 32)};
    task *t = pool_get(e->tasks, handle);
    return t && t->state != TASK_STOPPED ? t : NULL;
}

/* ---- state ---- */

static void set_state(task *t, task_state to)
{
    CHECK(may_go_to[t->state] & BIT(to));
    if (t->service) service_count(t, -1);
    bool first_of_stop = to == TASK_DEACTIVATING;
    t->state = to;
    if (t->service) service_count(t, +1);
    ecs *e = t->ecs;
    model_event ev = {.kind = state_events[to], .cell = {t->cell}};
    if (to == TASK_STOPPED) {
        ev.kind = EVENT_TASK_STOPPED;
        ev.cell[1] = names_intern(e->names, t->stop_code);
        ev.cell[2] = cell_text(t->stopped_reason);
        ev.cell[3] = (uint64_t)t->exit_code;
    } else {
        ev.cell[1] = t->service ? t->service->name : 0;
        ev.cell[2] = t->service ? cell_pair(t->service->name, t->deployment->number) : 0;
        ev.cell[3] = e->families[t->definition].cell;
        ev.cell[4] = task_on_instance(t) ? (uint64_t)t->instance + 1 : 0;
        ev.cell[5] = t->zone;
        ev.cell[6] = first_of_stop ? e->cause_names[t->cause] : 0;
    }
    notify_event(e->notifier, &ev);
    if (task_on_instance(t)) notify_changed(e->notifier, CHANGED_INSTANCE, t->instance);
    if (t->service && (to == TASK_RUNNING || to >= TASK_DEPROVISIONING)) service_wake(t->service);
}

static void count_standalone(const task *t, int change)
{
    if (t->service) return;
    capacity_count(t->ecs->families[t->definition].capacity, t->provider,
                   task_on_fargate(t) ? t->zone : 0, change);
}

/* What an observer asks of the tasks of a host at every change is kept up. */
static void count_on_host(host *h, const task *t)
{
    h->task_count++;
    host_owner_holds(h, task_owner(t));
    h->daemon_count += t->of_daemon;
    h->holding++;
    h->telling += task_tells_use(t);
    h->cpu_held += placement_needs(t->plan)->cpu_units;
    h->memory_held += placement_needs(t->plan)->memory_mib;
}

static void link_task(task *t)
{
    ecs *e = t->ecs;
    task **first = t->service ? &t->service->first : &e->standalone_first;
    task **last = t->service ? &t->service->last : &e->standalone_last;
    t->service_prev = *last;
    if (*last)
        (*last)->service_next = t;
    else
        *first = t;
    *last = t;
}

static void join_host(task *t)
{
    host *h = &t->ecs->hosts[t->instance];
    t->host_next = h->tasks;
    if (h->tasks) h->tasks->host_prev = t;
    h->tasks = t;
    count_on_host(h, t);
    managed_scaling_instance_changed(t->ecs, t->instance);
}

static void leave_host(task *t)
{
    ecs *e = t->ecs;
    host *h = &e->hosts[t->instance];
    *(t->host_prev ? &t->host_prev->host_next : &h->tasks) = t->host_next;
    if (t->host_next) t->host_next->host_prev = t->host_prev;
    h->task_count--;
    h->daemon_count -= t->of_daemon;
    if (!h->tasks) auto_scaling_emptied(e, t->instance);
    managed_scaling_instance_changed(e, t->instance);
}

static void unlink_task(task *t)
{
    ecs *e = t->ecs;
    task **first = t->service ? &t->service->first : &e->standalone_first;
    task **last = t->service ? &t->service->last : &e->standalone_last;
    *(t->service_prev ? &t->service_prev->service_next : first) = t->service_next;
    *(t->service_next ? &t->service_next->service_prev : last) = t->service_prev;
    if (task_on_instance(t)) leave_host(t);
}

/* The containers and, behind them, the task's dynamic ports: one block a task, pooled by the number
 * of both. */
static void alloc_containers(task *t)
{
    ecs *e = t->ecs;
    const task_definition_config *d = task_definition(t);
    uint32_t ports = 0;
    for (uint32_t c = 0; c < d->container_count; c++)
        ports += d->containers[c].port_count;
    uint32_t kind = d->container_count +
                    (ports * (uint32_t)sizeof(dynamic_port) + (uint32_t)sizeof(container_run) - 1) /
                        (uint32_t)sizeof(container_run);
    if (kind >= e->container_kinds) {
        e->containers = memory_resize(e->containers, kind + 1, sizeof *e->containers);
        for (; e->container_kinds <= kind; e->container_kinds++)
            e->containers[e->container_kinds] = NULL;
    }
    if (!e->containers[kind])
        e->containers[kind] = pool_create(e->arena, kind * sizeof(container_run));
    t->container_kind = kind;
    t->containers_handle = pool_alloc(e->containers[kind]);
    t->containers = pool_get(e->containers[kind], t->containers_handle);
    t->dynamic_ports = (dynamic_port *)(void *)(t->containers + d->container_count);
    for (uint32_t c = 0; c < d->container_count; c++)
        t->containers[c].exit_code = EXIT_CODE_NONE;
}

static void provisioned(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    task *t = task_of_subject(context, subject);
    CHECK(t);
    t->wait = EVENT_NONE;
    begin_pending(t);
}

/* The instance has room: it is taken. */
static void take_room(task *t, bool adopted)
{
    (adopted ? placement_adopt : placement_place)(t->ecs->cluster, t->plan, t->instance);
    notify_changed(t->ecs->notifier, CHANGED_CLUSTER, 0);
    join_host(t);
    provisioning_try_at_tick(t->ecs);
}

/* In PROVISIONING, its place taken, where it has one. adopted: it exists at t = 0. */
static task *make(ecs *e, service *s, deployment *d, uint32_t definition, const task *where,
                  bool adopted)
{
    task_reap(e);
    pool_handle handle = pool_alloc(e->tasks);
    task *t = pool_get(e->tasks, handle);
    const task_family *f = &e->families[definition];
    *t = (task){.handle = handle,
                .ecs = e,
                .service = s,
                .deployment = d,
                .definition = definition,
                .plan = where->plan,
                .instance = where->instance,
                .provider = where->provider,
                .zone = where->zone,
                .of_daemon = s && s->daemon,
                .exit_code = EXIT_CODE_NONE,
                .run_time_us = where->run_time_us,
                .created_us = engine_now(e->eng),
                .placed_us = engine_now(e->eng)};
    t->number = s ? ++s->next_number : ++*f->next_number;
    t->cell = cell_pair(s ? s->name : f->owner, t->number);
    alloc_containers(t);
    link_task(t);
    if (task_on_instance(t)) take_room(t, adopted);
    notify_changed(e->notifier, CHANGED_CLUSTER, 0);
    count_standalone(t, +1);
    service_count(t, +1);
    set_state(t, TASK_PROVISIONING);
    return t;
}

/* From its placement on; runs through its zero-length states at once. */
static void begin_provisioning(task *t)
{
    ecs *e = t->ecs;
    const task_definition_config *td = task_definition(t);
    e->placements++;
    sim_time attach_us = 0;
    if (td->network ==
        NETWORK_AWSVPC) { /* ENI attachment; bridge and host tasks spend no time here (E51) */
        task_use_input(t, td->provisioning_input);
        attach_us = task_draw_us(t, &td->provisioning, 0, DRAW_PROVISIONING);
    }
    if (attach_us > 0)
        t->wait = engine_schedule(e->eng, t->placed_us + attach_us, PHASE_DURATION, provisioned,
                                  task_subject(t));
    else
        begin_pending(t);
}

static task *create(ecs *e, service *s, deployment *d, uint32_t definition, const task *where)
{
    task *t = make(e, s, d, definition, where, false);
    begin_provisioning(t);
    return t;
}

task *task_create_waiting(ecs *e, service *s, deployment *d, uint32_t definition,
                          placement_plan *plan, sim_time wanted_us, sim_time run_time_us)
{
    task where = {.plan = plan,
                  .instance = NO_INDEX,
                  .provider = placement_provider(plan),
                  .run_time_us = run_time_us};
    task *t = make(e, s, d, definition, &where, false);
    t->waits = true;
    t->wanted_us = wanted_us;
    provisioning_add(t);
    return t;
}

void task_place(task *t, uint32_t on)
{
    ecs *e = t->ecs;
    CHECK(t->waits && t->state == TASK_PROVISIONING);
    t->waits = false;
    provisioning_remove(t);
    t->instance = on;
    t->zone = cluster_instance(e->cluster, on)->zone;
    t->placed_us = now_of(t);
    take_room(t, false);
    notify_placed(e->notifier, t->service ? t->service->index : NO_INDEX,
                  t->placed_us - t->wanted_us);
    begin_provisioning(t);
}

task *task_create(ecs *e, service *s, deployment *d, uint32_t definition, placement_plan *plan,
                  uint32_t on, sim_time run_time_us)
{
    task where = {.plan = plan,
                  .instance = on,
                  .provider = placement_provider(plan),
                  .zone = cluster_instance(e->cluster, on)->zone,
                  .run_time_us = run_time_us};
    return create(e, s, d, definition, &where);
}

task *task_create_on_fargate(ecs *e, service *s, deployment *d, uint32_t definition,
                             placement_plan *plan, uint32_t provider, name_id zone,
                             sim_time run_time_us)
{
    CHECK(provider_is_fargate(provider));
    task where = {.plan = plan,
                  .instance = NO_INDEX,
                  .provider = provider,
                  .zone = zone,
                  .run_time_us = run_time_us};
    return create(e, s, d, definition, &where);
}

/* ---- PENDING: the host's queue (E59) ---- */

static void host_queues(engine *eng, void *context, uint64_t subject);

/* The host's queue is looked at in PHASE_HOST_QUEUE of this instant. */
static void host_wake(ecs *e, uint32_t index)
{
    host *h = &e->hosts[index];
    if (h->queue_due || !h->queue_head) return;
    h->queue_due = true;
    if (e->host_dirty_count == e->host_dirty_capacity) {
        e->host_dirty_capacity = e->host_dirty_capacity ? 2 * e->host_dirty_capacity : 16;
        e->host_dirty = memory_resize(e->host_dirty, e->host_dirty_capacity, sizeof *e->host_dirty);
    }
    if (e->host_dirty_count == 0)
        engine_schedule(e->eng, engine_now(e->eng), PHASE_HOST_QUEUE, host_queues, 0);
    e->host_dirty[e->host_dirty_count++] = index;
}

static task *queue_pop(host *h)
{
    task *t = h->queue_head;
    h->queue_head = t->queue_next;
    if (!h->queue_head) h->queue_tail = NULL;
    t->queue_next = NULL;
    t->queued = false;
    return t;
}

static void queue_remove(task *t)
{
    host *h = &t->ecs->hosts[t->instance];
    task *before = NULL;
    for (task *q = h->queue_head; q != t; q = q->queue_next)
        before = q;
    *(before ? &before->queue_next : &h->queue_head) = t->queue_next;
    if (h->queue_tail == t) h->queue_tail = before;
    t->queue_next = NULL;
    t->queued = false;
    host_wake(t->ecs, t->instance);
}

static void host_queues(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    (void)subject;
    ecs *e = context;
    uint32_t count = e->host_dirty_count;
    qsort(e->host_dirty, count, sizeof *e->host_dirty, ecs_compare_index); /* by number (A111) */
    for (uint32_t i = 0; i < count; i++) {
        host *h = &e->hosts[e->host_dirty[i]];
        h->queue_due = false;
        while (h->queue_head && h->agent_away == 0 &&
               host_has_room(h, placement_needs(h->queue_head->plan)))
            begin_activating(queue_pop(h));
    }
    /* A task that ended in zero time may have woken its host again. */
    e->host_dirty_count -= count;
    for (uint32_t i = 0; i < e->host_dirty_count; i++)
        e->host_dirty[i] = e->host_dirty[i + count];
    if (e->host_dirty_count > 0)
        engine_schedule(e->eng, engine_now(e->eng), PHASE_HOST_QUEUE, host_queues, 0);
}

static void begin_pending(task *t)
{
    set_state(t, TASK_PENDING);
    if (task_on_fargate(t)) { /* a host of its own */
        begin_activating(t);
        return;
    }
    host *h = &t->ecs->hosts[t->instance];
    if (!h->queue_head && h->agent_away == 0 && host_has_room(h, placement_needs(t->plan))) {
        begin_activating(t);
        return;
    }
    t->queued = true;
    if (h->queue_tail)
        h->queue_tail->queue_next = t;
    else
        h->queue_head = t;
    h->queue_tail = t;
}

/* ---- ACTIVATING: pulls, dependencies, activation ---- */

/* given: these ports, in the order of the mappings; NULL: free ones. */
static void take_dynamic_ports(task *t, const uint16_t *given)
{
    const task_definition_config *d = task_definition(t);
    if (d->network != NETWORK_BRIDGE) return;
    const control_plane_config *control = &t->ecs->cfg->control;
    host *h = &t->ecs->hosts[t->instance];
    for (uint32_t c = 0; c < d->container_count; c++)
        for (uint32_t p = 0; p < d->containers[c].port_count; p++) {
            const port_mapping *m = &d->containers[c].ports[p];
            if (m->host_port != 0) continue;
            const uint16_t low = given ? given[t->dynamic_port_count] : control->ephemeral_port_low;
            const uint16_t high = given ? low : control->ephemeral_port_high;
            t->dynamic_ports[t->dynamic_port_count++] =
                (dynamic_port){host_take_port(h, m->protocol, low, high), m->protocol};
        }
}

static void give_dynamic_ports(task *t)
{
    host *h = &t->ecs->hosts[t->instance];
    for (uint32_t i = 0; i < t->dynamic_port_count; i++)
        if (t->dynamic_ports[i].port != 0)
            host_give_port(h, t->dynamic_ports[i].protocol, t->dynamic_ports[i].port);
    t->dynamic_port_count = 0;
}

static void occupy_host(task *t, const uint16_t *ports)
{
    host_occupy(&t->ecs->hosts[t->instance], placement_needs(t->plan));
    t->on_host = true;
    take_dynamic_ports(t, ports);
}

static void begin_activating(task *t)
{
    if (task_on_fargate(t))
        task_begin_billing(t);
    else
        occupy_host(t, NULL);
    set_state(t, TASK_ACTIVATING);
    containers_begin(t);
}

/* ---- RUNNING ---- */

void task_enter_running(task *t)
{
    ecs *e = t->ecs;
    engine_cancel(e->eng, &t->wait);
    t->running_us = now_of(t);
    t->started = true;
    set_state(t, TASK_RUNNING);
    if (!t->service) {
        task_look_at_health(t, "containerHealthCheck");
        return;
    }
    t->deployment->start_failures = 0; /* E110 */
    t->deployment->throttled_until_us = 0;
    task_begin_health(t);
}

/* ---- a task that exists at t = 0 ---- */

task *task_adopt(ecs *e, service *s, deployment *d, const existing_task_config *is,
                 placement_plan *plan)
{
    const bool fargate = is->instance == 0;
    task where = {.plan = plan,
                  .instance = fargate ? NO_INDEX : is->instance - 1,
                  .provider = fargate ? is->provider : placement_provider(plan),
                  .zone = fargate ? names_intern(e->names, is->zone)
                                  : cluster_instance(e->cluster, is->instance - 1)->zone,
                  .run_time_us = SIM_NEVER};
    task *t = make(e, s, d, is->task_definition, &where, true);
    set_state(t, TASK_PENDING);
    if (fargate) {
        task_begin_billing(t);
        t->billed_since_us -=
            FARGATE_BILLED_SECONDS_MIN * SIM_SECOND; /* its first minute is over */
    } else {
        occupy_host(t, is->ports);
    }
    set_state(t, TASK_ACTIVATING);
    containers_adopt(t, is->exit_codes);
    t->running_us = now_of(t);
    t->started = true;
    set_state(t, TASK_RUNNING);
    if (s) task_register_targets(t, true);
    if (!fargate)
        task_set_draining(t,
                          cluster_instance(e->cluster, t->instance)->status == INSTANCE_DRAINING);
    task_look_at_health(t, t->target_count > 0  ? "targetHealth"
                           : task_has_checks(t) ? "containerHealthCheck"
                                                : "settled");
    return t;
}

/* ---- stopping ---- */

static void drained(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    task *t = task_of_subject(context, subject);
    CHECK(t);
    t->wait = EVENT_NONE;
    if (!agent_is_away(t->ecs, t->instance)) task_enter_stopping(t);
}

/* Placement offers its resources again (E58, E60). */
static void free_place(task *t)
{
    if (t->freed) return;
    t->freed = true;
    if (!task_on_instance(t)) return;
    placement_free(t->ecs->cluster, t->plan, t->instance);
    host *h = &t->ecs->hosts[t->instance];
    host_owner_frees(h, task_owner(t), t->cpu_used);
    h->holding--;
    h->telling -= task_tells_use(t);
    h->cpu_held -= placement_needs(t->plan)->cpu_units;
    h->memory_held -= placement_needs(t->plan)->memory_mib;
    provisioning_try(t->ecs);
}

/* desiredStatus becomes STOPPED: out of the counts, offered again (E58, E60, E105). */
static void begin_stop(task *t, stop_cause cause, const char *stop_code, const char *reason)
{
    ecs *e = t->ecs;
    count_standalone(t, -1);
    service_count(t, -1);
    t->stopping = true;
    t->untold = false;
    t->verdict = VERDICT_UNDECIDED;
    service_count(t, +1);
    t->cause = cause;
    t->stop_code = stop_code;
    t->stopped_reason = reason;
    if (t->waits) provisioning_remove(t);
    t->waits = false;
    if (task_on_instance(t)) {
        placement_uncount(e->cluster, t->plan, t->instance);
        provisioning_try(e); /* distinctInstance may allow another one now */
    }
    if (e->cfg->control.release_on == RELEASE_ON_STOPPING) free_place(t);
    notify_changed(e->notifier, CHANGED_CLUSTER, 0);
    engine_cancel(e->eng, &t->settle);
    engine_cancel(e->eng, &t->grace);
    engine_cancel(e->eng, &t->shield);
    engine_cancel(e->eng, &t->wait);
    for (uint32_t c = 0; c < task_definition(t)->container_count; c++)
        engine_cancel(e->eng, &t->containers[c].probe);
    if (t->queued) queue_remove(t);
    if (t->service) {
        service_task_leaves(t);
        service_wake(t->service);
    }
}

void task_stop(task *t, stop_cause cause, const char *stop_code, const char *reason,
               stop_manner manner)
{
    if (t->stopping) return;
    ecs *e = t->ecs;
    begin_stop(t, cause, stop_code, reason);
    set_state(t, TASK_DEACTIVATING);
    sim_time drain_end = engine_now(e->eng);
    for (uint32_t i = 0; i < t->target_count; i++) {
        sim_time end = load_balancing_deregister(e->lb, t->targets[i].target);
        service_events_count(&t->service->events.deregistered, t->targets[i].target_group);
        drain_end = end > drain_end ? end : drain_end;
    }
    for (uint32_t i = t->target_count; i < t->source_count; i++)
        load_balancing_deregister(e->lb, t->targets[i].target); /* what is under way goes on */
    if (t->target_count > 0 && manner == STOP_ORDERED) t->service->events.draining++;
    if (manner == STOP_ORDERED && drain_end > engine_now(e->eng))
        t->wait = engine_schedule(e->eng, drain_end, PHASE_DURATION, drained, task_subject(t));
    else if (!agent_is_away(e, t->instance)) /* the order waits for the agent (E173) */
        task_enter_stopping(t);
}

void task_enter_stopping(task *t)
{
    set_state(t, TASK_STOPPING);
    if (t->service) service_task_stopping(t);
    containers_stop(t);
}

void task_exited(task *t)
{
    if (!agent_is_away(t->ecs, t->instance)) enter_deprovisioning(t);
}

static void vacate_host(task *t)
{
    if (!t->on_host) return;
    host *h = &t->ecs->hosts[t->instance];
    give_dynamic_ports(t);
    host_vacate(h, placement_needs(t->plan));
    t->on_host = false;
    host_wake(t->ecs, t->instance);
}

static void enter_deprovisioning(task *t)
{
    ecs *e = t->ecs;
    set_state(t, TASK_DEPROVISIONING);
    vacate_host(t);
    if (!t->freed) {
        free_place(t);
        notify_changed(e->notifier, CHANGED_CLUSTER, 0);
    }
    task_end_billing(t);
    set_state(t, TASK_STOPPED);
    if (t->service) service_task_stopped(t);
    unlink_task(t);
    t->ended_next = e->ended;
    e->ended = t;
}

void task_set_draining(task *t, bool draining)
{
    if (!t->service || t->draining == draining) return; /* standalone tasks stay (E170) */
    service_count(t, -1);
    t->draining = draining;
    service_count(t, +1);
    service_wake(t->service);
    if (draining && t->state < TASK_RUNNING)
        task_stop(t, CAUSE_DRAIN, "ServiceSchedulerInitiated", t->deployment->scaling_reason,
                  STOP_ORDERED);
}

void task_lose(task *t, stop_cause cause, const char *reason)
{
    if (t->state == TASK_STOPPED) return;
    ecs *e = t->ecs;
    for (uint32_t i = 0; i < t->source_count; i++)
        load_balancing_lose(e->lb, t->targets[i].target);
    t->target_count = t->source_count = 0;
    for (uint32_t c = 0; c < task_definition(t)->container_count; c++)
        if (t->containers[c].state == CONTAINER_RUNNING)
            container_gone(t, c, 137); /* killed with its host */
        else
            engine_cancel(e->eng, &t->containers[c].step);
    if (!t->stopping) {
        begin_stop(t, cause, task_on_fargate(t) ? "InfrastructureHealth" : "TerminationNotice",
                   reason);
        set_state(t, TASK_DEACTIVATING);
    }
    engine_cancel(e->eng, &t->wait);
    if (t->state == TASK_DEACTIVATING) {
        set_state(t, TASK_STOPPING);
        if (t->service) service_task_stopping(t);
    }
    enter_deprovisioning(t);
}

bool task_was_lost(const task *t)
{
    return t->cause == CAUSE_INSTANCE_LOST || t->cause == CAUSE_SPOT;
}

void task_end_by_itself(task *t, stop_cause cause, const char *stop_code, const char *reason)
{
    if (!agent_is_away(t->ecs, t->instance)) {
        t->by_itself = true;
        task_stop(t, cause, stop_code, reason, STOP_AT_ONCE);
        return;
    }
    if (t->untold) return; /* the first end counts */
    t->untold = true;
    if (t->state == TASK_ACTIVATING) engine_cancel(t->ecs->eng, &t->wait);
    t->cause = cause;
    t->stop_code = stop_code;
    t->stopped_reason = reason;
}

static bool essential_has_ended(const task *t)
{
    const task_definition_config *d = task_definition(t);
    for (uint32_t c = 0; c < d->container_count; c++)
        if (d->containers[c].essential && t->containers[c].state == CONTAINER_EXITED) return true;
    return false;
}

/* The stop order arrives, if it is due: the drain is over, or nobody is left to drain for. */
static void take_stop_order(task *t)
{
    if (engine_pending(t->ecs->eng, t->wait) && !essential_has_ended(t)) return;
    engine_cancel(t->ecs->eng, &t->wait);
    task_enter_stopping(t);
}

void task_agent_back(task *t)
{
    for (uint32_t c = 0; c < task_definition(t)->container_count; c++)
        container_tell_health(t, c);
    if (!t->stopping && t->untold) {
        task_end_by_itself(t, t->cause, t->stop_code, t->stopped_reason);
        return;
    }
    switch (t->state) {
    case TASK_PENDING:
        host_wake(t->ecs, t->instance);
        break;
    case TASK_ACTIVATING:
        containers_advance(t);
        break;
    case TASK_RUNNING:
        task_look_at_health(t, "containerHealthCheck");
        break;
    case TASK_DEACTIVATING:
        take_stop_order(t);
        break;
    case TASK_STOPPING:
        containers_stop(t);
        break;
    case TASK_NEW:
    case TASK_PROVISIONING: /* not the agent's doing (E51) */
    case TASK_DEPROVISIONING:
    case TASK_STOPPED:
    case TASK_STATE_COUNT:
        break;
    }
}

void task_host_died(task *t)
{
    ecs *e = t->ecs;
    for (uint32_t i = 0; i < t->source_count; i++)
        load_balancing_exit(e->lb, t->targets[i].target); /* in flight: cut */
    for (uint32_t c = 0; c < task_definition(t)->container_count; c++) {
        container_run *run = &t->containers[c];
        engine_cancel(e->eng, &run->step);
        engine_cancel(e->eng, &run->exit);
        engine_cancel(e->eng, &run->probe);
        container_answer_changed(t, c);
        task_memory_changed(t, c);
        task_cpu_changed(t, c);
    }
    if (t->state == TASK_ACTIVATING) engine_cancel(e->eng, &t->wait);
}

void task_reap(ecs *e)
{
    while (e->ended) {
        task *t = e->ended;
        e->ended = t->ended_next;
        pool_free(e->containers[t->container_kind], t->containers_handle);
        pool_free(e->tasks, t->handle);
    }
}

task *task_find(const ecs *e, const char *id)
{
    const char *slash = strrchr(id, '/');
    char *end;
    if (!slash) return NULL;
    unsigned long number = strtoul(slash + 1, &end, 10);
    if (*end != '\0' || end == slash + 1) return NULL;
    char owner[512];
    snprintf(owner, sizeof owner, "%.*s", (int)(slash - id), id);
    name_id name = names_find(e->names, owner);
    if (name == 0) return NULL;
    uint64_t cell = cell_pair(name, number);
    for (task *t = e->standalone_first; t; t = t->service_next)
        if (t->cell == cell) return t;
    for (uint32_t s = 0; s < e->cfg->service_count; s++)
        if (e->services[s].name == name)
            for (task *t = e->services[s].first; t; t = t->service_next)
                if (t->cell == cell) return t;
    return NULL;
}

void task_check(const task *t)
{
    CHECK(t->state != TASK_NEW && t->state != TASK_STOPPED);
    CHECK(t->stopping == (t->state >= TASK_DEACTIVATING));
    CHECK(t->queued == (t->state == TASK_PENDING));
    bool activated = t->state >= TASK_ACTIVATING;
    bool fargate = provider_is_fargate(t->provider);
    CHECK(!fargate || !task_on_instance(t));
    CHECK(task_on_instance(t) || fargate || t->stopping || t->waits);
    CHECK(!t->waits || (!fargate && t->state == TASK_PROVISIONING && !task_on_instance(t)));
    CHECK(task_on_instance(t) ? t->on_host == activated || t->stopping
                              : !t->on_host && !t->draining);
    CHECK(t->billed == (fargate && activated) || t->stopping);
    task_health_check(t);
    CHECK(!t->in_grace || t->state == TASK_RUNNING || t->stopping);
    CHECK(t->source_count == 0 || t->started);
    CHECK(t->source_count == t->target_count || t->source_count == t->target_count + 1);
    for (uint32_t c = 0; c < task_definition(t)->container_count; c++)
        container_check(t, c);
    if (!agent_is_away(t->ecs, t->instance)) { /* (7) of model.c */
        CHECK(!t->untold);
        CHECK(t->state != TASK_DEACTIVATING || engine_pending(t->ecs->eng, t->wait));
        for (uint32_t c = 0; c < task_definition(t)->container_count; c++)
            CHECK(t->containers[c].told_health == t->containers[c].health.status);
    }
    task_memory_check(t);
    task_cpu_check(t);
    for (uint32_t i = 0; i < t->source_count; i++) /* (3) of model.c */
        CHECK(load_balancing_state(t->ecs->lb, t->targets[i].target) != TARGET_HEALTHY ||
              (t->state == TASK_RUNNING && !t->stopping));
}
