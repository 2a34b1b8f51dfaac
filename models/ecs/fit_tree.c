#include "models/ecs/fit_tree.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define WIDTH 16u

void fit_tree_init(fit_tree *t, uint32_t dimensions, bool amounts, bool maxima)
{
    CHECK(dimensions >= 2 && dimensions <= FIT_DIMENSIONS);
    *t = (fit_tree){.dimensions = dimensions, .amounts = amounts, .maxima = maxima, .levels = 1};
}

void fit_tree_finish(fit_tree *t)
{
    for (uint32_t l = 0; l < FIT_LEVELS; l++)
        free(t->level[l]);
}

static int32_t *block_at(const fit_tree *t, uint32_t level, uint32_t block, uint32_t dimension)
{
    return t->level[level] + ((uint64_t)block * t->dimensions + dimension) * WIDTH;
}

/* Room for `blocks` blocks; new entries hold -1. */
static void need_blocks(fit_tree *t, uint32_t level, uint32_t blocks)
{
    if (blocks <= t->blocks[level]) return;
    uint32_t wanted = blocks + t->blocks[level];
    size_t size = (size_t)t->dimensions * WIDTH;
    t->level[level] = memory_resize(t->level[level], wanted * size, sizeof(int32_t));
    for (size_t i = t->blocks[level] * size; i < wanted * size; i++)
        t->level[level][i] = -1;
    t->blocks[level] = wanted;
}

static int32_t block_max(const int32_t *block)
{
    int32_t most = block[0];
    for (uint32_t i = 1; i < WIDTH; i++)
        if (block[i] > most) most = block[i];
    return most;
}

uint32_t fit_tree_append(fit_tree *t)
{
    uint32_t entries = ++t->count;
    if (!t->amounts) return t->count - 1;
    for (uint32_t l = 0;; l++) {
        uint32_t blocks = (entries + WIDTH - 1) / WIDTH;
        CHECK(l < FIT_LEVELS);
        need_blocks(t, l, blocks);
        if (l == t->levels) { /* a new top: its only child so far is the old top's first block */
            for (uint32_t d = 0; d < t->dimensions; d++)
                block_at(t, l, 0, d)[0] = block_max(block_at(t, l - 1, 0, d));
            t->levels++;
        }
        if (blocks == 1) return t->count - 1;
        entries = blocks;
    }
}

static void set_one(fit_tree *t, uint32_t position, uint32_t d, int32_t value)
{
    uint32_t at = position;
    for (uint32_t l = 0; l < t->levels; l++) {
        int32_t *block = block_at(t, l, at / WIDTH, d);
        int32_t old = block[at % WIDTH];
        if (old == value) return;
        block[at % WIDTH] = value;
        if (l + 1 == t->levels) return;
        int32_t most = block_at(t, l + 1, at / WIDTH / WIDTH, d)[at / WIDTH % WIDTH];
        if (value < most) {
            if (old < most) return; /* somebody else is the largest */
            value = block_max(block);
        }
        at /= WIDTH;
    }
}

void fit_tree_set(fit_tree *t, uint32_t position, const fit_amounts *amounts)
{
    if (t->maxima) {
        for (uint32_t d = 0; d < t->dimensions; d++)
            set_one(t, position, d, amounts->of[d]);
        return;
    }
    int32_t *entry = block_at(t, 0, position / WIDTH, 0) + position % WIDTH;
    for (uint32_t d = 0; d < t->dimensions; d++)
        entry[d * WIDTH] = amounts->of[d];
}

