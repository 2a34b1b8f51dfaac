#include "scenarios/read/diagnostic.h"
#include "scenarios/read/text_buffer.h"
#include "sim/engine/arena.h"
#include <stdarg.h>
#include <stdlib.h>

void diagnostics_init(diagnostics *d)
{
    *d = (diagnostics){0};
}

void diagnostics_finish(diagnostics *d)
{
    if (!d) return;
    for (int i = 0; i < d->item_count; i++) {
        free(d->items[i].file);
        free(d->items[i].pointer);
        free(d->items[i].text);
    }
    free(d->items);
    *d = (diagnostics){0};
}

bool diagnostics_keeps(const diagnostics *d, diagnostic_severity severity)
{
    return d->count[severity] < DIAGNOSTIC_MAX;
}

void diagnostics_add(diagnostics *d, diagnostic_severity severity, const char *file, int line,
                     int column, const char *pointer, const char *format, ...)
{
    bool kept = diagnostics_keeps(d, severity);
    d->count[severity]++;
    if (!kept) return;

    if (!d->items) d->items = memory_alloc(SEVERITY_COUNT * DIAGNOSTIC_MAX, sizeof *d->items);
    text_buffer text = {0};
    va_list args;
    va_start(args, format);
    text_vprintf(&text, format, args);
    va_end(args);
    d->items[d->item_count++] = (diagnostic){
        .severity = severity,
        .file = text_copy(file),
        .pointer = text_copy(pointer),
        .text = text.text,
        .line = line,
        .column = column,
    };
}

int diagnostics_error_count(const diagnostics *d)
{
    return d->count[SEVERITY_ERROR];
}

int diagnostics_warning_count(const diagnostics *d)
{
    return d->count[SEVERITY_WARNING];
}

int diagnostics_note_count(const diagnostics *d)
{
    return d->count[SEVERITY_NOTE];
}

/* C0 controls and DEL, and C1 controls (two bytes in UTF-8), as escapes. */
static void print_safely(const char *text, FILE *out)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c < 0x20 || *c == 0x7f) {
            fprintf(out, "\\u%04x", *c);
        } else if (*c == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f) {
            fprintf(out, "\\u%04x", *++c);
        } else {
            fputc(*c, out);
        }
    }
}

static void print_count(int count, const char *what, FILE *out)
{
    if (count > DIAGNOSTIC_MAX) {
        int more = count - DIAGNOSTIC_MAX;
        fprintf(out, "%d more %s%s\n", more, what, more == 1 ? "" : "s");
    }
}

static const char *const before_text[SEVERITY_COUNT] = {
    [SEVERITY_ERROR] = ": ",
    [SEVERITY_WARNING] = ": warning: ",
    [SEVERITY_NOTE] = ": note: ",
};

void diagnostics_print(const diagnostics *d, FILE *out)
{
    for (int i = 0; i < d->item_count; i++) {
        const diagnostic *item = &d->items[i];
        print_safely(item->file, out);
        fprintf(out, ":%d:%d: ", item->line, item->column);
        print_safely(item->pointer, out);
        fputs(before_text[item->severity], out);
        print_safely(item->text, out);
        fputc('\n', out);
    }
    print_count(d->count[SEVERITY_ERROR], "error", out);
    print_count(d->count[SEVERITY_WARNING], "warning", out);
    print_count(d->count[SEVERITY_NOTE], "note", out);
}
