#include "sim/command/shortened.h"
#include "scenarios/read/json_text.h"
#include "sim/engine/check.h"

char *shortened_scenario(const char *scenario_json, sim_time end_us)
{
    json_t *root = json_loads(scenario_json, 0, NULL);
    CHECK(root);
    json_object_set_new(root, "duration", json_real((double)end_us / 1e6));
    char *text = json_text(root, 2);
    json_decref(root);
    return text;
}
