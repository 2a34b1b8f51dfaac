/* Container instances (E1-E15): groups from the catalogue or explicit sizes, and instances of a
 * describe-container-instances answer. */
#include "models/ec2/instance_type.h"
#include "scenarios/read/build.h"
#include "scenarios/read/spelling.h"
#include <math.h>
#include <string.h>

#define INSTANCES_MAX    1000000
#define INSTANCES_QUOTA  5000 /* E190 */
#define STATIC_PORTS_MAX 100  /* E6 */

void build_unknown_type(builder *b, const char *name, const char *pointer)
{
    const char **names = ARENA_ARRAY(b->memory, INSTANCE_TYPE_COUNT, const char *);
    for (size_t i = 0; i < INSTANCE_TYPE_COUNT; i++)
        names[i] = instance_types[i].name;
    const char *near = spelling_nearest(name, names, INSTANCE_TYPE_COUNT);
    build_error(b, pointer, "no instance type \"%s\" in the catalogue%s%s%s", name,
                near ? ", did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

/* The catalogue's price, or the scenario's: a type's own price goes before the discount. */
double build_instance_price(const builder *b, const instance_type *type)
{
    const json_t *prices = build_get(b->root, "prices");
    double own = type ? build_number(prices, type->name, NAN) : NAN;
    if (!isnan(own)) return own;
    return type ? type->price_usd_per_hour * (1 - build_number(prices, "ec2Discount", 0)) : 0;
}

static void copy_ports(builder *b, const json_t *list, const char *pointer, uint32_t *count,
                       uint16_t **ports)
{
    *ports = ARENA_ARRAY(b->memory, json_array_size(list) + 1, uint16_t);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        double port =
            json_is_string(item) ? strtod(json_string_value(item), NULL) : json_number_value(item);
        if (port >= 1 && port <= 65535 && port == floor(port))
            (*ports)[(*count)++] = (uint16_t)port;
        else
            build_error(b, build_pointer(b, "%s/%zu", pointer, i), "expected a port, 1..65535");
    }
    if (*count > STATIC_PORTS_MAX)
        build_error(b, pointer, "%u reserved ports, at most %d a host (E6)", *count,
                    STATIC_PORTS_MAX);
}

static void default_ports(builder *b, instance_group_config *g)
{
    uint32_t count;
    const uint16_t *ports = agent_reserved_ports(g->windows, false, &count);
    g->reserved_port_count = count;
    g->reserved_ports = ARENA_ARRAY(b->memory, count + 1, uint16_t);
    memcpy(g->reserved_ports, ports, count * sizeof *ports);
}

static void add_attribute(instance_group_config *g, const char *name, const char *value)
{
    g->attributes[g->attribute_count++] = (attribute_config){name, value};
}

/* E15: names are letters, digits and _ . / \ -. */
static void check_attribute(builder *b, const char *name, const char *value, const char *pointer)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./\\-";
    size_t length = strlen(name);
    if (length < 1 || length > 128 || strspn(name, allowed) != length)
        build_error(b, build_pointer(b, "%s/name", pointer),
                    "an attribute's name has 1..128 letters, digits, _ . / \\ or - (E15)");
    if (value && (strlen(value) > 128 || strlen(value) < 1))
        build_error(b, build_pointer(b, "%s/value", pointer),
                    "an attribute's value has 1..128 characters (E15)");
}

static void copy_attributes(builder *b, const json_t *list, const char *pointer,
                            instance_group_config *g)
{
    g->attributes = ARENA_ARRAY(b->memory, json_array_size(list) + 1, attribute_config);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        const char *name = build_text(item, "name", NULL), *value = build_text(item, "value", NULL);
        if (!name) continue;
        check_attribute(b, name, value, build_pointer(b, "%s/attributes/%zu", pointer, i));
        if (strcmp(name, "ecs.os-type") == 0 && value && strcmp(value, "windows") == 0)
            g->windows = true;
        add_attribute(g, build_copy(b, name), build_copy(b, value));
    }
}

const char build_zone_not_given[] = "a";

static void copy_zones(builder *b, const json_t *list, const char *pointer,
                       instance_group_config *g)
{
    g->zones = ARENA_ARRAY(b->memory, json_array_size(list) + 1, const char *);
    for (size_t i = 0; i < json_array_size(list); i++)
        g->zones[g->zone_count++] = build_copy(b, json_string_value(json_array_get(list, i)));
    if (g->zone_count > 0) return;
    if (list) build_error(b, pointer, "needs at least one zone");
    g->zones[g->zone_count++] = build_zone_not_given;
}

