#include "scenarios/read/text_buffer.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <stdio.h>
#include <string.h>

static void make_room(text_buffer *b, size_t more)
{
    size_t need = b->length + more + 1;
    CHECK(need > b->length);
    if (need <= b->capacity) return;
    size_t capacity = b->capacity < 32 ? 64 : b->capacity * 2;
    b->capacity = capacity < need ? need : capacity;
    b->text = memory_resize(b->text, b->capacity, 1);
}

void text_add_bytes(text_buffer *b, const char *bytes, size_t count)
{
    make_room(b, count);
    if (count > 0) memcpy(b->text + b->length, bytes, count);
    b->length += count;
    b->text[b->length] = '\0';
}

void text_add(text_buffer *b, const char *text)
{
    text_add_bytes(b, text, strlen(text));
}

void text_vprintf(text_buffer *b, const char *format, va_list args)
{
    CHECK(format != NULL);
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    CHECK(length >= 0);
    make_room(b, (size_t)length);
    vsnprintf(b->text + b->length, (size_t)length + 1, format, again);
    b->length += (size_t)length;
    va_end(again);
}

void text_printf(text_buffer *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    text_vprintf(b, format, args);
    va_end(args);
}

char *text_copy(const char *text)
{
    text_buffer b = {0};
    text_add(&b, text);
    return b.text;
}
