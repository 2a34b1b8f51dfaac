/* duplicate_key.h - the keys that an object gives twice.
 *
 * jansson refuses at the first one and keeps no position of it; this walk finds them all, once one
 * is known to be there. Cost O(bytes), a set of keys for each object that is open; no recursion.
 */
#ifndef BERTH_SCENARIOS_READ_DUPLICATE_KEY_H
#define BERTH_SCENARIOS_READ_DUPLICATE_KEY_H

#include <stddef.h>

/* offset: of the later key; pointer: of its value. */
typedef void duplicate_key_found(void *context, size_t offset, const char *pointer,
                                 const char *key);

/* The text must be JSON that jansson accepts, nested at most SOURCE_MAX_NESTING deep. */
void duplicate_key_find(const char *text, size_t length, duplicate_key_found *found, void *context);

#endif
