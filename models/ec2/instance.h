/* instance.h - one container instance: what it registered, its attributes, what placement has
 * reserved on it.
 *
 * Read-only outside models/ecs/cluster.c and instance_index.c, which keep the fields consistent.
 */
#ifndef BERTH_MODELS_EC2_INSTANCE_H
#define BERTH_MODELS_EC2_INSTANCE_H

#include "models/model_config.h"
#include "sim/engine/names.h"

typedef struct {
    /* What placements change and ask: one line of the cache. */
    int64_t cpu_registered, cpu_reserved, memory_registered, memory_reserved;
    int32_t gpu_registered, gpu_reserved;
    int32_t eni_slots, eni_reserved;
    uint32_t running_count; /* tasks with desiredStatus RUNNING (E13) */
    uint32_t holding_count; /* tasks whose resources are reserved */
    uint32_t rank;          /* order of registration (E81); NO_INDEX before */
    instance_status status;
    /* The rest. */
    bool connected;
    name_id zone;
    uint32_t group_index;
    const instance_group_config *group;
    sim_time registered_us; /* SIM_NEVER before */
} instance;

/* ACTIVE or DRAINING: counts in registered sums (E200). */
static inline bool instance_is_registered(const instance *i)
{
    return i->status == INSTANCE_ACTIVE || i->status == INSTANCE_DRAINING;
}

#endif
