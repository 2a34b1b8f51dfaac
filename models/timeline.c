#include "models/timeline.h"
#include "models/phase.h"
#include "sim/engine/check.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct timeline {
    ecs *ecs;
    uint32_t next;
    /* the victims of each failHealthChecks that has an end, by action */
    pool_handle **victims;
    uint32_t *victim_counts;
};

const char *const timeline_action_names[TIMELINE_ACTION_COUNT] = {
    [TIMELINE_REGISTER_TASK_DEFINITION] = "registerTaskDefinition",
    [TIMELINE_CREATE_SERVICE] = "createService",
    [TIMELINE_UPDATE_SERVICE] = "updateService",
    [TIMELINE_DELETE_SERVICE] = "deleteService",
    [TIMELINE_RUN_TASK] = "runTask",
    [TIMELINE_STOP_TASK] = "stopTask",
    [TIMELINE_TERMINATE_INSTANCES] = "terminateInstances",
    [TIMELINE_UPDATE_INSTANCES_STATE] = "updateContainerInstancesState",
    [TIMELINE_CRASH_TASKS] = "crashTasks",
    [TIMELINE_FAIL_HEALTH_CHECKS] = "failHealthChecks",
};

/* ---- whom ---- */

static bool instance_selected(const ecs *e, const target_selector *select, uint32_t index)
{
    const instance *i = cluster_instance(e->cluster, index);
    if (select->instance_type && strcmp(select->instance_type, i->group->instance_type) != 0)
        return false;
    if (select->zone && strcmp(select->zone, names_text(e->names, i->zone)) != 0) return false;
    bool listed = select->instance_count == 0;
    for (uint32_t k = 0; k < select->instance_count && !listed; k++)
        listed = select->instances[k] == index + 1;
    return listed;
}

static bool task_selected(const ecs *e, const target_selector *select, const task *t)
{
    if (t->stopping) return false;
    if (select->service != NO_INDEX && (!t->service || t->service->index != select->service))
        return false;
    if (select->family && strcmp(select->family, task_definition(t)->family) != 0) return false;
    if (select->task_definition != NO_INDEX && select->task_definition != t->definition)
        return false;
    return instance_selected(e, select, t->instance);
}

/* Tasks that match, services' in file order and by number, then standalone ones. The caller frees
 * the list. */
static task **matching_tasks(const ecs *e, const target_selector *select, bool crashable,
                             uint32_t *count)
{
    task **found = memory_alloc(pool_live_count(e->tasks) + 1, sizeof *found);
    *count = 0;
    for (uint32_t s = 0; s < e->cfg->service_count; s++)
        for (task *t = e->services[s].first; t; t = t->service_next)
            if (task_selected(e, select, t) && (!crashable || task_may_crash(t)))
                found[(*count)++] = t;
    for (task *t = e->standalone_first; t; t = t->service_next)
        if (task_selected(e, select, t) && (!crashable || task_may_crash(t))) found[(*count)++] = t;
    return found;
}

/* How many of `matching`: count or fraction (rounded up) of them, or all. */
static uint32_t selected_count(const target_selector *select, uint32_t matching)
{
    uint32_t count = matching;
    if (select->has_count)
        count = select->count;
    else if (select->has_fraction) {
        count = 0;
        double exact = select->fraction * matching - 1e-9; /* 0.07 of 100 is 7 */
        if (exact > 0) count = (uint32_t)exact;
        count += count < exact;
    }
    return count < matching ? count : matching;
}

static random_stream fault_stream(const ecs *e, uint32_t action)
{
    return random_stream_at(e->random, random_purpose("timeline"), action);
}

/* Moves `count` drawn items of n to the front, keeping their order among themselves. */
static void draw_tasks(task **list, uint32_t n, uint32_t count, random_stream *stream)
{
    /* selection sampling: each item in turn with probability (left to draw) / (left to see) */
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n && kept < count; i++)
        if (random_below(stream, n - i) < count - kept) list[kept++] = list[i];
}

/* ---- actions ---- */

