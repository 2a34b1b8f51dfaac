/* Scalable targets, policies and scheduled actions (spec/autoscaling.md sections 3-7). */
#include "models/autoscaling/schedule.h"
#include "models/autoscaling/step_scaling.h"
#include "models/cloudwatch/alarm_rule.h"
#include "scenarios/read/build_scaling_parts.h"
#include "scenarios/read/wallclock.h"
#include <math.h>
#include <string.h>

/* ---- Scalable targets ---- */

/* The service of a ResourceId; NO_INDEX after reporting. */
static uint32_t service_of_resource(builder *b, const json_t *object, const char *pointer)
{
    const char *resource = build_text(object, "ResourceId", NULL);
    if (!resource) {
        build_error(b, pointer, "needs a ResourceId: service/CLUSTER/NAME");
        return NO_INDEX;
    }
    const char *cluster = b->config->cluster_name, *at = build_pointer(b, "%s/ResourceId", pointer);
    size_t length = strlen(cluster);
    const char *name = strncmp(resource, "service/", 8) == 0 ? resource + 8 : NULL;
    if (!name || strncmp(name, cluster, length) != 0 || name[length] != '/') {
        build_error(b, at, "expected \"service/%s/NAME\", got \"%s\" (A40)", cluster, resource);
        return NO_INDEX;
    }
    return build_find_service(b, name + length + 1, at);
}

/* Something of another service than ECS: of no concern here. */
static bool is_foreign(const json_t *object)
{
    return strcmp(build_text(object, "ServiceNamespace", "ecs"), "ecs") != 0;
}

static uint32_t target_of_service(const builder *b, uint32_t service)
{
    for (uint32_t i = 0; i < b->config->scalable_target_count; i++)
        if (b->config->scalable_targets[i].service == service) return i;
    return NO_INDEX;
}

static void read_suspended(const json_t *object, suspended_config *s)
{
    const json_t *state = build_get(object, "SuspendedState");
    s->in_suspended = build_flag(state, "DynamicScalingInSuspended", s->in_suspended);
    s->out_suspended = build_flag(state, "DynamicScalingOutSuspended", s->out_suspended);
    s->scheduled_suspended = build_flag(state, "ScheduledScalingSuspended", s->scheduled_suspended);
}

static void check_bounds(builder *b, const json_t *object, const char *pointer, int64_t min,
                         int64_t max)
{
    if (min <= max || !build_get(object, "MinCapacity") || !build_get(object, "MaxCapacity"))
        return;
    const char *key = build_get(object, "MaxCapacity") ? "MaxCapacity" : "MinCapacity";
    build_error(b, build_pointer(b, "%s/%s", pointer, key),
                "MinCapacity %lld is above MaxCapacity %lld (A40)", (long long)min, (long long)max);
}

static uint32_t add_target(builder *b, uint32_t service, bool later)
{
    model_config *c = b->config;
    GROW(b, c->scalable_targets, c->scalable_target_count);
    c->scalable_targets[c->scalable_target_count] =
        (scalable_target_config){.service = service, .registered_later = later};
    return c->scalable_target_count++;
}

static void build_one_target(builder *b, const json_t *object, const char *pointer)
{
    if (!json_is_object(object) || is_foreign(object)) return;
    uint32_t service = service_of_resource(b, object, pointer);
    if (service == NO_INDEX) return;
    if (target_of_service(b, service) != NO_INDEX) {
        build_error(b, pointer, "the service \"%s\" is a scalable target already",
                    b->config->services[service].name);
        return;
    }
    if (b->config->services[service].daemon) {
        build_error(b, build_pointer(b, "%s/ResourceId", pointer),
                    "the service \"%s\" is a DAEMON: its count is that of its instances (E101)",
                    b->config->services[service].name);
        return;
    }
    if (!build_written(object, "MinCapacity") || !build_written(object, "MaxCapacity")) {
        build_error(b, pointer, "needs MinCapacity and MaxCapacity (A40)");
        return;
    }
    uint32_t index = add_target(b, service, false);
    scalable_target_config *t = &b->config->scalable_targets[index];
    t->min_capacity = build_integer(object, "MinCapacity", 0);
    t->max_capacity = build_integer(object, "MaxCapacity", 0);
    check_bounds(b, object, pointer, t->min_capacity, t->max_capacity);
    read_suspended(object, &t->suspended);
}

