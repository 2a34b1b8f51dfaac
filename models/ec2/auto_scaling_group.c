/* auto_scaling_group.c - see the header.
 *
 * Invariants of auto_scaling_check:
 *   (1) min <= desired <= max (A80)
 *   (2) a group's list holds its PENDING and IN_SERVICE instances, by number, and the counts of its zones add up
 *   (3) an IN_SERVICE instance is registered, a PENDING one REGISTERING; neither is INACTIVE
 *   (4) counts of On-Demand, LEAVING and pools are what the list says; a LEAVING instance and its stand-in know each other
 *   (5) a group with more or fewer instances than desired, or one that does not run, will be looked at, or cannot
 *       give up the protected ones
 */
#include "models/ec2/auto_scaling_group.h"
#include "models/autoscaling/scalable_target.h"
#include "models/ec2/fault.h"
#include "models/ec2/instance_refresh.h"
#include "models/ec2/mixed_instances.h"
#include "models/ec2/warmup.h"
#include "models/ecs/managed_scaling.h"
#include "models/phase.h"
#include "sim/engine/check.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FLAP_US (20 * SIM_MINUTE) /* contract: metrics, flaps */

typedef enum { MEMBER_NONE, MEMBER_PENDING, MEMBER_IN_SERVICE, MEMBER_TERMINATING } member_state;

typedef struct {
    uint32_t group;
    uint32_t zone; /* index in the group's zones */
    member_state state;
    bool is_protected;              /* from scale-in */
    bool launched;                  /* by the group; else it was there at t = 0 */
    bool lost;                      /* does not run any more, and is still listed */
    bool noticed;                   /* Spot, and will be taken back */
    uint32_t kind;                  /* its group of instances */
    uint32_t stand_in;              /* it is LEAVING: who takes its place; NO_INDEX */
    uint32_t stands_for;            /* it is a stand-in: who goes then; NO_INDEX */
    sim_time launched_us, since_us; /* asked for; in service */
    const char *cause;              /* of the launch */
    event_handle drain_end;
} group_member;

typedef struct {
    const auto_scaling_group_config *config;
    const instance_group_config *launches_what;
    int64_t min, max, desired;
    uint32_t *listed; /* PENDING and IN_SERVICE, ascending */
    uint32_t count, room;
    uint32_t leaving;    /* of those, LEAVING … */
    uint32_t *in_zone;   /* … and the others by zone … */
    uint32_t on_demand;  /* … and how many are not Spot */
    bool *zone_refused;  /* scratch */
    uint32_t lost_count; /* of those listed */
    uint32_t in_service; /* of those listed, and not lost */
    uint32_t replacing;  /* next launches that stand in for lost ones */
    int64_t surge;       /* beyond desired, for an instance refresh (A91) */
    bool all_protected;  /* a scale-in found nobody to take */
    bool due;            /* it is looked at in the next look */
    event_handle expiry; /* of the next lifetime that ends */
    bool overdue;        /* there are instances beyond their lifetime */
    uint32_t order;      /* launches so far: the number of each one's stream */
    uint32_t launches, terminations, flaps;
    sim_time last_termination_us;
    name_id name;
} scaling_group;

struct auto_scaling {
    ecs *ecs;
    scaling_group *groups; /* by index in the config */
    group_member *members; /* by instance index */
    uint32_t member_room;
    mixed_use use;
    bool look_planned, looking;
};

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

/* ---- Members ---- */

/* How many it should have now: those that will go have stand-ins, and a refresh launches before. */
static int64_t wanted(const scaling_group *g)
{
    return g->desired + g->surge + g->leaving;
}

static group_member *member_of(const ecs *e, uint32_t index)
{
    auto_scaling *a = e->auto_scaling;
    if (index >= a->member_room || a->members[index].state == MEMBER_NONE) return NULL;
    return &a->members[index];
}

static scaling_group *group_of(const ecs *e, const group_member *m)
{
    return &e->auto_scaling->groups[m->group];
}

static void tell(ecs *e, const scaling_group *g)
{
    const uint32_t index = (uint32_t)(g - e->auto_scaling->groups);
    notify_changed(e->notifier, CHANGED_AUTO_SCALING_GROUP, index);
    scaling_group_changed(e->scaling, index + 1);
    managed_scaling_group_changed(e, index);
}

static void look(engine *eng, void *context, uint64_t subject);

