/* Services: placement, load balancers, zones (spec/ecs.md sections 4-6, L4). */
#include "models/ecs/query.h"
#include "scenarios/read/build.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define STRATEGIES_MAX   5  /* E73 */
#define CONSTRAINTS_MAX  10 /* E40 */
#define SERVICES_MAX     10000
#define SERVICE_NAME_MAX 255 /* E99 */

/* ---- Strategies and constraints ---- */

static bool read_spread(builder *b, const char *field, const char *pointer,
                        placement_strategy_config *out)
{
    if (strcasecmp(field, "instanceId") == 0 || strcasecmp(field, "host") == 0)
        out->attribute = "instanceId";
    else if (strncasecmp(field, "attribute:", 10) == 0 && field[10])
        out->attribute = build_copy(b, field + 10);
    else
        return build_error(
            b, pointer,
            "spread needs a field: instanceId, host or attribute:NAME, got \"%s\" (E73)", field);
    out->kind = STRATEGY_SPREAD;
    return true;
}

static bool read_strategy(builder *b, const json_t *item, const char *pointer,
                          placement_strategy_config *out)
{
    const char *type = build_text(item, "type", ""), *field = build_text(item, "field", "");
    const char *at = build_get(item, "field") ? build_pointer(b, "%s/field", pointer) : pointer;
    if (strcmp(type, "spread") == 0) return read_spread(b, field, at, out);
    if (strcmp(type, "random") == 0) {
        out->kind = STRATEGY_RANDOM;
        return true;
    }
    if (strcmp(type, "binpack") != 0) return false;
    out->kind = STRATEGY_BINPACK;
    out->field = strcasecmp(field, "memory") == 0 ? BINPACK_MEMORY : BINPACK_CPU;
    if (strcasecmp(field, "cpu") == 0 || strcasecmp(field, "memory") == 0) return true;
    return build_error(b, at, "binpack needs a field: cpu or memory, got \"%s\" (E73)", field);
}

void build_strategies(builder *b, const json_t *list, const char *pointer, uint32_t *count,
                      placement_strategy_config **out)
{
    size_t size = json_array_size(list);
    if (size > STRATEGIES_MAX) {
        build_error(b, pointer, "%zu strategies, at most %d (E73)", size, STRATEGIES_MAX);
        size = STRATEGIES_MAX;
    }
    *out = ARENA_ARRAY(b->memory, size + 1, placement_strategy_config);
    for (size_t i = 0; i < size; i++)
        if (read_strategy(b, json_array_get(list, i), build_pointer(b, "%s/%zu", pointer, i),
                          &(*out)[*count]))
            ++*count;
}

static void check_expression(builder *b, const char *expression, const char *pointer)
{
    sim_error err = {0};
    if (strlen(expression) > QUERY_LENGTH_MAX)
        build_error(b, pointer, "an expression has at most %d characters (E84)", QUERY_LENGTH_MAX);
    else if (!query_check(expression, &err))
        build_error(b, pointer, "%s, at character %d of the expression (E93)", err.text,
                    err.column);
}

void build_constraints(builder *b, const json_t *list, const char *pointer, bool in_definition,
                       uint32_t *count, placement_constraint_config **out)
{
    size_t size = json_array_size(list);
    if (size > CONSTRAINTS_MAX) {
        build_error(b, pointer, "%zu constraints, at most %d (E40)", size, CONSTRAINTS_MAX);
        size = CONSTRAINTS_MAX;
    }
    *out = ARENA_ARRAY(b->memory, size + 1, placement_constraint_config);
    for (size_t i = 0; i < size; i++) {
        const json_t *item = json_array_get(list, i);
        const char *type = build_text(item, "type", NULL),
                   *expression = build_text(item, "expression", NULL);
        const char *at = build_pointer(b, "%s/%zu", pointer, i);
        const char *at_expression = expression ? build_pointer(b, "%s/expression", at) : at;
        if (!type) continue;
        bool distinct = strcmp(type, "distinctInstance") == 0;
        if (distinct && in_definition)
            build_error(b, at, "a task definition takes memberOf only (E40)");
        if (distinct && expression)
            build_error(b, at_expression, "distinctInstance takes no expression (E83)");
        if (!distinct && !expression) build_error(b, at, "memberOf needs an expression (E84)");
        if (!distinct && expression) check_expression(b, expression, at_expression);
        (*out)[(*count)++] = (placement_constraint_config){
            distinct ? CONSTRAINT_DISTINCT_INSTANCE : CONSTRAINT_MEMBER_OF,
            distinct ? NULL : build_copy(b, expression)};
    }
}

