/* cmd_check.c - berth check: what files are, and what is wrong with them, without running them. */
#include "results/metric_table.h"
#include "scenarios/analysis/analysis.h"
#include "scenarios/read/check_file.h"
#include "scenarios/read/tables.h"
#include "sim/command/command.h"
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    bool strict, explain, verbose, quiet, allow_outside;
} check_values;

#define AT(member) offsetof(check_values, member)

/* clang-format off */
static const option_row check_options[] = {
    {"strict", 0, NULL, OPTION_FLAG, AT(strict), NULL,
     "warnings are bad input (status 2), too"},
    {"explain", 0, NULL, OPTION_FLAG, AT(explain), NULL,
     "instead of checking files: tell more about the rules whose codes follow (none: list all)"},
    {"verbose", 0, NULL, OPTION_FLAG, AT(verbose), NULL,
     "list the AWS fields that have no effect"},
    {"quiet", 0, NULL, OPTION_FLAG, AT(quiet), NULL, "print errors, warnings and notes only"},
    {"allow-outside", 0, NULL, OPTION_FLAG, AT(allow_outside), NULL,
     "included files may be outside the scenario's folder"},
};
/* clang-format on */

#undef AT

static void print_count(int count, const char *what)
{
    if (count > 0) printf(", %d %s%s", count, what, count > 1 ? "s" : "");
}

/* What a file is that held no JSON. */
static const char *kind_without_json(const char *path)
{
    struct stat there;
    if (strcmp(path, "-") == 0) return "not readable as JSON";
    if (stat(path, &there) != 0 || !S_ISREG(there.st_mode) || access(path, R_OK) != 0)
        return "can't be read";
    return command_is_result(path) ? "a result file" : "not readable as JSON";
}

/* One line on standard output, what is wrong on standard error. */
static int check_one(const check_values *v, const char *path)
{
    const scenario_options options = {
        .allow_outside = v->allow_outside,
        .strict = v->strict,
        .metric_known = metric_name_check,
    };
    diagnostics diag;
    check_file_report report = {0};
    diagnostics_init(&diag);
    bool sound = check_file(path, &options, &diag, &report);
    int errors = diagnostics_error_count(&diag), warnings = diagnostics_warning_count(&diag);
    int notes = diagnostics_note_count(&diag);
    diagnostics_print(&diag, stderr);
    if (!v->quiet) {
        printf("%s: %s", strcmp(path, "-") == 0 ? "<stdin>" : path,
               report.kind ? report.kind : kind_without_json(path));
        print_count(errors, "error");
        print_count(warnings, "warning");
        print_count(notes, "note");
        puts(errors + warnings == 0 ? ", ok" : "");
        for (size_t i = 0; v->verbose && i < report.no_effect_count; i++)
            printf("  without effect: %s\n", report.no_effect[i]);
    }
    check_file_report_finish(&report);
    diagnostics_finish(&diag);
    return !sound || (v->strict && warnings > 0) ? EXIT_REFUSED : EXIT_MET;
}

/* `berth check --explain CODE`: the operands are codes. */
static int explain(const option_list *operands)
{
    int status = EXIT_MET;
    if (operands->count == 0) analysis_explain(NULL, stdout);
    for (size_t i = 0; i < operands->count; i++) {
        if (i > 0) putchar('\n');
        if (!analysis_explain(operands->items[i], stdout)) status = EXIT_REFUSED;
    }
    return status;
}

static int run_check(const void *values, const option_list *operands)
{
    int status = EXIT_MET;
    if (((const check_values *)values)->explain) return explain(operands);
    if (operands->count == 0) {
        fputs("berth check: FILE... is missing; see berth check --help\n", stderr);
        return EXIT_REFUSED;
    }
    for (size_t i = 0; i < operands->count; i++)
        if (check_one(values, operands->items[i]) != EXIT_MET) status = EXIT_REFUSED;
    return status;
}

static void print_more(FILE *out)
{
    fputs("\nWhat it warns of, as [CODE]; --explain CODE tells more:\n\n", out);
    analysis_print_rules(out);
    fputs("\nKnobs of a scenario's controlPlane: what AWS does not say, and lets nobody set.\n\n",
          out);
    field_print(&shape_control_plane, out);
}

const verb verb_check = {
    .name = "check",
    .operands = "FILE...",
    .summary = "validate scenarios and AWS JSON",
    .description =
        "Validates files without running anything and says what each is: a scenario, or bare AWS "
        "JSON as the AWS CLI takes or prints it (task definitions, services, load balancers, "
        "describe answers). - is standard input. Every error is reported, as "
        "FILE:LINE:COLUMN: POINTER: what is wrong. What would get stuck, fail or lose requests is "
        "a warning, what could be better a note, each with its arithmetic, a remedy and a code.",
    .example = "  berth check scenario.json task-definition.json\n"
               "  aws ecs describe-services --services web | berth check -\n"
               "  berth check --explain deploy-cannot-move\n",
    .options = check_options,
    .option_count = sizeof check_options / sizeof *check_options,
    .operand_max = SIZE_MAX,
    .values_size = sizeof(check_values),
    .defaults = &(const check_values){0},
    .more_help = print_more,
    .run = run_check,
};
