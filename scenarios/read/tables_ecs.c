#include "scenarios/read/tables.h"

/* Members as in the ECS API model of 2014-11-13. Numbers of rules: spec/ecs.md. */

/* clang-format off */

static const char *const network_modes[] = {"bridge", "host", "awsvpc", "none", NULL};
static const char *const protocols[] = {"tcp", "udp", NULL};
static const char *const launch_types[] = {"EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES", NULL};
static const char *const schedulings[] = {"REPLICA", "DAEMON", NULL};
static const char *const controllers[] = {"ECS", "CODE_DEPLOY", "EXTERNAL", NULL};
static const char *const conditions[] = {"START", "COMPLETE", "SUCCESS", "HEALTHY", NULL};
static const char *const constraint_types[] = {"distinctInstance", "memberOf", NULL};
static const char *const strategy_types[] = {"random", "spread", "binpack", NULL};
static const char *const architectures[] = {"X86_64", "ARM64", NULL};
static const char *const resource_types[] = {"GPU", "InferenceAccelerator", NULL};
static const char *const enabled_words[] = {"ENABLED", "DISABLED", NULL};
static const char *const breaker_types[] = {"BOUNDED_PERCENT", "UNBOUNDED_PERCENT", "COUNT", NULL};
static const char *const deployment_strategies[] = {"ROLLING", "BLUE_GREEN", "LINEAR", "CANARY", NULL};
static const char *const definition_states[] = {"ACTIVE", "INACTIVE", "DELETE_IN_PROGRESS", NULL};
static const char *const instance_states[] = {"REGISTERING", "REGISTRATION_FAILED", "ACTIVE", "DRAINING", "DEREGISTERING", "INACTIVE", NULL};
static const char *const scale_units[] = {"PERCENT", NULL};

static const field_row port_mapping_rows[] = {
    {"containerPort",      FIELD_INTEGER, RANGE(0, 65535), .text_too = true, .rule = "E38", .help = "port the container listens on"},
    {"hostPort",           FIELD_INTEGER, RANGE(0, 65535), .text_too = true, .rule = "E38", .help = "port on the instance; 0 or absent: dynamic (bridge)"},
    {"protocol",           FIELD_ENUM, .choices = protocols, .fill = "\"tcp\"", .rule = "E38", .help = "tcp and udp ports are independent"},
    {"containerPortRange", FIELD_STRING, FIELD_LATER, .rule = "E38", .help = "a range of ports"},
    NOTE("name", STRING), NOTE("appProtocol", STRING),
};
static const field_shape port_mapping = {.name = "port mapping", FIELD_SHAPE(port_mapping_rows)};

static const field_row health_check_rows[] = {
    {"command",     FIELD_STRINGS, .rule = "E34", .help = "its presence makes the check; what it runs is behavior"},
    {"interval",    FIELD_INTEGER, RANGE(5, 300), .fill = "30", .unit = "s", .rule = "E34", .help = "time between probes"},
    {"timeout",     FIELD_INTEGER, RANGE(2, 60), .fill = "5", .unit = "s", .rule = "E34", .help = "longest wait for a verdict"},
    {"retries",     FIELD_INTEGER, RANGE(1, 10), .fill = "3", .unit = "probes", .rule = "E34", .help = "consecutive failures that make it UNHEALTHY"},
    {"startPeriod", FIELD_INTEGER, RANGE(0, 300), .fill = "0", .unit = "s", .rule = "E34", .help = "failures in it do not count"},
};
static const field_shape health_check = {.name = "container health check", FIELD_SHAPE(health_check_rows)};

static const field_row dependency_rows[] = {
    {"containerName", FIELD_STRING, .required = true, .rule = "E30", .help = "container of the same task definition"},
    {"condition",     FIELD_ENUM, .required = true, .choices = conditions, .rule = "E30", .help = "what it must have reached"},
};
static const field_shape dependency = {.name = "container dependency", FIELD_SHAPE(dependency_rows)};

static const field_row resource_requirement_rows[] = {
    {"type",  FIELD_ENUM, .required = true, .choices = resource_types, .rule = "E10", .help = "GPU; InferenceAccelerator has no effect"},
    {"value", FIELD_TEXT_OR_NUMBER, .required = true, .rule = "E10", .help = "number of GPUs, or an accelerator's name"},
};
static const field_shape resource_requirement = {.name = "resource requirement", FIELD_SHAPE(resource_requirement_rows)};

static const field_row restart_policy_rows[] = {
    {"enabled",              FIELD_BOOLEAN, .fill = "false", .rule = "E43", .help = "restarts the container in place"},
    {"ignoredExitCodes",     FIELD_NUMBERS, .rule = "E43", .help = "exits that are not restarted, at most 50"},
    {"restartAttemptPeriod", FIELD_INTEGER, RANGE(60, 1800), .fill = "300", .unit = "s", .rule = "E43", .help = "an exit after a shorter run is not restarted"},
};
static const field_shape restart_policy = {.name = "restart policy", FIELD_SHAPE(restart_policy_rows)};

