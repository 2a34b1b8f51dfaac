/* bench_placement - nanoseconds a placement with its later release, against plain C references.
 *
 *     bench_placement [INSTANCES_MAX [PLACEMENTS [RULE]]]      100000, 200000, all
 *
 * Eight shapes of tasks, each a service of its own, on instances of three sizes in three zones.
 * "room": the cluster is kept at about 70 % of its CPU, every step places one task and releases
 * another. "full": the cluster is filled until nothing fits, then every step tries to place one and
 * every fourth releases one, so three of four tries are refused. All methods get the same steps and
 * must make the same choices (checksums). "ours" is the whole of models/ecs: choose, place, uncount,
 * free, with accounting; the best reference is the faster of index and columns.
 */
#include "tests/bench/reference_placement.h"
#include "tests/models/cluster_fixture.h"
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

static const size_pair shapes[REFERENCE_SHAPES] = {
    {128, 256},  {256, 512},   {256, 1024}, {512, 512},
    {512, 2048}, {1024, 1024}, {90, 700},   {333, 333},
};
static const size_pair sizes[3] = {{2048, 7542}, {4096, 15084}, {2048, 3768}};
static const char *const zone_names[REFERENCE_ZONES] = {"a", "b", "c"};
static const char *const rule_names[] = {"binpack cpu", "binpack memory", "spread zone+instance",
                                         "random"};

typedef struct {
    uint32_t shape, at;
} live_task;

/* One way to place, with its own copy of the cluster. */
typedef struct {
    fixture f;
    placement_plan *plans[REFERENCE_SHAPES];
    reference *r; /* NULL: ours */
    random_stream stream;
} placer;

static size_pair size_of(uint32_t i)
{
    return sizes[i / REFERENCE_ZONES * 7 % 3];
}

static void start_ours(placer *p, place_rule rule, uint32_t n)
{
    static const placement_strategy_config cpu = {.kind = STRATEGY_BINPACK, .field = BINPACK_CPU};
    static const placement_strategy_config memory = {.kind = STRATEGY_BINPACK,
                                                     .field = BINPACK_MEMORY};
    static const placement_strategy_config any = {.kind = STRATEGY_RANDOM};
    const placement_strategy_config *strategy = rule == PLACE_BINPACK_CPU      ? &cpu
                                                : rule == PLACE_BINPACK_MEMORY ? &memory
                                                                               : &any;
    fixture_begin(&p->f, false);
    instance_group_config *groups[3][REFERENCE_ZONES];
    for (uint32_t s = 0; s < 3; s++)
        for (uint32_t z = 0; z < REFERENCE_ZONES; z++)
            groups[s][z] = fixture_group(&p->f, zone_names[z], sizes[s].cpu, sizes[s].memory);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t s = i / REFERENCE_ZONES * 7 % 3, z = i % REFERENCE_ZONES;
        uint32_t index = cluster_add(p->f.cluster, groups[s][z], s * REFERENCE_ZONES + z, 0);
        cluster_register(p->f.cluster, index, 0);
    }
    for (uint32_t k = 0; k < REFERENCE_SHAPES; k++) {
        char group[32];
        snprintf(group, sizeof group, "service:%u", k);
        p->plans[k] =
            fixture_plan(&p->f, group, fixture_task(&p->f, shapes[k].cpu, shapes[k].memory),
                         strategy, rule == PLACE_SPREAD ? 0 : 1, NULL, 0);
    }
}

static void start_reference(placer *p, place_rule rule, reference_method method, uint32_t n)
{
    size_pair *size = memory_alloc(n, sizeof *size);
    for (uint32_t i = 0; i < n; i++)
        size[i] = size_of(i);
    p->r = reference_create(rule, method, n, size, shapes);
    free(size);
}

static void stop_placer(placer *p)
{
    if (p->r) {
        reference_destroy(p->r);
        return;
    }
    for (uint32_t k = 0; k < REFERENCE_SHAPES; k++)
        placement_plan_destroy(p->plans[k]);
    fixture_end(&p->f);
}

static uint32_t choose(placer *p, uint32_t shape)
{
    if (p->r)
        return reference_choose(p->r, shape, shapes[shape].cpu, shapes[shape].memory, &p->stream);
    return placement_choose(p->f.cluster, p->plans[shape], &p->stream);
}

static void land(placer *p, uint32_t shape, uint32_t at)
{
    if (p->r)
        reference_change(p->r, at, shape, shapes[shape].cpu, shapes[shape].memory, -1);
    else
        placement_place(p->f.cluster, p->plans[shape], at);
}

static void release(placer *p, uint32_t shape, uint32_t at)
{
    if (p->r) {
        reference_change(p->r, at, shape, shapes[shape].cpu, shapes[shape].memory, 1);
        return;
    }
    placement_uncount(p->f.cluster, p->plans[shape], at);
    placement_free(p->f.cluster, p->plans[shape], at);
}

typedef struct {
    live_task *tasks;
    uint32_t count, capacity;
    uint64_t dice, checksum;
} workload;

static uint32_t roll(workload *w, uint32_t n)
{
    w->dice ^= w->dice << 13;
    w->dice ^= w->dice >> 7;
    w->dice ^= w->dice << 17;
    return (uint32_t)((w->dice >> 32) * n >> 32);
}

static void keep(workload *w, uint32_t shape, uint32_t at)
{
    if (w->count == w->capacity) {
        w->capacity = w->capacity ? 2 * w->capacity : 1024;
        w->tasks = memory_resize(w->tasks, w->capacity, sizeof *w->tasks);
    }
    w->tasks[w->count++] = (live_task){shape, at};
}

