/* deploy_plot.c - the timeline of a deployment: what deploy.gp draws. */
#include "plots/plot_lines.h"
#include "sim/engine/arena.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 900
/* In pixels, as in deploy.gp: with the tasks alone, and for each panel below. */
#define HEIGHT       374
#define PANEL_HEIGHT 146
#define GROUPS_MAX   4
/* In text: columns beside the letters. */
#define TEXT_ASIDE 12
#define BINS       300

typedef struct {
    uint32_t number;
    const char *task_definition, *outcome;
    sim_time started_us, ended_us; /* SIM_NEVER: in progress */
    double seconds;                /* until it completed; NAN */
    double stable_seconds;
    double offered, failed; /* requests while it ran */
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
    plot_axis axis;
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
    const result_column *offered = result_table_column(t, "requests_offered");
    const result_column *failed = result_table_column(t, "requests_failed");
    bool complete = name && number && definition && outcome && started && ended && seconds &&
                    stable && offered && failed;
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
            .offered = offered->at.f64[row],
            .failed = failed->at.f64[row],
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
}

/* ---- Tasks ---- */

static double axis_time(const deploy_view *v, sim_time at_us)
{
    return plot_axis_at(&v->axis, (double)at_us);
}

/* What is never above zero in the window is neither drawn nor in the legend. Gives the highest. */
static double write_peaks(const deploy_view *v, FILE *out, uint64_t first, uint64_t last)
{
    const struct {
        const char *name;
        const result_column *column;
    } lines[] = {{"DESIRED", v->desired},
                 {"RUNNING", v->running},
                 {"HEALTHY", v->healthy},
                 {"PENDING", v->pending},
                 {"BAND", v->upper}};
    double highest = 0;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        double peak = 0;
        for (uint64_t row = first; row <= last; row++)
            peak = fmax(peak, result_column_number(lines[i].column, row));
        fprintf(out, "%s = %d\n", lines[i].name, peak > 0);
        highest = fmax(highest, peak);
    }
    return highest;
}

