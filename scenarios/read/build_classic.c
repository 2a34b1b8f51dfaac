/* Classic load balancers (L102-L105): each is one load balancer, one target group of its own that
 * holds its instances, and its listeners, which all forward there. */
#include "scenarios/read/build.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define INTERVAL_DEFAULT  30
#define TIMEOUT_DEFAULT   5
#define UNHEALTHY_DEFAULT 2
#define HEALTHY_DEFAULT   10 /* L103 */
#define DRAINING_DEFAULT  300
#define IDLE_DEFAULT      60

bool build_is_classic(const json_t *object)
{
    return build_get(object, "Listeners") || build_get(object, "ListenerDescriptions");
}

static const json_t *listener_at(const json_t *object, size_t i)
{
    const json_t *list = build_get(object, "Listeners");
    if (list) return json_array_get(list, i);
    return build_get(json_array_get(build_get(object, "ListenerDescriptions"), i), "Listener");
}

static size_t listener_count(const json_t *object)
{
    const json_t *list = build_get(object, "Listeners");
    return json_array_size(list ? list : build_get(object, "ListenerDescriptions"));
}

/* L105: by the first listener's protocol. */
static routing_algorithm algorithm_of(const json_t *object)
{
    const char *protocol = build_text(listener_at(object, 0), "Protocol", "");
    return strncmp(protocol, "HTTP", 4) == 0 ? ALGORITHM_LEAST_OUTSTANDING : ALGORITHM_ROUND_ROBIN;
}

/* An attribute stands in one of the calls' objects or beside the balancer's own fields. */
static const json_t *attribute_of(const json_t *object, const char *key)
{
    const json_t *found = build_get(build_get(object, "Attributes"), key);
    if (!found) found = build_get(build_get(object, "LoadBalancerAttributes"), key);
    return found ? found : build_get(object, key);
}

/* "HTTP:80/index.html": what is asked, on which port. False after saying what is wrong. */
static bool read_target(builder *b, const char *text, const char *pointer, bool *connects,
                        long *port)
{
    static const char *const protocols[] = {"HTTP:", "HTTPS:", "TCP:", "SSL:"};
    for (size_t p = 0; p < 4; p++) {
        const size_t length = strlen(protocols[p]);
        if (strncasecmp(text, protocols[p], length) != 0) continue;
        char *end;
        *connects = p >= 2;
        *port = strtol(text + length, &end, 10);
        if (end != text + length && *port >= 1 && *port <= 65535 && *end == (*connects ? 0 : '/'))
            return true;
    }
    return build_error(b, pointer,
                       "expected PROTOCOL:PORT, with a path for HTTP and HTTPS, such as "
                       "\"HTTP:80/index.html\" or \"TCP:80\", got \"%s\" (L102)",
                       text);
}

static void read_check(builder *b, const json_t *object, const char *pointer,
                       target_group_config *g)
{
    const json_t *check = build_get(object, "HealthCheck");
    const char *target = build_text(check, "Target", NULL);
    const char *at = build_pointer(b, "%s/HealthCheck", pointer);
    long port = 0;
    g->tcp_check = true; /* L10: by the API's default a connect is enough */
    g->interval_us = build_integer(check, "Interval", INTERVAL_DEFAULT) * SIM_SECOND;
    g->timeout_us = build_integer(check, "Timeout", TIMEOUT_DEFAULT) * SIM_SECOND;
    g->healthy_threshold = (uint32_t)build_integer(check, "HealthyThreshold", HEALTHY_DEFAULT);
    g->unhealthy_threshold =
        (uint32_t)build_integer(check, "UnhealthyThreshold", UNHEALTHY_DEFAULT);
    g->matcher = ARENA_NEW(b->memory, code_range);
    *g->matcher = (code_range){200, 200}; /* L103: exactly 200 */
    g->matcher_count = 1;
    if (g->timeout_us >= g->interval_us)
        build_error(b, build_get(check, "Timeout") ? build_pointer(b, "%s/Timeout", at) : at,
                    "the timeout (%lld s) must be below the interval (%lld s) (L13)",
                    (long long)(g->timeout_us / SIM_SECOND),
                    (long long)(g->interval_us / SIM_SECOND));
    if (!target || !read_target(b, target, build_pointer(b, "%s/Target", at), &g->tcp_check, &port))
        return;
    bool known = false;
    for (size_t i = 0; i < listener_count(object); i++)
        known = known || build_integer(listener_at(object, i), "InstancePort", 0) == port;
    if (!known)
        build_warning(b, build_pointer(b, "%s/Target", at),
                      "no listener sends to port %ld: the check is simulated as one of the port "
                      "that the service registers (L102)",
                      port);
}

