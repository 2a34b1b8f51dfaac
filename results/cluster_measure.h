/* cluster_measure.h - how well a cluster is packed, from the samples of its instances.
 *
 * A scope is a set of instances: scope 0 is the cluster, the others an instance type or a zone
 * each. Every instance counts in scope 0 and in those its reading names. Sums are integers, kept up
 * at each change; integrals over [warmup, end] are exact; a state that is replaced within its
 * instant counts nowhere.
 *
 * Ratios      of what is registered (ACTIVE or DRAINING), averaged over the time in which anything
 *             is (E60, E200).
 * Used        CPU that containers use, a step function. Memory that containers use: a straight line
 *             between two changes, integrated exactly.
 * Stranded    CPU that is free on an ACTIVE instance on which no task definition of the workload
 *             fits, although for some of them the CPU would do: something else runs out there. The
 *             same for memory.
 * Fragmented  the free share on which a task drawn from the workload mix does not fit, expected
 *             over the mix, as a share of what is registered, mean of CPU and memory (after Weng et
 *             al., FGD, ATC'23, which has one resource, the GPU).
 * Bound       instances that the reservation needs at least: for CPU and for memory alone, as many
 *             of the largest registered ones as hold all that is reserved; the larger of both.
 */
#ifndef BERTH_RESULTS_CLUSTER_MEASURE_H
#define BERTH_RESULTS_CLUSTER_MEASURE_H

#include "models/model.h"

typedef struct cluster_measure cluster_measure;

/* The mix: how many tasks of each definition the workload wants, and what one reserves (E22, E23).
 */
typedef struct {
    uint32_t task_definition;
    int64_t weight; /* a share of workload_mix.total */
    int64_t cpu_units, memory_mib;
} workload_share;

typedef struct {
    workload_share *share;
    uint32_t count;
    int64_t total; /* of the weights; at most 65536, so that sums stay within 64 bits */
} workload_mix;

/* Desired tasks of the config's services, those of its run-task calls, and those that arrive: of a trace
 * the 32 most frequent definitions, of calls at intervals as many as are expected. */
workload_mix workload_mix_of(const model_config *cfg);
void workload_mix_finish(workload_mix *mix);

/* An instance now; all zero before it registers. */
typedef struct {
    instance_sample sample;
    uint32_t
        scope[3]; /* of its type, its zone and its purchase option; 0: none but the cluster's */
    bool cpu_stranded, memory_stranded;
    int64_t misfit_weight; /* of the definitions that do not fit on it */
} instance_reading;

cluster_measure *cluster_measure_create(sim_time warmup_us, uint32_t scope_count,
                                        const workload_mix *mix);
void cluster_measure_destroy(cluster_measure *c);
void cluster_measure_instance(cluster_measure *c, sim_time now_us, uint32_t index,
                              const instance_reading *reading);
/* Fargate charges this much more (less) in the zone of a scope, 0 for none, and has charged a sum at
 * this instant. */
void cluster_measure_fargate(cluster_measure *c, sim_time now_us, uint32_t zone_scope,
                             int64_t nano_usd_per_hour, double usd);
/* The containers of an instance that has been read use so much CPU from now on: its other numbers stay. */
void cluster_measure_cpu_used(cluster_measure *c, sim_time now_us, uint32_t index,
                              int64_t cpu_used);
void cluster_measure_finish(cluster_measure *c, sim_time end_us); /* once */

/* NAN: nothing to measure. */
typedef struct {
    double instances_mean, instances_peak;
    double cpu_reserved_mean, cpu_reserved_peak, memory_reserved_mean, memory_reserved_peak;
    double cpu_used_mean;    /* NAN: no container's CPU is known */
    double memory_used_mean; /* NAN: no container's memory is known */
    double cpu_stranded_mean, memory_stranded_mean, fragmentation_mean;
    double empty_mean;
    double cost_total, cost_per_hour; /* USD; NAN when an instance without a price was registered */
    double bound_peak, efficiency;    /* scope 0 only */
} scope_totals;

const scope_totals *cluster_measure_totals(const cluster_measure *c, uint32_t scope);

#endif
