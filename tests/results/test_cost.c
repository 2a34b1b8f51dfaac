/* Goal: what a service costs is what its definition says (contract: metrics, Money).
 * Method: instances and owners by hand, results worked out on paper; then a whole run, in which services
 * and standalone tasks together pay for the cluster. */
#include "results/cluster_measure.h"
#include "results/cost_measure.h"
#include "results/metric_table.h"
#include "results/recorder.h"
#include "tests/models/system.h"
#include <math.h>

#define S           SIM_SECOND
#define H           SIM_HOUR
#define MIB         1048576
#define FINE(units) (int64_t)((units)*CPU_FINE)

static instance_sample instance_of(double price)
{
    return (instance_sample){.registered = true,
                             .cpu_registered = 1000,
                             .memory_registered = 1000,
                             .price_usd_per_hour = price};
}

static instance_owner reserves(uint32_t service, int64_t cpu_units, int64_t memory_mib)
{
    return (instance_owner){.service = service, .cpu_units = cpu_units, .memory_mib = memory_mib};
}

static double cost_of(const cost_measure *c, uint32_t service)
{
    return cost_measure_service_cost(c, service)->total;
}

static void on_instances(void)
{
    TEST("an instance is shared by the larger reservation share, its free part in proportion")
    {
        cost_measure *c = cost_measure_create(0, 2);
        instance_sample i = instance_of(0.6);
        instance_owner owners[] = {reserves(0, 400, 100), reserves(1, 100, 200)};
        cost_measure_instance(c, 0, 0, &i, owners, 2);
        cost_measure_finish(c, 10 * H);
        IS_NEAR(cost_of(c, 0), 4, 1e-12); /* 0.4 : 0.2 of 6 USD */
        IS_NEAR(cost_of(c, 1), 2, 1e-12);
        cost_measure_destroy(c);
    }
    TEST("empty instances are shared in proportion to what is paid otherwise; nobody pays for an "
         "idle "
         "cluster")
    {
        cost_measure *c = cost_measure_create(0, 2);
        instance_sample i = instance_of(1);
        instance_owner first = reserves(0, 500, 500), second = reserves(1, 10, 10);
        for (uint32_t k = 0; k < 4; k++)
            cost_measure_instance(c, 0, k, &i, NULL, 0);
        cost_measure_instance(c, H, 0, &i, &first, 1);
        cost_measure_instance(c, 2 * H, 1, &i, &second, 1);
        cost_measure_instance(c, 4 * H, 0, &i, NULL, 0);
        cost_measure_finish(c, 5 * H);
        IS_NEAR(cost_of(c, 0), 4 + 2 * 2, 1e-12); /* alone for an hour, half for two */
        IS_NEAR(cost_of(c, 1), 2 * 2 + 4, 1e-12);
        cost_measure_destroy(c);
    }
    TEST("standalone tasks pay their own; the warm-up is not measured")
    {
        cost_measure *c = cost_measure_create(H, 1);
        instance_sample i = instance_of(1);
        instance_owner owners[] = {reserves(0, 250, 0), reserves(NO_INDEX, 0, 750)};
        cost_measure_instance(c, 0, 0, &i, owners, 2);
        cost_measure_finish(c, 5 * H);
        IS_NEAR(cost_of(c, 0), 1, 1e-12);
        cost_measure_destroy(c);
    }
    TEST("who reserves while an instance has no price has no cost; the others do")
    {
        cost_measure *c = cost_measure_create(0, 2);
        instance_sample priced = instance_of(1), unpriced = instance_of(NAN);
        instance_owner first = reserves(0, 500, 500), second = reserves(1, 500, 500);
        cost_measure_instance(c, 0, 0, &priced, &first, 1);
        cost_measure_instance(c, H, 0, &priced, NULL, 0);
        cost_measure_instance(c, H, 1, &unpriced, &second, 1);
        cost_measure_finish(c, 2 * H);
        IS_NEAR(cost_of(c, 0), 1, 1e-12);
        OK(isnan(cost_of(c, 1)));
        cost_measure_destroy(c);
    }
    TEST("an instance that goes is paid until then")
    {
        cost_measure *c = cost_measure_create(0, 1);
        instance_sample i = instance_of(1), gone = instance_of(1);
        gone.registered = false;
        instance_owner owner = reserves(0, 500, 500);
        cost_measure_instance(c, 0, 0, &i, &owner, 1);
        cost_measure_instance(c, 0, 1, &i, &owner, 1);
        cost_measure_instance(c, H, 1, &gone, NULL, 0);
        cost_measure_finish(c, 4 * H);
        IS_NEAR(cost_of(c, 0), 5, 1e-12);
        cost_measure_destroy(c);
    }
}

