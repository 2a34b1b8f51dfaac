/* routing.h - who of a target group gets requests, and what becomes of them: a fluid over classes.
 *
 * Nodes       requests enter at nodes and stay in their scope: one for all targets with cross-zone
 *             on, else one a zone (L50, L57). Some reach no node at all: 504 (L72).
 * Eligible    in a node's scope the healthy targets (L50) and those that a lagging balancer still
 *             feeds; the node fails open when fewer are healthy than its rule asks for (L52: 1) and
 *             at least one is unhealthy or initial: then those get requests, too (L51, L53). L51
 *             speaks of all targets being unhealthy; its CHOICE makes `initial` ones eligible "when
 *             nothing is healthy", and L52's routing threshold (1 healthy target) says the same, so a
 *             group that starts up, all `initial`, fails open.
 * Split       in proportion to weights: 1, less in slow start (L45), or by least outstanding
 *             requests so that each has as many in flight (L47, outstanding.h); none eligible: 503 (L59, L71).
 * Classes     targets that fare alike (same service, node, outcome, request times, error rate, ramp) are counted
 *             together: a change of rate costs O(classes * limits), never O(targets).
 * Failures    refused 502 (L70, L75), hung 504 (L72), an answer of 500 or more and the error rate:
 *             application (L74), longer than the client or the balancer waits: 504.
 * Load        a target whose CPU is busy answers later, and what it cannot serve fails as overload;
 *             loads of one class are added up exactly, by step of lateness (latency.h).
 *             Least outstanding requests counts that in (outstanding.h).
 * Not here    time, events and states of targets (target_group.h); CPU (task_cpu.h).
 */
#ifndef BERTH_MODELS_ELB_ROUTING_H
#define BERTH_MODELS_ELB_ROUTING_H

#include "models/elb/health_check.h"
#include "models/model.h"
#include "models/workload/latency.h"

typedef enum {
    ROUTE_NONE,    /* draining, unused */
    ROUTE_HEALTHY, /* gets its share */
    ROUTE_OPEN,    /* unhealthy or initial: only while the group fails open */
    ROUTE_CLOSED,  /* the same behind a balancer that never fails open (classic) */
    ROUTE_LAGGING, /* deregistered, but the balancer goes on sending (deregistrationLag) */
    ROUTE_KINDS
} route_kind;

typedef enum { OUTCOME_SERVED, OUTCOME_ERROR, OUTCOME_REFUSED, OUTCOME_HANGS } request_outcome;

/* The CPU that serves a target's requests, for balancing outstanding requests. */
typedef struct {
    double seconds; /* of one vCPU, a request; 0: none */
    double share;   /* the same / its mean time without queueing */
    double units;   /* within reach: in a class a power of 2^(1/64), at least 1 */
} target_cpu;

typedef struct {
    uint32_t service; /* NO_INDEX: none's */
    request_outcome outcome;
    const distribution *request_seconds; /* NULL: no time at all */
    double slow_factor;                  /* multiplies them (slowTasks); 0: 1 */
    double error_rate;
    uint32_t node;  /* in whose scope it is */
    uint32_t ramp;  /* its step of slow start, 1 .. ROUTE_RAMP_STEPS; 0: none */
    target_cpu cpu; /* with least outstanding requests; else nothing */
} route_class;

#define ROUTE_RAMP_STEPS 30 /* L47 */

/* How a group chooses (L41, L47), when its nodes fail open (L52; 0: the default, 1 and none), and how long its load
 * balancer waits: clients that wait less go away first (L73; 0: none does). */
typedef struct {
    bool least_outstanding;
    uint32_t healthy_count, healthy_percent;
    double idle_timeout_s;
    bool timed; /* someone wants to know request_sample.answer_seconds */
} routing_rule;

/* How busy a target is: none of both when it is not. */
typedef struct {
    uint32_t step; /* latency_step: its requests take longer by that factor */
    uint32_t shed; /* the share of its requests that it cannot serve, in 2^-32 */
} target_load;

static inline double target_load_served(target_load load)
{
    return 1 - load.shed / 4294967296.0;
}

/* One service's part of a group's requests. */
typedef struct {
    uint32_t service;
    request_sample rates; /* lost is not used */
} service_share;

typedef struct routing routing;

/* A flow: requests that wait at most limits_s[i] seconds for an answer. */
routing *routing_create(uint32_t flow_count, const double *limits_s, const routing_rule *rule);
void routing_destroy(routing *r);

request_outcome routing_outcome(target_answer answer);
/* A target of this class enters (ROUTE_NONE: is not counted). Returns the class's number, to be
 * given back by routing_remove. */
uint32_t routing_add(routing *r, const route_class *class, route_kind kind);
void routing_remove(routing *r, uint32_t class_index, route_kind kind);
/* A target of this class and kind bears another load; one that enters bears none, and must bear none
 * when it is removed. O(1). */
void routing_set_load(routing *r, uint32_t class_index, route_kind kind, target_load from,
                      target_load to);
bool routing_fails_open(const routing *r, uint32_t node);
/* Healthy targets, and all that are registered (L54), in a node's scope. */
void routing_count(const routing *r, uint32_t node, uint32_t *healthy, uint32_t *registered);
/* L50, L51, L53: the targets that requests may go to, over all nodes; without those that only a lagging
 * balancer still feeds. O(nodes). */
uint32_t routing_routable(const routing *r);
/* L53: fewer healthy targets than the count or than the percentage of those registered; 0: off. */
bool routing_is_below(uint32_t healthy, uint32_t registered, uint32_t count, uint32_t percent);

/* The shares of the requests that enter at each node and that reach none; their sum should be 1.
 * At first all enter at node 0. */
void routing_set_entering(routing *r, uint32_t node, double share);
void routing_set_unreachable(routing *r, double share);

/* Divides per_second[flow_count], requests a second by limit, over the eligible targets. Those that
 * reach none belong to `owner` (NO_INDEX: no service). */
void routing_share(routing *r, const double *per_second, uint32_t owner);
/* What routing_share found: services in order of first appearance, and the whole group. */
uint32_t routing_share_count(const routing *r);
const service_share *routing_share_at(const routing *r, uint32_t i);
const request_sample *routing_total(const routing *r);
/* What is answered well, by how long it takes; by class, flow and step. */
const latency_part *routing_latency(const routing *r, uint32_t *count);
/* Requests a second that each eligible target of a class got at the last routing_share. */
double routing_target_rate(const routing *r, uint32_t class_index);

/* Of those, how many are under way if each takes that long, or its client's patience. */
double routing_under_way(const routing *r, uint32_t class_index, double seconds);

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

#endif
