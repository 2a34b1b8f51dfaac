#include "sim/command/options.h"
#include "scenarios/read/spelling.h"
#include "sim/engine/arena.h"
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- Parsing ---- */

static const option_row *find_by_name(const verb *v, const char *name, size_t length)
{
    for (size_t i = 0; i < v->option_count; i++)
        if (strlen(v->options[i].name) == length && memcmp(v->options[i].name, name, length) == 0)
            return &v->options[i];
    return NULL;
}

static const option_row *find_by_letter(const verb *v, char letter)
{
    for (size_t i = 0; i < v->option_count; i++)
        if (v->options[i].letter == letter) return &v->options[i];
    return NULL;
}

__attribute__((format(printf, 2, 3))) static options_outcome wrong(const verb *v,
                                                                   const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "berth %s: ", v->name);
    vfprintf(stderr, format, arguments);
    fprintf(stderr, " (see berth %s --help)\n", v->name);
    va_end(arguments);
    return OPTIONS_WRONG;
}

static options_outcome unknown_option(const verb *v, const char *written, size_t length)
{
    const char *names[64];
    size_t count = 0;
    names[count++] = "help";
    for (size_t i = 0; i < v->option_count && count < 64; i++)
        names[count++] = v->options[i].name;
    char *name = memory_alloc(length + 1, 1);
    memcpy(name, written, length);
    const char *nearest = spelling_nearest(name, names, count);
    free(name);
    if (nearest)
        return wrong(v, "unknown option --%.*s, did you mean --%s?", (int)length, written, nearest);
    return wrong(v, "unknown option --%.*s", (int)length, written);
}

static void list_append(option_list *list, const char *item)
{
    list->items = memory_resize(list->items, list->count + 1, sizeof *list->items);
    list->items[list->count++] = item;
}

/* Digits only, no sign, no blank: what strtoull alone would let pass is refused. */
static bool parse_number(const char *text, uint64_t *value)
{
    if (!*text || strspn(text, "0123456789") != strlen(text)) return false;
    errno = 0;
    *value = strtoull(text, NULL, 10);
    return errno == 0 && *value <= INT64_MAX;
}

static options_outcome set_choice(const verb *v, const option_row *row, const char *text,
                                  int *choice)
{
    for (int i = 0; row->choices[i]; i++)
        if (strcmp(row->choices[i], text) == 0) {
            *choice = i;
            return OPTIONS_READY;
        }
    char list[256] = "";
    for (int i = 0; row->choices[i]; i++) {
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", i > 0 ? ", " : "", row->choices[i]);
    }
    return wrong(v, "--%s %s: expected one of %s", row->name, text, list);
}

static options_outcome set_value(const verb *v, const option_row *row, const char *text,
                                 void *values)
{
    void *place = (char *)values + row->offset;
    switch (row->kind) {
    case OPTION_FLAG:
        *(bool *)place = true;
        return OPTIONS_READY;
    case OPTION_TEXT:
        *(const char **)place = text;
        return OPTIONS_READY;
    case OPTION_LIST:
        list_append(place, text);
        return OPTIONS_READY;
    case OPTION_NUMBER: {
        option_number *number = place;
        number->given = true;
        if (parse_number(text, &number->value)) return OPTIONS_READY;
        return wrong(v, "--%s %s: expected an integer from 0 to 9223372036854775807", row->name,
                     text);
    }
    case OPTION_CHOICE:
        return set_choice(v, row, text, place);
    }
    return OPTIONS_WRONG;
}

/* One option at argv[*at]; moves *at over a value that stands in a word of its own. */
static options_outcome parse_option(const verb *v, size_t argc, const char *const *argv, size_t *at,
                                    void *values)
{
    const char *word = argv[*at];
    const option_row *row;
    const char *value = NULL;
    if (word[1] == '-') {
        const char *equals = strchr(word + 2, '=');
        size_t length = equals ? (size_t)(equals - word - 2) : strlen(word + 2);
        if (length == 4 && memcmp(word + 2, "help", 4) == 0) return OPTIONS_HELP;
        row = find_by_name(v, word + 2, length);
        if (!row) return unknown_option(v, word + 2, length);
        if (equals) value = equals + 1;
    } else {
        row = find_by_letter(v, word[1]);
        if (!row && word[1] == 'h') return OPTIONS_HELP;
        if (!row) return wrong(v, "unknown option -%c", word[1]);
        if (word[2]) value = word + 2;
    }
    if (row->kind == OPTION_FLAG) {
        if (value) return wrong(v, "--%s takes no value", row->name);
    } else if (!value) {
        if (*at + 1 == argc) return wrong(v, "--%s needs a value: %s", row->name, row->argument);
        value = argv[++*at];
    }
    return set_value(v, row, value, values);
}

