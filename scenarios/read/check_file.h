/* check_file.h - `berth check` of one file: what it is, and what is wrong with it.
 *
 * A scenario is loaded as for a run, an experiment is checked by its table, anything else is a bare
 * AWS file: broken JSON and wrong types are errors there, what only the AWS API would refuse is a
 * warning, and so is JSON of no known kind (contract: cli, check). A file without errors is then
 * asked what would get stuck (scenarios/analysis): warnings and notes.
 */
#ifndef BERTH_SCENARIOS_READ_CHECK_FILE_H
#define BERTH_SCENARIOS_READ_CHECK_FILE_H

#include "scenarios/read/diagnostic.h"
#include "scenarios/read/scenario.h"

typedef struct {
    char *kind; /* "scenario", "ECS task definition (register-task-definition input)", …; NULL
                         when the file is no JSON */
    char **no_effect; /* fields without effect, as "POINTER (what)" */
    size_t no_effect_count;
} check_file_report;

/* True when there is no error; warnings are in diag, too. Of options a bare file heeds `strict`. The
 * report must be finished in either case. */
bool check_file(const char *path, const scenario_options *options, diagnostics *diag,
                check_file_report *report);
void check_file_report_finish(check_file_report *report);

#endif
