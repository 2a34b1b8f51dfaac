/* balance.h - a load balancer without ECS: groups, targets and traffic driven by a script.
 *
 * A test fills the configuration after balance_init, calls balance_open, lists orders with
 * balance_order, and reads what was logged: one line an event, `t event key=value …`.
 */
#ifndef BERTH_TESTS_MODELS_BALANCE_H
#define BERTH_TESTS_MODELS_BALANCE_H

#include "models/elb/load_balancing.h"
#include "models/phase.h"
#include "sim/engine/check.h"
#include "tests/tap.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define BALANCE_GROUPS  4
#define BALANCE_ENTRIES 4

typedef enum {
    ORDER_REGISTER,
    ORDER_ANSWER,
    ORDER_DEREGISTER,
    ORDER_LOSE,
    ORDER_EXIT,
    ORDER_LOOK, /* log the target's state and failure */
    ORDER_PASS  /* nothing but what follows */
} order_kind;

typedef struct {
    order_kind kind;
    uint32_t target; /* the test's own number, used once */
    uint32_t group, service;
    target_answer answer;
    const distribution *request_seconds;
    double error_rate;
    const char *zone;
    /* Another order that this one schedules when it is carried out; follows: only scheduled so. */
    uint32_t then;
    sim_time then_after_us;
    int then_phase;
    bool follows;
} balance_order_row;

typedef struct {
    model_config cfg;
    load_balancer_config balancers[2];
    random_source random;
    target_group_config groups[BALANCE_GROUPS];
    service_config services[4];
    traffic_config traffic[BALANCE_ENTRIES];
    engine *eng;
    names *names;
    notifier *notifier;
    load_balancing *lb;
    balance_order_row *orders;
    uint32_t order_count;
    target_handle *targets;
    uint32_t target_count;
    sim_time deregistered_until_us; /* what the last deregister returned */
    uint32_t changed[CHANGED_KINDS];
    char *log;
    size_t log_length, log_room;
} balance;

static const code_range balance_matcher[] = {{200, 200}};

static inline void balance_say(balance *b, const char *text)
{
    size_t length = strlen(text);
    while (b->log_length + length + 1 > b->log_room) {
        b->log_room = b->log_room ? 2 * b->log_room : 4096;
        b->log = memory_resize(b->log, b->log_room, 1);
    }
    memcpy(b->log + b->log_length, text, length + 1);
    b->log_length += length;
}

static inline void balance_say_time(balance *b)
{
    char at[64];
    balance_say(b, cell_print(b->names, CELL_SECONDS, (uint64_t)engine_now(b->eng), at, sizeof at));
}

static inline void balance_on_event(void *context, const struct model *m, const model_event *ev)
{
    (void)m;
    balance *b = context;
    const event_kind_row *row = &event_kinds[ev->kind];
    balance_say_time(b);
    balance_say(b, " ");
    balance_say(b, row->name);
    for (int k = 0; k < EVENT_CELLS && row->keys[k].type != CELL_NONE; k++) {
        char buffer[64];
        if (cell_is_absent(row->keys[k].type, ev->cell[k])) continue;
        balance_say(b, " ");
        balance_say(b, cell_print(b->names, row->keys[k].type, ev->cell[k], buffer, sizeof buffer));
    }
    balance_say(b, "\n");
}

static inline void balance_on_change(void *context, const struct model *m, changed_kind kind,
                                     uint32_t index)
{
    (void)m;
    (void)index;
    ((balance *)context)->changed[kind]++;
}

static inline void balance_owner_hears(void *context, uint64_t owner, uint32_t group,
                                       target_state state)
{
    balance *b = context;
    char text[96];
    CHECK(load_balancing_state(b->lb, b->targets[owner]) == state);
    balance_say_time(b);
    snprintf(text, sizeof text, " owner %" PRIu64 " hears group %" PRIu32 " state %d\n", owner,
             group, (int)state);
    balance_say(b, text);
}

/* One application load balancer, every zone; groups g0, g1, … with the settings of stage01. */
static inline void balance_init(balance *b, uint32_t groups)
{
    *b = (balance){0};
    static const char *const names_of_groups[BALANCE_GROUPS] = {"g0", "g1", "g2", "g3"};
    static const char *const names_of_services[4] = {"s0", "s1", "s2", "s3"};
    b->balancers[0] = (load_balancer_config){
        .name = "alb", .type = LOAD_BALANCER_APPLICATION, .idle_timeout_us = SIM_MINUTE};
    for (uint32_t g = 0; g < groups; g++)
        b->groups[g] = (target_group_config){
            .name = names_of_groups[g],
            .interval_us = 5 * SIM_SECOND,
            .timeout_us = 2 * SIM_SECOND,
            .healthy_threshold = 2,
            .unhealthy_threshold = 2,
            .matcher_count = 1,
            .matcher = (code_range *)(uintptr_t)balance_matcher,
            .deregistration_delay_us = 300 * SIM_SECOND,
        };
    for (uint32_t s = 0; s < 4; s++)
        b->services[s].name = names_of_services[s];
    b->cfg = (model_config){
        .load_balancer_count = 1,
        .load_balancers = b->balancers,
        .target_group_count = groups,
        .target_groups = b->groups,
        .service_count = 4,
        .services = b->services,
        .traffic = b->traffic,
        .control = {.initial_healthy_checks = 1, .nlb_registration_delay_us = 90 * SIM_SECOND},
    };
}

