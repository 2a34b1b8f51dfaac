#include "scenarios/read/zone_file.h"
#include "sim/engine/date.h"
#include "sim/engine/simtime.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ZONE_FOLDER   "/usr/share/zoneinfo"
#define FILE_SIZE_MAX (1 << 20)
#define HEADER_SIZE   44
#define DAY_S         86400
#define OFFSET_MAX_S  (26 * 3600) /* RFC 9636: less than 26 hours */
#define RULE_TIME_MAX 167         /* hours of a rule's time of day */
#define NAME_SIZE_MAX 60

/* ---- The list that comes out, in seconds of Unix time ---- */

typedef struct {
    int64_t from_s, until_s;
    time_zone_offset *offsets; /* [0] holds at from_s */
    uint32_t count;
} offset_list;

/* From at_s on the offset is another; at_s never falls. */
static void take_change(offset_list *l, int64_t at_s, int64_t offset_s)
{
    const int64_t at_us = at_s * SIM_SECOND, offset_us = offset_s * SIM_SECOND;
    if (at_s > l->until_s) return;
    if (at_s <= l->from_s) {
        l->offsets[0].offset_us = offset_us;
        return;
    }
    if (l->count > 1 && l->offsets[l->count - 1].from_unix_us == at_us) l->count--;
    if (l->offsets[l->count - 1].offset_us != offset_us)
        l->offsets[l->count++] = (time_zone_offset){at_us, offset_us};
}

/* ---- The rule at the end: CET-1CEST,M3.5.0,M10.5.0/3 ---- */

/* When in a year the clock is set, by the clock before. */
typedef struct {
    char kind; /* 'M': month, week, day; 'J': day 1..365 without 29 February; 'N': day 0..365 */
    int month, week, day;
    int64_t time_s;
} rule_date;

typedef struct {
    int64_t standard_s, summer_s; /* east of UTC */
    bool has_summer;
    rule_date begins, ends; /* of summer time */
} zone_rule;

static bool take_char(const char **c, char wanted)
{
    if (**c != wanted) return false;
    ++*c;
    return true;
}

static bool take_int(const char **c, int low, int high, int *value)
{
    if (**c < '0' || **c > '9') return false;
    for (*value = 0; **c >= '0' && **c <= '9' && *value < 10000; ++*c)
        *value = *value * 10 + (**c - '0');
    return *value >= low && *value <= high;
}

