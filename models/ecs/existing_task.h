/* existing_task.h - the tasks that exist at t = 0, as an answer of describe-tasks has them.
 *
 * They are not placed: the config says where they run, and its reader has checked that they fit. Each
 * is logged through all of its states at t = 0, so that the log alone says what exists; images are
 * there, targets are registered and healthy, the first deployment of their service has COMPLETED. The
 * services' first passes follow in the same instant, and make up what is missing.
 * Departs  how long a task has run is not known: a run time, a crash and a leak count from t = 0.
 */
#ifndef BERTH_MODELS_ECS_EXISTING_TASK_H
#define BERTH_MODELS_ECS_EXISTING_TASK_H

#include "models/ecs/ecs.h"

/* In file order, behind the services (PHASE_CREATE). */
void existing_tasks_create(ecs *e);

#endif
