/* nodes.h - the zones of load balancers: a node each, what DNS lists, and where clients enter.
 *
 * Zones       those that the balancer enables, in their order; a balancer of every zone has those of
 *             the scenario's instances and services, then others as their targets come.
 * DNS         a zone is withdrawn while one of the balancer's groups has too few healthy targets in
 *             scope there (L53) or its node is impaired; if that were so of every zone, all are
 *             listed (L55). Changes are logged (loadBalancer.zone) in PHASE_STATE, when
 *             nodes_settle is called.
 * Clients     divide evenly over the zones that DNS listed dnsTtlSeconds ago (L55). Those who enter
 *             where the node is impaired get no connection (L72).
 * Not here    which targets a node sends to (routing.h); what a group demands (load_balancing.c).
 */
#ifndef BERTH_MODELS_ELB_NODES_H
#define BERTH_MODELS_ELB_NODES_H

#include "models/model_config.h"
#include "models/notify.h"
#include "sim/engine/engine.h"

typedef struct nodes nodes;

/* Clients of this load balancer enter elsewhere now. */
typedef void nodes_entry_changed(void *context, uint32_t load_balancer);

nodes *nodes_create(const model_config *cfg, engine *eng, names *t, notifier *n,
                    nodes_entry_changed *changed, void *context);
void nodes_destroy(nodes *n);

/* The zone's number in a load balancer; NO_INDEX when it is not enabled (L6). May add one to a
 * balancer of every zone. O(zones). */
uint32_t nodes_find(nodes *n, uint32_t load_balancer, name_id zone);
uint32_t nodes_count(const nodes *n, uint32_t load_balancer);

/* One more (or less) group wants this zone withdrawn. */
void nodes_want_withdrawn(nodes *n, uint32_t load_balancer, uint32_t zone, bool withdrawn);
/* The nodes of this zone, of all load balancers, answer nobody (availabilityZoneOutage), or do so
 * again. True if there is one. */
bool nodes_impair(nodes *n, name_id zone, bool impaired);
/* Lets DNS follow what was wanted since the last call. */
void nodes_settle(nodes *n);

/* The share of a balancer's requests that enter in this zone and reach its node, and of those that
 * reach none; they sum to 1. */
double nodes_entering(const nodes *n, uint32_t load_balancer, uint32_t zone);
double nodes_unreachable(const nodes *n, uint32_t load_balancer);

#endif
