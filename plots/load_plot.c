/* load_plot.c - how a service meets its load: what load.gp draws, panels on one axis of time.
 *
 * Requests, use of CPU and memory, latency, tasks, instances and cost, the reservation of capacity
 * providers; a panel without anything to show is left out. Thresholds come from the scenario
 * (config), what alarms and policies did from the event log; a result without either has the panels
 * alone.
 */
#include "plots/plot_lines.h"
#include "sim/engine/arena.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* In pixels; load.gp has the same. */
#define WIDTH        900
#define PANEL_PITCH  172
#define PANEL_HEIGHT 122
#define AROUND       86
/* Of the names of thresholds, right of the panels: about. */
#define NAME_HEIGHT    15
#define NAME_CHARACTER 8
#define NAME_ROOM      68  /* that is there anyway */
#define NAMES_WIDTH    400 /* a name is cut to that */
#define BINS           450
/* A bar of failed requests has the worst span within it of at most this length. */
#define WORST_US (10 * SIM_SECOND)
/* More have small marks, and more than that would hide the lines: they are counted, not marked. */
#define DECISIONS_LARGE 120
#define DECISIONS_MAX   1000
/* Latencies that differ by more have a logarithmic axis. */
#define LOG_FROM 20
/* In text: lines of a panel at least, and columns beside it. */
#define PANEL_LINES 11
#define TEXT_ASIDE  17

typedef enum {
    PANEL_REQUESTS,
    PANEL_USE,
    PANEL_LATENCY,
    PANEL_TASKS,
    PANEL_FLEET,
    PANEL_RESERVATION,
    PANELS
} panel;

static const char *const panel_names[PANELS] = {"REQUESTS", "USE",   "LATENCY",
                                                "TASKS",    "FLEET", "RESERVATION"};

typedef struct {
    result_table *series, *cluster, *events; /* events NULL: not kept */
    const model_config *config;              /* NULL: not known */
    const char *service;
    uint32_t service_index; /* in config; NO_INDEX: not there */
    plot_axis axis;
    int columns; /* text: of the letters; 0: a picture */
    bool shown[PANELS];
    double top[PANELS]; /* the highest that is drawn */
    int names_width;    /* pixels that names of thresholds take, right of the panels */
} load_view;

/* ---- Reading ---- */

static const result_column *series_column(const load_view *v, const char *name)
{
    return result_table_column(v->series, name);
}

#define EVENT_COLUMNS_NEEDED 8

static bool read_tables(load_view *v, const result_file *f, sim_error *err)
{
    static const char *const wanted[] = {"t_us",
                                         "kind",
                                         "service",
                                         "outcome",
                                         "scaling_decision_from",
                                         "scaling_decision_to",
                                         "alarm",
                                         "to", /* those of an earlier version's result end here */
                                         "autoScalingGroup",
                                         "capacityProvider",
                                         "reservation",
                                         NULL};
    static const char *const needed[] = {"t_us",        "desired",    "running",      "healthy",
                                         "rps_offered", "rps_failed", "requests_lost"};
    char group[512];
    sim_error unsaid = {0};
    plot_service_group(v->service, group, sizeof group);
    v->series = result_file_table(f, group, err);
    v->cluster = v->series ? result_file_table(f, "runs/0/0/series/cluster", err) : NULL;
    if (!v->cluster) return false;
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!series_column(v, needed[i]))
            return error_set(err, "%s has no column %s", group, needed[i]);
    if (!result_table_column(v->cluster, "t_us") || !result_table_column(v->cluster, "instances") ||
        !result_table_column(v->cluster, "price_usd_per_hour"))
        return error_set(err, "the series of the cluster lacks a column");
    if (v->series->rows == 0 || v->cluster->rows == 0)
        return error_set(err, "the series of %s have no rows", v->service);
    v->events = result_file_columns(f, "runs/0/0/events", wanted, &unsaid);
    for (size_t i = 0; v->events && i < EVENT_COLUMNS_NEEDED; i++)
        if (!result_table_column(v->events, wanted[i]))
            return error_set(err, "the event log has no column %s", wanted[i]);
    return true;
}

static void find_service(load_view *v)
{
    v->service_index = NO_INDEX;
    for (uint32_t i = 0; v->config && i < v->config->service_count; i++)
        if (strcmp(v->config->services[i].name, v->service) == 0) v->service_index = i;
}

/* ---- Lines ---- */

static void write_block(load_view *v, FILE *out, panel p, plot_block *block)
{
    plot_lines_write(block, out, panel_names[p], &v->axis, v->columns, 1.0 / PANEL_LINES);
    for (uint32_t l = 0; l < block->line_count; l++)
        v->top[p] = fmax(v->top[p], block->highest[l]);
    v->shown[p] = v->shown[p] || v->top[p] > 0;
}

