/* Deployments that cannot move, or not in time: arithmetic on L, U and durations. */
#include "models/ecs/circuit_breaker.h"
#include "scenarios/analysis/analysis_parts.h"
#include "scenarios/analysis/packing.h"
#include "scenarios/analysis/start_time.h"
#include <string.h>

#define WAITER_POLLS 40 /* aws ecs wait services-stable */

/* ---- deploy-cannot-move ---- */

static const char *bounds_pointer(analysis *a, const situation *s)
{
    return analysis_text(a, "%s/deploymentConfiguration",
                         s->own_bounds ? s->pointer : s->settings.pointer);
}

/* What would let it move. */
static const char *remedy(analysis *a, uint32_t desired)
{
    return analysis_text(a, "maximumPercent %u or minimumHealthyPercent %u lets one task move",
                         (unsigned)((100u * (uint64_t)(desired + 1) + desired - 1) / desired),
                         (unsigned)(100u * (uint64_t)(desired - 1) / desired));
}

static const char *bounds_text(analysis *a, const situation *s)
{
    const service_config *c = &s->settings;
    return analysis_text(a,
                         "minimumHealthyPercent %u keeps ceil(%u x %u / 100) = %u of %u tasks "
                         "healthy and maximumPercent %u allows floor(%u x %u / 100) = %u in all",
                         c->minimum_healthy_percent, c->desired_count, c->minimum_healthy_percent,
                         situation_lower(s), c->desired_count, c->maximum_percent, c->desired_count,
                         c->maximum_percent, situation_upper(s));
}

void rule_deploy_cannot_move(analysis *a)
{
    for (uint32_t i = 0; i < a->situation_count; i++) {
        const situation *s = &a->situations[i];
        bool deploys = s->kind == SITUATION_DEPLOY;
        if (!deploys && (s->kind != SITUATION_CREATE || situation_service_deploys(a, s->service)))
            continue;
        if (!situation_bounds_stuck(s) || s->missing) continue;
        analysis_find(a, SEVERITY_WARNING, bounds_pointer(a, s),
                      "%s of %s gets stuck: %s, so nothing may stop and nothing may start "
                      "(E144, E147); %s",
                      deploys ? "the deployment" : "every deployment", s->settings.name,
                      bounds_text(a, s), remedy(a, s->settings.desired_count));
    }
}

/* ---- drain-cannot-end ---- */

void rule_drain_cannot_end(analysis *a)
{
    for (uint32_t i = 0; i < a->situation_count; i++) {
        const situation *s = &a->situations[i];
        if (s->kind != SITUATION_DRAIN || s->old_left == 0) continue;
        if (situation_bounds_stuck(s))
            analysis_find(a, SEVERITY_WARNING, s->pointer,
                          "%u tasks of %s stay on the draining instances: %s (E171); %s",
                          s->old_left, s->settings.name, bounds_text(a, s),
                          remedy(a, s->settings.desired_count));
        else if (s->why)
            analysis_find(a, SEVERITY_WARNING, s->pointer,
                          "%u tasks of %s stay on the draining instances, as a replacement must be "
                          "healthy first (ceil(%u x %u %%) = %u) and finds no room: %s (E171)",
                          s->old_left, s->settings.name, s->settings.desired_count,
                          s->settings.minimum_healthy_percent, situation_lower(s),
                          s->single ? s->single : s->why);
    }
}

/* ---- protected-tasks ---- */

/* The latest end of a protection of the service's tasks that holds at that time; 0: none. */
static sim_time protected_until(const analysis *a, uint32_t number, sim_time at_us)
{
    sim_time until_us = 0;
    for (uint32_t i = 0; i < a->config->timeline_count; i++) {
        const timeline_action *t = &a->config->timeline[i];
        if (t->kind != TIMELINE_UPDATE_TASK_PROTECTION || t->select.service != number) continue;
        if (t->select.has_count && t->select.count == 0) continue;
        if (!t->protect) return 0; /* taken back: whose it is, the run knows */
        if (t->at_us > at_us || t->duration_us > SIM_RUN_MAX) continue;
        if (t->at_us + t->duration_us > until_us) until_us = t->at_us + t->duration_us;
    }
    return until_us > at_us ? until_us : 0;
}

static sim_time waiter_patience(const analysis *a)
{
    return WAITER_POLLS * a->config->control.service_stable_poll_us;
}

