/* Goal: services scale as Application Auto Scaling has it (A20-A72).
 * Method: small systems under scripted traffic, read off their logs; with every minute looked at the log is the same.
 *
 * Traffic of 10 requests a second on one target is 600 a minute; a datapoint of minute k is judged at 60 (k + 2)
 * seconds with the default delay (A14, A24).
 */
#include "sim/engine/random.h"
#include "tests/models/system.h"

typedef struct {
    system_of_test *sys;
    uint32_t web;
    metric_config metrics[8];
    alarm_config alarms[10];
    scalable_target_config targets[2];
    scaling_policy_config policies[6];
    scheduled_action_config scheduled[4];
} scaled;

/* A service of `desired` tasks, healthy at once, behind a target group. */
static scaled *begin(uint32_t desired, int64_t min, int64_t max)
{
    scaled *x = memory_alloc(1, sizeof *x);
    system_of_test *sys = x->sys = system_begin();
    system_instances(sys, 4, 4096, 4096, "a", "b");
    x->web = system_task(sys, "web", 64, 64);
    service_config *s = system_service(sys, "web", x->web, desired, 100, 200);
    system_target_group(sys, "web", s, x->web);
    model_config *c = &sys->cfg;
    c->metrics = x->metrics;
    c->metrics[c->metric_count++] = (metric_config){METRIC_REQUEST_COUNT_PER_TARGET, 0, SIM_MINUTE};
    c->alarms = x->alarms;
    c->scalable_targets = x->targets;
    c->scaling_policies = x->policies;
    c->scheduled_actions = x->scheduled;
    c->scalable_targets[c->scalable_target_count++] =
        (scalable_target_config){.service = 0, .min_capacity = min, .max_capacity = max};
    return x;
}

static void end(scaled *x)
{
    system_end(x->sys);
    free(x);
}

/* The first line at which two logs part. */
static void same_log(const char *got, const char *want)
{
    const char *line = got;
    size_t i = 0;
    for (; got[i] && got[i] == want[i]; i++)
        if (got[i] == '\n') line = got + i + 1;
    if (got[i] == want[i]) return;
    const char *other = want + (line - got);
    (void)TAP_FAIL("got  %.*s\n#   want %.*s", (int)strcspn(line, "\n"), line,
                   (int)strcspn(other, "\n"), other);
}

/* Runs it, and once more with every minute looked at; both logs must agree. */
static char *run_only(scaled *x, double seconds, const char *only)
{
    x->sys->options.every_minute = true;
    char *all = system_run_only(x->sys, seconds, NULL);
    x->sys->options.every_minute = false;
    char *lazy = system_run_only(x->sys, seconds, NULL);
    same_log(lazy, all);
    free(all);
    free(lazy);
    return system_run_only(x->sys, seconds, only);
}

static alarm_config *add_alarm(scaled *x, const char *name, alarm_comparison comparison,
                               double threshold, uint32_t periods)
{
    alarm_config *a = &x->alarms[x->sys->cfg.alarm_count++];
    *a = (alarm_config){.name = name,
                        .statistic = STATISTIC_SUM,
                        .period_us = SIM_MINUTE,
                        .evaluation_periods = periods,
                        .datapoints_to_alarm = periods,
                        .threshold = threshold,
                        .comparison = comparison};
    return a;
}

static void acts(scaled *x, alarm_config *a, int state, uint32_t policy)
{
    a->actions[state].policies = ARENA_NEW(x->sys->arena, uint32_t);
    a->actions[state].policies[0] = policy;
    a->actions[state].count = 1;
}

/* A step policy of one open step; acts while `alarm` is in ALARM. */
static scaling_policy_config *add_step(scaled *x, const char *name, alarm_config *alarm,
                                       int32_t adjustment, double cooldown)
{
    uint32_t index = x->sys->cfg.scaling_policy_count++;
    scaling_policy_config *p = &x->policies[index];
    step_adjustment_config *step = ARENA_NEW(x->sys->arena, step_adjustment_config);
    bool above = alarm->comparison == COMPARE_GREATER;
    *step = (step_adjustment_config){above ? 0 : -INFINITY, above ? INFINITY : 0, adjustment};
    *p = (scaling_policy_config){.name = name,
                                 .kind = POLICY_STEP,
                                 .step_count = 1,
                                 .steps = step,
                                 .alarm_high = NO_INDEX,
                                 .alarm_low = NO_INDEX,
                                 .cooldown_us = (sim_time)(cooldown * 1e6)};
    acts(x, alarm, 2, index);
    return p;
}

