#include "models/autoscaling/schedule.h"
#include "sim/engine/date.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_YEAR 1970
#define LAST_YEAR  2199 /* as AWS's cron() has it */

static const char *const month_words[] = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                          "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
static const char *const weekday_words[] = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};

/* ---- fields of a cron line ---- */

typedef struct {
    const char *name;
    int low, high;
    const char *const *words; /* NULL: numbers only */
    int word_base;            /* the number of words[0] */
    bool words_only;          /* A72 */
} field_kind;

static const field_kind minute_field = {"minute", 0, 59, NULL, 0, false};
static const field_kind hour_field = {"hour", 0, 23, NULL, 0, false};
static const field_kind day_field = {"day of the month", 1, 31, NULL, 0, false};
static const field_kind month_field = {"month", 1, 12, month_words, 1, false};
static const field_kind weekday_field = {"day of the week", 0, 6, weekday_words, 0, true};
static const field_kind unix_weekday_field = {"day of the week", 0, 7, weekday_words, 0, false};
static const field_kind year_field = {"year", FIRST_YEAR, LAST_YEAR, NULL, 0, false};

static bool bad_field(const field_kind *kind, const char *text, sim_error *err)
{
    if (kind->words_only)
        return error_set(err, "'%.40s' is no %s of cron(): expected names, as in MON-FRI", text,
                         kind->name);
    return error_set(err, "'%.40s' is no %s: expected numbers from %d to %d%s, with , - / or *",
                     text, kind->name, kind->low, kind->high, kind->words ? " or names" : "");
}

/* A number or a name; moves behind it. */
static bool take_value(const field_kind *kind, const char **c, int *value)
{
    if (kind->words)
        for (int i = 0; i < kind->high - kind->low + 1 && i < (kind->word_base ? 12 : 7); i++)
            if (strncmp(*c, kind->words[i], 3) == 0) {
                *value = kind->word_base + i;
                *c += 3;
                return true;
            }
    if (kind->words_only || **c < '0' || **c > '9') return false;
    for (*value = 0; **c >= '0' && **c <= '9' && *value < 10000; ++*c)
        *value = *value * 10 + (**c - '0');
    return *value >= kind->low && *value <= kind->high;
}

/* "*", "a", "a-b", each with "/step"; calls back each value. */
typedef void (*set_value)(void *target, int value);

static bool take_item(const field_kind *kind, const char **c, set_value set, void *target)
{
    int low = kind->low, high = kind->high, step = 1;
    bool open = **c == '*';
    if (open) {
        ++*c;
    } else {
        if (!take_value(kind, c, &low)) return false;
        high = low;
        if (**c == '-') {
            ++*c;
            if (!take_value(kind, c, &high)) return false;
        }
    }
    if (**c == '/') {
        ++*c;
        if (**c < '1' || **c > '9') return false;
        for (step = 0; **c >= '0' && **c <= '9' && step < 10000; ++*c)
            step = step * 10 + (**c - '0');
        if (!open && high == low) high = kind->high; /* 0/15 */
    }
    if (high < low) { /* SAT-MON goes around */
        if (!kind->words) return false;
        high += kind->high - kind->low + 1;
    }
    for (int v = low; v <= high; v += step)
        set(target, v > kind->high ? v - (kind->high - kind->low + 1) : v);
    return true;
}

static void set_bit_64(void *target, int value)
{
    *(uint64_t *)target |= UINT64_C(1) << value;
}

static void set_bit_32(void *target, int value)
{
    *(uint32_t *)target |= UINT32_C(1) << value;
}

static void set_weekday(void *target, int value)
{
    *(uint32_t *)target |= UINT32_C(1) << value % 7; /* Unix: 7 is Sunday */
}

static void set_year(void *target, int value)
{
    ((uint8_t *)target)[(value - FIRST_YEAR) / 8] |= (uint8_t)(1u << (value - FIRST_YEAR) % 8);
}

static bool parse_field(const field_kind *kind, const char *text, set_value set, void *target,
                        sim_error *err)
{
    const char *c = text;
    for (;;) {
        if (!take_item(kind, &c, set, target)) return bad_field(kind, text, err);
        if (*c == '\0') return true;
        if (*c != ',') return bad_field(kind, text, err);
        c++;
    }
}

/* L, LW, 15W and the plain forms. */
static bool parse_month_day(const char *text, cron_fields *f, sim_error *err)
{
    size_t length = strlen(text);
    if (strcmp(text, "L") == 0) {
        f->last_day = true;
        return true;
    }
    if (strcmp(text, "LW") == 0) {
        f->nearest_weekday = 1;
        return true;
    }
    if (length >= 2 && text[length - 1] == 'W') {
        char *end;
        long day = strtol(text, &end, 10);
        if (*end != 'W' || day < 1 || day > 31) return bad_field(&day_field, text, err);
        f->nearest_weekday |= UINT32_C(1) << day;
        return true;
    }
    return parse_field(&day_field, text, set_bit_32, &f->days, err);
}

