/* health_check.h - what a target's probes make of it: a small automaton, and when it moves next.
 *
 * Probes      one checker a target (L16), on a fixed cadence (L14, L26): probe k is sent at
 *             first_us + k * interval, and what it finds is decided by how the target answers at
 *             that instant. Silence is a verdict after the timeout, everything else at once. A
 *             probe that is under way when the answer changes still times out.
 * Automaton   initial -> healthy after the initial checks (L21), initial or healthy -> unhealthy
 *             after U failures (L22, L23), unhealthy -> healthy after H passes; a count that is
 *             reached is enough (L24), an opposite verdict starts it anew (L22).
 * Computed    between two changes of the answer all probes find the same, so the verdict that will
 *             move the automaton is known (health_check_due), and the verdicts before it are
 *             counted, not simulated (health_check_settle). The one-probe form (health_check_send,
 *             health_check_land) gives the same and is the oracle.
 * Not here    events and states as users see them (target_group.h).
 */
#ifndef BERTH_MODELS_ELB_HEALTH_CHECK_H
#define BERTH_MODELS_ELB_HEALTH_CHECK_H

#include "models/model_config.h"

typedef enum {
    TARGET_UNUSED,
    TARGET_INITIAL,
    TARGET_HEALTHY,
    TARGET_UNHEALTHY,
    TARGET_DRAINING,
    TARGET_STATES
} target_state;

/* How a target answers probes and requests now. */
typedef enum {
    ANSWER_OK,
    ANSWER_STATUS, /* with status_code; the application's own errors */
    ANSWER_REFUSE, /* nothing listens: starting, or gone */
    ANSWER_HANG,   /* connects, never answers */
} answer_kind;

typedef struct {
    answer_kind kind;
    int32_t status_code;
} target_answer;

/* What one probe finds (L15, L30). */
typedef enum {
    CHECK_PASS,
    CHECK_STATUS,  /* outside the matcher: Target.ResponseCodeMismatch */
    CHECK_TIMEOUT, /* Target.Timeout */
    CHECK_REFUSED, /* Target.FailedHealthChecks */
} probe_verdict;

typedef struct {
    sim_time interval_us, timeout_us; /* timeout < interval (L13) */
    uint32_t healthy_threshold, unhealthy_threshold;
    uint32_t initial_checks; /* passes in a row that end `initial` (L21) */
    bool classic;            /* L102-L105 */
    bool tcp;                /* a connect is enough (L15) */
    uint32_t matcher_count;
    const code_range *matcher;
} health_check_settings;

typedef struct {
    target_state state;        /* INITIAL, HEALTHY or UNHEALTHY */
    uint32_t passes, failures; /* in a row; at most one is above 0 */
    sim_time first_us;         /* when probe 0 is sent */
    int64_t next;              /* the first probe that has not been sent */
    bool in_flight;            /* the one before it has no answer yet … */
    sim_time lands_us;         /* … and times out then */
    probe_verdict failure;     /* of the latest failed probe; PASS: none yet */
    int32_t failure_code;      /* with CHECK_STATUS */
} health_check;

health_check_settings health_check_settings_of(const target_group_config *group,
                                               load_balancer_type type,
                                               const control_plane_config *control);
/* A target that has just been registered; its first probe is sent at first_us. */
health_check health_check_begin(sim_time first_us);
probe_verdict health_check_judge(const health_check_settings *s, target_answer answer);
/* One verdict. True when the state has changed. */
bool health_check_apply(health_check *h, const health_check_settings *s, probe_verdict verdict,
                        int32_t code);

/* When the next probe is sent. */
sim_time health_check_send_at(const health_check *h, const health_check_settings *s);
/* Sends it. True when the state has changed at once; on silence h->in_flight is set. */
bool health_check_send(health_check *h, const health_check_settings *s, target_answer answer);
/* The probe in flight times out. */
bool health_check_land(health_check *h, const health_check_settings *s);

/* Counts every probe sent, and every verdict landed, before now_us, or at now_us if the probes of
 * this instant are `over`, all of them answered alike. True when the state has changed: it may do
 * so with the last verdict counted only. */
bool health_check_settle(health_check *h, const health_check_settings *s, target_answer answer,
                         sim_time now_us, bool over);
/* When a verdict changes the state if the answer stays; SIM_NEVER when none will. */
sim_time health_check_due(const health_check *h, const health_check_settings *s,
                          target_answer answer);

#endif
