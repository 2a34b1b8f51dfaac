/* deploy_plot.c - the timeline of a deployment: what deploy.gp draws. */
#include "plots/plot_parts.h"
#include "sim/engine/arena.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH  900
#define HEIGHT 520
#define BINS   300

typedef struct {
    uint32_t number;
    const char *task_definition, *outcome;
    sim_time started_us, ended_us; /* SIM_NEVER: in progress */
    double seconds;                /* until it completed; NAN */
    double stable_seconds;
} deployment_row;

/* The series of one service, its deployments, and the part of them to show. */
typedef struct {
    result_table *series;
    const result_column *t_us, *desired, *running, *healthy, *pending, *lower, *upper, *offered,
        *lost;
    deployment_row *deployment;
    uint32_t deployment_count;
    const deployment_row *shown; /* NULL: the whole run */
    sim_time low_us, high_us, end_us;
    double unit_us;
} deploy_view;

/* ---- Reading ---- */

static bool read_deployments(deploy_view *v, const result_file *f, const char *service,
                             sim_error *err)
{
    result_table *t = result_file_table(f, "runs/0/0/deployments", err);
    if (!t) return false;
    const result_column *name = result_table_column(t, "service");
    const result_column *number = result_table_column(t, "deployment_number");
    const result_column *definition = result_table_column(t, "taskDefinition");
    const result_column *outcome = result_table_column(t, "outcome");
    const result_column *started = result_table_column(t, "started_us");
    const result_column *ended = result_table_column(t, "ended_us");
    const result_column *seconds = result_table_column(t, "seconds");
    const result_column *stable = result_table_column(t, "stable_seconds");
    bool complete =
        name && number && definition && outcome && started && ended && seconds && stable;
    for (uint64_t row = 0; complete && row < t->rows; row++) {
        if (strcmp(result_file_string(f, name->at.u32[row]), service) != 0) continue;
        v->deployment =
            memory_resize(v->deployment, v->deployment_count + 1, sizeof *v->deployment);
        v->deployment[v->deployment_count++] = (deployment_row){
            .number = number->at.u32[row],
            .task_definition = result_file_string(f, definition->at.u32[row]),
            .outcome = result_file_string(f, outcome->at.u32[row]),
            .started_us = started->at.i64[row],
            .ended_us = ended->at.i64[row] == INT64_MIN ? SIM_NEVER : ended->at.i64[row],
            .seconds = seconds->at.f64[row],
            .stable_seconds = stable->at.f64[row],
        };
    }
    result_table_destroy(t);
    return complete || error_set(err, "the table of deployments lacks a column");
}

static bool read_series(deploy_view *v, const result_file *f, const char *service, sim_error *err)
{
    char group[512];
    plot_service_group(service, group, sizeof group);
    v->series = result_file_table(f, group, err);
    if (!v->series) return false;
    const struct {
        const char *name;
        const result_column **column;
    } needed[] = {
        {"t_us", &v->t_us},       {"desired", &v->desired},     {"running", &v->running},
        {"healthy", &v->healthy}, {"pending", &v->pending},     {"lower", &v->lower},
        {"upper", &v->upper},     {"rps_offered", &v->offered}, {"requests_lost", &v->lost},
    };
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        *needed[i].column = result_table_column(v->series, needed[i].name);
        if (!*needed[i].column) return error_set(err, "%s has no column %s", group, needed[i].name);
    }
    return v->series->rows > 0 || error_set(err, "%s has no rows", group);
}

/* ---- The window ---- */

static bool choose_deployment(deploy_view *v, const plot_request *request, sim_error *err)
{
    for (uint32_t i = 0; i < v->deployment_count; i++)
        if (request->deployment ? v->deployment[i].number == request->deployment
                                : v->deployment[i].number > 1)
            v->shown = &v->deployment[i];
    if (request->deployment && !v->shown)
        return error_set(err, "service %s has no deployment %" PRIu32, request->service,
                         request->deployment);
    return true;
}

