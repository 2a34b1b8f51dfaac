#include "results/refresh_measure.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <math.h>
#include <stdlib.h>

struct refresh_measure {
    uint32_t group_count;
    uint32_t
        *first; /* by group: its first one in the list; behind the groups: how many there are */
    refresh_totals *totals;
};

uint32_t refresh_count_asked(const model_config *cfg, uint32_t group)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < cfg->timeline_count; i++)
        count += cfg->timeline[i].kind == TIMELINE_START_INSTANCE_REFRESH &&
                 cfg->timeline[i].auto_scaling_group == group + 1;
    return count;
}

refresh_measure *refresh_measure_create(const model_config *cfg)
{
    refresh_measure *r = memory_alloc(1, sizeof *r);
    r->group_count = cfg->auto_scaling_group_count;
    r->first = memory_alloc(r->group_count + 1, sizeof *r->first);
    for (uint32_t g = 0; g < r->group_count; g++)
        r->first[g + 1] = r->first[g] + refresh_count_asked(cfg, g);
    r->totals = memory_alloc(r->first[r->group_count] + 1, sizeof *r->totals);
    for (uint32_t i = 0; i < r->first[r->group_count]; i++)
        r->totals[i] = (refresh_totals){NAN, NAN};
    return r;
}

void refresh_measure_destroy(refresh_measure *r)
{
    if (!r) return;
    free(r->first);
    free(r->totals);
    free(r);
}

void refresh_measure_group(refresh_measure *r, const model *m, uint32_t group)
{
    const uint32_t count = model_instance_refresh_count(m, group);
    if (count == 0) return;
    instance_refresh_sample s; /* only the last one goes on */
    model_instance_refresh_sample(m, group, count - 1, &s);
    CHECK(group < r->group_count && count <= r->first[group + 1] - r->first[group]);
    r->totals[r->first[group] + count - 1] = (refresh_totals){
        .seconds = s.state == REFRESH_SUCCESSFUL
                       ? (double)(s.ended_us - s.started_us) / (double)SIM_SECOND
                       : NAN,
        .moves = s.tasks_before > 0 ? (double)s.tasks_moved / (double)s.tasks_before : NAN,
    };
}

refresh_totals refresh_measure_totals(const refresh_measure *r, uint32_t group, uint32_t number)
{
    CHECK(group < r->group_count && number < r->first[group + 1] - r->first[group]);
    return r->totals[r->first[group] + number];
}
