/* Goal: native blue/green, linear and canary deployments (E162) by hand-worked cases: stages and their times, whom
 * requests reach, what a rollback and a newer deployment do.
 * Method: two tasks that are healthy at their first probe, at the instant at which they run; 100 requests a second
 * through the listener. So scaling up takes no time, and every time in a log is a bake, a hook or an action. */
#include "models/ecs/traffic_shift.h"
#include "tests/models/system.h"

static system_of_test *shifting(traffic_shift_config shift)
{
    system_of_test *sys = system_begin();
    system_instances(sys, 2, 4096, 4096, "a", "b");
    uint32_t one = system_task(sys, "web", 128, 128), two = system_task(sys, "web", 128, 128);
    service_config *s = system_service(sys, "web", one, 2, 100, 200);
    system_target_group(sys, "blue", s, one);
    system_alternate(sys, "green", s);
    system_container(sys, two)->port_count = 1;
    system_container(sys, two)->ports = system_container(sys, one)->ports;
    system_traffic_through(sys, 0, 100);
    s->shift = shift;
    system_deploy(sys, 100, 0, two);
    return sys;
}

static const traffic_shift_config blue_green = {.strategy = DEPLOY_BLUE_GREEN,
                                                .bake_us = 5 * SIM_MINUTE};
static const traffic_shift_config canary = {.strategy = DEPLOY_CANARY,
                                            .bake_us = 5 * SIM_MINUTE,
                                            .step_tenths = 55,
                                            .step_bake_us = 10 * SIM_MINUTE};

static bool has_line(const char *log, const char *line)
{
    char text[300];
    snprintf(text, sizeof text, "\n%s\n", line);
    bool found = strstr(log, text) != NULL;
    if (!found) printf("# no line \"%s\"\n", line);
    return found;
}

/* Requests a second that a group is offered. */
static double offered(model *m, uint32_t group)
{
    target_group_sample sample;
    model_target_group_sample(m, group, &sample);
    return sample.requests.offered;
}

static void steps(void)
{
    TEST("steps: all at once; equal ones up to 100; a first one, then the rest (E162)")
    {
        traffic_shift_config linear = {.strategy = DEPLOY_LINEAR, .step_tenths = 300};
        IS_INT(traffic_shift_step(&blue_green, 1), 1000);
        IS_INT(traffic_shift_step(&linear, 1), 300);
        IS_INT(traffic_shift_step(&linear, 3), 900);
        IS_INT(traffic_shift_step(&linear, 4), 1000);
        IS_INT(traffic_shift_step(&canary, 1), 55);
        IS_INT(traffic_shift_step(&canary, 2), 1000);
        linear.step_tenths = 1000;
        IS_INT(traffic_shift_step(&linear, 1), 1000);
    }
}

