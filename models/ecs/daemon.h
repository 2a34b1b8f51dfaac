/* daemon.h - DAEMON services: one task on each instance that may have one (E101).
 *
 * Eligible  an instance that is ACTIVE and satisfies the constraints, platform and zone of the newest
 *           deployment, whatever room it has; desiredCount is the number of such instances.
 * First     passes of daemons go before those of REPLICA services, and the room of a task that is still
 *           to come is held in the scheduler's books as soon as it is there (a hold counts as reserved).
 * Last      a DRAINING instance, or one that no longer satisfies the constraints, loses its daemon task
 *           whatever minimumHealthyPercent says; a deployment stops, then starts, on each instance: its
 *           task has left maximumPercent's count before the next one comes (E142).
 * Cost      a pass O(instances that changed + instances that wait); room for a record an instance.
 * Not here  constraints that read tasks (task:group, runningTasksCount): the reader refuses them.
 */
#ifndef BERTH_MODELS_ECS_DAEMON_H
#define BERTH_MODELS_ECS_DAEMON_H

#include "models/ecs/task.h"

typedef struct daemon daemon;

daemon *daemon_create(service *s);
void daemon_destroy(daemon *g); /* NULL is fine; holds stay where they are */
/* The instance has changed, or a task has left it: it is looked at in the service's next pass. */
void daemon_touch(daemon *g, uint32_t instance);
/* A task of the service is taken out of (-1) or put back into (+1) its counts (service_count). */
void daemon_count(daemon *g, task *t, int sign);
/* The first part of a pass: who is eligible, hence desiredCount; tasks where none may be stop. */
void daemon_look(daemon *g);
/* Room on instances that have changed, for tasks to come: before others take it, ahead of the pass. */
void daemon_hold_ahead(daemon *g);
/* In place of service_start_tasks: a task on each eligible instance that lacks one. */
void daemon_start_tasks(daemon *g, uint32_t lower);
/* Every instance is looked at again: plan or configuration has changed. */
void daemon_touch_all(daemon *g);
/* Invariants of model_check: CHECKs. */
void daemon_check(const daemon *g);

#endif
