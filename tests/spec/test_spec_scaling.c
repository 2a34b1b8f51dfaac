/* Goal: the spec's worked examples of alarms and scaling policies, run from data (autoscaling-examples.json).
 * Method: the pure rules are asked directly: alarm states over point sequences, steps and their rounding, tracking
 * sizes, votes of several policies, schedules listed over a fortnight.
 */
#include "models/autoscaling/schedule.h"
#include "models/autoscaling/step_scaling.h"
#include "models/autoscaling/target_tracking.h"
#include "models/cloudwatch/alarm_rule.h"
#include "models/ec2/mixed_instances.h"
#include "sim/engine/date.h"
#include "tests/spec/spec.h"

static double number(const json_t *object, const char *key, double absent)
{
    const json_t *v = json_object_get(object, key);
    return json_is_number(v) ? json_number_value(v) : absent;
}

static const char *text(const json_t *object, const char *key)
{
    const char *found = json_string_value(json_object_get(object, key));
    return found ? found : "";
}

static bool is(const char *what, double got, double want)
{
    const bool same = fabs(got - want) < 1e-9;
    if (!same) printf("# %s: got %.9g, want %.9g\n", what, got, want);
    return same;
}

static bool says(const char *what, const char *got, const char *want)
{
    const bool same = strcmp(got, want) == 0;
    if (!same) printf("# %s: got %s, want %s\n", what, got, want);
    return same;
}

/* ---- alarms ---- */

static missing_data_rule missing_rule(const json_t *in)
{
    static const char *const words[] = {"missing", "ignore", "breaching", "notBreaching"};
    for (int i = 0; i < 4; i++)
        if (strcmp(text(in, "treat_missing_data"), words[i]) == 0) return (missing_data_rule)i;
    return MISSING_DATA_MISSING;
}

static bool missing_data_topic(const json_t *in, const json_t *expected)
{
    const uint32_t n = (uint32_t)number(in, "evaluation_periods", 0);
    const json_t *given = json_object_get(in, "points_oldest_to_newest");
    alarm_point points[16];
    const uint32_t range = (uint32_t)json_array_size(given);
    uint32_t real = 0;
    for (uint32_t i = 0; i < range; i++) {
        const char c = *json_string_value(json_array_get(given, i));
        points[i] = c == '-' ? POINT_MISSING : c == 'X' ? POINT_BREACHING : POINT_FINE;
        real += c != '-';
    }
    bool good = is("range", alarm_range(n), range);
    good &= is("filled", real < n ? n - real : 0, number(expected, "points_filled", 0));
    /* "previous state retained" must hold for whatever it was */
    for (int now = 0; now < ALARM_STATES; now++) {
        const alarm_state got =
            alarm_judge(points, range, n, (uint32_t)number(in, "datapoints_to_alarm", n),
                        missing_rule(in), (alarm_state)now);
        const char *want = text(expected, "state");
        if (strcmp(want, "previous state retained") == 0) want = alarm_state_names[now];
        good &= says("state", alarm_state_names[got], want);
    }
    return good;
}

static alarm_comparison comparison(const char *word)
{
    static const char *const words[] = {"GreaterThanOrEqualToThreshold", "GreaterThanThreshold",
                                        "LessThanThreshold", "LessThanOrEqualToThreshold"};
    for (int i = 0; i < 4; i++)
        if (strcmp(word, words[i]) == 0) return (alarm_comparison)i;
    (void)TAP_FAIL("no operator %s", word);
    return COMPARE_GREATER;
}

/* The states after each value of a sequence that begins with no data. */
static void judge_sequence(const json_t *in, alarm_state *states)
{
    const uint32_t n = (uint32_t)number(in, "evaluation_periods", 1), range = alarm_range(n);
    const json_t *values = json_object_get(in, "values");
    alarm_point points[64] = {POINT_MISSING}; /* `range` of them before the first value */
    alarm_state now = ALARM_INSUFFICIENT_DATA;
    for (uint32_t i = 0; i < json_array_size(values); i++) {
        const bool breaches = alarm_breaches(comparison(text(in, "operator")),
                                             json_number_value(json_array_get(values, i)),
                                             number(in, "threshold", 0));
        points[range + i] = breaches ? POINT_BREACHING : POINT_FINE;
        now = alarm_judge(points + i + 1, range, n, (uint32_t)number(in, "datapoints_to_alarm", n),
                          MISSING_DATA_MISSING, now);
        states[i] = now;
    }
}

static bool sequence_topic(const json_t *in, const json_t *expected)
{
    alarm_state states[48] = {ALARM_INSUFFICIENT_DATA}; /* A20: where a new one starts */
    if (json_object_get(in, "values")) judge_sequence(in, states);
    const json_t *from_third = json_object_get(expected, "states_from_period_3");
    const json_t *want = from_third ? from_third : json_object_get(expected, "states");
    if (!want) return says("state", alarm_state_names[states[0]], text(expected, "state"));
    bool good = true;
    for (size_t i = 0; i < json_array_size(want); i++)
        good &= says("state", alarm_state_names[states[i + (from_third ? 2 : 0)]],
                     json_string_value(json_array_get(want, i)));
    return good;
}

