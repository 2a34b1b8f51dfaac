/* What stands at the top of a scenario: times, seed, knobs, basis, expectations, quotas. */
#include "scenarios/read/build.h"
#include "scenarios/read/distribution_json.h"
#include "scenarios/read/pointer.h"
#include "scenarios/read/wallclock.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define START_DEFAULT          "1970-01-05T00:00:00Z"
#define SERVICES_QUOTA         5000 /* E190 */
#define TASKS_QUOTA            5000
#define SERVICE_GROUPS_QUOTA   5
#define BALANCER_GROUPS_QUOTA  100 /* L5 */
#define BALANCER_RULES_QUOTA   100
#define BALANCER_LISTENS_QUOTA 50

void build_head(builder *b)
{
    model_config *c = b->config;
    sim_error err = {0};
    const char *start = build_text(b->root, "start", START_DEFAULT);
    char text[WALLCLOCK_TEXT_SIZE];
    if (!wallclock_from_text(start, &c->start_unix_us, &err))
        build_error(b, "/start", "%s", err.text);
    wallclock_print(c->start_unix_us, text);
    c->start_text = build_copy(b, text);
    const char *zone = build_text(b->root, "timeZone", "UTC");
    if (!wallclock_is_utc(zone))
        build_error(
            b, "/timeZone",
            "'%.60s': this version of berth prints wall-clock times in \"UTC\" only (scheduled "
            "actions have their own Timezone or TimeZone)",
            zone);
    c->name = build_copy(b, build_text(b->root, "name", ""));
    c->description = build_copy(b, build_text(b->root, "description", ""));
    c->duration_us = build_span(b->root, "duration", 0);
    c->warmup_us = build_time(b, b->root, "", "warmup", 0);
    if (build_get(b->root, "duration") && c->duration_us <= 0)
        build_error(b, "/duration", "\"duration\" must be above 0");
    else if (c->duration_us > 0 && c->warmup_us >= c->duration_us)
        build_error(b, "/warmup", "\"warmup\" must be below \"duration\"");
    c->seed = (uint64_t)build_integer(b->root, "seed", 1);
    c->replications = (uint32_t)build_integer(b->root, "replications", 1);
}

static void read_ports(builder *b, const json_t *knobs, control_plane_config *c)
{
    const json_t *ports = build_get(knobs, "ephemeralPorts");
    double low = json_number_value(json_array_get(ports, 0)),
           high = json_number_value(json_array_get(ports, 1));
    if (!ports) return;
    if (json_array_size(ports) != 2 || !(low >= 1) || !(high <= 65535) || low > high ||
        low != floor(low) || high != floor(high)) {
        build_error(b, "/controlPlane/ephemeralPorts",
                    "expected [low, high], ports within 1..65535 (E7)");
        return;
    }
    c->ephemeral_port_low = (uint16_t)low;
    c->ephemeral_port_high = (uint16_t)high;
}

static bool is_word(const json_t *knobs, const char *key, const char *word)
{
    return strcmp(build_text(knobs, key, ""), word) == 0;
}

