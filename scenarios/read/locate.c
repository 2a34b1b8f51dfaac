#include "scenarios/read/locate.h"
#include "scenarios/read/pointer.h"
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

size_t locate_skip_blanks(const char *text, size_t length, size_t at)
{
    while (at < length &&
           (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r'))
        at++;
    return at;
}

size_t locate_skip_string(const char *text, size_t length, size_t at)
{
    for (at++; at < length && text[at] != '"'; at++)
        if (text[at] == '\\') at++;
    return at < length ? at + 1 : length;
}

static bool ends_scalar(char c)
{
    return c == ',' || c == ']' || c == '}' || c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

size_t locate_skip_value(const char *text, size_t length, size_t at)
{
    size_t depth = 0;
    while (at < length) {
        char c = text[at];
        if (c == '"') {
            at = locate_skip_string(text, length, at);
        } else if (c == '{' || c == '[') {
            depth++;
            at++;
        } else if (c == '}' || c == ']') {
            if (depth == 0) return at;
            depth--;
            at++;
        } else if (depth > 0) {
            at++;
            continue; /* a comma, a colon, a blank or a scalar's character inside */
        } else {
            while (at < length && !ends_scalar(text[at]))
                at++;
        }
        if (depth == 0) return at;
    }
    return length;
}

/* Whether the string from `at` (its opening quote) up to `end` (behind the closing one) is `key`.
 * Only a string with escapes needs decoding. */
static bool string_is(const char *text, size_t at, size_t end, const char *key, size_t key_length)
{
    if (end - at < 2) return false;
    const char *inside = text + at + 1;
    size_t inside_length = end - at - 2;
    if (!memchr(inside, '\\', inside_length))
        return inside_length == key_length && memcmp(inside, key, key_length) == 0;

    json_t *string = json_loadb(text + at, end - at, JSON_DECODE_ANY, NULL);
    bool same = string && json_string_length(string) == key_length &&
                memcmp(json_string_value(string), key, key_length) == 0;
    json_decref(string);
    return same;
}

/* The value of `key` in the object that begins at `at`; `length` when it has none. */
static size_t find_key(const char *text, size_t length, size_t at, const char *key)
{
    size_t key_length = strlen(key);
    at = locate_skip_blanks(text, length, at + 1);
    while (at < length && text[at] == '"') {
        size_t end = locate_skip_string(text, length, at);
        bool found = string_is(text, at, end, key, key_length);
        at = locate_skip_blanks(text, length, end);
        if (at >= length || text[at] != ':') return length;
        at = locate_skip_blanks(text, length, at + 1);
        if (found) return at;
        at = locate_skip_blanks(text, length, locate_skip_value(text, length, at));
        if (at >= length || text[at] != ',') return length;
        at = locate_skip_blanks(text, length, at + 1);
    }
    return length;
}

/* The element of the list that begins at `at`; `length` when there are fewer. */
static size_t find_element(const char *text, size_t length, size_t at, size_t index)
{
    at = locate_skip_blanks(text, length, at + 1);
    if (at < length && text[at] == ']') return length;
    for (; index > 0 && at < length; index--) {
        at = locate_skip_blanks(text, length, locate_skip_value(text, length, at));
        if (at >= length || text[at] != ',') return length;
        at = locate_skip_blanks(text, length, at + 1);
    }
    return at;
}

size_t locate_value(const char *text, size_t length, const char *pointer)
{
    size_t at = locate_skip_blanks(text, length, 0);
    char *token;
    while (at < length && (token = pointer_next_token(&pointer)) != NULL) {
        size_t found = length, index;
        if (text[at] == '{') {
            found = find_key(text, length, at, token);
        } else if (text[at] == '[' && pointer_index(token, &index)) {
            found = find_element(text, length, at, index);
        }
        free(token);
        if (found >= length) break;
        at = found;
    }
    return at;
}

text_position locate_offset(const char *text, size_t length, size_t offset)
{
    text_position position = {1, 1};
    for (size_t i = 0; i < offset && i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '\n') {
            position.line++;
            position.column = 1;
        } else if ((c & 0xc0) != 0x80) { /* not a continuation byte of UTF-8 */
            position.column++;
        }
    }
    return position;
}

text_position locate_pointer(const char *text, size_t length, const char *pointer)
{
    return locate_offset(text, length, locate_value(text, length, pointer));
}
