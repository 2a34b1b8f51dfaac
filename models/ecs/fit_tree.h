/* fit_tree.h - who has room: free resources of a row of instances, with maxima over blocks.
 *
 * Positions 0..count-1 each have what is free of CPU, memory, and where some plan needs them GPUs and
 * ENI slots; -1 everywhere for an instance that takes no task. A tree of 16 children a node keeps
 * the maxima, so that the next position with room is found, and "nobody" is known, without looking
 * at every instance.
 * Cost   set O(levels) usually, O(16 levels) at worst; next O(log n) when maxima tell the truth (one
 *        instance has the room the maxima promise), at worst O(n / 16).
 */
#ifndef BERTH_MODELS_ECS_FIT_TREE_H
#define BERTH_MODELS_ECS_FIT_TREE_H

#include <stdbool.h>
#include <stdint.h>

enum { FIT_CPU, FIT_MEMORY, FIT_ENI, FIT_GPU, FIT_DIMENSIONS };

#define FIT_LEVELS 7 /* 16^7 positions */
#define FIT_NONE   UINT32_MAX

typedef struct {
    int32_t of[FIT_DIMENSIONS];
} fit_amounts;

typedef struct {
    uint32_t dimensions; /* the first so many of FIT_* are kept */
    bool amounts;        /* kept: without them only positions are counted */
    bool maxima;         /* kept: without them next and may_fit must not be asked */
    uint32_t count;
    uint32_t levels;             /* in use; the top one is a single block */
    uint32_t blocks[FIT_LEVELS]; /* there is room for */
    int32_t *level[FIT_LEVELS];  /* blocks of dimensions * 16: level 0 the amounts, then maxima */
} fit_tree;

void fit_tree_init(fit_tree *t, uint32_t dimensions, bool amounts, bool maxima);
void fit_tree_finish(fit_tree *t);
/* A new position at the end, taking no task. */
uint32_t fit_tree_append(fit_tree *t);
void fit_tree_set(fit_tree *t, uint32_t position, const fit_amounts *free);
/* Could anybody have the room? False is certain. */
bool fit_tree_may_fit(const fit_tree *t, const fit_amounts *need);

/* A set of positions as a bitmap of `words`; positions past its end are not in it. */
typedef struct {
    const uint64_t *bits; /* NULL: no restriction */
    uint32_t words;
    bool outside; /* those not in the set */
} fit_filter;

static inline uint64_t fit_filter_word(const fit_filter *f, uint32_t word)
{
    uint64_t bits = word < f->words ? f->bits[word] : 0;
    return f->outside ? ~bits : bits;
}

/* The first position >= from with room for `need` that the filter lets pass; FIT_NONE. */
uint32_t fit_tree_next(const fit_tree *t, uint32_t from, const fit_amounts *need,
                       const fit_filter *filter);

/* Of the positions with room, the first with the least free of one dimension; FIT_NONE. Looks at all
 * blocks whose maxima allow it. */
uint32_t fit_tree_least(const fit_tree *t, uint32_t dimension, const fit_amounts *need);

static inline int32_t fit_tree_free(const fit_tree *t, uint32_t position, uint32_t dimension)
{
    return t->level[0][(position / 16 * t->dimensions + dimension) * 16 + position % 16];
}

static inline bool fit_tree_fits(const fit_tree *t, uint32_t position, const fit_amounts *need)
{
    const int32_t *block = t->level[0] + (uint64_t)(position / 16) * t->dimensions * 16;
    for (uint32_t d = 0; d < t->dimensions; d++)
        if (block[d * 16 + position % 16] < need->of[d]) return false;
    return true;
}

#endif
