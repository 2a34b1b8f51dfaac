/* wait_times.h - how long placements waited: mean, percentiles and maximum, exact.
 *
 * Waits of zero are counted, the others kept (8 bytes each) and sorted when asked; most tasks are
 * placed at once. A percentile is the nearest rank: the smallest wait that at least that share of
 * all waits do not exceed, so it is a wait that happened.
 */
#ifndef BERTH_RESULTS_WAIT_TIMES_H
#define BERTH_RESULTS_WAIT_TIMES_H

#include "sim/engine/simtime.h"
#include <stddef.h>

typedef struct {
    uint64_t zeros;
    sim_time *wait_us; /* those above zero */
    size_t count, room;
    int64_t total_us;
} wait_times;

void wait_times_finish(wait_times *w); /* a zeroed one is empty and valid */
void wait_times_add(wait_times *w, sim_time wait_us);
void wait_times_sort(wait_times *w); /* before percentile and max */
/* In seconds; NAN when there is none. percent in 1..100. */
double wait_times_mean(const wait_times *w);
double wait_times_percentile(const wait_times *w, uint32_t percent);

#endif
