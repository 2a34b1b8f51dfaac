#include "models/due_list.h"
#include "sim/engine/arena.h"
#include <stdlib.h>

void due_list_add(due_list *list, engine *eng, int phase, uint32_t index, engine_action *take,
                  uint64_t subject)
{
    if (list->count == 0) engine_schedule(eng, engine_now(eng), phase, take, subject);
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? 2 * list->capacity : 16;
        list->index = memory_resize(list->index, list->capacity, sizeof *list->index);
    }
    list->index[list->count++] = index;
}

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

uint32_t due_list_take(due_list *list)
{
    uint32_t count = list->count;
    if (count > 1) qsort(list->index, count, sizeof *list->index, compare);
    list->count = 0;
    return count;
}

void due_list_finish(due_list *list)
{
    free(list->index);
}
