/* random_gsl.h - a random stream as a GSL generator, for uses that decide no event.
 *
 * What decides an event draws through random.h: GSL's distributions call libm, whose last digits
 * differ between machines.
 */
#ifndef BERTH_SIM_ENGINE_RANDOM_GSL_H
#define BERTH_SIM_ENGINE_RANDOM_GSL_H

#include "sim/engine/random.h"
#include <gsl/gsl_rng.h>

/* Philox4x32-10. gsl_rng_set(rng, seed) puts it at the start of stream (seed, 0, 0, 0). */
extern const gsl_rng_type *const random_gsl_type;

/* A generator that goes on where the stream stands; gsl_rng_free releases it. */
gsl_rng *random_gsl_create(random_stream stream);

#endif
