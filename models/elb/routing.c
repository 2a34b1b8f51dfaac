/* routing.c - counts of targets by class, and rates divided over them. */
#include "models/elb/routing.h"
#include "models/elb/outstanding.h"
#include "models/elb/request_time.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The class's targets that are busy; steps from low to high have been in use. */
typedef struct {
    uint32_t room, low, high;
    uint32_t count[ROUTE_KINDS];
    uint64_t shed[ROUTE_KINDS];    /* sums of target_load.shed */
    uint64_t *served[ROUTE_KINDS]; /* by step: sums of 2^32 - shed */
    double *late;                  /* by flow and step; NAN: not known yet */
} class_load;

/* How long a request takes that is answered well, on average. */
typedef struct {
    uint32_t room;  /* steps */
    double *mean_s; /* by flow and step; NAN: not known yet */
} class_times;

typedef struct {
    route_class class;
    uint32_t targets; /* of any kind, ROUTE_NONE included; 0: the slot is free */
    uint32_t count[ROUTE_KINDS];
    double *late;     /* for each flow, the share of requests that outlast its limit */
    double *stays_s;  /* least outstanding requests: for each flow, how long one stays on average */
    double weight;    /* of each target at the last routing_share … */
    double rate;      /* … and what it got */
    class_load *load; /* NULL: none was ever busy */
    class_times *times; /* NULL: nobody asks */
} class_slot;

typedef struct {
    uint32_t count[ROUTE_KINDS];
    double entering;  /* share of the requests that enter here */
    bool open;        /* of the last routing_share, as are … */
    uint32_t targets; /* … those eligible … */
    double weight;    /* … and the sum of their weights */
} node_record;

struct routing {
    uint32_t flow_count;
    double *limit_s;
    double *mix; /* each flow's share of the rate, as of the last time there was any */
    class_slot *classes;
    uint32_t class_count, class_room;
    routing_rule rule;
    node_record *nodes;
    uint32_t node_count;
    double unreachable;
    service_share *shares;
    uint32_t share_count, share_room;
    request_sample total;
    latency_part *parts;
    uint32_t part_count, part_room;
    outstanding_class *balance; /* scratch: one node's classes */
    uint32_t balance_room;
};

#define SHED_ALL 4294967296.0

/* ---- classes ---- */

static double slow_factor(const route_class *class)
{
    return class->slow_factor > 0 ? class->slow_factor : 1;
}

/* P(factor X > x) = P(X > x / factor). */
static double class_tail(const route_class *class, double x)
{
    return request_time_tail(class->request_seconds, x / slow_factor(class));
}

static double class_tail_integral(const route_class *class, double from, double to)
{
    const double factor = slow_factor(class);
    return factor * request_time_integral(class->request_seconds, from / factor, to / factor);
}

static void make_nodes(routing *r, uint32_t count)
{
    if (count <= r->node_count) return;
    r->nodes = memory_resize(r->nodes, count, sizeof *r->nodes);
    for (; r->node_count < count; r->node_count++)
        r->nodes[r->node_count] = (node_record){0};
}

routing *routing_create(uint32_t flow_count, const double *limits_s, const routing_rule *rule)
{
    routing *r = memory_alloc(1, sizeof *r);
    r->rule = *rule;
    make_nodes(r, 1);
    r->nodes[0].entering = 1;
    r->flow_count = flow_count;
    if (flow_count == 0) return r;
    r->limit_s = memory_alloc(flow_count, sizeof *r->limit_s);
    r->mix = memory_alloc(flow_count, sizeof *r->mix);
    memcpy(r->limit_s, limits_s, flow_count * sizeof *limits_s);
    return r;
}

static void load_free(class_load *load)
{
    if (!load) return;
    for (int kind = 0; kind < ROUTE_KINDS; kind++)
        free(load->served[kind]);
    free(load->late);
    free(load);
}

static void times_free(class_times *times)
{
    if (!times) return;
    free(times->mean_s);
    free(times);
}

void routing_destroy(routing *r)
{
    if (!r) return;
    for (uint32_t c = 0; c < r->class_count; c++) {
        free(r->classes[c].late);
        free(r->classes[c].stays_s);
        load_free(r->classes[c].load);
        times_free(r->classes[c].times);
    }
    free(r->classes);
    free(r->nodes);
    free(r->parts);
    free(r->balance);
    free(r->shares);
    free(r->mix);
    free(r->limit_s);
    free(r);
}

