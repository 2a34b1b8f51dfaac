#include "scenarios/read/rate.h"

#include "scenarios/read/duration.h"
#include "scenarios/read/rate_csv.h"
#include "scenarios/read/rate_metric.h"
#include "scenarios/read/rate_noise.h"
#include "scenarios/read/source.h"
#include "scenarios/read/wallclock.h"
#include "sim/engine/exact_math.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STAIRCASE_STEPS_MAX 20000000
#define RATE_MAX            1e12 /* a second */

typedef struct {
    sim_time at_us;
    double per_second;
} rate_point;

/* Errors carry the place below the rate; bounded, as the path of a long sum could be long. */
static bool fail(sim_error *err, const char *where, const char *below, const char *text)
{
    error_set(err, "%s", text);
    snprintf(err->pointer, sizeof err->pointer, "%.110s%.140s", where, below);
    return false;
}

static bool read_value(const json_t *value, const char *where, const char *below, double *out,
                       sim_error *err)
{
    *out = json_number_value(value);
    if (!json_is_number(value) || !(*out >= 0) || !isfinite(*out))
        return fail(err, where, below, "expected a rate of at least 0 (requests per second)");
    return true;
}

static bool read_points(const json_t *points, const rate_options *options, const char *where,
                        rate_point *out, sim_error *err)
{
    for (size_t i = 0; i < json_array_size(points); i++) {
        const json_t *pair = json_array_get(points, i);
        char below[64];
        snprintf(below, sizeof below, "/points/%zu", i);
        if (!json_is_array(pair) || json_array_size(pair) != 2)
            return fail(err, where, below, "expected a pair [time, rate]");
        sim_error inner = {0};
        snprintf(below, sizeof below, "/points/%zu/0", i);
        if (!wallclock_time_from_json(json_array_get(pair, 0), options->start_unix_us,
                                      &out[i].at_us, &inner))
            return fail(err, where, below, inner.text);
        if (i > 0 && out[i].at_us <= out[i - 1].at_us)
            return fail(err, where, below, "times of points must rise");
        snprintf(below, sizeof below, "/points/%zu/1", i);
        if (!read_value(json_array_get(pair, 1), where, below, &out[i].per_second, err))
            return false;
    }
    return true;
}

/* The integral of the piecewise linear function from `from` to `to` (seconds times rate); *at is
 * the last point at or before `from`, kept between calls that rise. */
static double integral(const rate_point *points, size_t count, size_t *at, sim_time from,
                       sim_time to)
{
    double sum = 0;
    sim_time now = from;
    while (now < to) {
        while (*at + 1 < count && points[*at + 1].at_us <= now)
            ++*at;
        const rate_point *left = &points[*at];
        if (now < left->at_us) { /* before the first point */
            sim_time end = to < left->at_us ? to : left->at_us;
            sum += left->per_second * ((double)(end - now) / 1e6);
            now = end;
            continue;
        }
        if (*at + 1 == count) return sum + left->per_second * ((double)(to - now) / 1e6);
        const rate_point *right = &points[*at + 1];
        sim_time end = to < right->at_us ? to : right->at_us;
        double span = (double)(right->at_us - left->at_us);
        double slope = (right->per_second - left->per_second) / span;
        double a = left->per_second + slope * (double)(now - left->at_us);
        double b = left->per_second + slope * (double)(end - left->at_us);
        sum += (a + b) / 2 * ((double)(end - now) / 1e6);
        now = end;
    }
    return sum;
}

static void push_step(rate_series *s, sim_time at_us, double per_second)
{
    if (s->step_count > 0 && s->steps[s->step_count - 1].per_second == per_second) return;
    s->steps[s->step_count++] = (rate_step){at_us, per_second};
}

