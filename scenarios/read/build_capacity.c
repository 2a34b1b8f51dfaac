/* Capacity providers, strategies and launch types (E41, E180), Fargate's conditions (E32, E42, E86)
 * and prices. */
#include "models/ec2/instance_type.h"
#include "models/ecs/fargate.h"
#include "scenarios/read/build.h"
#include "scenarios/read/tables.h"
#include <math.h>
#include <string.h>

/* ---- Providers ---- */

static bool is_enabled(const json_t *object, const char *key, const char *otherwise)
{
    return strcmp(build_text(object, key, otherwise), "ENABLED") == 0;
}

/* E186, E189. */
static capacity_provider_config read_provider(builder *b, const json_t *object, const char *pointer)
{
    const json_t *behind = build_get(object, "autoScalingGroupProvider");
    const json_t *scaling = build_get(behind, "managedScaling");
    capacity_provider_config p = {
        .name = build_copy(b, build_text(object, "name", "")),
        .managed_scaling = scaling && is_enabled(scaling, "status", "ENABLED"),
        .termination_protection = is_enabled(behind, "managedTerminationProtection", "DISABLED"),
        .target_capacity_pct = (uint32_t)build_integer(scaling, "targetCapacity", 100),
        .minimum_step = (uint32_t)build_integer(scaling, "minimumScalingStepSize", 1),
        .maximum_step = (uint32_t)build_integer(scaling, "maximumScalingStepSize", 10000),
        .warmup_us = build_integer(scaling, "instanceWarmupPeriod", 300) * SIM_SECOND,
    };
    if (p.minimum_step > p.maximum_step)
        build_error(b, build_pointer(b, "%s/autoScalingGroupProvider/managedScaling", pointer),
                    "minimumScalingStepSize %u is above maximumScalingStepSize %u (E186)",
                    p.minimum_step, p.maximum_step);
    if (p.termination_protection && !p.managed_scaling)
        build_error(
            b,
            build_pointer(b, "%s/autoScalingGroupProvider/managedTerminationProtection", pointer),
            "managed termination protection needs managed scaling (E189)");
    return p;
}

void build_capacity_providers(builder *b)
{
    const json_t *list = build_get(b->root, "capacityProviders");
    model_config *c = b->config;
    c->providers = ARENA_ARRAY(b->memory, json_array_size(list) + 1, capacity_provider_config);
    reference_add(b->provider_index, "FARGATE", NULL, PROVIDER_FARGATE);
    reference_add(b->provider_index, "FARGATE_SPOT", NULL, PROVIDER_FARGATE_SPOT);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        const char *name = build_text(item, "name", NULL);
        const char *pointer = build_pointer(b, "/capacityProviders/%zu", i);
        if (!name) continue;
        if (strcmp(name, "FARGATE") == 0 || strcmp(name, "FARGATE_SPOT") == 0)
            continue; /* of an answer: they exist */
        if (!reference_add(b->provider_index, name, build_text(item, "capacityProviderArn", NULL),
                           PROVIDER_OF_INSTANCES + c->provider_count)) {
            build_error(b, pointer, "a second capacity provider \"%s\"", name);
            continue;
        }
        c->providers[c->provider_count++] = read_provider(b, item, pointer);
    }
}

static const char *provider_suggestion(builder *b, const char *name)
{
    const model_config *c = b->config;
    const char **known = ARENA_ARRAY(b->memory, c->provider_count + 2, const char *);
    known[0] = "FARGATE";
    known[1] = "FARGATE_SPOT";
    for (uint32_t i = 0; i < c->provider_count; i++)
        known[2 + i] = c->providers[i].name;
    return build_suggestion(b, name, known, c->provider_count + 2);
}

/* PROVIDER_NONE after reporting. */
uint32_t build_find_provider(builder *b, const char *text, const char *pointer)
{
    const json_t *known = json_object_get(b->provider_index, text);
    if (!known)
        known = json_object_get(b->provider_index, reference_name(b, text, "capacity-provider/"));
    if (known) return (uint32_t)json_integer_value(known);
    if (!build_unread(b, "capacityProviders"))
        build_error(b, pointer, "no capacity provider \"%s\"%s", text,
                    provider_suggestion(b, text));
    return PROVIDER_NONE;
}

uint32_t build_group_provider(builder *b, const json_t *group, const char *pointer)
{
    const char *name = build_text(group, "capacityProvider", NULL);
    if (!name) return PROVIDER_NONE;
    const char *at = build_pointer(b, "%s/capacityProvider", pointer);
    uint32_t provider = build_find_provider(b, name, at);
    if (!provider_is_fargate(provider)) return provider;
    build_error(b, at, "%s has no container instances", name);
    return PROVIDER_NONE;
}

