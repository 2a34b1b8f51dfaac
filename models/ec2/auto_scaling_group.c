/* auto_scaling_group.c - see the header.
 *
 * Invariants of auto_scaling_check:
 *   (1) min <= desired <= max (A80)
 *   (2) a group's list holds its PENDING and IN_SERVICE instances, by number, and the counts of its zones add up
 *   (3) an IN_SERVICE instance is registered, a PENDING one REGISTERING; neither is INACTIVE
 *   (4) a group with more or fewer instances than desired, or one that does not run, will be looked at, or cannot
 *       give up the protected ones
 */
#include "models/ec2/auto_scaling_group.h"
#include "models/autoscaling/scalable_target.h"
#include "models/ec2/fault.h"
#include "models/ec2/warmup.h"
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
    bool is_protected; /* from scale-in */
    bool lost;         /* does not run any more, and is still listed */
    sim_time launched_us;
    const char *cause; /* of the launch */
    event_handle drain_end;
} group_member;

typedef struct {
    const auto_scaling_group_config *config;
    const instance_group_config *launches_what;
    int64_t min, max, desired;
    uint32_t *listed; /* PENDING and IN_SERVICE, ascending */
    uint32_t count, room;
    uint32_t *in_zone;    /* of those, by zone */
    bool *zone_refused;   /* scratch */
    uint32_t lost_count;  /* of those listed */
    uint32_t in_service;  /* of those listed, and not lost */
    uint32_t replacing;   /* next launches that stand in for lost ones */
    uint32_t rebalancing; /* the launch that another instance makes room for; NO_INDEX: none */
    bool all_protected;   /* a scale-in found nobody to take */
    bool due;             /* it is looked at in the next look */
    uint32_t order;       /* launches so far: the number of each one's stream */
    uint32_t launches, terminations, flaps;
    sim_time last_termination_us;
    name_id name;
} scaling_group;

struct auto_scaling {
    ecs *ecs;
    scaling_group *groups; /* by index in the config */
    group_member *members; /* by instance index */
    uint32_t member_room;
    bool look_planned;
};

/* ---- Rules ---- */

uint32_t auto_scaling_launch_zone(const uint32_t *instances, const bool *refused,
                                  uint32_t zone_count)
{
    uint32_t best = zone_count;
    for (uint32_t z = 0; z < zone_count; z++)
        if (!refused[z] && (best == zone_count || instances[z] < instances[best])) best = z;
    return best;
}

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
        case TERMINATE_ALIKE:
            break;
        }
        if (order != 0) return order < 0;
    }
    int order = compare_times(a.launched_us, b.launched_us);
    return order != 0 ? order < 0 : a.instance < b.instance;
}

/* ---- Members ---- */

