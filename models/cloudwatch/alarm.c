#include "models/cloudwatch/alarm.h"
#include "models/due_list.h"
#include "models/phase.h"
#include "sim/engine/check.h"
#include <stdlib.h>

typedef struct {
    alarms *owner;
    const alarm_config *config;
    bool enabled;
    alarm_state state;
    name_id name;
    uint32_t range; /* R (A29) */
    uint32_t slots; /* of the metric in a period */
    sim_time slot_us, delay_us, cadence_us;
    sim_time look_until_us; /* looks after this one would see what they saw before */
    event_handle look;
    uint32_t next_of_metric;                         /* the next alarm on the same metric */
    sim_time breaching_since_us, breaching_until_us; /* as things are going now */
    /* what the last look found: the real ones among the N newest points */
    uint32_t real;
    bool latest_is_real; /* the newest point of all is one of them */
    double newest, sum, low, high;
} alarm;

struct alarms {
    engine *eng;
    names *names;
    notifier *notifier;
    metrics *metrics;
    alarm *alarms;
    uint32_t count;
    uint32_t *first_of_metric;
    alarm_point *points; /* of the longest range */
    bool every_minute;
    due_list due;
    alarm_looked *looked;
    void *context;
};

/* ---- when ---- */

/* The instant of the first look that sees slot k: its datapoint is visible then (A14, A24). */
static sim_time first_look(const alarm *a, int64_t k)
{
    sim_time visible = (k + 1) * a->slot_us + a->delay_us;
    return (visible + a->cadence_us - 1) / a->cadence_us * a->cadence_us;
}

/* The slots below this number are visible at an instant. */
static int64_t visible_slots(const alarm *a, sim_time at_us)
{
    return at_us < a->delay_us ? 0 : (at_us - a->delay_us) / a->slot_us;
}

static void look_is_due(engine *eng, void *context, uint64_t subject);

static void look_at(alarms *w, alarm *a, sim_time at_us)
{
    if (engine_pending(w->eng, a->look) && engine_due(w->eng, a->look) <= at_us) return;
    engine_cancel(w->eng, &a->look);
    a->look = engine_schedule(w->eng, at_us, PHASE_ALARM, look_is_due, (uint64_t)(uintptr_t)a);
}

/* Something changed in the slot that holds now: looks from the first that sees it until it has left the range. */
static void changed_now(alarms *w, alarm *a)
{
    int64_t k = engine_now(w->eng) / a->slot_us;
    sim_time until = first_look(a, k + (int64_t)a->range * a->slots);
    if (until > a->look_until_us) a->look_until_us = until;
    look_at(w, a, first_look(a, k));
}

/* ---- what ---- */

/* Reads the R newest points into w->points, oldest first, and what the N newest real ones come to. */
static void read_points(alarms *w, alarm *a, int64_t visible)
{
    const alarm_config *c = a->config;
    a->real = 0;
    a->latest_is_real = false;
    a->sum = 0;
    for (uint32_t age = 1; age <= a->range; age++) {
        double value;
        alarm_point *point = &w->points[a->range - age];
        int64_t first = visible - (int64_t)age * a->slots;
        *point = POINT_MISSING;
        if (c->metric == NO_INDEX ||
            !metrics_statistic(w->metrics, c->metric, c->statistic, first, a->slots, &value))
            continue;
        *point = alarm_breaches(c->comparison, value, c->threshold) ? POINT_BREACHING : POINT_FINE;
        a->latest_is_real |= age == 1;
        if (a->real == c->evaluation_periods) continue;
        if (a->real == 0) a->newest = a->low = a->high = value;
        if (value < a->low) a->low = value;
        if (value > a->high) a->high = value;
        a->sum += value;
        a->real++;
    }
}

static void set_state(alarms *w, alarm *a, alarm_state to)
{
    model_event ev = {.kind = EVENT_ALARM_STATE,
                      .cell = {a->name, names_intern(w->names, alarm_state_names[a->state]),
                               names_intern(w->names, alarm_state_names[to]),
                               a->real > 0 ? cell_number(a->newest) : CELL_NO_NUMBER}};
    a->state = to;
    notify_event(w->notifier, &ev);
}

