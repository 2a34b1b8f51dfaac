/* position_set.h - a set of positions in a row of instances: a bitmap with a bit for each of its
 * words.
 *
 * Cost   add, remove, has O(1); the next one O(n / 4096) at worst; no allocation once warm.
 */
#ifndef BERTH_MODELS_ECS_POSITION_SET_H
#define BERTH_MODELS_ECS_POSITION_SET_H

#include <stdbool.h>
#include <stdint.h>

#define POSITION_NONE UINT32_MAX

typedef struct {
    uint64_t *bits, *words; /* words: which of bits are not 0 */
    uint32_t capacity;      /* of bits, a multiple of 64 */
    uint32_t count;
} position_set;

void position_set_finish(position_set *s);
/* Room for positions below `positions`. */
void position_set_grow(position_set *s, uint32_t positions);
static inline void position_set_reserve(position_set *s, uint32_t positions)
{
    if ((uint64_t)s->capacity * 64 < positions) position_set_grow(s, positions);
}
/* The k-th from 0 of the set, which has more. */
uint32_t position_set_select(const position_set *s, uint32_t k);
/* Bits of one word are replaced. There is room. */
void position_set_put_word(position_set *s, uint32_t word, uint64_t bits);

static inline bool position_set_has(const position_set *s, uint32_t position)
{
    return position / 64 < s->capacity && s->bits[position / 64] >> position % 64 & 1;
}

/* There is room, and it is not in the set. */
static inline void position_set_add(position_set *s, uint32_t position)
{
    s->bits[position / 64] |= UINT64_C(1) << position % 64;
    s->words[position / 4096] |= UINT64_C(1) << position / 64 % 64;
    s->count++;
}

/* It is in the set. */
static inline void position_set_remove(position_set *s, uint32_t position)
{
    s->count--;
    if ((s->bits[position / 64] &= ~(UINT64_C(1) << position % 64)) == 0)
        s->words[position / 4096] &= ~(UINT64_C(1) << position / 64 % 64);
}

/* The next word from `word` on that is not 0; POSITION_NONE. */
static inline uint32_t position_set_next_word(const position_set *s, uint32_t word)
{
    if (word >= s->capacity) return POSITION_NONE;
    uint64_t left = s->words[word / 64] & ~UINT64_C(0) << word % 64;
    uint32_t block = word / 64;
    while (left == 0) {
        if (++block * 64 >= s->capacity) return POSITION_NONE;
        left = s->words[block];
    }
    return block * 64 + (uint32_t)__builtin_ctzll(left);
}

/* The first position >= from; POSITION_NONE. */
static inline uint32_t position_set_next(const position_set *s, uint32_t from)
{
    uint32_t word = from / 64;
    if (word >= s->capacity || s->count == 0) return POSITION_NONE;
    uint64_t left = s->bits[word] & ~UINT64_C(0) << from % 64;
    if (left == 0) {
        word = position_set_next_word(s, word + 1);
        if (word == POSITION_NONE) return POSITION_NONE;
        left = s->bits[word];
    }
    return word * 64 + (uint32_t)__builtin_ctzll(left);
}

#endif
