/* warmup.h - which instances of an Auto Scaling group are warm, and what CPU those use (A83).
 *
 * Warm        an instance from its warmup's length behind its coming into service; those of t = 0 at once, as the group
 *             is not new then. What does not run, or drains because the group gave it up, is no longer.
 * Warmups     model_config.warmups: policies of one group may differ in theirs (EstimatedInstanceWarmup). Everything
 *             below goes by index into that list.
 * Told        CHANGED_WARMUP when one becomes warm, goes, or uses other CPU.
 * Cost        O(warmups of the group) for a change of an instance; one event an instance and warmup.
 */
#ifndef BERTH_MODELS_EC2_WARMUP_H
#define BERTH_MODELS_EC2_WARMUP_H

#include "models/ecs/ecs.h"

typedef struct warmups warmups;

warmups *warmups_create(ecs *e);
void warmups_destroy(warmups *w); /* NULL is fine */

/* An instance of a group (number, from 1) comes into service. at_start: it is there at t = 0. */
void warmup_in_service(ecs *e, uint32_t group, uint32_t index, bool at_start);
/* It is leaving, or does not run any more. */
void warmup_leaves(ecs *e, uint32_t group, uint32_t index);
/* Its containers use that much more CPU (in 1 / CPU_FINE units). */
void warmup_cpu_used(ecs *e, uint32_t index, int64_t more);

/* How many are warm. */
uint32_t warmup_count(const ecs *e, uint32_t warmup);
/* What they use of their CPU, in percent, the mean of the instances; 0 when none is warm. */
double warmup_cpu_percent(const ecs *e, uint32_t warmup);
/* Invariant: the sums are those of the warm ones. */
void warmups_check(const ecs *e);

#endif