void rule_protected_tasks(analysis *a)
{
    for (uint32_t i = 0; i < a->situation_count; i++) {
        const situation *s = &a->situations[i];
        if (s->kind != SITUATION_DEPLOY || !situation_rolls(&s->settings)) continue;
        sim_time until_us = protected_until(a, s->service, s->at_us);
        if (until_us - s->at_us <= waiter_patience(a)) continue;
        analysis_find(
            a, SEVERITY_WARNING, s->pointer,
            "the deployment of %s cannot end before %s: some of its tasks are under "
            "protection for %s more, and `aws ecs wait services-stable` gives up after %s "
            "(E108)",
            s->settings.name, analysis_span(a, until_us), analysis_span(a, until_us - s->at_us),
            analysis_span(a, waiter_patience(a)));
    }
}

/* ---- How long one task takes ---- */

typedef struct {
    sim_time start_us;          /* h: placement to healthy, at least */
    sim_time drain_us, stop_us; /* D is both */
} motion;

static sim_time longest_drain(const analysis *a, const service_config *s)
{
    sim_time us = 0;
    for (uint32_t i = 0; i < s->load_balancer_count; i++) {
        const target_group_config *g = &a->config->target_groups[s->load_balancers[i].target_group];
        if (analysis_group_is_classic(a, g)) continue; /* ends with its last request (L104) */
        if (g->deregistration_delay_us > us) us = g->deregistration_delay_us;
    }
    return us;
}

static const container_definition *container_named(const task_definition_config *d,
                                                   const char *name);

/* From RUNNING to the first probe that can pass, at least: start-up shortest. */
static sim_time first_check(const analysis *a, const service_config *s,
                            const task_definition_config *d)
{
    sim_time longest_us = 0;
    for (uint32_t i = 0; i < s->load_balancer_count; i++) {
        const target_group_config *g = &a->config->target_groups[s->load_balancers[i].target_group];
        const container_definition *c = container_named(d, s->load_balancers[i].container_name);
        uint32_t passes = a->config->control.initial_healthy_checks;
        if (!c || d->container_count > 1) continue; /* it may have started before RUNNING */
        if (passes == 0 || analysis_group_is_classic(a, g)) passes = g->healthy_threshold;
        sim_time ready_us = start_time_shortest(&c->behavior.startup);
        sim_time us = ((ready_us + g->interval_us - 1) / g->interval_us + passes - 1) *
                      g->interval_us; /* L21, L26 */
        if (us > longest_us) longest_us = us;
    }
    return longest_us;
}

static bool any_check(const task_definition_config *d)
{
    for (uint32_t i = 0; i < d->container_count; i++)
        if (d->containers[i].essential && d->containers[i].has_health_check) return true;
    return false;
}

static motion motion_of(const analysis *a, const service_config *s, uint32_t old)
{
    const task_definition_config *d = &a->config->task_definitions[s->task_definition];
    motion m = {.start_us = start_time_to_running(d) + first_check(a, s, d),
                .drain_us = longest_drain(a, s)};
    if (s->load_balancer_count == 0 && !any_check(d))
        m.start_us += a->config->control.running_settle_us; /* E96 */
    if (old != NO_INDEX) m.stop_us = start_time_to_stop(&a->config->task_definitions[old]);
    return m;
}

static const container_definition *container_named(const task_definition_config *d,
                                                   const char *name)
{
    for (uint32_t i = 0; i < d->container_count; i++)
        if (strcmp(d->containers[i].name, name) == 0) return &d->containers[i];
    return NULL;
}

/* ---- stable-exceeds-waiter ---- */

static void look_at_stable(analysis *a, const situation *s)
{
    bool deploys = s->kind == SITUATION_DEPLOY;
    uint32_t old = deploys ? s->task_definition : s->settings.task_definition;
    motion m = motion_of(a, &s->settings, old);
    sim_time one_us = m.start_us + m.drain_us + m.stop_us, least_us = one_us;
    uint32_t moving = situation_upper(s) - situation_lower(s), desired = s->settings.desired_count;
    bool rounds = a->config->control.max_counts_stopping;
    if (one_us > SIM_RUN_MAX) return;
    if (situation_lower(s) == 0) /* old ones stop while new ones start */
        least_us = m.start_us > m.drain_us + m.stop_us ? m.start_us : m.drain_us + m.stop_us;
    if (rounds && one_us / moving * desired > least_us) least_us = one_us / moving * desired;
    if (least_us <= waiter_patience(a)) return;
    analysis_find(a, deploys ? SEVERITY_WARNING : SEVERITY_NOTE, s->pointer,
                  "%s of %s takes at least %s, and `aws ecs wait services-stable` gives up after "
                  "%s: each of %u tasks needs %s to start and be healthy, %s to drain and %s to "
                  "stop, at most U - L = %u - %u = %u in motion at a time (E142, L91)",
                  deploys ? "the deployment" : "a deployment", s->settings.name,
                  analysis_span(a, least_us), analysis_span(a, waiter_patience(a)), desired,
                  analysis_span(a, m.start_us), analysis_span(a, m.drain_us),
                  analysis_span(a, m.stop_us), situation_upper(s), situation_lower(s), moving);
}

