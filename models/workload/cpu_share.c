#include "models/workload/cpu_share.h"

double cpu_share_weight(int64_t cpu_units)
{
    if (cpu_units < 2) return 2;
    return cpu_units > 262144 ? 262144 : (double)cpu_units;
}

double cpu_share_windows_cap(int64_t cpu_units)
{
    return cpu_units > 0 ? (double)cpu_units : 10.24;
}

static double wanted(const cpu_claim *c)
{
    return c->demand < c->cap ? c->demand : c->cap;
}

/* What the claims of one round leave to the others. */
typedef struct {
    double left, weight;
} rest;

/* Everybody open who wants at most its share of the rest gets that. True if there was one. */
static bool satisfy(cpu_claim *claims, uint32_t count, rest *r)
{
    const rest at_first = *r;
    bool any = false;
    for (uint32_t i = 0; i < count; i++) {
        cpu_claim *c = &claims[i];
        if (c->settled || wanted(c) * at_first.weight > at_first.left * c->weight) continue;
        c->given = wanted(c);
        c->settled = any = true;
        r->left -= c->given;
        r->weight -= c->weight;
    }
    if (r->left < 0) r->left = 0; /* the last digit of a sum */
    return any;
}

/* Weighted max-min fairness among the claims that are not settled. */
static void fill(cpu_claim *claims, uint32_t count, double capacity)
{
    rest r = {capacity, 0};
    for (uint32_t i = 0; i < count; i++)
        if (!claims[i].settled) r.weight += claims[i].weight;
    while (r.weight > 0 && satisfy(claims, count, &r)) {
    }
    for (uint32_t i = 0; i < count && r.weight > 0; i++)
        if (!claims[i].settled) claims[i].given = r.left * claims[i].weight / r.weight;
}

static double wanted_by(const cpu_claim *claims, const cpu_group *g)
{
    double sum = 0;
    for (uint32_t i = 0; i < g->count; i++)
        sum += wanted(&claims[g->first + i]);
    return sum;
}

static double given_to(const cpu_claim *claims, const cpu_group *g)
{
    double sum = 0;
    for (uint32_t i = 0; i < g->count; i++)
        sum += claims[g->first + i].given;
    return sum;
}

static void open_claims(cpu_claim *claims, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        claims[i].settled = false;
}

/* A group above its ceiling divides just that among its own. True if it is. */
static bool cap_group(cpu_claim *claims, cpu_group *g)
{
    if (g->capped || !(given_to(claims, g) > g->ceiling)) return false;
    g->capped = true;
    open_claims(claims + g->first, g->count);
    fill(claims + g->first, g->count, g->ceiling);
    return true;
}

static uint32_t claim_count(const cpu_group *groups, uint32_t group_count)
{
    return group_count > 0 ? groups[group_count - 1].first + groups[group_count - 1].count : 0;
}

/* Groups above their ceilings leave the round, and the others divide the rest anew: as their level
 * only rises, who was above stays above. */
static void divide(cpu_claim *claims, cpu_group *groups, uint32_t group_count, double capacity)
{
    const uint32_t count = claim_count(groups, group_count);
    double left = capacity;
    for (uint32_t g = 0; g < group_count; g++)
        groups[g].capped = false;
    for (bool again = true; again;) {
        again = false;
        for (uint32_t g = 0; g < group_count; g++)
            for (uint32_t i = 0; i < groups[g].count; i++)
                claims[groups[g].first + i].settled = groups[g].capped;
        fill(claims, count, left);
        for (uint32_t g = 0; g < group_count; g++) {
            if (!cap_group(claims, &groups[g])) continue;
            left -= groups[g].ceiling;
            again = true;
        }
    }
}

/* ---- reach ---- */

/* What the claim gets of `capacity` if it wants all and nobody else of `count` is pushed back by that;
 * negative if somebody is. `total` is wanted by all. */
static double unhindered(const cpu_claim *claims, uint32_t count, uint32_t of, double total,
                         double capacity)
{
    const double reach = wanted(&claims[of]) + (capacity - total);
    for (uint32_t i = 0; i < count; i++)
        if (i != of && wanted(&claims[i]) * claims[of].weight > reach * claims[i].weight) return -1;
    return reach;
}

