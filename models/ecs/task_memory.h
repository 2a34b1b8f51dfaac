/* task_memory.h - memory that containers use, and OOM kills (E25).
 *
 * Use         a running container uses idleMiB + miBPerConcurrentRequest * requests under way +
 *             leakMiBPerHour * time since its start: a straight line until one of these changes.
 * Limits      its own `memory`; the task's memory, for all its containers; what the instance has
 *             registered, for all containers there, where soft limits promise more than there is.
 *             A use that grows is killed when it reaches a limit, one that jumps when it exceeds it.
 * Who         the container that reached its own limit; of a task or an instance the one that uses
 *             most then, as the kernel chooses (CHOICE; ties: the task that was there first, then
 *             the container named first).
 * When        at the instant computed from the lines, and computed anew when one of them changes;
 *             nothing is polled. Sums over a task or an instance are formed in one order.
 * Cost        a change: O(containers of the task), and of the instance where a container there has a
 *             soft limit. A change of request rates: O(tasks of the service), and nothing for
 *             services without miBPerConcurrentRequest.
 * Departs     memory does not slow anything down before it kills; the page cache counts nowhere.
 */
#ifndef BERTH_MODELS_ECS_TASK_MEMORY_H
#define BERTH_MODELS_ECS_TASK_MEMORY_H

#include "models/ecs/ecs.h"
#include "models/ecs/task.h"

/* The container has started or ended, or requests reach it at another rate. */
void task_memory_changed(task *t, uint32_t container);
/* Requests are shared otherwise among the service's tasks (load_balancing's callback, PHASE_SHARE):
 * all that depends on a task's request rate is looked at again. */
void task_memory_requests_changed(void *context, uint32_t service);
/* Invariants: lines add up, nobody is above a limit unless its kill is due now. */
void task_memory_check(const task *t);
void host_memory_check(const ecs *e, uint32_t instance);

#endif
