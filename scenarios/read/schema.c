#include "scenarios/read/schema.h"

#include "scenarios/read/field.h"
#include "scenarios/read/json_text.h"
#include "scenarios/read/tables.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHAPES_MAX 512

/* Definitions are named after their shapes; those still to be written wait in `todo`. */
typedef struct {
    json_t *definitions;
    const field_shape *todo[256];
    size_t count;
} schema_builder;

/* "container definition" -> "containerDefinition"; ours and AWS's may share a name, so the latter
 * begin with "aws". */
static void definition_name(const field_shape *shape, char *out, size_t size)
{
    size_t used = (size_t)snprintf(out, size, "%s", shape->ours ? "" : "aws ");
    snprintf(out + used, size - used, "%s", shape->name);
    char *to = out;
    bool upper = false;
    for (const char *from = out; *from; from++) {
        if (*from == ' ' || *from == '-') {
            upper = true;
            continue;
        }
        *to++ = upper && *from >= 'a' && *from <= 'z' ? (char)(*from - 'a' + 'A') : *from;
        upper = false;
    }
    *to = '\0';
}

static json_t *reference(schema_builder *s, const field_shape *shape)
{
    char name[80];
    bool known = false;
    for (size_t i = 0; i < s->count; i++)
        known = known || s->todo[i] == shape;
    CHECK(known || s->count < sizeof s->todo / sizeof s->todo[0]);
    if (!known) s->todo[s->count++] = shape;
    definition_name(shape, name, sizeof name);
    return json_pack("{s:o}", "$ref", json_sprintf("#/definitions/%s", name));
}

static json_t *typed(const char *type)
{
    return json_pack("{s:s}", "type", type);
}

static void bound(json_t *schema, const field_row *row)
{
    if (!row->has_range) return;
    bool whole = row->low == (double)(json_int_t)row->low && row->high < 9e18 &&
                 row->high == (double)(json_int_t)row->high;
    json_object_set_new(schema, "minimum",
                        whole ? json_integer((json_int_t)row->low) : json_real(row->low));
    json_object_set_new(schema, "maximum",
                        whole ? json_integer((json_int_t)row->high) : json_real(row->high));
}

/* AWS integers and numbers may be strings of digits, and 0 where a skeleton leaves it. */
static json_t *number_schema(const field_row *row, bool ours)
{
    json_t *number = typed(row->type == FIELD_NUMBER ? "number" : "integer");
    bound(number, row);
    if (ours) return number;
    json_t *forms = json_pack("[o]", number);
    if (row->has_range && row->low > 0)
        json_array_append_new(forms, json_pack("{s:i}", "const", 0));
    const char *pattern = row->type == FIELD_CPU ? "^\\s*[0-9.]+\\s*([vV][cC][pP][uU])?\\s*$|^$"
                          : row->type == FIELD_MEMORY ? "^\\s*[0-9.]+\\s*([gG][bB])?\\s*$|^$"
                                                      : "^\\s*-?[0-9.eE+-]+\\s*$|^$";
    json_array_append_new(forms, json_pack("{s:s, s:s}", "type", "string", "pattern", pattern));
    json_array_append_new(forms, typed("null"));
    return json_pack("{s:o}", "anyOf", forms);
}

/* AWS words compare without case, which a pattern says letter by letter. */
static json_t *word_schema(const field_row *row, bool ours)
{
    json_t *words = json_array(), *forms = json_array();
    for (size_t i = 0; row->choices[i]; i++)
        json_array_append_new(words, json_string(row->choices[i]));
    if (ours) {
        json_array_append_new(forms, json_pack("{s:o}", "enum", words));
    } else {
        char pattern[2048] = "^(";
        size_t used = 2;
        for (size_t i = 0; row->choices[i]; i++) {
            if (i) pattern[used++] = '|';
            for (const char *c = row->choices[i]; *c; c++) {
                char lower = *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c;
                char upper = *c >= 'a' && *c <= 'z' ? (char)(*c - 32) : *c;
                used += (size_t)(lower == upper
                                     ? snprintf(pattern + used, sizeof pattern - used, "%c", lower)
                                     : snprintf(pattern + used, sizeof pattern - used, "[%c%c]",
                                                lower, upper));
            }
        }
        snprintf(pattern + used, sizeof pattern - used, ")?$");
        json_array_append_new(forms, json_pack("{s:o}", "enum", words));
        json_array_append_new(forms, json_pack("{s:s, s:s}", "type", "string", "pattern", pattern));
        json_array_append_new(forms, typed("null"));
    }
    if (row->type == FIELD_COUNT_OR_WORD) {
        json_t *number = typed("integer");
        bound(number, row);
        json_array_append_new(forms, number);
    }
    if (json_array_size(forms) > 1) return json_pack("{s:o}", "anyOf", forms);
    json_t *only = json_incref(json_array_get(forms, 0));
    json_decref(forms);
    return only;
}

