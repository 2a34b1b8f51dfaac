#include "scenarios/read/tables.h"

/* Members as in the API models of CloudWatch (2010-08-01), Application Auto Scaling (2016-02-06)
 * and EC2 Auto Scaling (2011-01-01). One policy shape serves both scaling services: the keys
 * differ. Numbers of rules: spec/autoscaling.md. */

/* clang-format off */

static const char *const comparisons[] = {"GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold",
    "LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold", "GreaterThanUpperThreshold", NULL};
static const char *const statistics[] = {"SampleCount", "Average", "Sum", "Minimum", "Maximum", NULL};
static const char *const missing_data[] = {"breaching", "notBreaching", "ignore", "missing", NULL};
static const char *const policy_types[] = {"StepScaling", "TargetTrackingScaling", "PredictiveScaling", "SimpleScaling", NULL};
static const char *const adjustments[] = {"ChangeInCapacity", "PercentChangeInCapacity", "ExactCapacity", NULL};
static const char *const aggregations[] = {"Average", "Minimum", "Maximum", NULL};

static const field_row dimension_rows[] = {
    {"Name",  FIELD_STRING, .required = true, .help = "name"},
    {"Value", FIELD_TEXT_OR_NUMBER, .required = true, .help = "value"},
};
static const field_shape dimension = {.name = "dimension", FIELD_SHAPE(dimension_rows)};

static const field_row metric_rows[] = {
    {"Namespace",  FIELD_STRING, .help = "namespace"},
    {"MetricName", FIELD_STRING, .help = "metric"},
    {"Dimensions", FIELD_LIST, .shape = &dimension, .help = "which one"},
};
static const field_shape metric = {.name = "metric", FIELD_SHAPE(metric_rows)};
static const field_row metric_stat_rows[] = {
    {"Metric", FIELD_OBJECT, .shape = &metric, .help = "metric"},
    {"Period", FIELD_INTEGER, .unit = "s", .help = "period"},
    {"Stat",   FIELD_STRING, .help = "statistic"},
    NOTE("Unit", STRING),
};
static const field_shape metric_stat = {.name = "metric statistic", FIELD_SHAPE(metric_stat_rows)};
static const field_row query_rows[] = {
    {"Id",         FIELD_STRING, .help = "name in expressions"},
    {"MetricStat", FIELD_OBJECT, .shape = &metric_stat, .help = "a metric"},
    {"Expression", FIELD_STRING, .help = "metric math"},
    {"ReturnData", FIELD_BOOLEAN, .help = "the one that counts"},
    {"Period",     FIELD_INTEGER, .unit = "s", .help = "period"},
    NOTE("Label", STRING), NOTE("AccountId", STRING),
};
static const field_shape query = {.name = "metric query", FIELD_SHAPE(query_rows)};

#define ALARM_NOTES                                                                                                        \
    NOTE("AlarmArn", STRING), NOTE("AlarmConfigurationUpdatedTimestamp", TIMESTAMP), NOTE("StateReason", STRING),           \
    NOTE("StateReasonData", STRING), NOTE("StateUpdatedTimestamp", TIMESTAMP), NOTE("StateTransitionedTimestamp", TIMESTAMP), \
    NOTE("StateValue", STRING), NOTE("Tags", LIST), NOTE("AlarmDescription", STRING)

/* Of composite alarms. */
#define SUPPRESSOR_NOTES                                                                                                   \
    NOTE("ActionsSuppressor", STRING), NOTE("ActionsSuppressorWaitPeriod", INTEGER), NOTE("ActionsSuppressorExtensionPeriod", INTEGER), \
    NOTE("ActionsSuppressedBy", STRING), NOTE("ActionsSuppressedReason", STRING)

