/* event_log.c - the event log as NDJSON. */
#include "results/event_log.h"
#include "sim/engine/arena.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct event_log {
    FILE *out;
    json_text line;
    int error; /* errno of the first write that failed; 0: none */
};

/* JSON that is there already, on one line: a line break can only stand between its tokens. */
static void append_json(json_text *line, const char *text, size_t length)
{
    const size_t from = line->length;
    json_text_bytes(line, text, length);
    for (size_t i = from; i < line->length; i++)
        if (line->data[i] == '\n' || line->data[i] == '\r') line->data[i] = ' ';
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The keys of an object, without its braces, into the object that the line is. */
static void merge_object(json_text *line, const char *text)
{
    const char *end = text + strlen(text);
    while (is_space(*text))
        text++;
    while (end > text && is_space(end[-1]))
        end--;
    if (end - text < 2 || *text != '{') return;
    text++;
    end--;
    while (text < end && is_space(*text))
        text++;
    while (end > text && is_space(end[-1]))
        end--;
    if (text == end) return;
    json_text_raw(line, ",");
    append_json(line, text, (size_t)(end - text));
}

/* "NAME" + mark + number, as models/event.c prints it. */
static void render_id(json_text *line, const names *t, uint64_t cell, const char *mark, int digits)
{
    json_text_bytes(line, "\"", 1);
    json_text_escaped(line, names_text(t, (name_id)(cell >> 32)));
    json_text_bytes(line, mark, 1);
    json_text_padded(line, cell & UINT32_MAX, digits);
    json_text_bytes(line, "\"", 1);
}

static void render_value(json_text *line, const names *t, cell_type type, uint64_t cell)
{
    switch (type) {
    case CELL_NAME:
        json_text_string(line, names_text(t, (name_id)cell));
        return;
    case CELL_TEXT:
        json_text_string(line, cell_as_text(cell));
        return;
    case CELL_TASK:
        render_id(line, t, cell, "/", 6);
        return;
    case CELL_DEPLOYMENT:
        render_id(line, t, cell, "#", 1);
        return;
    case CELL_TASK_DEFINITION:
        render_id(line, t, cell, ":", 1);
        return;
    case CELL_INSTANCE:
        json_text_raw(line, "\"i-");
        json_text_padded(line, cell, 6);
        json_text_bytes(line, "\"", 1);
        return;
    case CELL_EXIT_CODE:
        if ((int64_t)cell == EXIT_CODE_NONE)
            json_text_raw(line, "null");
        else
            json_text_integer(line, (int64_t)cell);
        return;
    case CELL_INTEGER:
        json_text_integer(line, (int64_t)cell);
        return;
    case CELL_NUMBER:
        json_text_number(line, cell_as_number(cell));
        return;
    case CELL_SECONDS:
        json_text_seconds(line, (sim_time)cell);
        return;
    case CELL_JSON:
        append_json(line, cell_as_text(cell), strlen(cell_as_text(cell)));
        return;
    case CELL_NONE:
        return;
    }
}

void event_render(json_text *line, const names *t, const model_event *ev)
{
    const event_kind_row *row = &event_kinds[ev->kind];
    json_text_raw(line, "{\"t\":");
    json_text_seconds(line, ev->at_us);
    json_text_raw(line, ",\"event\":\"");
    json_text_raw(line, row->name);
    json_text_raw(line, "\"");
    for (int k = 0; k < EVENT_CELLS && row->keys[k].type != CELL_NONE; k++) {
        const cell_type type = row->keys[k].type;
        if (cell_is_absent(type, ev->cell[k])) continue;
        if (type == CELL_JSON && ev->kind == EVENT_TIMELINE) {
            merge_object(line, cell_as_text(ev->cell[k]));
            continue;
        }
        json_text_raw(line, ",\"");
        json_text_raw(line, row->keys[k].key);
        json_text_raw(line, "\":");
        render_value(line, t, type, ev->cell[k]);
    }
    json_text_raw(line, "}");
}

event_log *event_log_create(FILE *out)
{
    event_log *log = memory_alloc(1, sizeof *log);
    log->out = out;
    json_text_init(&log->line);
    return log;
}

void event_log_destroy(event_log *log)
{
    if (!log) return;
    json_text_finish(&log->line);
    free(log);
}

static void write_event(void *context, const struct model *m, const model_event *ev)
{
    event_log *log = context;
    if (log->error) return;
    json_text_clear(&log->line);
    event_render(&log->line, model_names(m), ev);
    json_text_raw(&log->line, "\n");
    errno = 0;
    if (fwrite(log->line.data, 1, log->line.length, log->out) != log->line.length)
        log->error = errno ? errno : EIO;
}

void event_log_attach(event_log *log, model *m)
{
    const model_observer observer = {.context = log, .event = write_event};
    model_observe(m, &observer);
}

bool event_log_ok(const event_log *log)
{
    return log->error == 0;
}

bool event_log_finish(event_log *log, const char *name, sim_error *err)
{
    errno = 0;
    if (!log->error && (fflush(log->out) != 0 || ferror(log->out)))
        log->error = errno ? errno : EIO;
    if (!log->error) return true;
    return error_set(err, "%s: the event log could not be written: %s", name, strerror(log->error));
}
