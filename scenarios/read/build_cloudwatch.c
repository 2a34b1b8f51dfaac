/* Which metric a text means, and alarms (spec/autoscaling.md sections 1, 2). */
#include "models/cloudwatch/metric.h"
#include "scenarios/read/build_scaling_parts.h"
#include <string.h>

/* Lists double: at powers of two a new block is due. */
void *build_grow(builder *b, void *list, uint32_t count, size_t size)
{
    if (count > 0 && (count & (count - 1)) != 0) return list;
    void *grown = arena_alloc(b->memory, count ? 2 * (size_t)count : 1, size);
    if (count > 0) memcpy(grown, list, count * size);
    return grown;
}

/* ---- Metrics ---- */

typedef enum {
    OF_SERVICE,
    OF_CLUSTER,
    OF_TARGET_GROUP,
    OF_APPLICATION, /* an application load balancer: all of its target groups */
    OF_CLASSIC,     /* a classic one: the target group that stands for it */
    OF_QUEUE,
    OF_GROUP
} metric_owner;

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
    {"AWS/ApplicationELB", "TargetResponseTime",    OF_TARGET_GROUP, METRIC_RESPONSE_TIME},
    {"AWS/ApplicationELB", "RequestCount",          OF_APPLICATION, METRIC_BALANCER_REQUEST_COUNT},
    {"AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", OF_APPLICATION, METRIC_BALANCER_5XX_COUNT},
    {"AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", OF_APPLICATION, METRIC_BALANCER_TARGET_5XX_COUNT},
    {"AWS/ApplicationELB", "TargetResponseTime",    OF_APPLICATION, METRIC_BALANCER_RESPONSE_TIME},
    {"AWS/ELB", "RequestCount",         OF_CLASSIC, METRIC_REQUEST_COUNT},
    {"AWS/ELB", "HTTPCode_ELB_5XX",     OF_CLASSIC, METRIC_HTTP_5XX_COUNT},
    {"AWS/ELB", "HTTPCode_Backend_5XX", OF_CLASSIC, METRIC_TARGET_5XX_COUNT},
    {"AWS/ELB", "Latency",              OF_CLASSIC, METRIC_RESPONSE_TIME},
    {"AWS/ELB", "HealthyHostCount",     OF_CLASSIC, METRIC_HEALTHY_HOST_COUNT},
    {"AWS/ELB", "UnHealthyHostCount",   OF_CLASSIC, METRIC_UNHEALTHY_HOST_COUNT},
    {"AWS/NetworkELB",     "HealthyHostCount",      OF_TARGET_GROUP, METRIC_HEALTHY_HOST_COUNT},
    {"AWS/NetworkELB",     "UnHealthyHostCount",    OF_TARGET_GROUP, METRIC_UNHEALTHY_HOST_COUNT},
    {"AWS/SQS", "ApproximateNumberOfMessagesVisible", OF_QUEUE, METRIC_QUEUE_MESSAGES},
    {"AWS/SQS", "ApproximateAgeOfOldestMessage",      OF_QUEUE, METRIC_QUEUE_AGE},
    {"AWS/EC2", "CPUUtilization",                     OF_GROUP, METRIC_GROUP_CPU},
    {NULL,      "BacklogPerTask",                     OF_QUEUE, METRIC_QUEUE_BACKLOG_PER_TASK}, /* who publishes it names it */
};
/* clang-format on */

uint32_t build_add_metric(builder *b, metric_kind kind, uint32_t object, sim_time resolution_us)
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

uint32_t build_add_warmup(builder *b, uint32_t group, sim_time warmup_us)
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
    return build_add_warmup(b, group, warmup_us == SIM_NEVER ? 0 : warmup_us);
}

/* The application load balancer of a dimension app/NAME/ID (its ARN, its name); NO_INDEX. */
static uint32_t application_balancer(builder *b, const json_t *object)
{
    const char *text = dimension_of(object, "LoadBalancer");
    if (!text || dimension_of(object, "TargetGroup") || dimension_of(object, "AvailabilityZone"))
        return NO_INDEX;
    if (strncmp(text, "app/", 4) == 0) text = build_pointer(b, "loadbalancer/%s", text);
    uint32_t balancer = build_known_load_balancer(b, text);
    if (balancer == NO_INDEX) return NO_INDEX;
    bool is_one = b->config->load_balancers[balancer].type == LOAD_BALANCER_APPLICATION;
    return is_one ? balancer : NO_INDEX;
}

