#include "models/autoscaling/target_tracking.h"

int64_t target_tracking_capacity(int64_t running, double metric, double target)
{
    if (running == 0) return metric > 0 ? 1 : 0;
    double exact = (double)running * metric / target - 1e-9;
    if (exact <= 0) return 0;
    if (exact >= 1e15) return INT64_C(1000000000000000);
    int64_t whole = (int64_t)exact;
    return whole + ((double)whole < exact);
}

int scaling_vote_winner(const scaling_vote *votes, uint32_t count)
{
    bool any_out = false, held_back = false;
    for (uint32_t i = 0; i < count; i++) {
        any_out |= votes[i].direction == SCALE_OUT;
        held_back |=
            votes[i].tracking && !votes[i].scale_in_disabled && votes[i].direction != SCALE_IN;
    }
    int winner = -1;
    for (uint32_t i = 0; i < count; i++) {
        const scaling_vote *v = &votes[i];
        if (v->direction != (any_out ? SCALE_OUT : SCALE_IN)) continue;
        if (!any_out && v->tracking && (held_back || v->scale_in_disabled)) continue;
        if (winner < 0 || v->capacity > votes[winner].capacity) winner = (int)i;
    }
    return winner;
}

bool scaling_base(scale_direction direction, int64_t desired, int64_t min, int64_t max,
                  int64_t *start)
{
    *start = desired;
    if (desired < min) {
        *start = min;
        return direction == SCALE_OUT;
    }
    if (desired > max) {
        *start = max;
        return direction == SCALE_IN;
    }
    return true;
}
