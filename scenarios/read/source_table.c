#define _XOPEN_SOURCE 700 /* realpath */

#include "scenarios/read/source_table.h"
#include "scenarios/read/text_buffer.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

void source_table_finish(source_table *t)
{
    for (size_t i = 0; i < t->count; i++)
        source_destroy(t->items[i]);
    free(t->items);
    *t = (source_table){0};
}

size_t source_table_add(source_table *t, source *s)
{
    if (t->count == t->capacity) {
        t->capacity = t->capacity ? t->capacity * 2 : 8;
        t->items = memory_resize(t->items, t->capacity, sizeof *t->items);
    }
    t->items[t->count] = s;
    return t->count++;
}

void source_table_report(source_table *t, origin_place at, const char *shown_pointer,
                         diagnostic_severity severity, const char *format, ...)
{
    CHECK(at.source < t->count);
    text_buffer text = {0};
    va_list args;
    va_start(args, format);
    text_vprintf(&text, format, args);
    va_end(args);
    source_report(t->items[at.source], at.pointer, shown_pointer, severity, t->diag, text.text);
    free(text.text);
}

size_t source_table_open(source_table *t, const char *path)
{
    sim_error err = {0};
    source *s = source_read(path, &err);
    if (!s) {
        diagnostics_add(t->diag, SEVERITY_ERROR, path, 1, 1, "", "%s", err.text);
        return SOURCE_NONE;
    }
    size_t index = source_table_add(t, s);
    return source_parse(s, t->diag) ? index : SOURCE_NONE;
}

static bool is_inside(const char *real_path, const char *root)
{
    if (!root) return false;
    size_t length = strlen(root);
    if (strcmp(root, "/") == 0) return true;
    return strncmp(real_path, root, length) == 0 && real_path[length] == '/';
}

static bool looks_like_file(const char *name)
{
    size_t length = strlen(name);
    return strchr(name, '/') || (length > 5 && strcmp(name + length - 5, ".json") == 0);
}

/* The path as shown and used, and (to be freed as well) without symbolic links. */
static char *resolve(source_table *t, const char *name, const char *instead, origin_place named_at,
                     const char *shown_pointer, char **real)
{
    const source *from = t->items[named_at.source];
    char *folder = source_folder(from->real_path ? from->name : "");
    text_buffer path = {0};
    text_add(&path, *name == '/' ? "" : folder);
    free(folder);
    /* "-" alone would be standard input */
    text_printf(&path, "%s%s", path.length == 0 && *name == '-' ? "./" : "", name);
    *real = *name ? realpath(path.text, NULL) : NULL;
    if (!*name) {
        source_table_report(t, named_at, shown_pointer, SEVERITY_ERROR,
                            "the empty string names no file");
    } else if (!*real) {
        source_table_report(t, named_at, shown_pointer, SEVERITY_ERROR,
                            "the file '%s' can't be opened: %s%s", name, strerror(errno),
                            looks_like_file(name) ? "" : instead);
    } else if (!t->allow_outside && !is_inside(*real, from->root)) {
        source_table_report(t, named_at, shown_pointer, SEVERITY_ERROR,
                            "the file '%s' is outside the scenario's folder, which needs "
                            "--allow-outside",
                            name);
    } else {
        return path.text;
    }
    free(*real);
    free(path.text);
    return NULL;
}

char *source_table_path(source_table *t, const char *name, origin_place named_at,
                        const char *shown_pointer)
{
    char *real;
    char *path = resolve(t, name, "", named_at, shown_pointer, &real);
    if (path) free(real);
    return path;
}

static size_t find(const source_table *t, const char *real)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->items[i]->real_path && strcmp(t->items[i]->real_path, real) == 0) return i;
    return SOURCE_NONE;
}

static bool is_spent(const source_table *t)
{
    return t->uses > SOURCE_MAX_USES || t->used_bytes > SOURCE_MAX_USED_BYTES;
}

size_t source_table_include(source_table *t, const char *name, const char *instead,
                            origin_place named_at, const char *shown_pointer)
{
    if (is_spent(t)) return SOURCE_NONE;
    char *real;
    char *path = resolve(t, name, instead, named_at, shown_pointer, &real);
    if (!path) return SOURCE_NONE;
    size_t index = find(t, real);
    free(real);
    if (index == SOURCE_NONE) {
        sim_error err = {0};
        source *s = source_read(path, &err);
        if (s) {
            const char *root = t->items[named_at.source]->root;
            free(s->root);
            s->root = root ? text_copy(root) : NULL;
            index = source_table_add(t, s);
            source_parse(s, t->diag);
        } else {
            source_table_report(t, named_at, shown_pointer, SEVERITY_ERROR, "the file '%s' %s",
                                name, err.text);
        }
    }
    free(path);
    return index != SOURCE_NONE && t->items[index]->sound ? index : SOURCE_NONE;
}

json_t *source_table_take(source_table *t, size_t index, origin_place named_at,
                          const char *shown_pointer)
{
    source *s = t->items[index];
    t->uses++;
    t->used_bytes += s->length;
    if (!is_spent(t)) return source_take(s);
    if (!t->told_spent)
        source_table_report(t, named_at, shown_pointer, SEVERITY_ERROR,
                            "files are named more than %d times, or come to more than %zu MiB with "
                            "every use counted",
                            SOURCE_MAX_USES, SOURCE_MAX_USED_BYTES >> 20);
    t->told_spent = true;
    return NULL;
}
