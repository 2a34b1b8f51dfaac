#include "models/autoscaling/scalable_target.h"
#include "models/autoscaling/scaled_object.h"
#include "models/autoscaling/step_scaling.h"
#include "models/autoscaling/target_tracking.h"
#include "models/due_list.h"
#include "models/ecs/deployment_alarm.h"
#include "models/ecs/service.h"
#include "models/phase.h"
#include "sim/engine/check.h"
#include <math.h>
#include <stdlib.h>

typedef enum {
    OUTCOME_NONE, /* wants nothing */
    OUTCOME_APPLIED,
    OUTCOME_COOLDOWN,
    OUTCOME_AT_MAX,
    OUTCOME_AT_MIN,
    OUTCOME_AT_DESIRED,
    OUTCOME_BLOCKED_BY_DEPLOYMENT,
    OUTCOME_SUSPENDED,
    OUTCOME_NO_STEP,
    OUTCOME_WARMUP,
    OUTCOME_COUNT
} scaling_outcome;

static const char *const outcome_names[OUTCOME_COUNT] = {
    "",          "applied", "cooldown", "atMax", "atMin", "atDesired", "blockedByDeployment",
    "suspended", "noStep",  "warmup"};

/* An alarm that has a policy act while it is in a state. */
typedef struct {
    uint32_t alarm;
    alarm_state state;
} policy_link;

typedef struct {
    const scaling_policy_config *config;
    bool registered;
    name_id name;
    uint32_t next_of_target;
    uint32_t link_count; /* by alarm */
    policy_link *links;
    scaling_outcome last_outcome;
    /* its scale-out window (A57, A58) */
    int64_t base, out_desired;
    sim_time out_until_us;
    bool out_waits; /* the window begins when the count is reached (cooldownFrom fulfilled) */
} policy;

typedef struct {
    scaling *owner;
    scaled_object object;
    bool registered;
    int64_t min_capacity, max_capacity;
    suspended_config suspended;
    uint32_t first_policy;
    sim_time in_until_us; /* scale-in window; of a group the cooldown of simple scaling (A82) */
    bool in_waits;
    sim_time in_cooldown_us;
    event_handle decide;
    bool change_pending; /* decided, and not yet set (A69) */
    int64_t pending_desired;
    event_handle change;
    /* scaling.reaction */
    bool reacting;
    sim_time crossed_us;
    int64_t reaction_goal;
    uint32_t reactions;
    sim_time reaction_us;
    uint32_t outs, ins, blocked; /* so far */
} scalable_target;

struct scaling {
    ecs *ecs;
    alarms *alarms;
    scalable_target *targets;
    policy *policies;
    uint32_t *target_of_service, *target_of_group;
    scaling_vote *votes; /* of the policies of one target */
    struct decision *decisions;
    due_list due, scheduled_due;
    bool every_minute;
};

/* One policy's decision at one instant. */
typedef struct decision {
    policy *policy;
    scaling_outcome outcome;
    int64_t base, wanted, to;
    double value;
    uint32_t alarm;
} decision;

/* ---- what it scales is like ---- */

static bool is_group(const scalable_target *t)
{
    return t->object.auto_scaling_group > 0;
}

static int64_t desired_of(const scalable_target *t)
{
    return t->change_pending ? t->pending_desired : scaled_object_desired(&t->object);
}

/* The alarm that has this policy act now; NO_INDEX: none. */
static uint32_t acting_alarm(const scaling *s, const policy *p)
{
    for (uint32_t i = 0; i < p->link_count; i++)
        if (alarms_enabled(s->alarms, p->links[i].alarm) &&
            alarms_state(s->alarms, p->links[i].alarm) == p->links[i].state)
            return p->links[i].alarm;
    return NO_INDEX;
}

/* ---- deciding ---- */

/* The window of a scale-out is open (A57). */
static bool in_out_window(const policy *p, sim_time now_us)
{
    return now_us < p->out_until_us;
}

