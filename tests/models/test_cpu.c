/* Goal: CPU is divided as E26 and E27 say, and what that does to requests follows from the stated queueing model.
 * Method: divisions against hand-worked cases and an oracle that seeks the water level; the queue against closed forms
 * (GSL) and a simulation of single requests; small systems whose numbers are worked out by hand. */
#include "models/workload/cpu_share.h"
#include "models/workload/latency.h"
#include "tests/models/system.h"
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>

/* ---- divisions ---- */

static cpu_claim claim(double demand, double weight)
{
    return (cpu_claim){.demand = demand, .weight = weight, .cap = INFINITY};
}

static void hand_worked(void)
{
    TEST("shares told to the kernel: null, 0 and 1 are 2, at most 262144 (E26)")
    {
        IS_DOUBLE(cpu_share_weight(0), 2);
        IS_DOUBLE(cpu_share_weight(1), 2);
        IS_DOUBLE(cpu_share_weight(2), 2);
        IS_DOUBLE(cpu_share_weight(512), 512);
        IS_DOUBLE(cpu_share_weight(300000), 262144);
        IS_DOUBLE(cpu_share_windows_cap(0), 10.24);
        IS_DOUBLE(cpu_share_windows_cap(256), 256);
    }
    TEST("what one leaves goes to the others by weight, round by round (E27)")
    {
        cpu_claim c[] = {claim(100, 512), claim(700, 512), claim(4096, 512), claim(4096, 1024)};
        cpu_group g = {0, 4, INFINITY, false};
        cpu_share_divide(c, &g, 1, 2048);
        IS_DOUBLE(c[0].given,
                  100); /* 1948 left by 512 : 512 : 1024, of which nobody is satisfied */
        IS_DOUBLE(c[1].given, 487);
        IS_DOUBLE(c[2].given, 487);
        IS_DOUBLE(c[3].given, 974);
        IS_DOUBLE(c[0].reach, 2048.0 / 5);
        IS_DOUBLE(c[1].reach, 487);
    }
    TEST("a task-level cpu is a hard ceiling, within which its containers share (E26)")
    {
        cpu_claim c[] = {claim(600, 256), claim(600, 256), claim(1500, 2)};
        cpu_group g[] = {{0, 2, 512, false}, {2, 1, INFINITY, false}};
        cpu_share_divide(c, g, 2, 2048);
        IS_DOUBLE(c[0].given, 256);
        IS_DOUBLE(c[1].given, 256);
        IS_DOUBLE(c[2].given, 1500);
        IS_DOUBLE(c[2].reach, 1536);
    }
    TEST("a Windows container never gets more than its cpu (E26)")
    {
        cpu_claim c = {.demand = 900, .weight = 256, .cap = cpu_share_windows_cap(256)};
        cpu_group g = {0, 1, INFINITY, false};
        cpu_share_divide(&c, &g, 1, 2048);
        IS_DOUBLE(c.given, 256);
        IS_DOUBLE(c.reach, 256);
    }
}

static double least(double a, double b)
{
    return a < b ? a : b;
}

/* What the level gives to a group: containers by weight, its ceiling above them. */
static double at_level(const cpu_claim *c, const cpu_group *g, double level)
{
    double sum = 0;
    for (uint32_t i = g->first; i < g->first + g->count; i++)
        sum += least(least(c[i].demand, c[i].cap), level * c[i].weight);
    return least(sum, g->ceiling);
}

/* The level at which everything is given, by bisection; what claim `of` gets there. */
static double oracle(const cpu_claim *c, const cpu_group *g, uint32_t groups, double capacity,
                     uint32_t of)
{
    double low = 0, high = 1e6;
    for (int i = 0; i < 200; i++) {
        const double level = (low + high) / 2;
        double sum = 0;
        for (uint32_t k = 0; k < groups; k++)
            sum += at_level(c, &g[k], level);
        *(sum > capacity ? &high : &low) = level;
    }
    for (uint32_t k = 0; k < groups; k++) {
        if (of < g[k].first || of >= g[k].first + g[k].count) continue;
        const cpu_group alone = {g[k].first, g[k].count, INFINITY, false};
        double inner_low = 0, inner_high = low;
        for (int i = 0; i < 200; i++) { /* a ceiling lowers the level within */
            const double level = (inner_low + inner_high) / 2;
            *(at_level(c, &alone, level) > g[k].ceiling ? &inner_high : &inner_low) = level;
        }
        return least(least(c[of].demand, c[of].cap), inner_high * c[of].weight);
    }
    return NAN;
}

