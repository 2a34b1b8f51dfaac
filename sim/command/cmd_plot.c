/* cmd_plot.c - berth plot: pictures of a result. */
#include "plots/plot.h"
#include "scenarios/read/duration.h"
#include "scenarios/read/scenario.h"
#include "scenarios/read/spelling.h"
#include "sim/command/command.h"
#include "sim/command/data_folder.h"
#include "sim/command/output_file.h"
#include "sim/engine/arena.h"
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* The first of each list stands for "as the output asks for". */
static const char *const kind_choices[] = {"all",         "deploy",         "load",
                                           "packing-cpu", "packing-memory", NULL};
static const char *const format_choices[] = {"auto", "svg", "png", "pdf", "text", NULL};

typedef struct {
    const char *output, *service, *from, *to;
    int kind, format, color;
    option_number deployment;
    bool whole, quiet;
} plot_values;

#define AT(member) offsetof(plot_values, member)

/* clang-format off */
static const option_row plot_options[] = {
    {"output", 'o', "FILE", OPTION_TEXT, AT(output), NULL,
     "a picture (.svg, .png, .pdf, .txt) or a folder for all pictures; without it, drawn in the terminal"},
    {"kind", 0, "KIND", OPTION_CHOICE, AT(kind), kind_choices,
     "all (default: all in a folder, else deploy), deploy (tasks and failed requests over time), load (a service's requests, utilization, tasks, instances and cost over the run), packing-cpu, packing-memory (how full each instance is)"},
    {"service", 0, "NAME", OPTION_TEXT, AT(service), NULL,
     "deploy, load: of this service (default: those that were deployed again; load: each in a folder, else the first)"},
    {"deployment", 0, "N", OPTION_NUMBER, AT(deployment), NULL,
     "deploy: the N-th deployment (default: all but the first in a folder, else the newest)"},
    {"whole", 0, NULL, OPTION_FLAG, AT(whole), NULL,
     "deploy: the whole run, not only the time of the deployment"},
    {"from", 0, "TIME", OPTION_TEXT, AT(from), NULL, "begin of the time to show, such as 4m30s"},
    {"to", 0, "TIME", OPTION_TEXT, AT(to), NULL, "end of the time to show"},
    {"format", 0, "FORMAT", OPTION_CHOICE, AT(format), format_choices,
     "auto (by the file's ending, text without one; svg in a folder), svg, png, pdf, text"},
    {"color", 0, "WHEN", OPTION_CHOICE, AT(color), color_names,
     "colours in the terminal: auto, always, never"},
    {"quiet", 0, NULL, OPTION_FLAG, AT(quiet), NULL, "do not list the files written"},
};
/* clang-format on */

#undef AT

/* ---- Where a picture goes ---- */

static bool is_folder(const char *path)
{
    struct stat there;
    size_t length = strlen(path);
    return (length > 0 && path[length - 1] == '/') ||
           (stat(path, &there) == 0 && S_ISDIR(there.st_mode));
}

/* By the ending; none is text. False for an unknown one. */
static bool format_of(const char *path, plot_format *format)
{
    const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash + 1 : path, '.');
    *format = PLOT_TEXT;
    if (!dot || strcasecmp(dot, ".txt") == 0) return true;
    for (int i = 0; i < PLOT_FORMATS; i++)
        if (strcasecmp(dot + 1, plot_format_names[i]) == 0) {
            *format = (plot_format)i;
            return true;
        }
    fprintf(stderr,
            "berth plot: -o %s: unknown ending %s, expected .svg, .png, .pdf or .txt (--format "
            "chooses for any other)\n",
            path, dot);
    return false;
}

/* What was asked for, or what the output asks for. */
static bool choose_format(const plot_values *v, bool to_folder, plot_format *format)
{
    *format = to_folder ? PLOT_SVG : PLOT_TEXT;
    if (v->format > 0)
        *format = (plot_format)(v->format - 1);
    else if (v->output && !to_folder)
        return format_of(v->output, format);
    return true;
}

/* FOLDER/RESULT-KIND[-SERVICE[-NUMBER]].FORMAT; what is no letter, digit, dash or dot becomes '_'.
 * number 0: left out. */
