#include "models/ec2/instance_refresh.h"
#include "models/ec2/auto_scaling_group.h"
#include "models/phase.h"
#include "sim/engine/check.h"
#include <stdlib.h>

#define LONGEST_US            (14 * SIM_DAY)
#define PROTECTED_PATIENCE_US SIM_HOUR

typedef struct {
    const instance_refresh_config *how;
    bool active;
    uint32_t first_new; /* instances from this number on are not of those to be replaced */
    int64_t total;      /* to be replaced */
    uint32_t checkpoint;
    sim_time goes_on_us; /* a checkpoint has been reached; 0: none */
    sim_time stuck_us;   /* since when protected instances hold it up; SIM_NEVER */
    instance_refresh_sample sample;
} refresh;

typedef struct {
    refresh *list; /* in order; only the last one may be active */
    uint32_t count;
} group_refreshes;

struct instance_refreshes {
    ecs *ecs;
    group_refreshes *groups;
};

/* What a group's list comes to, as a refresh sees it. */
typedef struct {
    int64_t listed, healthy;
    int64_t old, may_go; /* still to be replaced; of those, without what is waited for */
} census;

static group_refreshes *of(const ecs *e, uint32_t group)
{
    return &e->refreshes->groups[group];
}

static refresh *active_of(const ecs *e, uint32_t group)
{
    group_refreshes *g = of(e, group);
    return g->count > 0 && g->list[g->count - 1].active ? &g->list[g->count - 1] : NULL;
}

bool instance_refresh_active(const ecs *e, uint32_t group)
{
    return active_of(e, group) != NULL;
}

int64_t instance_refresh_batch(int64_t desired, int64_t healthy, uint32_t minimum_percent,
                               int64_t extra)
{
    const int64_t least = (desired * minimum_percent + 99) / 100;
    if (healthy > least) return healthy - least;
    return extra > 0 ? 0 : 1;
}

/* ---- Looking ---- */

/* It is one of those to be replaced; whether it may is another question. */
static bool is_old(const refresh *r, uint32_t index, const auto_scaling_member *m)
{
    return index < r->first_new && !(m->is_protected && r->how->on_protected == PROTECTED_IGNORE);
}

static bool may_go(const refresh *r, uint32_t index, const auto_scaling_member *m)
{
    return is_old(r, index, m) && !(m->is_protected && r->how->on_protected == PROTECTED_WAIT);
}

static census count_members(const ecs *e, uint32_t group, const refresh *r)
{
    const uint32_t *list;
    census c = {.listed = auto_scaling_members(e, group, &list)};
    for (int64_t i = 0; i < c.listed; i++) {
        const auto_scaling_member m = auto_scaling_member_now(e, list[i]);
        const bool is_new = list[i] >= r->first_new;
        c.healthy +=
            m.in_service && (!is_new || engine_now(e->eng) >= m.since_us + r->how->warmup_us);
        c.old += is_old(r, list[i], &m);
        c.may_go += may_go(r, list[i], &m);
    }
    return c;
}

static void look_again(engine *eng, void *context, uint64_t group)
{
    (void)eng;
    auto_scaling_wake(context, (uint32_t)group);
}

static void look_at(ecs *e, uint32_t group, sim_time at_us)
{
    engine_schedule(e->eng, at_us, PHASE_DURATION, look_again, group);
}

static void end(ecs *e, uint32_t group, refresh *r, bool succeeded)
{
    r->active = false;
    r->sample.state = succeeded ? REFRESH_SUCCESSFUL : REFRESH_FAILED;
    r->sample.ended_us = engine_now(e->eng);
    auto_scaling_set_surge(e, group, 0);
}

/* ---- A batch ---- */

/* How many may be replaced before the next checkpoint; -1: it waits, or is over. */
static int64_t allowance(ecs *e, uint32_t group, refresh *r, int64_t old)
{
    const instance_refresh_config *how = r->how;
    const sim_time now = engine_now(e->eng);
    const int64_t done = r->total - old;
    if (old == 0) {
        end(e, group, r, true);
        return -1;
    }
    if (how->checkpoint_count == 0) return old;
    while (r->checkpoint < how->checkpoint_count) {
        const int64_t upto = (r->total * how->checkpoints[r->checkpoint] + 99) / 100;
        if (done < upto) return upto - done;
        if (r->checkpoint + 1 == how->checkpoint_count) break;
        if (r->goes_on_us == 0) {
            r->goes_on_us = now + how->checkpoint_delay_us;
            if (how->checkpoint_delay_us > 0) look_at(e, group, r->goes_on_us);
        }
        if (now < r->goes_on_us) return -1;
        r->goes_on_us = 0;
        r->checkpoint++;
    }
    end(e, group, r, true);
    return -1;
}

/* Protected instances are all that is left. */
static void wait_for_protected(ecs *e, uint32_t group, refresh *r)
{
    const sim_time now = engine_now(e->eng);
    if (r->stuck_us == SIM_NEVER) {
        r->stuck_us = now;
        look_at(e, group, now + PROTECTED_PATIENCE_US);
    } else if (now >= r->stuck_us + PROTECTED_PATIENCE_US) {
        end(e, group, r, false);
    }
}

