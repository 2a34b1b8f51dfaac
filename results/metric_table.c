/* metric_table.c - every metric, one row each. */
#include "results/metric_table.h"
#include "results/recorder_parts.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const metric_better_names[3] = {"higher", "lower", "neither"};

/* ---- The table ---- */

typedef enum {
    OF_SCOPE,      /* the cluster, each instance type, each zone: a double of scope_totals */
    OF_CLUSTER,    /* the cluster only: the same */
    OF_PLACEMENTS, /* a double of placement_totals */
    OF_SERVICE,    /* a double of service_totals */
    OF_COST,       /* a double of service_cost */
    OF_DEPLOYMENT, /* a double of deployment_record */
    OF_OUTCOME,    /* its outcome */
    OF_QUEUE,      /* a double of queue_totals */
    OF_GROUP,      /* a double of auto_scaling_totals */
    OF_REFRESH,    /* a double of refresh_totals */
} metric_source;

typedef struct {
    const char *name; /* after what it is of */
    metric_source source;
    size_t offset; /* of the double that holds it */
    metric_better better;
    const char *unit, *definition;
} metric_row;

#define HIGHER            BETTER_HIGHER
#define LOWER             BETTER_LOWER
#define NONE              BETTER_NEITHER
#define SCOPE(field)      OF_SCOPE, offsetof(scope_totals, field)
#define CLUSTER(field)    OF_CLUSTER, offsetof(scope_totals, field)
#define PLACED(field)     OF_PLACEMENTS, offsetof(placement_totals, field)
#define SERVICE(field)    OF_SERVICE, offsetof(service_totals, field)
#define COST(field)       OF_COST, offsetof(service_cost, field)
#define QUEUE(field)      OF_QUEUE, offsetof(queue_totals, field)
#define GROUP(field)      OF_GROUP, offsetof(auto_scaling_totals, field)
#define REFRESH(field)    OF_REFRESH, offsetof(refresh_totals, field)
#define DEPLOYMENT(field) OF_DEPLOYMENT, offsetof(deployment_record, field)

