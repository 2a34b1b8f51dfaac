/* scalable_target.h - services and Auto Scaling groups that scale: what their policies make of alarms (A40-A69, A82,
 * A83).
 *
 * Who acts    a policy acts while an alarm is in a state whose actions name it: at the change of state, then at
 *             every multiple of 60 s (A26), in PHASE_POLICY, all policies of a target together (A47, A48). An instant
 *             at which no decision could differ from the last one is left out: a target is looked at when one of its
 *             alarms has looked, its service or its bounds have changed, or a cooldown has ended.
 * From where  the RUNNING count (A41), or during a scale-out cooldown what A58 says; never outside the bounds (A42,
 *             A43); never in while a deployment is in progress (A44).
 * Groups      have no cooldown but that of simple scaling, which is one for the group and binds simple scaling alone
 *             (A82). Steps and tracking count from the warm instances: what has been added already is part of the
 *             sum, and nothing goes in while an instance launches or warms up (A83).
 * Said        every decision that applies; any other when its outcome differs from the policy's last one.
 */
#ifndef BERTH_MODELS_AUTOSCALING_SCALABLE_TARGET_H
#define BERTH_MODELS_AUTOSCALING_SCALABLE_TARGET_H

#include "models/cloudwatch/alarm.h"
#include "models/due_list.h"
#include "models/ecs/ecs.h"

typedef struct scaling scaling;

/* every_minute: leaves out no instant, as the oracle. */
scaling *scaling_create(ecs *e, bool every_minute);
void scaling_destroy(scaling *s);
alarms *scaling_alarms(scaling *s);
/* For scheduled_action.c. */
due_list *scaling_scheduled_due(scaling *s);
/* Targets, policies and alarms of t = 0 come into being (A111). */
void scaling_start(scaling *s);
/* register-scalable-target: what the call gives (A40, A45). */
void scaling_register_target(scaling *s, const timeline_action *a);
/* put-scaling-policy: takes the place of the policy of its name. */
void scaling_put_policy(scaling *s, uint32_t policy);
/* A scheduled action sets bounds, and with them the desired count (A70). */
void scaling_set_bounds(scaling *s, uint32_t scheduled_action);
/* An object of the model has changed (an observer's `changed`). */
void scaling_look_at(scaling *s, changed_kind kind, uint32_t index);

/* Sizes or instances of an Auto Scaling group (number, from 1) have changed. */
void scaling_group_changed(scaling *s, uint32_t auto_scaling_group);

void scaling_sample_now(const scaling *s, uint32_t service, scaling_sample *out);

#endif