/* A tracking policy with its two alarms (A60, A61). */
static scaling_policy_config *add_tracking(scaled *x, double target, double cooldown)
{
    alarm_config *high = add_alarm(x, "high", COMPARE_GREATER, target, 3);
    alarm_config *low = add_alarm(x, "low", COMPARE_LESS, 0.9 * target, 15);
    uint32_t index = x->sys->cfg.scaling_policy_count++;
    scaling_policy_config *p = &x->policies[index];
    *p = (scaling_policy_config){.name = "track",
                                 .kind = POLICY_TARGET_TRACKING,
                                 .target = target,
                                 .alarm_high = (uint32_t)(high - x->alarms),
                                 .alarm_low = (uint32_t)(low - x->alarms),
                                 .scale_out_cooldown_us = (sim_time)(cooldown * 1e6),
                                 .scale_in_cooldown_us = (sim_time)(cooldown * 1e6)};
    acts(x, high, 2, index);
    acts(x, low, 2, index);
    return p;
}

/* Follows the service's own CPU or memory (A63). */
static scaling_policy_config *add_tracking_of_use(scaled *x, metric_kind kind, double seconds,
                                                  double target)
{
    container_behavior *b = &system_container(x->sys, x->web)->behavior;
    b->has_cpu = b->has_memory = true;
    b->cpu = (cpu_behavior){.idle_units = 16, .seconds_per_request = seconds};
    b->memory = (memory_behavior){.idle_mib = 16, .mib_per_request = 1};
    model_config *c = &x->sys->cfg;
    x->metrics[c->metric_count] = (metric_config){kind, 0, SIM_MINUTE};
    scaling_policy_config *p = add_tracking(x, target, 60);
    x->alarms[p->alarm_high].metric = x->alarms[p->alarm_low].metric = c->metric_count++;
    x->alarms[p->alarm_high].statistic = x->alarms[p->alarm_low].statistic = STATISTIC_AVERAGE;
    return p;
}

static void rates(scaled *x, uint32_t count, const rate_step *steps)
{
    traffic_config *t = system_traffic(x->sys, 0, 0);
    t->rate = (rate_series){count, ARENA_ARRAY(x->sys->arena, count, rate_step)};
    for (uint32_t i = 0; i < count; i++)
        t->rate.steps[i] = steps[i];
}

static bool has(const char *log, const char *line)
{
    if (strstr(log, line)) return true;
    return TAP_FAIL("no line \"%s\" in\n%s", line, log);
}

static void alarms_alone(void)
{
    TEST(
        "an alarm sees a minute 120 s after it began, and is OK, ALARM, OK with it (A14, A20, A24)")
    {
        scaled *x = begin(1, 1, 1);
        add_alarm(x, "busy", COMPARE_GREATER, 700, 2);
        rates(x, 3, (rate_step[]){{0, 10}, {600 * SIM_SECOND, 20}, {900 * SIM_SECOND, 10}});
        char *log = run_only(x, 2000, "alarm");
        OK(has(log, "120 alarm.state busy INSUFFICIENT_DATA OK 600\n"));
        OK(has(log, "780 alarm.state busy OK ALARM 1200\n")); /* minutes 10 and 11 */
        OK(has(log, "1020 alarm.state busy ALARM OK 600\n")); /* minute 15 */
        IS_INT(count_of(log, "alarm.state"), 3);
        free(log);
        end(x);
    }
    TEST("metricDelay shifts an alarm and is no missing data (A15, A24)")
    {
        scaled *x = begin(1, 1, 1);
        x->sys->cfg.control.metric_delay_us = 120 * SIM_SECOND;
        add_alarm(x, "busy", COMPARE_GREATER, 700, 2);
        rates(x, 2, (rate_step[]){{0, 10}, {600 * SIM_SECOND, 20}});
        char *log = run_only(x, 2000, "alarm");
        OK(has(log, "180 alarm.state busy INSUFFICIENT_DATA OK 600\n"));
        OK(has(log, "840 alarm.state busy OK ALARM 1200\n"));
        free(log);
        end(x);
    }
    TEST("a period of 300 s slides by the minute (A23)")
    {
        scaled *x = begin(1, 1, 1);
        alarm_config *a = add_alarm(x, "busy", COMPARE_GREATER, 3400, 1);
        a->period_us = 300 * SIM_SECOND;
        rates(x, 2, (rate_step[]){{0, 10}, {600 * SIM_SECOND, 20}});
        char *log = run_only(x, 2000, "alarm");
        OK(has(log, "360 alarm.state busy INSUFFICIENT_DATA OK 3000\n"));
        OK(has(log, "720 alarm.state busy OK ALARM 3600\n")); /* minutes 6 to 10: 4 x 600 + 1200 */
        free(log);
        end(x);
    }
    TEST("no routable target: no datapoint; the alarm goes on with what is in its range, then "
         "lacks data (A13, A29, A34, L110)")
    {
        scaled *x = begin(1, 0, 1);
        add_alarm(x, "busy", COMPARE_GREATER, 700, 2);
        rates(x, 1, (rate_step[]){{0, 20}});
        system_scale(x->sys, 600, 0, 0);
        char *log = run_only(x, 2000, "alarm");
        OK(has(log, "180 alarm.state busy INSUFFICIENT_DATA ALARM 1200\n"));
        OK(has(log, "900 alarm.state busy ALARM INSUFFICIENT_DATA\n")); /* minute 9 leaves R = 4 */
        free(log);
        end(x);
    }
}

