#include "plots/plot_axis.h"
#include <stdio.h>

#define TICS_MAX      8
#define TICS_MAX_TEXT 6
#define TICS_MAX_DAYS 5 /* with dates */

typedef struct {
    const char *name;
    double us;
} time_unit;

static time_unit unit_for(sim_time span_us)
{
    if (span_us < 3 * SIM_MINUTE) return (time_unit){"s", SIM_SECOND};
    if (span_us < 3 * SIM_HOUR) return (time_unit){"min", SIM_MINUTE};
    if (span_us < 3 * SIM_DAY) return (time_unit){"h", SIM_HOUR};
    return (time_unit){"d", SIM_DAY};
}

/* Seconds; what clocks and calendars divide evenly. */
static double step_for(double span_s, int tics_max)
{
    static const double steps[] = {1,     2,     5,      10,     15,      30,      60,     120,
                                   300,   600,   900,    1800,   3600,    7200,    10800,  21600,
                                   43200, 86400, 172800, 604800, 1209600, 2419200, 7862400};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (span_s / steps[i] <= tics_max) return steps[i];
    return 31536000;
}

static void show_wall_clock(plot_axis *axis)
{
    const bool days = axis->high_us - axis->low_us > SIM_DAY;
    snprintf(axis->label, sizeof axis->label, "time (UTC)");
    if (axis->step >= 86400)
        axis->format = "%Y-%m-%d";
    else if (days)
        axis->format = "%m-%d %H:%M";
    else
        axis->format = axis->step >= 60 ? "%H:%M" : "%H:%M:%S";
}

static void show_clock(plot_axis *axis)
{
    const bool hours = axis->high_us >= SIM_HOUR, seconds = axis->step < 60;
    axis->format = !seconds ? "%tH:%tM" : hours ? "%tH:%tM:%tS" : "%tM:%tS";
    snprintf(axis->label, sizeof axis->label, "simulated time (%s)",
             !seconds ? "h:min"
             : hours  ? "h:min:s"
                      : "min:s");
}

plot_axis plot_axis_for(const plot_request *request, sim_time low_us, sim_time high_us)
{
    const time_unit unit = unit_for(high_us - low_us);
    plot_axis axis = {.low_us = low_us, .high_us = high_us, .unit_us = unit.us};
    const bool late = unit.us < unit_for(high_us).us && unit.us < SIM_HOUR;
    if (!request->has_start && !late) {
        snprintf(axis.label, sizeof axis.label, "simulated time (%s)", unit.name);
        return axis;
    }
    axis.unit_us = SIM_SECOND;
    const bool dates = request->has_start && high_us - low_us > SIM_DAY;
    axis.step =
        step_for((double)(high_us - low_us) / 1e6, dates                          ? TICS_MAX_DAYS
                                                   : request->format == PLOT_TEXT ? TICS_MAX_TEXT
                                                                                  : TICS_MAX);
    if (request->has_start) {
        axis.origin_us = (double)request->start_unix_us;
        show_wall_clock(&axis);
    } else {
        show_clock(&axis);
    }
    return axis;
}

double plot_axis_at(const plot_axis *axis, double at_us)
{
    return (at_us + axis->origin_us) / axis->unit_us;
}