static plot_block block_of(const result_table *t)
{
    return (plot_block){.t_us = result_table_column(t, "t_us"), .rows = t->rows};
}

static double axis_top(const load_view *v, panel p)
{
    return v->top[p] > 0 ? v->top[p] * 1.12 : 1;
}

static void add_line(plot_block *b, plot_line line)
{
    b->lines[b->line_count++] = line;
}

/* Is the metric that of the service, or of a target group of the service? */
static bool is_metric_of(const load_view *v, uint32_t metric, metric_kind *kind)
{
    if (metric == NO_INDEX) return false;
    const metric_config *m = &v->config->metrics[metric];
    const service_config *s = &v->config->services[v->service_index];
    *kind = m->kind;
    switch (m->kind) {
    case METRIC_SERVICE_CPU:
    case METRIC_SERVICE_MEMORY:
    case METRIC_SERVICE_RUNNING_TASKS:
    case METRIC_SERVICE_PENDING_TASKS:
    case METRIC_SERVICE_DESIRED_TASKS:
        return m->object == v->service_index;
    case METRIC_REQUEST_COUNT:
    case METRIC_REQUEST_COUNT_PER_TARGET:
    case METRIC_HEALTHY_HOST_COUNT:
    case METRIC_UNHEALTHY_HOST_COUNT:
        for (uint32_t i = 0; i < s->load_balancer_count; i++)
            if (s->load_balancers[i].target_group == m->object) return true;
        return false;
    default:
        return false;
    }
}

/* RequestCountPerTarget x healthy targets is a rate that the tasks may be offered: requests a second
 * for each healthy task, 0 without such a policy or alarm. */
static double rate_per_task(const load_view *v)
{
    metric_kind kind;
    double rate = 0;
    for (uint32_t i = 0; v->service_index != NO_INDEX && i < v->config->alarm_count; i++) {
        const alarm_config *a = &v->config->alarms[i];
        const bool above =
            a->comparison == COMPARE_GREATER || a->comparison == COMPARE_GREATER_OR_EQUAL;
        if (above && is_metric_of(v, a->metric, &kind) && kind == METRIC_REQUEST_COUNT_PER_TARGET)
            rate = a->threshold * 1e6 / (double)a->period_us;
    }
    return rate;
}

static void write_requests(load_view *v, gnuplot *g)
{
    FILE *out = gnuplot_script(g);
    plot_block b = block_of(v->series);
    const double rate = rate_per_task(v);
    add_line(&b, (plot_line){.column = series_column(v, "rps_offered"), .fold = FOLD_MOST});
    if (rate > 0)
        add_line(&b, (plot_line){
                         .column = series_column(v, "healthy"), .scale = rate, .fold = FOLD_MEAN});
    write_block(v, out, PANEL_REQUESTS, &b);
    v->shown[PANEL_REQUESTS] = b.highest[0] > 0;
    fprintf(out, "ALLOWED = %d\n", rate > 0);
}

/* Counts are of the window but for the warmup, as the summary's. */
static sim_time counted_from(const load_view *v)
{
    const sim_time warmup_us = v->config ? v->config->warmup_us : 0;
    return warmup_us > v->axis.low_us && warmup_us < v->axis.high_us ? warmup_us : v->axis.low_us;
}

static const char *counted_words(const load_view *v)
{
    return counted_from(v) > v->axis.low_us ? " after the warmup" : "";
}

/* How many requests failed in the window; as the summary counts, from the end of the warmup on. */
static void write_count(const load_view *v, gnuplot *g)
{
    const result_column *t_us = series_column(v, "t_us"), *lost = series_column(v, "requests_lost");
    const result_column *failing = series_column(v, "rps_failed");
    const result_column *offered = series_column(v, "rps_offered");
    const sim_time since_us = counted_from(v);
    const uint64_t first = plot_row_at(t_us, v->series->rows, since_us);
    const uint64_t last = plot_row_at(t_us, v->series->rows, v->axis.high_us);
    double failed = 0, all = 0;
    for (uint64_t row = first; row <= last; row++) {
        const sim_time begin_us = t_us->at.i64[row] > since_us ? t_us->at.i64[row] : since_us;
        const sim_time end_us = row < last ? t_us->at.i64[row + 1] : v->axis.high_us;
        const double seconds = (double)(end_us - begin_us) / 1e6;
        if (row > first)
            failed += result_column_number(lost, row) - result_column_number(lost, row - 1);
        failed += result_column_number(failing, row) * seconds;
        all += result_column_number(offered, row) * seconds;
    }
    char note[160];
    const char *when = counted_words(v);
    if (failed >= 0.01)
        snprintf(note, sizeof note, "%.0f of %.0f requests failed%s (%.2g %%)", failed, all, when,
                 100 * failed / all);
    else
        snprintf(note, sizeof note, "no request failed of %.0f%s", all, when);
    gnuplot_set_string(g, "REQUESTS_NOTE", note);
}

