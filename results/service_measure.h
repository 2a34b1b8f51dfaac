/* service_measure.h - what one service and its deployments come to, from its samples.
 *
 * A sample holds from its instant to the next one's; a sample that is replaced within its instant
 * holds for no time and counts nowhere. All sums are exact integrals over [warmup, end], those of a
 * deployment over the part of its time that lies in there.
 * Requests    fluid: rates times time, plus what was lost at single instants. Totals are rounded to
 *             2^-45 of what was offered, so that offered = ok + failed, and failed = the sum of its
 *             causes, hold exactly in doubles.
 * Deployments end when they complete or a newer one starts (E150). What is lost at the instant of
 *             a completion still counts to it.
 * Latency     of the requests answered well, over all of the time (latency_times.h).
 * CPU         used / reserved by the RUNNING tasks (A01-A06), over the time in which one reserves any
 *             and from the first use on (no behavior gives CPU: none).
 * Memory      used / reserved by the RUNNING tasks (A01-A06), over the time in which such a task uses
 *             any. Use is a straight line between two samples, so that its integral is exact.
 * Stable      as `aws ecs wait services-stable` sees it: polls from the deployment's start, every
 *             poll_us; stable when one deployment is left and running = desired. The command gives
 *             up after 40 polls (timed out); `seconds` goes on to the poll that succeeds, since
 *             whoever was timed out waits again.
 */
#ifndef BERTH_RESULTS_SERVICE_MEASURE_H
#define BERTH_RESULTS_SERVICE_MEASURE_H

#include "models/model.h"

#define STABLE_POLLS_MAX 40

typedef struct service_measure service_measure;

service_measure *service_measure_create(sim_time warmup_us, sim_time poll_us);
void service_measure_destroy(service_measure *s);
/* now_us never goes back. */
void service_measure_sample(service_measure *s, sim_time now_us, const service_sample *sample);
/* Of the same instant as the last sample. */
void service_measure_scaling(service_measure *s, const scaling_sample *scaling);
/* The requests that the sample's rates answer well, by how long they take; copied. */
void service_measure_latency(service_measure *s, const latency_part *parts, uint32_t count);
void service_measure_deployment_started(service_measure *s, sim_time now_us, uint32_t number);
void service_measure_deployment_completed(service_measure *s, sim_time now_us, uint32_t number);
void service_measure_deployment_failed(service_measure *s, sim_time now_us, uint32_t number);
void service_measure_deployment_rolling_back(service_measure *s, sim_time now_us, uint32_t number);
/* The last sample holds to the end. Once. */
void service_measure_finish(service_measure *s, sim_time end_us);

typedef struct {
    double offered, ok, failed, failed_by[FAILED_CAUSES];
    double availability; /* NAN: nothing offered */
} request_totals;

/* NAN: nothing to measure. */
typedef struct {
    request_totals requests;
    double worst_1m, worst_5m, outage_seconds;
    double desired_mean, running_mean, healthy_mean;
    double healthy_min, healthy_min_ratio; /* from the first steady state on (E113) */
    double below_minimum_seconds, surge_peak, fail_open_seconds;
    double task_failures, task_replacements, placement_failures, oom_kills;
    double latency_mean, latency_p50, latency_p95, latency_p99; /* s */
    double cpu_utilization_mean, cpu_utilization_peak;          /* percent (A01-A06) */
    double memory_utilization_mean, memory_utilization_peak;    /* percent (A01-A06) */
    double scaling_out, scaling_in, scaling_blocked, reaction_seconds;
    double overprovisioned, underprovisioned; /* task-seconds; NAN: no tracking policy */
} service_totals;

const service_totals *service_measure_totals(const service_measure *s); /* after finish */

/* One deployment, in the order of their start; after finish. */
typedef struct {
    uint32_t number;
    sim_time started_us, ended_us; /* SIM_NEVER: still in progress */
    bool completed;                /* else superseded, if ended and not one of: */
    bool failed, rolled_back;      /* given up; with a rollback it ends when that has completed */
    request_totals requests;
    double healthy_min, surge_peak, stalled_seconds;
    double stable_seconds;   /* NAN: not stable before the run's end */
    double stable_timed_out; /* NAN: the run ended before that was decided */
} deployment_totals;

uint32_t service_measure_deployment_count(const service_measure *s);
const deployment_totals *service_measure_deployment(const service_measure *s, uint32_t index);

#endif
