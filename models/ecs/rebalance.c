#include "models/ecs/rebalance.h"
#include "models/ecs/query.h"
#include "models/ecs/service_parts.h"
#include "sim/engine/check.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- arithmetic (E117, E118) ---- */

bool rebalance_is_balanced(const rebalance_zone *zones, uint32_t count)
{
    uint32_t fewest = UINT32_MAX, most = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (zones[i].count < fewest) fewest = zones[i].count;
        if (zones[i].count > most) most = zones[i].count;
    }
    return count == 0 || most - fewest <= 1;
}

uint32_t rebalance_set_targets(rebalance_zone *zones, uint32_t count)
{
    uint32_t tasks = 0, missing = 0;
    for (uint32_t i = 0; i < count; i++)
        tasks += zones[i].count;
    if (count == 0) return 0;
    uint32_t each = tasks / count, more = tasks % count;
    for (uint32_t i = 0; i < count; i++) { /* the fullest get one more; ties by name */
        uint32_t before = 0;
        for (uint32_t k = 0; k < count; k++)
            before +=
                zones[k].count > zones[i].count || (zones[k].count == zones[i].count && k < i);
        zones[i].target = each + (before < more);
        if (zones[i].target > zones[i].count) missing += zones[i].target - zones[i].count;
    }
    return missing;
}

/* ---- eligibility and zones ---- */

static const char zone_attribute[] = "ecs.availability-zone";

static bool names_zone(const placement_constraint_config *list, uint32_t count)
{
    bool found = false;
    for (uint32_t i = 0; i < count; i++) {
        sim_error err = {0};
        query *q = list[i].expression ? query_parse(list[i].expression, &err) : NULL;
        const char *name;
        for (uint32_t k = 0; q && (name = query_attribute(q, k)) != NULL; k++)
            found = found || strcmp(name, zone_attribute) == 0;
        query_destroy(q);
    }
    return found;
}

static bool has_classic(const service *s)
{
    for (uint32_t i = 0; i < s->config.load_balancer_count; i++)
        if (target_group_is_classic(s->ecs->cfg, s->config.load_balancers[i].target_group))
            return true;
    return false;
}

/* E116, as of the plan of the newest deployment. */
static bool is_eligible(const service *s)
{
    const service_config *c = &s->config;
    const task_definition_config *d = &s->ecs->cfg->task_definitions[s->newest->definition];
    bool by_zone =
        c->strategy_count == 0 || (c->strategies[0].kind == STRATEGY_SPREAD &&
                                   strcmp(c->strategies[0].attribute, zone_attribute) == 0);
    return by_zone && !s->daemon && !has_classic(s) &&
           !names_zone(c->constraints, c->constraint_count) &&
           !names_zone(d->constraints, d->constraint_count);
}

static bool is_enabled(const service *s)
{
    return s->config.rebalancing && !s->deleted && s->rebalance.eligible &&
           s->config.maximum_percent > 100;
}

static void add_zone(rebalance *r, const names *t, name_id zone)
{
    uint32_t at = 0;
    while (at < r->zone_count && strcmp(names_text(t, r->zones[at].zone), names_text(t, zone)) < 0)
        at++;
    if (at < r->zone_count && r->zones[at].zone == zone) return;
    if (r->zone_count == r->zone_capacity) {
        r->zone_capacity = r->zone_capacity ? 2 * r->zone_capacity : 4;
        r->zones = memory_resize(r->zones, r->zone_capacity, sizeof *r->zones);
    }
    memmove(r->zones + at + 1, r->zones + at, (r->zone_count - at) * sizeof *r->zones);
    r->zones[at] = (rebalance_zone){.zone = zone};
    r->zone_count++;
}

static uint32_t plan_count(const service *s)
{
    return s->config.share_count > 0 ? s->config.share_count : 1;
}

/* The zones in which tasks of the i-th item of the strategy may run (of launch type EC2 without). */
static void add_zones(service *s, uint32_t i)
{
    rebalance *r = &s->rebalance;
    const ecs *e = s->ecs;
    const capacity_share *share = s->config.share_count > 0 ? &s->config.shares[i] : NULL;
    if (share && share->weight == 0 && share->base == 0) return;
    if (share && provider_is_fargate(share->provider)) {
        for (uint32_t z = 0; z < s->config.zone_count; z++)
            add_zone(r, e->names, names_intern(e->names, s->config.zones[z]));
        return;
    }
    const placement_plan *plan = share ? s->newest->plans[i] : s->newest->plan;
    for (uint32_t k = 0; k < cluster_instance_count(e->cluster); k++)
        if (placement_allows(e->cluster, plan, k))
            add_zone(r, e->names, cluster_instance(e->cluster, k)->zone);
}

