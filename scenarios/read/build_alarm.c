/* Alarms of deployments: deploymentConfiguration.alarms (spec/ecs.md E160). */
#include "scenarios/read/build.h"

struct alarm_wish {
    const json_t *names;
    const char *pointer;
    deployment_alarm_config config; /* its list is what services hold */
    struct alarm_wish *next;
};

deployment_alarm_config build_deployment_alarms(builder *b, const json_t *deployment,
                                                const char *pointer)
{
    const json_t *object = build_get(deployment, "alarms"),
                 *names = build_get(object, "alarmNames");
    const uint32_t count = (uint32_t)json_array_size(names);
    deployment_alarm_config c = {.enabled = build_flag(object, "enable", false),
                                 .rollback = build_flag(object, "rollback", false),
                                 .count = count,
                                 .alarms = ARENA_ARRAY(b->memory, count + 1, uint32_t)};
    if (!c.enabled) return c;
    const char *at = build_pointer(b, "%s/alarms", pointer);
    if (count == 0) build_error(b, at, "needs \"alarmNames\" (E160)");
    struct alarm_wish *wish = ARENA_NEW(b->memory, struct alarm_wish);
    *wish = (struct alarm_wish){names, build_pointer(b, "%s/alarmNames", at), c, NULL};
    *(b->last_alarm_wish ? &b->last_alarm_wish->next : &b->alarm_wishes) = wish;
    b->last_alarm_wish = wish;
    return c;
}

static void resolve(builder *b, const struct alarm_wish *wish)
{
    for (uint32_t i = 0; i < wish->config.count; i++) {
        const char *name = json_string_value(json_array_get(wish->names, i)),
                   *at = build_pointer(b, "%s/%u", wish->pointer, i);
        if (!name) continue; /* reported */
        const json_t *known = json_object_get(b->alarm_index, name);
        if (known && (uint32_t)json_integer_value(known) == NO_INDEX)
            build_error(b, at,
                        "alarm \"%s\" is not simulated by this version of berth, and a deployment "
                        "depends on it",
                        name);
        else
            wish->config.alarms[i] = build_find_alarm(b, name, at);
    }
}

void build_alarm_names(builder *b)
{
    for (const struct alarm_wish *wish = b->alarm_wishes; wish; wish = wish->next)
        resolve(b, wish);
}
