/* container.c - a task's containers: pull, wait for what they depend on, start, answer, end, start
 * again (E28-E36, E43).
 *
 * A container's events carry its task's slot: they are cancelled before the slot is freed.
 */
#include "models/ecs/agent.h"
#include "models/ecs/service.h"
#include "models/ecs/task_cpu.h"
#include "models/ecs/task_memory.h"
#include "models/ecs/task_parts.h"
#include "models/phase.h"
#include "sim/engine/check.h"

static sim_time now_of(const task *t)
{
    return engine_now(t->ecs->eng);
}

/* Containers' events carry the slot and the container instead: they are cancelled before the slot
 * is freed. */
static uint64_t container_subject(const task *t, uint32_t container)
{
    return (uint64_t)container << 32 | t->handle.index;
}

static task *container_task(ecs *e, uint64_t subject, uint32_t *container)
{
    *container = (uint32_t)(subject >> 32);
    return pool_at(e->tasks, (uint32_t)subject);
}

static void pulled(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    uint32_t c;
    task *t = container_task(context, subject, &c);
    t->containers[c].step = EVENT_NONE;
    t->containers[c].state = CONTAINER_WAITING;
    containers_advance(t);
}

void containers_begin(task *t)
{
    ecs *e = t->ecs;
    const task_definition_config *d = task_definition(t);
    host *h = task_on_fargate(t) ? NULL : &e->hosts[t->instance]; /* it has no image before */
    sim_time now = now_of(t);
    for (uint32_t c = 0; c < d->container_count; c++) {
        const container_behavior *b = &d->containers[c].behavior;
        name_id image = e->families[t->definition].images[c];
        bool cached = h && host_has_image(h, image);
        task_use_input(t, cached ? b->image_pull_cached_input : b->image_pull_input);
        sim_time first = cached ? 0 : task_draw_us(t, &b->image_pull, c, DRAW_IMAGE_PULL);
        sim_time again =
            cached ? task_draw_us(t, &b->image_pull_cached, c, DRAW_IMAGE_PULL_CACHED) : 0;
        sim_time there = h ? host_pull(h, image, now, first, again) : now + first;
        container_run *run = &t->containers[c];
        if (there > now)
            run->step =
                engine_schedule(e->eng, there, PHASE_DURATION, pulled, container_subject(t, c));
        else
            run->state = CONTAINER_WAITING;
    }
    containers_advance(t);
}

/* E30: has what it waits for come about? */
static bool dependency_met(const task *t, const container_dependency *dependency)
{
    const container_run *on = &t->containers[dependency->container];
    switch (dependency->condition) {
    case DEPENDS_START:
        return on->state >= CONTAINER_RUNNING;
    case DEPENDS_COMPLETE:
        return on->state == CONTAINER_EXITED;
    case DEPENDS_SUCCESS:
        return on->state == CONTAINER_EXITED && on->exit_code == 0;
    case DEPENDS_HEALTHY:
        return on->state >= CONTAINER_RUNNING && on->health.status == HEALTH_HEALTHY;
    }
    check_failed("CHECK", "a known condition", __FILE__, __LINE__);
}

/* It has ended, and not as SUCCESS or HEALTHY ask. */
static bool dependency_lost(const task *t, const container_dependency *dependency)
{
    return t->containers[dependency->container].state == CONTAINER_EXITED &&
           !dependency_met(t, dependency);
}

static bool all_dependencies(const task *t, uint32_t c,
                             bool (*holds)(const task *, const container_dependency *), bool any)
{
    const container_definition *cd = &task_definition(t)->containers[c];
    for (uint32_t i = 0; i < cd->dependency_count; i++)
        if (holds(t, &cd->dependencies[i]) == any) return any;
    return !any;
}

static bool dependencies_met(const task *t, uint32_t c)
{
    return all_dependencies(t, c, dependency_met, false);
}

/* A container that can never start: the task has failed to (CHOICE; AWS gives no time). */
static bool waits_in_vain(const task *t)
{
    for (uint32_t c = 0; c < task_definition(t)->container_count; c++)
        if (t->containers[c].state == CONTAINER_WAITING &&
            all_dependencies(t, c, dependency_lost, true))
            return true;
    return false;
}

/* How the container answers its own health check. */
static probe_outcome probe_outcome_of(const task *t, const container_run *run)
{
    if (!run->ready) return PROBE_FAILS;
    if (t->deaf) return PROBE_HANGS;
    if (!t->fault_containers || t->fault.kind == ANSWER_OK) return PROBE_PASSES;
    return t->fault.kind == ANSWER_HANG ? PROBE_HANGS : PROBE_FAILS;
}