static void forward(void)
{
    TEST("stages come in order, green beside blue, requests follow the weights (E162)")
    {
        system_of_test *sys = shifting(canary);
        char *log = system_run_only(sys, 2000, "deployment.");
        OK(has_line(log, "100 deployment.started web web#2 web:2 updated 0"));
        const char *stages = "\n100 deployment.stage web web#2 PRE_SCALE_UP 0"
                             "\n100 deployment.stage web web#2 SCALE_UP 0"
                             "\n100 deployment.stage web web#2 POST_SCALE_UP 0"
                             "\n100 deployment.stage web web#2 TEST_TRAFFIC_SHIFT 0"
                             "\n100 deployment.stage web web#2 POST_TEST_TRAFFIC_SHIFT 0"
                             "\n100 deployment.stage web web#2 PRE_PRODUCTION_TRAFFIC_SHIFT 0"
                             "\n100 deployment.stage web web#2 PRODUCTION_TRAFFIC_SHIFT 5.5"
                             "\n700 deployment.stage web web#2 PRODUCTION_TRAFFIC_SHIFT 100"
                             "\n700 deployment.stage web web#2 POST_PRODUCTION_TRAFFIC_SHIFT 100"
                             "\n700 deployment.stage web web#2 BAKE_TIME 100"
                             "\n1000 deployment.stage web web#2 CLEAN_UP 100"
                             "\n1000 deployment.completed web web#2 web:2 updated 900\n";
        OK(strstr(log, stages));
        free(log);
        model *m = model_create(&sys->cfg, 0, &sys->options);
        service_sample now;
        model_run(m, 99 * SIM_SECOND, NULL);
        IS_DOUBLE(offered(m, 0), 100);
        model_run(m, 100 * SIM_SECOND, NULL);
        IS_NEAR(offered(m, 0), 94.5, 1e-9);
        IS_NEAR(offered(m, 1), 5.5, 1e-9);
        model_service_sample(m, 0, &now);
        IS_INT(now.running, 4);
        OK(!now.stalled && !now.steady);
        IS_NEAR(now.requests.offered, 100, 1e-9);
        model_run(m, 700 * SIM_SECOND, NULL);
        IS_DOUBLE(offered(m, 0), 0);
        IS_DOUBLE(offered(m, 1), 100);
        model_run(m, 1000 * SIM_SECOND, NULL);
        model_service_sample(m, 0, &now);
        IS_INT(now.running, 2);
        OK(now.newest_completed);
        IS_DOUBLE(now.requests.failed[FAILED_502] + now.requests.failed[FAILED_503], 0);
        model_destroy(m);
        system_end(sys);
    }
    TEST("the next deployment shifts back to the first target group (E162)")
    {
        system_of_test *sys = shifting(blue_green);
        system_deploy(sys, 1000, 0, 0);
        char *log = system_run(sys, 2000);
        OK(has_line(log, "400 deployment.completed web web#2 web:2 updated 300"));
        OK(has_line(log, "100 target.healthy green web/000003"));
        OK(has_line(log, "1000 target.healthy blue web/000005"));
        OK(has_line(log, "1300 deployment.completed web web#3 web:1 updated 300"));
        OK(has_line(log, "1000 traffic.changed blue 100"));
        IS_INT(count_of(log, "RECONCILE_SERVICE"), 0);
        free(log);
        system_end(sys);
    }
    TEST("a service's first deployment has nobody to shift from: it rolls out")
    {
        system_of_test *sys = shifting(blue_green);
        char *log = system_run_only(sys, 90, "deployment.");
        IS_INT(count_of(log, "deployment.stage"), 0);
        OK(strstr(log, "0 deployment.completed web web#1"));
        free(log);
        system_end(sys);
    }
    TEST("min 100 and max 100 do not hold it up, and the desired count holds for both (E162)")
    {
        system_of_test *sys = shifting(blue_green);
        sys->services[0].minimum_healthy_percent = sys->services[0].maximum_percent = 100;
        system_scale(sys, 200, 0, 3);
        char *log = system_run(sys, 600);
        IS_INT(count_of(log, "\n200 task.provisioning"), 2);
        OK(has_line(log, "400 deployment.completed web web#2 web:2 updated 300"));
        OK(!strstr(log, "was unable to stop or start tasks"));
        free(log);
        system_end(sys);
    }
    TEST("an unhealthy task of blue is replaced by blue, of green by green (E103)")
    {
        system_of_test *sys = shifting(blue_green);
        timeline_action *a = system_at(sys, 150, TIMELINE_CRASH_TASKS);
        a->select.task_definition = 0;
        a->select.has_count = true;
        a->select.count = 1;
        a = system_at(sys, 160, TIMELINE_CRASH_TASKS);
        a->select.task_definition = 1;
        a->select.has_count = true;
        a->select.count = 1;
        char *log = system_run(sys, 390);
        OK(strstr(log, "\n150 task.provisioning web/000005 web web#1 web:1"));
        OK(strstr(log, "\n160 task.provisioning web/000006 web web#2 web:2"));
        free(log);
        system_end(sys);
    }
}

