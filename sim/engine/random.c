/* random.c - Philox4x32-10 and the distributions of scenarios; see random.h. */
#include "sim/engine/random.h"
#include "sim/engine/check.h"
#include "sim/engine/exact_math.h"
#include <float.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sf_erf.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>

enum { ROUNDS = 10, BLOCK_WORDS = 4 };

/* ---- the generator ---- */

/* 32-bit FNV-1a, its bits mixed once more so that names that differ at the end differ everywhere.
 */
uint32_t random_purpose(const char *name)
{
    uint32_t hash = UINT32_C(0x811c9dc5);
    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * UINT32_C(0x01000193);
    hash = (hash ^ hash >> 16) * UINT32_C(0x85ebca6b);
    hash = (hash ^ hash >> 13) * UINT32_C(0xc2b2ae35);
    return hash ^ hash >> 16;
}

random_stream random_stream_at(random_source source, uint32_t purpose, uint32_t entity)
{
    return (random_stream){
        .key = {(uint32_t)source.seed, (uint32_t)(source.seed >> 32)},
        .counter = {0, entity, purpose, source.replication},
        .used = BLOCK_WORDS,
    };
}

/* Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3 (SC'11). */
static void next_block(random_stream *s)
{
    uint32_t c0 = s->counter[0], c1 = s->counter[1], c2 = s->counter[2], c3 = s->counter[3];
    uint32_t k0 = s->key[0], k1 = s->key[1];
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t a = UINT64_C(0xd2511f53) * c0, b = UINT64_C(0xcd9e8d57) * c2;
        c0 = (uint32_t)(b >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)b;
        c2 = (uint32_t)(a >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)a;
        k0 += UINT32_C(0x9e3779b9);
        k1 += UINT32_C(0xbb67ae85);
    }
    s->block[0] = c0;
    s->block[1] = c1;
    s->block[2] = c2;
    s->block[3] = c3;
    s->used = 0;
    s->counter[0]++;
}

uint32_t random_u32(random_stream *s)
{
    if (s->used == BLOCK_WORDS) next_block(s);
    return s->block[s->used++];
}

uint64_t random_u64(random_stream *s)
{
    uint64_t low = random_u32(s);
    return low | (uint64_t)random_u32(s) << 32;
}

double random_uniform(random_stream *s)
{
    return (double)(random_u64(s) >> 11) * 0x1p-53;
}

/* Below 2^32: Lemire's multiplication; above: remainder. Both reject what would be uneven. */
uint64_t random_below(random_stream *s, uint64_t bound)
{
    CHECK(bound > 0);
    if (bound <= UINT32_MAX) {
        uint32_t narrow = (uint32_t)bound;
        uint64_t product = (uint64_t)random_u32(s) * narrow;
        if ((uint32_t)product < narrow) {
            uint32_t uneven = -narrow % narrow;
            while ((uint32_t)product < uneven)
                product = (uint64_t)random_u32(s) * narrow;
        }
        return product >> 32;
    }
    uint64_t uneven = -bound % bound;
    uint64_t value;
    do
        value = random_u64(s);
    while (value < uneven);
    return value % bound;
}

/* ---- drawing ---- */

/* (0, 1), symmetric: 1 - u is exact and never 0. */
static double open_uniform(random_stream *s)
{
    return ((double)(random_u64(s) >> 12) + 0.5) * 0x1p-52;
}

distribution distribution_constant(double value)
{
    return (distribution){.kind = DISTRIBUTION_CONSTANT, .a = value};
}

/* Truncated at 0 by inverse transform from the upper tail: P(X > x) = (1 - u) P(X > 0). Where a
 * normal is practically never positive (mean below -37 sigma) its tail's asymptote stands in. */
static double draw_normal(double mean, double sigma, double u)
{
    if (sigma <= 0) return mean;
    double above = exact_normal_cdf(mean / sigma);
    if (above < DBL_MIN) {
        double start = -mean / sigma, drop = -2 * exact_log(1 - u);
        return sigma * drop / (sqrt(start * start + drop) + start);
    }
    return mean - sigma * exact_normal_quantile((1 - u) * above);
}

/* Marsaglia and Tsang, A simple method for generating gamma variables (TOMS 26, 2000), its normal
 * by inverse transform; several uniforms a variate. shape >= 1. */
static double draw_gamma(double shape, random_stream *s)
{
    double d = shape - 1.0 / 3, c = 1 / (3 * sqrt(d));
    for (;;) {
        double x = exact_normal_quantile(open_uniform(s)), v = 1 + c * x;
        double u = open_uniform(s);
        if (v <= 0) continue;
        v = v * v * v;
        if (exact_log(u) < 0.5 * x * x + d - d * v + d * exact_log(v)) return d * v;
    }
}

