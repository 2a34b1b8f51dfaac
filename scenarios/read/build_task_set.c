/* Task sets: services that somebody else deploys, and the calls on their task sets (spec/ecs.md E163). */
#include "scenarios/read/build.h"
#include <math.h>
#include <string.h>

void build_controller(builder *b, const json_t *object, const char *pointer, service_config *s)
{
    const char *type = build_text(build_get(object, "deploymentController"), "type", "ECS");
    const json_t *deployment = build_get(object, "deploymentConfiguration");
    if (strcmp(type, "CODE_DEPLOY") == 0) s->controller = CONTROLLER_CODE_DEPLOY;
    if (strcmp(type, "EXTERNAL") == 0) s->controller = CONTROLLER_EXTERNAL;
    const bool external = s->controller == CONTROLLER_EXTERNAL;
    if (!external && !json_object_get(object, "taskDefinition"))
        build_error(b, pointer,
                    "\"taskDefinition\" is missing: family, family:revision or ARN (E20)");
    if (s->controller == CONTROLLER_ECS) return;
    if (external && (build_get(object, "taskDefinition") || build_get(object, "loadBalancers")))
        build_error(
            b, pointer,
            "with deploymentController EXTERNAL task definition and load balancers are those "
            "of task sets: createTaskSet gives them (E163)");
    if (s->daemon) build_error(b, pointer, "a DAEMON service is deployed by ECS only (E101)");
    if (s->minimum_healthy_percent != 100 || s->maximum_percent != 200)
        build_error(b, build_pointer(b, "%s/deploymentConfiguration", pointer),
                    "with deploymentController %s the percents are 100 and 200 (E141)", type);
    if (s->breaker.enabled || s->alarms.enabled || build_get(deployment, "strategy"))
        build_error(
            b, build_pointer(b, "%s/deploymentConfiguration", pointer),
            "circuit breaker, alarms and strategies are for deploymentController ECS (E153, "
            "E160, E162)");
    s->breaker.enabled = s->alarms.enabled = false;
    s->rebalancing = false;
}

void build_check_task_set_update(builder *b, const json_t *body, const char *pointer,
                                 const service_config *s)
{
    static const char *const ours[] = {"taskDefinition", "loadBalancers", "forceNewDeployment",
                                       "deploymentConfiguration", "availabilityZoneRebalancing"};
    static const char *const types[] = {"ECS", "CODE_DEPLOY", "EXTERNAL"};
    const json_t *controller = build_get(body, "deploymentController");
    if (strcmp(build_text(controller, "type", types[s->controller]), types[s->controller]) != 0)
        build_error(b, build_pointer(b, "%s/deploymentController", pointer),
                    "another controller than %s is not simulated (E163)", types[s->controller]);
    if (s->controller == CONTROLLER_ECS) return;
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (build_get(body, ours[i]))
            build_error(b, build_pointer(b, "%s/%s", pointer, ours[i]),
                        "an update can't give it to a service with deploymentController %s: task "
                        "sets do (E163)",
                        types[s->controller]);
}

/* ---- Calls ---- */

/* The service, if it has task sets; NO_INDEX after reporting. */
static uint32_t find_service(builder *b, const json_t *body, const char *pointer)
{
    const char *service = build_text(body, "service", NULL),
               *at = build_pointer(b, "%s/service", pointer);
    const uint32_t index = service ? build_find_service(b, service, at) : NO_INDEX;
    if (index == NO_INDEX || b->current[index].controller != CONTROLLER_ECS) return index;
    build_error(
        b, at,
        "service \"%s\" is deployed by ECS: task sets are for deploymentController EXTERNAL "
        "and CODE_DEPLOY (E163)",
        b->config->services[index].name);
    return NO_INDEX;
}

static uint32_t read_scale(builder *b, const json_t *body, const char *pointer)
{
    const double percent = build_number(build_get(body, "scale"), "value", 0),
                 scale = percent * (TASK_SET_WHOLE / 100);
    if (fabs(scale - rint(scale)) > 1e-6)
        build_error(b, build_pointer(b, "%s/scale/value", pointer),
                    "expected a multiple of 0.0001 percent, got %.10g (E163)", percent);
    return (uint32_t)rint(scale);
}