/* "CET" or "<+03>" */
static bool skip_name(const char **c)
{
    size_t length;
    if (take_char(c, '<')) {
        length = strcspn(*c, ">");
        *c += length;
        return length >= 3 && take_char(c, '>');
    }
    length = strspn(*c, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    *c += length;
    return length >= 3;
}

/* [+-]hh[:mm[:ss]] */
static bool take_span(const char **c, int64_t *span_s)
{
    int hours, minutes = 0, seconds = 0;
    bool negative = take_char(c, '-');
    if (!negative) take_char(c, '+');
    if (!take_int(c, 0, RULE_TIME_MAX, &hours)) return false;
    if (take_char(c, ':')) {
        if (!take_int(c, 0, 59, &minutes)) return false;
        if (take_char(c, ':') && !take_int(c, 0, 59, &seconds)) return false;
    }
    *span_s = hours * 3600 + minutes * 60 + seconds;
    if (negative) *span_s = -*span_s;
    return true;
}

static bool take_date(const char **c, rule_date *d)
{
    *d = (rule_date){.kind = 'N', .time_s = INT64_C(2) * 3600};
    if (!take_char(c, ',')) return false;
    if (take_char(c, 'M')) {
        d->kind = 'M';
        if (!take_int(c, 1, 12, &d->month) || !take_char(c, '.') || !take_int(c, 1, 5, &d->week) ||
            !take_char(c, '.') || !take_int(c, 0, 6, &d->day))
            return false;
    } else {
        bool julian = take_char(c, 'J');
        if (julian) d->kind = 'J';
        if (!take_int(c, julian ? 1 : 0, 365, &d->day)) return false;
    }
    return !take_char(c, '/') || take_span(c, &d->time_s);
}

static bool parse_rule(const char *text, zone_rule *r)
{
    const char *c = text;
    *r = (zone_rule){0};
    if (!skip_name(&c) || !take_span(&c, &r->standard_s)) return false;
    r->standard_s = -r->standard_s; /* POSIX counts west */
    if (*c == '\0') return true;
    r->has_summer = true;
    if (!skip_name(&c)) return false;
    r->summer_s = r->standard_s + 3600;
    if (*c != ',') {
        if (!take_span(&c, &r->summer_s)) return false;
        r->summer_s = -r->summer_s;
    }
    return take_date(&c, &r->begins) && take_date(&c, &r->ends) && *c == '\0';
}

/* Day 0 is 1970-01-01. */
static int64_t day_of_rule(const rule_date *d, int year)
{
    int64_t first = date_to_days(year, 1, 1);
    if (d->kind == 'N') return first + d->day;
    if (d->kind == 'J')
        return first + d->day - (d->day < 60 || date_days_in_month(year, 2) == 28 ? 1 : 0);
    first = date_to_days(year, d->month, 1);
    int day = (d->day - date_day_of_week(first) + 7) % 7 + 7 * (d->week - 1); /* from 0 */
    while (day >= date_days_in_month(year, d->month))                         /* week 5: the last */
        day -= 7;
    return first + day;
}

static int year_of(int64_t unix_s)
{
    int year, month, day;
    date_from_days((unix_s - (unix_s < 0 ? DAY_S - 1 : 0)) / DAY_S, &year, &month, &day);
    return year;
}

/* What the rule changes behind last_s, the last change of the table. */
static void follow_rule(offset_list *l, const zone_rule *r, int64_t last_s)
{
    if (!r->has_summer) return;
    int64_t begin_s = last_s > l->from_s ? last_s : l->from_s;
    for (int year = year_of(begin_s) - 1; year <= year_of(l->until_s) + 1; year++) {
        int64_t summer_s = day_of_rule(&r->begins, year) * DAY_S + r->begins.time_s - r->standard_s;
        int64_t winter_s = day_of_rule(&r->ends, year) * DAY_S + r->ends.time_s - r->summer_s;
        bool summer_first = summer_s < winter_s;
        int64_t at_s[2] = {summer_first ? summer_s : winter_s, summer_first ? winter_s : summer_s};
        int64_t offset_s[2] = {summer_first ? r->summer_s : r->standard_s,
                               summer_first ? r->standard_s : r->summer_s};
        for (int i = 0; i < 2; i++)
            if (at_s[i] > last_s) take_change(l, at_s[i], offset_s[i]);
    }
}

/* ---- The file ---- */

static int64_t big_endian(const unsigned char *bytes, int count)
{
    uint64_t value = bytes[0] & 0x80 ? UINT64_MAX : 0;
    for (int i = 0; i < count; i++)
        value = value << 8 | bytes[i];
    int64_t as_signed;
    memcpy(&as_signed, &value, sizeof as_signed);
    return as_signed;
}

/* What a header counts. */
typedef struct {
    size_t universal, standard, leaps, times, types, characters;
} block_counts;

static bool read_header(const unsigned char *bytes, size_t size, block_counts *n)
{
    if (size < HEADER_SIZE || memcmp(bytes, "TZif", 4) != 0 || bytes[4] < '2') return false;
    size_t *counts[] = {&n->universal, &n->standard, &n->leaps,
                        &n->times,     &n->types,    &n->characters};
    for (size_t i = 0; i < 6; i++) {
        int64_t count = big_endian(bytes + 20 + 4 * i, 4);
        if (count < 0 || count > FILE_SIZE_MAX) return false;
        *counts[i] = (size_t)count;
    }
    return true;
}

static size_t block_size(const block_counts *n, size_t time_size)
{
    return n->times * (time_size + 1) + n->types * 6 + n->characters + n->leaps * (time_size + 4) +
           n->standard + n->universal;
}

/* The rule at the end, between two line ends; empty: none. */
static bool read_rule(const unsigned char *bytes, size_t size, zone_rule *r)
{
    char text[128];
    *r = (zone_rule){0};
    if (size < 2 || bytes[0] != '\n') return false;
    const unsigned char *end = memchr(bytes + 1, '\n', size - 1);
    if (!end || (size_t)(end - bytes) > sizeof text) return false;
    size_t length = (size_t)(end - bytes) - 1;
    memcpy(text, bytes + 1, length);
    text[length] = '\0';
    return length == 0 || parse_rule(text, r);
}

/* The table of changes and types of the block of 64 bits, which n counts. False: it holds what it must not. */
static bool follow_table(offset_list *l, const unsigned char *block, const block_counts *n,
                         int64_t *last_s)
{
    const unsigned char *kinds = block + 8 * n->times, *types = kinds + n->times;
    for (size_t i = 0; i < n->types; i++) {
        int64_t offset_s = big_endian(types + 6 * i, 4);
        if (offset_s < -OFFSET_MAX_S || offset_s > OFFSET_MAX_S) return false;
    }
    l->offsets[0] = (time_zone_offset){l->from_s * SIM_SECOND, big_endian(types, 4) * SIM_SECOND};
    l->count = 1;
    *last_s = INT64_MIN;
    for (size_t i = 0; i < n->times; i++) {
        int64_t at_s = big_endian(block + 8 * i, 8);
        if (kinds[i] >= n->types || (i > 0 && at_s <= *last_s)) return false;
        take_change(l, at_s, big_endian(types + (size_t)6 * kinds[i], 4));
        *last_s = at_s;
    }
    return true;
}

bool zone_file_parse(const unsigned char *bytes, size_t size, const char *file,
                     int64_t from_unix_us, int64_t until_unix_us, arena *memory, time_zone *zone,
                     sim_error *err)
{
    block_counts first, n;
    zone_rule rule;
    int64_t last_s;
    if (!read_header(bytes, size, &first))
        return error_set(err, "%s is no tz data of version 2 or later", file);
    size_t at = HEADER_SIZE + block_size(&first, 4);
    if (at > size || !read_header(bytes + at, size - at, &n) || n.types == 0 ||
        block_size(&n, 8) > size - at - HEADER_SIZE)
        return error_set(err, "%s is cut short or broken tz data", file);
    if (n.leaps > 0)
        return error_set(err, "%s counts leap seconds, which simulated clocks do not have", file);
    offset_list l = {.from_s = from_unix_us / SIM_SECOND, .until_s = until_unix_us / SIM_SECOND};
    size_t years = (size_t)(year_of(l.until_s) - year_of(l.from_s)) + 3;
    l.offsets = ARENA_ARRAY(memory, n.times + 2 * years + 2, time_zone_offset);
    const unsigned char *block = bytes + at + HEADER_SIZE;
    size_t behind = at + HEADER_SIZE + block_size(&n, 8);
    if (!follow_table(&l, block, &n, &last_s) || !read_rule(bytes + behind, size - behind, &rule))
        return error_set(err, "%s is cut short or broken tz data", file);
    follow_rule(&l, &rule, last_s);
    zone->offset_count = l.count;
    zone->offsets = l.offsets;
    return true;
}

/* Parts of letters, digits, '_', '+' and '-' with '/' between them. */
static bool is_zone_name(const char *name)
{
    size_t length = strlen(name);
    if (length == 0 || length > NAME_SIZE_MAX || name[0] == '/' || name[length - 1] == '/' ||
        strstr(name, "//"))
        return false;
    return strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/") ==
           length;
}

bool zone_file_read(const char *name, int64_t from_unix_us, int64_t until_unix_us, arena *memory,
                    time_zone *zone, sim_error *err)
{
    if (!is_zone_name(name))
        return error_set(
            err,
            "'%.60s' is no name of a time zone: expected \"UTC\" or one of the IANA's, as "
            "\"Europe/Berlin\"",
            name);
    const char *folder = getenv("TZDIR");
    const char *file =
        arena_printf(memory, "%s/%s", folder && *folder ? folder : ZONE_FOLDER, name);
    FILE *in = fopen(file, "rb");
    if (!in)
        return error_set(err, "no time zone '%s' on this machine (%s: %s)%s", name, file,
                         strerror(errno),
                         errno == ENOENT ? "; is the name right, and tzdata installed?" : "");
    unsigned char *bytes = memory_alloc(FILE_SIZE_MAX, 1);
    size_t size = fread(bytes, 1, FILE_SIZE_MAX, in);
    bool failed = ferror(in) != 0;
    fclose(in);
    zone->name = arena_strdup(memory, name);
    bool known =
        failed ? error_set(err, "%s is no file that can be read", file)
               : zone_file_parse(bytes, size, file, from_unix_us, until_unix_us, memory, zone, err);
    free(bytes);
    return known;
}
