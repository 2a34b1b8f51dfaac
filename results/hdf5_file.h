/* hdf5_file.h - writes the result file (contract: results).
 *
 * Safe        written as FILE.tmp beside it, fsynced, renamed: there is never half a file.
 * Same bytes  object times are off; the same run gives the same file.
 * Layout      one dataset a column, chunked, byte-shuffled and deflated (level 1) here with
 *             libdeflate and written as finished chunks; the standard shuffle and deflate filters
 *             are declared, so any HDF5 reads it. A chunk that holds nothing but the column's fill
 *             value is not stored. Each column has the attributes `unit` and `meaning`; those that
 *             are indices into /strings have `refers_to`.
 * Events      /runs/0/0/events: `t_us`, `kind`, `subject` (the name of what the event's first key
 *             says) and `subject_number` (of a task or instance; 0 without), then one column for
 *             each key of the event log, by the key's name: names, texts, JSON, deployments
 *             ("auth#2") and task definitions ("auth:2") as indices into /strings; an instance as
 *             its number; a task as `task` (the part before the slash) and `task_number`; seconds
 *             as microseconds (`seconds_us`). A key that the kind does not have holds the column's
 *             fill value. Nothing is lost (but that an empty text was there): the log can be
 *             printed again from the columns.
 * Metrics     a deployment's outcome is its number in deployment_outcome; the attribute `outcomes`
 *             of /metrics/value names them, /runs/0/0/deployments has the text.
 * Threads     HDF5 is not thread-safe here: one thread calls this.
 */
#ifndef BERTH_RESULTS_HDF5_FILE_H
#define BERTH_RESULTS_HDF5_FILE_H

#include "results/metric_table.h"

typedef struct {
    const char *berth_version;
    const char *scenario_json; /* the scenario as run, self-contained */
    const char *digest;
    uint64_t seed;
    const recorder *run;
    const metric_values *metrics;
} result_contents;

/* Before the run: may this file be made? False with *err if it exists (unless force) or its folder
 * takes no files. Changes nothing. */
bool hdf5_file_allowed(const char *path, bool force, sim_error *err);
/* False with *err when it cannot be written (full disk, …); no new file is left then. */
bool hdf5_file_write(const char *path, bool force, const result_contents *contents, sim_error *err);

#endif
