#include "models/cloudwatch/metric.h"
#include "models/model.h"
#include "models/workload/cpu_share.h"
#include "sim/engine/check.h"
#include <stdlib.h>
#include <string.h>

/* What is measured at one moment. */
typedef struct {
    double value;
    double
        weight; /* gauges: how many are measured, 0: nothing; per target: the targets; means: the samples */
    double slope; /* gauges: of the value, a second; until the next change */
} reading;

typedef enum {
    LAW_GAUGE,
    LAW_COUNT,
    LAW_PER_TARGET,
    LAW_MEAN, /* of samples: value is their sum, weight their number, a second */
} metric_law;

typedef struct {
    metric_law law;
    changed_kind of; /* which change makes it worth a look */
    reading (*read)(const struct model *from, uint32_t object);
} metric_row;

/* ---- what each kind measures ---- */

/* A01, A02, A04: over all RUNNING tasks, each with its own reservation; A06: none RUNNING, no datapoint. What nobody
 * tells is not 0 either. */
static reading service_cpu(const struct model *from, uint32_t object)
{
    service_sample s;
    model_service_sample(from, object, &s);
    if (s.running == 0 || s.cpu_reserved == 0 || !s.cpu_told) return (reading){0};
    double units = (double)s.cpu_used / CPU_FINE;
    return (reading){100 * units / (double)s.cpu_reserved, s.running, 0};
}

/* A01, A03; a leak is a slope. */
static reading service_memory(const struct model *from, uint32_t object)
{
    service_sample s;
    model_service_sample(from, object, &s);
    if (s.running == 0 || s.memory_reserved_mib == 0 || !s.memory_told) return (reading){0};
    double percent_a_mib = 100 / (double)s.memory_reserved_mib;
    double mib_a_second = (double)s.memory.bytes_per_hour / 1048576 / 3600;
    return (reading){memory_line_mib(s.memory, model_now(from)) * percent_a_mib, s.running,
                     mib_a_second * percent_a_mib};
}

static reading running_tasks(const struct model *from, uint32_t object)
{
    service_sample s;
    model_service_sample(from, object, &s);
    return (reading){s.running, s.exists, 0};
}

static reading pending_tasks(const struct model *from, uint32_t object)
{
    service_sample s;
    model_service_sample(from, object, &s);
    return (reading){s.pending, s.exists, 0};
}

static reading desired_tasks(const struct model *from, uint32_t object)
{
    service_sample s;
    model_service_sample(from, object, &s);
    return (reading){s.desired, s.exists, 0};
}

static reading cpu_reservation(const struct model *from, uint32_t object)
{
    (void)object;
    cluster_sample c;
    model_cluster_sample(from, &c);
    if (c.cpu_registered == 0) return (reading){0};
    return (reading){100.0 * (double)c.cpu_reserved / (double)c.cpu_registered, 1, 0};
}

static reading memory_reservation(const struct model *from, uint32_t object)
{
    (void)object;
    cluster_sample c;
    model_cluster_sample(from, &c);
    if (c.memory_registered == 0) return (reading){0};
    return (reading){100.0 * (double)c.memory_reserved / (double)c.memory_registered, 1, 0};
}

static reading request_rate(const struct model *from, uint32_t object)
{
    target_group_sample g;
    model_target_group_sample(from, object, &g);
    return (reading){g.requests.offered, 1, 0};
}

/* L110: requests / routable targets; below a threshold (L53) healthy and unhealthy ones are. */
static reading request_rate_per_target(const struct model *from, uint32_t object)
{
    target_group_sample g;
    model_target_group_sample(from, object, &g);
    return (reading){g.requests.offered, g.routable, 0};
}

static reading healthy_hosts(const struct model *from, uint32_t object)
{
    target_group_sample g;
    model_target_group_sample(from, object, &g);
    return (reading){g.healthy, 1, 0};
}

static reading unhealthy_hosts(const struct model *from, uint32_t object)
{
    target_group_sample g;
    model_target_group_sample(from, object, &g);
    return (reading){g.unhealthy, 1, 0};
}

/* What overload leaves without an answer is the balancer's 504 once its idle timeout ends, unless the client has gone
 * away before (L72, L73). */