static uint64_t below(uint64_t *state, uint64_t n)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*state >> 33) % n;
}

/* A random instance of up to 8 tasks; returns the number of groups. */
static uint32_t random_claims(uint64_t *state, cpu_claim *c, cpu_group *g)
{
    uint32_t count = 0;
    const uint32_t groups = 1 + (uint32_t)below(state, 8);
    for (uint32_t k = 0; k < groups; k++) {
        g[k] = (cpu_group){count, 1 + (uint32_t)below(state, 2), INFINITY, false};
        if (below(state, 3) == 0) g[k].ceiling = (double)(64 << below(state, 5));
        for (uint32_t i = 0; i < g[k].count; i++)
            c[count++] = (cpu_claim){.demand = (double)below(state, 4) * (double)below(state, 700),
                                     .weight = (double)(2 << below(state, 10)),
                                     .cap = below(state, 9) == 0 ? (double)(1 + below(state, 300))
                                                                 : INFINITY};
    }
    return groups;
}

static void against_the_oracle(void)
{
    TEST("2000 random instances: the water level's division, conserving, within ceilings; and "
         "reach (E27)")
    {
        uint64_t state = 1;
        cpu_claim c[16], all[16];
        cpu_group g[8];
        bool good = true;
        for (int run = 0; run < 2000 && good; run++) {
            const uint32_t groups = random_claims(&state, c, g);
            const uint32_t count = g[groups - 1].first + g[groups - 1].count;
            const double capacity = (double)(256 << below(&state, 4));
            double given = 0;
            cpu_share_divide(c, g, groups, capacity);
            for (uint32_t i = 0; i < count && good; i++) {
                given += c[i].given;
                good &= fabs(c[i].given - oracle(c, g, groups, capacity, i)) < 1e-6;
                memcpy(all, c, sizeof c);
                all[i].demand = capacity;
                const double reach = oracle(all, g, groups, capacity, i);
                good &= fabs(c[i].reach - reach) < 1e-6;
                if (!good)
                    (void)TAP_FAIL("run %d claim %u: %.9g, reach %.9g, want %.9g", run, i,
                                   c[i].given, c[i].reach, reach);
            }
            good &= given <= capacity * (1 + 1e-12);
        }
        OK(good);
    }
}

static void plenty(void)
{
    TEST("20000 random instances, some with plenty: the same as round by round, to the last digit "
         "(E27)")
    {
        uint64_t state = 2;
        cpu_claim c[16], plain[16];
        cpu_group g[8], plain_groups[8];
        uint32_t ample = 0, differing = 0;
        for (int run = 0; run < 20000; run++) {
            const uint32_t groups = random_claims(&state, c, g);
            const uint32_t count = g[groups - 1].first + g[groups - 1].count;
            const double capacity = (double)(256 << below(&state, 7));
            double given = 0;
            memcpy(plain, c, sizeof c);
            memcpy(plain_groups, g, sizeof g);
            cpu_share_divide(c, g, groups, capacity);
            cpu_share_divide_plainly(plain, plain_groups, groups, capacity);
            for (uint32_t i = 0; i < count; i++) {
                given += c[i].given;
                differing += memcmp(&c[i].given, &plain[i].given, sizeof(double)) != 0 ||
                             memcmp(&c[i].reach, &plain[i].reach, sizeof(double)) != 0;
            }
            for (uint32_t k = 0; k < groups; k++)
                differing += g[k].capped != plain_groups[k].capped;
            ample += given < 0.9 * capacity;
        }
        IS_INT(differing, 0);
        OK(ample > 2000 && ample < 18000);
    }
}

/* ---- the queue ---- */

/* Mean time on the CPU of M/M/c, in service times: Erlang's formulas. */
static double erlang_stretch(double load, unsigned servers)
{
    const double loss = gsl_ran_poisson_pdf(servers, load) / gsl_cdf_poisson_P(servers, load);
    const double ratio = load / servers, waits = loss / (1 - ratio * (1 - loss));
    return 1 + waits / (servers - load);
}

