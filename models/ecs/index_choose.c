/* index_choose.c - one choice through the index.
 *
 * Spreads over attributes have the same key for a whole class; all others rank within one. So a
 * choice is the best of its classes' bests, and classes whose leading spreads are worse than those of
 * a class with a candidate need no look.
 */
#include "models/ecs/index_state.h"
#include "models/ecs/placement_scan.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <stdlib.h>
#include <string.h>

/* One class as one choice sees it. */
typedef struct {
    cluster *c;
    const placement_plan *plan;
    const index_plan *x;
    uint32_t class;
    const instance_class *cl;
    const shape_room *room;       /* NULL: the plan has no shape, or nobody ever had room */
    group_places *spread;         /* tasks that spreads count here; NULL: none */
    const group_places *distinct; /* with distinctInstance: where the group is; NULL: nowhere */
    class_hints *hints;           /* NULL: the plan's order allows none */
} view;

/* The best candidate of a class so far. */
typedef struct {
    uint32_t position; /* FIT_NONE: none */
    int64_t key[INDEX_STEPS_MAX];
} best_place;

static group_places *places_in(const instance_index *ix, uint32_t group, uint32_t class)
{
    group_places *places = ix->groups[group].places;
    return places && places[class].positions > 0 ? &places[class] : NULL;
}

static view view_of(cluster *c, const placement_plan *plan, uint32_t class)
{
    const instance_index *ix = c->index;
    return (view){
        .c = c,
        .plan = plan,
        .x = plan->index,
        .class = class,
        .cl = &ix->classes[class],
        .room = plan->index->shape != SHAPE_NONE ? ix->classes[class].room.of[plan->index->shape]
                                                 : NULL,
        .spread = places_in(ix, plan->spread_group, class),
        .distinct = plan->distinct ? places_in(ix, plan->group, class) : NULL,
        .hints = plan->index->hinted ? &plan->index->hints[class] : NULL,
    };
}

static uint32_t index_at(const view *v, uint32_t position)
{
    return v->cl->members[position];
}

/* What fit_tree cannot tell; the position has room for everything it knows. */
static bool passes(const view *v, uint32_t position)
{
    if (!v->x->picky) return true;
    uint32_t index = index_at(v, position);
    const instance_record *r = &v->c->records[index];
    const placement_plan *p = v->plan;
    if (p->distinct && cluster_group_on_instance(v->c, p->group, index) > 0) return false;
    if (p->port_count > 0 && plan_port_refusals(p, r) != 0) return false;
    if (p->reads & QUERY_READS_IDENTITY && !index_plan_allows(v->c, p, v->class, position))
        return false;
    return !(p->reads & QUERY_READS_TASKS) || plan_queries_hold(v->c, p, index, ASK_TASKS);
}

static bool has_room(const view *v, uint32_t position)
{
    return v->room ? position_set_has(&v->room->set, position)
                   : fit_tree_fits(&v->cl->tree, position, &v->x->need);
}

/* The first position >= from of the set that passes, and that the filter lets pass. */
static uint32_t next_of(const view *v, const position_set *set, uint32_t from,
                        const fit_filter *filter)
{
    uint32_t p = from;
    for (; (p = position_set_next(set, p)) != POSITION_NONE; p++) {
        if (filter && filter->bits &&
            fit_filter_word(filter, p / 64) >> p % 64 << p % 64 == 0) { /* none in this word */
            p |= 63;
            continue;
        }
        if (filter && filter->bits && !(fit_filter_word(filter, p / 64) >> p % 64 & 1)) continue;
        if (passes(v, p)) return p;
    }
    return FIT_NONE;
}

/* The first position >= from that is a candidate and that the filter lets pass. */
static uint32_t next_candidate(const view *v, uint32_t from, const fit_filter *filter)
{
    if (v->room) return next_of(v, &v->room->set, from, filter);
    uint32_t p = from;
    while ((p = fit_tree_next(&v->cl->tree, p, &v->x->need, filter)) != FIT_NONE && !passes(v, p))
        p++;
    return p;
}

static uint32_t tasks_at(const view *v, uint32_t position)
{
    return v->spread ? cluster_group_on_instance(v->c, v->plan->spread_group, index_at(v, position))
                     : 0;
}

