#include "scenarios/read/field.h"

#include "scenarios/read/distribution_json.h"
#include "scenarios/read/duration.h"
#include "scenarios/read/spelling.h"
#include "scenarios/read/text_buffer.h"
#include "scenarios/read/wallclock.h"
#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const type_names[FIELD_TYPE_COUNT] = {
    [FIELD_ANY] = "any value",
    [FIELD_STRING] = "a string",
    [FIELD_TEXT_OR_NUMBER] = "a string or a number",
    [FIELD_INTEGER] = "an integer",
    [FIELD_NUMBER] = "a number",
    [FIELD_BOOLEAN] = "true or false",
    [FIELD_ENUM] = "a word",
    [FIELD_CPU] = "CPU units, as a number or \"1 vCPU\"",
    [FIELD_MEMORY] = "MiB, as a number or \"1 GB\"",
    [FIELD_DURATION] = "a duration: seconds, or a string such as \"90s\" or \"1h30m\"",
    [FIELD_TIME] = "a time: a duration from t = 0, or an ISO 8601 instant",
    [FIELD_TIMESTAMP] = "a time stamp",
    [FIELD_DISTRIBUTION] = "a distribution",
    [FIELD_RATE] = "a rate: a number or an object with one of points, sine, csv, metricData, sum",
    [FIELD_COUNT_OR_WORD] = "an integer or a word",
    [FIELD_OBJECT] = "an object",
    [FIELD_LIST] = "a list",
    [FIELD_STRINGS] = "a list of strings",
    [FIELD_NUMBERS] = "a list of numbers",
    [FIELD_TEXT_MAP] = "an object of strings",
    [FIELD_NUMBER_MAP] = "an object of numbers",
    [FIELD_OBJECT_MAP] = "an object that gives each name an object, {\"NAME\": {…}, …}",
};

void field_check_begin(field_check_context *c, field_report *report, field_note *note, void *who)
{
    *c = (field_check_context){.report = report, .note = note, .who = who};
    pointer_init(&c->path);
}

void field_check_end(field_check_context *c)
{
    pointer_finish(&c->path);
}

void field_say(field_check_context *c, diagnostic_severity severity, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    c->report(c->who, severity, c->path.text, text);
}

diagnostic_severity field_api_severity(const field_check_context *c)
{
    return c->bare && !c->strict ? SEVERITY_WARNING : SEVERITY_ERROR;
}

const field_row *field_find(const field_shape *shape, const char *key)
{
    for (size_t i = 0; i < shape->count; i++)
        if (strcmp(shape->rows[i].key, key) == 0) return &shape->rows[i];
    return NULL;
}

