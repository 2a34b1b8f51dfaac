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
#include "sim/engine/check.h"
#include <stdlib.h>
#include <string.h>

enum {
    SLOT_BITS = 24, /* in key.low, below the sequence */
    SEQUENCE_BITS = 40,
    DIGIT_BITS = 6,
    DIGITS = 1 << DIGIT_BITS,
    LEVELS = 10,       /* 52 bits of time and 6 of phase */
    TAKE_MAX = 96,     /* a bucket up to this is sorted into the bottom */
    FEW = 12,          /* up to this by insertion alone */
    BOTTOM_MAX = 128,  /* a bottom beyond this is dealt out */
    BOTTOM_SIZE = 256, /* room at its ends */
    CHUNK_KEYS = 32,   /* a power of two */
    SOON_MAX = 1024,   /* the slots of a bucket up to this are called for when it is dealt out */
    AHEAD = 8,         /* how far ahead those of the present instant are */
    DEAD_MIN = 1024,   /* no sweep below */
};

/* high: at_us (52 bits), phase (6). low: sequence (40), slot (24). */
typedef struct {
    uint64_t high, low;
} key;

typedef struct {
    key key; /* of the event; low = 0: the slot is free */
    engine_action *action;
    uint64_t subject; /* of a free slot: the next free one, 0 for none */
} slot;

typedef struct chunk {
    struct chunk *next;
    key keys[CHUNK_KEYS];
} chunk;

typedef struct {
    chunk *first, *last;
    uint32_t taken; /* from the first chunk */
    uint32_t count;
} bucket;

struct calendar {
    uint64_t base;     /* time << DIGIT_BITS: a key's digits with phase 0 */
    sim_time limit_us; /* the bottom owns the times below; 0: there is no bottom */
    sim_time now_us;   /* of the last popped event */
    key *first, *end;  /* of the bottom */
    uint32_t levels;   /* bit l: level l is not empty */
    uint32_t first_free, slot_count, slot_capacity;
    uint64_t sequence, popped, cancelled, dead;
    slot *slots; /* slot 0 is never used */
    chunk *spare;
    uint64_t occupied[LEVELS]; /* bit d of level l: bucket (l, d) is not empty */
    key bottom[BOTTOM_SIZE];
    bucket buckets[LEVELS][DIGITS];
    void *slot_memory;
    arena *chunks;
};

/* Kept out of line, so that what is frequent stays short. */
#define SELDOM __attribute__((noinline))

/* ---- keys and slots ---- */

static inline sim_time time_of(key k)
{
    return (sim_time)(k.high >> DIGIT_BITS);
}

static inline slot *slot_of(const calendar *c, key k)
{
    return &c->slots[k.low & CALENDAR_PENDING_MAX];
}

static inline bool is_live(const calendar *c, key k)
{
    return slot_of(c, k)->key.low == k.low;
}

/* Slots are half a cache line each and aligned to it. */
static SELDOM void grow_slots(calendar *c)
{
    _Static_assert(sizeof(slot) == 32, "two to a cache line");
    CHECK(c->slot_count <= CALENDAR_PENDING_MAX);
    uint32_t capacity = c->slot_capacity == 0 ? 64 : c->slot_capacity * 2;
    unsigned char *memory = memory_alloc(capacity + 1, sizeof(slot));
    slot *slots = (slot *)(void *)(memory + (-(uintptr_t)memory & (sizeof(slot) - 1)));
    if (c->slot_capacity > 0) memcpy(slots, c->slots, c->slot_count * sizeof *slots);
    free(c->slot_memory);
    c->slot_memory = memory;
    c->slots = slots;
    c->slot_capacity = capacity;
}

static inline uint32_t take_slot(calendar *c)
{
    uint32_t index = c->first_free;
    if (index != 0) {
        c->first_free = (uint32_t)c->slots[index].subject;
        return index;
    }
    if (c->slot_count == c->slot_capacity) grow_slots(c);
    return c->slot_count++;
}

