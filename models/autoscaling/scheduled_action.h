/* scheduled_action.h - scheduled actions of scalable targets and Auto Scaling groups: at their times they set bounds and
 * sizes (A70-A72).
 *
 * In PHASE_SCHEDULED; times are those of the wall clock (`start` of the scenario is t = 0) in the action's time zone. One
 * event an action is pending. With a start time an action is due then, too; after its end time never.
 */
#ifndef BERTH_MODELS_AUTOSCALING_SCHEDULED_ACTION_H
#define BERTH_MODELS_AUTOSCALING_SCHEDULED_ACTION_H

#include "models/autoscaling/scalable_target.h"

/* Plans all of them (t = 0). */
void scheduled_actions_start(ecs *e);

#endif
