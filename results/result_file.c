/* result_file.c - reads a result file. */
#include "results/result_file.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <errno.h>
#include <hdf5.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RESULT_FORMAT 1

typedef struct {
    char **text;
    uint32_t count;
} text_list;

struct result_file {
    hid_t file;
    char *version, *scenario_name, *digest, *scenario;
    uint64_t seed, replications;
    text_list strings, metric_name, metric_unit;
    double *metric_value;
};

/* HDF5 prints its own errors unless told not to; these stand around every entry. */
typedef struct {
    H5E_auto2_t report;
    void *context;
} silence;

static silence silence_begin(void)
{
    silence s;
    H5Eget_auto2(H5E_DEFAULT, &s.report, &s.context);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    return s;
}

static void silence_end(silence s)
{
    H5Eset_auto2(H5E_DEFAULT, s.report, s.context);
}

static char *copy_text(const char *text)
{
    const size_t length = strlen(text);
    char *copy = memory_alloc(length + 1, 1);
    memcpy(copy, text, length);
    return copy;
}

/* A variable-length UTF-8 string in memory. */
static hid_t text_type(void)
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    CHECK(type >= 0 && H5Tset_size(type, H5T_VARIABLE) >= 0 &&
          H5Tset_cset(type, H5T_CSET_UTF8) >= 0);
    return type;
}

/* NULL when the attribute is not there or no text. */
static char *read_text_attribute(hid_t file, const char *name)
{
    char *copy = NULL, *text = NULL;
    const hid_t attribute = H5Aopen(file, name, H5P_DEFAULT);
    if (attribute < 0) return NULL;
    const hid_t type = text_type();
    if (H5Aread(attribute, type, &text) >= 0 && text) {
        copy = copy_text(text);
        H5free_memory(text);
    }
    H5Tclose(type);
    H5Aclose(attribute);
    return copy;
}

static bool read_number_attribute(hid_t file, const char *name, uint64_t *value)
{
    const hid_t attribute = H5Aopen(file, name, H5P_DEFAULT);
    if (attribute < 0) return false;
    const bool read = H5Aread(attribute, H5T_NATIVE_UINT64, value) >= 0;
    H5Aclose(attribute);
    return read;
}

static bool open_set(hid_t parent, const char *path, hid_t *set, uint64_t *count)
{
    *set = H5Dopen2(parent, path, H5P_DEFAULT);
    if (*set < 0) return false;
    const hid_t space = H5Dget_space(*set);
    const hssize_t points = space >= 0 ? H5Sget_simple_extent_npoints(space) : -1;
    if (space >= 0) H5Sclose(space);
    if (points < 0 || points > UINT32_MAX) {
        H5Dclose(*set);
        return false;
    }
    *count = (uint64_t)points;
    return true;
}

static bool read_texts(hid_t parent, const char *path, text_list *out)
{
    hid_t set;
    uint64_t count;
    if (!open_set(parent, path, &set, &count)) return false;
    const hid_t type = text_type();
    char **text = memory_alloc(count ? count : 1, sizeof *text);
    const bool read = count == 0 || H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text) >= 0;
    if (read) {
        out->count = (uint32_t)count;
        out->text = memory_alloc(count ? count : 1, sizeof *out->text);
        for (uint64_t i = 0; i < count; i++) {
            out->text[i] = copy_text(text[i] ? text[i] : "");
            if (text[i]) H5free_memory(text[i]);
        }
    }
    free(text);
    H5Tclose(type);
    H5Dclose(set);
    return read;
}

static void free_texts(text_list *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        free(list->text[i]);
    free(list->text);
}

/* The values of the first variant's first replication. */
static bool read_metric_values(result_file *f)
{
    hid_t set;
    uint64_t count;
    if (!open_set(f->file, "metrics/value", &set, &count)) return false;
    bool read = count == f->metric_name.count && f->metric_unit.count == count;
    if (read && count > 0) {
        f->metric_value = memory_alloc(count, sizeof *f->metric_value);
        read = H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, f->metric_value) >= 0;
    }
    H5Dclose(set);
    return read;
}

