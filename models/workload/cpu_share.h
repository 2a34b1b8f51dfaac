/* cpu_share.h - one instance's CPU divided among those who want it (E26, E27).
 *
 * Division    weighted max-min fairness: nobody gets more than it wants, what one leaves is divided
 *             among the others by weight until nothing or nobody is left. Weights are the shares that
 *             the kernel is told.
 * Ceilings    a task-level cpu caps its containers together (E26); within it they share likewise. A
 *             claim may have a cap of its own (Windows: E26).
 * Reach       what a claim would be given if it wanted everything: what its queue is served by.
 * Exactness   sums and quotients of doubles in the order of the claims; cpu_fine rounds down, so that
 *             what was given never adds up to more than there is.
 * Cost        O(claims) while there is plenty for everybody and anybody; at worst O(claims^2) for a division and
 *             O(claims^3) for all reaches.
 * Source      Bertsekas and Gallager, Data Networks, 6.5.2 (max-min fairness by progressive filling).
 */
#ifndef BERTH_MODELS_WORKLOAD_CPU_SHARE_H
#define BERTH_MODELS_WORKLOAD_CPU_SHARE_H

#include <stdbool.h>
#include <stdint.h>

#define CPU_FINE 1048576.0 /* parts of a CPU unit in which use is added up */

typedef struct {
    double demand, weight, cap; /* CPU units; cap INFINITY: none */
    double given, reach;        /* found */
    bool settled;               /* scratch of a division */
} cpu_claim;

/* Claims of one task, next to each other; ceiling INFINITY: none. */
typedef struct {
    uint32_t first, count;
    double ceiling;
    bool capped; /* found */
} cpu_group;

/* What the kernel is told for a container's cpu: clamp(cpu, 2, 262144); 0 (null) and 1 are 2 (E26). */
double cpu_share_weight(int64_t cpu_units);
/* A Windows container may use so much at most: its cpu, and 1 % of a CPU for 0 (E26). */
double cpu_share_windows_cap(int64_t cpu_units);

/* Fills in given and reach. groups cover all claims, in order. */
void cpu_share_divide(cpu_claim *claims, cpu_group *groups, uint32_t group_count, double capacity);
/* The same to the last digit, round by round also where there is plenty: the oracle of the tests. */
void cpu_share_divide_plainly(cpu_claim *claims, cpu_group *groups, uint32_t group_count,
                              double capacity);

/* In 1 / CPU_FINE units, rounded down. */
static inline int64_t cpu_fine(double units)
{
    return (int64_t)(units * CPU_FINE);
}

#endif
