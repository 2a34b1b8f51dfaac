/* cluster_measure.c - how well a cluster is packed, from the samples of its instances. */
#include "results/cluster_measure.h"
#include "results/long_sum.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MIX_TOTAL_MAX    65536
#define MIX_OF_TRACE_MAX 32
#define NANO_USD         1e9
#define SCOPES_OF_ONE    4
#define SUMS             15

/* Sums over a scope's instances, or what one of them adds: integers only, so that what is added can
 * be taken away. */
typedef union {
    struct {
        int64_t instances, empty, unpriced;
        int64_t cpu_registered, cpu_reserved, memory_registered, memory_reserved;
        int64_t cpu_stranded, memory_stranded;
        int64_t cpu_misfit, memory_misfit; /* free times misfit weight */
        memory_line memory_used;
        int64_t cpu_used; /* 1 / CPU_FINE units */
        int64_t price;    /* 10^-9 USD per hour */
    };
    int64_t each[SUMS];
} scope_sums;

_Static_assert(sizeof(scope_sums) == SUMS * sizeof(int64_t), "every sum is one of each[]");

/* What is integrated over time. */
enum {
    HELD_INSTANCES,
    HELD_EMPTY,
    HELD_PRICE,
    HELD_CPU_RESERVED,
    HELD_MEMORY_RESERVED,
    HELD_CPU_STRANDED,
    HELD_MEMORY_STRANDED,
    HELD_FRAGMENTED,
    HELD_CPU_USED,
    HELD_COUNT
};

typedef struct {
    scope_sums now; /* holds since then */
    sim_time since_us;
    bool fresh; /* `now` has changed since `held` was worked out */
    bool unpriced, memory_known, cpu_known;
    sim_time registered_us; /* time in which anything was registered */
    double held[HELD_COUNT];
    long_sums(HELD_COUNT) total; /* of held over time */
    long_sum memory_used;
    long_sum at_once; /* USD charged at single instants */
    scope_totals totals;
} scope;

/* What an instance adds at present. */
typedef struct {
    bool registered;
    uint32_t scope[SCOPES_OF_ONE]; /* 0 behind the first: none */
    double price_usd_per_hour;
    scope_sums part;
} instance_state;

/* How many registered instances have this much of a resource; largest first. */
typedef struct {
    int64_t size;
    int64_t count;
} capacity_class;

typedef struct {
    capacity_class *class;
    uint32_t count, room;
} capacities;

struct cluster_measure {
    sim_time warmup_us;
    int64_t mix_total;
    scope *scope;
    uint32_t scope_count;
    instance_state *instance;
    uint32_t instance_count;
    capacities cpu, memory;
    uint64_t capacity_changes;
    int64_t peak_cpu, peak_memory; /* reserved at the highest bound … */
    uint64_t peak_changes;         /* … and capacity_changes then */
    bool finished;
};

/* ---- The mix ---- */

static void add_share(workload_mix *mix, uint32_t definition, int64_t tasks)
{
    if (tasks == 0 || definition == NO_INDEX) return;
    uint32_t i = 0;
    while (i < mix->count && mix->share[i].task_definition != definition)
        i++;
    if (i == mix->count) {
        mix->share = memory_resize(mix->share, mix->count + 1, sizeof *mix->share);
        mix->share[mix->count++] = (workload_share){.task_definition = definition};
    }
    mix->share[i].weight += tasks;
    mix->total += tasks;
}

/* E22, E23. */
static void find_need(const task_definition_config *td, workload_share *share)
{
    int64_t cpu = 0, memory = 0;
    for (uint32_t i = 0; i < td->container_count; i++) {
        const container_definition *c = &td->containers[i];
        cpu += c->cpu_units;
        memory += c->memory_reservation_mib ? c->memory_reservation_mib : c->memory_mib;
    }
    share->cpu_units = td->cpu_units ? td->cpu_units : cpu;
    share->memory_mib = td->memory_mib ? td->memory_mib : memory;
}

