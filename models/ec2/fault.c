#include "models/ec2/fault.h"
#include "models/ecs/agent.h"
#include "models/victims.h"
#include <stdlib.h>

/* Those whom a fault struck, until it ends. */
typedef struct {
    uint32_t count;
    pool_handle *tasks; /* or … */
    uint32_t *instances;
} struck;

struct faults {
    struck *by_action;
};

faults *faults_create(ecs *e)
{
    faults *f = memory_alloc(1, sizeof *f);
    f->by_action = ARENA_ARRAY(e->arena, (size_t)e->cfg->timeline_count + 1, struck);
    return f;
}

void faults_destroy(faults *f)
{
    free(f);
}

void fault_crash_tasks(ecs *e, const timeline_action *a, uint32_t action)
{
    uint32_t count;
    task **list = victims_draw_tasks(e, &a->select, task_may_crash, action, &count);
    for (uint32_t i = 0; i < count; i++)
        task_crash(list[i], a->exit_code);
    free(list);
}

/* ---- faults of tasks that end ---- */

static void remember_tasks(ecs *e, uint32_t action, task **list, uint32_t count)
{
    struck *s = &e->faults->by_action[action];
    s->count = count;
    s->tasks = ARENA_ARRAY(e->arena, (size_t)count + 1, pool_handle);
    for (uint32_t i = 0; i < count; i++)
        s->tasks[i] = list[i]->handle;
}

/* The i-th task that the fault struck; NULL: it has stopped since. */
static task *struck_task(ecs *e, uint32_t action, uint32_t i)
{
    task *t = pool_get(e->tasks, e->faults->by_action[action].tasks[i]);
    return t && t->state != TASK_STOPPED ? t : NULL;
}

void fault_fail_checks(ecs *e, const timeline_action *a, uint32_t action)
{
    static const answer_kind kinds[] = {
        [FAIL_REFUSE] = ANSWER_REFUSE, [FAIL_HANG] = ANSWER_HANG, [FAIL_STATUS] = ANSWER_STATUS};
    target_answer answer = {kinds[a->how], a->status_code};
    uint32_t count;
    task **list = victims_draw_tasks(e, &a->select, NULL, action, &count);
    remember_tasks(e, action, list, count);
    for (uint32_t i = 0; i < count; i++)
        task_set_fault(list[i], answer, a->container_health_check, action + 1);
    free(list);
}

void fault_checks_recover(ecs *e, const timeline_action *a, uint32_t action)
{
    (void)a;
    for (uint32_t i = 0; i < e->faults->by_action[action].count; i++) {
        task *t = struck_task(e, action, i);
        if (t) task_set_fault(t, (target_answer){.kind = ANSWER_OK}, false, action + 1);
    }
}

void fault_slow_tasks(ecs *e, const timeline_action *a, uint32_t action)
{
    uint32_t count;
    task **list = victims_draw_tasks(e, &a->select, NULL, action, &count);
    remember_tasks(e, action, list, count);
    for (uint32_t i = 0; i < count; i++)
        task_slow_begin(list[i], a->factor);
    free(list);
}

void fault_tasks_recover(ecs *e, const timeline_action *a, uint32_t action)
{
    for (uint32_t i = 0; i < e->faults->by_action[action].count; i++) {
        task *t = struck_task(e, action, i);
        if (t) task_slow_end(t, a->factor);
    }
}

/* ---- faults of instances ---- */

void fault_disconnect_agents(ecs *e, const timeline_action *a, uint32_t action)
{
    uint32_t count;
    uint32_t *list = victims_draw_instances(e, &a->select, instance_is_registered, action, &count);
    struck *s = &e->faults->by_action[action];
    s->count = count;
    s->instances = ARENA_ARRAY(e->arena, (size_t)count + 1, uint32_t);
    for (uint32_t i = 0; i < count; i++) {
        s->instances[i] = list[i];
        agent_leave(e, list[i], "disconnectAgents");
    }
    free(list);
}

void fault_agents_return(ecs *e, const timeline_action *a, uint32_t action)
{
    (void)a;
    const struck *s = &e->faults->by_action[action];
    for (uint32_t i = 0; i < s->count; i++)
        agent_return(e, s->instances[i]);
}
