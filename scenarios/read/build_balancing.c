/* Target groups, load balancers, listeners and rules (spec/load-balancing.md sections 1-6). */
#include "scenarios/read/build.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RULE_PRIORITY_MAX    50000 /* L60 */
#define FORWARD_GROUPS_MAX   5     /* L63 */
#define PATH_CHARACTERS_MAX  128   /* L62 */
#define IDLE_TIMEOUT_DEFAULT 60    /* L72 */

/* ---- Target groups ---- */

static bool is_network_protocol(const char *protocol)
{
    return strcmp(protocol, "TCP") == 0 || strcmp(protocol, "TLS") == 0 ||
           strcmp(protocol, "UDP") == 0 || strcmp(protocol, "TCP_UDP") == 0;
}

/* "200", "200,202", "200-299": ranges of codes (L15). */
static void read_matcher(builder *b, const char *text, int low, int high, const char *pointer,
                         target_group_config *g)
{
    const char *at = text;
    g->matcher = ARENA_ARRAY(b->memory, strlen(text) / 2 + 2, code_range);
    for (;;) {
        char *end;
        long first = strtol(at, &end, 10), last = first;
        bool fine = end != at;
        if (fine && *end == '-') {
            at = end + 1;
            last = strtol(at, &end, 10);
            fine = end != at;
        }
        if (!fine || first < low || last > high || first > last || (*end && *end != ',')) {
            build_error(b, pointer,
                        "expected codes in %d..%d such as \"200\", \"200,202\" or \"200-299\", "
                        "got \"%s\" (L10)",
                        low, high, text);
            return;
        }
        g->matcher[g->matcher_count++] = (code_range){(uint16_t)first, (uint16_t)last};
        if (!*end) return;
        at = end + 1;
    }
}

static void read_health_check(builder *b, const json_t *object, const char *pointer,
                              const char *protocol, target_group_config *g)
{
    bool network = is_network_protocol(protocol);
    const char *check = build_text(object, "HealthCheckProtocol", network ? "TCP" : "HTTP");
    bool grpc = strcmp(build_text(object, "ProtocolVersion", ""), "GRPC") == 0;
    const json_t *matcher = build_get(object, "Matcher");
    g->tcp_check = is_network_protocol(check);
    g->interval_us = build_integer(object, "HealthCheckIntervalSeconds", 30) * SIM_SECOND;
    /* L11: 5 for application; network: 6 for HTTP checks, else 10, */
    long long timeout = !network ? 5 : strcmp(check, "HTTP") == 0 ? 6 : 10;
    bool given = build_get(object, "HealthCheckTimeoutSeconds") != NULL;
    timeout = build_integer(object, "HealthCheckTimeoutSeconds", timeout);
    if (!given && timeout * SIM_SECOND >= g->interval_us) timeout = g->interval_us / SIM_SECOND - 1;
    g->timeout_us = timeout * SIM_SECOND;
    if (g->timeout_us >= g->interval_us)
        build_error(b, build_pointer(b, "%s/HealthCheckTimeoutSeconds", pointer),
                    "the timeout (%lld s) must be below the interval (%lld s) (L13)", timeout,
                    (long long)(g->interval_us / SIM_SECOND));
    g->healthy_threshold = (uint32_t)build_integer(object, "HealthyThresholdCount", 5);
    g->unhealthy_threshold = (uint32_t)build_integer(object, "UnhealthyThresholdCount", 2);
    if (!build_flag(object, "HealthCheckEnabled", true))
        build_error(b, build_pointer(b, "%s/HealthCheckEnabled", pointer),
                    "health checks can't be off for instance and ip targets (L12)");
    if (!g->tcp_check)
        read_matcher(b,
                     build_text(matcher, grpc ? "GrpcCode" : "HttpCode",
                                grpc      ? "12"
                                : network ? "200-399"
                                          : "200"),
                     grpc ? 0 : 200,
                     grpc      ? 99
                     : network ? 599
                               : 499,
                     build_pointer(b, matcher ? "%s/Matcher" : "%s", pointer), g);
}

