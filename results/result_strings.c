/* result_strings.c - the names and texts of a run as numbers of their own. */
#include "results/result_strings.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <stdlib.h>

#define RECENT_PAIRS 256

struct result_strings {
    names *texts;
    uint32_t *of_name; /* by the model's name_id; 0: not asked for yet */
    uint32_t name_room;
    struct {
        cell_type type;
        uint64_t cell;
        uint32_t index;
    } recent[RECENT_PAIRS]; /* by a hash of the pair: only ever saves printing it again */
};

result_strings *result_strings_create(void)
{
    result_strings *s = memory_alloc(1, sizeof *s);
    s->texts = names_create();
    return s;
}

void result_strings_destroy(result_strings *s)
{
    if (!s) return;
    names_destroy(s->texts);
    free(s->of_name);
    free(s);
}

uint32_t result_strings_text(result_strings *s, const char *text)
{
    return names_intern(s->texts, text);
}

uint32_t result_strings_name(result_strings *s, const names *t, name_id id)
{
    if (id == 0) return 0;
    if (id >= s->name_room) {
        const uint32_t room = names_count(t) + 64;
        CHECK(id < room);
        s->of_name = memory_resize(s->of_name, room, sizeof *s->of_name);
        memset(s->of_name + s->name_room, 0, (room - s->name_room) * sizeof *s->of_name);
        s->name_room = room;
    }
    if (s->of_name[id] == 0) s->of_name[id] = names_intern(s->texts, names_text(t, id));
    return s->of_name[id];
}

uint32_t result_strings_pair(result_strings *s, const names *t, cell_type type, uint64_t cell)
{
    CHECK(type == CELL_DEPLOYMENT || type == CELL_TASK_DEFINITION);
    if (cell == 0) return 0;
    const uint64_t hash = (cell ^ (uint64_t)type) * UINT64_C(0x9E3779B97F4A7C15);
    const size_t at = hash >> 56;
    if (s->recent[at].cell != cell || s->recent[at].type != type) {
        char buffer[512];
        s->recent[at].index =
            names_intern(s->texts, cell_print(t, type, cell, buffer, sizeof buffer));
        s->recent[at].cell = cell;
        s->recent[at].type = type;
    }
    return s->recent[at].index;
}

uint32_t result_strings_count(const result_strings *s)
{
    return names_count(s->texts);
}

const char *result_strings_get(const result_strings *s, uint32_t index)
{
    return names_text(s->texts, index);
}