/* Calls that the source makes in this run, on average. */
static int64_t expected_calls(const model_config *cfg, const arrival_config *a)
{
    sim_time end = a->until_us < cfg->duration_us ? a->until_us : cfg->duration_us;
    double mean_us = distribution_mean(&a->every) * (double)SIM_SECOND;
    double calls = end > a->from_us ? (double)(end - a->from_us) / (mean_us > 1 ? mean_us : 1) : 0;
    if (calls > (double)a->limit) calls = (double)a->limit;
    return calls < 1 ? 1 : calls < 1e12 ? (int64_t)calls : INT64_C(1000000000000);
}

static int heavier(const void *left, const void *right)
{
    const workload_share *a = left, *b = right;
    if (a->weight != b->weight) return a->weight > b->weight ? -1 : 1;
    return (a->task_definition > b->task_definition) - (a->task_definition < b->task_definition);
}

/* A trace may have as many sizes as rows: the most frequent ones stand for all. */
static void add_rows(workload_mix *mix, const model_config *cfg, const arrival_config *a)
{
    workload_share *all = memory_alloc(cfg->task_definition_count + 1, sizeof *all);
    for (uint32_t d = 0; d < cfg->task_definition_count; d++)
        all[d].task_definition = d;
    for (uint32_t i = 0; i < a->row_count; i++)
        all[a->rows[i].task_definition].weight += a->rows[i].count;
    qsort(all, cfg->task_definition_count, sizeof *all, heavier);
    for (uint32_t d = 0; d < cfg->task_definition_count && d < MIX_OF_TRACE_MAX; d++)
        add_share(mix, all[d].task_definition, all[d].weight);
    free(all);
}

static void add_arrivals(workload_mix *mix, const model_config *cfg)
{
    for (uint32_t i = 0; i < cfg->arrival_count; i++) {
        const arrival_config *a = &cfg->arrivals[i];
        if (a->is_trace)
            add_rows(mix, cfg, a);
        else
            add_share(mix, a->call.task_definition, expected_calls(cfg, a) * a->call.count);
    }
}

workload_mix workload_mix_of(const model_config *cfg)
{
    workload_mix mix = {0};
    for (uint32_t i = 0; i < cfg->service_count;
         i++) { /* one that starts at 0 is scaled up later */
        uint32_t desired = cfg->services[i].desired_count;
        for (uint32_t g = 0; cfg->services[i].daemon && g < cfg->group_count; g++)
            desired += cfg->groups[g].count; /* one an instance, about */
        add_share(&mix, cfg->services[i].task_definition, desired > 0 ? desired : 1);
    }
    for (uint32_t i = 0; i < cfg->timeline_count; i++)
        if (cfg->timeline[i].kind == TIMELINE_RUN_TASK)
            add_share(&mix, cfg->timeline[i].run_task.task_definition,
                      cfg->timeline[i].run_task.count);
    add_arrivals(&mix, cfg);
    int64_t total = 0;
    for (uint32_t i = 0; i < mix.count; i++) {
        find_need(&cfg->task_definitions[mix.share[i].task_definition], &mix.share[i]);
        if (mix.total > MIX_TOTAL_MAX) {
            mix.share[i].weight = mix.share[i].weight * MIX_TOTAL_MAX / mix.total;
        }
        total += mix.share[i].weight;
    }
    mix.total = total;
    return mix;
}

void workload_mix_finish(workload_mix *mix)
{
    free(mix->share);
    memset(mix, 0, sizeof *mix);
}

/* ---- Integrals ---- */

cluster_measure *cluster_measure_create(sim_time warmup_us, uint32_t scope_count,
                                        const workload_mix *mix)
{
    CHECK(scope_count >= 1);
    cluster_measure *c = memory_alloc(1, sizeof *c);
    c->warmup_us = warmup_us;
    c->mix_total = mix->total;
    c->scope_count = scope_count;
    c->scope = memory_alloc(scope_count, sizeof *c->scope);
    for (uint32_t i = 0; i < scope_count; i++) {
        scope_totals *t = &c->scope[i].totals;
        t->instances_peak = t->cpu_reserved_peak = t->memory_reserved_peak = NAN;
        t->bound_peak = t->efficiency = NAN;
        c->scope[i].fresh = true;
    }
    return c;
}

void cluster_measure_destroy(cluster_measure *c)
{
    if (!c) return;
    free(c->scope);
    free(c->instance);
    free(c->cpu.class);
    free(c->memory.class);
    free(c);
}

