/* instance_index.h - who fits, fast: the same choice as the plain scan, without looking at every
 * instance.
 *
 * Classes      instances that no plan can tell apart but by what is free, what runs there and their
 *              rank: same architecture and system, and same values of the attributes that some plan
 *              names. Positions in a class ascend with rank.
 * In a class   what is free by position; for each shape of task the set of positions with room
 *              (room_shapes.h), or for plans beyond those a fit_tree of maxima; a pack_order for
 *              each resource that some plan binpacks (not in classes below PACK_ORDER_MIN, where
 *              looking at all is as fast); for each group that some plan spreads or keeps distinct,
 *              group_places.
 * A choice     spreads over attributes rank classes; within a class the remaining strategies walk
 *              the structure that has their order, and stop at the first that fits.
 * Refusals     counts of room say it at once; where they do not, a plan that was refused looks
 *              only at instances that gained since (a task freed or uncounted, an instance
 *              registered, activated or reconnected), since nothing else can have made room; plans
 *              whose constraints read tasks are excepted.
 * Cost         choose near constant in instances, linear in classes; updates O(log n). Memory O(n)
 *              and, a group, proportional to what the group uses.
 */
#ifndef BERTH_MODELS_ECS_INSTANCE_INDEX_H
#define BERTH_MODELS_ECS_INSTANCE_INDEX_H

#include "models/ecs/cluster_state.h"
#include "models/ecs/placement_plan.h"

typedef struct instance_index instance_index;

instance_index *instance_index_create(void);
void instance_index_destroy(instance_index *ix); /* NULL is fine */

/* A new plan: what it asks for is kept from now on. */
void instance_index_learn(cluster *c, placement_plan *plan);
void instance_index_forget(placement_plan *plan);

/* The instance has a rank now; `shifted`: other ranks changed too. */
void instance_index_registered(cluster *c, uint32_t index, bool shifted);
/* Its resources, status or connection changed; `gained`: a task may fit that did not. */
void instance_index_changed(cluster *c, uint32_t index, bool gained);
/* It counts a task less: distinctInstance may allow it now. */
void instance_index_gained(cluster *c, uint32_t index);
/* Tasks of a group on it went from one number to another. */
void instance_index_counted(cluster *c, uint32_t index, uint32_t group, uint32_t from, uint32_t to);

uint32_t instance_index_choose(cluster *c, const placement_plan *plan, random_stream *stream);

/* Tasks of a group by class, for spreads: false when the index does not keep them. */
bool instance_index_count_by_value(cluster *c, uint32_t group, name_id attribute, uint32_t *table);

/* Invariant (7) of cluster_state.h. */
void instance_index_check(const cluster *c);

#endif
