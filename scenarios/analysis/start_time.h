/* start_time.h - how long starts take, as bounds and medians of the behaviour's distributions. */
#ifndef BERTH_SCENARIOS_ANALYSIS_START_TIME_H
#define BERTH_SCENARIOS_ANALYSIS_START_TIME_H

#include "models/model_config.h"

/* No draw is below. */
sim_time start_time_shortest(const distribution *d);
bool start_time_constant(const distribution *d);
/* At least half of all draws are at or above (a gamma's: a lower bound of its median, Chen and
 * Rubin 1986). */
sim_time start_time_median(const distribution *d);

/* From the task's RUNNING to the container's first answer, at least, in all starts (constant) or
 * in half of them; known is false when the order of the containers' starts is not certain. */
typedef struct {
    bool known, constant;
    sim_time after_running_us;  /* of the answer */
    sim_time startup_us;        /* of the container, from its own start */
    sim_time before_running_us; /* from its own start to RUNNING */
} container_start;

container_start start_time_of(const task_definition_config *d, uint32_t container);
/* From placement to RUNNING at least. */
sim_time start_time_to_running(const task_definition_config *d);
/* From the order to stop to the end of the last container at least. */
sim_time start_time_to_stop(const task_definition_config *d);

#endif