static void stop_task(ecs *e, const timeline_action *a)
{
    const char *reason = a->reason ? a->reason : "Task stopped by user";
    if (a->task) {
        task *t = task_find(e, a->task);
        if (t) task_stop(t, CAUSE_USER, "UserInitiated", reason, STOP_AT_ONCE);
        return;
    }
    uint32_t matching;
    task **list = matching_tasks(e, &a->select, false, &matching);
    uint32_t count = selected_count(&a->select, matching); /* oldest first: by number */
    for (uint32_t i = 0; i < count; i++)
        task_stop(list[i], CAUSE_USER, "UserInitiated", reason, STOP_AT_ONCE);
    free(list);
}

static void crash_tasks(ecs *e, const timeline_action *a, uint32_t action)
{
    uint32_t matching;
    task **list = matching_tasks(e, &a->select, true, &matching);
    uint32_t count = selected_count(&a->select, matching);
    random_stream stream = fault_stream(e, action);
    draw_tasks(list, matching, count, &stream);
    for (uint32_t i = 0; i < count; i++)
        task_crash(list[i], a->exit_code);
    free(list);
}

static void health_checks_recover(engine *eng, void *context, uint64_t action);

static void fail_health_checks(timeline *line, const timeline_action *a, uint32_t action)
{
    ecs *e = line->ecs;
    static const answer_kind kinds[] = {
        [FAIL_REFUSE] = ANSWER_REFUSE, [FAIL_HANG] = ANSWER_HANG, [FAIL_STATUS] = ANSWER_STATUS};
    target_answer answer = {kinds[a->how], a->status_code};
    uint32_t matching;
    task **list = matching_tasks(e, &a->select, false, &matching);
    uint32_t count = selected_count(&a->select, matching);
    random_stream stream = fault_stream(e, action);
    draw_tasks(list, matching, count, &stream);
    line->victims[action] = ARENA_ARRAY(e->arena, count, pool_handle);
    line->victim_counts[action] = count;
    for (uint32_t i = 0; i < count; i++) {
        line->victims[action][i] = list[i]->handle;
        task_set_fault(list[i], answer, a->container_health_check, action + 1);
    }
    free(list);
    if (a->duration_us != SIM_NEVER)
        engine_schedule(e->eng, engine_now(e->eng) + a->duration_us, PHASE_TIMELINE,
                        health_checks_recover, action);
}

static void terminate_instances(ecs *e, const timeline_action *a, uint32_t action)
{
    uint32_t n = cluster_instance_count(e->cluster), matching = 0;
    uint32_t *list = memory_alloc(n + 1, sizeof *list);
    for (uint32_t i = 0; i < n; i++)
        if (cluster_instance(e->cluster, i)->status != INSTANCE_INACTIVE &&
            instance_selected(e, &a->select, i))
            list[matching++] = i;
    uint32_t count = selected_count(&a->select, matching), kept = 0;
    random_stream stream = fault_stream(e, action);
    for (uint32_t i = 0; i < matching && kept < count; i++)
        if (random_below(&stream, matching - i) < count - kept) list[kept++] = list[i];
    for (uint32_t i = 0; i < count; i++)
        ecs_terminate_instance(e, list[i], "user");
    free(list);
}

/* update-container-instances-state: all that are named (E170). */
static void update_instances_state(ecs *e, const timeline_action *a)
{
    uint32_t n = cluster_instance_count(e->cluster);
    for (uint32_t i = 0; i < n; i++)
        if (instance_selected(e, &a->select, i)) ecs_set_draining(e, i, a->drain, "user");
}

/* run-task (E87): copies one by one; a copy that finds no instance is a failure, and is not tried
 * again. */
static void run_task(ecs *e, const timeline_action *a, uint32_t action)
{
    const run_task_call *call = &a->run_task;
    task_family *f = &e->families[call->task_definition];
    placement_request request = {
        .definition = &e->cfg->task_definitions[call->task_definition],
        .group = call->group ? cluster_group(e->cluster, call->group) : f->group,
        .standalone = true,
        .strategy_count = call->strategy_count,
        .strategies = call->strategies,
        .constraint_count = call->constraint_count,
        .constraints = call->constraints,
        .zone_count = call->zone_count,
        .zones = call->zones,
    };
    request.spread_group = request.group;
    placement_plan *plan = ecs_make_plan(e, &request);
    random_stream stream = random_stream_at(e->random, random_purpose("runTask"), action);
    for (uint32_t copy = 0; copy < call->count; copy++) {
        uint32_t on = placement_choose(e->cluster, plan, &stream);
        if (on == NO_INDEX) {
            ecs_say_run_task_refused(e, call->task_definition, plan, call->count - copy);
            return;
        }
        notify_placed(e->notifier, NO_INDEX, 0);
        task_create(e, NULL, NULL, call->task_definition, plan, on);
    }
}

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
                      .cell = {names_intern(e->names, timeline_action_names[a->kind]),
                               cell_text(error ? text : a->arguments_json)}};
    notify_event(e->notifier, &ev);
    free(text);
}

