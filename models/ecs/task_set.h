/* task_set.h - services that somebody else deploys: deployment controllers EXTERNAL and CODE_DEPLOY (E163).
 *
 * A task set is a deployment that is kept at ceil(desired x scale / 100) tasks (keep.h) until somebody changes its scale
 * or deletes it. It is PRIMARY, the service's newest, or ACTIVE behind it.
 *
 * First     an EXTERNAL service has none until createTaskSet; CODE_DEPLOY's first comes with the service, at 100 %.
 * Steady    a set, once running = computed count, all healthy, none on a DRAINING instance; the service, when all its
 *           sets are and a deleted one has no task left (E113).
 * Choices   (a) The first set of a service is its PRIMARY until another one is made it. (b) PRIMARY serves production: in
 *           every action that forwards to target groups of the old PRIMARY and of the new one, all weight goes to the new
 *           one's. (c) A set completes when it is steady for the first time; those that have not hold back scale-in (A44).
 *           (d) A deleted PRIMARY stays PRIMARY, without tasks, until another set is made it.
 */
#ifndef BERTH_MODELS_ECS_TASK_SET_H
#define BERTH_MODELS_ECS_TASK_SET_H

#include "models/ecs/service_parts.h"

/* Tasks of a set: ceil(desired x scale / 100). scale in units of TASK_SET_WHOLE to 100 %. */
uint32_t task_set_computed(uint32_t desired, uint32_t scale);

/* Somebody else deploys it? */
bool task_set_has(const service *s);
void task_set_create(service *s, const task_set_call *call);
/* The set of this external id, or NAME#NUMBER; NULL: none that is not deleted. */
deployment *task_set_find(const service *s, const char *text);
void task_set_scale(deployment *d, uint32_t scale);
void task_set_make_primary(deployment *d);
void task_set_delete(deployment *d);
/* The stops and starts of one pass. */
void task_set_keep(service *s);
/* What has become steady, and what is gone. */
void task_set_settle(service *s);
/* All are steady (E113). */
bool task_set_all_steady(const service *s);
/* A set has not been steady yet. */
bool task_set_any_begins(const service *s);
void task_set_check(const service *s);

#endif