/* Everything but the tables. False: something that every result file has is missing. */
static bool read_heading(result_file *f)
{
    text_list scenario = {NULL, 0};
    f->version = read_text_attribute(f->file, "berth_version");
    f->scenario_name = read_text_attribute(f->file, "scenario_name");
    f->digest = read_text_attribute(f->file, "digest");
    const bool read = f->version && f->scenario_name && f->digest &&
                      read_number_attribute(f->file, "seed", &f->seed) &&
                      read_number_attribute(f->file, "replications", &f->replications) &&
                      read_texts(f->file, "scenario", &scenario) && scenario.count == 1 &&
                      read_texts(f->file, "strings", &f->strings) &&
                      read_texts(f->file, "metrics/name", &f->metric_name) &&
                      read_texts(f->file, "metrics/unit", &f->metric_unit) && read_metric_values(f);
    if (scenario.count > 0) f->scenario = copy_text(scenario.text[0]);
    free_texts(&scenario);
    return read;
}

static result_file *open_silently(const char *path, sim_error *err)
{
    if (access(path, R_OK) != 0) {
        error_set(err, "%s: %s", path, strerror(errno));
        return NULL;
    }
    const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (file < 0) {
        error_set(err, "%s: is no HDF5 file, or a broken one", path);
        return NULL;
    }
    result_file *f = memory_alloc(1, sizeof *f);
    f->file = file;
    uint64_t format;
    bool read = read_number_attribute(file, "berth_format", &format);
    if (!read)
        error_set(err, "%s: is no result file of berth", path);
    else if (format != RESULT_FORMAT) {
        read = false;
        error_set(err, "%s: has format %" PRIu64 ", this berth reads %d", path, format,
                  RESULT_FORMAT);
    } else {
        read = read_heading(f);
        if (!read) error_set(err, "%s: is a broken result file", path);
    }
    if (read) return f;
    result_file_close(f);
    return NULL;
}

result_file *result_file_open(const char *path, sim_error *err)
{
    const silence s = silence_begin();
    result_file *f = open_silently(path, err);
    silence_end(s);
    return f;
}

void result_file_close(result_file *f)
{
    if (!f) return;
    H5Fclose(f->file);
    free(f->version);
    free(f->scenario_name);
    free(f->digest);
    free(f->scenario);
    free_texts(&f->strings);
    free_texts(&f->metric_name);
    free_texts(&f->metric_unit);
    free(f->metric_value);
    free(f);
}

const char *result_file_version(const result_file *f)
{
    return f->version;
}

const char *result_file_scenario_name(const result_file *f)
{
    return f->scenario_name;
}

const char *result_file_digest(const result_file *f)
{
    return f->digest;
}

uint64_t result_file_seed(const result_file *f)
{
    return f->seed;
}

uint64_t result_file_replications(const result_file *f)
{
    return f->replications;
}

const char *result_file_scenario(const result_file *f)
{
    return f->scenario;
}

uint32_t result_file_string_count(const result_file *f)
{
    return f->strings.count;
}

const char *result_file_string(const result_file *f, uint32_t index)
{
    return index < f->strings.count ? f->strings.text[index] : "";
}

uint32_t result_file_metric_count(const result_file *f)
{
    return f->metric_name.count;
}

const char *result_file_metric_name(const result_file *f, uint32_t metric)
{
    CHECK(metric < f->metric_name.count);
    return f->metric_name.text[metric];
}

const char *result_file_metric_unit(const result_file *f, uint32_t metric)
{
    CHECK(metric < f->metric_unit.count);
    return f->metric_unit.text[metric];
}

double result_file_metric(const result_file *f, const char *name, bool *found)
{
    if (found) *found = true;
    for (uint32_t i = 0; i < f->metric_name.count; i++)
        if (strcmp(f->metric_name.text[i], name) == 0) return f->metric_value[i];
    if (found) *found = false;
    return NAN;
}

/* ---- Tables ---- */

static bool read_column(hid_t group, const char *name, result_column *column, uint64_t *rows)
{
    hid_t set;
    if (!open_set(group, name, &set, rows)) return false;
    const hid_t type = H5Dget_type(set);
    const H5T_class_t class = H5Tget_class(type);
    const size_t size = H5Tget_size(type);
    hid_t memory_type = H5T_NATIVE_DOUBLE;
    column->type = RESULT_F64;
    if (class == H5T_INTEGER && size == 8) {
        column->type = RESULT_I64;
        memory_type = H5T_NATIVE_INT64;
    } else if (class == H5T_INTEGER) {
        column->type = RESULT_U32;
        memory_type = H5T_NATIVE_UINT32;
    }
    column->name = copy_text(name);
    column->is_string = H5Aexists(set, "refers_to") > 0;
    void *value = memory_alloc(*rows ? *rows : 1, 8);
    column->at.i64 = value;
    const bool read =
        (class == H5T_INTEGER || class == H5T_FLOAT) &&
        (*rows == 0 || H5Dread(set, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) >= 0);
    H5Tclose(type);
    H5Dclose(set);
    return read;
}