static bool staircase(const rate_point *points, size_t count, const rate_options *options,
                      sim_time step_us, const char *where, arena *a, rate_series *out,
                      sim_error *err)
{
    sim_time last = points[count - 1].at_us < options->duration_us ? points[count - 1].at_us
                                                                   : options->duration_us;
    int64_t steps = last / step_us + 1;
    if (steps > STAIRCASE_STEPS_MAX)
        return fail(err, where, "/step", "more than 20,000,000 steps; make `step` longer");
    out->steps = ARENA_ARRAY(a, (size_t)steps + 1, rate_step);
    size_t at = 0;
    for (int64_t k = 0; k < steps; k++) {
        sim_time from = k * step_us, to = from + step_us;
        push_step(out, from, integral(points, count, &at, from, to) / ((double)step_us / 1e6));
    }
    push_step(out, steps * step_us, points[count - 1].per_second);
    return true;
}

static bool read_curve(const json_t *object, const rate_options *options, const char *where,
                       arena *a, rate_series *out, bool *scripted, sim_error *err)
{
    const json_t *points = json_object_get(object, "points");
    size_t count = json_array_size(points);
    if (!json_is_array(points) || count == 0)
        return fail(err, where, "/points", "expected a list of pairs [time, rate]");
    bool linear = true;
    sim_time step_us = options->step_us;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        sim_error inner = {0};
        char below[80];
        snprintf(below, sizeof below, "/%.60s", key);
        if (strcmp(key, "points") == 0) continue;
        if (strcmp(key, "step") == 0) {
            if (!duration_from_json(value, &step_us, &inner))
                return fail(err, where, below, inner.text);
            if (step_us <= 0) return fail(err, where, below, "`step` must be above 0");
        } else if (strcmp(key, "interpolate") == 0) {
            const char *text = json_is_string(value) ? json_string_value(value) : "";
            linear = strcmp(text, "linear") == 0;
            if (!linear && strcmp(text, "step") != 0)
                return fail(err, where, below, "expected \"linear\" or \"step\"");
        } else if (!rate_noise_is_key(key)) {
            return fail(err, where, below, "unknown field, expected points, interpolate or step");
        }
    }
    rate_point *list = ARENA_ARRAY(a, count, rate_point);
    if (!read_points(points, options, where, list, err)) return false;
    if (linear && count > 1) {
        *scripted = false;
        return staircase(list, count, options, step_us, where, a, out, err);
    }
    out->steps = ARENA_ARRAY(a, count, rate_step);
    for (size_t i = 0; i < count; i++)
        push_step(out, i == 0 ? 0 : list[i].at_us, list[i].per_second);
    return true;
}

/* ---- sine ---- */

#define PI 3.14159265358979323846

typedef struct {
    double mean, amplitude;
    sim_time period_us;
} sine;

/* The mean over [k step, (k+1) step): (cos(2 pi a / P) - cos(2 pi b / P)) / (2 pi (b - a) / P),
 * written as a product, which loses no digits, with its angle reduced in integers. */
static double sine_mean(const sine *s, int64_t k, sim_time step_us)
{
    double period = (double)s->period_us;
    double middle = (double)((2 * k + 1) * step_us % (2 * s->period_us)) / period;
    double half = (double)(step_us % (2 * s->period_us)) / period;
    double shrink = exact_sine_pi(half) / (PI * ((double)step_us / period));
    double rate = s->mean + s->amplitude * (exact_sine_pi(middle) * shrink);
    return rate > 0 ? rate : 0;
}

static bool read_sine_fields(const json_t *object, const char *where, sine *s, sim_error *err)
{
    const char *key;
    json_t *value;
    s->mean = s->amplitude = -1;
    json_object_foreach((json_t *)object, key, value)
    {
        sim_error inner = {0};
        char below[80];
        snprintf(below, sizeof below, "/sine/%.60s", key);
        if (strcmp(key, "mean") == 0) {
            if (!read_value(value, where, below, &s->mean, err)) return false;
        } else if (strcmp(key, "amplitude") == 0) {
            if (!read_value(value, where, below, &s->amplitude, err)) return false;
        } else if (strcmp(key, "period") == 0) {
            if (!duration_from_json(value, &s->period_us, &inner))
                return fail(err, where, below, inner.text);
            if (s->period_us <= 0) return fail(err, where, below, "`period` must be above 0");
        } else {
            return fail(err, where, below, "unknown field, expected mean, amplitude or period");
        }
    }
    if (s->mean < 0 || s->amplitude < 0 || s->period_us == 0)
        return fail(err, where, "/sine", "needs \"mean\", \"amplitude\" and \"period\"");
    if (s->amplitude > s->mean)
        return fail(err, where, "/sine/amplitude",
                    "above the mean: the rate would fall below 0 requests per second");
    return true;
}