void field_got(const json_t *value, char *text, size_t size)
{
    switch (value ? json_typeof(value) : JSON_NULL) {
    case JSON_OBJECT:
        snprintf(text, size, "an object");
        break;
    case JSON_ARRAY:
        snprintf(text, size, "a list");
        break;
    case JSON_STRING:
        snprintf(text, size, "\"%.80s\"", json_string_value(value));
        break;
    case JSON_INTEGER:
        snprintf(text, size, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        break;
    case JSON_REAL:
        snprintf(text, size, "%.10g", json_real_value(value));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        snprintf(text, size, "%s", json_is_true(value) ? "true" : "false");
        break;
    case JSON_NULL:
        snprintf(text, size, "null");
        break;
    }
}

/* What the command line skeleton and the console leave where nothing was filled in. */
static bool is_blank(const json_t *value)
{
    return json_is_null(value) || (json_is_string(value) && json_string_length(value) == 0) ||
           (json_is_object(value) && json_object_size(value) == 0);
}

/* ---- Scalars: each returns a new reference, NULL when the value is wrong ---- */

static bool text_to_integer(const char *text, json_int_t *out)
{
    while (isspace((unsigned char)*text))
        text++;
    const char *digits = *text == '-' ? text + 1 : text;
    size_t length = strspn(digits, "0123456789");
    const char *rest = digits + length;
    while (isspace((unsigned char)*rest))
        rest++;
    if (length == 0 || length > 18 || *rest != '\0') return false;
    *out = strtoll(text, NULL, 10);
    return true;
}

static bool text_to_number(const char *text, double *out)
{
    if (strspn(text, "+-.0123456789eE ") != strlen(text)) return false;
    char *end = NULL;
    *out = strtod(text, &end);
    while (isspace((unsigned char)*end))
        end++;
    return end != text && *end == '\0' && isfinite(*out);
}

/* "2 GB" with unit "gb" is 2 * factor; a bare number is taken as it is. */
static bool sized(const json_t *value, const char *unit, double factor, long long *out)
{
    if (json_is_integer(value)) {
        *out = json_integer_value(value);
        return true;
    }
    if (!json_is_string(value)) return false;
    char number[32] = "";
    const char *text = json_string_value(value);
    while (isspace((unsigned char)*text))
        text++;
    size_t length = strspn(text, "0123456789.");
    if (length == 0 || length >= sizeof number) return false;
    memcpy(number, text, length);
    text += length;
    while (isspace((unsigned char)*text))
        text++;
    double amount;
    if (!text_to_number(number, &amount)) return false;
    if (*text != '\0' && strcasecmp(text, unit) != 0) return false;
    if (*text != '\0') amount *= factor;
    if (amount > 1e12 || amount != floor(amount)) return false;
    *out = (long long)amount;
    return true;
}

bool field_cpu_units(const json_t *value, long long *units)
{
    return sized(value, "vcpu", 1024, units);
}

bool field_memory_mib(const json_t *value, long long *mib)
{
    return sized(value, "gb", 1024, mib);
}

static json_t *integer_of(const field_row *row, bool text_too, const json_t *value)
{
    json_int_t integer;
    long long size;
    if (row->type == FIELD_CPU) return field_cpu_units(value, &size) ? json_integer(size) : NULL;
    if (row->type == FIELD_MEMORY)
        return field_memory_mib(value, &size) ? json_integer(size) : NULL;
    if (json_is_integer(value)) return json_integer(json_integer_value(value));
    if (text_too && json_is_string(value) && text_to_integer(json_string_value(value), &integer))
        return json_integer(integer);
    return NULL;
}

static json_t *number_of(bool text_too, const json_t *value)
{
    double number;
    if (json_is_integer(value)) return json_integer(json_integer_value(value));
    if (json_is_real(value)) return json_real(json_real_value(value));
    if (text_too && json_is_string(value) && text_to_number(json_string_value(value), &number))
        return json_real(number);
    return NULL;
}

static json_t *boolean_of(bool ours, const json_t *value)
{
    if (json_is_boolean(value)) return json_boolean(json_is_true(value));
    if (ours || !json_is_string(value)) return NULL;
    if (strcasecmp(json_string_value(value), "true") == 0) return json_true();
    if (strcasecmp(json_string_value(value), "false") == 0) return json_false();
    return NULL;
}

static json_t *text_of(const json_t *value)
{
    if (json_is_string(value)) return json_string(json_string_value(value));
    if (json_is_integer(value))
        return json_sprintf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
    if (json_is_real(value)) return json_sprintf("%.15g", json_real_value(value));
    if (json_is_boolean(value)) return json_string(json_is_true(value) ? "true" : "false");
    return NULL;
}

static size_t choice_count(const field_row *row)
{
    size_t count = 0;
    while (row->choices && row->choices[count])
        count++;
    return count;
}

static const char *find_choice(const field_row *row, bool ours, const char *text)
{
    for (size_t i = 0; i < choice_count(row); i++)
        if ((ours ? strcmp : strcasecmp)(row->choices[i], text) == 0) return row->choices[i];
    return NULL;
}

static void list_choices(const field_row *row, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < choice_count(row) && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", i ? ", " : "", row->choices[i]);
}

/* ---- Messages ---- */

static json_t *wrong_type(field_check_context *c, const field_row *row, const json_t *value)
{
    char got[100], choices[400] = "";
    field_got(value, got, sizeof got);
    if (row->choices) list_choices(row, choices, sizeof choices);
    if (row->type == FIELD_ENUM)
        field_say(c, SEVERITY_ERROR, "expected one of %s, got %s", choices, got);
    else
        field_say(c, SEVERITY_ERROR, "expected %s%s%s, got %s", type_names[row->type],
                  choices[0] ? ": " : "", choices, got);
    return json_null();
}

static json_t *unknown_word(field_check_context *c, const field_row *row, const char *text,
                            bool ours)
{
    char choices[400];
    list_choices(row, choices, sizeof choices);
    const char *near = spelling_nearest(text, row->choices, choice_count(row));
    field_say(c, ours ? SEVERITY_ERROR : field_api_severity(c),
              "expected one of %s, got \"%.80s\"%s%s%s", choices, text,
              near ? ", did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    return json_null();
}

static bool in_range(field_check_context *c, const field_row *row, bool ours, const json_t *value)
{
    if (!row->has_range) return true;
    double number = json_number_value(value);
    if (number >= row->low && number <= row->high) return true;
    char got[100], range[64];
    field_got(value, got, sizeof got);
    if (row->low < row->high)
        snprintf(range, sizeof range, "%.10g..%.10g", row->low, row->high);
    else
        snprintf(range, sizeof range, "%.10g", row->low);
    field_say(c, ours ? SEVERITY_ERROR : field_api_severity(c), "expected %s%s%s, got %s%s%s%s",
              range, row->unit ? " " : "", row->unit ? row->unit : "", got, row->rule ? " (" : "",
              row->rule ? row->rule : "", row->rule ? ")" : "");
    return false;
}

/* ---- One value ---- */

static json_t *check_enum(field_check_context *c, const field_row *row, bool ours, json_t *value)
{
    json_int_t ignored;
    if (!json_is_string(value)) {
        if (row->type != FIELD_COUNT_OR_WORD || !json_is_integer(value))
            return wrong_type(c, row, value);
        return in_range(c, row, ours, value) ? json_incref(value) : json_null();
    }
    const char *text = json_string_value(value), *word = find_choice(row, ours, text);
    if (word) return json_string(word);
    if (row->type == FIELD_COUNT_OR_WORD && text_to_integer(text, &ignored))
        return wrong_type(c, row, value);
    return unknown_word(c, row, text, ours);
}

static json_t *check_number(field_check_context *c, const field_row *row, bool ours, json_t *value)
{
    const bool lenient = !ours && field_api_severity(c) == SEVERITY_WARNING;
    const bool text_too = !ours && (lenient || row->text_too);
    json_t *number =
        row->type == FIELD_NUMBER ? number_of(text_too, value) : integer_of(row, text_too, value);
    if (!number && (row->type == FIELD_CPU || row->type == FIELD_MEMORY) && json_is_string(value)) {
        /* of the right type: a size that only the API would refuse, a template's word say */
        field_say(c, field_api_severity(c), "expected %s, got \"%.80s\"", type_names[row->type],
                  json_string_value(value));
        return json_null();
    }
    if (!number) return wrong_type(c, row, value);
    if (json_is_string(value) && !row->text_too && row->type != FIELD_CPU &&
        row->type != FIELD_MEMORY)
        field_say(c, SEVERITY_WARNING, "expected %s, got \"%.80s\"", type_names[row->type],
                  json_string_value(value));
    if (lenient && row->has_range && row->low > 0 && json_number_value(number) == 0) {
        json_decref(number); /* the skeleton's 0 */
        return NULL;
    }
    if (in_range(c, row, ours, number)) return number;
    json_decref(number);
    return json_null();
}

static json_t *check_span(field_check_context *c, const field_row *row, json_t *value)
{
    sim_error err = {0};
    sim_time ignored;
    int64_t instant;
    bool fine = false;
    if (row->type == FIELD_DISTRIBUTION) {
        distribution d;
        fine = distribution_from_json(value, NULL, &d, &err);
    } else if (row->type == FIELD_TIME && json_is_string(value) &&
               wallclock_looks_like(json_string_value(value))) {
        fine = wallclock_from_text(json_string_value(value), &instant, &err);
    } else if (row->type == FIELD_TIME && json_is_string(value) &&
               strcmp(json_string_value(value), "peak") == 0) {
        fine = true;
    } else {
        fine = duration_from_json(value, &ignored, &err);
    }
    if (fine) return json_incref(value);
    field_say(c, SEVERITY_ERROR, "%s", err.text);
    return json_null();
}

/* Lists of strings or numbers; in AWS objects blank elements are left out. */
static json_t *check_plain_list(field_check_context *c, const field_row *row, bool ours,
                                json_t *value)
{
    if (!json_is_array(value)) return wrong_type(c, row, value);
    json_t *list = json_array();
    size_t index;
    json_t *item;
    json_array_foreach(value, index, item)
    {
        size_t mark = pointer_push_index(&c->path, index);
        json_t *element = NULL;
        if (!ours && is_blank(item) && !json_is_null(item)) {
            pointer_truncate(&c->path, mark);
            continue;
        }
        if (row->type == FIELD_STRINGS)
            element = ours && !json_is_string(item) ? NULL : text_of(item);
        else
            element = number_of(false, item);
        if (element) {
            json_array_append_new(list, element);
        } else {
            char got[100];
            field_got(item, got, sizeof got);
            field_say(c, SEVERITY_ERROR, "expected a %s, got %s",
                      row->type == FIELD_STRINGS ? "string" : "number", got);
        }
        pointer_truncate(&c->path, mark);
    }
    return list;
}

/* Objects whose keys are the scenario's own words. */
static json_t *check_map(field_check_context *c, const field_row *row, bool ours, json_t *value)
{
    if (!json_is_object(value)) return wrong_type(c, row, value);
    json_t *map = json_object();
    const char *key;
    json_t *item;
    json_object_foreach(value, key, item)
    {
        size_t mark = pointer_push_key(&c->path, key);
        if (row->type == FIELD_TEXT_MAP ? json_is_string(item) : json_is_number(item)) {
            if (row->type == FIELD_TEXT_MAP || in_range(c, row, ours, item))
                json_object_set(map, key, item);
        } else if (row->type == FIELD_OBJECT_MAP && json_is_object(item)) {
            field_check(c, row->shape, item);
            json_object_set(map, key, item);
        } else {
            char got[100];
            field_got(item, got, sizeof got);
            field_say(c, SEVERITY_ERROR, "expected %s, got %s",
                      row->type == FIELD_OBJECT_MAP ? "an object"
                      : row->type == FIELD_TEXT_MAP ? "a string"
                                                    : "a number",
                      got);
        }
        pointer_truncate(&c->path, mark);
    }
    return map;
}

static const field_shape *shape_for(const field_row *row, const json_t *value)
{
    for (size_t i = 0; row->alternative && row->alternative_keys[i]; i++)
        if (json_object_get(value, row->alternative_keys[i])) return row->alternative;
    return row->shape;
}

void field_check_list(field_check_context *c, const field_row *row, json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *item = json_array_get(list, i);
        size_t mark = pointer_push_index(&c->path, i);
        if (json_is_object(item)) {
            const field_shape *shape = shape_for(row, item);
            bool was_blank = !shape->ours && json_object_size(item) == 0;
            if (!was_blank) field_check(c, shape, item);
            if (!shape->ours && json_object_size(item) == 0)
                json_array_set_new(list, i, json_null());
        } else {
            char got[100];
            field_got(item, got, sizeof got);
            field_say(c, SEVERITY_ERROR, "expected an object (%s), got %s", row->shape->name, got);
            json_array_set_new(list, i, json_null());
        }
        pointer_truncate(&c->path, mark);
    }
}

static bool list_is_empty(const json_t *list)
{
    size_t index;
    json_t *item;
    json_array_foreach((json_t *)list, index, item) if (!json_is_null(item)) return false;
    return true;
}

static json_t *check_list(field_check_context *c, const field_row *row, json_t *value)
{
    if (!json_is_array(value)) return wrong_type(c, row, value);
    if (!row->shape) return json_incref(value);
    field_check_list(c, row, value);
    if (list_is_empty(value) && json_array_size(value) > 0 && !row->shape->ours)
        json_array_clear(value);
    if (row->not_null && json_array_size(value) == 0)
        field_say(c, field_api_severity(c), "needs at least one %s", row->shape->name);
    return json_incref(value);
}

static json_t *check_object(field_check_context *c, const field_row *row, json_t *value)
{
    if (!json_is_object(value)) return wrong_type(c, row, value);
    if (!row->shape) return json_incref(value);
    field_check(c, shape_for(row, value), value);
    bool empty = !row->shape->ours && json_object_size(value) == 0;
    return empty ? NULL : json_incref(value);
}

/* The canonical value (a new reference), null where it is wrong, NULL where it counts as absent. */
static json_t *check_value(field_check_context *c, const field_row *row, bool ours, json_t *value)
{
    bool misplaced = json_is_object(value) && row->type != FIELD_OBJECT && row->type != FIELD_ANY;
    if (!ours && is_blank(value) && !misplaced) return NULL;
    switch (row->type) {
    case FIELD_ANY:
        return json_incref(value);
    case FIELD_STRING:
        return json_is_string(value) ? json_incref(value) : wrong_type(c, row, value);
    case FIELD_TIMESTAMP:
        return json_is_string(value) || json_is_number(value) ? json_incref(value)
                                                              : wrong_type(c, row, value);
    case FIELD_TEXT_OR_NUMBER: {
        json_t *text = json_is_string(value) || json_is_number(value) ? text_of(value) : NULL;
        return text ? text : wrong_type(c, row, value);
    }
    case FIELD_BOOLEAN: {
        json_t *boolean = boolean_of(ours, value);
        return boolean ? boolean : wrong_type(c, row, value);
    }
    case FIELD_ENUM:
    case FIELD_COUNT_OR_WORD:
        return check_enum(c, row, ours, value);
    case FIELD_INTEGER:
    case FIELD_NUMBER:
    case FIELD_CPU:
    case FIELD_MEMORY:
        return check_number(c, row, ours, value);
    case FIELD_DURATION:
    case FIELD_TIME:
    case FIELD_DISTRIBUTION:
        return check_span(c, row, value);
    case FIELD_RATE:
        return json_is_number(value) || json_is_object(value) ? json_incref(value)
                                                              : wrong_type(c, row, value);
    case FIELD_STRINGS:
    case FIELD_NUMBERS:
        return check_plain_list(c, row, ours, value);
    case FIELD_TEXT_MAP:
    case FIELD_NUMBER_MAP:
    case FIELD_OBJECT_MAP:
        return check_map(c, row, ours, value);
    case FIELD_OBJECT:
        return check_object(c, row, value);
    case FIELD_LIST:
        return check_list(c, row, value);
    case FIELD_TYPE_COUNT:
        break;
    }
    return json_null();
}

/* ---- Objects ---- */

/* A field that the format has and this version does not simulate: only its harmless value passes. */
static bool passes_later(field_check_context *c, const field_row *row, bool ours, json_t *value)
{
    if (!ours && is_blank(value)) return true;
    if (json_is_array(value) && list_is_empty(value)) return true;
    json_t *harmless = row->fill ? json_loads(row->fill, JSON_DECODE_ANY, NULL) : NULL;
    bool same = harmless && json_equal(harmless, value);
    if (harmless && !same && json_is_number(harmless) && json_is_number(value))
        same = json_number_value(harmless) == json_number_value(value);
    if (harmless && !same && row->type == FIELD_DURATION) {
        sim_time a = 0, b = 1;
        same =
            duration_from_json(harmless, &a, NULL) && duration_from_json(value, &b, NULL) && a == b;
    }
    if (harmless && json_is_string(harmless) && json_is_string(value))
        same = strcasecmp(json_string_value(harmless), json_string_value(value)) == 0;
    json_decref(harmless);
    if (same) return true;
    char got[100];
    field_got(value, got, sizeof got);
    bool scalar = !json_is_object(value) && !json_is_array(value);
    field_say(c, SEVERITY_ERROR, "\"%s\"%s%s (%s) is not simulated by this version of berth%s%s",
              row->key, scalar ? " " : "", scalar ? got : "", row->help, row->fill ? ", only " : "",
              row->fill ? row->fill : "");
    return false;
}

static const char *nearest_key(const field_shape *shape, const char *key, bool *misspelt)
{
    const char *names[128];
    size_t count = 0;
    *misspelt = false;
    for (size_t i = 0; i < shape->count && count < 128; i++) {
        const field_row *row = &shape->rows[i];
        names[count++] = row->key;
        if (row->effect != FIELD_NO_EFFECT && spelling_likely_misspelt(key, row->key))
            *misspelt = true;
    }
    return spelling_nearest(key, names, count);
}

#define NESTED_MAX_DEPTH 3

/* Writes the way down to a field of that name, exactly `depth` objects or lists below the shape:
 * "/deploymentConfiguration/minimumHealthyPercent". */
static bool find_nested(const field_shape *shape, const char *key, int depth, text_buffer *way)
{
    if (depth == 0) {
        bool found = field_find(shape, key) != NULL;
        if (found) text_printf(way, "/%s", key);
        return found;
    }
    for (size_t i = 0; i < shape->count; i++) {
        const field_row *row = &shape->rows[i];
        if (!row->shape || (row->type != FIELD_OBJECT && row->type != FIELD_LIST)) continue;
        size_t mark = way->length;
        text_printf(way, "/%s%s", row->key, row->type == FIELD_LIST ? "/*" : "");
        if (find_nested(row->shape, key, depth - 1, way)) return true;
        pointer_truncate(way, mark);
    }
    return false;
}

/* A key typed by hand in the wrong object; false when no object below has it either. */
static bool say_nested(field_check_context *c, const field_shape *shape, const char *key)
{
    text_buffer way = {0};
    text_add_bytes(&way, c->path.text, (size_t)(strrchr(c->path.text, '/') - c->path.text));
    bool found = false;
    for (int depth = 1; depth <= NESTED_MAX_DEPTH && !found; depth++)
        found = find_nested(shape, key, depth, &way);
    if (found)
        field_say(c, SEVERITY_ERROR, "unknown field \"%.80s\" in %s, did you mean %s?", key,
                  shape->name, way.text);
    free(way.text);
    return found;
}

static void unknown_key(field_check_context *c, const field_shape *shape, const char *key)
{
    bool misspelt, typed = c->by_hand && c->by_hand(c->who, c->path.text);
    if (typed && say_nested(c, shape, key)) return;
    const char *near = nearest_key(shape, key, &misspelt);
    bool wrong = shape->ours || misspelt || typed || c->strict;
    field_say(c, wrong ? SEVERITY_ERROR : SEVERITY_WARNING, "unknown field \"%.80s\" in %s%s%s%s",
              key, shape->name, near ? ", did you mean \"" : "", near ? near : "",
              near ? "\"?" : "");
}

static void check_member(field_check_context *c, const field_shape *shape, json_t *object,
                         const char *key, json_t *value)
{
    const field_row *row = field_find(shape, key);
    if (!row && shape->open && json_is_number(value)) return;
    if (!row) {
        unknown_key(c, shape, key);
        return;
    }
    if (row->effect == FIELD_LATER && !c->bare && !passes_later(c, row, shape->ours, value)) {
        json_object_set_new(object, key, json_null());
        return;
    }
    if (row->effect == FIELD_NO_EFFECT && c->note && !is_blank(value))
        c->note(c->who, c->path.text, row);
    bool fill = c->fill;
    if (row->partial) c->fill = false;
    json_t *canonical = check_value(c, row, shape->ours, value);
    c->fill = fill;
    if (canonical)
        json_object_set_new(object, key, canonical);
    else
        json_object_del(object, key);
}

static void fill_and_require(field_check_context *c, const field_shape *shape, json_t *object)
{
    for (size_t i = 0; i < shape->count; i++) {
        const field_row *row = &shape->rows[i];
        if (json_object_get(object, row->key)) continue;
        if (row->required) {
            field_say(c, shape->ours ? SEVERITY_ERROR : field_api_severity(c),
                      "\"%s\" is missing: %s", row->key, row->help);
        } else if (row->fill && c->fill && row->effect == FIELD_EFFECT) {
            json_t *filled = json_loads(row->fill, JSON_DECODE_ANY, NULL);
            json_object_set_new(object, row->key, filled);
            if (row->type != FIELD_OBJECT || !row->shape) continue;
            size_t mark = pointer_push_key(&c->path, row->key);
            field_check(c, row->shape, filled);
            pointer_truncate(&c->path, mark);
        }
    }
}

void field_check(field_check_context *c, const field_shape *shape, json_t *object)
{
    json_t *keys = json_array(); /* members change while they are walked */
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value) json_array_append_new(keys, json_string(key));
    bool was_empty = json_array_size(keys) == 0;
    for (size_t i = 0; i < json_array_size(keys); i++) {
        key = json_string_value(json_array_get(keys, i));
        size_t mark = pointer_push_key(&c->path, key);
        check_member(c, shape, object, key, json_object_get(object, key));
        pointer_truncate(&c->path, mark);
    }
    json_decref(keys);
    bool skeleton = !shape->ours && !was_empty && json_object_size(object) == 0;
    if (!skeleton) fill_and_require(c, shape, object);
}

