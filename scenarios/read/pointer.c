#include "scenarios/read/pointer.h"
#include "scenarios/read/element_name.h"
#include "scenarios/read/spelling.h"
#include "sim/engine/arena.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void pointer_init(pointer_path *p)
{
    *p = (pointer_path){0};
    text_add(p, "");
}

void pointer_finish(pointer_path *p)
{
    free(p->text);
    *p = (pointer_path){0};
}

size_t pointer_push_key(pointer_path *p, const char *key)
{
    size_t before = p->length;
    text_add_bytes(p, "/", 1);
    for (const char *special; (special = strpbrk(key, "~/")) != NULL; key = special + 1) {
        text_add_bytes(p, key, (size_t)(special - key));
        text_add(p, *special == '~' ? "~0" : "~1");
    }
    text_add(p, key);
    return before;
}

size_t pointer_push_index(pointer_path *p, size_t index)
{
    size_t before = p->length;
    text_printf(p, "/%zu", index);
    return before;
}

void pointer_truncate(pointer_path *p, size_t length)
{
    if (length >= p->length) return;
    p->length = length;
    p->text[length] = '\0';
}

char *pointer_next_token(const char **rest)
{
    const char *c = *rest;
    if (*c != '/') return NULL;
    size_t length = strcspn(++c, "/");
    char *token = memory_alloc(length + 1, 1), *to = token;
    for (const char *end = c + length; c < end; c++) {
        bool escape = *c == '~' && (c[1] == '0' || c[1] == '1');
        if (escape) c++;
        *to++ = !escape ? *c : *c == '0' ? '~' : '/';
    }
    *rest = c;
    return token;
}

bool pointer_valid(const char *pointer)
{
    if (*pointer != '\0' && *pointer != '/') return false;
    for (const char *c = pointer; (c = strchr(c, '~')) != NULL; c++)
        if (c[1] != '0' && c[1] != '1') return false;
    return true;
}

bool pointer_index(const char *token, size_t *index)
{
    if (*token < '0' || *token > '9' || (*token == '0' && token[1])) return false;
    size_t value = 0;
    for (; *token >= '0' && *token <= '9'; token++) {
        size_t digit = (size_t)(*token - '0');
        if (value > (SIZE_MAX - digit) / 10) return false;
        value = value * 10 + digit;
    }
    if (*token != '\0') return false;
    *index = value;
    return true;
}

static json_t *child_at(const json_t *value, const char *token)
{
    size_t index;
    if (json_is_object(value)) return json_object_get(value, token);
    if (json_is_array(value) && pointer_index(token, &index)) return json_array_get(value, index);
    return NULL;
}

json_t *pointer_get(const json_t *root, const char *pointer)
{
    json_t *value = (json_t *)(uintptr_t)root; /* handed on as the caller's own */
    char *token;
    while (value && (token = pointer_next_token(&pointer)) != NULL) {
        value = child_at(value, token);
        free(token);
    }
    return *pointer == '\0' ? value : NULL;
}

/* ---- patterns ---- */

static void set_add(pointer_set *set, char *pointer)
{
    if (set->count == set->capacity) {
        set->capacity = set->capacity ? set->capacity * 2 : 4;
        set->pointers = memory_resize(set->pointers, set->capacity, sizeof *set->pointers);
    }
    set->pointers[set->count++] = pointer;
}

void pointer_set_finish(pointer_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        free(set->pointers[i]);
    free(set->pointers);
    *set = (pointer_set){0};
}

static void set_add_key(pointer_set *set, const char *parent, const char *key)
{
    pointer_path p = {0};
    text_add(&p, parent);
    pointer_push_key(&p, key);
    set_add(set, p.text);
}

static void set_add_index(pointer_set *set, const char *parent, size_t index)
{
    pointer_path p = {0};
    text_add(&p, parent);
    pointer_push_index(&p, index);
    set_add(set, p.text);
}

static void add_every_child(pointer_set *set, const char *parent, const json_t *value)
{
    const char *key;
    const json_t *child;
    if (json_is_object(value)) {
        json_object_foreach((json_t *)(uintptr_t)value, key, child) set_add_key(set, parent, key);
    } else {
        for (size_t i = 0; i < json_array_size(value); i++)
            set_add_index(set, parent, i);
    }
}

/* What one token of a pattern matches below one value; may_add: it may also be a key yet to be set.
 * False when a name is ambiguous. */
