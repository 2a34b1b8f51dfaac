/* Goal: the spec's worked examples of Fargate sizes (E42) and of capacity provider strategies (E181),
 * run from data (ecs-examples.json).
 * Method: both topics call the function that the reader and the scheduler call. */
#include "models/ecs/capacity_provider.h"
#include "models/ecs/fargate.h"
#include "tests/spec/spec.h"

static bool fargate_size_topic(const json_t *in, const json_t *expected)
{
    bool valid = fargate_check_size(json_integer_value(json_object_get(in, "cpu")),
                                    json_integer_value(json_object_get(in, "memory_mib")),
                                    false) == FARGATE_SIZE_OK;
    return valid == json_is_true(json_object_get(expected, "valid"));
}

/* additional_tasks: on top of tasks that the base took, which counts as none here. */
static bool capacity_split_topic(const json_t *in, const json_t *expected)
{
    const json_t *list = json_object_get(in, "providers"), *more;
    capacity_share shares[STRATEGY_ITEMS_MAX];
    uint32_t count = (uint32_t)json_array_size(list);
    for (uint32_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(list, i);
        shares[i] = (capacity_share){PROVIDER_OF_INSTANCES + i,
                                     (uint32_t)json_integer_value(json_object_get(item, "base")),
                                     (uint32_t)json_integer_value(json_object_get(item, "weight"))};
    }
    capacity_counts counts = {0};
    more = json_object_get(in, "additional_tasks");
    json_int_t tasks = json_integer_value(more ? more : json_object_get(in, "tasks"));
    for (json_int_t i = 0; i < tasks; i++)
        capacity_count(&counts, capacity_choose(shares, count, &counts), 0, 1);
    bool good = true;
    for (uint32_t i = 0; i < count; i++) {
        const char *name = json_string_value(json_object_get(json_array_get(list, i), "name"));
        json_int_t want = json_integer_value(json_object_get(expected, name));
        json_int_t got = capacity_tasks(&counts, PROVIDER_OF_INSTANCES + i);
        if (got != want)
            printf("# %s: got %" JSON_INTEGER_FORMAT ", want %" JSON_INTEGER_FORMAT "\n", name, got,
                   want);
        good = good && got == want;
    }
    capacity_counts_finish(&counts);
    return good;
}

int main(int argc, char **argv)
{
    tap_begin();
    json_t *examples = spec_load(argc > 1 ? argv[1] : "tests/spec/ecs-examples.json");
    static const spec_topic topics[] = {
        {"fargate-size", fargate_size_topic},
        {"capacity-split", capacity_split_topic},
    };
    spec_run(examples, topics, sizeof topics / sizeof *topics);
    json_decref(examples);
    return tap_end();
}