static int64_t inner_key(const view *v, uint32_t step, uint32_t position)
{
    const inner_step *s = &v->x->inner[step];
    if (s->by_count) return tasks_at(v, position);
    return fit_tree_free(&v->cl->tree, position, s->field == BINPACK_CPU ? FIT_CPU : FIT_MEMORY);
}

/* A candidate: better than the best so far? The lower position wins ties. */
static void offer(const view *v, uint32_t position, best_place *best)
{
    int64_t key[INDEX_STEPS_MAX];
    int order = best->position == FIT_NONE ? -1 : 0;
    for (uint32_t s = 0; s < v->x->inner_count; s++) {
        key[s] = inner_key(v, s, position);
        if (order == 0) order = key[s] < best->key[s] ? -1 : key[s] > best->key[s];
        if (order > 0) return;
    }
    if (order == 0 && position > best->position) return;
    memcpy(best->key, key, v->x->inner_count * sizeof key[0]);
    best->position = position;
}

/* ---- Hints: where the last search of this plan ended ---- */

static uint32_t search_from(const view *v, uint32_t k)
{
    return v->hints && k < v->hints->levels ? v->hints->from[k] : 0;
}

/* No position before `position` is a candidate with k tasks. */
static void search_ended(const view *v, uint32_t k, uint32_t position)
{
    class_hints *h = v->hints;
    if (!h || v->cl->tree.count < HINTED_MIN) return;
    if (k >= h->levels) {
        h->from = memory_resize(h->from, k + 1, sizeof *h->from);
        while (h->levels <= k)
            h->from[h->levels++] = 0;
    }
    h->from[k] = position;
    v->plan->index->any_hint = true;
}

/* An instance changed: searches must start at it again if it may be a candidate now. */
static void revisit(const cluster *c, const placement_plan *plan, uint32_t index)
{
    const instance_index *ix = c->index;
    uint32_t rank = c->records[index].seen.rank, k = 0;
    if (rank == NO_INDEX || ix->places[rank].class == NO_INDEX) return;
    index_place at = ix->places[rank];
    class_hints *h = &plan->index->hints[at.class];
    if (h->levels == 0 ||
        !fit_tree_fits(&ix->classes[at.class].tree, at.position, &plan->index->need))
        return;
    if (plan->index->inner_count > 0) k = cluster_group_on_instance(c, plan->spread_group, index);
    if (k < h->levels && at.position < h->from[k]) h->from[k] = at.position;
}

static void catch_up(const cluster *c, const placement_plan *plan)
{
    const instance_index *ix = c->index;
    index_plan *x = plan->index;
    if (x->any_hint && ix->changes - x->seen_changes > INDEX_CHANGES) {
        for (uint32_t k = 0; k < x->class_count; k++)
            x->hints[k].levels = 0;
        x->any_hint = false;
    }
    uint32_t last = NO_INDEX;
    for (uint64_t i = x->seen_changes; x->any_hint && i < ix->changes; i++) {
        uint32_t index = ix->changed[i % INDEX_CHANGES];
        if (index != last) revisit(c, plan, index);
        last = index;
    }
    x->seen_changes = ix->changes;
}

/* ---- Walks: each offers what may be the class's best ---- */

/* Every candidate that the filter lets pass. */
static void walk_tree(const view *v, const fit_filter *filter, best_place *best)
{
    uint32_t p = 0;
    while ((p = next_candidate(v, p, filter)) != FIT_NONE)
        offer(v, p++, best);
}

/* Small classes with binpack alone. */
static void least_of_all(const view *v, best_place *best)
{
    uint32_t dimension = v->x->inner[0].field == BINPACK_CPU ? FIT_CPU : FIT_MEMORY;
    best->position = fit_tree_least(&v->cl->tree, dimension, &v->x->need);
    if (best->position != FIT_NONE)
        best->key[0] = fit_tree_free(&v->cl->tree, best->position, dimension);
}

/* In the order of what is free: candidates with the least amount, among those without tasks of the
 * spread group if `unspread`. The first of them decides unless more strategies follow. */