/* What stands in a list: an object, or the path of a file that holds it. */
static json_t *element_schema(schema_builder *s, const field_row *row, bool ours)
{
    json_t *forms = json_pack("[o]", reference(s, row->shape));
    if (row->alternative) {
        json_t *keys = json_array();
        for (size_t i = 0; row->alternative_keys[i]; i++)
            json_array_append_new(keys, json_pack("{s:[s]}", "required", row->alternative_keys[i]));
        json_t *has_key = json_array_size(keys) == 1 ? json_incref(json_array_get(keys, 0))
                                                     : json_pack("{s:O}", "anyOf", keys);
        json_t *other = reference(s, row->alternative);
        json_array_append_new(forms, json_pack("{s:[o, o]}", "allOf", other, has_key));
        json_decref(keys);
    }
    if (row->file)
        json_array_append_new(
            forms, json_pack("{s:s, s:s}", "type", "string", "description", "path of a JSON file"));
    if (!ours) json_array_append_new(forms, typed("null"));
    if (json_array_size(forms) > 1) return json_pack("{s:o}", "anyOf", forms);
    json_t *only = json_incref(json_array_get(forms, 0));
    json_decref(forms);
    return only;
}

static json_t *list_schema(schema_builder *s, const field_row *row, bool ours)
{
    json_t *list = typed("array");
    if (row->shape)
        json_object_set_new(list, "items", element_schema(s, row, ours || row->shape->ours));
    if (!row->file) return list;
    json_t *forms =
        json_pack("[o, {s:s, s:s}]", list, "type", "string", "description", "path of a JSON file");
    const char *const answers[] = {row->answer, row->other_answer};
    for (size_t i = 0; i < 2 && answers[i]; i++) {
        json_t *inner = json_pack("{s:s}", "type", "array");
        json_t *answer = json_pack("{s:s, s:[s], s:{s:o}, s:s}", "type", "object", "required",
                                   answers[i], "properties", answers[i], inner, "description",
                                   "an answer that holds the list");
        json_array_append_new(forms, answer);
    }
    return json_pack("{s:o}", "anyOf", forms);
}

static json_t *object_schema(schema_builder *s, const field_row *row)
{
    if (!row->shape) return typed("object");
    json_t *object = reference(s, row->shape);
    if (!row->file) return object;
    return json_pack("{s:[o, {s:s, s:s}]}", "anyOf", object, "type", "string", "description",
                     "path of a JSON file");
}

static json_t *map_schema(schema_builder *s, const field_row *row)
{
    json_t *values = row->type == FIELD_OBJECT_MAP
                         ? reference(s, row->shape)
                         : typed(row->type == FIELD_TEXT_MAP ? "string" : "number");
    if (row->type == FIELD_NUMBER_MAP) bound(values, row);
    return json_pack("{s:s, s:o}", "type", "object", "additionalProperties", values);
}

static json_t *shared(const char *name)
{
    return json_pack("{s:o}", "$ref", json_sprintf("#/definitions/%s", name));
}

static json_t *list_of(const char *type, bool ours)
{
    return ours ? json_pack("{s:s, s:{s:s}}", "type", "array", "items", "type", type)
                : json_pack("{s:s}", "type", "array");
}

static json_t *row_schema(schema_builder *s, const field_row *row, bool ours)
{
    switch (row->type) {
    case FIELD_STRING:
        return ours ? typed("string") : json_pack("{s:[s, s]}", "type", "string", "null");
    case FIELD_TEXT_OR_NUMBER:
    case FIELD_TIMESTAMP:
        return json_pack("{s:[s, s, s]}", "type", "string", "number", "null");
    case FIELD_INTEGER:
    case FIELD_NUMBER:
    case FIELD_CPU:
    case FIELD_MEMORY:
        return number_schema(row, ours);
    case FIELD_BOOLEAN:
        return ours ? typed("boolean")
                    : json_pack("{s:[s, s, s]}", "type", "boolean", "string", "null");
    case FIELD_ENUM:
    case FIELD_COUNT_OR_WORD:
        return word_schema(row, ours);
    case FIELD_DURATION:
        return shared("duration");
    case FIELD_TIME:
        return shared("time");
    case FIELD_DISTRIBUTION:
        return shared("distribution");
    case FIELD_RATE:
        return shared("rate");
    case FIELD_OBJECT:
        return object_schema(s, row);
    case FIELD_LIST:
        return list_schema(s, row, ours);
    case FIELD_STRINGS:
        return list_of("string", ours);
    case FIELD_NUMBERS:
        return list_of("number", ours);
    case FIELD_TEXT_MAP:
    case FIELD_NUMBER_MAP:
    case FIELD_OBJECT_MAP:
        return map_schema(s, row);
    case FIELD_ANY:
    case FIELD_TYPE_COUNT:
        break;
    }
    return json_object();
}

