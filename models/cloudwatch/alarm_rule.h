/* alarm_rule.h - what a CloudWatch alarm makes of its datapoints (A20-A35): M out of N with gaps.
 *
 * Pure: points in, state out. When datapoints become visible and who acts on a state is models/cloudwatch/alarm.h.
 */
#ifndef BERTH_MODELS_CLOUDWATCH_ALARM_RULE_H
#define BERTH_MODELS_CLOUDWATCH_ALARM_RULE_H

#include "models/model_config.h"

typedef enum { ALARM_INSUFFICIENT_DATA, ALARM_OK, ALARM_ALARM, ALARM_STATES } alarm_state;

extern const char *const alarm_state_names[ALARM_STATES]; /* "INSUFFICIENT_DATA", ... */

typedef enum { POINT_MISSING, POINT_FINE, POINT_BREACHING } alarm_point;

/* The statistic is the left operand (A21). */
bool alarm_breaches(alarm_comparison comparison, double value, double threshold);
/* How many points are looked at for N evaluation periods: the evaluation range R (A29). */
uint32_t alarm_range(uint32_t evaluation_periods);
/* The state after this evaluation (A30). points: R of them, oldest first; `now`: the state so far. Cost O(R). */
alarm_state alarm_judge(const alarm_point *points, uint32_t range, uint32_t evaluation_periods,
                        uint32_t datapoints_to_alarm, missing_data_rule missing, alarm_state now);

#endif
