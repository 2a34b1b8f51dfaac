/* service_measure.c - what one service and its deployments come to, from its samples. */
#include "results/service_measure.h"
#include "results/latency_times.h"
#include "results/long_sum.h"
#include "results/minute_windows.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    long_sum offered, failed[FAILED_CAUSES];
} request_sums;

/* A deployment being measured: sums that become its totals in the end. */
typedef struct {
    deployment_totals totals;
    request_sums requests;
    sim_time stalled_us;
    bool stable;
} deployment_measure;

struct service_measure {
    sim_time warmup_us, poll_us, now_us, end_us;
    service_sample sample;  /* holds since now_us … */
    scaling_sample scaling; /* … and so does this */
    bool was_steady;
    request_sums requests;
    minute_windows windows;
    long_sum desired_s, running_s, healthy_s; /* task-seconds */
    sim_time outage_us, below_minimum_us, fail_open_us;
    latency_times *latency;
    latency_part *parts; /* hold since now_us */
    uint32_t part_count, part_room;
    bool cpu_known;
    long_sum cpu_pct_s;
    sim_time cpu_us;
    long_sum memory_pct_s; /* percent times seconds … */
    sim_time memory_us;    /* … over that time */
    uint64_t failures_before, replacements_before, refusals_before,
        oom_kills_before;          /* at the warmup's end */
    scaling_sample scaling_before; /* likewise */
    long_sum over_s, under_s;      /* task-seconds */
    bool tracked;
    service_totals totals;
    deployment_measure *deployment;
    uint32_t deployment_count, deployment_room;
    uint32_t first_unstable; /* deployments before this one have been seen stable */
    bool finished;
};

service_measure *service_measure_create(sim_time warmup_us, sim_time poll_us)
{
    service_measure *s = memory_alloc(1, sizeof *s);
    s->warmup_us = warmup_us;
    s->poll_us = poll_us;
    s->scaling.needed = NAN;
    s->totals.healthy_min = s->totals.healthy_min_ratio = s->totals.surge_peak = NAN;
    s->totals.memory_utilization_peak = s->totals.cpu_utilization_peak = NAN;
    s->latency = latency_times_create();
    minute_windows_init(&s->windows);
    return s;
}

void service_measure_destroy(service_measure *s)
{
    if (!s) return;
    latency_times_destroy(s->latency);
    free(s->parts);
    free(s->deployment);
    free(s);
}

static double seconds_of(sim_time us)
{
    return (double)us / (double)SIM_SECOND;
}

static double failed_rate(const request_sample *r)
{
    double rate = 0;
    for (int cause = 0; cause < FAILED_CAUSES; cause++)
        rate += r->failed[cause];
    return rate;
}

static void add_rates(request_sums *sums, const request_sample *r, double seconds)
{
    long_sum_add(&sums->offered, r->offered * seconds);
    for (int cause = 0; cause < FAILED_CAUSES; cause++)
        long_sum_add(&sums->failed[cause], r->failed[cause] * seconds);
}

static void keep_lower(double *lowest, double value)
{
    if (isnan(*lowest) || value < *lowest) *lowest = value;
}

static void keep_higher(double *highest, double value)
{
    if (isnan(*highest) || value > *highest) *highest = value;
}

static double surge_of(const service_sample *sample)
{
    return sample->active > sample->desired ? (double)(sample->active - sample->desired) : 0;
}

/* A01-A06. */
static void add_memory(service_measure *s, sim_time from_us, sim_time to_us)
{
    const service_sample *now = &s->sample;
    if (memory_line_is_zero(now->memory) || now->memory_reserved_mib <= 0) return;
    const double percent = 100 / (double)now->memory_reserved_mib;
    const double first = percent * memory_line_mib(now->memory, from_us);
    const double last = percent * memory_line_mib(now->memory, to_us);
    long_sum_add(&s->memory_pct_s, (first + last) / 2 * seconds_of(to_us - from_us));
    s->memory_us += to_us - from_us;
    keep_higher(&s->totals.memory_utilization_peak, first > last ? first : last);
}

static void add_cpu(service_measure *s, sim_time from_us, sim_time to_us)
{
    const service_sample *now = &s->sample;
    if (now->cpu_used > 0) s->cpu_known = true;
    if (!s->cpu_known || now->cpu_reserved <= 0) return;
    const double percent = 100 * ((double)now->cpu_used / CPU_FINE) / (double)now->cpu_reserved;
    long_sum_add(&s->cpu_pct_s, percent * seconds_of(to_us - from_us));
    s->cpu_us += to_us - from_us;
    keep_higher(&s->totals.cpu_utilization_peak, percent);
}

