/* hdf5_columns.c - the pieces that a result file is made of. */
#include "results/hdf5_columns.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <libdeflate.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_ROWS    UINT64_C(32768)
#define DEFLATE_LEVEL 1

struct hdf5_columns {
    bool failed;
    hid_t text_type;
    struct libdeflate_compressor *compressor;
    unsigned char *shuffled, *packed;
    size_t packed_room;
    H5E_auto2_t report; /* HDF5's error printer, restored in the end */
    void *report_context;
};

hdf5_columns *hdf5_columns_create(void)
{
    hdf5_columns *w = memory_alloc(1, sizeof *w);
    H5Eget_auto2(H5E_DEFAULT, &w->report, &w->report_context);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    w->text_type = H5Tcopy(H5T_C_S1);
    w->failed = w->text_type < 0 || H5Tset_size(w->text_type, H5T_VARIABLE) < 0 ||
                H5Tset_cset(w->text_type, H5T_CSET_UTF8) < 0;
    w->compressor = libdeflate_alloc_compressor(DEFLATE_LEVEL);
    CHECK(w->compressor != NULL);
    w->shuffled = memory_alloc(CHUNK_ROWS, 8);
    w->packed_room = libdeflate_zlib_compress_bound(w->compressor, CHUNK_ROWS * 8);
    w->packed = memory_alloc(w->packed_room, 1);
    return w;
}

void hdf5_columns_destroy(hdf5_columns *w)
{
    if (!w) return;
    H5Tclose(w->text_type);
    libdeflate_free_compressor(w->compressor);
    free(w->shuffled);
    free(w->packed);
    H5Eset_auto2(H5E_DEFAULT, w->report, w->report_context);
    free(w);
}

bool hdf5_columns_ok(const hdf5_columns *w)
{
    return !w->failed;
}

/* Notes a failure; id or status negative. */
static bool succeeded(hdf5_columns *w, int64_t status)
{
    if (status < 0) w->failed = true;
    return status >= 0;
}

/* ---- Groups and attributes ---- */

hid_t hdf5_columns_group(hdf5_columns *w, hid_t parent, const char *name)
{
    if (w->failed) return H5I_INVALID_HID;
    const hid_t list = H5Pcreate(H5P_GROUP_CREATE);
    succeeded(w, H5Pset_obj_track_times(list, 0));
    const hid_t group = H5Gcreate2(parent, name, H5P_DEFAULT, list, H5P_DEFAULT);
    succeeded(w, group);
    H5Pclose(list);
    return group;
}

void hdf5_columns_close_group(hdf5_columns *w, hid_t group)
{
    if (group >= 0) succeeded(w, H5Gclose(group));
}

static void write_attribute(hdf5_columns *w, hid_t object, const char *name, hid_t type,
                            hid_t memory_type, const void *value)
{
    if (w->failed) return;
    const hid_t space = H5Screate(H5S_SCALAR);
    const hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    if (succeeded(w, attribute)) {
        succeeded(w, H5Awrite(attribute, memory_type, value));
        succeeded(w, H5Aclose(attribute));
    }
    H5Sclose(space);
}

void hdf5_columns_text_attribute(hdf5_columns *w, hid_t object, const char *name, const char *text)
{
    write_attribute(w, object, name, w->text_type, w->text_type, &text);
}

void hdf5_columns_number_attribute(hdf5_columns *w, hid_t object, const char *name, uint64_t value)
{
    write_attribute(w, object, name, H5T_STD_U64LE, H5T_NATIVE_UINT64, &value);
}

/* ---- Small datasets ---- */

/* A dataset that is not chunked, written at once. */
static void write_dataset(hdf5_columns *w, hid_t group, const char *name, hid_t space, hid_t type,
                          hid_t memory_type, const void *value, const char *outcomes)
{
    if (w->failed) return;
    const hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    succeeded(w, H5Pset_obj_track_times(list, 0));
    const hid_t set = H5Dcreate2(group, name, type, space, H5P_DEFAULT, list, H5P_DEFAULT);
    if (succeeded(w, set)) {
        if (H5Sget_simple_extent_npoints(space) > 0)
            succeeded(w, H5Dwrite(set, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, value));
        if (outcomes) hdf5_columns_text_attribute(w, set, "outcomes", outcomes);
        succeeded(w, H5Dclose(set));
    }
    H5Pclose(list);
}

