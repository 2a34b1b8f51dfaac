#include "models/workload/arrivals.h"
#include "models/ecs/run_task.h"
#include "models/phase.h"
#include <stdio.h>

#define COPIES_MAX 10 /* of one call (E87) */

typedef struct {
    const arrival_config *config;
    uint32_t interval_purpose, placement_purpose;
    uint64_t calls;    /* made so far */
    uint32_t next_row; /* of a trace */
} arrival_source;

struct arrivals {
    ecs *ecs;
    arrival_source *sources; /* by index in the config */
};

static void due(engine *eng, void *context, uint64_t index);

/* The interval before the next call. */
static sim_time interval(const ecs *e, const arrival_source *s)
{
    random_stream stream = {0};
    if (s->config->every.kind != DISTRIBUTION_CONSTANT)
        stream = random_stream_at(e->random, s->interval_purpose, (uint32_t)s->calls);
    sim_time us = distribution_draw_us(&s->config->every, &stream);
    return us > 0 ? us : 1;
}

static void schedule(ecs *e, uint32_t index, sim_time after_us)
{
    const arrival_source *s = &e->arrivals->sources[index];
    const arrival_config *c = s->config;
    sim_time at = SIM_NEVER;
    if (c->is_trace) {
        if (s->next_row < c->row_count) at = c->rows[s->next_row].at_us;
    } else if (s->calls < c->limit) {
        at = after_us + interval(e, s);
        if (at > c->until_us) at = SIM_NEVER;
    }
    if (at <= SIM_RUN_MAX) engine_schedule(e->eng, at, PHASE_TIMELINE, due, index);
}

static void call(ecs *e, arrival_source *s, const run_task_order *order)
{
    random_stream stream = random_stream_at(e->random, s->placement_purpose, (uint32_t)s->calls++);
    run_task(e, order, &stream);
}

/* All rows of this instant. */
static void call_rows(ecs *e, arrival_source *s)
{
    const arrival_config *c = s->config;
    sim_time now = engine_now(e->eng);
    for (; s->next_row < c->row_count && c->rows[s->next_row].at_us == now; s->next_row++) {
        const arrival_row *row = &c->rows[s->next_row];
        for (uint32_t left = row->count; left > 0;) {
            uint32_t copies = left < COPIES_MAX ? left : COPIES_MAX;
            run_task_order order = {&c->call, row->task_definition, copies, row->run_time_us};
            call(e, s, &order);
            left -= copies;
        }
    }
}

static void due(engine *eng, void *context, uint64_t index)
{
    ecs *e = context;
    arrival_source *s = &e->arrivals->sources[index];
    const run_task_call *one = &s->config->call;
    if (s->config->is_trace) {
        call_rows(e, s);
    } else {
        run_task_order order = {one, one->task_definition, one->count, SIM_NEVER};
        call(e, s, &order);
    }
    schedule(e, (uint32_t)index, engine_now(eng));
}

arrivals *arrivals_create(ecs *e)
{
    arrivals *a = ARENA_NEW(e->arena, arrivals);
    a->ecs = e;
    a->sources = ARENA_ARRAY(e->arena, e->cfg->arrival_count + 1, arrival_source);
    for (uint32_t i = 0; i < e->cfg->arrival_count; i++) {
        const arrival_config *c = &e->cfg->arrivals[i];
        char name[600];
        a->sources[i].config = c;
        snprintf(name, sizeof name, "arrivals/%s", c->name);
        a->sources[i].interval_purpose = random_purpose(name);
        snprintf(name, sizeof name, "runTask/%s", c->name);
        a->sources[i].placement_purpose = random_purpose(name);
    }
    return a;
}

void arrivals_start(arrivals *a)
{
    for (uint32_t i = 0; i < a->ecs->cfg->arrival_count; i++)
        schedule(a->ecs, i, a->ecs->cfg->arrivals[i].from_us);
}
