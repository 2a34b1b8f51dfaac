/* The timeline: when each action happens, in order of time, and what it refers to by then. */
#include "scenarios/read/build.h"
#include "scenarios/read/duration.h"
#include "scenarios/read/json_text.h"
#include "scenarios/read/rate.h"
#include "scenarios/read/tables.h"
#include "scenarios/read/wallclock.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define OCCURRENCES_MAX 1000000

/* ---- Times ---- */

static sim_time peak_of(builder *b)
{
    rate_series *all = ARENA_ARRAY(b->memory, b->config->traffic_count + 1, rate_series);
    for (uint32_t i = 0; i < b->config->traffic_count; i++)
        all[i] = b->config->traffic[i].rate;
    rate_series sum = rate_sum(all, b->config->traffic_count, b->memory);
    return rate_peak(&sum, b->config->duration_us);
}

static bool is_peak(const json_t *value)
{
    return json_is_string(value) && strcmp(json_string_value(value), "peak") == 0;
}

/* False when the time is wrong, which has been reported. */
static bool time_of_action(builder *b, const json_t *entry, const char *pointer, const char *key,
                           sim_time *at_us)
{
    const json_t *value = build_get(entry, key);
    sim_error err = {0};
    if (!value) return false;
    if (is_peak(value)) {
        if (b->config->traffic_count == 0)
            return build_error(b, build_pointer(b, "%s/%s", pointer, key),
                               "\"peak\" needs traffic");
        *at_us = peak_of(b);
        return true;
    }
    if (wallclock_time_from_json(value, b->config->start_unix_us, at_us, &err)) return true;
    return build_error(b, build_pointer(b, "%s/%s", pointer, key), "%s", err.text);
}

static bool add_moment(builder *b, uint32_t *capacity, sim_time at_us, uint32_t entry)
{
    if (b->moment_count == OCCURRENCES_MAX)
        return build_error(b, "/timeline", "more than 1,000,000 actions");
    if (b->moment_count == *capacity) {
        *capacity = *capacity ? 2 * *capacity : 64;
        timeline_moment *grown = ARENA_ARRAY(b->memory, *capacity, timeline_moment);
        for (uint32_t i = 0; i < b->moment_count; i++)
            grown[i] = b->moments[i];
        b->moments = grown;
    }
    b->moments[b->moment_count++] = (timeline_moment){at_us, entry};
    return true;
}

static int compare_moments(const void *left, const void *right)
{
    const timeline_moment *a = left, *c = right;
    if (a->at_us != c->at_us) return a->at_us < c->at_us ? -1 : 1;
    return (a->entry > c->entry) - (a->entry < c->entry);
}

/* An action at the very end happens, and nothing comes of it. */
static void warn_of_end(builder *b, const json_t *entry, const char *pointer, sim_time at_us)
{
    sim_time end_us = b->config->duration_us;
    char at[48], end[48];
    if (end_us <= 0 || at_us < end_us) return; /* no duration: reported */
    duration_print(at_us, at);
    duration_print(end_us, end);
    const char *text = build_pointer(
        b, "%s the end of the run (\"duration\" is %s): %s", at_us > end_us ? "after" : "at", end,
        at_us > end_us ? "it will not happen" : "nothing will come of it");
    if (!document_from_option(b->doc, pointer, "--deploy"))
        build_warning(b, pointer, "%s", text);
    else if (build_get(entry, "updateService")) /* the other half of a deploy says no more */
        build_warning(b, pointer, "the deploy at %s is %s; --at gives another time", at, text);
}