/* The next multiple of 60 s, this instant's only before its PHASE_GROUP. */
static void wake(ecs *e, scaling_group *g, bool behind)
{
    auto_scaling *a = e->auto_scaling;
    sim_time now = engine_now(e->eng), at = (now + SIM_MINUTE - 1) / SIM_MINUTE * SIM_MINUTE;
    g->due = true;
    if (a->look_planned) return;
    if (at == now && (behind || engine_phase_reached(e->eng) >= PHASE_GROUP)) at += SIM_MINUTE;
    a->look_planned = true;
    engine_schedule(e->eng, at, PHASE_GROUP, look, 0);
}

/* It begins to count, or does no longer. */
static void count_member(scaling_group *g, const group_member *m, int by)
{
    g->in_zone[m->zone] += (uint32_t)by;
    if (!g->launches_what[m->kind - g->config->instances].spot) g->on_demand += (uint32_t)by;
}

static void list_member(scaling_group *g, uint32_t index, const group_member *m)
{
    if (g->count == g->room) {
        g->room = g->room ? 2 * g->room : 16;
        g->listed = memory_resize(g->listed, g->room, sizeof *g->listed);
    }
    CHECK(g->count == 0 || g->listed[g->count - 1] < index);
    g->listed[g->count++] = index;
    count_member(g, m, 1);
}

static void pair_members(ecs *e, scaling_group *g, uint32_t leaver, uint32_t stand_in)
{
    group_member *m = &e->auto_scaling->members[leaver];
    CHECK(m->stand_in == NO_INDEX && leaver < stand_in);
    count_member(g, m, -1);
    g->leaving++;
    m->stand_in = stand_in;
    e->auto_scaling->members[stand_in].stands_for = leaver;
}

/* The leaver counts as before; its stand-in is one like any other. */
static void part_members(ecs *e, scaling_group *g, group_member *leaver)
{
    count_member(g, leaver, 1);
    g->leaving--;
    e->auto_scaling->members[leaver->stand_in].stands_for = NO_INDEX;
    leaver->stand_in = NO_INDEX;
}

/* It runs no more, or is to go: policies see it no longer (A83). */
static void leave_service(ecs *e, scaling_group *g, uint32_t index)
{
    const group_member *m = &e->auto_scaling->members[index];
    if (m->state != MEMBER_IN_SERVICE || m->lost) return;
    g->in_service--;
    warmup_leaves(e, m->group + 1, index);
}

static void unlist_member(ecs *e, scaling_group *g, uint32_t index)
{
    group_member *m = &e->auto_scaling->members[index];
    leave_service(e, g, index);
    uint32_t low = 0, high = g->count;
    if (m->stand_in != NO_INDEX) part_members(e, g, m);
    if (m->stands_for != NO_INDEX) part_members(e, g, &e->auto_scaling->members[m->stands_for]);
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (g->listed[middle] < index)
            low = middle + 1;
        else
            high = middle;
    }
    CHECK(low < g->count && g->listed[low] == index);
    memmove(g->listed + low, g->listed + low + 1, (g->count - low - 1) * sizeof *g->listed);
    g->count--;
    count_member(g, m, -1);
    g->lost_count -= m->lost;
    g->all_protected = false;
}

/* ---- Lifetimes (A96) ---- */

static void lifetime_ends(engine *eng, void *context, uint64_t group)
{
    (void)eng;
    ecs *e = context;
    scaling_group *g = &e->auto_scaling->groups[group];
    g->expiry = EVENT_NONE;
    wake(e, g, false);
}

/* The oldest one's: those behind it on the list are younger. */
static void plan_expiry(ecs *e, scaling_group *g)
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

static void add_member(ecs *e, uint32_t index, uint32_t zone, const char *cause)
{
    auto_scaling *a = e->auto_scaling;
    if (index >= a->member_room) {
        uint32_t room = 2 * index + 16;
        a->members = memory_resize(a->members, room, sizeof *a->members);
        memset(a->members + a->member_room, 0, (room - a->member_room) * sizeof *a->members);
        a->member_room = room;
    }
    const instance *it = cluster_instance(e->cluster, index);
    scaling_group *g = &a->groups[it->group->auto_scaling_group - 1];
    a->members[index] = (group_member){.group = it->group->auto_scaling_group - 1,
                                       .zone = zone,
                                       .kind = it->group_index,
                                       .state = MEMBER_PENDING,
                                       .is_protected = g->config->protects_new,
                                       .stand_in = NO_INDEX,
                                       .stands_for = NO_INDEX,
                                       .launched_us = engine_now(e->eng),
                                       .cause = cause};
    list_member(g, index, &a->members[index]);
    mixed_use_count(&a->use, it->group_index, 1);
    if (g->count == 1) plan_expiry(e, g);
}

