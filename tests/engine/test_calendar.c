/* test_calendar.c - the future event list against a binary heap.
 *
 * Method: random storms of pushes, pops with and without an end, cancellations and reschedulings go
 * to the calendar and to a heap of complete keys; every event that comes out must be the same. The
 * laws of the increments are chosen to reach every path: ties, wide and mixed time scales, bursts
 * at one instant, phases that go back within an instant (A111).
 */
#include "sim/engine/arena.h"
#include "sim/engine/calendar.h"
#include "sim/engine/random.h"
#include "tests/tap.h"

/* ---- the oracle ---- */

typedef struct {
    sim_time at_us;
    int phase;
    uint64_t sequence, id;
} oracle_event;

typedef struct {
    oracle_event *events; /* a binary heap */
    bool *cancelled;      /* by id */
    size_t count;
} oracle;

static bool before(const oracle_event *a, const oracle_event *b)
{
    if (a->at_us != b->at_us) return a->at_us < b->at_us;
    return a->phase != b->phase ? a->phase < b->phase : a->sequence < b->sequence;
}

static void oracle_push(oracle *o, oracle_event e)
{
    size_t i = o->count++;
    for (; i > 0 && before(&e, &o->events[(i - 1) / 2]); i = (i - 1) / 2)
        o->events[i] = o->events[(i - 1) / 2];
    o->events[i] = e;
}

static void oracle_drop(oracle *o)
{
    oracle_event last = o->events[--o->count];
    size_t i = 0;
    for (size_t child; (child = 2 * i + 1) < o->count; i = child) {
        if (child + 1 < o->count && before(&o->events[child + 1], &o->events[child])) child++;
        if (!before(&o->events[child], &last)) break;
        o->events[i] = o->events[child];
    }
    o->events[i] = last;
}

static bool oracle_pop(oracle *o, sim_time end_us, oracle_event *e)
{
    while (o->count > 0 && o->cancelled[o->events[0].id])
        oracle_drop(o);
    if (o->count == 0 || o->events[0].at_us > end_us) return false;
    *e = o->events[0];
    oracle_drop(o);
    return true;
}

/* ---- the storm ---- */

enum { STEPS = 200000 };

typedef enum { EXPONENTIAL, BIMODAL, GRID, TINY, BURSTS, POWERS, LAWS } law;

static const char *const law_names[LAWS] = {
    [EXPONENTIAL] = "exponential increments", [BIMODAL] = "bimodal increments",
    [GRID] = "increments on a coarse grid",   [TINY] = "increments of 0 to 3 us",
    [BURSTS] = "bursts at one instant",       [POWERS] = "increments around powers of two",
};

static sim_time increment(law l, random_stream *s)
{
    distribution second = {.kind = DISTRIBUTION_EXPONENTIAL, .a = 1};
    switch (l) {
    case EXPONENTIAL:
        return distribution_draw_us(&second, s);
    case BIMODAL:
        second.a = random_below(s, 10) == 0 ? 3600 : 0.0005;
        return distribution_draw_us(&second, s);
    case GRID:
        return (sim_time)random_below(s, 10) * 5 * SIM_SECOND;
    case TINY:
        return (sim_time)random_below(s, 4);
    case BURSTS:
        return random_below(s, 400) == 0 ? SIM_MINUTE : 0;
    case POWERS:
        return (INT64_C(1) << random_below(s, 44)) - 1 + (sim_time)random_below(s, 3);
    case LAWS:
        break;
    }
    return 0;
}

typedef struct {
    calendar *calendar;
    oracle oracle;
    random_stream stream;
    event_handle *handles; /* by id */
    size_t ids;
    sim_time now_us;
    law law;
    bool same; /* so far */
} storm;

static void push(storm *t)
{
    uint64_t id = t->ids++;
    int phase = (int)random_below(&t->stream, PHASE_MAX + 1);
    if (random_below(&t->stream, 2) == 0) phase = 5;
    sim_time at_us = t->now_us + increment(t->law, &t->stream);
    if (at_us > CALENDAR_AT_MAX) at_us = CALENDAR_AT_MAX;
    t->handles[id] = calendar_push(t->calendar, at_us, phase, NULL, id);
    oracle_push(&t->oracle, (oracle_event){at_us, phase, id, id});
}

static bool cancel(storm *t)
{
    if (t->ids == 0) return false;
    uint64_t back = random_below(&t->stream, t->ids < 3000 ? t->ids : 3000);
    uint64_t id = t->ids - 1 - back;
    calendar_event event;
    bool pending = calendar_get(t->calendar, t->handles[id], &event);
    if (pending && event.subject != id) t->same = false;
    if (calendar_cancel(t->calendar, t->handles[id]) != pending) t->same = false;
    if (calendar_cancel(t->calendar, t->handles[id])) t->same = false;
    if (pending) t->oracle.cancelled[id] = true;
    return pending;
}

static bool pop(storm *t, sim_time end_us)
{
    calendar_event got = {0};
    oracle_event want = {0};
    bool is = calendar_pop(t->calendar, end_us, &got);
    bool should = oracle_pop(&t->oracle, end_us, &want);
    if (is != should) t->same = false;
    if (is && (got.at_us != want.at_us || got.phase != want.phase || got.subject != want.id))
        t->same = false;
    if (is) {
        t->now_us = got.at_us;
    } else if (end_us < CALENDAR_AT_MAX) {
        t->now_us = end_us;
    }
    return is;
}

static void step(storm *t, uint64_t push_pct)
{
    uint64_t dice = random_below(&t->stream, 100);
    if (dice < push_pct) {
        push(t);
    } else if (dice < push_pct + 15) {
        if (cancel(t) && random_below(&t->stream, 2) == 0) push(t);
    } else if (dice < push_pct + 20) {
        pop(t, t->now_us + increment(t->law, &t->stream) / 8);
    } else {
        pop(t, CALENDAR_AT_MAX);
    }
}

