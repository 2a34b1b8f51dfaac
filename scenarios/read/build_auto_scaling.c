/* EC2 Auto Scaling groups (A80-A87): sizes, zones, what they launch, and whose capacity they are. */
#include "models/ec2/mixed_instances.h"
#include "scenarios/read/build.h"
#include <string.h>

#define SUBNET_MAX 256

size_t build_auto_scaling_kinds_max(const builder *b)
{
    const json_t *list = build_get(b->root, "autoScalingGroups");
    size_t most = 0;
    for (size_t i = 0; i < json_array_size(list); i++)
        most += build_kinds_max(json_array_get(list, i));
    return most;
}

uint32_t build_find_auto_scaling_group(builder *b, const char *text, const char *pointer)
{
    const json_t *known = json_object_get(b->auto_scaling_index, text);
    if (!known)
        known = json_object_get(b->auto_scaling_index,
                                reference_name(b, text, "autoScalingGroupName/"));
    if (known) return (uint32_t)json_integer_value(known);
    const model_config *c = b->config;
    const char **names = ARENA_ARRAY(b->memory, c->auto_scaling_group_count + 1, const char *);
    for (uint32_t i = 0; i < c->auto_scaling_group_count; i++)
        names[i] = c->auto_scaling_groups[i].name;
    if (!build_unread(b, "autoScalingGroups"))
        build_error(b, pointer, "no Auto Scaling group \"%s\"%s", text,
                    build_suggestion(b, text, names, c->auto_scaling_group_count));
    return 0;
}

/* ---- Zones ---- */

static void add_zone(instance_group_config *g, const char *zone)
{
    for (uint32_t z = 0; z < g->zone_count; z++)
        if (strcmp(g->zones[z], zone) == 0) return;
    g->zones[g->zone_count++] = zone;
}

/* AvailabilityZones, or the zones of the subnets (A86). */
static void read_zones(builder *b, const json_t *object, const char *pointer,
                       instance_group_config *g)
{
    const json_t *list = build_get(object, "AvailabilityZones");
    const char *subnets = build_text(object, "VPCZoneIdentifier", "");
    g->zones = ARENA_ARRAY(b->memory, json_array_size(list) + strlen(subnets) + 1, const char *);
    for (size_t i = 0; i < json_array_size(list); i++)
        add_zone(g, build_copy(b, json_string_value(json_array_get(list, i))));
    for (const char *at = subnets; json_array_size(list) == 0 && *at;) {
        char subnet[SUBNET_MAX];
        at += strspn(at, ", ");
        size_t length = strcspn(at, ", ");
        if (length >= sizeof subnet) {
            build_error(b, build_pointer(b, "%s/VPCZoneIdentifier", pointer),
                        "a subnet's id has at most %d characters", SUBNET_MAX - 1);
            break;
        }
        memcpy(subnet, at, length);
        subnet[length] = '\0';
        if (length > 0) add_zone(g, build_zone_of_subnet(b, subnet));
        at += length;
    }
    if (g->zone_count == 0) add_zone(g, "a");
}

/* ---- What it does ---- */

static void read_policies(builder *b, const json_t *object, const char *pointer,
                          auto_scaling_group_config *a)
{
    static const struct {
        const char *name;
        termination_policy policy;
    } known[] = {{"Default", TERMINATE_DEFAULT},
                 {"ClosestToNextInstanceHour", TERMINATE_CLOSEST_TO_HOUR},
                 {"OldestInstance", TERMINATE_OLDEST},
                 {"NewestInstance", TERMINATE_NEWEST},
                 {"OldestLaunchTemplate", TERMINATE_ALIKE},
                 {"OldestLaunchConfiguration", TERMINATE_ALIKE},
                 {"AllocationStrategy", TERMINATE_ALLOCATION}};
    const size_t known_count = sizeof known / sizeof *known;
    const json_t *list = build_get(object, "TerminationPolicies");
    a->policies = ARENA_ARRAY(b->memory, json_array_size(list) + 1, termination_policy);
    a->policies[0] = TERMINATE_DEFAULT;
    a->policy_count = json_array_size(list) == 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        const char *names[sizeof known / sizeof *known];
        size_t k = 0;
        while (k < known_count && strcmp(known[k].name, text) != 0)
            k++;
        for (size_t n = 0; n < known_count; n++)
            names[n] = known[n].name;
        if (k == known_count)
            build_error(b, build_pointer(b, "%s/TerminationPolicies/%zu", pointer, i),
                        "no termination policy \"%s\"%s (A87)", text,
                        build_suggestion(b, text, names, known_count));
        else
            a->policies[a->policy_count++] = known[k].policy;
    }
}

