#include "scenarios/read/duration.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    const char *name;
    sim_time us;
} duration_unit;

static const duration_unit units[] = {
    /* largest first, which is the order they are written in */
    {"d", SIM_DAY},    {"h", SIM_HOUR},         {"m", SIM_MINUTE},
    {"s", SIM_SECOND}, {"ms", SIM_MILLISECOND}, {"us", 1},
};
#define UNIT_COUNT (sizeof units / sizeof *units)

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool too_long(const char *text, sim_error *err)
{
    return error_set(err, "'%s' is more than ten years (%d days)", text,
                     (int)(SIM_RUN_MAX / SIM_DAY));
}

static bool no_duration(const char *text, sim_error *err)
{
    return error_set(err,
                     "'%.60s' is no duration: expected seconds as a number, or text such as "
                     "\"90s\", \"5m\", \"1h30m\", \"7d\"",
                     text);
}

/* Which unit stands at text; UNIT_COUNT: none. The name ends where a digit or the text does. */
static size_t unit_at(const char *text, size_t *length)
{
    for (*length = 0; text[*length] && !is_digit(text[*length]);)
        ++*length;
    size_t unit = 0;
    while (unit < UNIT_COUNT &&
           (strlen(units[unit].name) != *length || strncmp(text, units[unit].name, *length) != 0))
        unit++;
    return unit;
}

/* Decimals of a unit in microseconds, halves up. Twelve digits count: what is beyond them is below
 * a tenth of a microsecond even of a day. In two halves of six digits, so that no product leaves 64
 * bits. */
static sim_time decimals_us(const char *digits, size_t count, sim_time unit_us)
{
    const sim_time million = 1000000;
    sim_time half[2] = {0, 0};
    for (size_t i = 0; i < 12; i++)
        half[i / 6] = half[i / 6] * 10 + (i < count ? digits[i] - '0' : 0);
    sim_time upper = half[0] * unit_us; /* in millionths */
    sim_time rest = upper % million * million + half[1] * unit_us;
    return upper / million + (rest + million * million / 2) / (million * million);
}

bool duration_from_text(const char *text, sim_time *us, sim_error *err)
{
    sim_time sum = 0;
    size_t next_unit = 0;
    const char *c = text;
    if (*c == '-') return error_set(err, "'%.60s' is negative", text);
    if (!*c) return no_duration(text, err);
    while (*c) {
        if (!is_digit(*c) && !(*c == '.' && is_digit(c[1]))) return no_duration(text, err);
        sim_time number = 0;
        for (; is_digit(*c); c++) {
            if (number > SIM_RUN_MAX) return too_long(text, err);
            number = number * 10 + (*c - '0');
        }
        const char *decimals = c;
        size_t decimal_count = 0;
        if (*c == '.') {
            decimals = ++c;
            while (is_digit(*c))
                c++;
            decimal_count = (size_t)(c - decimals);
            if (decimal_count == 0) return no_duration(text, err);
        }
        size_t unit_length;
        size_t unit = unit_at(c, &unit_length);
        if (unit_length == 0)
            return error_set(err, "'%.60s' has no unit: write \"%.60ss\" for seconds, or a number",
                             text, text);
        c += unit_length;
        bool last = *c == '\0';
        if (unit == UNIT_COUNT || unit < next_unit || (decimal_count > 0 && !last))
            return no_duration(text, err);
        next_unit = unit + 1;
        if (number > SIM_RUN_MAX / units[unit].us) return too_long(text, err);
        sum += number * units[unit].us + decimals_us(decimals, decimal_count, units[unit].us);
        if (sum > SIM_RUN_MAX) return too_long(text, err);
    }
    *us = sum;
    return true;
}

bool duration_from_seconds(double seconds, sim_time *us, sim_error *err)
{
    if (!(seconds >= 0)) return error_set(err, "%g s is negative", seconds);
    if (seconds > (double)(SIM_RUN_MAX / SIM_SECOND))
        return error_set(err, "%g s is more than ten years (%d days)", seconds,
                         (int)(SIM_RUN_MAX / SIM_DAY));
    *us = (sim_time)(seconds * 1e6 + 0.5);
    return true;
}

bool duration_from_json(const json_t *value, sim_time *us, sim_error *err)
{
    if (json_is_string(value)) return duration_from_text(json_string_value(value), us, err);
    if (json_is_number(value)) return duration_from_seconds(json_number_value(value), us, err);
    return error_set(err, "expected a duration: seconds as a number, or text such as \"90s\", "
                          "\"5m\", \"1h30m\", \"7d\"");
}

void duration_print(sim_time us, char text[static 48])
{
    size_t length = 0;
    for (size_t unit = 0; unit < UNIT_COUNT; unit++) {
        sim_time number = us / units[unit].us;
        if (number == 0) continue;
        length +=
            (size_t)snprintf(text + length, 48 - length, "%" PRId64 "%s", number, units[unit].name);
        us %= units[unit].us;
    }
    if (length == 0) strcpy(text, "0s");
}
