#include "scenarios/read/bare.h"

#include "scenarios/read/tables.h"
#include <string.h>

/* clang-format off */

#define ANSWER_LIST(key_, shape_, kind_)   {.kind = kind_, .key = key_, .list = true, .shape = shape_}
#define ANSWER_OBJECT(key_, shape_, kind_) {.kind = kind_, .key = key_, .shape = shape_}

/* Sought in this order. */
static const bare_kind answers[] = {
    ANSWER_LIST("services", &shape_service, "ECS services (describe-services answer)"),
    ANSWER_OBJECT("service", &shape_service, "ECS service (create-service, update-service or delete-service answer)"),
    ANSWER_OBJECT("taskDefinition", &shape_task_definition, "ECS task definition (describe-task-definition or register-task-definition answer)"),
    ANSWER_LIST("taskDefinitions", &shape_task_definition, "ECS task definitions (list of describe-task-definition answers)"),
    ANSWER_LIST("clusters", &shape_cluster, "ECS clusters (describe-clusters answer)"),
    ANSWER_OBJECT("cluster", &shape_cluster, "ECS cluster (create-cluster or put-cluster-capacity-providers answer)"),
    ANSWER_LIST("containerInstances", &shape_container_instance, "ECS container instances (describe-container-instances answer)"),
    ANSWER_OBJECT("containerInstance", &shape_container_instance, "ECS container instance (register- or deregister-container-instance answer)"),
    ANSWER_LIST("tasks", &shape_task, "ECS tasks (describe-tasks or run-task answer)"),
    ANSWER_OBJECT("task", &shape_task, "ECS task (stop-task answer)"),
    ANSWER_LIST("taskSets", &shape_task_set, "ECS task sets (describe-task-sets answer)"),
    ANSWER_OBJECT("taskSet", &shape_task_set, "ECS task set (create-task-set answer)"),
    ANSWER_LIST("capacityProviders", &shape_ecs_capacity_provider, "ECS capacity providers (describe-capacity-providers answer)"),
    ANSWER_OBJECT("capacityProvider", &shape_ecs_capacity_provider, "ECS capacity provider (create- or delete-capacity-provider answer)"),
    ANSWER_LIST("taskDefinitionArns", NULL, "ECS task definition ARNs (list-task-definitions answer)"),
    ANSWER_LIST("serviceArns", NULL, "ECS service ARNs (list-services answer)"),
    ANSWER_LIST("clusterArns", NULL, "ECS cluster ARNs (list-clusters answer)"),
    ANSWER_LIST("taskArns", NULL, "ECS task ARNs (list-tasks answer)"),
    ANSWER_LIST("containerInstanceArns", NULL, "ECS container instance ARNs (list-container-instances answer)"),
    ANSWER_LIST("serviceDeployments", NULL, "ECS service deployments (describe-service-deployments answer)"),
    ANSWER_LIST("serviceRevisions", NULL, "ECS service revisions (describe-service-revisions answer)"),
    ANSWER_OBJECT("TargetGroups", NULL, "RDS proxy target group (describe-db-proxy-target-groups answer, one)"),
    {.kind = "RDS proxy target groups (describe-db-proxy-target-groups answer)", .key = "TargetGroups", .list = true, .element_key = "DBProxyName"},
    ANSWER_LIST("TargetGroups", &shape_target_group, "target groups (elbv2 describe-target-groups or create-target-group answer)"),
    ANSWER_LIST("LoadBalancers", &shape_load_balancer, "load balancers (elbv2 describe-load-balancers or create-load-balancer answer)"),
    ANSWER_LIST("LoadBalancerDescriptions", &shape_classic_load_balancer, "classic load balancers (elb describe-load-balancers answer)"),
    ANSWER_LIST("Listeners", &shape_listener, "listeners (elbv2 describe-listeners or create-listener answer)"),
    ANSWER_LIST("Rules", &shape_listener_rule, "listener rules (elbv2 describe-rules or create-rule answer)"),
    ANSWER_LIST("TargetHealthDescriptions", NULL, "target health (elbv2 describe-target-health answer)"),
    ANSWER_LIST("MetricAlarms", &shape_metric_alarm, "CloudWatch alarms (describe-alarms or describe-alarms-for-metric answer)"),
    ANSWER_LIST("CompositeAlarms", &shape_composite_alarm, "CloudWatch composite alarms (describe-alarms answer)"),
    ANSWER_LIST("MetricDataResults", NULL, "CloudWatch metric data (get-metric-data answer)"),
    ANSWER_LIST("Datapoints", NULL, "CloudWatch statistics (get-metric-statistics answer)"),
    ANSWER_LIST("ScalableTargets", &shape_scalable_target, "scalable targets (describe-scalable-targets answer)"),
    ANSWER_LIST("ScalingPolicies", &shape_scaling_policy, "scaling policies (describe-scaling-policies or describe-policies answer)"),
    ANSWER_LIST("ScheduledActions", &shape_scheduled_action, "scheduled actions (application-autoscaling describe-scheduled-actions answer)"),
    ANSWER_LIST("ScheduledUpdateGroupActions", &shape_scheduled_action, "scheduled actions (autoscaling describe-scheduled-actions answer)"),
    ANSWER_LIST("ScalingActivities", NULL, "scaling activities (describe-scaling-activities answer)"),
    ANSWER_LIST("AutoScalingGroups", &shape_auto_scaling_group, "Auto Scaling groups (describe-auto-scaling-groups answer)"),
};

