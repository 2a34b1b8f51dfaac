#include "sim/command/scenario_as_run.h"
#include "scenarios/read/json_text.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <stdlib.h>
#include <string.h>

char *scenario_name_of_path(const char *path)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    if (strcmp(path, "-") == 0 || !*base) base = "scenario";
    char *name = memory_alloc(strlen(base) + sizeof "scenario", 1);
    strcpy(name, base);
    char *dot = strrchr(name, '.');
    if (dot && dot != name) *dot = '\0';
    for (char *c = name; *c; c++)
        if ((unsigned char)*c < ' ' || *c == '\x7f') *c = '_';
    json_t *text = json_string(name);
    if (!text) strcpy(name, "scenario"); /* no UTF-8, which JSON and HDF5 would refuse */
    json_decref(text);
    return name;
}

char *scenario_as_run(const char *scenario_json, const char *name, sim_time end_us)
{
    json_t *root = json_loads(scenario_json, 0, NULL);
    CHECK(root);
    if (name) json_object_set_new(root, "name", json_string(name));
    if (end_us != SIM_NEVER) json_object_set_new(root, "duration", json_real((double)end_us / 1e6));
    char *text = json_text(root, 2);
    json_decref(root);
    return text;
}
