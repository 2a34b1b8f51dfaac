/* notify.h - how models tell observers: events as they happen, changed objects once an instant.
 *
 * Observers only look: they get a const model and no engine, so measuring cannot change a run.
 */
#ifndef BERTH_MODELS_NOTIFY_H
#define BERTH_MODELS_NOTIFY_H

#include "models/event.h"
#include "sim/engine/engine.h"

struct model;

typedef enum {
    CHANGED_CLUSTER,
    CHANGED_INSTANCE,
    CHANGED_SERVICE,
    CHANGED_TARGET_GROUP,
    CHANGED_LOAD_BALANCER, /* the requests of one of its groups */
    CHANGED_QUEUE,
    CHANGED_USE, /* only the CPU that an instance's containers use: index as CHANGED_INSTANCE */
    CHANGED_AUTO_SCALING_GROUP,
    CHANGED_WARMUP, /* which instances of a group are warm, and what CPU those use */
    CHANGED_KINDS
} changed_kind;

/* Any callback may be NULL. */
typedef struct {
    void *context;
    /* Every event of the log, in order, as it happens. */
    void (*event)(void *context, const struct model *m, const model_event *ev);
    /* After everything else of an instant, once for each object that changed in it, by (kind,
     * index). */
    void (*changed)(void *context, const struct model *m, changed_kind kind, uint32_t index);
    /* A copy was placed after waiting from the instant it was wanted. service NO_INDEX: standalone.
     */
    void (*placed)(void *context, const struct model *m, uint32_t service, sim_time waited_us);
} model_observer;

typedef struct notifier notifier;

notifier *notifier_create(engine *eng, const struct model *m);
void notifier_destroy(notifier *n);
void notifier_observe(notifier *n,
                      const model_observer *observer); /* copied; before the run starts */
/* Sets ev->at_us to now and tells every observer. */
void notify_event(notifier *n, model_event *ev);
/* Tells every observer's `changed` in PHASE_OBSERVE of this instant. */
void notify_changed(notifier *n, changed_kind kind, uint32_t index);
void notify_placed(notifier *n, uint32_t service, sim_time waited_us);

#endif
