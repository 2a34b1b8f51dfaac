/* recorder.c - the observer that measures a run: takes samples where something changed and hands
 * them to what adds them up. */
#include "results/recorder.h"
#include "results/event_place.h"
#include "results/recorder_parts.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is known of a deployment when it starts. */
typedef struct {
    uint32_t service, ordinal;       /* of the service's deployments, from 0 */
    uint32_t task_definition, cause; /* strings */
} deployment_start;

typedef struct {
    int service, deployment, task_definition, cause;
} deployment_places;

struct recorder {
    const model_config *cfg;
    record_detail detail;
    sim_time end_us;
    bool finished;
    uint64_t event_count;
    result_strings *strings;
    history *history; /* NULL: not kept */
    cluster_measure *cluster;
    cost_measure *cost;
    instance_owner *owner; /* scratch */
    uint32_t owner_room;
    fargate_sample *fargate; /* as seen last, by index */
    uint32_t fargate_count;
    scope_list scopes;
    workload_mix mix;
    uint32_t *scope_of_zone; /* by name_id; UINT32_MAX: not asked for yet */
    uint32_t zone_room;
    service_measure **service;
    queue_measure **queue;
    wait_times waits;
    uint64_t placements, placements_failed; /* so far */
    uint64_t placements_before, placements_failed_before;
    refresh_measure *refreshes;
    auto_scaling_group_sample *group, *group_before; /* as seen last, and before measuring */
    deployment_places started;
    deployment_start *start;
    deployment_record *deployment;
    uint32_t deployment_count, deployment_room;
    uint32_t next_service; /* whose deployment is likely to start next */
    record_table *deployments;
    bool *input_used;
};

const char *const deployment_outcome_names[DEPLOYMENT_OUTCOMES] = {
    "completed", "failed", "rolledBack", "inProgress", "superseded"};

bool record_detail_parse(const char *text, record_detail *out)
{
    static const char *const details[] = {"none", "summary", "series", "events"};
    for (int i = 0; i < 4; i++) {
        if (strcmp(text, details[i]) != 0) continue;
        *out = (record_detail)i;
        return true;
    }
    return false;
}

/* ---- Scopes ---- */

static uint32_t add_scope(scope_list *list, scope_kind kind, const char *name)
{
    for (uint32_t i = 1; i < list->count; i++)
        if (list->scope[i].kind == kind && strcmp(list->scope[i].name, name) == 0) return i;
    list->scope = memory_resize(list->scope, list->count + 1, sizeof *list->scope);
    list->scope[list->count] = (scope_name){kind, name};
    return list->count++;
}

static void add_zones(scope_list *list, const capacity_share *shares, uint32_t share_count,
                      const char *const *zones, uint32_t zone_count)
{
    if (share_count == 0 || !provider_is_fargate(shares[0].provider)) return;
    for (uint32_t z = 0; z < zone_count; z++)
        add_scope(list, SCOPE_ZONE, zones[z]);
}

/* Zones in which Fargate tasks may run, and cost. */
static void add_fargate_zones(scope_list *list, const model_config *cfg)
{
    for (uint32_t i = 0; i < cfg->service_count; i++) {
        const service_config *s = &cfg->services[i];
        add_zones(list, s->shares, s->share_count, s->zones, s->zone_count);
    }
    for (uint32_t i = 0; i < cfg->timeline_count; i++) {
        const run_task_call *call = &cfg->timeline[i].run_task;
        const service_config *to = &cfg->timeline[i].update.to;
        add_zones(list, call->shares, call->share_count, call->zones, call->zone_count);
        add_zones(list, to->shares, to->share_count, to->zones, to->zone_count);
    }
}

/* Where there are Spot instances. */
static void add_purchases(scope_list *list, const model_config *cfg)
{
    bool any = false;
    for (uint32_t g = 0; g < cfg->group_count; g++)
        any |= cfg->groups[g].spot;
    for (uint32_t g = 0; any && g < cfg->group_count; g++)
        list->purchase[g] =
            add_scope(list, SCOPE_PURCHASE, cfg->groups[g].spot ? "spot" : "onDemand");
}

