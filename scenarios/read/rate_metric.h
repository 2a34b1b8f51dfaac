/* rate_metric.h - a metric in a get-metric-data answer as offered requests a second (contract:
 * scenario, traffic).
 *
 * Answer      {"MetricDataResults": [{"Id": …, "Timestamps": […], "Values": […]}]}, whole (no
 *             NextToken); several results of one Id are pages of it. Either order of time, or none.
 * Stat        Sum is assumed, of a count such as RequestCount; an answer says neither Stat nor
 *             Period.
 * Period      as given, else the smallest distance between two datapoints.
 * Rate        value / Period from the timestamp on for one Period, as a CloudWatch datapoint is of
 *             the period that begins at its timestamp (A14). Between datapoints further apart
 *             nothing: CloudWatch has no datapoint where nothing was counted. Before the first its
 *             rate, after the last likewise.
 */
#ifndef BERTH_SCENARIOS_READ_RATE_METRIC_H
#define BERTH_SCENARIOS_READ_RATE_METRIC_H

#include "models/model_config.h"
#include "sim/engine/arena.h"
#include "sim/engine/error.h"
#include <jansson.h>
#include <stdbool.h>

typedef struct {
    const char *id;
    sim_time period_us; /* 0: none given */
    int64_t start_unix_us;
} rate_metric_options;

/* True and *out (in the arena); false and err->text with err->pointer, the place in the answer.
 * Cost O(n log n) time for n datapoints. */
bool rate_metric_read(const json_t *answer, const rate_metric_options *options, arena *a,
                      rate_series *out, sim_error *err);

#endif
