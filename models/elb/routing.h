/* routing.h - who of a target group gets requests, and what becomes of them: a fluid over classes.
 *
 * Eligible    the healthy targets (L50) and those that a lagging balancer still feeds; the group
 *             fails open when none is healthy and at least one is unhealthy or initial: then those
 *             get the requests (L51). L51 speaks of all targets being unhealthy; its CHOICE makes
 *             `initial` ones eligible "when nothing is healthy", and L52's routing threshold (1
 *             healthy target) says the same, so a group that starts up, all `initial`, fails open.
 * Split       evenly over the eligible targets (L47); none: 503 (L71).
 * Classes     targets that fare alike (same service, outcome, request times, error rate) are counted
 *             together: a change of rate costs O(classes * limits), never O(targets).
 * Failures    refused 502 (L70, L75), hung 504 (L72), an answer of 500 or more and the error rate:
 *             application (L74), longer than the client or the balancer waits: 504.
 * Not here    time, events and states of targets (target_group.h).
 */
#ifndef BERTH_MODELS_ELB_ROUTING_H
#define BERTH_MODELS_ELB_ROUTING_H

#include "models/elb/health_check.h"
#include "models/model.h"

typedef enum {
    ROUTE_NONE,    /* draining, unused */
    ROUTE_HEALTHY, /* gets its share */
    ROUTE_OPEN,    /* unhealthy or initial: only while the group fails open */
    ROUTE_LAGGING, /* deregistered, but the balancer goes on sending (deregistrationLag) */
    ROUTE_KINDS
} route_kind;

typedef enum { OUTCOME_SERVED, OUTCOME_ERROR, OUTCOME_REFUSED, OUTCOME_HANGS } request_outcome;

typedef struct {
    uint32_t service; /* NO_INDEX: none's */
    request_outcome outcome;
    const distribution *request_seconds; /* NULL: no time at all */
    double slow_factor;                  /* multiplies them (slowTasks); 0: 1 */
    double error_rate;
} route_class;

/* One service's part of a group's requests. */
typedef struct {
    uint32_t service;
    request_sample rates; /* lost is not used */
} service_share;

typedef struct routing routing;

/* A flow: requests that wait at most limits_s[i] seconds for an answer. */
routing *routing_create(uint32_t flow_count, const double *limits_s);
void routing_destroy(routing *r);

request_outcome routing_outcome(target_answer answer);
/* A target of this class enters (ROUTE_NONE: is not counted). Returns the class's number, to be
 * given back by routing_remove. */
uint32_t routing_add(routing *r, const route_class *class, route_kind kind);
void routing_remove(routing *r, uint32_t class_index, route_kind kind);
bool routing_fails_open(const routing *r);

/* Divides per_second[flow_count], requests a second by limit, over the eligible targets. Without
 * one they belong to `owner` (NO_INDEX: no service). */
void routing_share(routing *r, const double *per_second, uint32_t owner);
/* What routing_share found: services in order of first appearance, and the whole group. */
uint32_t routing_share_count(const routing *r);
const service_share *routing_share_at(const routing *r, uint32_t i);
const request_sample *routing_total(const routing *r);
/* Requests a second that each eligible target got at the last routing_share. */
double routing_per_target(const routing *r);

/* Of those, how many are under way if each takes that long, or its client's patience. */
double routing_under_way(const routing *r, double seconds);

/* Of requests that reached a target at a steady rate from age_from_s ago until age_to_s ago (from
 * >= to), while it served, how many are under way now and would end well: within their limit, and
 * not failed by the application (the others are counted as failed already). class: its request time
 * and error rate. */
double routing_in_flight(const routing *r, const route_class *class, double per_second,
                         double age_from_s, double age_to_s);

/* Flows: their limits, and their shares of the rate as of the last time there was any. */
uint32_t routing_flow_count(const routing *r);
double routing_flow_limit_s(const routing *r, uint32_t flow);
double routing_flow_mix(const routing *r, uint32_t flow);

/* P(X > x), and its integral from x = from to x = to: the requests under way of one a second. These
 * decide no event. */
double routing_tail(const distribution *d, double x);
double routing_tail_integral(const distribution *d, double from, double to);

#endif
