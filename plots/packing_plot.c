/* packing_plot.c - how full each instance is over time: what packing.gp draws.
 *
 * Time is cut into bins, neighbouring instances into lines where there are too many; a cell is the
 * exact time average of its share, reserved over registered.
 */
#include "plots/plot_parts.h"
#include "sim/engine/arena.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH     900
#define LINES_MAX 200
/* In pixels; a map of LINES_MAX lines has some for each. */
#define MAP_HEIGHT      610
#define LINE_HEIGHT_MAX 48
#define AROUND          140
#define BINS            450
#define LABELS_MAX      24
/* Lines of text around the map. */
#define TEXT_AROUND 9

typedef struct {
    result_table *series;
    const result_column *t_us, *instance, *is_registered, *registered, *reserved;
    uint32_t instance_count, per_line, lines, bins;
    sim_time low_us, high_us;
    plot_axis axis;
    result_table *events; /* of instances; NULL: not kept */
    double *full, *used;  /* [line][bin]: unit-seconds registered and reserved */
} packing_view;

static bool read_series(packing_view *v, const result_file *f, bool memory, sim_error *err)
{
    v->series = result_file_table(f, "runs/0/0/series/instances", err);
    if (!v->series) return false;
    const struct {
        const char *name;
        const result_column **column;
    } needed[] = {
        {"t_us", &v->t_us},
        {"instance", &v->instance},
        {"registered", &v->is_registered},
        {memory ? "memory_registered" : "cpu_registered", &v->registered},
        {memory ? "memory_reserved" : "cpu_reserved", &v->reserved},
    };
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        *needed[i].column = result_table_column(v->series, needed[i].name);
        if (!*needed[i].column)
            return error_set(err, "the series of instances has no column %s", needed[i].name);
    }
    for (uint64_t row = 0; row < v->series->rows; row++)
        if (v->instance->at.u32[row] > v->instance_count)
            v->instance_count = v->instance->at.u32[row];
    return v->instance_count > 0 || error_set(err, "the result holds no instance");
}

bool plot_has_instances(const result_file *f)
{
    static const char *const times[] = {"t_us", NULL};
    sim_error unsaid = {0};
    result_table *t = result_file_columns(f, "runs/0/0/series/instances", times, &unsaid);
    const bool any = t && t->rows > 0;
    result_table_destroy(t);
    return any;
}

/* One instance from one change to its next. */
static void add_segment(packing_view *v, uint64_t row, sim_time until_us)
{
    if (v->is_registered->at.u32[row] == 0) return;
    double width_us = (double)(v->high_us - v->low_us) / v->bins;
    double from = fmax(0, (double)(v->t_us->at.i64[row] - v->low_us));
    double to = (double)(until_us - v->low_us);
    size_t line = (v->instance->at.u32[row] - 1) / v->per_line;
    double registered = result_column_number(v->registered, row);
    double reserved = result_column_number(v->reserved, row);
    for (uint32_t b = (uint32_t)(from / width_us); b < v->bins && b * width_us < to; b++) {
        double part = fmin(to, (b + 1) * width_us) - fmax(from, b * width_us);
        if (part <= 0) continue;
        v->full[line * v->bins + b] += registered * part;
        v->used[line * v->bins + b] += reserved * part;
    }
}

static void collect(packing_view *v)
{
    uint64_t *row_of = memory_alloc(v->instance_count, sizeof *row_of); /* row + 1 */
    v->full = memory_alloc((size_t)v->lines * v->bins, sizeof *v->full);
    v->used = memory_alloc((size_t)v->lines * v->bins, sizeof *v->used);
    for (uint64_t row = 0; row < v->series->rows; row++) {
        uint64_t *before = &row_of[v->instance->at.u32[row] - 1];
        if (*before > 0) add_segment(v, *before - 1, v->t_us->at.i64[row]);
        *before = row + 1;
    }
    for (uint32_t i = 0; i < v->instance_count; i++)
        if (row_of[i] > 0) add_segment(v, row_of[i] - 1, v->high_us);
    free(row_of);
}