static void write_tasks_at(const deploy_view *v, FILE *out, double t, uint64_t row)
{
    fprintf(out, "%.15g %.0f %.0f %.0f %.0f\n", t, result_column_number(v->desired, row),
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

/* For text: one point a column for each line, the least of healthy and the most of the others. Where
 * lines meet, the columns are dealt out among them, so that none hides another. */
static void write_letters(const deploy_view *v, FILE *out, int columns, double peak, uint64_t first,
                          uint64_t last)
{
    const result_column *line[] = {v->desired, v->running, v->healthy, v->pending};
    enum { LINES = sizeof line / sizeof *line, HEALTHY = 2 };
    const double same = peak / 40; /* less than a line of text apart */
    uint64_t row = first;
    fputs("$LETTERS << EOD\n", out);
    for (int c = 0; c < columns; c++) {
        const double width_us = (double)(v->high_us - v->low_us) / columns;
        const double end_us = (double)v->low_us + (c + 1) * width_us;
        double value[LINES];
        for (int i = 0; i < LINES; i++)
            value[i] = result_column_number(line[i], row);
        for (; row < last && (double)v->t_us->at.i64[row + 1] < end_us; row++)
            for (int i = 0; i < LINES; i++) {
                double next = result_column_number(line[i], row + 1);
                value[i] = i == HEALTHY ? fmin(value[i], next) : fmax(value[i], next);
            }
        fprintf(out, "%.15g", plot_axis_at(&v->axis, end_us - width_us / 2));
        for (int i = 0; i < LINES; i++) {
            if (plot_letter_shows(value, LINES, i, same, c))
                fprintf(out, " %.0f", value[i]);
            else
                fputs(" NaN", out);
        }
        fputc('\n', out);
    }
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
        fprintf(out, "%.15g %.0f %.0f\n%.15g %.0f %.0f\n", t, lower, upper, until, lower, upper);
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
                fprintf(out, "%.15g\n", axis_time(v, marks[m]));
    }
    fprintf(out, "%.15g\nEOD\n", axis_time(v, v->low_us)); /* never an empty block */
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

/* Steps that all causes share, so that a stack stays even where one cause takes over from another:
 * each change of a rate begins one. It lasts until the next change, but where more happens within
 * BIN of its begin it averages over just that. */
typedef struct {
    double begin_us, end_us, requests[CAUSES];
} failed_step;

typedef struct {
    failed_step *step;
    uint32_t count;
    double total[CAUSES], offered; /* within the window */
} failures;

static double bin_us(const deploy_view *v)
{
    return (double)(v->high_us - v->low_us) / BINS;
}

static double lost_at(const deploy_view *v, uint64_t row)
{
    return result_column_number(v->lost, row) - result_column_number(v->lost, row - 1);
}

static bool rates_change(const deploy_view *v, uint64_t row)
{
    for (size_t c = 0; c < LOST; c++) {
        const result_column *rate = result_table_column(v->series, causes[c].column);
        if (rate && rate->at.f64[row] != rate->at.f64[row - 1]) return true;
    }
    return false;
}

static void begin_step(failures *sum, double at_us)
{
    sum->step = memory_resize(sum->step, sum->count + 1, sizeof *sum->step);
    if (sum->count > 0) sum->step[sum->count - 1].end_us = at_us;
    sum->step[sum->count++] = (failed_step){.begin_us = at_us};
}

static void cut_steps(const deploy_view *v, failures *sum, uint64_t first, uint64_t last)
{
    double averaged_us = 0; /* the end of the average that the newest step is; 0: it is none */
    begin_step(sum, (double)v->low_us);
    for (uint64_t row = first + 1; row <= last; row++) {
        const bool lost = lost_at(v, row) > 0;
        if (!lost && !rates_change(v, row)) continue;
        const double at_us = (double)v->t_us->at.i64[row];
        if (averaged_us > 0 && at_us >= averaged_us) {
            if (at_us > averaged_us) begin_step(sum, averaged_us);
            averaged_us = 0;
        }
        const double begin_us = sum->step[sum->count - 1].begin_us;
        if (averaged_us > 0) continue;
        if (at_us - begin_us >= bin_us(v))
            begin_step(sum, at_us);
        else
            averaged_us = begin_us + bin_us(v);
        if (lost) averaged_us = sum->step[sum->count - 1].begin_us + bin_us(v);
    }
    if (averaged_us > 0 && averaged_us < (double)v->high_us) begin_step(sum, averaged_us);
    sum->step[sum->count - 1].end_us = (double)v->high_us;
}

/* Rates are integrated; what was cut in flight is a running total that jumps. */
static void fill_steps(const deploy_view *v, failures *sum, uint64_t first, uint64_t last)
{
    uint32_t s = 0;
    for (uint64_t row = first; row <= last; row++) {
        double from_us = fmax((double)v->t_us->at.i64[row], (double)v->low_us);
        const double to_us = (double)(row < last ? v->t_us->at.i64[row + 1] : v->high_us);
        while (s + 1 < sum->count && sum->step[s].end_us <= from_us)
            s++;
        if (row > first) sum->step[s].requests[LOST] += lost_at(v, row);
        sum->offered += result_column_number(v->offered, row) * fmax(0, to_us - from_us) / 1e6;
        for (uint32_t i = s; i < sum->count && sum->step[i].begin_us < to_us; i++) {
            failed_step *step = &sum->step[i];
            const double part = fmin(to_us, step->end_us) - fmax(from_us, step->begin_us);
            for (size_t c = 0; c < LOST && part > 0; c++) {
                const result_column *rate = result_table_column(v->series, causes[c].column);
                if (rate) step->requests[c] += result_column_number(rate, row) * part / 1e6;
            }
        }
    }
}

static void collect_failures(const deploy_view *v, failures *sum, uint64_t first, uint64_t last)
{
    cut_steps(v, sum, first, last);
    fill_steps(v, sum, first, last);
    for (size_t c = 0; c < CAUSES; c++) {
        for (uint32_t i = 0; i < sum->count; i++)
            sum->total[c] += sum->step[i].requests[c];
        if (sum->total[c] < NEGLIGIBLE) sum->total[c] = 0;
    }
}

/* Does the window hold all of the deployment? */
static bool shows_deployment(const deploy_view *v)
{
    if (!v->shown) return false;
    const sim_time ended_us = v->shown->ended_us == SIM_NEVER ? v->end_us : v->shown->ended_us;
    return v->low_us <= v->shown->started_us && v->high_us >= ended_us;
}

/* Of the deployment, as the summary of the run has it; without one, of the window. */
static void write_note(const deploy_view *v, gnuplot *g, const failures *sum)
{
    char note[200];
    double failed = 0, offered = sum->offered;
    for (size_t c = 0; c < CAUSES; c++)
        failed += sum->total[c];
    if (v->shown) {
        failed = v->shown->failed;
        offered = v->shown->offered;
    }
    double elsewhere = 0; /* in the window, before or after the deployment */
    for (size_t c = 0; c < CAUSES && shows_deployment(v); c++)
        elsewhere += sum->total[c];
    elsewhere -= shows_deployment(v) ? failed : 0;
    const char *when = v->shown ? "while it ran" : "in the time shown";
    if (!(offered > 0))
        snprintf(note, sizeof note, "no requests were offered %s", when);
    else if (!(failed >= NEGLIGIBLE))
        snprintf(note, sizeof note, "no request failed of %.0f offered %s", offered, when);
    else
        snprintf(note, sizeof note, "failed requests %s: %.*f of %.0f offered (%.2g %%)", when,
                 failed < 1000 && failed != floor(failed) ? 2 : 0, failed, offered,
                 100 * failed / offered);
    const size_t length = strlen(note);
    if (elsewhere >= 0.5)
        snprintf(note + length, sizeof note - length, "; %.0f failed before or after", elsewhere);
    gnuplot_set_string(g, "FAILED_NOTE", note);
}

/* Gives how many causes there are to draw. */
static int write_failures(const deploy_view *v, gnuplot *g, const failures *sum)
{
    FILE *out = gnuplot_script(g);
    double top = 0, any = sum->offered;
    int count = 0;
    fprintf(out, "array FAILED_NAME[%zu]; array FAILED_COLOR[%zu]\n", CAUSES, CAUSES);
    for (size_t c = 0; c < CAUSES; c++) {
        any += sum->total[c];
        if (sum->total[c] > 0) {
            count++;
            fprintf(out, "FAILED_NAME[%d] = '%s'; FAILED_COLOR[%d] = '%s'\n", count, causes[c].name,
                    count, causes[c].color);
        }
    }
    fputs("$FAILED << EOD\n", out);
    for (uint32_t i = 0; i < sum->count; i++) {
        const failed_step *step = &sum->step[i];
        const double ends_us[] = {step->begin_us, step->end_us};
        const double seconds = (step->end_us - step->begin_us) / 1e6;
        for (int end = 0; end < 2; end++) {
            double stacked = 0;
            fprintf(out, "%.15g", plot_axis_at(&v->axis, ends_us[end]));
            for (size_t c = 0; c < CAUSES; c++) {
                if (!(sum->total[c] > 0)) continue;
                stacked += step->requests[c] / seconds;
                fprintf(out, " %.9g", stacked);
            }
            fputc('\n', out);
            top = fmax(top, stacked);
        }
    }
    double round = top > 0 ? plot_round_step(top / 3) : 1;
    fprintf(out, "EOD\nOFFERED = %d; FAILED_COUNT = %d; FAILED_TOP = %.9g; FAILED_STEP = %.9g\n",
            any > 0, count, top > 0 ? top * 1.35 : 1, round);
    write_note(v, g, sum);
    return any > 0 ? count : 0;
}

/* ---- Traffic ---- */

/* The target groups of the service, those that traffic shifts to included; at most GROUPS_MAX. */
static uint32_t groups_of(const model_config *cfg, const char *service, uint32_t *groups)
{
    uint32_t count = 0;
    for (uint32_t i = 0; cfg && i < cfg->service_count; i++) {
        const service_config *s = &cfg->services[i];
        if (strcmp(s->name, service) != 0) continue;
        for (uint32_t b = 0; b < s->load_balancer_count; b++) {
            const service_load_balancer *lb = &s->load_balancers[b];
            if (count < GROUPS_MAX) groups[count++] = lb->target_group;
            if (lb->production.given && count < GROUPS_MAX)
                groups[count++] = lb->alternate_target_group;
        }
        return count;
    }
    return 0;
}

/* What each target group is offered, where there are two or more to choose from; gives how many are
 * drawn. */
static int write_traffic(const deploy_view *v, const result_file *f, const plot_request *request,
                         gnuplot *g)
{
    FILE *out = gnuplot_script(g);
    uint32_t groups[GROUPS_MAX];
    const uint32_t known = groups_of(request->config, request->service, groups);
    const int columns = request->format == PLOT_TEXT ? request->columns - TEXT_ASIDE : 0;
    int count = 0;
    double top = 0;
    fprintf(out, "array TRAFFIC_NAME[%d]\n", GROUPS_MAX);
    for (uint32_t i = 0; known > 1 && i < known; i++) {
        const char *name = request->config->target_groups[groups[i]].name;
        char path[512], block[32], variable[32];
        sim_error unsaid = {0};
        plot_target_group_group(name, path, sizeof path);
        result_table *t = result_file_table(f, path, &unsaid);
        plot_block b = {.line_count = 1};
        if (t) {
            b.t_us = result_table_column(t, "t_us");
            b.rows = t->rows;
            b.lines[0].column = result_table_column(t, "rps_offered");
        }
        if (b.rows > 0 && b.t_us && b.lines[0].column) {
            count++;
            snprintf(block, sizeof block, "TRAFFIC%d", count);
            snprintf(variable, sizeof variable, "TRAFFIC_NAME[%d]", count);
            plot_lines_write(&b, out, block, &v->axis, columns, 0);
            gnuplot_set_string(g, variable, name);
            top = fmax(top, b.highest[0]);
        }
        result_table_destroy(t);
    }
    if (count < 2 || !(top > 0)) count = 0;
    fprintf(out, "TRAFFIC = %d; TRAFFIC_TOP = %.9g; TRAFFIC_STEP = %.9g\n", count,
            top > 0 ? top * 1.15 : 1, plot_round_step(top > 0 ? top / 3 : 1));
    return count;
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
        const bool back = strcmp(v->shown->outcome, "rolledBack") == 0;
        snprintf(heading, sizeof heading, "%s: deploy of %s, %s after %s", request->service,
                 v->shown->task_definition, back ? "rolled back" : v->shown->outcome, took);
    }
    gnuplot_set_string(g, "HEADING", heading);
}

/* The size depends on the panels, so the head comes last. */
static void write_all(const deploy_view *v, const result_file *f, const plot_request *request,
                      gnuplot *g)
{
    FILE *out = gnuplot_script(g);
    write_heading(v, request, g);

    uint64_t first = plot_row_at(v->t_us, v->series->rows, v->low_us);
    uint64_t last = plot_row_at(v->t_us, v->series->rows, v->high_us);
    double peak = write_peaks(v, out, first, last);
    fprintf(out, "TASKS_TOP = %.0f\n", ceil(peak + fmax(0.5, peak * 0.1)));
    write_tasks(v, out, first, last);
    write_band(v, out, first, last);
    write_marks(v, out);
    if (request->format == PLOT_TEXT)
        write_letters(v, out, (int)request->columns, peak, first, last);

    failures sum = {0};
    collect_failures(v, &sum, first, last);
    const int panels = (write_failures(v, g, &sum) > 0) + (write_traffic(v, f, request, g) > 0);
    free(sum.step);
    plot_write_head(g, request, WIDTH, HEIGHT + PANEL_HEIGHT * panels, &v->axis);
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
    if (ready) {
        v.axis = plot_axis_for(request, v.low_us, v.high_us);
        write_all(&v, f, request, g);
    }
    free(v.deployment);
    result_table_destroy(v.series);
    return ready;
}
