/* notify.c - the one place that tells observers. */
#include "models/notify.h"
#include "models/phase.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <stdlib.h>

/* A mark an object says whether it is among those pending, so that each object is told once an instant however often
 * it changed. */
typedef struct {
    uint32_t *items;
    size_t count, room;
    bool in_order; /* ascending as they came */
    bool *marked;
    size_t mark_room;
} changed_list;

struct notifier {
    engine *eng;
    const struct model *m;
    model_observer *observers;
    size_t observer_count;
    model_observer *listeners; /* those of them that want events */
    size_t listener_count;
    changed_list pending[CHANGED_KINDS];
    bool called; /* they are told later in this instant */
};

notifier *notifier_create(engine *eng, const struct model *m)
{
    notifier *n = memory_alloc(1, sizeof *n);
    n->eng = eng;
    n->m = m;
    return n;
}

void notifier_destroy(notifier *n)
{
    if (!n) return;
    for (int kind = 0; kind < CHANGED_KINDS; kind++) {
        free(n->pending[kind].items);
        free(n->pending[kind].marked);
    }
    free(n->observers);
    free(n->listeners);
    free(n);
}

void notifier_observe(notifier *n, const model_observer *observer)
{
    n->observers = memory_resize(n->observers, n->observer_count + 1, sizeof *n->observers);
    n->observers[n->observer_count++] = *observer;
    if (!observer->event) return;
    n->listeners = memory_resize(n->listeners, n->listener_count + 1, sizeof *n->listeners);
    n->listeners[n->listener_count++] = *observer;
}

void notify_event(notifier *n, model_event *ev)
{
    CHECK(ev->kind >= 0 && ev->kind < EVENT_KIND_COUNT);
    ev->at_us = engine_now(n->eng);
    for (size_t i = 0; i < n->listener_count; i++)
        n->listeners[i].event(n->listeners[i].context, n->m, ev);
}

void notify_placed(notifier *n, uint32_t service, sim_time waited_us)
{
    for (size_t i = 0; i < n->observer_count; i++) {
        const model_observer *o = &n->observers[i];
        if (o->placed) o->placed(o->context, n->m, service, waited_us);
    }
}

static int ascending(const void *a, const void *b)
{
    const uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

enum { FEW = 16 };

/* Most instants change a handful of objects; where they change many, these often come in order. */
static void sort_list(changed_list *l)
{
    if (l->in_order) return;
    if (l->count > FEW) {
        qsort(l->items, l->count, sizeof *l->items, ascending);
        return;
    }
    for (size_t i = 1; i < l->count; i++) {
        const uint32_t key = l->items[i];
        size_t at = i;
        for (; at > 0 && l->items[at - 1] > key; at--)
            l->items[at] = l->items[at - 1];
        l->items[at] = key;
    }
}

/* Once an instant: each changed object, by (kind, index), to every observer in turn. */
static void tell_changed(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    (void)context;
    notifier *n = (notifier *)(uintptr_t)subject;
    for (int kind = 0; kind < CHANGED_KINDS; kind++) {
        changed_list *l = &n->pending[kind];
        sort_list(l);
        for (size_t p = 0; p < l->count; p++) {
            l->marked[l->items[p]] = false;
            for (size_t i = 0; i < n->observer_count; i++) {
                const model_observer *o = &n->observers[i];
                if (o->changed) o->changed(o->context, n->m, (changed_kind)kind, l->items[p]);
            }
        }
        l->count = 0;
    }
    n->called = false;
}

static void grow_marks(changed_list *l, uint32_t index)
{
    size_t room = l->mark_room ? l->mark_room : 64;
    while (room <= index)
        room *= 2;
    l->marked = memory_resize(l->marked, room, sizeof(bool));
    memset(l->marked + l->mark_room, 0, room - l->mark_room);
    l->mark_room = room;
}

void notify_changed(notifier *n, changed_kind kind, uint32_t index)
{
    CHECK(kind >= 0 && kind < CHANGED_KINDS && index != UINT32_MAX);
    changed_list *l = &n->pending[kind];
    if (index >= l->mark_room) grow_marks(l, index);
    if (l->marked[index]) return;
    l->marked[index] = true;
    if (l->count == l->room) {
        l->room = l->room ? 2 * l->room : 64;
        l->items = memory_resize(l->items, l->room, sizeof *l->items);
    }
    l->in_order = l->count == 0 || (l->in_order && l->items[l->count - 1] < index);
    l->items[l->count++] = index;
    if (n->called) return;
    n->called = true;
    engine_schedule(n->eng, engine_now(n->eng), PHASE_OBSERVE, tell_changed,
                    (uint64_t)(uintptr_t)n);
}
