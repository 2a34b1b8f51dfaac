/* task_protection.h - scale-in protection of a service's tasks (E108).
 *
 * A protected task is skipped by scale-in (E107) and by deployments (E146 (1), (2)) until its
 * protection expires or is taken away; whatever else stops a task stops it too: its instance's end,
 * a user, its own exit, and its replacement as unhealthy (E102).
 */
#ifndef BERTH_MODELS_ECS_TASK_PROTECTION_H
#define BERTH_MODELS_ECS_TASK_PROTECTION_H

#include "models/ecs/task.h"

/* update-task-protection: protected from now on for so long, or no longer. A task of no service, or
 * one whose desiredStatus is STOPPED, stays as it is. O(1). */
void task_protection_set(task *t, bool enabled, sim_time for_us);

#endif
