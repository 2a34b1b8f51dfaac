#include "scenarios/read/check_file.h"

#include "scenarios/analysis/analysis.h"
#include "scenarios/read/bare.h"
#include "scenarios/read/build.h"
#include "scenarios/read/document.h"
#include "scenarios/read/tables.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- What the tables find ---- */

typedef struct {
    document *doc;
    check_file_report *report;
    size_t capacity;
} listener;

static void say(void *who, diagnostic_severity severity, const char *pointer, const char *text)
{
    listener *l = who;
    if (severity == SEVERITY_ERROR)
        document_error(l->doc, pointer, "%s", text);
    else
        document_warning(l->doc, pointer, "%s", text);
}

static void add_note(check_file_report *report, size_t *capacity, const char *text)
{
    if (report->no_effect_count == *capacity) {
        *capacity = *capacity ? 2 * *capacity : 64;
        report->no_effect = memory_resize(report->no_effect, *capacity, sizeof *report->no_effect);
    }
    char *copy = memory_alloc(strlen(text) + 1, 1);
    memcpy(copy, text, strlen(text));
    report->no_effect[report->no_effect_count++] = copy;
}

static void hear(void *who, const char *pointer, const field_row *row)
{
    listener *l = who;
    size_t size = strlen(pointer) + strlen(row->help) + 4;
    char *text = memory_alloc(size, 1);
    snprintf(text, size, "%s (%s)", pointer, row->help);
    add_note(l->report, &l->capacity, text);
    free(text);
}

static void set_kind(check_file_report *report, const char *prefix, const char *kind)
{
    size_t size = strlen(prefix) + strlen(kind) + 1;
    report->kind = memory_alloc(size, 1);
    snprintf(report->kind, size, "%s%s", prefix, kind);
}

/* ---- What would get stuck (scenarios/analysis) ---- */

/* At the value, or at the nearest object that would hold it. */
static void hear_finding(void *who, diagnostic_severity severity, const char *pointer,
                         const char *text)
{
    document *doc = who;
    char *at = memory_alloc(strlen(pointer) + 1, 1);
    memcpy(at, pointer, strlen(pointer));
    while (*at && !document_get(doc, at))
        *strrchr(at, '/') = '\0';
    if (severity == SEVERITY_WARNING)
        document_warning(doc, at, "%s", text);
    else
        document_note(doc, at, "%s", text);
    free(at);
}

/* A service alone: what its minimum and maximum percent do to its count. Without a count (an
 * update) only what holds for every count. */
static void analyse_service(document *doc, const json_t *object, const char *pointer)
{
    const json_t *deployment = build_get(object, "deploymentConfiguration");
    const char *controller = build_text(build_get(object, "deploymentController"), "type", "ECS");
    service_config s = {
        .pointer = pointer,
        .name = build_text(object, "serviceName", build_text(object, "service", "this service")),
        .task_definition = NO_INDEX,
        .desired_count = (uint32_t)build_integer(object, "desiredCount", 0),
        .minimum_healthy_percent =
            (uint32_t)build_integer(deployment, "minimumHealthyPercent", 100),
        .maximum_percent = (uint32_t)build_integer(deployment, "maximumPercent", 200),
    };
    model_config config = {.service_count = 1, .service_count_at_start = 1, .services = &s};
    bool rolls = strcmp(build_text(object, "schedulingStrategy", "REPLICA"), "REPLICA") == 0 &&
                 strcmp(controller, "ECS") == 0 &&
                 strcmp(build_text(deployment, "strategy", "ROLLING"), "ROLLING") == 0;
    if (!rolls) return;
    if (!build_get(object, "desiredCount") && s.minimum_healthy_percent == 100 &&
        s.maximum_percent == 100)
        s.desired_count = 1;
    analysis_run(&config, true, hear_finding, doc);
}

static void analyse_definition(document *doc, model_config *config)
{
    if (config->task_definition_count > 0) analysis_run(config, true, hear_finding, doc);
}

/* ---- What only the AWS API would refuse: rules of the builder, as warnings ---- */