static const field_row container_rows[] = {
    {"name",                 FIELD_STRING, .required = true, .help = "unique in its task definition"},
    {"image",                FIELD_STRING, .fill = "\"\"", .help = "containers with one image share its pulled copy on an instance"},
    {"cpu",                  FIELD_INTEGER, RANGE(0, 196608), .text_too = true, .unit = "CPU units", .rule = "E22", .help = "reserved where the task has no cpu of its own"},
    {"memory",               FIELD_INTEGER, RANGE(4, 33554432), .text_too = true, .unit = "MiB", .rule = "E24", .help = "hard limit"},
    {"memoryReservation",    FIELD_INTEGER, RANGE(4, 33554432), .text_too = true, .unit = "MiB", .rule = "E23", .help = "reserved in place of memory"},
    {"essential",            FIELD_BOOLEAN, .fill = "true", .rule = "E29", .help = "its end ends the task"},
    {"portMappings",         FIELD_LIST, .shape = &port_mapping, .rule = "E38", .help = "ports of the container"},
    {"links",                FIELD_STRINGS, .rule = "E28", .help = "bridge mode: containers that start first"},
    {"dependsOn",            FIELD_LIST, .shape = &dependency, .rule = "E30", .help = "containers that start first"},
    {"startTimeout",         FIELD_INTEGER, RANGE(1, 2147483647), .unit = "s", .rule = "E31", .help = "longest wait of those that depend on it"},
    {"stopTimeout",          FIELD_INTEGER, RANGE(0, 2147483647), .unit = "s", .rule = "E32", .help = "SIGTERM to SIGKILL"},
    {"healthCheck",          FIELD_OBJECT, .shape = &health_check, .rule = "E34", .help = "container health check"},
    {"resourceRequirements", FIELD_LIST, .shape = &resource_requirement, .rule = "E10", .help = "GPUs"},
    {"restartPolicy",        FIELD_OBJECT, .shape = &restart_policy, .rule = "E43", .help = "restart in place"},
    NOTE("repositoryCredentials", OBJECT), NOTE("entryPoint", STRINGS), NOTE("command", STRINGS), NOTE("environment", LIST),
    NOTE("environmentFiles", LIST), NOTE("mountPoints", LIST), NOTE("volumesFrom", LIST), NOTE("linuxParameters", OBJECT),
    NOTE("secrets", LIST), NOTE("hostname", STRING), NOTE("user", TEXT_OR_NUMBER), NOTE("workingDirectory", STRING),
    NOTE("disableNetworking", BOOLEAN), NOTE("privileged", BOOLEAN), NOTE("readonlyRootFilesystem", BOOLEAN),
    NOTE("dnsServers", STRINGS), NOTE("dnsSearchDomains", STRINGS), NOTE("extraHosts", LIST), NOTE("dockerSecurityOptions", STRINGS),
    NOTE("interactive", BOOLEAN), NOTE("pseudoTerminal", BOOLEAN), NOTE("dockerLabels", OBJECT), NOTE("ulimits", LIST),
    NOTE("logConfiguration", OBJECT), NOTE("systemControls", LIST), NOTE("firelensConfiguration", OBJECT),
    NOTE("credentialSpecs", STRINGS), NOTE("versionConsistency", STRING),
};
const field_shape shape_container_definition = {.name = "container definition", FIELD_SHAPE(container_rows)};

static const field_row constraint_rows[] = {
    {"type",       FIELD_ENUM, .required = true, .choices = constraint_types, .rule = "E83, E84", .help = "kind of constraint"},
    {"expression", FIELD_STRING, .rule = "E84", .help = "memberOf: cluster query language, at most 2000 characters"},
};
static const field_shape constraint = {.name = "placement constraint", FIELD_SHAPE(constraint_rows)};

static const field_row strategy_rows[] = {
    {"type",  FIELD_ENUM, .required = true, .choices = strategy_types, .rule = "E73", .help = "kind of strategy"},
    {"field", FIELD_STRING, .rule = "E73", .help = "spread: instanceId, host or attribute:NAME; binpack: cpu or memory"},
};
static const field_shape strategy = {.name = "placement strategy", FIELD_SHAPE(strategy_rows)};

static const field_row platform_rows[] = {
    {"cpuArchitecture",       FIELD_ENUM, .choices = architectures, .help = "instances of that architecture only"},
    {"operatingSystemFamily", FIELD_STRING, .help = "LINUX or WINDOWS_SERVER_…: instances of that system only"},
};
static const field_shape platform = {.name = "runtime platform", FIELD_SHAPE(platform_rows)};

static const field_row task_definition_rows[] = {
    {"family",                  FIELD_STRING, .required = true, .rule = "E20", .help = "name; registering it again makes a revision"},
    {"revision",                FIELD_INTEGER, RANGE(1, 2147483647), .rule = "E20", .help = "of an answer; else by order of registration"},
    {"taskDefinitionArn",       FIELD_STRING, .help = "of an answer; references may use it"},
    {"status",                  FIELD_ENUM, .choices = definition_states, .rule = "E20", .help = "of an answer; a bare family means the newest ACTIVE one"},
    {"networkMode",             FIELD_ENUM, .choices = network_modes, .fill = "\"bridge\"", .rule = "E37", .help = "how ports are given"},
    {"containerDefinitions",    FIELD_LIST, .required = true, .not_null = true, .shape = &shape_container_definition, .help = "the containers of a task"},
    {"placementConstraints",    FIELD_LIST, .shape = &constraint, .rule = "E40", .help = "memberOf only"},
    {"requiresCompatibilities", FIELD_STRINGS, .rule = "E41", .help = "with FARGATE sizes are checked by E42"},
    {"cpu",                     FIELD_CPU, RANGE(128, 196608), .unit = "CPU units", .rule = "E21", .help = "of the whole task: reserved, and a ceiling"},
    {"memory",                  FIELD_MEMORY, RANGE(4, 33554432), .unit = "MiB", .rule = "E21", .help = "of the whole task: reserved, and a ceiling"},
    {"runtimePlatform",         FIELD_OBJECT, .shape = &platform, .help = "which instances can run it"},
    NOTE("taskRoleArn", STRING), NOTE("executionRoleArn", STRING), NOTE("volumes", LIST), NOTE("tags", LIST), NOTE("pidMode", STRING),
    NOTE("ipcMode", STRING), NOTE("proxyConfiguration", OBJECT), NOTE("inferenceAccelerators", LIST), NOTE("ephemeralStorage", OBJECT),
    NOTE("enableFaultInjection", BOOLEAN), NOTE("requiresAttributes", LIST), NOTE("compatibilities", STRINGS),
    NOTE("registeredAt", TIMESTAMP), NOTE("deregisteredAt", TIMESTAMP), NOTE("deleteRequestedAt", TIMESTAMP), NOTE("registeredBy", STRING),
};
const field_shape shape_task_definition = {.name = "task definition", FIELD_SHAPE(task_definition_rows)};

static const field_row advanced_rows[] = {
    {"alternateTargetGroupArn", FIELD_STRING, .rule = "E162", .help = "the other target group: a new revision's tasks register there"},
    {"productionListenerRule",  FIELD_STRING, .rule = "E162", .help = "RuleArn, or a listener (ARN, port, name of its load balancer): its weights shift"},
    {"testListenerRule",        FIELD_STRING, .rule = "E162", .help = "the same for test traffic"},
    NOTE("roleArn", STRING),
};
static const field_shape advanced = {.name = "advanced configuration", FIELD_SHAPE(advanced_rows)};

