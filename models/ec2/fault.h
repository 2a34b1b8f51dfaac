/* fault.h - what goes wrong because the scenario says so (contract: scenario, timeline, Faults).
 *
 * A fault draws its victims when it begins (models/victims.h) and, where it has a duration, ends for
 * those same victims. The timeline calls begin and end, both in PHASE_TIMELINE. `action` is its
 * number on the timeline.
 */
#ifndef BERTH_MODELS_EC2_FAULT_H
#define BERTH_MODELS_EC2_FAULT_H

#include "models/ecs/ecs.h"

typedef struct faults faults;

faults *faults_create(ecs *e);
void faults_destroy(faults *f); /* NULL is fine */

/* crashTasks: the first essential container that runs exits (E105). */
void fault_crash_tasks(ecs *e, const timeline_action *a, uint32_t action);
/* failHealthChecks (L26): a later one takes over a task from an earlier one. */
void fault_fail_checks(ecs *e, const timeline_action *a, uint32_t action);
void fault_checks_recover(ecs *e, const timeline_action *a, uint32_t action);
/* slowTasks: requestSeconds are multiplied. */
void fault_slow_tasks(ecs *e, const timeline_action *a, uint32_t action);
void fault_tasks_recover(ecs *e, const timeline_action *a, uint32_t action);
/* disconnectAgents (E173). */
void fault_disconnect_agents(ecs *e, const timeline_action *a, uint32_t action);
void fault_agents_return(ecs *e, const timeline_action *a, uint32_t action);
/* availabilityZoneOutage: the zone's instances die without a word (E174), its load balancer nodes
 * answer nobody, launches there fail. Instances do not come back with the zone. */
void fault_zone_fails(ecs *e, const timeline_action *a, uint32_t action);
void fault_zone_returns(ecs *e, const timeline_action *a, uint32_t action);
/* refuseLaunches: instances asked for are not given. */
void fault_refuse_launches(ecs *e, const timeline_action *a, uint32_t action);
void fault_grant_launches(ecs *e, const timeline_action *a, uint32_t action);
/* Is a launch in this zone refused now, by a fault of these two kinds? Each request asks once. provider: whose capacity
 * it is, Fargate included. auto_scaling_group: number of the one that asks, from 1; 0: none. */
bool fault_launch_refused(ecs *e, name_id zone, uint32_t provider, uint32_t auto_scaling_group);
bool fault_zone_is_out(const ecs *e, name_id zone);
/* spotInterruption (E175, E177, A92, A93): FARGATE_SPOT tasks get SIGTERM; of instances, drawn apart,
 * spotNotice later the instance is gone with all its tasks; until
 * then it is DRAINING where its agent has been told to. */
void fault_interrupt_spot(ecs *e, const timeline_action *a, uint32_t action);

#endif
