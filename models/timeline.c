#include "models/timeline.h"
#include "models/autoscaling/scalable_target.h"
#include "models/ec2/auto_scaling_group.h"
#include "models/ec2/fault.h"
#include "models/ec2/instance_refresh.h"
#include "models/ecs/run_task.h"
#include "models/ecs/task_protection.h"
#include "models/ecs/task_set.h"
#include "models/phase.h"
#include "models/victims.h"
#include "sim/engine/check.h"
#include <stdio.h>
#include <stdlib.h>

struct timeline {
    ecs *ecs;
    uint32_t next;
    const char **refusals; /* by action: AWS's answer to a call that it refused */
};

/* ---- what the calls do ---- */

static void create_service(ecs *e, const timeline_action *a, uint32_t action)
{
    (void)action;
    if (a->replaces) service_set_up_anew(&e->services[a->service], &a->update.to);
    service_create(&e->services[a->service]);
}

static void update_service(ecs *e, const timeline_action *a, uint32_t action)
{
    (void)action;
    service_apply(&e->services[a->update.service], &a->update);
}

static void delete_service(ecs *e, const timeline_action *a, uint32_t action)
{
    (void)action;
    service_delete(&e->services[a->service], a->force);
}

static void stop_service_deployment(ecs *e, const timeline_action *a, uint32_t action)
{
    (void)action;
    service_stop_deployment(&e->services[a->service], a->abort);
}

static void stop_task(ecs *e, const timeline_action *a, uint32_t action)
{
    (void)action;
    const char *reason = a->reason ? a->reason : "Task stopped by user";
    if (a->task) {
        task *t = task_find(e, a->task);
        if (t) task_stop(t, CAUSE_USER, "UserInitiated", reason, STOP_AT_ONCE);
        return;
    }
    uint32_t matching;
    task **list = victims_match_tasks(e, &a->select, NULL, &matching);
    uint32_t count = victims_count(&a->select, matching); /* oldest first: by number */
    for (uint32_t i = 0; i < count; i++)
        task_stop(list[i], CAUSE_USER, "UserInitiated", reason, STOP_AT_ONCE);
    free(list);
}

/* E108; a task that is gone or stopping is one of the call's failures. */
static void update_task_protection(ecs *e, const timeline_action *a, uint32_t action)
{
    (void)action;
    for (uint32_t i = 0; i < a->task_count; i++) {
        task *t = task_find(e, a->tasks[i]);
        if (t) task_protection_set(t, a->protect, a->duration_us);
    }
    if (a->task_count > 0) return;
    uint32_t matching;
    task **list = victims_match_tasks(e, &a->select, NULL, &matching);
    uint32_t count = victims_count(&a->select, matching); /* oldest first: by number */
    for (uint32_t i = 0; i < count; i++)
        task_protection_set(list[i], a->protect, a->duration_us);
    free(list);
}

static void terminate_instances(ecs *e, const timeline_action *a, uint32_t action)
{
    uint32_t count;
    uint32_t *list = victims_draw_instances(e, &a->select, NULL, action, &count);
    for (uint32_t i = 0; i < count; i++)
        if (!a->decrement || auto_scaling_decrement(e, list[i]))
            ecs_terminate_instance(e, list[i], "user", false);
    free(list);
}

/* update-container-instances-state: all that are named (E170). */
static void update_instances_state(ecs *e, const timeline_action *a, uint32_t action)
{
    (void)action;
    uint32_t n = cluster_instance_count(e->cluster);
    for (uint32_t i = 0; i < n; i++)
        if (victims_has_instance(e, &a->select, i)) ecs_set_draining(e, i, a->drain, "user");
}

static void set_desired_capacity(ecs *e, const timeline_action *a, uint32_t action)
{
    (void)action;
    auto_scaling_set_desired(e, a->auto_scaling_group - 1, a->desired_capacity);
}

static void start_instance_refresh(ecs *e, const timeline_action *a, uint32_t action)
{
    (void)action;
    instance_refresh_start(e, a->auto_scaling_group - 1, &a->refresh);
}

static void register_scalable_target(ecs *e, const timeline_action *a, uint32_t action)
{
    (void)action;
    scaling_register_target(e->scaling, a);
}

static void put_scaling_policy(ecs *e, const timeline_action *a, uint32_t action)
{
    (void)action;
    scaling_put_policy(e->scaling, a->scaling_policy);
}

static void create_task_set(ecs *e, const timeline_action *a, uint32_t action)
{
    (void)action;
    task_set_create(&e->services[a->service], &a->create_task_set);
}

static deployment *task_set_of(const ecs *e, const timeline_action *a)
{
    return task_set_find(&e->services[a->service], a->task_set);
}

static void update_task_set(ecs *e, const timeline_action *a, uint32_t action)
{
    (void)action;
    task_set_scale(task_set_of(e, a), a->task_set_scale);
}

static void update_primary_task_set(ecs *e, const timeline_action *a, uint32_t action)
{
    (void)action;
    task_set_make_primary(task_set_of(e, a));
}

static void delete_task_set(ecs *e, const timeline_action *a, uint32_t action)
{
    (void)action;
    task_set_delete(task_set_of(e, a));
}

