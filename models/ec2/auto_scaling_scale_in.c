/* auto_scaling_scale_in.c - which instance of an Auto Scaling group goes (A87, A95, E189). */
#include "models/ec2/auto_scaling_parts.h"
#include "models/ecs/managed_scaling.h"

/* ---- Rules ---- */

/* Time to the next hour that is billed; none when it begins now (A87). */
static sim_time to_next_hour(sim_time now_us, sim_time launched_us)
{
    return SIM_HOUR - (now_us - launched_us) % SIM_HOUR;
}

static int compare_times(sim_time a, sim_time b)
{
    return (a > b) - (a < b);
}

bool auto_scaling_leaves_first(const termination_policy *policies, uint32_t policy_count,
                               sim_time now_us, scale_in_instance a, scale_in_instance b)
{
    if (a.tasks != b.tasks) return a.tasks < b.tasks;
    for (uint32_t p = 0; p < policy_count; p++) {
        int order = 0;
        switch (policies[p]) {
        case TERMINATE_DEFAULT: /* one launch template, then the hour */
        case TERMINATE_CLOSEST_TO_HOUR:
            order = compare_times(to_next_hour(now_us, a.launched_us),
                                  to_next_hour(now_us, b.launched_us));
            break;
        case TERMINATE_OLDEST:
            order = compare_times(a.launched_us, b.launched_us);
            break;
        case TERMINATE_NEWEST:
            order = compare_times(b.launched_us, a.launched_us);
            break;
        case TERMINATE_ALLOCATION:
            order = (a.misfit < b.misfit) - (a.misfit > b.misfit);
            break;
        case TERMINATE_ALIKE:
            break;
        }
        if (order != 0) return order < 0;
    }
    int order = compare_times(a.launched_us, b.launched_us);
    return order != 0 ? order < 0 : a.instance < b.instance;
}

/* ---- Choices ---- */

/* Scale-in protection; a capacity provider with managed termination protection takes it from instances without tasks
 * (E189). */
static bool stays(const ecs *e, const scaling_group *g, uint32_t index)
{
    if (g->config->managed_protection) return managed_scaling_is_busy(e, index);
    return e->auto_scaling->members[index].is_protected;
}

/* A capacity provider manages it, and no other policy than the default is named (E189). */
static bool goes_by_tasks(const auto_scaling_group_config *c)
{
    return c->managed && c->policy_count == 1 && c->policies[0] == TERMINATE_DEFAULT;
}

static bool leaves_first(const auto_scaling_group_config *c, sim_time now, scale_in_instance a,
                         scale_in_instance b)
{
    const uint32_t policies = goes_by_tasks(c) ? 0 : c->policy_count;
    return auto_scaling_leaves_first(c->policies, policies, now, a, b);
}

static bool may_go(const ecs *e, const scaling_group *g, uint32_t index, purchase of, uint32_t zone)
{
    const group_member *m = &e->auto_scaling->members[index];
    return !stays(e, g, index) && m->stand_in == NO_INDEX &&
           (zone == ANY_ZONE || m->zone == zone) &&
           (of == OF_ANY || (of == OF_SPOT) == auto_scaling_is_spot(e, m) ||
            g->config->mixed.type_count == 0);
}

/* A tie of zones goes to the first (A87). */
bool auto_scaling_choose_to_leave(const ecs *e, const scaling_group *g, purchase of,
                                  uint32_t in_zone, uint32_t *chosen)
{
    const auto_scaling *a = e->auto_scaling;
    const sim_time now = engine_now(e->eng);
    const bool by_tasks = goes_by_tasks(g->config);
    bool found = false;
    scale_in_instance best = {0};
    for (uint32_t i = 0; i < g->count; i++) {
        const group_member *m = &a->members[g->listed[i]];
        if (!may_go(e, g, g->listed[i], of, in_zone)) continue;
        const scale_in_instance mine = {m->launched_us, g->listed[i],
                                        mixed_misfit(&a->use, g->config, m->kind),
                                        by_tasks ? e->hosts[g->listed[i]].task_count : 0};
        if (found) {
            uint32_t zone = a->members[best.instance].zone;
            uint32_t there = g->in_zone[zone], here = g->in_zone[m->zone];
            if (here < there || (here == there && m->zone > zone)) continue;
            if (m->zone == zone && !leaves_first(g->config, now, mine, best)) continue;
        }
        best = mine;
        found = true;
    }
    *chosen = best.instance;
    return found;
}

/* First of what there are too many of (A95). */
bool auto_scaling_scale_in(ecs *e, scaling_group *g)
{
    const bool on_demand = g->on_demand > mixed_on_demand(&g->config->mixed, g->desired);
    uint32_t index;
    if (!auto_scaling_choose_to_leave(e, g, on_demand ? OF_ON_DEMAND : OF_SPOT, ANY_ZONE, &index) &&
        !auto_scaling_choose_to_leave(e, g, OF_ANY, ANY_ZONE, &index))
        return false;
    auto_scaling_terminate(e, g, index, "scaleIn");
    return true;
}