static void add_zone(load_balancer_config *l, const char *zone)
{
    for (uint32_t i = 0; i < l->zone_count; i++)
        if (strcmp(l->zones[i], zone) == 0) return;
    l->zones[l->zone_count++] = zone;
}

static void read_zones(builder *b, const json_t *object, load_balancer_config *l)
{
    const json_t *zones = build_get(object, "AvailabilityZones"),
                 *subnets = build_get(object, "Subnets");
    const size_t most = json_array_size(zones) + json_array_size(subnets);
    l->zones = ARENA_ARRAY(b->memory, most + 1, const char *);
    for (size_t i = 0; i < json_array_size(subnets); i++)
        add_zone(l, build_zone_of_subnet(b, json_string_value(json_array_get(subnets, i))));
    for (size_t i = 0; i < json_array_size(zones); i++)
        add_zone(l, build_copy(b, json_string_value(json_array_get(zones, i))));
}

static void add_listeners(builder *b, const json_t *object, uint32_t balancer, uint32_t group)
{
    model_config *c = b->config;
    forward_target *to = ARENA_NEW(b->memory, forward_target);
    *to = (forward_target){group, 1};
    for (size_t i = 0; i < listener_count(object); i++) {
        b->listener_objects[c->listener_count] = listener_at(object, i);
        c->listeners[c->listener_count++] = (listener_config){
            .load_balancer = balancer,
            .port = (uint16_t)build_integer(listener_at(object, i), "LoadBalancerPort", 80),
            .default_action = {.kind = ACTION_FORWARD, .forward_count = 1, .forwards = to}};
    }
}

uint32_t build_classic_listeners(const builder *b)
{
    const json_t *list = build_get(b->root, "loadBalancers");
    uint32_t count = 0;
    for (size_t i = 0; i < json_array_size(list); i++)
        if (build_is_classic(json_array_get(list, i)))
            count += (uint32_t)listener_count(json_array_get(list, i));
    return count;
}

void build_classic(builder *b, const json_t *object, const char *pointer)
{
    model_config *c = b->config;
    const char *name = build_text(object, "LoadBalancerName", NULL);
    const json_t *draining = attribute_of(object, "ConnectionDraining");
    if (!name) return; /* reported */
    load_balancer_config *l = &c->load_balancers[c->load_balancer_count];
    target_group_config *g = &c->target_groups[c->target_group_count];
    *l = (load_balancer_config){.name = build_copy(b, name), .type = LOAD_BALANCER_CLASSIC};
    l->idle_timeout_us =
        build_integer(attribute_of(object, "ConnectionSettings"), "IdleTimeout", IDLE_DEFAULT) *
        SIM_SECOND;
    read_zones(b, object, l);
    l->zonal = !build_flag(attribute_of(object, "CrossZoneLoadBalancing"), "Enabled", false);
    *g = (target_group_config){.pointer = build_copy(b, pointer),
                               .name = l->name,
                               .load_balancer = c->load_balancer_count,
                               .algorithm = algorithm_of(object),
                               .dns_count = 1,
                               .routing_count = 1};
    read_check(b, object, pointer, g);
    if (build_flag(draining, "Enabled", false))
        g->deregistration_delay_us =
            build_integer(draining, "Timeout", DRAINING_DEFAULT) * SIM_SECOND;
    if (listener_count(object) == 0)
        build_error(b, pointer, "a classic load balancer needs a listener (L102)");
    if (json_object_get(b->target_group_index, name))
        build_error(b, pointer, "a target group and a classic load balancer are called \"%s\"",
                    name);
    if (!reference_add(b->load_balancer_index, l->name, NULL, c->load_balancer_count))
        build_error(b, pointer, "a second load balancer \"%s\"", l->name);
    add_listeners(b, object, c->load_balancer_count, c->target_group_count);
    c->load_balancer_count++;
    c->target_group_count++;
}

/* ---- a service's ---- */

