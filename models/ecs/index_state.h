/* index_state.h - what the index is made of: for instance_index.c and index_choose.c. */
#ifndef BERTH_MODELS_ECS_INDEX_STATE_H
#define BERTH_MODELS_ECS_INDEX_STATE_H

#include "models/ecs/fit_tree.h"
#include "models/ecs/group_places.h"
#include "models/ecs/instance_index.h"
#include "models/ecs/pack_order.h"
#include "models/ecs/room_shapes.h"

#define PACK_FIELDS     2          /* BINPACK_CPU, BINPACK_MEMORY */
#define PACK_ORDER_MIN  192u       /* instances of a class from which orders are kept */
#define VALUE_MISSING   UINT32_MAX /* the instance lacks the attribute */
#define INDEX_GAINS     64u        /* instances that gained, remembered */
#define INDEX_CHANGES   256u       /* instances that changed in any way, remembered */
#define HINTED_MIN      2048u      /* instances of a class from which searches in it leave hints */
#define INDEX_STEPS_MAX 6u         /* strategies of a request (E73: 5) */

typedef struct {
    uint32_t example;  /* one of its instances */
    name_id *values;   /* of each reference */
    uint32_t *slots;   /* of each reference: the first class with the same value */
    fit_tree tree;     /* by position */
    room_sets room;    /* for shapes of plans */
    uint32_t *members; /* instances by position, ascending by rank */
    uint32_t capacity; /* of members */
    bool ordered;      /* keeps orders */
    pack_order order[PACK_FIELDS];
} instance_class;

typedef struct {
    bool tracked;         /* some plan spreads its tasks or keeps them distinct */
    group_places *places; /* by class; NULL: no task yet */
} index_group;

typedef struct {
    uint32_t class, position;
} index_place;

#define PLACE_NONE ((index_place){NO_INDEX, 0})

struct instance_index {
    uint32_t dimensions;     /* of fit_tree: as many as plans need */
    room_shapes shapes;      /* of plans */
    bool maxima;             /* of fit_tree are kept: some plan had no shape */
    bool packs[PACK_FIELDS]; /* some plan binpacks it */
    name_id *references;     /* attributes that some plan names */
    uint32_t reference_count;
    bool stale;     /* to be rebuilt before the next choice */
    uint64_t epoch; /* of classes */
    instance_class *classes;
    uint32_t class_count, class_capacity, last_class;
    index_place *places; /* by rank */
    uint32_t place_capacity;
    uint32_t held, gone; /* positions, and those of dead instances */
    index_group *groups; /* by placement group */
    uint32_t group_count;
    uint32_t group_classes; /* room in index_group.places */
    uint32_t gained[INDEX_GAINS];
    uint64_t gains; /* in all */
    uint32_t changed[INDEX_CHANGES];
    uint64_t changes;
    uint32_t *live;      /* scratch of a choice: classes under consideration */
    int64_t *class_keys; /* [step][class] */
    uint32_t *slot_tasks;
};

/* A strategy as it ranks within one class. */
typedef struct {
    bool by_count; /* the spread group's tasks on the instance; else what is free of field */
    binpack_field field;
} inner_step;

/* Instances of one class that identity constraints allow. */
typedef struct {
    uint64_t *bits;
    uint32_t words, known; /* positions evaluated */
} allowed_set;

/* Where a search in one class may start: no position before from[k] is a candidate with k tasks of
 * the spread group (k = 0 for plans that do not rank by it). */
typedef struct {
    uint32_t *from;
    uint32_t levels;
} class_hints;

typedef struct index_plan index_plan;

/* What the index keeps about a plan. */
struct index_plan {
    bool scan;  /* a strategy that no structure here ranks */
    bool picky; /* fit_tree does not tell all: ports, distinctInstance, some expressions */
    fit_amounts need;
    uint32_t shape;      /* SHAPE_NONE: its room is searched in the tree */
    uint32_t leading;    /* so many strategies, from the first, are over attributes */
    uint32_t *reference; /* of each step: its attribute, or NO_INDEX */
    uint32_t *inner_of;  /* of each other step: its place in inner */
    inner_step *inner;
    uint32_t inner_count;
    uint64_t epoch;
    uint32_t class_count;
    bool *suits;          /* by class */
    allowed_set *allowed; /* by class, with identity constraints */
    bool refused;         /* at the state when refused_gains gains had been */
    uint64_t refused_gains;
    bool hinted;        /* ranks by position alone, or by tasks and position */
    class_hints *hints; /* by class; they hold as of seen_changes changes */
    bool any_hint;
    uint64_t seen_changes;
};

void index_refresh(cluster *c);
void index_plan_refresh(const cluster *c, const placement_plan *plan);
bool index_plan_allows(const cluster *c, const placement_plan *plan, uint32_t class,
                       uint32_t position);

#endif
