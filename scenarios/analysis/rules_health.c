/* Health: checks that give up before a start is over, or can never pass. */
#include "scenarios/analysis/analysis_parts.h"
#include "scenarios/analysis/packing.h"
#include "scenarios/analysis/start_time.h"
#include <string.h>

/* Each (service, definition, grace period) once. */
static bool first_use(const analysis *a, uint32_t i)
{
    const situation *s = &a->situations[i];
    if (s->kind == SITUATION_DRAIN || s->settings.desired_count == 0 ||
        s->settings.task_definition == NO_INDEX)
        return false;
    for (uint32_t k = 0; k < i; k++) {
        const situation *o = &a->situations[k];
        if (o->service == s->service && o->kind != SITUATION_DRAIN &&
            o->settings.desired_count > 0 &&
            o->settings.task_definition == s->settings.task_definition &&
            o->settings.grace_period_us == s->settings.grace_period_us &&
            o->settings.load_balancers == s->settings.load_balancers)
            return false;
    }
    return true;
}

static const char *in_which(const container_start *start)
{
    return start->constant ? "" : " in half of all starts";
}

/* ---- Load balancers ---- */

/* A target's way through one start (L21-L23, L26), from RUNNING. */
typedef struct {
    sim_time unhealthy_us; /* SIM_NEVER: never */
    sim_time healthy_us;
} target_course;

static target_course course_of(const analysis *a, const target_group_config *g, sim_time ready_us)
{
    const model_config *c = a->config;
    sim_time delay_us = c->control.registration_delay_us, interval_us = g->interval_us;
    uint32_t passes = c->control.initial_healthy_checks;
    target_course out = {.unhealthy_us = SIM_NEVER};
    if (g->load_balancer != NO_INDEX &&
        c->load_balancers[g->load_balancer].type == LOAD_BALANCER_NETWORK)
        delay_us = c->control.nlb_registration_delay_us;
    sim_time decides_us = delay_us + (g->unhealthy_threshold - 1) * interval_us;
    sim_time waiting_us = ready_us - delay_us;
    int64_t first = waiting_us > 0 ? (waiting_us + interval_us - 1) / interval_us : 0;
    if (passes == 0 || analysis_group_is_classic(a, g)) passes = g->healthy_threshold; /* L103 */
    if (decides_us < ready_us) {
        out.unhealthy_us = decides_us;
        passes = g->healthy_threshold;
    }
    out.healthy_us = delay_us + (first + passes - 1) * interval_us;
    return out;
}

static uint32_t container_number(const task_definition_config *d, const char *name)
{
    for (uint32_t i = 0; i < d->container_count; i++)
        if (strcmp(d->containers[i].name, name) == 0) return i;
    return NO_INDEX;
}

static void say_grace(analysis *a, const situation *s, const target_group_config *g,
                      const target_course *course, const container_start *start)
{
    const char *at = analysis_text(a, "%s/healthCheckGracePeriodSeconds", s->pointer);
    const char *half = in_which(start), *ready = analysis_span(a, start->after_running_us);
    const char *unhealthy = analysis_span(a, course->unhealthy_us),
               *healthy = analysis_span(a, course->healthy_us);
    if (s->settings.grace_period_us == 0)
        analysis_find(
            a, SEVERITY_WARNING, at,
            "tasks of %s answer %s after RUNNING%s, and \"%s\" finds them unhealthy after "
            "(%u - 1) x %s = %s: they are replaced before they serve (L23, L98); a grace "
            "period above %s lets them come up",
            s->settings.name, ready, half, g->name, g->unhealthy_threshold,
            analysis_span(a, g->interval_us), unhealthy, healthy);
    else
        analysis_find(a, SEVERITY_WARNING, at,
                      "the grace period of %s ends while \"%s\" is unhealthy%s: tasks of %s answer "
                      "%s after RUNNING, are unhealthy from %s on and need %u passes, until %s "
                      "(L22, L97); it must be above that",
                      analysis_span(a, s->settings.grace_period_us), g->name, half,
                      s->settings.name, ready, unhealthy, g->healthy_threshold, healthy);
}