/* The situations in which a service is deployed, or may be: its last one where it never is. */
static bool may_deploy(const analysis *a, uint32_t i)
{
    const situation *s = &a->situations[i];
    if (!situation_rolls(&s->settings) || situation_upper(s) <= situation_lower(s)) return false;
    if (s->settings.task_definition == NO_INDEX) return false;
    if (s->kind == SITUATION_DEPLOY) return !situation_bounds_stuck(s);
    if (s->kind == SITUATION_DRAIN || situation_service_deploys(a, s->service)) return false;
    for (uint32_t k = i + 1; k < a->situation_count; k++)
        if (a->situations[k].service == s->service && a->situations[k].kind != SITUATION_DRAIN)
            return false;
    return !situation_bounds_stuck(s);
}

void rule_stable_exceeds_waiter(analysis *a)
{
    for (uint32_t i = 0; i < a->situation_count; i++)
        if (may_deploy(a, i)) look_at_stable(a, &a->situations[i]);
}

/* ---- breaker-slow ---- */

/* From RUNNING to unhealthy and outside the grace period, for a target that never answers. */
static sim_time found_unhealthy(const analysis *a, const service_config *s)
{
    sim_time soonest_us = SIM_NEVER;
    for (uint32_t i = 0; i < s->load_balancer_count; i++) {
        const target_group_config *g = &a->config->target_groups[s->load_balancers[i].target_group];
        sim_time us = (g->unhealthy_threshold - 1) * g->interval_us;
        if (us < soonest_us) soonest_us = us;
    }
    return soonest_us < s->grace_period_us ? s->grace_period_us : soonest_us;
}

/* May a task count as a failure before its target is found unhealthy: one that ends by itself (E155), that
 * finds no place (E157), that has a health check of its own, or no enabled zone? */
static bool may_fail_sooner(const analysis *a, const situation *s, const task_definition_config *d)
{
    const bool no_room = s->kind == SITUATION_DEPLOY && (s->room != ROOM_ENOUGH || s->refused > 0);
    if (no_room && a->config->control.breaker_counts_placement) return true;
    for (uint32_t c = 0; c < d->container_count; c++)
        if (d->containers[c].essential && d->containers[c].has_health_check) return true;
    return packing_ends(d) || health_has_closed_zone(a, &s->settings);
}

static void look_at_breaker(analysis *a, const situation *s)
{
    const service_config *c = &s->settings;
    const task_definition_config *d = &a->config->task_definitions[c->task_definition];
    if (may_fail_sooner(a, s, d)) return;
    uint32_t failures = circuit_breaker_threshold(&c->breaker, c->desired_count);
    uint32_t moving = situation_upper(s) - situation_lower(s);
    sim_time found_us = found_unhealthy(a, c), running_us = start_time_to_running(d);
    if (found_us > SIM_RUN_MAX) return;
    /* The new tasks fill U beside L old ones: one is stopped at a time, and its place waits for it
     * (where maximumPercent counts what stops) and its successor (E102). With more room several are
     * tried at once. */
    uint32_t at_once = moving <= c->desired_count ? 1 : moving;
    uint32_t rounds = (failures + at_once - 1) / at_once;
    const bool waits = at_once == 1 && a->config->control.max_counts_stopping;
    sim_time gone_us = waits ? longest_drain(a, c) + start_time_to_stop(d) : 0;
    sim_time trips_us = rounds * (running_us + found_us) + (rounds - 1) * gone_us;
    if (trips_us <= waiter_patience(a)) return;
    analysis_find(
        a, SEVERITY_NOTE,
        analysis_text(a, "%s/deploymentConfiguration/deploymentCircuitBreaker",
                      s->own_bounds ? s->pointer : c->pointer),
        "the circuit breaker of %s trips at %u failed tasks, %u at a time (U - L = %u, E102): "
        "one that never answers is found %s after its placement and takes %s to drain and "
        "stop, so that is after %s at the soonest, and `aws ecs wait services-stable` gives "
        "up after %s (E153, L96)",
        c->name, failures, at_once, moving, analysis_span(a, running_us + found_us),
        analysis_span(a, gone_us), analysis_span(a, trips_us),
        analysis_span(a, waiter_patience(a)));
}

