#include "models/autoscaling/scaled_object.h"
#include "models/ec2/auto_scaling_group.h"
#include "models/ec2/warmup.h"
#include "models/ecs/service.h"

static const service *service_of(const scaled_object *o)
{
    return &o->ecs->services[o->service];
}

static auto_scaling_group_sample group_of(const scaled_object *o)
{
    auto_scaling_group_sample g;
    auto_scaling_sample_now(o->ecs, o->auto_scaling_group - 1, &g);
    return g;
}

bool scaled_object_exists(const scaled_object *o)
{
    return o->auto_scaling_group > 0 || (service_of(o)->exists && !service_of(o)->deleted);
}

int64_t scaled_object_desired(const scaled_object *o)
{
    return o->auto_scaling_group > 0 ? group_of(o).desired : service_of(o)->config.desired_count;
}

int64_t scaled_object_running(const scaled_object *o, const scaling_policy_config *policy)
{
    if (o->auto_scaling_group == 0) return service_of(o)->running;
    if (policy && policy->simple) return group_of(o).desired;
    return policy ? warmup_count(o->ecs, policy->warmup) : group_of(o).in_service;
}

int64_t scaled_object_unready(const scaled_object *o, const scaling_policy_config *policy)
{
    if (o->auto_scaling_group == 0 || policy->simple) return 0;
    auto_scaling_group_sample g = group_of(o);
    return (int64_t)g.instances - g.lost - warmup_count(o->ecs, policy->warmup);
}

void scaled_object_bounds(const scaled_object *o, int64_t *min, int64_t *max)
{
    if (o->auto_scaling_group == 0) return;
    auto_scaling_group_sample g = group_of(o);
    *min = g.min;
    *max = g.max;
}

bool scaled_object_deploys(const scaled_object *o)
{
    return o->auto_scaling_group == 0 && service_is_deploying(service_of(o));
}

void scaled_object_set_desired(const scaled_object *o, int64_t desired, const char *cause)
{
    if (o->auto_scaling_group == 0) {
        service_scale(&o->ecs->services[o->service], (uint32_t)desired, cause);
        return;
    }
    auto_scaling_group_sample g = group_of(o);
    if (desired > g.max) desired = g.max; /* its bounds may have moved since (A69) */
    if (desired < g.min) desired = g.min;
    auto_scaling_set_desired(o->ecs, o->auto_scaling_group - 1, desired);
}

void scaled_object_name(const scaled_object *o, uint64_t cells[2])
{
    const model_config *cfg = o->ecs->cfg;
    const uint32_t group = o->auto_scaling_group;
    cells[0] = group > 0 ? 0 : service_of(o)->name;
    cells[1] =
        group > 0 ? names_intern(o->ecs->names, cfg->auto_scaling_groups[group - 1].name) : 0;
}