/* Any window that a scale-in has to wait for (A58). */
static bool scale_in_waits(const scalable_target *t, sim_time now_us)
{
    if (now_us < t->in_until_us) return true;
    const scaling *s = t->owner;
    for (uint32_t i = t->first_policy; i != NO_INDEX; i = s->policies[i].next_of_target)
        if (in_out_window(&s->policies[i], now_us)) return true;
    return false;
}

/* Where a computation starts: the RUNNING count (A41), what stood before within a scale-out window (A58), or the bound
 * that desired is outside of (A43). False: the policy does nothing. */
static bool start_of(const scalable_target *t, const policy *p, scale_direction direction,
                     sim_time now_us, int64_t *start)
{
    int64_t desired = desired_of(t), running = scaled_object_running(&t->object, p->config);
    if (!scaling_base(direction, desired, t->min_capacity, t->max_capacity, start)) return false;
    if (*start != desired) return true;
    *start = running;
    if (direction == SCALE_OUT && in_out_window(p, now_us))
        *start = p->config->kind == POLICY_STEP ? p->base : (running > desired ? running : desired);
    return true;
}

/* A step policy's wish; SCALE_NONE with an outcome where it has none. */
static scale_direction want_step(const scalable_target *t, decision *d, sim_time now_us)
{
    const scaling_policy_config *c = d->policy->config;
    const alarm_config *alarm = &t->owner->ecs->cfg->alarms[d->alarm];
    bool above =
        alarm->comparison == COMPARE_GREATER || alarm->comparison == COMPARE_GREATER_OR_EQUAL;
    bool real = alarms_aggregate(t->owner->alarms, d->alarm, c->aggregation, &d->value);
    if (!real && !c->simple) return SCALE_NONE;
    const step_adjustment_config *step =
        c->simple ? c->steps
                  : step_scaling_find(c->steps, c->step_count, d->value, alarm->threshold, above);
    d->outcome = OUTCOME_NO_STEP;
    d->wanted = desired_of(t);
    if (!step) return SCALE_NONE;
    int64_t running = scaled_object_running(&t->object, c);
    bool out = c->adjustment == ADJUST_EXACT ? step->adjustment > running : step->adjustment > 0;
    scale_direction direction = out ? SCALE_OUT : SCALE_IN;
    d->outcome = out ? OUTCOME_AT_MAX : OUTCOME_AT_MIN;
    if (!start_of(t, d->policy, direction, now_us, &d->base)) return SCALE_NONE;
    d->wanted = step_scaling_apply(c->adjustment, d->base, step->adjustment, c->minimum_magnitude);
    d->outcome = OUTCOME_NONE;
    return direction;
}

/* A tracking policy's wish (A62-A65). */
static scale_direction want_tracking(const scalable_target *t, decision *d, sim_time now_us)
{
    const scaling_policy_config *c = d->policy->config;
    if (!alarms_newest(t->owner->alarms, d->alarm, &d->value)) return SCALE_NONE; /* A66 */
    scale_direction direction = d->alarm == c->alarm_high ? SCALE_OUT : SCALE_IN;
    d->wanted = desired_of(t);
    d->outcome = direction == SCALE_OUT ? OUTCOME_AT_MAX : OUTCOME_AT_MIN;
    if (!start_of(t, d->policy, direction, now_us, &d->base)) return SCALE_NONE;
    d->wanted = target_tracking_capacity(d->base, d->value, c->target);
    int64_t most = is_group(t) ? 0 : t->owner->ecs->cfg->control.scale_in_max_step; /* A64: tasks */
    if (direction == SCALE_IN && most > 0 && d->wanted < d->base - most) d->wanted = d->base - most;
    d->outcome = OUTCOME_NONE;
    return direction;
}

static int64_t within_bounds(const scalable_target *t, int64_t capacity)
{
    if (capacity > t->max_capacity) return t->max_capacity;
    return capacity < t->min_capacity ? t->min_capacity : capacity;
}