/* The service's own numbers over [from_us, to_us), which lies after the warmup. */
static void add_service(service_measure *s, sim_time from_us, sim_time to_us)
{
    const service_sample *now = &s->sample;
    const sim_time span_us = to_us - from_us;
    const double seconds = seconds_of(span_us), failing = failed_rate(&now->requests);
    add_rates(&s->requests, &now->requests, seconds);
    latency_times_add(s->latency, s->parts, s->part_count, seconds);
    minute_windows_add(&s->windows, from_us, to_us, now->requests.offered, failing);
    if (now->requests.offered > 0 && now->requests.offered - failing < now->requests.offered / 2)
        s->outage_us += span_us;
    if (!now->exists) return;
    long_sum_add(&s->desired_s, now->desired * seconds);
    long_sum_add(&s->running_s, now->running * seconds);
    long_sum_add(&s->healthy_s, now->healthy * seconds);
    if (now->fail_open) s->fail_open_us += span_us;
    add_cpu(s, from_us, to_us);
    add_memory(s, from_us, to_us);
    if (now->deleted) return;
    if (!isnan(s->scaling.needed)) {
        const double above = now->running - s->scaling.needed;
        s->tracked = true;
        long_sum_add(above > 0 ? &s->over_s : &s->under_s, fabs(above) * seconds);
    }
    if (now->healthy < now->lower) s->below_minimum_us += span_us;
    keep_higher(&s->totals.surge_peak, surge_of(now));
    if (!s->was_steady) return;
    keep_lower(&s->totals.healthy_min, now->healthy);
    if (now->desired > 0)
        keep_lower(&s->totals.healthy_min_ratio, (double)now->healthy / (double)now->desired);
}

/* The newest deployment's numbers over [from_us, to_us), in which it runs. */
static void add_deployment(const service_measure *s, deployment_measure *d, sim_time from_us,
                           sim_time to_us)
{
    const service_sample *now = &s->sample;
    add_rates(&d->requests, &now->requests, seconds_of(to_us - from_us));
    if (now->stalled) d->stalled_us += to_us - from_us;
    keep_higher(&d->totals.surge_peak, surge_of(now));
    if (s->was_steady) keep_lower(&d->totals.healthy_min, now->healthy);
}

/* Does a poll of d fall into [from_us, to_us), in which the service is stable? */
static void poll(const service_measure *s, deployment_measure *d, sim_time from_us, sim_time to_us)
{
    const sim_time started_us = d->totals.started_us;
    if (d->stable || to_us <= started_us) return;
    sim_time at_us = from_us > started_us ? from_us - started_us : 0;
    if (s->poll_us > 0) at_us = (at_us + s->poll_us - 1) / s->poll_us * s->poll_us;
    if (started_us + at_us >= to_us) return;
    d->stable = true;
    d->totals.stable_seconds = seconds_of(at_us);
}

/* Polls of every deployment that waits, over [from_us, to_us). */
static void poll_all(service_measure *s, sim_time from_us, sim_time to_us)
{
    const service_sample *now = &s->sample;
    if (!now->exists || now->deployments != 1 || now->running != now->desired) return;
    for (uint32_t i = s->first_unstable; i < s->deployment_count; i++)
        poll(s, &s->deployment[i], from_us, to_us);
    while (s->first_unstable < s->deployment_count && s->deployment[s->first_unstable].stable)
        s->first_unstable++;
}

static deployment_measure *newest(service_measure *s)
{
    return s->deployment_count ? &s->deployment[s->deployment_count - 1] : NULL;
}

/* The sample held from s->now_us until now_us. */
static void advance(service_measure *s, sim_time now_us)
{
    CHECK(now_us >= s->now_us && !s->finished);
    if (now_us == s->now_us) return;
    const sim_time from_us = s->now_us > s->warmup_us ? s->now_us : s->warmup_us;
    if (s->sample.steady) s->was_steady = true;
    if (from_us < now_us) add_service(s, from_us, now_us);
    deployment_measure *d = newest(s);
    if (d && d->totals.ended_us == SIM_NEVER && from_us < now_us)
        add_deployment(s, d, from_us, now_us);
    poll_all(s, s->now_us, now_us);
    s->now_us = now_us;
}