void build_moments(builder *b)
{
    const json_t *list = build_get(b->root, "timeline");
    uint32_t capacity = 0;
    for (uint32_t i = 0; i < json_array_size(list); i++) {
        const json_t *entry = json_array_get(list, i);
        const char *pointer = build_pointer(b, "/timeline/%u", i);
        sim_time at_us = 0, until_us = b->config->duration_us,
                 every_us = build_span(entry, "every", 0);
        if (!json_is_object(entry) || !time_of_action(b, entry, pointer, "at", &at_us)) continue;
        if (build_get(entry, "until")) {
            time_of_action(b, entry, pointer, "until", &until_us);
            if (!build_get(entry, "every"))
                build_error(b, build_pointer(b, "%s/until", pointer),
                            "\"until\" goes with \"every\"");
        }
        if (build_get(entry, "every") && every_us <= 0)
            build_error(b, build_pointer(b, "%s/every", pointer), "\"every\" must be above 0");
        warn_of_end(b, entry, build_pointer(b, "%s/at", pointer), at_us);
        if (until_us > b->config->duration_us) until_us = b->config->duration_us;
        bool more = add_moment(b, &capacity, at_us, i);
        for (sim_time t = at_us + every_us; more && every_us > 0 && t <= until_us; t += every_us)
            more = add_moment(b, &capacity, t, i);
        if (b->moment_count == OCCURRENCES_MAX) break;
    }
    if (b->moment_count > 0)
        qsort(b->moments, b->moment_count, sizeof *b->moments, compare_moments);
}

/* ---- Whom an action concerns ---- */

/* "i-000017" is instance 17 in the order asked for. */
static void read_instances(builder *b, const json_t *list, const char *pointer, target_selector *s)
{
    uint64_t known = 0;
    for (uint32_t i = 0; i < b->config->group_count; i++)
        known += b->config->groups[i].count;
    const bool later = b->config->auto_scaling_group_count > 0; /* some may be launched */
    s->instances = ARENA_ARRAY(b->memory, json_array_size(list) + 1, uint32_t);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i)),
                   *at = build_pointer(b, "%s/%zu", pointer, i);
        const json_t *by_id = json_object_get(b->instance_ids, text);
        char *end = NULL;
        unsigned long number = strncmp(text, "i-", 2) == 0 ? strtoul(text + 2, &end, 10) : 0;
        if (by_id)
            s->instances[s->instance_count++] = (uint32_t)json_integer_value(by_id);
        else if (end && end != text + 2 && *end == '\0' && number >= 1 &&
                 (number <= known || later))
            s->instances[s->instance_count++] = (uint32_t)number;
        else
            build_error(b, at, "no instance \"%s\"; ids are i-000001 to i-%06llu", text,
                        (unsigned long long)known);
    }
}

static const char *other_families(builder *b, const char *family)
{
    const char **names =
        ARENA_ARRAY(b->memory, json_object_size(b->last_revision) + 1, const char *);
    size_t count = 0;
    const char *name;
    json_t *ignored;
    json_object_foreach(b->last_revision, name, ignored) names[count++] = name;
    return build_suggestion(b, family, names, count);
}

static void read_selector(builder *b, const json_t *body, const char *pointer, target_selector *s)
{
    const char *service = build_text(body, "service", NULL),
               *definition = build_text(body, "taskDefinition", NULL);
    const char *family = build_text(body, "family", NULL);
    *s = (target_selector){.service = NO_INDEX, .task_definition = NO_INDEX};
    if (service)
        s->service = build_find_service(b, service, build_pointer(b, "%s/service", pointer));
    if (definition)
        s->task_definition = build_find_task_definition(
            b, definition, build_pointer(b, "%s/taskDefinition", pointer));
    if (family && !json_object_get(b->last_revision, family) && !build_unread(b, "taskDefinitions"))
        build_error(b, build_pointer(b, "%s/family", pointer),
                    "no task definition of family \"%s\"%s", family, other_families(b, family));
    s->family = build_copy(b, family);
    s->instance_type = build_copy(b, build_text(body, "instanceType", NULL));
    s->zone = build_copy(b, build_text(body, "availabilityZone", NULL));
    if (s->zone && !json_object_get(b->instance_zones, s->zone) &&
        !json_object_get(b->task_zones, s->zone))
        build_error(b, build_pointer(b, "%s/availabilityZone", pointer),
                    "no instance is in zone \"%s\"", s->zone);
    const json_t *ids = build_get(body, "instances");
    const json_t *aws_ids = build_get(body, "InstanceIds");
    if (ids && aws_ids) build_error(b, pointer, "takes either \"instances\" or \"InstanceIds\"");
    if (ids || aws_ids)
        read_instances(b, ids ? ids : aws_ids,
                       build_pointer(b, "%s/%s", pointer, ids ? "instances" : "InstanceIds"), s);
    s->has_count = build_get(body, "count") != NULL;
    s->count = (uint32_t)build_integer(body, "count", 0);
    s->has_fraction = build_get(body, "fraction") != NULL;
    s->fraction = build_number(body, "fraction", 0);
    if (s->has_count && s->has_fraction)
        build_error(b, pointer, "takes either \"count\" or \"fraction\"");
}

