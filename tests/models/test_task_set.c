/* Goal: task sets of services that somebody else deploys (E163), by hand-worked cases.
 * Method: tasks that are healthy at the instant at which they start; a listener that forwards to two target groups, of
 * which the second has weight 0; 100 requests a second. */
#include "models/ecs/task_set.h"
#include "tests/models/system.h"

typedef struct {
    system_of_test *sys;
    service_load_balancer balancer[2];
    uint32_t definition[2];
} external;

/* EXTERNAL; desired 5. Definitions 0 and 1 go with target groups 0 and 1. */
static external *begin(deployment_controller controller)
{
    external *x = memory_alloc(1, sizeof *x);
    system_of_test *sys = x->sys = system_begin();
    system_instances(sys, 4, 4096, 4096, "a", "b");
    for (int i = 0; i < 2; i++)
        x->definition[i] = system_task(sys, "web", 128, 128);
    service_config *s = system_service(sys, "web", x->definition[0], 5, 100, 200);
    system_target_group(sys, "blue", s, x->definition[0]);
    system_alternate(sys, "green", s);
    system_container(sys, x->definition[1])->port_count = 1;
    system_container(sys, x->definition[1])->ports = system_container(sys, x->definition[0])->ports;
    s->load_balancers[0].production.given = false;
    x->balancer[0] = x->balancer[1] = s->load_balancers[0];
    x->balancer[1].target_group = s->load_balancers[0].alternate_target_group;
    s->controller = controller;
    s->grace_period_us = 60 * SIM_SECOND;
    if (controller == CONTROLLER_EXTERNAL) s->load_balancer_count = 0;
    system_traffic_through(sys, 0, 100);
    return x;
}

static void end(external *x)
{
    system_end(x->sys);
    free(x);
}

static void create(external *x, double at, const char *id, uint32_t which, uint32_t percent)
{
    timeline_action *a = system_at(x->sys, at, TIMELINE_CREATE_TASK_SET);
    a->create_task_set = (task_set_call){x->definition[which], percent * (TASK_SET_WHOLE / 100), id,
                                         1, &x->balancer[which]};
}

static timeline_action *call(external *x, double at, timeline_kind kind, const char *id)
{
    timeline_action *a = system_at(x->sys, at, kind);
    a->task_set = id;
    return a;
}

static void scale(external *x, double at, const char *id, uint32_t percent)
{
    call(x, at, TIMELINE_UPDATE_TASK_SET, id)->task_set_scale = percent * (TASK_SET_WHOLE / 100);
}

static service_sample sample(model *m, double at)
{
    service_sample now;
    model_run(m, (sim_time)(at * 1e6), NULL);
    model_service_sample(m, 0, &now);
    return now;
}

static target_group_sample group(model *m, uint32_t index)
{
    target_group_sample now;
    model_target_group_sample(m, index, &now);
    return now;
}

static void counts(void)
{
    TEST("a set's tasks are ceil(desired x scale / 100), and follow both (E163)")
    {
        IS_INT(task_set_computed(4, 300000), 2);
        IS_INT(task_set_computed(10, 100000), 1);
        IS_INT(task_set_computed(10, 100001), 2);
        IS_INT(task_set_computed(0, TASK_SET_WHOLE), 0);
        IS_INT(task_set_computed(UINT32_MAX, TASK_SET_WHOLE), UINT32_MAX);
        external *x = begin(CONTROLLER_EXTERNAL);
        create(x, 100, "one", 0, 100);
        create(x, 200, "two", 1, 30);
        scale(x, 300, "two", 50);
        system_scale(x->sys, 400, 0, 8);
        scale(x, 500, "one", 0);
        scale(x, 600, "web#2", 10);
        model *m = model_create(&x->sys->cfg, 0, &x->sys->options);
        IS_INT(sample(m, 99).running, 0);
        IS_INT(sample(m, 100).running, 5);
        IS_INT(sample(m, 200).running, 7);
        IS_INT(sample(m, 300).running, 8);
        IS_INT(sample(m, 400).running, 12);
        service_sample now = sample(m, 500);
        IS_INT(now.running, 4);
        IS_INT(now.deployments, 2);
        OK(now.steady);
        IS_INT(sample(m, 600).running, 1);
        model_destroy(m);
        end(x);
    }
    TEST("a task that is lost is replaced in its own set (E105, E163)")
    {
        external *x = begin(CONTROLLER_EXTERNAL);
        create(x, 0, "one", 0, 100);
        create(x, 10, "two", 1, 60);
        timeline_action *a = system_at(x->sys, 100, TIMELINE_STOP_TASK);
        a->select.service = 0;
        a->select.has_count = true;
        a->select.count = 1;
        char *log = system_run(x->sys, 300);
        IS_INT(count_of(log, "\n100 task.provisioning web/000009 web web#1 web:1"), 1);
        IS_INT(count_of(log, "task.provisioning"), 9);
        IS_INT(count_of(log, "\n0 deployment.completed web web#1 web:1 created 0"), 1);
        IS_INT(count_of(log, "\n10 deployment.completed web web#2 web:2 created 0"), 1);
        free(log);
        end(x);
    }
}