/* clang-format off */
static const metric_row rows[] = {
    {"instances.mean", SCOPE(instances_mean), LOWER, "instances",
     "registered (ACTIVE or DRAINING), time average"},
    {"instances.peak", SCOPE(instances_peak), LOWER, "instances",
     "most registered at any moment"},
    {"cpu.reserved.mean", SCOPE(cpu_reserved_mean), HIGHER, "ratio",
     "reserved / registered CPU units (E60, E200), average over the time in which any are registered"},
    {"cpu.reserved.peak", SCOPE(cpu_reserved_peak), HIGHER, "ratio",
     "highest reserved / registered CPU units"},
    {"memory.reserved.mean", SCOPE(memory_reserved_mean), HIGHER, "ratio",
     "reserved / registered memory (E60, E200), average over the time in which any is registered"},
    {"memory.reserved.peak", SCOPE(memory_reserved_peak), HIGHER, "ratio",
     "highest reserved / registered memory"},
    {"cpu.used.mean", SCOPE(cpu_used_mean), HIGHER, "ratio",
     "used by containers / registered CPU units (E27, E200), average over the time in which any are registered; "
     "none while no container uses any"},
    {"memory.used.mean", SCOPE(memory_used_mean), HIGHER, "ratio",
     "used by containers / registered memory (E25, E200), average over the time in which any is registered; "
     "none while no behavior gives memory"},
    {"stranded.cpu.mean", SCOPE(cpu_stranded_mean), LOWER, "ratio",
     "CPU units free on ACTIVE instances where no task definition of the workload fits although the "
     "CPU would do for one, / registered"},
    {"stranded.memory.mean", SCOPE(memory_stranded_mean), LOWER, "ratio",
     "memory free on ACTIVE instances where no task definition of the workload fits although the "
     "memory would do for one, / registered"},
    {"fragmentation.mean", SCOPE(fragmentation_mean), LOWER, "ratio",
     "free share of the registered capacity on which a task drawn from the workload mix (desired "
     "tasks per task definition) does not fit, mean of CPU and memory (after FGD, ATC'23)"},
    {"empty.instances.mean", SCOPE(empty_mean), LOWER, "instances",
     "registered with no task, time average"},
    {"packing.bound.peak", CLUSTER(bound_peak), NONE, "instances",
     "proven lower bound on the instances that the reservation needs, at its highest"},
    {"packing.efficiency", CLUSTER(efficiency), HIGHER, "ratio",
     "that bound / instances with a task at that moment"},
    {"placements", PLACED(placed), NONE, "count",
     "tasks placed"},
    {"placements.failed", PLACED(failed), LOWER, "count",
     "placements refused: each try of a service, each copy of a run-task call"},
    {"placement.wait.mean", PLACED(wait_mean), LOWER, "s",
     "from wanting a task to its placement, over the tasks placed"},
    {"placement.wait.p50", PLACED(wait_p50), LOWER, "s",
     "the wait that half of the tasks placed do not exceed (nearest rank)"},
    {"placement.wait.p95", PLACED(wait_p95), LOWER, "s",
     "the wait that 95 % of the tasks placed do not exceed (nearest rank)"},
    {"placement.wait.max", PLACED(wait_max), LOWER, "s",
     "longest wait of a task placed"},
    {"cost.total", SCOPE(cost_total), LOWER, "USD",
     "price of the registered instances and of Fargate over the time measured; none while an "
     "instance has no price"},
    {"cost.perHour", SCOPE(cost_per_hour), LOWER, "USD",
     "the same an hour"},

    {"availability", SERVICE(requests.availability), HIGHER, "ratio",
     "requests answered well / requests offered"},
    {"availability.worst1m", SERVICE(worst_1m), HIGHER, "ratio",
     "lowest availability over any full minute in which requests were offered"},
    {"availability.worst5m", SERVICE(worst_5m), HIGHER, "ratio",
     "lowest availability over any five full minutes on end in which requests were offered"},
    {"outage.seconds", SERVICE(outage_seconds), LOWER, "s",
     "time with offered requests and less than half of them answered well"},
    {"requests.offered", SERVICE(requests.offered), NONE, "requests",
     "offered = ok + failed"},
    {"requests.ok", SERVICE(requests.ok), HIGHER, "requests",
     "answered well"},
    {"requests.failed", SERVICE(requests.failed), LOWER, "requests",
     "not answered well, all causes"},
    {"requests.failed.502", SERVICE(requests.failed_by[FAILED_502]), LOWER, "requests",
     "connection refused or cut (L70, L75)"},
    {"requests.failed.503", SERVICE(requests.failed_by[FAILED_503]), LOWER, "requests",
     "no target to send to (L71)"},
    {"requests.failed.504", SERVICE(requests.failed_by[FAILED_504]), LOWER, "requests",
     "no answer in time (L72, L75)"},
    {"requests.failed.overload", SERVICE(requests.failed_by[FAILED_OVERLOAD]), LOWER, "requests",
     "more than the targets could serve"},
    {"requests.failed.application", SERVICE(requests.failed_by[FAILED_APPLICATION]), LOWER, "requests",
     "failed by the application itself (errorRate)"},
    {"tasks.desired.mean", SERVICE(desired_mean), NONE, "tasks",
     "desired count, time average"},
    {"tasks.running.mean", SERVICE(running_mean), NONE, "tasks",
     "RUNNING and meant to be, time average"},
    {"tasks.healthy.mean", SERVICE(healthy_mean), HIGHER, "tasks",
     "healthy (E96), time average"},
    {"healthy.min", SERVICE(healthy_min), HIGHER, "tasks",
     "fewest healthy tasks (E96) at any moment after the first steady state"},
    {"healthy.min.ratio", SERVICE(healthy_min_ratio), HIGHER, "ratio",
     "lowest healthy / desired at any moment after the first steady state"},
    {"healthy.below_minimum.seconds", SERVICE(below_minimum_seconds), LOWER, "s",
     "time with fewer healthy tasks than minimumHealthyPercent asks for (E140)"},
    {"surge.peak", SERVICE(surge_peak), LOWER, "tasks",
     "most tasks (meant to run, whatever their state) above desired"},
    {"fail_open.seconds", SERVICE(fail_open_seconds), LOWER, "s",
     "a target group failing open (L51)"},
    {"latency.mean", SERVICE(latency_mean), LOWER, "s",
     "time to an answer of the requests answered well, by the load of each moment (processor sharing)"},
    {"latency.p50", SERVICE(latency_p50), LOWER, "s",
     "what half of the requests answered well do not exceed"},
    {"latency.p95", SERVICE(latency_p95), LOWER, "s",
     "what 95 % of the requests answered well do not exceed"},
    {"latency.p99", SERVICE(latency_p99), LOWER, "s",
     "what 99 % of the requests answered well do not exceed"},
    {"cpu.utilization.mean", SERVICE(cpu_utilization_mean), NONE, "percent",
     "CPU used / reserved by the RUNNING tasks (A01-A06), average over the time in which some is reserved "
     "and a behavior gives CPU"},
    {"cpu.utilization.peak", SERVICE(cpu_utilization_peak), LOWER, "percent",
     "highest CPU used / reserved at any moment; above 100 without a task-level cpu (A02)"},
    {"memory.utilization.mean", SERVICE(memory_utilization_mean), NONE, "percent",
     "memory used / reserved by the RUNNING tasks (A01-A06), average over the time in which one uses any"},
    {"memory.utilization.peak", SERVICE(memory_utilization_peak), LOWER, "percent",
     "highest memory used / reserved at any moment; above 100 only over soft limits (A03)"},
    {"task.failures", SERVICE(task_failures), LOWER, "count",
     "tasks that failed to start, crashed or became unhealthy"},
    {"task.replacements", SERVICE(task_replacements), LOWER, "count",
     "tasks started in place of failed ones"},
    {"oom.kills", SERVICE(oom_kills), LOWER, "count",
     "containers killed for their memory (E25)"},
    {"placement.failed", SERVICE(placement_failures), LOWER, "count",
     "placements refused, each try counted"},
    {"scaling.out", SERVICE(scaling_out), NONE, "count",
     "scale-outs applied, by policies and scheduled actions"},
    {"scaling.in", SERVICE(scaling_in), NONE, "count",
     "scale-ins applied, by policies and scheduled actions"},
    {"scaling.blocked", SERVICE(scaling_blocked), LOWER, "count",
     "decisions that a cooldown, the largest capacity, a deployment or suspension stood against"},
    {"scaling.reaction.seconds", SERVICE(reaction_seconds), LOWER, "s",
     "from the load's (a queue's: the backlog's) crossing of the alarm's threshold until as many tasks as decided are "
     "healthy (work on the queue), mean over the scale-outs that got there; none of those decided when the load is "
     "back below it"},
    {"overprovisioned.task_seconds", SERVICE(overprovisioned), LOWER, "task-seconds",
     "running tasks above what holds the tracked metric at its target, over time"},
    {"underprovisioned.task_seconds", SERVICE(underprovisioned), LOWER, "task-seconds",
     "running tasks below what holds the tracked metric at its target, over time"},

    {"cost.total", COST(total), LOWER, "USD",
     "its Fargate tasks, and its share of each instance's price by the larger of its CPU and memory "
     "reservation share, empty capacity shared in proportion; none while an instance has no price"},
    {"cost.idle", COST(idle), LOWER, "USD",
     "of that, what is reserved and not used, of the resource by which its share is the larger (on Fargate of both); "
     "what no behavior tells the use of counts as used; none where none tells any"},

    {"seconds", DEPLOYMENT(seconds), LOWER, "s",
     "from its start until it completed or was superseded; none while in progress"},
    {"outcome", OF_OUTCOME, 0, NONE, "",
     "completed, failed, rolledBack, inProgress or superseded (numbers 0 to 4)"},
    {"availability", DEPLOYMENT(availability), HIGHER, "ratio",
     "requests answered well / requests offered while it ran"},
    {"requests.failed", DEPLOYMENT(requests_failed), LOWER, "requests",
     "not answered well while it ran"},
    {"healthy.min", DEPLOYMENT(healthy_min), HIGHER, "tasks",
     "fewest healthy tasks while it ran, after the service's first steady state"},
    {"surge.peak", DEPLOYMENT(surge_peak), LOWER, "tasks",
     "most tasks above desired while it ran"},
    {"stalled.seconds", DEPLOYMENT(stalled_seconds), LOWER, "s",
     "time in which no progress was possible"},
    {"stable.seconds", DEPLOYMENT(stable_seconds), LOWER, "s",
     "from its start to the poll of `aws ecs wait services-stable` that sees one deployment and "
     "running = desired, drains included"},
    {"stable.timedOut", DEPLOYMENT(stable_timed_out), LOWER, "",
     "1: none of the 40 polls saw it stable; 0: one did"},

    {"backlog.peak", QUEUE(backlog_peak), LOWER, "messages",
     "most messages waiting or in work at any moment"},
    {"age.p95", QUEUE(age_p95), LOWER, "s",
     "age of the oldest message that it did not exceed in 95 % of the time"},
    {"age.max", QUEUE(age_max), LOWER, "s",
     "highest age of the oldest message"},
    {"drained.seconds", QUEUE(drained_seconds), LOWER, "s",
     "longest spell from the first waiting message until the queue was empty; none if it is not at the end"},
    {"launches", GROUP(launches), NONE, "count",
     "instances that the group asked for; those of t = 0 are no launches"},
    {"terminations", GROUP(terminations), NONE, "count",
     "instances of the group that ended, whoever ended them, and launches that came to nothing"},
    {"flaps", GROUP(flaps), LOWER, "count",
     "launches within 20 min after a termination"},

    {"seconds", REFRESH(seconds), LOWER, "s",
     "from the start of the group's Nth instance refresh until its last instance was warm; none if it did not succeed"},
    {"moves", REFRESH(moves), LOWER, "ratio",
     "tasks on its instances when it gave them up / tasks there when it started: 1 is each moved once"},
};
/* clang-format on */