/* What stands against a wish; OUTCOME_NONE: nothing. */
static scaling_outcome obstacle(const scalable_target *t, const decision *d,
                                scale_direction direction, sim_time now_us)
{
    const scaling_policy_config *c = d->policy->config;
    int64_t desired = desired_of(t);
    bool unready = scaled_object_unready(&t->object, c) > 0;
    if (direction == SCALE_OUT) {
        if (t->suspended.out_suspended) return OUTCOME_SUSPENDED;
        if (desired >= t->max_capacity) return OUTCOME_AT_MAX;
        if (in_out_window(d->policy, now_us) && d->to <= d->policy->out_desired)
            return OUTCOME_COOLDOWN;
        if (d->to <= desired) /* A63 */
            return unready ? OUTCOME_WARMUP : OUTCOME_AT_DESIRED;
        return c->simple && now_us < t->in_until_us ? OUTCOME_COOLDOWN : OUTCOME_NONE; /* A82 */
    }
    if (t->suspended.in_suspended) return OUTCOME_SUSPENDED;
    if (desired <= t->min_capacity) return OUTCOME_AT_MIN;
    /* A44. The start is all RUNNING tasks (A41), of which a deployment has more than desired. */
    if ((d->to < desired || d->wanted < d->base) && scaled_object_deploys(&t->object))
        return OUTCOME_BLOCKED_BY_DEPLOYMENT;
    if (d->to >= desired) return OUTCOME_AT_DESIRED;
    if (unready) return OUTCOME_WARMUP; /* A83 */
    if (is_group(t) && !c->simple) return OUTCOME_NONE;
    return scale_in_waits(t, now_us) ? OUTCOME_COOLDOWN : OUTCOME_NONE;
}

/* From 0 tasks one datapoint that shows demand is enough (A65). */
static bool leaves_zero(const scalable_target *t, const policy *p)
{
    double demand;
    return p->config->kind == POLICY_TARGET_TRACKING && desired_of(t) == 0 &&
           scaled_object_running(&t->object, p->config) == 0 && t->max_capacity > 0 &&
           alarms_latest(t->owner->alarms, p->config->alarm_high, &demand) && demand > 0;
}

/* Something may come of this policy now. */
static bool may_act(const scalable_target *t, const policy *p)
{
    return p->registered && (acting_alarm(t->owner, p) != NO_INDEX || leaves_zero(t, p));
}

static decision decide(const scalable_target *t, policy *p, sim_time now_us, scaling_vote *vote)
{
    const scaling *s = t->owner;
    bool tracking = p->config->kind == POLICY_TARGET_TRACKING;
    decision d = {.policy = p, .alarm = acting_alarm(s, p), .value = NAN};
    *vote = (scaling_vote){.tracking = tracking, .scale_in_disabled = p->config->scale_in_disabled};
    if (d.alarm == NO_INDEX && leaves_zero(t, p)) d.alarm = p->config->alarm_high;
    if (d.alarm == NO_INDEX) return d;
    vote->direction = tracking ? want_tracking(t, &d, now_us) : want_step(t, &d, now_us);
    d.to = within_bounds(t, d.wanted);
    if (vote->direction != SCALE_NONE) d.outcome = obstacle(t, &d, vote->direction, now_us);
    if (d.outcome == OUTCOME_SUSPENDED ||
        (p->config->simple && d.outcome == OUTCOME_COOLDOWN)) /* A82: others go on */
        vote->direction = SCALE_NONE;
    vote->capacity = d.to;
    return d;
}

/* ---- acting ---- */