void build_register_target(builder *b, const json_t *body, const char *pointer, timeline_action *a)
{
    uint32_t service = service_of_resource(b, body, pointer);
    a->scalable_target = 0;
    if (service == NO_INDEX) return;
    uint32_t target = target_of_service(b, service);
    bool is_new = target == NO_INDEX;
    if (is_new) target = add_target(b, service, true);
    scalable_target_config *t = &a->to_scalable_target;
    *t = b->config->scalable_targets[target];
    a->scalable_target = target;
    a->has_min = build_written(body, "MinCapacity");
    a->has_max = build_written(body, "MaxCapacity");
    a->has_suspended = build_get(body, "SuspendedState") != NULL;
    if (is_new && !(a->has_min && a->has_max))
        build_error(b, pointer, "a new scalable target needs MinCapacity and MaxCapacity (A40)");
    t->min_capacity = build_integer(body, "MinCapacity", 0);
    t->max_capacity = build_integer(body, "MaxCapacity", 0);
    if (a->has_min && a->has_max) check_bounds(b, body, pointer, t->min_capacity, t->max_capacity);
    read_suspended(body, &t->suspended);
}

/* ---- Policies ---- */

/* What an adjustment means, and the wait behind it: `cooldown` seconds unless given. */
static void read_adjustment(builder *b, const json_t *c, const char *pointer, sim_time cooldown_us,
                            scaling_policy_config *p)
{
    static const char *const types[] = {"ChangeInCapacity", "PercentChangeInCapacity",
                                        "ExactCapacity"};
    static const char *const aggregations[] = {"Average", "Minimum", "Maximum"};
    p->kind = POLICY_STEP;
    for (int i = 0; i < 3; i++) {
        if (strcmp(build_text(c, "AdjustmentType", ""), types[i]) == 0)
            p->adjustment = (adjustment_type)i;
        if (strcmp(build_text(c, "MetricAggregationType", ""), aggregations[i]) == 0)
            p->aggregation = (aggregation_type)i;
    }
    p->minimum_magnitude = (int32_t)build_integer(c, "MinAdjustmentMagnitude", 0);
    p->cooldown_us = build_integer(c, "Cooldown", cooldown_us / SIM_SECOND) * SIM_SECOND;
    if (build_get(c, "AdjustmentType") && build_get(c, "MinAdjustmentMagnitude") &&
        p->adjustment != ADJUST_PERCENT)
        build_warning(b, build_pointer(b, "%s/MinAdjustmentMagnitude", pointer),
                      "has no effect without AdjustmentType PercentChangeInCapacity (A54)");
    if (!build_written(c, "AdjustmentType"))
        build_error(b, pointer,
                    "needs an AdjustmentType: ChangeInCapacity, "
                    "PercentChangeInCapacity or ExactCapacity (A53)");
}

static void read_steps(builder *b, const json_t *c, const char *pointer, scaling_policy_config *p)
{
    const json_t *steps = build_get(c, "StepAdjustments");
    read_adjustment(b, c, pointer, 300 * SIM_SECOND, p); /* A56 */
    p->steps = ARENA_ARRAY(b->memory, json_array_size(steps) + 1, step_adjustment_config);
    for (size_t i = 0; i < json_array_size(steps); i++) {
        const json_t *s = json_array_get(steps, i);
        p->steps[p->step_count++] = (step_adjustment_config){
            .lower = build_number(s, "MetricIntervalLowerBound", -INFINITY),
            .upper = build_number(s, "MetricIntervalUpperBound", INFINITY),
            .adjustment = (int32_t)build_integer(s, "ScalingAdjustment", 0)};
    }
    sim_error err = {0};
    const char *at = steps ? build_pointer(b, "%s/StepAdjustments", pointer) : pointer;
    if (!step_scaling_valid(p->steps, p->step_count, &err))
        build_error(b, at, "%s (A51)", err.text);
}

/* The target group of a ResourceLabel (app/NAME/ID/targetgroup/NAME/ID, or the group's own name or
 * ARN). As AWS has it, the metric does not go without one. */
static uint32_t group_of_label(builder *b, const json_t *metric, const char *pointer)
{
    const char *label = build_text(metric, "ResourceLabel", NULL);
    if (!label) {
        build_error(b, pointer,
                    "ALBRequestCountPerTarget needs a \"ResourceLabel\": "
                    "app/BALANCER/ID/targetgroup/GROUP/ID, or the target group's name");
        return NO_INDEX;
    }
    const char *group = strstr(label, "targetgroup/");
    return build_find_target_group(b, group ? group : label,
                                   build_pointer(b, "%s/ResourceLabel", pointer));
}

