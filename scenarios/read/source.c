#define _XOPEN_SOURCE 700 /* realpath */

#include "scenarios/read/source.h"
#include "scenarios/read/duplicate_key.h"
#include "scenarios/read/locate.h"
#include "scenarios/read/text_buffer.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *source_folder(const char *name)
{
    const char *slash = strrchr(name, '/');
    text_buffer folder = {0};
    text_add_bytes(&folder, name, slash ? (size_t)(slash - name) + 1 : 0);
    return folder.text;
}

static char *real_folder(const char *name)
{
    char *folder = source_folder(name);
    char *real = realpath(*folder ? folder : ".", NULL);
    free(folder);
    return real;
}

static bool too_large(sim_error *err)
{
    return error_set(err, "is larger than %zu MiB", SOURCE_MAX_BYTES >> 20);
}

static bool read_all(int file, text_buffer *text, size_t expected_bytes, sim_error *err)
{
    size_t step = expected_bytes < 65536 ? 65536 : expected_bytes;
    char *chunk = memory_alloc(step, 1);
    ssize_t got;
    while ((got = read(file, chunk, step)) != 0) {
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) break;
        text_add_bytes(text, chunk, (size_t)got);
        if (text->length > SOURCE_MAX_BYTES) break;
    }
    free(chunk);
    if (got < 0) return error_set(err, "can't be read: %s", strerror(errno));
    return text->length <= SOURCE_MAX_BYTES ? true : too_large(err);
}

/* A named pipe would wait for its writer and a device may never end, so only regular files are
 * read. */
static bool read_file(const char *path, text_buffer *text, sim_error *err)
{
    int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (file < 0) return error_set(err, "can't be opened: %s", strerror(errno));
    struct stat status;
    bool good = false;
    if (fstat(file, &status) != 0) {
        error_set(err, "can't be read: %s", strerror(errno));
    } else if (S_ISDIR(status.st_mode)) {
        error_set(err, "is a folder, not a file");
    } else if (!S_ISREG(status.st_mode)) {
        error_set(err, "is not a regular file (\"-\" reads standard input)");
    } else if (status.st_size > (off_t)SOURCE_MAX_BYTES) {
        too_large(err);
    } else {
        good = read_all(file, text, (size_t)status.st_size, err);
    }
    close(file);
    return good;
}

