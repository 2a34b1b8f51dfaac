/* circuit_breaker.h - when a deployment is given up: thresholds and the count of failures (E153-E158).
 *
 * The scheduler (service.c) says what failed and what became healthy; it asks after each whether the count has
 * reached the threshold, which follows the latest desired count.
 */
#ifndef BERTH_MODELS_ECS_CIRCUIT_BREAKER_H
#define BERTH_MODELS_ECS_CIRCUIT_BREAKER_H

#include "models/model_config.h"

/* Failures at which the deployment is FAILED (E153, E154). */
uint32_t circuit_breaker_threshold(const circuit_breaker_config *config, uint32_t desired);

/* The count after a failure, or after a task of the deployment has reached healthy (E155, E156). */
uint32_t circuit_breaker_failed(uint32_t count, uint32_t failures);
uint32_t circuit_breaker_healthy(const circuit_breaker_config *config, uint32_t count);

#endif
