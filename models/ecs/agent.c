#include "models/ecs/agent.h"
#include "models/ec2/auto_scaling_group.h"
#include "models/ecs/service.h"
#include "models/phase.h"
#include "sim/engine/check.h"

bool agent_is_away(const ecs *e, uint32_t index)
{
    return index != NO_INDEX && e->hosts[index].agent_away > 0;
}

static bool is_gone(const ecs *e, uint32_t index)
{
    return cluster_instance(e->cluster, index)->status == INSTANCE_INACTIVE;
}

static void set_disconnected(ecs *e, uint32_t index)
{
    if (!cluster_instance(e->cluster, index)->connected) return;
    cluster_set_connected(e->cluster, index, false);
    ecs_say_instance(e, index, EVENT_INSTANCE_DISCONNECTED, e->hosts[index].away_cause);
}

/* agentLossDetect after the last word: of an agent that is away, or of a host that is no more. */
static void silence_noticed(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    ecs *e = context;
    const uint32_t index = (uint32_t)subject;
    host *h = &e->hosts[index];
    h->silence = EVENT_NONE;
    if (is_gone(e, index)) return;
    set_disconnected(e, index);
    if (h->dead) ecs_terminate_instance(e, index, h->away_cause, false);
}

static void await_notice(ecs *e, uint32_t index)
{
    host *h = &e->hosts[index];
    engine_cancel(e->eng, &h->silence);
    h->silence = engine_schedule(e->eng, engine_now(e->eng) + e->cfg->control.agent_loss_detect_us,
                                 PHASE_DURATION, silence_noticed, index);
}

void agent_leave(ecs *e, uint32_t index, const char *cause)
{
    host *h = &e->hosts[index];
    CHECK(h->group && !is_gone(e, index));
    if (h->agent_away++ > 0) return;
    h->away_cause = cause;
    await_notice(e, index);
}

void agent_return(ecs *e, uint32_t index)
{
    host *h = &e->hosts[index];
    CHECK(h->agent_away > 0);
    if (--h->agent_away > 0 || is_gone(e, index)) return;
    engine_cancel(e->eng, &h->silence);
    const instance *i = cluster_instance(e->cluster, index);
    const bool was_known = !i->connected, active = i->status == INSTANCE_ACTIVE;
    if (was_known) {
        cluster_set_connected(e->cluster, index, true);
        ecs_say_instance(e, index, active ? EVENT_INSTANCE_ACTIVE : EVENT_INSTANCE_DRAINING,
                         "reconnected");
    }
    task *t = ecs_oldest_task(e, index);
    while (t) {
        task *newer = t->host_prev;
        task_agent_back(t);
        t = newer;
    }
    if (h->spot_noticed && i->group->spot_draining) ecs_set_draining(e, index, true, "spot");
    if (was_known && active) service_wake_waiting(e); /* E112 */
}

void agent_host_dies(ecs *e, uint32_t index, const char *cause)
{
    host *h = &e->hosts[index];
    if (!h->group || h->dead || is_gone(e, index)) return;
    h->dead = true;
    h->agent_away++; /* it will not be back */
    h->away_cause = cause;
    await_notice(e, index);
    for (task *t = ecs_oldest_task(e, index); t; t = t->host_prev)
        task_host_died(t);
    auto_scaling_host_died(e, index);
}
