/* group_places.h - where a placement group's counted tasks are, among a row of instances.
 *
 * A group on few instances is a short sorted list; one on many is bitmaps: positions with any task,
 * and positions with exactly k. For the shape of task that is being placed, bitmaps follow that hold
 * only positions with room, brought up to date when they are asked for. Memory is proportional to
 * the most that the group has used.
 * Cost   change O(list) or O(1); no allocation once warm; open O(changes of room since the last
 *        time), and after ROOM_FLIPS of them O(levels n / 64).
 */
#ifndef BERTH_MODELS_ECS_GROUP_PLACES_H
#define BERTH_MODELS_ECS_GROUP_PLACES_H

#include "models/ecs/room_shapes.h"
#include <stdbool.h>
#include <stdint.h>

/* Bitmaps are used from more positions than this on: where they take few words, sooner. */
#define PLACES_LISTED_MIN 4u
#define PLACES_LISTED_MAX 64u

typedef struct {
    uint32_t position, tasks;
} place_tasks;

typedef struct {
    uint64_t *bits; /* NULL where nobody ever had so many */
    uint32_t positions;
} place_level;

typedef struct {
    uint32_t positions; /* with a task */
    uint32_t tasks;     /* in all */
    bool dense;
    place_tasks *list; /* ascending by position, unless dense */
    uint32_t list_capacity;
    uint32_t words;     /* of each bitmap */
    place_level *level; /* [0]: any task; [k]: exactly k */
    uint32_t levels;
    bool follows; /* a shape's room, in open: */
    uint32_t shape;
    uint64_t seen;      /* so many of its flips */
    position_set *open; /* [k]: exactly k tasks, and room */
    uint32_t open_levels;
} group_places;

void group_places_finish(group_places *g);
/* The tasks at a position go from one number to another. */
void group_places_change(group_places *g, uint32_t position, uint32_t from, uint32_t to);

/* Not dense: where position is in the list, or would be. */
uint32_t group_places_find(const group_places *g, uint32_t position);

/* Dense: positions with room for the shape by number of tasks, [0..open_levels). Valid until the
 * next call or change. */
const position_set *group_places_open(group_places *g, const shape_room *room, uint32_t shape);

#endif