static bool expand(pointer_set *set, const char *parent, const json_t *value, const char *token,
                   bool may_add, sim_error *err)
{
    size_t index, bearers;
    if (json_is_object(value)) {
        if (json_object_get(value, token)) {
            set_add_key(set, parent, token);
        } else if (strcmp(token, "*") == 0) {
            add_every_child(set, parent, value);
        } else if (may_add) {
            set_add_key(set, parent, token);
        }
    } else if (json_is_array(value)) {
        if (pointer_index(token, &index)) {
            if (index < json_array_size(value)) set_add_index(set, parent, index);
        } else if (strcmp(token, "*") == 0) {
            add_every_child(set, parent, value);
        } else if (may_add && strcmp(token, "-") == 0) {
            set_add_index(set, parent, json_array_size(value));
        } else if ((bearers = element_find(value, token, &index)) == 1) {
            set_add_index(set, parent, index);
        } else if (bearers > 1) {
            return error_set(err, "'%s' names %zu elements of '%s', give an index instead", token,
                             bearers, parent);
        }
    }
    return true;
}

/* Among more names than these none is looked for that is near: it would take too long. */
#define SUGGEST_AMONG_MAX 10000

/* "there is no 'auht' in '/services', did you mean 'auth'?" */
static bool nothing_matches(const json_t *value, const char *parent, const char *token,
                            sim_error *err)
{
    if (!err) return false; /* nobody reads the message, which takes a walk over all names */
    if (!json_is_object(value) && !json_is_array(value))
        return error_set(err, "'%s' holds no list or object, so there is no '%s' in it", parent,
                         token);
    size_t count = json_is_object(value) ? json_object_size(value) : json_array_size(value);
    if (count == 0) return error_set(err, "'%s' is empty, there is no '%s' in it", parent, token);

    const char **names = memory_alloc(count, sizeof *names);
    char **owned = json_is_array(value) ? element_names(value) : NULL;
    size_t name_count = 0;
    if (owned) {
        for (size_t i = 0; i < count; i++)
            if (owned[i]) names[name_count++] = owned[i];
    } else {
        const char *key;
        const json_t *child;
        json_object_foreach((json_t *)(uintptr_t)value, key, child) names[name_count++] = key;
    }

    text_buffer text = {0};
    text_printf(&text, "there is no '%s' in '%s'", token, parent);
    const char *nearest =
        name_count <= SUGGEST_AMONG_MAX ? spelling_nearest(token, names, name_count) : NULL;
    if (nearest) {
        text_printf(&text, ", did you mean '%s'?", nearest);
    } else if (name_count > 0) {
        text_add(&text, ", which has");
        for (size_t i = 0; i < name_count && i < 5; i++)
            text_printf(&text, "%s '%s'", i > 0 ? "," : "", names[i]);
        if (name_count > 5) text_printf(&text, " and %zu more", name_count - 5);
    } else {
        text_printf(&text, ", a list of %zu without names", count);
    }
    error_set(err, "%s", text.text);
    free(text.text);
    free(names);
    element_names_free(owned, count);
    return false;
}

static bool match(const json_t *root, const char *pattern, bool for_set, pointer_set *set,
                  sim_error *err)
{
    *set = (pointer_set){0};
    if (!pointer_valid(pattern))
        return error_set(err,
                         "'%s' is no JSON pointer: it must be empty or begin with '/', and a "
                         "'~' stands before 0 or 1 only",
                         pattern);
    set_add(set, text_copy(""));
    char *token;
    bool good = true;
    while (good && (token = pointer_next_token(&pattern)) != NULL) {
        bool may_add = for_set && *pattern == '\0';
        pointer_set next = {0};
        for (size_t i = 0; good && i < set->count; i++)
            good = expand(&next, set->pointers[i], pointer_get(root, set->pointers[i]), token,
                          may_add, err);
        if (good && next.count == 0)
            good =
                nothing_matches(pointer_get(root, set->pointers[0]), set->pointers[0], token, err);
        pointer_set_finish(set);
        *set = next;
        free(token);
    }
    if (!good) pointer_set_finish(set);
    return good;
}

bool pointer_match(const json_t *root, const char *pattern, pointer_set *set, sim_error *err)
{
    return match(root, pattern, false, set, err);
}

bool pointer_match_for_set(const json_t *root, const char *pattern, pointer_set *set,
                           sim_error *err)
{
    return match(root, pattern, true, set, err);
}