/* Fills, holds and empties; the number of pending events goes from 0 to thousands and back. */
static bool run_storm(law l, uint32_t seed)
{
    storm t = {
        .calendar = calendar_create(),
        .stream = random_stream_at((random_source){.seed = seed}, random_purpose("storm"), l),
        .oracle = {memory_alloc(2 * STEPS, sizeof(oracle_event)), memory_alloc(2 * STEPS, 1), 0},
        .handles = memory_alloc(2 * STEPS, sizeof(event_handle)),
        .law = l,
        .same = true,
    };
    static const uint64_t push_pct[] = {55, 40, 30, 60, 42, 10};
    for (int i = 0; i < STEPS && t.same && t.now_us < CALENDAR_AT_MAX; i++)
        step(&t, push_pct[(size_t)i * 6 / STEPS]);
    while (pop(&t, CALENDAR_AT_MAX) && t.same)
        ;
    IS_INT(calendar_count(t.calendar), 0);
    calendar_destroy(t.calendar);
    free(t.oracle.events);
    free(t.oracle.cancelled);
    free(t.handles);
    return t.same;
}

static sim_time popped_at(calendar *c, sim_time end_us)
{
    calendar_event event;
    return calendar_pop(c, end_us, &event) ? event.at_us : SIM_NEVER;
}

int main(void)
{
    tap_begin();
    for (law l = 0; l < LAWS; l++)
        for (uint32_t seed = 1; seed <= 3; seed++)
            TEST(law_names[l])
            {
                if (!OK(run_storm(l, seed))) printf("# seed %u\n", seed);
            }

    TEST("a lower phase of the present instant fires next (A111)")
    {
        calendar *c = calendar_create();
        calendar_event event;
        for (uint64_t i = 0; i < 200; i++)
            calendar_push(c, 1000, 7, NULL, i);
        OK(calendar_pop(c, SIM_DAY, &event));
        calendar_push(c, 1000, 2, NULL, 1000);
        OK(calendar_pop(c, SIM_DAY, &event));
        IS_INT(event.phase, 2);
        IS_INT(event.subject, 1000);
        for (uint64_t i = 1; i < 200; i++) {
            OK(calendar_pop(c, SIM_DAY, &event));
            IS_INT(event.subject, i);
        }
        calendar_destroy(c);
    }

    TEST("a search that finds nothing leaves room before what is pending")
    {
        calendar *c = calendar_create();
        for (int i = 0; i < 1000; i++)
            calendar_push(c, 10 * SIM_SECOND + i, 0, NULL, 0);
        for (sim_time end_us = 0; end_us < 10 * SIM_SECOND; end_us += SIM_SECOND / 10) {
            IS_INT(popped_at(c, end_us), SIM_NEVER);
            calendar_push(c, end_us + 1, 3, NULL, 0);
            calendar_push(c, end_us, 3, NULL, 0);
            IS_INT(popped_at(c, end_us), end_us);
            IS_INT(popped_at(c, end_us + 1), end_us + 1);
        }
        IS_INT(calendar_count(c), 1000);
        calendar_destroy(c);
    }

    TEST("cancelled events ahead do not move the time of what may be pushed")
    {
        calendar *c = calendar_create();
        event_handle cancelled[100];
        for (int i = 0; i < 100; i++)
            cancelled[i] = calendar_push(c, SIM_SECOND + i, 0, NULL, 0);
        calendar_push(c, SIM_DAY, 0, NULL, 0);
        for (int i = 0; i < 100; i++)
            OK(calendar_cancel(c, cancelled[i]));
        IS_INT(popped_at(c, 0), SIM_NEVER);
        calendar_push(c, 5, 0, NULL, 0);
        IS_INT(popped_at(c, SIM_MINUTE), 5);
        IS_INT(popped_at(c, SIM_MINUTE), SIM_NEVER);
        calendar_push(c, SIM_MINUTE, 0, NULL, 0);
        IS_INT(popped_at(c, 2 * SIM_DAY), SIM_MINUTE);
        IS_INT(popped_at(c, 2 * SIM_DAY), SIM_DAY);
        calendar_destroy(c);
    }

    TEST("the latest time and the highest phase sort as they should")
    {
        calendar *c = calendar_create();
        calendar_event event;
        calendar_push(c, CALENDAR_AT_MAX, PHASE_MAX, NULL, 2);
        calendar_push(c, CALENDAR_AT_MAX, 0, NULL, 1);
        calendar_push(c, 0, PHASE_MAX, NULL, 0);
        for (uint64_t i = 0; i < 3; i++) {
            OK(calendar_pop(c, SIM_NEVER, &event));
            IS_INT(event.subject, i);
        }
        OK(!calendar_pop(c, SIM_NEVER, &event));
        calendar_destroy(c);
    }

    TEST("a handle is stale once its event was popped or cancelled, though the slot is reused")
    {
        calendar *c = calendar_create();
        calendar_event event;
        event_handle first = calendar_push(c, 1, 0, NULL, 1);
        OK(calendar_pop(c, 1, &event));
        event_handle second = calendar_push(c, 2, 0, NULL, 2);
        IS_INT(second.slot, first.slot);
        OK(!calendar_get(c, first, &event));
        OK(!calendar_cancel(c, first));
        OK(!calendar_cancel(c, EVENT_NONE));
        OK(calendar_get(c, second, &event));
        IS_INT(event.subject, 2);
        OK(calendar_cancel(c, second));
        OK(!calendar_get(c, second, &event));
        calendar_destroy(c);
    }
    return tap_end();
}
