/* build_scaling_parts.h - between build_scaling.c and build_cloudwatch.c; nobody else includes it. */
#ifndef BERTH_SCENARIOS_READ_BUILD_SCALING_PARTS_H
#define BERTH_SCENARIOS_READ_BUILD_SCALING_PARTS_H

#include "models/autoscaling/schedule.h"
#include "scenarios/read/build.h"

/* Room for one more in a list of the config. */
#define GROW(b, list, count) ((list) = build_grow((b), (list), (count), sizeof *(list)))
void *build_grow(builder *b, void *list, uint32_t count, size_t size);

/* Index of the metric, which is added once. */
uint32_t build_add_metric(builder *b, metric_kind kind, uint32_t object, sim_time resolution_us);
/* The metric that Namespace, MetricName and Dimensions name; NO_INDEX: nothing publishes it. */
uint32_t build_find_metric(builder *b, const json_t *object, sim_time resolution_us);
/* Names of the namespace's metrics that berth publishes, each once, in the arena. */
size_t build_published_metrics(builder *b, const char *space, const char ***names);
/* The same metric as a policy of the group sees it: without those that are not warm for it (A83). */
uint32_t build_metric_of_policy(builder *b, uint32_t metric, const scaling_policy_config *p);
/* The warmup of that length of a group's new instances: index (A83). */
uint32_t build_add_warmup(builder *b, uint32_t group, sim_time warmup_us);
metric_statistic build_statistic(const json_t *object, metric_statistic fallback);
/* "the Maximum of response times", of which only means are known; NULL: it asks for no such thing. */
const char *build_extreme_of_mean(const json_t *object);

uint32_t build_add_alarm(builder *b, const alarm_config *alarm);
/* ---- Warnings (build_scaling_warnings.c): what is taken, and has no effect or not the one that was meant ---- */

/* Nothing publishes the metric that the object names. */
void build_warn_unpublished(builder *b, const json_t *object, const char *pointer);
/* A metric of 20 s, of a service whose `monitoring` does not publish it so (A08). */
void build_warn_resolution(builder *b, uint32_t metric, const char *pointer);
/* It is due at no time of the run. parsed: its schedule, NULL where there is none. */
void build_warn_never_due(builder *b, const scheduled_action_config *s, const schedule *parsed,
                          const char *pointer);
/* A group whose desired capacity a capacity provider's managed scaling sets. */
void build_warn_managed(builder *b, uint32_t group, const char *pointer);
/* Step and simple policies that no alarm acts on; behind alarms. items: by index in scalingPolicies its
 * policy, NO_INDEX. */
void build_warn_idle_policies(builder *b, const uint32_t *items, size_t count);
/* The same of a policy that a call of the timeline puts. */
void build_warn_idle_policy_put(builder *b, uint32_t policy, const char *pointer);

/* One of "alarms", behind all policies. */
void build_metric_alarm(builder *b, const json_t *object, const char *pointer);

#endif
