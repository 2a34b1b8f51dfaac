/* names.h - names as numbers: each distinct string gets a small id, in order of first use.
 *
 * Id 0 is "no name" (the empty string). Ids are dense, texts stay where they are until
 * names_destroy. One table a replication; the order of interning is deterministic, and no result
 * depends on it.
 */
#ifndef BERTH_SIM_ENGINE_NAMES_H
#define BERTH_SIM_ENGINE_NAMES_H

#include <stdint.h>

typedef uint32_t name_id;
typedef struct names names;

names *names_create(void);
void names_destroy(names *t);
name_id names_intern(names *t,
                     const char *text); /* copies text; NULL and "" are 0; O(1) expected */
name_id names_find(const names *t, const char *text); /* 0 when unknown */
const char *names_text(const names *t, name_id id);
uint32_t names_count(const names *t); /* ids are below this; at least 1 */

#endif
