/* rate_noise.h - "noise" and "noisePeriod" beside a rate (contract: scenario, traffic).
 *
 * A distribution that multiplies the rate, redrawn every period (1m) from t = 0. Its mean should be
 * about 1: nothing is done to it, but a mean outside 0.5 to 2 gets a warning.
 */
#ifndef BERTH_SCENARIOS_READ_RATE_NOISE_H
#define BERTH_SCENARIOS_READ_RATE_NOISE_H

#include "models/model_config.h"
#include "scenarios/read/document.h"
#include "sim/engine/arena.h"
#include "sim/engine/error.h"
#include <jansson.h>
#include <stdbool.h>

bool rate_noise_is_key(const char *key);
/* How many of the two keys the object has. */
size_t rate_noise_keys(const json_t *object);
/* True and factor and period of *out; false and err->text with err->pointer below the object. */
bool rate_noise_read(const json_t *object, sim_time duration_us, arena *a, rate_noise *out,
                     sim_error *err);
/* A warning at POINTER/noise when the mean is far from 1: such noise is a scale. */
void rate_noise_warn(document *doc, const char *pointer, const rate_noise *noise);

#endif
