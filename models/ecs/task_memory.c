#include "models/ecs/task_memory.h"
#include "models/ecs/agent.h"
#include "models/ecs/service.h"
#include "models/ecs/task_parts.h"
#include "models/phase.h"
#include "sim/engine/check.h"

#define BYTES_PER_MIB 1048576.0
#define BYTE_MIB      (1 / BYTES_PER_MIB) /* below that a use is its limit */
#define EXIT_KILLED   137

/* ---- Lines in MiB: what decides when a limit is reached ---- */

/* Use at t is at_zero_mib + mib_per_hour * t: container by container, in one order. */
typedef struct {
    double at_zero_mib, mib_per_hour;
} use_sum;

static double hours(sim_time us)
{
    return (double)us / (double)SIM_HOUR;
}

static void add_use(use_sum *sum, const memory_use *use)
{
    sum->at_zero_mib += use->base_mib - use->leak_mib_per_hour * hours(use->since_us);
    sum->mib_per_hour += use->leak_mib_per_hour;
}

static double use_at(const memory_use *use, sim_time at_us)
{
    return use->base_mib + use->leak_mib_per_hour * hours(at_us - use->since_us);
}

/* When the limit is reached, now or later; SIM_NEVER. */
static sim_time reaches(const use_sum *sum, double limit_mib, sim_time now_us)
{
    if (sum->at_zero_mib + sum->mib_per_hour * hours(now_us) > limit_mib + BYTE_MIB) return now_us;
    if (!(sum->mib_per_hour > 0)) return SIM_NEVER;
    const double at = (limit_mib - sum->at_zero_mib) / sum->mib_per_hour * (double)SIM_HOUR;
    if (at > (double)SIM_RUN_MAX) return SIM_NEVER;
    const sim_time at_us = (sim_time)(at + 0.5);
    return at_us > now_us ? at_us : now_us;
}

static int64_t rounded(double bytes)
{
    return (int64_t)(bytes < 0 ? bytes - 0.5 : bytes + 0.5);
}

static memory_line line_of(const memory_use *use)
{
    use_sum one = {0};
    add_use(&one, use);
    return (memory_line){rounded(one.at_zero_mib * BYTES_PER_MIB),
                         rounded(one.mib_per_hour * BYTES_PER_MIB)};
}

/* ---- Kills ---- */

static void kill_container(task *t, uint32_t c)
{
    if (t->service) t->service->oom_kills++;
    container_ends(t, c, EXIT_KILLED, END_OOM);
}

static void task_reached(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    task *t = task_of_subject(context, subject);
    CHECK(t);
    t->oom = EVENT_NONE;
    kill_container(t, t->oom_container);
}

static void host_reached(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    ecs *e = context;
    host *h = &e->hosts[subject];
    h->oom = EVENT_NONE;
    kill_container(h->oom_task, h->oom_container);
}

static void reschedule(engine *eng, event_handle *handle, sim_time due_us, engine_action *action,
                       uint64_t subject)
{
    engine_cancel(eng, handle);
    if (due_us != SIM_NEVER)
        *handle = engine_schedule(eng, due_us, PHASE_DURATION, action, subject);
}

/* Its container that uses most at that time; the first of several. */
static uint32_t largest_of(const task *t, sim_time at_us)
{
    uint32_t found = 0;
    for (uint32_t c = 1; c < task_definition(t)->container_count; c++)
        if (use_at(&t->containers[c].memory, at_us) >
            use_at(&t->containers[found].memory, at_us) + BYTE_MIB)
            found = c;
    return found;
}

/* Containers' own limits, then the task's. */
static void watch_task(task *t)
{
    const task_definition_config *d = task_definition(t);
    const sim_time now_us = engine_now(t->ecs->eng);
    sim_time due_us = SIM_NEVER;
    use_sum all = {0};
    for (uint32_t c = 0; c < d->container_count; c++) {
        use_sum one = {0};
        add_use(&one, &t->containers[c].memory);
        add_use(&all, &t->containers[c].memory);
        if (d->containers[c].memory_mib == 0) continue;
        sim_time at_us = reaches(&one, d->containers[c].memory_mib, now_us);
        if (at_us >= due_us) continue;
        due_us = at_us;
        t->oom_container = c;
    }
    if (d->memory_mib > 0) {
        sim_time at_us = reaches(&all, d->memory_mib, now_us);
        if (at_us < due_us) {
            due_us = at_us;
            t->oom_container = largest_of(t, at_us);
        }
    }
    reschedule(t->ecs->eng, &t->oom, due_us, task_reached, task_subject(t));
}

/* Only where a soft limit promises more than is reserved can the instance itself run out. */
static bool is_soft(const task *t, uint32_t c)
{
    const task_definition_config *d = task_definition(t);
    return d->memory_mib == 0 && d->containers[c].memory_reservation_mib > 0;
}

static void watch_host(ecs *e, uint32_t index)
{
    host *h = &e->hosts[index];
    if (h->soft_containers == 0) {
        engine_cancel(e->eng, &h->oom);
        return;
    }
    use_sum all = {0};
    for (const task *t = h->tasks; t; t = t->host_next)
        for (uint32_t c = 0; c < task_definition(t)->container_count; c++)
            add_use(&all, &t->containers[c].memory);
    const double limit = (double)cluster_instance(e->cluster, index)->memory_registered;
    sim_time due_us = reaches(&all, limit, engine_now(e->eng));
    double most = -1;
    for (task *t = h->tasks; t && due_us != SIM_NEVER; t = t->host_next) { /* newest first */
        uint32_t c = largest_of(t, due_us);
        double use = use_at(&t->containers[c].memory, due_us);
        if (use < most - BYTE_MIB) continue;
        most = use;
        h->oom_task = t;
        h->oom_container = c;
    }
    reschedule(e->eng, &h->oom, due_us, host_reached, index);
}

