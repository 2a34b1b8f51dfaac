/* load_balancing.h - target groups, their targets and health checks, routing and the fluid of
 * requests: what tasks and the model ask of Elastic Load Balancing.
 *
 * Health      a target's checks are computed, not simulated: the probe at which a threshold will be
 *             reached is known from how the target answers now, and that instant is scheduled; it is
 *             rescheduled when the answer changes. With every_probe each probe is an event, and the
 *             log is the same (health_check.h, target_group.h).
 * Requests    a fluid: rates divide over the routable targets (L47, L50); a group without a healthy
 *             target fails open to its unhealthy and initial ones (L51; why initial: routing.h);
 *             failures are rates by cause, plus what was in flight when a target went away.
 * Told        the target's owner hears of every change of state through one callback, in
 *             PHASE_STATE; observers hear of groups and services whose sample changed.
 * Handles     of a target that is gone are stale: deregister then returns now, every other order does
 *             nothing.
 * Cost        orders O(log pending events); a change of traffic or of a routing set O(classes of
 *             targets that fare alike), never O(targets).
 */
#ifndef BERTH_MODELS_ELB_LOAD_BALANCING_H
#define BERTH_MODELS_ELB_LOAD_BALANCING_H

#include "models/elb/routing.h"
#include "models/model.h"
#include "models/notify.h"
#include "sim/engine/arena.h"

typedef struct load_balancing load_balancing;

typedef pool_handle target_handle; /* {0,0} is never a target: generations start at 1 */

typedef struct {
    uint64_t task;           /* the task's event cell (CELL_TASK) */
    uint32_t service;        /* whose requests these are; NO_INDEX: none's */
    uint64_t owner;          /* handed back by the callback */
    uint32_t instance, port; /* its address in a group of instances; instance 0: one of its own */
    name_id zone;
    target_answer answer;
    bool healthy; /* it has been registered and healthy before t = 0 */
    const distribution *request_seconds;
    double slow_factor; /* multiplies them; 0: 1 */
    double error_rate;
} target_registration;

/* state is the new one; never called for a change that the owner itself ordered (register,
 * deregister, lost). */
typedef void target_changed(void *context, uint64_t owner, uint32_t group, target_state state);

load_balancing *load_balancing_create(const model_config *cfg, random_source random, engine *eng,
                                      names *t, notifier *n, target_changed *changed, void *context,
                                      bool every_probe);
/* Called in PHASE_SHARE for each service whose tasks may get requests at another rate from now on, or,
 * not `rates`, serve them otherwise because of load_balancing_set_load; whoever hears it schedules, and
 * orders nothing at once. */
typedef void shares_changed(void *context, uint32_t service, bool rates);
void load_balancing_on_shares(load_balancing *lb, shares_changed *changed, void *context);
/* Is that still to come in this instant? */
bool load_balancing_is_sharing(const load_balancing *lb);
void load_balancing_destroy(load_balancing *lb);
/* Starts the traffic (t = 0, PHASE_CREATE). */
void load_balancing_start(load_balancing *lb);

/* Logs target.initial; checks start after the registration delay (L26), or the target is unused
 * when its zone is not enabled (L6). One that is healthy already is so at once, and checked from now on. */
target_handle load_balancing_register(load_balancing *lb, uint32_t group,
                                      const target_registration *r);
/* The same for the requests that a service gets without a load balancer (contract: scenario, traffic:
 * `service`): no checks, no states, no events. Deregistered, it gets no new ones; what is under way
 * then goes on until its process ends. For a service that is offered any. */
target_handle load_balancing_register_direct(load_balancing *lb, const target_registration *r);
bool load_balancing_is_offered(const load_balancing *lb, uint32_t service);
/* No new requests from now on (after deregistrationLag); `draining` until the delay ends (behind a
 * classic balancer until what is under way has ended, if that is sooner: L104), then
 * `unused` (in PHASE_STATE; at once for no delay), what is still in flight fails with 502 and the
 * handle is stale (L80). Returns when the delay ends. A lag that outlasts the delay keeps the target,
 * whose load_balancing_state stays TARGET_DRAINING, until requests no longer come. */
