/* recorder_parts.h - what the metric table and the file writer read of a recorder, beside
 * recorder.h.
 */
#ifndef BERTH_RESULTS_RECORDER_PARTS_H
#define BERTH_RESULTS_RECORDER_PARTS_H

#include "results/cluster_measure.h"
#include "results/cost_measure.h"
#include "results/event_columns.h"
#include "results/history.h"
#include "results/queue_measure.h"
#include "results/recorder.h"
#include "results/refresh_measure.h"
#include "results/service_measure.h"
#include "results/wait_times.h"

/* The sets of instances that are measured apart: the cluster first, then each instance type and
 * each zone that the config names, in the order of their first appearance. */
typedef enum { SCOPE_CLUSTER, SCOPE_TYPE, SCOPE_ZONE, SCOPE_PURCHASE } scope_kind;

typedef struct {
    scope_kind kind;
    const char *name;
} scope_name;

typedef struct {
    scope_name *scope;
    uint32_t count;
    uint32_t *of_group; /* the type's scope of an instance group; 0: the group names no type */
    uint32_t *purchase; /* its purchase option's; 0: there are no Spot instances at all */
} scope_list;

scope_list scope_list_of(const model_config *cfg);
void scope_list_finish(scope_list *list);

/* Seconds; NAN where nothing was placed. */
typedef struct {
    double placed, failed;
    double wait_mean, wait_p50, wait_p95, wait_max;
} placement_totals;

/* Of an Auto Scaling group, while it was measured. */
typedef struct {
    double launches, terminations, flaps;
} auto_scaling_totals;

/* After recorder_finish. */
const scope_list *recorder_scopes(const recorder *r);
const scope_totals *recorder_scope_totals(const recorder *r, uint32_t scope);
const service_totals *recorder_service_totals(const recorder *r, uint32_t service);
const queue_totals *recorder_queue_totals(const recorder *r, uint32_t queue);
const service_cost *recorder_service_cost(const recorder *r, uint32_t service);
auto_scaling_totals recorder_auto_scaling(const recorder *r, uint32_t group);
/* Numbers from 0. */
refresh_totals recorder_refresh(const recorder *r, uint32_t group, uint32_t number);
placement_totals recorder_placements(const recorder *r);
const event_columns *recorder_events(const recorder *r); /* NULL: not kept */

#endif