static void keep_higher(double *highest, double value)
{
    if (isnan(*highest) || value > *highest) *highest = value;
}

static double share_of(int64_t part, int64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : 0;
}

/* The fewest of the largest instances that hold `needed`. */
static int64_t fewest_instances(const capacities *k, int64_t needed)
{
    int64_t instances = 0;
    for (uint32_t i = 0; i < k->count && needed > 0; i++) {
        const int64_t size = k->class[i].size;
        if (size <= 0) break;
        const int64_t wanted = (needed + size - 1) / size;
        const int64_t taken = wanted < k->class[i].count ? wanted : k->class[i].count;
        instances += taken;
        needed -= taken * size;
    }
    return instances;
}

/* The peak is where the bound is highest, then where most is reserved; the first such moment. */
static void keep_bound(cluster_measure *c)
{
    const scope_sums *now = &c->scope[0].now;
    scope_totals *t = &c->scope[0].totals;
    if (c->peak_changes == c->capacity_changes && now->cpu_reserved <= c->peak_cpu &&
        now->memory_reserved <= c->peak_memory && !isnan(t->bound_peak))
        return; /* of the same instances no more is asked for */
    const int64_t by_cpu = fewest_instances(&c->cpu, now->cpu_reserved);
    const int64_t by_memory = fewest_instances(&c->memory, now->memory_reserved);
    const double bound = (double)(by_cpu > by_memory ? by_cpu : by_memory);
    if (!isnan(t->bound_peak)) {
        if (bound < t->bound_peak) return;
        if (bound == t->bound_peak &&
            (now->cpu_reserved < c->peak_cpu ||
             (now->cpu_reserved == c->peak_cpu && now->memory_reserved <= c->peak_memory)))
            return;
    }
    t->bound_peak = bound;
    c->peak_cpu = now->cpu_reserved;
    c->peak_memory = now->memory_reserved;
    c->peak_changes = c->capacity_changes;
    const int64_t occupied = now->instances - now->empty;
    t->efficiency = occupied > 0 ? bound / (double)occupied : NAN;
}

/* What holds from now on, by the sums; peaks are of what holds for any time at all. */
static void work_out_held(cluster_measure *c, scope *s)
{
    const scope_sums *now = &s->now;
    s->fresh = false;
    s->held[HELD_INSTANCES] = (double)now->instances;
    s->held[HELD_EMPTY] = (double)now->empty;
    s->held[HELD_PRICE] = (double)now->price;
    if (now->unpriced > 0) s->unpriced = true;
    keep_higher(&s->totals.instances_peak, (double)now->instances);
    if (now->instances == 0) {
        for (int i = HELD_CPU_RESERVED; i < HELD_COUNT; i++)
            s->held[i] = 0;
        return;
    }
    const int64_t cpu = now->cpu_registered, memory = now->memory_registered;
    s->held[HELD_CPU_RESERVED] = share_of(now->cpu_reserved, cpu);
    s->held[HELD_MEMORY_RESERVED] = share_of(now->memory_reserved, memory);
    s->held[HELD_CPU_STRANDED] = share_of(now->cpu_stranded, cpu);
    s->held[HELD_MEMORY_STRANDED] = share_of(now->memory_stranded, memory);
    s->held[HELD_FRAGMENTED] =
        (share_of(now->cpu_misfit, cpu) + share_of(now->memory_misfit, memory)) / 2;
    s->held[HELD_CPU_USED] = cpu > 0 ? (double)now->cpu_used / CPU_FINE / (double)cpu : 0;
    if (now->cpu_used > 0 && cpu > 0) s->cpu_known = true;
    keep_higher(&s->totals.cpu_reserved_peak, s->held[HELD_CPU_RESERVED]);
    keep_higher(&s->totals.memory_reserved_peak, s->held[HELD_MEMORY_RESERVED]);
    if (s == c->scope) keep_bound(c);
}

