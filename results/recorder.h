/* recorder.h - the observer that measures a run: exact integrals for the metrics, and as much of
 * its history as asked for.
 *
 * Measured    over [warmup, end]; integrals of step functions, added up at change points, never
 *             sampled. A value that holds for no time (replaced within its instant) counts nowhere.
 * Deployments: their times are their own, what is counted in them lies within [warmup, end], too.
 * Details     none, summary: only what the metrics need. series: also the change points of each
 *             object, and a row for each task, instance and deployment. events: also the event log.
 * Cost        a change costs O(1); one of an instance also a fit test for each task definition of
 *             the workload.
 * Here        filling. What the numbers mean as metrics: metric_table.h; the file: hdf5_file.h.
 */
#ifndef BERTH_RESULTS_RECORDER_H
#define BERTH_RESULTS_RECORDER_H

#include "models/model.h"
#include "results/record_table.h"

typedef enum { DETAIL_NONE, DETAIL_SUMMARY, DETAIL_SERIES, DETAIL_EVENTS } record_detail;

/* "none", "summary", "series", "events"; false for anything else. */
bool record_detail_parse(const char *text, record_detail *out);

typedef struct recorder recorder;

/* cfg must outlive the recorder. */
recorder *recorder_create(const model_config *cfg, record_detail detail);
void recorder_destroy(recorder *r);
/* Before the model runs. The recorder must live as long as the model runs. */
void recorder_attach(recorder *r, model *m);
/* After the run, also after an early stop: the run ends at model_now(m). Nothing of the model is
 * kept, so it may be destroyed. Once. */
void recorder_finish(recorder *r, const model *m);

const model_config *recorder_config(const recorder *r);
record_detail recorder_detail(const recorder *r);
sim_time recorder_end(const recorder *r);         /* when the run ended */
uint64_t recorder_event_count(const recorder *r); /* lines of the event log */
/* Did the run use input i of the config (contract: scenario, Basis)? */
bool recorder_input_used(const recorder *r, uint32_t input);

/* ---- Deployments: always kept ---- */

typedef enum {
    DEPLOYMENT_COMPLETED,
    DEPLOYMENT_FAILED,
    DEPLOYMENT_ROLLED_BACK,
    DEPLOYMENT_IN_PROGRESS,
    DEPLOYMENT_SUPERSEDED, /* a newer one started before it completed (E150) */
    DEPLOYMENT_OUTCOMES
} deployment_outcome;

/* "completed", "failed", "rolledBack", "inProgress", "superseded". */
extern const char *const deployment_outcome_names[DEPLOYMENT_OUTCOMES];

/* NAN: nothing to measure. */
typedef struct {
    uint32_t service, number;    /* index in the config; from 1 */
    const char *task_definition; /* "auth:2" */
    const char *cause;
    sim_time started_us, ended_us; /* ended_us: SIM_NEVER while in progress */
    deployment_outcome outcome;
    double seconds; /* until it completed or was superseded; NAN while in progress */
    double requests_offered, requests_failed, availability;
    double healthy_min, surge_peak;
    double stalled_seconds;
    double stable_seconds, stable_timed_out; /* 1, 0 */
} deployment_record;

uint32_t recorder_deployment_count(const recorder *r); /* in order of their start */
const deployment_record *recorder_deployment(const recorder *r, uint32_t index);

/* ---- History: NULL or 0 where the detail leaves it out ---- */

/* The columns are described by record_table_column; those of COLUMN_STRING refer to
 * recorder_string. */
const char *recorder_string(const recorder *r, uint32_t index);
uint32_t recorder_string_count(const recorder *r); /* at least 1: index 0 is "" */

const record_table *recorder_tasks(const recorder *r);
const record_table *recorder_instances(const recorder *r);
const record_table *recorder_deployments(const recorder *r);
/* Change points of every instance in one table: t_us, instance, reserved and registered. */
const record_table *recorder_series_instances(const recorder *r);
const record_table *recorder_series_cluster(const recorder *r);
const record_table *recorder_series_service(const recorder *r, uint32_t service);
const record_table *recorder_series_target_group(const recorder *r, uint32_t target_group);

#endif