/* ---- steps ---- */

static adjustment_type adjustment(const json_t *in)
{
    const char *word = text(in, "adjustment_type");
    if (*word == '\0') word = text(in, "type");
    if (strcmp(word, "PercentChangeInCapacity") == 0) return ADJUST_PERCENT;
    return strcmp(word, "ExactCapacity") == 0 ? ADJUST_EXACT : ADJUST_CHANGE;
}

static bool step_topic(const json_t *in, const json_t *expected)
{
    step_adjustment_config steps[8];
    const json_t *given = json_object_get(in, "steps");
    const uint32_t count = (uint32_t)json_array_size(given);
    bool above = true; /* the alarm's side is that of its steps */
    for (uint32_t i = 0; i < count; i++) {
        const json_t *s = json_array_get(given, i);
        steps[i] =
            (step_adjustment_config){number(s, "lower", -INFINITY), number(s, "upper", INFINITY),
                                     (int32_t)number(s, "adjustment", 0)};
        above &= steps[i].lower >= 0;
    }
    sim_error err = {0};
    if (!step_scaling_valid(steps, count, &err)) {
        printf("# %s\n", err.text);
        return false;
    }
    const step_adjustment_config *step = step_scaling_find(steps, count, number(in, "metric", 0),
                                                           number(in, "alarm_threshold", 0), above);
    if (!step) return TAP_FAIL("no step");
    bool good = is("step", step->adjustment, number(expected, "step_adjustment", NAN));
    const int64_t to = step_scaling_apply(
        adjustment(in), (int64_t)number(in, "current_capacity", 0), step->adjustment, 0);
    return is("capacity", (double)to, number(expected, "new_capacity", NAN)) && good;
}

static bool rounding_topic(const json_t *in, const json_t *expected)
{
    const int64_t scaled = (int64_t)lround(number(in, "raw_change", 0) * 10000);
    return is("rounded", (double)step_scaling_round(scaled, 10000),
              number(expected, "rounded", NAN));
}

static bool adjustment_topic(const json_t *in, const json_t *expected)
{
    int64_t to = step_scaling_apply(adjustment(in), (int64_t)number(in, "current_capacity", 0),
                                    (int64_t)number(in, "adjustment", 0),
                                    (int64_t)number(in, "min_adjustment_magnitude", 0));
    const double min = number(in, "min_capacity", 0), max = number(in, "max_capacity", INFINITY);
    if ((double)to < min) to = (int64_t)min;
    if ((double)to > max) to = (int64_t)max; /* A42 */
    return is("capacity", (double)to, number(expected, "new_capacity", NAN));
}

/* ---- tracking, several policies ---- */

static bool tracking_topic(const json_t *in, const json_t *expected)
{
    if (json_object_get(in, "exact_instances_to_add")) /* 10 tasks, 1.5 more are needed */
        return is(
            "added",
            (double)target_tracking_capacity(10, 10 + number(in, "exact_instances_to_add", 0), 10) -
                10,
            number(expected, "added", NAN));
    if (json_object_get(in, "exact_instances_to_remove"))
        return is("removed",
                  10 - (double)target_tracking_capacity(
                           10, 10 - number(in, "exact_instances_to_remove", 0), 10),
                  number(expected, "removed", NAN));
    double to = (double)target_tracking_capacity((int64_t)number(in, "running", 0),
                                                 number(in, "metric", 0), number(in, "target", 1));
    if (to < number(in, "min_capacity", 0)) to = number(in, "min_capacity", 0);
    if (to > number(in, "max_capacity", INFINITY)) to = number(in, "max_capacity", INFINITY);
    return is("desired", to, number(expected, "desired", NAN));
}

static bool policies_topic(const json_t *in, const json_t *expected)
{
    scaling_vote votes[8];
    const json_t *adds = json_object_get(in, "policies_add");
    const json_t *given = adds ? adds : json_object_get(in, "policies");
    const int64_t current = (int64_t)number(in, "current_capacity", number(in, "current", 10));
    const uint32_t count = (uint32_t)json_array_size(given);
    for (uint32_t i = 0; i < count; i++) {
        const json_t *p = json_array_get(given, i);
        votes[i] = (scaling_vote){.direction = SCALE_OUT};
        if (adds)
            votes[i].capacity = current + (int64_t)json_integer_value(p);
        else if (json_object_get(p, "type"))
            votes[i].capacity =
                step_scaling_apply(adjustment(p), current, (int64_t)number(p, "adjustment", 0), 0);
        else {
            const char *state = text(p, "state");
            votes[i].tracking = true;
            votes[i].capacity = (int64_t)number(p, "desired", 0);
            if (strcmp(state, "scale-in") == 0) votes[i].direction = SCALE_IN;
            if (strcmp(state, "in-band") == 0) votes[i].direction = SCALE_NONE;
        }
    }
    const int winner = scaling_vote_winner(votes, count);
    const double to = (double)(winner < 0 ? current : votes[winner].capacity);
    if (adds) return is("added", to - (double)current, number(expected, "added", NAN));
    return is("desired", to, number(expected, "desired", number(expected, "new_capacity", NAN)));
}

