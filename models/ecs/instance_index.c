/* instance_index.c - keeping the index: classes, positions, groups. Choosing is index_choose.c. */
#include "models/ecs/instance_index.h"
#include "models/ecs/index_state.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <stdlib.h>
#include <string.h>

instance_index *instance_index_create(void)
{
    instance_index *ix = memory_alloc(1, sizeof *ix);
    ix->dimensions = FIT_MEMORY + 1;
    return ix;
}

static void drop_group(instance_index *ix, index_group *g)
{
    for (uint32_t k = 0; g->places && k < ix->group_classes; k++)
        group_places_finish(&g->places[k]);
    free(g->places);
    g->places = NULL;
}

static void drop_classes(instance_index *ix)
{
    for (uint32_t g = 0; g < ix->group_count; g++)
        drop_group(ix, &ix->groups[g]);
    for (uint32_t k = 0; k < ix->class_count; k++) {
        instance_class *cl = &ix->classes[k];
        fit_tree_finish(&cl->tree);
        room_sets_finish(&cl->room);
        for (int f = 0; f < PACK_FIELDS; f++)
            pack_order_finish(&cl->order[f]);
        free(cl->values);
        free(cl->slots);
        free(cl->members);
    }
    ix->class_count = 0;
    ix->group_classes = 0;
}

void instance_index_destroy(instance_index *ix)
{
    if (!ix) return;
    drop_classes(ix);
    free(ix->classes);
    free(ix->groups);
    free(ix->references);
    free(ix->places);
    free(ix->live);
    free(ix->class_keys);
    free(ix->slot_tasks);
    free(ix);
}

/* ---- What plans ask for ---- */

static fit_amounts amounts_of(const instance *i)
{
    if (!instance_is_placeable(i)) return (fit_amounts){{-1, -1, -1, -1}};
    return (fit_amounts){{(int32_t)(i->cpu_registered - i->cpu_reserved),
                          (int32_t)(i->memory_registered - i->memory_reserved),
                          i->eni_slots - i->eni_reserved, i->gpu_registered - i->gpu_reserved}};
}

static uint32_t refer_to(instance_index *ix, name_id name)
{
    for (uint32_t i = 0; i < ix->reference_count; i++)
        if (ix->references[i] == name) return i;
    ix->references = memory_resize(ix->references, ix->reference_count + 1, sizeof *ix->references);
    ix->references[ix->reference_count] = name;
    ix->stale = true;
    return ix->reference_count++;
}

static index_group *track_group(instance_index *ix, uint32_t group)
{
    if (group >= ix->group_count) {
        uint32_t n = group + group / 2 + 8;
        ix->groups = memory_resize(ix->groups, n, sizeof *ix->groups);
        memset(ix->groups + ix->group_count, 0, (n - ix->group_count) * sizeof *ix->groups);
        ix->group_count = n;
    }
    return &ix->groups[group];
}

static void need_dimensions(instance_index *ix, uint32_t dimensions)
{
    if (dimensions <= ix->dimensions) return;
    ix->dimensions = dimensions;
    ix->stale = true;
}

static int32_t clamp(int64_t amount)
{
    return amount > INT32_MAX ? INT32_MAX : (int32_t)amount;
}

/* Strategies within a class: those over attributes are the same for all of it, and asking twice
 * changes nothing. */
static void learn_steps(cluster *c, const placement_plan *plan, index_plan *x)
{
    instance_index *ix = c->index;
    for (uint32_t s = 0; s < plan->step_count; s++) {
        const placement_step *step = &plan->steps[s];
        bool by_count = step->strategy->ranking == RANKS_BY_COUNT;
        if (step->strategy->ranking == RANKS_BY_KEY) x->scan = true;
        if (by_count && step->attribute) {
            x->reference[s] = refer_to(ix, step->attribute);
            if (x->leading == s) x->leading = s + 1;
        } else {
            inner_step mine = {.by_count = by_count, .field = step->field};
            uint32_t i = 0;
            while (i < x->inner_count &&
                   (x->inner[i].by_count != mine.by_count || x->inner[i].field != mine.field))
                i++;
            x->reference[s] = NO_INDEX;
            x->inner_of[s] = i;
            if (i == x->inner_count) x->inner[x->inner_count++] = mine;
        }
        if (!by_count && !ix->packs[step->field]) ix->packs[step->field] = ix->stale = true;
    }
}

