/* event_log.h - the event log as NDJSON: one object a line (contract: events).
 *
 * `t` in seconds with up to 6 digits, `event`, then the kind's keys in the order of its row; absent
 * ones are left out. An exit code that does not exist is null. JSON cells stand as they are; those
 * of `timeline` are merged into the line.
 */
#ifndef BERTH_RESULTS_EVENT_LOG_H
#define BERTH_RESULTS_EVENT_LOG_H

#include "models/model.h"
#include "results/json_text.h"
#include "sim/engine/error.h"
#include <stdio.h>

/* Appends one event's object to line, without a line end. */
void event_render(json_text *line, const names *t, const model_event *ev);

typedef struct event_log event_log;

/* out stays the caller's. */
event_log *event_log_create(FILE *out);
void event_log_destroy(event_log *log);
void event_log_attach(event_log *log, model *m); /* before the model runs */
/* False after the first write that failed: the rest is not tried, the run may be stopped. */
bool event_log_ok(const event_log *log);
/* Flushes. False with *err when anything could not be written (a full disk, a closed pipe);
 * name is what the user called the output. */
bool event_log_finish(event_log *log, const char *name, sim_error *err);

#endif
