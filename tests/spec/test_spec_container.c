/* Goal: the spec's examples about containers hold (E22-E24, E30, E32, E34, E35).
 * Method: validity and defaults are asked of the reader, orders and times of a small system that runs. */
#include "tests/models/system.h"
#include "tests/scenarios/reading.h"
#include "tests/spec/spec.h"

static double number(const json_t *object, const char *key, double fallback)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : fallback;
}

static bool same(const char *what, double got, double want)
{
    if (got >= want && got <= want) return true;
    return TAP_FAIL("%s: %.9g, want %.9g", what, got, want);
}

/* A scenario of one task definition and, on EC2, a service of it. */
static reading read_definition(json_t *definition, bool service)
{
    json_t *root =
        json_pack("{s:i, s:i, s:{s:[{s:s}]}, s:[O]}", "berth", 1, "duration", 600, "cluster",
                  "containerInstances", "instanceType", "m5.xlarge", "taskDefinitions", definition);
    if (service)
        json_object_set_new(root, "services",
                            json_pack("[{s:s, s:s, s:i}]", "serviceName", "web", "taskDefinition",
                                      "web", "desiredCount", 1));
    char *text = json_dumps(root, 0);
    reading r = reading_of(text, NULL);
    free(text);
    json_decref(root);
    return r;
}

/* Containers of the example with a name and an image, and memory where `memory` is given. */
static json_t *definition_of(const json_t *containers, int memory)
{
    json_t *list = json_array();
    size_t i;
    json_t *container;
    json_array_foreach(containers, i, container)
    {
        json_t *c = json_deep_copy(container);
        char name[32];
        snprintf(name, sizeof name, "c%zu", i);
        if (!json_object_get(c, "name")) json_object_set_new(c, "name", json_string(name));
        json_object_set_new(c, "image", json_string("image"));
        if (memory > 0) json_object_set_new(c, "memory", json_integer(memory));
        json_array_append_new(list, c);
    }
    return json_pack("{s:s, s:o}", "family", "web", "containerDefinitions", list);
}

static const task_definition_config *definition_read(const reading *r)
{
    return &scenario_config(r->scene)->task_definitions[0];
}

/* ---- task-reservation ---- */

/* What the tasks of the one definition reserve on an instance, as placement says (E22, E23). */
static bool reservation_topic(const json_t *in, const json_t *expected)
{
    json_t *definition = definition_of(json_object_get(in, "containers"), 0);
    if (json_is_integer(json_object_get(in, "task_cpu"))) {
        json_object_set(definition, "cpu", json_object_get(in, "task_cpu"));
        json_object_set(definition, "memory", json_object_get(in, "task_memory"));
    }
    reading r = read_definition(definition, true);
    json_decref(definition);
    bool good;
    if (json_is_false(json_object_get(expected, "valid"))) {
        good = r.scene == NULL && strstr(r.messages, "E24") != NULL;
        if (!good) (void)TAP_FAIL("not refused: %s", r.messages);
    } else {
        good = r.scene != NULL;
        if (!good) (void)TAP_FAIL("refused: %s", r.messages);
    }
    if (good && r.scene) {
        model *m = model_create(scenario_config(r.scene), 0, NULL);
        model_run(m, SIM_SECOND, NULL);
        cluster_sample sample;
        model_cluster_sample(m, &sample);
        good = same("cpu", (double)sample.cpu_reserved,
                    number(expected, "reserved_cpu", (double)sample.cpu_reserved)) &&
               same("memory", (double)sample.memory_reserved,
                    number(expected, "reserved_memory_mib", -1));
        model_destroy(m);
    }
    scenario_destroy(r.scene);
    return good;
}

/* ---- stop-timeout ---- */

/* Is it read, and if so: how long does a container that never exits by itself take to be killed? */
static bool stop_timeout_topic(const json_t *in, const json_t *expected)
{
    const bool fargate =
        strcmp(json_string_value(json_object_get(in, "launchType")), "FARGATE") == 0;
    json_t *container = json_pack("[{s:s}]", "name", "app");
    if (json_is_integer(json_object_get(in, "stopTimeout")))
        json_object_set(json_array_get(container, 0), "stopTimeout",
                        json_object_get(in, "stopTimeout"));
    json_t *definition = definition_of(container, 256);
    json_decref(container);
    if (fargate) {
        json_object_set_new(definition, "requiresCompatibilities", json_pack("[s]", "FARGATE"));
        json_object_set_new(definition, "networkMode", json_string("awsvpc"));
        json_object_set_new(definition, "cpu", json_string("256"));
        json_object_set_new(definition, "memory", json_string("512"));
    }
    reading r = read_definition(definition, !fargate);
    json_decref(definition);
    bool good;
    if (json_is_false(json_object_get(expected, "valid"))) {
        good = r.scene == NULL && strstr(r.messages, "E32") != NULL;
        if (!good) (void)TAP_FAIL("not refused: %s", r.messages);
    } else {
        good = r.scene != NULL;
        if (!good) (void)TAP_FAIL("refused: %s", r.messages);
    }
    if (r.scene && good)
        good =
            same("seconds", (double)definition_read(&r)->containers[0].stop_timeout_us / SIM_SECOND,
                 number(expected, "seconds", -1));
    scenario_destroy(r.scene);
    return good;
}

