/* scale_in_order.h - which of a service's tasks a scale-in stops one after the other: at each of them its strategies in
 * reverse, as the cluster is then (E91).
 *
 * Places   the candidates on one instance are alike but for their age: the newest goes first. Instances
 *          with the same values of the attributes that are spread over form a class; within one, only
 *          what an instance's own tasks change tells them apart: a heap. Classes are compared at each
 *          step.
 * Oracle   placement_scale_in looks at all candidates: for few steps, for plans that draw one of the
 *          best, for many classes, and for a cluster without an index.
 * Cost     O(n log n) for n candidates, then O(classes + log n) a step; a random choice O(n / 64). No
 *          allocation once warm.
 */
#ifndef BERTH_MODELS_ECS_SCALE_IN_ORDER_H
#define BERTH_MODELS_ECS_SCALE_IN_ORDER_H

#include "models/ecs/placement.h"

typedef struct scale_in_order scale_in_order;

scale_in_order *scale_in_order_create(void);
void scale_in_order_destroy(scale_in_order *o);
/* Of candidates[n], by task number, so many are going to be stopped; the array stays until then. */
void scale_in_order_begin(scale_in_order *o, cluster *c, const placement_plan *plan,
                          const scale_in_candidate *candidates, uint32_t n, uint32_t steps);
/* The next one, an index into candidates. Since the last call only that one's task has stopped. */
uint32_t scale_in_order_next(scale_in_order *o, random_stream *stream);

#endif
