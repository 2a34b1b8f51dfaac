/* bench_mm1.c - M/M/1 with a load of 0.9: berth's engine against a plain C loop.
 *
 * Both draw from the same two streams through random.h, keep the customers who are there in a ring
 * and their times in whole microseconds; the plain loop uses the fastest future event list
 * (reference_fel.h) without handles, actions or checks. The outcome (every customer's stay, in
 * order) must be the same; the mean stay is printed beside its expectation 1 / (mu - lambda).
 *
 *     bench_mm1 [CUSTOMERS [ROUNDS]]    the median of ROUNDS rounds is printed
 */
#include "sim/engine/arena.h"
#include "sim/engine/engine.h"
#include "sim/engine/random.h"
#include "tests/bench/bench.h"
#include "tests/bench/reference_fel.h"
#include <inttypes.h>
#include <stdio.h>

enum { ROUNDS_MAX = 99, RING = 1 << 16, PHASE = 2 };

static const distribution between_arrivals = {.kind = DISTRIBUTION_EXPONENTIAL, .a = 1.0};
static const distribution service = {.kind = DISTRIBUTION_EXPONENTIAL, .a = 0.9};

typedef struct {
    uint64_t customers; /* to come */
    random_stream arrivals, services;
    uint64_t arrived, served, checksum;
    sim_time stay_us; /* sum */
    uint64_t first, last;
    sim_time came_us[RING]; /* of those who are there, first..last */
} station;

typedef struct {
    uint64_t checksum;
    double mean_stay_s, seconds;
} outcome;

static station *open_station(uint64_t customers)
{
    station *s = memory_alloc(1, sizeof *s);
    random_source source = {.seed = 2026};
    s->customers = customers;
    s->arrivals = random_stream_at(source, random_purpose("arrivals"), 0);
    s->services = random_stream_at(source, random_purpose("services"), 0);
    return s;
}

static inline uint64_t enter(station *s, sim_time now_us)
{
    s->came_us[s->last++ % RING] = now_us;
    s->arrived++;
    return s->last - s->first;
}

static inline uint64_t leave(station *s, sim_time now_us)
{
    sim_time stay_us = now_us - s->came_us[s->first++ % RING];
    s->stay_us += stay_us;
    s->served++;
    s->checksum = (s->checksum ^ (uint64_t)stay_us) * UINT64_C(0x9e3779b97f4a7c15);
    return s->last - s->first;
}

static outcome close_station(station *s, double start_s)
{
    outcome result = {s->checksum, (double)s->stay_us * 1e-6 / (double)s->served,
                      bench_seconds() - start_s};
    free(s);
    return result;
}

/* ---- on the engine ---- */

static void depart(engine *eng, void *context, uint64_t subject)
{
    station *s = context;
    if (leave(s, engine_now(eng)) > 0)
        engine_schedule(eng, engine_now(eng) + distribution_draw_us(&service, &s->services), PHASE,
                        depart, subject);
}

static void arrive(engine *eng, void *context, uint64_t subject)
{
    station *s = context;
    sim_time now_us = engine_now(eng);
    if (enter(s, now_us) == 1)
        engine_schedule(eng, now_us + distribution_draw_us(&service, &s->services), PHASE, depart,
                        subject);
    if (s->arrived < s->customers)
        engine_schedule(eng, now_us + distribution_draw_us(&between_arrivals, &s->arrivals), PHASE,
                        arrive, subject);
}

static outcome run_engine(uint64_t customers)
{
    double start_s = bench_seconds();
    station *s = open_station(customers);
    engine *eng = engine_create(s);
    engine_schedule(eng, 0, PHASE, arrive, 0);
    engine_run_until(eng, SIM_RUN_MAX, NULL);
    engine_destroy(eng);
    return close_station(s, start_s);
}

/* ---- the plain loop ---- */

enum { ARRIVAL, DEPARTURE };

static outcome run_plain(uint64_t customers)
{
    double start_s = bench_seconds();
    station *s = open_station(customers);
    ref_buckets *queue = memory_alloc(1, sizeof *queue);
    ref_buckets_init(queue);
    ref_buckets_push(queue, 0, ARRIVAL);
    while (s->served < customers) {
        ref_event e = ref_buckets_pop(queue);
        sim_time now_us = (sim_time)e.at_us;
        bool arrival = ref_subject(e) == ARRIVAL;
        bool serve = arrival ? enter(s, now_us) == 1 : leave(s, now_us) > 0;
        if (serve) {
            sim_time end_us = now_us + distribution_draw_us(&service, &s->services);
            ref_buckets_push(queue, (uint64_t)end_us, DEPARTURE);
        }
        if (arrival && s->arrived < customers) {
            sim_time next_us = now_us + distribution_draw_us(&between_arrivals, &s->arrivals);
            ref_buckets_push(queue, (uint64_t)next_us, ARRIVAL);
        }
    }
    ref_buckets_finish(queue);
    free(queue);
    return close_station(s, start_s);
}

int main(int argc, char **argv)
{
    uint64_t customers = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000;
    int rounds = argc > 2 ? atoi(argv[2]) : 9;
    if (customers < 1 || rounds < 1 || rounds > ROUNDS_MAX) return 2;
    double plain[ROUNDS_MAX], own[ROUNDS_MAX];
    bool same = true;
    double mean_stay_s = 0;
    for (int i = 0; i < rounds; i++) {
        outcome p = run_plain(customers), e = run_engine(customers);
        plain[i] = p.seconds;
        own[i] = e.seconds;
        mean_stay_s = e.mean_stay_s;
        same = same && p.checksum == e.checksum;
    }
    double plain_s = bench_median(plain, (size_t)rounds), own_s = bench_median(own, (size_t)rounds);
    printf("M/M/1, load 0.9, %" PRIu64 " customers, median of %d; mean stay %.3f s (expected 9)\n",
           customers, rounds, mean_stay_s);
    printf("plain C %.4f s   engine %.4f s   engine/plain %.2f%s\n", plain_s, own_s,
           own_s / plain_s, same ? "" : "   CHECKSUMS DIFFER");
    return same ? 0 : 1;
}
