/* build.h - from a checked scenario tree to a model_config; internal to scenarios/read.
 *
 * Tree        canonical JSON as field_check leaves it; null stands where an error was reported.
 * Errors      every build_* function reports and goes on, so that all errors are found; whoever
 *             uses the config first asks whether there were any.
 * Order       build_all in scenario.c: later parts use the indices of earlier ones. The
 *             timeline is walked in time order, so "what is registered so far" is a prefix.
 */
#ifndef BERTH_SCENARIOS_READ_BUILD_H
#define BERTH_SCENARIOS_READ_BUILD_H

#include "models/ec2/instance_type.h"
#include "models/model_config.h"
#include "scenarios/read/document.h"
#include "sim/engine/arena.h"
#include <jansson.h>

/* One occurrence of a timeline entry. */
struct offered_rate; /* rate.h */

typedef struct {
    sim_time at_us;
    uint32_t entry; /* index in /timeline */
} timeline_moment;

typedef struct {
    document *doc;
    diagnostics *diag;
    arena *memory;
    json_t *root; /* the checked tree; defaults of behavior are written into it at the end */
    model_config *config;
    json_t *subnet_zones;     /* subnet id -> zone */
    json_t *definition_index; /* "family:revision" -> index */
    json_t *newest;           /* family -> index of the newest ACTIVE revision so far */
    json_t *newest_at_start;  /* the same before the timeline */
    json_t *last_revision;    /* family -> highest revision so far */
    json_t *service_index;    /* name or ARN -> index */
    json_t *target_group_index, *load_balancer_index; /* the same */
    json_t *instance_ids;     /* EC2 id or ARN of an answer -> number, from 1 */
    json_t *instance_zones;   /* zones that have instances, as keys */
    json_t *alarm_index;      /* name or ARN -> index */
    json_t *listener_index;   /* ARN -> index */
    json_t *rule_index;       /* ARN -> listener * 65536 + priority; 0: the default action */
    json_t *taken;            /* what may be there once: ports of load balancers, priorities */
    json_t *input_index;      /* pointer -> index of its input */
    json_t *basis_of;         /* concrete pointer -> basis entry */
    timeline_moment *moments; /* sorted by time, then file order */
    uint32_t moment_count;
    uint32_t *action_entries; /* by action of the config: its entry in /timeline */
    uint32_t definition_room; /* of config->task_definitions, for those with other sizes */
    const json_t **group_objects, **listener_objects; /* of target groups and listeners, by index */
    uint32_t listener_count;      /* those of the scenario; implied ones follow (L31) */
    json_t *provider_index;       /* capacity provider's name or ARN -> number */
    json_t *auto_scaling_index;   /* Auto Scaling group's name or ARN -> number, from 1 */
    json_t *cluster_providers;    /* numbers of the cluster's own, as keys */
    json_t *task_zones;           /* zones of Fargate's tasks, as keys */
    uint32_t default_share_count; /* the cluster's default strategy */
    capacity_share *default_shares;
    bool fargate_spot; /* some strategy has it */
    bool bare;         /* a file that is no scenario: errors are warnings */
    struct alarm_wish *alarm_wishes, *last_alarm_wish; /* build_alarm.c */
    service_config *current; /* services as the timeline has them so far */
    bool *deleted;           /* by it, by index */
} builder;

/* The zone of instances of which nothing tells it; known by its address. */
extern const char build_zone_not_given[];
/* At the value; for a missing key at the object that lacks it. Always false. In a bare file a
 * warning, as only the AWS API would refuse it (contract: cli, check). */