void auto_scaling_add_member(ecs *e, uint32_t index)
{
    const instance *i = cluster_instance(e->cluster, index);
    if (i->group->auto_scaling_group == 0) return;
    scaling_group *g = &e->auto_scaling->groups[i->group->auto_scaling_group - 1];
    uint32_t zone = g->config->start ? g->config->start[g->count].zone
                                     : g->count % g->launches_what->zone_count;
    add_member(e, index, zone, "scenario");
}

void auto_scaling_registered(ecs *e, uint32_t index)
{
    group_member *m = member_of(e, index);
    if (!m) return;
    CHECK(m->state == MEMBER_PENDING);
    m->state = MEMBER_IN_SERVICE;
    scaling_group *g = group_of(e, m);
    g->in_service++;
    m->since_us = engine_now(e->eng);
    instance_refresh_in_service(e, m->group, index);
    warmup_in_service(e, m->group + 1, index, engine_phase(e->eng) == PHASE_CREATE);
    tell(e, g);
    if (m->stands_for != NO_INDEX || g->overdue) wake(e, g, false);
}

void auto_scaling_noticed(ecs *e, uint32_t index)
{
    group_member *m = member_of(e, index);
    if (!m) return;
    m->noticed = true;
    e->auto_scaling->use.risky[m->kind]++;
    if (group_of(e, m)->config->capacity_rebalance) wake(e, group_of(e, m), false);
}

void auto_scaling_host_died(ecs *e, uint32_t index)
{
    group_member *m = member_of(e, index);
    if (!m || m->lost || m->state != MEMBER_IN_SERVICE) return;
    leave_service(e, group_of(e, m), index);
    m->lost = true;
    group_of(e, m)->lost_count++;
    tell(e, group_of(e, m));
    wake(e, group_of(e, m), false);
}

/* Its pool has room again. */
static void release(ecs *e, const group_member *m)
{
    mixed_use *use = &e->auto_scaling->use;
    const bool was_full = mixed_spare(use, m->kind) <= 0;
    mixed_use_count(use, m->kind, -1);
    if (m->noticed) use->risky[m->kind]--;
    for (uint32_t i = 0; was_full && i < e->cfg->auto_scaling_group_count; i++)
        wake(e, &e->auto_scaling->groups[i], e->auto_scaling->looking); /* once an instant (A111) */
}

void auto_scaling_gone(ecs *e, uint32_t index)
{
    group_member *m = member_of(e, index);
    if (!m) return;
    scaling_group *g = group_of(e, m);
    engine_cancel(e->eng, &m->drain_end);
    release(e, m);
    if (m->state != MEMBER_TERMINATING) { /* nobody here asked for it */
        unlist_member(e, g, index);
        if ((int64_t)g->count + g->replacing < wanted(g)) g->replacing++;
        wake(e, g, false);
    }
    m->state = MEMBER_NONE;
    g->terminations++;
    g->last_termination_us = engine_now(e->eng);
    tell(e, g);
}

/* ---- Launches ---- */

static void launched(engine *eng, void *context, uint64_t index)
{
    (void)eng;
    ecs *e = context;
    const group_member *m = member_of(e, (uint32_t)index);
    if (m) ecs_register_instance(e, (uint32_t)index, m->cause);
}

static uint32_t launch_in(ecs *e, scaling_group *g, uint32_t kind, uint32_t zone, const char *cause)
{
    const sim_time now = engine_now(e->eng);
    uint32_t index = ecs_add_instance(e, kind, zone);
    add_member(e, index, zone, cause);
    e->auto_scaling->members[index].launched = true;
    ecs_say_instance(e, index, EVENT_INSTANCE_LAUNCHING, cause);
    random_stream stream = random_stream_at(
        e->random, random_purpose("instanceLaunch") ^ random_purpose(g->config->name), g->order++);
    sim_time takes = distribution_draw_us(&e->cfg->control.instance_launch, &stream);
    engine_schedule(e->eng, now + takes, PHASE_DURATION, launched, index);
    g->launches++;
    if (g->terminations > 0 && now - g->last_termination_us <= FLAP_US) g->flaps++;
    tell(e, g);
    return index;
}