/* ---- Actions; each gets its own body and its pointer ---- */

static void do_register(builder *b, const json_t *body, const char *pointer, timeline_action *a)
{
    a->task_definition = b->config->task_definition_count;
    build_one_task_definition(b, body, pointer, true);
}

static void do_create(builder *b, const json_t *body, const char *pointer, timeline_action *a)
{
    a->replaces = build_service_again(b, body, pointer, &a->service, &a->update.to); /* E111 */
    if (a->replaces) return;
    a->service = b->config->service_count;
    build_one_service(b, body, pointer);
}

static void read_update_parts(builder *b, const json_t *body, const char *pointer,
                              service_update *u)
{
    service_config *to = &u->to;
    const json_t *deployment = build_get(body, "deploymentConfiguration");
    build_check_monitoring(b, body, pointer);
    u->has_desired_count = build_get(body, "desiredCount") != NULL;
    to->desired_count = (uint32_t)build_integer(body, "desiredCount", to->desired_count);
    u->has_deployment_configuration = deployment != NULL;
    to->minimum_healthy_percent =
        (uint32_t)build_integer(deployment, "minimumHealthyPercent", to->minimum_healthy_percent);
    to->maximum_percent =
        (uint32_t)build_integer(deployment, "maximumPercent", to->maximum_percent);
    if (build_get(deployment, "deploymentCircuitBreaker"))
        to->breaker =
            build_breaker(b, deployment, build_pointer(b, "%s/deploymentConfiguration", pointer));
    if (build_get(deployment, "alarms"))
        to->alarms = build_deployment_alarms(
            b, deployment, build_pointer(b, "%s/deploymentConfiguration", pointer));
    build_shift(b, deployment, build_pointer(b, "%s/deploymentConfiguration", pointer), &to->shift);
    u->has_grace_period = build_get(body, "healthCheckGracePeriodSeconds") != NULL;
    if (u->has_grace_period)
        to->grace_period_us = build_integer(body, "healthCheckGracePeriodSeconds", 0) * SIM_SECOND;
    const char *rebalancing = build_text(body, "availabilityZoneRebalancing", NULL);
    u->has_rebalancing = rebalancing != NULL;
    if (rebalancing) to->rebalancing = strcmp(rebalancing, "ENABLED") == 0;
    u->has_strategies = build_get(body, "placementStrategy") != NULL;
    if (u->has_strategies) {
        to->strategy_count = 0;
        build_strategies(b, build_get(body, "placementStrategy"),
                         build_pointer(b, "%s/placementStrategy", pointer), &to->strategy_count,
                         &to->strategies);
    }
    u->has_constraints = build_get(body, "placementConstraints") != NULL;
    if (u->has_constraints) {
        to->constraint_count = 0;
        build_constraints(b, build_get(body, "placementConstraints"),
                          build_pointer(b, "%s/placementConstraints", pointer), false,
                          &to->constraint_count, &to->constraints);
    }
    build_check_constraints(b, to->task_definition, to->constraint_count, pointer);
    u->has_shares = json_array_size(build_get(body, "capacityProviderStrategy")) > 0;
    if (u->has_shares) build_shares(b, body, pointer, &to->share_count, &to->shares);
    u->has_load_balancers = build_get(body, "loadBalancers") != NULL;
    build_classic_completes(b, to, pointer);
    if (!u->has_load_balancers) return;
    const bool classic = build_service_is_classic(b, to);
    to->load_balancer_count = 0;
    build_service_balancers(b, build_get(body, "loadBalancers"),
                            build_pointer(b, "%s/loadBalancers", pointer), to->task_definition,
                            &to->load_balancer_count, &to->load_balancers);
    if (classic || build_service_is_classic(b, to))
        build_error(b, build_pointer(b, "%s/loadBalancers", pointer),
                    "an update can't give or take a classic load balancer (L102)");
}

