/* model.h - a whole system that behaves: built from a model_config, run by its engine, watched by
 * observers.
 *
 * A replication is a value: a model owns its engine, arena, names and streams; nothing is global,
 * and models run side by side on threads with the same result.
 */
#ifndef BERTH_MODELS_MODEL_H
#define BERTH_MODELS_MODEL_H

#include "models/memory_line.h"
#include "models/model_config.h"
#include "models/notify.h"
#include "models/workload/cpu_share.h"
#include "models/workload/latency.h"

typedef struct model model;

typedef struct {
    /* the oracles */
    bool every_probe;    /* simulate each health probe instead of computing transitions */
    bool scan_placement; /* place by the plain scan instead of the index */
    bool every_minute;   /* alarms and policies look at every minute, changed or not */

    bool check_invariants; /* model_check after every event */
} model_options;

/* cfg must outlive the model. replication from 0. */
model *model_create(const model_config *cfg, uint32_t replication, const model_options *options);
void model_destroy(model *m);
void model_observe(model *m, const model_observer *observer);
/* Runs everything due at or before until_us. Returns false if *stop became non-zero (between
 * instants). */
bool model_run(model *m, sim_time until_us, const volatile int *stop);

const model_config *model_get_config(const model *m);
const names *model_names(const model *m);
sim_time model_now(const model *m);
uint64_t model_event_count(const model *m); /* engine events fired */
/* Did this run use input i of the config (contract: scenario, Basis)? */
bool model_input_used(const model *m, uint32_t input);
/* AWS's answer to call `action` of the config's timeline, where it has been refused; NULL. */
const char *model_refusal(const model *m, uint32_t action);
/* The numbered invariants (model.c); ends the program on a broken one. */
void model_check(const model *m);

/* ---- What observers may read: the state now ---- */

typedef struct {
    uint32_t instances;       /* registered: ACTIVE or DRAINING */
    uint32_t empty_instances; /* of those, with no task */
    int64_t cpu_registered, cpu_reserved, memory_registered,
        memory_reserved;                    /* units, MiB (E60, E200) */
    uint64_t placements, placements_failed; /* so far */
    double price_usd_per_hour; /* of the registered instances that have a price, and Fargate's */
    uint32_t unpriced_instances;
    memory_line memory; /* in use by containers (E25, E200) */
    int64_t cpu_used;   /* on instances, in 1 / CPU_FINE units (E27, E200) */
} cluster_sample;

/* Of what Fargate charges for tasks whose behavior tells their use, the part that is not used: a
 * straight line over time, in integers, so that what was added can be taken away exactly. */
typedef struct {
    int64_t at_zero_nano_usd_per_hour, growth_per_hour;
    uint32_t tasks; /* those tasks */
} fargate_idle;

/* What Fargate charges in one zone: as in service_sample. */
typedef struct {
    name_id zone;
    int64_t nano_usd_per_hour;
    double extra_usd;
} fargate_sample;

typedef struct {
    instance_status status;
    bool registered; /* ACTIVE or DRAINING */
    uint32_t group;  /* index in config */
    name_id zone;
    int64_t cpu_registered, cpu_reserved, memory_registered, memory_reserved;
    uint32_t tasks; /* not yet STOPPED */
    double price_usd_per_hour;
    memory_line memory; /* in use by containers there */
    int64_t cpu_used;   /* likewise, in 1 / CPU_FINE units */
} instance_sample;

/* Why requests fail (contract: metrics; L70-L75). */
typedef enum {
    FAILED_502,
    FAILED_503,
    FAILED_504,
    FAILED_OVERLOAD,
    FAILED_APPLICATION,
    FAILED_CAUSES
} failure_cause;

typedef struct {
    double offered;               /* requests a second now */
    double failed[FAILED_CAUSES]; /* of those, requests a second */
    double abandoned; /* of failed[FAILED_OVERLOAD], those whose client goes away before the
                                     load balancer's idle timeout: its 460, no 5XX (L73) */
    /* Of those answered well (latency.h), requests a second, and the sum over them of the seconds that each takes;
     * only where an alarm looks at response times, else 0. */
    double answered, answer_seconds;
    double lost[FAILED_CAUSES]; /* requests in flight that were cut so far: a running total, not a
                                     rate */
} request_sample;

/* What results want to know of a service's scaling; counts are so far. */
typedef struct {
    uint32_t outs, ins; /* decisions applied */
    uint32_t
        blocked; /* decisions that a cooldown, the bounds' top, a deployment or suspension stood against */
    uint32_t reactions;   /* scale-outs that serve by now */
    sim_time reaction_us; /* sum over those: from when the load crossed the threshold until as many
                             tasks were healthy */
    double needed; /* tasks that would hold the tracked metric at its target now; NAN: no tracking
                      policy, or nothing measured */
} scaling_sample;