static char *picture_path(const char *folder, const char *result, const plot_request *request,
                          uint32_t number)
{
    const char *base = strrchr(result, '/');
    base = base ? base + 1 : result;
    const char *dot = strrchr(base, '.');
    int length = dot && dot != base ? (int)(dot - base) : (int)strlen(base);
    const bool of_service = request->kind == PLOT_DEPLOY || request->kind == PLOT_LOAD;
    const char *service = of_service ? request->service : "";
    char suffix[16] = "";
    if (number > 0) snprintf(suffix, sizeof suffix, "-%" PRIu32, number);
    size_t size = strlen(folder) + strlen(base) + strlen(service) + 64;
    char *path = memory_alloc(size, 1);
    int start = snprintf(path, size, "%s%s", folder, folder[strlen(folder) - 1] == '/' ? "" : "/");
    snprintf(path + start, size - (size_t)start, "%.*s-%s%s%s%s.%s", length, base,
             plot_kind_names[request->kind], *service ? "-" : "", service, suffix,
             request->format == PLOT_TEXT ? "txt" : plot_format_names[request->format]);
    for (char *c = path + start; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("-._", *c)) *c = '_';
    return path;
}

static bool write_picture(const char *path, const char *picture, size_t size, sim_error *err)
{
    output_file file;
    if (!output_file_open(&file, path, err)) return false;
    errno = 0;
    if (fwrite(picture, 1, size, file.stream) == size) return output_file_commit(&file, err);
    error_set(err, "%s: %s", path, errno ? strerror(errno) : "could not be written");
    output_file_discard(&file);
    return false;
}

/* Pictures of one call: names that differ only in what a path cannot hold get underscores. */
typedef struct {
    char **items;
    uint32_t count;
} plot_paths;

static bool is_drawn(const plot_paths *drawn, const char *path)
{
    for (uint32_t i = 0; i < drawn->count; i++)
        if (strcmp(drawn->items[i], path) == 0) return true;
    return false;
}

/* Takes path, gives the one to write to; it stays in *drawn. */
static const char *path_alone(plot_paths *drawn, char *path)
{
    while (is_drawn(drawn, path)) {
        size_t length = strlen(path);
        path = memory_resize(path, length + 2, 1);
        char *dot = strrchr(path, '.');
        memmove(dot + 1, dot, strlen(dot) + 1);
        *dot = '_';
    }
    drawn->items = memory_resize(drawn->items, drawn->count + 1, sizeof *drawn->items);
    return drawn->items[drawn->count++] = path;
}

static void forget_paths(plot_paths *drawn)
{
    for (uint32_t i = 0; i < drawn->count; i++)
        free(drawn->items[i]);
    free(drawn->items);
}

/* ---- Drawing ---- */

typedef struct {
    const plot_values *values;
    const char *result, *folder; /* folder NULL: one picture */
    const result_file *file;
    plot_request request;
    uint32_t number;   /* in the name of the picture of a deployment; 0: not there */
    plot_paths *drawn; /* the pictures of this call, none of which may replace another */
} plot_job;

static int draw(plot_job *job)
{
    sim_error err = {0};
    char *picture;
    size_t size;
    plot_outcome outcome = plot_draw(job->file, &job->request, &picture, &size, &err);
    if (outcome != PLOT_DRAWN)
        return command_failed("plot", &err, outcome == PLOT_REFUSED ? EXIT_REFUSED : EXIT_BROKEN);
    const char *path = job->values->output;
    bool written = true;
    if (job->folder)
        path = path_alone(job->drawn,
                          picture_path(job->folder, job->result, &job->request, job->number));
    if (path)
        written = write_picture(path, picture, size, &err);
    else
        fwrite(picture, 1, size, stdout);
    if (written && path && !job->values->quiet) printf("%s\n", path);
    free(picture);
    return written ? EXIT_MET : command_failed("plot", &err, EXIT_BROKEN);
}