typedef struct {
    const char *name;
    metric_kind kind;
    bool of_services, of_groups;
    sim_time resolution_us;
} predefined_name;

/* clang-format off */
static const predefined_name predefined_metrics[] = {
    {"ECSServiceAverageCPUUtilization",    METRIC_SERVICE_CPU,    true, false, SIM_MINUTE},
    {"ECSServiceAverageMemoryUtilization", METRIC_SERVICE_MEMORY, true, false, SIM_MINUTE},
    {"ECSServiceAverageCPUUtilizationHighResolution",    METRIC_SERVICE_CPU,    true, false, 20 * SIM_SECOND}, /* A08 */
    {"ECSServiceAverageMemoryUtilizationHighResolution", METRIC_SERVICE_MEMORY, true, false, 20 * SIM_SECOND},
    {"ASGAverageCPUUtilization",           METRIC_GROUP_CPU, false, true, SIM_MINUTE},
    {"ALBRequestCountPerTarget",           METRIC_REQUEST_COUNT_PER_TARGET, true, true, SIM_MINUTE},
};
/* clang-format on */

/* A predefined metric; NO_INDEX after reporting. */
static uint32_t predefined_metric(builder *b, const json_t *metric,
                                  const scaling_policy_config *policy, const char *pointer)
{
    const uint32_t service = b->config->scalable_targets[policy->scalable_target].service;
    const bool of_group = service == NO_INDEX;
    const char *type = build_text(metric, "PredefinedMetricType", "");
    for (size_t i = 0; i < sizeof predefined_metrics / sizeof *predefined_metrics; i++) {
        const predefined_name *p = &predefined_metrics[i];
        if (strcmp(p->name, type) != 0 || !(of_group ? p->of_groups : p->of_services)) continue;
        if (p->kind != METRIC_REQUEST_COUNT_PER_TARGET && build_get(metric, "ResourceLabel"))
            build_error(b, build_pointer(b, "%s/ResourceLabel", pointer),
                        "goes with ALBRequestCountPerTarget only");
        if (p->kind == METRIC_GROUP_CPU)
            return build_add_metric(b, p->kind, policy->warmup, p->resolution_us);
        if (p->kind != METRIC_REQUEST_COUNT_PER_TARGET) {
            uint32_t added = build_add_metric(b, p->kind, service, p->resolution_us);
            build_warn_resolution(b, added, build_pointer(b, "%s/PredefinedMetricType", pointer));
            return added;
        }
        uint32_t group = group_of_label(b, metric, pointer);
        return group == NO_INDEX ? NO_INDEX : build_add_metric(b, p->kind, group, p->resolution_us);
    }
    const char *known[sizeof predefined_metrics / sizeof *predefined_metrics];
    size_t count = 0;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (of_group ? predefined_metrics[i].of_groups : predefined_metrics[i].of_services)
            known[count++] = predefined_metrics[i].name;
    if (*type)
        build_error(b, build_pointer(b, "%s/PredefinedMetricType", pointer),
                    "no predefined metric \"%s\" of %s that berth simulates%s", type,
                    of_group ? "Auto Scaling groups" : "ECS services",
                    build_suggestion(b, type, known, count));
    return NO_INDEX;
}

/* The metric that a tracking policy holds; its statistic. */
static uint32_t tracked_metric(builder *b, const json_t *c, const scaling_policy_config *policy,
                               const char *pointer, metric_statistic *statistic)
{
    const json_t *predefined = build_get(c, "PredefinedMetricSpecification"),
                 *customized = build_get(c, "CustomizedMetricSpecification");
    *statistic = STATISTIC_AVERAGE;
    if (!predefined == !customized) {
        build_error(b, pointer,
                    "needs either a PredefinedMetricSpecification or a "
                    "CustomizedMetricSpecification");
        return NO_INDEX;
    }
    if (predefined) {
        uint32_t metric = predefined_metric(
            b, predefined, policy, build_pointer(b, "%s/PredefinedMetricSpecification", pointer));
        if (metric != NO_INDEX &&
            b->config->metrics[metric].kind == METRIC_REQUEST_COUNT_PER_TARGET)
            *statistic = STATISTIC_SUM; /* A13 */
        return metric;
    }
    const char *at = build_pointer(b, "%s/CustomizedMetricSpecification", pointer);
    *statistic = build_statistic(customized, STATISTIC_AVERAGE);
    if (build_get(customized, "Metrics")) {
        build_error(b, at, "metric math is not simulated by this version of berth");
        return NO_INDEX;
    }
    const char *extreme = build_extreme_of_mean(customized);
    if (extreme) {
        build_error(b, build_pointer(b, "%s/Statistic", at),
                    "%s is not simulated by this version of berth: only Average, Sum and "
                    "SampleCount are",
                    extreme);
        return NO_INDEX;
    }
    uint32_t metric = build_find_metric(b, customized, SIM_MINUTE);
    if (metric == NO_INDEX) build_warn_unpublished(b, customized, at);
    return build_metric_of_policy(b, metric, policy);
}