/* The deployment until the service is stable again, with a tenth of that on both sides, at least
 * half a minute. */
static void choose_window(deploy_view *v, const plot_request *request)
{
    v->low_us = 0;
    v->high_us = v->end_us;
    if (v->shown && !request->whole_run) {
        sim_time until_us = v->shown->ended_us == SIM_NEVER ? v->end_us : v->shown->ended_us;
        if (isfinite(v->shown->stable_seconds)) {
            sim_time stable_us = v->shown->started_us + (sim_time)(v->shown->stable_seconds * 1e6);
            if (stable_us > until_us) until_us = stable_us;
        }
        sim_time margin_us = (until_us - v->shown->started_us) / 10;
        if (margin_us < 30 * SIM_SECOND) margin_us = 30 * SIM_SECOND;
        if (v->shown->started_us - margin_us > 0) v->low_us = v->shown->started_us - margin_us;
        if (until_us + margin_us < v->end_us) v->high_us = until_us + margin_us;
    }
    if (request->from_us != SIM_NEVER) v->low_us = request->from_us;
    if (request->to_us != SIM_NEVER) v->high_us = request->to_us;
    v->unit_us = time_unit_for(v->high_us - v->low_us).us;
}

/* ---- Tasks ---- */

static double axis_time(const deploy_view *v, sim_time at_us)
{
    return (double)at_us / v->unit_us;
}

static double row_peak(const deploy_view *v, uint64_t row)
{
    const result_column *columns[] = {v->desired, v->running, v->healthy, v->pending, v->upper};
    double peak = 0;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        peak = fmax(peak, result_column_number(columns[i], row));
    return peak;
}

static void write_tasks_at(const deploy_view *v, FILE *out, double t, uint64_t row)
{
    fprintf(out, "%.9g %.0f %.0f %.0f %.0f\n", t, result_column_number(v->desired, row),
            result_column_number(v->running, row), result_column_number(v->healthy, row),
            result_column_number(v->pending, row));
}

/* The rows of the window are first..last; first holds at its low end. */
static void write_tasks(const deploy_view *v, FILE *out, uint64_t first, uint64_t last)
{
    fputs("$TASKS << EOD\n", out);
    write_tasks_at(v, out, axis_time(v, v->low_us), first);
    for (uint64_t row = first + 1; row <= last; row++)
        write_tasks_at(v, out, axis_time(v, v->t_us->at.i64[row]), row);
    write_tasks_at(v, out, axis_time(v, v->high_us), last);
    fputs("EOD\n", out);
}

/* Steps drawn out, since gnuplot fills between lines only. */
static void write_band(const deploy_view *v, FILE *out, uint64_t first, uint64_t last)
{
    fputs("$BAND << EOD\n", out);
    double t = axis_time(v, v->low_us);
    for (uint64_t row = first; row <= last; row++) {
        double lower = result_column_number(v->lower, row);
        double upper = result_column_number(v->upper, row);
        double until = axis_time(v, row < last ? v->t_us->at.i64[row + 1] : v->high_us);
        fprintf(out, "%.9g %.0f %.0f\n%.9g %.0f %.0f\n", t, lower, upper, until, lower, upper);
        t = until;
    }
    fputs("EOD\n", out);
}

static void write_marks(const deploy_view *v, FILE *out)
{
    fputs("$MARKS << EOD\n", out);
    for (uint32_t i = 0; i < v->deployment_count; i++) {
        const sim_time marks[] = {v->deployment[i].started_us, v->deployment[i].ended_us};
        for (int m = 0; m < 2; m++)
            if (marks[m] > v->low_us && marks[m] < v->high_us)
                fprintf(out, "%.9g\n", axis_time(v, marks[m]));
    }
    fprintf(out, "%.9g\nEOD\n", axis_time(v, v->low_us)); /* never an empty block */
}