static bool read_sizes(builder *b, const json_t *object, const char *pointer,
                       auto_scaling_group_config *a, uint32_t *desired)
{
    a->min_size = build_integer(object, "MinSize", 0);
    a->max_size = build_integer(object, "MaxSize", 0);
    long long given = build_integer(object, "DesiredCapacity", a->min_size);
    *desired = (uint32_t)given;
    if (a->min_size > a->max_size)
        return build_error(b, build_pointer(b, "%s/MaxSize", pointer),
                           "MinSize %lld is above MaxSize %lld (A80)", (long long)a->min_size,
                           (long long)a->max_size);
    if (given < a->min_size || given > a->max_size)
        return build_error(b, build_pointer(b, "%s/DesiredCapacity", pointer),
                           "DesiredCapacity %lld is not within MinSize %lld and MaxSize %lld (A80)",
                           given, (long long)a->min_size, (long long)a->max_size);
    return true;
}

static void check_health_checks(builder *b, const json_t *object, const char *pointer)
{
    const bool balanced = json_array_size(build_get(object, "TargetGroupARNs")) > 0 ||
                          json_array_size(build_get(object, "LoadBalancerNames")) > 0 ||
                          json_array_size(build_get(object, "TrafficSources")) > 0;
    if (balanced && strstr(build_text(object, "HealthCheckType", "EC2"), "ELB"))
        build_error(b, build_pointer(b, "%s/HealthCheckType", pointer),
                    "health checks of instances by load balancers are not simulated by this "
                    "version of berth, only EC2 (A84)");
}

/* What the group is told to leave alone: the balance of its zones (A89), nothing else. */
static bool suspends_balance(builder *b, const json_t *object, const char *pointer)
{
    const json_t *list = build_get(object, "SuspendedProcesses");
    bool balance = false;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = build_text(json_array_get(list, i), "ProcessName", "AddToLoadBalancer");
        balance |= strcmp(name, "AZRebalance") == 0;
        if (strcmp(name, "AZRebalance") != 0 && strcmp(name, "AddToLoadBalancer") != 0)
            build_error(b, build_pointer(b, "%s/SuspendedProcesses/%zu", pointer, i),
                        "a group that suspends %s is not simulated by this version of berth, only "
                        "AZRebalance",
                        name);
    }
    return balance;
}

/* What is taken only at the value at which it changes nothing. */
static void check_plain(builder *b, const json_t *object, const char *pointer)
{
    const json_t *policy = build_get(object, "InstanceMaintenancePolicy");
    const char *type = build_text(object, "DesiredCapacityType", "units");
    const char *zones = build_text(build_get(object, "AvailabilityZoneDistribution"),
                                   "CapacityDistributionStrategy", "balanced-best-effort");
    if (build_integer(policy, "MinHealthyPercentage", -1) >= 0 ||
        build_integer(policy, "MaxHealthyPercentage", -1) >= 0)
        build_error(
            b, build_pointer(b, "%s/InstanceMaintenancePolicy", pointer),
            "an instance maintenance policy is not simulated by this version of berth: what "
            "is replaced is terminated first (A85)");
    if (strcmp(type, "units") != 0)
        build_error(b, build_pointer(b, "%s/DesiredCapacityType", pointer),
                    "this version of berth counts instances, not %s (A80)", type);
    if (strcmp(zones, "balanced-best-effort") != 0)
        build_error(
            b, build_pointer(b, "%s/AvailabilityZoneDistribution", pointer),
            "%s is not simulated by this version of berth: a zone that fails is passed over "
            "(A86)",
            zones);
}

static void read_lifetime(builder *b, const json_t *object, const char *pointer,
                          auto_scaling_group_config *a)
{
    const long long seconds = build_integer(object, "MaxInstanceLifetime", 0);
    a->max_lifetime_us = seconds * SIM_SECOND;
    if (seconds != 0 && seconds < SIM_DAY / SIM_SECOND)
        build_error(b, build_pointer(b, "%s/MaxInstanceLifetime", pointer),
                    "expected 0 (no end), or at least 86400 s, got %lld (A96)", seconds);
}

