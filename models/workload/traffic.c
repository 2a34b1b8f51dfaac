/* traffic.c - entries, the groups that they feed, and the instants of change.
 *
 * A part is what one path of an entry brings to one forward of the action that it meets. A route says what share of an entry's rate reaches one flow of one group. Routes are made once;
 * they are kept by entry (whom does a change concern?) and, as indices, by group (what does a group
 * get?), both in file order, so sums have a fixed order.
 */
#include "models/workload/traffic.h"
#include "models/elb/listener.h"
#include "models/phase.h"
#include "models/workload/noise.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <stdlib.h>

typedef struct {
    uint32_t entry, group;
    double share;
    uint32_t flow; /* of the group */
} route;

typedef struct {
    const listener_action *action; /* NULL: straight to the group */
    uint32_t forward, route;
    double share; /* of the entry's rate, before the action's weights */
} part;

/* An action's weights, other than configured (traffic_weigh). */
typedef struct {
    const listener_action *action;
    uint32_t first, second, thousandths;
} weighing;

typedef struct {
    traffic *owner;
    const traffic_config *config;
    rate_series series; /* with its noise; then its own */
    uint32_t route_begin, route_end;
    uint32_t step; /* whose rate holds */
    double rate;
    event_handle next;
} entry;

typedef struct {
    uint32_t *routes;
    uint32_t route_count, route_room;
    double *limits_s, *rates;
    uint32_t flow_count, flow_room;
    bool told; /* waits for its traffic.changed */
    double logged;
} group_traffic;

struct traffic {
    const model_config *cfg;
    random_source random;
    engine *eng;
    notifier *notifier;
    traffic_rate_changed *changed;
    void *context;
    uint32_t group_count;       /* target groups, then … */
    uint32_t *service_of;       /* … those of services, which these are */
    uint32_t *group_of_service; /* NO_INDEX: none */
    name_id *group_names;
    route *routes;
    uint32_t route_count, route_room;
    part *parts; /* in the order of entries, paths, forwards */
    uint32_t part_count, part_room;
    weighing *weighings;
    uint32_t weighing_count, weighing_room;
    entry *entries;
    group_traffic *groups;
    uint32_t *to_tell; /* groups of this instant's scripted changes */
    uint32_t to_tell_count;
    event_handle telling;
};

/* ---- series ---- */

/* Index of the step that holds at a time. */
static uint32_t step_at(const rate_series *series, sim_time at_us)
{
    uint32_t low = 0, high = series->step_count; /* steps below low are at or before at_us */
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (series->steps[middle].at_us <= at_us)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? low - 1 : 0;
}

double rate_series_at(const rate_series *series, sim_time at_us)
{
    return series->step_count > 0 ? series->steps[step_at(series, at_us)].per_second : 0;
}

/* ---- routes, made once ---- */

static double limit_of(const model_config *cfg, const traffic_config *config, uint32_t group)
{
    sim_time limit_us = config->timeout_us;
    const uint32_t lb =
        group < cfg->target_group_count ? cfg->target_groups[group].load_balancer : NO_INDEX;
    if (lb != NO_INDEX && cfg->load_balancers[lb].idle_timeout_us < limit_us)
        limit_us = cfg->load_balancers[lb].idle_timeout_us;
    return (double)limit_us / (double)SIM_SECOND;
}

static uint32_t flow_with_limit(group_traffic *g, double limit_s)
{
    for (uint32_t f = 0; f < g->flow_count; f++)
        if (!(g->limits_s[f] < limit_s || g->limits_s[f] > limit_s)) return f;
    if (g->flow_count == g->flow_room) {
        g->flow_room = g->flow_room ? 2 * g->flow_room : 1;
        g->limits_s = memory_resize(g->limits_s, g->flow_room, sizeof *g->limits_s);
        g->rates = memory_resize(g->rates, g->flow_room, sizeof *g->rates);
    }
    g->limits_s[g->flow_count] = limit_s;
    g->rates[g->flow_count] = 0;
    return g->flow_count++;
}

