/* bare.h - which AWS object a JSON file holds, told from its keys.
 *
 * Knows every shape that contract/scenario.md names: as the input of a call, as an answer (an object
 * or a list under the answer's key), as a list of objects, and as a fragment of an input.
 * Answers     are known by their key ("services", "TargetGroups", …) and, where two services use
 *             one key, by a key of their elements.
 * Inputs      are known by a mark, a key that hardly anything else has; of several the one with the
 *             most known keys, of equals the first of the table.
 */
#ifndef BERTH_SCENARIOS_READ_BARE_H
#define BERTH_SCENARIOS_READ_BARE_H

#include "scenarios/read/field.h"
#include <jansson.h>

typedef struct {
    const char *kind;         /* "ECS services (describe-services answer)" */
    const char *key;          /* an answer's key; NULL: an input */
    bool list;                /* the answer holds a list */
    const field_shape *shape; /* NULL: known, but its fields are not checked */
    const char *element_key;  /* its elements have this key; NULL: any */
    const char *marks[8];     /* an input has one of these */
} bare_kind;

/* NULL when it is of no known kind. */
const bare_kind *bare_find(const json_t *root);
/* The kind of a list's elements: an input's; NULL when they are of no known kind. */
const bare_kind *bare_find_elements(const json_t *list);
/* "scenario", "experiment", or NULL: berth's own files, known by their keys. */
const char *bare_own_kind(const json_t *root);

#endif
