#include "models/ecs/task_set.h"
#include "models/ecs/keep.h"
#include "sim/engine/check.h"
#include <stdlib.h>
#include <string.h>

uint32_t task_set_computed(uint32_t desired, uint32_t scale)
{
    return (uint32_t)(((uint64_t)desired * scale + TASK_SET_WHOLE - 1) / TASK_SET_WHOLE);
}

bool task_set_has(const service *s)
{
    return s->config.controller != CONTROLLER_ECS;
}

/* ---- calls ---- */

static void count_anew(service *s)
{
    for (deployment *d = s->newest; d; d = d->older)
        d->kept =
            d->rollout == ROLLOUT_FAILED ? 0 : task_set_computed(s->config.desired_count, d->scale);
}

/* The new one is PRIMARY if it is the first, else it stands behind. */
void task_set_create(service *s, const task_set_call *call)
{
    deployment *primary = s->newest;
    s->config.load_balancer_count = call->load_balancer_count;
    s->config.load_balancers = call->load_balancers;
    for (uint32_t i = 0; i < call->load_balancer_count; i++)
        load_balancing_assign(s->ecs->lb, call->load_balancers[i].target_group, s->index);
    rollout_start(s, call->task_definition, DEPLOYMENT_CREATED);
    deployment *d = s->newest;
    d->scale = call->scale;
    d->external_id = call->external_id;
    service_lasting_over(s, MESSAGE_STEADY);
    service_wake(s);
    if (!primary) {
        s->config.task_definition = d->definition;
        return;
    }
    s->newest = primary;
    d->older = primary->older;
    primary->older = d;
    s->config.load_balancer_count = primary->load_balancer_count;
    s->config.load_balancers = primary->load_balancers;
}

deployment *task_set_find(const service *s, const char *text)
{
    const char *hash = strrchr(text, '#');
    const unsigned long number = hash ? strtoul(hash + 1, NULL, 10) : 0;
    for (deployment *d = s->newest; d; d = d->older) {
        if (d->rollout == ROLLOUT_FAILED) continue; /* deleted */
        if (d->external_id && strcmp(d->external_id, text) == 0) return d;
        if (number == d->number && (size_t)(hash - text) == strlen(s->config.name) &&
            strncmp(text, s->config.name, (size_t)(hash - text)) == 0)
            return d;
    }
    return NULL;
}

void task_set_scale(deployment *d, uint32_t scale)
{
    d->scale = scale;
    service_lasting_over(d->service, MESSAGE_STEADY);
    service_wake(d->service);
}

/* Production goes from one target group to another wherever both get some (b). */
static void move_traffic(ecs *e, uint32_t from, uint32_t to)
{
    const model_config *cfg = e->cfg;
    if (from == to) return;
    for (uint32_t i = 0; i < cfg->listener_count + cfg->rule_count; i++) {
        const listener_action *action = i < cfg->listener_count
                                            ? &cfg->listeners[i].default_action
                                            : &cfg->rules[i - cfg->listener_count].action;
        bool old = false, new = false;
        for (uint32_t f = 0; action->kind == ACTION_FORWARD && f < action->forward_count; f++) {
            old |= action->forwards[f].target_group == from;
            new |= action->forwards[f].target_group == to;
        }
        if (old && new) load_balancing_weigh(e->lb, action, from, to, 1000);
    }
}

void task_set_make_primary(deployment *d)
{
    service *s = d->service;
    const deployment *before = s->newest;
    if (d == before) return;
    deployment **link = &s->newest;
    while (*link != d)
        link = &(*link)->older;
    *link = d->older;
    d->older = s->newest;
    s->newest = d;
    s->config.task_definition = d->definition;
    s->config.load_balancer_count = d->load_balancer_count;
    s->config.load_balancers = d->load_balancers;
    for (uint32_t i = 0; i < before->load_balancer_count && i < d->load_balancer_count; i++)
        move_traffic(s->ecs, before->load_balancers[i].target_group,
                     d->load_balancers[i].target_group);
    service_wake(s);
}

void task_set_delete(deployment *d)
{
    d->rollout = ROLLOUT_FAILED; /* it starts no task any more */
    service_lasting_over(d->service, MESSAGE_STEADY);
    service_wake(d->service);
}

/* ---- a pass ---- */

void task_set_keep(service *s)
{
    count_anew(s);
    keep_deployments(s);
}

static bool is_steady(const deployment *d)
{
    return d->running == d->kept && d->active == d->kept && d->healthy == d->kept &&
           d->leaving == 0;
}

void task_set_settle(service *s)
{
    for (deployment *d = s->newest; d; d = d->older)
        if (d->rollout == ROLLOUT_IN_PROGRESS && is_steady(d)) rollout_steady(d);
    for (deployment **link = &s->newest->older; *link;) {
        if ((*link)->total == 0 && (*link)->rollout == ROLLOUT_FAILED) {
            *link = (*link)->older;
            s->live_deployments--;
        } else {
            link = &(*link)->older;
        }
    }
}

bool task_set_all_steady(const service *s)
{
    for (const deployment *d = s->newest; d; d = d->older)
        if (!is_steady(d) || (d->rollout == ROLLOUT_FAILED && d->total > 0)) return false;
    return true;
}

bool task_set_any_begins(const service *s)
{
    for (const deployment *d = s->newest; d; d = d->older)
        if (d->rollout == ROLLOUT_IN_PROGRESS) return true;
    return false;
}

void task_set_check(const service *s)
{
    for (const deployment *d = s->newest; d; d = d->older) {
        CHECK(d->scale <= TASK_SET_WHOLE);
        CHECK(s->dirty || d->kept == (d->rollout == ROLLOUT_FAILED
                                          ? 0
                                          : task_set_computed(s->config.desired_count, d->scale)));
    }
}
