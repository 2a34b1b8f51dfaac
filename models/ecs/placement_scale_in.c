/* placement_scale_in.c - which of a service's tasks a scale-in stops: its strategies in reverse
 * (E91).
 */
#include "models/ecs/placement_plan.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"

static uint32_t newest(const scale_in_candidate *candidates, const uint32_t *picks, uint32_t n)
{
    uint32_t best = picks[0];
    for (uint32_t i = 1; i < n; i++) {
        const scale_in_candidate *a = &candidates[picks[i]], *b = &candidates[best];
        if (a->created_us > b->created_us ||
            (a->created_us == b->created_us && a->number > b->number))
            best = picks[i];
    }
    return best;
}

uint32_t placement_scale_in(cluster *c, const placement_plan *plan,
                            const scale_in_candidate *candidates, uint32_t n, random_stream *stream)
{
    CHECK(n > 0);
    if (n > c->pick_room) {
        c->pick_room = n + n / 2;
        c->picks = memory_resize(c->picks, 2 * (size_t)c->pick_room, sizeof *c->picks);
    }
    uint32_t *picks = c->picks, *instance_of = c->picks + c->pick_room;
    for (uint32_t i = 0; i < n; i++) {
        CHECK(candidates[i].instance < c->count);
        picks[i] = i;
        instance_of[i] = candidates[i].instance;
    }
    uint32_t left = n;
    for (uint32_t s = 0; s < plan->step_count && left > 1; s++)
        left = plan_keep_best(c, &plan->steps[s], true, picks, left, instance_of);
    return plan->draws ? picks[random_below(stream, left)] : newest(candidates, picks, left);
}
