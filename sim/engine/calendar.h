/* calendar.h - the future event list: what happens next, and when.
 *
 * Order       (at_us, phase, sequence): earlier first, then lower phase, then first pushed.
 * Invariants  (1) the sequence is unique, so no two events compare equal and a run can be repeated
 *             exactly; (2) a popped event is never earlier than the one before it, but within one
 *             instant its phase may be lower (rule A111); (3) an event may be pushed
 *             for any time from the last popped one on, or from the end of a later search that
 *             found nothing.
 * Cost        push and pop near constant, whatever is pending (calendar.c says how); cancel O(1);
 *             nothing is allocated once the calendar has been as full before.
 * Limits      CALENDAR_AT_MAX (142 years), CALENDAR_PENDING_MAX events, 2^40 pushes; all checked.
 * Not here    the clock (engine.h); what an event means (models/).
 */
#ifndef BERTH_SIM_ENGINE_CALENDAR_H
#define BERTH_SIM_ENGINE_CALENDAR_H

#include "sim/engine/engine.h"
#include "sim/engine/simtime.h"
#include <stdbool.h>
#include <stdint.h>

#define CALENDAR_AT_MAX      ((INT64_C(1) << 52) - 1)
#define CALENDAR_PENDING_MAX ((UINT32_C(1) << 24) - 1)

typedef struct calendar calendar;

typedef struct {
    sim_time at_us;
    int phase;
    engine_action *action;
    uint64_t subject;
} calendar_event;

calendar *calendar_create(void);
void calendar_destroy(calendar *c); /* NULL is fine */

/* at_us from the last popped event's time, or from the end of a calendar_pop since then that found
 * none due, to CALENDAR_AT_MAX; phase 0..PHASE_MAX. */
event_handle calendar_push(calendar *c, sim_time at_us, int phase, engine_action *action,
                           uint64_t subject);
/* False, and nothing done, when the handle is stale. */
bool calendar_cancel(calendar *c, event_handle handle);
/* Takes the first event out if it is due at or before end_us; false when none is. */
bool calendar_pop(calendar *c, sim_time end_us, calendar_event *event);
/* A pending event by its handle; false when the handle is stale. */
bool calendar_get(const calendar *c, event_handle handle, calendar_event *event);
uint64_t calendar_count(const calendar *c); /* pending */

#endif
