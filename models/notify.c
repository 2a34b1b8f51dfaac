/* notify.c - the one place that tells observers. */
#include "models/notify.h"
#include "models/phase.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <stdlib.h>

/* Pending changes are kept as kind << 32 | index; a mark an object says whether it is among them,
 * so that each object is told once an instant however often it changed. */
struct notifier {
    engine *eng;
    const struct model *m;
    model_observer *observers;
    size_t observer_count;
    model_observer *listeners; /* those of them that want events */
    size_t listener_count;
    uint64_t *pending;
    size_t pending_count, pending_room;
    bool *marked[CHANGED_KINDS];
    size_t mark_room[CHANGED_KINDS];
    event_handle told;
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
    for (int kind = 0; kind < CHANGED_KINDS; kind++)
        free(n->marked[kind]);
    free(n->pending);
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

static int by_kind_and_index(const void *a, const void *b)
{
    const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

enum { FEW = 16 };

/* By (kind, index). Most instants change a handful of objects. */
static void sort_pending(uint64_t *pending, size_t count)
{
    if (count > FEW) {
        qsort(pending, count, sizeof *pending, by_kind_and_index);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        const uint64_t key = pending[i];
        size_t at = i;
        for (; at > 0 && pending[at - 1] > key; at--)
            pending[at] = pending[at - 1];
        pending[at] = key;
    }
}

/* Once an instant: each changed object, by (kind, index), to every observer in turn. */
static void tell_changed(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    (void)context;
    notifier *n = (notifier *)(uintptr_t)subject;
    sort_pending(n->pending, n->pending_count);
    for (size_t p = 0; p < n->pending_count; p++) {
        const changed_kind kind = (changed_kind)(n->pending[p] >> 32);
        const uint32_t index = (uint32_t)n->pending[p];
        n->marked[kind][index] = false;
        for (size_t i = 0; i < n->observer_count; i++) {
            const model_observer *o = &n->observers[i];
            if (o->changed) o->changed(o->context, n->m, kind, index);
        }
    }
    n->pending_count = 0;
    n->told = EVENT_NONE;
}

static void grow_marks(notifier *n, changed_kind kind, uint32_t index)
{
    size_t room = n->mark_room[kind] ? n->mark_room[kind] : 64;
    while (room <= index)
        room *= 2;
    n->marked[kind] = memory_resize(n->marked[kind], room, sizeof(bool));
    memset(n->marked[kind] + n->mark_room[kind], 0, room - n->mark_room[kind]);
    n->mark_room[kind] = room;
}

void notify_changed(notifier *n, changed_kind kind, uint32_t index)
{
    CHECK(kind >= 0 && kind < CHANGED_KINDS);
    CHECK(index != UINT32_MAX);
    if (index >= n->mark_room[kind]) grow_marks(n, kind, index);
    if (n->marked[kind][index]) return;
    n->marked[kind][index] = true;
    if (n->pending_count == n->pending_room) {
        n->pending_room = n->pending_room ? 2 * n->pending_room : 64;
        n->pending = memory_resize(n->pending, n->pending_room, sizeof *n->pending);
    }
    n->pending[n->pending_count++] = (uint64_t)kind << 32 | index;
    if (!engine_pending(n->eng, n->told))
        n->told = engine_schedule(n->eng, engine_now(n->eng), PHASE_OBSERVE, tell_changed,
                                  (uint64_t)(uintptr_t)n);
}
