/* room_shapes.h - who has room for what plans ask, kept for each distinct need ("shape").
 *
 * The first ROOM_SHAPES needs of a cluster have a slot; plans of others search the fit_tree. For a row of
 * instances (a class) a room_sets keeps, for each shape, the set of positions with room, and which
 * positions entered or left it of late, so that others can follow (group_places.h).
 * Cost   a change O(shapes / 16) plus what enters or leaves.
 */
#ifndef BERTH_MODELS_ECS_ROOM_SHAPES_H
#define BERTH_MODELS_ECS_ROOM_SHAPES_H

#include "models/ecs/fit_tree.h"
#include "models/ecs/position_set.h"
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define ROOM_SHAPES 32u         /* a multiple of 16 */
#define ROOM_FLIPS  64u         /* remembered */
#define SHAPE_NONE  ROOM_SHAPES /* the plan has no slot */

typedef struct {
    int32_t need[FIT_DIMENSIONS][ROOM_SHAPES];
    uint32_t count;
} room_shapes;

typedef struct {
    position_set set;
    uint32_t flips[ROOM_FLIPS];
    uint64_t flip_count; /* in all */
} shape_room;

typedef struct {
    uint32_t *fits; /* by position: a bit for each shape that has room there */
    uint32_t capacity;
    shape_room *of[ROOM_SHAPES]; /* NULL: never asked for */
} room_sets;

/* The slot of the need; SHAPE_NONE when all are taken. *fresh: nobody asked for it before. */
uint32_t room_shapes_take(room_shapes *shapes, const fit_amounts *need, bool *fresh);

void room_sets_finish(room_sets *r);
/* The shapes that have room at a position are these now. */
void room_sets_flip(room_sets *r, uint32_t position, uint32_t now);

/* A bit for each of 16 shapes from `first` that asks for more than there is. */
static inline unsigned room_shapes_lacking(const room_shapes *shapes, uint32_t first,
                                           uint32_t dimensions, const fit_amounts *amounts)
{
#ifdef __SSE2__
    __m128i lacks[4] = {_mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128(),
                        _mm_setzero_si128()};
    for (uint32_t d = 0; d < dimensions; d++) {
        __m128i have = _mm_set1_epi32(amounts->of[d]);
        for (uint32_t i = 0; i < 4; i++) {
            const int32_t *need = &shapes->need[d][first + 4 * i];
            __m128i wanted = _mm_loadu_si128((const __m128i *)need);
            lacks[i] = _mm_or_si128(lacks[i], _mm_cmpgt_epi32(wanted, have));
        }
    }
    __m128i low = _mm_packs_epi32(lacks[0], lacks[1]), high = _mm_packs_epi32(lacks[2], lacks[3]);
    return (unsigned)_mm_movemask_epi8(_mm_packs_epi16(low, high));
#else
    unsigned mask = 0;
    for (uint32_t s = 0; s < 16; s++) {
        unsigned lacks = 0;
        for (uint32_t d = 0; d < dimensions; d++)
            lacks |= shapes->need[d][first + s] > amounts->of[d];
        mask |= lacks << s;
    }
    return mask;
#endif
}

/* Shapes that have room in these amounts, a bit each; the dimensions as in fit_tree. */
static inline uint32_t room_shapes_fitting(const room_shapes *shapes, uint32_t dimensions,
                                           const fit_amounts *amounts)
{
    uint32_t lacks = 0;
    for (uint32_t first = 0; first < shapes->count; first += 16)
        lacks |= (uint32_t)room_shapes_lacking(shapes, first, dimensions, amounts) << first;
    return ~lacks & (shapes->count < 32 ? (UINT32_C(1) << shapes->count) - 1 : UINT32_MAX);
}

/* A position's amounts are these now. */
static inline void room_sets_set(room_sets *r, const room_shapes *shapes, uint32_t dimensions,
                                 uint32_t position, const fit_amounts *amounts)
{
    uint32_t now = room_shapes_fitting(shapes, dimensions, amounts);
    if (position >= r->capacity || now != r->fits[position]) room_sets_flip(r, position, now);
}

static inline bool room_sets_any(const room_sets *r, uint32_t shape)
{
    return r->of[shape] && r->of[shape]->set.count > 0;
}

#endif
