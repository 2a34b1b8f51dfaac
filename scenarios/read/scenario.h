/* scenario.h - a scenario file as a model_config: everything resolved, checked and filled in.
 *
 * Load        reads and folds the file (document.h), checks it against the tables (tables.h), then
 *             builds the plain config (build.h). All errors are reported, not only the first.
 * Resolved    references by name or ARN become indices, revisions follow the order of registration
 *             in time (E20), times become microseconds, subnets become zones, instance types sizes.
 * Text        scenario_json_text is the scenario as run: files folded in, defaults, --set and
 *             overrides applied; loading it again gives the same config, and its `basis` keeps the
 *             defaulted values of `behavior` assumed.
 * Ownership   the scenario owns its config and texts until scenario_destroy.
 */
#ifndef BERTH_SCENARIOS_READ_SCENARIO_H
#define BERTH_SCENARIOS_READ_SCENARIO_H

#include "models/model_config.h"
#include "scenarios/read/diagnostic.h"
#include "scenarios/read/document.h"
#include "sim/engine/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct scenario scenario;

/* `start` of a scenario that gives none, 1970-01-05T00:00:00Z, in microseconds of Unix time. */
#define SCENARIO_START_DEFAULT_US (INT64_C(4) * 86400 * 1000000)

/* All zero: the scenario as it stands. */
typedef struct {
    const char *const *with; /* --with FILE, in order */
    size_t with_count;
    const char *const *sets; /* --set POINTER=JSON, in order */
    size_t set_count;
    /* --deploy SERVICE=FILE, or SERVICE: a copy of its task definition, whose images count as new
     * ones ("web:1#2"), so that every instance pulls them in full */
    const char *const *deploys;
    size_t deploy_count;
    const char *deploy_at; /* --at TIME; NULL: one minute after warmup */
    bool allow_outside, strict;
    bool has_seed;
    uint64_t seed; /* --seed */
    /* Can `expect` name this metric? Otherwise false, and err->text says so. NULL: not asked. */
    bool (*metric_known)(const model_config *config, const char *metric, sim_error *err);
} scenario_options;

/* NULL when anything is wrong; all of it is in diag, as are warnings. path "-" is standard input. */
scenario *scenario_load(const char *path, const scenario_options *options, diagnostics *diag);
/* The same from memory; relative paths in it are taken from the current folder. */
scenario *scenario_load_text(const char *name, const char *text, size_t length,
                             const scenario_options *options, diagnostics *diag);
/* The same of a document that is loaded and not yet folded; it is the scenario's (or gone) then. */
scenario *scenario_of_document(document *doc, const scenario_options *options, diagnostics *diag);
void scenario_destroy(scenario *s); /* NULL is fine */

const model_config *scenario_config(const scenario *s);
/* Two-space JSON. */
const char *scenario_json_text(const scenario *s);
/* Fields that are there and have no effect on the model, as "POINTER (what)", in document order. */
size_t scenario_no_effect_count(const scenario *s);
const char *scenario_no_effect(const scenario *s, size_t index);

#endif
