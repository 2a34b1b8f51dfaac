#include "results/queue_measure.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <math.h>
#include <stdlib.h>

/* The age went from `low` to `high`, or back, in so many seconds. */
typedef struct {
    double low, high, seconds;
} age_span;

struct queue_measure {
    sim_time warmup_us, now_us;
    queue_sample sample; /* its line begins at now_us */
    bool seen, waits;
    sim_time waits_since_us;
    age_span *spans;
    size_t span_count, span_room;
    queue_totals totals;
    bool finished;
};

queue_measure *queue_measure_create(sim_time warmup_us)
{
    queue_measure *q = memory_alloc(1, sizeof *q);
    q->warmup_us = warmup_us;
    q->totals = (queue_totals){NAN, NAN, NAN, NAN};
    return q;
}

void queue_measure_destroy(queue_measure *q)
{
    if (!q) return;
    free(q->spans);
    free(q);
}

static double seconds_of(sim_time us)
{
    return (double)us / (double)SIM_SECOND;
}

static void keep_higher(double *highest, double value)
{
    if (isnan(*highest) || value > *highest) *highest = value;
}

static void add_span(queue_measure *q, double low, double high, double seconds)
{
    if (q->span_count > 0) { /* a level line that goes on is one span */
        age_span *last = &q->spans[q->span_count - 1];
        if (!(low < high) && !(last->low < last->high) && last->low == low) {
            last->seconds += seconds;
            return;
        }
    }
    if (q->span_count == q->span_room) {
        q->span_room = q->span_room ? 2 * q->span_room : 64;
        q->spans = memory_resize(q->spans, q->span_room, sizeof *q->spans);
    }
    q->spans[q->span_count++] = (age_span){low, high, seconds};
}

static void end_spell(queue_measure *q, sim_time now_us)
{
    const sim_time from_us = q->waits_since_us > q->warmup_us ? q->waits_since_us : q->warmup_us;
    keep_higher(&q->totals.drained_seconds, now_us > from_us ? seconds_of(now_us - from_us) : 0);
}

/* The line that holds, up to now; what lies before the warmup's end is left out. */
static void advance(queue_measure *q, sim_time now_us)
{
    const sim_time from_us = q->now_us > q->warmup_us ? q->now_us : q->warmup_us;
    if (q->seen && now_us > from_us) {
        const double before = seconds_of(from_us - q->now_us), span = seconds_of(now_us - from_us);
        const queue_sample *s = &q->sample;
        const double first = s->age + s->age_slope * before, last = first + s->age_slope * span;
        const double low = first < last ? first : last, high = first < last ? last : first;
        add_span(q, low > 0 ? low : 0, high > 0 ? high : 0, span);
        keep_higher(&q->totals.age_max, high > 0 ? high : 0);
        const double messages = s->messages + s->messages_slope * before;
        keep_higher(&q->totals.backlog_peak, messages > 0 ? messages : 0);
        keep_higher(&q->totals.backlog_peak, messages + s->messages_slope * span);
    }
    q->now_us = now_us;
}

void queue_measure_sample(queue_measure *q, sim_time now_us, const queue_sample *sample)
{
    CHECK(now_us >= q->now_us);
    advance(q, now_us);
    const bool waits = sample->messages > 0 || sample->messages_slope > 0;
    if (waits && !q->waits) q->waits_since_us = now_us;
    if (!waits && q->waits) end_spell(q, now_us);
    q->waits = waits;
    q->sample = *sample;
    q->seen = true;
}

/* Seconds at which the age was at most this. */
static double seconds_below(const queue_measure *q, double age)
{
    double sum = 0;
    for (size_t i = 0; i < q->span_count; i++) {
        const age_span *s = &q->spans[i];
        if (age >= s->high)
            sum += s->seconds;
        else if (age > s->low)
            sum += s->seconds * (age - s->low) / (s->high - s->low);
    }
    return sum;
}

/* The least age that the share of the time does not exceed: bisection on a monotone function. */
static double quantile(const queue_measure *q, double share)
{
    double low = 0, high = q->totals.age_max;
    const double wanted = share * seconds_below(q, high);
    if (q->span_count == 0) return NAN;
    if (seconds_below(q, 0) >= wanted) return 0;
    for (int i = 0; i < 60; i++) {
        const double middle = low + (high - low) / 2;
        *(seconds_below(q, middle) >= wanted ? &high : &low) = middle;
    }
    return high;
}

void queue_measure_finish(queue_measure *q, sim_time end_us)
{
    CHECK(!q->finished);
    advance(q, end_us);
    if (q->waits)
        q->totals.drained_seconds = NAN;
    else if (isnan(q->totals.drained_seconds) && q->span_count > 0)
        q->totals.drained_seconds = 0;
    q->totals.age_p95 = quantile(q, 0.95);
    q->finished = true;
}

const queue_totals *queue_measure_totals(const queue_measure *q)
{
    CHECK(q->finished);
    return &q->totals;
}