/* ---- Failed requests ---- */

static const struct {
    const char *column, *name, *color;
} causes[] = {
    {"rps_failed_502", "502", "#D55E00"},
    {"rps_failed_503", "503", "#E69F00"},
    {"rps_failed_504", "504", "#CC79A7"},
    {"rps_failed_overload", "overload", "#56B4E9"},
    {"rps_failed_application", "application", "#009E73"},
    {"requests_lost", "cut in flight", "#0072B2"},
};
#define CAUSES (sizeof causes / sizeof *causes)
#define LOST   (CAUSES - 1)
/* Requests: the far tail of a distribution is no failure that anybody saw. */
#define NEGLIGIBLE 0.01

typedef struct {
    double requests[CAUSES][BINS]; /* failed within each part of the window */
    double total[CAUSES], offered;
} failures;

static void spread_rate(const deploy_view *v, double per_second, sim_time from_us, sim_time to_us,
                        double *bin)
{
    double width_us = (double)(v->high_us - v->low_us) / BINS;
    double from = (double)(from_us - v->low_us), to = (double)(to_us - v->low_us);
    for (int b = (int)(from / width_us); b < BINS && b * width_us < to; b++) {
        double part = fmin(to, (b + 1) * width_us) - fmax(from, b * width_us);
        if (part > 0) bin[b] += per_second * part / 1e6;
    }
}

/* Rates are integrated; what was cut in flight is a running total that jumps. */
static void collect_failures(const deploy_view *v, failures *sum, uint64_t first, uint64_t last)
{
    for (uint64_t row = first; row <= last; row++) {
        sim_time from_us = v->t_us->at.i64[row], to_us = v->high_us;
        if (row < last) to_us = v->t_us->at.i64[row + 1];
        if (row > first) {
            int bin =
                (int)((double)(from_us - v->low_us) / (double)(v->high_us - v->low_us) * BINS);
            double lost =
                result_column_number(v->lost, row) - result_column_number(v->lost, row - 1);
            sum->requests[LOST][bin < BINS ? bin : BINS - 1] += lost;
        }
        if (from_us < v->low_us) from_us = v->low_us;
        if (to_us <= from_us) continue;
        for (size_t c = 0; c < LOST; c++) {
            const result_column *rate = result_table_column(v->series, causes[c].column);
            if (rate)
                spread_rate(v, result_column_number(rate, row), from_us, to_us, sum->requests[c]);
        }
        double offered = result_column_number(v->offered, row);
        sum->offered += offered * (double)(to_us - from_us) / 1e6;
    }
    for (size_t c = 0; c < CAUSES; c++) {
        for (int b = 0; b < BINS; b++)
            sum->total[c] += sum->requests[c][b];
        if (sum->total[c] < NEGLIGIBLE) sum->total[c] = 0;
    }
}

static void write_note(gnuplot *g, const failures *sum)
{
    char note[160];
    double failed = 0;
    for (size_t c = 0; c < CAUSES; c++)
        failed += sum->total[c];
    if (!(sum->offered > 0) && !(failed > 0))
        snprintf(note, sizeof note, "no requests were offered");
    else if (!(failed > 0))
        snprintf(note, sizeof note, "no request failed of %.0f offered", sum->offered);
    else
        snprintf(note, sizeof note, "failed requests: %.*f of %.0f offered (%.2g %%)",
                 failed < 10 ? 1 : 0, failed, sum->offered, 100 * failed / sum->offered);
    gnuplot_set_string(g, "FAILED_NOTE", note);
}

/* 1, 2 or 5 times a power of ten, at least about. */
static double round_step(double about)
{
    double power = pow(10, floor(log10(about)));
    return power * (about <= power ? 1 : about <= 2 * power ? 2 : about <= 5 * power ? 5 : 10);
}

