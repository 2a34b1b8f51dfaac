/* placement_random.c - `random`: any of the candidates, each as likely (E79). */
#include "models/ecs/placement_strategy.h"

static bool read_field(const char *field, placement_strategy_config *out)
{
    (void)field; /* ignored by AWS (E73) */
    *out = (placement_strategy_config){.kind = STRATEGY_RANDOM};
    return true;
}

const placement_strategy placement_random = {
    .name = "random",
    .summary = "any instance that fits, each as likely",
    .kind = STRATEGY_RANDOM,
    .ranking = RANKS_BY_DRAW,
    .read_field = read_field,
};