static void do_update(builder *b, const json_t *body, const char *pointer, timeline_action *a)
{
    service_update *u = &a->update;
    const char *service = build_text(body, "service", NULL),
               *definition = build_text(body, "taskDefinition", NULL);
    u->service = service ? build_find_service(b, service, build_pointer(b, "%s/service", pointer))
                         : NO_INDEX;
    if (u->service == NO_INDEX) return;
    a->service = u->service;
    u->to = b->current[u->service];
    u->force_new_deployment = build_flag(body, "forceNewDeployment", false);
    const char *at = build_pointer(b, "%s/taskDefinition", pointer);
    uint32_t found = definition ? build_find_task_definition(b, definition, at) : NO_INDEX;
    u->has_task_definition = found != NO_INDEX;
    if (u->has_task_definition) u->to.task_definition = found;
    build_check_task_set_update(b, body, pointer, &u->to);
    read_update_parts(b, body, pointer, u);
    if (u->has_deployment_configuration || u->has_load_balancers)
        build_check_shift(b, &u->to, pointer);
    if (build_on_fargate(u->to.shares, u->to.share_count))
        build_check_fargate(b, u->to.task_definition, u->to.strategy_count, u->to.constraint_count,
                            pointer);
    if (u->to.daemon && u->has_desired_count)
        build_error(b, build_pointer(b, "%s/desiredCount", pointer),
                    "the desired count of a DAEMON service is that of its instances (E101)");
    build_check_daemon(b, &u->to, pointer);
    if (u->has_task_definition && !u->has_load_balancers)
        build_check_balancers(b, &u->to, found, at);
    b->current[u->service] = u->to;
}

static void do_delete(builder *b, const json_t *body, const char *pointer, timeline_action *a)
{
    const char *service = build_text(body, "service", NULL);
    a->service = service ? build_find_service(b, service, build_pointer(b, "%s/service", pointer))
                         : NO_INDEX;
    a->force = build_flag(body, "force", false);
    if (a->service != NO_INDEX) b->deleted[a->service] = true;
}

static void do_run_task(builder *b, const json_t *body, const char *pointer, timeline_action *a)
{
    build_run_task(b, body, pointer, &a->run_task);
}

static void do_stop_task(builder *b, const json_t *body, const char *pointer, timeline_action *a)
{
    const char *task = build_text(body, "task", NULL), *service = build_text(body, "service", NULL);
    if (!task == !service) build_error(b, pointer, "needs either \"task\" or \"service\"");
    if (task && build_get(body, "count"))
        build_error(b, build_pointer(b, "%s/count", pointer), "\"count\" goes with \"service\"");
    a->task = build_copy(b, task);
    a->reason = build_copy(b, build_text(body, "reason", NULL));
    a->select = (target_selector){.service = NO_INDEX,
                                  .task_definition = NO_INDEX,
                                  .has_count = service != NULL,
                                  .count = (uint32_t)build_integer(body, "count", 1)};
    if (service)
        a->select.service = build_find_service(b, service, build_pointer(b, "%s/service", pointer));
}

#define PROTECTION_MINUTES 120 /* E108 */

