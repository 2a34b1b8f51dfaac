/* Goal: CloudWatch alarms fail deployments, and deployments bake (E160), by hand-worked cases.
 * Method: two tasks that are healthy at the instant at which they start, so that a rollout takes no time and every time in a
 * log is a look of an alarm, a poll, a bake or an action. One alarm over 1000 requests a minute: traffic of 10 a second
 * is below, of 50 a second above. A minute that begins at T is judged at T + 120 (A14, A24). */
#include "models/ecs/deployment_alarm.h"
#include "tests/models/system.h"

typedef struct {
    system_of_test *sys;
    metric_config metric;
    alarm_config alarms[2];
    uint32_t names[2], second;
} watched;

/* The alarm over N minutes; deploys the second revision at 600 s. Traffic is high in [from, to). */
static watched *begin(uint32_t periods, double from, double to)
{
    watched *x = memory_alloc(1, sizeof *x);
    system_of_test *sys = x->sys = system_begin();
    system_instances(sys, 2, 4096, 4096, "a", "b");
    uint32_t one = system_task(sys, "web", 128, 128);
    x->second = system_task(sys, "web", 128, 128);
    service_config *s = system_service(sys, "web", one, 2, 100, 200);
    system_target_group(sys, "web", s, one);
    system_container(sys, x->second)->port_count = 1;
    system_container(sys, x->second)->ports = system_container(sys, one)->ports;
    traffic_config *t = system_traffic_through(sys, 0, 10);
    t->rate = (rate_series){3, ARENA_ARRAY(sys->arena, 3, rate_step)};
    t->rate.steps[0] = (rate_step){0, 10};
    t->rate.steps[1] = (rate_step){(sim_time)(from * 1e6), 50};
    t->rate.steps[2] = (rate_step){(sim_time)(to * 1e6), 10};
    x->metric = (metric_config){METRIC_REQUEST_COUNT, 0, SIM_MINUTE};
    for (uint32_t i = 0; i < 2; i++) {
        x->names[i] = i;
        x->alarms[i] = (alarm_config){.name = i ? "other" : "busy",
                                      .statistic = STATISTIC_SUM,
                                      .period_us = SIM_MINUTE,
                                      .evaluation_periods = periods,
                                      .datapoints_to_alarm = periods,
                                      .threshold = i ? 1e9 : 1000,
                                      .comparison = COMPARE_GREATER};
    }
    sys->cfg.metric_count = 1;
    sys->cfg.metrics = &x->metric;
    sys->cfg.alarm_count = 2;
    sys->cfg.alarms = x->alarms;
    s->alarms = (deployment_alarm_config){true, true, 2, x->names};
    system_deploy(sys, 600, 0, x->second);
    return x;
}

static void end(watched *x)
{
    system_end(x->sys);
    free(x);
}

static bool has(const char *log, const char *line)
{
    char text[300];
    snprintf(text, sizeof text, "%s\n", line);
    if (strstr(log, text)) return true;
    return TAP_FAIL("no line \"%s\" in\n%s", line, log);
}

static void bakes(void)
{
    TEST(
        "a deployment completes after the longest period x evaluationPeriods, at most 300 s (E160)")
    {
        watched *x = begin(1, 1e6, 1e6);
        x->alarms[1].period_us = 2 * SIM_MINUTE;
        char *log = system_run_only(x->sys, 2000, "deployment.");
        has(log, "0 deployment.started web web#1 web:1 created 0");
        has(log, "120 deployment.completed web web#1 web:1 created 120");
        has(log, "720 deployment.completed web web#2 web:2 updated 120");
        free(log);
        x->alarms[0].evaluation_periods = 7;
        log = system_run_only(x->sys, 2000, "deployment.");
        has(log, "900 deployment.completed web web#2 web:2 updated 300");
        free(log);
        x->sys->cfg.control.bake_max_us = 90 * SIM_SECOND;
        log = system_run_only(x->sys, 2000, "deployment.");
        has(log, "690 deployment.completed web web#2 web:2 updated 90");
        free(log);
        x->sys->services[0].shift.has_bake = true;
        x->sys->services[0].shift.bake_us = 6 * SIM_MINUTE;
        log = system_run_only(x->sys, 2000, "deployment.");
        has(log, "960 deployment.completed web web#2 web:2 updated 360");
        free(log);
        x->sys->services[0].alarms.enabled = false;
        log = system_run_only(x->sys, 2000, "deployment.");
        has(log, "600 deployment.completed web web#2 web:2 updated 0");
        free(log);
        end(x);
    }
    TEST("while it bakes the old revision is gone, the service is neither steady nor stalled "
         "(E113, E160)")
    {
        watched *x = begin(3, 1e6, 1e6);
        service_sample now;
        model *m = model_create(&x->sys->cfg, 0, &x->sys->options);
        model_run(m, 779 * SIM_SECOND, NULL);
        model_service_sample(m, 0, &now);
        IS_INT(now.running, 2);
        OK(!now.steady && !now.stalled && !now.newest_completed);
        model_run(m, 780 * SIM_SECOND, NULL);
        model_service_sample(m, 0, &now);
        OK(now.steady && now.newest_completed);
        model_destroy(m);
        end(x);
    }
    TEST("a task lost while it bakes is replaced, and the bake goes on (E160)")
    {
        watched *x = begin(3, 1e6, 1e6);
        timeline_action *a = system_at(x->sys, 700, TIMELINE_STOP_TASK);
        a->select.service = 0;
        a->select.has_count = true;
        a->select.count = 1;
        char *log = system_run(x->sys, 2000);
        has(log, "780 deployment.completed web web#2 web:2 updated 180");
        IS_INT(count_of(log, "700 task.provisioning web/000005"), 1);
        free(log);
        end(x);
    }
}