request_outcome routing_outcome(target_answer answer)
{
    switch (answer.kind) {
    case ANSWER_OK:
        return OUTCOME_SERVED;
    case ANSWER_STATUS:
        return answer.status_code >= 500 ? OUTCOME_ERROR : OUTCOME_SERVED;
    case ANSWER_REFUSE:
        return OUTCOME_REFUSED;
    case ANSWER_HANG:
        return OUTCOME_HANGS;
    }
    check_failed("CHECK", "a known answer", __FILE__, __LINE__);
}

static bool same(double a, double b)
{
    return !(a < b || a > b);
}

static bool same_class(const route_class *a, const route_class *b)
{
    return a->service == b->service && a->outcome == b->outcome &&
           a->request_seconds == b->request_seconds && a->node == b->node && a->ramp == b->ramp &&
           same(a->cpu.seconds, b->cpu.seconds) && same(a->cpu.share, b->cpu.share) &&
           same(a->cpu.units, b->cpu.units) && same(a->slow_factor, b->slow_factor) &&
           same(a->error_rate, b->error_rate);
}

/* A request's mean time on a target, cut at the limit. */
static double stay_s(const route_class *class, double limit_s)
{
    const double factor = slow_factor(class);
    if (class->outcome == OUTCOME_REFUSED) return 0;
    if (class->outcome == OUTCOME_HANGS) return limit_s;
    return factor * request_time_exact_integral(class->request_seconds, 0, limit_s / factor);
}

static void forget_late(const routing *r, class_load *load)
{
    for (uint32_t i = 0; i < r->flow_count * load->room; i++)
        load->late[i] = NAN;
}

static void forget_times(const routing *r, class_times *times)
{
    for (uint32_t i = 0; i < r->flow_count * times->room; i++)
        times->mean_s[i] = NAN;
}

static void fill_class(routing *r, class_slot *slot, const route_class *class)
{
    slot->class = *class;
    slot->rate = slot->weight = 0;
    if (r->rule.least_outstanding && r->flow_count > 0) {
        if (!slot->stays_s) slot->stays_s = memory_alloc(r->flow_count, sizeof *slot->stays_s);
        for (uint32_t f = 0; f < r->flow_count; f++)
            slot->stays_s[f] = stay_s(class, r->limit_s[f]);
    }
    if (slot->load) forget_late(r, slot->load);
    if (r->rule.timed && !slot->times) slot->times = memory_alloc(1, sizeof *slot->times);
    if (slot->times) forget_times(r, slot->times);
    if (!slot->late && r->flow_count > 0)
        slot->late = memory_alloc(r->flow_count, sizeof *slot->late);
    for (uint32_t f = 0; f < r->flow_count; f++)
        slot->late[f] = class_tail(class, r->limit_s[f]);
}

/* O(classes): a handful (services of the group, their revisions, outcomes). */
static uint32_t find_class(routing *r, const route_class *class)
{
    uint32_t vacant = r->class_count;
    for (uint32_t c = 0; c < r->class_count; c++) {
        if (r->classes[c].targets == 0)
            vacant = vacant < r->class_count ? vacant : c;
        else if (same_class(&r->classes[c].class, class))
            return c;
    }
    if (vacant == r->class_room) {
        r->class_room = r->class_room ? 2 * r->class_room : 4;
        r->classes = memory_resize(r->classes, r->class_room, sizeof *r->classes);
    }
    if (vacant == r->class_count) {
        r->classes[vacant] = (class_slot){0};
        r->class_count++;
    }
    fill_class(r, &r->classes[vacant], class);
    return vacant;
}

uint32_t routing_add(routing *r, const route_class *class, route_kind kind)
{
    const uint32_t c = find_class(r, class);
    r->classes[c].targets++;
    r->classes[c].count[kind]++;
    make_nodes(r, class->node + 1);
    r->nodes[class->node].count[kind]++;
    return c;
}

void routing_remove(routing *r, uint32_t class_index, route_kind kind)
{
    CHECK(class_index < r->class_count);
    class_slot *slot = &r->classes[class_index];
    uint32_t *in_node = r->nodes[slot->class.node].count;
    CHECK(slot->targets > 0 && slot->count[kind] > 0 && in_node[kind] > 0);
    slot->targets--;
    slot->count[kind]--;
    in_node[kind]--;
}

