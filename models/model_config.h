/* model_config.h - a whole system as plain data: what scenarios write and models read.
 *
 * Everything is resolved: references are indices into the lists below, defaults are filled in,
 * times are microseconds, AWS strings are enums. All memory belongs to whoever built it and
 * outlives the model; a model never changes it. Lists keep file order (ties within an instant go by
 * it, A111).
 */
#ifndef BERTH_MODELS_MODEL_CONFIG_H
#define BERTH_MODELS_MODEL_CONFIG_H

#include "models/autoscaling/time_zone.h"
#include "sim/engine/random.h"
#include "sim/engine/simtime.h"
#include <stdbool.h>
#include <stdint.h>

#define NO_INDEX  UINT32_MAX
#define UNLIMITED INT32_MAX

/* ---- Inputs and their basis (contract: scenario, Basis) ---- */

typedef enum { BASIS_GIVEN, BASIS_IMPORTED, BASIS_FITTED, BASIS_ASSUMED } input_basis;

/* One input whose basis matters. Whatever uses it carries its index; NO_INDEX: not tracked. */
typedef struct {
    const char *pointer;    /* JSON pointer into the folded scenario */
    const char *value_json; /* the value as the run uses it */
    const char *basis_json; /* the `basis` entry that names it; NULL without one */
    input_basis basis;
    double plausible_low, plausible_high;
} model_input;

/* ---- EC2 ---- */

typedef struct {
    const char *name, *value; /* value NULL: an attribute without one (E15) */
} attribute_config;

typedef enum { ARCH_ANY, ARCH_X86_64, ARCH_ARM64 } cpu_architecture;

typedef enum {
    INSTANCE_REGISTERING,
    INSTANCE_ACTIVE,
    INSTANCE_DRAINING,
    INSTANCE_INACTIVE
} instance_status;

/* A capacity provider, by number: the fixed ones, then those of the scenario. */
enum {
    PROVIDER_NONE, /* launch type EC2: any instance */
    PROVIDER_FARGATE,
    PROVIDER_FARGATE_SPOT,
    PROVIDER_OF_INSTANCES /* model_config.providers[0]; those behind it follow */
};

#define SUBNETS_MAX        16 /* of an awsvpcConfiguration (E190) */
#define STRATEGY_ITEMS_MAX 20 /* E180 */

static inline bool provider_is_fargate(uint32_t provider)
{
    return provider == PROVIDER_FARGATE || provider == PROVIDER_FARGATE_SPOT;
}

/* One item of a capacity provider strategy (E180). */
typedef struct {
    uint32_t provider;
    uint32_t base, weight;
} capacity_share;

/* A capacity provider of instances (E183, E186, E189). */
typedef struct {
    const char *name;
    uint32_t auto_scaling_group; /* number, from 1; 0: none of the scenario's */
    bool managed_scaling;        /* only with an Auto Scaling group */
    bool termination_protection; /* managed; only with managed scaling */
    uint32_t target_capacity_pct;
    uint32_t minimum_step, maximum_step; /* instances, scale-out only */
    sim_time warmup_us;                  /* instanceWarmupPeriod */
} capacity_provider_config;

/* Container instances that are alike (cluster.containerInstances). */
typedef struct {
    const char *pointer;       /* where it stands in the scenario, for messages */
    const char *instance_type; /* "" where the group gives sizes only */
    uint32_t count;
    uint32_t zone_count; /* >= 1; instances take them in turn */
    const char **zones;
    uint32_t attribute_count; /* custom ones; the built-in ones (E14) come from the fields here */
    attribute_config *attributes;
    int32_t cpu_units, memory_mib; /* what registers (E1, E2, A11) */
    int32_t gpu_count;
    int32_t awsvpc_tasks; /* ENI slots for tasks (E8); UNLIMITED */
    cpu_architecture architecture;
    uint32_t reserved_port_count; /* tcp (E4) */
    uint16_t *reserved_ports;
    uint32_t reserved_udp_port_count;
    uint16_t *reserved_udp_ports;
    bool windows;                /* ecs.os-type */
    bool spot, spot_draining;    /* E175 */
    uint32_t provider;           /* whose instances they are; PROVIDER_NONE */
    uint32_t auto_scaling_group; /* number, from 1, of the group that launches them; 0: none */
    double price_usd_per_hour;   /* of one instance; NAN when the catalogue has none */
    uint32_t price_input;        /* number, from 1, of the input that it rests on; 0: none */
    uint32_t spot_pool;          /* number, from 1, of the pool that they come from; 0: none */
    sim_time register_after_us;
    /* from a describe-container-instances answer (count is 1 then), else NULL / ACTIVE / true */
    const char *ec2_instance_id, *arn, *agent_version;
    instance_status status;
    bool agent_connected;
} instance_group_config;

/* Which instance a scale-in takes (A87). */
typedef enum {
    TERMINATE_DEFAULT,
    TERMINATE_CLOSEST_TO_HOUR,
    TERMINATE_OLDEST,
    TERMINATE_NEWEST,
    TERMINATE_ALIKE,     /* by launch template or configuration: all of a group are alike */
    TERMINATE_ALLOCATION /* the pool that the allocation strategy likes least */
} termination_policy;

