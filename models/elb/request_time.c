/* request_time.c - tails and their integrals; see request_time.h. */
#include "models/elb/request_time.h"
#include "sim/engine/check.h"
#include "sim/engine/exact_math.h"
#include <gsl/gsl_sf_gamma.h>
#include <math.h>

#define STEPS_A_SCALE 16   /* of the exact sums */
#define STEPS_MOST    4096 /* 256 scales: what lies beyond is nothing */

static double normal_tail(double mean, double sigma, double x)
{
    if (sigma <= 0) return mean > x ? 1 : 0;
    double positive = exact_normal_cdf(mean / sigma);
    return positive > 0 ? exact_normal_cdf((mean - x) / sigma) / positive : 0;
}

static double uniform_tail(double low, double high, double x)
{
    if (x < low) return 1;
    return x < high ? (high - x) / (high - low) : 0;
}

static double empirical_tail(const distribution *d, double x)
{
    size_t above = 0;
    for (size_t i = 0; i < d->count; i++)
        above += d->values[i] > x;
    return d->count > 0 ? (double)above / (double)d->count : 0;
}

double request_time_tail(const distribution *d, double x)
{
    if (!d) return 0;
    if (x < 0) return 1;
    switch (d->kind) {
    case DISTRIBUTION_CONSTANT:
        return d->a > x ? 1 : 0;
    case DISTRIBUTION_EXPONENTIAL:
        return d->a > 0 ? exact_exp(-x / d->a) : 0;
    case DISTRIBUTION_UNIFORM:
        return uniform_tail(d->a, d->b, x);
    case DISTRIBUTION_NORMAL:
        return normal_tail(d->a, d->b, x);
    case DISTRIBUTION_LOGNORMAL:
        if (d->b <= 0 || d->a <= 0) return d->a > x ? 1 : 0;
        return x > 0 ? exact_normal_cdf(-exact_log(x / d->a) / d->b) : 1;
    case DISTRIBUTION_GAMMA:
        return gsl_sf_gamma_inc_Q(d->a, x / d->b);
    case DISTRIBUTION_WEIBULL:
        return x > 0 ? exact_exp(-exact_power(x / d->b, d->a)) : 1;
    case DISTRIBUTION_PARETO:
        return x > d->b ? exact_power(d->b / x, d->a) : 1;
    case DISTRIBUTION_EMPIRICAL:
        return empirical_tail(d, x);
    }
    check_failed("CHECK", "a known distribution", __FILE__, __LINE__);
}

/* A pareto without a mean: E[(X - x)+] is infinite, its differences are not. */
static double pareto_tail_integral(double shape, double scale, double from, double to)
{
    double flat = fmax(fmin(to, scale) - from, 0);
    from = fmax(from, scale);
    if (to <= from) return flat;
    if (shape == 1) return flat + scale * exact_log(to / from);
    double rest = exact_power(scale, shape) / (1 - shape);
    return flat + rest * (exact_power(to, 1 - shape) - exact_power(from, 1 - shape));
}

double request_time_integral(const distribution *d, double from, double to)
{
    if (!d || to <= from) return 0;
    if (d->kind == DISTRIBUTION_PARETO && d->a <= 1)
        return pareto_tail_integral(d->a, d->b, from, to);
    return fmax(distribution_mean_excess(d, from) - distribution_mean_excess(d, to), 0);
}

static double gamma_tail(double shape, double scale, double x)
{
    if (x <= 0) return 1;
    const double cube_root = exact_power(x / (shape * scale), 1.0 / 3);
    const double variance = 1 / (9 * shape);
    return exact_normal_cdf(-(cube_root - (1 - variance)) / sqrt(variance));
}

double request_time_exact_tail(const distribution *d, double x)
{
    return d && d->kind == DISTRIBUTION_GAMMA ? gamma_tail(d->a, d->b, x) : request_time_tail(d, x);
}

static double scale_of(const distribution *d)
{
    if (d->kind == DISTRIBUTION_GAMMA) return d->a > 1 ? d->a * d->b : d->b;
    if (d->kind == DISTRIBUTION_WEIBULL) return d->b;
    return fmax(fmax(d->a, 0), d->b);
}

/* Trapezoids of a fixed width. */
static double summed_tail(const distribution *d, double from, double to)
{
    const double width = scale_of(d) / STEPS_A_SCALE;
    if (!(width > 0)) return 0;
    double sum = 0, before = NAN;
    for (uint32_t i = 0; i < STEPS_MOST; i++) {
        const double at = from + i * width, end = fmin(at + width, to);
        if (at >= to) break;
        if (i == 0) before = request_time_exact_tail(d, at);
        const double after = request_time_exact_tail(d, end);
        sum += (end - at) * (before + after) / 2;
        before = after;
    }
    return sum;
}

double request_time_exact_integral(const distribution *d, double from, double to)
{
    if (!d || to <= from) return 0;
    switch (d->kind) {
    case DISTRIBUTION_NORMAL:
    case DISTRIBUTION_GAMMA:
    case DISTRIBUTION_WEIBULL:
        return summed_tail(d, from, to);
    default:
        return request_time_integral(d, from, to);
    }
}
