#include "models/ec2/warmup.h"
#include "models/autoscaling/scalable_target.h"
#include "models/ec2/auto_scaling_group.h"
#include "models/phase.h"
#include "models/workload/cpu_share.h"
#include "sim/engine/check.h"
#include <stdlib.h>
#include <string.h>

/* Instances of one size: so what they use adds up in integers. */
typedef struct {
    int64_t cpu_units, used; /* of each; of the warm ones together, in 1 / CPU_FINE units */
} warm_size;

/* One of model_config.warmups. */
typedef struct {
    bool *warm; /* by instance index */
    uint32_t room;
    uint32_t count;
    uint32_t size_count; /* in order of their first instance */
    warm_size *sizes;
    uint32_t next_of_group;
} warmup;

struct warmups {
    ecs *ecs;
    warmup *list;
    uint32_t *first; /* by number of the group: its first warmup; NO_INDEX */
};

static warmup *next_of(const ecs *e, const warmup *u)
{
    return u->next_of_group == NO_INDEX ? NULL : &e->warmups->list[u->next_of_group];
}

static warmup *first_of(const ecs *e, uint32_t group)
{
    uint32_t first = e->warmups->first[group];
    return first == NO_INDEX ? NULL : &e->warmups->list[first];
}

static warm_size *size_of(const ecs *e, warmup *u, uint32_t index)
{
    const int64_t cpu_units = cluster_instance(e->cluster, index)->cpu_registered;
    for (uint32_t i = 0; i < u->size_count; i++)
        if (u->sizes[i].cpu_units == cpu_units) return &u->sizes[i];
    u->sizes = memory_resize(u->sizes, u->size_count + 1, sizeof *u->sizes);
    u->sizes[u->size_count] = (warm_size){cpu_units, 0};
    return &u->sizes[u->size_count++];
}

static void tell(ecs *e, const warmup *u)
{
    notify_changed(e->notifier, CHANGED_WARMUP, (uint32_t)(u - e->warmups->list));
}

static void set_warm(ecs *e, warmup *u, uint32_t index, bool warm)
{
    const int64_t used = e->hosts[index].cpu_used;
    CHECK(u->warm[index] != warm);
    u->warm[index] = warm;
    u->count += warm ? 1 : UINT32_MAX;
    size_of(e, u, index)->used += warm ? used : -used;
    tell(e, u);
}

static bool *warm_of(warmup *u, uint32_t index)
{
    if (index >= u->room) {
        uint32_t room = 2 * index + 16;
        u->warm = memory_resize(u->warm, room, sizeof *u->warm);
        memset(u->warm + u->room, 0, (room - u->room) * sizeof *u->warm);
        u->room = room;
    }
    return &u->warm[index];
}

static void is_over(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    ecs *e = context;
    const uint32_t number = (uint32_t)(subject >> 32), index = (uint32_t)subject;
    if (!auto_scaling_in_service(e, index)) return;
    set_warm(e, &e->warmups->list[number], index, true);
    scaling_group_changed(e->scaling, e->cfg->warmups[number].auto_scaling_group);
}

void warmup_in_service(ecs *e, uint32_t group, uint32_t index, bool at_start)
{
    for (warmup *u = first_of(e, group); u; u = next_of(e, u)) {
        const uint32_t number = (uint32_t)(u - e->warmups->list);
        const sim_time takes_us = at_start ? 0 : e->cfg->warmups[number].warmup_us;
        warm_of(u, index);
        if (takes_us == 0)
            set_warm(e, u, index, true);
        else
            engine_schedule(e->eng, engine_now(e->eng) + takes_us, PHASE_DURATION, is_over,
                            (uint64_t)number << 32 | index);
    }
}

void warmup_leaves(ecs *e, uint32_t group, uint32_t index)
{
    for (warmup *u = first_of(e, group); u; u = next_of(e, u))
        if (*warm_of(u, index)) set_warm(e, u, index, false);
}

void warmup_cpu_used(ecs *e, uint32_t index, int64_t more)
{
    if (e->cfg->warmup_count == 0) return;
    const uint32_t group = cluster_instance(e->cluster, index)->group->auto_scaling_group;
    if (group == 0) return;
    for (warmup *u = first_of(e, group); u; u = next_of(e, u)) {
        if (!*warm_of(u, index)) continue;
        size_of(e, u, index)->used += more;
        tell(e, u);
    }
}

uint32_t warmup_count(const ecs *e, uint32_t index)
{
    return e->warmups->list[index].count;
}

double warmup_cpu_percent(const ecs *e, uint32_t index)
{
    const warmup *u = &e->warmups->list[index];
    double sum = 0;
    for (uint32_t i = 0; i < u->size_count; i++)
        sum += 100 * ((double)u->sizes[i].used / CPU_FINE) / (double)u->sizes[i].cpu_units;
    return u->count == 0 ? 0 : sum / u->count;
}

warmups *warmups_create(ecs *e)
{
    const model_config *cfg = e->cfg;
    warmups *w = memory_alloc(1, sizeof *w);
    w->ecs = e;
    w->list = memory_alloc(cfg->warmup_count + 1, sizeof *w->list);
    w->first = memory_alloc(cfg->auto_scaling_group_count + 1, sizeof *w->first);
    for (uint32_t g = 0; g <= cfg->auto_scaling_group_count; g++)
        w->first[g] = NO_INDEX;
    for (uint32_t i = cfg->warmup_count; i-- > 0;) { /* linked in the config's order */
        uint32_t *first = &w->first[cfg->warmups[i].auto_scaling_group];
        w->list[i].next_of_group = *first;
        *first = i;
    }
    return w;
}

void warmups_destroy(warmups *w)
{
    if (!w) return;
    for (uint32_t i = 0; i < w->ecs->cfg->warmup_count; i++) {
        free(w->list[i].warm);
        free(w->list[i].sizes);
    }
    free(w->list);
    free(w->first);
    free(w);
}

void warmups_check(const ecs *e)
{
    for (uint32_t w = 0; w < e->cfg->warmup_count; w++) {
        const warmup *u = &e->warmups->list[w];
        uint32_t count = 0;
        int64_t used = 0;
        for (uint32_t i = 0; i < u->room && i < cluster_instance_count(e->cluster); i++) {
            if (!u->warm[i]) continue;
            CHECK(auto_scaling_in_service(e, i));
            used += e->hosts[i].cpu_used;
            count++;
        }
        for (uint32_t i = 0; i < u->size_count; i++)
            used -= u->sizes[i].used;
        CHECK(count == u->count && used == 0);
    }
}