/* One in this zone; NO_INDEX: there is no capacity, or a fault refuses it. */
static uint32_t try_zone(ecs *e, scaling_group *g, bool spot, uint32_t zone, const char *cause)
{
    const instance_group_config *what = g->launches_what;
    const int64_t lacking = wanted(g) - g->count;
    const uint32_t kind =
        mixed_choose(&e->auto_scaling->use, g->config, spot, zone, lacking > 0 ? lacking : 1);
    if (kind == NO_INDEX || fault_launch_refused(e, names_intern(e->names, what->zones[zone]),
                                                 what->provider, what->auto_scaling_group))
        return NO_INDEX;
    return launch_in(e, g, kind, zone, cause);
}

/* NO_INDEX: every zone refuses (A86). */
static uint32_t launch(ecs *e, scaling_group *g, bool spot, const char *cause)
{
    const instance_group_config *what = g->launches_what;
    memset(g->zone_refused, 0, what->zone_count * sizeof *g->zone_refused);
    for (;;) {
        uint32_t zone = mixed_launch_zone(g->in_zone, g->zone_refused, what->zone_count);
        if (zone == what->zone_count) return NO_INDEX;
        uint32_t index = try_zone(e, g, spot, zone, cause);
        if (index != NO_INDEX) return index;
        g->zone_refused[zone] = true;
    }
}

static const char *cause_of_launch(const ecs *e, const scaling_group *g)
{
    if (g->replacing > 0) return "replacement";
    const bool refreshes = instance_refresh_active(e, (uint32_t)(g - e->auto_scaling->groups));
    return refreshes ? "refresh" : "scaleOut";
}

/* As many as it lacks, On-Demand first (A95). False: no more are to be had. */
static bool fill(ecs *e, scaling_group *g)
{
    while (g->count < wanted(g)) {
        const bool spot = g->on_demand >= mixed_on_demand(&g->config->mixed, g->desired);
        if (launch(e, g, spot, cause_of_launch(e, g)) == NO_INDEX) return false;
        if (g->replacing > 0) g->replacing--;
    }
    return true;
}

/* ---- Terminations ---- */

static void drain_ends(engine *eng, void *context, uint64_t index)
{
    (void)eng;
    ecs *e = context;
    group_member *m = member_of(e, (uint32_t)index);
    CHECK(m && m->state == MEMBER_TERMINATING);
    m->drain_end = EVENT_NONE;
    ecs_terminate_instance(e, (uint32_t)index, m->cause, false);
}

/* Ends it, behind its tasks where the capacity provider drains (E176, A88). */
static void terminate(ecs *e, scaling_group *g, uint32_t index, const char *cause)
{
    group_member *m = member_of(e, index);
    bool drains = g->config->managed_draining && m->state == MEMBER_IN_SERVICE && !m->lost &&
                  e->hosts[index].tasks;
    unlist_member(e, g, index);
    m->state = MEMBER_TERMINATING;
    m->cause = cause;
    tell(e, g);
    if (!drains) {
        ecs_terminate_instance(e, index, cause, false);
        return;
    }
    m->drain_end = engine_schedule(e->eng, engine_now(e->eng) + e->cfg->control.managed_drain_us,
                                   PHASE_DURATION, drain_ends, index);
    ecs_set_draining(e, index, true, cause);
}

void auto_scaling_emptied(ecs *e, uint32_t index)
{
    group_member *m = member_of(e, index);
    if (!m || m->state != MEMBER_TERMINATING) return;
    engine_cancel(e->eng, &m->drain_end);
    m->drain_end = engine_schedule(e->eng, engine_now(e->eng), PHASE_DURATION, drain_ends, index);
}

/* Scale-in protection; a capacity provider with managed termination protection takes it from instances without tasks
 * (E189). */
static bool stays(const ecs *e, const scaling_group *g, uint32_t index)
{
    if (g->config->managed_protection) return managed_scaling_is_busy(e, index);
    return e->auto_scaling->members[index].is_protected;
}

/* What stands for the default policy where a capacity provider manages the group (E189). */
static const termination_policy by_age = TERMINATE_OLDEST;

