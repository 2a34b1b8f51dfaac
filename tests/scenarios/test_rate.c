/* test_rate.c - forms of offered rates: sines, and the metric data of CloudWatch. */
#include "models/model_config.h"
#include "tests/scenarios/reading.h"
#include "tests/scenarios/scratch.h"
#include <math.h>

#define AT "/traffic/0/requestsPerSecond"

typedef struct {
    double at_s, rate;
} want_step;

/* The base with these settings offers exactly these steps; the first, if given, has a file. */
static void offers(const char *rate, const char *other, const want_step *want, uint32_t count,
                   double tolerance)
{
    reading r = other ? READ_BASE(other, rate) : READ_BASE(rate);
    IS_STR(r.messages, "");
    if (r.scene) {
        const traffic_config *t = scenario_config(r.scene)->traffic;
        OK(!t->scripted);
        IS_INT(t->rate.step_count, count);
        for (uint32_t i = 0; i < t->rate.step_count && i < count; i++) {
            IS_INT(t->rate.steps[i].at_us, (sim_time)(want[i].at_s * SIM_SECOND));
            IS_NEAR(t->rate.steps[i].per_second, want[i].rate, tolerance);
        }
    }
    scenario_destroy(r.scene);
}

#define OFFERS(rate, other, tolerance, ...)                                                        \
    do {                                                                                           \
        static const want_step want[] = {__VA_ARGS__};                                             \
        offers(rate, other, want, sizeof want / sizeof want[0], tolerance);                        \
    } while (0)

static void test_sine(void)
{
    TEST("over quarters of a period the sine's mean is 2/pi, either side of the mean")
    {
        OFFERS(AT "={'sine': {'mean': 100, 'amplitude': 60, 'period': '4m'}}", NULL, 1e-12,
               {0, 138.19718634205488}, {120, 61.80281365794512}, {240, 138.19718634205488},
               {360, 61.80281365794512}, {480, 138.19718634205488}, {600, 61.80281365794512});
    }
    TEST("over thirds: sqrt(3)/2 * 3/(2 pi) * (sqrt(3), 0, -sqrt(3))")
    {
        OFFERS(AT "={'sine': {'mean': 10, 'amplitude': 10, 'period': '6m'}}",
               "/traffic/0/step='2m'", 1e-12, {0, 10 + 7.161972439135291}, {120, 10},
               {240, 10 - 7.161972439135291}, {360, 10 + 7.161972439135291}, {480, 10},
               {600, 10 - 7.161972439135291});
    }
    TEST("over whole periods a sine is its mean; in a sum it is a term")
    {
        OFFERS(AT "={'sine': {'mean': 30, 'amplitude': 30, 'period': '20s'}}", NULL, 0, {0, 30});
        OFFERS(AT "={'sum': [{'sine': {'mean': 30, 'amplitude': 30, 'period': '4m'}}, 1, {'sum': "
                  "[{'sine': {'mean': 2, 'amplitude': 1, 'period': '1m'}}]}]}",
               NULL, 1e-12, {0, 33 + 19.09859317102744}, {120, 33 - 19.09859317102744},
               {240, 33 + 19.09859317102744}, {360, 33 - 19.09859317102744},
               {480, 33 + 19.09859317102744}, {600, 33 - 19.09859317102744});
    }
    TEST("odd steps: the difference of cosines, and requests add up to the integral")
    {
        reading r = READ_BASE("/traffic/0/step='7s'",
                              AT "={'sine': {'mean': 50, 'amplitude': 40, 'period': '611s'}}");
        const rate_series *s = r.scene ? &scenario_config(r.scene)->traffic->rate : NULL;
        if (OK(s != NULL)) {
            const double w = 2 * acos(-1) / 611;
            double sum = 0;
            IS_INT(s->step_count, 600 / 7 + 1);
            for (uint32_t k = 0; k < s->step_count; k++) {
                double from = 7.0 * k, to = from + 7;
                IS_INT(s->steps[k].at_us, k * 7 * SIM_SECOND);
                IS_NEAR(s->steps[k].per_second, 50 + 40 * (cos(w * from) - cos(w * to)) / (w * 7),
                        1e-11);
                sum += 7 * s->steps[k].per_second;
            }
            IS_NEAR(sum, 50 * 602 + 40 * (1 - cos(w * 602)) / w, 1e-9);
        }
        scenario_destroy(r.scene);
    }
    TEST("sines that are wrong")
    {
        REFUSED(AT "={'sine': {'mean': 1, 'amplitude': 2, 'period': '1h'}}", AT
                "/sine/amplitude: above the mean: the rate would fall below 0 requests per second");
        REFUSED(AT "={'sine': {'mean': 1, 'amplitude': 1, 'period': 0}}",
                AT "/sine/period: `period` must be above 0");
        REFUSED(AT "={'sum': [{'sine': {'mean': 1, 'amplitude': 1, 'period': '1h', 'phase': 1}}]}",
                AT "/sum/0/sine/phase: unknown field, expected mean, amplitude or period");
        REFUSED(AT "={'sine': {'mean': -1, 'amplitude': 1, 'period': '1h'}}",
                AT "/sine/mean: expected a rate of at least 0 (requests per second)");
        REFUSED(AT "={'sine': {'mean': 1, 'amplitude': 1, 'period': '1h'}, 'step': 1}", AT
                ": expected {\"sine\": {\"mean\", \"amplitude\", \"period\"}} and nothing beside "
                "it");
    }
}