/* A slot for what the plan needs; without one its room is searched by the maxima of trees. */
static void learn_shape(const cluster *c, index_plan *x)
{
    instance_index *ix = c->index;
    bool fresh;
    x->shape = room_shapes_take(&ix->shapes, &x->need, &fresh);
    if (x->shape == SHAPE_NONE && !ix->maxima) ix->maxima = ix->stale = true;
    for (uint32_t k = 0; fresh && !ix->stale && k < ix->class_count; k++)
        for (uint32_t p = 0; p < ix->classes[k].tree.count; p++) {
            fit_amounts amounts = amounts_of(&c->records[ix->classes[k].members[p]].seen);
            room_sets_set(&ix->classes[k].room, &ix->shapes, ix->dimensions, p, &amounts);
        }
}

void instance_index_learn(cluster *c, placement_plan *plan)
{
    instance_index *ix = c->index;
    index_plan *x = plan->index = memory_alloc(1, sizeof *x);
    x->reference = memory_alloc(plan->step_count + 1, sizeof *x->reference);
    x->inner_of = memory_alloc(plan->step_count + 1, sizeof *x->inner_of);
    x->inner = memory_alloc(plan->step_count + 1, sizeof *x->inner);
    x->scan = plan->step_count > INDEX_STEPS_MAX;
    learn_steps(c, plan, x);
    x->need = (fit_amounts){{clamp(plan->needs.cpu_units), clamp(plan->needs.memory_mib),
                             plan->needs.eni, plan->needs.gpu_count}};
    need_dimensions(ix, plan->needs.gpu_count ? FIT_GPU + 1
                        : plan->needs.eni     ? FIT_ENI + 1
                                              : FIT_MEMORY + 1);
    if (plan->zone_count > 0) refer_to(ix, c->builtin.zone);
    const char *name;
    for (uint32_t q = 0; q < plan->query_count; q++)
        for (uint32_t i = 0; (name = query_attribute(plan->queries[q], i)) != NULL; i++)
            refer_to(ix, names_intern(c->names, name));
    track_group(ix, plan->spread_group);
    bool spreads = false;
    for (uint32_t s = 0; s < plan->step_count; s++)
        spreads = spreads || plan->steps[s].strategy->ranking == RANKS_BY_COUNT;
    if (spreads && !ix->groups[plan->spread_group].tracked)
        ix->groups[plan->spread_group].tracked = ix->stale = true;
    track_group(ix, plan->group);
    if (plan->distinct && !ix->groups[plan->group].tracked)
        ix->groups[plan->group].tracked = ix->stale = true;
    learn_shape(c, x);
    x->hinted = x->shape == SHAPE_NONE &&
                (x->inner_count == 0 || (x->inner_count == 1 && x->inner[0].by_count)) &&
                !(plan->reads & QUERY_READS_TASKS);
    x->picky = plan->distinct || plan->port_count > 0 ||
               plan->reads & (QUERY_READS_IDENTITY | QUERY_READS_TASKS);
}

static void drop_eligibility(index_plan *x)
{
    for (uint32_t k = 0; x->allowed && k < x->class_count; k++)
        free(x->allowed[k].bits);
    free(x->allowed);
    free(x->suits);
    x->allowed = NULL;
    x->suits = NULL;
    for (uint32_t k = 0; x->hints && k < x->class_count; k++)
        free(x->hints[k].from);
    free(x->hints);
    x->hints = NULL;
    x->class_count = 0;
}

void instance_index_forget(placement_plan *plan)
{
    index_plan *x = plan->index;
    if (!x) return;
    drop_eligibility(x);
    free(x->reference);
    free(x->inner_of);
    free(x->inner);
    free(x);
}