void build_check_constraints(builder *b, uint32_t definition, uint32_t own, const char *pointer)
{
    if (definition == NO_INDEX || own > CONSTRAINTS_MAX) return;
    const uint32_t together = own + b->config->task_definitions[definition].constraint_count;
    if (together > CONSTRAINTS_MAX)
        build_error(b, pointer,
                    "%u constraints with those of the task definition, at most %d (E40)", together,
                    CONSTRAINTS_MAX);
}

/* ---- Zones ---- */

void build_zones(builder *b, const json_t *object, const char *pointer, uint32_t definition,
                 bool fargate, uint32_t *count, const char ***out)
{
    const json_t *network = build_get(object, "networkConfiguration");
    const json_t *subnets = build_get(build_get(network, "awsvpcConfiguration"), "subnets");
    bool awsvpc =
        definition != NO_INDEX && b->config->task_definitions[definition].network == NETWORK_AWSVPC;
    *out = ARENA_ARRAY(b->memory, json_array_size(subnets) + 1, const char *);
    if (definition == NO_INDEX) return;
    if (awsvpc && json_array_size(subnets) == 0)
        build_error(
            b, pointer,
            "network mode awsvpc needs networkConfiguration.awsvpcConfiguration.subnets (E71)");
    if (!awsvpc && json_array_size(subnets) > 0) {
        build_error(b, build_pointer(b, "%s/networkConfiguration", pointer),
                    "a network configuration is for network mode awsvpc only (E71)");
        return;
    }
    if (json_array_size(subnets) > SUBNETS_MAX)
        build_error(
            b, build_pointer(b, "%s/networkConfiguration/awsvpcConfiguration/subnets", pointer),
            "%zu subnets, at most %d (E190)", json_array_size(subnets), SUBNETS_MAX);
    for (size_t i = 0; i < json_array_size(subnets); i++) {
        const char *subnet = json_string_value(json_array_get(subnets, i)),
                   *zone = build_zone_of_subnet(b, subnet);
        bool known = false;
        for (uint32_t k = 0; k < *count; k++)
            known = known || strcmp((*out)[k], zone) == 0;
        if (!known) (*out)[(*count)++] = zone;
        if (fargate)
            reference_add(b->task_zones, zone, NULL, 0);
        else if (!json_object_get(b->instance_zones, zone))
            build_warning(
                b,
                build_pointer(b, "%s/networkConfiguration/awsvpcConfiguration/subnets/%zu", pointer,
                              i),
                "no container instance is in zone \"%s\"; \"subnets\" gives the zone of a subnet",
                zone);
    }
}

/* ---- Load balancers ---- */

static void check_balancer(builder *b, const service_load_balancer *l,
                           const task_definition_config *d, const char *pointer)
{
    const container_definition *c = NULL;
    for (uint32_t i = 0; i < d->container_count; i++)
        if (!c && strcmp(d->containers[i].name, l->container_name) == 0) c = &d->containers[i];
    if (!c) {
        const char **names = ARENA_ARRAY(b->memory, d->container_count + 1, const char *);
        for (uint32_t i = 0; i < d->container_count; i++)
            names[i] = d->containers[i].name;
        build_error(b, build_pointer(b, "%s/containerName", pointer),
                    "no container \"%s\" in task definition %s:%d (E115b)%s", l->container_name,
                    d->family, d->revision,
                    build_suggestion(b, l->container_name, names, d->container_count));
        return;
    }
    bool listens = false;
    const char **ports = ARENA_ARRAY(b->memory, c->port_count + 1, const char *);
    for (uint32_t i = 0; i < c->port_count; i++) {
        listens = listens || c->ports[i].container_port == l->container_port;
        ports[i] = build_pointer(b, "%u", c->ports[i].container_port);
    }
    if (!listens)
        build_error(b, build_pointer(b, "%s/containerPort", pointer),
                    "container \"%s\" of %s:%d has no container port %u (E115b)%s%s", c->name,
                    d->family, d->revision, l->container_port,
                    c->port_count ? "; there is: " : ", it has no portMappings",
                    c->port_count ? build_candidates(b, ports, c->port_count) : "");
    if (build_group_is_classic(b, l->target_group)) {
        if (listens) build_check_classic(b, l, d, build_pointer(b, "%s/loadBalancerName", pointer));
        return;
    }
    bool ip = b->config->target_groups[l->target_group].target_type_ip;
    if (ip != (d->network == NETWORK_AWSVPC))
        build_error(b, build_pointer(b, "%s/targetGroupArn", pointer),
                    "tasks of %s:%d need a target group of type %s, \"%s\" has type %s (L4)",
                    d->family, d->revision, ip ? "instance" : "ip",
                    b->config->target_groups[l->target_group].name, ip ? "ip" : "instance");
}

