/* target_group.c - the life of a target; see target_group.h. */
#include "models/elb/target_group.h"
#include "models/elb/drain.h"
#include "models/phase.h"
#include "sim/engine/check.h"
#include <stdlib.h>
#include <string.h>

#define BIT(state) (1U << (state))

/* L20-L23, L80, L32. A target comes into being unused; `initial` twice: registering, then checked
 * (L26). */
static const unsigned may_go_to[TARGET_STATES] = {
    [TARGET_UNUSED] = BIT(TARGET_UNUSED) | BIT(TARGET_INITIAL) | BIT(TARGET_DRAINING),
    [TARGET_INITIAL] = BIT(TARGET_INITIAL) | BIT(TARGET_HEALTHY) | BIT(TARGET_UNHEALTHY) |
                       BIT(TARGET_DRAINING) | BIT(TARGET_UNUSED),
    [TARGET_HEALTHY] = BIT(TARGET_UNHEALTHY) | BIT(TARGET_DRAINING) | BIT(TARGET_UNUSED),
    [TARGET_UNHEALTHY] = BIT(TARGET_HEALTHY) | BIT(TARGET_DRAINING) | BIT(TARGET_UNUSED),
    [TARGET_DRAINING] = BIT(TARGET_UNUSED),
};
static const event_kind state_events[TARGET_STATES] = {
    [TARGET_UNUSED] = EVENT_TARGET_UNUSED,     [TARGET_INITIAL] = EVENT_TARGET_INITIAL,
    [TARGET_HEALTHY] = EVENT_TARGET_HEALTHY,   [TARGET_UNHEALTHY] = EVENT_TARGET_UNHEALTHY,
    [TARGET_DRAINING] = EVENT_TARGET_DRAINING,
};
_Static_assert(TARGET_STATES == 5, "new state: add its edges and its event");

static sim_time now_of(const target *t)
{
    return engine_now(t->group->room->eng);
}

static uint64_t subject_of(const target *t)
{
    return (uint64_t)(uintptr_t)t;
}

static target *target_of(uint64_t subject)
{
    return (target *)(uintptr_t)subject;
}

static void target_set_state(target *t, target_state state, target_reason reason)
{
    target_group *g = t->group;
    CHECK(may_go_to[t->state] & BIT(state));
    CHECK(g->count[t->state] > 0);
    g->count[t->state]--;
    g->count[state]++;
    t->state = state;
    if (g->direct) return;
    model_event ev = {.kind = state_events[state],
                      .cell = {g->name, t->is.task, g->room->reasons[reason]}};
    notify_event(g->room->notifier, &ev);
    notify_changed(g->room->notifier, CHANGED_TARGET_GROUP, g->index);
}

/* ---- requests: routes and what is in flight ---- */

static route_class class_of(const target *t)
{
    return (route_class){
        .service = t->is.service,
        .outcome = routing_outcome(t->is.answer),
        .request_seconds = t->is.request_seconds,
        .slow_factor = t->is.slow_factor,
        .error_rate = t->is.error_rate,
        .node = t->node,
        .ramp = t->ramp,
        .cpu = t->cpu,
    };
}

static bool gets_requests(const target *t)
{
    return t->route == ROUTE_HEALTHY || t->route == ROUTE_LAGGING ||
           (t->route == ROUTE_OPEN && t->group->nodes[t->node].open);
}

/* Requests flow, and end well. */
static bool flows(const target *t)
{
    return gets_requests(t) && class_of(t).outcome == OUTCOME_SERVED;
}

static sim_time flow_start(const target *t)
{
    const sim_time open_us = t->group->nodes[t->node].open_since_us;
    return t->route == ROUTE_OPEN && open_us > t->flow_from_us ? open_us : t->flow_from_us;
}

static const target_load no_load = {0};

static void leave_route(target *t)
{
    routing_set_load(t->group->routing, t->route_class, t->route, t->load, no_load);
    routing_remove(t->group->routing, t->route_class, t->route);
}

