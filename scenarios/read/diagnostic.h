/* diagnostic.h - the errors, warnings and notes of one reading, in order of discovery.
 *
 * Printed one line each, as FILE:LINE:COLUMN: POINTER: text (warnings have "warning: " before the
 * text, notes "note: "); a column counts code points, from 1. An error of a whole file stands at 1:1 with the empty
 * pointer. The first DIAGNOSTIC_MAX of each severity are kept, the others are counted,
 * so a file full of mistakes costs no more than twenty. Control characters are printed as \u00XX:
 * what stands in a file can neither break a line nor drive a terminal.
 */
#ifndef BERTH_SCENARIOS_READ_DIAGNOSTIC_H
#define BERTH_SCENARIOS_READ_DIAGNOSTIC_H

#include <stdbool.h>
#include <stdio.h>

#define DIAGNOSTIC_MAX 20

typedef enum { SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_NOTE } diagnostic_severity;
#define SEVERITY_COUNT 3

typedef struct {
    diagnostic_severity severity;
    char *file, *pointer, *text;
    int line, column;
} diagnostic;

typedef struct {
    diagnostic *items; /* in order of discovery */
    int item_count;
    int count[SEVERITY_COUNT]; /* all, kept or not */
} diagnostics;

void diagnostics_init(diagnostics *d);
void diagnostics_finish(diagnostics *d); /* NULL is fine */
/* True while another one of this severity would be kept: whether locating it is worth the time. */
bool diagnostics_keeps(const diagnostics *d, diagnostic_severity severity);
/* Copies everything. Counts it only, once DIAGNOSTIC_MAX of that severity are there. */
void diagnostics_add(diagnostics *d, diagnostic_severity severity, const char *file, int line,
                     int column, const char *pointer, const char *format, ...)
    __attribute__((format(printf, 7, 8)));
int diagnostics_error_count(const diagnostics *d);
int diagnostics_warning_count(const diagnostics *d);
int diagnostics_note_count(const diagnostics *d);
/* All that is kept, then "N more errors" and so on where there are more. */
void diagnostics_print(const diagnostics *d, FILE *out);

#endif
