/* managed_scaling.c - see the header.
 *
 * Invariants of managed_scaling_check:
 *   (1) N and the busy instances of a provider are those that its group has
 *   (2) a provider that has seen other numbers than there are now will look again
 */
#include "models/ecs/managed_scaling.h"
#include "models/ec2/auto_scaling_group.h"
#include "models/ecs/provisioning.h"
#include "models/phase.h"
#include "sim/engine/check.h"
#include <math.h>
#include <stdlib.h>

#define FROM_NONE 2 /* instances (E187) */

typedef enum {
    OUTCOME_NONE,
    OUTCOME_APPLIED,
    OUTCOME_AT_MAX,
    OUTCOME_AT_MIN,
    OUTCOME_AT_DESIRED,
    OUTCOME_WARMUP
} outcome;

static const char *const outcome_names[] = {"", "applied", "atMax", "atMin", "atDesired", "warmup"};

/* What there is at a minute. */
typedef struct {
    int64_t instances, needed;
    bool stays; /* tasks wait, and none of them fits (E184) */
} capacity_numbers;

typedef struct {
    const capacity_provider_config *config;
    uint32_t group; /* index */
    name_id name, group_name, policy;
    uint32_t instances, busy; /* now */
    bool sampled;
    capacity_numbers seen; /* at the last look */
    double reservation;
    int64_t low_since; /* the minute since which the metric is below the target; -1: it is not */
    outcome last_outcome;
    sim_time due_us; /* SIM_NEVER */
} managed_provider;

struct managed_scaling {
    managed_provider *providers; /* those with managed scaling, in file order */
    uint32_t count;
    uint32_t *of_provider; /* by index in the config: place in `providers`, or NO_INDEX */
    uint32_t *of_group;    /* likewise, by Auto Scaling group */
    bool every_minute;
    event_handle look;
};

/* ---- Rules ---- */