typedef struct {
    bool exists, deleted;
    uint32_t desired, running, healthy,
        pending;                /* running: lastStatus RUNNING and desired RUNNING */
    uint32_t active;            /* desiredStatus RUNNING, whatever the state */
    uint32_t counted;           /* what maximumPercent counts (E142) */
    uint32_t lower, upper;      /* L and U (E140) */
    uint32_t deployments;       /* PRIMARY and those that still have tasks */
    uint32_t newest_deployment; /* number, from 1 */
    bool newest_completed;
    bool steady;    /* E113 */
    bool stalled;   /* the newest deployment can make no progress now (E147, or no room) */
    bool fail_open; /* a target group of the service is failing open (L51) */
    uint64_t task_failures, task_replacements, placement_failures, oom_kills; /* so far */
    memory_line memory; /* in use by its RUNNING tasks, and what they reserve (A01-A06) */
    int64_t memory_reserved_mib;
    int64_t cpu_used, cpu_reserved;    /* likewise: 1 / CPU_FINE units, units */
    bool cpu_told, memory_told;        /* the behavior of its newest revision says what it uses */
    int64_t fargate_nano_usd_per_hour; /* of its Fargate tasks now, in 10^-9 USD */
    double fargate_extra_usd;          /* full seconds and first minutes that were added so far */
    fargate_idle fargate_idle;
    request_sample requests;
} service_sample;

/* A message queue now, on a straight line: value + slope x (seconds from now). */
typedef struct {
    double messages, messages_slope; /* ApproximateNumberOfMessagesVisible */
    double age, age_slope;           /* ApproximateAgeOfOldestMessage, seconds */
    uint32_t workers;                /* RUNNING tasks of the service */
    double offered, served;          /* messages so far */
} queue_sample;

typedef struct {
    uint32_t registered, healthy, unhealthy, initial, draining;
    uint32_t routable; /* healthy, and those that nodes failing open send to (L50, L51) */
    bool fail_open;    /* one of its nodes does */
    request_sample requests;
} target_group_sample;

/* Counts are so far; instances of t = 0 are no launches. */
typedef struct {
    int64_t desired, min, max;
    uint32_t instances;  /* launching or in service */
    uint32_t in_service; /* of those, and running */
    uint32_t lost;       /* of those: it does not run any more */
    int64_t surge;       /* how many more an instance refresh wants for a while */
    uint32_t launches, terminations;
    uint32_t flaps; /* launches within 20 min after a termination */
} auto_scaling_group_sample;

/* A capacity provider with managed scaling, as its last datapoint had it (E183); NAN before the first. */
typedef struct {
    double reservation;
    int64_t instances, needed; /* N, M */
    uint32_t waiting;          /* tasks that wait for it, now (E165) */
} capacity_provider_sample;

typedef enum { REFRESH_IN_PROGRESS, REFRESH_SUCCESSFUL, REFRESH_FAILED } instance_refresh_state;

typedef struct {
    instance_refresh_state state;
    sim_time started_us, ended_us;
    uint64_t tasks_before; /* on its instances at the start */
    uint64_t tasks_moved;  /* on those that were given up */
} instance_refresh_sample;

void model_cluster_sample(const model *m, cluster_sample *out);
/* Zones that have had a Fargate task, in the order of their first; they change with the cluster. */
uint32_t model_fargate_zone_count(const model *m);
void model_fargate_sample(const model *m, uint32_t index, fargate_sample *out);
void model_instance_sample(const model *m, uint32_t index, instance_sample *out);
/* Who reserves on an instance (E60). */
typedef struct {
    uint32_t service; /* NO_INDEX: standalone tasks */
    int64_t cpu_units, memory_mib;
    int64_t cpu_told,
        memory_told;         /* of those, by tasks whose behavior tells what they use of it … */
    int64_t cpu_used;        /* … and what these use, in 1 / CPU_FINE units … */
    memory_line memory_used; /* … and in bytes */
} instance_owner;

/* Fills in the owners, each once, the longest there first; returns how many there are. If that is more than `room`,
 * only services are told. O(tasks x owners). */
uint32_t model_instance_owners(const model *m, uint32_t index, instance_owner *out, uint32_t room);
/* The same owners in the same order, with what they use of CPU alone (CHANGED_USE). O(owners). */
uint32_t model_instance_users(const model *m, uint32_t index, instance_owner *out, uint32_t room);
/* The sample's cpu_used alone (CHANGED_USE). */
int64_t model_instance_cpu_used(const model *m, uint32_t instance);
void model_service_sample(const model *m, uint32_t service, service_sample *out);
/* Reads the metrics that policies follow, of which service_sample is the source. */
void model_scaling_sample(const model *m, uint32_t service, scaling_sample *out);
/* Of the warm instances of a group (model_config.warmups), and how many they are. */
double model_warm_cpu_percent(const model *m, uint32_t warmup, uint32_t *instances);
void model_queue_sample(const model *m, uint32_t queue, queue_sample *out);
/* The requests answered well, by how long they take; valid until the next change. */
const latency_part *model_service_latency(const model *m, uint32_t service, uint32_t *count);
void model_target_group_sample(const model *m, uint32_t target_group, target_group_sample *out);
/* Sums over its target groups; lost is 0. O(these). */
void model_load_balancer_requests(const model *m, uint32_t load_balancer, request_sample *out);
void model_auto_scaling_group_sample(const model *m, uint32_t group,
                                     auto_scaling_group_sample *out);
/* provider: index in the config. */
void model_capacity_provider_sample(const model *m, uint32_t provider,
                                    capacity_provider_sample *out);
/* Those of a group that have started so far, from 0. */
uint32_t model_instance_refresh_count(const model *m, uint32_t group);
void model_instance_refresh_sample(const model *m, uint32_t group, uint32_t number,
                                   instance_refresh_sample *out);
/* Would a task of this definition fit on this instance now (E71 and its own constraints)? O(1). */
bool model_task_fits(const model *m, uint32_t instance, uint32_t task_definition);

#endif
