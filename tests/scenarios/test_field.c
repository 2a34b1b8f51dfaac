/* Goal    the table engine: types, ranges, the habits of real AWS files, unknown fields, defaults.
 * Method  values are checked against the shipped tables, in the scenario and in the bare mode; the
 *         canonical value and the messages are compared. */
#include "scenarios/read/field.h"
#include "scenarios/read/tables.h"
#include "tests/tap.h"

typedef struct {
    char text[4096];
    size_t length;
    int notes;
} heard;

static void hear(void *who, diagnostic_severity severity, const char *pointer, const char *text)
{
    heard *h = who;
    h->length += (size_t)snprintf(h->text + h->length, sizeof h->text - h->length, "%s%s: %s\n",
                                  severity == SEVERITY_WARNING ? "warning " : "", pointer, text);
}

static void count_note(void *who, const char *pointer, const field_row *row)
{
    heard *h = who;
    h->notes += pointer[0] == '/' && row->effect == FIELD_NO_EFFECT;
}

typedef enum { AS_SCENARIO, AS_BARE, AS_STRICT } mode;

/* Checks and returns the canonical object as compact text in a buffer of the caller's. */
static heard check(const field_shape *shape, const char *quoted, mode how, char *out, size_t size)
{
    heard h = {0};
    char *text = strdup(quoted);
    for (char *c = text; *c; c++)
        if (*c == '\'') *c = '"';
    json_t *object = json_loads(text, 0, NULL);
    field_check_context c;
    field_check_begin(&c, hear, count_note, &h);
    c.bare = how == AS_BARE;
    c.strict = how == AS_STRICT;
    c.fill = how != AS_BARE;
    field_check(&c, shape, object);
    field_check_end(&c);
    char *dumped = json_dumps(object, JSON_COMPACT);
    for (char *d = dumped; *d; d++)
        if (*d == '"') *d = '\'';
    snprintf(out, size, "%s", dumped);
    free(dumped);
    free(text);
    json_decref(object);
    return h;
}

#define CHECK_TEXT(shape, json, how, want_object, want_messages)                                   \
    do {                                                                                           \
        char object_[4096];                                                                        \
        const char *want_ = (want_object);                                                         \
        heard h_ = check(&(shape), json, how, object_, sizeof object_);                            \
        IS_STR(h_.text, want_messages);                                                            \
        if (want_) IS_STR(object_, want_);                                                         \
    } while (0)

#define KEEP ((const char *)NULL)

static void test_sizes(void)
{
    long long size;
    TEST("E21: sizes of AWS: numbers, digits, vCPU and GB in any case")
    {
        static const struct {
            const char *json;
            bool cpu;
            long long want; /* -1: none */
        } cases[] = {
            {"256", true, 256},          {"\"256\"", true, 256},      {"\".25 vcpu\"", true, 256},
            {"\"0.5 vCPU\"", true, 512}, {"\"2vCPU\"", true, 2048},   {"\"1 GB\"", false, 1024},
            {"\".5 gb\"", false, 512},   {"\"30720\"", false, 30720}, {"\"1 vCPU\"", false, -1},
            {"\"\"", true, -1},          {"\"0.1 vCPU\"", true, -1},  {"\"one\"", true, -1},
            {"1.5", true, -1},           {"\"1.2.3\"", true, -1},     {"\"1 GB\"", true, -1},
        };
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            json_t *value = json_loads(cases[i].json, JSON_DECODE_ANY, NULL);
            bool fine = (cases[i].cpu ? field_cpu_units : field_memory_mib)(value, &size);
            IS_INT(fine ? size : -1, cases[i].want);
            json_decref(value);
        }
    }
}