/* The configured zones, once for each plan and change of instances. */
static void refresh(service *s)
{
    rebalance *r = &s->rebalance;
    const ecs *e = s->ecs;
    const placement_plan *plan = s->newest->plan;
    if (r->seen == plan && r->seen_version == e->instance_version) return;
    bool same_plan = r->seen == plan;
    uint32_t known = same_plan ? r->zone_count : 0;
    rebalance_zone *before = memory_alloc(known + 1, sizeof *before);
    for (uint32_t i = 0; i < known; i++)
        before[i] = r->zones[i];
    if (!same_plan) r->eligible = is_eligible(s);
    r->zone_count = 0;
    for (uint32_t i = 0; r->eligible && i < plan_count(s); i++)
        add_zones(s, i);
    for (uint32_t i = 0; i < r->zone_count; i++) /* their plans stay good */
        for (uint32_t k = 0; k < known; k++)
            if (before[k].zone == r->zones[i].zone) r->zones[i].plans = before[k].plans;
    free(before);
    r->seen = plan;
    r->seen_version = e->instance_version;
}

static void count_zones(service *s)
{
    rebalance *r = &s->rebalance;
    for (uint32_t i = 0; i < r->zone_count; i++)
        r->zones[i].count = r->zones[i].spared = r->zones[i].started = 0;
    for (const task *t = s->first; t; t = t->service_next) {
        if (t->stopping) continue;
        name_id zone = t->zone;
        for (uint32_t i = 0; i < r->zone_count; i++)
            if (r->zones[i].zone == zone) {
                r->zones[i].count++;
                r->zones[i].spared += t->shielded;
            }
    }
}

/* ---- messages (E119, in the form that the API emits) ---- */

static const char *zone_name(const service *s, name_id zone)
{
    return names_text(s->ecs->names, zone);
}

/* "2 tasks in a, 1 tasks in b"; the caller frees it. */
static char *print_counts(const service *s)
{
    const rebalance *r = &s->rebalance;
    size_t size = 1, used = 0;
    for (uint32_t i = 0; i < r->zone_count; i++)
        size += strlen(zone_name(s, r->zones[i].zone)) + 32;
    char *text = memory_alloc(size, 1);
    for (uint32_t i = 0; i < r->zone_count; i++)
        used +=
            (size_t)snprintf(text + used, size - used, "%s%" PRIu32 " tasks in %s",
                             i > 0 ? ", " : "", r->zones[i].count, zone_name(s, r->zones[i].zone));
    return text;
}

static uint64_t hash_counts(const rebalance *r)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (uint32_t i = 0; i < r->zone_count; i++) {
        hash = (hash ^ r->zones[i].zone) * UINT64_C(1099511628211);
        hash = (hash ^ r->zones[i].count) * UINT64_C(1099511628211);
    }
    return hash;
}

static void over(service *s)
{
    rebalance *r = &s->rebalance;
    r->under_way = false;
    r->extra = 0;
}

static void abandon(service *s)
{
    if (s->rebalance.under_way) service_say(s, "stopped AZ Rebalancing.");
    over(s);
}

static void say_protected(service *s, uint32_t tasks)
{
    service_say_lasting(s, MESSAGE_UNBALANCED_SPARED, tasks,
                        "was unable to AZ Rebalance because (taskSet ecs-svc/%s#%" PRIu32
                        ") was unable to scale in due to (reason %" PRIu32
                        " tasks under protection).",
                        s->config.name, s->newest->number, tasks);
}

/* ---- a round ---- */

static uint32_t missing_in(const rebalance_zone *z)
{
    uint32_t there = z->count + z->started;
    return z->target > there ? z->target - there : 0;
}

static uint32_t surplus_in(const rebalance_zone *z)
{
    return z->count > z->target ? z->count - z->target : 0;
}

/* The zone in which most are missing, or most too many that may stop; NULL: none. Ties by name. */
static rebalance_zone *worst(rebalance *r, bool surplus)
{
    rebalance_zone *found = NULL;
    uint32_t most = 0;
    for (uint32_t i = 0; i < r->zone_count; i++) {
        rebalance_zone *z = &r->zones[i];
        uint32_t tasks = surplus ? surplus_in(z) : missing_in(z);
        if (surplus && z->count == z->spared) tasks = 0;
        if (tasks <= most) continue;
        most = tasks;
        found = z;
    }
    return found;
}

