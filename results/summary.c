/* summary.c - what a run came to, as a table for people. summary_json.c has the JSON. */
#include "results/summary.h"
#include "models/ec2/instance_type.h"
#include "results/duration_text.h"
#include "results/recorder_parts.h"
#include "sim/engine/check.h"
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#define CELL_SIZE        32
#define NAME_SIZE        600
#define NAME_WIDTH_LEAST 16

typedef enum { STYLE_PLAIN, STYLE_BOLD, STYLE_GOOD, STYLE_BAD } text_style;

static void put(const run_summary *s, FILE *out, text_style style, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void put(const run_summary *s, FILE *out, text_style style, const char *format, ...)
{
    static const char *const on[] = {"", "\033[1m", "\033[32m", "\033[31m"};
    const bool color = s->color && style != STYLE_PLAIN;
    if (color) fputs(on[style], out);
    va_list arguments;
    va_start(arguments, format);
    vfprintf(out, format, arguments);
    va_end(arguments);
    if (color) fputs("\033[0m", out);
}

/* ---- Numbers as people read them; "-": nothing to measure ---- */

typedef struct {
    char text[CELL_SIZE];
} cell;

static cell print_plain(double value, int digits)
{
    cell c = {"-"};
    if (!isnan(value)) snprintf(c.text, sizeof c.text, "%.*f", digits, value);
    return c;
}

/* Counts that may be fractions of a request: whole if they are, otherwise up to two digits. */
static cell print_count(double value)
{
    cell c = {"-"};
    if (isnan(value)) return c;
    if (value == floor(value) || value >= 1000)
        snprintf(c.text, sizeof c.text, "%.0f", value);
    else
        snprintf(c.text, sizeof c.text, "%.2f", value);
    return c;
}

static cell print_percent(double ratio)
{
    cell c = {"-"};
    if (!isnan(ratio)) snprintf(c.text, sizeof c.text, "%.1f %%", 100 * ratio);
    return c;
}

/* Rounded down, so that only a perfect one reads 100 %. */
static cell print_availability(double ratio)
{
    cell c = {"-"};
    if (!isnan(ratio)) snprintf(c.text, sizeof c.text, "%.4f %%", floor(ratio * 1e6 + 1e-6) / 1e4);
    return c;
}

static cell print_seconds(double seconds)
{
    cell c;
    duration_text(seconds, c.text);
    return c;
}

static const char *plural(double count)
{
    return count == 1 ? "" : "s";
}

/* ---- Names ---- */

static size_t longer(size_t width, const char *text)
{
    return strlen(text) > width ? strlen(text) : width;
}

/* A name in at most `width` (at least 8) columns: where it must be cut, its middle goes. What tells
 * it from its like (#2, :3) stays. */
static const char *fit_name(const char *name, size_t width, char text[static NAME_SIZE])
{
    const size_t length = strlen(name);
    if (width > NAME_SIZE - 1) width = NAME_SIZE - 1;
    if (length <= width) {
        snprintf(text, NAME_SIZE, "%s", name);
        return text;
    }
    const char *number = strrchr(name, '#');
    if (!number) number = strrchr(name, ':');
    size_t tail = (width - 2) / 2;
    if (number && strlen(number) > tail) tail = strlen(number);
    if (tail > width - 2) tail = width - 2;
    snprintf(text, NAME_SIZE, "%.*s..%s", (int)(width - 2 - tail), name, name + length - tail);
    return text;
}

/* Narrows one or two columns of names to what lies beside the other columns of a terminal. */
static void fit_widths(const run_summary *s, size_t others, size_t *one, size_t *two)
{
    if (s->columns == 0) return;
    const size_t wanted = s->columns > others ? s->columns - others : 0;
    const size_t least = two ? 2 * NAME_WIDTH_LEAST : NAME_WIDTH_LEAST;
    const size_t room = wanted > least ? wanted : least;
    if (*one + (two ? *two : 0) <= room) return;
    if (!two)
        *one = room;
    else if (*one <= room / 2)
        *two = room - *one;
    else if (*two <= room / 2)
        *one = room - *two;
    else
        *one = room - (*two = room / 2);
}

/* ---- Its parts ---- */

static void put_heading(const run_summary *s, FILE *out)
{
    const model_config *cfg = recorder_config(s->run);
    const double end = (double)recorder_end(s->run) / (double)SIM_SECOND;
    const double warmup = (double)cfg->warmup_us / (double)SIM_SECOND;
    put(s, out, STYLE_BOLD, "%s", cfg->name && cfg->name[0] ? cfg->name : "scenario");
    fprintf(out, "  seed %" PRIu64 ", %s simulated", s->seed, print_seconds(end).text);
    if (warmup > 0) fprintf(out, ", measured after %s", print_seconds(warmup).text);
    fprintf(out, ", %" PRIu64 " events\n\n", recorder_event_count(s->run));
}

static void put_packing(const scope_totals *t, FILE *out)
{
    fprintf(out, "%-12s", "  packing");
    if (isnan(t->bound_peak)) {
        fputs("no task needed an instance\n", out);
        return;
    }
    fprintf(out, "at least %s instance%s needed at the peak", print_count(t->bound_peak).text,
            plural(t->bound_peak));
    if (!isnan(t->efficiency))
        fprintf(out, ", packing efficiency %s", print_percent(t->efficiency).text);
    fputc('\n', out);
}

static void put_placement(const run_summary *s, FILE *out)
{
    const placement_totals p = recorder_placements(s->run);
    fprintf(out, "%-12s", "  placement");
    if (p.placed > 0)
        fprintf(out, "%s task%s placed", print_count(p.placed).text, plural(p.placed));
    else
        fputs("nothing was placed", out);
    fprintf(out, ", %s refusal%s", print_count(p.failed).text, plural(p.failed));
    if (!isnan(p.wait_mean))
        fprintf(out, "; wait %s mean, %s p95, %s longest", print_seconds(p.wait_mean).text,
                print_seconds(p.wait_p95).text, print_seconds(p.wait_max).text);
    fputc('\n', out);
}

/* How full the instances are; on Fargate alone there are none. */
static void put_instances(const scope_totals *t, FILE *out)
{
    if (t->instances_peak == 0) {
        fputs("no container instances\n", out);
        return;
    }
    fprintf(out, "%s instances on average, %s at the peak, %s empty\n",
            print_plain(t->instances_mean, 2).text, print_count(t->instances_peak).text,
            print_plain(t->empty_mean, 2).text);
    fprintf(out, "%-12sCPU %s on average, %s at the peak; memory %s and %s\n", "  reserved",
            print_percent(t->cpu_reserved_mean).text, print_percent(t->cpu_reserved_peak).text,
            print_percent(t->memory_reserved_mean).text,
            print_percent(t->memory_reserved_peak).text);
    fprintf(out, "%-12sCPU %s, memory %s of what is registered; fragmentation %s\n", "  stranded",
            print_percent(t->cpu_stranded_mean).text, print_percent(t->memory_stranded_mean).text,
            print_percent(t->fragmentation_mean).text);
    put_packing(t, out);
}

static void put_cluster(const run_summary *s, FILE *out)
{
    const scope_totals *t = recorder_scope_totals(s->run, 0);
    put(s, out, STYLE_BOLD, "%-12s", "Cluster");
    put_instances(t, out);
    put_placement(s, out);
    if (isnan(t->instances_mean))
        fprintf(out, "%-12s-: no time was measured\n\n", "  cost");
    else if (isnan(t->cost_total))
        fprintf(out, "%-12sunknown: an instance has no price\n\n", "  cost");
    else
        fprintf(
            out, "%-12s%s USD, %s USD an hour (catalogue of " PRICE_DATE ", " PRICE_REGION ")\n\n",
            "  cost", print_plain(t->cost_total, 4).text, print_plain(t->cost_per_hour, 4).text);
}

/* What the other columns take beside the names. */
#define SERVICE_COLUMNS    82
#define DEPLOYMENT_COLUMNS 73

static void put_services(const run_summary *s, FILE *out)
{
    const model_config *cfg = recorder_config(s->run);
    if (cfg->service_count == 0) return;
    size_t longest = strlen("Service");
    for (uint32_t i = 0; i < cfg->service_count; i++)
        longest = longer(longest, cfg->services[i].name);
    fit_widths(s, SERVICE_COLUMNS, &longest, NULL);
    const int width = (int)longest;
    put(s, out, STYLE_BOLD, "%-*s %8s %8s %8s %12s %12s %10s %8s %8s\n", width, "Service", "tasks",
        "running", "fewest", "availability", "worst 1 min", "requests", "failed", "task");
    put(s, out, STYLE_BOLD, "%-*s %8s %8s %8s %12s %12s %10s %8s %8s\n", width, "", "desired",
        "on avg.", "healthy", "", "", "", "", "failures");
    for (uint32_t i = 0; i < cfg->service_count; i++) {
        const service_totals *t = recorder_service_totals(s->run, i);
        char name[NAME_SIZE];
        fprintf(out, "%-*s %8s %8s %8s", width, fit_name(cfg->services[i].name, longest, name),
                print_plain(t->desired_mean, 2).text, print_plain(t->running_mean, 2).text,
                print_count(t->healthy_min).text);
        put(s, out, t->requests.availability < 1 ? STYLE_BAD : STYLE_PLAIN, " %12s %12s",
            print_availability(t->requests.availability).text,
            print_availability(t->worst_1m).text);
        fprintf(out, " %10s %8s %8s\n", print_count(t->requests.offered).text,
                print_count(t->requests.failed).text, print_count(t->task_failures).text);
    }
    fputc('\n', out);
}

static const char *deployment_id(const run_summary *s, uint32_t index, char text[static NAME_SIZE])
{
    const deployment_record *d = recorder_deployment(s->run, index);
    snprintf(text, NAME_SIZE, "%s#%u", recorder_config(s->run)->services[d->service].name,
             d->number);
    return text;
}

static void put_deployments(const run_summary *s, FILE *out)
{
    if (recorder_deployment_count(s->run) == 0) return;
    char id[NAME_SIZE], name[NAME_SIZE], task[NAME_SIZE];
    size_t longest = strlen("Deployment"), longest_task = strlen("definition");
    for (uint32_t i = 0; i < recorder_deployment_count(s->run); i++) {
        longest = longer(longest, deployment_id(s, i, id));
        longest_task = longer(longest_task, recorder_deployment(s->run, i)->task_definition);
    }
    fit_widths(s, DEPLOYMENT_COLUMNS, &longest, &longest_task);
    const int width = (int)longest, task_width = (int)longest_task;
    put(s, out, STYLE_BOLD, "%-*s %-*s %-10s %10s %12s %8s %8s %5s %10s\n", width, "Deployment",
        task_width, "task", "outcome", "duration", "availability", "requests", "fewest", "surge",
        "stable");
    put(s, out, STYLE_BOLD, "%-*s %-*s %-10s %10s %12s %8s %8s %5s %10s\n", width, "", task_width,
        "definition", "", "", "", "failed", "healthy", "", "after");
    for (uint32_t i = 0; i < recorder_deployment_count(s->run); i++) {
        const deployment_record *d = recorder_deployment(s->run, i);
        fprintf(out, "%-*s %-*s ", width, fit_name(deployment_id(s, i, id), longest, name),
                task_width, fit_name(d->task_definition, longest_task, task));
        put(s, out, d->outcome == DEPLOYMENT_COMPLETED ? STYLE_GOOD : STYLE_BAD, "%-10s",
            deployment_outcome_names[d->outcome]);
        fprintf(out, " %10s %12s %8s %8s %5s %10s%s\n", print_seconds(d->seconds).text,
                print_availability(d->availability).text, print_count(d->requests_failed).text,
                print_count(d->healthy_min).text, print_count(d->surge_peak).text,
                print_seconds(d->stable_seconds).text, d->stable_timed_out == 1 ? " *" : "");
        if (d->stalled_seconds > 0)
            put(s, out, STYLE_BAD, "%-*s stalled for %s: no progress was possible\n", width, "",
                print_seconds(d->stalled_seconds).text);
    }
    for (uint32_t i = 0; i < recorder_deployment_count(s->run); i++) {
        if (recorder_deployment(s->run, i)->stable_timed_out != 1) continue;
        fputs("* `aws ecs wait services-stable` would have given up after its 40 polls\n", out);
        break;
    }
    fputc('\n', out);
}

#define SCALING_COLUMNS 46
#define GROUP_COLUMNS   46
#define QUEUE_COLUMNS   48

/* Services that are scalable targets, and what scaling came to. */
static void put_scaling(const run_summary *s, FILE *out)
{
    const model_config *cfg = recorder_config(s->run);
    uint32_t services = 0;
    size_t longest = strlen("Scaling");
    for (uint32_t i = 0; i < cfg->scalable_target_count; i++) {
        const uint32_t service = cfg->scalable_targets[i].service;
        if (service == NO_INDEX) continue;
        longest = longer(longest, cfg->services[service].name);
        services++;
    }
    if (services == 0) return;
    fit_widths(s, SCALING_COLUMNS, &longest, NULL);
    const int width = (int)longest;
    put(s, out, STYLE_BOLD, "%-*s %8s %8s %8s %18s\n", width, "Scaling", "out", "in", "blocked",
        "mean reaction");
    for (uint32_t i = 0; i < cfg->scalable_target_count; i++) {
        const uint32_t service = cfg->scalable_targets[i].service;
        if (service == NO_INDEX) continue;
        const service_totals *t = recorder_service_totals(s->run, service);
        char name[NAME_SIZE];
        fprintf(out, "%-*s %8s %8s %8s %18s\n", width,
                fit_name(cfg->services[service].name, longest, name),
                print_count(t->scaling_out).text, print_count(t->scaling_in).text,
                print_count(t->scaling_blocked).text, print_seconds(t->reaction_seconds).text);
    }
    fputc('\n', out);
}

static void put_auto_scaling_groups(const run_summary *s, FILE *out)
{
    const model_config *cfg = recorder_config(s->run);
    if (cfg->auto_scaling_group_count == 0) return;
    static const char title[] = "Auto Scaling group";
    size_t longest = strlen(title);
    for (uint32_t i = 0; i < cfg->auto_scaling_group_count; i++)
        longest = longer(longest, cfg->auto_scaling_groups[i].name);
    fit_widths(s, GROUP_COLUMNS, &longest, NULL);
    const int width = (int)longest;
    put(s, out, STYLE_BOLD, "%-*s %9s %13s %6s %14s\n", width, title, "launches", "terminations",
        "flaps", "last refresh");
    for (uint32_t i = 0; i < cfg->auto_scaling_group_count; i++) {
        const auto_scaling_totals t = recorder_auto_scaling(s->run, i);
        const uint32_t refreshes = refresh_count_asked(cfg, i);
        const double refresh_s =
            refreshes ? recorder_refresh(s->run, i, refreshes - 1).seconds : NAN;
        char name[NAME_SIZE];
        fprintf(out, "%-*s %9s %13s %6s %14s\n", width,
                fit_name(cfg->auto_scaling_groups[i].name, longest, name),
                print_count(t.launches).text, print_count(t.terminations).text,
                print_count(t.flaps).text, print_seconds(refresh_s).text);
    }
    fputc('\n', out);
}

static void put_queues(const run_summary *s, FILE *out)
{
    const model_config *cfg = recorder_config(s->run);
    if (cfg->queue_count == 0) return;
    size_t longest = strlen("Queue");
    for (uint32_t i = 0; i < cfg->queue_count; i++)
        longest = longer(longest, cfg->queues[i].name);
    fit_widths(s, QUEUE_COLUMNS, &longest, NULL);
    const int width = (int)longest;
    put(s, out, STYLE_BOLD, "%-*s %12s %10s %10s %12s\n", width, "Queue", "most waiting", "age p95",
        "oldest", "longest time");
    put(s, out, STYLE_BOLD, "%-*s %12s %10s %10s %12s\n", width, "", "messages", "", "message",
        "to empty");
    for (uint32_t i = 0; i < cfg->queue_count; i++) {
        const queue_totals *t = recorder_queue_totals(s->run, i);
        char name[NAME_SIZE];
        fprintf(out, "%-*s %12s %10s %10s %12s\n", width,
                fit_name(cfg->queues[i].name, longest, name), print_count(t->backlog_peak).text,
                print_seconds(t->age_p95).text, print_seconds(t->age_max).text,
                print_seconds(t->drained_seconds).text);
    }
    fputc('\n', out);
}

static void put_expectations(const run_summary *s, FILE *out)
{
    const expectation_results *e = s->expectations;
    if (!e || e->count == 0) return;
    put(s, out, STYLE_BOLD, "Expectations");
    fprintf(out, "  %u met, %u not met\n", e->count - e->unmet, e->unmet);
    for (uint32_t i = 0; i < e->count; i++) {
        const expectation_result *r = &e->result[i];
        char asked[160], value[128];
        if (isnan(r->value))
            snprintf(value, sizeof value, "no value, %s", expectation_no_value(r));
        else
            snprintf(value, sizeof value, "%.10g", r->value);
        put(s, out, r->met ? STYLE_GOOD : STYLE_BAD, "  %-5s", r->met ? "met" : "FAIL");
        fprintf(out, "%s: %s (%s)\n", r->metric, value,
                expectation_print(r->asked, asked, sizeof asked));
    }
    fputc('\n', out);
}

static void put_assumed(const run_summary *s, FILE *out)
{
    const model_config *cfg = recorder_config(s->run);
    uint32_t count = 0;
    for (uint32_t i = 0; i < cfg->input_count; i++)
        if (cfg->inputs[i].basis == BASIS_ASSUMED && recorder_input_used(s->run, i)) count++;
    if (count == 0) return;
    put(s, out, STYLE_BOLD, "Assumed");
    fprintf(out, "  %u input%s that nobody gave%s:\n", count, plural(count),
            count > 3 ? ", the first three" : "");
    uint32_t shown = 0;
    for (uint32_t i = 0; i < cfg->input_count && shown < 3; i++) {
        const model_input *input = &cfg->inputs[i];
        if (input->basis != BASIS_ASSUMED || !recorder_input_used(s->run, i)) continue;
        fprintf(out, "  %s = %s, plausible %.10g to %.10g\n", input->pointer, input->value_json,
                input->plausible_low, input->plausible_high);
        shown++;
    }
    if (count > shown) fputs("  (--refuse-assumed and --json name all)\n", out);
    fputc('\n', out);
}

bool summary_print(const run_summary *s, FILE *out, const char *name, sim_error *err)
{
    CHECK(s->run && s->digest);
    errno = 0;
    put_heading(s, out);
    put_cluster(s, out);
    put_services(s, out);
    put_deployments(s, out);
    put_scaling(s, out);
    put_auto_scaling_groups(s, out);
    put_queues(s, out);
    put_expectations(s, out);
    put_assumed(s, out);
    fprintf(out, "digest %s\n", s->digest);
    if (fflush(out) == 0 && !ferror(out)) return true;
    return error_set(err, "%s: the summary could not be written: %s", name,
                     strerror(errno ? errno : EIO));
}