void build_one_target_group(builder *b, const json_t *object, const char *pointer)
{
    model_config *c = b->config;
    const char *name = build_text(object, "Name", build_text(object, "TargetGroupName", NULL));
    const char *protocol = build_text(object, "Protocol", "HTTP");
    const char *type = build_text(object, "TargetType", "instance");
    target_group_config *g = &c->target_groups[c->target_group_count];
    g->arn = build_copy(b, build_text(object, "TargetGroupArn", NULL));
    if (!name && g->arn) name = reference_name(b, g->arn, "targetgroup/");
    if (!name) {
        build_error(b, pointer, "\"Name\" is missing: the target group's name");
        return;
    }
    g->pointer = build_copy(b, pointer);
    g->name = build_copy(b, name);
    g->load_balancer = NO_INDEX;
    g->target_type_ip = strcmp(type, "ip") == 0;
    bool simulated =
        strcmp(type, "lambda") != 0 && strcmp(type, "alb") != 0 && strcmp(protocol, "GENEVE") != 0;
    if (!simulated && !b->bare)
        build_error(b, pointer,
                    "targets of type \"%s\" behind %s are not simulated by this version of berth",
                    type, protocol);
    if (simulated) read_health_check(b, object, pointer, protocol, g);
    build_group_attributes(b, object, pointer, g);
    if (!reference_add(b->target_group_index, g->name, g->arn, c->target_group_count))
        build_error(b, pointer, "a second target group \"%s\"", g->name);
    if (b->group_objects) b->group_objects[c->target_group_count] = object;
    c->target_group_count++;
}

/* ---- Load balancers ---- */

static void add_zone(const char **zones, uint32_t *count, const char *zone)
{
    for (uint32_t i = 0; i < *count; i++)
        if (strcmp(zones[i], zone) == 0) return;
    zones[(*count)++] = zone;
}

static void read_balancer_zones(builder *b, const json_t *object, load_balancer_config *l)
{
    const json_t *subnets = build_get(object, "Subnets"),
                 *maps = build_get(object, "SubnetMappings"),
                 *zones = build_get(object, "AvailabilityZones");
    size_t most = json_array_size(subnets) + json_array_size(maps) + json_array_size(zones);
    l->zones = ARENA_ARRAY(b->memory, most + 1, const char *);
    for (size_t i = 0; i < json_array_size(subnets); i++)
        add_zone(l->zones, &l->zone_count,
                 build_zone_of_subnet(b, json_string_value(json_array_get(subnets, i))));
    for (size_t i = 0; i < json_array_size(maps); i++) {
        const char *subnet = build_text(json_array_get(maps, i), "SubnetId", NULL);
        if (subnet) add_zone(l->zones, &l->zone_count, build_zone_of_subnet(b, subnet));
    }
    for (size_t i = 0; i < json_array_size(zones); i++) {
        const char *zone = build_text(json_array_get(zones, i), "ZoneName", NULL);
        if (zone) add_zone(l->zones, &l->zone_count, build_copy(b, zone));
    }
}

static void build_load_balancer(builder *b, const json_t *object, const char *pointer)
{
    if (build_is_classic(object)) {
        build_classic(b, object, pointer);
        return;
    }
    model_config *c = b->config;
    load_balancer_config *l = &c->load_balancers[c->load_balancer_count];
    const char *name = build_text(object, "Name", build_text(object, "LoadBalancerName", NULL));
    const char *type = build_text(object, "Type", "application");
    l->arn = build_copy(b, build_text(object, "LoadBalancerArn", NULL));
    if (!name && l->arn) name = reference_name(b, l->arn, "loadbalancer/");
    if (!name) {
        build_error(b, pointer, "\"Name\" is missing: the load balancer's name");
        return;
    }
    l->name = build_copy(b, name);
    l->type = strcmp(type, "network") == 0 ? LOAD_BALANCER_NETWORK : LOAD_BALANCER_APPLICATION;
    if (strcmp(type, "gateway") == 0)
        build_error(b, build_pointer(b, "%s/Type", pointer),
                    "gateway load balancers are not simulated by this version of berth");
    read_balancer_zones(b, object, l);
    if (l->type == LOAD_BALANCER_APPLICATION && l->zone_count == 1)
        build_error(b, pointer,
                    "an application load balancer needs subnets in at least two zones, all are "
                    "in \"%s\" (L6)",
                    l->zones[0]);
    build_balancer_attributes(b, object, pointer, l);
    if (!reference_add(b->load_balancer_index, l->name, l->arn, c->load_balancer_count))
        build_error(b, pointer, "a second load balancer \"%s\"", l->name);
    c->load_balancer_count++;
}