/* No task of the provider can go to the zone; plan: of its instances, NULL on Fargate. */
static void refused(service *s, const rebalance_zone *z, const placement_plan *plan,
                    uint32_t copies)
{
    rebalance *r = &s->rebalance;
    sim_time now = engine_now(s->ecs->eng);
    placement_refusal refusal = {.provider = PROVIDER_FARGATE, .closest = NO_INDEX};
    if (plan) placement_explain(s->ecs->cluster, plan, &refusal);
    bool first = !r->refused, changed = first || !service_same_refusal(&refusal, &r->refusal);
    if (first) r->refused_since_us = now;
    r->refused = true;
    r->refusal = refusal;
    r->retry_us = service_next_retry(s, r->refused_since_us, now);
    s->ecs->placements_failed++;
    s->placement_failures++;
    notify_changed(s->ecs->notifier, CHANGED_CLUSTER, 0);
    notify_changed(s->ecs->notifier, CHANGED_SERVICE, s->index);
    if (changed) service_log_refusal(s, s->newest, &refusal, copies);
    const char *why = plan ? "because no container instance met all of its requirements"
                           : "because capacity is unavailable at this time"; /* E119 has none */
    service_say_lasting(s, MESSAGE_UNBALANCED_PLACEMENT, z->zone,
                        "is unable to place a task in %s %s.", zone_name(s, z->zone), why);
}

static bool is_subnet(const service *s, name_id zone)
{
    for (uint32_t i = 0; i < s->config.zone_count; i++)
        if (strcmp(s->config.zones[i], zone_name(s, zone)) == 0) return true;
    return false;
}

/* Of a task that must go to the zone, on instances of the provider. */
static placement_plan *zone_plan(service *s, rebalance_zone *z, uint32_t provider)
{
    uint32_t item = 0;
    while (item < s->config.share_count && s->config.shares[item].provider != provider)
        item++;
    if (!z->plans) z->plans = ARENA_ARRAY(s->ecs->arena, plan_count(s), placement_plan *);
    if (!z->plans[item])
        z->plans[item] = rollout_zone_plan(s, s->newest, provider, zone_name(s, z->zone));
    return z->plans[item];
}

/* A task in the zone, on the provider whose turn it is (E181). NULL: it is refused, and that is said. */
static task *start_in(service *s, rebalance_zone *z, uint32_t copies)
{
    const uint32_t provider =
        capacity_choose(s->config.shares, s->config.share_count, &s->capacity);
    if (provider_is_fargate(provider)) {
        task *t =
            is_subnet(s, z->zone) ? service_place_in_zone(s, s->newest, provider, z->zone) : NULL;
        if (!t) refused(s, z, NULL, copies);
        return t;
    }
    placement_plan *plan = zone_plan(s, z, provider);
    const uint32_t on = placement_choose(s->ecs->cluster, plan, &s->placement_stream);
    if (on != NO_INDEX) return service_place_on(s, s->newest, provider, on);
    refused(s, z, plan, copies);
    return NULL;
}

/* Starts up to `batch` tasks where most are missing; a refused start ends the round (E118). */
static void start_batch(service *s, uint32_t batch)
{
    rebalance *r = &s->rebalance;
    zone_tasks started = {0};
    while (r->extra < batch) {
        rebalance_zone *z = worst(r, false);
        CHECK(z);
        const task *t = start_in(s, z, batch - r->extra);
        if (!t) break;
        r->refused = false;
        service_lasting_over(s, MESSAGE_UNBALANCED_PLACEMENT);
        z->started++;
        r->extra++;
        service_events_add_in_zone(&started, t->number, z->zone);
    }
    service_say_in_zones(s, &started, "started", "tasks", "to AZ Rebalance");
    zone_tasks_finish(&started);
}

