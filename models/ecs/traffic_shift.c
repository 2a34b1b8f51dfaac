#include "models/ecs/traffic_shift.h"
#include "models/deployment_stage.h"
#include "models/ecs/deployment_alarm.h"
#include "models/elb/listener.h"
#include "sim/engine/check.h"

#define WHOLE         1000            /* tenths of a percent */
#define STAGE_CAP     (24 * SIM_HOUR) /* E162 */
#define WHOLE_CAP     (30 * SIM_DAY)
#define STAGE_BIT(st) (UINT32_C(1) << (st))

uint32_t traffic_shift_step(const traffic_shift_config *config, uint32_t k)
{
    CHECK(k > 0);
    if (config->strategy == DEPLOY_CANARY && k == 1) return config->step_tenths;
    if (config->strategy != DEPLOY_LINEAR) return WHOLE;
    const uint64_t share = (uint64_t)config->step_tenths * k;
    return share < WHOLE ? (uint32_t)share : WHOLE;
}

/* ---- traffic ---- */

static void weigh(service *s, listener_place place, const service_load_balancer *l, uint32_t tenths)
{
    if (!place.given) return;
    load_balancing_weigh(s->ecs->lb, listener_place_action(s->ecs->cfg, place), l->target_group,
                         l->alternate_target_group, tenths);
}

/* The alternate groups get this share. */
static void move_production(service *s, uint32_t tenths)
{
    s->shift.tenths = tenths;
    for (uint32_t i = 0; i < s->config.load_balancer_count; i++)
        weigh(s, s->config.load_balancers[i].production, &s->config.load_balancers[i], tenths);
}

static void move_test(service *s, uint32_t tenths)
{
    for (uint32_t i = 0; i < s->config.load_balancer_count; i++)
        weigh(s, s->config.load_balancers[i].test, &s->config.load_balancers[i], tenths);
}

void traffic_shift_settle(service *s)
{
    move_production(s, 0);
    move_test(s, 0);
}

/* ---- stages ---- */

static void enter(service *s, deployment_stage stage)
{
    ecs *e = s->ecs;
    traffic_shift *shift = &s->shift;
    shift->stage = stage;
    shift->since_us = engine_now(e->eng);
    shift->due_us = SIM_NEVER;
    model_event ev = {.kind = EVENT_DEPLOYMENT_STAGE,
                      .cell = {s->name, cell_pair(s->name, s->newest->number),
                               names_intern(e->names, deployment_stage_names[stage]),
                               cell_number(shift->tenths / 10.0)}};
    notify_event(e->notifier, &ev);
    notify_changed(e->notifier, CHANGED_SERVICE, s->index);
}

/* When the PAUSE hooks of the stage are over; *rolls_back: one of them then says so. SIM_NEVER: none is there. */
static sim_time hooks_over(const service *s, bool *rolls_back)
{
    const traffic_shift_config *config = &s->shift.config;
    sim_time over = SIM_NEVER;
    *rolls_back = false;
    for (uint32_t i = 0; i < config->hook_count; i++) {
        const pause_hook *hook = &config->hooks[i];
        if (!(hook->stages & STAGE_BIT(s->shift.stage))) continue;
        const sim_time end = s->shift.since_us + hook->timeout_us;
        const bool first = over == SIM_NEVER;
        if (hook->continues ? !*rolls_back && (first || end > over) : !*rolls_back || end < over)
            over = end;
        *rolls_back |= !hook->continues;
    }
    return over;
}

static bool has_hook(const service *s, deployment_stage stage)
{
    for (uint32_t i = 0; i < s->shift.config.hook_count; i++)
        if (s->shift.config.hooks[i].stages & STAGE_BIT(stage)) return true;
    return false;
}

static void enter_production(service *s)
{
    s->shift.step++;
    move_production(s, traffic_shift_step(&s->shift.config, s->shift.step));
    enter(s, STAGE_PRODUCTION_TRAFFIC_SHIFT);
}

/* How long the stage lasts by itself; SIM_NEVER: until green is up. */
static sim_time length_of(const service *s)
{
    const traffic_shift *shift = &s->shift;
    switch (shift->stage) {
    case STAGE_SCALE_UP:
        return SIM_NEVER;
    case STAGE_PRODUCTION_TRAFFIC_SHIFT:
        return shift->tenths < WHOLE ? shift->config.step_bake_us : 0;
    case STAGE_BAKE_TIME:
        return shift->config.bake_us;
    default:
        return 0;
    }
}

static void enter_next(service *s)
{
    const deployment_stage next = s->shift.stage + 1;
    switch (s->shift.stage) {
    case STAGE_POST_SCALE_UP:
        move_test(s, WHOLE);
        enter(s, next);
        return;
    case STAGE_PRE_PRODUCTION_TRAFFIC_SHIFT:
        enter_production(s);
        return;
    case STAGE_PRODUCTION_TRAFFIC_SHIFT:
        if (s->shift.tenths == WHOLE)
            enter(s, next);
        else if (has_hook(s, STAGE_PRE_PRODUCTION_TRAFFIC_SHIFT))
            enter(s, STAGE_PRE_PRODUCTION_TRAFFIC_SHIFT); /* hooks fire at every step */
        else
            enter_production(s);
        return;
    default:
        enter(s, next);
    }
}

static bool is_up(const service *s)
{
    const deployment *green = s->newest;
    const uint32_t desired = s->config.desired_count;
    return green->running == desired && green->healthy == desired && green->active == desired;
}

