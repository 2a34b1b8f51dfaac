#include "scenarios/read/tables.h"

/* berth's own objects: contract/scenario.md, and contract/knobs.md for controlPlane. */

/* clang-format off */

#define PLAUSIBLE(low_, high_) .plausible_low = (low_), .plausible_high = (high_)

static const char *const release_words[] = {"stopping", "stopped", NULL};
static const char *const scope_words[] = {"service", "deployment", NULL};
static const char *const run_task_words[] = {"random", "firstFit", NULL};
static const char *const threshold_words[] = {"threshold", NULL};
static const char *const cooldown_words[] = {"set", "fulfilled", NULL};
static const char *const kind_words[] = {"given", "imported", "fitted", "assumed", NULL};
static const char *const failure_words[] = {"refuse", "hang", NULL};

/* ---- cluster.containerInstances ---- */

static const field_row attribute_rows[] = {
    {"name",  FIELD_STRING, .required = true, .rule = "E15", .help = "name"},
    {"value", FIELD_STRING, .rule = "E15", .help = "may be left out"},
};
const field_shape shape_attribute = {.name = "attribute", .ours = true, FIELD_SHAPE(attribute_rows)};

static const field_row instance_group_rows[] = {
    {"count",             FIELD_INTEGER, RANGE(0, 1000000), .fill = "1", .unit = "instances", .help = "how many"},
    {"availabilityZones", FIELD_STRINGS, .fill = "[\"a\"]", .help = "instances take them in turn"},
    LAUNCHED_INSTANCE_ROWS,
};
const field_shape shape_instance_group = {.name = "instance group", .ours = true, FIELD_SHAPE(instance_group_rows)};

/* ---- behavior ---- */

static const field_row cpu_rows[] = {
    {"idleUnits",         FIELD_NUMBER, RANGE(0, 1048576), .fill = "0", PLAUSIBLE(0, 1024), .unit = "CPU units", .rule = "E27", .help = "demand without requests"},
    {"startupUnits",      FIELD_NUMBER, RANGE(0, 1048576), .fill = "0", PLAUSIBLE(0, 4096), .unit = "CPU units", .rule = "E27", .help = "demand while starting"},
    {"secondsPerRequest", FIELD_NUMBER, RANGE(0, 86400), .fill = "0", PLAUSIBLE(0.0005, 0.5), .unit = "s", .rule = "E27", .help = "CPU time of a request: seconds of one vCPU"},
};
static const field_shape cpu = {.name = "CPU behavior", .ours = true, FIELD_SHAPE(cpu_rows)};
static const field_row memory_rows[] = {
    {"idleMiB",                 FIELD_NUMBER, RANGE(0, 33554432), .fill = "0", PLAUSIBLE(10, 4096), .unit = "MiB", .rule = "E25", .help = "used without requests"},
    {"miBPerConcurrentRequest", FIELD_NUMBER, RANGE(0, 33554432), .fill = "0", PLAUSIBLE(0.01, 50), .unit = "MiB", .rule = "E25", .help = "used by a request under way"},
    {"leakMiBPerHour",          FIELD_NUMBER, RANGE(0, 33554432), .fill = "0", PLAUSIBLE(0, 500), .unit = "MiB/h", .rule = "E25", .help = "growth from the container's start on"},
};
static const field_shape memory = {.name = "memory behavior", .ours = true, FIELD_SHAPE(memory_rows)};

#define CONTAINER_BEHAVIOR_ROWS                                                                                                                             \
    {"imagePull",               FIELD_DISTRIBUTION, .fill = "0", PLAUSIBLE(1, 60), .unit = "s", .rule = "E51", .help = "first pull of an image on an instance"}, \
    {"imagePullCached",         FIELD_DISTRIBUTION, .fill = "0", PLAUSIBLE(0, 5), .unit = "s", .rule = "E51", .help = "later pulls there"},                     \
    {"activation",              FIELD_DISTRIBUTION, .fill = "0", PLAUSIBLE(0.2, 10), .unit = "s", .rule = "E51", .help = "image present to container started"}, \
    {"startup",                 FIELD_DISTRIBUTION, .fill = "0", PLAUSIBLE(2, 60), .unit = "s", .rule = "L75", .help = "started to first passing check"},      \
    {"shutdown",                FIELD_DISTRIBUTION, .fill = "0", PLAUSIBLE(0, 30), .unit = "s", .rule = "E32", .help = "SIGTERM to exit, cut by stopTimeout"}, \
    {"runTime",                 FIELD_DISTRIBUTION, .unit = "s", .help = "a task that ends by itself"},                                                       \
    {"startFailureProbability", FIELD_NUMBER, RANGE(0, 1), .fill = "0", .rule = "E109", .help = "share of starts that fail"},                                 \
    {"exitCode",                FIELD_INTEGER, RANGE(0, 255), .fill = "1", .rule = "E29", .help = "of a failed start or a crash"},                           \
    {"timeToCrash",             FIELD_DISTRIBUTION, .unit = "s", .rule = "E105", .help = "running to crash"},                                                 \
    {"cpu",                     FIELD_OBJECT, .shape = &cpu, .rule = "E27", .help = "demand"},                                                               \
    {"memory",                  FIELD_OBJECT, .shape = &memory, .rule = "E25", .help = "use"},                                                                 \
    {"requestSeconds",          FIELD_DISTRIBUTION, .fill = "0.05", PLAUSIBLE(0.005, 1), .unit = "s", .rule = "L80", .help = "time in service of a request"}, \
    {"errorRate",               FIELD_NUMBER, RANGE(0, 1), .fill = "0", .rule = "L74", .help = "share of requests the application itself fails"}

static const field_row container_behavior_rows[] = {CONTAINER_BEHAVIOR_ROWS};
const field_shape shape_container_behavior = {.name = "container behavior", .ours = true, FIELD_SHAPE(container_behavior_rows)};

