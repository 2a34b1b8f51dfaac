/* locate.h - the line and column of a JSON pointer, by a second walk over the text.
 *
 * jansson keeps no positions, so the text is walked again, only when something is reported.
 * Position    of the first character of the value; of a missing key or index, of the nearest
 *             enclosing value that is there. Lines end with LF; a column counts code points from 1
 *             (a tab is one).
 * Cost        O(bytes before the end of the value) time, no memory, no recursion. The text must be
 *             JSON that jansson accepts; anything else ends the walk early, never out of bounds.
 */
#ifndef BERTH_SCENARIOS_READ_LOCATE_H
#define BERTH_SCENARIOS_READ_LOCATE_H

#include <stddef.h>

typedef struct {
    int line, column; /* 1-based */
} text_position;

/* The byte at which the value begins; pointer is concrete (keys and indices, ~0 ~1 escapes). */
size_t locate_value(const char *text, size_t length, const char *pointer);
/* Line and column of a byte. */
text_position locate_offset(const char *text, size_t length, size_t offset);
/* Both: the line and column of the value. */
text_position locate_pointer(const char *text, size_t length, const char *pointer);

/* For other walks: the byte behind the blanks at `at`, behind the string that begins at `at`,
 * behind the value that begins at `at`; at most `length`. */
size_t locate_skip_blanks(const char *text, size_t length, size_t at);
size_t locate_skip_string(const char *text, size_t length, size_t at);
size_t locate_skip_value(const char *text, size_t length, size_t at);

#endif