/* ---- depends-on ---- */

static bool dependency_validity(const json_t *dependency, const json_t *expected)
{
    json_t *containers = json_pack(
        "[{s:s, s:b, s:{s:[s]}}, {s:s, s:[{s:O, s:O}]}]", "name",
        json_string_value(json_object_get(dependency, "container")), "essential",
        json_is_true(json_object_get(dependency, "essential")), "healthCheck", "command", "true",
        "name", "app", "dependsOn", "containerName", json_object_get(dependency, "container"),
        "condition", json_object_get(dependency, "condition"));
    json_t *definition = definition_of(containers, 128);
    json_decref(containers);
    reading r = read_definition(definition, true);
    json_decref(definition);
    bool valid = r.scene != NULL;
    scenario_destroy(r.scene);
    return same("valid", valid, json_is_true(json_object_get(expected, "valid"))) &&
           (valid || strstr(r.messages, "E30") != NULL);
}

static dependency_condition condition_of(const char *text)
{
    if (strcmp(text, "COMPLETE") == 0) return DEPENDS_COMPLETE;
    if (strcmp(text, "SUCCESS") == 0) return DEPENDS_SUCCESS;
    return strcmp(text, "HEALTHY") == 0 ? DEPENDS_HEALTHY : DEPENDS_START;
}

static uint32_t position_of(const json_t *containers, const char *name)
{
    uint32_t i = 0;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)containers, key, value)
    {
        if (strcmp(key, name) == 0) break;
        i++;
    }
    return i;
}

/* The example's containers: number i needs 2^i seconds to start, or 16 * 2^i to stop, so that a length tells which of
 * them went one after the other: rounds last as long as their slowest member. */
static system_of_test *ordered_system(const json_t *containers)
{
    system_of_test *sys = system_begin();
    system_instances(sys, 1, 4096, 4096, "a", NULL);
    task_definition_config *d = &sys->definitions[system_task(sys, "web", 16, 16)];
    container_definition first = d->containers[0];
    d->container_count = (uint32_t)json_object_size(containers);
    d->containers = ARENA_ARRAY(sys->arena, d->container_count, container_definition);
    uint32_t i = 0;
    const char *name;
    json_t *list;
    json_object_foreach((json_t *)containers, name, list)
    {
        container_definition *c = &d->containers[i];
        *c = first;
        c->name = name;
        c->behavior.activation = distribution_constant(1 << i);
        c->behavior.shutdown = distribution_constant(16 << i);
        c->stop_timeout_us = SIM_HOUR;
        i++;
    }
    i = 0;
    json_object_foreach((json_t *)containers, name, list)
    {
        container_definition *c = &d->containers[i++];
        c->dependencies = ARENA_ARRAY(sys->arena, json_array_size(list) + 1, container_dependency);
        size_t k;
        json_t *one;
        json_array_foreach(list, k, one)
        {
            uint32_t on = position_of(containers, json_string_value(json_array_get(one, 0)));
            dependency_condition how = condition_of(json_string_value(json_array_get(one, 1)));
            c->dependencies[c->dependency_count++] = (container_dependency){on, how};
            container_definition *target = &d->containers[on];
            if (how == DEPENDS_HEALTHY) { /* passes at once after its start */
                target->has_health_check = true;
                target->health_check = (container_health_check){1, SIM_SECOND, 0, 3};
            }
            if (how == DEPENDS_SUCCESS) {
                target->essential = false;
                target->behavior.has_run_time = true;
                target->behavior.run_time = distribution_constant(0);
            }
        }
    }
    system_service(sys, "web", 0, 1, 0, 100);
    return sys;
}

/* Sum over the rounds of their longest member; what has ended by then takes no time. */
static double length_of(const json_t *rounds, const json_t *containers, const system_of_test *sys,
                        bool stops)
{
    double sum = 0;
    size_t r, k;
    json_t *round, *name;
    json_array_foreach((json_t *)rounds, r, round)
    {
        double longest = 0;
        json_array_foreach(round, k, name)
        {
            uint32_t c = position_of(containers, json_string_value(name));
            const container_behavior *b = &sys->definitions[0].containers[c].behavior;
            double length = stops ? (b->has_run_time ? 0 : b->shutdown.a) : b->activation.a;
            longest = length > longest ? length : longest;
        }
        sum += longest;
    }
    return sum;
}

static double time_of(const char *log, const char *what)
{
    const char *at = strstr(log, what);
    if (!at) return -1;
    while (at > log && at[-1] != '\n')
        at--;
    return strtod(at, NULL);
}

