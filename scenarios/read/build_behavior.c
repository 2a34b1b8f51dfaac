/* behavior: how containers behave, and where each value comes from (contract: scenario, Basis).
 *
 * A key is looked up, most specific first: FAMILY:REVISION's containers, FAMILY:REVISION (for the
 * first essential container), FAMILY's containers, FAMILY. What nobody gave is the table's default,
 * an assumed input at the pointer where it would stand; it is written into the tree with an entry in
 * `basis`, so that the scenario as run says the same when it is read again. */
#include "scenarios/read/build.h"
#include "scenarios/read/distribution_json.h"
#include "scenarios/read/json_text.h"
#include "scenarios/read/spelling.h"
#include "scenarios/read/tables.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where keys of one container are looked up, and where a missing one would stand. */
typedef struct {
    const json_t *object[4];
    const char *pointer[4];
    uint32_t count;
    const char *missing; /* pointer of the object that would hold a missing key */
} lookup;

#define FARGATE_PROVISIONING "20" /* seconds of ENI attachment (contract: scenario, behavior) */

typedef struct {
    const json_t *value; /* NULL: nobody gave it */
    const char *pointer;
} found_key;

static found_key find_key(builder *b, const lookup *l, const char *key)
{
    for (uint32_t i = 0; i < l->count; i++) {
        const json_t *value = build_get(l->object[i], key);
        if (value) return (found_key){value, build_pointer(b, "%s/%s", l->pointer[i], key)};
    }
    const char *missing = l->missing ? l->missing : ""; /* nobody asks where it would stand */
    return (found_key){NULL, build_pointer(b, "%s/%s", missing, key)};
}

/* ---- Inputs ---- */

static input_basis basis_named(const char *kind)
{
    if (strcmp(kind, "imported") == 0) return BASIS_IMPORTED;
    if (strcmp(kind, "fitted") == 0) return BASIS_FITTED;
    return strcmp(kind, "assumed") == 0 ? BASIS_ASSUMED : BASIS_GIVEN;
}

/* The entry of `basis` for a pointer, or for something that holds it. */
static const json_t *basis_entry(builder *b, const char *pointer)
{
    char *text = arena_strdup(b->memory, pointer);
    for (;;) {
        const json_t *entry = json_object_get(b->basis_of, text);
        char *slash = strrchr(text, '/');
        if (entry || !slash) return entry;
        *slash = '\0';
    }
}

static uint32_t add_input(builder *b, const found_key *found, const field_row *row)
{
    const json_t *known = json_object_get(b->input_index, found->pointer);
    if (known) return (uint32_t)json_integer_value(known);
    uint32_t index = b->config->input_count++;
    const json_t *entry = found->value ? basis_entry(b, found->pointer) : NULL;
    char *value = found->value ? json_text(found->value, 0) : NULL;
    char *basis = entry ? json_text(entry, 0) : NULL;
    b->config->inputs[index] = (model_input){
        .pointer = found->pointer,
        .value_json = arena_strdup(b->memory, value ? value : row->fill),
        .basis_json = build_copy(b, basis),
        .basis = entry          ? basis_named(build_text(entry, "kind", "given"))
                 : found->value ? BASIS_GIVEN
                                : BASIS_ASSUMED,
        .plausible_low = row->plausible_low,
        .plausible_high = row->plausible_high,
    };
    free(value);
    free(basis);
    json_object_set_new(b->input_index, found->pointer, json_integer(index));
    return index;
}

/* A distribution with its input; *input NULL: not tracked. */
static distribution read_row(builder *b, const lookup *l, const field_row *row, uint32_t *input)
{
    const char *key = row->key;
    found_key found = find_key(b, l, key);
    distribution d = distribution_constant(0);
    json_t *fallback = row->fill ? json_loads(row->fill, JSON_DECODE_ANY, NULL) : NULL;
    const json_t *value = found.value ? found.value : fallback;
    if (value) distribution_from_json(value, b->memory, &d, NULL);
    json_decref(fallback);
    if (input) *input = add_input(b, &found, row);
    return d;
}