/* Which classes the plan may use, and for identity constraints which of their instances. */
void index_plan_refresh(const cluster *c, const placement_plan *plan)
{
    const instance_index *ix = c->index;
    index_plan *x = plan->index;
    if (x->epoch == ix->epoch && x->class_count == ix->class_count) return;
    if (x->epoch != ix->epoch) drop_eligibility(x);
    x->epoch = ix->epoch;
    x->suits = memory_resize(x->suits, ix->class_count + 1, sizeof *x->suits);
    for (uint32_t k = x->class_count; k < ix->class_count; k++)
        x->suits[k] = plan_suits(c, plan, ix->classes[k].example) &&
                      plan_queries_hold(c, plan, ix->classes[k].example, ASK_CLASS);
    if (plan->reads & QUERY_READS_IDENTITY) {
        x->allowed = memory_resize(x->allowed, ix->class_count + 1, sizeof *x->allowed);
        for (uint32_t k = x->class_count; k < ix->class_count; k++)
            x->allowed[k] = (allowed_set){0};
    }
    x->hints = memory_resize(x->hints, ix->class_count + 1, sizeof *x->hints);
    for (uint32_t k = x->class_count; k < ix->class_count; k++)
        x->hints[k] = (class_hints){0};
    x->class_count = ix->class_count;
}

bool index_plan_allows(const cluster *c, const placement_plan *plan, uint32_t class,
                       uint32_t position)
{
    allowed_set *a = &plan->index->allowed[class];
    const instance_class *cl = &c->index->classes[class];
    if (position >= a->known) { /* instances are added at the end only */
        uint32_t words = cl->tree.count / 64 + 1;
        if (words > a->words) {
            words += a->words / 2;
            a->bits = memory_resize(a->bits, words, sizeof *a->bits);
            memset(a->bits + a->words, 0, (words - a->words) * sizeof *a->bits);
            a->words = words;
        }
        for (; a->known < cl->tree.count; a->known++)
            if (plan_queries_hold(c, plan, cl->members[a->known], ASK_IDENTITY))
                a->bits[a->known / 64] |= UINT64_C(1) << a->known % 64;
    }
    return a->bits[position / 64] >> position % 64 & 1;
}

/* ---- Classes ---- */

static name_id reference_value(const cluster *c, uint32_t index, name_id name)
{
    name_id value;
    return cluster_attribute(c, index, name, &value) ? value : VALUE_MISSING;
}

static bool same_class(const cluster *c, const instance_class *cl, uint32_t index)
{
    const instance_group_config *a = c->records[index].seen.group;
    const instance_group_config *b = c->records[cl->example].seen.group;
    if (a->architecture != b->architecture || a->windows != b->windows ||
        a->provider != b->provider)
        return false;
    for (uint32_t i = 0; i < c->index->reference_count; i++)
        if (reference_value(c, index, c->index->references[i]) != cl->values[i]) return false;
    return true;
}

/* Sets of who has room are enough for spreads and draws. */
static bool keeps_amounts(const instance_index *ix)
{
    return ix->maxima || ix->packs[BINPACK_CPU] || ix->packs[BINPACK_MEMORY];
}

/* The first class with the same value of reference i: what spreads count under. */
static uint32_t value_slot(const instance_index *ix, uint32_t i, name_id value)
{
    name_id wanted = value == VALUE_MISSING ? 0 : value; /* E77 */
    for (uint32_t k = 0; k < ix->class_count; k++) {
        name_id other = ix->classes[k].values[i];
        if ((other == VALUE_MISSING ? 0 : other) == wanted) return k;
    }
    return ix->class_count;
}