/* ---- loads ---- */

static void load_make_room(const routing *r, class_load *load, uint32_t step)
{
    const uint32_t room = load->room;
    if (step < room) return;
    load->room = room ? room : 64;
    while (load->room <= step)
        load->room *= 2;
    for (int kind = 0; kind < ROUTE_KINDS; kind++) {
        load->served[kind] = memory_resize(load->served[kind], load->room, sizeof(uint64_t));
        memset(load->served[kind] + room, 0, (load->room - room) * sizeof(uint64_t));
    }
    load->late =
        memory_resize(load->late, (size_t)r->flow_count * load->room + 1, sizeof *load->late);
    forget_late(r, load);
}

static bool is_busy(target_load load)
{
    return load.step > 0 || load.shed > 0;
}

static void load_add(class_load *load, route_kind kind, target_load of, int sign)
{
    if (!is_busy(of)) return;
    const uint64_t by = sign > 0 ? 1 : UINT64_MAX; /* wraps, and wraps back */
    load->count[kind] += (uint32_t)by;
    load->shed[kind] += by * of.shed;
    load->served[kind][of.step] += by * ((UINT64_C(1) << 32) - of.shed);
}

void routing_set_load(routing *r, uint32_t class_index, route_kind kind, target_load from,
                      target_load to)
{
    CHECK(class_index < r->class_count && to.step < LATENCY_STEPS);
    if (!is_busy(from) && !is_busy(to)) return;
    class_slot *slot = &r->classes[class_index];
    if (!slot->load) {
        slot->load = memory_alloc(1, sizeof *slot->load);
        slot->load->low = UINT32_MAX;
    }
    class_load *load = slot->load;
    load_make_room(r, load, to.step);
    if (is_busy(to) && to.step < load->low) load->low = to.step;
    if (is_busy(to) && to.step > load->high) load->high = to.step;
    load_add(load, kind, from, -1);
    load_add(load, kind, to, +1);
}

bool routing_is_below(uint32_t healthy, uint32_t registered, uint32_t count, uint32_t percent)
{
    return healthy < count || (uint64_t)healthy * 100 < (uint64_t)percent * registered;
}

void routing_count(const routing *r, uint32_t node, uint32_t *healthy, uint32_t *registered)
{
    *healthy = *registered = 0;
    if (node >= r->node_count) return;
    const uint32_t *count = r->nodes[node].count;
    *healthy = count[ROUTE_HEALTHY];
    *registered = *healthy + count[ROUTE_OPEN] + count[ROUTE_CLOSED];
}

bool routing_fails_open(const routing *r, uint32_t node)
{
    uint32_t healthy, registered;
    routing_count(r, node, &healthy, &registered);
    const uint32_t at_least = r->rule.healthy_count > 0 ? r->rule.healthy_count : 1;
    return node < r->node_count && r->nodes[node].count[ROUTE_OPEN] > 0 &&
           routing_is_below(healthy, registered, at_least, r->rule.healthy_percent);
}

uint32_t routing_routable(const routing *r)
{
    uint32_t targets = 0;
    for (uint32_t n = 0; n < r->node_count; n++) {
        const uint32_t *count = r->nodes[n].count;
        targets += count[ROUTE_HEALTHY] + (routing_fails_open(r, n) ? count[ROUTE_OPEN] : 0);
    }
    return targets;
}

void routing_set_entering(routing *r, uint32_t node, double share)
{
    make_nodes(r, node + 1);
    r->nodes[node].entering = share;
}

void routing_set_unreachable(routing *r, double share)
{
    r->unreachable = share;
}

/* ---- shares ---- */

static uint32_t eligible(const uint32_t count[ROUTE_KINDS], bool open)
{
    return count[ROUTE_HEALTHY] + count[ROUTE_LAGGING] + (open ? count[ROUTE_OPEN] : 0);
}