static void build_one(builder *b, const json_t *object, const char *pointer)
{
    model_config *c = b->config;
    const char *name = build_text(object, "AutoScalingGroupName", NULL);
    auto_scaling_group_config a = {
        .name = build_copy(b, name),
        .arn = build_copy(b, build_text(object, "AutoScalingGroupARN", NULL)),
        .instances = c->group_count,
        .default_cooldown_us = build_integer(object, "DefaultCooldown", 300) * SIM_SECOND,
        .default_warmup_us = build_get(object, "DefaultInstanceWarmup")
                                 ? build_integer(object, "DefaultInstanceWarmup", 0) * SIM_SECOND
                                 : SIM_NEVER,
        .grace_period_us = build_integer(object, "HealthCheckGracePeriod", 0) * SIM_SECOND,
        .protects_new = build_flag(object, "NewInstancesProtectedFromScaleIn", false),
        .capacity_rebalance = build_flag(object, "CapacityRebalance", false)};
    instance_group_config *g = &c->groups[c->group_count];
    if (!name) return;
    g->pointer = pointer;
    if (!reference_add(b->auto_scaling_index, name, a.arn, c->auto_scaling_group_count + 1)) {
        build_error(b, pointer, "a second Auto Scaling group \"%s\"", name);
        return;
    }
    if (!read_sizes(b, object, pointer, &a, &g->count)) g->count = 0;
    read_zones(b, object, pointer, g);
    read_policies(b, object, pointer, &a);
    check_health_checks(b, object, pointer);
    check_plain(b, object, pointer);
    a.keeps_zones = suspends_balance(b, object, pointer);
    read_lifetime(b, object, pointer, &a);
    const uint32_t kinds = build_kinds(b, object, pointer, &a, g);
    for (uint32_t z = 0; z < g->zone_count; z++)
        reference_add(b->instance_zones, g->zones[z], NULL, 0);
    for (uint32_t k = 0; k < kinds; k++)
        g[k].auto_scaling_group = c->auto_scaling_group_count + 1;
    c->group_count += kinds;
    c->auto_scaling_groups[c->auto_scaling_group_count++] = a;
}

/* ---- Instance refresh (A91) ---- */

static void read_checkpoints(builder *b, const json_t *preferences, const char *pointer,
                             instance_refresh_config *r)
{
    const json_t *list = build_get(preferences, "CheckpointPercentages");
    r->checkpoints = ARENA_ARRAY(b->memory, json_array_size(list) + 1, uint32_t);
    r->checkpoint_delay_us = build_integer(preferences, "CheckpointDelay", 3600) * SIM_SECOND;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_int_t percent = json_integer_value(json_array_get(list, i));
        const uint32_t before = i > 0 ? r->checkpoints[i - 1] : 0;
        if (percent <= before || percent > 100) {
            build_error(b, build_pointer(b, "%s/CheckpointPercentages/%zu", pointer, i),
                        "expected ascending percentages in 1..100 (A91)");
            return;
        }
        r->checkpoints[r->checkpoint_count++] = (uint32_t)percent;
    }
}

/* It launches On-Demand and Spot instances (A95). */
static bool buys_both(const mixed_instances_config *m)
{
    return m->type_count > 0 && m->on_demand_percent < 100 &&
           (m->on_demand_percent > 0 || m->on_demand_base > 0);
}

void build_instance_refresh(builder *b, const json_t *body, const char *pointer, timeline_action *a)
{
    static const char *const rules[] = {"Wait", "Refresh", "Ignore"};
    const json_t *preferences = build_get(body, "Preferences");
    const char *at = build_pointer(b, "%s/Preferences", pointer),
               *most = build_pointer(b, "%s/MaxHealthyPercentage", at);
    const char *on_protected = build_text(preferences, "ScaleInProtectedInstances", rules[0]);
    instance_refresh_config *r = &a->refresh;
    a->auto_scaling_group =
        build_find_auto_scaling_group(b, build_text(body, "AutoScalingGroupName", ""),
                                      build_pointer(b, "%s/AutoScalingGroupName", pointer));
    if (a->auto_scaling_group == 0) return;
    const auto_scaling_group_config *g = &b->config->auto_scaling_groups[a->auto_scaling_group - 1];
    const sim_time warmup_us =
        g->default_warmup_us == SIM_NEVER ? g->grace_period_us : g->default_warmup_us;
    r->minimum_percent = (uint32_t)build_integer(preferences, "MinHealthyPercentage", 90);
    r->maximum_percent = (uint32_t)build_integer(preferences, "MaxHealthyPercentage", 0);
    r->warmup_us =
        build_integer(preferences, "InstanceWarmup", warmup_us / SIM_SECOND) * SIM_SECOND;
    r->skip_matching = build_flag(preferences, "SkipMatching", false);
    for (int i = 0; i < 3; i++)
        if (strcmp(on_protected, rules[i]) == 0) r->on_protected = (protected_rule)i;
    if (r->maximum_percent > 0 && !build_get(preferences, "MinHealthyPercentage"))
        build_error(b, most, "needs a MinHealthyPercentage beside it (A91)");
    else if (r->maximum_percent > r->minimum_percent + 100)
        build_error(b, most, "%u is more than 100 above MinHealthyPercentage %u (A91)",
                    r->maximum_percent, r->minimum_percent);
    if (r->maximum_percent > 100 && buys_both(&g->mixed))
        build_error(b, most,
                    "is not simulated by this version of berth for a group of On-Demand and Spot "
                    "instances, only without it or 100");
    read_checkpoints(b, preferences, at, r);
}