static void test_habits(void)
{
    TEST("numbers as strings, words in any case and skeleton rests become what the builder wants")
    {
        CHECK_TEXT(
            shape_container_definition,
            "{'name': 'a', 'image': 'x', 'cpu': '10', 'memory': ' 300 ', 'memoryReservation': 0,"
            " 'essential': 'true', 'links': [''], 'user': '', 'healthCheck': {'command': [''], "
            "'interval': 0},"
            " 'portMappings': [{'containerPort': '8000', 'hostPort': null, 'protocol': 'TCP'}]}",
            AS_BARE,
            "{'name':'a','image':'x','cpu':10,'memory':300,'essential':true,'links':[],"
            "'healthCheck':{'command':[]},'portMappings':[{'containerPort':8000,'protocol':'tcp'}]"
            "}",
            "");
    }
    TEST("an object or list of nothing but blanks counts as absent")
    {
        CHECK_TEXT(shape_container_definition,
                   "{'name': 'a', 'environment': [], 'dependsOn': [{'containerName': '', "
                   "'condition': ''}], 'logConfiguration': {}}",
                   AS_BARE, "{'name':'a','environment':[],'dependsOn':[]}", "");
    }
    TEST("upper-case words of answers are taken")
    {
        CHECK_TEXT(
            shape_run_task,
            "{'taskDefinition': 'a', 'placementStrategy': [{'type': 'BINPACK', 'field': "
            "'MEMORY'}]}",
            AS_BARE,
            "{'taskDefinition':'a','placementStrategy':[{'type':'binpack','field':'MEMORY'}]}", "");
    }
}

static void test_wrong(void)
{
    TEST("wrong types are errors in scenarios and in bare files")
    {
        CHECK_TEXT(
            shape_service,
            "{'serviceName': 5, 'taskDefinition': 'a', 'desiredCount': 'two', 'loadBalancers': {}, "
            "'tags': 'x'}",
            AS_BARE, KEEP,
            "/serviceName: expected a string, got 5\n/desiredCount: expected an integer, got "
            "\"two\"\n"
            "/loadBalancers: expected a list, got an object\n/tags: expected a list, got \"x\"\n");
        CHECK_TEXT(
            shape_traffic,
            "{'requestsPerSecond': true, 'step': '5 parsecs', 'paths': {'/': 'all'}}", AS_SCENARIO,
            KEEP,
            "/requestsPerSecond: expected a rate: a number or an object with one of points, sine, "
            "csv, metricData, sum, got true\n"
            "/step: '5 parsecs' is no duration: expected seconds as a number, or text such "
            "as \"90s\", \"5m\", \"1h30m\", \"7d\"\n"
            "/paths/~1: expected a number, got \"all\"\n");
    }
    TEST("what only the API refuses is an error in a scenario and a warning in a bare file")
    {
        CHECK_TEXT(shape_target_group,
                   "{'Name': 'a', 'HealthCheckIntervalSeconds': 301, 'TargetType': 'pigeon'}",
                   AS_SCENARIO, KEEP,
                   "/HealthCheckIntervalSeconds: expected 5..300 s, got 301 (L10)\n"
                   "/TargetType: expected one of instance, ip, lambda, alb, got \"pigeon\"\n");
        CHECK_TEXT(shape_target_group, "{'Name': 'a', 'HealthCheckIntervalSeconds': 301}", AS_BARE,
                   KEEP, "warning /HealthCheckIntervalSeconds: expected 5..300 s, got 301 (L10)\n");
        CHECK_TEXT(shape_task_definition, "{'cpu': '{{CPU}}'}", AS_BARE, KEEP,
                   "warning /cpu: expected CPU units, as a number or \"1 vCPU\", got \"{{CPU}}\"\n"
                   "warning : \"family\" is missing: name; registering it again makes a revision\n"
                   "warning : \"containerDefinitions\" is missing: the containers of a task\n");
    }
    TEST("what fails becomes null, so that a builder that goes on sees no wrong type")
    {
        CHECK_TEXT(
            shape_container_definition, "{'name': 'a', 'cpu': [], 'memory': {'x': 1}}", AS_BARE,
            "{'name':'a','cpu':null,'memory':null}",
            "/cpu: expected an integer, got a list\n/memory: expected an integer, got an object\n");
    }
    TEST("a field of ours takes no number as a string, no other case, no null")
    {
        CHECK_TEXT(
            shape_control_plane,
            "{'launchRatePerMinute': '5', 'releaseOn': 'STOPPED', 'maxCountsStopping': null}",
            AS_SCENARIO, KEEP,
            "/launchRatePerMinute: expected an integer, got \"5\"\n"
            "/releaseOn: expected one of stopping, stopped, got \"STOPPED\"\n"
            "/maxCountsStopping: expected true or false, got null\n");
    }
}