void container_tell_health(task *t, uint32_t c)
{
    container_run *run = &t->containers[c];
    if (!agent_is_away(t->ecs, t->instance)) run->told_health = run->health.status;
}

static void probe_landed(engine *eng, void *context, uint64_t subject);

static void schedule_probe(task *t, uint32_t c)
{
    container_run *run = &t->containers[c];
    engine *eng = t->ecs->eng;
    engine_cancel(eng, &run->probe);
    health_status to;
    sim_time due =
        container_health_due(&run->health, &task_definition(t)->containers[c].health_check, &to);
    if (due != SIM_NEVER)
        run->probe = engine_schedule(eng, due, PHASE_PROBE, probe_landed, container_subject(t, c));
}

static void probe_landed(engine *eng, void *context, uint64_t subject)
{
    uint32_t c;
    task *t = container_task(context, subject, &c);
    container_run *run = &t->containers[c];
    run->probe = EVENT_NONE;
    container_health_land(&run->health, &task_definition(t)->containers[c].health_check,
                          engine_now(eng));
    schedule_probe(t, c);
    container_tell_health(t, c);
    if (t->state == TASK_ACTIVATING) containers_advance(t); /* somebody may depend on HEALTHY */
    if (!t->stopping) task_look_at_health(t, "containerHealthCheck");
}

/* How the task answers on this target. */
target_answer container_answer(const task *t, const task_target *target)
{
    const container_run *run = &t->containers[target->container];
    if (agent_host_is_dead(t->ecs, t->instance)) return (target_answer){.kind = ANSWER_HANG};
    if (run->state != CONTAINER_RUNNING || !run->ready)
        return (target_answer){.kind = ANSWER_REFUSE};
    return t->fault;
}

void container_answer_changed(task *t, uint32_t container)
{
    for (uint32_t i = 0; i < t->source_count; i++)
        if (t->targets[i].container == container)
            load_balancing_set_answer(t->ecs->lb, t->targets[i].target,
                                      container_answer(t, &t->targets[i]));
}

void container_probes_changed(task *t, uint32_t c)
{
    container_run *run = &t->containers[c];
    const container_definition *cd = &task_definition(t)->containers[c];
    if (!cd->has_health_check || run->state != CONTAINER_RUNNING || t->stopping) return;
    if (agent_host_is_dead(t->ecs, t->instance)) return;
    engine *eng = t->ecs->eng;
    container_health_change(&run->health, &cd->health_check, engine_now(eng),
                            engine_phase_reached(eng) > PHASE_PROBE, probe_outcome_of(t, run));
    schedule_probe(t, c);
}

static void became_ready(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    uint32_t c;
    task *t = container_task(context, subject, &c);
    t->containers[c].step = EVENT_NONE;
    t->containers[c].ready = true;
    task_cpu_changed(t, c);
    container_answer_changed(t, c);
    container_probes_changed(t, c);
}

static void say_container(const task *t, uint32_t c, event_kind kind, int64_t exit_code,
                          container_end how)
{
    const task_family *f = &t->ecs->families[t->definition];
    model_event ev = {
        .kind = kind,
        .cell = {t->cell, f->container_names[c], (uint64_t)exit_code, f->end_names[how]}};
    notify_event(t->ecs->notifier, &ev);
}

/* The process ends: nothing answers, nothing else of it is to come. */
static void process_ends(task *t, uint32_t c, int64_t exit_code)
{
    container_run *run = &t->containers[c];
    engine *eng = t->ecs->eng;
    run->state = CONTAINER_EXITED;
    run->ready = false;
    run->exit_code = exit_code;
    engine_cancel(eng, &run->step);
    engine_cancel(eng, &run->exit);
    engine_cancel(eng, &run->probe);
    for (uint32_t i = 0; i < t->source_count; i++)
        if (t->targets[i].container == c) load_balancing_exit(t->ecs->lb, t->targets[i].target);
    task_memory_changed(t, c);
    task_cpu_changed(t, c);
}

void container_gone(task *t, uint32_t c, int64_t exit_code)
{
    process_ends(t, c, exit_code);
    if (task_definition(t)->containers[c].essential && t->exit_code == EXIT_CODE_NONE)
        t->exit_code = exit_code;
}

/* ---- Ends that nobody ordered (E29, E43, E105) ---- */

