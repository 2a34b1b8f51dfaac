/* Alarms, scalable targets, policies and scheduled actions (spec/autoscaling.md sections 2-6). */
#include "models/autoscaling/schedule.h"
#include "models/autoscaling/step_scaling.h"
#include "models/cloudwatch/alarm_rule.h"
#include "scenarios/read/build.h"
#include "scenarios/read/wallclock.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Room for one more in a list of the config. */
#define GROW(b, list, count) ((list) = build_grow((b), (list), (count), sizeof *(list)))

/* Lists double: at powers of two a new block is due. */
static void *build_grow(builder *b, void *list, uint32_t count, size_t size)
{
    if (count > 0 && (count & (count - 1)) != 0) return list;
    void *grown = arena_alloc(b->memory, count ? 2 * (size_t)count : 1, size);
    if (count > 0) memcpy(grown, list, count * size);
    return grown;
}

/* ---- Metrics ---- */

typedef enum { OF_SERVICE, OF_CLUSTER, OF_TARGET_GROUP, OF_QUEUE, OF_GROUP } metric_owner;

typedef struct {
    const char *space, *name;
    metric_owner owner;
    metric_kind kind;
} metric_name;

/* clang-format off */
static const metric_name metric_names[] = {
    {"AWS/ECS", "CPUUtilization",    OF_SERVICE, METRIC_SERVICE_CPU},
    {"AWS/ECS", "MemoryUtilization", OF_SERVICE, METRIC_SERVICE_MEMORY},
    {"AWS/ECS", "CPUReservation",    OF_CLUSTER, METRIC_CLUSTER_CPU_RESERVATION},
    {"AWS/ECS", "MemoryReservation", OF_CLUSTER, METRIC_CLUSTER_MEMORY_RESERVATION},
    {"ECS/ContainerInsights", "RunningTaskCount", OF_SERVICE, METRIC_SERVICE_RUNNING_TASKS},
    {"ECS/ContainerInsights", "PendingTaskCount", OF_SERVICE, METRIC_SERVICE_PENDING_TASKS},
    {"ECS/ContainerInsights", "DesiredTaskCount", OF_SERVICE, METRIC_SERVICE_DESIRED_TASKS},
    {"AWS/ApplicationELB", "RequestCount",          OF_TARGET_GROUP, METRIC_REQUEST_COUNT},
    {"AWS/ApplicationELB", "RequestCountPerTarget", OF_TARGET_GROUP, METRIC_REQUEST_COUNT_PER_TARGET},
    {"AWS/ApplicationELB", "HealthyHostCount",      OF_TARGET_GROUP, METRIC_HEALTHY_HOST_COUNT},
    {"AWS/ApplicationELB", "UnHealthyHostCount",    OF_TARGET_GROUP, METRIC_UNHEALTHY_HOST_COUNT},
    {"AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", OF_TARGET_GROUP, METRIC_HTTP_5XX_COUNT},
    {"AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", OF_TARGET_GROUP, METRIC_TARGET_5XX_COUNT},
    {"AWS/NetworkELB",     "HealthyHostCount",      OF_TARGET_GROUP, METRIC_HEALTHY_HOST_COUNT},
    {"AWS/NetworkELB",     "UnHealthyHostCount",    OF_TARGET_GROUP, METRIC_UNHEALTHY_HOST_COUNT},
    {"AWS/SQS", "ApproximateNumberOfMessagesVisible", OF_QUEUE, METRIC_QUEUE_MESSAGES},
    {"AWS/SQS", "ApproximateAgeOfOldestMessage",      OF_QUEUE, METRIC_QUEUE_AGE},
    {"AWS/EC2", "CPUUtilization",                     OF_GROUP, METRIC_GROUP_CPU},
    {NULL,      "BacklogPerTask",                     OF_QUEUE, METRIC_QUEUE_BACKLOG_PER_TASK}, /* who publishes it names it */
};
/* clang-format on */

static uint32_t add_metric(builder *b, metric_kind kind, uint32_t object, sim_time resolution_us)
{
    model_config *c = b->config;
    for (uint32_t i = 0; i < c->metric_count; i++)
        if (c->metrics[i].kind == kind && c->metrics[i].object == object &&
            c->metrics[i].resolution_us == resolution_us)
            return i;
    GROW(b, c->metrics, c->metric_count);
    c->metrics[c->metric_count] = (metric_config){kind, object, resolution_us};
    return c->metric_count++;
}

