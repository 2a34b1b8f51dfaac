#include "scenarios/read/document.h"
#include "scenarios/read/extend.h"
#include "scenarios/read/json_text.h"
#include "scenarios/read/pointer.h"
#include "scenarios/read/set_hint.h"
#include "scenarios/read/text_buffer.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <stdlib.h>
#include <string.h>

struct document {
    source_table sources; /* the first one is the file itself */
    json_t *tree;
    origin *root;
    bool folded;
    int errors_before; /* reported to the same place before this document */
};

static document *create(diagnostics *diag)
{
    document *doc = memory_alloc(1, sizeof *doc);
    doc->sources.diag = diag;
    doc->errors_before = diagnostics_error_count(diag);
    return doc;
}

bool document_has_errors(const document *doc)
{
    return diagnostics_error_count(doc->sources.diag) > doc->errors_before;
}

static void set_tree(document *doc, json_t *tree, origin *root)
{
    json_decref(doc->tree);
    json_decref(doc->root);
    doc->tree = tree;
    doc->root = root;
}

static document *with_tree_of(document *doc, size_t index)
{
    if (index == SOURCE_NONE) {
        document_destroy(doc);
        return NULL;
    }
    origin_place here = {.source = index, .pointer = ""};
    set_tree(doc, source_take(doc->sources.items[index]), origin_new(here));
    return doc;
}

document *document_load(const char *path, diagnostics *diag)
{
    document *doc = create(diag);
    return with_tree_of(doc, source_table_open(&doc->sources, path));
}

document *document_from_text(const char *name, const char *text, size_t length, diagnostics *diag)
{
    document *doc = create(diag);
    source *s = source_from_text(name, text, length, 0);
    size_t index = source_table_add(&doc->sources, s);
    return with_tree_of(doc, source_parse(s, diag) ? index : SOURCE_NONE);
}

void document_destroy(document *doc)
{
    if (!doc) return;
    set_tree(doc, NULL, NULL);
    source_table_finish(&doc->sources);
    free(doc);
}

/* ---- folding ---- */

/* The value behind the "=" of --set: JSON, or else a string. NULL: reported. */
static json_t *set_value(document *doc, source *s, size_t index)
{
    const char *text = s->text + s->json_at;
    size_t length = s->length - s->json_at;
    const char *first = text + strspn(text, " \t\r\n");
    if (*first == '{' || *first == '[' || *first == '"')
        return source_parse(s, doc->sources.diag) ? source_take(s) : NULL;
    json_t *value = json_loadb(text, length, JSON_DECODE_ANY, NULL);
    if (!value) value = json_stringn(text, length);
    if (!value)
        source_table_report(&doc->sources, (origin_place){.source = index, .pointer = ""}, "",
                            SEVERITY_ERROR, "the value is not UTF-8");
    return value;
}

/* The parent of a concrete pointer, its node, and the last token (to be freed). */
static json_t *parent_of(document *doc, const char *pointer, origin **node, char **token)
{
    const char *last = strrchr(pointer, '/');
    CHECK(last != NULL);
    text_buffer parent = {0};
    text_add_bytes(&parent, pointer, (size_t)(last - pointer));
    *token = pointer_next_token(&last);
    json_t *container = pointer_get(doc->tree, parent.text);
    *node = origin_descend(doc->root, doc->tree, parent.text);
    free(parent.text);
    return container;
}

static void set_at(document *doc, const char *pointer, json_t *value, origin_place at_source)
{
    origin *node;
    char *token;
    json_t *container = parent_of(doc, pointer, &node, &token);
    origin *here = origin_new(at_source);
    if (json_is_object(container)) {
        json_object_set_new(container, token, json_deep_copy(value));
        origin_set_key(node, token, here);
    } else {
        size_t at = 0, count = json_array_size(container);
        CHECK(pointer_index(token, &at) && at <= count);
        if (at < count) {
            origin_set_element(node, at, count, here);
            json_array_set_new(container, at, json_deep_copy(value));
        } else {
            origin_append(node, count, here);
            json_array_append_new(container, json_deep_copy(value));
        }
    }
    free(token);
}