static void enter_route(target *t, route_kind kind)
{
    const route_class class = class_of(t);
    t->route = kind;
    t->route_class = routing_add(t->group->routing, &class, kind);
    routing_set_load(t->group->routing, t->route_class, kind, no_load, t->load);
}

static void count_route(target *t, route_kind kind)
{
    enter_route(t, kind);
    t->group->room->routes_changed(t->group->room->facade, t->group);
}

/* How much longer than request_seconds its requests take. */
static double lateness(const target *t)
{
    const double slow = t->is.slow_factor > 0 ? t->is.slow_factor : 1;
    return slow * latency_step_factor(t->load.step);
}

/* What it gets and can serve, requests a second, if it gets any. */
static double served_rate(const target *t)
{
    return routing_target_rate(t->group->routing, t->route_class) * target_load_served(t->load);
}

/* The flow until now is over. */
static void remember_flow(target *t, sim_time from_us, double rate)
{
    t->past_from_us = from_us;
    t->past_to_us = now_of(t);
    t->past_rate = rate;
    t->past_slow_factor = lateness(t);
}

/* The one place where the target's route or outcome changes: a flow that ends is remembered. was:
 * it flowed until now. */
static void reroute(target *t, route_kind kind, bool was)
{
    const sim_time from_us = flow_start(t);
    const double rate = served_rate(t);
    leave_route(t);
    count_route(t, kind);
    if (was && flows(t)) return;
    if (was) remember_flow(t, from_us, rate);
    t->flow_from_us = now_of(t);
}

static double seconds(sim_time us)
{
    return (double)us / (double)SIM_SECOND;
}

/* Whatever is under way on the target is cut (502), once. flowing: as before what cuts it. */
static void cut_in_flight(target *t, bool flowing)
{
    const routing *r = t->group->routing;
    route_class class = class_of(t);
    class.slow_factor = lateness(t);
    const sim_time now_us = now_of(t);
    double requests = 0;
    if (t->runs_dry && now_us >= t->drain_end_us) t->past_rate = 0; /* it was waited for (L104) */
    if (flowing)
        requests +=
            routing_in_flight(r, &class, served_rate(t), seconds(now_us - flow_start(t)), 0);
    if (t->past_rate > 0) {
        route_class past = class;
        past.slow_factor = t->past_slow_factor;
        requests += routing_in_flight(r, &past, t->past_rate, seconds(now_us - t->past_from_us),
                                      seconds(now_us - t->past_to_us));
    }
    t->past_rate = 0;
    t->flow_from_us = now_us;
    if (requests > 0)
        t->group->room->lost(t->group->room->facade, t->group, t->is.service, requests);
}

double target_rate(const target *t)
{
    const request_outcome outcome = routing_outcome(t->is.answer);
    if (!gets_requests(t) || outcome == OUTCOME_REFUSED || outcome == OUTCOME_HANGS) return 0;
    return routing_target_rate(t->group->routing, t->route_class);
}

double target_under_way(const target *t, double seconds_each)
{
    if (!(target_rate(t) > 0)) return 0;
    const double stays_s = seconds_each * lateness(t);
    return routing_under_way(t->group->routing, t->route_class, stays_s) *
           target_load_served(t->load);
}

/* ---- slow start (L45) ---- */

static void step_over(engine *eng, void *context, uint64_t subject);

static void schedule_step(target *t)
{
    const target_group *g = t->group;
    const sim_time end_us = t->slow_from_us + g->slow_start_us * t->ramp / ROUTE_RAMP_STEPS;
    t->slow = engine_schedule(g->room->eng, end_us, PHASE_DURATION, step_over, subject_of(t));
}

static void step_over(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    (void)context;
    target *t = target_of(subject);
    const bool flowed = flows(t);
    t->slow = EVENT_NONE;
    t->ramp = t->ramp == ROUTE_RAMP_STEPS ? 0 : t->ramp + 1;
    if (t->ramp > 0)
        schedule_step(t);
    else
        t->group->steady++;
    reroute(t, t->route, flowed);
}

