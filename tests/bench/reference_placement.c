#include "tests/bench/reference_placement.h"
#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define TRIALS        64 /* the law of models/ecs/placement_scan.h */
#define BLOCK         64u
#define LEVELS        256u
#define FITTING_BLOCK 256u /* instances that are counted together */

typedef struct {
    uint32_t count;
    uint64_t key[BLOCK];
    int32_t other[BLOCK];
} block;

/* Positions as a bitmap with two levels of summaries: its first is found in three steps. */
typedef struct {
    uint64_t *bits, *words, *blocks; /* NULL: never used */
    uint32_t count;
} position_set;

/* Instances of one zone that have room for a shape, by how many of its tasks they run. */
typedef struct {
    position_set with[LEVELS];
    uint32_t lowest; /* no set below is in use */
    uint32_t tasks, candidates;
} level_set;

struct reference {
    place_rule rule;
    reference_method method;
    uint32_t n;
    int32_t *cpu, *memory; /* free */
    uint32_t blocks, capacity;
    block **dir;
    uint64_t *low;
    int32_t *most;
    int32_t need_cpu[REFERENCE_SHAPES], need_memory[REFERENCE_SHAPES];
    uint8_t *fits;  /* a bit for each shape that has room on the instance */
    uint8_t *tasks; /* on each instance, by shape */
    uint32_t words; /* of bitmaps over instances, or over those of a zone */
    level_set set[REFERENCE_SHAPES][REFERENCE_ZONES];
    uint32_t fitting[REFERENCE_SHAPES];        /* instances with room */
    uint16_t *block_fitting[REFERENCE_SHAPES]; /* of 256 instances */
    uint32_t *found;
};

static void *allocate(size_t n, size_t size)
{
    void *p = calloc(n + 1, size);
    if (!p) abort();
    return p;
}

/* ---- Sorted blocks ---- */

static uint32_t find_block(const reference *r, uint64_t key)
{
    const uint64_t *base = r->low;
    uint32_t n = r->blocks;
    while (n > 1) {
        uint32_t half = n / 2;
        base = base[half] <= key ? base + half : base;
        n -= half;
    }
    return (uint32_t)(base - r->low);
}

static uint32_t find_key(const block *b, uint64_t key)
{
    const uint64_t *base = b->key;
    uint32_t n = b->count;
    if (n == 0) return 0;
    while (n > 1) {
        uint32_t half = n / 2;
        base = base[half] <= key ? base + half : base;
        n -= half;
    }
    return (uint32_t)(base - b->key) + (*base < key);
}

static int32_t most_of(const block *b)
{
    int32_t most = -1;
    for (uint32_t i = 0; i < b->count; i++)
        if (b->other[i] > most) most = b->other[i];
    return most;
}

static void open_block(reference *r, uint32_t at)
{
    if (r->blocks == r->capacity) {
        r->capacity = r->capacity ? 2 * r->capacity : 64;
        r->dir = realloc(r->dir, r->capacity * sizeof *r->dir);
        r->low = realloc(r->low, r->capacity * sizeof *r->low);
        r->most = realloc(r->most, r->capacity * sizeof *r->most);
        if (!r->dir || !r->low || !r->most) abort();
    }
    uint32_t after = r->blocks++ - at;
    memmove(r->dir + at + 1, r->dir + at, after * sizeof *r->dir);
    memmove(r->low + at + 1, r->low + at, after * sizeof *r->low);
    memmove(r->most + at + 1, r->most + at, after * sizeof *r->most);
    r->dir[at] = allocate(1, sizeof(block));
    r->low[at] = 0;
    r->most[at] = -1;
}

