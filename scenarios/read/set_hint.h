/* set_hint.h - what to write where --set reaches below an object that is not there.
 *
 * --set makes a key of an object that is there, and no more (contract: cli, pointers). Where the
 * format knows the object or list that is missing, this is the --set that gives it whole.
 */
#ifndef BERTH_SCENARIOS_READ_SET_HINT_H
#define BERTH_SCENARIOS_READ_SET_HINT_H

#include "scenarios/read/field.h"
#include <jansson.h>

/* "; give the object: --set '/a/b={"c":1}'", to be freed; NULL when the format knows nothing there.
 * shape is that of the whole tree. */
char *set_hint(const json_t *tree, const field_shape *shape, const char *pattern,
               const json_t *value);

#endif
