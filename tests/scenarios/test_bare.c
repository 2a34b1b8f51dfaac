/* Goal    what a JSON file is, told from its keys, and how bare files are checked.
 * Method  one example of every shape that the contract names; then the rules of bare files. */
#include "scenarios/read/bare.h"
#include "scenarios/read/check_file.h"
#include "tests/scenarios/scratch.h"

static char messages[8192], kind[256];

/* Checks a file of this text (single for double quotes); the kind and the messages are kept. */
static bool check_text(const char *quoted)
{
    char *text = strdup(quoted);
    for (char *c = text; *c; c++)
        if (*c == '\'') *c = '"';
    scratch_put_bytes("f.json", text, strlen(text));
    free(text);
    diagnostics diag;
    check_file_report report;
    scenario_options options = {0};
    diagnostics_init(&diag);
    bool fine = check_file("f.json", &options, &diag, &report);
    messages[0] = '\0';
    FILE *out = fmemopen(messages, sizeof messages, "w");
    diagnostics_print(&diag, out);
    fclose(out);
    snprintf(kind, sizeof kind, "%s", report.kind ? report.kind : "");
    check_file_report_finish(&report);
    diagnostics_finish(&diag);
    return fine;
}

static void test_kinds(void)
{
    static const char *const cases[][2] = {
        {"{'berth': 1, 'duration': '1m'}", "scenario"},
        {"{'extends': 'x.json'}", "scenario"},
        {"{'berth': 1, 'experiment': 'e', 'scenario': 'b.json'}", "experiment"},
        {"{'family': 'a', 'containerDefinitions': [{'name': 'a', 'memory': 9}]}",
         "ECS task definition (register-task-definition input)"},
        {"{'taskDefinition': {'family': 'a', 'containerDefinitions': []}}",
         "ECS task definition (describe-task-definition or register-task-definition answer)"},
        {"[{'name': 'a', 'image': 'b'}]", "list of: ECS container definition"},
        {"{'name': 'a', 'image': 'b', 'essential': true}", "ECS container definition"},
        {"{'serviceName': 'a', 'taskDefinition': 'b', 'desiredCount': 1}",
         "ECS service (create-service input)"},
        {"{'service': 'a', 'forceNewDeployment': true}",
         "ECS service update (update-service input)"},
        {"{'services': [], 'failures': []}", "ECS services (describe-services answer)"},
        {"{'service': {'serviceName': 'a'}}",
         "ECS service (create-service, update-service or delete-service answer)"},
        {"{'cluster': 'c', 'taskDefinition': 'a', 'count': 2}", "ECS run-task or start-task input"},
        {"{'tasks': [], 'failures': []}", "ECS tasks (describe-tasks or run-task answer)"},
        {"{'containerInstances': []}",
         "ECS container instances (describe-container-instances answer)"},
        {"{'clusterName': 'a', 'capacityProviders': ['FARGATE']}",
         "ECS cluster (create-cluster input)"},
        {"{'clusters': []}", "ECS clusters (describe-clusters answer)"},
        {"{'name': 'a', 'autoScalingGroupProvider': {}}",
         "ECS capacity provider (create-capacity-provider input)"},
        {"{'service': 'a', 'cluster': 'c', 'externalId': '1', 'scale': {'value': 50, 'unit': "
         "'PERCENT'}}",
         "ECS task set (create-task-set or update-task-set input)"},
        {"{'taskSets': []}", "ECS task sets (describe-task-sets answer)"},
        {"{'Name': 'a', 'Protocol': 'HTTP', 'HealthCheckPath': '/'}",
         "target group (elbv2 create-target-group input)"},
        {"{'TargetGroups': [{'TargetGroupName': 'a'}]}",
         "target groups (elbv2 describe-target-groups or create-target-group answer)"},
        {"{'Name': 'a', 'Subnets': ['s1', 's2'], 'Type': 'network'}",
         "load balancer (elbv2 create-load-balancer input)"},
        {"{'LoadBalancers': []}",
         "load balancers (elbv2 describe-load-balancers or create-load-balancer answer)"},
        {"{'LoadBalancerArn': 'a', 'Port': 80, 'DefaultActions': []}",
         "listener (elbv2 create-listener input)"},
        {"{'ListenerArn': 'a', 'Priority': 1, 'Conditions': [], 'Actions': []}",
         "listener rule (elbv2 create-rule input)"},
        {"{'AlarmName': 'a', 'MetricName': 'm', 'Threshold': 5}",
         "CloudWatch alarm (put-metric-alarm input)"},
        {"{'AlarmName': 'a', 'AlarmRule': 'ALARM(b)'}",
         "CloudWatch composite alarm (put-composite-alarm input)"},
        {"{'MetricAlarms': []}",
         "CloudWatch alarms (describe-alarms or describe-alarms-for-metric answer)"},
        {"{'ServiceNamespace': 'ecs', 'ResourceId': 'service/c/s', 'ScalableDimension': "
         "'ecs:service:DesiredCount', 'MinCapacity': 1}",
         "scalable target (register- or deregister-scalable-target input)"},
        {"{'PolicyName': 'p', 'ResourceId': 'service/c/s', 'PolicyType': 'StepScaling'}",
         "scaling policy (put-scaling-policy input)"},
        {"{'TargetValue': 50, 'PredefinedMetricSpecification': {'PredefinedMetricType': 'x'}}",
         "target tracking scaling policy configuration"},
        {"{'ScheduledActionName': 'a', 'Schedule': 'rate(1 hour)', 'ResourceId': 'r'}",
         "scheduled action (put-scheduled-action or put-scheduled-update-group-action input)"},
        {"{'AutoScalingGroupName': 'a', 'MinSize': 1, 'MaxSize': 2}",
         "Auto Scaling group (create-auto-scaling-group input)"},
        {"{'AutoScalingGroups': []}", "Auto Scaling groups (describe-auto-scaling-groups answer)"},
        {"{'TargetGroups': {'DBProxyName': 'p'}}",
         "RDS proxy target group (describe-db-proxy-target-groups answer, one)"},
    };
    TEST("every shape of the contract is recognised")
    {
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            check_text(cases[i][0]);
            if (strcmp(kind, cases[i][1]) != 0)
                (void)TAP_FAIL("%s: got %s, want %s", cases[i][0], kind, cases[i][1]);
        }
    }
    TEST("JSON of no known kind is a warning")
    {
        static const char *const others[] = {
            "{'name': 'package', 'version': '1.0.0', 'dependencies': {}}", "[1, 2]", "[]", "{}"};
        for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
            OK(check_text(others[i]));
            IS_STR(messages, "f.json:1:1: : warning: this is no scenario, experiment or AWS object "
                             "that berth knows\n");
            IS_STR(kind, "JSON of no known kind");
        }
    }
}