/* Spot capacity of one type in one zone (A94). */
typedef struct {
    const char *instance_type, *zone;
    int64_t capacity; /* what Auto Scaling groups may have of it at once; INT64_MAX: no limit */
} spot_pool_config;

typedef enum { ON_DEMAND_PRIORITIZED, ON_DEMAND_LOWEST_PRICE } on_demand_strategy;
typedef enum {
    SPOT_LOWEST_PRICE,
    SPOT_CAPACITY_OPTIMIZED, /* and prioritized: a tie goes to the first type either way */
    SPOT_PRICE_CAPACITY_OPTIMIZED
} spot_strategy;

/* What a group launches when it is more than one kind of instances (A94, A95): each kind is a group of instances of its own.
 * From auto_scaling_group_config.instances on, On-Demand stands by type, then Spot by type and, within it, zone. */
typedef struct {
    uint32_t type_count; /* 0: one kind, that of `instances` */
    int64_t on_demand_base, on_demand_percent;
    on_demand_strategy on_demand;
    spot_strategy spot;
    uint32_t spot_pools;           /* lowest price: over how many pools of a zone */
    double max_price_usd_per_hour; /* of Spot; NAN: the type's On-Demand price */
} mixed_instances_config;

typedef struct {
    uint32_t group; /* of instances */
    uint32_t zone;  /* index in the Auto Scaling group's zones */
} starting_instance;

/* A80. */
typedef struct {
    const char *name, *arn;
    uint32_t
        instances; /* index of the group of instances that it launches; `count` of those at t = 0 */
    mixed_instances_config mixed;
    starting_instance *start; /* those of t = 0; NULL: all of `instances`, in its zones in turn */
    bool capacity_rebalance;  /* A92 */
    bool keeps_zones;         /* it does not rebalance them: AZRebalance is suspended (A89) */
    sim_time max_lifetime_us; /* A96; 0: none */
    int64_t min_size, max_size;
    bool protects_new;                               /* NewInstancesProtectedFromScaleIn */
    sim_time default_cooldown_us, default_warmup_us; /* SIM_NEVER: no default warmup (A82, A83) */
    sim_time grace_period_us;                        /* HealthCheckGracePeriod (A84) */
    bool managed_draining;                           /* its capacity provider's (E176) */
    bool managed; /* a capacity provider's managed scaling sets its desired capacity … */
    bool managed_protection; /* … and spares instances with tasks (E189) */
    uint32_t policy_count;
    termination_policy *policies;
} auto_scaling_group_config;

/* ---- ECS: task definitions ---- */

typedef enum { PROTOCOL_TCP, PROTOCOL_UDP } port_protocol;

typedef struct {
    uint16_t container_port;
    uint16_t host_port; /* 0: dynamic (bridge), or the task's own ENI (awsvpc) */
    port_protocol protocol;
} port_mapping;

/* E34. */
typedef struct {
    sim_time interval_us, timeout_us, start_period_us;
    uint32_t retries;
} container_health_check;

typedef enum {
    DEPENDS_START,
    DEPENDS_COMPLETE,
    DEPENDS_SUCCESS,
    DEPENDS_HEALTHY
} dependency_condition;

typedef struct {
    uint32_t container; /* index in the task definition */
    dependency_condition condition;
} container_dependency;

/* restartPolicy (E43): an exit after that long a run restarts the container, but for these codes. */
typedef struct {
    sim_time attempt_period_us;
    uint32_t ignored_code_count;
    int32_t *ignored_codes;
} container_restart_policy;

/* behavior.X.memory (E25): MiB. */
typedef struct {
    double idle_mib, mib_per_request, leak_mib_per_hour;
} memory_behavior;

/* behavior.X.cpu (E27): CPU units, and seconds of one vCPU. */
typedef struct {
    double idle_units, startup_units, seconds_per_request;
} cpu_behavior;

/* behavior.X of one container; *_input are indices into model_config.inputs. */
typedef struct {
    distribution image_pull, image_pull_cached, activation, startup, shutdown;
    distribution run_time;      /* used when has_run_time */
    distribution time_to_crash; /* used when has_time_to_crash */
    bool has_run_time, has_time_to_crash;
    double start_failure_probability;
    int32_t exit_code; /* of a failed start or a crash */
    /* of requests to this container, where they are not those of the task (task_definition_config) */
    bool has_request_seconds, has_error_rate;
    distribution request_seconds;
    double error_rate;
    uint32_t request_seconds_input;
    bool has_cpu; /* else it uses none */
    cpu_behavior cpu;
    bool has_memory; /* else it uses none */
    memory_behavior memory;
    uint32_t image_pull_input, image_pull_cached_input, activation_input, startup_input,
        shutdown_input;
} container_behavior;

typedef struct {
    const char *name, *image;
    int32_t cpu_units;                          /* 0: not given */
    int32_t memory_mib, memory_reservation_mib; /* 0: not given */
    int32_t gpu_count;
    bool essential;
    sim_time stop_timeout_us;         /* resolved (E32) */
    sim_time fargate_stop_timeout_us; /* the same on Fargate, where no knob holds */
    sim_time start_timeout_us;        /* SIM_NEVER: no limit (E31) */
    uint32_t port_count;
    port_mapping *ports;
    bool has_health_check;
    container_health_check health_check;
    uint32_t dependency_count; /* dependsOn, and links as START (E28) */
    container_dependency *dependencies;
    bool has_restart_policy; /* restartPolicy.enabled (E43) */
    container_restart_policy restart_policy;
    container_behavior behavior;
} container_definition;

