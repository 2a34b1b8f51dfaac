/* Goal: the arithmetic of deployments by itself: bounds (E140, E144) and the throttle's curve (E110). */
#include "models/ecs/deployment.h"
#include "tests/tap.h"

int main(void)
{
    tap_begin();
    TEST("bounds round the floor up and the ceiling down (E140, documented numbers E144)")
    {
        IS_INT(deployment_bounds_of(4, 50, 200).lower, 2);
        IS_INT(deployment_bounds_of(2, 75, 200).lower, 2);
        IS_INT(deployment_bounds_of(4, 100, 200).upper, 8);
        IS_INT(deployment_bounds_of(3, 100, 125).upper, 3);
        IS_INT(deployment_bounds_of(0, 100, 200).lower, 0);
        IS_INT(deployment_bounds_of(1000000, 99, 199).upper, 1990000);
    }
    TEST("bounds for every desired count up to 300 and every percentage are the exact fractions "
         "rounded")
    {
        for (uint32_t d = 0; d <= 300; d++)
            for (uint32_t p = 0; p <= 200; p++) {
                deployment_bounds b = deployment_bounds_of(d, p, p);
                OK((uint64_t)b.lower * 100 >= (uint64_t)d * p &&
                   (b.lower == 0 || (uint64_t)(b.lower - 1) * 100 < (uint64_t)d * p));
                OK((uint64_t)b.upper * 100 <= (uint64_t)d * p &&
                   (uint64_t)(b.upper + 1) * 100 > (uint64_t)d * p);
            }
    }
    TEST("throttle: 0 below three failures, then 60 s doubled up to 27 min (E110)")
    {
        control_plane_config control = control_plane_defaults();
        const sim_time want[] = {0, 0, 0, 60, 120, 240, 480, 960, 1620, 1620, 1620};
        for (uint32_t k = 0; k < sizeof want / sizeof *want; k++)
            IS_INT(deployment_throttle(&control, k), want[k] * SIM_SECOND);
    }
    return tap_end();
}
