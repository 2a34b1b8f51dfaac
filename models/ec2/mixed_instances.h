/* mixed_instances.h - Auto Scaling groups of several types and purchase options: how many are On-Demand (A95), and which
 * pool the next instance comes from (A94).
 *
 * A pool  is a type in a zone. What Spot costs there and how much there is of it stands in the scenario's prices;
 *         On-Demand has no limit but the faults that refuse launches.
 * Departs (a) lowest-price takes the cheapest pool with capacity unless SpotInstancePools is given (A94; the API's
 *         default is 2); (b) "spare >= request" of price-capacity-optimized is about all the Spot instances
 *         that the group still lacks, this one included; (c) a rebalance recommendation comes with the notice, and a pool
 *         that is taking instances of the group back is the last choice for every strategy (A92: no riskier).
 * Cost    O(types) a choice, no allocation.
 */
#ifndef BERTH_MODELS_EC2_MIXED_INSTANCES_H
#define BERTH_MODELS_EC2_MIXED_INSTANCES_H

#include "models/model_config.h"

#define MIXED_TYPES_MAX 64 /* of one group; AWS takes 40 */

/* How many of `total` instances are On-Demand (A95). */
int64_t mixed_on_demand(const mixed_instances_config *m, int64_t total);
/* How many Spot pools (A94), and how many groups of instances in all, a group has. */
uint32_t mixed_pool_count(uint32_t type_count, uint32_t zone_count);
uint32_t mixed_kind_count(uint32_t type_count, uint32_t zone_count);

/* What Auto Scaling groups have, by their requests until the instances are gone. */
typedef struct {
    const model_config *cfg;
    uint32_t *own;   /* instances, by group of instances … */
    uint32_t *risky; /* … and those that got a notice */
    int64_t *taken;  /* by Spot pool */
} mixed_use;

mixed_use mixed_use_create(const model_config *cfg);
void mixed_use_finish(mixed_use *u);
/* One instance more (+1) or less (-1) of this group of instances. */
void mixed_use_count(mixed_use *u, uint32_t group, int by);
/* Of the Spot pool that these instances come from; INT64_MAX: no limit. */
int64_t mixed_spare(const mixed_use *u, uint32_t group);

/* The group of instances that the next one in this zone belongs to; NO_INDEX: no pool there has capacity within
 * the maximum price. request: Spot instances asked for. A group of one kind has just that. */
uint32_t mixed_choose(const mixed_use *u, const auto_scaling_group_config *a, bool spot,
                      uint32_t zone, int64_t request);
/* How little the allocation strategy likes where an instance of this group of instances is: of one purchase
 * option, the one with the most goes first (A87). */
double mixed_misfit(const mixed_use *u, const auto_scaling_group_config *a, uint32_t group);

/* Where a group of this size puts the next instance (A86): the zone with fewest, of a tie the first; zones that
 * are `refused` are left out. zone_count: all are. */
uint32_t mixed_launch_zone(const uint32_t *instances, const bool *refused, uint32_t zone_count);
/* Where the instances of t = 0 are, as if they had been launched; they are counted. False: there is no capacity for
 * some, whose number *lacking is. start has `count` places. */
bool mixed_start(mixed_use *u, const auto_scaling_group_config *a, uint32_t count,
                 starting_instance *start, uint32_t *lacking);

#endif
