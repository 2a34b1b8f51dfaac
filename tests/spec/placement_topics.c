#include "tests/spec/placement_topics.h"
#include "models/ec2/instance_type.h"
#include "models/ecs/placement_strategy.h"
#include "models/ecs/query.h"
#include "tests/models/cluster_fixture.h"

/* ---- Reading examples ---- */

static int32_t number(const json_t *object, const char *key, int32_t otherwise)
{
    const json_t *v = json_object_get(object, key);
    return json_is_integer(v) ? (int32_t)json_integer_value(v) : otherwise;
}

static const char *text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static bool is_number(const json_t *expected, const char *key, int64_t got)
{
    const json_t *v = json_object_get(expected, key);
    return !v || IS_INT(got, json_integer_value(v));
}

static bool is_text(const json_t *expected, const char *key, const char *got)
{
    const json_t *v = json_object_get(expected, key);
    return !v || IS_STR(got, json_string_value(v));
}

/* Is the text one of the list's? */
static bool is_listed(const json_t *list, const char *got)
{
    size_t i;
    json_t *v;
    json_array_foreach(list, i, v) if (strcmp(json_string_value(v), got) == 0) return true;
    return TAP_FAIL("%s is not expected", got);
}

static placement_strategy_config strategy_of(const json_t *s)
{
    placement_strategy_config config = {.kind = STRATEGY_RANDOM};
    const placement_strategy *strategy = placement_strategy_find(text(s, "type"));
    OK(strategy && strategy->read_field(text(s, "field"), &config));
    return config;
}

static const char *first_refusal(fixture *f, const placement_plan *p)
{
    placement_refusal why;
    placement_explain(f->cluster, p, &why);
    return why.closest == NO_INDEX ? "" : refusal_reason_names[why.closest_reason];
}

static const char *zone_of(fixture *f, uint32_t index)
{
    return names_text(f->names, cluster_instance(f->cluster, index)->zone);
}

static instance_group_config *group_with_agent_ports(fixture *f, const char *zone, int32_t cpu,
                                                     int32_t memory)
{
    instance_group_config *g = fixture_group(f, zone, cpu, memory);
    const uint16_t *ports = agent_reserved_ports(false, false, &g->reserved_port_count);
    g->reserved_ports = ARENA_ARRAY(f->arena, g->reserved_port_count, uint16_t);
    memcpy(g->reserved_ports, ports, g->reserved_port_count * sizeof *ports);
    return g;
}

/* ---- Instances (E1-E8) ---- */

static bool registered_memory(const json_t *in, const json_t *expected)
{
    int64_t bytes = json_integer_value(json_object_get(in, "mem_total_bytes"));
    return is_number(expected, "registered_mib",
                     registered_memory_mib(bytes, number(in, "reserved_mib", 0)));
}

static bool registered_cpu(const json_t *in, const json_t *expected)
{
    instance_type t = {.vcpu = number(in, "vcpus", 0)};
    return is_number(expected, "registered_cpu_units", instance_type_cpu_units(&t));
}

static bool reserved_ports(const json_t *in, const json_t *expected)
{
    uint32_t count;
    const uint16_t *ports =
        agent_reserved_ports(strcmp(text(in, "os"), "linux") != 0,
                             json_is_true(json_object_get(in, "prometheus")), &count);
    const json_t *wanted = json_object_get(expected, "tcp");
    bool same = IS_INT(count, json_array_size(wanted));
    for (uint32_t i = 0; same && i < count; i++)
        same = IS_INT(ports[i], json_integer_value(json_array_get(wanted, i)));
    return same && IS_INT(json_array_size(json_object_get(expected, "udp")), 0);
}

static bool eni_limit(const json_t *in, const json_t *expected)
{
    int32_t plain, trunked;
    const char *name = text(in, "instance_type");
    if (name) {
        const instance_type *t = instance_type_find(name);
        if (!OK(t != NULL)) return false;
        plain = instance_type_awsvpc_tasks(t, false);
        trunked = instance_type_awsvpc_tasks(t, true);
    } else {
        plain = awsvpc_tasks_from_enis(number(in, "max_enis", 0), 0);
        trunked =
            awsvpc_tasks_from_enis(number(in, "max_enis", 0), number(in, "trunk_eni_limit", 0));
    }
    return is_number(expected, "awsvpc_tasks_no_trunk", plain) &&
           is_number(expected, "awsvpc_tasks_trunk", trunked);
}

