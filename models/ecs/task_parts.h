/* task_parts.h - between task.c, container.c and task_family.c; nobody else includes it. */
#ifndef BERTH_MODELS_ECS_TASK_PARTS_H
#define BERTH_MODELS_ECS_TASK_PARTS_H

#include "models/ecs/task.h"

/* The task's own stream for one purpose, and a span drawn from it; constants draw nothing. */
random_stream task_stream(const task *t, uint32_t container, task_draw draw);
sim_time task_draw_us(const task *t, const distribution *d, uint32_t container, task_draw draw);
/* This run has used an input of the config (NO_INDEX: not tracked). */
void task_use_input(const task *t, uint32_t input);

/* What the task's own events carry, and whose it is: NULL when the task has stopped. */
uint64_t task_subject(const task *t);
task *task_of_subject(ecs *e, uint64_t subject);

/* Each container starts pulling its image; then as containers_advance. */
void containers_begin(task *t);
/* Starts every container that may start; the task runs once each has started. May end the task. */
void containers_advance(task *t);
/* The process is gone for good. */
void container_gone(task *t, uint32_t container, int64_t exit_code);
/* It ends by itself (E29, E105), or fails to start. May end the task. */
void container_ends(task *t, uint32_t container, int64_t exit_code, bool failed_to_start);
/* How it answers on this target. */
target_answer container_answer(const task *t, const task_target *target);
/* It answers differently from now on: targets, and its own health check. */
void container_answer_changed(task *t, uint32_t container);
void container_probes_changed(task *t, uint32_t container);

void task_enter_running(task *t);
void task_enter_stopping(task *t);
/* Its verdict is looked at again; cause: what may have changed it. */
void task_look_at_health(task *t, const char *cause);

#endif
