/* container.c - a task's containers: pull, wait for what they depend on, start, answer, end (E28-E36).
 *
 * A container's events carry its task's slot: they are cancelled before the slot is freed.
 */
#include "models/ecs/service.h"
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
    host *h = &e->hosts[t->instance];
    sim_time now = now_of(t);
    for (uint32_t c = 0; c < d->container_count; c++) {
        const container_behavior *b = &d->containers[c].behavior;
        name_id image = e->families[t->definition].images[c];
        bool cached = host_has_image(h, image);
        task_use_input(t, cached ? b->image_pull_cached_input : b->image_pull_input);
        sim_time first = cached ? 0 : task_draw_us(t, &b->image_pull, c, DRAW_IMAGE_PULL);
        sim_time again =
            cached ? task_draw_us(t, &b->image_pull_cached, c, DRAW_IMAGE_PULL_CACHED) : 0;
        sim_time there = host_pull(h, image, now, first, again);
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
    if (!t->fault_containers || t->fault.kind == ANSWER_OK) return PROBE_PASSES;
    return t->fault.kind == ANSWER_HANG ? PROBE_HANGS : PROBE_FAILS;
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
    if (t->state == TASK_ACTIVATING) containers_advance(t); /* somebody may depend on HEALTHY */
    if (!t->stopping) task_look_at_health(t, "containerHealthCheck");
}

/* How the task answers on this target. */
target_answer container_answer(const task *t, const task_target *target)
{
    const container_run *run = &t->containers[target->container];
    if (run->state != CONTAINER_RUNNING || !run->ready)
        return (target_answer){.kind = ANSWER_REFUSE};
    return t->fault;
}

void container_answer_changed(task *t, uint32_t container)
{
    for (uint32_t i = 0; i < t->target_count; i++)
        if (t->targets[i].container == container)
            load_balancing_set_answer(t->ecs->lb, t->targets[i].target,
                                      container_answer(t, &t->targets[i]));
}

void container_probes_changed(task *t, uint32_t c)
{
    container_run *run = &t->containers[c];
    const container_definition *cd = &task_definition(t)->containers[c];
    if (!cd->has_health_check || run->state != CONTAINER_RUNNING || t->stopping) return;
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
    container_answer_changed(t, c);
    container_probes_changed(t, c);
}

static void say_container_stopped(task *t, uint32_t c)
{
    model_event ev = {.kind = EVENT_CONTAINER_STOPPED,
                      .cell = {t->cell, t->ecs->families[t->definition].container_names[c],
                               (uint64_t)t->containers[c].exit_code,
                               names_intern(t->ecs->names, "exit")}};
    notify_event(t->ecs->notifier, &ev);
}

/* The container's process is gone for good. */
void container_gone(task *t, uint32_t c, int64_t exit_code)
{
    container_run *run = &t->containers[c];
    engine *eng = t->ecs->eng;
    run->state = CONTAINER_EXITED;
    run->ready = false;
    run->exit_code = exit_code;
    engine_cancel(eng, &run->step);
    engine_cancel(eng, &run->exit);
    engine_cancel(eng, &run->probe);
    if (task_definition(t)->containers[c].essential && t->exit_code == EXIT_CODE_NONE)
        t->exit_code = exit_code;
    for (uint32_t i = 0; i < t->target_count; i++)
        if (t->targets[i].container == c) load_balancing_exit(t->ecs->lb, t->targets[i].target);
}

/* The container ends by itself (E29, E105). */
void container_ends(task *t, uint32_t c, int64_t exit_code, bool failed_to_start)
{
    container_gone(t, c, exit_code);
    bool essential = task_definition(t)->containers[c].essential;
    if (t->stopping) {
        if (essential && t->state == TASK_DEACTIVATING) { /* nobody left to drain for */
            engine_cancel(t->ecs->eng, &t->wait);
            task_enter_stopping(t);
        }
        return;
    }
    say_container_stopped(t, c);
    if (!essential) {
        if (t->state == TASK_ACTIVATING) containers_advance(t);
        return;
    }
    t->by_itself = true;
    bool finished = exit_code == 0 && !failed_to_start;
    if (t->started)
        task_stop(t, finished ? CAUSE_FINISHED : CAUSE_CRASH, "EssentialContainerExited",
                  "Essential container in task exited", STOP_AT_ONCE);
    else
        task_stop(t, finished ? CAUSE_FINISHED : CAUSE_CRASH, "TaskFailedToStart",
                  failed_to_start ? "CannotStartContainerError"
                                  : "Essential container in task exited",
                  STOP_AT_ONCE);
}

static void run_time_over(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    uint32_t c;
    task *t = container_task(context, subject, &c);
    t->containers[c].exit = EVENT_NONE;
    container_ends(t, c, 0, false);
}

static void crashed(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    uint32_t c;
    task *t = container_task(context, subject, &c);
    t->containers[c].exit = EVENT_NONE;
    container_ends(t, c, task_definition(t)->containers[c].behavior.exit_code, false);
}

/* Its own end, whichever comes first. */
static void schedule_exit(task *t, uint32_t c)
{
    const container_behavior *b = &task_definition(t)->containers[c].behavior;
    sim_time ends = b->has_run_time ? task_draw_us(t, &b->run_time, c, DRAW_RUN_TIME) : SIM_NEVER;
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
    if (b->start_failure_probability > 0) {
        random_stream s = task_stream(t, c, DRAW_START_FAILURE);
        if (random_uniform(&s) < b->start_failure_probability) {
            container_ends(t, c, b->exit_code, true);
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

static void start_timed_out(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    task *t = task_of_subject(context, subject);
    CHECK(t);
    t->wait = EVENT_NONE;
    t->by_itself = true;
    task_stop(t, CAUSE_CRASH, "TaskFailedToStart", "ContainerRuntimeTimeoutError", STOP_AT_ONCE);
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
            const container_dependency *dependency = &d->containers[c].dependencies[i];
            const container_run *run = &t->containers[dependency->container];
            sim_time limit = d->containers[dependency->container].start_timeout_us;
            if (limit != SIM_NEVER && run->state >= CONTAINER_RUNNING &&
                !dependency_met(t, dependency) && run->started_us + limit < due)
                due = run->started_us + limit;
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
    while (moved && t->state == TASK_ACTIVATING) {
        moved = false;
        for (uint32_t c = 0; c < d->container_count && t->state == TASK_ACTIVATING; c++) {
            container_run *run = &t->containers[c];
            if (run->state != CONTAINER_WAITING || !dependencies_met(t, c)) continue;
            moved = true;
            run->state = CONTAINER_STARTING;
            const container_behavior *b = &d->containers[c].behavior;
            task_use_input(t, b->activation_input);
            sim_time activation = task_draw_us(t, &b->activation, c, DRAW_ACTIVATION);
            if (activation > 0)
                run->step = engine_schedule(t->ecs->eng, now_of(t) + activation, PHASE_DURATION,
                                            activated, container_subject(t, c));
            else
                container_started(t, c);
        }
    }
    if (t->state != TASK_ACTIVATING) return;
    if (waits_in_vain(t)) {
        t->by_itself = true;
        task_stop(t, CAUSE_CRASH, "TaskFailedToStart",
                  "A container that another depends on has ended", STOP_AT_ONCE);
        return;
    }
    watch_start_timeouts(t);
    for (uint32_t c = 0; c < d->container_count; c++)
        if (t->containers[c].state < CONTAINER_RUNNING) return;
    task_enter_running(t);
}
