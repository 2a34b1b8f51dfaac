/* metric_table.h - every metric: name, unit, better direction, definition and how it is computed,
 * one row each (contract: metrics).
 *
 * Names       dotted parts. Where an object's name stands in one (a service, an instance type, a
 *             zone, a deployment's number) it is one part, even if it contains dots:
 *             cluster.by.instanceType.t2.small.cpu.reserved.mean. `*` in a pattern matches exactly
 *             one part (of deployments the numbers, not `last`, which repeats the newest). A
 *             trailing @mean, @min, @max or @pNN is allowed and says nothing for one replication.
 * By          the placement metrics of the cluster also stand under
 *             cluster.by.instanceType.TYPE.…, cluster.by.availabilityZone.ZONE.… and, where there are Spot instances,
 *             cluster.by.purchaseOption.onDemand.… and .spot.…
 * Values      NAN: nothing to measure. A deployment's `outcome` is a text; its value is its number
 *             in deployment_outcome.
 * Not here    what the models cannot tell: no row, so that an expectation on it is refused instead of
 *             never met.
 */
#ifndef BERTH_RESULTS_METRIC_TABLE_H
#define BERTH_RESULTS_METRIC_TABLE_H

#include "results/recorder.h"
#include "sim/engine/error.h"

typedef enum { BETTER_HIGHER, BETTER_LOWER, BETTER_NEITHER } metric_better;
extern const char *const metric_better_names[3]; /* "higher", "lower", "neither" */

/* What a row describes, for `berth show --metrics` and tests. */
typedef struct {
    const char *prefix; /* "cluster.", "services.NAME.", "services.NAME.deployments.N." */
    const char *name;   /* what follows it */
    const char *unit, *definition;
    metric_better better;
    bool also_by; /* stands under cluster.by.… too */
} metric_description;

uint32_t metric_description_count(void);
metric_description metric_describe(uint32_t index);

typedef struct {
    char *name; /* "services.auth.availability" */
    const char *unit, *definition;
    metric_better better;
    double value;
    const char *text;                  /* NULL; the outcome's name where the metric is a text */
    uint32_t object_at, object_length; /* where the object's name stands in name; length 0: none */
} metric_value;

typedef struct metric_values metric_values;

/* Every metric of a finished run, in the table's order; objects in the config's. */
metric_values *metric_values_create(const recorder *r);
void metric_values_destroy(metric_values *v);
uint32_t metric_values_count(const metric_values *v);
const metric_value *metric_values_at(const metric_values *v, uint32_t index);
/* Where the metrics of the run's index-th deployment begin; they follow each other. */
uint32_t metric_values_of_deployment(const metric_values *v, uint32_t index, uint32_t *count);
/* By full name; NULL when there is none. */
const metric_value *metric_values_find(const metric_values *v, const char *name);
/* Does the pattern (with or without `*` and @QUANTILE) name this metric? */
bool metric_matches(const metric_value *metric, const char *pattern);

/* Can the pattern name a metric of this scenario? Otherwise false, and *err says which names come
 * nearest. Deployments are known only afterwards: any number from 1 is accepted. */
bool metric_name_check(const model_config *cfg, const char *pattern, sim_error *err);

#endif