static void look_at_targets(analysis *a, const situation *s, bool grace)
{
    const service_config *c = &s->settings;
    const task_definition_config *d = &a->config->task_definitions[c->task_definition];
    for (uint32_t i = 0; i < c->load_balancer_count; i++) {
        const target_group_config *g = &a->config->target_groups[c->load_balancers[i].target_group];
        uint32_t container = container_number(d, c->load_balancers[i].container_name);
        if (container == NO_INDEX) continue;
        container_start start = start_time_of(d, container);
        if (!start.known || start.after_running_us <= 0) continue;
        target_course course = course_of(a, g, start.after_running_us);
        if (course.unhealthy_us == SIM_NEVER || c->grace_period_us >= course.healthy_us) continue;
        if ((c->grace_period_us > 0) != grace) continue;
        say_grace(a, s, g, &course, &start);
        return;
    }
}

void rule_startup_exceeds_check(analysis *a)
{
    for (uint32_t i = 0; i < a->situation_count; i++)
        if (first_use(a, i)) look_at_targets(a, &a->situations[i], false);
}

void rule_grace_too_short(analysis *a)
{
    for (uint32_t i = 0; i < a->situation_count; i++)
        if (first_use(a, i)) look_at_targets(a, &a->situations[i], true);
}

/* ---- Container health checks ---- */

static void look_at_container(analysis *a, const situation *s, const task_definition_config *d,
                              uint32_t number)
{
    const container_definition *c = &d->containers[number];
    const container_health_check *h = &c->health_check;
    container_start start = start_time_of(d, number);
    if (!start.known || !c->essential || !c->has_health_check) return;
    /* failures count strictly after startPeriod (E34) */
    sim_time decides_us =
        (h->start_period_us / h->interval_us + (sim_time)h->retries) * h->interval_us;
    sim_time passes_us = (start.startup_us + h->interval_us - 1) / h->interval_us * h->interval_us;
    if (decides_us >= start.startup_us) return;
    if (s->settings.grace_period_us >= passes_us - start.before_running_us) return;
    analysis_find(
        a, SEVERITY_WARNING,
        analysis_text(a, "%s/containerDefinitions/%u/healthCheck", d->pointer, number),
        "container \"%s\" answers %s after its start%s, and its health check gives up after %s: %u "
        "failures every %s from the end of startPeriod (%s) on (E34, E35); tasks of %s are "
        "replaced "
        "before they serve; a startPeriod of %s covers it",
        c->name, analysis_span(a, start.startup_us), in_which(&start), analysis_span(a, decides_us),
        h->retries, analysis_span(a, h->interval_us), analysis_span(a, h->start_period_us),
        s->settings.name, analysis_span(a, passes_us));
}

void rule_start_period_too_short(analysis *a)
{
    for (uint32_t i = 0; i < a->situation_count; i++) {
        if (!first_use(a, i)) continue;
        const task_definition_config *d =
            &a->config->task_definitions[a->situations[i].settings.task_definition];
        for (uint32_t k = 0; k < d->container_count; k++)
            look_at_container(a, &a->situations[i], d, k);
    }
}

void rule_check_timeout(analysis *a)
{
    for (uint32_t i = 0; i < a->config->task_definition_count; i++) {
        const task_definition_config *d = &a->config->task_definitions[i];
        for (uint32_t k = 0; k < d->container_count; k++) {
            const container_health_check *h = &d->containers[k].health_check;
            if (!d->containers[k].has_health_check || h->timeout_us < h->interval_us) continue;
            analysis_find(
                a, SEVERITY_NOTE,
                analysis_text(a, "%s/containerDefinitions/%u/healthCheck", d->pointer, k),
                "timeout %s is not below interval %s: a hanging container is found after %u x (%s "
                "+ "
                "%s) = %s (E35)",
                analysis_span(a, h->timeout_us), analysis_span(a, h->interval_us), h->retries,
                analysis_span(a, h->interval_us), analysis_span(a, h->timeout_us),
                analysis_span(a, (sim_time)h->retries * (h->interval_us + h->timeout_us)));
        }
    }
}

/* ---- Nothing checks ---- */

