/* Traces of run-task calls: a CSV text, a call a row (contract: scenario, arrivals).
 *
 * One pass    over the text, into rows of 24 bytes; rows after the end of the run are checked and
 *             left out.
 * Rounding    CPU units, MiB and copies to the nearest integer, halves up; GPUs up, as ECS has no
 *             share of one; times to the nearest microsecond.
 * Sizes       of a task definition with one container, its own are replaced; with several, those of
 *             the task. Rows with the same sizes share a task definition.
 * Folded in   the text takes the path's place in the tree, so the scenario as run needs no file.
 */
#include "scenarios/read/build.h"
#include "scenarios/read/csv.h"
#include "scenarios/read/source.h"
#include "scenarios/read/wallclock.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define COPIES_MAX   1000000
#define TRACE_MAX    ((size_t)48 << 20) /* folded in, it still fits into a scenario file */
#define MESSAGES_MAX 20
#define MICROSECONDS 1e6

typedef enum {
    COLUMN_AT,
    COLUMN_RUN_TIME,
    COLUMN_END,
    COLUMN_CPU,
    COLUMN_MEMORY,
    COLUMN_GPU,
    COLUMN_COUNT,
    COLUMN_FAMILY,
    COLUMNS
} trace_column;

static const char *const column_keys[COLUMNS] = {"at",     "runTime", "end",   "cpu",
                                                 "memory", "gpu",     "count", "family"};

/* Sizes in place of a task definition's; -1: as there. */
typedef struct {
    uint32_t base, family; /* family: of a row's own name, by number from 1; 0: the base's */
    int32_t cpu_units, memory_mib, gpu_count;
} row_sizes;

typedef struct {
    row_sizes sizes;
    uint32_t definition; /* NO_INDEX: an empty slot */
} sized_definition;

typedef struct {
    builder *b;
    const char *pointer, *file; /* file NULL: the text stands in the scenario */
    csv_reader csv;
    uint32_t column[COLUMNS]; /* index in a record; NO_INDEX: none */
    double scale[COLUMNS];
    uint32_t definition; /* of rows whose family says no other; NO_INDEX: none */
    bool skip_incomplete, fargate;
    uint32_t skipped, messages;
    int first_skipped;
    sized_definition *table; /* open addressing */
    uint32_t table_size, table_used;
    json_t *family_numbers; /* names that are no task definition -> number */
    const char **families;  /* by number - 1 */
    uint32_t family_count, family_room;
    arrival_row *rows;
    uint32_t row_count, row_room;
    bool sorted;
} trace;

/* ---- messages ---- */

static void say(trace *t, diagnostic_severity severity, int line, int column, const char *text)
{
    if (severity == SEVERITY_ERROR) t->messages++;
    if (t->file)
        diagnostics_add(t->b->diag, severity, t->file, line, column,
                        build_pointer(t->b, "%s/trace", t->pointer), "%s", text);
    else if (severity == SEVERITY_ERROR)
        build_error(t->b, build_pointer(t->b, "%s/trace", t->pointer), "line %d, column %d: %s",
                    line, column, text);
    else
        build_warning(t->b, build_pointer(t->b, "%s/trace", t->pointer), "line %d: %s", line, text);
}

/* Always false. */
static bool wrong_field(trace *t, const csv_field *field, trace_column column, const char *expected)
{
    int length = field->length < 60 ? (int)field->length : 60;
    say(t, SEVERITY_ERROR, t->csv.record_line, field->column,
        build_pointer(t->b, "%s: expected %s, got \"%.*s\"", column_keys[column], expected, length,
                      field->text));
    return false;
}

/* ---- columns ---- */

