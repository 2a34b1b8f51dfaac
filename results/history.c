/* history.c - what happened, kept for the result file. */
#include "results/history.h"
#include "results/event_place.h"
#include "results/latency_times.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Columns ---- */

/* clang-format off */
enum { TASK_NAME, TASK_NUMBER, TASK_SERVICE, TASK_DEPLOYMENT, TASK_TASK_DEFINITION, TASK_INSTANCE,
       TASK_ZONE, TASK_PROVISIONING, TASK_PENDING, TASK_ACTIVATING, TASK_RUNNING, TASK_HEALTHY,
       TASK_DEACTIVATING, TASK_STOPPING, TASK_DEPROVISIONING, TASK_STOPPED, TASK_CAUSE,
       TASK_STOP_CODE, TASK_STOPPED_REASON, TASK_EXIT_CODE, TASK_COLUMNS };

static const column_spec task_columns[TASK_COLUMNS] = {
    [TASK_NAME]            = {"task", COLUMN_STRING, "", "the part of the id before the slash"},
    [TASK_NUMBER]          = {"task_number", COLUMN_U32, "", "the number in the id"},
    [TASK_SERVICE]         = {"service", COLUMN_STRING, "", "empty for a standalone task"},
    [TASK_DEPLOYMENT]      = {"deployment", COLUMN_STRING, "", "empty for a standalone task"},
    [TASK_TASK_DEFINITION] = {"taskDefinition", COLUMN_STRING, "", "family:revision"},
    [TASK_INSTANCE]        = {"instance", COLUMN_U32, "", "the number in the instance's id"},
    [TASK_ZONE]            = {"availabilityZone", COLUMN_STRING, "", ""},
    [TASK_PROVISIONING]    = {"provisioning_us", COLUMN_I64, "us", "when first so; -2^63: never"},
    [TASK_PENDING]         = {"pending_us", COLUMN_I64, "us", "when first so; -2^63: never"},
    [TASK_ACTIVATING]      = {"activating_us", COLUMN_I64, "us", "when first so; -2^63: never"},
    [TASK_RUNNING]         = {"running_us", COLUMN_I64, "us", "when first so; -2^63: never"},
    [TASK_HEALTHY]         = {"healthy_us", COLUMN_I64, "us", "when first so; -2^63: never"},
    [TASK_DEACTIVATING]    = {"deactivating_us", COLUMN_I64, "us", "when first so; -2^63: never"},
    [TASK_STOPPING]        = {"stopping_us", COLUMN_I64, "us", "when first so; -2^63: never"},
    [TASK_DEPROVISIONING]  = {"deprovisioning_us", COLUMN_I64, "us", "when first so; -2^63: never"},
    [TASK_STOPPED]         = {"stopped_us", COLUMN_I64, "us", "when first so; -2^63: never"},
    [TASK_CAUSE]           = {"cause", COLUMN_STRING, "", "why it was stopped"},
    [TASK_STOP_CODE]       = {"stopCode", COLUMN_STRING, "", ""},
    [TASK_STOPPED_REASON]  = {"stoppedReason", COLUMN_STRING, "", ""},
    [TASK_EXIT_CODE]       = {"exitCode", COLUMN_I64, "", "-2^63: null, or not stopped"},
};

enum { INSTANCE_NUMBER, INSTANCE_TYPE, INSTANCE_ZONE, INSTANCE_GROUP, INSTANCE_LAUNCHING,
       INSTANCE_REGISTERED, INSTANCE_TERMINATED, INSTANCE_CPU, INSTANCE_MEMORY, INSTANCE_CAUSE,
       INSTANCE_COLUMNS };