void build_check_balancers(builder *b, const service_config *s, uint32_t definition,
                           const char *pointer)
{
    const task_definition_config *d = &b->config->task_definitions[definition];
    for (uint32_t i = 0; i < s->load_balancer_count; i++) {
        const container_definition *c = NULL;
        for (uint32_t k = 0; k < d->container_count; k++)
            if (strcmp(d->containers[k].name, s->load_balancers[i].container_name) == 0)
                c = &d->containers[k];
        bool listens = false;
        for (uint32_t k = 0; c && k < c->port_count; k++)
            listens = listens || c->ports[k].container_port == s->load_balancers[i].container_port;
        if (!listens)
            build_error(b, pointer,
                        "%s:%d has no container \"%s\" with container port %u, which service "
                        "\"%s\" gives to a target group (E115b)",
                        d->family, d->revision, s->load_balancers[i].container_name,
                        s->load_balancers[i].container_port, s->name);
        else if (build_group_is_classic(b, s->load_balancers[i].target_group))
            build_check_classic(b, &s->load_balancers[i], d, pointer);
    }
}

/* A value that was wrong, which has been reported: null stands for it. */
static bool was_refused(const json_t *object, const char *key)
{
    return json_is_null(json_object_get(object, key));
}

void build_service_balancers(builder *b, const json_t *list, const char *pointer,
                             uint32_t definition, uint32_t *count, service_load_balancer **out)
{
    if (json_array_size(list) > 1)
        for (size_t i = 0; i < json_array_size(list); i++)
            if (build_text(json_array_get(list, i), "loadBalancerName", NULL))
                build_error(b, build_pointer(b, "%s/%zu", pointer, i),
                            "a classic load balancer stands alone in a service (E190)");
    *out = ARENA_ARRAY(b->memory, json_array_size(list) + 1, service_load_balancer);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        const char *at = build_pointer(b, "%s/%zu", pointer, i);
        const char *group = build_text(item, "targetGroupArn", NULL),
                   *classic = build_text(item, "loadBalancerName", NULL),
                   *name = build_text(item, "containerName", NULL);
        if (!json_is_object(item) || was_refused(item, "targetGroupArn") ||
            was_refused(item, "loadBalancerName") || was_refused(item, "containerName") ||
            was_refused(item, "containerPort"))
            continue; /* reported */
        if (!group == !classic || !name || !build_get(item, "containerPort")) {
            build_error(b, at,
                        "needs \"targetGroupArn\" (or \"loadBalancerName\"), \"containerName\" and "
                        "\"containerPort\" (E115b)");
            continue;
        }
        service_load_balancer *l = &(*out)[*count];
        l->target_group =
            classic ? build_find_classic(b, classic, build_pointer(b, "%s/loadBalancerName", at))
                    : build_find_target_group(b, group, build_pointer(b, "%s/targetGroupArn", at));
        if (l->target_group == NO_INDEX) continue;
        l->container_name = build_copy(b, name);
        l->container_port = (uint16_t)build_integer(item, "containerPort", 0);
        build_advanced(b, item, at, l);
        ++*count;
        if (definition == NO_INDEX) continue;
        const task_definition_config *d = &b->config->task_definitions[definition];
        for (uint32_t k = 0; k < d->container_count; k++)
            if (strcmp(d->containers[k].name, name) == 0) l->container = k;
        check_balancer(b, l, d, at);
    }
}

