/* Goal: the spec's worked examples of CPU shares and of utilization, run from data (E26, E27, A01-A05, A09, A10).
 * Method: divisions are asked of cpu_share; utilization of a small system that runs, as its samples say. */
#include "models/workload/cpu_share.h"
#include "tests/models/system.h"
#include "tests/spec/spec.h"
#include <math.h>

static double number(const json_t *object, const char *key, double absent)
{
    const json_t *v = json_object_get(object, key);
    return json_is_number(v) ? json_number_value(v) : absent;
}

static bool is(const char *what, double got, double want, double tolerance)
{
    if (fabs(got - want) <= tolerance) return true;
    return TAP_FAIL("%s: got %.9g, want %.9g", what, got, want);
}

static bool shares_topic(const json_t *in, const json_t *expected)
{
    return is("shares", cpu_share_weight((int64_t)number(in, "cpu", 0)),
              number(expected, "shares", -1), 0);
}

static bool burst_topic(const json_t *in, const json_t *expected)
{
    const json_t *containers = json_object_get(in, "containers");
    const json_t *usable = json_object_get(expected, "usable_units");
    cpu_claim claims[8];
    cpu_group groups[8];
    const uint32_t count = (uint32_t)json_array_size(containers);
    bool good = count > 0 && count <= 8 && json_array_size(usable) == count;
    for (uint32_t i = 0; i < count && good; i++) {
        const json_t *c = json_array_get(containers, i);
        claims[i] = (cpu_claim){.demand = number(c, "demand", 0),
                                .weight = cpu_share_weight((int64_t)number(c, "cpu", 0)),
                                .cap = INFINITY};
        groups[i] = (cpu_group){i, 1, INFINITY, false};
    }
    if (good) cpu_share_divide(claims, groups, count, 1024 * number(in, "vcpus", 0));
    for (uint32_t i = 0; i < count && good; i++)
        good = is("usable", claims[i].given, json_number_value(json_array_get(usable, i)), 1e-9);
    const double times = number(expected, "times_reserved", 0);
    if (good && times > 0)
        good = is("times", claims[0].given / number(json_array_get(containers, 0), "cpu", 1), times,
                  1e-9);
    return good;
}

/* One service of so many tasks that use so much each, a minute after its start. */
typedef struct {
    double cpu, memory, reservation, tasks, cpu_used, memory_used;
} usage;

static bool utilization(const usage *u, double cpu_pct, double memory_pct)
{
    system_of_test *sys = system_begin();
    system_instances(sys, 1, 16384, 65536, "a", NULL);
    const uint32_t web = system_task(sys, "web", (int32_t)u->cpu, (int32_t)u->memory);
    container_definition *c = system_container(sys, web);
    c->memory_reservation_mib = (int32_t)u->reservation;
    c->behavior.has_cpu = c->behavior.has_memory = true;
    c->behavior.cpu.idle_units = u->cpu_used;
    c->behavior.memory.idle_mib = u->memory_used;
    system_service(sys, "web", web, (uint32_t)u->tasks, 0, 200);
    model *m = model_create(&sys->cfg, 0, &sys->options);
    model_run(m, SIM_MINUTE, NULL);
    service_sample s;
    model_service_sample(m, 0, &s);
    bool good = true;
    if (cpu_pct >= 0)
        good &= is("CPU %", 100 * ((double)s.cpu_used / CPU_FINE) / (double)s.cpu_reserved, cpu_pct,
                   1e-6);
    good &=
        is("memory %", 100 * memory_line_mib(s.memory, SIM_MINUTE) / (double)s.memory_reserved_mib,
           memory_pct, 1e-6);
    model_destroy(m);
    system_end(sys);
    return good;
}

