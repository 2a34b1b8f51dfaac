/* text_buffer.h - a string that grows. Out of memory ends the program (arena.h). */
#ifndef BERTH_SCENARIOS_READ_TEXT_BUFFER_H
#define BERTH_SCENARIOS_READ_TEXT_BUFFER_H

#include <stdarg.h>
#include <stddef.h>

/* {0} is a valid empty buffer, but its text is NULL until something (even "") has been added. */
typedef struct {
    char *text; /* ends with NUL; free() it or hand it on */
    size_t length, capacity;
} text_buffer;

void text_add(text_buffer *b, const char *text);
void text_add_bytes(text_buffer *b, const char *bytes, size_t count);
void text_printf(text_buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_vprintf(text_buffer *b, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
char *text_copy(const char *text); /* of the caller's to free */

#endif