/* The cluster's own list, where it has one. */
static void read_cluster_providers(builder *b)
{
    const json_t *list = build_get(build_get(b->root, "cluster"), "capacityProviders");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        uint32_t provider =
            build_find_provider(b, text, build_pointer(b, "/cluster/capacityProviders/%zu", i));
        if (provider != PROVIDER_NONE)
            json_object_set_new(b->cluster_providers, build_pointer(b, "%u", provider),
                                json_true());
    }
}

static bool in_cluster(builder *b, uint32_t provider)
{
    if (json_array_size(build_get(build_get(b->root, "cluster"), "capacityProviders")) == 0)
        return true;
    return json_object_get(b->cluster_providers, build_pointer(b, "%u", provider)) != NULL;
}

/* ---- Strategies ---- */

static void read_item(builder *b, const json_t *item, const char *pointer, uint32_t *count,
                      capacity_share *shares)
{
    const char *name = build_text(item, "capacityProvider", NULL);
    const char *at = build_pointer(b, "%s/capacityProvider", pointer);
    if (!name) return;
    uint32_t provider = build_find_provider(b, name, at);
    if (provider == PROVIDER_NONE) return;
    if (!in_cluster(b, provider))
        build_error(b, at,
                    "capacity provider \"%s\" is not among the cluster's capacityProviders (E180)",
                    name);
    for (uint32_t i = 0; i < *count; i++)
        if (shares[i].provider == provider)
            build_error(b, at, "a second item for capacity provider \"%s\" (E180)", name);
    shares[(*count)++] = (capacity_share){provider, (uint32_t)build_integer(item, "base", 0),
                                          (uint32_t)build_integer(item, "weight", 0)};
}

/* E180. */
static void check_strategy(builder *b, const capacity_share *shares, uint32_t count,
                           const char *pointer)
{
    uint32_t bases = 0, weights = 0, fargate = 0;
    for (uint32_t i = 0; i < count; i++) {
        bases += shares[i].base > 0;
        weights += shares[i].weight > 0;
        fargate += provider_is_fargate(shares[i].provider);
        if (shares[i].base > 0 && shares[i].weight == 0)
            build_warning(b, build_pointer(b, "%s/%u/base", pointer, i),
                          "with weight 0 (the default) the provider gets no tasks, its base "
                          "included (E180)");
    }
    if (bases > 1) build_error(b, pointer, "%u items have a base; only one may (E180)", bases);
    if (count > 0 && weights == 0)
        build_error(b, pointer, "every weight is 0 (the default): no provider gets tasks (E180)");
    if (fargate > 0 && fargate < count)
        build_error(b, pointer,
                    "Fargate and Auto Scaling group providers cannot mix in one strategy (E180)");
}

static void read_strategy(builder *b, const json_t *list, const char *pointer, uint32_t *count,
                          capacity_share **out)
{
    size_t size = json_array_size(list);
    if (size > STRATEGY_ITEMS_MAX) {
        build_error(b, pointer, "%zu capacity providers, at most %d (E180)", size,
                    STRATEGY_ITEMS_MAX);
        size = STRATEGY_ITEMS_MAX;
    }
    *count = 0;
    *out = ARENA_ARRAY(b->memory, size + 1, capacity_share);
    for (size_t i = 0; i < size; i++)
        read_item(b, json_array_get(list, i), build_pointer(b, "%s/%zu", pointer, i), count, *out);
    if (*count == size) check_strategy(b, *out, *count, pointer);
    for (uint32_t i = 0; i < *count; i++)
        b->fargate_spot |= (*out)[i].provider == PROVIDER_FARGATE_SPOT;
}

void build_cluster_strategy(builder *b)
{
    const json_t *cluster = build_get(b->root, "cluster");
    read_cluster_providers(b);
    read_strategy(b, build_get(cluster, "defaultCapacityProviderStrategy"),
                  "/cluster/defaultCapacityProviderStrategy", &b->default_share_count,
                  &b->default_shares);
}

