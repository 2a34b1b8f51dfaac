#include "models/workload/queue.h"
#include "models/phase.h"
#include "models/workload/noise.h"
#include "sim/engine/check.h"
#include <stdlib.h>

/* Messages that arrived at one rate from an instant on; up to the next piece's, or now. */
typedef struct {
    double from_s, rate;
} piece;

typedef struct {
    queues *owner;
    const queue_config *config;
    rate_series series; /* with its noise; then its own */
    uint32_t step;      /* whose rate holds */
    double rate;        /* arrivals a second */
    uint32_t workers;
    sim_time since_us; /* up to where all below is brought */
    double messages, offered, served;
    double oldest_s; /* arrival of the oldest one; only with a backlog */
    piece *pieces;   /* ring: those that hold unserved messages, oldest first */
    uint32_t head, count, room;
    event_handle next_step, next_line;
} queue;

struct queues {
    engine *eng;
    notifier *notifier;
    queue *queues;
    uint32_t count;
};

static double seconds_of(sim_time us)
{
    return (double)us / (double)SIM_SECOND;
}

static double service_rate(const queue *q)
{
    return q->workers * q->config->messages_per_worker;
}

static piece *piece_at(const queue *q, uint32_t i)
{
    return &q->pieces[(q->head + i) % q->room];
}

/* ---- first in, first out ---- */

/* From now on messages arrive at this rate. */
static void begin_piece(queue *q, double now_s)
{
    if (q->count > 0 && piece_at(q, q->count - 1)->from_s >= now_s)
        q->count--; /* replaced at once */
    if (q->count == q->room) {
        uint32_t room = q->room ? 2 * q->room : 4;
        piece *grown = memory_alloc(room, sizeof *grown);
        for (uint32_t i = 0; i < q->count; i++)
            grown[i] = *piece_at(q, i);
        free(q->pieces);
        q->pieces = grown;
        q->head = 0;
        q->room = room;
    }
    q->count++;
    *piece_at(q, q->count - 1) = (piece){now_s, q->rate};
}

static void drop_oldest_piece(queue *q)
{
    q->head = (q->head + 1) % q->room;
    q->count--;
}

/* The oldest messages, `amount` of them, have been served by now. */
static void move_oldest(queue *q, double amount, double now_s)
{
    while (q->count > 0) {
        const piece *p = piece_at(q, 0);
        double end_s = q->count > 1 ? piece_at(q, 1)->from_s : now_s;
        double there = p->rate * (end_s - q->oldest_s);
        if (amount < there) {
            q->oldest_s += amount / p->rate;
            return;
        }
        amount -= there;
        q->oldest_s = end_s;
        if (q->count == 1) return;
        drop_oldest_piece(q);
    }
}

/* Nobody waits: what arrives from now on is the oldest there is. */
static void empty(queue *q, double now_s)
{
    q->messages = 0;
    q->oldest_s = now_s;
    while (q->count > 1)
        drop_oldest_piece(q);
    if (q->count > 0) piece_at(q, 0)->from_s = now_s;
}

/* ---- lines ---- */

static bool has_backlog(const queue *q)
{
    return q->messages > 0 || q->rate > service_rate(q);
}

/* Brings the state to now. */
static void advance(queue *q, sim_time now_us)
{
    double span = seconds_of(now_us - q->since_us), now_s = seconds_of(now_us);
    double arrived = q->rate * span, served = service_rate(q) * span;
    q->since_us = now_us;
    q->offered += arrived;
    if (!has_backlog(q)) {
        q->served += arrived;
        q->oldest_s = now_s;
        return;
    }
    if (served > q->messages + arrived) served = q->messages + arrived;
    q->served += served;
    q->messages += arrived - served;
    move_oldest(q, served, now_s);
}

/* Seconds until the line bends: the queue is empty, or its oldest message is of the next piece; < 0: never. */
static double until_bend(const queue *q)
{
    double service = service_rate(q), bend = -1;
    if (q->messages > 0 && service > q->rate) bend = q->messages / (service - q->rate);
    if (q->messages > 0 && service > 0 && q->count > 1) {
        double ahead = piece_at(q, 0)->rate * (piece_at(q, 1)->from_s - q->oldest_s) / service;
        if (bend < 0 || ahead < bend) bend = ahead;
    }
    return bend;
}

static void line_bends(engine *eng, void *context, uint64_t subject);

