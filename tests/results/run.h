/* run.h - one small system, run and measured in every way, for the tests of results.
 *
 * Two instances in two zones hold `auth` (2 tasks) and `random` (4 tasks) exactly; at 300 s auth:2 is
 * deployed, which works only because minimumHealthyPercent 50 lets a task stop first.
 */
#ifndef BERTH_TESTS_RESULTS_RUN_H
#define BERTH_TESTS_RESULTS_RUN_H

#include "results/digest.h"
#include "results/event_log.h"
#include "results/expectation.h"
#include "results/hdf5_file.h"
#include "results/recorder.h"
#include "results/summary.h"
#include "tests/models/system.h"

/* By run_system's caller, before it runs. */
static inline system_of_test *stage_system(void)
{
    system_of_test *sys = system_begin();
    instance_group_config *g = system_instances(sys, 2, 1024, 1993, "us-east-1a", "us-east-1b");
    g->instance_type = "t2.small";
    g->price_usd_per_hour = 0.023;
    uint32_t auth = system_task(sys, "auth", 512, 512),
             random = system_task(sys, "random", 256, 256);
    service_config *s = system_service(sys, "auth", auth, 2, 50, 200);
    target_group_config *t = system_target_group(sys, "auth", s, auth);
    t->deregistration_delay_us = 300 * SIM_SECOND;
    s = system_service(sys, "random", random, 4, 50, 200);
    system_target_group(sys, "random", s, random);
    uint32_t second = system_task(sys, "auth", 512, 512);
    sys->definitions[second].containers[0].port_count = 1;
    sys->definitions[second].containers[0].ports = sys->definitions[auth].containers[0].ports;
    for (uint32_t d = 0; d < sys->cfg.task_definition_count; d++) {
        container_behavior *b = &sys->definitions[d].containers[0].behavior;
        b->startup = distribution_constant(2);
        b->image_pull = distribution_constant(8);
        b->startup_input = 0;
    }
    system_traffic(sys, 0, 120);
    system_traffic(sys, 1, 40);
    system_deploy(sys, 300, 0, second)->arguments_json =
        "{\"service\": \"auth\", \"taskDefinition\": \"auth:2\"}";
    model_input *inputs = ARENA_ARRAY(sys->arena, 2, model_input);
    inputs[0] = (model_input){.pointer = "/behavior/auth/startup",
                              .value_json = "2",
                              .basis = BASIS_ASSUMED,
                              .plausible_low = 2,
                              .plausible_high = 60};
    inputs[1] = inputs[0];
    inputs[1].pointer = "/never/used";
    sys->cfg.inputs = inputs;
    sys->cfg.input_count = 2;
    sys->cfg.name = "stage \"01\"";
    return sys;
}

typedef struct {
    system_of_test *sys;
    recorder *rec;
    metric_values *metrics;
    expectation_results expectations;
    char digest[DIGEST_HEX_SIZE];
    char *log; /* the event log's text */
    size_t log_length;
} measured_run;

/* sys becomes the run's. */
static inline measured_run run_system(system_of_test *sys, double seconds, record_detail detail)
{
    measured_run run = {.sys = sys};
    FILE *out = open_memstream(&run.log, &run.log_length);
    model *m = model_create(&sys->cfg, 0, &sys->options);
    digest *d = digest_create();
    event_log *log = event_log_create(out);
    run.rec = recorder_create(&sys->cfg, detail);
    digest_attach(d, m);
    event_log_attach(log, m);
    recorder_attach(run.rec, m);
    model_run(m, (sim_time)(seconds * 1e6), NULL);
    recorder_finish(run.rec, m);
    OK(event_log_finish(log, "memory", NULL));
    digest_hex(d, run.digest);
    event_log_destroy(log);
    digest_destroy(d);
    model_destroy(m);
    fclose(out);
    run.metrics = metric_values_create(run.rec);
    run.expectations = expectations_evaluate(&sys->cfg, run.metrics);
    return run;
}

static inline void run_end(measured_run *run)
{
    expectation_results_finish(&run->expectations);
    metric_values_destroy(run->metrics);
    recorder_destroy(run->rec);
    free(run->log);
    system_end(run->sys);
}

/* NAN (which no test compares equal) for a name that does not exist. */
static inline double metric_of(const measured_run *run, const char *name)
{
    const metric_value *m = metric_values_find(run->metrics, name);
    OK(m != NULL);
    return m ? m->value : NAN;
}

static inline result_contents contents_of(const measured_run *run)
{
    return (result_contents){.berth_version = "0.1.0",
                             .scenario_json = "{\"berth\": 1}",
                             .digest = run->digest,
                             .seed = 7,
                             .run = run->rec,
                             .metrics = run->metrics};
}

#endif
