/* Goal    durations and instants are read exactly as the contract writes them, or refused.
 * Method  tables of texts and microseconds; the calendar against mktime-free known days. */
#include "scenarios/read/duration.h"
#include "scenarios/read/json_text.h"
#include "scenarios/read/wallclock.h"
#include "tests/tap.h"

static void reads(const char *text, sim_time want)
{
    sim_time got = -1;
    sim_error err = {0};
    if (!duration_from_text(text, &got, &err)) (void)TAP_FAIL("%s: %s", text, err.text);
    tap_is_int(got, want, text, __FILE__, __LINE__);
}

static void refuses(const char *text, const char *why)
{
    sim_time us = -7;
    sim_error err = {0};
    OK(!duration_from_text(text, &us, &err));
    IS_INT(us, -7);
    if (!strstr(err.text, why))
        (void)TAP_FAIL("%s: got '%s', want '%s' in it", text, err.text, why);
}

static void test_durations(void)
{
    TEST("the contract's examples")
    {
        reads("90s", 90 * SIM_SECOND);
        reads("5m", 5 * SIM_MINUTE);
        reads("1h30m", 90 * SIM_MINUTE);
        reads("7d", 7 * SIM_DAY);
    }
    TEST("small units and decimals of the last number")
    {
        reads("0s", 0);
        reads("250ms", 250000);
        reads("3us", 3);
        reads("1.5h", 90 * SIM_MINUTE);
        reads(".5s", 500000);
        reads("1d0.25h", SIM_DAY + 15 * SIM_MINUTE);
        reads("1m2s3ms4us", 62003004);
    }
    TEST("rounded to the nearest microsecond, halves up")
    {
        reads("0.0000004s", 0);
        reads("0.0000005s", 1);
        reads("0.1us", 0);
        reads("0.5us", 1);
        reads("0.000000000001d", 0);
        reads("0.00000000001d", 1); /* 0.864 us */
        reads("0.99999999999999999999999999s", 1000000);
        reads("0.123456789012d", 10666666571); /* 10666666570.6 */
    }
    TEST("ten years are the longest")
    {
        reads("3660d", SIM_RUN_MAX);
        refuses("3660d1us", "ten years");
        refuses("3661d", "ten years");
        refuses("99999999999999999999999999d", "ten years");
        refuses("87841h", "ten years");
    }
    TEST("what is no duration")
    {
        refuses("", "no duration");
        refuses("-5s", "negative");
        refuses("90", "no unit");
        refuses("5 m", "no duration");
        refuses("5x", "no duration");
        refuses("m", "no duration");
        refuses("30m1h", "no duration");
        refuses("5m5m", "no duration");
        refuses("1.5h30m", "no duration");
        refuses("1.s", "no duration");
        refuses("1e3s", "no duration");
        refuses("+5s", "no duration");
        refuses("5M", "no duration");
    }
    TEST("a number is seconds")
    {
        sim_time us = 0;
        sim_error err = {0};
        json_t *value = json_pack("[i, f, f, f, b]", 90, 0.1, -1.0, 1e300, 1);
        OK(duration_from_json(json_array_get(value, 0), &us, &err));
        IS_INT(us, 90 * SIM_SECOND);
        OK(duration_from_json(json_array_get(value, 1), &us, &err));
        IS_INT(us, 100000);
        OK(!duration_from_json(json_array_get(value, 2), &us, &err));
        OK(strstr(err.text, "negative") != NULL);
        OK(!duration_from_json(json_array_get(value, 3), &us, NULL));
        OK(!duration_from_json(json_array_get(value, 4), &us, NULL));
        OK(!duration_from_json(NULL, &us, NULL));
        json_decref(value);
    }
    TEST("printed so that it reads back the same")
    {
        static const sim_time spans[] = {0, 1, 999, 1000, 61000001, 5400 * SIM_SECOND, SIM_RUN_MAX};
        for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
            char text[48];
            duration_print(spans[i], text);
            reads(text, spans[i]);
        }
        char text[48];
        duration_print(90 * SIM_MINUTE, text);
        IS_STR(text, "1h30m");
    }
}

static void instant(const char *text, int64_t want)
{
    int64_t got = -1;
    sim_error err = {0};
    if (!wallclock_from_text(text, &got, &err)) (void)TAP_FAIL("%s: %s", text, err.text);
    tap_is_int(got, want, text, __FILE__, __LINE__);
}

static void no_instant(const char *text)
{
    int64_t got;
    if (wallclock_from_text(text, &got, NULL)) (void)TAP_FAIL("%s was taken", text);
}

