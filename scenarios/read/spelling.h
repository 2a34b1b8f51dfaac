/* spelling.h - the nearest known name, for "did you mean 'x'?".
 *
 * Distance    Damerau-Levenshtein (optimal string alignment) over bytes: insert, delete, replace,
 *             swap of neighbours cost 1; upper for lower case costs 1 as well.
 * Two rules   a suggestion is generous (a third of the length plus one); a likely misspelling,
 * which turns a warning into an error in an AWS object (contract: scenario), is at most 2 and at
 * most a third of the length of the written name.
 */
#ifndef BERTH_SCENARIOS_READ_SPELLING_H
#define BERTH_SCENARIOS_READ_SPELLING_H

#include <stdbool.h>
#include <stddef.h>

/* Cost O(|a| |b|); names above 255 bytes are "far" (INT_MAX). */
int spelling_distance(const char *a, const char *b);
/* The nearest of names (the first of equals), or NULL when none is near enough to suggest. */
const char *spelling_nearest(const char *name, const char *const *names, size_t count);
/* The contract's rule for one known name. */
bool spelling_likely_misspelt(const char *written, const char *known);

#endif
