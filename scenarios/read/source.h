/* source.h - one JSON text as it came in: a file, standard input, an option's argument.
 *
 * Limits      64 MiB; lists and objects nested at most 64 deep, which is checked by a scan of the
 * text before it is parsed. A byte-order mark is skipped and stands in no column; CRLF is fine.
 * Errors      a file that can't be read is told to the caller, who knows where it was named; what
 * is wrong in the text goes to the diagnostics: after a syntax error, that one only; every key that
 * is given twice (the text is parsed all the same, the last one counts). The text is kept, so that
 * positions can be found in it later (locate.h).
 */
#ifndef BERTH_SCENARIOS_READ_SOURCE_H
#define BERTH_SCENARIOS_READ_SOURCE_H

#include "scenarios/read/diagnostic.h"
#include "sim/engine/error.h"
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define SOURCE_MAX_BYTES   ((size_t)64 << 20)
#define SOURCE_MAX_NESTING 64

typedef struct {
    char *name;      /* as shown in errors */
    char *real_path; /* without symbolic links; NULL for what is no file */
    char *root;      /* the real folder that paths in it stay in; NULL: none is allowed */
    char *text;
    size_t length;
    size_t json_at; /* where the JSON begins: behind the pointer of --set POINTER=JSON */
    bool sound;     /* the text has been parsed */
    json_t *value;  /* parsed and not yet taken */
} source;

/* "-" is standard input. NULL when it can't be read (a folder, a pipe by name, too large, ...). */
source *source_read(const char *path, sim_error *err);
source *source_from_text(const char *name, const char *text, size_t length, size_t json_at);
void source_destroy(source *s); /* NULL is fine */

/* False after a syntax error. Duplicate keys are reported, but leave the source sound. */
bool source_parse(source *s, diagnostics *diag);
/* The parsed value, the caller's own to change: each call gives another one. */
json_t *source_take(source *s);
/* Reports at a value of this source. */
void source_report(const source *s, const char *pointer_in_source, const char *shown_pointer,
                   diagnostic_severity severity, diagnostics *diag, const char *text);

/* The folder of a shown file name, with its slash; "" for the current one. To be freed. */
char *source_folder(const char *name);

#endif
