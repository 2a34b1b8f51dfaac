/* bench_fel.c - the hold model: berth's engine against plain C future event lists.
 *
 * N events are pending; each that fires schedules one more, an increment later. The engine runs
 * with everything it has (phases, handles, cancellation, actions, checks); the references only keep
 * order. All see the same increments and must give the same checksum over (time, subject) in order.
 * A fourth run lets every fourth event cancel and reschedule another, which the references cannot.
 *
 *     bench_fel [EVENTS [ROUNDS]]    the median of ROUNDS rounds is printed, in ns an event
 */
#include "sim/engine/arena.h"
#include "sim/engine/engine.h"
#include "sim/engine/random.h"
#include "tests/bench/bench.h"
#include "tests/bench/reference_fel.h"
#include <inttypes.h>
#include <stdio.h>

enum { INCREMENTS = 1 << 14, ROUNDS_MAX = 99 };

typedef struct {
    uint64_t us[INCREMENTS];
    size_t pending;
    uint64_t events; /* to fire */
} workload;

typedef struct {
    const workload *load;
    uint64_t fired, drawn, checksum;
    event_handle *handles; /* by subject; NULL: no rescheduling */
    int stop;
} progress;

static inline uint64_t next_increment(progress *p)
{
    return p->load->us[p->drawn++ % INCREMENTS];
}

static inline void note(progress *p, uint64_t at_us, uint64_t subject)
{
    p->fired++;
    p->checksum = (p->checksum ^ (at_us + (subject << 48))) * UINT64_C(0x9e3779b97f4a7c15);
}

/* ---- the three lists: fill, then time the holding ---- */

typedef struct {
    uint64_t checksum;
    double ns_per_event;
} outcome;

static outcome outcome_of(const progress *p, double start_s)
{
    return (outcome){p->checksum, (bench_seconds() - start_s) * 1e9 / (double)p->fired};
}

static outcome run_heap(const workload *load)
{
    progress p = {.load = load};
    ref_heap heap;
    ref_heap_init(&heap, load->pending + 1);
    for (size_t i = 0; i < load->pending; i++)
        ref_heap_push(&heap, next_increment(&p), i);
    double start_s = bench_seconds();
    while (p.fired < load->events) {
        ref_event e = ref_heap_pop(&heap);
        note(&p, e.at_us, ref_subject(e));
        ref_heap_push(&heap, e.at_us + next_increment(&p), ref_subject(e));
    }
    outcome result = outcome_of(&p, start_s);
    ref_heap_finish(&heap);
    return result;
}

static outcome run_buckets(const workload *load)
{
    progress p = {.load = load};
    ref_buckets *queue = memory_alloc(1, sizeof *queue);
    ref_buckets_init(queue);
    for (size_t i = 0; i < load->pending; i++)
        ref_buckets_push(queue, next_increment(&p), i);
    double start_s = bench_seconds();
    while (p.fired < load->events) {
        ref_event e = ref_buckets_pop(queue);
        note(&p, e.at_us, ref_subject(e));
        ref_buckets_push(queue, e.at_us + next_increment(&p), ref_subject(e));
    }
    outcome result = outcome_of(&p, start_s);
    ref_buckets_finish(queue);
    free(queue);
    return result;
}

enum { PHASE_HOLD = 3 };

static void hold(engine *eng, void *context, uint64_t subject)
{
    progress *p = context;
    uint64_t now_us = (uint64_t)engine_now(eng);
    if (p->stop != 0) return; /* the rest of the last instant */
    note(p, now_us, subject);
    if (p->fired == p->load->events) p->stop = 1;
    event_handle handle =
        engine_schedule(eng, (sim_time)(now_us + next_increment(p)), PHASE_HOLD, hold, subject);
    if (p->handles == NULL) return;
    p->handles[subject] = handle;
    if (p->fired % 4 != 0) return;
    uint64_t other = p->fired * UINT64_C(0x9e3779b97f4a7c15) % p->load->pending;
    engine_reschedule(eng, &p->handles[other], (sim_time)(now_us + next_increment(p)), PHASE_HOLD);
}

