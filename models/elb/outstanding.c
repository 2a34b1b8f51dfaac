#include "models/elb/outstanding.h"
#include "models/workload/latency.h"
#include "sim/engine/check.h"
#include <math.h>

#define TOLERANCE  1e-10
#define ROUNDS_MAX 100

/* ---- the root of a rising function ---- */

typedef double rising(const void *context, double x);

/* Between low, where f is at most 0, and high, where it is at least 0. */
static double root(rising *f, const void *context, double low, double high)
{
    double at_low = f(context, low), at_high = f(context, high);
    int side = 0;
    if (at_low >= 0) return low;
    if (at_high <= 0) return high;
    for (int i = 0; i < ROUNDS_MAX && high - low > TOLERANCE * high; i++) {
        double x = (low * at_high - high * at_low) / (at_high - at_low);
        if (!(x > low && x < high) || i % 8 == 7) x = (low + high) / 2;
        const double at_x = f(context, x);
        if (at_x >= 0) {
            high = x;
            at_high = at_x;
            if (side > 0) at_low /= 2;
            side = 1;
        } else {
            low = x;
            at_low = at_x;
            if (side < 0) at_high /= 2;
            side = -1;
        }
    }
    return high;
}

/* ---- one target ---- */

static double stay_s(const outstanding_class *c, double lateness)
{
    double sum = 0;
    for (uint32_t f = 0; f < c->flow_count; f++) {
        const double stays = c->stays_s[f] * lateness;
        sum += c->mix[f] * (stays < c->limits_s[f] ? stays : c->limits_s[f]);
    }
    return sum;
}

static double lateness_at(const outstanding_class *c, double rate)
{
    if (!(c->cpu_seconds > 0)) return 1;
    const double load = rate * c->cpu_seconds;
    return latency_lateness(1, c->cpu_share, load > 0 ? latency_stretch(load, c->vcpus) : 1);
}

double outstanding_in_flight(const outstanding_class *c, double rate)
{
    return rate * stay_s(c, lateness_at(c, rate));
}

/* What a target can serve. */
static double most(const outstanding_class *c)
{
    return c->cpu_seconds > 0 ? c->vcpus / c->cpu_seconds : INFINITY;
}

typedef struct {
    const outstanding_class *class;
    double level;
} excess;

static double above_level(const void *context, double rate)
{
    const excess *e = context;
    return outstanding_in_flight(e->class, rate) - e->level;
}

/* The rate at which a target holds so many, or all that it can serve. */
static double rate_at(const outstanding_class *c, double level)
{
    const double alone = level / stay_s(c, 1), full = most(c);
    if (!(c->cpu_seconds > 0)) return alone;
    return root(above_level, &(excess){c, level}, 0, alone < full ? alone : full);
}

/* ---- all of them ---- */

typedef struct {
    const outstanding_class *classes;
    uint32_t count;
    double rate;
} shortage;

static double above_rate(const void *context, double level)
{
    const shortage *s = context;
    double sum = 0;
    for (uint32_t i = 0; i < s->count; i++)
        sum += s->classes[i].targets * rate_at(&s->classes[i], level);
    return sum - s->rate;
}

/* A level at which all of the rate is taken; the rate is below what they can serve. */
static double upper_level(const shortage *s, double low)
{
    double high = low;
    for (int i = 0; i < 64 && above_rate(s, high) < 0; i++)
        high *= 2;
    return high;
}

void outstanding_balance(outstanding_class *classes, uint32_t count, double rate)
{
    double served = 0, speed = 0;
    CHECK(rate > 0 && count > 0);
    for (uint32_t i = 0; i < count; i++) {
        served += classes[i].targets * most(&classes[i]);
        speed += classes[i].targets / stay_s(&classes[i], 1);
    }
    if (rate >= served || count == 1) {
        for (uint32_t i = 0; i < count; i++)
            classes[i].rate =
                count == 1 ? rate / classes[i].targets : rate * (most(&classes[i]) / served);
        return;
    }
    const shortage s = {classes, count, rate};
    const double low = rate / speed; /* queueing only adds to it */
    const double level = root(above_rate, &s, low, upper_level(&s, low));
    for (uint32_t i = 0; i < count; i++)
        classes[i].rate = rate_at(&classes[i], level);
}