static const column_spec instance_columns[INSTANCE_COLUMNS] = {
    [INSTANCE_NUMBER]     = {"instance", COLUMN_U32, "", "the number in the id: 7 is i-000007"},
    [INSTANCE_TYPE]       = {"instanceType", COLUMN_STRING, "", ""},
    [INSTANCE_ZONE]       = {"availabilityZone", COLUMN_STRING, "", ""},
    [INSTANCE_GROUP]      = {"autoScalingGroup", COLUMN_STRING, "", ""},
    [INSTANCE_LAUNCHING]  = {"launching_us", COLUMN_I64, "us", "when asked for; -2^63: at the start"},
    [INSTANCE_REGISTERED] = {"registered_us", COLUMN_I64, "us", "-2^63: never"},
    [INSTANCE_TERMINATED] = {"terminated_us", COLUMN_I64, "us", "-2^63: never"},
    [INSTANCE_CPU]        = {"cpu", COLUMN_I64, "CPU units", "what placement may use"},
    [INSTANCE_MEMORY]     = {"memory", COLUMN_I64, "MiB", "what placement may use"},
    [INSTANCE_CAUSE]      = {"cause", COLUMN_STRING, "", "why it was terminated"},
};

static const column_spec cluster_columns[] = {
    {"t_us", COLUMN_I64, "us", "holds from then on"},
    {"instances", COLUMN_U32, "instances", "registered: ACTIVE or DRAINING"},
    {"empty_instances", COLUMN_U32, "instances", "of those, with no task"},
    {"cpu_registered", COLUMN_I64, "CPU units", ""},
    {"cpu_reserved", COLUMN_I64, "CPU units", "E60"},
    {"memory_registered", COLUMN_I64, "MiB", ""},
    {"memory_reserved", COLUMN_I64, "MiB", "E60"},
    {"memory_used", COLUMN_F64, "MiB", "by containers at t_us (E25) …"},
    {"memory_growth", COLUMN_F64, "MiB/h", "… and its growth from then on"},
    {"cpu_used", COLUMN_F64, "CPU units", "by containers on instances (E27)"},
    {"placements", COLUMN_I64, "tasks", "so far"},
    {"placements_failed", COLUMN_I64, "", "so far"},
    {"price_usd_per_hour", COLUMN_F64, "USD/h", "of the registered instances that have a price, and of Fargate"},
    {"unpriced_instances", COLUMN_U32, "instances", "registered, without a price"},
};

static const column_spec instance_series_columns[] = {
    {"t_us", COLUMN_I64, "us", "holds for this instance from then on"},
    {"instance", COLUMN_U32, "", "the number in the instance's id"},
    {"registered", COLUMN_U32, "", "1: ACTIVE or DRAINING"},
    {"cpu_registered", COLUMN_I64, "CPU units", ""},
    {"cpu_reserved", COLUMN_I64, "CPU units", "E60"},
    {"memory_registered", COLUMN_I64, "MiB", ""},
    {"memory_reserved", COLUMN_I64, "MiB", "E60"},
    {"memory_used", COLUMN_F64, "MiB", "by containers at t_us (E25) …"},
    {"memory_growth", COLUMN_F64, "MiB/h", "… and its growth from then on"},
    {"tasks", COLUMN_U32, "tasks", "not yet STOPPED"},
};

#define REQUEST_COLUMNS                                                                            \
    {"rps_offered", COLUMN_F64, "1/s", ""}, {"rps_ok", COLUMN_F64, "1/s", ""},                     \
    {"rps_failed", COLUMN_F64, "1/s", "all causes"},                                               \
    {"rps_failed_502", COLUMN_F64, "1/s", ""}, {"rps_failed_503", COLUMN_F64, "1/s", ""},          \
    {"rps_failed_504", COLUMN_F64, "1/s", ""}, {"rps_failed_overload", COLUMN_F64, "1/s", ""},     \
    {"rps_failed_application", COLUMN_F64, "1/s", ""},                                             \
    {"requests_lost", COLUMN_F64, "requests", "cut while in flight, so far; also failed"}

