/* What scaling takes and what then has no effect, or not the one that was meant. */
#include "scenarios/read/build_scaling_parts.h"
#include "scenarios/read/spelling.h"
#include "scenarios/read/wallclock.h"
#include <string.h>

/* ---- Metrics that nothing publishes ---- */

typedef struct {
    const char *space;
    const char *names[40];
} metric_space;

/* clang-format off */
/* What AWS publishes beside what build_published_metrics gives; a name that is in both counts as published. */
static const metric_space aws_metrics[] = {
    {"AWS/ECS", {"CPUReservation", "MemoryReservation", "GPUReservation", "EBSFilesystemUtilization", "ActiveConnectionCount",
        "NewConnectionCount", "ProcessedBytes", "RequestCount", "RequestCountPerTarget", "TargetResponseTime",
        "GrpcRequestCount", "HTTPCode_Target_2XX_Count", "HTTPCode_Target_3XX_Count", "HTTPCode_Target_4XX_Count",
        "HTTPCode_Target_5XX_Count", "ClientTLSNegotiationErrorCount", "TargetTLSNegotiationErrorCount"}},
    {"ECS/ContainerInsights", {"ContainerInstanceCount", "CpuReserved", "CpuUtilized", "DeploymentCount", "EphemeralStorageReserved",
        "EphemeralStorageUtilized", "MemoryReserved", "MemoryUtilized", "NetworkRxBytes", "NetworkTxBytes",
        "RestartCount", "ServiceCount", "StorageReadBytes", "StorageWriteBytes", "TaskCount", "TaskSetCount"}},
    {"AWS/ApplicationELB", {"ActiveConnectionCount", "AnomalousHostCount", "ClientTLSNegotiationErrorCount", "ConsumedLCUs",
        "DesyncMitigationMode_NonCompliant_Request_Count", "DroppedInvalidHeaderRequestCount", "ForwardedInvalidHeaderRequestCount",
        "GrpcRequestCount", "HTTP_Fixed_Response_Count", "HTTP_Redirect_Count", "HTTPCode_ELB_3XX_Count",
        "HTTPCode_ELB_4XX_Count", "HTTPCode_ELB_5XX_Count", "HTTPCode_ELB_500_Count", "HTTPCode_ELB_502_Count",
        "HTTPCode_ELB_503_Count", "HTTPCode_ELB_504_Count", "HTTPCode_Target_2XX_Count", "HTTPCode_Target_3XX_Count",
        "HTTPCode_Target_4XX_Count", "IPv6ProcessedBytes", "IPv6RequestCount", "MitigatedHostCount", "NewConnectionCount",
        "NonStickyRequestCount", "PeakLCUs", "ProcessedBytes", "RejectedConnectionCount", "RuleEvaluations",
        "TargetConnectionErrorCount", "TargetResponseTime", "TargetTLSNegotiationErrorCount", "HealthyStateDNS",
        "HealthyStateRouting", "UnhealthyRoutingRequestCount", "UnhealthyStateDNS", "UnhealthyStateRouting"}},
    {"AWS/NetworkELB", {"ActiveFlowCount", "ActiveFlowCount_TCP", "ActiveFlowCount_TLS", "ActiveFlowCount_UDP",
        "ClientTLSNegotiationErrorCount", "ConsumedLCUs", "NewFlowCount", "NewFlowCount_TCP", "NewFlowCount_TLS",
        "NewFlowCount_UDP", "PeakBytesPerSecond", "PeakPacketsPerSecond", "PortAllocationErrorCount", "ProcessedBytes",
        "ProcessedPackets", "RejectedFlowCount", "TargetTLSNegotiationErrorCount", "TCP_Client_Reset_Count",
        "TCP_ELB_Reset_Count", "TCP_Target_Reset_Count", "UnhealthyRoutingFlowCount"}},
    {"AWS/ELB", {"BackendConnectionErrors", "HealthyHostCount", "HTTPCode_Backend_2XX", "HTTPCode_Backend_3XX",
        "HTTPCode_Backend_4XX", "HTTPCode_Backend_5XX", "HTTPCode_ELB_4XX", "HTTPCode_ELB_5XX", "Latency", "RequestCount",
        "SpilloverCount", "SurgeQueueLength", "UnHealthyHostCount"}},
    {"AWS/SQS", {"ApproximateNumberOfMessagesDelayed", "ApproximateNumberOfMessagesNotVisible", "NumberOfEmptyReceives",
        "NumberOfMessagesDeleted", "NumberOfMessagesReceived", "NumberOfMessagesSent", "SentMessageSize"}},
    {"AWS/EC2", {"CPUCreditBalance", "CPUCreditUsage", "CPUSurplusCreditBalance", "DiskReadBytes", "DiskReadOps", "DiskWriteBytes",
        "DiskWriteOps", "EBSReadBytes", "EBSReadOps", "EBSWriteBytes", "EBSWriteOps", "MetadataNoToken", "NetworkIn", "NetworkOut",
        "NetworkPacketsIn", "NetworkPacketsOut", "StatusCheckFailed", "StatusCheckFailed_Instance", "StatusCheckFailed_System"}},
    {"AWS/ECS/ManagedScaling", {"CapacityProviderReservation"}},
    {"AWS/AutoScaling", {"GroupDesiredCapacity", "GroupInServiceCapacity", "GroupInServiceInstances", "GroupMaxSize", "GroupMinSize",
        "GroupPendingInstances", "GroupStandbyInstances", "GroupTerminatingInstances", "GroupTotalCapacity", "GroupTotalInstances"}},
};
/* clang-format on */

