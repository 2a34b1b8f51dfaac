/* Goal: what was recorded is in the file, others can read it, the same run gives the same bytes, and
 * a write that fails leaves nothing. Method: a small system's run written to a scratch folder, read
 * by result_file, by h5py, and put together again as the event log; limits on file size. */
#include "results/result_file.h"
#include "tests/results/run.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char folder[] = "berth-results-XXXXXX";
static char path[64], other[64];

static char *slurp(const char *name, size_t *size)
{
    FILE *in = fopen(name, "rb");
    if (!in) return NULL;
    char *bytes = memory_alloc(1 << 24, 1);
    *size = fread(bytes, 1, 1 << 24, in);
    fclose(in);
    return bytes;
}

static bool exists(const char *name)
{
    return access(name, F_OK) == 0;
}

/* Cells of an event from the columns, by the kind's row, with names in a table of the test's own. */
static uint64_t cell_from(const result_file *f, const result_table *t, const event_key *key,
                          uint64_t row, names *known)
{
    char number[64];
    snprintf(number, sizeof number, "%s%s", key->key, key->type == CELL_SECONDS ? "_us" : "");
    const result_column *c = result_table_column(t, number);
    if (!OK(c != NULL)) return 0;
    const char *text = c->is_string ? result_file_string(f, c->at.u32[row]) : "";
    switch (key->type) {
    case CELL_NAME:
        return names_intern(known, text);
    case CELL_TEXT:
    case CELL_JSON:
        return text[0] ? cell_text(text) : 0;
    case CELL_TASK:
        snprintf(number, sizeof number, "%s_number", key->key);
        return text[0] ? cell_pair(names_intern(known, text),
                                   result_table_column(t, number)->at.u32[row])
                       : 0;
    case CELL_DEPLOYMENT:
    case CELL_TASK_DEFINITION: {
        if (!text[0]) return 0;
        const char *at = strrchr(text, key->type == CELL_DEPLOYMENT ? '#' : ':');
        char name[200];
        snprintf(name, sizeof name, "%.*s", (int)(at - text), text);
        return cell_pair(names_intern(known, name), strtoul(at + 1, NULL, 10));
    }
    case CELL_INSTANCE:
        return c->at.u32[row];
    case CELL_NUMBER:
        return cell_number(c->at.f64[row]);
    case CELL_INTEGER:
    case CELL_EXIT_CODE:
    case CELL_SECONDS:
        return (uint64_t)c->at.i64[row];
    case CELL_NONE:
        break;
    }
    return 0;
}

static void print_log(const result_file *f, json_text *out)
{
    sim_error err = {0};
    result_table *t = result_file_table(f, "runs/0/0/events", &err);
    if (!OK(t != NULL)) return;
    names *known = names_create();
    const uint32_t *kinds = result_table_column(t, "kind")->at.u32;
    for (uint64_t row = 0; row < t->rows; row++) {
        model_event ev = {.at_us = result_table_column(t, "t_us")->at.i64[row]};
        while (strcmp(event_kinds[ev.kind].name, result_file_string(f, kinds[row])) != 0)
            ev.kind++;
        for (int k = 0; k < EVENT_CELLS && event_kinds[ev.kind].keys[k].type != CELL_NONE; k++)
            ev.cell[k] = cell_from(f, t, &event_kinds[ev.kind].keys[k], row, known);
        event_render(out, known, &ev);
        json_text_raw(out, "\n");
    }
    names_destroy(known);
    result_table_destroy(t);
}

