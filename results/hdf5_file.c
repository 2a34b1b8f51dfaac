/* hdf5_file.c - writes the result file.
 *
 * The file is made in memory (the core driver) and then written by ourselves: a full disk is then
 * an errno at one place, and not a library that cannot close its file. It is about 10 bytes an
 * event.
 */
#include "results/hdf5_file.h"
#include "results/hdf5_columns.h"
#include "results/recorder_parts.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RESULT_FORMAT 1
#define CORE_STEP     (1 << 20)
/* Half the entries of a node of a column's chunk index: most columns have one chunk, and a node of
 * the usual size (32) would take 2 KiB of each. */
#define CHUNK_INDEX_K 4

/* ---- The place on disk ---- */

bool hdf5_file_allowed(const char *path, bool force, sim_error *err)
{
    struct stat there;
    if (stat(path, &there) == 0) {
        if (S_ISDIR(there.st_mode)) return error_set(err, "%s: is a folder", path);
        if (!force) return error_set(err, "%s: exists already; --force replaces it", path);
    }
    const char *slash = strrchr(path, '/');
    const size_t length = slash ? (size_t)(slash - path) : 0;
    char *folder = memory_alloc(length + 2, 1);
    memcpy(folder, path, length);
    if (length == 0) folder[0] = slash ? '/' : '.';
    const bool is_folder = stat(folder, &there) == 0 && S_ISDIR(there.st_mode);
    const bool allowed = is_folder && access(folder, W_OK | X_OK) == 0;
    if (!is_folder)
        error_set(err, "%s: there is no folder %s", path, folder);
    else if (!allowed)
        error_set(err, "%s: the folder %s takes no files: %s", path, folder, strerror(errno));
    free(folder);
    return allowed;
}

static bool write_all(int file, const char *bytes, size_t size)
{
    while (size > 0) {
        const ssize_t written = write(file, bytes, size);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        if (written == 0) {
            errno = EIO;
            return false;
        }
        bytes += written;
        size -= (size_t)written;
    }
    return true;
}

/* The whole file or nothing: beside its place, synced, then renamed. */
static bool put_in_place(const char *path, const char *bytes, size_t size, sim_error *err)
{
    const size_t room = strlen(path) + sizeof ".tmp";
    char *temporary = memory_alloc(room, 1);
    snprintf(temporary, room, "%s.tmp", path);
    const int file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    bool done = file >= 0 && write_all(file, bytes, size) && fsync(file) == 0;
    int problem = errno;
    if (file >= 0 && close(file) != 0 && done) {
        done = false;
        problem = errno;
    }
    if (done && rename(temporary, path) != 0) {
        done = false;
        problem = errno;
    }
    if (!done) {
        if (file >= 0) unlink(temporary);
        error_set(err, "%s: the result could not be written: %s", path, strerror(problem));
    }
    free(temporary);
    return done;
}

/* ---- The contents ---- */

/* A name as one link: slashes and other names that mean a path are replaced; a name that is there
 * already (a service deleted and made again) gets a number. */
static void link_name(hid_t group, const char *name, char *link, size_t size)
{
    const bool is_path = name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
    snprintf(link, size, "%s", is_path ? "_" : name);
    for (char *at = link; *at; at++)
        if (*at == '/') *at = '_';
    const size_t length = strlen(link);
    for (unsigned number = 2; H5Lexists(group, link, H5P_DEFAULT) > 0; number++)
        snprintf(link + length, size - length, "_%u", number);
}

static void write_series_of(hdf5_columns *w, hid_t series, const char *kind, uint32_t count,
                            const char *(*name_of)(const model_config *, uint32_t),
                            const record_table *(*table_of)(const recorder *, uint32_t),
                            const recorder *run)
{
    const hid_t group = hdf5_columns_group(w, series, kind);
    for (uint32_t i = 0; i < count; i++) {
        char link[400];
        const char *name = name_of(recorder_config(run), i);
        link_name(group, name, link, sizeof link - 16);
        const hid_t object = hdf5_columns_group(w, group, link);
        hdf5_columns_text_attribute(w, object, "name", name);
        hdf5_columns_table(w, object, table_of(run, i));
        hdf5_columns_close_group(w, object);
    }
    hdf5_columns_close_group(w, group);
}

static const char *service_name(const model_config *cfg, uint32_t service)
{
    return cfg->services[service].name;
}

static const char *target_group_name(const model_config *cfg, uint32_t target_group)
{
    return cfg->target_groups[target_group].name;
}

static void write_table(hdf5_columns *w, hid_t parent, const char *name, const record_table *t)
{
    const hid_t group = hdf5_columns_group(w, parent, name);
    hdf5_columns_table(w, group, t);
    hdf5_columns_close_group(w, group);
}

static void write_history(hdf5_columns *w, hid_t run_group, const recorder *run)
{
    const model_config *cfg = recorder_config(run);
    if (recorder_detail(run) < DETAIL_SERIES) return;
    write_table(w, run_group, "tasks", recorder_tasks(run));
    write_table(w, run_group, "instances", recorder_instances(run));
    write_table(w, run_group, "deployments", recorder_deployments(run));
    const hid_t series = hdf5_columns_group(w, run_group, "series");
    write_table(w, series, "cluster", recorder_series_cluster(run));
    write_table(w, series, "instances", recorder_series_instances(run));
    write_series_of(w, series, "services", cfg->service_count, service_name,
                    recorder_series_service, run);
    write_series_of(w, series, "targetGroups", cfg->target_group_count, target_group_name,
                    recorder_series_target_group, run);
    hdf5_columns_close_group(w, series);
    if (recorder_events(run)) {
        const hid_t events = hdf5_columns_group(w, run_group, "events");
        hdf5_columns_events(w, events, recorder_events(run));
        hdf5_columns_close_group(w, events);
    }
}

