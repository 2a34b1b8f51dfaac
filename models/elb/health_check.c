/* health_check.c - pure arithmetic on verdicts; no clock, no events. */
#include "models/elb/health_check.h"
#include "sim/engine/check.h"

health_check_settings health_check_settings_of(const target_group_config *group,
                                               load_balancer_type type,
                                               const control_plane_config *control)
{
    health_check_settings s = {
        .interval_us = group->interval_us,
        .timeout_us = group->timeout_us,
        .healthy_threshold = group->healthy_threshold,
        .unhealthy_threshold = group->unhealthy_threshold,
        .initial_checks = control->initial_healthy_checks,
        .classic = type == LOAD_BALANCER_CLASSIC,
        .tcp = group->tcp_check,
        .matcher_count = group->matcher_count,
        .matcher = group->matcher,
    };
    /* L103: the one-check shortcut is not the classic balancer's. */
    if (s.initial_checks == 0 || type == LOAD_BALANCER_CLASSIC)
        s.initial_checks = s.healthy_threshold;
    CHECK(s.timeout_us > 0 && s.timeout_us < s.interval_us); /* L13 */
    CHECK(s.healthy_threshold > 0 && s.unhealthy_threshold > 0);
    return s;
}

health_check health_check_begin(sim_time first_us)
{
    return (health_check){.state = TARGET_INITIAL, .first_us = first_us, .failure = CHECK_PASS};
}

static bool matches(const health_check_settings *s, int32_t code)
{
    for (uint32_t i = 0; i < s->matcher_count; i++)
        if (code >= s->matcher[i].low && code <= s->matcher[i].high) return true;
    return false;
}

probe_verdict health_check_judge(const health_check_settings *s, target_answer answer)
{
    switch (answer.kind) {
    case ANSWER_OK:
        return CHECK_PASS;
    case ANSWER_STATUS:
        return s->tcp || matches(s, answer.status_code) ? CHECK_PASS : CHECK_STATUS;
    case ANSWER_REFUSE:
        return CHECK_REFUSED;
    case ANSWER_HANG:
        return s->tcp ? CHECK_PASS : CHECK_TIMEOUT;
    }
    check_failed("CHECK", "a known answer", __FILE__, __LINE__);
}

/* Verdicts of this kind, in a row from now, until the state changes; 0: they never change it. */
static int64_t verdicts_to_change(const health_check *h, const health_check_settings *s,
                                  bool passing)
{
    if (passing) {
        if (h->state == TARGET_HEALTHY) return 0;
        uint32_t wanted = h->state == TARGET_INITIAL ? s->initial_checks : s->healthy_threshold;
        return (int64_t)wanted - h->passes;
    }
    if (h->state == TARGET_UNHEALTHY) return 0;
    return (int64_t)s->unhealthy_threshold - h->failures;
}

/* n > 0 equal verdicts; only the last may change the state. */
static bool apply_many(health_check *h, const health_check_settings *s, probe_verdict verdict,
                       int32_t code, int64_t n)
{
    INVARIANT(n > 0);
    const bool passing = verdict == CHECK_PASS;
    const int64_t left = verdicts_to_change(h, s, passing);
    INVARIANT(left == 0 || n <= left);
    if (!passing) {
        h->failure = verdict;
        h->failure_code = code;
    }
    if (n == left) {
        h->state = passing ? TARGET_HEALTHY : TARGET_UNHEALTHY;
        h->passes = h->failures = 0;
        return true;
    }
    /* What cannot change the state is not counted, so that counts stay below their thresholds. */
    h->passes = passing && left > 0 ? h->passes + (uint32_t)n : 0;
    h->failures = !passing && left > 0 ? h->failures + (uint32_t)n : 0;
    return false;
}

bool health_check_apply(health_check *h, const health_check_settings *s, probe_verdict verdict,
                        int32_t code)
{
    return apply_many(h, s, verdict, code, 1);
}

static sim_time send_of(const health_check *h, const health_check_settings *s, int64_t k)
{
    return h->first_us + k * s->interval_us;
}

sim_time health_check_send_at(const health_check *h, const health_check_settings *s)
{
    return send_of(h, s, h->next);
}

bool health_check_send(health_check *h, const health_check_settings *s, target_answer answer)
{
    CHECK(!h->in_flight);
    const sim_time sent_us = health_check_send_at(h, s);
    const probe_verdict verdict = health_check_judge(s, answer);
    h->next++;
    if (verdict != CHECK_TIMEOUT) return apply_many(h, s, verdict, answer.status_code, 1);
    h->in_flight = true;
    h->lands_us = sent_us + s->timeout_us;
    return false;
}

bool health_check_land(health_check *h, const health_check_settings *s)
{
    CHECK(h->in_flight);
    h->in_flight = false;
    return apply_many(h, s, CHECK_TIMEOUT, 0, 1);
}

static bool is_past(sim_time at_us, sim_time now_us, bool over)
{
    return at_us < now_us || (over && at_us == now_us);
}

/* How many probes from `next` on have been sent. */
static int64_t sent_since(const health_check *h, const health_check_settings *s, sim_time now_us,
                          bool over)
{
    const sim_time from_us = send_of(h, s, h->next);
    const sim_time last_us = over ? now_us : now_us - 1;
    return last_us < from_us ? 0 : (last_us - from_us) / s->interval_us + 1;
}

bool health_check_settle(health_check *h, const health_check_settings *s, target_answer answer,
                         sim_time now_us, bool over)
{
    bool changed = false;
    if (h->in_flight) {
        if (!is_past(h->lands_us, now_us, over)) return false; /* so no later probe was sent */
        changed = health_check_land(h, s);
    }
    const int64_t sent = sent_since(h, s, now_us, over);
    if (sent == 0) return changed;
    INVARIANT(!changed);
    const probe_verdict verdict = health_check_judge(s, answer);
    int64_t landed = sent;
    if (verdict == CHECK_TIMEOUT) {
        const sim_time lands_us = send_of(h, s, h->next + sent - 1) + s->timeout_us;
        h->in_flight = !is_past(lands_us, now_us, over);
        h->lands_us = lands_us;
        if (h->in_flight) landed--;
    }
    h->next += sent;
    return landed > 0 && apply_many(h, s, verdict, answer.status_code, landed);
}

sim_time health_check_due(const health_check *h, const health_check_settings *s,
                          target_answer answer)
{
    health_check after = *h;
    if (after.in_flight && health_check_land(&after, s)) return h->lands_us;
    const probe_verdict verdict = health_check_judge(s, answer);
    const int64_t n = verdicts_to_change(&after, s, verdict == CHECK_PASS);
    if (n == 0) return SIM_NEVER;
    const sim_time sent_us = send_of(&after, s, after.next + n - 1);
    return verdict == CHECK_TIMEOUT ? sent_us + s->timeout_us : sent_us;
}