static alarm_actions one_policy(builder *b, uint32_t policy)
{
    alarm_actions actions = {.count = 1, .policies = ARENA_NEW(b->memory, uint32_t)};
    actions.policies[0] = policy;
    return actions;
}

/* A60, A61: the two alarms of a tracking policy. */
static void add_tracking_alarms(builder *b, uint32_t policy, uint32_t metric,
                                metric_statistic statistic)
{
    const control_plane_config *k = &b->config->control;
    scaling_policy_config *p = &b->config->scaling_policies[policy];
    const scalable_target_config *t = &b->config->scalable_targets[p->scalable_target];
    const bool of_group = t->auto_scaling_group > 0;
    const char *whose = of_group ? b->config->auto_scaling_groups[t->auto_scaling_group - 1].name
                                 : build_pointer(b, "service/%s/%s", b->config->cluster_name,
                                                 b->config->services[t->service].name);
    alarm_config high = {
        .name = build_pointer(b, "TargetTracking-%s-AlarmHigh-%s", whose, p->name),
        .metric = metric,
        .statistic = statistic,
        .period_us = metric == NO_INDEX ? SIM_MINUTE : b->config->metrics[metric].resolution_us,
        .evaluation_periods = k->tracking_high_periods,
        .datapoints_to_alarm = k->tracking_high_periods,
        .threshold = p->target,
        .comparison = COMPARE_GREATER,
        .registered_later = p->registered_later || p->disabled,
    };
    alarm_config low = high;
    bool fine = high.period_us < SIM_MINUTE;
    low.name = build_pointer(b, "TargetTracking-%s-AlarmLow-%s", whose, p->name);
    low.evaluation_periods = low.datapoints_to_alarm =
        fine ? 3 * k->tracking_low_periods : k->tracking_low_periods;
    low.threshold = p->target * (of_group ? k->asg_tracking_low_factor : k->tracking_low_factor);
    low.comparison = COMPARE_LESS;
    high.actions[ALARM_ALARM] = one_policy(b, policy);
    if (!p->scale_in_disabled) low.actions[ALARM_ALARM] = one_policy(b, policy);
    p->alarm_high = build_add_alarm(b, &high);
    p->alarm_low = build_add_alarm(b, &low);
}

static void read_tracking(builder *b, const json_t *c, const char *pointer, uint32_t policy)
{
    scaling_policy_config *p = &b->config->scaling_policies[policy];
    metric_statistic statistic;
    p->kind = POLICY_TARGET_TRACKING;
    p->target = build_number(c, "TargetValue", 0);
    p->scale_in_disabled = build_flag(c, "DisableScaleIn", false);
    p->scale_out_cooldown_us = build_integer(c, "ScaleOutCooldown", 300) * SIM_SECOND; /* A67 */
    p->scale_in_cooldown_us = build_integer(c, "ScaleInCooldown", 300) * SIM_SECOND;
    if (p->target <= 0 && (build_get(c, "TargetValue") || !build_written(c, "TargetValue")))
        build_error(
            b, build_get(c, "TargetValue") ? build_pointer(b, "%s/TargetValue", pointer) : pointer,
            "needs a TargetValue above 0");
    uint32_t metric = tracked_metric(b, c, p, pointer, &statistic);
    add_tracking_alarms(b, policy, metric, statistic);
}

static bool policy_exists(const builder *b, const char *name, uint32_t target)
{
    for (uint32_t i = 0; i < b->config->scaling_policy_count; i++)
        if (b->config->scaling_policies[i].scalable_target == target &&
            strcmp(b->config->scaling_policies[i].name, name) == 0)
            return true;
    return false;
}

/* The scalable target that a policy or action is of; NO_INDEX after reporting. */
static uint32_t target_of_resource(builder *b, const json_t *object, const char *pointer)
{
    uint32_t service = service_of_resource(b, object, pointer);
    if (service == NO_INDEX) return NO_INDEX;
    uint32_t target = target_of_service(b, service);
    if (target == NO_INDEX)
        build_error(b, build_pointer(b, "%s/ResourceId", pointer),
                    "the service \"%s\" is no scalable target: register it in scalableTargets",
                    b->config->services[service].name);
    return target;
}