/* A healthy target starts slowly where another one is healthy and does not. */
static void begin_service(target *t)
{
    target_group *g = t->group;
    const bool slow = g->slow_start_us > 0 && !t->together && g->steady > 0;
    t->together = false;
    if (!slow) {
        g->steady++;
        return;
    }
    t->ramp = 1;
    t->slow_from_us = now_of(t);
    schedule_step(t);
}

/* Before its state changes from healthy. */
static void end_service(target *t)
{
    if (t->state != TARGET_HEALTHY) return;
    if (t->ramp == 0) t->group->steady--;
    engine_cancel(t->group->room->eng, &t->slow);
    t->ramp = 0;
}

/* ---- checks ---- */

static bool is_checked(const target *t)
{
    return t->checked && (t->state == TARGET_INITIAL || t->state == TARGET_HEALTHY ||
                          t->state == TARGET_UNHEALTHY);
}

/* How it answers probes. */
static target_answer probe_answer(const target *t)
{
    if (t->deaf && t->is.answer.kind != ANSWER_REFUSE) return (target_answer){.kind = ANSWER_HANG};
    return t->is.answer;
}

health_check target_check_now(const target *t)
{
    const target_room *room = t->group->room;
    health_check now = t->check;
    if (is_checked(t) && !room->every_probe) {
        const bool over = engine_phase_reached(room->eng) > PHASE_PROBE;
        const bool changed =
            health_check_settle(&now, &t->group->settings, probe_answer(t), now_of(t), over);
        INVARIANT(!changed); /* a verdict that changes the state has an event of its own */
    }
    return now;
}

static void verdict_lands(engine *eng, void *context, uint64_t subject);
static void timeout_lands(engine *eng, void *context, uint64_t subject);

/* The next engine event of the target's checks. */
static void schedule_check(target *t)
{
    target_room *room = t->group->room;
    const health_check_settings *s = &t->group->settings;
    const sim_time at_us = room->every_probe ? health_check_send_at(&t->check, s)
                                             : health_check_due(&t->check, s, probe_answer(t));
    engine_cancel(room->eng, &t->probe);
    if (at_us == SIM_NEVER) return;
    t->probe = engine_schedule(room->eng, at_us, PHASE_PROBE, verdict_lands, subject_of(t));
}

/* L51 is the application and network balancer's: a classic one without a healthy instance answers
 * 503 itself. */
static route_kind route_while_not_healthy(const target_group *g)
{
    return g->settings.classic ? ROUTE_CLOSED : ROUTE_OPEN;
}

static void call_for_state(target *t)
{
    if (t->state_due) return;
    t->state_due = true;
    t->group->room->state_due(t->group->room->facade, t);
}

/* The first probe; then, computed, the verdict that changes the state, else the next probe. */
static void verdict_lands(engine *eng, void *context, uint64_t subject)
{
    (void)context;
    target *t = target_of(subject);
    const health_check_settings *s = &t->group->settings;
    t->probe = EVENT_NONE;
    if (!t->checked && t->group->registration_delay_us > 0) t->announces = true;
    t->checked = true;
    bool changed;
    if (t->group->room->every_probe) {
        changed = health_check_send(&t->check, s, probe_answer(t));
        if (t->check.in_flight)
            t->timeout =
                engine_schedule(eng, t->check.lands_us, PHASE_PROBE, timeout_lands, subject_of(t));
    } else {
        changed = health_check_settle(&t->check, s, probe_answer(t), engine_now(eng), true);
    }
    schedule_check(t);
    if (changed || t->announces) call_for_state(t);
}

static void timeout_lands(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    (void)context;
    target *t = target_of(subject);
    t->timeout = EVENT_NONE;
    if (health_check_land(&t->check, &t->group->settings)) call_for_state(t);
}