static void closed_forms(void)
{
    TEST("whole vCPUs: M/M/c for c from 1 to 96 and loads up to 99 %")
    {
        for (unsigned servers = 1; servers <= 96; servers = servers < 4 ? servers + 1 : servers * 2)
            for (double ratio = 0.05; ratio < 0.99; ratio += 0.05) {
                const double load = ratio * servers;
                IS_NEAR(latency_stretch(load, servers), erlang_stretch(load, servers), 1e-9);
            }
    }
    TEST("one vCPU or less: M/G/1-PS, 1 / (1 - load / capacity), longer by what it lacks of a vCPU")
    {
        for (double capacity = 0.125; capacity <= 1; capacity += 0.125)
            for (double ratio = 0.1; ratio < 0.95; ratio += 0.2)
                IS_NEAR(latency_stretch(ratio * capacity, capacity), 1 / capacity / (1 - ratio),
                        1e-9);
    }
    TEST("a load that is not served meets the longest queue, and so does one that almost is not")
    {
        IS_DOUBLE(latency_stretch(2, 1), LATENCY_QUEUE_MAX);
        IS_DOUBLE(latency_stretch(0.9999, 1), LATENCY_QUEUE_MAX);
        IS_DOUBLE(latency_stretch(0.5, 0.25), 4 * LATENCY_QUEUE_MAX);
        IS_DOUBLE(latency_stretch(1e-9, 64), 1);
    }
    TEST("the bound on what requests take longer holds, and says nothing below one vCPU")
    {
        bool good = true;
        for (double capacity = 1; capacity < 70; capacity *= 1.13)
            for (double ratio = 0.001; ratio < 0.999; ratio += 0.013) {
                const double load = ratio * capacity;
                good &= latency_stretch(load, capacity) - 1 <=
                        latency_stretch_most(load, capacity) * (1 + 1e-12) + 1e-12;
            }
        OK(good);
        OK(isinf(latency_stretch_most(0.1, 0.9)) && isinf(latency_stretch_most(2, 2)));
        IS_INT(latency_step_of(1 + LATENCY_NO_STEP * (1 + 1e-9)), 0);
    }
    TEST("steps are within 0.55 %, and ascend")
    {
        bool good = latency_step_factor(0) >= 1 && latency_step_of(1) == 0;
        for (double factor = 1; factor < 1e6; factor *= 1.0031) {
            const double step = latency_step_factor(latency_step_of(factor));
            good &= fabs(step / factor - 1) < 0.00545;
        }
        for (uint32_t step = 1; step < LATENCY_STEPS; step++)
            good &= latency_step_factor(step) > latency_step_factor(step - 1) &&
                    latency_step_of(latency_step_factor(step)) == step;
        OK(good);
    }
}

/* Requests one by one: Poisson arrivals, n at once each get min(1, c / n) of a vCPU. work[] is what is
 * left of each. Returns their mean time, in mean CPU times. */
static double simulate(double load, double capacity, bool fixed, uint64_t seed)
{
    enum { MOST = 4096, REQUESTS = 400000 };
    static double work[MOST];
    const random_source source = {.seed = seed};
    random_stream s = random_stream_at(source, random_purpose("queue"), 1);
    uint32_t n = 0;
    double in_system_time = 0, next = 0, now = 0;
    for (int arrived = 0; arrived < REQUESTS;) {
        const double speed = n == 0 ? 0 : least(1, capacity / n);
        uint32_t first = 0;
        for (uint32_t i = 1; i < n; i++)
            if (work[i] < work[first]) first = i;
        const double ends = n == 0 ? INFINITY : now + work[first] / speed;
        const double then = least(ends, next);
        for (uint32_t i = 0; i < n; i++)
            work[i] -= (then - now) * speed;
        in_system_time += n * (then - now);
        now = then;
        if (ends <= next) {
            work[first] = work[--n];
            continue;
        }
        if (n < MOST) work[n++] = fixed ? 1 : random_uniform(&s) < 0.5 ? 0.1 : 1.9;
        arrived++;
        next = now - log(1 - random_uniform(&s)) / load;
    }
    return in_system_time / REQUESTS;
}

static void single_requests(void)
{
    TEST("single requests: the same mean for fixed and for uneven CPU times, for half a vCPU and "
         "for 2.5")
    {
        IS_NEAR(simulate(0.35, 0.5, true, 1) / latency_stretch(0.35, 0.5), 1, 0.03);
        IS_NEAR(simulate(0.35, 0.5, false, 2) / latency_stretch(0.35, 0.5), 1, 0.03);
        IS_NEAR(simulate(1.9, 2.5, true, 3) / latency_stretch(1.9, 2.5), 1, 0.03);
        IS_NEAR(simulate(1.9, 2.5, false, 4) / latency_stretch(1.9, 2.5), 1, 0.03);
    }
}

/* ---- systems ---- */