static const char *key_of(builder *b, uint32_t service, const char *id)
{
    return build_pointer(b, "task set %u %s", service, id);
}

/* The set that a call names: the end of an ARN, the externalId of an earlier call, or SERVICE#NUMBER. */
static void read_task_set(builder *b, const json_t *body, const char *pointer, const char *key,
                          timeline_action *a)
{
    const char *text = build_text(body, key, NULL);
    a->service = find_service(b, body, pointer);
    if (!text || a->service == NO_INDEX) return;
    const char *slash = strrchr(text, '/');
    a->task_set = build_copy(b, slash ? slash + 1 : text);
    if (!strchr(a->task_set, '#') && !json_object_get(b->taken, key_of(b, a->service, a->task_set)))
        build_error(b, build_pointer(b, "%s/%s", pointer, key),
                    "no task set \"%s\" of service \"%s\" has been created by then (E163)",
                    a->task_set, b->config->services[a->service].name);
}

void build_create_task_set(builder *b, const json_t *body, const char *pointer, timeline_action *a)
{
    task_set_call *c = &a->create_task_set;
    const char *definition = build_text(body, "taskDefinition", NULL),
               *at = build_pointer(b, "%s/taskDefinition", pointer);
    a->service = find_service(b, body, pointer);
    c->task_definition = definition ? build_find_task_definition(b, definition, at) : NO_INDEX;
    c->scale = read_scale(b, body, pointer);
    c->external_id = build_copy(b, build_text(body, "externalId", NULL));
    build_service_balancers(b, build_get(body, "loadBalancers"),
                            build_pointer(b, "%s/loadBalancers", pointer), c->task_definition,
                            &c->load_balancer_count, &c->load_balancers);
    for (uint32_t i = 0; i < c->load_balancer_count; i++)
        if (c->load_balancers[i].production.given ||
            build_group_is_classic(b, c->load_balancers[i].target_group))
            build_error(b, build_pointer(b, "%s/loadBalancers/%u", pointer, i),
                        "a task set registers with one target group (E163)");
    if (a->service == NO_INDEX || c->task_definition == NO_INDEX) return;
    if (b->config->task_definitions[c->task_definition].network == NETWORK_AWSVPC &&
        b->current[a->service].zone_count == 0)
        build_error(
            b, at,
            "network mode awsvpc: networkConfiguration of task sets is not simulated by this "
            "version of berth");
    if (c->external_id) reference_add(b->taken, key_of(b, a->service, c->external_id), NULL, 0);
    service_config *s = &b->config->services[a->service];
    if (s->task_definition == NO_INDEX)
        b->current[a->service].task_definition = s->task_definition = c->task_definition;
}

void build_update_task_set(builder *b, const json_t *body, const char *pointer, timeline_action *a)
{
    read_task_set(b, body, pointer, "taskSet", a);
    a->task_set_scale = read_scale(b, body, pointer);
}

void build_primary_task_set(builder *b, const json_t *body, const char *pointer, timeline_action *a)
{
    read_task_set(b, body, pointer, "primaryTaskSet", a);
}

void build_delete_task_set(builder *b, const json_t *body, const char *pointer, timeline_action *a)
{
    read_task_set(b, body, pointer, "taskSet", a);
    a->force = build_flag(body, "force", false);
}

void build_first_task_sets(builder *b)
{
    model_config *c = b->config;
    for (uint32_t i = 0; i < c->service_count; i++)
        if (c->services[i].controller == CONTROLLER_EXTERNAL &&
            c->services[i].task_definition == NO_INDEX)
            build_error(
                b, c->services[i].pointer,
                "with deploymentController EXTERNAL it runs nothing: no createTaskSet in the "
                "timeline (E163)");
    for (uint32_t i = 0; i < c->timeline_count;
         i++) { /* one that was deleted and is created anew */
        timeline_action *a = &c->timeline[i];
        if (a->kind == TIMELINE_CREATE_SERVICE && a->replaces && a->service != NO_INDEX &&
            a->update.to.task_definition == NO_INDEX)
            a->update.to.task_definition = c->services[a->service].task_definition;
    }
}
