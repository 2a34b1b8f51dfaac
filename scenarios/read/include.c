#include "scenarios/read/include.h"
#include "scenarios/read/pointer.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <stdlib.h>
#include <string.h>

#define NO_LINK SIZE_MAX

/* A file on the way to a value: what is named below it must not be it again. */
typedef struct {
    size_t file, above; /* above: index of the link before; NO_LINK at the first */
} include_link;

/* A value on its way into a place. */
typedef struct {
    json_t *value; /* owned */
    origin *node;  /* owned */
    size_t link;
    bool replaced; /* it is from a file or an answer, so a list of elements takes its place */
} arrival;

typedef struct {
    source_table *sources;
    const place *place;
    include_link *links;
    size_t link_count, link_capacity;
    arrival *waiting; /* elements still to be put into the list, the next one last */
    size_t waiting_count, waiting_capacity;
} including;

static size_t add_link(including *in, size_t file, size_t above)
{
    if (in->link_count == in->link_capacity) {
        in->link_capacity = in->link_capacity ? in->link_capacity * 2 : 16;
        in->links = memory_resize(in->links, in->link_capacity, sizeof *in->links);
    }
    in->links[in->link_count] = (include_link){file, above};
    return in->link_count++;
}

static bool is_above(const including *in, size_t link, size_t file)
{
    for (; link != NO_LINK; link = in->links[link].above)
        if (in->links[link].file == file) return true;
    return false;
}

/* Replaces what has arrived; both stolen. */
static void replace(arrival *a, json_t *value, origin *node)
{
    json_decref(a->value);
    json_decref(a->node);
    a->value = value;
    a->node = node;
    a->replaced = true;
}

static void give_up(arrival *a)
{
    origin_place at = origin_of(a->node);
    at.unread = true;
    replace(a, json_null(), origin_new(at));
}

static void read_named_file(including *in, arrival *a, const char *shown_pointer)
{
    origin_place at = origin_of(a->node);
    const char *name = json_string_value(a->value);
    size_t file = source_table_include(
        in->sources, name, "; an object belongs here, or the name of a file that holds one", at,
        shown_pointer);
    if (file != SOURCE_NONE && is_above(in, a->link, file)) {
        source_table_report(in->sources, at, shown_pointer, SEVERITY_ERROR,
                            "the file '%s' contains itself", name);
        file = SOURCE_NONE;
    }
    json_t *value =
        file == SOURCE_NONE ? NULL : source_table_take(in->sources, file, at, shown_pointer);
    if (!value) {
        give_up(a);
        return;
    }
    a->link = add_link(in, file, a->link);
    replace(a, value, origin_new((origin_place){.source = file, .pointer = ""}));
}

static void open_answer(including *in, arrival *a, json_t *inner, const char *key,
                        const char *shown_pointer)
{
    origin_place at = origin_of(a->node);
    const char *rest = place_incomplete(a->value);
    if (rest)
        source_table_report(in->sources, at, shown_pointer, SEVERITY_WARNING,
                            "the answer holds a part only: it has %s", rest);
    pointer_path path = {0};
    text_add(&path, at.pointer);
    pointer_push_key(&path, key);
    if (json_is_array(inner) && !in->place->list) {
        inner = json_array_get(inner, 0);
        pointer_push_index(&path, 0);
    }
    at.pointer = path.text;
    at.answer = true;
    replace(a, json_incref(inner), origin_new(at));
    free(path.text);
}

/* One step towards a value that stays; false when it is there. */
static bool step(including *in, arrival *a, const char *shown_pointer)
{
    const char *key;
    json_t *inner;
    if (json_is_string(a->value)) {
        read_named_file(in, a, shown_pointer);
    } else if ((inner = place_unwrap(in->place, a->value, &key)) != NULL) {
        open_answer(in, a, inner, key, shown_pointer);
    } else {
        return false;
    }
    return true;
}

static bool stays(const including *in, const json_t *value)
{
    const char *key;
    return !json_is_string(value) && !place_unwrap(in->place, value, &key);
}