static void steps(void)
{
    TEST("a step policy acts at the alarm and every minute after it, cooldown between (A26, A57, "
         "A58)")
    {
        scaled *x = begin(1, 1, 4);
        alarm_config *busy = add_alarm(x, "busy", COMPARE_GREATER, 700, 2);
        add_step(x, "out", busy, 1, 60);
        rates(x, 2, (rate_step[]){{0, 10}, {600 * SIM_SECOND, 60}}); /* 3600 a minute */
        char *log = run_only(x, 2000, "scaling");
        OK(has(log, "780 scaling.decision web out 1 2 1 3600 2 applied\n"));
        OK(has(log,
               "840 scaling.decision web out 2 3 2 3600 3 applied\n")); /* [780, 840) is over */
        OK(has(log, "900 scaling.decision web out 3 4 3 "));
        OK(has(log, "960 scaling.decision web out 4 4 4 "));
        OK(has(log, " atMax\n"));
        IS_INT(count_of(log, "scaling.decision"), 4);
        free(log);
        end(x);
    }
    TEST("the default cooldown lets the next one wait until it ends")
    {
        scaled *x = begin(1, 1, 4);
        alarm_config *busy = add_alarm(x, "busy", COMPARE_GREATER, 700, 2);
        add_step(x, "out", busy, 1, 300);
        rates(x, 2, (rate_step[]){{0, 10}, {600 * SIM_SECOND, 60}});
        char *log = run_only(x, 1500, "scaling");
        OK(has(log, "780 scaling.decision web out 1 2 1 3600 2 applied\n"));
        OK(has(log, "840 scaling.decision web out 2 2 2 3600 2 cooldown\n"));
        OK(has(log, "1080 scaling.decision web out 2 3 2 1800 3 applied\n"));
        free(log);
        end(x);
    }
    TEST("within a cooldown a larger step counts what was added (A57: +2, then +3 adds 1)")
    {
        scaled *x = begin(4, 1, 20);
        alarm_config *busy = add_alarm(x, "busy", COMPARE_GREATER, 100, 1);
        scaling_policy_config *p = add_step(x, "out", busy, 2, 600);
        p->steps = ARENA_ARRAY(x->sys->arena, 2, step_adjustment_config);
        p->steps[0] = (step_adjustment_config){0, 100, 2};
        p->steps[1] = (step_adjustment_config){100, INFINITY, 3};
        p->step_count = 2;
        /* 4 tasks: 150 a minute each, then 6 tasks: 250 a minute each */
        rates(x, 3, (rate_step[]){{0, 4}, {600 * SIM_SECOND, 10}, {720 * SIM_SECOND, 25}});
        char *log = run_only(x, 1000, "scaling");
        OK(has(log, "720 scaling.decision web out 4 6 4 150 6 applied\n"));
        OK(has(log, "840 scaling.decision web out 6 7 6 "));
        free(log);
        end(x);
    }
    TEST("a scale-in waits for the window of a scale-out, and a deployment blocks it (A44, A58)")
    {
        scaled *x = begin(4, 1, 20);
        alarm_config *idle = add_alarm(x, "idle", COMPARE_LESS, 1000, 1);
        add_step(x, "in", idle, -1, 120);
        rates(x, 1, (rate_step[]){{0, 10}});
        uint32_t next = system_task(x->sys, "web", 64, 64);
        x->sys->definitions[next].containers[0] = *system_container(x->sys, x->web);
        x->sys->definitions[next].containers[0].behavior.startup = distribution_constant(200);
        system_deploy(x->sys, 300, 0, next);
        char *log = run_only(x, 900, "scaling");
        OK(has(log, "120 scaling.decision web in 4 3 4 150 3 applied\n"));
        OK(has(log, "180 scaling.decision web in 3 3 3 150 2 cooldown\n"));
        OK(has(log, "240 scaling.decision web in 3 2 3 "));
        /* Four tasks run from 300 s on, two of them the deployment's: 4 - 1 is above desired, and blocked all the same. */
        OK(has(log, "300 scaling.decision web in 2 2 2 200 1 blockedByDeployment\n"));
        IS_INT(count_of(log, "scaling.decision"), 4);
        free(log);
        end(x);
    }
    TEST("suspended policies say so, and act at once when they are resumed (A45)")
    {
        scaled *x = begin(1, 1, 4);
        x->targets[0].suspended.out_suspended = true;
        alarm_config *busy = add_alarm(x, "busy", COMPARE_GREATER, 700, 2);
        add_step(x, "out", busy, 1, 60);
        rates(x, 1, (rate_step[]){{0, 60}});
        timeline_action *a = system_at(x->sys, 500, TIMELINE_REGISTER_SCALABLE_TARGET);
        a->has_suspended = true;
        char *log = run_only(x, 510, "scaling");
        OK(has(log, "180 scaling.decision web out 1 1 1 3600 2 suspended\n"));
        OK(has(log, "500 scaling.decision web out 1 2 1 3600 2 applied\n"));
        IS_INT(count_of(log, "scaling.decision"), 2);
        free(log);
        end(x);
    }
}

