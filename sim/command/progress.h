/* progress.h - how far a long run is, on a terminal.
 *
 * One line on standard error, rewritten ten times a second from the first second on and wiped at
 * the end, so that short runs and logs see nothing of it. Off unless standard error is a terminal,
 * when CI is set, and with TERM=dumb.
 */
#ifndef BERTH_SIM_COMMAND_PROGRESS_H
#define BERTH_SIM_COMMAND_PROGRESS_H

#include "sim/engine/simtime.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    bool on, shown;
    int64_t started_ms, next_ms; /* monotonic clock */
} progress;

void progress_start(progress *p, bool wanted);
/* Cheap while nothing is due: one reading of the clock. */
void progress_show(progress *p, sim_time now_us, sim_time end_us, uint64_t event_count);
void progress_end(progress *p);

#endif
