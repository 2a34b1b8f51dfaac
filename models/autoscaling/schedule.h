/* schedule.h - when scheduled actions are due (A71, A72): at(), rate() and cron(), and the five Unix fields of EC2
 * Auto Scaling groups.
 *
 *     at(2026-11-21T18:00:00)
 *     rate(5 minutes)              also minute, hour, hours, day, days
 *     cron(0/15 8-17 ? * MON-FRI *)   minute hour day-of-month month day-of-week year
 *     30 6 * * 2                   Unix: minute hour day-of-month month day-of-week, 0 and 7 are Sunday
 *
 * In cron() one of the two days is `?` and days of the week go by name (A72); L, nW and LW in the day of the month,
 * FRIL and FRI#2 in the day of the week. at() and cron() are by the clock of a time zone (time_zone.h): a time that it
 * skips is due at the first instant after the gap, one that it shows twice only the first time. Resolution one minute.
 */
#ifndef BERTH_MODELS_AUTOSCALING_SCHEDULE_H
#define BERTH_MODELS_AUTOSCALING_SCHEDULE_H

#include "models/autoscaling/time_zone.h"
#include "sim/engine/error.h"
#include "sim/engine/simtime.h"
#include <stdint.h>

typedef enum { SCHEDULE_AT, SCHEDULE_RATE, SCHEDULE_CRON } schedule_kind;

/* Bits of the days of a month or week that hold. */
typedef struct {
    uint64_t minutes;
    uint32_t hours, months, days; /* bit 1: the first; days: of the month */
    uint32_t weekdays;            /* bit 0: Sunday */
    uint32_t last_weekdays;       /* FRIL: the last Friday of the month */
    uint32_t nth_weekdays[5];     /* FRI#2: bit 5 of [1] */
    uint32_t nearest_weekday;     /* nW: bits of n; bit 0: LW */
    bool last_day;                /* L */
    bool either_day;              /* Unix: both days are restricted, and one of them is enough */
    uint8_t years[32];            /* bit i: the year 1970 + i */
} cron_fields;

typedef struct {
    schedule_kind kind;
    int64_t at_local_us; /* as time_zone_local gives it */
    sim_time period_us;
    cron_fields cron;
} schedule;

/* Of Application Auto Scaling. On failure false, and err->text says what was expected. */
bool schedule_parse(const char *text, schedule *s, sim_error *err);
/* `Recurrence` of an Auto Scaling group. */
bool schedule_parse_unix_cron(const char *text, schedule *s, sim_error *err);
/* The first instant after `after` (Unix microseconds) at which it is due; INT64_MAX: none before the year 2226. A rate counts
 * from `origin`. zone: NULL for UTC. Cost: a step a day that does not match, and one a match while the clock is set back. */
int64_t schedule_next(const schedule *s, const time_zone *zone, int64_t origin_unix_us,
                      int64_t after_unix_us);

#endif
