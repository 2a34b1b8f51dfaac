#include "scenarios/read/extend.h"
#include "scenarios/read/include.h"
#include "scenarios/read/merge.h"

/* The files that are being extended, from the innermost; it ends with the scenario. */
typedef struct extend_chain {
    const struct extend_chain *above;
    size_t index, depth;
} extend_chain;

static json_t *fold(const extending *e, const extend_chain *chain, origin_place named_at,
                    origin **node);

static void report_ambiguous(void *context, origin_place at, const char *name)
{
    const extending *e = context;
    source_table_report(
        e->sources, at, at.pointer, SEVERITY_ERROR,
        "'%s' names several elements of this list or of the one that it extends, so "
        "it can't be merged by name",
        name);
}

void extend_merge(const extending *e, json_t *base, origin *base_node, json_t *over,
                  origin *over_node)
{
    extending context = *e;
    merge_onto(base, base_node, over, over_node, report_ambiguous, &context);
    json_decref(over);
    json_decref(over_node);
}

/* Folds one base and merges it onto what is there so far. */
static void add_base(const extending *e, const extend_chain *chain, const json_t *name,
                     origin_place at, json_t **sum, origin **sum_node)
{
    source_table *sources = e->sources;
    if (!json_is_string(name)) {
        source_table_report(sources, at, at.pointer, SEVERITY_ERROR,
                            "expected the path of a scenario, or a list of such paths");
        return;
    }
    size_t index = source_table_include(sources, json_string_value(name), "", at, at.pointer);
    if (index == SOURCE_NONE) return;
    for (const extend_chain *above = chain; above; above = above->above) {
        if (above->index != index) continue;
        source_table_report(sources, at, at.pointer, SEVERITY_ERROR, "'%s' extends itself",
                            json_string_value(name));
        return;
    }
    if (chain->depth >= EXTEND_MAX_DEPTH) {
        source_table_report(sources, at, at.pointer, SEVERITY_ERROR,
                            "scenarios extend each other more than %d deep", EXTEND_MAX_DEPTH);
        return;
    }
    origin *node;
    json_t *base = fold(e, &(extend_chain){chain, index, chain->depth + 1}, at, &node);
    if (!base) return;
    if (*sum) {
        extend_merge(e, *sum, *sum_node, base, node);
    } else {
        *sum = base;
        *sum_node = node;
    }
}

static json_t *fold_bases(const extending *e, const extend_chain *chain, const json_t *tree,
                          origin *node, origin **sum_node)
{
    json_t *sum = NULL;
    const json_t *extends = json_object_get(tree, "extends");
    origin *list = extends ? origin_key(node, "extends") : NULL;
    if (json_is_array(extends)) {
        size_t count = json_array_size(extends);
        for (size_t i = 0; i < count; i++)
            add_base(e, chain, json_array_get(extends, i),
                     origin_of(origin_element(list, i, count)), &sum, sum_node);
    } else if (extends && !json_is_null(extends)) {
        add_base(e, chain, extends, origin_of(list), &sum, sum_node);
    }
    return sum;
}

/* Calls itself for the bases, EXTEND_MAX_DEPTH deep at most. */
static json_t *fold(const extending *e, const extend_chain *chain, origin_place named_at,
                    origin **node)
{
    json_t *tree = source_table_take(e->sources, chain->index, named_at, named_at.pointer);
    if (!tree) return NULL;
    origin_place here = {.source = chain->index, .pointer = ""};
    if (!json_is_object(tree)) {
        source_table_report(e->sources, here, "", SEVERITY_ERROR,
                            "expected a scenario, which is an object");
        json_decref(tree);
        return NULL;
    }
    *node = origin_new(here);
    include_places(e->sources, tree, *node, e->places, e->place_count);

    origin *sum_node;
    json_t *sum = fold_bases(e, chain, tree, *node, &sum_node);
    json_object_del(tree, "extends");
    origin_remove_key(*node, "extends");
    if (!sum) return tree;
    extend_merge(e, sum, sum_node, tree, *node);
    *node = sum_node;
    return sum;
}

json_t *extend_source(const extending *e, size_t index, origin **node)
{
    origin_place at = {.source = index, .pointer = ""};
    return fold(e, &(extend_chain){NULL, index, 0}, at, node);
}
