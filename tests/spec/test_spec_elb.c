/* Goal: the spec's worked examples of load balancing, run from data (autoscaling-examples.json).
 * Method: automaton, matcher, rules and weights are asked directly; instants are read off the log of
 * a target whose answer changes exactly before or after a probe; the drain's order (L81, L91) off a
 * whole small system. Topics that are not of load balancing are counted, not hidden.
 */
#include "models/elb/listener.h"
#include "tests/models/balance.h"
#include "tests/models/system.h"
#include "tests/spec/spec.h"

static double number(const json_t *object, const char *key, double absent)
{
    const json_t *v = json_object_get(object, key);
    return v ? json_number_value(v) : absent;
}

static const char *text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static bool is(const char *what, double got, double want)
{
    const bool same = fabs(got - want) < 1e-9;
    if (!same) printf("# %s: got %.9g, want %.9g\n", what, got, want);
    return same;
}

/* An expected value that the example may leave out. */
static bool agrees(const json_t *expected, const char *key, double got)
{
    const json_t *v = json_object_get(expected, key);
    if (!v) return true;
    return is(key, got, json_is_boolean(v) ? json_is_true(v) : json_number_value(v));
}

/* ---- the automaton ---- */

static const char *const state_names[TARGET_STATES] = {"unused", "initial", "healthy", "unhealthy",
                                                       "draining"};

static bool health_check_topic(const json_t *in, const json_t *expected)
{
    const health_check_settings s = {
        .healthy_threshold = (uint32_t)number(in, "healthy_threshold", 5),
        .unhealthy_threshold = (uint32_t)number(in, "unhealthy_threshold", 2),
        .initial_checks = 1,
    };
    health_check h = health_check_begin(0);
    for (int state = 0; state < TARGET_STATES; state++)
        if (strcmp(state_names[state], text(in, "start_state")) == 0) h.state = (target_state)state;
    const json_t *results = json_object_get(in, "results");
    const json_t *states = json_object_get(expected, "states");
    bool same = json_array_size(results) == json_array_size(states);
    for (size_t i = 0; i < json_array_size(results); i++) {
        const bool pass = strcmp(json_string_value(json_array_get(results, i)), "P") == 0;
        health_check_apply(&h, &s, pass ? CHECK_PASS : CHECK_REFUSED, 0);
        const char *want = json_string_value(json_array_get(states, i));
        if (strcmp(state_names[h.state], want) == 0) continue;
        printf("# after %zu results: got %s, want %s\n", i + 1, state_names[h.state], want);
        same = false;
    }
    return same;
}

static bool matcher_topic(const json_t *in, const json_t *expected)
{
    int low = 0, high = 0;
    if (sscanf(text(in, "matcher"), "%d-%d", &low, &high) == 1) high = low;
    const code_range range = {(uint16_t)low, (uint16_t)high};
    const health_check_settings s = {.matcher_count = 1, .matcher = &range};
    const target_answer answer = {.kind = ANSWER_STATUS,
                                  .status_code = (int32_t)number(in, "response", 0)};
    return agrees(expected, "success", health_check_judge(&s, answer) == CHECK_PASS);
}

/* ---- instants ---- */

/* Seconds from the change of answer, in the instant of a probe before or after it, to the event. */
static double latency(const json_t *in, answer_kind before, answer_kind after, bool probe_first,
                      const char *event)
{
    balance b;
    balance_init(&b, 1);
    const double interval_s = number(in, "interval_s", 30);
    b.groups[0].interval_us = (sim_time)(interval_s * 1e6);
    b.groups[0].timeout_us = (sim_time)(number(in, "timeout_s", 2) * 1e6);
    b.groups[0].healthy_threshold = (uint32_t)number(in, "healthy_threshold", 2);
    b.groups[0].unhealthy_threshold = (uint32_t)number(in, "unhealthy_threshold", 2);
    balance_open(&b, false);
    balance_register_at(&b, 0, 1, 0, before);
    const double change_s = 20 * interval_s;
    balance_order(
        &b, (sim_time)(change_s * 1e6), probe_first ? PHASE_SERVICE : PHASE_DURATION,
        (balance_order_row){.kind = ORDER_ANSWER, .target = 1, .answer = {.kind = after}});
    balance_run(&b, 60 * interval_s);
    const char *line = strstr(b.log, event);
    while (line && line > b.log && line[-1] != '\n')
        line--;
    const double at_s = line ? strtod(line, NULL) : NAN;
    balance_close(&b);
    return at_s - change_s;
}