static uint32_t named_column(trace *t, const char *name, const char *pointer)
{
    const char **names = ARENA_ARRAY(t->b->memory, t->csv.count + 1, const char *);
    for (uint32_t i = 0; i < t->csv.count; i++) {
        const csv_field *f = &t->csv.fields[i];
        char *text = arena_alloc(t->b->memory, f->length + 1, 1);
        memcpy(text, f->text, f->length);
        names[i] = text;
        if (strcmp(text, name) == 0) return i;
    }
    build_error(t->b, pointer, "the trace has no column \"%s\"%s", name,
                build_suggestion(t->b, name, names, t->csv.count));
    return NO_INDEX;
}

static uint32_t numbered_column(trace *t, const char *text, const char *pointer)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);
    if (*end == '\0' && number >= 1 && number <= 10000) return (uint32_t)number - 1;
    build_error(t->b, pointer, "without a header a column is a number from 1, got \"%s\"", text);
    return NO_INDEX;
}

/* Reads the header, if there is one. False: nothing can be read, which has been reported. */
static bool find_columns(trace *t, const json_t *entry)
{
    const json_t *columns = build_get(entry, "columns"), *scale = build_get(entry, "scale");
    bool header = build_flag(entry, "header", true);
    int before = diagnostics_error_count(t->b->diag);
    sim_error err = {0};
    if (header && !csv_next(&t->csv, &err)) {
        say(t, SEVERITY_ERROR, 1, 1, err.text[0] ? err.text : "expected a line of column names");
        return false;
    }
    for (int c = 0; c < COLUMNS; c++) {
        const char *name = build_text(columns, column_keys[c], NULL);
        const char *at = build_pointer(t->b, "%s/columns/%s", t->pointer, column_keys[c]);
        t->scale[c] = build_number(scale, column_keys[c], 1);
        t->column[c] = !name    ? NO_INDEX
                       : header ? named_column(t, name, at)
                                : numbered_column(t, name, at);
    }
    if (t->column[COLUMN_END] != NO_INDEX && t->column[COLUMN_RUN_TIME] != NO_INDEX)
        build_error(t->b, build_pointer(t->b, "%s/columns/end", t->pointer),
                    "either \"end\" or \"runTime\"");
    if (t->definition == NO_INDEX && t->column[COLUMN_FAMILY] == NO_INDEX)
        build_error(t->b, t->pointer, "needs \"taskDefinition\", or a column for \"family\"");
    return diagnostics_error_count(t->b->diag) == before;
}

static const csv_field *field_of(const trace *t, trace_column c)
{
    return t->column[c] == NO_INDEX ? NULL : &t->csv.fields[t->column[c]];
}

/* ---- values ---- */

typedef enum { VALUE_ABSENT, VALUE_INCOMPLETE, VALUE_WRONG, VALUE_GOOD } value_kind;

/* An empty or a negative value says that it is not known. */
static value_kind incomplete(trace *t, const csv_field *field, trace_column c)
{
    if (t->skip_incomplete) return VALUE_INCOMPLETE;
    wrong_field(t, field, c,
                "a number of at least 0 (\"incomplete\": \"skip\" leaves such rows out)");
    return VALUE_WRONG;
}

/* Scaled; at least 0, at most `most`. */
static value_kind read_number(trace *t, trace_column c, double most, double *out)
{
    const csv_field *field = field_of(t, c);
    if (!field) return VALUE_ABSENT;
    if (field->length == 0) return incomplete(t, field, c);
    if (!csv_number(field, out)) {
        wrong_field(t, field, c, "a number");
        return VALUE_WRONG;
    }
    *out *= t->scale[c];
    if (*out < 0) return incomplete(t, field, c);
    if (*out <= most) return VALUE_GOOD;
    wrong_field(t, field, c, build_pointer(t->b, "at most %.10g", most));
    return VALUE_WRONG;
}

/* -1 stays where the trace has no such column. */
static value_kind read_size(trace *t, trace_column c, int32_t *out)
{
    double value;
    value_kind kind = read_number(t, c, INT32_MAX - 1, &value);
    if (kind != VALUE_GOOD) return kind;
    *out = (int32_t)(value + 0.5);
    if (c == COLUMN_GPU) *out = (int32_t)value + ((double)(int32_t)value < value);
    return kind;
}