static const column_spec service_columns[] = {
    {"t_us", COLUMN_I64, "us", "holds from then on"},
    {"desired", COLUMN_U32, "tasks", ""},
    {"running", COLUMN_U32, "tasks", "RUNNING and meant to be"},
    {"healthy", COLUMN_U32, "tasks", "E96"},
    {"pending", COLUMN_U32, "tasks", ""},
    {"active", COLUMN_U32, "tasks", "meant to run, whatever their state"},
    {"counted", COLUMN_U32, "tasks", "what maximumPercent counts (E142)"},
    {"lower", COLUMN_U32, "tasks", "minimumHealthyPercent of desired (E140)"},
    {"upper", COLUMN_U32, "tasks", "maximumPercent of desired (E140)"},
    {"deployments", COLUMN_U32, "", "the newest and those that still have tasks"},
    {"steady", COLUMN_U32, "", "1: steady state (E113)"},
    {"stalled", COLUMN_U32, "", "1: the newest deployment can make no progress (E147, or no room)"},
    {"fail_open", COLUMN_U32, "", "1: a target group fails open (L51)"},
    {"memory_used", COLUMN_F64, "MiB", "by RUNNING tasks at t_us (A06) …"},
    {"memory_growth", COLUMN_F64, "MiB/h", "… and its growth from then on"},
    {"memory_reserved", COLUMN_I64, "MiB", "reserved by them: 100 % (A02, A03)"},
    {"cpu_used", COLUMN_F64, "CPU units", "by RUNNING tasks (A06)"},
    {"cpu_reserved", COLUMN_I64, "CPU units", "reserved by them: 100 % (A02)"},
    {"cpu_utilization", COLUMN_F64, "percent", "used / reserved (A01-A06); NaN: nothing reserved"},
    {"latency_mean", COLUMN_F64, "s", "of the requests answered well now; NaN: none"},
    {"latency_p50", COLUMN_F64, "s", "half of them take no longer"},
    {"latency_p95", COLUMN_F64, "s", "19 of 20"},
    {"latency_p99", COLUMN_F64, "s", "99 of 100"},
    REQUEST_COLUMNS,
};

static const column_spec target_group_columns[] = {
    {"t_us", COLUMN_I64, "us", "holds from then on"},
    {"registered", COLUMN_U32, "targets", ""},
    {"healthy", COLUMN_U32, "targets", ""},
    {"unhealthy", COLUMN_U32, "targets", ""},
    {"initial", COLUMN_U32, "targets", ""},
    {"draining", COLUMN_U32, "targets", ""},
    {"fail_open", COLUMN_U32, "", "1: failing open (L51)"},
    REQUEST_COLUMNS,
};
/* clang-format on */

#define COLUMN_COUNT(columns) ((uint32_t)(sizeof(columns) / sizeof *(columns)))

/* ---- The whole ---- */

/* Where the keys of the task and instance events stand in their kinds' rows. */
typedef struct {
    int task, service, deployment, task_definition, instance, zone, cause;
    int stopped_task, stop_code, stopped_reason, exit_code; /* of task.stopped */
    int healthy_task;                                       /* of task.healthy */
    int instance_number, instance_type, instance_zone, instance_cause;
    int cpu, memory, group; /* of instance.registered */
} key_places;

/* The rows of one owner's tasks, by number. */
typedef struct {
    uint64_t *row_of; /* row + 1; 0: none */
    uint32_t room;
} owner_rows;

/* The last mixture of request times, by its first part, and what came of it. */
typedef struct {
    latency_now now;
    uint32_t count;
    latency_part part;
} latency_seen;

struct history {
    const model_config *cfg;
    result_strings *strings;
    key_places at;
    record_table *tasks, *instances, *cluster, *instance_series;
    record_table **service, **target_group;
    latency_seen *latency; /* by service */
    owner_rows *owner;     /* by name_id of the owner */
    uint32_t owner_room;
    event_columns *events;
};

static key_places find_places(void)
{
    const event_kind task = EVENT_TASK_PENDING, stopped = EVENT_TASK_STOPPED;
    const event_kind instance = EVENT_INSTANCE_LAUNCHING, registered = EVENT_INSTANCE_REGISTERED;
    return (key_places){
        .task = event_place(task, "task"),
        .service = event_place(task, "service"),
        .deployment = event_place(task, "deployment"),
        .task_definition = event_place(task, "taskDefinition"),
        .instance = event_place(task, "instance"),
        .zone = event_place(task, "availabilityZone"),
        .cause = event_place(task, "cause"),
        .stopped_task = event_place(stopped, "task"),
        .stop_code = event_place(stopped, "stopCode"),
        .stopped_reason = event_place(stopped, "stoppedReason"),
        .exit_code = event_place(stopped, "exitCode"),
        .healthy_task = event_place(EVENT_TASK_HEALTHY, "task"),
        .instance_number = event_place(instance, "instance"),
        .instance_type = event_place(instance, "instanceType"),
        .instance_zone = event_place(instance, "availabilityZone"),
        .instance_cause = event_place(instance, "cause"),
        .cpu = event_place(registered, "cpu"),
        .memory = event_place(registered, "memory"),
        .group = event_place(registered, "autoScalingGroup"),
    };
}

