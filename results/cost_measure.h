/* cost_measure.h - what each service costs: its share of the instances, and its Fargate tasks.
 *
 * Instances  the price of one is divided among those that reserve on it, by the larger of their
 *            CPU and memory shares: what is free is shared in proportion. The price of instances
 *            that nobody reserves on is shared in proportion to what they pay otherwise, so that the
 *            services (and the standalone tasks) together pay for every instance while any of
 *            them is used. Nobody pays while none is.
 * Fargate    tasks are their service's alone; a full second and a first minute are charged when the
 *            task has stopped (models/ecs/fargate.h).
 * Idle       of what is reserved, not of what is free beside it: of the instance's price the share that
 *            the tasks reserve, less what they use, of the resource by which the owner pays (CPU if
 *            both shares are alike), and none where they use more than they reserve; on Fargate of
 *            both. Tasks whose behavior does not tell what they use of it count as using all.
 * Exact      sums change with the model, in integers of 10^-9 USD an hour; integrals are taken over
 *            [warmup, end] when something changes.
 * Cost       O(owners of the instance) a change: empty instances are spread through one factor
 *            that all services share.
 */
#ifndef BERTH_RESULTS_COST_MEASURE_H
#define BERTH_RESULTS_COST_MEASURE_H

#include "models/model.h"

typedef struct cost_measure cost_measure;

cost_measure *cost_measure_create(sim_time warmup_us, uint32_t service_count);
void cost_measure_destroy(cost_measure *c);
/* The instance and who reserves on it, from now on. */
void cost_measure_instance(cost_measure *c, sim_time now_us, uint32_t index,
                           const instance_sample *sample, const instance_owner *owners,
                           uint32_t owner_count);
/* The same owners use that much CPU from now on: service and cpu_used alone count. */
void cost_measure_use(cost_measure *c, sim_time now_us, uint32_t index,
                      const instance_owner *owners, uint32_t owner_count);
/* The service's Fargate tasks, from now on. */
void cost_measure_service(cost_measure *c, sim_time now_us, uint32_t service,
                          const service_sample *sample);
void cost_measure_finish(cost_measure *c, sim_time end_us); /* once */

typedef struct {
    double total; /* USD; NAN: no time measured, or an instance that it paid for has no price */
    double idle;  /* likewise, and where no behavior tells the use of what it pays by */
} service_cost;

const service_cost *cost_measure_service_cost(const cost_measure *c, uint32_t service);

#endif
