/* result_strings.h - the names and texts of a run as numbers of their own: /strings of the result.
 *
 * Numbered in the order of first use in the records, from 1; 0 is the empty string. So they depend
 * on what happened only, and outlive the model and its names.
 */
#ifndef BERTH_RESULTS_RESULT_STRINGS_H
#define BERTH_RESULTS_RESULT_STRINGS_H

#include "models/event.h"

typedef struct result_strings result_strings;

result_strings *result_strings_create(void);
void result_strings_destroy(result_strings *s);
uint32_t result_strings_text(result_strings *s, const char *text); /* NULL is "" */
/* A name of the model's table t, which must be the same in every call; O(1). */
uint32_t result_strings_name(result_strings *s, const names *t, name_id id);
/* A deployment or task definition as printed ("auth#2", "auth:2"); O(1) when used lately. */
uint32_t result_strings_pair(result_strings *s, const names *t, cell_type type, uint64_t cell);

uint32_t result_strings_count(const result_strings *s); /* at least 1 */
const char *result_strings_get(const result_strings *s, uint32_t index);

#endif
