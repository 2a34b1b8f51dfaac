#include "models/workload/noise.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <stdlib.h>

/* A noise whose period k holds. */
typedef struct {
    uint32_t purpose;
    int64_t k;
    double factor;
} drawn_noise;

typedef struct {
    const rate_noises *of;
    random_source random;
    drawn_noise *noises;
    uint32_t *steps; /* by part: the one that holds */
    rate_series out;
    size_t room;
} noisy;

static void draw(noisy *y, uint32_t i, sim_time now_us)
{
    const rate_noise *noise = &y->of->noises[i];
    drawn_noise *now = &y->noises[i];
    const int64_t k = now_us / noise->period_us;
    if (now->k == k) return;
    random_stream s = random_stream_at(y->random, now->purpose, (uint32_t)k);
    now->k = k;
    now->factor = distribution_draw(&noise->factor, &s);
}

static double part_rate(noisy *y, uint32_t p, sim_time now_us, sim_time *next_us)
{
    const rate_part *part = &y->of->parts[p];
    const rate_series *series = &part->series;
    uint32_t *step = &y->steps[p];
    while (*step + 1 < series->step_count && series->steps[*step + 1].at_us <= now_us)
        ++*step;
    if (*step + 1 < series->step_count && series->steps[*step + 1].at_us < *next_us)
        *next_us = series->steps[*step + 1].at_us;
    double rate = series->steps[*step].per_second;
    for (uint32_t i = part->noise; i != NO_INDEX; i = y->of->noises[i].outer)
        rate *= y->noises[i].factor;
    return rate;
}

static void push(noisy *y, sim_time at_us, double per_second)
{
    rate_series *out = &y->out;
    if (out->step_count == y->room) {
        y->room = y->room ? 2 * y->room : 64;
        out->steps = memory_resize(out->steps, y->room, sizeof *out->steps);
    }
    out->steps[out->step_count++] = (rate_step){at_us, per_second};
}

rate_series noise_apply(const rate_noises *n, random_source random, sim_time duration_us)
{
    noisy y = {.of = n, .random = random};
    CHECK(n->noise_count > 0 && n->part_count > 0);
    y.noises = memory_alloc(n->noise_count, sizeof *y.noises);
    y.steps = memory_alloc(n->part_count, sizeof *y.steps);
    for (uint32_t i = 0; i < n->noise_count; i++)
        y.noises[i] = (drawn_noise){.purpose = random_purpose(n->noises[i].name), .k = -1};
    for (sim_time now_us = 0; now_us <= duration_us;) {
        sim_time next_us = SIM_NEVER;
        double rate = 0;
        for (uint32_t i = 0; i < n->noise_count; i++) {
            const sim_time period_us = n->noises[i].period_us;
            draw(&y, i, now_us);
            const sim_time end_us = (now_us / period_us + 1) * period_us;
            if (end_us < next_us) next_us = end_us;
        }
        for (uint32_t p = 0; p < n->part_count; p++)
            rate += part_rate(&y, p, now_us, &next_us);
        push(&y, now_us, rate);
        now_us = next_us;
    }
    free(y.noises);
    free(y.steps);
    return y.out;
}
