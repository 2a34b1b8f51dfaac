/* Goal: a describe-tasks answer becomes the tasks that exist at t = 0: whose they are, where, with which ports, in which
 * deployment (contract: scenario, tasks).
 * Method: small scenarios, read; and real answers of the shared data (skipped where that is absent), each in a scenario made
 * for it: an instance for every containerInstanceArn, a task definition for every taskDefinitionArn. */
#include "tests/scenarios/reading.h"
#include <sys/stat.h>

#define TASKS(list_)                                                                               \
    "{'berth': 1, 'duration': '10m',"                                                              \
    " 'cluster': {'containerInstances': [{'vcpu': 2, 'memoryMiB': 2048, 'count': 2},"              \
    " {'ec2InstanceId': 'i-0abc', 'containerInstanceArn':"                                         \
    " 'arn:aws:ecs:x:1:container-instance/prod/0f0f', 'registeredResources':"                      \
    " [{'name': 'CPU', 'integerValue': 2048}, {'name': 'MEMORY', 'integerValue': 2048}]}]},"       \
    " 'subnets': {'subnet-1': 'zone-1'},"                                                          \
    " 'taskDefinitions': [{'family': 'web', 'containerDefinitions': [{'name': 'app', 'cpu': 256,"  \
    " 'memory': 128, 'portMappings': [{'containerPort': 80}, {'containerPort': 81}]}]},"           \
    " {'family': 'web', 'containerDefinitions': [{'name': 'app', 'cpu': 256, 'memory': 128}]},"    \
    " {'family': 'job', 'networkMode': 'awsvpc', 'cpu': '256', 'memory': '512',"                   \
    " 'containerDefinitions': [{'name': 'app', 'essential': true},"                                \
    " {'name': 'init', 'essential': false}]}],"                                                    \
    " 'services': [{'serviceName': 'web', 'taskDefinition': 'web:2', 'desiredCount': 3,"           \
    " 'deployments': [{'id': 'ecs-svc/2', 'status': 'PRIMARY', 'taskDefinition': 'web:2'},"        \
    " {'id': 'ecs-svc/1', 'status': 'ACTIVE', 'taskDefinition': 'web:2'}]}],"                      \
    " 'tasks': [" list_ "]}"

static const existing_task_config nothing;

static const existing_task_config *task_at(const reading *r, uint32_t index)
{
    if (!r->scene || index >= scenario_config(r->scene)->existing_task_count) {
        printf("# no task %u: %s\n", (unsigned)index, r->messages);
        tap_test_failures++;
        return &nothing;
    }
    return &scenario_config(r->scene)->existing_tasks[index];
}

static char folder[3200];

static bool find_shared(void)
{
    const char *own = getenv("BERTH_SHARED"), *root = getenv("SOURCE_ROOT");
    struct stat info;
    snprintf(folder, sizeof folder, "%s/data/ecs-json/describe", own ? own : "");
    if (own && stat(folder, &info) == 0) return true;
    snprintf(folder, sizeof folder, "%s/../shared/data/ecs-json/describe", root ? root : ".");
    return stat(folder, &info) == 0;
}

/* What the tasks of an answer need, once each: their task definitions and instances. */
static void add_surroundings(json_t *scene, json_t *seen, const json_t *task)
{
    const char *arn = json_string_value(json_object_get(task, "taskDefinitionArn"));
    const char *on = json_string_value(json_object_get(task, "containerInstanceArn"));
    const char *name = strstr(arn, "task-definition/") + strlen("task-definition/");
    if (on && !json_object_get(seen, on)) {
        json_object_set_new(seen, on, json_true());
        json_t *list = json_object_get(json_object_get(scene, "cluster"), "containerInstances");
        json_array_append_new(list,
                              json_pack("{s:s, s:[{s:s, s:i}, {s:s, s:i}]}", "containerInstanceArn",
                                        on, "registeredResources", "name", "CPU", "integerValue",
                                        4096, "name", "MEMORY", "integerValue", 16384));
    }
    if (json_object_get(seen, arn)) return;
    json_object_set_new(seen, arn, json_true());
    json_t *containers = json_array();
    size_t k;
    json_t *item;
    json_array_foreach(json_object_get(task, "containers"), k, item) json_array_append_new(
        containers, json_pack("{s:O, s:i}", "name", json_object_get(item, "name"), "memory", 64));
    if (json_array_size(containers) == 0)
        json_array_append_new(containers, json_pack("{s:s, s:i}", "name", "app", "memory", 64));
    const char *colon = strchr(name, ':');
    bool fargate = !on && json_object_get(task, "attachments") &&
                   json_array_size(json_object_get(task, "attachments")) > 0;
    json_t *definition = json_pack("{s:s%, s:i, s:o}", "family", name, (size_t)(colon - name),
                                   "revision", atoi(colon + 1), "containerDefinitions", containers);
    if (fargate) {
        json_object_set_new(definition, "networkMode", json_string("awsvpc"));
        json_object_set(definition, "cpu", json_object_get(task, "cpu"));
        json_object_set(definition, "memory", json_object_get(task, "memory"));
    }
    json_array_append_new(json_object_get(scene, "taskDefinitions"), definition);
}