#define ROW_COUNT (sizeof rows / sizeof *rows)

static const char *prefix_of(metric_source source)
{
    switch (source) {
    case OF_SCOPE:
    case OF_CLUSTER:
    case OF_PLACEMENTS:
        return "cluster.";
    case OF_SERVICE:
    case OF_COST:
        return "services.NAME.";
    case OF_DEPLOYMENT:
    case OF_OUTCOME:
        return "services.NAME.deployments.N.";
    case OF_QUEUE:
        return "queues.NAME.";
    case OF_GROUP:
        return "autoScalingGroups.NAME.";
    case OF_REFRESH:
        return "autoScalingGroups.NAME.refreshes.N.";
    }
    check_failed("CHECK", "a known source", __FILE__, __LINE__);
}

uint32_t metric_description_count(void)
{
    return ROW_COUNT;
}

metric_description metric_describe(uint32_t index)
{
    CHECK(index < ROW_COUNT);
    const metric_row *row = &rows[index];
    return (metric_description){prefix_of(row->source), row->name,   row->unit,
                                row->definition,        row->better, row->source == OF_SCOPE};
}

/* ---- Names of one scenario ---- */

struct metric_values {
    arena *memory;
    metric_value *value;
    uint32_t count, room;
    uint32_t *of_deployment; /* of the run's index-th one: its first metric */
};