/* Failed requests in each of `count` equal spans of the window: rates are integrated, what was cut in
 * flight is a running total that jumps. To be freed. */
static double *failed_by_span(const load_view *v, uint32_t count)
{
    const double low_us = (double)v->axis.low_us, high_us = (double)v->axis.high_us;
    const double width_us = (high_us - low_us) / count;
    const result_column *t_us = series_column(v, "t_us"), *lost = series_column(v, "requests_lost");
    const result_column *failing = series_column(v, "rps_failed");
    const uint64_t first = plot_row_at(t_us, v->series->rows, v->axis.low_us);
    const uint64_t last = plot_row_at(t_us, v->series->rows, v->axis.high_us);
    double *failed = memory_alloc(count, sizeof *failed);
    for (uint64_t row = first; row <= last; row++) {
        const double from_us = fmax((double)t_us->at.i64[row], low_us);
        const double to_us = row < last ? (double)t_us->at.i64[row + 1] : high_us;
        uint32_t b = (uint32_t)fmin((from_us - low_us) / width_us, count - 1);
        if (row > first)
            failed[b] += result_column_number(lost, row) - result_column_number(lost, row - 1);
        for (; b < count && low_us + b * width_us < to_us; b++)
            failed[b] += result_column_number(failing, row) / 1e6 *
                         fmax(0, fmin(to_us, low_us + (b + 1) * width_us) -
                                     fmax(from_us, low_us + b * width_us));
    }
    return failed;
}

/* A bar for each bin, as high as the worst of its spans: a mean over minutes would hide a peak. */
static void write_failed(load_view *v, gnuplot *g)
{
    FILE *out = gnuplot_script(g);
    const uint32_t count = v->columns > 0 ? (uint32_t)v->columns : BINS;
    const double low_us = (double)v->axis.low_us;
    const double width_us = ((double)v->axis.high_us - low_us) / count;
    const uint32_t parts = (uint32_t)ceil(width_us / (double)WORST_US);
    double *failed = failed_by_span(v, count * parts), total = 0, highest = 0;
    fputs("$FAILED << EOD\n", out);
    for (uint32_t b = 0; b < count; b++) {
        double worst = 0;
        for (uint32_t part = 0; part < parts; part++) {
            worst = fmax(worst, failed[b * parts + part]);
            total += failed[b * parts + part];
        }
        const double rate = worst * parts * 1e6 / width_us;
        highest = fmax(highest, rate);
        if (v->columns > 0)
            fprintf(out, "%.15g %s%.9g\n", plot_axis_at(&v->axis, low_us + (b + 0.5) * width_us),
                    rate > 0 ? "" : "NaN #", rate);
        else
            fprintf(out, "%.15g %.9g\n%.15g %.9g\n", plot_axis_at(&v->axis, low_us + b * width_us),
                    rate, plot_axis_at(&v->axis, low_us + (b + 1) * width_us), rate);
    }
    free(failed);
    fprintf(out, "EOD\nFAILED = %d\n", total >= 0.01);
    char title[60] = "failed", note[80] = "";
    if (parts > 1) {
        const double worst_s = width_us / parts / 1e6;
        snprintf(title, sizeof title, "failed (worst %.2g s)", worst_s);
        snprintf(note, sizeof note, "each bar: the worst %.2g s in it", worst_s);
    }
    gnuplot_set_string(g, "FAILED_TITLE", title);
    gnuplot_set_string(g, "FAILED_NOTE", total >= 0.01 ? note : "");
    v->top[PANEL_REQUESTS] = fmax(v->top[PANEL_REQUESTS], highest);
    write_count(v, g);
}

static void write_use(load_view *v, FILE *out)
{
    plot_block b = block_of(v->series);
    const plot_line cpu = {.column = series_column(v, "cpu_used"),
                           .base = series_column(v, "cpu_reserved"),
                           .fold = FOLD_MEAN};
    const plot_line memory = {.column = series_column(v, "memory_used"),
                              .growth = series_column(v, "memory_growth"),
                              .base = series_column(v, "memory_reserved"),
                              .fold = FOLD_MEAN};
    int place = 1;
    const bool has_cpu = cpu.column && cpu.base, has_memory = memory.column && memory.base;
    if (has_cpu) add_line(&b, cpu);
    if (has_memory) add_line(&b, memory);
    if (b.line_count > 0) write_block(v, out, PANEL_USE, &b);
    const bool cpu_there = has_cpu && b.highest[0] > 0;
    if (has_cpu) place++;
    fprintf(out, "CPU = %d; MEMORY = %d\n", cpu_there ? 2 : 0,
            has_memory && b.highest[place - 1] > 0 ? place + 1 : 0);
    v->top[PANEL_USE] = fmax(v->top[PANEL_USE], 95);
}

