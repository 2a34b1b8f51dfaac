#include "scenarios/read/merge.h"
#include "scenarios/read/element_name.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <stdlib.h>
#include <string.h>

/* Two objects that are still to be merged; all borrowed. */
typedef struct {
    json_t *base;
    origin *base_origin;
    json_t *over;
    origin *over_origin;
} merge_pair;

typedef struct {
    merge_pair *pairs;
    size_t count, capacity;
    merge_ambiguous *ambiguous;
    void *context;
} merging;

static void push(merging *m, merge_pair pair)
{
    if (m->count == m->capacity) {
        m->capacity = m->capacity ? m->capacity * 2 : 16;
        m->pairs = memory_resize(m->pairs, m->capacity, sizeof *m->pairs);
    }
    m->pairs[m->count++] = pair;
}

static bool is_appended(const char *key)
{
    static const char *const keys[] = {"timeline", "traffic", "arrivals", "expect"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(key, keys[i]) == 0) return true;
    return false;
}

static bool all_named(char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!names[i]) return false;
    return count > 0;
}

static void append_element(const merge_pair *lists, size_t index)
{
    origin *node = origin_element(lists->over_origin, index, json_array_size(lists->over));
    origin_append(lists->base_origin, json_array_size(lists->base), json_incref(node));
    json_array_append(lists->base, json_array_get(lists->over, index));
}

/* The index of each name in the base; -1: several bear it. */
static json_t *index_names(char *const *names, size_t count)
{
    json_t *index = json_object();
    CHECK(index != NULL);
    for (size_t i = 0; i < count; i++) {
        bool several = json_object_get(index, names[i]) != NULL;
        json_object_set_new(index, names[i], json_integer(several ? -1 : (json_int_t)i));
    }
    return index;
}

static void merge_elements(merging *m, const merge_pair *lists, char *const *base_names,
                           char *const *over_names)
{
    size_t base_count = json_array_size(lists->base), over_count = json_array_size(lists->over);
    json_t *index = index_names(base_names, base_count);
    json_t *over_index = index_names(over_names, over_count);
    for (size_t i = 0; i < over_count; i++) {
        const json_t *found = json_object_get(index, over_names[i]);
        json_int_t at = json_integer_value(found);
        if (!found) {
            append_element(lists, i);
        } else if (at < 0 || json_integer_value(json_object_get(over_index, over_names[i])) < 0) {
            const origin *node = origin_element(lists->over_origin, i, over_count);
            m->ambiguous(m->context, origin_of(node), over_names[i]);
        } else {
            push(m,
                 (merge_pair){
                     json_array_get(lists->base, (size_t)at),
                     origin_element(lists->base_origin, (size_t)at, json_array_size(lists->base)),
                     json_array_get(lists->over, i),
                     origin_element(lists->over_origin, i, over_count),
                 });
        }
    }
    json_decref(index);
    json_decref(over_index);
}

/* False when the lists do not merge: the later one is to replace the other. */
static bool merge_lists(merging *m, const merge_pair *lists)
{
    size_t base_count = json_array_size(lists->base), over_count = json_array_size(lists->over);
    char **base_names = element_names(lists->base), **over_names = element_names(lists->over);
    bool by_name = all_named(base_names, base_count) && all_named(over_names, over_count);
    if (by_name) merge_elements(m, lists, base_names, over_names);
    element_names_free(base_names, base_count);
    element_names_free(over_names, over_count);
    return by_name;
}

static void merge_member(merging *m, const merge_pair *pair, bool root, const char *key,
                         json_t *value)
{
    origin *node = origin_key(pair->over_origin, key);
    json_t *before = json_object_get(pair->base, key);
    if (json_is_null(value) && !origin_of(node).unread) {
        json_object_del(pair->base, key);
        origin_remove_key(pair->base_origin, key);
        return;
    }
    merge_pair below = {before, NULL, value, node};
    if (json_is_object(before) && json_is_object(value)) {
        below.base_origin = origin_key(pair->base_origin, key);
        push(m, below);
        return;
    }
    if (json_is_array(before) && json_is_array(value)) {
        below.base_origin = origin_key(pair->base_origin, key);
        if (root && is_appended(key)) {
            for (size_t i = 0; i < json_array_size(value); i++)
                append_element(&below, i);
            return;
        }
        if (merge_lists(m, &below)) return;
    }
    json_object_set(pair->base, key, value);
    origin_set_key(pair->base_origin, key, json_incref(node));
}

void merge_onto(json_t *base, origin *base_origin, json_t *over, origin *over_origin,
                merge_ambiguous *ambiguous, void *context)
{
    merging m = {.ambiguous = ambiguous, .context = context};
    push(&m, (merge_pair){base, base_origin, over, over_origin});
    bool root = true;
    while (m.count > 0) {
        merge_pair pair = m.pairs[--m.count];
        const char *key;
        json_t *value;
        json_object_foreach(pair.over, key, value) merge_member(&m, &pair, root, key, value);
        root = false;
    }
    free(m.pairs);
    origin_move_object(base_origin, base, origin_of(over_origin));
}