static record_table **create_tables(uint32_t count, const column_spec *columns, uint32_t n)
{
    record_table **tables = memory_alloc(count ? count : 1, sizeof *tables);
    for (uint32_t i = 0; i < count; i++)
        tables[i] = record_table_create(columns, n);
    return tables;
}

history *history_create(const model_config *cfg, result_strings *strings, bool events)
{
    history *h = memory_alloc(1, sizeof *h);
    h->cfg = cfg;
    h->strings = strings;
    h->at = find_places();
    h->tasks = record_table_create(task_columns, TASK_COLUMNS);
    h->instances = record_table_create(instance_columns, INSTANCE_COLUMNS);
    h->cluster = record_table_create(cluster_columns, COLUMN_COUNT(cluster_columns));
    h->instance_series =
        record_table_create(instance_series_columns, COLUMN_COUNT(instance_series_columns));
    h->latency = memory_alloc((size_t)cfg->service_count + 1, sizeof *h->latency);
    for (uint32_t i = 0; i < cfg->service_count; i++)
        h->latency[i].now = latency_times_now(NULL, 0);
    h->service = create_tables(cfg->service_count, service_columns, COLUMN_COUNT(service_columns));
    h->target_group = create_tables(cfg->target_group_count, target_group_columns,
                                    COLUMN_COUNT(target_group_columns));
    if (events) h->events = event_columns_create(strings);
    return h;
}

void history_destroy(history *h)
{
    if (!h) return;
    for (uint32_t i = 0; i < h->cfg->service_count; i++)
        record_table_destroy(h->service[i]);
    for (uint32_t i = 0; i < h->cfg->target_group_count; i++)
        record_table_destroy(h->target_group[i]);
    for (uint32_t i = 0; i < h->owner_room; i++)
        free(h->owner[i].row_of);
    free(h->owner);
    free(h->service);
    free(h->latency);
    free(h->target_group);
    record_table_destroy(h->tasks);
    record_table_destroy(h->instances);
    record_table_destroy(h->cluster);
    record_table_destroy(h->instance_series);
    event_columns_destroy(h->events);
    free(h);
}

/* ---- Rows of tasks and instances ---- */

static uint32_t room_for(uint32_t index, uint32_t room)
{
    if (room == 0) room = 16;
    while (room <= index)
        room *= 2;
    return room;
}

/* The task's row, made when it is first heard of. */
static uint64_t task_row(history *h, const names *t, uint64_t task)
{
    const name_id owner = (name_id)(task >> 32);
    const uint32_t number = (uint32_t)task;
    if (owner >= h->owner_room) {
        const uint32_t room = room_for(owner, h->owner_room);
        h->owner = memory_resize(h->owner, room, sizeof *h->owner);
        memset(h->owner + h->owner_room, 0, (room - h->owner_room) * sizeof *h->owner);
        h->owner_room = room;
    }
    owner_rows *o = &h->owner[owner];
    if (number >= o->room) {
        const uint32_t room = room_for(number, o->room);
        o->row_of = memory_resize(o->row_of, room, sizeof *o->row_of);
        memset(o->row_of + o->room, 0, (room - o->room) * sizeof *o->row_of);
        o->room = room;
    }
    if (o->row_of[number] == 0) {
        const uint64_t row = record_table_append(h->tasks);
        record_table_set_u32(h->tasks, row, TASK_NAME, result_strings_name(h->strings, t, owner));
        record_table_set_u32(h->tasks, row, TASK_NUMBER, number);
        o->row_of[number] = row + 1;
    }
    return o->row_of[number] - 1;
}

