/* Goal: metric names are the contract's, patterns match whole parts, expectations are inclusive and
 * refused when they name nothing. Method: the contract's names listed here; a small system's run. */
#include "results/metric_table.h"
#include "tests/results/run.h"

/* contract/metrics.md, spelt out. */
static const char *const contract[] = {
    "cluster.instances.mean",
    "cluster.instances.peak",
    "cluster.cpu.reserved.mean",
    "cluster.cpu.reserved.peak",
    "cluster.memory.reserved.mean",
    "cluster.memory.reserved.peak",
    "cluster.cpu.used.mean",
    "cluster.memory.used.mean",
    "cluster.stranded.cpu.mean",
    "cluster.stranded.memory.mean",
    "cluster.fragmentation.mean",
    "cluster.empty.instances.mean",
    "cluster.packing.bound.peak",
    "cluster.packing.efficiency",
    "cluster.placements",
    "cluster.placements.failed",
    "cluster.placement.wait.mean",
    "cluster.placement.wait.p50",
    "cluster.placement.wait.p95",
    "cluster.placement.wait.max",
    "cluster.cost.total",
    "cluster.cost.perHour",
    "services.NAME.availability",
    "services.NAME.availability.worst1m",
    "services.NAME.availability.worst5m",
    "services.NAME.outage.seconds",
    "services.NAME.requests.offered",
    "services.NAME.requests.ok",
    "services.NAME.requests.failed",
    "services.NAME.requests.failed.502",
    "services.NAME.requests.failed.503",
    "services.NAME.requests.failed.504",
    "services.NAME.requests.failed.overload",
    "services.NAME.requests.failed.application",
    "services.NAME.latency.mean",
    "services.NAME.latency.p50",
    "services.NAME.latency.p95",
    "services.NAME.latency.p99",
    "services.NAME.tasks.desired.mean",
    "services.NAME.tasks.running.mean",
    "services.NAME.tasks.healthy.mean",
    "services.NAME.healthy.min",
    "services.NAME.healthy.min.ratio",
    "services.NAME.healthy.below_minimum.seconds",
    "services.NAME.surge.peak",
    "services.NAME.fail_open.seconds",
    "services.NAME.cpu.utilization.mean",
    "services.NAME.cpu.utilization.peak",
    "services.NAME.memory.utilization.mean",
    "services.NAME.memory.utilization.peak",
    "services.NAME.task.failures",
    "services.NAME.task.replacements",
    "services.NAME.oom.kills",
    "services.NAME.placement.failed",
    "services.NAME.cost.total",
    "services.NAME.cost.idle",
    "services.NAME.cost.idle",
    "services.NAME.scaling.out",
    "services.NAME.scaling.in",
    "services.NAME.scaling.blocked",
    "services.NAME.scaling.reaction.seconds",
    "services.NAME.overprovisioned.task_seconds",
    "services.NAME.underprovisioned.task_seconds",
    "services.NAME.deployments.N.seconds",
    "services.NAME.deployments.N.outcome",
    "services.NAME.deployments.N.availability",
    "services.NAME.deployments.N.requests.failed",
    "services.NAME.deployments.N.healthy.min",
    "services.NAME.deployments.N.surge.peak",
    "services.NAME.deployments.N.stalled.seconds",
    "services.NAME.deployments.N.stable.seconds",
    "services.NAME.deployments.N.stable.timedOut",
    "queues.NAME.backlog.peak",
    "queues.NAME.age.p95",
    "queues.NAME.age.max",
    "queues.NAME.drained.seconds",
    "autoScalingGroups.NAME.launches",
    "autoScalingGroups.NAME.terminations",
    "autoScalingGroups.NAME.flaps",
    "autoScalingGroups.NAME.refreshes.N.seconds",
    "autoScalingGroups.NAME.refreshes.N.moves",
};

