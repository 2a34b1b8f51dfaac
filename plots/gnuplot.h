/* gnuplot.h - one picture drawn by gnuplot: a script goes in through a pipe, the picture comes out
 * through another, so there are no temporary files, and no path or name of the user's is ever read
 * as part of the script.
 *
 * Not here    what the pictures show (deploy_plot.c, packing_plot.c), where they go (the caller).
 */
#ifndef BERTH_PLOTS_GNUPLOT_H
#define BERTH_PLOTS_GNUPLOT_H

#include "sim/engine/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

typedef struct gnuplot gnuplot;

/* NULL with *err when gnuplot is not installed or cannot be started. */
gnuplot *gnuplot_start(sim_error *err);
/* Where the script is written. Nothing may be plotted but by the script's last line: gnuplot's
 * output is read only after all of the script is written. */
FILE *gnuplot_script(gnuplot *g);
/* NAME = 'text', quoted so that gnuplot takes it for text whatever it holds; control characters
 * become blanks. */
void gnuplot_set_string(gnuplot *g, const char *name, const char *text);
/* The same as a quoted word of a data block. */
void gnuplot_write_word(gnuplot *g, const char *text);
/* Ends the script and waits. *picture: what gnuplot drew, to be freed. False with *err, which holds
 * gnuplot's own message, when it failed or drew nothing. g is gone either way. */
bool gnuplot_finish(gnuplot *g, char **picture, size_t *size, sim_error *err);

#endif
