/* run_task.h - run-task calls: standalone tasks, placed now or not at all (E82, E87).
 *
 * Cost   near constant a copy that is placed, O(instances) a call that is refused (its reasons); a
 *        call like an earlier one (same definition, group, strategies, constraints, zones) makes no
 *        plan and allocates nothing once the pools of tasks are warm.
 */
#ifndef BERTH_MODELS_ECS_RUN_TASK_H
#define BERTH_MODELS_ECS_RUN_TASK_H

#include "models/ecs/ecs.h"

typedef struct {
    const run_task_call *call;       /* strategies and the like; outlives the model */
    uint32_t task_definition, count; /* instead of the call's own */
    sim_time run_time_us; /* of the first essential container; SIM_NEVER: as its behavior says */
} run_task_order;

/* Copies one by one. A copy that finds no instance waits where a capacity provider will launch one (E165); else it is a
 * failure and is not tried again: it and those behind it are logged as placement.failed. stream: the call's own, for `random`. */
void run_task(ecs *e, const run_task_order *order, random_stream *stream);
/* What places such a call's tasks on the provider's instances; made once for all calls that are alike. */
placement_plan *run_task_plan_of(ecs *e, uint32_t definition, const run_task_call *call,
                                 uint32_t provider);

#endif