static void insert(reference *r, uint64_t key, int32_t other)
{
    if (r->blocks == 0) open_block(r, 0);
    uint32_t at = find_block(r, key);
    if (r->dir[at]->count == BLOCK) {
        open_block(r, at + 1);
        block *left = r->dir[at], *right = r->dir[at + 1];
        memcpy(right->key, left->key + BLOCK / 2, sizeof left->key / 2);
        memcpy(right->other, left->other + BLOCK / 2, sizeof left->other / 2);
        left->count = right->count = BLOCK / 2;
        r->low[at + 1] = right->key[0];
        r->most[at] = most_of(left);
        r->most[at + 1] = most_of(right);
        at += right->key[0] <= key;
    }
    block *b = r->dir[at];
    uint32_t i = find_key(b, key), after = b->count++ - i;
    memmove(b->key + i + 1, b->key + i, after * sizeof b->key[0]);
    memmove(b->other + i + 1, b->other + i, after * sizeof b->other[0]);
    b->key[i] = key;
    b->other[i] = other;
    if (other > r->most[at]) r->most[at] = other;
}

static void take_out(reference *r, uint64_t key)
{
    uint32_t at = find_block(r, key);
    block *b = r->dir[at];
    uint32_t i = find_key(b, key), after = --b->count - i;
    int32_t other = b->other[i];
    memmove(b->key + i, b->key + i + 1, after * sizeof b->key[0]);
    memmove(b->other + i, b->other + i + 1, after * sizeof b->other[0]);
    if (b->count == 0 && r->blocks > 1) {
        free(b);
        after = --r->blocks - at;
        memmove(r->dir + at, r->dir + at + 1, after * sizeof *r->dir);
        memmove(r->low + at, r->low + at + 1, after * sizeof *r->low);
        memmove(r->most + at, r->most + at + 1, after * sizeof *r->most);
        r->low[0] = 0;
    } else if (other == r->most[at]) {
        r->most[at] = most_of(b);
    }
}

static uint32_t first_fit(const reference *r, int32_t need, int32_t other)
{
    uint64_t from = (uint64_t)need << 32;
    uint32_t at = find_block(r, from), i = find_key(r->dir[at], from);
    for (;;) {
        const block *b = r->dir[at];
        if (r->most[at] >= other)
            for (; i < b->count; i++)
                if (b->other[i] >= other) return (uint32_t)b->key[i];
        i = 0;
        do
            if (++at == r->blocks) return REFERENCE_NONE;
        while (r->most[at] < other);
    }
}

static void pack_change(reference *r, uint32_t at, int32_t cpu, int32_t memory)
{
    bool by_cpu = r->rule == PLACE_BINPACK_CPU;
    int32_t *key = by_cpu ? &r->cpu[at] : &r->memory[at];
    int32_t *other = by_cpu ? &r->memory[at] : &r->cpu[at];
    take_out(r, (uint64_t)*key << 32 | at);
    *key += by_cpu ? cpu : memory;
    *other += by_cpu ? memory : cpu;
    insert(r, (uint64_t)*key << 32 | at, *other);
}

/* ---- Columns ---- */

/* The least free of `key` where both fit, INT32_MAX without; then who has it. */
static uint32_t columns(const int32_t *restrict key, const int32_t *restrict other, uint32_t n,
                        int32_t need, int32_t need_other)
{
    int32_t least = INT32_MAX;
    for (uint32_t i = 0; i < n; i++) {
        int32_t mine = ((key[i] >= need) & (other[i] >= need_other)) ? key[i] : INT32_MAX;
        least = mine < least ? mine : least;
    }
    if (least == INT32_MAX) return REFERENCE_NONE;
    for (uint32_t i = 0;; i++)
        if (key[i] == least && other[i] >= need_other) return i;
}

/* ---- Bitmaps ---- */

static bool has_room(const reference *r, uint32_t i, int32_t cpu, int32_t memory)
{
    return r->cpu[i] >= cpu && r->memory[i] >= memory;
}

static void set_add(const reference *r, position_set *s, uint32_t position)
{
    if (!s->bits) {
        s->bits = allocate(r->words, sizeof(uint64_t));
        s->words = allocate(r->words / 64 + 1, sizeof(uint64_t));
        s->blocks = allocate(r->words / 4096 + 1, sizeof(uint64_t));
    }
    s->bits[position / 64] |= UINT64_C(1) << position % 64;
    s->words[position / 4096] |= UINT64_C(1) << position / 64 % 64;
    s->blocks[position / 262144] |= UINT64_C(1) << position / 4096 % 64;
    s->count++;
}

