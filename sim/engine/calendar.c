/* calendar.c - a multi-level bucket queue with a sorted bottom; see calendar.h.
 *
 * Keys        A pending event is a slot (action, subject) and a 16-byte key of (time, phase,
 *             sequence) that names the slot. Cancelling frees the slot; the key stays behind, dead,
 *             and is dropped when met: a slot holds its key, and sequences never repeat, so a dead
 *             key is not its slot's. When dead keys outnumber the living by far, all are swept out.
 * Buckets     Time and phase together are read as digits of 6 bits. An event lies in the bucket
 *             (level, digit) of the highest digit in which it differs from base, a time not later
 *             than any event pending or to come. So a lower level is earlier than a higher one, and
 *             within a level a lower digit. Level 0 holds the events of the base instant, a
 *             first-in-first-out bucket a phase: a later event may have a lower phase (rule A111),
 *             and any number of simultaneous events costs the same for each.
 * Bottom      The first bucket, when small, is sorted into an array (the bottom), which then owns
 *             all times below limit; when large, base moves to its earliest key and its events move
 *             to lower levels. A bottom that outgrows BOTTOM_MAX is dealt out to the buckets again:
 *             otherwise, mixed time scales make it a long insertion sort.
 * Sequence    Keys of one instant and phase always share a bucket, are kept in order of pushing
 *             there, and are sorted stably: no comparison of sequences is needed.
 * Base        moves only when an event at or after it is about to be popped, or to the end of a
 *             search that found nothing; so what may be pushed next is never before it.
 * Source      Cherkassky, Goldberg, Silverstein: Buckets, heaps, lists, and monotone priority
 *             queues (SIAM J. Comput. 28, 1999); departures: (a) the sorted bottom, (b) phases may
 *             go back within an instant, (c) cancellation.
 */
#include "sim/engine/calendar.h"
#include "sim/engine/arena.h"
#include "sim/engine/calendar_state.h"
#include "sim/engine/check.h"
#include <stdlib.h>
#include <string.h>

enum {
    SEQUENCE_BITS = 40,
    TAKE_MAX = 96,    /* a bucket up to this is sorted into the bottom */
    FEW = 12,         /* up to this by insertion alone */
    BOTTOM_MAX = 128, /* a bottom beyond this is dealt out */
    SOON_MAX = 1024,  /* the slots of a bucket up to this are called for when it is dealt out */
    AHEAD = 8,        /* how far ahead those of the present instant are */
    DEAD_MIN = 1024,  /* no sweep below */
};

/* Not inlined, so that push and pop stay short. */
#define OUT_OF_LINE __attribute__((noinline))

/* ---- keys and slots ---- */

/* Slots are half a cache line each and aligned to it. */
static OUT_OF_LINE void grow_slots(calendar *c)
{
    _Static_assert(sizeof(calendar_slot) == 32, "two to a cache line");
    CHECK(c->slot_count <= CALENDAR_PENDING_MAX);
    uint32_t capacity = c->slot_capacity == 0 ? 64 : c->slot_capacity * 2;
    unsigned char *memory = memory_alloc(capacity + 1, sizeof(calendar_slot));
    calendar_slot *slots =
        (calendar_slot *)(void *)(memory + (-(uintptr_t)memory & (sizeof(calendar_slot) - 1)));
    if (c->slot_capacity > 0) memcpy(slots, c->slots, c->slot_count * sizeof *slots);
    free(c->slot_memory);
    c->slot_memory = memory;
    c->slots = slots;
    c->slot_capacity = capacity;
}

static inline uint32_t take_slot(calendar *c)
{
    uint32_t index = c->first_free;
    if (__builtin_expect(index != 0, 1)) {
        c->first_free = (uint32_t)c->slots[index].subject;
        return index;
    }
    if (c->slot_count == c->slot_capacity) grow_slots(c);
    return c->slot_count++;
}

/* ---- buckets ---- */

static void free_chunk(calendar *c, calendar_chunk *freed)
{
    freed->next = c->spare;
    c->spare = freed;
}

static void lengthen(calendar *c, calendar_bucket *b)
{
    calendar_chunk *added = c->spare;
    if (added != NULL) {
        c->spare = added->next;
    } else {
        added = ARENA_NEW(c->chunks, calendar_chunk);
    }
    added->next = NULL;
    if (b->first == NULL) {
        b->first = added;
    } else {
        b->last->next = added;
    }
    b->last = added;
}

static inline void bucket_add(calendar *c, calendar_bucket *b, calendar_key k)
{
    uint32_t place = (b->taken + b->count++) % CALENDAR_CHUNK_KEYS;
    if (place == 0) lengthen(c, b);
    b->last->keys[place] = k;
}