static const field_row service_load_balancer_rows[] = {
    {"targetGroupArn",   FIELD_STRING, .rule = "E115b", .help = "ARN or name of a target group of the scenario"},
    {"containerName",    FIELD_STRING, .rule = "E115b", .help = "container that takes the requests"},
    {"containerPort",    FIELD_INTEGER, RANGE(0, 65535), .rule = "E115b", .help = "one of its ports"},
    {"loadBalancerName", FIELD_STRING, .rule = "L102", .help = "a classic load balancer of the scenario, in place of a target group"},
    {"advancedConfiguration", FIELD_OBJECT, .shape = &advanced, .rule = "E162", .help = "alternate target group of blue/green deployments"},
};
static const field_shape service_load_balancer = {.name = "load balancer of a service", FIELD_SHAPE(service_load_balancer_rows)};

static const field_row breaker_threshold_rows[] = {
    {"type",  FIELD_ENUM, .choices = breaker_types, .fill = "\"BOUNDED_PERCENT\"", .rule = "E153", .help = "what value counts; bounded: at least 3, at most 200"},
    {"value", FIELD_INTEGER, RANGE(1, 1000000), .fill = "50", .rule = "E153", .help = "failures that fail the deployment: percent of desiredCount, or a count"},
};
static const field_shape breaker_threshold = {.name = "circuit breaker threshold", FIELD_SHAPE(breaker_threshold_rows)};
static const field_row breaker_rows[] = {
    {"enable",   FIELD_BOOLEAN, .fill = "false", .rule = "E153", .help = "gives up a deployment whose tasks fail"},
    {"rollback", FIELD_BOOLEAN, .fill = "false", .rule = "E159", .help = "then rolls back to the last completed deployment"},
    {"resetOnHealthyTask", FIELD_BOOLEAN, .fill = "true", .rule = "E156", .help = "a healthy task sets the count to 0"},
    {"thresholdConfiguration", FIELD_OBJECT, .shape = &breaker_threshold, .rule = "E153", .help = "how many failures"},
};
static const field_shape breaker = {.name = "deployment circuit breaker", FIELD_SHAPE(breaker_rows)};

static const field_row deployment_alarm_rows[] = {
    {"enable",     FIELD_BOOLEAN, .fill = "false", .rule = "E160", .help = "an alarm that enters ALARM fails the deployment"},
    {"rollback",   FIELD_BOOLEAN, .fill = "false", .rule = "E160", .help = "then rolls back to the last completed deployment"},
    {"alarmNames", FIELD_STRINGS, .rule = "E160", .help = "alarms of the scenario"},
    NOTE("alarmnames", STRINGS), /* as some tools print it */
};
static const field_shape deployment_alarms = {.name = "deployment alarms", FIELD_SHAPE(deployment_alarm_rows)};

static const char *const hook_types[] = {"AWS_LAMBDA", "PAUSE", NULL};
static const char *const hook_actions[] = {"ROLLBACK", "CONTINUE", NULL};
static const field_row hook_timeout_rows[] = {
    {"timeoutInMinutes", FIELD_INTEGER, RANGE(1, 20160), .fill = "1440", .unit = "min", .rule = "E162", .help = "how long a PAUSE hook waits"},
    {"action",           FIELD_ENUM, .choices = hook_actions, .fill = "\"ROLLBACK\"", .rule = "E162", .help = "what happens then"},
};
static const field_shape hook_timeout = {.name = "hook timeout", FIELD_SHAPE(hook_timeout_rows)};
static const field_row lifecycle_hook_rows[] = {
    {"targetType",           FIELD_ENUM, .choices = hook_types, .fill = "\"AWS_LAMBDA\"", .rule = "E162", .help = "who is asked"},
    {"hookTargetArn",        FIELD_STRING, .rule = "E162", .help = "the function; it succeeds at once"},
    {"lifecycleStages",      FIELD_STRINGS, .rule = "E162", .help = "at these: PRE_SCALE_UP, POST_SCALE_UP, …"},
    {"timeoutConfiguration", FIELD_OBJECT, .shape = &hook_timeout, .fill = "{}", .rule = "E162", .help = "of PAUSE"},
    NOTE("roleArn", STRING), NOTE("hookDetails", OBJECT),
};
static const field_shape lifecycle_hook = {.name = "lifecycle hook", FIELD_SHAPE(lifecycle_hook_rows)};
static const field_row linear_rows[] = {
    {"stepPercent",           FIELD_NUMBER, RANGE(3, 100), .fill = "10", .unit = "percent", .rule = "E162", .help = "of the traffic, each step"},
    {"stepBakeTimeInMinutes", FIELD_INTEGER, RANGE(0, 1440), .fill = "6", .unit = "min", .rule = "E162", .help = "between steps"},
};
static const field_shape linear = {.name = "linear configuration", FIELD_SHAPE(linear_rows)};
static const field_row canary_rows[] = {
    {"canaryPercent",           FIELD_NUMBER, RANGE(0.1, 100), .fill = "5", .unit = "percent", .rule = "E162", .help = "of the traffic, at first"},
    {"canaryBakeTimeInMinutes", FIELD_INTEGER, RANGE(0, 1440), .fill = "10", .unit = "min", .rule = "E162", .help = "then the rest"},
};
static const field_shape canary = {.name = "canary configuration", FIELD_SHAPE(canary_rows)};

static const field_row deployment_rows[] = {
    {"minimumHealthyPercent",    FIELD_INTEGER, RANGE(0, 100), .unit = "percent", .rule = "E140, E141", .help = "floor of healthy tasks while deploying; 100, of DAEMON services 0"},
    {"maximumPercent",           FIELD_INTEGER, RANGE(100, 200), .unit = "percent", .rule = "E140, E141", .help = "ceiling of tasks while deploying; 200, of DAEMON services 100"},
    {"deploymentCircuitBreaker", FIELD_OBJECT, .shape = &breaker, .rule = "E153", .help = "gives up deployments that fail"},
    {"alarms",                   FIELD_OBJECT, .shape = &deployment_alarms, .rule = "E160", .help = "alarms that fail a deployment"},
    {"strategy",                 FIELD_ENUM, .choices = deployment_strategies, .fill = "\"ROLLING\"", .rule = "E162", .help = "kind of deployment"},
    {"bakeTimeInMinutes",        FIELD_INTEGER, RANGE(0, 1440), .unit = "min", .rule = "E162", .help = "both revisions run on after the shift; BLUE_GREEN needs it. ROLLING: alarms watch on. Absent: by the alarms, else 0"},
    {"linearConfiguration",      FIELD_OBJECT, .shape = &linear, .rule = "E162", .help = "steps of LINEAR"},
    {"canaryConfiguration",      FIELD_OBJECT, .shape = &canary, .rule = "E162", .help = "steps of CANARY"},
    {"lifecycleHooks",           FIELD_LIST, .shape = &lifecycle_hook, .rule = "E162", .help = "PAUSE hooks end by their timeout, Lambda hooks succeed at once"},
};
static const field_shape deployment_configuration = {.name = "deployment configuration", FIELD_SHAPE(deployment_rows)};