static bool asks_tasks(const scaling_group *g)
{
    const auto_scaling_group_config *c = g->config;
    return c->managed_protection ||
           (c->managed && c->policy_count == 1 && c->policies[0] == TERMINATE_DEFAULT);
}

static bool leaves_first(const scaling_group *g, sim_time now, scale_in_instance a,
                         scale_in_instance b)
{
    const auto_scaling_group_config *c = g->config;
    if (c->managed && c->policy_count == 1 && c->policies[0] == TERMINATE_DEFAULT)
        return auto_scaling_leaves_first(&by_age, 1, now, a, b);
    return auto_scaling_leaves_first(c->policies, c->policy_count, now, a, b);
}

/* Who may go: of one purchase option, and of one zone unless ANY_ZONE. */
#define ANY_ZONE NO_INDEX
typedef enum { OF_ON_DEMAND, OF_SPOT, OF_ANY } purchase;

static bool may_go(const ecs *e, const scaling_group *g, uint32_t index, purchase of, uint32_t zone)
{
    const group_member *m = &e->auto_scaling->members[index];
    const bool spot = e->cfg->groups[m->kind].spot;
    return !stays(e, g, index) && m->stand_in == NO_INDEX &&
           (zone == ANY_ZONE || m->zone == zone) &&
           (of == OF_ANY || (of == OF_SPOT) == spot || g->config->mixed.type_count == 0);
}

/* The zone with the most instances of which one may go; a tie goes to the first (A87). */
static bool choose_to_leave(const ecs *e, const scaling_group *g, purchase of, uint32_t in_zone,
                            uint32_t *chosen)
{
    const auto_scaling *a = e->auto_scaling;
    const sim_time now = engine_now(e->eng);
    bool found = false;
    scale_in_instance best = {0};
    for (uint32_t i = 0; i < g->count; i++) {
        const group_member *m = &a->members[g->listed[i]];
        const scale_in_instance mine = {m->launched_us, g->listed[i],
                                        mixed_misfit(&a->use, g->config, m->kind),
                                        asks_tasks(g) ? e->hosts[g->listed[i]].task_count : 0};
        if (!may_go(e, g, g->listed[i], of, in_zone)) continue;
        if (found) {
            uint32_t zone = a->members[best.instance].zone;
            uint32_t there = g->in_zone[zone], here = g->in_zone[m->zone];
            if (here < there || (here == there && m->zone > zone)) continue;
            if (m->zone == zone && !leaves_first(g, now, mine, best)) continue;
        }
        best = mine;
        found = true;
    }
    *chosen = best.instance;
    return found;
}

/* First of what there are too many of (A95). */
static bool scale_in(ecs *e, scaling_group *g)
{
    const bool on_demand = g->on_demand > mixed_on_demand(&g->config->mixed, g->desired);
    uint32_t index;
    if (!choose_to_leave(e, g, on_demand ? OF_ON_DEMAND : OF_SPOT, ANY_ZONE, &index) &&
        !choose_to_leave(e, g, OF_ANY, ANY_ZONE, &index))
        return false;
    terminate(e, g, index, "scaleIn");
    return true;
}

/* What does not run any more is terminated first (A85). */
static void end_lost(ecs *e, scaling_group *g)
{
    for (uint32_t i = 0; g->lost_count > 0;) {
        uint32_t index = g->listed[i];
        if (!e->auto_scaling->members[index].lost) {
            i++;
            continue;
        }
        terminate(e, g, index, "unhealthy"); /* the next one moves up */
        if ((int64_t)g->count + g->replacing < wanted(g)) g->replacing++;
    }
}

/* ---- Stand-ins ---- */

/* A90. */
static bool may_exceed(const scaling_group *g)
{
    const int64_t tenth = (g->max + 9) / 10;
    return wanted(g) < g->max + (tenth > 1 ? tenth : 1);
}

static bool is_spot(const ecs *e, uint32_t index)
{
    return e->cfg->groups[e->auto_scaling->members[index].kind].spot;
}

/* Those whose stand-ins are in service go. */
static void end_leaving(ecs *e, scaling_group *g)
{
    const group_member *members = e->auto_scaling->members;
    for (uint32_t i = 0; i < g->count;) {
        const group_member *m = &members[g->listed[i]];
        if (m->stand_in != NO_INDEX && members[m->stand_in].state == MEMBER_IN_SERVICE)
            terminate(e, g, g->listed[i], m->noticed ? "capacityRebalance" : "scaleIn");
        else
            i++;
    }
}

