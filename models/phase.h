/* phase.h - what goes first within one instant: rule A111, in its order. */
#ifndef BERTH_MODELS_PHASE_H
#define BERTH_MODELS_PHASE_H

typedef enum {
    PHASE_CREATE,     /* t = 0 only: objects come into being, in file order */
    PHASE_TIMELINE,   /* (1) timeline actions, faults, scripted traffic changes */
    PHASE_DURATION,   /* (2) ends of durations: pulls, starts, exits, settling, drains, launches */
    PHASE_PROBE,      /* (3) probe verdicts */
    PHASE_STATE,      /* (4) state changes of targets and instances, then routing sets */
    PHASE_METRIC,     /* (5) A110 (1) */
    PHASE_ALARM,      /* (6) */
    PHASE_ALARM_POLL, /* after them: deployments read their alarms (E160) */
    PHASE_SCHEDULED,  /* (7) */
    PHASE_POLICY,     /* (8) */
    PHASE_CAPACITY,   /* (9) */
    PHASE_GROUP,      /* (10) */
    PHASE_SERVICE,    /* (11) one pass per service with a reason, by creation, … */
    PHASE_HOST_QUEUE, /* … then host queues (E59) */
    PHASE_SHARE,      /* (12) request shares and what depends on them */
    PHASE_OBSERVE,    /* (13) observers */
    PHASE_COUNT
} phase;

#endif