static void production(void)
{
    TEST("the PRIMARY set serves production, CODE_DEPLOY's first comes with the service (E163)")
    {
        external *x = begin(CONTROLLER_CODE_DEPLOY);
        create(x, 100, "green", 1, 100);
        call(x, 200, TIMELINE_UPDATE_PRIMARY_TASK_SET, "green");
        call(x, 300, TIMELINE_DELETE_TASK_SET, "web#1")->force = true;
        model *m = model_create(&x->sys->cfg, 0, &x->sys->options);
        service_sample now = sample(m, 150);
        IS_INT(now.running, 10);
        IS_INT(group(m, 1).healthy, 5);
        IS_DOUBLE(group(m, 0).requests.offered, 100);
        now = sample(m, 200);
        IS_DOUBLE(group(m, 0).requests.offered, 0);
        IS_DOUBLE(group(m, 1).requests.offered, 100);
        IS_DOUBLE(now.requests.offered, 100);
        IS_INT(now.newest_deployment, 2);
        now = sample(m, 400);
        IS_INT(now.running, 5);
        IS_INT(now.deployments, 1);
        OK(now.steady);
        IS_DOUBLE(now.requests.failed[FAILED_502] + now.requests.failed[FAILED_503], 0);
        model_destroy(m);
        end(x);
    }
    TEST("what AWS refuses happens with its answer, and changes nothing (E163)")
    {
        external *x = begin(CONTROLLER_EXTERNAL);
        scale(x, 50, "one", 10);
        create(x, 100, "one", 0, 100);
        call(x, 200, TIMELINE_DELETE_TASK_SET, "one");
        call(x, 210, TIMELINE_UPDATE_PRIMARY_TASK_SET, "two");
        call(x, 220, TIMELINE_UPDATE_PRIMARY_TASK_SET, "web#7");
        system_at(x->sys, 230, TIMELINE_STOP_SERVICE_DEPLOYMENT)->service = 0;
        call(x, 240, TIMELINE_DELETE_TASK_SET, "one")->force = true;
        scale(x, 250, "one", 100);
        char *log = system_run(x->sys, 300);
        const char *const lost = "TaskSetNotFoundException: The specified task set wasn't found.";
        IS_INT(count_of(log, lost), 4);
        IS_INT(count_of(log, "200 timeline deleteTaskSet {\"error\":\"InvalidParameterException"),
               1);
        IS_INT(count_of(log, "230 timeline stopServiceDeployment {\"error\":"), 1);
        IS_INT(count_of(log, "240 task.stopped"), 5);
        IS_INT(count_of(log, "task.provisioning"), 5);
        free(log);
        end(x);
    }
    TEST("draining moves each set by itself, never below its own number (E141, E172)")
    {
        external *x = begin(CONTROLLER_EXTERNAL);
        create(x, 0, "one", 0, 100);
        create(x, 10, "two", 1, 100);
        timeline_action *a = system_at(x->sys, 100, TIMELINE_UPDATE_INSTANCES_STATE);
        a->drain = true;
        a->select.instance_count = 1;
        a->select.instances = ARENA_NEW(x->sys->arena, uint32_t);
        a->select.instances[0] = 1;
        system_container(x->sys, 0)->behavior.startup = distribution_constant(20);
        system_container(x->sys, 1)->behavior.startup = distribution_constant(20);
        model *m = model_create(&x->sys->cfg, 0, &x->sys->options);
        service_sample now = sample(m, 110);
        IS_INT(now.healthy, 10);
        OK(!now.steady);
        now = sample(m, 200);
        IS_INT(now.healthy, 10);
        IS_INT(now.active, 10);
        OK(now.steady);
        model_destroy(m);
        end(x);
    }
    TEST("a deleted service takes its sets along, and comes back without one (E111, E163)")
    {
        external *x = begin(CONTROLLER_EXTERNAL);
        create(x, 0, "one", 0, 100);
        timeline_action *a = system_at(x->sys, 100, TIMELINE_DELETE_SERVICE);
        a->force = true;
        a = system_at(x->sys, 200, TIMELINE_CREATE_SERVICE);
        a->replaces = true;
        a->update.to = x->sys->services[0];
        system_scale(x->sys, 250, 0, 3);
        create(x, 300, "one", 1, 100);
        model *m = model_create(&x->sys->cfg, 0, &x->sys->options);
        IS_INT(sample(m, 150).running, 0);
        IS_INT(sample(m, 260).running, 0);
        IS_INT(sample(m, 400).running, 3);
        model_destroy(m);
        end(x);
    }
}

int main(void)
{
    tap_begin();
    counts();
    production();
    return tap_end();
}