static const field_row alarm_rows[] = {
    {"AlarmName",               FIELD_STRING, .required = true, .help = "name"},
    {"AlarmRule",               FIELD_STRING, FIELD_LATER, .help = "composite alarms"},
    {"ActionsEnabled",          FIELD_BOOLEAN, .help = "whether it acts"},
    {"AlarmActions",            FIELD_STRINGS, .help = "policies, by ARN or name"},
    {"OKActions",               FIELD_STRINGS, .help = "the same"},
    {"InsufficientDataActions", FIELD_STRINGS, .help = "the same"},
    {"Namespace",               FIELD_STRING, .help = "namespace"},
    {"MetricName",              FIELD_STRING, .help = "metric"},
    {"Dimensions",              FIELD_LIST, .shape = &dimension, .help = "which one"},
    {"Statistic",               FIELD_ENUM, .choices = statistics, .help = "statistic"},
    {"ExtendedStatistic",       FIELD_STRING, .help = "percentile"},
    {"Period",                  FIELD_INTEGER, .unit = "s", .help = "period"},
    {"EvaluationPeriods",       FIELD_INTEGER, RANGE(1, 100000), .rule = "A22", .help = "N of M out of N"},
    {"DatapointsToAlarm",       FIELD_INTEGER, RANGE(1, 100000), .rule = "A22", .help = "M of M out of N"},
    {"Threshold",               FIELD_NUMBER, .help = "threshold"},
    {"ThresholdMetricId",       FIELD_STRING, .help = "anomaly band"},
    {"ComparisonOperator",      FIELD_ENUM, .choices = comparisons, .help = "how it compares"},
    {"TreatMissingData",        FIELD_ENUM, .choices = missing_data, .help = "what a gap means"},
    {"Metrics",                 FIELD_LIST, .shape = &query, .help = "metric math"},
    {"EvaluationCriteria",      FIELD_OBJECT, .help = "query of a query alarm"},
    {"EvaluationInterval",      FIELD_INTEGER, .unit = "s", .help = "how often a query alarm looks"},
    NOTE("Unit", STRING), NOTE("EvaluateLowSampleCountPercentile", STRING), NOTE("EvaluationState", STRING), SUPPRESSOR_NOTES, ALARM_NOTES,
};
const field_shape shape_metric_alarm = {.name = "metric alarm", FIELD_SHAPE(alarm_rows)};

static const field_row composite_rows[] = {
    {"AlarmName",               FIELD_STRING, .required = true, .help = "name"},
    {"AlarmRule",               FIELD_STRING, .required = true, .help = "over other alarms"},
    {"ActionsEnabled",          FIELD_BOOLEAN, .help = "whether it acts"},
    {"AlarmActions",            FIELD_STRINGS, .help = "policies, by ARN or name"},
    {"OKActions",               FIELD_STRINGS, .help = "the same"},
    {"InsufficientDataActions", FIELD_STRINGS, .help = "the same"},
    SUPPRESSOR_NOTES, ALARM_NOTES,
};
const field_shape shape_composite_alarm = {.name = "composite alarm", FIELD_SHAPE(composite_rows)};

#define RESOURCE_ROWS                                                                              \
    {"ServiceNamespace",  FIELD_STRING, .help = "ecs"},                                            \
    {"ResourceId",        FIELD_STRING, .help = "service/CLUSTER/NAME"},                           \
    {"ScalableDimension", FIELD_STRING, .help = "ecs:service:DesiredCount"}

static const field_row suspended_rows[] = {
    {"DynamicScalingInSuspended",  FIELD_BOOLEAN, .help = "no scale-in by policies"},
    {"DynamicScalingOutSuspended", FIELD_BOOLEAN, .help = "no scale-out by policies"},
    {"ScheduledScalingSuspended",  FIELD_BOOLEAN, .help = "no scheduled actions"},
};
static const field_shape suspended = {.name = "suspended state", FIELD_SHAPE(suspended_rows)};

static const field_row scalable_target_rows[] = {
    RESOURCE_ROWS,
    {"MinCapacity",    FIELD_INTEGER, RANGE(0, 1000000), .unit = "tasks", .rule = "A40", .help = "smallest desired count"},
    {"MaxCapacity",    FIELD_INTEGER, RANGE(0, 1000000), .unit = "tasks", .rule = "A40", .help = "largest desired count"},
    {"SuspendedState", FIELD_OBJECT, .shape = &suspended, .help = "what is suspended"},
    NOTE("RoleARN", STRING), NOTE("CreationTime", TIMESTAMP), NOTE("ScalableTargetARN", STRING), NOTE("Tags", OBJECT), NOTE("PredictedCapacity", INTEGER),
};
const field_shape shape_scalable_target = {.name = "scalable target", FIELD_SHAPE(scalable_target_rows)};

