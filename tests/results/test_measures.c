/* Goal: the integrals behind the metrics. Method: samples by hand, results worked out on paper. */
#include "results/cluster_measure.h"
#include "results/long_sum.h"
#include "results/minute_windows.h"
#include "results/record_table.h"
#include "results/service_measure.h"
#include "results/wait_times.h"
#include "tests/tap.h"
#include <math.h>

#define S SIM_SECOND

static service_sample steady(uint32_t desired, uint32_t healthy)
{
    return (service_sample){.exists = true,
                            .desired = desired,
                            .running = healthy,
                            .healthy = healthy,
                            .active = desired,
                            .lower = desired / 2,
                            .deployments = 1,
                            .steady = desired == healthy};
}

static void test_tasks(void)
{
    TEST("task averages are exact, over [warmup, end]")
    {
        service_measure *m = service_measure_create(10 * S, 15 * S);
        service_sample s = steady(4, 4);
        service_measure_sample(m, 0, &s);
        s = steady(4, 2);
        s.active = 6;
        service_measure_sample(m, 30 * S, &s);
        s = steady(4, 4);
        service_measure_sample(m, 40 * S, &s);
        service_measure_finish(m, 60 * S);
        const service_totals *t = service_measure_totals(m);
        IS_DOUBLE(t->desired_mean, 4);
        IS_DOUBLE(t->healthy_mean, (20 * 4 + 10 * 2 + 20 * 4) / 50.0);
        IS_DOUBLE(t->healthy_min, 2);
        IS_DOUBLE(t->healthy_min_ratio, 0.5);
        IS_DOUBLE(t->surge_peak, 2);
        IS_DOUBLE(t->below_minimum_seconds, 0);
        service_measure_destroy(m);
    }
    TEST("before the first steady state nothing counts for healthy.min; nor does a value held for "
         "no time")
    {
        service_measure *m = service_measure_create(0, 15 * S);
        service_sample s = steady(4, 0);
        service_measure_sample(m, 0, &s);
        s = steady(4, 4);
        service_measure_sample(m, 30 * S, &s);
        s = steady(4, 1);
        service_measure_sample(m, 40 * S, &s);
        s = steady(4, 3);
        service_measure_sample(m, 40 * S, &s);
        s = steady(4, 0);
        service_measure_sample(m, 50 * S, &s);
        service_measure_finish(m, 50 * S);
        IS_DOUBLE(service_measure_totals(m)->healthy_min, 3);
        IS_DOUBLE(service_measure_totals(m)->below_minimum_seconds, 30);
        service_measure_destroy(m);
    }
    TEST("the lowest ratio, not the ratio at the fewest: after scale-in both may be few")
    {
        service_measure *m = service_measure_create(0, 15 * S);
        service_sample s = steady(10, 10);
        service_measure_sample(m, 0, &s);
        s = steady(10, 4);
        service_measure_sample(m, 10 * S, &s);
        s = steady(2, 2);
        service_measure_sample(m, 20 * S, &s);
        service_measure_finish(m, 30 * S);
        IS_DOUBLE(service_measure_totals(m)->healthy_min, 2);
        IS_DOUBLE(service_measure_totals(m)->healthy_min_ratio, 0.4);
        service_measure_destroy(m);
    }
    TEST(
        "memory utilization: used / reserved, integrated along its line, over the time it is known")
    {
        service_measure *m = service_measure_create(10 * S, 15 * S);
        service_sample s = steady(1, 1);
        const int64_t mib = 1048576;
        service_measure_sample(m, 0, &s); /* nothing known of memory: no datapoint (A06) */
        s.memory_reserved_mib = 1024;
        s.memory = (memory_line){512 * mib, 0}; /* 50 % (A05) */
        s.oom_kills = 1;
        service_measure_sample(m, 20 * S, &s);
        s.memory = (memory_line){128 * mib, 0}; /* 12.5 % (A05) */
        s.oom_kills = 4;
        service_measure_sample(m, 30 * S, &s);
        s.memory_reserved_mib = 2 * 512; /* soft limits: 150 % (A03) … */
        s.memory = (memory_line){1536 * mib - 50 * 64 * mib, 3600 * 64 * mib}; /* … at 50 s */
        service_measure_sample(m, 40 * S, &s);
        service_measure_finish(m, 50 * S);
        const service_totals *t = service_measure_totals(m);
        IS_DOUBLE(t->memory_utilization_peak, 150);
        IS_NEAR(t->memory_utilization_mean, (50 + 12.5 + (87.5 + 150) / 2) / 3, 1e-12);
        IS_DOUBLE(t->oom_kills, 4);
        service_measure_destroy(m);
    }
    TEST("no container's memory known: no value")
    {
        service_measure *m = service_measure_create(0, 15 * S);
        service_sample s = steady(1, 1);
        s.memory_reserved_mib = 1024;
        service_measure_sample(m, 0, &s);
        service_measure_finish(m, 50 * S);
        OK(isnan(service_measure_totals(m)->memory_utilization_mean));
        OK(isnan(service_measure_totals(m)->memory_utilization_peak));
        service_measure_destroy(m);
    }
    TEST("never steady, no time measured: no value; counters count from the warmup on")
    {
        service_measure *m = service_measure_create(10 * S, 15 * S);
        service_sample s = steady(4, 1);
        s.task_failures = 2;
        service_measure_sample(m, 0, &s);
        s.task_failures = 5;
        service_measure_sample(m, 10 * S, &s);
        service_measure_finish(m, 10 * S);
        const service_totals *t = service_measure_totals(m);
        OK(isnan(t->healthy_min) && isnan(t->desired_mean) && isnan(t->surge_peak));
        OK(isnan(t->requests.availability));
        IS_DOUBLE(t->task_failures, 3);
        service_measure_destroy(m);
    }
}

