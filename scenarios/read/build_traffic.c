/* Offered requests (contract: scenario, traffic). */
#include "scenarios/read/build.h"
#include "scenarios/read/rate.h"
#include "scenarios/read/rate_noise.h"
#include <math.h>
#include <string.h>

#define SHARE_TOLERANCE 1e-9

static void read_paths(builder *b, const json_t *object, const char *pointer, traffic_config *t)
{
    const json_t *paths = build_get(object, "paths");
    const char *path;
    json_t *share;
    double sum = 0;
    t->paths = ARENA_ARRAY(b->memory, json_object_size(paths) + 1, traffic_path);
    json_object_foreach((json_t *)paths, path, share)
    {
        if (path[0] != '/')
            build_error(b, build_pointer(b, "%s/paths/%s", pointer, build_escape(b, path)),
                        "a path begins with \"/\" (L62)");
        t->paths[t->path_count].path = build_copy(b, path);
        t->paths[t->path_count].host = build_copy(b, build_text(object, "host", NULL));
        t->paths[t->path_count++].share = json_number_value(share);
        sum += json_number_value(share);
    }
    if (t->path_count > 0 && fabs(sum - 1) > SHARE_TOLERANCE)
        build_error(b, build_pointer(b, "%s/paths", pointer), "the shares sum to %.10g, not to 1",
                    sum);
    if (t->path_count > 0) return;
    t->paths[0] = (traffic_path){
        .path = "/", .host = build_copy(b, build_text(object, "host", NULL)), .share = 1};
    t->path_count = 1;
}

static void read_destination(builder *b, const json_t *object, const char *pointer,
                             traffic_config *t)
{
    const char *group = build_text(object, "targetGroup", NULL),
               *balancer = build_text(object, "loadBalancer", NULL),
               *service = build_text(object, "service", NULL);
    t->target_group = t->load_balancer = t->service = NO_INDEX;
    if ((group != NULL) + (balancer != NULL) + (service != NULL) != 1) {
        build_error(b, pointer, "needs one of \"targetGroup\", \"loadBalancer\" and \"service\"");
        return;
    }
    if (!balancer && build_get(object, "paths"))
        build_error(b, build_pointer(b, "%s/paths", pointer),
                    "\"paths\" goes with \"loadBalancer\"");
    if (group)
        t->target_group =
            build_find_target_group(b, group, build_pointer(b, "%s/targetGroup", pointer));
    if (!balancer) return;
    t->load_balancer =
        build_find_load_balancer(b, balancer, build_pointer(b, "%s/loadBalancer", pointer));
    read_paths(b, object, pointer, t);
}

/* A mistake in a data file stands there; one without a text has been reported. */
static void report_rate(builder *b, const char *pointer, const sim_error *err)
{
    if (err->file[0] != '\0')
        diagnostics_add(b->diag, SEVERITY_ERROR, err->file, err->line, err->column, pointer, "%s",
                        err->text);
    else if (err->text[0] != '\0')
        build_error(b, build_pointer(b, "%s%s", pointer, err->pointer), "%s", err->text);
}

/* Noise on all that the object offers; NULL: none. */
static const rate_noise *read_noise(builder *b, const json_t *object, const char *pointer,
                                    const char *name)
{
    rate_noise *noise = ARENA_NEW(b->memory, rate_noise);
    sim_error err = {0};
    static const char *const keys[] = {"noise", "noisePeriod"};
    for (int i = 0; i < 2; i++)
        if (build_written(object, keys[i]) && !build_get(object, keys[i]))
            return NULL; /* reported */
    if (!build_written(object, keys[0]) && !build_written(object, keys[1])) return NULL;
    noise->name = name;
    noise->outer = NO_INDEX;
    if (rate_noise_read(object, b->config->duration_us, b->memory, noise, &err)) {
        rate_noise_warn(b->doc, pointer, noise);
        return noise;
    }
    build_error(b, build_pointer(b, "%s%s", pointer, err.pointer), "%s", err.text);
    return NULL;
}

