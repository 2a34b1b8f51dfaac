/* event_columns.c - packed events, spread over columns when they are written. */
#include "results/event_columns.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <stdio.h>
#include <stdlib.h>

#define BLOCK_BYTES  65536
#define RECORD_BYTES (1 + 8 + 8 * EVENT_CELLS)
#define COLUMNS_MAX  96
#define NO_COLUMN    UINT32_MAX

enum { COLUMN_TIME, COLUMN_KIND, COLUMN_SUBJECT, COLUMN_SUBJECT_NUMBER, COLUMN_FIRST_KEY };

typedef struct {
    char *bytes;
    size_t used;
} block;

struct event_columns {
    result_strings *strings;
    uint64_t rows;
    block *blocks;
    size_t block_count, block_room;
    column_spec spec[COLUMNS_MAX];
    char *owned_name[COLUMNS_MAX];
    uint32_t column_count;
    uint32_t kind_string[EVENT_KIND_COUNT]; /* 0: not used yet */
    /* Of a kind's key: its column, and that of its number where it has one. */
    uint32_t column_of[EVENT_KIND_COUNT][EVENT_CELLS], number_of[EVENT_KIND_COUNT][EVENT_CELLS];
};

/* NO_COLUMN: no column of that name. */
static uint32_t find_column(const event_columns *e, const char *name)
{
    for (uint32_t c = 0; c < e->column_count; c++)
        if (strcmp(e->spec[c].name, name) == 0) return c;
    return NO_COLUMN;
}

static uint32_t add_column(event_columns *e, const char *name, const char *suffix, column_type type,
                           const char *unit, const char *meaning)
{
    char full[96];
    snprintf(full, sizeof full, "%s%s", name, suffix);
    uint32_t known = find_column(e, full);
    if (known != NO_COLUMN) {
        CHECK(e->spec[known].type == type);
        return known;
    }
    CHECK(e->column_count < COLUMNS_MAX);
    char *copy = memory_alloc(strlen(full) + 1, 1);
    memcpy(copy, full, strlen(full));
    e->owned_name[e->column_count] = copy;
    e->spec[e->column_count] = (column_spec){copy, type, unit, meaning};
    return e->column_count++;
}

/* An integer under a key that is a name in other kinds (`from`, `to`) has a column of its own, called after the
 * kind: scaling_decision_from. */
static const char *integer_name(const event_columns *e, int kind, const char *key, char *name,
                                size_t size)
{
    uint32_t known = find_column(e, key);
    if (known == NO_COLUMN || e->spec[known].type == COLUMN_I64) return key;
    snprintf(name, size, "%s_%s", event_kinds[kind].name, key);
    for (char *c = name; *c; c++)
        if (*c == '.') *c = '_';
    return name;
}

/* The columns of one key of a kind. */
static void add_key(event_columns *e, int kind, int k)
{
    char name[96];
    const event_key *key = &event_kinds[kind].keys[k];
    uint32_t *column = &e->column_of[kind][k], *number = &e->number_of[kind][k];
    switch (key->type) {
    case CELL_TASK:
        *column = add_column(e, key->key, "", COLUMN_STRING, "",
                             "the part of the id before the slash; empty: no such key");
        *number = add_column(e, key->key, "_number", COLUMN_U32, "",
                             "the number in the id; 0: no such key");
        return;
    case CELL_INSTANCE:
        *column = add_column(e, key->key, "", COLUMN_U32, "",
                             "the number in the instance's id (7 is i-000007); 0: no such key");
        return;
    case CELL_NAME:
    case CELL_DEPLOYMENT:
    case CELL_TASK_DEFINITION:
    case CELL_TEXT:
        *column = add_column(e, key->key, "", COLUMN_STRING, "", "empty: no such key");
        return;
    case CELL_JSON:
        *column = add_column(e, key->key, "", COLUMN_STRING, "", "JSON; empty: no such key");
        return;
    case CELL_INTEGER:
        *column = add_column(e, integer_name(e, kind, key->key, name, sizeof name), "", COLUMN_I64,
                             "", "-2^63: no such key");
        return;
    case CELL_EXIT_CODE:
        *column = add_column(e, key->key, "", COLUMN_I64, "", "-2^63: null, or no such key");
        return;
    case CELL_NUMBER:
        *column = add_column(e, key->key, "", COLUMN_F64, "", "NaN: no such key");
        return;
    case CELL_SECONDS:
        *column = add_column(e, key->key, "_us", COLUMN_I64, "us", "-2^63: no such key");
        return;
    case CELL_NONE:
        return;
    }
}

event_columns *event_columns_create(result_strings *strings)
{
    event_columns *e = memory_alloc(1, sizeof *e);
    e->strings = strings;
    add_column(e, "t_us", "", COLUMN_I64, "us", "simulated time");
    add_column(e, "kind", "", COLUMN_STRING, "", "the event's name");
    add_column(e, "subject", "", COLUMN_STRING, "",
               "the name of what the event concerns: its first key that is there");
    add_column(e, "subject_number", "", COLUMN_U32, "",
               "the number of a subject that has one (task, instance); 0: none");
    for (int kind = 0; kind < EVENT_KIND_COUNT; kind++) {
        for (int k = 0; k < EVENT_CELLS; k++) {
            e->column_of[kind][k] = e->number_of[kind][k] = NO_COLUMN;
            if (event_kinds[kind].keys[k].type == CELL_NONE) break;
            add_key(e, kind, k);
        }
    }
    return e;
}