void build_shares(builder *b, const json_t *object, const char *pointer, uint32_t *count,
                  capacity_share **out)
{
    const char *launch = build_text(object, "launchType", NULL);
    const json_t *strategy = build_get(object, "capacityProviderStrategy");
    const char *at = build_pointer(b, "%s/launchType", pointer);
    *count = 0;
    *out = NULL;
    if (launch && json_array_size(strategy) > 0)
        build_error(b, at,
                    "\"launchType\" and \"capacityProviderStrategy\" exclude each other (E41)");
    if (json_array_size(strategy) > 0) {
        read_strategy(b, strategy, build_pointer(b, "%s/capacityProviderStrategy", pointer), count,
                      out);
    } else if (!launch) {
        *count = b->default_share_count;
        *out = b->default_shares;
    } else if (strcmp(launch, "FARGATE") == 0) {
        *out = ARENA_ARRAY(b->memory, 1, capacity_share);
        (*out)[(*count)++] = (capacity_share){PROVIDER_FARGATE, 0, 1};
    } else if (strcmp(launch, "EC2") != 0) {
        build_error(b, at,
                    "\"launchType\" \"%s\" is not simulated by this version of berth, only EC2 and "
                    "FARGATE",
                    launch);
    }
}

/* ---- What Fargate asks for ---- */

bool build_on_fargate(const capacity_share *shares, uint32_t count)
{
    return count > 0 && provider_is_fargate(shares[0].provider);
}

void build_check_fargate_size(builder *b, const task_definition_config *d, const char *pointer)
{
    switch (fargate_check_size(d->cpu_units, d->memory_mib, d->windows)) {
    case FARGATE_SIZE_OK:
        return;
    case FARGATE_SIZE_CPU:
        build_error(b, pointer, "Invalid 'cpu' setting for task: cpu %d%s (E42)", d->cpu_units,
                    d->windows ? ", Windows" : "");
        return;
    case FARGATE_SIZE_PAIR:
        build_error(b, pointer,
                    "No Fargate configuration exists for given values: cpu %d, memory %d (E42)",
                    d->cpu_units, d->memory_mib);
    }
}

static void check_containers(builder *b, const task_definition_config *d, const char *pointer)
{
    for (uint32_t i = 0; i < d->container_count; i++) {
        const container_definition *c = &d->containers[i];
        sim_time stop = c->fargate_stop_timeout_us;
        if (!d->requires_fargate && (stop < FARGATE_STOP_TIMEOUT_LOW * SIM_SECOND ||
                                     stop > FARGATE_STOP_TIMEOUT_HIGH * SIM_SECOND))
            build_error(b, pointer,
                        "container \"%s\" of %s:%d has stopTimeout %lld; on Fargate it is %d..%d s "
                        "(E32)",
                        c->name, d->family, d->revision, (long long)(stop / SIM_SECOND),
                        FARGATE_STOP_TIMEOUT_LOW, FARGATE_STOP_TIMEOUT_HIGH);
        if (c->gpu_count > 0)
            build_error(b, pointer, "container \"%s\" of %s:%d asks for GPUs; Fargate has none",
                        c->name, d->family, d->revision);
    }
}

void build_check_fargate(builder *b, uint32_t definition, uint32_t strategy_count,
                         uint32_t constraint_count, const char *pointer)
{
    if (strategy_count + constraint_count > 0)
        build_error(b, pointer,
                    "Fargate takes no placement strategies and constraints: it spreads over the "
                    "zones of the subnets (E86)");
    if (definition == NO_INDEX) return;
    task_definition_config *d = &b->config->task_definitions[definition];
    d->on_fargate = true;
    if (!d->requires_fargate && d->network != NETWORK_AWSVPC)
        build_error(b, pointer, "%s:%d: Fargate needs network mode awsvpc (E37)", d->family,
                    d->revision);
    if (d->constraint_count > 0)
        build_error(b, pointer, "%s:%d has placement constraints; Fargate takes none (E40)",
                    d->family, d->revision);
    if (!d->requires_fargate) build_check_fargate_size(b, d, pointer);
    check_containers(b, d, pointer);
}

/* ---- Prices ---- */

static void check_types(builder *b, const json_t *prices)
{
    const field_shape *shape = field_find(&shape_scenario, "prices")->shape;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)prices, key, value)
    {
        if (!field_find(shape, key) && !instance_type_find(key))
            build_unknown_type(b, key, build_pointer(b, "/prices/%s", build_escape(b, key)));
    }
}

void build_prices(builder *b)
{
    const json_t *prices = build_get(b->root, "prices");
    check_types(b, prices);
    build_check_spot_pools(b);
    b->config->fargate_prices = (fargate_price_config){
        .usd_per_vcpu_hour = build_number(prices, "fargateVcpuHour", NAN),
        .usd_per_gb_hour = build_number(prices, "fargateGbHour", NAN),
        .discount = build_number(prices, "fargateDiscount", 0),
        .spot_discount_input = NO_INDEX, /* build_behavior */
    };
}