typedef enum { NETWORK_BRIDGE, NETWORK_HOST, NETWORK_AWSVPC, NETWORK_NONE } network_mode;

/* memberOf keeps its expression, parsed by models/ecs/query.h; distinctInstance has none. */
typedef enum { CONSTRAINT_DISTINCT_INSTANCE, CONSTRAINT_MEMBER_OF } constraint_kind;

typedef struct {
    constraint_kind kind;
    const char *expression;
} placement_constraint_config;

typedef struct {
    const char *pointer;      /* where it stands in the scenario, for messages */
    const char *family, *arn; /* arn NULL when not given */
    int32_t revision;
    bool registered_later;         /* by a timeline action: not there at t = 0 */
    bool requires_fargate;         /* requiresCompatibilities: it has been checked for Fargate */
    bool on_fargate;               /* some service or call runs it there */
    int32_t cpu_units, memory_mib; /* task level; 0: not given (E21) */
    network_mode network;
    cpu_architecture architecture; /* runtimePlatform */
    bool windows;
    uint32_t container_count;
    container_definition *containers;
    uint32_t constraint_count;
    placement_constraint_config *constraints;
    /* behavior of the task as a whole */
    distribution provisioning, request_seconds;
    double error_rate;               /* share of requests the application itself fails */
    double fail_health_checks_above; /* CPU wanted / CPU within reach; 0: never */
    uint32_t provisioning_input, request_seconds_input;
} task_definition_config;

/* ---- ECS: services ---- */

typedef enum { STRATEGY_RANDOM, STRATEGY_SPREAD, STRATEGY_BINPACK } strategy_kind;
typedef enum { BINPACK_CPU, BINPACK_MEMORY } binpack_field;

typedef struct {
    strategy_kind kind;
    binpack_field field; /* binpack */
    const char
        *attribute; /* spread: "instanceId", or the attribute's name ("ecs.availability-zone") */
} placement_strategy_config;

/* A rule, or a listener's default action. */
typedef struct {
    bool given;
    uint32_t listener, rule; /* rule NO_INDEX: the default action */
} listener_place;

typedef struct {
    uint32_t target_group; /* index */
    uint32_t container;    /* index in the task definition of the service at creation; looked up by
                              name later */
    const char *container_name;
    uint16_t container_port;
    /* advancedConfiguration (E162): what traffic shifts between target_group and the alternate one */
    listener_place production, test;
    uint32_t alternate_target_group; /* where production is given */
} service_load_balancer;

/* deploymentCircuitBreaker (E153-E159). */
typedef enum {
    BREAKER_BOUNDED_PERCENT,
    BREAKER_UNBOUNDED_PERCENT,
    BREAKER_COUNT
} breaker_threshold_type;

typedef struct {
    bool enabled, rollback, reset_on_healthy_task;
    breaker_threshold_type type;
    uint32_t value;
} circuit_breaker_config;

/* deploymentConfiguration.alarms (E160). */
typedef struct {
    bool enabled, rollback;
    uint32_t count;
    uint32_t *alarms; /* indices */
} deployment_alarm_config;

/* The deployment strategies of the ECS controller, and their stages in order (E162). */
typedef enum { DEPLOY_ROLLING, DEPLOY_BLUE_GREEN, DEPLOY_LINEAR, DEPLOY_CANARY } deploy_strategy;

typedef enum {
    STAGE_NONE,
    STAGE_RECONCILE_SERVICE,
    STAGE_PRE_SCALE_UP,
    STAGE_SCALE_UP,
    STAGE_POST_SCALE_UP,
    STAGE_TEST_TRAFFIC_SHIFT,
    STAGE_POST_TEST_TRAFFIC_SHIFT,
    STAGE_PRE_PRODUCTION_TRAFFIC_SHIFT,
    STAGE_PRODUCTION_TRAFFIC_SHIFT,
    STAGE_POST_PRODUCTION_TRAFFIC_SHIFT,
    STAGE_BAKE_TIME,
    STAGE_CLEAN_UP,
    STAGE_COUNT
} deployment_stage;

/* A lifecycle hook that waits for somebody; nobody comes, so its timeout decides. */
typedef struct {
    uint32_t stages; /* bit 1 << deployment_stage */
    sim_time timeout_us;
    bool continues; /* then; else it rolls back */
} pause_hook;

typedef struct {
    deploy_strategy strategy;
    bool has_bake; /* bakeTimeInMinutes is given */
    sim_time bake_us;
    uint32_t step_tenths;  /* LINEAR: of a percent, each step; CANARY: the first */
    sim_time step_bake_us; /* LINEAR: between steps; CANARY: behind the first */
    uint32_t hook_count;
    pause_hook *hooks;
} traffic_shift_config;

/* Who deploys: ECS, or somebody else by task sets (E163). */
typedef enum { CONTROLLER_ECS, CONTROLLER_CODE_DEPLOY, CONTROLLER_EXTERNAL } deployment_controller;