static void say(scalable_target *t, const policy *p, name_id action, int64_t from, int64_t to,
                int64_t wanted, double value, scaling_outcome outcome)
{
    ecs *e = t->owner->ecs;
    model_event ev = {.kind = EVENT_SCALING_DECISION,
                      .cell = {0, 0, p ? p->name : 0, action, (uint64_t)from, (uint64_t)to,
                               (uint64_t)scaled_object_running(&t->object, p ? p->config : NULL),
                               isnan(value) ? CELL_NO_NUMBER : cell_number(value), (uint64_t)wanted,
                               names_intern(e->names, outcome_names[outcome])}};
    scaled_object_name(&t->object, ev.cell);
    notify_event(e->notifier, &ev);
    t->outs += to > from;
    t->ins += to < from;
    t->blocked += outcome == OUTCOME_COOLDOWN || outcome == OUTCOME_AT_MAX ||
                  outcome == OUTCOME_BLOCKED_BY_DEPLOYMENT || outcome == OUTCOME_SUSPENDED;
    if (!is_group(t)) notify_changed(e->notifier, CHANGED_SERVICE, t->object.service);
}

static void desired_changes(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    scalable_target *t = &((ecs *)context)->scaling->targets[subject];
    t->change_pending = false;
    scaled_object_set_desired(&t->object, t->pending_desired, "scaling");
}

/* The desired count changes, after scalingActionDelay (A69). */
static sim_time set_desired(scalable_target *t, int64_t to)
{
    ecs *e = t->owner->ecs;
    sim_time delay_us = e->cfg->control.scaling_action_delay_us, now_us = engine_now(e->eng);
    engine_cancel(e->eng, &t->change);
    t->change_pending = delay_us > 0;
    t->pending_desired = to;
    if (delay_us > 0)
        t->change = engine_schedule(e->eng, now_us + delay_us, PHASE_POLICY, desired_changes,
                                    (uint64_t)(t - t->owner->targets));
    else
        scaled_object_set_desired(&t->object, to, "scaling");
    return now_us + delay_us;
}

/* A decision on datapoints of a load that is below the threshold by now (A62) is no reaction to it. */
static void begin_reaction(scalable_target *t, const decision *d)
{
    sim_time since = alarms_breaching_since(t->owner->alarms, d->alarm);
    if (!t->reacting && since == SIM_NEVER) return;
    t->reaction_goal = d->to;
    if (t->reacting) return;
    t->reacting = true;
    t->crossed_us = since;
}

static void apply(scalable_target *t, const decision *d, scale_direction direction)
{
    policy *p = d->policy;
    const scaling_policy_config *c = p->config;
    bool step = c->kind == POLICY_STEP, waits = t->owner->ecs->cfg->control.cooldown_from_fulfilled;
    sim_time now_us = engine_now(t->owner->ecs->eng);
    bool inside = in_out_window(p, now_us);
    sim_time set_us = set_desired(t, d->to);
    if (is_group(t)) { /* A82: but simple scaling, warmups take the place of cooldowns */
        if (!c->simple) return;
        t->in_waits = waits;
        t->in_cooldown_us = c->cooldown_us;
        t->in_until_us = waits ? SIM_NEVER : set_us + c->cooldown_us;
        return;
    }
    if (direction == SCALE_OUT) {
        if (!inside) p->base = d->base;
        p->out_desired = d->to;
        p->out_waits = waits;
        p->out_until_us =
            waits ? SIM_NEVER : set_us + (step ? c->cooldown_us : c->scale_out_cooldown_us);
        t->in_until_us = 0; /* A57: it cancels a scale-in cooldown */
        t->in_waits = false;
        begin_reaction(t, d);
    } else {
        t->in_waits = waits;
        t->in_cooldown_us = step ? c->cooldown_us : c->scale_in_cooldown_us;
        t->in_until_us = waits ? SIM_NEVER : set_us + t->in_cooldown_us;
        t->reacting = false;
    }
}

static void decide_at(scalable_target *t, sim_time at_us);

static sim_time next_minute(sim_time now_us)
{
    return (now_us / SIM_MINUTE + 1) * SIM_MINUTE;
}

static sim_time minute_from(sim_time at_us)
{
    return (at_us + SIM_MINUTE - 1) / SIM_MINUTE * SIM_MINUTE;
}