static request_sample *share_of(routing *r, uint32_t service)
{
    for (uint32_t i = 0; i < r->share_count; i++)
        if (r->shares[i].service == service) return &r->shares[i].rates;
    if (r->share_count == r->share_room) {
        r->share_room = r->share_room ? 2 * r->share_room : 2;
        r->shares = memory_resize(r->shares, r->share_room, sizeof *r->shares);
    }
    service_share *share = &r->shares[r->share_count++];
    *share = (service_share){.service = service};
    return &share->rates;
}

static void add_part(routing *r, const class_slot *slot, uint32_t flow, uint32_t step, double rate)
{
    if (!(rate > 0)) return;
    if (r->part_count == r->part_room) {
        r->part_room = r->part_room ? 2 * r->part_room : 8;
        r->parts = memory_resize(r->parts, r->part_room, sizeof *r->parts);
    }
    r->parts[r->part_count++] = (latency_part){.service = slot->class.service,
                                               .step = step,
                                               .request_seconds = slot->class.request_seconds,
                                               .slow_factor = slow_factor(&slot->class),
                                               .limit_s = r->limit_s[flow],
                                               .per_second = rate};
}

/* E[time | time <= limit]: the integral of the tail up to the limit, without what lies beyond. */
static double class_mean_s(const route_class *class, double limit_s, uint32_t step)
{
    const double factor = slow_factor(class) * latency_step_factor(step), limit = limit_s / factor;
    const distribution *d = class->request_seconds;
    const double late = request_time_exact_tail(d, limit);
    if (late >= 1) return limit_s;
    const double within = request_time_exact_integral(d, 0, limit) - limit * late;
    return within > 0 ? factor * within / (1 - late) : 0;
}

static double mean_s_at(const routing *r, const class_slot *slot, uint32_t flow, uint32_t step)
{
    class_times *times = slot->times;
    if (step >= times->room) {
        if (times->room == 0) times->room = 1;
        while (times->room <= step)
            times->room *= 2;
        times->mean_s = memory_resize(times->mean_s, (size_t)r->flow_count * times->room,
                                      sizeof *times->mean_s);
        forget_times(r, times);
    }
    double *mean_s = &times->mean_s[flow * times->room + step];
    if (isnan(*mean_s)) *mean_s = class_mean_s(&slot->class, r->limit_s[flow], step);
    return *mean_s;
}

static void add_served(routing *r, request_sample *to, const class_slot *slot, uint32_t flow,
                       uint32_t step, double rate, double late_share)
{
    const double late = rate * late_share, good = (rate - late) * (1 - slot->class.error_rate);
    to->failed[FAILED_504] += late;
    to->failed[FAILED_APPLICATION] += (rate - late) * slot->class.error_rate;
    add_part(r, slot, flow, step, good);
    if (!slot->times) return;
    to->answered += good;
    to->answer_seconds += good * mean_s_at(r, slot, flow, step);
}

static uint64_t eligible_sum(const uint64_t sum[ROUTE_KINDS], bool open)
{
    return sum[ROUTE_HEALTHY] + sum[ROUTE_LAGGING] + (open ? sum[ROUTE_OPEN] : 0);
}

static double late_at(const routing *r, const class_slot *slot, uint32_t flow, uint32_t step)
{
    double *late = &slot->load->late[flow * slot->load->room + step];
    if (isnan(*late))
        *late = class_tail(&slot->class, r->limit_s[flow] / latency_step_factor(step));
    return *late;
}

/* Of `part` eligible targets some are busy: what those cannot serve fails, the rest takes longer. */
static void add_loaded(routing *r, request_sample *to, const class_slot *slot, uint32_t flow,
                       double rate, uint32_t part, bool open)
{
    const class_load *load = slot->load;
    const double each = rate / (double)part;
    const uint32_t idle = part - eligible(load->count, open);
    const double overload = each * ((double)eligible_sum(load->shed, open) / SHED_ALL);
    to->failed[FAILED_OVERLOAD] += overload;
    if (r->limit_s[flow] < r->rule.idle_timeout_s) to->abandoned += overload;
    if (idle > 0) add_served(r, to, slot, flow, 0, each * idle, slot->late[flow]);
    for (uint32_t step = load->low; step <= load->high; step++) {
        const uint64_t served = load->served[ROUTE_HEALTHY][step] +
                                load->served[ROUTE_LAGGING][step] +
                                (open ? load->served[ROUTE_OPEN][step] : 0);
        if (served > 0)
            add_served(r, to, slot, flow, step, each * ((double)served / SHED_ALL),
                       late_at(r, slot, flow, step));
    }
}