static void size_group(builder *b, const json_t *object, const char *pointer,
                       const instance_type *type, instance_group_config *g)
{
    double vcpu = build_number(object, "vcpu", NAN);
    long long memory = build_integer(object, "memoryMiB", 0);
    g->cpu_units = !isnan(vcpu) ? (int32_t)floor(vcpu * 1024)
                   : type       ? instance_type_cpu_units(type)
                                : 0;
    g->memory_mib = memory ? (int32_t)memory : type ? instance_type_registered_memory_mib(type) : 0;
    g->gpu_count = (int32_t)build_integer(object, "gpus", type ? type->gpu_count : 0);
    g->architecture = type ? type->architecture : ARCH_X86_64;
    g->awsvpc_tasks =
        type ? instance_type_awsvpc_tasks(type, build_flag(object, "awsvpcTrunking", false))
             : UNLIMITED;
    long long enis = build_integer(object, "maxEnis", 0);
    if (enis > 0) g->awsvpc_tasks = awsvpc_tasks_from_enis((int32_t)enis, 0);
    if (!type && !build_get(object, "instanceType") && !build_get(object, "MixedInstancesPolicy") &&
        (isnan(vcpu) || memory == 0))
        build_error(b, pointer, "needs \"instanceType\", or \"vcpu\" and \"memoryMiB\"");
}

void build_size_as(builder *b, const json_t *object, const char *pointer, const instance_type *type,
                   instance_group_config *g)
{
    g->instance_type = type ? type->name : "";
    size_group(b, object, pointer, type, g);
    g->price_usd_per_hour = build_number(object, "pricePerHour", build_instance_price(b, type));
}

void build_launched_instance(builder *b, const json_t *object, const char *pointer,
                             const instance_type *type, instance_group_config *g)
{
    copy_attributes(b, build_get(object, "attributes"), pointer, g);
    build_size_as(b, object, pointer, type, g);
    if (build_get(object, "reservedPorts"))
        copy_ports(b, build_get(object, "reservedPorts"),
                   build_pointer(b, "%s/reservedPorts", pointer), &g->reserved_port_count,
                   &g->reserved_ports);
    else
        default_ports(b, g);
    g->spot = build_flag(object, "spot", false);
    g->spot_draining = build_flag(object, "spotDraining", false);
    g->provider = build_group_provider(b, object, pointer);
    g->register_after_us = build_time(b, object, pointer, "registerAfter", 0);
    g->status = INSTANCE_ACTIVE;
    g->agent_connected = true;
}

const instance_type *build_instance_type(builder *b, const json_t *object, const char *key,
                                         const char *pointer)
{
    const char *name = build_text(object, key, NULL);
    const instance_type *type = name ? instance_type_find(name) : NULL;
    if (name && !type) build_unknown_type(b, name, build_pointer(b, "%s/%s", pointer, key));
    return type;
}

static void build_group(builder *b, const json_t *object, const char *pointer,
                        instance_group_config *g)
{
    g->count = (uint32_t)build_integer(object, "count", 1);
    copy_zones(b, build_get(object, "availabilityZones"),
               build_pointer(b, "%s/availabilityZones", pointer), g);
    build_launched_instance(b, object, pointer,
                            build_instance_type(b, object, "instanceType", pointer), g);
    build_spot_price(b, object, pointer, g);
}

/* ---- An answer's instance ---- */

static const json_t *resource(const json_t *object, const char *name)
{
    const json_t *list = build_get(object, "registeredResources");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        if (strcmp(build_text(item, "name", ""), name) == 0) return item;
    }
    return NULL;
}

static const char *attribute_of(const instance_group_config *g, const char *name)
{
    for (uint32_t i = 0; i < g->attribute_count; i++)
        if (strcmp(g->attributes[i].name, name) == 0 && g->attributes[i].value)
            return g->attributes[i].value;
    return NULL;
}

/* Those that the model makes itself from the group's fields (E14). */
static void drop_built_in_attributes(instance_group_config *g)
{
    static const char *const built_in[] = {"ecs.instance-type", "ecs.availability-zone",
                                           "ecs.cpu-architecture", "ecs.os-type"};
    uint32_t kept = 0;
    for (uint32_t i = 0; i < g->attribute_count; i++) {
        bool drop = false;
        for (size_t k = 0; k < sizeof built_in / sizeof built_in[0]; k++)
            drop = drop || strcmp(g->attributes[i].name, built_in[k]) == 0;
        if (!drop) g->attributes[kept++] = g->attributes[i];
    }
    g->attribute_count = kept;
}