circuit_breaker_config build_breaker(builder *b, const json_t *deployment, const char *pointer)
{
    const json_t *breaker = build_get(deployment, "deploymentCircuitBreaker");
    const json_t *threshold = build_get(breaker, "thresholdConfiguration");
    const char *type = build_text(threshold, "type", "BOUNDED_PERCENT");
    circuit_breaker_config c = {
        .enabled = build_flag(breaker, "enable", false),
        .rollback = build_flag(breaker, "rollback", false),
        .reset_on_healthy_task = build_flag(breaker, "resetOnHealthyTask", true),
        .type = BREAKER_BOUNDED_PERCENT,
        .value = (uint32_t)build_integer(threshold, "value", 50),
    };
    if (strcasecmp(type, "UNBOUNDED_PERCENT") == 0) c.type = BREAKER_UNBOUNDED_PERCENT;
    if (strcasecmp(type, "COUNT") == 0) c.type = BREAKER_COUNT;
    if (c.type != BREAKER_COUNT && c.value > 100)
        build_error(
            b,
            build_pointer(b, "%s/deploymentCircuitBreaker/thresholdConfiguration/value", pointer),
            "expected 1..100 percent, got %u (E153)", (unsigned)c.value);
    return c;
}

/* ---- A service ---- */

/* A constraint that follows tasks would have its own daemon come and go. */
static void check_daemon_constraints(builder *b, const placement_constraint_config *list,
                                     uint32_t count, const char *pointer)
{
    for (uint32_t i = 0; i < count; i++) {
        sim_error err = {0};
        query *q = list[i].expression ? query_parse(list[i].expression, &err) : NULL;
        if (q && query_reads(q) & QUERY_READS_TASKS)
            build_error(
                b, pointer,
                "constraints of a DAEMON service on task:group or runningTasksCount are not "
                "simulated (E101)");
        query_destroy(q);
    }
}

void build_check_daemon(builder *b, const service_config *s, const char *pointer)
{
    if (!s->daemon) return;
    if (s->maximum_percent != 100)
        build_error(b, pointer, "maximumPercent of a DAEMON service is 100, got %u (E101)",
                    (unsigned)s->maximum_percent);
    if (s->share_count > 0)
        build_error(
            b, pointer,
            "a DAEMON service runs on the instances of launch type EC2; Fargate has none, and "
            "capacity providers of daemons are not simulated (E101)");
    if (s->shift.strategy != DEPLOY_ROLLING)
        build_error(b, pointer, "a DAEMON service takes rolling deployments only (E101, E162)");
    if (s->strategy_count > 0)
        build_error(b, pointer, "a DAEMON service takes no placement strategy (E101)");
    check_daemon_constraints(b, s->constraints, s->constraint_count, pointer);
    if (s->task_definition == NO_INDEX) return;
    const task_definition_config *d = &b->config->task_definitions[s->task_definition];
    check_daemon_constraints(b, d->constraints, d->constraint_count, pointer);
}