/* Seconds, or an instant. */
static value_kind read_time(trace *t, trace_column c, sim_time *out)
{
    const csv_field *field = field_of(t, c);
    char text[64];
    if (field && field->length >= 8 && field->length < sizeof text) {
        memcpy(text, field->text, field->length);
        text[field->length] = '\0';
        if (wallclock_looks_like(text)) {
            int64_t unix_us;
            sim_error err = {0};
            if (!wallclock_from_text(text, &unix_us, &err)) {
                wrong_field(t, field, c, err.text);
                return VALUE_WRONG;
            }
            *out = unix_us - t->b->config->start_unix_us;
            if (*out >= 0) return VALUE_GOOD;
            wrong_field(t, field, c, "an instant not before the scenario's start");
            return VALUE_WRONG;
        }
    }
    double seconds;
    value_kind kind = read_number(t, c, (double)SIM_RUN_MAX / MICROSECONDS, &seconds);
    if (kind == VALUE_GOOD) *out = (sim_time)(seconds * MICROSECONDS + 0.5);
    return kind;
}

/* ---- task definitions ---- */

static uint32_t hash_sizes(const row_sizes *s)
{
    const uint32_t words[] = {s->base, s->family, (uint32_t)s->cpu_units, (uint32_t)s->memory_mib,
                              (uint32_t)s->gpu_count};
    uint32_t hash = 2166136261u;
    for (int i = 0; i < 5; i++) {
        hash = (hash ^ words[i]) * 0x9E3779B1u;
        hash ^= hash >> 15;
    }
    return hash;
}

static bool same_sizes(const row_sizes *a, const row_sizes *b)
{
    return a->base == b->base && a->family == b->family && a->cpu_units == b->cpu_units &&
           a->memory_mib == b->memory_mib && a->gpu_count == b->gpu_count;
}

/* Where it stands, or an empty slot. */
static sized_definition *find_sizes(const trace *t, const row_sizes *sizes)
{
    uint32_t at = hash_sizes(sizes) & (t->table_size - 1);
    while (t->table[at].definition != NO_INDEX && !same_sizes(&t->table[at].sizes, sizes))
        at = (at + 1) & (t->table_size - 1);
    return &t->table[at];
}

static void grow_table(trace *t)
{
    sized_definition *old = t->table;
    uint32_t old_size = t->table_size;
    t->table_size = old_size ? 2 * old_size : 256;
    t->table = memory_alloc(t->table_size, sizeof *t->table);
    for (uint32_t i = 0; i < t->table_size; i++)
        t->table[i].definition = NO_INDEX;
    for (uint32_t i = 0; i < old_size; i++)
        if (old[i].definition != NO_INDEX) *find_sizes(t, &old[i].sizes) = old[i];
    free(old);
}

/* E24: what the containers have must fit into what the row gives the task. */
static bool resize_task(trace *t, task_definition_config *d, const row_sizes *s)
{
    long long memory = 0;
    for (uint32_t i = 0; i < d->container_count; i++)
        memory += d->containers[i].memory_reservation_mib ? d->containers[i].memory_reservation_mib
                                                          : d->containers[i].memory_mib;
    if (s->cpu_units >= 0) d->cpu_units = s->cpu_units;
    if (s->memory_mib >= 0) d->memory_mib = s->memory_mib;
    if (s->cpu_units != 0 && s->memory_mib != 0 && (d->memory_mib == 0 || memory <= d->memory_mib))
        return true;
    say(t, SEVERITY_ERROR, t->csv.record_line, 1,
        build_pointer(t->b,
                      "a task of %s has %u containers with %lld MiB together: sizes of the task "
                      "must be above 0 and hold them (E24)",
                      d->family, d->container_count, memory));
    return false;
}

