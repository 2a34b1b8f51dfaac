/* Goal: pictures show what the series hold, whether drawn row by row or folded over bins, and their
 * axis of time reads as it should.
 * Method: columns by hand; blocks are written to memory and read back as numbers. */
#include "plots/plot_lines.h"
#include "sim/engine/arena.h"
#include "tests/tap.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define S      SIM_SECOND
#define ROWS   3000
#define FIELDS 4

typedef struct {
    double (*row)[FIELDS]; /* t and values */
    size_t count;
} numbers;

static numbers write_and_read(plot_block *b, const plot_axis *axis, int columns, double same)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    plot_lines_write(b, out, "X", axis, columns, same);
    fclose(out);
    numbers n = {memory_alloc(2 * ROWS + 2, sizeof *n.row), 0};
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        if (*line == '$' || strcmp(line, "EOD") == 0) continue;
        for (uint32_t i = 0; i <= b->line_count; i++)
            n.row[n.count][i] = strtod(line, &line);
        n.count++;
    }
    free(text);
    return n;
}

/* Area under a value, taken between pairs of rows. */
static double area(const numbers *n, int field)
{
    double sum = 0;
    for (size_t i = 0; i + 1 < n->count; i += 2)
        sum += (n->row[i][field] + n->row[i + 1][field]) / 2 * (n->row[i + 1][0] - n->row[i][0]);
    return sum;
}

static void row_by_row(void)
{
    int64_t t[] = {0, 10 * S, 20 * S};
    uint32_t desired[] = {2, 4, 3};
    int64_t base[] = {0, 50, 50};
    double used[] = {7, 10, 20}, growth[] = {0, 3600, 0};
    const result_column t_us = {.type = RESULT_I64, .at.i64 = t};
    const result_column tasks = {.type = RESULT_U32, .at.u32 = desired};
    const result_column reserved = {.type = RESULT_I64, .at.i64 = base};
    const result_column use = {.type = RESULT_F64, .at.f64 = used};
    const result_column grows = {.type = RESULT_F64, .at.f64 = growth};
    const plot_axis axis = plot_axis_for(&(plot_request){0}, 5 * S, 30 * S);
    TEST("each row is drawn from its time to the next, cut to the window")
    {
        plot_block b = {&t_us, 3, 1, {{.column = &tasks}}, {0}};
        numbers n = write_and_read(&b, &axis, 0, 0);
        const double want[][2] = {{5, 2}, {10, 2}, {10, 4}, {20, 4}, {20, 3}, {30, 3}};
        IS_INT(n.count, 6);
        for (size_t i = 0; i < n.count; i++) {
            IS_DOUBLE(n.row[i][0], want[i][0]);
            IS_DOUBLE(n.row[i][1], want[i][1]);
        }
        IS_DOUBLE(b.highest[0], 4);
        free(n.row);
    }
    TEST("a share grows within its row, and has no value where nothing is reserved")
    {
        plot_block b = {&t_us, 3, 1, {{.column = &use, .growth = &grows, .base = &reserved}}, {0}};
        numbers n = write_and_read(&b, &axis, 0, 0);
        IS_INT(isnan(n.row[0][1]), 1);
        IS_DOUBLE(n.row[2][1], 20);     /* 10 of 50 */
        IS_NEAR(n.row[3][1], 40, 1e-9); /* one a second more, 10 s later */
        IS_DOUBLE(n.row[4][1], 40);
        free(n.row);
    }
}