static inline void free_slot(calendar *c, slot *s)
{
    s->key.low = 0;
    s->subject = c->first_free;
    c->first_free = (uint32_t)(s - c->slots);
}

/* ---- buckets ---- */

static void free_chunk(calendar *c, chunk *freed)
{
    freed->next = c->spare;
    c->spare = freed;
}

static void lengthen(calendar *c, bucket *b)
{
    chunk *added = c->spare;
    if (added != NULL) {
        c->spare = added->next;
    } else {
        added = ARENA_NEW(c->chunks, chunk);
    }
    added->next = NULL;
    if (b->first == NULL) {
        b->first = added;
    } else {
        b->last->next = added;
    }
    b->last = added;
}

static inline void bucket_add(calendar *c, bucket *b, key k)
{
    uint32_t place = (b->taken + b->count++) % CHUNK_KEYS;
    if (place == 0) lengthen(c, b);
    b->last->keys[place] = k;
}

/* Into the bucket where a key belongs; not for the bottom's times. */
static inline void deal(calendar *c, key k)
{
    uint64_t digits = k.high;
    uint32_t level = (63U - (uint32_t)__builtin_clzll((digits ^ c->base) | 1)) / DIGIT_BITS;
    uint32_t digit = digits >> (level * DIGIT_BITS) & (DIGITS - 1);
    c->occupied[level] |= UINT64_C(1) << digit;
    c->levels |= UINT32_C(1) << level;
    bucket_add(c, &c->buckets[level][digit], k);
}

/* The bucket becomes empty; what it held is returned. */
static bucket detach(calendar *c, uint32_t level, uint32_t digit)
{
    bucket *b = &c->buckets[level][digit], held = *b;
    *b = (bucket){.first = NULL};
    c->occupied[level] &= ~(UINT64_C(1) << digit);
    if (c->occupied[level] == 0) c->levels &= ~(UINT32_C(1) << level);
    return held;
}

/* Deals a detached bucket out, its dead keys too or without them. */
static SELDOM void deal_out(calendar *c, bucket b, bool all)
{
    uint32_t place = b.taken;
    bool soon = b.count <= SOON_MAX;
    for (chunk *from = b.first; from != NULL;) {
        for (; place < CHUNK_KEYS && b.count > 0; place++, b.count--) {
            key k = from->keys[place];
            if (soon) __builtin_prefetch(slot_of(c, k));
            if (!all && c->dead > 0 && !is_live(c, k)) {
                c->dead--;
            } else {
                deal(c, k);
            }
        }
        place = 0;
        chunk *next = from->next;
        free_chunk(c, from);
        from = next;
    }
}

/* ---- the bottom ---- */

/* Behind its equals: they were pushed before. */
static inline void insert_sorted(key *first, key *end, key k)
{
    for (; end > first && k.high < end[-1].high; end--)
        *end = end[-1];
    *end = k;
}

/* Sorts a detached bucket of at most TAKE_MAX keys into the empty bottom: by their next digit, which
 * begins at bit `shift`, and then by insertion. Calls for their slots, which will be needed soon. */
static SELDOM void take_bottom(calendar *c, bucket b, uint32_t shift)
{
    uint8_t places[DIGITS] = {0};
    key *bottom = c->bottom;
    if (b.count > FEW) {
        uint32_t left = b.count;
        for (const chunk *from = b.first; from != NULL; from = from->next)
            for (uint32_t i = 0; i < CHUNK_KEYS && left > 0; i++, left--)
                places[from->keys[i].high >> shift & (DIGITS - 1)]++;
        uint8_t sum = 0;
        for (uint32_t digit = 0; digit < DIGITS; digit++) {
            uint8_t here = places[digit];
            places[digit] = sum;
            sum = (uint8_t)(sum + here);
        }
    }
    uint32_t left = b.count, place = 0;
    for (chunk *from = b.first; from != NULL;) {
        for (uint32_t i = 0; i < CHUNK_KEYS && left > 0; i++, left--) {
            key k = from->keys[i];
            __builtin_prefetch(slot_of(c, k));
            if (b.count > FEW) place = places[k.high >> shift & (DIGITS - 1)]++;
            bottom[place++] = k;
        }
        chunk *next = from->next;
        free_chunk(c, from);
        from = next;
    }
    c->first = bottom;
    c->end = bottom + b.count;
    for (key *k = bottom + 1; k < c->end; k++)
        if (k->high < k[-1].high) insert_sorted(bottom, k, *k);
}