static void need_classes(instance_index *ix)
{
    if (ix->class_count < ix->class_capacity) return;
    ix->class_capacity = ix->class_capacity ? 2 * ix->class_capacity : 8;
    uint32_t n = ix->class_capacity;
    ix->classes = memory_resize(ix->classes, n, sizeof *ix->classes);
    ix->live = memory_resize(ix->live, n, sizeof *ix->live);
    ix->class_keys = memory_resize(ix->class_keys, n * INDEX_STEPS_MAX, sizeof *ix->class_keys);
    ix->slot_tasks = memory_resize(ix->slot_tasks, n, sizeof *ix->slot_tasks);
    for (uint32_t g = 0; g < ix->group_count; g++) {
        index_group *group = &ix->groups[g];
        if (!group->places) continue;
        group->places = memory_resize(group->places, n, sizeof *group->places);
        memset(group->places + ix->group_classes, 0,
               (n - ix->group_classes) * sizeof *group->places);
    }
    ix->group_classes = n;
}

static uint32_t class_of(cluster *c, uint32_t index)
{
    instance_index *ix = c->index;
    if (ix->last_class < ix->class_count && same_class(c, &ix->classes[ix->last_class], index))
        return ix->last_class;
    for (uint32_t k = 0; k < ix->class_count; k++)
        if (same_class(c, &ix->classes[k], index)) return ix->last_class = k;
    need_classes(ix);
    instance_class *cl = &ix->classes[ix->class_count];
    *cl = (instance_class){.example = index};
    cl->values = memory_alloc(ix->reference_count + 1, sizeof *cl->values);
    cl->slots = memory_alloc(ix->reference_count + 1, sizeof *cl->slots);
    for (uint32_t i = 0; i < ix->reference_count; i++) {
        cl->values[i] = reference_value(c, index, ix->references[i]);
        cl->slots[i] = value_slot(ix, i, cl->values[i]);
    }
    fit_tree_init(&cl->tree, ix->dimensions, keeps_amounts(ix), ix->maxima);
    for (int f = 0; f < PACK_FIELDS; f++)
        pack_order_init(&cl->order[f]);
    return ix->last_class = ix->class_count++;
}

/* ---- Instances ---- */

static void insert_in_orders(const instance_index *ix, instance_class *cl, uint32_t position,
                             int32_t cpu, int32_t memory)
{
    if (cpu < 0) return; /* takes no task */
    if (ix->packs[BINPACK_CPU])
        pack_order_insert(&cl->order[BINPACK_CPU], pack_key(cpu, position), memory);
    if (ix->packs[BINPACK_MEMORY])
        pack_order_insert(&cl->order[BINPACK_MEMORY], pack_key(memory, position), cpu);
}

/* A class that has grown past the size where walking the tree is as fast. */
static void start_orders(const instance_index *ix, instance_class *cl)
{
    cl->ordered = true;
    for (uint32_t p = 0; p < cl->tree.count; p++)
        insert_in_orders(ix, cl, p, fit_tree_free(&cl->tree, p, FIT_CPU),
                         fit_tree_free(&cl->tree, p, FIT_MEMORY));
}

static void remove_from_orders(const instance_index *ix, instance_class *cl, uint32_t position,
                               int32_t cpu, int32_t memory)
{
    if (cpu < 0) return;
    if (ix->packs[BINPACK_CPU]) pack_order_remove(&cl->order[BINPACK_CPU], pack_key(cpu, position));
    if (ix->packs[BINPACK_MEMORY])
        pack_order_remove(&cl->order[BINPACK_MEMORY], pack_key(memory, position));
}

static void set_amounts(const instance_index *ix, instance_class *cl, uint32_t position,
                        const fit_amounts *now)
{
    if (cl->ordered) {
        int32_t cpu = fit_tree_free(&cl->tree, position, FIT_CPU);
        int32_t memory = fit_tree_free(&cl->tree, position, FIT_MEMORY);
        if (cpu != now->of[FIT_CPU] || memory != now->of[FIT_MEMORY]) {
            remove_from_orders(ix, cl, position, cpu, memory);
            insert_in_orders(ix, cl, position, now->of[FIT_CPU], now->of[FIT_MEMORY]);
        }
    }
    if (cl->tree.amounts) fit_tree_set(&cl->tree, position, now);
    room_sets_set(&cl->room, &ix->shapes, ix->dimensions, position, now);
}