/* E43: it ran for restartAttemptPeriod, and not with one of the ignored codes. */
static bool may_restart(const task *t, uint32_t c, int64_t exit_code)
{
    const container_definition *cd = &task_definition(t)->containers[c];
    const container_restart_policy *p = &cd->restart_policy;
    if (!cd->has_restart_policy || t->stopping) return false;
    if (now_of(t) - t->containers[c].started_us < p->attempt_period_us) return false;
    for (uint32_t i = 0; i < p->ignored_code_count; i++)
        if (p->ignored_codes[i] == exit_code) return false;
    return true;
}

static void begin_activation(task *t, uint32_t c);

/* In place: same host, ports and targets; activation and start-up take their time again, also while
 * its task drains: the host hears of a stop with SIGTERM. */
static void restart(task *t, uint32_t c, int64_t exit_code, container_end how)
{
    container_run *run = &t->containers[c];
    process_ends(t, c, exit_code);
    run->end = how;
    run->restarts++;
    run->health = (container_health){.status = HEALTH_UNKNOWN};
    container_tell_health(t, c);
    task_look_at_health(t, "containerHealthCheck");
    begin_activation(t, c);
    if (t->state == TASK_ACTIVATING) containers_advance(t);
}

/* The task stops because this essential container has ended (E29). */
static void end_task(task *t, int64_t exit_code, container_end how)
{
    static const char *const reasons[END_COUNT] = {
        [END_START_FAILED] = "CannotStartContainerError",
        [END_OOM] = "OutOfMemoryError: Container killed due to memory usage", /* E25 */
    };
    const char *exited = "Essential container in task exited";
    stop_cause cause = exit_code == 0 && how == END_EXIT ? CAUSE_FINISHED : CAUSE_CRASH;
    if (t->started)
        task_end_by_itself(t, cause, "EssentialContainerExited", exited);
    else
        task_end_by_itself(t, cause, "TaskFailedToStart", reasons[how] ? reasons[how] : exited);
}

void container_ends(task *t, uint32_t c, int64_t exit_code, container_end how)
{
    const bool essential = task_definition(t)->containers[c].essential;
    if (t->stopping) {
        container_gone(t, c, exit_code);
        if (t->state == TASK_STOPPING) {
            containers_stop(t);
        } else if (essential && !agent_is_away(t->ecs, t->instance)) { /* nobody to drain for */
            engine_cancel(t->ecs->eng, &t->wait);
            task_enter_stopping(t);
        }
        return;
    }
    const bool again = may_restart(t, c, exit_code);
    if (!again) container_gone(t, c, exit_code);
    say_container(t, c, EVENT_CONTAINER_STOPPED, exit_code, how);
    if (again)
        restart(t, c, exit_code, how);
    else if (essential)
        end_task(t, exit_code, how);
    else if (t->state == TASK_ACTIVATING)
        containers_advance(t);
}

/* ---- Stopping (E30, E32) ---- */

/* Does a container that runs still depend on it? */
static bool is_needed(const task *t, uint32_t c)
{
    const task_definition_config *d = task_definition(t);
    for (uint32_t k = 0; k < d->container_count; k++) {
        if (t->containers[k].state != CONTAINER_RUNNING) continue;
        for (uint32_t i = 0; i < d->containers[k].dependency_count; i++)
            if (d->containers[k].dependencies[i].container == c) return true;
    }
    return false;
}

static void exited(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    uint32_t c;
    task *t = container_task(context, subject, &c);
    t->containers[c].exit = EVENT_NONE;
    container_gone(t, c, t->containers[c].exit_code);
    containers_stop(t);
}

/* SIGTERM; SIGKILL after stopTimeout (E32, L91). */
static void tell(task *t, uint32_t c)
{
    const container_definition *cd = &task_definition(t)->containers[c];
    container_run *run = &t->containers[c];
    engine *eng = t->ecs->eng;
    run->told = true;
    engine_cancel(eng, &run->exit);
    task_use_input(t, cd->behavior.shutdown_input);
    sim_time span = task_draw_us(t, &cd->behavior.shutdown, c, DRAW_SHUTDOWN);
    sim_time limit =
        task_on_fargate(t) ? cd->fargate_stop_timeout_us : cd->stop_timeout_us; /* E32 */
    if (task_on_fargate(t) && t->cause == CAUSE_SPOT && limit > t->ecs->cfg->control.spot_notice_us)
        limit = t->ecs->cfg->control.spot_notice_us; /* E177 */
    const bool killed = span > limit;
    if (killed) span = limit;
    run->exit_code = killed ? 137 : 0;
    if (span > 0)
        run->exit =
            engine_schedule(eng, now_of(t) + span, PHASE_DURATION, exited, container_subject(t, c));
    else
        container_gone(t, c, run->exit_code);
}