static void stop_checks(target *t)
{
    engine *eng = t->group->room->eng;
    t->check = target_check_now(t);
    t->checked = false;
    t->state_due = t->announces = false;
    engine_cancel(eng, &t->probe);
    engine_cancel(eng, &t->timeout);
}

static target_reason reason_of(const health_check *h)
{
    if (h->state != TARGET_UNHEALTHY) return REASON_NONE;
    switch (h->failure) {
    case CHECK_STATUS:
        return REASON_RESPONSE_CODE_MISMATCH;
    case CHECK_TIMEOUT:
        return REASON_TIMEOUT;
    case CHECK_REFUSED:
        return REASON_FAILED_HEALTH_CHECKS;
    case CHECK_PASS:
        break;
    }
    check_failed("CHECK", "a failure behind `unhealthy`", __FILE__, __LINE__);
}

/* L101: a network balancer ends the connections of an unhealthy target, unless it fails open: which shows once
 * all states of the instant have changed (L29). */
void target_reset_connections(target *t)
{
    if (!t->turned_unhealthy) return;
    const target_group *g = t->group;
    t->turned_unhealthy = false;
    if (g->network && !g->keeps_unhealthy && !routing_fails_open(g->routing, t->node))
        cut_in_flight(t, false);
}

void target_settle_state(target *t)
{
    t->state_due = false;
    if (t->announces) target_set_state(t, TARGET_INITIAL, REASON_INITIAL_HEALTH_CHECKING);
    t->announces = false;
    if (t->check.state == t->state) return;
    const bool flowed = flows(t);
    end_service(t);
    target_set_state(t, t->check.state, reason_of(&t->check));
    if (t->state == TARGET_HEALTHY) begin_service(t);
    reroute(t, t->state == TARGET_HEALTHY ? ROUTE_HEALTHY : route_while_not_healthy(t->group),
            flowed);
    t->turned_unhealthy = t->state == TARGET_UNHEALTHY;
    target_room *room = t->group->room;
    if (room->changed) room->changed(room->changed_context, t->is.owner, t->group->index, t->state);
}

/* ---- life ---- */

static void forget_address(target *t)
{
    target_group *g = t->group;
    if (!t->draining_prev && g->draining_first != t) return;
    *(t->draining_prev ? &t->draining_prev->draining_next : &g->draining_first) = t->draining_next;
    if (t->draining_next) t->draining_next->draining_prev = t->draining_prev;
    t->draining_next = t->draining_prev = NULL;
}

static void remember_address(target *t)
{
    target_group *g = t->group;
    if (t->is.instance == 0) return;
    t->draining_next = g->draining_first;
    if (t->draining_next) t->draining_next->draining_prev = t;
    g->draining_first = t;
}

static void release(target *t)
{
    target_room *room = t->group->room;
    forget_address(t);
    engine_cancel(room->eng, &t->drain);
    engine_cancel(room->eng, &t->lag);
    leave_route(t);
    room->routes_changed(room->facade, t->group);
    CHECK(t->state == TARGET_UNUSED && t->group->count[TARGET_UNUSED] > 0);
    t->group->count[TARGET_UNUSED]--;
    pool_free(room->targets, t->handle);
}

/* L83: an instance's draining port is registered again: its old target is over. O(draining). */
static void register_again(target_group *g, const target_registration *r)
{
    target *old = r->instance > 0 ? g->draining_first : NULL;
    while (old && !(old->is.instance == r->instance && old->is.port == r->port))
        old = old->draining_next;
    if (!old) return;
    cut_in_flight(old, flows(old));
    target_set_state(old, TARGET_UNUSED, REASON_NOT_REGISTERED);
    release(old);
}

/* Checks go on as they did before t = 0; the next one is due now. */
static void begin_healthy(target *t)
{
    t->check = health_check_begin(now_of(t));
    t->check.state = TARGET_HEALTHY;
    t->checked = !t->group->direct;
    count_route(t, ROUTE_HEALTHY);
    target_set_state(t, TARGET_INITIAL, REASON_INITIAL_HEALTH_CHECKING);
    target_set_state(t, TARGET_HEALTHY, REASON_NONE);
    begin_service(t);
    if (t->checked) schedule_check(t);
}

