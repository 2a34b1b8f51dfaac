/* tables.h - every shape that the reader knows, one table file an API.
 *
 * A row without words about effect is used by the model; NOTE rows are AWS fields without effect on
 * it. Inputs and answers of one API share a shape: an answer only has more fields.
 * Sources   tables_ecs.c, tables_elb.c, tables_elbv2.c, tables_scaling.c: the members of the AWS API models
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

/* What an instance is, of a group of the cluster's or of an Auto Scaling group (contract: scenario). */
/* clang-format off */
#define LAUNCHED_INSTANCE_ROWS \
    {"instanceType",      FIELD_STRING, .rule = "A11", .help = "its sizes come from the catalogue"}, \
    {"attributes",        FIELD_LIST, .shape = &shape_attribute, .rule = "E15", .help = "custom attributes"}, \
    {"vcpu",              FIELD_NUMBER, RANGE(0.001, 2000000), .unit = "vCPU", .rule = "E1", .help = "1024 CPU units each"}, \
    {"memoryMiB",         FIELD_INTEGER, RANGE(1, 2147483647), .unit = "MiB", .rule = "E2, A11", .help = "what registers"}, \
    {"gpus",              FIELD_INTEGER, RANGE(0, 1024), .rule = "E10", .help = "GPUs"}, \
    {"maxEnis",           FIELD_INTEGER, RANGE(1, 10000), .rule = "E8", .help = "network interfaces"}, \
    {"awsvpcTrunking",    FIELD_BOOLEAN, .fill = "false", .rule = "E8, E9", .help = "more awsvpc tasks where the type can"}, \
    {"reservedPorts",     FIELD_NUMBERS, .rule = "E4, E5", .help = "tcp ports that the agent keeps"}, \
    {"spot",              FIELD_BOOLEAN, .fill = "false", .rule = "E175", .help = "spot instances: spotInterruption strikes them"}, \
    {"spotDraining",      FIELD_BOOLEAN, .fill = "false", .rule = "E175", .help = "ECS_ENABLE_SPOT_INSTANCE_DRAINING"}, \
    {"capacityProvider",  FIELD_STRING, .rule = "E180", .help = "capacity provider they belong to"}, \
    {"pricePerHour",      FIELD_NUMBER, RANGE(0, 1e9), .unit = "USD", .help = "of one instance"}, \
    {"registerAfter",     FIELD_TIME, .fill = "0", .help = "when they register"}
/* clang-format on */

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
    shape_control_plane, shape_expectation, shape_basis, shape_experiment, shape_attribute;

#endif