static bool depends_on_topic(const json_t *in, const json_t *expected)
{
    if (json_object_get(in, "dependency"))
        return dependency_validity(json_object_get(in, "dependency"), expected);
    const json_t *containers = json_object_get(in, "containers");
    system_of_test *sys = ordered_system(containers);
    timeline_action *a = system_at(sys, 1000, TIMELINE_STOP_TASK);
    a->select.service = 0;
    char *log = system_run(sys, 3000);
    double start = length_of(json_object_get(expected, "start_order"), containers, sys, false),
           stop = length_of(json_object_get(expected, "stop_order"), containers, sys, true);
    double started = time_of(log, "task.running web/000001");
    /* the first probe of a check is sent 1 us after its container's start */
    bool good = IS_NEAR(started, start, 1e-5) &&
                same("stop", time_of(log, "task.stopped web/000001") - 1000, stop);
    free(log);
    system_end(sys);
    return good;
}

/* ---- health-check ---- */

static bool container_check_topic(const json_t *in, const json_t *expected)
{
    container_health_check check = {
        .interval_us = (sim_time)number(in, "interval_s", 30) * SIM_SECOND,
        .timeout_us = 5 * SIM_SECOND,
        .start_period_us = (sim_time)number(in, "startPeriod_s", 0) * SIM_SECOND,
        .retries = (uint32_t)number(in, "retries", 3)};
    const json_t *counted = json_object_get(expected, "counted_failures_at_s");
    bool good = true;
    /* With k retries it is the k-th counted failure that makes it unhealthy. */
    for (size_t k = 0; k < json_array_size(counted); k++) {
        system_of_test *sys = system_begin();
        system_instances(sys, 1, 4096, 4096, "a", NULL);
        container_definition *c = system_container(sys, system_task(sys, "web", 16, 16));
        c->has_health_check = true;
        c->health_check = check;
        c->health_check.retries = (uint32_t)k + 1;
        c->behavior.startup = distribution_constant(10000); /* every probe fails instantly */
        system_service(sys, "web", 0, 1, 0, 100);
        char *log = system_run_only(sys, 1000, "task.unhealthy");
        good &= same("counted failure", time_of(log, "task.unhealthy"),
                     json_number_value(json_array_get(counted, k)));
        if (k + 1 == check.retries)
            good &= same("unhealthy", time_of(log, "task.unhealthy"),
                         number(expected, "unhealthy_at_s", -1));
        free(log);
        system_end(sys);
    }
    return good && json_array_size(counted) > 0;
}

/* A target that passed a probe and then fails every one. */
static bool target_check(const json_t *in, const json_t *expected)
{
    system_of_test *sys = system_begin();
    system_instances(sys, 1, 4096, 4096, "a", NULL);
    uint32_t web = system_task(sys, "web", 16, 16);
    service_config *s = system_service(sys, "web", web, 1, 0, 100);
    target_group_config *g = system_target_group(sys, "web", s, web);
    g->interval_us = (sim_time)number(in, "interval_s", -1) * SIM_SECOND;
    g->unhealthy_threshold = (uint32_t)number(in, "unhealthy_threshold", 0);
    const double passed = 2 * number(in, "interval_s", 0);
    system_at(sys, passed + 0.001, TIMELINE_FAIL_HEALTH_CHECKS);
    char *log = system_run_only(sys, 1000, "target.unhealthy");
    bool good = same("seconds", time_of(log, "target.unhealthy") - passed,
                     number(expected, "time_to_unhealthy_s", -1));
    free(log);
    system_end(sys);
    return good;
}

static bool health_check_topic(const json_t *in, const json_t *expected)
{
    if (json_object_get(in, "unhealthy_threshold")) return target_check(in, expected);
    if (!json_object_get(in, "healthCheck")) return container_check_topic(in, expected);
    json_t *containers = json_pack("[{s:O}]", "healthCheck", json_object_get(in, "healthCheck"));
    json_t *definition = definition_of(containers, 128);
    json_decref(containers);
    reading r = read_definition(definition, true);
    json_decref(definition);
    if (!r.scene) return TAP_FAIL("refused: %s", r.messages);
    const container_definition *c = &definition_read(&r)->containers[0];
    bool good = c->has_health_check &&
                same("interval", (double)c->health_check.interval_us / SIM_SECOND,
                     number(expected, "interval_s", -1)) &&
                same("timeout", (double)c->health_check.timeout_us / SIM_SECOND,
                     number(expected, "timeout_s", -1)) &&
                same("retries", c->health_check.retries, number(expected, "retries", -1)) &&
                same("startPeriod", (double)c->health_check.start_period_us / SIM_SECOND,
                     number(expected, "startPeriod_s", -1));
    scenario_destroy(r.scene);
    return good;
}

int main(int argc, char **argv)
{
    tap_begin();
    json_t *examples = spec_load(argc > 1 ? argv[1] : "tests/spec/ecs-examples.json");
    static const spec_topic topics[] = {
        {"task-reservation", reservation_topic},
        {"stop-timeout", stop_timeout_topic},
        {"depends-on", depends_on_topic},
        {"health-check", health_check_topic},
    };
    spec_run(examples, topics, sizeof topics / sizeof *topics);
    json_decref(examples);
    return tap_end();
}
