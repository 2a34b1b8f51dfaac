#include "models/ec2/mixed_instances.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <math.h>
#include <stdlib.h>

int64_t mixed_on_demand(const mixed_instances_config *m, int64_t total)
{
    if (total <= m->on_demand_base) return total;
    const int64_t above = total - m->on_demand_base;
    return m->on_demand_base + (above * m->on_demand_percent + 99) / 100;
}

uint32_t mixed_pool_count(uint32_t type_count, uint32_t zone_count)
{
    return type_count * zone_count;
}

uint32_t mixed_kind_count(uint32_t type_count, uint32_t zone_count)
{
    return type_count == 0 ? 1 : type_count + mixed_pool_count(type_count, zone_count);
}

/* ---- What there is ---- */

mixed_use mixed_use_create(const model_config *cfg)
{
    return (mixed_use){.cfg = cfg,
                       .own = memory_alloc(cfg->group_count + 1, sizeof(uint32_t)),
                       .risky = memory_alloc(cfg->group_count + 1, sizeof(uint32_t)),
                       .taken = memory_alloc(cfg->spot_pool_count + 1, sizeof(int64_t))};
}

void mixed_use_finish(mixed_use *u)
{
    free(u->own);
    free(u->risky);
    free(u->taken);
}

void mixed_use_count(mixed_use *u, uint32_t group, int by)
{
    const uint32_t from = u->cfg->groups[group].spot_pool;
    CHECK(by == 1 || (by == -1 && u->own[group] > 0));
    u->own[group] += (uint32_t)by;
    if (from) u->taken[from - 1] += by;
}

int64_t mixed_spare(const mixed_use *u, uint32_t group)
{
    const uint32_t from = u->cfg->groups[group].spot_pool;
    if (!from || u->cfg->spot_pools[from - 1].capacity == INT64_MAX) return INT64_MAX;
    return u->cfg->spot_pools[from - 1].capacity - u->taken[from - 1];
}

/* ---- Choices ---- */

/* Without a price: dearer than any. */
static double price_of(const mixed_use *u, uint32_t group)
{
    const double price = u->cfg->groups[group].price_usd_per_hour;
    return isnan(price) ? INFINITY : price;
}

static uint32_t choose_on_demand(const mixed_use *u, const auto_scaling_group_config *a)
{
    uint32_t best = a->instances;
    for (uint32_t t = 1; a->mixed.on_demand == ON_DEMAND_LOWEST_PRICE && t < a->mixed.type_count;
         t++)
        if (price_of(u, a->instances + t) < price_of(u, best)) best = a->instances + t;
    return best;
}

typedef struct {
    uint32_t group;
    double price;
    int64_t spare;
    bool risky;
} offer;

/* Is a the better one? Of a tie the first type. */
static bool is_better(spot_strategy strategy, const offer *a, const offer *b, int64_t request)
{
    if (a->risky != b->risky) return b->risky;
    if (strategy == SPOT_CAPACITY_OPTIMIZED) return a->spare > b->spare;
    const bool enough = a->spare >= request, enough_there = b->spare >= request;
    if (strategy == SPOT_PRICE_CAPACITY_OPTIMIZED && enough != enough_there) return enough;
    return a->price < b->price;
}

/* The zone's pools with capacity within the price, best first. */
static uint32_t list_offers(const mixed_use *u, const auto_scaling_group_config *a, uint32_t zone,
                            int64_t request, offer *offers)
{
    const uint32_t zones = u->cfg->groups[a->instances].zone_count;
    uint32_t count = 0;
    CHECK(a->mixed.type_count <= MIXED_TYPES_MAX);
    for (uint32_t t = 0; t < a->mixed.type_count; t++) {
        const uint32_t group = a->instances + a->mixed.type_count + t * zones + zone;
        const offer mine = {group, price_of(u, group), mixed_spare(u, group), u->risky[group] > 0};
        const double most = isnan(a->mixed.max_price_usd_per_hour)
                                ? price_of(u, a->instances + t)
                                : a->mixed.max_price_usd_per_hour;
        if (mine.spare <= 0 || mine.price > most) continue;
        uint32_t at = count++;
        for (; at > 0 && is_better(a->mixed.spot, &mine, &offers[at - 1], request); at--)
            offers[at] = offers[at - 1];
        offers[at] = mine;
    }
    return count;
}

uint32_t mixed_choose(const mixed_use *u, const auto_scaling_group_config *a, bool spot,
                      uint32_t zone, int64_t request)
{
    offer offers[MIXED_TYPES_MAX];
    if (a->mixed.type_count == 0) return a->instances;
    if (!spot) return choose_on_demand(u, a);
    uint32_t count = list_offers(u, a, zone, request, offers), best = 0;
    if (count == 0) return NO_INDEX;
    if (a->mixed.spot != SPOT_LOWEST_PRICE) return offers[0].group;
    if (count > a->mixed.spot_pools) count = a->mixed.spot_pools;
    for (uint32_t i = 1; i < count; i++)
        if (offers[i].risky == offers[best].risky &&
            u->own[offers[i].group] < u->own[offers[best].group])
            best = i;
    return offers[best].group;
}

double mixed_misfit(const mixed_use *u, const auto_scaling_group_config *a, uint32_t group)
{
    if (a->mixed.type_count == 0) return 0;
    if (!u->cfg->groups[group].spot)
        return a->mixed.on_demand == ON_DEMAND_LOWEST_PRICE ? price_of(u, group)
                                                            : (double)(group - a->instances);
    return a->mixed.spot == SPOT_CAPACITY_OPTIMIZED ? -(double)mixed_spare(u, group)
                                                    : price_of(u, group);
}

uint32_t mixed_launch_zone(const uint32_t *instances, const bool *refused, uint32_t zone_count)
{
    uint32_t best = zone_count;
    for (uint32_t z = 0; z < zone_count; z++)
        if (!refused[z] && (best == zone_count || instances[z] < instances[best])) best = z;
    return best;
}

/* ---- t = 0 ---- */

/* False: no zone has capacity. */
static bool start_one(const mixed_use *u, const auto_scaling_group_config *a,
                      const uint32_t *in_zone, bool *refused, bool spot, int64_t request,
                      starting_instance *out)
{
    const uint32_t zones = u->cfg->groups[a->instances].zone_count;
    for (uint32_t z = 0; z < zones; z++)
        refused[z] = false;
    for (;;) {
        out->zone = mixed_launch_zone(in_zone, refused, zones);
        if (out->zone == zones) return false;
        out->group = mixed_choose(u, a, spot, out->zone, request);
        if (out->group != NO_INDEX) return true;
        refused[out->zone] = true;
    }
}

bool mixed_start(mixed_use *u, const auto_scaling_group_config *a, uint32_t count,
                 starting_instance *start, uint32_t *lacking)
{
    const uint32_t zones = u->cfg->groups[a->instances].zone_count;
    uint32_t *in_zone = memory_alloc(zones, sizeof *in_zone), done = 0;
    bool *refused = memory_alloc(zones, sizeof *refused);
    const int64_t on_demand = mixed_on_demand(&a->mixed, count);
    while (done < count &&
           start_one(u, a, in_zone, refused, done >= on_demand, count - done, &start[done])) {
        in_zone[start[done].zone]++;
        mixed_use_count(u, start[done].group, 1);
        done++;
    }
    free(in_zone);
    free(refused);
    *lacking = count - done;
    return done == count;
}