static bool bounds_topic(const json_t *in, const json_t *expected)
{
    int64_t start;
    const bool out = strcmp(text(in, "alarm"), "scale-out") == 0;
    const int64_t desired = (int64_t)number(in, "desired", 0);
    const bool acts =
        scaling_base(out ? SCALE_OUT : SCALE_IN, desired, (int64_t)number(in, "min_capacity", 0),
                     (int64_t)number(in, "max_capacity", 0), &start);
    char then[60];
    snprintf(then, sizeof then, "policy applied from %d", (int)start);
    if (json_object_get(expected, "then"))
        return acts && says("then", then, text(expected, "then"));
    return is("acts", acts, 0) && is("desired", (double)desired, number(expected, "desired", NAN));
}

/* ---- schedules ---- */

/* Does this minute of a week match what the example says in words? */
static bool due_in_words(const char *words, int day, int weekday, int hour, int minute)
{
    const bool workday = weekday >= 1 && weekday <= 5;
    if (strcmp(words, "10:00 daily") == 0) return hour == 10 && minute == 0;
    if (strcmp(words, "12:15 daily") == 0) return hour == 12 && minute == 15;
    if (strcmp(words, "18:00 Mon-Fri") == 0) return hour == 18 && minute == 0 && workday;
    if (strcmp(words, "08:00 on day 1 of each month") == 0)
        return day == 1 && hour == 8 && minute == 0;
    if (strcmp(words, "every 10 min Mon-Fri") == 0) return minute % 10 == 0 && workday;
    if (strcmp(words, "every 15 min") == 0) return minute % 15 == 0;
    if (strcmp(words, "every 5 min Mon-Fri 08:00..17:55") == 0)
        return minute % 5 == 0 && hour >= 8 && hour <= 17 && workday;
    return TAP_FAIL("no reading of '%s'", words);
}

static bool cron_topic(const json_t *in, const json_t *expected)
{
    char line[100];
    snprintf(line, sizeof line, "cron(%s)", text(in, "fields_min_hour_dom_month_dow_year"));
    schedule s;
    sim_error err = {0};
    if (!schedule_parse(line, &s, &err)) return TAP_FAIL("%s", err.text);
    const int64_t start = date_to_days(2026, 2, 20) * SIM_DAY; /* 40 days over two months' ends */
    int64_t due = schedule_next(&s, NULL, start, start - 1);
    uint32_t seen = 0;
    for (int64_t at = start; at < start + 40 * SIM_DAY; at += SIM_MINUTE) {
        int year, month, day;
        date_from_days(at / SIM_DAY, &year, &month, &day);
        const int minute = (int)(at / SIM_MINUTE % 60), hour = (int)(at / SIM_HOUR % 24);
        const bool want = due_in_words(text(expected, "fires"), day, date_day_of_week(at / SIM_DAY),
                                       hour, minute);
        if (want != (due == at))
            return TAP_FAIL("%d-%02d-%02d %02d:%02d", year, month, day, hour, minute);
        if (!want) continue;
        seen++;
        due = schedule_next(&s, NULL, start, at);
    }
    return seen > 0;
}

/* ---- Auto Scaling groups (A95) ---- */

static bool mixed_topic(const json_t *in, const json_t *expected)
{
    const mixed_instances_config m = {.on_demand_base = (int64_t)number(in, "on_demand_base", 0),
                                      .on_demand_percent =
                                          (int64_t)number(in, "on_demand_pct_above_base", NAN)};
    const json_t *totals = json_object_get(in, "totals");
    bool good = json_array_size(totals) > 0;
    for (size_t i = 0; i < json_array_size(totals); i++) {
        const int64_t total = json_integer_value(json_array_get(totals, i));
        const int64_t on_demand = mixed_on_demand(&m, total);
        good &= is("On-Demand", (double)on_demand,
                   json_number_value(json_array_get(json_object_get(expected, "on_demand"), i)));
        good &= is("Spot", (double)(total - on_demand),
                   json_number_value(json_array_get(json_object_get(expected, "spot"), i)));
    }
    return good;
}

static const spec_topic topics[] = {
    {"mixed-instances", mixed_topic},
    {"alarm-missing-data", missing_data_topic},
    {"alarm-sequence", sequence_topic},
    {"alarm-comparison", sequence_topic},
    {"step-adjustment", step_topic},
    {"step-bounds", step_topic},
    {"percent-rounding", rounding_topic},
    {"adjustment-type", adjustment_topic},
    {"target-tracking", tracking_topic},
    {"multiple-policies", policies_topic},
    {"bounds", bounds_topic},
    {"scheduled-cron", cron_topic},
};

int main(int argc, char **argv)
{
    (void)argc;
    tap_begin();
    json_t *examples = spec_load(argv[1]);
    spec_run(examples, topics, sizeof topics / sizeof *topics);
    json_decref(examples);
    return tap_end();
}