static void fails(void)
{
    TEST("an alarm that enters ALARM fails the deployment, which rolls back at once, without a "
         "bake (E160, E159)")
    {
        watched *x = begin(3, 600, 1e6);
        char *log = system_run(x->sys, 2000);
        has(log, "840 alarm.state busy OK ALARM 3000");
        has(log,
            "780 deployment.completed web web#2 web:2 updated 180"); /* too late: a bake of 3 min */
        free(log);
        x->alarms[0].evaluation_periods = x->alarms[0].datapoints_to_alarm = 1;
        x->alarms[1].evaluation_periods = x->alarms[1].datapoints_to_alarm = 3;
        log = system_run(x->sys, 2000);
        has(log, "720 alarm.state busy OK ALARM 3000");
        has(log, "720 deployment.failed web web#2 web:2 alarm 120");
        has(log, "720 deployment.rollingBack web web#2 web:2 alarm 120 web#1");
        IS_INT(count_of(log, "720 service.event web (service web) (deployment ecs-svc/web#2) "
                             "deployment failed: alarm detected."),
               1);
        has(log, "720 deployment.completed web web#1 web:1 rollback 0");
        free(log);
        x->sys->services[0].alarms.rollback = false;
        log = system_run(x->sys, 2000);
        has(log, "720 deployment.failed web web#2 web:2 alarm 120");
        IS_INT(count_of(log, "rollingBack"), 0);
        IS_INT(count_of(log, "task.provisioning"), 4);
        free(log);
        end(x);
    }
    TEST("a poll comes at the multiples of alarmPollSeconds, and sees the alarms as they are then "
         "(E160)")
    {
        watched *x = begin(1, 660, 1e6);
        x->sys->services[0].shift.has_bake = true;
        x->sys->services[0].shift.bake_us = 10 * SIM_MINUTE;
        x->sys->cfg.control.alarm_poll_us = 500 * SIM_SECOND;
        x->sys->timeline[0].at_us = 620 * SIM_SECOND;
        char *log = system_run(x->sys, 3000);
        has(log, "780 alarm.state busy OK ALARM 3000");
        has(log, "1000 deployment.failed web web#2 web:2 alarm 380");
        free(log);
        x->sys->traffic[0].rate.steps[2].at_us = 720 * SIM_SECOND;
        log = system_run(x->sys, 3000);
        has(log, "840 alarm.state busy ALARM OK 600");
        has(log, "1220 deployment.completed web web#2 web:2 updated 600");
        free(log);
        end(x);
    }
    TEST("an alarm after the bake does nothing; a later deployment finds it in ALARM and is not "
         "watched (E160)")
    {
        watched *x = begin(1, 780, 1e6);
        x->sys->traffic[0].rate.steps[2].at_us = 960 * SIM_SECOND;
        system_deploy(x->sys, 1000, 0, 0);
        char *log = system_run(x->sys, 3000);
        has(log, "660 deployment.completed web web#2 web:2 updated 60");
        has(log, "900 alarm.state busy OK ALARM 3000");
        has(log, "1000 deployment.completed web web#3 web:1 updated 0");
        IS_INT(count_of(log, "deployment.failed"), 0);
        free(log);
        end(x);
    }
    TEST("each deployment is watched by itself: a newer one ends the watch of the one before "
         "(E150, E160)")
    {
        watched *x = begin(2, 600, 1e6);
        system_deploy(x->sys, 690, 0, 0);
        char *log = system_run(x->sys, 3000);
        has(log, "780 deployment.failed web web#3 web:1 alarm 90");
        IS_INT(count_of(log, "deployment.failed web web#2"), 0);
        IS_INT(count_of(log, "deployment.failed web web#3"), 1);
        free(log);
        end(x);
    }
}

static watched *shifting(traffic_shift_config shift, double from)
{
    watched *x = begin(1, from, 1e6);
    service_config *s = &x->sys->services[0];
    system_alternate(x->sys, "green", s);
    s->shift = shift;
    x->metric.kind = METRIC_SERVICE_RUNNING_TASKS; /* green beside blue: 4 in place of 2 */
    x->alarms[0].statistic = STATISTIC_MAXIMUM;
    x->alarms[0].threshold = 3;
    return x;
}

static void shifts(void)
{
    TEST("an alarm gives the traffic of a shift back to blue; BAKE_TIME lasts by the alarms (E160, "
         "E162)")
    {
        watched *x = shifting((traffic_shift_config){.strategy = DEPLOY_CANARY,
                                                     .step_tenths = 100,
                                                     .step_bake_us = 10 * SIM_MINUTE},
                              1e6);
        char *log = system_run(x->sys, 3000);
        has(log, "600 deployment.stage web web#2 PRODUCTION_TRAFFIC_SHIFT 10");
        has(log, "720 deployment.failed web web#2 web:2 alarm 120");
        has(log, "720 deployment.completed web web#1 web:1 rollback 0");
        free(log);
        x->alarms[0].threshold = 1e9;
        x->alarms[1].evaluation_periods = 4;
        log = system_run(x->sys, 3000);
        has(log, "1200 deployment.stage web web#2 BAKE_TIME 100");
        has(log, "1440 deployment.stage web web#2 CLEAN_UP 100");
        has(log, "1440 deployment.completed web web#2 web:2 updated 840");
        free(log);
        end(x);
    }
}

int main(void)
{
    tap_begin();
    bakes();
    fails();
    shifts();
    return tap_end();
}