/* FRIL, FRI#2 and the plain forms. */
static bool parse_weekday(const char *text, cron_fields *f, sim_error *err)
{
    const char *c = text;
    int weekday;
    if (take_value(&weekday_field, &c, &weekday)) {
        if (strcmp(c, "L") == 0) {
            f->last_weekdays = UINT32_C(1) << weekday;
            return true;
        }
        if (c[0] == '#' && c[1] >= '1' && c[1] <= '5' && c[2] == '\0') {
            f->nth_weekdays[c[1] - '1'] = UINT32_C(1) << weekday;
            return true;
        }
    }
    return parse_field(&weekday_field, text, set_weekday, &f->weekdays, err);
}

#define MOST_FIELDS 7
#define FIELD_SIZE  80

/* Splits at blanks; the number of fields, or 0 if there are too many or one is too long. */
static int split(const char *text, size_t length, char fields[MOST_FIELDS][FIELD_SIZE])
{
    int count = 0;
    for (size_t i = 0; i < length;) {
        if (text[i] == ' ') {
            i++;
            continue;
        }
        size_t end = i;
        while (end < length && text[end] != ' ')
            end++;
        if (count == MOST_FIELDS || end - i >= FIELD_SIZE) return 0;
        memcpy(fields[count], text + i, end - i);
        fields[count++][end - i] = '\0';
        i = end;
    }
    return count;
}

static bool parse_clock(char fields[][FIELD_SIZE], cron_fields *f, sim_error *err)
{
    return parse_field(&minute_field, fields[0], set_bit_64, &f->minutes, err) &&
           parse_field(&hour_field, fields[1], set_bit_32, &f->hours, err) &&
           parse_field(&month_field, fields[3], set_bit_32, &f->months, err);
}

#define ALL_DAYS     UINT32_C(0xfffffffe)
#define ALL_WEEKDAYS UINT32_C(0x7f)

static bool parse_cron(const char *text, size_t length, schedule *s, sim_error *err)
{
    char fields[MOST_FIELDS][FIELD_SIZE];
    char(*f)[FIELD_SIZE] = fields;
    int count = split(text, length, fields);
    if (count == 7) { /* a form with seconds exists; resolution is one minute (A71) */
        if (strcmp(fields[0], "0") != 0)
            return error_set(err, "'%.40s' seconds: schedules have a resolution of one minute",
                             fields[0]);
        f++;
    } else if (count != 6) {
        return error_set(
            err,
            "cron() has 6 fields: minute, hour, day of the month, month, day of the week, year");
    }
    bool any_day = strcmp(f[2], "?") == 0, any_weekday = strcmp(f[4], "?") == 0;
    if (any_day == any_weekday)
        return error_set(err,
                         "one of day of the month ('%.20s') and day of the week ('%.20s') must be "
                         "'?', the other not",
                         f[2], f[4]);
    cron_fields *cron = &s->cron;
    if (!parse_clock(f, cron, err) || !parse_field(&year_field, f[5], set_year, cron->years, err))
        return false;
    if (any_day) cron->days = ALL_DAYS;
    if (any_weekday) cron->weekdays = ALL_WEEKDAYS;
    return any_day ? parse_weekday(f[4], cron, err) : parse_month_day(f[2], cron, err);
}

bool schedule_parse_unix_cron(const char *text, schedule *s, sim_error *err)
{
    *s = (schedule){.kind = SCHEDULE_CRON};
    char fields[MOST_FIELDS][FIELD_SIZE];
    if (split(text, strlen(text), fields) != 5)
        return error_set(err,
                         "'%.60s' is no recurrence: expected 5 fields, minute, hour, day of the "
                         "month, month, day of the week",
                         text);
    cron_fields *cron = &s->cron;
    memset(cron->years, 0xff, sizeof cron->years);
    cron->either_day = fields[2][0] != '*' && fields[4][0] != '*';
    return parse_clock(fields, cron, err) &&
           parse_field(&day_field, fields[2], set_bit_32, &cron->days, err) &&
           parse_field(&unix_weekday_field, fields[4], set_weekday, &cron->weekdays, err);
}

/* ---- at() and rate() ---- */

static bool parse_at(const char *text, schedule *s, sim_error *err)
{
    int year, month, day, hour, minute, second, used = 0;
    if (sscanf(text, "at(%4d-%2d-%2dT%2d:%2d:%2d)%n", &year, &month, &day, &hour, &minute, &second,
               &used) != 6 ||
        used == 0 || text[used] != '\0' || year < 1 || month < 1 || month > 12 || day < 1 ||
        day > date_days_in_month(year, month) || hour < 0 || hour > 23 || minute < 0 ||
        minute > 59 || second < 0 || second > 59)
        return error_set(err, "'%.60s' is no instant: expected at(yyyy-mm-ddThh:mm:ss)", text);
    s->kind = SCHEDULE_AT;
    int64_t minutes = (date_to_days(year, month, day) * 24 + hour) * 60 + minute;
    s->at_local_us = (minutes * 60 + second) * SIM_SECOND;
    return true;
}