/* One launch in the emptiest zone, where the fullest has two more and can give one up (A89, A90). */
static void rebalance(ecs *e, scaling_group *g)
{
    const instance_group_config *what = g->launches_what;
    uint32_t fullest = 0, leaver;
    memset(g->zone_refused, 0, what->zone_count * sizeof *g->zone_refused);
    for (uint32_t z = 1; z < what->zone_count; z++)
        if (g->in_zone[z] > g->in_zone[fullest]) fullest = z;
    uint32_t emptiest = mixed_launch_zone(g->in_zone, g->zone_refused, what->zone_count);
    if (g->in_zone[fullest] < g->in_zone[emptiest] + 2 || !may_exceed(g) ||
        !choose_to_leave(e, g, OF_ANY, fullest, &leaver))
        return;
    if (e->auto_scaling->members[leaver].state != MEMBER_IN_SERVICE) return;
    uint32_t index = try_zone(e, g, is_spot(e, leaver), emptiest, "rebalance");
    if (index != NO_INDEX) pair_members(e, g, leaver, index); /* or its capacity is not back */
}

/* Stand-ins for Spot instances that will be taken back (A92). False: one is not to be had now. */
static bool replace_noticed(ecs *e, scaling_group *g)
{
    for (uint32_t i = 0; i < g->count && g->config->capacity_rebalance; i++) {
        const uint32_t leaver = g->listed[i];
        const group_member *m = &e->auto_scaling->members[leaver];
        if (!m->noticed || m->stand_in != NO_INDEX) continue;
        if (!may_exceed(g)) return false;
        g->in_zone[m->zone]--; /* where it will be missing */
        uint32_t index = launch(e, g, is_spot(e, leaver), "capacityRebalance");
        g->in_zone[e->auto_scaling->members[leaver].zone]++;
        if (index == NO_INDEX) return false;
        pair_members(e, g, leaver, index);
    }
    return true;
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

/* The oldest first (A96). */
static void end_lifetimes(ecs *e, scaling_group *g)
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
        terminate(e, g, g->listed[i], "maxInstanceLifetime"); /* the next one moves up */
        if ((int64_t)g->count + g->replacing < wanted(g)) g->replacing++;
    }
}

static void settle(ecs *e, scaling_group *g)
{
    const uint32_t number = (uint32_t)(g - e->auto_scaling->groups);
    end_lost(e, g);
    end_leaving(e, g);
    end_lifetimes(e, g);
    instance_refresh_look(e, number);
    bool granted = fill(e, g);
    if (g->count >= wanted(g)) g->replacing = 0;
    while (g->count > wanted(g) && scale_in(e, g))
        ;
    g->all_protected = g->count > wanted(g);
    if (g->count == wanted(g)) granted &= replace_noticed(e, g);
    if (g->count == g->desired && g->leaving == 0 && !g->config->keeps_zones &&
        !instance_refresh_active(e, number))
        rebalance(e, g);
    plan_expiry(e, g);
    if (!granted) wake(e, g, true);
}

static void look(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    (void)subject;
    ecs *e = context;
    auto_scaling *a = e->auto_scaling;
    a->look_planned = false;
    a->looking = true;
    for (uint32_t i = 0; i < e->cfg->auto_scaling_group_count; i++) {
        if (!a->groups[i].due) continue;
        a->groups[i].due = false;
        settle(e, &a->groups[i]);
    }
    a->looking = false;
}

void auto_scaling_capacity_returns(ecs *e)
{
    for (uint32_t i = 0; i < e->cfg->auto_scaling_group_count; i++)
        wake(e, &e->auto_scaling->groups[i], false);
}

/* ---- Refreshes ---- */

uint32_t auto_scaling_members(const ecs *e, uint32_t group, const uint32_t **list)
{
    const scaling_group *g = &e->auto_scaling->groups[group];
    *list = g->listed;
    return g->count;
}

auto_scaling_member auto_scaling_member_now(const ecs *e, uint32_t index)
{
    const group_member *m = member_of(e, index);
    CHECK(m);
    return (auto_scaling_member){m->state == MEMBER_IN_SERVICE && !m->lost, m->is_protected,
                                 m->since_us, group_of(e, m)->in_zone[m->zone]};
}

