/* extend.h - one scenario file and all that it extends, as one tree.
 *
 * The file's own places are filled (include.h) before anything is merged (merge.h), so that lists
 * taken from files merge by name like lists written in place. Bases go from left to right, each with
 * its own bases first; at most EXTEND_MAX_DEPTH files deep. A file that extends itself is an error.
 */
#ifndef BERTH_SCENARIOS_READ_EXTEND_H
#define BERTH_SCENARIOS_READ_EXTEND_H

#include "scenarios/read/place.h"
#include "scenarios/read/source_table.h"

#define EXTEND_MAX_DEPTH 16

typedef struct {
    source_table *sources;
    const place *places;
    size_t place_count;
} extending;

/* The tree of a source without its `extends`, and its origin; the caller's own. NULL when it is no
 * object or the budget is spent, which has been reported. */
json_t *extend_source(const extending *e, size_t index, origin **node);
/* Merges both onto a base; over and its node are released. */
void extend_merge(const extending *e, json_t *base, origin *base_node, json_t *over,
                  origin *over_node);

#endif
