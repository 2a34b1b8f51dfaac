/* Places: what packing found, and what no instance could hold even when empty. */
#include "models/ecs/query.h"
#include "scenarios/analysis/analysis_parts.h"
#include "scenarios/analysis/packing.h"
#include <string.h>

/* ---- What packing found ---- */

/* "host port 80 allows one task an instance; of 2 instances …" */
static const char *why(analysis *a, const situation *s)
{
    if (!s->single) return s->why;
    return analysis_text(a,
                         "%s allows one task an instance, and each that could hold one has it; %s",
                         s->single, s->why);
}

static void say_start(analysis *a, const situation *s)
{
    analysis_find(a, SEVERITY_WARNING, s->pointer,
                  "%u of the %u tasks of %s find no place: %s (E70, E71)",
                  s->settings.desired_count - s->placed, s->settings.desired_count,
                  s->settings.name, why(a, s));
}

/* E157: what is refused counts for the circuit breaker. */
static const char *gets_stuck(const analysis *a, const situation *s)
{
    bool fails = s->settings.breaker.enabled && a->config->control.breaker_counts_placement;
    return fails ? "is failed by its circuit breaker" : "gets stuck";
}

static void say_deploy(analysis *a, const situation *s, const char *rules)
{
    analysis_find(
        a, SEVERITY_WARNING, s->pointer,
        "the deployment of %s %s with %u old and %u of %u new tasks: "
        "minimumHealthyPercent %u keeps ceil(%u x %u / 100) = %u tasks, so none may stop, "
        "and the next new one finds no place: %s (%s)",
        s->settings.name, gets_stuck(a, s), s->old_left, s->placed, s->settings.desired_count,
        s->settings.minimum_healthy_percent, s->settings.desired_count,
        s->settings.minimum_healthy_percent, situation_lower(s), why(a, s), rules);
}

static void say_next_deploy(analysis *a, const situation *s, const char *rules)
{
    analysis_find(
        a, SEVERITY_NOTE, s->pointer,
        "a deployment of %s would get stuck: minimumHealthyPercent %u keeps %u of %u tasks, "
        "and one more finds no place: %s (%s)",
        s->settings.name, s->settings.minimum_healthy_percent, situation_lower(s),
        s->settings.desired_count, why(a, s), rules);
}

/* start: this rule also speaks of services whose tasks do not all fit in the first place. */
static void say_rooms(analysis *a, room_verdict room, bool start, const char *rules)
{
    for (uint32_t i = 0; i < a->situation_count; i++) {
        const situation *s = &a->situations[i];
        if (s->room != room || !s->why || s->kind == SITUATION_DRAIN) continue;
        if (s->kind == SITUATION_DEPLOY) {
            if (!situation_bounds_stuck(s)) say_deploy(a, s, rules);
        } else if (s->placed < s->settings.desired_count) {
            if (start) say_start(a, s);
        } else if (!situation_bounds_stuck(s)) {
            say_next_deploy(a, s, rules);
        }
    }
}

/* By count alone, where tasks could not be followed: as many tasks as instances that could hold an
 * old or a new one, at most one each, and none may stop. */
static void say_by_count(analysis *a, const situation *s)
{
    const service_config *c = &s->settings;
    if (situation_lower(s) < c->desired_count || situation_bounds_stuck(s)) return;
    if (packing_ends(&a->config->task_definitions[c->task_definition])) return;
    const char *single = packing_single(a, c, c->task_definition, s->task_definition);
    if (!single) return;
    uint32_t hosts = packing_suitable(a, c, c->task_definition, s->task_definition, NULL);
    if (hosts > c->desired_count) return;
    analysis_find(a, SEVERITY_WARNING, s->pointer,
                  "the deployment of %s %s: %s allows one task an instance, minimumHealthy"
                  "Percent %u keeps %u of %u tasks, and %u instances could hold one (E39, E83)",
                  c->name, gets_stuck(a, s), single, c->minimum_healthy_percent, situation_lower(s),
                  c->desired_count, hosts);
}