#define TASK_SET_WHOLE 1000000 /* 100 % of a scale */

typedef struct {
    const char *pointer; /* where it stands in the scenario, for messages */
    const char *name, *arn;
    deployment_controller controller;
    uint32_t task_definition; /* index; EXTERNAL: of its first task set */
    bool daemon;              /* schedulingStrategy DAEMON (E101): desired_count is not its own */
    uint32_t desired_count;
    /* Those of its deployments at t = 0, oldest first, the last is task_definition; 0: it has no task. */
    uint32_t revision_count;
    uint32_t *revisions;
    uint32_t minimum_healthy_percent, maximum_percent;
    circuit_breaker_config breaker;
    deployment_alarm_config alarms;
    traffic_shift_config shift;
    bool rebalancing; /* availabilityZoneRebalancing ENABLED (E116) */
    uint32_t strategy_count;
    placement_strategy_config *strategies;
    uint32_t constraint_count;
    placement_constraint_config *constraints;
    uint32_t load_balancer_count;
    service_load_balancer *load_balancers;
    uint32_t zone_count; /* zones of awsvpcConfiguration.subnets; 0: any (E71) */
    const char **zones;
    uint32_t share_count; /* its strategy; none: launch type EC2 */
    capacity_share *shares;
    sim_time grace_period_us; /* healthCheckGracePeriodSeconds */
} service_config;

/* ---- Elastic Load Balancing ---- */

typedef enum {
    LOAD_BALANCER_APPLICATION,
    LOAD_BALANCER_NETWORK,
    LOAD_BALANCER_CLASSIC
} load_balancer_type;

typedef struct {
    const char *name, *arn;
    load_balancer_type type;
    uint32_t zone_count; /* 0: every zone */
    const char **zones;
    bool zonal;               /* cross-zone off for groups that do not say (L57) */
    sim_time idle_timeout_us; /* L72 */
} load_balancer_config;

typedef struct {
    uint32_t target_group;
    uint32_t weight;
} forward_target;

typedef enum { ACTION_FORWARD, ACTION_FIXED_RESPONSE, ACTION_REDIRECT } listener_action_kind;

typedef struct {
    listener_action_kind kind;
    uint32_t forward_count;
    forward_target *forwards;
    int32_t status_code; /* fixed-response */
} listener_action;

typedef struct {
    uint32_t load_balancer;
    uint16_t port;
    listener_action default_action;
} listener_config;

/* Conditions are AND-ed, values of one condition OR-ed (L61). Empty: no such condition. */
typedef struct {
    uint32_t listener;
    uint32_t priority;
    uint32_t path_count, host_count;
    const char **paths, **hosts;
    bool unmatched; /* has a condition that scripted traffic never meets (method, header, query,
                       source) */
    listener_action action;
} listener_rule_config;

typedef struct {
    uint16_t low, high;
} code_range;

typedef enum {
    ALGORITHM_ROUND_ROBIN,
    ALGORITHM_WEIGHTED_RANDOM,
    ALGORITHM_LEAST_OUTSTANDING
} routing_algorithm; /* L41 */

typedef enum { CROSS_ZONE_OF_BALANCER, CROSS_ZONE_ON, CROSS_ZONE_OFF } cross_zone_choice;

typedef struct {
    const char *pointer; /* where it stands in the scenario, for messages */
    const char *name, *arn;
    uint32_t load_balancer; /* whose rules name it; its own implied one where none does (L31) */
    bool target_type_ip;    /* else instance */
    sim_time interval_us, timeout_us;
    uint32_t healthy_threshold, unhealthy_threshold;
    bool tcp_check;         /* TCP or TLS health check: a connect is enough (L15) */
    uint32_t matcher_count; /* HTTP codes that pass */
    code_range *matcher;
    sim_time deregistration_delay_us;
    /* Network: what is in flight outlives the delay (L84), and its target's turning unhealthy (L101). */
    bool keeps_connections, keeps_unhealthy;
    routing_algorithm algorithm;
    sim_time slow_start_us;       /* 0: off (L45) */
    cross_zone_choice cross_zone; /* as given … */
    bool zonal; /* … and resolved: off, a node sends to its own zone only (L57) */
    /* Healthy targets below which a zone leaves DNS, a node sends to all of its targets (L52, L53):
     * a count (0: off; routing: 1) and a percentage of those registered (0: off). */
    uint32_t dns_count, dns_percent, routing_count, routing_percent;
} target_group_config;

/* ---- CloudWatch and scaling ---- */

