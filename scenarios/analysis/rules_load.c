/* Load that is more than the most tasks that there can be do: only bounds, so that what is said holds; of a rate with
 * noise nothing is known in advance. */
#include "scenarios/analysis/analysis_parts.h"
#include "scenarios/analysis/packing.h"
#include <math.h>

#define UNITS_PER_VCPU 1024.0

/* Tasks of the service that there can be by its desired counts, its policies' bounds and scheduled ones. */
static int64_t most_tasks(const analysis *a, uint32_t service)
{
    const model_config *c = a->config;
    int64_t most = 0;
    for (uint32_t i = 0; i < a->situation_count; i++)
        if (a->situations[i].service == service && a->situations[i].settings.desired_count > most)
            most = a->situations[i].settings.desired_count;
    for (uint32_t t = 0; t < c->scalable_target_count; t++) {
        if (c->scalable_targets[t].service != service) continue;
        if (c->scalable_targets[t].max_capacity > most) most = c->scalable_targets[t].max_capacity;
        for (uint32_t i = 0; i < c->timeline_count; i++)
            if (c->timeline[i].kind == TIMELINE_REGISTER_SCALABLE_TARGET &&
                c->timeline[i].scalable_target == t &&
                c->timeline[i].to_scalable_target.max_capacity > most)
                most = c->timeline[i].to_scalable_target.max_capacity;
        for (uint32_t i = 0; i < c->scheduled_action_count; i++) {
            const scheduled_action_config *s = &c->scheduled_actions[i];
            if (s->auto_scaling_group > 0 || s->scalable_target != t) continue;
            if (s->has_max && s->max_capacity > most) most = s->max_capacity;
        }
    }
    return most;
}

/* Over the run from the end of the warmup on: the lowest rate, and the requests or messages in all. */
static double lowest_and_sum(const model_config *c, const rate_series *r, double *sum)
{
    double lowest = INFINITY;
    *sum = 0;
    for (uint32_t i = 0; i < r->step_count; i++) {
        sim_time from_us = i == 0 ? 0 : r->steps[i].at_us;
        sim_time to_us = i + 1 < r->step_count ? r->steps[i + 1].at_us : c->duration_us;
        if (from_us < c->warmup_us) from_us = c->warmup_us;
        if (to_us > c->duration_us) to_us = c->duration_us;
        if (from_us >= to_us) continue;
        lowest = fmin(lowest, r->steps[i].per_second);
        *sum += r->steps[i].per_second * ((double)(to_us - from_us) / (double)SIM_SECOND);
    }
    return isfinite(lowest) ? lowest : 0;
}

/* ---- load-exceeds-tasks ---- */

static uint32_t services_of_group(const analysis *a, uint32_t group)
{
    uint32_t count = 0, last = NO_INDEX;
    for (uint32_t i = 0; i < a->situation_count; i++) {
        const situation *s = &a->situations[i];
        for (uint32_t k = 0; k < s->settings.load_balancer_count; k++) {
            const service_load_balancer *l = &s->settings.load_balancers[k];
            if (l->target_group != group &&
                !(l->production.given && l->alternate_target_group == group))
                continue;
            count += s->service != last;
            last = s->service;
        }
    }
    return count;
}

/* Never less than this a second is sent straight to the service alone. */
static double lowest_rate(const analysis *a, uint32_t service, const service_config *s,
                          uint32_t *container)
{
    const model_config *c = a->config;
    const task_definition_config *d = &c->task_definitions[s->task_definition];
    double rate = 0, sum;
    *container = 0;
    while (*container + 1 < d->container_count && !d->containers[*container].essential)
        ++*container;
    for (uint32_t k = 0; k < s->load_balancer_count; k++)
        *container = s->load_balancers[k].container;
    for (uint32_t i = 0; i < c->traffic_count; i++) {
        const traffic_config *t = &c->traffic[i];
        bool reaches = s->load_balancer_count == 0 && t->service == service &&
                       t->target_group == NO_INDEX && t->load_balancer == NO_INDEX;
        if (s->load_balancer_count == 1 && t->target_group == s->load_balancers[0].target_group)
            reaches = services_of_group(a, t->target_group) == 1;
        if (reaches && t->noise.noise_count == 0) rate += lowest_and_sum(c, &t->rate, &sum);
    }
    return rate;
}

/* CPU units that so many tasks get at most. */
static double most_cpu(const analysis *a, const service_config *s, int64_t tasks)
{
    const model_config *c = a->config;
    const task_definition_config *d = &c->task_definitions[s->task_definition];
    double units = 0;
    for (uint32_t g = 0; g < c->group_count; g++)
        units += (double)packing_instances_max(c, g) * c->groups[g].cpu_units;
    const double ceilings = (double)tasks * d->cpu_units;
    if (!situation_on_instances(s)) return ceilings;
    return d->cpu_units > 0 && ceilings < units ? ceilings : units;
}

void rule_load_exceeds_tasks(analysis *a)
{
    for (uint32_t i = 0; i < a->situation_count; i++) {
        const situation *s = &a->situations[i];
        const service_config *settings = &s->settings;
        uint32_t container;
        if (s->kind != SITUATION_CREATE || settings->daemon ||
            settings->task_definition == NO_INDEX)
            continue;
        const double rate = lowest_rate(a, s->service, settings, &container);
        const task_definition_config *d = &a->config->task_definitions[settings->task_definition];
        const container_behavior *b = &d->containers[container].behavior;
        const double wanted = b->has_cpu ? rate * b->cpu.seconds_per_request * UNITS_PER_VCPU : 0;
        const int64_t tasks = most_tasks(a, s->service);
        const double units = most_cpu(a, settings, tasks);
        if (tasks == 0 || !(units > 0) || wanted <= units) continue;
        analysis_find(
            a, SEVERITY_WARNING, s->pointer,
            "%s is never offered less than %g requests a second, which take %.4g vCPU "
            "(secondsPerRequest %g); its %lld tasks get at most %.4g: at least %.0f %% of "
            "the requests fail as overload",
            settings->name, rate, wanted / UNITS_PER_VCPU, b->cpu.seconds_per_request,
            (long long)tasks, units / UNITS_PER_VCPU, floor(100 * (1 - units / wanted)));
    }
}

/* ---- queue-exceeds-workers ---- */

void rule_queue_exceeds_workers(analysis *a)
{
    const model_config *c = a->config;
    const double seconds = (double)(c->duration_us - c->warmup_us) / (double)SIM_SECOND;
    for (uint32_t i = 0; i < c->queue_count; i++) {
        const queue_config *q = &c->queues[i];
        const int64_t tasks = most_tasks(a, q->service);
        double arrive;
        lowest_and_sum(c, &q->rate, &arrive);
        const double served = (double)tasks * q->messages_per_worker * seconds;
        if (c->services[q->service].daemon || tasks == 0 || q->noise.noise_count > 0) continue;
        if (!(arrive > served)) continue;
        analysis_find(
            a, SEVERITY_WARNING, analysis_text(a, "/queues/%u", i),
            "%.4g messages a second arrive on average, and the %lld tasks that %s can have "
            "work on %.4g: a backlog of %.4g is left at the end",
            arrive / seconds, (long long)tasks, c->services[q->service].name, served / seconds,
            arrive - served);
    }
}