static void hooks(void)
{
    static pause_hook hook[] = {
        {UINT32_C(1) << STAGE_PRE_SCALE_UP, 7 * SIM_MINUTE, true},
        {UINT32_C(1) << STAGE_POST_TEST_TRAFFIC_SHIFT, 3 * SIM_MINUTE, false}};
    TEST("a PAUSE hook that continues holds its stage for its timeout (E162)")
    {
        traffic_shift_config shift = blue_green;
        shift.hook_count = 1;
        shift.hooks = hook;
        system_of_test *sys = shifting(shift);
        char *log = system_run(sys, 1000);
        OK(has_line(log, "520 deployment.stage web web#2 SCALE_UP 0"));
        OK(strstr(log, "\n520 task.provisioning web/000003"));
        OK(has_line(log, "820 deployment.completed web web#2 web:2 updated 720"));
        free(log);
        system_end(sys);
    }
    TEST("one that rolls back does so at its timeout, though another would go on for longer (E162)")
    {
        traffic_shift_config shift = blue_green;
        pause_hook both[] = {{hook[1].stages, 30 * SIM_MINUTE, true}, hook[1]};
        shift.hook_count = 2;
        shift.hooks = both;
        system_of_test *sys = shifting(shift);
        char *log = system_run(sys, 4000);
        OK(has_line(log, "280 deployment.failed web web#2 web:2 stopped 180"));
        OK(has_line(log, "280 deployment.rollingBack web web#2 web:2 stopped 180 web#1"));
        OK(has_line(log, "280 deployment.completed web web#1 web:1 rollback 0"));
        OK(!strstr(log, "traffic.changed green"));
        free(log);
        system_end(sys);
    }
    TEST("hooks before the production shift fire at every step (E162)")
    {
        traffic_shift_config shift = {.strategy = DEPLOY_LINEAR,
                                      .step_tenths = 500,
                                      .step_bake_us = SIM_MINUTE,
                                      .hook_count = 1};
        pause_hook before[] = {
            {UINT32_C(1) << STAGE_PRE_PRODUCTION_TRAFFIC_SHIFT, SIM_MINUTE, true}};
        shift.hooks = before;
        system_of_test *sys = shifting(shift);
        char *log = system_run(sys, 1000);
        OK(has_line(log, "160 deployment.stage web web#2 PRODUCTION_TRAFFIC_SHIFT 50"));
        OK(has_line(log, "220 deployment.stage web web#2 PRE_PRODUCTION_TRAFFIC_SHIFT 50"));
        OK(has_line(log, "280 deployment.stage web web#2 PRODUCTION_TRAFFIC_SHIFT 100"));
        free(log);
        system_end(sys);
    }
    TEST("green that never comes up fails after 24 h, and blue goes on (E162)")
    {
        system_of_test *sys = shifting(blue_green);
        system_container(sys, 1)->behavior.start_failure_probability = 1;
        system_container(sys, 1)->behavior.activation = distribution_constant(1);
        char *log = system_run(sys, 100000);
        OK(has_line(log, "86500 deployment.failed web web#2 web:2 stopped 86400"));
        OK(has_line(log, "86500 deployment.completed web web#1 web:1 rollback 0"));
        IS_INT(count_of(log, "traffic.changed"), 1);
        free(log);
        system_end(sys);
    }
}