static void look(alarms *w, alarm *a)
{
    sim_time now_us = engine_now(w->eng);
    int64_t visible = visible_slots(a, now_us);
    read_points(w, a, visible);
    alarm_state to = alarm_judge(w->points, a->range, a->config->evaluation_periods,
                                 a->config->datapoints_to_alarm, a->config->missing, a->state);
    bool changed = to != a->state;
    if (changed) set_state(w, a, to);
    bool moves = a->config->metric != NO_INDEX && metrics_moves(w->metrics, a->config->metric);
    if (moves) a->look_until_us = first_look(a, now_us / a->slot_us + (int64_t)a->range * a->slots);
    if (now_us < a->look_until_us || w->every_minute) look_at(w, a, first_look(a, visible));
    w->looked(w->context, (uint32_t)(a - w->alarms), changed);
}

/* All that look at this instant, in file order (A24). */
static void look_all(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    (void)context;
    alarms *w = (alarms *)(uintptr_t)subject;
    uint32_t count = due_list_take(&w->due);
    for (uint32_t i = 0; i < count; i++)
        look(w, &w->alarms[w->due.index[i]]);
}

static void look_is_due(engine *eng, void *context, uint64_t subject)
{
    (void)context;
    alarm *a = (alarm *)(uintptr_t)subject;
    alarms *w = a->owner;
    due_list_add(&w->due, eng, PHASE_ALARM, (uint32_t)(a - w->alarms), look_all,
                 (uint64_t)(uintptr_t)w);
}

/* ---- the metric tells ---- */

/* When the value will be at the threshold, on the other side of it from then on; SIM_NEVER. */
static sim_time crossing(const alarm *a, sim_time now_us, double value, double slope)
{
    const alarm_config *c = a->config;
    const double seconds = (c->threshold - value) / slope;
    if (!(seconds >= 0) || seconds > (double)SIM_RUN_MAX / (double)SIM_SECOND) return SIM_NEVER;
    const double beyond = value + slope * (seconds + 1);
    if (alarm_breaches(c->comparison, value, c->threshold) ==
        alarm_breaches(c->comparison, beyond, c->threshold))
        return SIM_NEVER;
    return now_us + (sim_time)(seconds * (double)SIM_SECOND) + 1;
}

static bool breaches_at(const alarm *a, sim_time at_us)
{
    return a->breaching_since_us <= at_us && at_us < a->breaching_until_us;
}

/* The momentary value and where it goes: since when it breaches, or from when on it will. */
static void look_ahead(alarms *w, alarm *a, const struct model *from)
{
    const alarm_config *c = a->config;
    const sim_time now_us = engine_now(w->eng);
    const bool before = breaches_at(a, now_us);
    double value;
    if (!metrics_value_now(w->metrics, from, c->metric, c->statistic, a->slots, &value)) {
        a->breaching_since_us = SIM_NEVER;
        return;
    }
    const double slope = metrics_slope_now(w->metrics, from, c->metric, c->statistic, a->slots);
    const sim_time cross_us =
        slope < 0 || slope > 0 ? crossing(a, now_us, value, slope) : SIM_NEVER;
    const bool breaches = alarm_breaches(c->comparison, value, c->threshold);
    if (!breaches || !before) a->breaching_since_us = breaches ? now_us : cross_us;
    a->breaching_until_us = breaches ? cross_us : SIM_NEVER;
}

static void metric_has_changed(void *context, const struct model *from, uint32_t metric)
{
    alarms *w = context;
    for (uint32_t i = w->first_of_metric[metric]; i != NO_INDEX; i = w->alarms[i].next_of_metric) {
        alarm *a = &w->alarms[i];
        if (!a->enabled) continue;
        look_ahead(w, a, from);
        changed_now(w, a);
    }
}

/* ---- the whole ---- */

static void init_alarm(alarms *w, const model_config *cfg, uint32_t index)
{
    const alarm_config *c = &cfg->alarms[index];
    alarm *a = &w->alarms[index];
    *a = (alarm){.owner = w,
                 .config = c,
                 .name = names_intern(w->names, c->name),
                 .range = alarm_range(c->evaluation_periods),
                 .next_of_metric = NO_INDEX,
                 .breaching_since_us = SIM_NEVER,
                 .breaching_until_us = SIM_NEVER};
    bool known = c->metric != NO_INDEX;
    a->slot_us = known ? cfg->metrics[c->metric].resolution_us : SIM_MINUTE;
    a->slots = (uint32_t)(c->period_us / a->slot_us);
    a->cadence_us = c->period_us < SIM_MINUTE ? 10 * SIM_SECOND : SIM_MINUTE; /* A23 */
    a->delay_us = a->slot_us < SIM_MINUTE ? cfg->control.high_resolution_delay_us
                                          : cfg->control.metric_delay_us;
    if (!known) return;
    int64_t behind = (a->delay_us + a->cadence_us) / a->slot_us + 2;
    metrics_keep(w->metrics, c->metric, a->range * a->slots + (uint32_t)behind);
    a->next_of_metric = w->first_of_metric[c->metric];
    w->first_of_metric[c->metric] = index;
}