static const field_row awsvpc_rows[] = {
    {"subnets", FIELD_STRINGS, .required = true, .rule = "E71", .help = "their zones are those of the tasks"},
    NOTE("securityGroups", STRINGS), NOTE("assignPublicIp", STRING),
};
static const field_shape awsvpc = {.name = "awsvpc configuration", FIELD_SHAPE(awsvpc_rows)};
static const field_row network_rows[] = {
    {"awsvpcConfiguration", FIELD_OBJECT, .shape = &awsvpc, .rule = "E71", .help = "where awsvpc tasks may run"},
};
static const field_shape network = {.name = "network configuration", FIELD_SHAPE(network_rows)};

static const field_row controller_rows[] = {
    {"type", FIELD_ENUM, .choices = controllers, .fill = "\"ECS\"", .rule = "E163", .help = "who deploys: ECS, or somebody else by task sets"},
};
static const field_shape controller = {.name = "deployment controller", FIELD_SHAPE(controller_rows)};

static const field_row strategy_item_rows[] = {
    {"capacityProvider", FIELD_STRING, .required = true, .rule = "E180", .help = "name or ARN"},
    {"weight",           FIELD_INTEGER, RANGE(0, 1000), .rule = "E180", .help = "share of the tasks"},
    {"base",             FIELD_INTEGER, RANGE(0, 100000), .rule = "E180", .help = "tasks that go there first"},
};
const field_shape shape_capacity_provider_item = {.name = "capacity provider strategy item", FIELD_SHAPE(strategy_item_rows)};

static const field_row service_deployment_rows[] = {
    {"id",             FIELD_STRING, .rule = "E148", .help = "as in startedBy of its tasks"},
    {"status",         FIELD_STRING, .rule = "E148", .help = "PRIMARY, or ACTIVE"},
    {"taskDefinition", FIELD_STRING, .rule = "E148", .help = "its revision"},
    NOTE("desiredCount", INTEGER), NOTE("pendingCount", INTEGER), NOTE("runningCount", INTEGER), NOTE("failedTasks", INTEGER),
    NOTE("createdAt", TIMESTAMP), NOTE("updatedAt", TIMESTAMP), NOTE("capacityProviderStrategy", LIST), NOTE("launchType", STRING),
    NOTE("platformVersion", STRING), NOTE("platformFamily", STRING), NOTE("networkConfiguration", OBJECT), NOTE("rolloutState", STRING),
    NOTE("rolloutStateReason", STRING), NOTE("serviceConnectConfiguration", OBJECT), NOTE("serviceConnectResources", LIST),
    NOTE("volumeConfigurations", LIST), NOTE("fargateEphemeralStorage", OBJECT), NOTE("vpcLatticeConfigurations", LIST),
};
static const field_shape service_deployment = {.name = "deployment of a service", FIELD_SHAPE(service_deployment_rows)};

static const field_row metric_configuration_rows[] = {
    {"metricNames",       FIELD_STRINGS, .rule = "A08", .help = "CPUUtilization, MemoryUtilization"},
    {"resolutionSeconds", FIELD_INTEGER, .unit = "s", .rule = "A08", .help = "20 or 60; metrics and policies of 20 s are simulated without it, with a warning"},
};
static const field_shape metric_configuration = {.name = "metric configuration", FIELD_SHAPE(metric_configuration_rows)};
static const field_row monitoring_rows[] = {
    {"metricConfigurations", FIELD_LIST, .shape = &metric_configuration, .rule = "A08", .help = "which metrics the service publishes how often"},
};
static const field_shape monitoring = {.name = "monitoring", FIELD_SHAPE(monitoring_rows)};

/* What create-service, update-service and create-task-set share. */
#define SERVICE_NOTES                                                                                                    \
    NOTE("serviceRegistries", LIST), NOTE("clientToken", STRING), NOTE("platformVersion", STRING), NOTE("tags", LIST),    \
    NOTE("enableECSManagedTags", BOOLEAN), NOTE("propagateTags", STRING), NOTE("enableExecuteCommand", BOOLEAN),          \
    NOTE("serviceConnectConfiguration", OBJECT), NOTE("volumeConfigurations", LIST), NOTE("vpcLatticeConfigurations", LIST), \
    NOTE("cluster", STRING)