options_outcome options_parse(const verb *v, size_t argc, const char *const *argv, void *values,
                              option_list *operands)
{
    memcpy(values, v->defaults, v->values_size);
    *operands = (option_list){0};
    bool only_operands = false;
    for (size_t i = 0; i < argc; i++) {
        if (only_operands || argv[i][0] != '-' || !argv[i][1]) {
            list_append(operands, argv[i]);
        } else if (strcmp(argv[i], "--") == 0) {
            only_operands = true;
        } else {
            options_outcome outcome = parse_option(v, argc, argv, &i, values);
            if (outcome != OPTIONS_READY) return outcome;
        }
    }
    if (operands->count < v->operand_min) return wrong(v, "%s is missing", v->operands);
    if (operands->count > v->operand_max)
        return wrong(v, "one operand too many: %s", operands->items[v->operand_max]);
    return OPTIONS_READY;
}

void options_free(const verb *v, void *values, option_list *operands)
{
    for (size_t i = 0; i < v->option_count; i++)
        if (v->options[i].kind == OPTION_LIST)
            free(((option_list *)(void *)((char *)values + v->options[i].offset))->items);
    free(operands->items);
}

/* ---- Help ---- */

/* Text broken at blanks to lines of at most 79 columns, each but the first indented. column: where
 * the first line begins. */
static void print_wrapped(FILE *out, const char *text, int indent, int column)
{
    while (*text) {
        if (*text == '\n') {
            fprintf(out, "\n%*s", indent, "");
            column = indent;
            text++;
            continue;
        }
        int blanks = (int)strspn(text, " "), word = (int)strcspn(text + blanks, " \n");
        if (column + blanks + word > 79 && column > indent) {
            fprintf(out, "\n%*s", indent, "");
            column = indent;
            text += blanks;
            blanks = 0;
        }
        fprintf(out, "%.*s", blanks + word, text);
        column += blanks + word;
        text += blanks + word;
    }
    fputc('\n', out);
}

static void print_option(const option_row *row, FILE *out)
{
    char head[80];
    int used = row->letter ? snprintf(head, sizeof head, "  -%c, --%s", row->letter, row->name)
                           : snprintf(head, sizeof head, "      --%s", row->name);
    if (row->argument) snprintf(head + used, sizeof head - (size_t)used, " %s", row->argument);
    int column = fprintf(out, "%-29s", head);
    if (column > 29) fprintf(out, "\n%29s", "");
    print_wrapped(out, row->help, 29, 29);
}

static const option_row help_row = {.name = "help", .letter = 'h', .help = "print this text"};

void options_print_help(const verb *v, FILE *out)
{
    fprintf(out, "usage: berth %s%s%s%s\n\n", v->name, v->option_count > 0 ? " [options]" : "",
            *v->operands ? " " : "", v->operands);
    print_wrapped(out, v->description, 0, 0);
    fputs("\noptions:\n", out);
    for (size_t i = 0; i < v->option_count; i++)
        print_option(&v->options[i], out);
    print_option(&help_row, out);
    if (v->more_help) v->more_help(out);
    fprintf(out, "\nexample:\n%s", v->example);
}

static const char exit_status_text[] =
    "exit status: 0 done, every expectation met; 1 an expectation failed;\n"
    "2 bad usage or bad input, nothing was run; 3 the run failed; 130 interrupted\n";

void options_print_overview(const verb *const *verbs, FILE *out)
{
    fputs("usage: berth VERB [options] [operands]\n\n"
          "Simulates Amazon ECS style clusters: whether a deploy drops requests, how many\n"
          "instances a workload needs, which placement strategy packs it tighter.\n\nverbs:\n",
          out);
    for (; *verbs; verbs++)
        fprintf(out, "  %-8s %-16s %s\n", (*verbs)->name, (*verbs)->operands, (*verbs)->summary);
    fprintf(out,
            "\nberth VERB --help tells a verb's options; berth --version the version.\n\n"
            "example:\n  berth run scenario.json -o result.h5\n\n%s",
            exit_status_text);
}

/* ---- Shell completion ---- */

static void print_completion_words(const verb *v, FILE *out)
{
    for (size_t i = 0; i < v->option_count; i++) {
        if (v->options[i].letter) fprintf(out, "-%c ", v->options[i].letter);
        fprintf(out, "--%s ", v->options[i].name);
    }
    fputs("-h --help", out);
}

