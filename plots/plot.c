#include "plots/plot_parts.h"
#include "sim/engine/arena.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const plot_format_names[] = {"svg", "png", "pdf", "text", NULL};

/* The script's last line draws; a kind's function writes what it needs before. */
static const struct {
    const char *name, *script;
    bool (*write)(const result_file *, const plot_request *, gnuplot *, sim_error *);
} kinds[PLOT_KINDS] = {
    [PLOT_DEPLOY] = {"deploy", "deploy.gp", deploy_plot_write},
    [PLOT_LOAD] = {"load", "load.gp", load_plot_write},
    [PLOT_PACKING_CPU] = {"packing-cpu", "packing.gp", packing_plot_write},
    [PLOT_PACKING_MEMORY] = {"packing-memory", "packing.gp", packing_plot_write},
};

const char *const plot_kind_names[] = {"deploy", "load", "packing-cpu", "packing-memory", NULL};

/* ---- What the kinds share ---- */

void time_print(double seconds, char *text, size_t size)
{
    long long whole = (long long)(seconds + 0.5);
    if (seconds < 100)
        snprintf(text, size, "%.3g s", seconds);
    else if (whole < 2 * 3600)
        snprintf(text, size, "%lld min %lld s", whole / 60, whole % 60);
    else
        snprintf(text, size, "%lld h %lld min", whole / 3600, whole % 3600 / 60);
}

uint64_t plot_row_at(const result_column *t_us, uint64_t rows, sim_time at_us)
{
    uint64_t low = 0, high = rows;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (t_us->at.i64[middle] <= at_us)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? low - 1 : 0;
}

double plot_round_step(double about)
{
    double power = pow(10, floor(log10(about)));
    return power * (about <= power ? 1 : about <= 2 * power ? 2 : about <= 5 * power ? 5 : 10);
}

bool plot_letter_shows(const double *value, int lines, int i, double same, int column)
{
    int meeting = 0, mine = 0;
    for (int k = 0; k < lines; k++)
        if (fabs(value[k] - value[i]) <= same) {
            if (k == i) mine = meeting;
            meeting++;
        }
    return meeting > 0 && column % meeting == mine;
}

void plot_write_head(gnuplot *g, const plot_request *request, int width, int height,
                     const plot_axis *axis)
{
    FILE *out = gnuplot_script(g);
    bool text = request->format == PLOT_TEXT;
    gnuplot_set_string(g, "FORMAT", plot_format_names[request->format]);
    fprintf(out, "WIDTH = %d; HEIGHT = %d; COLOR = %d\n", text ? request->columns : width,
            text ? request->lines : height, request->color);
    gnuplot_set_string(g, "TIME_LABEL", axis->label);
    gnuplot_set_string(g, "TIME_FORMAT", axis->step > 0 ? axis->format : "%g");
    fprintf(out, "T_LOW = %.15g; T_HIGH = %.15g; TIME_STEP = %.9g\n",
            plot_axis_at(axis, (double)axis->low_us), plot_axis_at(axis, (double)axis->high_us),
            axis->step);
    plot_write_load(g, request, "theme.gp");
}

void plot_write_load(gnuplot *g, const plot_request *request, const char *file)
{
    size_t size = strlen(request->scripts) + strlen(file) + 2;
    char *path = memory_alloc(size, 1);
    snprintf(path, size, "%s/%s", request->scripts, file);
    gnuplot_set_string(g, "SCRIPT", path);
    fputs("load SCRIPT\n", gnuplot_script(g));
    free(path);
}

/* ---- Drawing ---- */

/* gnuplot's text begins with a form feed and fills its lines with blanks. */
static void tidy_text(char *picture, size_t *size)
{
    size_t kept = 0;
    for (size_t i = 0; i < *size; i++) {
        if (picture[i] == '\f') continue;
        if (picture[i] == '\n')
            while (kept > 0 && picture[kept - 1] == ' ')
                kept--;
        if (picture[i] == '\n' && kept == 0) continue;
        picture[kept++] = picture[i];
    }
    while (kept > 1 && picture[kept - 1] == '\n' && picture[kept - 2] == '\n')
        kept--;
    *size = kept;
}