/* Adds a policy without what it does; NO_INDEX after reporting. */
static uint32_t add_policy(builder *b, const json_t *object, const char *pointer, uint32_t target,
                           bool later)
{
    const char *name = build_text(object, "PolicyName", NULL);
    if (!later && policy_exists(b, name, target)) {
        const bool of_group = b->config->scalable_targets[target].auto_scaling_group > 0;
        build_error(b, build_pointer(b, "%s/PolicyName", pointer),
                    "the %s has a policy \"%s\" already", of_group ? "group" : "service", name);
        return NO_INDEX;
    }
    model_config *c = b->config;
    GROW(b, c->scaling_policies, c->scaling_policy_count);
    c->scaling_policies[c->scaling_policy_count] =
        (scaling_policy_config){.name = build_copy(b, name),
                                .arn = build_copy(b, build_text(object, "PolicyARN", NULL)),
                                .scalable_target = target,
                                .registered_later = later,
                                .warmup = NO_INDEX,
                                .alarm_high = NO_INDEX,
                                .alarm_low = NO_INDEX};
    return c->scaling_policy_count++;
}

/* ---- Policies of Auto Scaling groups (A82, A83) ---- */

/* The group's scalable target, which its first policy makes; NO_INDEX after reporting. */
static uint32_t target_of_group(builder *b, const json_t *object, const char *pointer)
{
    model_config *c = b->config;
    if (build_get(object, "ResourceId")) {
        build_error(b, build_pointer(b, "%s/ResourceId", pointer),
                    "a policy is of a service or, by AutoScalingGroupName, of a group");
        return NO_INDEX;
    }
    uint32_t group =
        build_find_auto_scaling_group(b, build_text(object, "AutoScalingGroupName", ""),
                                      build_pointer(b, "%s/AutoScalingGroupName", pointer));
    if (group == 0) return NO_INDEX;
    for (uint32_t i = 0; i < c->scalable_target_count; i++)
        if (c->scalable_targets[i].auto_scaling_group == group) return i;
    uint32_t target = add_target(b, NO_INDEX, false);
    c->scalable_targets[target].auto_scaling_group = group;
    return target;
}

enum { SIMPLE = 1, STEP = 2, TRACKING = 4 };

/* Reports keys that say nothing of this type of policy; AWS refuses them. Empty lists stand in answers. */
static void check_keys(builder *b, const json_t *object, const char *pointer, int type,
                       const char *type_name)
{
    static const struct {
        const char *key;
        int types;
    } keys[] = {{"Cooldown", SIMPLE},
                {"ScalingAdjustment", SIMPLE},
                {"StepAdjustments", STEP},
                {"MetricAggregationType", STEP},
                {"AdjustmentType", SIMPLE | STEP},
                {"MinAdjustmentMagnitude", SIMPLE | STEP},
                {"EstimatedInstanceWarmup", STEP | TRACKING},
                {"TargetTrackingConfiguration", TRACKING},
                {"StepScalingPolicyConfiguration", 0},
                {"TargetTrackingScalingPolicyConfiguration", 0}};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const json_t *value = build_get(object, keys[i].key);
        if (!value || keys[i].types & type) continue;
        if (json_is_array(value) && json_array_size(value) == 0) continue;
        build_error(b, build_pointer(b, "%s/%s", pointer, keys[i].key),
                    "is no part of a %s policy of an Auto Scaling group", type_name);
    }
}

static void read_simple(builder *b, const json_t *object, const char *pointer, sim_time cooldown_us,
                        scaling_policy_config *p)
{
    read_adjustment(b, object, pointer, cooldown_us, p);
    p->simple = true;
    p->step_count = 1;
    p->steps = ARENA_NEW(b->memory, step_adjustment_config);
    *p->steps = (step_adjustment_config){-INFINITY, INFINITY,
                                         (int32_t)build_integer(object, "ScalingAdjustment", 0)};
    if (!build_written(object, "ScalingAdjustment"))
        build_error(b, pointer, "needs a ScalingAdjustment (PolicyType SimpleScaling, A82)");
}

