/* group_places.h - where a placement group's counted tasks are, among a row of instances.
 *
 * A group on few instances is a short sorted list; one on many is bitmaps: positions with any task,
 * and positions with exactly k. Memory is proportional to what the group uses.
 * Cost   change O(list) or O(1); no allocation once warm.
 */
#ifndef BERTH_MODELS_ECS_GROUP_PLACES_H
#define BERTH_MODELS_ECS_GROUP_PLACES_H

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
} group_places;

void group_places_finish(group_places *g);
/* The tasks at a position go from one number to another. */
void group_places_change(group_places *g, uint32_t position, uint32_t from, uint32_t to);

/* Not dense: where position is in the list, or would be. */
uint32_t group_places_find(const group_places *g, uint32_t position);

#endif
