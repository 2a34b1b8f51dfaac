/* minute_windows.h - the worst availability over full minutes, and over five full minutes on end
 * (on the minute grid), from rates and losses as they come.
 *
 * Cost        O(1) an interval, however many minutes it covers: after five minutes alike nothing
 *             new can come.
 */
#ifndef BERTH_RESULTS_MINUTE_WINDOWS_H
#define BERTH_RESULTS_MINUTE_WINDOWS_H

#include "sim/engine/simtime.h"
#include <stdbool.h>

#define MINUTE_WINDOW_LONG 5

typedef struct {
    double offered[MINUTE_WINDOW_LONG], failed[MINUTE_WINDOW_LONG]; /* of the last full minutes */
    uint64_t full_count;                                            /* minutes closed so far */
    sim_time minute_us; /* start of the minute under way; -1: none has begun on its border */
    double now_offered, now_failed;
    double worst_1m, worst_5m; /* NAN: no full window in which requests were offered */
} minute_windows;

void minute_windows_init(minute_windows *w);
/* Constant rates over [from_us, to_us); calls follow each other without gaps. */
void minute_windows_add(minute_windows *w, sim_time from_us, sim_time to_us,
                        double offered_per_second, double failed_per_second);
/* Requests lost at the instant where the last interval ended. */
void minute_windows_lose(minute_windows *w, double requests);

#endif