static double idle_of(const cost_measure *c, uint32_t service)
{
    return cost_measure_service_cost(c, service)->idle;
}

static void idle_on_instances(void)
{
    TEST("idle is what is reserved and not used, of the resource that the owner pays by; what is "
         "free "
         "beside it is not")
    {
        cost_measure *c = cost_measure_create(H, 3);
        instance_sample i = instance_of(1);
        instance_owner owners[] = {
            {.service = 0,
             .cpu_units = 400,
             .memory_mib = 100,
             .cpu_told = 400,
             .cpu_used = FINE(100)},
            {.service = 1,
             .cpu_units = 100,
             .memory_mib = 200,
             .cpu_told = 100, /* paid by memory, which nothing is told of */
             .cpu_used = FINE(50)},
            {.service = 2, .cpu_units = 200, .memory_mib = 200, .cpu_told = 100}};
        cost_measure_instance(c, 0, 0, &i, owners, 3);
        owners[0].cpu_used = FINE(300);
        cost_measure_use(c, 3 * H, 0, owners, 3);
        owners[0].cpu_used = FINE(600); /* more than it reserves: none is idle */
        cost_measure_use(c, 5 * H, 0, owners, 3);
        cost_measure_finish(c, 9 * H);
        IS_NEAR(idle_of(c, 0), 2 * 0.3 + 2 * 0.1, 1e-12);
        OK(isnan(idle_of(c, 1)));
        IS_NEAR(idle_of(c, 2), 8 * 0.1, 1e-12); /* the task that tells nothing uses all */
        cost_measure_destroy(c);
    }
    TEST("memory that leaks is idle until the line reaches what is reserved")
    {
        cost_measure *c = cost_measure_create(0, 1);
        instance_sample i = instance_of(2);
        instance_owner owner = {.service = 0,
                                .cpu_units = 100,
                                .memory_mib = 500,
                                .memory_told = 500,
                                .memory_used = {100 * MIB, 100 * MIB}};
        cost_measure_instance(c, 0, 0, &i, &owner, 1);
        cost_measure_finish(c, 10 * H);
        IS_NEAR(idle_of(c, 0), 2 * 0.4 / 2 * 4, 1e-12); /* 400 of 1000 MiB down to 0 in 4 h */
        cost_measure_destroy(c);
    }
    TEST("shares that come to more than the instance stand for less of its price each")
    {
        cost_measure *c = cost_measure_create(0, 2);
        instance_sample i = instance_of(1);
        instance_owner owners[] = {
            {.service = 0, .cpu_units = 750, .memory_mib = 0, .cpu_told = 750},
            {.service = 1, .cpu_units = 0, .memory_mib = 750, .memory_told = 750}};
        cost_measure_instance(c, 0, 0, &i, owners, 2);
        cost_measure_finish(c, H);
        IS_NEAR(idle_of(c, 0), 0.5, 1e-9);
        IS_NEAR(idle_of(c, 1), cost_of(c, 1), 1e-9);
        cost_measure_destroy(c);
    }
    TEST("on Fargate idle is a line of its own; none while no task tells its use")
    {
        cost_measure *c = cost_measure_create(H, 2);
        service_sample s = {.fargate_nano_usd_per_hour = 2000000000,
                            .fargate_idle = {1000000000, -250000000, 1}};
        cost_measure_service(c, 0, 0, &s);
        s.fargate_idle = (fargate_idle){0};
        cost_measure_service(c, 0, 1, &s);
        cost_measure_finish(c, 9 * H);
        IS_NEAR(idle_of(c, 0), 0.75 * 3 / 2, 1e-12);
        OK(isnan(idle_of(c, 1)));
        cost_measure_destroy(c);
    }
}

