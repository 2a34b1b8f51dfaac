#include "scenarios/read/scenario.h"

#include "scenarios/read/bare.h"
#include "scenarios/read/build.h"
#include "scenarios/read/document.h"
#include "scenarios/read/duration.h"
#include "scenarios/read/json_text.h"
#include "scenarios/read/tables.h"
#include "scenarios/read/wallclock.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPLOY_AFTER_WARMUP SIM_MINUTE /* contract: cli, --deploy */

struct scenario {
    arena *memory;
    document *doc;
    json_t *root; /* the checked tree */
    model_config config;
    char *text;
    char **notes;
    size_t note_count, note_capacity;
};

/* ---- Checking against the tables ---- */

static void report(void *who, diagnostic_severity severity, const char *pointer, const char *text)
{
    scenario *s = who;
    if (severity == SEVERITY_ERROR)
        document_error(s->doc, pointer, "%s", text);
    else
        document_warning(s->doc, pointer, "%s", text);
}

static void note(void *who, const char *pointer, const field_row *row)
{
    scenario *s = who;
    if (s->note_count == s->note_capacity) {
        s->note_capacity = s->note_capacity ? 2 * s->note_capacity : 64;
        s->notes = memory_resize(s->notes, s->note_capacity, sizeof *s->notes);
    }
    s->notes[s->note_count++] = arena_printf(s->memory, "%s (%s)", pointer, row->help);
}

static bool by_hand(void *who, const char *pointer)
{
    const scenario *s = who;
    return document_from_option(s->doc, pointer, "--set");
}

static void check_tables(scenario *s, bool strict)
{
    field_check_context c;
    field_check_begin(&c, report, note, s);
    c.fill = true;
    c.strict = strict;
    c.by_hand = by_hand;
    if (json_is_object(s->root)) field_check(&c, &shape_scenario, s->root); /* else reported */
    field_check_end(&c);
}

/* ---- --deploy ---- */

static const json_t *element_named(const json_t *list, const char *key, const char *name)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        if (strcmp(build_text(item, key, ""), name) == 0) return item;
    }
    return NULL;
}

/* A copy stands for a new version, so its images are ones that no instance has pulled yet: "web:1"
 * becomes "web:1#2", after another registration of the timeline "web:1#3", and so on. */
static void rename_images(json_t *definition, const json_t *root)
{
    const json_t *timeline = build_get(root, "timeline"),
                 *containers = build_get(definition, "containerDefinitions");
    unsigned version = 2;
    for (size_t i = 0; i < json_array_size(timeline); i++)
        version += build_get(json_array_get(timeline, i), "registerTaskDefinition") != NULL;
    for (size_t i = 0; i < json_array_size(containers); i++) {
        json_t *container = json_array_get(containers, i);
        if (json_is_object(container))
            json_object_set_new(container, "image",
                                json_sprintf("%s#%u", build_text(container, "image", ""), version));
    }
}

/* A copy of the task definition that a service starts with, without what an answer adds and with
 * images of its own; owned. */
static json_t *copy_definition(const json_t *root, const char *service)
{
    const json_t *one = element_named(build_get(root, "services"), "serviceName", service);
    const char *reference = build_text(one, "taskDefinition", NULL);
    if (!reference) return NULL;
    const char *slash = strstr(reference, "task-definition/");
    const char *family = slash ? slash + strlen("task-definition/") : reference;
    const json_t *list = build_get(root, "taskDefinitions"), *found = NULL;
    long long count = 0, wanted = 0;
    size_t length = strcspn(family, ":");
    if (family[length] == ':') wanted = strtoll(family + length + 1, NULL, 10);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        const char *own = build_text(item, "family", "");
        if (strlen(own) != length || strncmp(own, family, length) != 0) continue;
        count = build_integer(item, "revision", count + 1);
        if (wanted == 0 || wanted == count) found = item;
    }
    json_t *copy = found ? json_deep_copy(found) : NULL;
    rename_images(copy, root);
    static const char *const of_answers[] = {"revision", "taskDefinitionArn", "status"};
    for (size_t i = 0; copy && i < sizeof of_answers / sizeof of_answers[0]; i++)
        json_object_del(copy, of_answers[i]);
    return copy;
}

/* "a scenario", or what AWS object a file holds; NULL when nobody knows. */
static const char *kind_of_file(scenario *s, const json_t *root)
{
    const char *own = json_is_object(root) ? bare_own_kind(root) : NULL;
    const bare_kind *bare = json_is_object(root) ? bare_find(root) : NULL;
    if (own) return arena_printf(s->memory, "%s %s", *own == 'e' ? "an" : "a", own);
    if (!bare) return NULL;
    if (bare->list) return bare->kind;
    return arena_printf(s->memory, "%s %s", strchr("AE", *bare->kind) ? "an" : "a", bare->kind);
}

/* The task definition in a file of the command line; owned, NULL after reporting. *file is its
 * source, and *inner the pointer there. */