static void call_run_task(ecs *e, const timeline_action *a, uint32_t action)
{
    const run_task_call *call = &a->run_task;
    run_task_order order = {call, call->task_definition, call->count, SIM_NEVER};
    random_stream stream = random_stream_at(e->random, random_purpose("runTask"), action);
    run_task(e, &order, &stream);
}

/* ---- what AWS refuses as things stand ---- */

static const char *refuse_inactive(const service *s)
{
    return s->exists && !s->deleted ? NULL : "ServiceNotActiveException: Service was not ACTIVE.";
}

static const char *refuse_update(const ecs *e, const timeline_action *a)
{
    return refuse_inactive(&e->services[a->update.service]);
}

static const char *refuse_delete(const ecs *e, const timeline_action *a)
{
    const service *s = &e->services[a->service];
    const char *inactive = refuse_inactive(s);
    if (inactive) return inactive;
    return a->force || s->daemon || s->config.desired_count == 0 /* REPLICA only */
               ? NULL
               : "InvalidParameterException: The service cannot be stopped while it is scaled "
                 "above 0.";
}

static const char *refuse_stop_deployment(const ecs *e, const timeline_action *a)
{
    const service *s = &e->services[a->service];
    const char *inactive = refuse_inactive(s);
    return inactive ? inactive : service_refuses_stop_deployment(s, a->deployment);
}

static const char *refuse_create_task_set(const ecs *e, const timeline_action *a)
{
    return refuse_inactive(&e->services[a->service]);
}

static const char *refuse_task_set(const ecs *e, const timeline_action *a)
{
    const char *inactive = refuse_inactive(&e->services[a->service]);
    if (inactive) return inactive;
    return task_set_of(e, a) ? NULL
                             : "TaskSetNotFoundException: The specified task set wasn't found.";
}

static const char *refuse_delete_task_set(const ecs *e, const timeline_action *a)
{
    const char *unknown = refuse_task_set(e, a);
    if (unknown) return unknown;
    return a->force || task_set_of(e, a)->scale == 0
               ? NULL
               : "InvalidParameterException: The task set cannot be deleted while it is scaled "
                 "above 0.";
}

static const char *refuse_create(const ecs *e, const timeline_action *a)
{
    const service *s = &e->services[a->service];
    if (!a->replaces || !s->exists) return NULL;
    return s->deleted
               ? "InvalidParameterException: Unable to Start a service that is still Draining."
               : "InvalidParameterException: Creation of service was not idempotent.";
}

static const char *refuse_protection(const ecs *e, const timeline_action *a)
{
    for (uint32_t i = 0; i < a->task_count; i++)
        if (task_find(e, a->tasks[i])) return NULL;
    return a->task_count == 0 ? NULL
                              : "InvalidParameterException: The referenced task was not found.";
}

static const char *refuse_stop(const ecs *e, const timeline_action *a)
{
    return !a->task || task_find(e, a->task)
               ? NULL
               : "InvalidParameterException: The referenced task was not found.";
}

static const char *refuse_desired(const ecs *e, const timeline_action *a)
{
    return auto_scaling_refuses(e, a->auto_scaling_group - 1, a->desired_capacity);
}

static const char *refuse_refresh(const ecs *e, const timeline_action *a)
{
    return instance_refresh_refuses(e, a->auto_scaling_group - 1);
}

/* ---- the table ---- */

typedef struct {
    const char *name;
    /* AWS's answer to a call that it refuses; NULL: it does not. No function: it never does. */
    const char *(*refusal)(const ecs *e, const timeline_action *a);
    /* What happens; none: the reader has resolved who refers to it, and nothing moves. */
    void (*begin)(ecs *e, const timeline_action *a, uint32_t action);
    /* What happens `duration` later. */
    void (*end)(ecs *e, const timeline_action *a, uint32_t action);
} action_row;

