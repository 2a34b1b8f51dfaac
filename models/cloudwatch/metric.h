/* metric.h - CloudWatch metrics: the datapoints of what alarms look at (A01-A15, L110).
 *
 * A metric is a step function of the model's state; a datapoint is its exact time average, extremes and sum over a
 * slot of 60 s (or 20 s). Slots are closed when somebody looks or when the value changes, so slots in which
 * nothing changed cost nothing (A14). What a value is of: the table in metric.c.
 * Missing     a slot in which there was never anything to measure (no RUNNING task, A06; no routable target, L110).
 * Statistics  gauges: Average is the time average, Minimum and Maximum the extremes over time, SampleCount the time
 *             average of what is measured (tasks; 1 for others) a slot. Counts: Sum is the number, and SampleCount
 *             the same, each a sample of 1. Response times: each request answered well is a sample of its seconds, on
 *             average as long as the latency model has it at that moment (latency.h); Minimum and Maximum are not
 *             known, and a slot without such a request has no datapoint.
 * 5XX         HTTPCode_ELB_5XX_Count: what fails as 502, 503 and 504, and of what overload leaves without an answer the
 *             requests whose clients wait as long as the balancer's idle timeout: 504 (L72). The others' clients go
 *             away first: 460 (L73). Hung and late answers are 504 at the earlier of both times (L75).
 * Balancers   sums over the target groups of a load balancer. What its listeners answer themselves is not simulated.
 */
#ifndef BERTH_MODELS_CLOUDWATCH_METRIC_H
#define BERTH_MODELS_CLOUDWATCH_METRIC_H

#include "models/model_config.h"
#include "models/notify.h"
#include "sim/engine/arena.h"

typedef struct metrics metrics;

/* The value of a metric has changed in the slot that holds `now`. */
typedef void metric_changed(void *context, const struct model *from, uint32_t metric);

/* Are there Minimum and Maximum of it? */
bool metric_has_extremes(metric_kind kind);

metrics *metrics_create(const model_config *cfg, engine *eng, arena *a);
void metrics_destroy(metrics *m);
/* Someone looks back that many slots. Before the run starts. */
void metrics_keep(metrics *m, uint32_t metric, uint32_t slots);
void metrics_tell(metrics *m, metric_changed *changed, void *context);
/* An object of the model has changed: what is measured of it is read again. Cost O(its metrics). */
void metrics_look(metrics *m, const struct model *model, changed_kind kind, uint32_t index);
void metrics_look_at_all(metrics *m, const struct model *model);
/* The statistic over `count` closed slots from number `first` (slot k is [k, k+1) times the resolution). False: no
 * datapoint. Slots before t = 0 have none. */
bool metrics_statistic(metrics *m, uint32_t metric, metric_statistic statistic, int64_t first,
                       uint32_t count, double *value);
/* Its value is on its way, so that every slot has another datapoint. */
bool metrics_moves(const metrics *m, uint32_t metric);
/* The statistic over `count` slots in which all stayed as it is at this moment; false: nothing to measure. */
bool metrics_value_now(const metrics *m, const struct model *from, uint32_t metric,
                       metric_statistic statistic, uint32_t count, double *value);
/* How fast that value moves, a second (a queue, a leak). */
double metrics_slope_now(const metrics *m, const struct model *from, uint32_t metric,
                         metric_statistic statistic, uint32_t count);

#endif
