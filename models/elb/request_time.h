/* request_time.h - how long requests take: tails of distributions and integrals over them.
 *
 * request_time_tail and request_time_integral are as good as the C library's special functions, and
 * so decide no event. request_time_exact_integral may: it uses distribution_mean_excess where that
 * is exact, else (normal, gamma, weibull) sums of the tail in fixed steps, a gamma's tail by Wilson
 * and Hilferty (Proc. Nat. Acad. Sci. 17, 1931), within 2 % of the scale.
 */
#ifndef BERTH_MODELS_ELB_REQUEST_TIME_H
#define BERTH_MODELS_ELB_REQUEST_TIME_H

#include "sim/engine/random.h"

/* P(X > x), x in seconds; 0 for no distribution, which takes no time. */
double request_time_tail(const distribution *d, double x);
/* The same with the same bits everywhere; of a gamma an approximation (above). */
double request_time_exact_tail(const distribution *d, double x);
/* Its integral from x = from to x = to: of one request a second, those under way at these ages. */
double request_time_integral(const distribution *d, double from, double to);
/* The integral with the same bits everywhere. Cost: up to 4096 tails. */
double request_time_exact_integral(const distribution *d, double from, double to);

#endif