/* The next instant at which a wish that waits for a cooldown may be free of it. */
static void wait_for_windows(scalable_target *t, sim_time now_us)
{
    sim_time due = SIM_NEVER;
    const scaling *s = t->owner;
    if (t->in_until_us > now_us) due = t->in_until_us;
    for (uint32_t i = t->first_policy; i != NO_INDEX; i = s->policies[i].next_of_target) {
        sim_time until = s->policies[i].out_until_us;
        if (until > now_us && until < due) due = until;
    }
    if (due != SIM_NEVER) decide_at(t, minute_from(due));
}

/* Says what has become of a decision, where that is news. */
static void conclude(scalable_target *t, decision *d, scale_direction direction)
{
    if (d->outcome == OUTCOME_NONE && direction != SCALE_NONE)
        d->outcome = OUTCOME_AT_DESIRED; /* another policy's wish was the larger one */
    bool applied = d->outcome == OUTCOME_APPLIED;
    int64_t from = desired_of(t);
    if (d->outcome != OUTCOME_NONE && (applied || d->outcome != d->policy->last_outcome))
        say(t, d->policy, 0, from, applied ? d->to : from, d->wanted, d->value, d->outcome);
    d->policy->last_outcome = d->outcome;
}

static void decide_all(scaling *s, scalable_target *t)
{
    if (!t->registered || !scaled_object_exists(&t->object)) return;
    scaled_object_bounds(&t->object, &t->min_capacity, &t->max_capacity);
    sim_time now_us = engine_now(s->ecs->eng);
    uint32_t count = 0;
    bool any = false;
    for (uint32_t i = t->first_policy; i != NO_INDEX; i = s->policies[i].next_of_target)
        if (s->policies[i].registered) {
            s->decisions[count] = decide(t, &s->policies[i], now_us, &s->votes[count]);
            any |= s->decisions[count].alarm != NO_INDEX;
            count++;
        }
    int winner = scaling_vote_winner(s->votes, count);
    bool acts = winner >= 0 && s->decisions[winner].outcome == OUTCOME_NONE;
    if (acts) s->decisions[winner].outcome = OUTCOME_APPLIED;
    for (uint32_t i = 0; i < count; i++)
        conclude(t, &s->decisions[i], s->votes[i].direction);
    if (acts) apply(t, &s->decisions[winner], s->votes[winner].direction);
    if (!any) return;
    if (s->every_minute || acts) /* what has been added is there for the next decision (A69) */
        decide_at(t, next_minute(now_us));
    else
        wait_for_windows(t, now_us);
}

static void decide_due(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    (void)subject;
    scaling *s = ((ecs *)context)->scaling;
    uint32_t count = due_list_take(&s->due);
    for (uint32_t i = 0; i < count; i++)
        decide_all(s, &s->targets[s->due.index[i]]);
}

static void decision_is_due(engine *eng, void *context, uint64_t subject)
{
    due_list_add(&((ecs *)context)->scaling->due, eng, PHASE_POLICY, (uint32_t)subject, decide_due,
                 0);
}

/* All policies of the target, at this instant or earlier if that is planned. */
static void decide_at(scalable_target *t, sim_time at_us)
{
    engine *eng = t->owner->ecs->eng;
    if (engine_pending(eng, t->decide) && engine_due(eng, t->decide) <= at_us) return;
    engine_cancel(eng, &t->decide);
    t->decide = engine_schedule(eng, at_us, PHASE_POLICY, decision_is_due,
                                (uint64_t)(t - t->owner->targets));
}

/* An alarm has looked: who it has act does so now if its state has changed, else at multiples of 60 s (A26). */
static void alarm_has_looked(void *context, uint32_t alarm, bool changed)
{
    scaling *s = context;
    sim_time now_us = engine_now(s->ecs->eng);
    const alarm_config *c = &s->ecs->cfg->alarms[alarm];
    for (int state = 0; state < ALARM_STATE_COUNT; state++)
        for (uint32_t i = 0; i < c->actions[state].count; i++) {
            policy *p = &s->policies[c->actions[state].policies[i]];
            decide_at(&s->targets[p->config->scalable_target],
                      changed ? now_us : minute_from(now_us));
        }
    if (changed && alarms_state(s->alarms, alarm) == ALARM_ALARM)
        deployment_alarm_raised(s->ecs, alarm);
}