static void resize_container(task_definition_config *d, const row_sizes *s)
{
    container_definition *c = &d->containers[0];
    if (s->cpu_units >= 0) {
        c->cpu_units = s->cpu_units;
        if (d->cpu_units > 0) d->cpu_units = s->cpu_units;
    }
    if (s->memory_mib >= 0) {
        c->memory_mib = s->memory_mib;
        c->memory_reservation_mib = 0;
        if (d->memory_mib > 0) d->memory_mib = s->memory_mib;
    }
}

/* NO_INDEX after reporting. */
static uint32_t make_definition(trace *t, const row_sizes *s)
{
    uint32_t index = build_copy_definition(t->b, s->base);
    task_definition_config *d = &t->b->config->task_definitions[index];
    if (s->family > 0) {
        d->family = t->families[s->family - 1];
        d->revision = 1;
        d->arn = NULL;
    }
    if (s->gpu_count >= 0)
        for (uint32_t i = 0; i < d->container_count; i++)
            d->containers[i].gpu_count = i == 0 ? s->gpu_count : 0;
    if (d->container_count == 1)
        resize_container(d, s);
    else if (!resize_task(t, d, s))
        return NO_INDEX;
    if (t->fargate) build_check_fargate_size(t->b, d, build_pointer(t->b, "%s/trace", t->pointer));
    return index;
}

static uint32_t definition_of(trace *t, const row_sizes *sizes)
{
    bool plain =
        sizes->family == 0 && sizes->cpu_units < 0 && sizes->memory_mib < 0 && sizes->gpu_count < 0;
    if (plain) return sizes->base;
    if (2 * (t->table_used + 1) > t->table_size) grow_table(t);
    sized_definition *slot = find_sizes(t, sizes);
    if (slot->definition != NO_INDEX) return slot->definition;
    uint32_t made = make_definition(t, sizes);
    if (made == NO_INDEX) return NO_INDEX;
    *slot = (sized_definition){*sizes, made};
    t->table_used++;
    return made;
}

static uint32_t family_number(trace *t, const char *name)
{
    const json_t *known = json_object_get(t->family_numbers, name);
    if (known) return (uint32_t)json_integer_value(known);
    if (t->family_count == t->family_room) {
        t->family_room = t->family_room ? 2 * t->family_room : 16;
        t->families = memory_resize(t->families, t->family_room, sizeof *t->families);
    }
    t->families[t->family_count++] = build_copy(t->b, name);
    json_object_set_new(t->family_numbers, name, json_integer(t->family_count));
    return t->family_count;
}

/* A task definition of the scenario, by its name; else one like the entry's under this name. */
static bool read_family(trace *t, row_sizes *sizes)
{
    const csv_field *field = field_of(t, COLUMN_FAMILY);
    sizes->base = t->definition;
    if (!field || (field->length == 0 && t->definition != NO_INDEX)) return true;
    char name[256];
    if (field->length == 0 || field->length >= sizeof name)
        return wrong_field(t, field, COLUMN_FAMILY, "1 to 255 characters");
    memcpy(name, field->text, field->length);
    name[field->length] = '\0';
    const json_t *known = json_object_get(t->b->newest, name);
    if (!known) known = json_object_get(t->b->definition_index, name);
    if (known)
        sizes->base = (uint32_t)json_integer_value(known);
    else if (t->definition == NO_INDEX)
        return wrong_field(
            t, field, COLUMN_FAMILY,
            "a task definition of the scenario, as \"taskDefinition\" gives no other");
    else
        sizes->family = family_number(t, name);
    return true;
}

/* ---- rows ---- */

static void add_row(trace *t, const arrival_row *row)
{
    if (t->row_count == t->row_room) {
        t->row_room = t->row_room ? 2 * t->row_room : 1024;
        t->rows = memory_resize(t->rows, t->row_room, sizeof *t->rows);
    }
    if (t->row_count > 0 && t->rows[t->row_count - 1].at_us > row->at_us) t->sorted = false;
    t->rows[t->row_count++] = *row;
}