static void test_requests(void)
{
    TEST("offered = ok + failed and failed = its causes, exactly (L111)")
    {
        service_measure *m = service_measure_create(0, 15 * S);
        service_sample s = steady(3, 3);
        s.requests.offered = 120;
        for (int i = 0; i < 1000; i++) {
            s.requests.failed[FAILED_502] = 120.0 / 7 * (i % 3);
            s.requests.failed[FAILED_503] = 0.1 * (i % 5);
            s.requests.lost[FAILED_504] += 1.0 / 3;
            service_measure_sample(m, i * (S + 12345), &s);
        }
        service_measure_finish(m, 1000 * (S + 12345));
        const request_totals *r = &service_measure_totals(m)->requests;
        IS_DOUBLE(r->ok + r->failed, r->offered);
        double sum = 0;
        for (int cause = 0; cause < FAILED_CAUSES; cause++)
            sum += r->failed_by[cause];
        IS_DOUBLE(sum, r->failed);
        IS_NEAR(r->offered, 120 * 1012.345, 1e-6);
        IS_NEAR(r->failed_by[FAILED_504], 1000.0 / 3, 1e-6);
        IS_NEAR(r->failed_by[FAILED_502], 120.0 / 7 * (333 + 666) * 1.012345, 1e-6);
        service_measure_destroy(m);
    }
    TEST("an outage is less than half answered well; failing open is time")
    {
        service_measure *m = service_measure_create(0, 15 * S);
        service_sample s = steady(2, 2);
        s.requests.offered = 10;
        s.requests.failed[FAILED_502] = 5;
        s.fail_open = true;
        service_measure_sample(m, 0, &s);
        s.requests.failed[FAILED_503] = 0.5;
        s.fail_open = false;
        service_measure_sample(m, 20 * S, &s);
        s.requests.offered = 0;
        s.requests.failed[FAILED_502] = s.requests.failed[FAILED_503] = 0;
        service_measure_sample(m, 50 * S, &s);
        service_measure_finish(m, 90 * S);
        IS_DOUBLE(service_measure_totals(m)->outage_seconds, 30);
        IS_DOUBLE(service_measure_totals(m)->fail_open_seconds, 20);
        IS_DOUBLE(service_measure_totals(m)->requests.availability, (500 - 265) / 500.0);
        service_measure_destroy(m);
    }
}

/* The worst window by looking at every minute, from the same steps. */
static double worst_by_minutes(const double *offered, const double *failed, int minutes, int length)
{
    double worst = NAN;
    for (int from = 0; from + length <= minutes; from++) {
        double all = 0, bad = 0;
        for (int i = from; i < from + length; i++) {
            all += offered[i];
            bad += failed[i];
        }
        if (all > 0 && !(worst <= 1 - bad / all)) worst = 1 - bad / all;
    }
    return worst;
}