static void begin(service *s)
{
    rebalance *r = &s->rebalance;
    uint32_t missing = rebalance_set_targets(r->zones, r->zone_count), may_stop = 0;
    for (uint32_t i = 0; i < r->zone_count; i++) {
        uint32_t surplus = surplus_in(&r->zones[i]), free = r->zones[i].count - r->zones[i].spared;
        may_stop += surplus < free ? surplus : free;
    }
    if (may_stop == 0) {
        say_protected(s, missing);
        over(s);
        return;
    }
    int64_t slots = service_slots(s);
    if (slots <= 0) {
        r->checked = s->counted == s->active; /* else another look when those that stop are gone */
        if (r->checked) abandon(s);
        return;
    }
    uint32_t batch = missing < may_stop ? missing : may_stop;
    if (batch > slots) batch = (uint32_t)slots;
    char *counts = print_counts(s);
    service_say_lasting(s, MESSAGE_UNBALANCED, hash_counts(r),
                        "is not AZ balanced with %s. AZ Rebalancing in progress.", counts);
    free(counts);
    r->under_way = true;
    r->desired = s->config.desired_count;
    r->deployment = s->newest->number;
    start_batch(s, batch);
    if (r->extra == 0) over(s);
    service_wake(s); /* what has started, or the wait, is for the next pass */
}

static void look(service *s)
{
    rebalance *r = &s->rebalance;
    r->checked = true;
    count_zones(s);
    if (!rebalance_is_balanced(r->zones, r->zone_count)) {
        begin(s);
        return;
    }
    r->refused = false;
    service_lasting_over(s, MESSAGE_UNBALANCED);
    service_lasting_over(s, MESSAGE_UNBALANCED_PLACEMENT);
    service_lasting_over(s, MESSAGE_UNBALANCED_SPARED);
    if (!r->under_way) return;
    char *counts = print_counts(s);
    service_say(s, "is AZ balanced with %s.", counts);
    free(counts);
    over(s);
}

/* All that started are healthy: as many stop where most are too many. */
static void stop_batch(service *s)
{
    rebalance *r = &s->rebalance;
    count_zones(s);
    uint32_t tasks = r->extra;
    r->extra = 0;
    for (rebalance_zone *z; tasks > 0 && (z = worst(r, true)) != NULL; tasks--) {
        CHECK(service_stop_in_zone(s, z->zone));
        z->count--;
    }
    if (tasks > 0) { /* protected since; what is too much goes as a scale-in can */
        say_protected(s, tasks);
        over(s);
    }
    r->checked = false;
    service_wake(s);
}

void rebalance_watch(service *s)
{
    rebalance *r = &s->rebalance;
    if (!r->under_way) return;
    const deployment *d = s->newest;
    bool as_begun = is_enabled(s) && d->number == r->deployment && d->leaving == 0 &&
                    s->config.desired_count == r->desired && s->live_deployments == 1 &&
                    s->active == r->desired + r->extra && d->bad == 0 && r->seen == d->plan;
    if (!as_begun) abandon(s);
}

void rebalance_note_steady(service *s, bool steady)
{
    rebalance *r = &s->rebalance;
    if (!steady) r->checked = false;
    if (steady && !s->steady) r->steady_since_us = engine_now(s->ecs->eng);
}

void rebalance_go_on(service *s)
{
    rebalance *r = &s->rebalance;
    if (!s->config.rebalancing) return;
    if (r->extra > 0) {
        if (s->newest->healthy == r->desired + r->extra) stop_batch(s);
        return;
    }
    sim_time now = engine_now(s->ecs->eng);
    if (!s->steady || rebalance_due(s) > now) return;
    refresh(s);
    if (is_enabled(s)) look(s);
}

sim_time rebalance_due(const service *s)
{
    const rebalance *r = &s->rebalance;
    if (!s->config.rebalancing || !s->steady || r->extra > 0) return SIM_NEVER;
    if (r->checked) return r->refused ? r->retry_us : SIM_NEVER;
    sim_time first = r->steady_since_us + s->ecs->cfg->control.rebalance_delay_us;
    if (r->under_way) first = r->steady_since_us; /* the delay is that of the first look */
    return r->refused && r->retry_us > first ? r->retry_us : first;
}

void rebalance_look_again(service *s)
{
    rebalance *r = &s->rebalance;
    r->checked = false;
    if (s->ecs->cfg->control.retry_on_capacity_event) r->retry_us = 0;
    if (s->steady) service_wake(s);
}

void rebalance_finish(rebalance *r)
{
    free(r->zones);
}

void rebalance_check(const service *s)
{
    const rebalance *r = &s->rebalance;
    CHECK(r->extra == 0 || r->under_way);
    CHECK(!r->under_way || s->config.rebalancing || s->dirty);
    CHECK(r->extra == 0 || s->active == r->desired + r->extra || s->dirty);
    for (uint32_t i = 1; i < r->zone_count; i++)
        CHECK(strcmp(zone_name(s, r->zones[i - 1].zone), zone_name(s, r->zones[i].zone)) < 0);
}
