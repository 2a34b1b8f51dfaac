/* Goal: the table of a run reads well: names that can be told apart at any width, no number where
 * there is none, words in their right number. Method: small systems, run and printed. */
#include "results/duration_text.h"
#include "tests/results/run.h"

static char *table_of(const measured_run *run, uint32_t columns)
{
    const run_summary s = {.berth_version = "0.1.0",
                           .run = run->rec,
                           .metrics = run->metrics,
                           .expectations = &run->expectations,
                           .digest = run->digest,
                           .columns = columns};
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    OK(summary_print(&s, out, "memory", NULL));
    fclose(out);
    return text;
}

static size_t widest_line(const char *text)
{
    size_t widest = 0;
    for (; *text; text += strcspn(text, "\n") + 1)
        if (strcspn(text, "\n") > widest) widest = strcspn(text, "\n");
    return widest;
}

/* That many inputs, all assumed, of a value that is not plausible. */
static void give_inputs(system_of_test *sys, uint32_t count)
{
    sys->cfg.inputs = ARENA_ARRAY(sys->arena, count, model_input);
    sys->cfg.input_count = count;
    for (uint32_t i = 0; i < count; i++)
        sys->cfg.inputs[i] = (model_input){.pointer = "/behavior/web/startup",
                                           .value_json = "0",
                                           .basis = BASIS_ASSUMED,
                                           .plausible_low = 1,
                                           .plausible_high = 60};
}

#define LONG "the-service-of-the-checkout-with-a-name-of-many-letters"

static void test_names(void)
{
    system_of_test *sys = stage_system();
    sys->services[0].name = LONG "-east";
    sys->services[1].name = LONG "-west";
    for (uint32_t d = 0; d < sys->cfg.task_definition_count; d++)
        sys->definitions[d].family = "a-family-of-task-definitions";
    give_inputs(sys, 4);
    for (uint32_t d = 0; d < 2; d++) {
        sys->definitions[d].containers[0].behavior.startup_input = 2 * d;
        sys->definitions[d].containers[0].behavior.image_pull_input = 2 * d + 1;
    }
    measured_run run = run_system(sys, 2400, DETAIL_SUMMARY);
    TEST("of many assumed inputs three are named, and where the others are")
    {
        char *text = table_of(&run, 0);
        const char *line = "  /behavior/web/startup = 0, plausible 1 to 60\n";
        const char *named = strstr(text, "Assumed  4 inputs that nobody gave, the first three:\n");
        for (int i = 0; i < 3 && named; i++) {
            named = strchr(named, '\n') + 1;
            OK(strncmp(named, line, strlen(line)) == 0);
        }
        OK(named && strstr(named, "\n  (--refuse-assumed and --json name all)\n\ndigest"));
        free(text);
    }
    TEST("where no terminal sets a width, names are whole")
    {
        char *text = table_of(&run, 0);
        OK(strstr(text, "\n" LONG "-east "));
        OK(strstr(text, "\n" LONG "-east#2  a-family-of-task-definitions:") ||
           strstr(text, "\n" LONG "-east#2 a-family-of-task-definitions:"));
        free(text);
    }
    TEST("on a terminal names lose their middle and keep what tells them apart")
    {
        char *text = table_of(&run, 140);
        OK(widest_line(text) <= 140);
        OK(strstr(text, "-east#1 ") && strstr(text, "-east#2 ") && strstr(text, "-west#1 "));
        OK(strstr(text, "the-service") && strstr(text, "..") && !strstr(text, LONG));
        free(text);
        text = table_of(&run, 40); /* too narrow for the numbers: names keep 16 columns */
        OK(strstr(text, "\nthe-ser..rs-east ") && strstr(text, "\nthe-ser..rs-west "));
        OK(strstr(text, "\nthe-ser..-east#2 a-famil..tions:"));
        free(text);
    }
    run_end(&run);
}

