#include "scenarios/read/csv.h"
#include "sim/engine/arena.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

void csv_begin(csv_reader *r, const char *text, size_t length, char delimiter)
{
    static const char mark[] = "\xEF\xBB\xBF";
    if (length >= 3 && memcmp(text, mark, 3) == 0) {
        text += 3;
        length -= 3;
    }
    *r = (csv_reader){.at = text,
                      .end = text + length,
                      .line_start = text,
                      .delimiter = delimiter,
                      .line = 1,
                      .unquoted_capacity = length + 1};
}

void csv_end(csv_reader *r)
{
    free(r->fields);
    free(r->unquoted);
}

static csv_field *add_field(csv_reader *r)
{
    if (r->count == r->capacity) {
        r->capacity = r->capacity ? 2 * r->capacity : 32;
        r->fields = memory_resize(r->fields, r->capacity, sizeof *r->fields);
    }
    csv_field *field = &r->fields[r->count++];
    *field = (csv_field){.text = r->at, .column = (int)(r->at - r->line_start) + 1};
    return field;
}

static void end_line(csv_reader *r)
{
    if (r->at < r->end) r->at++;
    r->line++;
    r->line_start = r->at;
}

static bool is_gap(char c)
{
    return c == ' ' || c == '\t';
}

static bool ends_field(const csv_reader *r, char c)
{
    if (c == '\n' || (c == '\r' && (r->at + 1 == r->end || r->at[1] == '\n'))) return true;
    return r->delimiter == ' ' ? is_gap(c) : c == r->delimiter;
}

/* The text of a field with doubled quotes; the buffer is as long as the whole text, so that what
 * points into it stays. */
static const char *unquote(csv_reader *r, const char *from, size_t length, size_t *out)
{
    if (!r->unquoted) r->unquoted = memory_alloc(r->unquoted_capacity, 1);
    char *start = r->unquoted + r->unquoted_length, *to = start;
    for (size_t i = 0; i < length; i++) {
        *to++ = from[i];
        if (from[i] == '"') i++;
    }
    *out = (size_t)(to - start);
    r->unquoted_length += *out;
    return start;
}

/* At an opening quote. */
static bool read_quoted(csv_reader *r, csv_field *field, sim_error *err)
{
    const char *start = ++r->at;
    int line = r->line;
    bool doubled = false;
    for (; r->at < r->end; r->at++) {
        if (*r->at == '\n') {
            r->line++;
            r->line_start = r->at + 1;
        }
        if (*r->at != '"') continue;
        if (r->at + 1 == r->end || r->at[1] != '"') break;
        doubled = true;
        r->at++;
    }
    if (r->at >= r->end) {
        error_set(err, "a quote is not closed");
        err->line = line;
        err->column = field->column;
        return false;
    }
    field->text = start;
    field->length = (size_t)(r->at - start);
    if (doubled) field->text = unquote(r, start, field->length, &field->length);
    r->at++;
    if (r->at == r->end || ends_field(r, *r->at)) return true;
    error_set(err, "text behind a closing quote");
    err->line = r->line;
    err->column = (int)(r->at - r->line_start) + 1;
    return false;
}

static bool read_field(csv_reader *r, sim_error *err)
{
    csv_field *field = add_field(r);
    if (r->at < r->end && *r->at == '"') return read_quoted(r, field, err);
    while (r->at < r->end && !ends_field(r, *r->at))
        r->at++;
    field->length = (size_t)(r->at - field->text);
    return true;
}

static bool line_is_over(csv_reader *r)
{
    if (r->at == r->end) return true;
    if (*r->at == '\r' && (r->at + 1 == r->end || r->at[1] == '\n')) r->at++;
    return r->at == r->end || *r->at == '\n';
}

static void skip_gap(csv_reader *r)
{
    while (r->at < r->end && is_gap(*r->at))
        r->at++;
}

/* Passes over blank lines and comments. */
static void find_record(csv_reader *r)
{
    while (r->at < r->end) {
        const char *line = r->at;
        skip_gap(r);
        bool comment = r->at < r->end && (*r->at == '#' || (*r->at == ';' && r->delimiter != ';'));
        if (!comment && !line_is_over(r)) {
            if (r->delimiter != ' ') r->at = line;
            return;
        }
        while (r->at < r->end && *r->at != '\n')
            r->at++;
        end_line(r);
    }
}

bool csv_next(csv_reader *r, sim_error *err)
{
    r->count = 0;
    r->unquoted_length = 0;
    find_record(r);
    if (r->at >= r->end) return false;
    r->record_line = r->line;
    while (read_field(r, err)) {
        if (r->delimiter == ' ') skip_gap(r);
        if (line_is_over(r)) {
            end_line(r);
            return true;
        }
        if (r->delimiter != ' ') r->at++;
    }
    return false;
}

static bool slow_number(const csv_field *field, double *out)
{
    char copy[128], *end;
    if (field->length >= sizeof copy) return false;
    memcpy(copy, field->text, field->length);
    copy[field->length] = '\0';
    *out = strtod(copy, &end); /* the locale is "C" throughout */
    return end == copy + field->length && isfinite(*out);
}

/* A mantissa below 2^53 over a power of ten up to 10^22 is one rounding away: exact (Clinger 1990). */
bool csv_number(const csv_field *field, double *out)
{
    static const double power[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    const char *p = field->text, *end = p + field->length;
    bool minus = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+')) p++;
    uint64_t mantissa = 0;
    uint32_t digits = 0, decimals = 0;
    bool point = false;
    for (; p < end; p++) {
        if (*p == '.' && !point) {
            point = true;
            continue;
        }
        if (*p == 'e' || *p == 'E') break;
        if (*p < '0' || *p > '9') return false;
        mantissa = mantissa * 10 + (uint64_t)(*p - '0');
        decimals += point;
        if (++digits > 15) break;
    }
    if (digits == 0) return false;
    if (p < end) return slow_number(field, out);
    *out = (double)mantissa / power[decimals];
    if (minus) *out = -*out;
    return true;
}
