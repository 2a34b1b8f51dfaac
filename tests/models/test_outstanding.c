/* Goal: least outstanding requests, as a fluid, holds the same number of requests in flight on every target (L41, L43,
 * L47), and finds it in the load that its own division makes.
 * Method: closed forms of M/M/1 and M/M/2; random classes, whose numbers in flight are compared; small systems in which
 * tasks contend for CPU. */
#include "models/elb/outstanding.h"
#include "models/workload/latency.h"
#include "tests/models/system.h"
#include <math.h>

static const double all[] = {1}, patient[] = {1e9};

/* Requests that are CPU time and nothing else. */
static outstanding_class busy(uint32_t targets, const double *seconds, double vcpus)
{
    return (outstanding_class){.targets = targets,
                               .flow_count = 1,
                               .mix = all,
                               .stays_s = seconds,
                               .limits_s = patient,
                               .cpu_seconds = *seconds,
                               .cpu_share = 1,
                               .vcpus = vcpus};
}

static void closed_forms(void)
{
    static const double quick[] = {0.01}, slow[] = {0.04};
    TEST("M/M/1: rho / (1 - rho) in flight: as busy as each other, rates as their speeds")
    {
        outstanding_class c[] = {busy(2, quick, 1), busy(3, slow, 1)};
        outstanding_balance(c, 2, 200); /* of 2 x 100 + 3 x 25 that they can serve */
        const double rho = 200.0 / 275;
        IS_NEAR(c[0].rate, 100 * rho, 1e-6);
        IS_NEAR(c[1].rate, 25 * rho, 1e-6);
        IS_NEAR(outstanding_in_flight(&c[0], c[0].rate), rho / (1 - rho), 1e-6);
    }
    TEST("M/M/2 beside M/M/1: 2 rho / (1 - rho^2) against rho / (1 - rho)")
    {
        outstanding_class c[] = {busy(1, quick, 2), busy(1, quick, 1)};
        outstanding_balance(c, 2, 210);
        const double two = c[0].rate * 0.01 / 2, one = c[1].rate * 0.01;
        IS_NEAR(c[0].rate + c[1].rate, 210, 1e-6);
        IS_NEAR(2 * two / (1 - two * two), one / (1 - one), 1e-6);
        OK(two < one); /* as many in flight keep two vCPUs less busy */
    }
    TEST("half a vCPU beside a whole one: rates as the vCPUs within reach")
    {
        outstanding_class c[] = {busy(1, quick, 0.5), busy(1, quick, 1)};
        outstanding_balance(c, 2, 120);
        IS_NEAR(c[0].rate, 40, 1e-6);
        IS_NEAR(c[1].rate, 80, 1e-6);
    }
    TEST("no CPU: the inverse of the stays; a limit cuts them (L75)")
    {
        static const double limit[] = {0.02};
        outstanding_class c[] = {busy(1, quick, 1), busy(2, slow, 1)};
        c[0].cpu_seconds = c[1].cpu_seconds = 0;
        outstanding_balance(c, 2, 120);
        IS_NEAR(c[0].rate, 80, 1e-6);
        IS_NEAR(c[1].rate, 20, 1e-6);
        c[1].limits_s = limit;
        outstanding_balance(c, 2, 120);
        IS_NEAR(c[0].rate, 60, 1e-6);
        IS_NEAR(c[1].rate, 30, 1e-6);
    }
    TEST("beyond what all can serve each gets by what it can: all shed alike")
    {
        outstanding_class c[] = {busy(1, quick, 1), busy(2, slow, 1)};
        outstanding_balance(c, 2, 300);
        IS_NEAR(c[0].rate, 200, 1e-9);
        IS_NEAR(c[1].rate, 50, 1e-9);
    }
}

static void random_classes(void)
{
    TEST("random classes: all of the rate, as many in flight on each, on full ones no more than "
         "they serve")
    {
        random_stream s =
            random_stream_at((random_source){.seed = 3}, random_purpose("outstanding"), 0);
        int full = 0;
        for (int round = 0; round < 400 && tap_test_failures == 0; round++) {
            double stays[6], served = 0, sum = 0, level = 0;
            outstanding_class c[6];
            const uint32_t count = 2 + (uint32_t)random_below(&s, 5);
            for (uint32_t i = 0; i < count; i++) {
                stays[i] = 0.01 + random_uniform(&s);
                c[i] = busy(1 + (uint32_t)random_below(&s, 4), &stays[i],
                            0.1 + 4 * random_uniform(&s));
                c[i].cpu_share = random_uniform(&s);
                c[i].cpu_seconds = stays[i] * c[i].cpu_share;
                served += c[i].targets * c[i].vcpus / c[i].cpu_seconds;
            }
            const double rate = served * (0.01 + 0.98 * random_uniform(&s));
            outstanding_balance(c, count, rate);
            for (uint32_t i = 0; i < count; i++) {
                sum += c[i].targets * c[i].rate;
                level = fmax(level, outstanding_in_flight(&c[i], c[i].rate));
            }
            IS_NEAR(sum / rate, 1, 1e-6);
            for (uint32_t i = 0; i < count; i++) {
                const double most = c[i].vcpus / c[i].cpu_seconds;
                const double holds = outstanding_in_flight(&c[i], c[i].rate);
                OK(c[i].rate <= most * (1 + 1e-9));
                if (c[i].rate < most * (1 - 1e-6))
                    IS_NEAR(holds / level, 1, 1e-3);
                else
                    full++;
            }
        }
        OK(full > 0);
    }
}