static void test_nothing(void)
{
    system_of_test *sys = system_begin();
    system_instances(sys, 1, 1024, 1993, "us-east-1a", "us-east-1a")->price_usd_per_hour = NAN;
    const uint32_t task = system_task(sys, "web", 512, 512);
    system_service(sys, "availability", task, 0, 50, 200);
    static expectation_config asked[] = {
        {.metric = "services.availability.availability", .has_at_least = true, .at_least = 1},
        {.metric = "services.availability.deployments.9.seconds",
         .has_at_most = true,
         .at_most = 60},
        {.metric = "cluster.placement.wait.p95", .has_at_most = true, .at_most = 60},
        {.metric = "cluster.cost.total", .has_at_most = true, .at_most = 60},
    };
    sys->cfg.expectations = asked;
    sys->cfg.expectation_count = 4;
    measured_run run = run_system(sys, 600, DETAIL_SUMMARY);
    TEST("what was not measured is said in words, with the reason where an expectation asked")
    {
        char *text = table_of(&run, 0);
        OK(strstr(text, "placement nothing was placed, 0 refusals\n"));
        OK(!strstr(text, "at least -") && !strstr(text, "wait -"));
        OK(strstr(text, "availability.availability: no value, no requests were offered ("));
        OK(strstr(text, "deployments.9.seconds: no value, no such deployment ("));
        OK(strstr(text, "wait.p95: no value, nothing was placed ("));
        OK(strstr(text, "cost.total: no value, an instance has no price ("));
        free(text);
    }
    run_end(&run);
}

static void test_queue(void)
{
    system_of_test *sys = system_begin();
    system_service(sys, "worker", system_task(sys, "worker", 512, 512), 0, 50, 200);
    static rate_step step[] = {{0, 2}, {100 * SIM_SECOND, 0}};
    static queue_config queue = {
        .name = "orders", .service = 0, .rate = {2, step}, .messages_per_worker = 1};
    static scalable_target_config target = {.service = 0, .min_capacity = 0, .max_capacity = 4};
    sys->cfg.queues = &queue;
    sys->cfg.queue_count = 1;
    sys->cfg.scalable_targets = &target;
    sys->cfg.scalable_target_count = 1;
    measured_run run = run_system(sys, 600, DETAIL_SUMMARY);
    TEST(
        "without instances the cluster's shares are left out; queues and scaling have their tables")
    {
        char *text = table_of(&run, 0);
        OK(strstr(text, "Cluster     no container instances\n  placement nothing was placed"));
        OK(strstr(text, "\nworker         0        0        0                  -\n"));
        OK(strstr(text, "\norders          200     9m 30s    10m 00s            -\n"));
        free(text);
    }
    run_end(&run);
}

static void test_words(void)
{
    system_of_test *sys = system_begin();
    system_instances(sys, 1, 1024, 1993, "us-east-1a", "us-east-1a");
    const uint32_t task = system_task(sys, "web", 512, 512);
    system_service(sys, "web", task, 1, 50, 200);
    container_behavior *b = &sys->definitions[task].containers[0].behavior;
    b->startup = distribution_constant(0);
    b->startup_input = 0;
    give_inputs(sys, 1);
    measured_run run = run_system(sys, 600, DETAIL_SUMMARY);
    TEST("one is one, and a value outside its plausible range says so without a bracket")
    {
        char *text = table_of(&run, 0);
        OK(strstr(text, "at least 1 instance needed at the peak"));
        OK(strstr(text, "placement 1 task placed, 0 refusals; wait "));
        OK(strstr(text, "/behavior/web/startup = 0, plausible 1 to 60\n"));
        free(text);
    }
    run_end(&run);
}

static void test_durations(void)
{
    TEST("durations are written in one way")
    {
        char text[32];
        IS_STR(duration_text(0, text), "0s");
        IS_STR(duration_text(15.04, text), "15.04s");
        IS_STR(duration_text(119.96, text), "2m 00s");
        IS_STR(duration_text(623.186, text), "10m 23s");
        IS_STR(duration_text(2400, text), "40m 00s");
        IS_STR(duration_text(7500, text), "2h 05m");
        IS_STR(duration_text(183600, text), "2d 03h");
        IS_STR(duration_text(NAN, text), "-");
    }
}

int main(void)
{
    tap_begin();
    test_names();
    test_nothing();
    test_words();
    test_queue();
    test_durations();
    return tap_end();
}
