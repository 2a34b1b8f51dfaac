/* wait_times.c - how long placements waited. */
#include "results/wait_times.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

void wait_times_finish(wait_times *w)
{
    free(w->wait_us);
    memset(w, 0, sizeof *w);
}

void wait_times_add(wait_times *w, sim_time wait_us)
{
    CHECK(wait_us >= 0);
    if (wait_us == 0) {
        w->zeros++;
        return;
    }
    if (w->count == w->room) {
        w->room = w->room ? 2 * w->room : 64;
        w->wait_us = memory_resize(w->wait_us, w->room, sizeof *w->wait_us);
    }
    w->wait_us[w->count++] = wait_us;
    w->total_us += wait_us;
}

static int ascending(const void *a, const void *b)
{
    const sim_time left = *(const sim_time *)a, right = *(const sim_time *)b;
    return (left > right) - (left < right);
}

void wait_times_sort(wait_times *w)
{
    if (w->count > 1) qsort(w->wait_us, w->count, sizeof *w->wait_us, ascending);
}

double wait_times_mean(const wait_times *w)
{
    const uint64_t n = w->zeros + w->count;
    return n == 0 ? NAN : (double)w->total_us / (double)SIM_SECOND / (double)n;
}

double wait_times_percentile(const wait_times *w, uint32_t percent)
{
    CHECK(percent >= 1 && percent <= 100);
    const uint64_t n = w->zeros + w->count;
    if (n == 0) return NAN;
    const uint64_t rank = (n * percent + 99) / 100; /* from 1 */
    if (rank <= w->zeros) return 0;
    return (double)w->wait_us[rank - w->zeros - 1] / (double)SIM_SECOND;
}
