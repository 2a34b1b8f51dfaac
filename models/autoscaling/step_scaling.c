#include "models/autoscaling/step_scaling.h"
#include "sim/engine/arena.h"
#include <math.h>
#include <stdlib.h>

/* For qsort: by lower bound, -infinity first; steps are copied, so equal ones are equal. */
static int compare_lower(const void *a, const void *b)
{
    const step_adjustment_config *x = a, *y = b;
    return (x->lower > y->lower) - (x->lower < y->lower);
}

static bool chained(const step_adjustment_config *sorted, uint32_t count, sim_error *err)
{
    for (uint32_t i = 0; i < count; i++) {
        if (sorted[i].lower == -INFINITY && sorted[i].upper == INFINITY)
            return error_set(err, "a step needs at least one bound");
        if (!(sorted[i].upper > sorted[i].lower))
            return error_set(err, "the upper bound %g of a step is not above its lower bound %g",
                             sorted[i].upper, sorted[i].lower);
        if (i == 0) continue;
        if (sorted[i].lower < sorted[i - 1].upper)
            return error_set(err, "the steps from %g and from %g overlap", sorted[i - 1].lower,
                             sorted[i].lower);
        if (sorted[i].lower > sorted[i - 1].upper)
            return error_set(err, "there is no step between %g and %g", sorted[i - 1].upper,
                             sorted[i].lower);
    }
    if (sorted[0].lower < 0 && sorted[0].lower != -INFINITY)
        return error_set(err, "with a negative lower bound (%g) one step must have none",
                         sorted[0].lower);
    if (sorted[count - 1].upper > 0 && sorted[count - 1].upper != INFINITY)
        return error_set(err, "with a positive upper bound (%g) one step must have none",
                         sorted[count - 1].upper);
    return true;
}

bool step_scaling_valid(const step_adjustment_config *steps, uint32_t count, sim_error *err)
{
    if (count == 0) return error_set(err, "a step policy needs a step");
    step_adjustment_config *sorted = memory_alloc(count, sizeof *sorted);
    for (uint32_t i = 0; i < count; i++)
        sorted[i] = steps[i];
    qsort(sorted, count, sizeof *sorted, compare_lower);
    bool valid = chained(sorted, count, err);
    free(sorted);
    return valid;
}

const step_adjustment_config *step_scaling_find(const step_adjustment_config *steps, uint32_t count,
                                                double metric, double threshold, bool above)
{
    bool upper_reading = metric > threshold || (metric == threshold && above);
    for (uint32_t i = 0; i < count; i++) {
        double low = threshold + steps[i].lower, high = threshold + steps[i].upper;
        if (upper_reading ? metric >= low && metric < high : metric > low && metric <= high)
            return &steps[i];
    }
    return NULL;
}

int64_t step_scaling_round(int64_t numerator, int64_t denominator)
{
    int64_t whole = numerator / denominator;
    if (whole != 0 || numerator == 0) return whole;
    return numerator > 0 ? 1 : -1;
}

int64_t step_scaling_apply(adjustment_type type, int64_t capacity, int64_t adjustment,
                           int64_t minimum_magnitude)
{
    int64_t change = adjustment;
    if (type == ADJUST_EXACT) return adjustment > 0 ? adjustment : 0;
    if (type == ADJUST_PERCENT) {
        change = step_scaling_round(capacity * adjustment, 100);
        if (adjustment > 0 && change < minimum_magnitude) change = minimum_magnitude;
        if (adjustment < 0 && change > -minimum_magnitude) change = -minimum_magnitude;
    }
    return capacity + change > 0 ? capacity + change : 0;
}