static void append(cluster *c, uint32_t index)
{
    instance_index *ix = c->index;
    const instance *i = &c->records[index].seen;
    uint32_t k = class_of(c, index);
    instance_class *cl = &ix->classes[k];
    uint32_t position = fit_tree_append(&cl->tree);
    if (position == cl->capacity) {
        cl->capacity = cl->capacity ? 2 * cl->capacity : 16;
        cl->members = memory_resize(cl->members, cl->capacity, sizeof *cl->members);
    }
    cl->members[position] = index;
    if (c->ranked_capacity > ix->place_capacity) {
        ix->place_capacity = c->ranked_capacity;
        ix->places = memory_resize(ix->places, ix->place_capacity, sizeof *ix->places);
    }
    ix->places[i->rank] = (index_place){k, position};
    c->records[index].class = k;
    c->records[index].position = position;
    fit_amounts amounts = amounts_of(i);
    set_amounts(ix, cl, position, &amounts);
    bool packs = ix->packs[BINPACK_CPU] || ix->packs[BINPACK_MEMORY];
    if (packs && !cl->ordered && cl->tree.count >= PACK_ORDER_MIN) start_orders(ix, cl);
}

static void recount_groups(cluster *c, uint32_t index)
{
    const instance_record *r = &c->records[index];
    for (uint32_t i = 0; i < r->group_count; i++)
        instance_index_counted(c, index, record_groups(r)[i].group, 0, record_groups(r)[i].count);
}

/* After a new kind of question, a shift of ranks, or when most instances are gone. */
static void rebuild(cluster *c)
{
    instance_index *ix = c->index;
    drop_classes(ix);
    ix->class_capacity = 0;
    ix->epoch++;
    ix->stale = false;
    ix->gone = 0;
    ix->held = 0;
    for (uint32_t rank = 0; rank < c->ranked_count; rank++) {
        const instance *i = &c->records[c->ranked[rank]].seen;
        if (c->ranked_capacity > ix->place_capacity) {
            ix->place_capacity = c->ranked_capacity;
            ix->places = memory_resize(ix->places, ix->place_capacity, sizeof *ix->places);
        }
        ix->places[rank] = PLACE_NONE;
        c->records[c->ranked[rank]].class = NO_INDEX;
        /* The dead are left out once nothing is counted on them. */
        if (i->status == INSTANCE_INACTIVE && i->running_count == 0) continue;
        append(c, c->ranked[rank]);
        ix->held++;
        recount_groups(c, c->ranked[rank]);
    }
}

void index_refresh(cluster *c)
{
    if (c->index->stale) rebuild(c);
}

void instance_index_gained(cluster *c, uint32_t index)
{
    instance_index *ix = c->index;
    ix->gained[ix->gains++ % INDEX_GAINS] = index;
    if (ix->maxima) ix->changed[ix->changes++ % INDEX_CHANGES] = index;
}

void instance_index_registered(cluster *c, uint32_t index, bool shifted)
{
    instance_index *ix = c->index;
    instance_index_gained(c, index);
    if (shifted) ix->stale = true;
    if (ix->stale) return;
    append(c, index);
    ix->held++;
    recount_groups(c, index);
}

void instance_index_changed(cluster *c, uint32_t index, bool gained)
{
    instance_index *ix = c->index;
    const instance *i = &c->records[index].seen;
    if (gained)
        instance_index_gained(c, index);
    else if (ix->maxima)
        ix->changed[ix->changes++ % INDEX_CHANGES] = index;
    const instance_record *r = &c->records[index];
    if (ix->stale || r->class == NO_INDEX) return; /* no rank yet, or dead and left out */
    fit_amounts amounts = amounts_of(i);
    set_amounts(ix, &ix->classes[r->class], r->position, &amounts);
    if (i->status == INSTANCE_INACTIVE && ++ix->gone > 64 && ix->gone > ix->held / 2)
        ix->stale = true;
}

