/* Goal: a run's memory follows what is there, not what has been: once warm, nothing is allocated
 * however many tasks come and go, load changes and checks are made, where nothing is recorded.
 * Method: allocations are counted from the middle of a run to its end, in systems that repeat
 * themselves. */
#include "tests/engine/allocations.h"
#include "tests/models/system.h"

enum { STEPS = 2000 };

typedef struct {
    uint64_t stopped, decided;
} seen;

static void see(void *context, const model *m, const model_event *ev)
{
    (void)m;
    ((seen *)context)->stopped += ev->kind == EVENT_TASK_STOPPED;
    ((seen *)context)->decided += ev->kind == EVENT_SCALING_DECISION;
}

/* Allocations between two instants; what happens between them is left in `after`. */
static uint64_t allocations_between(system_of_test *sys, sim_time warm_us, sim_time end_us,
                                    seen *after)
{
    model *m = model_create(&sys->cfg, 0, NULL);
    model_observe(m, &(model_observer){.context = after, .event = see});
    model_run(m, warm_us, NULL);
    *after = (seen){0};
    const uint64_t before = allocation_count;
    model_run(m, end_us, NULL);
    const uint64_t made = allocation_count - before;
    model_destroy(m);
    return made;
}

/* A rate that goes up and down, a step a minute. */
static void let_load_change(system_of_test *sys, traffic_config *t, double low, double high)
{
    rate_step *steps = ARENA_ARRAY(sys->arena, STEPS, rate_step);
    for (int i = 0; i < STEPS; i++) {
        const int phase = i % 60 < 30 ? i % 60 : 60 - i % 60;
        steps[i] = (rate_step){i * SIM_MINUTE, low + (high - low) * phase / 30};
    }
    t->rate = (rate_series){STEPS, steps};
}

/* Target tracking on requests per target, with its two alarms (A60, A61). */
static void follow_load(system_of_test *sys, double per_target)
{
    metric_config *metric = ARENA_NEW(sys->arena, metric_config);
    alarm_config *alarms = ARENA_ARRAY(sys->arena, 2, alarm_config);
    scalable_target_config *target = ARENA_NEW(sys->arena, scalable_target_config);
    scaling_policy_config *policy = ARENA_NEW(sys->arena, scaling_policy_config);
    *metric = (metric_config){METRIC_REQUEST_COUNT_PER_TARGET, 0, SIM_MINUTE};
    for (int low = 0; low < 2; low++) {
        const uint32_t periods = low ? 15 : 3;
        alarms[low] = (alarm_config){.name = low ? "low" : "high",
                                     .statistic = STATISTIC_SUM,
                                     .period_us = SIM_MINUTE,
                                     .evaluation_periods = periods,
                                     .datapoints_to_alarm = periods,
                                     .threshold = low ? 0.9 * per_target : per_target,
                                     .comparison = low ? COMPARE_LESS : COMPARE_GREATER};
        alarms[low].actions[2].policies = ARENA_NEW(sys->arena, uint32_t);
        alarms[low].actions[2].count = 1;
    }
    *target = (scalable_target_config){.service = 0, .min_capacity = 5, .max_capacity = 80};
    *policy = (scaling_policy_config){.name = "track",
                                      .kind = POLICY_TARGET_TRACKING,
                                      .target = per_target,
                                      .alarm_high = 0,
                                      .alarm_low = 1,
                                      .scale_out_cooldown_us = 180 * SIM_SECOND,
                                      .scale_in_cooldown_us = 180 * SIM_SECOND};
    model_config *cfg = &sys->cfg;
    cfg->metrics = metric;
    cfg->alarms = alarms;
    cfg->scalable_targets = target;
    cfg->scaling_policies = policy;
    cfg->metric_count = cfg->scalable_target_count = cfg->scaling_policy_count = 1;
    cfg->alarm_count = 2;
}

int main(void)
{
    tap_begin();
    TEST("standalone tasks that come and end")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 20, 4096, 8192, "a", "b");
        uint32_t batch = system_task(sys, "batch", 256, 256);
        container_behavior *b = &system_container(sys, batch)->behavior;
        b->image_pull = distribution_constant(3);
        b->has_run_time = true;
        b->run_time = distribution_constant(100);
        arrival_config arrival = {.name = "batch",
                                  .call = {.task_definition = batch, .count = 2},
                                  .every = distribution_constant(1),
                                  .until_us = SIM_RUN_MAX,
                                  .limit = UINT64_MAX};
        sys->cfg.arrivals = &arrival;
        sys->cfg.arrival_count = 1;
        seen after;
        IS_INT(allocations_between(sys, SIM_HOUR / 2, 2 * SIM_HOUR, &after), 0);
        OK(after.stopped > 10000);
        system_end(sys);
    }
    TEST("a service whose tasks crash and come back, behind a load balancer, under a load that "
         "changes")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 10, 4096, 8192, "a", "b");
        uint32_t web = system_task(sys, "web", 256, 256);
        service_config *s = system_service(sys, "web", web, 40, 100, 200);
        system_target_group(sys, "web", s, web);
        container_behavior *b = &system_container(sys, web)->behavior;
        b->startup = distribution_constant(4);
        b->has_run_time = true;
        b->run_time = distribution_constant(600);
        let_load_change(sys, system_traffic(sys, 0, 100), 100, 400);
        seen after;
        IS_INT(allocations_between(sys, 4 * SIM_HOUR, 24 * SIM_HOUR, &after), 0);
        OK(after.stopped > 3000);
        system_end(sys);
    }
    TEST("target tracking that follows a day's load up and down")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 10, 4096, 8192, "a", "b");
        uint32_t web = system_task(sys, "web", 256, 256);
        service_config *s = system_service(sys, "web", web, 20, 100, 200);
        system_target_group(sys, "web", s, web);
        let_load_change(sys, system_traffic(sys, 0, 100), 100, 400);
        follow_load(sys, 600);
        seen after;
        IS_INT(allocations_between(sys, 8 * SIM_HOUR, 30 * SIM_HOUR, &after), 0);
        OK(after.decided > 20);
        system_end(sys);
    }
    return tap_end();
}
