/* queue_measure.h - what one message queue comes to, from its samples: straight lines, exactly.
 *
 * Over [warmup, end]. The age's quantile is of time: for 95 % of it the oldest message was not older.
 * Drained: the longest spell with a backlog, from its first waiting message until the queue was empty; NAN while it is
 * not, at the end.
 */
#ifndef BERTH_RESULTS_QUEUE_MEASURE_H
#define BERTH_RESULTS_QUEUE_MEASURE_H

#include "models/model.h"

typedef struct queue_measure queue_measure;

queue_measure *queue_measure_create(sim_time warmup_us);
void queue_measure_destroy(queue_measure *q);
/* now_us never goes back; a sample's line holds to the next one's instant. */
void queue_measure_sample(queue_measure *q, sim_time now_us, const queue_sample *sample);
/* Once. */
void queue_measure_finish(queue_measure *q, sim_time end_us);

typedef struct {
    double backlog_peak; /* messages */
    double age_p95, age_max, drained_seconds;
} queue_totals;

const queue_totals *
queue_measure_totals(const queue_measure *q); /* after finish; NAN: no time measured */

#endif
