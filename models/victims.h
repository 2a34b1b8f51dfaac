/* victims.h - whom an action or a fault concerns (contract: scenario, timeline, "Whom").
 *
 * All that a selector names must hold. A task is also selected by its instance; an instance by the
 * tasks on it: one that has none of those named is not meant. Of those that match, `count` or
 * `fraction` (rounded up) are drawn from the action's own stream; without either, all are meant.
 *
 * Cost   O(tasks) or O(instances + tasks) an action. Lists belong to the caller, who frees them.
 */
#ifndef BERTH_MODELS_VICTIMS_H
#define BERTH_MODELS_VICTIMS_H

#include "models/ecs/task.h"

/* NULL: everyone may be one. */
typedef bool task_filter(const task *t);
typedef bool instance_filter(const instance *i);

/* Tasks whose desiredStatus is RUNNING, services' in file order and by number, then standalone ones. */
task **victims_match_tasks(const ecs *e, const target_selector *select, task_filter *may,
                           uint32_t *count);
/* How many of `matching`: count or fraction of them, or all. */
uint32_t victims_count(const target_selector *select, uint32_t matching);
/* Those drawn, in that order, for action number `action`. */
task **victims_draw_tasks(const ecs *e, const target_selector *select, task_filter *may,
                          uint32_t action, uint32_t *count);
/* Instances not INACTIVE, by number. */
uint32_t *victims_draw_instances(const ecs *e, const target_selector *select, instance_filter *may,
                                 uint32_t action, uint32_t *count);
/* Is the instance one that the selector names, whatever its state? */
bool victims_has_instance(const ecs *e, const target_selector *select, uint32_t index);

#endif