static bool timing_topic(const json_t *in, const json_t *expected)
{
    const char *failure = text(in, "failure");
    const answer_kind fails =
        failure && strcmp(failure, "no response") == 0 ? ANSWER_HANG : ANSWER_REFUSE;
    const char *unhealthy = "target.unhealthy", *healthy = "target.healthy";
    bool same = true;
    if (json_object_get(expected, "seconds_before_assumed_unhealthy"))
        same &= agrees(expected, "seconds_before_assumed_unhealthy",
                       latency(in, ANSWER_OK, fails, true, unhealthy));
    if (json_object_get(expected, "from_first_failed_probe_s")) {
        same &= agrees(expected, "from_first_failed_probe_s",
                       latency(in, ANSWER_OK, fails, false, unhealthy));
        same &= agrees(expected, "worst_case_from_onset_s",
                       latency(in, ANSWER_OK, fails, true, unhealthy));
    }
    if (json_object_get(expected, "from_first_passing_probe_s")) {
        same &= agrees(expected, "from_first_passing_probe_s",
                       latency(in, ANSWER_REFUSE, ANSWER_OK, false, healthy));
        same &= agrees(expected, "worst_case_from_recovery_s",
                       latency(in, ANSWER_REFUSE, ANSWER_OK, true, healthy));
    }
    return same;
}

/* The time of the first event of this name at or after `from_s`. */
static double time_of(const char *log, const char *event, double from_s)
{
    for (const char *line = log; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        char *rest;
        const double at_s = strtod(line, &rest);
        if (rest == line) break;
        if (at_s >= from_s && strncmp(rest + 1, event, strlen(event)) == 0) return at_s;
    }
    return NAN;
}

static bool deregistration_topic(const json_t *in, const json_t *expected)
{
    system_of_test *sys = system_begin();
    system_instances(sys, 1, 1024, 2048, "a", NULL);
    const uint32_t web = system_task(sys, "web", 256, 256);
    container_definition *c = system_container(sys, web);
    c->stop_timeout_us = (sim_time)(number(in, "stop_timeout_s", 30) * 1e6);
    const bool ignores = json_is_true(json_object_get(in, "app_ignores_sigterm"));
    c->behavior.shutdown = distribution_constant(ignores ? 1e6 : 0);
    service_config *s = system_service(sys, "web", web, 1, 100, 200);
    system_target_group(sys, "web", s, web)->deregistration_delay_us =
        (sim_time)(number(in, "deregistration_delay_s", 300) * 1e6);
    const double zero_s = 100; /* the example's 0: the service is scaled to nothing */
    system_scale(sys, zero_s, 0, 0);
    char *log = system_run(sys, 1000);
    const json_t *draining = json_object_get(expected, "state_draining");
    const double unused_s = time_of(log, "target.unused", zero_s);
    bool same = is("draining from", time_of(log, "target.draining", zero_s) - zero_s,
                   json_number_value(json_array_get(draining, 0)));
    same &= is("draining to", unused_s - zero_s, json_number_value(json_array_get(draining, 1)));
    same &= agrees(expected, "state_unused_at", unused_s - zero_s);
    same &= agrees(expected, "sigterm_at", time_of(log, "task.stopping", zero_s) - zero_s);
    same &= agrees(expected, "sigkill_at", time_of(log, "task.stopped", zero_s) - zero_s);
    if (!same) printf("# %s\n", log);
    free(log);
    system_end(sys);
    return same;
}

/* ---- requests ---- */