static const field_row behavior_rows[] = {
    CONTAINER_BEHAVIOR_ROWS,
    {"provisioning",          FIELD_DISTRIBUTION, .fill = "0", PLAUSIBLE(5, 40), .unit = "s", .rule = "E51", .help = "ENI attachment of awsvpc tasks; 20 for a family that Fargate runs"},
    {"failHealthChecksAbove", FIELD_NUMBER, RANGE(0, 10), PLAUSIBLE(0.8, 3), .unit = "ratio", .rule = "L75", .help = "CPU wanted / CPU within reach above which health checks hang (1: none left)"},
    {"containers",            FIELD_OBJECT_MAP, .shape = &shape_container_behavior, .help = "per container name, where containers differ"},
};
const field_shape shape_behavior = {.name = "behavior", .ours = true, FIELD_SHAPE(behavior_rows)};

/* ---- traffic ---- */

static const field_row traffic_rows[] = {
    {"name",              FIELD_STRING, .help = "for pointers"},
    {"targetGroup",       FIELD_STRING, .help = "ARN or name: the rate goes there"},
    {"loadBalancer",      FIELD_STRING, .rule = "L60", .help = "ARN or name: its listener rules split the rate"},
    {"service",           FIELD_STRING, .help = "in place of them: a service without a load balancer, evenly over its RUNNING tasks"},
    {"requestsPerSecond", FIELD_RATE, .required = true, .unit = "requests/s", .help = "number, points, sine, csv, metricData, sum"},
    {"paths",             FIELD_NUMBER_MAP, RANGE(0, 1), .rule = "L62", .help = "shares by path; they sum to 1"},
    {"host",              FIELD_STRING, .rule = "L61", .help = "where rules ask for one"},
    {"step",              FIELD_DURATION, .fill = "\"1m\"", .help = "a linear or sine rate is a staircase of its means"},
    {"noise",             FIELD_DISTRIBUTION, .help = "multiplies the rate; beside terms of a sum, too"},
    {"noisePeriod",       FIELD_DURATION, .help = "how often noise is redrawn; \"1m\""},
    {"timeout",           FIELD_DURATION, .fill = "60", .rule = "L75", .help = "the client's patience"},
};
const field_shape shape_traffic = {.name = "traffic", .ours = true, FIELD_SHAPE(traffic_rows)};

static const field_row queue_rows[] = {
    {"name",              FIELD_STRING, .required = true, .help = "name, as QueueName in dimensions"},
    {"service",           FIELD_STRING, .required = true, .help = "whose RUNNING tasks work on it"},
    {"messagesPerSecond", FIELD_RATE, .required = true, .unit = "messages/s", .help = "number, points, sine, csv, metricData, sum"},
    {"secondsPerMessage", FIELD_DISTRIBUTION, .required = true, .unit = "s", .help = "of work; its mean counts"},
    {"concurrency",       FIELD_INTEGER, RANGE(1, 100000), .fill = "1", .help = "messages that a task works on at a time"},
    {"step",              FIELD_DURATION, .fill = "\"1m\"", .help = "a linear or sine rate is a staircase of its means"},
};
const field_shape shape_queue = {.name = "queue", .ours = true, FIELD_SHAPE(queue_rows)};

/* ---- arrivals ---- */

static const char *const incomplete_words[] = {"error", "skip", NULL};

static const field_row column_rows[] = {
    {"at",      FIELD_TEXT_OR_NUMBER, .required = true, .help = "when: seconds from t = 0, or an ISO instant"},
    {"runTime", FIELD_TEXT_OR_NUMBER, .help = "seconds it runs; else its family's behavior"},
    {"end",     FIELD_TEXT_OR_NUMBER, .help = "in place of runTime: when it ends, at + runTime"},
    {"cpu",     FIELD_TEXT_OR_NUMBER, .rule = "E22", .help = "CPU units, in place of the task definition's"},
    {"memory",  FIELD_TEXT_OR_NUMBER, .rule = "E23", .help = "MiB, likewise"},
    {"gpu",     FIELD_TEXT_OR_NUMBER, .rule = "E10", .help = "GPUs, likewise"},
    {"count",   FIELD_TEXT_OR_NUMBER, .rule = "E87", .help = "copies; more than 10 are several calls"},
    {"family",  FIELD_TEXT_OR_NUMBER, .help = "task definition; an unknown name is a family like taskDefinition"},
};
static const field_shape columns = {.name = "columns of a trace", .ours = true, FIELD_SHAPE(column_rows)};

static const field_row column_scale_rows[] = {
    {"at",      FIELD_NUMBER, RANGE(1e-12, 1e12), .help = "0.001 where the trace has milliseconds"},
    {"runTime", FIELD_NUMBER, RANGE(1e-12, 1e12), .help = "likewise"},
    {"end",     FIELD_NUMBER, RANGE(1e-12, 1e12), .help = "likewise"},
    {"cpu",     FIELD_NUMBER, RANGE(1e-12, 1e12), .help = "1.024 where it has thousandths of a vCPU"},
    {"memory",  FIELD_NUMBER, RANGE(1e-12, 1e12), .help = "1024 where it has GiB"},
    {"gpu",     FIELD_NUMBER, RANGE(1e-12, 1e12), .help = "0.001 where it has thousandths; rounded up"},
    {"count",   FIELD_NUMBER, RANGE(1e-12, 1e12), .help = "times as many copies"},
};
static const field_shape column_scale = {.name = "scale of a trace", .ours = true, FIELD_SHAPE(column_scale_rows)};

