/* exact_math.h - logarithm, exponential, power, sine and the normal law with the same bits everywhere.
 *
 * Why         libm gives other last digits on a CPU without FMA, on another architecture or from
 *             another version; an event's time must not depend on that. IEEE 754 fixes + - * / and
 *             sqrt to the last bit, so functions made of these alone, in a fixed order, agree
 *             everywhere (needs -ffp-contract=off, no -ffast-math, no extended precision; the
 *             latter is asserted at compile time).
 * Accuracy    in units in the last place (ulp) of the true value, as tested against libm:
 *             log, exp: below 1 ulp (exp below 2^-1022: half a unit of the least subnormal more)
 *             power: below 1 + |y log x| / 64 ulp
 *             sine_pi: below 1 ulp
 *             normal_cdf: 1e-15 absolute, 1e-13 relative; normal_quantile: 1e-15 relative
 * Cost        log and exp about 10 ns, the others 20 to 100 ns (normal_cdf up to 500 ns)
 */
#ifndef BERTH_SIM_ENGINE_EXACT_MATH_H
#define BERTH_SIM_ENGINE_EXACT_MATH_H

double exact_log(double x);             /* -INFINITY at 0, NAN below */
double exact_exp(double x);             /* overflows to INFINITY, underflows gradually to 0 */
double exact_power(double x, double y); /* x >= 0 (NAN below); 1 for y = 0 and for x = 1 */

/* sin(pi x), exactly 0 and +-1 where it is; NAN unless x is finite. */
double exact_sine_pi(double x);

/* Probability that a standard normal variate is at most x. */
double exact_normal_cdf(double x);
/* Its inverse. 0 < p < 1; -INFINITY at 0, INFINITY at 1.
 *   source  Wichura, Algorithm AS 241 (PPND16), Applied Statistics 37 (1988) */
double exact_normal_quantile(double p);

#endif
