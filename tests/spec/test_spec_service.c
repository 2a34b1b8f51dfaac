/* Goal: the spec's worked examples of services, deployments and task health, run from data (ecs-examples.json).
 * Method: arithmetic topics call the function that the scheduler calls; the others run a whole small system. */
#include "models/ecs/circuit_breaker.h"
#include "models/ecs/deployment.h"
#include "models/ecs/rebalance.h"
#include "models/ecs/task_set.h"
#include "models/ecs/traffic_shift.h"
#include "tests/models/system.h"
#include "tests/spec/spec.h"

static int64_t number(const json_t *object, const char *key, int64_t absent)
{
    const json_t *v = json_object_get(object, key);
    return v ? json_integer_value(v) : absent;
}

static bool is(const char *what, int64_t got, int64_t want)
{
    if (got != want) printf("# %s: got %" PRId64 ", want %" PRId64 "\n", what, got, want);
    return got == want;
}

/* An expected value that the example may leave out. */
static bool agrees(const json_t *expected, const char *key, int64_t got)
{
    const json_t *v = json_object_get(expected, key);
    return !v || is(key, got, json_is_boolean(v) ? json_is_true(v) : json_integer_value(v));
}

static bool deployment_bounds_topic(const json_t *in, const json_t *expected)
{
    uint32_t d = (uint32_t)number(in, "desired", 0);
    deployment_bounds b =
        deployment_bounds_of(d, (uint32_t)number(in, "minimumHealthyPercent", 100),
                             (uint32_t)number(in, "maximumPercent", 200));
    uint32_t stop = d - b.lower, start = b.upper - d;
    bool good = agrees(expected, "lower", b.lower);
    good = agrees(expected, "upper", b.upper) && good;
    good = agrees(expected, "may_stop_before_starting", stop) && good;
    good = agrees(expected, "may_start_before_stopping", start) && good;
    return agrees(expected, "stuck", d > 0 && stop == 0 && start == 0) && good;
}

/* ---- rolling deployments ---- */

typedef struct {
    int old_active, new_active;
    int states[64][2];
    int count;
    int last_step; /* -1 an old one stopped, +1 a new one started */
} rollout;

static void follow(void *context, const model *m, const model_event *ev)
{
    (void)m;
    rollout *r = context;
    bool is_new = (uint32_t)ev->cell[2] == 2;
    int step = 0;
    if (ev->kind == EVENT_TASK_PROVISIONING && is_new) step = +1;
    if (ev->kind == EVENT_TASK_DEACTIVATING && !is_new) step = -1;
    if (ev->kind == EVENT_TASK_PROVISIONING && !is_new) r->old_active++;
    if (step == 0) return;
    /* One entry for each run of stops and each run of starts: the last state of the run before is kept. */
    if (step != r->last_step || r->count == 1) r->count++;
    r->last_step = step;
    r->new_active += step == 1;
    r->old_active -= step == -1;
    r->states[r->count - 1][0] = r->old_active;
    r->states[r->count - 1][1] = r->new_active;
}

