/* wallclock.h - wall-clock instants as scenarios write them, and their place in simulated time.
 *
 * ISO 8601: 2026-11-21, 2026-11-21T08:00, ...T08:00:30.25, with Z, +01:00, +0100, +01 or nothing
 * (UTC); a date alone is its midnight; a blank may stand for the T. Proleptic Gregorian calendar,
 * years 1 to 9999, no leap seconds, 24:00 is not taken. Resolution one microsecond, halves up.
 */
#ifndef BERTH_SCENARIOS_READ_WALLCLOCK_H
#define BERTH_SCENARIOS_READ_WALLCLOCK_H

#include "sim/engine/error.h"
#include "sim/engine/simtime.h"
#include <jansson.h>
#include <stdbool.h>

#define WALLCLOCK_TEXT_SIZE 40

/* Microseconds of Unix time. On failure false and err->text says what was expected. */
bool wallclock_from_text(const char *text, int64_t *unix_us, sim_error *err);
/* True if text begins as an ISO date does (four digits and a dash): not a duration. */
bool wallclock_looks_like(const char *text);
/* "UTC", "Etc/UTC", "Z", "GMT": no tz data is needed. */
bool wallclock_is_utc(const char *zone);
/* A point of simulated time: a duration from t = 0, or an instant not before start. */
bool wallclock_time_from_json(const json_t *value, int64_t start_unix_us, sim_time *at_us,
                              sim_error *err);
/* The same as an option of the command line gives it: a plain number is seconds. */
bool wallclock_time_from_option(const char *text, int64_t start_unix_us, sim_time *at_us,
                                sim_error *err);
/* "2026-11-21T08:00:30Z", with decimals where there are some. */
void wallclock_print(int64_t unix_us, char text[static WALLCLOCK_TEXT_SIZE]);

#endif