static const field_row arrival_rows[] = {
    {"name",    FIELD_STRING, .help = "of its random streams, and for pointers"},
    {"runTask", FIELD_OBJECT, .shape = &shape_run_task, .file = true, .rule = "E87", .help = "the call"},
    {"every",   FIELD_DISTRIBUTION, .unit = "s", .help = "interval between calls"},
    {"from",    FIELD_TIME, .help = "the first call is one interval later; 0"},
    {"until",   FIELD_TIME, .help = "no call after it; the end unless given"},
    {"limit",   FIELD_INTEGER, RANGE(0, 9e15), .unit = "calls", .help = "no more than these"},
    {"trace",   FIELD_ANY, .help = "path of a CSV file: a call a row; or {\"csv\": TEXT}"},
    {"columns", FIELD_OBJECT, .shape = &columns, .help = "which columns of the trace say what"},
    {"scale",   FIELD_OBJECT, .shape = &column_scale, .help = "what their numbers are multiplied by"},
    {"taskDefinition", FIELD_STRING, .rule = "E20", .help = "of a trace's rows"},
    {"delimiter",  FIELD_STRING, .help = "one character, or \"blanks\"; a comma unless given"},
    {"header",     FIELD_BOOLEAN, .fill = "true", .help = "the first line names the columns; else they are numbers from 1"},
    {"incomplete", FIELD_ENUM, .choices = incomplete_words, .fill = "\"error\"", .help = "rows with an empty or negative value"},
};
const field_shape shape_arrival = {.name = "arrivals", .ours = true, FIELD_SHAPE(arrival_rows)};

/* ---- timeline ---- */

static const field_row stop_task_rows[] = {
    {"task",    FIELD_STRING, .rule = "L92", .help = "id as in the event log"},
    {"reason",  FIELD_STRING, .rule = "E55", .help = "why"},
    {"service", FIELD_STRING, .help = "in place of task: its oldest tasks"},
    {"count",   FIELD_INTEGER, RANGE(1, 1000000), .help = "how many; 1"},
    NOTE("cluster", STRING),
};
static const field_shape stop_task = {.name = "stop-task call", FIELD_SHAPE(stop_task_rows)};

static const field_row delete_service_rows[] = {
    {"service", FIELD_STRING, .required = true, .rule = "E111", .help = "name or ARN"},
    {"force",   FIELD_BOOLEAN, .fill = "false", .rule = "E111", .help = "though tasks run"},
    NOTE("cluster", STRING),
};
static const field_shape delete_service = {.name = "delete-service call", FIELD_SHAPE(delete_service_rows)};

static const field_row protection_rows[] = {
    {"tasks",             FIELD_STRINGS, .rule = "E108", .help = "ids as in the event log"},
    {"service",           FIELD_STRING, .help = "in place of tasks: its tasks"},
    {"count",             FIELD_INTEGER, RANGE(1, 1000000), .help = "with service: so many, oldest first; all"},
    {"protectionEnabled", FIELD_BOOLEAN, .required = true, .rule = "E108", .help = "from now on, or no longer"},
    {"expiresInMinutes",  FIELD_INTEGER, RANGE(1, 2880), .fill = "120", .unit = "min", .rule = "E108", .help = "how long"},
    NOTE("cluster", STRING),
};
static const field_shape protection = {.name = "update-task-protection call", FIELD_SHAPE(protection_rows)};

#define SELECTOR_ROWS                                                                                                \
    {"service",          FIELD_STRING, .help = "its tasks"},                                                          \
    {"family",           FIELD_STRING, .help = "tasks of that family"},                                               \
    {"taskDefinition",   FIELD_STRING, .help = "tasks of that family:revision"},                                      \
    {"instances",        FIELD_STRINGS, .help = "ids as in the event log (i-000001)"},                                \
    {"instanceType",     FIELD_STRING, .help = "on that type"},                                                       \
    {"availabilityZone", FIELD_STRING, .help = "in that zone"},                                                       \
    {"count",            FIELD_INTEGER, RANGE(0, 1000000), .help = "how many, drawn"},                               \
    {"fraction",         FIELD_NUMBER, RANGE(0, 1), .help = "the same as a share, rounded up"}

static const field_row terminate_rows[] = {
    {"InstanceIds", FIELD_STRINGS, .rule = "E12, E174", .help = "as the EC2 call spells it"},
    {"ShouldDecrementDesiredCapacity", FIELD_BOOLEAN, .rule = "A85", .help = "of its Auto Scaling group, which else replaces it; one at its MinSize keeps its instance"},
    SELECTOR_ROWS,
};
static const field_shape terminate = {.name = "terminate-instances call", .ours = true, FIELD_SHAPE(terminate_rows)};

static const char *const instance_state_words[] = {"ACTIVE", "DRAINING", NULL};
static const field_row instances_state_rows[] = {
    {"containerInstances", FIELD_STRINGS, .required = true, .rule = "E11", .help = "ids as in the event log, EC2 ids or ARNs"},
    {"status", FIELD_ENUM, .choices = instance_state_words, .required = true, .rule = "E11, E170", .help = "to set"},
    NOTE("cluster", STRING),
};
static const field_shape instances_state = {.name = "update-container-instances-state call", FIELD_SHAPE(instances_state_rows)};

static const field_row crash_rows[] = {
    SELECTOR_ROWS,
    {"exitCode", FIELD_INTEGER, RANGE(0, 255), .fill = "1", .rule = "E105", .help = "of the crash"},
};
static const field_shape crash = {.name = "crashTasks", .ours = true, FIELD_SHAPE(crash_rows)};

static const field_row fail_rows[] = {
    SELECTOR_ROWS,
    {"how",                  FIELD_COUNT_OR_WORD, RANGE(100, 599), .choices = failure_words, .fill = "\"refuse\"", .rule = "L26", .help = "refuse, hang or a status code; requests to these tasks fare alike: refuse 502, hang 504, a code of 500 or more fails as application, a lower one is served"},
    {"containerHealthCheck", FIELD_BOOLEAN, .fill = "false", .rule = "E34", .help = "container health checks too"},
    {"duration",             FIELD_DURATION, .help = "to the end unless given"},
};
static const field_shape fail_checks = {.name = "failHealthChecks", .ours = true, FIELD_SHAPE(fail_rows)};