/* What can be measured; of what object is in the table of models/cloudwatch/metric.c. */
typedef enum {
    METRIC_SERVICE_CPU, /* of a service: utilization in percent (A01-A06) */
    METRIC_SERVICE_MEMORY,
    METRIC_SERVICE_RUNNING_TASKS,
    METRIC_SERVICE_PENDING_TASKS,
    METRIC_SERVICE_DESIRED_TASKS,
    METRIC_CLUSTER_CPU_RESERVATION, /* of the cluster (E200, A09) */
    METRIC_CLUSTER_MEMORY_RESERVATION,
    METRIC_REQUEST_COUNT, /* of a target group (L110) */
    METRIC_REQUEST_COUNT_PER_TARGET,
    METRIC_HEALTHY_HOST_COUNT,
    METRIC_UNHEALTHY_HOST_COUNT,
    METRIC_HTTP_5XX_COUNT,
    METRIC_QUEUE_MESSAGES, /* of a message queue */
    METRIC_QUEUE_AGE,
    METRIC_QUEUE_BACKLOG_PER_TASK,
    METRIC_TARGET_5XX_COUNT, /* what the application fails by itself (L74) */
    METRIC_GROUP_CPU,        /* of the warm instances of an Auto Scaling group: utilization (A83) */
    METRIC_RESPONSE_TIME,    /* of a target group: seconds, of the requests answered well */
    METRIC_BALANCER_REQUEST_COUNT, /* of a load balancer: over all of its target groups */
    METRIC_BALANCER_5XX_COUNT,
    METRIC_BALANCER_TARGET_5XX_COUNT,
    METRIC_BALANCER_RESPONSE_TIME,
    METRIC_KINDS
} metric_kind;

/* A metric that an alarm looks at; each stands once. */
typedef struct {
    metric_kind kind;
    uint32_t object;        /* index of the service, target group, load balancer, queue or warmup */
    sim_time resolution_us; /* a datapoint each: 60 s, or 20 s (A08) */
} metric_config;

typedef enum {
    COMPARE_GREATER_OR_EQUAL,
    COMPARE_GREATER,
    COMPARE_LESS,
    COMPARE_LESS_OR_EQUAL
} alarm_comparison;

typedef enum {
    MISSING_DATA_MISSING,
    MISSING_DATA_IGNORE,
    MISSING_DATA_BREACHING,
    MISSING_DATA_NOT_BREACHING
} missing_data_rule; /* treatMissingData (A27) */

typedef enum {
    STATISTIC_SAMPLE_COUNT,
    STATISTIC_AVERAGE,
    STATISTIC_SUM,
    STATISTIC_MINIMUM,
    STATISTIC_MAXIMUM
} metric_statistic;

typedef struct {
    uint32_t count;
    uint32_t *policies; /* indices */
} alarm_actions;

#define ALARM_STATE_COUNT 3 /* alarm_state of models/cloudwatch/alarm_rule.h */

typedef struct {
    const char *name, *arn;
    uint32_t metric; /* NO_INDEX: one that nothing in the scenario publishes */
    metric_statistic statistic;
    sim_time period_us;
    uint32_t evaluation_periods, datapoints_to_alarm; /* N, M */
    double threshold;
    alarm_comparison comparison;
    missing_data_rule missing;
    bool registered_later;                    /* with a policy of the timeline */
    alarm_actions actions[ALARM_STATE_COUNT]; /* by state; none where actions are not enabled */
} alarm_config;

typedef enum { ADJUST_CHANGE, ADJUST_PERCENT, ADJUST_EXACT } adjustment_type;              /* A53 */
typedef enum { AGGREGATE_AVERAGE, AGGREGATE_MINIMUM, AGGREGATE_MAXIMUM } aggregation_type; /* A52 */

typedef struct {
    double lower, upper; /* offsets from the alarm's threshold; -INFINITY, INFINITY: none */
    int32_t adjustment;
} step_adjustment_config;

typedef struct {
    bool in_suspended, out_suspended, scheduled_suspended; /* A45 */
} suspended_config;

/* How long a new instance of a group is left out of what policies see of it (A83). Each pair stands once. */
typedef struct {
    uint32_t auto_scaling_group; /* number, from 1 */
    sim_time warmup_us;
} warmup_config;

/* A service that scales (A40), or an Auto Scaling group with policies, whose bounds are its own. */
typedef struct {
    uint32_t service;            /* NO_INDEX: a group */
    uint32_t auto_scaling_group; /* number, from 1; 0: a service */
    int64_t min_capacity, max_capacity;
    suspended_config suspended;
    bool registered_later; /* by a call of the timeline */
} scalable_target_config;

typedef enum { POLICY_STEP, POLICY_TARGET_TRACKING } scaling_policy_kind;

typedef struct {
    const char *name, *arn;
    uint32_t scalable_target;
    scaling_policy_kind kind;
    bool registered_later; /* by a call of the timeline; replaces one of its name */
    bool disabled;         /* of a group: it does not act, and replaces one of its name */
    bool simple;     /* of a group: a step without bounds, and a cooldown of the group (A82) */
    uint32_t warmup; /* of a group: index (A83) */
    /* step */
    adjustment_type adjustment;
    uint32_t step_count;
    step_adjustment_config *steps;
    int32_t minimum_magnitude;
    aggregation_type aggregation;
    sim_time cooldown_us;
    /* target tracking; its two alarms are alarms of the config (A60) */
    double target;
    uint32_t alarm_high, alarm_low; /* indices; NO_INDEX for a step policy */
    bool scale_in_disabled;
    sim_time scale_out_cooldown_us, scale_in_cooldown_us;
} scaling_policy_config;

typedef struct {
    const char *name;
    uint32_t auto_scaling_group; /* number, from 1; 0: of a scalable target */
    uint32_t scalable_target;
    const char *
        schedule; /* at(), rate() or cron(), of a group the fields of a Unix cron, or NULL: only at the
                                           start time; checked by the reader */
    uint32_t time_zone;                 /* of the schedule: number, from 1; 0: UTC */
    int64_t start_unix_us, end_unix_us; /* INT64_MIN, INT64_MAX: none */
    bool has_min, has_max, has_desired; /* desired: of a group */
    int64_t min_capacity, max_capacity, desired_capacity;
} scheduled_action_config;

