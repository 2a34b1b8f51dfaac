/* random.h - random numbers with names.
 *
 * A stream is a value, found by (seed, replication, purpose, entity), never by order of creation:
 * adding a stream leaves the others as they were, and two variants meet the same numbers (common
 * random numbers).
 *
 * Generator   Philox4x32-10 (Salmon et al., SC'11): key = 64-bit seed, counter = (draw, entity,
 *             purpose, replication); one block gives 128 bits; a stream holds 2^32 blocks.
 * Exactness   every draw that decides an event uses + - * / and sqrt only, through log/exp/pow of
 *             our own (exact_math.h), so that results do not depend on libm, FMA or compiler.
 * GSL         random_gsl.h wraps a stream as a gsl_rng for uses that decide no event.
 */
#ifndef BERTH_SIM_ENGINE_RANDOM_H
#define BERTH_SIM_ENGINE_RANDOM_H

#include "sim/engine/simtime.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t seed;
    uint32_t replication; /* from 0 */
} random_source;

typedef struct {
    uint32_t key[2];
    uint32_t counter[4]; /* draw, entity, purpose, replication */
    uint32_t block[4];
    uint32_t used; /* words of block that are spent; 4 = draw a new one */
} random_stream;

/* 32-bit purpose of a name such as "startup/auth": the same on every machine. */
uint32_t random_purpose(const char *name);
random_stream random_stream_at(random_source source, uint32_t purpose, uint32_t entity);

uint32_t random_u32(random_stream *s);
uint64_t random_u64(random_stream *s);
double random_uniform(random_stream *s); /* [0, 1), 53 bits */
uint64_t random_below(random_stream *s,
                      uint64_t bound); /* uniform on 0..bound-1, unbiased; bound > 0 */

typedef enum {
    DISTRIBUTION_CONSTANT,    /* a = value */
    DISTRIBUTION_EXPONENTIAL, /* a = mean */
    DISTRIBUTION_UNIFORM,     /* a = min, b = max */
    DISTRIBUTION_NORMAL,      /* a = mean, b = sigma, truncated at 0 */
    DISTRIBUTION_LOGNORMAL,   /* a = median, b = sigma */
    DISTRIBUTION_GAMMA,       /* a = shape, b = scale */
    DISTRIBUTION_WEIBULL,     /* a = shape, b = scale */
    DISTRIBUTION_PARETO,      /* a = shape, b = scale */
    DISTRIBUTION_EMPIRICAL,   /* values[count], ascending; each as likely */
} distribution_kind;

typedef struct {
    distribution_kind kind;
    double a, b;
    size_t count;
    const double *values; /* not owned */
} distribution;

distribution distribution_constant(double value);
double distribution_draw(const distribution *d,
                         random_stream *s); /* in the distribution's unit, >= 0 */
/* A draw in seconds as microseconds, rounded to nearest, cut at SIM_RUN_MAX. No draw for a
 * constant. */
sim_time distribution_draw_us(const distribution *d, random_stream *s);
double distribution_mean(const distribution *d); /* INFINITY for a pareto shape <= 1 */
/* E[(X - d)+], what is left on average of requests that were under way when a drain of d ends. */
double distribution_mean_excess(const distribution *d, double from);

#endif
