/* bench_scale_in - half of a service's tasks stop: nanoseconds a stop by the order, and by a look at all tasks left.
 *
 *     bench_scale_in [TASKS_MAX]     10000; 10 tasks an instance, three zones
 *
 * Both choose the same, or the program fails. What a look at all costs grows with the service; what the
 * order costs should hardly.
 */
#include "models/ecs/scale_in_order.h"
#include "tests/bench/bench.h"
#include "tests/models/cluster_fixture.h"
#include <inttypes.h>

static const char *const zones[] = {"a", "b", "c"};
static const placement_strategy_config pack = {.kind = STRATEGY_BINPACK, .field = BINPACK_CPU};
static const placement_strategy_config any = {.kind = STRATEGY_RANDOM};

typedef struct {
    const char *name;
    const placement_strategy_config *strategy; /* NULL: spread over zones, then instances */
} kind;

/* Seconds that stopping half of n takes; index: with the order. */
static double stop_half(const kind *k, uint32_t n, bool index, uint64_t *checksum)
{
    fixture f;
    fixture_begin(&f, !index);
    instance_group_config *groups[3];
    for (int z = 0; z < 3; z++)
        groups[z] = fixture_group(&f, zones[z], 16384, 16384);
    for (uint32_t i = 0; i < n / 10; i++)
        cluster_register(f.cluster, cluster_add(f.cluster, groups[i % 3], i % 3, 0), 0);
    placement_plan *p = fixture_plan(&f, "service:s", fixture_task(&f, 128, 128), k->strategy,
                                     k->strategy != NULL, NULL, 0);
    scale_in_candidate *tasks = memory_alloc(n, sizeof *tasks);
    for (uint32_t i = 0; i < n; i++) {
        tasks[i] = (scale_in_candidate){i * UINT32_C(2654435761) % (n / 10), i / 7, i};
        placement_place(f.cluster, p, tasks[i].instance);
    }
    random_stream stream = random_stream_at((random_source){3, 0}, random_purpose("bench"), 0);
    scale_in_order *o = scale_in_order_create();
    const double start_s = bench_seconds();
    scale_in_order_begin(o, f.cluster, p, tasks, n, n / 2);
    for (uint32_t i = 0; i < n / 2; i++) {
        const uint32_t at = scale_in_order_next(o, &stream);
        *checksum = (*checksum ^ at) * UINT64_C(0x9E3779B97F4A7C15);
        placement_uncount(f.cluster, p, tasks[at].instance);
    }
    const double seconds = bench_seconds() - start_s;
    scale_in_order_destroy(o);
    placement_plan_destroy(p);
    fixture_end(&f);
    free(tasks);
    return seconds;
}

int main(int argc, char **argv)
{
    static const kind kinds[] = {
        {"spread zone+instance", NULL}, {"binpack cpu", &pack}, {"random", &any}};
    const uint32_t most = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 10000;
    bool same = true;
    printf("%-20s %7s %9s %9s %8s\n", "ns a stop", "tasks", "order", "all", "factor");
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
        for (uint32_t n = 100; n <= most; n *= 10) {
            uint64_t order = 1, all = 1;
            const double order_s = stop_half(&kinds[k], n, true, &order);
            const double all_s = stop_half(&kinds[k], n, false, &all);
            printf("%-20s %7" PRIu32 " %9.0f %9.0f %8.1f  %s\n", kinds[k].name, n,
                   order_s * 2e9 / n, all_s * 2e9 / n, all_s / order_s,
                   order == all ? "same choices" : "DIFFERENT CHOICES");
            same = same && order == all;
        }
    return same ? 0 : 1;
}
