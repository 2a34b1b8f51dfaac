/* Goal: the offsets of a time zone over a span are those of the tz data, table and rule alike; what is no tz data, or
 * would leave its folder, is refused (A71).
 * Method: small TZif files put together here, changes worked out by hand; the machine's own data for Berlin and New York
 * (skipped where tzdata is absent).
 */
#include "scenarios/read/zone_file.h"
#include "sim/engine/date.h"
#include "sim/engine/simtime.h"
#include "tests/tap.h"

static arena *memory;

static int64_t instant(int year, int month, int day, int hour)
{
    return date_to_days(year, month, day) * SIM_DAY + hour * SIM_HOUR;
}

/* ---- A TZif file of one's own ---- */

typedef struct {
    unsigned char bytes[1024];
    size_t size;
} file_text;

static void put(file_text *f, int64_t value, int count)
{
    for (int i = count - 1; i >= 0; i--)
        f->bytes[f->size++] = (unsigned char)((uint64_t)value >> 8 * i);
}

static void put_header(file_text *f, int leaps, int times, int types)
{
    memcpy(f->bytes + f->size, "TZif2", 5);
    memset(f->bytes + f->size + 5, 0, 15);
    f->size += 20;
    const int counts[6] = {0, 0, leaps, times, types, 4};
    for (int i = 0; i < 6; i++)
        put(f, counts[i], 4);
}

/* Types 0 and 1: standard_s and an hour more; the clock changes to 1, 0, 1, … at these seconds. */
static file_text tz_data(int64_t standard_s, int leaps, int times, const int64_t *at_s,
                         const char *rule)
{
    file_text f = {.size = 0};
    put_header(&f, 0, 0, 0);
    put(&f, 0, 4); /* the four characters of a name */
    put_header(&f, leaps, times, 2);
    for (int i = 0; i < times; i++)
        put(&f, at_s[i], 8);
    for (int i = 0; i < times; i++)
        put(&f, 1 - i % 2, 1);
    for (int i = 0; i < 2; i++) {
        put(&f, standard_s + i * 3600, 4);
        put(&f, i, 1);
        put(&f, 0, 1);
    }
    put(&f, 0, 4);
    for (int i = 0; i < leaps; i++)
        put(&f, 0, 8), put(&f, 0, 4);
    f.size += (size_t)snprintf((char *)f.bytes + f.size, 100, "\n%s\n", rule);
    return f;
}

/* What comes out as "2026-03-29T01 7200;…": since when (not of the first) and the offset in seconds. */
static bool shows(const time_zone *z, const char *want)
{
    char text[400];
    int length = 0;
    for (uint32_t i = 0; i < z->offset_count; i++) {
        int year, month, day;
        int64_t us = z->offsets[i].from_unix_us;
        date_from_days(us / SIM_DAY, &year, &month, &day);
        if (i > 0)
            length += snprintf(text + length, sizeof text - (size_t)length, ";%d-%d-%dT%d ", year,
                               month, day, (int)(us % SIM_DAY / SIM_HOUR));
        length += snprintf(text + length, sizeof text - (size_t)length, "%" PRId64,
                           z->offsets[i].offset_us / SIM_SECOND);
    }
    return IS_STR(text, want);
}

static void data_shows(const file_text *f, int64_t from, int64_t until, const char *want)
{
    time_zone z;
    sim_error err = {0};
    if (!zone_file_parse(f->bytes, f->size, "data", from, until, memory, &z, &err)) {
        (void)TAP_FAIL("%s", err.text);
        return;
    }
    IS_INT(z.offsets[0].from_unix_us, from);
    shows(&z, want);
}

static void rule_shows(int64_t standard_s, const char *rule, int64_t from, int64_t until,
                       const char *want)
{
    file_text f = tz_data(standard_s, 0, 0, NULL, rule);
    data_shows(&f, from, until, want);
}

