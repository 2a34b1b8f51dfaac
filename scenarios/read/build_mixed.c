/* Spot pools (A94), and Auto Scaling groups of several types and purchase options (A94, A95). */
#include "models/ec2/instance_type.h"
#include "models/ec2/mixed_instances.h"
#include "scenarios/read/build.h"
#include <math.h>
#include <string.h>

/* ---- What prices.spot says ---- */

static const json_t *pool_list(const builder *b)
{
    return build_get(build_get(b->root, "prices"), "spot");
}

static bool names_pool(const json_t *entry, const char *type, const char *zone)
{
    const char *own_zone = build_text(entry, "availabilityZone", NULL);
    if (strcmp(build_text(entry, "instanceType", ""), type) != 0) return false;
    return zone && own_zone ? strcmp(zone, own_zone) == 0 : !zone && !own_zone;
}

/* The entry of the zone, else that of all zones; NULL: none. */
static const json_t *find_pool(const builder *b, const char *type, const char *zone)
{
    const json_t *list = pool_list(b), *entry = NULL;
    for (size_t i = 0; i < json_array_size(list) && !entry; i++)
        if (names_pool(json_array_get(list, i), type, zone)) entry = json_array_get(list, i);
    return entry || !zone ? entry : find_pool(b, type, NULL);
}

static bool has_pools(const builder *b, const char *type)
{
    const json_t *list = pool_list(b);
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(build_text(json_array_get(list, i), "instanceType", ""), type) == 0) return true;
    return false;
}

void build_check_spot_pools(builder *b)
{
    const json_t *list = pool_list(b);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *entry = json_array_get(list, i);
        const char *pointer = build_pointer(b, "/prices/spot/%zu", i);
        const instance_type *type = build_instance_type(b, entry, "instanceType", pointer);
        const char *zone = build_text(entry, "availabilityZone", NULL);
        for (size_t k = 0; type && k < i; k++)
            if (names_pool(json_array_get(list, k), type->name, zone))
                build_error(b, pointer, "a second price of %s in %s (A94)", type->name,
                            zone ? zone : "every other zone");
    }
}

/* Of Spot instances in one zone; on_demand: what they cost otherwise. assumed: it rests on the discount. */
static double spot_price(const builder *b, const char *type, const char *zone, double on_demand,
                         bool *assumed)
{
    const double own = build_number(find_pool(b, type, zone), "pricePerHour", NAN);
    *assumed = isnan(own) && !isnan(on_demand);
    if (!isnan(own)) return own;
    return on_demand * (1 - build_number(build_get(b->root, "prices"), "ec2SpotDiscount", 0));
}

void build_spot_price(builder *b, const json_t *object, const char *pointer,
                      instance_group_config *g)
{
    const double on_demand = g->price_usd_per_hour;
    bool assumed = false;
    if (!g->spot || build_get(object, "pricePerHour")) return;
    for (uint32_t z = 0; z < g->zone_count; z++) {
        const double price = spot_price(b, g->instance_type, g->zones[z], on_demand, &assumed);
        if (z > 0 && (price < g->price_usd_per_hour || price > g->price_usd_per_hour)) {
            build_error(
                b, pointer,
                "a Spot instance of %s costs %.9g USD in %s and %.9g in %s: give each zone a "
                "group of its own (A94)",
                g->instance_type, g->price_usd_per_hour, g->zones[0], price, g->zones[z]);
            return;
        }
        g->price_usd_per_hour = price;
        if (assumed) g->price_input = NO_INDEX; /* build_behavior puts it in */
    }
}

/* ---- The policy ---- */

static double read_max_price(builder *b, const json_t *object, const char *pointer)
{
    const char *text = build_text(object, "SpotMaxPrice", "");
    char *end;
    const double price = strtod(text, &end);
    if (*text == '\0') return NAN;
    if (*end == '\0' && price > 0 && isfinite(price)) return price;
    build_error(b, build_pointer(b, "%s/SpotMaxPrice", pointer),
                "expected a price above 0 in USD per hour, got \"%s\" (A94)", text);
    return NAN;
}