/* What names are made for: a run, or a config before its run. */
typedef struct {
    const model_config *cfg;
    const scope_list *scopes;
    const recorder *run;    /* NULL: names only, no values */
    const char *deployment; /* without a run: the one number that is taken to exist */
} naming;

static double double_at(const void *totals, size_t offset)
{
    double value;
    memcpy(&value, (const char *)totals + offset, sizeof value);
    return value;
}

static metric_value *add(metric_values *v, const metric_row *row, const char *before,
                         const char *object, const char *after, double value)
{
    if (v->count == v->room) {
        v->room = v->room ? 2 * v->room : 128;
        v->value = memory_resize(v->value, v->room, sizeof *v->value);
    }
    metric_value *m = &v->value[v->count++];
    *m = (metric_value){.name =
                            arena_printf(v->memory, "%s%s%s%s", before, object, after, row->name),
                        .unit = row->unit,
                        .definition = row->definition,
                        .better = row->better,
                        .value = value,
                        .object_at = (uint32_t)strlen(before),
                        .object_length = (uint32_t)strlen(object)};
    return m;
}

static void add_cluster(metric_values *v, const naming *n)
{
    const placement_totals placed =
        n->run ? recorder_placements(n->run) : (placement_totals){.placed = NAN};
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const metric_row *row = &rows[i];
        double value = NAN;
        if (row->source == OF_SCOPE || row->source == OF_CLUSTER) {
            if (n->run) value = double_at(recorder_scope_totals(n->run, 0), row->offset);
        } else if (row->source == OF_PLACEMENTS) {
            value = double_at(&placed, row->offset);
        } else {
            continue;
        }
        add(v, row, "cluster.", "", "", value);
    }
}

