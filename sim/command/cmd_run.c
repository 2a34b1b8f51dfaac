/* cmd_run.c - berth run: simulate one scenario and print its summary. */
#include "models/model.h"
#include "results/digest.h"
#include "results/event_log.h"
#include "results/expectation.h"
#include "results/hdf5_file.h"
#include "results/summary.h"
#include "scenarios/analysis/analysis.h"
#include "scenarios/read/duration.h"
#include "scenarios/read/scenario.h"
#include "scenarios/read/wallclock.h"
#include "sim/command/command.h"
#include "sim/command/interrupt.h"
#include "sim/command/output_file.h"
#include "sim/command/progress.h"
#include "sim/command/scenario_as_run.h"
#include "sim/engine/arena.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    const char *output, *events, *at, *until;
    option_list sets, with, deploys;
    option_number seed;
    int color, detail;
    bool force, json, refuse_assumed, quiet, verbose, no_progress, allow_outside, strict;
#ifdef BERTH_INVARIANTS
    bool every_probe, scan_placement; /* the oracles, to hold a run against (model.h) */
#endif
} run_values;

/* The first stands for: events with -o, else summary. */
static const char *const detail_choices[] = {"auto", "none", "summary", "series", "events", NULL};

#define AT(member) offsetof(run_values, member)

/* clang-format off */
static const option_row run_options[] = {
    {"output", 'o', "FILE.h5", OPTION_TEXT, AT(output), NULL,
     "write the results (HDF5); refused if FILE exists, unless --force"},
    {"force", 0, NULL, OPTION_FLAG, AT(force), NULL, "let -o and --events replace existing files (never one that is read)"},
    {"events", 0, "FILE", OPTION_TEXT, AT(events), NULL,
     "write the event log, one JSON object a line; refused if FILE is a file that exists, unless --force; - is standard output (the summary then goes to standard error)"},
    {"json", 0, NULL, OPTION_FLAG, AT(json), NULL, "print the summary as JSON"},
    {"seed", 0, "N", OPTION_NUMBER, AT(seed), NULL, "in place of the scenario's seed"},
    {"set", 0, "POINTER=JSON", OPTION_LIST, AT(sets), NULL,
     "set one value of the scenario before it is checked; repeatable"},
    {"with", 0, "FILE", OPTION_LIST, AT(with), NULL,
     "apply FILE as if it extended the scenario; repeatable, in order"},
    {"deploy", 0, "SERVICE[=FILE.json]", OPTION_LIST, AT(deploys), NULL,
     "append a deploy of that service: of the task definition in FILE, or a copy of its own with new images, pulled in full; repeatable"},
    {"at", 0, "TIME", OPTION_TEXT, AT(at), NULL,
     "when --deploy happens (default: one minute after warmup)"},
    {"refuse-assumed", 0, NULL, OPTION_FLAG, AT(refuse_assumed), NULL,
     "refuse a run that uses inputs which nobody gave, and name them"},
    {"until", 0, "TIME", OPTION_TEXT, AT(until), NULL,
     "stop early: a duration from the start, or an ISO instant"},
    {"detail", 0, "HOW", OPTION_CHOICE, AT(detail), detail_choices,
     "what -o keeps: auto (events), none, summary, series, events"},
    {"strict", 0, NULL, OPTION_FLAG, AT(strict), NULL,
     "unknown fields of AWS objects are errors, too"},
    {"allow-outside", 0, NULL, OPTION_FLAG, AT(allow_outside), NULL,
     "included files may be outside the scenario's folder"},
    {"quiet", 0, NULL, OPTION_FLAG, AT(quiet), NULL, "no warnings, no summary table, no progress"},
    {"verbose", 0, NULL, OPTION_FLAG, AT(verbose), NULL,
     "list the AWS fields that have no effect"},
    {"no-progress", 0, NULL, OPTION_FLAG, AT(no_progress), NULL,
     "no progress line (there is none either unless standard error is a terminal)"},
    {"color", 0, "WHEN", OPTION_CHOICE, AT(color), color_names,
     "auto (a terminal, NO_COLOR unset, TERM not dumb), always, never"},
#ifdef BERTH_INVARIANTS
    {"every-probe", 0, NULL, OPTION_FLAG, AT(every_probe), NULL,
     "debug builds: simulate each health probe instead of computing what it would change"},
    {"scan-placement", 0, NULL, OPTION_FLAG, AT(scan_placement), NULL,
     "debug builds: place by looking at every instance instead of through the index"},
#endif
};
/* clang-format on */