static void do_protection(builder *b, const json_t *body, const char *pointer, timeline_action *a)
{
    const json_t *tasks = build_get(body, "tasks");
    const char *service = build_text(body, "service", NULL);
    if ((json_array_size(tasks) == 0) == !service)
        build_error(b, pointer, "needs either \"tasks\" or \"service\" (E108)");
    if (!service && build_get(body, "count"))
        build_error(b, build_pointer(b, "%s/count", pointer), "\"count\" goes with \"service\"");
    a->tasks = ARENA_ARRAY(b->memory, json_array_size(tasks) + 1, const char *);
    for (size_t i = 0; i < json_array_size(tasks); i++)
        a->tasks[a->task_count++] = build_copy(b, json_string_value(json_array_get(tasks, i)));
    a->select = (target_selector){.service = NO_INDEX,
                                  .task_definition = NO_INDEX,
                                  .has_count = build_get(body, "count") != NULL,
                                  .count = (uint32_t)build_integer(body, "count", 0)};
    if (service)
        a->select.service = build_find_service(b, service, build_pointer(b, "%s/service", pointer));
    a->protect = build_flag(body, "protectionEnabled", false);
    a->duration_us = build_integer(body, "expiresInMinutes", PROTECTION_MINUTES) * SIM_MINUTE;
}

static void do_terminate(builder *b, const json_t *body, const char *pointer, timeline_action *a)
{
    read_selector(b, body, pointer, &a->select);
    a->decrement = build_flag(body, "ShouldDecrementDesiredCapacity", false);
}

static void do_set_desired(builder *b, const json_t *body, const char *pointer, timeline_action *a)
{
    a->auto_scaling_group =
        build_find_auto_scaling_group(b, build_text(body, "AutoScalingGroupName", ""),
                                      build_pointer(b, "%s/AutoScalingGroupName", pointer));
    a->desired_capacity = build_integer(body, "DesiredCapacity", 0);
}

static void do_instances_state(builder *b, const json_t *body, const char *pointer,
                               timeline_action *a)
{
    a->select = (target_selector){.service = NO_INDEX, .task_definition = NO_INDEX};
    const json_t *list = build_get(body, "containerInstances");
    if (list && json_array_size(list) == 0)
        build_error(b, build_pointer(b, "%s/containerInstances", pointer),
                    "names no instance (E11)");
    read_instances(b, list, build_pointer(b, "%s/containerInstances", pointer), &a->select);
    a->drain = strcasecmp(build_text(body, "status", ""), "DRAINING") == 0;
}

static void do_crash(builder *b, const json_t *body, const char *pointer, timeline_action *a)
{
    read_selector(b, body, pointer, &a->select);
    a->exit_code = (int32_t)build_integer(body, "exitCode", 1);
}

static void do_fail_checks(builder *b, const json_t *body, const char *pointer, timeline_action *a)
{
    const json_t *how = build_get(body, "how");
    read_selector(b, body, pointer, &a->select);
    a->how = json_is_integer(how)                                     ? FAIL_STATUS
             : strcmp(build_text(body, "how", "refuse"), "hang") == 0 ? FAIL_HANG
                                                                      : FAIL_REFUSE;
    a->status_code = (int32_t)build_integer(body, "how", 0);
    a->container_health_check = build_flag(body, "containerHealthCheck", false);
    a->duration_us = build_span(body, "duration", SIM_NEVER);
}

static void do_slow(builder *b, const json_t *body, const char *pointer, timeline_action *a)
{
    read_selector(b, body, pointer, &a->select);
    a->factor = build_number(body, "factor", 1);
    a->duration_us = build_span(body, "duration", SIM_NEVER);
}

/* "…:service-deployment/CLUSTER/NAME/ID" is of service NAME, "NAME#2" its second; else a service. */
static void do_stop_deployment(builder *b, const json_t *body, const char *pointer,
                               timeline_action *a)
{
    const char *arn = build_text(body, "serviceDeploymentArn", NULL),
               *service = build_text(body, "service", NULL);
    if (!arn == !service) {
        build_error(b, pointer, "needs either \"serviceDeploymentArn\" or \"service\"");
        return;
    }
    char *name = arena_strdup(b->memory, arn ? arn : service);
    char *kind = strstr(name, "service-deployment/"), *hash = strrchr(name, '#');
    if (arn && kind) {
        char *cluster = strchr(kind, '/'), *own = strchr(cluster + 1, '/');
        name = own ? own + 1 : cluster + 1;
        name[strcspn(name, "/")] = '\0';
    } else if (arn && hash && hash[1]) {
        char *end;
        unsigned long number = strtoul(hash + 1, &end, 10);
        if (!*end && number > 0 && number < UINT32_MAX) {
            a->deployment = (uint32_t)number;
            *hash = '\0';
        }
    }
    a->service = build_find_service(
        b, name, build_pointer(b, "%s/%s", pointer, arn ? "serviceDeploymentArn" : "service"));
    a->abort = strcasecmp(build_text(body, "stopType", "ROLLBACK"), "ABORT") == 0;
}

