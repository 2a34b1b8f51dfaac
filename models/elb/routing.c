/* routing.c - counts of targets by class, and rates divided over them. */
#include "models/elb/routing.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include "sim/engine/exact_math.h"
#include <gsl/gsl_sf_gamma.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    route_class class;
    uint32_t targets; /* of any kind, ROUTE_NONE included; 0: the slot is free */
    uint32_t count[ROUTE_KINDS];
    double *late; /* for each flow, the share of requests that outlast its limit */
} class_slot;

struct routing {
    uint32_t flow_count;
    double *limit_s;
    double *mix; /* each flow's share of the rate, as of the last time there was any */
    class_slot *classes;
    uint32_t class_count, class_room;
    uint32_t count[ROUTE_KINDS];
    service_share *shares;
    uint32_t share_count, share_room;
    request_sample total;
    double per_target;
};

/* ---- distributions ---- */

static double normal_tail(double mean, double sigma, double x)
{
    if (sigma <= 0) return mean > x ? 1 : 0;
    double positive = exact_normal_cdf(mean / sigma);
    return positive > 0 ? exact_normal_cdf((mean - x) / sigma) / positive : 0;
}

static double uniform_tail(double low, double high, double x)
{
    if (x < low) return 1;
    return x < high ? (high - x) / (high - low) : 0;
}

static double empirical_tail(const distribution *d, double x)
{
    size_t above = 0;
    for (size_t i = 0; i < d->count; i++)
        above += d->values[i] > x;
    return d->count > 0 ? (double)above / (double)d->count : 0;
}

double routing_tail(const distribution *d, double x)
{
    if (!d) return 0;
    if (x < 0) return 1;
    switch (d->kind) {
    case DISTRIBUTION_CONSTANT:
        return d->a > x ? 1 : 0;
    case DISTRIBUTION_EXPONENTIAL:
        return d->a > 0 ? exact_exp(-x / d->a) : 0;
    case DISTRIBUTION_UNIFORM:
        return uniform_tail(d->a, d->b, x);
    case DISTRIBUTION_NORMAL:
        return normal_tail(d->a, d->b, x);
    case DISTRIBUTION_LOGNORMAL:
        if (d->b <= 0 || d->a <= 0) return d->a > x ? 1 : 0;
        return x > 0 ? exact_normal_cdf(-exact_log(x / d->a) / d->b) : 1;
    case DISTRIBUTION_GAMMA:
        return gsl_sf_gamma_inc_Q(d->a, x / d->b);
    case DISTRIBUTION_WEIBULL:
        return x > 0 ? exact_exp(-exact_power(x / d->b, d->a)) : 1;
    case DISTRIBUTION_PARETO:
        return x > d->b ? exact_power(d->b / x, d->a) : 1;
    case DISTRIBUTION_EMPIRICAL:
        return empirical_tail(d, x);
    }
    check_failed("CHECK", "a known distribution", __FILE__, __LINE__);
}

/* A pareto without a mean: E[(X - x)+] is infinite, its differences are not. */
static double pareto_tail_integral(double shape, double scale, double from, double to)
{
    double flat = fmax(fmin(to, scale) - from, 0);
    from = fmax(from, scale);
    if (to <= from) return flat;
    if (shape == 1) return flat + scale * exact_log(to / from);
    double rest = exact_power(scale, shape) / (1 - shape);
    return flat + rest * (exact_power(to, 1 - shape) - exact_power(from, 1 - shape));
}

double routing_tail_integral(const distribution *d, double from, double to)
{
    if (!d || to <= from) return 0;
    if (d->kind == DISTRIBUTION_PARETO && d->a <= 1)
        return pareto_tail_integral(d->a, d->b, from, to);
    return fmax(distribution_mean_excess(d, from) - distribution_mean_excess(d, to), 0);
}

/* ---- classes ---- */

static double slow_factor(const route_class *class)
{
    return class->slow_factor > 0 ? class->slow_factor : 1;
}

/* P(factor X > x) = P(X > x / factor). */
static double class_tail(const route_class *class, double x)
{
    return routing_tail(class->request_seconds, x / slow_factor(class));
}

