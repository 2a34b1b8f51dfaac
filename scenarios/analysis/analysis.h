/* analysis.h - what would get stuck, fail or lose requests, found before a run.
 *
 * Rules       one table: code, severity, title, explanation, function. From it come the findings,
 *             `berth check --explain CODE` and the list in `berth check --help`.
 * Warning     it will get stuck, fail or lose requests in this scenario (or, for a file of its own,
 *             in every use). Note: advice, or what would go wrong at a deployment that the scenario
 *             does not have.
 * Certain     arithmetic on what is given: a distribution counts with its shortest value where a
 *             time is bounded from below, and with its median, in the words "in half of all
 *             starts", where a start must be in time. What cannot be followed is not reported.
 * Cost        O(configuration + tasks placed); scenarios above PACKING_INSTANCES_MAX instances or
 *             PACKING_TASKS_MAX tasks are not packed (packing.h).
 */
#ifndef BERTH_SCENARIOS_ANALYSIS_ANALYSIS_H
#define BERTH_SCENARIOS_ANALYSIS_ANALYSIS_H

#include "models/model_config.h"
#include "scenarios/read/diagnostic.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

typedef struct analysis analysis;

typedef struct {
    const char *code;             /* stable, as printed in brackets */
    diagnostic_severity severity; /* at most; a finding may be less */
    bool bare;                    /* one service or one task definition is enough */
    const char *title;            /* one line */
    const char *explanation;      /* what happens, rules, arithmetic, remedy, what AWS shows */
    void (*find)(analysis *a);
} analysis_rule;

extern const analysis_rule analysis_rules[];
extern const size_t analysis_rule_count;

/* One finding: the pointer may name a key that is not there, whose nearest parent is meant. */
typedef void analysis_listener(void *who, diagnostic_severity severity, const char *pointer,
                               const char *text);

/* All findings of a config, rule by rule. bare: the config holds one service without its task
 * definition, or one task definition; only the rules that need no more are asked. */
void analysis_run(const model_config *config, bool bare, analysis_listener *listener, void *who);

/* The long text of one rule; an unknown code (or NULL) lists all, with the nearest name on top.
 * False when the code is not known. */
bool analysis_explain(const char *code, FILE *out);
/* Code, severity and title of each rule. */
void analysis_print_rules(FILE *out);

#endif