static void set_remove(position_set *s, uint32_t position)
{
    s->count--;
    if (s->bits[position / 64] &= ~(UINT64_C(1) << position % 64)) return;
    if (s->words[position / 4096] &= ~(UINT64_C(1) << position / 64 % 64)) return;
    s->blocks[position / 262144] &= ~(UINT64_C(1) << position / 4096 % 64);
}

/* The set is not empty. */
static uint32_t set_first(const position_set *s)
{
    uint32_t b = 0;
    while (s->blocks[b] == 0)
        b++;
    uint32_t word = b * 64 + (uint32_t)__builtin_ctzll(s->blocks[b]);
    word = word * 64 + (uint32_t)__builtin_ctzll(s->words[word]);
    return word * 64 + (uint32_t)__builtin_ctzll(s->bits[word]);
}

static void level_add(const reference *r, level_set *s, uint32_t level, uint32_t position)
{
    set_add(r, &s->with[level], position);
    s->candidates++;
    if (level < s->lowest) s->lowest = level;
}

static void level_remove(level_set *s, uint32_t level, uint32_t position)
{
    set_remove(&s->with[level], position);
    s->candidates--;
}

static uint32_t spread_choose(reference *r, uint32_t shape)
{
    level_set *sets = r->set[shape];
    uint32_t fewest = UINT32_MAX, best = REFERENCE_NONE, best_level = LEVELS;
    for (uint32_t z = 0; z < REFERENCE_ZONES; z++)
        if (sets[z].candidates > 0 && sets[z].tasks < fewest) fewest = sets[z].tasks;
    for (uint32_t z = 0; z < REFERENCE_ZONES; z++) {
        level_set *s = &sets[z];
        if (s->candidates == 0 || s->tasks != fewest) continue;
        while (s->with[s->lowest].count == 0)
            s->lowest++;
        if (s->lowest > best_level) continue;
        uint32_t i = set_first(&s->with[s->lowest]) * REFERENCE_ZONES + z;
        if (s->lowest < best_level || i < best) best = i;
        best_level = s->lowest;
    }
    return best;
}

/* The shapes that have room on an instance. */
static uint8_t shapes_with_room(const reference *r, uint32_t i)
{
#ifdef __SSE2__
    __m128i lacks[2];
    __m128i free_cpu = _mm_set1_epi32(r->cpu[i]), free_memory = _mm_set1_epi32(r->memory[i]);
    for (uint32_t k = 0; k < 2; k++) {
        __m128i cpu = _mm_loadu_si128((const __m128i *)(r->need_cpu + 4 * k));
        __m128i memory = _mm_loadu_si128((const __m128i *)(r->need_memory + 4 * k));
        lacks[k] =
            _mm_or_si128(_mm_cmpgt_epi32(cpu, free_cpu), _mm_cmpgt_epi32(memory, free_memory));
    }
    __m128i narrow = _mm_packs_epi32(lacks[0], lacks[1]);
    return (uint8_t)~_mm_movemask_epi8(_mm_packs_epi16(narrow, narrow));
#else
    unsigned mask = 0;
    for (uint32_t s = 0; s < REFERENCE_SHAPES; s++)
        mask |= (unsigned)has_room(r, i, r->need_cpu[s], r->need_memory[s]) << s;
    return (uint8_t)mask;
#endif
}

static void spread_change(reference *r, uint32_t at, uint32_t shape, int32_t cpu, int32_t memory,
                          int sign)
{
    uint32_t zone = at % REFERENCE_ZONES, position = at / REFERENCE_ZONES;
    uint8_t *tasks = r->tasks + at * REFERENCE_SHAPES;
    unsigned before = r->fits[at];
    r->cpu[at] += cpu;
    r->memory[at] += memory;
    unsigned now = r->fits[at] = shapes_with_room(r, at);
    level_set *mine = &r->set[shape][zone];
    mine->tasks -= (uint32_t)sign;
    if (before >> shape & 1) level_remove(mine, tasks[shape], position);
    tasks[shape] = (uint8_t)(tasks[shape] - sign);
    if (now >> shape & 1) level_add(r, mine, tasks[shape], position);
    for (unsigned flips = (before ^ now) & ~(1u << shape); flips; flips &= flips - 1) {
        uint32_t s = (uint32_t)__builtin_ctz(flips);
        if (now >> s & 1)
            level_add(r, &r->set[s][zone], tasks[s], position);
        else
            level_remove(&r->set[s][zone], tasks[s], position);
    }
}

