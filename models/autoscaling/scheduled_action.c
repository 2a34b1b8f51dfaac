#include "models/autoscaling/scheduled_action.h"
#include "models/autoscaling/schedule.h"
#include "models/ec2/auto_scaling_group.h"
#include "models/phase.h"
#include "sim/engine/check.h"

static void due(engine *eng, void *context, uint64_t subject);

/* The first time after `after` at which it is due; a start time counts as one (A71). */
static void plan(ecs *e, uint32_t index, int64_t after_unix_us)
{
    const scheduled_action_config *c = &e->cfg->scheduled_actions[index];
    schedule s;
    bool (*parse)(const char *, schedule *, sim_error *) =
        c->auto_scaling_group ? schedule_parse_unix_cron : schedule_parse; /* A72 */
    CHECK(!c->schedule || parse(c->schedule, &s, NULL)); /* the reader has checked it */
    bool started = c->start_unix_us == INT64_MIN || after_unix_us >= c->start_unix_us;
    int64_t origin = c->start_unix_us == INT64_MIN ? e->cfg->start_unix_us : c->start_unix_us;
    if (started && !c->schedule) return; /* once, at its start time */
    const time_zone *zone = c->time_zone > 0 ? &e->cfg->time_zones[c->time_zone - 1] : NULL;
    int64_t next = started ? schedule_next(&s, zone, origin, after_unix_us) : c->start_unix_us;
    if (next > c->end_unix_us || next - e->cfg->start_unix_us > e->cfg->duration_us) return;
    engine_schedule(e->eng, next - e->cfg->start_unix_us, PHASE_SCHEDULED, due, index);
}

/* All that are due at this instant, in file order. */
static void act_all(engine *eng, void *context, uint64_t subject)
{
    (void)subject;
    ecs *e = context;
    due_list *list = scaling_scheduled_due(e->scaling);
    uint32_t count = due_list_take(list);
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t index = list->index[i];
        if (e->cfg->scheduled_actions[index].auto_scaling_group)
            auto_scaling_set_sizes(e, index);
        else
            scaling_set_bounds(e->scaling, index);
    }
    for (uint32_t i = 0; i < count; i++)
        plan(e, list->index[i], e->cfg->start_unix_us + engine_now(eng));
}

static void due(engine *eng, void *context, uint64_t subject)
{
    ecs *e = context;
    due_list_add(scaling_scheduled_due(e->scaling), eng, PHASE_SCHEDULED, (uint32_t)subject,
                 act_all, 0);
}

void scheduled_actions_start(ecs *e)
{
    for (uint32_t i = 0; i < e->cfg->scheduled_action_count; i++)
        plan(e, i, e->cfg->start_unix_us - 1);
}