static const field_row slow_rows[] = {
    SELECTOR_ROWS,
    {"factor",   FIELD_NUMBER, RANGE(0.001, 1e6), .required = true, .rule = "L80", .help = "multiplies requestSeconds"},
    {"duration", FIELD_DURATION, .help = "to the end unless given"},
};
static const field_shape slow_tasks = {.name = "slowTasks", .ours = true, FIELD_SHAPE(slow_rows)};
static const char *const stop_words[] = {"ROLLBACK", "ABORT", NULL};
static const field_row stop_deployment_rows[] = {
    {"serviceDeploymentArn", FIELD_STRING, .rule = "E164", .help = "ARN, id as in the event log (NAME#2), or a service's name: its current deployment"},
    {"service",              FIELD_STRING, .help = "in place of it: name or ARN of the service"},
    {"stopType",             FIELD_ENUM, .choices = stop_words, .fill = "\"ROLLBACK\"", .rule = "E164", .help = "ABORT leaves the tasks as they are"},
};
static const field_shape stop_deployment = {.name = "stop-service-deployment call", FIELD_SHAPE(stop_deployment_rows)};

static const field_row disconnect_rows[] = {
    SELECTOR_ROWS,
    {"duration", FIELD_DURATION, .help = "to the end unless given"},
};
static const field_shape disconnect = {.name = "disconnectAgents", .ours = true, FIELD_SHAPE(disconnect_rows)};

static const field_row outage_rows[] = {
    {"availabilityZone", FIELD_STRING, .required = true, .rule = "E174", .help = "which"},
    {"duration",         FIELD_DURATION, .help = "to the end unless given"},
};
static const field_shape zone_outage = {.name = "availabilityZoneOutage", .ours = true, FIELD_SHAPE(outage_rows)};

static const field_row refuse_rows[] = {
    {"availabilityZone", FIELD_STRING, .help = "of the launch; any unless given"},
    {"autoScalingGroup", FIELD_STRING, .help = "that asks; any unless given"},
    {"capacityProvider", FIELD_STRING, .help = "whose instances are asked for; any unless given"},
    {"fraction",         FIELD_NUMBER, RANGE(0, 1), .fill = "1", .help = "share of the launches, drawn"},
    {"duration",         FIELD_DURATION, .help = "to the end unless given"},
};
static const field_shape refuse_launches = {.name = "refuseLaunches", .ours = true, FIELD_SHAPE(refuse_rows)};

static const field_row spot_rows[] = {SELECTOR_ROWS};
static const field_shape spot_interruption = {.name = "spotInterruption", .ours = true, FIELD_SHAPE(spot_rows)};

static const field_row set_desired_rows[] = {
    {"AutoScalingGroupName", FIELD_STRING, .required = true, .rule = "A80", .help = "name or ARN"},
    {"DesiredCapacity",      FIELD_INTEGER, RANGE(0, 1000000), .required = true, .unit = "instances", .rule = "A80", .help = "within MinSize and MaxSize"},
    NOTE("HonorCooldown", BOOLEAN),
};
static const field_shape set_desired = {.name = "set-desired-capacity call", FIELD_SHAPE(set_desired_rows)};

static const char *const refresh_strategies[] = {"Rolling", NULL};
static const char *const protected_words[] = {"Refresh", "Ignore", "Wait", NULL};
static const char *const standby_words[] = {"Terminate", "Ignore", "Wait", NULL};
static const field_row preference_rows[] = {
    {"MinHealthyPercentage", FIELD_INTEGER, RANGE(0, 100), .unit = "percent", .rule = "A91", .help = "of desired, that stays in service and warm; 90 unless given"},
    {"MaxHealthyPercentage", FIELD_INTEGER, RANGE(100, 200), .unit = "percent", .rule = "A91", .help = "of desired, up to which instances are launched before others go"},
    {"InstanceWarmup",       FIELD_INTEGER, RANGE(0, 1000000), .unit = "s", .rule = "A91", .help = "until a new one counts; DefaultInstanceWarmup, else HealthCheckGracePeriod"},
    {"CheckpointPercentages", FIELD_LIST, .rule = "A91", .help = "shares of the instances after which it waits"},
    {"CheckpointDelay",      FIELD_INTEGER, RANGE(0, 172800), .fill = "3600", .unit = "s", .rule = "A91", .help = "how long"},
    {"SkipMatching",         FIELD_BOOLEAN, .fill = "false", .rule = "A91", .help = "leaves alone what has the launch template already: all, as there is one"},
    {"ScaleInProtectedInstances", FIELD_ENUM, .choices = protected_words, .fill = "\"Wait\"", .rule = "A91", .help = "replaced, left alone, or waited for for an hour"},
    {"StandbyInstances",     FIELD_ENUM, .choices = standby_words, .help = "there are none"},
    {"AutoRollback",         FIELD_BOOLEAN, FIELD_LATER, .fill = "false", .rule = "A91", .help = "back to the launch template before"},
    {"AlarmSpecification",   FIELD_OBJECT, FIELD_LATER, .rule = "A91", .help = "alarms that fail it"},
    {"BakeTime",             FIELD_INTEGER, FIELD_LATER, .fill = "0", .rule = "A91", .help = "a wait at its end"},
};
static const field_shape preferences = {.name = "preferences of an instance refresh", FIELD_SHAPE(preference_rows)};
static const field_row refresh_rows[] = {
    {"AutoScalingGroupName", FIELD_STRING, .required = true, .rule = "A91", .help = "name or ARN"},
    {"Strategy",             FIELD_ENUM, .choices = refresh_strategies, .help = "the only one"},
    {"Preferences",          FIELD_OBJECT, .shape = &preferences, .rule = "A91", .help = "how"},
    {"DesiredConfiguration", FIELD_OBJECT, FIELD_LATER, .rule = "A91", .help = "another launch template"},
};
static const field_shape start_refresh = {.name = "start-instance-refresh call", FIELD_SHAPE(refresh_rows)};

