/* deployment_alarm.h - CloudWatch alarms that fail a deployment, and its bake time (E160).
 *
 * Watched   from the start of a deployment to the end of its bake time, unless one of its alarms is in ALARM already at
 *           its start: then neither alarms nor a bake time of their making concern it.
 * Polled    at multiples of alarmPollSeconds, after the alarms of that instant (A110 (2)). Only an alarm that enters
 *           ALARM makes a poll; one that has left it again by then is not seen.
 * Bake      begins when all target tasks are healthy and no older one is left, and lasts bakeTimeInMinutes, else the
 *           longest period x evaluationPeriods of the alarms, at most bakeMaxSeconds.
 * Choices   (a) A rollback is not watched: there is nothing else to go back to. (b) A bake that has begun goes on while a
 *           task is replaced; the deployment completes when it is over and all are healthy. (c) The alarms are those
 *           configured when the deployment began. (d) What happens in CLEAN_UP comes after the bake and is not looked at.
 */
#ifndef BERTH_MODELS_ECS_DEPLOYMENT_ALARM_H
#define BERTH_MODELS_ECS_DEPLOYMENT_ALARM_H

#include "models/ecs/service_parts.h"

/* The default bake time of these alarms. */
sim_time deployment_alarm_bake(const model_config *cfg, const deployment_alarm_config *config);

/* The newest deployment has begun; a rollback, or one of a service without alarms, is not watched. */
void deployment_alarm_begin(service *s);
/* It has come to an end, or its service has. */
void deployment_alarm_end(service *s);
/* How long it bakes after its traffic has shifted (E162). */
sim_time deployment_alarm_shift_bake(const service *s);
/* Everything else that completes the deployment holds: begins the bake, and says whether it is over. */
bool deployment_alarm_baked(service *s);
/* Its bake goes on. */
bool deployment_alarm_bakes(const service *s);
/* An alarm has entered ALARM: those who name it poll. */
void deployment_alarm_raised(ecs *e, uint32_t alarm);
void deployment_alarm_check(const service *s);

#endif