/* Until `share` percent of the CPU is reserved, or nothing has fitted 200 times in turn. The first
 * placer chooses, the others follow. */
static void fill(workload *w, placer *p, uint32_t n, int64_t share)
{
    int64_t reserved = 0, registered = 0;
    for (uint32_t i = 0; i < n; i++)
        registered += size_of(i).cpu;
    for (uint32_t refused = 0; refused < 200 && reserved * 100 < registered * share;) {
        uint32_t shape = roll(w, REFERENCE_SHAPES), at = choose(p, shape);
        if (at == NO_INDEX) {
            refused++;
            continue;
        }
        refused = 0;
        land(p, shape, at);
        keep(w, shape, at);
        reserved += shapes[shape].cpu;
    }
}

static void steps(workload *w, placer *p, bool full, uint32_t count)
{
    for (uint32_t k = 0; k < count; k++) {
        uint32_t shape = roll(w, REFERENCE_SHAPES), at = choose(p, shape);
        w->checksum = (w->checksum ^ at) * UINT64_C(0x9E3779B97F4A7C15);
        if (at != NO_INDEX) {
            land(p, shape, at);
            keep(w, shape, at);
        }
        bool gives = full ? k % 4 == 0 : at != NO_INDEX;
        if (!gives || w->count == 0) continue;
        uint32_t gone = roll(w, w->count);
        live_task t = w->tasks[gone];
        w->tasks[gone] = w->tasks[--w->count];
        release(p, t.shape, t.at);
    }
}

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

typedef struct {
    double ns;
    uint64_t checksum; /* after the first `common` steps */
    uint64_t full_checksum;
} outcome;

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* `common` steps unmeasured first, then three rounds of which the median counts. */
static outcome measure(placer *p, const workload *filled, bool replay, bool full, uint32_t common,
                       uint32_t count)
{
    outcome o;
    double rounds[3];
    workload w = *filled;
    w.tasks = memory_alloc(filled->capacity + 1, sizeof *w.tasks);
    memcpy(w.tasks, filled->tasks, filled->count * sizeof *w.tasks);
    if (replay)
        for (uint32_t i = 0; i < w.count; i++)
            land(p, w.tasks[i].shape, w.tasks[i].at);
    p->stream = random_stream_at((random_source){11, 0}, random_purpose("bench"), 0);
    steps(&w, p, full, common);
    o.checksum = w.checksum;
    for (int r = 0; r < 3; r++) {
        double from = now_ns();
        steps(&w, p, full, count);
        rounds[r] = (now_ns() - from) / count;
    }
    qsort(rounds, 3, sizeof rounds[0], by_value);
    o.ns = rounds[1];
    o.full_checksum = w.checksum;
    free(w.tasks);
    return o;
}

static outcome measure_reference(place_rule rule, reference_method method, uint32_t n,
                                 const workload *filled, bool full, uint32_t common, uint32_t count)
{
    placer p = {.r = NULL};
    start_reference(&p, rule, method, n);
    outcome o = measure(&p, filled, true, full, common, count);
    stop_placer(&p);
    return o;
}

static bool compare(place_rule rule, bool full, uint32_t n, uint32_t count)
{
    workload w = {.dice = UINT64_C(88172645463325252)};
    placer p = {.r = NULL};
    uint32_t common = 300, few = n >= 10000 ? 200 : 2000;
    if (few > count) few = count;
    start_ours(&p, rule, n);
    p.stream = random_stream_at((random_source){5, 0}, random_purpose("fill"), 0);
    fill(&w, &p, n, full ? 1000 : 70);
    outcome ours = measure(&p, &w, false, full, common, count);
    stop_placer(&p);
    outcome index = measure_reference(rule, REFERENCE_INDEX, n, &w, full, common, count);
    outcome scan = measure_reference(rule, REFERENCE_SCAN, n, &w, full, common, few);
    outcome best = index;
    bool same = ours.checksum == index.checksum && ours.checksum == scan.checksum &&
                ours.full_checksum == index.full_checksum;
    if (rule <= PLACE_BINPACK_MEMORY) {
        outcome columns = measure_reference(rule, REFERENCE_COLUMNS, n, &w, full, common, few);
        same = same && columns.checksum == ours.checksum;
        if (columns.ns < best.ns) best = columns;
    }
    printf("%-20s %-4s %7" PRIu32 " %9.0f %9.0f %6.2f %9.0f %8.1f  %s\n", rule_names[rule],
           full ? "full" : "room", n, ours.ns, best.ns, ours.ns / best.ns, scan.ns,
           scan.ns / ours.ns, same ? "same choices" : "DIFFERENT CHOICES");
    fflush(stdout);
    free(w.tasks);
    return same;
}

int main(int argc, char **argv)
{
    uint32_t most = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 100000;
    uint32_t count = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 200000;
    bool same = true;
    printf("%-20s %-4s %7s %9s %9s %6s %9s %8s\n", "ns a placement", "load", "n", "ours",
           "reference", "ratio", "scan", "factor");
    int only = argc > 3 ? atoi(argv[3]) : -1;
    for (int rule = PLACE_BINPACK_CPU; rule <= PLACE_RANDOM; rule++)
        if (only < 0 || only == rule)
            for (int full = 0; full < 2; full++)
                for (uint32_t n = 100; n <= most; n *= 10)
                    same = compare((place_rule)rule, full, n, count) && same;
    return same ? 0 : 1;
}