static void test_reading(const measured_run *run)
{
    sim_error err = {0};
    const result_contents contents = contents_of(run);
    TEST("the file can be written, and its attributes and metrics read back")
    {
        OK(hdf5_file_write(path, false, &contents, &err));
        IS_STR(err.text, "");
        result_file *f = result_file_open(path, &err);
        OK(f != NULL);
        IS_STR(result_file_version(f), "0.1.0");
        IS_STR(result_file_scenario_name(f), "stage \"01\"");
        IS_STR(result_file_scenario(f), "{\"berth\": 1}");
        IS_STR(result_file_digest(f), run->digest);
        IS_INT(result_file_seed(f), 7);
        IS_INT(result_file_replications(f), 1);
        IS_INT(result_file_metric_count(f), metric_values_count(run->metrics));
        for (uint32_t i = 0; i < result_file_metric_count(f); i++) {
            const metric_value *m = metric_values_at(run->metrics, i);
            bool found;
            const double value = result_file_metric(f, m->name, &found);
            OK(found && isnan(value) == isnan(m->value));
            if (!isnan(value)) IS_DOUBLE(value, m->value);
            IS_STR(result_file_metric_name(f, i), m->name);
            IS_STR(result_file_metric_unit(f, i), m->unit);
        }
        bool found = true;
        OK(isnan(result_file_metric(f, "no.such", &found)) && !found);
        result_file_close(f);
    }
    TEST("the event log can be put together again from the columns, line for line")
    {
        result_file *f = result_file_open(path, &err);
        json_text text;
        json_text_init(&text);
        print_log(f, &text);
        IS_STR(text.data, run->log);
        json_text_finish(&text);
        result_file_close(f);
    }
    TEST("series, tasks, instances and deployments are there as recorded")
    {
        result_file *f = result_file_open(path, &err);
        OK(result_file_has(f, "variants") && result_file_has(f, "runs/0/0/series/cluster"));
        OK(!result_file_has(f, "runs/0/1") && !result_file_has(f, "no/such"));
        result_names services = result_file_members(f, "runs/0/0/series/services");
        IS_INT(services.count, 2);
        IS_STR(services.name[0], "auth");
        result_names_finish(&services);
        result_table *t = result_file_table(f, "runs/0/0/series/services/auth", &err);
        const record_table *series = recorder_series_service(run->rec, 0);
        IS_INT(t->rows, record_table_rows(series));
        IS_INT(t->column_count, record_table_column_count(series));
        for (uint32_t c = 0; c < t->column_count; c++) {
            const column_spec *spec = record_table_column(series, c);
            const result_column *column = result_table_column(t, spec->name);
            for (uint64_t row = 0; row < t->rows; row++)
                IS_DOUBLE(result_column_number(column, row),
                          spec->type == COLUMN_I64   ? (double)record_table_i64(series, row, c)
                          : spec->type == COLUMN_F64 ? record_table_f64(series, row, c)
                                                     : record_table_u32(series, row, c));
        }
        result_table_destroy(t);
        t = result_file_table(f, "runs/0/0/tasks", &err);
        IS_INT(t->rows, 8);
        IS_STR(result_file_string(f, result_table_column(t, "stopCode")->at.u32[0]),
               "ServiceSchedulerInitiated");
        OK(isnan(result_column_number(result_table_column(t, "stopped_us"), 7)));
        result_table_destroy(t);
        OK(result_file_table(f, "runs/0/0/nothing", &err) == NULL);
        OK(strstr(err.text, "runs/0/0/nothing") != NULL);
        result_file_close(f);
    }
}

static void test_bytes(const measured_run *run)
{
    TEST("the same run gives the same bytes; an existing file is kept unless forced")
    {
        sim_error err = {0};
        measured_run again = run_system(stage_system(), 2400, DETAIL_EVENTS);
        const result_contents contents = contents_of(&again);
        OK(hdf5_file_write(other, false, &contents, &err));
        size_t size = 0, other_size = 1;
        char *bytes = slurp(path, &size), *other_bytes = slurp(other, &other_size);
        IS_INT(other_size, size);
        OK(bytes && other_bytes && memcmp(bytes, other_bytes, size) == 0);
        free(bytes);
        free(other_bytes);
        OK(!hdf5_file_write(other, false, &contents, &err));
        OK(strstr(err.text, "exists already") != NULL);
        OK(!hdf5_file_allowed(other, false, NULL) && hdf5_file_allowed(other, true, NULL));
        OK(hdf5_file_write(other, true, &contents, NULL));
        OK(strcmp(again.digest, run->digest) == 0);
        remove(other);
        run_end(&again);
    }
    TEST("less detail, less in the file")
    {
        measured_run less = run_system(stage_system(), 2400, DETAIL_SUMMARY);
        const result_contents contents = contents_of(&less);
        OK(hdf5_file_write(other, false, &contents, NULL));
        result_file *f = result_file_open(other, NULL);
        OK(f && result_file_has(f, "runs/0/0") && !result_file_has(f, "runs/0/0/events") &&
           !result_file_has(f, "runs/0/0/tasks"));
        result_file_close(f);
        remove(other);
        run_end(&less);
    }
}

