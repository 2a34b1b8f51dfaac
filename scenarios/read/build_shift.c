/* Native blue/green, linear and canary deployments of a service (spec/ecs.md E162). */
#include "models/deployment_stage.h"
#include "scenarios/read/build.h"
#include <math.h>
#include <string.h>
#include <strings.h>

static const char *const strategy_words[] = {
    [DEPLOY_ROLLING] = "ROLLING",
    [DEPLOY_BLUE_GREEN] = "BLUE_GREEN",
    [DEPLOY_LINEAR] = "LINEAR",
    [DEPLOY_CANARY] = "CANARY",
};

/* ---- Hooks ---- */

/* E162. */
static bool takes_hooks(uint32_t stage)
{
    return stage != STAGE_SCALE_UP && stage != STAGE_BAKE_TIME && stage != STAGE_CLEAN_UP;
}

static uint32_t read_stages(builder *b, const json_t *list, const char *pointer, bool pause)
{
    uint32_t stages = 0;
    if (json_array_size(list) == 0)
        build_error(b, pointer, "a lifecycle hook needs lifecycleStages (E162)");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i)),
                   *at = build_pointer(b, "%s/%zu", pointer, i);
        uint32_t stage = STAGE_NONE + 1;
        while (stage < STAGE_COUNT &&
               !(takes_hooks(stage) && strcmp(deployment_stage_names[stage], text) == 0))
            stage++;
        if (stage == STAGE_COUNT)
            build_error(b, at, "no lifecycle stage \"%s\" that hooks can wait at (E162)", text);
        else if (pause &&
                 (stage == STAGE_TEST_TRAFFIC_SHIFT || stage == STAGE_PRODUCTION_TRAFFIC_SHIFT))
            build_error(b, at, "a PAUSE hook can't wait at %s (E162)", text);
        else
            stages |= UINT32_C(1) << stage;
    }
    return stages;
}

/* A PAUSE hook waits for an answer that nobody gives; a Lambda's work takes no time here. */
static void read_hook(builder *b, const json_t *hook, const char *pointer,
                      traffic_shift_config *shift)
{
    const bool pause = strcmp(build_text(hook, "targetType", "AWS_LAMBDA"), "PAUSE") == 0;
    const json_t *stages = build_get(hook, "lifecycleStages"),
                 *timeout = build_get(hook, "timeoutConfiguration");
    const uint32_t at_stages = read_stages(
        b, stages, stages ? build_pointer(b, "%s/lifecycleStages", pointer) : pointer, pause);
    if (!pause && !build_get(hook, "hookTargetArn"))
        build_error(b, pointer, "a Lambda hook needs \"hookTargetArn\" (E162)");
    if (!pause) {
        build_warning(b, pointer, "what a Lambda hook does is not simulated: it succeeds at once");
        return;
    }
    shift->hooks[shift->hook_count++] = (pause_hook){
        .stages = at_stages,
        .timeout_us = build_integer(timeout, "timeoutInMinutes", 1440) * SIM_MINUTE,
        .continues = strcmp(build_text(timeout, "action", "ROLLBACK"), "CONTINUE") == 0,
    };
}

static void read_hooks(builder *b, const json_t *list, const char *pointer,
                       traffic_shift_config *shift)
{
    shift->hook_count = 0;
    shift->hooks = ARENA_ARRAY(b->memory, json_array_size(list) + 1, pause_hook);
    for (size_t i = 0; i < json_array_size(list); i++)
        if (json_is_object(json_array_get(list, i)))
            read_hook(b, json_array_get(list, i), build_pointer(b, "%s/%zu", pointer, i), shift);
}

/* ---- Strategies ---- */

static uint32_t read_tenths(builder *b, const json_t *object, const char *pointer, const char *key,
                            double fallback)
{
    const double percent = build_number(object, key, fallback), tenths = percent * 10;
    if (fabs(tenths - rint(tenths)) > 1e-6)
        build_error(b, build_pointer(b, "%s/%s", pointer, key),
                    "expected a multiple of 0.1 percent, got %.10g (E162)", percent);
    return (uint32_t)rint(tenths);
}

static void read_steps(builder *b, const json_t *deployment, const char *pointer, const char *key,
                       deploy_strategy strategy, const char *percent, double default_percent,
                       const char *bake, long long default_bake, traffic_shift_config *shift)
{
    const json_t *object = build_get(deployment, key);
    const char *at = build_pointer(b, "%s/%s", pointer, key);
    if (object && shift->strategy != strategy)
        build_error(b, at, "\"%s\" goes with strategy %s (E162)", key, strategy_words[strategy]);
    if (shift->strategy != strategy || (!object && !build_get(deployment, "strategy"))) return;
    shift->step_tenths = read_tenths(b, object, at, percent, default_percent);
    shift->step_bake_us = build_integer(object, bake, default_bake) * SIM_MINUTE;
}

