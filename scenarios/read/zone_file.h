/* zone_file.h - the offsets of a time zone over a span of time, from the machine's tz database.
 *
 * Files       TZif of version 2 and later (RFC 9636), below $TZDIR or /usr/share/zoneinfo; behind their last change
 *             the rule at their end goes on (POSIX TZ). A name is one of the IANA's: no leading or doubled slash and no
 *             dot, so that it cannot leave the folder. Data with leap seconds (right/...) is refused.
 * Cost        reads one file of some kilobytes; no libc time and no environment is changed (setenv TZ would be seen by
 *             every thread).
 */
#ifndef BERTH_SCENARIOS_READ_ZONE_FILE_H
#define BERTH_SCENARIOS_READ_ZONE_FILE_H

#include "models/autoscaling/time_zone.h"
#include "sim/engine/arena.h"
#include "sim/engine/error.h"
#include <stdbool.h>
#include <stddef.h>

/* The offset at from_unix_us and all changes up to until_unix_us. On failure false, and err->text names what is wrong
 * with the name, or the file. */
bool zone_file_read(const char *name, int64_t from_unix_us, int64_t until_unix_us, arena *memory,
                    time_zone *zone, sim_error *err);
/* The same from the bytes of a file; file: for messages. */
bool zone_file_parse(const unsigned char *bytes, size_t size, const char *file,
                     int64_t from_unix_us, int64_t until_unix_us, arena *memory, time_zone *zone,
                     sim_error *err);

#endif
