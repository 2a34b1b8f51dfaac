/* Goal: a run's numbers are right and do not depend on who watches. Method: a small deploy whose
 * figures can be worked out on paper, run at every detail; its summary read back. */
#include "tests/results/run.h"
#include <jansson.h>

static void test_numbers(const measured_run *run)
{
    TEST("the deploy of a full cluster: one task at a time, drains in between")
    {
        /* Start: 8 s pull, 2 s start-up, then two checks 5 s apart: healthy within 13 s. */
        IS_DOUBLE(metric_of(run, "services.auth.deployments.1.seconds"), 13);
        IS_DOUBLE(metric_of(run, "services.auth.deployments.1.stable.seconds"), 15);
        IS_DOUBLE(metric_of(run, "services.auth.deployments.last.stable.timedOut"), 1);
        IS_DOUBLE(metric_of(run, "services.auth.deployments.2.healthy.min"), 1);
        IS_DOUBLE(metric_of(run, "services.auth.healthy.min.ratio"), 0.5);
        IS_DOUBLE(metric_of(run, "services.random.healthy.min"), 4);
        IS_DOUBLE(metric_of(run, "services.auth.requests.offered"), 120 * 2400);
        IS_DOUBLE(metric_of(run, "services.auth.requests.ok") +
                      metric_of(run, "services.auth.requests.failed"),
                  metric_of(run, "services.auth.requests.offered"));
        IS_DOUBLE(metric_of(run, "services.auth.deployments.2.requests.failed"), 0);
    }
    TEST("the cluster is full: both services reserve every CPU unit")
    {
        IS_DOUBLE(metric_of(run, "cluster.cpu.reserved.peak"), 1);
        IS_DOUBLE(metric_of(run, "cluster.stranded.cpu.mean"), 0);
        IS_DOUBLE(metric_of(run, "cluster.packing.bound.peak"), 2);
        IS_DOUBLE(metric_of(run, "cluster.packing.efficiency"), 1);
        /* All free memory is stranded, since no CPU is left. */
        IS_NEAR(metric_of(run, "cluster.stranded.memory.mean") +
                    metric_of(run, "cluster.memory.reserved.mean"),
                1, 1e-12);
        IS_NEAR(metric_of(run, "cluster.cost.total"), 2 * 0.023 * 2400 / 3600, 1e-12);
        IS_DOUBLE(metric_of(run, "cluster.by.instanceType.t2.small.instances.mean"), 2);
        IS_DOUBLE(metric_of(run, "cluster.by.availabilityZone.us-east-1b.instances.peak"), 1);
        IS_DOUBLE(metric_of(run, "cluster.placements"), 8);
    }
    TEST("only inputs that the run used count")
    {
        OK(recorder_input_used(run->rec, 0));
        OK(!recorder_input_used(run->rec, 1));
    }
}

static void test_details(const measured_run *run)
{
    TEST("digest, event log and metrics are the same at every detail, history is not")
    {
        for (record_detail detail = DETAIL_NONE; detail <= DETAIL_EVENTS; detail++) {
            measured_run other = run_system(stage_system(), 2400, detail);
            IS_STR(other.digest, run->digest);
            IS_STR(other.log, run->log);
            IS_INT(metric_values_count(other.metrics), metric_values_count(run->metrics));
            for (uint32_t i = 0; i < metric_values_count(run->metrics); i++) {
                const metric_value *a = metric_values_at(run->metrics, i);
                const metric_value *b = metric_values_at(other.metrics, i);
                IS_STR(b->name, a->name);
                if (!isnan(a->value)) IS_DOUBLE(b->value, a->value);
                OK(isnan(a->value) == isnan(b->value));
            }
            OK((recorder_tasks(other.rec) != NULL) == (detail >= DETAIL_SERIES));
            run_end(&other);
        }
    }
    TEST("an early stop measures what there was; the deployment is in progress")
    {
        measured_run part = run_system(stage_system(), 400, DETAIL_SERIES);
        IS_INT(recorder_end(part.rec), 400 * SIM_SECOND);
        const metric_value *outcome =
            metric_values_find(part.metrics, "services.auth.deployments.last.outcome");
        IS_STR(outcome ? outcome->text : NULL, "inProgress");
        OK(isnan(metric_of(&part, "services.auth.deployments.2.seconds")));
        OK(isnan(metric_of(&part, "services.auth.deployments.2.stable.seconds")));
        OK(isnan(metric_of(&part, "services.auth.deployments.2.stable.timedOut")));
        IS_DOUBLE(metric_of(&part, "services.auth.requests.offered"), 120 * 400);
        OK(memcmp(part.log, run->log, part.log_length) == 0);
        run_end(&part);
    }
    TEST("rows: each task with the times of its states, each instance, each change once")
    {
        const record_table *tasks = recorder_tasks(run->rec);
        IS_INT(record_table_rows(tasks), 8);
        uint32_t running = 0, stopped = 0;
        for (uint32_t c = 0; c < record_table_column_count(tasks); c++) {
            if (strcmp(record_table_column(tasks, c)->name, "running_us") == 0) running = c;
            if (strcmp(record_table_column(tasks, c)->name, "stopped_us") == 0) stopped = c;
        }
        IS_INT(record_table_i64(tasks, 0, running), 8 * SIM_SECOND);
        OK(record_table_i64(tasks, 0, stopped) > 600 * SIM_SECOND);
        IS_INT(record_table_i64(tasks, 7, stopped), INT64_MIN);
        IS_INT(record_table_rows(recorder_instances(run->rec)), 2);
        const record_table *series = recorder_series_service(run->rec, 0);
        for (uint64_t row = 1; row < record_table_rows(series); row++)
            OK(record_table_i64(series, row, 0) > record_table_i64(series, row - 1, 0));
    }
    TEST("details have names")
    {
        record_detail detail = DETAIL_NONE;
        OK(record_detail_parse("series", &detail) && detail == DETAIL_SERIES);
        OK(!record_detail_parse("Series", &detail) && !record_detail_parse("", &detail));
    }
}