static bool in_contract(const char *name)
{
    for (size_t i = 0; i < sizeof contract / sizeof *contract; i++)
        if (strcmp(contract[i], name) == 0) return true;
    return false;
}

static void test_table(void)
{
    TEST("every metric of the table stands in the contract, once, with unit and definition")
    {
        for (uint32_t i = 0; i < metric_description_count(); i++) {
            const metric_description d = metric_describe(i);
            char name[200];
            snprintf(name, sizeof name, "%s%s", d.prefix, d.name);
            if (!in_contract(name)) (void)TAP_FAIL("%s is not in the contract", name);
            OK(d.definition[0] != '\0' && d.unit != NULL);
            for (uint32_t j = 0; j < i; j++)
                OK(strcmp(metric_describe(j).prefix, d.prefix) != 0 ||
                   strcmp(metric_describe(j).name, d.name) != 0);
        }
        IS_INT(metric_description_count(), 80);
    }
}

static uint32_t matches(const measured_run *run, const char *pattern)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < metric_values_count(run->metrics); i++)
        n += metric_matches(metric_values_at(run->metrics, i), pattern);
    return n;
}

static void test_patterns(const measured_run *run)
{
    static const struct {
        const char *pattern;
        uint32_t count;
    } patterns[] = {
        {"services.auth.availability", 1},
        {"services.*.availability", 2},
        {"services.*.availability@p05", 2},
        {"*.*.availability", 2},
        {"services.*", 0},
        {"services.*.requests.failed", 2},
        {"services.*.requests.failed.*", 10},
        {"services.au*.availability", 0},
        {"services.auth.availability.", 0},
        {"services.auth.availabilit", 0},
        {"", 0},
        {"cluster.by.instanceType.*.instances.mean", 1}, /* t2.small is one part */
        {"cluster.by.instanceType.t2.small.instances.mean", 1},
        {"cluster.by.instanceType.*.*.instances.mean", 1}, /* t2.small, empty */
        {"cluster.by.*.*.instances.mean", 3},
        {"services.auth.deployments.*.seconds", 2}, /* not last */
        {"services.*.deployments.last.seconds", 2},
        {"services.auth.deployments.3.seconds", 0},
    };
    TEST("a star matches one part; an object's name is one part")
    {
        for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
            if (matches(run, patterns[i].pattern) != patterns[i].count)
                (void)TAP_FAIL("%s: got %u, want %u", patterns[i].pattern,
                               matches(run, patterns[i].pattern), patterns[i].count);
    }
    TEST("names are checked before the run: deployments of any number are possible")
    {
        const model_config *cfg = &run->sys->cfg;
        static const char *const good[] = {"services.*.availability",
                                           "services.auth.deployments.17.seconds",
                                           "services.*.deployments.*.stable.seconds",
                                           "services.auth.deployments.last.outcome",
                                           "cluster.by.availabilityZone.us-east-1b.cost.total",
                                           "cluster.cost.total@p99.9"};
        for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
            sim_error err = {0};
            if (!metric_name_check(cfg, good[i], &err)) (void)TAP_FAIL("%s: %s", good[i], err.text);
        }
        static const struct {
            const char *name, *says;
        } bad[] = {
            {"services.auht.availability", "nearest: services.auth.availability"},
            {"services.auth.availabilty", "nearest: services.auth.availability"},
            {"services.auth.slowness", "no metric is called \"services.auth.slowness\""},
            {"services.auth.deployments.0.seconds", "nearest"},
            {"services.auth.deployments.x.seconds", "nearest"},
            {"cluster.by.instanceType.t3.small.instances.mean",
             "cluster.by.instanceType.t2.small.instances.mean"},
            {"cluster.cost.total@p", "after @"},
            {"cluster.cost.total@p100", "after @"},
            {"cluster.cost.total@", "after @"},
            {"", "no metric"},
        };
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
            sim_error err = {0};
            OK(!metric_name_check(cfg, bad[i].name, &err));
            if (!strstr(err.text, bad[i].says)) (void)TAP_FAIL("%s: %s", bad[i].name, err.text);
        }
    }
}

