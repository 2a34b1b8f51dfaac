/* arena.h - memory that lives as long as one replication, and pools that reuse slots.
 *
 * arena   allocations are never freed one by one; arena_destroy releases all. Out of memory is
 *         fatal (message, exit status 3). Not shared between threads: one arena a replication.
 * pool    slots of one size, addressed by index; a freed slot is reused (last freed first) and its
 *         generation rises, so that a stale handle is seen. Addresses of slots are stable.
 * Cost    alloc and free O(1); nothing is allocated once a pool is warm.
 */
#ifndef BERTH_SIM_ENGINE_ARENA_H
#define BERTH_SIM_ENGINE_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct arena arena;

arena *arena_create(void);
void arena_destroy(arena *a); /* NULL is fine */
/* Zeroed, aligned for any type; count * size is checked for overflow. */
void *arena_alloc(arena *a, size_t count, size_t size);
char *arena_strdup(arena *a, const char *text);
char *arena_printf(arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
size_t arena_bytes(const arena *a); /* given out so far */

#define ARENA_NEW(a, type)          ((type *)arena_alloc((a), 1, sizeof(type)))
#define ARENA_ARRAY(a, count, type) ((type *)arena_alloc((a), (count), sizeof(type)))

typedef struct {
    uint32_t index, generation;
} pool_handle;

typedef struct pool pool;

pool *pool_create(arena *a, size_t slot_size);
pool_handle pool_alloc(pool *p);             /* the slot is zeroed */
void pool_free(pool *p, pool_handle handle); /* a stale handle is a bug and is checked */
/* NULL when the handle is stale. */
void *pool_get(const pool *p, pool_handle handle);
void *pool_at(const pool *p, uint32_t index); /* a live slot; checked */
uint32_t pool_live_count(const pool *p);
uint32_t pool_slot_count(const pool *p); /* live and free: indices are below this */

/* malloc/realloc that end the program with a message and status 3 instead of returning NULL. */
void *memory_alloc(size_t count, size_t size); /* zeroed */
void *memory_resize(void *block, size_t count, size_t size);

#endif
