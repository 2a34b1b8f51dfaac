/* engine.h - the clock and the run loop.
 *
 * Order       events fire by (time, phase, sequence): earlier first, then lower phase, then first
 *             scheduled. An event may schedule into a lower phase of the present instant: it fires
 *             next (rule A111).
 * Handles     cancel and reschedule go by handle; a handle of an event that has fired or was
 *             cancelled is stale, and cancelling it does nothing and returns false.
 * Global      nothing: replications own an engine each.
 * Cost        schedule, cancel and fire near constant (calendar.h); no allocation once warm.
 * Not here    what a phase or an event means (models/).
 */
#ifndef BERTH_SIM_ENGINE_ENGINE_H
#define BERTH_SIM_ENGINE_ENGINE_H

#include "sim/engine/simtime.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct engine engine;

/* What happens: context is the pointer given to engine_create, subject the one given when
 * scheduling. */
typedef void engine_action(engine *eng, void *context, uint64_t subject);

typedef struct {
    uint32_t slot, generation; /* {0, 0} is no event */
} event_handle;

#define EVENT_NONE ((event_handle){0, 0})
#define PHASE_MAX  63

engine *engine_create(void *context);
void engine_destroy(engine *eng);

/* at_us >= now; phase 0..PHASE_MAX. SIM_NEVER is a bug (do not schedule what does not happen). */
event_handle engine_schedule(engine *eng, sim_time at_us, int phase, engine_action *action,
                             uint64_t subject);
/* True if the event was pending; *handle becomes EVENT_NONE either way. */
bool engine_cancel(engine *eng, event_handle *handle);
/* Cancel and schedule again, with a new sequence number; a stale handle is a bug. */
void engine_reschedule(engine *eng, event_handle *handle, sim_time at_us, int phase);
bool engine_pending(const engine *eng, event_handle handle);
sim_time engine_due(const engine *eng, event_handle handle); /* SIM_NEVER when stale */

sim_time engine_now(const engine *eng);
int engine_phase(const engine *eng); /* of the event that is firing; -1 between runs */
/* The highest phase that has fired in the present instant: phases may go back (A111), so the phase
 * that fires does not tell whether another one is over. PHASE_MAX after a run. */
int engine_phase_reached(const engine *eng);
uint64_t engine_event_count(const engine *eng);
uint64_t engine_pending_count(const engine *eng);

/* Fires everything due at or before end_us, then sets the clock to end_us. May be called again with
 * a later end. Stops early, between two instants, once *stop (may be NULL) is non-zero; returns
 * false then. */
bool engine_run_until(engine *eng, sim_time end_us, const volatile int *stop);

/* In builds with invariants (check.h) `check` is called with the context after every event. */
void engine_check_each(engine *eng, void (*check)(void *context));

#endif
