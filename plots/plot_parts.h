/* plot_parts.h - what the kinds of pictures share; internal to plots. */
#ifndef BERTH_PLOTS_PLOT_PARTS_H
#define BERTH_PLOTS_PLOT_PARTS_H

#include "plots/gnuplot.h"
#include "plots/plot.h"

/* The unit in which a window's time axis reads well. */
typedef struct {
    const char *name;
    double us;
} time_unit;

time_unit time_unit_for(sim_time span_us);

/* "45 s", "7 min 24 s", "3 h 5 min". */
void time_print(double seconds, char *text, size_t size);

/* The last row whose t_us (ascending) is at or before at_us; 0 when all are later. */
uint64_t plot_row_at(const result_column *t_us, uint64_t rows, sim_time at_us);

/* The number of width x height, the window and the theme: the head of every script. */
void plot_write_head(gnuplot *g, const plot_request *request, int width, int height,
                     sim_time low_us, sim_time high_us);
/* Loads SCRIPTS/FILE. */
void plot_write_load(gnuplot *g, const plot_request *request, const char *file);

/* The kinds: write all of the script but its last line; its name is in *script. */
bool deploy_plot_write(const result_file *f, const plot_request *request, gnuplot *g,
                       sim_error *err);
bool packing_plot_write(const result_file *f, const plot_request *request, gnuplot *g,
                        sim_error *err);

#endif