static void test_unknown(void)
{
    TEST("unknown fields: an error in ours, a warning in AWS's, an error where misspelt or strict")
    {
        CHECK_TEXT(shape_traffic, "{'requestsPerSecond': 1, 'pathes': {}}", AS_SCENARIO, KEEP,
                   "/pathes: unknown field \"pathes\" in traffic, did you mean \"paths\"?\n");
        CHECK_TEXT(shape_target_group, "{'Name': 'a', 'BrandNewFeature': 1}", AS_SCENARIO, KEEP,
                   "warning /BrandNewFeature: unknown field \"BrandNewFeature\" in target group\n");
        CHECK_TEXT(shape_target_group, "{'Name': 'a', 'BrandNewFeature': 1}", AS_STRICT, KEEP,
                   "/BrandNewFeature: unknown field \"BrandNewFeature\" in target group\n");
        CHECK_TEXT(shape_target_group, "{'Name': 'a', 'HealthyTresholdCount': 3}", AS_BARE, KEEP,
                   "/HealthyTresholdCount: unknown field \"HealthyTresholdCount\" in target group, "
                   "did you mean \"HealthyThresholdCount\"?\n");
        CHECK_TEXT(shape_service,
                   "{'serviceName': 'a', 'taskDefinition': 'b', 'enableECSManagedTag': true}",
                   AS_SCENARIO, KEEP,
                   "warning /enableECSManagedTag: unknown field \"enableECSManagedTag\" in "
                   "service, did you mean \"enableECSManagedTags\"?\n");
    }
}

static void test_later(void)
{
    TEST("what this version does not simulate passes at its harmless value only")
    {
        CHECK_TEXT(shape_create_task_set,
                   "{'service': 'a', 'taskDefinition': 'b', 'launchType': 'EC2'}", AS_SCENARIO,
                   KEEP, "");
        CHECK_TEXT(shape_create_task_set,
                   "{'service': 'a', 'taskDefinition': 'b', 'launchType': 'FARGATE'}", AS_SCENARIO,
                   KEEP,
                   "/launchType: \"launchType\" \"FARGATE\" (EC2) is not simulated by this version "
                   "of berth, only \"EC2\"\n");
        CHECK_TEXT(shape_service,
                   "{'serviceName': 'a', 'taskDefinition': 'b', 'launchType': 'FARGATE', "
                   "'schedulingStrategy': 'DAEMON'}",
                   AS_BARE, KEEP, "");
        CHECK_TEXT(shape_service,
                   "{'serviceName': 'a', 'taskDefinition': 'b', 'availabilityZoneRebalancing': "
                   "'DISABLED'}",
                   AS_SCENARIO, KEEP, "");
    }
}

static void test_notes_and_defaults(void)
{
    TEST("fields without effect are told, once each, blanks not")
    {
        char object[4096];
        heard h = check(
            &shape_container_definition,
            "{'name': 'a', 'environment': [{'name': 'A', 'value': '1'}], 'user': '', 'secrets': [],"
            " 'logConfiguration': {'logDriver': 'x'}}",
            AS_BARE, object, sizeof object);
        IS_INT(h.notes, 3);
    }
    TEST("defaults are filled in, in objects that are absent too; nothing is in a bare file")
    {
        char object[4096];
        heard h = check(&shape_service, "{'serviceName': 'a', 'taskDefinition': 'b'}", AS_SCENARIO,
                        object, sizeof object);
        IS_STR(h.text, "");
        IS_STR(object, "{'serviceName':'a','taskDefinition':'b','healthCheckGracePeriodSeconds':0,"
                       "'schedulingStrategy':'REPLICA'}");
        CHECK_TEXT(shape_service, "{'serviceName': 'a', 'taskDefinition': 'b'}", AS_BARE,
                   "{'serviceName':'a','taskDefinition':'b'}", "");
    }
}

/* Every row must be usable for help and schema, and every default must pass its own row. */
static void check_rows(const field_shape *shape, int depth)
{
    for (size_t i = 0; i < shape->count; i++) {
        const field_row *row = &shape->rows[i];
        if (!OK(row->key && row->help && row->help[0])) return;
        for (size_t k = 0; k < i; k++)
            if (strcmp(shape->rows[k].key, row->key) == 0)
                (void)TAP_FAIL("%s twice in %s", row->key, shape->name);
        if ((row->type == FIELD_ENUM || row->type == FIELD_COUNT_OR_WORD) &&
            !OK(row->choices != NULL))
            return;
        if (row->type == FIELD_OBJECT_MAP) OK(row->shape != NULL);
        json_t *fill = row->fill ? json_loads(row->fill, JSON_DECODE_ANY, NULL) : NULL;
        if (row->fill && !fill) (void)TAP_FAIL("default of %s is no JSON", row->key);
        if (row->fill && row->has_range && json_is_number(fill)) {
            OK(json_number_value(fill) >= row->low && json_number_value(fill) <= row->high);
        }
        json_decref(fill);
        if (row->shape && depth < 8) check_rows(row->shape, depth + 1);
    }
}