static void add_scopes(metric_values *v, const naming *n)
{
    for (uint32_t s = 1; s < n->scopes->count; s++) {
        static const char *const by[] = {[SCOPE_TYPE] = "cluster.by.instanceType.",
                                         [SCOPE_ZONE] = "cluster.by.availabilityZone.",
                                         [SCOPE_PURCHASE] = "cluster.by.purchaseOption."};
        const char *before = by[n->scopes->scope[s].kind];
        for (size_t i = 0; i < ROW_COUNT; i++)
            if (rows[i].source == OF_SCOPE)
                add(v, &rows[i], before, n->scopes->scope[s].name, ".",
                    n->run ? double_at(recorder_scope_totals(n->run, s), rows[i].offset) : NAN);
    }
}

/* d NULL: there is none. */
static void add_deployment(metric_values *v, const char *service, const char *number,
                           const deployment_record *d)
{
    const char *after = arena_printf(v->memory, ".deployments.%s.", number);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const metric_row *row = &rows[i];
        if (row->source == OF_DEPLOYMENT)
            add(v, row, "services.", service, after, d ? double_at(d, row->offset) : NAN);
        if (row->source == OF_OUTCOME)
            add(v, row, "services.", service, after, d ? (double)d->outcome : NAN)->text =
                d ? deployment_outcome_names[d->outcome] : NULL;
    }
}

/* Deployments by service, each service's in order: next[i] is the one after i; NO_INDEX ends. */
typedef struct {
    uint32_t *first, *next;
} deployment_lists;

static deployment_lists list_deployments(metric_values *v, const naming *n)
{
    const uint32_t count = n->run ? recorder_deployment_count(n->run) : 0;
    deployment_lists lists = {ARENA_ARRAY(v->memory, n->cfg->service_count + 1, uint32_t),
                              ARENA_ARRAY(v->memory, count + 1, uint32_t)};
    v->of_deployment = ARENA_ARRAY(v->memory, count + 1, uint32_t);
    for (uint32_t i = 0; i < n->cfg->service_count; i++)
        lists.first[i] = NO_INDEX;
    for (uint32_t i = count; i-- > 0;) {
        const uint32_t service = recorder_deployment(n->run, i)->service;
        lists.next[i] = lists.first[service];
        lists.first[service] = i;
    }
    return lists;
}

static void add_service(metric_values *v, const naming *n, uint32_t service,
                        const deployment_lists *lists)
{
    const char *name = n->cfg->services[service].name;
    const service_totals *totals = n->run ? recorder_service_totals(n->run, service) : NULL;
    const service_cost *cost = n->run ? recorder_service_cost(n->run, service) : NULL;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (rows[i].source != OF_SERVICE && rows[i].source != OF_COST) continue;
        const void *of = rows[i].source == OF_SERVICE ? (const void *)totals : cost;
        add(v, &rows[i], "services.", name, ".", of ? double_at(of, rows[i].offset) : NAN);
    }
    const deployment_record *last = NULL;
    for (uint32_t i = lists->first[service]; i != NO_INDEX; i = lists->next[i]) {
        last = recorder_deployment(n->run, i);
        v->of_deployment[i] = v->count;
        add_deployment(v, name, arena_printf(v->memory, "%u", last->number), last);
    }
    if (n->deployment) add_deployment(v, name, n->deployment, NULL);
    add_deployment(v, name, "last", last);
}

static void add_queue(metric_values *v, const naming *n, uint32_t queue)
{
    const queue_totals *totals = n->run ? recorder_queue_totals(n->run, queue) : NULL;
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (rows[i].source == OF_QUEUE)
            add(v, &rows[i], "queues.", n->cfg->queues[queue].name, ".",
                totals ? double_at(totals, rows[i].offset) : NAN);
}

