/* document.h - a JSON file as read, or a scenario folded from several, and where each value is
 * from.
 *
 * Load        document_load reads one file ("-" is standard input, shown as <stdin>): at most 64
 *             MiB, nested at most 64 deep, UTF-8 with or without a byte-order mark, no key twice.
 *             That is all a bare AWS file needs.
 * Fold        document_fold makes one tree of a scenario, in this order, for each file:
 *             1. where the places table (place.h) has an AWS object or list, a string is replaced
 * by the JSON of the file it names, and a describe-* answer by the list or object that it holds. A
 * file that stands for an element of a list may hold several: they take its place in their order.
 *             2. `extends`: the bases, themselves folded so far, are merged from left to right,
 * then this file onto them (merge.h). So a list that a base takes from a file merges by name like
 * one written in place.
 *             3. each --with file, folded like that, is merged onto the result.
 *             4. each --set is applied.
 *             `extends` itself is not in the folded tree, which needs no other file any more.
 * Paths       are relative to the file that names them and stay inside the folder (with symbolic
 * links resolved) of the scenario, or for a --with file's own of that file, unless allow_outside.
 * The scenario of standard input lives in the current folder. A file is read once however often it
 * is named; a file that contains itself is an error. Errors      go to the diagnostics given at
 * loading, which must outlive the document. What could not be read is null in the tree, and errors
 * at that very pointer are not reported again, so a caller goes on after document_fold returned
 * false and finds the other errors too. Pointers    in this interface are concrete pointers into
 * the folded tree. The position reported is that in the file which holds the value, the pointer
 * reported that of the folded tree. A value from --set stands in "file" --set, line 1, at its
 * column in POINTER=JSON.
 */
#ifndef BERTH_SCENARIOS_READ_DOCUMENT_H
#define BERTH_SCENARIOS_READ_DOCUMENT_H

#include "scenarios/read/diagnostic.h"
#include "scenarios/read/field.h"
#include "scenarios/read/place.h"
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct document document;

/* NULL when it can't be read or is not JSON; that has been reported. */
document *document_load(const char *path, diagnostics *diag);
/* The same from memory, shown as `name`; paths in it are relative to the current folder. */
document *document_from_text(const char *name, const char *text, size_t length, diagnostics *diag);
/* Something of it has been reported as an error since it was opened: a key given twice, too. */
bool document_has_errors(const document *doc);
void document_destroy(document *doc); /* NULL is fine */

typedef struct {
    bool allow_outside;
    const place *places; /* scenario_places, or a table of the caller's */
    size_t place_count;
    const char *const *with; /* paths of --with, in order */
    size_t with_count;
    const char *const *sets; /* arguments of --set: POINTER=JSON */
    size_t set_count;
    const field_shape *shape; /* of the tree, for hints at --set; NULL: none are given */
} fold_options;

/* One more file of the command line, as a source of values for document_put; NULL: reported. The
 * value is the caller's own. */
json_t *document_read(document *doc, const char *path, size_t *file);
/* Reports at the first value of such a file. Always false. */
bool document_file_error(document *doc, size_t file, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Puts a value (borrowed) that stands at `pointer_in_file` of that file at a pointer whose parent is
 * there. After folding. */
void document_put(document *doc, const char *pointer, json_t *value, size_t file,
                  const char *pointer_in_file);

/* Once a document. False when something was reported; the document stays usable. */
bool document_fold(document *doc, const fold_options *options);
/* Appends a value, given as JSON text, to the list at a pointer (made when missing: its parent must
 * be there), as --deploy does; errors are shown as of file `origin_name`. After folding. */
bool document_append(document *doc, const char *pointer, const char *origin_name, const char *json);

const json_t *document_root(const document *doc);
const json_t *document_get(const document *doc, const char *pointer); /* NULL: nothing there */
const char *document_file_name(const document *doc);                  /* as shown in errors */
/* True if the value was given by this option of the command line ("--set", "--deploy"). */
bool document_from_option(const document *doc, const char *pointer, const char *option);
/* True if the value came out of a describe-*, create-* or update-* answer that was unwrapped. */
bool document_from_answer(const document *doc, const char *pointer);

/* At the value; for a missing key give the object that lacks it. Always false. */
bool document_error(document *doc, const char *pointer, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void document_warning(document *doc, const char *pointer, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void document_note(document *doc, const char *pointer, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The path of a data file (CSV, ...) that the string at `pointer` names, under the rules of Paths;
 * to be freed. NULL when it is not there or not allowed: that has been reported. */
char *document_data_file(document *doc, const char *pointer);

/* The tree as JSON text (json_text.h), for /scenario of a result file; to be freed. */
char *document_text(const document *doc, int indent);

#endif