static instance_status status_of(const char *text)
{
    if (strcmp(text, "ACTIVE") == 0) return INSTANCE_ACTIVE;
    if (strcmp(text, "DRAINING") == 0) return INSTANCE_DRAINING;
    if (strcmp(text, "REGISTERING") == 0) return INSTANCE_REGISTERING;
    return INSTANCE_INACTIVE;
}

static void build_instance(builder *b, const json_t *object, const char *pointer,
                           instance_group_config *g)
{
    g->count = 1;
    copy_attributes(b, build_get(object, "attributes"), pointer, g);
    const char *type_name = attribute_of(g, "ecs.instance-type"),
               *zone = attribute_of(g, "ecs.availability-zone"),
               *architecture = attribute_of(g, "ecs.cpu-architecture");
    const instance_type *type = type_name ? instance_type_find(type_name) : NULL;
    g->instance_type = type_name ? type_name : "";
    g->zones = ARENA_ARRAY(b->memory, 1, const char *);
    g->zones[g->zone_count++] = zone ? zone : build_zone_not_given;
    g->architecture = architecture && strcmp(architecture, "arm64") == 0 ? ARCH_ARM64
                      : type                                             ? type->architecture
                                                                         : ARCH_X86_64;
    g->cpu_units = (int32_t)build_integer(resource(object, "CPU"), "integerValue", 0);
    g->memory_mib = (int32_t)build_integer(resource(object, "MEMORY"), "integerValue", 0);
    if (g->cpu_units <= 0 || g->memory_mib <= 0)
        build_error(b, build_pointer(b, "%s/registeredResources", pointer),
                    "needs CPU and MEMORY with an integerValue above 0 (E3)");
    g->gpu_count = (int32_t)json_array_size(build_get(resource(object, "GPU"), "stringSetValue"));
    g->awsvpc_tasks =
        type ? instance_type_awsvpc_tasks(type, attribute_of(g, "ecs.awsvpc-trunk-id")) : UNLIMITED;
    copy_ports(b, build_get(resource(object, "PORTS"), "stringSetValue"), pointer,
               &g->reserved_port_count, &g->reserved_ports);
    copy_ports(b, build_get(resource(object, "PORTS_UDP"), "stringSetValue"), pointer,
               &g->reserved_udp_port_count, &g->reserved_udp_ports);
    drop_built_in_attributes(g);
    g->price_usd_per_hour = type ? build_instance_price(b, type) : NAN;
    g->ec2_instance_id = build_copy(b, build_text(object, "ec2InstanceId", NULL));
    g->arn = build_copy(b, build_text(object, "containerInstanceArn", NULL));
    g->agent_version =
        build_copy(b, build_text(build_get(object, "versionInfo"), "agentVersion", NULL));
    g->status = status_of(build_text(object, "status", "ACTIVE"));
    g->agent_connected = build_flag(object, "agentConnected", true);
}

void build_cluster(builder *b)
{
    const json_t *cluster = build_get(b->root, "cluster");
    const json_t *list = build_get(cluster, "containerInstances");
    uint64_t total = 0;
    b->config->cluster_name = build_copy(b, build_text(cluster, "clusterName", "default"));
    b->config->groups =
        ARENA_ARRAY(b->memory, json_array_size(list) + build_auto_scaling_kinds_max(b) + 1,
                    instance_group_config);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        const char *pointer = build_pointer(b, "/cluster/containerInstances/%zu", i);
        instance_group_config *g = &b->config->groups[b->config->group_count];
        if (!json_is_object(item)) continue;
        g->pointer = pointer;
        if (build_get(item, "registeredResources"))
            build_instance(b, item, pointer, g);
        else
            build_group(b, item, pointer, g);
        if (g->ec2_instance_id) /* numbers go by the order in which instances are asked for */
            reference_add(b->instance_ids, g->ec2_instance_id, g->arn, (uint32_t)total + 1);
        total += g->count;
        for (uint32_t k = 0; k < g->zone_count; k++)
            reference_add(b->instance_zones, g->zones[k], NULL, 0);
        b->config->group_count++;
    }
    total += build_auto_scaling_groups(b);
    const char *pointer = "/cluster/containerInstances";
    if (total > INSTANCES_MAX)
        build_error(b, pointer, "%llu instances, at most 1,000,000", (unsigned long long)total);
    else if (total > INSTANCES_QUOTA)
        build_warning(b, pointer, "%llu instances: the quota is 5000 a cluster (E190)",
                      (unsigned long long)total);
}