/* Above zero, in the window; 0: none. */
static double lowest_of(const load_view *v, const result_column *column)
{
    const result_column *t_us = series_column(v, "t_us");
    const uint64_t last = plot_row_at(t_us, v->series->rows, v->axis.high_us);
    double lowest = 0;
    for (uint64_t row = plot_row_at(t_us, v->series->rows, v->axis.low_us); row <= last; row++) {
        const double value = result_column_number(column, row);
        if (value > 0 && (!(lowest > 0) || value < lowest)) lowest = value;
    }
    return lowest;
}

static void write_latency(load_view *v, FILE *out)
{
    static const char *const names[] = {"latency_mean", "latency_p50", "latency_p95",
                                        "latency_p99"};
    plot_block b = block_of(v->series);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const result_column *column = series_column(v, names[i]);
        if (!column) break; /* an earlier version's result has the mean alone */
        add_line(&b, (plot_line){.column = column, .scale = 1000, .fold = FOLD_MOST});
    }
    if (b.line_count == 0) return;
    write_block(v, out, PANEL_LATENCY, &b);
    const double lowest = lowest_of(v, b.lines[b.line_count > 1 ? 1 : 0].column) * 1000;
    fprintf(out, "QUANTILES = %d; LATENCY_LOW = %.9g\n", b.line_count == 4,
            lowest > 0 && v->top[PANEL_LATENCY] > LOG_FROM * lowest ? lowest / 2 : 0);
}

static void write_tasks(load_view *v, FILE *out)
{
    plot_block b = block_of(v->series);
    add_line(&b, (plot_line){.column = series_column(v, "desired"), .fold = FOLD_MOST});
    add_line(&b, (plot_line){.column = series_column(v, "running"), .fold = FOLD_MOST});
    add_line(&b, (plot_line){.column = series_column(v, "healthy"), .fold = FOLD_LEAST});
    write_block(v, out, PANEL_TASKS, &b);
    v->shown[PANEL_TASKS] = true;
}

static void write_fleet(load_view *v, FILE *out)
{
    plot_block b = block_of(v->cluster);
    add_line(
        &b, (plot_line){.column = result_table_column(v->cluster, "instances"), .fold = FOLD_MOST});
    write_block(v, out, PANEL_FLEET, &b);
    plot_block cost = block_of(v->cluster);
    add_line(&cost, (plot_line){.column = result_table_column(v->cluster, "price_usd_per_hour"),
                                .fold = FOLD_MEAN});
    plot_lines_write(&cost, out, "COST", &v->axis, v->columns, 0);
    fprintf(out, "INSTANCES = %d; COST = %d; COST_TOP = %.9g; COST_STEP = %.9g\n",
            v->top[PANEL_FLEET] > 0, cost.highest[0] > 0,
            cost.highest[0] > 0 ? cost.highest[0] * 1.2 : 1,
            plot_round_step(cost.highest[0] > 0 ? cost.highest[0] / 4 : 1));
    v->shown[PANEL_FLEET] = v->top[PANEL_FLEET] > 0 || cost.highest[0] > 0;
}

/* ---- Thresholds ---- */

static bool is_text(const result_file *f, const result_column *c, uint64_t row, const char *text)
{
    return strcmp(result_file_string(f, c->at.u32[row]), text) == 0;
}

/* Where an alarm's threshold stands; PANELS: nowhere. */
static panel threshold_panel(const load_view *v, const alarm_config *a, double *value)
{
    metric_kind kind;
    *value = a->threshold;
    if (!is_metric_of(v, a->metric, &kind)) return PANELS;
    if (kind == METRIC_REQUEST_COUNT_PER_TARGET) return PANELS; /* a line of its own */
    if (kind == METRIC_SERVICE_CPU || kind == METRIC_SERVICE_MEMORY)
        return a->statistic == STATISTIC_SUM || a->statistic == STATISTIC_SAMPLE_COUNT ? PANELS
                                                                                       : PANEL_USE;
    if (kind != METRIC_REQUEST_COUNT) return PANEL_TASKS;
    *value = a->threshold * 1e6 / (double)a->period_us;
    return a->statistic == STATISTIC_SUM ? PANEL_REQUESTS : PANELS;
}