/* ---- Sizes (E22-E24) and fit (E71, E89) ---- */

static bool task_reservation(const json_t *in, const json_t *expected)
{
    fixture f;
    fixture_begin(&f, false);
    const json_t *list = json_object_get(in, "containers");
    task_definition_config *d = fixture_task(&f, 0, 0);
    d->cpu_units = number(in, "task_cpu", 0);
    d->memory_mib = number(in, "task_memory", 0);
    d->container_count = (uint32_t)json_array_size(list);
    d->containers = ARENA_ARRAY(f.arena, d->container_count, container_definition);
    for (uint32_t i = 0; i < d->container_count; i++) {
        const json_t *k = json_array_get(list, i);
        d->containers[i].cpu_units = number(k, "cpu", 0);
        d->containers[i].memory_mib = number(k, "memory", 0);
        d->containers[i].memory_reservation_mib = number(k, "memoryReservation", 0);
    }
    placement_plan *p = fixture_plan(&f, "service:s", d, NULL, 0, NULL, 0);
    bool same = is_number(expected, "reserved_cpu", placement_needs(p)->cpu_units) &&
                is_number(expected, "reserved_memory_mib", placement_needs(p)->memory_mib);
    if (json_object_get(expected, "valid")) /* E24: readers refuse what reserves no memory */
        same = IS_INT(placement_needs(p)->memory_mib > 0,
                      json_is_true(json_object_get(expected, "valid")));
    placement_plan_destroy(p);
    fixture_end(&f);
    return same;
}

static bool placement_fit(const json_t *in, const json_t *expected)
{
    fixture f;
    fixture_begin(&f, false);
    int32_t cpu = number(in, "instance_cpu", number(in, "remaining_cpu", 4096));
    int32_t memory = number(in, "instance_memory_mib", number(in, "remaining_memory_mib", 8192));
    uint32_t index = fixture_instance(&f, "a", cpu, memory);
    placement_plan *p =
        fixture_plan(&f, "service:s",
                     fixture_task(&f, number(in, "task_cpu", 0), number(in, "task_memory_mib", 1)),
                     NULL, 0, NULL, 0);
    const json_t *fits = json_object_get(expected, "fits");
    bool same = !fits || IS_INT(placement_fits(f.cluster, p, index), json_is_true(fits));
    if (json_object_get(expected, "reason"))
        same = is_text(expected, "reason", first_refusal(&f, p)) && same;
    int64_t copies = 0;
    while (json_object_get(expected, "max_copies_per_instance") && copies < 100 &&
           fixture_place(&f, p) != NO_INDEX)
        copies++;
    same = is_number(expected, "max_copies_per_instance", copies) && same;
    placement_plan_destroy(p);
    fixture_end(&f);
    return same;
}

static port_protocol protocol_of(const json_t *mapping)
{
    const char *name = text(mapping, "protocol");
    return name && strcmp(name, "udp") == 0 ? PROTOCOL_UDP : PROTOCOL_TCP;
}

static void add_mapping(fixture *f, task_definition_config *d, const json_t *m)
{
    uint16_t host = (uint16_t)number(m, "hostPort", 0);
    fixture_port(f, d, (uint16_t)number(m, "containerPort", 80), host, protocol_of(m));
}

static bool port_conflict(const json_t *in, const json_t *expected)
{
    fixture f;
    fixture_begin(&f, false);
    const char *mode = text(in, "networkMode");
    task_definition_config *d = fixture_task(&f, 1, 1);
    d->network = strcmp(mode, "host") == 0     ? NETWORK_HOST
                 : strcmp(mode, "awsvpc") == 0 ? NETWORK_AWSVPC
                                               : NETWORK_BRIDGE;
    const json_t *mappings = json_object_get(in, "mappings");
    for (size_t i = 0; i < json_array_size(mappings); i++)
        add_mapping(&f, d, json_array_get(mappings, i));
    if (!mappings) add_mapping(&f, d, in);
    for (int32_t i = 0; i < number(in, "instances", 1); i++) {
        instance_group_config *g = group_with_agent_ports(&f, "a", 1024, 1024);
        g->awsvpc_tasks = number(in, "eni_slots", UNLIMITED);
        fixture_add(&f, g, 0);
    }
    placement_plan *p = fixture_plan(&f, "service:s", d, NULL, 0, NULL, 0);
    int64_t placed = 0;
    for (int32_t i = 0; i < number(in, "copies", 1); i++)
        placed += fixture_place(&f, p) != NO_INDEX;
    bool same = is_number(expected, "placed", placed);
    if (json_object_get(expected, "failure"))
        same = is_text(expected, "failure", first_refusal(&f, p)) && same;
    placement_plan_destroy(p);
    fixture_end(&f);
    return same;
}

