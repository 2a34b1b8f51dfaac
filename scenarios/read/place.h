/* place.h - where in a scenario AWS objects and lists stand, and so a file name or an answer may.
 *
 * One row a place: the pattern has "*" for every element of a list. A place of a list may hold
 * elements by file name, too, without a row of its own.
 */
#ifndef BERTH_SCENARIOS_READ_PLACE_H
#define BERTH_SCENARIOS_READ_PLACE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct {
    const char *pattern; /* "/services" */
    bool list;           /* else an object */
    const char
        *list_key; /* an answer that holds a list: {"services": [...]}; NULL: there is none */
    const char *element_key; /* an answer that holds one: {"service": {...}}; NULL: there is none */
} place;

extern const place scenario_places[];
extern const size_t scenario_place_count;

/* The list or object inside an answer; NULL when value is not an answer of this place. An answer is
 * an object that has list_key with a list or element_key with an object, and (since such a key may
 * be a field of the object itself) nothing else but what answers carry beside it. */
json_t *place_unwrap(const place *p, json_t *value, const char **key);

#endif
