#include "results/cost_measure.h"
#include "results/long_sum.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <math.h>
#include <stdlib.h>

#define NANO_USD      1e9
#define BYTES_PER_MIB 1048576.0

/* USD an hour at `hours` after t = 0: at_zero + growth x hours. */
typedef struct {
    double at_zero, growth;
} idle_line;

typedef struct {
    uint32_t service; /* NO_INDEX: standalone tasks */
    int64_t nano_usd_per_hour;
    bool told;       /* a behavior tells how much it uses of what it pays by … */
    bool by_cpu;     /* … which is CPU, of which tasks that tell reserve so much … */
    double cpu_told; /* … in 1 / CPU_FINE units … */
    idle_line idle;  /* … and this is what it does not use; nothing where that is below 0 */
} owner_share;

typedef struct {
    bool registered, unpriced;
    int64_t nano_usd_per_hour;
    int64_t cpu_registered, memory_registered;
    double usd_per_cpu; /* an hour, of 1 / CPU_FINE units */
    sim_time since_us;  /* its owners' idle lines are summed up until then */
    owner_share *owner;
    uint32_t owner_count, owner_room;
} instance_cost;

typedef struct {
    int64_t on_instances; /* 10^-9 USD an hour, before empty instances are spread */
    uint32_t held;        /* instances that it reserves on */
    double factor_us;     /* of the measure, when on_instances changed last */
    double unpriced_us;   /* likewise */
    int64_t on_fargate;
    sim_time fargate_since_us;
    double extra_usd, extra_before_usd; /* so far; before the warm-up's end */
    long_sum instances, fargate;        /* 10^-9 USD an hour times microseconds */
    fargate_idle idle_on_fargate;
    long_sum idle; /* USD */
    bool idle_known;
    bool unpriced;
    service_cost cost;
} service_cost_state;

struct cost_measure {
    sim_time warmup_us, since_us;
    instance_cost *instance;
    uint32_t instance_count;
    service_cost_state *service;
    uint32_t service_count;
    int64_t all,
        owned; /* prices of the registered instances, and of those that somebody reserves on */
    uint32_t unpriced;
    long_sum factor_us; /* integral of all / owned */
    double unpriced_us; /* time with an instance without a price */
    bool finished;
};

cost_measure *cost_measure_create(sim_time warmup_us, uint32_t service_count)
{
    cost_measure *c = memory_alloc(1, sizeof *c);
    c->warmup_us = warmup_us;
    c->service_count = service_count;
    c->service = memory_alloc(service_count ? service_count : 1, sizeof *c->service);
    return c;
}

void cost_measure_destroy(cost_measure *c)
{
    if (!c) return;
    for (uint32_t i = 0; i < c->instance_count; i++)
        free(c->instance[i].owner);
    free(c->instance);
    free(c->service);
    free(c);
}

/* Measured time between two instants. */
static double span_us(const cost_measure *c, sim_time from_us, sim_time to_us)
{
    if (from_us < c->warmup_us) from_us = c->warmup_us;
    return to_us > from_us ? (double)(to_us - from_us) : 0;
}

/* The prices held until now. */
static void advance(cost_measure *c, sim_time now_us)
{
    CHECK(now_us >= c->since_us && !c->finished);
    double span = span_us(c, c->since_us, now_us);
    c->since_us = now_us;
    if (c->owned > 0) long_sum_add(&c->factor_us, (double)c->all / (double)c->owned * span);
    if (c->unpriced > 0) c->unpriced_us += span;
}

/* The service's share of the instances held until now. */
static void settle_instances(const cost_measure *c, service_cost_state *s)
{
    double factor_us = long_sum_get(&c->factor_us);
    long_sum_add(&s->instances, (double)s->on_instances * (factor_us - s->factor_us));
    s->factor_us = factor_us;
    if (s->held > 0 && c->unpriced_us > s->unpriced_us) s->unpriced = true;
    s->unpriced_us = c->unpriced_us;
}

/* The integral over [from, to] of what of the line is above 0, in USD. */
static double idle_usd(idle_line l, sim_time from_us, sim_time to_us)
{
    const double span_h = (double)(to_us - from_us) / (double)SIM_HOUR;
    if (l.growth == 0) return l.at_zero > 0 ? l.at_zero * span_h : 0;
    const double from_h = (double)from_us / (double)SIM_HOUR;
    const double to_h = (double)to_us / (double)SIM_HOUR;
    const double first = l.at_zero + l.growth * from_h, last = l.at_zero + l.growth * to_h;
    if (first >= 0 && last >= 0) return (first + last) / 2 * span_h;
    const double above = first > last ? first : last;
    return above > 0 ? above * above / 2 / fabs(l.growth) : 0;
}