#undef AT

/* One run from scenario to outputs. */
typedef struct {
    const run_values *values;
    scenario *scene;
    const model_config *config;
    model_config named; /* what config is if the scenario has no name */
    char *given_name;   /* the one it got */
    sim_time end_us;
    bool shortened; /* --until before the scenario's end */
    recorder *record;
    digest *hash;
    event_log *log;
    output_file events;
    char *events_temporary, *result_temporary; /* what a second signal removes */
    const volatile int *stop;
} run_job;

static int refuse(const char *format, const char *detail)
{
    fputs("berth run: ", stderr);
    fprintf(stderr, format, detail);
    fputc('\n', stderr);
    return EXIT_REFUSED;
}

/* ---- Before the run ---- */

/* An output that is one of the inputs would destroy it. */
static int check_output(const run_values *v, const char *option, const char *path, const char *from)
{
    for (size_t i = 0; i <= v->with.count + v->deploys.count; i++) {
        const char *input = from;
        if (i > 0 && i <= v->with.count) input = v->with.items[i - 1];
        if (i > v->with.count) input = strchr(v->deploys.items[i - v->with.count - 1], '=');
        if (i > v->with.count && input) input++;
        if (!input || !output_file_same(path, input)) continue;
        fprintf(stderr, "berth run: %s %s is a file that the run reads%s\n", option, path,
                strcmp(input, "-") == 0 ? ", standard input" : "");
        return EXIT_REFUSED;
    }
    return EXIT_MET;
}

static int check_events(const run_values *v, const char *from)
{
    sim_error err = {0};
    if (!v->events || strcmp(v->events, "-") == 0) return EXIT_MET;
    if (check_output(v, "--events", v->events, from) != EXIT_MET) return EXIT_REFUSED;
    if (output_file_allowed(v->events, v->force, &err)) return EXIT_MET;
    return command_failed("run", &err, EXIT_REFUSED);
}

static int check_usage(const run_values *v, const char *from)
{
    struct stat there;
    sim_error err = {0};
    if (v->at && v->deploys.count == 0) return refuse("--at %s needs --deploy", v->at);
    if (v->output && strcmp(v->output, "-") == 0)
        return refuse("-o %s: a result file cannot be standard output", v->output);
    if (v->output && stat(v->output, &there) == 0 && !S_ISREG(there.st_mode) &&
        !S_ISDIR(there.st_mode))
        return refuse("-o %s: a result must be a regular file", v->output);
    if (v->output && v->events &&
        (strcmp(v->output, v->events) == 0 || output_file_same(v->output, v->events)))
        return refuse("-o and --events name the same file, %s", v->output);
    if (v->output && check_output(v, "-o", v->output, from) != EXIT_MET) return EXIT_REFUSED;
    if (v->output && !hdf5_file_allowed(v->output, v->force, &err))
        return command_failed("run", &err,
                              access(v->output, F_OK) == 0 ? EXIT_REFUSED : EXIT_BROKEN);
    if (strcmp(from, "-") != 0 && command_is_result(from)) {
        fprintf(stderr,
                "%s:1:1: : is a result file, expected a scenario; this prints the one it was made "
                "of:\n  python3 -c 'import h5py, sys; "
                "print(h5py.File(sys.argv[1])[\"scenario\"][()].decode())' %s\n",
                from, from);
        return EXIT_REFUSED;
    }
    return check_events(v, from);
}

static void count_warning(void *who, diagnostic_severity severity, const char *pointer,
                          const char *text)
{
    (void)pointer;
    (void)text;
    *(int *)who += severity == SEVERITY_WARNING;
}