/* Into the bucket where a key belongs; not for the bottom's times. */
static inline void deal(calendar *c, calendar_key k)
{
    uint64_t digits = k.high;
    uint32_t level =
        (63U - (uint32_t)__builtin_clzll((digits ^ c->base) | 1)) / CALENDAR_DIGIT_BITS;
    uint32_t digit = digits >> (level * CALENDAR_DIGIT_BITS) & (CALENDAR_DIGITS - 1);
    c->occupied[level] |= UINT64_C(1) << digit;
    c->levels |= UINT32_C(1) << level;
    bucket_add(c, &c->buckets[level][digit], k);
}

/* Called, not inlined, so that calendar_push saves few registers. */
static OUT_OF_LINE void deal_one(calendar *c, calendar_key k)
{
    deal(c, k);
}

/* The bucket becomes empty; what it held is returned. */
static calendar_bucket detach(calendar *c, uint32_t level, uint32_t digit)
{
    calendar_bucket *b = &c->buckets[level][digit], held = *b;
    *b = (calendar_bucket){.first = NULL};
    c->occupied[level] &= ~(UINT64_C(1) << digit);
    if (c->occupied[level] == 0) c->levels &= ~(UINT32_C(1) << level);
    return held;
}

/* Deals a detached bucket out, its dead keys too or without them. */
static OUT_OF_LINE void deal_out(calendar *c, calendar_bucket b, bool all)
{
    uint32_t place = b.taken;
    bool soon = b.count <= SOON_MAX;
    for (calendar_chunk *from = b.first; from != NULL;) {
        for (; place < CALENDAR_CHUNK_KEYS && b.count > 0; place++, b.count--) {
            calendar_key k = from->keys[place];
            if (soon) __builtin_prefetch(calendar_slot_of(c, k));
            if (!all && c->dead > 0 && !calendar_is_live(c, k)) {
                c->dead--;
            } else {
                deal(c, k);
            }
        }
        place = 0;
        calendar_chunk *next = from->next;
        free_chunk(c, from);
        from = next;
    }
}

/* ---- the bottom ---- */

/* Behind its equals: they were pushed before. */
static inline void insert_sorted(calendar_key *first, calendar_key *end, calendar_key k)
{
    for (; end > first && k.high < end[-1].high; end--)
        *end = end[-1];
    *end = k;
}

/* Sorts a detached bucket of at most TAKE_MAX keys into the empty bottom: by their next digit, which
 * begins at bit `shift`, and then by insertion. Calls for their slots, which will be needed soon. */
static OUT_OF_LINE void take_bottom(calendar *c, calendar_bucket b, uint32_t shift)
{
    uint8_t places[CALENDAR_DIGITS] = {0};
    calendar_key *bottom = c->bottom;
    if (b.count > FEW) {
        uint32_t left = b.count;
        for (const calendar_chunk *from = b.first; from != NULL; from = from->next)
            for (uint32_t i = 0; i < CALENDAR_CHUNK_KEYS && left > 0; i++, left--)
                places[from->keys[i].high >> shift & (CALENDAR_DIGITS - 1)]++;
        uint8_t sum = 0;
        for (uint32_t digit = 0; digit < CALENDAR_DIGITS; digit++) {
            uint8_t here = places[digit];
            places[digit] = sum;
            sum = (uint8_t)(sum + here);
        }
    }
    uint32_t left = b.count, place = 0;
    for (calendar_chunk *from = b.first; from != NULL;) {
        for (uint32_t i = 0; i < CALENDAR_CHUNK_KEYS && left > 0; i++, left--) {
            calendar_key k = from->keys[i];
            __builtin_prefetch(calendar_slot_of(c, k));
            if (b.count > FEW) place = places[k.high >> shift & (CALENDAR_DIGITS - 1)]++;
            bottom[place++] = k;
        }
        calendar_chunk *next = from->next;
        free_chunk(c, from);
        from = next;
    }
    c->first = bottom;
    c->end = bottom + b.count;
    for (calendar_key *k = bottom + 1; k < c->end; k++)
        if (k->high < k[-1].high) insert_sorted(bottom, k, *k);
}

/* The bottom's keys go to the buckets below the one that it came from. */
static OUT_OF_LINE void spill_bottom(calendar *c)
{
    uint64_t now = (uint64_t)c->now_us << CALENDAR_DIGIT_BITS;
    if (now > c->base) c->base = now;
    c->limit_us = 0;
    for (const calendar_key *k = c->first; k < c->end; k++)
        deal(c, *k);
    c->first = c->end = c->bottom;
}