static void folded(void)
{
    int64_t *t = memory_alloc(ROWS, sizeof *t);
    double *rate = memory_alloc(ROWS, sizeof *rate);
    double exact = 0, most = 0;
    for (int i = 0; i < ROWS; i++) {
        t[i] = i * S + (i * 7919) % 1000 * 1000 * (i > 0);
        rate[i] = (i * 31) % 97;
    }
    for (int i = 0; i < ROWS; i++) {
        exact += rate[i] * (double)((i + 1 < ROWS ? t[i + 1] : 3600 * S) - t[i]) / 1e6;
        most = fmax(most, rate[i]);
    }
    const result_column t_us = {.type = RESULT_I64, .at.i64 = t};
    const result_column value = {.type = RESULT_F64, .at.f64 = rate};
    const plot_axis axis = plot_axis_for(&(plot_request){0}, 0, 3600 * S);
    TEST("folding many rows keeps the area, the highest and the lowest")
    {
        plot_block b = {&t_us,
                        ROWS,
                        3,
                        {{.column = &value, .fold = FOLD_MEAN},
                         {.column = &value, .fold = FOLD_MOST},
                         {.column = &value, .fold = FOLD_LEAST}},
                        {0}};
        numbers n = write_and_read(&b, &axis, 0, 0);
        IS_INT(n.count < ROWS, 1);
        IS_NEAR(area(&n, 1) * 60, exact, exact * 1e-7); /* the axis is in minutes */
        IS_DOUBLE(b.highest[1], most);
        for (size_t i = 0; i < n.count; i++)
            IS_INT(n.row[i][3] <= n.row[i][1] && n.row[i][1] <= n.row[i][2], 1);
        free(n.row);
    }
    TEST("in text, lines that are the same take turns")
    {
        plot_block b = {&t_us, ROWS, 2, {{.column = &value}, {.column = &value}}, {0}};
        numbers n = write_and_read(&b, &axis, 60, 0.1);
        IS_INT(n.count, 60);
        for (size_t i = 0; i < n.count; i++)
            IS_INT(isnan(n.row[i][1]) + isnan(n.row[i][2]), 1);
        free(n.row);
    }
    free(t);
    free(rate);
}

static void axis_of_time(void)
{
    plot_request sim = {.format = PLOT_SVG}, clock = sim;
    clock.has_start = true;
    clock.start_unix_us = INT64_C(1795248000) * S; /* 2026-11-21T08:00:00Z */
    static const struct {
        bool clock;
        sim_time low_us, high_us;
        const char *label, *format; /* format NULL: numbers */
        double step;
    } cases[] = {
        {false, 0, 100 * S, "simulated time (s)", NULL, 0},
        {false, 0, SIM_HOUR, "simulated time (min)", NULL, 0},
        {false, 0, SIM_DAY, "simulated time (h)", NULL, 0},
        {false, 0, 7 * SIM_DAY, "simulated time (d)", NULL, 0},
        {false, 700 * S, 800 * S, "simulated time (min:s)", "%tM:%tS", 15},
        {false, 5 * SIM_HOUR, 5 * SIM_HOUR + SIM_MINUTE, "simulated time (h:min:s)", "%tH:%tM:%tS",
         10},
        {false, 5 * SIM_HOUR, 6 * SIM_HOUR, "simulated time (h:min)", "%tH:%tM", 600},
        {true, 0, SIM_MINUTE, "time (UTC)", "%H:%M:%S", 10},
        {true, 0, 2 * SIM_HOUR, "time (UTC)", "%H:%M", 900},
        {true, 0, 2 * SIM_DAY, "time (UTC)", "%m-%d %H:%M", 43200},
        {true, 0, 30 * SIM_DAY, "time (UTC)", "%Y-%m-%d", 604800},
    };
    TEST("the axis counts from the start of the run, or shows the clock where that reads better")
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const plot_axis a =
            plot_axis_for(cases[i].clock ? &clock : &sim, cases[i].low_us, cases[i].high_us);
        IS_STR(a.label, cases[i].label);
        IS_DOUBLE(a.step, cases[i].step);
        if (cases[i].format) IS_STR(a.format, cases[i].format);
    }
    TEST("wall-clock times are whole microseconds of Unix time")
    {
        const plot_axis a = plot_axis_for(&clock, 0, SIM_HOUR);
        IS_DOUBLE(plot_axis_at(&a, (double)(1 * S)), 1795248001);
    }
}

int main(void)
{
    tap_begin();
    row_by_row();
    folded();
    axis_of_time();
    return tap_end();
}
