/* names.c - an open-addressing hash table of ids over a table of texts; see names.h.
 *
 * The hash is 64-bit FNV-1a (Fowler, Noll, Vo); half of the table stays empty, probing is linear.
 * The same literal is interned again and again, so the id last found from an address is compared
 * first: whatever the guess, the id is that of the text.
 */
#include "sim/engine/names.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *text;
    uint64_t hash;
} entry;

enum { RECENT = 64 };

struct names {
    arena *memory;
    entry *entries; /* by id */
    name_id *table; /* 0: empty */
    uint32_t count, capacity, table_size;
    name_id recent[RECENT]; /* interned from an address with this remainder; a guess, checked */
};

enum { FIRST_CAPACITY = 64 };

static uint64_t hash_of(const char *text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 32;
}

/* Where the text stands in the table, or the empty place where it would. */
static uint32_t place_of(const names *t, const char *text, uint64_t hash)
{
    uint32_t mask = t->table_size - 1;
    uint32_t place = (uint32_t)hash & mask;
    for (name_id id; (id = t->table[place]) != 0; place = (place + 1) & mask)
        if (t->entries[id].hash == hash && strcmp(t->entries[id].text, text) == 0) break;
    return place;
}

static void grow(names *t)
{
    CHECK(t->capacity <= UINT32_MAX / 4);
    t->capacity = t->capacity == 0 ? FIRST_CAPACITY : t->capacity * 2;
    t->table_size = t->capacity * 2;
    t->entries = memory_resize(t->entries, t->capacity, sizeof *t->entries);
    free(t->table);
    t->table = memory_alloc(t->table_size, sizeof *t->table);
    for (name_id id = 1; id < t->count; id++)
        t->table[place_of(t, t->entries[id].text, t->entries[id].hash)] = id;
}

names *names_create(void)
{
    names *t = memory_alloc(1, sizeof *t);
    t->memory = arena_create();
    t->count = 1;
    grow(t);
    t->entries[0] = (entry){"", 0};
    return t;
}

void names_destroy(names *t)
{
    if (t == NULL) return;
    arena_destroy(t->memory);
    free(t->entries);
    free(t->table);
    free(t);
}

name_id names_intern(names *t, const char *text)
{
    if (text == NULL || text[0] == '\0') return 0;
    name_id *guess = &t->recent[(uintptr_t)text / 8 % RECENT];
    if (*guess != 0 && strcmp(t->entries[*guess].text, text) == 0) return *guess;
    uint64_t hash = hash_of(text);
    uint32_t place = place_of(t, text, hash);
    if (t->table[place] != 0) return *guess = t->table[place];
    if (t->count == t->capacity) {
        grow(t);
        place = place_of(t, text, hash);
    }
    name_id id = t->count++;
    t->entries[id] = (entry){arena_strdup(t->memory, text), hash};
    t->table[place] = id;
    return id;
}

name_id names_find(const names *t, const char *text)
{
    if (text == NULL || text[0] == '\0') return 0;
    return t->table[place_of(t, text, hash_of(text))];
}

const char *names_text(const names *t, name_id id)
{
    CHECK(id < t->count);
    return t->entries[id].text;
}

uint32_t names_count(const names *t)
{
    return t->count;
}
