#include "models/ecs/group_places.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <stdlib.h>
#include <string.h>

void group_places_finish(group_places *g)
{
    for (uint32_t k = 0; k < g->levels; k++)
        free(g->level[k].bits);
    for (uint32_t k = 0; k < g->open_levels; k++)
        position_set_finish(&g->open[k]);
    free(g->open);
    free(g->level);
    free(g->list);
    *g = (group_places){0};
}

uint32_t group_places_find(const group_places *g, uint32_t position)
{
    uint32_t low = 0, high = g->positions;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (g->list[middle].position < position)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void change_list(group_places *g, uint32_t position, uint32_t from, uint32_t to)
{
    uint32_t at = group_places_find(g, position);
    if (from == 0) {
        if (g->positions == g->list_capacity) {
            g->list_capacity = g->list_capacity ? 2 * g->list_capacity : 4;
            g->list = memory_resize(g->list, g->list_capacity, sizeof *g->list);
        }
        memmove(g->list + at + 1, g->list + at, (g->positions - at) * sizeof *g->list);
        g->positions++;
    }
    CHECK(at < g->positions);
    g->list[at] = (place_tasks){position, to};
    if (to == 0) {
        g->positions--;
        memmove(g->list + at, g->list + at + 1, (g->positions - at) * sizeof *g->list);
    }
}

/* ---- Bitmaps ---- */

static void need_words(group_places *g, uint32_t position)
{
    if (position / 64 < g->words) return;
    uint32_t words = position / 64 + 1 + g->words / 2;
    for (uint32_t k = 0; k < g->levels; k++) {
        if (!g->level[k].bits) continue;
        g->level[k].bits = memory_resize(g->level[k].bits, words, sizeof(uint64_t));
        memset(g->level[k].bits + g->words, 0, (words - g->words) * sizeof(uint64_t));
    }
    g->words = words;
}

static void need_level(group_places *g, uint32_t k)
{
    if (k >= g->levels) {
        g->level = memory_resize(g->level, k + 1, sizeof *g->level);
        for (uint32_t i = g->levels; i <= k; i++)
            g->level[i] = (place_level){0};
        g->levels = k + 1;
    }
    if (!g->level[k].bits) g->level[k].bits = memory_alloc(g->words, sizeof(uint64_t));
}

static void put(group_places *g, uint32_t k, uint32_t position)
{
    need_level(g, k);
    g->level[k].bits[position / 64] |= UINT64_C(1) << position % 64;
    g->level[k].positions++;
}

static void take(group_places *g, uint32_t k, uint32_t position)
{
    g->level[k].bits[position / 64] &= ~(UINT64_C(1) << position % 64);
    g->level[k].positions--;
}

/* ---- Those with room ---- */

static void need_open(group_places *g, uint32_t k)
{
    if (k < g->open_levels) return;
    g->open = memory_resize(g->open, k + 1, sizeof *g->open);
    while (g->open_levels <= k)
        g->open[g->open_levels++] = (position_set){0};
}

static void open_add(group_places *g, uint32_t k, uint32_t position)
{
    need_open(g, k);
    position_set_reserve(&g->open[k], position + 1);
    position_set_add(&g->open[k], position);
}

static uint32_t tasks_at(const group_places *g, uint32_t position)
{
    uint32_t word = position / 64, k = 0;
    uint64_t bit = UINT64_C(1) << position % 64;
    if (word < g->words && g->level[0].bits[word] & bit)
        for (k = 1; !g->level[k].bits || !(g->level[k].bits[word] & bit);)
            k++;
    return k;
}

static void open_all(group_places *g, const position_set *room)
{
    need_open(g, g->levels);
    for (uint32_t k = 0; k < g->open_levels; k++) {
        const uint64_t *bits = k < g->levels ? g->level[k].bits : NULL;
        position_set *open = &g->open[k];
        if (open->count == 0 && !bits) continue;
        position_set_reserve(open, room->capacity * 64);
        for (uint32_t w = 0; w < open->capacity; w++) {
            uint64_t in = bits && w < g->words ? bits[w] : 0;
            uint64_t fits = w < room->capacity ? room->bits[w] : 0;
            uint64_t both = (k == 0 ? ~in : in) & fits;
            if (both | open->bits[w]) position_set_put_word(open, w, both);
        }
    }
}

const position_set *group_places_open(group_places *g, const shape_room *room, uint32_t shape)
{
    if (!g->follows || g->shape != shape || room->flip_count - g->seen > ROOM_FLIPS) {
        open_all(g, &room->set);
        g->follows = true;
        g->shape = shape;
        g->seen = room->flip_count;
    }
    for (; g->seen < room->flip_count; g->seen++) {
        uint32_t position = room->flips[g->seen % ROOM_FLIPS], k = tasks_at(g, position);
        bool fits = position_set_has(&room->set, position);
        bool held = k < g->open_levels && position_set_has(&g->open[k], position);
        if (fits && !held) open_add(g, k, position);
        if (held && !fits) position_set_remove(&g->open[k], position);
    }
    return g->open;
}

/* ---- Changes ---- */

static void change_bits(group_places *g, uint32_t position, uint32_t from, uint32_t to)
{
    need_words(g, position);
    if (from > 0)
        take(g, from, position);
    else
        put(g, 0, position);
    if (to > 0)
        put(g, to, position);
    else
        take(g, 0, position);
    g->positions += (uint32_t)(from == 0) - (uint32_t)(to == 0);
    if (g->follows && from < g->open_levels && position_set_has(&g->open[from], position)) {
        position_set_remove(&g->open[from], position);
        open_add(g, to, position);
    }
}

/* The form that is left keeps its memory: a service's tasks may all go and come again. */
static void become_dense(group_places *g)
{
    uint32_t n = g->positions;
    g->positions = 0;
    g->dense = true;
    need_words(g, g->list[n - 1].position);
    for (uint32_t i = 0; i < n; i++)
        change_bits(g, g->list[i].position, 0, g->list[i].tasks);
}

static void clear_bits(group_places *g)
{
    for (uint32_t k = 0; k < g->levels; k++) {
        g->level[k].positions = 0;
        if (g->level[k].bits) memset(g->level[k].bits, 0, g->words * sizeof(uint64_t));
    }
}

/* Late, so that a group at the limit does not go to and fro. */
static void become_listed(group_places *g)
{
    g->dense = false;
    g->follows = false;
    g->positions = 0;
    for (uint32_t w = 0; w < g->words; w++)
        for (uint64_t left = g->level[0].bits[w]; left; left &= left - 1)
            change_list(g, w * 64 + (uint32_t)__builtin_ctzll(left), 0,
                        tasks_at(g, w * 64 + (uint32_t)__builtin_ctzll(left)));
    clear_bits(g);
}

static bool is_many(const group_places *g)
{
    if (g->positions <= PLACES_LISTED_MIN) return false;
    return g->positions > PLACES_LISTED_MAX ||
           g->positions > g->list[g->positions - 1].position / 64 + 1;
}

void group_places_change(group_places *g, uint32_t position, uint32_t from, uint32_t to)
{
    if (from == to) return;
    g->tasks += to - from;
    if (g->dense) {
        change_bits(g, position, from, to);
        if (g->positions < PLACES_LISTED_MIN / 2) become_listed(g);
    } else {
        change_list(g, position, from, to);
        if (is_many(g)) become_dense(g);
    }
}
