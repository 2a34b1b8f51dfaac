#include "results/cost_measure.h"
#include "results/long_sum.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <math.h>
#include <stdlib.h>

#define NANO_USD 1e9

typedef struct {
    uint32_t service; /* NO_INDEX: standalone tasks */
    int64_t nano_usd_per_hour;
} owner_share;

typedef struct {
    bool registered, unpriced;
    int64_t nano_usd_per_hour;
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

static void settle_fargate(const cost_measure *c, service_cost_state *s, sim_time now_us)
{
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

/* The larger of its shares of CPU and memory. */
static double share_of(const instance_sample *sample, const instance_owner *o)
{
    double cpu =
        sample->cpu_registered > 0 ? (double)o->cpu_units / (double)sample->cpu_registered : 0;
    double memory = sample->memory_registered > 0
                        ? (double)o->memory_mib / (double)sample->memory_registered
                        : 0;
    return cpu > memory ? cpu : memory;
}

/* The last one gets what rounding leaves, so that the price is paid to the last digit. */
static void divide(instance_cost *i, const instance_sample *sample, const instance_owner *owners,
                   uint32_t count)
{
    if (count > i->owner_room) {
        i->owner_room = 2 * count;
        i->owner = memory_resize(i->owner, i->owner_room, sizeof *i->owner);
    }
    double sum = 0;
    for (uint32_t k = 0; k < count; k++)
        sum += share_of(sample, &owners[k]);
    int64_t left = i->nano_usd_per_hour;
    for (uint32_t k = 0; k < count; k++) {
        double share = sum > 0 ? share_of(sample, &owners[k]) / sum : 1.0 / count;
        int64_t part = (int64_t)floor((double)i->nano_usd_per_hour * share);
        if (k + 1 == count || part > left) part = left;
        i->owner[k] = (owner_share){owners[k].service, part};
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
    apply(c, i, -1);
    i->registered = sample->registered;
    i->unpriced = isnan(sample->price_usd_per_hour);
    i->nano_usd_per_hour =
        i->unpriced ? 0 : (int64_t)llround(sample->price_usd_per_hour * NANO_USD);
    divide(i, sample, owners, owner_count);
    apply(c, i, 1);
}

void cost_measure_service(cost_measure *c, sim_time now_us, uint32_t service,
                          const service_sample *sample)
{
    CHECK(service < c->service_count);
    service_cost_state *s = &c->service[service];
    settle_fargate(c, s, now_us);
    s->on_fargate = sample->fargate_nano_usd_per_hour;
    s->extra_usd = sample->fargate_extra_usd;
    if (now_us < c->warmup_us) s->extra_before_usd = s->extra_usd;
}

void cost_measure_finish(cost_measure *c, sim_time end_us)
{
    advance(c, end_us);
    for (uint32_t i = 0; i < c->service_count; i++) {
        service_cost_state *s = &c->service[i];
        settle_instances(c, s);
        settle_fargate(c, s, end_us);
        double rates =
            (long_sum_get(&s->instances) + long_sum_get(&s->fargate)) / NANO_USD / (double)SIM_HOUR;
        bool none = s->unpriced || end_us <= c->warmup_us;
        s->cost.total = none ? NAN : rates + (s->extra_usd - s->extra_before_usd);
    }
    c->finished = true;
}

const service_cost *cost_measure_service_cost(const cost_measure *c, uint32_t service)
{
    CHECK(c->finished && service < c->service_count);
    return &c->service[service].cost;
}