static void on_fargate(void)
{
    TEST("Fargate is the service's alone; what falls due in the warm-up is not measured")
    {
        cost_measure *c = cost_measure_create(H, 1);
        service_sample s = {.fargate_nano_usd_per_hour = 2000000000, .fargate_extra_usd = 0.25};
        cost_measure_service(c, 0, 0, &s);
        s.fargate_nano_usd_per_hour = 0;
        s.fargate_extra_usd = 0.75;
        cost_measure_service(c, 3 * H, 0, &s);
        cost_measure_finish(c, 9 * H);
        IS_NEAR(cost_of(c, 0), 2 * 2 + 0.5, 1e-12);
        cost_measure_destroy(c);
    }
    TEST("a cluster and a zone pay for the Fargate tasks there")
    {
        workload_mix mix = {0};
        cluster_measure *c = cluster_measure_create(H, 3, &mix);
        cluster_measure_fargate(c, 0, 1, 1000000000, 5);
        cluster_measure_fargate(c, 2 * H, 2, 2000000000, 0.5);
        cluster_measure_finish(c, 3 * H);
        IS_NEAR(cluster_measure_totals(c, 0)->cost_total, 2 + 2 + 0.5, 1e-12);
        IS_NEAR(cluster_measure_totals(c, 0)->cost_per_hour, 4.5 / 2, 1e-12);
        IS_NEAR(cluster_measure_totals(c, 1)->cost_total, 2, 1e-12);
        IS_NEAR(cluster_measure_totals(c, 2)->cost_total, 2 + 0.5, 1e-12);
        cluster_measure_destroy(c);
    }
}

static double metric_of(const metric_values *v, const char *name)
{
    const metric_value *found = metric_values_find(v, name);
    if (found) return found->value;
    (void)TAP_FAIL("no metric %s", name);
    return NAN;
}

static void whole_run(void)
{
    TEST("services on instances and on Fargate together pay for the cluster")
    {
        system_of_test *sys = system_begin();
        instance_group_config *g = system_instances(sys, 3, 1024, 1024, "a", NULL);
        g->price_usd_per_hour = 0.1;
        uint32_t web = system_task(sys, "web", 300, 100), far = system_task(sys, "far", 0, 0);
        uint32_t next = system_task(sys, "web", 100, 400);
        system_service(sys, "web", web, 3, 50, 200);
        system_service(sys, "more", next, 2, 50, 200);
        sys->definitions[far].network = NETWORK_AWSVPC;
        sys->definitions[far].cpu_units = 1024;
        sys->definitions[far].memory_mib = 2048;
        system_container(sys, far)->fargate_stop_timeout_us = 30 * S;
        service_config *s = system_service(sys, "far", far, 2, 50, 200);
        s->share_count = 1;
        s->shares = ARENA_NEW(sys->arena, capacity_share);
        s->shares[0] = (capacity_share){PROVIDER_FARGATE, 0, 1};
        s->zone_count = 1;
        s->zones = g->zones;
        sys->cfg.fargate_prices.usd_per_vcpu_hour = 0.04;
        sys->cfg.fargate_prices.usd_per_gb_hour = 0.005;
        system_deploy(sys, 600, 0, next);
        system_scale(sys, 1800, 2, 1);
        recorder *r = recorder_create(&sys->cfg, DETAIL_NONE);
        model *m = model_create(&sys->cfg, 0, &sys->options);
        recorder_attach(r, m);
        model_run(m, H, NULL);
        recorder_finish(r, m);
        metric_values *v = metric_values_create(r);
        double services = metric_of(v, "services.web.cost.total") +
                          metric_of(v, "services.more.cost.total") +
                          metric_of(v, "services.far.cost.total");
        IS_NEAR(metric_of(v, "services.far.cost.total"), 0.05 * 1.5, 1e-12);
        IS_NEAR(metric_of(v, "cluster.cost.total"), 0.3 + 0.075, 1e-12);
        IS_NEAR(metric_of(v, "cluster.by.availabilityZone.a.cost.total"), 0.375, 1e-12);
        IS_NEAR(services, 0.375, 1e-12);
        metric_values_destroy(v);
        model_destroy(m);
        recorder_destroy(r);
        system_end(sys);
    }
}