static bool read_sine(const json_t *object, const rate_options *options, const char *where,
                      arena *a, rate_series *out, sim_error *err)
{
    const json_t *fields = json_object_get(object, "sine");
    sine s = {0};
    if (!json_is_object(fields) || json_object_size(object) != 1 + rate_noise_keys(object))
        return fail(err, where, "",
                    "expected {\"sine\": {\"mean\", \"amplitude\", \"period\"}} and nothing "
                    "beside it");
    if (!read_sine_fields(fields, where, &s, err)) return false;
    int64_t steps = options->duration_us / options->step_us + 1;
    if (steps > STAIRCASE_STEPS_MAX)
        return fail(err, where, "", "more than 20,000,000 steps; make `step` longer");
    out->steps = ARENA_ARRAY(a, (size_t)steps, rate_step);
    for (int64_t k = 0; k < steps; k++)
        push_step(out, k * options->step_us, sine_mean(&s, k, options->step_us));
    return true;
}

/* ---- files ---- */

/* What stands beside "csv"; false after reporting. */
static bool read_csv_options(const json_t *object, const char *where, rate_csv_options *o,
                             sim_error *err)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        sim_error inner = {0};
        char below[80];
        snprintf(below, sizeof below, "/%.60s", key);
        if (strcmp(key, "csv") == 0) {
            if (!json_is_string(value) && !json_is_string(json_object_get(value, "text")))
                return fail(err, where, below, "expected the path of a CSV file, or {\"text\": …}");
        } else if (strcmp(key, "column") == 0) {
            if (!json_is_string(value))
                return fail(err, where, below, "expected the name of a column");
            o->column = json_string_value(value);
        } else if (strcmp(key, "period") == 0) {
            if (!duration_from_json(value, &o->period_us, &inner))
                return fail(err, where, below, inner.text);
            if (o->period_us <= 0) return fail(err, where, below, "`period` must be above 0");
        } else if (strcmp(key, "scale") == 0) {
            o->scale = json_number_value(value);
            if (!json_is_number(value) || !(o->scale >= 0))
                return fail(err, where, below, "expected a number of at least 0");
        } else if (!rate_noise_is_key(key)) {
            return fail(err, where, below, "unknown field, expected csv, column, period or scale");
        }
    }
    return true;
}

/* The text takes the place of the path in the checked tree, which is the scenario as run. NULL: reported. */
static const json_t *include_csv(document *doc, const char *pointer, json_t *object,
                                 sim_error *file, sim_error *err)
{
    char *path = document_data_file(doc, pointer);
    if (!path) return NULL;
    sim_error inner = {0};
    source *s = source_read(path, &inner);
    snprintf(file->file, sizeof file->file, "%s", path);
    json_t *text = s ? json_stringn(s->text, s->length) : NULL;
    if (s && !text) error_set(&inner, "is no UTF-8 text");
    if (!text) {
        *err = inner;
        snprintf(err->file, sizeof err->file, "%s", path);
    } else {
        json_object_set_new(object, "csv", json_pack("{s:o}", "text", text));
    }
    source_destroy(s);
    free(path);
    return text;
}

