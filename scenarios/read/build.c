#include "scenarios/read/build.h"

#include "scenarios/read/duration.h"
#include "scenarios/read/spelling.h"
#include "scenarios/read/wallclock.h"
#include "sim/engine/check.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void say(builder *b, bool error, const char *pointer, const char *format, va_list arguments)
{
    char text[1024];
    vsnprintf(text, sizeof text, format, arguments);
    if (error)
        document_error(b->doc, pointer, "%s", text);
    else
        document_warning(b->doc, pointer, "%s", text);
}

bool build_error(builder *b, const char *pointer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(b, !b->bare, pointer, format, arguments);
    va_end(arguments);
    return false;
}

void build_warning(builder *b, const char *pointer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(b, false, pointer, format, arguments);
    va_end(arguments);
}

json_t *build_get(const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    return json_is_null(value) ? NULL : value;
}

bool build_written(const json_t *object, const char *key)
{
    return json_object_get(object, key) != NULL;
}

const char *build_text(const json_t *object, const char *key, const char *fallback)
{
    const json_t *value = build_get(object, key);
    return json_is_string(value) ? json_string_value(value) : fallback;
}

long long build_integer(const json_t *object, const char *key, long long fallback)
{
    const json_t *value = build_get(object, key);
    return json_is_integer(value) ? json_integer_value(value) : fallback;
}

double build_number(const json_t *object, const char *key, double fallback)
{
    const json_t *value = build_get(object, key);
    return json_is_number(value) ? json_number_value(value) : fallback;
}

bool build_flag(const json_t *object, const char *key, bool fallback)
{
    const json_t *value = build_get(object, key);
    return json_is_boolean(value) ? json_is_true(value) : fallback;
}

sim_time build_span(const json_t *object, const char *key, sim_time fallback)
{
    sim_time us = fallback;
    const json_t *value = build_get(object, key);
    if (value) duration_from_json(value, &us, NULL);
    return us;
}

sim_time build_time(builder *b, const json_t *object, const char *pointer, const char *key,
                    sim_time fallback)
{
    sim_time us = fallback;
    sim_error err = {0};
    const json_t *value = build_get(object, key);
    if (value && !wallclock_time_from_json(value, b->config->start_unix_us, &us, &err))
        build_error(b, build_pointer(b, "%s/%s", pointer, key), "%s", err.text);
    return us;
}

const char *build_pointer(builder *b, const char *format, ...)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    CHECK(out != NULL);
    va_list arguments;
    va_start(arguments, format);
    vfprintf(out, format, arguments);
    va_end(arguments);
    CHECK(fclose(out) == 0);
    const char *kept = arena_strdup(b->memory, text);
    free(text);
    return kept;
}

const char *build_escape(builder *b, const char *key)
{
    char *out = arena_alloc(b->memory, 2 * strlen(key) + 1, 1), *at = out;
    for (; *key; key++) {
        if (*key == '~' || *key == '/') {
            *at++ = '~';
            *at++ = *key == '~' ? '0' : '1';
        } else {
            *at++ = *key;
        }
    }
    return out;
}

const char *build_copy(builder *b, const char *text)
{
    return text ? arena_strdup(b->memory, text) : NULL;
}

/* ---- References ---- */

const char *reference_name(builder *b, const char *text, const char *marker)
{
    const char *at = strncmp(text, "arn:", 4) == 0 ? strstr(text, marker) : NULL;
    if (!at && strncmp(text, marker, strlen(marker)) == 0) at = text;
    if (!at) return text;
    at += strlen(marker);
    if (strcmp(marker, "loadbalancer/") == 0) { /* app/NAME/ID; a classic one has only NAME */
        const char *slash = strchr(at, '/');
        if (slash) at = slash + 1;
    } else if (strcmp(marker, "service/") == 0) { /* CLUSTER/NAME, or an old ARN's NAME */
        const char *slash = strchr(at, '/');
        if (slash) at = slash + 1;
    }
    size_t length = strcspn(at, "/");
    char *name = arena_alloc(b->memory, length + 1, 1);
    memcpy(name, at, length);
    return name;
}

/* What a reference may mean, for messages. */
typedef struct {
    const char *kind, *marker;
    const char *list; /* where they stand in the scenario */
    const char **names;
    uint32_t count;
} reference_list;

const char *build_candidates(builder *b, const char *const *names, size_t count)
{
    const char *text = "";
    for (size_t i = 0; i < count && i < 8; i++)
        text = build_pointer(b, "%s%s%s", text, i ? ", " : "", names[i]);
    if (count > 8) text = build_pointer(b, "%s and %zu more", text, count - 8);
    return count ? text : "none in the scenario";
}

const char *build_suggestion(builder *b, const char *name, const char *const *names, size_t count)
{
    const char *near = spelling_nearest(name, names, count);
    return build_pointer(b, "%s%s%s; there is: %s", near ? ", did you mean \"" : "",
                         near ? near : "", near ? "\"?" : "", build_candidates(b, names, count));
}

