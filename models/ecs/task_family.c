/* task_family.c - what the tasks of one definition have in common, and the numbers that each draws. */
#include "models/ecs/service.h"
#include "models/ecs/task_parts.h"
#include "models/workload/cpu_share.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

const distribution *container_request_seconds(const task_definition_config *d, uint32_t c)
{
    const container_behavior *b = &d->containers[c].behavior;
    return b->has_request_seconds ? &b->request_seconds : &d->request_seconds;
}

double container_error_rate(const task_definition_config *d, uint32_t c)
{
    const container_behavior *b = &d->containers[c].behavior;
    return b->has_error_rate ? b->error_rate : d->error_rate;
}

/* The mean decides when memory runs out, so the last digits of gamma functions must not matter. */
static double mean_seconds(const distribution *d)
{
    const double most = (double)SIM_RUN_MAX, mean_us = distribution_mean(d) * (double)SIM_SECOND;
    return (double)(sim_time)((mean_us < most ? mean_us : most) + 0.5) / (double)SIM_SECOND;
}

static cpu_use cpu_use_of(const task_definition_config *d, uint32_t c)
{
    const int32_t cpu = d->containers[c].cpu_units;
    return (cpu_use){.container = c,
                     .behavior = &d->containers[c].behavior.cpu,
                     .weight = cpu_share_weight(cpu),
                     .cap = d->windows ? cpu_share_windows_cap(cpu) : INFINITY};
}

void task_families_init(ecs *e)
{
    static const char *const draw_names[DRAW_COUNT] = {
        [DRAW_PROVISIONING] = "provisioning",
        [DRAW_IMAGE_PULL] = "imagePull",
        [DRAW_IMAGE_PULL_CACHED] = "imagePullCached",
        [DRAW_ACTIVATION] = "activation",
        [DRAW_STARTUP] = "startup",
        [DRAW_SHUTDOWN] = "shutdown",
        [DRAW_RUN_TIME] = "runTime",
        [DRAW_TIME_TO_CRASH] = "timeToCrash",
        [DRAW_START_FAILURE] = "startFailure",
    };
    static const char *const end_names[END_COUNT] = {
        [END_EXIT] = "exit",       [END_START_FAILED] = "exit",
        [END_OOM] = "oom",         [END_DEPENDENCY] = "dependency",
        [END_TIMEOUT] = "timeout",
    };
    const model_config *cfg = e->cfg;
    e->families = ARENA_ARRAY(e->arena, cfg->task_definition_count, task_family);
    /* One counter a family, found through the family's name. */
    struct family_counters {
        uint32_t number;
        capacity_counts capacity;
    } **counters = NULL;
    uint32_t counter_count = 0;
    for (uint32_t i = 0; i < cfg->task_definition_count; i++) {
        const task_definition_config *d = &cfg->task_definitions[i];
        task_family *f = &e->families[i];
        f->family = names_intern(e->names, d->family);
        f->owner = names_intern(e->names, arena_printf(e->arena, "family:%s", d->family));
        f->owner_hash = random_purpose(names_text(e->names, f->owner));
        f->cell = cell_pair(f->family, (uint64_t)d->revision);
        if (f->owner >= counter_count) {
            counters = memory_resize(counters, f->owner + 1, sizeof *counters);
            for (; counter_count <= f->owner; counter_count++)
                counters[counter_count] = NULL;
        }
        while (f->main_container + 1 < d->container_count &&
               !d->containers[f->main_container].essential)
            f->main_container++;
        if (!counters[f->owner]) counters[f->owner] = ARENA_NEW(e->arena, struct family_counters);
        f->next_number = &counters[f->owner]->number;
        f->capacity = &counters[f->owner]->capacity;
        for (int end = 0; end < END_COUNT; end++)
            f->end_names[end] = names_intern(e->names, end_names[end]);
        f->group = cluster_group(e->cluster, names_text(e->names, f->owner));
        f->request_seconds = ARENA_ARRAY(e->arena, d->container_count, double);
        f->cpu_uses = ARENA_ARRAY(e->arena, d->container_count, cpu_use);
        f->images = ARENA_ARRAY(e->arena, d->container_count, name_id);
        f->container_names = ARENA_ARRAY(e->arena, d->container_count, name_id);
        f->purposes = arena_alloc(e->arena, d->container_count, sizeof *f->purposes);
        for (uint32_t c = 0; c < d->container_count; c++) {
            const container_definition *cd = &d->containers[c];
            f->request_seconds[c] = mean_seconds(container_request_seconds(d, c));
            if (cd->behavior.has_cpu) f->cpu_uses[f->cpu_use_count++] = cpu_use_of(d, c);
            if (cd->behavior.has_memory) f->uses_memory = true;
            if (cd->behavior.cpu.seconds_per_request > 0) f->cpu_follows_requests = true;
            if (cd->behavior.memory.mib_per_request > 0) f->memory_follows_requests = true;
            const char *image = cd->image && cd->image[0]
                                    ? cd->image
                                    : arena_printf(e->arena, "%s/%s", d->family, cd->name);
            f->images[c] = names_intern(e->names, image);
            f->container_names[c] = names_intern(e->names, cd->name);
            for (int draw = 0; draw < DRAW_COUNT; draw++) {
                char name[600];
                snprintf(name, sizeof name, "%s/%s/%s", draw_names[draw], d->family, cd->name);
                f->purposes[c][draw] = random_purpose(name);
            }
        }
    }
    free(counters);
}

void task_families_finish(ecs *e)
{
    for (uint32_t i = 0; i < e->cfg->task_definition_count; i++)
        capacity_counts_finish(e->families[i].capacity); /* shared ones are empty the next time */
}

/* The task's own stream for one purpose. */
random_stream task_stream(const task *t, uint32_t container, task_draw draw)
{
    const task_family *f = &t->ecs->families[t->definition];
    uint32_t owner = t->service ? t->service->owner_hash : f->owner_hash;
    uint32_t purpose = f->purposes[container][draw] ^ (owner << 13 | owner >> 19);
    /* each start in place draws anew (E43) */
    purpose ^= t->containers[container].restarts * UINT32_C(0x9E3779B9);
    return random_stream_at(t->ecs->random, purpose, t->number);
}

sim_time task_draw_us(const task *t, const distribution *d, uint32_t container, task_draw draw)
{
    random_stream s = {0};
    if (d->kind != DISTRIBUTION_CONSTANT) s = task_stream(t, container, draw);
    return distribution_draw_us(d, &s);
}

void task_use_input(const task *t, uint32_t input)
{
    if (input != NO_INDEX) t->ecs->input_used[input] = true;
}