static void back(void)
{
    TEST("stopped in its bake time: traffic returns at once to blue, which still runs (E162, E164)")
    {
        system_of_test *sys = shifting(blue_green);
        system_at(sys, 200, TIMELINE_STOP_SERVICE_DEPLOYMENT)->service = 0;
        char *log = system_run(sys, 1000);
        OK(has_line(log, "200 deployment.failed web web#2 web:2 stopped 100"));
        OK(has_line(log, "200 traffic.changed blue 100"));
        OK(has_line(log, "200 traffic.changed green 0"));
        OK(has_line(log, "200 deployment.completed web web#1 web:1 rollback 0"));
        IS_INT(count_of(log, "\n200 task.provisioning"), 0);
        IS_INT(count_of(log, "\n200 task.stopped"), 2);
        free(log);
        system_deploy(sys, 500, 0, 1); /* and the next one goes to green again */
        log = system_run(sys, 1000);
        OK(has_line(log, "500 traffic.changed green 100"));
        OK(has_line(log, "800 deployment.completed web web#3 web:2 updated 300"));
        free(log);
        system_end(sys);
    }
    TEST("the circuit breaker of green (E155, E162)")
    {
        system_of_test *sys = shifting(blue_green);
        sys->services[0].breaker =
            (circuit_breaker_config){.enabled = true, .rollback = true, .value = 50};
        system_container(sys, 1)->behavior.start_failure_probability = 1;
        system_container(sys, 1)->behavior.activation = distribution_constant(1);
        char *log = system_run(sys, 1000);
        OK(strstr(log, " deployment.failed web web#2 web:2 circuitBreaker "));
        OK(strstr(log, "deployment failed: tasks failed to start."));
        OK(strstr(log, " deployment.completed web web#1 web:1 rollback "));
        free(log);
        system_end(sys);
    }
    TEST("ABORT leaves both revisions and the weights as they are (E164)")
    {
        system_of_test *sys = shifting(canary);
        timeline_action *a = system_at(sys, 200, TIMELINE_STOP_SERVICE_DEPLOYMENT);
        a->service = 0;
        a->abort = true;
        model *m = model_create(&sys->cfg, 0, &sys->options);
        model_run(m, 2000 * SIM_SECOND, NULL);
        service_sample now;
        model_service_sample(m, 0, &now);
        IS_INT(now.running, 4);
        IS_NEAR(offered(m, 1), 5.5, 1e-9);
        model_destroy(m);
        system_end(sys);
    }
    TEST("a newer deployment ends the shift: its traffic goes back to blue first (E150, E162)")
    {
        system_of_test *sys = shifting(canary);
        uint32_t three = system_task(sys, "web", 128, 128);
        system_container(sys, three)->port_count = 1;
        system_container(sys, three)->ports = system_container(sys, 0)->ports;
        system_deploy(sys, 200, 0, three);
        char *log = system_run(sys, 2000);
        OK(has_line(log, "200 deployment.stage web web#3 RECONCILE_SERVICE 0"));
        OK(has_line(log, "800 deployment.stage web web#3 PRODUCTION_TRAFFIC_SHIFT 100"));
        OK(has_line(log, "1100 deployment.completed web web#3 web:3 updated 900"));
        OK(strstr(log, "\n200 task.deactivating web/000003 web web#2"));
        free(log);
        system_end(sys);
    }
    TEST("scaling in while traffic shifts keeps the split of the strategy in both revisions (E107, "
         "E182)")
    {
        system_of_test *sys = shifting(blue_green);
        service_config *s = &sys->services[0];
        s->desired_count = 8;
        s->share_count = 2;
        s->shares = ARENA_ARRAY(sys->arena, 2, capacity_share);
        for (uint32_t i = 0; i < 2; i++)
            s->shares[i] = (capacity_share){PROVIDER_OF_INSTANCES + i, 0, 1 + 2 * i};
        sys->groups[0].count = 1;
        sys->groups[0].provider = PROVIDER_OF_INSTANCES;
        system_instances(sys, 1, 4096, 4096, "b", NULL)->provider = PROVIDER_OF_INSTANCES + 1;
        system_scale(sys, 200, 0, 4);
        model *m = model_create(&sys->cfg, 0, &sys->options);
        for (uint32_t i = 0; i < 2; i++) {
            instance_sample sample[2];
            model_run(m, (150 + 100 * i) * SIM_SECOND, NULL);
            model_instance_sample(m, 0, &sample[0]);
            model_instance_sample(m, 1, &sample[1]);
            IS_INT(sample[0].tasks, i == 0 ? 4 : 2);
            IS_INT(sample[1].tasks, i == 0 ? 12 : 6);
        }
        model_destroy(m);
        system_end(sys);
    }
    TEST("a service that is deleted while traffic shifts ends (E111)")
    {
        system_of_test *sys = shifting(canary);
        timeline_action *a = system_at(sys, 200, TIMELINE_DELETE_SERVICE);
        a->service = 0;
        a->force = true;
        char *log = system_run(sys, 2000);
        IS_INT(count_of(log, "task.stopped"), 4);
        IS_INT(count_of(log, "PRODUCTION_TRAFFIC_SHIFT 100"), 0);
        free(log);
        system_end(sys);
    }
}

