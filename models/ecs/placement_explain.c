/* placement_explain.c - why no instance was found (E88-E90). */
#include "models/ecs/placement_plan.h"

const char *const refusal_reason_names[REFUSED_REASONS] = {
    [REFUSED_AGENT] = "AGENT",
    [REFUSED_ATTRIBUTE] = "ATTRIBUTE",
    [REFUSED_LOCATION] = "LOCATION",
    [REFUSED_CPU] = "RESOURCE:CPU",
    [REFUSED_MEMORY] = "RESOURCE:MEMORY",
    [REFUSED_PORTS] = "RESOURCE:PORTS",
    [REFUSED_PORTS_UDP] = "RESOURCE:PORTS_UDP",
    [REFUSED_ENI] = "RESOURCE:ENI",
    [REFUSED_GPU] = "RESOURCE:GPU",
    [REFUSED_CONSTRAINT] = "MemberOf placement constraint unsatisfied.",
};

void placement_explain_among(const cluster *c, const placement_plan *plan, const uint32_t *among,
                             uint32_t count, placement_refusal *out)
{
    unsigned fewest = REFUSED_REASONS + 1;
    *out = (placement_refusal){.provider = plan->provider, .closest = NO_INDEX};
    for (uint32_t k = 0; k < count; k++) {
        uint32_t index = among[k];
        const instance *i = &c->records[index].seen;
        if (!instance_is_registered(i) || !plan_has_provider(plan, i->group)) continue;
        out->instances++;
        unsigned refused = plan_refusals(c, plan, index), failed = 0, first = REFUSED_REASONS;
        for (unsigned reason = REFUSED_REASONS; reason-- > 0;)
            if (refused & 1u << reason) {
                failed++;
                first = reason;
            }
        if (failed == 0) continue; /* it fits: the caller asks too late */
        out->count[first]++;       /* E89 */
        if (failed < fewest) {     /* E90: then the lowest rank */
            fewest = failed;
            out->closest = index;
            out->closest_reason = (refusal_reason)first;
        }
    }
}

void placement_explain(const cluster *c, const placement_plan *plan, placement_refusal *out)
{
    placement_explain_among(c, plan, c->ranked, c->ranked_count, out);
}
