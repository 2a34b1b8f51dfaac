/* tables.h - every shape that the reader knows, one table file an API.
 *
 * A row without words about effect is used by the model; NOTE rows are AWS fields without effect on
 * it. Inputs and answers of one API share a shape: an answer only has more fields.
 * Sources   tables_ecs.c, tables_elbv2.c, tables_scaling.c: the members of the AWS API models
 *           (botocore's service-2.json of each); tables_scenario.c: contract/scenario.md, knobs.md.
 */
#ifndef BERTH_SCENARIOS_READ_TABLES_H
#define BERTH_SCENARIOS_READ_TABLES_H

#include "scenarios/read/field.h"

#define RANGE(low_, high_) .has_range = true, .low = (low_), .high = (high_)
#define NOTE(key_, type_)                                                                          \
    {                                                                                              \
        .key = (key_), .type = FIELD_##type_, .effect = FIELD_NO_EFFECT,                           \
        .help = "no effect on the model"                                                           \
    }

/* tables_ecs.c */
extern const field_shape shape_task_definition, shape_container_definition, shape_service,
    shape_update_service, shape_cluster, shape_container_instance, shape_run_task, shape_task,
    shape_task_set, shape_ecs_capacity_provider, shape_capacity_provider_item;
/* tables_elbv2.c */
extern const field_shape shape_target_group, shape_load_balancer, shape_listener,
    shape_listener_rule;
/* tables_elb.c */
extern const field_shape shape_classic_load_balancer;
/* tables_scaling.c */
extern const field_shape shape_create_task_set, shape_update_task_set, shape_primary_task_set,
    shape_delete_task_set;
extern const field_shape shape_metric_alarm, shape_composite_alarm, shape_scalable_target,
    shape_scaling_policy, shape_step_configuration, shape_tracking_configuration,
    shape_scheduled_action, shape_auto_scaling_group;
/* tables_scenario.c */
extern const field_shape shape_scenario, shape_instance_group, shape_behavior,
    shape_container_behavior, shape_traffic, shape_arrival, shape_queue, shape_timeline_action,
    shape_control_plane, shape_expectation, shape_basis, shape_experiment;

#endif