static void write_metrics(hdf5_columns *w, hid_t root, const metric_values *v)
{
    const uint32_t count = metric_values_count(v);
    const char **text = memory_alloc(count ? count : 1, sizeof *text);
    double *value = memory_alloc(count ? count : 1, sizeof *value);
    const hid_t group = hdf5_columns_group(w, root, "metrics");
    for (uint32_t i = 0; i < count; i++) {
        text[i] = metric_values_at(v, i)->name;
        const double now = metric_values_at(v, i)->value;
        value[i] = isnan(now) ? NAN : now; /* one NaN, whatever the machine makes of 0 / 0 */
    }
    hdf5_columns_texts(w, group, "name", text, count);
    for (uint32_t i = 0; i < count; i++)
        text[i] = metric_values_at(v, i)->unit;
    hdf5_columns_texts(w, group, "unit", text, count);
    for (uint32_t i = 0; i < count; i++)
        text[i] = metric_better_names[metric_values_at(v, i)->better];
    hdf5_columns_texts(w, group, "better", text, count);
    for (uint32_t i = 0; i < count; i++)
        text[i] = metric_values_at(v, i)->definition;
    hdf5_columns_texts(w, group, "definition", text, count);
    hdf5_columns_cube(w, group, "value", value, (uint64_t[]){1, 1, count},
                      "deployment outcomes: 0 completed, 1 failed, 2 rolledBack, 3 inProgress, "
                      "4 superseded");
    hdf5_columns_close_group(w, group);
    free(text);
    free(value);
}

static void write_strings(hdf5_columns *w, hid_t root, const recorder *run)
{
    const uint32_t count = recorder_string_count(run);
    const char **text = memory_alloc(count, sizeof *text);
    for (uint32_t i = 0; i < count; i++)
        text[i] = recorder_string(run, i);
    hdf5_columns_texts(w, root, "strings", text, count);
    free(text);
}

static void write_contents(hdf5_columns *w, hid_t file, const result_contents *c)
{
    const model_config *cfg = recorder_config(c->run);
    hdf5_columns_number_attribute(w, file, "berth_format", RESULT_FORMAT);
    hdf5_columns_text_attribute(w, file, "berth_version", c->berth_version);
    hdf5_columns_text_attribute(w, file, "scenario_name", cfg->name ? cfg->name : "");
    hdf5_columns_text_attribute(w, file, "digest", c->digest);
    hdf5_columns_number_attribute(w, file, "seed", c->seed);
    hdf5_columns_number_attribute(w, file, "replications", 1);
    hdf5_columns_text(w, file, "scenario", c->scenario_json);
    write_metrics(w, file, c->metrics);
    hdf5_columns_close_group(w, hdf5_columns_group(w, file, "variants"));
    const hid_t runs = hdf5_columns_group(w, file, "runs");
    const hid_t variant = hdf5_columns_group(w, runs, "0");
    const hid_t replication = hdf5_columns_group(w, variant, "0");
    write_history(w, replication, c->run);
    hdf5_columns_close_group(w, replication);
    hdf5_columns_close_group(w, variant);
    hdf5_columns_close_group(w, runs);
    write_strings(w, file, c->run);
}

static hid_t create_in_memory(const char *path)
{
    const hid_t access_list = H5Pcreate(H5P_FILE_ACCESS);
    const hid_t create_list = H5Pcreate(H5P_FILE_CREATE);
    CHECK(access_list >= 0 && create_list >= 0);
    CHECK(H5Pset_fapl_core(access_list, CORE_STEP, 0) >= 0);
    /* Objects in the formats of HDF5 1.8; a newer superblock's checksum would be broken by
     * H5Fget_file_image (1.10.8). */
    CHECK(H5Pset_libver_bounds(access_list, H5F_LIBVER_EARLIEST, H5F_LIBVER_V18) >= 0);
    CHECK(H5Pset_obj_track_times(create_list, 0) >= 0);
    CHECK(H5Pset_istore_k(create_list, CHUNK_INDEX_K) >= 0);
    const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, create_list, access_list);
    H5Pclose(access_list);
    H5Pclose(create_list);
    return file;
}

/* The finished file's bytes, to be freed; NULL when HDF5 failed. */
static char *take_image(hid_t file, size_t *size)
{
    if (H5Fflush(file, H5F_SCOPE_GLOBAL) < 0) return NULL;
    const ssize_t needed = H5Fget_file_image(file, NULL, 0);
    if (needed <= 0) return NULL;
    char *image = memory_alloc((size_t)needed, 1);
    if (H5Fget_file_image(file, image, (size_t)needed) != needed) {
        free(image);
        return NULL;
    }
    *size = (size_t)needed;
    return image;
}

bool hdf5_file_write(const char *path, bool force, const result_contents *contents, sim_error *err)
{
    if (!hdf5_file_allowed(path, force, err)) return false;
    hdf5_columns *w = hdf5_columns_create();
    size_t size = 0;
    char *image = NULL;
    const hid_t file = create_in_memory(path);
    if (file >= 0) {
        write_contents(w, file, contents);
        if (hdf5_columns_ok(w)) image = take_image(file, &size);
        H5Fclose(file);
    }
    hdf5_columns_destroy(w);
    if (!image) return error_set(err, "%s: HDF5 could not make the file", path);
    const bool done = put_in_place(path, image, size, err);
    free(image);
    return done;
}