void rule_breaker_slow(analysis *a)
{
    for (uint32_t i = 0; i < a->situation_count; i++) {
        const situation *s = &a->situations[i];
        if (may_deploy(a, i) && s->settings.breaker.enabled && s->settings.load_balancer_count > 0)
            look_at_breaker(a, s);
    }
}

/* ---- breaker-counts-room ---- */

void rule_breaker_counts_room(analysis *a)
{
    for (uint32_t i = 0; i < a->situation_count; i++) {
        const situation *s = &a->situations[i];
        if (s->kind != SITUATION_DEPLOY || s->room != ROOM_ENOUGH || s->refused == 0) continue;
        if (!s->settings.breaker.enabled || !a->config->control.breaker_counts_placement) continue;
        analysis_find(
            a, SEVERITY_NOTE, s->pointer,
            "the deployment of %s may start up to U = %u tasks beside those it keeps, and "
            "%u of them find no place at first: each try counts for the circuit breaker, "
            "which trips at %u (E153, E157)",
            s->settings.name, situation_upper(s), s->refused,
            circuit_breaker_threshold(&s->settings.breaker, s->settings.desired_count));
    }
}

/* ---- spot-interruption ---- */

static bool all_spot(const analysis *a)
{
    bool some = false;
    for (uint32_t i = 0; i < a->config->group_count; i++) {
        const instance_group_config *g = &a->config->groups[i];
        if (packing_instances_max(a->config, i) == 0) continue;
        if (!g->spot) return false;
        some = true;
    }
    return some;
}

/* The scenario takes Spot instances away, and they do not drain at the notice. */
static bool spot_is_interrupted(const analysis *a)
{
    for (uint32_t i = 0; i < a->config->timeline_count; i++)
        if (a->config->timeline[i].kind == TIMELINE_SPOT_INTERRUPTION &&
            a->config->timeline[i].at_us < a->config->duration_us)
            return true;
    return false;
}

static bool some_do_not_drain(const analysis *a)
{
    for (uint32_t i = 0; i < a->config->group_count; i++)
        if (a->config->groups[i].count > 0 && !a->config->groups[i].spot_draining) return true;
    return false;
}

static void look_at_notice(analysis *a, const situation *s, diagnostic_severity severity)
{
    motion m = motion_of(a, &s->settings, s->settings.task_definition);
    bool first = situation_lower(s) >= s->settings.desired_count;
    sim_time away_us = (first ? m.start_us : 0) + m.drain_us + m.stop_us;
    sim_time notice_us = a->config->control.spot_notice_us;
    if (away_us <= notice_us) return;
    analysis_find(a, severity, s->pointer,
                  "the tasks of %s need at least %s to leave a Spot instance (%s%s drain, %s "
                  "stop), and its notice is %s: they are killed with it (E175)",
                  s->settings.name, analysis_span(a, away_us),
                  first ? analysis_text(a, "%s for a healthy replacement first, ",
                                        analysis_span(a, m.start_us))
                        : "",
                  analysis_span(a, m.drain_us), analysis_span(a, m.stop_us),
                  analysis_span(a, notice_us));
}

void rule_spot_interruption(analysis *a)
{
    const bool scripted = spot_is_interrupted(a), lost = scripted && some_do_not_drain(a);
    if (!all_spot(a)) return;
    for (uint32_t i = 0; i < a->situation_count; i++) {
        const situation *s = &a->situations[i];
        if (s->kind != SITUATION_CREATE || !situation_rolls(&s->settings) ||
            !situation_on_instances(&s->settings) || s->settings.task_definition == NO_INDEX)
            continue;
        if (lost)
            analysis_find(a, SEVERITY_WARNING, s->pointer,
                          "Spot instances without spotDraining do nothing with their notice of %s: "
                          "the tasks of %s are lost with them (E175)",
                          analysis_span(a, a->config->control.spot_notice_us), s->settings.name);
        else
            look_at_notice(a, s, scripted ? SEVERITY_WARNING : SEVERITY_NOTE);
    }
}