static void write_span(const load_view *v, FILE *out, double from_us, double to_us, double value)
{
    from_us = fmax(from_us, (double)v->axis.low_us);
    to_us = fmin(to_us, (double)v->axis.high_us);
    if (from_us < to_us)
        fprintf(out, "%.15g %.15g %.9g\n", plot_axis_at(&v->axis, from_us),
                plot_axis_at(&v->axis, to_us), value);
}

/* When the alarm was in ALARM, at the height of its threshold. */
static void write_alarm_spans(const load_view *v, const result_file *f, FILE *out, const char *name,
                              double value)
{
    const result_table *e = v->events;
    const result_column *t_us = e ? result_table_column(e, "t_us") : NULL;
    const result_column *kind = e ? result_table_column(e, "kind") : NULL;
    const result_column *alarm = e ? result_table_column(e, "alarm") : NULL;
    const result_column *to = e ? result_table_column(e, "to") : NULL;
    double since_us = -1;
    for (uint64_t row = 0; e && row < e->rows; row++) {
        if (!is_text(f, kind, row, "alarm.state") || !is_text(f, alarm, row, name)) continue;
        if (since_us >= 0) write_span(v, out, since_us, (double)t_us->at.i64[row], value);
        since_us = is_text(f, to, row, "ALARM") ? (double)t_us->at.i64[row] : -1;
    }
    if (since_us >= 0) write_span(v, out, since_us, (double)v->axis.high_us, value);
}

/* A tracking policy's alarm without what the picture's heading says: AlarmHigh-POLICY (A60). */
static const char *short_name(const char *name)
{
    const char *tracking =
        strncmp(name, "TargetTracking-", 15) == 0 ? strstr(name, "-Alarm") : NULL;
    return tracking ? tracking + 1 : name;
}

/* A threshold as it is drawn: named right of the panel, at the height `place`. */
typedef struct {
    double value, place;
    char name[120];
} limit;

