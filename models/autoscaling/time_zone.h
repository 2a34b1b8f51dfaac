/* time_zone.h - the clock of a time zone as plain data: offsets from UTC and since when they hold (A71).
 *
 * No libc time: the reader looks the offsets up once (scenarios/read/zone_file.h), so that a run depends on nothing
 * but its config.
 * Local time  CHOICE (AWS says only that actions adjust for daylight saving time): a local time that the clock skips is
 *             the first instant after the gap, one that it shows twice is the first of the two.
 */
#ifndef BERTH_MODELS_AUTOSCALING_TIME_ZONE_H
#define BERTH_MODELS_AUTOSCALING_TIME_ZONE_H

#include <stdint.h>

typedef struct {
    int64_t from_unix_us;
    int64_t offset_us; /* local time minus UTC */
} time_zone_offset;

typedef struct {
    const char *name; /* "Europe/Berlin" */
    uint32_t offset_count;
    const time_zone_offset *offsets; /* ascending, at least one; the first holds before, too */
} time_zone;

/* What the clock shows at an instant, as microseconds of a clock that shows 0 at 1970-01-01T00:00:00. NULL: UTC.
 * Cost O(offsets). */
int64_t time_zone_local(const time_zone *z, int64_t unix_us);
/* The instant of a local time; never falls as local_us grows. INT64_MAX stays. */
int64_t time_zone_instant(const time_zone *z, int64_t local_us);

#endif
