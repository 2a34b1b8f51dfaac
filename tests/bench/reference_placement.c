#include "tests/bench/reference_placement.h"
#include <stdlib.h>
#include <string.h>

#define TRIALS 64 /* the law of models/ecs/placement_scan.h */
#define BLOCK  64u
#define LEVELS 256u

typedef struct {
    uint32_t count;
    uint64_t key[BLOCK];
    int32_t other[BLOCK];
} block;

typedef struct {
    int32_t cpu, memory;
} pair;

/* Instances of one zone: where each group has how many. */
typedef struct {
    uint64_t *with[LEVELS]; /* bitmap of positions with so many tasks */
    uint32_t positions[LEVELS];
    uint32_t tasks;
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
    uint16_t *tasks[REFERENCE_SHAPES]; /* on each instance */
    uint32_t words;                    /* of a zone's bitmaps */
    level_set set[REFERENCE_SHAPES][REFERENCE_ZONES];
    pair *block_most[REFERENCE_ZONES]; /* of 64 positions */
    pair *super_most[REFERENCE_ZONES]; /* of 64 blocks */
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

static void set_bit(reference *r, level_set *s, uint32_t level, uint32_t position)
{
    if (level >= LEVELS) abort();
    if (!s->with[level]) s->with[level] = allocate(r->words, sizeof(uint64_t));
    s->with[level][position / 64] |= UINT64_C(1) << position % 64;
    s->positions[level]++;
}

static uint32_t first_in(const reference *r, const level_set *s, uint32_t zone, uint32_t level,
                         int32_t cpu, int32_t memory)
{
    const uint64_t *bits = s->with[level];
    for (uint32_t w = 0; w < r->words; w++) {
        if (w % 64 == 0 && (r->super_most[zone][w / 64].cpu < cpu ||
                            r->super_most[zone][w / 64].memory < memory)) {
            w += 63;
            continue;
        }
        if (bits[w] == 0 || r->block_most[zone][w].cpu < cpu ||
            r->block_most[zone][w].memory < memory)
            continue;
        for (uint64_t left = bits[w]; left; left &= left - 1) {
            uint32_t position = w * 64 + (uint32_t)__builtin_ctzll(left);
            uint32_t i = position * REFERENCE_ZONES + zone;
            if (has_room(r, i, cpu, memory)) return i;
        }
    }
    return REFERENCE_NONE;
}

static uint32_t spread_choose(const reference *r, uint32_t shape, int32_t cpu, int32_t memory)
{
    bool tried[REFERENCE_ZONES] = {false};
    for (;;) {
        uint32_t fewest = UINT32_MAX, best = REFERENCE_NONE, best_level = LEVELS;
        for (uint32_t z = 0; z < REFERENCE_ZONES; z++)
            if (!tried[z] && r->set[shape][z].tasks < fewest) fewest = r->set[shape][z].tasks;
        if (fewest == UINT32_MAX) return REFERENCE_NONE;
        for (uint32_t z = 0; z < REFERENCE_ZONES; z++) {
            const level_set *s = &r->set[shape][z];
            if (tried[z] || s->tasks != fewest) continue;
            tried[z] = true;
            for (uint32_t level = 0; level < LEVELS && level <= best_level; level++) {
                if (s->positions[level] == 0) continue;
                uint32_t i = first_in(r, s, z, level, cpu, memory);
                if (i == REFERENCE_NONE) continue;
                if (level < best_level || i < best) best = i;
                best_level = level;
                break;
            }
        }
        if (best != REFERENCE_NONE) return best;
    }
}

static pair most_in_block(const reference *r, uint32_t zone, uint32_t word)
{
    pair most = {-1, -1};
    for (uint32_t p = word * 64; p < word * 64 + 64; p++) {
        uint32_t i = p * REFERENCE_ZONES + zone;
        if (i >= r->n) break;
        if (r->cpu[i] > most.cpu) most.cpu = r->cpu[i];
        if (r->memory[i] > most.memory) most.memory = r->memory[i];
    }
    return most;
}

static void refresh_most(reference *r, uint32_t zone, uint32_t word)
{
    pair before = r->block_most[zone][word];
    pair now = r->block_most[zone][word] = most_in_block(r, zone, word);
    if (before.cpu == now.cpu && before.memory == now.memory) return;
    pair super = {-1, -1};
    for (uint32_t w = word / 64 * 64; w < r->words && w < word / 64 * 64 + 64; w++) {
        if (r->block_most[zone][w].cpu > super.cpu) super.cpu = r->block_most[zone][w].cpu;
        if (r->block_most[zone][w].memory > super.memory)
            super.memory = r->block_most[zone][w].memory;
    }
    r->super_most[zone][word / 64] = super;
}

static void spread_change(reference *r, uint32_t at, uint32_t shape, int32_t cpu, int32_t memory,
                          int sign)
{
    uint32_t zone = at % REFERENCE_ZONES, position = at / REFERENCE_ZONES;
    level_set *s = &r->set[shape][zone];
    uint16_t *tasks = &r->tasks[shape][at];
    r->cpu[at] += cpu;
    r->memory[at] += memory;
    s->with[*tasks][position / 64] &= ~(UINT64_C(1) << position % 64);
    s->positions[*tasks]--;
    *tasks = (uint16_t)(*tasks - sign);
    set_bit(r, s, *tasks, position);
    s->tasks -= (uint32_t)sign;
    pair most = r->block_most[zone][position / 64];
    bool loses = r->cpu[at] - cpu == most.cpu || r->memory[at] - memory == most.memory;
    if (r->cpu[at] > most.cpu || r->memory[at] > most.memory || loses)
        refresh_most(r, zone, position / 64);
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
    const uint16_t *tasks = r->tasks[shape];
    for (uint32_t i = 0; i < r->n; i++) {
        if (!has_room(r, i, cpu, memory)) continue;
        if (best != REFERENCE_NONE) {
            uint32_t mine = r->set[shape][i % REFERENCE_ZONES].tasks;
            uint32_t its = r->set[shape][best % REFERENCE_ZONES].tasks;
            if (mine > its || (mine == its && tasks[i] >= tasks[best])) continue;
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

static uint32_t index_random(reference *r, int32_t cpu, int32_t memory, random_stream *stream)
{
    random_stream before = *stream;
    for (int t = 0; t < TRIALS; t++) {
        uint32_t i = (uint32_t)random_below(stream, r->n);
        if (has_room(r, i, cpu, memory)) return i;
    }
    uint32_t n = 0;
    for (uint32_t w = 0; w < r->words; w++) {
        if (r->block_most[0][w].cpu < cpu || r->block_most[0][w].memory < memory) continue;
        for (uint32_t i = w * 64; i < r->n && i < w * 64 + 64; i++)
            if (has_room(r, i, cpu, memory)) r->found[n++] = i;
    }
    if (n > 0) return r->found[random_below(stream, n)];
    *stream = before;
    return REFERENCE_NONE;
}

static void random_change(reference *r, uint32_t at, int32_t cpu, int32_t memory)
{
    pair *most = &r->block_most[0][at / 64];
    bool loses = r->cpu[at] == most->cpu || r->memory[at] == most->memory;
    r->cpu[at] += cpu;
    r->memory[at] += memory;
    if (!loses && r->cpu[at] <= most->cpu && r->memory[at] <= most->memory) return;
    *most = (pair){-1, -1};
    for (uint32_t i = at / 64 * 64; i < r->n && i < at / 64 * 64 + 64; i++) {
        if (r->cpu[i] > most->cpu) most->cpu = r->cpu[i];
        if (r->memory[i] > most->memory) most->memory = r->memory[i];
    }
}

/* ---- The whole ---- */

static void fill_spread(reference *r)
{
    for (uint32_t s = 0; s < REFERENCE_SHAPES; s++)
        r->tasks[s] = allocate(r->n, sizeof(uint16_t));
    for (uint32_t i = 0; i < r->n; i++)
        for (uint32_t s = 0; s < REFERENCE_SHAPES; s++)
            set_bit(r, &r->set[s][i % REFERENCE_ZONES], 0, i / REFERENCE_ZONES);
    for (uint32_t z = 0; z < REFERENCE_ZONES; z++)
        for (uint32_t w = 0; w < r->words; w++)
            refresh_most(r, z, w);
}

reference *reference_create(place_rule rule, reference_method method, uint32_t instances,
                            const int32_t *cpu, const int32_t *memory)
{
    reference *r = allocate(1, sizeof *r);
    r->rule = rule;
    r->method = method;
    r->n = instances;
    r->cpu = allocate(instances, sizeof *r->cpu);
    r->memory = allocate(instances, sizeof *r->memory);
    memcpy(r->cpu, cpu, instances * sizeof *cpu);
    memcpy(r->memory, memory, instances * sizeof *memory);
    r->found = allocate(instances, sizeof *r->found);
    r->words = instances / 64 + 1;
    for (uint32_t z = 0; z < REFERENCE_ZONES; z++) {
        r->block_most[z] = allocate(r->words, sizeof(pair));
        r->super_most[z] = allocate(r->words / 64 + 1, sizeof(pair));
    }
    if (rule == PLACE_SPREAD) fill_spread(r);
    if (rule == PLACE_RANDOM)
        for (uint32_t i = 0; i < instances; i++)
            random_change(r, i, 0, 0);
    bool sorted = rule <= PLACE_BINPACK_MEMORY && method == REFERENCE_INDEX;
    for (uint32_t i = 0; sorted && i < instances; i++) {
        bool by_cpu = rule == PLACE_BINPACK_CPU;
        insert(r, (uint64_t)(by_cpu ? cpu[i] : memory[i]) << 32 | i, by_cpu ? memory[i] : cpu[i]);
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
        free(r->tasks[s]);
        for (uint32_t z = 0; z < REFERENCE_ZONES; z++)
            for (uint32_t k = 0; k < LEVELS; k++)
                free(r->set[s][z].with[k]);
    }
    for (uint32_t z = 0; z < REFERENCE_ZONES; z++) {
        free(r->block_most[z]);
        free(r->super_most[z]);
    }
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
                                           : spread_choose(r, shape, cpu, memory);
    case PLACE_RANDOM:
        return r->method == REFERENCE_SCAN ? scan_random(r, cpu, memory, stream)
                                           : index_random(r, cpu, memory, stream);
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