static void tracking(void)
{
    TEST("tracking goes to ceil(running x metric / target) after three minutes, and back after "
         "fifteen (A61, A62)")
    {
        scaled *x = begin(2, 2, 10);
        x->sys->cfg.control.metric_delay_us = 0;
        add_tracking(x, 600, 60);
        rates(x, 3, (rate_step[]){{0, 20}, {1800 * SIM_SECOND, 47}, {3600 * SIM_SECOND, 20}});
        char *log = run_only(x, 7000, "scaling");
        OK(has(
            log,
            "1980 scaling.decision web track 2 5 2 1410 5 applied\n")); /* 2 x 1410 / 600 = 4.7 */
        OK(has(log, "4500 scaling.decision web track 5 2 5 240 2 applied\n"));
        free(log);
        end(x);
    }
    TEST("from 0 tasks nothing leads out without a datapoint (A66); with queued work it would "
         "(A65); max "
         "0 stays")
    {
        scaled *x = begin(0, 0, 10);
        add_tracking(x, 600, 60);
        rates(x, 1, (rate_step[]){{0, 20}});
        char *log = run_only(x, 2000, "scaling");
        IS_STR(log, "");
        free(log);
        end(x);
    }
    TEST("scale-in off: AlarmLow has nobody act (A68)")
    {
        scaled *x = begin(5, 1, 10);
        scaling_policy_config *p = add_tracking(x, 600, 60);
        p->scale_in_disabled = true;
        x->alarms[1].actions[2].count = 0;
        rates(x, 1, (rate_step[]){{0, 5}});
        char *log = run_only(x, 3000, "scaling");
        IS_STR(log, "");
        free(log);
        end(x);
    }
    TEST("a step policy's scale-in is not held back by tracking, its scale-out beats a scale-in "
         "(A47, A48)")
    {
        scaled *x = begin(4, 1, 10);
        add_tracking(x, 600, 0);
        alarm_config *idle = add_alarm(x, "idle", COMPARE_LESS, 650, 1);
        add_step(x, "in", idle, -1, 0);
        rates(x, 1, (rate_step[]){{0, 40}}); /* 600 each: in band for tracking */
        char *log = run_only(x, 150, "scaling");
        OK(has(log, "120 scaling.decision web in 4 3 4 600 3 applied\n"));
        free(log);
        end(x);
    }
}