static void test_failures(const measured_run *run)
{
    const result_contents contents = contents_of(run);
    TEST("no folder, a folder in its place, one that takes no files: told before the run")
    {
        sim_error err = {0};
        char name[96];
        snprintf(name, sizeof name, "%s/no/such.h5", folder);
        OK(!hdf5_file_allowed(name, false, &err));
        OK(strstr(err.text, "there is no folder") != NULL);
        err = (sim_error){0};
        OK(!hdf5_file_allowed(folder, true, &err));
        OK(strstr(err.text, "is a folder") != NULL);
        OK(!hdf5_file_write(name, false, &contents, NULL) && !exists(name));
        OK(hdf5_file_allowed("no-slash.h5", false, NULL));
    }
    TEST("a disk that is full half-way leaves the old file and no other")
    {
        size_t size = 0, after = 0;
        char *bytes = slurp(path, &size);
        char half[80];
        snprintf(half, sizeof half, "%s.tmp", path);
        const pid_t child = fork();
        if (child == 0) {
            signal(SIGXFSZ, SIG_IGN);
            setrlimit(RLIMIT_FSIZE, &(struct rlimit){4096, 4096});
            sim_error err = {0};
            const bool written = hdf5_file_write(path, true, &contents, &err);
            _exit(!written && strstr(err.text, "could not be written") ? 0 : 1);
        }
        int status = -1;
        waitpid(child, &status, 0);
        IS_INT(status, 0);
        OK(!exists(half));
        char *same = slurp(path, &after);
        IS_INT(after, size);
        OK(bytes && same && memcmp(bytes, same, size) == 0);
        free(bytes);
        free(same);
    }
    TEST("what is no result file is refused: missing, text, cut short, of another kind")
    {
        sim_error err = {0};
        OK(result_file_open("/no/such/file.h5", &err) == NULL);
        OK(strstr(err.text, "No such file") != NULL);
        size_t size = 0;
        char *bytes = slurp(path, &size);
        for (size_t keep = 0; keep < size; keep += size / 7) {
            FILE *out = fopen(other, "wb");
            fwrite(bytes, 1, keep, out);
            fclose(out);
            err = (sim_error){0};
            OK(result_file_open(other, &err) == NULL);
            OK(err.text[0] != '\0');
        }
        free(bytes);
        remove(other);
    }
}

static void test_others(void)
{
    TEST("h5py reads every column")
    {
        const char *python = getenv("BERTH_TEST_PYTHON"), *script = getenv("BERTH_TEST_H5PY");
        if (OK(python && script)) {
            char command[600];
            snprintf(command, sizeof command, "'%s' '%s' '%s'", python, script, path);
            IS_INT(system(command), 0);
        }
    }
}

int main(void)
{
    tap_begin();
    if (!mkdtemp(folder)) return 1;
    snprintf(path, sizeof path, "%s/run.h5", folder);
    snprintf(other, sizeof other, "%s/other.h5", folder);
    measured_run run = run_system(stage_system(), 2400, DETAIL_EVENTS);
    test_reading(&run);
    test_bytes(&run);
    test_failures(&run);
    if (getenv("BERTH_TEST_PYTHON"))
        test_others();
    else
        tap_skip("h5py reads every column", "needs python3-h5py");
    run_end(&run);
    remove(path);
    rmdir(folder);
    return tap_end();
}