static bool errors_topic(const json_t *in, const json_t *expected)
{
    balance b;
    rate_step step = {0, 10};
    const distribution lasts = distribution_constant(number(in, "request_duration_s", 0));
    balance_init(&b, 1);
    b.balancers[0].idle_timeout_us = SIM_HOUR;
    b.groups[0].deregistration_delay_us =
        (sim_time)(number(in, "deregistration_delay_s", 300) * 1e6);
    balance_add_traffic(&b, 0, &step, 3600);
    balance_open(&b, false);
    if (json_object_get(in, "request_duration_s")) {
        balance_order(&b, 0, PHASE_DURATION,
                      (balance_order_row){.kind = ORDER_REGISTER,
                                          .target = 1,
                                          .request_seconds = &lasts,
                                          .answer = {.kind = ANSWER_OK}});
        balance_order_at(&b, 600 + number(in, "deregistered_after_s", 0), 1, ORDER_DEREGISTER);
    }
    balance_run(&b, 599);
    target_group_sample before, after;
    load_balancing_group_sample(b.lb, 0, &before);
    balance_run(&b, 2000);
    load_balancing_group_sample(b.lb, 0, &after);
    balance_close(&b);
    switch ((int)number(expected, "status", 0)) {
    case 502: /* those of the last 100 s before the deregistration */
        return is("cut", after.requests.lost[FAILED_502], 10 * 100) &&
               is("502 before", before.requests.failed[FAILED_502], 0);
    case 503:
        return is("503", before.requests.failed[FAILED_503], 10);
    default:
        return false;
    }
}

/* Each of the group's targets gets an even part though none is healthy. */
static bool fail_open_topic(const json_t *in, const json_t *expected)
{
    balance b;
    rate_step step = {0, 30};
    const uint32_t registered = (uint32_t)number(in, "registered", 0);
    balance_init(&b, 1);
    balance_add_traffic(&b, 0, &step, 60);
    balance_open(&b, false);
    for (uint32_t t = 0; t < registered; t++)
        balance_order(&b, 0, PHASE_DURATION,
                      (balance_order_row){.kind = ORDER_REGISTER,
                                          .target = t + 1,
                                          .service = t,
                                          .answer = {.kind = ANSWER_REFUSE}});
    balance_run(&b, 100);
    target_group_sample group;
    load_balancing_group_sample(b.lb, 0, &group);
    bool same = is("healthy", group.healthy, number(in, "healthy", 0)) &&
                is("fail open", group.fail_open, true);
    uint32_t routed = 0;
    for (uint32_t s = 0; s < registered; s++) {
        request_sample r;
        load_balancing_service_requests(b.lb, s, &r);
        routed += r.offered > 0;
        same &= is("share", r.offered, 30.0 / registered);
    }
    balance_close(&b);
    char want[64];
    snprintf(want, sizeof want, "all %" PRIu32 " targets", routed);
    return same && strcmp(want, text(expected, "routing")) == 0;
}

/* ---- zones and slow start ---- */

/* `count` targets of a zone that answer so, each with requests of one service. */
static void register_in(balance *b, const char *zone, uint32_t count, uint32_t service,
                        answer_kind kind)
{
    for (uint32_t i = 0; i < count; i++)
        balance_order(b, 0, PHASE_DURATION,
                      (balance_order_row){.kind = ORDER_REGISTER,
                                          .target = b->target_count + 1,
                                          .service = service,
                                          .zone = zone,
                                          .answer = {.kind = kind}});
}

static double offered(const balance *b, uint32_t service)
{
    request_sample r;
    load_balancing_service_requests(b->lb, service, &r);
    return r.offered;
}

static void two_zones(balance *b, rate_step *step)
{
    static const char *ab[] = {"a", "b"};
    balance_init(b, 1);
    b->balancers[0].zone_count = 2;
    b->balancers[0].zones = ab;
    balance_add_traffic(b, 0, step, 60);
}

static bool cross_zone_topic(const json_t *in, const json_t *expected)
{
    balance b;
    rate_step step = {0, 100};
    const double a = number(in, "zone_a_targets", 0), z = number(in, "zone_b_targets", 0);
    two_zones(&b, &step);
    b.groups[0].zonal = !json_is_true(json_object_get(in, "cross_zone"));
    balance_open(&b, false);
    register_in(&b, "a", (uint32_t)a, 0, ANSWER_OK);
    register_in(&b, "b", (uint32_t)z, 1, ANSWER_OK);
    balance_run(&b, 100);
    const double each_a = offered(&b, 0) / a, each_b = offered(&b, 1) / z;
    balance_close(&b);
    return agrees(expected, "each_target_pct", each_a) &&
           agrees(expected, "each_target_pct", each_b) &&
           agrees(expected, "zone_a_each_pct", each_a) &&
           agrees(expected, "zone_b_each_pct", each_b);
}

