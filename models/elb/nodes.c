#include "models/elb/nodes.h"
#include "models/phase.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <stdlib.h>

typedef struct {
    nodes *owner;
    uint32_t load_balancer;
    name_id name;
    uint32_t unwanted; /* groups that want it withdrawn */
    bool impaired;
    bool listed; /* by DNS */
    bool used;   /* by clients: listed a TTL ago */
} zone_node;

typedef struct {
    name_id name;
    bool every_zone;
    bool unsettled;
    zone_node **zones; /* each of its own, as events point there */
    uint32_t count, room;
} balancer;

struct nodes {
    engine *eng;
    notifier *notifier;
    name_id in_dns, withdrawn;
    sim_time ttl_us;
    nodes_entry_changed *changed;
    void *context;
    balancer *balancers;
    uint32_t balancer_count;
    uint32_t *unsettled;
    uint32_t unsettled_count;
};

/* A zone that comes later is listed at once: nobody knows of it yet. */
static uint32_t add_zone(nodes *n, uint32_t load_balancer, name_id zone)
{
    balancer *b = &n->balancers[load_balancer];
    for (uint32_t z = 0; z < b->count; z++)
        if (b->zones[z]->name == zone) return z;
    if (b->count == b->room) {
        b->room = b->room ? 2 * b->room : 4;
        b->zones = memory_resize(b->zones, b->room, sizeof *b->zones);
    }
    zone_node *z = memory_alloc(1, sizeof *z);
    *z = (zone_node){
        .owner = n, .load_balancer = load_balancer, .name = zone, .listed = true, .used = true};
    b->zones[b->count] = z;
    return b->count++;
}

static void add_every_zone(nodes *n, uint32_t b, const model_config *cfg, names *t)
{
    for (uint32_t g = 0; g < cfg->group_count; g++)
        for (uint32_t z = 0; z < cfg->groups[g].zone_count; z++)
            add_zone(n, b, names_intern(t, cfg->groups[g].zones[z]));
    for (uint32_t s = 0; s < cfg->service_count; s++)
        for (uint32_t z = 0; z < cfg->services[s].zone_count; z++)
            add_zone(n, b, names_intern(t, cfg->services[s].zones[z]));
}

nodes *nodes_create(const model_config *cfg, engine *eng, names *t, notifier *told,
                    nodes_entry_changed *changed, void *context)
{
    nodes *n = memory_alloc(1, sizeof *n);
    *n = (nodes){
        .eng = eng,
        .notifier = told,
        .in_dns = names_intern(t, "inDns"),
        .withdrawn = names_intern(t, "withdrawn"),
        .ttl_us = cfg->control.dns_ttl_us,
        .changed = changed,
        .context = context,
        .balancer_count = cfg->load_balancer_count,
    };
    n->balancers = memory_alloc((size_t)n->balancer_count + 1, sizeof *n->balancers);
    n->unsettled = memory_alloc((size_t)n->balancer_count + 1, sizeof *n->unsettled);
    for (uint32_t i = 0; i < n->balancer_count; i++) {
        const load_balancer_config *config = &cfg->load_balancers[i];
        balancer *b = &n->balancers[i];
        b->name = names_intern(t, config->name);
        b->every_zone = config->zone_count == 0;
        for (uint32_t z = 0; z < config->zone_count; z++)
            add_zone(n, i, names_intern(t, config->zones[z]));
        if (b->every_zone) add_every_zone(n, i, cfg, t);
    }
    return n;
}

void nodes_destroy(nodes *n)
{
    if (!n) return;
    for (uint32_t b = 0; b < n->balancer_count; b++) {
        for (uint32_t z = 0; z < n->balancers[b].count; z++)
            free(n->balancers[b].zones[z]);
        free(n->balancers[b].zones);
    }
    free(n->balancers);
    free(n->unsettled);
    free(n);
}

static balancer *balancer_at(const nodes *n, uint32_t load_balancer)
{
    CHECK(load_balancer < n->balancer_count);
    return &n->balancers[load_balancer];
}

static zone_node *zone_at(const nodes *n, uint32_t load_balancer, uint32_t zone)
{
    balancer *b = balancer_at(n, load_balancer);
    CHECK(zone < b->count);
    return b->zones[zone];
}

uint32_t nodes_count(const nodes *n, uint32_t load_balancer)
{
    return balancer_at(n, load_balancer)->count;
}

