/* rate.h - offered request rates as scenarios write them (contract: scenario, traffic).
 *
 * A number; {"points": [[time, rate], …], "interpolate": "linear"|"step", "step": duration};
 * {"sine": {"mean": rate, "amplitude": rate, "period": duration}};
 * {"csv": file, "column": name, "period": duration, "scale": number} (rate_csv.h);
 * {"metricData": file or answer, "id": Id, "period": duration} (rate_metric.h); or
 * {"sum": [rates]}, to any depth. All become one step function (rate_series).
 * Noise       "noise": a distribution, and "noisePeriod" (1m), beside any of these, in terms of sums
 *             too: rate_noise.h.
 * Sine        mean + amplitude sin(2 pi t / period): at its mean and rising at t = 0. The amplitude
 *             is at most the mean.
 * Staircase   a linear or sine rate is constant over each step [k step, (k+1) step), at its exact
 *             mean there, so that load changes at step borders only.
 * Ends        before the first point its value, after the last likewise.
 * Files       the answer that "metricData" names takes the name's place in the document and in
 *             `value`, which then is the rate as run.
 */
#ifndef BERTH_SCENARIOS_READ_RATE_H
#define BERTH_SCENARIOS_READ_RATE_H

#include "models/model_config.h"
#include "scenarios/read/document.h"
#include "sim/engine/arena.h"
#include "sim/engine/error.h"
#include <jansson.h>
#include <stdbool.h>

typedef struct {
    int64_t start_unix_us;  /* for ISO instants */
    sim_time duration_us;   /* nothing is computed beyond it */
    sim_time step_us;       /* of staircases that give none */
    double scale;           /* trafficScale */
    document *doc;          /* whose data files are read */
    const char *pointer;    /* of the rate in it */
    const char *name;       /* of its random streams, before the place of the noise */
    const rate_noise *over; /* noise on the whole; NULL: none */
} rate_options;

typedef struct offered_rate {
    rate_series series; /* without noise */
    rate_noises noise;
    bool scripted; /* every change was written down one by one */
} offered_rate;

/* True and *out (in the arena); false and err->text, with err->pointer the place below `value` ("/points/3/1"), or with
 * err->file, line and column a place in a data file. No text: reported already.
 * Cost O(points + duration / step) time. */
bool rate_from_json(const json_t *value, const rate_options *options, arena *a, offered_rate *out,
                    sim_error *err);

/* The sum of several series, as one. */
rate_series rate_sum(const rate_series *series, uint32_t count, arena *a);
/* The first instant in [0, duration) at which the series is highest; 0 without steps. */
sim_time rate_peak(const rate_series *series, sim_time duration_us);

#endif