void containers_stop(task *t)
{
    const uint32_t count = task_definition(t)->container_count;
    bool moved = true, running = true;
    while (moved) { /* who exits at once lets others follow */
        moved = running = false;
        for (uint32_t c = 0; c < count; c++) {
            container_run *run = &t->containers[c];
            if (run->state < CONTAINER_RUNNING)
                engine_cancel(t->ecs->eng, &run->step); /* it never starts */
            if (run->state != CONTAINER_RUNNING) continue;
            if (!run->told && !is_needed(t, c)) {
                tell(t, c);
                moved = true;
            }
            running |= run->state == CONTAINER_RUNNING;
        }
    }
    if (!running) task_exited(t);
}

void container_check(const task *t, uint32_t c)
{
    const container_run *run = &t->containers[c];
    CHECK(!run->ready || run->state == CONTAINER_RUNNING);
    CHECK(!run->told || t->state >= TASK_STOPPING);
    if (run->told && run->state == CONTAINER_RUNNING) CHECK(!is_needed(t, c)); /* E30 */
    CHECK(run->restarts == 0 || task_definition(t)->containers[c].has_restart_policy);
}

/* ---- Running ---- */

static void run_time_over(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    uint32_t c;
    task *t = container_task(context, subject, &c);
    t->containers[c].exit = EVENT_NONE;
    container_ends(t, c, 0, END_EXIT);
}

static void crashed(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    uint32_t c;
    task *t = container_task(context, subject, &c);
    t->containers[c].exit = EVENT_NONE;
    container_ends(t, c, task_definition(t)->containers[c].behavior.exit_code, END_EXIT);
}

/* Its own end, whichever comes first. */
static void schedule_exit(task *t, uint32_t c)
{
    const container_behavior *b = &task_definition(t)->containers[c].behavior;
    bool main = c == t->ecs->families[t->definition].main_container;
    sim_time ends = main && t->run_time_us != SIM_NEVER ? t->run_time_us
                    : b->has_run_time ? task_draw_us(t, &b->run_time, c, DRAW_RUN_TIME)
                                      : SIM_NEVER;
    sim_time crash = b->has_time_to_crash
                         ? task_draw_us(t, &b->time_to_crash, c, DRAW_TIME_TO_CRASH)
                         : SIM_NEVER;
    if (ends == SIM_NEVER && crash == SIM_NEVER) return;
    bool by_crash = crash < ends;
    t->containers[c].exit =
        engine_schedule(t->ecs->eng, now_of(t) + (by_crash ? crash : ends), PHASE_DURATION,
                        by_crash ? crashed : run_time_over, container_subject(t, c));
}

/* Activation is over: the process starts, or fails to. */
static void container_started(task *t, uint32_t c)
{
    const container_definition *cd = &task_definition(t)->containers[c];
    const container_behavior *b = &cd->behavior;
    container_run *run = &t->containers[c];
    run->state = CONTAINER_RUNNING;
    run->started_us = now_of(t);
    if (run->restarts > 0) say_container(t, c, EVENT_CONTAINER_RESTARTED, run->exit_code, run->end);
    if (b->start_failure_probability > 0) {
        random_stream s = task_stream(t, c, DRAW_START_FAILURE);
        if (random_uniform(&s) < b->start_failure_probability) {
            container_ends(t, c, b->exit_code, END_START_FAILED);
            return;
        }
    }
    task_use_input(t, b->startup_input);
    sim_time startup = task_draw_us(t, &b->startup, c, DRAW_STARTUP);
    run->ready = startup == 0;
    if (startup > 0)
        run->step = engine_schedule(t->ecs->eng, run->started_us + startup, PHASE_DURATION,
                                    became_ready, container_subject(t, c));
    if (cd->has_health_check) {
        container_health_start(&run->health, run->started_us, probe_outcome_of(t, run));
        schedule_probe(t, c);
    }
    schedule_exit(t, c);
    task_memory_changed(t, c);
    task_cpu_changed(t, c);
    if (run->ready) container_answer_changed(t, c); /* one that was restarted has targets */
}

static void activated(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    uint32_t c;
    task *t = container_task(context, subject, &c);
    t->containers[c].step = EVENT_NONE;
    container_started(t, c);
    if (t->state == TASK_ACTIVATING) containers_advance(t);
}

