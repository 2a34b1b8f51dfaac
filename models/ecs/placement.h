/* placement.h - which instance gets a task: fit, constraints, strategies, in this order (E70-E91).
 *
 * A plan is everything about a task that placement must know, compiled once per (task definition,
 * service configuration) and used for every copy; it must live as long as any task placed by it.
 *
 * Cost   choose near constant in the number of instances (instance_index.h); place, uncount and
 *        free O(log instances); explain O(instances), meant for refusals whose cluster_version
 *        changed.
 */
#ifndef BERTH_MODELS_ECS_PLACEMENT_H
#define BERTH_MODELS_ECS_PLACEMENT_H

#include "models/ecs/cluster.h"
#include "sim/engine/error.h"

/* What a task definition reserves (E22, E23, E38, E8, E10). */
typedef struct {
    int64_t cpu_units, memory_mib;
    int32_t gpu_count;
    bool eni;                                /* awsvpc */
    uint32_t tcp_port_count, udp_port_count; /* static host ports */
    uint16_t *tcp_ports, *udp_ports;         /* ascending; owned by the plan */
} task_needs;

typedef struct placement_plan placement_plan;

typedef struct {
    const task_definition_config
        *definition;         /* its own constraints, architecture and OS included */
    uint32_t group;          /* distinctInstance, task:group, and spread unless: */
    uint32_t spread_group;   /* whose tasks spread counts: the group, or a deployment's own (E76) */
    uint32_t strategy_count; /* 0: the default, that of services (E80) unless: */
    bool standalone;         /* of run-task: run_task_strategy (E82) */
    const placement_strategy_config *strategies;
    uint32_t constraint_count;
    const placement_constraint_config *constraints; /* of the service or the call */
    uint32_t zone_count;                            /* of the subnets; 0: any */
    const char *const *zones;
    uint32_t provider; /* its instances only; PROVIDER_NONE: any */
} placement_request;

/* NULL and *err for an expression that does not parse (the reader has checked it before). */
placement_plan *placement_plan_create(cluster *c, const placement_request *request, sim_error *err);
void placement_plan_destroy(placement_plan *plan); /* NULL is fine */
const task_needs *placement_needs(const placement_plan *plan);
uint32_t placement_provider(const placement_plan *plan);
/* Do both ask for the same of the same provider's instances: what fits one, fits the other (E184)? Of plans with
 * memberOf constraints each is alike to itself only. */
bool placement_same_needs(const placement_plan *a, const placement_plan *b);
/* Copies on one empty instance of such a group: by platform, CPU, memory, ENI slots, ports and GPUs (E184); 1 where
 * distinctInstance keeps them apart (E185), 0 where none fits. */
uint32_t placement_copies_on_empty(const placement_plan *plan, const instance_group_config *group);

/* The instance for the next copy, or NO_INDEX. Draws from stream only if a strategy is `random`.
 * Changes nothing. */
uint32_t placement_choose(cluster *c, const placement_plan *plan, random_stream *stream);
/* The copy lands: resources reserved, group counted. */
void placement_place(cluster *c, const placement_plan *plan, uint32_t index);
/* One that runs there already, whatever constraints and the instance's status would say now: the same. There
 * is room. */
void placement_adopt(cluster *c, const placement_plan *plan, uint32_t index);
/* Its desiredStatus becomes STOPPED: no longer counted (E76, E83). */
void placement_uncount(cluster *c, const placement_plan *plan, uint32_t index);
/* Its resources are offered again (E58, E60). */
void placement_free(cluster *c, const placement_plan *plan, uint32_t index);
/* Room for a copy to come: reserved, and no task (daemon.h). placement_free gives it back. */
void placement_hold(cluster *c, const placement_plan *plan, uint32_t index);
/* Is the instance ACTIVE, of the right platform and zone, and are memberOf constraints met? */
bool placement_allows(const cluster *c, const placement_plan *plan, uint32_t index);
/* Fit and constraints on one instance. */
bool placement_fits(const cluster *c, const placement_plan *plan, uint32_t index);

/* Why an instance is refused, in the order of E89: the first that fails counts. */
typedef enum {
    REFUSED_AGENT,
    REFUSED_ATTRIBUTE,
    REFUSED_LOCATION,
    REFUSED_CPU,
    REFUSED_MEMORY,
    REFUSED_PORTS,
    REFUSED_PORTS_UDP,
    REFUSED_ENI,
    REFUSED_GPU,
    REFUSED_CONSTRAINT,
    REFUSED_REASONS
} refusal_reason;

/* "AGENT", "RESOURCE:CPU", …, "MemberOf placement constraint unsatisfied." for a constraint (E88).
 */
extern const char *const refusal_reason_names[REFUSED_REASONS];

typedef struct {
    uint32_t provider;  /* whose instances were looked at */
    uint32_t instances; /* looked at: all of it that are not INACTIVE or REGISTERING */
    uint32_t count[REFUSED_REASONS];
    uint32_t closest; /* fewest failed checks, then rank (E90); NO_INDEX without instances */
    refusal_reason closest_reason;
} placement_refusal;

void placement_explain(const cluster *c, const placement_plan *plan, placement_refusal *out);
/* The same, of these instances only, ascending by rank. */
void placement_explain_among(const cluster *c, const placement_plan *plan, const uint32_t *among,
                             uint32_t count, placement_refusal *out);

/* Which of a service's tasks a scale-in stops: the strategies in reverse (E91, the last step of
 * E107). */
typedef struct {
    uint32_t instance; /* NO_INDEX is not a candidate's */
    sim_time created_us;
    uint32_t number;
} scale_in_candidate;

/* Index into candidates (n > 0, in task-number order). stream as for choose. */
uint32_t placement_scale_in(cluster *c, const placement_plan *plan,
                            const scale_in_candidate *candidates, uint32_t n,
                            random_stream *stream);

#endif
