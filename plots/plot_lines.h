/* plot_lines.h - step functions of one series, as a data block for gnuplot.
 *
 * Each row holds from its t_us to that of the next. A block has a row for both ends of each segment,
 * so that lines and filled curves draw the steps. Where there are more rows than a picture can show,
 * and for text, the window is cut into bins and each line folded over them.
 */
#ifndef BERTH_PLOTS_PLOT_LINES_H
#define BERTH_PLOTS_PLOT_LINES_H

#include "plots/plot_parts.h"

typedef enum { FOLD_MEAN, FOLD_MOST, FOLD_LEAST } plot_fold;

/* What is drawn: (column + growth * hours since the row's t_us) / base * 100, or without a base times
 * scale (0: 1). Where the base is 0 there is no value. Only the column must be there. */
typedef struct {
    const result_column *column, *growth, *base;
    double scale;
    plot_fold fold;
} plot_line;

#define PLOT_LINES_MAX 4

typedef struct {
    const result_column *t_us; /* ascending */
    uint64_t rows;
    uint32_t line_count; /* at most PLOT_LINES_MAX */
    plot_line lines[PLOT_LINES_MAX];
    double highest[PLOT_LINES_MAX]; /* out: of what was written; 0 when there is none */
} plot_block;

/* Writes $NAME: t value …, NaN where there is none. In text (columns > 0) a row a column, where lines
 * that meet are dealt out; same: how far apart they may be for that, as a share of the highest.
 * Cost O(rows of the window + bins). */
void plot_lines_write(plot_block *b, FILE *out, const char *name, const plot_axis *axis,
                      int columns, double same);

#endif
