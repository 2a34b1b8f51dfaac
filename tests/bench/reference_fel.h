/* reference_fel.h - the future event lists that berth's is measured against: the same events in
 * the same order, but by (time, sequence) alone, without phases, cancellation, actions or checks.
 *
 * heap     a binary heap of 16-byte events
 * buckets  a multi-level bucket queue (digits of 6 bits) with a sorted bottom: the fastest list of
 *          plain C known to the project, inlined into the loop that uses it
 */
#ifndef BERTH_TESTS_BENCH_REFERENCE_FEL_H
#define BERTH_TESTS_BENCH_REFERENCE_FEL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    uint64_t at_us;
    uint64_t tag; /* sequence above, the user's subject below */
} ref_event;

enum { REF_SUBJECT_BITS = 24 };

static inline uint64_t ref_subject(ref_event e)
{
    return e.tag & ((UINT64_C(1) << REF_SUBJECT_BITS) - 1);
}

static inline bool ref_before(ref_event a, ref_event b)
{
    return a.at_us < b.at_us || (a.at_us == b.at_us && a.tag < b.tag);
}

/* ---- binary heap ---- */

typedef struct {
    ref_event *events;
    size_t count;
    uint64_t sequence;
} ref_heap;

static inline void ref_heap_init(ref_heap *h, size_t capacity)
{
    *h = (ref_heap){.events = malloc(capacity * sizeof(ref_event))};
    if (h->events == NULL) abort();
}

static inline void ref_heap_finish(ref_heap *h)
{
    free(h->events);
}

static inline void ref_heap_push(ref_heap *h, uint64_t at_us, uint64_t subject)
{
    ref_event e = {at_us, h->sequence++ << REF_SUBJECT_BITS | subject};
    size_t i = h->count++;
    for (; i > 0 && ref_before(e, h->events[(i - 1) / 2]); i = (i - 1) / 2)
        h->events[i] = h->events[(i - 1) / 2];
    h->events[i] = e;
}

static inline ref_event ref_heap_pop(ref_heap *h)
{
    ref_event first = h->events[0], last = h->events[--h->count];
    size_t i = 0;
    for (size_t child; (child = 2 * i + 1) < h->count; i = child) {
        if (child + 1 < h->count && ref_before(h->events[child + 1], h->events[child])) child++;
        if (!ref_before(h->events[child], last)) break;
        h->events[i] = h->events[child];
    }
    h->events[i] = last;
    return first;
}

/* ---- multi-level buckets ---- */

enum {
    REF_LEVELS = 11,
    REF_DIGITS = 64,
    REF_TAKE = 96,
    REF_FEW = 12,
    REF_SPILL = 128,
};

typedef struct {
    ref_event *events;
    uint32_t count, capacity;
} ref_bucket;

typedef struct {
    uint64_t base, limit, now, sequence;
    uint32_t first, end, levels, room; /* of the bottom */
    uint64_t occupied[REF_LEVELS];
    ref_event *bottom;
    ref_bucket buckets[REF_LEVELS][REF_DIGITS];
    ref_bucket spare;
} ref_buckets;

static inline void ref_buckets_init(ref_buckets *q)
{
    memset(q, 0, sizeof *q);
}

static inline void ref_buckets_finish(ref_buckets *q)
{
    for (int level = 0; level < REF_LEVELS; level++)
        for (int digit = 0; digit < REF_DIGITS; digit++)
            free(q->buckets[level][digit].events);
    free(q->spare.events);
    free(q->bottom);
}

static inline void ref_make_room(ref_buckets *q, uint32_t count)
{
    if (count <= q->room) return;
    q->room = count * 2 + 4 * REF_SPILL;
    q->bottom = realloc(q->bottom, q->room * sizeof *q->bottom);
    if (q->bottom == NULL) abort();
}

static inline void ref_deal(ref_buckets *q, ref_event e)
{
    uint32_t level = (63U - (uint32_t)__builtin_clzll((e.at_us ^ q->base) | 1)) / 6;
    uint32_t digit = e.at_us >> (6 * level) & (REF_DIGITS - 1);
    ref_bucket *b = &q->buckets[level][digit];
    if (b->count == b->capacity) {
        b->capacity = b->capacity == 0 ? 16 : b->capacity * 2;
        b->events = realloc(b->events, b->capacity * sizeof *b->events);
        if (b->events == NULL) abort();
    }
    b->events[b->count++] = e;
    q->occupied[level] |= UINT64_C(1) << digit;
    q->levels |= UINT32_C(1) << level;
}