static bool has_all_fields(trace *t)
{
    for (int c = 0; c < COLUMNS; c++) {
        if (t->column[c] == NO_INDEX || t->column[c] < t->csv.count) continue;
        say(t, SEVERITY_ERROR, t->csv.record_line, 1,
            build_pointer(t->b, "%u fields, but \"%s\" is in field %u", t->csv.count,
                          column_keys[c], t->column[c] + 1));
        return false;
    }
    return true;
}

/* What is worst of several. */
static value_kind worse(value_kind a, value_kind b)
{
    if (a == VALUE_WRONG || b == VALUE_WRONG) return VALUE_WRONG;
    return a == VALUE_INCOMPLETE || b == VALUE_INCOMPLETE ? VALUE_INCOMPLETE : VALUE_GOOD;
}

static value_kind read_run_time(trace *t, arrival_row *row)
{
    sim_time end = 0;
    if (t->column[COLUMN_END] == NO_INDEX) {
        value_kind kind = read_time(t, COLUMN_RUN_TIME, &row->run_time_us);
        return kind == VALUE_ABSENT ? VALUE_GOOD : kind;
    }
    value_kind kind = read_time(t, COLUMN_END, &end);
    if (kind != VALUE_GOOD) return kind;
    if (end < row->at_us) return incomplete(t, field_of(t, COLUMN_END), COLUMN_END);
    row->run_time_us = end - row->at_us;
    return VALUE_GOOD;
}

static value_kind read_row(trace *t, arrival_row *row, row_sizes *sizes)
{
    double count = 1;
    *row = (arrival_row){.run_time_us = SIM_NEVER};
    *sizes = (row_sizes){.base = NO_INDEX, .cpu_units = -1, .memory_mib = -1, .gpu_count = -1};
    if (!has_all_fields(t)) return VALUE_WRONG;
    value_kind kind = worse(read_time(t, COLUMN_AT, &row->at_us), VALUE_GOOD);
    if (kind == VALUE_GOOD) kind = read_run_time(t, row);
    kind = worse(kind, read_number(t, COLUMN_COUNT, COPIES_MAX, &count));
    kind = worse(kind, read_size(t, COLUMN_CPU, &sizes->cpu_units));
    kind = worse(kind, read_size(t, COLUMN_MEMORY, &sizes->memory_mib));
    kind = worse(kind, read_size(t, COLUMN_GPU, &sizes->gpu_count));
    row->count = (uint32_t)(count + 0.5);
    return read_family(t, sizes) ? kind : VALUE_WRONG;
}

static void skip_row(trace *t)
{
    if (t->skipped++ == 0) t->first_skipped = t->csv.record_line;
}

static void read_rows(trace *t)
{
    sim_error err = {0};
    while (t->messages < MESSAGES_MAX && csv_next(&t->csv, &err)) {
        arrival_row row;
        row_sizes sizes;
        value_kind kind = read_row(t, &row, &sizes);
        if (kind == VALUE_INCOMPLETE) skip_row(t);
        if (kind != VALUE_GOOD) continue;
        row.task_definition = definition_of(t, &sizes);
        if (row.task_definition != NO_INDEX && row.count > 0 &&
            row.at_us <= t->b->config->duration_us)
            add_row(t, &row);
    }
    if (err.text[0]) say(t, SEVERITY_ERROR, err.line, err.column, err.text);
    if (t->skipped > 0)
        say(t, SEVERITY_WARNING, t->first_skipped, 1,
            build_pointer(t->b, "%u incomplete rows are left out, this one first", t->skipped));
}

/* ---- the order of calls ---- */

typedef struct {
    sim_time at_us;
    uint32_t row;
} row_place;

static int compare_places(const void *left, const void *right)
{
    const row_place *a = left, *b = right;
    if (a->at_us != b->at_us) return a->at_us < b->at_us ? -1 : 1;
    return (a->row > b->row) - (a->row < b->row);
}

