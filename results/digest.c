/* digest.c - XXH3-128 over the records, gathered into a buffer so that the hash runs at full speed.
 */
#include "results/digest.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <stdlib.h>
#include <xxhash.h>

#define BUFFER_WORDS 1024
/* A record's longest form: time, kind, two words a cell. */
#define RECORD_WORDS (2 + 2 * EVENT_CELLS)

struct digest {
    XXH3_state_t *state;
    uint64_t kind_hash[EVENT_KIND_COUNT];
    uint64_t *name_hash; /* by name_id; 0: not known yet */
    uint32_t name_room;
    size_t used;
    uint64_t buffer[BUFFER_WORDS];
};

static uint64_t little_endian(uint64_t word)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return word;
#else
    return __builtin_bswap64(word);
#endif
}

static XXH3_state_t *new_state(void)
{
    XXH3_state_t *state = XXH3_createState();
    CHECK(state != NULL);
    CHECK(XXH3_128bits_reset(state) == XXH_OK);
    return state;
}

digest *digest_create(void)
{
    digest *d = memory_alloc(1, sizeof *d);
    d->state = new_state();
    for (int kind = 0; kind < EVENT_KIND_COUNT; kind++)
        d->kind_hash[kind] = XXH3_64bits(event_kinds[kind].name, strlen(event_kinds[kind].name));
    return d;
}

void digest_destroy(digest *d)
{
    if (!d) return;
    XXH3_freeState(d->state);
    free(d->name_hash);
    free(d);
}

/* Content, not id. */
static uint64_t learn_name(digest *d, const names *t, name_id id)
{
    if (id >= d->name_room) {
        uint32_t room = names_count(t) + 64;
        CHECK(id < room);
        d->name_hash = memory_resize(d->name_hash, room, sizeof *d->name_hash);
        memset(d->name_hash + d->name_room, 0, (room - d->name_room) * sizeof *d->name_hash);
        d->name_room = room;
    }
    const char *text = names_text(t, id);
    return d->name_hash[id] = XXH3_64bits(text, strlen(text));
}

/* 0 for no name. */
static inline uint64_t hash_of_name(digest *d, const names *t, name_id id)
{
    if (id == 0) return 0;
    const uint64_t known = id < d->name_room ? d->name_hash[id] : 0;
    return known != 0 ? known : learn_name(d, t, id);
}

/* Writes the cell's words and returns where the next one goes. */
static inline uint64_t *put_cell(digest *d, uint64_t *to, const names *t, cell_type type,
                                 uint64_t cell)
{
    switch (type) {
    case CELL_NONE:
        return to;
    case CELL_NAME:
        *to++ = little_endian(hash_of_name(d, t, (name_id)cell));
        return to;
    case CELL_TASK:
    case CELL_DEPLOYMENT:
    case CELL_TASK_DEFINITION:
        *to++ = little_endian(hash_of_name(d, t, (name_id)(cell >> 32)));
        *to++ = little_endian(cell & UINT32_MAX);
        return to;
    case CELL_TEXT:
    case CELL_JSON: {
        const char *text = cell_as_text(cell);
        const size_t length = text ? strlen(text) : 0;
        *to++ = little_endian(text ? length : UINT64_MAX);
        *to++ = little_endian(text ? XXH3_64bits(text, length) : 0);
        return to;
    }
    case CELL_INSTANCE:
    case CELL_INTEGER:
    case CELL_EXIT_CODE:
    case CELL_NUMBER:
    case CELL_SECONDS:
        *to++ = little_endian(cell);
        return to;
    }
    return to;
}

void digest_event(digest *d, const names *t, const model_event *ev)
{
    if (d->used + RECORD_WORDS > BUFFER_WORDS) {
        CHECK(XXH3_128bits_update(d->state, d->buffer, d->used * sizeof(uint64_t)) == XXH_OK);
        d->used = 0;
    }
    const event_kind_row *row = &event_kinds[ev->kind];
    uint64_t *to = d->buffer + d->used;
    *to++ = little_endian((uint64_t)ev->at_us);
    *to++ = little_endian(d->kind_hash[ev->kind]);
    for (int k = 0; k < EVENT_CELLS && row->keys[k].type != CELL_NONE; k++)
        to = put_cell(d, to, t, row->keys[k].type, ev->cell[k]);
    d->used = (size_t)(to - d->buffer);
}

static void observe_event(void *context, const struct model *m, const model_event *ev)
{
    digest_event(context, model_names(m), ev);
}

void digest_attach(digest *d, model *m)
{
    const model_observer observer = {.context = d, .event = observe_event};
    model_observe(m, &observer);
}

static void print_hex(XXH128_hash_t hash, char out[DIGEST_HEX_SIZE])
{
    XXH128_canonical_t bytes;
    XXH128_canonicalFromHash(&bytes, hash);
    for (size_t i = 0; i < sizeof bytes.digest; i++) {
        out[2 * i] = "0123456789abcdef"[bytes.digest[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[bytes.digest[i] & 15];
    }
    out[DIGEST_HEX_SIZE - 1] = '\0';
}

void digest_hex(const digest *d, char out[DIGEST_HEX_SIZE])
{
    XXH3_state_t *state = new_state();
    XXH3_copyState(state, d->state);
    CHECK(XXH3_128bits_update(state, d->buffer, d->used * sizeof(uint64_t)) == XXH_OK);
    print_hex(XXH3_128bits_digest(state), out);
    XXH3_freeState(state);
}

void digest_join(const char *const *hex, size_t count, char out[DIGEST_HEX_SIZE])
{
    XXH3_state_t *state = new_state();
    for (size_t i = 0; i < count; i++)
        CHECK(XXH3_128bits_update(state, hex[i], DIGEST_HEX_SIZE - 1) == XXH_OK);
    print_hex(XXH3_128bits_digest(state), out);
    XXH3_freeState(state);
}