static void bounds(void)
{
    TEST("registering moves a count outside the bounds to the nearest one (A40)")
    {
        scaled *x = begin(1, 3, 10);
        char *log = run_only(x, 100, "service.");
        OK(has(log, "0 service.created web 1 "));
        OK(has(log, "0 service.updated web 3 web:1 scaling\n"));
        free(log);
        end(x);
    }
    TEST("set by hand above max, a scale-out does nothing and a scale-in starts from max (A43)")
    {
        scaled *x = begin(3, 1, 5);
        alarm_config *idle = add_alarm(x, "idle", COMPARE_LESS, 100, 1);
        add_step(x, "in", idle, -1, 60);
        rates(x, 2, (rate_step[]){{0, 60}, {600 * SIM_SECOND, 5}});
        system_scale(x->sys, 300, 0, 8);
        char *log = run_only(x, 750, "scaling");
        OK(has(log, "720 scaling.decision web in 8 4 8 "));
        free(log);
        end(x);
    }
    TEST("scheduled actions set bounds that stay, and ignore cooldowns (A70, A71)")
    {
        scaled *x = begin(2, 1, 10);
        model_config *c = &x->sys->cfg;
        x->scheduled[c->scheduled_action_count++] =
            (scheduled_action_config){.name = "morning",
                                      .schedule = "cron(30 0 * * ? *)",
                                      .start_unix_us = INT64_MIN,
                                      .end_unix_us = INT64_MAX,
                                      .has_min = true,
                                      .min_capacity = 6};
        x->scheduled[c->scheduled_action_count++] =
            (scheduled_action_config){.name = "night",
                                      .schedule = "at(1970-01-05T00:50:00)",
                                      .start_unix_us = INT64_MIN,
                                      .end_unix_us = INT64_MAX,
                                      .has_min = true,
                                      .has_max = true,
                                      .min_capacity = 1,
                                      .max_capacity = 4};
        char *log = run_only(x, 7200, "s");
        OK(has(log, "1800 scaling.decision web morning 2 6 2 6 applied\n"));
        OK(has(log, "1800 service.updated web 6 web:1 scheduled\n"));
        OK(has(log, "3000 scaling.decision web night 6 4 6 4 applied\n"));
        IS_INT(count_of(log, "scaling.decision"), 2);
        free(log);
        end(x);
    }
    TEST("a scheduled action is by the clock of its time zone, which shows 01:30 twice (A71)")
    {
        scaled *x = begin(2, 1, 10);
        model_config *c = &x->sys->cfg;
        const int64_t start = c->start_unix_us; /* midnight in UTC */
        const time_zone_offset offsets[] = {{start, SIM_HOUR}, {start + SIM_HOUR, 0}};
        time_zone zone = {"Test/Zone", 2, offsets};
        c->time_zones = &zone;
        c->time_zone_count = 1;
        x->scheduled[c->scheduled_action_count++] =
            (scheduled_action_config){.name = "local",
                                      .schedule = "cron(30 1 * * ? *)",
                                      .time_zone = 1,
                                      .start_unix_us = INT64_MIN,
                                      .end_unix_us = INT64_MAX,
                                      .has_min = true,
                                      .min_capacity = 6};
        char *log = run_only(x, 7200, "s");
        OK(has(log, "1800 scaling.decision web local 2 6 2 6 applied\n"));
        IS_INT(count_of(log, "scaling.decision"), 1);
        free(log);
        end(x);
    }
}

static void utilization(void)
{
    TEST("CPU and memory of a service: percent of what its RUNNING tasks reserve; a leak is a line "
         "(A01, A03, A06, A14)")
    {
        scaled *x = begin(2, 1, 4);
        container_behavior *b = &system_container(x->sys, x->web)->behavior;
        b->has_cpu = b->has_memory = true;
        b->cpu = (cpu_behavior){.idle_units = 16};
        b->memory = (memory_behavior){.idle_mib = 16, .leak_mib_per_hour = 32};
        model_config *c = &x->sys->cfg;
        x->metrics[c->metric_count++] = (metric_config){METRIC_SERVICE_CPU, 0, SIM_MINUTE};
        x->metrics[c->metric_count++] = (metric_config){METRIC_SERVICE_MEMORY, 0, SIM_MINUTE};
        alarm_config *cpu = add_alarm(x, "cpu", COMPARE_GREATER, 20, 1);
        cpu->metric = 1;
        cpu->statistic = STATISTIC_AVERAGE;
        alarm_config *memory = add_alarm(x, "memory", COMPARE_GREATER, 50, 1);
        memory->metric = 2;
        memory->statistic = STATISTIC_AVERAGE;
        rates(x, 1, (rate_step[]){{0, 1}});
        system_scale(x->sys, 2400, 0, 0);
        char *log = run_only(x, 4000, "alarm");
        OK(has(log, "120 alarm.state cpu INSUFFICIENT_DATA ALARM 25\n")); /* 16 of 64 units */
        /* 16 of 64 MiB and 0.83 % a minute more: the mean of minute k is 25 + (k + 1/2) x 32 / 60 / 64 x 100 %: the first
         * above 50 % is minute 30 */
        OK(has(log, "1920 alarm.state memory OK ALARM 50.41"));
        OK(has(log, "alarm.state cpu ALARM INSUFFICIENT_DATA\n"));
        free(log);
        end(x);
    }
}

/* Serves 6.25 of 10 requests a second: 3.75 a second are left without an answer. */
static scaled *overloaded(void)
{
    scaled *x = begin(1, 1, 1);
    x->sys->definitions[0].cpu_units = 64;
    container_behavior *b = &system_container(x->sys, x->web)->behavior;
    b->has_cpu = true;
    b->cpu = (cpu_behavior){.seconds_per_request = 0.01};
    model_config *c = &x->sys->cfg;
    x->metrics[c->metric_count++] = (metric_config){METRIC_HTTP_5XX_COUNT, 0, SIM_MINUTE};
    add_alarm(x, "5xx", COMPARE_GREATER, 100, 1)->metric = 1;
    rates(x, 1, (rate_step[]){{0, 10}});
    return x;
}

