/* expectation.h - what the experimenter asked for, held against what came out (contract: scenario,
 * expect).
 *
 * atLeast, atMost, equals with tolerance, between: inclusive, and all that are given must hold, for
 * every metric that matches. A metric without a value fails.
 */
#ifndef BERTH_RESULTS_EXPECTATION_H
#define BERTH_RESULTS_EXPECTATION_H

#include "results/metric_table.h"

/* Before the run: does every expectation name a metric? Otherwise false; *err holds the pointer and
 * text of the first wrong one. */
bool expectations_check(const model_config *cfg, sim_error *err);

typedef struct {
    const expectation_config *asked;
    const char *metric;        /* the name that matched; asked->metric when none did */
    const metric_value *found; /* NULL: the run has no such metric */
    double value;              /* NAN: none */
    bool met;
} expectation_result;

typedef struct {
    expectation_result *result; /* one for each match of each expectation, in order */
    uint32_t count, unmet;
} expectation_results;

/* v must outlive the results. */
expectation_results expectations_evaluate(const model_config *cfg, const metric_values *v);
void expectation_results_finish(expectation_results *e);

/* Why an expectation's metric has no value, in a few words. */
const char *expectation_no_value(const expectation_result *r);

/* "at least 0.999", "between 1 and 2": what was asked, as text; returns buffer. */
const char *expectation_print(const expectation_config *asked, char *buffer, size_t size);

#endif
