#include "scenarios/analysis/situation.h"

#include "models/ecs/deployment.h"
#include "scenarios/analysis/analysis_parts.h"
#include "scenarios/analysis/packing.h"

uint32_t situation_lower(const situation *s)
{
    return deployment_bounds_of(s->settings.desired_count, s->settings.minimum_healthy_percent,
                                s->settings.maximum_percent)
        .lower;
}

uint32_t situation_upper(const situation *s)
{
    return deployment_bounds_of(s->settings.desired_count, s->settings.minimum_healthy_percent,
                                s->settings.maximum_percent)
        .upper;
}

bool situation_rolls(const service_config *s)
{
    return s->desired_count > 0 && s->shift.strategy == DEPLOY_ROLLING; /* E162 */
}

bool situation_on_instances(const service_config *s)
{
    return s->share_count == 0 || !provider_is_fargate(s->shares[0].provider);
}

bool situation_bounds_stuck(const situation *s)
{
    uint32_t desired = s->settings.desired_count;
    return situation_rolls(&s->settings) && situation_lower(s) >= desired &&
           situation_upper(s) <= desired;
}

bool situation_service_deploys(const analysis *a, uint32_t number)
{
    for (uint32_t i = 0; i < a->situation_count; i++)
        if (a->situations[i].service == number && a->situations[i].kind == SITUATION_DEPLOY)
            return true;
    return false;
}

static situation *add(analysis *a, situation_kind kind, uint32_t number,
                      const service_config *settings)
{
    situation *s = &a->situations[a->situation_count++];
    *s = (situation){
        .kind = kind, .service = number, .settings = *settings, .task_definition = NO_INDEX};
    return s;
}

static void add_create(analysis *a, uint32_t number, const char *pointer, sim_time at_us)
{
    situation *s = add(a, SITUATION_CREATE, number, &a->config->services[number]);
    s->pointer = pointer;
    s->at_us = at_us;
}

/* Under a deleted service's name: its settings are those of update.to. */
static void add_create_again(analysis *a, const timeline_action *action, service_config *now)
{
    situation *s = add(a, SITUATION_CREATE, action->service, &action->update.to);
    s->pointer = action->pointer;
    s->at_us = action->at_us;
    now[action->service] = action->update.to;
}

static void add_update(analysis *a, const timeline_action *action, service_config *now)
{
    const service_update *u = &action->update;
    if (u->service == NO_INDEX) return;
    service_config *settings = &now[u->service];
    uint32_t before = settings->task_definition;
    bool other = u->has_task_definition && u->to.task_definition != before;
    const char *pointer = settings->pointer;
    *settings = u->to; /* as the reader has resolved it: all that it does not give is as before */
    settings->pointer = pointer;
    bool deploys = other || u->has_load_balancers || u->force_new_deployment; /* E152, E161 */
    situation *s = add(a, deploys ? SITUATION_DEPLOY : SITUATION_RESIZE, u->service, settings);
    s->task_definition = before;
    s->pointer = action->pointer;
    s->own_bounds = u->has_deployment_configuration;
    s->at_us = action->at_us;
}

/* One for every service: which of them have tasks there, packing tells. */
static void add_drains(analysis *a, const timeline_action *action, const service_config *now)
{
    for (uint32_t i = 0; action->drain && i < a->config->service_count; i++) {
        situation *s = add(a, SITUATION_DRAIN, i, &now[i]);
        s->task_definition = now[i].task_definition;
        s->pointer = action->pointer;
        s->at_us = action->at_us;
    }
}

static uint32_t count_most(const model_config *c)
{
    uint32_t most = c->service_count_at_start + 1;
    for (uint32_t i = 0; i < c->timeline_count; i++)
        most += c->timeline[i].kind == TIMELINE_UPDATE_INSTANCES_STATE ? c->service_count : 1;
    return most;
}

void situations_collect(analysis *a)
{
    const model_config *c = a->config;
    a->situations = ARENA_ARRAY(a->memory, count_most(c), situation);
    service_config *now = ARENA_ARRAY(a->memory, c->service_count + 1, service_config);
    for (uint32_t i = 0; i < c->service_count; i++)
        now[i] = c->services[i];
    packing *p = packing_begin(a);
    for (uint32_t i = 0; i < c->service_count_at_start; i++)
        add_create(a, i, c->services[i].pointer, 0);
    packing_follow(p, 0, a->situations, a->situation_count);
    for (uint32_t i = 0; i < c->timeline_count; i++) {
        const timeline_action *action = &c->timeline[i];
        uint32_t first = a->situation_count;
        if (action->at_us >= c->duration_us) break; /* nothing comes of it */
        if (action->kind == TIMELINE_CREATE_SERVICE && action->replaces)
            add_create_again(a, action, now);
        else if (action->kind == TIMELINE_CREATE_SERVICE)
            add_create(a, action->service, action->pointer, action->at_us);
        if (action->kind == TIMELINE_UPDATE_SERVICE) add_update(a, action, now);
        if (action->kind == TIMELINE_UPDATE_INSTANCES_STATE) add_drains(a, action, now);
        packing_act(p, action, &a->situations[first], a->situation_count - first);
    }
    packing_end(p);
}