static void set_first_time(record_table *t, uint64_t row, uint32_t column, sim_time at_us)
{
    if (record_table_i64(t, row, column) == INT64_MIN) record_table_set_i64(t, row, column, at_us);
}

static void set_name(history *h, record_table *table, uint64_t row, uint32_t column, const names *t,
                     uint64_t cell)
{
    if (cell != 0)
        record_table_set_u32(table, row, column, result_strings_name(h->strings, t, (name_id)cell));
}

/* The column of the time of a task state; TASK_COLUMNS for other kinds. */
static uint32_t column_of_state(event_kind kind)
{
    switch (kind) {
    case EVENT_TASK_PROVISIONING:
        return TASK_PROVISIONING;
    case EVENT_TASK_PENDING:
        return TASK_PENDING;
    case EVENT_TASK_ACTIVATING:
        return TASK_ACTIVATING;
    case EVENT_TASK_RUNNING:
        return TASK_RUNNING;
    case EVENT_TASK_DEACTIVATING:
        return TASK_DEACTIVATING;
    case EVENT_TASK_STOPPING:
        return TASK_STOPPING;
    case EVENT_TASK_DEPROVISIONING:
        return TASK_DEPROVISIONING;
    default:
        return TASK_COLUMNS;
    }
}

static void record_task_state(history *h, const names *t, const model_event *ev, uint32_t column)
{
    const key_places *at = &h->at;
    record_table *table = h->tasks;
    const uint64_t row = task_row(h, t, ev->cell[at->task]);
    set_first_time(table, row, column, ev->at_us);
    set_name(h, table, row, TASK_SERVICE, t, ev->cell[at->service]);
    set_name(h, table, row, TASK_ZONE, t, ev->cell[at->zone]);
    set_name(h, table, row, TASK_CAUSE, t, ev->cell[at->cause]);
    record_table_set_u32(
        table, row, TASK_DEPLOYMENT,
        result_strings_pair(h->strings, t, CELL_DEPLOYMENT, ev->cell[at->deployment]));
    record_table_set_u32(
        table, row, TASK_TASK_DEFINITION,
        result_strings_pair(h->strings, t, CELL_TASK_DEFINITION, ev->cell[at->task_definition]));
    if (ev->cell[at->instance] != 0)
        record_table_set_u32(table, row, TASK_INSTANCE, (uint32_t)ev->cell[at->instance]);
}

static void record_task_stopped(history *h, const names *t, const model_event *ev)
{
    const key_places *at = &h->at;
    const uint64_t row = task_row(h, t, ev->cell[at->stopped_task]);
    set_first_time(h->tasks, row, TASK_STOPPED, ev->at_us);
    set_name(h, h->tasks, row, TASK_STOP_CODE, t, ev->cell[at->stop_code]);
    record_table_set_u32(
        h->tasks, row, TASK_STOPPED_REASON,
        result_strings_text(h->strings, cell_as_text(ev->cell[at->stopped_reason])));
    record_table_set_i64(h->tasks, row, TASK_EXIT_CODE, (int64_t)ev->cell[at->exit_code]);
}

/* Rows of instances stand by number, from 1. */
static void record_instance(history *h, const names *t, const model_event *ev)
{
    const key_places *at = &h->at;
    record_table *table = h->instances;
    const uint32_t number = (uint32_t)ev->cell[at->instance_number];
    while (record_table_rows(table) < number) {
        const uint64_t row = record_table_append(table);
        record_table_set_u32(table, row, INSTANCE_NUMBER, (uint32_t)row + 1);
    }
    const uint64_t row = number - 1;
    set_name(h, table, row, INSTANCE_TYPE, t, ev->cell[at->instance_type]);
    set_name(h, table, row, INSTANCE_ZONE, t, ev->cell[at->instance_zone]);
    if (ev->kind == EVENT_INSTANCE_LAUNCHING)
        record_table_set_i64(table, row, INSTANCE_LAUNCHING, ev->at_us);
    if (ev->kind == EVENT_INSTANCE_TERMINATED) {
        record_table_set_i64(table, row, INSTANCE_TERMINATED, ev->at_us);
        set_name(h, table, row, INSTANCE_CAUSE, t, ev->cell[at->instance_cause]);
    }
    if (ev->kind != EVENT_INSTANCE_REGISTERED) return;
    set_first_time(table, row, INSTANCE_REGISTERED, ev->at_us);
    record_table_set_i64(table, row, INSTANCE_CPU, (int64_t)ev->cell[at->cpu]);
    record_table_set_i64(table, row, INSTANCE_MEMORY, (int64_t)ev->cell[at->memory]);
    set_name(h, table, row, INSTANCE_GROUP, t, ev->cell[at->group]);
}