/* How many it should have now: one more while zones are rebalanced. */
static int64_t wanted(const scaling_group *g)
{
    return g->desired + (g->rebalancing != NO_INDEX);
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

static void tell(const ecs *e, const scaling_group *g)
{
    const uint32_t index = (uint32_t)(g - e->auto_scaling->groups);
    notify_changed(e->notifier, CHANGED_AUTO_SCALING_GROUP, index);
    scaling_group_changed(e->scaling, index + 1);
}

static void look(engine *eng, void *context, uint64_t subject);

/* The next multiple of 60 s, this instant's only before its PHASE_GROUP. */
static void wake(ecs *e, scaling_group *g, bool behind)
{
    auto_scaling *a = e->auto_scaling;
    sim_time now = engine_now(e->eng), at = (now + SIM_MINUTE - 1) / SIM_MINUTE * SIM_MINUTE;
    g->due = true;
    if (a->look_planned) return;
    if (behind && at == now) at += SIM_MINUTE;
    a->look_planned = true;
    engine_schedule(e->eng, at, PHASE_GROUP, look, 0);
}

static void list_member(scaling_group *g, uint32_t index, uint32_t zone)
{
    if (g->count == g->room) {
        g->room = g->room ? 2 * g->room : 16;
        g->listed = memory_resize(g->listed, g->room, sizeof *g->listed);
    }
    CHECK(g->count == 0 || g->listed[g->count - 1] < index);
    g->listed[g->count++] = index;
    g->in_zone[zone]++;
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
    const group_member *m = &e->auto_scaling->members[index];
    leave_service(e, g, index);
    uint32_t low = 0, high = g->count;
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
    g->in_zone[m->zone]--;
    g->lost_count -= m->lost;
    g->all_protected = false;
    if (g->rebalancing == index) g->rebalancing = NO_INDEX;
}

static group_member *add_member(ecs *e, uint32_t index, uint32_t zone, const char *cause)
{
    auto_scaling *a = e->auto_scaling;
    if (index >= a->member_room) {
        uint32_t room = 2 * index + 16;
        a->members = memory_resize(a->members, room, sizeof *a->members);
        memset(a->members + a->member_room, 0, (room - a->member_room) * sizeof *a->members);
        a->member_room = room;
    }
    uint32_t group = cluster_instance(e->cluster, index)->group->auto_scaling_group - 1;
    scaling_group *g = &a->groups[group];
    a->members[index] = (group_member){.group = group,
                                       .zone = zone,
                                       .state = MEMBER_PENDING,
                                       .is_protected = g->config->protects_new,
                                       .launched_us = engine_now(e->eng),
                                       .cause = cause};
    list_member(g, index, zone);
    return &a->members[index];
}

void auto_scaling_add_member(ecs *e, uint32_t index)
{
    const instance *i = cluster_instance(e->cluster, index);
    if (i->group->auto_scaling_group == 0) return;
    scaling_group *g = &e->auto_scaling->groups[i->group->auto_scaling_group - 1];
    add_member(e, index, g->count % i->group->zone_count, "scenario");
}

void auto_scaling_registered(ecs *e, uint32_t index)
{
    group_member *m = member_of(e, index);
    if (!m) return;
    CHECK(m->state == MEMBER_PENDING);
    m->state = MEMBER_IN_SERVICE;
    scaling_group *g = group_of(e, m);
    g->in_service++;
    warmup_in_service(e, m->group + 1, index, engine_phase(e->eng) == PHASE_CREATE);
    tell(e, g);
    if (g->rebalancing != index) return;
    g->rebalancing = NO_INDEX;
    wake(e, g, false);
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

void auto_scaling_gone(ecs *e, uint32_t index)
{
    group_member *m = member_of(e, index);
    if (!m) return;
    scaling_group *g = group_of(e, m);
    engine_cancel(e->eng, &m->drain_end);
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

static uint32_t launch_in(ecs *e, scaling_group *g, uint32_t zone, const char *cause)
{
    const sim_time now = engine_now(e->eng);
    uint32_t index = ecs_add_instance(e, g->config->instances, zone);
    add_member(e, index, zone, cause);
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

/* False: every zone refuses (A86). */
static bool launch(ecs *e, scaling_group *g)
{
    const instance_group_config *what = g->launches_what;
    memset(g->zone_refused, 0, what->zone_count * sizeof *g->zone_refused);
    for (;;) {
        uint32_t zone = auto_scaling_launch_zone(g->in_zone, g->zone_refused, what->zone_count);
        if (zone == what->zone_count) return false;
        if (!fault_launch_refused(e, names_intern(e->names, what->zones[zone]), what->provider,
                                  what->auto_scaling_group)) {
            launch_in(e, g, zone, g->replacing > 0 ? "replacement" : "scaleOut");
            if (g->replacing > 0) g->replacing--;
            return true;
        }
        g->zone_refused[zone] = true;
    }
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

/* The zone with the most instances of which one may go; a tie goes to the first (A87). */
static bool choose_to_leave(const ecs *e, const scaling_group *g, uint32_t *chosen)
{
    const auto_scaling *a = e->auto_scaling;
    const sim_time now = engine_now(e->eng);
    bool found = false;
    scale_in_instance best = {0};
    for (uint32_t i = 0; i < g->count; i++) {
        const group_member *m = &a->members[g->listed[i]];
        const scale_in_instance mine = {m->launched_us, g->listed[i]};
        if (m->is_protected) continue;
        if (found) {
            uint32_t zone = a->members[best.instance].zone;
            uint32_t there = g->in_zone[zone], here = g->in_zone[m->zone];
            if (here < there || (here == there && m->zone > zone)) continue;
            if (m->zone == zone &&
                !auto_scaling_leaves_first(g->config->policies, g->config->policy_count, now, mine,
                                           best))
                continue;
        }
        best = mine;
        found = true;
    }
    *chosen = best.instance;
    return found;
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

static bool may_leave(const ecs *e, const scaling_group *g, uint32_t zone)
{
    for (uint32_t i = 0; i < g->count; i++) {
        const group_member *m = &e->auto_scaling->members[g->listed[i]];
        if (m->zone == zone && !m->is_protected && m->state == MEMBER_IN_SERVICE) return true;
    }
    return false;
}

/* One launch in the emptiest zone, where the fullest has two more and can give one up (A89, A90). */
static void rebalance(ecs *e, scaling_group *g)
{
    const instance_group_config *what = g->launches_what;
    uint32_t fullest = 0;
    memset(g->zone_refused, 0, what->zone_count * sizeof *g->zone_refused);
    for (uint32_t z = 1; z < what->zone_count; z++)
        if (g->in_zone[z] > g->in_zone[fullest]) fullest = z;
    uint32_t emptiest = auto_scaling_launch_zone(g->in_zone, g->zone_refused, what->zone_count);
    if (g->in_zone[fullest] < g->in_zone[emptiest] + 2 || !may_leave(e, g, fullest)) return;
    if (fault_launch_refused(e, names_intern(e->names, what->zones[emptiest]), what->provider,
                             what->auto_scaling_group))
        return; /* its capacity is not back */
    g->rebalancing = launch_in(e, g, emptiest, "rebalance");
}

static void settle(ecs *e, scaling_group *g)
{
    end_lost(e, g);
    bool granted = true;
    while (granted && g->count < wanted(g))
        granted = launch(e, g);
    if (g->count >= wanted(g)) g->replacing = 0;
    uint32_t index;
    while (g->count > wanted(g) && choose_to_leave(e, g, &index))
        terminate(e, g, index, "scaleIn");
    g->all_protected = g->count > wanted(g);
    if (g->count == g->desired && g->rebalancing == NO_INDEX) rebalance(e, g);
    if (!granted) wake(e, g, true);
}

static void look(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    (void)subject;
    ecs *e = context;
    auto_scaling *a = e->auto_scaling;
    a->look_planned = false;
    for (uint32_t i = 0; i < e->cfg->auto_scaling_group_count; i++) {
        if (!a->groups[i].due) continue;
        a->groups[i].due = false;
        settle(e, &a->groups[i]);
    }
}

void auto_scaling_capacity_returns(ecs *e)
{
    for (uint32_t i = 0; i < e->cfg->auto_scaling_group_count; i++)
        wake(e, &e->auto_scaling->groups[i], false);
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
    tell(e, g);
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
    a->groups = memory_alloc(cfg->auto_scaling_group_count + 1, sizeof *a->groups);
    for (uint32_t i = 0; i < cfg->auto_scaling_group_count; i++) {
        const auto_scaling_group_config *c = &cfg->auto_scaling_groups[i];
        const instance_group_config *what = &cfg->groups[c->instances];
        a->groups[i] = (scaling_group){.config = c,
                                       .launches_what = what,
                                       .min = c->min_size,
                                       .max = c->max_size,
                                       .desired = what->count,
                                       .rebalancing = NO_INDEX,
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
                                       .launches = g->launches,
                                       .terminations = g->terminations,
                                       .flaps = g->flaps};
}

static void check_group(const ecs *e, const scaling_group *g)
{
    uint32_t in_zones = 0, lost = 0, in_service = 0;
    CHECK(g->min <= g->desired && g->desired <= g->max); /* (1) */
    for (uint32_t z = 0; z < g->launches_what->zone_count; z++)
        in_zones += g->in_zone[z];
    CHECK(in_zones == g->count); /* (2) */
    for (uint32_t i = 0; i < g->count; i++) {
        const group_member *m = &e->auto_scaling->members[g->listed[i]];
        const instance *it = cluster_instance(e->cluster, g->listed[i]);
        CHECK(i == 0 || g->listed[i - 1] < g->listed[i]);
        CHECK(m->state == MEMBER_PENDING
                  ? it->status == INSTANCE_REGISTERING
                  : m->state == MEMBER_IN_SERVICE && instance_is_registered(it)); /* (3) */
        lost += m->lost;
        in_service += m->state == MEMBER_IN_SERVICE && !m->lost;
    }
    CHECK(lost == g->lost_count && in_service == g->in_service);
    bool settled = g->count == wanted(g) && lost == 0;
    CHECK(settled || g->due || (g->all_protected && lost == 0)); /* (4) */
}

void auto_scaling_check(const ecs *e)
{
    for (uint32_t i = 0; i < e->cfg->auto_scaling_group_count; i++)
        check_group(e, &e->auto_scaling->groups[i]);
}