/* ---- Scan ---- */

static uint32_t scan_pack(const reference *r, const int32_t *key, int32_t cpu, int32_t memory)
{
    uint32_t best = REFERENCE_NONE;
    for (uint32_t i = 0; i < r->n; i++)
        if (has_room(r, i, cpu, memory) && (best == REFERENCE_NONE || key[i] < key[best])) best = i;
    return best;
}

static uint32_t scan_spread(const reference *r, uint32_t shape, int32_t cpu, int32_t memory)
{
    uint32_t best = REFERENCE_NONE;
    for (uint32_t i = 0; i < r->n; i++) {
        if (!has_room(r, i, cpu, memory)) continue;
        if (best != REFERENCE_NONE) {
            uint32_t mine = r->set[shape][i % REFERENCE_ZONES].tasks;
            uint32_t its = r->set[shape][best % REFERENCE_ZONES].tasks;
            if (mine > its || (mine == its && r->tasks[i * REFERENCE_SHAPES + shape] >=
                                                  r->tasks[best * REFERENCE_SHAPES + shape]))
                continue;
        }
        best = i;
    }
    return best;
}

static uint32_t scan_random(reference *r, int32_t cpu, int32_t memory, random_stream *stream)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < r->n; i++)
        if (has_room(r, i, cpu, memory)) r->found[n++] = i;
    for (int t = 0; n > 0 && t < TRIALS; t++) {
        uint32_t i = (uint32_t)random_below(stream, r->n);
        if (has_room(r, i, cpu, memory)) return i;
    }
    return n > 0 ? r->found[random_below(stream, n)] : REFERENCE_NONE;
}

/* The k-th instance with room for the shape, from 0; there are more. */
static uint32_t select_fitting(const reference *r, uint32_t shape, uint32_t k)
{
    uint32_t b = 0;
    for (; k >= r->block_fitting[shape][b]; b++)
        k -= r->block_fitting[shape][b];
    for (uint32_t i = b * FITTING_BLOCK;; i++)
        if (r->fits[i] >> shape & 1 && k-- == 0) return i;
}

static uint32_t index_random(const reference *r, uint32_t shape, random_stream *stream)
{
    if (r->fitting[shape] == 0) return REFERENCE_NONE;
    for (int t = 0; t < TRIALS; t++) {
        uint32_t i = (uint32_t)random_below(stream, r->n);
        if (r->fits[i] >> shape & 1) return i;
    }
    return select_fitting(r, shape, (uint32_t)random_below(stream, r->fitting[shape]));
}

static void random_change(reference *r, uint32_t at, int32_t cpu, int32_t memory)
{
    unsigned before = r->fits[at];
    r->cpu[at] += cpu;
    r->memory[at] += memory;
    unsigned now = r->fits[at] = shapes_with_room(r, at);
    for (unsigned flips = before ^ now; flips; flips &= flips - 1) {
        uint32_t s = (uint32_t)__builtin_ctz(flips);
        int change = now >> s & 1 ? 1 : -1;
        r->fitting[s] += (uint32_t)change;
        r->block_fitting[s][at / FITTING_BLOCK] =
            (uint16_t)(r->block_fitting[s][at / FITTING_BLOCK] + change);
    }
}

/* ---- The whole ---- */

static void fill_spread(reference *r)
{
    for (uint32_t i = 0; i < r->n; i++) {
        r->fits[i] = shapes_with_room(r, i);
        for (uint32_t s = 0; s < REFERENCE_SHAPES; s++)
            if (r->fits[i] >> s & 1)
                level_add(r, &r->set[s][i % REFERENCE_ZONES], 0, i / REFERENCE_ZONES);
    }
}