void hdf5_columns_texts(hdf5_columns *w, hid_t group, const char *name, const char *const *text,
                        uint32_t count)
{
    const hid_t space = H5Screate_simple(1, (const hsize_t[]){count}, NULL);
    write_dataset(w, group, name, space, w->text_type, w->text_type, text, NULL);
    H5Sclose(space);
}

void hdf5_columns_text(hdf5_columns *w, hid_t group, const char *name, const char *text)
{
    const hid_t space = H5Screate(H5S_SCALAR);
    write_dataset(w, group, name, space, w->text_type, w->text_type, &text, NULL);
    H5Sclose(space);
}

void hdf5_columns_cube(hdf5_columns *w, hid_t group, const char *name, const double *value,
                       const uint64_t size[3], const char *outcomes)
{
    const hid_t space = H5Screate_simple(3, (const hsize_t[]){size[0], size[1], size[2]}, NULL);
    write_dataset(w, group, name, space, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, value, outcomes);
    H5Sclose(space);
}

/* ---- Columns ---- */

static hid_t file_type(column_type type)
{
    switch (type) {
    case COLUMN_I64:
        return H5T_STD_I64LE;
    case COLUMN_F64:
        return H5T_IEEE_F64LE;
    case COLUMN_U32:
    case COLUMN_STRING:
        return H5T_STD_U32LE;
    }
    check_failed("CHECK", "a known column type", __FILE__, __LINE__);
}

static void fill_value(column_type type, unsigned char value[8])
{
    const int64_t absent = INT64_MIN;
    const double nothing = NAN;
    memset(value, 0, 8);
    if (type == COLUMN_I64) memcpy(value, &absent, 8);
    if (type == COLUMN_F64) memcpy(value, &nothing, 8);
}

static hid_t native_type(column_type type)
{
    return type == COLUMN_I64   ? H5T_NATIVE_INT64
           : type == COLUMN_F64 ? H5T_NATIVE_DOUBLE
                                : H5T_NATIVE_UINT32;
}

static uint64_t chunk_rows(uint64_t rows)
{
    return rows == 0 ? 1 : rows < CHUNK_ROWS ? rows : CHUNK_ROWS;
}

/* An empty column: declared chunked, shuffled and deflated, every value its fill value. */
static hid_t create_column(hdf5_columns *w, hid_t group, const column_spec *spec, uint64_t rows)
{
    if (w->failed) return H5I_INVALID_HID;
    unsigned char fill[8];
    fill_value(spec->type, fill);
    const hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    succeeded(w, H5Pset_obj_track_times(list, 0));
    succeeded(w, H5Pset_chunk(list, 1, (const hsize_t[]){chunk_rows(rows)}));
    succeeded(w, H5Pset_shuffle(list));
    succeeded(w, H5Pset_deflate(list, DEFLATE_LEVEL));
    succeeded(w, H5Pset_fill_value(list, native_type(spec->type), fill));
    const hid_t space = H5Screate_simple(1, (const hsize_t[]){rows}, NULL);
    const hid_t set =
        H5Dcreate2(group, spec->name, file_type(spec->type), space, H5P_DEFAULT, list, H5P_DEFAULT);
    succeeded(w, set);
    H5Sclose(space);
    H5Pclose(list);
    if (spec->unit[0]) hdf5_columns_text_attribute(w, set, "unit", spec->unit);
    if (spec->meaning[0]) hdf5_columns_text_attribute(w, set, "meaning", spec->meaning);
    if (spec->type == COLUMN_STRING) hdf5_columns_text_attribute(w, set, "refers_to", "/strings");
    return set;
}

/* What HDF5's shuffle filter does: all first bytes, then all second ones, of little-endian values.
 */