static uint32_t build_group_policy(builder *b, const json_t *object, const char *pointer,
                                   bool later)
{
    const char *type = build_text(object, "PolicyType", "SimpleScaling"),
               *at = build_pointer(b, "%s/TargetTrackingConfiguration", pointer);
    const json_t *tracking = build_get(object, "TargetTrackingConfiguration");
    if (strcmp(type, "PredictiveScaling") == 0) {
        build_error(b, build_pointer(b, "%s/PolicyType", pointer),
                    "predictive scaling is not simulated by this version of berth");
        return NO_INDEX;
    }
    const int kind = strcmp(type, "StepScaling") == 0             ? STEP
                     : strcmp(type, "TargetTrackingScaling") == 0 ? TRACKING
                                                                  : SIMPLE;
    if (build_written(object, "PolicyType") && !build_get(object, "PolicyType")) return NO_INDEX;
    check_keys(b, object, pointer, kind, type);
    if (kind == TRACKING && !tracking) {
        build_error(b, pointer, "needs a TargetTrackingConfiguration");
        return NO_INDEX;
    }
    uint32_t target = target_of_group(b, object, pointer);
    if (target == NO_INDEX) return NO_INDEX;
    uint32_t index = add_policy(b, object, pointer, target, later);
    if (index == NO_INDEX) return NO_INDEX;
    scaling_policy_config *p = &b->config->scaling_policies[index];
    const uint32_t group = b->config->scalable_targets[target].auto_scaling_group;
    const auto_scaling_group_config *g = &b->config->auto_scaling_groups[group - 1];
    sim_time warmup_us = g->default_warmup_us;
    if (warmup_us == SIM_NEVER) warmup_us = kind == SIMPLE ? 0 : g->default_cooldown_us; /* A83 */
    p->warmup = build_add_warmup(
        b, group,
        build_integer(object, "EstimatedInstanceWarmup", warmup_us / SIM_SECOND) * SIM_SECOND);
    p->disabled = !build_flag(object, "Enabled", true);
    if (!p->disabled) build_warn_managed(b, group, pointer);
    if (kind == SIMPLE) read_simple(b, object, pointer, g->default_cooldown_us, p);
    if (kind == STEP) read_steps(b, object, pointer, p);
    if (kind == TRACKING) read_tracking(b, tracking, at, index);
    return index;
}

/* ---- Policies of either ---- */

/* Does the type of a service's policy go with the configuration that it has? */
static bool check_type(builder *b, const json_t *object, const char *pointer, const json_t *step)
{
    const char *type = build_text(object, "PolicyType", NULL),
               *at = build_pointer(b, "%s/PolicyType", pointer),
               *given = step ? "StepScaling" : "TargetTrackingScaling";
    if (!type || strcmp(type, given) == 0) return true;
    if (strcmp(type, "PredictiveScaling") == 0)
        return build_error(b, at, "predictive scaling is not simulated by this version of berth");
    if (strcmp(type, "SimpleScaling") == 0)
        return build_error(b, at, "SimpleScaling is of Auto Scaling groups, not of services");
    return build_error(b, at, "%s does not go with a %sPolicyConfiguration", type, given);
}

/* Adds a policy; NO_INDEX after reporting. */
static uint32_t build_one_policy(builder *b, const json_t *object, const char *pointer, bool later)
{
    const char *name = build_text(object, "PolicyName", NULL);
    if (!name || is_foreign(object)) return NO_INDEX;
    if (build_get(object, "AutoScalingGroupName"))
        return build_group_policy(b, object, pointer, later);
    uint32_t target = target_of_resource(b, object, pointer);
    if (target == NO_INDEX) return NO_INDEX;
    const json_t *step = build_get(object, "StepScalingPolicyConfiguration"),
                 *tracking = build_get(object, "TargetTrackingScalingPolicyConfiguration");
    if (build_written(object, "StepScalingPolicyConfiguration") ==
        build_written(object, "TargetTrackingScalingPolicyConfiguration")) {
        build_error(b, pointer,
                    "needs either a StepScalingPolicyConfiguration or a "
                    "TargetTrackingScalingPolicyConfiguration");
        return NO_INDEX;
    }
    if ((!step && !tracking) || !check_type(b, object, pointer, step)) return NO_INDEX;
    uint32_t index = add_policy(b, object, pointer, target, later);
    if (index == NO_INDEX) return NO_INDEX;
    model_config *c = b->config;
    if (step)
        read_steps(b, step, build_pointer(b, "%s/StepScalingPolicyConfiguration", pointer),
                   &c->scaling_policies[index]);
    else
        read_tracking(b, tracking,
                      build_pointer(b, "%s/TargetTrackingScalingPolicyConfiguration", pointer),
                      index);
    return index;
}

void build_put_policy(builder *b, const json_t *body, const char *pointer, timeline_action *a)
{
    uint32_t policy = build_one_policy(b, body, pointer, true);
    a->scaling_policy = policy == NO_INDEX ? 0 : policy;
    if (policy != NO_INDEX) build_warn_idle_policy_put(b, policy, pointer);
}