/* ---- Actions ---- */

/* A target group belongs to at most one load balancer (L1). */
static void claim_group(builder *b, uint32_t group, uint32_t balancer, const char *pointer)
{
    target_group_config *g = &b->config->target_groups[group];
    if (g->load_balancer == NO_INDEX) g->load_balancer = balancer;
    if (g->load_balancer != balancer && balancer != NO_INDEX)
        build_error(b, pointer, "target group \"%s\" already belongs to load balancer \"%s\" (L1)",
                    g->name, b->config->load_balancers[g->load_balancer].name);
}

static void read_forward(builder *b, const json_t *object, const char *pointer, uint32_t balancer,
                         listener_action *action)
{
    const json_t *list = build_get(build_get(object, "ForwardConfig"), "TargetGroups");
    size_t count = json_array_size(list);
    const char *single = build_text(object, "TargetGroupArn", NULL);
    action->kind = ACTION_FORWARD;
    action->forwards = ARENA_ARRAY(b->memory, count + 1, forward_target);
    if (count > FORWARD_GROUPS_MAX)
        build_error(b, build_pointer(b, "%s/ForwardConfig/TargetGroups", pointer),
                    "%zu target groups in one action, at most %d (L63)", count, FORWARD_GROUPS_MAX);
    if (count == 0 && !single)
        build_error(b, pointer,
                    "a forward action needs \"TargetGroupArn\" or \"ForwardConfig\" (L63)");
    for (size_t i = 0; i < count || (count == 0 && single && i == 0); i++) {
        const json_t *item = json_array_get(list, i);
        const char *at =
            count ? build_pointer(b, "%s/ForwardConfig/TargetGroups/%zu/TargetGroupArn", pointer, i)
                  : build_pointer(b, "%s/TargetGroupArn", pointer);
        const char *text = count ? build_text(item, "TargetGroupArn", NULL) : single;
        uint32_t group = text ? build_find_target_group(b, text, at) : NO_INDEX;
        if (group == NO_INDEX) continue;
        claim_group(b, group, balancer, at);
        action->forwards[action->forward_count++] =
            (forward_target){group, (uint32_t)build_integer(item, "Weight", 1)};
    }
}

/* The one action that ends the evaluation; authentication before it has no effect (L63). */
static void read_actions(builder *b, const json_t *list, const char *pointer, uint32_t balancer,
                         listener_action *action)
{
    uint32_t found = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        const char *type = build_text(item, "Type", ""),
                   *at = build_pointer(b, "%s/%zu", pointer, i);
        if (strcmp(type, "forward") == 0) {
            read_forward(b, item, at, balancer, action);
        } else if (strcmp(type, "redirect") == 0) {
            action->kind = ACTION_REDIRECT;
        } else if (strcmp(type, "fixed-response") == 0) {
            const char *code = build_text(build_get(item, "FixedResponseConfig"), "StatusCode", "");
            action->kind = ACTION_FIXED_RESPONSE;
            action->status_code = (int32_t)strtol(code, NULL, 10);
            if (action->status_code < 200 || action->status_code > 599)
                build_error(
                    b, at, "a fixed response needs FixedResponseConfig.StatusCode, 200..599 (L63)");
        } else {
            continue;
        }
        found++;
    }
    if (found != 1)
        build_error(b, pointer,
                    "needs exactly one forward, redirect or fixed-response, has %u (L63)", found);
}

/* ---- Listeners and rules ---- */

/* False when something of that text has been taken before. */
static bool take(builder *b, const char *text)
{
    return reference_add(b->taken, text, NULL, 0);
}

