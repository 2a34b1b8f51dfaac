/* target_tracking.h - the size that holds a metric at its target, and what several policies come to together
 * (A43, A47, A48, A57, A58, A62, A63, A65): pure. */
#ifndef BERTH_MODELS_AUTOSCALING_TARGET_TRACKING_H
#define BERTH_MODELS_AUTOSCALING_TARGET_TRACKING_H

#include <stdbool.h>
#include <stdint.h>

/* ceil(running * metric / target) (A62); from 0 running 1, if the metric shows demand (A65). target > 0. */
int64_t target_tracking_capacity(int64_t running, double metric, double target);

typedef enum { SCALE_NONE, SCALE_OUT, SCALE_IN } scale_direction;

/* What one policy wants in an evaluation instant. */
typedef struct {
    scale_direction direction;
    int64_t capacity;       /* with a direction */
    bool tracking;          /* a target-tracking policy... */
    bool scale_in_disabled; /* ...that has no say in scaling in (A68) */
} scaling_vote;

/* The vote that wins (A47, A48): its index, or -1. Out beats in; the largest capacity wins; a tracking policy that
 * does not want in holds back the tracking policies' scale-in, not that of step policies. Ties: the first. */
int scaling_vote_winner(const scaling_vote *votes, uint32_t count);

/* Where a policy's computation starts when desired is outside the bounds (A43): false: the policy does nothing. */
bool scaling_base(scale_direction direction, int64_t desired, int64_t min, int64_t max,
                  int64_t *start);

#endif
