/* service_parts.h - between the files of the service scheduler; nobody else includes it. */
#ifndef BERTH_MODELS_ECS_SERVICE_PARTS_H
#define BERTH_MODELS_ECS_SERVICE_PARTS_H

#include "models/ecs/service.h"

/* L and U of the desired count now (E140). */
deployment_bounds service_bounds(const service *s);
/* How many more tasks maximumPercent allows; negative above it (E142). */
int64_t service_slots(const service *s);
/* Undecided tasks of any deployment; tasks to be replaced: of older ones, or on DRAINING instances. */
uint32_t service_open_count(const service *s);
uint32_t service_old_active(const service *s);
/* The first tick after an instant (E100). */
sim_time service_next_tick(const service *s, sim_time after);

/* E146 (1) and (2), E102, and what is above the desired count (E107). */
void service_stop_tasks(service *s, uint32_t lower);
/* E102, E146 (3): where maximumPercent leaves no slot, one unhealthy task goes first. */
void service_make_room(service *s, uint32_t lower);
/* Are there tasks to be replaced? Of those that survive a failed deployment, unhealthy ones only. */
bool service_has_old(const service *s);
/* A stop order of the scheduler's. */
void service_stop_task(task *t, stop_cause cause);
/* Would the task be stopped, were it not for its protection (E108)? Then it is told of, in its deployment. */
bool service_spares(const task *t);
void service_spare(service *s, const deployment *d, uint32_t tasks);
/* Of a deployment that is to have so many tasks: unhealthy ones whose replacement is there, or was no
 * better (E102, E104); what is above that number (E107, E182). */
void service_stop_replaced(service *s, const deployment *d, uint32_t kept);
void service_scale_in(service *s, const deployment *d, uint32_t kept);
/* So many copies are wanted now, by all deployments together. */
void service_want(service *s, uint64_t copies);
/* Starts copies of one deployment until capacity refuses; the last `replaces` stand in for unhealthy tasks. */
void service_start_copies(service *s, deployment *d, uint32_t copies, uint32_t replaces);
/* May this deployment start a task in this instant (E62, E106, E110)? */
bool service_may_start(service *s, const deployment *d);
/* Tasks that older deployments should start: while healthy ones are short (E103), and for drained
 * survivors. */
uint32_t service_fallback_starts(const service *s, uint32_t lower);
/* The plan for one provider of the strategy. */
placement_plan *service_plan_for(const service *s, const deployment *d, uint32_t provider);
/* A copy of the deployment's task on an instance of the provider that it fits. */
task *service_place_on(service *s, deployment *d, uint32_t provider, uint32_t on);
/* The same on Fargate; NULL where it has no capacity in the zone. */
task *service_place_in_zone(service *s, deployment *d, uint32_t provider, name_id zone);
/* No instance took a copy, of those among (NULL: of all); `copies` are still wanted (E112). */
void service_refused(service *s, deployment *d, uint32_t copies, const uint32_t *among,
                     uint32_t count);

/* Stops one task in the zone (E182, E91) for rebalancing; false: none may. */
bool service_stop_in_zone(service *s, name_id zone);
/* E112: when a streak of refusals that began at since_us tries again. */
sim_time service_next_retry(const service *s, sim_time since_us, sim_time now);
bool service_same_refusal(const placement_refusal *a, const placement_refusal *b);
void service_log_refusal(service *s, const deployment *d, const placement_refusal *refusal,
                         uint32_t copies);

/* E146 (3), and what is missing without a deployment. */
void service_start_tasks(service *s, uint32_t lower);

void rollout_start(service *s, uint32_t definition, deployment_cause cause);
/* The deployments of the tasks that exist at t = 0: all have COMPLETED, but for the PRIMARY one beside others. */
void rollout_adopt(service *s);
/* The plan of a deployment, from the service's configuration as it is now. */
void rollout_make_plan(service *s, deployment *d);
/* The same, for tasks that must go to one zone, on instances of the provider. */
placement_plan *rollout_zone_plan(service *s, const deployment *d, uint32_t provider,
                                  const char *zone);
/* The newest old deployment that once completed, while a newer one has not: whose tasks are started
 * while healthy ones are short (E103). */
deployment *rollout_fallback(const service *s);
/* Older deployments without tasks become INACTIVE (E148). */
void rollout_drop_inactive(service *s);
/* E151; E153-E159. */
void rollout_complete_if_done(service *s);
void rollout_fail_if_broken(service *s);
/* It has completed, as a task set does (E163). */
void rollout_steady(deployment *d);
/* The PRIMARY deployment, in progress, has FAILED: for `cause` (circuitBreaker, alarm, stopped) as the
 * event log names it; `why` is the end of the service event, NULL where ECS says nothing. With
 * roll_back to the last COMPLETED one, where there is one (E159, E160, E164). */
void rollout_fail(service *s, const char *cause, const char *why, bool roll_back);
/* Failures for the circuit breaker: of the PRIMARY deployment, and only while it is in progress. */
void rollout_count_failures(service *s, deployment *d, uint32_t failures);

#endif