static bool rolling_topic(const json_t *in, const json_t *expected)
{
    system_of_test *sys = system_begin();
    int32_t room = (int32_t)number(in, "cluster_room_tasks", 0);
    uint32_t desired = (uint32_t)number(in, "desired", 0);
    system_instances(sys, 1, room * 128, room * 128, "a", NULL);
    uint32_t one = system_task(sys, "web", 128, 128), two = system_task(sys, "web", 128, 128);
    system_service(sys, "web", one, desired, (uint32_t)number(in, "minimumHealthyPercent", 100),
                   (uint32_t)number(in, "maximumPercent", 200));
    system_deploy(sys, 100, 0, two);
    rollout r = {.count = 1};
    model *m = model_create(&sys->cfg, 0, &sys->options);
    model_observe(m, &(model_observer){.context = &r, .event = follow});
    model_run(m, 3600 * SIM_SECOND, NULL);
    r.states[0][0] = (int)desired;
    bool same = true;
    const json_t *want = json_object_get(expected, "states_old_new");
    for (int i = 0; i < r.count || i < (int)json_array_size(want); i++) {
        const json_t *w = json_array_get(want, (size_t)i);
        int old_want = (int)json_integer_value(json_array_get(w, 0)),
            new_want = (int)json_integer_value(json_array_get(w, 1));
        if (!w || i >= r.count || r.states[i][0] != old_want || r.states[i][1] != new_want) {
            printf("# step %d: got %d old, %d new, want %d, %d\n", i,
                   i < r.count ? r.states[i][0] : -1, i < r.count ? r.states[i][1] : -1,
                   w ? old_want : -1, w ? new_want : -1);
            same = false;
        }
    }
    service_sample s;
    model_service_sample(m, 0, &s);
    same = agrees(expected, "stuck", s.stalled) && same;
    same = same &&
           is("completed", s.newest_completed, !json_is_true(json_object_get(expected, "stuck")));
    model_destroy(m);
    system_end(sys);
    return same;
}

/* ---- healthy, unhealthy ---- */

static service_sample sample_at(system_of_test *sys, int64_t at_us)
{
    service_sample s;
    model *m = model_create(&sys->cfg, 0, &sys->options);
    model_run(m, at_us, NULL);
    model_service_sample(m, 0, &s);
    model_destroy(m);
    return s;
}

static bool healthy_count_topic(const json_t *in, const json_t *expected)
{
    system_of_test *sys = system_begin();
    system_instances(sys, 1, 1024, 1024, "a", NULL);
    uint32_t web = system_task(sys, "web", 128, 128);
    service_config *s = system_service(sys, "web", web, 1, 100, 200);
    if (json_is_true(json_object_get(in, "load_balancer")))
        system_target_group(sys, "tg", s, web); /* its target is healthy at the first probe */
    if (number(in, "essential_with_check", 0) > 0) {
        system_container(sys, web)->has_health_check =
            true; /* UNKNOWN before its first probe at 30 s */
        system_container(sys, web)->health_check =
            (container_health_check){30 * SIM_SECOND, 5 * SIM_SECOND, 0, 3};
    }
    service_sample sample = sample_at(sys, number(in, "running_for_s", 1) * SIM_SECOND);
    system_end(sys);
    return agrees(expected, "counts_as_healthy", sample.healthy == 1);
}

/* Does `first` stand in the log before `then`? */
static bool in_order(const char *log, const char *first, const char *then)
{
    const char *a = strstr(log, first), *b = strstr(log, then);
    if (!a || !b || a > b) printf("# want \"%s\" before \"%s\" in:\n# %s\n", first, then, log);
    return a && b && a < b;
}

static bool unhealthy_topic(const json_t *in, const json_t *expected)
{
    system_of_test *sys = system_begin();
    system_instances(sys, 2, 4096, 4096, "a", "b");
    uint32_t web = system_task(sys, "web", 128, 128), desired = (uint32_t)number(in, "desired", 0);
    service_config *s =
        system_service(sys, "web", web, desired, (uint32_t)number(in, "minimumHealthyPercent", 100),
                       (uint32_t)number(in, "maximumPercent", 200));
    system_target_group(sys, "tg", s, web);
    system_container(sys, web)->behavior.startup = distribution_constant(2);
    timeline_action *a = system_at(sys, 100.5, TIMELINE_FAIL_HEALTH_CHECKS);
    a->select.has_count = true;
    a->select.count = (uint32_t)number(in, "unhealthy", 0);
    char *log = system_run(sys, 200);
    const char *fault =
        strstr(log, "timeline failHealthChecks"); /* what came before is the start of the service */
    bool starts_first =
        strcmp(json_string_value(json_object_get(expected, "first_action")), "start 1") == 0;
    bool good = starts_first
                    ? in_order(fault, "task.provisioning web/000005", "task.deactivating") &&
                          in_order(fault, "task.healthy web/000005", "task.deactivating")
                    : in_order(fault, "task.deactivating", "task.provisioning web/000005");
    if (json_is_true(json_object_get(expected, "one_at_a_time"))) {
        good = is("stops at 110 s", count_of(fault, "\n110 task.deactivating"), 1) && good;
        good = in_order(fault, "task.healthy web/000005", "task.provisioning web/000006") && good;
    }
    free(log);
    system_end(sys);
    return good;
}