static const field_row service_rows[] = {
    {"serviceName",                   FIELD_STRING, .required = true, .rule = "E99", .help = "unique in the cluster, at most 255 characters"},
    {"serviceArn",                    FIELD_STRING, .help = "of an answer"},
    {"taskDefinition",                FIELD_STRING, .rule = "E20", .help = "family, family:revision or ARN; not with deploymentController EXTERNAL"},
    {"desiredCount",                  FIELD_INTEGER, RANGE(0, 1000000), .unit = "tasks", .rule = "E99", .help = "tasks kept running"},
    {"deploymentConfiguration",       FIELD_OBJECT, .shape = &deployment_configuration, .rule = "E140", .help = "how tasks are replaced"},
    {"placementStrategy",             FIELD_LIST, .shape = &strategy, .rule = "E73, E80", .help = "at most 5; none: zones, then instances"},
    {"placementConstraints",          FIELD_LIST, .shape = &constraint, .rule = "E83, E84", .help = "where its tasks may run"},
    {"loadBalancers",                 FIELD_LIST, .shape = &service_load_balancer, .rule = "E115b", .help = "target groups its tasks register with"},
    {"networkConfiguration",          FIELD_OBJECT, .shape = &network, .rule = "E71", .help = "awsvpc: subnets"},
    {"healthCheckGracePeriodSeconds", FIELD_INTEGER, RANGE(0, 2147483647), .fill = "0", .unit = "s", .rule = "E98, L96", .help = "from RUNNING, unhealthy verdicts replace no task"},
    {"launchType",                    FIELD_ENUM, .choices = launch_types, .rule = "E41", .help = "EC2 or FARGATE; absent: the cluster's default strategy, else EC2"},
    {"capacityProviderStrategy",      FIELD_LIST, .shape = &shape_capacity_provider_item, .rule = "E180", .help = "in place of launchType: which provider gets which tasks"},
    {"schedulingStrategy",            FIELD_ENUM, .choices = schedulings, .fill = "\"REPLICA\"", .rule = "E99, E101", .help = "DAEMON: one task on each instance that satisfies the constraints"},
    {"deploymentController",          FIELD_OBJECT, .shape = &controller, .rule = "E163", .help = "who deploys"},
    {"availabilityZoneRebalancing",   FIELD_ENUM, .choices = enabled_words, .rule = "E116", .help = "evens out zones after the fact; absent: ENABLED, in an answer DISABLED"},
    {"monitoring",                    FIELD_OBJECT, .shape = &monitoring, .rule = "A08", .help = "which metrics are published every 20 s"},
    {"deployments",                   FIELD_LIST, .shape = &service_deployment, .rule = "E148", .help = "of an answer: to which of them its tasks at t = 0 belong"},
    SERVICE_NOTES,
    NOTE("role", STRING),
    /* of answers */
    NOTE("clusterArn", STRING), NOTE("status", STRING), NOTE("runningCount", INTEGER), NOTE("pendingCount", INTEGER), NOTE("platformFamily", STRING),
    NOTE("taskSets", LIST), NOTE("roleArn", STRING), NOTE("events", LIST), NOTE("createdAt", TIMESTAMP),
    NOTE("createdBy", STRING), NOTE("currentServiceDeployment", STRING), NOTE("currentServiceRevisions", LIST), NOTE("resourceManagementType", STRING),
};
const field_shape shape_service = {.name = "service", FIELD_SHAPE(service_rows)};

static const field_row update_service_rows[] = {
    {"service",                       FIELD_STRING, .required = true, .help = "name or ARN"},
    {"taskDefinition",                FIELD_STRING, .rule = "E152", .help = "starts a deployment"},
    {"desiredCount",                  FIELD_INTEGER, RANGE(0, 1000000), .unit = "tasks", .rule = "E106, E107", .help = "tasks kept running"},
    {"forceNewDeployment",            FIELD_BOOLEAN, .rule = "E161", .help = "a deployment though nothing changed"},
    {"deploymentConfiguration",       FIELD_OBJECT, .shape = &deployment_configuration, .rule = "E140", .help = "how tasks are replaced"},
    {"placementStrategy",             FIELD_LIST, .shape = &strategy, .rule = "E73", .help = "an empty list: the default"},
    {"placementConstraints",          FIELD_LIST, .shape = &constraint, .rule = "E83, E84", .help = "an empty list: none"},
    {"loadBalancers",                 FIELD_LIST, .shape = &service_load_balancer, .rule = "E152", .help = "starts a deployment"},
    {"networkConfiguration",          FIELD_OBJECT, FIELD_LATER, .shape = &network, .rule = "E152", .help = "awsvpc: subnets"},
    {"healthCheckGracePeriodSeconds", FIELD_INTEGER, RANGE(0, 2147483647), .unit = "s", .rule = "E98", .help = "from RUNNING, unhealthy verdicts replace no task"},
    {"capacityProviderStrategy",      FIELD_LIST, .shape = &shape_capacity_provider_item, .rule = "E152, E180", .help = "of tasks started from then on; no deployment"},
    {"availabilityZoneRebalancing",   FIELD_ENUM, .choices = enabled_words, .rule = "E116", .help = "evens out zones after the fact"},
    {"deploymentController",          FIELD_OBJECT, .shape = &controller, .rule = "E163", .help = "who deploys"},
    {"monitoring",                    FIELD_OBJECT, .shape = &monitoring, .rule = "A08", .help = "which metrics are published every 20 s"},
    SERVICE_NOTES,
};
const field_shape shape_update_service = {.name = "service update", FIELD_SHAPE(update_service_rows)};

static const field_row scale_rows[] = {
    {"value", FIELD_NUMBER, RANGE(0, 100), .fill = "0", .unit = "percent", .rule = "E163", .help = "of the service's desired count, rounded up"},
    {"unit",  FIELD_ENUM, .choices = scale_units, .fill = "\"PERCENT\"", .rule = "E163", .help = "of value"},
};
static const field_shape task_set_scale = {.name = "scale of a task set", FIELD_SHAPE(scale_rows)};

static const field_row create_task_set_rows[] = {
    {"service",        FIELD_STRING, .required = true, .rule = "E163", .help = "with deploymentController EXTERNAL or CODE_DEPLOY"},
    {"taskDefinition", FIELD_STRING, .required = true, .rule = "E20", .help = "family, family:revision or ARN"},
    {"externalId",     FIELD_STRING, .rule = "E163", .help = "its name in other calls; else SERVICE#NUMBER"},
    {"scale",          FIELD_OBJECT, .shape = &task_set_scale, .fill = "{}", .rule = "E163", .help = "how many tasks"},
    {"loadBalancers",  FIELD_LIST, .shape = &service_load_balancer, .rule = "E115b", .help = "target groups its tasks register with"},
    {"networkConfiguration",     FIELD_OBJECT, FIELD_LATER, .shape = &network, .rule = "E71", .help = "awsvpc: subnets"},
    {"launchType",               FIELD_ENUM, FIELD_LATER, .choices = launch_types, .fill = "\"EC2\"", .rule = "E41", .help = "EC2"},
    {"capacityProviderStrategy", FIELD_LIST, FIELD_LATER, .shape = &shape_capacity_provider_item, .rule = "E180", .help = "capacity providers"},
    NOTE("cluster", STRING), NOTE("clientToken", STRING), NOTE("platformVersion", STRING), NOTE("serviceRegistries", LIST), NOTE("tags", LIST),
};
const field_shape shape_create_task_set = {.name = "task set call", FIELD_SHAPE(create_task_set_rows)};