/* ---- Changes ---- */

static double requests_under_way(const task *t, uint32_t c)
{
    const double seconds = t->ecs->families[t->definition].request_seconds[c];
    double sum = 0;
    for (uint32_t i = 0; i < t->source_count; i++)
        if (t->targets[i].container == c)
            sum += load_balancing_under_way(t->ecs->lb, t->targets[i].target, seconds);
    return sum;
}

static bool process_runs(const task *t, uint32_t c)
{
    return t->containers[c].state == CONTAINER_RUNNING && !agent_host_is_dead(t->ecs, t->instance);
}

static memory_use use_now(const task *t, uint32_t c)
{
    const container_run *run = &t->containers[c];
    const memory_behavior *b = &task_definition(t)->containers[c].behavior.memory;
    if (!process_runs(t, c)) return (memory_use){0};
    memory_use use = {b->idle_mib, b->leak_mib_per_hour, run->started_us};
    if (b->mib_per_request > 0) use.base_mib += b->mib_per_request * requests_under_way(t, c);
    return use;
}

static bool same_use(const memory_use *a, const memory_use *b)
{
    return !(a->base_mib < b->base_mib || a->base_mib > b->base_mib) &&
           !(a->leak_mib_per_hour < b->leak_mib_per_hour ||
             a->leak_mib_per_hour > b->leak_mib_per_hour) &&
           a->since_us == b->since_us;
}

/* The task's line, and every sum that it is in. */
static void recount(task *t)
{
    ecs *e = t->ecs;
    memory_line line = {0};
    for (uint32_t c = 0; c < task_definition(t)->container_count; c++)
        memory_line_add(&line, line_of(&t->containers[c].memory), 1);
    if (memory_line_same(line, t->memory)) return;
    service_count(t, -1);
    if (!task_on_fargate(t)) { /* the cluster's is that of its instances */
        host *h = &e->hosts[t->instance];
        memory_line_add(&h->memory, t->memory, -1);
        memory_line_add(&e->memory, t->memory, -1);
        memory_line_add(&h->memory, line, 1);
        memory_line_add(&e->memory, line, 1);
        notify_changed(e->notifier, CHANGED_INSTANCE, t->instance);
    }
    t->memory = line;
    service_count(t, +1);
    task_bill_use_changed(t);
    notify_changed(e->notifier, CHANGED_CLUSTER, 0);
}

void task_memory_changed(task *t, uint32_t c)
{
    if (!task_definition(t)->containers[c].behavior.has_memory) return;
    container_run *run = &t->containers[c];
    const memory_use use = use_now(t, c);
    if (same_use(&use, &run->memory)) return;
    const bool runs = process_runs(t, c);
    if (is_soft(t, c) && runs != run->soft_counted) {
        t->ecs->hosts[t->instance].soft_containers += runs ? 1u : -1u;
        run->soft_counted = runs;
    }
    run->memory = use;
    recount(t);
    watch_task(t);
    if (!task_on_fargate(t)) watch_host(t->ecs, t->instance);
}

/* Does a task of the service use memory for requests? */
static bool follows_requests(const ecs *e, const service *s)
{
    for (const deployment *d = s->newest; d; d = d->older)
        if (e->families[d->definition].memory_follows_requests) return true;
    return false;
}

void task_memory_requests_changed(void *context, uint32_t index)
{
    ecs *e = context;
    service *s = &e->services[index];
    if (!follows_requests(e, s)) return;
    for (task *t = s->first; t; t = t->service_next)
        for (uint32_t c = 0; c < task_definition(t)->container_count; c++)
            if (task_definition(t)->containers[c].behavior.memory.mib_per_request > 0)
                task_memory_changed(t, c);
}

/* ---- Invariants ---- */

static void check_limit(const ecs *e, double use_mib, double limit_mib, event_handle oom)
{
    CHECK(use_mib <= limit_mib + 2 * BYTE_MIB || engine_due(e->eng, oom) <= engine_now(e->eng));
}

void task_memory_check(const task *t)
{
    const task_definition_config *d = task_definition(t);
    const sim_time now_us = engine_now(t->ecs->eng);
    memory_line line = {0};
    double all = 0;
    for (uint32_t c = 0; c < d->container_count; c++) {
        const container_run *run = &t->containers[c];
        const double use = use_at(&run->memory, now_us);
        memory_line_add(&line, line_of(&run->memory), 1);
        all += use;
        CHECK(use >= 0 && (use <= 0 || run->state == CONTAINER_RUNNING));
        if (d->containers[c].memory_mib > 0)
            check_limit(t->ecs, use, d->containers[c].memory_mib, t->oom);
    }
    CHECK(memory_line_same(line, t->memory));
    if (d->memory_mib > 0) check_limit(t->ecs, all, d->memory_mib, t->oom);
}

void host_memory_check(const ecs *e, uint32_t index)
{
    const host *h = &e->hosts[index];
    memory_line line = {0};
    uint32_t soft = 0;
    event_handle due = h->oom; /* of the host, or of a task that is above its own limits now */
    for (const task *t = h->tasks; t; t = t->host_next) {
        memory_line_add(&line, t->memory, 1);
        if (engine_due(e->eng, t->oom) <= engine_now(e->eng)) due = t->oom;
        for (uint32_t c = 0; c < task_definition(t)->container_count; c++)
            soft += t->containers[c].soft_counted;
    }
    CHECK(memory_line_same(line, h->memory) && soft == h->soft_containers);
    check_limit(e, memory_line_mib(line, engine_now(e->eng)),
                (double)cluster_instance(e->cluster, index)->memory_registered + soft * BYTE_MIB,
                due);
}