static void keep_rows(trace *t, arrival_config *out)
{
    out->row_count = t->row_count;
    out->rows = ARENA_ARRAY(t->b->memory, t->row_count + 1, arrival_row);
    row_place *places = memory_alloc(t->row_count + 1, sizeof *places);
    for (uint32_t i = 0; i < t->row_count; i++)
        places[i] = (row_place){t->rows[i].at_us, i};
    if (!t->sorted) qsort(places, t->row_count, sizeof *places, compare_places);
    for (uint32_t i = 0; i < t->row_count; i++)
        out->rows[i] = t->rows[places[i].row];
    free(places);
}

/* ---- the text ---- */

/* A file's text, which takes the path's place in the tree; NULL: reported. */
static source *read_text(builder *b, json_t *entry, const char *pointer)
{
    const char *at = build_pointer(b, "%s/trace", pointer);
    char *path = document_data_file(b->doc, at);
    if (!path) return NULL;
    sim_error err = {0};
    source *s = source_read(path, &err);
    const char *shown = build_copy(b, path);
    free(path);
    if (!s) {
        build_error(b, at, "%s %s", shown, err.text);
        return NULL;
    }
    json_t *text = NULL;
    if (s->length > TRACE_MAX)
        build_error(b, at, "%s is larger than 48 MiB", shown);
    else if (memchr(s->text, '\0', s->length) || !(text = json_stringn(s->text, s->length)))
        build_error(b, at, "%s is no UTF-8 text%s", shown,
                    s->length > 1 && (unsigned char)s->text[0] == 0x1f ? "; unpack it first" : "");
    if (text) {
        json_object_set_new(entry, "trace", json_pack("{s:o}", "csv", text));
        return s;
    }
    source_destroy(s);
    return NULL;
}

static bool find_delimiter(builder *b, const json_t *entry, const char *pointer, char *out)
{
    const char *text = build_text(entry, "delimiter", ",");
    *out = strcmp(text, "blanks") == 0 ? ' ' : text[0];
    if (*out == ' ' || (strlen(text) == 1 && !strchr("\"\n\r.-+#0123456789", *out))) return true;
    return build_error(b, build_pointer(b, "%s/delimiter", pointer),
                       "expected one character such as \",\", \";\" or a tab, or \"blanks\"");
}

void build_trace(builder *b, json_t *entry, const char *pointer, uint32_t definition,
                 arrival_config *out)
{
    trace t = {.b = b, .pointer = pointer, .definition = definition, .sorted = true};
    const json_t *value = build_get(entry, "trace"), *inline_text = build_get(value, "csv");
    char delimiter;
    if (!build_get(entry, "columns")) {
        build_error(b, pointer, "\"columns\" is missing: which columns of the trace say what");
        return;
    }
    if (!json_is_string(value) && !json_is_string(inline_text)) {
        build_error(b, build_pointer(b, "%s/trace", pointer),
                    "expected the path of a CSV file, or {\"csv\": TEXT}");
        return;
    }
    if (!find_delimiter(b, entry, pointer, &delimiter)) return;
    source *s = json_is_string(value) ? read_text(b, entry, pointer) : NULL;
    if (json_is_string(value) && !s) return;
    t.file = s ? s->name : NULL;
    t.skip_incomplete = strcmp(build_text(entry, "incomplete", "error"), "skip") == 0;
    t.fargate = build_on_fargate(out->call.shares, out->call.share_count);
    t.family_numbers = json_object();
    csv_begin(&t.csv, s ? s->text : json_string_value(inline_text),
              s ? s->length : json_string_length(inline_text), delimiter);
    if (find_columns(&t, entry)) {
        read_rows(&t);
        keep_rows(&t, out);
    }
    csv_end(&t.csv);
    source_destroy(s);
    json_decref(t.family_numbers);
    free(t.families);
    free(t.table);
    free(t.rows);
}