static void describe(json_t *schema, const field_row *row)
{
    char text[512];
    snprintf(text, sizeof text, "%s%s%s%s%s%s%s%s", row->help, row->unit ? " [" : "",
             row->unit ? row->unit : "", row->unit ? "]" : "", row->rule ? " (" : "",
             row->rule ? row->rule : "", row->rule ? ")" : "",
             row->effect == FIELD_LATER ? " Not simulated by this version of berth." : "");
    json_object_set_new(schema, "description", json_string(text));
    if (row->fill && row->effect == FIELD_EFFECT)
        json_object_set_new(schema, "default", json_loads(row->fill, JSON_DECODE_ANY, NULL));
}

/* In an AWS object other keys pass: AWS adds fields (contract: scenario). */
static json_t *shape_schema(schema_builder *s, const field_shape *shape, bool partial)
{
    json_t *properties = json_object(), *required = json_array();
    for (size_t i = 0; i < shape->count; i++) {
        const field_row *row = &shape->rows[i];
        json_t *schema = row_schema(s, row, shape->ours);
        describe(schema, row);
        json_object_set_new(properties, row->key, schema);
        if (row->required && shape->ours && !partial)
            json_array_append_new(required, json_string(row->key));
    }
    json_t *object = json_pack("{s:s, s:o}", "type", "object", "properties", properties);
    if (json_array_size(required) > 0) json_object_set(object, "required", required);
    json_decref(required);
    if (shape->open)
        json_object_set_new(object, "additionalProperties", typed("number"));
    else if (shape->ours)
        json_object_set_new(object, "additionalProperties", json_false());
    return object;
}

static json_t *parse(const char *text)
{
    return json_loads(text, JSON_DECODE_ANY, NULL);
}

static json_t *distribution_schema(void)
{
    static const char *const families[][3] = {
        {"exponential", "mean", NULL}, {"uniform", "min", "max"},
        {"normal", "mean", "sigma"},   {"lognormal", "median", "sigma"},
        {"gamma", "shape", "scale"},   {"weibull", "shape", "scale"},
        {"pareto", "shape", "scale"},
    };
    json_t *forms = parse("[{\"type\": \"number\", \"minimum\": 0}]");
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        json_t *properties = json_object(), *required = json_array();
        for (size_t k = 1; k < 3 && families[i][k]; k++) {
            json_object_set_new(properties, families[i][k],
                                parse("{\"type\": \"number\", \"minimum\": 0}"));
            json_array_append_new(required, json_string(families[i][k]));
        }
        json_t *body = json_pack("{s:s, s:o, s:o, s:b}", "type", "object", "properties", properties,
                                 "required", required, "additionalProperties", 0);
        json_array_append_new(forms, json_pack("{s:s, s:{s:o}, s:[s], s:b}", "type", "object",
                                               "properties", families[i][0], body, "required",
                                               families[i][0], "additionalProperties", 0));
    }
    json_array_append_new(
        forms,
        parse("{\"type\": \"object\", \"properties\": {\"empirical\": {\"type\": \"array\", "
              "\"minItems\": 1,"
              " \"items\": {\"type\": \"number\", \"minimum\": 0}}}, \"required\": [\"empirical\"],"
              " \"additionalProperties\": false}"));
    return json_pack("{s:o}", "anyOf", forms);
}