target *target_register(target_group *g, const target_registration *r)
{
    target_room *room = g->room;
    const pool_handle handle = pool_alloc(room->targets);
    target *t = pool_get(room->targets, handle);
    *t = (target){.group = g, .handle = handle, .order = room->registered++, .is = *r};
    t->flow_from_us = engine_now(room->eng);
    g->count[TARGET_UNUSED]++;
    register_again(g, r);
    t->node = room->node_of(room->facade, g, r->zone);
    if (t->node == NO_INDEX) { /* L6 */
        t->node = 0;
        count_route(t, ROUTE_NONE);
        target_set_state(t, TARGET_UNUSED, REASON_NOT_IN_USE);
        return t;
    }
    if (g->count[TARGET_INITIAL] + g->count[TARGET_HEALTHY] + g->count[TARGET_UNHEALTHY] == 0)
        g->filled_us = t->flow_from_us;
    t->together = g->filled_us == t->flow_from_us;
    if (r->healthy || g->direct) {
        begin_healthy(t);
        return t;
    }
    count_route(t, route_while_not_healthy(g));
    target_set_state(t, TARGET_INITIAL,
                     g->registration_delay_us > 0 ? REASON_REGISTRATION_IN_PROGRESS
                                                  : REASON_INITIAL_HEALTH_CHECKING);
    const sim_time first_us = engine_now(room->eng) + g->registration_delay_us; /* L26 */
    t->check = health_check_begin(first_us);
    t->probe = engine_schedule(room->eng, first_us, PHASE_PROBE, verdict_lands, subject_of(t));
    return t;
}

/* The slot stays while the balancer lags behind, or connections outlive the delay (L84). */
static void release_if_over(target *t)
{
    const bool connected = t->group->keeps_connections && !t->exited && t->past_rate > 0;
    if (t->drained && t->route != ROUTE_LAGGING && !connected) release(t);
}

/* L80: what still runs is cut. */
static void drain_ends(target *t)
{
    if (!t->group->keeps_connections) cut_in_flight(t, flows(t));
    target_set_state(t, TARGET_UNUSED, REASON_NOT_REGISTERED);
    forget_address(t);
    t->drained = true;
    release_if_over(t);
}

static void drain_event(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    (void)context;
    target *t = target_of(subject);
    t->drain = EVENT_NONE;
    drain_ends(t);
}

static void lag_event(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    (void)context;
    target *t = target_of(subject);
    t->lag = EVENT_NONE;
    reroute(t, ROUTE_NONE, flows(t));
    release_if_over(t);
}

/* How long the balancer waits: the whole delay (L80), a classic one until what is under way has
 * ended (L104). What a lagging balancer goes on sending counts from the end of the lag. */
static sim_time drain_us(const target *t, bool sent, bool lags)
{
    const target_group *g = t->group;
    if (!g->settings.classic) return g->deregistration_delay_us;
    const route_class class = class_of(t);
    const sim_time now_us = now_of(t), lag_us = lags ? g->lag_us : 0;
    drain_arrivals arrivals[2];
    uint32_t count = 0;
    if (sent)
        arrivals[count++] = (drain_arrivals){.per_second = served_rate(t),
                                             .from_s = seconds(now_us - flow_start(t) + lag_us),
                                             .slow_factor = lateness(t)};
    if (t->past_rate > 0)
        arrivals[count++] = (drain_arrivals){.per_second = t->past_rate,
                                             .from_s = seconds(now_us - t->past_from_us + lag_us),
                                             .to_s = seconds(now_us - t->past_to_us + lag_us),
                                             .slow_factor = t->past_slow_factor};
    const sim_time most_us = g->deregistration_delay_us;
    const sim_time wait_us = lag_us + drain_time_us(g->routing, &class, arrivals, count, most_us);
    return wait_us < most_us ? wait_us : most_us;
}

