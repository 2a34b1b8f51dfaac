/* arrivals.h - standalone tasks that arrive: calls of run-task at intervals, or as a trace has them
 * (contract: scenario, arrivals).
 *
 * Due       in PHASE_TIMELINE, behind the timeline's actions where those were scheduled first. The
 *           rows of a trace with one time, and calls of one row (at most 10 copies each, E87), go in
 *           file order within one event.
 * Interval  drawn anew for each call, at least 1 us, so that time goes on.
 * Streams   "arrivals/NAME" (intervals) and "runTask/NAME" (placement), a stream a call: one more
 *           source, or a refused call, changes the others' draws in nothing.
 * Cost      one pending event a source; nothing is allocated after arrivals_create.
 */
#ifndef BERTH_MODELS_WORKLOAD_ARRIVALS_H
#define BERTH_MODELS_WORKLOAD_ARRIVALS_H

#include "models/ecs/ecs.h"

typedef struct arrivals arrivals;

arrivals *arrivals_create(ecs *e); /* in the control plane's arena */
/* Schedules each source's first call (t = 0, PHASE_CREATE). */
void arrivals_start(arrivals *a);

#endif