/* ---- systems ---- */

/* One task an instance of 1024 units, of requests that are CPU time; a batch task on the second uses 256 of it. */
static system_of_test *beside_a_batch(routing_algorithm algorithm, double rate)
{
    system_of_test *sys = system_begin();
    system_instances(sys, 1, 1024, 8192, "a", NULL);
    system_instances(sys, 1, 1024, 8192, "b", NULL);
    const uint32_t web = system_task(sys, "web", 600, 64);
    container_definition *c = system_container(sys, web);
    c->behavior.has_cpu = true;
    c->behavior.cpu = (cpu_behavior){.seconds_per_request = 0.01};
    sys->definitions[web].request_seconds = distribution_constant(0.01);
    service_config *s = system_service(sys, "web", web, 2, 0, 200);
    system_target_group(sys, "web", s, web)->algorithm = algorithm;
    system_traffic(sys, 0, rate);
    const uint32_t batch = system_task(sys, "batch", 256, 64);
    system_container(sys, batch)->behavior.has_cpu = true;
    system_container(sys, batch)->behavior.cpu = (cpu_behavior){.idle_units = 256};
    service_config *b = system_service(sys, "batch", batch, 1, 0, 200);
    b->constraint_count = 1;
    b->constraints = ARENA_NEW(sys->arena, placement_constraint_config);
    b->constraints[0] =
        (placement_constraint_config){CONSTRAINT_MEMBER_OF, "attribute:ecs.availability-zone == b"};
    return sys;
}

static void systems(void)
{
    TEST("of two tasks the one with a neighbour at work gets less, as its CPU within reach has it")
    {
        static const routing_algorithm algorithms[] = {ALGORITHM_ROUND_ROBIN,
                                                       ALGORITHM_LEAST_OUTSTANDING};
        static const double first[] = {60, 120 / 1.75};
        for (int i = 0; i < 2; i++) {
            system_of_test *sys = beside_a_batch(algorithms[i], 120);
            model *m = model_create(&sys->cfg, 0, &sys->options);
            model_run(m, SIM_MINUTE, NULL);
            const double a = (double)model_instance_cpu_used(m, 0) / CPU_FINE / 10.24;
            const double b = ((double)model_instance_cpu_used(m, 1) / CPU_FINE - 256) / 10.24;
            IS_NEAR(a + b, 120, 1e-6);
            IS_NEAR(a / first[i], 1, 0.006); /* 4 : 3, but for steps of 2^(1/64) */
            model_destroy(m);
            system_end(sys);
        }
    }
    TEST("where one alone would be overloaded, nothing is shed while the other has room")
    {
        system_of_test *sys = beside_a_batch(ALGORITHM_LEAST_OUTSTANDING, 165);
        model *m = model_create(&sys->cfg, 0, &sys->options);
        service_sample s;
        model_run(m, SIM_MINUTE, NULL);
        model_service_sample(m, 0, &s);
        IS_NEAR(s.requests.failed[FAILED_OVERLOAD], 0, 1);
        model_destroy(m);
        system_end(sys);
    }
    TEST("tasks that share an instance have as much each, whatever they do to each other")
    {
        system_of_test *sys = beside_a_batch(ALGORITHM_LEAST_OUTSTANDING, 80);
        sys->definitions[0].containers[0].cpu_units = 256; /* both fit on the first */
        sys->groups[1].register_after_us = 30 * SIM_SECOND;
        model *m = model_create(&sys->cfg, 0, &sys->options);
        service_sample s;
        model_run(m, 20 * SIM_SECOND, NULL);
        model_service_sample(m, 0, &s);
        IS_NEAR((double)model_instance_cpu_used(m, 0) / CPU_FINE, 819.2, 1e-4);
        IS_NEAR(s.requests.failed[FAILED_OVERLOAD], 0, 1e-6);
        OK(model_event_count(m) < 400); /* the instant's rounds end */
        model_destroy(m);
        system_end(sys);
    }
}

int main(void)
{
    tap_begin();
    closed_forms();
    random_classes();
    systems();
    return tap_end();
}