void event_columns_destroy(event_columns *e)
{
    if (!e) return;
    for (size_t i = 0; i < e->block_count; i++)
        free(e->blocks[i].bytes);
    free(e->blocks);
    for (uint32_t c = 0; c < e->column_count; c++)
        free(e->owned_name[c]);
    free(e);
}

/* Room for one record; the caller adds what it used. */
static block *room_for_record(event_columns *e)
{
    if (e->block_count > 0 && e->blocks[e->block_count - 1].used + RECORD_BYTES <= BLOCK_BYTES)
        return &e->blocks[e->block_count - 1];
    if (e->block_count == e->block_room) {
        e->block_room = e->block_room ? 2 * e->block_room : 16;
        e->blocks = memory_resize(e->blocks, e->block_room, sizeof *e->blocks);
    }
    block *b = &e->blocks[e->block_count++];
    b->bytes = memory_alloc(BLOCK_BYTES, 1);
    b->used = 0;
    return b;
}

static void put(block *b, const void *value, size_t size)
{
    memcpy(b->bytes + b->used, value, size);
    b->used += size;
}

static void put_u32(block *b, uint32_t value)
{
    put(b, &value, sizeof value);
}

void event_columns_add(event_columns *e, const names *t, const model_event *ev)
{
    const event_kind_row *row = &event_kinds[ev->kind];
    if (e->kind_string[ev->kind] == 0)
        e->kind_string[ev->kind] = result_strings_text(e->strings, row->name);
    block *b = room_for_record(e);
    const uint8_t kind = (uint8_t)ev->kind;
    put(b, &kind, 1);
    put(b, &ev->at_us, sizeof ev->at_us);
    for (int k = 0; k < EVENT_CELLS && row->keys[k].type != CELL_NONE; k++) {
        const uint64_t cell = ev->cell[k];
        switch (row->keys[k].type) {
        case CELL_TASK:
            put_u32(b, result_strings_name(e->strings, t, (name_id)(cell >> 32)));
            put_u32(b, (uint32_t)cell);
            break;
        case CELL_NAME:
            put_u32(b, result_strings_name(e->strings, t, (name_id)cell));
            break;
        case CELL_DEPLOYMENT:
        case CELL_TASK_DEFINITION:
            put_u32(b, result_strings_pair(e->strings, t, row->keys[k].type, cell));
            break;
        case CELL_TEXT:
        case CELL_JSON:
            put_u32(b, result_strings_text(e->strings, cell_as_text(cell)));
            break;
        case CELL_INSTANCE:
            put_u32(b, (uint32_t)cell);
            break;
        case CELL_INTEGER:
        case CELL_EXIT_CODE:
        case CELL_NUMBER:
        case CELL_SECONDS:
            put(b, &cell, sizeof cell);
            break;
        case CELL_NONE:
            break;
        }
    }
    e->rows++;
}

uint64_t event_columns_rows(const event_columns *e)
{
    return e->rows;
}

uint32_t event_columns_count(const event_columns *e)
{
    return e->column_count;
}

const column_spec *event_columns_spec(const event_columns *e, uint32_t column)
{
    CHECK(column < e->column_count);
    return &e->spec[column];
}

static void give(void *const *buffer, bool *touched, uint32_t column, uint64_t at,
                 const void *value, size_t size)
{
    memcpy((char *)buffer[column] + at * size, value, size);
    touched[column] = true;
}

static void give_u32(void *const *buffer, bool *touched, uint32_t column, uint64_t at,
                     uint32_t value)
{
    if (value != 0) give(buffer, touched, column, at, &value, sizeof value);
}

static uint32_t take_u32(const char **from)
{
    uint32_t value;
    memcpy(&value, *from, sizeof value);
    *from += sizeof value;
    return value;
}

/* Spreads the record at `from` over row `at` of the buffers; returns what follows it. */
static const char *spread(const event_columns *e, const char *from, uint64_t at,
                          void *const *buffer, bool *touched)
{
    const int kind = (uint8_t)*from++;
    give(buffer, touched, COLUMN_TIME, at, from, sizeof(sim_time));
    from += sizeof(sim_time);
    give_u32(buffer, touched, COLUMN_KIND, at, e->kind_string[kind]);
    bool has_subject = false;
    for (int k = 0; k < EVENT_CELLS && e->column_of[kind][k] != NO_COLUMN; k++) {
        const uint32_t column = e->column_of[kind][k], number_column = e->number_of[kind][k];
        if (column_type_size(e->spec[column].type) == 8) {
            give(buffer, touched, column, at, from, 8);
            from += 8;
            continue;
        }
        const uint32_t value = take_u32(&from);
        const uint32_t number = number_column != NO_COLUMN ? take_u32(&from) : 0;
        give_u32(buffer, touched, column, at, value);
        if (number_column != NO_COLUMN) give_u32(buffer, touched, number_column, at, number);
        if (has_subject || value == 0) continue;
        has_subject = true;
        const bool is_number = e->spec[column].type == COLUMN_U32;
        give_u32(buffer, touched, COLUMN_SUBJECT, at, is_number ? 0 : value);
        give_u32(buffer, touched, COLUMN_SUBJECT_NUMBER, at, is_number ? value : number);
    }
    return from;
}

uint64_t event_columns_read(const event_columns *e, event_cursor *at, uint64_t count,
                            void *const *buffer, bool *touched)
{
    uint64_t done = 0;
    while (done < count && at->row < e->rows) {
        const block *b = &e->blocks[at->block];
        if (at->offset == b->used) {
            at->block++;
            at->offset = 0;
            continue;
        }
        const char *next = spread(e, b->bytes + at->offset, done, buffer, touched);
        at->offset = (size_t)(next - b->bytes);
        at->row++;
        done++;
    }
    return done;
}