static void overload_as_5xx(void)
{
    TEST("what overload leaves without an answer is the balancer's 504 when its idle timeout ends "
         "first, or together with the client's patience (L72)")
    {
        scaled *x = overloaded();
        char *log = run_only(x, 200, "alarm");
        OK(has(log, "120 alarm.state 5xx INSUFFICIENT_DATA ALARM 225\n"));
        free(log);
        end(x);
    }
    TEST("it is the client's 460 and no 5XX when its patience ends first (L73, L75)")
    {
        scaled *x = overloaded();
        x->sys->traffic[0].timeout_us = 60 * SIM_SECOND - 1;
        char *log = run_only(x, 200, "alarm");
        OK(has(log, "120 alarm.state 5xx INSUFFICIENT_DATA OK 0\n"));
        free(log);
        end(x);
    }
    TEST("two kinds of clients: only what the patient ones are left without is a 5XX (L72, L73)")
    {
        scaled *x = overloaded();
        x->sys->traffic[0].timeout_us = 20 * SIM_SECOND;
        system_traffic(x->sys, 0, 10); /* 13.75 of 20 a second fail, half of them by the balancer */
        char *log = run_only(x, 200, "alarm");
        OK(has(log, "120 alarm.state 5xx INSUFFICIENT_DATA ALARM 412.5"));
        free(log);
        end(x);
    }
}

/* Two groups behind one load balancer: a second service "api" gets requests of its own. */
static void behind_one_balancer(scaled *x)
{
    system_of_test *sys = x->sys;
    uint32_t api = system_task(sys, "api", 64, 64);
    service_config *s = system_service(sys, "api", api, 1, 100, 200);
    system_target_group(sys, "api", s, api)->load_balancer = 0;
    sys->definitions[x->web].request_seconds = distribution_constant(0.1);
    sys->definitions[x->web].error_rate = 0.5;
    sys->definitions[api].request_seconds = distribution_constant(0.4);
    system_traffic(sys, 1, 30);
}

static alarm_config *add_alarm_on(scaled *x, const char *name, metric_kind kind, uint32_t object,
                                  metric_statistic statistic, double threshold)
{
    model_config *c = &x->sys->cfg;
    x->metrics[c->metric_count] = (metric_config){kind, object, SIM_MINUTE};
    alarm_config *a = add_alarm(x, name, COMPARE_GREATER, threshold, 1);
    a->metric = c->metric_count++;
    a->statistic = statistic;
    return a;
}

static void by_balancer(void)
{
    TEST("by load balancer: sums over its target groups (L71, L74, L110)")
    {
        scaled *x = begin(1, 1, 1);
        behind_one_balancer(x);
        add_alarm_on(x, "requests", METRIC_BALANCER_REQUEST_COUNT, 0, STATISTIC_SUM, 2000);
        add_alarm_on(x, "elb", METRIC_BALANCER_5XX_COUNT, 0, STATISTIC_SUM, 1000);
        add_alarm_on(x, "target", METRIC_BALANCER_TARGET_5XX_COUNT, 0, STATISTIC_SUM, 500);
        add_alarm_on(x, "other", METRIC_BALANCER_REQUEST_COUNT, 1, STATISTIC_SUM, -1);
        rates(x, 2, (rate_step[]){{0, 10}, {300 * SIM_SECOND, 20}});
        system_scale(x->sys, 600, 1, 0); /* no target: 30 x 60 are 503 */
        char *log = run_only(x, 1000, "alarm");
        OK(has(log, "120 alarm.state requests INSUFFICIENT_DATA ALARM 2400\n"));
        OK(has(log, "120 alarm.state elb INSUFFICIENT_DATA OK 0\n"));
        OK(has(log, "720 alarm.state elb OK ALARM 1800\n"));
        OK(has(log, "120 alarm.state target INSUFFICIENT_DATA OK 300\n"));
        OK(has(log, "420 alarm.state target OK ALARM 600\n"));
        OK(has(log, "120 alarm.state other INSUFFICIENT_DATA ALARM 0\n")); /* has no group left */
        free(log);
        end(x);
    }
}

