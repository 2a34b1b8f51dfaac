/* placement_spread.c - `spread`: where the group has the fewest tasks, by instance or by the value
 * of an attribute (E75-E77).
 */
#include "models/ecs/cluster_state.h"
#include "models/ecs/placement_strategy.h"
#include <string.h>
#include <strings.h>

static bool read_field(const char *field, placement_strategy_config *out)
{
    static const char prefix[] = "attribute:";
    *out = (placement_strategy_config){.kind = STRATEGY_SPREAD, .attribute = "instanceId"};
    if (!field) return false;
    if (strcasecmp(field, "instanceId") == 0 || strcasecmp(field, "host") == 0) return true;
    if (strncmp(field, prefix, sizeof prefix - 1) != 0) return false;
    out->attribute = field + sizeof prefix - 1;
    return *out->attribute != 0;
}

static const uint32_t *prepare(cluster *c, const placement_step *step)
{
    return step->attribute ? cluster_count_by_value(c, step->group, step->attribute) : NULL;
}

static int64_t key(const cluster *c, const placement_step *step, const uint32_t *table,
                   uint32_t index)
{
    if (!step->attribute) return cluster_group_on_instance(c, step->group, index);
    name_id value; /* 0 when the instance lacks the attribute: one group of their own (E77) */
    cluster_attribute(c, index, step->attribute, &value);
    return table[value];
}

const placement_strategy placement_spread = {
    .name = "spread",
    .summary = "where the service or task group has the fewest tasks",
    .field_values = "instanceId (or host), or attribute:NAME",
    .kind = STRATEGY_SPREAD,
    .ranking = RANKS_BY_COUNT,
    .read_field = read_field,
    .prepare = prepare,
    .key = key,
};
