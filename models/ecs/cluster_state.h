/* cluster_state.h - what a cluster is made of: shared by cluster.c, placement*.c and the index.
 *
 * Nothing outside models/ecs includes this. Invariants, checked by cluster_check:
 *   (1) 0 <= reserved <= registered for CPU, memory, GPUs and ENI slots of every instance;
 *   (2) an instance that holds no task reserves nothing and uses only its agent's ports;
 *   (3) ranks are dense and ascend by (registration time, number) (E81);
 *   (4) an instance's group counts are positive; no group is listed twice; each counted task stands
 *       in one or two groups (its own, and a deployment's: E76);
 *   (5) ports in use ascend and are distinct;
 *   (6) the totals are the sums over ACTIVE and DRAINING instances;
 *   (7) the index says the same as the records (instance_index.c).
 */
#ifndef BERTH_MODELS_ECS_CLUSTER_STATE_H
#define BERTH_MODELS_ECS_CLUSTER_STATE_H

#include "models/ecs/cluster.h"
#include "models/ecs/placement.h"

typedef struct {
    name_id name, value; /* value 0: without one */
} instance_attribute;

/* What the instances of one group of the config share. */
typedef struct {
    const instance_group_config *config;
    uint32_t attribute_count;
    instance_attribute *attributes; /* ascending by name; E14's but for the zone, and E15's */
    name_id *zones;                 /* config->zone_count */
} instance_kind;

typedef struct {
    uint32_t group, count;
} group_count;

#define GROUPS_INLINE 8u /* of a record, before it needs a list elsewhere */

/* Three lines of the cache, of which a placement mostly touches two. */
typedef struct {
    instance seen; /* what the rest of the model reads */
    uint32_t group_count;
    uint32_t group_capacity;  /* of `many`; 0: the groups stand in `few` */
    uint32_t class, position; /* in the index; class NO_INDEX: not there */
    union {
        group_count few[GROUPS_INLINE], *many;
    } groups; /* those with a counted task here, in no order */
    uint32_t port_count, port_capacity;
    uint32_t *ports; /* static host ports in use, as port_key, ascending */
} instance_record;

static inline const group_count *record_groups(const instance_record *r)
{
    return r->group_capacity ? r->groups.many : r->groups.few;
}

struct cluster {
    names *names;
    const control_plane_config *control;
    int64_t start_unix_us;
    instance_record *records;
    uint32_t count, capacity;
    uint32_t *ranked; /* instances by rank */
    uint32_t ranked_count, ranked_capacity;
    instance_kind *kinds; /* by group_index */
    uint32_t kind_count;
    name_id *groups; /* placement groups: their names */
    uint32_t group_count, group_capacity;
    uint32_t *group_of_name; /* by name_id: group + 1, 0 none */
    uint32_t group_of_name_count;
    cluster_totals totals;
    uint64_t version;
    struct instance_index *index; /* NULL: scan */
    uint32_t *candidates;         /* scratch of choices: as many as instances */
    uint32_t *picks;              /* scratch of scale-in: candidates, then their instances … */
    uint32_t pick_room;           /* … so many of each */
    uint32_t candidate_capacity;
    uint32_t *value_count; /* scratch of spread: tasks by attribute value */
    uint32_t value_capacity;
    struct {
        name_id zone, type, os_type, os_family, architecture;
    } builtin; /* attribute names of E14 */
};

/* E6: static host ports in use on an instance at a time, the agent's included. */
#define STATIC_PORTS_MAX 100

static inline uint32_t port_key(port_protocol protocol, uint16_t port)
{
    return (uint32_t)protocol << 16 | port;
}

/* E11. */
static inline bool instance_is_placeable(const instance *i)
{
    return i->status == INSTANCE_ACTIVE && i->connected;
}

/* Is the port in use there? */
bool record_uses_port(const instance_record *r, uint32_t key);

/* Resources of one task: reserve, or release. `ports` are port_keys, ascending. */
void cluster_reserve(cluster *c, uint32_t index, const task_needs *needs, const uint32_t *ports,
                     uint32_t port_count);
void cluster_release(cluster *c, uint32_t index, const task_needs *needs, const uint32_t *ports,
                     uint32_t port_count);
/* One task more (+1) or less (-1) whose desiredStatus is RUNNING, in group and, where it differs,
 * spread_group. */
void cluster_count_task(cluster *c, uint32_t index, uint32_t group, uint32_t spread_group,
                        int change);

/* Tasks of a group by value of an attribute: a table by name_id, valid until the next call. Missing
 * attributes count under 0 (E77). */
const uint32_t *cluster_count_by_value(cluster *c, uint32_t group, name_id attribute);

#endif