static void walk_order(const view *v, binpack_field field, bool unspread, best_place *best)
{
    const pack_order *o = &v->cl->order[field];
    const fit_amounts *need = &v->x->need;
    int32_t wanted = need->of[field == BINPACK_CPU ? FIT_CPU : FIT_MEMORY];
    int32_t other = need->of[field == BINPACK_CPU ? FIT_MEMORY : FIT_CPU];
    uint32_t decided = unspread ? 2 : 1; /* strategies that the order itself settles */
    int32_t amount = -1;
    pack_cursor at;
    for (bool more = pack_order_first(o, pack_key(wanted, 0), other, &at); more;
         more = pack_order_next(o, other, &at)) {
        uint64_t key = pack_order_key(o, at);
        uint32_t position = pack_position(key);
        if (amount >= 0 && pack_amount(key) != amount) return;
        if (v->cl->tree.dimensions > 2 && !has_room(v, position)) continue;
        if (!passes(v, position) || (unspread && tasks_at(v, position) > 0)) continue;
        offer(v, position, best);
        if (v->x->inner_count == decided) return;
        amount = pack_amount(key);
    }
}

/* A candidate with exactly k tasks, by ascending position: true when it decides, false when more
 * strategies follow. */
static bool take(const view *v, uint32_t position, uint32_t k, best_place *best)
{
    if (v->x->inner_count > 1) {
        offer(v, position, best);
        return false;
    }
    best->position = position;
    best->key[0] = k;
    return true;
}

static bool in_list(const group_places *g, uint32_t position)
{
    uint32_t at = group_places_find(g, position);
    return at < g->positions && g->list[at].position == position;
}

/* The lowest candidate without a task of the spread group. */
static void first_without(const view *v, best_place *best)
{
    fit_filter filter = {0};
    if (v->spread && v->spread->dense)
        filter = (fit_filter){v->spread->level[0].bits, v->spread->words, true};
    uint32_t p = search_from(v, 0);
    while ((p = next_candidate(v, p, &filter)) != FIT_NONE && v->spread && !v->spread->dense &&
           in_list(v->spread, p))
        p++;
    search_ended(v, 0, p);
    if (p != FIT_NONE) take(v, p, 0, best);
}

static void walk_level_in_tree(const view *v, uint32_t k, best_place *best)
{
    fit_filter filter = {v->spread->level[k].bits, v->spread->words, false};
    uint32_t p = search_from(v, k);
    for (; (p = next_candidate(v, p, &filter)) != FIT_NONE; p++)
        if (take(v, p, k, best)) break;
    search_ended(v, k, p);
}

static void walk_level_by_bits(const view *v, uint32_t k, best_place *best)
{
    const place_level *level = &v->spread->level[k];
    uint32_t left = level->positions;
    for (uint32_t w = 0; left > 0; w++)
        for (uint64_t bits = level->bits[w]; bits; bits &= bits - 1, left--) {
            uint32_t p = w * 64 + (uint32_t)__builtin_ctzll(bits);
            if (has_room(v, p) && passes(v, p) && take(v, p, k, best)) return;
        }
}

/* Candidates with exactly k tasks: through the tree where there are many. */
static void walk_level(const view *v, uint32_t k, best_place *best)
{
    uint32_t positions = v->spread->level[k].positions;
    if (positions > 16 && positions > v->cl->tree.count / 64)
        walk_level_in_tree(v, k, best);
    else
        walk_level_by_bits(v, k, best);
}

/* A dense group, and the plan has a shape: the sets of candidates by number of tasks are at hand. */
static void walk_open(const view *v, best_place *best)
{
    const position_set *open = group_places_open(v->spread, v->room, v->x->shape);
    uint32_t levels = v->spread->open_levels;
    for (uint32_t k = 0; k < levels && best->position == FIT_NONE; k++)
        for (uint32_t p = 0; (p = next_of(v, &open[k], p, NULL)) != FIT_NONE; p++)
            if (take(v, p, k, best)) break;
}