source *source_read(const char *path, sim_error *err)
{
    bool standard_input = strcmp(path, "-") == 0;
    text_buffer text = {0};
    text_add(&text, "");
    if (standard_input ? !read_all(STDIN_FILENO, &text, 0, err) : !read_file(path, &text, err)) {
        free(text.text);
        return NULL;
    }
    size_t mark = text.length >= 3 && memcmp(text.text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    source *s = memory_alloc(1, sizeof *s);
    s->name = text_copy(standard_input ? "<stdin>" : path);
    s->real_path = standard_input ? NULL : realpath(path, NULL);
    s->root = real_folder(standard_input ? "" : path);
    memmove(text.text, text.text + mark, text.length - mark + 1);
    s->text = text.text;
    s->length = text.length - mark;
    return s;
}

source *source_from_text(const char *name, const char *text, size_t length, size_t json_at)
{
    CHECK(json_at <= length);
    text_buffer copy = {0};
    text_add_bytes(&copy, text, length);
    source *s = memory_alloc(1, sizeof *s);
    s->name = text_copy(name);
    s->root = real_folder("");
    s->text = copy.text;
    s->length = length;
    s->json_at = json_at;
    return s;
}

void source_destroy(source *s)
{
    if (!s) return;
    free(s->name);
    free(s->real_path);
    free(s->root);
    free(s->text);
    json_decref(s->value);
    free(s);
}

static void report_at(const source *s, size_t offset, const char *pointer,
                      diagnostic_severity severity, diagnostics *diag, const char *text)
{
    text_position at = {1, 1};
    if (diagnostics_keeps(diag, severity)) at = locate_offset(s->text, s->length, offset);
    diagnostics_add(diag, severity, s->name, at.line, at.column, pointer, "%s", text);
}

void source_report(const source *s, const char *pointer_in_source, const char *shown_pointer,
                   diagnostic_severity severity, diagnostics *diag, const char *text)
{
    size_t offset = 0; /* not looked for where it would not be shown */
    if (diagnostics_keeps(diag, severity))
        offset = s->json_at +
                 locate_value(s->text + s->json_at, s->length - s->json_at, pointer_in_source);
    report_at(s, offset, shown_pointer, severity, diag, text);
}

/* The first bracket that opens more than SOURCE_MAX_NESTING levels; length when none does. */
static size_t too_deep_at(const char *text, size_t length)
{
    size_t depth = 0;
    for (size_t at = 0; at < length;) {
        char c = text[at];
        if (c == '"') {
            at = locate_skip_string(text, length, at);
            continue;
        }
        if (c == '{' || c == '[') {
            if (++depth > SOURCE_MAX_NESTING) return at;
        } else if ((c == '}' || c == ']') && depth > 0) {
            depth--;
        }
        at++;
    }
    return length;
}

static bool begins_with(const char *text, const char *beginning)
{
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

/* Where the token begins that ends at `end`: jansson stops behind what it could not take. */
static size_t token_before(const char *text, size_t length, size_t end)
{
    size_t start = 0;
    for (size_t at = 0; (at = locate_skip_blanks(text, length, at)) < end;) {
        start = at;
        if (text[at] == '"') {
            at = locate_skip_string(text, length, at);
        } else if (strchr("{}[]:,", text[at])) {
            at++;
        } else {
            while (at < length && !strchr("{}[]:,\" \t\r\n", text[at]))
                at++;
        }
        if (at == start) at++; /* a NUL, which strchr finds in every set */
    }
    return start;
}

static size_t syntax_error_at(const char *text, size_t length, const json_error_t *error)
{
    size_t position = error->position > 0 ? (size_t)error->position : 0;
    if (position > length) position = length;
    if (json_error_code(error) == json_error_invalid_utf8 ||
        begins_with(error->text, "unexpected newline") ||
        begins_with(error->text, "control character"))
        return position;
    if (begins_with(error->text, "invalid escape")) return position >= 2 ? position - 2 : 0;
    if (json_error_code(error) == json_error_premature_end_of_input &&
        !begins_with(error->text, "premature end"))
        return position > 0 && text[position - 1] == '\0' ? position - 1 : position;
    return token_before(text, length, position);
}

static const char *syntax_hint(const char *text, size_t length, size_t at)
{
    if (length >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0))
        return " (this looks like UTF-16, expected UTF-8)";
    if (at < length && text[at] == '\0') return " (a NUL byte)";
    if (at + 1 < length && text[at] == '/' && (text[at + 1] == '/' || text[at + 1] == '*'))
        return " (JSON has no comments)";
    size_t before = at;
    while (before > 0 && strchr(" \t\r\n", text[before - 1]))
        before--;
    if (at < length && (text[at] == '}' || text[at] == ']') && before > 0 &&
        text[before - 1] == ',')
        return " (a comma behind the last element)";
    return "";
}

static void report_syntax(const source *s, const json_error_t *error, diagnostics *diag)
{
    const char *text = s->text + s->json_at;
    size_t length = s->length - s->json_at;
    size_t at = syntax_error_at(text, length, error);
    text_buffer message = {0};
    text_printf(&message, "not JSON: %s%s", error->text, syntax_hint(text, length, at));
    report_at(s, s->json_at + at, "", SEVERITY_ERROR, diag, message.text);
    free(message.text);
}

typedef struct {
    const source *s;
    diagnostics *diag;
} duplicate_report;

static void report_duplicate(void *context, size_t offset, const char *pointer, const char *key)
{
    duplicate_report *r = context;
    text_buffer message = {0};
    text_printf(&message, "the key '%s' is given twice", key);
    report_at(r->s, r->s->json_at + offset, pointer, SEVERITY_ERROR, r->diag, message.text);
    free(message.text);
}

bool source_parse(source *s, diagnostics *diag)
{
    const char *text = s->text + s->json_at;
    size_t length = s->length - s->json_at;
    if (locate_skip_blanks(text, length, 0) == length) {
        report_at(s, s->json_at, "", SEVERITY_ERROR, diag, "not JSON: there is nothing in it");
        return false;
    }
    size_t deep = too_deep_at(text, length);
    if (deep < length) {
        text_buffer message = {0};
        text_printf(&message, "lists and objects are nested more than %d deep", SOURCE_MAX_NESTING);
        report_at(s, s->json_at + deep, "", SEVERITY_ERROR, diag, message.text);
        free(message.text);
        return false;
    }
    json_error_t error;
    s->value = json_loadb(text, length, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);
    if (!s->value && json_error_code(&error) == json_error_duplicate_key) {
        s->value = json_loadb(text, length, JSON_DECODE_ANY, &error);
        if (s->value)
            duplicate_key_find(text, length, report_duplicate, &(duplicate_report){s, diag});
    }
    if (!s->value) report_syntax(s, &error, diag);
    s->sound = s->value != NULL;
    return s->sound;
}

json_t *source_take(source *s)
{
    CHECK(s->sound);
    json_t *value = s->value;
    s->value = NULL;
    if (!value)
        value = json_loadb(s->text + s->json_at, s->length - s->json_at, JSON_DECODE_ANY, NULL);
    CHECK(value != NULL);
    return value;
}
