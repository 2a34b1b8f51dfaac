/* Goal: a container's health computed from how it answers is what simulating every probe gives (E34, E35).
 * Method: random checks and random changes of the answer; a plain loop that sends each probe and applies its verdict
 * when it lands is the oracle; both must change status at the same instants. */
#include "models/ecs/container_health.h"
#include "sim/engine/random.h"
#include "tests/tap.h"

typedef struct {
    sim_time at_us;
    probe_outcome outcome;
} change;

typedef struct {
    sim_time at_us;
    health_status status;
} transition;

enum { CHANGES = 12, TRANSITIONS = 200 };

/* Each probe on its own: sent at start + i * interval, landing at once or after the timeout. */
static int simulate(const container_health_check *check, const change *changes, int n, sim_time end,
                    transition *out)
{
    int count = 0;
    uint32_t failures = 0;
    bool protected_over = false;
    health_status status = HEALTH_UNKNOWN;
    sim_time late_at = SIM_NEVER; /* a threshold reached by a hanging probe, not landed yet */
    for (int64_t probe = 1; probe * check->interval_us <= end; probe++) {
        sim_time at = probe * check->interval_us;
        if (late_at < at) {
            if (status != HEALTH_UNHEALTHY)
                out[count++] = (transition){late_at, status = HEALTH_UNHEALTHY};
            late_at = SIM_NEVER;
        }
        probe_outcome outcome = changes[0].outcome;
        for (int i = 1; i < n && changes[i].at_us <= at; i++)
            outcome = changes[i].outcome;
        if (outcome == PROBE_PASSES) {
            failures = 0;
            protected_over = true;
            if (status != HEALTH_HEALTHY && late_at == SIM_NEVER)
                out[count++] = (transition){at, status = HEALTH_HEALTHY};
            continue;
        }
        if (!protected_over && at <= check->start_period_us) continue;
        if (failures < check->retries && ++failures == check->retries &&
            status != HEALTH_UNHEALTHY) {
            if (outcome == PROBE_HANGS)
                late_at = at + check->timeout_us;
            else
                out[count++] = (transition){at, status = HEALTH_UNHEALTHY};
        }
    }
    if (late_at <= end && status != HEALTH_UNHEALTHY)
        out[count++] = (transition){late_at, HEALTH_UNHEALTHY};
    return count;
}

static int compute(const container_health_check *check, const change *changes, int n, sim_time end,
                   transition *out)
{
    int count = 0, next = 1;
    container_health h;
    container_health_start(&h, 0, changes[0].outcome);
    for (;;) {
        health_status to;
        sim_time due = container_health_due(&h, check, &to);
        sim_time changes_at = next < n ? changes[next].at_us : SIM_NEVER;
        if (due > end && changes_at > end) return count;
        if (changes_at <= due) { /* ends of durations precede verdicts (A111) */
            container_health_change(&h, check, changes_at, false, changes[next++].outcome);
        } else {
            container_health_land(&h, check, due);
            out[count++] = (transition){due, h.status};
        }
    }
}

static random_stream stream;

static container_health_check random_check(void)
{
    return (container_health_check){
        .interval_us = (sim_time)(5 + random_below(&stream, 20)) * SIM_SECOND,
        .timeout_us = (sim_time)(2 + random_below(&stream, 4)) * SIM_SECOND,
        .start_period_us =
            random_below(&stream, 2) ? (sim_time)random_below(&stream, 120) * SIM_SECOND : 0,
        .retries = 1 + (uint32_t)random_below(&stream, 5),
    };
}

int main(void)
{
    tap_begin();
    stream =
        random_stream_at((random_source){.seed = 20261121}, random_purpose("container health"), 0);
    TEST("computed transitions are those of every probe simulated, 20,000 random histories")
    {
        for (int round = 0; round < 20000; round++) {
            container_health_check check = random_check();
            change changes[CHANGES];
            int n = 1 + (int)random_below(&stream, CHANGES);
            sim_time at = 0;
            for (int i = 0; i < n; i++) {
                changes[i] = (change){at, (probe_outcome)random_below(&stream, 3)};
                at += 1 + (sim_time)random_below(&stream, 40) *
                              SIM_SECOND; /* often on a probe's instant */
                if (random_below(&stream, 2)) at -= at % SIM_SECOND;
                if (at <= changes[i].at_us) at = changes[i].at_us + 1;
            }
            transition want[TRANSITIONS], got[TRANSITIONS];
            int wanted = simulate(&check, changes, n, SIM_HOUR, want);
            int had = compute(&check, changes, n, SIM_HOUR, got);
            bool same = wanted == had;
            for (int i = 0; same && i < had; i++)
                same = want[i].at_us == got[i].at_us && want[i].status == got[i].status;
            if (!same) {
                (void)TAP_FAIL("history %d: %d transitions, want %d", round, had, wanted);
                break;
            }
        }
    }
    TEST("startPeriod: failures at 70, 80, 90 s count, unhealthy at 90 s (example hc-startperiod)")
    {
        container_health_check check = {10 * SIM_SECOND, 5 * SIM_SECOND, 60 * SIM_SECOND, 3};
        container_health h;
        health_status to;
        container_health_start(&h, 0, PROBE_FAILS);
        IS_INT(container_health_due(&h, &check, &to), 90 * SIM_SECOND);
        IS_INT(to, HEALTH_UNHEALTHY);
    }
    TEST("earliest unhealthy without startPeriod is retries * interval, plus timeout when hanging "
         "(E35)")
    {
        container_health_check check = {30 * SIM_SECOND, 5 * SIM_SECOND, 0, 3};
        container_health h;
        health_status to;
        container_health_start(&h, 0, PROBE_FAILS);
        IS_INT(container_health_due(&h, &check, &to), 90 * SIM_SECOND);
        container_health_start(&h, 0, PROBE_HANGS);
        IS_INT(container_health_due(&h, &check, &to), 95 * SIM_SECOND);
    }
    TEST("with a timeout beyond the interval the first hanging probe that counts decides")
    {
        container_health_check check = {5 * SIM_SECOND, 60 * SIM_SECOND, 0, 1};
        container_health h;
        health_status to;
        container_health_start(&h, 0, PROBE_PASSES);
        container_health_land(&h, &check, 5 * SIM_SECOND);
        container_health_change(&h, &check, 12 * SIM_SECOND, false, PROBE_HANGS);
        container_health_change(&h, &check, 32 * SIM_SECOND, false, PROBE_PASSES);
        IS_INT(container_health_due(&h, &check, &to), 75 * SIM_SECOND); /* sent at 15 s */
        IS_INT(to, HEALTH_UNHEALTHY);
    }
    return tap_end();
}
