#include "scenarios/read/json_text.h"
#include "scenarios/read/text_buffer.h"
#include "sim/engine/arena.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void json_text_double(double value, char text[static 32])
{
    if (!isfinite(value)) {
        strcpy(text, "null");
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, 32, "%.*g", digits, value);
        if (strtod(text, NULL) == value) break;
    }
    if (!strpbrk(text, ".e")) strcat(text, ".0");
}

static void add_string(text_buffer *out, const char *text, size_t length)
{
    text_add_bytes(out, "\"", 1);
    for (const char *c = text, *end = text + length; c < end; c++) {
        switch (*c) {
        case '"':
            text_add(out, "\\\"");
            break;
        case '\\':
            text_add(out, "\\\\");
            break;
        case '\n':
            text_add(out, "\\n");
            break;
        case '\r':
            text_add(out, "\\r");
            break;
        case '\t':
            text_add(out, "\\t");
            break;
        default:
            if ((unsigned char)*c < 0x20) {
                text_printf(out, "\\u%04x", (unsigned)*c);
            } else {
                text_add_bytes(out, c, 1);
            }
        }
    }
    text_add_bytes(out, "\"", 1);
}

static void add_scalar(text_buffer *out, const json_t *value)
{
    char number[32];
    switch (json_typeof(value)) {
    case JSON_STRING:
        add_string(out, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
        text_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        break;
    case JSON_REAL:
        json_text_double(json_real_value(value), number);
        text_add(out, number);
        break;
    case JSON_TRUE:
        text_add(out, "true");
        break;
    case JSON_FALSE:
        text_add(out, "false");
        break;
    default:
        text_add(out, "null");
    }
}

static void add_line(text_buffer *out, int indent, size_t depth)
{
    if (indent > 0) text_printf(out, "\n%*s", (int)depth * indent, "");
}

/* A list or object that has been begun and not ended. */
typedef struct {
    json_t *container;
    void *member; /* the next one of an object */
    size_t index; /* of the next element or member */
} open_container;

char *json_text(const json_t *value, int indent)
{
    text_buffer out = {0};
    open_container *open = NULL;
    size_t depth = 0, capacity = 0;
    json_t *next = (json_t *)(uintptr_t)value; /* only read */
    while (next || depth > 0) {
        if (next && (json_is_object(next) || json_is_array(next))) {
            if (depth == capacity) {
                capacity = capacity ? capacity * 2 : 16;
                open = memory_resize(open, capacity, sizeof *open);
            }
            text_add(&out, json_is_object(next) ? "{" : "[");
            open[depth++] = (open_container){next, json_object_iter(next), 0};
        } else if (next) {
            add_scalar(&out, next);
        }
        next = NULL;
        if (depth == 0) break;

        open_container *top = &open[depth - 1];
        bool object = json_is_object(top->container);
        bool more = object ? top->member != NULL : top->index < json_array_size(top->container);
        if (!more) {
            depth--;
            if (top->index > 0) add_line(&out, indent, depth);
            text_add(&out, object ? "}" : "]");
            continue;
        }
        if (top->index > 0) text_add(&out, ",");
        add_line(&out, indent, depth);
        if (object) {
            const char *key = json_object_iter_key(top->member);
            add_string(&out, key, strlen(key));
            text_add(&out, indent > 0 ? ": " : ":");
            next = json_object_iter_value(top->member);
            top->member = json_object_iter_next(top->container, top->member);
        } else {
            next = json_array_get(top->container, top->index);
        }
        top->index++;
    }
    free(open);
    return out.text;
}