void history_event(history *h, const names *t, const model_event *ev)
{
    if (h->events) event_columns_add(h->events, t, ev);
    const uint32_t column = column_of_state(ev->kind);
    if (column != TASK_COLUMNS)
        record_task_state(h, t, ev, column);
    else if (ev->kind == EVENT_TASK_STOPPED)
        record_task_stopped(h, t, ev);
    else if (ev->kind == EVENT_TASK_HEALTHY)
        set_first_time(h->tasks, task_row(h, t, ev->cell[h->at.healthy_task]), TASK_HEALTHY,
                       ev->at_us);
    else if (ev->kind == EVENT_INSTANCE_LAUNCHING || ev->kind == EVENT_INSTANCE_REGISTERED ||
             ev->kind == EVENT_INSTANCE_TERMINATED)
        record_instance(h, t, ev);
}

/* ---- Change points ---- */

/* Fills one row from left to right. */
typedef struct {
    record_table *table;
    uint64_t row;
    uint32_t column;
} row_writer;

/* A row that begins with the time; the last one again if it is of this instant. */
static row_writer begin_row(record_table *t, sim_time now_us)
{
    const uint64_t rows = record_table_rows(t);
    row_writer w = {t, rows - 1, 1};
    if (rows == 0 || record_table_i64(t, rows - 1, 0) != now_us) {
        w.row = record_table_append(t);
        record_table_set_i64(t, w.row, 0, now_us);
    }
    return w;
}

static void add_u32(row_writer *w, uint32_t value)
{
    record_table_set_u32(w->table, w->row, w->column++, value);
}

static void add_i64(row_writer *w, int64_t value)
{
    record_table_set_i64(w->table, w->row, w->column++, value);
}

static void add_f64(row_writer *w, double value)
{
    record_table_set_f64(w->table, w->row, w->column++, value);
}

static void add_requests(row_writer *w, const request_sample *r)
{
    double failed = 0, lost = 0;
    for (int cause = 0; cause < FAILED_CAUSES; cause++) {
        failed += r->failed[cause];
        lost += r->lost[cause];
    }
    add_f64(w, r->offered);
    add_f64(w, failed < r->offered ? r->offered - failed : 0);
    add_f64(w, failed);
    for (int cause = 0; cause < FAILED_CAUSES; cause++)
        add_f64(w, r->failed[cause]);
    add_f64(w, lost);
}

static void end_row(const row_writer *w)
{
    CHECK(w->column == record_table_column_count(w->table));
    record_table_drop_repeated(w->table);
}

static void add_memory(row_writer *w, memory_line line, sim_time now_us)
{
    add_f64(w, memory_line_mib(line, now_us));
    add_f64(w, (double)line.bytes_per_hour / 1048576);
}

void history_cluster(history *h, sim_time now_us, const cluster_sample *s)
{
    row_writer w = begin_row(h->cluster, now_us);
    add_u32(&w, s->instances);
    add_u32(&w, s->empty_instances);
    add_i64(&w, s->cpu_registered);
    add_i64(&w, s->cpu_reserved);
    add_i64(&w, s->memory_registered);
    add_i64(&w, s->memory_reserved);
    add_memory(&w, s->memory, now_us);
    add_f64(&w, (double)s->cpu_used / CPU_FINE);
    add_i64(&w, (int64_t)s->placements);
    add_i64(&w, (int64_t)s->placements_failed);
    add_f64(&w, s->price_usd_per_hour);
    add_u32(&w, s->unpriced_instances);
    end_row(&w);
}

