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
    uint32_t provider; /* PROVIDER_NONE: any instance */
    uint32_t zone_count;
    name_id *zones;
    uint32_t group, spread_group;
    bool distinct; /* distinctInstance */
    uint32_t query_count;
    query **queries;     /* memberOf */
    unsigned reads;      /* of all of them */
    uint32_t step_count; /* up to the first that draws */
    placement_step *steps;
    bool draws;               /* then one of the best is drawn (E79) */
    struct index_plan *index; /* what the index keeps about it; NULL: scan */
};

/* Provider, architecture, operating system and zone. */
bool plan_has_provider(const placement_plan *plan, const instance_group_config *group);
bool plan_suits(const cluster *c, const placement_plan *plan, uint32_t index);

/* Which memberOf expressions: all; or of those for a connected instance that read attributes only;
 * that read what identifies an instance, but no tasks; that read tasks. */
typedef enum { ASK_ALL, ASK_CLASS, ASK_IDENTITY, ASK_TASKS } asked_queries;
bool plan_queries_hold(const cluster *c, const placement_plan *plan, uint32_t index,
                       asked_queries asked);

/* What fails on this instance: a bit for each refusal_reason. */
unsigned plan_refusals(const cluster *c, const placement_plan *plan, uint32_t index);
/* The part of it that concerns static ports. */
unsigned plan_port_refusals(const placement_plan *plan, const instance_record *r);

/* Of picks[n], those that a step likes best, in the same order; returns how many. A pick is an
 * instance, or, with instance_of, an index into that. With `reverse`, best to stop a task on. */
uint32_t plan_keep_best(cluster *c, const placement_step *step, bool reverse, uint32_t *picks,
                        uint32_t n, const uint32_t *instance_of);

#endif