static void remove_at(document *doc, const char *pointer)
{
    if (!pointer_get(doc->tree, pointer)) return;
    origin *node;
    char *token;
    json_t *container = parent_of(doc, pointer, &node, &token);
    if (json_is_object(container)) {
        json_object_del(container, token);
        origin_remove_key(node, token);
    } else {
        size_t at = 0;
        CHECK(pointer_index(token, &at));
        origin_remove_element(node, at, json_array_size(container));
        json_array_remove(container, at);
    }
    free(token);
}

/* null removes, as it does in `extends`. */
static bool set_everywhere(document *doc, const char *pattern, json_t *value, size_t from,
                           sim_error *err)
{
    if (!*pattern)
        return error_set(err, "the whole scenario can't be set, give a pointer such as /seed");
    pointer_set set;
    if (!pointer_match_for_set(doc->tree, pattern, &set, err)) return false;
    /* from the last: what is removed from a list moves only what is behind it */
    for (size_t i = set.count; i-- > 0;) {
        if (json_is_null(value)) {
            remove_at(doc, set.pointers[i]);
        } else {
            set_at(doc, set.pointers[i], value, (origin_place){.source = from, .pointer = ""});
        }
    }
    pointer_set_finish(&set);
    return true;
}

/* One --set POINTER=JSON. */
static void apply_set(document *doc, const char *argument, const field_shape *shape)
{
    const char *equals = strchr(argument, '=');
    if (!equals) {
        diagnostics_add(doc->sources.diag, SEVERITY_ERROR, "--set", 1, 1, "",
                        "expected POINTER=JSON, got '%s'", argument);
        return;
    }
    size_t pattern_length = (size_t)(equals - argument);
    source *s = source_from_text("--set", argument, strlen(argument), pattern_length + 1);
    size_t index = source_table_add(&doc->sources, s);
    json_t *value = set_value(doc, s, index);
    if (!value) return;
    text_buffer pattern = {0};
    text_add_bytes(&pattern, argument, pattern_length);
    sim_error err = {0};
    if (!set_everywhere(doc, pattern.text, value, index, &err)) {
        char *hint = shape ? set_hint(doc->tree, shape, pattern.text, value) : NULL;
        diagnostics_add(doc->sources.diag, SEVERITY_ERROR, "--set", 1, 1, pattern.text, "%s%s",
                        err.text, hint ? hint : "");
        free(hint);
    }
    json_decref(value);
    free(pattern.text);
}

static void fold_with(document *doc, const extending *e, const char *path)
{
    size_t index = source_table_open(&doc->sources, path);
    if (index == SOURCE_NONE) return;
    origin *node;
    json_t *tree = extend_source(e, index, &node);
    if (tree) extend_merge(e, doc->tree, doc->root, tree, node);
}

bool document_fold(document *doc, const fold_options *options)
{
    CHECK(!doc->folded);
    doc->folded = true;
    doc->sources.allow_outside = options->allow_outside;
    int errors_before = diagnostics_error_count(doc->sources.diag);
    extending e = {&doc->sources, options->places, options->place_count};

    if (!json_is_object(doc->tree))
        return document_error(doc, "", "expected a scenario, which is an object");

    /* the tree goes back to its source, to be taken again */
    doc->sources.items[0]->value = json_incref(doc->tree);
    set_tree(doc, NULL, NULL);
    origin *root;
    json_t *tree = extend_source(&e, 0, &root);
    CHECK(tree != NULL); /* the first use is within any budget */
    set_tree(doc, tree, root);
    for (size_t i = 0; i < options->with_count; i++)
        fold_with(doc, &e, options->with[i]);
    for (size_t i = 0; i < options->set_count; i++)
        apply_set(doc, options->sets[i], options->shape);
    return diagnostics_error_count(doc->sources.diag) == errors_before;
}