static void read_distribution(builder *b, const json_t *policy, const char *pointer,
                              mixed_instances_config *m)
{
    const json_t *d = build_get(policy, "InstancesDistribution");
    const char *own = build_pointer(b, "%s/InstancesDistribution", pointer);
    const char *spot = build_text(d, "SpotAllocationStrategy", "lowest-price");
    m->on_demand_base = build_integer(d, "OnDemandBaseCapacity", 0);
    m->on_demand_percent = build_integer(d, "OnDemandPercentageAboveBaseCapacity", 100);
    if (strcmp(build_text(d, "OnDemandAllocationStrategy", ""), "lowest-price") == 0)
        m->on_demand = ON_DEMAND_LOWEST_PRICE;
    if (strncmp(spot, "capacity-optimized", strlen("capacity-optimized")) == 0)
        m->spot = SPOT_CAPACITY_OPTIMIZED;
    if (strcmp(spot, "price-capacity-optimized") == 0) m->spot = SPOT_PRICE_CAPACITY_OPTIMIZED;
    m->spot_pools = (uint32_t)build_integer(d, "SpotInstancePools", 1);
    if (build_get(d, "SpotInstancePools") && m->spot != SPOT_LOWEST_PRICE)
        build_error(b, build_pointer(b, "%s/SpotInstancePools", own),
                    "only the SpotAllocationStrategy lowest-price takes it, not %s (A94)", spot);
    m->max_price_usd_per_hour = read_max_price(b, d, own);
}