/* A94, A95: two On-Demand instances at 1 USD and two Spot instances at half of it. */
static void purchase_options(void)
{
    TEST("what On-Demand and Spot instances cost adds up to the whole")
    {
        system_of_test *sys = system_begin();
        instance_group_config *g = system_instances(sys, 4, 1024, 2048, "a", "b");
        system_mixed(sys, system_auto_scaling(sys, "web", g, 0, 4), 1, 2, 0);
        system_mixed_starts(sys);
        recorder *r = recorder_create(&sys->cfg, DETAIL_NONE);
        model *m = model_create(&sys->cfg, 0, &sys->options);
        recorder_attach(r, m);
        model_run(m, H, NULL);
        recorder_finish(r, m);
        metric_values *v = metric_values_create(r);
        IS_NEAR(metric_of(v, "cluster.by.purchaseOption.onDemand.cost.total"), 2, 1e-12);
        IS_NEAR(metric_of(v, "cluster.by.purchaseOption.spot.cost.total"), 1, 1e-12);
        IS_NEAR(metric_of(v, "cluster.cost.total"), 3, 1e-12);
        IS_DOUBLE(metric_of(v, "cluster.by.purchaseOption.spot.instances.peak"), 2);
        metric_values_destroy(v);
        model_destroy(m);
        recorder_destroy(r);
        system_end(sys);
    }
}

static void whole_run_idle(void)
{
    TEST("of a run: an instance's service and one on Fargate, with CPU and memory that behaviors "
         "tell")
    {
        system_of_test *sys = system_begin();
        instance_group_config *g = system_instances(sys, 1, 1024, 1000, "a", NULL);
        g->price_usd_per_hour = 0.1;
        const uint32_t web = system_task(sys, "web", 512, 100), far = system_task(sys, "far", 0, 0);
        sys->definitions[web].containers[0].behavior.has_cpu = true;
        sys->definitions[web].containers[0].behavior.cpu.idle_units = 128;
        system_service(sys, "web", web, 1, 50, 200);
        sys->definitions[far].network = NETWORK_AWSVPC;
        sys->definitions[far].cpu_units = 1024;
        sys->definitions[far].memory_mib = 2048;
        system_container(sys, far)->fargate_stop_timeout_us = 30 * S;
        sys->definitions[far].containers[0].behavior.has_cpu = true;
        sys->definitions[far].containers[0].behavior.cpu.idle_units = 256;
        sys->definitions[far].containers[0].behavior.has_memory = true;
        sys->definitions[far].containers[0].behavior.memory.leak_mib_per_hour = 1024;
        service_config *s = system_service(sys, "far", far, 2, 50, 200);
        s->share_count = 1;
        s->shares = ARENA_NEW(sys->arena, capacity_share);
        s->shares[0] = (capacity_share){PROVIDER_FARGATE, 0, 1};
        s->zone_count = 1;
        s->zones = g->zones;
        sys->cfg.fargate_prices.usd_per_vcpu_hour = 0.04;
        sys->cfg.fargate_prices.usd_per_gb_hour = 0.005;
        recorder *r = recorder_create(&sys->cfg, DETAIL_NONE);
        model *m = model_create(&sys->cfg, 0, &sys->options);
        recorder_attach(r, m);
        model_run(m, H, NULL);
        recorder_finish(r, m);
        metric_values *v = metric_values_create(r);
        IS_NEAR(metric_of(v, "services.web.cost.idle"), 0.1 * (512 - 128) / 1024, 1e-9);
        IS_NEAR(metric_of(v, "services.far.cost.idle"), 2 * (0.04 * 0.75 + 2 * 0.005 * 0.75), 1e-6);
        metric_values_destroy(v);
        model_destroy(m);
        recorder_destroy(r);
        system_end(sys);
    }
}

int main(void)
{
    tap_begin();
    on_instances();
    idle_on_instances();
    on_fargate();
    whole_run();
    purchase_options();
    whole_run_idle();
    return tap_end();
}
