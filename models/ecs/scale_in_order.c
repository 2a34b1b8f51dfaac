#include "models/ecs/scale_in_order.h"
#include "models/ecs/placement_plan.h"
#include "models/ecs/position_set.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <stdlib.h>
#include <string.h>

enum { FEW_STEPS = 4, CLASSES_MAX = 64, STRATEGIES_MAX = 5 };

typedef struct {
    uint32_t class, instance, number, of; /* of: index into candidates */
    sim_time created_us;
} seat;

/* The candidates on one instance, newest first. keys: of the strategies that look at the instance alone, negative: the
 * least goes first. */
typedef struct {
    uint32_t instance, first, end;
    int64_t keys[STRATEGIES_MAX];
} place;

typedef struct {
    uint32_t first, count; /* its places: a heap */
    name_id values[STRATEGIES_MAX];
} place_class;

typedef enum { MODE_LOOK_AT_ALL, MODE_DRAW, MODE_PLACES } order_mode;

struct scale_in_order {
    cluster *c;
    const placement_plan *plan;
    const scale_in_candidate *candidates;
    order_mode mode;
    scale_in_candidate *rest; /* look at all: those left … */
    uint32_t *rest_of;        /* … which those are … */
    uint32_t rest_count, rest_room;
    position_set left; /* draw */
    seat *seats;
    uint32_t seat_room;
    place *places;
    uint32_t place_count, place_room;
    place_class classes[CLASSES_MAX];
    uint32_t class_count;
    uint32_t last; /* the class of the last one; NO_INDEX: none yet */
};

scale_in_order *scale_in_order_create(void)
{
    return memory_alloc(1, sizeof(scale_in_order));
}

void scale_in_order_destroy(scale_in_order *o)
{
    if (!o) return;
    free(o->rest);
    free(o->rest_of);
    position_set_finish(&o->left);
    free(o->seats);
    free(o->places);
    free(o);
}

/* ---- Looking at all ---- */

static void begin_looking(scale_in_order *o, uint32_t n)
{
    if (n > o->rest_room) {
        o->rest_room = n + n / 2;
        o->rest = memory_resize(o->rest, o->rest_room, sizeof *o->rest);
        o->rest_of = memory_resize(o->rest_of, o->rest_room, sizeof *o->rest_of);
    }
    for (uint32_t i = 0; i < n; i++) {
        o->rest[i] = o->candidates[i];
        o->rest_of[i] = i;
    }
    o->rest_count = n;
}

static uint32_t next_of_all(scale_in_order *o, random_stream *stream)
{
    const uint32_t i = placement_scale_in(o->c, o->plan, o->rest, o->rest_count, stream);
    const uint32_t found = o->rest_of[i], behind = --o->rest_count - i;
    memmove(o->rest + i, o->rest + i + 1, behind * sizeof *o->rest);
    memmove(o->rest_of + i, o->rest_of + i + 1, behind * sizeof *o->rest_of);
    return found;
}

/* ---- Drawing ---- */

static void begin_drawing(scale_in_order *o, uint32_t n)
{
    position_set_reserve(&o->left, n);
    for (uint32_t i = position_set_next(&o->left, 0); i != POSITION_NONE;
         i = position_set_next(&o->left, i + 1))
        position_set_remove(&o->left, i);
    for (uint32_t i = 0; i < n; i++)
        position_set_add(&o->left, i);
}

static uint32_t draw_next(scale_in_order *o, random_stream *stream)
{
    const uint32_t found =
        position_set_select(&o->left, (uint32_t)random_below(stream, o->left.count));
    position_set_remove(&o->left, found);
    return found;
}

/* ---- Places ---- */

static bool is_newer(const seat *a, const seat *b)
{
    return a->created_us > b->created_us ||
           (a->created_us == b->created_us && a->number > b->number);
}

/* By class and instance, newest first. */
static int by_place(const void *left, const void *right)
{
    const seat *a = left, *b = right;
    if (a->class != b->class) return a->class < b->class ? -1 : 1;
    if (a->instance != b->instance) return a->instance < b->instance ? -1 : 1;
    return is_newer(a, b) ? -1 : is_newer(b, a);
}

/* CLASSES_MAX when there are too many. */
static uint32_t class_of(scale_in_order *o, uint32_t index)
{
    const placement_plan *p = o->plan;
    name_id values[STRATEGIES_MAX] = {0};
    for (uint32_t s = 0; s < p->step_count; s++)
        if (p->steps[s].attribute)
            cluster_attribute(o->c, index, p->steps[s].attribute, &values[s]);
    uint32_t class = 0;
    while (class < o->class_count && memcmp(o->classes[class].values, values, sizeof values) != 0)
        class ++;
    if (class == o->class_count && class < CLASSES_MAX) {
        o->classes[class] = (place_class){0};
        memcpy(o->classes[class].values, values, sizeof values);
        o->class_count++;
    }
    return class;
}

/* Do the strategies look at nothing but what their instance has, and attributes? */
static bool tells_by_place(const placement_plan *p)
{
    bool good = p->step_count <= STRATEGIES_MAX;
    for (uint32_t s = 0; s < p->step_count; s++)
        good &= p->steps[s].strategy->ranking == RANKS_BY_COUNT ||
                p->steps[s].strategy->ranking == RANKS_BY_FREE;
    return good;
}

static bool take_seats(scale_in_order *o, uint32_t n)
{
    if (n > o->seat_room) {
        o->seat_room = n + n / 2;
        o->seats = memory_resize(o->seats, o->seat_room, sizeof *o->seats);
    }
    o->class_count = 0;
    for (uint32_t i = 0; i < n; i++) {
        const scale_in_candidate *from = &o->candidates[i];
        const uint32_t class = class_of(o, from->instance);
        if (class == CLASSES_MAX) return false;
        o->seats[i] = (seat){class, from->instance, from->number, i, from->created_us};
    }
    qsort(o->seats, n, sizeof *o->seats, by_place);
    return true;
}