/* The bottom's keys go to the buckets below the one that it came from. */
static SELDOM void spill_bottom(calendar *c)
{
    uint64_t now = (uint64_t)c->now_us << DIGIT_BITS;
    if (now > c->base) c->base = now;
    c->limit_us = 0;
    for (const key *k = c->first; k < c->end; k++)
        deal(c, *k);
    c->first = c->end = c->bottom;
}

/* To the beginning of its room. */
static SELDOM void close_up(calendar *c)
{
    size_t count = (size_t)(c->end - c->first);
    memmove(c->bottom, c->first, count * sizeof *c->bottom);
    c->first = c->bottom;
    c->end = c->bottom + count;
}

/* From the nearer end, as far as there is room. */
static inline void push_bottom(calendar *c, key k)
{
    key *first = c->first;
    if (first > c->bottom && k.high < first[(c->end - first) / 2].high) {
        for (; first < c->end && first->high <= k.high; first++)
            first[-1] = *first;
        first[-1] = k;
        c->first--;
        return;
    }
    if (c->end == c->bottom + BOTTOM_SIZE) close_up(c);
    insert_sorted(c->first, c->end++, k);
}

/* ---- moving on ---- */

typedef enum { NOTHING_LIVE, NOTHING_DUE, SOMETHING_DUE } finding;

/* What a bucket's live keys are at end_us; *first becomes its earliest key, dead or not. */
static finding look_through(const calendar *c, const bucket *b, sim_time end_us, key *first)
{
    finding found = NOTHING_LIVE;
    uint32_t left = b->count;
    *first = b->first->keys[0];
    for (const chunk *from = b->first; from != NULL; from = from->next) {
        uint32_t here = left < CHUNK_KEYS ? left : CHUNK_KEYS;
        for (uint32_t i = 0; i < here; i++) {
            key k = from->keys[i];
            if (k.high < first->high) *first = k;
            finding here_found = time_of(k) <= end_us ? SOMETHING_DUE : NOTHING_DUE;
            if (here_found > found && (c->dead == 0 || is_live(c, k))) found = here_found;
        }
        left -= here;
    }
    return found;
}

/* Readies the first bucket above level 0, the bottom being empty; false when nothing is due. */
static SELDOM bool advance(calendar *c, sim_time end_us)
{
    if (c->levels == 0) return false;
    uint32_t level = (uint32_t)__builtin_ctz(c->levels);
    uint32_t digit = (uint32_t)__builtin_ctzll(c->occupied[level]);
    uint32_t shift = level * DIGIT_BITS;
    uint64_t number = c->base >> shift >> DIGIT_BITS << DIGIT_BITS | digit;
    sim_time from_us = (sim_time)(number << shift >> DIGIT_BITS);
    sim_time limit_us = (sim_time)((number + 1) << shift >> DIGIT_BITS);
    if (from_us > end_us) return false;

    const bucket *b = &c->buckets[level][digit];
    bool small = b->count <= TAKE_MAX;
    key first;
    finding found = SOMETHING_DUE;
    if (!small || c->dead > 0 || limit_us > end_us) found = look_through(c, b, end_us, &first);
    c->limit_us = 0;
    if (found == SOMETHING_DUE && small) {
        c->base = (uint64_t)from_us << DIGIT_BITS;
        c->limit_us = limit_us;
        take_bottom(c, detach(c, level, digit), shift - DIGIT_BITS);
    } else if (found == NOTHING_LIVE) {
        deal_out(c, detach(c, level, digit), false); /* of which nothing is left */
    } else {
        sim_time base_us = found == SOMETHING_DUE ? time_of(first) : end_us;
        c->base = (uint64_t)base_us << DIGIT_BITS;
        deal_out(c, detach(c, level, digit), found == SOMETHING_DUE);
    }
    return true;
}