/* ---- Help ---- */

void field_describe(const field_row *row, char *text, size_t size)
{
    char choices[400];
    int used = 0;
    if (row->choices) {
        list_choices(row, choices, sizeof choices);
        used = snprintf(text, size, "%s%s",
                        row->type == FIELD_COUNT_OR_WORD ? "an integer or " : "", choices);
    } else {
        used = snprintf(text, size, "%s", type_names[row->type]);
    }
    size_t at = (size_t)used < size ? (size_t)used : size - 1;
    if (row->has_range)
        at += (size_t)snprintf(text + at, size - at, ", %.10g..%.10g", row->low, row->high);
    if (row->unit && at < size) at += (size_t)snprintf(text + at, size - at, ", %s", row->unit);
    if (row->required && at < size)
        snprintf(text + at, size - at, ", required");
    else if (row->fill && at < size)
        snprintf(text + at, size - at, ", default %s", row->fill);
}

/* Shapes still to be printed; each once. */
typedef struct {
    const field_shape *items[64];
    size_t count;
} shape_list;

static void add_shape(shape_list *list, const field_shape *shape)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i] == shape) return;
    if (shape && list->count < 64) list->items[list->count++] = shape;
}

void field_print(const field_shape *shape, FILE *out)
{
    shape_list list = {0};
    add_shape(&list, shape);
    for (size_t s = 0; s < list.count; s++) {
        fprintf(out, "%s%s:\n", s ? "\n" : "", list.items[s]->name);
        for (size_t i = 0; i < list.items[s]->count; i++) {
            const field_row *row = &list.items[s]->rows[i];
            char type[512];
            add_shape(&list, row->shape);
            add_shape(&list, row->alternative);
            if (row->effect == FIELD_NO_EFFECT) continue;
            field_describe(row, type, sizeof type);
            fprintf(out, "  %s%s\n      %s%s%s%s\n      %s\n", row->key,
                    row->effect == FIELD_LATER ? " (not simulated by this version)" : "", row->help,
                    row->rule ? " (" : "", row->rule ? row->rule : "", row->rule ? ")" : "", type);
        }
    }
}