/* `desired` tasks of cpu units on one instance of `units`, behind a target group with `rate` requests a second. */
static system_of_test *served(uint32_t desired, int32_t units, int32_t cpu, double seconds,
                              double rate)
{
    system_of_test *sys = system_begin();
    system_instances(sys, 1, units, 8192, "a", NULL);
    const uint32_t web = system_task(sys, "web", cpu, 64);
    container_definition *c = system_container(sys, web);
    c->behavior.has_cpu = true;
    c->behavior.cpu = (cpu_behavior){.seconds_per_request = seconds};
    service_config *s = system_service(sys, "web", web, desired, 0, 200);
    system_target_group(sys, "web", s, web);
    system_traffic(sys, 0, rate);
    return sys;
}

typedef struct {
    service_sample service;
    cluster_sample cluster;
    double latency_s, answered; /* mean of those answered well, and their rate */
    double memory_mib;
} outcome;

static outcome run(system_of_test *sys, double seconds)
{
    outcome o = {0};
    model *m = model_create(&sys->cfg, 0, &sys->options);
    model_run(m, (sim_time)(seconds * 1e6), NULL);
    model_service_sample(m, 0, &o.service);
    model_cluster_sample(m, &o.cluster);
    uint32_t count;
    const latency_part *part = model_service_latency(m, 0, &count);
    for (uint32_t i = 0; i < count; i++) {
        o.answered += part[i].per_second;
        o.latency_s += part[i].per_second * distribution_mean(part[i].request_seconds) *
                       part[i].slow_factor * latency_step_factor(part[i].step);
    }
    if (o.answered > 0) o.latency_s /= o.answered;
    o.memory_mib = memory_line_mib(o.service.memory, model_now(m));
    model_destroy(m);
    system_end(sys);
    return o;
}

static double used(const outcome *o)
{
    return (double)o->service.cpu_used / CPU_FINE;
}

static void enough(void)
{
    TEST("demand is idle + rate * seconds; half a vCPU busy doubles the CPU time (E27, A01)")
    {
        system_of_test *sys = served(1, 1034, 512, 0.01, 50);
        system_container(sys, 0)->behavior.cpu.idle_units = 10;
        const outcome o = run(sys, 60);
        IS_NEAR(used(&o), 522, 1e-5);
        IS_INT(o.service.cpu_reserved, 512); /* 101.95 %: it may use idle CPU (A02) */
        IS_NEAR((double)o.cluster.cpu_used / CPU_FINE, 522, 1e-5);
        IS_DOUBLE(o.answered, 50);
        IS_NEAR(o.latency_s / (0.05 + 0.01), 1, 0.0055);
    }
    TEST("start-up uses its own, until the task is ready")
    {
        for (int ready = 0; ready < 2; ready++) {
            system_of_test *sys = served(1, 1024, 512, 0.01, 0);
            system_container(sys, 0)->behavior.cpu.idle_units = 10;
            system_container(sys, 0)->behavior.cpu.startup_units = 300;
            system_container(sys, 0)->behavior.startup = distribution_constant(30);
            sys->services[0].grace_period_us = SIM_MINUTE; /* or it is replaced meanwhile */
            const outcome o = run(sys, ready ? 31 : 29);
            IS_NEAR(used(&o), ready ? 10 : 300, 1e-5);
        }
    }
    TEST("requests under way are rate * time (Little's law), memory follows")
    {
        system_of_test *sys = served(1, 1024, 512, 0.01, 80);
        system_container(sys, 0)->behavior.has_memory = true;
        system_container(sys, 0)->behavior.memory = (memory_behavior){.mib_per_request = 1};
        const outcome o = run(sys, 60);
        IS_NEAR(o.latency_s / (0.05 + 0.04), 1, 0.0055);
        IS_NEAR(o.memory_mib / (80 * o.latency_s), 1, 1e-6);
    }
}

