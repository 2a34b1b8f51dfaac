#include "plots/plot_lines.h"
#include "sim/engine/arena.h"
#include <math.h>
#include <stdlib.h>

#define ROWS_MAX 2000
#define BINS     900

static double value_at(const plot_block *b, uint32_t l, uint64_t row, double at_us)
{
    const plot_line *line = &b->lines[l];
    double value = result_column_number(line->column, row);
    if (line->growth)
        value += result_column_number(line->growth, row) * (at_us - (double)b->t_us->at.i64[row]) /
                 (double)SIM_HOUR;
    if (!line->base) return line->scale > 0 ? value * line->scale : value;
    const double base = result_column_number(line->base, row);
    return base > 0 ? 100 * value / base : NAN;
}

static double row_end(const plot_block *b, const plot_axis *axis, uint64_t row)
{
    const double high = (double)axis->high_us;
    return row + 1 < b->rows ? fmin((double)b->t_us->at.i64[row + 1], high) : high;
}

static void write_number(FILE *out, double value)
{
    if (isfinite(value))
        fprintf(out, " %.9g", value);
    else
        fputs(" NaN", out);
}

static void write_exact(plot_block *b, FILE *out, const plot_axis *axis, uint64_t first,
                        uint64_t last)
{
    for (uint64_t row = first; row <= last; row++) {
        const double begin_us = fmax((double)b->t_us->at.i64[row], (double)axis->low_us);
        const double ends_us[] = {begin_us, row_end(b, axis, row)};
        for (int end = 0; end < 2; end++) {
            fprintf(out, "%.15g", plot_axis_at(axis, ends_us[end]));
            for (uint32_t l = 0; l < b->line_count; l++) {
                const double value = value_at(b, l, row, ends_us[end]);
                write_number(out, value);
                b->highest[l] = fmax(b->highest[l], value);
            }
            fputc('\n', out);
        }
    }
}

typedef struct {
    double sum, weight_us, most, least;
} bin;

static double bin_value(const bin *now, plot_fold fold)
{
    if (!(now->weight_us > 0)) return NAN;
    return fold == FOLD_MEAN   ? now->sum / now->weight_us
           : fold == FOLD_MOST ? now->most
                               : now->least;
}

static void add_to_bin(bin *now, double from, double to, double span_us)
{
    if (!(span_us > 0) || !isfinite(from) || !isfinite(to)) return;
    const double low = fmin(from, to), high = fmax(from, to);
    now->sum += (from + to) / 2 * span_us;
    now->most = now->weight_us > 0 ? fmax(now->most, high) : high;
    now->least = now->weight_us > 0 ? fmin(now->least, low) : low;
    now->weight_us += span_us;
}

/* bins[bin * line_count + line] */
static void fill_bins(const plot_block *b, bin *bins, uint32_t count, const plot_axis *axis,
                      uint64_t first, uint64_t last)
{
    const double low_us = (double)axis->low_us;
    const double width_us = ((double)axis->high_us - low_us) / count;
    for (uint64_t row = first; row <= last; row++) {
        const double begin_us = fmax((double)b->t_us->at.i64[row], low_us);
        const double end_us = row_end(b, axis, row);
        for (uint32_t i = (uint32_t)((begin_us - low_us) / width_us);
             i < count && low_us + i * width_us < end_us; i++) {
            const double from_us = fmax(begin_us, low_us + i * width_us);
            const double to_us = fmin(end_us, low_us + (i + 1) * width_us);
            for (uint32_t l = 0; l < b->line_count; l++)
                add_to_bin(&bins[i * b->line_count + l], value_at(b, l, row, from_us),
                           value_at(b, l, row, to_us), to_us - from_us);
        }
    }
}

static void write_bins(plot_block *b, FILE *out, const plot_axis *axis, const bin *bins,
                       uint32_t count)
{
    const double width_us = (double)(axis->high_us - axis->low_us) / count;
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t end = 0; end < 2; end++) {
            fprintf(out, "%.15g", plot_axis_at(axis, (double)axis->low_us + (i + end) * width_us));
            for (uint32_t l = 0; l < b->line_count; l++)
                write_number(out, bin_value(&bins[i * b->line_count + l], b->lines[l].fold));
            fputc('\n', out);
        }
}

static void write_letters(plot_block *b, FILE *out, const plot_axis *axis, const bin *bins,
                          uint32_t count, double same)
{
    const double width_us = (double)(axis->high_us - axis->low_us) / count;
    double peak = 0;
    for (uint32_t l = 0; l < b->line_count; l++)
        peak = fmax(peak, b->highest[l]);
    for (uint32_t i = 0; i < count; i++) {
        double value[PLOT_LINES_MAX];
        for (uint32_t l = 0; l < b->line_count; l++)
            value[l] = bin_value(&bins[i * b->line_count + l], b->lines[l].fold);
        fprintf(out, "%.15g", plot_axis_at(axis, (double)axis->low_us + (i + 0.5) * width_us));
        for (uint32_t l = 0; l < b->line_count; l++)
            write_number(out,
                         plot_letter_shows(value, (int)b->line_count, (int)l, same * peak, (int)i)
                             ? value[l]
                             : NAN);
        fputc('\n', out);
    }
}

static void write_folded(plot_block *b, FILE *out, const plot_axis *axis, uint64_t first,
                         uint64_t last, int columns, double same)
{
    const uint32_t count = columns > 0 ? (uint32_t)columns : BINS;
    bin *bins = memory_alloc((size_t)count * b->line_count, sizeof *bins);
    fill_bins(b, bins, count, axis, first, last);
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t l = 0; l < b->line_count; l++)
            b->highest[l] =
                fmax(b->highest[l], bin_value(&bins[i * b->line_count + l], b->lines[l].fold));
    if (columns > 0)
        write_letters(b, out, axis, bins, count, same);
    else
        write_bins(b, out, axis, bins, count);
    free(bins);
}

void plot_lines_write(plot_block *b, FILE *out, const char *name, const plot_axis *axis,
                      int columns, double same)
{
    const uint64_t first = plot_row_at(b->t_us, b->rows, axis->low_us);
    const uint64_t last = plot_row_at(b->t_us, b->rows, axis->high_us);
    for (uint32_t l = 0; l < b->line_count; l++)
        b->highest[l] = 0;
    fprintf(out, "$%s << EOD\n", name);
    if (columns > 0 || last - first >= ROWS_MAX)
        write_folded(b, out, axis, first, last, columns, same);
    else
        write_exact(b, out, axis, first, last);
    fputs("EOD\n", out);
}