void rule_one_per_instance(analysis *a)
{
    say_rooms(a, ROOM_PER_INSTANCE, true, "E39, E83");
    for (uint32_t i = 0; i < a->situation_count; i++) {
        const situation *s = &a->situations[i];
        if (s->kind == SITUATION_DEPLOY && s->room == ROOM_UNKNOWN && !s->missing &&
            situation_rolls(&s->settings) && situation_on_instances(&s->settings) &&
            s->settings.task_definition != NO_INDEX && s->task_definition != NO_INDEX)
            say_by_count(a, s);
    }
}

void rule_deploy_no_room(analysis *a)
{
    say_rooms(a, ROOM_RESOURCES, false, "E70, E146");
}

void rule_eni_limit(analysis *a)
{
    say_rooms(a, ROOM_ENI, true, "E8");
}

/* ---- Empty instances ---- */

/* Each (service settings, definition) once: the first situation that has it. */
static bool first_use(const analysis *a, uint32_t i)
{
    const service_config *s = &a->situations[i].settings;
    if (s->task_definition == NO_INDEX || !situation_on_instances(s)) return false;
    if (a->situations[i].kind == SITUATION_DRAIN || s->desired_count == 0) return false;
    for (uint32_t k = 0; k < i; k++) {
        const situation *other = &a->situations[k];
        if (other->kind != SITUATION_DRAIN && other->service == a->situations[i].service &&
            other->settings.desired_count > 0 &&
            other->settings.task_definition == s->task_definition &&
            other->settings.constraints == s->constraints)
            return false;
    }
    return true;
}

/* Does an expression look at more than the instance itself? */
static bool reads_more(const char *expression)
{
    sim_error err = {0};
    query *q = query_parse(expression, &err);
    bool more = q && query_reads(q) != 0;
    query_destroy(q);
    return more;
}

/* The definition without constraints, sizes and ports, under one constraint. */
static uint32_t matching(analysis *a, const placement_constraint_config *constraint)
{
    model_config alone = *a->config;
    task_definition_config nothing = {.family = "", .architecture = ARCH_ANY};
    service_config one = {.name = "", .constraint_count = 1};
    placement_constraint_config copy = *constraint;
    bool windows[] = {false, true};
    uint32_t found = 0;
    one.constraints = &copy;
    alone.task_definitions = &nothing;
    alone.task_definition_count = 1;
    analysis other = *a;
    other.config = &alone;
    for (int i = 0; i < 2; i++) {
        nothing.windows = windows[i];
        found += packing_suitable(&other, &one, 0, NO_INDEX, NULL);
    }
    return found;
}

static bool lone_constraint_fails(analysis *a, const placement_constraint_config *c)
{
    return c->kind == CONSTRAINT_MEMBER_OF && !reads_more(c->expression) && matching(a, c) == 0;
}

static bool any_constraint(analysis *a, uint32_t count, const placement_constraint_config *list,
                           const char *pointer, const char *name)
{
    bool found = false;
    for (uint32_t i = 0; i < count; i++) {
        if (!lone_constraint_fails(a, &list[i])) continue;
        found = true;
        if (pointer)
            analysis_find(
                a, SEVERITY_WARNING,
                analysis_text(a, "%s/placementConstraints/%u/expression", pointer, i),
                "no instance of the scenario satisfies \"%.200s\": no task of %s is placed "
                "(E84, E95)",
                list[i].expression, name);
    }
    return found;
}

/* pointers: say so, else only tell. */
static bool constraints_fail(analysis *a, const situation *s, bool say)
{
    const task_definition_config *d = &a->config->task_definitions[s->settings.task_definition];
    bool of_service = any_constraint(a, s->settings.constraint_count, s->settings.constraints,
                                     say ? s->pointer : NULL, s->settings.name);
    bool of_definition = any_constraint(a, d->constraint_count, d->constraints,
                                        say ? d->pointer : NULL, s->settings.name);
    return of_service || of_definition;
}