/* What the owners of the instance did not use until now. */
static void settle_idle(cost_measure *c, instance_cost *i, sim_time now_us)
{
    const sim_time from_us = i->since_us > c->warmup_us ? i->since_us : c->warmup_us;
    i->since_us = now_us;
    if (!i->registered || from_us >= now_us) return;
    for (uint32_t k = 0; k < i->owner_count; k++) {
        const owner_share *o = &i->owner[k];
        if (!o->told || o->service == NO_INDEX) continue;
        c->service[o->service].idle_known = true;
        long_sum_add(&c->service[o->service].idle, idle_usd(o->idle, from_us, now_us));
    }
}

static void settle_fargate(const cost_measure *c, service_cost_state *s, sim_time now_us)
{
    const sim_time from_us =
        s->fargate_since_us > c->warmup_us ? s->fargate_since_us : c->warmup_us;
    if (s->idle_on_fargate.tasks > 0 && now_us > from_us) {
        const idle_line idle = {(double)s->idle_on_fargate.at_zero_nano_usd_per_hour / NANO_USD,
                                (double)s->idle_on_fargate.growth_per_hour / NANO_USD};
        s->idle_known = true;
        long_sum_add(&s->idle, idle_usd(idle, from_us, now_us));
    }
    long_sum_add(&s->fargate, (double)s->on_fargate * span_us(c, s->fargate_since_us, now_us));
    s->fargate_since_us = now_us;
}

static void charge(cost_measure *c, const owner_share *o, int sign)
{
    if (o->service == NO_INDEX) return;
    service_cost_state *s = &c->service[o->service];
    settle_instances(c, s);
    s->on_instances += sign * o->nano_usd_per_hour;
    s->held += (uint32_t)sign;
}

/* Adds the instance to the sums, or takes it away (sign -1). */
static void apply(cost_measure *c, const instance_cost *i, int sign)
{
    if (!i->registered) return;
    c->unpriced += i->unpriced ? (uint32_t)sign : 0;
    c->all += sign * i->nano_usd_per_hour;
    if (i->owner_count > 0) c->owned += sign * i->nano_usd_per_hour;
    for (uint32_t k = 0; k < i->owner_count; k++)
        charge(c, &i->owner[k], sign);
}

static double part_of(int64_t part, int64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : 0;
}

/* The larger of its shares of CPU and memory. */
static double share_of(const instance_cost *i, const instance_owner *o)
{
    const double cpu = part_of(o->cpu_units, i->cpu_registered);
    const double memory = part_of(o->memory_mib, i->memory_registered);
    return cpu > memory ? cpu : memory;
}

static idle_line idle_of_cpu(const instance_cost *i, const owner_share *share, int64_t cpu_used)
{
    return (idle_line){i->usd_per_cpu * (share->cpu_told - (double)cpu_used), 0};
}

/* Of each owner, what it does not use: of the part of the price that its reservation stands for, which
 * is less than its share where the shares come to more than the instance. */
static void find_idle(instance_cost *i, const instance_owner *owners, uint32_t count)
{
    double sum = 0;
    for (uint32_t k = 0; k < count; k++)
        sum += share_of(i, &owners[k]);
    const double price = (double)i->nano_usd_per_hour / NANO_USD / (sum > 1 ? sum : 1);
    i->usd_per_cpu = i->cpu_registered > 0 ? price / (double)i->cpu_registered / CPU_FINE : 0;
    for (uint32_t k = 0; k < count; k++) {
        const instance_owner *o = &owners[k];
        owner_share *share = &i->owner[k];
        CHECK(share->service == o->service);
        if (part_of(o->cpu_units, i->cpu_registered) >=
            part_of(o->memory_mib, i->memory_registered)) {
            share->told = o->cpu_told > 0;
            share->by_cpu = true;
            share->cpu_told = (double)o->cpu_told * CPU_FINE;
            share->idle = idle_of_cpu(i, share, o->cpu_used);
        } else {
            const double each = price / (double)i->memory_registered / BYTES_PER_MIB;
            share->told = o->memory_told > 0;
            share->idle = (idle_line){each * ((double)o->memory_told * BYTES_PER_MIB -
                                              (double)o->memory_used.at_zero_bytes),
                                      -each * (double)o->memory_used.bytes_per_hour};
        }
    }
}

