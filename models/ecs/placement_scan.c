/* placement_scan.c - choosing by looking at every instance: the oracle, and what small clusters
 * use.
 */
#include "models/ecs/placement_scan.h"
#include "sim/engine/arena.h"

bool placement_draws_by_trial(const placement_plan *p)
{
    for (uint32_t s = 0; s < p->step_count; s++)
        if (p->steps[s].strategy->ranking != RANKS_BY_COUNT || p->steps[s].attribute == 0)
            return false;
    return p->draws;
}

static bool contains(const cluster *c, const uint32_t *candidates, uint32_t n, uint32_t rank)
{
    uint32_t low = 0, high = n;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (c->records[candidates[middle]].seen.rank < rank)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && candidates[low] == c->ranked[rank];
}

/* The law of placement_scan.h. */
static uint32_t draw(const cluster *c, const placement_plan *p, const uint32_t *candidates,
                     uint32_t n, random_stream *stream)
{
    if (placement_draws_by_trial(p))
        for (int i = 0; i < DRAW_TRIALS; i++) {
            uint32_t rank = (uint32_t)random_below(stream, c->ranked_count);
            if (contains(c, candidates, n, rank)) return c->ranked[rank];
        }
    return candidates[random_below(stream, n)];
}

uint32_t placement_choose_among(cluster *c, const placement_plan *p, uint32_t *candidates,
                                uint32_t n, random_stream *stream)
{
    for (uint32_t s = 0; s < p->step_count && n > 1; s++)
        n = plan_keep_best(c, &p->steps[s], false, candidates, n, NULL);
    if (n == 0) return NO_INDEX;
    return p->draws ? draw(c, p, candidates, n, stream) : candidates[0];
}

uint32_t placement_scan_choose(cluster *c, const placement_plan *p, random_stream *stream)
{
    if (c->ranked_count > c->candidate_capacity) {
        c->candidate_capacity = c->ranked_capacity;
        c->candidates = memory_resize(c->candidates, c->candidate_capacity, sizeof *c->candidates);
    }
    uint32_t n = 0;
    for (uint32_t rank = 0; rank < c->ranked_count; rank++)
        if (plan_refusals(c, p, c->ranked[rank]) == 0) c->candidates[n++] = c->ranked[rank];
    return placement_choose_among(c, p, c->candidates, n, stream);
}
