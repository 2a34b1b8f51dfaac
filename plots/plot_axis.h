/* plot_axis.h - the axis of time that all panels of a picture share.
 *
 * With a given start it shows wall-clock time (UTC). Else simulated time: a number of the unit that
 * suits the window, or hours, minutes and seconds where the window is short and begins late.
 */
#ifndef BERTH_PLOTS_PLOT_AXIS_H
#define BERTH_PLOTS_PLOT_AXIS_H

#include "plots/plot.h"

typedef struct {
    sim_time low_us, high_us;
    double origin_us; /* what stands at 0: added to simulated time */
    double unit_us;
    double step;        /* seconds between tics; 0: gnuplot chooses */
    const char *format; /* of tics, where step is not 0 */
    char label[64];
} plot_axis;

/* low_us < high_us. O(1). */
plot_axis plot_axis_for(const plot_request *request, sim_time low_us, sim_time high_us);
/* Where an instant is drawn. */
double plot_axis_at(const plot_axis *axis, double at_us);

#endif
