/* load_plot.c - how a service meets its load: what load.gp draws, panels on one axis of time.
 *
 * Requests, use of CPU and memory, latency, tasks, instances and cost; a panel without anything to
 * show is left out. Thresholds come from the scenario (config), what alarms and policies did from
 * the event log; a result without either has the panels alone.
 */
#include "plots/plot_lines.h"
#include "sim/engine/arena.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 900
/* In pixels; load.gp has the same. */
#define PANEL_PITCH 172
#define AROUND      86
#define BINS        450
/* More would hide the tasks: they are counted, not marked. */
#define DECISIONS_MAX 120
/* Latencies that differ by more have a logarithmic axis. */
#define LOG_FROM 20
/* In text: lines of a panel at least, and columns beside it. */
#define PANEL_LINES 11
#define TEXT_ASIDE  17

typedef enum { PANEL_REQUESTS, PANEL_USE, PANEL_LATENCY, PANEL_TASKS, PANEL_FLEET, PANELS } panel;

static const char *const panel_names[PANELS] = {"REQUESTS", "USE", "LATENCY", "TASKS", "FLEET"};

typedef struct {
    result_table *series, *cluster, *events; /* events NULL: not kept */
    const model_config *config;              /* NULL: not known */
    const char *service;
    uint32_t service_index; /* in config; NO_INDEX: not there */
    plot_axis axis;
    int columns; /* text: of the letters; 0: a picture */
    bool shown[PANELS];
    double top[PANELS]; /* the highest that is drawn */
} load_view;

/* ---- Reading ---- */

static const result_column *series_column(const load_view *v, const char *name)
{
    return result_table_column(v->series, name);
}

static bool read_tables(load_view *v, const result_file *f, sim_error *err)
{
    static const char *const wanted[] = {
        "t_us",  "kind", "service", "outcome", "scaling_decision_from", "scaling_decision_to",
        "alarm", "to",   NULL};
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
    if (v->events && v->events->column_count + 1 < sizeof wanted / sizeof *wanted)
        return error_set(err, "the event log lacks a column");
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
    add_line(&b, (plot_line){.column = series_column(v, "rps_offered"), .fold = FOLD_MEAN});
    if (rate > 0)
        add_line(&b, (plot_line){
                         .column = series_column(v, "healthy"), .scale = rate, .fold = FOLD_MEAN});
    write_block(v, out, PANEL_REQUESTS, &b);
    v->shown[PANEL_REQUESTS] = b.highest[0] > 0;
    fprintf(out, "ALLOWED = %d\n", rate > 0);
}

/* How many requests failed in the window; as the summary counts, from the end of the warmup on. */
static void write_count(const load_view *v, gnuplot *g)
{
    const result_column *t_us = series_column(v, "t_us"), *lost = series_column(v, "requests_lost");
    const result_column *failing = series_column(v, "rps_failed");
    const result_column *offered = series_column(v, "rps_offered");
    const sim_time warmup_us = v->config ? v->config->warmup_us : 0;
    const bool warm = warmup_us > v->axis.low_us && warmup_us < v->axis.high_us;
    const sim_time since_us = warm ? warmup_us : v->axis.low_us;
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
    const char *when = warm ? " after the warmup" : "";
    if (failed >= 0.01)
        snprintf(note, sizeof note, "%.0f of %.0f requests failed%s (%.2g %%)", failed, all, when,
                 100 * failed / all);
    else
        snprintf(note, sizeof note, "no request failed of %.0f%s", all, when);
    gnuplot_set_string(g, "REQUESTS_NOTE", note);
}

/* Failed requests over bins: rates are integrated, what was cut in flight is a running total that
 * jumps. */
