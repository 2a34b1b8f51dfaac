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
#include "models/ec2/auto_scaling_parts.h"
#include "models/ec2/fault.h"
#include "models/ec2/instance_refresh.h"
#include "models/ec2/warmup.h"
#include "models/ecs/managed_scaling.h"
#include "models/phase.h"
#include "sim/engine/check.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define FLAP_US (20 * SIM_MINUTE) /* contract: metrics, flaps */

/* ---- Members ---- */

group_member *auto_scaling_member_of(const ecs *e, uint32_t index)
{
    auto_scaling *a = e->auto_scaling;
    if (index >= a->member_room || a->members[index].state == MEMBER_NONE) return NULL;
    return &a->members[index];
}

static void tell(ecs *e, const scaling_group *g)
{
    const uint32_t index = (uint32_t)(g - e->auto_scaling->groups);
    notify_changed(e->notifier, CHANGED_AUTO_SCALING_GROUP, index);
    scaling_group_changed(e->scaling, index + 1);
    managed_scaling_group_changed(e, index);
}

static void look(engine *eng, void *context, uint64_t subject);

void auto_scaling_look_later(ecs *e, scaling_group *g, bool behind)
{
    auto_scaling *a = e->auto_scaling;
    sim_time now = engine_now(e->eng), at = (now + SIM_MINUTE - 1) / SIM_MINUTE * SIM_MINUTE;
    g->due = true;
    if (a->look_planned) return;
    if (at == now && (behind || engine_phase_reached(e->eng) >= PHASE_GROUP)) at += SIM_MINUTE;
    a->look_planned = true;
    engine_schedule(e->eng, at, PHASE_GROUP, look, 0);
}

void auto_scaling_count(scaling_group *g, const group_member *m, int by)
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
    auto_scaling_count(g, m, 1);
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
    if (m->stand_in != NO_INDEX) auto_scaling_part(e, g, m);
    if (m->stands_for != NO_INDEX)
        auto_scaling_part(e, g, &e->auto_scaling->members[m->stands_for]);
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
    auto_scaling_count(g, m, -1);
    g->lost_count -= m->lost;
    g->all_protected = false;
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
    if (g->count == 1) auto_scaling_plan_expiry(e, g);
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
    group_member *m = auto_scaling_member_of(e, index);
    if (!m) return;
    CHECK(m->state == MEMBER_PENDING);
    m->state = MEMBER_IN_SERVICE;
    scaling_group *g = auto_scaling_group_of(e, m);
    g->in_service++;
    m->since_us = engine_now(e->eng);
    instance_refresh_in_service(e, m->group, index);
    warmup_in_service(e, m->group + 1, index, engine_phase(e->eng) == PHASE_CREATE);
    tell(e, g);
    if (m->stands_for != NO_INDEX || g->overdue) auto_scaling_look_later(e, g, false);
}

void auto_scaling_noticed(ecs *e, uint32_t index)
{
    group_member *m = auto_scaling_member_of(e, index);
    if (!m) return;
    m->noticed = true;
    e->auto_scaling->use.risky[m->kind]++;
    if (auto_scaling_group_of(e, m)->config->capacity_rebalance)
        auto_scaling_look_later(e, auto_scaling_group_of(e, m), false);
}

void auto_scaling_host_died(ecs *e, uint32_t index)
{
    group_member *m = auto_scaling_member_of(e, index);
    if (!m || m->lost || m->state != MEMBER_IN_SERVICE) return;
    leave_service(e, auto_scaling_group_of(e, m), index);
    m->lost = true;
    auto_scaling_group_of(e, m)->lost_count++;
    tell(e, auto_scaling_group_of(e, m));
    auto_scaling_look_later(e, auto_scaling_group_of(e, m), false);
}

/* Its pool has room again. */
static void release(ecs *e, const group_member *m)
{
    mixed_use *use = &e->auto_scaling->use;
    const bool was_full = mixed_spare(use, m->kind) <= 0;
    mixed_use_count(use, m->kind, -1);
    if (m->noticed) use->risky[m->kind]--;
    for (uint32_t i = 0; was_full && i < e->cfg->auto_scaling_group_count; i++)
        auto_scaling_look_later(e, &e->auto_scaling->groups[i],
                                e->auto_scaling->looking); /* once an instant (A111) */
}