/* ---- Whose they are ---- */

/* The group that a capacity provider names; a name that is none of autoScalingGroups says nothing: groups of
 * instances may say whose they are. */
static void link_provider(builder *b, const json_t *provider, const char *pointer)
{
    const json_t *behind = build_get(provider, "autoScalingGroupProvider");
    const char *text = build_text(behind, "autoScalingGroupArn", NULL),
               *name = build_text(provider, "name", "");
    const json_t *number = json_object_get(b->provider_index, name), *known = NULL;
    const uint32_t own = number ? (uint32_t)json_integer_value(number) : PROVIDER_NONE;
    if (own < PROVIDER_OF_INSTANCES) return;
    const char *at = build_pointer(b, "%s/autoScalingGroupProvider", pointer);
    capacity_provider_config *p = &b->config->providers[own - PROVIDER_OF_INSTANCES];
    if (text) known = json_object_get(b->auto_scaling_index, text);
    if (text && !known)
        known = json_object_get(b->auto_scaling_index,
                                reference_name(b, text, "autoScalingGroupName/"));
    if (!known && p->managed_scaling && text)
        build_find_auto_scaling_group(b, text, build_pointer(b, "%s/autoScalingGroupArn", at));
    else if (!known && p->managed_scaling)
        build_error(b, at, "managed scaling needs autoScalingGroupArn (E183)");
    if (!known) return;
    auto_scaling_group_config *a = &b->config->auto_scaling_groups[json_integer_value(known) - 1];
    instance_group_config *g = &b->config->groups[a->instances];
    if (g->provider != PROVIDER_NONE && g->provider != own)
        build_error(b, g->pointer,
                    "the Auto Scaling group \"%s\" has two capacity providers (E183)", a->name);
    a->managed_draining = strcmp(build_text(behind, "managedDraining", "ENABLED"), "ENABLED") == 0;
    const uint32_t kinds = mixed_kind_count(a->mixed.type_count, g->zone_count);
    for (uint32_t k = 0; k < kinds; k++) {
        g[k].provider = own;
        g[k].spot_draining |= a->managed_draining; /* it covers Spot (E176) */
    }
    p->auto_scaling_group = (uint32_t)json_integer_value(known);
    a->managed = p->managed_scaling;
    a->managed_protection = p->termination_protection;
    if (p->termination_protection && !a->protects_new)
        build_error(b, build_pointer(b, "%s/managedTerminationProtection", at),
                    "managed termination protection needs NewInstancesProtectedFromScaleIn of the "
                    "Auto Scaling group \"%s\" (E189)",
                    a->name);
}

uint64_t build_auto_scaling_groups(builder *b)
{
    const json_t *list = build_get(b->root, "autoScalingGroups"),
                 *providers = build_get(b->root, "capacityProviders");
    model_config *c = b->config;
    uint64_t total = 0;
    c->auto_scaling_groups =
        ARENA_ARRAY(b->memory, json_array_size(list) + 1, auto_scaling_group_config);
    c->spot_pools = ARENA_ARRAY(b->memory, build_auto_scaling_kinds_max(b) + 1, spot_pool_config);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        if (json_is_object(item)) build_one(b, item, build_pointer(b, "/autoScalingGroups/%zu", i));
    }
    for (size_t i = 0; i < json_array_size(providers); i++)
        link_provider(b, json_array_get(providers, i),
                      build_pointer(b, "/capacityProviders/%zu", i));
    build_mixed_starts(b);
    for (uint32_t i = 0; i < c->auto_scaling_group_count; i++)
        total += c->groups[c->auto_scaling_groups[i].instances].count;
    return total;
}