static const field_row step_rows[] = {
    {"MetricIntervalLowerBound", FIELD_NUMBER, .help = "from threshold + this"},
    {"MetricIntervalUpperBound", FIELD_NUMBER, .help = "to threshold + this"},
    {"ScalingAdjustment",        FIELD_INTEGER, .required = true, .help = "by how much"},
};
static const field_shape step = {.name = "step adjustment", FIELD_SHAPE(step_rows)};

static const field_row step_configuration_rows[] = {
    {"AdjustmentType",         FIELD_ENUM, .choices = adjustments, .help = "what an adjustment means"},
    {"StepAdjustments",        FIELD_LIST, .shape = &step, .help = "steps"},
    {"MinAdjustmentMagnitude", FIELD_INTEGER, .help = "smallest step of percentages"},
    {"Cooldown",               FIELD_INTEGER, RANGE(0, 1000000), .unit = "s", .rule = "A56", .help = "wait after a step"},
    {"MetricAggregationType",  FIELD_ENUM, .choices = aggregations, .help = "how datapoints are joined"},
};
const field_shape shape_step_configuration = {.name = "step scaling configuration", FIELD_SHAPE(step_configuration_rows)};

static const field_row predefined_rows[] = {
    {"PredefinedMetricType", FIELD_STRING, .required = true, .help = "metric"},
    {"ResourceLabel",        FIELD_STRING, .help = "load balancer and target group"},
};
static const field_shape predefined = {.name = "predefined metric", FIELD_SHAPE(predefined_rows)};

static const field_row customized_rows[] = {
    {"MetricName", FIELD_STRING, .help = "metric"},
    {"Namespace",  FIELD_STRING, .help = "namespace"},
    {"Dimensions", FIELD_LIST, .shape = &dimension, .help = "which one"},
    {"Statistic",  FIELD_ENUM, .choices = statistics, .help = "statistic"},
    {"Metrics",    FIELD_LIST, .shape = &query, .help = "metric math"},
    NOTE("Unit", STRING), NOTE("Period", INTEGER),
};
static const field_shape customized = {.name = "customized metric", FIELD_SHAPE(customized_rows)};

#define TRACKING_ROWS                                                                              \
    {"TargetValue",                   FIELD_NUMBER, .help = "value to hold"},                      \
    {"PredefinedMetricSpecification", FIELD_OBJECT, .shape = &predefined, .help = "metric"},       \
    {"CustomizedMetricSpecification", FIELD_OBJECT, .shape = &customized, .help = "metric"},       \
    {"DisableScaleIn",                FIELD_BOOLEAN, .help = "only out"}

static const field_row tracking_rows[] = {
    TRACKING_ROWS,
    {"ScaleOutCooldown", FIELD_INTEGER, RANGE(0, 1000000), .unit = "s", .rule = "A67", .help = "wait after scaling out"},
    {"ScaleInCooldown",  FIELD_INTEGER, RANGE(0, 1000000), .unit = "s", .rule = "A67", .help = "wait after scaling in"},
};
const field_shape shape_tracking_configuration = {.name = "target tracking configuration", FIELD_SHAPE(tracking_rows)};
static const field_row group_tracking_rows[] = {TRACKING_ROWS};
static const field_shape group_tracking = {.name = "target tracking configuration of a group", FIELD_SHAPE(group_tracking_rows)};

