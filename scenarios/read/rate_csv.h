/* rate_csv.h - a column of a CSV file as offered requests a second (contract: scenario, traffic).
 *
 * File        comma-separated (csv.h); the first record names the columns.
 * Time        a column "timestamp" holds instants (wallclock.h), which the scenario's `start` places;
 *             without it record k (from 0) begins at k periods. Times rise.
 * Rate        a field, a number of at least 0, times the scale: it holds until the next record, as a
 *             CloudWatch datapoint is of the period that begins at its timestamp (A14). Before the
 *             first its rate, after the last likewise.
 * Other day   a file whose rows all lie before or after the run gives a constant rate: *aside tells which
 *             instants it has.
 */
#ifndef BERTH_SCENARIOS_READ_RATE_CSV_H
#define BERTH_SCENARIOS_READ_RATE_CSV_H

#include "models/model_config.h"
#include "sim/engine/arena.h"
#include "sim/engine/error.h"
#include <stddef.h>

typedef struct {
    const char *column;
    sim_time period_us; /* of rows without a timestamp; 0: none given */
    double scale;
    int64_t start_unix_us;
    sim_time duration_us;
} rate_csv_options;

/* The instants of a file whose rows all lie before or after the run; there: it is so. */
typedef struct {
    bool there, before;
    int64_t first_unix_us, last_unix_us;
} rate_csv_aside;

/* Of a file's text. True and *out (in the arena); false and err with line and column of the mistake.
 * Cost O(bytes) time, O(rows) memory. */
bool rate_csv_read(const char *text, size_t length, const rate_csv_options *options, arena *a,
                   rate_series *out, rate_csv_aside *aside, sim_error *err);

#endif