scope_list scope_list_of(const model_config *cfg)
{
    scope_list list = {0};
    list.of_group = memory_alloc(cfg->group_count ? cfg->group_count : 1, sizeof *list.of_group);
    list.purchase = memory_alloc(cfg->group_count ? cfg->group_count : 1, sizeof *list.purchase);
    list.scope = memory_alloc(1, sizeof *list.scope);
    list.scope[0] = (scope_name){SCOPE_CLUSTER, ""};
    list.count = 1;
    for (uint32_t g = 0; g < cfg->group_count; g++)
        if (cfg->groups[g].instance_type[0] != '\0')
            list.of_group[g] = add_scope(&list, SCOPE_TYPE, cfg->groups[g].instance_type);
    for (uint32_t g = 0; g < cfg->group_count; g++)
        for (uint32_t z = 0; z < cfg->groups[g].zone_count; z++)
            add_scope(&list, SCOPE_ZONE, cfg->groups[g].zones[z]);
    add_fargate_zones(&list, cfg);
    add_purchases(&list, cfg);
    return list;
}

void scope_list_finish(scope_list *list)
{
    free(list->scope);
    free(list->of_group);
    free(list->purchase);
    memset(list, 0, sizeof *list);
}

/* The scope of a zone; 0 when no group names it. */
static uint32_t scope_of_zone(recorder *r, const model *m, name_id zone)
{
    if (zone >= r->zone_room) {
        const uint32_t room = names_count(model_names(m)) + 64;
        CHECK(zone < room);
        r->scope_of_zone = memory_resize(r->scope_of_zone, room, sizeof *r->scope_of_zone);
        for (uint32_t i = r->zone_room; i < room; i++)
            r->scope_of_zone[i] = UINT32_MAX;
        r->zone_room = room;
    }
    if (r->scope_of_zone[zone] == UINT32_MAX) {
        r->scope_of_zone[zone] = 0;
        for (uint32_t i = 1; i < r->scopes.count; i++)
            if (r->scopes.scope[i].kind == SCOPE_ZONE &&
                strcmp(r->scopes.scope[i].name, names_text(model_names(m), zone)) == 0)
                r->scope_of_zone[zone] = i;
    }
    return r->scope_of_zone[zone];
}

/* ---- Life ---- */

recorder *recorder_create(const model_config *cfg, record_detail detail)
{
    recorder *r = memory_alloc(1, sizeof *r);
    r->cfg = cfg;
    r->detail = detail;
    r->strings = result_strings_create();
    if (detail >= DETAIL_SERIES)
        r->history = history_create(cfg, r->strings, detail >= DETAIL_EVENTS);
    r->scopes = scope_list_of(cfg);
    r->mix = workload_mix_of(cfg);
    r->group = memory_alloc(cfg->auto_scaling_group_count + 1, sizeof *r->group);
    r->group_before = memory_alloc(cfg->auto_scaling_group_count + 1, sizeof *r->group_before);
    r->refreshes = refresh_measure_create(cfg);
    r->cluster = cluster_measure_create(cfg->warmup_us, r->scopes.count, &r->mix);
    r->cost = cost_measure_create(cfg->warmup_us, cfg->service_count);
    r->service = memory_alloc(cfg->service_count ? cfg->service_count : 1, sizeof *r->service);
    for (uint32_t i = 0; i < cfg->service_count; i++)
        r->service[i] = service_measure_create(cfg->warmup_us, cfg->control.service_stable_poll_us);
    r->queue = memory_alloc(cfg->queue_count ? cfg->queue_count : 1, sizeof *r->queue);
    for (uint32_t i = 0; i < cfg->queue_count; i++)
        r->queue[i] = queue_measure_create(cfg->warmup_us);
    r->started = (deployment_places){event_place(EVENT_DEPLOYMENT_STARTED, "service"),
                                     event_place(EVENT_DEPLOYMENT_STARTED, "deployment"),
                                     event_place(EVENT_DEPLOYMENT_STARTED, "taskDefinition"),
                                     event_place(EVENT_DEPLOYMENT_STARTED, "cause")};
    return r;
}

