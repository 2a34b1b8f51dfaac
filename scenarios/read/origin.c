#include "scenarios/read/origin.h"
#include "scenarios/read/pointer.h"
#include "sim/engine/check.h"
#include <stdint.h>
#include <stdlib.h>

/* A node is an object: "source", "pointer", "answer", "unread", and the nodes below it: "keys", an
 * object with those that are not at parent/key; or "elements", a list. An element that is where it
 * was is kept as its former index. */

origin *origin_new(origin_place place)
{
    json_t *node = json_object();
    CHECK(node != NULL);
    json_object_set_new(node, "source", json_integer((json_int_t)place.source));
    json_object_set_new(node, "pointer", json_string(place.pointer));
    json_object_set_new(node, "answer", json_boolean(place.answer));
    json_object_set_new(node, "unread", json_boolean(place.unread));
    return node;
}

origin_place origin_of(const origin *node)
{
    return (origin_place){
        .source = (size_t)json_integer_value(json_object_get(node, "source")),
        .pointer = json_string_value(json_object_get(node, "pointer")),
        .answer = json_is_true(json_object_get(node, "answer")),
        .unread = json_is_true(json_object_get(node, "unread")),
    };
}

static origin *inherited(const origin *parent, const char *key, size_t index)
{
    origin_place place = origin_of(parent);
    pointer_path path = {0};
    text_add(&path, place.pointer);
    if (key) {
        pointer_push_key(&path, key);
    } else {
        pointer_push_index(&path, index);
    }
    place.pointer = path.text;
    origin *node = origin_new(place);
    free(path.text);
    return node;
}

static json_t *keys_of(origin *parent)
{
    json_t *keys = json_object_get(parent, "keys");
    if (keys) return keys;
    json_object_set_new(parent, "keys", json_object());
    return json_object_get(parent, "keys");
}

static json_t *elements_of(origin *parent, size_t count)
{
    json_t *elements = json_object_get(parent, "elements");
    if (!elements) {
        elements = json_array();
        for (size_t i = 0; i < count; i++)
            json_array_append_new(elements, json_integer((json_int_t)i));
        json_object_set_new(parent, "elements", elements);
    }
    CHECK(json_array_size(elements) == count);
    return elements;
}

origin *origin_key(origin *parent, const char *key)
{
    json_t *keys = keys_of(parent);
    if (!json_object_get(keys, key)) json_object_set_new(keys, key, inherited(parent, key, 0));
    return json_object_get(keys, key);
}

origin *origin_element(origin *parent, size_t index, size_t count)
{
    json_t *elements = elements_of(parent, count);
    json_t *element = json_array_get(elements, index);
    CHECK(element != NULL);
    if (json_is_integer(element))
        json_array_set_new(elements, index,
                           inherited(parent, NULL, (size_t)json_integer_value(element)));
    return json_array_get(elements, index);
}

origin *origin_descend(origin *root, const json_t *tree, const char *pointer)
{
    origin *node = root;
    char *token;
    while ((token = pointer_next_token(&pointer)) != NULL) {
        size_t index;
        if (json_is_array(tree)) {
            CHECK(pointer_index(token, &index));
            node = origin_element(node, index, json_array_size(tree));
            tree = json_array_get(tree, index);
        } else {
            node = origin_key(node, token);
            tree = json_object_get(tree, token);
        }
        CHECK(tree != NULL);
        free(token);
    }
    return node;
}

void origin_set_key(origin *parent, const char *key, origin *node)
{
    json_object_set_new(keys_of(parent), key, node);
}

void origin_set_element(origin *parent, size_t index, size_t count, origin *node)
{
    json_array_set_new(elements_of(parent, count), index, node);
}

void origin_append(origin *parent, size_t count, origin *node)
{
    json_array_append_new(elements_of(parent, count), node);
}

void origin_remove_key(origin *parent, const char *key)
{
    json_object_del(json_object_get(parent, "keys"), key);
}

void origin_remove_element(origin *parent, size_t index, size_t count)
{
    json_array_remove(elements_of(parent, count), index);
}

void origin_set_elements(origin *parent, json_t *nodes)
{
    json_object_set_new(parent, "elements", nodes);
}

void origin_move_object(origin *node, const json_t *value, origin_place place)
{
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)(uintptr_t)value, key, member) origin_key(node, key);
    json_object_set_new(node, "source", json_integer((json_int_t)place.source));
    json_object_set_new(node, "pointer", json_string(place.pointer));
    json_object_set_new(node, "answer", json_boolean(place.answer));
}

origin_place origin_find(const origin *root, const char *pointer, char **pointer_in_source)
{
    pointer_path path;
    pointer_init(&path);
    const origin *node = root; /* NULL once below all nodes */
    origin_place place = origin_of(root);
    text_add(&path, place.pointer);
    char *token;
    while ((token = pointer_next_token(&pointer)) != NULL) {
        size_t index;
        json_t *below = json_object_get(json_object_get(node, "keys"), token);
        json_t *elements = json_object_get(node, "elements");
        if (elements) {
            below = pointer_index(token, &index) ? json_array_get(elements, index) : NULL;
            if (!below) { /* beyond its end: the list itself is the nearest that is there */
                free(token);
                break;
            }
        }
        if (json_is_object(below)) {
            node = below;
            place = origin_of(node);
            pointer_truncate(&path, 0);
            text_add(&path, place.pointer);
        } else {
            node = NULL;
            if (json_is_integer(below)) {
                pointer_push_index(&path, (size_t)json_integer_value(below));
            } else {
                pointer_push_key(&path, token);
            }
        }
        free(token);
    }
    *pointer_in_source = path.text;
    place.pointer = path.text;
    return place;
}