sim_time load_balancing_deregister(load_balancing *lb, target_handle target);
/* Its instance is gone: unused / Target.InvalidState at once, what was in flight fails with 502
 * (L32). */
void load_balancing_lose(load_balancing *lb, target_handle target);
/* It answers differently from now on (start-up over, a fault, overload). Not from within PHASE_PROBE:
 * which probes of the instant had been sent would depend on their order. */
void load_balancing_set_answer(load_balancing *lb, target_handle target, target_answer answer);
/* Its requests take factor times request_seconds from now on (slowTasks); those under way end as they
 * began. */
void load_balancing_set_slow(load_balancing *lb, target_handle target, double factor);
/* load_balancing_set_load is going to be called: brings the target into the caches. */
void load_balancing_fetch(const load_balancing *lb, target_handle target);
/* How busy it is from now on (routing.h); requests under way are those of this load. */
void load_balancing_set_load(load_balancing *lb, target_handle target, target_load load);
/* The CPU that serves its requests from now on, in PHASE_SHARE: behind a group that balances outstanding
 * requests they divide by it. */
void load_balancing_set_cpu(load_balancing *lb, target_handle target, const target_cpu *cpu);
/* It is too busy to answer probes, or answers them again; requests are as load says. Not from within
 * PHASE_PROBE. */
void load_balancing_set_deaf(load_balancing *lb, target_handle target, bool deaf);
/* The process has ended: what is in flight fails with 502 (L75); nothing listens any more. */
void load_balancing_exit(load_balancing *lb, target_handle target);

/* Requests a second that its process takes; 0 for a target that refuses or hangs. */
double load_balancing_rate(const load_balancing *lb, target_handle target);
/* Requests under way on the target by the fluid: those that it serves, each for `seconds` (times its
 * slow factor, and what its load makes of it), at most as long as the client waits. 0 for a target
 * that refuses or hangs. */
double load_balancing_under_way(const load_balancing *lb, target_handle target, double seconds);

target_state load_balancing_state(const load_balancing *lb,
                                  target_handle target); /* stale: TARGET_UNUSED */
/* "Health checks failed with these codes: [503]", "Request timed out", "Health checks failed"
 * (E128). */
const char *load_balancing_failure(const load_balancing *lb, target_handle target, char *buffer,
                                   size_t size);

/* "(target-group NAME)" with its ARN where it has one, "(elb NAME)" of a classic balancer (E128). */
const char *target_group_text(const model_config *cfg, uint32_t group, char *buffer, size_t size);
bool target_group_is_classic(const model_config *cfg, uint32_t group);

/* The nodes of this zone answer nobody from now on (availabilityZoneOutage), or do so again: clients
 * who enter there get no connection (504) until DNS has withdrawn it and their resolvers know
 * (dnsTtlSeconds, L55). Not from within PHASE_STATE or later. */
void load_balancing_zone_impaired(load_balancing *lb, name_id zone, bool impaired);

void load_balancing_service_requests(const load_balancing *lb, uint32_t service,
                                     request_sample *out);
/* What of these is answered well, by how long it takes (latency.h); valid until the next change. */
const latency_part *load_balancing_service_latency(const load_balancing *lb, uint32_t service,
                                                   uint32_t *count);
bool load_balancing_service_fail_open(const load_balancing *lb, uint32_t service);
void load_balancing_group_sample(const load_balancing *lb, uint32_t group,
                                 target_group_sample *out);
/* Sums over the groups of a load balancer, without what was cut in flight. O(these). */
void load_balancing_balancer_requests(const load_balancing *lb, uint32_t balancer,
                                      request_sample *out);
/* Which services get requests of a target group: told by the model when a service is created or its
 * load balancers change, so that failures without any target (503) have an owner: the first service
 * that names it. */
void load_balancing_assign(load_balancing *lb, uint32_t group, uint32_t service);

/* Weights of a forward action from now on (E162): what two of its groups get by their configured weights,
 * together, is split; `second` gets so many thousandths of it. */
void load_balancing_weigh(load_balancing *lb, const listener_action *action, uint32_t first,
                          uint32_t second, uint32_t thousandths);

#endif