static const char *dimension_of(const json_t *object, const char *name)
{
    size_t i;
    json_t *d;
    json_array_foreach(build_get(object, "Dimensions"), i,
                       d) if (strcmp(build_text(d, "Name", ""), name) ==
                              0) return build_text(d, "Value", NULL);
    return NULL;
}

static uint32_t queue_named(const builder *b, const char *name)
{
    for (uint32_t i = 0; name && i < b->config->queue_count; i++)
        if (strcmp(b->config->queues[i].name, name) == 0) return i;
    return NO_INDEX;
}

/* The number of the Auto Scaling group of that name or ARN, from 1; 0: none. */
static uint32_t group_named(builder *b, const char *text)
{
    const json_t *known = json_object_get(b->auto_scaling_index, text);
    if (!known)
        known = json_object_get(b->auto_scaling_index,
                                reference_name(b, text, "autoScalingGroupName/"));
    return (uint32_t)json_integer_value(known);
}

/* The warmup of that length of a group's new instances: index (A83). */
static uint32_t add_warmup(builder *b, uint32_t group, sim_time warmup_us)
{
    model_config *c = b->config;
    for (uint32_t i = 0; i < c->warmup_count; i++)
        if (c->warmups[i].auto_scaling_group == group && c->warmups[i].warmup_us == warmup_us)
            return i;
    GROW(b, c->warmups, c->warmup_count);
    c->warmups[c->warmup_count] = (warmup_config){group, warmup_us};
    return c->warmup_count++;
}

/* What a group's own metric leaves out where no policy says otherwise: DefaultInstanceWarmup. */
static uint32_t warmup_of_group(builder *b, const char *name)
{
    uint32_t group = name ? group_named(b, name) : 0;
    if (group == 0) return NO_INDEX;
    sim_time warmup_us = b->config->auto_scaling_groups[group - 1].default_warmup_us;
    return add_warmup(b, group, warmup_us == SIM_NEVER ? 0 : warmup_us);
}

/* Whose the metric is; NO_INDEX: nobody's in this scenario. */
static uint32_t owner_of(builder *b, const json_t *object, metric_owner owner)
{
    const char *service = dimension_of(object, "ServiceName"),
               *group = dimension_of(object, "TargetGroup"),
               *cluster = dimension_of(object, "ClusterName");
    if (owner != OF_TARGET_GROUP && cluster && strcmp(cluster, b->config->cluster_name) != 0)
        return NO_INDEX;
    if (owner == OF_CLUSTER) return service ? NO_INDEX : 0;
    if (owner == OF_QUEUE) return queue_named(b, dimension_of(object, "QueueName"));
    if (owner == OF_GROUP) return warmup_of_group(b, dimension_of(object, "AutoScalingGroupName"));
    const char *name = owner == OF_SERVICE ? service : group;
    if (!name) return NO_INDEX;
    return owner == OF_SERVICE ? build_known_service(b, name) : build_known_target_group(b, name);
}

/* The metric that Namespace, MetricName and Dimensions name; NO_INDEX: nothing publishes it. */
static uint32_t find_metric(builder *b, const json_t *object, sim_time resolution_us)
{
    const char *space = build_text(object, "Namespace", ""),
               *name = build_text(object, "MetricName", "");
    for (size_t i = 0; i < sizeof metric_names / sizeof *metric_names; i++) {
        const metric_name *m = &metric_names[i];
        if ((m->space && strcmp(m->space, space) != 0) || strcmp(m->name, name) != 0) continue;
        uint32_t owner = owner_of(b, object, m->owner);
        bool fine = m->kind == METRIC_SERVICE_CPU || m->kind == METRIC_SERVICE_MEMORY; /* A08 */
        if (owner != NO_INDEX)
            return add_metric(b, m->kind, owner, fine ? resolution_us : SIM_MINUTE);
    }
    return NO_INDEX;
}

static void warn_unpublished(builder *b, const json_t *object, const char *pointer)
{
    build_warning(b, pointer,
                  "nothing in the scenario publishes the metric \"%s\" of \"%s\" with these "
                  "dimensions: it never has data (A06)",
                  build_text(object, "MetricName", ""), build_text(object, "Namespace", ""));
}