static double rate_of_elb_5xx(const request_sample *requests)
{
    double rate = requests->failed[FAILED_OVERLOAD] - requests->abandoned;
    for (int cause = FAILED_502; cause <= FAILED_504; cause++)
        rate += requests->failed[cause];
    return rate;
}

static reading rate_of_5xx(const struct model *from, uint32_t object)
{
    target_group_sample g;
    model_target_group_sample(from, object, &g);
    return (reading){rate_of_elb_5xx(&g.requests), 1, 0};
}

/* A83: of the instances that are warm, the mean. */
static reading group_cpu(const struct model *from, uint32_t object)
{
    uint32_t instances;
    double percent = model_warm_cpu_percent(from, object, &instances);
    return (reading){percent, instances, 0};
}

static reading queue_messages(const struct model *from, uint32_t object)
{
    queue_sample q;
    model_queue_sample(from, object, &q);
    return (reading){q.messages, 1, q.messages_slope};
}

static reading queue_age(const struct model *from, uint32_t object)
{
    queue_sample q;
    model_queue_sample(from, object, &q);
    return (reading){q.age, 1, q.age_slope};
}

/* Without a task, what one would find (A65). */
static reading queue_backlog_per_task(const struct model *from, uint32_t object)
{
    queue_sample q;
    model_queue_sample(from, object, &q);
    double tasks = q.workers > 0 ? q.workers : 1;
    return (reading){q.messages / tasks, 1, q.messages_slope / tasks};
}

static reading rate_of_target_5xx(const struct model *from, uint32_t object)
{
    target_group_sample g;
    model_target_group_sample(from, object, &g);
    return (reading){g.requests.failed[FAILED_APPLICATION], 1, 0};
}

static reading response_time(const struct model *from, uint32_t object)
{
    target_group_sample g;
    model_target_group_sample(from, object, &g);
    return (reading){g.requests.answer_seconds, g.requests.answered, 0};
}

static reading balancer_requests(const struct model *from, uint32_t object)
{
    request_sample requests;
    model_load_balancer_requests(from, object, &requests);
    return (reading){requests.offered, 1, 0};
}

static reading balancer_5xx(const struct model *from, uint32_t object)
{
    request_sample requests;
    model_load_balancer_requests(from, object, &requests);
    return (reading){rate_of_elb_5xx(&requests), 1, 0};
}

static reading balancer_target_5xx(const struct model *from, uint32_t object)
{
    request_sample requests;
    model_load_balancer_requests(from, object, &requests);
    return (reading){requests.failed[FAILED_APPLICATION], 1, 0};
}

static reading balancer_response_time(const struct model *from, uint32_t object)
{
    request_sample requests;
    model_load_balancer_requests(from, object, &requests);
    return (reading){requests.answer_seconds, requests.answered, 0};
}