static const field_row timeline_rows[] = {
    {"at",                     FIELD_TIME, .required = true, .help = "when; \"peak\": at the highest offered rate"},
    {"every",                  FIELD_DURATION, .help = "repeats it"},
    {"until",                  FIELD_TIME, .help = "last repetition; the end unless given"},
    {"name",                   FIELD_STRING, .help = "for pointers"},
    {"registerTaskDefinition", FIELD_OBJECT, .shape = &shape_task_definition, .file = true, .rule = "E20", .help = "the next revision"},
    {"createService",          FIELD_OBJECT, .shape = &shape_service, .file = true, .help = "a further service"},
    {"updateService",          FIELD_OBJECT, .shape = &shape_update_service, .partial = true, .file = true, .rule = "E152", .help = "deploy, scale, reconfigure"},
    {"deleteService",          FIELD_OBJECT, .shape = &delete_service, .rule = "E111", .help = "drains it"},
    {"runTask",                FIELD_OBJECT, .shape = &shape_run_task, .file = true, .rule = "E87", .help = "standalone tasks"},
    {"stopTask",               FIELD_OBJECT, .shape = &stop_task, .rule = "L92", .help = "by a user"},
    {"terminateInstances",     FIELD_OBJECT, .shape = &terminate, .rule = "E174", .help = "instances end"},
    {"updateContainerInstancesState", FIELD_OBJECT, .shape = &instances_state, .rule = "E170", .help = "drains instances, or ends that"},
    {"crashTasks",             FIELD_OBJECT, .shape = &crash, .rule = "E105", .help = "tasks exit"},
    {"failHealthChecks",       FIELD_OBJECT, .shape = &fail_checks, .rule = "L26", .help = "tasks stop answering health checks, and their requests fail the same way"},
    {"slowTasks",              FIELD_OBJECT, .shape = &slow_tasks, .rule = "L80", .help = "requests take longer"},
    {"stopServiceDeployment",  FIELD_OBJECT, .shape = &stop_deployment, .rule = "E164", .help = "ends a service's deployment, by default with a rollback"},
    {"updateTaskProtection",   FIELD_OBJECT, .shape = &protection, .rule = "E108", .help = "protects tasks from scale-in and deployments"},
    {"disconnectAgents",       FIELD_OBJECT, .shape = &disconnect, .rule = "E173", .help = "nothing is heard from agents"},
    {"availabilityZoneOutage", FIELD_OBJECT, .shape = &zone_outage, .rule = "E174", .help = "a zone's instances and load balancer nodes are lost"},
    {"refuseLaunches",         FIELD_OBJECT, .shape = &refuse_launches, .rule = "A81", .help = "instances asked for are not given"},
    {"spotInterruption",       FIELD_OBJECT, .shape = &spot_interruption, .rule = "E175", .help = "spot instances get their notice"},
    {"setDesiredCapacity",     FIELD_OBJECT, .shape = &set_desired, .rule = "A80", .help = "of an Auto Scaling group"},
    {"registerScalableTarget", FIELD_OBJECT, .shape = &shape_scalable_target, .partial = true, .file = true, .rule = "A40", .help = "bounds of a service, what is suspended"},
    {"putScalingPolicy",       FIELD_OBJECT, .shape = &shape_scaling_policy, .file = true, .rule = "A47", .help = "a policy, in place of the one of its name"},
    {"startInstanceRefresh",   FIELD_OBJECT, .shape = &start_refresh, .file = true, .rule = "A91", .help = "replaces a group's instances, batch by batch"},
    {"createTaskSet",          FIELD_OBJECT, .shape = &shape_create_task_set, .file = true, .rule = "E163", .help = "tasks beside others, of a service that somebody else deploys"},
    {"updateTaskSet",          FIELD_OBJECT, .shape = &shape_update_task_set, .rule = "E163", .help = "its scale"},
    {"updateServicePrimaryTaskSet", FIELD_OBJECT, .shape = &shape_primary_task_set, .rule = "E163", .help = "which one serves production"},
    {"deleteTaskSet",          FIELD_OBJECT, .shape = &shape_delete_task_set, .rule = "E163", .help = "its tasks stop"},
};
const field_shape shape_timeline_action = {.name = "timeline action", .ours = true, FIELD_SHAPE(timeline_rows)};

/* ---- controlPlane (contract: knobs) ---- */

#define SECONDS_KNOB(key_, default_, rule_, help_) {key_, FIELD_DURATION, .fill = default_, .unit = "s", .rule = rule_, .help = help_}