void instance_index_counted(cluster *c, uint32_t index, uint32_t group, uint32_t from, uint32_t to)
{
    instance_index *ix = c->index;
    if (ix->stale || group >= ix->group_count || !ix->groups[group].tracked) return;
    const instance_record *r = &c->records[index];
    CHECK(r->class != NO_INDEX);
    index_group *g = &ix->groups[group];
    if (!g->places) g->places = memory_alloc(ix->group_classes, sizeof *g->places);
    group_places_change(&g->places[r->class], r->position, from, to);
}

bool instance_index_count_by_value(cluster *c, uint32_t group, name_id name, uint32_t *table)
{
    instance_index *ix = c->index;
    index_refresh(c);
    uint32_t i = 0;
    while (i < ix->reference_count && ix->references[i] != name)
        i++;
    if (i == ix->reference_count || group >= ix->group_count || !ix->groups[group].tracked)
        return false;
    const group_places *places = ix->groups[group].places;
    for (uint32_t k = 0; places && k < ix->class_count; k++) {
        name_id value = ix->classes[k].values[i];
        table[value == VALUE_MISSING ? 0 : value] += places[k].tasks;
    }
    return true;
}

/* ---- Invariant (7) ---- */

static void check_class(const cluster *c, uint32_t k)
{
    const instance_index *ix = c->index;
    const instance_class *cl = &ix->classes[k];
    for (uint32_t p = 0; p < cl->tree.count; p++) {
        uint32_t index = cl->members[p], rank = c->records[index].seen.rank;
        CHECK(p == 0 || c->records[cl->members[p - 1]].seen.rank < rank);
        fit_amounts amounts = amounts_of(&c->records[index].seen);
        CHECK(same_class(c, cl, index));
        CHECK(ix->places[rank].class == k && ix->places[rank].position == p);
        CHECK(c->records[index].class == k && c->records[index].position == p);
        for (uint32_t d = 0; cl->tree.amounts && d < cl->tree.dimensions; d++)
            CHECK(fit_tree_free(&cl->tree, p, d) == amounts.of[d]);
        if (cl->tree.maxima) CHECK(fit_tree_next(&cl->tree, p, &amounts, NULL) == p);
        uint32_t fits = room_shapes_fitting(&ix->shapes, ix->dimensions, &amounts);
        for (uint32_t s = 0; s < ix->shapes.count; s++)
            CHECK((fits >> s & 1) == (cl->room.of[s] && position_set_has(&cl->room.of[s]->set, p)));
    }
    for (int f = 0; f < PACK_FIELDS && cl->ordered && ix->packs[f]; f++) {
        pack_cursor at;
        uint32_t seen = 0;
        uint64_t before = 0;
        for (bool more = pack_order_first(&cl->order[f], 0, 0, &at); more;
             more = pack_order_next(&cl->order[f], 0, &at)) {
            uint64_t key = pack_order_key(&cl->order[f], at);
            CHECK(seen++ == 0 || key > before);
            CHECK(pack_amount(key) == fit_tree_free(&cl->tree, pack_position(key),
                                                    f == BINPACK_CPU ? FIT_CPU : FIT_MEMORY));
            before = key;
        }
        for (uint32_t p = 0; p < cl->tree.count; p++)
            seen -= fit_tree_free(&cl->tree, p, 0) >= 0;
        CHECK(seen == 0);
    }
}

static void check_group(const cluster *c, uint32_t group)
{
    const instance_index *ix = c->index;
    uint64_t tasks = 0, places = 0, tasks_held = 0, places_held = 0;
    for (uint32_t i = 0; i < c->count; i++) {
        uint32_t n = cluster_group_on_instance(c, group, i);
        tasks += n;
        places += n > 0;
    }
    for (uint32_t k = 0; ix->groups[group].places && k < ix->class_count; k++) {
        tasks_held += ix->groups[group].places[k].tasks;
        places_held += ix->groups[group].places[k].positions;
    }
    CHECK(tasks == tasks_held && places == places_held);
}

void instance_index_check(const cluster *c)
{
    if (c->index->stale) return;
    for (uint32_t k = 0; k < c->index->class_count; k++)
        check_class(c, k);
    for (uint32_t g = 0; g < c->index->group_count; g++)
        if (c->index->groups[g].tracked) check_group(c, g);
}