/* How many of the answer's tasks exist; UINT32_MAX: refused. */
static uint32_t read_answer(const char *file)
{
    char path[3600];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    json_t *answer = json_load_file(path, 0, NULL);
    json_t *scene = json_pack("{s:i, s:i, s:{s:[]}, s:[], s:O}", "berth", 1, "duration", 60,
                              "cluster", "containerInstances", "taskDefinitions", "tasks",
                              json_object_get(answer, "tasks"));
    json_t *seen = json_object(), *item;
    size_t k;
    json_array_foreach(json_object_get(answer, "tasks"), k, item)
        add_surroundings(scene, seen, item);
    char *text = json_dumps(scene, 0);
    reading r = reading_of(text, NULL);
    if (!r.scene) printf("# %s: %s\n", file, r.messages);
    uint32_t count = r.scene ? scenario_config(r.scene)->existing_task_count : UINT32_MAX;
    scenario_destroy(r.scene);
    free(text);
    json_decref(seen);
    json_decref(scene);
    json_decref(answer);
    return count;
}

int main(void)
{
    tap_begin();
    TEST("the instance: by place, EC2 id, ARN and its end; the service: by group, else by who "
         "started it")
    {
        reading r =
            reading_of(TASKS("{'taskDefinitionArn': 'arn:aws:ecs:x:1:task-definition/web:2', "
                             "'group': 'service:web', 'containerInstanceArn': 'i-000002'},"
                             "{'taskDefinitionArn': 'web:2', 'startedBy': 'ecs-svc/1', "
                             "'containerInstanceArn': 'i-0abc'},"
                             "{'taskDefinitionArn': 'web:1', 'startedBy': 'ecs-svc/77', "
                             "'containerInstanceArn': 'arn:aws:ecs:x:1:container-instance/0f0f'},"
                             "{'taskDefinitionArn': 'web:1', 'group': 'service:gone', 'startedBy': "
                             "'ecs-svc/1', 'containerInstanceArn': 'i-000001'}"),
                       NULL);
        IS_STR(r.messages, "");
        IS_INT(task_at(&r, 0)->instance, 2);
        IS_INT(task_at(&r, 1)->instance, 3);
        IS_INT(task_at(&r, 2)->instance, 3);
        IS_INT(task_at(&r, 0)->service, 0);
        IS_INT(task_at(&r, 1)->service, 0);
        IS_INT(task_at(&r, 2)->service, 0); /* the only one of its family */
        IS_INT(task_at(&r, 3)->service, NO_INDEX);
        IS_STR(task_at(&r, 3)->call.group, "service:gone");
        const service_config *s = &scenario_config(r.scene)->services[0];
        IS_INT(s->revision_count, 3); /* web:1, then two deployments of web:2 */
        IS_INT(s->revisions[0], 0);
        IS_INT(s->revisions[1], 1);
        IS_INT(s->revisions[2], 1);
        IS_INT(task_at(&r, 0)->deployment, 2);
        IS_INT(task_at(&r, 1)->deployment, 1);
        IS_INT(task_at(&r, 2)->deployment, 0);
        scenario_destroy(r.scene);
    }
    TEST("ports are those of networkBindings; what has none gets the lowest that is left (E7)")
    {
        reading r = reading_of(
            TASKS("{'taskDefinitionArn': 'web:1', 'containerInstanceArn': 'i-000001'},"
                  "{'taskDefinitionArn': 'web:1', 'containerInstanceArn': 'i-000001', "
                  "'containers': [{'name': 'app',"
                  " 'networkBindings': [{'containerPort': 81, 'hostPort': 5000}, "
                  "{'containerPort': 80, 'hostPort': 49153}]}]}"),
            (const char *const[]){"/controlPlane={'ephemeralPorts': [49153, 65535]}", NULL});
        IS_STR(r.messages, "");
        IS_INT(task_at(&r, 0)->ports[0], 49154);
        IS_INT(task_at(&r, 0)->ports[1], 49155);
        IS_INT(task_at(&r, 1)->ports[0], 49153);
        IS_INT(task_at(&r, 1)->ports[1], 5000);
        scenario_destroy(r.scene);
    }
    TEST("a standalone task has the sizes of its overrides, tasks alike share a definition (E87)")
    {
        reading r =
            reading_of(TASKS("{'taskDefinitionArn': 'web:2', 'containerInstanceArn': 'i-000001', "
                             "'overrides': {'containerOverrides': [{'name': 'app', 'cpu': 900}]}},"
                             "{'taskDefinitionArn': 'web:2', 'containerInstanceArn': 'i-000001', "
                             "'overrides': {'containerOverrides': [{'name': 'app', 'cpu': 900}]}},"
                             "{'taskDefinitionArn': 'web:2', 'containerInstanceArn': 'i-000002', "
                             "'overrides': {'containerOverrides': [{'name': 'app'}]}}"),
                       NULL);
        IS_STR(r.messages, "");
        uint32_t own = task_at(&r, 0)->task_definition;
        IS_INT(scenario_config(r.scene)->task_definitions[own].containers[0].cpu_units, 900);
        IS_INT(task_at(&r, 1)->task_definition, own);
        IS_INT(task_at(&r, 2)->task_definition, 1);
        scenario_destroy(r.scene);
    }
    TEST("Fargate: the zone, or that of the attachment's subnet; a container that has ended (E86, "
         "E29)")
    {
        reading r = reading_of(
            TASKS("{'taskDefinitionArn': 'job:1', 'launchType': 'FARGATE', 'availabilityZone': "
                  "'z', 'containers': [{'name': 'init', 'lastStatus': 'STOPPED', 'exitCode': 4}]},"
                  "{'taskDefinitionArn': 'job:1', 'capacityProviderName': 'FARGATE_SPOT', "
                  "'attachments': [{'details': [{'name': 'subnetId', 'value': 'subnet-1'}]}]}"),
            NULL);
        IS_STR(r.messages, "");
        IS_STR(task_at(&r, 0)->zone, "z");
        IS_INT(task_at(&r, 0)->provider, PROVIDER_FARGATE);
        OK(!task_at(&r, 0)->exit_codes[0] && task_at(&r, 0)->exit_codes[1]);
        IS_INT(*task_at(&r, 0)->exit_codes[1], 4);
        IS_STR(task_at(&r, 1)->zone, "zone-1");
        IS_INT(task_at(&r, 1)->provider, PROVIDER_FARGATE_SPOT);
        scenario_destroy(r.scene);
    }
    TEST("one that starts counts as RUNNING, one that ends or has no place is left out, each with "
         "a warning (E50)")
    {
        reading r = reading_of(
            TASKS(
                "{'taskDefinitionArn': 'web:2', 'containerInstanceArn': 'i-000001', 'lastStatus': "
                "'PENDING'},"
                "{'taskDefinitionArn': 'web:2', 'lastStatus': 'PROVISIONING', 'launchType': 'EC2'},"
                "{'taskDefinitionArn': 'web:2', 'containerInstanceArn': 'i-000001', 'lastStatus': "
                "'RUNNING', 'desiredStatus': 'STOPPED'},"
                "{'taskDefinitionArn': 'web:9', 'lastStatus': 'STOPPED', 'desiredStatus': "
                "'STOPPED'},"
                "{'taskDefinitionArn': 'web:2', 'containerInstanceArn': 'i-000001', 'containers': "
                "[{'name': 'app', 'lastStatus': 'STOPPED'}]}"),
            NULL);
        OK(strstr(r.messages,
                  "/tasks/0: warning: is PENDING: it is taken as RUNNING and healthy (E50)") !=
           NULL);
        OK(strstr(r.messages,
                  "/tasks/1: warning: is PROVISIONING, and no instance has been found for it") !=
           NULL);
        OK(strstr(r.messages,
                  "/tasks/2: warning: is RUNNING on its way to STOPPED: it is left out") != NULL);
        OK(strstr(r.messages,
                  "/tasks/3: warning: is STOPPED on its way to STOPPED: it is left out") != NULL);
        OK(strstr(r.messages, "/tasks/4: warning: its essential container \"app\" has stopped") !=
           NULL);
        OK(r.scene && scenario_config(r.scene)->existing_task_count == 1);
        scenario_destroy(r.scene);
    }
    TEST("an instance of which nothing tells the zone has none to contradict (E12)")
    {
        reading r = reading_of(TASKS("{'taskDefinitionArn': 'web:2', 'containerInstanceArn': "
                                     "'i-0abc', 'availabilityZone': 'eu-west-1b'}"),
                               NULL);
        OK(strstr(r.messages, "/tasks/0/availabilityZone: warning: nothing tells the zone of its "
                              "container instance i-000003, taken as a") != NULL);
        OK(r.scene && scenario_config(r.scene)->existing_task_count == 1);
        scenario_destroy(r.scene);
    }
    if (!find_shared()) {
        tap_skip("real answers are read", "no ../shared/data/ecs-json");
        return tap_end();
    }
    TEST("real answers are read: what runs or starts is there, what waits for an instance is not")
    {
        IS_INT(read_answer(
                   "boto__botocore__botocore_data_ecs_2014-11-13_examples-1.json-DescribeTasks."
                   "a90b0cde-f965-4946-b55e-cfd8cc54e827.output.json"),
               1);
        IS_INT(
            read_answer("awsdocs__amazon-ecs-developer-guide__doc_source_ECS_AWSCLI_EC2_L300.json"),
            1);
        IS_INT(
            read_answer("awsdocs__amazon-ecs-developer-guide__doc_source_ECS_AWSCLI_EC2_L358.json"),
            1);
        IS_INT(read_answer("aws__aws-cli__awscli_examples_ecs_run-task_L12.json"), 1);
        IS_INT(read_answer("aws__aws-cli__awscli_examples_ecs_run-task_L101.json"), 1);
        IS_INT(read_answer("awsdocs__amazon-ecs-developer-guide__doc_source_tutorial-cluster-auto-"
                           "scaling-cli_L536.json"),
               0);
    }
    return tap_end();
}
