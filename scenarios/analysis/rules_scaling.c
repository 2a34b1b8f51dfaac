/* Services that scale by themselves, and calls that count for them. */
#include "scenarios/analysis/analysis_parts.h"
#include <math.h>

/* ---- desired-below-scaled ---- */

/* The service's scalable target as it is then; false: it has none, or scheduled actions move its bounds. */
static bool target_at(const analysis *a, uint32_t service, sim_time at_us,
                      scalable_target_config *t, uint32_t *index)
{
    const model_config *c = a->config;
    bool found = false;
    for (*index = 0; *index < c->scalable_target_count; ++*index)
        if (c->scalable_targets[*index].service == service) break;
    if (*index == c->scalable_target_count) return false;
    *t = c->scalable_targets[*index];
    found = !t->registered_later;
    for (uint32_t i = 0; i < c->timeline_count && c->timeline[i].at_us <= at_us; i++) {
        const timeline_action *action = &c->timeline[i];
        if (action->kind != TIMELINE_REGISTER_SCALABLE_TARGET || action->scalable_target != *index)
            continue;
        found = true;
        if (action->has_min) t->min_capacity = action->to_scalable_target.min_capacity;
        if (action->has_max) t->max_capacity = action->to_scalable_target.max_capacity;
    }
    for (uint32_t i = 0; i < c->scheduled_action_count; i++)
        if (c->scheduled_actions[i].scalable_target == *index) return false;
    return found;
}

/* Requests a second that are sent straight to the group then. */
static double rate_at(const model_config *c, uint32_t group, sim_time at_us)
{
    double sum = 0;
    for (uint32_t i = 0; i < c->traffic_count; i++) {
        const rate_series *r = &c->traffic[i].rate;
        uint32_t k = 0;
        if (c->traffic[i].target_group != group || r->step_count == 0) continue;
        while (k + 1 < r->step_count && r->steps[k + 1].at_us <= at_us)
            k++;
        sum += r->steps[k].per_second;
    }
    return sum;
}

/* Tasks that a policy of requests per target holds under that load (A62); 0: unknown. */
static int64_t tasks_held(const analysis *a, const scaling_policy_config *p, sim_time at_us,
                          double *rate)
{
    const model_config *c = a->config;
    if (p->kind != POLICY_TARGET_TRACKING || p->registered_later) return 0;
    const uint32_t metric = c->alarms[p->alarm_high].metric;
    if (metric == NO_INDEX || c->metrics[metric].kind != METRIC_REQUEST_COUNT_PER_TARGET) return 0;
    *rate = rate_at(c, c->metrics[metric].object, at_us);
    const double need = ceil(*rate * 60 / p->target);
    return need < 1e9 ? (int64_t)need : 0;
}

static void look_at_desired(analysis *a, const timeline_action *action,
                            const scalable_target_config *t, uint32_t target)
{
    const service_config *to = &action->update.to;
    const char *pointer = analysis_text(a, "%s/desiredCount", action->pointer);
    const char *name = a->config->services[action->update.service].name;
    const int64_t desired = to->desired_count;
    if (desired < t->min_capacity) {
        analysis_find(
            a, SEVERITY_WARNING, pointer,
            "desiredCount %lld of %s is below its scalable target's MinCapacity %lld, and "
            "nothing but a scale-out lifts it back (A43)",
            (long long)desired, name, (long long)t->min_capacity);
        return;
    }
    for (uint32_t i = 0; i < a->config->scaling_policy_count; i++) {
        const scaling_policy_config *p = &a->config->scaling_policies[i];
        double rate = 0;
        if (p->scalable_target != target) continue;
        int64_t held = tasks_held(a, p, action->at_us, &rate);
        if (held > t->max_capacity) held = t->max_capacity;
        if (desired >= held) continue;
        analysis_find(
            a, SEVERITY_WARNING, pointer,
            "desiredCount %lld of %s stops tasks that its policy \"%s\" holds: %g requests "
            "a second at %g a minute and target are %lld tasks (A62)",
            (long long)desired, name, p->name, rate, p->target, (long long)held);
        return;
    }
}

void rule_desired_below_scaled(analysis *a)
{
    for (uint32_t i = 0; i < a->config->timeline_count; i++) {
        const timeline_action *action = &a->config->timeline[i];
        scalable_target_config t;
        uint32_t target;
        if (action->kind != TIMELINE_UPDATE_SERVICE || !action->update.has_desired_count) continue;
        if (action->update.service == NO_INDEX || action->at_us >= a->config->duration_us) continue;
        if (target_at(a, action->update.service, action->at_us, &t, &target))
            look_at_desired(a, action, &t, target);
    }
}

/* ---- use-not-told ---- */

static bool tells(const task_definition_config *d, metric_kind kind)
{
    for (uint32_t c = 0; c < d->container_count; c++) {
        const container_behavior *b = &d->containers[c].behavior;
        if (kind == METRIC_SERVICE_CPU ? b->has_cpu : b->has_memory) return true;
    }
    return false;
}

/* Of the service's first revision and of those it is updated to: one that tells is enough. */
static bool service_tells(const model_config *c, uint32_t service, metric_kind kind)
{
    if (tells(&c->task_definitions[c->services[service].task_definition], kind)) return true;
    for (uint32_t i = 0; i < c->timeline_count; i++) {
        const timeline_action *action = &c->timeline[i];
        if (action->kind == TIMELINE_UPDATE_SERVICE && action->update.service == service &&
            action->update.to.task_definition < c->task_definition_count &&
            tells(&c->task_definitions[action->update.to.task_definition], kind))
            return true;
    }
    return false;
}

/* The alarms of one policy, or of several, say the same. */
static bool is_first_of_its_metric(const model_config *c, uint32_t alarm)
{
    const metric_config *m = &c->metrics[c->alarms[alarm].metric];
    for (uint32_t i = 0; i < alarm; i++) {
        if (c->alarms[i].metric == NO_INDEX) continue;
        const metric_config *other = &c->metrics[c->alarms[i].metric];
        if (other->kind == m->kind && other->object == m->object) return false;
    }
    return true;
}

void rule_use_not_told(analysis *a)
{
    const model_config *c = a->config;
    for (uint32_t i = 0; i < c->alarm_count; i++) {
        if (c->alarms[i].metric == NO_INDEX) continue;
        const metric_config *m = &c->metrics[c->alarms[i].metric];
        if (m->kind != METRIC_SERVICE_CPU && m->kind != METRIC_SERVICE_MEMORY) continue;
        if (!is_first_of_its_metric(c, i)) continue;
        const service_config *s = &c->services[m->object];
        if (s->task_definition >= c->task_definition_count || service_tells(c, m->object, m->kind))
            continue;
        const bool cpu = m->kind == METRIC_SERVICE_CPU;
        analysis_find(
            a, SEVERITY_WARNING, s->pointer,
            "alarm \"%s\" follows the %s utilization of %s, and no behavior of family %s "
            "tells what its tasks use (\"%s\"): it has no datapoints and never acts (A06)",
            c->alarms[i].name, cpu ? "CPU" : "memory", s->name,
            c->task_definitions[s->task_definition].family, cpu ? "cpu" : "memory");
    }
}