static void add_shared(json_t *definitions)
{
    json_object_set_new(definitions, "duration",
                        parse("{\"anyOf\": [{\"type\": \"number\", \"minimum\": 0}, {\"type\": "
                              "\"string\", \"pattern\":"
                              " \"^\\\\s*([0-9.]+\\\\s*(d|h|m|s|ms|us)\\\\s*)+$\"}]}"));
    json_object_set_new(
        definitions, "time",
        parse("{\"anyOf\": [{\"$ref\": \"#/definitions/duration\"}, {\"const\": \"peak\"},"
              " {\"type\": \"string\", \"pattern\": \"^[0-9]{4}-[0-9]{2}-[0-9]{2}\"}]}"));
    json_object_set_new(definitions, "distribution", distribution_schema());
    json_object_set_new(
        definitions, "rate",
        parse("{\"anyOf\": [{\"type\": \"number\", \"minimum\": 0},"
              " {\"type\": \"object\", \"required\": [\"points\"], \"additionalProperties\": "
              "false, \"properties\": {"
              "\"points\": {\"type\": \"array\", \"minItems\": 1, \"items\": {\"type\": \"array\", "
              "\"minItems\": 2, \"maxItems\": 2,"
              " \"items\": [{\"$ref\": \"#/definitions/time\"}, {\"type\": \"number\", "
              "\"minimum\": 0}]}},"
              " \"interpolate\": {\"enum\": [\"linear\", \"step\"]}, \"step\": {\"$ref\": "
              "\"#/definitions/duration\"}}},"
              " {\"type\": \"object\", \"required\": [\"csv\"], \"additionalProperties\": false, "
              "\"properties\": {"
              "\"csv\": {\"type\": \"string\"}, \"column\": {\"type\": \"string\"}, \"period\": "
              "{\"$ref\": \"#/definitions/duration\"},"
              " \"scale\": {\"type\": \"number\", \"minimum\": 0}}},"
              " {\"type\": \"object\", \"required\": [\"sine\"], \"additionalProperties\": false, "
              "\"properties\": {\"sine\": {\"type\": \"object\", \"required\": [\"mean\", "
              "\"amplitude\", \"period\"], \"additionalProperties\": false, \"properties\": {"
              "\"mean\": {\"type\": \"number\", \"minimum\": 0}, \"amplitude\": {\"type\": "
              "\"number\", \"minimum\": 0}, \"period\": {\"$ref\": "
              "\"#/definitions/duration\"}}}}},"
              " {\"type\": \"object\", \"required\": [\"metricData\", \"id\"], "
              "\"additionalProperties\": false, \"properties\": {"
              "\"metricData\": {\"anyOf\": [{\"type\": \"string\"}, {\"type\": \"object\", "
              "\"required\": [\"MetricDataResults\"]}]}, \"id\": {\"type\": \"string\"}, "
              "\"period\": {\"$ref\": \"#/definitions/duration\"}}},"
              " {\"type\": \"object\", \"required\": [\"sum\"], \"additionalProperties\": false, "
              "\"properties\": {"
              "\"sum\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/definitions/rate\"}}}}]}"));
    json_t *form;
    size_t i;
    json_array_foreach(json_object_get(json_object_get(definitions, "rate"), "anyOf"), i, form)
    {
        json_t *properties = json_object_get(form, "properties");
        if (!properties) continue; /* a number has nothing beside it */
        json_object_set_new(properties, "noise", shared("distribution"));
        json_object_set_new(properties, "noisePeriod", shared("duration"));
    }
}

char *schema_text(void)
{
    schema_builder s = {.definitions = json_object()};
    json_t *root = parse("{\"$schema\": \"http://json-schema.org/draft-07/schema#\", \"title\": "
                         "\"berth scenario\"}");
    /* a file that extends another may leave out what that one has */
    json_t *whole = shape_schema(&s, &shape_scenario, true);
    json_object_set_new(whole, "required", json_pack("[s]", "berth"));
    json_object_update(root, whole);
    json_decref(whole);
    json_t *extended =
        parse("{\"anyOf\": [{\"required\": [\"duration\"]}, {\"required\": [\"extends\"]}]}");
    json_object_update(root, extended);
    json_decref(extended);
    add_shared(s.definitions);
    for (size_t i = 0; i < s.count; i++) {
        char name[80];
        definition_name(s.todo[i], name, sizeof name);
        CHECK(!json_object_get(s.definitions, name)); /* two shapes of one name */
        json_object_set_new(s.definitions, name, shape_schema(&s, s.todo[i], false));
    }
    json_object_set_new(root, "definitions", s.definitions);
    char *text = json_text(root, 2);
    json_decref(root);
    size_t length = strlen(text);
    text = memory_resize(text, length + 2, 1);
    text[length] = '\n';
    text[length + 1] = '\0';
    return text;
}