static void shuffle(const unsigned char *value, uint64_t rows, size_t size, unsigned char *out)
{
    for (size_t byte = 0; byte < size; byte++) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        const unsigned char *from = value + byte;
#else
        const unsigned char *from = value + (size - 1 - byte);
#endif
        for (uint64_t i = 0; i < rows; i++)
            out[byte * rows + i] = from[i * size];
    }
}

/* The chunk that begins at row `from`; value holds chunk_rows values. */
static void write_chunk(hdf5_columns *w, hid_t set, column_type type, uint64_t from,
                        const void *value, uint64_t rows)
{
    if (w->failed) return;
    const size_t size = column_type_size(type);
    shuffle(value, rows, size, w->shuffled);
    const size_t packed = libdeflate_zlib_compress(w->compressor, w->shuffled, rows * size,
                                                   w->packed, w->packed_room);
    CHECK(packed > 0);
    succeeded(w, H5Dwrite_chunk(set, H5P_DEFAULT, 0, (const hsize_t[]){from}, packed, w->packed));
}

static void fill_rows(column_type type, void *value, uint64_t rows)
{
    unsigned char fill[8];
    fill_value(type, fill);
    const size_t size = column_type_size(type);
    for (uint64_t i = 0; i < rows; i++)
        memcpy((char *)value + i * size, fill, size);
}

static bool is_filled(column_type type, const void *value, uint64_t rows)
{
    unsigned char fill[8];
    fill_value(type, fill);
    const size_t size = column_type_size(type);
    for (uint64_t i = 0; i < rows; i++)
        if (memcmp((const char *)value + i * size, fill, size) != 0) return false;
    return true;
}

void hdf5_columns_table(hdf5_columns *w, hid_t group, const record_table *t)
{
    const uint64_t rows = record_table_rows(t), chunk = chunk_rows(rows);
    void *value = memory_alloc(chunk, 8);
    for (uint32_t c = 0; c < record_table_column_count(t); c++) {
        const column_spec *spec = record_table_column(t, c);
        const hid_t set = create_column(w, group, spec, rows);
        for (uint64_t from = 0; from < rows && !w->failed; from += chunk) {
            const uint64_t count = rows - from < chunk ? rows - from : chunk;
            record_table_copy(t, c, from, count, value);
            if (is_filled(spec->type, value, count)) continue;
            const size_t size = column_type_size(spec->type);
            fill_rows(spec->type, (char *)value + count * size, chunk - count);
            write_chunk(w, set, spec->type, from, value, chunk);
        }
        if (set >= 0) succeeded(w, H5Dclose(set));
    }
    free(value);
}

void hdf5_columns_events(hdf5_columns *w, hid_t group, const event_columns *e)
{
    const uint64_t rows = event_columns_rows(e), chunk = chunk_rows(rows);
    const uint32_t count = event_columns_count(e);
    hid_t *set = memory_alloc(count, sizeof *set);
    void **buffer = memory_alloc(count, sizeof *buffer);
    bool *touched = memory_alloc(count, sizeof *touched);
    for (uint32_t c = 0; c < count; c++) {
        set[c] = create_column(w, group, event_columns_spec(e, c), rows);
        buffer[c] = memory_alloc(chunk, column_type_size(event_columns_spec(e, c)->type));
        touched[c] = true;
    }
    event_cursor at = {0};
    for (uint64_t from = 0; from < rows && !w->failed; from += chunk) {
        for (uint32_t c = 0; c < count; c++)
            if (touched[c]) fill_rows(event_columns_spec(e, c)->type, buffer[c], chunk);
        memset(touched, 0, count * sizeof *touched);
        event_columns_read(e, &at, chunk, buffer, touched);
        for (uint32_t c = 0; c < count; c++)
            if (touched[c])
                write_chunk(w, set[c], event_columns_spec(e, c)->type, from, buffer[c], chunk);
    }
    for (uint32_t c = 0; c < count; c++) {
        if (set[c] >= 0) succeeded(w, H5Dclose(set[c]));
        free(buffer[c]);
    }
    free(set);
    free(buffer);
    free(touched);
}