/* ---- Workload ---- */

/* A rate in requests a second as a step function of time, or a sum of such. */
typedef struct {
    sim_time at_us;
    double per_second;
} rate_step;

typedef struct {
    uint32_t step_count; /* ascending times; before the first its value, after the last likewise */
    rate_step *steps;
} rate_series;

/* What multiplies a rate, redrawn each period (models/workload/noise.h). */
typedef struct {
    distribution factor;
    sim_time period_us;
    const char *name; /* of its random stream */
    uint32_t outer;   /* index of the noise on the whole of which this is a term; NO_INDEX */
} rate_noise;

typedef struct {
    rate_series series;
    uint32_t noise; /* the innermost; NO_INDEX: none */
} rate_part;

/* A rate with noise, as terms that sum to it; noise_count 0: it has none. */
typedef struct {
    uint32_t noise_count, part_count;
    rate_noise *noises;
    rate_part *parts;
} rate_noises;

typedef struct {
    const char *path, *host; /* host may be NULL */
    double share;
} traffic_path;

typedef struct {
    uint32_t target_group;  /* or NO_INDEX */
    uint32_t load_balancer; /* or NO_INDEX: then listener rules split it */
    uint32_t service;       /* where both are NO_INDEX: its RUNNING tasks get it, evenly */
    uint32_t path_count;    /* with load_balancer */
    traffic_path *paths;
    rate_series rate; /* already scaled by trafficScale; without noise */
    rate_noises noise;
    bool scripted;       /* few steps, logged as traffic.changed (contract: events) */
    sim_time timeout_us; /* the client's patience (L75) */
} traffic_config;

/* Messages for the tasks of a service without a load balancer (contract: scenario, queues). */
typedef struct {
    const char *name;
    uint32_t service;
    rate_series rate; /* messages a second, already scaled by trafficScale; no noise */
    rate_noises noise;
    double messages_per_worker; /* a second: concurrency / mean of secondsPerMessage */
} queue_config;

/* ---- Timeline ---- */

typedef enum {
    TIMELINE_REGISTER_TASK_DEFINITION,
    TIMELINE_CREATE_SERVICE,
    TIMELINE_UPDATE_SERVICE,
    TIMELINE_DELETE_SERVICE,
    TIMELINE_RUN_TASK,
    TIMELINE_STOP_TASK,
    TIMELINE_TERMINATE_INSTANCES,
    TIMELINE_UPDATE_INSTANCES_STATE,
    TIMELINE_CRASH_TASKS,
    TIMELINE_FAIL_HEALTH_CHECKS,
    TIMELINE_SLOW_TASKS,
    TIMELINE_STOP_SERVICE_DEPLOYMENT,
    TIMELINE_UPDATE_TASK_PROTECTION,
    TIMELINE_DISCONNECT_AGENTS,
    TIMELINE_ZONE_OUTAGE,
    TIMELINE_REFUSE_LAUNCHES,
    TIMELINE_SPOT_INTERRUPTION,
    TIMELINE_REGISTER_SCALABLE_TARGET,
    TIMELINE_PUT_SCALING_POLICY,
    TIMELINE_CREATE_TASK_SET,
    TIMELINE_UPDATE_TASK_SET,
    TIMELINE_UPDATE_PRIMARY_TASK_SET,
    TIMELINE_DELETE_TASK_SET,
    TIMELINE_SET_DESIRED_CAPACITY,
    TIMELINE_START_INSTANCE_REFRESH,
    TIMELINE_ACTION_COUNT
} timeline_kind;

const char *timeline_action_name(timeline_kind kind); /* "registerTaskDefinition", … */

/* Only what the call gives changes (has_*). */
typedef struct {
    uint32_t service;
    bool has_task_definition, has_desired_count, has_deployment_configuration, has_strategies,
        has_constraints, has_grace_period, has_load_balancers, has_shares, has_rebalancing,
        force_new_deployment;
    service_config to; /* the fields that has_* names */
} service_update;

typedef struct {
    uint32_t task_definition;
    uint32_t count;
    const char *group; /* NULL: family:FAMILY */
    uint32_t strategy_count;
    placement_strategy_config *strategies;
    uint32_t constraint_count;
    placement_constraint_config *constraints;
    uint32_t zone_count;
    const char **zones;
    uint32_t share_count;
    capacity_share *shares;
} run_task_call;

/* ---- Standalone tasks that arrive (contract: scenario, arrivals) ---- */

/* A row of a trace: a call, or several of at most 10 copies (E87). */
typedef struct {
    sim_time at_us, run_time_us; /* run_time_us SIM_NEVER: as the family's behavior says */
    uint32_t task_definition, count;
} arrival_row;