static distribution read_distribution(builder *b, const lookup *l, const field_shape *shape,
                                      const char *key, uint32_t *input)
{
    return read_row(b, l, field_find(shape, key), input);
}

static double read_number(builder *b, const lookup *l, const char *key)
{
    found_key found = find_key(b, l, key);
    return json_number_value(found.value); /* 0 when absent */
}

static void add_place(lookup *l, const json_t *object, const char *pointer)
{
    if (!json_is_object(object)) return;
    l->object[l->count] = object;
    l->pointer[l->count++] = pointer;
}

/* cpu, memory: each of its keys is looked up by itself. */
static lookup places_of(builder *b, const lookup *l, const char *key)
{
    lookup places = {.missing = build_pointer(b, "%s/%s", l->missing, key)};
    for (uint32_t i = 0; i < l->count; i++)
        add_place(&places, build_get(l->object[i], key),
                  build_pointer(b, "%s/%s", l->pointer[i], key));
    return places;
}

static void read_cpu(builder *b, const lookup *l, container_behavior *out)
{
    const lookup cpu = places_of(b, l, "cpu");
    out->cpu = (cpu_behavior){
        .idle_units = read_number(b, &cpu, "idleUnits"),
        .startup_units = read_number(b, &cpu, "startupUnits"),
        .seconds_per_request = read_number(b, &cpu, "secondsPerRequest"),
    };
    out->has_cpu = cpu.count > 0;
}

static void read_memory(builder *b, const lookup *l, container_behavior *out)
{
    const lookup memory = places_of(b, l, "memory");
    out->memory = (memory_behavior){
        .idle_mib = read_number(b, &memory, "idleMiB"),
        .mib_per_request = read_number(b, &memory, "miBPerConcurrentRequest"),
        .leak_mib_per_hour = read_number(b, &memory, "leakMiBPerHour"),
    };
    out->has_memory = memory.count > 0;
}

/* ---- One task definition ---- */

/* The two objects of behavior that concern a task definition: of its revision, of its family. */
typedef struct {
    const json_t *object[2];
    const char *pointer[2];
} behavior_pair;

static behavior_pair pair_of(builder *b, const task_definition_config *d)
{
    const json_t *all = build_get(b->root, "behavior");
    const char *revision = build_pointer(b, "%s:%d", d->family, d->revision);
    return (behavior_pair){
        {build_get(all, revision), build_get(all, d->family)},
        {build_pointer(b, "/behavior/%s", build_escape(b, revision)),
         build_pointer(b, "/behavior/%s", build_escape(b, d->family))},
    };
}

static uint32_t first_essential(const task_definition_config *d)
{
    for (uint32_t i = 0; i < d->container_count; i++)
        if (d->containers[i].essential) return i;
    return 0;
}

/* Of requests to this container only; what is given for the task holds for the others. */
static void read_requests(builder *b, const lookup *own, container_behavior *out)
{
    out->has_request_seconds = own->count > 0 && find_key(b, own, "requestSeconds").value;
    if (out->has_request_seconds)
        out->request_seconds = read_distribution(b, own, &shape_container_behavior,
                                                 "requestSeconds", &out->request_seconds_input);
    out->has_error_rate = own->count > 0 && find_key(b, own, "errorRate").value;
    if (out->has_error_rate) out->error_rate = read_number(b, own, "errorRate");
}

