/* managed_scaling.h - cluster auto scaling: a capacity provider with managed scaling sets how many instances its Auto
 * Scaling group should have (E183-E189, A97-A101).
 *
 * N        ACTIVE instances of the group; those that are still launching, or DRAINING, are none (E169).
 * M        the instances of those that run a task of no DAEMON service; while tasks wait for the provider, N and what
 *          the largest group of waiting tasks with the same needs takes on empty instances (E184, E185). Where none
 *          of them fits, the metric is the target capacity, and nothing is done.
 * Metric   CapacityProviderReservation, 100 M / N, at every multiple of 60 s from the first on, in PHASE_CAPACITY
 *          (A110 (5)), each of which is a datapoint. Minutes at which neither M, N nor a count-down can have changed
 *          anything are left out.
 * Out      above the target capacity: ceil(100 M / T) instances, two from none (E187), not while an instance that
 *          the group has launched is younger than instanceWarmupPeriod, from its request on.
 * In       below it for capacityScaleInPeriods datapoints in a row: by at most half a minute (E188), not to none with
 *          a target capacity below 100 (E189), and not below ceil(100 M / T). Which instance goes: auto_scaling_group.h.
 * Departs  (a) whether waiting tasks fit is asked of the platform, too, not of constraints and zones; a task that no
 *          instance of the group may take for those has it grow to its maximum, as E168 warns.
 *          (b) E188 takes one instance at least, even where ceil(100 M / T) is N: E187 would give it back a minute
 *          later, and so on for ever. None goes.
 * Cost     an evaluation O(needs of waiting tasks); a change of an instance O(1).
 */
#ifndef BERTH_MODELS_ECS_MANAGED_SCALING_H
#define BERTH_MODELS_ECS_MANAGED_SCALING_H

#include "models/ecs/ecs.h"

typedef struct managed_scaling managed_scaling;

/* every_minute: leaves out no minute, as the oracle. */
managed_scaling *managed_scaling_create(ecs *e, bool every_minute);
/* t = 0: the first datapoint is that of the first minute. */
void managed_scaling_start(ecs *e);
/* The instance has come, gone, changed its status, or gained or lost a task. */
void managed_scaling_instance_changed(ecs *e, uint32_t instance);
/* Something that the provider (by its number; of any kind) looks at has changed. */
void managed_scaling_wake(ecs *e, uint32_t provider);
/* The sizes or the instances of the group (by index) have changed. */
void managed_scaling_group_changed(ecs *e, uint32_t group);
/* N of a provider with managed scaling. */
uint32_t managed_scaling_instances(const ecs *e, uint32_t provider);
/* provider: index in the config; of one without managed scaling nothing is known. */
void managed_scaling_sample_now(const ecs *e, uint32_t provider, capacity_provider_sample *out);
/* Does the instance run a task of no DAEMON service? Managed termination protection keeps it then (E189). */
bool managed_scaling_is_busy(const ecs *e, uint32_t instance);
/* Invariants of model_check: CHECKs. */
void managed_scaling_check(const ecs *e);

/* ---- Rules ---- */

/* Instances that so many waiting tasks take, `copies` > 0 on each (E185). */
uint32_t managed_scaling_instances_for(uint32_t tasks, uint32_t copies);
/* M while tasks wait: X instances more than there are, within the step sizes (E185, A99). */
int64_t managed_scaling_needed(const capacity_provider_config *c, int64_t instances, int64_t more);
/* CapacityProviderReservation (E183). */
double managed_scaling_reservation(int64_t instances, int64_t needed);
/* Which way the metric points: 1 out, -1 in, 0 neither. */
int managed_scaling_direction(const capacity_provider_config *c, int64_t instances, int64_t needed);
/* The desired capacity before the bounds of the group: of a scale-out (E187), of the next step in (E188, E189). */
int64_t managed_scaling_out(const capacity_provider_config *c, int64_t instances, int64_t needed);
int64_t managed_scaling_in(const capacity_provider_config *c, int64_t instances, int64_t needed);

#endif
