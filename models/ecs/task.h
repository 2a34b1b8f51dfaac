/* task.h - one task, from its placement to STOPPED (E50-E62), and its containers.
 *
 *     PROVISIONING -> PENDING -> ACTIVATING -> RUNNING
 *         -> DEACTIVATING -> STOPPING -> DEPROVISIONING -> STOPPED
 *
 * A stop order takes a task that is not yet RUNNING straight to DEACTIVATING. A state of zero
 * duration is left in the act that enters it, and has its event too (E61). set_state in task.c is
 * the only writer of the state: it checks the edge and tells the observers. After STOPPED the slot
 * is reused; handles go stale.
 */
#ifndef BERTH_MODELS_ECS_TASK_H
#define BERTH_MODELS_ECS_TASK_H

#include "models/ecs/capacity_provider.h"
#include "models/ecs/container_health.h"
#include "models/ecs/ecs.h"
#include "models/memory_line.h"

typedef enum {
    TASK_NEW, /* not yet in any state */
    TASK_PROVISIONING,
    TASK_PENDING,
    TASK_ACTIVATING,
    TASK_RUNNING,
    TASK_DEACTIVATING,
    TASK_STOPPING,
    TASK_DEPROVISIONING,
    TASK_STOPPED,
    TASK_STATE_COUNT
} task_state;

/* E96: what a task counts as for its service. */
typedef enum {
    VERDICT_UNDECIDED, /* not RUNNING, settling, UNKNOWN, target initial */
    VERDICT_HEALTHY,
    VERDICT_UNHEALTHY,
    VERDICT_COUNT
} task_verdict;

typedef enum {
    CAUSE_DEPLOYMENT,
    CAUSE_SCALE_IN,
    CAUSE_UNHEALTHY,
    CAUSE_REBALANCE,
    CAUSE_DRAIN,
    CAUSE_USER,
    CAUSE_CRASH,
    CAUSE_FINISHED,
    CAUSE_INSTANCE_LOST,
    CAUSE_SPOT,
    CAUSE_PLACEMENT_TIMEOUT, /* it waited for room, in vain (E166) */
    CAUSE_COUNT
} stop_cause;

typedef enum {
    CONTAINER_PULLING,  /* its image is on the way */
    CONTAINER_WAITING,  /* for what it depends on (E30) */
    CONTAINER_STARTING, /* activation, the first or that of a restart */
    CONTAINER_RUNNING,
    CONTAINER_EXITED
} container_state;

/* Why a container has ended (contract: events, container.stopped). */
typedef enum {
    END_EXIT,         /* its process ended: by itself, by a fault, or it failed to start */
    END_START_FAILED, /* the same, and it never came up */
    END_OOM,          /* killed for its memory (E25) */
    END_DEPENDENCY,   /* what it waited for has ended otherwise than it asked for (E30) */
    END_TIMEOUT,      /* what it waited for took longer than its startTimeout (E31) */
    END_COUNT
} container_end;

/* Memory of one container: base + leak * (t - since). All zero: none. */
typedef struct {
    double base_mib, leak_mib_per_hour;
    sim_time since_us;
} memory_use;

typedef struct {
    container_state state;
    bool ready;        /* start-up over: it answers */
    bool told;         /* SIGTERM has been sent */
    double cpu_demand; /* CPU units that it wants … */
    int64_t cpu_used;  /* … and gets, in 1 / CPU_FINE units */
    uint32_t restarts; /* in place (E43) */
    container_end end; /* how it ended last */
    int64_t exit_code; /* of its last end; EXIT_CODE_NONE until then */
    sim_time started_us;
    event_handle step; /* end of the pull or of the activation, then of start-up */
    event_handle exit; /* it ends by itself; once told, it exits or is killed */
    container_health health;
    health_status told_health; /* health as the agent last told it (E36) */
    event_handle probe;        /* the verdict that changes health */
    memory_use memory;
    bool soft_counted; /* in its host's soft_containers */
} container_run;

typedef struct {
    target_handle target;
    uint32_t target_group;
    uint32_t container;
    uint16_t port; /* on the instance or, awsvpc, on the task's ENI */
} task_target;

#define TASK_TARGETS 5 /* target groups of a service (E115b) */

typedef struct {
    uint16_t port;
    port_protocol protocol;
} dynamic_port;

