/* reference_placement.h - plain C references for the placement benchmark: one strategy each, nothing
 * else (no groups of instances, constraints, ports, accounting), as fast as we could write them.
 *
 *   scan     looks at every instance: the simplest program that gives the same choices
 *   columns  the same over columns of integers, for the compiler to vectorise (binpack)
 *   index    binpack: sorted blocks of (free, rank) with block maxima; spread: for each shape, zone
 *            and number of tasks a bitmap of the positions with room, with summaries; random: a bit
 *            for each shape that has room, trials, then count and select
 */
#ifndef BERTH_TESTS_BENCH_REFERENCE_PLACEMENT_H
#define BERTH_TESTS_BENCH_REFERENCE_PLACEMENT_H

#include "sim/engine/random.h"
#include <stdbool.h>
#include <stdint.h>

#define REFERENCE_ZONES  3u
#define REFERENCE_SHAPES 8u
#define REFERENCE_NONE   UINT32_MAX

typedef enum { PLACE_BINPACK_CPU, PLACE_BINPACK_MEMORY, PLACE_SPREAD, PLACE_RANDOM } place_rule;
typedef enum { REFERENCE_SCAN, REFERENCE_COLUMNS, REFERENCE_INDEX } reference_method;

typedef struct {
    int32_t cpu, memory;
} size_pair;

typedef struct reference reference;

/* size[instances], need[REFERENCE_SHAPES]. Instance i is in zone i % 3; each shape of task is a group of its own. */
reference *reference_create(place_rule rule, reference_method method, uint32_t instances,
                            const size_pair *size, const size_pair *need);
void reference_destroy(reference *r);
uint32_t reference_choose(reference *r, uint32_t shape, int32_t cpu, int32_t memory,
                          random_stream *stream);
/* sign -1: a task lands, +1: it is gone. */
void reference_change(reference *r, uint32_t at, uint32_t shape, int32_t cpu, int32_t memory,
                      int sign);

#endif