static void read_container(builder *b, const behavior_pair *pair, const container_definition *c,
                           bool main, container_behavior *out)
{
    lookup l = {0}, own_places = {0};
    const char *name = build_escape(b, c->name);
    const field_shape *shape = &shape_container_behavior;
    for (int i = 0; i < 2; i++) {
        const json_t *own = build_get(build_get(pair->object[i], "containers"), c->name);
        const char *at = build_pointer(b, "%s/containers/%s", pair->pointer[i], name);
        add_place(&l, own, at);
        add_place(&own_places, own, at);
        if (main) add_place(&l, pair->object[i], pair->pointer[i]);
    }
    l.missing =
        main ? pair->pointer[1] : build_pointer(b, "%s/containers/%s", pair->pointer[1], name);
    out->image_pull = read_distribution(b, &l, shape, "imagePull", &out->image_pull_input);
    out->image_pull_cached =
        read_distribution(b, &l, shape, "imagePullCached", &out->image_pull_cached_input);
    out->activation = read_distribution(b, &l, shape, "activation", &out->activation_input);
    out->startup = read_distribution(b, &l, shape, "startup", &out->startup_input);
    out->shutdown = read_distribution(b, &l, shape, "shutdown", &out->shutdown_input);
    out->has_run_time = find_key(b, &l, "runTime").value != NULL;
    out->run_time = read_distribution(b, &l, shape, "runTime", NULL);
    out->has_time_to_crash = find_key(b, &l, "timeToCrash").value != NULL;
    out->time_to_crash = read_distribution(b, &l, shape, "timeToCrash", NULL);
    out->start_failure_probability = read_number(b, &l, "startFailureProbability");
    read_cpu(b, &l, out);
    read_memory(b, &l, out);
    read_requests(b, &own_places, out);
    found_key code = find_key(b, &l, "exitCode");
    out->exit_code = code.value ? (int32_t)json_integer_value(code.value) : 1;
}

/* A default has one place for all revisions of a family, so one that Fargate runs decides. */
static bool family_on_fargate(const builder *b, const char *family)
{
    for (uint32_t i = 0; i < b->config->task_definition_count; i++) {
        const task_definition_config *d = &b->config->task_definitions[i];
        if (d->on_fargate && strcmp(d->family, family) == 0) return true;
    }
    return false;
}

static void read_definition(builder *b, task_definition_config *d)
{
    behavior_pair pair = pair_of(b, d);
    lookup task = {.missing = pair.pointer[1]};
    uint32_t main = first_essential(d);
    add_place(&task, pair.object[0], pair.pointer[0]);
    add_place(&task, pair.object[1], pair.pointer[1]);
    field_row provisioning = *field_find(&shape_behavior, "provisioning");
    if (family_on_fargate(b, d->family)) provisioning.fill = FARGATE_PROVISIONING;
    d->provisioning = read_row(b, &task, &provisioning, &d->provisioning_input);
    d->request_seconds =
        read_distribution(b, &task, &shape_behavior, "requestSeconds", &d->request_seconds_input);
    d->error_rate = read_number(b, &task, "errorRate");
    d->fail_health_checks_above = read_number(b, &task, "failHealthChecksAbove");
    for (uint32_t i = 0; i < d->container_count; i++)
        read_container(b, &pair, &d->containers[i], i == main, &d->containers[i].behavior);
}

/* ---- Names that nothing answers to ---- */

static void check_containers(builder *b, const json_t *object, const char *key, const char *family)
{
    const char *name;
    json_t *value;
    json_object_foreach(build_get(object, "containers"), name, value)
    {
        const char *others = "";
        bool known = false;
        for (uint32_t i = 0; i < b->config->task_definition_count && !known; i++) {
            const task_definition_config *d = &b->config->task_definitions[i];
            if (strcmp(d->family, family) != 0) continue;
            const char **names = ARENA_ARRAY(b->memory, d->container_count + 1, const char *);
            for (uint32_t k = 0; k < d->container_count; k++) {
                names[k] = d->containers[k].name;
                known = known || strcmp(names[k], name) == 0;
            }
            if (!known) others = build_suggestion(b, name, names, d->container_count);
        }
        if (!known)
            build_error(b,
                        build_pointer(b, "/behavior/%s/containers/%s", build_escape(b, key),
                                      build_escape(b, name)),
                        "no container \"%s\" in task definition %s%s", name, family, others);
    }
}