static inline void ref_insert(ref_event *events, uint32_t first, uint32_t end, ref_event e)
{
    uint32_t i = end;
    for (; i > first && ref_before(e, events[i - 1]); i--)
        events[i] = events[i - 1];
    events[i] = e;
}

/* The bottom is dealt out again unless it holds a single time, which no bucket could part. */
static inline void ref_spill(ref_buckets *q)
{
    if (q->bottom[q->first].at_us == q->bottom[q->end - 1].at_us) return;
    q->base = q->now;
    q->limit = 0;
    for (uint32_t i = q->first; i < q->end; i++)
        ref_deal(q, q->bottom[i]);
    q->first = q->end = 0;
}

static inline void ref_buckets_push(ref_buckets *q, uint64_t at_us, uint64_t subject)
{
    ref_event e = {at_us, q->sequence++ << REF_SUBJECT_BITS | subject};
    if (at_us < q->limit && q->end - q->first >= REF_SPILL) ref_spill(q);
    if (at_us >= q->limit) {
        ref_deal(q, e);
        return;
    }
    if (q->first > 0 && q->first < q->end && ref_before(e, q->bottom[(q->first + q->end) / 2])) {
        uint32_t i = --q->first;
        for (; ref_before(q->bottom[i + 1], e); i++)
            q->bottom[i] = q->bottom[i + 1];
        q->bottom[i] = e;
        return;
    }
    if (q->end == q->room && q->first > 0) {
        q->end -= q->first;
        memmove(q->bottom, q->bottom + q->first, q->end * sizeof *q->bottom);
        q->first = 0;
    }
    ref_make_room(q, q->end + 1);
    ref_insert(q->bottom, q->first, q->end++, e);
}

/* Into the bottom: by the next digit, and then by insertion. */
static inline void ref_sort(ref_buckets *q, const ref_bucket *b, uint32_t level)
{
    uint8_t places[REF_DIGITS] = {0}, sum = 0;
    bool by_digit = level > 0 && b->count > REF_FEW;
    uint32_t shift = 6 * (level - 1);
    if (by_digit) {
        for (uint32_t i = 0; i < b->count; i++)
            places[b->events[i].at_us >> shift & (REF_DIGITS - 1)]++;
        for (uint32_t digit = 0; digit < REF_DIGITS; digit++) {
            uint8_t here = places[digit];
            places[digit] = sum;
            sum = (uint8_t)(sum + here);
        }
    }
    for (uint32_t i = 0; i < b->count; i++) {
        ref_event e = b->events[i];
        q->bottom[by_digit ? places[e.at_us >> shift & (REF_DIGITS - 1)]++ : i] = e;
    }
    for (uint32_t i = 1; i < b->count; i++)
        if (ref_before(q->bottom[i], q->bottom[i - 1])) ref_insert(q->bottom, 0, i, q->bottom[i]);
}

static inline void ref_advance(ref_buckets *q)
{
    uint32_t level = (uint32_t)__builtin_ctz(q->levels);
    uint32_t digit = (uint32_t)__builtin_ctzll(q->occupied[level]);
    ref_bucket *b = &q->buckets[level][digit];
    q->occupied[level] &= ~(UINT64_C(1) << digit);
    if (q->occupied[level] == 0) q->levels &= ~(UINT32_C(1) << level);
    if (b->count <= REF_TAKE || level == 0) { /* at level 0 a single time, in order */
        ref_make_room(q, b->count);
        uint64_t number = q->base >> (6 * level) >> 6 << 6 | digit;
        q->base = number << (6 * level);
        q->limit = (number + 1) << (6 * level);
        ref_sort(q, b, level);
        q->first = 0;
        q->end = b->count;
        b->count = 0;
        return;
    }
    ref_bucket full = *b;
    *b = q->spare;
    b->count = 0;
    q->base = full.events[0].at_us;
    for (uint32_t i = 1; i < full.count; i++)
        if (full.events[i].at_us < q->base) q->base = full.events[i].at_us;
    q->limit = 0;
    for (uint32_t i = 0; i < full.count; i++)
        ref_deal(q, full.events[i]);
    q->spare = full;
}

static inline ref_event ref_buckets_pop(ref_buckets *q)
{
    while (q->first == q->end)
        ref_advance(q);
    ref_event e = q->bottom[q->first++];
    q->now = e.at_us;
    return e;
}

#endif