static void test_tables(void)
{
    static const field_shape *const roots[] = {&shape_scenario, &shape_experiment, &shape_task_set,
                                               &shape_composite_alarm, &shape_step_configuration};
    TEST("every table has help, no key twice, and defaults within its own ranges")
    {
        for (size_t i = 0; i < sizeof roots / sizeof roots[0]; i++)
            check_rows(roots[i], 0);
    }
    TEST("every knob of the contract has a row, with the contract's default")
    {
        static const char *const knobs[][2] = {
            {"reconcileSeconds", "10"},
            {"runningSettleSeconds", "40"},
            {"releaseOn", "\"stopping\""},
            {"maxCountsStopping", "true"},
            {"spreadScope", "\"service\""},
            {"runTaskStrategy", "\"random\""},
            {"launchRatePerMinute", "500"},
            {"placementRetryFastSeconds", "60"},
            {"placementRetrySlowSeconds", "300"},
            {"retryOnCapacityEvent", "true"},
            {"throttleAfterFailures", "3"},
            {"throttleFirstSeconds", "60"},
            {"throttleMaxSeconds", "1620"},
            {"eventRepeatSeconds", "21600"},
            {"rebalanceDelaySeconds", "0"},
            {"breakerCountsPlacement", "true"},
            {"serviceStablePollSeconds", "15"},
            {"alarmPollSeconds", "60"},
            {"bakeMaxSeconds", "300"},
            {"startTimeoutSeconds", NULL},
            {"containerStopTimeoutSeconds", "30"},
            {"ephemeralPorts", "[32768, 60999]"},
            {"instanceLaunchSeconds", "120"},
            {"agentLossDetectSeconds", "120"},
            {"spotNoticeSeconds", "120"},
            {"managedDrainSeconds", "172800"},
            {"provisioningLimit", "500"},
            {"provisioningTimeoutSeconds", "1800"},
            {"capacityScaleInPeriods", "15"},
            {"initialHealthyChecks", "1"},
            {"deregistrationLagSeconds", "0"},
            {"registrationDelaySeconds", "0"},
            {"nlbRegistrationDelaySeconds", "90"},
            {"nlbDrainLagSeconds", "0"},
            {"dnsTtlSeconds", "60"},
            {"metricDelaySeconds", "60"},
            {"highResolutionDelaySeconds", "20"},
            {"scalingActionDelaySeconds", "0"},
            {"cooldownFrom", "\"set\""},
            {"scaleInMaxStep", NULL},
            {"trackingHighPeriods", "3"},
            {"trackingLowPeriods", "15"},
            {"trackingLowFactor", "0.9"},
            {"asgTrackingLowFactor", "0.7"},
        };
        for (size_t i = 0; i < sizeof knobs / sizeof knobs[0]; i++) {
            const field_row *row = field_find(&shape_control_plane, knobs[i][0]);
            if (!row)
                (void)TAP_FAIL("no knob %s", knobs[i][0]);
            else
                IS_STR(row->fill, knobs[i][1]);
        }
        IS_INT(shape_control_plane.count, sizeof knobs / sizeof knobs[0]);
    }
    TEST("help prints every row that has an effect, with its range and default")
    {
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        field_print(&shape_scenario, out);
        fclose(out);
        OK(strstr(text, "  HealthCheckIntervalSeconds\n      time between probes (L10)\n      "
                        "an integer, 5..300, s, default 30\n") != NULL);
        OK(strstr(text, "  reconcileSeconds\n") != NULL);
        OK(strstr(text, "logConfiguration") == NULL);
        OK(strstr(text, "(not simulated by this version)") != NULL);
        free(text);
    }
}

int main(void)
{
    tap_begin();
    test_sizes();
    test_habits();
    test_wrong();
    test_unknown();
    test_later();
    test_notes_and_defaults();
    test_tables();
    return tap_end();
}