static void check_names(builder *b)
{
    const char *key;
    json_t *value;
    json_object_foreach(build_get(b->root, "behavior"), key, value)
    {
        char *family = arena_strdup(b->memory, key);
        bool known =
            json_object_get(b->last_revision, key) || json_object_get(b->definition_index, key);
        char *colon = strrchr(family, ':');
        if (colon && !json_object_get(b->last_revision, key)) *colon = '\0';
        if (known) {
            check_containers(b, value, key, family);
            continue;
        }
        if (build_unread(b, "taskDefinitions")) continue;
        const char **names =
            ARENA_ARRAY(b->memory, json_object_size(b->last_revision) + 1, const char *);
        size_t count = 0;
        const char *name;
        json_t *ignored;
        json_object_foreach(b->last_revision, name, ignored) names[count++] = name;
        build_error(b, build_pointer(b, "/behavior/%s", build_escape(b, key)),
                    "no task definition \"%s\"%s", key, build_suggestion(b, key, names, count));
    }
}

/* ---- Writing defaults back ---- */

static json_t *object_at(json_t *parent, const char *key)
{
    json_t *child = json_object_get(parent, key);
    if (json_is_object(child)) return child;
    child = json_object();
    json_object_set_new(parent, key, child);
    return child;
}

static void write_default(builder *b, const model_input *input)
{
    json_t *at = b->root;
    const char *rest = input->pointer;
    char *token = pointer_next_token(&rest);
    while (token) {
        char *next = pointer_next_token(&rest);
        if (next)
            at = object_at(at, token);
        else if (!build_get(at, token))
            json_object_set_new(at, token, json_loads(input->value_json, JSON_DECODE_ANY, NULL));
        free(token);
        token = next;
    }
    json_t *basis = object_at(b->root, "basis");
    if (!json_object_get(basis, input->pointer))
        json_object_set_new(basis, input->pointer, json_pack("{s:s}", "kind", "assumed"));
}

/* AWS gives an upper limit for FARGATE_SPOT's discount and no price list that holds for a day: an
 * input of its own. */
static void read_spot_discount(builder *b)
{
    fargate_price_config *prices = &b->config->fargate_prices;
    if (!b->fargate_spot) return;
    const json_t *given = build_get(build_get(b->root, "prices"), "fargateSpotDiscount");
    const field_row *row =
        field_find(field_find(&shape_scenario, "prices")->shape, "fargateSpotDiscount");
    prices->spot_discount = given ? json_number_value(given) : strtod(row->fill, NULL);
    prices->spot_discount_input =
        add_input(b, &(found_key){given, "/prices/fargateSpotDiscount"}, row);
}

/* Likewise for Spot instances whose pools have no price. */
static void read_ec2_spot_discount(builder *b)
{
    const json_t *given = build_get(build_get(b->root, "prices"), "ec2SpotDiscount");
    const field_row *row =
        field_find(field_find(&shape_scenario, "prices")->shape, "ec2SpotDiscount");
    uint32_t input = NO_INDEX;
    for (uint32_t g = 0; g < b->config->group_count; g++) {
        uint32_t *rests_on = &b->config->groups[g].price_input;
        if (*rests_on == 0) continue;
        if (input == NO_INDEX)
            input = add_input(b, &(found_key){given, "/prices/ec2SpotDiscount"}, row);
        *rests_on = input + 1;
    }
}

void build_behavior(builder *b)
{
    model_config *c = b->config;
    size_t most = 0;
    for (uint32_t i = 0; i < c->task_definition_count; i++)
        most += 2 + 6 * (size_t)c->task_definitions[i].container_count;
    c->inputs = ARENA_ARRAY(b->memory, most + 3, model_input);
    check_names(b);
    for (uint32_t i = 0; i < c->task_definition_count; i++)
        read_definition(b, &c->task_definitions[i]);
    read_spot_discount(b);
    read_ec2_spot_discount(b);
    for (uint32_t i = 0; i < c->input_count; i++)
        if (c->inputs[i].basis == BASIS_ASSUMED && !c->inputs[i].basis_json)
            write_default(b, &c->inputs[i]);
}