static void tables_and_rules(void)
{
    const int64_t year_2026[2] = {instant(2026, 3, 29, 1) / SIM_SECOND,
                                  instant(2026, 10, 25, 1) / SIM_SECOND};
    TEST("the table: what holds at the start, what changes within the span, nothing behind it")
    {
        file_text f = tz_data(3600, 0, 2, year_2026, "");
        data_shows(&f, instant(2026, 1, 1, 0), instant(2026, 12, 1, 0),
                   "3600;2026-3-29T1 7200;2026-10-25T1 3600");
        data_shows(&f, instant(2026, 5, 1, 0), instant(2026, 6, 1, 0), "7200");
        data_shows(&f, instant(2026, 3, 29, 1), instant(2026, 3, 30, 0), "7200");
        data_shows(&f, instant(2026, 3, 29, 0), instant(2026, 3, 29, 1), "3600;2026-3-29T1 7200");
        data_shows(&f, instant(2027, 5, 1, 0), instant(2027, 6, 1, 0), "3600");
    }
    TEST("the rule goes on behind the table, and not before its end")
    {
        file_text f = tz_data(3600, 0, 2, year_2026, "CET-1CEST,M3.4.0,M10.4.0/3");
        data_shows(&f, instant(2026, 1, 1, 0), instant(2027, 12, 1, 0),
                   "3600;2026-3-29T1 7200;2026-10-25T1 3600;2027-3-28T1 7200;2027-10-24T1 3600");
        data_shows(&f, instant(2030, 7, 1, 0), instant(2030, 7, 9, 0), "7200");
    }
    TEST("rules of the South, of winter time that is set back, of half hours and of fixed offsets")
    {
        rule_shows(36000, "AEST-10AEDT,M10.1.0,M4.1.0/3", instant(2060, 1, 1, 0),
                   instant(2060, 5, 1, 0), "39600;2060-4-3T16 36000");
        rule_shows(3600, "IST-1GMT0,M10.5.0,M3.5.0/1", instant(2026, 7, 1, 0),
                   instant(2027, 4, 1, 0), "3600;2026-10-25T1 0;2027-3-28T1 3600");
        rule_shows(37800, "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", instant(2060, 1, 1, 0),
                   instant(2060, 5, 1, 0), "39600;2060-4-3T15 37800");
        rule_shows(-32400, "<-09>9", instant(2026, 1, 1, 0), instant(2027, 1, 1, 0), "-32400");
    }
    TEST("days of a rule by number: J60 is 1 March, 59 is 29 February in leap years")
    {
        rule_shows(0, "AAA0BBB,J60/0,J305/1", instant(2028, 1, 1, 0), instant(2028, 12, 1, 0),
                   "0;2028-3-1T0 3600;2028-11-1T0 0");
        rule_shows(0, "AAA0BBB,59/0,304/1", instant(2028, 1, 1, 0), instant(2028, 12, 1, 0),
                   "0;2028-2-29T0 3600;2028-10-31T0 0");
        rule_shows(0, "AAA0BBB,J60/0,J305/1", instant(2027, 1, 1, 0), instant(2027, 12, 1, 0),
                   "0;2027-3-1T0 3600;2027-11-1T0 0");
    }
    TEST("summer time all the year never ends")
    {
        rule_shows(-10800, "XXX3EDT4,0/0,J365/23", instant(2026, 6, 1, 0), instant(2028, 6, 1, 0),
                   "-14400");
    }
}

static bool data_refused(const file_text *f, size_t size, const char *because)
{
    time_zone z;
    sim_error err = {0};
    if (zone_file_parse(f->bytes, size, "data", 0, SIM_DAY, memory, &z, &err))
        return TAP_FAIL("%zu bytes are taken", size);
    return strstr(err.text, because) ? true : TAP_FAIL("%s", err.text);
}