static void response_times(void)
{
    TEST("the response time of a minute: the mean over the requests answered in it, of a target "
         "group and of its balancer (A14, L110)")
    {
        scaled *x = begin(1, 1, 1);
        behind_one_balancer(x);
        add_alarm_on(x, "web", METRIC_RESPONSE_TIME, 0, STATISTIC_AVERAGE, 0.01);
        add_alarm_on(x, "all", METRIC_BALANCER_RESPONSE_TIME, 0, STATISTIC_AVERAGE, 0.37);
        add_alarm_on(x, "count", METRIC_BALANCER_RESPONSE_TIME, 0, STATISTIC_SAMPLE_COUNT, 1);
        rates(x, 3, (rate_step[]){{0, 60}, {330 * SIM_SECOND, 20}, {600 * SIM_SECOND, 0}});
        char *log = run_only(x, 1000, "alarm");
        OK(has(log, "120 alarm.state web INSUFFICIENT_DATA ALARM 0.1\n"));
        /* Half of web's 60 fail: (30 x 0.1 + 30 x 0.4) / 60. */
        OK(has(log, "120 alarm.state all INSUFFICIENT_DATA OK 0.25\n"));
        OK(has(log, "120 alarm.state count INSUFFICIENT_DATA ALARM 3600\n"));
        /* From 600 s on only api's are answered; web has no datapoint, and lacks data once R minutes went by. */
        OK(has(log, "720 alarm.state all OK ALARM 0.4\n"));
        OK(has(log, "alarm.state web ALARM INSUFFICIENT_DATA\n"));
        free(log);
        end(x);
    }
    TEST("a minute in which rates change weighs by requests, not by time (A14)")
    {
        scaled *x = begin(1, 1, 1);
        behind_one_balancer(x);
        add_alarm_on(x, "all", METRIC_BALANCER_RESPONSE_TIME, 0, STATISTIC_AVERAGE, 0.3);
        /* Minute 5: for 30 s 30 + 30 a second as above, then 10 + 30:
         * (30 x 15 + 30 x 13) / (30 x 60 + 30 x 40) = 0.28; the mean of both halves would be 0.2875. */
        rates(x, 2, (rate_step[]){{0, 60}, {330 * SIM_SECOND, 20}});
        x->alarms[0].threshold = 0.27;
        char *log = run_only(x, 600, "alarm");
        OK(has(log, "420 alarm.state all OK ALARM 0.28\n"));
        free(log);
        end(x);
    }
    TEST("the CPU that requests have to share makes them longer, and the alarm hears of it (A14)")
    {
        scaled *x = begin(1, 1, 1);
        container_behavior *b = &system_container(x->sys, x->web)->behavior;
        b->has_cpu = true;
        x->sys->definitions[x->web].request_seconds = distribution_constant(0.01);
        b->cpu = (cpu_behavior){.seconds_per_request = 0.01};
        x->sys->definitions[0].cpu_units = 1024;
        x->sys->definitions[0].containers[0].cpu_units = 1024;
        add_alarm_on(x, "web", METRIC_RESPONSE_TIME, 0, STATISTIC_AVERAGE, 0.015);
        rates(x, 2, (rate_step[]){{0, 1}, {300 * SIM_SECOND, 50}});
        char *log = run_only(x, 600, "alarm");
        /* One vCPU, half of it busy: M/G/1-PS takes twice as long. */
        OK(has(log, "120 alarm.state web INSUFFICIENT_DATA OK 0.0101"));
        OK(has(log, "420 alarm.state web OK ALARM 0.02\n"));
        free(log);
        end(x);
    }
}

static void tracking_of_use(void)
{
    TEST("target tracking on the service's own CPU: 400 % of what two tasks reserve is 100 % of "
         "eight "
         "(A01, A60-A62)")
    {
        scaled *x = begin(2, 1, 10);
        add_tracking_of_use(x, METRIC_SERVICE_CPU, 0.048,
                            100); /* 16 units idle a task, 480 for 10 requests */
        rates(x, 1, (rate_step[]){{0, 10}});
        char *log = run_only(x, 1200, "s");
        OK(has(log, "240 scaling.decision web track 2 9 2 408.99999"));
        free(log);
        end(x);
    }
}

static void high_resolution(void)
{
    TEST("a metric of 20 s: three datapoints, each 20 s late, are there 80 s after the load began "
         "(A08, A23, A61)")
    {
        scaled *x = begin(1, 1, 4);
        container_behavior *b = &system_container(x->sys, x->web)->behavior;
        b->has_cpu = true;
        b->cpu = (cpu_behavior){.idle_units = 16};
        model_config *c = &x->sys->cfg;
        x->metrics[c->metric_count++] = (metric_config){METRIC_SERVICE_CPU, 0, 20 * SIM_SECOND};
        alarm_config *cpu = add_alarm(x, "cpu", COMPARE_GREATER, 20, 3);
        cpu->metric = 1;
        cpu->statistic = STATISTIC_AVERAGE;
        cpu->period_us = 20 * SIM_SECOND;
        char *log = run_only(x, 400, "alarm");
        IS_STR(log, "80 alarm.state cpu INSUFFICIENT_DATA ALARM 25\n");
        free(log);
        end(x);
    }
}