static void test_windows(void)
{
    TEST("full minutes only: what is cut off at both ends does not count")
    {
        minute_windows w;
        minute_windows_init(&w);
        minute_windows_add(&w, 30 * S, 59 * S, 100, 100);
        minute_windows_lose(&w, 100);
        minute_windows_add(&w, 59 * S, 60 * S, 100, 100);
        minute_windows_add(&w, 60 * S, 90 * S, 100, 0);
        minute_windows_lose(&w, 600);
        minute_windows_add(&w, 90 * S, 120 * S, 100, 0);
        minute_windows_add(&w, 120 * S, 179 * S, 100, 100);
        IS_DOUBLE(w.worst_1m, 0.9);
        OK(isnan(w.worst_5m));
    }
    TEST("a week of one rate after a bad minute is a few steps, and the bad five minutes are kept")
    {
        minute_windows w;
        minute_windows_init(&w);
        minute_windows_add(&w, 0, 10 * SIM_MINUTE, 10, 0);
        minute_windows_add(&w, 10 * SIM_MINUTE, 11 * SIM_MINUTE, 10, 10);
        minute_windows_add(&w, 11 * SIM_MINUTE, 7 * SIM_DAY, 10, 0);
        OK(w.full_count < 30);
        IS_DOUBLE(w.worst_1m, 0);
        IS_DOUBLE(w.worst_5m, 0.8);
    }
    TEST("the same worst windows as by looking at every minute (seeded steps)")
    {
        uint64_t x = 88172645463325252u;
        for (int round = 0; round < 200; round++) {
            double offered[64] = {0}, failed[64] = {0};
            minute_windows w;
            minute_windows_init(&w);
            sim_time at = 0;
            while (at < 64 * SIM_MINUTE) {
                x ^= x << 13, x ^= x >> 7, x ^= x << 17;
                sim_time next = at + (sim_time)(1 + x % (round % 2 ? 100 : 1500)) * S;
                if (next > 64 * SIM_MINUTE) next = 64 * SIM_MINUTE;
                const double rate = (double)(x >> 20 & 7), bad = rate * (double)(x >> 24 & 7) / 8;
                minute_windows_add(&w, at, next, rate, bad);
                for (sim_time s = at / S; s < next / S; s++) {
                    offered[s / 60] += rate;
                    failed[s / 60] += bad;
                }
                at = next;
            }
            const double one = worst_by_minutes(offered, failed, 64, 1);
            const double five = worst_by_minutes(offered, failed, 64, 5);
            IS_NEAR(w.worst_1m, one, 1e-12);
            IS_NEAR(w.worst_5m, five, 1e-12);
        }
    }
}