/* Healthy targets get requests of services 0 (zone A) and 2 (B), the others of 1 and 3. */
static bool zone_agrees(const balance *b, const char *zone, const json_t *in, const json_t *want,
                        uint32_t service)
{
    char withdrawn[64];
    snprintf(withdrawn, sizeof withdrawn, "loadBalancer.zone alb %s withdrawn\n", zone);
    const bool dns = strcmp(text(want, "dns"), "healthy") == 0;
    const bool all = strncmp(text(want, "routing"), "all targets", 11) == 0;
    const double healthy = number(in, "healthy", 0), registered = number(in, "registered", 0);
    const bool others = offered(b, service + 1) > 0;
    return is("pct", 100 * healthy / registered, number(want, "pct", -1)) &&
           is("withdrawn", strstr(b->log, withdrawn) != NULL, !dns) &&
           is("unhealthy ones get requests", others, all && healthy < registered);
}

static bool zones_topic(const json_t *in, const json_t *expected)
{
    balance b;
    rate_step step = {0, 100};
    const json_t *zones = json_object_get(in, "zones");
    const json_t *a = json_object_get(zones, "A"), *z = json_object_get(zones, "B");
    two_zones(&b, &step);
    b.groups[0].zonal = !json_is_true(json_object_get(in, "cross_zone"));
    b.groups[0].dns_percent = (uint32_t)number(in, "dns_failover_pct", 0);
    b.groups[0].routing_percent = (uint32_t)number(in, "routing_failover_pct", 0);
    b.cfg.control.dns_ttl_us = SIM_HOUR; /* clients still know both zones */
    balance_open(&b, false);
    const char *const names_of[] = {"a", "b"};
    for (uint32_t i = 0; i < 2; i++) {
        const json_t *zone = i == 0 ? a : z;
        const double healthy = number(zone, "healthy", 0), all = number(zone, "registered", 0);
        register_in(&b, names_of[i], (uint32_t)healthy, 2 * i, ANSWER_OK);
        register_in(&b, names_of[i], (uint32_t)(all - healthy), 2 * i + 1, ANSWER_REFUSE);
    }
    balance_run(&b, 100);
    const bool same = zone_agrees(&b, "a", a, json_object_get(expected, "A"), 0) &&
                      zone_agrees(&b, "b", z, json_object_get(expected, "B"), 2);
    balance_close(&b);
    return same;
}

static bool group_health_topic(const json_t *in, const json_t *expected)
{
    return json_object_get(in, "zones") ? zones_topic(in, expected) : fail_open_topic(in, expected);
}

/* The weight shows as the share of a target that starts beside one that does not; the staircase of
 * L47 is within half a step of L45's line. */
static bool slow_start_topic(const json_t *in, const json_t *expected)
{
    balance b;
    rate_step step = {0, 100};
    balance_init(&b, 1);
    b.groups[0].slow_start_us = (sim_time)(number(in, "slow_start_s", 0) * 1e6);
    balance_add_traffic(&b, 0, &step, 60);
    balance_open(&b, false);
    balance_register_at(&b, 0, 1, 0, ANSWER_OK);
    balance_order(
        &b, 100 * SIM_SECOND, PHASE_DURATION,
        (balance_order_row){
            .kind = ORDER_REGISTER, .target = 2, .service = 1, .answer = {.kind = ANSWER_OK}});
    balance_run(&b, 100 + number(in, "seconds_since_healthy", 0));
    const double weight = offered(&b, 1) / offered(&b, 0);
    balance_close(&b);
    const double want = number(expected, "weight", -1);
    const double half_a_step = want < 1 ? 1.0 / 60 : 0;
    if (fabs(weight - want) <= half_a_step + 1e-12) return true;
    return is("weight", weight, want);
}

/* ---- rules ---- */

enum { RULES_MAX = 8 };

