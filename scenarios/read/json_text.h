/* json_text.h - JSON written back: keys in the order they were read, doubles as short as they can
 * be and still read back the same (15, 16 or 17 digits; jansson itself always prints 17).
 */
#ifndef BERTH_SCENARIOS_READ_JSON_TEXT_H
#define BERTH_SCENARIOS_READ_JSON_TEXT_H

#include <jansson.h>
#include <stddef.h>

/* Always a JSON real ("1.0", "1e+300"), so that reading it gives a real again. NaN and infinities
 * are null. */
void json_text_double(double value, char text[static 32]);
/* The whole value; indent 0 is one line without blanks. To be freed with free(). No recursion. */
char *json_text(const json_t *value, int indent);

#endif