void build_control(builder *b)
{
    const json_t *knobs = build_get(b->root, "controlPlane");
    control_plane_config c = control_plane_defaults();
    c.reconcile_us = build_span(knobs, "reconcileSeconds", c.reconcile_us);
    c.running_settle_us = build_span(knobs, "runningSettleSeconds", c.running_settle_us);
    c.release_on =
        is_word(knobs, "releaseOn", "stopped") ? RELEASE_ON_STOPPED : RELEASE_ON_STOPPING;
    c.max_counts_stopping = build_flag(knobs, "maxCountsStopping", c.max_counts_stopping);
    c.spread_scope = is_word(knobs, "spreadScope", "deployment") ? SPREAD_SCOPE_DEPLOYMENT
                                                                 : SPREAD_SCOPE_SERVICE;
    c.run_task_strategy =
        is_word(knobs, "runTaskStrategy", "firstFit") ? RUN_TASK_FIRST_FIT : RUN_TASK_RANDOM;
    c.launch_rate_per_minute =
        (uint32_t)build_integer(knobs, "launchRatePerMinute", c.launch_rate_per_minute);
    c.placement_retry_fast_us =
        build_span(knobs, "placementRetryFastSeconds", c.placement_retry_fast_us);
    c.placement_retry_slow_us =
        build_span(knobs, "placementRetrySlowSeconds", c.placement_retry_slow_us);
    c.retry_on_capacity_event =
        build_flag(knobs, "retryOnCapacityEvent", c.retry_on_capacity_event);
    c.throttle_after_failures =
        (uint32_t)build_integer(knobs, "throttleAfterFailures", c.throttle_after_failures);
    c.throttle_first_us = build_span(knobs, "throttleFirstSeconds", c.throttle_first_us);
    c.throttle_max_us = build_span(knobs, "throttleMaxSeconds", c.throttle_max_us);
    c.breaker_counts_placement =
        build_flag(knobs, "breakerCountsPlacement", c.breaker_counts_placement);
    c.alarm_poll_us = build_span(knobs, "alarmPollSeconds", c.alarm_poll_us);
    c.bake_max_us = build_span(knobs, "bakeMaxSeconds", c.bake_max_us);
    c.event_repeat_us = build_span(knobs, "eventRepeatSeconds", c.event_repeat_us);
    c.rebalance_delay_us = build_span(knobs, "rebalanceDelaySeconds", c.rebalance_delay_us);
    c.service_stable_poll_us =
        build_span(knobs, "serviceStablePollSeconds", c.service_stable_poll_us);
    c.container_stop_timeout_us =
        build_span(knobs, "containerStopTimeoutSeconds", c.container_stop_timeout_us);
    c.agent_loss_detect_us = build_span(knobs, "agentLossDetectSeconds", c.agent_loss_detect_us);
    c.spot_notice_us = build_span(knobs, "spotNoticeSeconds", c.spot_notice_us);
    if (build_get(knobs, "instanceLaunchSeconds"))
        distribution_from_json(build_get(knobs, "instanceLaunchSeconds"), b->memory,
                               &c.instance_launch, NULL);
    c.managed_drain_us = build_span(knobs, "managedDrainSeconds", c.managed_drain_us);
    c.provisioning_limit =
        (uint32_t)build_integer(knobs, "provisioningLimit", c.provisioning_limit);
    c.provisioning_timeout_us =
        build_span(knobs, "provisioningTimeoutSeconds", c.provisioning_timeout_us);
    c.capacity_scale_in_periods =
        (uint32_t)build_integer(knobs, "capacityScaleInPeriods", c.capacity_scale_in_periods);
    c.initial_healthy_checks =
        is_word(knobs, "initialHealthyChecks", "threshold")
            ? 0
            : (uint32_t)build_integer(knobs, "initialHealthyChecks", c.initial_healthy_checks);
    c.deregistration_lag_us =
        build_span(knobs, "deregistrationLagSeconds", c.deregistration_lag_us);
    c.registration_delay_us =
        build_span(knobs, "registrationDelaySeconds", c.registration_delay_us);
    c.nlb_registration_delay_us =
        build_span(knobs, "nlbRegistrationDelaySeconds", c.nlb_registration_delay_us);
    c.nlb_drain_lag_us = build_span(knobs, "nlbDrainLagSeconds", c.nlb_drain_lag_us);
    c.dns_ttl_us = build_span(knobs, "dnsTtlSeconds", c.dns_ttl_us);
    c.metric_delay_us = build_span(knobs, "metricDelaySeconds", c.metric_delay_us);
    c.high_resolution_delay_us =
        build_span(knobs, "highResolutionDelaySeconds", c.high_resolution_delay_us);
    c.scaling_action_delay_us =
        build_span(knobs, "scalingActionDelaySeconds", c.scaling_action_delay_us);
    c.cooldown_from_fulfilled = is_word(knobs, "cooldownFrom", "fulfilled");
    c.scale_in_max_step = build_integer(knobs, "scaleInMaxStep", 0);
    c.tracking_high_periods =
        (uint32_t)build_integer(knobs, "trackingHighPeriods", c.tracking_high_periods);
    c.tracking_low_periods =
        (uint32_t)build_integer(knobs, "trackingLowPeriods", c.tracking_low_periods);
    c.tracking_low_factor = build_number(knobs, "trackingLowFactor", c.tracking_low_factor);
    c.asg_tracking_low_factor =
        build_number(knobs, "asgTrackingLowFactor", c.asg_tracking_low_factor);
    read_ports(b, knobs, &c);
    static const char *const above_zero[] = {"reconcileSeconds", "placementRetrySlowSeconds",
                                             "serviceStablePollSeconds", "eventRepeatSeconds",
                                             "alarmPollSeconds"};
    for (size_t i = 0; i < sizeof above_zero / sizeof above_zero[0]; i++)
        if (build_get(knobs, above_zero[i]) && build_span(knobs, above_zero[i], 1) <= 0)
            build_error(b, build_pointer(b, "/controlPlane/%s", above_zero[i]), "must be above 0");
    b->config->control = c;
}

/* ---- basis ---- */

void build_basis(builder *b)
{
    const char *pattern;
    json_t *entry;
    json_object_foreach(build_get(b->root, "basis"), pattern, entry)
    {
        pointer_set set = {0};
        sim_error err = {0};
        if (!pointer_match(b->root, pattern, &set, &err))
            build_error(b, build_pointer(b, "/basis/%s", build_escape(b, pattern)), "%s", err.text);
        for (size_t i = 0; i < set.count; i++)
            json_object_set(b->basis_of, set.pointers[i], entry);
        pointer_set_finish(&set);
    }
}