/* The scope's sums held until now_us. */
static void advance(cluster_measure *c, uint32_t index, sim_time now_us)
{
    scope *s = &c->scope[index];
    CHECK(now_us >= s->since_us && !c->finished);
    const sim_time from_us = s->since_us > c->warmup_us ? s->since_us : c->warmup_us;
    s->since_us = now_us;
    if (from_us >= now_us) return;
    if (s->fresh) work_out_held(c, s);
    const scope_sums *now = &s->now;
    const double span = (double)(now_us - from_us);
    long_sums_add(s->total.sum, s->total.rest, s->held, span, HELD_COUNT);
    if (now->instances == 0) return;
    s->registered_us += now_us - from_us;
    if (!memory_line_is_zero(now->memory_used) && now->memory_registered > 0) {
        const double used = (memory_line_mib(now->memory_used, from_us) +
                             memory_line_mib(now->memory_used, now_us)) /
                            2;
        long_sum_add(&s->memory_used, used / (double)now->memory_registered * span);
        s->memory_known = true;
    }
}

/* ---- Changes ---- */

static void count_capacity(capacities *k, int64_t size, int64_t change)
{
    uint32_t at = 0;
    while (at < k->count && k->class[at].size > size)
        at++;
    if (at == k->count || k->class[at].size != size) {
        if (k->count == k->room) {
            k->room = k->room ? 2 * k->room : 8;
            k->class = memory_resize(k->class, k->room, sizeof *k->class);
        }
        memmove(&k->class[at + 1], &k -> class[at], (k->count - at) * sizeof *k->class);
        k->class[at] = (capacity_class){.size = size};
        k->count++;
    }
    k->class[at].count += change;
    CHECK(k->class[at].count >= 0);
}

/* Adds the part to the sums of its scopes, or takes it away (sign -1). */
static void apply(cluster_measure *c, sim_time now_us, const uint32_t scopes[SCOPES_OF_ONE],
                  const scope_sums *part, int64_t sign)
{
    for (int i = 0; i < SCOPES_OF_ONE; i++) {
        if (i > 0 && scopes[i] == 0) continue;
        CHECK(scopes[i] < c->scope_count);
        advance(c, scopes[i], now_us);
        scope *s = &c->scope[scopes[i]];
        for (int k = 0; k < SUMS; k++)
            s->now.each[k] += sign * part->each[k];
        s->fresh = true;
    }
}

static void apply_capacities(cluster_measure *c, const scope_sums *part, int64_t sign)
{
    count_capacity(&c->cpu, part->cpu_registered, sign);
    count_capacity(&c->memory, part->memory_registered, sign);
    c->capacity_changes++;
}

/* was: its last state; the same price need not be rounded again. */
static instance_state state_of(const instance_reading *r, const instance_state *was)
{
    const instance_sample *i = &r->sample;
    if (!i->registered) return (instance_state){.registered = false};
    const int64_t cpu_free = i->cpu_registered - i->cpu_reserved;
    const int64_t memory_free = i->memory_registered - i->memory_reserved;
    const double price = i->price_usd_per_hour;
    const bool unpriced = isnan(price), same = was->registered && was->price_usd_per_hour == price;
    return (instance_state){.registered = true,
                            .scope = {0, r->scope[0], r->scope[1], r->scope[2]},
                            .price_usd_per_hour = price,
                            .part = {{
                                .instances = 1,
                                .empty = i->tasks == 0,
                                .unpriced = unpriced,
                                .cpu_registered = i->cpu_registered,
                                .cpu_reserved = i->cpu_reserved,
                                .memory_registered = i->memory_registered,
                                .memory_reserved = i->memory_reserved,
                                .cpu_stranded = r->cpu_stranded ? cpu_free : 0,
                                .memory_stranded = r->memory_stranded ? memory_free : 0,
                                .cpu_misfit = cpu_free * r->misfit_weight,
                                .memory_misfit = memory_free * r->misfit_weight,
                                .memory_used = i->memory,
                                .cpu_used = i->cpu_used,
                                .price = unpriced ? 0
                                         : same   ? was->part.price
                                                  : (int64_t)llround(price * NANO_USD),
                            }}};
}

/* One step from what it added to what it adds now, where the scopes are the same. */
static void change_state(cluster_measure *c, sim_time now_us, const instance_state *was,
                         const instance_state *now)
{
    if (was->registered && now->registered &&
        memcmp(was->scope, now->scope, sizeof was->scope) == 0) {
        scope_sums difference;
        for (int k = 0; k < SUMS; k++)
            difference.each[k] = now->part.each[k] - was->part.each[k];
        apply(c, now_us, now->scope, &difference, 1);
        if (difference.cpu_registered == 0 && difference.memory_registered == 0) return;
    } else {
        if (was->registered) apply(c, now_us, was->scope, &was->part, -1);
        if (now->registered) apply(c, now_us, now->scope, &now->part, 1);
    }
    if (was->registered) apply_capacities(c, &was->part, -1);
    if (now->registered) apply_capacities(c, &now->part, 1);
}

