/* step_scaling.h - which step of a step policy holds, and what its adjustment comes to (A50-A55): pure integers. */
#ifndef BERTH_MODELS_AUTOSCALING_STEP_SCALING_H
#define BERTH_MODELS_AUTOSCALING_STEP_SCALING_H

#include "models/model_config.h"
#include "sim/engine/error.h"

/* Are the bounds without overlap and gap, and open where they must be (A51)? The error says what is wrong. */
bool step_scaling_valid(const step_adjustment_config *steps, uint32_t count, sim_error *err);
/* The step that holds for a metric against the alarm's threshold (A50); NULL: none (A51). above: the alarm
 * compares with Greater..., which decides the reading at the threshold itself. */
const step_adjustment_config *step_scaling_find(const step_adjustment_config *steps, uint32_t count,
                                                double metric, double threshold, bool above);
/* A change of numerator / denominator tasks in whole ones: toward zero, but at least one where it is not
 * zero (A53). denominator > 0. */
int64_t step_scaling_round(int64_t numerator, int64_t denominator);
/* The capacity that an adjustment makes of this one, not below 0, before bounds (A53, A54). */
int64_t step_scaling_apply(adjustment_type type, int64_t capacity, int64_t adjustment,
                           int64_t minimum_magnitude);

#endif