void rule_constraint_matches_nothing(analysis *a)
{
    if (a->config->group_count == 0) return;
    for (uint32_t i = 0; i < a->situation_count; i++)
        if (first_use(a, i)) constraints_fail(a, &a->situations[i], true);
}

static bool reserves(const instance_group_config *g, const port_mapping *m)
{
    bool tcp = m->protocol == PROTOCOL_TCP;
    uint32_t count = tcp ? g->reserved_port_count : g->reserved_udp_port_count;
    const uint16_t *ports = tcp ? g->reserved_ports : g->reserved_udp_ports;
    for (uint32_t i = 0; i < count; i++)
        if (ports[i] == m->host_port) return true;
    return false;
}

/* A static port that every group reserves. */
static const port_mapping *reserved_everywhere(const analysis *a, const task_definition_config *d,
                                               const char **pointer)
{
    for (uint32_t i = 0; i < d->container_count; i++)
        for (uint32_t k = 0; k < d->containers[i].port_count; k++) {
            const port_mapping *m = &d->containers[i].ports[k];
            bool everywhere = m->host_port != 0 && a->config->group_count > 0;
            for (uint32_t g = 0; g < a->config->group_count && everywhere; g++)
                everywhere = reserves(&a->config->groups[g], m);
            if (!everywhere) continue;
            *pointer = arena_printf(
                a->memory, "%s/containerDefinitions/%u/portMappings/%u/hostPort", d->pointer, i, k);
            return m;
        }
    return NULL;
}

void rule_port_reserved(analysis *a)
{
    const char *pointer;
    for (uint32_t i = 0; i < a->situation_count; i++) {
        const situation *s = &a->situations[i];
        if (!first_use(a, i)) continue;
        const port_mapping *m = reserved_everywhere(
            a, &a->config->task_definitions[s->settings.task_definition], &pointer);
        if (m)
            analysis_find(
                a, SEVERITY_WARNING, pointer,
                "host port %u is reserved on every instance (E4): no task of %s is placed",
                m->host_port, s->settings.name);
    }
}

void rule_task_never_fits(analysis *a)
{
    const char *lacks = NULL, *ignored;
    if (a->config->group_count == 0) return;
    for (uint32_t i = 0; i < a->situation_count; i++) {
        const situation *s = &a->situations[i];
        if (!first_use(a, i)) continue;
        uint32_t definition = s->settings.task_definition;
        const task_definition_config *d = &a->config->task_definitions[definition];
        service_config free_of = s->settings;
        free_of.constraint_count = 0; /* task:group may come true later */
        if (packing_suitable(a, &free_of, definition, NO_INDEX, &lacks) > 0) continue;
        if (constraints_fail(a, s, false) || reserved_everywhere(a, d, &ignored)) continue;
        analysis_find(a, SEVERITY_WARNING, d->pointer,
                      "no instance of the scenario could hold a task of %s, even an empty one: "
                      "%s (E70, E71)",
                      analysis_definition(a, definition), lacks ? lacks : "refused");
    }
}

/* ---- The last of these: what is said above is not said again ---- */

static bool said_otherwise(analysis *a, const situation *s)
{
    const char *ignored;
    uint32_t definition = s->settings.task_definition;
    return packing_suitable(a, &s->settings, definition, NO_INDEX, NULL) == 0 ||
           constraints_fail(a, s, false) ||
           reserved_everywhere(a, &a->config->task_definitions[definition], &ignored);
}

void rule_service_does_not_fit(analysis *a)
{
    for (uint32_t i = 0; i < a->situation_count; i++) {
        const situation *s = &a->situations[i];
        if (s->room != ROOM_RESOURCES || !s->why || s->kind == SITUATION_DRAIN ||
            s->kind == SITUATION_DEPLOY || s->placed >= s->settings.desired_count)
            continue;
        if (!said_otherwise(a, s)) say_start(a, s);
    }
}
