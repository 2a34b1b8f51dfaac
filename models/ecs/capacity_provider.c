#include "models/ecs/capacity_provider.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <stdlib.h>

void capacity_counts_finish(capacity_counts *counts)
{
    free(counts->place);
    *counts = (capacity_counts){0};
}

void capacity_count(capacity_counts *counts, uint32_t provider, name_id zone, int change)
{
    uint32_t i = 0;
    while (i < counts->count &&
           (counts->place[i].provider != provider || counts->place[i].zone != zone))
        i++;
    if (i == counts->count) {
        if (counts->count == counts->room) {
            counts->room = counts->room ? 2 * counts->room : 4;
            counts->place = memory_resize(counts->place, counts->room, sizeof *counts->place);
        }
        counts->place[counts->count++] = (capacity_place){provider, zone, 0};
    }
    CHECK(change > 0 || counts->place[i].tasks > 0);
    counts->place[i].tasks += (uint32_t)change; /* -1 wraps back */
}

uint32_t capacity_tasks(const capacity_counts *counts, uint32_t provider)
{
    uint32_t tasks = 0;
    for (uint32_t i = 0; i < counts->count; i++)
        if (counts->place[i].provider == provider) tasks += counts->place[i].tasks;
    return tasks;
}

uint32_t capacity_tasks_in(const capacity_counts *counts, uint32_t provider, name_id zone)
{
    for (uint32_t i = 0; i < counts->count; i++)
        if (counts->place[i].provider == provider && counts->place[i].zone == zone)
            return counts->place[i].tasks;
    return 0;
}

uint32_t capacity_choose(const capacity_share *shares, uint32_t share_count,
                         const capacity_counts *counts)
{
    uint32_t chosen = PROVIDER_NONE;
    int64_t above = 0, weight = 0; /* of the chosen one: (count - base + 1) / weight */
    for (uint32_t i = 0; i < share_count; i++) {
        const capacity_share *s = &shares[i];
        if (s->weight == 0) continue; /* E180: it receives no tasks, its base included */
        int64_t tasks = capacity_tasks(counts, s->provider);
        if (tasks < s->base) return s->provider;
        int64_t own = tasks - s->base + 1;
        if (weight > 0 && own * weight >= above * s->weight) continue;
        chosen = s->provider;
        above = own;
        weight = s->weight;
    }
    return chosen;
}

/* A provider's place in the strategy; share_count: none, or one that gets no tasks. */
static uint32_t place_of(const capacity_share *shares, uint32_t share_count, uint32_t provider)
{
    uint32_t i = 0;
    while (i < share_count && (shares[i].provider != provider || shares[i].weight == 0))
        i++;
    return i;
}

bool capacity_leaves_first(const capacity_share *shares, uint32_t share_count,
                           const capacity_counts *counts, uint32_t a, uint32_t b)
{
    uint32_t at_a = place_of(shares, share_count, a), at_b = place_of(shares, share_count, b);
    if (at_a == share_count || at_b == share_count) return at_b != share_count;
    int64_t above_a = (int64_t)capacity_tasks(counts, a) - shares[at_a].base;
    int64_t above_b = (int64_t)capacity_tasks(counts, b) - shares[at_b].base;
    bool kept_a = above_a <= 0, kept_b = above_b <= 0; /* its base stays while others remain */
    if (kept_a != kept_b) return kept_b;
    int64_t left = above_a * shares[at_b].weight, right = above_b * shares[at_a].weight;
    return left != right ? left > right : at_a > at_b;
}

name_id capacity_zone(const name_id *zones, uint32_t zone_count, const capacity_counts *counts,
                      uint32_t provider)
{
    name_id chosen = 0;
    uint32_t fewest = UINT32_MAX;
    for (uint32_t i = 0; i < zone_count; i++) {
        uint32_t tasks = capacity_tasks_in(counts, provider, zones[i]);
        if (tasks >= fewest) continue;
        fewest = tasks;
        chosen = zones[i];
    }
    return chosen;
}