static inline void balance_open(balance *b, bool every_probe)
{
    b->eng = engine_create(b);
    b->names = names_create();
    b->notifier = notifier_create(b->eng, NULL);
    notifier_observe(
        b->notifier,
        &(model_observer){.context = b, .event = balance_on_event, .changed = balance_on_change});
    b->lb = load_balancing_create(&b->cfg, b->random, b->eng, b->names, b->notifier,
                                  balance_owner_hears, b, every_probe);
    load_balancing_start(b->lb);
}

static inline void balance_close(balance *b)
{
    load_balancing_destroy(b->lb);
    notifier_destroy(b->notifier);
    names_destroy(b->names);
    engine_destroy(b->eng);
    free(b->orders);
    free(b->targets);
    free(b->log);
}

static inline void balance_look(balance *b, uint32_t target)
{
    char text[192], failure[96];
    balance_say_time(b);
    snprintf(text, sizeof text, " look %" PRIu32 ": state %d, %s\n", target,
             (int)load_balancing_state(b->lb, b->targets[target]),
             load_balancing_failure(b->lb, b->targets[target], failure, sizeof failure));
    balance_say(b, text);
}

static inline void balance_register(balance *b, const balance_order_row *o)
{
    target_registration r = {
        .task = cell_pair(names_intern(b->names, "t"), o->target),
        .service = o->service,
        .owner = o->target,
        .zone = names_intern(b->names, o->zone ? o->zone : "a"),
        .answer = o->answer,
        .request_seconds = o->request_seconds,
        .error_rate = o->error_rate,
    };
    b->targets[o->target] = load_balancing_register(b->lb, o->group, &r);
}

static inline void balance_carry_out(engine *eng, void *context, uint64_t subject)
{
    balance *b = context;
    const balance_order_row o = b->orders[subject];
    const target_handle target = b->targets[o.target];
    switch (o.kind) {
    case ORDER_REGISTER:
        balance_register(b, &o);
        break;
    case ORDER_ANSWER:
        load_balancing_set_answer(b->lb, target, o.answer);
        break;
    case ORDER_DEREGISTER:
        b->deregistered_until_us = load_balancing_deregister(b->lb, target);
        break;
    case ORDER_LOSE:
        load_balancing_lose(b->lb, target);
        break;
    case ORDER_EXIT:
        load_balancing_exit(b->lb, target);
        break;
    case ORDER_LOOK:
        balance_look(b, o.target);
        break;
    case ORDER_PASS:
        break;
    }
    if (o.then != 0)
        engine_schedule(eng, engine_now(eng) + o.then_after_us, o.then_phase, balance_carry_out,
                        o.then);
}

/* Returns the order's number; number 0 is never used. */
static inline uint32_t balance_order(balance *b, sim_time at_us, int when, balance_order_row row)
{
    if (b->order_count == 0) b->order_count = 1;
    b->orders = memory_resize(b->orders, b->order_count + 1, sizeof *b->orders);
    if (row.target >= b->target_count) {
        b->targets = memory_resize(b->targets, row.target + 1, sizeof *b->targets);
        memset(b->targets + b->target_count, 0,
               (row.target + 1 - b->target_count) * sizeof *b->targets);
        b->target_count = row.target + 1;
    }
    b->orders[b->order_count] = row;
    if (!row.follows) engine_schedule(b->eng, at_us, when, balance_carry_out, b->order_count);
    return b->order_count++;
}

static inline void balance_run(balance *b, double until_s)
{
    OK(engine_run_until(b->eng, (sim_time)(until_s * 1e6), NULL));
}

/* Shorthands, carried out among the ends of durations. */
static inline void balance_register_at(balance *b, double at_s, uint32_t target, uint32_t group,
                                       answer_kind kind)
{
    balance_order(
        b, (sim_time)(at_s * 1e6), PHASE_DURATION,
        (balance_order_row){
            .kind = ORDER_REGISTER, .target = target, .group = group, .answer = {.kind = kind}});
}

static inline void balance_answer_at(balance *b, double at_s, uint32_t target, answer_kind kind,
                                     int32_t code)
{
    balance_order(b, (sim_time)(at_s * 1e6), PHASE_DURATION,
                  (balance_order_row){.kind = ORDER_ANSWER,
                                      .target = target,
                                      .answer = {.kind = kind, .status_code = code}});
}

static inline void balance_order_at(balance *b, double at_s, uint32_t target, order_kind kind)
{
    balance_order(b, (sim_time)(at_s * 1e6), PHASE_DURATION,
                  (balance_order_row){.kind = kind, .target = target});
}

/* Requests to one group, constant, with a patience. */
static inline void balance_add_traffic(balance *b, uint32_t group, rate_step *step,
                                       double timeout_s)
{
    b->traffic[b->cfg.traffic_count++] = (traffic_config){
        .target_group = group,
        .load_balancer = NO_INDEX,
        .rate = {.step_count = 1, .steps = step},
        .timeout_us = (sim_time)(timeout_s * 1e6),
    };
}

#endif