void history_instance(history *h, sim_time now_us, uint32_t index, const instance_sample *s)
{
    row_writer w = {h->instance_series, record_table_append(h->instance_series), 0};
    add_i64(&w, now_us);
    add_u32(&w, index + 1);
    add_u32(&w, s->registered);
    add_i64(&w, s->cpu_registered);
    add_i64(&w, s->cpu_reserved);
    add_i64(&w, s->memory_registered);
    add_i64(&w, s->memory_reserved);
    add_memory(&w, s->memory, now_us);
    add_u32(&w, s->tasks);
    end_row(&w);
}

/* Quantiles take some time: a mixture that is the same but for its rate has those of before. */
static bool same_mixture(const latency_seen *seen, const latency_part *parts, uint32_t count)
{
    if (seen->count != 1 || count != 1) return false;
    latency_part alike = parts[0];
    alike.per_second = seen->part.per_second;
    return memcmp(&alike, &seen->part, sizeof alike) == 0;
}

static void add_latency(history *h, row_writer *w, uint32_t service, const latency_part *parts,
                        uint32_t count)
{
    latency_seen *seen = &h->latency[service];
    if (!same_mixture(seen, parts, count)) {
        seen->now = latency_times_now(parts, count);
        seen->count = count;
        if (count > 0) seen->part = parts[0];
    }
    add_f64(w, seen->now.mean);
    add_f64(w, seen->now.p50);
    add_f64(w, seen->now.p95);
    add_f64(w, seen->now.p99);
}

void history_service(history *h, sim_time now_us, uint32_t service, const service_sample *s,
                     const latency_part *parts, uint32_t part_count)
{
    CHECK(service < h->cfg->service_count);
    row_writer w = begin_row(h->service[service], now_us);
    add_u32(&w, s->desired);
    add_u32(&w, s->running);
    add_u32(&w, s->healthy);
    add_u32(&w, s->pending);
    add_u32(&w, s->active);
    add_u32(&w, s->counted);
    add_u32(&w, s->lower);
    add_u32(&w, s->upper);
    add_u32(&w, s->deployments);
    add_u32(&w, s->steady);
    add_u32(&w, s->stalled);
    add_u32(&w, s->fail_open);
    add_memory(&w, s->memory, now_us);
    add_i64(&w, s->memory_reserved_mib);
    const double used = (double)s->cpu_used / CPU_FINE;
    add_f64(&w, used);
    add_i64(&w, s->cpu_reserved);
    add_f64(&w, s->cpu_reserved > 0 ? 100 * used / (double)s->cpu_reserved : NAN);
    add_latency(h, &w, service, parts, part_count);
    add_requests(&w, &s->requests);
    end_row(&w);
}

void history_target_group(history *h, sim_time now_us, uint32_t target_group,
                          const target_group_sample *s)
{
    CHECK(target_group < h->cfg->target_group_count);
    row_writer w = begin_row(h->target_group[target_group], now_us);
    add_u32(&w, s->registered);
    add_u32(&w, s->healthy);
    add_u32(&w, s->unhealthy);
    add_u32(&w, s->initial);
    add_u32(&w, s->draining);
    add_u32(&w, s->fail_open);
    add_requests(&w, &s->requests);
    end_row(&w);
}

/* ---- Reading ---- */

const record_table *history_tasks(const history *h)
{
    return h->tasks;
}

const record_table *history_instances(const history *h)
{
    return h->instances;
}

const record_table *history_series_cluster(const history *h)
{
    return h->cluster;
}

const record_table *history_series_instances(const history *h)
{
    return h->instance_series;
}

const record_table *history_series_service(const history *h, uint32_t service)
{
    CHECK(service < h->cfg->service_count);
    return h->service[service];
}

const record_table *history_series_target_group(const history *h, uint32_t target_group)
{
    CHECK(target_group < h->cfg->target_group_count);
    return h->target_group[target_group];
}

const event_columns *history_events(const history *h)
{
    return h->events;
}
