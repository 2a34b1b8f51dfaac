/* latency_times.h - how long requests took: a mixture of the times of requests that fared alike.
 *
 * Requests are counted by (distribution, slow factor, limit, step of lateness: models/workload/latency.h).
 * Mean and quantiles are those of the mixture of these distributions, each cut at its limit: exact, but
 * for the steps' 0.55 %.
 * Cost        add O(parts); mean and quantile O(kinds of requests * 70).
 */
#ifndef BERTH_RESULTS_LATENCY_TIMES_H
#define BERTH_RESULTS_LATENCY_TIMES_H

#include "models/workload/latency.h"

typedef struct latency_times latency_times;

latency_times *latency_times_create(void);
void latency_times_destroy(latency_times *t); /* NULL is fine */
/* Requests of these rates over so many seconds. */
void latency_times_add(latency_times *t, const latency_part *parts, uint32_t count, double seconds);
double latency_times_mean(const latency_times *t);               /* s; NAN: no request */
double latency_times_quantile(const latency_times *t, double p); /* s; 0 < p < 1; NAN: no request */

/* Of requests of these rates, in seconds; NAN: none. Quantiles to 1e-9. */
typedef struct {
    double mean, p50, p95, p99;
} latency_now;

latency_now latency_times_now(const latency_part *parts, uint32_t count);

#endif