static bool cluster_reservation(const json_t *in, const json_t *expected)
{
    fixture f;
    fixture_begin(&f, false);
    const json_t *registered = json_object_get(in, "registered"),
                 *task = json_object_get(in, "task");
    fixture_instance(&f, "a", number(registered, "cpu", 0), number(registered, "mem", 0));
    placement_plan *p = fixture_plan(
        &f, "service:s", fixture_task(&f, number(task, "cpu", 0), number(task, "mem", 0)), NULL, 0,
        NULL, 0);
    for (int32_t i = 0; i < number(in, "tasks", 0); i++)
        OK(fixture_place(&f, p) != NO_INDEX);
    const cluster_totals *t = cluster_get_totals(f.cluster); /* A10: the guide truncates */
    bool same =
        is_number(expected, "cpu_percent", t->cpu_reserved * 100 / t->cpu_registered) &&
        is_number(expected, "memory_percent", t->memory_reserved * 100 / t->memory_registered);
    placement_plan_destroy(p);
    fixture_end(&f);
    return same;
}

/* ---- Strategies (E73-E81) ---- */

static bool placement_sequence(const json_t *in, const json_t *expected)
{
    fixture f;
    fixture_begin(&f, false);
    const json_t *list = json_object_get(in, "instances"), *task = json_object_get(in, "task");
    const json_t *strategies = json_object_get(in, "strategies");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *k = json_array_get(list, i);
        fixture_instance(&f, text(k, "az"), number(k, "cpu", 0), number(k, "mem", 0));
    }
    placement_strategy_config configs[5];
    uint32_t n = (uint32_t)json_array_size(strategies);
    for (uint32_t i = 0; i < n; i++)
        configs[i] = strategy_of(json_array_get(strategies, i));
    placement_plan *p = fixture_plan(
        &f, "service:s", fixture_task(&f, number(task, "cpu", 0), number(task, "mem", 0)), configs,
        n, NULL, 0);
    const json_t *wanted = json_object_get(expected, "placements");
    bool same = IS_INT(json_array_size(wanted), number(in, "count", 0));
    for (size_t i = 0; i < json_array_size(wanted); i++) {
        uint32_t index = fixture_place(&f, p);
        const char *id = index == NO_INDEX ? NULL : text(json_array_get(list, index), "id");
        same = IS_STR(id, json_string_value(json_array_get(wanted, i))) && same;
    }
    placement_plan_destroy(p);
    fixture_end(&f);
    return same;
}

static bool placement_binpack_topic(const json_t *in, const json_t *expected)
{
    fixture f;
    fixture_begin(&f, false);
    json_t *remaining = json_object_get(in, "remaining_mib"), *mib;
    const char *id, *ids[8] = {NULL};
    json_object_foreach(remaining, id, mib)
    {
        uint32_t index = fixture_instance(&f, "a", 4096, (int32_t)json_integer_value(mib));
        ids[index] = id;
    }
    placement_strategy_config s = strategy_of(json_object_get(in, "strategy"));
    placement_plan *p = fixture_plan(
        &f, "service:s", fixture_task(&f, 1, number(in, "task_memory_mib", 0)), &s, 1, NULL, 0);
    uint32_t chosen = fixture_place(&f, p);
    bool same = OK(chosen != NO_INDEX) && is_text(expected, "chosen", ids[chosen]);
    placement_plan_destroy(p);
    fixture_end(&f);
    return same;
}