/* Spread over instances first: those without a task, then those with one, … */
static void walk_counts(const view *v, best_place *best)
{
    if (v->room && v->spread && v->spread->dense && !(v->cl->ordered && v->x->inner_count > 1)) {
        walk_open(v, best);
        return;
    }
    bool more_follow = v->x->inner_count > 1;
    if (!more_follow)
        first_without(v, best);
    else if (v->cl->ordered)
        walk_order(v, v->x->inner[1].field, true, best);
    else if (!v->spread)
        walk_tree(v, NULL, best);
    else {
        walk_tree(v, NULL, best); /* a small class: all levels at once */
        return;
    }
    if (best->position != FIT_NONE || !v->spread) return;
    if (v->spread->dense) {
        for (uint32_t k = 1; k < v->spread->levels && best->position == FIT_NONE; k++)
            if (v->spread->level[k].positions > 0) walk_level(v, k, best);
        return;
    }
    for (uint32_t i = 0; i < v->spread->positions; i++) {
        uint32_t p = v->spread->list[i].position;
        if (has_room(v, p) && passes(v, p)) offer(v, p, best);
    }
}

static void class_best(const view *v, best_place *best)
{
    best->position = FIT_NONE;
    if (v->x->inner_count == 0) {
        fit_filter filter = {0};
        if (v->distinct && v->distinct->dense)
            filter = (fit_filter){v->distinct->level[0].bits, v->distinct->words, true};
        best->position = next_candidate(v, search_from(v, 0), &filter);
        search_ended(v, 0, best->position);
    } else if (v->x->inner[0].by_count) {
        walk_counts(v, best);
    } else if (v->cl->ordered) {
        walk_order(v, v->x->inner[0].field, false, best);
    } else if (v->x->inner_count == 1 && !v->x->picky) {
        least_of_all(v, best);
    } else {
        walk_tree(v, NULL, best);
    }
}

/* ---- Over classes ---- */

/* The class-wide key of each step over an attribute (E75, E77). */
static void fill_class_keys(const instance_index *ix, const placement_plan *plan)
{
    const group_places *places = ix->groups[plan->spread_group].places;
    for (uint32_t s = 0; s < plan->step_count; s++) {
        uint32_t reference = plan->index->reference[s];
        if (reference == NO_INDEX) continue;
        memset(ix->slot_tasks, 0, ix->class_count * sizeof *ix->slot_tasks);
        for (uint32_t k = 0; places && k < ix->class_count; k++)
            ix->slot_tasks[ix->classes[k].slots[reference]] += places[k].tasks;
        int64_t *keys = ix->class_keys + (size_t)s * ix->class_capacity;
        for (uint32_t k = 0; k < ix->class_count; k++)
            keys[k] = ix->slot_tasks[ix->classes[k].slots[reference]];
    }
}

static int64_t class_key(const instance_index *ix, uint32_t step, uint32_t class)
{
    return ix->class_keys[(size_t)step * ix->class_capacity + class];
}

/* By the leading spreads alone. */
static int compare_leading(const instance_index *ix, uint32_t leading, uint32_t a, uint32_t b)
{
    for (uint32_t s = 0; s < leading; s++) {
        int64_t x = class_key(ix, s, a), y = class_key(ix, s, b);
        if (x != y) return x < y ? -1 : 1;
    }
    return 0;
}

static bool may_fit(const instance_class *cl, const index_plan *x)
{
    return x->shape != SHAPE_NONE ? room_sets_any(&cl->room, x->shape)
                                  : fit_tree_may_fit(&cl->tree, &x->need);
}

/* Classes the plan may use and that may have room; returns how many. */
static uint32_t list_live(const cluster *c, const placement_plan *plan)
{
    const instance_index *ix = c->index;
    uint32_t n = 0;
    for (uint32_t k = 0; k < ix->class_count; k++)
        if (plan->index->suits[k] && may_fit(&ix->classes[k], plan->index)) ix->live[n++] = k;
    return n;
}

/* Moves the classes with the best leading spreads of live[0..n) to the end; returns how many. */
static uint32_t split_best(const instance_index *ix, uint32_t leading, uint32_t n)
{
    if (leading == 0) return n;
    uint32_t best = ix->live[0], count = 0;
    for (uint32_t i = 1; i < n; i++)
        if (compare_leading(ix, leading, ix->live[i], best) < 0) best = ix->live[i];
    for (uint32_t i = n; i-- > 0;)
        if (compare_leading(ix, leading, ix->live[i], best) == 0) {
            uint32_t to = n - ++count, class = ix->live[i];
            ix->live[i] = ix->live[to];
            ix->live[to] = class;
        }
    return count;
}

