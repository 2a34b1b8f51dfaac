/* Message queues and who works on them (contract: scenario, queues). */
#include "scenarios/read/build.h"
#include "scenarios/read/distribution_json.h"
#include "scenarios/read/rate.h"
#include <string.h>

static bool name_is_taken(const builder *b, const char *name)
{
    for (uint32_t i = 0; i < b->config->queue_count; i++)
        if (strcmp(b->config->queues[i].name, name) == 0) return true;
    return false;
}

static void build_one_queue(builder *b, const json_t *object, const char *pointer)
{
    const char *name = build_text(object, "name", NULL),
               *service = build_text(object, "service", NULL);
    const json_t *seconds = build_get(object, "secondsPerMessage");
    queue_config q = {.service = NO_INDEX};
    distribution each = distribution_constant(0);
    sim_error err = {0};
    if (!name || !service || !seconds) return; /* reported */
    if (name_is_taken(b, name))
        build_error(b, build_pointer(b, "%s/name", pointer), "there is a queue \"%s\" already",
                    name);
    q.name = build_copy(b, name);
    q.service = build_find_service(b, service, build_pointer(b, "%s/service", pointer));
    if (!distribution_from_json(seconds, b->memory, &each, &err) || distribution_mean(&each) <= 0)
        build_error(b, build_pointer(b, "%s/secondsPerMessage", pointer), "%s",
                    err.text[0] ? err.text : "a message must take time");
    offered_rate rate;
    const bool known = build_rate(b, object, pointer, "messagesPerSecond",
                                  build_pointer(b, "noise/queue/%s", name), &rate);
    q.rate = rate.series;
    q.noise = rate.noise;
    if (!known || q.service == NO_INDEX || distribution_mean(&each) <= 0) return;
    q.messages_per_worker =
        (double)build_integer(object, "concurrency", 1) / distribution_mean(&each);
    b->config->queues[b->config->queue_count++] = q;
}

void build_queues(builder *b)
{
    const json_t *list = build_get(b->root, "queues");
    b->config->queues = ARENA_ARRAY(b->memory, json_array_size(list) + 1, queue_config);
    for (size_t i = 0; i < json_array_size(list); i++)
        if (json_is_object(json_array_get(list, i)))
            build_one_queue(b, json_array_get(list, i), build_pointer(b, "/queues/%zu", i));
}
