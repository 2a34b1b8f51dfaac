/* origin.h - where each value of a folded tree is from: a shadow of the tree, as sparse as can be.
 *
 * A node says that a value, and all below it that has no node of its own, is from a source at a
 * pointer there. So a file that was read and not changed costs one node, and each element that a
 * merge, an include or a --set put in costs one more. Nodes are kept in jansson's own values, for
 * their hashing and reference counts; only origin.c looks inside.
 * Lists       once an element has a node, the list's node names all its elements, and is changed
 * along with the list.
 */
#ifndef BERTH_SCENARIOS_READ_ORIGIN_H
#define BERTH_SCENARIOS_READ_ORIGIN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

typedef json_t origin; /* json_incref, json_decref */

typedef struct {
    size_t source;       /* index in the document's sources */
    const char *pointer; /* in that source; borrowed */
    bool answer;         /* out of an answer that was unwrapped */
    bool unread;         /* a place whose file could not be read; the tree has null there */
} origin_place;

/* New nodes; the caller's. */
origin *origin_new(origin_place place);
origin_place origin_of(const origin *node);

/* The node of a member or an element, made where there was none (the list has `count` elements, and
 * index is below that). Borrowed from `parent`: what is done to it is done to the tree. */
origin *origin_key(origin *parent, const char *key);
origin *origin_element(origin *parent, size_t index, size_t count);
/* The node of what is at a concrete pointer of `tree`, which must be there; made as needed. */
origin *origin_descend(origin *root, const json_t *tree, const char *pointer);
/* Puts a node (stolen) in; the list's: in place of element `index`, or behind the last. */
void origin_set_key(origin *parent, const char *key, origin *node);
void origin_set_element(origin *parent, size_t index, size_t count, origin *node);
void origin_append(origin *parent, size_t count, origin *node);
/* The value has gone: an element's followers move up. */
void origin_remove_key(origin *parent, const char *key);
void origin_remove_element(origin *parent, size_t index, size_t count);
/* Gives a list these nodes (an array of them, stolen). */
void origin_set_elements(origin *parent, json_t *nodes);
/* The object itself, though not its members (which are in `value`), is from elsewhere. */
void origin_move_object(origin *node, const json_t *value, origin_place place);

/* The origin at a pointer of the tree: *pointer_in_source is to be freed. O(depth). */
origin_place origin_find(const origin *root, const char *pointer, char **pointer_in_source);

#endif