static const bare_kind inputs[] = {
    {.kind = "ECS task definition (register-task-definition input)", .shape = &shape_task_definition,
     .marks = {"containerDefinitions", "requiresCompatibilities", "executionRoleArn", "networkMode"}},
    {.kind = "ECS service (create-service input)", .shape = &shape_service,
     .marks = {"serviceName", "deploymentConfiguration", "schedulingStrategy", "desiredCount", "loadBalancers", "deploymentController"}},
    {.kind = "ECS service update (update-service input)", .shape = &shape_update_service,
     .marks = {"forceNewDeployment", "service"}},
    {.kind = "ECS run-task or start-task input", .shape = &shape_run_task, .marks = {"taskDefinition", "overrides"}},
    {.kind = "ECS task set (create-task-set or update-task-set input)", .shape = &shape_task_set, .marks = {"externalId", "taskSet", "scale", "computedDesiredCount"}},
    {.kind = "ECS container definition", .shape = &shape_container_definition,
     .marks = {"image", "portMappings", "memoryReservation", "essential", "logConfiguration", "mountPoints"}},
    {.kind = "ECS container instance", .shape = &shape_container_instance, .marks = {"containerInstanceArn", "registeredResources"}},
    {.kind = "ECS task", .shape = &shape_task, .marks = {"taskArn", "lastStatus"}},
    {.kind = "ECS cluster (create-cluster input)", .shape = &shape_cluster, .marks = {"clusterName", "clusterArn", "defaultCapacityProviderStrategy"}},
    {.kind = "ECS capacity provider (create-capacity-provider input)", .shape = &shape_ecs_capacity_provider, .marks = {"autoScalingGroupProvider", "managedInstancesProvider"}},
    {.kind = "ECS capacity provider strategy item", .shape = &shape_capacity_provider_item, .marks = {"capacityProvider"}},
    {.kind = "target group (elbv2 create-target-group input)", .shape = &shape_target_group,
     .marks = {"TargetGroupName", "HealthCheckPath", "HealthCheckProtocol", "HealthyThresholdCount", "TargetType", "HealthCheckIntervalSeconds", "Matcher"}},
    {.kind = "load balancer (elbv2 create-load-balancer input)", .shape = &shape_load_balancer,
     .marks = {"LoadBalancerName", "Subnets", "SubnetMappings", "Scheme", "DNSName"}},
    {.kind = "classic load balancer (elb create-load-balancer input)", .shape = &shape_classic_load_balancer,
     .marks = {"LoadBalancerName", "HealthCheck", "LoadBalancerAttributes"}},
    {.kind = "listener (elbv2 create-listener input)", .shape = &shape_listener, .marks = {"DefaultActions", "SslPolicy"}},
    {.kind = "listener rule (elbv2 create-rule input)", .shape = &shape_listener_rule, .marks = {"Conditions", "RuleArn", "Priority"}},
    {.kind = "CloudWatch composite alarm (put-composite-alarm input)", .shape = &shape_composite_alarm, .marks = {"AlarmRule"}},
    {.kind = "CloudWatch alarm (put-metric-alarm input)", .shape = &shape_metric_alarm, .marks = {"AlarmName", "AlarmActions", "ComparisonOperator", "EvaluationPeriods"}},
    {.kind = "scaling policy (put-scaling-policy input)", .shape = &shape_scaling_policy,
     .marks = {"PolicyName", "PolicyType", "StepScalingPolicyConfiguration", "TargetTrackingScalingPolicyConfiguration", "TargetTrackingConfiguration"}},
    {.kind = "scheduled action (put-scheduled-action or put-scheduled-update-group-action input)", .shape = &shape_scheduled_action,
     .marks = {"ScheduledActionName", "ScalableTargetAction", "Schedule", "Recurrence"}},
    {.kind = "scalable target (register- or deregister-scalable-target input)", .shape = &shape_scalable_target, .marks = {"ScalableDimension", "MinCapacity", "MaxCapacity"}},
    {.kind = "step scaling policy configuration", .shape = &shape_step_configuration, .marks = {"StepAdjustments", "AdjustmentType"}},
    {.kind = "target tracking scaling policy configuration", .shape = &shape_tracking_configuration,
     .marks = {"TargetValue", "PredefinedMetricSpecification", "CustomizedMetricSpecification"}},
    {.kind = "Auto Scaling group (create-auto-scaling-group input)", .shape = &shape_auto_scaling_group, .marks = {"AutoScalingGroupName", "VPCZoneIdentifier", "MinSize"}},
};

