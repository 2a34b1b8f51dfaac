/* Standalone tasks that arrive (contract: scenario, arrivals). */
#include "scenarios/read/build.h"
#include "scenarios/read/distribution_json.h"
#include <string.h>

/* A name for the source's random streams that the other sources leave as it is: its own, or that of
 * its task definition's family, numbered from the second of a name on. */
static const char *name_of(builder *b, json_t *taken, const json_t *entry, uint32_t definition)
{
    const char *name = build_text(entry, "name", NULL);
    if (!name)
        name = definition == NO_INDEX ? "trace" : b->config->task_definitions[definition].family;
    long long count = build_integer(taken, name, 0) + 1;
    json_object_set_new(taken, name, json_integer(count));
    return count == 1 ? build_copy(b, name) : build_pointer(b, "%s#%lld", name, count);
}

/* Its largest draw is 0: calls would never end. */
static bool never_waits(const distribution *d)
{
    switch (d->kind) {
    case DISTRIBUTION_UNIFORM:
        return d->b <= 0;
    case DISTRIBUTION_NORMAL:
        return d->a <= 0 && d->b <= 0;
    case DISTRIBUTION_EMPIRICAL:
        return d->count == 0 || d->values[d->count - 1] <= 0;
    default:
        return d->a <= 0;
    }
}

static void build_source(builder *b, json_t *entry, const char *pointer, arrival_config *out)
{
    const json_t *every = build_get(entry, "every");
    distribution_from_json(every, b->memory, &out->every, NULL);
    if (never_waits(&out->every))
        build_error(b, build_pointer(b, "%s/every", pointer), "\"every\" must be above 0");
    out->from_us = build_time(b, entry, pointer, "from", 0);
    out->until_us = build_time(b, entry, pointer, "until", SIM_RUN_MAX);
    out->limit =
        build_get(entry, "limit") ? (uint64_t)build_integer(entry, "limit", 0) : UINT64_MAX;
}

/* What goes with the other form only. */
static void refuse_keys(builder *b, const json_t *entry, const char *pointer, bool is_trace)
{
    static const char *const of_trace[] = {"columns", "scale", "taskDefinition", "delimiter", NULL},
                             *const of_every[] = {"from", "until", "limit", "every", NULL};
    const char *const *keys = is_trace ? of_every : of_trace;
    for (; *keys; keys++)
        if (build_get(entry, *keys))
            build_error(b, build_pointer(b, "%s/%s", pointer, *keys), "\"%s\" goes with \"%s\"",
                        *keys, is_trace ? "every" : "trace");
}

static void build_one(builder *b, json_t *entry, const char *pointer, json_t *names)
{
    arrival_config *out = &b->config->arrivals[b->config->arrival_count];
    const json_t *call = build_get(entry, "runTask");
    const char *at = build_pointer(b, "%s/runTask", pointer);
    out->is_trace = build_get(entry, "trace") != NULL;
    refuse_keys(b, entry, pointer, out->is_trace);
    if (!out->is_trace && (!call || !build_get(entry, "every"))) {
        build_error(b, pointer, "needs \"runTask\" with \"every\", or \"trace\" with \"columns\"");
        return;
    }
    out->call.task_definition = NO_INDEX;
    if (call)
        build_run_task(b, call, at, &out->call);
    else
        build_shares(b, entry, pointer, &out->call.share_count, &out->call.shares);
    if (!call && build_on_fargate(out->call.shares, out->call.share_count))
        build_error(b, pointer, "Fargate needs \"runTask\" with its networkConfiguration (E71)");
    const char *family = build_text(entry, "taskDefinition", NULL);
    const char *family_at = build_pointer(b, "%s/taskDefinition", pointer);
    if (family && call)
        build_error(b, family_at, "\"taskDefinition\" stands in \"runTask\" already");
    if (family && !call)
        out->call.task_definition = build_find_task_definition(b, family, family_at);
    uint32_t definition = out->call.task_definition;
    if (!out->is_trace && definition == NO_INDEX) return; /* reported */
    out->name = name_of(b, names, entry, definition);
    if (call)
        out->call.task_definition = definition =
            build_overridden(b, call, at, &out->call, definition);
    if (out->is_trace)
        build_trace(b, entry, pointer, definition, out);
    else
        build_source(b, entry, pointer, out);
    b->config->arrival_count++;
}

void build_arrivals(builder *b)
{
    const json_t *list = build_get(b->root, "arrivals");
    json_t *names = json_object(), *newest = b->newest;
    b->newest = b->newest_at_start; /* a family alone is its newest revision at t = 0 */
    b->config->arrivals = ARENA_ARRAY(b->memory, json_array_size(list) + 1, arrival_config);
    for (size_t i = 0; i < json_array_size(list); i++)
        if (json_is_object(json_array_get(list, i)))
            build_one(b, json_array_get(list, i), build_pointer(b, "/arrivals/%zu", i), names);
    b->newest = newest;
    json_decref(names);
}