#define ANSWER(stamps, values)                                                                     \
    "{\"MetricDataResults\": [{\"Id\": \"other\", \"Timestamps\": [], \"Values\": []}, {\"Id\": "  \
    "\"rc\", \"Timestamps\": [" stamps "], \"Values\": [" values "]}]}"

#define START "/start='2026-03-02T08:00:00Z'"
#define RC    AT "={'metricData': 'rc.json', 'id': 'rc'}"

static void test_metric(void)
{
    TEST("sums over a minute are rates, in either order of time, placed by start")
    {
        static const char *const orders[] = {
            ANSWER("\"2026-03-02T07:59:00Z\", \"2026-03-02T08:00:00Z\", \"2026-03-02T08:01:00Z\", "
                   "\"2026-03-02T08:02:00+00:00\"",
                   "60, 600, 1200, 0"),
            ANSWER("\"2026-03-02T08:02:00Z\", \"2026-03-02T08:01:00Z\", \"2026-03-02T08:00:00Z\", "
                   "\"2026-03-02T07:59:00Z\"",
                   "0, 1200, 600, 60"),
        };
        for (int i = 0; i < 2; i++) {
            scratch_put("rc.json", orders[i]);
            OFFERS(RC, START, 0, {0, 10}, {60, 20}, {120, 0});
        }
    }
    TEST("where a datapoint is missing nothing was counted; `period` is taken as given")
    {
        scratch_put("rc.json", ANSWER("\"2026-03-02T08:00:00Z\", \"2026-03-02T08:01:00Z\", "
                                      "\"2026-03-02T08:05:00Z\"",
                                      "600, 300, 600"));
        OFFERS(RC, START, 0, {0, 10}, {60, 5}, {120, 0}, {300, 10});
        OFFERS(AT "={'metricData': 'rc.json', 'id': 'rc', 'period': '30s'}", START, 0, {0, 20},
               {30, 0}, {60, 10}, {90, 0}, {300, 20});
    }
    TEST("pages of one Id are one metric; in a sum it is a term")
    {
        scratch_put("rc.json", "{\"MetricDataResults\": [{\"Id\": \"rc\", \"Timestamps\": "
                               "[\"2026-03-02T08:01:00Z\"], \"Values\": [120]}, {\"Id\": \"rc\", "
                               "\"Timestamps\": [\"2026-03-02T08:00:00Z\"], \"Values\": [60]}]}");
        OFFERS(AT "={'sum': [3, {'metricData': 'rc.json', 'id': 'rc'}]}", START, 0, {0, 4},
               {60, 5});
    }
    TEST("the scenario as run holds the answer itself, and reads as the same rates")
    {
        reading r = READ_BASE(START, AT "={'sum': [{'metricData': 'rc.json', 'id': 'rc'}]}");
        if (OK(r.scene != NULL)) {
            OK(strstr(scenario_json_text(r.scene), "rc.json") == NULL);
            remove("rc.json");
            reading again = reading_of(scenario_json_text(r.scene), NULL);
            IS_STR(again.messages, "");
            if (again.scene) {
                const rate_series *s = &scenario_config(again.scene)->traffic->rate;
                IS_STR(scenario_json_text(again.scene), scenario_json_text(r.scene));
                IS_INT(s->step_count, 2);
                IS_DOUBLE(s->steps[1].per_second, 2.0);
            }
            scenario_destroy(again.scene);
        }
        scenario_destroy(r.scene);
    }
}

#define INLINE(stamps, values)                                                                     \
    AT "={'metricData': {'MetricDataResults': [{'Id': 'rc', 'Timestamps': [" stamps                \
       "], 'Values': [" values "]}]}, 'id': 'rc'}"
#define EIGHT "'2026-03-02T08:00:00Z'"

