/* latency.h - how long a request takes when it has to share its container's CPU with others.
 *
 * Model       a container serves its requests by processor sharing: n of them at once, each on one
 *             vCPU at most, get min(1, c / n) vCPUs each, where c is what the container can reach of
 *             its instance's CPU (cpu_share.h) without what it uses idle. Requests come at random
 *             (Poisson). The number of requests on the CPU then is that of a birth-death process, for
 *             every distribution of their CPU time (insensitivity): M/G/1-PS for c <= 1, M/M/c for a
 *             whole c. Little's law gives their mean time there.
 * Request     requestSeconds X is its time without queueing, of which secondsPerRequest D are CPU
 *             time: on average it takes E[X] + D (stretch - 1). Each request is taken to be stretched
 *             alike, so that the distribution of times is that of X, scaled to this mean. Exact in the
 *             mean; the spread that the queue itself adds is left out.
 * Steady      each moment is taken to be in the steady state of its rates (quasi-stationary): a queue
 *             neither builds up nor drains over time. What comes beyond the capacity fails at once
 *             (overload), and those that are served then meet the longest queue, LATENCY_QUEUE_MAX
 *             times the CPU time of a request that is alone (CHOICE).
 * Steps       factors are rounded to the nearest power of 2^(1/64): to 0.55 %, so that tasks that
 *             are nearly alike count together.
 * Source      Cohen, The multiple phase service network with generalized processor sharing, Acta
 *             Informatica 12 (1979); Kleinrock, Queueing Systems II, 4.4.
 */
#ifndef BERTH_MODELS_WORKLOAD_LATENCY_H
#define BERTH_MODELS_WORKLOAD_LATENCY_H

#include "sim/engine/random.h"
#include <stdint.h>

#define LATENCY_QUEUE_MAX 100.0
#define LATENCY_OCTAVE    64u                         /* steps to a factor of 2 */
#define LATENCY_STEPS     (20u * LATENCY_OCTAVE + 1u) /* factors from 1 to 2^20 */

/* Mean time on the CPU / CPU time of a request.
 *   load       requests a second times their CPU seconds: vCPUs wanted, > 0
 *   capacity   vCPUs, > 0; load >= capacity: the longest queue
 *   cost       O(capacity) */
double latency_stretch(double load, double capacity);

/* At least as much as its requests take longer: latency_stretch - 1 is no more. INFINITY where that takes more than
 * a bound to say. O(1). */
double latency_stretch_most(double load, double capacity);
/* A factor of at most 1 + this is step 0. */
#define LATENCY_NO_STEP 0.005

/* A request's time with that stretch / its time without queueing, `seconds`, which is no less than its CPU
 * time cpu_s; 1 for one that takes no time. */
double latency_lateness(double seconds, double cpu_s, double stretch);

uint32_t latency_step_of(double factor); /* the nearest step; factor >= 1 */
double latency_step_factor(uint32_t step);

/* Requests of one kind answered well: X times slow_factor times the factor of step, given that this is
 * within limit_s. */
typedef struct {
    uint32_t service;
    uint32_t step;
    const distribution *request_seconds; /* NULL: no time at all */
    double slow_factor, limit_s;
    double per_second;
} latency_part;

#endif
