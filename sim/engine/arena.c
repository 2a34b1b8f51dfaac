/* arena.c - blocks of growing size, and pools of slots on top; see arena.h.
 *
 * An arena is a list of zeroed blocks that double in size up to BLOCK_MAX; what is larger than a
 * block gets one of its own. A pool keeps its slots in blocks of a fixed number of slots, so that
 * addresses stay, and one row of bookkeeping a slot: the generation is odd while the slot is live.
 */
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ALIGNMENT = _Alignof(max_align_t),
    BLOCK_MIN = 4096,
    BLOCK_MAX = 1 << 20,
    OUT_OF_MEMORY_STATUS = 3
};

typedef struct block {
    struct block *next;
    size_t size, used; /* bytes of data */
    _Alignas(max_align_t) unsigned char data[];
} block;

struct arena {
    block *blocks; /* the one that is being filled first */
    size_t next_size, given;
};

static _Noreturn void out_of_memory(size_t count, size_t size)
{
    fprintf(stderr, "berth: out of memory: %zu x %zu bytes asked for\n", count, size);
    exit(OUT_OF_MEMORY_STATUS);
}

void *memory_alloc(size_t count, size_t size)
{
    void *memory = calloc(count > 0 ? count : 1, size > 0 ? size : 1);
    if (memory == NULL) out_of_memory(count, size);
    return memory;
}

void *memory_resize(void *memory, size_t count, size_t size)
{
    if (size > 0 && count > SIZE_MAX / size) out_of_memory(count, size);
    size_t bytes = count * size;
    void *resized = realloc(memory, bytes > 0 ? bytes : 1);
    if (resized == NULL) out_of_memory(count, size);
    return resized;
}

arena *arena_create(void)
{
    arena *a = memory_alloc(1, sizeof *a);
    a->next_size = BLOCK_MIN;
    return a;
}

void arena_destroy(arena *a)
{
    if (a == NULL) return;
    for (block *b = a->blocks; b != NULL;) {
        block *next = b->next;
        free(b);
        b = next;
    }
    free(a);
}

static block *add_block(arena *a, size_t bytes)
{
    bool alone = bytes > a->next_size / 4;
    size_t size = alone ? bytes : a->next_size;
    if (size > SIZE_MAX - sizeof(block)) out_of_memory(1, size);
    block *b = memory_alloc(1, sizeof *b + size);
    b->size = size;
    if (alone && a->blocks != NULL) { /* what is left of the present block stays in use */
        b->next = a->blocks->next;
        a->blocks->next = b;
        return b;
    }
    b->next = a->blocks;
    a->blocks = b;
    if (a->next_size < BLOCK_MAX) a->next_size *= 2;
    return b;
}

void *arena_alloc(arena *a, size_t count, size_t size)
{
    if (size > 0 && count > (SIZE_MAX - ALIGNMENT) / size) out_of_memory(count, size);
    size_t bytes = (count * size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    block *b = a->blocks;
    if (b == NULL || b->size - b->used < bytes) b = add_block(a, bytes);
    void *memory = b->data + b->used;
    b->used += bytes;
    a->given += bytes;
    return memory;
}

char *arena_strdup(arena *a, const char *text)
{
    size_t size = strlen(text) + 1;
    return memcpy(arena_alloc(a, size, 1), text, size);
}

char *arena_printf(arena *a, const char *format, ...)
{
    CHECK(format != NULL);
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    CHECK(length >= 0);
    char *text = arena_alloc(a, (size_t)length + 1, 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    va_end(args);
    return text;
}

size_t arena_bytes(const arena *a)
{
    return a->given;
}

/* ---- pools ---- */

enum {
    SLOTS_LOG2 = 6,
    SLOTS = 1 << SLOTS_LOG2,
    LINE = 64, /* larger slots begin a cache line, so that what stands first in them is one read */
};

#define NO_SLOT UINT32_MAX

typedef struct {
    uint32_t generation; /* odd: live */
    uint32_t next_free;
} slot_state;

struct pool {
    arena *memory;
    unsigned char **blocks; /* of SLOTS slots each */
    slot_state *states;
    size_t slot_size;
    uint32_t capacity, count, live, first_free;
};

pool *pool_create(arena *a, size_t slot_size)
{
    CHECK(slot_size > 0 && slot_size <= SIZE_MAX / 2);
    pool *p = ARENA_NEW(a, pool);
    p->memory = a;
    const size_t unit = slot_size < LINE ? ALIGNMENT : LINE;
    p->slot_size = (slot_size + unit - 1) / unit * unit;
    p->first_free = NO_SLOT;
    return p;
}

static unsigned char *new_slots(const pool *p)
{
    if (p->slot_size < LINE) return arena_alloc(p->memory, SLOTS, p->slot_size);
    unsigned char *slots = arena_alloc(p->memory, 1, SLOTS * p->slot_size + LINE - ALIGNMENT);
    return slots + (LINE - (uintptr_t)slots % LINE) % LINE;
}

/* The tables double; the old ones stay in the arena (no more than the new ones' size in all). */
static void pool_grow(pool *p)
{
    CHECK(p->capacity < UINT32_MAX / 2);
    uint32_t capacity = p->capacity == 0 ? SLOTS : p->capacity * 2;
    unsigned char **blocks = ARENA_ARRAY(p->memory, capacity / SLOTS, unsigned char *);
    slot_state *states = ARENA_ARRAY(p->memory, capacity, slot_state);
    if (p->capacity > 0) {
        memcpy(blocks, p->blocks, p->capacity / SLOTS * sizeof *blocks);
        memcpy(states, p->states, p->capacity * sizeof *states);
    }
    for (uint32_t i = p->capacity / SLOTS; i < capacity / SLOTS; i++)
        blocks[i] = new_slots(p);
    p->blocks = blocks;
    p->states = states;
    p->capacity = capacity;
}

static void *slot_address(const pool *p, uint32_t index)
{
    return p->blocks[index >> SLOTS_LOG2] + (index & (SLOTS - 1)) * p->slot_size;
}

pool_handle pool_alloc(pool *p)
{
    uint32_t index = p->first_free;
    if (index != NO_SLOT) {
        p->first_free = p->states[index].next_free;
        memset(slot_address(p, index), 0, p->slot_size);
    } else {
        if (p->count == p->capacity) pool_grow(p);
        index = p->count++;
    }
    p->live++;
    return (pool_handle){index, ++p->states[index].generation};
}

void *pool_get(const pool *p, pool_handle handle)
{
    bool live = handle.index < p->count && handle.generation % 2 == 1 &&
                p->states[handle.index].generation == handle.generation;
    return live ? slot_address(p, handle.index) : NULL;
}

void pool_free(pool *p, pool_handle handle)
{
    CHECK(pool_get(p, handle) != NULL);
    p->states[handle.index].generation++;
    p->states[handle.index].next_free = p->first_free;
    p->first_free = handle.index;
    p->live--;
}

void *pool_at(const pool *p, uint32_t index)
{
    CHECK(index < p->count && p->states[index].generation % 2 == 1);
    return slot_address(p, index);
}

uint32_t pool_live_count(const pool *p)
{
    return p->live;
}

uint32_t pool_slot_count(const pool *p)
{
    return p->count;
}
