/* summary.h - what a run came to, as a table for people and as JSON for programs (contract: cli).
 */
#ifndef BERTH_RESULTS_SUMMARY_H
#define BERTH_RESULTS_SUMMARY_H

#include "results/expectation.h"
#include <stdio.h>

typedef struct {
    const char *berth_version;
    const recorder *run;
    const metric_values *metrics;
    const expectation_results *expectations;
    const char *digest; /* 32 hexadecimal digits */
    uint64_t seed;      /* as run: --seed wins over the config's */
    bool color;         /* the table only */
    uint32_t columns;   /* of the terminal the table goes to; 0: none, any width will do */
} run_summary;

/* False with *err when it could not be written; name is what the user called the output. */
bool summary_print(const run_summary *s, FILE *out, const char *name, sim_error *err);
bool summary_print_json(const run_summary *s, FILE *out, const char *name, sim_error *err);

#endif