static void write_failed(load_view *v, gnuplot *g)
{
    FILE *out = gnuplot_script(g);
    const uint32_t count = v->columns > 0 ? (uint32_t)v->columns : BINS;
    const double low_us = (double)v->axis.low_us, high_us = (double)v->axis.high_us;
    const double width_us = (high_us - low_us) / count;
    const result_column *t_us = series_column(v, "t_us"), *lost = series_column(v, "requests_lost");
    const result_column *failing = series_column(v, "rps_failed");
    const uint64_t first = plot_row_at(t_us, v->series->rows, v->axis.low_us);
    const uint64_t last = plot_row_at(t_us, v->series->rows, v->axis.high_us);
    double *failed = memory_alloc(count, sizeof *failed), total = 0, highest = 0;
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
    fputs("$FAILED << EOD\n", out);
    for (uint32_t b = 0; b < count; b++) {
        const double rate = failed[b] * 1e6 / width_us;
        total += failed[b];
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
    fprintf(out, "INSTANCES = %d; COST = %d; COST_TOP = %.9g; COST_STEP = %.9g\n", b.highest[0] > 0,
            cost.highest[0] > 0, cost.highest[0] > 0 ? cost.highest[0] * 1.2 : 1,
            plot_round_step(cost.highest[0] > 0 ? cost.highest[0] / 4 : 1));
    v->shown[PANEL_FLEET] = b.highest[0] > 0 || cost.highest[0] > 0;
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

/* $..._LIMITS: threshold name 1 (the name above it) or 0; $..._ALARMS: t_low t_high threshold. */
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
    fprintf(out, "$%s_LIMITS << EOD\n", panel_names[p]);
    for (uint32_t i = 0; i < alarm_count; i++) {
        const alarm_config *a = &v->config->alarms[i];
        char label[300];
        if (threshold_panel(v, a, &value) != p) continue;
        const bool above = a->comparison == COMPARE_GREATER ||
                           a->comparison == COMPARE_GREATER_OR_EQUAL || value < 0.2 * v->top[p];
        snprintf(label, sizeof label, "%s %s %g", short_name(a->name), signs[a->comparison], value);
        fprintf(out, "%.9g ", value);
        gnuplot_write_word(g, label);
        fprintf(out, " %d\n", above);
        v->top[p] = fmax(v->top[p], value);
        count++;
    }
    fprintf(out, "EOD\n%s_LIMITS = %d\n$%s_ALARMS << EOD\n", panel_names[p], count > 0,
            panel_names[p]);
    for (uint32_t i = 0; i < alarm_count; i++)
        if (threshold_panel(v, &v->config->alarms[i], &value) == p)
            write_alarm_spans(v, f, out, v->config->alarms[i].name, value);
    /* Never an empty block; this one is outside the window. */
    fprintf(out, "NaN NaN NaN\nEOD\n");
}

/* ---- What happened ---- */

/* $DECISIONS: t desired kind, 1: more tasks, 2: fewer, 3: held back. */
static void write_decisions(const load_view *v, const result_file *f, gnuplot *g)
{
    FILE *out = gnuplot_script(g);
    int counts[3] = {0};
    const result_table *e = v->events;
    const result_column *t_us = e ? result_table_column(e, "t_us") : NULL;
    const result_column *kind = e ? result_table_column(e, "kind") : NULL;
    const result_column *service = e ? result_table_column(e, "service") : NULL;
    const result_column *outcome = e ? result_table_column(e, "outcome") : NULL;
    const result_column *from = e ? result_table_column(e, "scaling_decision_from") : NULL;
    const result_column *to = e ? result_table_column(e, "scaling_decision_to") : NULL;
    fputs("$DECISIONS << EOD\n", out);
    for (uint64_t row = 0; e && row < e->rows; row++) {
        if (t_us->at.i64[row] < v->axis.low_us || t_us->at.i64[row] > v->axis.high_us ||
            !is_text(f, kind, row, "scaling.decision") || !is_text(f, service, row, v->service))
            continue;
        const bool applied = is_text(f, outcome, row, "applied");
        const int what = !applied ? 3 : to->at.i64[row] > from->at.i64[row] ? 1 : 2;
        if (!applied && is_text(f, outcome, row, "atDesired")) continue;
        counts[what - 1]++;
        fprintf(out, "%.15g %" PRId64 " %d\n", plot_axis_at(&v->axis, (double)t_us->at.i64[row]),
                to->at.i64[row], what);
    }
    const int count = counts[0] + counts[1] + counts[2];
    fprintf(out, "EOD\nDECISIONS = %d\n", count > 0 && count <= DECISIONS_MAX);
    char note[100] = "";
    if (count > 0)
        snprintf(note, sizeof note, "scaled: ▲ %d out, ▼ %d in, × %d held back", counts[0],
                 counts[1], counts[2]);
    gnuplot_set_string(g, "TASKS_NOTE", note);
}

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
        const double top = v->top[p] > 0 ? v->top[p] * 1.12 : 1;
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
    write_fleet(v, out);
    for (int p = 0; p < PANELS; p++)
        write_thresholds(v, f, g, (panel)p);
    write_decisions(v, f, g);
    write_deployments(v, f, out);
    write_panels(v, out);
    snprintf(heading, sizeof heading, "%s%sload of %s", name, *name ? ": " : "", v->service);
    gnuplot_set_string(g, "HEADING", heading);
    plot_request sized = *request;
    if (sized.lines < shown_count(v) * PANEL_LINES) sized.lines = shown_count(v) * PANEL_LINES;
    plot_write_head(g, &sized, WIDTH, AROUND + PANEL_PITCH * shown_count(v), &v->axis);
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
