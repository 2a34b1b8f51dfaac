#include "models/ecs/room_shapes.h"
#include "sim/engine/arena.h"
#include <stdlib.h>
#include <string.h>

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

void room_sets_flip(room_sets *r, uint32_t position, uint32_t now)
{
    need_positions(r, position);
    uint32_t flips = now ^ r->fits[position];
    r->fits[position] = now;
    for (; flips; flips &= flips - 1) {
        uint32_t shape = (uint32_t)__builtin_ctz(flips);
        flip(r, shape, position, now >> shape & 1);
    }
}