/* One kind of instances has one size and price; several types have those of the catalogue and of prices. */
static void check_one_size(builder *b, const json_t *object, const char *pointer)
{
    static const char *const keys[] = {"vcpu", "memoryMiB", "gpus", "maxEnis", "pricePerHour"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (build_get(object, keys[i]))
            build_error(
                b, build_pointer(b, "%s/%s", pointer, keys[i]),
                "one value for the several types of Overrides; the catalogue and \"prices\" "
                "know each (A94)");
}

static bool is_listed(const instance_type **types, uint32_t count, const instance_type *type)
{
    for (uint32_t i = 0; i < count; i++)
        if (types[i] == type) return true;
    return false;
}

/* In the order of Overrides; none: what the group itself says. */
static uint32_t read_types(builder *b, const json_t *object, const char *pointer,
                           const instance_type **types)
{
    const char *list_pointer =
        build_pointer(b, "%s/MixedInstancesPolicy/LaunchTemplate/Overrides", pointer);
    const json_t *list = build_get(
        build_get(build_get(object, "MixedInstancesPolicy"), "LaunchTemplate"), "Overrides");
    uint32_t count = 0;
    if (json_array_size(list) > MIXED_TYPES_MAX) {
        build_error(b, list_pointer, "%zu overrides, at most %d (A94)", json_array_size(list),
                    MIXED_TYPES_MAX);
        return 0;
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        const char *own = build_pointer(b, "%s/%zu", list_pointer, i);
        const char *weight = build_text(item, "WeightedCapacity", "1");
        const instance_type *type = build_instance_type(b, item, "InstanceType", own);
        if (strcmp(weight, "1") != 0)
            build_error(b, build_pointer(b, "%s/WeightedCapacity", own),
                        "a weight of %s: this version of berth counts instances, each as 1 (A94)",
                        weight);
        if (type && is_listed(types, count, type))
            build_error(b, own, "a second override of %s (A94)", type->name);
        else if (type)
            types[count++] = type;
    }
    return count;
}

/* ---- Kinds of instances ---- */

size_t build_kinds_max(const json_t *object)
{
    const json_t *overrides = build_get(
        build_get(build_get(object, "MixedInstancesPolicy"), "LaunchTemplate"), "Overrides");
    size_t types = json_array_size(overrides) + 1;
    size_t zones = json_array_size(build_get(object, "AvailabilityZones")) + 2;
    for (const char *c = build_text(object, "VPCZoneIdentifier", ""); *c; c++)
        zones += *c == ',' || *c == ' ';
    return types * (1 + zones);
}

static uint32_t pool_number(builder *b, const char *type, const char *zone)
{
    model_config *c = b->config;
    const json_t *entry = find_pool(b, type, zone);
    for (uint32_t i = 0; i < c->spot_pool_count; i++)
        if (strcmp(c->spot_pools[i].instance_type, type) == 0 &&
            strcmp(c->spot_pools[i].zone, zone) == 0)
            return i + 1;
    c->spot_pools[c->spot_pool_count++] = (spot_pool_config){
        .instance_type = type,
        .zone = zone,
        .capacity = build_get(entry, "capacity") ? build_integer(entry, "capacity", 0) : INT64_MAX};
    return c->spot_pool_count;
}

/* Spot instances of a type in one of the zones. own_price: the launch template's; NAN: the pool's. */
static instance_group_config spot_kind(builder *b, const instance_group_config *on_demand,
                                       uint32_t zone, double own_price)
{
    instance_group_config g = *on_demand;
    bool assumed = false;
    g.count = 0;
    g.spot = true;
    g.zones = &on_demand->zones[zone];
    g.zone_count = 1;
    g.price_usd_per_hour = !isnan(own_price) ? own_price
                                             : spot_price(b, g.instance_type, g.zones[0],
                                                          on_demand->price_usd_per_hour, &assumed);
    g.price_input = assumed ? NO_INDEX : 0; /* build_behavior puts it in */
    g.spot_pool = pool_number(b, g.instance_type, g.zones[0]);
    return g;
}

/* Behind the first, On-Demand kind: the other types, then Spot by type and zone. */
static uint32_t fill_kinds(builder *b, const json_t *object, const char *pointer,
                           const instance_type **types, uint32_t count, double spot_price_given,
                           instance_group_config *g)
{
    for (uint32_t t = 1; t < count; t++) {
        g[t] = g[0];
        g[t].count = 0;
        build_size_as(b, object, pointer, types[t], &g[t]);
    }
    uint32_t kinds = count;
    for (uint32_t t = 0; t < count; t++)
        for (uint32_t z = 0; z < g[0].zone_count; z++)
            g[kinds++] = spot_kind(b, &g[t], z, spot_price_given);
    return kinds;
}

/* A launch template of Spot instances, of a type whose pools the scenario knows. */
static uint32_t build_spot_kinds(builder *b, const json_t *object, const char *pointer,
                                 auto_scaling_group_config *a, const instance_type *type,
                                 instance_group_config *g)
{
    const double given = build_number(object, "pricePerHour", NAN);
    a->mixed = (mixed_instances_config){
        .type_count = 1, .spot_pools = 1, .max_price_usd_per_hour = isnan(given) ? NAN : given};
    g->spot = false;
    g->price_input = 0;
    g->price_usd_per_hour = build_instance_price(b, type);
    return fill_kinds(b, object, pointer, &type, 1, given, g);
}

uint32_t build_kinds(builder *b, const json_t *object, const char *pointer,
                     auto_scaling_group_config *a, instance_group_config *g)
{
    const json_t *policy = build_get(object, "MixedInstancesPolicy");
    const instance_type *types[MIXED_TYPES_MAX + 1];
    const instance_type *own = build_instance_type(b, object, "instanceType", pointer);
    uint32_t count = policy ? read_types(b, object, pointer, types) : 0;
    const char *policy_pointer = build_pointer(b, "%s/MixedInstancesPolicy", pointer);
    const bool plain_spot = !policy && own && build_flag(object, "spot", false);
    if (count == 0 && own) types[count++] = own;
    if (policy && count == 0)
        build_error(
            b, policy_pointer,
            "no override names a type, and neither does the group's \"instanceType\" (A94)");
    if (policy && build_flag(object, "spot", false))
        build_error(b, build_pointer(b, "%s/spot", pointer),
                    "InstancesDistribution says what is Spot (A95)");
    if (count > 1) check_one_size(b, object, pointer);
    build_launched_instance(b, object, pointer, count ? types[0] : own, g);
    if (plain_spot && has_pools(b, own->name))
        return build_spot_kinds(b, object, pointer, a, own, g);
    if (!policy) build_spot_price(b, object, pointer, g);
    if (!policy || count == 0) return 1;
    g->spot = false;
    a->mixed.type_count = count;
    read_distribution(b, policy, policy_pointer, &a->mixed);
    return fill_kinds(b, object, pointer, types, count, NAN, g);
}

void build_mixed_starts(builder *b)
{
    model_config *c = b->config;
    mixed_use use = mixed_use_create(c);
    for (uint32_t i = 0; i < c->auto_scaling_group_count; i++) {
        auto_scaling_group_config *a = &c->auto_scaling_groups[i];
        instance_group_config *g = &c->groups[a->instances];
        uint32_t lacking;
        if (a->mixed.type_count == 0) continue;
        a->start = ARENA_ARRAY(b->memory, g->count + 1, starting_instance);
        if (mixed_start(&use, a, g->count, a->start, &lacking)) continue;
        build_error(b, g->pointer,
                    "%u of the %u instances of t = 0 have no Spot pool with capacity within the "
                    "maximum price (A94)",
                    (unsigned)lacking, (unsigned)g->count);
        g->count -= lacking;
    }
    mixed_use_finish(&use);
}