/* clang-format off */
static const metric_row rows[METRIC_KINDS] = {
    [METRIC_SERVICE_CPU]                = {LAW_GAUGE,      CHANGED_SERVICE,      service_cpu},
    [METRIC_SERVICE_MEMORY]             = {LAW_GAUGE,      CHANGED_SERVICE,      service_memory},
    [METRIC_SERVICE_RUNNING_TASKS]      = {LAW_GAUGE,      CHANGED_SERVICE,      running_tasks},
    [METRIC_SERVICE_PENDING_TASKS]      = {LAW_GAUGE,      CHANGED_SERVICE,      pending_tasks},
    [METRIC_SERVICE_DESIRED_TASKS]      = {LAW_GAUGE,      CHANGED_SERVICE,      desired_tasks},
    [METRIC_CLUSTER_CPU_RESERVATION]    = {LAW_GAUGE,      CHANGED_CLUSTER,      cpu_reservation},
    [METRIC_CLUSTER_MEMORY_RESERVATION] = {LAW_GAUGE,      CHANGED_CLUSTER,      memory_reservation},
    [METRIC_REQUEST_COUNT]              = {LAW_COUNT,      CHANGED_TARGET_GROUP, request_rate},
    [METRIC_REQUEST_COUNT_PER_TARGET]   = {LAW_PER_TARGET, CHANGED_TARGET_GROUP, request_rate_per_target},
    [METRIC_HEALTHY_HOST_COUNT]         = {LAW_GAUGE,      CHANGED_TARGET_GROUP, healthy_hosts},
    [METRIC_UNHEALTHY_HOST_COUNT]       = {LAW_GAUGE,      CHANGED_TARGET_GROUP, unhealthy_hosts},
    [METRIC_HTTP_5XX_COUNT]             = {LAW_COUNT,      CHANGED_TARGET_GROUP, rate_of_5xx},
    [METRIC_QUEUE_MESSAGES]             = {LAW_GAUGE,      CHANGED_QUEUE,        queue_messages},
    [METRIC_QUEUE_AGE]                  = {LAW_GAUGE,      CHANGED_QUEUE,        queue_age},
    [METRIC_QUEUE_BACKLOG_PER_TASK]     = {LAW_GAUGE,      CHANGED_QUEUE,        queue_backlog_per_task},
    [METRIC_TARGET_5XX_COUNT]           = {LAW_COUNT,      CHANGED_TARGET_GROUP, rate_of_target_5xx},
    [METRIC_GROUP_CPU]                  = {LAW_GAUGE,      CHANGED_WARMUP,       group_cpu},
    [METRIC_RESPONSE_TIME]              = {LAW_MEAN,       CHANGED_TARGET_GROUP, response_time},
    [METRIC_BALANCER_REQUEST_COUNT]     = {LAW_COUNT,      CHANGED_LOAD_BALANCER, balancer_requests},
    [METRIC_BALANCER_5XX_COUNT]         = {LAW_COUNT,      CHANGED_LOAD_BALANCER, balancer_5xx},
    [METRIC_BALANCER_TARGET_5XX_COUNT]  = {LAW_COUNT,      CHANGED_LOAD_BALANCER, balancer_target_5xx},
    [METRIC_BALANCER_RESPONSE_TIME]     = {LAW_MEAN,       CHANGED_LOAD_BALANCER, balancer_response_time},
};
/* clang-format on */

/* ---- slots ---- */

/* What a slot adds up to. Integrals are over seconds. */
typedef struct {
    double value_seconds, weight_seconds;
    double present_seconds; /* with something to measure */
    double low, high;       /* of the value while there was */
} slot;

typedef struct {
    const metric_row *row;
    uint32_t object;
    sim_time slot_us;
    reading now;
    sim_time since_us; /* up to where `open` has been filled */
    slot open;         /* slot number `closed` */
    int64_t closed;    /* slots below this one are closed */
    slot *ring;        /* the last `room` closed ones, by number modulo room */
    uint32_t room;
    uint32_t next_of_object; /* the next metric of the same object; NO_INDEX */
} metric;

struct metrics {
    engine *eng;
    arena *arena;
    metric *metrics;
    uint32_t count;
    uint32_t *first[CHANGED_KINDS]; /* by object: its first metric */
    uint32_t object_count[CHANGED_KINDS];
    metric_changed *changed;
    void *context;
};

metrics *metrics_create(const model_config *cfg, engine *eng, arena *a)
{
    metrics *m = memory_alloc(1, sizeof *m);
    m->eng = eng;
    m->arena = a;
    m->count = cfg->metric_count;
    m->metrics = ARENA_ARRAY(a, m->count + 1, metric);
    m->object_count[CHANGED_CLUSTER] = 1;
    m->object_count[CHANGED_SERVICE] = cfg->service_count;
    m->object_count[CHANGED_TARGET_GROUP] = cfg->target_group_count;
    m->object_count[CHANGED_LOAD_BALANCER] = cfg->load_balancer_count;
    m->object_count[CHANGED_QUEUE] = cfg->queue_count;
    m->object_count[CHANGED_WARMUP] = cfg->warmup_count;
    for (int kind = 0; kind < CHANGED_KINDS; kind++) {
        m->first[kind] = ARENA_ARRAY(a, m->object_count[kind] + 1, uint32_t);
        for (uint32_t i = 0; i <= m->object_count[kind]; i++)
            m->first[kind][i] = NO_INDEX;
    }
    for (uint32_t i = m->count;
         i-- > 0;) { /* so that an object's metrics are linked in file order */
        const metric_config *c = &cfg->metrics[i];
        const metric_row *row = &rows[c->kind];
        uint32_t *first = &m->first[row->of][c->object];
        m->metrics[i] = (metric){.row = row,
                                 .object = c->object,
                                 .slot_us = c->resolution_us,
                                 .room = 1,
                                 .ring = ARENA_NEW(a, slot),
                                 .next_of_object = *first};
        *first = i;
    }
    return m;
}

