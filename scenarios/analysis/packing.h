/* packing.h - where the tasks of a scenario would go, and whether the next one finds a place.
 *
 * The scenario's own instances and the placement code of the model (models/ecs/placement.h), without
 * time: every task that is placed is healthy at once, every stop frees its place at once. A rolling
 * deployment goes round by round as in E146: stop healthy old tasks down to L, start new ones up to
 * U, until it is done or nothing moves. So what is refused here is refused in a run that does the
 * same calls, whatever the durations.
 *
 * Left out: tasks of run-task, which only take room. Not followed, and then nothing is said about
 * room any more: the strategy `random` (its draws are the run's own), service tasks that end by
 * themselves, deployments that are not rolling, faults, tasks and instances stopped by hand, services in the middle of a deployment
 * that another call meets.
 */
#ifndef BERTH_SCENARIOS_ANALYSIS_PACKING_H
#define BERTH_SCENARIOS_ANALYSIS_PACKING_H

#include "scenarios/analysis/situation.h"

#define PACKING_INSTANCES_MAX 5000
#define PACKING_TASKS_MAX     5000

typedef struct packing packing;

packing *packing_begin(analysis *a);
/* Creates the services of these situations at once, on the instances that are there by then. */
void packing_follow(packing *p, sim_time at_us, situation *situations, uint32_t count);
/* One action of the timeline, with the situations that it makes. */
void packing_act(packing *p, const timeline_action *action, situation *situations, uint32_t count);
/* Says of the last situation of each service whether all its tasks are there; frees. */
void packing_end(packing *p);

/* How many instances of the scenario could hold a task of this definition, or of `other` unless that
 * is NO_INDEX, if they were empty. O(groups). *lacks: what instances lack for the definition, as
 * text; NULL when nothing. */
uint32_t packing_suitable(analysis *a, const service_config *settings, uint32_t definition,
                          uint32_t other, const char **lacks);
/* "host port 80" or "distinctInstance": what keeps two tasks of the service off one instance, be
 * they of either definition; NULL: nothing. */
const char *packing_single(analysis *a, const service_config *settings, uint32_t definition,
                           uint32_t other);
/* Tasks of this definition end by themselves. */
bool packing_ends(const task_definition_config *d);
/* How many instances of a group of the config there may be at a time. */
uint32_t packing_instances_max(const model_config *c, uint32_t group);

#endif
