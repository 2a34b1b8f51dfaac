/* task_health.c - a RUNNING task's targets, its grace period, and whether it counts as healthy (E36,
 * E96-E98).
 */
#include "models/ecs/service.h"
#include "models/ecs/task_parts.h"
#include "models/phase.h"
#include "sim/engine/check.h"
#include <string.h>

bool task_has_checks(const task *t)
{
    const task_definition_config *d = task_definition(t);
    for (uint32_t i = 0; i < d->container_count; i++)
        if (d->containers[i].essential && d->containers[i].has_health_check) return true;
    return false;
}

/* Is it behind a load balancer? What it registered with when it began to run counts, not what its
 * service has been given since (E152). */
static bool has_load_balancer(const task *t)
{
    if (t->started) return t->target_count > 0;
    return t->service && t->deployment->load_balancer_count > 0;
}

/* ---- Targets ---- */

/* The port that the target group's health checks and requests reach. */
static uint16_t target_port(const task *t, uint32_t container, uint16_t container_port)
{
    const task_definition_config *d = task_definition(t);
    uint32_t dynamic = 0;
    for (uint32_t c = 0; c < d->container_count; c++)
        for (uint32_t p = 0; p < d->containers[c].port_count; p++) {
            const port_mapping *m = &d->containers[c].ports[p];
            bool is_dynamic = d->network == NETWORK_BRIDGE && m->host_port == 0;
            if (c == container && m->container_port == container_port)
                return is_dynamic
                           ? t->dynamic_ports[dynamic].port
                           : (d->network == NETWORK_BRIDGE ? m->host_port : m->container_port);
            dynamic += is_dynamic;
        }
    return container_port;
}

static uint32_t container_named(const task_definition_config *d, const char *name)
{
    for (uint32_t c = 0; c < d->container_count; c++)
        if (strcmp(d->containers[c].name, name) == 0) return c;
    return NO_INDEX;
}

static target_registration registration_of(task *t, const task_target *target, bool healthy)
{
    const task_definition_config *d = task_definition(t);
    const container_behavior *b = &d->containers[target->container].behavior;
    task_use_input(t, b->has_request_seconds ? b->request_seconds_input : d->request_seconds_input);
    return (target_registration){
        .task = t->cell,
        .service = t->service->index,
        .owner = task_subject(t),
        .port = target->port,
        .zone = t->zone,
        .answer = container_answer(t, target),
        .healthy = healthy,
        .request_seconds = container_request_seconds(d, target->container),
        .slow_factor = t->slow_factor,
        .error_rate = container_error_rate(d, target->container),
    };
}

/* Requests that come without a load balancer reach the first essential container. */
static void register_direct(task *t)
{
    const task_definition_config *d = task_definition(t);
    task_target *target = &t->targets[t->target_count];
    *target = (task_target){.target_group = NO_INDEX};
    while (target->container + 1 < d->container_count &&
           !d->containers[target->container].essential)
        target->container++;
    if (!load_balancing_is_offered(t->ecs->lb, t->service->index)) return;
    const target_registration r = registration_of(t, target, true);
    target->target = load_balancing_register_direct(t->ecs->lb, &r);
    t->source_count++;
}

void task_register_targets(task *t, bool healthy)
{
    ecs *e = t->ecs;
    const deployment *of = t->deployment;
    const task_definition_config *d = task_definition(t);
    for (uint32_t i = 0; i < of->load_balancer_count && i < TASK_TARGETS; i++) {
        const service_load_balancer *l = &of->load_balancers[i];
        uint32_t container = container_named(d, l->container_name);
        if (container == NO_INDEX) continue; /* of an older revision that has no such container */
        task_target *target = &t->targets[t->target_count++];
        target->target_group = l->target_group;
        target->container = container;
        target->port = target_port(t, target->container, l->container_port);
        target_registration r = registration_of(t, target, healthy);
        r.instance = e->cfg->target_groups[l->target_group].target_type_ip ? 0 : t->instance + 1;
        target->target = load_balancing_register(e->lb, l->target_group, &r);
        load_balancing_set_deaf(e->lb, target->target, t->deaf);
        if (!healthy) service_events_count(&t->service->events.registered, l->target_group);
    }
    t->source_count = t->target_count;
    register_direct(t);
}

/* ---- Settling and grace ---- */

static void settled(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    task *t = task_of_subject(context, subject);
    CHECK(t);
    t->settle = EVENT_NONE;
    task_look_at_health(t, "settled");
}

static void say_unhealthy_targets(task *t)
{
    for (uint32_t i = 0; i < t->target_count; i++) {
        target_state state = load_balancing_state(t->ecs->lb, t->targets[i].target);
        if (state == TARGET_UNHEALTHY || state == TARGET_UNUSED)
            service_say_unhealthy(t->service, t, &t->targets[i]);
    }
}

