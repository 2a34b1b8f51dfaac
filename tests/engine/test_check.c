/* test_check.c - what a failed CHECK or INVARIANT prints, and when they do nothing. */
#undef BERTH_INVARIANTS
#define BERTH_INVARIANTS 1
#include "sim/engine/check.h"
#include "sim/engine/engine.h"
#include "sim/engine/error.h"
#include "tests/engine/child.h"
#include "tests/engine/without_invariants.h"
#include "tests/tap.h"

static void nothing(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    (void)context;
    (void)subject;
}

static void fail_check(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    (void)context;
    CHECK(subject == 4);
}

static void fail_invariant(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    (void)context;
    INVARIANT(subject == 4);
}

static void run_to(engine_action *action)
{
    engine *eng = engine_create(NULL);
    engine_schedule(eng, 1, 0, nothing, 0);
    engine_schedule(eng, 2, 0, nothing, 0);
    engine_schedule(eng, 12 * SIM_SECOND + 345678, 0, action, 5);
    engine_run_until(eng, SIM_DAY, NULL);
    engine_destroy(eng);
}

static void check_inside(void)
{
    run_to(fail_check);
}

static void invariant_inside(void)
{
    run_to(fail_invariant);
}

static void check_after(void)
{
    run_to(nothing);
    CHECK(1 == 2);
}

static void schedule_into_the_past(void)
{
    engine *eng = engine_create(NULL);
    engine_run_until(eng, SIM_SECOND, NULL);
    engine_schedule(eng, SIM_SECOND - 1, 0, nothing, 0);
}

static void schedule_what_never_happens(void)
{
    engine_schedule(engine_create(NULL), SIM_NEVER, 0, nothing, 0);
}

static void schedule_beyond_the_phases(void)
{
    engine_schedule(engine_create(NULL), 0, PHASE_MAX + 1, nothing, 0);
}

static void reschedule_nothing(void)
{
    event_handle none = EVENT_NONE;
    engine_reschedule(engine_create(NULL), &none, 1, 0);
}

int main(void)
{
    tap_begin();
    TEST("a failed CHECK names condition, place, simulated time and event number, and aborts")
    {
        child_result got = child_run(check_inside);
        OK(got.aborted);
        OK(strstr(got.message, "CHECK failed: subject == 4 (") != NULL);
        OK(strstr(got.message, "test_check.c:") != NULL);
        OK(strstr(got.message, "at simulated time 12.345678 s, event 3\n") != NULL);
    }

    TEST("a failed INVARIANT does the same where invariants are compiled in")
    {
        child_result got = child_run(invariant_inside);
        OK(got.aborted);
        OK(strstr(got.message, "INVARIANT failed: subject == 4 (") != NULL);
        OK(strstr(got.message, "at simulated time 12.345678 s, event 3\n") != NULL);
    }

    TEST("elsewhere an INVARIANT evaluates nothing")
    {
        IS_INT(invariant_evaluations_without(), 0);
    }

    TEST("after a run, a failed CHECK knows no time")
    {
        child_result got = child_run(check_after);
        OK(got.aborted);
        OK(strstr(got.message, "outside of a run\n") != NULL);
    }

    TEST("scheduling into the past, never, or beyond the phases is a bug")
    {
        OK(child_run(schedule_into_the_past).aborted);
        OK(child_run(schedule_what_never_happens).aborted);
        OK(child_run(schedule_beyond_the_phases).aborted);
        OK(child_run(reschedule_nothing).aborted);
    }

    TEST("the first error told is the one that is kept")
    {
        sim_error err = {.line = 0};
        OK(!error_set(&err, "expected %d..%d", 0, 100));
        OK(!error_set(&err, "another"));
        IS_STR(err.text, "expected 0..100");
        OK(!error_set(NULL, "nobody asks"));
    }
    return tap_end();
}