void recorder_destroy(recorder *r)
{
    if (!r) return;
    for (uint32_t i = 0; i < r->cfg->service_count; i++)
        service_measure_destroy(r->service[i]);
    free(r->service);
    for (uint32_t i = 0; i < r->cfg->queue_count; i++)
        queue_measure_destroy(r->queue[i]);
    free(r->queue);
    cluster_measure_destroy(r->cluster);
    cost_measure_destroy(r->cost);
    free(r->owner);
    free(r->fargate);
    workload_mix_finish(&r->mix);
    scope_list_finish(&r->scopes);
    history_destroy(r->history);
    record_table_destroy(r->deployments);
    result_strings_destroy(r->strings);
    wait_times_finish(&r->waits);
    free(r->scope_of_zone);
    free(r->group);
    refresh_measure_destroy(r->refreshes);
    free(r->group_before);
    free(r->start);
    free(r->deployment);
    free(r->input_used);
    free(r);
}

/* ---- Watching ---- */

/* Services are made in the config's order, so the next one is the best guess. */
static uint32_t service_of_name(recorder *r, const char *name)
{
    for (uint32_t i = 0; i < r->cfg->service_count; i++) {
        const uint32_t service = (r->next_service + i) % r->cfg->service_count;
        if (strcmp(r->cfg->services[service].name, name) != 0) continue;
        r->next_service = (service + 1) % r->cfg->service_count;
        return service;
    }
    check_failed("CHECK", "an event names a service of the config", __FILE__, __LINE__);
}

static void deployment_started(recorder *r, const names *t, const model_event *ev)
{
    const deployment_places *at = &r->started;
    const uint32_t service = service_of_name(r, names_text(t, (name_id)ev->cell[at->service]));
    const uint32_t number = (uint32_t)ev->cell[at->deployment];
    if (r->deployment_count == r->deployment_room) {
        r->deployment_room = r->deployment_room ? 2 * r->deployment_room : 16;
        r->start = memory_resize(r->start, r->deployment_room, sizeof *r->start);
    }
    r->start[r->deployment_count++] = (deployment_start){
        .service = service,
        .ordinal = service_measure_deployment_count(r->service[service]),
        .task_definition =
            result_strings_pair(r->strings, t, CELL_TASK_DEFINITION, ev->cell[at->task_definition]),
        .cause = result_strings_name(r->strings, t, (name_id)ev->cell[at->cause])};
    service_measure_deployment_started(r->service[service], ev->at_us, number);
}

/* The keys of every event about a deployment stand where those of its start do. */
static void deployment_goes_on(recorder *r, const names *t, const model_event *ev,
                               void (*tell)(service_measure *, sim_time, uint32_t))
{
    const deployment_places *at = &r->started;
    const uint32_t service = service_of_name(r, names_text(t, (name_id)ev->cell[at->service]));
    tell(r->service[service], ev->at_us, (uint32_t)ev->cell[at->deployment]);
}

static void observe_event(void *context, const struct model *m, const model_event *ev)
{
    recorder *r = context;
    r->event_count++;
    if (r->history) history_event(r->history, model_names(m), ev);
    if (ev->kind == EVENT_DEPLOYMENT_STARTED) deployment_started(r, model_names(m), ev);
    if (ev->kind == EVENT_DEPLOYMENT_COMPLETED)
        deployment_goes_on(r, model_names(m), ev, service_measure_deployment_completed);
    if (ev->kind == EVENT_DEPLOYMENT_FAILED)
        deployment_goes_on(r, model_names(m), ev, service_measure_deployment_failed);
    if (ev->kind == EVENT_DEPLOYMENT_ROLLING_BACK)
        deployment_goes_on(r, model_names(m), ev, service_measure_deployment_rolling_back);
}

static void observe_placed(void *context, const struct model *m, uint32_t service,
                           sim_time waited_us)
{
    (void)service;
    recorder *r = context;
    if (model_now(m) >= r->cfg->warmup_us) wait_times_add(&r->waits, waited_us);
}