static void test_deployments(void)
{
    TEST("a deployment is measured while it runs; what is lost as it completes is its own")
    {
        service_measure *m = service_measure_create(0, 15 * S);
        service_sample s = steady(2, 2);
        s.requests.offered = 10;
        service_measure_deployment_started(m, 0, 1);
        service_measure_sample(m, 0, &s);
        service_measure_deployment_completed(m, 10 * S, 1);
        service_measure_sample(m, 10 * S, &s);
        service_measure_deployment_started(m, 100 * S, 2);
        s.deployments = 2;
        s.active = 3;
        s.healthy = 1;
        s.stalled = true;
        s.requests.failed[FAILED_502] = 1;
        service_measure_sample(m, 100 * S, &s);
        s = steady(2, 2);
        s.requests.offered = 10;
        s.requests.lost[FAILED_502] = 7;
        service_measure_deployment_completed(m, 120 * S, 2);
        service_measure_sample(m, 120 * S, &s);
        s.requests.lost[FAILED_502] = 9;
        service_measure_sample(m, 121 * S, &s);
        service_measure_finish(m, 200 * S);
        IS_INT(service_measure_deployment_count(m), 2);
        const deployment_totals *d = service_measure_deployment(m, 1);
        OK(d->completed);
        IS_INT(d->ended_us, 120 * S);
        IS_DOUBLE(d->requests.offered, 200);
        IS_DOUBLE(d->requests.failed, 27);
        IS_DOUBLE(d->healthy_min, 1);
        IS_DOUBLE(d->surge_peak, 1);
        IS_DOUBLE(d->stalled_seconds, 20);
        IS_DOUBLE(service_measure_totals(m)->requests.failed, 29);
        service_measure_destroy(m);
    }
    TEST("what a deployment counts before the warmup ends is not measured; given up, it may be "
         "rolled back")
    {
        service_measure *m = service_measure_create(100 * S, 15 * S);
        service_sample s = {
            .exists = true, .desired = 2, .requests = {.offered = 10, .failed = {5}}};
        service_measure_sample(m, 0, &s);
        service_measure_deployment_started(m, 90 * S, 1);
        service_measure_deployment_failed(m, 110 * S, 1);
        service_measure_deployment_rolling_back(m, 110 * S, 1);
        service_measure_deployment_completed(m, 120 * S, 7); /* the one that it went back to */
        service_measure_finish(m, 200 * S);
        const deployment_totals *d = service_measure_deployment(m, 0);
        IS_DOUBLE(d->requests.offered, 200); /* 100 s to 120 s */
        IS_DOUBLE(d->requests.failed, 100);
        IS_INT(d->started_us, 90 * S);
        IS_INT(d->ended_us, 120 * S);
        OK(d->rolled_back && d->failed && !d->completed);
        service_measure_destroy(m);
    }
    TEST("stable at the first poll that sees it, 40 polls, and a newer start supersedes")
    {
        service_measure *m = service_measure_create(0, 15 * S);
        service_sample s = steady(2, 2);
        service_measure_deployment_started(m, 0, 1);
        service_measure_sample(m, 0, &s);
        service_measure_deployment_started(m, 7 * S, 2);
        s.deployments = 2;
        service_measure_sample(m, 7 * S, &s);
        s.deployments = 1; /* between two polls of #2: at 7 + 15 k */
        service_measure_sample(m, 23 * S, &s);
        s.deployments = 2;
        service_measure_sample(m, 36 * S, &s);
        s.deployments = 1; /* a poll falls on this very instant: 7 + 45 */
        service_measure_sample(m, 52 * S, &s);
        service_measure_deployment_started(m, 100 * S, 3);
        s.deployments = 2;
        service_measure_sample(m, 100 * S, &s);
        s.deployments = 1;
        service_measure_sample(m, 100 * S + 586 * S, &s);
        service_measure_finish(m, 1000 * S);
        IS_DOUBLE(service_measure_deployment(m, 0)->stable_seconds, 0);
        IS_DOUBLE(service_measure_deployment(m, 0)->stable_timed_out, 0);
        OK(!service_measure_deployment(m, 0)->completed);
        IS_INT(service_measure_deployment(m, 0)->ended_us, 7 * S);
        IS_DOUBLE(service_measure_deployment(m, 1)->stable_seconds, 45);
        IS_DOUBLE(service_measure_deployment(m, 2)->stable_seconds, 600);
        IS_DOUBLE(service_measure_deployment(m, 2)->stable_timed_out, 1);
        IS_INT(service_measure_deployment(m, 2)->ended_us, SIM_NEVER);
        service_measure_destroy(m);
    }
    TEST("the 40th poll is in time; a run that ends before it leaves that open; one on the end "
         "counts")
    {
        for (int i = 0; i < 3; i++) {
            service_measure *m = service_measure_create(0, 15 * S);
            service_sample s = steady(2, 2);
            s.deployments = 2;
            service_measure_deployment_started(m, 0, 1);
            service_measure_sample(m, 0, &s);
            s.deployments = i == 1 ? 2 : 1;
            const sim_time end_us = i == 1 ? 584 * S : 585 * S;
            service_measure_sample(m, i == 2 ? 585 * S : 580 * S, &s);
            service_measure_finish(m, end_us);
            const deployment_totals *d = service_measure_deployment(m, 0);
            if (i == 1) {
                OK(isnan(d->stable_seconds) && isnan(d->stable_timed_out));
            } else {
                IS_DOUBLE(d->stable_seconds, 585);
                IS_DOUBLE(d->stable_timed_out, 0);
            }
            service_measure_destroy(m);
        }
    }
}

static instance_reading an_instance(int64_t cpu, int64_t cpu_reserved, int64_t memory,
                                    int64_t memory_reserved, uint32_t tasks)
{
    return (instance_reading){.sample = {.status = INSTANCE_ACTIVE,
                                         .registered = true,
                                         .cpu_registered = cpu,
                                         .cpu_reserved = cpu_reserved,
                                         .memory_registered = memory,
                                         .memory_reserved = memory_reserved,
                                         .tasks = tasks,
                                         .price_usd_per_hour = 0.0232},
                              .scope = {1, 0}};
}