static const field_row update_task_set_rows[] = {
    {"service", FIELD_STRING, .required = true, .help = "name or ARN"},
    {"taskSet", FIELD_STRING, .required = true, .rule = "E163", .help = "its externalId, or SERVICE#NUMBER"},
    {"scale",   FIELD_OBJECT, .required = true, .shape = &task_set_scale, .rule = "E163", .help = "how many tasks"},
    NOTE("cluster", STRING),
};
const field_shape shape_update_task_set = {.name = "task set update", FIELD_SHAPE(update_task_set_rows)};

static const field_row primary_task_set_rows[] = {
    {"service",        FIELD_STRING, .required = true, .help = "name or ARN"},
    {"primaryTaskSet", FIELD_STRING, .required = true, .rule = "E163", .help = "its externalId, or SERVICE#NUMBER; production traffic goes to it"},
    NOTE("cluster", STRING),
};
const field_shape shape_primary_task_set = {.name = "primary task set", FIELD_SHAPE(primary_task_set_rows)};

static const field_row delete_task_set_rows[] = {
    {"service", FIELD_STRING, .required = true, .help = "name or ARN"},
    {"taskSet", FIELD_STRING, .required = true, .rule = "E163", .help = "its externalId, or SERVICE#NUMBER"},
    {"force",   FIELD_BOOLEAN, .fill = "false", .rule = "E163", .help = "also while it is scaled above 0"},
    NOTE("cluster", STRING),
};
const field_shape shape_delete_task_set = {.name = "deletion of a task set", FIELD_SHAPE(delete_task_set_rows)};

static const field_row cluster_rows[] = {
    {"clusterName",        FIELD_STRING, .fill = "\"default\"", .help = "name"},
    {"containerInstances", FIELD_LIST, .shape = &shape_instance_group, .alternative_keys = {"registeredResources"}, .alternative = &shape_container_instance,
                           .answer = "containerInstances", .file = true, .rule = "E1-E14", .help = "groups of instances that are alike, or a describe-container-instances answer"},
    {"capacityProviders",  FIELD_STRINGS, .rule = "E180", .help = "the only ones that strategies may name; absent: all of the scenario"},
    {"defaultCapacityProviderStrategy", FIELD_LIST, .shape = &shape_capacity_provider_item, .rule = "E180", .help = "of services that name none"},
    NOTE("clusterArn", STRING), NOTE("configuration", OBJECT), NOTE("status", STRING), NOTE("registeredContainerInstancesCount", INTEGER),
    NOTE("runningTasksCount", INTEGER), NOTE("pendingTasksCount", INTEGER), NOTE("activeServicesCount", INTEGER), NOTE("statistics", LIST),
    NOTE("tags", LIST), NOTE("settings", LIST), NOTE("attachments", LIST), NOTE("attachmentsStatus", STRING), NOTE("serviceConnectDefaults", OBJECT),
};
const field_shape shape_cluster = {.name = "cluster", FIELD_SHAPE(cluster_rows)};

static const field_row resource_rows[] = {
    {"name",           FIELD_STRING, .required = true, .rule = "E3", .help = "CPU, MEMORY, PORTS, PORTS_UDP or GPU"},
    {"integerValue",   FIELD_INTEGER, .rule = "E3", .help = "CPU units or MiB"},
    {"stringSetValue", FIELD_STRINGS, .rule = "E3, E4", .help = "ports, or GPU ids"},
    NOTE("type", STRING), NOTE("doubleValue", NUMBER), NOTE("longValue", INTEGER),
};
static const field_shape resource = {.name = "resource", FIELD_SHAPE(resource_rows)};

static const field_row attribute_rows[] = {
    {"name",  FIELD_STRING, .required = true, .rule = "E14, E15", .help = "name"},
    {"value", FIELD_STRING, .rule = "E15", .help = "may be left out"},
    NOTE("targetType", STRING), NOTE("targetId", STRING),
};
static const field_shape attribute = {.name = "attribute", FIELD_SHAPE(attribute_rows)};

static const field_row version_rows[] = {
    {"agentVersion", FIELD_STRING, .rule = "E94", .help = "for constraints on agentVersion"},
    NOTE("agentHash", STRING), NOTE("dockerVersion", STRING),
};
static const field_shape version_info = {.name = "version info", FIELD_SHAPE(version_rows)};

static const field_row container_instance_rows[] = {
    {"containerInstanceArn", FIELD_STRING, .help = "its ARN"},
    {"ec2InstanceId",        FIELD_STRING, .rule = "E93", .help = "for constraints on ec2InstanceId"},
    {"versionInfo",          FIELD_OBJECT, .shape = &version_info, .rule = "E94", .help = "agent"},
    {"registeredResources",  FIELD_LIST, .required = true, .shape = &resource, .rule = "E3", .help = "what it registered"},
    {"status",               FIELD_ENUM, .choices = instance_states, .fill = "\"ACTIVE\"", .rule = "E11", .help = "at t = 0"},
    {"agentConnected",       FIELD_BOOLEAN, .fill = "true", .rule = "E173", .help = "at t = 0"},
    {"attributes",           FIELD_LIST, .shape = &attribute, .rule = "E14, E15", .help = "zone, type, architecture, custom ones"},
    NOTE("capacityProviderName", STRING), NOTE("version", INTEGER), NOTE("remainingResources", LIST), NOTE("statusReason", STRING),
    NOTE("runningTasksCount", INTEGER), NOTE("pendingTasksCount", INTEGER), NOTE("agentUpdateStatus", STRING), NOTE("registeredAt", TIMESTAMP),
    NOTE("attachments", LIST), NOTE("tags", LIST), NOTE("healthStatus", OBJECT),
};
const field_shape shape_container_instance = {.name = "container instance", FIELD_SHAPE(container_instance_rows)};

