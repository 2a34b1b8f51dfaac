/* shortened.h - the scenario as run when --until ended it early. */
#ifndef BERTH_SIM_COMMAND_SHORTENED_H
#define BERTH_SIM_COMMAND_SHORTENED_H

#include "sim/engine/simtime.h"

/* The scenario's text with another duration, so that running it again gives the same result. To be
 * freed. */
char *shortened_scenario(const char *scenario_json, sim_time end_us);

#endif
