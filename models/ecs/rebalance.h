/* rebalance.h - evens out a service's tasks over availability zones after the fact (E116-E119).
 *
 * A round: in steady state the zones are counted; where the fullest holds two tasks more than the
 * emptiest, as many tasks as are missing there and maximumPercent allows start in the emptiest zones,
 * and when all are healthy the same number stops in the fullest. Rounds follow each other until the
 * zones are even. A deployment, another desired count, a drain, or a task that is lost or unhealthy
 * ends it; it is looked at anew in the next steady state, and when an instance or a protection changes.
 *
 * Cost      a look O(tasks of the service); zones O(instances), once for each change of instances.
 * Providers a task that starts is the provider's whose turn it is (E181), and one that stops too (E182);
 *           zones are counted over all of them.
 * Not here  instances are never launched for it; DAEMON services (E116).
 */
#ifndef BERTH_MODELS_ECS_REBALANCE_H
#define BERTH_MODELS_ECS_REBALANCE_H

#include "models/ecs/task.h"

/* A configured zone: one with an ACTIVE instance that satisfies the service's constraints, or, where it runs
 * on Fargate, that of a subnet (E117). */
typedef struct {
    name_id zone;
    uint32_t count, target; /* tasks */
    uint32_t spared;        /* of count: under protection */
    uint32_t started;       /* by the round that has just begun */
    placement_plan *
        *plans; /* of tasks that must go there, by item of the strategy (one without); each
                               NULL until it is asked for */
} rebalance_zone;

/* E117: max - min <= 1. */
bool rebalance_is_balanced(const rebalance_zone *zones, uint32_t count);
/* E118: fills in the targets of zones that are sorted by name, for as many tasks as they hold; returns how
 * many tasks are missing in all. */
uint32_t rebalance_set_targets(rebalance_zone *zones, uint32_t count);

typedef struct {
    rebalance_zone *zones; /* by name */
    uint32_t zone_count, zone_capacity;
    const placement_plan *seen; /* the plan and the instances that zones are about */
    uint64_t seen_version;
    bool eligible;                /* E116, but for what may change without a new plan */
    bool under_way;               /* said to be in progress, and not yet over */
    bool checked;                 /* nothing has changed since the last look */
    uint32_t extra;               /* tasks above the desired count that a round has started */
    uint32_t desired, deployment; /* when it began */
    sim_time steady_since_us;
    bool refused; /* a streak of refused starts (E112) */
    sim_time refused_since_us, retry_us;
    placement_refusal refusal;
} rebalance;

void rebalance_finish(rebalance *r);
/* At the start of a pass: is what was begun still to be gone on with? */
void rebalance_watch(service *s);
/* At the end of a pass: stops what a round may stop, begins the next. */
void rebalance_go_on(service *s);
/* The service is (not) in steady state, as of this pass. */
void rebalance_note_steady(service *s, bool steady);
/* When the next look is due; SIM_NEVER: when something changes. */
sim_time rebalance_due(const service *s);
/* An instance or a protection has changed: worth another look, and another try. */
void rebalance_look_again(service *s);
/* Invariants of model_check: CHECKs. */
void rebalance_check(const service *s);

#endif
