/* Goal: requests to a service without a load balancer divide evenly over its RUNNING tasks, and fail, cost CPU
 * and are cut as L70, L71 and L75 say of tasks (contract: scenario, traffic, `service`).
 * Method: small systems whose numbers are worked out by hand; the same log with every probe and plain scans. */
#include "tests/models/system.h"
#include <math.h>

/* `desired` tasks of 512 units on one instance of 1024, ready at once, with requests of 0.1 s. */
static system_of_test *direct(uint32_t desired, double per_second)
{
    system_of_test *sys = system_begin();
    system_instances(sys, 1, 1024, 8192, "a", NULL);
    const uint32_t web = system_task(sys, "web", 256, 512);
    sys->definitions[web].request_seconds = distribution_constant(0.1);
    system_service(sys, "web", web, desired, 100, 200);
    system_traffic_to(sys, 0, per_second);
    return sys;
}

typedef struct {
    service_sample at[4];
} samples;

static samples run_to(system_of_test *sys, const double *seconds, int count)
{
    samples s = {0};
    model *m = model_create(&sys->cfg, 0, &sys->options);
    for (int i = 0; i < count; i++) {
        model_run(m, (sim_time)(seconds[i] * 1e6), NULL);
        model_service_sample(m, 0, &s.at[i]);
    }
    model_destroy(m);
    system_end(sys);
    return s;
}

static double failed_in_all(const request_sample *r)
{
    double sum = 0;
    for (int cause = 0; cause < FAILED_CAUSES; cause++)
        sum += r->failed[cause];
    return sum;
}

static void failures(void)
{
    TEST("an even part goes to each RUNNING task; one that does not listen yet refuses it: 502 "
         "(L75)")
    {
        system_of_test *sys = direct(2, 30);
        system_container(sys, 0)->behavior.startup = distribution_constant(5);
        timeline_action *a = system_at(sys, 60, TIMELINE_UPDATE_SERVICE);
        a->update.service = 0;
        a->update.has_desired_count = true;
        a->update.to.desired_count = 3;
        const samples s = run_to(sys, (double[]){1, 10, 61, 70}, 4);
        IS_DOUBLE(s.at[0].requests.offered, 30);
        IS_DOUBLE(s.at[0].requests.failed[FAILED_502], 30);
        IS_DOUBLE(failed_in_all(&s.at[1].requests), 0);
        IS_NEAR(s.at[2].requests.failed[FAILED_502], 10, 1e-12);
        IS_DOUBLE(failed_in_all(&s.at[3].requests), 0);
    }
    TEST("without a RUNNING task every request fails: 503 (L71)")
    {
        system_of_test *sys = direct(0, 30);
        const samples s = run_to(sys, (double[]){1}, 1);
        IS_DOUBLE(s.at[0].requests.offered, 30);
        IS_DOUBLE(s.at[0].requests.failed[FAILED_503], 30);
    }
    TEST("a task told to stop gets no more; what is under way is cut when its process ends")
    {
        static const double shutdown_s[] = {0, 0.06, 0.5}, cut[] = {1, 0.4, 0};
        for (int i = 0; i < 3; i++) {
            system_of_test *sys = direct(1, 10); /* one under way */
            system_container(sys, 0)->behavior.shutdown = distribution_constant(shutdown_s[i]);
            timeline_action *a = system_at(sys, 60, TIMELINE_UPDATE_SERVICE);
            a->update.service = 0;
            a->update.has_desired_count = true;
            a->update.to.desired_count = 0;
            const samples s = run_to(sys, (double[]){59, 70}, 2);
            IS_DOUBLE(s.at[0].requests.lost[FAILED_502], 0);
            IS_NEAR(s.at[1].requests.lost[FAILED_502], cut[i], 1e-9);
            IS_DOUBLE(s.at[1].requests.failed[FAILED_503], 10);
        }
    }
    TEST("a hung task: 504; a crash cuts what is under way (L72, L75)")
    {
        system_of_test *sys = direct(2, 20);
        system_at(sys, 60, TIMELINE_FAIL_HEALTH_CHECKS)->how = FAIL_HANG;
        sys->timeline[0].duration_us = 10 * SIM_SECOND;
        sys->timeline[0].select.has_count = true;
        sys->timeline[0].select.count = 1;
        system_at(sys, 80, TIMELINE_CRASH_TASKS);
        const samples s = run_to(sys, (double[]){65, 75, 81}, 3);
        IS_NEAR(s.at[0].requests.failed[FAILED_504], 10, 1e-12);
        IS_DOUBLE(failed_in_all(&s.at[1].requests), 0);
        IS_NEAR(s.at[2].requests.lost[FAILED_502], 2, 1e-9);
    }
}

static void load(void)
{
    TEST("they take CPU and memory, and what a task cannot serve fails as overload")
    {
        system_of_test *sys = direct(2, 150);
        container_definition *c = system_container(sys, 0);
        c->behavior.has_cpu = c->behavior.has_memory = true;
        c->behavior.cpu = (cpu_behavior){.seconds_per_request = 0.01}; /* wants 1536 of 1024 */
        c->behavior.memory = (memory_behavior){.mib_per_request = 1};
        const samples s = run_to(sys, (double[]){60}, 1);
        IS_NEAR(s.at[0].requests.failed[FAILED_OVERLOAD], 50, 1e-6);
        IS_NEAR((double)s.at[0].cpu_used / CPU_FINE, 1024, 1e-5);
        OK(memory_line_mib(s.at[0].memory, 60 * SIM_SECOND) > 10);
    }
    TEST("a service created later gets its traffic then; until then it fails: 503")
    {
        system_of_test *sys = direct(1, 10);
        sys->cfg.service_count_at_start = 0;
        system_at(sys, 30, TIMELINE_CREATE_SERVICE)->service = 0;
        const samples s = run_to(sys, (double[]){29, 31}, 2);
        IS_DOUBLE(s.at[0].requests.failed[FAILED_503], 10);
        IS_DOUBLE(s.at[1].requests.offered, 10);
        IS_DOUBLE(failed_in_all(&s.at[1].requests), 0);
    }
}

static void logged(void)
{
    TEST("traffic.changed names the service; the tasks have no target events")
    {
        system_of_test *sys = direct(1, 10);
        char *log = system_run_only(sys, 60, "t");
        OK(strstr(log, "0 traffic.changed web 10\n") != NULL);
        OK(strstr(log, "target.") == NULL);
        free(log);
        system_end(sys);
    }
}

int main(void)
{
    tap_begin();
    failures();
    load();
    logged();
    return tap_end();
}