bool document_append(document *doc, const char *pointer, const char *origin_name, const char *json)
{
    source *s = source_from_text(origin_name, json, strlen(json), 0);
    size_t index = source_table_add(&doc->sources, s);
    if (!source_parse(s, doc->sources.diag)) return false;
    json_t *value = source_take(s);
    json_t *list = pointer_get(doc->tree, pointer);
    if (!list || json_is_null(list)) {
        json_t *empty = json_array();
        set_at(doc, pointer, empty, (origin_place){.source = index, .pointer = ""});
        json_decref(empty);
        list = pointer_get(doc->tree, pointer);
    }
    bool good = json_is_array(list);
    if (good) {
        origin *node = origin_descend(doc->root, doc->tree, pointer);
        origin_append(node, json_array_size(list),
                      origin_new((origin_place){.source = index, .pointer = ""}));
        json_array_append(list, value);
    } else {
        document_error(doc, pointer, "expected a list");
    }
    json_decref(value);
    return good;
}

json_t *document_read(document *doc, const char *path, size_t *file)
{
    *file = source_table_open(&doc->sources, path);
    return *file == SOURCE_NONE ? NULL : source_take(doc->sources.items[*file]);
}

void document_put(document *doc, const char *pointer, json_t *value, size_t file,
                  const char *pointer_in_file)
{
    set_at(doc, pointer, value, (origin_place){.source = file, .pointer = pointer_in_file});
}

/* ---- reading ---- */

const json_t *document_root(const document *doc)
{
    return doc->tree;
}

const json_t *document_get(const document *doc, const char *pointer)
{
    return pointer_get(doc->tree, pointer);
}

const char *document_file_name(const document *doc)
{
    return doc->sources.items[0]->name;
}

char *document_text(const document *doc, int indent)
{
    return json_text(doc->tree, indent);
}

bool document_from_option(const document *doc, const char *pointer, const char *option)
{
    char *in_source;
    origin_place at = origin_find(doc->root, pointer, &in_source);
    free(in_source);
    const source *s = doc->sources.items[at.source];
    return !s->real_path && strcmp(s->name, option) == 0;
}

bool document_from_answer(const document *doc, const char *pointer)
{
    char *in_source;
    origin_place at = origin_find(doc->root, pointer, &in_source);
    free(in_source);
    return at.answer;
}

char *document_data_file(document *doc, const char *pointer)
{
    const char *name = json_string_value(document_get(doc, pointer));
    CHECK(name != NULL);
    char *in_source;
    origin_place at = origin_find(doc->root, pointer, &in_source);
    char *path = source_table_path(&doc->sources, name, at, pointer);
    free(in_source);
    return path;
}

/* ---- reporting ---- */

static void report(document *doc, const char *pointer, diagnostic_severity severity,
                   const char *format, va_list args)
{
    char *in_source;
    origin_place at = origin_find(doc->root, pointer, &in_source);
    if (!at.unread) { /* what could not be read has been reported as that */
        text_buffer text = {0};
        text_vprintf(&text, format, args);
        source_table_report(&doc->sources, at, pointer, severity, "%s", text.text);
        free(text.text);
    }
    free(in_source);
}

bool document_file_error(document *doc, size_t file, const char *format, ...)
{
    text_buffer text = {0};
    va_list args;
    va_start(args, format);
    text_vprintf(&text, format, args);
    va_end(args);
    source_table_report(&doc->sources, (origin_place){.source = file, .pointer = ""}, "",
                        SEVERITY_ERROR, "%s", text.text);
    free(text.text);
    return false;
}

bool document_error(document *doc, const char *pointer, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report(doc, pointer, SEVERITY_ERROR, format, args);
    va_end(args);
    return false;
}

void document_warning(document *doc, const char *pointer, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report(doc, pointer, SEVERITY_WARNING, format, args);
    va_end(args);
}

void document_note(document *doc, const char *pointer, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report(doc, pointer, SEVERITY_NOTE, format, args);
    va_end(args);
}