static const field_row policy_rows[] = {
    {"PolicyName", FIELD_STRING, .required = true, .help = "name"},
    RESOURCE_ROWS,
    {"AutoScalingGroupName",    FIELD_STRING, .help = "of an Auto Scaling group's policy"},
    {"PolicyType",              FIELD_ENUM, .choices = policy_types, .help = "kind of policy"},
    {"StepScalingPolicyConfiguration",           FIELD_OBJECT, .shape = &shape_step_configuration, .help = "steps"},
    {"TargetTrackingScalingPolicyConfiguration", FIELD_OBJECT, .shape = &shape_tracking_configuration, .help = "target"},
    {"TargetTrackingConfiguration",              FIELD_OBJECT, .shape = &group_tracking, .help = "target"},
    {"AdjustmentType",          FIELD_ENUM, .choices = adjustments, .help = "what an adjustment means"},
    {"ScalingAdjustment",       FIELD_INTEGER, .help = "simple scaling: by how much"},
    {"StepAdjustments",         FIELD_LIST, .shape = &step, .help = "steps"},
    {"MinAdjustmentMagnitude",  FIELD_INTEGER, .help = "smallest step of percentages"},
    {"Cooldown",                FIELD_INTEGER, RANGE(0, 1000000), .unit = "s", .rule = "A82", .help = "simple scaling: wait behind it; the group's DefaultCooldown unless given"},
    {"EstimatedInstanceWarmup", FIELD_INTEGER, RANGE(0, 1000000), .unit = "s", .rule = "A83", .help = "time until an instance counts; the group's DefaultInstanceWarmup unless given"},
    {"MetricAggregationType",   FIELD_ENUM, .choices = aggregations, .help = "how datapoints are joined"},
    {"Enabled",                 FIELD_BOOLEAN, .help = "whether it acts"},
    NOTE("MinAdjustmentStep", INTEGER), NOTE("PredictiveScalingConfiguration", OBJECT), NOTE("PredictiveScalingPolicyConfiguration", OBJECT),
    NOTE("PolicyARN", STRING), NOTE("Alarms", LIST), NOTE("CreationTime", TIMESTAMP),
};
const field_shape shape_scaling_policy = {.name = "scaling policy", FIELD_SHAPE(policy_rows)};

static const field_row target_action_rows[] = {
    {"MinCapacity", FIELD_INTEGER, RANGE(0, 1000000), .unit = "tasks", .rule = "A70", .help = "smallest desired count"},
    {"MaxCapacity", FIELD_INTEGER, RANGE(0, 1000000), .unit = "tasks", .rule = "A70", .help = "largest desired count"},
};
static const field_shape target_action = {.name = "scalable target action", FIELD_SHAPE(target_action_rows)};
static const field_row scheduled_rows[] = {
    {"ScheduledActionName",  FIELD_STRING, .required = true, .help = "name"},
    RESOURCE_ROWS,
    {"Schedule",             FIELD_STRING, .help = "at(), rate() or cron()"},
    {"Timezone",             FIELD_STRING, .rule = "A71", .help = "IANA name, by whose clock at() and cron() are; UTC"},
    {"StartTime",            FIELD_TIMESTAMP, .help = "first; UTC unless it has an offset"},
    {"EndTime",              FIELD_TIMESTAMP, .help = "last; UTC unless it has an offset"},
    {"ScalableTargetAction", FIELD_OBJECT, .shape = &target_action, .help = "new bounds"},
    {"AutoScalingGroupName", FIELD_STRING, .rule = "A72", .help = "of an Auto Scaling group's action, in place of ResourceId"},
    {"Recurrence",           FIELD_STRING, .rule = "A72", .help = "its five Unix cron fields"},
    {"TimeZone",             FIELD_STRING, .rule = "A71", .help = "IANA name, by whose clock the recurrence is; UTC"},
    {"MinSize",              FIELD_INTEGER, .help = "smallest size"},
    {"MaxSize",              FIELD_INTEGER, .help = "largest size"},
    {"DesiredCapacity",      FIELD_INTEGER, .help = "desired capacity"},
    NOTE("Time", TIMESTAMP), NOTE("ScheduledActionARN", STRING), NOTE("CreationTime", TIMESTAMP),
};
const field_shape shape_scheduled_action = {.name = "scheduled action", FIELD_SHAPE(scheduled_rows)};

static const char *const health_check_types[] = {"EC2", "ELB", "EC2,ELB", "ELB,EC2", NULL};

static const char *const on_demand_strategies[] = {"prioritized", "lowest-price", NULL};
static const char *const spot_strategies[] = {"lowest-price", "capacity-optimized", "capacity-optimized-prioritized", "price-capacity-optimized", NULL};

