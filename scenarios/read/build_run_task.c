/* run-task calls (E87) and the sizes that they override. What a call overrides makes a task definition
 * of its own: the same family and revision with other sizes. */
#include "scenarios/read/build.h"
#include <string.h>

void build_run_task(builder *b, const json_t *body, const char *pointer, run_task_call *out)
{
    const char *definition = build_text(body, "taskDefinition", NULL);
    out->task_definition =
        definition ? build_find_task_definition(b, definition,
                                                build_pointer(b, "%s/taskDefinition", pointer))
                   : NO_INDEX;
    out->count = (uint32_t)build_integer(body, "count", 1);
    out->group = build_copy(b, build_text(body, "group", NULL));
    build_strategies(b, build_get(body, "placementStrategy"),
                     build_pointer(b, "%s/placementStrategy", pointer), &out->strategy_count,
                     &out->strategies);
    build_constraints(b, build_get(body, "placementConstraints"),
                      build_pointer(b, "%s/placementConstraints", pointer), false,
                      &out->constraint_count, &out->constraints);
    build_check_constraints(b, out->task_definition, out->constraint_count, pointer);
    build_shares(b, body, pointer, &out->share_count, &out->shares);
    bool fargate = build_on_fargate(out->shares, out->share_count);
    build_zones(b, body, pointer, out->task_definition, fargate, &out->zone_count, &out->zones);
    if (fargate)
        build_check_fargate(b, out->task_definition, out->strategy_count, out->constraint_count,
                            pointer);
}

uint32_t build_copy_definition(builder *b, uint32_t definition)
{
    model_config *c = b->config;
    if (c->task_definition_count == b->definition_room) {
        b->definition_room *= 2;
        task_definition_config *grown =
            ARENA_ARRAY(b->memory, b->definition_room, task_definition_config);
        memcpy(grown, c->task_definitions, c->task_definition_count * sizeof *grown);
        c->task_definitions = grown;
    }
    task_definition_config *copy = &c->task_definitions[c->task_definition_count];
    *copy = c->task_definitions[definition];
    const container_definition *containers = copy->containers;
    copy->containers = ARENA_ARRAY(b->memory, copy->container_count + 1, container_definition);
    memcpy(copy->containers, containers, copy->container_count * sizeof *containers);
    return c->task_definition_count++;
}

/* ---- overrides ---- */

static void override_container(builder *b, const json_t *item, const char *pointer,
                               task_definition_config *d)
{
    const char *name = build_text(item, "name", NULL);
    if (!name) return;
    const char **names = ARENA_ARRAY(b->memory, d->container_count + 1, const char *);
    container_definition *c = NULL;
    for (uint32_t i = 0; i < d->container_count; i++) {
        names[i] = d->containers[i].name;
        if (strcmp(names[i], name) == 0) c = &d->containers[i];
    }
    if (!c) {
        build_error(b, build_pointer(b, "%s/name", pointer),
                    "override for container named %s is not a container in the task definition%s",
                    name, build_suggestion(b, name, names, d->container_count));
        return;
    }
    c->cpu_units = (int32_t)build_integer(item, "cpu", c->cpu_units);
    c->memory_mib = (int32_t)build_integer(item, "memory", c->memory_mib);
    c->memory_reservation_mib =
        (int32_t)build_integer(item, "memoryReservation", c->memory_reservation_mib);
    if (build_get(item, "resourceRequirements")) {
        c->gpu_count = 0;
        build_gpus(b, build_get(item, "resourceRequirements"), pointer, c);
    }
    if (c->memory_mib > 0 && c->memory_reservation_mib > c->memory_mib)
        build_error(b, pointer, "memoryReservation (%d) is above memory (%d) (E24)",
                    c->memory_reservation_mib, c->memory_mib);
}

uint32_t build_overridden(builder *b, const json_t *body, const char *pointer,
                          const run_task_call *call, uint32_t definition)
{
    const json_t *overrides = build_get(body, "overrides");
    if (definition == NO_INDEX || json_object_size(overrides) == 0) return definition;
    uint32_t index = build_copy_definition(b, definition);
    task_definition_config *d = &b->config->task_definitions[index];
    const char *at = build_pointer(b, "%s/overrides", pointer);
    d->cpu_units = (int32_t)build_integer(overrides, "cpu", d->cpu_units);
    d->memory_mib = (int32_t)build_integer(overrides, "memory", d->memory_mib);
    const json_t *list = build_get(overrides, "containerOverrides");
    for (size_t i = 0; i < json_array_size(list); i++)
        override_container(b, json_array_get(list, i),
                           build_pointer(b, "%s/containerOverrides/%zu", at, i), d);
    long long sum = 0;
    for (uint32_t i = 0; i < d->container_count; i++)
        sum += d->containers[i].memory_reservation_mib ? d->containers[i].memory_reservation_mib
                                                       : d->containers[i].memory_mib;
    if (d->memory_mib > 0 && sum > d->memory_mib)
        build_error(b, at, "the containers' memory (%lld MiB) exceeds the task's (%d MiB) (E24)",
                    sum, d->memory_mib);
    if (build_on_fargate(call->shares, call->share_count)) build_check_fargate_size(b, d, at);
    return index;
}

/* What an entry of the timeline has made of a definition: an entry that is repeated makes it once. */
typedef struct {
    uint32_t from, to;
} made_definition;

void build_overrides(builder *b)
{
    const json_t *list = build_get(b->root, "timeline");
    made_definition *made = ARENA_ARRAY(b->memory, json_array_size(list) + 1, made_definition);
    for (size_t i = 0; i < json_array_size(list); i++)
        made[i].from = NO_INDEX;
    for (uint32_t i = 0; i < b->config->timeline_count; i++) {
        timeline_action *a = &b->config->timeline[i];
        if (a->kind != TIMELINE_RUN_TASK) continue;
        uint32_t entry = b->action_entries[i], from = a->run_task.task_definition;
        if (made[entry].from != from || from == NO_INDEX) {
            const json_t *body = build_get(json_array_get(list, entry), "runTask");
            made[entry].from = from;
            made[entry].to = build_overridden(
                b, body, build_pointer(b, "/timeline/%u/runTask", entry), &a->run_task, from);
        }
        a->run_task.task_definition = made[entry].to;
    }
}