static int limit_order(const void *a, const void *b)
{
    const limit *x = a, *y = b;
    if (x->value < y->value || x->value > y->value) return x->value < y->value ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* Names of thresholds that are close together move apart. */
static void place_names(limit *limits, uint32_t count, double axis_top)
{
    const double gap = axis_top * NAME_HEIGHT / PANEL_HEIGHT;
    qsort(limits, count, sizeof *limits, limit_order);
    for (uint32_t i = 0; i < count; i++)
        limits[i].place =
            i > 0 ? fmax(limits[i].value, limits[i - 1].place + gap) : limits[i].value;
    for (uint32_t i = count; i-- > 0;) {
        const double most = i + 1 < count ? limits[i + 1].place - gap : axis_top;
        limits[i].place = fmax(0, fmin(limits[i].place, most));
    }
}

static int name_width(const char *name)
{
    int width = NAME_CHARACTER;
    for (; *name; name++)
        width += ((unsigned char)*name & 0xC0) == 0x80 ? 0 : NAME_CHARACTER;
    return width;
}

/* $..._LIMITS: threshold name and the name's height. */
static void write_limits(load_view *v, gnuplot *g, panel p, limit *limits, uint32_t count)
{
    FILE *out = gnuplot_script(g);
    for (uint32_t i = 0; i < count; i++)
        v->top[p] = fmax(v->top[p], limits[i].value);
    if (count > 0) place_names(limits, count, axis_top(v, p));
    fprintf(out, "$%s_LIMITS << EOD\n", panel_names[p]);
    for (uint32_t i = 0; i < count; i++) {
        const int width = name_width(limits[i].name);
        if (width > v->names_width) v->names_width = width < NAMES_WIDTH ? width : NAMES_WIDTH;
        fprintf(out, "%.9g ", limits[i].value);
        gnuplot_write_word(g, limits[i].name);
        fprintf(out, " %.9g\n", limits[i].place);
    }
    fprintf(out, "EOD\n%s_LIMITS = %d\n", panel_names[p], count > 0);
}

/* "NAME > 65"; a name without room ends in "…". */
static void name_limit(limit *l, const char *name, const char *sign)
{
    const int room = NAMES_WIDTH / NAME_CHARACTER - 16;
    int length = (int)strlen(name);
    if (length > room)
        for (length = room; length > 0 && ((unsigned char)name[length] & 0xC0) == 0x80;)
            length--;
    snprintf(l->name, sizeof l->name, "%.*s%s %s %.6g", length, name, name[length] ? "…" : "", sign,
             l->value);
}

/* The limits, and $..._ALARMS: t_low t_high threshold. */
static void write_thresholds(load_view *v, const result_file *f, gnuplot *g, panel p)
{
    static const char *const signs[] = {[COMPARE_GREATER_OR_EQUAL] = "≥",
                                        [COMPARE_GREATER] = ">",
                                        [COMPARE_LESS] = "<",
                                        [COMPARE_LESS_OR_EQUAL] = "≤"};
    FILE *out = gnuplot_script(g);
    const uint32_t alarm_count = v->service_index == NO_INDEX ? 0 : v->config->alarm_count;
    uint32_t count = 0;
    double value;
    limit *limits = memory_alloc(alarm_count + 1, sizeof *limits);
    for (uint32_t i = 0; i < alarm_count; i++) {
        const alarm_config *a = &v->config->alarms[i];
        if (threshold_panel(v, a, &value) != p) continue;
        limits[count].value = value;
        name_limit(&limits[count++], short_name(a->name), signs[a->comparison]);
    }
    write_limits(v, g, p, limits, count);
    free(limits);
    fprintf(out, "$%s_ALARMS << EOD\n", panel_names[p]);
    for (uint32_t i = 0; i < alarm_count; i++)
        if (threshold_panel(v, &v->config->alarms[i], &value) == p)
            write_alarm_spans(v, f, out, v->config->alarms[i].name, value);
    /* Never an empty block; this one is outside the window. */
    fprintf(out, "NaN NaN NaN\nEOD\n");
}

/* ---- What happened ---- */

typedef struct {
    const result_column *t_us, *kind, *service, *group, *outcome, *from, *to;
} decision_columns;

static decision_columns find_decisions(const result_table *e)
{
    return (decision_columns){.t_us = result_table_column(e, "t_us"),
                              .kind = result_table_column(e, "kind"),
                              .service = result_table_column(e, "service"),
                              .group = result_table_column(e, "autoScalingGroup"),
                              .outcome = result_table_column(e, "outcome"),
                              .from = result_table_column(e, "scaling_decision_from"),
                              .to = result_table_column(e, "scaling_decision_to")};
}

typedef enum { DECISION_NONE, DECISION_OUT, DECISION_IN, DECISION_BLOCKED } decision_kind;

/* As the metrics scaling.out, .in and .blocked count; a group waits for its instances' warmup, too
 * (E187). */
static decision_kind decision_kind_of(const result_file *f, const decision_columns *c, uint64_t row,
                                      bool of_group)
{
    static const char *const against[] = {"cooldown", "atMax", "blockedByDeployment", "suspended",
                                          "warmup"};
    const size_t count = sizeof against / sizeof *against - (of_group ? 0 : 1);
    if (c->to->at.i64[row] != c->from->at.i64[row])
        return c->to->at.i64[row] > c->from->at.i64[row] ? DECISION_OUT : DECISION_IN;
    for (size_t i = 0; i < count; i++)
        if (is_text(f, c->outcome, row, against[i])) return DECISION_BLOCKED;
    return DECISION_NONE;
}

/* Of the service, or of any Auto Scaling group, by whatever changes its desired capacity. */
static bool is_decision(const load_view *v, const result_file *f, const decision_columns *c,
                        uint64_t row, bool of_group)
{
    if (c->t_us->at.i64[row] < v->axis.low_us || c->t_us->at.i64[row] > v->axis.high_us ||
        !is_text(f, c->kind, row, "scaling.decision"))
        return false;
    return of_group ? c->group && !is_text(f, c->group, row, "")
                    : is_text(f, c->service, row, v->service);
}

/* $NAME: t desired kind, 1: out, 2: in, 3: blocked; NAME: the size of the marks, 0: none.
 * note: "" without a decision. */
static void write_decisions(load_view *v, const result_file *f, FILE *out, bool of_group,
                            char *note, size_t size)
{
    const char *name = of_group ? "GROUP_DECISIONS" : "DECISIONS";
    const result_table *e = v->events;
    uint64_t marks = 0, counts[DECISION_BLOCKED + 1] = {0};
    decision_columns c = {0};
    if (e) c = find_decisions(e);
    fprintf(out, "$%s << EOD\n", name);
    for (uint64_t row = 0; e && row < e->rows; row++) {
        if (!is_decision(v, f, &c, row, of_group)) continue;
        const decision_kind what = decision_kind_of(f, &c, row, of_group);
        if (what == DECISION_NONE) continue;
        const double to = (double)c.to->at.i64[row];
        fprintf(out, "%.15g %.9g %d\n", plot_axis_at(&v->axis, (double)c.t_us->at.i64[row]), to,
                (int)what);
        if (of_group) v->top[PANEL_FLEET] = fmax(v->top[PANEL_FLEET], to);
        counts[what] += c.t_us->at.i64[row] >= counted_from(v);
        marks++;
    }
    fprintf(out, "EOD\n%s = %g\n", name,
            marks == 0 || marks > DECISIONS_MAX ? 0
            : marks > DECISIONS_LARGE           ? 0.5
                                                : 1);
    *note = '\0';
    if (marks > 0)
        snprintf(note, size, "▲ %" PRIu64 " out, ▼ %" PRIu64 " in, × %" PRIu64 " blocked%s%s",
                 counts[DECISION_OUT], counts[DECISION_IN], counts[DECISION_BLOCKED],
                 counted_words(v), marks > DECISIONS_MAX ? " (too many to mark)" : "");
}

static void write_service_decisions(load_view *v, const result_file *f, gnuplot *g)
{
    char note[160];
    write_decisions(v, f, gnuplot_script(g), false, note, sizeof note);
    gnuplot_set_string(g, "TASKS_NOTE", note);
}

static void write_group_decisions(load_view *v, const result_file *f, gnuplot *g)
{
    char counts[160], note[200];
    write_decisions(v, f, gnuplot_script(g), true, counts, sizeof counts);
    const bool narrow = v->columns > 0 && *counts;
    snprintf(note, sizeof note, "%s%s%s", narrow ? "" : "of the whole cluster",
             !*counts ? ""
             : narrow ? "groups: "
                      : "; groups: ",
             counts);
    gnuplot_set_string(g, "FLEET_NOTE", note);
}

/* ---- CapacityProviderReservation ---- */

typedef struct {
    uint32_t count, name[PLOT_LINES_MAX]; /* strings of the file, in the order of the log */
    result_column t_us, value[PLOT_LINES_MAX];
    uint64_t rows;
} reservations;

/* The place of the provider; PLOT_LINES_MAX: there are more than can be drawn. */
static uint32_t provider_place(reservations *r, uint32_t name)
{
    for (uint32_t i = 0; i < r->count; i++)
        if (r->name[i] == name) return i;
    if (r->count < PLOT_LINES_MAX) r->name[r->count++] = name;
    return r->name[r->count - 1] == name ? r->count - 1 : PLOT_LINES_MAX;
}

/* A row a sample with the values of all, as columns of a series; the first row is before any. */
static void collect_reservations(const load_view *v, const result_file *f, reservations *r)
{
    const result_table *e = v->events;
    const result_column *kind = e ? result_table_column(e, "kind") : NULL;
    const result_column *provider = e ? result_table_column(e, "capacityProvider") : NULL;
    const result_column *sample = e ? result_table_column(e, "reservation") : NULL;
    const result_column *t_us = e ? result_table_column(e, "t_us") : NULL;
    uint64_t most = 1;
    for (uint64_t row = 0; provider && sample && row < e->rows; row++)
        most += is_text(f, kind, row, "capacity.sample");
    r->t_us = (result_column){.type = RESULT_I64};
    r->t_us.at.i64 = memory_alloc(most, sizeof *r->t_us.at.i64);
    for (int i = 0; i < PLOT_LINES_MAX; i++) {
        r->value[i] = (result_column){.type = RESULT_F64};
        r->value[i].at.f64 = memory_alloc(most, sizeof *r->value[i].at.f64);
        r->value[i].at.f64[0] = NAN;
    }
    r->rows = 1;
    for (uint64_t row = 0; most > 1 && row < e->rows; row++) {
        if (!is_text(f, kind, row, "capacity.sample")) continue;
        const uint32_t place = provider_place(r, provider->at.u32[row]);
        r->t_us.at.i64[r->rows] = t_us->at.i64[row];
        for (uint32_t i = 0; i < PLOT_LINES_MAX; i++)
            r->value[i].at.f64[r->rows] =
                i == place ? sample->at.f64[row] : r->value[i].at.f64[r->rows - 1];
        r->rows++;
    }
}

static void write_targets(load_view *v, const result_file *f, gnuplot *g, const reservations *r)
{
    limit targets[PLOT_LINES_MAX];
    uint32_t count = 0;
    for (uint32_t i = 0; i < r->count; i++)
        for (uint32_t k = 0; v->config && k < v->config->provider_count; k++) {
            const capacity_provider_config *c = &v->config->providers[k];
            if (strcmp(c->name, result_file_string(f, r->name[i])) != 0) continue;
            targets[count].value = c->target_capacity_pct;
            name_limit(&targets[count++], r->count > 1 ? c->name : "target", "=");
        }
    write_limits(v, g, PANEL_RESERVATION, targets, count);
}

static void write_reservations(load_view *v, const result_file *f, gnuplot *g)
{
    FILE *out = gnuplot_script(g);
    reservations r = {0};
    collect_reservations(v, f, &r);
    plot_block b = {.t_us = &r.t_us, .rows = r.rows};
    for (uint32_t i = 0; i < r.count; i++)
        add_line(&b, (plot_line){.column = &r.value[i], .fold = FOLD_MOST});
    fprintf(out, "PROVIDERS = %" PRIu32 "\n", r.count);
    if (r.count > 0) {
        fprintf(out, "array PROVIDER[%d]\n", PLOT_LINES_MAX);
        for (uint32_t i = 0; i < r.count; i++) {
            char name[32];
            snprintf(name, sizeof name, "PROVIDER[%" PRIu32 "]", i + 1);
            gnuplot_set_string(g, name, result_file_string(f, r.name[i]));
        }
        write_block(v, out, PANEL_RESERVATION, &b);
    }
    write_targets(v, f, g, &r);
    free(r.t_us.at.i64);
    for (int i = 0; i < PLOT_LINES_MAX; i++)
        free(r.value[i].at.f64);
}

/* ---- Deployments ---- */

static void write_deployments(const load_view *v, const result_file *f, FILE *out)
{
    uint32_t count = 0;
    sim_error unsaid = {0};
    result_table *t = result_file_table(f, "runs/0/0/deployments", &unsaid);
    const result_column *name = t ? result_table_column(t, "service") : NULL;
    const result_column *started = t ? result_table_column(t, "started_us") : NULL;
    fputs("$DEPLOYMENTS << EOD\n", out);
    for (uint64_t row = 0; name && started && row < t->rows; row++) {
        const sim_time at_us = started->at.i64[row];
        if (at_us <= v->axis.low_us || at_us >= v->axis.high_us ||
            !is_text(f, name, row, v->service))
            continue;
        fprintf(out, "%.15g\n", plot_axis_at(&v->axis, (double)at_us));
        count++;
    }
    fprintf(out, "EOD\nDEPLOYMENTS = %d\n", count > 0);
    result_table_destroy(t);
}

/* ---- The whole ---- */

static void write_panels(const load_view *v, FILE *out)
{
    int place = 0;
    for (int p = 0; p < PANELS; p++) {
        const char *name = panel_names[p];
        const bool whole = p == PANEL_TASKS || p == PANEL_FLEET;
        const double top = axis_top(v, (panel)p);
        const double step = plot_round_step(top / (v->columns > 0 ? 3 : 5));
        place += v->shown[p];
        fprintf(out, "%s_PLACE = %d; %s_TOP = %.9g; %s_STEP = %.9g\n", name,
                v->shown[p] ? place : 0, name, top, name, whole ? fmax(1, step) : step);
    }
    fprintf(out, "PANELS = %d\n", place);
}

static int shown_count(const load_view *v)
{
    int count = 0;
    for (int p = 0; p < PANELS; p++)
        count += v->shown[p];
    return count;
}

/* The size depends on the panels, so the head comes last. */
static void write_all(load_view *v, const result_file *f, const plot_request *request, gnuplot *g)
{
    FILE *out = gnuplot_script(g);
    char heading[512];
    const char *name = result_file_scenario_name(f);
    write_requests(v, g);
    write_failed(v, g);
    write_use(v, out);
    write_latency(v, out);
    write_tasks(v, out);
    write_service_decisions(v, f, g);
    write_group_decisions(v, f, g);
    write_fleet(v, out);
    for (int p = 0; p < PANEL_FLEET; p++)
        write_thresholds(v, f, g, (panel)p);
    write_reservations(v, f, g);
    write_deployments(v, f, out);
    write_panels(v, out);
    snprintf(heading, sizeof heading, "%s%sload of %s", name, *name ? ": " : "", v->service);
    gnuplot_set_string(g, "HEADING", heading);
    plot_request sized = *request;
    if (sized.lines < shown_count(v) * PANEL_LINES) sized.lines = shown_count(v) * PANEL_LINES;
    const int aside = v->names_width > NAME_ROOM ? v->names_width - NAME_ROOM : 0;
    plot_write_head(g, &sized, WIDTH + aside, AROUND + PANEL_PITCH * shown_count(v), &v->axis);
}

bool load_plot_write(const result_file *f, const plot_request *request, gnuplot *g, sim_error *err)
{
    const bool text = request->format == PLOT_TEXT;
    load_view v = {
        .config = request->config,
        .service = request->service,
        .columns = !text                   ? 0
                   : request->columns > 40 ? request->columns - TEXT_ASIDE
                                           : 22,
    };
    const sim_time low_us = request->from_us == SIM_NEVER ? 0 : request->from_us;
    const sim_time high_us = request->to_us == SIM_NEVER ? request->run_end_us : request->to_us;
    bool ready = read_tables(&v, f, err) &&
                 (low_us < high_us || error_set(err, "the time to show is empty"));
    if (ready) {
        v.axis = plot_axis_for(request, low_us, high_us);
        find_service(&v);
        write_all(&v, f, request, g);
    }
    result_table_destroy(v.series);
    result_table_destroy(v.cluster);
    result_table_destroy(v.events);
    return ready;
}
