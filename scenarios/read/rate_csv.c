#include "scenarios/read/rate_csv.h"

#include "scenarios/read/csv.h"
#include "scenarios/read/wallclock.h"
#include <stdio.h>
#include <string.h>

#define NO_COLUMN UINT32_MAX

/* A mistake at a field of the record, or at its first one. */
static bool fail(const csv_reader *r, uint32_t field, sim_error *err, const char *text)
{
    error_set(err, "%s", text);
    err->line = r->count > 0 ? r->record_line : r->line;
    err->column = field < r->count ? r->fields[field].column : 1;
    return false;
}

static uint32_t find_column(const csv_reader *r, const char *name)
{
    for (uint32_t i = 0; i < r->count; i++)
        if (r->fields[i].length == strlen(name) &&
            memcmp(r->fields[i].text, name, r->fields[i].length) == 0)
            return i;
    return NO_COLUMN;
}

static bool read_rate(const csv_reader *r, uint32_t column, double *rate, sim_error *err)
{
    if (column >= r->count) return fail(r, 0, err, "the line has too few fields");
    if (!csv_number(&r->fields[column], rate) || !(*rate >= 0))
        return fail(r, column, err, "expected a number of at least 0");
    return true;
}

static bool read_time(const csv_reader *r, uint32_t column, int64_t start_unix_us, sim_time *at_us,
                      sim_error *err)
{
    char text[64];
    sim_error inner = {0};
    int64_t unix_us;
    if (column >= r->count) return fail(r, 0, err, "the line has too few fields");
    snprintf(text, sizeof text, "%.*s", (int)r->fields[column].length, r->fields[column].text);
    if (!wallclock_from_text(text, &unix_us, &inner)) return fail(r, column, err, inner.text);
    *at_us = unix_us - start_unix_us;
    return true;
}

static void push(rate_series *out, sim_time at_us, double rate)
{
    rate_step *last = out->step_count > 0 ? &out->steps[out->step_count - 1] : NULL;
    if (last && at_us <= 0)
        last->per_second = rate; /* both began before the run */
    else if (!last || last->per_second != rate)
        out->steps[out->step_count++] = (rate_step){last ? at_us : 0, rate};
}

static bool read_rows(csv_reader *r, const rate_csv_options *o, uint32_t column, uint32_t stamp,
                      rate_series *out, rate_csv_aside *aside, sim_error *err)
{
    sim_time at_us = 0, before_us = INT64_MIN, first_us = 0;
    for (; csv_next(r, err); before_us = at_us) {
        double rate;
        if (stamp != NO_COLUMN && !read_time(r, stamp, o->start_unix_us, &at_us, err)) return false;
        if (stamp != NO_COLUMN && at_us <= before_us)
            return fail(r, stamp, err, "timestamps must rise");
        if (stamp == NO_COLUMN && before_us != INT64_MIN && at_us <= SIM_RUN_MAX)
            at_us += o->period_us;
        if (before_us == INT64_MIN) first_us = at_us;
        if (!read_rate(r, column, &rate, err)) return false;
        if (at_us <= SIM_RUN_MAX) push(out, at_us, rate * o->scale);
    }
    *aside = (rate_csv_aside){.there = stamp != NO_COLUMN && before_us != INT64_MIN &&
                                       (before_us < 0 || first_us > o->duration_us),
                              .before = before_us < 0,
                              .first_unix_us = o->start_unix_us + first_us,
                              .last_unix_us = o->start_unix_us + before_us};
    return err->text[0] == '\0';
}

static bool read_text(csv_reader *r, const rate_csv_options *o, arena *a, rate_series *out,
                      rate_csv_aside *aside, sim_error *err)
{
    char text[160];
    size_t lines = 1;
    for (const char *c = r->at; c < r->end; c++)
        lines += *c == '\n';
    if (!csv_next(r, err)) return fail(r, 0, err, "no line that names the columns");
    uint32_t column = find_column(r, o->column), stamp = find_column(r, "timestamp");
    snprintf(text, sizeof text, "no column \"%.60s\" in the first line", o->column);
    if (column == NO_COLUMN) return fail(r, 0, err, text);
    if (stamp == NO_COLUMN && o->period_us == 0)
        return fail(r, 0, err, "no column \"timestamp\": the rate needs a `period`");
    if (stamp != NO_COLUMN && o->period_us > 0)
        return fail(r, stamp, err,
                    "a column \"timestamp\" says when rows begin: `period` beside it is of no use");
    out->steps = ARENA_ARRAY(a, lines, rate_step);
    if (!read_rows(r, o, column, stamp, out, aside, err)) return false;
    return out->step_count > 0 || fail(r, 0, err, "no row below the names of the columns");
}

bool rate_csv_read(const char *text, size_t length, const rate_csv_options *options, arena *a,
                   rate_series *out, rate_csv_aside *aside, sim_error *err)
{
    csv_reader r;
    csv_begin(&r, text, length, ',');
    *out = (rate_series){0};
    *aside = (rate_csv_aside){0};
    bool fine = read_text(&r, options, a, out, aside, err);
    csv_end(&r);
    return fine;
}
