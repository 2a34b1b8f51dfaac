#define _DEFAULT_SOURCE /* madvise */
#include "models/ecs/cluster.h"
#include "models/ecs/cluster_state.h"
#include "models/ecs/instance_index.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

cluster *cluster_create(names *t, const control_plane_config *control, bool scan)
{
    cluster *c = memory_alloc(1, sizeof *c);
    c->names = t;
    c->control = control;
    if (!scan) c->index = instance_index_create();
    c->builtin.zone = names_intern(t, "ecs.availability-zone");
    c->builtin.type = names_intern(t, "ecs.instance-type");
    c->builtin.os_type = names_intern(t, "ecs.os-type");
    c->builtin.os_family = names_intern(t, "ecs.os-family");
    c->builtin.architecture = names_intern(t, "ecs.cpu-architecture");
    return c;
}

void cluster_destroy(cluster *c)
{
    if (!c) return;
    instance_index_destroy(c->index);
    for (uint32_t i = 0; i < c->count; i++) {
        free(c->records[i].ports);
        if (c->records[i].group_capacity) free(c->records[i].groups.many);
    }
    for (uint32_t k = 0; k < c->kind_count; k++) {
        free(c->kinds[k].attributes);
        free(c->kinds[k].zones);
    }
    free(c->records);
    free(c->ranked);
    free(c->kinds);
    free(c->groups);
    free(c->group_of_name);
    free(c->candidates);
    free(c->picks);
    free(c->value_count);
    free(c);
}

void cluster_set_clock(cluster *c, int64_t start_unix_us)
{
    c->start_unix_us = start_unix_us;
}

/* ---- Instances ---- */

static int by_attribute_name(const void *a, const void *b)
{
    name_id x = ((const instance_attribute *)a)->name, y = ((const instance_attribute *)b)->name;
    return (x > y) - (x < y);
}

static void add_attribute(instance_kind *k, name_id name, name_id value)
{
    for (uint32_t i = 0; i < k->attribute_count; i++)
        if (k->attributes[i].name == name) return; /* the group's own come first */
    k->attributes[k->attribute_count++] = (instance_attribute){name, value};
}

static void fill_kind(cluster *c, instance_kind *k, const instance_group_config *g)
{
    CHECK(g->zone_count > 0);
    k->config = g;
    k->zones = memory_alloc(g->zone_count, sizeof *k->zones);
    for (uint32_t z = 0; z < g->zone_count; z++)
        k->zones[z] = names_intern(c->names, g->zones[z]);
    k->attributes = memory_alloc(g->attribute_count + 4, sizeof *k->attributes);
    for (uint32_t i = 0; i < g->attribute_count; i++) {
        name_id name = names_intern(c->names, g->attributes[i].name);
        if (name != c->builtin.zone)
            add_attribute(k, name, names_intern(c->names, g->attributes[i].value));
    }
    if (g->instance_type && *g->instance_type)
        add_attribute(k, c->builtin.type, names_intern(c->names, g->instance_type));
    add_attribute(k, c->builtin.os_type, names_intern(c->names, g->windows ? "windows" : "linux"));
    if (!g->windows) add_attribute(k, c->builtin.os_family, names_intern(c->names, "LINUX"));
    if (g->architecture != ARCH_ANY)
        add_attribute(k, c->builtin.architecture,
                      names_intern(c->names, g->architecture == ARCH_ARM64 ? "arm64" : "x86_64"));
    qsort(k->attributes, k->attribute_count, sizeof *k->attributes, by_attribute_name);
}

static void need_kind(cluster *c, const instance_group_config *g, uint32_t group_index)
{
    if (group_index >= c->kind_count) {
        c->kinds = memory_resize(c->kinds, group_index + 1, sizeof *c->kinds);
        memset(c->kinds + c->kind_count, 0, (group_index + 1 - c->kind_count) * sizeof *c->kinds);
        c->kind_count = group_index + 1;
    }
    if (!c->kinds[group_index].config) fill_kind(c, &c->kinds[group_index], g);
    CHECK(c->kinds[group_index].config == g);
}