/* The static port that a container takes on its instance; 0: none. */
static uint16_t host_port(const task_definition_config *d, const container_definition *c,
                          uint16_t container_port)
{
    for (uint32_t p = 0; p < c->port_count; p++)
        if (c->ports[p].container_port == container_port)
            return d->network == NETWORK_HOST ? container_port : c->ports[p].host_port;
    return 0;
}

static bool sends_to(const builder *b, uint32_t balancer, uint16_t port)
{
    for (uint32_t i = 0; i < b->config->listener_count; i++)
        if (b->config->listeners[i].load_balancer == balancer &&
            build_integer(b->listener_objects[i], "InstancePort", 0) == port)
            return true;
    return false;
}

bool build_group_is_classic(const builder *b, uint32_t group)
{
    const uint32_t balancer = b->config->target_groups[group].load_balancer;
    return balancer != NO_INDEX &&
           b->config->load_balancers[balancer].type == LOAD_BALANCER_CLASSIC;
}

bool build_service_is_classic(const builder *b, const service_config *s)
{
    return s->load_balancer_count > 0 &&
           build_group_is_classic(b, s->load_balancers[0].target_group);
}

void build_classic_completes(builder *b, service_config *s, const char *pointer)
{
    if (!build_service_is_classic(b, s)) return;
    if (s->alarms.enabled)
        build_warning(b, build_pointer(b, "%s/deploymentConfiguration/alarms", pointer),
                      "behind a classic load balancer a deployment has no rolloutState: alarms do "
                      "nothing (E148)");
    s->alarms.enabled = false;
    if (!s->breaker.enabled) return;
    build_warning(b,
                  build_pointer(b, "%s/deploymentConfiguration/deploymentCircuitBreaker", pointer),
                  "behind a classic load balancer a deployment has no rolloutState: the circuit "
                  "breaker does nothing (E148)");
    s->breaker.enabled = false;
}

/* berth's own limit: whole instances register, so two services behind one classic load balancer
 * would share their targets. */
void build_claim_classic(builder *b, service_config *s, const char *pointer)
{
    if (!build_service_is_classic(b, s)) return;
    const uint32_t group = s->load_balancers[0].target_group;
    if (!reference_add(b->taken, build_pointer(b, "service of classic %u", group), NULL, 0))
        build_error(b, build_pointer(b, "%s/loadBalancers/0/loadBalancerName", pointer),
                    "classic load balancer \"%s\" has a service already: a second one is not "
                    "simulated (L102)",
                    b->config->target_groups[group].name);
    build_classic_completes(b, s, pointer);
}

void build_check_classic(builder *b, const service_load_balancer *l,
                         const task_definition_config *d, const char *pointer)
{
    const target_group_config *g = &b->config->target_groups[l->target_group];
    if (d->network == NETWORK_AWSVPC) {
        build_error(b, pointer,
                    "tasks of %s:%d have an address of their own (awsvpc): a classic load balancer "
                    "takes instances (L102)",
                    d->family, d->revision);
        return;
    }
    for (uint32_t i = 0; i < d->container_count; i++) {
        if (strcmp(d->containers[i].name, l->container_name) != 0) continue;
        const uint16_t port = host_port(d, &d->containers[i], l->container_port);
        if (port == 0)
            build_error(b, pointer,
                        "classic load balancer \"%s\" needs a static host port, container port %u "
                        "of %s:%d has a dynamic one (L102)",
                        g->name, l->container_port, d->family, d->revision);
        else if (!sends_to(b, g->load_balancer, port))
            build_error(b, pointer,
                        "no listener of classic load balancer \"%s\" sends to host port %u of "
                        "%s:%d (L102)",
                        g->name, port, d->family, d->revision);
        return;
    }
}

uint32_t build_find_classic(builder *b, const char *name, const char *pointer)
{
    const model_config *c = b->config;
    const uint32_t balancer = build_find_load_balancer(b, name, pointer);
    if (balancer == NO_INDEX) return NO_INDEX;
    if (c->load_balancers[balancer].type != LOAD_BALANCER_CLASSIC) {
        build_error(b, pointer,
                    "\"%s\" is no classic load balancer: a service names its target group, in "
                    "\"targetGroupArn\" (E115b)",
                    name);
        return NO_INDEX;
    }
    for (uint32_t g = 0; g < c->target_group_count; g++)
        if (c->target_groups[g].load_balancer == balancer) return g;
    return NO_INDEX;
}
