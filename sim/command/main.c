/* main.c - the program: finds the verb, reads its options, runs it. */
#include "scenarios/read/spelling.h"
#include "sim/command/command.h"
#include "sim/engine/arena.h"
#include <fcntl.h>
#include <gsl/gsl_errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const verb *const all_verbs[] = {&verb_run, &verb_check, &verb_plot, &verb_help, NULL};

static const verb *find_verb(const char *name)
{
    for (const verb *const *v = all_verbs; *v; v++)
        if (strcmp((*v)->name, name) == 0) return *v;
    return NULL;
}

static int unknown_verb(const char *name)
{
    const char *names[sizeof all_verbs / sizeof *all_verbs];
    size_t count = 0;
    for (const verb *const *v = all_verbs; *v; v++)
        names[count++] = (*v)->name;
    const char *nearest = spelling_nearest(name, names, count);
    fprintf(stderr, "berth: unknown verb '%s'", name);
    if (nearest) fprintf(stderr, ", did you mean '%s'?", nearest);
    fputs(" (berth help lists the verbs)\n", stderr);
    return EXIT_REFUSED;
}

/* ---- berth help ---- */

typedef struct {
    bool man, completion;
} help_values;

static int run_help(const void *values, const option_list *operands)
{
    const help_values *wanted = values;
    if (wanted->man) {
        options_print_man_page(all_verbs, BERTH_VERSION, stdout);
    } else if (wanted->completion) {
        options_print_bash_completion(all_verbs, stdout);
    } else if (operands->count == 0) {
        options_print_overview(all_verbs, stdout);
    } else {
        const verb *v = find_verb(operands->items[0]);
        if (!v) return unknown_verb(operands->items[0]);
        options_print_help(v, stdout);
    }
    return EXIT_MET;
}

static const option_row help_options[] = {
    {.name = "man",
     .kind = OPTION_FLAG,
     .offset = offsetof(help_values, man),
     .help = "print the man page (troff)"},
    {.name = "completion",
     .kind = OPTION_FLAG,
     .offset = offsetof(help_values, completion),
     .help = "print the completion for bash"},
};

const verb verb_help = {
    .name = "help",
    .operands = "[VERB]",
    .summary = "explain a verb",
    .description = "Explains a verb and its options; without one, lists the verbs.",
    .example = "  berth help run\n  berth help --completion > ~/.local/share/bash-completion/"
               "completions/berth\n",
    .options = help_options,
    .option_count = sizeof help_options / sizeof *help_options,
    .operand_max = 1,
    .values_size = sizeof(help_values),
    .defaults = &(const help_values){0},
    .run = run_help,
};

/* ---- The program ---- */

/* A closed standard stream would let the next file that is opened take its number, and messages
 * land in a result file. In its place stands one that takes nothing. */
static void guard_standard_streams(void)
{
    int opened;
    do
        opened = open("/dev/null", O_RDONLY);
    while (opened >= 0 && opened <= STDERR_FILENO);
    if (opened > STDERR_FILENO) close(opened);
}

static int run_verb(const verb *v, size_t argc, const char *const *argv)
{
    void *values = memory_alloc(1, v->values_size);
    option_list operands;
    int status = EXIT_REFUSED;
    switch (options_parse(v, argc, argv, values, &operands)) {
    case OPTIONS_READY:
        status = v->run(values, &operands);
        break;
    case OPTIONS_HELP:
        options_print_help(v, stdout);
        status = EXIT_MET;
        break;
    case OPTIONS_WRONG:
        break;
    }
    options_free(v, values, &operands);
    free(values);
    return status;
}

int main(int argc, char **argv)
{
    gsl_set_error_handler_off();
    guard_standard_streams();
    signal(SIGPIPE, SIG_IGN);

    int status = EXIT_MET;
    const char *name = argc > 1 ? argv[1] : "--help";
    const verb *v = find_verb(name);
    if (v)
        status = run_verb(v, (size_t)argc - 2, (const char *const *)argv + 2);
    else if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        options_print_overview(all_verbs, stdout);
    else if (strcmp(name, "--version") == 0)
        printf("berth %s\n", BERTH_VERSION);
    else
        status = unknown_verb(name);
    if (status != EXIT_BROKEN && !command_flush_output(v ? v->name : "help")) status = EXIT_BROKEN;
    return status;
}
