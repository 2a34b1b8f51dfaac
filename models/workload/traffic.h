/* traffic.h - the requests offered to each target group: step functions of time, split by listener
 * rules.
 *
 * Entry       one element of the scenario's `traffic`; its rate is a step function. With a load
 *             balancer in place of a target group each of its paths meets the listener's rules
 *             (listener.h) and brings its share to the groups of that action; what meets no forward
 *             (a redirect, a fixed response, no default: 404, L64) is nobody's request.
 * Service     a service without a load balancer has a group of its own here, behind the target groups:
 *             whoever offers it requests reaches its tasks directly.
 * Flow        what one target group gets with one limit on waiting: the shorter of the client's
 *             patience and the balancer's idle timeout (L72, L75).
 * Changes     in PHASE_TIMELINE (A111 (1)), one event an entry and step, however high the rate.
 *             traffic.changed is logged for scripted entries, once a group and instant, with the
 *             group's whole rate; at t = 0 too, so that the log alone tells the rate.
 */
#ifndef BERTH_MODELS_WORKLOAD_TRAFFIC_H
#define BERTH_MODELS_WORKLOAD_TRAFFIC_H

#include "models/model_config.h"
#include "models/notify.h"

typedef struct traffic traffic;

/* A flow of this group has another rate. */
typedef void traffic_rate_changed(void *context, uint32_t group);

/* random: of noise (noise.h). */
traffic *traffic_create(const model_config *cfg, random_source random, engine *eng, names *t,
                        notifier *n, traffic_rate_changed *changed, void *context);
void traffic_destroy(traffic *tr);
/* Sets the rates of t = 0 and schedules the first changes (PHASE_CREATE). */
void traffic_start(traffic *tr);

/* What an action gives to two of its groups together goes to `second` by so many thousandths, from now on
 * (load_balancing_weigh). Tells like a scripted change where the entries are scripted. */
void traffic_weigh(traffic *tr, const listener_action *action, uint32_t first, uint32_t second,
                   uint32_t thousandths);

/* Target groups, then a group for each service that gets requests without one. */
uint32_t traffic_group_count(const traffic *tr);
/* The service's group, or NO_INDEX. */
uint32_t traffic_service_group(const traffic *tr, uint32_t service);
/* The reverse: NO_INDEX for a target group. */
uint32_t traffic_group_service(const traffic *tr, uint32_t group);

/* Flows are known from the start: they come from the configuration alone. */
uint32_t traffic_flow_count(const traffic *tr, uint32_t group);
double traffic_flow_limit_s(const traffic *tr, uint32_t group, uint32_t flow);
/* Requests a second now, flow by flow. */
const double *traffic_flow_rates(const traffic *tr, uint32_t group);
double traffic_group_rate(const traffic *tr, uint32_t group);

/* The step that holds at a time: the last at or before it, else the first. 0 for an empty series.
 * O(log steps). */
double rate_series_at(const rate_series *series, sim_time at_us);

#endif
