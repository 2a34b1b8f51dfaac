/* noise.h - rates that chance multiplies: a factor drawn anew each period (contract: scenario,
 * traffic).
 *
 * A noisy rate becomes a step function of its own before the run, so that what serves it knows
 * nothing of noise, and a rate without noise costs nothing.
 * Draws       the factor of period k is the first draw of the stream (seed, replication, the noise's
 *             name, k): the same whatever else the scenario holds and however the run goes, so two
 *             variants meet the same load (common random numbers).
 * Nested      noise on a sum multiplies each of its terms by the same factors, on top of their own.
 */
#ifndef BERTH_MODELS_WORKLOAD_NOISE_H
#define BERTH_MODELS_WORKLOAD_NOISE_H

#include "models/model_config.h"

/* The rate of one replication over [0, duration_us], with steps of its own that the caller frees;
 * n->noise_count > 0. Cost O((steps + duration / periods) * parts). */
rate_series noise_apply(const rate_noises *n, random_source random, sim_time duration_us);

#endif