/* The same metric as a policy of the group sees it: without those that are not warm for it (A83). */
static uint32_t as_policy_sees(builder *b, uint32_t metric, const scaling_policy_config *p)
{
    const model_config *c = b->config;
    if (metric == NO_INDEX || p->warmup == NO_INDEX || c->metrics[metric].kind != METRIC_GROUP_CPU)
        return metric;
    const warmup_config *of = &c->warmups[c->metrics[metric].object];
    if (of->auto_scaling_group != c->warmups[p->warmup].auto_scaling_group) return metric;
    return add_metric(b, METRIC_GROUP_CPU, p->warmup, SIM_MINUTE);
}

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
    if (min <= max) return;
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
    if (!build_get(object, "MinCapacity") || !build_get(object, "MaxCapacity")) {
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
    a->has_min = build_get(body, "MinCapacity") != NULL;
    a->has_max = build_get(body, "MaxCapacity") != NULL;
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
    if (!build_get(c, "AdjustmentType"))
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
            return add_metric(b, p->kind, policy->warmup, p->resolution_us);
        if (p->kind != METRIC_REQUEST_COUNT_PER_TARGET)
            return add_metric(b, p->kind, service, p->resolution_us);
        uint32_t group = group_of_label(b, metric, pointer);
        return group == NO_INDEX ? NO_INDEX : add_metric(b, p->kind, group, p->resolution_us);
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

static metric_statistic statistic_of(const json_t *object, metric_statistic fallback)
{
    static const char *const words[] = {"SampleCount", "Average", "Sum", "Minimum", "Maximum"};
    for (int i = 0; i < 5; i++)
        if (strcmp(build_text(object, "Statistic", ""), words[i]) == 0) return (metric_statistic)i;
    return fallback;
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
    *statistic = statistic_of(customized, STATISTIC_AVERAGE);
    if (build_get(customized, "Metrics")) {
        build_error(b, at, "metric math is not simulated by this version of berth");
        return NO_INDEX;
    }
    uint32_t metric = find_metric(b, customized, SIM_MINUTE);
    if (metric == NO_INDEX) warn_unpublished(b, customized, at);
    return as_policy_sees(b, metric, policy);
}

static uint32_t add_alarm(builder *b, const alarm_config *alarm)
{
    model_config *c = b->config;
    GROW(b, c->alarms, c->alarm_count);
    c->alarms[c->alarm_count] = *alarm;
    return c->alarm_count++;
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
    p->alarm_high = add_alarm(b, &high);
    p->alarm_low = add_alarm(b, &low);
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
    if (p->target <= 0)
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
    if (!build_get(object, "ScalingAdjustment"))
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
    p->warmup = add_warmup(
        b, group,
        build_integer(object, "EstimatedInstanceWarmup", warmup_us / SIM_SECOND) * SIM_SECOND);
    p->disabled = !build_flag(object, "Enabled", true);
    if (kind == SIMPLE) read_simple(b, object, pointer, g->default_cooldown_us, p);
    if (kind == STEP) read_steps(b, object, pointer, p);
    if (kind == TRACKING) read_tracking(b, tracking, at, index);
    return index;
}

/* ---- Policies of either ---- */

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
    if (!step == !tracking) {
        build_error(b, pointer,
                    "needs either a StepScalingPolicyConfiguration or a "
                    "TargetTrackingScalingPolicyConfiguration");
        return NO_INDEX;
    }
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
}

/* ---- Alarms ---- */

/* The policy that an action names; NO_INDEX: none, which has been reported where it should be one. */
static uint32_t policy_of_action(builder *b, const char *text, const char *pointer)
{
    const model_config *c = b->config;
    const char *marker = strstr(text, "policyName/"), *name = marker ? marker + 11 : text;
    if (strncmp(text, "arn:", 4) == 0 && !marker) return NO_INDEX; /* a topic, an EC2 action, … */
    uint32_t found = NO_INDEX, count = 0;
    for (uint32_t i = 0; i < c->scaling_policy_count; i++) {
        const scaling_policy_config *p = &c->scaling_policies[i];
        if (p->registered_later) continue;
        if (p->arn && strcmp(p->arn, text) == 0) return i;
        if (strcmp(p->name, name) != 0) continue;
        found = i;
        count++;
    }
    if (count == 1) return found;
    if (build_unread(b, "scalingPolicies")) return NO_INDEX;
    const char **names = ARENA_ARRAY(b->memory, c->scaling_policy_count + 1, const char *);
    for (uint32_t i = 0; i < c->scaling_policy_count; i++)
        names[i] = c->scaling_policies[i].name;
    if (count == 0)
        build_error(b, pointer, "no scaling policy \"%s\"%s", name,
                    build_suggestion(b, name, names, c->scaling_policy_count));
    else
        build_error(b, pointer, "%u scaling policies are called \"%s\": give the policy's ARN",
                    count, name);
    return NO_INDEX;
}

