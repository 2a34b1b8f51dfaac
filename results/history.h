/* history.h - what happened, kept for the result file: a row for each task and instance, the change
 * points of each object, and the event log if asked for.
 *
 * Columns are described where they are filled (history.c). A change costs a row of its object's
 * table only, and none when nothing of the row changed.
 */
#ifndef BERTH_RESULTS_HISTORY_H
#define BERTH_RESULTS_HISTORY_H

#include "models/model.h"
#include "results/event_columns.h"
#include "results/record_table.h"
#include "results/result_strings.h"

typedef struct history history;

/* strings must outlive it. events: keep the event log too. */
history *history_create(const model_config *cfg, result_strings *strings, bool events);
void history_destroy(history *h);

void history_event(history *h, const names *t, const model_event *ev);
void history_cluster(history *h, sim_time now_us, const cluster_sample *sample);
void history_instance(history *h, sim_time now_us, uint32_t index, const instance_sample *sample);
/* parts: the requests that are answered well now, by how long they take. */
void history_service(history *h, sim_time now_us, uint32_t service, const service_sample *sample,
                     const latency_part *parts, uint32_t part_count);
void history_target_group(history *h, sim_time now_us, uint32_t target_group,
                          const target_group_sample *sample);

const record_table *history_tasks(const history *h);
const record_table *history_instances(const history *h);
const record_table *history_series_cluster(const history *h);
const record_table *history_series_instances(const history *h);
const record_table *history_series_service(const history *h, uint32_t service);
const record_table *history_series_target_group(const history *h, uint32_t target_group);
const event_columns *history_events(const history *h); /* NULL: not kept */

#endif