reference *reference_create(place_rule rule, reference_method method, uint32_t instances,
                            const size_pair *size, const size_pair *need)
{
    reference *r = allocate(1, sizeof *r);
    r->rule = rule;
    r->method = method;
    r->n = instances;
    r->cpu = allocate(instances, sizeof *r->cpu);
    r->memory = allocate(instances, sizeof *r->memory);
    for (uint32_t i = 0; i < instances; i++) {
        r->cpu[i] = size[i].cpu;
        r->memory[i] = size[i].memory;
    }
    for (uint32_t s = 0; s < REFERENCE_SHAPES; s++) {
        r->need_cpu[s] = need[s].cpu;
        r->need_memory[s] = need[s].memory;
    }
    r->fits = allocate(instances, sizeof *r->fits);
    r->tasks = allocate(instances, REFERENCE_SHAPES * sizeof *r->tasks);
    r->found = allocate(instances, sizeof *r->found);
    r->words = instances / 64 + 1;
    for (uint32_t k = 0; k < REFERENCE_SHAPES; k++)
        r->block_fitting[k] = allocate(instances / FITTING_BLOCK + 1, sizeof(uint16_t));
    if (rule == PLACE_SPREAD) fill_spread(r);
    if (rule == PLACE_RANDOM)
        for (uint32_t i = 0; i < instances; i++)
            random_change(r, i, 0, 0); /* counts it */
    bool sorted = rule <= PLACE_BINPACK_MEMORY && method == REFERENCE_INDEX;
    for (uint32_t i = 0; sorted && i < instances; i++) {
        bool by_cpu = rule == PLACE_BINPACK_CPU;
        insert(r, (uint64_t)(by_cpu ? size[i].cpu : size[i].memory) << 32 | i,
               by_cpu ? size[i].memory : size[i].cpu);
    }
    return r;
}

void reference_destroy(reference *r)
{
    for (uint32_t b = 0; b < r->blocks; b++)
        free(r->dir[b]);
    free(r->dir);
    free(r->low);
    free(r->most);
    for (uint32_t s = 0; s < REFERENCE_SHAPES; s++) {
        free(r->block_fitting[s]);
        for (uint32_t z = 0; z < REFERENCE_ZONES; z++)
            for (uint32_t k = 0; k < LEVELS; k++) {
                free(r->set[s][z].with[k].bits);
                free(r->set[s][z].with[k].words);
                free(r->set[s][z].with[k].blocks);
            }
    }
    free(r->fits);
    free(r->tasks);
    free(r->cpu);
    free(r->memory);
    free(r->found);
    free(r);
}

uint32_t reference_choose(reference *r, uint32_t shape, int32_t cpu, int32_t memory,
                          random_stream *stream)
{
    bool by_cpu = r->rule == PLACE_BINPACK_CPU;
    switch (r->rule) {
    case PLACE_SPREAD:
        return r->method == REFERENCE_SCAN ? scan_spread(r, shape, cpu, memory)
                                           : spread_choose(r, shape);
    case PLACE_RANDOM:
        return r->method == REFERENCE_SCAN ? scan_random(r, cpu, memory, stream)
                                           : index_random(r, shape, stream);
    default:
        break;
    }
    if (r->method == REFERENCE_SCAN) return scan_pack(r, by_cpu ? r->cpu : r->memory, cpu, memory);
    if (r->method == REFERENCE_INDEX)
        return by_cpu ? first_fit(r, cpu, memory) : first_fit(r, memory, cpu);
    return by_cpu ? columns(r->cpu, r->memory, r->n, cpu, memory)
                  : columns(r->memory, r->cpu, r->n, memory, cpu);
}

void reference_change(reference *r, uint32_t at, uint32_t shape, int32_t cpu, int32_t memory,
                      int sign)
{
    cpu *= sign;
    memory *= sign;
    if (r->rule == PLACE_SPREAD) {
        spread_change(r, at, shape, cpu, memory, sign);
    } else if (r->rule == PLACE_RANDOM && r->method == REFERENCE_INDEX) {
        random_change(r, at, cpu, memory);
    } else if (r->rule <= PLACE_BINPACK_MEMORY && r->method == REFERENCE_INDEX) {
        pack_change(r, at, cpu, memory);
    } else {
        r->cpu[at] += cpu;
        r->memory[at] += memory;
    }
}