static const field_row distribution_rows[] = {
    {"OnDemandAllocationStrategy",          FIELD_ENUM, .choices = on_demand_strategies, .rule = "A94", .help = "which type of On-Demand instances; prioritized: the first"},
    {"OnDemandBaseCapacity",                FIELD_INTEGER, RANGE(0, 1000000), .unit = "instances", .rule = "A95", .help = "On-Demand before any Spot; 0"},
    {"OnDemandPercentageAboveBaseCapacity", FIELD_INTEGER, RANGE(0, 100), .unit = "percent", .rule = "A95", .help = "On-Demand above the base, rounded up; 100"},
    {"SpotAllocationStrategy",              FIELD_ENUM, .choices = spot_strategies, .rule = "A94", .help = "which pool Spot instances come from; lowest-price"},
    {"SpotInstancePools",                   FIELD_INTEGER, RANGE(1, 20), .rule = "A94", .help = "lowest-price: over how many pools of a zone; 1"},
    {"SpotMaxPrice",                        FIELD_TEXT_OR_NUMBER, .unit = "USD", .rule = "A94", .help = "dearer pools give nothing; the On-Demand price"},
};
static const field_shape distribution = {.name = "instances distribution", FIELD_SHAPE(distribution_rows)};
static const field_row override_rows[] = {
    {"InstanceType",         FIELD_STRING, .rule = "A94", .help = "a type that the group may launch; earlier ones first"},
    {"WeightedCapacity",     FIELD_TEXT_OR_NUMBER, .rule = "A94", .help = "units of desired capacity: 1"},
    {"InstanceRequirements", FIELD_OBJECT, FIELD_LATER, .rule = "A94", .help = "types by their attributes"},
    NOTE("LaunchTemplateSpecification", OBJECT), NOTE("ImageId", STRING),
};
static const field_shape override = {.name = "launch template override", FIELD_SHAPE(override_rows)};
static const field_row mixed_template_rows[] = {
    {"Overrides", FIELD_LIST, .shape = &override, .rule = "A94", .help = "the types that the group launches"},
    NOTE("LaunchTemplateSpecification", OBJECT),
};
static const field_shape mixed_template = {.name = "launch template of mixed instances", FIELD_SHAPE(mixed_template_rows)};
static const field_row mixed_rows[] = {
    {"LaunchTemplate",        FIELD_OBJECT, .shape = &mixed_template, .rule = "A94", .help = "types"},
    {"InstancesDistribution", FIELD_OBJECT, .shape = &distribution, .rule = "A95", .help = "On-Demand and Spot"},
};
static const field_shape mixed = {.name = "mixed instances policy", FIELD_SHAPE(mixed_rows)};

static const char *const capacity_types[] = {"units", "vcpu", "memory-mib", NULL};
static const char *const zone_strategies[] = {"balanced-best-effort", "balanced-only", NULL};
static const char *const processes[] = {"Launch", "Terminate", "AddToLoadBalancer", "AlarmNotification", "AZRebalance", "HealthCheck", "InstanceRefresh", "ReplaceUnhealthy", "ScheduledActions", NULL};

static const field_row maintenance_rows[] = {
    {"MinHealthyPercentage", FIELD_INTEGER, RANGE(-1, 100), .unit = "percent", .rule = "A85", .help = "of replacements; -1: none"},
    {"MaxHealthyPercentage", FIELD_INTEGER, RANGE(-1, 200), .unit = "percent", .rule = "A85", .help = "of replacements; -1: none"},
};
static const field_shape maintenance = {.name = "instance maintenance policy", FIELD_SHAPE(maintenance_rows)};
static const field_row zone_distribution_rows[] = {
    {"CapacityDistributionStrategy", FIELD_ENUM, .choices = zone_strategies, .rule = "A86", .help = "balanced-best-effort: a zone that fails is passed over"},
};
static const field_shape zone_distribution = {.name = "zone distribution", FIELD_SHAPE(zone_distribution_rows)};
static const field_row process_rows[] = {
    {"ProcessName", FIELD_ENUM, .choices = processes, .help = "AZRebalance: zones stay as they are"},
    NOTE("SuspensionReason", STRING),
};
static const field_shape process = {.name = "suspended process", FIELD_SHAPE(process_rows)};

