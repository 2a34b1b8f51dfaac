/* due_list.h - things that come due at one instant, in the order of their creation whatever the order of their
 * events (A110: ties by object creation index).
 *
 * Each thing's own event adds it; the first one of an instant schedules a last event of the same phase, which takes
 * them all, sorted.
 */
#ifndef BERTH_MODELS_DUE_LIST_H
#define BERTH_MODELS_DUE_LIST_H

#include "sim/engine/engine.h"

typedef struct {
    uint32_t *index;
    uint32_t count, capacity;
} due_list;

/* take(eng, context, subject) runs behind every event of this phase that is due now. */
void due_list_add(due_list *list, engine *eng, int phase, uint32_t index, engine_action *take,
                  uint64_t subject);
/* Sorts what is there and empties the list; the indices stay readable until the next add. */
uint32_t due_list_take(due_list *list);
void due_list_finish(due_list *list);

#endif
