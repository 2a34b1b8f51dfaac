#include "models/elb/drain.h"
#include "sim/engine/check.h"
#include "sim/engine/exact_math.h"
#include <math.h>

#define STEPS_A_SCALE 16   /* of the sums below */
#define STEPS_MOST    4096 /* 256 scales: what lies beyond is nothing */

static double gamma_tail(double shape, double scale, double x)
{
    if (x <= 0) return 1;
    const double cube_root = exact_power(x / (shape * scale), 1.0 / 3);
    const double variance = 1 / (9 * shape);
    return exact_normal_cdf(-(cube_root - (1 - variance)) / sqrt(variance));
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
        if (i == 0)
            before =
                d->kind == DISTRIBUTION_GAMMA ? gamma_tail(d->a, d->b, at) : routing_tail(d, at);
        const double after =
            d->kind == DISTRIBUTION_GAMMA ? gamma_tail(d->a, d->b, end) : routing_tail(d, end);
        sum += (end - at) * (before + after) / 2;
        before = after;
    }
    return sum;
}

double drain_tail_integral(const distribution *d, double from, double to)
{
    if (!d || to <= from) return 0;
    switch (d->kind) {
    case DISTRIBUTION_NORMAL:
    case DISTRIBUTION_GAMMA:
    case DISTRIBUTION_WEIBULL:
        return summed_tail(d, from, to);
    default:
        return routing_tail_integral(d, from, to);
    }
}

static double under_way(const routing *r, const route_class *class, const drain_arrivals *a,
                        double later_s)
{
    const double factor = a->slow_factor > 0 ? a->slow_factor : 1;
    double sum = 0;
    if (class->outcome == OUTCOME_REFUSED) return 0;
    for (uint32_t f = 0; f < routing_flow_count(r); f++) {
        const double youngest = a->to_s + later_s;
        const double oldest = fmin(a->from_s + later_s, routing_flow_limit_s(r, f));
        if (oldest <= youngest) continue;
        sum += routing_flow_mix(r, f) *
               (class->outcome == OUTCOME_HANGS
                    ? oldest - youngest
                    : factor * drain_tail_integral(class->request_seconds, youngest / factor,
                                                   oldest / factor));
    }
    return a->per_second * sum;
}

static bool is_over(const routing *r, const route_class *class, const drain_arrivals *arrivals,
                    uint32_t count, sim_time later_us)
{
    double left = 0;
    for (uint32_t i = 0; i < count; i++)
        left += under_way(r, class, &arrivals[i], (double)later_us / (double)SIM_SECOND);
    return left < 0.5;
}

sim_time drain_time_us(const routing *r, const route_class *class, const drain_arrivals *arrivals,
                       uint32_t count, sim_time most_us)
{
    sim_time low = 0, high = most_us; /* it is over at high, or the balancer waits no longer */
    while (low < high) {
        const sim_time middle = low + (high - low) / 2;
        if (is_over(r, class, arrivals, count, middle))
            high = middle;
        else
            low = middle + 1;
    }
    return high;
}