/* Leaves the stage if it is over. */
static bool leave_stage(service *s)
{
    const sim_time now = engine_now(s->ecs->eng), length = length_of(s), since = s->shift.since_us;
    bool rolls_back;
    const sim_time hooks = hooks_over(s, &rolls_back);
    sim_time due = length == SIM_NEVER ? since + STAGE_CAP : since + length;
    if (hooks != SIM_NEVER && hooks > due) due = hooks;
    const sim_time last = s->newest->started_us + WHOLE_CAP;
    if ((length == SIM_NEVER && now >= due && !is_up(s)) || now >= last ||
        (hooks != SIM_NEVER && now >= hooks && rolls_back)) {
        rollout_fail(s, "stopped", NULL, true);
        return false;
    }
    if (length == SIM_NEVER ? !is_up(s) : now < due) {
        s->shift.due_us = due < last ? due : last;
        return false;
    }
    enter_next(s);
    return true;
}

/* Green is scaled up from SCALE_UP on, beside blue. Other revisions are not wanted; one that blue shares its requests
 * with stays until blue is up. */
static void set_kept(service *s)
{
    const deployment_stage stage = s->shift.stage;
    const deployment *blue = s->shift.blue;
    const uint32_t desired = s->config.desired_count;
    const bool blue_is_up = blue->healthy + blue->leaving_healthy >= desired;
    for (deployment *d = s->newest; d; d = d->older) {
        const bool shares =
            d->load_balancer_count > 0 && blue->load_balancer_count > 0 &&
            d->load_balancers[0].target_group == blue->load_balancers[0].target_group;
        d->kept = stage != STAGE_CLEAN_UP && shares && !blue_is_up ? d->active : 0;
        if (d == blue && stage != STAGE_CLEAN_UP) d->kept = desired;
    }
    if (stage >= STAGE_SCALE_UP) s->newest->kept = desired;
}

void traffic_shift_advance(service *s)
{
    CHECK(traffic_shift_is_on(s));
    while (traffic_shift_holds(s) && leave_stage(s)) {
    }
    if (traffic_shift_is_on(s)) set_kept(s);
}

/* ---- begin and end ---- */

service_load_balancer *traffic_shift_orient(const service *s, const service_load_balancer *given,
                                            uint32_t count)
{
    service_load_balancer *list = ARENA_ARRAY(s->ecs->arena, count + 1, service_load_balancer);
    for (uint32_t i = 0; i < count; i++) {
        list[i] = given[i];
        for (uint32_t k = 0; given[i].production.given && k < s->config.load_balancer_count; k++) {
            const service_load_balancer *now = &s->config.load_balancers[k];
            if (!now->production.given || now->target_group != given[i].alternate_target_group ||
                now->alternate_target_group != given[i].target_group)
                continue;
            list[i].target_group = now->target_group;
            list[i].alternate_target_group = now->alternate_target_group;
        }
    }
    return list;
}

void traffic_shift_begin(service *s, deployment *green)
{
    traffic_shift *shift = &s->shift;
    if (shift->stage != STAGE_NONE) traffic_shift_settle(s); /* (b) */
    *shift = (traffic_shift){.due_us = SIM_NEVER};
    if (s->config.shift.strategy == DEPLOY_ROLLING || !s->blue) return;
    shift->config = s->config.shift;
    shift->config.bake_us = deployment_alarm_shift_bake(s);
    shift->blue = s->blue;
    service_load_balancer *own =
        ARENA_ARRAY(s->ecs->arena, s->config.load_balancer_count + 1, service_load_balancer);
    for (uint32_t i = 0; i < s->config.load_balancer_count; i++) {
        own[i] = s->config.load_balancers[i];
        own[i].target_group = s->config.load_balancers[i].alternate_target_group;
        own[i].alternate_target_group = s->config.load_balancers[i].target_group;
    }
    green->load_balancers = own;
    uint32_t revisions = 0;
    for (const deployment *d = green->older; d; d = d->older)
        revisions += d->total > 0;
    enter(s, revisions > 1 ? STAGE_RECONCILE_SERVICE : STAGE_PRE_SCALE_UP);
}

bool traffic_shift_is_on(const service *s)
{
    return s->shift.stage != STAGE_NONE;
}

bool traffic_shift_holds(const service *s)
{
    return s->shift.stage != STAGE_NONE && s->shift.stage < STAGE_CLEAN_UP;
}

bool traffic_shift_waits(const service *s)
{
    return traffic_shift_holds(s) && s->shift.stage != STAGE_SCALE_UP;
}

deployment *traffic_shift_revert(service *s)
{
    deployment *blue = s->shift.blue;
    if (blue->rollout == ROLLOUT_FAILED) return NULL;
    traffic_shift_settle(s);
    s->shift.stage = STAGE_CLEAN_UP; /* of green */
    s->shift.due_us = SIM_NEVER;
    return blue;
}

void traffic_shift_end(service *s, bool completed)
{
    if (completed && s->shift.stage == STAGE_CLEAN_UP && s->newest != s->shift.blue) {
        s->config.load_balancers = s->newest->load_balancers;
        s->shift.tenths = 0; /* of what is the alternate group now */
    }
    s->shift.stage = STAGE_NONE;
    s->shift.due_us = SIM_NEVER;
    if (completed) s->blue = s->newest;
}

void traffic_shift_check(const service *s)
{
    const traffic_shift *shift = &s->shift;
    if (shift->stage == STAGE_NONE) return;
    const bool forward = s->newest != shift->blue;
    bool is_there = false;
    for (const deployment *d = s->newest; d; d = d->older)
        is_there |= d == shift->blue;
    CHECK(s->newest->rollout == ROLLOUT_IN_PROGRESS && is_there);
    CHECK(!forward || shift->stage < STAGE_POST_PRODUCTION_TRAFFIC_SHIFT || shift->tenths == WHOLE);
    CHECK(shift->stage >= STAGE_PRODUCTION_TRAFFIC_SHIFT || shift->step > 0 || shift->tenths == 0);
    CHECK(forward || shift->tenths == 0);
}
