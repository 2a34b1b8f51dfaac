/* container_health.h - a container's health check as arithmetic: when its health will change (E34,
 * E35).
 *
 * Probe i (from 1) is sent at start + i * interval; its outcome is decided by how the container
 * answers then, and lands at once, or after the timeout if it hangs. Failures sent up to the end of
 * startPeriod do not count; a pass makes it HEALTHY and ends that protection. `retries` counted
 * failures in a row make it UNHEALTHY. The caller says when the answer changes; between changes
 * nothing happens but the one verdict that is due.
 */
#ifndef BERTH_MODELS_ECS_CONTAINER_HEALTH_H
#define BERTH_MODELS_ECS_CONTAINER_HEALTH_H

#include "models/model_config.h"

typedef enum { HEALTH_UNKNOWN, HEALTH_HEALTHY, HEALTH_UNHEALTHY } health_status;
/* E36, over essential containers: any UNHEALTHY, else any UNKNOWN, else HEALTHY. Start from HEALTHY. */
health_status container_health_worse(health_status a, health_status b);

typedef enum { PROBE_PASSES, PROBE_FAILS, PROBE_HANGS } probe_outcome;

typedef struct {
    health_status status;
    uint32_t failures;     /* counted, in a row */
    int64_t next_probe;    /* the first not yet taken into account */
    probe_outcome outcome; /* of probes from now on */
    bool protected_over;   /* a probe has passed: startPeriod no longer protects */
    sim_time started_us;
    sim_time late_us; /* when the hanging probe that reached `retries` lands */
} container_health;

void container_health_start(container_health *h, sim_time now_us, probe_outcome outcome);
/* The same for one that is HEALTHY since before. */
void container_health_adopt(container_health *h, sim_time now_us);
/* The container answers differently from now on; probes sent before now (and at now, if included)
 * are settled. */
void container_health_change(container_health *h, const container_health_check *check,
                             sim_time now_us, bool include_now, probe_outcome outcome);
/* When the status changes next if nothing else does; SIM_NEVER. *to is what it becomes. */
sim_time container_health_due(const container_health *h, const container_health_check *check,
                              health_status *to);
/* That instant has come: the status changes. */
void container_health_land(container_health *h, const container_health_check *check,
                           sim_time now_us);
#endif
