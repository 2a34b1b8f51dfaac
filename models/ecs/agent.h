/* agent.h - whether the control plane hears from an instance's agent (E12, E173, E174).
 *
 * Away     while the agent is away nothing passes: starts and stop orders wait (a task is PENDING, or
 *          DEACTIVATING behind its drain), what happens on the host is not told (starts, exits), and
 *          container health stays as last told (E36). The load balancer still sees the tasks.
 * Known    after agentLossDetect the instance counts as not connected: no placement (E11, E173).
 *          Before that, tasks are still placed there, and wait.
 * Back     everything that waited happens at once, oldest task first.
 * Lost     a host that dies without a word: its processes are gone and answer nobody; after
 *          agentLossDetect its tasks are STOPPED and it is INACTIVE (E174).
 * Departs  (a) the other containers of a task whose essential one ends while the agent is away run on
 *          until it is back; (b) an instance that is terminated while its agent is away is INACTIVE
 *          like any other (E174), not listed on (E12): nothing is placed there either way.
 */
#ifndef BERTH_MODELS_ECS_AGENT_H
#define BERTH_MODELS_ECS_AGENT_H

#include "models/ecs/ecs.h"

/* instance NO_INDEX: a task on none; it is always heard of. */
bool agent_is_away(const ecs *e, uint32_t instance);
static inline bool agent_host_is_dead(const ecs *e, uint32_t index)
{
    return index != NO_INDEX && e->hosts[index].dead;
}
/* One more reason for being away, or one less; cause: for the log. */
void agent_leave(ecs *e, uint32_t instance, const char *cause);
void agent_return(ecs *e, uint32_t instance);
/* The host dies silently, for good. cause lives as long as the model. */
void agent_host_dies(ecs *e, uint32_t instance, const char *cause);

#endif
