/* Goal: standalone tasks arrive when the scenario says, each draw from its own stream.
 * Method: small systems worked by hand, their event logs; a long run against the mean it must have. */
#include "tests/models/system.h"

static arrival_config sources[4];

static arrival_config *add_source(system_of_test *sys, const char *name, uint32_t definition)
{
    sys->cfg.arrivals = sources;
    arrival_config *a = &sources[sys->cfg.arrival_count++];
    *a = (arrival_config){.name = name,
                          .call = {.task_definition = definition, .count = 1},
                          .every = distribution_constant(60),
                          .until_us = SIM_RUN_MAX,
                          .limit = UINT64_MAX};
    return a;
}

static system_of_test *one_big_instance(uint32_t *batch)
{
    system_of_test *sys = system_begin();
    system_instances(sys, 1, 1000000, 1000000, "a", NULL);
    *batch = system_task(sys, "batch", 64, 64);
    return sys;
}

int main(void)
{
    tap_begin();
    TEST("the first call is one interval after `from`; none is after `until` or beyond `limit`")
    {
        uint32_t batch;
        system_of_test *sys = one_big_instance(&batch);
        arrival_config *a = add_source(sys, "batch", batch);
        a->call.count = 2;
        a->from_us = 30 * SIM_SECOND;
        a->until_us = 210 * SIM_SECOND;
        char *log = system_run_only(sys, 1000, "task.pending");
        IS_INT(count_of(log, "\n90 task.pending") + count_of(log, "\n150 ") +
                   count_of(log, "\n210 "),
               5); /* the first line has no end before it */
        IS_INT(count_of(log, "task.pending"), 6);
        OK(strncmp(log, "90 task.pending family:batch/000001", 35) == 0);
        free(log);
        a->limit = 2;
        log = system_run_only(sys, 1000, "task.pending");
        IS_INT(count_of(log, "task.pending"), 4);
        free(log);
        system_end(sys);
    }
    TEST("intervals have their mean, and another source or a refusal changes none of them")
    {
        uint32_t batch;
        system_of_test *sys = one_big_instance(&batch);
        arrival_config *a = add_source(sys, "batch", batch);
        a->every = (distribution){.kind = DISTRIBUTION_EXPONENTIAL, .a = 10};
        sys->options.check_invariants = false;
        char *log = system_run_only(sys, 30000, "task.pending"), *with;
        int calls = count_of(log, "task.pending"); /* Poisson, mean 3000: five sigma are 274 */
        OK(calls > 2726 && calls < 3274);
        uint32_t huge = system_task(sys, "huge", 2000000, 64);
        add_source(sys, "huge", huge);
        with = system_run_only(sys, 30000, "task.pending");
        IS_STR(with, log);
        free(log);
        free(with);
        system_end(sys);
    }
    TEST("an interval that rounds to nothing is a microsecond")
    {
        uint32_t batch;
        system_of_test *sys = one_big_instance(&batch);
        add_source(sys, "batch", batch)->every = distribution_constant(1e-9);
        char *log = system_run_only(sys, 0.000005, "task.pending");
        IS_INT(count_of(log, "task.pending"), 5);
        free(log);
        system_end(sys);
    }
    TEST("a trace: rows of one instant in file order, its run times, calls of at most ten (E87)")
    {
        uint32_t batch;
        system_of_test *sys = one_big_instance(&batch);
        uint32_t large = system_task(sys, "large", 999000, 64);
        system_container(sys, batch)->behavior.has_run_time = true;
        system_container(sys, batch)->behavior.run_time = distribution_constant(500);
        arrival_row rows[] = {
            {10 * SIM_SECOND, 20 * SIM_SECOND, batch, 1},
            {40 * SIM_SECOND, SIM_NEVER, large, 1},
            {40 * SIM_SECOND, SIM_NEVER, batch, 25}, /* room for 15 */
            {50 * SIM_SECOND, 0, batch, 0},
        };
        arrival_config *a = add_source(sys, "trace", NO_INDEX);
        a->is_trace = true;
        a->rows = rows;
        a->row_count = 4;
        char *log = system_run(sys, 600);
        OK(strstr(log, "10 task.running family:batch/000001"));
        OK(strstr(log, "30 task.stopped family:batch/000001 EssentialContainerExited Essential "
                       "container in task exited 0"));
        IS_INT(count_of(log, "\n40 task.running family:batch"), 15);
        OK(strstr(log, "40 placement.failed batch batch:1 5 {\"RESOURCE:CPU\":1}"));
        IS_INT(count_of(log, "40 placement.failed"), 2); /* the second call's rest, the third */
        IS_INT(count_of(log, "\n540 task.stopped family:batch"), 15);
        free(log);
        system_end(sys);
    }
    return tap_end();
}
