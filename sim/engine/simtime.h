/* simtime.h - simulated time: integer microseconds from the start of a run.
 *
 * A point in time is named `..._at` or `..._us`, a span likewise; both are `sim_time`. Integers
 * make equality exact and keep the last digit of a math library out of every result.
 */
#ifndef BERTH_SIM_ENGINE_SIMTIME_H
#define BERTH_SIM_ENGINE_SIMTIME_H

#include <stdint.h>

typedef int64_t sim_time;

#define SIM_MILLISECOND INT64_C(1000)
#define SIM_SECOND      INT64_C(1000000)
#define SIM_MINUTE      (60 * SIM_SECOND)
#define SIM_HOUR        (60 * SIM_MINUTE)
#define SIM_DAY         (24 * SIM_HOUR)

/* Later than any event: "does not happen". The longest run is ten years (contract: scenario). */
#define SIM_NEVER   INT64_MAX
#define SIM_RUN_MAX (3660 * SIM_DAY)

#endif
