/* pack_order.h - instances by (what is free of one resource, position), and what is free of another.
 *
 * A sorted list in blocks, with the maximum of the other resource a block: binpack walks it from
 * what a task needs upwards and skips blocks in which nobody has enough of the other (E78, E81).
 * Cost   insert and remove O(log n + block), with a move of the directory when a block splits;
 *        finding the first that fits O(log n + blocks skipped). No allocation once warm.
 */
#ifndef BERTH_MODELS_ECS_PACK_ORDER_H
#define BERTH_MODELS_ECS_PACK_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#define PACK_BLOCK 64u

typedef struct pack_block pack_block;
struct pack_block {
    uint32_t count;
    uint64_t key[PACK_BLOCK];
    int32_t other[PACK_BLOCK];
    pack_block *next_spare;
};

typedef struct {
    uint32_t blocks, capacity;
    pack_block **block;
    uint64_t *low; /* no key of the block is below; ascending; low[0] is 0 */
    int32_t *most; /* of the other resource */
    pack_block *spare;
} pack_order;

typedef struct {
    uint32_t block, at;
} pack_cursor;

static inline uint64_t pack_key(int32_t amount, uint32_t position)
{
    return (uint64_t)(uint32_t)amount << 32 | position;
}

void pack_order_init(pack_order *o);
void pack_order_finish(pack_order *o);
void pack_order_insert(pack_order *o, uint64_t key, int32_t other);
void pack_order_remove(pack_order *o, uint64_t key);

/* The first entry with key >= from and other >= need; false when there is none. */
bool pack_order_first(const pack_order *o, uint64_t from, int32_t need, pack_cursor *at);
/* The next one after *at. */
bool pack_order_next(const pack_order *o, int32_t need, pack_cursor *at);

static inline uint64_t pack_order_key(const pack_order *o, pack_cursor at)
{
    return o->block[at.block]->key[at.at];
}

static inline uint32_t pack_position(uint64_t key)
{
    return (uint32_t)key;
}

static inline int32_t pack_amount(uint64_t key)
{
    return (int32_t)(key >> 32);
}

#endif
