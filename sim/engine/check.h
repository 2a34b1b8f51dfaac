/* check.h - programmers' mistakes end the program; broken models end it in debug and test builds.
 *
 * CHECK(cond)      always on. Prints the condition, the place, the simulated time and the event
 *                  number of the engine that runs on this thread (engine.h sets it), then aborts.
 * INVARIANT(cond)  the same where BERTH_INVARIANTS is defined (debug and test builds); costs
 *                  nothing and evaluates nothing elsewhere.
 *
 * The context pointer is the one permitted global; it is per thread, since replications run side by
 * side.
 */
#ifndef BERTH_SIM_ENGINE_CHECK_H
#define BERTH_SIM_ENGINE_CHECK_H

#include "sim/engine/simtime.h"

typedef struct {
    sim_time now_us;
    uint64_t event_number;
} check_context;

/* NULL: no engine runs on this thread. Returns the previous one. */
const check_context *check_set_context(const check_context *context);

_Noreturn void check_failed(const char *what, const char *condition, const char *file, int line);

#define CHECK(cond) ((cond) ? (void)0 : check_failed("CHECK", #cond, __FILE__, __LINE__))

#ifdef BERTH_INVARIANTS
#define INVARIANT(cond) ((cond) ? (void)0 : check_failed("INVARIANT", #cond, __FILE__, __LINE__))
#else
#define INVARIANT(cond) ((void)sizeof(!(cond)))
#endif

#endif
