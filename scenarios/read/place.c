#include "scenarios/read/place.h"

/* clang-format off */
const place scenario_places[] = {
    /* pattern                                   list    list_key              element_key */
    {"/cluster",                                 false,  "clusters",           "cluster"},
    {"/cluster/containerInstances",              true,   "containerInstances", NULL},
    {"/taskDefinitions",                         true,   "taskDefinitions",    "taskDefinition"},
    {"/taskDefinitions/*/containerDefinitions",  true,   NULL,                 NULL},
    {"/services",                                true,   "services",           "service"},
    {"/services/*/deploymentConfiguration",      false,  NULL,                 NULL},
    {"/services/*/networkConfiguration",         false,  NULL,                 NULL},
    {"/loadBalancers",                           true,   "LoadBalancers",      NULL},
    {"/loadBalancers",                           true,   "LoadBalancerDescriptions", NULL}, /* classic */
    {"/listeners",                               true,   "Listeners",          NULL},
    {"/targetGroups",                            true,   "TargetGroups",       NULL},
    {"/listenerRules",                           true,   "Rules",              NULL},
    {"/tasks",                                   true,   "tasks",              NULL},
    {"/scalableTargets",                         true,   "ScalableTargets",    NULL},
    {"/scalingPolicies",                         true,   "ScalingPolicies",    NULL},
    {"/scheduledActions",                        true,   "ScheduledActions",   NULL},
    {"/alarms",                                  true,   "MetricAlarms",       NULL},
    {"/autoScalingGroups",                       true,   "AutoScalingGroups",  NULL},
    {"/capacityProviders",                       true,   "capacityProviders",  "capacityProvider"},
    {"/timeline/*/registerTaskDefinition",       false,  NULL,                 "taskDefinition"},
    {"/timeline/*/createService",                false,  "services",           "service"},
    {"/timeline/*/updateService",                false,  NULL,                 "service"},
    {"/timeline/*/runTask",                      false,  NULL,                 NULL},
    {"/timeline/*/registerScalableTarget",       false,  "ScalableTargets",    NULL},
    {"/timeline/*/putScalingPolicy",             false,  "ScalingPolicies",    NULL},
    {"/arrivals/*/runTask",                      false,  NULL,                 NULL},
};
/* clang-format on */
const size_t scenario_place_count = sizeof scenario_places / sizeof *scenario_places;

json_t *place_unwrap(const place *p, const json_t *value, const char **key)
{
    json_t *inner = p->list_key ? json_object_get(value, p->list_key) : NULL;
    *key = p->list_key;
    /* where one object stands, an answer about exactly one will do */
    if (json_is_array(inner) && (p->list || json_array_size(inner) == 1)) return inner;
    inner = p->element_key ? json_object_get(value, p->element_key) : NULL;
    *key = p->element_key;
    return json_is_object(inner) ? inner : NULL;
}

const char *place_incomplete(const json_t *answer)
{
    static const char *const tokens[] = {"nextToken", "NextToken", "NextMarker"};
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++)
        if (json_string_length(json_object_get(answer, tokens[i])) > 0) return tokens[i];
    return json_array_size(json_object_get(answer, "failures")) > 0 ? "failures" : NULL;
}