/* The route that the entry has to this group; made if there is none. */
static uint32_t route_to(traffic *tr, uint32_t e, uint32_t group)
{
    for (uint32_t r = tr->entries[e].route_begin; r < tr->route_count; r++)
        if (tr->routes[r].group == group) return r;
    if (tr->route_count == tr->route_room) {
        tr->route_room = tr->route_room ? 2 * tr->route_room : 16;
        tr->routes = memory_resize(tr->routes, tr->route_room, sizeof *tr->routes);
    }
    group_traffic *g = &tr->groups[group];
    if (g->route_count == g->route_room) {
        g->route_room = g->route_room ? 2 * g->route_room : 1;
        g->routes = memory_resize(g->routes, g->route_room, sizeof *g->routes);
    }
    g->routes[g->route_count++] = tr->route_count;
    const double limit_s = limit_of(tr->cfg, &tr->cfg->traffic[e], group);
    tr->routes[tr->route_count] =
        (route){.entry = e, .group = group, .flow = flow_with_limit(g, limit_s)};
    return tr->route_count++;
}

static double share_of_part(const traffic *tr, const part *p)
{
    if (!p->action) return p->share;
    const listener_action *action = p->action;
    const uint32_t group = action->forwards[p->forward].target_group;
    for (uint32_t w = 0; w < tr->weighing_count; w++) {
        const weighing *now = &tr->weighings[w];
        if (now->action != action || (group != now->first && group != now->second)) continue;
        double both = 0;
        for (uint32_t f = 0; f < action->forward_count; f++)
            if (action->forwards[f].target_group == now->first ||
                action->forwards[f].target_group == now->second)
                both += listener_forward_share(action, f);
        const uint32_t part_of = group == now->second ? now->thousandths : 1000 - now->thousandths;
        return p->share * both * (part_of / 1000.0);
    }
    return p->share * listener_forward_share(action, p->forward);
}

/* A weight of 0 has its route too: it may get another. */
static void add_part(traffic *tr, uint32_t e, uint32_t group, part p)
{
    if (!(p.share > 0)) return;
    p.route = route_to(tr, e, group);
    if (tr->part_count == tr->part_room) {
        tr->part_room = tr->part_room ? 2 * tr->part_room : 16;
        tr->parts = memory_resize(tr->parts, tr->part_room, sizeof *tr->parts);
    }
    tr->parts[tr->part_count++] = p;
    tr->routes[p.route].share += share_of_part(tr, &p);
}

static void split_by_rules(traffic *tr, uint32_t e)
{
    const traffic_config *config = &tr->cfg->traffic[e];
    const uint32_t listener = listener_of(tr->cfg, config->load_balancer);
    if (listener == NO_INDEX) return;
    for (uint32_t p = 0; p < config->path_count; p++) {
        const traffic_path *path = &config->paths[p];
        const listener_action *action = listener_match(tr->cfg, listener, path->host, path->path);
        if (action->kind != ACTION_FORWARD) continue;
        for (uint32_t f = 0; f < action->forward_count; f++)
            add_part(tr, e, action->forwards[f].target_group,
                     (part){.action = action, .forward = f, .share = path->share});
    }
}

static void make_entry(traffic *tr, uint32_t e)
{
    const traffic_config *config = &tr->cfg->traffic[e];
    tr->entries[e] = (entry){
        .owner = tr, .config = config, .series = config->rate, .route_begin = tr->route_count};
    if (config->noise.noise_count > 0)
        tr->entries[e].series = noise_apply(&config->noise, tr->random, tr->cfg->duration_us);
    if (config->target_group != NO_INDEX)
        add_part(tr, e, config->target_group, (part){.share = 1});
    else if (config->load_balancer != NO_INDEX)
        split_by_rules(tr, e);
    else if (config->service != NO_INDEX)
        add_part(tr, e, tr->group_of_service[config->service], (part){.share = 1});
    tr->entries[e].route_end = tr->route_count;
}

static bool is_of_service(const traffic_config *config)
{
    return config->target_group == NO_INDEX && config->load_balancer == NO_INDEX &&
           config->service != NO_INDEX;
}

/* Groups of services, by first appearance. */
static void find_services(traffic *tr)
{
    const model_config *cfg = tr->cfg;
    tr->group_count = cfg->target_group_count;
    tr->group_of_service = memory_alloc((size_t)cfg->service_count + 1, sizeof(uint32_t));
    tr->service_of = memory_alloc((size_t)cfg->service_count + 1, sizeof(uint32_t));
    for (uint32_t s = 0; s < cfg->service_count; s++)
        tr->group_of_service[s] = NO_INDEX;
    for (uint32_t e = 0; e < cfg->traffic_count; e++) {
        const uint32_t s = cfg->traffic[e].service;
        if (!is_of_service(&cfg->traffic[e]) || tr->group_of_service[s] != NO_INDEX) continue;
        tr->service_of[tr->group_count - cfg->target_group_count] = s;
        tr->group_of_service[s] = tr->group_count++;
    }
}