static bool is_of_aws(const char *space, const char *name)
{
    for (size_t i = 0; i < sizeof aws_metrics / sizeof *aws_metrics; i++)
        for (size_t k = 0; strcmp(aws_metrics[i].space, space) == 0 && k < 40; k++)
            if (aws_metrics[i].names[k] && strcmp(aws_metrics[i].names[k], name) == 0) return true;
    return false;
}

static bool is_among(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0) return true;
    return false;
}

void build_warn_unpublished(builder *b, const json_t *object, const char *pointer)
{
    const char *space = build_text(object, "Namespace", NULL),
               *name = build_text(object, "MetricName", NULL);
    if (!space || !name) return; /* that it is missing is reported */
    const char **names;
    const size_t count = build_published_metrics(b, space, &names);
    const char *at = build_pointer(b, "%s/MetricName", pointer),
               *near = spelling_nearest(name, names, count);
    if (is_among(name, names, count))
        build_warning(b, build_pointer(b, "%s/Dimensions", pointer),
                      "nothing in the scenario publishes the metric \"%s\" of \"%s\" with these "
                      "dimensions: it never has data (A06)",
                      name, space);
    else if (is_of_aws(space, name))
        build_warning(b, at,
                      "the metric \"%s\" of \"%s\" is not simulated by this version of berth: it "
                      "never has data (A06); of %s there is: %s",
                      name, space, space, build_candidates(b, names, count));
    else if (near)
        build_warning(b, at,
                      "no metric \"%s\" of \"%s\", did you mean \"%s\"? It never has data (A06)",
                      name, space, near);
    else
        build_warning(b, at,
                      "nothing in the scenario publishes a metric \"%s\" of \"%s\": it never has "
                      "data (A06); of %s there is: %s",
                      name, space, space, build_candidates(b, names, count));
}

/* ---- Resolution ---- */

/* Does this `monitoring` have the metric published every 20 s? */
static bool monitors(const json_t *object, const char *metric)
{
    const json_t *list = build_get(build_get(object, "monitoring"), "metricConfigurations");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i), *names = build_get(item, "metricNames");
        for (size_t k = 0; k < json_array_size(names); k++) {
            const char *name = json_string_value(json_array_get(names, k));
            if (name && strcmp(name, metric) == 0 &&
                build_integer(item, "resolutionSeconds", 60) == 20)
                return true;
        }
    }
    return false;
}

void build_warn_resolution(builder *b, uint32_t metric, const char *pointer)
{
    const metric_config *m = &b->config->metrics[metric];
    if (m->resolution_us != 20 * SIM_SECOND) return;
    const char *name = m->kind == METRIC_SERVICE_CPU ? "CPUUtilization" : "MemoryUtilization",
               *service = b->config->services[m->object].name;
    size_t i;
    json_t *item;
    json_array_foreach(build_get(b->root, "services"), i, item)
    {
        const char *of = build_text(item, "serviceName", "");
        if (strcmp(of, service) == 0 && monitors(item, name)) return;
    }
    json_array_foreach(build_get(b->root, "timeline"), i, item)
    {
        const json_t *update = build_get(item, "updateService");
        if (build_known_service(b, build_text(update, "service", "")) == m->object &&
            monitors(update, name))
            return;
    }
    build_warning(
        b, pointer,
        "the service \"%s\" does not publish %s every 20 s, which its \"monitoring\" asks "
        "for: {\"metricConfigurations\": [{\"metricNames\": [\"%s\"], "
        "\"resolutionSeconds\": 20}]}; simulated as if it did (A08)",
        service, name, name);
}