/* A day's file under a scenario of another day is a constant rate. */
static void warn_aside(const rate_options *o, const char *pointer, const rate_csv_aside *aside)
{
    char first[WALLCLOCK_TEXT_SIZE], last[WALLCLOCK_TEXT_SIZE], start[WALLCLOCK_TEXT_SIZE];
    wallclock_print(aside->first_unix_us, first);
    wallclock_print(aside->last_unix_us, last);
    wallclock_print(o->start_unix_us, start);
    document_warning(o->doc, pointer,
                     "all timestamps, %s to %s, are %s the run, whose `start` is %s: the rate is "
                     "that of the %s row throughout",
                     first, last, aside->before ? "before" : "after", start,
                     aside->before ? "last" : "first");
}

static bool read_csv(const json_t *object, const rate_options *options, const char *where, arena *a,
                     rate_series *out, sim_error *err)
{
    rate_csv_options o = {.column = "value",
                          .scale = 1,
                          .start_unix_us = options->start_unix_us,
                          .duration_us = options->duration_us};
    rate_csv_aside aside;
    if (!read_csv_options(object, where, &o, err)) return false;
    char pointer[400];
    snprintf(pointer, sizeof pointer, "%.250s%.128s/csv", options->pointer, where);
    sim_error inner = {0};
    const json_t *text = json_object_get(json_object_get(object, "csv"), "text");
    if (!text) text = include_csv(options->doc, pointer, (json_t *)object, &inner, err);
    if (!text) return false;
    if (rate_csv_read(json_string_value(text), json_string_length(text), &o, a, out, &aside,
                      &inner)) {
        if (aside.there) warn_aside(options, pointer, &aside);
        return true;
    }
    if (inner.file[0] != '\0')
        *err = inner;
    else
        fail(err, where, "/csv", inner.text);
    return false;
}

static bool read_metric_options(const json_t *object, const char *where, rate_metric_options *o,
                                sim_error *err)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        sim_error inner = {0};
        char below[80];
        snprintf(below, sizeof below, "/%.60s", key);
        if (strcmp(key, "metricData") == 0) {
            if (!json_is_string(value) && !json_is_object(value))
                return fail(err, where, below, "expected the path of a get-metric-data answer");
        } else if (strcmp(key, "id") == 0) {
            if (!json_is_string(value))
                return fail(err, where, below, "expected the Id of a result");
            o->id = json_string_value(value);
        } else if (strcmp(key, "period") == 0) {
            if (!duration_from_json(value, &o->period_us, &inner))
                return fail(err, where, below, inner.text);
            if (o->period_us <= 0) return fail(err, where, below, "`period` must be above 0");
        } else if (!rate_noise_is_key(key)) {
            return fail(err, where, below, "unknown field, expected metricData, id or period");
        }
    }
    return o->id || fail(err, where, "", "\"id\" is missing: the Id of a result");
}

/* Puts the answer in the place of the file's name: in the document, for positions of errors, and in
 * the checked tree, which is the scenario as run. False: reported. */
static bool include_answer(document *doc, const char *pointer, json_t *object)
{
    char *path = document_data_file(doc, pointer);
    size_t file;
    json_t *answer = path ? document_read(doc, path, &file) : NULL;
    if (answer) {
        document_put(doc, pointer, answer, file, "");
        json_object_set_new(object, "metricData", answer);
    }
    free(path);
    return answer != NULL;
}

static bool read_metric(const json_t *object, const rate_options *options, const char *where,
                        arena *a, rate_series *out, sim_error *err)
{
    rate_metric_options o = {.start_unix_us = options->start_unix_us};
    if (!read_metric_options(object, where, &o, err)) return false;
    char pointer[400];
    snprintf(pointer, sizeof pointer, "%.250s%.128s/metricData", options->pointer, where);
    if (json_is_string(json_object_get(object, "metricData")) &&
        !include_answer(options->doc, pointer, (json_t *)object))
        return false;
    sim_error inner = {0};
    if (rate_metric_read(json_object_get(object, "metricData"), &o, a, out, &inner)) return true;
    char below[150];
    snprintf(below, sizeof below, "/metricData%.120s", inner.pointer);
    return fail(err, where, below, inner.text);
}