/* Calls of run-task: one after each interval, or as the rows of a trace say. */
typedef struct {
    const char *name;   /* of its random streams */
    run_task_call call; /* of a trace: what its rows have in common */
    bool is_trace;
    distribution every;         /* seconds between calls; the first, one interval after from_us */
    sim_time from_us, until_us; /* the last call is not after until_us */
    uint64_t limit;             /* calls; UINT64_MAX: none */
    uint32_t row_count;         /* ascending at_us, ties in file order */
    arrival_row *rows;
} arrival_config;

/* ---- Tasks that exist at t = 0 (contract: scenario, tasks) ---- */

/* RUNNING and healthy; the reader has checked that all of them fit together. */
typedef struct {
    uint32_t task_definition;
    uint32_t service;     /* NO_INDEX: standalone */
    uint32_t deployment;  /* index in the service's revisions */
    uint32_t instance;    /* number, from 1; 0: on Fargate */
    uint32_t provider;    /* PROVIDER_NONE, or whose capacity it takes (E181) */
    const char *zone;     /* on Fargate */
    run_task_call call;   /* standalone: its group */
    uint16_t *ports;      /* host ports of its dynamic mappings, in their order */
    int32_t **exit_codes; /* by container: of one that has ended, else NULL */
} existing_task_config;

/* Whom an action or a fault concerns: all that is given must hold. */
typedef struct {
    uint32_t service;                 /* NO_INDEX: any */
    const char *family;               /* NULL: any */
    uint32_t task_definition;         /* NO_INDEX: any */
    uint32_t instance_count;          /* 0: any */
    uint32_t *instances;              /* numbers, from 1 (i-000001 is 1) */
    const char *instance_type, *zone; /* NULL: any */
    bool has_count, has_fraction;
    uint32_t count;
    double fraction;
} target_selector;

/* create-task-set. */
typedef struct {
    uint32_t task_definition;
    uint32_t scale;          /* of TASK_SET_WHOLE */
    const char *external_id; /* may be NULL */
    uint32_t load_balancer_count;
    service_load_balancer *load_balancers;
} task_set_call;

/* What becomes of instances that are protected from scale-in. */
typedef enum { PROTECTED_WAIT, PROTECTED_REFRESH, PROTECTED_IGNORE } protected_rule;

/* start-instance-refresh (A91). */
typedef struct {
    uint32_t minimum_percent, maximum_percent; /* maximum 0: not given */
    sim_time warmup_us;
    bool skip_matching;
    protected_rule on_protected;
    uint32_t checkpoint_count;
    uint32_t *checkpoints; /* percent, ascending */
    sim_time checkpoint_delay_us;
} instance_refresh_config;

typedef enum { FAIL_REFUSE, FAIL_HANG, FAIL_STATUS } health_failure;

typedef struct {
    sim_time at_us;
    const char *pointer; /* of the call in the scenario, for messages */
    timeline_kind kind;
    const char *arguments_json; /* the action's own keys, for the log: an object */
    uint32_t task_definition;   /* registerTaskDefinition */
    uint32_t service;           /* createService, deleteService, stopServiceDeployment */
    bool replaces;              /* createService: under a deleted service's name, as update.to */
    bool force;                 /* deleteService */
    uint32_t deployment; /* stopServiceDeployment: its number; 0: the service's current one */
    bool abort;          /* stopServiceDeployment: stopType ABORT, else ROLLBACK */
    service_update update;
    run_task_call run_task;
    const char *task;    /* stopTask: a task id, or NULL with the selector (oldest first) */
    uint32_t task_count; /* updateTaskProtection: the same, several; 0 with the selector */
    const char **tasks;
    bool protect;
    const char *reason; /* stopTask; may be NULL */
    target_selector select;
    bool drain;         /* updateContainerInstancesState: DRAINING, else ACTIVE */
    int32_t exit_code;  /* crashTasks */
    health_failure how; /* failHealthChecks */
    int32_t status_code;
    bool container_health_check;
    double factor;           /* slowTasks */
    double refused_fraction; /* refuseLaunches */
    sim_time duration_us;    /* SIM_NEVER: to the end; updateTaskProtection: until it expires */
    task_set_call create_task_set;
    const char *task_set;     /* of the other calls on task sets: external id, or NAME#NUMBER */
    uint32_t task_set_scale;  /* updateTaskSet: of TASK_SET_WHOLE */
    uint32_t scaling_policy;  /* putScalingPolicy */
    uint32_t scalable_target; /* registerScalableTarget: */
    /* Number, from 1: setDesiredCapacity, startInstanceRefresh; refuseLaunches, 0: any. */
    uint32_t auto_scaling_group;
    uint32_t provider;               /* refuseLaunches; PROVIDER_NONE: any */
    int64_t desired_capacity;        /* setDesiredCapacity */
    instance_refresh_config refresh; /* startInstanceRefresh */
    bool decrement;                  /* terminateInstances: its group's desired capacity falls */
    bool has_min, has_max, has_suspended; /* what it gives */
    scalable_target_config to_scalable_target;
} timeline_action;

/* ---- The control plane's knobs (contract: knobs) ---- */

typedef enum { RELEASE_ON_STOPPING, RELEASE_ON_STOPPED } release_rule;
typedef enum { SPREAD_SCOPE_SERVICE, SPREAD_SCOPE_DEPLOYMENT } spread_scope_rule;
typedef enum { RUN_TASK_RANDOM, RUN_TASK_FIRST_FIT } run_task_rule;

