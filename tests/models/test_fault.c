/* Goal: faults strike whom they should, last as long as they should, and have the effects that the spec gives them.
 * Method: small systems worked by hand; logs, and what observers may read at chosen instants. */
#include "tests/models/system.h"

/* The sample of service 0 after `seconds`. */
static service_sample sample_at(system_of_test *sys, double seconds)
{
    service_sample out;
    model *m = model_create(&sys->cfg, 0, &sys->options);
    model_run(m, (sim_time)(seconds * 1e6), NULL);
    model_service_sample(m, 0, &out);
    model_destroy(m);
    return out;
}

/* `count` tasks behind a load balancer on as many instances, 10 requests/s in all, each of 2 s. */
static system_of_test *web(uint32_t count)
{
    system_of_test *sys = system_begin();
    system_instances(sys, count, 1024, 1024, "a", "b");
    uint32_t one = system_task(sys, "web", 512, 512);
    sys->definitions[one].request_seconds = distribution_constant(2);
    service_config *s = system_service(sys, "web", one, count, 50, 200);
    s->strategy_count = 1;
    s->strategies = ARENA_NEW(sys->arena, placement_strategy_config);
    *s->strategies = (placement_strategy_config){STRATEGY_SPREAD, BINPACK_CPU, "instanceId"};
    system_target_group(sys, "web", s, one);
    system_traffic(sys, s->load_balancers[0].target_group, 10);
    return sys;
}

static timeline_action *slow(system_of_test *sys, double at, double factor, double seconds)
{
    timeline_action *a = system_at(sys, at, TIMELINE_SLOW_TASKS);
    a->factor = factor;
    a->duration_us = (sim_time)(seconds * 1e6);
    return a;
}

/* What is cut when the only task is killed at this instant. */
static double cut_at(system_of_test *sys, double seconds)
{
    timeline_action kept[8];
    const uint32_t count = sys->cfg.timeline_count;
    memcpy(kept, sys->timeline, sizeof kept);
    uint32_t later = count;
    while (later > 0 && sys->timeline[later - 1].at_us > (sim_time)(seconds * 1e6))
        later--;
    sys->cfg.timeline_count = later; /* what comes later does not matter */
    system_at(sys, seconds, TIMELINE_CRASH_TASKS);
    double lost = sample_at(sys, seconds).requests.lost[FAILED_502];
    memcpy(sys->timeline, kept, sizeof kept);
    sys->cfg.timeline_count = count;
    return lost;
}

static void slow_tasks(void)
{
    TEST("slowTasks: requests in flight are those of the old pace and of the new (L75, L80)")
    {
        system_of_test *sys = web(1);
        IS_NEAR(cut_at(sys, 200), 20, 1e-9); /* 10 a second, 2 s each */
        slow(sys, 100, 5, 50);
        IS_NEAR(cut_at(sys, 101), 20, 1e-9); /* 1 s at 10 s each, and the last second at 2 s */
        IS_NEAR(cut_at(sys, 103), 30, 1e-9);
        IS_NEAR(cut_at(sys, 130), 100, 1e-9);
        IS_NEAR(cut_at(sys, 151), 100,
                1e-9); /* one second of the old pace again, nine of the slow */
        IS_NEAR(cut_at(sys, 200), 20, 1e-9);
        system_end(sys);
    }
    TEST("slowTasks: what outlasts the client's patience fails with 504, until it ends (L72, L75)")
    {
        system_of_test *sys = web(2);
        timeline_action *a = slow(sys, 100, 40, 60);
        a->select.has_count = true;
        a->select.count = 1;
        IS_NEAR(sample_at(sys, 99).requests.failed[FAILED_504], 0, 0);
        IS_NEAR(sample_at(sys, 100).requests.failed[FAILED_504], 5, 1e-9);
        IS_NEAR(sample_at(sys, 160).requests.failed[FAILED_504], 0, 0);
        system_end(sys);
    }
    TEST("slowTasks: factors of faults at work together multiply, and each ends by itself")
    {
        system_of_test *sys = web(1);
        slow(sys, 100, 2, 100);
        slow(sys, 120, 3, 20);
        IS_NEAR(cut_at(sys, 119), 40, 1e-9);
        IS_NEAR(cut_at(sys, 139), 120, 1e-9);
        IS_NEAR(cut_at(sys, 190), 40, 1e-9);
        IS_NEAR(cut_at(sys, 230), 20, 1e-9);
        system_end(sys);
    }
}

int main(void)
{
    tap_begin();
    slow_tasks();
    return tap_end();
}