static void read_actions(builder *b, const json_t *object, const char *key, const char *pointer,
                         alarm_actions *actions)
{
    const json_t *list = build_get(object, key);
    actions->policies = ARENA_ARRAY(b->memory, json_array_size(list) + 1, uint32_t);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        if (!text) continue;
        uint32_t policy = policy_of_action(b, text, build_pointer(b, "%s/%s/%zu", pointer, key, i));
        if (policy == NO_INDEX) continue;
        if (b->config->scaling_policies[policy].kind == POLICY_STEP)
            actions->policies[actions->count++] = policy;
        else /* AWS shows a tracking policy's own alarms among all alarms */
            build_warning(b, build_pointer(b, "%s/%s/%zu", pointer, key, i),
                          "a target tracking policy makes its own two alarms: this one has no "
                          "effect (A60)");
    }
}

/* What berth does not simulate of an alarm; NULL: nothing. */
static const char *unknown_to_us(const json_t *object)
{
    const char *comparison = build_text(object, "ComparisonOperator", "");
    if (build_get(object, "Metrics")) return "metric math";
    if (build_get(object, "ExtendedStatistic")) return "a percentile (A28)";
    if (build_get(object, "ThresholdMetricId") || strstr(comparison, "Lower") ||
        strstr(comparison, "UpperThreshold"))
        return "an anomaly band (A21)";
    return build_get(object, "EvaluationCriteria") ? "a query" : NULL;
}

static void check_period(builder *b, const alarm_config *a, const char *pointer)
{
    sim_time span = a->period_us * a->evaluation_periods, day = SIM_DAY;
    bool fine = a->period_us == 20 * SIM_SECOND && a->metric != NO_INDEX &&
                b->config->metrics[a->metric].resolution_us == a->period_us;
    if (!fine && (a->period_us % SIM_MINUTE != 0 || a->period_us <= 0))
        build_error(b, build_pointer(b, "%s/Period", pointer),
                    "a multiple of 60 s (20 s for CPU and memory of a service): these metrics have "
                    "a datapoint a "
                    "minute (A07, A08, A22)");
    else if (span > (a->period_us < SIM_HOUR ? day : 7 * day))
        build_error(b, build_pointer(b, "%s/EvaluationPeriods", pointer),
                    "Period x EvaluationPeriods is %lld s, at most %lld (A22)",
                    (long long)(span / SIM_SECOND),
                    (long long)((a->period_us < SIM_HOUR ? day : 7 * day) / SIM_SECOND));
    if (a->datapoints_to_alarm < 1 || a->datapoints_to_alarm > a->evaluation_periods)
        build_error(b, build_pointer(b, "%s/DatapointsToAlarm", pointer),
                    "%u of %u datapoints: at least 1, at most EvaluationPeriods (A22)",
                    a->datapoints_to_alarm, a->evaluation_periods);
}

static void read_condition(builder *b, const json_t *object, const char *pointer, alarm_config *a)
{
    static const char *const comparisons[] = {"GreaterThanOrEqualToThreshold",
                                              "GreaterThanThreshold", "LessThanThreshold",
                                              "LessThanOrEqualToThreshold"};
    static const char *const missing[] = {"missing", "ignore", "breaching", "notBreaching"};
    static const char *const needed[] = {
        "MetricName",        "Namespace", "Statistic",         "Period",
        "EvaluationPeriods", "Threshold", "ComparisonOperator"};
    for (int i = 0; i < 4; i++) {
        if (strcmp(build_text(object, "ComparisonOperator", ""), comparisons[i]) == 0)
            a->comparison = (alarm_comparison)i;
        if (strcmp(build_text(object, "TreatMissingData", "missing"), missing[i]) == 0)
            a->missing = (missing_data_rule)i;
    }
    a->statistic = statistic_of(object, STATISTIC_AVERAGE);
    a->period_us = build_integer(object, "Period", 60) * SIM_SECOND;
    a->evaluation_periods = (uint32_t)build_integer(object, "EvaluationPeriods", 1);
    a->datapoints_to_alarm =
        (uint32_t)build_integer(object, "DatapointsToAlarm", a->evaluation_periods);
    a->threshold = build_number(object, "Threshold", 0);
    bool complete = true;
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!build_get(object, needed[i]))
            complete = build_error(b, pointer, "needs a %s", needed[i]);
    if (complete) check_period(b, a, pointer);
}

