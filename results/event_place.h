/* event_place.h - where a key stands among the cells of an event kind, found in the table of kinds
 * once instead of being written down twice.
 */
#ifndef BERTH_RESULTS_EVENT_PLACE_H
#define BERTH_RESULTS_EVENT_PLACE_H

#include "models/event.h"
#include "sim/engine/check.h"

/* The kind must have the key. */
static inline int event_place(event_kind kind, const char *key)
{
    for (int k = 0; k < EVENT_CELLS && event_kinds[kind].keys[k].type != CELL_NONE; k++)
        if (strcmp(event_kinds[kind].keys[k].key, key) == 0) return k;
    check_failed("CHECK", key, __FILE__, __LINE__);
}

#endif