static void write_failures(const deploy_view *v, gnuplot *g, const failures *sum)
{
    FILE *out = gnuplot_script(g);
    double bin_seconds = (double)(v->high_us - v->low_us) / BINS / 1e6, top = 0;
    int count = 0;
    fprintf(out, "array FAILED_NAME[%zu]; array FAILED_COLOR[%zu]\n", CAUSES, CAUSES);
    for (size_t c = 0; c < CAUSES; c++)
        if (sum->total[c] > 0)
            fprintf(out, "FAILED_NAME[%d] = '%s'; FAILED_COLOR[%d] = '%s'\n", count + 1,
                    causes[c].name, count + 1, causes[c].color),
                count++;
    fputs("$FAILED << EOD\n", out);
    for (int b = 0; b < BINS; b++) {
        double stacked = 0;
        fprintf(out, "%.9g", axis_time(v, v->low_us) + b * bin_seconds * 1e6 / v->unit_us);
        for (size_t c = 0; c < CAUSES; c++) {
            if (!(sum->total[c] > 0)) continue;
            double rate = sum->requests[c][b] / bin_seconds;
            fprintf(out, " %.9g", rate);
            stacked += rate;
        }
        fputc('\n', out);
        top = fmax(top, stacked);
    }
    double step = top > 0 ? round_step(top / 3) : 1;
    fprintf(out, "EOD\nFAILED_COUNT = %d; FAILED_TOP = %.9g; FAILED_STEP = %.9g; BIN = %.9g\n",
            count, top > 0 ? top * 1.15 : 1, step, bin_seconds * 1e6 / v->unit_us);
    write_note(g, sum);
}

/* ---- The whole ---- */

static void write_heading(const deploy_view *v, const plot_request *request, gnuplot *g)
{
    char heading[512], took[64] = "";
    if (!v->shown) {
        snprintf(heading, sizeof heading, "%s: no deployment but the first", request->service);
    } else if (strcmp(v->shown->outcome, "inProgress") == 0) {
        snprintf(heading, sizeof heading, "%s: deploy of %s, not completed by the end of the run",
                 request->service, v->shown->task_definition);
    } else {
        time_print(v->shown->seconds, took, sizeof took);
        snprintf(heading, sizeof heading, "%s: deploy of %s, %s after %s", request->service,
                 v->shown->task_definition, v->shown->outcome, took);
    }
    gnuplot_set_string(g, "HEADING", heading);
}

static void write_all(const deploy_view *v, const plot_request *request, gnuplot *g)
{
    FILE *out = gnuplot_script(g);
    plot_write_head(g, request, WIDTH, HEIGHT, v->low_us, v->high_us);
    write_heading(v, request, g);

    uint64_t first = plot_row_at(v->t_us, v->series->rows, v->low_us);
    uint64_t last = plot_row_at(v->t_us, v->series->rows, v->high_us);
    double peak = 0;
    for (uint64_t row = first; row <= last; row++)
        peak = fmax(peak, row_peak(v, row));
    fprintf(out, "TASKS_TOP = %.0f\n", ceil(peak + fmax(0.5, peak * 0.1)));
    write_tasks(v, out, first, last);
    write_band(v, out, first, last);
    write_marks(v, out);

    failures *sum = memory_alloc(1, sizeof *sum);
    collect_failures(v, sum, first, last);
    write_failures(v, g, sum);
    free(sum);
}

bool deploy_plot_write(const result_file *f, const plot_request *request, gnuplot *g,
                       sim_error *err)
{
    deploy_view v = {.end_us = request->run_end_us};
    bool ready = read_series(&v, f, request->service, err) &&
                 read_deployments(&v, f, request->service, err) &&
                 choose_deployment(&v, request, err);
    if (ready) {
        choose_window(&v, request);
        ready = v.low_us < v.high_us || error_set(err, "the time to show is empty");
    }
    if (ready) write_all(&v, request, g);
    free(v.deployment);
    result_table_destroy(v.series);
    return ready;
}