/* ---- what it scales tells ---- */

/* Windows that begin when the count is reached (cooldownFrom fulfilled). */
static void begin_windows(scalable_target *t)
{
    const scaling *s = t->owner;
    sim_time now_us = engine_now(s->ecs->eng);
    int64_t running = scaled_object_running(&t->object, NULL), desired = desired_of(t);
    if (t->in_waits && (is_group(t) ? running == desired : running <= desired)) {
        t->in_waits = false;
        t->in_until_us = now_us + t->in_cooldown_us;
    }
    for (uint32_t i = t->first_policy; i != NO_INDEX; i = s->policies[i].next_of_target) {
        policy *p = &s->policies[i];
        const scaling_policy_config *c = p->config;
        if (!p->out_waits || running < p->out_desired) continue;
        p->out_waits = false;
        p->out_until_us =
            now_us + (c->kind == POLICY_STEP ? c->cooldown_us : c->scale_out_cooldown_us);
    }
}

static void decide_if_any(scalable_target *t, sim_time at_us)
{
    const scaling *s = t->owner;
    for (uint32_t i = t->first_policy; i != NO_INDEX; i = s->policies[i].next_of_target)
        if (may_act(t, &s->policies[i])) {
            decide_at(t, at_us);
            return;
        }
}

void scaling_look_at(scaling *s, changed_kind kind, uint32_t index)
{
    if (kind != CHANGED_SERVICE || s->target_of_service[index] == NO_INDEX) return;
    scalable_target *t = &s->targets[s->target_of_service[index]];
    const service *of = &s->ecs->services[t->object.service];
    sim_time now_us = engine_now(s->ecs->eng);
    /* a queue's workers work from RUNNING on */
    const int64_t serving = of->works_on_queue ? of->running : of->healthy;
    if (t->reacting && serving >= t->reaction_goal) {
        t->reacting = false;
        t->reactions++;
        t->reaction_us += now_us - t->crossed_us;
    }
    begin_windows(t);
    decide_if_any(t, next_minute(now_us));
}

void scaling_group_changed(scaling *s, uint32_t auto_scaling_group)
{
    if (s->target_of_group[auto_scaling_group] == NO_INDEX) return;
    scalable_target *t = &s->targets[s->target_of_group[auto_scaling_group]];
    engine *eng = s->ecs->eng;
    sim_time now_us = engine_now(eng);
    scaled_object_bounds(&t->object, &t->min_capacity, &t->max_capacity);
    begin_windows(t);
    bool decided = engine_phase_reached(eng) >= PHASE_POLICY; /* once an instant (A111) */
    decide_if_any(t, decided ? next_minute(now_us) : minute_from(now_us));
}

/* ---- calls ---- */

/* A40: a count outside the bounds moves to the nearest one. */
static void move_into_bounds(scalable_target *t, const char *cause)
{
    if (!scaled_object_exists(&t->object)) return;
    scaled_object_bounds(&t->object, &t->min_capacity, &t->max_capacity);
    int64_t desired = desired_of(t), to = within_bounds(t, desired);
    if (to == desired) return;
    engine_cancel(t->owner->ecs->eng, &t->change);
    t->change_pending = false;
    scaled_object_set_desired(&t->object, to, cause);
}

void scaling_register_target(scaling *s, const timeline_action *a)
{
    scalable_target *t = &s->targets[a->scalable_target];
    t->registered = true;
    if (a->has_min) t->min_capacity = a->to_scalable_target.min_capacity;
    if (a->has_max) t->max_capacity = a->to_scalable_target.max_capacity;
    if (a->has_suspended) t->suspended = a->to_scalable_target.suspended;
    move_into_bounds(t, "scaling");
    decide_at(t, engine_now(s->ecs->eng)); /* A45: what is in breach acts at once */
}

