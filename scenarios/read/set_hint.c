#include "scenarios/read/set_hint.h"

#include "scenarios/read/json_text.h"
#include "scenarios/read/pointer.h"
#include "scenarios/read/text_buffer.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The value inside what the rest of the pointer names; NULL when that is not the first of a list. */
static json_t *wrapped(const char *rest, const json_t *value)
{
    char *token = pointer_next_token(&rest);
    size_t index;
    if (!token) return json_deep_copy(value);
    json_t *inner = wrapped(rest, value), *outer = NULL;
    if (inner && (strcmp(token, "-") == 0 || strcmp(token, "0") == 0))
        outer = json_pack("[O]", inner);
    else if (inner && strcmp(token, "*") != 0 && !pointer_index(token, &index))
        outer = json_pack("{s:O}", token, inner);
    json_decref(inner);
    free(token);
    return outer;
}

static char *hint_at(const char *pattern, const char *rest, const json_t *value)
{
    json_t *whole = wrapped(rest, value);
    char *json = whole ? json_text(whole, 0) : NULL;
    text_buffer text = {0};
    if (json && !strchr(json, '\'') && !strchr(pattern, '\''))
        text_printf(&text, "; give the %s: --set '%.*s=%s'",
                    json_is_array(whole) ? "list" : "object", (int)(rest - pattern), pattern, json);
    json_decref(whole);
    free(json);
    return text.text;
}

/* What the first match of the first bytes of a pattern is; NULL: nothing. */
static const json_t *first_match(const json_t *tree, const char *pattern, const char *end)
{
    text_buffer prefix = {0};
    pointer_set set;
    const json_t *found = NULL;
    text_add_bytes(&prefix, pattern, (size_t)(end - pattern));
    if (pointer_match(tree, prefix.text, &set, NULL)) {
        found = pointer_get((json_t *)(uintptr_t)tree, set.pointers[0]);
        pointer_set_finish(&set);
    }
    free(prefix.text);
    return found;
}

char *set_hint(const json_t *tree, const field_shape *shape, const char *pattern,
               const json_t *value)
{
    bool names = false; /* the keys of this object are the scenario's own, its values are shapes */
    const json_t *here = tree;
    if (!pointer_valid(pattern)) return NULL;
    for (const char *rest = pattern; shape && *rest;) {
        char *token = pointer_next_token(&rest);
        const field_row *row = NULL;
        if (json_is_object(here) && !names) {
            row = field_find(shape, token);
            shape = row ? row->shape : NULL;
        }
        bool knows = row || (json_is_object(here) && names);
        names = row && row->type == FIELD_OBJECT_MAP;
        free(token);
        here = first_match(tree, pattern, rest);
        if (!here) return shape && knows && *rest ? hint_at(pattern, rest, value) : NULL;
    }
    return NULL;
}
