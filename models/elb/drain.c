#include "models/elb/drain.h"
#include "models/elb/request_time.h"
#include "sim/engine/check.h"
#include <math.h>

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
                    : factor * request_time_exact_integral(class->request_seconds,
                                                           youngest / factor, oldest / factor));
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