static void build_listener(builder *b, const json_t *object, const char *pointer)
{
    model_config *c = b->config;
    listener_config *l = &c->listeners[c->listener_count];
    const char *text = build_text(object, "LoadBalancerArn", NULL);
    *l = (listener_config){.load_balancer = NO_INDEX,
                           .port = (uint16_t)build_integer(object, "Port", 80)};
    if (text)
        l->load_balancer =
            build_find_load_balancer(b, text, build_pointer(b, "%s/LoadBalancerArn", pointer));
    else if (c->load_balancer_count == 1)
        l->load_balancer = 0;
    else
        build_error(b, pointer,
                    "\"LoadBalancerArn\" may be left out only where there is one load balancer; "
                    "there are %u",
                    c->load_balancer_count);
    const json_t *actions = build_get(object, "DefaultActions");
    l->default_action =
        (listener_action){.kind = ACTION_FIXED_RESPONSE, .status_code = 404}; /* L64 */
    if (json_array_size(actions) > 0)
        read_actions(b, actions, build_pointer(b, "%s/DefaultActions", pointer), l->load_balancer,
                     &l->default_action);
    if (!take(b, build_pointer(b, "port %u of %u", l->port, l->load_balancer)))
        build_error(b, pointer, "a second listener on port %u of the load balancer", l->port);
    const char *arn = build_text(object, "ListenerArn", NULL);
    if (arn) reference_add(b->listener_index, arn, NULL, c->listener_count);
    b->listener_objects[c->listener_count] = object;
    c->listener_count++;
}

/* By ARN, by the name of a load balancer with one listener, by port, or the only one. */
static uint32_t find_listener(builder *b, const char *text, const char *pointer)
{
    uint32_t found = NO_INDEX, matches = 0;
    const json_t *known = text ? json_object_get(b->listener_index, text) : NULL;
    if (known) return (uint32_t)json_integer_value(known);
    const char *name = text ? strstr(text, "listener/") : NULL;
    for (uint32_t i = 0; i < b->listener_count; i++) {
        const listener_config *l = &b->config->listeners[i];
        const char *own = build_text(b->listener_objects[i], "ListenerArn", NULL);
        const char *balancer =
            l->load_balancer == NO_INDEX ? "" : b->config->load_balancers[l->load_balancer].name;
        char port[8], part[300];
        snprintf(port, sizeof port, "%u", l->port);
        snprintf(part, sizeof part, "/%.255s/", balancer);
        bool match = !text || strcmp(text, port) == 0 || strcmp(text, balancer) == 0 ||
                     (!own && name && strstr(name, part));
        if (match && matches++ == 0) found = i;
    }
    if (matches == 1) return found;
    if (!text)
        build_error(
            b, pointer,
            "\"ListenerArn\" may be left out only where there is one listener; there are %u",
            matches);
    else
        build_error(b, pointer,
                    "\"%s\" means %u of the %u listeners; give a ListenerArn, a load balancer's "
                    "name or a port",
                    text, matches, b->listener_count);
    return NO_INDEX;
}

/* Rules are sorted by (listener, priority). */
static listener_place place_of(const model_config *c, uint32_t listener, uint32_t priority)
{
    for (uint32_t i = 0; priority > 0 && i < c->rule_count; i++)
        if (c->rules[i].listener == listener && c->rules[i].priority == priority)
            return (listener_place){true, listener, i};
    return (listener_place){true, listener, NO_INDEX};
}

/* With weight 0, unless the action names it. A load balancer implied for the group was not its own. */
static void join_forward(builder *b, listener_action *action, uint32_t group, uint32_t balancer,
                         const char *pointer)
{
    target_group_config *g = &b->config->target_groups[group];
    for (uint32_t f = 0; f < action->forward_count; f++)
        if (action->forwards[f].target_group == group) return;
    forward_target *grown = ARENA_ARRAY(b->memory, action->forward_count + 1, forward_target);
    for (uint32_t f = 0; f < action->forward_count; f++)
        grown[f] = action->forwards[f];
    grown[action->forward_count++] = (forward_target){group, 0};
    action->forwards = grown;
    if (b->config->load_balancers[g->load_balancer].name == g->name) g->load_balancer = NO_INDEX;
    claim_group(b, group, balancer, pointer);
}