/* Percentages of the reservation; what is displayed is cut to whole ones (A10). */
static bool reservation(const json_t *instances, double tasks, double cpu, double memory,
                        const json_t *expected, const char *const keys[4])
{
    system_of_test *sys = system_begin();
    size_t i;
    json_t *one;
    json_array_foreach(instances, i, one) system_instances(
        sys, 1, (int32_t)number(one, "cpu", 0), (int32_t)number(one, "mem", 0), "a", NULL);
    const uint32_t web = system_task(sys, "web", (int32_t)cpu, (int32_t)memory);
    system_service(sys, "web", web, (uint32_t)tasks, 0, 200);
    model *m = model_create(&sys->cfg, 0, &sys->options);
    model_run(m, SIM_MINUTE, NULL);
    cluster_sample s;
    model_cluster_sample(m, &s);
    const double cpu_pct = 100 * (double)s.cpu_reserved / (double)s.cpu_registered;
    const double memory_pct = 100 * (double)s.memory_reserved / (double)s.memory_registered;
    bool good = is("CPU %", floor(cpu_pct), number(expected, keys[0], -1), 0) &&
                is("memory %", floor(memory_pct), number(expected, keys[1], -1), 0);
    if (keys[2])
        good &= is("exact CPU %", cpu_pct, number(expected, keys[2], -1), 5e-5) &&
                is("exact memory %", memory_pct, number(expected, keys[3], -1), 5e-5);
    model_destroy(m);
    system_end(sys);
    return good;
}

static bool cluster_topic(const json_t *in, const json_t *expected)
{
    static const char *const keys[4] = {"cpu_percent", "memory_percent"};
    const json_t *task = json_object_get(in, "task");
    json_t *instances = json_pack("[O]", json_object_get(in, "registered"));
    const bool good = reservation(instances, number(in, "tasks", 0), number(task, "cpu", 0),
                                  number(task, "mem", 0), expected, keys);
    json_decref(instances);
    return good;
}

static bool service_topic(const json_t *in, const json_t *expected)
{
    const json_t *task = json_object_get(in, "task"), *used = json_object_get(in, "used");
    const usage u = {number(task, "cpu", 0), number(task, "mem", 0), 0,
                     number(in, "tasks", 0), number(used, "cpu", 0), number(used, "mem", 0)};
    return utilization(&u, number(expected, "cpu_percent", -1),
                       number(expected, "memory_percent", -1));
}

static bool utilization_topic(const json_t *in, const json_t *expected)
{
    static const char *const keys[4] = {"cpu_reservation_pct", "mem_reservation_pct", "cpu_exact",
                                        "mem_exact"};
    const json_t *instances = json_object_get(in, "instances");
    if (instances)
        return reservation(instances, number(in, "tasks", 0), number(in, "task_cpu", 0),
                           number(in, "task_mem", 0), expected, keys);
    const double tasks = number(in, "tasks", 0);
    const usage u = {number(in, "task_cpu_spec", 128),
                     number(in, "task_mem_spec", number(in, "mem_hard", 0)),
                     number(in, "mem_reservation", 0),
                     tasks,
                     number(in, "cpu_used", 0),
                     number(in, "mem_used", number(in, "mem_used_total", 0) / tasks)};
    return utilization(&u, number(expected, "cpu_pct", -1), number(expected, "mem_pct", -1));
}

static const spec_topic ecs_topics[] = {
    {"cpu-shares", shares_topic},
    {"cpu-burst", burst_topic},
    {"service-utilization", service_topic},
    {"cluster-reservation", cluster_topic},
};

static const spec_topic scaling_topics[] = {{"utilization", utilization_topic}};

int main(int argc, char **argv)
{
    (void)argc;
    tap_begin();
    json_t *examples = spec_load(argv[1]);
    spec_run(examples, ecs_topics, sizeof ecs_topics / sizeof *ecs_topics);
    json_decref(examples);
    examples = spec_load(argv[2]);
    spec_run(examples, scaling_topics, sizeof scaling_topics / sizeof *scaling_topics);
    json_decref(examples);
    return tap_end();
}