void auto_scaling_gone(ecs *e, uint32_t index)
{
    group_member *m = auto_scaling_member_of(e, index);
    if (!m) return;
    scaling_group *g = auto_scaling_group_of(e, m);
    engine_cancel(e->eng, &m->drain_end);
    release(e, m);
    if (m->state != MEMBER_TERMINATING) { /* nobody here asked for it */
        unlist_member(e, g, index);
        if ((int64_t)g->count + g->replacing < auto_scaling_wanted(g)) g->replacing++;
        auto_scaling_look_later(e, g, false);
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
    const group_member *m = auto_scaling_member_of(e, (uint32_t)index);
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

uint32_t auto_scaling_launch_in_zone(ecs *e, scaling_group *g, bool spot, uint32_t zone,
                                     const char *cause)
{
    const instance_group_config *what = g->launches_what;
    const int64_t lacking = auto_scaling_wanted(g) - g->count;
    const uint32_t kind =
        mixed_choose(&e->auto_scaling->use, g->config, spot, zone, lacking > 0 ? lacking : 1);
    if (kind == NO_INDEX || fault_launch_refused(e, names_intern(e->names, what->zones[zone]),
                                                 what->provider, what->auto_scaling_group))
        return NO_INDEX;
    return launch_in(e, g, kind, zone, cause);
}

uint32_t auto_scaling_launch(ecs *e, scaling_group *g, bool spot, const char *cause)
{
    const instance_group_config *what = g->launches_what;
    memset(g->zone_refused, 0, what->zone_count * sizeof *g->zone_refused);
    for (;;) {
        uint32_t zone = mixed_launch_zone(g->in_zone, g->zone_refused, what->zone_count);
        if (zone == what->zone_count) return NO_INDEX;
        uint32_t index = auto_scaling_launch_in_zone(e, g, spot, zone, cause);
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
    while (g->count < auto_scaling_wanted(g)) {
        const bool spot = g->on_demand >= mixed_on_demand(&g->config->mixed, g->desired);
        if (auto_scaling_launch(e, g, spot, cause_of_launch(e, g)) == NO_INDEX) return false;
        if (g->replacing > 0) g->replacing--;
    }
    return true;
}

/* ---- Terminations ---- */

static void drain_ends(engine *eng, void *context, uint64_t index)
{
    (void)eng;
    ecs *e = context;
    group_member *m = auto_scaling_member_of(e, (uint32_t)index);
    CHECK(m && m->state == MEMBER_TERMINATING);
    m->drain_end = EVENT_NONE;
    ecs_terminate_instance(e, (uint32_t)index, m->cause, false);
}

void auto_scaling_terminate(ecs *e, scaling_group *g, uint32_t index, const char *cause)
{
    group_member *m = auto_scaling_member_of(e, index);
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
    group_member *m = auto_scaling_member_of(e, index);
    if (!m || m->state != MEMBER_TERMINATING) return;
    engine_cancel(e->eng, &m->drain_end);
    m->drain_end = engine_schedule(e->eng, engine_now(e->eng), PHASE_DURATION, drain_ends, index);
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
        auto_scaling_terminate(e, g, index, "unhealthy"); /* the next one moves up */
        if ((int64_t)g->count + g->replacing < auto_scaling_wanted(g)) g->replacing++;
    }
}

static void settle(ecs *e, scaling_group *g)
{
    const uint32_t number = (uint32_t)(g - e->auto_scaling->groups);
    end_lost(e, g);
    auto_scaling_end_leaving(e, g);
    auto_scaling_end_lifetimes(e, g);
    instance_refresh_look(e, number);
    bool granted = fill(e, g);
    if (g->count >= auto_scaling_wanted(g)) g->replacing = 0;
    while (g->count > auto_scaling_wanted(g) && auto_scaling_scale_in(e, g))
        ;
    g->all_protected = g->count > auto_scaling_wanted(g);
    if (g->count == auto_scaling_wanted(g)) granted &= auto_scaling_replace_noticed(e, g);
    if (g->count == g->desired && g->leaving == 0 && !g->config->keeps_zones &&
        !instance_refresh_active(e, number))
        auto_scaling_rebalance(e, g);
    auto_scaling_plan_expiry(e, g);
    if (!granted) auto_scaling_look_later(e, g, true);
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
        auto_scaling_look_later(e, &e->auto_scaling->groups[i], false);
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
    const group_member *m = auto_scaling_member_of(e, index);
    CHECK(m);
    return (auto_scaling_member){m->state == MEMBER_IN_SERVICE && !m->lost, m->is_protected,
                                 m->since_us, auto_scaling_group_of(e, m)->in_zone[m->zone]};
}

void auto_scaling_wake(ecs *e, uint32_t group)
{
    auto_scaling_look_later(e, &e->auto_scaling->groups[group], false);
}

void auto_scaling_set_surge(ecs *e, uint32_t group, int64_t surge)
{
    e->auto_scaling->groups[group].surge = surge;
    tell(e, &e->auto_scaling->groups[group]);
}

void auto_scaling_replace(ecs *e, uint32_t index, const char *cause)
{
    auto_scaling_terminate(e, auto_scaling_group_of(e, auto_scaling_member_of(e, index)), index,
                           cause);
}

/* ---- Sizes ---- */

static void set_desired(ecs *e, scaling_group *g, int64_t desired)
{
    if (g->desired == desired) return;
    if (desired < g->desired) g->replacing = 0;
    g->desired = desired;
    auto_scaling_look_later(e, g, false);
    tell(e, g);
}

void auto_scaling_may_leave(ecs *e, uint32_t index)
{
    const group_member *m = auto_scaling_member_of(e, index);
    if (m && auto_scaling_group_of(e, m)->all_protected)
        auto_scaling_look_later(e, auto_scaling_group_of(e, m), false);
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
    const group_member *m = auto_scaling_member_of(e, index);
    if (!m || m->state == MEMBER_TERMINATING) return true;
    scaling_group *g = auto_scaling_group_of(e, m);
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
    const group_member *m = auto_scaling_member_of(e, index);
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
        on_demand += m->stand_in == NO_INDEX && !auto_scaling_is_spot(e, m);
    }
    CHECK(lost == g->lost_count && in_service == g->in_service);
    CHECK(leaving == g->leaving && on_demand == g->on_demand); /* (4) */
    CHECK(g->surge == 0 || instance_refresh_active(e, (uint32_t)(g - e->auto_scaling->groups)));
    bool settled = g->count == auto_scaling_wanted(g) && lost == 0;
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
