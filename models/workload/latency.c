#include "models/workload/latency.h"
#include "sim/engine/check.h"
#include "sim/engine/exact_math.h"
#include <math.h>

#define LN_2          0.69314718055994530942
#define NEVER_WAITING 1e18 /* inverse of a probability to have to wait that does not matter */

/* With K = floor(c) and a = load: the Erlang loss formula B(K, a), by its recursion; the states above
 * K follow geometrically with ratio a / c. K = 0 (less than one vCPU): B = 1. */
static double in_system(double load, double capacity)
{
    const double whole = floor(capacity), ratio = load / capacity;
    double inverse = 1;
    for (double k = 1; k <= whole; k++) {
        inverse = 1 + inverse * k / load;
        if (inverse > NEVER_WAITING) return load;
    }
    const double blocked = 1 / inverse, odds = ratio / (1 - ratio);
    const double sum = load * (1 - blocked) + blocked * (whole * odds + odds / (1 - ratio));
    return sum / (1 + blocked * odds);
}

double latency_stretch(double load, double capacity)
{
    CHECK(load > 0 && capacity > 0);
    const double alone = capacity < 1 ? 1 / capacity : 1, most = LATENCY_QUEUE_MAX * alone;
    if (load >= capacity) return most;
    const double stretch = in_system(load, capacity) / load;
    if (stretch < alone) return alone; /* the last digit */
    return stretch < most ? stretch : most;
}

/* With r = a / c the sum of in_system is a + B r / (1 - r)^2 at most, as K <= c; and B falls with K: for one vCPU it
 * is a / (1 + a). */
double latency_stretch_most(double load, double capacity)
{
    if (!(capacity >= 1) || load >= capacity) return INFINITY;
    const double blocked = load / (1 + load), free = 1 - load / capacity;
    return blocked / (capacity * free * free);
}

double latency_lateness(double seconds, double cpu_s, double stretch)
{
    if (!(seconds > 0)) return 1;
    return ((seconds > cpu_s ? seconds : cpu_s) + cpu_s * (stretch - 1)) / seconds;
}

uint32_t latency_step_of(double factor)
{
    CHECK(factor >= 1);
    const double step = exact_log(factor) * (LATENCY_OCTAVE / LN_2) + 0.5;
    return step < LATENCY_STEPS - 1 ? (uint32_t)step : LATENCY_STEPS - 1;
}

double latency_step_factor(uint32_t step)
{
    if (step == 0) return 1;
    return ldexp(exact_exp((step % LATENCY_OCTAVE) * (LN_2 / LATENCY_OCTAVE)),
                 (int)(step / LATENCY_OCTAVE));
}