alarms *alarms_create(const model_config *cfg, engine *eng, names *t, notifier *n, arena *a,
                      bool every_minute)
{
    alarms *w = memory_alloc(1, sizeof *w);
    *w = (alarms){.eng = eng,
                  .names = t,
                  .notifier = n,
                  .metrics = metrics_create(cfg, eng, a),
                  .alarms = ARENA_ARRAY(a, cfg->alarm_count + 1, alarm),
                  .count = cfg->alarm_count,
                  .first_of_metric = ARENA_ARRAY(a, cfg->metric_count + 1, uint32_t),
                  .every_minute = every_minute};
    for (uint32_t i = 0; i <= cfg->metric_count; i++)
        w->first_of_metric[i] = NO_INDEX;
    uint32_t longest = 1;
    for (uint32_t i = w->count; i-- > 0;) { /* so that a metric's alarms are linked in file order */
        init_alarm(w, cfg, i);
        if (w->alarms[i].range > longest) longest = w->alarms[i].range;
    }
    w->points = ARENA_ARRAY(a, longest, alarm_point);
    metrics_tell(w->metrics, metric_has_changed, w);
    return w;
}

void alarms_destroy(alarms *w)
{
    if (!w) return;
    metrics_destroy(w->metrics);
    due_list_finish(&w->due);
    free(w);
}

void alarms_tell(alarms *w, alarm_looked *looked, void *context)
{
    w->looked = looked;
    w->context = context;
}

void alarms_enable(alarms *w, uint32_t index)
{
    alarm *a = &w->alarms[index];
    a->enabled = true;
    a->state = ALARM_INSUFFICIENT_DATA;
    a->look_until_us = 0;
    changed_now(w, a);
}

void alarms_disable(alarms *w, uint32_t index)
{
    alarm *a = &w->alarms[index];
    a->enabled = false;
    engine_cancel(w->eng, &a->look);
}

void alarms_start(alarms *w)
{
    for (uint32_t i = 0; i < w->count; i++)
        if (!w->alarms[i].config->registered_later) alarms_enable(w, i);
}

void alarms_look_at(alarms *w, const struct model *model, changed_kind kind, uint32_t index)
{
    metrics_look(w->metrics, model, kind, index);
}

void alarms_look_at_all(alarms *w, const struct model *model)
{
    metrics_look_at_all(w->metrics, model);
}

/* ---- asked ---- */

bool alarms_enabled(const alarms *w, uint32_t index)
{
    return w->alarms[index].enabled;
}

bool alarms_value_now(const alarms *w, const struct model *from, uint32_t index, double *value)
{
    const alarm *a = &w->alarms[index];
    return a->config->metric != NO_INDEX &&
           metrics_value_now(w->metrics, from, a->config->metric, a->config->statistic, a->slots,
                             value);
}

alarm_state alarms_state(const alarms *w, uint32_t index)
{
    return w->alarms[index].state;
}

bool alarms_newest(const alarms *w, uint32_t index, double *value)
{
    *value = w->alarms[index].newest;
    return w->alarms[index].real > 0;
}

bool alarms_latest(const alarms *w, uint32_t index, double *value)
{
    *value = w->alarms[index].newest;
    return w->alarms[index].latest_is_real;
}

bool alarms_aggregate(const alarms *w, uint32_t index, aggregation_type aggregation, double *value)
{
    const alarm *a = &w->alarms[index];
    if (a->real == 0) return false;
    switch (aggregation) {
    case AGGREGATE_AVERAGE:
        *value = a->sum / a->real;
        break;
    case AGGREGATE_MINIMUM:
        *value = a->low;
        break;
    case AGGREGATE_MAXIMUM:
        *value = a->high;
        break;
    }
    return true;
}

sim_time alarms_breaching_since(const alarms *w, uint32_t index)
{
    const alarm *a = &w->alarms[index];
    return breaches_at(a, engine_now(w->eng)) ? a->breaching_since_us : SIM_NEVER;
}
