/* duration.h - durations as scenarios write them (contract: scenario).
 *
 * A number of seconds, or a string of numbers with units, largest first, each unit once: "90s",
 * "5m", "1h30m", "7d", "250ms"; units d h m s ms us; the last number may have decimals ("1.5h").
 * Not negative, rounded to the nearest microsecond (halves up), at most ten years (SIM_RUN_MAX).
 * A string is read in integers, a JSON number as its double times 10^6.
 */
#ifndef BERTH_SCENARIOS_READ_DURATION_H
#define BERTH_SCENARIOS_READ_DURATION_H

#include "sim/engine/error.h"
#include "sim/engine/simtime.h"
#include <jansson.h>
#include <stdbool.h>

/* On failure false and err->text says what was expected; *us is untouched. */
bool duration_from_text(const char *text, sim_time *us, sim_error *err);
bool duration_from_seconds(double seconds, sim_time *us, sim_error *err);
bool duration_from_json(const json_t *value, sim_time *us, sim_error *err);
/* "1h30m", "250ms", "0s": text that duration_from_text reads back the same. */
void duration_print(sim_time us, char text[static 48]);

#endif