/* Rebuilds every bucket and the bottom without dead keys, order kept: O(keys), paid for by the
 * cancellations that made them. */
static SELDOM void sweep(calendar *c)
{
    key *end = c->first;
    for (const key *k = c->first; k < c->end; k++)
        if (is_live(c, *k)) *end++ = *k;
    c->dead -= (uint64_t)(c->end - end);
    c->end = end;
    for (uint32_t level = 0; level < LEVELS; level++)
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
    INVARIANT(at_us >= (sim_time)(c->base >> DIGIT_BITS));
    CHECK((uint64_t)at_us <= CALENDAR_AT_MAX && (unsigned)phase <= PHASE_MAX);
    uint64_t sequence = ++c->sequence;
    CHECK(sequence >> SEQUENCE_BITS == 0);
    uint32_t index = take_slot(c);
    key k = {(uint64_t)at_us << DIGIT_BITS | (unsigned)phase, sequence << SLOT_BITS | index};
    c->slots[index] = (slot){k, action, subject};
    if (at_us < c->limit_us && c->end - c->first >= BOTTOM_MAX) spill_bottom(c);
    if (at_us < c->limit_us) {
        push_bottom(c, k);
    } else {
        deal(c, k);
    }
    return (event_handle){index, (uint32_t)sequence};
}

static bool holds(const calendar *c, event_handle handle)
{
    return handle.slot > 0 && handle.slot < c->slot_count && c->slots[handle.slot].key.low != 0 &&
           (uint32_t)(c->slots[handle.slot].key.low >> SLOT_BITS) == handle.generation;
}

bool calendar_cancel(calendar *c, event_handle handle)
{
    if (!holds(c, handle)) return false;
    free_slot(c, &c->slots[handle.slot]);
    c->cancelled++;
    c->dead++;
    if (c->dead > DEAD_MIN && c->dead > 2 * calendar_count(c)) sweep(c);
    return true;
}

static calendar_event event_of(const slot *s)
{
    return (calendar_event){time_of(s->key), (int)(s->key.high & PHASE_MAX), s->action, s->subject};
}

/* The first key of the base instant's lowest phase; level 0 is not empty. */
static SELDOM key take_present(calendar *c)
{
    uint32_t phase = (uint32_t)__builtin_ctzll(c->occupied[0]);
    bucket *b = &c->buckets[0][phase];
    key k = b->first->keys[b->taken++];
    b->count--;
    if (b->count > AHEAD) {
        uint32_t ahead = b->taken + AHEAD;
        const chunk *from = ahead < CHUNK_KEYS ? b->first : b->first->next;
        __builtin_prefetch(slot_of(c, from->keys[ahead % CHUNK_KEYS]));
    }
    if (b->count == 0) {
        free_chunk(c, detach(c, 0, phase).first);
    } else if (b->taken == CHUNK_KEYS) {
        chunk *spent = b->first;
        b->first = spent->next;
        b->taken = 0;
        free_chunk(c, spent);
    }
    return k;
}

bool calendar_pop(calendar *c, sim_time end_us, calendar_event *event)
{
    for (;;) {
        key k;
        if (c->first < c->end) {
            k = *c->first;
            if (time_of(k) > end_us) return false;
            c->first++;
        } else if ((c->levels & 1) != 0) {
            k = take_present(c);
        } else if (advance(c, end_us)) {
            continue;
        } else {
            return false;
        }
        slot *s = slot_of(c, k);
        if (s->key.low == k.low) {
            c->now_us = time_of(k);
            c->popped++;
            *event = event_of(s);
            free_slot(c, s);
            return true;
        }
        c->dead--;
    }
}

bool calendar_get(const calendar *c, event_handle handle, calendar_event *event)
{
    if (!holds(c, handle)) return false;
    *event = event_of(&c->slots[handle.slot]);
    return true;
}

uint64_t calendar_count(const calendar *c)
{
    return c->sequence - c->popped - c->cancelled;
}