static void begin_activation(task *t, uint32_t c)
{
    container_run *run = &t->containers[c];
    const container_behavior *b = &task_definition(t)->containers[c].behavior;
    run->state = CONTAINER_STARTING;
    task_use_input(t, b->activation_input);
    sim_time activation = task_draw_us(t, &b->activation, c, DRAW_ACTIVATION);
    if (activation > 0)
        run->step = engine_schedule(t->ecs->eng, now_of(t) + activation, PHASE_DURATION, activated,
                                    container_subject(t, c));
    else
        container_started(t, c);
}

void containers_adopt(task *t, int32_t *const *exit_codes)
{
    const task_definition_config *d = task_definition(t);
    for (uint32_t c = 0; c < d->container_count; c++) {
        container_run *run = &t->containers[c];
        if (!task_on_fargate(t))
            host_pull(&t->ecs->hosts[t->instance], t->ecs->families[t->definition].images[c],
                      now_of(t), 0, 0);
        run->started_us = now_of(t);
        if (exit_codes && exit_codes[c]) {
            run->state = CONTAINER_EXITED;
            run->exit_code = *exit_codes[c];
            continue;
        }
        run->state = CONTAINER_RUNNING;
        run->ready = true;
        if (d->containers[c].has_health_check) {
            container_health_adopt(&run->health, run->started_us);
            run->told_health = run->health.status;
        }
        schedule_exit(t, c);
        task_memory_changed(t, c);
        task_cpu_changed(t, c);
    }
}

/* E31: when a dependency that runs has not met its condition in time; SIM_NEVER: no such limit. */
static sim_time dependency_due(const task *t, const container_dependency *dependency)
{
    const container_run *run = &t->containers[dependency->container];
    sim_time limit = task_definition(t)->containers[dependency->container].start_timeout_us;
    if (limit == SIM_NEVER || run->state < CONTAINER_RUNNING || dependency_met(t, dependency))
        return SIM_NEVER;
    return run->started_us + limit;
}

static bool dependency_late(const task *t, const container_dependency *dependency)
{
    return dependency_due(t, dependency) <= now_of(t);
}

/* The task cannot start: whoever waits for what `lost` says will never run. */
static void give_up_starting(task *t, bool (*lost)(const task *, const container_dependency *),
                             container_end how, const char *reason)
{
    for (uint32_t c = 0; c < task_definition(t)->container_count; c++)
        if (t->containers[c].state == CONTAINER_WAITING && all_dependencies(t, c, lost, true))
            say_container(t, c, EVENT_CONTAINER_STOPPED, EXIT_CODE_NONE, how);
    task_end_by_itself(t, CAUSE_CRASH, "TaskFailedToStart", reason);
}

static void start_timed_out(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    task *t = task_of_subject(context, subject);
    CHECK(t);
    t->wait = EVENT_NONE;
    give_up_starting(t, dependency_late, END_TIMEOUT, "ContainerRuntimeTimeoutError");
}

/* E31: the earliest instant at which a dependency has not met its condition in time. */
static void watch_start_timeouts(task *t)
{
    const task_definition_config *d = task_definition(t);
    engine *eng = t->ecs->eng;
    sim_time due = SIM_NEVER;
    for (uint32_t c = 0; c < d->container_count; c++) {
        if (t->containers[c].state != CONTAINER_WAITING) continue;
        for (uint32_t i = 0; i < d->containers[c].dependency_count; i++) {
            sim_time one = dependency_due(t, &d->containers[c].dependencies[i]);
            due = one < due ? one : due;
        }
    }
    engine_cancel(eng, &t->wait);
    if (due != SIM_NEVER)
        t->wait = engine_schedule(eng, due < engine_now(eng) ? engine_now(eng) : due,
                                  PHASE_DURATION, start_timed_out, task_subject(t));
}

/* Starts every container that may start; the task runs once each has started. */
void containers_advance(task *t)
{
    const task_definition_config *d = task_definition(t);
    bool moved = true;
    if (t->untold) return;
    while (moved && t->state == TASK_ACTIVATING) {
        moved = false;
        for (uint32_t c = 0; c < d->container_count && t->state == TASK_ACTIVATING; c++) {
            container_run *run = &t->containers[c];
            if (run->state != CONTAINER_WAITING || !dependencies_met(t, c)) continue;
            moved = true;
            begin_activation(t, c);
        }
    }
    if (t->state != TASK_ACTIVATING) return;
    if (waits_in_vain(t)) {
        give_up_starting(t, dependency_lost, END_DEPENDENCY,
                         "A container that another depends on has ended");
        return;
    }
    watch_start_timeouts(t);
    for (uint32_t c = 0; c < d->container_count; c++)
        if (t->containers[c].state < CONTAINER_RUNNING) return;
    if (!agent_is_away(t->ecs, t->instance)) task_enter_running(t);
}