static bool met(const measured_run *run, expectation_config asked)
{
    model_config cfg = run->sys->cfg;
    cfg.expectations = &asked;
    cfg.expectation_count = 1;
    expectation_results e = expectations_evaluate(&cfg, run->metrics);
    OK(e.count >= 1);
    const bool all = e.unmet == 0;
    expectation_results_finish(&e);
    return all;
}

#define ASK(...) met(run, (expectation_config){__VA_ARGS__})

static void test_expectations(const measured_run *run)
{
    TEST("bounds are inclusive, tolerance is absolute")
    {
        const char *placements = "cluster.placements";
        IS_DOUBLE(metric_of(run, placements), 8);
        OK(ASK(.metric = placements, .has_at_least = true, .at_least = 8));
        OK(!ASK(.metric = placements, .has_at_least = true, .at_least = 8.5));
        OK(ASK(.metric = placements, .has_at_most = true, .at_most = 8));
        OK(!ASK(.metric = placements, .has_at_most = true, .at_most = 7));
        OK(ASK(.metric = placements, .has_equals = true, .equals = 8));
        OK(ASK(.metric = placements, .has_equals = true, .equals = 9, .tolerance = 1));
        OK(!ASK(.metric = placements, .has_equals = true, .equals = 9, .tolerance = 0.9));
        OK(ASK(.metric = placements, .has_between = true, .between_low = 8, .between_high = 9));
        OK(!ASK(.metric = placements, .has_between = true, .between_low = 1, .between_high = 7));
        OK(!ASK(.metric = placements, .has_at_least = true, .at_least = 1, .has_at_most = true,
                .at_most = 2));
    }
    TEST("a star asks every match; no value and no such deployment fail")
    {
        OK(ASK(.metric = "services.*.tasks.desired.mean", .has_at_least = true, .at_least = 2));
        OK(!ASK(.metric = "services.*.tasks.desired.mean", .has_at_least = true, .at_least = 3));
        OK(!ASK(.metric = "services.auth.deployments.1.healthy.min", .has_at_least = true));
        OK(!ASK(.metric = "services.auth.deployments.9.seconds", .has_at_most = true,
                .at_most = 1e9));
    }
    TEST("what was asked, as text")
    {
        char text[100];
        const expectation_config between = {
            .has_between = true, .between_low = 1, .between_high = 2.5};
        IS_STR(expectation_print(&between, text, sizeof text), "between 1 and 2.5");
        const expectation_config both = {.has_at_least = true,
                                         .at_least = 0.999,
                                         .has_equals = true,
                                         .equals = 1,
                                         .tolerance = 0.1};
        IS_STR(expectation_print(&both, text, sizeof text), "at least 0.999, 1 within 0.1");
        IS_STR(expectation_print(&both, text, 12), "at least 0.");
    }
    TEST("an unknown metric is refused before the run, with the expectation's pointer")
    {
        model_config cfg = run->sys->cfg;
        expectation_config asked[] = {{.metric = "cluster.placements", .pointer = "/expect/0"},
                                      {.metric = "cluster.placement", .pointer = "/expect/1"}};
        cfg.expectations = asked;
        cfg.expectation_count = 2;
        sim_error err = {0};
        OK(!expectations_check(&cfg, &err));
        IS_STR(err.pointer, "/expect/1/metric");
        OK(strstr(err.text, "cluster.placements") != NULL);
        cfg.expectation_count = 1;
        OK(expectations_check(&cfg, NULL));
    }
}

int main(void)
{
    tap_begin();
    test_table();
    measured_run run = run_system(stage_system(), 2400, DETAIL_NONE);
    test_patterns(&run);
    test_expectations(&run);
    run_end(&run);
    return tap_end();
}