traffic *traffic_create(const model_config *cfg, random_source random, engine *eng, names *t,
                        notifier *n, traffic_rate_changed *changed, void *context)
{
    traffic *tr = memory_alloc(1, sizeof *tr);
    *tr = (traffic){.cfg = cfg,
                    .random = random,
                    .eng = eng,
                    .notifier = n,
                    .changed = changed,
                    .context = context};
    find_services(tr);
    const size_t groups = (size_t)tr->group_count + 1;
    tr->groups = memory_alloc(groups, sizeof *tr->groups);
    tr->group_names = memory_alloc(groups, sizeof *tr->group_names);
    tr->to_tell = memory_alloc(groups, sizeof *tr->to_tell);
    for (uint32_t g = 0; g < tr->group_count; g++) {
        const uint32_t s = traffic_group_service(tr, g);
        tr->group_names[g] =
            names_intern(t, s == NO_INDEX ? cfg->target_groups[g].name : cfg->services[s].name);
    }
    tr->entries = memory_alloc((size_t)cfg->traffic_count + 1, sizeof *tr->entries);
    for (uint32_t e = 0; e < cfg->traffic_count; e++)
        make_entry(tr, e);
    return tr;
}

void traffic_destroy(traffic *tr)
{
    if (!tr) return;
    for (uint32_t g = 0; g < tr->group_count; g++) {
        free(tr->groups[g].routes);
        free(tr->groups[g].limits_s);
        free(tr->groups[g].rates);
    }
    for (uint32_t e = 0; e < tr->cfg->traffic_count; e++)
        if (tr->entries[e].config->noise.noise_count > 0) free(tr->entries[e].series.steps);
    free(tr->groups);
    free(tr->group_names);
    free(tr->group_of_service);
    free(tr->service_of);
    free(tr->to_tell);
    free(tr->entries);
    free(tr->routes);
    free(tr->parts);
    free(tr->weighings);
    free(tr);
}

/* ---- rates ---- */

/* Sums anew rather than adding differences: a rate that returns to 0 is 0. */
static void sum_group(traffic *tr, uint32_t group)
{
    group_traffic *g = &tr->groups[group];
    for (uint32_t f = 0; f < g->flow_count; f++)
        g->rates[f] = 0;
    for (uint32_t i = 0; i < g->route_count; i++) {
        const route *r = &tr->routes[g->routes[i]];
        g->rates[r->flow] += tr->entries[r->entry].rate * r->share;
    }
}