/* In whole percent; -1: not registered. */
static int cell_percent(const packing_view *v, uint32_t line, uint32_t bin)
{
    double full = v->full[(size_t)line * v->bins + bin];
    if (!(full > 0)) return -1;
    return (int)(100 * v->used[(size_t)line * v->bins + bin] / full + 0.5);
}

static double bin_time(const packing_view *v, uint32_t bin)
{
    double span = (double)(v->high_us - v->low_us);
    return plot_axis_at(&v->axis, (double)v->low_us + span * bin / v->bins);
}

static void write_cells(const packing_view *v, FILE *out)
{
    fputs("$CELLS << EOD\n", out);
    bool absent = false;
    for (uint32_t line = 0; line < v->lines; line++)
        for (uint32_t b = 0; b < v->bins;) {
            uint32_t from = b;
            int percent = cell_percent(v, line, from);
            while (b < v->bins && cell_percent(v, line, b) == percent)
                b++;
            fprintf(out, "%.15g %.15g %" PRIu32 " %d\n", bin_time(v, from), bin_time(v, b), line,
                    percent);
            absent = absent || percent < 0;
        }
    fprintf(out, "EOD\nABSENT = %d\n", absent);
}

/* Characters that get darker with the share. */
static void write_shades(const packing_view *v, FILE *out)
{
    static const char *const shades[] = {"·", "░", "▒", "▓", "█"};
    fputs("$SHADES << EOD\n", out);
    bool absent = false;
    for (uint32_t line = 0; line < v->lines; line++)
        for (uint32_t b = 0; b < v->bins; b++) {
            int percent = cell_percent(v, line, b);
            absent = absent || percent < 0;
            if (percent < 0) continue;
            double middle = (bin_time(v, b) + bin_time(v, b + 1)) / 2;
            fprintf(
                out, "%.15g %" PRIu32 " %s\n", middle, line,
                shades[percent == 0 ? 0 : 1 + (percent > 25) + (percent > 50) + (percent > 75)]);
        }
    fprintf(out, "EOD\nABSENT = %d\n", absent);
}

/* ---- Draining and disconnected ---- */

typedef enum { AWAY_NOT, AWAY_DRAINING, AWAY_DISCONNECTED } away_state;

static away_state state_after(const char *event, away_state now)
{
    if (strcmp(event, "instance.draining") == 0) return AWAY_DRAINING;
    if (strcmp(event, "instance.disconnected") == 0) return AWAY_DISCONNECTED;
    if (strncmp(event, "instance.", 9) == 0) return AWAY_NOT;
    return now;
}

typedef struct {
    away_state state;
    sim_time since_us;
} away_since;

static void write_away(const packing_view *v, FILE *out, const away_since *away, uint32_t instance,
                       sim_time until_us, int counts[])
{
    const sim_time from_us = away->since_us > v->low_us ? away->since_us : v->low_us;
    const sim_time to_us = until_us < v->high_us ? until_us : v->high_us;
    if (away->state == AWAY_NOT || from_us >= to_us) return;
    counts[away->state]++;
    fprintf(out, "%.15g %.15g %" PRIu32 " %d\n", plot_axis_at(&v->axis, (double)from_us),
            plot_axis_at(&v->axis, (double)to_us), instance - 1, (int)away->state);
}

/* $AWAY, where each instance has a line of its own. */
static void write_states(const packing_view *v, const result_file *f, FILE *out)
{
    int counts[] = {0, 0, 0};
    const result_table *e = v->events;
    const result_column *t_us = e ? result_table_column(e, "t_us") : NULL;
    const result_column *kind = e ? result_table_column(e, "kind") : NULL;
    const result_column *instance = e ? result_table_column(e, "instance") : NULL;
    away_since *away = memory_alloc(v->instance_count + 1, sizeof *away);
    fputs("$AWAY << EOD\n", out);
    for (uint64_t row = 0; t_us && kind && instance && v->per_line == 1 && row < e->rows; row++) {
        const uint32_t number = instance->at.u32[row];
        if (number == 0 || number > v->instance_count) continue;
        const away_state next =
            state_after(result_file_string(f, kind->at.u32[row]), away[number].state);
        if (next == away[number].state) continue;
        write_away(v, out, &away[number], number, t_us->at.i64[row], counts);
        away[number] = (away_since){next, t_us->at.i64[row]};
    }
    for (uint32_t i = 1; i <= v->instance_count; i++)
        write_away(v, out, &away[i], i, v->high_us, counts);
    free(away);
    fprintf(out, "EOD\nDRAINING = %d; DISCONNECTED = %d\n", counts[AWAY_DRAINING] > 0,
            counts[AWAY_DISCONNECTED] > 0);
}

