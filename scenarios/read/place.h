/* place.h - where in a scenario AWS objects and lists stand, and so a file name or an answer may.
 *
 * One row a place, outer places before inner ones. A "*" in the pattern stands for every element of
 * a list. A place of a list needs no row for its elements: they may be file names, too.
 */
#ifndef BERTH_SCENARIOS_READ_PLACE_H
#define BERTH_SCENARIOS_READ_PLACE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct {
    const char *pattern;     /* "/services" */
    bool list;               /* else an object */
    const char *list_key;    /* answers with several hold them here: {"services": [...]}; or NULL */
    const char *element_key; /* answers with one hold it here: {"service": {...}}; or NULL */
} place;

extern const place scenario_places[];
extern const size_t scenario_place_count;

/* The list or object inside an answer, borrowed, and its key; NULL when value is no answer of this
 * place. What else an answer holds (failures, tags, nextToken) is left aside. */
json_t *place_unwrap(const place *p, const json_t *value, const char **key);
/* An answer that says that there is more than it holds: it has a nextToken, or failures. */
const char *place_incomplete(const json_t *answer);

#endif