void options_print_bash_completion(const verb *const *verbs, FILE *out)
{
    fputs("# bash completion for berth, written by `berth help --completion`\n"
          "_berth()\n{\n"
          "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words=\n"
          "    COMPREPLY=()\n"
          "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n        words='",
          out);
    for (const verb *const *v = verbs; *v; v++)
        fprintf(out, "%s ", (*v)->name);
    fputs("--help --version'\n    else\n        case \"${COMP_WORDS[1]} $before\" in\n", out);
    for (const verb *const *v = verbs; *v; v++)
        for (size_t i = 0; i < (*v)->option_count; i++) {
            const option_row *row = &(*v)->options[i];
            if (row->kind != OPTION_CHOICE) continue;
            fprintf(out, "        '%s --%s') words='", (*v)->name, row->name);
            for (int c = 0; row->choices[c]; c++)
                fprintf(out, "%s%s", c > 0 ? " " : "", row->choices[c]);
            fputs("' ;;\n", out);
        }
    fputs(
        "        *)\n            case \"$word\" in -*)\n                case ${COMP_WORDS[1]} in\n",
        out);
    for (const verb *const *v = verbs; *v; v++) {
        fprintf(out, "                %s) words='", (*v)->name);
        print_completion_words(*v, out);
        fputs("' ;;\n", out);
    }
    fputs("                esac ;;\n            esac\n"
          "            [ \"${COMP_WORDS[1]}\" = help ] && words='",
          out);
    for (const verb *const *v = verbs; *v; v++)
        fprintf(out, "%s ", (*v)->name);
    fputs("--man --completion -h --help' ;;\n        esac\n    fi\n"
          "    [ -z \"$words\" ] || mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
          "}\ncomplete -o default -F _berth berth\n",
          out);
}

/* ---- The man page ---- */

/* Text as troff takes it: backslashes and dashes escaped, no line begins with a control character.
 */
static void print_troff(FILE *out, const char *text)
{
    bool line_start = true;
    for (; *text; text++) {
        if (line_start && (*text == '.' || *text == '\'')) fputs("\\&", out);
        if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '-')
            fputs("\\-", out);
        else
            fputc(*text, out);
        line_start = *text == '\n';
    }
}

static void print_man_option(const option_row *row, FILE *out)
{
    fputs(".TP\n.B ", out);
    if (row->letter) fprintf(out, "\\-%c, ", row->letter);
    fputs("\\-\\-", out);
    print_troff(out, row->name);
    if (row->argument) {
        fputs(" \\fI", out);
        print_troff(out, row->argument);
        fputs("\\fR", out);
    }
    fputc('\n', out);
    print_troff(out, row->help);
    fputc('\n', out);
}

static void print_man_verb(const verb *v, FILE *out)
{
    fputs(".SS berth ", out);
    print_troff(out, v->name);
    fprintf(out, "%s%s", v->option_count > 0 ? " [options]" : "", *v->operands ? " " : "");
    print_troff(out, v->operands);
    fputc('\n', out);
    print_troff(out, v->description);
    fputc('\n', out);
    for (size_t i = 0; i < v->option_count; i++)
        print_man_option(&v->options[i], out);
    print_man_option(&help_row, out);
    fputs(".PP\nExample:\n.PP\n.EX\n", out);
    print_troff(out, v->example);
    fputs(".EE\n", out);
}

void options_print_man_page(const verb *const *verbs, const char *version, FILE *out)
{
    fprintf(out, ".\\\" written by berth help --man\n.TH BERTH 1 \"\" \"berth %s\" \"berth\"\n",
            version);
    fputs(
        ".SH NAME\nberth \\- simulate Amazon ECS style clusters\n"
        ".SH SYNOPSIS\n.B berth\n\\fIVERB\\fR [options] [operands]\n"
        ".SH DESCRIPTION\nA deterministic discrete\\-event simulator. It replays a scenario \\(em "
        "real ECS JSON, how the containers behave, traffic, faults \\(em and tells whether a "
        "deploy drops requests, how many instances a workload needs, and which placement "
        "strategy packs it tighter.\n.SH VERBS\n",
        out);
    for (; *verbs; verbs++)
        print_man_verb(*verbs, out);
    fputs(".SH EXIT STATUS\n"
          ".TP\n0\nDone; every expectation was met.\n"
          ".TP\n1\nAn expectation failed.\n"
          ".TP\n2\nBad usage or bad input: nothing was run.\n"
          ".TP\n3\nThe run failed: output that can\\(aqt be written, out of memory, disk full.\n"
          ".TP\n130\nInterrupted (SIGINT or SIGTERM).\n"
          ".SH ENVIRONMENT\n"
          ".TP\nNO_COLOR\nNot empty: no colour unless \\-\\-color always.\n"
          ".TP\nTERM\ndumb: no colour, no progress.\n"
          ".TP\nCI\nNot empty: no progress.\n",
          out);
}