bool build_rate(builder *b, const json_t *object, const char *pointer, const char *key,
                const char *name, offered_rate *rate)
{
    *rate = (offered_rate){0};
    const json_t *value = build_get(object, key);
    rate_options options = {
        .doc = b->doc,
        .pointer = build_pointer(b, "%s/%s", pointer, key),
        .start_unix_us = b->config->start_unix_us,
        .duration_us = b->config->duration_us,
        .step_us = build_span(object, "step", SIM_MINUTE),
        .scale = build_number(b->root, "trafficScale", 1),
        .name = name,
        .over = read_noise(b, object, pointer, name),
    };
    sim_error err = {0};
    if (options.step_us <= 0)
        return build_error(b, build_pointer(b, "%s/step", pointer), "\"step\" must be above 0");
    if (!value) return false; /* reported: missing */
    if (rate_from_json(value, &options, b->memory, rate, &err)) return true;
    report_rate(b, options.pointer, &err);
    return false;
}

static bool goes_to_the_same(const builder *b, uint32_t i, const traffic_config *t, const char *to)
{
    const traffic_config *other = &b->config->traffic[i];
    const json_t *list = build_get(b->root, "traffic");
    return other->target_group == t->target_group && other->load_balancer == t->load_balancer &&
           strcmp(build_text(json_array_get(list, i), "service", to), to) == 0;
}

/* By where it goes, and its number among those that go there: what else the scenario holds changes
 * no draw. */
static const char *stream_name(builder *b, const json_t *object, const traffic_config *t)
{
    const model_config *c = b->config;
    const char *to = build_text(object, "service", "");
    uint32_t number = 0;
    if (t->target_group != NO_INDEX) to = c->target_groups[t->target_group].name;
    if (t->load_balancer != NO_INDEX) to = c->load_balancers[t->load_balancer].name;
    for (uint32_t i = 0; i < c->traffic_count; i++)
        number += goes_to_the_same(b, i, t, to);
    return build_pointer(b, "noise/%s/%u", to, number);
}

static void build_one_traffic(builder *b, const json_t *object, const char *pointer)
{
    traffic_config *t = &b->config->traffic[b->config->traffic_count];
    read_destination(b, object, pointer, t);
    t->timeout_us = build_span(object, "timeout", SIM_MINUTE);
    offered_rate rate;
    if (!build_rate(b, object, pointer, "requestsPerSecond", stream_name(b, object, t), &rate))
        return;
    t->rate = rate.series;
    t->noise = rate.noise;
    t->scripted = rate.scripted;
    b->config->traffic_count++;
}

void build_traffic(builder *b)
{
    const json_t *list = build_get(b->root, "traffic");
    b->config->traffic = ARENA_ARRAY(b->memory, json_array_size(list) + 1, traffic_config);
    for (size_t i = 0; i < json_array_size(list); i++)
        if (json_is_object(json_array_get(list, i)))
            build_one_traffic(b, json_array_get(list, i), build_pointer(b, "/traffic/%zu", i));
}

/* One that has load balancers gets its requests through them. */
static uint32_t find_service(builder *b, const char *name, const char *pointer)
{
    const uint32_t service = build_find_service(b, name, pointer);
    if (service != NO_INDEX && b->config->services[service].load_balancer_count > 0)
        build_error(b, pointer,
                    "the service \"%s\" has load balancers: its requests come through "
                    "\"targetGroup\" or \"loadBalancer\"",
                    b->config->services[service].name);
    return service;
}

void build_traffic_services(builder *b)
{
    const json_t *list = build_get(b->root, "traffic");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = build_text(json_array_get(list, i), "service", NULL);
        if (!name) continue;
        const uint32_t service = find_service(b, name, build_pointer(b, "/traffic/%zu/service", i));
        if (i < b->config->traffic_count) b->config->traffic[i].service = service;
    }
}