void cluster_measure_instance(cluster_measure *c, sim_time now_us, uint32_t index,
                              const instance_reading *reading)
{
    if (index >= c->instance_count) {
        uint32_t count = c->instance_count ? c->instance_count : 16;
        while (count <= index)
            count *= 2;
        c->instance = memory_resize(c->instance, count, sizeof *c->instance);
        memset(c->instance + c->instance_count, 0,
               (count - c->instance_count) * sizeof *c->instance);
        c->instance_count = count;
    }
    instance_state *state = &c->instance[index];
    const instance_state now = state_of(reading, state);
    change_state(c, now_us, state, &now);
    *state = now;
}

void cluster_measure_fargate(cluster_measure *c, sim_time now_us, uint32_t zone_scope,
                             int64_t nano_usd_per_hour, double usd)
{
    CHECK(zone_scope < c->scope_count);
    const uint32_t scopes[2] = {0, zone_scope};
    for (int i = 0; i < 2; i++) {
        if (i > 0 && scopes[i] == 0) continue;
        advance(c, scopes[i], now_us);
        scope *s = &c->scope[scopes[i]];
        s->now.price += nano_usd_per_hour;
        s->fresh = true;
        if (now_us >= c->warmup_us) long_sum_add(&s->at_once, usd);
    }
}

void cluster_measure_cpu_used(cluster_measure *c, sim_time now_us, uint32_t index, int64_t cpu_used)
{
    if (index >= c->instance_count || !c->instance[index].registered) return;
    instance_state *i = &c->instance[index];
    const scope_sums difference = {{.cpu_used = cpu_used - i->part.cpu_used}};
    apply(c, now_us, i->scope, &difference, 1);
    i->part.cpu_used = cpu_used;
}

static double held_total(const scope *s, int held)
{
    return s->total.sum[held] + s->total.rest[held];
}

void cluster_measure_finish(cluster_measure *c, sim_time end_us)
{
    const double span = end_us > c->warmup_us ? (double)(end_us - c->warmup_us) : NAN;
    for (uint32_t i = 0; i < c->scope_count; i++) {
        advance(c, i, end_us);
        const scope *s = &c->scope[i];
        scope_totals *t = &c->scope[i].totals;
        const double some = s->registered_us > 0 ? (double)s->registered_us : NAN;
        t->instances_mean = held_total(s, HELD_INSTANCES) / span;
        t->empty_mean = held_total(s, HELD_EMPTY) / span;
        t->cpu_reserved_mean = held_total(s, HELD_CPU_RESERVED) / some;
        t->memory_reserved_mean = held_total(s, HELD_MEMORY_RESERVED) / some;
        t->cpu_used_mean = s->cpu_known ? held_total(s, HELD_CPU_USED) / some : NAN;
        t->memory_used_mean = s->memory_known ? long_sum_get(&s->memory_used) / some : NAN;
        const bool mix = c->mix_total > 0;
        t->cpu_stranded_mean = mix ? held_total(s, HELD_CPU_STRANDED) / some : NAN;
        t->memory_stranded_mean = mix ? held_total(s, HELD_MEMORY_STRANDED) / some : NAN;
        t->fragmentation_mean =
            mix ? held_total(s, HELD_FRAGMENTED) / some / (double)c->mix_total : NAN;
        const double price_hours = held_total(s, HELD_PRICE) / NANO_USD;
        t->cost_total = s->unpriced || isnan(span)
                            ? NAN
                            : price_hours / (double)SIM_HOUR + long_sum_get(&s->at_once);
        t->cost_per_hour = t->cost_total / (span / (double)SIM_HOUR);
    }
    c->finished = true;
}

const scope_totals *cluster_measure_totals(const cluster_measure *c, uint32_t scope_index)
{
    CHECK(c->finished && scope_index < c->scope_count);
    return &c->scope[scope_index].totals;
}
