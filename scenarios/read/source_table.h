/* source_table.h - the files of one document: each is read once, and stays where it may.
 *
 * Paths       are relative to the file that names them. With symbolic links resolved they stay below
 *             the root of the file given on the command line that they come from, unless
 *             allow_outside.
 * Budget      a file may be named often, and each use gives a tree of its own, so uses are limited: to
 *             SOURCE_MAX_USES, and to SOURCE_MAX_USED_BYTES of text. (Ten files that name the next one
 *             ten times each would be 10^10 uses.) Once it is spent, nothing more is included.
 */
#ifndef BERTH_SCENARIOS_READ_SOURCE_TABLE_H
#define BERTH_SCENARIOS_READ_SOURCE_TABLE_H

#include "scenarios/read/origin.h"
#include "scenarios/read/source.h"
#include <stdint.h>

#define SOURCE_NONE           SIZE_MAX
#define SOURCE_MAX_USES       100000
#define SOURCE_MAX_USED_BYTES ((size_t)256 << 20)

typedef struct {
    source **items;
    size_t count, capacity;
    size_t uses, used_bytes;
    bool allow_outside, told_spent;
    diagnostics *diag;
} source_table;

void source_table_finish(source_table *t);
size_t source_table_add(source_table *t, source *s); /* owned from here on */

/* A file of the command line, "-" for standard input; what is wrong with it is reported in it.
 * SOURCE_NONE when it can't be read or parsed. */
size_t source_table_open(source_table *t, const char *path);
/* A file named by the string at `named_at`; reported there when it can't be read, in it when it
 * can't be parsed. SOURCE_NONE then. instead: added where the name looks like no file. */
size_t source_table_include(source_table *t, const char *name, const char *instead,
                            origin_place named_at, const char *shown_pointer);
/* The path to a file named at a place, as shown in errors; to be freed. NULL: reported. */
char *source_table_path(source_table *t, const char *name, origin_place named_at,
                        const char *shown_pointer);
/* The tree of a source, the caller's own; NULL when the budget is spent, which is reported once. */
json_t *source_table_take(source_table *t, size_t index, origin_place named_at,
                          const char *shown_pointer);

/* Reports at a value that is at `at`. */
void source_table_report(source_table *t, origin_place at, const char *shown_pointer,
                         diagnostic_severity severity, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

#endif