/* ---- Scheduled actions ---- */

static void read_validity(builder *b, const json_t *object, const char *key, const char *pointer,
                          int64_t *unix_us)
{
    const json_t *value = build_get(object, key);
    sim_error err = {0};
    if (json_is_number(value))
        *unix_us = (int64_t)(json_number_value(value) * (double)SIM_SECOND);
    else if (value && !wallclock_from_text(json_string_value(value), unix_us, &err))
        build_error(b, build_pointer(b, "%s/%s", pointer, key), "%s", err.text);
}

/* A bound of the group's that holds when the action is due: the action's own, or the group's where no
 * action of the group moves it. False: who knows. */
static bool bound_when_due(builder *b, const json_t *object, const char *key, int64_t of_group,
                           int64_t *bound)
{
    *bound = build_integer(object, key, of_group);
    if (build_get(object, key)) return true;
    const char *name = build_text(object, "AutoScalingGroupName", ""),
               *marker = "autoScalingGroupName/";
    size_t i;
    json_t *other;
    json_array_foreach(build_get(b->root, "scheduledActions"), i, other)
    {
        const char *of = build_text(other, "AutoScalingGroupName", "");
        if (build_written(other, key) &&
            strcmp(reference_name(b, of, marker), reference_name(b, name, marker)) == 0)
            return false;
    }
    return true;
}

/* The action's desired capacity against the bounds that it meets, as AWS refuses it (A80). */
static void check_desired(builder *b, const json_t *object, const char *pointer,
                          const scheduled_action_config *s)
{
    const auto_scaling_group_config *g = &b->config->auto_scaling_groups[s->auto_scaling_group - 1];
    const char *at = build_pointer(b, "%s/DesiredCapacity", pointer);
    int64_t bound;
    if (!s->has_desired) return;
    if (bound_when_due(b, object, "MaxSize", g->max_size, &bound) && s->desired_capacity > bound)
        build_error(b, at, "DesiredCapacity %lld is above %s MaxSize %lld (A80)",
                    (long long)s->desired_capacity, s->has_max ? "its" : "the group's",
                    (long long)bound);
    else if (bound_when_due(b, object, "MinSize", g->min_size, &bound) &&
             s->desired_capacity < bound)
        build_error(b, at, "DesiredCapacity %lld is below %s MinSize %lld (A80)",
                    (long long)s->desired_capacity, s->has_min ? "its" : "the group's",
                    (long long)bound);
}

/* Of an Auto Scaling group (A72). */
static void build_group_scheduled(builder *b, const json_t *object, const char *pointer,
                                  const char *name)
{
    static const char *const keys[] = {"MinSize", "MaxSize", "DesiredCapacity"};
    const char *text = build_text(object, "Recurrence", NULL);
    schedule parsed;
    sim_error err = {0};
    scheduled_action_config s = {.name = build_copy(b, name),
                                 .scalable_target = NO_INDEX,
                                 .schedule = build_copy(b, text),
                                 .start_unix_us = INT64_MIN,
                                 .end_unix_us = INT64_MAX,
                                 .has_min = build_get(object, keys[0]) != NULL,
                                 .has_max = build_get(object, keys[1]) != NULL,
                                 .has_desired = build_get(object, keys[2]) != NULL,
                                 .min_capacity = build_integer(object, keys[0], 0),
                                 .max_capacity = build_integer(object, keys[1], 0),
                                 .desired_capacity = build_integer(object, keys[2], 0)};
    s.auto_scaling_group =
        build_find_auto_scaling_group(b, build_text(object, "AutoScalingGroupName", ""),
                                      build_pointer(b, "%s/AutoScalingGroupName", pointer));
    if (text && !schedule_parse_unix_cron(text, &parsed, &err))
        build_error(b, build_pointer(b, "%s/Recurrence", pointer), "%s (A72)", err.text);
    if (!text && !build_get(object, "StartTime"))
        build_error(b, pointer, "needs a Recurrence or a StartTime (A72)");
    s.time_zone = build_time_zone(b, object, pointer, "TimeZone");
    if (!s.has_min && !s.has_max && !s.has_desired)
        build_error(b, pointer, "needs a MinSize, MaxSize or DesiredCapacity (A72)");
    for (int i = 0; i < 3; i++)
        if (build_integer(object, keys[i], 0) < 0 || build_integer(object, keys[i], 0) > 1000000)
            build_error(b, build_pointer(b, "%s/%s", pointer, keys[i]), "expected 0..1000000");
    if (s.has_min && s.has_max && s.min_capacity > s.max_capacity)
        build_error(b, build_pointer(b, "%s/MaxSize", pointer),
                    "MinSize %lld is above MaxSize %lld (A80)", (long long)s.min_capacity,
                    (long long)s.max_capacity);
    read_validity(b, object, "StartTime", pointer, &s.start_unix_us);
    read_validity(b, object, "EndTime", pointer, &s.end_unix_us);
    if (s.auto_scaling_group == 0) return;
    check_desired(b, object, pointer, &s);
    build_warn_never_due(b, &s, text ? &parsed : NULL,
                         build_pointer(b, "%s/%s", pointer, text ? "Recurrence" : "StartTime"));
    model_config *c = b->config;
    GROW(b, c->scheduled_actions, c->scheduled_action_count);
    c->scheduled_actions[c->scheduled_action_count++] = s;
}