static void test_instants(void)
{
    TEST("ISO 8601 in its usual dress")
    {
        instant("1970-01-05T00:00:00Z", 4 * SIM_DAY);
        instant("1970-01-01", 0);
        instant("1970-01-01T00:01", SIM_MINUTE);
        instant("2026-11-21T08:00:00Z", INT64_C(1795248000) * SIM_SECOND);
        instant("2026-11-21T09:00:00+01:00", INT64_C(1795248000) * SIM_SECOND);
        instant("2026-11-21T03:30:00-0430", INT64_C(1795248000) * SIM_SECOND);
        instant("2026-11-21 10:00:00+02", INT64_C(1795248000) * SIM_SECOND);
        instant("2000-02-29T23:59:59.999999Z", INT64_C(951868799999999));
        instant("1969-12-31T23:59:59.5Z", -500000);
        instant("0001-01-01", INT64_C(-62135596800) * SIM_SECOND);
        instant("9999-12-31", INT64_C(253402214400) * SIM_SECOND);
    }
    TEST("days and times that there are not")
    {
        no_instant("2026-02-29");
        no_instant("1900-02-29");
        no_instant("2026-13-01");
        no_instant("2026-00-01");
        no_instant("2026-04-31");
        no_instant("0000-01-01");
        no_instant("2026-01-01T24:00:00Z");
        no_instant("2026-01-01T00:60:00Z");
        no_instant("2026-01-01T00:00:60Z");
        no_instant("2026-01-01T00:00:00X");
        no_instant("2026-01-01T00:00:00+25:00");
        no_instant("2026-01-01T00:00:00Zjunk");
        no_instant("2026-1-1");
        no_instant("2026-01-01T");
        no_instant("");
        no_instant("5m");
    }
    TEST("printed and read back, over eight hundred years of days")
    {
        for (int64_t day = -150000; day <= 150000; day += 7) {
            char text[WALLCLOCK_TEXT_SIZE];
            int64_t us = day * SIM_DAY + (day & 1 ? 43200250000 : 1), back = 0;
            wallclock_print(us, text);
            OK(wallclock_from_text(text, &back, NULL) && back == us);
        }
        char text[WALLCLOCK_TEXT_SIZE];
        wallclock_print(INT64_C(1795248000250000), text);
        IS_STR(text, "2026-11-21T08:00:00.25Z");
    }
    TEST("a time is a duration or an instant from the start on")
    {
        int64_t start = 4 * SIM_DAY;
        sim_time at = -1;
        sim_error err = {0};
        json_t *v = json_pack("[s, s, s, i, s]", "1970-01-05T00:10:00Z", "5m", "1970-01-04", 30,
                              "1999-01-01");
        OK(wallclock_time_from_json(json_array_get(v, 0), start, &at, &err));
        IS_INT(at, 10 * SIM_MINUTE);
        OK(wallclock_time_from_json(json_array_get(v, 1), start, &at, &err));
        IS_INT(at, 5 * SIM_MINUTE);
        OK(wallclock_time_from_json(json_array_get(v, 3), start, &at, &err));
        IS_INT(at, 30 * SIM_SECOND);
        OK(!wallclock_time_from_json(json_array_get(v, 2), start, &at, &err));
        IS_STR(err.text, "'1970-01-04' is before the start of the run, 1970-01-05T00:00:00Z");
        OK(!wallclock_time_from_json(json_array_get(v, 4), start, &at, NULL));
        json_decref(v);
    }
    TEST("UTC goes by several names")
    {
        OK(wallclock_is_utc("UTC") && wallclock_is_utc("Etc/UTC"));
        OK(!wallclock_is_utc("Europe/Berlin"));
    }
}

static void writes(const char *json, const char *want)
{
    json_t *value = json_loads(json, JSON_DECODE_ANY, NULL);
    char *got = json_text(value, 0);
    IS_STR(got, want);
    free(got);
    json_decref(value);
}

static void test_writing(void)
{
    TEST("doubles are as short as they can be")
    {
        writes("0.1", "0.1");
        writes("1.0", "1.0");
        writes("100000.0", "100000.0");
        writes("1e300", "1e+300");
        writes("0.30000000000000004", "0.30000000000000004");
        writes("5e-324", "4.94065645841247e-324");
        writes("-0.0", "-0.0");
    }
    TEST("random doubles read back bit for bit")
    {
        uint64_t bits = 88172645463325252u;
        for (int i = 0; i < 20000; i++) {
            bits ^= bits << 13, bits ^= bits >> 7, bits ^= bits << 17;
            double value, back;
            memcpy(&value, &bits, sizeof value);
            if (!isfinite(value)) continue;
            char text[32];
            json_text_double(value, text);
            back = strtod(text, NULL);
            OK(memcmp(&back, &value, sizeof back) == 0);
            OK(strpbrk(text, ".e") != NULL);
        }
    }
    TEST("keys keep their order, strings their escapes")
    {
        writes("{\"z\": [], \"a\": {}, \"m\": [1, [null, true], {\"k\": false}]}",
               "{\"z\":[],\"a\":{},\"m\":[1,[null,true],{\"k\":false}]}");
        writes("\"\\u0001\\\"\\\\\\n\\t\\u00e9\"", "\"\\u0001\\\"\\\\\\n\\t\xc3\xa9\"");
        writes("[]", "[]");
    }
    TEST("indented text")
    {
        json_t *value = json_pack("{s: [i, i], s: {}}", "a", 1, 2, "b");
        char *got = json_text(value, 2);
        IS_STR(got, "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}");
        free(got);
        json_decref(value);
    }
}

int main(void)
{
    tap_begin();
    test_durations();
    test_instants();
    test_writing();
    return tap_end();
}