/* What berth check tells in full. */
static void hint_at_analysis(const run_job *job, const char *path)
{
    int count = 0;
    if (job->values->quiet) return;
    analysis_run(job->config, false, count_warning, &count);
    if (count == 0) return;
    fprintf(stderr, "berth run: %d warning%s of what gets stuck, fails or loses requests", count,
            count == 1 ? "" : "s");
    if (strcmp(path, "-") == 0)
        fputs("; berth check tells more\n", stderr);
    else
        fprintf(stderr, "; berth check %s tells more\n", path);
}

static int load(run_job *job, const char *path)
{
    const run_values *v = job->values;
    const scenario_options options = {
        .with = v->with.items,
        .with_count = v->with.count,
        .sets = v->sets.items,
        .set_count = v->sets.count,
        .deploys = v->deploys.items,
        .deploy_count = v->deploys.count,
        .deploy_at = v->at,
        .allow_outside = v->allow_outside,
        .strict = v->strict,
        .has_seed = v->seed.given,
        .seed = v->seed.value,
        .metric_known = metric_name_check,
    };
    diagnostics diag;
    diagnostics_init(&diag);
    job->scene = scenario_load(path, &options, &diag);
    if (job->scene) job->config = scenario_config(job->scene);
    if (job->scene && (!job->config->name || !job->config->name[0])) {
        job->named = *job->config;
        job->named.name = job->given_name = scenario_name_of_path(path);
        job->config = &job->named;
    }
    int errors = diagnostics_error_count(&diag);
    if (errors > 0 || !v->quiet) diagnostics_print(&diag, stderr);
    diagnostics_finish(&diag);
    if (job->scene) hint_at_analysis(job, path);
    return job->scene ? EXIT_MET : EXIT_REFUSED;
}

static int choose_end(run_job *job)
{
    const char *until = job->values->until;
    job->end_us = job->config->duration_us;
    if (!until) return EXIT_MET;
    sim_error err = {0};
    sim_time at_us = 0;
    if (!wallclock_time_from_option(until, job->config->start_unix_us, &at_us, &err)) {
        fprintf(stderr, "berth run: --until %s: %s\n", until, err.text);
        return EXIT_REFUSED;
    }
    if (at_us <= job->config->warmup_us) {
        fprintf(stderr,
                "berth run: --until %s is not after the warmup: nothing would be measured\n",
                until);
        return EXIT_REFUSED;
    }
    job->shortened = at_us < job->end_us;
    if (job->shortened) job->end_us = at_us;
    return EXIT_MET;
}

static void print_notes(const run_job *job)
{
    const run_values *v = job->values;
    if (v->verbose)
        for (size_t i = 0; i < scenario_no_effect_count(job->scene); i++)
            fprintf(stderr, "without effect: %s\n", scenario_no_effect(job->scene, i));
    if (v->quiet) return;
    if (job->config->replications > 1)
        fprintf(stderr,
                "berth run: the scenario asks for %" PRIu32
                " replications; this version runs the first one\n",
                job->config->replications);
    if (v->until && !job->shortened)
        fprintf(stderr, "berth run: --until %s is not before the scenario's end\n", v->until);
}

/* ---- The run ---- */

#define SLICES 1000

/* In slices, so that progress can be shown and a closed pipe noticed. False when interrupted. */
static bool run_model(run_job *job, model *m)
{
    progress shown;
    bool going = true;
    progress_start(&shown, !job->values->no_progress && !job->values->quiet);
    for (int i = 1; i <= SLICES && going; i++) {
        sim_time until_us = job->end_us / SLICES * i;
        if (i == SLICES) until_us = job->end_us;
        going = model_run(m, until_us, job->stop) && *job->stop == 0;
        if (job->log && !event_log_ok(job->log)) break;
        progress_show(&shown, model_now(m), job->end_us, model_event_count(m));
    }
    progress_end(&shown);
    if (!going) {
        char at[48];
        duration_print(model_now(m), at);
        fprintf(stderr, "berth run: interrupted at %s of simulated time, nothing was kept\n", at);
    }
    return going;
}

static model *make_model(const run_job *job)
{
    model_options options = {0};
#ifdef BERTH_INVARIANTS
    options.check_invariants = true;
    options.every_probe = job->values->every_probe;
    options.scan_placement = job->values->scan_placement;
#endif
    return model_create(job->config, 0, &options);
}

