#include "models/ecs/pack_order.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <stdlib.h>
#include <string.h>

#define PACK_FEW 12u /* a block with fewer is joined with a neighbour */

void pack_order_init(pack_order *o)
{
    *o = (pack_order){0};
}

void pack_order_finish(pack_order *o)
{
    for (uint32_t b = 0; b < o->blocks; b++)
        free(o->block[b]);
    while (o->spare) {
        pack_block *next = o->spare->next_spare;
        free(o->spare);
        o->spare = next;
    }
    free(o->block);
    free(o->low);
    free(o->most);
}

/* The last block whose low is not above the key; there is one. */
static uint32_t find_block(const pack_order *o, uint64_t key)
{
    const uint64_t *base = o->low;
    uint32_t n = o->blocks;
    while (n > 1) {
        uint32_t half = n / 2;
        base = base[half] <= key ? base + half : base;
        n -= half;
    }
    return (uint32_t)(base - o->low);
}

/* How many keys of the block are below. */
static uint32_t find_in_block(const pack_block *k, uint64_t key)
{
    const uint64_t *base = k->key;
    uint32_t n = k->count;
    if (n == 0) return 0;
    while (n > 1) {
        uint32_t half = n / 2;
        base = base[half] <= key ? base + half : base;
        n -= half;
    }
    return (uint32_t)(base - k->key) + (*base < key);
}

static int32_t most_of(const pack_block *k)
{
    int32_t most = -1;
    for (uint32_t i = 0; i < k->count; i++)
        if (k->other[i] > most) most = k->other[i];
    return most;
}

/* An empty block at place b of the directory. */
static pack_block *open_block(pack_order *o, uint32_t b)
{
    if (o->blocks == o->capacity) {
        o->capacity = o->capacity ? 2 * o->capacity : 8;
        o->block = memory_resize(o->block, o->capacity, sizeof(*o->block));
        o->low = memory_resize(o->low, o->capacity, sizeof *o->low);
        o->most = memory_resize(o->most, o->capacity, sizeof *o->most);
    }
    pack_block *k = o->spare;
    if (k)
        o->spare = k->next_spare;
    else
        k = memory_alloc(1, sizeof *k);
    k->count = 0;
    uint32_t after = o->blocks++ - b;
    memmove(o->block + b + 1, o->block + b, after * sizeof(*o->block));
    memmove(o->low + b + 1, o->low + b, after * sizeof *o->low);
    memmove(o->most + b + 1, o->most + b, after * sizeof *o->most);
    o->block[b] = k;
    o->low[b] = 0;
    o->most[b] = -1;
    return k;
}

static void close_block(pack_order *o, uint32_t b)
{
    o->block[b]->next_spare = o->spare;
    o->spare = o->block[b];
    uint32_t after = --o->blocks - b;
    memmove(o->block + b, o->block + b + 1, after * sizeof(*o->block));
    memmove(o->low + b, o->low + b + 1, after * sizeof *o->low);
    memmove(o->most + b, o->most + b + 1, after * sizeof *o->most);
    if (o->blocks > 0) o->low[0] = 0;
}

static void split(pack_order *o, uint32_t b)
{
    pack_block *right = open_block(o, b + 1), *left = o->block[b];
    uint32_t half = PACK_BLOCK / 2;
    memcpy(right->key, left->key + half, (PACK_BLOCK - half) * sizeof right->key[0]);
    memcpy(right->other, left->other + half, (PACK_BLOCK - half) * sizeof right->other[0]);
    right->count = PACK_BLOCK - half;
    left->count = half;
    o->low[b + 1] = right->key[0];
    o->most[b] = most_of(left);
    o->most[b + 1] = most_of(right);
}

void pack_order_insert(pack_order *o, uint64_t key, int32_t other)
{
    if (o->blocks == 0) open_block(o, 0);
    uint32_t b = find_block(o, key);
    if (o->block[b]->count == PACK_BLOCK) {
        split(o, b);
        b += o->low[b + 1] <= key;
    }
    pack_block *k = o->block[b];
    uint32_t at = find_in_block(k, key), after = k->count++ - at;
    memmove(k->key + at + 1, k->key + at, after * sizeof k->key[0]);
    memmove(k->other + at + 1, k->other + at, after * sizeof k->other[0]);
    k->key[at] = key;
    k->other[at] = other;
    if (other > o->most[b]) o->most[b] = other;
}

/* Joins block b with the next. */
static void join(pack_order *o, uint32_t b)
{
    pack_block *left = o->block[b], *right = o->block[b + 1];
    memcpy(left->key + left->count, right->key, right->count * sizeof left->key[0]);
    memcpy(left->other + left->count, right->other, right->count * sizeof left->other[0]);
    left->count += right->count;
    if (o->most[b + 1] > o->most[b]) o->most[b] = o->most[b + 1];
    close_block(o, b + 1);
}

void pack_order_remove(pack_order *o, uint64_t key)
{
    uint32_t b = find_block(o, key);
    pack_block *k = o->block[b];
    uint32_t at = find_in_block(k, key);
    CHECK(at < k->count && k->key[at] == key);
    int32_t other = k->other[at];
    uint32_t after = --k->count - at;
    memmove(k->key + at, k->key + at + 1, after * sizeof k->key[0]);
    memmove(k->other + at, k->other + at + 1, after * sizeof k->other[0]);
    if (k->count == 0) {
        close_block(o, b);
        return;
    }
    if (other == o->most[b]) o->most[b] = most_of(k);
    if (k->count >= PACK_FEW) return;
    if (b + 1 < o->blocks && k->count + o->block[b + 1]->count <= PACK_BLOCK / 2)
        join(o, b);
    else if (b > 0 && k->count + o->block[b - 1]->count <= PACK_BLOCK / 2)
        join(o, b - 1);
}

/* From *at on, the first entry with enough of the other. */
static bool seek(const pack_order *o, int32_t need, pack_cursor *at)
{
    while (at->block < o->blocks) {
        const pack_block *k = o->block[at->block];
        if (o->most[at->block] >= need)
            for (; at->at < k->count; at->at++)
                if (k->other[at->at] >= need) return true;
        at->at = 0;
        at->block++;
        while (at->block < o->blocks && o->most[at->block] < need)
            at->block++;
    }
    return false;
}

bool pack_order_first(const pack_order *o, uint64_t from, int32_t need, pack_cursor *at)
{
    if (o->blocks == 0) return false;
    at->block = find_block(o, from);
    at->at = find_in_block(o->block[at->block], from);
    return seek(o, need, at);
}

bool pack_order_next(const pack_order *o, int32_t need, pack_cursor *at)
{
    at->at++;
    return seek(o, need, at);
}
