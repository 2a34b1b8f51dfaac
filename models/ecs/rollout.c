/* rollout.c - the deployments of a service: begun, completed, given up, rolled back (E148-E164). */
#include "models/ecs/circuit_breaker.h"
#include "models/ecs/deployment_alarm.h"
#include "models/ecs/task_set.h"
#include "models/ecs/traffic_shift.h"
#include "sim/engine/check.h"
#include <inttypes.h>
#include <stdio.h>

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

static placement_request request_of(service *s, const deployment *d)
{
    ecs *e = s->ecs;
    uint32_t spread = s->group;
    if (e->cfg->control.spread_scope == SPREAD_SCOPE_DEPLOYMENT) {
        char name[600];
        snprintf(name, sizeof name, "service:%s#%" PRIu32, s->config.name, d->number);
        spread = cluster_group(e->cluster, name);
    }
    return (placement_request){
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
}

void rollout_make_plan(service *s, deployment *d)
{
    ecs *e = s->ecs;
    placement_request request = request_of(s, d);
    d->plan = ecs_make_plan(e, &request);
    d->plans = ARENA_ARRAY(e->arena, s->config.share_count + 1, placement_plan *);
    for (uint32_t i = 0; i < s->config.share_count; i++) {
        request.provider = s->config.shares[i].provider;
        if (!provider_is_fargate(request.provider)) d->plans[i] = ecs_make_plan(e, &request);
    }
    d->refused_version = UINT64_MAX; /* whatever was refused is worth a new try */
}

placement_plan *rollout_zone_plan(service *s, const deployment *d, uint32_t provider,
                                  const char *zone)
{
    placement_request request = request_of(s, d);
    request.provider = provider;
    request.zone_count = 1;
    request.zones = &zone;
    return ecs_make_plan(s->ecs, &request);
}

void rollout_start(service *s, uint32_t definition, deployment_cause cause)
{
    ecs *e = s->ecs;
    deployment *d = ARENA_NEW(e->arena, deployment);
    *d = (deployment){.service = s,
                      .number = ++s->deployment_count,
                      .definition = definition,
                      .cause = cause,
                      .started_us = engine_now(e->eng),
                      .tasks_before = s->next_number,
                      .scale = TASK_SET_WHOLE,
                      .load_balancer_count = s->config.load_balancer_count,
                      .load_balancers = s->config.load_balancers,
                      .older = s->newest};
    d->scaling_reason =
        arena_printf(e->arena, "Scaling activity initiated by (deployment ecs-svc/%s#%" PRIu32 ")",
                     s->config.name, d->number);
    rollout_make_plan(s, d);
    d->before = s->latest;
    s->latest = s->newest = d;
    s->live_deployments++;
    service_lasting_over(s, MESSAGE_STUCK);
    say_deployment(d, EVENT_DEPLOYMENT_STARTED, deployment_cause_names[cause], 0);
    deployment_alarm_begin(s);
    traffic_shift_begin(s, d);
}

void rollout_adopt(service *s)
{
    const uint32_t count = s->config.revision_count;
    CHECK(count == 1 || s->config.shift.strategy == DEPLOY_ROLLING);
    for (uint32_t i = 0; i < count; i++) {
        rollout_start(s, s->config.revisions[i], i == 0 ? DEPLOYMENT_CREATED : DEPLOYMENT_UPDATED);
        if (i > 0 && i + 1 == count) return; /* under way */
        deployment *d = s->newest;
        d->rollout = ROLLOUT_COMPLETED;
        d->once_completed = true;
        traffic_shift_end(s, true);
        deployment_alarm_end(s);
        say_deployment(d, EVENT_DEPLOYMENT_COMPLETED, deployment_cause_names[d->cause], 0);
    }
}

/* The newest old deployment that once completed: whose tasks are started while healthy ones are
 * short (E103). */
deployment *rollout_fallback(const service *s)
{
    if (s->newest->rollout == ROLLOUT_COMPLETED) return NULL;
    for (deployment *d = s->newest->older; d; d = d->older)
        if (d->once_completed) return d;
    return NULL;
}

/* Older deployments without tasks become INACTIVE (E148). */
void rollout_drop_inactive(service *s)
{
    const deployment *kept = rollout_fallback(s); /* it may have to start tasks again (E103) */
    for (deployment **link = &s->newest->older; *link;) {
        if ((*link)->total == 0 && *link != kept) {
            *link = (*link)->older;
            s->live_deployments--;
        } else {
            link = &(*link)->older;
        }
    }
}

void rollout_complete_if_done(service *s)
{
    deployment *d = s->newest;
    uint32_t desired = s->config.desired_count;
    if (traffic_shift_holds(s) || d->rollout != ROLLOUT_IN_PROGRESS || d->running != desired ||
        d->healthy != desired || d->active != desired || service_old_active(s) > 0)
        return;
    if (!traffic_shift_is_on(s) && !deployment_alarm_baked(s)) return; /* a shift has baked */
    d->rollout = ROLLOUT_COMPLETED;                                    /* E151 */
    d->once_completed = true;
    traffic_shift_end(s, true);
    deployment_alarm_end(s);
    service_lasting_over(s, MESSAGE_STUCK);
    say_deployment(d, EVENT_DEPLOYMENT_COMPLETED, deployment_cause_names[d->cause], 0);
    service_say(s, "(deployment ecs-svc/%s#%" PRIu32 ") deployment completed.", s->config.name,
                d->number);
    notify_changed(s->ecs->notifier, CHANGED_SERVICE, s->index);
}

void rollout_steady(deployment *d)
{
    d->rollout = ROLLOUT_COMPLETED;
    d->once_completed = true;
    if (d == d->service->latest) /* as results know it: a newer one has ended it */
        say_deployment(d, EVENT_DEPLOYMENT_COMPLETED, deployment_cause_names[d->cause], 0);
    notify_changed(d->service->ecs->notifier, CHANGED_SERVICE, d->service->index);
}

/* Only the PRIMARY deployment is watched, and only while it is in progress. */
void rollout_count_failures(service *s, deployment *d, uint32_t failures)
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
static void roll_back(service *s, const char *cause, deployment *failed, deployment *to)
{
    say_deployment(failed, EVENT_DEPLOYMENT_ROLLING_BACK, cause, cell_pair(s->name, to->number));
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
    rollout_make_plan(s, to);
    s->config.task_definition = to->definition;
    s->config.load_balancer_count = to->load_balancer_count;
    if (!traffic_shift_is_on(s))
        to->load_balancers = traffic_shift_orient(s, to->load_balancers, to->load_balancer_count);
    s->config.load_balancers = to->load_balancers;
}

void rollout_fail(service *s, const char *cause, const char *why, bool may_roll_back)
{
    deployment *d = s->newest;
    CHECK(d->rollout == ROLLOUT_IN_PROGRESS);
    d->rollout = ROLLOUT_FAILED;
    deployment_alarm_end(s);
    say_deployment(d, EVENT_DEPLOYMENT_FAILED, cause, 0);
    if (why)
        service_say(s, "(deployment ecs-svc/%s#%" PRIu32 ") deployment failed: %s.", s->config.name,
                    d->number, why);
    deployment *to = NULL;
    if (may_roll_back && traffic_shift_holds(s))
        to = traffic_shift_revert(s);
    else if (may_roll_back && !traffic_shift_is_on(s))
        to = rollback_target(s);
    if (to)
        roll_back(s, cause, d, to);
    else
        traffic_shift_end(s, false);
    notify_changed(s->ecs->notifier, CHANGED_SERVICE, s->index);
    service_wake(s); /* the next pass acts on it */
}

void rollout_fail_if_broken(service *s)
{
    const deployment *d = s->newest;
    const circuit_breaker_config *breaker = &s->config.breaker;
    if (!breaker->enabled || d->rollout != ROLLOUT_IN_PROGRESS || d->failed_tasks == 0 ||
        d->failed_tasks < circuit_breaker_threshold(breaker, s->config.desired_count))
        return;
    rollout_fail(s, "circuitBreaker", "tasks failed to start", breaker->rollback);
}

/* A rollback goes on: it may be told to end without one only (E149, E164). */
const char *service_refuses_stop_deployment(const service *s, uint32_t number)
{
    if (number > s->deployment_count)
        return "ServiceDeploymentNotFoundException: The service deployment does not exist.";
    if (task_set_has(s))
        return "InvalidParameterException: Unsupported operation for a service with task sets.";
    if (s->newest->rollout != ROLLOUT_IN_PROGRESS || (number > 0 && number != s->latest->number))
        return "ConflictException: The service deployment is not in progress.";
    return NULL;
}

void service_stop_deployment(service *s, bool abort)
{
    if (s->newest->cause == DEPLOYMENT_ROLLBACK && !abort) return; /* it is under way */
    rollout_fail(s, "stopped", NULL, !abort);
}
