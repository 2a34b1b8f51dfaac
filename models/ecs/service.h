/* service.h - services: how many tasks there should be, and the pass that sees to it
 * (E99-E115, E140-E159).
 *
 * A pass runs once a service and instant, after all events of the instant (E100): stop what may be
 * stopped, then start what may be started (E146). What a pass does comes back as events of its
 * tasks, and those ask for the next one.
 */
#ifndef BERTH_MODELS_ECS_SERVICE_H
#define BERTH_MODELS_ECS_SERVICE_H

#include "models/ecs/daemon.h"
#include "models/ecs/deployment.h"
#include "models/ecs/rebalance.h"
#include "models/ecs/service_event.h"

/* Copies that were wanted at one instant and are not placed yet, oldest first. */
typedef struct {
    sim_time since_us;
    uint32_t copies;
} wanted_run;

typedef struct {
    wanted_run *run; /* ring */
    uint32_t head, count, capacity;
    uint64_t copies;
} wanted_queue;

/* A traffic shift under way (traffic_shift.h). */
typedef struct {
    deployment_stage stage;
    traffic_shift_config config; /* as when it began */
    deployment *blue;            /* whom traffic is shifted from */
    sim_time since_us;           /* of the stage */
    sim_time due_us;             /* when waiting is over; SIM_NEVER */
    uint32_t step;               /* of the production traffic, from 1 */
    uint32_t tenths;             /* of a percent: green's share of it */
} traffic_shift;

/* Alarms that the newest deployment is watched by (deployment_alarm.h). */
typedef struct {
    bool on;
    deployment_alarm_config config; /* as when it began */
    sim_time bake_us;
    sim_time bake_until_us; /* SIM_NEVER: it does not bake */
    event_handle poll;
} deployment_watch;

struct service {
    ecs *ecs;
    uint32_t index;
    service_config config; /* as updated */
    name_id name;
    uint32_t group;      /* "service:NAME" */
    uint32_t owner_hash; /* of its random streams */
    bool exists, deleted;
    deployment *refused; /* in this pass */
    deployment *newest;  /* PRIMARY; older ones behind it */
    deployment *latest;  /* the one with the highest number: not the PRIMARY after a rollback */
    deployment *blue;    /* the last to complete: whom traffic would be shifted from (E162) */
    traffic_shift shift;
    deployment_watch watch;
    uint32_t deployment_count; /* ever */
    uint32_t
        deployments_before; /* of the deleted services that had its name: their tasks count nowhere */
    uint32_t live_deployments; /* PRIMARY and ACTIVE ones */
    task *first, *last;        /* its tasks that have not STOPPED, by number */
    uint32_t next_number;
    uint32_t active, running, pending, healthy, counted; /* service_sample */
    uint32_t holes;           /* tasks lost by themselves or by hand, not yet made good */
    uint32_t unhealthy_holes; /* tasks stopped as unhealthy to make room for another (E102) */
    bool works_on_queue, work_planned; /* a message queue is told how many tasks are RUNNING */
    bool dirty;                        /* in ecs.dirty */
    uint32_t survivors_to_stop;        /* by a scale-in after the newest deployment has failed */
    random_stream placement_stream, scale_in_stream;
    wanted_queue wanted;
    int64_t launch_minute; /* E106 */
    uint32_t launched;
    sim_time loop_until_us; /* no start before: a task started and ended in one instant (E62) */
    event_handle timer; /* the earliest end of a wait: retry, throttle, launch minute, repeats */
    sim_time timer_us;
    bool steady;
    bool stalled;
    daemon *daemon; /* NULL: REPLICA */
    rebalance rebalance;
    uint32_t shielded; /* tasks that this pass would have stopped, but for their protection */
    const deployment *shielding; /* whose the first of them is */
    uint64_t task_failures, task_replacements, placement_failures, oom_kills;
    int64_t cpu_used, cpu_reserved; /* of its RUNNING tasks (A01-A06): 1 / CPU_FINE units; units */
    memory_line memory;             /* that its RUNNING tasks use (A06) … */
    int64_t memory_reserved_mib;    /* … and reserve (A02-A04) */
    capacity_counts capacity;       /* its tasks with desiredStatus RUNNING */
    fargate_bill bill;
    service_events events;
};

/* The index of the task's service; NO_INDEX: standalone. */
static inline uint32_t task_owner(const task *t)
{
    return t->service ? t->service->index : NO_INDEX;
}

void service_init(ecs *e, uint32_t index);
/* create-service: deployment 1 with the configuration's task definition (E96-E99). */
void service_create(service *s);
/* Before service_create, under the name of a service that is INACTIVE: another one, of which tasks and
 * deployments are numbered on. */
void service_set_up_anew(service *s, const service_config *config);
void service_finish(service *s);
void service_apply(service *s, const service_update *call); /* update-service (E152) */
/* Another desired count; cause: "scaling" or "scheduled" (contract: events, service.updated). */
void service_scale(service *s, uint32_t desired, const char *cause);
/* A deployment is IN_PROGRESS, the first one included (A44). */
bool service_is_deploying(const service *s);
/* A task of it, or a standalone one, uses so much more CPU (less: negative). */
void service_cpu_used(task *t, int64_t more);
/* delete-service (E111). False if AWS would refuse: still scaled above 0, and not forced. */
bool service_delete(service *s, bool force);
/* stop-service-deployment (E164). What AWS answers when it refuses; NULL: it does not. number 0: the
 * service's current deployment. */
const char *service_refuses_stop_deployment(const service *s, uint32_t number);
/* The current deployment ends: rolled back, or left as it is (abort). */
void service_stop_deployment(service *s, bool abort);
/* Something of the service changed: one pass in this instant (E100). */
void service_wake(service *s);
/* The instance has come, gone, or changed its status. */
void service_instance_changed(ecs *e, uint32_t index);
/* An instance became ACTIVE: those that wait for room try at once (E112, knob
 * retryOnCapacityEvent). */
void service_wake_waiting(ecs *e);
/* Takes a task into (+1) or out of (-1) the counts, as it is now. Standalone tasks count nowhere.
 */
void service_count(task *t, int sign);
/* What a task tells its service: it counts as healthy now (E96); its desiredStatus has become STOPPED; a
 * stop of the scheduler's has got as far as SIGTERM (E130); it has gone to STOPPED, its slot still
 * good. */
void service_task_healthy(task *t);
void service_task_leaves(task *t);
void service_task_stopping(task *t);
void service_task_stopped(task *t);
void service_sample_now(const service *s, service_sample *out);
/* Invariants of one service (model_check): CHECKs. */
void service_check(const service *s);

#endif