/* clang-format off */
static const action_row actions[TIMELINE_ACTION_COUNT] = {
    [TIMELINE_REGISTER_TASK_DEFINITION] = {"registerTaskDefinition", NULL, NULL, NULL},
    [TIMELINE_CREATE_SERVICE]         = {"createService", refuse_create, create_service, NULL},
    [TIMELINE_UPDATE_SERVICE]         = {"updateService", refuse_update, update_service, NULL},
    [TIMELINE_DELETE_SERVICE]         = {"deleteService", refuse_delete, delete_service, NULL},
    [TIMELINE_RUN_TASK]               = {"runTask", NULL, call_run_task, NULL},
    [TIMELINE_STOP_TASK]              = {"stopTask", refuse_stop, stop_task, NULL},
    [TIMELINE_TERMINATE_INSTANCES]    = {"terminateInstances", NULL, terminate_instances, NULL},
    [TIMELINE_UPDATE_INSTANCES_STATE] = {"updateContainerInstancesState", NULL, update_instances_state, NULL},
    [TIMELINE_CRASH_TASKS]            = {"crashTasks", NULL, fault_crash_tasks, NULL},
    [TIMELINE_FAIL_HEALTH_CHECKS]     = {"failHealthChecks", NULL, fault_fail_checks, fault_checks_recover},
    [TIMELINE_UPDATE_TASK_PROTECTION] = {"updateTaskProtection", refuse_protection, update_task_protection, NULL},
    [TIMELINE_SLOW_TASKS]             = {"slowTasks", NULL, fault_slow_tasks, fault_tasks_recover},
    [TIMELINE_STOP_SERVICE_DEPLOYMENT] = {"stopServiceDeployment", refuse_stop_deployment, stop_service_deployment, NULL},
    [TIMELINE_DISCONNECT_AGENTS]      = {"disconnectAgents", NULL, fault_disconnect_agents, fault_agents_return},
    [TIMELINE_ZONE_OUTAGE]            = {"availabilityZoneOutage", NULL, fault_zone_fails, fault_zone_returns},
    [TIMELINE_REFUSE_LAUNCHES]        = {"refuseLaunches", NULL, fault_refuse_launches, fault_grant_launches},
    [TIMELINE_SPOT_INTERRUPTION]      = {"spotInterruption", NULL, fault_interrupt_spot, NULL},
    [TIMELINE_REGISTER_SCALABLE_TARGET] = {"registerScalableTarget", NULL, register_scalable_target, NULL},
    [TIMELINE_PUT_SCALING_POLICY]     = {"putScalingPolicy", NULL, put_scaling_policy, NULL},
    [TIMELINE_CREATE_TASK_SET]        = {"createTaskSet", refuse_create_task_set, create_task_set, NULL},
    [TIMELINE_UPDATE_TASK_SET]        = {"updateTaskSet", refuse_task_set, update_task_set, NULL},
    [TIMELINE_UPDATE_PRIMARY_TASK_SET] = {"updateServicePrimaryTaskSet", refuse_task_set, update_primary_task_set, NULL},
    [TIMELINE_DELETE_TASK_SET]        = {"deleteTaskSet", refuse_delete_task_set, delete_task_set, NULL},
    [TIMELINE_SET_DESIRED_CAPACITY]   = {"setDesiredCapacity", refuse_desired, set_desired_capacity, NULL},
    [TIMELINE_START_INSTANCE_REFRESH] = {"startInstanceRefresh", refuse_refresh, start_instance_refresh, NULL},
};
/* clang-format on */

const char *timeline_action_name(timeline_kind kind)
{
    CHECK(kind >= 0 && kind < TIMELINE_ACTION_COUNT && actions[kind].name);
    return actions[kind].name;
}

/* ---- when ---- */

/* Says what happens; `error` is AWS's answer to a call that it refuses. */
static void say_action(ecs *e, const timeline_action *a, const char *error)
{
    char *text = NULL;
    if (error) {
        size_t length = strlen(a->arguments_json), size = length + strlen(error) + 16;
        text = memory_alloc(size, 1);
        bool empty = length <= 2; /* {} */
        snprintf(text, size, "%.*s%s\"error\":\"%s\"}", (int)(length - 1), a->arguments_json,
                 empty ? "" : ",", error);
    }
    model_event ev = {.kind = EVENT_TIMELINE,
                      .cell = {names_intern(e->names, timeline_action_name(a->kind)),
                               cell_text(error ? text : a->arguments_json)}};
    notify_event(e->notifier, &ev);
    free(text);
}

static void ends(engine *eng, void *context, uint64_t action)
{
    (void)eng;
    ecs *e = context;
    const timeline_action *a = &e->cfg->timeline[action];
    actions[a->kind].end(e, a, (uint32_t)action);
}

static void act(ecs *e, uint32_t action)
{
    const timeline_action *a = &e->cfg->timeline[action];
    const action_row *row = &actions[a->kind];
    const char *error = row->refusal ? row->refusal(e, a) : NULL;
    e->timeline->refusals[action] = error;
    say_action(e, a, error);
    if (error || !row->begin) return;
    row->begin(e, a, action);
    if (row->end && a->duration_us != SIM_NEVER)
        engine_schedule(e->eng, engine_now(e->eng) + a->duration_us, PHASE_TIMELINE, ends, action);
}

static void due(engine *eng, void *context, uint64_t subject)
{
    (void)subject;
    ecs *e = context;
    timeline *line = e->timeline;
    act(e, line->next++);
    if (line->next < e->cfg->timeline_count)
        engine_schedule(eng, e->cfg->timeline[line->next].at_us, PHASE_TIMELINE, due, 0);
}

timeline *timeline_create(ecs *e)
{
    timeline *line = memory_alloc(1, sizeof *line);
    line->ecs = e;
    line->refusals = ARENA_ARRAY(e->arena, e->cfg->timeline_count + 1, const char *);
    return line;
}

void timeline_destroy(timeline *line)
{
    free(line);
}

const char *timeline_refusal(const timeline *line, uint32_t action)
{
    CHECK(action < line->ecs->cfg->timeline_count);
    return line->refusals[action];
}

void timeline_start(timeline *line)
{
    ecs *e = line->ecs;
    if (e->cfg->timeline_count > 0)
        engine_schedule(e->eng, e->cfg->timeline[0].at_us, PHASE_TIMELINE, due, 0);
}
