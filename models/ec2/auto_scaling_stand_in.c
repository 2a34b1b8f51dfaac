/* auto_scaling_stand_in.c - instances that are launched before another goes: for the balance of zones (A89, A90), and for
 * Spot instances that will be taken back (A92). */
#include "models/ec2/auto_scaling_parts.h"
#include "sim/engine/check.h"
#include <string.h>

static void pair_members(ecs *e, scaling_group *g, uint32_t leaver, uint32_t stand_in)
{
    group_member *m = &e->auto_scaling->members[leaver];
    CHECK(m->stand_in == NO_INDEX && leaver < stand_in);
    auto_scaling_count(g, m, -1);
    g->leaving++;
    m->stand_in = stand_in;
    e->auto_scaling->members[stand_in].stands_for = leaver;
}

void auto_scaling_part(ecs *e, scaling_group *g, group_member *leaver)
{
    auto_scaling_count(g, leaver, 1);
    g->leaving--;
    e->auto_scaling->members[leaver->stand_in].stands_for = NO_INDEX;
    leaver->stand_in = NO_INDEX;
}

/* A90. */
static bool may_exceed(const scaling_group *g)
{
    const int64_t tenth = (g->max + 9) / 10;
    return auto_scaling_wanted(g) < g->max + (tenth > 1 ? tenth : 1);
}

void auto_scaling_end_leaving(ecs *e, scaling_group *g)
{
    const group_member *members = e->auto_scaling->members;
    for (uint32_t i = 0; i < g->count;) {
        const group_member *m = &members[g->listed[i]];
        if (m->stand_in != NO_INDEX && members[m->stand_in].state == MEMBER_IN_SERVICE)
            auto_scaling_terminate(e, g, g->listed[i],
                                   m->noticed ? "capacityRebalance" : "scaleIn");
        else
            i++;
    }
}

void auto_scaling_rebalance(ecs *e, scaling_group *g)
{
    const instance_group_config *what = g->launches_what;
    uint32_t fullest = 0, leaver;
    memset(g->zone_refused, 0, what->zone_count * sizeof *g->zone_refused);
    for (uint32_t z = 1; z < what->zone_count; z++)
        if (g->in_zone[z] > g->in_zone[fullest]) fullest = z;
    uint32_t emptiest = mixed_launch_zone(g->in_zone, g->zone_refused, what->zone_count);
    if (g->in_zone[fullest] < g->in_zone[emptiest] + 2 || !may_exceed(g) ||
        !auto_scaling_choose_to_leave(e, g, OF_ANY, fullest, &leaver))
        return;
    const group_member *m = &e->auto_scaling->members[leaver];
    if (m->state != MEMBER_IN_SERVICE) return;
    uint32_t index =
        auto_scaling_launch_in_zone(e, g, auto_scaling_is_spot(e, m), emptiest, "rebalance");
    if (index != NO_INDEX) pair_members(e, g, leaver, index); /* or its capacity is not back */
}

bool auto_scaling_replace_noticed(ecs *e, scaling_group *g)
{
    for (uint32_t i = 0; i < g->count && g->config->capacity_rebalance; i++) {
        const uint32_t leaver = g->listed[i];
        const group_member *m = &e->auto_scaling->members[leaver];
        if (!m->noticed || m->stand_in != NO_INDEX) continue;
        if (!may_exceed(g)) return false;
        g->in_zone[m->zone]--; /* where it will be missing */
        uint32_t index = auto_scaling_launch(e, g, auto_scaling_is_spot(e, m), "capacityRebalance");
        g->in_zone[e->auto_scaling->members[leaver].zone]++;
        if (index == NO_INDEX) return false;
        pair_members(e, g, leaver, index);
    }
    return true;
}