/* clang-format on */

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static bool is_answer(const bare_kind *k, const json_t *root)
{
    const json_t *body = json_object_get(root, k->key);
    if (k->list ? !json_is_array(body) : !json_is_object(body)) return false;
    if (!k->element_key) return true;
    return json_object_get(json_array_get(body, 0), k->element_key) != NULL;
}

static bool has_mark(const bare_kind *k, const json_t *object)
{
    for (size_t i = 0; i < COUNT(k->marks) && k->marks[i]; i++)
        if (json_object_get(object, k->marks[i])) return true;
    return false;
}

static size_t known_keys(const bare_kind *k, const json_t *object)
{
    size_t known = 0;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value) known += field_find(k->shape, key) != NULL;
    return known;
}

static const bare_kind *find_input(const json_t *object)
{
    const bare_kind *best = NULL;
    size_t most = 0;
    for (size_t i = 0; i < COUNT(inputs); i++) {
        if (!has_mark(&inputs[i], object)) continue;
        size_t known = known_keys(&inputs[i], object);
        if (known > most) {
            best = &inputs[i];
            most = known;
        }
    }
    return best;
}

/* Where an answer has an object, inputs have a name; where it has a list of objects, an input may
 * have a list of its own ("capacityProviders" of a cluster are names). */
const bare_kind *bare_find(const json_t *root)
{
    const bare_kind *input = find_input(root);
    for (size_t i = 0; i < COUNT(answers); i++) {
        if (!is_answer(&answers[i], root)) continue;
        if (!answers[i].list || !input || !field_find(input->shape, answers[i].key))
            return &answers[i];
    }
    return input;
}

const bare_kind *bare_find_elements(const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (json_is_object(json_array_get(list, i))) return find_input(json_array_get(list, i));
    return NULL;
}

const char *bare_own_kind(const json_t *root)
{
    static const char *const own[] = {"behavior", "traffic",  "timeline", "controlPlane",
                                      "expect",   "arrivals", "extends"};
    if (json_object_get(root, "experiment")) return "experiment";
    if (json_object_get(root, "berth")) return "scenario";
    for (size_t i = 0; i < COUNT(own); i++)
        if (json_object_get(root, own[i])) return "scenario";
    return NULL;
}