static const field_row control_rows[] = {
    SECONDS_KNOB("reconcileSeconds", "10", "E100", "grid of ticks on which waiting placements and restarts are tried"),
    SECONDS_KNOB("runningSettleSeconds", "40", "E96", "time RUNNING before a task without any check counts as healthy"),
    {"releaseOn", FIELD_ENUM, .choices = release_words, .fill = "\"stopping\"", .rule = "E58-E60", .help = "when a task's resources are offered to new placements"},
    {"maxCountsStopping", FIELD_BOOLEAN, .fill = "true", .rule = "E142", .help = "stopping tasks count against maximumPercent"},
    {"spreadScope", FIELD_ENUM, .choices = scope_words, .fill = "\"service\"", .rule = "E76", .help = "whose tasks spread counts"},
    {"runTaskStrategy", FIELD_ENUM, .choices = run_task_words, .fill = "\"random\"", .rule = "E82", .help = "placement of run-task without a strategy"},
    {"launchRatePerMinute", FIELD_INTEGER, RANGE(1, 1000000), .fill = "500", .unit = "tasks", .rule = "E106, E190", .help = "starts of one service in a minute"},
    SECONDS_KNOB("placementRetryFastSeconds", "60", "E112", "after a first refusal, how long each tick tries again"),
    SECONDS_KNOB("placementRetrySlowSeconds", "300", "E112", "then the interval of tries"),
    {"retryOnCapacityEvent", FIELD_BOOLEAN, .fill = "true", .rule = "E112", .help = "try at once when an instance becomes ACTIVE or reconnects"},
    {"throttleAfterFailures", FIELD_INTEGER, RANGE(1, 1000000), .fill = "3", .unit = "tasks", .rule = "E110", .help = "consecutive start failures before restarts wait"},
    SECONDS_KNOB("throttleFirstSeconds", "60", "E110", "first wait, doubled each time"),
    SECONDS_KNOB("throttleMaxSeconds", "1620", "E109, E110", "longest wait"),
    SECONDS_KNOB("eventRepeatSeconds", "21600", "E114", "an unresolved or steady service event is repeated after this"),
    SECONDS_KNOB("rebalanceDelaySeconds", "0", "E118", "steady state to first zone-balance check"),
    {"breakerCountsPlacement", FIELD_BOOLEAN, .fill = "true", .rule = "E157", .help = "refused placements count for the circuit breaker"},
    SECONDS_KNOB("serviceStablePollSeconds", "15", "E151", "polling interval of stable.seconds"),
    SECONDS_KNOB("alarmPollSeconds", "60", "E160", "how often a deployment reads its alarms"),
    SECONDS_KNOB("bakeMaxSeconds", "300", "E160", "cap of the default bake time of alarm deployments"),
    {"startTimeoutSeconds", FIELD_DURATION, .unit = "s", .rule = "E31", .help = "startTimeout of containers that give none; none"},
    SECONDS_KNOB("containerStopTimeoutSeconds", "30", "E32, L91", "ECS_CONTAINER_STOP_TIMEOUT of EC2 agents"),
    {"ephemeralPorts", FIELD_NUMBERS, .fill = "[32768, 60999]", .rule = "E7", .help = "dynamic host ports: [low, high]"},
    {"instanceLaunchSeconds", FIELD_DISTRIBUTION, .fill = "120", .unit = "s", .rule = "A81", .help = "launch request to agent registered"},
    SECONDS_KNOB("agentLossDetectSeconds", "120", "E174, E12", "silent loss of an instance or agent to agentConnected false"),
    SECONDS_KNOB("spotNoticeSeconds", "120", "E175, E177, A93", "notice to the end of the instance"),
    SECONDS_KNOB("managedDrainSeconds", "172800", "E176", "longest managed draining"),
    {"provisioningLimit", FIELD_INTEGER, RANGE(0, 1000000), .fill = "500", .unit = "tasks", .rule = "E166", .help = "PROVISIONING tasks of the cluster that wait for an instance"},
    SECONDS_KNOB("provisioningTimeoutSeconds", "1800", "E166", "a PROVISIONING task gives up"),
    {"capacityScaleInPeriods", FIELD_INTEGER, RANGE(1, 1440), .fill = "15", .unit = "minutes", .rule = "E188, A100", .help = "datapoints below target before scale-in"},
    {"initialHealthyChecks", FIELD_COUNT_OR_WORD, RANGE(1, 1000), .choices = threshold_words, .fill = "1", .rule = "L21", .help = "passing checks before a new target is healthy"},
    SECONDS_KNOB("deregistrationLagSeconds", "0", "L80", "how long requests still reach a target after its deregistration"),
    SECONDS_KNOB("registrationDelaySeconds", "0", "L26", "registration to first probe, application"),
    SECONDS_KNOB("nlbRegistrationDelaySeconds", "90", "L26", "the same, network"),
    SECONDS_KNOB("nlbDrainLagSeconds", "0", "L84", "new flows still reach a draining network target"),
    SECONDS_KNOB("dnsTtlSeconds", "60", "L55", "a zone's withdrawal takes effect for clients"),
    SECONDS_KNOB("metricDelaySeconds", "60", "A14, A15", "end of a minute to its datapoint"),
    SECONDS_KNOB("highResolutionDelaySeconds", "20", "A08, A14", "the same for 20-second metrics"),
    SECONDS_KNOB("scalingActionDelaySeconds", "0", "A69", "decision to change of the desired count"),
    {"cooldownFrom", FIELD_ENUM, .choices = cooldown_words, .fill = "\"set\"", .rule = "A58", .help = "when a cooldown starts"},
    {"scaleInMaxStep", FIELD_INTEGER, RANGE(1, 1000000), .unit = "tasks", .rule = "A64", .help = "most tasks that one target-tracking scale-in removes; none"},
    {"trackingHighPeriods", FIELD_INTEGER, RANGE(1, 1440), .fill = "3", .unit = "periods", .rule = "A61", .help = "datapoints of AlarmHigh"},
    {"trackingLowPeriods", FIELD_INTEGER, RANGE(1, 1440), .fill = "15", .unit = "periods", .rule = "A61", .help = "datapoints of AlarmLow"},
    {"trackingLowFactor", FIELD_NUMBER, RANGE(0, 1), .fill = "0.9", .unit = "ratio", .rule = "A61", .help = "AlarmLow's threshold / target, ECS services"},
    {"asgTrackingLowFactor", FIELD_NUMBER, RANGE(0, 1), .fill = "0.7", .unit = "ratio", .rule = "A61", .help = "the same, Auto Scaling groups"},
};
const field_shape shape_control_plane = {.name = "control plane", .ours = true, FIELD_SHAPE(control_rows)};