void build_check_monitoring(builder *b, const json_t *object, const char *pointer)
{
    static const char *const known[] = {"CPUUtilization", "MemoryUtilization"};
    const json_t *list = build_get(build_get(object, "monitoring"), "metricConfigurations");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i), *names = build_get(item, "metricNames");
        const char *at = build_pointer(b, "%s/monitoring/metricConfigurations/%zu", pointer, i);
        const long long seconds = build_integer(item, "resolutionSeconds", 60);
        if (seconds != 20 && seconds != 60)
            build_error(b, build_pointer(b, "%s/resolutionSeconds", at),
                        "expected 20 or 60 s, got %lld (A08)", seconds);
        for (size_t k = 0; k < json_array_size(names); k++) {
            const char *name = json_string_value(json_array_get(names, k));
            if (name && !is_among(name, known, 2))
                build_error(b, build_pointer(b, "%s/metricNames/%zu", at, k),
                            "no metric \"%s\" of services%s (A08)", name,
                            build_suggestion(b, name, known, 2));
        }
    }
}

/* ---- Scheduled actions ---- */

void build_warn_never_due(builder *b, const scheduled_action_config *s, const schedule *parsed,
                          const char *pointer)
{
    const model_config *c = b->config;
    if (diagnostics_error_count(b->diag) > 0)
        return; /* it may be of the schedule, the zone or the run */
    const int64_t run_end_us = c->start_unix_us + c->duration_us;
    const bool started = s->start_unix_us == INT64_MIN || c->start_unix_us - 1 >= s->start_unix_us;
    const time_zone *zone = s->time_zone > 0 ? &c->time_zones[s->time_zone - 1] : NULL;
    int64_t next = INT64_MAX;
    if (!started)
        next = s->start_unix_us; /* a start time counts as one (A71) */
    else if (parsed)
        next = schedule_next(parsed, zone,
                             s->start_unix_us == INT64_MIN ? c->start_unix_us : s->start_unix_us,
                             c->start_unix_us - 1);
    if (next <= s->end_unix_us && next <= run_end_us) return;
    char from[WALLCLOCK_TEXT_SIZE], to[WALLCLOCK_TEXT_SIZE];
    wallclock_print(c->start_unix_us, from);
    wallclock_print(run_end_us, to);
    build_warning(b, pointer,
                  "is at no time due within the run, %s to %s (UTC): it never acts (A71)", from,
                  to);
}

/* ---- Policies ---- */

void build_warn_managed(builder *b, uint32_t group, const char *pointer)
{
    const model_config *c = b->config;
    if (!c->auto_scaling_groups[group - 1].managed) return;
    for (uint32_t i = 0; i < c->provider_count; i++)
        if (c->providers[i].auto_scaling_group == group && c->providers[i].managed_scaling)
            build_warning(b, pointer,
                          "the managed scaling of capacity provider \"%s\" sets the desired "
                          "capacity of the group \"%s\", too: the two undo each other (E187)",
                          c->providers[i].name, c->auto_scaling_groups[group - 1].name);
}

static bool is_action(const model_config *c, uint32_t policy)
{
    for (uint32_t i = 0; i < c->alarm_count; i++)
        for (int state = 0; state < ALARM_STATE_COUNT; state++)
            for (uint32_t k = 0; k < c->alarms[i].actions[state].count; k++)
                if (c->alarms[i].actions[state].policies[k] == policy) return true;
    return false;
}

static void warn_idle(builder *b, const scaling_policy_config *p, const char *pointer)
{
    build_warning(b, pointer,
                  "no alarm has the %s scaling policy \"%s\" among its actions: it never acts",
                  p->simple ? "simple" : "step", p->name);
}

void build_warn_idle_policies(builder *b, const uint32_t *items, size_t count)
{
    const model_config *c = b->config;
    if (diagnostics_error_count(b->diag) > 0)
        return; /* it may be of an alarm that could not be read */
    for (size_t i = 0; i < count; i++) {
        const scaling_policy_config *p =
            items[i] == NO_INDEX ? NULL : &c->scaling_policies[items[i]];
        if (p && p->kind == POLICY_STEP && !p->disabled && !is_action(c, items[i]))
            warn_idle(b, p, build_pointer(b, "/scalingPolicies/%zu", i));
    }
}

void build_warn_idle_policy_put(builder *b, uint32_t policy, const char *pointer)
{
    const model_config *c = b->config;
    const scaling_policy_config *p = &c->scaling_policies[policy];
    if (p->kind != POLICY_STEP || p->disabled) return;
    for (uint32_t i = 0; i < policy; i++) /* it replaces one of its name */
        if (c->scaling_policies[i].scalable_target == p->scalable_target &&
            strcmp(c->scaling_policies[i].name, p->name) == 0)
            return;
    warn_idle(b, p, pointer);
}