/* A rule for the path /test, which gets a tenth of the requests, is the service's test rule. */
static void with_test_rule(system_of_test *sys, listener_rule_config *rule)
{
    static const char *paths[] = {"/test"};
    static traffic_path shares[] = {{.path = "/", .share = 0.9}, {.path = "/test", .share = 0.1}};
    forward_target *forwards = ARENA_ARRAY(sys->arena, 2, forward_target);
    forwards[0] = (forward_target){0, 1};
    forwards[1] = (forward_target){1, 0};
    *rule = (listener_rule_config){
        .listener = 0,
        .priority = 1,
        .path_count = 1,
        .paths = paths,
        .action = {.kind = ACTION_FORWARD, .forward_count = 2, .forwards = forwards}};
    sys->cfg.rule_count = 1;
    sys->cfg.rules = rule;
    sys->services[0].load_balancers[0].test = (listener_place){true, 0, 0};
    sys->traffic[0].path_count = 2;
    sys->traffic[0].paths = shares;
}

static void test_traffic(void)
{
    TEST("test traffic meets green at TEST_TRAFFIC_SHIFT, before production, while a PAUSE hook "
         "waits (E162)")
    {
        pause_hook hook = {.stages = UINT32_C(1) << STAGE_POST_TEST_TRAFFIC_SHIFT,
                           .timeout_us = 5 * SIM_MINUTE,
                           .continues = true};
        traffic_shift_config shift = blue_green;
        shift.hooks = &hook;
        shift.hook_count = 1;
        system_of_test *sys = shifting(shift);
        listener_rule_config rule;
        with_test_rule(sys, &rule);
        model *m = model_create(&sys->cfg, 0, &sys->options);
        model_run(m, 99 * SIM_SECOND, NULL);
        IS_NEAR(offered(m, 0), 100, 1e-9);
        model_run(m, 399 * SIM_SECOND, NULL);
        IS_NEAR(offered(m, 0), 90, 1e-9);
        IS_NEAR(offered(m, 1), 10, 1e-9);
        model_run(m, 400 * SIM_SECOND, NULL);
        IS_NEAR(offered(m, 0), 0, 1e-9);
        IS_NEAR(offered(m, 1), 100, 1e-9);
        model_destroy(m);
        hook.continues = false;
        m = model_create(&sys->cfg, 0, &sys->options);
        model_run(m, 399 * SIM_SECOND, NULL);
        IS_NEAR(offered(m, 1), 10, 1e-9);
        model_run(m, 400 * SIM_SECOND,
                  NULL); /* the hook says ROLLBACK: test traffic goes back, too */
        IS_NEAR(offered(m, 0), 100, 1e-9);
        IS_NEAR(offered(m, 1), 0, 1e-9);
        model_destroy(m);
        system_end(sys);
    }
}

int main(void)
{
    tap_begin();
    steps();
    forward();
    hooks();
    back();
    test_traffic();
    return tap_end();
}