static void add_refresh(metric_values *v, const naming *n, uint32_t group, uint32_t number)
{
    const char *after = arena_printf(v->memory, ".refreshes.%u.", number + 1);
    refresh_totals totals = {NAN, NAN};
    if (n->run) totals = recorder_refresh(n->run, group, number);
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (rows[i].source == OF_REFRESH)
            add(v, &rows[i], "autoScalingGroups.", n->cfg->auto_scaling_groups[group].name, after,
                double_at(&totals, rows[i].offset));
}

static void add_groups(metric_values *v, const naming *n)
{
    for (uint32_t g = 0; g < n->cfg->auto_scaling_group_count; g++) {
        auto_scaling_totals totals = {NAN, NAN, NAN};
        if (n->run) totals = recorder_auto_scaling(n->run, g);
        for (size_t i = 0; i < ROW_COUNT; i++)
            if (rows[i].source == OF_GROUP)
                add(v, &rows[i], "autoScalingGroups.", n->cfg->auto_scaling_groups[g].name, ".",
                    double_at(&totals, rows[i].offset));
        for (uint32_t k = 0; k < refresh_count_asked(n->cfg, g); k++)
            add_refresh(v, n, g, k);
    }
}

static metric_values *create(const naming *n)
{
    metric_values *v = memory_alloc(1, sizeof *v);
    v->memory = arena_create();
    add_cluster(v, n);
    add_scopes(v, n);
    const deployment_lists lists = list_deployments(v, n);
    for (uint32_t i = 0; i < n->cfg->service_count; i++)
        add_service(v, n, i, &lists);
    for (uint32_t i = 0; i < n->cfg->queue_count; i++)
        add_queue(v, n, i);
    add_groups(v, n);
    return v;
}

metric_values *metric_values_create(const recorder *r)
{
    return create(&(naming){recorder_config(r), recorder_scopes(r), r, NULL});
}

void metric_values_destroy(metric_values *v)
{
    if (!v) return;
    arena_destroy(v->memory);
    free(v->value);
    free(v);
}

uint32_t metric_values_count(const metric_values *v)
{
    return v->count;
}

const metric_value *metric_values_at(const metric_values *v, uint32_t index)
{
    CHECK(index < v->count);
    return &v->value[index];
}

uint32_t metric_values_of_deployment(const metric_values *v, uint32_t index, uint32_t *count)
{
    *count = 0;
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (rows[i].source == OF_DEPLOYMENT || rows[i].source == OF_OUTCOME) ++*count;
    CHECK(v->of_deployment[index] + *count <= v->count);
    return v->of_deployment[index];
}

const metric_value *metric_values_find(const metric_values *v, const char *name)
{
    for (uint32_t i = 0; i < v->count; i++)
        if (strcmp(v->value[i].name, name) == 0) return &v->value[i];
    return NULL;
}

/* ---- Patterns ---- */

/* The length of a pattern's name, without @QUANTILE. */
static size_t name_length(const char *pattern)
{
    const char *at = strrchr(pattern, '@');
    return at ? (size_t)(at - pattern) : strlen(pattern);
}

/* Where the part that begins at `at` ends: an object's name is one part, whatever it holds. */
static size_t part_end(const metric_value *m, size_t at)
{
    if (m->object_length > 0 && at == m->object_at) return at + m->object_length;
    return at + strcspn(m->name + at, ".");
}

bool metric_matches(const metric_value *metric, const char *pattern)
{
    const size_t length = name_length(pattern), name_end = strlen(metric->name);
    size_t p = 0, at = 0;
    for (;;) {
        const size_t end = part_end(metric, at), part = end - at;
        if (p < length && pattern[p] == '*' && (p + 1 == length || pattern[p + 1] == '.')) {
            if (part == 4 && strncmp(metric->name + at, "last", 4) == 0 && at != metric->object_at)
                return false;
            p++;
        } else {
            if (length - p < part || strncmp(pattern + p, metric->name + at, part) != 0)
                return false;
            p += part;
        }
        at = end;
        if (at == name_end || p == length) return at == name_end && p == length;
        if (pattern[p] != '.') return false;
        p++;
        at++;
    }
}

