/* service_event.h - the messages that a service logs, word for word as ECS does (E128), each said
 * once (E114).
 *
 * What a pass and its instant did is gathered here and said in one message a kind: `has started 2
 * tasks: (task A) (task B).` Messages of one cause are repeated only after eventRepeatSeconds, or
 * when they say something else.
 */
#ifndef BERTH_MODELS_ECS_SERVICE_EVENT_H
#define BERTH_MODELS_ECS_SERVICE_EVENT_H

#include "models/ecs/task.h"

/* Ids of tasks or numbers of targets that one message will name. */
typedef struct {
    uint32_t *number;
    uint32_t count, capacity;
} number_list;

/* Numbers of targets by target group, in order of their first. */
typedef struct {
    struct {
        uint32_t target_group, targets;
    } * group;
    uint32_t count, capacity;
} group_counts;

/* Tasks that zone rebalancing started or stopped, each with its zone. */
typedef struct {
    number_list tasks;
    name_id *zones; /* as many */
    uint32_t capacity;
} zone_tasks;

typedef enum {
    MESSAGE_PLACEMENT,  /* was unable to place a task … */
    MESSAGE_STUCK,      /* was unable to stop or start tasks during a deployment … */
    MESSAGE_PROTECTED,  /* … was unable to scale in due to (reason N tasks under protection) */
    MESSAGE_STEADY,     /* has reached a steady state. */
    MESSAGE_UNBALANCED, /* is not AZ balanced … */
    MESSAGE_UNBALANCED_PLACEMENT, /* is unable to place a task in … */
    MESSAGE_UNBALANCED_SPARED,    /* was unable to AZ Rebalance … */
    MESSAGE_LASTING               /* messages of a state, repeated while it lasts */
} lasting_message;

typedef struct {
    number_list started, stopped;
    uint32_t replaced_unhealthy, stopped_pending, draining;
    group_counts registered, deregistered;
    zone_tasks rebalanced; /* stopped by it */
    struct {
        bool said;
        sim_time at_us;
        uint64_t detail; /* what it said: instance and reason */
    } lasting[MESSAGE_LASTING];
} service_events;

void service_events_finish(service_events *events);
void service_events_add(number_list *list, uint32_t number);
void service_events_add_in_zone(zone_tasks *list, uint32_t number, name_id zone);
void zone_tasks_finish(zone_tasks *list);
/* has WHAT N NOUN in ZONE WHY: IDS. One message a zone, in order of their first tasks (E119). */
void service_say_in_zones(service *s, zone_tasks *list, const char *what, const char *noun,
                          const char *why);
void service_events_count(group_counts *counts, uint32_t target_group);
/* Says at once, behind "(service NAME) ". */
void service_say(service *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Says what was gathered: drains, deregistrations, stops, starts, registrations, in this order
 * (E130). */
void service_say_gathered(service *s);
/* Says a lasting message unless it was said with the same detail less than eventRepeatSeconds ago.
 */
void service_say_lasting(service *s, lasting_message kind, uint64_t detail, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* The state is over: it will be said anew. */
void service_lasting_over(service *s, lasting_message kind);
/* When a lasting message is due again; SIM_NEVER. */
sim_time service_lasting_due(const service *s, lasting_message kind);
/* Why the deployment's last try to place a task was refused. */
void service_say_refused(service *s, const deployment *d);
/* (task ID) (instance I) (port P) is unhealthy in (target-group G) due to (reason R) */
void service_say_unhealthy(service *s, const task *t, const task_target *target);

#endif