static bool has_service(const result_file *file, const char *name)
{
    char group[512];
    plot_service_group(name, group, sizeof group);
    if (result_file_has(file, group)) return true;

    result_names known = result_file_members(file, "runs/0/0/series/services");
    const char *nearest = spelling_nearest(name, (const char *const *)known.name, known.count);
    if (known.count == 0)
        fputs("berth plot: the result holds no series (berth run --detail series)\n", stderr);
    else
        fprintf(stderr, "berth plot: the result holds no service '%s'%s%s%s\n", name,
                nearest ? ", did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
    result_names_finish(&known);
    return false;
}

/* In a folder every deployment after the first of each service; else the newest one of the first
 * service that has one. */
static int draw_deploys(plot_job *job)
{
    sim_error err = {0};
    const char *service = job->values->service;
    const uint32_t number = job->request.deployment;
    if (service && !has_service(job->file, service)) return EXIT_REFUSED;
    plot_deploys deploys;
    if (!plot_deploys_find(job->file, service, number, &deploys, &err))
        return command_failed("plot", &err, EXIT_REFUSED);
    int status = EXIT_MET;
    for (uint32_t i = 0; i < (job->folder ? deploys.count : 1) && status == EXIT_MET; i++) {
        const plot_deploy *deploy = &deploys.items[i];
        job->request.service = deploy->service;
        if (job->folder) job->request.deployment = deploy->number;
        job->number = deploy->lone ? 0 : deploy->number;
        status = has_service(job->file, deploy->service) ? draw(job) : EXIT_REFUSED;
    }
    job->request.deployment = number;
    job->number = 0;
    plot_deploys_finish(&deploys);
    return status;
}

/* In a folder that of each service, else of the first one. */
static int draw_loads(plot_job *job)
{
    sim_error err = {0};
    const char *service = job->values->service;
    plot_deploys first;
    if (service && !has_service(job->file, service)) return EXIT_REFUSED;
    if (!plot_deploys_find(job->file, service, 1, &first, &err))
        return job->values->kind > 0 ? command_failed("plot", &err, EXIT_REFUSED) : EXIT_MET;
    int status = EXIT_MET;
    for (uint32_t i = 0; i < (job->folder ? first.count : 1) && status == EXIT_MET; i++) {
        job->request.service = first.items[i].service;
        status = has_service(job->file, job->request.service) ? draw(job) : EXIT_REFUSED;
    }
    plot_deploys_finish(&first);
    return status;
}

/* Does a picture of all have anything to show? Asked for by name it is refused with the reason. */
static bool is_worth_drawing(const plot_job *job, plot_kind kind)
{
    plot_deploys any;
    sim_error unsaid = {0};
    if (job->values->kind > 0 || !job->folder) return true;
    if (kind == PLOT_PACKING_CPU || kind == PLOT_PACKING_MEMORY)
        return plot_has_instances(job->file);
    if (kind != PLOT_DEPLOY || job->values->service || job->request.deployment > 0) return true;
    if (!result_file_has(job->file, "runs/0/0/deployments"))
        return true; /* refused with the reason */
    const bool has_deployments = plot_deploys_find(job->file, NULL, 0, &any, &unsaid);
    if (has_deployments) plot_deploys_finish(&any);
    return has_deployments;
}

static int draw_all(plot_job *job)
{
    int first = PLOT_DEPLOY, last = job->folder ? PLOT_KINDS - 1 : PLOT_DEPLOY;
    if (job->values->kind > 0) first = last = job->values->kind - 1;
    int status = EXIT_MET;
    for (int kind = first; kind <= last && status == EXIT_MET; kind++) {
        job->request.kind = (plot_kind)kind;
        if (!is_worth_drawing(job, (plot_kind)kind)) continue;
        status = kind == PLOT_DEPLOY ? draw_deploys(job)
                 : kind == PLOT_LOAD ? draw_loads(job)
                                     : draw(job);
    }
    return status;
}

/* ---- The verb ---- */

static bool read_time(const char *option, const char *text, sim_time *us)
{
    sim_error err = {0};
    if (!text || duration_from_text(text, us, &err)) return true;
    fprintf(stderr, "berth plot: --%s %s: %s\n", option, text, err.text);
    return false;
}

/* The duration of the scenario that was run. */
static bool read_run_end(const result_file *f, sim_time *end_us, sim_error *err)
{
    json_t *text = json_loads(result_file_scenario(f), 0, NULL);
    bool known = duration_from_json(json_object_get(text, "duration"), end_us, err);
    json_decref(text);
    return known;
}

/* The scenario of the result, for thresholds and the wall clock. One that this version does not read
 * is told, and the picture lacks them. */
static scenario *read_scenario(const result_file *f, plot_request *request)
{
    const char *text = result_file_scenario(f);
    diagnostics diag;
    diagnostics_init(&diag);
    scenario *s = scenario_load_text("scenario", text, strlen(text), &(scenario_options){0}, &diag);
    diagnostics_finish(&diag);
    if (!s) {
        fputs("berth plot: this version cannot read the result's scenario: thresholds and "
              "wall-clock times are left out\n",
              stderr);
        return NULL;
    }
    request->config = scenario_config(s);
    request->start_unix_us = request->config->start_unix_us;
    request->has_start = request->start_unix_us != SCENARIO_START_DEFAULT_US;
    return s;
}

static void size_of_terminal(plot_request *request)
{
    struct winsize window;
    request->columns = 100;
    request->lines = 40;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col >= 40) {
        request->columns = window.ws_col < 200 ? window.ws_col : 200;
        request->lines = window.ws_row >= 24 ? window.ws_row - 1 : 24;
    }
}