/* ---- basis, expect, prices ---- */

static const field_row basis_rows[] = {
    {"kind",   FIELD_ENUM, .required = true, .choices = kind_words, .help = "where the value comes from"},
    {"n",      FIELD_INTEGER, RANGE(0, 9e15), .help = "observations"},
    {"low",    FIELD_NUMBER, .help = "of its interval"},
    {"high",   FIELD_NUMBER, .help = "of its interval"},
    {"source", FIELD_STRING, .help = "file, ticket, person"},
    {"note",   FIELD_STRING, .help = "free text"},
};
const field_shape shape_basis = {.name = "basis", .ours = true, FIELD_SHAPE(basis_rows)};

static const field_row expect_rows[] = {
    {"metric",    FIELD_STRING, .required = true, .help = "its name, as `berth run --json` prints them; * matches one part"},
    {"atLeast",   FIELD_NUMBER, .help = "lower bound"},
    {"atMost",    FIELD_NUMBER, .help = "upper bound"},
    {"equals",    FIELD_NUMBER, .help = "value"},
    {"tolerance", FIELD_NUMBER, RANGE(0, 1e300), .help = "of equals, absolute; 0"},
    {"between",   FIELD_NUMBERS, .help = "[low, high]"},
    {"inShare",   FIELD_NUMBER, FIELD_LATER, .help = "share of the replications in which it must hold"},
    {"name",      FIELD_STRING, .help = "for pointers"},
};
const field_shape shape_expectation = {.name = "expectation", .ours = true, FIELD_SHAPE(expect_rows)};

static const field_row spot_pool_rows[] = {
    {"instanceType",     FIELD_STRING, .required = true, .rule = "A94", .help = "type"},
    {"availabilityZone", FIELD_STRING, .rule = "A94", .help = "zone; absent: every zone that no other entry of the type names"},
    {"pricePerHour",     FIELD_NUMBER, RANGE(0, 1e9), .unit = "USD", .rule = "A94", .help = "of one instance"},
    {"capacity",         FIELD_INTEGER, RANGE(0, 1000000), .unit = "instances", .rule = "A94", .help = "what Auto Scaling groups may have there at once; absent: no limit"},
};
static const field_shape spot_pool = {.name = "Spot pool", .ours = true, FIELD_SHAPE(spot_pool_rows)};
static const field_row price_rows[] = {
    {"spot",            FIELD_LIST, .shape = &spot_pool, .rule = "A94", .help = "Spot prices and capacity by pool: a type in a zone"},
    {"ec2SpotDiscount", FIELD_NUMBER, RANGE(0, 1), .fill = "0", PLAUSIBLE(0.4, 0.8), .unit = "ratio", .help = "share taken off the On-Demand price for Spot instances whose pool has no price"},
    {"ec2Discount",     FIELD_NUMBER, RANGE(0, 1), .help = "share taken off the catalogue's prices"},
    {"region",          FIELD_STRING, .effect = FIELD_NO_EFFECT, .help = "of the prices, for the reader"},
    {"fargateDiscount", FIELD_NUMBER, RANGE(0, 1), .unit = "ratio", .help = "share taken off Fargate's prices"},
    {"fargateVcpuHour", FIELD_NUMBER, RANGE(0, 1e6), .unit = "USD", .help = "of a vCPU on Fargate, any architecture"},
    {"fargateGbHour",   FIELD_NUMBER, RANGE(0, 1e6), .unit = "USD", .help = "of a GB of memory on Fargate, any architecture"},
    {"fargateSpotDiscount", FIELD_NUMBER, RANGE(0, 1), .fill = "0.7", PLAUSIBLE(0.4, 0.7), .unit = "ratio", .help = "share taken off them for FARGATE_SPOT; AWS says up to 0.7"},
};
static const field_shape prices = {.name = "prices", .ours = true, .open = true, FIELD_SHAPE(price_rows)};

/* ---- experiments (contract: cli) ---- */

static const field_row vary_rows[] = {
    {"name",    FIELD_STRING, .required = true, .help = "of the factor, in results"},
    {"pointer", FIELD_STRING, .required = true, .help = "what varies"},
    {"values",  FIELD_ANY, .required = true, .help = "a list of values, or an object of named ones"},
};
static const field_shape vary = {.name = "factor", .ours = true, FIELD_SHAPE(vary_rows)};
static const field_row experiment_rows[] = {
    {"berth",        FIELD_INTEGER, RANGE(1, 1), .required = true, .help = "format version"},
    {"$schema",      FIELD_STRING, .help = "for editors"},
    {"experiment",   FIELD_STRING, .required = true, .help = "name"},
    {"description",  FIELD_STRING, .help = "what it asks"},
    {"scenario",     FIELD_STRING, .required = true, .help = "path of the base scenario"},
    {"replications", FIELD_INTEGER, RANGE(1, 1000000), .help = "runs of each variant"},
    {"seed",         FIELD_INTEGER, RANGE(0, 9.2e18), .help = "master seed"},
    {"vary",         FIELD_LIST, .shape = &vary, .help = "factors; their product is the grid"},
    {"measure",      FIELD_STRINGS, .help = "metrics to keep"},
};
const field_shape shape_experiment = {.name = "experiment", .ours = true, FIELD_SHAPE(experiment_rows)};

/* ---- the whole ---- */

