/* random_gsl.c - see random_gsl.h. */
#include "sim/engine/random_gsl.h"
#include "sim/engine/check.h"

static void set_seed(void *state, unsigned long int seed)
{
    random_stream *stream = state;
    *stream = random_stream_at((random_source){.seed = seed}, 0, 0);
}

static unsigned long int next_integer(void *state)
{
    return random_u32(state);
}

static double next_real(void *state)
{
    return random_uniform(state);
}

static const gsl_rng_type philox = {
    .name = "philox4x32-10",
    .max = UINT32_MAX,
    .min = 0,
    .size = sizeof(random_stream),
    .set = set_seed,
    .get = next_integer,
    .get_double = next_real,
};

const gsl_rng_type *const random_gsl_type = &philox;

gsl_rng *random_gsl_create(random_stream stream)
{
    gsl_rng *rng = gsl_rng_alloc(random_gsl_type);
    CHECK(rng != NULL);
    *(random_stream *)rng->state = stream;
    return rng;
}