static void enable_policy(scaling *s, uint32_t index, bool enabled)
{
    policy *p = &s->policies[index];
    const scaling_policy_config *c = p->config;
    p->registered = enabled;
    p->last_outcome = OUTCOME_NONE;
    if (c->kind != POLICY_TARGET_TRACKING) return;
    void (*turn)(alarms *, uint32_t) = enabled ? alarms_enable : alarms_disable;
    turn(s->alarms, c->alarm_high);
    turn(s->alarms, c->alarm_low);
}

void scaling_put_policy(scaling *s, uint32_t index)
{
    const scaling_policy_config *c = s->policies[index].config;
    uint32_t i = s->targets[c->scalable_target].first_policy;
    for (; i != NO_INDEX; i = s->policies[i].next_of_target)
        if (s->policies[i].registered && s->policies[i].name == s->policies[index].name)
            enable_policy(s, i, false);
    enable_policy(s, index, !c->disabled);
    decide_at(&s->targets[c->scalable_target], engine_now(s->ecs->eng));
}

void scaling_set_bounds(scaling *s, uint32_t scheduled_action)
{
    const scheduled_action_config *c = &s->ecs->cfg->scheduled_actions[scheduled_action];
    scalable_target *t = &s->targets[c->scalable_target];
    if (!t->registered || t->suspended.scheduled_suspended) return; /* A45: not made up for */
    if (c->has_min) t->min_capacity = c->min_capacity;
    if (c->has_max) t->max_capacity = c->max_capacity;
    int64_t before = desired_of(t), to = within_bounds(t, before);
    say(t, NULL, names_intern(s->ecs->names, c->name), before, to, to, NAN,
        to == before ? OUTCOME_AT_DESIRED : OUTCOME_APPLIED);
    move_into_bounds(t, "scheduled");
    decide_at(t, minute_from(engine_now(s->ecs->eng)));
}

/* ---- the whole ---- */

/* An alarm that names a policy has the one act that a call puts in its place, too: it keeps its name. */
static bool is_called(const scaling *s, uint32_t index, uint32_t named)
{
    const scaling_policy_config *p = s->policies[index].config, *of = s->policies[named].config;
    return index == named || (p->kind == POLICY_STEP && of->kind == POLICY_STEP &&
                              p->scalable_target == of->scalable_target &&
                              s->policies[index].name == s->policies[named].name);
}

/* Of one policy, in file order: the alarms and states that have it act; `links` NULL: counts. */
static uint32_t collect_links(const scaling *s, uint32_t index, policy_link *links)
{
    const model_config *cfg = s->ecs->cfg;
    uint32_t count = 0;
    for (uint32_t a = 0; a < cfg->alarm_count; a++)
        for (int state = 0; state < ALARM_STATE_COUNT; state++)
            for (uint32_t i = 0; i < cfg->alarms[a].actions[state].count; i++) {
                if (!is_called(s, index, cfg->alarms[a].actions[state].policies[i])) continue;
                if (links) links[count] = (policy_link){a, (alarm_state)state};
                count++;
            }
    return count;
}

static void link_policies(scaling *s)
{
    for (uint32_t p = 0; p < s->ecs->cfg->scaling_policy_count; p++) {
        uint32_t count = collect_links(s, p, NULL);
        s->policies[p].links = ARENA_ARRAY(s->ecs->arena, count + 1, policy_link);
        s->policies[p].link_count = collect_links(s, p, s->policies[p].links);
    }
}