sim_time target_deregister(target *t)
{
    target_room *room = t->group->room;
    if (t->state == TARGET_DRAINING || t->drained) return t->drain_end_us;
    target_reset_connections(t);
    const sim_time now_us = engine_now(room->eng);
    const bool sent = gets_requests(t), lags = t->group->lag_us > 0 && sent;
    const sim_time wait_us = drain_us(t, sent, lags);
    t->drain_end_us = now_us + wait_us;
    t->runs_dry = wait_us < t->group->deregistration_delay_us;
    stop_checks(t); /* L85 */
    end_service(t);
    reroute(t, lags ? ROUTE_LAGGING : ROUTE_NONE, flows(t));
    if (lags)
        t->lag = engine_schedule(room->eng, now_us + t->group->lag_us, PHASE_DURATION, lag_event,
                                 subject_of(t));
    target_set_state(t, TARGET_DRAINING, REASON_DEREGISTRATION_IN_PROGRESS);
    remember_address(t);
    const sim_time end_us = t->drain_end_us;
    if (end_us > now_us)
        t->drain = engine_schedule(room->eng, end_us, PHASE_STATE, drain_event, subject_of(t));
    else
        drain_ends(t); /* a state of zero duration is left in the act that enters it (E61) */
    return end_us;
}

void target_lose(target *t)
{
    stop_checks(t);
    cut_in_flight(t, flows(t));
    end_service(t);
    if (t->state != TARGET_UNUSED) target_set_state(t, TARGET_UNUSED, REASON_INVALID_STATE);
    release(t);
}

void target_set_answer(target *t, target_answer answer)
{
    if (answer.kind != ANSWER_STATUS) answer.status_code = 0;
    if (t->is.answer.kind == answer.kind && t->is.answer.status_code == answer.status_code) return;
    INVARIANT(engine_phase(t->group->room->eng) != PHASE_PROBE);
    const bool flowed = flows(t);
    t->check = target_check_now(t);
    t->is.answer = answer;
    if (answer.kind != ANSWER_REFUSE) t->exited = false; /* restarted in place */
    if (is_checked(t) && !t->group->room->every_probe) schedule_check(t);
    reroute(t, t->route, flowed);
}

void target_set_slow(target *t, double factor)
{
    if (flows(t)) remember_flow(t, flow_start(t), served_rate(t));
    t->flow_from_us = now_of(t);
    leave_route(t);
    t->is.slow_factor = factor;
    count_route(t, t->route);
}

void target_set_load(target *t, target_load load)
{
    if (t->load.step == load.step && t->load.shed == load.shed) return;
    routing_set_load(t->group->routing, t->route_class, t->route, t->load, load);
    t->load = load;
    t->group->room->load_changed(t->group->room->facade, t->group, false);
}

void target_set_cpu(target *t, const target_cpu *cpu)
{
    target_group *g = t->group;
    if (!g->balances) return;
    target_cpu to = *cpu;
    to.units = latency_step_factor(latency_step_of(cpu->units > 1 ? cpu->units : 1));
    if (memcmp(&to, &t->cpu, sizeof to) == 0) return;
    if (g->shared_us == now_of(t) && g->rounds >= TARGET_CPU_ROUNDS) return;
    leave_route(t);
    t->cpu = to;
    enter_route(t, t->route);
    g->room->load_changed(g->room->facade, g, true);
}

void target_set_deaf(target *t, bool deaf)
{
    if (t->deaf == deaf) return;
    INVARIANT(engine_phase(t->group->room->eng) != PHASE_PROBE);
    t->check = target_check_now(t);
    t->deaf = deaf;
    if (is_checked(t) && !t->group->room->every_probe) schedule_check(t);
}

void target_exit(target *t)
{
    cut_in_flight(t, flows(t));
    target_set_answer(t, (target_answer){.kind = ANSWER_REFUSE});
    t->exited = true;
    release_if_over(t);
}