static int64_t divide_up(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

uint32_t managed_scaling_instances_for(uint32_t tasks, uint32_t copies)
{
    return (uint32_t)divide_up(tasks, copies);
}

int64_t managed_scaling_needed(const capacity_provider_config *c, int64_t instances, int64_t more)
{
    if (more < c->minimum_step) more = c->minimum_step;
    if (more > c->maximum_step) more = c->maximum_step;
    return instances + more;
}

double managed_scaling_reservation(int64_t instances, int64_t needed)
{
    if (instances == 0) return needed > 0 ? 200 : 100;
    return (double)(100 * needed) / (double)instances;
}

int managed_scaling_direction(const capacity_provider_config *c, int64_t instances, int64_t needed)
{
    const int64_t reserved = 100 * needed, target = c->target_capacity_pct * instances;
    return (reserved > target) - (reserved < target);
}

int64_t managed_scaling_out(const capacity_provider_config *c, int64_t instances, int64_t needed)
{
    return instances == 0 ? FROM_NONE : divide_up(100 * needed, c->target_capacity_pct);
}

int64_t managed_scaling_in(const capacity_provider_config *c, int64_t instances, int64_t needed)
{
    const int64_t half = instances / 2 > 1 ? instances / 2 : 1,
                  fewest = c->target_capacity_pct < 100 ? 1 : 0;
    int64_t step = instances - divide_up(100 * needed, c->target_capacity_pct);
    if (step < 0) step = 0;
    if (step > half) step = half;
    return instances - step > fewest ? instances - step : fewest;
}

/* ---- What there is ---- */

/* Copies on an empty instance of the largest type that the group launches; 0 where one does not fit the smallest
 * (E184). */
static uint32_t copies_on_empty(const ecs *e, const auto_scaling_group_config *group,
                                const placement_plan *plan)
{
    const uint32_t types = group->mixed.type_count > 0 ? group->mixed.type_count : 1;
    uint32_t fewest = UINT32_MAX, most = 0;
    for (uint32_t t = 0; t < types; t++) {
        const uint32_t copies =
            placement_copies_on_empty(plan, &e->cfg->groups[group->instances + t]);
        if (copies < fewest) fewest = copies;
        if (copies > most) most = copies;
    }
    return fewest > 0 ? most : 0;
}

/* E184, E185: the largest group of waiting tasks; 0: none fits. */
static int64_t instances_wanted(const ecs *e, const managed_provider *p, bool *any)
{
    const auto_scaling_group_config *group = &e->cfg->auto_scaling_groups[p->group];
    const uint32_t number = PROVIDER_OF_INSTANCES + (uint32_t)(p->config - e->cfg->providers);
    int64_t most = 0;
    uint32_t count;
    const waiting_needs *needs = provisioning_needs(e, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (needs[i].provider != number) continue;
        *any = true;
        const uint32_t copies = copies_on_empty(e, group, needs[i].plan);
        if (copies == 0) continue;
        const uint32_t instances = managed_scaling_instances_for(needs[i].tasks, copies);
        if (instances > most) most = instances;
    }
    return most;
}

static capacity_numbers numbers_now(const ecs *e, const managed_provider *p)
{
    bool waiting = false;
    const int64_t wanted = instances_wanted(e, p, &waiting);
    capacity_numbers n = {.instances = p->instances, .needed = p->busy};
    if (!waiting) return n;
    n.stays = wanted == 0;
    n.needed = n.stays ? n.instances : managed_scaling_needed(p->config, n.instances, wanted);
    return n;
}

static bool same_numbers(const capacity_numbers *a, const capacity_numbers *b)
{
    return a->instances == b->instances && a->needed == b->needed && a->stays == b->stays;
}

/* ---- When ---- */

static void look(engine *eng, void *context, uint64_t subject);

/* The next minute, this instant's only before its PHASE_CAPACITY. */
static sim_time next_minute(const ecs *e, sim_time from_us)
{
    const sim_time now = engine_now(e->eng);
    sim_time at = (from_us + SIM_MINUTE - 1) / SIM_MINUTE * SIM_MINUTE;
    if (at == now && (now == 0 || engine_phase_reached(e->eng) >= PHASE_CAPACITY)) at += SIM_MINUTE;
    return at;
}

static void plan_look(ecs *e)
{
    managed_scaling *m = e->managed_scaling;
    sim_time due = SIM_NEVER;
    for (uint32_t i = 0; i < m->count; i++)
        if (m->providers[i].due_us < due) due = m->providers[i].due_us;
    if (due == engine_due(e->eng, m->look)) return;
    engine_cancel(e->eng, &m->look);
    if (due != SIM_NEVER) m->look = engine_schedule(e->eng, due, PHASE_CAPACITY, look, 0);
}

static void look_at(ecs *e, managed_provider *p, sim_time from_us)
{
    const sim_time at = next_minute(e, from_us);
    if (at >= p->due_us) return;
    p->due_us = at;
    plan_look(e);
}

static managed_provider *provider_of_group(const ecs *e, uint32_t group)
{
    const managed_scaling *m = e->managed_scaling;
    return m->of_group[group] == NO_INDEX ? NULL : &m->providers[m->of_group[group]];
}

void managed_scaling_wake(ecs *e, uint32_t provider)
{
    managed_scaling *m = e->managed_scaling;
    if (provider < PROVIDER_OF_INSTANCES) return;
    const uint32_t place = m->of_provider[provider - PROVIDER_OF_INSTANCES];
    if (place != NO_INDEX) look_at(e, &m->providers[place], engine_now(e->eng));
}

void managed_scaling_group_changed(ecs *e, uint32_t group)
{
    managed_provider *p = provider_of_group(e, group);
    if (p) look_at(e, p, engine_now(e->eng));
}

bool managed_scaling_is_busy(const ecs *e, uint32_t index)
{
    return e->hosts[index].task_count > e->hosts[index].daemon_count;
}

void managed_scaling_instance_changed(ecs *e, uint32_t index)
{
    const instance *i = cluster_instance(e->cluster, index);
    const uint32_t group = i->group->auto_scaling_group;
    managed_provider *p = group > 0 ? provider_of_group(e, group - 1) : NULL;
    if (!p) return;
    host *h = &e->hosts[index];
    const bool counts = i->status == INSTANCE_ACTIVE,
               busy = counts && managed_scaling_is_busy(e, index);
    if (counts == h->counts && busy == h->counts_busy) return;
    p->instances += (uint32_t)counts - (uint32_t)h->counts;
    p->busy += (uint32_t)busy - (uint32_t)h->counts_busy;
    h->counts = counts;
    h->counts_busy = busy;
    look_at(e, p, engine_now(e->eng));
    if (!busy) auto_scaling_may_leave(e, index);
}

uint32_t managed_scaling_instances(const ecs *e, uint32_t provider)
{
    const managed_scaling *m = e->managed_scaling;
    const uint32_t place = m->of_provider[provider - PROVIDER_OF_INSTANCES];
    CHECK(place != NO_INDEX);
    return m->providers[place].instances;
}

void managed_scaling_sample_now(const ecs *e, uint32_t provider, capacity_provider_sample *out)
{
    const managed_scaling *m = e->managed_scaling;
    const uint32_t place = m->of_provider[provider];
    *out = (capacity_provider_sample){.reservation = NAN};
    if (place == NO_INDEX) return;
    const managed_provider *p = &m->providers[place];
    *out = (capacity_provider_sample){p->reservation, p->seen.instances, p->seen.needed, 0};
    uint32_t count;
    const waiting_needs *needs = provisioning_needs(e, &count);
    for (uint32_t i = 0; i < count; i++)
        if (needs[i].provider == PROVIDER_OF_INSTANCES + provider) out->waiting += needs[i].tasks;
}

/* ---- A minute ---- */

static void say_sample(ecs *e, managed_provider *p, const capacity_numbers *n)
{
    const double reservation = n->stays ? p->config->target_capacity_pct
                                        : managed_scaling_reservation(n->instances, n->needed);
    const bool same = p->sampled && same_numbers(n, &p->seen);
    p->sampled = true;
    p->seen = *n;
    p->reservation = reservation;
    if (same) return;
    model_event ev = {
        .kind = EVENT_CAPACITY_SAMPLE,
        .cell = {p->name, cell_number(reservation), (uint64_t)n->instances, (uint64_t)n->needed}};
    notify_event(e->notifier, &ev);
}

/* A decision; `to` is the desired capacity it comes to. */
static void decide(ecs *e, managed_provider *p, const capacity_numbers *n, int64_t wanted,
                   int64_t to, outcome result)
{
    const int64_t from = auto_scaling_sizes_now(e, p->group).desired;
    const bool applied = result == OUTCOME_APPLIED, same = result == p->last_outcome;
    p->last_outcome = result;
    if (!applied && same) return;
    model_event ev = {.kind = EVENT_SCALING_DECISION,
                      .cell = {0, p->group_name, p->policy, 0, (uint64_t)from,
                               (uint64_t)(applied ? to : from), (uint64_t)n->instances,
                               cell_number(p->reservation), (uint64_t)wanted,
                               names_intern(e->names, outcome_names[result])}};
    notify_event(e->notifier, &ev);
    if (applied) auto_scaling_set_desired(e, p->group, to);
}

/* E187. */
static void scale_out(ecs *e, managed_provider *p, const capacity_numbers *n)
{
    const auto_scaling_sizes sizes = auto_scaling_sizes_now(e, p->group);
    const int64_t wanted = managed_scaling_out(p->config, n->instances, n->needed),
                  to = wanted < sizes.max ? wanted : sizes.max;
    const sim_time launched = auto_scaling_last_launch(e, p->group),
                   warm = launched == SIM_NEVER ? 0 : launched + p->config->warmup_us;
    outcome result = OUTCOME_APPLIED;
    if (to <= sizes.desired)
        result = wanted > sizes.desired ? OUTCOME_AT_MAX : OUTCOME_AT_DESIRED;
    else if (warm > engine_now(e->eng))
        result = OUTCOME_WARMUP;
    decide(e, p, n, wanted, to, result);
    if (result == OUTCOME_WARMUP) look_at(e, p, warm);
}

/* E188. */
static void scale_in(ecs *e, managed_provider *p, const capacity_numbers *n)
{
    const auto_scaling_sizes sizes = auto_scaling_sizes_now(e, p->group);
    const int64_t wanted = managed_scaling_in(p->config, n->instances, n->needed),
                  to = wanted > sizes.min ? wanted : sizes.min;
    outcome result = OUTCOME_APPLIED;
    if (to >= sizes.desired)
        result = wanted < sizes.desired || n->needed == 0 ? OUTCOME_AT_MIN : OUTCOME_AT_DESIRED;
    decide(e, p, n, wanted, to, result);
}

static void look_at_provider(ecs *e, managed_provider *p)
{
    const int64_t minute = engine_now(e->eng) / SIM_MINUTE,
                  periods = e->cfg->control.capacity_scale_in_periods;
    const capacity_numbers n = numbers_now(e, p);
    const bool empty = n.instances == 0 && n.needed == 0;
    const int direction =
        n.stays || empty ? 0 : managed_scaling_direction(p->config, n.instances, n.needed);
    p->due_us = SIM_NEVER;
    say_sample(e, p, &n);
    if (direction >= 0) p->low_since = -1;
    if (direction < 0 && p->low_since < 0) p->low_since = minute;
    const int64_t acts_from = p->low_since + periods - 1;
    if (direction > 0)
        scale_out(e, p, &n);
    else if (direction < 0 && minute >= acts_from)
        scale_in(e, p, &n);
    else
        p->last_outcome = OUTCOME_NONE;
    if (direction < 0 && minute < acts_from) look_at(e, p, acts_from * SIM_MINUTE);
}

static void look(engine *eng, void *context, uint64_t subject)
{
    (void)subject;
    ecs *e = context;
    managed_scaling *m = e->managed_scaling;
    const sim_time now = engine_now(eng);
    for (uint32_t i = 0; i < m->count; i++) {
        managed_provider *p = &m->providers[i];
        if (p->due_us > now) continue;
        look_at_provider(e, p);
        if (m->every_minute) look_at(e, p, now);
    }
    plan_look(e);
}

/* ---- The whole ---- */

managed_scaling *managed_scaling_create(ecs *e, bool every_minute)
{
    const model_config *cfg = e->cfg;
    managed_scaling *m = ARENA_NEW(e->arena, managed_scaling);
    m->every_minute = every_minute;
    m->providers = ARENA_ARRAY(e->arena, cfg->provider_count + 1, managed_provider);
    m->of_provider = ARENA_ARRAY(e->arena, cfg->provider_count + 1, uint32_t);
    m->of_group = ARENA_ARRAY(e->arena, cfg->auto_scaling_group_count + 1, uint32_t);
    for (uint32_t g = 0; g < cfg->auto_scaling_group_count; g++)
        m->of_group[g] = NO_INDEX;
    for (uint32_t i = 0; i < cfg->provider_count; i++) {
        const capacity_provider_config *c = &cfg->providers[i];
        m->of_provider[i] = NO_INDEX;
        if (!c->managed_scaling) continue;
        CHECK(c->auto_scaling_group > 0);
        const char *policy = arena_printf(e->arena, "ECSManagedAutoScalingPolicy-%s", c->name);
        m->of_provider[i] = m->of_group[c->auto_scaling_group - 1] = m->count;
        m->providers[m->count++] = (managed_provider){
            .config = c,
            .group = c->auto_scaling_group - 1,
            .name = names_intern(e->names, c->name),
            .group_name =
                names_intern(e->names, cfg->auto_scaling_groups[c->auto_scaling_group - 1].name),
            .policy = names_intern(e->names, policy),
            .reservation = NAN,
            .low_since = -1,
            .due_us = SIM_NEVER};
    }
    return m;
}

void managed_scaling_start(ecs *e)
{
    for (uint32_t i = 0; i < e->managed_scaling->count; i++)
        look_at(e, &e->managed_scaling->providers[i], 0);
}

void managed_scaling_check(const ecs *e)
{
    const managed_scaling *m = e->managed_scaling;
    for (uint32_t i = 0; i < m->count; i++) {
        const managed_provider *p = &m->providers[i];
        uint32_t instances = 0, busy = 0;
        for (uint32_t k = 0; k < cluster_instance_count(e->cluster); k++) {
            const instance *it = cluster_instance(e->cluster, k);
            if (it->group->auto_scaling_group != p->group + 1 || it->status != INSTANCE_ACTIVE)
                continue;
            instances++;
            busy += managed_scaling_is_busy(e, k);
        }
        CHECK(instances == p->instances && busy == p->busy); /* (1) */
        const capacity_numbers now = numbers_now(e, p);
        CHECK(p->due_us != SIM_NEVER || same_numbers(&now, &p->seen)); /* (2) */
        CHECK(p->due_us == SIM_NEVER || engine_pending(e->eng, m->look));
    }
}