/* Which definitions of the workload fit there now. */
static void read_fits(const recorder *r, const model *m, uint32_t index, instance_reading *reading)
{
    const instance_sample *i = &reading->sample;
    const int64_t cpu_free = i->cpu_registered - i->cpu_reserved;
    const int64_t memory_free = i->memory_registered - i->memory_reserved;
    if (cpu_free <= 0 && memory_free <= 0) return;
    bool any_fits = false, cpu_would_do = false, memory_would_do = false;
    for (uint32_t d = 0; d < r->mix.count; d++) {
        const workload_share *share = &r->mix.share[d];
        if (model_task_fits(m, index, share->task_definition)) {
            any_fits = true;
            continue;
        }
        reading->misfit_weight += share->weight;
        if (share->cpu_units <= cpu_free) cpu_would_do = true;
        if (share->memory_mib <= memory_free) memory_would_do = true;
    }
    if (any_fits || i->status != INSTANCE_ACTIVE) return;
    reading->cpu_stranded = cpu_would_do;
    reading->memory_stranded = memory_would_do;
}

typedef uint32_t owner_reader(const model *m, uint32_t index, instance_owner *out, uint32_t room);

static uint32_t read_owners(recorder *r, const model *m, uint32_t index, owner_reader *read)
{
    uint32_t count = read(m, index, r->owner, r->owner_room);
    if (count > r->owner_room) {
        r->owner_room = 2 * count;
        r->owner = memory_resize(r->owner, r->owner_room, sizeof *r->owner);
        count = read(m, index, r->owner, r->owner_room);
    }
    return count;
}

static void instance_changed(recorder *r, const model *m, uint32_t index)
{
    instance_reading reading = {0};
    model_instance_sample(m, index, &reading.sample);
    if (reading.sample.registered) {
        CHECK(reading.sample.group < r->cfg->group_count);
        reading.scope[0] = r->scopes.of_group[reading.sample.group];
        reading.scope[1] = scope_of_zone(r, m, reading.sample.zone);
        reading.scope[2] = r->scopes.purchase[reading.sample.group];
        read_fits(r, m, index, &reading);
    }
    cluster_measure_instance(r->cluster, model_now(m), index, &reading);
    const uint32_t owners = read_owners(r, m, index, model_instance_owners);
    cost_measure_instance(r->cost, model_now(m), index, &reading.sample, r->owner, owners);
    if (r->history) history_instance(r->history, model_now(m), index, &reading.sample);
}

static void fargate_changed(recorder *r, const model *m)
{
    const uint32_t count = model_fargate_zone_count(m);
    if (count > r->fargate_count) {
        r->fargate = memory_resize(r->fargate, count, sizeof *r->fargate);
        for (; r->fargate_count < count; r->fargate_count++)
            r->fargate[r->fargate_count] = (fargate_sample){0};
    }
    for (uint32_t i = 0; i < count; i++) {
        fargate_sample now;
        model_fargate_sample(m, i, &now);
        const fargate_sample *last = &r->fargate[i];
        if (now.nano_usd_per_hour != last->nano_usd_per_hour || now.extra_usd != last->extra_usd)
            cluster_measure_fargate(r->cluster, model_now(m), scope_of_zone(r, m, now.zone),
                                    now.nano_usd_per_hour - last->nano_usd_per_hour,
                                    now.extra_usd - last->extra_usd);
        r->fargate[i] = now;
    }
}

static void cluster_changed(recorder *r, const model *m)
{
    cluster_sample sample;
    model_cluster_sample(m, &sample);
    r->placements = sample.placements;
    r->placements_failed = sample.placements_failed;
    if (model_now(m) < r->cfg->warmup_us) {
        r->placements_before = sample.placements;
        r->placements_failed_before = sample.placements_failed;
    }
    fargate_changed(r, m);
    if (r->history) history_cluster(r->history, model_now(m), &sample);
}

static void service_changed(recorder *r, const model *m, uint32_t service)
{
    CHECK(service < r->cfg->service_count);
    service_sample sample;
    model_service_sample(m, service, &sample);
    scaling_sample scaling;
    model_scaling_sample(m, service, &scaling);
    uint32_t parts;
    const latency_part *latency = model_service_latency(m, service, &parts);
    service_measure_sample(r->service[service], model_now(m), &sample);
    service_measure_scaling(r->service[service], &scaling);
    service_measure_latency(r->service[service], latency, parts);
    cost_measure_service(r->cost, model_now(m), service, &sample);
    if (r->history) history_service(r->history, model_now(m), service, &sample, latency, parts);
}