/* Which inputs a run uses is known only after it: a first run, which writes nothing, tells. */
static int refuse_assumed(run_job *job)
{
    model *m = make_model(job);
    bool finished = run_model(job, m);
    uint32_t count = 0;
    for (uint32_t i = 0; finished && i < job->config->input_count; i++) {
        const model_input *input = &job->config->inputs[i];
        if (input->basis != BASIS_ASSUMED || !model_input_used(m, i)) continue;
        fprintf(stderr, "berth run: assumed: %s = %s\n", input->pointer, input->value_json);
        count++;
    }
    model_destroy(m);
    if (!finished) return EXIT_INTERRUPTED;
    if (count == 0) return EXIT_MET;
    fprintf(stderr, "berth run: %" PRIu32 " input%s given by nobody, and this run uses %s\n", count,
            count == 1 ? " was" : "s were", count == 1 ? "it" : "them");
    return EXIT_REFUSED;
}

static char *temporary_name(const char *path)
{
    size_t size = strlen(path) + sizeof ".tmp";
    char *name = memory_alloc(size, 1);
    snprintf(name, size, "%s.tmp", path);
    return name;
}

static int open_events(run_job *job)
{
    const char *path = job->values->events;
    sim_error err = {0};
    if (!path) return EXIT_MET;
    if (strcmp(path, "-") == 0) {
        job->log = event_log_create(stdout);
        return EXIT_MET;
    }
    if (!output_file_open(&job->events, path, &err))
        return command_failed("run", &err, EXIT_BROKEN);
    if (job->events.temporary) {
        job->events_temporary = temporary_name(path);
        interrupt_remove(INTERRUPT_EVENTS, job->events_temporary);
    }
    job->log = event_log_create(job->events.stream);
    return EXIT_MET;
}

static bool finish_events(run_job *job, sim_error *err)
{
    if (!job->log) return true;
    bool to_file = job->events.stream != NULL;
    bool written =
        event_log_finish(job->log, to_file ? job->values->events : "standard output", err);
    if (to_file && written) written = output_file_commit(&job->events, err);
    return written;
}

static record_detail wanted_detail(const run_values *v)
{
    if (v->detail > 0) return (record_detail)(v->detail - 1);
    return v->output ? DETAIL_EVENTS : DETAIL_SUMMARY;
}

/* Calls of the timeline that came to nothing. */
static void print_refusals(const run_job *job, const model *m)
{
    for (uint32_t i = 0; i < job->config->timeline_count && !job->values->quiet; i++) {
        const timeline_action *a = &job->config->timeline[i];
        const char *answer = model_refusal(m, i);
        char at[48];
        if (!answer) continue;
        duration_print(a->at_us, at);
        fprintf(stderr, "berth run: warning: %s at %s was refused: %s (%s)\n",
                timeline_action_name(a->kind), at, answer, a->arguments_json);
    }
}

static int simulate(run_job *job)
{
    model *m = make_model(job);
    job->record = recorder_create(job->config, wanted_detail(job->values));
    job->hash = digest_create();
    recorder_attach(job->record, m);
    digest_attach(job->hash, m);
    if (job->log) event_log_attach(job->log, m);
    int status = run_model(job, m) ? EXIT_MET : EXIT_INTERRUPTED;
    if (status == EXIT_MET && job->log && !event_log_ok(job->log)) {
        sim_error err = {0};
        finish_events(job, &err);
        status = command_failed("run", &err, EXIT_BROKEN);
    }
    if (status == EXIT_MET) {
        recorder_finish(job->record, m);
        print_refusals(job, m);
    }
    model_destroy(m);
    return status;
}

/* ---- What came out ---- */

static bool write_result(run_job *job, const metric_values *metrics, const char *hex,
                         sim_error *err)
{
    const run_values *v = job->values;
    if (!v->output) return true;
    char *changed = NULL;
    if (job->shortened || job->given_name)
        changed = scenario_as_run(scenario_json_text(job->scene), job->given_name,
                                  job->shortened ? job->end_us : SIM_NEVER);
    const result_contents contents = {
        .berth_version = BERTH_VERSION,
        .scenario_json = changed ? changed : scenario_json_text(job->scene),
        .digest = hex,
        .seed = job->config->seed,
        .run = job->record,
        .metrics = metrics,
    };
    job->result_temporary = temporary_name(v->output);
    interrupt_remove(INTERRUPT_RESULT, job->result_temporary);
    bool written = hdf5_file_write(v->output, v->force, &contents, err);
    free(changed);
    return written;
}

