#include "scenarios/read/wallclock.h"
#include "scenarios/read/duration.h"
#include "sim/engine/date.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Exactly `count` digits; moves behind them. */
static bool take_number(const char **c, int count, int *number)
{
    *number = 0;
    for (int i = 0; i < count; i++, ++*c) {
        if (!is_digit(**c)) return false;
        *number = *number * 10 + (**c - '0');
    }
    return true;
}

static bool take(const char **c, char wanted)
{
    if (**c != wanted) return false;
    ++*c;
    return true;
}

/* ".25" as microseconds, halves up. */
static int64_t take_decimals(const char **c)
{
    int64_t us = 0, unit = 100000;
    if (!((**c == '.' || **c == ',') && is_digit((*c)[1]))) return 0;
    ++*c;
    for (; is_digit(**c) && unit > 0; ++*c, unit /= 10)
        us += (**c - '0') * unit;
    if (**c >= '5' && **c <= '9') us++;
    while (is_digit(**c))
        ++*c;
    return us;
}

/* Z, +01:00, +0100, +01 or nothing: minutes east of UTC. */
static bool take_offset(const char **c, int *minutes)
{
    *minutes = 0;
    if (take(c, 'Z') || take(c, 'z') || **c == '\0') return true;
    bool west = **c == '-';
    if (!take(c, '+') && !take(c, '-')) return false;
    int hour, minute = 0;
    if (!take_number(c, 2, &hour)) return false;
    if (**c != '\0') {
        take(c, ':');
        if (!take_number(c, 2, &minute)) return false;
    }
    if (hour > 23 || minute > 59) return false;
    *minutes = (hour * 60 + minute) * (west ? -1 : 1);
    return true;
}

static bool no_instant(const char *text, sim_error *err)
{
    return error_set(
        err, "'%.60s' is no instant: expected ISO 8601 such as \"2026-11-21T08:00:00Z\"", text);
}

bool wallclock_from_text(const char *text, int64_t *unix_us, sim_error *err)
{
    const char *c = text;
    int year, month, day, hour = 0, minute = 0, second = 0, east_minutes = 0;
    int64_t decimals_us = 0;
    if (!take_number(&c, 4, &year) || !take(&c, '-') || !take_number(&c, 2, &month) ||
        !take(&c, '-') || !take_number(&c, 2, &day))
        return no_instant(text, err);
    if (*c != '\0') {
        if (!take(&c, 'T') && !take(&c, 't') && !take(&c, ' ')) return no_instant(text, err);
        if (!take_number(&c, 2, &hour) || !take(&c, ':') || !take_number(&c, 2, &minute))
            return no_instant(text, err);
        if (take(&c, ':')) {
            if (!take_number(&c, 2, &second)) return no_instant(text, err);
            decimals_us = take_decimals(&c);
        }
        if (!take_offset(&c, &east_minutes) || *c != '\0') return no_instant(text, err);
    }
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > date_days_in_month(year, month))
        return error_set(err, "'%.60s' names a day that the calendar does not have", text);
    if (hour > 23 || minute > 59 || second > 59)
        return error_set(
            err, "'%.60s' names a time of day that there is not (00:00:00 to 23:59:59)", text);
    int64_t minutes = (date_to_days(year, month, day) * 24 + hour) * 60 + minute - east_minutes;
    *unix_us = (minutes * 60 + second) * SIM_SECOND + decimals_us;
    return true;
}

bool wallclock_looks_like(const char *text)
{
    int year;
    return take_number(&text, 4, &year) && *text == '-';
}

bool wallclock_is_utc(const char *zone)
{
    static const char *const names_of_utc[] = {"UTC", "Etc/UTC", "Z", "GMT"};
    for (size_t i = 0; i < sizeof names_of_utc / sizeof *names_of_utc; i++)
        if (strcmp(zone, names_of_utc[i]) == 0) return true;
    return false;
}

bool wallclock_time_from_json(const json_t *value, int64_t start_unix_us, sim_time *at_us,
                              sim_error *err)
{
    const char *text = json_string_value(value);
    if (!text || !wallclock_looks_like(text)) return duration_from_json(value, at_us, err);

    int64_t unix_us;
    if (!wallclock_from_text(text, &unix_us, err)) return false;
    char start[WALLCLOCK_TEXT_SIZE];
    wallclock_print(start_unix_us, start);
    if (unix_us < start_unix_us)
        return error_set(err, "'%.60s' is before the start of the run, %s", text, start);
    if (unix_us - start_unix_us > SIM_RUN_MAX)
        return error_set(err, "'%.60s' is more than ten years after the start of the run, %s", text,
                         start);
    *at_us = unix_us - start_unix_us;
    return true;
}

bool wallclock_time_from_option(const char *text, int64_t start_unix_us, sim_time *at_us,
                                sim_error *err)
{
    char *end;
    double seconds = strtod(text, &end);
    bool number = text[0] >= '0' && text[0] <= '9' && *end == '\0';
    json_t *value = number ? json_real(seconds) : json_string(text);
    if (!value) return error_set(err, "not UTF-8");
    bool known = wallclock_time_from_json(value, start_unix_us, at_us, err);
    json_decref(value);
    return known;
}

void wallclock_print(int64_t unix_us, char text[static WALLCLOCK_TEXT_SIZE])
{
    int64_t days = unix_us / SIM_DAY, us = unix_us % SIM_DAY;
    if (us < 0) {
        us += SIM_DAY;
        days--;
    }
    int year, month, day;
    date_from_days(days, &year, &month, &day);
    int64_t second = us / SIM_SECOND, decimals = us % SIM_SECOND;
    int length = snprintf(text, WALLCLOCK_TEXT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d", year, month,
                          day, (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60));
    if (decimals > 0) {
        length +=
            snprintf(text + length, WALLCLOCK_TEXT_SIZE - (size_t)length, ".%06d", (int)decimals);
        while (text[length - 1] == '0')
            length--;
    }
    text[length] = 'Z';
    text[length + 1] = '\0';
}
