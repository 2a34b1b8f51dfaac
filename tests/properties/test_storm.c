/* Goal: whatever happens to a cluster, its rules hold.
 * Method: random systems (instances, sizes, services, health checks, behaviour) with random calls and faults; after every
 * event model_check proves its numbered invariants, and an observer proves what a user may rely on:
 *   (a) while a rolling deployment is in progress, no start takes the tasks that maximumPercent counts above U (E140, E142)
 *   (b) the scheduler's own stops for a deployment never take healthy tasks below L (E140, E143, E146)
 *   (c) every task that was placed ends in STOPPED exactly once, and states go forward only (E50)
 *   (d) static host ports, CPU and memory are never given twice (model_check (1), (5))
 *   (e) a container starts again in place only after a run of restartAttemptPeriod at least (E43); that a dependency is
 *       told to stop only after its dependents have exited is an invariant of task_check (E30)
 *   (g) every request of the traffic is offered to some group, and none fails twice (L47, L71)
 *   (f) the log is the same through the index and through the plain scan, and with every probe simulated
 *   (h) standalone tasks are ended by nobody but users, faults and themselves (E170), and every copy that arrives is placed
 *       or refused (E87)
 * A second test proves that a system of sound tasks is steady again once its faults are over and there is room.
 * The seed of a failing system is printed. */
#include "tests/properties/storm.h"

int main(int argc, char **argv)
{
    if (argc > 2) { /* SEED FOLDER: one system, its logs kept */
        const uint64_t seed = strtoull(argv[1], NULL, 10);
        const bool good = one_storm(seed, argv[2]), back = recovers(seed, argv[2]);
        return good && back ? 0 : 1;
    }
    uint64_t rounds = argc > 1 ? strtoull(argv[1], NULL, 10) : 400;
    tap_begin();
    TEST("random systems under random calls and faults keep every rule, four ways")
    {
        int failed = 0;
        for (uint64_t seed = 1; seed <= rounds && failed < 5; seed++)
            failed += !one_storm(seed, NULL);
        IS_INT(failed, 0);
    }
    TEST("every service is steady again once the faults are over and there is room")
    {
        int failed = 0;
        for (uint64_t seed = 1; seed <= rounds && failed < 5; seed++)
            failed += !recovers(seed, NULL);
        IS_INT(failed, 0);
    }
    return tap_end();
}