static void add_class(routing *r, request_sample *to, const class_slot *slot, uint32_t flow,
                      double rate, uint32_t part, bool open)
{
    to->offered += rate;
    switch (slot->class.outcome) {
    case OUTCOME_REFUSED:
        to->failed[FAILED_502] += rate;
        break;
    case OUTCOME_HANGS:
        to->failed[FAILED_504] += rate;
        break;
    case OUTCOME_ERROR:
        to->failed[FAILED_APPLICATION] += rate;
        break;
    case OUTCOME_SERVED:
        if (slot->load && eligible(slot->load->count, open) > 0)
            add_loaded(r, to, slot, flow, rate, part, open);
        else
            add_served(r, to, slot, flow, 0, rate, slot->late[flow]);
        break;
    }
}

static void total_up(routing *r)
{
    r->total = (request_sample){0};
    for (uint32_t i = 0; i < r->share_count; i++) {
        r->total.offered += r->shares[i].rates.offered;
        r->total.abandoned += r->shares[i].rates.abandoned;
        r->total.answered += r->shares[i].rates.answered;
        r->total.answer_seconds += r->shares[i].rates.answer_seconds;
        for (int cause = 0; cause < FAILED_CAUSES; cause++)
            r->total.failed[cause] += r->shares[i].rates.failed[cause];
    }
}

/* L45: a target in slow start counts with the middle of its step. */
static double ramp_weight(uint32_t ramp)
{
    return ramp == 0 ? 2 * ROUTE_RAMP_STEPS : 2 * ramp - 1;
}

static double class_stay_s(const routing *r, const class_slot *slot)
{
    double stays = 0;
    for (uint32_t f = 0; f < r->flow_count; f++)
        stays += r->mix[f] * slot->stays_s[f];
    return stays;
}

static uint32_t class_part(const routing *r, const class_slot *slot)
{
    return eligible(slot->count, r->nodes[slot->class.node].open);
}

static void add_balanced(routing *r, const class_slot *slot, uint32_t at)
{
    if (at == r->balance_room) {
        r->balance_room = at ? 2 * at : 8;
        r->balance = memory_resize(r->balance, r->balance_room, sizeof *r->balance);
    }
    const target_cpu *cpu = &slot->class.cpu;
    const bool works =
        slot->class.outcome == OUTCOME_SERVED || slot->class.outcome == OUTCOME_ERROR;
    r->balance[at] = (outstanding_class){.targets = class_part(r, slot),
                                         .flow_count = r->flow_count,
                                         .mix = r->mix,
                                         .stays_s = slot->stays_s,
                                         .limits_s = r->limit_s,
                                         .cpu_seconds = works ? cpu->seconds : 0,
                                         .cpu_share = cpu->share,
                                         .vcpus = cpu->units / 1024};
}

/* L47: as many requests under way on each target of the node. Where some are answered in no time,
 * those get all: that is what such a balancer does with a target that refuses at once. */
static void weigh_outstanding(routing *r, uint32_t n, double rate)
{
    bool some_stay_not = false;
    uint32_t count = 0;
    for (uint32_t c = 0; c < r->class_count; c++) {
        const class_slot *slot = &r->classes[c];
        if (slot->class.node != n || class_part(r, slot) == 0) continue;
        some_stay_not |= !(class_stay_s(r, slot) > 0);
        add_balanced(r, slot, count++);
    }
    if (count == 0) return;
    const bool balances = !some_stay_not && rate > 0;
    if (balances) outstanding_balance(r->balance, count, rate);
    count = 0;
    for (uint32_t c = 0; c < r->class_count; c++) {
        class_slot *slot = &r->classes[c];
        if (slot->class.node != n || class_part(r, slot) == 0) continue;
        slot->weight = balances ? r->balance[count].rate : class_stay_s(r, slot) > 0 ? 0 : 1;
        count++;
    }
}

