/* placement_strategy.h - a placement strategy: one const struct in one file, named once in the
 * list.
 *
 * To add one: write models/ecs/placement_NAME.c with its struct, add a row to placement_strategies
 * (placement.c), the file to meson.build and a kind to model_config.h. The reader, the schema and
 * the tests loop over the list.
 *
 * Strategies are pure: they read the cluster and rank instances; they never reserve. The first
 * reduces the candidates to those it likes best, the next reduces these, and so on (E74). Scale-in
 * asks the same key the other way round (E91).
 */
#ifndef BERTH_MODELS_ECS_PLACEMENT_STRATEGY_H
#define BERTH_MODELS_ECS_PLACEMENT_STRATEGY_H

#include "models/ecs/cluster.h"
#include "models/model_config.h"

typedef struct placement_strategy placement_strategy;

/* One strategy of a plan. */
typedef struct {
    const placement_strategy *strategy;
    binpack_field field; /* binpack */
    name_id attribute;   /* spread; 0: instanceId */
    uint32_t group;      /* whose tasks count */
} placement_step;

/* What an index must know to rank as the key does (instance_index.h). */
typedef enum {
    RANKS_BY_KEY,   /* nothing known: look at every instance */
    RANKS_BY_COUNT, /* the group's tasks on the instance, or on its attribute value */
    RANKS_BY_FREE,  /* what is left of the field */
    RANKS_BY_DRAW,  /* one of the candidates, uniformly */
} placement_ranking;

struct placement_strategy {
    const char *name; /* as AWS's `type` */
    const char *summary;
    const char *field_values; /* what `field` may be, for messages; NULL: field is ignored */
    strategy_kind kind;
    placement_ranking ranking;
    /* Reads `field` (NULL: not given) into *out, kind included; false when it may not be that.
     * Texts in *out point into field. */
    bool (*read_field)(const char *field, placement_strategy_config *out);
    /* Called once before keys of a step are asked; may be NULL. Returns what key gets as table. */
    const uint32_t *(*prepare)(cluster *c, const placement_step *step);
    /* The lower, the better for a new task; the higher, the better to stop one (E91). NULL with
     * RANKS_BY_DRAW. */
    int64_t (*key)(const cluster *c, const placement_step *step, const uint32_t *table,
                   uint32_t index);
};

extern const placement_strategy placement_random, placement_spread, placement_binpack;
/* Ends with NULL. */
extern const placement_strategy *const placement_strategies[];
/* By AWS's type, in any case; NULL when there is none. */
const placement_strategy *placement_strategy_find(const char *type);

#endif
