/* test_engine.c - the clock, the order of an instant, stopping, handles, and no allocation once
 * warm. */
#include "sim/engine/engine.h"
#include "sim/engine/random.h"
#include "tests/engine/allocations.h"
#include "tests/tap.h"

enum { LOG_MAX = 64 };

typedef struct {
    uint64_t subjects[LOG_MAX];
    sim_time at_us[LOG_MAX];
    int phases[LOG_MAX];
    int count;
    volatile int stop;
    event_handle other;
} event_log;

static void note(engine *eng, void *context, uint64_t subject)
{
    event_log *log = context;
    log->subjects[log->count] = subject;
    log->at_us[log->count] = engine_now(eng);
    log->phases[log->count++] = engine_phase(eng);
}

/* Notes itself and schedules into an earlier and a later phase of the present instant. */
static void go_back(engine *eng, void *context, uint64_t subject)
{
    note(eng, context, subject);
    engine_schedule(eng, engine_now(eng), 12, note, subject + 3);
    engine_schedule(eng, engine_now(eng), 4, note, subject + 1);
    engine_schedule(eng, engine_now(eng), 2, note, subject + 2);
}

static void note_reached(engine *eng, void *context, uint64_t subject)
{
    note(eng, context, subject + (uint64_t)engine_phase_reached(eng));
}

static void raise_stop(engine *eng, void *context, uint64_t subject)
{
    event_log *log = context;
    note(eng, context, subject);
    log->stop = 1;
    engine_schedule(eng, engine_now(eng), 0, note, subject + 1);
}

static void cancel_other(engine *eng, void *context, uint64_t subject)
{
    event_log *log = context;
    note(eng, context, subject);
    engine_cancel(eng, &log->other);
}

static void is_log(const event_log *log, int count, const uint64_t *want)
{
    if (!IS_INT(log->count, count)) return;
    for (int i = 0; i < count; i++)
        IS_INT(log->subjects[i], want[i]);
}