static bool parse_rate(const char *text, schedule *s, sim_error *err)
{
    static const struct {
        const char *word;
        sim_time unit;
    } units[] = {{"minute", SIM_MINUTE}, {"minutes", SIM_MINUTE}, {"hour", SIM_HOUR},
                 {"hours", SIM_HOUR},    {"day", SIM_DAY},        {"days", SIM_DAY}};
    int value, used = 0;
    char word[16];
    if (sscanf(text, "rate(%5d %15[a-z])%n", &value, word, &used) == 2 && used > 0 &&
        text[used] == '\0' && value >= 1)
        for (size_t i = 0; i < sizeof units / sizeof *units; i++)
            if (strcmp(units[i].word, word) == 0) {
                s->kind = SCHEDULE_RATE;
                s->period_us = value * units[i].unit;
                return true;
            }
    return error_set(
        err, "'%.60s' is no rate: expected rate(5 minutes), minute, hour, hours, day or days",
        text);
}

bool schedule_parse(const char *text, schedule *s, sim_error *err)
{
    *s = (schedule){.kind = SCHEDULE_CRON};
    size_t length = strlen(text);
    if (strncmp(text, "at(", 3) == 0) return parse_at(text, s, err);
    if (strncmp(text, "rate(", 5) == 0) return parse_rate(text, s, err);
    if (strncmp(text, "cron(", 5) == 0 && text[length - 1] == ')')
        return parse_cron(text + 5, length - 6, s, err);
    return error_set(err, "'%.60s' is no schedule: expected at(…), rate(…) or cron(…)", text);
}

/* ---- what is next ---- */

/* The weekday (Monday to Friday) nearest to this day of the month, within the month. */
static int nearest_weekday(int64_t first, int days, int day)
{
    if (day > days) return 0;
    int weekday = date_day_of_week(first + day - 1);
    if (weekday == 6) return day > 1 ? day - 1 : day + 2;
    if (weekday == 0) return day < days ? day + 1 : day - 2;
    return day;
}

static bool month_day_matches(const cron_fields *f, int64_t first, int days, int day)
{
    if (f->days >> day & 1) return true;
    if (f->last_day && day == days) return true;
    for (int n = 0; n <= 31; n++)
        if ((f->nearest_weekday >> n & 1) && nearest_weekday(first, days, n > 0 ? n : days) == day)
            return true;
    return false;
}

static bool weekday_matches(const cron_fields *f, int64_t today, int days, int day)
{
    int weekday = date_day_of_week(today);
    if (f->weekdays >> weekday & 1) return true;
    if ((f->last_weekdays >> weekday & 1) && day + 7 > days) return true;
    return f->nth_weekdays[(day - 1) / 7] >> weekday & 1;
}

static bool day_matches(const cron_fields *f, int64_t today)
{
    int year, month, day;
    date_from_days(today, &year, &month, &day);
    if (!(f->months >> month & 1)) return false;
    if (!(f->years[(year - FIRST_YEAR) / 8] >> (year - FIRST_YEAR) % 8 & 1)) return false;
    int days = date_days_in_month(year, month);
    bool month_day = month_day_matches(f, today - day + 1, days, day);
    bool weekday = weekday_matches(f, today, days, day);
    return f->either_day ? month_day || weekday : month_day && weekday;
}

/* By a clock that shows every time once. */
static int64_t next_cron(const cron_fields *f, int64_t after_local_us)
{
    if (after_local_us < -SIM_MINUTE) after_local_us = -SIM_MINUTE;
    int64_t minute = (after_local_us + SIM_MINUTE) / SIM_MINUTE; /* the first one after it */
    int64_t last_day = date_to_days(FIRST_YEAR + 255, 12, 31);
    for (int64_t today = minute / 1440; today <= last_day; today++, minute = today * 1440) {
        if (!day_matches(f, today)) continue;
        for (int64_t of_day = minute % 1440; of_day < 1440; of_day++)
            if ((f->hours >> of_day / 60 & 1) && (f->minutes >> of_day % 60 & 1))
                return (today * 1440 + of_day) * SIM_MINUTE;
    }
    return INT64_MAX;
}

int64_t schedule_next(const schedule *s, const time_zone *zone, int64_t origin_unix_us,
                      int64_t after_unix_us)
{
    int64_t local_us, unix_us;
    switch (s->kind) {
    case SCHEDULE_AT:
        unix_us = time_zone_instant(zone, s->at_local_us);
        return unix_us > after_unix_us ? unix_us : INT64_MAX;
    case SCHEDULE_RATE:
        if (after_unix_us < origin_unix_us) return origin_unix_us;
        return origin_unix_us +
               ((after_unix_us - origin_unix_us) / s->period_us + 1) * s->period_us;
    case SCHEDULE_CRON:
        break;
    }
    local_us = time_zone_local(zone, after_unix_us);
    do { /* times that are shown again have been due already */
        local_us = next_cron(&s->cron, local_us);
        unix_us = time_zone_instant(zone, local_us);
    } while (unix_us <= after_unix_us);
    return unix_us;
}