/* What was cut at this instant, by the running totals. */
static void add_losses(service_measure *s, const request_sample *before, const request_sample *now)
{
    deployment_measure *d = newest(s);
    const bool counts = s->now_us >= s->warmup_us;
    const bool of_deployment =
        d && (d->totals.ended_us == SIM_NEVER || d->totals.ended_us == s->now_us);
    double all = 0;
    for (int cause = 0; cause < FAILED_CAUSES; cause++) {
        const double lost = now->lost[cause] - before->lost[cause];
        if (lost == 0) continue;
        if (counts) long_sum_add(&s->requests.failed[cause], lost);
        if (counts && of_deployment) long_sum_add(&d->requests.failed[cause], lost);
        all += lost;
    }
    if (counts && all != 0) minute_windows_lose(&s->windows, all);
}

void service_measure_sample(service_measure *s, sim_time now_us, const service_sample *sample)
{
    advance(s, now_us);
    add_losses(s, &s->sample.requests, &sample->requests);
    s->sample = *sample;
    if (now_us < s->warmup_us) {
        s->failures_before = sample->task_failures;
        s->replacements_before = sample->task_replacements;
        s->refusals_before = sample->placement_failures;
        s->oom_kills_before = sample->oom_kills;
    }
}

void service_measure_scaling(service_measure *s, const scaling_sample *scaling)
{
    s->scaling = *scaling;
    if (s->now_us < s->warmup_us) s->scaling_before = *scaling;
}

void service_measure_latency(service_measure *s, const latency_part *parts, uint32_t count)
{
    if (count > s->part_room) {
        s->part_room = count;
        s->parts = memory_resize(s->parts, count, sizeof *s->parts);
    }
    if (count > 0) memcpy(s->parts, parts, count * sizeof *parts);
    s->part_count = count;
}

void service_measure_deployment_started(service_measure *s, sim_time now_us, uint32_t number)
{
    advance(s, now_us);
    deployment_measure *before = newest(s);
    if (before && before->totals.ended_us == SIM_NEVER) before->totals.ended_us = now_us;
    if (s->deployment_count == s->deployment_room) {
        s->deployment_room = s->deployment_room ? 2 * s->deployment_room : 4;
        s->deployment = memory_resize(s->deployment, s->deployment_room, sizeof *s->deployment);
    }
    deployment_measure *d = &s->deployment[s->deployment_count++];
    memset(d, 0, sizeof *d);
    d->totals = (deployment_totals){.number = number,
                                    .started_us = now_us,
                                    .ended_us = SIM_NEVER,
                                    .healthy_min = NAN,
                                    .surge_peak = NAN,
                                    .stable_seconds = NAN};
}

void service_measure_deployment_completed(service_measure *s, sim_time now_us, uint32_t number)
{
    advance(s, now_us);
    deployment_measure *d = newest(s);
    CHECK(d && d->totals.ended_us == SIM_NEVER);
    CHECK(d->totals.number == number || d->totals.rolled_back); /* the rollback to an older one */
    d->totals.ended_us = now_us;
    d->totals.completed = !d->totals.rolled_back;
}

void service_measure_deployment_failed(service_measure *s, sim_time now_us, uint32_t number)
{
    advance(s, now_us);
    deployment_measure *d = newest(s);
    CHECK(d && d->totals.ended_us == SIM_NEVER);
    CHECK(d->totals.number == number || d->totals.rolled_back);
    d->totals.ended_us = now_us;
    d->totals.failed = true;
}

void service_measure_deployment_rolling_back(service_measure *s, sim_time now_us, uint32_t number)
{
    advance(s, now_us);
    deployment_measure *d = newest(s);
    CHECK(d && (d->totals.number == number || d->totals.rolled_back));
    d->totals.ended_us = SIM_NEVER;
    d->totals.rolled_back = true;
}

