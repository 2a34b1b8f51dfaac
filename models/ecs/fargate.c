#include "models/ecs/fargate.h"
#include "models/ec2/instance_type.h"
#include <math.h>

/* E42: MiB from low to high in steps, for one cpu. */
typedef struct {
    int32_t cpu, low, high, step;
} size_row;

static const size_row sizes[] = {
    {256, 512, 512, 512},          {256, 1024, 2048, 1024},      {512, 1024, 4096, 1024},
    {1024, 2048, 8192, 1024},      {2048, 4096, 16384, 1024},    {4096, 8192, 30720, 1024},
    {8192, 16384, 61440, 4096},    {16384, 32768, 122880, 8192}, {32768, 61440, 122880, 61440},
    {32768, 249856, 249856, 1024},
};

fargate_size_verdict fargate_check_size(int64_t cpu_units, int64_t memory_mib, bool windows)
{
    fargate_size_verdict verdict = FARGATE_SIZE_CPU;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const size_row *row = &sizes[i];
        if (cpu_units != row->cpu || (windows && (row->cpu < 1024 || row->cpu > 4096))) continue;
        verdict = FARGATE_SIZE_PAIR;
        if (memory_mib >= row->low && memory_mib <= row->high &&
            (memory_mib - row->low) % row->step == 0)
            return FARGATE_SIZE_OK;
    }
    return verdict;
}

static double price_or(double given, double catalogue)
{
    return isnan(given) ? catalogue : given;
}

static double discounted(const fargate_price_config *prices, uint32_t provider, double usd)
{
    usd *= 1 - prices->discount;
    if (provider == PROVIDER_FARGATE_SPOT) usd *= 1 - prices->spot_discount;
    return usd;
}

/* Before discounts. */
static fargate_parts list_price(const fargate_price_config *prices, const task_definition_config *d)
{
    bool arm = d->architecture == ARCH_ARM64;
    double vcpu = arm ? FARGATE_ARM64_USD_PER_VCPU_HOUR : FARGATE_X86_64_USD_PER_VCPU_HOUR;
    double gb = arm ? FARGATE_ARM64_USD_PER_GB_HOUR : FARGATE_X86_64_USD_PER_GB_HOUR;
    if (d->windows) {
        vcpu = FARGATE_WINDOWS_USD_PER_VCPU_HOUR + FARGATE_WINDOWS_LICENCE_USD_PER_VCPU_HOUR;
        gb = FARGATE_WINDOWS_USD_PER_GB_HOUR;
    }
    vcpu = price_or(prices->usd_per_vcpu_hour, vcpu);
    gb = price_or(prices->usd_per_gb_hour, gb);
    return (fargate_parts){vcpu * d->cpu_units / 1024, gb * d->memory_mib / 1024};
}

int64_t fargate_nano_usd_per_hour(const fargate_price_config *prices,
                                  const task_definition_config *d, uint32_t provider)
{
    const fargate_parts list = list_price(prices, d);
    const double usd = list.cpu_usd_per_hour + list.memory_usd_per_hour;
    return (int64_t)llround(discounted(prices, provider, usd) * 1e9);
}

fargate_parts fargate_usd_per_hour(const fargate_price_config *prices,
                                   const task_definition_config *d, uint32_t provider)
{
    const fargate_parts list = list_price(prices, d);
    return (fargate_parts){discounted(prices, provider, list.cpu_usd_per_hour),
                           discounted(prices, provider, list.memory_usd_per_hour)};
}

sim_time fargate_billed_extra_us(sim_time there_us)
{
    sim_time billed = (there_us + SIM_SECOND - 1) / SIM_SECOND * SIM_SECOND;
    if (billed < FARGATE_BILLED_SECONDS_MIN * SIM_SECOND)
        billed = FARGATE_BILLED_SECONDS_MIN * SIM_SECOND;
    return billed - there_us;
}