bool build_unread(const builder *b, const char *list)
{
    if (diagnostics_error_count(b->diag) == 0) return false;
    const json_t *value = json_object_get(document_root(b->doc), list); /* as read: blanks stand */
    if (json_is_null(value)) return true;
    for (size_t i = 0; i < json_array_size(value); i++)
        if (!json_is_object(json_array_get(value, i))) return true;
    return false;
}

static void report_unknown(builder *b, const reference_list *list, const char *text,
                           const char *pointer)
{
    if (build_unread(b, list->list)) return; /* it may be what could not be read */
    const char *name = reference_name(b, text, list->marker);
    build_error(b, pointer, "no %s \"%s\"%s", list->kind, text,
                build_suggestion(b, name, list->names, list->count));
}

bool reference_add(json_t *index, const char *name, const char *arn, uint32_t value)
{
    if (json_object_get(index, name)) return false;
    json_object_set_new(index, name, json_integer(value));
    if (arn && !json_object_get(index, arn)) json_object_set_new(index, arn, json_integer(value));
    return true;
}

static uint32_t reference_known(builder *b, const json_t *index, const char *text,
                                const char *marker)
{
    const json_t *known = json_object_get(index, text);
    if (!known) known = json_object_get(index, reference_name(b, text, marker));
    return known ? (uint32_t)json_integer_value(known) : NO_INDEX;
}

/* Nothing of that name: says so, unless so many errors are there that nobody will read it. */
#define REPORT_UNKNOWN(kind_, list_name_, marker_, array_, count_)                                 \
    do {                                                                                           \
        reference_list list_ = {                                                                   \
            .kind = (kind_), .list = (list_name_), .marker = (marker_), .count = (count_)};        \
        if (!diagnostics_keeps(b->diag, SEVERITY_ERROR)) list_.count = 0;                          \
        list_.names = ARENA_ARRAY(b->memory, list_.count + 1, const char *);                       \
        for (uint32_t i_ = 0; i_ < list_.count; i_++)                                              \
            list_.names[i_] = (array_)[i_].name;                                                   \
        report_unknown(b, &list_, text, pointer);                                                  \
    } while (0)

uint32_t build_known_service(builder *b, const char *text)
{
    return reference_known(b, b->service_index, text, "service/");
}

uint32_t build_known_target_group(builder *b, const char *text)
{
    return reference_known(b, b->target_group_index, text, "targetgroup/");
}

uint32_t build_known_load_balancer(builder *b, const char *text)
{
    return reference_known(b, b->load_balancer_index, text, "loadbalancer/");
}

uint32_t build_find_target_group(builder *b, const char *text, const char *pointer)
{
    uint32_t known = reference_known(b, b->target_group_index, text, "targetgroup/");
    if (known == NO_INDEX)
        REPORT_UNKNOWN("target group", "targetGroups", "targetgroup/", b->config->target_groups,
                       b->config->target_group_count);
    return known;
}

uint32_t build_find_load_balancer(builder *b, const char *text, const char *pointer)
{
    uint32_t known = reference_known(b, b->load_balancer_index, text, "loadbalancer/");
    if (known == NO_INDEX)
        REPORT_UNKNOWN("load balancer", "loadBalancers", "loadbalancer/", b->config->load_balancers,
                       b->config->load_balancer_count);
    return known;
}

uint32_t build_find_service(builder *b, const char *text, const char *pointer)
{
    uint32_t known = reference_known(b, b->service_index, text, "service/");
    if (known == NO_INDEX)
        REPORT_UNKNOWN("service", "services", "service/", b->config->services,
                       b->config->service_count);
    return known;
}

uint32_t build_find_alarm(builder *b, const char *text, const char *pointer)
{
    uint32_t known = reference_known(b, b->alarm_index, text, "alarm:");
    if (known == NO_INDEX)
        REPORT_UNKNOWN("alarm", "alarms", "alarm:", b->config->alarms, b->config->alarm_count);
    return known;
}

uint32_t build_find_task_definition(builder *b, const char *text, const char *pointer)
{
    uint32_t known = reference_known(b, b->definition_index, text, "task-definition/");
    if (known == NO_INDEX) known = reference_known(b, b->newest, text, "task-definition/");
    if (known != NO_INDEX) return known;
    reference_list list = {
        .kind = "task definition", .list = "taskDefinitions", .marker = "task-definition/"};
    if (diagnostics_keeps(b->diag, SEVERITY_ERROR)) list.count = b->config->task_definition_count;
    list.names = ARENA_ARRAY(b->memory, list.count + 1, const char *);
    for (uint32_t i = 0; i < list.count; i++) {
        const task_definition_config *d = &b->config->task_definitions[i];
        list.names[i] = build_pointer(b, "%s:%d", d->family, d->revision);
    }
    report_unknown(b, &list, text, pointer);
    return NO_INDEX;
}

const char *build_zone_of_subnet(builder *b, const char *subnet)
{
    return build_copy(b, build_text(b->subnet_zones, subnet, subnet));
}