static void too_little(void)
{
    TEST("what is wanted beyond the instance fails as overload; offered = ok + failed")
    {
        const outcome o = run(served(1, 1024, 512, 0.01, 150), 60); /* wants 1536 of 1024 */
        IS_NEAR(used(&o), 1024, 1e-5);
        IS_NEAR(o.service.requests.failed[FAILED_OVERLOAD], 50, 1e-6);
        IS_NEAR(o.answered, 100, 1e-6);
        IS_NEAR(o.latency_s / (0.05 + 0.99), 1, 0.0055); /* the longest queue */
    }
    TEST("a task-level cpu caps it though the instance is idle (E26)")
    {
        system_of_test *sys = served(1, 4096, 512, 0.01, 150);
        sys->definitions[0].cpu_units = 512;
        const outcome o = run(sys, 60);
        IS_NEAR(used(&o), 512, 1e-5);
        IS_NEAR(o.service.requests.failed[FAILED_OVERLOAD], 100, 1e-6);
    }
    TEST("two tasks of other shares contend by them; what the small one lacks, only it lacks (E27)")
    {
        system_of_test *sys = served(1, 1024, 256, 0.01, 100); /* wants 1024 */
        const uint32_t batch = system_task(sys, "batch", 768, 64);
        system_container(sys, batch)->behavior.has_cpu = true;
        system_container(sys, batch)->behavior.cpu = (cpu_behavior){.idle_units = 2000};
        system_service(sys, "batch", batch, 1, 0, 200);
        const outcome o = run(sys, 60);
        IS_NEAR(used(&o), 256, 1e-5);
        IS_NEAR(o.service.requests.failed[FAILED_OVERLOAD], 75, 1e-6);
        IS_NEAR((double)o.cluster.cpu_used / CPU_FINE, 1024, 1e-5);
    }
    TEST("slowTasks multiplies CPU time as well")
    {
        system_of_test *sys = served(1, 1024, 512, 0.01, 60);
        timeline_action *a = system_at(sys, 30, TIMELINE_SLOW_TASKS);
        a->factor = 2;
        const outcome o = run(sys, 60); /* wants 1228.8 */
        IS_NEAR(o.service.requests.failed[FAILED_OVERLOAD], 60 * (1 - 1024 / 1228.8), 1e-6);
    }
    TEST("waiting longer than the client does: 504 (L72, L75)")
    {
        system_of_test *sys = served(1, 1024, 512, 0.01, 50);
        sys->traffic[0].timeout_us = 58000; /* each takes 60 ms */
        const outcome o = run(sys, 60);
        IS_NEAR(o.service.requests.failed[FAILED_504], 50, 1e-6);
        IS_DOUBLE(o.answered, 0);
    }
    TEST("of a group, only the tasks on a full instance fail requests (L47)")
    {
        system_of_test *sys = served(2, 1024, 512, 0.01, 150); /* 75 a second each: 768 units */
        system_instances(sys, 1, 1024, 8192, "b", NULL);
        sys->definitions[0].containers[0].cpu_units = 600; /* one an instance */
        const uint32_t batch = system_task(sys, "batch", 200, 64);
        system_container(sys, batch)->behavior.has_cpu = true;
        system_container(sys, batch)->behavior.cpu = (cpu_behavior){.idle_units = 512};
        system_service(sys, "batch", batch, 1, 0, 200);
        const outcome o =
            run(sys, 60); /* there 512 of 1024 by 600 : 200: batch gets 256, web 768 */
        IS_NEAR(o.service.requests.failed[FAILED_OVERLOAD], 0, 1e-6);
        IS_NEAR((double)o.cluster.cpu_used / CPU_FINE, 768 + 768 + 256, 1e-5);
    }
}

static void deafness(void)
{
    TEST("above failHealthChecksAbove health checks hang, and pass again below it")
    {
        /* a task that counts as unhealthy is replaced, but for the grace period */
        system_of_test *sys = served(1, 1024, 1024, 0.01, 95);
        sys->definitions[0].fail_health_checks_above = 0.9;
        sys->services[0].grace_period_us = SIM_MINUTE;
        rate_step *steps = ARENA_ARRAY(sys->arena, 2, rate_step);
        steps[0] = (rate_step){0, 95};
        steps[1] = (rate_step){22 * SIM_SECOND, 80};
        sys->traffic[0].rate = (rate_series){2, steps};
        char *log = system_run_only(sys, 40, "target.");
        /* deaf from 0 s on: the probes at 0 s pass before it is, those of 5 and 10 s hang for 2 s */
        OK(strstr(log, "12 target.unhealthy web web/000001 Target.Timeout\n") != NULL);
        /* below it at 22 s: the probes of 25 and 30 s pass */
        OK(strstr(log, "30 target.healthy web web/000001\n") != NULL);
        IS_INT(count_of(log, "target.unhealthy"), 1);
        free(log);
        system_end(sys);
    }
}

int main(void)
{
    hand_worked();
    against_the_oracle();
    plenty();
    closed_forms();
    single_requests();
    enough();
    too_little();
    deafness();
    return tap_end();
}
