/* plot.h - pictures of a result file, drawn by gnuplot from what results wrote.
 *
 * deploy           tasks desired, running, healthy and pending over time, the band that the
 *                  deployment must keep to, and the failed requests below, on one time axis.
 * load             of a service: requests offered and failed, use of CPU and memory, latency,
 *                  tasks with scaling decisions, thresholds and alarms, instances with the decisions
 *                  of Auto Scaling groups, cost, and the reservation of capacity providers.
 * packing-cpu,     how full each instance is over time: reserved share, one line an instance (or a
 * packing-memory   group of neighbours, where there are many).
 * A kind is one row in plot.c, one function and one .gp file that says how it looks.
 */
#ifndef BERTH_PLOTS_PLOT_H
#define BERTH_PLOTS_PLOT_H

#include "models/model_config.h"
#include "results/result_file.h"
#include "sim/engine/simtime.h"

typedef enum {
    PLOT_DEPLOY,
    PLOT_LOAD,
    PLOT_PACKING_CPU,
    PLOT_PACKING_MEMORY,
    PLOT_KINDS
} plot_kind;
typedef enum { PLOT_SVG, PLOT_PNG, PLOT_PDF, PLOT_TEXT, PLOT_FORMATS } plot_format;

extern const char *const plot_kind_names[];   /* "deploy", …; NULL-terminated */
extern const char *const plot_format_names[]; /* "svg", …; NULL-terminated */

typedef struct {
    plot_kind kind;
    plot_format format;
    const char *scripts;        /* the folder of the .gp files */
    const model_config *config; /* of the scenario that was run; NULL: not known */
    const char *service;        /* deploy, load: whose */
    uint32_t deployment;        /* its number; 0: the newest one that was not the service's first */
    bool whole_run;             /* deploy: not only the time of the deployment */
    sim_time run_end_us;        /* when the run ended */
    bool has_start;             /* wall-clock time is shown: */
    int64_t start_unix_us;      /* that of t = 0 */
    sim_time from_us, to_us;    /* the window; SIM_NEVER: as the kind has it */
    bool color;                 /* text only */
    int columns, lines;         /* text only */
} plot_request;

typedef enum {
    PLOT_DRAWN,
    PLOT_REFUSED, /* *err: the result does not hold what was asked for */
    PLOT_FAILED,  /* *err: gnuplot is missing or failed */
} plot_outcome;

/* *picture, to be freed, is what goes into the file; only with PLOT_DRAWN. */
plot_outcome plot_draw(const result_file *f, const plot_request *request, char **picture,
                       size_t *size, sim_error *err);

/* Is there an instance for the packing pictures to show? */
bool plot_has_instances(const result_file *f);

/* The group that holds a service's series, as hdf5_file.c names it: a slash of the name is '_'. */
void plot_service_group(const char *service, char *group, size_t size);

/* Deployments to draw, in the file's order: those after the first of each service, or, with a
 * number, those of that number. Without any, and without a number, each service once, with number 0.
 * service: only of this one; NULL: of all. False with *err when there is none. */
typedef struct {
    char *service;
    uint32_t number;
    bool lone; /* the service has no other deployment after its first */
} plot_deploy;
typedef struct {
    plot_deploy *items;
    uint32_t count;
} plot_deploys;
bool plot_deploys_find(const result_file *f, const char *service, uint32_t number,
                       plot_deploys *deploys, sim_error *err);
void plot_deploys_finish(plot_deploys *deploys);

#endif