static health_status status_named(const char *name)
{
    return strcmp(name, "UNHEALTHY") == 0 ? HEALTH_UNHEALTHY
           : strcmp(name, "HEALTHY") == 0 ? HEALTH_HEALTHY
                                          : HEALTH_UNKNOWN;
}

static bool task_health_topic(const json_t *in, const json_t *expected)
{
    health_status health = HEALTH_HEALTHY;
    size_t i;
    json_t *c;
    json_array_foreach(json_object_get(in, "essential_containers"), i, c) health =
        container_health_worse(health, status_named(json_string_value(c)));
    return is("task", health, status_named(json_string_value(json_object_get(expected, "task"))));
}

static bool throttle_topic(const json_t *in, const json_t *expected)
{
    uint32_t failures = (uint32_t)number(in, "consecutive_start_failures", 0);
    control_plane_config control = control_plane_defaults();
    bool good = agrees(expected, "delay_s", deployment_throttle(&control, failures) / SIM_SECOND);
    /* and the message comes with the failure that the example names, in a service whose tasks never start */
    system_of_test *sys = system_begin();
    system_instances(sys, 1, 1024, 1024, "a", NULL);
    uint32_t web = system_task(sys, "web", 128, 128);
    system_container(sys, web)->behavior.start_failure_probability = 1;
    system_container(sys, web)->behavior.activation = distribution_constant(1);
    system_service(sys, "web", web, 1, 100, 200);
    char *log = system_run(sys, 20000);
    char stopped[64];
    snprintf(stopped, sizeof stopped, "task.stopped web/%06u", failures);
    const char *stop = strstr(log, stopped),
               *message = strstr(log, "is unable to consistently start tasks");
    const char *next = stop ? strstr(stop, "task.provisioning") : NULL;
    if (next)
        good &= agrees(expected, "event", message > stop && message < next);
    else
        good = is("a failure of this number", 0, 1);
    free(log);
    system_end(sys);
    return good;
}

/* ---- the circuit breaker ---- */

static breaker_threshold_type type_named(const char *name)
{
    if (strcmp(name, "COUNT") == 0) return BREAKER_COUNT;
    return strcmp(name, "BOUNDED_PERCENT") == 0 ? BREAKER_BOUNDED_PERCENT
                                                : BREAKER_UNBOUNDED_PERCENT;
}

static bool breaker_threshold_topic(const json_t *in, const json_t *expected)
{
    circuit_breaker_config config = {.type =
                                         type_named(json_string_value(json_object_get(in, "type"))),
                                     .value = (uint32_t)number(in, "value", 50)};
    return agrees(expected, "threshold",
                  circuit_breaker_threshold(&config, (uint32_t)number(in, "desired", 0)));
}

static bool breaker_count_topic(const json_t *in, const json_t *expected)
{
    circuit_breaker_config config = {.reset_on_healthy_task =
                                         json_is_true(json_object_get(in, "resetOnHealthyTask"))};
    uint32_t count = 0, threshold = (uint32_t)number(in, "threshold", 0);
    size_t i, failed_after = 0;
    json_t *event;
    json_array_foreach(json_object_get(in, "events"), i, event)
    {
        bool fails = strcmp(json_string_value(event), "fail") == 0;
        count = fails ? circuit_breaker_failed(count, 1) : circuit_breaker_healthy(&config, count);
        if (count >= threshold && failed_after == 0) failed_after = i + 1;
    }
    bool failed =
        strcmp(json_string_value(json_object_get(expected, "rolloutState")), "FAILED") == 0;
    bool good = is("failed", failed_after > 0, failed);
    if (!failed) good = agrees(expected, "count", count) && good;
    return agrees(expected, "failed_after_event", (int64_t)failed_after) && good;
}