static bool name_refused(const char *name, const char *because)
{
    time_zone z;
    sim_error err = {0};
    if (zone_file_read(name, 0, SIM_DAY, memory, &z, &err)) return TAP_FAIL("%s is taken", name);
    return strstr(err.text, because) ? true : TAP_FAIL("%s", err.text);
}

static void refusals(void)
{
    TEST("a file that is cut short anywhere is refused, and so is what is none")
    {
        const int64_t at_s[2] = {100, 200};
        file_text f = tz_data(3600, 0, 2, at_s, "CET-1CEST,M3.5.0,M10.5.0/3");
        for (size_t size = 0; size < f.size; size++)
            if (!data_refused(&f, size, "data")) break;
        f.bytes[4] = 0;
        OK(data_refused(&f, f.size, "version 2"));
        const int64_t backwards[2] = {200, 100};
        f = tz_data(3600, 0, 2, backwards, "");
        OK(data_refused(&f, f.size, "broken"));
        f = tz_data(3600, 0, 2, at_s, "CET-1CEST,M13.5.0,M10.5.0/3");
        OK(data_refused(&f, f.size, "broken"));
        f = tz_data(3600, 0, 2, at_s, "CET-1CEST");
        OK(data_refused(&f, f.size, "broken"));
        f = tz_data(100 * 3600, 0, 2, at_s, "");
        OK(data_refused(&f, f.size, "broken"));
        f = tz_data(3600, 1, 2, at_s, "");
        OK(data_refused(&f, f.size, "leap seconds"));
    }
    TEST("names cannot leave the folder, and a zone that is not there names the file looked for")
    {
        OK(name_refused("../../../etc/passwd", "no name of a time zone"));
        OK(name_refused("Europe/../../shadow", "no name of a time zone"));
        OK(name_refused("/etc/localtime", "no name of a time zone"));
        OK(name_refused("Europe//Berlin", "no name of a time zone"));
        OK(name_refused("", "no name of a time zone"));
        OK(name_refused("Europe/", "no name of a time zone"));
        OK(name_refused("Europe/Atlantis", "/Europe/Atlantis"));
    }
}

static void machine_shows(const char *name, int64_t from, int64_t until, const char *want)
{
    time_zone z;
    sim_error err = {0};
    if (zone_file_read(name, from, until, memory, &z, &err)) {
        IS_STR(z.name, name);
        shows(&z, want);
    } else {
        (void)TAP_FAIL("%s", err.text);
    }
}

/* 2050 lies behind every table. */
static void machine_data(void)
{
    time_zone z;
    const char *name = "the machine's own data: Berlin and New York, both ways";
    if (!zone_file_read("Europe/Berlin", 0, SIM_DAY, memory, &z, NULL) ||
        !zone_file_read("America/New_York", 0, SIM_DAY, memory, &z, NULL)) {
        tap_skip(name, "no tz data here (Debian: tzdata)");
        return;
    }
    TEST(name)
    {
        machine_shows("Europe/Berlin", instant(2026, 1, 1, 0), instant(2026, 12, 31, 0),
                      "3600;2026-3-29T1 7200;2026-10-25T1 3600");
        machine_shows("America/New_York", instant(2026, 1, 1, 0), instant(2026, 12, 31, 0),
                      "-18000;2026-3-8T7 -14400;2026-11-1T6 -18000");
        machine_shows("Europe/Berlin", instant(2050, 1, 1, 0), instant(2050, 12, 31, 0),
                      "3600;2050-3-27T1 7200;2050-10-30T1 3600");
        machine_shows("America/New_York", instant(2050, 1, 1, 0), instant(2050, 12, 31, 0),
                      "-18000;2050-3-13T7 -14400;2050-11-6T6 -18000");
        OK(name_refused("Europe", "no file that can be read"));
    }
}

int main(void)
{
    tap_begin();
    memory = arena_create();
    tables_and_rules();
    refusals();
    machine_data();
    arena_destroy(memory);
    return tap_end();
}