static json_t *read_definition(scenario *s, const char *path, size_t *file, const char **inner)
{
    json_t *root = document_read(s->doc, path, file);
    if (!root) return NULL;
    json_t *answer = json_object_get(root, "taskDefinition");
    *inner = json_is_object(answer) ? "/taskDefinition" : "";
    json_t *found = json_incref(json_is_object(answer) ? answer : root);
    if (!json_is_object(found) || !json_object_get(found, "containerDefinitions")) {
        const char *kind = kind_of_file(s, root);
        const bare_kind *bare = json_is_object(root) ? bare_find(root) : NULL;
        bool known = kind && (!bare || bare->shape != &shape_task_definition);
        document_file_error(s->doc, *file, "%s%sa task definition (register-task-definition input)",
                            known ? kind : "expected ", known ? ", not " : "");
        json_decref(found);
        found = NULL;
    }
    json_decref(root);
    return found;
}

static json_t *deploy_time(const scenario_options *options, const json_t *root, sim_error *err)
{
    sim_time at_us = 0;
    char text[48];
    const json_t *warmup = build_get(root, "warmup");
    int64_t start_us = 0;
    wallclock_from_text(build_text(root, "start", "1970-01-05T00:00:00Z"), &start_us, NULL);
    if (options->deploy_at) {
        if (!wallclock_time_from_option(options->deploy_at, start_us, &at_us, err)) return NULL;
    } else {
        if (warmup) wallclock_time_from_json(warmup, start_us, &at_us, NULL);
        at_us += DEPLOY_AFTER_WARMUP;
    }
    duration_print(at_us, text);
    return json_string(text);
}

/* body: stolen */
static void append_action(scenario *s, json_t *at, const char *action, json_t *body)
{
    json_t *entry = json_pack("{s:O, s:o}", "at", at, action, body);
    char *text = json_text(entry, 0);
    document_append(s->doc, "/timeline", "--deploy", text);
    free(text);
    json_decref(entry);
}

static void refuse_deploy(scenario *s, const char *service)
{
    const json_t *list = build_get(document_root(s->doc), "services");
    const char *at = list ? "/services" : "";
    const json_t *one = element_named(list, "serviceName", service);
    const char *definition = build_text(one, "taskDefinition", NULL);
    if (one) {
        document_error(s->doc, at,
                       "--deploy %s: the scenario has no task definition \"%s\" to copy", service,
                       definition ? definition : "");
        return;
    }
    builder b = {.memory = s->memory};
    size_t count = 0;
    const char **names = ARENA_ARRAY(s->memory, json_array_size(list) + 1, const char *);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = build_text(json_array_get(list, i), "serviceName", NULL);
        if (name) names[count++] = name;
    }
    document_error(s->doc, at, "--deploy %s: no service of that name%s", service,
                   build_suggestion(&b, service, names, count));
}

static void apply_deploy(scenario *s, const char *argument, const scenario_options *options,
                         diagnostics *diag)
{
    const char *equals = strchr(argument, '=');
    size_t length = equals ? (size_t)(equals - argument) : strlen(argument);
    char *service = arena_printf(s->memory, "%.*s", (int)length, argument);
    const json_t *root = document_root(s->doc);
    int before = diagnostics_error_count(diag);
    size_t file = 0;
    const char *inner = "";
    json_t *definition =
        equals ? read_definition(s, equals + 1, &file, &inner) : copy_definition(root, service);
    if (!definition) {
        if (diagnostics_error_count(diag) == before) refuse_deploy(s, service);
        return;
    }
    sim_error err = {0};
    json_t *at = deploy_time(options, root, &err);
    if (!at) {
        diagnostics_add(diag, SEVERITY_ERROR, "--at", 1, 1, "", "%s", err.text);
        json_decref(definition);
        return;
    }
    json_t *update = json_pack("{s:s, s:s}", "service", service, "taskDefinition",
                               build_text(definition, "family", ""));
    append_action(s, at, "registerTaskDefinition", json_incref(definition));
    const json_t *timeline = build_get(root, "timeline");
    if (equals && json_array_size(timeline) > 0)
        document_put(s->doc,
                     arena_printf(s->memory, "/timeline/%zu/registerTaskDefinition",
                                  json_array_size(timeline) - 1),
                     definition, file, inner);
    json_decref(definition);
    append_action(s, at, "updateService", update);
    json_decref(at);
}

/* ---- Building ---- */