/* D1 completes; D2 never starts and rolls back; D3 comes while D1 is rolling back, and never starts either. */
static bool breaker_rollback_topic(const json_t *in, const json_t *expected)
{
    (void)in;
    system_of_test *sys = system_begin();
    system_instances(sys, 1, 4096, 4096, "a", NULL);
    uint32_t definitions[3];
    for (int i = 0; i < 3; i++) {
        definitions[i] = system_task(sys, "web", 128, 128);
        system_container(sys, definitions[i])->behavior.activation = distribution_constant(1);
        system_container(sys, definitions[i])->behavior.start_failure_probability = i > 0;
    }
    service_config *s = system_service(sys, "web", definitions[0], 2, 0, 100);
    s->breaker = (circuit_breaker_config){
        .enabled = true, .rollback = true, .reset_on_healthy_task = true, .value = 50};
    system_deploy(sys, 100, 0,
                  definitions[1]); /* fails within seconds; D1 then needs 40 s to settle */
    system_deploy(sys, 120, 0, definitions[2]);
    char *log = system_run(sys, 2000);
    bool good = true;
    const json_t *first = json_object_get(expected, "after_D2"),
                 *second = json_object_get(expected, "after_D3");
    const char *third = strstr(log, "deployment.started web web#3");
    const char *back = strstr(log, "deployment.rollingBack web web#2 web:2 circuitBreaker");
    good &=
        is("rolls back to D1", back && third && back < third && strstr(back, " web#1\n") != NULL,
           strcmp(json_string_value(json_object_get(first, "rollback_to")), "D1") == 0);
    const char *failed = third ? strstr(third, "deployment.failed web web#3") : NULL;
    good &= is("D3 fails", failed != NULL, true);
    good &= is("rolls back after D3", failed && strstr(failed, "deployment.rollingBack") != NULL,
               !json_is_null(json_object_get(second, "rollback_to")));
    good &= is("launches tasks after D3", failed && strstr(failed, "task.provisioning") != NULL,
               json_is_true(json_object_get(second, "launches_tasks")));
    free(log);
    system_end(sys);
    return good;
}

/* ---- traffic shift ---- */

static traffic_shift_config shift_of(const json_t *in)
{
    const char *strategy = json_string_value(json_object_get(in, "strategy"));
    const json_t *step = json_object_get(in, "stepPercent");
    if (strcmp(strategy, "LINEAR") == 0)
        return (traffic_shift_config){
            .strategy = DEPLOY_LINEAR,
            .step_tenths = step ? (uint32_t)(10 * json_number_value(step)) : 100,
            .step_bake_us = number(in, "stepBakeTimeInMinutes", 6) * SIM_MINUTE};
    if (strcmp(strategy, "CANARY") == 0)
        return (traffic_shift_config){
            .strategy = DEPLOY_CANARY, .step_tenths = 50, .step_bake_us = 10 * SIM_MINUTE};
    return (traffic_shift_config){.strategy = DEPLOY_BLUE_GREEN};
}

