/* Goal: standalone tasks land, fail and end as E82, E87-E89 say.
 * Method: small systems worked by hand, their event logs. */
#include "tests/models/system.h"

static timeline_action *system_run_task(system_of_test *sys, double seconds, uint32_t definition,
                                        uint32_t count)
{
    timeline_action *a = system_at(sys, seconds, TIMELINE_RUN_TASK);
    a->run_task = (run_task_call){.task_definition = definition, .count = count};
    return a;
}

static cluster_sample sample_after(system_of_test *sys, double seconds)
{
    cluster_sample sample;
    model *m = model_create(&sys->cfg, 0, &sys->options);
    model_run(m, (sim_time)(seconds * 1e6), NULL);
    model_cluster_sample(m, &sample);
    model_destroy(m);
    return sample;
}

int main(void)
{
    tap_begin();
    TEST("copies that find no instance are failures, by reason of each instance (E87, E88, E89)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 2, 512, 4096, "a", NULL); /* two tasks each by CPU */
        system_instances(sys, 1, 4096, 512, "a", NULL); /* one task by memory */
        uint32_t batch = system_task(sys, "batch", 256, 300);
        system_run_task(sys, 10, batch, 8);
        char *log = system_run_only(sys, 60, "placement.failed");
        IS_STR(log,
               "10 placement.failed batch batch:1 3 {\"RESOURCE:CPU\":2,\"RESOURCE:MEMORY\":1} "
               "i-000001 RESOURCE:CPU\n");
        free(log);
        cluster_sample sample = sample_after(sys, 60);
        IS_INT(sample.placements, 5);
        IS_INT(sample.placements_failed, 3); /* with the others, all 8 copies */
        system_end(sys);
    }
    TEST("a task that ends by itself exits 0 after its run time and frees its room (E105)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 1, 256, 512, "a", NULL);
        uint32_t batch = system_task(sys, "batch", 256, 300);
        system_container(sys, batch)->behavior.has_run_time = true;
        system_container(sys, batch)->behavior.run_time = distribution_constant(20);
        system_run_task(sys, 10, batch, 1);
        system_run_task(sys, 29.5, batch, 1); /* no room yet */
        system_run_task(sys, 30.5, batch, 1);
        char *log = system_run_only(sys, 60, "task.stopped");
        IS_STR(log,
               "30 task.stopped family:batch/000001 EssentialContainerExited Essential container "
               "in task exited 0\n"
               "50.5 task.stopped family:batch/000002 EssentialContainerExited Essential "
               "container in task exited 0\n");
        free(log);
        system_end(sys);
    }
    TEST("without a strategy: random over the candidates, or the first of them (E82)")
    {
        int first = 0, others = 0;
        for (int how = 0; how < 2; how++) {
            system_of_test *sys = system_begin();
            system_instances(sys, 8, 4096, 4096, "a", NULL);
            sys->cfg.control.run_task_strategy = how ? RUN_TASK_FIRST_FIT : RUN_TASK_RANDOM;
            uint32_t batch = system_task(sys, "batch", 64, 64);
            system_run_task(sys, 1, batch, 10);
            char *log = system_run_only(sys, 2, "task.running");
            IS_INT(count_of(log, "\n"), 10);
            *(how ? &first : &others) = count_of(log, "i-000001");
            free(log);
            system_end(sys);
        }
        IS_INT(first, 10);
        OK(others < 10);
    }
    TEST("distinctInstance counts the call's group, whatever the family (E83, E95)")
    {
        system_of_test *sys = system_begin();
        system_instances(sys, 3, 4096, 4096, "a", NULL);
        uint32_t one = system_task(sys, "one", 64, 64), two = system_task(sys, "two", 64, 64);
        placement_constraint_config distinct = {.kind = CONSTRAINT_DISTINCT_INSTANCE};
        for (int i = 0; i < 3; i++) { /* one in the group, one alone, two in the group */
            timeline_action *a = system_run_task(sys, 1 + i, i == 0 ? one : two, i == 2 ? 3 : 2);
            a->run_task.group = i == 1 ? NULL : "night";
            a->run_task.constraint_count = 1;
            a->run_task.constraints = &distinct;
        }
        char *log = system_run(sys, 10);
        IS_INT(count_of(log, "1 task.running family:one"), 2);
        IS_INT(count_of(log, "2 task.running family:two"), 2);
        IS_INT(count_of(log, "3 task.running family:two"), 1);
        OK(strstr(log, "3 placement.failed two two:1 2 {\"MemberOf placement constraint "
                       "unsatisfied.\":3}"));
        free(log);
        system_end(sys);
    }
    return tap_end();
}