/* To standard output, or to standard error where the events have that. */
static bool print_summary(const run_job *job, const metric_values *metrics,
                          const expectation_results *expectations, const char *hex, sim_error *err)
{
    const run_values *v = job->values;
    bool events_on_output = v->events && strcmp(v->events, "-") == 0;
    FILE *out = events_on_output ? stderr : stdout;
    const int descriptor = events_on_output ? STDERR_FILENO : STDOUT_FILENO;
    const run_summary summary = {
        .berth_version = BERTH_VERSION,
        .run = job->record,
        .metrics = metrics,
        .expectations = expectations,
        .digest = hex,
        .seed = job->config->seed,
        .color = color_wanted((color_choice)v->color, descriptor),
        .columns = command_columns(descriptor),
    };
    const char *name = events_on_output ? "standard error" : "standard output";
    if (v->json) return summary_print_json(&summary, out, name, err);
    return v->quiet || summary_print(&summary, out, name, err);
}

/* Every output is tried, whatever became of the others. */
static int write_outputs(run_job *job)
{
    char hex[DIGEST_HEX_SIZE];
    sim_error events_err = {0}, result_err = {0}, summary_err = {0};
    digest_hex(job->hash, hex);
    metric_values *metrics = metric_values_create(job->record);
    expectation_results expectations = expectations_evaluate(job->config, metrics);
    int status = expectations.unmet > 0 ? EXIT_UNMET : EXIT_MET;
    if (!finish_events(job, &events_err)) status = command_failed("run", &events_err, EXIT_BROKEN);
    if (!write_result(job, metrics, hex, &result_err))
        status = command_failed("run", &result_err, EXIT_BROKEN);
    if (!print_summary(job, metrics, &expectations, hex, &summary_err))
        status = command_failed("run", &summary_err, EXIT_BROKEN);
    expectation_results_finish(&expectations);
    metric_values_destroy(metrics);
    return status;
}

/* ---- The verb ---- */

static void finish(run_job *job)
{
    interrupt_remove(INTERRUPT_EVENTS, NULL);
    interrupt_remove(INTERRUPT_RESULT, NULL);
    free(job->events_temporary);
    free(job->result_temporary);
    event_log_destroy(job->log);
    output_file_discard(&job->events);
    recorder_destroy(job->record);
    digest_destroy(job->hash);
    scenario_destroy(job->scene);
    free(job->given_name);
}

static int run_scenario(const void *values, const option_list *operands)
{
    run_job job = {.values = values};
    interrupt_catch("berth run: interrupted before the run, nothing was kept\n");
    int status = check_usage(job.values, operands->items[0]);
    if (status == EXIT_MET) status = load(&job, operands->items[0]);
    if (status == EXIT_MET) status = choose_end(&job);
    if (status == EXIT_MET) {
        print_notes(&job);
        job.stop = interrupt_defer();
        if (job.values->refuse_assumed) status = refuse_assumed(&job);
    }
    if (status == EXIT_MET) status = open_events(&job);
    if (status == EXIT_MET) status = simulate(&job);
    if (status == EXIT_MET) status = write_outputs(&job);
    finish(&job);
    return status;
}

const verb verb_run = {
    .name = "run",
    .operands = "SCENARIO",
    .summary = "simulate a scenario, print its summary",
    .description = "Simulates one scenario (- is standard input) and prints its summary: the "
                   "cluster, the services, each deployment, the expectations, and a digest that "
                   "is the same whenever the same thing was simulated. One replication is run.",
    .example = "  berth run scenario.json -o result.h5\n"
               "  berth run scenario.json --set /services/web/desiredCount=6 --deploy web\n"
               "  berth run scenario.json --events - | grep service.event\n",
    .options = run_options,
    .option_count = sizeof run_options / sizeof *run_options,
    .operand_min = 1,
    .operand_max = 1,
    .values_size = sizeof(run_values),
    .defaults = &(const run_values){0},
    .run = run_scenario,
};