/* The target group that stands for a classic load balancer; NO_INDEX. */
static uint32_t group_of_classic(builder *b, const json_t *object)
{
    const char *name = dimension_of(object, "LoadBalancerName");
    if (!name || dimension_of(object, "AvailabilityZone")) return NO_INDEX;
    uint32_t balancer = build_known_load_balancer(b, name);
    if (balancer == NO_INDEX) return NO_INDEX;
    for (uint32_t g = 0; g < b->config->target_group_count; g++)
        if (b->config->target_groups[g].load_balancer == balancer && build_group_is_classic(b, g))
            return g;
    return NO_INDEX;
}

/* Whose the metric is; NO_INDEX: nobody's in this scenario. */
static uint32_t owner_of(builder *b, const json_t *object, metric_owner owner)
{
    const char *service = dimension_of(object, "ServiceName"),
               *group = dimension_of(object, "TargetGroup"),
               *cluster = dimension_of(object, "ClusterName");
    if (owner != OF_TARGET_GROUP && cluster && strcmp(cluster, b->config->cluster_name) != 0)
        return NO_INDEX;
    if (owner == OF_APPLICATION) return application_balancer(b, object);
    if (owner == OF_CLASSIC) return group_of_classic(b, object);
    if (owner == OF_CLUSTER) return service ? NO_INDEX : 0;
    if (owner == OF_QUEUE) return queue_named(b, dimension_of(object, "QueueName"));
    if (owner == OF_GROUP) return warmup_of_group(b, dimension_of(object, "AutoScalingGroupName"));
    const char *name = owner == OF_SERVICE ? service : group;
    if (!name) return NO_INDEX;
    return owner == OF_SERVICE ? build_known_service(b, name) : build_known_target_group(b, name);
}

uint32_t build_find_metric(builder *b, const json_t *object, sim_time resolution_us)
{
    const char *space = build_text(object, "Namespace", ""),
               *name = build_text(object, "MetricName", "");
    for (size_t i = 0; i < sizeof metric_names / sizeof *metric_names; i++) {
        const metric_name *m = &metric_names[i];
        if ((m->space && strcmp(m->space, space) != 0) || strcmp(m->name, name) != 0) continue;
        uint32_t owner = owner_of(b, object, m->owner);
        bool fine = m->kind == METRIC_SERVICE_CPU || m->kind == METRIC_SERVICE_MEMORY; /* A08 */
        if (owner != NO_INDEX)
            return build_add_metric(b, m->kind, owner, fine ? resolution_us : SIM_MINUTE);
    }
    return NO_INDEX;
}

size_t build_published_metrics(builder *b, const char *space, const char ***published)
{
    const size_t count = sizeof metric_names / sizeof *metric_names;
    size_t found = 0;
    *published = ARENA_ARRAY(b->memory, count, const char *);
    for (size_t i = 0; i < count; i++) {
        const metric_name *m = &metric_names[i];
        if (m->space ? strcmp(m->space, space) != 0 : strncmp(space, "AWS/", 4) == 0) continue;
        bool known = false;
        for (size_t k = 0; k < found && !known; k++)
            known = strcmp((*published)[k], m->name) == 0;
        if (!known) (*published)[found++] = m->name;
    }
    return found;
}

uint32_t build_metric_of_policy(builder *b, uint32_t metric, const scaling_policy_config *p)
{
    const model_config *c = b->config;
    if (metric == NO_INDEX || p->warmup == NO_INDEX || c->metrics[metric].kind != METRIC_GROUP_CPU)
        return metric;
    const warmup_config *of = &c->warmups[c->metrics[metric].object];
    if (of->auto_scaling_group != c->warmups[p->warmup].auto_scaling_group) return metric;
    return build_add_metric(b, METRIC_GROUP_CPU, p->warmup, SIM_MINUTE);
}