/* An alarm on a group's own metric looks at it as the first policy of that group that it drives does. */
static uint32_t as_first_policy_sees(builder *b, const alarm_config *a)
{
    for (int state = 0; state < ALARM_STATE_COUNT; state++)
        for (uint32_t i = 0; i < a->actions[state].count; i++) {
            const scaling_policy_config *p =
                &b->config->scaling_policies[a->actions[state].policies[i]];
            uint32_t metric = as_policy_sees(b, a->metric, p);
            if (metric != a->metric) return metric;
        }
    return a->metric;
}

static void build_one_alarm(builder *b, const json_t *object, const char *pointer)
{
    const char *name = build_text(object, "AlarmName", NULL), *unknown = unknown_to_us(object);
    if (!name) return;
    static const char *const keys[ALARM_STATE_COUNT] = {"InsufficientDataActions", "OKActions",
                                                        "AlarmActions"};
    alarm_config a = {.name = build_copy(b, name),
                      .arn = build_copy(b, build_text(object, "AlarmArn", NULL)),
                      .metric = NO_INDEX};
    uint32_t actions = 0;
    if (build_flag(object, "ActionsEnabled", true))
        for (int state = 0; state < ALARM_STATE_COUNT; state++) {
            read_actions(b, object, keys[state], pointer, &a.actions[state]);
            actions += a.actions[state].count;
        }
    if (unknown && actions > 0) {
        build_error(b, pointer,
                    "is over %s, which is not simulated by this version of berth, and "
                    "a scaling policy depends on it",
                    unknown);
        return;
    }
    if (unknown) {
        build_warning(b, pointer, "is over %s, which is not simulated: left out", unknown);
        reference_add(b->alarm_index, name, a.arn, NO_INDEX);
        return;
    }
    if (!reference_add(b->alarm_index, name, a.arn, b->config->alarm_count)) {
        build_error(b, build_pointer(b, "%s/AlarmName", pointer),
                    "there is an alarm \"%s\" already", name);
        return;
    }
    bool fine = build_integer(object, "Period", 60) == 20;
    a.metric = find_metric(b, object, fine ? 20 * SIM_SECOND : SIM_MINUTE);
    a.metric = as_first_policy_sees(b, &a);
    read_condition(b, object, pointer, &a);
    if (a.metric == NO_INDEX) warn_unpublished(b, object, pointer);
    add_alarm(b, &a);
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
    if (!wallclock_zone(build_text(object, "TimeZone", "UTC"), &err))
        build_error(b, build_pointer(b, "%s/TimeZone", pointer), "%s", err.text);
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
    if (!wallclock_zone(build_text(object, "Timezone", "UTC"), &err))
        build_error(b, build_pointer(b, "%s/Timezone", pointer), "%s", err.text);
    if (!s.has_min && !s.has_max)
        build_error(b, pointer,
                    "needs a ScalableTargetAction with MinCapacity or MaxCapacity (A70)");
    if (s.has_min && s.has_max)
        check_bounds(b, bounds, build_pointer(b, "%s/ScalableTargetAction", pointer),
                     s.min_capacity, s.max_capacity);
    read_validity(b, object, "StartTime", pointer, &s.start_unix_us);
    read_validity(b, object, "EndTime", pointer, &s.end_unix_us);
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
    json_array_foreach(build_get(b->root, "scalingPolicies"), i, item) if (json_is_object(item))
        build_one_policy(b, item, build_pointer(b, "/scalingPolicies/%zu", i), false);
    json_array_foreach(build_get(b->root, "alarms"), i, item) if (json_is_object(item))
        build_one_alarm(b, item, build_pointer(b, "/alarms/%zu", i));
    json_array_foreach(build_get(b->root, "scheduledActions"), i, item) if (json_is_object(item))
        build_one_scheduled(b, item, build_pointer(b, "/scheduledActions/%zu", i));
}