static herr_t add_name(hid_t group, const char *name, const H5L_info_t *info, void *context)
{
    (void)group;
    (void)info;
    result_names *names = context;
    names->name = memory_resize(names->name, names->count + 1, sizeof *names->name);
    names->name[names->count++] = copy_text(name);
    return 0;
}

static result_names names_in(hid_t group)
{
    result_names names = {NULL, 0};
    H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, add_name, &names);
    return names;
}

void result_names_finish(result_names *n)
{
    for (uint32_t i = 0; i < n->count; i++)
        free(n->name[i]);
    free(n->name);
    memset(n, 0, sizeof *n);
}

static bool is_wanted(const char *const *columns, const char *name)
{
    for (; columns && *columns; columns++)
        if (strcmp(*columns, name) == 0) return true;
    return !columns;
}

/* Columns of an open group (NULL: all); false when one cannot be read or their lengths differ. */
static bool read_columns(hid_t group, const char *const *columns, result_table *t)
{
    result_names names = names_in(group);
    bool read = names.count > 0;
    t->columns = memory_alloc(names.count ? names.count : 1, sizeof *t->columns);
    for (uint32_t i = 0; i < names.count && read; i++) {
        uint64_t rows = 0;
        if (!is_wanted(columns, names.name[i])) continue;
        result_column *column = &t->columns[t->column_count];
        read = read_column(group, names.name[i], column, &rows);
        if (!column->name) continue;
        if (t->column_count++ > 0 && rows != t->rows) read = false;
        t->rows = rows;
    }
    result_names_finish(&names);
    return read;
}

result_table *result_file_columns(const result_file *f, const char *path,
                                  const char *const *columns, sim_error *err)
{
    const silence s = silence_begin();
    result_table *t = NULL;
    const hid_t group = H5Gopen2(f->file, path, H5P_DEFAULT);
    if (group < 0) {
        error_set(err, "the result holds no %s (it was run with less --detail)", path);
    } else {
        t = memory_alloc(1, sizeof *t);
        if (!read_columns(group, columns, t)) {
            result_table_destroy(t);
            t = NULL;
            error_set(err, "the result's %s cannot be read", path);
        }
        H5Gclose(group);
    }
    silence_end(s);
    return t;
}

result_table *result_file_table(const result_file *f, const char *path, sim_error *err)
{
    return result_file_columns(f, path, NULL, err);
}

void result_table_destroy(result_table *t)
{
    if (!t) return;
    for (uint32_t c = 0; c < t->column_count; c++) {
        free(t->columns[c].name);
        free(t->columns[c].at.i64);
    }
    free(t->columns);
    free(t);
}

const result_column *result_table_column(const result_table *t, const char *name)
{
    for (uint32_t c = 0; c < t->column_count; c++)
        if (strcmp(t->columns[c].name, name) == 0) return &t->columns[c];
    return NULL;
}

double result_column_number(const result_column *c, uint64_t row)
{
    switch (c->type) {
    case RESULT_I64:
        return c->at.i64[row] == INT64_MIN ? NAN : (double)c->at.i64[row];
    case RESULT_F64:
        return c->at.f64[row];
    case RESULT_U32:
        return c->at.u32[row];
    }
    check_failed("CHECK", "a known column type", __FILE__, __LINE__);
}

/* Every step of the path exists; H5Lexists asks for one step only. */
static bool path_exists(hid_t file, const char *path)
{
    char *step = copy_text(path);
    bool exists = true;
    for (char *at = step; at && exists;) {
        at = strchr(at, '/');
        if (at) *at = '\0';
        exists = H5Lexists(file, step, H5P_DEFAULT) > 0;
        if (at) *at++ = '/';
    }
    free(step);
    return exists;
}

bool result_file_has(const result_file *f, const char *path)
{
    const silence s = silence_begin();
    const bool exists = path_exists(f->file, path);
    silence_end(s);
    return exists;
}

result_names result_file_members(const result_file *f, const char *path)
{
    const silence s = silence_begin();
    result_names names = {NULL, 0};
    const hid_t group = H5Gopen2(f->file, path, H5P_DEFAULT);
    if (group >= 0) {
        names = names_in(group);
        H5Gclose(group);
    }
    silence_end(s);
    return names;
}
