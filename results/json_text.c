/* json_text.c - JSON as text, piece by piece into one growing buffer. */
#include "results/json_text.h"
#include "sim/engine/arena.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void reserve(json_text *j, size_t more)
{
    if (j->length + more + 1 <= j->room) return;
    while (j->length + more + 1 > j->room)
        j->room = j->room ? 2 * j->room : 256;
    j->data = memory_resize(j->data, j->room, 1);
}

void json_text_init(json_text *j)
{
    memset(j, 0, sizeof *j);
    reserve(j, 0);
    j->data[0] = '\0';
}

void json_text_finish(json_text *j)
{
    free(j->data);
    memset(j, 0, sizeof *j);
}

void json_text_clear(json_text *j)
{
    j->length = 0;
    j->data[0] = '\0';
}

void json_text_bytes(json_text *j, const char *text, size_t length)
{
    reserve(j, length);
    memcpy(j->data + j->length, text, length);
    j->length += length;
    j->data[j->length] = '\0';
}

void json_text_raw(json_text *j, const char *text)
{
    json_text_bytes(j, text, strlen(text));
}

/* Bytes of the well-formed UTF-8 sequence at s (Unicode, table 3-7); 0 when there is none. */
static size_t utf8_length(const unsigned char *s)
{
    if (s[0] < 0x80) return 1;
    if (s[0] >= 0xC2 && s[0] <= 0xDF) return (s[1] & 0xC0) == 0x80 ? 2 : 0;
    if (s[0] >= 0xE0 && s[0] <= 0xEF) {
        const unsigned char low = s[0] == 0xE0 ? 0xA0 : 0x80, high = s[0] == 0xED ? 0x9F : 0xBF;
        return s[1] >= low && s[1] <= high && (s[2] & 0xC0) == 0x80 ? 3 : 0;
    }
    if (s[0] >= 0xF0 && s[0] <= 0xF4) {
        const unsigned char low = s[0] == 0xF0 ? 0x90 : 0x80, high = s[0] == 0xF4 ? 0x8F : 0xBF;
        return s[1] >= low && s[1] <= high && (s[2] & 0xC0) == 0x80 && (s[3] & 0xC0) == 0x80 ? 4
                                                                                             : 0;
    }
    return 0;
}

static void put_escaped(json_text *j, unsigned char byte)
{
    static const char short_escape[] = {['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r',
                                        ['\t'] = 't', ['"'] = '"',  ['\\'] = '\\'};
    char text[8];
    if (byte < sizeof short_escape && short_escape[byte])
        snprintf(text, sizeof text, "\\%c", short_escape[byte]);
    else
        snprintf(text, sizeof text, "\\u%04x", byte);
    json_text_raw(j, text);
}

void json_text_escaped(json_text *j, const char *text)
{
    const unsigned char *at = (const unsigned char *)text, *plain = at;
    while (*at) {
        const size_t length = utf8_length(at);
        if (length > 0 && *at >= 0x20 && *at != '"' && *at != '\\') {
            at += length;
            continue;
        }
        json_text_bytes(j, (const char *)plain, (size_t)(at - plain));
        if (length == 0)
            json_text_raw(j, "\\ufffd");
        else
            put_escaped(j, *at);
        plain = ++at;
    }
    json_text_bytes(j, (const char *)plain, (size_t)(at - plain));
}

void json_text_string(json_text *j, const char *text)
{
    json_text_bytes(j, "\"", 1);
    json_text_escaped(j, text);
    json_text_bytes(j, "\"", 1);
}

void json_text_number(json_text *j, double value)
{
    char text[40];
    if (!isfinite(value)) {
        json_text_raw(j, "null");
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value) break;
    }
    json_text_raw(j, text);
}

void json_text_padded(json_text *j, uint64_t value, int digits)
{
    char text[24];
    char *at = text + sizeof text;
    for (; value > 0 || digits > 0; digits--, value /= 10)
        *--at = (char)('0' + value % 10);
    json_text_bytes(j, at, (size_t)(text + sizeof text - at));
}

void json_text_integer(json_text *j, int64_t value)
{
    if (value < 0) json_text_bytes(j, "-", 1);
    json_text_padded(j, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 1);
}

void json_text_seconds(json_text *j, sim_time at_us)
{
    const uint64_t us = at_us < 0 ? 0 - (uint64_t)at_us : (uint64_t)at_us;
    uint64_t fraction = us % (uint64_t)SIM_SECOND;
    if (at_us < 0) json_text_bytes(j, "-", 1);
    json_text_padded(j, us / (uint64_t)SIM_SECOND, 1);
    if (fraction == 0) return;
    int digits = 6;
    for (; fraction % 10 == 0; digits--)
        fraction /= 10;
    json_text_bytes(j, ".", 1);
    json_text_padded(j, fraction, digits);
}