/* To the beginning of its room. */
static OUT_OF_LINE void close_up(calendar *c)
{
    size_t count = (size_t)(c->end - c->first);
    memmove(c->bottom, c->first, count * sizeof *c->bottom);
    c->first = c->bottom;
    c->end = c->bottom + count;
}

/* From the nearer end, as far as there is room. */
static inline void push_bottom(calendar *c, calendar_key k)
{
    calendar_key *first = c->first;
    if (first > c->bottom && k.high < first[(c->end - first) / 2].high) {
        for (; first < c->end && first->high <= k.high; first++)
            first[-1] = *first;
        first[-1] = k;
        c->first--;
        return;
    }
    if (c->end == c->bottom + CALENDAR_BOTTOM_SIZE) close_up(c);
    insert_sorted(c->first, c->end++, k);
}

/* ---- moving on ---- */

typedef enum { NOTHING_LIVE, NOTHING_DUE, SOMETHING_DUE } finding;

typedef struct {
    finding found;
    calendar_key first; /* the earliest, dead or not */
    bool all_same;      /* all of one instant and phase */
} look;

static look look_through(const calendar *c, const calendar_bucket *b, sim_time end_us)
{
    calendar_key first = b->first->keys[0];
    uint64_t different = 0;
    finding found = NOTHING_LIVE;
    uint32_t left = b->count;
    for (const calendar_chunk *from = b->first; from != NULL; from = from->next) {
        uint32_t here = left < CALENDAR_CHUNK_KEYS ? left : CALENDAR_CHUNK_KEYS;
        for (uint32_t i = 0; i < here; i++) {
            calendar_key k = from->keys[i];
            different |= k.high ^ first.high;
            if (k.high < first.high) first = k;
            finding here_found = calendar_time_of(k) <= end_us ? SOMETHING_DUE : NOTHING_DUE;
            if (here_found > found && (c->dead == 0 || calendar_is_live(c, k))) found = here_found;
        }
        left -= here;
    }
    return (look){found, first, different == 0};
}

/* A bucket of base's own time and of one phase, level 0 being empty. */
static void become_present(calendar *c, calendar_bucket b, uint32_t phase)
{
    c->buckets[0][phase] = b;
    c->occupied[0] = UINT64_C(1) << phase;
    c->levels |= 1;
}

/* Readies the first bucket above level 0, the bottom being empty; false when nothing is due. */
static OUT_OF_LINE bool advance(calendar *c, sim_time end_us)
{
    if (c->levels == 0) return false;
    uint32_t level = (uint32_t)__builtin_ctz(c->levels);
    uint32_t digit = (uint32_t)__builtin_ctzll(c->occupied[level]);
    uint32_t shift = level * CALENDAR_DIGIT_BITS;
    uint64_t number = c->base >> shift >> CALENDAR_DIGIT_BITS << CALENDAR_DIGIT_BITS | digit;
    sim_time from_us = (sim_time)(number << shift >> CALENDAR_DIGIT_BITS);
    sim_time limit_us = (sim_time)((number + 1) << shift >> CALENDAR_DIGIT_BITS);
    if (from_us > end_us) return false;

    const calendar_bucket *b = &c->buckets[level][digit];
    bool small = b->count <= TAKE_MAX;
    look seen = {.found = SOMETHING_DUE};
    if (!small || c->dead > 0 || limit_us > end_us) seen = look_through(c, b, end_us);
    calendar_bucket held = detach(c, level, digit);
    c->limit_us = 0;
    if (seen.found == NOTHING_LIVE) {
        deal_out(c, held, false); /* of which nothing is left */
    } else if (seen.found == NOTHING_DUE) {
        c->base = (uint64_t)end_us << CALENDAR_DIGIT_BITS;
        deal_out(c, held, false);
    } else if (small) {
        c->base = (uint64_t)from_us << CALENDAR_DIGIT_BITS;
        c->limit_us = limit_us;
        take_bottom(c, held, shift - CALENDAR_DIGIT_BITS);
    } else {
        c->base = (uint64_t)calendar_time_of(seen.first) << CALENDAR_DIGIT_BITS;
        if (seen.all_same) {
            become_present(c, held, (uint32_t)seen.first.high % CALENDAR_DIGITS);
        } else {
            deal_out(c, held, true);
        }
    }
    return true;
}

/* Rebuilds every bucket and the bottom without dead keys, order kept: O(keys), paid for by the
 * cancellations that made them. */
