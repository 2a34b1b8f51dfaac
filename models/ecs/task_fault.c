/* task_fault.c - what is done to tasks from outside: wrong answers, slowness, crashes, and the loss of
 * the host or of Spot capacity on Fargate.
 */
#include "models/ecs/agent.h"
#include "models/ecs/task_cpu.h"
#include "models/ecs/task_parts.h"
#include "models/phase.h"
#include "sim/engine/check.h"

void task_set_fault(task *t, target_answer answer, bool containers, uint64_t id)
{
    if (answer.kind == ANSWER_OK && t->fault_id != id)
        return; /* another fault has taken over since */
    t->fault = answer;
    t->fault_containers = containers;
    t->fault_id = id;
    for (uint32_t c = 0; c < task_definition(t)->container_count; c++) {
        container_answer_changed(t, c);
        container_probes_changed(t, c);
    }
}

static void set_slow_factor(task *t, double factor)
{
    t->slow_factor = factor;
    for (uint32_t i = 0; i < t->source_count; i++)
        load_balancing_set_slow(t->ecs->lb, t->targets[i].target, factor);
    for (uint32_t c = 0; c < task_definition(t)->container_count; c++)
        task_cpu_changed(t, c);
}

void task_slow_begin(task *t, double factor)
{
    set_slow_factor(t, t->slow_faults++ > 0 ? t->slow_factor * factor : factor);
}

void task_slow_end(task *t, double factor)
{
    CHECK(t->slow_faults > 0);
    set_slow_factor(t, --t->slow_faults > 0 ? t->slow_factor / factor : 0);
}

/* Its first essential container that runs; container_count: none. */
static uint32_t running_essential(const task *t)
{
    const task_definition_config *d = task_definition(t);
    uint32_t c = 0;
    while (c < d->container_count &&
           !(d->containers[c].essential && t->containers[c].state == CONTAINER_RUNNING))
        c++;
    return c;
}

bool task_may_crash(const task *t)
{
    return !agent_host_is_dead(t->ecs, t->instance) &&
           running_essential(t) < task_definition(t)->container_count;
}

void task_crash(task *t, int32_t exit_code)
{
    CHECK(task_may_crash(t));
    container_ends(t, running_essential(t), exit_code, END_EXIT);
}

static void fargate_host_found_dead(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    task *t = task_of_subject(context, subject);
    if (t) task_lose(t, CAUSE_INSTANCE_LOST, "The availability zone of the task has failed.");
}

void task_fargate_host_dies(task *t, uint64_t fault)
{
    CHECK(task_on_fargate(t));
    task_set_fault(t, (target_answer){.kind = ANSWER_HANG}, true, fault);
    engine_schedule(t->ecs->eng,
                    engine_now(t->ecs->eng) + t->ecs->cfg->control.agent_loss_detect_us,
                    PHASE_DURATION, fargate_host_found_dead, task_subject(t));
}

void task_interrupt_spot(task *t)
{
    CHECK(t->provider == PROVIDER_FARGATE_SPOT);
    task_stop(t, CAUSE_SPOT, "SpotInterruption", "Your Spot Task was interrupted.", STOP_AT_ONCE);
}
