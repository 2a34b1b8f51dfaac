#include "models/ecs/deployment.h"
#include "sim/engine/check.h"

const char *const deployment_cause_names[DEPLOYMENT_CAUSES] = {
    [DEPLOYMENT_CREATED] = "created",
    [DEPLOYMENT_UPDATED] = "updated",
    [DEPLOYMENT_FORCED] = "forced",
    [DEPLOYMENT_ROLLBACK] = "rollback",
};

deployment_bounds deployment_bounds_of(uint32_t desired, uint32_t minimum_healthy_percent,
                                       uint32_t maximum_percent)
{
    uint64_t d = desired;
    return (deployment_bounds){
        .lower = (uint32_t)((d * minimum_healthy_percent + 99) / 100),
        .upper = (uint32_t)(d * maximum_percent / 100),
    };
}

sim_time deployment_throttle(const control_plane_config *control, uint32_t failures)
{
    if (failures < control->throttle_after_failures || control->throttle_first_us == 0) return 0;
    sim_time wait = control->throttle_first_us;
    for (uint32_t k = control->throttle_after_failures;
         k < failures && wait < control->throttle_max_us; k++)
        wait *= 2;
    return wait < control->throttle_max_us ? wait : control->throttle_max_us;
}