static outcome run_engine(const workload *load, bool rescheduling)
{
    progress p = {.load = load};
    if (rescheduling) p.handles = memory_alloc(load->pending, sizeof *p.handles);
    engine *eng = engine_create(&p);
    for (size_t i = 0; i < load->pending; i++) {
        event_handle handle =
            engine_schedule(eng, (sim_time)next_increment(&p), PHASE_HOLD, hold, i);
        if (rescheduling) p.handles[i] = handle;
    }
    double start_s = bench_seconds();
    engine_run_until(eng, SIM_RUN_MAX, &p.stop);
    outcome result = outcome_of(&p, start_s);
    engine_destroy(eng);
    free(p.handles);
    return result;
}

/* ---- the table ---- */

typedef struct {
    const char *name;
    double often_mean_s, seldom_mean_s; /* nine draws in ten, one in ten */
} law;

static const law laws[] = {
    {"exponential", 60, 60},
    {"bimodal", 1, 3600},
    {"dense", 0.001, 3600}, /* with 10^6 pending, 900 events a microsecond */
};

static void fill(workload *load, const law *l)
{
    random_stream s = random_stream_at((random_source){.seed = 1}, random_purpose(l->name), 0);
    for (size_t i = 0; i < INCREMENTS; i++) {
        double mean_s = i % 10 == 9 ? l->seldom_mean_s : l->often_mean_s;
        distribution d = {.kind = DISTRIBUTION_EXPONENTIAL, .a = mean_s};
        load->us[i] = (uint64_t)distribution_draw_us(&d, &s);
    }
}

typedef struct {
    double heap, buckets, engine, rescheduling;
} row;

static bool measure(const workload *load, int rounds, row *median)
{
    double heap[ROUNDS_MAX], buckets[ROUNDS_MAX], own[ROUNDS_MAX], rescheduling[ROUNDS_MAX];
    bool same = true;
    for (int i = 0; i < rounds; i++) {
        outcome h = run_heap(load), b = run_buckets(load), e = run_engine(load, false);
        outcome r = run_engine(load, true);
        heap[i] = h.ns_per_event;
        buckets[i] = b.ns_per_event;
        own[i] = e.ns_per_event;
        rescheduling[i] = r.ns_per_event;
        same = same && h.checksum == b.checksum && b.checksum == e.checksum;
    }
    size_t n = (size_t)rounds;
    *median = (row){bench_median(heap, n), bench_median(buckets, n), bench_median(own, n),
                    bench_median(rescheduling, n)};
    return same;
}

int main(int argc, char **argv)
{
    static const size_t sizes[] = {100, 10000, 1000000};
    uint64_t events = argc > 1 ? strtoull(argv[1], NULL, 10) : 4000000;
    int rounds = argc > 2 ? atoi(argv[2]) : 5;
    if (events < 1 || rounds < 1 || rounds > ROUNDS_MAX) return 2;
    workload *load = memory_alloc(1, sizeof *load);
    bool same = true;
    printf("hold model, %" PRIu64 " events, median of %d; ns an event\n", events, rounds);
    printf("%-12s %8s %8s %8s %8s %14s %20s\n", "increments", "pending", "heap", "buckets",
           "engine", "engine/buckets", "engine, rescheduling");
    for (size_t l = 0; l < sizeof laws / sizeof *laws; l++) {
        fill(load, &laws[l]);
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            row ns;
            load->pending = sizes[i];
            load->events = events;
            bool agree = measure(load, rounds, &ns);
            same = same && agree;
            printf("%-12s %8zu %8.1f %8.1f %8.1f %14.2f %20.1f%s\n", laws[l].name, sizes[i],
                   ns.heap, ns.buckets, ns.engine, ns.engine / ns.buckets, ns.rescheduling,
                   agree ? "" : "  CHECKSUMS DIFFER");
        }
    }
    free(load);
    return same ? 0 : 1;
}