static double draw_real(const distribution *d, random_stream *s)
{
    if (d->kind == DISTRIBUTION_CONSTANT) return d->a;
    if (d->kind == DISTRIBUTION_GAMMA) {
        if (d->a >= 1) return d->b * draw_gamma(d->a, s);
        double boost = exact_power(open_uniform(s), 1 / d->a);
        return d->b * (draw_gamma(d->a + 1, s) * boost);
    }
    double u = open_uniform(s);
    switch (d->kind) {
    case DISTRIBUTION_EXPONENTIAL:
        return d->a * -exact_log(1 - u);
    case DISTRIBUTION_UNIFORM:
        return d->a + u * (d->b - d->a);
    case DISTRIBUTION_NORMAL:
        return draw_normal(d->a, d->b, u);
    case DISTRIBUTION_LOGNORMAL:
        return d->a * exact_exp(d->b * exact_normal_quantile(u));
    case DISTRIBUTION_WEIBULL:
        return d->b * exact_power(-exact_log(1 - u), 1 / d->a);
    case DISTRIBUTION_PARETO:
        return d->b * exact_power(1 - u, -1 / d->a);
    case DISTRIBUTION_EMPIRICAL:
        CHECK(d->count > 0);
        return d->values[(size_t)(u * (double)d->count)];
    case DISTRIBUTION_CONSTANT:
    case DISTRIBUTION_GAMMA:
        break;
    }
    check_failed("CHECK", "the distribution is a known one", __FILE__, __LINE__);
}

double distribution_draw(const distribution *d, random_stream *s)
{
    double x = draw_real(d, s);
    return x > 0 ? x : 0;
}

sim_time distribution_draw_us(const distribution *d, random_stream *s)
{
    double us = distribution_draw(d, s) * 1e6 + 0.5;
    return us < (double)SIM_RUN_MAX ? (sim_time)us : SIM_RUN_MAX;
}

/* ---- moments ---- */

static double larger(double a, double b)
{
    return a > b ? a : b;
}

/* E[(X - from)+] of a normal truncated at 0, from >= 0: the hazard h(z) = density(z) / tail(z)
 * gives E[(X - from)+ | X > from] = sigma (h(z) - z). */
static double normal_excess(double mean, double sigma, double from)
{
    if (sigma <= 0) return larger(larger(mean, 0) - from, 0);
    double z = (from - mean) / sigma, z0 = -mean / sigma;
    double share =
        z0 > 30 ? exact_exp((z0 - z) * (z0 + z) / 2) : exact_normal_cdf(-z) / exact_normal_cdf(-z0);
    return share * sigma * (gsl_sf_hazard(z) - z);
}

static double lognormal_excess(double median, double sigma, double from)
{
    if (sigma <= 0 || median <= 0) return larger(median - from, 0);
    double mean = median * exact_exp(sigma * sigma / 2);
    if (from <= 0) return mean;
    double z = exact_log(from / median) / sigma;
    return larger(mean * exact_normal_cdf(sigma - z) - from * exact_normal_cdf(-z), 0);
}

static double gamma_excess(double shape, double scale, double from)
{
    double x = from / scale;
    return larger(
        shape * scale * gsl_sf_gamma_inc_Q(shape + 1, x) - from * gsl_sf_gamma_inc_Q(shape, x), 0);
}

static double weibull_excess(double shape, double scale, double from)
{
    double x = exact_power(from / scale, shape);
    double tail = gsl_sf_gamma_inc_Q(1 + 1 / shape, x);
    return larger(scale * gsl_sf_gamma(1 + 1 / shape) * tail - from * exact_exp(-x), 0);
}

static double pareto_excess(double shape, double scale, double from)
{
    if (shape <= 1) return INFINITY;
    if (from < scale) return shape * scale / (shape - 1) - from;
    return exact_power(scale / from, shape) * from / (shape - 1);
}

static double uniform_excess(double low, double high, double from)
{
    if (from <= low) return (low + high) / 2 - from;
    return from < high ? (high - from) * (high - from) / (2 * (high - low)) : 0;
}

static double empirical_excess(const distribution *d, double from)
{
    double sum = 0;
    for (size_t i = 0; i < d->count; i++)
        sum += larger(d->values[i] - from, 0);
    return d->count > 0 ? sum / (double)d->count : 0;
}

double distribution_mean(const distribution *d)
{
    return distribution_mean_excess(d, 0);
}

double distribution_mean_excess(const distribution *d, double from)
{
    if (from < 0) return distribution_mean_excess(d, 0) - from;
    switch (d->kind) {
    case DISTRIBUTION_CONSTANT:
        return larger(d->a - from, 0);
    case DISTRIBUTION_EXPONENTIAL:
        return d->a > 0 ? d->a * exact_exp(-from / d->a) : 0;
    case DISTRIBUTION_UNIFORM:
        return uniform_excess(d->a, d->b, from);
    case DISTRIBUTION_NORMAL:
        return normal_excess(d->a, d->b, from);
    case DISTRIBUTION_LOGNORMAL:
        return lognormal_excess(d->a, d->b, from);
    case DISTRIBUTION_GAMMA:
        return gamma_excess(d->a, d->b, from);
    case DISTRIBUTION_WEIBULL:
        return weibull_excess(d->a, d->b, from);
    case DISTRIBUTION_PARETO:
        return pareto_excess(d->a, d->b, from);
    case DISTRIBUTION_EMPIRICAL:
        return empirical_excess(d, from);
    }
    check_failed("CHECK", "the distribution is a known one", __FILE__, __LINE__);
}
