#include "models/ecs/position_set.h"
#include "sim/engine/arena.h"
#include <stdlib.h>
#include <string.h>

void position_set_finish(position_set *s)
{
    free(s->bits);
    free(s->words);
    *s = (position_set){0};
}

void position_set_grow(position_set *s, uint32_t positions)
{
    uint32_t words = (positions + 4095) / 4096 * 64;
    if (s->capacity > 0) words += (s->capacity / 2 + 63) / 64 * 64;
    s->bits = memory_resize(s->bits, words, sizeof *s->bits);
    s->words = memory_resize(s->words, words / 64, sizeof *s->words);
    memset(s->bits + s->capacity, 0, (words - s->capacity) * sizeof *s->bits);
    memset(s->words + s->capacity / 64, 0, (words - s->capacity) / 64 * sizeof *s->words);
    s->capacity = words;
}

void position_set_put_word(position_set *s, uint32_t word, uint64_t bits)
{
    s->count += (uint32_t)__builtin_popcountll(bits);
    s->count -= (uint32_t)__builtin_popcountll(s->bits[word]);
    s->bits[word] = bits;
    if (bits)
        s->words[word / 64] |= UINT64_C(1) << word % 64;
    else
        s->words[word / 64] &= ~(UINT64_C(1) << word % 64);
}

uint32_t position_set_select(const position_set *s, uint32_t k)
{
    uint32_t word = position_set_next_word(s, 0), here;
    while (k >= (here = (uint32_t)__builtin_popcountll(s->bits[word]))) {
        k -= here;
        word = position_set_next_word(s, word + 1);
    }
    uint64_t left = s->bits[word];
    for (; k > 0; k--)
        left &= left - 1;
    return word * 64 + (uint32_t)__builtin_ctzll(left);
}