static void build_one_scheduled(builder *b, const json_t *object, const char *pointer)
{
    const char *name = build_text(object, "ScheduledActionName", NULL),
               *text = build_text(object, "Schedule", NULL);
    if (!name || is_foreign(object)) return;
    if (build_get(object, "AutoScalingGroupName")) {
        build_group_scheduled(b, object, pointer, name);
        return;
    }
    uint32_t target = target_of_resource(b, object, pointer);
    if (target == NO_INDEX) return;
    const json_t *bounds = build_get(object, "ScalableTargetAction");
    schedule parsed;
    sim_error err = {0};
    scheduled_action_config s = {.name = build_copy(b, name),
                                 .scalable_target = target,
                                 .schedule = build_copy(b, text),
                                 .start_unix_us = INT64_MIN,
                                 .end_unix_us = INT64_MAX,
                                 .has_min = build_get(bounds, "MinCapacity") != NULL,
                                 .has_max = build_get(bounds, "MaxCapacity") != NULL,
                                 .min_capacity = build_integer(bounds, "MinCapacity", 0),
                                 .max_capacity = build_integer(bounds, "MaxCapacity", 0)};
    if (!text) {
        build_error(b, pointer, "needs a Schedule: at(), rate() or cron()");
        return;
    }
    if (!schedule_parse(text, &parsed, &err)) {
        build_error(b, build_pointer(b, "%s/Schedule", pointer), "%s (A71)", err.text);
        return;
    }
    s.time_zone = build_time_zone(b, object, pointer, "Timezone");
    if (!build_written(bounds, "MinCapacity") && !build_written(bounds, "MaxCapacity"))
        build_error(b, pointer,
                    "needs a ScalableTargetAction with MinCapacity or MaxCapacity (A70)");
    if (s.has_min && s.has_max)
        check_bounds(b, bounds, build_pointer(b, "%s/ScalableTargetAction", pointer),
                     s.min_capacity, s.max_capacity);
    read_validity(b, object, "StartTime", pointer, &s.start_unix_us);
    read_validity(b, object, "EndTime", pointer, &s.end_unix_us);
    build_warn_never_due(b, &s, &parsed, build_pointer(b, "%s/Schedule", pointer));
    model_config *c = b->config;
    GROW(b, c->scheduled_actions, c->scheduled_action_count);
    c->scheduled_actions[c->scheduled_action_count++] = s;
}

/* ---- All of it ---- */

void build_scaling(builder *b)
{
    size_t i;
    json_t *item;
    json_array_foreach(build_get(b->root, "scalableTargets"), i, item)
        build_one_target(b, item, build_pointer(b, "/scalableTargets/%zu", i));
    const json_t *policies = build_get(b->root, "scalingPolicies");
    uint32_t *items = ARENA_ARRAY(b->memory, json_array_size(policies) + 1, uint32_t);
    json_array_foreach(policies, i, item) items[i] =
        json_is_object(item)
            ? build_one_policy(b, item, build_pointer(b, "/scalingPolicies/%zu", i), false)
            : NO_INDEX;
    json_array_foreach(build_get(b->root, "alarms"), i, item) if (json_is_object(item))
        build_metric_alarm(b, item, build_pointer(b, "/alarms/%zu", i));
    build_warn_idle_policies(b, items, json_array_size(policies));
    json_array_foreach(build_get(b->root, "scheduledActions"), i, item) if (json_is_object(item))
        build_one_scheduled(b, item, build_pointer(b, "/scheduledActions/%zu", i));
    build_unused_zones(b);
}