listener_place build_find_place(builder *b, const char *text, const char *pointer,
                                const service_load_balancer *l)
{
    model_config *c = b->config;
    const listener_place none = {true, 0, NO_INDEX};
    const json_t *known = json_object_get(b->rule_index, text);
    const uint32_t code = known ? (uint32_t)json_integer_value(known) : 0;
    const uint32_t listener = known ? code >> 16 : find_listener(b, text, pointer);
    if (listener == NO_INDEX) return none;
    const listener_place found = place_of(c, listener, code & 0xffff);
    listener_action *action = found.rule == NO_INDEX ? &c->listeners[listener].default_action
                                                     : &c->rules[found.rule].action;
    bool forwards = false;
    for (uint32_t f = 0; action->kind == ACTION_FORWARD && f < action->forward_count; f++)
        forwards |= action->forwards[f].target_group == l->target_group ||
                    action->forwards[f].target_group == l->alternate_target_group;
    if (!forwards) {
        build_error(b, pointer, "the rule forwards to neither \"%s\" nor \"%s\" (E162)",
                    c->target_groups[l->target_group].name,
                    c->target_groups[l->alternate_target_group].name);
        return none;
    }
    join_forward(b, action, l->target_group, c->listeners[listener].load_balancer, pointer);
    join_forward(b, action, l->alternate_target_group, c->listeners[listener].load_balancer,
                 pointer);
    return found;
}

static void add_patterns(builder *b, const json_t *list, const char *pointer, uint32_t *count,
                         const char ***patterns)
{
    const char **grown = ARENA_ARRAY(b->memory, *count + json_array_size(list) + 1, const char *);
    for (uint32_t i = 0; i < *count; i++)
        grown[i] = (*patterns)[i];
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        if (strlen(text) > PATH_CHARACTERS_MAX)
            build_error(b, build_pointer(b, "%s/%zu", pointer, i),
                        "a pattern has at most %d characters (L62)", PATH_CHARACTERS_MAX);
        grown[(*count)++] = build_copy(b, text);
    }
    *patterns = grown;
}

static void read_condition(builder *b, const json_t *object, const char *pointer,
                           listener_rule_config *r)
{
    const json_t *path = build_get(object, "PathPatternConfig"),
                 *host = build_get(object, "HostHeaderConfig");
    const char *field = build_text(object, "Field",
                                   path   ? "path-pattern"
                                   : host ? "host-header"
                                          : "");
    bool is_path = strcmp(field, "path-pattern") == 0, is_host = strcmp(field, "host-header") == 0;
    if (!is_path && !is_host) {
        r->unmatched = true;
        return;
    }
    const json_t *values = build_get(is_path ? path : host, "Values");
    const char *at =
        build_pointer(b, "%s/%sValues", pointer,
                      values ? is_path ? "PathPatternConfig/" : "HostHeaderConfig/" : "");
    if (!values) values = build_get(object, "Values");
    if (json_array_size(values) == 0) {
        build_error(b, pointer, "a %s condition needs Values (L61)", field);
        return;
    }
    add_patterns(b, values, at, is_path ? &r->path_count : &r->host_count,
                 is_path ? &r->paths : &r->hosts);
}

/* Of an answer: its listener is known where it names one that is there. */
static void remember_default_rule(builder *b, const json_t *object, const char *arn)
{
    const char *text = build_text(object, "ListenerArn", NULL);
    const json_t *known = text ? json_object_get(b->listener_index, text) : NULL;
    if (arn && known)
        reference_add(b->rule_index, arn, NULL, (uint32_t)json_integer_value(known) << 16);
}

static void build_rule(builder *b, const json_t *object, const char *pointer)
{
    listener_rule_config *r = &b->config->rules[b->config->rule_count];
    const char *priority = build_text(object, "Priority", "");
    const char *arn = build_text(object, "RuleArn", NULL);
    if (build_flag(object, "IsDefault", false) || strcmp(priority, "default") == 0) {
        remember_default_rule(b, object, arn);
        return;
    }
    *r = (listener_rule_config){0};
    char *end;
    long number = strtol(priority, &end, 10);
    if (end == priority || *end || number < 1 || number > RULE_PRIORITY_MAX)
        build_error(
            b, build_get(object, "Priority") ? build_pointer(b, "%s/Priority", pointer) : pointer,
            "\"Priority\" must be 1..%d (L60)", RULE_PRIORITY_MAX);
    r->priority = (uint32_t)number;
    const char *text = build_text(object, "ListenerArn", NULL);
    r->listener =
        find_listener(b, text, text ? build_pointer(b, "%s/ListenerArn", pointer) : pointer);
    if (r->listener == NO_INDEX) return;
    if (!take(b, build_pointer(b, "priority %u of %u", r->priority, r->listener)))
        build_error(b, build_pointer(b, "%s/Priority", pointer),
                    "a second rule of priority %u on its listener (L60)", r->priority);
    const json_t *conditions = build_get(object, "Conditions");
    if (json_array_size(conditions) == 0) build_error(b, pointer, "a rule needs Conditions (L60)");
    for (size_t i = 0; i < json_array_size(conditions); i++)
        read_condition(b, json_array_get(conditions, i),
                       build_pointer(b, "%s/Conditions/%zu", pointer, i), r);
    read_actions(b, build_get(object, "Actions"),
                 build_get(object, "Actions") ? build_pointer(b, "%s/Actions", pointer) : pointer,
                 b->config->listeners[r->listener].load_balancer, &r->action);
    if (arn) reference_add(b->rule_index, arn, NULL, r->listener << 16 | r->priority);
    b->config->rule_count++;
}