/* Of describe-services, which has what no call takes. */
static bool is_answer(const json_t *object)
{
    static const char *const keys[] = {"serviceArn", "clusterArn", "status", "deployments",
                                       "createdAt"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (json_object_get(object, keys[i])) return true;
    return false;
}

/* False without a name, which has been reported. */
static bool read_service(builder *b, const json_t *object, const char *pointer, service_config *s)
{
    const char *name = build_text(object, "serviceName", NULL),
               *definition = build_text(object, "taskDefinition", NULL);
    const json_t *deployment = build_get(object, "deploymentConfiguration");
    if (!name) return false;
    s->pointer = build_copy(b, pointer);
    s->name = build_copy(b, name);
    s->arn = build_copy(b, build_text(object, "serviceArn", NULL));
    if (strlen(name) > SERVICE_NAME_MAX)
        build_error(b, build_pointer(b, "%s/serviceName", pointer),
                    "a service's name has at most %d characters (E99)", SERVICE_NAME_MAX);
    s->task_definition = NO_INDEX;
    if (definition)
        s->task_definition = build_find_task_definition(
            b, definition, build_pointer(b, "%s/taskDefinition", pointer));
    s->daemon = strcmp(build_text(object, "schedulingStrategy", "REPLICA"), "DAEMON") == 0;
    if (!s->daemon && !json_object_get(object, "desiredCount"))
        build_error(b, pointer, "\"desiredCount\" is missing: tasks kept running (E99)");
    if (!s->daemon) s->desired_count = (uint32_t)build_integer(object, "desiredCount", 0);
    s->minimum_healthy_percent = (uint32_t)build_integer(deployment, "minimumHealthyPercent",
                                                         s->daemon ? 0 : 100); /* E141 */
    s->maximum_percent =
        (uint32_t)build_integer(deployment, "maximumPercent", s->daemon ? 100 : 200);
    s->breaker =
        build_breaker(b, deployment, build_pointer(b, "%s/deploymentConfiguration", pointer));
    build_check_monitoring(b, object, pointer);
    s->alarms = build_deployment_alarms(b, deployment,
                                        build_pointer(b, "%s/deploymentConfiguration", pointer));
    build_shift(b, deployment, build_pointer(b, "%s/deploymentConfiguration", pointer), &s->shift);
    s->grace_period_us = build_integer(object, "healthCheckGracePeriodSeconds", 0) * SIM_SECOND;
    s->rebalancing = strcmp(build_text(object, "availabilityZoneRebalancing",
                                       is_answer(object) ? "DISABLED" : "ENABLED"),
                            "ENABLED") == 0; /* E116 */
    build_strategies(b, build_get(object, "placementStrategy"),
                     build_pointer(b, "%s/placementStrategy", pointer), &s->strategy_count,
                     &s->strategies);
    build_constraints(b, build_get(object, "placementConstraints"),
                      build_pointer(b, "%s/placementConstraints", pointer), false,
                      &s->constraint_count, &s->constraints);
    build_check_constraints(b, s->task_definition, s->constraint_count, pointer);
    build_service_balancers(b, build_get(object, "loadBalancers"),
                            build_pointer(b, "%s/loadBalancers", pointer), s->task_definition,
                            &s->load_balancer_count, &s->load_balancers);
    build_claim_classic(b, s, pointer);
    build_check_shift(b, s, pointer);
    build_shares(b, object, pointer, &s->share_count, &s->shares);
    bool fargate = build_on_fargate(s->shares, s->share_count);
    build_zones(b, object, pointer, s->task_definition, fargate, &s->zone_count, &s->zones);
    if (fargate)
        build_check_fargate(b, s->task_definition, s->strategy_count, s->constraint_count, pointer);
    build_check_daemon(b, s, pointer);
    build_controller(b, object, pointer, s);
    return true;
}

bool build_service_again(builder *b, const json_t *object, const char *pointer, uint32_t *index,
                         service_config *out)
{
    const char *name = build_text(object, "serviceName", NULL);
    const json_t *known = name ? json_object_get(b->service_index, name) : NULL;
    if (!known || !b->deleted[json_integer_value(known)]) return false;
    *index = (uint32_t)json_integer_value(known);
    *out = (service_config){0};
    read_service(b, object, pointer, out);
    b->current[*index] = *out;
    b->deleted[*index] = false;
    return true;
}

void build_one_service(builder *b, const json_t *object, const char *pointer)
{
    model_config *c = b->config;
    service_config *s = &c->services[c->service_count];
    if (!read_service(b, object, pointer, s)) return;
    if (!reference_add(b->service_index, s->name, s->arn, c->service_count))
        build_error(b, pointer, "a second service \"%s\" (E99)", s->name);
    b->current[c->service_count] = *s;
    c->service_count++;
}

void build_services(builder *b)
{
    const json_t *list = build_get(b->root, "services"), *timeline = build_get(b->root, "timeline");
    size_t most = json_array_size(list);
    for (uint32_t i = 0; i < b->moment_count; i++)
        most += build_get(json_array_get(timeline, b->moments[i].entry), "createService") != NULL;
    if (most > SERVICES_MAX) build_error(b, "/services", "%zu services, at most 10,000", most);
    b->config->services = ARENA_ARRAY(b->memory, most + 1, service_config);
    b->current = ARENA_ARRAY(b->memory, most + 1, service_config);
    b->deleted = ARENA_ARRAY(b->memory, most + 1, bool);
    for (size_t i = 0; i < json_array_size(list); i++)
        build_one_service(b, json_array_get(list, i), build_pointer(b, "/services/%zu", i));
    b->config->service_count_at_start = b->config->service_count;
}