/* A whole deployment of that strategy: its steps are the stage events of PRODUCTION_TRAFFIC_SHIFT. */
static bool traffic_shift_topic(const json_t *in, const json_t *expected)
{
    system_of_test *sys = system_begin();
    system_instances(sys, 1, 4096, 4096, "a", NULL);
    uint32_t one = system_task(sys, "web", 128, 128), two = system_task(sys, "web", 128, 128);
    service_config *s = system_service(sys, "web", one, 2, 100, 200);
    system_target_group(sys, "blue", s, one);
    system_alternate(sys, "green", s);
    system_container(sys, two)->port_count = 1;
    system_container(sys, two)->ports = system_container(sys, one)->ports;
    s->shift = shift_of(in);
    system_deploy(sys, 100, 0, two);
    char *log = system_run(sys, 20000);
    const json_t *steps = json_object_get(expected, "green_percent_steps");
    const char *at = log;
    double first = 0, last = 0;
    int count = 0;
    bool good = true;
    while ((at = strstr(at, " PRODUCTION_TRAFFIC_SHIFT ")) != NULL) {
        const char *line = at;
        while (line > log && line[-1] != '\n')
            line--;
        last = strtod(line, NULL);
        if (count == 0) first = last;
        at += strlen(" PRODUCTION_TRAFFIC_SHIFT ");
        good &= is("step", (int64_t)(10 * strtod(at, NULL)),
                   (int64_t)(10 * json_number_value(json_array_get(steps, (size_t)count))));
        count++;
    }
    good &= is("steps", count, (int64_t)json_array_size(steps));
    good &= agrees(expected, "step_bakes", count - 1);
    good &= agrees(expected, "minutes_in_shift", (int64_t)(last - first) / 60);
    good &= agrees(expected, "canary_bake_min", (int64_t)(last - first) / 60);
    good &= is("completes", strstr(log, "deployment.completed web web#2") != NULL, 1);
    free(log);
    system_end(sys);
    return good;
}

/* ---- draining ---- */

/* Two instances of room for all tasks; those on the first are drained at 100 s. */
static system_of_test *draining_system(uint32_t desired, uint32_t min_percent, uint32_t max_percent)
{
    system_of_test *sys = system_begin();
    system_instances(sys, 1, 4096, 4096, "a", NULL);
    instance_group_config *second = system_instances(sys, 1, 4096, 4096, "b", NULL);
    second->register_after_us = 90 * SIM_SECOND; /* so that every task is on the first */
    uint32_t web = system_task(sys, "web", 128, 128);
    system_container(sys, web)->behavior.shutdown = distribution_constant(5);
    system_service(sys, "web", web, desired, min_percent, max_percent);
    timeline_action *a = system_at(sys, 100, TIMELINE_UPDATE_INSTANCES_STATE);
    a->drain = true;
    a->select.instance_count = 1;
    a->select.instances = ARENA_NEW(sys->arena, uint32_t);
    a->select.instances[0] = 1;
    return sys;
}

static bool draining_topic(const json_t *in, const json_t *expected)
{
    if (json_object_get(in, "task")) { /* a standalone task */
        system_of_test *sys = draining_system(0, 100, 200);
        timeline_action first = sys->timeline[0];
        sys->cfg.timeline_count = 0;
        timeline_action *run = system_at(sys, 10, TIMELINE_RUN_TASK);
        run->run_task = (run_task_call){.task_definition = 0, .count = 1};
        sys->timeline[sys->cfg.timeline_count++] = first;
        char *log = system_run(sys, 1000);
        bool good = is("drains", count_of(log, "100 instance.draining i-000001"), 1) &&
                    is("stops", count_of(log, "task.stopped"), 0);
        free(log);
        system_end(sys);
        return good;
    }
    uint32_t desired = (uint32_t)number(in, "desired", 4);
    system_of_test *sys =
        draining_system(desired, (uint32_t)number(in, "minimumHealthyPercent", 50),
                        (uint32_t)number(in, "maximumPercent", 200));
    char *log = system_run(sys, 2000);
    const char *drain = strstr(log, "100 instance.draining");
    bool good = drain != NULL, stuck = json_is_true(json_object_get(expected, "stuck"));
    good = is("drained", count_of(log, "task.stopped") == (int)desired, !stuck) && good;
    good = is("says that it is stuck", strstr(log, "was unable to stop or start tasks") != NULL,
              stuck) &&
           good;
    if (json_object_get(expected, "may_stop_before_starting")) {
        const char *start = strstr(drain, "task.provisioning");
        int stops = 0;
        for (const char *at = drain; (at = strstr(at, " drain\n")) != NULL && at < start; at++)
            stops++;
        good = agrees(expected, "may_stop_before_starting", stops) && good;
    }
    if (json_object_get(expected, "replacement_starts"))
        good = in_order(drain, "task.deprovisioning", "task.provisioning") && good;
    free(log);
    system_end(sys);
    return good;
}

