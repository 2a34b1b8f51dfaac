/* task_cpu.h - CPU that containers want, get and run out of (E26, E27).
 *
 * Demand      a running container wants startupUnits until it is ready, then idleUnits +
 *             1024 * secondsPerRequest * requests a second that reach it (times the factors of
 *             slowTasks).
 * Division    on each instance by the kernel's shares (cpu_share.h); a task-level cpu is a ceiling for
 *             its containers, and on Fargate, where a task has nobody beside it, the size of its own.
 *             Windows containers are capped at their cpu.
 * Too little  requests beyond what a container gets fail as overload; the others take longer by
 *             latency.h. Start-up takes no longer for want of CPU.
 * Deaf        a task of which a container wants more than failHealthChecksAbove times what it can
 *             reach answers no health check (they hang), until that is no longer so. It is looked at
 *             after the probes of the instant, and changes what the next probe finds: no flapping
 *             within an instant (as E62).
 * When        in PHASE_SHARE (A111 (12)), once request shares are settled: each instance, and each
 *             Fargate task, of which a demand changed, once. What that does to requests is shared out
 *             behind it; demands depend on it only behind a group that balances outstanding requests
 *             (target_set_cpu), whose shares are divided anew until they fit.
 * Cost        a change of request rates: O(tasks of the service) and O(containers) of their instances;
 *             nothing for services without secondsPerRequest. No allocation once warm.
 */
#ifndef BERTH_MODELS_ECS_TASK_CPU_H
#define BERTH_MODELS_ECS_TASK_CPU_H

#include "models/ecs/ecs.h"
#include "models/ecs/task.h"

struct cpu_work *task_cpu_create(void);
void task_cpu_destroy(struct cpu_work *w);
/* The container has started, become ready or ended, or does so more slowly. */
void task_cpu_changed(task *t, uint32_t container);
/* Requests are shared otherwise among the service's tasks (load_balancing's callback, PHASE_SHARE). */
void task_cpu_requests_changed(ecs *e, uint32_t service);
/* That the cluster's instances give, in 1 / CPU_FINE units. */
int64_t task_cpu_cluster_used(const ecs *e);
/* Invariants: uses add up, nobody is above what it wants; of an instance: no more than it has is given,
 * and nobody goes short while any is left. */
void task_cpu_check(const task *t);
void host_cpu_check(const ecs *e, uint32_t instance);

#endif
