/* keep.h - deployments side by side: each kept at a number of tasks of its own, whatever minimum and
 * maximum percent say. Green beside blue while traffic shifts (E162), task sets (E163).
 *
 * Unlike a rolling deployment (service.c) nothing is traded: a deployment's missing tasks start, an
 * unhealthy one goes once its replacement is there (E102), what is above its number stops (E107). Of
 * its tasks on DRAINING instances minimumHealthyPercent of its number stays healthy (E172).
 */
#ifndef BERTH_MODELS_ECS_KEEP_H
#define BERTH_MODELS_ECS_KEEP_H

#include "models/ecs/service_parts.h"

/* The stops and starts of one pass: every deployment of the service is brought towards `kept`. */
void keep_deployments(service *s);

#endif