struct task {
    /* What walks over a service's or a host's tasks read stands together. */
    ecs *ecs;
    service *service;       /* NULL: standalone */
    deployment *deployment; /* NULL: standalone */
    task *service_next;     /* by number */
    task *host_next;
    container_run *containers;
    uint32_t definition; /* index in the config */
    uint32_t instance;   /* NO_INDEX on Fargate, and while it waits for room */
    task_state state;
    bool stopping;        /* desiredStatus STOPPED */
    bool draining;        /* its instance is DRAINING: to be replaced (E170) */
    bool in_grace;        /* an unhealthy verdict is not acted on yet (E98, L96) */
    bool deaf;            /* too busy to answer health checks (failHealthChecksAbove) */
    int64_t cpu_used;     /* by its containers, in 1 / CPU_FINE units */
    double slow_factor;   /* the product of the factors of slowTasks; 0 for none … */
    uint32_t slow_faults; /* … and how many are at work on it */
    bool freed;           /* placement offers its resources again */
    task_verdict verdict;
    uint32_t number;       /* in its service or family */
    uint32_t target_count; /* of its load balancers … */
    uint32_t source_count; /* … and where else its requests come from: the service's own traffic */
    task_target targets[TASK_TARGETS + 1];
    pool_handle handle;
    uint32_t provider;
    name_id zone;
    task *service_prev, *host_prev;
    uint64_t cell;        /* CELL_TASK */
    placement_plan *plan; /* on Fargate only for what it needs */
    bool started;         /* was RUNNING */
    bool was_healthy;
    bool of_daemon; /* its service is a DAEMON */
    bool waits;     /* PROVISIONING: it is on no instance yet (provisioning.h) */
    bool queued;    /* in its host's queue */
    bool on_host;   /* occupies the host */
    bool shielded;  /* under scale-in protection (E108) */
    bool billed;    /* Fargate's meter runs */
    bool by_itself; /* stopped without an order: counts as a failure or an end of its own */
    bool untold;    /* has ended by itself, with its agent away: cause, code and reason wait */
    stop_cause cause;
    const char *stop_code;
    const char *stopped_reason; /* static, or the arena's */
    int64_t exit_code;
    sim_time created_us, placed_us, running_us, unhealthy_since_us, billed_since_us;
    int64_t nano_usd_per_hour; /* while billed */
    fargate_idle idle;         /* likewise */
    sim_time wanted_us;        /* while it waits: since when a copy has been wanted */
    sim_time run_time_us; /* of its first essential container, where a trace says so; SIM_NEVER */
    event_handle wait;    /* the one duration the task as a whole waits for */
    event_handle settle;  /* 40 s of RUNNING (E96) */
    event_handle grace;
    event_handle shield; /* its protection expires */
    target_answer fault; /* failHealthChecks; ANSWER_OK: none */
    bool fault_containers;
    uint64_t fault_id;       /* which fault set it: a later one wins */
    bool cpu_due;            /* on Fargate: its CPU is divided anew later in this instant */
    memory_line memory;      /* of all its containers */
    event_handle oom;        /* a limit is reached (E25) … */
    uint32_t oom_container;  /* … and this one is killed */
    uint32_t container_kind; /* which pool the block below comes from */
    pool_handle containers_handle;
    uint32_t dynamic_port_count;
    dynamic_port *dynamic_ports; /* in the container block */
    task *queue_next;
    task *wait_next, *wait_prev; /* in provisioning.c */
    uint64_t wait_number;
    task *ended_next; /* STOPPED, slot to be reused */
};

/* How a stop goes about its targets. */
typedef enum {
    STOP_ORDERED, /* drain first, then SIGTERM (L91) */
    STOP_AT_ONCE, /* SIGTERM and deregistration at the same instant (L92), or the task exited */
} stop_manner;

extern const char *const task_state_names[TASK_STATE_COUNT]; /* "PENDING", ... */
extern const char *const stop_cause_names[CAUSE_COUNT];

/* What a task draws, each from its own stream of (family, container, purpose, owner, task number).
 */
typedef enum {
    DRAW_PROVISIONING,
    DRAW_IMAGE_PULL,
    DRAW_IMAGE_PULL_CACHED,
    DRAW_ACTIVATION,
    DRAW_STARTUP,
    DRAW_SHUTDOWN,
    DRAW_RUN_TIME,
    DRAW_TIME_TO_CRASH,
    DRAW_START_FAILURE,
    DRAW_COUNT
} task_draw;

/* A container that takes CPU (task_cpu.c). */
typedef struct {
    uint32_t container;
    const cpu_behavior *behavior;
    double weight, cap; /* cpu_share.h */
} cpu_use;