/* ---- zone rebalancing ---- */

/* Tasks start in one zone; another comes when they are steady. */
static bool moves_one(void)
{
    system_of_test *sys = system_begin();
    system_instances(sys, 1, 1024, 1024, "az1", NULL);
    system_instances(sys, 1, 1024, 1024, "az2", NULL)->register_after_us = 100 * SIM_SECOND;
    system_service(sys, "web", system_task(sys, "web", 128, 128), 2, 100, 200)->rebalancing = true;
    char *log = system_run(sys, 300);
    const char *begun = strstr(log, "is not AZ balanced");
    bool good = is("begins", begun != NULL, true) &&
                is("starts", count_of(begun, "to AZ Rebalance"), 1) &&
                is("stops", count_of(begun, " az1 rebalance\n"), 1) &&
                in_order(begun, "task web/000003).", "task.healthy web/000003") &&
                in_order(begun, "task.healthy web/000003", " az1 rebalance\n");
    good = is("in az2", count_of(log, "task.running web/000003 web web#1 web:1 i-000002 az2"), 1) &&
           good;
    free(log);
    system_end(sys);
    return good;
}

static bool az_balance_topic(const json_t *in, const json_t *expected)
{
    const json_t *counts = json_object_get(in, "counts"),
                 *targets = json_object_get(expected, "targets"),
                 *balanced = json_object_get(expected, "balanced");
    rebalance_zone zones[8] = {0};
    uint32_t count = (uint32_t)json_array_size(counts);
    for (uint32_t i = 0; i < count; i++)
        zones[i].count = (uint32_t)json_integer_value(json_array_get(counts, i));
    bool good = true;
    if (balanced)
        good = is("balanced", rebalance_is_balanced(zones, count), json_is_true(balanced));
    uint32_t moves = rebalance_set_targets(zones, count);
    good = agrees(expected, "moves", moves) && good;
    for (uint32_t i = 0; i < json_array_size(targets); i++)
        good =
            is("target", zones[i].target, json_integer_value(json_array_get(targets, i))) && good;
    if (json_object_get(expected, "action")) good = moves_one() && good;
    return good;
}

static bool task_set_topic(const json_t *in, const json_t *expected)
{
    /* a computed 1.2 is a tenth of 12 tasks */
    const json_t *raw = json_object_get(in, "raw_computed");
    const uint32_t desired =
        raw ? (uint32_t)(json_number_value(raw) * 10) : (uint32_t)number(in, "desired", 0);
    const uint32_t percent = raw ? 10 : (uint32_t)number(in, "scale_percent", 0);
    return agrees(expected, "computedDesiredCount",
                  task_set_computed(desired, percent * (TASK_SET_WHOLE / 100)));
}

int main(int argc, char **argv)
{
    tap_begin();
    json_t *examples = spec_load(argc > 1 ? argv[1] : "tests/spec/ecs-examples.json");
    static const spec_topic topics[] = {
        {"deployment-bounds", deployment_bounds_topic},
        {"rolling-deployment", rolling_topic},
        {"healthy-count", healthy_count_topic},
        {"unhealthy-replacement", unhealthy_topic},
        {"task-health", task_health_topic},
        {"restart-throttle", throttle_topic},
        {"circuit-breaker-threshold", breaker_threshold_topic},
        {"circuit-breaker-count", breaker_count_topic},
        {"circuit-breaker-rollback", breaker_rollback_topic},
        {"traffic-shift", traffic_shift_topic},
        {"draining", draining_topic},
        {"task-set", task_set_topic},
        {"az-balance", az_balance_topic},
    };
    spec_run(examples, topics, sizeof topics / sizeof *topics);
    json_decref(examples);
    return tap_end();
}