static void do_disconnect(builder *b, const json_t *body, const char *pointer, timeline_action *a)
{
    read_selector(b, body, pointer, &a->select);
    a->duration_us = build_span(body, "duration", SIM_NEVER);
}

static bool zone_is_known(const builder *b, const char *zone)
{
    const char *subnet;
    json_t *of_subnet;
    if (json_object_get(b->instance_zones, zone) || json_object_get(b->task_zones, zone))
        return true;
    for (uint32_t l = 0; l < b->config->load_balancer_count; l++)
        for (uint32_t z = 0; z < b->config->load_balancers[l].zone_count; z++)
            if (strcmp(b->config->load_balancers[l].zones[z], zone) == 0) return true;
    json_object_foreach(b->subnet_zones, subnet,
                        of_subnet) if (json_is_string(of_subnet) &&
                                       strcmp(json_string_value(of_subnet), zone) == 0) return true;
    return false;
}

static void read_zone(builder *b, const json_t *body, const char *pointer, timeline_action *a)
{
    const char *zone = build_text(body, "availabilityZone", NULL);
    a->select.zone = build_copy(b, zone);
    if (zone && !zone_is_known(b, zone))
        build_error(b, build_pointer(b, "%s/availabilityZone", pointer),
                    "no instance, load balancer or subnet is in zone \"%s\"", zone);
}

static void do_outage(builder *b, const json_t *body, const char *pointer, timeline_action *a)
{
    read_zone(b, body, pointer, a);
    a->duration_us = build_span(body, "duration", SIM_NEVER);
}

static void do_refuse(builder *b, const json_t *body, const char *pointer, timeline_action *a)
{
    const char *group = build_text(body, "autoScalingGroup", NULL),
               *provider = build_text(body, "capacityProvider", NULL);
    read_zone(b, body, pointer, a);
    if (group)
        a->auto_scaling_group = build_find_auto_scaling_group(
            b, group, build_pointer(b, "%s/autoScalingGroup", pointer));
    if (provider)
        a->provider =
            build_find_provider(b, provider, build_pointer(b, "%s/capacityProvider", pointer));
    a->refused_fraction = build_number(body, "fraction", 1);
    a->duration_us = build_span(body, "duration", SIM_NEVER);
}

static void do_spot(builder *b, const json_t *body, const char *pointer, timeline_action *a)
{
    bool any = b->fargate_spot;
    for (uint32_t g = 0; g < b->config->group_count; g++)
        any = any || b->config->groups[g].spot;
    if (!any)
        build_error(b, pointer,
                    "no group of container instances is \"spot\" and no strategy has FARGATE_SPOT: "
                    "nobody to interrupt (E175, E177)");
    read_selector(b, body, pointer, &a->select);
}

typedef struct {
    timeline_kind kind;
    void (*build)(builder *, const json_t *body, const char *pointer, timeline_action *);
} action_row;