static void test_cluster(void)
{
    workload_share share = {.weight = 4};
    const workload_mix mix = {&share, 1, 4};
    TEST("reserved, stranded, fragmented and empty shares; scopes; the price")
    {
        cluster_measure *c = cluster_measure_create(0, 2, &mix);
        instance_reading a = an_instance(1000, 1000, 2000, 500, 2);
        a.memory_stranded = true;
        a.misfit_weight = 4;
        cluster_measure_instance(c, 0, 0, &a);
        instance_reading b = an_instance(1000, 0, 2000, 0, 0);
        b.scope[0] = 0;
        cluster_measure_instance(c, 0, 1, &b);
        b = an_instance(1000, 500, 2000, 2000, 1);
        b.scope[0] = 0;
        b.cpu_stranded = true;
        b.misfit_weight = 1;
        b.sample.memory = (memory_line){0, INT64_C(400) * 1048576}; /* 400 MiB at 1 h, 800 at 2 h */
        cluster_measure_instance(c, SIM_HOUR, 1, &b);
        cluster_measure_finish(c, 2 * SIM_HOUR);
        const scope_totals *t = cluster_measure_totals(c, 0);
        IS_DOUBLE(t->instances_mean, 2);
        IS_DOUBLE(t->cpu_reserved_mean, (0.5 + 0.75) / 2);
        IS_DOUBLE(t->cpu_reserved_peak, 0.75);
        IS_DOUBLE(t->memory_reserved_mean, (500 / 4000.0 + 2500 / 4000.0) / 2);
        IS_DOUBLE(t->memory_used_mean, (0 + 600 / 4000.0) / 2);
        OK(isnan(cluster_measure_totals(c, 1)->memory_used_mean)); /* of `a` nothing is known */
        IS_DOUBLE(t->cpu_stranded_mean, 0.25 / 2);
        IS_DOUBLE(t->memory_stranded_mean, 1500 / 4000.0);
        IS_NEAR(t->fragmentation_mean,
                ((1500 / 4000.0) / 2 + (1500 / 4000.0 + 500 / 2000.0 / 4) / 2) / 2, 1e-15);
        IS_DOUBLE(t->empty_mean, 0.5);
        IS_DOUBLE(t->cost_total, 4 * 0.0232);
        IS_DOUBLE(t->cost_per_hour, 2 * 0.0232);
        /* All memory reserved at the peak: 2500 MiB need two instances of 2000. */
        IS_DOUBLE(t->bound_peak, 2);
        IS_DOUBLE(t->efficiency, 1);
        IS_DOUBLE(cluster_measure_totals(c, 1)->instances_mean, 1);
        IS_DOUBLE(cluster_measure_totals(c, 1)->cpu_reserved_mean, 1);
        cluster_measure_destroy(c);
    }
    TEST("an instance that comes and goes; no price; no workload")
    {
        const workload_mix none = {NULL, 0, 0};
        cluster_measure *c = cluster_measure_create(SIM_HOUR, 2, &none);
        instance_reading a = an_instance(1000, 250, 2000, 0, 1), gone = {0};
        a.sample.price_usd_per_hour = NAN;
        cluster_measure_instance(c, 2 * SIM_HOUR, 5, &a);
        cluster_measure_instance(c, 3 * SIM_HOUR, 5, &gone);
        cluster_measure_finish(c, 5 * SIM_HOUR);
        const scope_totals *t = cluster_measure_totals(c, 0);
        IS_DOUBLE(t->instances_mean, 0.25);
        IS_DOUBLE(t->instances_peak, 1);
        IS_DOUBLE(t->cpu_reserved_mean, 0.25);
        OK(isnan(t->cost_total) && isnan(t->fragmentation_mean));
        IS_DOUBLE(t->bound_peak, 1);
        cluster_measure_destroy(c);
    }
    TEST("the bound takes the largest instances, and never passes what is occupied")
    {
        cluster_measure *c = cluster_measure_create(0, 2, &mix);
        instance_reading small = an_instance(1000, 900, 1000, 100, 1);
        instance_reading large = an_instance(4000, 200, 1000, 100, 1);
        for (uint32_t i = 0; i < 4; i++)
            cluster_measure_instance(c, 0, i, &small);
        cluster_measure_instance(c, 0, 4, &large);
        cluster_measure_finish(c, SIM_HOUR);
        IS_DOUBLE(cluster_measure_totals(c, 0)->bound_peak, 1); /* 3800 fit on the large one */
        IS_DOUBLE(cluster_measure_totals(c, 0)->efficiency, 0.2);
        cluster_measure_destroy(c);
    }
    TEST("the mix: desired tasks per definition, what a task reserves (E22, E23)")
    {
        container_definition containers[] = {
            {.cpu_units = 100, .memory_mib = 300, .memory_reservation_mib = 200},
            {.cpu_units = 0, .memory_mib = 50}};
        task_definition_config definitions[] = {
            {.container_count = 2, .containers = containers},
            {.container_count = 2, .containers = containers, .cpu_units = 512, .memory_mib = 1024}};
        service_config services[] = {{.task_definition = 1, .desired_count = 3},
                                     {.task_definition = 0, .desired_count = 200000},
                                     {.task_definition = 1, .desired_count = 5}};
        model_config cfg = {.service_count = 1,
                            .services = services,
                            .task_definition_count = 2,
                            .task_definitions = definitions};
        workload_mix m = workload_mix_of(&cfg);
        IS_INT(m.count, 1);
        IS_INT(m.total, 3);
        IS_INT(m.share[0].cpu_units, 512);
        workload_mix_finish(&m);
        cfg.service_count = 3;
        m = workload_mix_of(&cfg);
        IS_INT(m.count, 2);
        OK(m.total <= 65536 && m.total > 65500);
        IS_INT(m.share[1].cpu_units, 100);
        IS_INT(m.share[1].memory_mib, 250);
        workload_mix_finish(&m);
    }
}