static void test_rules(void)
{
    TEST("wrong types are errors, with pointers into the answer")
    {
        OK(!check_text(
            "{'services': [{'serviceName': 'a', 'taskDefinition': 'b', 'desiredCount': 'many'}]}"));
        IS_STR(messages,
               "f.json:1:75: /services/0/desiredCount: expected an integer, got \"many\"\n");
        OK(!check_text(
            "{'taskDefinition': {'family': 'a', 'containerDefinitions': {'name': 'x'}}}"));
        IS_STR(
            messages,
            "f.json:1:60: /taskDefinition/containerDefinitions: expected a list, got an object\n");
        OK(!check_text("{'services': ['a']}"));
        IS_STR(messages, "f.json:1:15: /services/0: expected an object (service), got \"a\"\n");
    }
    TEST("what only the API refuses is a warning: E29, E24, E38, L13")
    {
        OK(check_text("{'family': 'a', 'networkMode': 'host', 'containerDefinitions': [{'name': "
                      "'a', 'essential': false, 'portMappings':"
                      " [{'containerPort': 80, 'hostPort': 81}]}]}"));
        OK(strstr(messages, "warning: in network mode host the host port is the container port 80 "
                            "or left out (E38)") != NULL);
        OK(strstr(messages, "warning: container \"a\" needs \"memory\" or \"memoryReservation\", "
                            "as the task has no memory (E24)") != NULL);
        OK(strstr(messages, "warning: at least one container must be essential (E29)") != NULL);
        OK(check_text(
            "{'Name': 'a', 'HealthCheckIntervalSeconds': 5, 'HealthCheckTimeoutSeconds': 5}"));
        OK(strstr(messages, "/HealthCheckTimeoutSeconds: warning: the timeout (5 s) must be below "
                            "the interval (5 s) (L13)") != NULL);
    }
    TEST("what this version does not simulate is no matter in a bare file")
    {
        OK(check_text("{'serviceName': 'a', 'taskDefinition': 'b', 'desiredCount': 1, "
                      "'launchType': 'FARGATE', 'schedulingStrategy': 'DAEMON',"
                      " 'deploymentController': {'type': 'CODE_DEPLOY'}, "
                      "'availabilityZoneRebalancing': 'ENABLED'}"));
        IS_STR(messages, "");
        OK(check_text("{'Name': 'a', 'TargetType': 'lambda', 'HealthCheckEnabled': false}"));
        IS_STR(messages, "");
    }
    TEST("an experiment is checked by its table")
    {
        OK(check_text("{'berth': 1, 'experiment': 'e', 'scenario': 'b.json', 'vary': [{'name': "
                      "'n', 'pointer': '/x', 'values': [1]}]}"));
        OK(!check_text("{'berth': 1, 'experiment': 'e', 'vary': [{'name': 'n', 'values': [1]}]}"));
        IS_STR(messages, "f.json:1:42: /vary/0: \"pointer\" is missing: what varies\nf.json:1:1: : "
                         "\"scenario\" is missing: path of the base scenario\n");
    }
    TEST("a skeleton of aws --generate-cli-skeleton passes")
    {
        OK(check_text(
            "{'family': '', 'taskRoleArn': '', 'networkMode': 'awsvpc', 'containerDefinitions': "
            "[{'name': '', 'image': '', 'cpu': 0, 'memory': 0,"
            " 'links': [''], 'portMappings': [{'containerPort': 0, 'hostPort': 0, 'protocol': "
            "'tcp'}], 'essential': true, 'healthCheck':"
            " {'command': [''], 'interval': 0, 'timeout': 0, 'retries': 0, 'startPeriod': 0}, "
            "'dependsOn': [{'containerName': '', 'condition': 'COMPLETE'}]}],"
            " 'placementConstraints': [{'type': 'memberOf', 'expression': ''}], "
            "'requiresCompatibilities': ['EC2'], 'cpu': '', 'memory': ''}"));
    }
}

int main(void)
{
    tap_begin();
    scratch_begin();
    test_kinds();
    test_rules();
    scratch_end();
    return tap_end();
}
