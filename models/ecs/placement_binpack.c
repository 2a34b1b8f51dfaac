/* placement_binpack.c - `binpack`: the instance with the least CPU or memory left (E78). */
#include "models/ecs/cluster_state.h"
#include "models/ecs/placement_strategy.h"
#include <strings.h>

static bool read_field(const char *field, placement_strategy_config *out)
{
    *out = (placement_strategy_config){.kind = STRATEGY_BINPACK};
    if (!field) return false;
    out->field = strcasecmp(field, "memory") == 0 ? BINPACK_MEMORY : BINPACK_CPU;
    return out->field == BINPACK_MEMORY || strcasecmp(field, "cpu") == 0; /* E73: in any case */
}

static int64_t key(const cluster *c, const placement_step *step, const uint32_t *table,
                   uint32_t index)
{
    (void)table;
    const instance_record *r = &c->records[index];
    return step->field == BINPACK_CPU ? r->seen.cpu_registered - r->seen.cpu_reserved
                                      : r->seen.memory_registered - r->seen.memory_reserved;
}

const placement_strategy placement_binpack = {
    .name = "binpack",
    .summary = "the instance with the least CPU or memory left that still fits",
    .field_values = "cpu or memory",
    .kind = STRATEGY_BINPACK,
    .ranking = RANKS_BY_FREE,
    .read_field = read_field,
    .key = key,
};
