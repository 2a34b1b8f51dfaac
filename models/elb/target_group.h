/* target_group.h - the targets of one group: their states as users see them, their checks, their
 * drains.
 *
 * State       target_set_state is the only writer: it checks the edge, logs, counts.
 * Checks      computed: one pending engine event a target, the verdict that will change its state
 *             (and its first probe, so that what was set in the instant of its registration
 *             counts). With every_probe an event a probe, and one for each timeout. Verdicts land in
 *             PHASE_PROBE, the states that follow wait for PHASE_STATE (L29, A111), where the façade settles
 *             them by order of registration, so that both modes log the same in the same order.
 * In flight   a target remembers since when, and how fast, requests flowed to it; at the end of its
 *             drain (L80), at the end of its process (L75) and when its instance is lost (L32) what
 *             is under way by the fluid is cut: 502. What it got during a fail-open that has ended
 *             is left out. Of a busy target it is what its present load makes of it (latency.h: each
 *             moment is taken to be steady).
 * Not here    who gets requests (routing.h); when groups are looked at (load_balancing.c).
 */
#ifndef BERTH_MODELS_ELB_TARGET_GROUP_H
#define BERTH_MODELS_ELB_TARGET_GROUP_H

#include "models/elb/load_balancing.h"
#include "models/elb/routing.h"

/* L30, those that a scenario can meet. */
typedef enum {
    REASON_NONE,
    REASON_REGISTRATION_IN_PROGRESS,
    REASON_INITIAL_HEALTH_CHECKING,
    REASON_RESPONSE_CODE_MISMATCH,
    REASON_TIMEOUT,
    REASON_FAILED_HEALTH_CHECKS,
    REASON_NOT_REGISTERED,
    REASON_NOT_IN_USE,
    REASON_INVALID_STATE,
    REASON_DEREGISTRATION_IN_PROGRESS,
    REASON_COUNT
} target_reason;

typedef struct target_group target_group;
typedef struct target target;

/* What all groups of a model share, and whom they tell. */
typedef struct {
    engine *eng;
    notifier *notifier;
    pool *targets;
    bool every_probe;
    name_id reasons[REASON_COUNT];
    target_changed *changed; /* the owners' */
    void *changed_context;
    uint64_t registered; /* so far: the next target's place in the order */
    load_balancing *facade;
    /* The target's checks call for another state, in PHASE_STATE: target_settle_state. */
    void (*state_due)(load_balancing *lb, target *t);
    /* In whose scope a target of this zone is; NO_INDEX: its zone is not enabled (L6). */
    uint32_t (*node_of)(load_balancing *lb, target_group *g, name_id zone);
    /* Who is eligible, or how a target fares, has changed. */
    void (*routes_changed)(load_balancing *lb, target_group *g);
    /* Only how busy a target is; rates: requests divide otherwise because of it. */
    void (*load_changed)(load_balancing *lb, target_group *g, bool rates);
    void (*lost)(load_balancing *lb, target_group *g, uint32_t service, double requests);
} target_room;

/* A node that fails open does so since then. */
typedef struct {
    bool open;
    sim_time open_since_us;
} node_opening;

struct target_group {
    target_room *room;
    uint32_t index;
    name_id name;
    health_check_settings settings;
    sim_time registration_delay_us, deregistration_delay_us;
    sim_time lag_us;        /* requests go on reaching a deregistered target (L80, L84) */
    sim_time slow_start_us; /* 0: off */
    bool network, keeps_connections, keeps_unhealthy;
    bool balances;      /* outstanding requests: the CPU of its targets counts */
    sim_time shared_us; /* when its requests were divided last, and … */
    uint32_t rounds;    /* … how often at that instant */
    bool direct; /* no load balancer: a service's own traffic; unchecked, and nobody is told */
    uint32_t count[TARGET_STATES];
    routing *routing;
    node_opening *nodes; /* one with cross-zone on, else one a zone of the balancer (L57) */
    uint32_t node_count;
    uint32_t open_nodes;
    uint32_t steady;        /* healthy targets that are not in slow start */
    sim_time filled_us;     /* when targets last came into an empty group */
    target *draining_first; /* those whose address may be registered again (L83) */
};

struct target {
    target_group *group;
    /* What tells its rate, and its load. */
    route_kind route;
    uint32_t route_class, node, ramp;
    target_load load;
    target_state state;
    pool_handle handle;
    uint64_t order;         /* of registration, over all groups */
    target_registration is; /* answer: the present one */
    target_cpu cpu;         /* where the group balances */
    bool checked;           /* its first probe has been sent */
    bool announces;         /* its registration delay is over: another target.initial */
    bool turned_unhealthy;  /* in this instant (L101) */
    bool state_due;
    bool drained;
    bool exited;   /* its process has ended */
    bool together; /* came with others into an empty group: no slow start at first (L45) */
    sim_time slow_from_us;
    event_handle slow; /* its next step */
    target *draining_next, *draining_prev;
    bool runs_dry; /* its drain ends when nothing is under way any more (L104) */
    health_check check;
    event_handle probe, timeout; /* timeout: with every_probe, the silence of the last probe */
    event_handle drain, lag;
    sim_time drain_end_us;
    bool deaf; /* too busy to answer probes */
    /* Requests flow since flow_from_us (if they do); before, they did from past_from_us to
     * past_to_us at past_rate (0: nothing to remember), with that slow_factor. */
    sim_time flow_from_us, past_from_us, past_to_us;
    double past_rate, past_slow_factor;
};

target *target_register(target_group *g, const target_registration *r);
sim_time target_deregister(target *t);
void target_lose(target *t);
void target_set_answer(target *t, target_answer answer);
void target_set_slow(target *t, double factor);
void target_set_load(target *t, target_load load);
/* Behind a group that balances: moves it to another class, and its group is divided anew in this instant; but not for
 * ever: after TARGET_CPU_ROUNDS divisions at one instant what they have found stands. */
#define TARGET_CPU_ROUNDS 12
void target_set_cpu(target *t, const target_cpu *cpu);
void target_set_deaf(target *t, bool deaf);
void target_exit(target *t);
/* Takes the state that its checks call for, logs it and tells the owner. */
void target_settle_state(target *t);
/* Once that is so of all targets of the instant, for each of them (L101). */
void target_reset_connections(target *t);
/* load_balancing_rate and load_balancing_under_way. */
double target_rate(const target *t);
double target_under_way(const target *t, double seconds);
/* The checks as they stand now: verdicts that were not simulated included. */
health_check target_check_now(const target *t);

#endif