/* One instance a zone, each with so many of the service's tasks. */
static placement_plan *zones_with_tasks(fixture *f, json_t *per_zone,
                                        const placement_strategy_config *strategies, uint32_t n)
{
    const char *zone;
    json_t *tasks;
    json_object_foreach(per_zone, zone, tasks) fixture_instance(f, zone, 4096, 8192);
    placement_plan *p = fixture_plan(f, "service:s", fixture_task(f, 1, 1), strategies, n, NULL, 0);
    uint32_t index = 0;
    json_object_foreach(per_zone, zone, tasks)
    {
        for (json_int_t i = 0; i < json_integer_value(tasks); i++)
            placement_place(f->cluster, p, index);
        index++;
    }
    return p;
}

static bool placement_default(const json_t *in, const json_t *expected)
{
    fixture f;
    fixture_begin(&f, false);
    placement_plan *p = zones_with_tasks(&f, json_object_get(in, "service_tasks_per_az"), NULL, 0);
    const json_t *optimal = json_object_get(expected, "optimal_az");
    bool same = true;
    /* Each zone of the set is the choice once those before it are out of the way. */
    for (size_t i = 0; i < json_array_size(optimal); i++) {
        random_stream s = random_stream_at((random_source){1, 0}, 1, 0);
        uint32_t chosen = placement_choose(f.cluster, p, &s);
        same = OK(chosen != NO_INDEX) && is_listed(optimal, zone_of(&f, chosen)) && same;
        cluster_set_status(f.cluster, chosen, INSTANCE_DRAINING);
    }
    placement_plan_destroy(p);
    fixture_end(&f);
    return same;
}

/* E76: old and new revisions share the service's group; with deployment scope each has its own. */
static bool placement_spread_scope(const json_t *in, const json_t *expected)
{
    fixture f;
    fixture_begin(&f, false);
    json_t *per_zone = json_object_get(in, "tasks_per_az"), *tasks;
    const char *zone;
    bool by_deployment = strcmp(text(in, "spread_scope"), "deployment") == 0;
    json_object_foreach(per_zone, zone, tasks) fixture_instance(&f, zone, 4096, 8192);
    placement_request r = {.definition = fixture_task(&f, 1, 1)};
    r.group = r.spread_group = cluster_group(f.cluster, "service:s");
    if (by_deployment) r.spread_group = cluster_group(f.cluster, "deployment:1");
    placement_plan *old = placement_plan_create(f.cluster, &r, NULL);
    if (by_deployment) r.spread_group = cluster_group(f.cluster, "deployment:2");
    placement_plan *new = placement_plan_create(f.cluster, &r, NULL);
    uint32_t index = 0;
    json_object_foreach(per_zone, zone, tasks)
    {
        for (int32_t i = 0; i < number(tasks, "old", 0); i++)
            placement_place(f.cluster, old, index);
        for (int32_t i = 0; i < number(tasks, "new", 0); i++)
            placement_place(f.cluster, new, index);
        index++;
    }
    const json_t *wanted = json_object_get(expected, "new_task_azs");
    bool same = IS_INT(json_array_size(wanted), number(in, "new_tasks", 0));
    for (size_t i = 0; i < json_array_size(wanted); i++) {
        uint32_t chosen = fixture_place(&f, new);
        same = OK(chosen != NO_INDEX) &&
               IS_STR(zone_of(&f, chosen), json_string_value(json_array_get(wanted, i))) && same;
    }
    index = 0;
    json_object_foreach(per_zone, zone, tasks)
    {
        for (int32_t i = 0; i < number(tasks, "old", 0); i++)
            fixture_stop(&f, old, index);
        const json_t *after = json_object_get(expected, "after_old_stop");
        if (after)
            same = is_number(after, zone, cluster_group_on_instance(f.cluster, r.group, index)) &&
                   same;
        index++;
    }
    placement_plan_destroy(old);
    placement_plan_destroy(new);
    fixture_end(&f);
    return same;
}

/* ---- Constraints (E83) ---- */