void rule_no_health_check(analysis *a)
{
    for (uint32_t i = 0; i < a->situation_count; i++) {
        const situation *s = &a->situations[i];
        const service_config *c = &s->settings;
        if (s->kind != SITUATION_DEPLOY || c->load_balancer_count > 0 ||
            c->task_definition == NO_INDEX)
            continue;
        const task_definition_config *d = &a->config->task_definitions[c->task_definition];
        bool checked = false;
        for (uint32_t k = 0; k < d->container_count; k++)
            checked = checked || (d->containers[k].essential && d->containers[k].has_health_check);
        if (checked) continue;
        analysis_find(a, SEVERITY_NOTE, s->pointer,
                      "%s has neither a load balancer nor a container health check: a new task "
                      "counts as healthy after %s of RUNNING, whatever it does (E96)",
                      c->name, analysis_span(a, a->config->control.running_settle_us));
    }
}

/* ---- Zones ---- */

static bool enabled(const load_balancer_config *l, const char *zone)
{
    bool found = l->zone_count == 0; /* every zone (L31) */
    for (uint32_t i = 0; i < l->zone_count && !found; i++)
        found = strcmp(l->zones[i], zone) == 0;
    return found;
}

/* Instances in this zone that could hold a task of the service. */
static uint32_t suitable_in(analysis *a, const service_config *s, const char *zone)
{
    service_config there = *s;
    for (uint32_t i = 0; i < s->zone_count; i++)
        if (strcmp(s->zones[i], zone) == 0) there.zone_count = 0;
    if (there.zone_count > 0) return 0; /* its subnets are elsewhere */
    there.zone_count = 1;
    there.zones = &zone;
    return packing_suitable(a, &there, s->task_definition, NO_INDEX, NULL);
}

/* The service's load balancer that is not enabled for the zone; NULL: none. */
static const load_balancer_config *closed_in(const analysis *a, const service_config *c,
                                             const char *zone)
{
    for (uint32_t i = 0; i < c->load_balancer_count; i++) {
        const target_group_config *g = &a->config->target_groups[c->load_balancers[i].target_group];
        if (g->load_balancer == NO_INDEX) continue;
        const load_balancer_config *l = &a->config->load_balancers[g->load_balancer];
        if (!enabled(l, zone)) return l;
    }
    return NULL;
}

bool health_has_closed_zone(const analysis *a, const service_config *c)
{
    for (uint32_t g = 0; g < a->config->group_count; g++)
        for (uint32_t z = 0; z < a->config->groups[g].zone_count; z++)
            if (closed_in(a, c, a->config->groups[g].zones[z])) return true;
    for (uint32_t z = 0; z < c->zone_count; z++) /* on Fargate */
        if (closed_in(a, c, c->zones[z])) return true;
    return false;
}

static void look_at_zone(analysis *a, const situation *s, const char *zone)
{
    const service_config *c = &s->settings;
    const load_balancer_config *l = closed_in(a, c, zone);
    const uint32_t count = l ? suitable_in(a, c, zone) : 0;
    if (count > 0)
        analysis_find(a, SEVERITY_WARNING, s->pointer,
                      "%u instances that can hold tasks of %s are in zone %s, which load balancer "
                      "\"%s\" is not enabled for: a task there gets no traffic and never becomes "
                      "healthy (L6)",
                      count, c->name, zone, l->name);
}

void rule_zone_not_enabled(analysis *a)
{
    const model_config *c = a->config;
    for (uint32_t i = 0; i < a->situation_count; i++) {
        const situation *s = &a->situations[i];
        const char *seen[64];
        uint32_t count = 0;
        if (s->kind != SITUATION_CREATE || s->settings.desired_count == 0 ||
            s->settings.task_definition == NO_INDEX || !situation_on_instances(&s->settings))
            continue;
        for (uint32_t g = 0; g < c->group_count; g++)
            for (uint32_t z = 0; z < c->groups[g].zone_count; z++) {
                bool known = count == sizeof seen / sizeof seen[0];
                for (uint32_t k = 0; k < count; k++)
                    known = known || strcmp(seen[k], c->groups[g].zones[z]) == 0;
                if (known) continue;
                seen[count++] = c->groups[g].zones[z];
                look_at_zone(a, s, c->groups[g].zones[z]);
            }
    }
}