static bool quantile_is_valid(const char *quantile)
{
    if (strcmp(quantile, "mean") == 0 || strcmp(quantile, "min") == 0 ||
        strcmp(quantile, "max") == 0)
        return true;
    if (quantile[0] != 'p' || quantile[1] == '\0') return false;
    size_t digits = strspn(quantile + 1, "0123456789");
    const char *rest = quantile + 1 + digits;
    if (*rest == '.' && digits > 0) rest += 1 + strspn(rest + 1, "0123456789");
    return digits > 0 && digits <= 2 && *rest == '\0' && rest[-1] != '.';
}

/* The number in services.NAME.deployments.NUMBER.…, into buffer; "1" if the pattern has none. */
static const char *deployment_number(const char *pattern, char *buffer, size_t size)
{
    const char *at = strstr(pattern, ".deployments.");
    if (!at) return "1";
    at += strlen(".deployments.");
    const size_t digits = strspn(at, "0123456789");
    if (digits == 0 || digits >= size || *at == '0' || at[digits] != '.') return "1";
    memcpy(buffer, at, digits);
    buffer[digits] = '\0';
    return buffer;
}

/* Edits (insert, delete, replace) between two texts; more than limit counts as limit + 1. */
static size_t edits_between(const char *a, size_t a_length, const char *b, size_t limit)
{
    enum { LENGTH_MAX = 255 };
    const size_t b_length = strlen(b);
    const size_t apart = a_length > b_length ? a_length - b_length : b_length - a_length;
    if (apart > limit || a_length > LENGTH_MAX || b_length > LENGTH_MAX) return limit + 1;
    uint16_t row[LENGTH_MAX + 1];
    for (size_t j = 0; j <= b_length; j++)
        row[j] = (uint16_t)j;
    for (size_t i = 1; i <= a_length; i++) {
        uint16_t diagonal = row[0];
        row[0] = (uint16_t)i;
        for (size_t j = 1; j <= b_length; j++) {
            const uint16_t replace = (uint16_t)(diagonal + (a[i - 1] != b[j - 1]));
            const uint16_t other = (uint16_t)((row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1);
            diagonal = row[j];
            row[j] = replace < other ? replace : other;
        }
    }
    return row[b_length] > limit ? limit + 1 : row[b_length];
}

#define NEAREST 3

static bool refuse_with_nearest(const metric_values *v, const char *pattern, sim_error *err)
{
    const metric_value *nearest[NEAREST] = {NULL};
    size_t edits[NEAREST], found = 0;
    size_t limit = name_length(pattern) / 2;
    for (uint32_t i = 0; i < v->count; i++) {
        const size_t now = edits_between(pattern, name_length(pattern), v->value[i].name, limit);
        if (now > limit) continue;
        size_t place = found < NEAREST ? found++ : NEAREST - 1;
        for (; place > 0 && edits[place - 1] > now; place--) {
            edits[place] = edits[place - 1];
            nearest[place] = nearest[place - 1];
        }
        edits[place] = now;
        nearest[place] = &v->value[i];
        if (found == NEAREST) limit = edits[NEAREST - 1] > 0 ? edits[NEAREST - 1] - 1 : 0;
    }
    char text[400] = "";
    for (size_t i = 0; i < found; i++) {
        const size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%s%s", i == 0 ? "; nearest: " : ", ",
                 nearest[i]->name);
    }
    return error_set(err, "no metric is called \"%.80s\"%s", pattern, text);
}

bool metric_name_check(const model_config *cfg, const char *pattern, sim_error *err)
{
    const char *at = strrchr(pattern, '@');
    if (at && !quantile_is_valid(at + 1))
        return error_set(err, "\"%.80s\": after @, expected mean, min, max or p01..p99", pattern);
    char buffer[16];
    scope_list scopes = scope_list_of(cfg);
    metric_values *v =
        create(&(naming){cfg, &scopes, NULL, deployment_number(pattern, buffer, sizeof buffer)});
    bool known = false;
    for (uint32_t i = 0; i < v->count && !known; i++)
        known = metric_matches(&v->value[i], pattern);
    if (!known) refuse_with_nearest(v, pattern, err);
    metric_values_destroy(v);
    scope_list_finish(&scopes);
    return known;
}
