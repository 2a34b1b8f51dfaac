#include "results/latency_times.h"
#include "models/elb/request_time.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define QUANTILE_TOLERANCE 1e-9

/* Requests that differ in their lateness only. */
typedef struct {
    latency_part like; /* step and per_second are not used */
    double *requests;  /* by step */
    uint32_t steps;
} request_kind;

struct latency_times {
    request_kind *kinds;
    uint32_t count, room;
};

latency_times *latency_times_create(void)
{
    return memory_alloc(1, sizeof(latency_times));
}

void latency_times_destroy(latency_times *t)
{
    if (!t) return;
    for (uint32_t k = 0; k < t->count; k++)
        free(t->kinds[k].requests);
    free(t->kinds);
    free(t);
}

static bool alike(const latency_part *a, const latency_part *b)
{
    return a->request_seconds == b->request_seconds &&
           !(a->slow_factor < b->slow_factor || a->slow_factor > b->slow_factor) &&
           !(a->limit_s < b->limit_s || a->limit_s > b->limit_s);
}

static request_kind *kind_of(latency_times *t, const latency_part *part)
{
    for (uint32_t k = 0; k < t->count; k++)
        if (alike(&t->kinds[k].like, part)) return &t->kinds[k];
    if (t->count == t->room) {
        t->room = t->room ? 2 * t->room : 2;
        t->kinds = memory_resize(t->kinds, t->room, sizeof *t->kinds);
    }
    t->kinds[t->count] = (request_kind){.like = *part};
    return &t->kinds[t->count++];
}

void latency_times_add(latency_times *t, const latency_part *parts, uint32_t count, double seconds)
{
    for (uint32_t i = 0; i < count; i++) {
        request_kind *kind = kind_of(t, &parts[i]);
        if (parts[i].step >= kind->steps) {
            const uint32_t steps = parts[i].step + LATENCY_OCTAVE;
            kind->requests = memory_resize(kind->requests, steps, sizeof *kind->requests);
            memset(kind->requests + kind->steps, 0, (steps - kind->steps) * sizeof *kind->requests);
            kind->steps = steps;
        }
        kind->requests[parts[i].step] += parts[i].per_second * seconds;
    }
}

/* ---- One kind at one step ---- */

static double factor_of(const latency_part *like, uint32_t step)
{
    return like->slow_factor * latency_step_factor(step);
}

/* P(time <= x | time <= limit). */
static double share_within(const latency_part *like, double factor, double x)
{
    if (x >= like->limit_s) return 1;
    const double all = 1 - request_time_tail(like->request_seconds, like->limit_s / factor);
    const double some = 1 - request_time_tail(like->request_seconds, x / factor);
    return all > 0 ? some / all : 1;
}

/* E[time | time <= limit]: the integral of the tail up to the limit, without what lies beyond. */
static double mean_within(const latency_part *like, double factor)
{
    const distribution *d = like->request_seconds;
    const double limit = like->limit_s / factor, late = request_time_tail(d, limit);
    if (late >= 1) return like->limit_s;
    return factor * (request_time_integral(d, 0, limit) - limit * late) / (1 - late);
}

/* ---- The mixture ---- */

double latency_times_mean(const latency_times *t)
{
    double requests = 0, seconds = 0;
    for (uint32_t k = 0; k < t->count; k++)
        for (uint32_t step = 0; step < t->kinds[k].steps; step++) {
            const request_kind *kind = &t->kinds[k];
            if (!(kind->requests[step] > 0)) continue;
            requests += kind->requests[step];
            seconds +=
                kind->requests[step] * mean_within(&kind->like, factor_of(&kind->like, step));
        }
    return requests > 0 ? seconds / requests : NAN;
}

static double rate_within(const latency_part *parts, uint32_t count, double x)
{
    double within = 0;
    for (uint32_t i = 0; i < count; i++)
        within +=
            parts[i].per_second * share_within(&parts[i], factor_of(&parts[i], parts[i].step), x);
    return within;
}

/* Between low, below which too few are, and the longest time. */
static double quantile_now(const latency_part *parts, uint32_t count, double enough, double low,
                           double high)
{
    if (rate_within(parts, count, low) >= enough) return low;
    while (high - low > QUANTILE_TOLERANCE * high) {
        const double middle = low + (high - low) / 2;
        *(rate_within(parts, count, middle) >= enough ? &high : &low) = middle;
    }
    return high;
}

latency_now latency_times_now(const latency_part *parts, uint32_t count)
{
    double rate = 0, seconds = 0, longest = 0;
    for (uint32_t i = 0; i < count; i++) {
        rate += parts[i].per_second;
        if (parts[i].limit_s > longest) longest = parts[i].limit_s;
        seconds +=
            parts[i].per_second * mean_within(&parts[i], factor_of(&parts[i], parts[i].step));
    }
    if (!(rate > 0)) return (latency_now){NAN, NAN, NAN, NAN};
    const double all = rate_within(parts, count, longest);
    latency_now now = {.mean = seconds / rate};
    now.p50 = quantile_now(parts, count, 0.5 * all, 0, longest);
    now.p95 = quantile_now(parts, count, 0.95 * all, now.p50, longest);
    now.p99 = quantile_now(parts, count, 0.99 * all, now.p95, longest);
    return now;
}

/* Requests that took at most x, of all. */
static double requests_within(const latency_times *t, double x, double *all, double *longest)
{
    double within = 0;
    *all = *longest = 0;
    for (uint32_t k = 0; k < t->count; k++) {
        const request_kind *kind = &t->kinds[k];
        if (kind->like.limit_s > *longest) *longest = kind->like.limit_s;
        for (uint32_t step = 0; step < kind->steps; step++) {
            if (!(kind->requests[step] > 0)) continue;
            *all += kind->requests[step];
            within +=
                kind->requests[step] * share_within(&kind->like, factor_of(&kind->like, step), x);
        }
    }
    return within;
}

double latency_times_quantile(const latency_times *t, double p)
{
    CHECK(p > 0 && p < 1);
    double all, longest;
    const double at_once = requests_within(t, 0, &all, &longest);
    if (!(all > 0)) return NAN;
    if (at_once >= p * all) return 0;
    double low = 0, high = longest;
    for (
        ;
        ;) { /* down to neighbouring doubles: the smallest time that enough requests do not exceed */
        const double middle = low + (high - low) / 2;
        if (!(middle > low && middle < high)) return high;
        if (requests_within(t, middle, &all, &longest) >= p * all)
            high = middle;
        else
            low = middle;
    }
}
