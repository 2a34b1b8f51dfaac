/* The catalogue of instance types: complete, sorted, found by name, and the same as its source where
 * that is at hand (BERTH_SHARED, or ../shared beside the source tree).
 */
#include "models/ec2/instance_type.h"
#include "tests/tap.h"
#include <jansson.h>

static bool same_type(const json_t *wanted, const instance_type *got)
{
    const json_t *tasks = json_object_get(wanted, "ecs_awsvpc_tasks");
    const json_t *price =
        json_object_get(json_object_get(wanted, "on_demand_usd_hour"), PRICE_REGION);
    const char *architecture = got->architecture == ARCH_ARM64 ? "arm64" : "x86_64";
    bool same = IS_STR(got->name, json_string_value(json_object_get(wanted, "name")));
    same &= IS_INT(got->vcpu, json_integer_value(json_object_get(wanted, "vcpu")));
    same &= IS_INT(got->memory_mib, json_integer_value(json_object_get(wanted, "memory_mib")));
    same &= IS_INT(got->max_enis, json_integer_value(json_object_get(wanted, "max_enis")));
    same &= IS_INT(got->gpu_count, json_integer_value(json_object_get(wanted, "gpu")));
    same &= IS_STR(architecture, json_string_value(json_object_get(wanted, "arch")));
    same &= IS_INT(got->awsvpc_tasks_plain,
                   tasks ? json_integer_value(json_object_get(tasks, "plain")) : -1);
    same &= IS_INT(got->awsvpc_tasks_trunked,
                   tasks ? json_integer_value(json_object_get(tasks, "trunked")) : -1);
    if (!price) return OK(isnan(got->price_usd_per_hour)) && same;
    return IS_DOUBLE(got->price_usd_per_hour, json_number_value(price)) && same;
}

static bool is_fargate(const json_t *data, const char *platform, const char *key, double got)
{
    const json_t *region = json_object_get(json_object_get(data, "fargate"), PRICE_REGION);
    const json_t *holder = platform ? json_object_get(region, platform) : region;
    return IS_DOUBLE(got, json_number_value(json_object_get(holder, key)));
}

static void compare_with(const json_t *data)
{
    const json_t *types = json_object_get(data, "instance_types");
    IS_INT(json_array_size(types), INSTANCE_TYPE_COUNT);
    for (size_t i = 0; i < INSTANCE_TYPE_COUNT; i++)
        if (!same_type(json_array_get(types, i), &instance_types[i])) break;
    IS_STR(PRICE_DATE, json_string_value(json_object_get(data, "price_date")));
    IS_STR(PRICE_TERMS, json_string_value(json_object_get(data, "price_terms")));
    is_fargate(data, "linux_x86_64", "vcpu_hour", FARGATE_X86_64_USD_PER_VCPU_HOUR);
    is_fargate(data, "linux_x86_64", "gb_hour", FARGATE_X86_64_USD_PER_GB_HOUR);
    is_fargate(data, "linux_arm64", "vcpu_hour", FARGATE_ARM64_USD_PER_VCPU_HOUR);
    is_fargate(data, "linux_arm64", "gb_hour", FARGATE_ARM64_USD_PER_GB_HOUR);
    is_fargate(data, "windows_x86_64", "vcpu_hour", FARGATE_WINDOWS_USD_PER_VCPU_HOUR);
    is_fargate(data, "windows_x86_64", "gb_hour", FARGATE_WINDOWS_USD_PER_GB_HOUR);
    is_fargate(data, "windows_x86_64", "os_license_vcpu_hour",
               FARGATE_WINDOWS_LICENCE_USD_PER_VCPU_HOUR);
    is_fargate(data, NULL, "ephemeral_gb_hour_above_20gb", FARGATE_STORAGE_USD_PER_GB_HOUR);
    is_fargate(data, NULL, "min_billed_seconds", FARGATE_BILLED_SECONDS_MIN);
    const json_t *lb = json_object_get(json_object_get(data, "load_balancer"), PRICE_REGION);
    IS_DOUBLE(ALB_USD_PER_HOUR, json_number_value(json_object_get(lb, "alb_hour")));
    IS_DOUBLE(ALB_USD_PER_LCU_HOUR, json_number_value(json_object_get(lb, "alb_lcu_hour")));
}

int main(int argc, char **argv)
{
    tap_begin();
    TEST("names ascend, so that the search finds each")
    {
        for (size_t i = 0; i < INSTANCE_TYPE_COUNT; i++) {
            if (i > 0) OK(strcmp(instance_types[i - 1].name, instance_types[i].name) < 0);
            OK(instance_type_find(instance_types[i].name) == &instance_types[i]);
        }
        OK(instance_type_find("") == NULL);
        OK(instance_type_find("t2") == NULL);
        OK(instance_type_find("zz.large") == NULL);
    }
    TEST("what an agent registers: E1, A11")
    {
        const instance_type *large = instance_type_find("c4.large");
        const instance_type *big = instance_type_find("c4.4xlarge");
        IS_INT(instance_type_cpu_units(large), 2048);
        IS_INT(instance_type_registered_memory_mib(large), 3770); /* 3840 * 982 / 1000 */
        IS_INT(instance_type_cpu_units(big), 16384);
        IS_INT(instance_type_registered_memory_mib(big), 30167);
    }
    TEST("the largest memory does not overflow")
    {
        for (size_t i = 0; i < INSTANCE_TYPE_COUNT; i++) {
            int64_t nominal = instance_types[i].memory_mib;
            IS_INT(instance_type_registered_memory_mib(&instance_types[i]), nominal * 982 / 1000);
        }
    }
    TEST("awsvpc tasks: as the guide lists them, else interfaces - 1 (E8)")
    {
        IS_INT(instance_type_awsvpc_tasks(instance_type_find("c5.large"), false), 2);
        IS_INT(instance_type_awsvpc_tasks(instance_type_find("c5.large"), true), 10);
        const instance_type *unlisted = instance_type_find("t3.large");
        IS_INT(unlisted->awsvpc_tasks_plain, -1);
        IS_INT(instance_type_awsvpc_tasks(unlisted, false), unlisted->max_enis - 1);
        IS_INT(instance_type_awsvpc_tasks(unlisted, true), unlisted->max_enis - 1);
    }
    TEST("agent's own ports: E4, E5")
    {
        uint32_t count;
        const uint16_t *ports = agent_reserved_ports(true, false, &count);
        IS_INT(count, 11);
        IS_INT(ports[0], 53);
        for (uint32_t i = 1; i < count; i++)
            OK(ports[i - 1] < ports[i]);
    }
    const char *shared = getenv("BERTH_SHARED");
    char path[4096];
    snprintf(path, sizeof path, "%s%s/data/instance-types.json",
             shared     ? shared
             : argc > 1 ? argv[1]
                        : ".",
             shared ? "" : "/../shared");
    json_t *data = json_load_file(path, 0, NULL);
    if (!data) {
        tap_skip("the table is its source", "instance-types.json is not at hand");
    } else {
        TEST("the table is its source")
        {
            compare_with(data);
        }
        json_decref(data);
    }
    return tap_end();
}