bool build_error(builder *b, const char *pointer, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void build_warning(builder *b, const char *pointer, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- Reading the tree; all accept NULL objects, and null counts as absent ---- */

json_t *build_get(const json_t *object, const char *key);
/* Written there: what was refused, which has been reported, stands as null. */
bool build_written(const json_t *object, const char *key);
const char *build_text(const json_t *object, const char *key, const char *fallback);
long long build_integer(const json_t *object, const char *key, long long fallback);
double build_number(const json_t *object, const char *key, double fallback);
bool build_flag(const json_t *object, const char *key, bool fallback);
/* A checked duration in microseconds. */
sim_time build_span(const json_t *object, const char *key, sim_time fallback);
/* A time: duration or ISO instant (reported at pointer/key when it lies before start). */
sim_time build_time(builder *b, const json_t *object, const char *pointer, const char *key,
                    sim_time fallback);
const char *build_pointer(builder *b, const char *format, ...)
    __attribute__((format(printf, 2, 3), returns_nonnull));
/* A key as part of a pointer (~0, ~1). */
const char *build_escape(builder *b, const char *key) __attribute__((returns_nonnull));
const char *build_copy(builder *b, const char *text); /* into the arena; NULL stays NULL */

/* ---- References (contract: scenario) ---- */

/* "a, b, c": at most eight, then how many more. */
const char *build_candidates(builder *b, const char *const *names, size_t count);
/* `, did you mean "a"?; there is: a, b, c` for a name that is none of these. */
const char *build_suggestion(builder *b, const char *name, const char *const *names, size_t count);
/* Something of this list of the scenario could not be read, which has been reported: that a name is
 * missing is no news then. */
bool build_unread(const builder *b, const char *list);

/* Remembers name and ARN of object number `value`; false when the name is taken. */
bool reference_add(json_t *index, const char *name, const char *arn, uint32_t value);
/* The name that an ARN of a kind holds, or the text itself. In the arena. */
const char *reference_name(builder *b, const char *text, const char *marker);
/* The object's index; NO_INDEX after reporting, with the candidates, at pointer. */
uint32_t build_find_target_group(builder *b, const char *text, const char *pointer);
uint32_t build_find_load_balancer(builder *b, const char *text, const char *pointer);
uint32_t build_find_alarm(builder *b, const char *text, const char *pointer);
uint32_t build_find_service(builder *b, const char *text, const char *pointer);
/* The same without a word. */
uint32_t build_known_service(builder *b, const char *text);
uint32_t build_known_target_group(builder *b, const char *text);
uint32_t build_known_load_balancer(builder *b, const char *text);
/* Among those registered so far (E20). */
uint32_t build_find_task_definition(builder *b, const char *text, const char *pointer);

/* ---- Parts, in the order in which they are built ---- */

void build_head(builder *b);         /* name, times, seed: scenario_build.c */
void build_control(builder *b);      /* controlPlane */
void build_expectations(builder *b); /* expect */
void build_basis(builder *b);        /* basis */
void build_prices(builder *b);       /* build_capacity.c */
void build_capacity_providers(builder *b);
void build_cluster_strategy(builder *b); /* the cluster's default */
void build_cluster(builder *b);          /* instance groups: build_cluster.c */
/* Auto Scaling groups, each a group of instances (build_auto_scaling.c); called by build_cluster. Instances of t = 0. */
size_t build_auto_scaling_kinds_max(const builder *b);
uint64_t build_auto_scaling_groups(builder *b);
void build_load_balancing(builder *b);   /* build_balancing.c */
void build_traffic(builder *b);          /* build_traffic.c */
void build_moments(builder *b);          /* times of the timeline: build_timeline.c */
void build_task_definitions(builder *b); /* those at t = 0: build_task.c */
void build_services(builder *b);         /* those at t = 0: build_service.c */
void build_traffic_services(builder *b); /* which services traffic goes to, of all there are */
void build_queues(builder *b);           /* build_queue.c */
void build_scaling(builder *b);          /* build_cloudwatch.c, build_scaling.c */
/* The number of the time zone named at pointer/key, from 1 (build_zone.c); 0: UTC, or after reporting. */
uint32_t build_time_zone(builder *b, const json_t *object, const char *pointer, const char *key);
void build_unused_zones(builder *b); /* timeZoneOffsets that nothing needs */
void build_timeline(builder *b);     /* and all that it registers and creates */
void build_behavior(builder *b);     /* of every task definition: build_behavior.c */
void build_overrides(builder *b);    /* sizes of the timeline's run-task calls: build_run_task.c */
void build_arrivals(builder *b);     /* build_arrivals.c */
void build_existing_tasks(builder *b); /* those at t = 0: build_existing.c */
void build_quota_warnings(builder *b); /* E190, L5 */

/* The rate at pointer/key, as traffic and queues write it, times trafficScale; false after reporting.
 * name: of its random streams. */
bool build_rate(builder *b, const json_t *object, const char *pointer, const char *key,
                const char *name, struct offered_rate *rate);
/* Registers one more; false when it has no family. later: by a call of the timeline, to which an
 * answer's revision, ARN and status say nothing (E20). */
bool build_one_task_definition(builder *b, const json_t *object, const char *pointer, bool later);
/* deploymentCircuitBreaker of a deploymentConfiguration; what it does not say is E153's default. */
/* Of a deploymentConfiguration; names are resolved when all alarms are known, by build_alarm_names. */
deployment_alarm_config build_deployment_alarms(builder *b, const json_t *deployment,
                                                const char *pointer);
void build_alarm_names(builder *b);
/* Who deploys the service (E163), and what somebody else's service must not give. */
void build_controller(builder *b, const json_t *object, const char *pointer, service_config *s);
/* What an update must not change of it. */
void build_check_task_set_update(builder *b, const json_t *body, const char *pointer,
                                 const service_config *s);
void build_create_task_set(builder *b, const json_t *body, const char *pointer, timeline_action *a);
void build_update_task_set(builder *b, const json_t *body, const char *pointer, timeline_action *a);
void build_primary_task_set(builder *b, const json_t *body, const char *pointer,
                            timeline_action *a);
void build_delete_task_set(builder *b, const json_t *body, const char *pointer, timeline_action *a);
/* An EXTERNAL service's definition is that of its first task set; it must have one. */
void build_first_task_sets(builder *b);
circuit_breaker_config build_breaker(builder *b, const json_t *deployment, const char *pointer);
void build_one_service(builder *b, const json_t *object, const char *pointer);
/* monitoring.metricConfigurations of a service (A08). */
void build_check_monitoring(builder *b, const json_t *object, const char *pointer);
/* Calls of the timeline. */
void build_instance_refresh(builder *b, const json_t *body, const char *pointer,
                            timeline_action *a);
void build_register_target(builder *b, const json_t *body, const char *pointer, timeline_action *a);
void build_put_policy(builder *b, const json_t *body, const char *pointer, timeline_action *a);
/* What a DAEMON service may not have (E101). */
void build_check_daemon(builder *b, const service_config *s, const char *pointer);
/* Under the name of a service that the timeline has deleted: its index and the new configuration; else false. */
bool build_service_again(builder *b, const json_t *object, const char *pointer, uint32_t *index,
                         service_config *out);

/* Classic load balancers (build_classic.c): an element of loadBalancers is one, how many listeners
 * they have, and one more of them. */
bool build_is_classic(const json_t *object);
uint32_t build_classic_listeners(const builder *b);
void build_classic(builder *b, const json_t *object, const char *pointer);
/* The target group that holds the instances of a classic load balancer; NO_INDEX after reporting. */
uint32_t build_find_classic(builder *b, const char *name, const char *pointer);
bool build_group_is_classic(const builder *b, uint32_t group);
bool build_service_is_classic(const builder *b, const service_config *s);
/* Turns it off, with a warning (E148). */
void build_classic_completes(builder *b, service_config *s, const char *pointer);
/* Does the task definition have the one static port (L102)? */
void build_check_classic(builder *b, const service_load_balancer *l,
                         const task_definition_config *d, const char *pointer);
/* The service is the balancer's; it has no circuit breaker (E148). */
void build_claim_classic(builder *b, service_config *s, const char *pointer);

/* Strategy, bake time, steps and hooks of a deploymentConfiguration (E162); what it does not say stays. */
void build_shift(builder *b, const json_t *deployment, const char *pointer,
                 traffic_shift_config *shift);
/* advancedConfiguration of one of a service's load balancers, whose target group is known. */
void build_advanced(builder *b, const json_t *item, const char *pointer, service_load_balancer *l);
/* What its strategy asks of a service. */
void build_check_shift(builder *b, const service_config *s, const char *pointer);
/* The rule or default action that a text means: a RuleArn, or as rules name their listener. It forwards to
 * one of the two target groups of l; the other joins it, with weight 0. Anything after reporting. */
listener_place build_find_place(builder *b, const char *text, const char *pointer,
                                const service_load_balancer *l);

/* Attributes (build_attributes.c); build_cross_zone when every group has its load balancer. */
void build_group_attributes(builder *b, const json_t *object, const char *pointer,
                            target_group_config *g);
void build_balancer_attributes(builder *b, const json_t *object, const char *pointer,
                               load_balancer_config *l);
void build_cross_zone(builder *b);

/* One target group; build_load_balancing has made room. */
void build_one_target_group(builder *b, const json_t *object, const char *pointer);

/* Strategies and constraints of services and calls (E73, E83, E84). */
void build_strategies(builder *b, const json_t *list, const char *pointer, uint32_t *count,
                      placement_strategy_config **out);
/* in_definition: memberOf only (E40). */
void build_constraints(builder *b, const json_t *list, const char *pointer, bool in_definition,
                       uint32_t *count, placement_constraint_config **out);
/* `own` constraints of a service or call beside those of its task definition (NO_INDEX: none is known): at most 10
 * together (E40). */
void build_check_constraints(builder *b, uint32_t definition, uint32_t own, const char *pointer);
/* GPUs of resourceRequirements (E10). */
void build_gpus(builder *b, const json_t *list, const char *pointer, container_definition *c);
/* A run-task call (E87); its overrides wait for the behavior of all task definitions. */
void build_run_task(builder *b, const json_t *body, const char *pointer, run_task_call *out);
/* The task definition that the call's overrides make of this one: itself without any. After
 * build_behavior. */
uint32_t build_overridden(builder *b, const json_t *body, const char *pointer,
                          const run_task_call *call, uint32_t definition);
/* A copy of a task definition with containers of its own to change, at the end of the list; it is
 * registered nowhere. After build_behavior. */
uint32_t build_copy_definition(builder *b, uint32_t definition);
/* The rows of a trace (build_trace.c): entry is an element of /arrivals, whose path of a file
 * becomes the file's text. definition: of rows whose family says no other; NO_INDEX: none. */
void build_trace(builder *b, json_t *entry, const char *pointer, uint32_t definition,
                 arrival_config *out);
/* Zones of awsvpcConfiguration, and whether the network mode fits (E71). fargate: no instance has
 * to be there. */
void build_zones(builder *b, const json_t *object, const char *pointer, uint32_t definition,
                 bool fargate, uint32_t *count, const char ***out);
/* What a service or call runs on: its launchType or capacityProviderStrategy, else the cluster's
 * default strategy (E41, E180). */
void build_shares(builder *b, const json_t *object, const char *pointer, uint32_t *count,
                  capacity_share **out);
bool build_on_fargate(const capacity_share *shares, uint32_t count);
/* Conditions of Fargate for a definition (NO_INDEX: unknown) and what its user asks of placement;
 * marks the definition as one that runs there (E32, E37, E40, E42, E86). */
void build_check_fargate(builder *b, uint32_t definition, uint32_t strategy_count,
                         uint32_t constraint_count, const char *pointer);
void build_check_fargate_size(builder *b, const task_definition_config *d, const char *pointer);
/* Whose instances a group's are; PROVIDER_NONE. */
uint32_t build_group_provider(builder *b, const json_t *group, const char *pointer);
/* What an instance of a group is; the group's zones and count are set apart. */
void build_launched_instance(builder *b, const json_t *object, const char *pointer,
                             const instance_type *type, instance_group_config *g);
/* Its sizes and On-Demand price alone, for another type. type NULL: the object says all of it. */
void build_size_as(builder *b, const json_t *object, const char *pointer, const instance_type *type,
                   instance_group_config *g);
/* The type that a key names; NULL without the key, or after reporting. */
const instance_type *build_instance_type(builder *b, const json_t *object, const char *key,
                                         const char *pointer);
/* On demand, in USD per hour: the catalogue's, or the scenario's, where a type's own price goes before the discount. */
double build_instance_price(const builder *b, const instance_type *type);
/* build_mixed.c: Spot prices and mixed groups (A94, A95). */
void build_check_spot_pools(builder *b);
/* Makes the price of a group of Spot instances that of its pools, which must agree, or On-Demand less the discount, unless
 * the object gives one. */
void build_spot_price(builder *b, const json_t *object, const char *pointer,
                      instance_group_config *g);
/* At most how many groups of instances an Auto Scaling group becomes. */
size_t build_kinds_max(const json_t *object);
/* All kinds of instances of an Auto Scaling group, from g on, which has the group's zones and count and no more; their number. */
uint32_t build_kinds(builder *b, const json_t *object, const char *pointer,
                     auto_scaling_group_config *a, instance_group_config *g);
/* Where the instances of t = 0 of all mixed groups are. */
void build_mixed_starts(builder *b);
/* Number of the Auto Scaling group that a text means, from 1; 0 after reporting. */
uint32_t build_find_auto_scaling_group(builder *b, const char *text, const char *pointer);
/* PROVIDER_NONE after reporting. */
uint32_t build_find_provider(builder *b, const char *text, const char *pointer);
/* Says that the catalogue has no such instance type. */
void build_unknown_type(builder *b, const char *name, const char *pointer);
void build_service_balancers(builder *b, const json_t *list, const char *pointer,
                             uint32_t definition, uint32_t *count, service_load_balancer **out);
/* A service's target groups against its task definition (E115b, L4). */
void build_check_balancers(builder *b, const service_config *s, uint32_t definition,
                           const char *pointer);
const char *build_zone_of_subnet(builder *b, const char *subnet);

#endif
