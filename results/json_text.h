/* json_text.h - JSON as text, piece by piece into one growing buffer.
 *
 * Strings are escaped so that any bytes give valid JSON (what is not UTF-8 becomes U+FFFD); doubles
 * are the shortest that read back the same, NaN and infinities are null (contract: cli).
 */
#ifndef BERTH_RESULTS_JSON_TEXT_H
#define BERTH_RESULTS_JSON_TEXT_H

#include "sim/engine/simtime.h"
#include <stddef.h>

typedef struct {
    char *data; /* always ends with a NUL */
    size_t length, room;
} json_text;

void json_text_init(json_text *j);
void json_text_finish(json_text *j);
void json_text_clear(json_text *j); /* keeps the memory */

void json_text_raw(json_text *j, const char *text);
void json_text_bytes(json_text *j, const char *text, size_t length);
void json_text_string(json_text *j, const char *text);  /* quoted and escaped */
void json_text_escaped(json_text *j, const char *text); /* the same without the quotes */
void json_text_number(json_text *j, double value);
void json_text_integer(json_text *j, int64_t value);
/* With leading zeros up to this many digits. */
void json_text_padded(json_text *j, uint64_t value, int digits);
/* Seconds, a decimal with up to 6 digits (contract: events). */
void json_text_seconds(json_text *j, sim_time at_us);

#endif