plot_outcome plot_draw(const result_file *f, const plot_request *request, char **picture,
                       size_t *size, sim_error *err)
{
    gnuplot *g = gnuplot_start(err);
    if (!g) return PLOT_FAILED;
    sim_error unsaid = {0};
    if (!kinds[request->kind].write(f, request, g, err)) {
        if (gnuplot_finish(g, picture, size, &unsaid)) free(*picture);
        return PLOT_REFUSED;
    }
    plot_write_load(g, request, kinds[request->kind].script);
    if (!gnuplot_finish(g, picture, size, err)) return PLOT_FAILED;
    if (request->format == PLOT_TEXT) tidy_text(*picture, size);
    return PLOT_DRAWN;
}

/* ---- Which deployments there are ---- */

static void series_group(const char *kind, const char *name, char *group, size_t size)
{
    int folder = snprintf(group, size, "runs/0/0/series/%s/", kind);
    bool is_path = !*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
    snprintf(group + folder, size - (size_t)folder, "%s", is_path ? "_" : name);
    for (char *c = group + folder; *c; c++)
        if (*c == '/') *c = '_';
}

void plot_service_group(const char *service, char *group, size_t size)
{
    series_group("services", service, group, size);
}

void plot_target_group_group(const char *target_group, char *group, size_t size)
{
    series_group("targetGroups", target_group, group, size);
}

static plot_deploy *deploy_of(const plot_deploys *deploys, const char *service)
{
    for (uint32_t i = 0; i < deploys->count; i++)
        if (strcmp(deploys->items[i].service, service) == 0) return &deploys->items[i];
    return NULL;
}

static void add_deploy(plot_deploys *deploys, const char *service, uint32_t number)
{
    size_t size = strlen(service) + 1;
    deploys->items = memory_resize(deploys->items, deploys->count + 1, sizeof *deploys->items);
    plot_deploy *deploy = &deploys->items[deploys->count++];
    *deploy = (plot_deploy){.service = memory_alloc(size, 1), .number = number};
    memcpy(deploy->service, service, size);
}

/* How many deployments after its first a service has. */
static uint32_t later_count(const result_file *f, const result_column *name,
                            const result_column *number, uint64_t rows, const char *service)
{
    uint32_t count = 0;
    for (uint64_t row = 0; row < rows; row++)
        count += number->at.u32[row] > 1 &&
                 strcmp(result_file_string(f, name->at.u32[row]), service) == 0;
    return count;
}

bool plot_deploys_find(const result_file *f, const char *service, uint32_t number,
                       plot_deploys *deploys, sim_error *err)
{
    *deploys = (plot_deploys){0};
    result_table *t = result_file_table(f, "runs/0/0/deployments", err);
    if (!t) return false;
    const result_column *name = result_table_column(t, "service");
    const result_column *numbers = result_table_column(t, "deployment_number");
    const uint64_t rows = name && numbers ? t->rows : 0;
    for (int any = 0; any < (number ? 1 : 2) && deploys->count == 0; any++)
        for (uint64_t row = 0; row < rows; row++) {
            const char *whose = result_file_string(f, name->at.u32[row]);
            const uint32_t n = numbers->at.u32[row];
            if (service && strcmp(service, whose) != 0) continue;
            if (any ? !deploy_of(deploys, whose) : number ? n == number : n > 1)
                add_deploy(deploys, whose, any ? 0 : n);
        }
    for (uint32_t i = 0; i < deploys->count; i++) {
        plot_deploy *d = &deploys->items[i];
        d->lone = d->number == 0 ||
                  (d->number > 1 && later_count(f, name, numbers, rows, d->service) == 1);
    }
    result_table_destroy(t);
    if (deploys->count > 0) return true;
    const char *whose = service ? service : "the result";
    return number ? error_set(err, "%s has no deployment %" PRIu32, whose, number)
                  : error_set(err, "%s has no deployment", whose);
}

void plot_deploys_finish(plot_deploys *deploys)
{
    for (uint32_t i = 0; i < deploys->count; i++)
        free(deploys->items[i].service);
    free(deploys->items);
    *deploys = (plot_deploys){0};
}
