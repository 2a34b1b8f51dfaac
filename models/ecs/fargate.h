/* fargate.h - what Fargate offers: task sizes and what they cost.
 *
 * Money   in 10^-9 USD an hour, as integers, so that what is added can be taken away exactly.
 * Billed  from the start of the image pull (ACTIVATING) to STOPPED, in full seconds, a minute at
 *         least. Source: aws.amazon.com/fargate/pricing.
 */
#ifndef BERTH_MODELS_ECS_FARGATE_H
#define BERTH_MODELS_ECS_FARGATE_H

#include "models/model_config.h"

#define FARGATE_STOP_TIMEOUT_LOW  2 /* seconds (E32) */
#define FARGATE_STOP_TIMEOUT_HIGH 120

typedef enum {
    FARGATE_SIZE_OK,
    FARGATE_SIZE_CPU, /* no configuration has this cpu */
    FARGATE_SIZE_PAIR /* none has this memory with it */
} fargate_size_verdict;

/* E42. windows: 1024 to 4096 units only. */
fargate_size_verdict fargate_check_size(int64_t cpu_units, int64_t memory_mib, bool windows);
/* What a task of the definition costs on the provider. */
int64_t fargate_nano_usd_per_hour(const fargate_price_config *prices,
                                  const task_definition_config *d, uint32_t provider);
/* The same by resource, in USD. */
typedef struct {
    double cpu_usd_per_hour, memory_usd_per_hour;
} fargate_parts;

fargate_parts fargate_usd_per_hour(const fargate_price_config *prices,
                                   const task_definition_config *d, uint32_t provider);
/* How much longer than it was there a task is billed. */
sim_time fargate_billed_extra_us(sim_time there_us);

#endif
