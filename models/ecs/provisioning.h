/* provisioning.h - tasks that wait for room on the instances of a capacity provider with managed scaling (E165-E167).
 *
 * Waiting    PROVISIONING, on no instance, its provider chosen. They count for managed scaling (managed_scaling.h),
 *            and as tasks of their service. At most provisioningLimit of the cluster (E166).
 * Placing    when an instance has become ACTIVE or a task has given room back, in the PHASE_STATE that follows, and
 *            before the pass of a REPLICA service; at the next tick behind a placement, which a constraint that reads
 *            tasks may have waited for. What DAEMON services will need is held before (E101). First come, first
 *            served; who finds no room holds up nobody; tasks with the same needs share one answer (E167).
 * Giving up  provisioningTimeoutSeconds after its creation a task stops: TaskFailedToStart (E166, E157).
 * Cost       of placing O((placed + 1) x plans that have a task waiting); nothing happens while none waits.
 */
#ifndef BERTH_MODELS_ECS_PROVISIONING_H
#define BERTH_MODELS_ECS_PROVISIONING_H

#include "models/ecs/ecs.h"

typedef struct provisioning provisioning;

provisioning *provisioning_create(ecs *e);
void provisioning_destroy(provisioning *p); /* NULL is fine */

/* Does a task wait for this provider's instances, instead of being refused (E165)? */
bool provisioning_takes(const ecs *e, uint32_t provider);
/* As many wait as may (E166). */
bool provisioning_is_full(const ecs *e);
/* task.c: the task waits from now on, or no longer. */
void provisioning_add(task *t);
void provisioning_remove(task *t);
/* There may be room: now, or at the next tick. */
void provisioning_try(ecs *e);
void provisioning_try_at_tick(ecs *e);
/* Places whom it can, if there may be room; before a pass of a service (service.c). */
void provisioning_place(ecs *e);

/* Tasks of a provider that wait and have the same needs. Valid until the next change. */
typedef struct {
    uint32_t provider;
    const placement_plan *plan; /* of one of them */
    uint32_t plans;             /* with these needs, that have a task waiting */
    uint32_t tasks;
} waiting_needs;

const waiting_needs *provisioning_needs(const ecs *e, uint32_t *count);
/* Invariants of model_check: CHECKs. */
void provisioning_check(const ecs *e);

#endif
