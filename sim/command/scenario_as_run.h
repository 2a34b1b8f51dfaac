/* scenario_as_run.h - the scenario as a result keeps it, so that running it again gives that result:
 * with the end that --until gave it, and the name that its file gave it.
 */
#ifndef BERTH_SIM_COMMAND_SCENARIO_AS_RUN_H
#define BERTH_SIM_COMMAND_SCENARIO_AS_RUN_H

#include "sim/engine/simtime.h"

/* The name of a scenario that has none: its file's without folder and ending, "scenario" for
 * standard input. To be freed. */
char *scenario_name_of_path(const char *path);
/* The scenario's text with another name (unless NULL) and duration (unless SIM_NEVER). To be
 * freed. */
char *scenario_as_run(const char *scenario_json, const char *name, sim_time end_us);

#endif