/* What the tasks of one task definition have in common, by its index in the config. */
struct task_family {
    name_id family, owner;     /* "NAME", "family:NAME" */
    uint32_t owner_hash;       /* of standalone tasks' streams */
    uint32_t group;            /* "family:NAME" */
    uint32_t *next_number;     /* of standalone tasks, one counter a family */
    capacity_counts *capacity; /* of those with desiredStatus RUNNING, likewise (E86) */
    name_id *images, *container_names;
    name_id end_names[END_COUNT]; /* of container_end */
    double *request_seconds;      /* by container: on average, rounded to microseconds */
    cpu_use *cpu_uses;            /* of its containers that take CPU, in order */
    uint32_t cpu_use_count;
    bool uses_memory, cpu_follows_requests, memory_follows_requests;
    uint32_t (*purposes)[DRAW_COUNT]; /* by container */
    uint32_t main_container;          /* the first essential one */
    uint64_t cell;                    /* CELL_TASK_DEFINITION */
    run_task_plan *run_task_plans;    /* of run-task calls so far (run_task.c) */
};

/* Fills e->families from the config (once). */
void task_families_init(ecs *e);
void task_families_finish(ecs *e);

/* A task on this instance, from its placement on; runs through its zero-length states at once.
 * run_time_us SIM_NEVER: as its behavior says. */
task *task_create(ecs *e, service *s, deployment *d, uint32_t definition, placement_plan *plan,
                  uint32_t on, sim_time run_time_us);
/* One for which there is no room yet: PROVISIONING until task_place finds it some (E165). A copy has been wanted
 * since wanted_us. */
task *task_create_waiting(ecs *e, service *s, deployment *d, uint32_t definition,
                          placement_plan *plan, sim_time wanted_us, sim_time run_time_us);
/* It waits no longer: its placement, on this instance. */
void task_place(task *t, uint32_t on);
/* The same on Fargate, in this zone: no instance, no room to run out of; the plan says what it needs. */
task *task_create_on_fargate(ecs *e, service *s, deployment *d, uint32_t definition,
                             placement_plan *plan, uint32_t provider, name_id zone,
                             sim_time run_time_us);
/* One that exists at t = 0: in the act that enters them it goes through all states to RUNNING, healthy. */
task *task_adopt(ecs *e, service *s, deployment *d, const existing_task_config *is,
                 placement_plan *plan);
static inline bool task_on_fargate(const task *t)
{
    return provider_is_fargate(t->provider);
}
static inline bool task_on_instance(const task *t)
{
    return t->instance != NO_INDEX;
}
/* A stop order. Does nothing if the task is stopping already. reason lives as long as the model. */
void task_stop(task *t, stop_cause cause, const char *stop_code, const char *reason,
               stop_manner manner);
/* Its instance is DRAINING now, or ACTIVE again. A service's task that is not yet RUNNING stops at
 * once; one that is, is replaced under minimum and maximum percent (E170, E172). */
void task_set_draining(task *t, bool draining);
/* Its instance is gone: STOPPED at once, whatever it was doing (E174, E175). */
void task_lose(task *t, stop_cause cause, const char *reason);
/* Its zone has failed: it answers nobody, and agentLossDetect later it is found out (as E174). fault:
 * as in task_set_fault. */
void task_fargate_host_dies(task *t, uint64_t fault);
/* The notice of a FARGATE_SPOT task: SIGTERM at once, stopTimeout, at most spotNotice (E177). */
void task_interrupt_spot(task *t);
bool task_was_lost(const task *t);
/* Its instance's agent is heard again (agent.h): what waited for that happens now. */
void task_agent_back(task *t);
/* Its host has died, and nobody knows: its processes are gone, and what called for them hangs. */
void task_host_died(task *t);
/* Its first essential container that runs ends now with this exit code; there must be one. */
bool task_may_crash(const task *t);
void task_crash(task *t, int32_t exit_code);
/* failHealthChecks begins (answer) or, if it is still the fault `id`, ends (ANSWER_OK). */
void task_set_fault(task *t, target_answer answer, bool containers, uint64_t id);
/* slowTasks begins or ends: requestSeconds are multiplied by the factors of all at work. */
void task_slow_begin(task *t, double factor);
void task_slow_end(task *t, double factor);
/* The target's state has changed (load_balancing's callback). */
void task_target_changed(void *context, uint64_t owner, uint32_t target_group, target_state state);
/* The grace period of its service is now this long. */
void task_set_grace(task *t, sim_time grace_us);
task *task_find(const ecs *e, const char *id); /* by its id in the event log; NULL */
/* Frees the slots of tasks that have STOPPED; called where no act of theirs can be under way. */
void task_reap(ecs *e);
static inline const task_definition_config *task_definition(const task *t)
{
    return &t->ecs->cfg->task_definitions[t->definition];
}
/* Does the behavior of one of its containers say how much CPU or memory it uses? */
static inline bool task_tells_use(const task *t)
{
    const task_family *f = &t->ecs->families[t->definition];
    return f->cpu_use_count > 0 || f->uses_memory;
}

/* Invariants of one task (model_check): CHECKs. */
void task_check(const task *t);

#endif
