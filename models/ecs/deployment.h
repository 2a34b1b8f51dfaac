/* deployment.h - the deployments of a service, and the arithmetic of minimumHealthyPercent and
 * maximumPercent.
 *
 * PRIMARY is the newest; an older one is ACTIVE while any of its tasks has not STOPPED, then
 * INACTIVE (E148).
 */
#ifndef BERTH_MODELS_ECS_DEPLOYMENT_H
#define BERTH_MODELS_ECS_DEPLOYMENT_H

#include "models/ecs/task.h"

/* L and U (E140), in integers. */
typedef struct {
    uint32_t lower, upper;
} deployment_bounds;

deployment_bounds deployment_bounds_of(uint32_t desired, uint32_t minimum_healthy_percent,
                                       uint32_t maximum_percent);

/* Wait before the next start after k consecutive start failures (E110). */
sim_time deployment_throttle(const control_plane_config *control, uint32_t failures);

typedef enum { ROLLOUT_IN_PROGRESS, ROLLOUT_COMPLETED, ROLLOUT_FAILED } rollout_state;

typedef enum {
    DEPLOYMENT_CREATED,
    DEPLOYMENT_UPDATED,
    DEPLOYMENT_FORCED,
    DEPLOYMENT_ROLLBACK, /* it had completed, and is rolled back to (E159) */
    DEPLOYMENT_CAUSES
} deployment_cause;

extern const char *const deployment_cause_names[DEPLOYMENT_CAUSES];

struct deployment {
    service *service;
    uint32_t number; /* from 1 */
    uint32_t definition;
    rollout_state rollout;
    bool once_completed;
    deployment_cause cause;
    sim_time started_us;
    uint32_t tasks_before;  /* the last task number when it started: those up to it are older */
    placement_plan *plan;   /* launch type EC2, and the strategies for a scale-in */
    placement_plan **plans; /* by item of the strategy; NULL on Fargate */
    uint32_t load_balancer_count; /* those of the service when it started (E152) */
    service_load_balancer *load_balancers;
    /* its tasks that have not STOPPED, and of those with desiredStatus RUNNING how many count as
     * what */
    uint32_t total, active, running;
    uint32_t healthy; /* E96 */
    uint32_t bad;     /* unhealthy and no longer in grace: to be replaced */
    uint32_t open;    /* the rest: starting, settling, initial, or unhealthy in grace */
    /* consecutive start failures (E109, E110) */
    uint32_t start_failures;
    sim_time throttled_until_us;
    /* a streak of refused placements (E112) */
    bool refused;
    sim_time refused_since_us, refused_last_us, retry_us;
    uint64_t refused_version; /* of the cluster at the last real attempt */
    const placement_plan *refused_plan, *explained_plan; /* that found no instance; of refusal */
    bool refused_by_fargate;                             /* the last refusal was … */
    bool refused_by_limit;  /* … or as many tasks wait as may (E166) */
    uint32_t refused_count; /* copies, as logged last */
    placement_refusal refusal;
    const char *scaling_reason; /* stoppedReason of tasks that the scheduler stops (E55) */
    /* of those with desiredStatus RUNNING, not in the counts above: on DRAINING instances (E172) */
    uint32_t leaving, leaving_healthy;
    uint32_t scale;          /* of a task set (task_set.h) */
    const char *external_id; /* of a task set; may be NULL */
    uint32_t kept;           /* side by side with others (keep.h): how many tasks it should have */
    uint32_t shielded_healthy; /* of healthy and leaving_healthy: under protection (E108) */
    uint32_t failed_tasks;     /* what its circuit breaker has counted (E155) */
    deployment *older;         /* the next older one that is not INACTIVE */
    deployment *before;        /* the one with the number before, whatever became of it */
};

#endif