static void queue_changed(recorder *r, const model *m, uint32_t queue)
{
    queue_sample sample;
    model_queue_sample(m, queue, &sample);
    queue_measure_sample(r->queue[queue], model_now(m), &sample);
}

static void auto_scaling_changed(recorder *r, const model *m, uint32_t group)
{
    model_auto_scaling_group_sample(m, group, &r->group[group]);
    refresh_measure_group(r->refreshes, m, group);
    if (model_now(m) < r->cfg->warmup_us) r->group_before[group] = r->group[group];
}

static void observe_changed(void *context, const struct model *m, changed_kind kind, uint32_t index)
{
    recorder *r = context;
    switch (kind) {
    case CHANGED_CLUSTER:
        cluster_changed(r, m);
        return;
    case CHANGED_INSTANCE:
        instance_changed(r, m, index);
        return;
    case CHANGED_USE:
        cluster_measure_cpu_used(r->cluster, model_now(m), index,
                                 model_instance_cpu_used(m, index));
        cost_measure_use(r->cost, model_now(m), index, r->owner,
                         read_owners(r, m, index, model_instance_users));
        return;
    case CHANGED_SERVICE:
        service_changed(r, m, index);
        return;
    case CHANGED_TARGET_GROUP:
        if (r->history) {
            target_group_sample sample;
            model_target_group_sample(m, index, &sample);
            history_target_group(r->history, model_now(m), index, &sample);
        }
        return;
    case CHANGED_QUEUE:
        queue_changed(r, m, index);
        return;
    case CHANGED_AUTO_SCALING_GROUP:
        auto_scaling_changed(r, m, index);
        return;
    case CHANGED_LOAD_BALANCER:
    case CHANGED_WARMUP:
        return;
    case CHANGED_KINDS:
        break;
    }
    check_failed("CHECK", "a known kind of change", __FILE__, __LINE__);
}

void recorder_attach(recorder *r, model *m)
{
    const model_observer observer = {
        .context = r, .event = observe_event, .changed = observe_changed, .placed = observe_placed};
    model_observe(m, &observer);
}

/* ---- The end ---- */

static deployment_outcome outcome_of(const deployment_totals *t)
{
    if (t->completed) return DEPLOYMENT_COMPLETED;
    if (t->rolled_back) return DEPLOYMENT_ROLLED_BACK;
    if (t->failed) return DEPLOYMENT_FAILED;
    return t->ended_us != SIM_NEVER ? DEPLOYMENT_SUPERSEDED : DEPLOYMENT_IN_PROGRESS;
}

static deployment_record deployment_record_of(const recorder *r, const deployment_start *start)
{
    const deployment_totals *t =
        service_measure_deployment(r->service[start->service], start->ordinal);
    const bool ended = t->ended_us != SIM_NEVER;
    return (deployment_record){
        .service = start->service,
        .number = t->number,
        .task_definition = result_strings_get(r->strings, start->task_definition),
        .cause = result_strings_get(r->strings, start->cause),
        .started_us = t->started_us,
        .ended_us = t->ended_us,
        .outcome = outcome_of(t),
        .seconds = ended ? (double)(t->ended_us - t->started_us) / (double)SIM_SECOND : NAN,
        .requests_offered = t->requests.offered,
        .requests_failed = t->requests.failed,
        .availability = t->requests.availability,
        .healthy_min = t->healthy_min,
        .surge_peak = t->surge_peak,
        .stalled_seconds = t->stalled_seconds,
        .stable_seconds = t->stable_seconds,
        .stable_timed_out = t->stable_timed_out,
    };
}

/* clang-format off */
enum { DEPLOYMENT_SERVICE, DEPLOYMENT_NUMBER, DEPLOYMENT_TASK_DEFINITION, DEPLOYMENT_CAUSE,
       DEPLOYMENT_STARTED, DEPLOYMENT_ENDED, DEPLOYMENT_OUTCOME, DEPLOYMENT_FIRST_NUMBER };

