/* placement_scan.h - choosing by looking at every instance: the oracle of the index, and what plans
 * use whose strategies no index knows.
 *
 * The law of a draw (E79), the same for scan and index: where only spreads over attributes, or
 * nothing, stand before `random`, up to DRAW_TRIALS ranks are drawn among all that ever registered
 * until one is a candidate; after that, or otherwise, one of the n candidates in order of rank
 * (E81) is drawn. Each candidate is as likely either way. A refusal leaves the stream as it was.
 */
#ifndef BERTH_MODELS_ECS_PLACEMENT_SCAN_H
#define BERTH_MODELS_ECS_PLACEMENT_SCAN_H

#include "models/ecs/placement_plan.h"

#define DRAW_TRIALS 64

bool placement_draws_by_trial(const placement_plan *plan);
/* Of candidates[n], ascending by rank; the array is used up. */
uint32_t placement_choose_among(cluster *c, const placement_plan *plan, uint32_t *candidates,
                                uint32_t n, random_stream *stream);
uint32_t placement_scan_choose(cluster *c, const placement_plan *plan, random_stream *stream);

#endif