static OUT_OF_LINE void sweep(calendar *c)
{
    calendar_key *end = c->first;
    for (const calendar_key *k = c->first; k < c->end; k++)
        if (calendar_is_live(c, *k)) *end++ = *k;
    c->dead -= (uint64_t)(c->end - end);
    c->end = end;
    for (uint32_t level = 0; level < CALENDAR_LEVELS; level++)
        for (uint64_t left = c->occupied[level]; left != 0; left &= left - 1)
            deal_out(c, detach(c, level, (uint32_t)__builtin_ctzll(left)), false);
    INVARIANT(c->dead == 0);
}

/* ---- the interface ---- */

calendar *calendar_create(void)
{
    calendar *c = memory_alloc(1, sizeof *c);
    c->chunks = arena_create();
    grow_slots(c);
    c->slot_count = 1;
    c->first = c->end = c->bottom;
    return c;
}

void calendar_destroy(calendar *c)
{
    if (c == NULL) return;
    arena_destroy(c->chunks);
    free(c->slot_memory);
    free(c);
}

event_handle calendar_push(calendar *c, sim_time at_us, int phase, engine_action *action,
                           uint64_t subject)
{
    INVARIANT(at_us >= (sim_time)(c->base >> CALENDAR_DIGIT_BITS));
    CHECK((uint64_t)at_us <= CALENDAR_AT_MAX && (unsigned)phase <= PHASE_MAX);
    uint64_t sequence = ++c->sequence;
    uint32_t index = take_slot(c);
    calendar_key k = {(uint64_t)at_us << CALENDAR_DIGIT_BITS | (unsigned)phase,
                      sequence << CALENDAR_SLOT_BITS | index};
    c->slots[index] = (calendar_slot){k, action, subject};
    if (at_us >= c->limit_us) {
        deal_one(c, k);
    } else if (c->end - c->first < BOTTOM_MAX) {
        push_bottom(c, k);
    } else {
        spill_bottom(c);
        deal_one(c, k);
    }
    return (event_handle){index, (uint32_t)sequence};
}

static bool holds(const calendar *c, event_handle handle)
{
    return handle.slot > 0 && handle.slot < c->slot_count && c->slots[handle.slot].key.low != 0 &&
           (uint32_t)(c->slots[handle.slot].key.low >> CALENDAR_SLOT_BITS) == handle.generation;
}

bool calendar_cancel(calendar *c, event_handle handle)
{
    if (!holds(c, handle)) return false;
    calendar_free_slot(c, &c->slots[handle.slot]);
    c->cancelled++;
    c->dead++;
    if (c->dead > DEAD_MIN && c->dead > 2 * calendar_count(c)) sweep(c);
    return true;
}

/* The first key of the base instant's lowest phase; level 0 is not empty. */
static OUT_OF_LINE calendar_key take_present(calendar *c)
{
    uint32_t phase = (uint32_t)__builtin_ctzll(c->occupied[0]);
    calendar_bucket *b = &c->buckets[0][phase];
    calendar_key k = b->first->keys[b->taken++];
    b->count--;
    if (b->count > AHEAD) {
        uint32_t ahead = b->taken + AHEAD;
        const calendar_chunk *from = ahead < CALENDAR_CHUNK_KEYS ? b->first : b->first->next;
        __builtin_prefetch(calendar_slot_of(c, from->keys[ahead % CALENDAR_CHUNK_KEYS]));
    }
    if (b->count == 0) {
        free_chunk(c, detach(c, 0, phase).first);
    } else if (b->taken == CALENDAR_CHUNK_KEYS) {
        calendar_chunk *spent = b->first;
        b->first = spent->next;
        b->taken = 0;
        free_chunk(c, spent);
    }
    return k;
}

bool calendar_next(calendar *c, sim_time end_us, calendar_key *next)
{
    CHECK(c->sequence >> SEQUENCE_BITS == 0);
    while (c->first == c->end) {
        if ((c->levels & 1) != 0) {
            *next = take_present(c);
            return true;
        }
        if (!advance(c, end_us)) return false;
    }
    *next = *c->first;
    if (calendar_time_of(*next) > end_us) return false;
    c->first++;
    return true;
}

bool calendar_pop(calendar *c, sim_time end_us, calendar_event *event)
{
    return calendar_take(c, end_us, event);
}

bool calendar_get(const calendar *c, event_handle handle, calendar_event *event)
{
    if (!holds(c, handle)) return false;
    *event = calendar_event_of(&c->slots[handle.slot]);
    return true;
}

uint64_t calendar_count(const calendar *c)
{
    return c->sequence - c->popped - c->cancelled;
}