static void write_names(const packing_view *v, FILE *out)
{
    uint32_t every = (v->lines + LABELS_MAX - 1) / LABELS_MAX;
    fputs("$NAMES << EOD\n", out);
    for (uint32_t line = 0; line < v->lines; line += every)
        fprintf(out, "%" PRIu32 " \"i-%06" PRIu32 "\"\n", line, line * v->per_line + 1);
    fputs("EOD\n", out);
}

static void write_all(const packing_view *v, const result_file *f, const plot_request *request,
                      gnuplot *g)
{
    FILE *out = gnuplot_script(g);
    /* A line is a whole number of pixels, so that all look alike. */
    int line_height = MAP_HEIGHT / (int)v->lines;
    if (line_height > LINE_HEIGHT_MAX) line_height = LINE_HEIGHT_MAX;
    int map_height = line_height * (int)v->lines;
    plot_request shown = *request;
    if (shown.lines > (int)v->lines + TEXT_AROUND) shown.lines = (int)v->lines + TEXT_AROUND;
    plot_write_head(g, &shown, WIDTH, map_height + AROUND, &v->axis);
    char heading[512], label[64] = "instance";
    const char *name = result_file_scenario_name(f);
    snprintf(heading, sizeof heading, "%s%s%s reserved on each instance%s", name, *name ? ": " : "",
             request->kind == PLOT_PACKING_CPU ? "CPU" : "memory",
             request->format == PLOT_TEXT ? " (· none, ░ to 25 %, ▒ to 50 %, ▓ to 75 %, █ more)"
                                          : "");
    if (v->per_line > 1)
        snprintf(label, sizeof label, "instances, %" PRIu32 " a line", v->per_line);
    gnuplot_set_string(g, "HEADING", heading);
    gnuplot_set_string(g, "ROW_LABEL", label);
    fprintf(out, "ROWS = %" PRIu32 "; MAP_HEIGHT = %d\n", v->lines, map_height);
    write_names(v, out);
    if (request->format == PLOT_TEXT)
        write_shades(v, out);
    else
        write_cells(v, out);
    write_states(v, f, out);
}

bool packing_plot_write(const result_file *f, const plot_request *request, gnuplot *g,
                        sim_error *err)
{
    bool text = request->format == PLOT_TEXT;
    packing_view v = {
        .low_us = request->from_us == SIM_NEVER ? 0 : request->from_us,
        .high_us = request->to_us == SIM_NEVER ? request->run_end_us : request->to_us,
        .bins = text ? (uint32_t)(request->columns > 40 ? request->columns - 18 : 22) : BINS,
    };
    static const char *const wanted[] = {"t_us", "kind", "instance", NULL};
    sim_error unsaid = {0};
    bool ready = read_series(&v, f, request->kind == PLOT_PACKING_MEMORY, err);
    if (ready) ready = v.low_us < v.high_us || error_set(err, "the time to show is empty");
    if (ready) {
        uint32_t most =
            text ? (uint32_t)(request->lines > 16 ? request->lines - TEXT_AROUND : 9) : LINES_MAX;
        v.per_line = (v.instance_count + most - 1) / most;
        v.lines = (v.instance_count + v.per_line - 1) / v.per_line;
        v.axis = plot_axis_for(request, v.low_us, v.high_us);
        collect(&v);
        v.events = result_file_columns(f, "runs/0/0/events", wanted, &unsaid);
        write_all(&v, f, request, g);
        free(v.full);
        free(v.used);
    }
    result_table_destroy(v.series);
    result_table_destroy(v.events);
    return ready;
}
