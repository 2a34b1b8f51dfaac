/* Goal: mean and quantiles of request times are those of the mixture of all requests.
 * Method: constants, whose order tells the quantile; exponentials, whose closed forms GSL has; cuts at the limit. */
#include "results/latency_times.h"
#include "tests/tap.h"
#include <gsl/gsl_cdf.h>
#include <math.h>

static const distribution constant = {.kind = DISTRIBUTION_CONSTANT, .a = 0.05};
static const distribution exponential = {.kind = DISTRIBUTION_EXPONENTIAL, .a = 0.2};

static latency_part part(const distribution *d, uint32_t step, double slow, double limit_s,
                         double rate)
{
    return (latency_part){.step = step,
                          .request_seconds = d,
                          .slow_factor = slow,
                          .limit_s = limit_s,
                          .per_second = rate};
}

int main(void)
{
    tap_begin();
    TEST("nothing measured is no value")
    {
        latency_times *t = latency_times_create();
        OK(isnan(latency_times_mean(t)) && isnan(latency_times_quantile(t, 0.5)));
        OK(isnan(latency_times_now(NULL, 0).p99));
        latency_times_destroy(t);
    }
    TEST("90 requests of 50 ms, 8 of 100 ms, 2 of 400 ms: weighted by rate and time")
    {
        latency_times *t = latency_times_create();
        const latency_part first[] = {part(&constant, 0, 1, 60, 9)};
        const latency_part second[] = {part(&constant, LATENCY_OCTAVE, 1, 60, 8),
                                       part(&constant, 2 * LATENCY_OCTAVE, 2, 60, 2)};
        latency_times_add(t, first, 1, 10);
        latency_times_add(t, second, 2, 1);
        IS_NEAR(latency_times_mean(t), (90 * 0.05 + 8 * 0.1 + 2 * 0.4) / 100, 1e-12);
        IS_DOUBLE(latency_times_quantile(t, 0.5), 0.05);
        IS_DOUBLE(latency_times_quantile(t, 0.9), 0.05);
        IS_DOUBLE(latency_times_quantile(t, 0.95), 0.1);
        IS_DOUBLE(latency_times_quantile(t, 0.99), 0.4);
        IS_NEAR(latency_times_now(second, 2).mean, 0.16, 1e-12);
        IS_NEAR(latency_times_now(second, 2).p50, 0.1, 1e-7);
        IS_NEAR(latency_times_now(second, 2).p95, 0.4, 1e-7);
        IS_NEAR(latency_times_now(first, 1).p99, 0.05, 1e-7);
        latency_times_destroy(t);
    }
    TEST("an exponential's quantiles and mean, stretched and not")
    {
        latency_times *t = latency_times_create();
        const latency_part p = part(&exponential, LATENCY_OCTAVE, 1, 1e6, 1);
        latency_times_add(t, &p, 1, 1);
        IS_NEAR(latency_times_mean(t), 0.4, 1e-12);
        IS_NEAR(latency_times_quantile(t, 0.95), gsl_cdf_exponential_Pinv(0.95, 0.4), 1e-12);
        IS_NEAR(latency_times_quantile(t, 0.99), gsl_cdf_exponential_Pinv(0.99, 0.4), 1e-12);
        const latency_now now = latency_times_now(&p, 1);
        IS_NEAR(now.p50, gsl_cdf_exponential_Pinv(0.5, 0.4), 1e-6);
        IS_NEAR(now.p95, gsl_cdf_exponential_Pinv(0.95, 0.4), 1e-6);
        IS_NEAR(now.p99, gsl_cdf_exponential_Pinv(0.99, 0.4), 1e-6);
        latency_times_destroy(t);
    }
    TEST("who waits no longer than the limit, does not take longer")
    {
        latency_times *t = latency_times_create();
        const latency_part p = part(&exponential, 0, 1, 0.2, 1);
        latency_times_add(t, &p, 1, 1);
        const double e = exp(-1);
        IS_NEAR(latency_times_mean(t), 0.2 * (1 - 2 * e) / (1 - e), 1e-12);
        IS_NEAR(latency_times_quantile(t, 0.5), gsl_cdf_exponential_Pinv(0.5 * (1 - e), 0.2),
                1e-12);
        latency_times_destroy(t);
    }
    return tap_end();
}