/* What AWS refuses as things stand; NULL: nothing. */
static const char *refusal_of(const ecs *e, const timeline_action *a)
{
    const service *s = NULL;
    if (a->kind == TIMELINE_UPDATE_SERVICE) s = &e->services[a->update.service];
    if (a->kind == TIMELINE_DELETE_SERVICE) s = &e->services[a->service];
    if (s && (!s->exists || s->deleted))
        return "ServiceNotActiveException: Service was not ACTIVE.";
    if (a->kind == TIMELINE_DELETE_SERVICE && !a->force && s->config.desired_count > 0)
        return "InvalidParameterException: The service cannot be stopped while it is scaled above "
               "0.";
    if (a->kind == TIMELINE_STOP_TASK && a->task && !task_find(e, a->task))
        return "InvalidParameterException: The referenced task was not found.";
    return NULL;
}

static void act(timeline *line, uint32_t action)
{
    ecs *e = line->ecs;
    const timeline_action *a = &e->cfg->timeline[action];
    const char *error = refusal_of(e, a);
    say_action(e, a, error);
    if (error) return;
    switch (a->kind) {
    case TIMELINE_REGISTER_TASK_DEFINITION: /* the reader has resolved who refers to it; nothing
                                               moves */
        break;
    case TIMELINE_CREATE_SERVICE:
        service_create(&e->services[a->service]);
        break;
    case TIMELINE_UPDATE_SERVICE:
        service_apply(&e->services[a->update.service], &a->update);
        break;
    case TIMELINE_DELETE_SERVICE:
        service_delete(&e->services[a->service], a->force);
        break;
    case TIMELINE_RUN_TASK:
        run_task(e, a, action);
        break;
    case TIMELINE_STOP_TASK:
        stop_task(e, a);
        break;
    case TIMELINE_TERMINATE_INSTANCES:
        terminate_instances(e, a, action);
        break;
    case TIMELINE_UPDATE_INSTANCES_STATE:
        update_instances_state(e, a);
        break;
    case TIMELINE_CRASH_TASKS:
        crash_tasks(e, a, action);
        break;
    case TIMELINE_FAIL_HEALTH_CHECKS:
        fail_health_checks(line, a, action);
        break;
    case TIMELINE_ACTION_COUNT:
        CHECK(false);
    }
}

static void health_checks_recover(engine *eng, void *context, uint64_t action)
{
    (void)eng;
    timeline *line = ((ecs *)context)->timeline;
    for (uint32_t i = 0; i < line->victim_counts[action]; i++) {
        task *t = pool_get(line->ecs->tasks, line->victims[action][i]);
        if (t && t->state != TASK_STOPPED)
            task_set_fault(t, (target_answer){.kind = ANSWER_OK}, false, action + 1);
    }
}

static void due(engine *eng, void *context, uint64_t subject)
{
    (void)subject;
    ecs *e = context;
    timeline *line = e->timeline;
    uint32_t action = line->next++;
    act(line, action);
    if (line->next < e->cfg->timeline_count)
        engine_schedule(eng, e->cfg->timeline[line->next].at_us, PHASE_TIMELINE, due, 0);
}

timeline *timeline_create(ecs *e)
{
    timeline *line = memory_alloc(1, sizeof *line);
    line->ecs = e;
    line->victims = ARENA_ARRAY(e->arena, e->cfg->timeline_count + 1, pool_handle *);
    line->victim_counts = ARENA_ARRAY(e->arena, e->cfg->timeline_count + 1, uint32_t);
    return line;
}

void timeline_destroy(timeline *line)
{
    free(line);
}

void timeline_start(timeline *line)
{
    ecs *e = line->ecs;
    if (e->cfg->timeline_count > 0)
        engine_schedule(e->eng, e->cfg->timeline[0].at_us, PHASE_TIMELINE, due, 0);
}