static void create_targets(scaling *s)
{
    ecs *e = s->ecs;
    const model_config *cfg = e->cfg;
    s->target_of_service = ARENA_ARRAY(e->arena, cfg->service_count + 1, uint32_t);
    for (uint32_t i = 0; i < cfg->service_count; i++)
        s->target_of_service[i] = NO_INDEX;
    s->target_of_group = ARENA_ARRAY(e->arena, cfg->auto_scaling_group_count + 1, uint32_t);
    for (uint32_t i = 0; i <= cfg->auto_scaling_group_count; i++)
        s->target_of_group[i] = NO_INDEX;
    s->targets = ARENA_ARRAY(e->arena, cfg->scalable_target_count + 1, scalable_target);
    for (uint32_t i = 0; i < cfg->scalable_target_count; i++) {
        const scalable_target_config *c = &cfg->scalable_targets[i];
        s->targets[i] = (scalable_target){.owner = s,
                                          .object = {e, c->service, c->auto_scaling_group},
                                          .min_capacity = c->min_capacity,
                                          .max_capacity = c->max_capacity,
                                          .suspended = c->suspended,
                                          .first_policy = NO_INDEX};
        if (c->auto_scaling_group > 0)
            s->target_of_group[c->auto_scaling_group] = i;
        else
            s->target_of_service[c->service] = i;
    }
}

scaling *scaling_create(ecs *e, bool every_minute)
{
    const model_config *cfg = e->cfg;
    scaling *s = memory_alloc(1, sizeof *s);
    *s = (scaling){.ecs = e,
                   .alarms =
                       alarms_create(cfg, e->eng, e->names, e->notifier, e->arena, every_minute),
                   .policies = ARENA_ARRAY(e->arena, cfg->scaling_policy_count + 1, policy),
                   .votes = ARENA_ARRAY(e->arena, cfg->scaling_policy_count + 1, scaling_vote),
                   .decisions = ARENA_ARRAY(e->arena, cfg->scaling_policy_count + 1, decision),
                   .every_minute = every_minute};
    create_targets(s);
    for (uint32_t i = cfg->scaling_policy_count; i-- > 0;) { /* linked in file order */
        const scaling_policy_config *c = &cfg->scaling_policies[i];
        uint32_t *first = &s->targets[c->scalable_target].first_policy;
        s->policies[i] = (policy){
            .config = c, .name = names_intern(e->names, c->name), .next_of_target = *first};
        *first = i;
    }
    link_policies(s);
    alarms_tell(s->alarms, alarm_has_looked, s);
    return s;
}

void scaling_destroy(scaling *s)
{
    if (!s) return;
    alarms_destroy(s->alarms);
    due_list_finish(&s->due);
    due_list_finish(&s->scheduled_due);
    free(s);
}

void scaling_start(scaling *s)
{
    const model_config *cfg = s->ecs->cfg;
    for (uint32_t i = 0; i < cfg->scalable_target_count; i++) {
        if (cfg->scalable_targets[i].registered_later) continue;
        s->targets[i].registered = true;
        move_into_bounds(&s->targets[i], "scaling");
    }
    for (uint32_t i = 0; i < cfg->scaling_policy_count; i++)
        s->policies[i].registered =
            !cfg->scaling_policies[i].registered_later && !cfg->scaling_policies[i].disabled;
    alarms_start(s->alarms);
}

alarms *scaling_alarms(scaling *s)
{
    return s->alarms;
}

due_list *scaling_scheduled_due(scaling *s)
{
    return &s->scheduled_due;
}

void scaling_sample_now(const scaling *s, uint32_t index, scaling_sample *out)
{
    *out = (scaling_sample){.needed = NAN};
    if (s->target_of_service[index] == NO_INDEX) return;
    const scalable_target *t = &s->targets[s->target_of_service[index]];
    out->outs = t->outs;
    out->ins = t->ins;
    out->blocked = t->blocked;
    out->reactions = t->reactions;
    out->reaction_us = t->reaction_us;
    for (uint32_t i = t->first_policy; i != NO_INDEX; i = s->policies[i].next_of_target) {
        const policy *p = &s->policies[i];
        double value;
        if (!p->registered || p->config->kind != POLICY_TARGET_TRACKING ||
            !alarms_value_now(s->alarms, s->ecs->model, p->config->alarm_high, &value))
            continue;
        int64_t running = scaled_object_running(&t->object, p->config);
        out->needed = (double)target_tracking_capacity(running, value, p->config->target);
        return;
    }
}