typedef struct {
    uint32_t class, rank; /* rank NO_INDEX: none */
    best_place best;
} class_choice;

/* By all strategies in their order, then rank. */
static bool better(const placement_plan *plan, const instance_index *ix, const class_choice *a,
                   const class_choice *b)
{
    if (b->rank == NO_INDEX) return true;
    uint32_t inner = 0;
    for (uint32_t s = plan->index->leading; s < plan->step_count; s++) {
        int64_t x, y;
        if (plan->index->reference[s] != NO_INDEX) {
            x = class_key(ix, s, a->class);
            y = class_key(ix, s, b->class);
        } else if (plan->index->inner_of[s] == inner) {
            x = a->best.key[inner];
            y = b->best.key[inner++];
        } else {
            continue; /* the same strategy again */
        }
        if (x != y) return x < y;
    }
    return a->rank < b->rank;
}

/* The best of live[from..to). */
static class_choice best_of(cluster *c, const placement_plan *plan, uint32_t from, uint32_t to)
{
    const instance_index *ix = c->index;
    class_choice best = {.rank = NO_INDEX};
    for (uint32_t i = from; i < to; i++) {
        class_choice mine = {.class = ix->live[i]};
        view v = view_of(c, plan, mine.class);
        class_best(&v, &mine.best);
        if (mine.best.position == FIT_NONE) continue;
        mine.rank = c->records[index_at(&v, mine.best.position)].seen.rank;
        if (better(plan, ix, &mine, &best)) best = mine;
    }
    return best;
}

/* ---- Draws (the law is placement_scan.h's) ---- */

/* Has the candidate the keys of the best? Its class has the same leading spreads. */
static bool as_good(const view *v, uint32_t position, const class_choice *best)
{
    const placement_plan *plan = v->plan;
    for (uint32_t s = v->x->leading; s < plan->step_count; s++)
        if (v->x->reference[s] != NO_INDEX &&
            class_key(v->c->index, s, v->class) != class_key(v->c->index, s, best->class))
            return false;
    for (uint32_t s = 0; s < v->x->inner_count; s++)
        if (inner_key(v, s, position) != best->best.key[s]) return false;
    return true;
}

static int by_rank(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* One of all candidates of live[from..to) that are as good as the best. */
static uint32_t draw_counted(cluster *c, const placement_plan *plan, const class_choice *best,
                             uint32_t from, uint32_t to, random_stream *stream)
{
    const instance_index *ix = c->index;
    uint32_t n = 0;
    if (to - from == 1 && plan->index->shape != SHAPE_NONE && !plan->index->picky &&
        plan->index->leading == plan->step_count) { /* all with room are as good */
        const instance_class *cl = &ix->classes[ix->live[from]];
        const position_set *room = &cl->room.of[plan->index->shape]->set;
        n = (uint32_t)random_below(stream, room->count);
        return cl->members[position_set_select(room, n)];
    }
    if (c->ranked_count > c->candidate_capacity) {
        c->candidate_capacity = c->ranked_capacity;
        c->candidates = memory_resize(c->candidates, c->candidate_capacity, sizeof *c->candidates);
    }
    for (uint32_t i = from; i < to; i++) {
        view v = view_of(c, plan, ix->live[i]);
        for (uint32_t p = 0; (p = next_candidate(&v, p, NULL)) != FIT_NONE; p++)
            if (as_good(&v, p, best)) c->candidates[n++] = c->records[index_at(&v, p)].seen.rank;
    }
    if (n == 0) return NO_INDEX;
    if (to - from > 1) qsort(c->candidates, n, sizeof *c->candidates, by_rank);
    return c->ranked[c->candidates[random_below(stream, n)]];
}

/* Is the class among live[from..to)? */
static bool is_live(const instance_index *ix, uint32_t class, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++)
        if (ix->live[i] == class) return true;
    return false;
}