/* Counts and response times of the balancer and of the group; the latter drive a policy. */
static void watch_balancer(scaled *x, random_stream *r)
{
    task_definition_config *d = &x->sys->definitions[x->web];
    d->request_seconds = random_below(r, 2)
                             ? (distribution){.kind = DISTRIBUTION_EXPONENTIAL, .a = 0.05}
                             : (distribution){.kind = DISTRIBUTION_LOGNORMAL, .a = 0.05, .b = 1};
    d->error_rate = (double)random_below(r, 3) / 8;
    static const metric_kind kinds[] = {METRIC_BALANCER_REQUEST_COUNT, METRIC_BALANCER_5XX_COUNT,
                                        METRIC_BALANCER_TARGET_5XX_COUNT};
    add_alarm_on(x, "balancer", kinds[random_below(r, 3)], 0, STATISTIC_SUM,
                 50 * (double)random_below(r, 20));
    alarm_config *slow = add_alarm_on(
        x, "slow", random_below(r, 2) ? METRIC_RESPONSE_TIME : METRIC_BALANCER_RESPONSE_TIME, 0,
        (metric_statistic)random_below(r, 3), 0.02 + (double)random_below(r, 9) / 100);
    slow->missing = (missing_data_rule)random_below(r, 4);
    add_step(x, "slow", slow, 1, 120);
}

/* Random traffic, policies, knobs, deploys and crashes: looked at lazily and every minute, the log is one. */
static void random_systems(void)
{
    TEST("200 random systems log the same whether alarms look every minute or only where something "
         "changed")
    {
        for (uint64_t seed = 1; seed <= 200; seed++) {
            random_source source = {.seed = seed};
            random_stream r = random_stream_at(source, random_purpose("scaling"), 0);
            scaled *x = begin((uint32_t)random_below(&r, 4), (int64_t)random_below(&r, 3),
                              3 + (int64_t)random_below(&r, 6));
            control_plane_config *k = &x->sys->cfg.control;
            k->metric_delay_us = (sim_time)random_below(&r, 4) * 45 * SIM_SECOND;
            k->scaling_action_delay_us = (sim_time)random_below(&r, 3) * 20 * SIM_SECOND;
            k->cooldown_from_fulfilled = random_below(&r, 2) == 0;
            if (random_below(&r, 3) > 0) add_tracking(x, 300 + (double)random_below(&r, 900), 60);
            if (random_below(&r, 2) == 0)
                add_tracking_of_use(
                    x, random_below(&r, 2) ? METRIC_SERVICE_CPU : METRIC_SERVICE_MEMORY, 0.01,
                    30 + (double)random_below(&r, 90));
            alarm_config *busy = add_alarm(x, "busy", COMPARE_GREATER, 500, 2);
            busy->missing = (missing_data_rule)random_below(&r, 4);
            busy->datapoints_to_alarm = 1 + (uint32_t)random_below(&r, 2);
            add_step(x, "out", busy, 1 + (int32_t)random_below(&r, 3),
                     60 * (double)random_below(&r, 4));
            alarm_config *idle = add_alarm(x, "idle", COMPARE_LESS, 200, 3);
            idle->missing = (missing_data_rule)random_below(&r, 4);
            idle->period_us = SIM_MINUTE * (sim_time)(1 + random_below(&r, 3));
            add_step(x, "in", idle, -1, 60 * (double)random_below(&r, 4));
            if (random_below(&r, 2) == 0) behind_one_balancer(x);
            watch_balancer(x, &r);
            rate_step step[12];
            uint32_t count = 1 + (uint32_t)random_below(&r, 12);
            for (uint32_t i = 0; i < count; i++)
                step[i] = (rate_step){(sim_time)i * 7 * SIM_MINUTE +
                                          (sim_time)random_below(&r, 400) * SIM_SECOND,
                                      (double)random_below(&r, 60)};
            step[0].at_us = 0;
            rates(x, count, step);
            uint32_t next = system_task(x->sys, "web", 64, 64);
            x->sys->definitions[next].containers[0] = *system_container(x->sys, x->web);
            system_deploy(x->sys, 1000 + (double)random_below(&r, 500), 0, next);
            system_scale(x->sys, 2000, 0, (uint32_t)random_below(&r, 9));
            timeline_action *crash = system_at(x->sys, 2500, TIMELINE_CRASH_TASKS);
            crash->select.service = 0;
            char *log = run_only(x, 6000, "scaling");
            if (tap_test_failures > 0) (void)TAP_FAIL("seed %" PRIu64, seed);
            free(log);
            end(x);
            if (tap_test_failures > 0) break;
        }
    }
}

int main(void)
{
    tap_begin();
    alarms_alone();
    steps();
    tracking();
    bounds();
    utilization();
    overload_as_5xx();
    by_balancer();
    response_times();
    tracking_of_use();
    high_resolution();
    random_systems();
    return tap_end();
}
