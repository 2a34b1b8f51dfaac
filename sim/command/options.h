/* options.h - one table a verb: from it come parsing, --help, shell completion and the man page.
 *
 * A row names an option, its argument and the place of its value in the verb's own struct; nothing
 * else in the program knows how an option is spelt. Long options only take their full name
 * (`--seed 7` or `--seed=7`); a misspelt one is an error that names the nearest. `--` ends the
 * options, `-` alone is an operand.
 */
#ifndef BERTH_SIM_COMMAND_OPTIONS_H
#define BERTH_SIM_COMMAND_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Exit status (contract: cli). */
enum {
    EXIT_MET = 0,
    EXIT_UNMET = 1,
    EXIT_REFUSED = 2,
    EXIT_BROKEN = 3,
    EXIT_INTERRUPTED = 130,
};

typedef struct {
    size_t count;
    const char **items; /* point into argv */
} option_list;

typedef struct {
    bool given;
    uint64_t value;
} option_number;

typedef enum {
    OPTION_FLAG,   /* bool */
    OPTION_TEXT,   /* const char *; NULL unless given; the last one counts */
    OPTION_LIST,   /* option_list; repeatable */
    OPTION_NUMBER, /* option_number; an integer from 0 to 2^63 - 1, as JSON's */
    OPTION_CHOICE, /* int: index in choices */
} option_kind;

typedef struct {
    const char *name;     /* without the dashes */
    char letter;          /* 0: none */
    const char *argument; /* as --help shows it; NULL for flags */
    option_kind kind;
    size_t offset;              /* of the value in the verb's struct */
    const char *const *choices; /* NULL-terminated, for OPTION_CHOICE */
    const char *help;
} option_row;

typedef struct {
    const char *name, *operands, *summary;
    const char *description; /* paragraphs under the usage line */
    const char *example;     /* lines */
    const option_row *options;
    size_t option_count;
    size_t operand_min, operand_max;
    size_t values_size;           /* of the struct that the rows' offsets refer to */
    const void *defaults;         /* that struct */
    void (*more_help)(FILE *out); /* NULL, or what --help adds from other tables */
    /* Returns the exit status. values: the struct, filled. */
    int (*run)(const void *values, const option_list *operands);
} verb;

typedef enum { OPTIONS_READY, OPTIONS_HELP, OPTIONS_WRONG } options_outcome;

/* argv: what follows the verb. values: v->values_size bytes, set to the defaults first.
 * On OPTIONS_WRONG the error has been printed. Free the lists with options_free. */
options_outcome options_parse(const verb *v, size_t argc, const char *const *argv, void *values,
                              option_list *operands);
void options_free(const verb *v, void *values, option_list *operands);

void options_print_help(const verb *v, FILE *out);
/* All verbs at once. verbs: NULL-terminated. */
void options_print_overview(const verb *const *verbs, FILE *out);
void options_print_bash_completion(const verb *const *verbs, FILE *out);
void options_print_man_page(const verb *const *verbs, const char *version, FILE *out);

#endif
