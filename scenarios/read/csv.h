/* csv.h - a CSV text record by record, in one pass and without a tree.
 *
 * Format      RFC 4180: fields between delimiters, in double quotes where they hold one, a quote
 *             twice inside; LF or CRLF. A byte-order mark, blank lines and comments (lines that begin
 *             with '#', or with ';' where that is no delimiter) are passed over. With the delimiter ' '
 *             any run of blanks and tabs stands between fields (Standard Workload Format).
 * Memory      fields point into the text, or for a doubled quote into a buffer that the next record
 *             overwrites.
 * Cost        O(bytes).
 */
#ifndef BERTH_SCENARIOS_READ_CSV_H
#define BERTH_SCENARIOS_READ_CSV_H

#include "sim/engine/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    const char *text;
    size_t length;
    int column; /* where it begins, from 1 */
} csv_field;

typedef struct {
    const char *at, *end, *line_start;
    char delimiter;
    int line, record_line; /* from 1; the present record's first */
    csv_field *fields;
    uint32_t count, capacity;
    char *unquoted;
    size_t unquoted_length, unquoted_capacity;
} csv_reader;

void csv_begin(csv_reader *r, const char *text, size_t length, char delimiter);
void csv_end(csv_reader *r);
/* False at the end, and after a quote that is not closed: err then has text, line and column. */
bool csv_next(csv_reader *r, sim_error *err);
/* The field as a number: digits, sign, point, exponent and nothing else. The nearest double,
 * whatever the locale. */
bool csv_number(const csv_field *field, double *out);

#endif