static void plan_bend(queue *q)
{
    engine *eng = q->owner->eng;
    double seconds = until_bend(q);
    engine_cancel(eng, &q->next_line);
    if (seconds < 0 || seconds > seconds_of(SIM_RUN_MAX)) return;
    sim_time after_us = (sim_time)(seconds * (double)SIM_SECOND);
    after_us += seconds_of(after_us) < seconds; /* not before it */
    if (after_us < 1) after_us = 1;
    q->next_line = engine_schedule(eng, engine_now(eng) + after_us, PHASE_DURATION, line_bends,
                                   (uint64_t)(uintptr_t)q);
}

static void new_line(queue *q)
{
    plan_bend(q);
    notify_changed(q->owner->notifier, CHANGED_QUEUE, (uint32_t)(q - q->owner->queues));
}

static void line_bends(engine *eng, void *context, uint64_t subject)
{
    (void)context;
    queue *q = (queue *)(uintptr_t)subject;
    advance(q, engine_now(eng));
    /* what a microsecond of rounding leaves of a message is none */
    if (service_rate(q) > q->rate && q->messages <= (service_rate(q) - q->rate) * 1e-6)
        empty(q, seconds_of(engine_now(eng)));
    new_line(q);
}

/* ---- changes ---- */

static void set_rate(queue *q, double per_second)
{
    sim_time now_us = engine_now(q->owner->eng);
    advance(q, now_us);
    q->rate = per_second;
    if (q->messages <= 0) empty(q, seconds_of(now_us));
    begin_piece(q, seconds_of(now_us));
    new_line(q);
}

static void step_is_due(engine *eng, void *context, uint64_t subject)
{
    (void)context;
    queue *q = (queue *)(uintptr_t)subject;
    const rate_series *series = &q->series;
    q->step++;
    set_rate(q, series->steps[q->step].per_second);
    if (q->step + 1 < series->step_count)
        q->next_step = engine_schedule(eng, series->steps[q->step + 1].at_us, PHASE_TIMELINE,
                                       step_is_due, subject);
}

void queues_work(queues *q, uint32_t service, uint32_t running)
{
    for (uint32_t i = 0; i < q->count; i++) {
        queue *one = &q->queues[i];
        if (one->config->service != service || one->workers == running) continue;
        advance(one, engine_now(q->eng));
        one->workers = running;
        new_line(one);
    }
}

/* ---- the whole ---- */

queues *queues_create(const model_config *cfg, random_source random, engine *eng, notifier *n,
                      arena *a)
{
    queues *q = memory_alloc(1, sizeof *q);
    *q = (queues){.eng = eng, .notifier = n, .count = cfg->queue_count};
    q->queues = ARENA_ARRAY(a, cfg->queue_count + 1, queue);
    for (uint32_t i = 0; i < q->count; i++) {
        const queue_config *config = &cfg->queues[i];
        q->queues[i] = (queue){.owner = q, .config = config, .series = config->rate};
        if (config->noise.noise_count > 0)
            q->queues[i].series = noise_apply(&config->noise, random, cfg->duration_us);
    }
    return q;
}

void queues_destroy(queues *q)
{
    if (!q) return;
    for (uint32_t i = 0; i < q->count; i++) {
        free(q->queues[i].pieces);
        if (q->queues[i].config->noise.noise_count > 0) free(q->queues[i].series.steps);
    }
    free(q);
}

void queues_start(queues *q)
{
    for (uint32_t i = 0; i < q->count; i++) {
        queue *one = &q->queues[i];
        const rate_series *series = &one->series;
        while (one->step + 1 < series->step_count && series->steps[one->step + 1].at_us <= 0)
            one->step++;
        set_rate(one, series->step_count > 0 ? series->steps[one->step].per_second : 0);
        if (one->step + 1 < series->step_count)
            one->next_step = engine_schedule(q->eng, series->steps[one->step + 1].at_us,
                                             PHASE_TIMELINE, step_is_due, (uint64_t)(uintptr_t)one);
    }
}

void queues_sample(const queues *q, uint32_t index, queue_sample *out)
{
    const queue *one = &q->queues[index];
    double span = seconds_of(engine_now(q->eng) - one->since_us), service = service_rate(one);
    bool waits = has_backlog(one);
    double oldest_rate = one->count > 0 ? piece_at(one, 0)->rate : 0;
    *out = (queue_sample){.workers = one->workers,
                          .offered = one->offered + one->rate * span,
                          .served = one->served + (waits ? service : one->rate) * span};
    if (!waits) return;
    out->messages_slope = one->rate - service;
    out->age_slope = 1 - (oldest_rate > 0 ? service / oldest_rate : 0);
    out->messages = one->messages + out->messages_slope * span;
    out->age = one->messages > 0 ? seconds_of(one->since_us) - one->oldest_s : 0;
    out->age += out->age_slope * span;
}