/* Terms of sums still to be read: a stack, so that depth costs no recursion. */
typedef struct {
    const json_t *value;
    char where[128];
    uint32_t noise; /* on the sum that it is a term of; NO_INDEX */
} pending_term;

typedef struct {
    const rate_options *options;
    arena *memory;
    pending_term *items;
    size_t count, capacity;
    rate_part *parts; /* found */
    uint32_t part_count;
    rate_noise *noises;
    uint32_t noise_count;
    bool scripted;
} rate_reading;

static void push_term(rate_reading *r, const json_t *value, const char *where, uint32_t noise)
{
    if (r->count == r->capacity) {
        r->capacity = r->capacity ? 2 * r->capacity : 8;
        r->items = memory_resize(r->items, r->capacity, sizeof *r->items);
    }
    r->items[r->count] = (pending_term){.value = value, .noise = noise};
    snprintf(r->items[r->count++].where, sizeof r->items->where, "%s", where);
}

static uint32_t add_noise(rate_reading *r, const rate_noise *noise)
{
    r->noises = memory_resize(r->noises, r->noise_count + 1, sizeof *r->noises);
    r->noises[r->noise_count] = *noise;
    return r->noise_count++;
}

/* The noise beside a term, if it has any. */
static bool read_noise(rate_reading *r, pending_term *term, sim_error *err)
{
    rate_noise noise = {.outer = term->noise};
    sim_error inner = {0};
    if (rate_noise_keys(term->value) == 0) return true;
    if (!rate_noise_read(term->value, r->options->duration_us, r->memory, &noise, &inner))
        return fail(err, term->where, inner.pointer, inner.text);
    char at[400];
    snprintf(at, sizeof at, "%.250s%.128s", r->options->pointer, term->where);
    rate_noise_warn(r->options->doc, at, &noise);
    const size_t size = strlen(r->options->name) + strlen(term->where) + 1;
    char *name = ARENA_ARRAY(r->memory, size, char);
    snprintf(name, size, "%s%s", r->options->name, term->where);
    noise.name = name;
    term->noise = add_noise(r, &noise);
    return true;
}

static bool push_sum(rate_reading *r, const pending_term *term, const json_t *sum, sim_error *err)
{
    if (!json_is_array(sum) || json_object_size(term->value) != 1 + rate_noise_keys(term->value))
        return fail(err, term->where, "", "expected {\"sum\": [rates]} and nothing beside it");
    for (size_t i = json_array_size(sum); i > 0; i--) {
        char where[128];
        snprintf(where, sizeof where, "%.90s/sum/%zu", term->where, i - 1);
        push_term(r, json_array_get(sum, i - 1), where, term->noise);
    }
    return true;
}

static bool read_term(rate_reading *r, pending_term *term, rate_series *out, sim_error *err)
{
    if (json_is_number(term->value)) {
        out->steps = ARENA_NEW(r->memory, rate_step);
        out->step_count = 1;
        return read_value(term->value, term->where, "", &out->steps[0].per_second, err);
    }
    if (!json_is_object(term->value))
        return fail(
            err, term->where, "",
            "expected a rate: a number or an object with one of points, sine, csv, metricData, "
            "sum");
    if (!read_noise(r, term, err)) return false;
    const json_t *sum = json_object_get(term->value, "sum");
    if (sum) return push_sum(r, term, sum, err);
    if (!json_object_get(term->value, "csv") && !json_object_get(term->value, "metricData") &&
        !json_object_get(term->value, "sine"))
        return read_curve(term->value, r->options, term->where, r->memory, out, &r->scripted, err);
    r->scripted = false;
    if (json_object_get(term->value, "csv"))
        return read_csv(term->value, r->options, term->where, r->memory, out, err);
    if (json_object_get(term->value, "metricData"))
        return read_metric(term->value, r->options, term->where, r->memory, out, err);
    return read_sine(term->value, r->options, term->where, r->memory, out, err);
}

