/* placement_plan.h - a compiled plan, for placement*.c and instance_index.c. */
#ifndef BERTH_MODELS_ECS_PLACEMENT_PLAN_H
#define BERTH_MODELS_ECS_PLACEMENT_PLAN_H

#include "models/ecs/cluster_state.h"
#include "models/ecs/placement.h"
#include "models/ecs/placement_strategy.h"
#include "models/ecs/query.h"

struct placement_plan {
    task_needs needs;
    uint32_t port_count;
    uint32_t *ports; /* port_keys, ascending */
    cpu_architecture architecture;
    bool windows;
    uint32_t zone_count;
    name_id *zones;
    uint32_t group, spread_group;
    bool distinct; /* distinctInstance */
    uint32_t query_count;
    query **queries;     /* memberOf */
    unsigned reads;      /* of all of them */
    uint32_t step_count; /* up to the first that draws */
    placement_step *steps;
    bool draws; /* then one of the best is drawn (E79) */
};

/* The part of eligibility that does not change while an instance lives: architecture, operating
 * system, zone, and expressions that read attributes only. */
bool plan_suits(const cluster *c, const placement_plan *plan, uint32_t index);

/* Do all memberOf expressions hold there? */
bool plan_queries_hold(const cluster *c, const placement_plan *plan, uint32_t index);

/* What fails on this instance: a bit for each refusal_reason. */
unsigned plan_refusals(const cluster *c, const placement_plan *plan, uint32_t index);

/* Of instances[n], those that a step likes best, in the same order; returns how many. With
 * `reverse`, best to stop a task on. */
uint32_t plan_keep_best(cluster *c, const placement_step *step, bool reverse, uint32_t *picks,
                        uint32_t n, const uint32_t *instance_of);

#endif