static const field_row container_override_rows[] = {
    {"name",              FIELD_STRING, .required = true, .rule = "E87", .help = "container it concerns"},
    {"cpu",               FIELD_INTEGER, RANGE(0, 2147483647), .unit = "CPU units", .rule = "E22", .help = "in place of the definition's"},
    {"memory",            FIELD_INTEGER, RANGE(4, 2147483647), .unit = "MiB", .rule = "E24", .help = "hard limit"},
    {"memoryReservation", FIELD_INTEGER, RANGE(4, 2147483647), .unit = "MiB", .rule = "E24", .help = "soft limit, what placement counts"},
    {"resourceRequirements", FIELD_LIST, .shape = &resource_requirement, .rule = "E10", .help = "GPUs"},
    NOTE("command", STRINGS), NOTE("environment", LIST), NOTE("environmentFiles", LIST),
};
static const field_shape container_override = {.name = "container override", FIELD_SHAPE(container_override_rows)};
static const field_row override_rows[] = {
    {"cpu",    FIELD_CPU, RANGE(1, 2147483647), .unit = "CPU units", .rule = "E21", .help = "of the task"},
    {"memory", FIELD_MEMORY, RANGE(1, 2147483647), .unit = "MiB", .rule = "E21", .help = "of the task"},
    {"containerOverrides", FIELD_LIST, .shape = &container_override, .rule = "E22", .help = "of its containers"},
    NOTE("ephemeralStorage", OBJECT), NOTE("executionRoleArn", STRING), NOTE("inferenceAcceleratorOverrides", LIST), NOTE("taskRoleArn", STRING),
};
static const field_shape task_override = {.name = "task override", FIELD_SHAPE(override_rows)};

static const field_row run_task_rows[] = {
    {"taskDefinition",       FIELD_STRING, .required = true, .rule = "E20", .help = "family, family:revision or ARN"},
    {"count",                FIELD_INTEGER, RANGE(1, 10), .fill = "1", .unit = "tasks", .rule = "E87", .help = "copies"},
    {"group",                FIELD_STRING, .rule = "E95", .help = "task group; family:FAMILY unless given"},
    {"placementStrategy",    FIELD_LIST, .shape = &strategy, .rule = "E73, E82", .help = "at most 5"},
    {"placementConstraints", FIELD_LIST, .shape = &constraint, .rule = "E83, E84", .help = "where the tasks may run"},
    {"networkConfiguration", FIELD_OBJECT, .shape = &network, .rule = "E71", .help = "awsvpc: subnets"},
    {"launchType",           FIELD_ENUM, .choices = launch_types, .rule = "E41", .help = "EC2 or FARGATE; absent: the cluster's default strategy, else EC2"},
    {"capacityProviderStrategy", FIELD_LIST, .shape = &shape_capacity_provider_item, .rule = "E180", .help = "capacity providers"},
    {"overrides",            FIELD_OBJECT, .shape = &task_override, .rule = "E87", .help = "sizes other than the task definition's"},
    NOTE("cluster", STRING), NOTE("clientToken", STRING), NOTE("containerInstances", STRINGS), NOTE("enableECSManagedTags", BOOLEAN),
    NOTE("enableExecuteCommand", BOOLEAN), NOTE("platformVersion", STRING), NOTE("propagateTags", STRING), NOTE("referenceId", STRING),
    NOTE("startedBy", STRING), NOTE("tags", LIST), NOTE("volumeConfigurations", LIST),
};
const field_shape shape_run_task = {.name = "run-task call", FIELD_SHAPE(run_task_rows)};

static const field_row detail_rows[] = {
    {"name",  FIELD_STRING, .rule = "E86", .help = "subnetId tells the zone"},
    {"value", FIELD_STRING, .help = "its value"},
};
static const field_shape detail = {.name = "attachment detail", FIELD_SHAPE(detail_rows)};
static const field_row attachment_rows[] = {
    {"details", FIELD_LIST, .shape = &detail, .rule = "E86", .help = "of a network interface: its subnet"},
    NOTE("id", STRING), NOTE("type", STRING), NOTE("status", STRING),
};
static const field_shape attachment = {.name = "attachment", FIELD_SHAPE(attachment_rows)};
static const field_row binding_rows[] = {
    {"containerPort", FIELD_INTEGER, RANGE(0, 65535), .rule = "E38", .help = "of the mapping"},
    {"hostPort",      FIELD_INTEGER, RANGE(0, 65535), .rule = "E7", .help = "which dynamic port it got"},
    {"protocol",      FIELD_ENUM, .choices = protocols, .rule = "E38", .help = "of the mapping; tcp"},
    NOTE("bindIP", STRING), NOTE("containerPortRange", STRING), NOTE("hostPortRange", STRING),
};
static const field_shape binding = {.name = "network binding", FIELD_SHAPE(binding_rows)};
static const field_row task_container_rows[] = {
    {"name",            FIELD_STRING, .help = "as in the task definition"},
    {"lastStatus",      FIELD_STRING, .rule = "E29", .help = "STOPPED: it has ended"},
    {"exitCode",        FIELD_INTEGER, RANGE(-2147483648.0, 2147483647), .rule = "E30", .help = "of its end"},
    {"networkBindings", FIELD_LIST, .shape = &binding, .rule = "E7", .help = "ports of the instance"},
    NOTE("containerArn", STRING), NOTE("taskArn", STRING), NOTE("image", STRING), NOTE("imageDigest", STRING), NOTE("runtimeId", STRING),
    NOTE("reason", STRING), NOTE("networkInterfaces", LIST), NOTE("healthStatus", STRING), NOTE("managedAgents", LIST),
    NOTE("cpu", TEXT_OR_NUMBER), NOTE("memory", TEXT_OR_NUMBER), NOTE("memoryReservation", TEXT_OR_NUMBER), NOTE("gpuIds", STRINGS),
};
static const field_shape task_container = {.name = "container", FIELD_SHAPE(task_container_rows)};