static void find_keys(const scale_in_order *o, place *at)
{
    const placement_plan *p = o->plan;
    for (uint32_t s = 0; s < p->step_count; s++) {
        const placement_step *step = &p->steps[s];
        if (!step->attribute) at->keys[s] = -step->strategy->key(o->c, step, NULL, at->instance);
    }
}

/* Within a class. */
static bool goes_before(const scale_in_order *o, const place *a, const place *b)
{
    for (uint32_t s = 0; s < o->plan->step_count; s++)
        if (a->keys[s] != b->keys[s]) return a->keys[s] < b->keys[s];
    return is_newer(&o->seats[a->first], &o->seats[b->first]);
}

static void sift_down(const scale_in_order *o, const place_class *class, uint32_t at)
{
    place *heap = o->places + class->first;
    for (;;) {
        uint32_t best = at, child = 2 * at + 1;
        for (uint32_t i = child; i < child + 2 && i < class->count; i++)
            if (goes_before(o, &heap[i], &heap[best])) best = i;
        if (best == at) return;
        const place moved = heap[at];
        heap[at] = heap[best];
        heap[best] = moved;
        at = best;
    }
}

static place *new_place(scale_in_order *o)
{
    if (o->place_count == o->place_room) {
        o->place_room = o->place_room ? 2 * o->place_room : 64;
        o->places = memory_resize(o->places, o->place_room, sizeof *o->places);
    }
    o->places[o->place_count] = (place){0};
    return &o->places[o->place_count++];
}

static void make_heaps(scale_in_order *o, uint32_t n)
{
    o->place_count = 0;
    for (uint32_t i = 0, end; i < n; i = end) {
        const seat *first = &o->seats[i];
        place_class *class = &o->classes[first->class];
        for (end = i + 1; end < n && o->seats[end].class == first->class &&
                          o->seats[end].instance == first->instance;)
            end++;
        if (class->count++ == 0) class->first = o->place_count;
        place *at = new_place(o);
        at->instance = first->instance;
        at->first = i;
        at->end = end;
        find_keys(o, at);
    }
    for (uint32_t k = 0; k < o->class_count; k++)
        for (uint32_t at = o->classes[k].count / 2; at-- > 0;)
            sift_down(o, &o->classes[k], at);
}

/* Where the last one stopped, everything may be otherwise. */
static void settle_last(scale_in_order *o)
{
    if (o->last == NO_INDEX) return;
    place_class *class = &o->classes[o->last];
    place *top = &o->places[class->first];
    if (++top->first == top->end)
        *top = o->places[class->first + --class->count];
    else
        find_keys(o, top);
    sift_down(o, class, 0);
}

/* Of the classes' first places those that a step likes best. */
static uint32_t keep_classes(const scale_in_order *o, uint32_t s, uint32_t *classes, uint32_t n)
{
    const placement_step *step = &o->plan->steps[s];
    const uint32_t *table =
        step->attribute && step->strategy->prepare ? step->strategy->prepare(o->c, step) : NULL;
    int64_t best = 0;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n; i++) {
        const place *top = &o->places[o->classes[classes[i]].first];
        const int64_t key =
            step->attribute ? -step->strategy->key(o->c, step, table, top->instance) : top->keys[s];
        if (kept > 0 && key > best) continue;
        if (kept == 0 || key < best) kept = 0;
        best = key;
        classes[kept++] = classes[i];
    }
    return kept;
}

static uint32_t next_place(scale_in_order *o)
{
    uint32_t classes[CLASSES_MAX], n = 0;
    settle_last(o);
    for (uint32_t k = 0; k < o->class_count; k++)
        if (o->classes[k].count > 0) classes[n++] = k;
    CHECK(n > 0);
    for (uint32_t s = 0; s < o->plan->step_count && n > 1; s++)
        n = keep_classes(o, s, classes, n);
    const seat *found = NULL;
    for (uint32_t i = 0; i < n; i++) {
        const seat *first = &o->seats[o->places[o->classes[classes[i]].first].first];
        if (found && !is_newer(first, found)) continue;
        found = first;
        o->last = classes[i];
    }
    return found->of;
}

/* ---- The order ---- */

void scale_in_order_begin(scale_in_order *o, cluster *c, const placement_plan *plan,
                          const scale_in_candidate *candidates, uint32_t n, uint32_t steps)
{
    o->c = c;
    o->plan = plan;
    o->candidates = candidates;
    o->last = NO_INDEX;
    o->mode = MODE_LOOK_AT_ALL;
    if (c->index && steps > FEW_STEPS) {
        if (!plan->draws && tells_by_place(plan) && take_seats(o, n))
            o->mode = MODE_PLACES;
        else if (plan->draws && plan->step_count == 0)
            o->mode = MODE_DRAW;
    }
    switch (o->mode) {
    case MODE_LOOK_AT_ALL:
        begin_looking(o, n);
        break;
    case MODE_DRAW:
        begin_drawing(o, n);
        break;
    case MODE_PLACES:
        make_heaps(o, n);
        break;
    }
}

uint32_t scale_in_order_next(scale_in_order *o, random_stream *stream)
{
    switch (o->mode) {
    case MODE_LOOK_AT_ALL:
        return next_of_all(o, stream);
    case MODE_DRAW:
        return draw_next(o, stream);
    case MODE_PLACES:
        break;
    }
    return next_place(o);
}
