#include "models/cloudwatch/alarm_rule.h"

const char *const alarm_state_names[ALARM_STATES] = {"INSUFFICIENT_DATA", "OK", "ALARM"};

bool alarm_breaches(alarm_comparison comparison, double value, double threshold)
{
    switch (comparison) {
    case COMPARE_GREATER_OR_EQUAL:
        return value >= threshold;
    case COMPARE_GREATER:
        return value > threshold;
    case COMPARE_LESS:
        return value < threshold;
    case COMPARE_LESS_OR_EQUAL:
        return value <= threshold;
    }
    return false;
}

uint32_t alarm_range(uint32_t evaluation_periods)
{
    return evaluation_periods + (evaluation_periods / 3 > 2 ? evaluation_periods / 3 : 2);
}

/* What stands in the range: real points, breaching ones, and how old the oldest breaching one is (newest: 1). */
typedef struct {
    uint32_t real, breaching, oldest_breaching;
} point_count;

/* The newest `most` real points, gaps skipped. */
static point_count count_newest(const alarm_point *points, uint32_t range, uint32_t most)
{
    point_count c = {0};
    for (uint32_t age = 1; age <= range && c.real < most; age++) {
        alarm_point p = points[range - age];
        c.real += p != POINT_MISSING;
        if (p != POINT_BREACHING) continue;
        c.breaching++;
        c.oldest_breaching = age;
    }
    return c;
}

alarm_state alarm_judge(const alarm_point *points, uint32_t range, uint32_t evaluation_periods,
                        uint32_t datapoints_to_alarm, missing_data_rule missing, alarm_state now)
{
    point_count c = count_newest(points, range, evaluation_periods);
    uint32_t breaching = c.breaching;
    if (c.real < evaluation_periods) {
        if (c.real == 0 && missing == MISSING_DATA_MISSING) return ALARM_INSUFFICIENT_DATA;
        if (c.real == 0 && missing == MISSING_DATA_IGNORE) return now;
        if (missing == MISSING_DATA_BREACHING) breaching += evaluation_periods - c.real;
    }
    if (breaching >= datapoints_to_alarm) return ALARM_ALARM;
    bool filled = missing == MISSING_DATA_BREACHING || missing == MISSING_DATA_NOT_BREACHING;
    if (c.real >= evaluation_periods || filled || c.breaching < c.real) return ALARM_OK;
    /* every real point breaches, and there are fewer than M (A30 step 4) */
    if (missing == MISSING_DATA_MISSING && c.oldest_breaching >= datapoints_to_alarm)
        return ALARM_ALARM;
    return now;
}