static const field_row task_rows[] = {
    {"taskDefinitionArn",    FIELD_STRING, .rule = "E20", .help = "family:revision it runs"},
    {"containerInstanceArn", FIELD_STRING, .help = "where it runs: ARN, EC2 id, or id as in the event log (i-000001)"},
    {"group",                FIELD_STRING, .rule = "E95", .help = "service:NAME, else it is standalone"},
    {"startedBy",            FIELD_STRING, .help = "the service's deployment (ecs-svc/ID)"},
    {"lastStatus",           FIELD_STRING, .rule = "E50", .help = "one that starts is taken as RUNNING, one that ends is left out"},
    {"desiredStatus",        FIELD_STRING, .rule = "E53", .help = "STOPPED: it is left out"},
    {"launchType",           FIELD_ENUM, .choices = launch_types, .rule = "E41", .help = "FARGATE: it has no instance"},
    {"capacityProviderName", FIELD_STRING, .rule = "E181", .help = "whose capacity it takes"},
    {"availabilityZone",     FIELD_STRING, .rule = "E86", .help = "of a task on Fargate"},
    {"attachments",          FIELD_LIST, .shape = &attachment, .rule = "E86", .help = "its subnet, where the zone is not given"},
    {"containers",           FIELD_LIST, .shape = &task_container, .rule = "E7, E29", .help = "ports, and which have ended"},
    {"overrides",            FIELD_OBJECT, .shape = &task_override, .rule = "E87", .help = "of a standalone task: sizes other than the task definition's"},
    NOTE("taskArn", STRING), NOTE("attributes", LIST),
    NOTE("clusterArn", STRING), NOTE("connectivity", STRING), NOTE("connectivityAt", TIMESTAMP),
    NOTE("cpu", TEXT_OR_NUMBER), NOTE("createdAt", TIMESTAMP), NOTE("enableExecuteCommand", BOOLEAN), NOTE("ephemeralStorage", OBJECT),
    NOTE("executionStoppedAt", TIMESTAMP), NOTE("fargateEphemeralStorage", OBJECT), NOTE("healthStatus", STRING), NOTE("inferenceAccelerators", LIST),
    NOTE("memory", TEXT_OR_NUMBER), NOTE("platformVersion", STRING),
    NOTE("platformFamily", STRING), NOTE("pullStartedAt", TIMESTAMP), NOTE("pullStoppedAt", TIMESTAMP), NOTE("startedAt", TIMESTAMP),
    NOTE("stopCode", STRING), NOTE("stoppedAt", TIMESTAMP), NOTE("stoppedReason", STRING),
    NOTE("stoppingAt", TIMESTAMP), NOTE("tags", LIST), NOTE("version", INTEGER),
};
const field_shape shape_task = {.name = "task", FIELD_SHAPE(task_rows)};


static const field_row task_set_rows[] = {
    {"service",        FIELD_STRING, .help = "name or ARN"},
    {"taskDefinition", FIELD_STRING, .rule = "E163", .help = "family, family:revision or ARN"},
    {"loadBalancers",  FIELD_LIST, .shape = &service_load_balancer, .help = "target groups"},
    {"networkConfiguration", FIELD_OBJECT, .shape = &network, .rule = "E71", .help = "awsvpc: subnets"},
    {"launchType",     FIELD_ENUM, .choices = launch_types, .rule = "E41", .help = "where tasks run"},
    {"capacityProviderStrategy", FIELD_LIST, .shape = &shape_capacity_provider_item, .rule = "E180", .help = "capacity providers"},
    {"scale",          FIELD_OBJECT, .shape = &task_set_scale, .rule = "E163", .help = "share of the service's desired count"},
    SERVICE_NOTES,
    NOTE("externalId", STRING), NOTE("id", STRING), NOTE("taskSet", STRING), NOTE("taskSetArn", STRING), NOTE("serviceArn", STRING),
    NOTE("clusterArn", STRING), NOTE("startedBy", STRING), NOTE("status", STRING), NOTE("computedDesiredCount", INTEGER),
    NOTE("pendingCount", INTEGER), NOTE("runningCount", INTEGER), NOTE("createdAt", TIMESTAMP), NOTE("updatedAt", TIMESTAMP),
    NOTE("platformFamily", STRING), NOTE("stabilityStatus", STRING), NOTE("stabilityStatusAt", TIMESTAMP), NOTE("fargateEphemeralStorage", OBJECT),
};
const field_shape shape_task_set = {.name = "task set", FIELD_SHAPE(task_set_rows)};

static const field_row managed_scaling_rows[] = {
    {"status",                 FIELD_ENUM, .choices = enabled_words, .fill = "\"ENABLED\"", .rule = "E183", .help = "managed scaling; DISABLED without managedScaling"},
    {"targetCapacity",         FIELD_INTEGER, RANGE(1, 100), .fill = "100", .unit = "percent", .rule = "E186", .help = "reservation aimed at"},
    {"minimumScalingStepSize", FIELD_INTEGER, RANGE(1, 10000), .fill = "1", .unit = "instances", .rule = "E186", .help = "smallest step out"},
    {"maximumScalingStepSize", FIELD_INTEGER, RANGE(1, 10000), .fill = "10000", .unit = "instances", .rule = "E186", .help = "largest step out"},
    {"instanceWarmupPeriod",   FIELD_INTEGER, RANGE(0, 10000), .fill = "300", .unit = "s", .rule = "E186", .help = "no scale-out while an instance is younger"},
};
static const field_shape managed_scaling = {.name = "managed scaling", FIELD_SHAPE(managed_scaling_rows)};
static const field_row group_provider_rows[] = {
    {"autoScalingGroupArn",          FIELD_STRING, .rule = "E183", .help = "ARN or name of one of autoScalingGroups; other groups of instances say whose they are"},
    {"managedScaling",               FIELD_OBJECT, .shape = &managed_scaling, .rule = "E183", .help = "cluster auto scaling"},
    {"managedTerminationProtection", FIELD_ENUM, .choices = enabled_words, .fill = "\"DISABLED\"", .rule = "E189", .help = "instances with tasks are spared by scale-in; needs NewInstancesProtectedFromScaleIn"},
    {"managedDraining",              FIELD_ENUM, .choices = enabled_words, .fill = "\"ENABLED\"", .rule = "E176", .help = "tasks leave before the instance"},
};
static const field_shape group_provider = {.name = "Auto Scaling group provider", FIELD_SHAPE(group_provider_rows)};
static const field_row capacity_provider_rows[] = {
    {"name",                     FIELD_STRING, .required = true, .help = "name"},
    {"autoScalingGroupProvider", FIELD_OBJECT, .shape = &group_provider, .rule = "E183", .help = "the group behind it"},
    {"capacityProviderArn",      FIELD_STRING, .help = "of an answer; references may use it"},
    {"managedInstancesProvider", FIELD_OBJECT, FIELD_LATER, .rule = "E41", .help = "Managed Instances"},
    NOTE("cluster", STRING), NOTE("status", STRING),
    NOTE("updateStatus", STRING), NOTE("updateStatusReason", STRING), NOTE("tags", LIST), NOTE("type", STRING),
};
const field_shape shape_ecs_capacity_provider = {.name = "capacity provider", FIELD_SHAPE(capacity_provider_rows)};

/* clang-format on */
