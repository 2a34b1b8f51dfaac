#include "models/ecs/run_task.h"
#include "models/ecs/provisioning.h"
#include "models/ecs/task.h"
#include <string.h>

/* One plan of a definition on a provider, and what calls have in common that it serves. */
struct run_task_plan {
    const run_task_call *like;
    uint32_t provider;
    placement_plan *plan;
    run_task_plan *next;
};

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_strategies(const run_task_call *a, const run_task_call *b)
{
    if (a->strategy_count != b->strategy_count) return false;
    for (uint32_t i = 0; i < a->strategy_count && a->strategies != b->strategies; i++)
        if (a->strategies[i].kind != b->strategies[i].kind ||
            a->strategies[i].field != b->strategies[i].field ||
            !same_text(a->strategies[i].attribute, b->strategies[i].attribute))
            return false;
    return true;
}

static bool same_constraints(const run_task_call *a, const run_task_call *b)
{
    if (a->constraint_count != b->constraint_count) return false;
    for (uint32_t i = 0; i < a->constraint_count && a->constraints != b->constraints; i++)
        if (a->constraints[i].kind != b->constraints[i].kind ||
            !same_text(a->constraints[i].expression, b->constraints[i].expression))
            return false;
    return true;
}

static bool same_zones(const run_task_call *a, const run_task_call *b)
{
    if (a->zone_count != b->zone_count) return false;
    for (uint32_t i = 0; i < a->zone_count && a->zones != b->zones; i++)
        if (!same_text(a->zones[i], b->zones[i])) return false;
    return true;
}

static placement_plan *make_plan(ecs *e, uint32_t definition, const run_task_call *call,
                                 uint32_t provider)
{
    placement_request request = {
        .definition = &e->cfg->task_definitions[definition],
        .group =
            call->group ? cluster_group(e->cluster, call->group) : e->families[definition].group,
        .standalone = true,
        .strategy_count = call->strategy_count,
        .strategies = call->strategies,
        .constraint_count = call->constraint_count,
        .constraints = call->constraints,
        .zone_count = call->zone_count,
        .zones = call->zones,
        .provider = provider,
    };
    request.spread_group = request.group;
    return ecs_make_plan(e, &request);
}

placement_plan *run_task_plan_of(ecs *e, uint32_t definition, const run_task_call *call,
                                 uint32_t provider)
{
    run_task_plan **first = &e->families[definition].run_task_plans;
    for (run_task_plan *p = *first; p; p = p->next)
        if (p->like == call && p->provider == provider) return p->plan;
    for (run_task_plan *p = *first; p; p = p->next)
        if (p->provider == provider && same_text(p->like->group, call->group) &&
            same_strategies(p->like, call) && same_constraints(p->like, call) &&
            same_zones(p->like, call))
            return p->plan;
    run_task_plan *made = ARENA_NEW(e->arena, run_task_plan);
    *made = (run_task_plan){.like = call,
                            .provider = provider,
                            .plan = make_plan(e, definition, call, provider),
                            .next = *first};
    *first = made;
    return made->plan;
}

/* Fargate has no capacity in any of the zones. */
static void say_no_capacity(ecs *e, uint32_t definition, uint32_t copies)
{
    const task_family *f = &e->families[definition];
    e->placements_failed += copies;
    notify_changed(e->notifier, CHANGED_CLUSTER, 0);
    model_event ev = {.kind = EVENT_PLACEMENT_FAILED,
                      .cell = {0, f->family, 0, f->cell, copies, cell_text("{}"), 0, 0}};
    notify_event(e->notifier, &ev);
}

/* E87: one entry a rejected instance for each copy not placed: `reasons` times `count`. */
static void say_refused(ecs *e, uint32_t definition, const placement_plan *plan, uint32_t copies)
{
    placement_refusal refusal;
    placement_explain(e->cluster, plan, &refusal);
    e->placements_failed += copies;
    notify_changed(e->notifier, CHANGED_CLUSTER, 0);
    const task_family *f = &e->families[definition];
    char reasons[REFUSED_REASONS * 64];
    ecs_print_reasons(&refusal, reasons, sizeof reasons);
    bool any = refusal.closest != NO_INDEX;
    model_event ev = {.kind = EVENT_PLACEMENT_FAILED,
                      .cell = {0, f->family, 0, f->cell, copies, cell_text(reasons),
                               any ? refusal.closest + 1 : 0,
                               any ? cell_text(refusal_reason_names[refusal.closest_reason]) : 0}};
    notify_event(e->notifier, &ev);
}

/* Zones by the family's tasks that run there (E86). */
static bool run_on_fargate(ecs *e, const run_task_order *order, uint32_t provider)
{
    const run_task_call *call = order->call;
    const uint32_t definition = order->task_definition;
    const capacity_counts *running = e->families[definition].capacity;
    name_id zone;
    if (!ecs_fargate_zone(e, call->zones, call->zone_count, running, provider, &zone)) return false;
    notify_placed(e->notifier, NO_INDEX, 0);
    task_create_on_fargate(e, NULL, NULL, definition,
                           run_task_plan_of(e, definition, call, PROVIDER_NONE), provider, zone,
                           order->run_time_us);
    return true;
}

void run_task(ecs *e, const run_task_order *order, random_stream *stream)
{
    const run_task_call *call = order->call;
    const uint32_t definition = order->task_definition;
    capacity_place places[STRATEGY_ITEMS_MAX];
    capacity_counts counts = {.place = places, .room = STRATEGY_ITEMS_MAX};
    for (uint32_t copy = 0; copy < order->count; copy++) {
        uint32_t provider = capacity_choose(call->shares, call->share_count, &counts);
        if (call->share_count > 1) capacity_count(&counts, provider, 0, +1); /* E181, of the call */
        if (provider_is_fargate(provider)) {
            if (run_on_fargate(e, order, provider)) continue;
            say_no_capacity(e, definition, order->count - copy);
            break;
        }
        placement_plan *plan = run_task_plan_of(e, definition, call, provider);
        uint32_t on = placement_choose(e->cluster, plan, stream);
        if (on == NO_INDEX && provisioning_takes(e, provider) && !provisioning_is_full(e)) {
            task_create_waiting(e, NULL, NULL, definition, plan, engine_now(e->eng),
                                order->run_time_us);
            continue;
        }
        if (on == NO_INDEX) { /* nor will the copies behind it: the first refusal ends the call */
            say_refused(e, definition, plan, order->count - copy);
            break;
        }
        notify_placed(e->notifier, NO_INDEX, 0);
        task_create(e, NULL, NULL, definition, plan, on, order->run_time_us);
    }
}
