/* task_parts.h - between the files of the life of a task; nobody else includes it. */
#ifndef BERTH_MODELS_ECS_TASK_PARTS_H
#define BERTH_MODELS_ECS_TASK_PARTS_H

#include "models/ecs/task.h"

/* The task's own stream for one purpose, and a span drawn from it; constants draw nothing. */
random_stream task_stream(const task *t, uint32_t container, task_draw draw);
sim_time task_draw_us(const task *t, const distribution *d, uint32_t container, task_draw draw);
/* How long a request to that container takes, and the share that the application itself fails. */
const distribution *container_request_seconds(const task_definition_config *d, uint32_t container);
double container_error_rate(const task_definition_config *d, uint32_t container);
/* This run has used an input of the config (NO_INDEX: not tracked). */
void task_use_input(const task *t, uint32_t input);

/* What the task's own events carry, and whose it is: NULL when the task has stopped. */
uint64_t task_subject(const task *t);
task *task_of_subject(ecs *e, uint64_t subject);

/* Each container starts pulling its image; then as containers_advance. */
void containers_begin(task *t);
/* They run since before t = 0, or have ended with this exit code (NULL: they run); images are there. */
void containers_adopt(task *t, int32_t *const *exit_codes);
/* Starts every container that may start; the task runs once each has started. May end the task. */
void containers_advance(task *t);
/* The process is gone for good. */
void container_gone(task *t, uint32_t container, int64_t exit_code);
/* It ends without having been told to: it is restarted in place (E43), or gone, which may end the
 * task (E29, E105). */
void container_ends(task *t, uint32_t container, int64_t exit_code, container_end how);
/* SIGTERM to every running container on which no running one depends; the others follow as those
 * exit (E30). Calls task_exited when none runs any more. */
void containers_stop(task *t);
/* Invariants of one container (task_check). */
void container_check(const task *t, uint32_t container);
/* How it answers on this target. */
target_answer container_answer(const task *t, const task_target *target);
/* It answers differently from now on: targets, and its own health check. */
void container_answer_changed(task *t, uint32_t container);
void container_probes_changed(task *t, uint32_t container);
/* Its health as it is now becomes known, unless the agent is away (E36). */
void container_tell_health(task *t, uint32_t container);

/* On Fargate the image pull begins; it is STOPPED: what full seconds and the first minute add falls
 * due then. The second does nothing to a task that is not billed. */
void task_begin_billing(task *t);
void task_end_billing(task *t);
/* It uses another amount of CPU or memory: what it leaves idle of its bill is worked out again. O(1). */
void task_bill_use_changed(task *t);

void task_enter_running(task *t);
void task_enter_stopping(task *t);
/* Every container has exited. */
void task_exited(task *t);
/* desiredStatus becomes STOPPED without an order; told once its agent is heard. */
void task_end_by_itself(task *t, stop_cause cause, const char *stop_code, const char *reason);
/* Has an essential container a health check of its own? */
bool task_has_checks(const task *t);
/* It becomes a target of its service's target groups; healthy: since before t = 0. */
void task_register_targets(task *t, bool healthy);
/* A service's task is RUNNING now: its targets, its grace period, what settles it, its first verdict. */
void task_begin_health(task *t);
/* Invariant: its verdict is that of its parts (task_check). */
void task_health_check(const task *t);
/* Its verdict is looked at again; cause: what may have changed it. */
void task_look_at_health(task *t, const char *cause);

#endif
