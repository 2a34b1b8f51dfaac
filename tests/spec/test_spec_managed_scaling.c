/* Goal: the spec's worked examples of cluster auto scaling (E166, E183-E189, A97), run from data (ecs-examples.json,
 * autoscaling-examples.json).
 * Method: arithmetic is asked of the functions that managed scaling calls; M, steps in and the limit of waiting tasks are
 * read from small systems that the example describes. */
#include "models/ecs/managed_scaling.h"
#include "tests/models/system.h"
#include "tests/spec/spec.h"
#include <math.h>

static int64_t integer(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

/* Nothing is expected, or this. */
static bool is(const json_t *expected, const char *key, double got)
{
    const json_t *want = json_object_get(expected, key);
    const bool same = !want || fabs(json_number_value(want) - got) < 0.005;
    if (!same) printf("# %s: got %.9g, want %.9g\n", key, got, json_number_value(want));
    return same;
}

static capacity_provider_config settings(const json_t *in)
{
    const json_t *target = json_object_get(in, "targetCapacity"),
                 *low = json_object_get(in, "minimumScalingStepSize"),
                 *high = json_object_get(in, "maximumScalingStepSize");
    return (capacity_provider_config){
        .target_capacity_pct = target ? (uint32_t)json_integer_value(target) : 100,
        .minimum_step = low ? (uint32_t)json_integer_value(low) : 1,
        .maximum_step = high ? (uint32_t)json_integer_value(high) : 10000};
}

/* ---- arithmetic ---- */

static bool metric_topic(const json_t *in, const json_t *expected)
{
    const capacity_provider_config c = settings(in);
    const json_t *tasks = json_object_get(in, "tasks"), *instances;
    const char *name;
    json_t *count;
    bool good = true;
    if (!tasks) {
        const int64_t n = integer(in, "N"), m = integer(in, "M");
        return is(expected, "metric", managed_scaling_reservation(n, m)) &&
               is(expected, "asg_desired", (double)managed_scaling_out(&c, n, m));
    }
    instances = json_object_get(expected, "instances");
    json_object_foreach((json_t *)tasks, name, count)
    {
        good &= is(instances, name,
                   managed_scaling_instances_for((uint32_t)json_integer_value(count),
                                                 (uint32_t)integer(in, "tasks_per_instance")));
    }
    return good;
}

static bool step_topic(const json_t *in, const json_t *expected)
{
    const capacity_provider_config c = settings(in);
    const int64_t n = integer(in, "N"), more = integer(in, "extra_needed"),
                  m = more > 0 ? managed_scaling_needed(&c, n, more) : n;
    const int direction = managed_scaling_direction(&c, n, m);
    return is(expected, "M", (double)m) &&
           is(expected, "metric", managed_scaling_reservation(n, m)) &&
           is(expected, "asg_desired", (double)(direction > 0 ? managed_scaling_out(&c, n, m) : n));
}

static bool reservation_topic(const json_t *in, const json_t *expected)
{
    const int64_t n = integer(in, "instances");
    return is(expected, "CapacityProviderReservation",
              managed_scaling_reservation(n, n - integer(in, "empty_instances")));
}

/* ---- systems ---- */

/* `count` instances behind a provider, of which the first `busy` run a task that fills them. */
static system_of_test *system_of(uint32_t count, uint32_t busy, int32_t cpu, int32_t memory,
                                 capacity_provider_config c)
{
    system_of_test *sys = system_begin();
    sys->options.check_invariants = false;
    auto_scaling_group_config *group = system_auto_scaling(
        sys, "asg", system_instances(sys, count, cpu, memory, "a", NULL), 0, 1000);
    capacity_provider_config *p = system_provider(sys, "cp", group);
    p->target_capacity_pct = c.target_capacity_pct;
    const uint32_t full = system_task(sys, "full", cpu, memory);
    system_share(sys, system_service(sys, "full", full, busy, 0, 100), 0);
    return sys;
}

static void add_group(system_of_test *sys, const json_t *group)
{
    char *family = arena_printf(sys->arena, "f%u", sys->cfg.task_definition_count);
    const uint32_t definition =
        system_task(sys, family, (int32_t)integer(group, "cpu"), (int32_t)integer(group, "mem"));
    timeline_action *a = system_at(sys, 10, TIMELINE_RUN_TASK);
    a->run_task = (run_task_call){.task_definition = definition,
                                  .count = (uint32_t)integer(group, "count"),
                                  .share_count = 1,
                                  .shares = sys->services[0].shares};
}

/* What the first datapoint says; how many tasks wait then. */
static capacity_provider_sample first_datapoint(system_of_test *sys, uint32_t *waiting)
{
    capacity_provider_sample sample;
    model *m = model_create(&sys->cfg, 0, &sys->options);
    model_run(m, 61 * SIM_SECOND, NULL);
    model_capacity_provider_sample(m, 0, &sample);
    *waiting = sample.waiting;
    model_destroy(m);
    system_end(sys);
    return sample;
}

static bool needed_topic(const json_t *in, const json_t *expected)
{
    const json_t *size = json_object_get(in, "instance"), *group,
                 *groups = json_object_get(in, "provisioning_groups"),
                 *each = json_object_get(expected, "group_needs"),
                 *metric = json_object_get(expected, "metric");
    const uint32_t n = (uint32_t)integer(in, "N");
    const capacity_provider_config c = {.target_capacity_pct = metric ? 70 : 100};
    const int32_t cpu = (int32_t)integer(size, "cpu"), memory = (int32_t)integer(size, "mem");
    uint32_t waiting, tasks = 0;
    size_t i;
    bool good = true;
    system_of_test *all = system_of(n, n, cpu, memory, c);
    json_array_foreach((json_t *)groups, i, group)
    {
        add_group(all, group);
        tasks += (uint32_t)integer(group, "count");
        if (!each) continue;
        system_of_test *alone = system_of(n, n, cpu, memory, c);
        add_group(alone, group);
        const capacity_provider_sample s = first_datapoint(alone, &waiting);
        good &= s.needed - s.instances == json_integer_value(json_array_get(each, i));
    }
    const capacity_provider_sample s = first_datapoint(all, &waiting);
    good &= is(expected, "X", (double)(s.needed - s.instances));
    good &= is(expected, "M", (double)s.needed);
    if (metric) good &= s.reservation >= 70 && s.reservation <= 70; /* targetCapacity */
    return good && waiting == tasks;
}

static bool scale_in_topic(const json_t *in, const json_t *expected)
{
    const uint32_t n = (uint32_t)integer(in, "N");
    system_of_test *sys = system_of(n, (uint32_t)integer(in, "M"), 1024, 1024, settings(in));
    auto_scaling_group_sample sample;
    model *m = model_create(&sys->cfg, 0, &sys->options);
    model_run(m, integer(in, "low_datapoints") * SIM_MINUTE, NULL);
    model_auto_scaling_group_sample(m, 0, &sample);
    model_destroy(m);
    system_end(sys);
    return is(expected, "first_step", (double)(n - sample.desired)) &&
           is(expected, "desired_after", (double)sample.desired);
}

static bool provisioning_topic(const json_t *in, const json_t *expected)
{
    system_of_test *sys = system_of(0, 0, 1024, 1024, settings(in));
    sys->auto_scaling[0].max_size = 0;
    system_share(sys, system_service(sys, "new", 0, 0, 0, 100), 0);
    for (int64_t left = integer(in, "tasks_in_PROVISIONING"); left > 0; left -= 10) {
        timeline_action *a = system_at(sys, 10, TIMELINE_RUN_TASK);
        a->run_task = (run_task_call){.count = left < 10 ? (uint32_t)left : 10,
                                      .share_count = 1,
                                      .shares = sys->services[0].shares};
    }
    system_scale(sys, 20, 1, (uint32_t)integer(in, "new_service_task"));
    char *log = system_run(sys, 30);
    const char *said = arena_printf(sys->arena, "20 service.event new (service new) %s\n",
                                    json_string_value(json_object_get(expected, "event")));
    const bool starts = strstr(log, "task.provisioning new/") != NULL,
               good = starts == json_is_true(json_object_get(expected, "starts")) &&
                      strstr(log, said) != NULL;
    free(log);
    system_end(sys);
    return good;
}

int main(int argc, char **argv)
{
    tap_begin();
    json_t *of_ecs = spec_load(argc > 1 ? argv[1] : "tests/spec/ecs-examples.json");
    json_t *scaling = spec_load(argc > 2 ? argv[2] : "tests/spec/autoscaling-examples.json");
    static const spec_topic topics[] = {
        {"cas-metric", metric_topic},
        {"cas-step", step_topic},
        {"cas-M", needed_topic},
        {"cas-scale-in", scale_in_topic},
        {"provisioning", provisioning_topic},
    };
    static const spec_topic of_scaling[] = {
        {"capacity-provider", reservation_topic},
    };
    spec_run(of_ecs, topics, sizeof topics / sizeof *topics);
    spec_run(scaling, of_scaling, sizeof of_scaling / sizeof *of_scaling);
    json_decref(of_ecs);
    json_decref(scaling);
    return tap_end();
}