/* Ranks among all until one is a candidate of live[from..to); NO_INDEX when trials run out. */
static uint32_t draw_by_trial(cluster *c, const placement_plan *plan, uint32_t from, uint32_t to,
                              random_stream *stream)
{
    const instance_index *ix = c->index;
    bool sure = plan->index->shape != SHAPE_NONE && !plan->index->picky; /* room is all it takes */
    for (int i = 0; i < DRAW_TRIALS; i++) {
        uint32_t rank = (uint32_t)random_below(stream, c->ranked_count);
        index_place at = ix->places[rank];
        if (at.class == NO_INDEX || !is_live(ix, at.class, from, to)) continue;
        if (sure) {
            const position_set *room = &ix->classes[at.class].room.of[plan->index->shape]->set;
            if (position_set_has(room, at.position)) return c->ranked[rank];
            continue;
        }
        view v = view_of(c, plan, at.class);
        if (has_room(&v, at.position) && passes(&v, at.position)) return index_at(&v, at.position);
    }
    return NO_INDEX;
}

static uint32_t draw(cluster *c, const placement_plan *plan, const class_choice *best,
                     uint32_t from, uint32_t to, random_stream *stream)
{
    uint32_t drawn = NO_INDEX;
    if (placement_draws_by_trial(plan)) drawn = draw_by_trial(c, plan, from, to, stream);
    return drawn != NO_INDEX ? drawn : draw_counted(c, plan, best, from, to, stream);
}

/* `random` alone: of all candidates of live[0..n). What was drawn in vain is given back. */
static uint32_t draw_any(cluster *c, const placement_plan *plan, uint32_t n, random_stream *stream)
{
    if (n == 0) return NO_INDEX;
    random_stream before = *stream;
    uint32_t drawn = draw(c, plan, &(class_choice){.rank = NO_INDEX}, 0, n, stream);
    if (drawn == NO_INDEX) *stream = before;
    return drawn;
}

/* ---- After a refusal ---- */

/* The only candidates are instances that gained since: lists them, ascending by rank, and returns
 * how many; NO_INDEX when that is not known. */
static uint32_t list_gained(const cluster *c, const placement_plan *plan, uint32_t *list)
{
    const instance_index *ix = c->index;
    index_plan *x = plan->index;
    if (!x->refused || ix->gains - x->refused_gains > INDEX_GAINS) return NO_INDEX;
    uint32_t n = 0;
    for (uint64_t g = x->refused_gains; g < ix->gains; g++) {
        uint32_t index = ix->gained[g % INDEX_GAINS], at = n;
        if (plan_refusals(c, plan, index) != 0) continue;
        while (at > 0 && c->records[list[at - 1]].seen.rank > c->records[index].seen.rank)
            at--;
        if (at > 0 && list[at - 1] == index) continue; /* gained twice */
        memmove(list + at + 1, list + at, (n++ - at) * sizeof *list);
        list[at] = index;
    }
    if (n == 0) x->refused_gains = ix->gains;
    return n;
}

/* ---- The choice ---- */

static uint32_t search(cluster *c, const placement_plan *plan, random_stream *stream)
{
    const instance_index *ix = c->index;
    uint32_t n = list_live(c, plan);
    if (plan->step_count == 0 && plan->draws) return draw_any(c, plan, n, stream);
    if (n > 1) fill_class_keys(ix, plan);
    while (n > 0) {
        uint32_t from = n - split_best(ix, n > 1 ? plan->index->leading : 0, n);
        class_choice best = best_of(c, plan, from, n);
        if (best.rank != NO_INDEX)
            return plan->draws ? draw(c, plan, &best, from, n, stream) : c->ranked[best.rank];
        n = from;
    }
    return NO_INDEX;
}

uint32_t instance_index_choose(cluster *c, const placement_plan *plan, random_stream *stream)
{
    instance_index *ix = c->index;
    index_plan *x = plan->index;
    uint32_t gained[INDEX_GAINS];
    if (x->scan) return placement_scan_choose(c, plan, stream);
    index_refresh(c);
    uint32_t n = list_gained(c, plan, gained);
    if (n != NO_INDEX) return placement_choose_among(c, plan, gained, n, stream);
    index_plan_refresh(c, plan);
    if (x->hinted) catch_up(c, plan);
    uint32_t chosen = search(c, plan, stream);
    x->refused = chosen == NO_INDEX && !(plan->reads & QUERY_READS_TASKS) &&
                 (x->shape == SHAPE_NONE || x->picky); /* else counts of room say it at once */
    x->refused_gains = ix->gains;
    return chosen;
}