static bool read_terms(rate_reading *r, sim_error *err)
{
    while (r->count > 0) {
        pending_term term = r->items[--r->count];
        rate_series one = {0};
        if (!read_term(r, &term, &one, err)) return false;
        if (one.step_count == 0) continue;
        r->parts = memory_resize(r->parts, r->part_count + 1, sizeof *r->parts);
        r->parts[r->part_count++] = (rate_part){one, term.noise};
    }
    return true;
}

/* Nobody offers more; what is above is a mistake that would overflow what is computed from it. */
static bool scale(rate_series *s, double by, sim_error *err)
{
    for (uint32_t i = 0; i < s->step_count; i++) {
        s->steps[i].per_second *= by;
        if (s->steps[i].per_second <= RATE_MAX) continue;
        error_set(err, "%g a second is implausible: more than %g", s->steps[i].per_second,
                  RATE_MAX);
        return false;
    }
    return true;
}

/* The sum is of copies of the steps: those of the parts are scaled, too. */
static bool finish(rate_reading *r, offered_rate *out, sim_error *err)
{
    rate_series *series = memory_alloc(r->part_count + 1, sizeof *series);
    bool fine = true;
    for (uint32_t i = 0; i < r->part_count; i++) {
        fine = fine && scale(&r->parts[i].series, r->options->scale, err);
        series[i] = r->parts[i].series;
    }
    out->series = rate_sum(series, r->part_count, r->memory);
    out->scripted = r->scripted && r->noise_count == 0;
    free(series);
    if (!fine || !scale(&out->series, 1, err) || r->noise_count == 0) return fine && !err->text[0];
    out->noise = (rate_noises){.noise_count = r->noise_count,
                               .part_count = r->part_count,
                               .noises = ARENA_ARRAY(r->memory, r->noise_count, rate_noise),
                               .parts = ARENA_ARRAY(r->memory, r->part_count + 1, rate_part)};
    memcpy(out->noise.noises, r->noises, r->noise_count * sizeof *r->noises);
    memcpy(out->noise.parts, r->parts, r->part_count * sizeof *r->parts);
    return true;
}

bool rate_from_json(const json_t *value, const rate_options *options, arena *a, offered_rate *out,
                    sim_error *err)
{
    rate_reading r = {.options = options, .memory = a, .scripted = true};
    *out = (offered_rate){0};
    push_term(&r, value, "", options->over ? add_noise(&r, options->over) : NO_INDEX);
    const bool fine = read_terms(&r, err) && finish(&r, out, err);
    free(r.parts);
    free(r.noises);
    free(r.items);
    return fine;
}

rate_series rate_sum(const rate_series *series, uint32_t count, arena *a)
{
    rate_series sum = {0};
    if (count == 1) return series[0];
    size_t total = 1;
    for (uint32_t i = 0; i < count; i++)
        total += series[i].step_count;
    sum.steps = ARENA_ARRAY(a, total, rate_step);
    uint32_t *at = memory_alloc(count ? count : 1, sizeof *at); /* the step that holds now */
    for (sim_time now = 0; now != SIM_NEVER;) {
        double rate = 0;
        sim_time next = SIM_NEVER;
        for (uint32_t i = 0; i < count; i++) {
            const rate_series *s = &series[i];
            while (at[i] + 1 < s->step_count && s->steps[at[i] + 1].at_us <= now)
                at[i]++;
            rate += s->steps[at[i]].per_second;
            if (at[i] + 1 < s->step_count && s->steps[at[i] + 1].at_us < next)
                next = s->steps[at[i] + 1].at_us;
        }
        push_step(&sum, now, rate);
        now = next;
    }
    free(at);
    return sum;
}

sim_time rate_peak(const rate_series *series, sim_time duration_us)
{
    sim_time at_us = 0;
    double highest = -1;
    for (uint32_t i = 0; i < series->step_count; i++) {
        if (series->steps[i].at_us >= duration_us && i > 0) break;
        if (series->steps[i].per_second <= highest) continue;
        highest = series->steps[i].per_second;
        at_us = series->steps[i].at_us;
    }
    return at_us;
}
