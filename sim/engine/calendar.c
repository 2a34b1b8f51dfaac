/* calendar.c - a binary heap with cancellation by slot; see calendar.h. */
#include "sim/engine/calendar.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <stdlib.h>

/* high: at_us (52 bits), phase (6), sequence's upper 6 bits. low: sequence's lower 38, slot (26).
 */
typedef struct {
    uint64_t high, low;
} key;

typedef struct {
    key key; /* low = 0: free */
    engine_action *action;
    uint64_t subject; /* of a free slot: the next free one */
} slot;

enum { SLOT_BITS = 26, LOW_BITS = 38, PHASE_SHIFT = 6, TIME_SHIFT = 12 };

struct calendar {
    key *heap;
    slot *slots; /* slot 0 is never used */
    uint64_t sequence, count;
    uint32_t heap_count, heap_capacity, slot_count, slot_capacity, first_free;
};

calendar *calendar_create(void)
{
    calendar *c = memory_alloc(1, sizeof *c);
    c->slot_count = 1;
    return c;
}

void calendar_destroy(calendar *c)
{
    if (c == NULL) return;
    free(c->heap);
    free(c->slots);
    free(c);
}

static bool earlier(key a, key b)
{
    return a.high < b.high || (a.high == b.high && a.low < b.low);
}

static uint32_t slot_of(key k)
{
    return (uint32_t)(k.low & CALENDAR_PENDING_MAX);
}

static bool is_live(const calendar *c, key k)
{
    const slot *s = &c->slots[slot_of(k)];
    return s->key.low == k.low && s->key.high == k.high;
}

static uint32_t take_slot(calendar *c)
{
    uint32_t index = c->first_free;
    if (index != 0) {
        c->first_free = (uint32_t)c->slots[index].subject;
        return index;
    }
    if (c->slot_count >= c->slot_capacity) {
        CHECK(c->slot_count <= CALENDAR_PENDING_MAX / 2);
        c->slot_capacity = c->slot_capacity == 0 ? 64 : c->slot_capacity * 2;
        c->slots = memory_resize(c->slots, c->slot_capacity, sizeof *c->slots);
        c->slots[0] = (slot){.subject = 0};
    }
    return c->slot_count++;
}

static void free_slot(calendar *c, uint32_t index)
{
    c->slots[index] = (slot){.subject = c->first_free};
    c->first_free = index;
    c->count--;
}

event_handle calendar_push(calendar *c, sim_time at_us, int phase, engine_action *action,
                           uint64_t subject)
{
    CHECK(at_us >= 0 && at_us <= CALENDAR_AT_MAX);
    CHECK(phase >= 0 && phase <= PHASE_MAX);
    uint32_t index = take_slot(c);
    uint64_t sequence = ++c->sequence;
    key k = {(uint64_t)at_us << TIME_SHIFT | (uint64_t)phase << PHASE_SHIFT | sequence >> LOW_BITS,
             sequence << SLOT_BITS | index};
    c->slots[index] = (slot){k, action, subject};
    if (c->heap_count == c->heap_capacity) {
        c->heap_capacity = c->heap_capacity == 0 ? 64 : c->heap_capacity * 2;
        c->heap = memory_resize(c->heap, c->heap_capacity, sizeof *c->heap);
    }
    uint32_t i = c->heap_count++;
    for (; i > 0 && earlier(k, c->heap[(i - 1) / 2]); i = (i - 1) / 2)
        c->heap[i] = c->heap[(i - 1) / 2];
    c->heap[i] = k;
    c->count++;
    return (event_handle){index, (uint32_t)sequence};
}

static void drop_first(calendar *c)
{
    key last = c->heap[--c->heap_count];
    uint32_t i = 0;
    for (uint32_t child; (child = 2 * i + 1) < c->heap_count; i = child) {
        if (child + 1 < c->heap_count && earlier(c->heap[child + 1], c->heap[child])) child++;
        if (!earlier(c->heap[child], last)) break;
        c->heap[i] = c->heap[child];
    }
    if (c->heap_count > 0) c->heap[i] = last;
}

static bool holds(const calendar *c, event_handle handle)
{
    return handle.slot > 0 && handle.slot < c->slot_count && c->slots[handle.slot].key.low != 0 &&
           (uint32_t)(c->slots[handle.slot].key.low >> SLOT_BITS) == handle.generation;
}

bool calendar_cancel(calendar *c, event_handle handle)
{
    if (!holds(c, handle)) return false;
    free_slot(c, handle.slot);
    return true;
}

static calendar_event event_of(const slot *s)
{
    return (calendar_event){(sim_time)(s->key.high >> TIME_SHIFT),
                            (int)(s->key.high >> PHASE_SHIFT) & PHASE_MAX, s->action, s->subject};
}

bool calendar_pop(calendar *c, sim_time end_us, calendar_event *event)
{
    while (c->heap_count > 0 && !is_live(c, c->heap[0]))
        drop_first(c);
    if (c->heap_count == 0 || (sim_time)(c->heap[0].high >> TIME_SHIFT) > end_us) return false;
    uint32_t index = slot_of(c->heap[0]);
    *event = event_of(&c->slots[index]);
    drop_first(c);
    free_slot(c, index);
    return true;
}

bool calendar_get(const calendar *c, event_handle handle, calendar_event *event)
{
    if (!holds(c, handle)) return false;
    *event = event_of(&c->slots[handle.slot]);
    return true;
}

uint64_t calendar_count(const calendar *c)
{
    return c->count;
}