void metrics_destroy(metrics *m)
{
    free(m);
}

void metrics_keep(metrics *m, uint32_t index, uint32_t slots)
{
    metric *x = &m->metrics[index];
    CHECK(x->closed == 0);
    if (slots <= x->room) return;
    x->room = slots;
    x->ring = ARENA_ARRAY(m->arena, x->room, slot);
}

void metrics_tell(metrics *m, metric_changed *changed, void *context)
{
    m->changed = changed;
    m->context = context;
}

/* Adds the present reading, followed for some seconds. */
static void fill(slot *s, reading r, double seconds)
{
    if (seconds <= 0 || r.weight <= 0) return;
    double last = r.value + r.slope * seconds;
    double low = r.slope < 0 ? last : r.value, high = r.slope < 0 ? r.value : last;
    if (s->present_seconds <= 0 || low < s->low) s->low = low;
    if (s->present_seconds <= 0 || high > s->high) s->high = high;
    s->value_seconds += (r.value + r.slope * seconds / 2) * seconds;
    s->weight_seconds += r.weight * seconds;
    s->present_seconds += seconds;
}

/* A rate without a target counts, but its targets do not. */
static void fill_open(metric *x, sim_time until_us)
{
    double seconds = (double)(until_us - x->since_us) / (double)SIM_SECOND;
    fill(&x->open, x->now, seconds);
    if (x->row->law == LAW_PER_TARGET && x->now.weight <= 0)
        x->open.value_seconds += x->now.value * seconds;
    x->now.value += x->now.slope * seconds;
    x->since_us = until_us;
}

static void close_slot(metric *x)
{
    fill_open(x, (x->closed + 1) * x->slot_us);
    x->ring[x->closed % x->room] = x->open;
    x->closed++;
    x->open = (slot){0};
}

/* Closes every slot that has ended; only the last `room` are written, and those in which nothing changed, all alike
 * but for a slope, cost no more. */
static void advance(metric *x, sim_time now_us)
{
    int64_t current = now_us / x->slot_us;
    if (x->closed == current) return;
    close_slot(x);
    if (current - x->closed > x->room) {
        fill_open(x, (current - x->room) * x->slot_us);
        x->open = (slot){0};
        x->closed = current - x->room;
    }
    while (x->closed < current)
        close_slot(x);
}

static bool is_same(reading a, reading b)
{
    return a.value == b.value && a.weight == b.weight && a.slope == b.slope;
}

void metrics_look(metrics *m, const struct model *from, changed_kind kind, uint32_t index)
{
    if (index >= m->object_count[kind]) return;
    sim_time now_us = engine_now(m->eng);
    for (uint32_t i = m->first[kind][index]; i != NO_INDEX; i = m->metrics[i].next_of_object) {
        metric *x = &m->metrics[i];
        reading r = x->row->read(from, x->object);
        bool constant = !(x->now.slope < 0) && !(x->now.slope > 0);
        if (constant && is_same(r, x->now))
            continue; /* in one piece: what is alike sums up alike */
        advance(x, now_us);
        fill_open(x, now_us);
        bool same = is_same(r, x->now);
        x->now = r;
        if (!same) m->changed(m->context, from, i);
    }
}

void metrics_look_at_all(metrics *m, const struct model *from)
{
    for (int kind = 0; kind < CHANGED_KINDS; kind++)
        for (uint32_t i = 0; i < m->object_count[kind]; i++)
            metrics_look(m, from, (changed_kind)kind, i);
}

/* ---- statistics ---- */