static void test_small_parts(void)
{
    TEST("waits: mean and nearest-rank percentiles, zeros among them")
    {
        wait_times w = {0};
        OK(isnan(wait_times_mean(&w)) && isnan(wait_times_percentile(&w, 50)));
        for (int i = 100; i >= 1; i--)
            wait_times_add(&w, i <= 40 ? 0 : i * S);
        wait_times_sort(&w);
        IS_DOUBLE(wait_times_percentile(&w, 40), 0);
        IS_DOUBLE(wait_times_percentile(&w, 50), 50);
        IS_DOUBLE(wait_times_percentile(&w, 95), 95);
        IS_DOUBLE(wait_times_percentile(&w, 100), 100);
        IS_DOUBLE(wait_times_mean(&w), (5050 - 820) / 100.0);
        wait_times_finish(&w);
    }
    TEST("a long sum keeps what single additions would lose")
    {
        long_sum s = {0, 0};
        long_sum_add(&s, 1e16);
        for (int i = 0; i < 10; i++)
            long_sum_add(&s, 1);
        long_sum_add(&s, -1e16);
        IS_DOUBLE(long_sum_get(&s), 10);
    }
    TEST("a table keeps its values while it grows, and fills what is not set")
    {
        static const column_spec spec[] = {{"a", COLUMN_I64, "", ""},
                                           {"b", COLUMN_U32, "", ""},
                                           {"c", COLUMN_F64, "", ""},
                                           {"d", COLUMN_I64, "", ""}};
        record_table *t = record_table_create(spec, 4);
        for (uint32_t i = 0; i < 20000; i++) {
            IS_INT(record_table_append(t), i);
            record_table_set_i64(t, i, 0, (int64_t)i * i);
            record_table_set_u32(t, i, 1, i);
            if (i % 2) record_table_set_f64(t, i, 2, i / 4.0);
        }
        bool same = true;
        for (uint32_t i = 0; i < 20000; i++)
            same =
                same && record_table_i64(t, i, 0) == (int64_t)i * i &&
                record_table_u32(t, i, 1) == i && record_table_i64(t, i, 3) == INT64_MIN &&
                (i % 2 ? record_table_f64(t, i, 2) == i / 4.0 : isnan(record_table_f64(t, i, 2)));
        OK(same);
        uint32_t copy[9000];
        record_table_copy(t, 1, 10, 9000, copy);
        for (uint32_t i = 0; i < 9000; i++)
            same = same && copy[i] == i + 10;
        OK(same);
        record_table_destroy(t);
    }
}

int main(void)
{
    tap_begin();
    test_tasks();
    test_requests();
    test_windows();
    test_deployments();
    test_cluster();
    test_small_parts();
    return tap_end();
}