static const column_spec deployment_columns[] = {
    [DEPLOYMENT_SERVICE]         = {"service", COLUMN_STRING, "", ""},
    [DEPLOYMENT_NUMBER]          = {"deployment_number", COLUMN_U32, "", "the number in the id"},
    [DEPLOYMENT_TASK_DEFINITION] = {"taskDefinition", COLUMN_STRING, "", "family:revision"},
    [DEPLOYMENT_CAUSE]           = {"cause", COLUMN_STRING, "", ""},
    [DEPLOYMENT_STARTED]         = {"started_us", COLUMN_I64, "us", ""},
    [DEPLOYMENT_ENDED]           = {"ended_us", COLUMN_I64, "us", "-2^63: still in progress"},
    [DEPLOYMENT_OUTCOME]         = {"outcome", COLUMN_STRING, "", ""},
    {"seconds", COLUMN_F64, "s", "until it completed or was superseded"},
    {"requests_offered", COLUMN_F64, "requests", "while it ran"},
    {"requests_failed", COLUMN_F64, "requests", "while it ran"},
    {"availability", COLUMN_F64, "ratio", "while it ran"},
    {"healthy_min", COLUMN_F64, "tasks", "after the service's first steady state"},
    {"surge_peak", COLUMN_F64, "tasks", "most tasks above desired"},
    {"stalled_seconds", COLUMN_F64, "s", "no progress possible"},
    {"stable_seconds", COLUMN_F64, "s", "as aws ecs wait services-stable sees it at its polls"},
    {"stable_timed_out", COLUMN_F64, "", "1: not stable at any of the first 40 polls"},
};
/* clang-format on */

static void add_deployment_row(recorder *r, const deployment_record *d)
{
    record_table *t = r->deployments;
    const uint64_t row = record_table_append(t);
    record_table_set_u32(t, row, DEPLOYMENT_SERVICE,
                         result_strings_text(r->strings, r->cfg->services[d->service].name));
    record_table_set_u32(t, row, DEPLOYMENT_NUMBER, d->number);
    record_table_set_u32(t, row, DEPLOYMENT_TASK_DEFINITION,
                         result_strings_text(r->strings, d->task_definition));
    record_table_set_u32(t, row, DEPLOYMENT_CAUSE, result_strings_text(r->strings, d->cause));
    record_table_set_i64(t, row, DEPLOYMENT_STARTED, d->started_us);
    if (d->ended_us != SIM_NEVER) record_table_set_i64(t, row, DEPLOYMENT_ENDED, d->ended_us);
    record_table_set_u32(t, row, DEPLOYMENT_OUTCOME,
                         result_strings_text(r->strings, deployment_outcome_names[d->outcome]));
    const double number[] = {d->seconds,         d->requests_offered, d->requests_failed,
                             d->availability,    d->healthy_min,      d->surge_peak,
                             d->stalled_seconds, d->stable_seconds,   d->stable_timed_out};
    for (uint32_t i = 0; i < sizeof number / sizeof *number; i++)
        record_table_set_f64(t, row, DEPLOYMENT_FIRST_NUMBER + i, number[i]);
}

static void finish_deployments(recorder *r)
{
    r->deployment =
        memory_alloc(r->deployment_count ? r->deployment_count : 1, sizeof *r->deployment);
    for (uint32_t i = 0; i < r->deployment_count; i++)
        r->deployment[i] = deployment_record_of(r, &r->start[i]);
    if (!r->history) return;
    r->deployments = record_table_create(
        deployment_columns, (uint32_t)(sizeof deployment_columns / sizeof *deployment_columns));
    for (uint32_t i = 0; i < r->deployment_count; i++)
        add_deployment_row(r, &r->deployment[i]);
}

void recorder_finish(recorder *r, const model *m)
{
    CHECK(!r->finished);
    r->end_us = model_now(m);
    cluster_changed(r, m);
    for (uint32_t i = 0; i < r->cfg->service_count; i++)
        service_measure_finish(r->service[i], r->end_us);
    for (uint32_t i = 0; i < r->cfg->queue_count; i++)
        queue_measure_finish(r->queue[i], r->end_us);
    cluster_measure_finish(r->cluster, r->end_us);
    cost_measure_finish(r->cost, r->end_us);
    wait_times_sort(&r->waits);
    finish_deployments(r);
    r->input_used =
        memory_alloc(r->cfg->input_count ? r->cfg->input_count : 1, sizeof *r->input_used);
    for (uint32_t i = 0; i < r->cfg->input_count; i++)
        r->input_used[i] = model_input_used(m, i);
    r->finished = true;
}