/* Of the zone with the most instances, as a scale-in takes them (A87), the lowest number. */
static uint32_t next_to_go(const ecs *e, uint32_t group, const refresh *r)
{
    const uint32_t *list, count = auto_scaling_members(e, group, &list);
    uint32_t best = NO_INDEX, most = 0;
    for (uint32_t i = 0; i < count; i++) {
        const auto_scaling_member m = auto_scaling_member_now(e, list[i]);
        if (!may_go(r, list[i], &m) || (best != NO_INDEX && m.in_zone <= most)) continue;
        best = list[i];
        most = m.in_zone;
    }
    CHECK(best != NO_INDEX);
    return best;
}

static void give_up(ecs *e, uint32_t group, refresh *r, int64_t count)
{
    for (; count > 0; count--) {
        const uint32_t index = next_to_go(e, group, r);
        r->sample.tasks_moved += e->hosts[index].task_count;
        auto_scaling_replace(e, index, "refresh");
    }
}

/* One batch, if the last one is done. True: the next may begin at once. */
static bool one_batch(ecs *e, uint32_t group, refresh *r)
{
    auto_scaling_group_sample g;
    auto_scaling_sample_now(e, group, &g);
    census c = count_members(e, group, r);
    if (c.listed < g.desired + g.surge || c.healthy != c.listed) return false;
    const int64_t allowed = allowance(e, group, r, c.old);
    if (allowed < 0) return false;
    if (c.may_go == 0) {
        wait_for_protected(e, group, r);
        return false;
    }
    const uint32_t most = r->how->maximum_percent;
    const int64_t extra = most > 0 ? g.desired * most / 100 - g.desired : 0;
    int64_t go = instance_refresh_batch(g.desired, c.healthy, r->how->minimum_percent, extra);
    if (go > allowed) go = allowed;
    if (go > c.may_go) go = c.may_go;
    give_up(e, group, r, go);
    const int64_t left = allowed - go < c.may_go - go ? allowed - go : c.may_go - go;
    const int64_t surge = extra < left ? extra : left;
    auto_scaling_set_surge(e, group, surge);
    return go > 0 && c.listed - go >= g.desired + surge;
}

void instance_refresh_look(ecs *e, uint32_t group)
{
    refresh *r = active_of(e, group);
    if (r && engine_now(e->eng) >= r->sample.started_us + LONGEST_US) end(e, group, r, false);
    while (r && r->active && one_batch(e, group, r)) {
    }
}

void instance_refresh_in_service(ecs *e, uint32_t group, uint32_t index)
{
    const refresh *r = active_of(e, group);
    if (r && index >= r->first_new) look_at(e, group, engine_now(e->eng) + r->how->warmup_us);
}

/* ---- The whole ---- */

const char *instance_refresh_refuses(const ecs *e, uint32_t group)
{
    return instance_refresh_active(e, group)
               ? "InstanceRefreshInProgress: An Instance Refresh is already in progress and "
                 "blocks the execution of this Instance Refresh."
               : NULL;
}

void instance_refresh_start(ecs *e, uint32_t group, const instance_refresh_config *how)
{
    group_refreshes *g = of(e, group);
    g->list = memory_resize(g->list, g->count + 1, sizeof *g->list);
    refresh *r = &g->list[g->count++];
    const sim_time now = engine_now(e->eng);
    *r = (refresh){.how = how,
                   .active = true,
                   .first_new = how->skip_matching ? 0 : cluster_instance_count(e->cluster),
                   .stuck_us = SIM_NEVER,
                   .sample = {.state = REFRESH_IN_PROGRESS, .started_us = now}};
    const uint32_t *list;
    const uint32_t count = auto_scaling_members(e, group, &list);
    for (uint32_t i = 0; i < count; i++) {
        const auto_scaling_member m = auto_scaling_member_now(e, list[i]);
        if (!is_old(r, list[i], &m)) continue;
        r->total++;
        r->sample.tasks_before += e->hosts[list[i]].task_count;
    }
    look_at(e, group, now + LONGEST_US);
    notify_changed(e->notifier, CHANGED_AUTO_SCALING_GROUP, group);
    auto_scaling_wake(e, group);
}

instance_refreshes *instance_refreshes_create(ecs *e)
{
    instance_refreshes *r = memory_alloc(1, sizeof *r);
    r->ecs = e;
    r->groups = memory_alloc(e->cfg->auto_scaling_group_count + 1, sizeof *r->groups);
    return r;
}

void instance_refreshes_destroy(instance_refreshes *r)
{
    if (!r) return;
    for (uint32_t g = 0; g < r->ecs->cfg->auto_scaling_group_count; g++)
        free(r->groups[g].list);
    free(r->groups);
    free(r);
}

uint32_t instance_refresh_count(const ecs *e, uint32_t group)
{
    return of(e, group)->count;
}

void instance_refresh_sample_now(const ecs *e, uint32_t group, uint32_t number,
                                 instance_refresh_sample *out)
{
    CHECK(number < of(e, group)->count);
    *out = of(e, group)->list[number].sample;
}