typedef struct {
    sim_time reconcile_us, running_settle_us;
    release_rule release_on;
    bool max_counts_stopping;
    spread_scope_rule spread_scope;
    run_task_rule run_task_strategy;
    uint32_t launch_rate_per_minute;
    sim_time placement_retry_fast_us, placement_retry_slow_us;
    bool retry_on_capacity_event;
    uint32_t throttle_after_failures;
    sim_time throttle_first_us, throttle_max_us;
    bool breaker_counts_placement;       /* E157 */
    sim_time alarm_poll_us, bake_max_us; /* E160 */
    sim_time event_repeat_us;
    sim_time rebalance_delay_us; /* E118 */
    sim_time service_stable_poll_us;
    sim_time container_stop_timeout_us; /* already in container_definition.stop_timeout_us */
    uint16_t ephemeral_port_low, ephemeral_port_high;
    sim_time agent_loss_detect_us; /* E174, E12 */
    sim_time spot_notice_us;       /* E175, A93 */
    distribution instance_launch;  /* seconds (A81) */
    sim_time managed_drain_us;     /* E176 */
    uint32_t provisioning_limit;   /* tasks (E166) */
    sim_time provisioning_timeout_us;
    uint32_t capacity_scale_in_periods; /* minutes (E188) */
    uint32_t initial_healthy_checks;    /* 0: the healthy threshold (L21) */
    sim_time deregistration_lag_us, registration_delay_us, nlb_registration_delay_us;
    sim_time nlb_drain_lag_us, dns_ttl_us;
    sim_time metric_delay_us, high_resolution_delay_us; /* A14 */
    sim_time scaling_action_delay_us;                   /* A69 */
    bool cooldown_from_fulfilled;                       /* A58 */
    int64_t scale_in_max_step;                          /* 0: none (A64) */
    uint32_t tracking_high_periods, tracking_low_periods;
    double tracking_low_factor, asg_tracking_low_factor; /* A61 */
} control_plane_config;

/* What Fargate costs (contract: scenario, prices). */
typedef struct {
    double usd_per_vcpu_hour,
        usd_per_gb_hour;  /* NAN: the catalogue's, by architecture and system */
    double discount;      /* share taken off */
    double spot_discount; /* of FARGATE_SPOT, taken off what remains */
    uint32_t spot_discount_input;
} fargate_price_config;

/* ---- What the experimenter asks of the results (`expect`) ---- */

typedef struct {
    const char *metric; /* a name of the metric table; `*` matches one part; may end in @QUANTILE */
    const char *pointer; /* of the expectation, for messages: "/expect/0" */
    bool has_at_least, has_at_most, has_equals, has_between;
    double at_least, at_most, equals, tolerance, between_low, between_high;
} expectation_config;

/* ---- The whole ---- */

typedef struct {
    const char *name, *description;
    const char *start_text; /* the wall-clock instant of t = 0, ISO 8601 */
    int64_t start_unix_us;  /* the same in microseconds of Unix time */
    sim_time duration_us, warmup_us;
    uint64_t seed;
    uint32_t replications;
    const char *cluster_name;
    fargate_price_config fargate_prices;
    uint32_t group_count;
    instance_group_config *groups;
    uint32_t spot_pool_count;
    spot_pool_config *spot_pools;
    uint32_t auto_scaling_group_count;
    auto_scaling_group_config *auto_scaling_groups;
    uint32_t provider_count; /* of the scenario's own, from PROVIDER_OF_INSTANCES */
    capacity_provider_config *providers;
    uint32_t task_definition_count; /* those at t = 0, of the timeline, and with other sizes */
    task_definition_config *task_definitions;
    uint32_t service_count; /* those at t = 0 first */
    uint32_t service_count_at_start;
    service_config *services;
    uint32_t load_balancer_count;
    load_balancer_config *load_balancers;
    uint32_t listener_count;
    listener_config *listeners;
    uint32_t rule_count; /* sorted by (listener, priority) */
    listener_rule_config *rules;
    uint32_t target_group_count;
    target_group_config *target_groups;
    uint32_t traffic_count;
    traffic_config *traffic;
    uint32_t queue_count;
    queue_config *queues;
    uint32_t metric_count;
    metric_config *metrics;
    uint32_t alarm_count;
    alarm_config *alarms;
    uint32_t warmup_count;
    warmup_config *warmups;
    uint32_t scalable_target_count; /* those at t = 0 first */
    scalable_target_config *scalable_targets;
    uint32_t scaling_policy_count;
    scaling_policy_config *scaling_policies;
    uint32_t time_zone_count; /* of scheduled actions; their offsets cover the run */
    time_zone *time_zones;
    uint32_t scheduled_action_count;
    scheduled_action_config *scheduled_actions;
    uint32_t arrival_count;
    arrival_config *arrivals;
    uint32_t existing_task_count; /* in file order */
    existing_task_config *existing_tasks;
    uint32_t timeline_count; /* stable-sorted by time, file order within one instant */
    timeline_action *timeline;
    control_plane_config control;
    uint32_t input_count;
    model_input *inputs;
    uint32_t expectation_count;
    expectation_config *expectations;
} model_config;

/* The spec's defaults of every knob. */
control_plane_config control_plane_defaults(void);

#endif