static bool constraint_distinct(const json_t *in, const json_t *expected)
{
    fixture f;
    fixture_begin(&f, false);
    placement_constraint_config distinct = {CONSTRAINT_DISTINCT_INSTANCE, NULL};
    const json_t *task = json_object_get(in, "instance_task");
    int32_t instances = number(in, "instances", 1), desired = number(in, "desired", 1);
    for (int32_t i = 0; i < instances; i++)
        fixture_instance(&f, "a", 4096, 8192);
    placement_plan *p = fixture_plan(&f, task ? text(in, "new_task_group") : "service:S",
                                     fixture_task(&f, 1, 1), NULL, 0, &distinct, 1);
    for (int32_t i = 0; i < desired; i++) {
        uint32_t index = fixture_place(&f, p);
        OK(index != NO_INDEX);
        if (task && strcmp(text(task, "desiredStatus"), "STOPPED") == 0)
            placement_uncount(f.cluster, p, index); /* still there, but told to stop */
    }
    bool same = true;
    if (task)
        same = IS_INT(fixture_place(&f, p) != NO_INDEX,
                      json_is_true(json_object_get(expected, "placeable")));
    else {
        int64_t started = 0;
        while (fixture_place(&f, p) != NO_INDEX)
            started++;
        placement_refusal why;
        placement_explain(f.cluster, p, &why);
        same =
            is_number(expected, "new_tasks_startable", started) &&
            is_text(expected, "stuck_reason",
                    why.closest_reason == REFUSED_CONSTRAINT ? "constraint" : "something else") &&
            IS_INT(why.count[REFUSED_CONSTRAINT], instances);
    }
    placement_plan_destroy(p);
    fixture_end(&f);
    return same;
}

/* ---- Scale-in (E91) ---- */

static uint32_t list_candidates(json_t *per_place, scale_in_candidate *out)
{
    uint32_t n = 0, index = 0;
    const char *name;
    json_t *tasks;
    json_object_foreach(per_place, name, tasks)
    {
        for (json_int_t i = 0; i < json_integer_value(tasks); i++, n++)
            out[n] = (scale_in_candidate){index, 0, n};
        index++;
    }
    return n;
}

static bool scale_in_binpack(const json_t *in, const json_t *expected)
{
    fixture f;
    fixture_begin(&f, false);
    json_t *remaining = json_object_get(in, "remaining_mib"), *mib;
    json_t *tasks = json_object_get(in, "service_tasks");
    int32_t need = number(in, "task_memory_mib", 0);
    const char *id, *ids[8] = {NULL};
    uint32_t index = 0;
    json_object_foreach(remaining, id, mib)
    {
        int32_t held = need * number(tasks, id, 0);
        fixture_instance(&f, "a", 4096, (int32_t)json_integer_value(mib) + held);
    }
    placement_strategy_config s = strategy_of(json_object_get(in, "strategy"));
    placement_plan *p = fixture_plan(&f, "service:s", fixture_task(&f, 1, need), &s, 1, NULL, 0);
    json_object_foreach(remaining, id, mib)
    {
        for (int32_t i = 0; i < number(tasks, id, 0); i++)
            placement_place(f.cluster, p, index);
        ids[index++] = id;
    }
    scale_in_candidate candidates[32];
    uint32_t n = list_candidates(tasks, candidates);
    uint32_t at = candidates[placement_scale_in(f.cluster, p, candidates, n, NULL)].instance;
    bool same = is_text(expected, "stop_on", ids[at]);
    for (uint32_t i = 0; i < index; i++) {
        const instance *k = cluster_instance(f.cluster, i);
        fixture_stop(&f, p, i);
        same = is_number(json_object_get(expected, "remaining_after"), ids[i],
                         k->memory_registered - k->memory_reserved) &&
               same;
    }
    placement_plan_destroy(p);
    fixture_end(&f);
    return same;
}

static bool scale_in_strategy(const json_t *in, const json_t *expected)
{
    json_t *per_zone = json_object_get(in, "tasks_per_az");
    if (!per_zone) return scale_in_binpack(in, expected);
    fixture f;
    fixture_begin(&f, false);
    placement_strategy_config s = strategy_of(json_object_get(in, "strategy"));
    placement_plan *p = zones_with_tasks(&f, per_zone, &s, 1);
    scale_in_candidate candidates[32];
    uint32_t n = list_candidates(per_zone, candidates);
    uint32_t at = candidates[placement_scale_in(f.cluster, p, candidates, n, NULL)].instance;
    bool same = is_text(expected, "stop_in_az", zone_of(&f, at));
    placement_plan_destroy(p);
    fixture_end(&f);
    return same;
}

