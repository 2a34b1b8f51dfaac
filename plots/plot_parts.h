/* plot_parts.h - what the kinds of pictures share; internal to plots. */
#ifndef BERTH_PLOTS_PLOT_PARTS_H
#define BERTH_PLOTS_PLOT_PARTS_H

#include "plots/gnuplot.h"
#include "plots/plot.h"
#include "plots/plot_axis.h"

/* "45 s", "7 min 24 s", "3 h 5 min". */
void time_print(double seconds, char *text, size_t size);

/* As plot_service_group. */
void plot_target_group_group(const char *target_group, char *group, size_t size);

/* The last row whose t_us (ascending) is at or before at_us; 0 when all are later. */
uint64_t plot_row_at(const result_column *t_us, uint64_t rows, sim_time at_us);

/* 1, 2 or 5 times a power of ten, at least about (> 0). */
double plot_round_step(double about);

/* Text: is line i of the lines drawn in this column? Where lines meet (closer than same) the columns
 * are dealt out among them, so that none hides another. */
bool plot_letter_shows(const double *value, int lines, int i, double same, int column);

/* Format, size, time axis and theme: the head of every script. */
void plot_write_head(gnuplot *g, const plot_request *request, int width, int height,
                     const plot_axis *axis);
/* Loads SCRIPTS/FILE. */
void plot_write_load(gnuplot *g, const plot_request *request, const char *file);

/* The kinds: write all of the script but its last line; its name is in *script. */
bool deploy_plot_write(const result_file *f, const plot_request *request, gnuplot *g,
                       sim_error *err);
bool load_plot_write(const result_file *f, const plot_request *request, gnuplot *g, sim_error *err);
bool packing_plot_write(const result_file *f, const plot_request *request, gnuplot *g,
                        sim_error *err);

#endif
