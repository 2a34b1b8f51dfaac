/* memory_line.h - memory in use as a straight line over time, in integers, so that sums of many are
 * exact: what was added can be taken away again.
 *
 * A container's line is rounded to bytes once; sums and differences of lines are exact.
 */
#ifndef BERTH_MODELS_MEMORY_LINE_H
#define BERTH_MODELS_MEMORY_LINE_H

#include "sim/engine/simtime.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    int64_t at_zero_bytes; /* what it comes to at t = 0; negative for what grows since later */
    int64_t bytes_per_hour;
} memory_line;

/* In MiB at an instant. */
static inline double memory_line_mib(memory_line l, sim_time at_us)
{
    const double hours = (double)at_us / (double)SIM_HOUR;
    return ((double)l.at_zero_bytes + (double)l.bytes_per_hour * hours) / 1048576;
}

static inline void memory_line_add(memory_line *to, memory_line l, int sign)
{
    to->at_zero_bytes += sign * l.at_zero_bytes;
    to->bytes_per_hour += sign * l.bytes_per_hour;
}

static inline bool memory_line_is_zero(memory_line l)
{
    return l.at_zero_bytes == 0 && l.bytes_per_hour == 0;
}

static inline bool memory_line_same(memory_line a, memory_line b)
{
    return a.at_zero_bytes == b.at_zero_bytes && a.bytes_per_hour == b.bytes_per_hour;
}

#endif
