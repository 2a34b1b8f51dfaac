/* timeline.h - what the scenario makes happen: calls to AWS, and faults (contract: scenario,
 * timeline).
 *
 * Actions are due at their time in PHASE_TIMELINE, in file order (A111). Each is logged as it
 * happens. A new one is a row of the table in timeline.c and its function: a call's here, a fault's in
 * models/ec2/fault.c; the reader's row and function are in scenarios/read (build_timeline.c,
 * tables_scenario.c).
 */
#ifndef BERTH_MODELS_TIMELINE_H
#define BERTH_MODELS_TIMELINE_H

#include "models/ecs/service.h"

typedef struct timeline timeline;

timeline *timeline_create(ecs *e);
void timeline_destroy(timeline *line); /* NULL is fine */
/* AWS's answer to the call, where it has refused it so far; NULL. */
const char *timeline_refusal(const timeline *line, uint32_t action);
/* Schedules the first action. */
void timeline_start(timeline *line);

#endif