static bool all_stay(const including *in, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!stays(in, json_array_get(list, i))) return false;
    return true;
}

/* The elements of a list go on the stack, the last one first. */
static void push_elements(including *in, const arrival *list)
{
    size_t count = json_array_size(list->value);
    if (in->waiting_count + count > in->waiting_capacity) {
        in->waiting_capacity = (in->waiting_count + count) * 2;
        in->waiting = memory_resize(in->waiting, in->waiting_capacity, sizeof *in->waiting);
    }
    for (size_t i = count; i-- > 0;)
        in->waiting[in->waiting_count++] = (arrival){
            .value = json_incref(json_array_get(list->value, i)),
            .node = json_incref(origin_element(list->node, i, count)),
            .link = list->link,
        };
}

static void resolve_elements(including *in, arrival *list, pointer_path *path)
{
    json_t *values = json_array(), *nodes = json_array();
    push_elements(in, list);
    while (in->waiting_count > 0) {
        arrival a = in->waiting[--in->waiting_count];
        size_t mark = pointer_push_index(path, json_array_size(values));
        while (step(in, &a, path->text))
            continue;
        pointer_truncate(path, mark);
        if (a.replaced && json_is_array(a.value)) {
            push_elements(in, &a);
            json_decref(a.value);
            json_decref(a.node);
        } else {
            json_array_append_new(values, a.value);
            json_array_append_new(nodes, a.node);
        }
    }
    origin *node = origin_new(origin_of(list->node));
    origin_set_elements(node, nodes);
    replace(list, values, node);
}

/* An answer about one element stands for a list of it. */
static void list_of_one(arrival *a)
{
    json_t *values = json_array(), *nodes = json_array();
    json_array_append(values, a->value);
    json_array_append(nodes, a->node);
    origin *node = origin_new(origin_of(a->node));
    origin_set_elements(node, nodes);
    replace(a, values, node);
}

static void put(json_t *tree, origin *root, const char *pointer, arrival *a)
{
    const char *slash = strrchr(pointer, '/'), *last = slash;
    char *token = pointer_next_token(&last);
    pointer_path parent = {0};
    text_add_bytes(&parent, pointer, (size_t)(slash - pointer));
    json_t *container = pointer_get(tree, parent.text);
    origin *node = origin_descend(root, tree, parent.text);
    CHECK(json_is_object(container)); /* a pattern ends with a key */
    json_object_set_new(container, token, a->value);
    origin_set_key(node, token, a->node);
    free(parent.text);
    free(token);
}

static void resolve_place(including *in, json_t *tree, origin *root, const char *pointer)
{
    json_t *value = pointer_get(tree, pointer);
    if (stays(in, value) && (!in->place->list || all_stay(in, value))) return;
    arrival a = {
        .value = json_incref(value),
        .node = json_incref(origin_descend(root, tree, pointer)),
        .link = NO_LINK,
    };
    while (step(in, &a, pointer))
        continue;
    if (in->place->list && json_is_object(a.value) && origin_of(a.node).answer) list_of_one(&a);
    if (in->place->list && json_is_array(a.value) && !all_stay(in, a.value)) {
        pointer_path path = {0};
        text_add(&path, pointer);
        resolve_elements(in, &a, &path);
        pointer_finish(&path);
    }
    put(tree, root, pointer, &a);
}

void include_places(source_table *sources, json_t *tree, origin *root, const place *places,
                    size_t place_count)
{
    including in = {.sources = sources};
    for (size_t i = 0; i < place_count; i++) {
        in.place = &places[i];
        pointer_set set;
        if (!pointer_match(tree, places[i].pattern, &set, NULL)) continue;
        for (size_t k = 0; k < set.count; k++)
            resolve_place(&in, tree, root, set.pointers[k]);
        pointer_set_finish(&set);
        in.link_count = 0;
    }
    free(in.links);
    free(in.waiting);
}