static run_summary summary_of(const measured_run *run)
{
    return (run_summary){.berth_version = "0.1.0",
                         .run = run->rec,
                         .metrics = run->metrics,
                         .expectations = &run->expectations,
                         .digest = run->digest,
                         .seed = 18446744073709551615u};
}

static char *printed(const run_summary *s, bool json)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    OK(json ? summary_print_json(s, out, "memory", NULL) : summary_print(s, out, "memory", NULL));
    fclose(out);
    return text;
}

static void test_table(const measured_run *run)
{
    TEST("the table: at most 100 columns, ends with the digest, names assumed inputs and failures")
    {
        run_summary s = summary_of(run);
        char *text = printed(&s, false);
        size_t widest = 0;
        for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
            if (strcspn(line, "\n") > widest) widest = strcspn(line, "\n");
        OK(widest <= 100);
        char last[64];
        snprintf(last, sizeof last, "\ndigest %s\n", run->digest);
        const char *found = strstr(text, last);
        OK(found && found[strlen(last)] == '\0');
        OK(strstr(
            text,
            "1 input that nobody gave:\n  /behavior/auth/startup = 2, plausible 2 to 60\n\n"));
        OK(strstr(text, "40m 00s simulated"));
        OK(strstr(text, "1 met, 1 not met"));
        OK(strstr(text, "FAIL services.auth.availability"));
        OK(strstr(text, "aws ecs wait services-stable") && !strstr(text, "\033["));
        free(text);
        s.color = true;
        text = printed(&s, false);
        OK(strstr(text, "\033[") != NULL);
        free(text);
    }
    TEST("a full disk is an error, not silence")
    {
        run_summary s = summary_of(run);
        FILE *full = fopen("/dev/full", "w");
        if (full) {
            sim_error err = {0};
            OK(!summary_print(&s, full, "standard output", &err));
            OK(strstr(err.text, "No space left") != NULL);
            fclose(full);
            err = (sim_error){0};
            full = fopen("/dev/full", "w");
            OK(!summary_print_json(&s, full, "standard output", &err));
            fclose(full);
            OK(strstr(err.text, "No space left") != NULL);
            full = fopen("/dev/full", "w");
            event_log *log = event_log_create(full);
            fputs("{}\n", full); /* as if an event had been written */
            err = (sim_error){0};
            OK(!event_log_finish(log, "e.ndjson", &err));
            OK(strstr(err.text, "e.ndjson") && strstr(err.text, "No space left"));
            event_log_destroy(log);
            fclose(full);
        }
    }
}

static void test_json(const measured_run *run)
{
    TEST("the JSON summary has the contract's shape, its numbers read back the same")
    {
        const run_summary s = summary_of(run);
        char *text = printed(&s, true);
        json_error_t wrong;
        json_t *root = json_loads(strstr(text, "18446744073709551615") ? text : "[]",
                                  JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, &wrong);
        if (!root) (void)TAP_FAIL("%d:%d: %s", wrong.line, wrong.column, wrong.text);
        static const char *const keys[] = {
            "berth",  "scenario", "seed",    "replications", "simulatedSeconds",
            "digest", "metrics",  "assumed", "deployments",  "expectations"};
        for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
            OK(json_object_get(root, keys[i]) != NULL);
        IS_INT(json_object_size(root), sizeof keys / sizeof *keys);
        IS_STR(json_string_value(json_object_get(root, "scenario")), "stage \"01\"");
        const json_t *metrics = json_object_get(root, "metrics");
        for (uint32_t i = 0; i < metric_values_count(run->metrics); i++) {
            const metric_value *m = metric_values_at(run->metrics, i);
            const json_t *value = json_object_get(metrics, m->name);
            if (m->text)
                IS_STR(json_string_value(value), m->text);
            else if (isnan(m->value))
                OK(json_is_null(value));
            else
                IS_DOUBLE(json_real_value(value), m->value);
        }
        const json_t *deployment = json_array_get(json_object_get(root, "deployments"), 2);
        IS_STR(json_string_value(json_object_get(deployment, "deployment")), "auth#2");
        IS_STR(json_string_value(json_object_get(deployment, "taskDefinition")), "auth:2");
        IS_DOUBLE(json_real_value(json_object_get(deployment, "startedAt")), 300);
        IS_STR(json_string_value(json_object_get(deployment, "outcome")), "completed");
        IS_DOUBLE(json_real_value(json_object_get(deployment, "healthy.min")), 1);
        const json_t *first = json_array_get(json_object_get(root, "expectations"), 0);
        OK(json_is_true(json_object_get(first, "met")));
        IS_DOUBLE(json_real_value(json_object_get(first, "atMost")), 8);
        const json_t *assumed = json_array_get(json_object_get(root, "assumed"), 0);
        IS_DOUBLE(json_real_value(json_array_get(json_object_get(assumed, "plausible"), 1)), 60);
        json_decref(root);
        free(text);
    }
}

int main(void)
{
    tap_begin();
    system_of_test *sys = stage_system();
    static expectation_config asked[] = {
        {.metric = "cluster.placements", .has_at_most = true, .at_most = 8},
        {.metric = "services.auth.availability", .has_at_least = true, .at_least = 0.999}};
    sys->cfg.expectations = asked;
    sys->cfg.expectation_count = 2;
    measured_run run = run_system(sys, 2400, DETAIL_EVENTS);
    test_numbers(&run);
    test_details(&run);
    test_table(&run);
    test_json(&run);
    run_end(&run);
    return tap_end();
}
