#include "models/ecs/room_shapes.h"
#include "sim/engine/arena.h"
#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

uint32_t room_shapes_take(room_shapes *shapes, const fit_amounts *need, bool *fresh)
{
    *fresh = false;
    for (uint32_t s = 0; s < shapes->count; s++) {
        bool same = true;
        for (uint32_t d = 0; d < FIT_DIMENSIONS; d++)
            same = same && shapes->need[d][s] == need->of[d];
        if (same) return s;
    }
    if (shapes->count == ROOM_SHAPES) return SHAPE_NONE;
    for (uint32_t d = 0; d < FIT_DIMENSIONS; d++)
        shapes->need[d][shapes->count] = need->of[d];
    *fresh = true;
    return shapes->count++;
}

/* A bit for each of 16 shapes from `first` that asks for more than there is. */
static inline unsigned lacking(const room_shapes *shapes, uint32_t first, uint32_t dimensions,
                               const fit_amounts *amounts)
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

uint32_t room_shapes_fitting(const room_shapes *shapes, uint32_t dimensions,
                             const fit_amounts *amounts)
{
    uint32_t lacks = 0;
    for (uint32_t first = 0; first < shapes->count; first += 16)
        lacks |= (uint32_t)lacking(shapes, first, dimensions, amounts) << first;
    return ~lacks & (shapes->count < 32 ? (UINT32_C(1) << shapes->count) - 1 : UINT32_MAX);
}

void room_sets_finish(room_sets *r)
{
    for (uint32_t s = 0; s < ROOM_SHAPES; s++) {
        if (r->of[s]) position_set_finish(&r->of[s]->set);
        free(r->of[s]);
    }
    free(r->fits);
    *r = (room_sets){0};
}

static void need_positions(room_sets *r, uint32_t position)
{
    if (position < r->capacity) return;
    uint32_t n = position + r->capacity + 16;
    r->fits = memory_resize(r->fits, n, sizeof *r->fits);
    memset(r->fits + r->capacity, 0, (n - r->capacity) * sizeof *r->fits);
    r->capacity = n;
}

static void flip(room_sets *r, uint32_t shape, uint32_t position, bool enters)
{
    if (!r->of[shape]) r->of[shape] = memory_alloc(1, sizeof *r->of[shape]);
    shape_room *room = r->of[shape];
    room->flips[room->flip_count++ % ROOM_FLIPS] = position;
    if (enters) {
        position_set_reserve(&room->set, position + 1);
        position_set_add(&room->set, position);
    } else {
        position_set_remove(&room->set, position);
    }
}

void room_sets_set(room_sets *r, const room_shapes *shapes, uint32_t dimensions, uint32_t position,
                   const fit_amounts *amounts)
{
    need_positions(r, position);
    uint32_t now = room_shapes_fitting(shapes, dimensions, amounts), before = r->fits[position];
    if (now == before) return;
    r->fits[position] = now;
    for (uint32_t flips = now ^ before; flips; flips &= flips - 1) {
        uint32_t shape = (uint32_t)__builtin_ctz(flips);
        flip(r, shape, position, now >> shape & 1);
    }
}
