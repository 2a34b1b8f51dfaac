#include "scenarios/analysis/start_time.h"

#include <math.h>

static sim_time micros(double seconds)
{
    if (!(seconds > 0)) return 0;
    return seconds >= (double)SIM_RUN_MAX / 1e6 ? SIM_RUN_MAX : (sim_time)(seconds * 1e6);
}

bool start_time_constant(const distribution *d)
{
    return d->kind == DISTRIBUTION_CONSTANT;
}

sim_time start_time_shortest(const distribution *d)
{
    if (d->kind == DISTRIBUTION_CONSTANT || d->kind == DISTRIBUTION_UNIFORM) return micros(d->a);
    if (d->kind == DISTRIBUTION_PARETO) return micros(d->b);
    if (d->kind == DISTRIBUTION_EMPIRICAL) return d->count ? micros(d->values[0]) : 0;
    return 0;
}

sim_time start_time_median(const distribution *d)
{
    switch (d->kind) {
    case DISTRIBUTION_CONSTANT:
    case DISTRIBUTION_LOGNORMAL:
    case DISTRIBUTION_NORMAL: /* cut at 0, which only moves it up */
        return micros(d->a);
    case DISTRIBUTION_EXPONENTIAL:
        return micros(d->a * log(2));
    case DISTRIBUTION_UNIFORM:
        return micros((d->a + d->b) / 2);
    case DISTRIBUTION_GAMMA:
        return micros((d->a - 1.0 / 3) * d->b);
    case DISTRIBUTION_WEIBULL:
        return micros(d->b * pow(log(2), 1 / d->a));
    case DISTRIBUTION_PARETO:
        return micros(d->b * pow(2, 1 / d->a));
    case DISTRIBUTION_EMPIRICAL:
        return d->count ? micros(d->values[d->count / 2]) : 0;
    }
    return 0;
}

/* When each container has started, counted from the task's placement on its host; false where that
 * is not certain. An image that is there already (cached) or not. */
static bool starts_of(const task_definition_config *d, bool cached, bool certain, sim_time *at_us)
{
    for (uint32_t i = 0; i < d->container_count; i++)
        at_us[i] = -1;
    for (uint32_t round = 0; round < d->container_count; round++)
        for (uint32_t i = 0; i < d->container_count; i++) {
            const container_definition *c = &d->containers[i];
            const container_behavior *b = &c->behavior;
            const distribution *pull = cached ? &b->image_pull_cached : &b->image_pull;
            if (at_us[i] >= 0) continue;
            if (certain && (!start_time_constant(pull) || !start_time_constant(&b->activation)))
                return false;
            sim_time from_us = start_time_shortest(pull);
            bool ready = true;
            for (uint32_t k = 0; k < c->dependency_count; k++) {
                const container_dependency *on = &c->dependencies[k];
                if (certain && on->condition != DEPENDS_START) return false;
                if (at_us[on->container] < 0) ready = false;
                if (at_us[on->container] > from_us) from_us = at_us[on->container];
            }
            if (ready) at_us[i] = from_us + start_time_shortest(&b->activation);
        }
    return true;
}

#define CONTAINERS_KNOWN 32

static sim_time latest(const task_definition_config *d, const sim_time *at_us)
{
    sim_time last = 0;
    for (uint32_t i = 0; i < d->container_count; i++)
        if (at_us[i] > last) last = at_us[i];
    return last;
}

container_start start_time_of(const task_definition_config *d, uint32_t container)
{
    const distribution *startup = &d->containers[container].behavior.startup;
    container_start out = {.constant = start_time_constant(startup),
                           .startup_us = start_time_median(startup)};
    sim_time at_us[CONTAINERS_KNOWN];
    if (d->container_count > CONTAINERS_KNOWN) return out;
    if (d->container_count > 1)
        for (int cached = 0; cached < 2; cached++) {
            if (!starts_of(d, cached, true, at_us)) return out;
            sim_time before_us = latest(d, at_us) - at_us[container];
            if (before_us > out.before_running_us) out.before_running_us = before_us;
        }
    out.known = true;
    out.after_running_us = out.startup_us - out.before_running_us;
    return out;
}

sim_time start_time_to_running(const task_definition_config *d)
{
    sim_time at_us[CONTAINERS_KNOWN], soonest_us = SIM_NEVER;
    if (d->container_count > CONTAINERS_KNOWN) return 0;
    for (int cached = 0; cached < 2; cached++) {
        starts_of(d, cached, false, at_us);
        sim_time last_us = latest(d, at_us);
        if (last_us < soonest_us) soonest_us = last_us;
    }
    return soonest_us + start_time_shortest(&d->provisioning);
}

sim_time start_time_to_stop(const task_definition_config *d)
{
    sim_time longest_us = 0;
    for (uint32_t i = 0; i < d->container_count; i++) {
        const container_definition *c = &d->containers[i];
        sim_time us = start_time_shortest(&c->behavior.shutdown);
        if (us > c->stop_timeout_us) us = c->stop_timeout_us;
        if (us > longest_us) longest_us = us;
    }
    return longest_us;
}
