/* alarm.h - CloudWatch alarms as they live: when they look, what they find, whom they tell (A20-A35).
 *
 * When        at multiples of 60 s (10 s for shorter periods) of simulated time, in PHASE_ALARM, in file order (A23,
 *             A24). Only at instants whose window of datapoints differs from the last one: after a metric has changed
 *             until the change has left the evaluation range; with every_minute at every instant, as the oracle.
 * Window      ends with the newest datapoint that is visible (A14); R periods back (A29).
 * Told        the listener, of every look: scaling policies act on states, not on changes of state (A26).
 */
#ifndef BERTH_MODELS_CLOUDWATCH_ALARM_H
#define BERTH_MODELS_CLOUDWATCH_ALARM_H

#include "models/cloudwatch/alarm_rule.h"
#include "models/cloudwatch/metric.h"

typedef struct alarms alarms;

/* An alarm has looked; `changed`: its state is another one now. */
typedef void alarm_looked(void *context, uint32_t alarm, bool changed);

alarms *alarms_create(const model_config *cfg, engine *eng, names *t, notifier *n, arena *a,
                      bool every_minute);
void alarms_destroy(alarms *w);
void alarms_tell(alarms *w, alarm_looked *looked, void *context);
/* Those that are there at t = 0 begin. */
void alarms_start(alarms *w);
/* One that comes with a policy begins in INSUFFICIENT_DATA, or ends. */
void alarms_enable(alarms *w, uint32_t alarm);
void alarms_disable(alarms *w, uint32_t alarm);
/* An object of the model has changed (an observer's `changed`). */
void alarms_look_at(alarms *w, const struct model *model, changed_kind kind, uint32_t index);

bool alarms_enabled(const alarms *w, uint32_t alarm);
/* All objects of the model at once (t = 0). */
void alarms_look_at_all(alarms *w, const struct model *model);

alarm_state alarms_state(const alarms *w, uint32_t alarm);
/* The newest real datapoint among those judged last; false: none (A62, A66). */
bool alarms_newest(const alarms *w, uint32_t alarm, double *value);
/* The datapoint that became visible last; false: it is missing (A65). */
bool alarms_latest(const alarms *w, uint32_t alarm, double *value);
/* The real datapoints among the N judged last as one (A52); false: none. */
bool alarms_aggregate(const alarms *w, uint32_t alarm, aggregation_type aggregation, double *value);
/* Its statistic if all stayed as it is at this moment; false: nothing to measure. */
bool alarms_value_now(const alarms *w, const struct model *from, uint32_t alarm, double *value);
/* Since when its metric's momentary value has breached, without a break; SIM_NEVER: it does not. */
sim_time alarms_breaching_since(const alarms *w, uint32_t alarm);

#endif
