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
/* A position's amounts are these now; the dimensions as in fit_tree. */
void room_sets_set(room_sets *r, const room_shapes *shapes, uint32_t dimensions, uint32_t position,
                   const fit_amounts *free);
/* Shapes that have room in these amounts, a bit each. */
uint32_t room_shapes_fitting(const room_shapes *shapes, uint32_t dimensions,
                             const fit_amounts *free);

static inline bool room_sets_any(const room_sets *r, uint32_t shape)
{
    return r->of[shape] && r->of[shape]->set.count > 0;
}

#endif
