/* engine.c - the run loop over a calendar; see engine.h. */
#include "sim/engine/engine.h"
#include "sim/engine/arena.h"
#include "sim/engine/calendar_state.h"
#include "sim/engine/check.h"
#include <stdlib.h>

struct engine {
    calendar *calendar;
    void *context;
    check_context clock; /* what CHECK prints is the clock itself */
    int phase, phase_reached;
    void (*check_each)(void *context);
};

engine *engine_create(void *context)
{
    engine *eng = memory_alloc(1, sizeof *eng);
    eng->calendar = calendar_create();
    eng->context = context;
    eng->phase = -1;
    return eng;
}

void engine_destroy(engine *eng)
{
    if (eng == NULL) return;
    calendar_destroy(eng->calendar);
    free(eng);
}

event_handle engine_schedule(engine *eng, sim_time at_us, int phase, engine_action *action,
                             uint64_t subject)
{
    CHECK(at_us >= eng->clock.now_us);
    return calendar_push(eng->calendar, at_us, phase, action, subject);
}

bool engine_cancel(engine *eng, event_handle *handle)
{
    bool pending = calendar_cancel(eng->calendar, *handle);
    *handle = EVENT_NONE;
    return pending;
}

void engine_reschedule(engine *eng, event_handle *handle, sim_time at_us, int phase)
{
    calendar_event event;
    CHECK(calendar_get(eng->calendar, *handle, &event));
    calendar_cancel(eng->calendar, *handle);
    *handle = engine_schedule(eng, at_us, phase, event.action, event.subject);
}

bool engine_pending(const engine *eng, event_handle handle)
{
    calendar_event event;
    return calendar_get(eng->calendar, handle, &event);
}

sim_time engine_due(const engine *eng, event_handle handle)
{
    calendar_event event;
    return calendar_get(eng->calendar, handle, &event) ? event.at_us : SIM_NEVER;
}

sim_time engine_now(const engine *eng)
{
    return eng->clock.now_us;
}

int engine_phase(const engine *eng)
{
    return eng->phase;
}

int engine_phase_reached(const engine *eng)
{
    return eng->phase_reached;
}

uint64_t engine_event_count(const engine *eng)
{
    return eng->clock.event_number;
}

uint64_t engine_pending_count(const engine *eng)
{
    return calendar_count(eng->calendar);
}

void engine_check_each(engine *eng, void (*check)(void *context))
{
    eng->check_each = check;
}

/* Once *stop is seen the end becomes the present instant, which is thereby finished. */
bool engine_run_until(engine *eng, sim_time end_us, const volatile int *stop)
{
    CHECK(end_us >= eng->clock.now_us && eng->phase < 0);
    if (stop != NULL && *stop != 0) return false;
    const check_context *outer = check_set_context(&eng->clock);
    bool stopped = false;
    sim_time until_us = end_us;
    for (calendar_event event; calendar_take(eng->calendar, until_us, &event);) {
        INVARIANT(event.at_us >= eng->clock.now_us);
        if (event.at_us > eng->clock.now_us || event.phase > eng->phase_reached)
            eng->phase_reached = event.phase;
        eng->clock.now_us = event.at_us;
        eng->clock.event_number++;
        eng->phase = event.phase;
        event.action(eng, eng->context, event.subject);
#ifdef BERTH_INVARIANTS
        if (eng->check_each) eng->check_each(eng->context);
#endif
        if (stop != NULL && *stop != 0) {
            stopped = true;
            until_us = eng->clock.now_us;
        }
    }
    eng->phase = -1;
    eng->phase_reached = PHASE_MAX;
    if (!stopped) eng->clock.now_us = end_us;
    check_set_context(outer);
    return !stopped;
}
