/* scaled_object.h - what a scalable target scales: an ECS service or an EC2 Auto Scaling group, seen alike.
 *
 *                 service                         group
 *   running       RUNNING tasks (A41)             warm instances (A83); of simple scaling, as many as desired
 *   unready       0                               those that launch or are not warm yet
 *   bounds        of its scalable target          MinSize, MaxSize
 */
#ifndef BERTH_MODELS_AUTOSCALING_SCALED_OBJECT_H
#define BERTH_MODELS_AUTOSCALING_SCALED_OBJECT_H

#include "models/ecs/ecs.h"

typedef struct {
    ecs *ecs;
    uint32_t service;            /* NO_INDEX: a group */
    uint32_t auto_scaling_group; /* number, from 1; 0: a service */
} scaled_object;

bool scaled_object_exists(const scaled_object *o);
int64_t scaled_object_desired(const scaled_object *o);
/* As a policy sees it; NULL: whatever policy. */
int64_t scaled_object_running(const scaled_object *o, const scaling_policy_config *policy);
int64_t scaled_object_unready(const scaled_object *o, const scaling_policy_config *policy);
/* Of a group; a service's stay as they are. */
void scaled_object_bounds(const scaled_object *o, int64_t *min, int64_t *max);
/* A deployment is in progress (A44). */
bool scaled_object_deploys(const scaled_object *o);
void scaled_object_set_desired(const scaled_object *o, int64_t desired, const char *cause);
/* The first two cells of scaling.decision. */
void scaled_object_name(const scaled_object *o, uint64_t cells[2]);

#endif