/* The last one gets what rounding leaves, so that the price is paid to the last digit. */
static void divide(instance_cost *i, const instance_owner *owners, uint32_t count)
{
    if (count > i->owner_room) {
        i->owner_room = 2 * count;
        i->owner = memory_resize(i->owner, i->owner_room, sizeof *i->owner);
    }
    double sum = 0;
    for (uint32_t k = 0; k < count; k++)
        sum += share_of(i, &owners[k]);
    int64_t left = i->nano_usd_per_hour;
    for (uint32_t k = 0; k < count; k++) {
        double share = sum > 0 ? share_of(i, &owners[k]) / sum : 1.0 / count;
        int64_t part = (int64_t)floor((double)i->nano_usd_per_hour * share);
        if (k + 1 == count || part > left) part = left;
        i->owner[k] = (owner_share){.service = owners[k].service, .nano_usd_per_hour = part};
        left -= part;
    }
    i->owner_count = count;
}

void cost_measure_instance(cost_measure *c, sim_time now_us, uint32_t index,
                           const instance_sample *sample, const instance_owner *owners,
                           uint32_t owner_count)
{
    if (index >= c->instance_count) {
        uint32_t count = index + 1 > 2 * c->instance_count ? index + 1 : 2 * c->instance_count;
        c->instance = memory_resize(c->instance, count, sizeof *c->instance);
        for (uint32_t i = c->instance_count; i < count; i++)
            c->instance[i] = (instance_cost){0};
        c->instance_count = count;
    }
    advance(c, now_us);
    instance_cost *i = &c->instance[index];
    settle_idle(c, i, now_us);
    apply(c, i, -1);
    i->cpu_registered = sample->cpu_registered;
    i->memory_registered = sample->memory_registered;
    i->registered = sample->registered;
    i->unpriced = isnan(sample->price_usd_per_hour);
    i->nano_usd_per_hour =
        i->unpriced ? 0 : (int64_t)llround(sample->price_usd_per_hour * NANO_USD);
    divide(i, owners, owner_count);
    find_idle(i, owners, owner_count);
    apply(c, i, 1);
}

void cost_measure_use(cost_measure *c, sim_time now_us, uint32_t index,
                      const instance_owner *owners, uint32_t owner_count)
{
    if (index >= c->instance_count || !c->instance[index].registered) return;
    instance_cost *i = &c->instance[index];
    CHECK(owner_count == i->owner_count);
    settle_idle(c, i, now_us);
    for (uint32_t k = 0; k < owner_count; k++) {
        owner_share *share = &i->owner[k];
        CHECK(share->service == owners[k].service);
        if (share->by_cpu) share->idle = idle_of_cpu(i, share, owners[k].cpu_used);
    }
}

void cost_measure_service(cost_measure *c, sim_time now_us, uint32_t service,
                          const service_sample *sample)
{
    CHECK(service < c->service_count);
    service_cost_state *s = &c->service[service];
    settle_fargate(c, s, now_us);
    s->on_fargate = sample->fargate_nano_usd_per_hour;
    s->idle_on_fargate = sample->fargate_idle;
    s->extra_usd = sample->fargate_extra_usd;
    if (now_us < c->warmup_us) s->extra_before_usd = s->extra_usd;
}

void cost_measure_finish(cost_measure *c, sim_time end_us)
{
    advance(c, end_us);
    for (uint32_t i = 0; i < c->instance_count; i++)
        settle_idle(c, &c->instance[i], end_us);
    for (uint32_t i = 0; i < c->service_count; i++) {
        service_cost_state *s = &c->service[i];
        settle_instances(c, s);
        settle_fargate(c, s, end_us);
        double rates =
            (long_sum_get(&s->instances) + long_sum_get(&s->fargate)) / NANO_USD / (double)SIM_HOUR;
        bool none = s->unpriced || end_us <= c->warmup_us;
        s->cost.idle = none || !s->idle_known ? NAN : long_sum_get(&s->idle);
        s->cost.total = none ? NAN : rates + (s->extra_usd - s->extra_before_usd);
    }
    c->finished = true;
}

const service_cost *cost_measure_service_cost(const cost_measure *c, uint32_t service)
{
    CHECK(c->finished && service < c->service_count);
    return &c->service[service].cost;
}
