/* record_table.h - a growing table in memory: one row a record, typed columns.
 *
 * Rows stand in chunks that are never moved, each column side by side within its chunk, as the
 * result file wants them (hdf5_file.c); so growth costs no copy.
 * A new row holds each column's fill value, the one that says "absent".
 */
#ifndef BERTH_RESULTS_RECORD_TABLE_H
#define BERTH_RESULTS_RECORD_TABLE_H

#include <stddef.h>
#include <stdint.h>

typedef enum {
    COLUMN_I64,    /* fill INT64_MIN */
    COLUMN_F64,    /* fill NaN */
    COLUMN_U32,    /* fill 0 */
    COLUMN_STRING, /* uint32_t, an index into the result's strings; fill 0, the empty string */
} column_type;

typedef struct {
    const char *name;
    column_type type;
    const char *unit; /* "" where there is none */
    const char *meaning;
} column_spec;

typedef struct record_table record_table;

/* spec is not copied and must outlive the table. */
record_table *record_table_create(const column_spec *spec, uint32_t column_count);
void record_table_destroy(record_table *t);

uint64_t record_table_append(record_table *t); /* the new row's number; O(1) */
/* Takes the last row away if it equals the one before it in every column but the first (the time);
 * for tables that set every column of every row. */
void record_table_drop_repeated(record_table *t);
uint64_t record_table_rows(const record_table *t);
uint32_t record_table_column_count(const record_table *t);
const column_spec *record_table_column(const record_table *t, uint32_t column);

/* The column's type must be the function's; checked. */
void record_table_set_i64(record_table *t, uint64_t row, uint32_t column, int64_t value);
void record_table_set_f64(record_table *t, uint64_t row, uint32_t column, double value);
void record_table_set_u32(record_table *t, uint64_t row, uint32_t column, uint32_t value);
int64_t record_table_i64(const record_table *t, uint64_t row, uint32_t column);
double record_table_f64(const record_table *t, uint64_t row, uint32_t column);
uint32_t record_table_u32(const record_table *t, uint64_t row, uint32_t column); /* U32, STRING */

/* count rows of a column from `from`, as they stand in memory: 8 or 4 bytes each. */
void record_table_copy(const record_table *t, uint32_t column, uint64_t from, uint64_t count,
                       void *out);
size_t column_type_size(column_type type);

#endif