void build_shift(builder *b, const json_t *deployment, const char *pointer,
                 traffic_shift_config *shift)
{
    const char *strategy = build_text(deployment, "strategy", NULL);
    for (int i = 0; strategy && i <= DEPLOY_CANARY; i++)
        if (strcasecmp(strategy, strategy_words[i]) == 0) shift->strategy = (deploy_strategy)i;
    const bool bake = build_get(deployment, "bakeTimeInMinutes") != NULL;
    if (bake) shift->bake_us = build_integer(deployment, "bakeTimeInMinutes", 0) * SIM_MINUTE;
    shift->has_bake |= bake;
    if (!bake && strategy && shift->strategy == DEPLOY_BLUE_GREEN)
        build_error(b, pointer, "strategy BLUE_GREEN needs \"bakeTimeInMinutes\" (E162)");
    read_steps(b, deployment, pointer, "linearConfiguration", DEPLOY_LINEAR, "stepPercent", 10,
               "stepBakeTimeInMinutes", 6, shift);
    read_steps(b, deployment, pointer, "canaryConfiguration", DEPLOY_CANARY, "canaryPercent", 5,
               "canaryBakeTimeInMinutes", 10, shift);
    const json_t *hooks = build_get(deployment, "lifecycleHooks");
    if (hooks) read_hooks(b, hooks, build_pointer(b, "%s/lifecycleHooks", pointer), shift);
}

/* ---- Load balancers ---- */

/* The other target group; NO_INDEX after reporting. */
static uint32_t find_alternate(builder *b, const char *text, const char *pointer, uint32_t group)
{
    const uint32_t alternate = build_find_target_group(b, text, pointer);
    if (alternate == NO_INDEX) return NO_INDEX;
    const target_group_config *groups = b->config->target_groups;
    if (alternate == group) {
        build_error(b, pointer, "the alternate target group is another one (E162)");
        return NO_INDEX;
    }
    if (groups[alternate].target_type_ip != groups[group].target_type_ip)
        build_error(b, pointer, "both target groups must have the same type (L4)");
    return alternate;
}

void build_advanced(builder *b, const json_t *item, const char *pointer, service_load_balancer *l)
{
    const json_t *advanced = build_get(item, "advancedConfiguration");
    const char *alternate = build_text(advanced, "alternateTargetGroupArn", NULL),
               *production = build_text(advanced, "productionListenerRule", NULL),
               *test = build_text(advanced, "testListenerRule", NULL);
    const char *at = build_pointer(b, "%s/advancedConfiguration", pointer);
    if (!advanced) return;
    l->production = (listener_place){true, 0, NO_INDEX}; /* what is wrong is said once */
    if (!alternate || !production) {
        build_error(b, at,
                    "needs \"alternateTargetGroupArn\" and \"productionListenerRule\" (E162)");
        return;
    }
    l->alternate_target_group = find_alternate(
        b, alternate, build_pointer(b, "%s/alternateTargetGroupArn", at), l->target_group);
    if (l->alternate_target_group == NO_INDEX) {
        l->alternate_target_group = l->target_group;
        return;
    }
    l->production =
        build_find_place(b, production, build_pointer(b, "%s/productionListenerRule", at), l);
    if (test) l->test = build_find_place(b, test, build_pointer(b, "%s/testListenerRule", at), l);
}

void build_check_shift(builder *b, const service_config *s, const char *pointer)
{
    const model_config *c = b->config;
    if (s->shift.strategy == DEPLOY_ROLLING && s->shift.has_bake && !s->alarms.enabled)
        build_warning(
            b, pointer,
            "bakeTimeInMinutes does nothing to a rolling deployment without alarms (E160)");
    if (s->shift.strategy == DEPLOY_ROLLING) return;
    const char *name = strategy_words[s->shift.strategy];
    if (s->load_balancer_count == 0)
        build_error(b, pointer,
                    "strategy %s needs loadBalancers with advancedConfiguration (E162); Service "
                    "Connect is not simulated",
                    name);
    for (uint32_t i = 0; i < s->load_balancer_count; i++) {
        const service_load_balancer *l = &s->load_balancers[i];
        if (!l->production.given) {
            build_error(b, pointer,
                        "strategy %s needs an advancedConfiguration for target group \"%s\" (E162)",
                        name, c->target_groups[l->target_group].name);
            continue;
        }
        for (uint32_t t = 0; t < c->traffic_count; t++)
            if (c->traffic[t].target_group == l->target_group ||
                c->traffic[t].target_group == l->alternate_target_group)
                build_warning(b, pointer,
                              "traffic straight to target group \"%s\" does not follow the "
                              "listener rule that strategy %s changes; send it to the load "
                              "balancer",
                              c->target_groups[c->traffic[t].target_group].name, name);
    }
}