static void test_metric_wrong(void)
{
    TEST("answers that are no metric")
    {
        REFUSED(AT "={'metricData': 'none.json', 'id': 'rc'}",
                AT "/metricData: the file 'none.json' can't be opened: No such file or directory");
        REFUSED(AT "={'metricData': {'MetricDataResults': []}}",
                AT ": \"id\" is missing: the Id of a result");
        REFUSED(AT "={'metricData': {}, 'id': 'rc'}",
                AT "/metricData: expected a get-metric-data answer: {\"MetricDataResults\": […]}");
        REFUSED(AT "={'metricData': {'MetricDataResults': [], 'NextToken': 'x'}, 'id': 'rc'}",
                AT "/metricData: the answer holds only a part: it has a NextToken");
        REFUSED(AT "={'metricData': {'MetricDataResults': []}, 'id': 'rc'}",
                AT "/metricData/MetricDataResults: no datapoint of the Id \"rc\"");
        REFUSED(INLINE(EIGHT, "1, 2"),
                AT "/metricData/MetricDataResults/0: expected \"Timestamps\" and \"Values\", lists "
                   "as long as each other");
        REFUSED(INLINE(EIGHT, "-1"),
                AT "/metricData/MetricDataResults/0/Values/0: expected a number of at least 0");
        REFUSED(INLINE("12", "1"), AT "/metricData/MetricDataResults/0/Timestamps/0: expected an "
                                      "instant such as 2026-11-21T08:00:00Z");
        REFUSED(INLINE(EIGHT ", " EIGHT, "1, 2"),
                AT "/metricData/MetricDataResults/0/Timestamps/1: another datapoint has this time");
        REFUSED(INLINE(EIGHT, "1"), AT "/metricData: a single datapoint does not tell its Period: "
                                       "give `period`");
    }
}

#define NOISE "'noise': {'uniform': {'min': 0.5, 'max': 1.5}}"

static void test_noise(void)
{
    TEST("noise on the whole and on terms of a sum; the rate itself is that without it")
    {
        reading r = READ_BASE("/traffic/0/noise={'normal': {'mean': 1, 'sigma': 0.1}}",
                              AT "={'sum': [5, {'points': [[0, 7]], " NOISE
                                 ", 'noisePeriod': '10s'}, {'sum': [{'sine': {'mean': 3, "
                                 "'amplitude': 0, 'period': '1h'}, " NOISE "}], " NOISE "}]}");
        IS_STR(r.messages, "");
        if (OK(r.scene != NULL)) {
            const traffic_config *t = scenario_config(r.scene)->traffic;
            const rate_noises *n = &t->noise;
            OK(!t->scripted);
            IS_INT(t->rate.step_count, 1);
            IS_DOUBLE(t->rate.steps[0].per_second, 15);
            IS_INT(n->noise_count, 4);
            IS_INT(n->part_count, 3);
            if (n->noise_count == 4 && n->part_count == 3) {
                IS_STR(n->noises[0].name, "noise/web/0");
                IS_STR(n->noises[1].name, "noise/web/0/sum/1");
                IS_INT(n->noises[1].period_us, 10 * SIM_SECOND);
                IS_INT(n->noises[2].period_us, SIM_MINUTE);
                IS_STR(n->noises[3].name, "noise/web/0/sum/2/sum/0");
                IS_INT(n->noises[0].outer, NO_INDEX);
                IS_INT(n->noises[1].outer, 0);
                IS_INT(n->noises[3].outer, 2);
                IS_INT(n->parts[0].noise, 0);
                IS_INT(n->parts[1].noise, 1);
                IS_INT(n->parts[2].noise, 3);
                IS_DOUBLE(n->parts[1].series.steps[0].per_second, 7);
            }
        }
        scenario_destroy(r.scene);
    }
    TEST("noise that is wrong, and rates that nobody offers")
    {
        REFUSED(AT "={'points': [[0, 7]], 'noise': {'normal': 1}}",
                AT "/noise: \"normal\" needs an object of parameters");
        REFUSED(AT "={'sum': [{'points': [[0, 7]], 'noisePeriod': '1m'}]}",
                AT "/sum/0/noisePeriod: \"noisePeriod\" goes with \"noise\"");
        REFUSED(AT "={'points': [[0, 7]], 'noisePeriod': 0, " NOISE "}",
                AT "/noisePeriod: `noisePeriod` must be above 0");
        REFUSED(AT "={'points': [[0, 7]], 'noisePeriod': 0.00001, " NOISE "}",
                AT "/noisePeriod: more than 20,000,000 periods; make `noisePeriod` longer");
        REFUSED("/traffic/0/noisePeriod='1m'",
                "/traffic/0/noisePeriod: \"noisePeriod\" goes with \"noise\"");
        REFUSED(AT "=1e300", AT ": 1e+300 a second is implausible: more than 1e+12");
        REFUSED(AT "={'points': [[0, 7], [60, 1e13]], 'interpolate': 'step'}",
                AT ": 1e+13 a second is implausible: more than 1e+12");
    }
}

int main(void)
{
    tap_begin();
    scratch_begin();
    test_sine();
    test_metric();
    test_metric_wrong();
    test_noise();
    scratch_end();
    return tap_end();
}