static double class_tail_integral(const route_class *class, double from, double to)
{
    const double factor = slow_factor(class);
    return factor * routing_tail_integral(class->request_seconds, from / factor, to / factor);
}

routing *routing_create(uint32_t flow_count, const double *limits_s)
{
    routing *r = memory_alloc(1, sizeof *r);
    r->flow_count = flow_count;
    if (flow_count == 0) return r;
    r->limit_s = memory_alloc(flow_count, sizeof *r->limit_s);
    r->mix = memory_alloc(flow_count, sizeof *r->mix);
    memcpy(r->limit_s, limits_s, flow_count * sizeof *limits_s);
    return r;
}

void routing_destroy(routing *r)
{
    if (!r) return;
    for (uint32_t c = 0; c < r->class_count; c++)
        free(r->classes[c].late);
    free(r->classes);
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

static bool same_class(const route_class *a, const route_class *b)
{
    return a->service == b->service && a->outcome == b->outcome &&
           a->request_seconds == b->request_seconds &&
           !(a->slow_factor < b->slow_factor || a->slow_factor > b->slow_factor) &&
           !(a->error_rate < b->error_rate || a->error_rate > b->error_rate);
}

static void fill_class(routing *r, class_slot *slot, const route_class *class)
{
    slot->class = *class;
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
    r->count[kind]++;
    return c;
}

void routing_remove(routing *r, uint32_t class_index, route_kind kind)
{
    CHECK(class_index < r->class_count);
    class_slot *slot = &r->classes[class_index];
    CHECK(slot->targets > 0 && slot->count[kind] > 0 && r->count[kind] > 0);
    slot->targets--;
    slot->count[kind]--;
    r->count[kind]--;
}

bool routing_fails_open(const routing *r)
{
    return r->count[ROUTE_HEALTHY] == 0 && r->count[ROUTE_OPEN] > 0;
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

static void add_class(request_sample *to, const class_slot *slot, uint32_t flow, double rate)
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
    case OUTCOME_SERVED: {
        double late = rate * slot->late[flow];
        to->failed[FAILED_504] += late;
        to->failed[FAILED_APPLICATION] += (rate - late) * slot->class.error_rate;
        break;
    }
    }
}

static void total_up(routing *r)
{
    r->total = (request_sample){0};
    for (uint32_t i = 0; i < r->share_count; i++) {
        r->total.offered += r->shares[i].rates.offered;
        for (int cause = 0; cause < FAILED_CAUSES; cause++)
            r->total.failed[cause] += r->shares[i].rates.failed[cause];
    }
}

void routing_share(routing *r, const double *per_second, uint32_t owner)
{
    const bool open = routing_fails_open(r);
    const uint32_t targets = eligible(r->count, open);
    double rate = 0;
    r->share_count = 0;
    for (uint32_t f = 0; f < r->flow_count; f++)
        rate += per_second[f];
    for (uint32_t f = 0; f < r->flow_count && rate > 0; f++)
        r->mix[f] = per_second[f] / rate;
    for (uint32_t c = 0; c < r->class_count && rate > 0; c++) {
        const class_slot *slot = &r->classes[c];
        const uint32_t part = eligible(slot->count, open);
        if (part == 0) continue;
        request_sample *to = share_of(r, slot->class.service);
        for (uint32_t f = 0; f < r->flow_count; f++)
            add_class(to, slot, f, per_second[f] * ((double)part / (double)targets));
    }
    if (targets == 0 && rate > 0) {
        request_sample *to = share_of(r, owner);
        to->offered = to->failed[FAILED_503] = rate;
    }
    r->per_target = targets > 0 ? rate / (double)targets : 0;
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

double routing_per_target(const routing *r)
{
    return r->per_target;
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

double routing_under_way(const routing *r, double seconds)
{
    double sum = 0;
    for (uint32_t f = 0; f < r->flow_count; f++)
        sum += r->mix[f] * (seconds < r->limit_s[f] ? seconds : r->limit_s[f]);
    return r->per_target * sum;
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