static bool scale_in_default(const json_t *in, const json_t *expected)
{
    fixture f;
    fixture_begin(&f, false);
    json_t *per_zone = json_object_get(in, "service_tasks_per_az");
    placement_plan *p = zones_with_tasks(&f, per_zone, NULL, 0);
    scale_in_candidate candidates[32];
    uint32_t n = list_candidates(per_zone, candidates);
    const json_t *optimal = json_object_get(expected, "optimal_az");
    bool same = true;
    for (size_t i = 0; i < json_array_size(optimal); i++) {
        uint32_t at = placement_scale_in(f.cluster, p, candidates, n, NULL);
        uint32_t index = candidates[at].instance;
        same = is_listed(optimal, zone_of(&f, index)) && same;
        fixture_stop(&f, p, index);
        memmove(candidates + at, candidates + at + 1, (--n - at) * sizeof *candidates);
    }
    placement_plan_destroy(p);
    fixture_end(&f);
    return same;
}

/* ---- Queries (E93-E95) ---- */

static const char *example_attribute(const void *context, const char *name)
{
    char key[160];
    snprintf(key, sizeof key, "attribute:%s", name);
    return text(context, key);
}

static const char *no_group(const void *context, uint32_t i)
{
    (void)context;
    (void)i;
    return NULL;
}

/* "2018-02-12T23:59:59Z" as Unix microseconds: days counted one by one. */
static int64_t instant(const char *iso)
{
    int v[6] = {1970, 1, 1, 0, 0, 0};
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    sscanf(iso, "%d-%d-%dT%d:%d:%dZ", &v[0], &v[1], &v[2], &v[3], &v[4], &v[5]);
    int64_t days = v[2] - 1;
    for (int y = 1970; y <= v[0]; y++)
        for (int m = 0; m < (y < v[0] ? 12 : v[1] - 1); m++)
            days += lengths[m] + (m == 1 && y % 4 == 0 && (y % 100 != 0 || y % 400 == 0));
    return (((days * 24 + v[3]) * 60 + v[4]) * 60 + v[5]) * INT64_C(1000000);
}

static bool cql(const json_t *in, const json_t *expected)
{
    sim_error err = {.line = 0};
    query *q = query_parse(text(in, "expression"), &err);
    if (!q) return TAP_FAIL("%s: column %d: %s", text(in, "expression"), err.column, err.text);
    json_t *instances = json_object_get(in, "instances"), *one;
    const json_t *selected = json_object_get(expected, "selected");
    const char *id;
    bool same = true;
    json_object_foreach(instances, id, one)
    {
        const char *registered = text(one, "registeredAt");
        query_subject s = {
            .context = one,
            .attribute = example_attribute,
            .group = no_group,
            .agent_connected = true,
            .ec2_instance_id = text(one, "ec2InstanceId"),
            .registered_unix_us = registered ? instant(registered) : 0,
            .running_tasks = (uint32_t)number(one, "runningTasksCount", 0),
        };
        bool wanted = false;
        for (size_t i = 0; i < json_array_size(selected); i++)
            wanted = wanted || strcmp(json_string_value(json_array_get(selected, i)), id) == 0;
        if (query_matches(q, &s) != wanted)
            same = TAP_FAIL("%s should %sbe selected", id, wanted ? "" : "not ");
    }
    query_destroy(q);
    return same;
}

const spec_topic placement_topics[PLACEMENT_TOPICS] = {
    {"registered-memory", registered_memory},
    {"registered-cpu", registered_cpu},
    {"reserved-ports", reserved_ports},
    {"eni-limit", eni_limit},
    {"task-reservation", task_reservation},
    {"placement-fit", placement_fit},
    {"port-conflict", port_conflict},
    {"cluster-reservation", cluster_reservation},
    {"placement-sequence", placement_sequence},
    {"placement-binpack", placement_binpack_topic},
    {"placement-default", placement_default},
    {"placement-spread-scope", placement_spread_scope},
    {"constraint-distinct", constraint_distinct},
    {"scale-in-strategy", scale_in_strategy},
    {"scale-in-default", scale_in_default},
    {"cql", cql},
};
