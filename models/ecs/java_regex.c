#include "models/ecs/java_regex.h"
#include "sim/engine/arena.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BOUND_MAX   255
#define PRODUCT_MAX 10000
#define DEPTH_MAX   50

typedef struct {
    const char *at;
    char *out;
    size_t length, capacity;
    int depth;
    long product; /* of all upper bounds */
    char *problem;
    size_t problem_size;
} translator;

static bool refuse(translator *t, const char *what)
{
    snprintf(t->problem, t->problem_size, "regex: %s", what);
    return false;
}

static void emit(translator *t, const char *text, size_t n)
{
    if (t->length + n + 1 > t->capacity) {
        t->capacity = 2 * (t->length + n + 1);
        t->out = memory_resize(t->out, t->capacity, 1);
    }
    memcpy(t->out + t->length, text, n);
    t->length += n;
    t->out[t->length] = 0;
}

static void emit_literal(translator *t, char c)
{
    if (strchr(".[]()*+?{}|^$\\", c)) {
        char bracket[] = {'[', c, ']'}, escaped[] = {'\\', c};
        if (c == '^' || c == '\\')
            emit(t, escaped, 2);
        else
            emit(t, bracket, 3);
    } else {
        emit(t, &c, 1);
    }
}

/* ---- Sets of bytes: bracket classes and \d \w \s ---- */

typedef struct {
    uint8_t has[256];
} byte_set;

static void set_range(byte_set *s, unsigned from, unsigned to)
{
    for (unsigned c = from; c <= to; c++)
        s->has[c] = 1;
}

static void set_invert(byte_set *s)
{
    for (unsigned c = 1; c < 256; c++)
        s->has[c] = !s->has[c];
}

/* The set of \d and its like; false for another letter. */
static bool set_of_escape(byte_set *s, char letter)
{
    *s = (byte_set){{0}};
    switch (letter) {
    case 'd':
    case 'D':
        set_range(s, '0', '9');
        break;
    case 'w':
    case 'W':
        set_range(s, '0', '9');
        set_range(s, 'A', 'Z');
        set_range(s, 'a', 'z');
        s->has['_'] = 1;
        break;
    case 's':
    case 'S':
        set_range(s, '\t', '\r');
        s->has[' '] = 1;
        break;
    default:
        return false;
    }
    if (letter < 'a') set_invert(s);
    return true;
}

/* The byte that an escape stands for, 0 when it is no plain byte. `at` is after the backslash. */
static char escaped_byte(char c)
{
    switch (c) {
    case 't':
        return '\t';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 'f':
        return '\f';
    default:
        break;
    }
    bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return alphanumeric ? 0 : c;
}

/* A bracket expression: `]` first, `^` not first, `-` last. An empty set matches nothing. */
static bool emit_set(translator *t, const byte_set *s)
{
    char text[260];
    size_t n = 0;
    text[n++] = '[';
    if (s->has[']']) text[n++] = ']';
    for (unsigned c = 1; c < 256; c++)
        if (s->has[c] && c != ']' && c != '^' && c != '-') text[n++] = (char)c;
    if (s->has['-']) {
        if (n == 1 && s->has['^']) { /* "[-^]" */
            emit(t, "[-^]", 4);
            return true;
        }
    }
    if (s->has['^']) {
        if (n == 1) {
            emit(t, "\\^", 2);
            return true;
        }
        text[n++] = '^';
    }
    if (s->has['-']) text[n++] = '-';
    if (n == 1) return refuse(t, "a class that nothing is in");
    text[n++] = ']';
    emit(t, text, n);
    return true;
}

/* One member of a class: a byte (then *set is false) or a whole set. */
static bool class_member(translator *t, byte_set *all, bool *is_set, unsigned *byte)
{
    *is_set = false;
    char c = *t->at;
    if (c == 0) return refuse(t, "a class is not closed");
    if (c == '[') return refuse(t, "a class within a class");
    if (c == '&' && t->at[1] == '&') return refuse(t, "an intersection of classes");
    t->at++;
    if (c != '\\') {
        *byte = (unsigned char)c;
        return true;
    }
    byte_set set;
    c = *t->at;
    if (c == 0) return refuse(t, "ends after a backslash");
    t->at++;
    if (set_of_escape(&set, c)) {
        for (unsigned i = 0; i < 256; i++)
            all->has[i] |= set.has[i];
        *is_set = true;
        return true;
    }
    *byte = (unsigned char)escaped_byte(c);
    return *byte != 0 ? true : refuse(t, "an escape that is not supported in a class");
}

