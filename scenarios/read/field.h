/* field.h - tables of JSON fields: one row a field, from which checking, defaults, help and the
 * schema come.
 *
 * A shape is an object with known fields; its rows say type, range, default and what the model does
 * with the value. field_check walks a value against a shape and reports all that is wrong.
 * Canonical   what passes is rewritten in place as the builder wants it: "256" becomes 256, ".5
 *             vCPU" 512, enums take the table's spelling, absent fields with a default are filled
 *             in. What fails becomes null, so that a builder that goes on sees no wrong type.
 * AWS habits  in AWS objects null, "", [], and objects of nothing else are absent (aws
 *             --generate-cli-skeleton leaves them), but a null in a list is an error; enums compare
 *             without case; sizes and ports of containers may be strings, as old samples have them.
 * Unknown     an error in an object of ours; in an AWS object a warning, but an error where it is
 *             likely a misspelt field with an effect, where it was typed by hand, and with strict
 *             always (contract: scenario).
 * Bare        a file that is no scenario: nothing is filled in, and what only the AWS API would
 *             refuse (range, enum, missing field, a number as a string) is a warning. A 0 below the
 *             range is the skeleton's and counts as absent.
 */
#ifndef BERTH_SCENARIOS_READ_FIELD_H
#define BERTH_SCENARIOS_READ_FIELD_H

#include "scenarios/read/diagnostic.h"
#include "scenarios/read/pointer.h"
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

typedef enum {
    FIELD_ANY,
    FIELD_STRING,
    FIELD_TEXT_OR_NUMBER, /* a string, or a number that is rewritten as one */
    FIELD_INTEGER,
    FIELD_NUMBER,
    FIELD_BOOLEAN,
    FIELD_ENUM,
    FIELD_CPU,           /* "256", 256, ".5 vCPU": CPU units */
    FIELD_MEMORY,        /* "512", 512, "1 GB": MiB */
    FIELD_DURATION,      /* number of seconds or "1h30m" */
    FIELD_TIME,          /* duration from t = 0, ISO instant, or "peak" */
    FIELD_TIMESTAMP,     /* as AWS prints it: a string or Unix seconds */
    FIELD_DISTRIBUTION,  /* number or {"exponential": …} … */
    FIELD_RATE,          /* number, {"points": …} … (contract: traffic) */
    FIELD_COUNT_OR_WORD, /* an integer, or one of the choices */
    FIELD_OBJECT,        /* of `shape`, or any object without one */
    FIELD_LIST,          /* of objects of `shape`, or anything without one */
    FIELD_STRINGS,       /* list of strings */
    FIELD_NUMBERS,       /* list of numbers */
    FIELD_TEXT_MAP,      /* object of strings */
    FIELD_NUMBER_MAP,    /* object of numbers */
    FIELD_OBJECT_MAP,    /* object of objects of `shape` */
    FIELD_TYPE_COUNT
} field_type;

typedef enum {
    FIELD_EFFECT,    /* the model uses it */
    FIELD_NO_EFFECT, /* accepted, listed by --verbose */
    FIELD_LATER, /* known to the format, not simulated by this version: only its default passes */
} field_effect;

typedef struct field_shape field_shape;

typedef struct {
    const char *key;
    field_type type;
    field_effect effect;
    bool required;
    bool partial;  /* nothing is filled in below: an update gives what it changes */
    bool file;     /* a path of a JSON file may stand here (contract: scenario) */
    bool text_too; /* integers: real task definitions give it as a string, too */
    bool not_null; /* in lists: how many, at least one */
    double low, high;
    bool has_range;
    const char *fill; /* default as JSON; NULL: none */
    const char *const *choices;
    const field_shape *shape;
    const char *alternative_keys[3];      /* an object with one of them is of the other shape, as */
    const field_shape *alternative;       /* describe-container-instances among instance groups */
    const char *answer, *other_answer;    /* {"services": […]} may stand where the list does */
    double plausible_low, plausible_high; /* behaviour: what nobody measured usually is */
    const char *unit, *rule, *help;
} field_row;

struct field_shape {
    const char *name; /* "container definition": for messages and the schema */
    bool ours;        /* not an AWS object */
    bool open;        /* other keys hold numbers (prices) */
    const field_row *rows;
    size_t count;
};

#define FIELD_SHAPE(rows_) .rows = (rows_), .count = sizeof(rows_) / sizeof(rows_)[0]

typedef struct field_check_context field_check_context;

/* Where messages go. */
typedef void field_report(void *who, diagnostic_severity severity, const char *pointer,
                          const char *text);
/* A field without effect that is there. */
typedef void field_note(void *who, const char *pointer, const field_row *row);

struct field_check_context {
    field_report *report;
    field_note *note; /* may be NULL */
    void *who;
    /* Was this typed on the command line? There an unknown field is an error. NULL: nothing was. */
    bool (*by_hand)(void *who, const char *pointer);
    bool bare, strict;
    bool fill; /* defaults are filled in (never when bare) */
    pointer_path path;
};

void field_check_begin(field_check_context *c, field_report *report, field_note *note, void *who);
void field_check_end(field_check_context *c);

/* Checks object against shape and rewrites it; c->path is its pointer. */
void field_check(field_check_context *c, const field_shape *shape, json_t *object);
/* Checks every element of a list likewise; elements that are blank become null. */
void field_check_list(field_check_context *c, const field_row *row, json_t *list);
/* The row of a key; NULL when there is none. */
const field_row *field_find(const field_shape *shape, const char *key);

/* A value for messages: "abc", 1.5, a list, … */
void field_got(const json_t *value, char *text, size_t size);
/* Severity of what only the AWS API refuses: an error, in a bare file a warning. */
diagnostic_severity field_api_severity(const field_check_context *c);
void field_say(field_check_context *c, diagnostic_severity severity, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* "string", "integer 5..300 (s), default 30", … */
void field_describe(const field_row *row, char *text, size_t size);
/* All rows of a shape and of the shapes below it: key, type, range, default, rule, help. */
void field_print(const field_shape *shape, FILE *out);

/* AWS sizes: ".5 vCPU" is 512 units, "1 GB" 1024 MiB. False when it is none. */
bool field_cpu_units(const json_t *value, long long *units);
bool field_memory_mib(const json_t *value, long long *mib);

#endif