static const field_row group_rows[] = {
    {"AutoScalingGroupName",  FIELD_STRING, .required = true, .rule = "A80", .help = "name"},
    {"MinSize",               FIELD_INTEGER, RANGE(0, 1000000), .required = true, .unit = "instances", .rule = "A80", .help = "smallest size"},
    {"MaxSize",               FIELD_INTEGER, RANGE(0, 1000000), .required = true, .unit = "instances", .rule = "A80", .help = "largest size"},
    {"DesiredCapacity",       FIELD_INTEGER, RANGE(0, 1000000), .unit = "instances", .rule = "A80", .help = "how many; MinSize unless given; those of t = 0 are there at once"},
    {"AvailabilityZones",     FIELD_STRINGS, .rule = "A86", .help = "zones"},
    {"VPCZoneIdentifier",     FIELD_STRING, .rule = "A86", .help = "subnets, separated by commas: their zones"},
    LAUNCHED_INSTANCE_ROWS,
    {"MixedInstancesPolicy",  FIELD_OBJECT, .shape = &mixed, .rule = "A94", .help = "several types, On-Demand and Spot"},
    {"HealthCheckType",       FIELD_ENUM, .choices = health_check_types, .rule = "A84", .help = "EC2; ELB says nothing of a group without load balancers"},
    {"TargetGroupARNs",       FIELD_STRINGS, .rule = "A84", .help = "registered instances; not with health checks of ELB"},
    {"LoadBalancerNames",     FIELD_STRINGS, .rule = "A84", .help = "the same"},
    {"TerminationPolicies",   FIELD_STRINGS, .rule = "A87", .help = "which instance a scale-in takes"},
    {"NewInstancesProtectedFromScaleIn", FIELD_BOOLEAN, .rule = "A87", .help = "a scale-in takes none of its instances"},
    {"CapacityRebalance",     FIELD_BOOLEAN, .fill = "false", .rule = "A92", .help = "at a Spot notice a stand-in is launched before the instance goes"},
    {"MaxInstanceLifetime",   FIELD_INTEGER, RANGE(0, 31536000), .unit = "s", .rule = "A96", .help = "replaces instances of this age; 0 or at least 86400"},
    {"DefaultCooldown",       FIELD_INTEGER, RANGE(0, 1000000), .fill = "300", .unit = "s", .rule = "A82", .help = "wait behind simple scaling"},
    {"DefaultInstanceWarmup", FIELD_INTEGER, RANGE(0, 3600), .unit = "s", .rule = "A83", .help = "time until a new instance counts for policies; DefaultCooldown unless given"},
    {"InstanceMaintenancePolicy",    FIELD_OBJECT, .shape = &maintenance, .rule = "A85", .help = "how many are in service while some are replaced: none but -1"},
    {"SuspendedProcesses",           FIELD_LIST, .shape = &process, .rule = "A89", .help = "what the group does not do: AZRebalance"},
    {"DesiredCapacityType",          FIELD_ENUM, .choices = capacity_types, .rule = "A80", .help = "what desired capacity counts: units"},
    {"AvailabilityZoneDistribution", FIELD_OBJECT, .shape = &zone_distribution, .rule = "A86", .help = "what happens when a zone fails"},
    {"WarmPoolConfiguration",        FIELD_OBJECT, FIELD_LATER, .rule = "A81", .help = "instances that wait"},
    {"TrafficSources",               FIELD_LIST, .rule = "A84", .help = "as TargetGroupARNs"},
    {"HealthCheckGracePeriod", FIELD_INTEGER, RANGE(0, 1000000), .fill = "0", .unit = "s", .rule = "A91", .help = "an instance refresh waits for it where there is no warmup"},
    {"AutoScalingGroupARN",   FIELD_STRING, .help = "of an answer; references may use it"},
    NOTE("LaunchConfigurationName", STRING), NOTE("LaunchTemplate", OBJECT), NOTE("InstanceId", STRING),
    NOTE("PlacementGroup", STRING), NOTE("LifecycleHookSpecificationList", LIST),
    NOTE("Tags", LIST), NOTE("ServiceLinkedRoleARN", STRING), NOTE("Context", STRING),
    NOTE("PredictedCapacity", INTEGER), NOTE("Instances", LIST), NOTE("CreatedTime", TIMESTAMP),
    NOTE("EnabledMetrics", LIST), NOTE("Status", STRING), NOTE("WarmPoolSize", INTEGER),
    NOTE("AvailabilityZoneImpairmentPolicy", OBJECT), NOTE("CapacityReservationSpecification", OBJECT),
    NOTE("SkipZonalShiftValidation", BOOLEAN),
};
const field_shape shape_auto_scaling_group = {.name = "Auto Scaling group", FIELD_SHAPE(group_rows)};

/* clang-format on */