static void build_all(scenario *s, diagnostics *diag)
{
    json_t *index[18];
    for (size_t i = 0; i < sizeof index / sizeof index[0]; i++)
        index[i] = json_object();
    builder b = {
        .doc = s->doc,
        .diag = diag,
        .memory = s->memory,
        .root = s->root,
        .config = &s->config,
        .subnet_zones = build_get(s->root, "subnets"),
        .definition_index = index[0],
        .newest = index[1],
        .last_revision = index[2],
        .service_index = index[3],
        .target_group_index = index[4],
        .load_balancer_index = index[5],
        .listener_index = index[6],
        .taken = index[7],
        .instance_ids = index[8],
        .instance_zones = index[9],
        .input_index = index[10],
        .basis_of = index[11],
        .rule_index = index[12],
        .provider_index = index[13],
        .cluster_providers = index[14],
        .task_zones = index[15],
        .alarm_index = index[16],
        .auto_scaling_index = index[17],
    };
    build_head(&b);
    build_control(&b);
    build_expectations(&b);
    build_basis(&b);
    build_prices(&b);
    build_capacity_providers(&b);
    build_cluster(&b);
    build_cluster_strategy(&b);
    build_load_balancing(&b);
    build_traffic(&b);
    build_moments(&b);
    build_task_definitions(&b);
    build_services(&b);
    build_queues(&b);
    build_scaling(&b);
    b.newest_at_start = json_copy(b.newest);
    build_timeline(&b);
    build_traffic_services(&b);
    build_alarm_names(&b);
    build_first_task_sets(&b);
    build_behavior(&b);
    build_overrides(&b);
    build_arrivals(&b);
    build_existing_tasks(&b);
    build_quota_warnings(&b);
    json_decref(b.newest_at_start);
    for (size_t i = 0; i < sizeof index / sizeof index[0]; i++)
        json_decref(index[i]);
}

/* An unknown metric is the scenario's mistake; what is known, the caller knows. */
static void check_metrics(scenario *s, const scenario_options *options)
{
    if (!options->metric_known) return;
    for (uint32_t i = 0; i < s->config.expectation_count; i++) {
        sim_error err = {0};
        const expectation_config *asked = &s->config.expectations[i];
        if (!options->metric_known(&s->config, asked->metric, &err))
            document_error(s->doc, arena_printf(s->memory, "%s/metric", asked->pointer), "%s",
                           err.text);
    }
}

/* One error in place of an unknown field a line. */
static bool refuse_other_kinds(scenario *s)
{
    const json_t *root = document_root(s->doc);
    const char *own = json_is_object(root) ? bare_own_kind(root) : NULL;
    const char *file = document_file_name(s->doc);
    if (build_get(root, "digest") && build_get(root, "metrics"))
        return !document_error(s->doc, "",
                               "the summary of a result (berth run --json), not a scenario");
    if (own ? strcmp(own, "experiment") != 0 : build_get(root, "duration") != NULL) return false;
    const char *kind = kind_of_file(s, root);
    if (!kind) return false;
    document_error(s->doc, "", "%s, not a scenario; berth check %s checks it", kind,
                   strcmp(file, "<stdin>") == 0 ? "-" : file);
    return true;
}

scenario *scenario_of_document(document *doc, const scenario_options *options, diagnostics *diag)
{
    if (!doc) return NULL;
    scenario *s = memory_alloc(1, sizeof *s);
    s->memory = arena_create();
    s->doc = doc;
    if (refuse_other_kinds(s)) {
        scenario_destroy(s);
        return NULL;
    }
    fold_options fold = {
        .allow_outside = options->allow_outside,
        .places = scenario_places,
        .place_count = scenario_place_count,
        .with = options->with,
        .with_count = options->with_count,
        .sets = options->sets,
        .set_count = options->set_count,
        .shape = &shape_scenario,
    };
    document_fold(doc, &fold);
    for (size_t i = 0; i < options->deploy_count; i++)
        apply_deploy(s, options->deploys[i], options, diag);
    s->root = json_deep_copy(document_root(doc));
    if (options->has_seed && json_is_object(s->root))
        json_object_set_new(s->root, "seed", json_integer((json_int_t)options->seed));
    check_tables(s, options->strict);
    if (json_is_object(s->root)) build_all(s, diag);
    if (!document_has_errors(doc)) check_metrics(s, options);
    if (document_has_errors(doc)) {
        scenario_destroy(s);
        return NULL;
    }
    if (options->has_seed) s->config.seed = options->seed;
    s->text = json_text(s->root, 2);
    return s;
}

scenario *scenario_load(const char *path, const scenario_options *options, diagnostics *diag)
{
    return scenario_of_document(document_load(path, diag), options, diag);
}

scenario *scenario_load_text(const char *name, const char *text, size_t length,
                             const scenario_options *options, diagnostics *diag)
{
    return scenario_of_document(document_from_text(name, text, length, diag), options, diag);
}

void scenario_destroy(scenario *s)
{
    if (!s) return;
    document_destroy(s->doc);
    json_decref(s->root);
    arena_destroy(s->memory);
    free(s->text);
    free(s->notes);
    free(s);
}

const model_config *scenario_config(const scenario *s)
{
    return &s->config;
}

const char *scenario_json_text(const scenario *s)
{
    return s->text;
}

size_t scenario_no_effect_count(const scenario *s)
{
    return s->note_count;
}

const char *scenario_no_effect(const scenario *s, size_t index)
{
    return s->notes[index];
}