/* Target groups by their letters: 'a' is 0. */
static bool rules_topic(const json_t *in, const json_t *expected)
{
    const json_t *rules = json_object_get(in, "rules"), *paths = json_object_get(in, "paths");
    forward_target to[RULES_MAX + 1];
    const char *patterns[RULES_MAX];
    listener_rule_config list[RULES_MAX] = {{0}};
    const uint32_t count = (uint32_t)json_array_size(rules);
    CHECK(count <= RULES_MAX);
    for (uint32_t r = 0; r < count; r++) { /* sorted by priority, as the reader does */
        uint32_t place = 0;
        const json_t *rule = json_array_get(rules, r);
        for (uint32_t other = 0; other < count; other++)
            place +=
                number(json_array_get(rules, other), "priority", 0) < number(rule, "priority", 0);
        patterns[place] = text(rule, "path");
        to[place] = (forward_target){(uint32_t)(text(rule, "target")[0] - 'a'), 1};
        list[place] = (listener_rule_config){
            .priority = (uint32_t)number(rule, "priority", 0),
            .path_count = 1,
            .paths = &patterns[place],
            .action = {.kind = ACTION_FORWARD, .forward_count = 1, .forwards = &to[place]}};
    }
    to[count] = (forward_target){(uint32_t)(text(in, "default")[0] - 'a'), 1};
    listener_config listener = {
        .default_action = {.kind = ACTION_FORWARD, .forward_count = 1, .forwards = &to[count]}};
    const model_config cfg = {
        .listener_count = 1, .listeners = &listener, .rule_count = count, .rules = list};
    bool same = json_array_size(paths) > 0;
    for (size_t p = 0; p < json_array_size(paths); p++) {
        const listener_action *action =
            listener_match(&cfg, 0, NULL, json_string_value(json_array_get(paths, p)));
        const json_t *want = json_array_get(json_object_get(expected, "targets"), p);
        same &= is(json_string_value(json_array_get(paths, p)), action->forwards[0].target_group,
                   json_string_value(want)[0] - 'a');
    }
    return same;
}

/* A number, or a fraction such as "1/3". */
static double fraction(const json_t *v)
{
    if (json_is_number(v)) return json_number_value(v);
    double above = 0, below = 1;
    CHECK(sscanf(json_string_value(v), "%lf/%lf", &above, &below) == 2);
    return above / below;
}

static bool weights_topic(const json_t *in, const json_t *expected)
{
    const json_t *weights = json_object_get(in, "weights");
    const json_t *shares = json_object_get(expected, "shares");
    forward_target to[RULES_MAX];
    const uint32_t count = (uint32_t)json_array_size(weights);
    CHECK(count <= RULES_MAX);
    for (uint32_t i = 0; i < count; i++)
        to[i] = (forward_target){i, (uint32_t)json_integer_value(json_array_get(weights, i))};
    const listener_action action = {.kind = ACTION_FORWARD, .forward_count = count, .forwards = to};
    bool same = count > 0 && json_array_size(shares) == count;
    for (uint32_t i = 0; i < count; i++)
        same &=
            is("share", listener_forward_share(&action, i), fraction(json_array_get(shares, i)));
    return same;
}

static const spec_topic topics[] = {
    {"health-check", health_check_topic},    {"health-check-timing", timing_topic},
    {"health-check-matcher", matcher_topic}, {"deregistration", deregistration_topic},
    {"http-errors", errors_topic},           {"target-group-health", group_health_topic},
    {"cross-zone", cross_zone_topic},        {"slow-start", slow_start_topic},
    {"listener-rules", rules_topic},         {"weighted-target-groups", weights_topic},
};

/* ---- what is not run ---- */

static bool is_listed(const char *topic)
{
    for (size_t t = 0; t < sizeof topics / sizeof *topics; t++)
        if (strcmp(topics[t].topic, topic) == 0) return true;
    return false;
}

static json_t *without_unrun(json_t *examples)
{
    json_t *kept = json_array(), *unrun = json_object(), *example, *count;
    size_t index;
    const char *topic;
    json_array_foreach(examples, index, example)
    {
        topic = text(example, "topic");
        if (is_listed(topic)) {
            json_array_append(kept, example);
            continue;
        }
        json_int_t so_far = json_integer_value(json_object_get(unrun, topic));
        json_object_set_new(unrun, topic, json_integer(so_far + 1));
    }
    json_object_foreach(unrun, topic, count)
    {
        printf("# not run: topic %s: %d examples\n", topic, (int)json_integer_value(count));
    }
    json_decref(unrun);
    json_decref(examples);
    return kept;
}

int main(int argc, char **argv)
{
    tap_begin();
    if (argc < 2) return 1;
    json_t *examples = without_unrun(spec_load(argv[1]));
    spec_run(examples, topics, sizeof topics / sizeof *topics);
    json_decref(examples);
    return tap_end();
}
