/* Requests: cut at the end of a drain, sent where nobody is. */
#include "scenarios/analysis/analysis_parts.h"
#include "scenarios/analysis/start_time.h"
#include <string.h>

static double peak_of(const rate_series *r)
{
    double peak = 0;
    for (uint32_t i = 0; i < r->step_count; i++)
        if (r->steps[i].per_second > peak) peak = r->steps[i].per_second;
    return peak;
}

/* Requests a second that are sent straight to the group, at the peak. */
static double direct_rate(const analysis *a, uint32_t group)
{
    double rate = 0;
    for (uint32_t i = 0; i < a->config->traffic_count; i++)
        if (a->config->traffic[i].target_group == group)
            rate += peak_of(&a->config->traffic[i].rate);
    return rate;
}

static bool balancer_has_traffic(const analysis *a, uint32_t balancer)
{
    for (uint32_t i = 0; i < a->config->traffic_count; i++)
        if (balancer != NO_INDEX && a->config->traffic[i].load_balancer == balancer &&
            peak_of(&a->config->traffic[i].rate) > 0)
            return true;
    return false;
}

static bool group_used(const analysis *a, uint32_t group)
{
    for (uint32_t i = 0; i < a->situation_count; i++) {
        const service_config *s = &a->situations[i].settings;
        for (uint32_t k = 0; k < s->load_balancer_count; k++)
            if (s->load_balancers[k].target_group == group ||
                (s->load_balancers[k].production.given &&
                 s->load_balancers[k].alternate_target_group == group))
                return true;
    }
    return false;
}

/* ---- traffic-without-targets ---- */

void rule_traffic_without_targets(analysis *a)
{
    for (uint32_t i = 0; i < a->config->target_group_count; i++) {
        double rate = direct_rate(a, i);
        if (rate <= 0 || group_used(a, i)) continue;
        analysis_find(a, SEVERITY_WARNING, a->config->target_groups[i].pointer,
                      "no service registers with target group \"%s\": its %g requests a second get "
                      "503 (L71)",
                      a->config->target_groups[i].name, rate);
    }
}

/* ---- targets-without-traffic ---- */

static bool gets_traffic(const analysis *a, const service_config *s)
{
    for (uint32_t i = 0; i < s->load_balancer_count; i++) {
        uint32_t group = s->load_balancers[i].target_group;
        if (direct_rate(a, group) > 0 ||
            balancer_has_traffic(a, a->config->target_groups[group].load_balancer))
            return true;
    }
    return false;
}

void rule_targets_without_traffic(analysis *a)
{
    if (a->config->traffic_count == 0) return;
    for (uint32_t i = 0; i < a->situation_count; i++) {
        const situation *s = &a->situations[i];
        if (s->kind != SITUATION_CREATE || s->settings.load_balancer_count == 0 ||
            gets_traffic(a, &s->settings))
            continue;
        analysis_find(
            a, SEVERITY_NOTE, s->pointer,
            "no traffic is sent to the target groups of %s: its availability has no value",
            s->settings.name);
    }
}

/* ---- drain-too-short ---- */

/* A call of the scenario that stops tasks of the service one by one. */
static bool stops_tasks(const analysis *a, uint32_t service)
{
    uint32_t desired = 0;
    for (uint32_t i = 0; i < a->situation_count; i++) {
        const situation *s = &a->situations[i];
        if (s->service != service) continue;
        if (s->kind == SITUATION_DEPLOY || s->kind == SITUATION_DRAIN) return true;
        if (s->kind == SITUATION_RESIZE && s->settings.desired_count < desired) return true;
        desired = s->settings.desired_count;
    }
    return false;
}

static void look_at_drain(analysis *a, const situation *s, const target_group_config *g)
{
    const task_definition_config *d = &a->config->task_definitions[s->settings.task_definition];
    double delay_s = (double)g->deregistration_delay_us / SIM_SECOND;
    double excess_s = distribution_mean_excess(&d->request_seconds, delay_s);
    double rate = direct_rate(a, (uint32_t)(g - a->config->target_groups));
    if (g->deregistration_delay_us > 0 &&
        start_time_median(&d->request_seconds) <= g->deregistration_delay_us)
        return; /* a tail is no certain loss */
    if (excess_s <= 0 || s->settings.desired_count == 0) return;
    const char *cut = rate > 0 ? analysis_text(a, ", about %.3g a task at %g requests a second",
                                               rate / s->settings.desired_count * excess_s, rate)
                               : "";
    analysis_find(a, stops_tasks(a, s->service) ? SEVERITY_WARNING : SEVERITY_NOTE,
                  analysis_text(a, "%s/Attributes", g->pointer),
                  "the deregistration delay of \"%s\" is %s and a request of %s takes %.3g s on "
                  "average: requests in flight are cut with 502 whenever a task stops%s (L70, L80)",
                  g->name, analysis_span(a, g->deregistration_delay_us), s->settings.name,
                  distribution_mean(&d->request_seconds), cut);
}

void rule_drain_too_short(analysis *a)
{
    for (uint32_t i = 0; i < a->situation_count; i++) {
        const situation *s = &a->situations[i];
        if (s->kind != SITUATION_CREATE || s->settings.task_definition == NO_INDEX ||
            !gets_traffic(a, &s->settings))
            continue;
        for (uint32_t k = 0; k < s->settings.load_balancer_count; k++)
            look_at_drain(a, s,
                          &a->config->target_groups[s->settings.load_balancers[k].target_group]);
    }
}
