/* capacity_provider.h - on what the tasks of a service run: the arithmetic of capacity provider
 * strategies, and the zones of Fargate tasks (E86, E180-E182).
 *
 * Counts     tasks with desiredStatus RUNNING by provider, and, on Fargate, by zone.
 * Providers  numbers as in model_config.h. A strategy without items is launch type EC2, one item
 *            of PROVIDER_NONE.
 * Cost       O(providers x zones) a choice; no allocation once every place has had a task.
 */
#ifndef BERTH_MODELS_ECS_CAPACITY_PROVIDER_H
#define BERTH_MODELS_ECS_CAPACITY_PROVIDER_H

#include "models/model_config.h"
#include "sim/engine/names.h"

/* Tasks of one provider in one zone; zone 0 but on Fargate. */
typedef struct {
    uint32_t provider;
    name_id zone;
    uint32_t tasks;
} capacity_place;

typedef struct {
    capacity_place *place; /* in order of their first task */
    uint32_t count, room;
} capacity_counts;

void capacity_counts_finish(capacity_counts *counts);
/* One task more (+1) or less (-1). */
void capacity_count(capacity_counts *counts, uint32_t provider, name_id zone, int change);
uint32_t capacity_tasks(const capacity_counts *counts, uint32_t provider);
uint32_t capacity_tasks_in(const capacity_counts *counts, uint32_t provider, name_id zone);

/* The next task's provider (E181): the base first, then by weight. PROVIDER_NONE without items. */
uint32_t capacity_choose(const capacity_share *shares, uint32_t share_count,
                         const capacity_counts *counts);
/* Does a scale-in take from provider a before b (E182)? Of a tie, from the later one in the
 * strategy, as E181 fills the earlier one first. A provider that gets no tasks any more goes first.
 */
bool capacity_leaves_first(const capacity_share *shares, uint32_t share_count,
                           const capacity_counts *counts, uint32_t a, uint32_t b);
/* Where the next Fargate task goes (E86): the zone with fewest tasks of the provider, of a tie the
 * first. 0 without zones. */
name_id capacity_zone(const name_id *zones, uint32_t zone_count, const capacity_counts *counts,
                      uint32_t provider);

#endif
