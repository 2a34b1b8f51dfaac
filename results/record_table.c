/* record_table.c - chunks that double from FIRST_ROWS to FULL_ROWS rows, so that a table of few
 * rows is small and one of many wastes little. */
#include "results/record_table.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROWS 16
#define FULL_ROWS  4096
#define DOUBLINGS  8 /* FIRST_ROWS << DOUBLINGS == FULL_ROWS */
/* Rows in the chunks before those that all have FULL_ROWS. */
#define EARLY_ROWS (FULL_ROWS - FIRST_ROWS)

_Static_assert(FIRST_ROWS << DOUBLINGS == FULL_ROWS, "the doublings reach the full size");

struct record_table {
    const column_spec *spec;
    uint32_t column_count;
    size_t *offset; /* of a column within a chunk of one row: bytes before it */
    size_t row_bytes;
    uint64_t rows, room;
    char **chunk;
    size_t chunk_count, chunk_room;
};

size_t column_type_size(column_type type)
{
    return type == COLUMN_I64 || type == COLUMN_F64 ? 8 : 4;
}

record_table *record_table_create(const column_spec *spec, uint32_t column_count)
{
    CHECK(column_count > 0);
    record_table *t = memory_alloc(1, sizeof *t);
    t->spec = spec;
    t->column_count = column_count;
    t->offset = memory_alloc(column_count, sizeof *t->offset);
    for (uint32_t c = 0; c < column_count; c++) {
        t->offset[c] = t->row_bytes;
        t->row_bytes += column_type_size(spec[c].type);
    }
    return t;
}

void record_table_destroy(record_table *t)
{
    if (!t) return;
    for (size_t i = 0; i < t->chunk_count; i++)
        free(t->chunk[i]);
    free(t->chunk);
    free(t->offset);
    free(t);
}

static uint64_t rows_of_chunk(size_t chunk)
{
    return chunk < DOUBLINGS ? (uint64_t)FIRST_ROWS << chunk : FULL_ROWS;
}

/* The chunk of a row, and the row's place in it. */
static size_t chunk_of(uint64_t row, uint64_t *place)
{
    if (row >= EARLY_ROWS) {
        *place = (row - EARLY_ROWS) % FULL_ROWS;
        return DOUBLINGS + (size_t)((row - EARLY_ROWS) / FULL_ROWS);
    }
    size_t chunk = 0;
    while (row >= rows_of_chunk(chunk))
        row -= rows_of_chunk(chunk++);
    *place = row;
    return chunk;
}

/* A column's values within a chunk: 8-byte columns may stand at any multiple of 4 rows' worth, so
 * values are read and written by memcpy. */
static char *cell_at(const record_table *t, uint64_t row, uint32_t column)
{
    CHECK(row < t->rows && column < t->column_count);
    uint64_t place;
    const size_t chunk = chunk_of(row, &place);
    return t->chunk[chunk] + t->offset[column] * rows_of_chunk(chunk) +
           place * column_type_size(t->spec[column].type);
}

static void fill_chunk(const record_table *t, char *chunk, uint64_t rows)
{
    const int64_t absent = INT64_MIN;
    const double nothing = NAN;
    for (uint32_t c = 0; c < t->column_count; c++) {
        char *at = chunk + t->offset[c] * rows;
        if (t->spec[c].type != COLUMN_I64 && t->spec[c].type != COLUMN_F64) continue;
        const void *fill = t->spec[c].type == COLUMN_I64 ? (const void *)&absent : &nothing;
        for (uint64_t i = 0; i < rows; i++)
            memcpy(at + 8 * i, fill, 8);
    }
}

uint64_t record_table_append(record_table *t)
{
    if (t->rows == t->room) {
        if (t->chunk_count == t->chunk_room) {
            t->chunk_room = t->chunk_room ? 2 * t->chunk_room : 8;
            t->chunk = memory_resize(t->chunk, t->chunk_room, sizeof *t->chunk);
        }
        const uint64_t rows = rows_of_chunk(t->chunk_count);
        char *chunk = memory_alloc(rows, t->row_bytes);
        fill_chunk(t, chunk, rows);
        t->chunk[t->chunk_count++] = chunk;
        t->room += rows;
    }
    return t->rows++;
}

void record_table_drop_repeated(record_table *t)
{
    if (t->rows < 2) return;
    for (uint32_t c = 1; c < t->column_count; c++)
        if (memcmp(cell_at(t, t->rows - 1, c), cell_at(t, t->rows - 2, c),
                   column_type_size(t->spec[c].type)) != 0)
            return;
    t->rows--;
}

uint64_t record_table_rows(const record_table *t)
{
    return t->rows;
}

uint32_t record_table_column_count(const record_table *t)
{
    return t->column_count;
}

const column_spec *record_table_column(const record_table *t, uint32_t column)
{
    CHECK(column < t->column_count);
    return &t->spec[column];
}

void record_table_set_i64(record_table *t, uint64_t row, uint32_t column, int64_t value)
{
    CHECK(column < t->column_count && t->spec[column].type == COLUMN_I64);
    memcpy(cell_at(t, row, column), &value, sizeof value);
}

void record_table_set_f64(record_table *t, uint64_t row, uint32_t column, double value)
{
    CHECK(column < t->column_count && t->spec[column].type == COLUMN_F64);
    if (isnan(value)) value = NAN; /* one NaN: 0 / 0 has another sign on other machines */
    memcpy(cell_at(t, row, column), &value, sizeof value);
}

void record_table_set_u32(record_table *t, uint64_t row, uint32_t column, uint32_t value)
{
    CHECK(column < t->column_count && column_type_size(t->spec[column].type) == 4);
    memcpy(cell_at(t, row, column), &value, sizeof value);
}

int64_t record_table_i64(const record_table *t, uint64_t row, uint32_t column)
{
    CHECK(column < t->column_count && t->spec[column].type == COLUMN_I64);
    int64_t value;
    memcpy(&value, cell_at(t, row, column), sizeof value);
    return value;
}

double record_table_f64(const record_table *t, uint64_t row, uint32_t column)
{
    CHECK(column < t->column_count && t->spec[column].type == COLUMN_F64);
    double value;
    memcpy(&value, cell_at(t, row, column), sizeof value);
    return value;
}

uint32_t record_table_u32(const record_table *t, uint64_t row, uint32_t column)
{
    CHECK(column < t->column_count && column_type_size(t->spec[column].type) == 4);
    uint32_t value;
    memcpy(&value, cell_at(t, row, column), sizeof value);
    return value;
}

void record_table_copy(const record_table *t, uint32_t column, uint64_t from, uint64_t count,
                       void *out)
{
    CHECK(column < t->column_count && from + count <= t->rows);
    const size_t size = column_type_size(t->spec[column].type);
    char *to = out;
    while (count > 0) {
        uint64_t place;
        const uint64_t left = rows_of_chunk(chunk_of(from, &place)) - place;
        const uint64_t now = left < count ? left : count;
        memcpy(to, cell_at(t, from, column), now * size);
        to += now * size;
        from += now;
        count -= now;
    }
}
