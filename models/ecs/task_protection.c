#include "models/ecs/task_protection.h"
#include "models/ecs/service.h"
#include "models/ecs/task_parts.h"
#include "models/phase.h"
#include "sim/engine/check.h"

static void shield(task *t, bool shielded)
{
    if (t->shielded == shielded) return;
    service_count(t, -1);
    t->shielded = shielded;
    service_count(t, +1);
    rebalance_look_again(t->service);
    service_wake(t->service);
}

static void expired(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    task *t = task_of_subject(context, subject);
    CHECK(t);
    t->shield = EVENT_NONE;
    shield(t, false);
}

void task_protection_set(task *t, bool enabled, sim_time for_us)
{
    if (!t->service || t->stopping) return;
    engine *eng = t->ecs->eng;
    engine_cancel(eng, &t->shield);
    if (enabled)
        t->shield = engine_schedule(eng, engine_now(eng) + for_us, PHASE_DURATION, expired,
                                    task_subject(t));
    shield(t, enabled);
}
