/* distribution_json.h - distributions as scenarios write them (contract: scenario).
 *
 * A number of seconds, or one of {"exponential": {"mean"}}, {"uniform": {"min", "max"}},
 * {"normal": {"mean", "sigma"}}, {"lognormal": {"median", "sigma"}}, {"gamma": {"shape", "scale"}},
 * {"weibull": {"shape", "scale"}}, {"pareto": {"shape", "scale"}}, {"empirical": [values]}.
 */
#ifndef BERTH_SCENARIOS_READ_DISTRIBUTION_JSON_H
#define BERTH_SCENARIOS_READ_DISTRIBUTION_JSON_H

#include "sim/engine/arena.h"
#include "sim/engine/error.h"
#include "sim/engine/random.h"
#include <jansson.h>
#include <stdbool.h>

/* On failure false and err->text says what was expected. values of an empirical one are copied into
 * the arena, ascending; a NULL arena checks only. */
bool distribution_from_json(const json_t *value, arena *a, distribution *out, sim_error *err);

#endif