#define IS_LOG(log, ...)                                                                           \
    is_log(&(log), (int)(sizeof((uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t)),                    \
           (uint64_t[]){__VA_ARGS__})

/* ---- a storm that lasts ---- */

typedef struct {
    random_stream stream;
    event_handle timers[256];
    uint64_t fired;
} storm;

static void churn(engine *eng, void *context, uint64_t subject)
{
    storm *s = context;
    distribution increment = {.kind = DISTRIBUTION_LOGNORMAL, .a = 1, .b = 3};
    sim_time at_us = engine_now(eng) + distribution_draw_us(&increment, &s->stream);
    s->fired++;
    s->timers[subject] = engine_schedule(eng, at_us, (int)(s->fired % 14), churn, subject);
    uint64_t other = random_below(&s->stream, 256);
    at_us = engine_now(eng) + (sim_time)random_below(&s->stream, 3600) * SIM_SECOND;
    engine_reschedule(eng, &s->timers[other], at_us, 3);
}

int main(void)
{
    tap_begin();
    TEST("events fire by time, then phase, then order of scheduling")
    {
        event_log log = {.count = 0};
        engine *eng = engine_create(&log);
        engine_schedule(eng, 20, 0, note, 5);
        engine_schedule(eng, 10, 3, note, 3);
        engine_schedule(eng, 10, 1, note, 1);
        engine_schedule(eng, 10, 3, note, 4);
        engine_schedule(eng, 10, 1, note, 2);
        IS_INT(engine_pending_count(eng), 5);
        IS_INT(engine_phase(eng), -1);
        OK(engine_run_until(eng, 15, NULL));
        IS_LOG(log, 1, 2, 3, 4);
        IS_INT(log.phases[0], 1);
        IS_INT(log.phases[3], 3);
        IS_INT(log.at_us[3], 10);
        IS_INT(engine_now(eng), 15);
        IS_INT(engine_phase(eng), -1);
        IS_INT(engine_event_count(eng), 4);
        OK(engine_run_until(eng, 20, NULL));
        IS_LOG(log, 1, 2, 3, 4, 5);
        IS_INT(engine_pending_count(eng), 0);
        engine_destroy(eng);
        engine_destroy(NULL);
    }

    TEST("what is due at the end of a run happens; an event may be scheduled for the present")
    {
        event_log log = {.count = 0};
        engine *eng = engine_create(&log);
        engine_run_until(eng, 100, NULL);
        engine_schedule(eng, 100, 0, note, 1);
        engine_schedule(eng, 101, 0, note, 2);
        engine_run_until(eng, 100, NULL);
        IS_LOG(log, 1);
        engine_destroy(eng);
    }

    TEST("an event scheduled into an earlier phase of the present instant fires next (A111)")
    {
        event_log log = {.count = 0};
        engine *eng = engine_create(&log);
        engine_schedule(eng, 1000, 11, go_back, 10);
        engine_schedule(eng, 1000, 11, note, 20);
        engine_schedule(eng, 1000, 13, note, 30);
        engine_schedule(eng, 1001, 0, note, 40);
        engine_run_until(eng, SIM_DAY, NULL);
        IS_LOG(log, 10, 12, 11, 20, 13, 30, 40);
        IS_INT(log.phases[1], 2);
        IS_INT(log.phases[3], 11);
        engine_destroy(eng);
    }

    TEST("the highest phase that fired in the instant is known though phases go back (A111)")
    {
        event_log log = {.count = 0};
        engine *eng = engine_create(&log);
        engine_schedule(eng, 1000, 3, note_reached, 0);
        engine_schedule(eng, 1000, 11, go_back, 10);
        engine_schedule(eng, 1000, 11, note_reached, 0);
        engine_schedule(eng, 1001, 1, note_reached, 0);
        engine_run_until(eng, SIM_SECOND, NULL);
        IS_LOG(log, 3, 10, 12, 11, 11, 13, 1);
        IS_INT(engine_phase_reached(eng), PHASE_MAX);
        engine_destroy(eng);
    }

    TEST("a run stops between two instants, the present one finished, and can go on")
    {
        event_log log = {.count = 0};
        engine *eng = engine_create(&log);
        engine_schedule(eng, 5, 7, raise_stop, 1);
        engine_schedule(eng, 5, 9, note, 3);
        engine_schedule(eng, 6, 0, note, 4);
        OK(!engine_run_until(eng, SIM_DAY, &log.stop));
        IS_LOG(log, 1, 2, 3);
        IS_INT(engine_now(eng), 5);
        OK(!engine_run_until(eng, SIM_DAY, &log.stop));
        IS_INT(log.count, 3);
        log.stop = 0;
        OK(engine_run_until(eng, SIM_DAY, &log.stop));
        IS_LOG(log, 1, 2, 3, 4);
        IS_INT(engine_now(eng), SIM_DAY);
        engine_destroy(eng);
    }

    TEST("a cancelled event never fires; a stale handle cancels nothing")
    {
        event_log log = {.count = 0};
        engine *eng = engine_create(&log);
        log.other = engine_schedule(eng, 5, 1, note, 2);
        event_handle copy = log.other;
        engine_schedule(eng, 5, 0, cancel_other, 1);
        OK(engine_pending(eng, copy));
        IS_INT(engine_due(eng, copy), 5);
        engine_run_until(eng, 10, NULL);
        IS_LOG(log, 1);
        IS_INT(log.other.slot, 0);
        OK(!engine_pending(eng, copy));
        IS_INT(engine_due(eng, copy), SIM_NEVER);
        OK(!engine_cancel(eng, &copy));
        IS_INT(copy.slot, 0);
        OK(!engine_cancel(eng, &copy));
        engine_destroy(eng);
    }

    TEST("a rescheduled event keeps what it is and takes a new place in the order")
    {
        event_log log = {.count = 0};
        engine *eng = engine_create(&log);
        event_handle first = engine_schedule(eng, 5, 1, note, 1);
        engine_schedule(eng, 9, 1, note, 2);
        event_handle old = first;
        engine_reschedule(eng, &first, 9, 1);
        OK(!engine_pending(eng, old));
        IS_INT(engine_due(eng, first), 9);
        IS_INT(engine_pending_count(eng), 2);
        engine_run_until(eng, 10, NULL);
        IS_LOG(log, 2, 1);
        engine_destroy(eng);
    }

    TEST("nothing is allocated once the engine is warm, cancellations included")
    {
        storm s = {.stream = random_stream_at((random_source){.seed = 7}, 1, 1)};
        engine *eng = engine_create(&s);
        for (uint64_t i = 0; i < 256; i++)
            s.timers[i] = engine_schedule(eng, (sim_time)i, 0, churn, i);
        OK(allocation_count > 0);
        engine_run_until(eng, 2 * SIM_DAY, NULL);
        uint64_t warm = allocation_count, fired = s.fired;
        engine_run_until(eng, 4 * SIM_DAY, NULL);
        IS_INT(allocation_count, warm);
        OK(s.fired > fired + 10000);
        IS_INT(engine_pending_count(eng), 256);
        engine_destroy(eng);
    }
    return tap_end();
}
