/* test_arena.c - arenas give zeroed, aligned memory that stays; pools reuse slots and notice stale
 * handles. */
#include "sim/engine/arena.h"
#include "tests/engine/child.h"
#include "tests/tap.h"

typedef struct {
    uint64_t a, b, c;
} thing;

static void ask_for_everything(void)
{
    memory_alloc(SIZE_MAX / 2, 1);
}

static void ask_for_too_many(void)
{
    arena *a = arena_create();
    arena_alloc(a, SIZE_MAX / 4, 8);
}

static void free_twice(void)
{
    arena *a = arena_create();
    pool *p = pool_create(a, sizeof(thing));
    pool_handle handle = pool_alloc(p);
    pool_free(p, handle);
    pool_free(p, handle);
}

static void look_at_a_free_slot(void)
{
    arena *a = arena_create();
    pool *p = pool_create(a, sizeof(thing));
    pool_handle handle = pool_alloc(p);
    pool_free(p, handle);
    pool_at(p, handle.index);
}

static bool all_zero(const unsigned char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (bytes[i] != 0) return false;
    return true;
}

int main(void)
{
    tap_begin();
    TEST("what an arena gives is zeroed, aligned and does not overlap, whatever the size")
    {
        enum { COUNT = 4000 };
        arena *a = arena_create();
        unsigned char *given[COUNT];
        size_t size[COUNT], total = 0;
        for (size_t i = 0; i < COUNT; i++) {
            size[i] = 1 + i * 2654435761U % (i % 50 == 0 ? 300000 : 200);
            given[i] = arena_alloc(a, size[i], 1);
            OK((uintptr_t)given[i] % _Alignof(max_align_t) == 0);
            OK(all_zero(given[i], size[i]));
            memset(given[i], (int)(i % 255 + 1), size[i]);
            total += size[i];
        }
        for (size_t i = 0; i < COUNT; i++)
            OK(given[i][0] == i % 255 + 1 && given[i][size[i] - 1] == i % 255 + 1);
        OK(arena_bytes(a) >= total && arena_bytes(a) < total + COUNT * _Alignof(max_align_t));
        arena_destroy(a);
        arena_destroy(NULL);
    }

    TEST("texts are copied and printed into the arena")
    {
        arena *a = arena_create();
        char text[] = "auth";
        char *copy = arena_strdup(a, text);
        text[0] = 'A';
        IS_STR(copy, "auth");
        IS_STR(arena_printf(a, "%s:%d", copy, 12), "auth:12");
        arena_destroy(a);
    }

    TEST("a freed slot is reused, zeroed, last freed first, and its old handle is stale")
    {
        arena *a = arena_create();
        pool *p = pool_create(a, sizeof(thing));
        pool_handle first = pool_alloc(p), second = pool_alloc(p);
        thing *t = pool_get(p, first);
        t->a = 7;
        pool_free(p, second);
        pool_free(p, first);
        IS_INT(pool_live_count(p), 0);
        OK(pool_get(p, first) == NULL);
        pool_handle again = pool_alloc(p);
        IS_INT(again.index, first.index);
        OK(again.generation > first.generation);
        OK(pool_get(p, first) == NULL);
        OK(pool_get(p, again) == t);
        OK(pool_at(p, again.index) == t);
        IS_INT(t->a, 0);
        IS_INT(pool_slot_count(p), 2);
        OK(pool_get(p, (pool_handle){0, 0}) == NULL);
        OK(pool_get(p, (pool_handle){99, 1}) == NULL);
        arena_destroy(a);
    }

    TEST("a pool's addresses stay when it grows, and a warm pool takes no memory")
    {
        enum { COUNT = 10000 };
        arena *a = arena_create();
        pool *p = pool_create(a, sizeof(thing));
        static pool_handle handles[COUNT];
        static thing *things[COUNT];
        for (uint32_t i = 0; i < COUNT; i++) {
            handles[i] = pool_alloc(p);
            things[i] = pool_get(p, handles[i]);
            things[i]->b = i;
        }
        size_t bytes = arena_bytes(a);
        for (uint32_t i = 0; i < COUNT; i++) {
            OK(pool_get(p, handles[i]) == things[i] && things[i]->b == i);
            pool_free(p, handles[i]);
            handles[i] = pool_alloc(p);
            things[i]->b = i;
        }
        IS_INT(arena_bytes(a), bytes);
        IS_INT(pool_live_count(p), COUNT);
        arena_destroy(a);
    }

    TEST("out of memory ends the program with a message and status 3")
    {
        child_result got = child_run(ask_for_too_many);
        IS_INT(got.exit_status, 3);
        OK(strstr(got.message, "out of memory") != NULL);
        if (CHILD_CAN_EXHAUST_MEMORY) IS_INT(child_run(ask_for_everything).exit_status, 3);
    }

    TEST("a stale handle freed, or a free slot looked at, is a bug that ends the program")
    {
        OK(child_run(free_twice).aborted);
        OK(child_run(look_at_a_free_slot).aborted);
    }
    return tap_end();
}
