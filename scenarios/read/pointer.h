/* pointer.h - JSON pointers into the folded scenario (contract: cli, Pointers).
 *
 * A concrete pointer is RFC 6901: keys and indices, "~0" for ~ and "~1" for /. A pattern may also
 * hold the name of a list's element in place of its index, and "*" for every element of a list or
 * every key of an object. A key of an object goes before its reading as "*"; an index goes before a
 * name. A name that several elements bear is an error that says so.
 * Names       element_name.h.
 */
#ifndef BERTH_SCENARIOS_READ_POINTER_H
#define BERTH_SCENARIOS_READ_POINTER_H

#include "scenarios/read/text_buffer.h"
#include "sim/engine/error.h"
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* A pointer under construction, for walks:
 *     size_t mark = pointer_push_key(&p, "services"); ... pointer_truncate(&p, mark);
 * text is always a valid string. */
typedef text_buffer pointer_path;

void pointer_init(pointer_path *p);
void pointer_finish(pointer_path *p);
size_t pointer_push_key(pointer_path *p, const char *key); /* returns the length before */
size_t pointer_push_index(pointer_path *p, size_t index);  /* returns the length before */
void pointer_truncate(pointer_path *p, size_t length);

/* The first token of *rest (which begins with "/"), unescaped into memory of the caller's to free;
 * *rest moves behind it. NULL at the end of the pointer. */
char *pointer_next_token(const char **rest);
/* "" or begins with "/", and every ~ is followed by 0 or 1. */
bool pointer_valid(const char *pointer);
/* An index as RFC 6901 writes it: digits, no leading zero. */
bool pointer_index(const char *token, size_t *index);

/* The value at a concrete pointer; NULL when nothing is there. Borrowed. */
json_t *pointer_get(const json_t *root, const char *pointer);

typedef struct {
    char **pointers; /* concrete, in document order */
    size_t count, capacity;
} pointer_set;

void pointer_set_finish(pointer_set *set);
/* All that the pattern matches. False and *err (text only; may be NULL) when nothing does, or a name
 * is ambiguous: the message gives the token that failed and the nearest names there. */
bool pointer_match(const json_t *root, const char *pattern, pointer_set *set, sim_error *err);
/* The same for setting: the last key may be missing from an object that is there ("-" appends to a
 * list). */
bool pointer_match_for_set(const json_t *root, const char *pattern, pointer_set *set,
                           sim_error *err);

#endif
