#include "models/ecs/deployment_alarm.h"
#include "models/autoscaling/scalable_target.h"
#include "models/ecs/traffic_shift.h"
#include "models/phase.h"
#include "sim/engine/check.h"

static bool any_in_alarm(const service *s, const deployment_alarm_config *c)
{
    const alarms *all = scaling_alarms(s->ecs->scaling);
    for (uint32_t i = 0; i < c->count; i++)
        if (alarms_state(all, c->alarms[i]) == ALARM_ALARM) return true;
    return false;
}

sim_time deployment_alarm_bake(const model_config *cfg, const deployment_alarm_config *config)
{
    sim_time longest = 0;
    for (uint32_t i = 0; i < config->count; i++) {
        const alarm_config *a = &cfg->alarms[config->alarms[i]];
        const sim_time range = a->period_us * a->evaluation_periods;
        if (range > longest) longest = range;
    }
    return longest < cfg->control.bake_max_us ? longest : cfg->control.bake_max_us;
}

void deployment_alarm_end(service *s)
{
    engine_cancel(s->ecs->eng, &s->watch.poll);
    s->watch = (deployment_watch){.poll = EVENT_NONE, .bake_until_us = SIM_NEVER};
}

void deployment_alarm_begin(service *s)
{
    const deployment_alarm_config *c = &s->config.alarms;
    deployment_alarm_end(s);
    if (!c->enabled || s->newest->cause == DEPLOYMENT_ROLLBACK || any_in_alarm(s, c)) return;
    s->watch.on = true;
    s->watch.config = *c;
    s->watch.bake_us =
        s->config.shift.has_bake ? s->config.shift.bake_us : deployment_alarm_bake(s->ecs->cfg, c);
}

sim_time deployment_alarm_shift_bake(const service *s)
{
    return s->watch.on ? s->watch.bake_us : s->config.shift.bake_us;
}

bool deployment_alarm_baked(service *s)
{
    deployment_watch *w = &s->watch;
    if (!w->on) return true;
    const sim_time now = engine_now(s->ecs->eng);
    if (w->bake_until_us == SIM_NEVER) w->bake_until_us = now + w->bake_us;
    return w->bake_until_us <= now;
}

bool deployment_alarm_bakes(const service *s)
{
    return s->watch.bake_until_us != SIM_NEVER && s->watch.bake_until_us > engine_now(s->ecs->eng);
}

static void poll(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    service *s = &((ecs *)context)->services[subject];
    const deployment_alarm_config *c = &s->watch.config;
    s->watch.poll = EVENT_NONE;
    if (traffic_shift_is_on(s) && !traffic_shift_holds(s)) return; /* it has baked */
    if (any_in_alarm(s, c)) rollout_fail(s, "alarm", "alarm detected", c->rollback);
}

void deployment_alarm_raised(ecs *e, uint32_t alarm)
{
    const sim_time every = e->cfg->control.alarm_poll_us;
    const sim_time next = (engine_now(e->eng) + every - 1) / every * every;
    for (uint32_t i = 0; i < e->cfg->service_count; i++) {
        deployment_watch *w = &e->services[i].watch;
        bool named = false;
        for (uint32_t k = 0; w->on && k < w->config.count; k++)
            named |= w->config.alarms[k] == alarm;
        if (named && !engine_pending(e->eng, w->poll))
            w->poll = engine_schedule(e->eng, next, PHASE_ALARM_POLL, poll, i);
    }
}

void deployment_alarm_check(const service *s)
{
    const deployment_watch *w = &s->watch;
    if (!w->on) {
        CHECK(!engine_pending(s->ecs->eng, w->poll) && w->bake_until_us == SIM_NEVER);
        return;
    }
    CHECK(s->newest->rollout == ROLLOUT_IN_PROGRESS && s->newest->cause != DEPLOYMENT_ROLLBACK);
    CHECK(w->config.enabled && w->config.count > 0);
}
