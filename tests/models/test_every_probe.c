/* A whole system with computed health checks against one with an event a probe: the same log.
 *
 * Deploys, faults of every kind and crashes, at times on and off the probes' grid; start-up times
 * around the thresholds, so that some tasks are replaced before they answer.
 */
#include "tests/tap.h"

#include "tests/models/system.h"

static void add_faults(system_of_test *sys, random_stream *s)
{
    double at_s = 60;
    for (int i = 0; i < 12; i++) {
        at_s += (double)random_below(s, 60) + (random_below(s, 2) ? 0.5 : 0);
        timeline_action *a;
        switch (random_below(s, 4)) {
        case 0:
            a = system_at(sys, at_s, TIMELINE_CRASH_TASKS);
            a->select.has_count = true;
            a->select.count = 1;
            break;
        case 1:
            system_deploy(sys, at_s, 0, (uint32_t)random_below(s, 2));
            break;
        default:
            a = system_at(sys, at_s, TIMELINE_FAIL_HEALTH_CHECKS);
            a->how = (health_failure)random_below(s, 3);
            a->status_code = 503;
            a->select.has_fraction = true;
            a->select.fraction = 0.5;
            a->duration_us = (sim_time)random_below(s, 30) * SIM_SECOND;
        }
    }
}

static char *log_of(uint64_t seed, bool every_probe)
{
    random_stream s = random_stream_at((random_source){.seed = seed}, random_purpose("probes"), 0);
    system_of_test *sys = system_begin();
    system_instances(sys, 4, 2048, 4096, "a", "b");
    for (int revision = 0; revision < 2; revision++) {
        const uint32_t web = system_task(sys, "web", 256, 256);
        system_container(sys, web)->behavior.startup =
            (distribution){.kind = DISTRIBUTION_UNIFORM, .a = 0, .b = 8};
    }
    service_config *service = system_service(sys, "web", 0, 5, 50, 200);
    target_group_config *group = system_target_group(sys, "web", service, 0);
    system_container(sys, 1)->port_count = 1; /* both revisions listen */
    system_container(sys, 1)->ports = system_container(sys, 0)->ports;
    group->timeout_us = group->interval_us - (random_below(&s, 2) ? 1 : 2 * SIM_SECOND);
    group->deregistration_delay_us = (sim_time)random_below(&s, 3) * 10 * SIM_SECOND;
    service->grace_period_us = (sim_time)random_below(&s, 2) * 20 * SIM_SECOND;
    system_traffic(sys, 0, 100);
    add_faults(sys, &s);
    sys->cfg.seed = seed;
    sys->options.every_probe = every_probe;
    char *log = system_run(sys, 1200);
    system_end(sys);
    return log;
}

int main(void)
{
    tap_begin();
    TEST("whole_system_logs_the_same_with_computed_checks_as_with_every_probe")
    {
        int unhealthy = 0, replaced = 0;
        for (uint64_t seed = 1; seed <= 40 && tap_test_failures == 0; seed++) {
            char *computed = log_of(seed, false), *probed = log_of(seed, true);
            if (!OK(strcmp(computed, probed) == 0)) {
                size_t i = 0;
                while (computed[i] == probed[i])
                    i++;
                printf("# seed %" PRIu64 "\n# computed:    %.200s\n# every probe: %.200s\n", seed,
                       computed + (i > 80 ? i - 80 : 0), probed + (i > 80 ? i - 80 : 0));
            }
            unhealthy += count_of(computed, "target.unhealthy");
            replaced += count_of(computed, "task.deactivating");
            free(computed);
            free(probed);
        }
        OK(unhealthy > 200);
        OK(replaced > 200);
        printf("# %d targets unhealthy, %d tasks replaced\n", unhealthy, replaced);
    }
    return tap_end();
}