/* Rounded to a grid on which offered has 45 bits: sums and differences of a few such are exact. */
static request_totals total_requests(const request_sums *sums)
{
    request_totals t = {.availability = NAN};
    const double offered = long_sum_get(&sums->offered);
    double largest = offered;
    for (int cause = 0; cause < FAILED_CAUSES; cause++) {
        const double failed = long_sum_get(&sums->failed[cause]);
        if (failed > largest) largest = failed;
    }
    if (!(largest > 0)) return t;
    const double grid = ldexp(1, ilogb(largest) - 45);
    for (int cause = 0; cause < FAILED_CAUSES; cause++) {
        t.failed_by[cause] = rint(long_sum_get(&sums->failed[cause]) / grid) * grid;
        t.failed += t.failed_by[cause];
    }
    t.ok = rint(offered / grid) * grid - t.failed;
    /* Requests that were under way when the measuring began may fail in it. */
    if (t.ok < 0) t.ok = 0;
    t.offered = t.ok + t.failed;
    t.availability = t.offered > 0 ? t.ok / t.offered : NAN;
    return t;
}

static void total_deployment(const service_measure *s, deployment_measure *d)
{
    deployment_totals *t = &d->totals;
    t->requests = total_requests(&d->requests);
    t->stalled_seconds = seconds_of(d->stalled_us);
    const sim_time last_us = (STABLE_POLLS_MAX - 1) * s->poll_us;
    if (d->stable)
        t->stable_timed_out = t->stable_seconds > seconds_of(last_us) ? 1 : 0;
    else
        t->stable_timed_out = s->end_us - t->started_us >= last_us ? 1 : NAN;
}

static void add_scaling(service_measure *s)
{
    const scaling_sample *now = &s->scaling, *before = &s->scaling_before;
    service_totals *t = &s->totals;
    const uint32_t reactions = now->reactions - before->reactions;
    t->scaling_out = now->outs - before->outs;
    t->scaling_in = now->ins - before->ins;
    t->scaling_blocked = now->blocked - before->blocked;
    t->reaction_seconds =
        reactions ? seconds_of(now->reaction_us - before->reaction_us) / reactions : NAN;
    t->overprovisioned = s->tracked ? long_sum_get(&s->over_s) : NAN;
    t->underprovisioned = s->tracked ? long_sum_get(&s->under_s) : NAN;
}

void service_measure_finish(service_measure *s, sim_time end_us)
{
    advance(s, end_us);
    poll_all(s, end_us, end_us + 1); /* a poll may fall on the end itself */
    s->end_us = end_us;
    service_totals *t = &s->totals;
    const double seconds = end_us > s->warmup_us ? seconds_of(end_us - s->warmup_us) : NAN;
    t->requests = total_requests(&s->requests);
    t->worst_1m = s->windows.worst_1m;
    t->worst_5m = s->windows.worst_5m;
    t->outage_seconds = seconds_of(s->outage_us);
    t->desired_mean = long_sum_get(&s->desired_s) / seconds;
    t->running_mean = long_sum_get(&s->running_s) / seconds;
    t->healthy_mean = long_sum_get(&s->healthy_s) / seconds;
    t->below_minimum_seconds = seconds_of(s->below_minimum_us);
    t->fail_open_seconds = seconds_of(s->fail_open_us);
    t->task_failures = (double)(s->sample.task_failures - s->failures_before);
    add_scaling(s);
    t->task_replacements = (double)(s->sample.task_replacements - s->replacements_before);
    t->placement_failures = (double)(s->sample.placement_failures - s->refusals_before);
    t->oom_kills = (double)(s->sample.oom_kills - s->oom_kills_before);
    t->cpu_utilization_mean =
        s->cpu_us > 0 ? long_sum_get(&s->cpu_pct_s) / seconds_of(s->cpu_us) : NAN;
    t->latency_mean = latency_times_mean(s->latency);
    t->latency_p50 = latency_times_quantile(s->latency, 0.5);
    t->latency_p95 = latency_times_quantile(s->latency, 0.95);
    t->latency_p99 = latency_times_quantile(s->latency, 0.99);
    t->memory_utilization_mean =
        s->memory_us > 0 ? long_sum_get(&s->memory_pct_s) / seconds_of(s->memory_us) : NAN;
    for (uint32_t i = 0; i < s->deployment_count; i++)
        total_deployment(s, &s->deployment[i]);
    s->finished = true;
}

const service_totals *service_measure_totals(const service_measure *s)
{
    CHECK(s->finished);
    return &s->totals;
}

uint32_t service_measure_deployment_count(const service_measure *s)
{
    return s->deployment_count;
}

const deployment_totals *service_measure_deployment(const service_measure *s, uint32_t index)
{
    CHECK(s->finished && index < s->deployment_count);
    return &s->deployment[index].totals;
}