static const action_row actions[TIMELINE_ACTION_COUNT] = {
    {TIMELINE_REGISTER_TASK_DEFINITION, do_register},
    {TIMELINE_CREATE_SERVICE, do_create},
    {TIMELINE_UPDATE_SERVICE, do_update},
    {TIMELINE_DELETE_SERVICE, do_delete},
    {TIMELINE_RUN_TASK, do_run_task},
    {TIMELINE_STOP_TASK, do_stop_task},
    {TIMELINE_TERMINATE_INSTANCES, do_terminate},
    {TIMELINE_UPDATE_INSTANCES_STATE, do_instances_state},
    {TIMELINE_CRASH_TASKS, do_crash},
    {TIMELINE_FAIL_HEALTH_CHECKS, do_fail_checks},
    {TIMELINE_REGISTER_SCALABLE_TARGET, build_register_target},
    {TIMELINE_PUT_SCALING_POLICY, build_put_policy},
    {TIMELINE_CREATE_TASK_SET, build_create_task_set},
    {TIMELINE_UPDATE_TASK_SET, build_update_task_set},
    {TIMELINE_UPDATE_PRIMARY_TASK_SET, build_primary_task_set},
    {TIMELINE_DELETE_TASK_SET, build_delete_task_set},
    {TIMELINE_SLOW_TASKS, do_slow},
    {TIMELINE_STOP_SERVICE_DEPLOYMENT, do_stop_deployment},
    {TIMELINE_UPDATE_TASK_PROTECTION, do_protection},
    {TIMELINE_DISCONNECT_AGENTS, do_disconnect},
    {TIMELINE_ZONE_OUTAGE, do_outage},
    {TIMELINE_REFUSE_LAUNCHES, do_refuse},
    {TIMELINE_SPOT_INTERRUPTION, do_spot},
    {TIMELINE_SET_DESIRED_CAPACITY, do_set_desired},
    {TIMELINE_START_INSTANCE_REFRESH, build_instance_refresh},
};

/* An entry has exactly one action; a known one that is not simulated has been reported. */
static const action_row *action_of(builder *b, const json_t *entry, const char *pointer, bool first)
{
    const action_row *found = NULL;
    const char *key;
    json_t *value;
    uint32_t count = 0;
    bool misspelt = false;
    json_object_foreach((json_t *)entry, key, value)
    {
        const field_row *row = field_find(&shape_timeline_action, key);
        if (row && row->type == FIELD_OBJECT) count++;
        misspelt = misspelt || !row; /* reported as an unknown field */
        for (size_t i = 0; i < TIMELINE_ACTION_COUNT; i++)
            if (json_is_object(value) && strcmp(timeline_action_name(actions[i].kind), key) == 0)
                found = &actions[i];
    }
    if (count != 1 && first && !(count == 0 && misspelt))
        build_error(b, pointer, "needs exactly one action (%s, …), has %u",
                    timeline_action_name((timeline_kind)0), count);
    return count == 1 ? found : NULL;
}

void build_timeline(builder *b)
{
    const json_t *list = build_get(b->root, "timeline");
    model_config *c = b->config;
    bool *seen = ARENA_ARRAY(b->memory, json_array_size(list) + 1, bool);
    c->timeline = ARENA_ARRAY(b->memory, b->moment_count + 1, timeline_action);
    b->action_entries = ARENA_ARRAY(b->memory, b->moment_count + 1, uint32_t);
    for (uint32_t i = 0; i < b->moment_count; i++) {
        uint32_t number = b->moments[i].entry;
        const json_t *entry = json_array_get(list, number);
        const char *pointer = build_pointer(b, "/timeline/%u", number);
        const action_row *row = action_of(b, entry, pointer, !seen[number]);
        seen[number] = true;
        if (!row) continue;
        const char *name = timeline_action_name(row->kind);
        const json_t *body = build_get(entry, name);
        char *text = json_text(body, 0);
        b->action_entries[c->timeline_count] = number;
        timeline_action *a = &c->timeline[c->timeline_count++];
        *a = (timeline_action){.at_us = b->moments[i].at_us,
                               .pointer = build_pointer(b, "%s/%s", pointer, name),
                               .kind = row->kind,
                               .service = NO_INDEX,
                               .task_definition = NO_INDEX,
                               .arguments_json = arena_strdup(b->memory, text),
                               .duration_us = SIM_NEVER,
                               .update = {.service = NO_INDEX},
                               .run_task = {.task_definition = NO_INDEX},
                               .select = {.service = NO_INDEX, .task_definition = NO_INDEX}};
        free(text);
        row->build(b, body, a->pointer, a);
    }
}
