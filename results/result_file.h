/* result_file.h - reads a result file (contract: results).
 *
 * Paths are those of the contract, without the leading slash: "runs/0/0/series/services/auth".
 * Threads: one thread calls this and hdf5_file.h.
 */
#ifndef BERTH_RESULTS_RESULT_FILE_H
#define BERTH_RESULTS_RESULT_FILE_H

#include "sim/engine/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct result_file result_file;

/* NULL with *err for a file that cannot be opened, is no HDF5, or of another format version. */
result_file *result_file_open(const char *path, sim_error *err);
void result_file_close(result_file *f);

const char *result_file_version(const result_file *f); /* of the berth that wrote it */
const char *result_file_scenario_name(const result_file *f);
const char *result_file_digest(const result_file *f);
uint64_t result_file_seed(const result_file *f);
uint64_t result_file_replications(const result_file *f);
const char *result_file_scenario(const result_file *f); /* JSON */

/* Index 0 is "". */
uint32_t result_file_string_count(const result_file *f);
const char *result_file_string(const result_file *f, uint32_t index);

uint32_t result_file_metric_count(const result_file *f);
const char *result_file_metric_name(const result_file *f, uint32_t metric);
const char *result_file_metric_unit(const result_file *f, uint32_t metric);
/* NAN when it has no value, or no metric has this name (*found, may be NULL, tells them apart). */
double result_file_metric(const result_file *f, const char *name, bool *found);

typedef enum { RESULT_I64, RESULT_F64, RESULT_U32 } result_column_type;

typedef struct {
    char *name;
    result_column_type type;
    bool is_string; /* U32 that are indices into the file's strings */
    union {
        int64_t *i64;
        double *f64;
        uint32_t *u32;
    } at;
} result_column;

/* A group of columns of one length, all read. */
typedef struct {
    uint64_t rows;
    uint32_t column_count;
    result_column *columns; /* by name */
} result_table;

/* NULL with *err when the group is not there (the detail left it out) or cannot be read. */
result_table *result_file_table(const result_file *f, const char *group, sim_error *err);
/* The same of only these columns (NULL-terminated); one that is not there is left out. */
result_table *result_file_columns(const result_file *f, const char *group,
                                  const char *const *columns, sim_error *err);
void result_table_destroy(result_table *t);
/* NULL when the table has no such column. */
const result_column *result_table_column(const result_table *t, const char *name);
/* The value as a double, whatever the type (an INT64_MIN is NAN: absent). */
double result_column_number(const result_column *c, uint64_t row);

bool result_file_has(const result_file *f, const char *path);
/* Names of the members of a group, ascending; free with result_names_finish. */
typedef struct {
    char **name;
    uint32_t count;
} result_names;
result_names result_file_members(const result_file *f, const char *group);
void result_names_finish(result_names *n);

#endif
