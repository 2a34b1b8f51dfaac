#include "models/ecs/circuit_breaker.h"

enum { BOUND_LOW = 3, BOUND_HIGH = 200 };

uint32_t circuit_breaker_threshold(const circuit_breaker_config *config, uint32_t desired)
{
    if (config->type == BREAKER_COUNT) return config->value;
    uint64_t threshold = ((uint64_t)desired * config->value + 99) / 100;
    if (config->type == BREAKER_BOUNDED_PERCENT) {
        threshold = threshold < BOUND_LOW ? BOUND_LOW : threshold;
        threshold = threshold > BOUND_HIGH ? BOUND_HIGH : threshold;
    }
    return (uint32_t)threshold;
}

uint32_t circuit_breaker_failed(uint32_t count, uint32_t failures)
{
    return count > UINT32_MAX - failures ? UINT32_MAX : count + failures;
}

uint32_t circuit_breaker_healthy(const circuit_breaker_config *config, uint32_t count)
{
    return config->reset_on_healthy_task ? 0 : count;
}