/* L97: the state is read again; a verdict of the grace period is acted on now. */
static void end_grace(task *t)
{
    service_count(t, -1);
    t->in_grace = false;
    service_count(t, +1);
    if (t->verdict != VERDICT_UNHEALTHY) return;
    say_unhealthy_targets(t);
    service_wake(t->service);
}

static void grace_over(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    task *t = task_of_subject(context, subject);
    CHECK(t);
    t->grace = EVENT_NONE;
    end_grace(t);
}

void task_set_grace(task *t, sim_time grace_us)
{
    ecs *e = t->ecs;
    if (t->state != TASK_RUNNING || t->stopping || !(has_load_balancer(t) || task_has_checks(t)))
        return;
    engine_cancel(e->eng, &t->grace);
    sim_time end = grace_us > SIM_RUN_MAX ? SIM_RUN_MAX : t->running_us + grace_us;
    if (end <= engine_now(e->eng)) {
        if (t->in_grace) end_grace(t);
        return;
    }
    service_count(t, -1);
    t->in_grace = true;
    service_count(t, +1);
    t->grace = engine_schedule(e->eng, end, PHASE_DURATION, grace_over, task_subject(t));
}

void task_begin_health(task *t)
{
    const ecs *e = t->ecs;
    task_register_targets(t, false);
    if (t->service->config.grace_period_us > 0)
        task_set_grace(t, t->service->config.grace_period_us);
    if (!has_load_balancer(t) && !task_has_checks(t))
        t->settle = engine_schedule(e->eng, t->running_us + e->cfg->control.running_settle_us,
                                    PHASE_DURATION, settled, task_subject(t));
    task_look_at_health(t, "containerHealthCheck");
    if (t->verdict == VERDICT_UNHEALTHY && !t->in_grace)
        say_unhealthy_targets(t); /* in a zone that is not enabled (L6) */
}

/* ---- The verdict ---- */

/* E36, E96, E97: over essential containers with a check, and all targets. */
static task_verdict verdict_now(const task *t)
{
    if (t->state != TASK_RUNNING || t->stopping) return VERDICT_UNDECIDED;
    const task_definition_config *d = task_definition(t);
    bool open = false, any = false;
    health_status health = HEALTH_HEALTHY;
    for (uint32_t c = 0; c < d->container_count; c++) {
        if (!d->containers[c].essential || !d->containers[c].has_health_check) continue;
        any = true;
        health = container_health_worse(health, t->containers[c].told_health);
    }
    if (health == HEALTH_UNHEALTHY) return VERDICT_UNHEALTHY;
    open |= health != HEALTH_HEALTHY;
    if (has_load_balancer(t)) {
        any = true;
        for (uint32_t i = 0; i < t->target_count; i++) {
            target_state state = load_balancing_state(t->ecs->lb, t->targets[i].target);
            if (state == TARGET_UNHEALTHY || state == TARGET_UNUSED)
                return VERDICT_UNHEALTHY; /* unused: its zone is not enabled (L6, E115b) */
            open |= state != TARGET_HEALTHY;
        }
    }
    if (!any) /* 40 s of RUNNING; a standalone task counts for nobody */
        open = !t->service || engine_pending(t->ecs->eng, t->settle);
    return open ? VERDICT_UNDECIDED : VERDICT_HEALTHY;
}

void task_look_at_health(task *t, const char *cause)
{
    task_verdict verdict = verdict_now(t);
    if (verdict == t->verdict) return;
    service_count(t, -1);
    t->verdict = verdict;
    if (verdict == VERDICT_HEALTHY) {
        t->was_healthy = true;
        if (t->service) service_task_healthy(t);
    }
    if (verdict == VERDICT_UNHEALTHY) t->unhealthy_since_us = engine_now(t->ecs->eng);
    service_count(t, +1);
    if (verdict != VERDICT_UNDECIDED) {
        model_event ev = {.kind = verdict == VERDICT_HEALTHY ? EVENT_TASK_HEALTHY
                                                             : EVENT_TASK_UNHEALTHY,
                          .cell = {t->cell, names_intern(t->ecs->names, cause)}};
        notify_event(t->ecs->notifier, &ev);
    }
    if (t->service) service_wake(t->service);
}

void task_target_changed(void *context, uint64_t owner, uint32_t target_group, target_state state)
{
    task *t = task_of_subject(context, owner);
    if (!t || t->stopping) return;
    task_look_at_health(t, "targetHealth");
    if (state != TARGET_UNHEALTHY || t->in_grace) return;
    for (uint32_t i = 0; i < t->target_count; i++)
        if (t->targets[i].target_group == target_group)
            service_say_unhealthy(t->service, t, &t->targets[i]);
}

void task_health_check(const task *t)
{
    CHECK(t->verdict == verdict_now(t));
}
