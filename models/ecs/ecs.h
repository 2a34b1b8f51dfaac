/* ecs.h - what the rooms of this folder share: the state of one simulated ECS control plane.
 *
 * Files that act on it: task*.c and container.c (life cycle), run_task.c, service*.c and what a service
 * deploys by (scheduler, texts), faults and groups of instances (models/ec2), models/timeline.c, and
 * models/model.c, which owns it. Nothing outside models/ includes this header.
 *
 * Who changes what
 *   task state       set_state only (task.c)
 *   counts of tasks  service_count: every change of a task is taken out of its service's and
 *                    deployment's counts before and put back after
 *   service passes   asked for with service_wake, run in PHASE_SERVICE by service number (E100,
 *                    A111)
 */
#ifndef BERTH_MODELS_ECS_ECS_H
#define BERTH_MODELS_ECS_ECS_H

#include "models/ecs/capacity_provider.h"
#include "models/ecs/host.h"
#include "models/ecs/placement.h"
#include "models/elb/load_balancing.h"
#include "models/model.h"
#include "sim/engine/arena.h"
#include "sim/engine/engine.h"
#include "sim/engine/random.h"

typedef struct task task;
typedef struct service service;
typedef struct deployment deployment;
typedef struct task_family task_family;
typedef struct run_task_plan run_task_plan;

/* Text under construction, reused. */
typedef struct {
    char *text;
    size_t length, capacity;
} text_buffer;

/* What Fargate charges now, and what was added at single instants so far (fargate.h). */
typedef struct {
    name_id zone; /* of a zone's bill */
    int64_t nano_usd_per_hour;
    double extra_usd;
    fargate_idle idle; /* of a service's bill */
} fargate_bill;

typedef struct ecs {
    struct model *model;
    const model_config *cfg;
    engine *eng;
    names *names;
    notifier *notifier;
    arena *arena;
    cluster *cluster;
    load_balancing *lb;
    random_source random;
    host *hosts; /* by instance index; moves when one is added */
    uint32_t host_room;
    pool *tasks;
    pool **containers; /* by number of containers in the task definition */
    uint32_t container_kinds;
    task *standalone_first, *standalone_last;
    task *ended;       /* STOPPED in this act or an earlier one, slots not yet reused */
    service *services; /* by index in the config */
    struct timeline *timeline;
    struct scaling *scaling;
    struct arrivals *arrivals;
    struct queues *queues;
    struct faults *faults;
    struct auto_scaling *auto_scaling;
    struct warmups *warmups;
    struct managed_scaling *managed_scaling;
    struct provisioning *provisioning;
    struct instance_refreshes *refreshes;
    task_family *families;   /* by index of the task definition */
    name_id cause_names[16]; /* of stop_cause */
    uint32_t *dirty;         /* services that want a pass in this instant */
    uint32_t dirty_count, dirty_capacity;
    uint32_t live_services;
    uint64_t instance_version; /* rises with every change of an instance's status */
    uint32_t *host_dirty;      /* hosts whose queue may move in this instant */
    uint32_t host_dirty_count, host_dirty_capacity;
    placement_plan **plans; /* every one ever made: tasks hold on to theirs */
    uint32_t plan_count, plan_capacity;
    bool *input_used; /* by index of cfg->inputs */
    uint32_t drains;  /* begun so far */
    uint64_t placements, placements_failed;
    struct cpu_work *cpu; /* task_cpu.c */
    memory_line memory;   /* that all containers use */
    fargate_bill *bills;  /* by zone, in order of their first task */
    uint32_t bill_count;
    uint32_t *group_registered; /* registered instances by group of the config */
    text_buffer message;        /* of service events */
    scale_in_candidate *candidates;
    task **candidate_tasks;
    struct scale_in_order *scale_in_order;
    uint32_t candidate_capacity;
} ecs;

/* Where the next Fargate task goes: capacity_zone for these zones, at most SUBNETS_MAX. A zone in which a
 * fault refuses the launch is passed over for the next best; false: all refuse. */
bool ecs_fargate_zone(ecs *e, const char *const *zones, uint32_t zone_count,
                      const capacity_counts *counts, uint32_t provider, name_id *zone);
/* A plan that lives as long as the control plane; expressions were checked when the scenario was
 * read. */
placement_plan *ecs_make_plan(ecs *e, const placement_request *request);
/* All instances of the config, at t = 0: registered, or launching until registerAfter. */
void ecs_add_instances(ecs *e);
/* One more instance of a group of the config, requested at this instant, in the group's zone-th zone. Its index. Pointers into
 * hosts are void behind it. */
uint32_t ecs_add_instance(ecs *e, uint32_t group, uint32_t zone);
/* It registers, unless it has been terminated meanwhile or its zone has failed. */
void ecs_register_instance(ecs *e, uint32_t index, const char *cause);
/* update-container-instances-state (E170); does nothing unless the instance is in the other state. */
void ecs_set_draining(ecs *e, uint32_t index, bool draining, const char *cause);
/* INACTIVE at once, its tasks STOPPED (E174). spot: it was taken back (E175). */
void ecs_terminate_instance(ecs *e, uint32_t index, const char *cause, bool spot);
/* Logs an event of the instance. */
void ecs_say_instance(ecs *e, uint32_t index, event_kind kind, const char *cause);
/* Of those not yet STOPPED there; the next newer one is its host_prev. NULL: none. */
task *ecs_oldest_task(const ecs *e, uint32_t index);
/* Its EC2 id where the scenario gives one, else that of the event log. Returns buffer or the id. */
const char *ecs_instance_id(const ecs *e, uint32_t index, char *buffer, size_t size);
/* {"RESOURCE:CPU":2}: counts of instances by reason. */
void ecs_print_reasons(const placement_refusal *refusal, char *buffer, size_t size);

/* For qsort: indices ascending, so that an instant's work goes by creation (A111). */
static inline int ecs_compare_index(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

#endif