/* ---- Reading ---- */

const model_config *recorder_config(const recorder *r)
{
    return r->cfg;
}

record_detail recorder_detail(const recorder *r)
{
    return r->detail;
}

sim_time recorder_end(const recorder *r)
{
    CHECK(r->finished);
    return r->end_us;
}

uint64_t recorder_event_count(const recorder *r)
{
    return r->event_count;
}

bool recorder_input_used(const recorder *r, uint32_t input)
{
    CHECK(r->finished && input < r->cfg->input_count);
    return r->input_used[input];
}

uint32_t recorder_deployment_count(const recorder *r)
{
    return r->deployment_count;
}

const deployment_record *recorder_deployment(const recorder *r, uint32_t index)
{
    CHECK(r->finished && index < r->deployment_count);
    return &r->deployment[index];
}

const char *recorder_string(const recorder *r, uint32_t index)
{
    return result_strings_get(r->strings, index);
}

uint32_t recorder_string_count(const recorder *r)
{
    return result_strings_count(r->strings);
}

const record_table *recorder_tasks(const recorder *r)
{
    return r->history ? history_tasks(r->history) : NULL;
}

const record_table *recorder_instances(const recorder *r)
{
    return r->history ? history_instances(r->history) : NULL;
}

const record_table *recorder_deployments(const recorder *r)
{
    return r->deployments;
}

const record_table *recorder_series_instances(const recorder *r)
{
    return r->history ? history_series_instances(r->history) : NULL;
}

const record_table *recorder_series_cluster(const recorder *r)
{
    return r->history ? history_series_cluster(r->history) : NULL;
}

const record_table *recorder_series_service(const recorder *r, uint32_t service)
{
    return r->history ? history_series_service(r->history, service) : NULL;
}

const record_table *recorder_series_target_group(const recorder *r, uint32_t target_group)
{
    return r->history ? history_series_target_group(r->history, target_group) : NULL;
}

const event_columns *recorder_events(const recorder *r)
{
    return r->history ? history_events(r->history) : NULL;
}

const scope_list *recorder_scopes(const recorder *r)
{
    return &r->scopes;
}

const scope_totals *recorder_scope_totals(const recorder *r, uint32_t scope)
{
    return cluster_measure_totals(r->cluster, scope);
}

const queue_totals *recorder_queue_totals(const recorder *r, uint32_t queue)
{
    return queue_measure_totals(r->queue[queue]);
}

const service_totals *recorder_service_totals(const recorder *r, uint32_t service)
{
    CHECK(service < r->cfg->service_count);
    return service_measure_totals(r->service[service]);
}

const service_cost *recorder_service_cost(const recorder *r, uint32_t service)
{
    return cost_measure_service_cost(r->cost, service);
}

auto_scaling_totals recorder_auto_scaling(const recorder *r, uint32_t group)
{
    CHECK(r->finished && group < r->cfg->auto_scaling_group_count);
    const auto_scaling_group_sample *now = &r->group[group], *before = &r->group_before[group];
    return (auto_scaling_totals){.launches = now->launches - before->launches,
                                 .terminations = now->terminations - before->terminations,
                                 .flaps = now->flaps - before->flaps};
}

refresh_totals recorder_refresh(const recorder *r, uint32_t group, uint32_t number)
{
    CHECK(r->finished);
    return refresh_measure_totals(r->refreshes, group, number);
}

placement_totals recorder_placements(const recorder *r)
{
    CHECK(r->finished);
    return (placement_totals){
        .placed = (double)(r->placements - r->placements_before),
        .failed = (double)(r->placements_failed - r->placements_failed_before),
        .wait_mean = wait_times_mean(&r->waits),
        .wait_p50 = wait_times_percentile(&r->waits, 50),
        .wait_p95 = wait_times_percentile(&r->waits, 95),
        .wait_max = wait_times_percentile(&r->waits, 100),
    };
}