static const field_row zone_offset_rows[] = {
    {"from",          FIELD_STRING, .required = true, .help = "instant since when it holds"},
    {"offsetSeconds", FIELD_INTEGER, RANGE(-93600, 93600), .unit = "s", .required = true, .help = "local time minus UTC"},
};
static const field_shape zone_offset = {.name = "offset of a time zone", .ours = true, FIELD_SHAPE(zone_offset_rows)};
static const field_row zone_rows[] = {
    {"offsets", FIELD_LIST, .shape = &zone_offset, .required = true, .help = "from a day before the start on, ascending"},
    {"until",   FIELD_STRING, .required = true, .help = "instant up to which they are known: a day behind the end"},
};
static const field_shape zone_offsets = {.name = "time zone's offsets", .ours = true, FIELD_SHAPE(zone_rows)};

static const field_row scenario_rows[] = {
    {"berth",        FIELD_INTEGER, RANGE(1, 1), .required = true, .help = "format version"},
    {"$schema",      FIELD_STRING, .help = "for editors"},
    {"name",         FIELD_STRING, .help = "name"},
    {"description",  FIELD_STRING, .help = "what it shows"},
    {"extends",      FIELD_ANY, .help = "path, or list of paths, of the scenarios that this one changes"},
    {"start",        FIELD_STRING, .fill = "\"1970-01-05T00:00:00Z\"", .help = "wall-clock instant of t = 0"},
    {"timeZone",     FIELD_STRING, .fill = "\"UTC\"", .help = "for printing"},
    {"timeZoneOffsets", FIELD_OBJECT_MAP, .shape = &zone_offsets, .rule = "A71", .help = "offsets of the time zones of scheduled actions, by name; those not given are looked up in the machine's tz data and recorded here"},
    {"duration",     FIELD_DURATION, .required = true, .help = "simulated time"},
    {"warmup",       FIELD_TIME, .fill = "0", .help = "time before measuring"},
    {"seed",         FIELD_INTEGER, RANGE(0, 9.2e18), .fill = "1", .help = "master seed"},
    {"replications", FIELD_INTEGER, RANGE(1, 1000000), .fill = "1", .help = "default replications"},
    {"cluster",      FIELD_OBJECT, .shape = &shape_cluster, .file = true, .fill = "{}", .help = "cluster and its container instances"},
    {"subnets",      FIELD_TEXT_MAP, .help = "zones of subnet ids"},
    {"taskDefinitions", FIELD_LIST, .shape = &shape_task_definition, .file = true, .answer = "taskDefinitions", .rule = "E20", .help = "registered before the services"},
    {"services",        FIELD_LIST, .shape = &shape_service, .file = true, .answer = "services", .rule = "E99", .help = "created at t = 0 in file order"},
    {"loadBalancers",   FIELD_LIST, .shape = &shape_load_balancer, .alternative_keys = {"Listeners", "ListenerDescriptions"}, .alternative = &shape_classic_load_balancer,
                        .file = true, .answer = "LoadBalancers", .other_answer = "LoadBalancerDescriptions", .rule = "L1, L102", .help = "application and network load balancers; classic ones, which hold their Listeners"},
    {"listeners",       FIELD_LIST, .shape = &shape_listener, .file = true, .answer = "Listeners", .rule = "L1", .help = "their listeners"},
    {"targetGroups",    FIELD_LIST, .shape = &shape_target_group, .file = true, .answer = "TargetGroups", .rule = "L10", .help = "target groups"},
    {"listenerRules",   FIELD_LIST, .shape = &shape_listener_rule, .file = true, .answer = "Rules", .rule = "L60", .help = "rules of listeners"},
    {"tasks",             FIELD_LIST, .shape = &shape_task, .file = true, .answer = "tasks", .rule = "E50", .help = "a describe-tasks answer: the tasks that exist at t = 0, RUNNING and healthy; without it services start theirs"},
    {"scalableTargets",   FIELD_LIST, .shape = &shape_scalable_target, .file = true, .answer = "ScalableTargets", .help = "services that scale"},
    {"scalingPolicies",   FIELD_LIST, .shape = &shape_scaling_policy, .file = true, .answer = "ScalingPolicies", .help = "policies"},
    {"scheduledActions",  FIELD_LIST, .shape = &shape_scheduled_action, .file = true, .answer = "ScheduledActions", .help = "scheduled scaling"},
    {"alarms",            FIELD_LIST, .shape = &shape_metric_alarm, .file = true, .answer = "MetricAlarms", .help = "CloudWatch alarms"},
    {"autoScalingGroups", FIELD_LIST, .shape = &shape_auto_scaling_group, .file = true, .answer = "AutoScalingGroups", .help = "instances that scale"},
    {"capacityProviders", FIELD_LIST, .shape = &shape_ecs_capacity_provider, .file = true, .answer = "capacityProviders", .help = "capacity providers"},
    {"behavior",     FIELD_OBJECT_MAP, .shape = &shape_behavior, .partial = true, .help = "how containers behave, per family or family:revision"},
    {"traffic",      FIELD_LIST, .shape = &shape_traffic, .help = "offered requests"},
    {"arrivals",     FIELD_LIST, .shape = &shape_arrival, .help = "standalone tasks that arrive"},
    {"queues",       FIELD_LIST, .shape = &shape_queue, .help = "messages, and the services that work on them"},
    {"prices",       FIELD_OBJECT, .shape = &prices, .partial = true, .help = "what differs from the catalogue"},
    {"trafficScale", FIELD_NUMBER, RANGE(0, 1e12), .fill = "1", .help = "multiplies every rate"},
    {"basis",        FIELD_OBJECT_MAP, .shape = &shape_basis, .help = "where values come from, by pointer"},
    {"timeline",     FIELD_LIST, .shape = &shape_timeline_action, .help = "what happens when"},
    {"controlPlane", FIELD_OBJECT, .shape = &shape_control_plane, .fill = "{}", .help = "knobs of the control plane"},
    {"expect",       FIELD_LIST, .shape = &shape_expectation, .help = "what the results must meet"},
};
const field_shape shape_scenario = {.name = "scenario", .ours = true, FIELD_SHAPE(scenario_rows)};

/* clang-format on */