static bool make_folder(const char *path)
{
    return mkdir(path, 0777) == 0 || is_folder(path);
}

static int run_plot(const void *values, const option_list *operands)
{
    const plot_values *v = values;
    plot_job job = {
        .values = v,
        .result = operands->items[0],
        .request = {.whole_run = v->whole,
                    .from_us = SIM_NEVER,
                    .to_us = SIM_NEVER,
                    .color = color_wanted((color_choice)v->color, STDOUT_FILENO) && !v->output},
    };
    if (!read_time("from", v->from, &job.request.from_us) ||
        !read_time("to", v->to, &job.request.to_us))
        return EXIT_REFUSED;
    if (v->deployment.given && (v->deployment.value == 0 || v->deployment.value > UINT32_MAX)) {
        fputs("berth plot: --deployment: they are numbered from 1\n", stderr);
        return EXIT_REFUSED;
    }
    job.request.deployment = (uint32_t)v->deployment.value;
    if (v->output && is_folder(v->output)) job.folder = v->output;
    if (v->output && output_file_same(v->output, job.result)) {
        fprintf(stderr, "berth plot: -o %s is the result that is read\n", v->output);
        return EXIT_REFUSED;
    }
    if (!choose_format(v, job.folder != NULL, &job.request.format)) return EXIT_REFUSED;
    size_of_terminal(&job.request);

    sim_error err = {0};
    result_file *file = result_file_open(job.result, &err);
    if (!file) return command_failed("plot", &err, EXIT_REFUSED);
    job.file = file;
    int status;
    char *data = data_folder_find("plots/theme.gp");
    if (!data) {
        error_set(&err, "the plot scripts (plots/theme.gp) are not installed");
        status = command_failed("plot", &err, EXIT_BROKEN);
    } else if (!read_run_end(file, &job.request.run_end_us, &err)) {
        status = command_failed("plot", &err, EXIT_REFUSED);
    } else if (job.folder && !make_folder(job.folder)) {
        error_set(&err, "%s: cannot be made", job.folder);
        status = command_failed("plot", &err, EXIT_BROKEN);
    } else {
        size_t size = strlen(data) + sizeof "/plots";
        char *scripts = memory_alloc(size, 1);
        snprintf(scripts, size, "%s/plots", data);
        plot_paths drawn = {0};
        scenario *scene = read_scenario(file, &job.request);
        job.request.scripts = scripts;
        job.drawn = &drawn;
        status = draw_all(&job);
        forget_paths(&drawn);
        scenario_destroy(scene);
        free(scripts);
    }
    free(data);
    result_file_close(file);
    return status;
}

const verb verb_plot = {
    .name = "plot",
    .operands = "RESULT",
    .summary = "draw pictures of a result",
    .description =
        "Draws what a result file holds, through gnuplot: the timeline of a deploy (tasks desired, "
        "running, healthy and pending, the band between minimum and maximum, failed requests "
        "below), how a service meets its load (requests, CPU and memory, latency, tasks and "
        "scaling decisions against the thresholds of alarms, instances and cost, on one time axis) "
        "and how full each instance "
        "is over time. Times are those of the wall clock (UTC) where the scenario gives a start. "
        "The result must hold series (berth run "
        "--detail series or events). Pictures that exist are replaced.",
    .example = "  berth plot result.h5\n  berth plot result.h5 -o pictures/\n"
               "  berth plot result.h5 -o deploy.png --service auth\n"
               "  berth plot result.h5 -o load.svg --kind load --service auth\n",
    .options = plot_options,
    .option_count = sizeof plot_options / sizeof *plot_options,
    .operand_min = 1,
    .operand_max = 1,
    .values_size = sizeof(plot_values),
    .defaults = &(const plot_values){0},
    .run = run_plot,
};