static int compare_rules(const void *left, const void *right)
{
    const listener_rule_config *a = left, *c = right;
    if (a->listener != c->listener) return a->listener < c->listener ? -1 : 1;
    return (a->priority > c->priority) - (a->priority < c->priority);
}

/* L31: a target group that no listener or rule names has a load balancer of its own. */
static void imply_balancers(builder *b)
{
    model_config *c = b->config;
    for (uint32_t i = 0; i < c->target_group_count; i++) {
        target_group_config *g = &c->target_groups[i];
        if (g->load_balancer != NO_INDEX) continue;
        bool network = is_network_protocol(build_text(b->group_objects[i], "Protocol", "HTTP"));
        load_balancer_config *l = &c->load_balancers[c->load_balancer_count];
        *l = (load_balancer_config){.name = g->name,
                                    .idle_timeout_us = IDLE_TIMEOUT_DEFAULT * SIM_SECOND,
                                    .zonal = network, /* L57 */
                                    .type = network ? LOAD_BALANCER_NETWORK
                                                    : LOAD_BALANCER_APPLICATION};
        listener_config *e = &c->listeners[c->listener_count++];
        forward_target *to = ARENA_NEW(b->memory, forward_target);
        *to = (forward_target){i, 1};
        *e = (listener_config){
            .load_balancer = c->load_balancer_count,
            .port = 80,
            .default_action = {.kind = ACTION_FORWARD, .forward_count = 1, .forwards = to}};
        g->load_balancer = c->load_balancer_count++;
    }
}

static void each(builder *b, const char *key,
                 void (*build)(builder *, const json_t *, const char *))
{
    const json_t *list = build_get(b->root, key);
    for (size_t i = 0; i < json_array_size(list); i++)
        if (json_is_object(json_array_get(list, i)))
            build(b, json_array_get(list, i), build_pointer(b, "/%s/%zu", key, i));
}

void build_load_balancing(builder *b)
{
    model_config *c = b->config;
    size_t groups = json_array_size(build_get(b->root, "targetGroups"));
    size_t balancers = json_array_size(build_get(b->root, "loadBalancers"));
    size_t listeners = json_array_size(build_get(b->root, "listeners"));
    size_t rules = json_array_size(build_get(b->root, "listenerRules"));
    b->group_objects = ARENA_ARRAY(b->memory, groups + 1, const json_t *);
    listeners += build_classic_listeners(b);
    b->listener_objects = ARENA_ARRAY(b->memory, listeners + 1, const json_t *);
    c->target_groups = ARENA_ARRAY(b->memory, groups + balancers + 1, target_group_config);
    c->load_balancers = ARENA_ARRAY(b->memory, balancers + groups + 1, load_balancer_config);
    c->listeners = ARENA_ARRAY(b->memory, listeners + groups + 1, listener_config);
    c->rules = ARENA_ARRAY(b->memory, rules + 1, listener_rule_config);
    each(b, "targetGroups", build_one_target_group);
    each(b, "loadBalancers", build_load_balancer);
    each(b, "listeners", build_listener);
    b->listener_count = c->listener_count;
    each(b, "listenerRules", build_rule);
    qsort(c->rules, c->rule_count, sizeof *c->rules, compare_rules);
    imply_balancers(b);
    build_cross_zone(b);
}