static int by_index(const void *a, const void *b)
{
    const uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

/* Logs the groups that scripted changes of this instant concern, in file order. */
static void tell(traffic *tr)
{
    if (tr->to_tell_count > 1) qsort(tr->to_tell, tr->to_tell_count, sizeof *tr->to_tell, by_index);
    for (uint32_t i = 0; i < tr->to_tell_count; i++) {
        const uint32_t group = tr->to_tell[i];
        const double rate = traffic_group_rate(tr, group);
        tr->groups[group].told = false;
        if (!(rate < tr->groups[group].logged || rate > tr->groups[group].logged)) continue;
        tr->groups[group].logged = rate;
        const bool direct = traffic_group_service(tr, group) != NO_INDEX;
        model_event ev = {.kind = direct ? EVENT_SERVICE_TRAFFIC_CHANGED : EVENT_TRAFFIC_CHANGED,
                          .cell = {tr->group_names[group], cell_number(rate)}};
        notify_event(tr->notifier, &ev);
    }
    tr->to_tell_count = 0;
}

static void tell_event(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    (void)context;
    traffic *tr = (traffic *)(uintptr_t)subject;
    tr->telling = EVENT_NONE;
    tell(tr);
}

/* The entry's rate is that of its step: sums, and tells, the groups that it feeds. */
static void apply(traffic *tr, entry *e)
{
    const rate_series *series = &e->series;
    e->rate = series->step_count > 0 ? series->steps[e->step].per_second : 0;
    for (uint32_t r = e->route_begin; r < e->route_end; r++) {
        const uint32_t group = tr->routes[r].group;
        sum_group(tr, group);
        tr->changed(tr->context, group);
        if (!e->config->scripted || tr->groups[group].told) continue;
        tr->groups[group].told = true;
        tr->to_tell[tr->to_tell_count++] = group;
    }
}

static void change(engine *eng, void *context, uint64_t subject);

static void schedule_next(traffic *tr, entry *e)
{
    if (e->step + 1 >= e->series.step_count || e->route_begin == e->route_end) return;
    e->next = engine_schedule(tr->eng, e->series.steps[e->step + 1].at_us, PHASE_TIMELINE, change,
                              (uint64_t)(uintptr_t)e);
}

static void change(engine *eng, void *context, uint64_t subject)
{
    (void)context;
    entry *e = (entry *)(uintptr_t)subject;
    traffic *tr = e->owner;
    e->step = step_at(&e->series, engine_now(eng));
    apply(tr, e);
    schedule_next(tr, e);
    if (tr->to_tell_count > 0 && !engine_pending(eng, tr->telling))
        tr->telling = engine_schedule(eng, engine_now(eng), PHASE_TIMELINE, tell_event,
                                      (uint64_t)(uintptr_t)tr);
}

void traffic_start(traffic *tr)
{
    const sim_time now_us = engine_now(tr->eng);
    for (uint32_t i = 0; i < tr->cfg->traffic_count; i++) {
        entry *e = &tr->entries[i];
        CHECK(e->rate == 0 && !engine_pending(tr->eng, e->next));
        e->step = step_at(&e->series, now_us);
        apply(tr, e);
        /* A first step that lies ahead holds already: the change to it changes nothing. */
        schedule_next(tr, e);
    }
    tell(tr);
}

/* ---- weights ---- */

/* False if it is weighed so already. */
static bool keep_weighing(traffic *tr, weighing now)
{
    uint32_t w = 0;
    while (w < tr->weighing_count && tr->weighings[w].action != now.action)
        w++;
    if (w == tr->weighing_count) {
        if (tr->weighing_count == tr->weighing_room) {
            tr->weighing_room = tr->weighing_room ? 2 * tr->weighing_room : 4;
            tr->weighings = memory_resize(tr->weighings, tr->weighing_room, sizeof *tr->weighings);
        }
        tr->weighings[tr->weighing_count++] = now;
        return true;
    }
    const weighing *was = &tr->weighings[w];
    if (was->first == now.first && was->second == now.second && was->thousandths == now.thousandths)
        return false;
    tr->weighings[w] = now;
    return true;
}

void traffic_weigh(traffic *tr, const listener_action *action, uint32_t first, uint32_t second,
                   uint32_t thousandths)
{
    CHECK(thousandths <= 1000);
    if (!keep_weighing(tr, (weighing){action, first, second, thousandths})) return;
    for (uint32_t r = 0; r < tr->route_count; r++)
        tr->routes[r].share = 0;
    for (uint32_t p = 0; p < tr->part_count; p++)
        tr->routes[tr->parts[p].route].share += share_of_part(tr, &tr->parts[p]);
    for (uint32_t f = 0; f < action->forward_count; f++) {
        const uint32_t group = action->forwards[f].target_group;
        sum_group(tr, group);
        tr->changed(tr->context, group);
        bool scripted = false;
        for (uint32_t i = 0; i < tr->groups[group].route_count; i++)
            scripted |= tr->entries[tr->routes[tr->groups[group].routes[i]].entry].config->scripted;
        if (!scripted || tr->groups[group].told) continue;
        tr->groups[group].told = true;
        tr->to_tell[tr->to_tell_count++] = group;
    }
    tell(tr);
}

/* ---- what a group gets ---- */

uint32_t traffic_group_count(const traffic *tr)
{
    return tr->group_count;
}

uint32_t traffic_service_group(const traffic *tr, uint32_t service)
{
    CHECK(service < tr->cfg->service_count);
    return tr->group_of_service[service];
}

uint32_t traffic_group_service(const traffic *tr, uint32_t group)
{
    const uint32_t first = tr->cfg->target_group_count;
    CHECK(group < tr->group_count);
    return group < first ? NO_INDEX : tr->service_of[group - first];
}

uint32_t traffic_flow_count(const traffic *tr, uint32_t group)
{
    CHECK(group < tr->group_count);
    return tr->groups[group].flow_count;
}

double traffic_flow_limit_s(const traffic *tr, uint32_t group, uint32_t flow)
{
    CHECK(flow < traffic_flow_count(tr, group));
    return tr->groups[group].limits_s[flow];
}

const double *traffic_flow_rates(const traffic *tr, uint32_t group)
{
    CHECK(group < tr->group_count);
    return tr->groups[group].rates;
}

double traffic_group_rate(const traffic *tr, uint32_t group)
{
    double rate = 0;
    for (uint32_t f = 0; f < traffic_flow_count(tr, group); f++)
        rate += tr->groups[group].rates[f];
    return rate;
}