/* Each node's eligible targets, and the weights by which it chooses among them. */
static void weigh(routing *r, double rate)
{
    for (uint32_t n = 0; n < r->node_count; n++) {
        node_record *node = &r->nodes[n];
        node->open = routing_fails_open(r, n);
        node->targets = eligible(node->count, node->open);
        node->weight = 0;
        if (r->rule.least_outstanding) weigh_outstanding(r, n, rate * node->entering);
    }
    for (uint32_t c = 0; c < r->class_count; c++) {
        class_slot *slot = &r->classes[c];
        const uint32_t part = class_part(r, slot);
        slot->rate = 0;
        if (part == 0 || !r->rule.least_outstanding)
            slot->weight = part > 0 ? ramp_weight(slot->class.ramp) : 0;
        r->nodes[slot->class.node].weight += part * slot->weight;
    }
}

/* Requests that no target gets are the owner's. */
static void add_unserved(routing *r, uint32_t owner, double rate, failure_cause cause)
{
    if (!(rate > 0)) return;
    request_sample *to = share_of(r, owner);
    to->offered += rate;
    to->failed[cause] += rate;
}

void routing_share(routing *r, const double *per_second, uint32_t owner)
{
    double rate = 0;
    r->share_count = r->part_count = 0;
    for (uint32_t f = 0; f < r->flow_count; f++)
        rate += per_second[f];
    for (uint32_t f = 0; f < r->flow_count && rate > 0; f++)
        r->mix[f] = per_second[f] / rate;
    weigh(r, rate);
    for (uint32_t c = 0; c < r->class_count && rate > 0; c++) {
        class_slot *slot = &r->classes[c];
        const node_record *node = &r->nodes[slot->class.node];
        const uint32_t part = class_part(r, slot);
        if (part == 0 || !(node->entering > 0)) continue;
        const double share = part * slot->weight / node->weight;
        request_sample *to = share_of(r, slot->class.service);
        slot->rate = rate * node->entering * slot->weight / node->weight;
        for (uint32_t f = 0; f < r->flow_count; f++)
            add_class(r, to, slot, f, per_second[f] * node->entering * share, part, node->open);
    }
    for (uint32_t n = 0; n < r->node_count; n++) /* L59, L71 */
        if (r->nodes[n].targets == 0)
            add_unserved(r, owner, rate * r->nodes[n].entering, FAILED_503);
    add_unserved(r, owner, rate * r->unreachable, FAILED_504); /* L72: no connection */
    total_up(r);
}

uint32_t routing_share_count(const routing *r)
{
    return r->share_count;
}

const service_share *routing_share_at(const routing *r, uint32_t i)
{
    CHECK(i < r->share_count);
    return &r->shares[i];
}

const request_sample *routing_total(const routing *r)
{
    return &r->total;
}

const latency_part *routing_latency(const routing *r, uint32_t *count)
{
    *count = r->part_count;
    return r->parts;
}

double routing_target_rate(const routing *r, uint32_t class_index)
{
    CHECK(class_index < r->class_count);
    return r->classes[class_index].rate;
}

uint32_t routing_flow_count(const routing *r)
{
    return r->flow_count;
}

double routing_flow_limit_s(const routing *r, uint32_t flow)
{
    CHECK(flow < r->flow_count);
    return r->limit_s[flow];
}

double routing_flow_mix(const routing *r, uint32_t flow)
{
    CHECK(flow < r->flow_count);
    return r->mix[flow];
}

double routing_under_way(const routing *r, uint32_t class_index, double seconds)
{
    double sum = 0;
    for (uint32_t f = 0; f < r->flow_count; f++)
        sum += r->mix[f] * (seconds < r->limit_s[f] ? seconds : r->limit_s[f]);
    return routing_target_rate(r, class_index) * sum;
}

/* Of a flow with limit L, those under way are of an age below L and end between that age and L:
 * the integral over the age x of P(X > x) - P(X > L). */
double routing_in_flight(const routing *r, const route_class *class, double per_second,
                         double age_from_s, double age_to_s)
{
    CHECK(age_from_s >= age_to_s);
    double sum = 0;
    for (uint32_t f = 0; f < r->flow_count; f++) {
        const double oldest = fmin(age_from_s, r->limit_s[f]);
        if (oldest <= age_to_s) continue;
        const double under_way = class_tail_integral(class, age_to_s, oldest) -
                                 (oldest - age_to_s) * class_tail(class, r->limit_s[f]);
        sum += r->mix[f] * fmax(under_way, 0);
    }
    return per_second * sum * (1 - class->error_rate);
}