void auto_scaling_wake(ecs *e, uint32_t group)
{
    wake(e, &e->auto_scaling->groups[group], false);
}

void auto_scaling_set_surge(ecs *e, uint32_t group, int64_t surge)
{
    e->auto_scaling->groups[group].surge = surge;
    tell(e, &e->auto_scaling->groups[group]);
}

void auto_scaling_replace(ecs *e, uint32_t index, const char *cause)
{
    terminate(e, group_of(e, member_of(e, index)), index, cause);
}

/* ---- Sizes ---- */

static void set_desired(ecs *e, scaling_group *g, int64_t desired)
{
    if (g->desired == desired) return;
    if (desired < g->desired) g->replacing = 0;
    g->desired = desired;
    wake(e, g, false);
    tell(e, g);
}

void auto_scaling_may_leave(ecs *e, uint32_t index)
{
    const group_member *m = member_of(e, index);
    if (m && group_of(e, m)->all_protected) wake(e, group_of(e, m), false);
}

auto_scaling_sizes auto_scaling_sizes_now(const ecs *e, uint32_t group)
{
    const scaling_group *g = &e->auto_scaling->groups[group];
    return (auto_scaling_sizes){g->min, g->max, g->desired};
}

sim_time auto_scaling_last_launch(const ecs *e, uint32_t group)
{
    const scaling_group *g = &e->auto_scaling->groups[group];
    if (g->count == 0) return SIM_NEVER;
    const group_member *newest = &e->auto_scaling->members[g->listed[g->count - 1]];
    return newest->launched ? newest->launched_us : SIM_NEVER;
}

void auto_scaling_set_desired(ecs *e, uint32_t group, int64_t desired)
{
    scaling_group *g = &e->auto_scaling->groups[group];
    CHECK(desired >= g->min && desired <= g->max);
    set_desired(e, g, desired);
}

const char *auto_scaling_refuses(const ecs *e, uint32_t group, int64_t desired)
{
    const scaling_group *g = &e->auto_scaling->groups[group];
    if (desired >= g->min && desired <= g->max) return NULL;
    bool low = desired < g->min;
    return arena_printf(e->arena,
                        "ValidationError: New SetDesiredCapacity value %" PRId64
                        " is %s value %" PRId64 " for the AutoScalingGroup.",
                        desired, low ? "below min" : "above max", low ? g->min : g->max);
}

void auto_scaling_set_sizes(ecs *e, uint32_t scheduled_action)
{
    const scheduled_action_config *c = &e->cfg->scheduled_actions[scheduled_action];
    scaling_group *g = &e->auto_scaling->groups[c->auto_scaling_group - 1];
    if (c->has_min) g->min = c->min_capacity;
    if (c->has_max) g->max = c->max_capacity;
    if (g->max < g->min) g->max = g->min;
    int64_t before = g->desired, to = c->has_desired ? c->desired_capacity : before;
    if (to < g->min) to = g->min;
    if (to > g->max) to = g->max;
    model_event ev = {.kind = EVENT_SCALING_DECISION,
                      .cell = {0, g->name, 0, names_intern(e->names, c->name), (uint64_t)before,
                               (uint64_t)to, g->in_service, CELL_NO_NUMBER, (uint64_t)to,
                               names_intern(e->names, to == before ? "atDesired" : "applied")}};
    notify_event(e->notifier, &ev);
    set_desired(e, g, to);
    tell(e, g); /* the bounds, too */
}

bool auto_scaling_decrement(ecs *e, uint32_t index)
{
    const group_member *m = member_of(e, index);
    if (!m || m->state == MEMBER_TERMINATING) return true;
    scaling_group *g = group_of(e, m);
    if (g->desired == g->min) return false;
    set_desired(e, g, g->desired - 1);
    return true;
}

/* ---- The whole ---- */