/* A bit for each of 16 entries that has room in each of so many dimensions. */
static inline unsigned room_in(const int32_t *entries, const fit_amounts *need, uint32_t dimensions)
{
#ifdef __SSE2__
    __m128i lacks[4] = {_mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128(),
                        _mm_setzero_si128()};
    for (uint32_t d = 0; d < dimensions; d++) {
        __m128i wanted = _mm_set1_epi32(need->of[d]);
        for (uint32_t i = 0; i < 4; i++) {
            __m128i have = _mm_loadu_si128((const __m128i *)(entries + d * WIDTH + i * 4));
            lacks[i] = _mm_or_si128(lacks[i], _mm_cmpgt_epi32(wanted, have));
        }
    }
    __m128i low = _mm_packs_epi32(lacks[0], lacks[1]), high = _mm_packs_epi32(lacks[2], lacks[3]);
    return ~(unsigned)_mm_movemask_epi8(_mm_packs_epi16(low, high)) & 0xffffu;
#else
    unsigned mask = 0;
    for (uint32_t i = 0; i < WIDTH; i++) {
        unsigned fits = 1;
        for (uint32_t d = 0; d < dimensions; d++)
            fits &= entries[d * WIDTH + i] >= need->of[d];
        mask |= fits << i;
    }
    return mask;
#endif
}

/* The same of a block of a level; the usual two dimensions are worth a loop of their own. */
static inline unsigned room_mask(const fit_tree *t, uint32_t level, uint32_t block,
                                 const fit_amounts *need)
{
    const int32_t *entries = block_at(t, level, block, 0);
    return t->dimensions == 2 ? room_in(entries, need, 2) : room_in(entries, need, t->dimensions);
}

bool fit_tree_may_fit(const fit_tree *t, const fit_amounts *need)
{
    return t->count > 0 && room_mask(t, t->levels - 1, 0, need) != 0;
}

/* The first position >= from that the filter lets pass; at most `count`. */
static uint32_t filter_next(const fit_filter *f, uint32_t from, uint32_t count)
{
    uint32_t word = from / 64;
    uint64_t bits = fit_filter_word(f, word) & (~UINT64_C(0) << from % 64);
    while (bits == 0) {
        if (++word * 64 >= count) return count;
        bits = fit_filter_word(f, word);
    }
    return word * 64 + (uint32_t)__builtin_ctzll(bits);
}

uint32_t fit_tree_next(const fit_tree *t, uint32_t from, const fit_amounts *need,
                       const fit_filter *filter)
{
    uint32_t level = 0, at = from;
    bool filtered = filter && filter->bits;
    if (filtered) at = filter_next(filter, at, t->count);
    if (at >= t->count) return FIT_NONE;
    for (;;) {
        uint32_t block = at / WIDTH;
        unsigned mask = room_mask(t, level, block, need) & (0xffffu << at % WIDTH);
        if (level == 0 && filtered && mask) {
            uint64_t bits = fit_filter_word(filter, block / 4);
            mask &= (unsigned)(bits >> block % 4 * WIDTH) & 0xffffu;
            if (mask == 0) { /* room, but none of the set: on to the next block that has one */
                at = filter_next(filter, (block + 1) * WIDTH, t->count);
                if (at >= t->count) return FIT_NONE;
                continue;
            }
        }
        if (mask) {
            at = block * WIDTH + (uint32_t)__builtin_ctz(mask);
            if (level == 0) return at;
            at *= WIDTH;
            level--;
        } else {
            if (++level == t->levels) return FIT_NONE;
            at = block + 1;
            if (at >= t->blocks[level] * WIDTH) return FIT_NONE;
        }
    }
}

uint32_t fit_tree_least(const fit_tree *t, uint32_t dimension, const fit_amounts *need)
{
    uint32_t best = FIT_NONE, blocks = (t->count + WIDTH - 1) / WIDTH;
    int32_t least = INT32_MAX;
    for (uint32_t b = 0; b < blocks; b++) {
        const int32_t *amounts = block_at(t, 0, b, dimension);
        for (unsigned mask = room_mask(t, 0, b, need); mask; mask &= mask - 1) {
            uint32_t i = (uint32_t)__builtin_ctz(mask);
            if (amounts[i] >= least) continue;
            least = amounts[i];
            best = b * WIDTH + i;
        }
    }
    return best;
}
