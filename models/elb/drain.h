/* drain.h - when the requests under way on a target have ended: a classic balancer's drain (L104).
 *
 * The fluid never ends quite: a drain is over when, on average, less than half a request is left.
 * That decides an event, so it is computed with request_time_exact_integral.
 */
#ifndef BERTH_MODELS_ELB_DRAIN_H
#define BERTH_MODELS_ELB_DRAIN_H

#include "models/elb/routing.h"

/* Requests that arrived at a steady rate from `from_s` ago until `to_s` ago (from >= to), and take
 * slow_factor (0: 1) times as long as the class says. */
typedef struct {
    double per_second, from_s, to_s, slow_factor;
} drain_arrivals;

/* Microseconds until less than half a request of these is under way, at most `most_us`.
 *   cost  40 times count integrals a flow */
sim_time drain_time_us(const routing *r, const route_class *class, const drain_arrivals *arrivals,
                       uint32_t count, sim_time most_us);

#endif