auto_scaling *auto_scaling_create(ecs *e)
{
    const model_config *cfg = e->cfg;
    auto_scaling *a = memory_alloc(1, sizeof *a);
    a->ecs = e;
    a->use = mixed_use_create(cfg);
    a->groups = memory_alloc(cfg->auto_scaling_group_count + 1, sizeof *a->groups);
    for (uint32_t i = 0; i < cfg->auto_scaling_group_count; i++) {
        const auto_scaling_group_config *c = &cfg->auto_scaling_groups[i];
        const instance_group_config *what = &cfg->groups[c->instances];
        a->groups[i] = (scaling_group){.config = c,
                                       .launches_what = what,
                                       .min = c->min_size,
                                       .max = c->max_size,
                                       .desired = what->count,
                                       .in_zone = memory_alloc(what->zone_count, sizeof(uint32_t)),
                                       .zone_refused = memory_alloc(what->zone_count, sizeof(bool)),
                                       .name = names_intern(e->names, c->name)};
    }
    return a;
}

void auto_scaling_destroy(auto_scaling *a)
{
    if (!a) return;
    for (uint32_t i = 0; i < a->ecs->cfg->auto_scaling_group_count; i++) {
        free(a->groups[i].listed);
        free(a->groups[i].in_zone);
        free(a->groups[i].zone_refused);
    }
    mixed_use_finish(&a->use);
    free(a->groups);
    free(a->members);
    free(a);
}

bool auto_scaling_in_service(const ecs *e, uint32_t index)
{
    const group_member *m = member_of(e, index);
    return m && m->state == MEMBER_IN_SERVICE && !m->lost;
}

void auto_scaling_sample_now(const ecs *e, uint32_t group, auto_scaling_group_sample *out)
{
    const scaling_group *g = &e->auto_scaling->groups[group];
    *out = (auto_scaling_group_sample){.desired = g->desired,
                                       .min = g->min,
                                       .max = g->max,
                                       .instances = g->count,
                                       .in_service = g->in_service,
                                       .lost = g->lost_count,
                                       .surge = g->surge,
                                       .launches = g->launches,
                                       .terminations = g->terminations,
                                       .flaps = g->flaps};
}

static void check_member(const ecs *e, const scaling_group *g, uint32_t index)
{
    const group_member *members = e->auto_scaling->members, *m = &members[index];
    const instance *it = cluster_instance(e->cluster, index);
    CHECK(m->state == MEMBER_PENDING
              ? it->status == INSTANCE_REGISTERING
              : m->state == MEMBER_IN_SERVICE && instance_is_registered(it)); /* (3) */
    CHECK(m->kind == it->group_index && m->kind >= g->config->instances);
    CHECK(m->stand_in == NO_INDEX || members[m->stand_in].stands_for == index); /* (4) */
    CHECK(m->stands_for == NO_INDEX || members[m->stands_for].stand_in == index);
}

static void check_group(const ecs *e, const scaling_group *g)
{
    uint32_t in_zones = 0, lost = 0, leaving = 0, on_demand = 0, in_service = 0;
    CHECK(g->min <= g->desired && g->desired <= g->max); /* (1) */
    for (uint32_t z = 0; z < g->launches_what->zone_count; z++)
        in_zones += g->in_zone[z];
    CHECK(in_zones == g->count - g->leaving); /* (2) */
    for (uint32_t i = 0; i < g->count; i++) {
        const group_member *m = &e->auto_scaling->members[g->listed[i]];
        CHECK(i == 0 || g->listed[i - 1] < g->listed[i]);
        check_member(e, g, g->listed[i]);
        lost += m->lost;
        in_service += m->state == MEMBER_IN_SERVICE && !m->lost;
        leaving += m->stand_in != NO_INDEX;
        on_demand += m->stand_in == NO_INDEX && !is_spot(e, g->listed[i]);
    }
    CHECK(lost == g->lost_count && in_service == g->in_service);
    CHECK(leaving == g->leaving && on_demand == g->on_demand); /* (4) */
    CHECK(g->surge == 0 || instance_refresh_active(e, (uint32_t)(g - e->auto_scaling->groups)));
    bool settled = g->count == wanted(g) && lost == 0;
    CHECK(settled || g->due || (g->all_protected && lost == 0)); /* (5) */
}

void auto_scaling_check(const ecs *e)
{
    for (uint32_t p = 0; p < e->cfg->spot_pool_count; p++)
        CHECK(e->auto_scaling->use.taken[p] >= 0 &&
              e->auto_scaling->use.taken[p] <= e->cfg->spot_pools[p].capacity); /* (4) */
    for (uint32_t i = 0; i < e->cfg->auto_scaling_group_count; i++)
        check_group(e, &e->auto_scaling->groups[i]);
}
