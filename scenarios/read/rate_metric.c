#include "scenarios/read/rate_metric.h"

#include "scenarios/read/place.h"
#include "scenarios/read/wallclock.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    int64_t unix_us;
    double value;
    size_t result, at; /* where it stands */
} datapoint;

typedef struct {
    datapoint *items;
    size_t count;
} datapoints;

static bool fail(sim_error *err, const char *pointer, const char *text)
{
    error_set(err, "%s", text);
    snprintf(err->pointer, sizeof err->pointer, "%.120s", pointer);
    return false;
}

static bool fail_at(sim_error *err, const char *list, const datapoint *d, const char *text)
{
    char pointer[120];
    snprintf(pointer, sizeof pointer, "/MetricDataResults/%zu/%s/%zu", d->result, list, d->at);
    return fail(err, pointer, text);
}

static bool read_datapoint(const json_t *stamp, const json_t *value, datapoint *d, sim_error *err)
{
    sim_error inner = {0};
    if (!json_is_string(stamp))
        return fail_at(err, "Timestamps", d, "expected an instant such as 2026-11-21T08:00:00Z");
    if (!wallclock_from_text(json_string_value(stamp), &d->unix_us, &inner))
        return fail_at(err, "Timestamps", d, inner.text);
    d->value = json_number_value(value);
    if (!json_is_number(value) || !(d->value >= 0) || !isfinite(d->value))
        return fail_at(err, "Values", d, "expected a number of at least 0");
    return true;
}

/* The datapoints of one result, if it is of this Id. */
static bool read_result(const json_t *result, size_t index, const char *id, arena *a,
                        datapoints *out, sim_error *err)
{
    const json_t *stamps = json_object_get(result, "Timestamps"),
                 *values = json_object_get(result, "Values");
    const char *name = json_string_value(json_object_get(result, "Id"));
    if (!name || strcmp(name, id) != 0) return true;
    char pointer[64];
    snprintf(pointer, sizeof pointer, "/MetricDataResults/%zu", index);
    size_t count = json_array_size(stamps);
    if (!json_is_array(stamps) || !json_is_array(values) || json_array_size(values) != count)
        return fail(err, pointer,
                    "expected \"Timestamps\" and \"Values\", lists as long as each other");
    datapoint *items = ARENA_ARRAY(a, out->count + count + 1, datapoint);
    if (out->count > 0) memcpy(items, out->items, out->count * sizeof *items);
    out->items = items;
    for (size_t i = 0; i < count; i++) {
        datapoint *d = &out->items[out->count++];
        *d = (datapoint){.result = index, .at = i};
        if (!read_datapoint(json_array_get(stamps, i), json_array_get(values, i), d, err))
            return false;
    }
    return true;
}

/* By time; then by place, which makes the order complete (equal times are refused). */
static int compare(const void *left, const void *right)
{
    const datapoint *a = left, *b = right;
    if (a->unix_us != b->unix_us) return a->unix_us < b->unix_us ? -1 : 1;
    if (a->result != b->result) return a->result < b->result ? -1 : 1;
    return (a->at > b->at) - (a->at < b->at);
}

static bool read_answer(const json_t *answer, const char *id, arena *a, datapoints *out,
                        sim_error *err)
{
    const json_t *results = json_object_get(answer, "MetricDataResults");
    if (!json_is_array(results))
        return fail(err, "", "expected a get-metric-data answer: {\"MetricDataResults\": […]}");
    if (place_incomplete(answer))
        return fail(err, "", "the answer holds only a part: it has a NextToken");
    for (size_t i = 0; i < json_array_size(results); i++)
        if (!read_result(json_array_get(results, i), i, id, a, out, err)) return false;
    char text[120];
    snprintf(text, sizeof text, "no datapoint of the Id \"%.60s\"", id);
    if (out->count == 0) return fail(err, "/MetricDataResults", text);
    qsort(out->items, out->count, sizeof *out->items, compare);
    for (size_t i = 1; i < out->count; i++)
        if (out->items[i].unix_us == out->items[i - 1].unix_us)
            return fail_at(err, "Timestamps", &out->items[i], "another datapoint has this time");
    return true;
}

/* As given or found; 0 after reporting. */
static int64_t find_period(const datapoints *d, int64_t given, sim_error *err)
{
    int64_t least = INT64_MAX;
    for (size_t i = 1; i < d->count; i++)
        if (d->items[i].unix_us - d->items[i - 1].unix_us < least)
            least = d->items[i].unix_us - d->items[i - 1].unix_us;
    if (given > 0 && given <= least) return given;
    if (given > 0)
        fail(err, "", "two datapoints are less than a `period` apart");
    else if (d->count == 1)
        fail(err, "", "a single datapoint does not tell its Period: give `period`");
    else
        return least;
    return 0;
}

static void push(rate_series *out, int64_t at_us, double rate)
{
    rate_step *last = out->step_count > 0 ? &out->steps[out->step_count - 1] : NULL;
    if (last && at_us <= 0)
        last->per_second = rate; /* both began before the run */
    else if (at_us <= SIM_RUN_MAX && (!last || last->per_second != rate))
        out->steps[out->step_count++] = (rate_step){last ? at_us : 0, rate};
}

bool rate_metric_read(const json_t *answer, const rate_metric_options *o, arena *a,
                      rate_series *out, sim_error *err)
{
    datapoints d = {0};
    if (!read_answer(answer, o->id, a, &d, err)) return false;
    int64_t period_us = find_period(&d, o->period_us, err);
    if (period_us == 0) return false;
    double seconds = (double)period_us / 1e6;
    *out = (rate_series){.steps = ARENA_ARRAY(a, 2 * d.count, rate_step)};
    for (size_t i = 0; i < d.count; i++) {
        int64_t at_us = d.items[i].unix_us - o->start_unix_us;
        push(out, at_us, d.items[i].value / seconds);
        if (i + 1 < d.count && d.items[i + 1].unix_us - d.items[i].unix_us > period_us)
            push(out, at_us + period_us, 0);
    }
    return true;
}