/* ---- expect ---- */

static void read_bounds(builder *b, const json_t *object, const char *pointer,
                        expectation_config *e)
{
    const json_t *between = build_get(object, "between");
    e->has_at_least = build_get(object, "atLeast") != NULL;
    e->has_at_most = build_get(object, "atMost") != NULL;
    e->has_equals = build_get(object, "equals") != NULL;
    e->has_between = between != NULL;
    e->at_least = build_number(object, "atLeast", 0);
    e->at_most = build_number(object, "atMost", 0);
    e->equals = build_number(object, "equals", 0);
    e->tolerance = build_number(object, "tolerance", 0);
    e->between_low = json_number_value(json_array_get(between, 0));
    e->between_high = json_number_value(json_array_get(between, 1));
    if (between && (json_array_size(between) != 2 || e->between_low > e->between_high))
        build_error(b, build_pointer(b, "%s/between", pointer), "expected [low, high]");
    if (build_get(object, "tolerance") && !e->has_equals)
        build_error(b, build_pointer(b, "%s/tolerance", pointer),
                    "\"tolerance\" goes with \"equals\"");
    if (!e->has_at_least && !e->has_at_most && !e->has_equals && !e->has_between &&
        !json_object_get(object, "inShare"))
        build_error(b, pointer, "needs atLeast, atMost, equals or between");
}

void build_expectations(builder *b)
{
    const json_t *list = build_get(b->root, "expect");
    b->config->expectations = ARENA_ARRAY(b->memory, json_array_size(list) + 1, expectation_config);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        const char *metric = build_text(item, "metric", NULL);
        expectation_config *e = &b->config->expectations[b->config->expectation_count];
        if (!metric) continue;
        e->metric = build_copy(b, metric);
        e->pointer = build_pointer(b, "/expect/%zu", i);
        read_bounds(b, item, e->pointer, e);
        b->config->expectation_count++;
    }
}

/* ---- Quotas are warnings (E190, L5) ---- */

static void warn_balancers(builder *b)
{
    const model_config *c = b->config;
    uint32_t *groups = ARENA_ARRAY(b->memory, c->load_balancer_count + 1, uint32_t);
    uint32_t *rules = ARENA_ARRAY(b->memory, c->load_balancer_count + 1, uint32_t);
    uint32_t *listeners = ARENA_ARRAY(b->memory, c->load_balancer_count + 1, uint32_t);
    for (uint32_t i = 0; i < c->target_group_count; i++)
        if (c->target_groups[i].load_balancer != NO_INDEX)
            groups[c->target_groups[i].load_balancer]++;
    for (uint32_t i = 0; i < c->listener_count; i++)
        if (c->listeners[i].load_balancer != NO_INDEX) listeners[c->listeners[i].load_balancer]++;
    for (uint32_t i = 0; i < c->rule_count; i++) {
        uint32_t balancer = c->listeners[c->rules[i].listener].load_balancer;
        if (balancer != NO_INDEX) rules[balancer]++;
    }
    for (uint32_t i = 0;
         i < json_array_size(build_get(b->root, "loadBalancers")) && i < c->load_balancer_count;
         i++) {
        const char *pointer = build_pointer(b, "/loadBalancers/%u", i);
        if (groups[i] > BALANCER_GROUPS_QUOTA)
            build_warning(b, pointer, "%u target groups: the quota is %d a load balancer (L5)",
                          groups[i], BALANCER_GROUPS_QUOTA);
        if (rules[i] > BALANCER_RULES_QUOTA)
            build_warning(b, pointer, "%u rules: the quota is %d a load balancer (L5)", rules[i],
                          BALANCER_RULES_QUOTA);
        if (listeners[i] > BALANCER_LISTENS_QUOTA)
            build_warning(b, pointer, "%u listeners: the quota is %d a load balancer (L5)",
                          listeners[i], BALANCER_LISTENS_QUOTA);
    }
}

void build_quota_warnings(builder *b)
{
    const model_config *c = b->config;
    if (c->service_count > SERVICES_QUOTA)
        build_warning(b, "/services", "%u services: the quota is %d a cluster (E190)",
                      c->service_count, SERVICES_QUOTA);
    for (uint32_t i = 0; i < c->service_count_at_start; i++) {
        const service_config *s = &c->services[i];
        if (s->desired_count > TASKS_QUOTA)
            build_warning(b, build_pointer(b, "/services/%u/desiredCount", i),
                          "%u tasks: the quota is %d a service (E190)", s->desired_count,
                          TASKS_QUOTA);
        if (s->load_balancer_count > SERVICE_GROUPS_QUOTA)
            build_warning(b, build_pointer(b, "/services/%u/loadBalancers", i),
                          "%u target groups: the quota is %d a service (E190)",
                          s->load_balancer_count, SERVICE_GROUPS_QUOTA);
    }
    warn_balancers(b);
}
