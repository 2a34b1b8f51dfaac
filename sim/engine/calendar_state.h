/* calendar_state.h - what a calendar is made of, and taking the next event, for engine.c to inline.
 *
 * Private to calendar.c, which explains the parts, and to engine.c: the call of calendar_pop is a
 * tenth of the cost of an event.
 */
#ifndef BERTH_SIM_ENGINE_CALENDAR_STATE_H
#define BERTH_SIM_ENGINE_CALENDAR_STATE_H

#include "sim/engine/arena.h"
#include "sim/engine/calendar.h"

enum {
    CALENDAR_SLOT_BITS = 24, /* in key.low, below the sequence */
    CALENDAR_DIGIT_BITS = 6,
    CALENDAR_DIGITS = 1 << CALENDAR_DIGIT_BITS,
    CALENDAR_LEVELS = 10,       /* 52 bits of time and 6 of phase */
    CALENDAR_CHUNK_KEYS = 32,   /* a power of two */
    CALENDAR_BOTTOM_SIZE = 256, /* room at its ends */
};

/* high: at_us (52 bits), phase (6). low: sequence (40), slot (24). */
typedef struct {
    uint64_t high, low;
} calendar_key;

typedef struct {
    calendar_key key; /* of the event; low = 0: the slot is free */
    engine_action *action;
    uint64_t subject; /* of a free slot: the next free one, 0 for none */
} calendar_slot;

typedef struct calendar_chunk {
    struct calendar_chunk *next;
    calendar_key keys[CALENDAR_CHUNK_KEYS];
} calendar_chunk;

typedef struct {
    calendar_chunk *first, *last;
    uint32_t taken; /* from the first chunk */
    uint32_t count;
} calendar_bucket;

struct calendar {
    uint64_t base;             /* time << 6: a key's digits with phase 0 */
    sim_time limit_us;         /* the bottom owns the times below; 0: there is no bottom */
    sim_time now_us;           /* of the last popped event */
    calendar_key *first, *end; /* of the bottom */
    uint32_t levels;           /* bit l: level l is not empty */
    uint32_t first_free, slot_count, slot_capacity;
    uint64_t sequence, popped, cancelled, dead;
    calendar_slot *slots; /* slot 0 is never used */
    calendar_chunk *spare;
    uint64_t occupied[CALENDAR_LEVELS]; /* bit d of level l: bucket (l, d) is not empty */
    calendar_key bottom[CALENDAR_BOTTOM_SIZE];
    calendar_bucket buckets[CALENDAR_LEVELS][CALENDAR_DIGITS];
    void *slot_memory;
    arena *chunks;
};

static inline sim_time calendar_time_of(calendar_key k)
{
    return (sim_time)(k.high >> CALENDAR_DIGIT_BITS);
}

static inline calendar_slot *calendar_slot_of(const calendar *c, calendar_key k)
{
    return &c->slots[k.low & CALENDAR_PENDING_MAX];
}

static inline bool calendar_is_live(const calendar *c, calendar_key k)
{
    return calendar_slot_of(c, k)->key.low == k.low;
}

static inline void calendar_free_slot(calendar *c, calendar_slot *s)
{
    s->key.low = 0;
    s->subject = c->first_free;
    c->first_free = (uint32_t)(s - c->slots);
}

static inline calendar_event calendar_event_of(const calendar_slot *s)
{
    return (calendar_event){calendar_time_of(s->key), (int)(s->key.high & PHASE_MAX), s->action,
                            s->subject};
}

/* The next key that is due, living or dead, taken out; false when there is none. */
bool calendar_next(calendar *c, sim_time end_us, calendar_key *next);

/* calendar_pop. Keys are read in halves, as they were written: reading 16 bytes that were just
 * written as twice 8 stalls the processor. */
static inline bool calendar_take(calendar *c, sim_time end_us, calendar_event *event)
{
    for (;;) {
        uint64_t low;
        if (c->first < c->end && calendar_time_of(*c->first) <= end_us) {
            low = c->first->low;
            c->first++;
        } else {
            calendar_key next;
            if (!calendar_next(c, end_us, &next)) return false;
            low = next.low;
        }
        calendar_slot *s = &c->slots[low & CALENDAR_PENDING_MAX];
        if (s->key.low == low) {
            *event = calendar_event_of(s);
            c->now_us = event->at_us;
            c->popped++;
            calendar_free_slot(c, s);
            return true;
        }
        c->dead--;
    }
}

#endif