/* As above within its group as well; negative: somebody is pushed back. */
static double quick_reach(const cpu_claim *claims, uint32_t count, const cpu_group *g, uint32_t of,
                          double total, double capacity)
{
    double reach = unhindered(claims, count, of, total, capacity);
    if (g->ceiling < capacity) {
        const double inside = unhindered(claims + g->first, g->count, of - g->first,
                                         wanted_by(claims, g), g->ceiling);
        if (inside < 0) return -1;
        reach = inside < reach ? inside : reach;
    }
    return claims[of].cap < reach ? claims[of].cap : reach;
}

static double slow_reach(cpu_claim *claims, cpu_group *groups, uint32_t group_count, uint32_t of,
                         double capacity)
{
    const double demand = claims[of].demand;
    claims[of].demand = capacity;
    divide(claims, groups, group_count, capacity);
    claims[of].demand = demand;
    return claims[of].given;
}

/* ---- plenty ---- */

/* Of sums of at most 10^5 terms rounding errors are smaller by far. */
#define CLEARLY 1e-9

/* What all want, in order. */
static double wanted_by_all(const cpu_claim *claims, uint32_t count)
{
    double total = 0;
    for (uint32_t i = 0; i < count; i++)
        total += wanted(&claims[i]);
    return total;
}

/* Is there clearly more than all want, ceilings included? Then max-min fairness gives each just that: round by round
 * somebody wants less than its share. */
static bool is_plenty(const cpu_claim *claims, const cpu_group *groups, uint32_t group_count,
                      double total, double capacity)
{
    if (!(capacity - total > CLEARLY * capacity)) return false;
    for (uint32_t g = 0; g < group_count; g++)
        if (wanted_by(claims, &groups[g]) > groups[g].ceiling) return false;
    return true;
}

/* The most that anybody wants for each share. */
static double highest_level(const cpu_claim *claims, uint32_t count)
{
    double level = 0;
    for (uint32_t i = 0; i < count; i++) {
        const double own = wanted(&claims[i]) / claims[i].weight;
        level = own > level ? own : level;
    }
    return level;
}

/* Gives what is wanted; reaches as quick_reach finds them, in O(1) where the claim with the highest level is clearly
 * not pushed back. False: a reach takes a division, so that nothing is found yet. */
static bool divide_plenty(cpu_claim *claims, cpu_group *groups, uint32_t group_count, double total,
                          double capacity)
{
    const uint32_t count = claim_count(groups, group_count);
    const double level = highest_level(claims, count) * (1 + CLEARLY), left = capacity - total;
    for (uint32_t g = 0; g < group_count; g++) {
        groups[g].capped = false;
        for (uint32_t i = groups[g].first; i < groups[g].first + groups[g].count; i++) {
            cpu_claim *c = &claims[i];
            double reach = wanted(c) + left;
            if (groups[g].ceiling < capacity || level * c->weight > reach)
                reach = quick_reach(claims, count, &groups[g], i, total, capacity);
            if (reach < 0) return false;
            if (c->cap < reach) reach = c->cap;
            c->given = wanted(c);
            c->reach = reach > c->given ? reach : c->given;
        }
    }
    return true;
}

void cpu_share_divide(cpu_claim *claims, cpu_group *groups, uint32_t group_count, double capacity)
{
    const uint32_t count = claim_count(groups, group_count);
    const double total = wanted_by_all(claims, count);
    if (is_plenty(claims, groups, group_count, total, capacity) &&
        divide_plenty(claims, groups, group_count, total, capacity))
        return;
    cpu_share_divide_plainly(claims, groups, group_count, capacity);
}

void cpu_share_divide_plainly(cpu_claim *claims, cpu_group *groups, uint32_t group_count,
                              double capacity)
{
    const uint32_t count = claim_count(groups, group_count);
    const double total = wanted_by_all(claims, count);
    divide(claims, groups, group_count, capacity);
    bool plenty = true, slow = false;
    for (uint32_t i = 0; i < count; i++) {
        plenty &= claims[i].given >= wanted(&claims[i]);
        claims[i].reach = claims[i].given;
    }
    for (uint32_t g = 0; g < group_count; g++)
        for (uint32_t i = groups[g].first; i < groups[g].first + groups[g].count; i++) {
            if (claims[i].reach < wanted(&claims[i])) continue; /* it wants all it can get */
            double reach = plenty ? quick_reach(claims, count, &groups[g], i, total, capacity) : -1;
            if (reach < 0) {
                reach = slow_reach(claims, groups, group_count, i, capacity);
                slow = true;
            }
            claims[i].reach = reach > claims[i].reach ? reach : claims[i].reach;
        }
    if (slow) divide(claims, groups, group_count, capacity);
}
