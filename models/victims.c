#include "models/victims.h"
#include "models/ecs/service.h"
#include <stdlib.h>

static bool names_tasks(const target_selector *select)
{
    return select->service != NO_INDEX || select->family || select->task_definition != NO_INDEX;
}

static bool is_named_task(const target_selector *select, const task *t)
{
    if (t->stopping) return false;
    if (select->service != NO_INDEX && (!t->service || t->service->index != select->service))
        return false;
    if (select->family && strcmp(select->family, task_definition(t)->family) != 0) return false;
    return select->task_definition == NO_INDEX || select->task_definition == t->definition;
}

/* By its id, type and zone. */
static bool is_named_instance(const ecs *e, const target_selector *select, uint32_t index)
{
    const instance *i = cluster_instance(e->cluster, index);
    if (select->instance_type && strcmp(select->instance_type, i->group->instance_type) != 0)
        return false;
    if (select->zone && strcmp(select->zone, names_text(e->names, i->zone)) != 0) return false;
    bool listed = select->instance_count == 0;
    for (uint32_t k = 0; k < select->instance_count && !listed; k++)
        listed = select->instances[k] == index + 1;
    return listed;
}

bool victims_has_instance(const ecs *e, const target_selector *select, uint32_t index)
{
    if (!is_named_instance(e, select, index)) return false;
    if (!names_tasks(select)) return true;
    for (const task *t = e->hosts[index].tasks; t; t = t->host_next)
        if (is_named_task(select, t)) return true;
    return false;
}

/* Where it runs; a Fargate task is on no instance, nor is one that waits for room. */
static bool is_named_place(const ecs *e, const target_selector *select, const task *t)
{
    if (task_on_instance(t)) return is_named_instance(e, select, t->instance);
    return !select->instance_type && select->instance_count == 0 &&
           (!select->zone || strcmp(select->zone, names_text(e->names, t->zone)) == 0);
}

static bool is_victim(const ecs *e, const target_selector *select, task_filter *may, const task *t)
{
    return is_named_task(select, t) && is_named_place(e, select, t) && (!may || may(t));
}

task **victims_match_tasks(const ecs *e, const target_selector *select, task_filter *may,
                           uint32_t *count)
{
    task **found = memory_alloc(pool_live_count(e->tasks) + 1, sizeof *found);
    *count = 0;
    for (uint32_t s = 0; s < e->cfg->service_count; s++)
        for (task *t = e->services[s].first; t; t = t->service_next)
            if (is_victim(e, select, may, t)) found[(*count)++] = t;
    for (task *t = e->standalone_first; t; t = t->service_next)
        if (is_victim(e, select, may, t)) found[(*count)++] = t;
    return found;
}

uint32_t victims_count(const target_selector *select, uint32_t matching)
{
    uint32_t count = matching;
    if (select->has_count)
        count = select->count;
    else if (select->has_fraction) {
        count = 0;
        double exact = select->fraction * matching - 1e-9; /* 0.07 of 100 is 7 */
        if (exact > 0) count = (uint32_t)exact;
        count += count < exact;
    }
    return count < matching ? count : matching;
}

static random_stream stream_of(const ecs *e, uint32_t action)
{
    return random_stream_at(e->random, random_purpose("timeline"), action);
}

/* Selection sampling: each item in turn with probability (left to draw) / (left to see). */
static bool is_drawn(random_stream *stream, uint32_t left_to_see, uint32_t left_to_draw)
{
    return random_below(stream, left_to_see) < left_to_draw;
}

task **victims_draw_tasks(const ecs *e, const target_selector *select, task_filter *may,
                          uint32_t action, uint32_t *count)
{
    uint32_t matching, kept = 0;
    task **list = victims_match_tasks(e, select, may, &matching);
    random_stream stream = stream_of(e, action);
    *count = victims_count(select, matching);
    for (uint32_t i = 0; i < matching && kept < *count; i++)
        if (is_drawn(&stream, matching - i, *count - kept)) list[kept++] = list[i];
    return list;
}

uint32_t *victims_draw_instances(const ecs *e, const target_selector *select, instance_filter *may,
                                 uint32_t action, uint32_t *count)
{
    uint32_t n = cluster_instance_count(e->cluster), matching = 0, kept = 0;
    uint32_t *list = memory_alloc((size_t)n + 1, sizeof *list);
    for (uint32_t i = 0; i < n; i++) {
        const instance *it = cluster_instance(e->cluster, i);
        if (it->status != INSTANCE_INACTIVE && victims_has_instance(e, select, i) &&
            (!may || may(it)))
            list[matching++] = i;
    }
    random_stream stream = stream_of(e, action);
    *count = victims_count(select, matching);
    for (uint32_t i = 0; i < matching && kept < *count; i++)
        if (is_drawn(&stream, matching - i, *count - kept)) list[kept++] = list[i];
    return list;
}
