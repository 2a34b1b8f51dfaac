#include "models/ec2/fault.h"
#include "models/ec2/auto_scaling_group.h"
#include "models/ecs/agent.h"
#include "models/phase.h"
#include "models/victims.h"
#include <stdlib.h>

/* Those whom a fault struck, until it ends. */
typedef struct {
    uint32_t count;
    pool_handle *tasks; /* or … */
    uint32_t *instances;
    random_stream launches; /* of refuseLaunches: one draw a launch */
} struck;

struct faults {
    struck *by_action;
    uint32_t *at_work; /* outages and refusals of launches: their actions, as they began */
    uint32_t at_work_count;
};

faults *faults_create(ecs *e)
{
    faults *f = memory_alloc(1, sizeof *f);
    f->by_action = ARENA_ARRAY(e->arena, (size_t)e->cfg->timeline_count + 1, struck);
    f->at_work = ARENA_ARRAY(e->arena, (size_t)e->cfg->timeline_count + 1, uint32_t);
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

/* ---- zones and launches ---- */

static void begin_work(faults *f, uint32_t action)
{
    f->at_work[f->at_work_count++] = action;
}

static void end_work(faults *f, uint32_t action)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < f->at_work_count; i++)
        if (f->at_work[i] != action) f->at_work[kept++] = f->at_work[i];
    f->at_work_count = kept;
}

static bool concerns_zone(const ecs *e, const timeline_action *a, name_id zone)
{
    return !a->select.zone || strcmp(a->select.zone, names_text(e->names, zone)) == 0;
}

static bool is_on_fargate(const task *t)
{
    return task_on_fargate(t);
}

bool fault_zone_is_out(const ecs *e, name_id zone)
{
    for (uint32_t i = 0; i < e->faults->at_work_count; i++) {
        const timeline_action *a = &e->cfg->timeline[e->faults->at_work[i]];
        if (a->kind == TIMELINE_ZONE_OUTAGE && concerns_zone(e, a, zone)) return true;
    }
    return false;
}

void fault_zone_fails(ecs *e, const timeline_action *a, uint32_t action)
{
    const name_id zone = names_intern(e->names, a->select.zone);
    begin_work(e->faults, action);
    load_balancing_zone_impaired(e->lb, zone, true);
    for (uint32_t i = 0; i < cluster_instance_count(e->cluster); i++) {
        const instance *it = cluster_instance(e->cluster, i);
        if (it->zone == zone && instance_is_registered(it))
            agent_host_dies(e, i, "availabilityZoneOutage");
    }
    uint32_t count;
    const target_selector there = {
        .service = NO_INDEX, .task_definition = NO_INDEX, .zone = a->select.zone};
    task **list = victims_match_tasks(e, &there, is_on_fargate, &count);
    for (uint32_t i = 0; i < count; i++)
        task_fargate_host_dies(list[i], (uint64_t)action + 1);
    free(list);
}

void fault_zone_returns(ecs *e, const timeline_action *a, uint32_t action)
{
    const name_id zone = names_intern(e->names, a->select.zone);
    end_work(e->faults, action);
    if (!fault_zone_is_out(e, zone)) load_balancing_zone_impaired(e->lb, zone, false);
    auto_scaling_capacity_returns(e);
}

void fault_refuse_launches(ecs *e, const timeline_action *a, uint32_t action)
{
    (void)a;
    begin_work(e->faults, action);
    e->faults->by_action[action].launches =
        random_stream_at(e->random, random_purpose("refuseLaunches"), action);
}

void fault_grant_launches(ecs *e, const timeline_action *a, uint32_t action)
{
    (void)a;
    end_work(e->faults, action);
    auto_scaling_capacity_returns(e);
}

static bool concerns_launch(const timeline_action *a, uint32_t provider,
                            uint32_t auto_scaling_group)
{
    return (a->auto_scaling_group == 0 || a->auto_scaling_group == auto_scaling_group) &&
           (a->provider == PROVIDER_NONE || a->provider == provider);
}

bool fault_launch_refused(ecs *e, name_id zone, uint32_t provider, uint32_t auto_scaling_group)
{
    bool refused = false;
    for (uint32_t i = 0; i < e->faults->at_work_count; i++) {
        const uint32_t action = e->faults->at_work[i];
        const timeline_action *a = &e->cfg->timeline[action];
        if (!concerns_zone(e, a, zone) || !concerns_launch(a, provider, auto_scaling_group))
            continue;
        refused |= a->kind == TIMELINE_ZONE_OUTAGE ||
                   random_uniform(&e->faults->by_action[action].launches) < a->refused_fraction;
    }
    return refused;
}

/* ---- Spot ---- */

static bool is_interruptible(const instance *i)
{
    return i->group->spot && instance_is_registered(i);
}

static bool is_on_fargate_spot(const task *t)
{
    return t->provider == PROVIDER_FARGATE_SPOT;
}

static void spot_ends(engine *eng, void *context, uint64_t index)
{
    (void)eng;
    ecs *e = context;
    if (cluster_instance(e->cluster, (uint32_t)index)->status != INSTANCE_INACTIVE)
        ecs_terminate_instance(e, (uint32_t)index, "spot", true);
}

/* ECS_ENABLE_SPOT_INSTANCE_DRAINING: the agent sees the notice, and tells. */
static void spot_polled(engine *eng, void *context, uint64_t index)
{
    (void)eng;
    ecs *e = context;
    if (!agent_is_away(e, (uint32_t)index)) ecs_set_draining(e, (uint32_t)index, true, "spot");
}

static void interrupt_tasks(ecs *e, const timeline_action *a, uint32_t action)
{
    uint32_t count;
    task **list = victims_draw_tasks(e, &a->select, is_on_fargate_spot, action, &count);
    for (uint32_t i = 0; i < count; i++)
        task_interrupt_spot(list[i]);
    free(list);
}

void fault_interrupt_spot(ecs *e, const timeline_action *a, uint32_t action)
{
    const sim_time now = engine_now(e->eng);
    const sim_time poll =
        (now + SIM_SECOND - 1) / SIM_SECOND * SIM_SECOND; /* every second (E175) */
    uint32_t count;
    uint32_t *list = victims_draw_instances(e, &a->select, is_interruptible, action, &count);
    for (uint32_t i = 0; i < count; i++) {
        host *h = &e->hosts[list[i]];
        if (h->spot_noticed) continue;
        h->spot_noticed = true;
        auto_scaling_noticed(e, list[i]);
        if (h->group->spot_draining)
            engine_schedule(e->eng, poll, PHASE_DURATION, spot_polled, list[i]);
        engine_schedule(e->eng, now + e->cfg->control.spot_notice_us, PHASE_DURATION, spot_ends,
                        list[i]);
    }
    free(list);
    interrupt_tasks(e, a, action);
}