static int by_key(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* E4: the agent's own ports, without repetitions. */
static void fill_ports(instance_record *r, const instance_group_config *g)
{
    uint32_t n = g->reserved_port_count + g->reserved_udp_port_count;
    r->ports = memory_alloc(n + 1, sizeof *r->ports);
    r->port_capacity = n + 1;
    for (uint32_t i = 0; i < g->reserved_port_count; i++)
        r->ports[i] = port_key(PROTOCOL_TCP, g->reserved_ports[i]);
    for (uint32_t i = 0; i < g->reserved_udp_port_count; i++)
        r->ports[g->reserved_port_count + i] = port_key(PROTOCOL_UDP, g->reserved_udp_ports[i]);
    qsort(r->ports, n, sizeof *r->ports, by_key);
    for (uint32_t i = 0; i < n; i++)
        if (r->port_count == 0 || r->ports[r->port_count - 1] != r->ports[i])
            r->ports[r->port_count++] = r->ports[i];
}

#define RECORD_ALIGNMENT 64u               /* a line of the cache */
#define HUGE_PAGE        ((size_t)2 << 20) /* asked for where records fill several */

static void grow_records(cluster *c)
{
    c->capacity = c->capacity ? 2 * c->capacity : 16;
    size_t size = (c->capacity * sizeof *c->records + RECORD_ALIGNMENT - 1) / RECORD_ALIGNMENT *
                  RECORD_ALIGNMENT;
    bool huge = size >= 4 * HUGE_PAGE;
    if (huge) size = (size + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    instance_record *grown = aligned_alloc(huge ? HUGE_PAGE : RECORD_ALIGNMENT, size);
    CHECK(grown != NULL);
#ifdef MADV_HUGEPAGE
    if (huge) (void)madvise(grown, size, MADV_HUGEPAGE); /* a hint: refusal changes nothing */
#endif
    if (c->count > 0) memcpy(grown, c->records, c->count * sizeof *grown);
    free(c->records);
    c->records = grown;
}

uint32_t cluster_add(cluster *c, const instance_group_config *group, uint32_t group_index,
                     uint32_t position)
{
    need_kind(c, group, group_index);
    if (c->count == c->capacity) grow_records(c);
    instance_record *r = &c->records[c->count];
    *r = (instance_record){
        .seen = {.group = group,
                 .group_index = group_index,
                 .rank = NO_INDEX,
                 .zone = c->kinds[group_index].zones[position % group->zone_count],
                 .status = INSTANCE_REGISTERING,
                 .registered_us = SIM_NEVER,
                 .cpu_registered = group->cpu_units,
                 .memory_registered = group->memory_mib,
                 .gpu_registered = group->gpu_count,
                 .eni_slots = group->awsvpc_tasks},
        .class = NO_INDEX,
    };
    fill_ports(r, group);
    return c->count++;
}

static void add_to_totals(cluster *c, const instance *i, int sign)
{
    c->totals.instances += (uint32_t)sign;
    if (i->holding_count == 0) c->totals.empty += (uint32_t)sign;
    c->totals.cpu_registered += sign * i->cpu_registered;
    c->totals.cpu_reserved += sign * i->cpu_reserved;
    c->totals.memory_registered += sign * i->memory_registered;
    c->totals.memory_reserved += sign * i->memory_reserved;
}

/* E81: by (registration time, number). Time does not go back, so only instances of this same
 * instant may stand behind. Returns the rank. */
static uint32_t insert_rank(cluster *c, uint32_t index, sim_time now_us)
{
    if (c->ranked_count == c->ranked_capacity) {
        c->ranked_capacity = c->ranked_capacity ? 2 * c->ranked_capacity : 16;
        c->ranked = memory_resize(c->ranked, c->ranked_capacity, sizeof *c->ranked);
    }
    uint32_t rank = c->ranked_count++;
    while (rank > 0) {
        uint32_t before = c->ranked[rank - 1];
        CHECK(c->records[before].seen.registered_us <= now_us);
        if (c->records[before].seen.registered_us < now_us || before < index) break;
        c->ranked[rank] = before;
        c->records[before].seen.rank = rank;
        rank--;
    }
    c->ranked[rank] = index;
    return rank;
}

void cluster_register(cluster *c, uint32_t index, sim_time now_us)
{
    CHECK(index < c->count);
    instance *i = &c->records[index].seen;
    CHECK(i->status == INSTANCE_REGISTERING);
    i->rank = insert_rank(c, index, now_us);
    i->registered_us = now_us;
    i->status = i->group->status == INSTANCE_DRAINING ? INSTANCE_DRAINING : INSTANCE_ACTIVE;
    i->connected = i->group->agent_connected;
    add_to_totals(c, i, 1);
    if (c->index) instance_index_registered(c, index, i->rank + 1 < c->ranked_count);
    c->version++;
}

void cluster_set_status(cluster *c, uint32_t index, instance_status status)
{
    CHECK(index < c->count && status != INSTANCE_REGISTERING);
    instance *i = &c->records[index].seen;
    if (i->status == status) return;
    CHECK(i->status != INSTANCE_INACTIVE); /* for good (E12) */
    if (i->status == INSTANCE_REGISTERING) {
        CHECK(status == INSTANCE_INACTIVE); /* never came */
        i->status = status;
        return;
    }
    if (status == INSTANCE_INACTIVE) add_to_totals(c, i, -1);
    i->status = status;
    if (c->index) instance_index_changed(c, index, status == INSTANCE_ACTIVE);
    c->version++;
}

void cluster_set_connected(cluster *c, uint32_t index, bool connected)
{
    CHECK(index < c->count);
    instance *i = &c->records[index].seen;
    if (i->connected == connected) return;
    i->connected = connected;
    if (c->index) instance_index_changed(c, index, connected);
    c->version++;
}

uint32_t cluster_instance_count(const cluster *c)
{
    return c->count;
}

const instance *cluster_instance(const cluster *c, uint32_t index)
{
    CHECK(index < c->count);
    return &c->records[index].seen;
}

bool cluster_attribute(const cluster *c, uint32_t index, name_id name, name_id *value)
{
    const instance_record *r = &c->records[index];
    *value = 0;
    if (name == c->builtin.zone) {
        *value = r->seen.zone;
        return true;
    }
    const instance_kind *k = &c->kinds[r->seen.group_index];
    for (uint32_t i = 0; i < k->attribute_count; i++) {
        if (k->attributes[i].name != name) continue;
        *value = k->attributes[i].value;
        return true;
    }
    return false;
}

const cluster_totals *cluster_get_totals(const cluster *c)
{
    return &c->totals;
}

uint64_t cluster_version(const cluster *c)
{
    return c->version;
}

/* ---- Groups ---- */

uint32_t cluster_group(cluster *c, const char *name)
{
    name_id id = names_intern(c->names, name);
    if (id >= c->group_of_name_count) {
        uint32_t n = 2 * id + 16;
        c->group_of_name = memory_resize(c->group_of_name, n, sizeof *c->group_of_name);
        memset(c->group_of_name + c->group_of_name_count, 0,
               (n - c->group_of_name_count) * sizeof *c->group_of_name);
        c->group_of_name_count = n;
    }
    if (c->group_of_name[id] == 0) {
        if (c->group_count == c->group_capacity) {
            c->group_capacity = c->group_capacity ? 2 * c->group_capacity : 16;
            c->groups = memory_resize(c->groups, c->group_capacity, sizeof *c->groups);
        }
        c->groups[c->group_count++] = id;
        c->group_of_name[id] = c->group_count;
    }
    return c->group_of_name[id] - 1;
}

uint32_t cluster_group_on_instance(const cluster *c, uint32_t group, uint32_t index)
{
    const instance_record *r = &c->records[index];
    const group_count *groups = record_groups(r);
    for (uint32_t i = 0; i < r->group_count; i++)
        if (groups[i].group == group) return groups[i].count;
    return 0;
}

/* One more, with no task yet. */
static group_count *add_group(instance_record *r, uint32_t group)
{
    uint32_t room = r->group_capacity ? r->group_capacity : GROUPS_INLINE;
    if (r->group_count == room) {
        group_count *many = memory_alloc(2 * room, sizeof *many);
        memcpy(many, record_groups(r), room * sizeof *many);
        if (r->group_capacity) free(r->groups.many);
        r->groups.many = many;
        r->group_capacity = 2 * room;
    }
    group_count *added = (r->group_capacity ? r->groups.many : r->groups.few) + r->group_count++;
    *added = (group_count){group, 0};
    return added;
}

static void change_group(cluster *c, uint32_t index, uint32_t group, int change)
{
    instance_record *r = &c->records[index];
    group_count *groups = r->group_capacity ? r->groups.many : r->groups.few, *mine = groups;
    while (mine < groups + r->group_count && mine->group != group)
        mine++;
    if (mine == groups + r->group_count) {
        CHECK(change > 0);
        mine = add_group(r, group);
    }
    uint32_t before = mine->count, after = before + (uint32_t)change;
    mine->count = after;
    if (after == 0) *mine = record_groups(r)[--r->group_count];
    if (c->index) instance_index_counted(c, index, group, before, after);
}

void cluster_count_task(cluster *c, uint32_t index, uint32_t group, uint32_t spread_group,
                        int change)
{
    instance_record *r = &c->records[index];
    CHECK(change > 0 || r->seen.running_count > 0);
    r->seen.running_count += (uint32_t)change;
    change_group(c, index, group, change);
    if (spread_group != group) change_group(c, index, spread_group, change);
    if (c->index && change < 0) instance_index_gained(c, index);
    c->version++;
}

const uint32_t *cluster_count_by_value(cluster *c, uint32_t group, name_id attribute)
{
    uint32_t n = names_count(c->names);
    if (n > c->value_capacity) {
        c->value_capacity = 2 * n;
        c->value_count = memory_resize(c->value_count, c->value_capacity, sizeof *c->value_count);
    }
    memset(c->value_count, 0, n * sizeof *c->value_count);
    if (c->index && instance_index_count_by_value(c, group, attribute, c->value_count))
        return c->value_count;
    for (uint32_t i = 0; i < c->count; i++) {
        uint32_t tasks = cluster_group_on_instance(c, group, i);
        name_id value;
        if (tasks == 0) continue;
        cluster_attribute(c, i, attribute, &value);
        c->value_count[value] += tasks;
    }
    return c->value_count;
}

/* ---- Resources ---- */

/* Where the key stands, or would. */
static uint32_t port_position(const instance_record *r, uint32_t key)
{
    uint32_t low = 0, high = r->port_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (r->ports[middle] < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool record_uses_port(const instance_record *r, uint32_t key)
{
    uint32_t at = port_position(r, key);
    return at < r->port_count && r->ports[at] == key;
}

static void take_port(instance_record *r, uint32_t key)
{
    uint32_t at = port_position(r, key);
    CHECK(at == r->port_count || r->ports[at] != key);
    if (r->port_count == r->port_capacity) {
        r->port_capacity *= 2;
        r->ports = memory_resize(r->ports, r->port_capacity, sizeof *r->ports);
    }
    memmove(r->ports + at + 1, r->ports + at, (r->port_count - at) * sizeof *r->ports);
    r->ports[at] = key;
    r->port_count++;
}

static void give_port(instance_record *r, uint32_t key)
{
    uint32_t at = port_position(r, key);
    CHECK(at < r->port_count && r->ports[at] == key);
    r->port_count--;
    memmove(r->ports + at, r->ports + at + 1, (r->port_count - at) * sizeof *r->ports);
}

static void change_reserved(cluster *c, instance *i, const task_needs *needs, int sign)
{
    bool was_empty = i->holding_count == 0;
    CHECK(sign > 0 || i->holding_count > 0);
    i->holding_count += (uint32_t)sign;
    i->cpu_reserved += sign * needs->cpu_units;
    i->memory_reserved += sign * needs->memory_mib;
    i->gpu_reserved += sign * needs->gpu_count;
    i->eni_reserved += sign * needs->eni;
    CHECK(i->cpu_reserved >= 0 && i->cpu_reserved <= i->cpu_registered);
    CHECK(i->memory_reserved >= 0 && i->memory_reserved <= i->memory_registered);
    c->version++;
    if (!instance_is_registered(i)) return;
    c->totals.cpu_reserved += sign * needs->cpu_units;
    c->totals.memory_reserved += sign * needs->memory_mib;
    if (was_empty) c->totals.empty--;
    if (i->holding_count == 0) c->totals.empty++;
}

void cluster_reserve(cluster *c, uint32_t index, const task_needs *needs, const uint32_t *ports,
                     uint32_t port_count)
{
    instance_record *r = &c->records[index];
    change_reserved(c, &r->seen, needs, 1);
    for (uint32_t i = 0; i < port_count; i++)
        take_port(r, ports[i]);
    if (c->index) instance_index_changed(c, index, false);
}

void cluster_release(cluster *c, uint32_t index, const task_needs *needs, const uint32_t *ports,
                     uint32_t port_count)
{
    instance_record *r = &c->records[index];
    change_reserved(c, &r->seen, needs, -1);
    for (uint32_t i = 0; i < port_count; i++)
        give_port(r, ports[i]);
    if (c->index) instance_index_changed(c, index, true);
}

/* ---- Invariants (numbers: cluster_state.h) ---- */

static void check_record(const instance_record *r)
{
    const instance *i = &r->seen;
    CHECK(i->cpu_reserved >= 0 && i->cpu_reserved <= i->cpu_registered); /* (1) */
    CHECK(i->memory_reserved >= 0 && i->memory_reserved <= i->memory_registered);
    CHECK(i->gpu_reserved >= 0 && i->gpu_reserved <= i->gpu_registered);
    CHECK(i->eni_reserved >= 0 && i->eni_reserved <= i->eni_slots);
    if (i->holding_count == 0) /* (2) */
        CHECK(i->cpu_reserved == 0 && i->memory_reserved == 0 && i->gpu_reserved == 0 &&
              i->eni_reserved == 0);
    const group_count *groups = record_groups(r);
    uint64_t counted = 0; /* (4) */
    for (uint32_t a = 0; a < r->group_count; a++) {
        CHECK(groups[a].count > 0);
        counted += groups[a].count;
        for (uint32_t b = 0; b < a; b++)
            CHECK(groups[a].group != groups[b].group);
    }
    CHECK(counted >= i->running_count && counted <= 2 * (uint64_t)i->running_count);
    for (uint32_t p = 1; p < r->port_count; p++)
        CHECK(r->ports[p - 1] < r->ports[p]); /* (5) */
}

static void check_totals(const cluster *c)
{
    cluster copy = {.totals = {0}};
    for (uint32_t i = 0; i < c->count; i++)
        if (instance_is_registered(&c->records[i].seen))
            add_to_totals(&copy, &c->records[i].seen, 1);
    CHECK(memcmp(&copy.totals, &c->totals, sizeof copy.totals) == 0); /* (6) */
}

void cluster_check(const cluster *c)
{
    for (uint32_t i = 0; i < c->count; i++)
        check_record(&c->records[i]);
    for (uint32_t k = 0; k < c->ranked_count; k++) { /* (3) */
        const instance *i = &c->records[c->ranked[k]].seen;
        CHECK(i->rank == k);
        if (k == 0) continue;
        const instance *before = &c->records[c->ranked[k - 1]].seen;
        CHECK(before->registered_us < i->registered_us ||
              (before->registered_us == i->registered_us && c->ranked[k - 1] < c->ranked[k]));
    }
    check_totals(c);
    if (c->index) instance_index_check(c); /* (7) */
}