/* Single samples are not known: no extremes. */
static bool statistic_of_mean(const slot *s, metric_statistic statistic, double *value)
{
    if (s->weight_seconds <= 0) return false;
    switch (statistic) {
    case STATISTIC_SAMPLE_COUNT:
        *value = s->weight_seconds;
        return true;
    case STATISTIC_SUM:
        *value = s->value_seconds;
        return true;
    case STATISTIC_AVERAGE:
        *value = s->value_seconds / s->weight_seconds;
        return true;
    case STATISTIC_MINIMUM:
    case STATISTIC_MAXIMUM:
        break;
    }
    return false;
}

bool metric_has_extremes(metric_kind kind)
{
    return rows[kind].law != LAW_MEAN;
}

static bool statistic_of(const metric *x, const slot *s, double slots, metric_statistic statistic,
                         double *value)
{
    double slot_seconds = (double)x->slot_us / (double)SIM_SECOND;
    if (x->row->law == LAW_PER_TARGET) {
        if (s->weight_seconds <= 0) return false;
        double targets = s->weight_seconds / (slot_seconds * slots);
        *value =
            statistic == STATISTIC_SAMPLE_COUNT ? s->value_seconds : s->value_seconds / targets;
        return true;
    }
    if (x->row->law == LAW_MEAN) return statistic_of_mean(s, statistic, value);
    if (s->present_seconds <= 0) return false;
    bool count = x->row->law == LAW_COUNT;
    switch (statistic) {
    case STATISTIC_SAMPLE_COUNT:
        *value = count ? s->value_seconds : s->weight_seconds / slot_seconds;
        return true;
    case STATISTIC_AVERAGE:
        *value = count ? 1 : s->value_seconds / s->present_seconds;
        return true;
    case STATISTIC_SUM:
        *value = count ? s->value_seconds
                       : s->value_seconds / s->present_seconds * s->weight_seconds / slot_seconds;
        return true;
    case STATISTIC_MINIMUM:
        *value = count ? 1 : s->low;
        return true;
    case STATISTIC_MAXIMUM:
        *value = count ? 1 : s->high;
        return true;
    }
    return false;
}

bool metrics_statistic(metrics *m, uint32_t index, metric_statistic statistic, int64_t first,
                       uint32_t count, double *value)
{
    metric *x = &m->metrics[index];
    if (first < 0) return false;
    advance(x, engine_now(m->eng));
    CHECK(first + count <= x->closed && first + x->room >= x->closed);
    slot sum = {0};
    for (uint32_t i = 0; i < count; i++) {
        const slot *s = &x->ring[(first + i) % x->room];
        bool any = sum.present_seconds > 0;
        if (s->present_seconds > 0 && (!any || s->low < sum.low)) sum.low = s->low;
        if (s->present_seconds > 0 && (!any || s->high > sum.high)) sum.high = s->high;
        sum.value_seconds += s->value_seconds;
        sum.weight_seconds += s->weight_seconds;
        sum.present_seconds += s->present_seconds;
    }
    return statistic_of(x, &sum, count, statistic, value);
}

bool metrics_moves(const metrics *m, uint32_t index)
{
    const reading *now = &m->metrics[index].now;
    return now->weight > 0 && (now->slope > 0 || now->slope < 0);
}

static bool value_of(const metric *x, reading r, metric_statistic statistic, uint32_t count,
                     double *value)
{
    metric constant = *x;
    constant.now = r;
    constant.now.slope = 0;
    constant.open = (slot){0};
    fill_open(&constant, constant.since_us + constant.slot_us * count);
    return statistic_of(&constant, &constant.open, count, statistic, value);
}

bool metrics_value_now(const metrics *m, const struct model *from, uint32_t index,
                       metric_statistic statistic, uint32_t count, double *value)
{
    const metric *x = &m->metrics[index];
    return value_of(x, x->row->read(from, x->object), statistic, count, value);
}

double metrics_slope_now(const metrics *m, const struct model *from, uint32_t index,
                         metric_statistic statistic, uint32_t count)
{
    const metric *x = &m->metrics[index];
    double value, later;
    reading r = x->row->read(from, x->object);
    if (!(r.slope < 0) && !(r.slope > 0)) return 0;
    if (!value_of(x, r, statistic, count, &value)) return 0;
    r.value += r.slope;
    return value_of(x, r, statistic, count, &later) ? later - value : 0;
}
