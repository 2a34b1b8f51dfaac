/* auto_scaling_lifetime.c - instances of an Auto Scaling group that reach MaxInstanceLifetime (A96). */
#include "models/ec2/auto_scaling_parts.h"
#include "models/phase.h"

static void lifetime_ends(engine *eng, void *context, uint64_t group)
{
    (void)eng;
    ecs *e = context;
    scaling_group *g = &e->auto_scaling->groups[group];
    g->expiry = EVENT_NONE;
    auto_scaling_look_later(e, g, false);
}

/* The oldest one's: those behind it on the list are younger. */
void auto_scaling_plan_expiry(ecs *e, scaling_group *g)
{
    const sim_time now = engine_now(e->eng), lifetime = g->config->max_lifetime_us;
    if (lifetime == 0) return;
    engine_cancel(e->eng, &g->expiry);
    for (uint32_t i = 0; i < g->count; i++) {
        const group_member *m = &e->auto_scaling->members[g->listed[i]];
        if (m->is_protected || now - m->launched_us >= lifetime) continue;
        g->expiry = engine_schedule(e->eng, m->launched_us + lifetime, PHASE_DURATION,
                                    lifetime_ends, m->group);
        return;
    }
}

/* How many instances may be replaced now: the group keeps more than 90 percent of desired in service, and at most
 * 10 percent (at least one) are on their way (A85). */
static int64_t may_replace(const ecs *e, const scaling_group *g)
{
    int64_t pending = 0, tenth = g->desired / 10;
    for (uint32_t i = 0; i < g->count; i++)
        pending += e->auto_scaling->members[g->listed[i]].state == MEMBER_PENDING;
    const int64_t above = (int64_t)g->in_service - g->desired * 9 / 10;
    const int64_t left = (tenth > 1 ? tenth : 1) - pending;
    return above < left ? above : left;
}

void auto_scaling_end_lifetimes(ecs *e, scaling_group *g)
{
    const sim_time before = engine_now(e->eng) - g->config->max_lifetime_us;
    g->overdue = false;
    if (g->config->max_lifetime_us == 0) return;
    int64_t may = may_replace(e, g);
    for (uint32_t i = 0; i < g->count;) {
        const group_member *m = &e->auto_scaling->members[g->listed[i]];
        const bool old = m->launched_us <= before && !m->is_protected && m->stand_in == NO_INDEX &&
                         m->state == MEMBER_IN_SERVICE;
        g->overdue |= old && may <= 0;
        if (!old || may <= 0) {
            i++;
            continue;
        }
        may--;
        auto_scaling_terminate(e, g, g->listed[i],
                               "maxInstanceLifetime"); /* the next one moves up */
        if ((int64_t)g->count + g->replacing < auto_scaling_wanted(g)) g->replacing++;
    }
}