static void unsettle(nodes *n, uint32_t load_balancer)
{
    balancer *b = balancer_at(n, load_balancer);
    if (!b->unsettled) n->unsettled[n->unsettled_count++] = load_balancer;
    b->unsettled = true;
}

uint32_t nodes_find(nodes *n, uint32_t load_balancer, name_id zone)
{
    balancer *b = balancer_at(n, load_balancer);
    for (uint32_t z = 0; z < b->count; z++)
        if (b->zones[z]->name == zone) return z;
    if (!b->every_zone) return NO_INDEX;
    const uint32_t added = add_zone(n, load_balancer, zone);
    n->changed(n->context, load_balancer);
    return added;
}

void nodes_want_withdrawn(nodes *n, uint32_t load_balancer, uint32_t zone, bool withdrawn)
{
    zone_node *z = zone_at(n, load_balancer, zone);
    CHECK(withdrawn || z->unwanted > 0);
    if (withdrawn)
        z->unwanted++;
    else
        z->unwanted--;
    unsettle(n, load_balancer);
}

bool nodes_impair(nodes *n, name_id zone, bool impaired)
{
    bool any = false;
    for (uint32_t b = 0; b < n->balancer_count; b++)
        for (uint32_t z = 0; z < n->balancers[b].count; z++) {
            if (n->balancers[b].zones[z]->name != zone) continue;
            n->balancers[b].zones[z]->impaired = impaired;
            unsettle(n, b);
            n->changed(n->context, b);
            any = true;
        }
    return any;
}

/* ---- DNS ---- */

static void turn(zone_node *z)
{
    z->used = !z->used;
    z->owner->changed(z->owner->context, z->load_balancer);
}

/* What DNS changed a TTL ago reaches the clients; its changes alternate. */
static void ttl_over(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    (void)context;
    turn((zone_node *)(uintptr_t)subject);
}

static void set_listed(nodes *n, balancer *b, zone_node *z, bool listed)
{
    if (z->listed == listed) return;
    z->listed = listed;
    model_event ev = {.kind = EVENT_LOAD_BALANCER_ZONE,
                      .cell = {b->name, z->name, listed ? n->in_dns : n->withdrawn}};
    notify_event(n->notifier, &ev);
    if (n->ttl_us > 0)
        engine_schedule(n->eng, engine_now(n->eng) + n->ttl_us, PHASE_DURATION, ttl_over,
                        (uint64_t)(uintptr_t)z);
    else
        turn(z);
}

static bool is_wanted(const zone_node *z)
{
    return !z->impaired && z->unwanted == 0;
}

static int by_index(const void *a, const void *b)
{
    const uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

void nodes_settle(nodes *n)
{
    if (n->unsettled_count > 1)
        qsort(n->unsettled, n->unsettled_count, sizeof *n->unsettled, by_index);
    for (uint32_t i = 0; i < n->unsettled_count; i++) {
        balancer *b = &n->balancers[n->unsettled[i]];
        uint32_t wanted = 0;
        b->unsettled = false;
        for (uint32_t z = 0; z < b->count; z++)
            wanted += is_wanted(b->zones[z]);
        for (uint32_t z = 0; z < b->count; z++)
            set_listed(n, b, b->zones[z], wanted == 0 || is_wanted(b->zones[z]));
    }
    n->unsettled_count = 0;
}

/* ---- clients ---- */

/* Those that they use; if none (a change of all zones is under way), all (L55). */
static uint32_t count_used(const balancer *b)
{
    uint32_t used = 0;
    for (uint32_t z = 0; z < b->count; z++)
        used += b->zones[z]->used;
    return used;
}

static bool is_used(const zone_node *z, uint32_t used)
{
    return used == 0 || z->used;
}

double nodes_entering(const nodes *n, uint32_t load_balancer, uint32_t zone)
{
    const balancer *b = balancer_at(n, load_balancer);
    const zone_node *z = zone_at(n, load_balancer, zone);
    const uint32_t used = count_used(b);
    if (z->impaired || !is_used(z, used)) return 0;
    return 1 / (double)(used > 0 ? used : b->count);
}

double nodes_unreachable(const nodes *n, uint32_t load_balancer)
{
    const balancer *b = balancer_at(n, load_balancer);
    const uint32_t used = count_used(b);
    uint32_t dark = 0;
    for (uint32_t z = 0; z < b->count; z++)
        dark += b->zones[z]->impaired && is_used(b->zones[z], used);
    return dark > 0 ? dark / (double)(used > 0 ? used : b->count) : 0;
}