const char *build_extreme_of_mean(const json_t *object)
{
    const char *name = build_text(object, "MetricName", ""),
               *space = build_text(object, "Namespace", "");
    const metric_statistic statistic = build_statistic(object, STATISTIC_AVERAGE);
    if (statistic != STATISTIC_MINIMUM && statistic != STATISTIC_MAXIMUM) return NULL;
    for (size_t i = 0; i < sizeof metric_names / sizeof *metric_names; i++) {
        const metric_name *m = &metric_names[i];
        if (m->space && strcmp(m->space, space) == 0 && strcmp(m->name, name) == 0 &&
            !metric_has_extremes(m->kind))
            return statistic == STATISTIC_MINIMUM ? "the Minimum of response times"
                                                  : "the Maximum of response times";
    }
    return NULL;
}

metric_statistic build_statistic(const json_t *object, metric_statistic fallback)
{
    static const char *const words[] = {"SampleCount", "Average", "Sum", "Minimum", "Maximum"};
    for (int i = 0; i < 5; i++)
        if (strcmp(build_text(object, "Statistic", ""), words[i]) == 0) return (metric_statistic)i;
    return fallback;
}

/* ---- Alarms ---- */

uint32_t build_add_alarm(builder *b, const alarm_config *alarm)
{
    model_config *c = b->config;
    GROW(b, c->alarms, c->alarm_count);
    c->alarms[c->alarm_count] = *alarm;
    return c->alarm_count++;
}
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
    const char **known = ARENA_ARRAY(b->memory, c->scaling_policy_count + 1, const char *);
    for (uint32_t i = 0; i < c->scaling_policy_count; i++)
        known[i] = c->scaling_policies[i].name;
    if (count == 0)
        build_error(b, pointer, "no scaling policy \"%s\"%s", name,
                    build_suggestion(b, name, known, c->scaling_policy_count));
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
    const char *extreme = build_extreme_of_mean(object);
    if (extreme) return extreme;
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
    static const char *const needed[][2] = {{"a", "MetricName"},         {"a", "Namespace"},
                                            {"a", "Statistic"},          {"a", "Period"},
                                            {"an", "EvaluationPeriods"}, {"a", "Threshold"},
                                            {"a", "ComparisonOperator"}};
    for (int i = 0; i < 4; i++) {
        if (strcmp(build_text(object, "ComparisonOperator", ""), comparisons[i]) == 0)
            a->comparison = (alarm_comparison)i;
        if (strcmp(build_text(object, "TreatMissingData", "missing"), missing[i]) == 0)
            a->missing = (missing_data_rule)i;
    }
    a->statistic = build_statistic(object, STATISTIC_AVERAGE);
    a->period_us = build_integer(object, "Period", 60) * SIM_SECOND;
    a->evaluation_periods = (uint32_t)build_integer(object, "EvaluationPeriods", 1);
    a->datapoints_to_alarm =
        (uint32_t)build_integer(object, "DatapointsToAlarm", a->evaluation_periods);
    a->threshold = build_number(object, "Threshold", 0);
    bool complete =
        build_get(object, "DatapointsToAlarm") || !build_written(object, "DatapointsToAlarm");
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        complete &= build_get(object, needed[i][1]) != NULL;
        if (!build_written(object, needed[i][1]))
            build_error(b, pointer, "needs %s %s", needed[i][0], needed[i][1]);
    }
    if (complete) check_period(b, a, pointer);
}

/* An alarm on a group's own metric looks at it as the first policy of that group that it drives does. */
static uint32_t as_first_policy_sees(builder *b, const alarm_config *a)
{
    for (int state = 0; state < ALARM_STATE_COUNT; state++)
        for (uint32_t i = 0; i < a->actions[state].count; i++) {
            const scaling_policy_config *p =
                &b->config->scaling_policies[a->actions[state].policies[i]];
            uint32_t metric = build_metric_of_policy(b, a->metric, p);
            if (metric != a->metric) return metric;
        }
    return a->metric;
}

void build_metric_alarm(builder *b, const json_t *object, const char *pointer)
{
    const char *name = build_text(object, "AlarmName", NULL), *unknown = unknown_to_us(object);
    if (!name || build_written(object, "AlarmRule")) return; /* composite: reported */
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
    a.metric = build_find_metric(b, object, fine ? 20 * SIM_SECOND : SIM_MINUTE);
    a.metric = as_first_policy_sees(b, &a);
    read_condition(b, object, pointer, &a);
    if (a.metric == NO_INDEX)
        build_warn_unpublished(b, object, pointer);
    else if (fine)
        build_warn_resolution(b, a.metric, build_pointer(b, "%s/Period", pointer));
    build_add_alarm(b, &a);
}