static bool translate_class(translator *t)
{
    byte_set set = {{0}};
    bool inverted = *t->at == '^';
    if (inverted) t->at++;
    for (bool first = true; first || *t->at != ']'; first = false) {
        unsigned from, to;
        bool is_set;
        if (first && *t->at == ']') return refuse(t, "an empty class");
        if (!class_member(t, &set, &is_set, &from)) return false;
        if (is_set) continue;
        to = from;
        if (t->at[0] == '-' && t->at[1] != ']') {
            t->at++;
            if (!class_member(t, &set, &is_set, &to)) return false;
            if (is_set || to < from) return refuse(t, "a range that is no range");
        }
        set_range(&set, from, to);
    }
    t->at++;
    if (inverted) set_invert(&set);
    return emit_set(t, &set);
}

/* ---- The rest ---- */

static bool translate_escape(translator *t, bool *quantifiable)
{
    char c = *t->at;
    byte_set set;
    if (c == 0) return refuse(t, "ends after a backslash");
    t->at++;
    if (c == 'Q') {
        const char *end = strstr(t->at, "\\E");
        const char *stop = end ? end : t->at + strlen(t->at);
        *quantifiable = stop > t->at || *quantifiable;
        for (; t->at < stop; t->at++)
            emit_literal(t, *t->at);
        if (end) t->at += 2;
        return true;
    }
    *quantifiable = true;
    if (set_of_escape(&set, c)) return emit_set(t, &set);
    if (c >= '1' && c <= '9') return refuse(t, "back-references are not supported");
    char byte = escaped_byte(c);
    if (byte == 0) return refuse(t, "this escape is not supported");
    emit_literal(t, byte);
    return true;
}

static bool bound(translator *t, long *value)
{
    const char *from = t->at;
    *value = 0;
    while (*t->at >= '0' && *t->at <= '9') {
        *value = *value * 10 + (*t->at++ - '0');
        if (*value > BOUND_MAX) return refuse(t, "a bound above 255");
    }
    return t->at > from ? true : refuse(t, "{ without a bound");
}

/* {n} {n,} {n,m}; the { is taken. */
static bool translate_bounds(translator *t)
{
    long low, high;
    const char *from = t->at;
    if (!bound(t, &low)) return false;
    high = low;
    if (*t->at == ',') {
        t->at++;
        if (*t->at != '}' && !bound(t, &high)) return false;
    }
    if (*t->at != '}' || high < low) return refuse(t, "bounds that are not {n}, {n,} or {n,m}");
    t->at++;
    t->product *= high > 1 ? high : 1;
    if (t->product > PRODUCT_MAX) return refuse(t, "bounds whose product is above 10,000");
    emit(t, "{", 1);
    emit(t, from, (size_t)(t->at - from));
    return true;
}

static bool translate_quantifier(translator *t, bool quantifiable)
{
    if (!quantifiable) return refuse(t, "a quantifier with nothing to repeat");
    char c = *t->at++;
    if (c == '{') {
        if (!translate_bounds(t)) return false;
    } else {
        emit(t, &c, 1);
    }
    if (*t->at == '+') return refuse(t, "possessive quantifiers are not supported");
    if (*t->at == '?') t->at++; /* lazy: the same when the whole text must match */
    return true;
}

static bool open_group(translator *t)
{
    if (*t->at == '?') {
        if (t->at[1] != ':') return refuse(t, "(? groups other than (?: are not supported");
        t->at += 2;
    }
    if (++t->depth > DEPTH_MAX) return refuse(t, "groups nested too deeply");
    emit(t, "(", 1);
    return true;
}

static bool translate(translator *t)
{
    bool quantifiable = false;
    emit(t, "^(", 2);
    while (*t->at) {
        bool ok = true, was_quantifiable = quantifiable;
        char c = *t->at;
        if (strchr("*+?{", c)) {
            ok = translate_quantifier(t, was_quantifiable);
            quantifiable = false;
        } else {
            t->at++;
            quantifiable = true;
            if (c == '\\') {
                quantifiable = was_quantifiable;
                ok = translate_escape(t, &quantifiable);
            } else if (c == '[') {
                ok = translate_class(t);
            } else if (c == '(') {
                ok = open_group(t);
                quantifiable = false;
            } else if (c == ')') {
                ok = t->depth-- > 0 ? true : refuse(t, ") without (");
                emit(t, ")", 1);
            } else if (strchr(".^$|", c)) {
                emit(t, &c, 1);
                quantifiable = c == '.';
            } else {
                emit_literal(t, c);
            }
        }
        if (!ok) return false;
    }
    if (t->depth > 0) return refuse(t, "a group is not closed");
    emit(t, ")$", 2);
    return true;
}

bool java_regex_compile(regex_t *out, const char *pattern, char *problem, size_t size)
{
    translator t = {.at = pattern, .product = 1, .problem = problem, .problem_size = size};
    bool ok = translate(&t);
    if (ok) {
        int code = regcomp(out, t.out, REG_EXTENDED | REG_NOSUB);
        if (code != 0) {
            char reason[100];
            regerror(code, out, reason, sizeof reason);
            ok = refuse(&t, reason);
        }
    }
    free(t.out);
    return ok;
}