static void check_rules(document *doc, diagnostics *diag, const field_shape *shape, json_t *object,
                        const char *pointer)
{
    bool definition = shape == &shape_task_definition, group = shape == &shape_target_group;
    if (!json_is_object(object)) return;
    if (shape == &shape_service || shape == &shape_update_service)
        analyse_service(doc, object, pointer);
    if (!definition && !group) return;
    arena *memory = arena_create();
    model_config config = {0};
    builder b = {.doc = doc, .diag = diag, .memory = memory, .config = &config, .bare = true};
    b.definition_index = json_object();
    b.newest = json_object();
    b.last_revision = json_object();
    b.target_group_index = json_object();
    config.task_definitions = ARENA_NEW(memory, task_definition_config);
    config.target_groups = ARENA_NEW(memory, target_group_config);
    if (definition)
        build_one_task_definition(&b, object, pointer, false);
    else
        build_one_target_group(&b, object, pointer);
    analyse_definition(doc, &config);
    json_decref(b.definition_index);
    json_decref(b.newest);
    json_decref(b.last_revision);
    json_decref(b.target_group_index);
    arena_destroy(memory);
}

static void check_object(field_check_context *c, document *doc, diagnostics *diag,
                         const field_shape *shape, json_t *object)
{
    field_check(c, shape, object);
    check_rules(doc, diag, shape, object, c->path.text);
}

/* Elements that are no objects are errors; a list of ARNs has strings. */
static void check_list(field_check_context *c, document *doc, diagnostics *diag,
                       const field_shape *shape, json_t *list)
{
    const field_row row = {"", FIELD_LIST, .shape = shape};
    field_check_list(c, &row, list);
    for (size_t i = 0; i < json_array_size(list); i++) {
        size_t mark = pointer_push_index(&c->path, i);
        check_rules(doc, diag, shape, json_array_get(list, i), c->path.text);
        pointer_truncate(&c->path, mark);
    }
}

static void check_bare(document *doc, diagnostics *diag, bool strict, json_t *root,
                       check_file_report *report)
{
    listener l = {.doc = doc, .report = report};
    field_check_context c;
    bool list = json_is_array(root);
    const bare_kind *kind = list                   ? bare_find_elements(root)
                            : json_is_object(root) ? bare_find(root)
                                                   : NULL;
    if (!kind) {
        set_kind(report, "", "JSON of no known kind");
        document_warning(doc, "", "this is no scenario, experiment or AWS object that berth knows");
        return;
    }
    set_kind(report, list ? "list of: " : "", kind->kind);
    if (!kind->shape) return;
    field_check_begin(&c, say, hear, &l);
    c.bare = true;
    c.strict = strict;
    if (list) {
        check_list(&c, doc, diag, kind->shape, root);
    } else if (kind->key) {
        size_t mark = pointer_push_key(&c.path, kind->key);
        if (kind->list)
            check_list(&c, doc, diag, kind->shape, json_object_get(root, kind->key));
        else
            check_object(&c, doc, diag, kind->shape, json_object_get(root, kind->key));
        pointer_truncate(&c.path, mark);
    } else {
        check_object(&c, doc, diag, kind->shape, root);
    }
    field_check_end(&c);
}

static void check_experiment(document *doc, json_t *root, check_file_report *report)
{
    listener l = {.doc = doc, .report = report};
    field_check_context c;
    set_kind(report, "", "experiment");
    field_check_begin(&c, say, hear, &l);
    field_check(&c, &shape_experiment, root);
    field_check_end(&c);
}

static void check_scenario(document *doc, const scenario_options *options, diagnostics *diag,
                           check_file_report *report)
{
    set_kind(report, "", "scenario");
    scenario *s = scenario_of_document(doc, options, diag);
    size_t capacity = 0;
    if (s) analysis_run(scenario_config(s), false, hear_finding, doc);
    for (size_t i = 0; s && i < scenario_no_effect_count(s); i++)
        add_note(report, &capacity, scenario_no_effect(s, i));
    scenario_destroy(s);
}

bool check_file(const char *path, const scenario_options *options, diagnostics *diag,
                check_file_report *report)
{
    *report = (check_file_report){0};
    int before = diagnostics_error_count(diag);
    document *doc = document_load(path, diag);
    if (!doc) return false;
    json_t *root = json_deep_copy(document_root(doc));
    const char *own = json_is_object(root) ? bare_own_kind(root) : NULL;
    bool scenario_file = own && strcmp(own, "scenario") == 0;
    if (scenario_file) {
        check_scenario(doc, options, diag, report);
    } else {
        if (own)
            check_experiment(doc, root, report);
        else
            check_bare(doc, diag, options->strict, root, report);
        document_destroy(doc);
    }
    json_decref(root);
    return diagnostics_error_count(diag) == before;
}

void check_file_report_finish(check_file_report *report)
{
    for (size_t i = 0; i < report->no_effect_count; i++)
        free(report->no_effect[i]);
    free(report->no_effect);
    free(report->kind);
    *report = (check_file_report){0};
}
