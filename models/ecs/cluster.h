/* cluster.h - the container instances of a cluster: what they registered, what placement may use.
 *
 * Accounting  "Reserved" is the scheduler's own (E60): what placed tasks hold until it is offered
 *             again. What a host really has free (E59) is kept by host.h.
 * Groups      a placement group is whose tasks spread and distinctInstance count: "service:NAME" or
 *             "family:FAMILY"; an instance counts the group's tasks whose desiredStatus is RUNNING
 *             (E76, E83).
 * Rank        instances are ordered by (registration time, number): ties of placement go to the
 *             lowest (E81).
 */
#ifndef BERTH_MODELS_ECS_CLUSTER_H
#define BERTH_MODELS_ECS_CLUSTER_H

#include "models/ec2/instance.h"
#include "models/model_config.h"
#include "sim/engine/names.h"

typedef struct cluster cluster;

/* scan: choose by looking at every instance (the oracle) instead of through the index. */
cluster *cluster_create(names *t, const control_plane_config *control, bool scan);
void cluster_destroy(cluster *c); /* NULL is fine */
/* The wall clock of t = 0, for registeredAt in queries (E94); 0 is the start of Unix time. */
void cluster_set_clock(cluster *c, int64_t start_unix_us);

/* A new instance, the position-th of its group: REGISTERING, not placeable. Returns its index, from
 * 0. */
uint32_t cluster_add(cluster *c, const instance_group_config *group, uint32_t group_index,
                     uint32_t position);
/* It registers now, with the status its group gives (ACTIVE), and gets its rank. */
void cluster_register(cluster *c, uint32_t index, sim_time now_us);
void cluster_set_status(cluster *c, uint32_t index, instance_status status);
void cluster_set_connected(cluster *c, uint32_t index, bool connected);

uint32_t cluster_instance_count(const cluster *c); /* ever added */
/* Valid until the next cluster_add. */
const instance *cluster_instance(const cluster *c, uint32_t index);
/* The value of an attribute (E14, E15): false when the instance lacks it; 0 for one without a
 * value. */
bool cluster_attribute(const cluster *c, uint32_t index, name_id name, name_id *value);
/* Instances that are ACTIVE or DRAINING, and sums over them. */
typedef struct {
    uint32_t instances, empty;
    int64_t cpu_registered, cpu_reserved, memory_registered, memory_reserved;
} cluster_totals;
const cluster_totals *cluster_get_totals(const cluster *c);
/* Rises whenever a resource, an instance or a group count changed: while it stands still, a
 * placement that was refused is refused again (E112). */
uint64_t cluster_version(const cluster *c);

/* The placement group of this name, made on first use. */
uint32_t cluster_group(cluster *c, const char *name);
/* The group's counted tasks on an instance. */
uint32_t cluster_group_on_instance(const cluster *c, uint32_t group, uint32_t index);

/* Ends the program when an invariant of cluster_state.h does not hold. For tests: O(everything). */
void cluster_check(const cluster *c);

#endif
