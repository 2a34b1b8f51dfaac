/* situation.h - the moments at which a service is created, deployed, resized or drained, with its
 * settings from then on, and what placement makes of it.
 */
#ifndef BERTH_SCENARIOS_ANALYSIS_SITUATION_H
#define BERTH_SCENARIOS_ANALYSIS_SITUATION_H

#include "models/model_config.h"

typedef enum {
    SITUATION_CREATE,
    SITUATION_DEPLOY, /* a new deployment begins (E152, E161) */
    SITUATION_RESIZE, /* any other update */
    SITUATION_DRAIN,  /* some of its tasks are on instances that drain (E170) */
} situation_kind;

/* What stands in the way of a task (packing.h). */
typedef enum {
    ROOM_UNKNOWN,      /* not followed so far */
    ROOM_ENOUGH,       /* everything finds a place */
    ROOM_PER_INSTANCE, /* static port or distinctInstance: one a host, and every host has one */
    ROOM_ENI,          /* no ENI left */
    ROOM_RESOURCES,    /* anything else */
} room_verdict;

typedef struct {
    situation_kind kind;
    uint32_t service;
    service_config settings;  /* from then on */
    uint32_t task_definition; /* before; NO_INDEX at its creation */
    const char *pointer;      /* of the service or the call */
    bool own_bounds;          /* the call gives a deploymentConfiguration */
    sim_time at_us;
    bool missing; /* tasks of the service had no place when it came */
    room_verdict room;
    uint32_t placed;    /* new tasks that found a place before nothing moved */
    uint32_t refused;   /* most new tasks of a round that it allowed and that found no place */
    uint32_t old_left;  /* tasks that stay where they should not */
    const char *single; /* ROOM_PER_INSTANCE: "host port 80" or "distinctInstance" */
    const char *why;    /* what instances lack, as text; NULL where room is enough or unknown */
} situation;

/* L and U of the settings (E140). */
uint32_t situation_lower(const situation *s);
uint32_t situation_upper(const situation *s);
/* Rolling updates of a fixed number of tasks: what minimum and maximum percent are about. */
bool situation_rolls(const service_config *s);
/* Its tasks go to container instances. */
bool situation_on_instances(const service_config *s);
/* E144, E147: with all tasks healthy nothing may stop and nothing may start. */
bool situation_bounds_stuck(const situation *s);

typedef struct analysis analysis;
/* All of the config, in order of time; fills a->situations. */
void situations_collect(analysis *a);
bool situation_service_deploys(const analysis *a, uint32_t number);

#endif
