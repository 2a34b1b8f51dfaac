#include "scenarios/analysis/analysis.h"

#include "models/elb/load_balancing.h"
#include "scenarios/analysis/analysis_parts.h"
#include "scenarios/read/duration.h"
#include "scenarios/read/spelling.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define WARNING SEVERITY_WARNING
#define NOTE    SEVERITY_NOTE

/* clang-format off */
const analysis_rule analysis_rules[] = {
    {"deploy-cannot-move", WARNING, true, "a rolling deployment may neither stop a task nor start one",
     "A rolling deployment keeps L = ceil(desired x minimumHealthyPercent / 100) tasks healthy and\n"
     "has at most U = floor(desired x maximumPercent / 100) in all (E140). While all tasks are\n"
     "healthy it may stop desired - L and start U - desired. If both are 0 it never moves (E144,\n"
     "E147). 100/100 always does that; rounding does it to small services: 3 tasks at 100/125 have\n"
     "L = 3 and U = floor(3.75) = 3, 1 task at 50/150 has L = ceil(0.5) = 1 and U = 1.\n"
     "AWS: the event \"was unable to stop or start tasks during a deployment because of the service\n"
     "deployment configuration\"; the deployment stays IN_PROGRESS. Draining instances sticks, too.\n"
     "Remedy: a maximumPercent of at least 100 x (desired + 1) / desired where there is room for\n"
     "one more task, or a minimumHealthyPercent of at most 100 x (desired - 1) / desired.",
     rule_deploy_cannot_move},
    {"one-per-instance", WARNING, false, "static host port or distinctInstance, and every instance has its task",
     "A static host port (E39) and distinctInstance (E83) allow one task of the service an instance.\n"
     "Old and new tasks compete for the same place: with as many tasks as instances, and\n"
     "minimumHealthyPercent rounding up to all of them, no new task finds an instance and no old one\n"
     "may stop. The deployment waits for somebody to stop a task by hand.\n"
     "AWS: \"was unable to place a task because no container instance met all of its requirements.\n"
     "The closest matching container-instance I is already using a port required by your task.\"\n"
     "Remedy: hostPort 0 (dynamic) behind a target group of type instance, awsvpc, one more\n"
     "instance, or a minimumHealthyPercent that lets a task stop first.",
     rule_one_per_instance},
    {"deploy-no-room", WARNING, false, "no instance has room for the tasks that a deployment must start",
     "The scenario's tasks were packed onto its own instances with the model's placement code, in\n"
     "the order of the run, and the deployment rolled by E146, without time: stop healthy old tasks\n"
     "down to L, start new ones up to U. At some round nothing may stop and nothing that may start\n"
     "fits (E70, E71). That is so in every run in which the same tasks are there. Nothing is said\n"
     "after calls that cannot be followed (strategy random, stopTask, crashes, tasks that end).\n"
     "With a circuit breaker each refused try counts (E157), and the deployment fails instead.\n"
     "As a note, for a service that the scenario does not deploy: a deployment would have no room\n"
     "for its first task.\n"
     "AWS: \"was unable to place a task because no container instance met all of its requirements\".\n"
     "Remedy: one more instance, smaller reservations, or a lower minimumHealthyPercent.",
     rule_deploy_no_room},
    {"service-does-not-fit", WARNING, false, "the instances have no room for all tasks of a service",
     "The tasks that the scenario asks for were placed with the model's placement code onto all\n"
     "instances that register before its end; some of them find no place (E70-E72). The service\n"
     "never reaches desiredCount and no deployment of it completes (E151).\n"
     "AWS: runningCount below desiredCount, and \"was unable to place a task\" at each retry.\n"
     "Remedy: more or larger instances, or smaller reservations.",
     rule_service_does_not_fit},
    {"eni-limit", WARNING, false, "awsvpc tasks need more network interfaces than the instances have",
     "Every awsvpc task takes a network interface (ENI) of its instance. Without trunking an\n"
     "instance holds its type's ENIs - 1 tasks, however much CPU and memory is free (E8): an\n"
     "m5.large holds 2, an m5.2xlarge 3. A task that finds no ENI is not placed (RESOURCE:ENI).\n"
     "AWS: \"... encountered error RESOURCE:ENI\" in service events.\n"
     "Remedy: the account setting awsvpcTrunking (\"awsvpcTrunking\": true on the instances), more\n"
     "instances, or network mode bridge.",
     rule_eni_limit},
    {"task-never-fits", WARNING, false, "no instance could hold the task, even empty",
     "Not one instance of the scenario satisfies what the task definition reserves and asks for (CPU,\n"
     "memory, GPUs, architecture, operating system, zone, ports; E22, E23, E38, E71), with no other\n"
     "task on it. Registered memory is below the advertised size (E2).\n"
     "AWS: \"was unable to place a task because no container instance met all of its requirements\".\n"
     "Remedy: a larger instance type, or smaller reservations.",
     rule_task_never_fits},
    {"constraint-matches-nothing", WARNING, false, "a placement constraint selects no instance",
     "memberOf binds (E72, E84): a task is placed on no instance that does not satisfy it, and none\n"
     "of the scenario's does. A comparison with an attribute that an instance lacks is false (E95).\n"
     "Expressions that read tasks (task:group, runningTasksCount) are not judged.\n"
     "AWS: \"was unable to place a task because no container instance met all of its requirements\".\n"
     "Remedy: check the attribute's name and value, and that instances are given it.",
     rule_constraint_matches_nothing},
    {"port-reserved", WARNING, false, "a static host port that the agent reserves on every instance",
     "The agent reserves 22, 2375, 2376, 51678 and 51679 (E4; Windows E5), or what reservedPorts\n"
     "says. A task with such a static host port fits nowhere (RESOURCE:PORTS).\n"
     "Remedy: another host port, or hostPort 0.",
     rule_port_reserved},
    {"startup-exceeds-check", WARNING, false, "a start takes longer than the load balancer's patience",
     "From RUNNING on the load balancer probes every interval, and what does not answer is refused at\n"
     "once. After UnhealthyThresholdCount probes, at (threshold - 1) x interval, the target is\n"
     "unhealthy (L23, L26, L27), and without a grace period ECS starts a replacement for the task,\n"
     "which fares no better (L95, L98): tasks are replaced again and again, the deployment does not\n"
     "end, and the circuit breaker counts them.\n"
     "AWS: \"Task failed ELB health checks in (target-group ...)\".\n"
     "Remedy: healthCheckGracePeriodSeconds above the start-up time plus (HealthyThresholdCount - 1)\n"
     "x interval, since a target that was unhealthy once needs that many passes (L22).",
     rule_startup_exceeds_check},
    {"grace-too-short", WARNING, false, "healthCheckGracePeriodSeconds ends before the target is healthy",
     "The grace period makes ECS ignore unhealthy verdicts, but the load balancer goes on counting:\n"
     "the target is unhealthy after (UnhealthyThresholdCount - 1) x interval, and needs\n"
     "HealthyThresholdCount passes to come back (L22, L96). If it is still unhealthy when the grace\n"
     "period ends, the task is replaced then (L97).\n"
     "Remedy: at least the time given, the first probe after start-up + (HealthyThresholdCount - 1)\n"
     "x interval.",
     rule_grace_too_short},
    {"start-period-too-short", WARNING, false, "a start takes longer than the container health check's patience",
     "Container probes are sent every interval from the container's start; failures count from the\n"
     "end of startPeriod on, and `retries` of them make the container UNHEALTHY (E34, E35). An\n"
     "essential container that is UNHEALTHY outside the grace period has its task replaced (E96).\n"
     "AWS: \"Task failed container health checks\".\n"
     "Remedy: a startPeriod that covers start-up.",
     rule_start_period_too_short},
    {"check-timeout-interval", NOTE, true, "a container health check's timeout is not below its interval",
     "Docker sends the next probe one interval after the last one ended (E35), so a container that\n"
     "hangs is found only after retries x (interval + timeout). The model sends probes on a fixed\n"
     "grid. Load balancers refuse such settings (L13).\n"
     "Remedy: a timeout below the interval.",
     rule_check_timeout},
    {"no-health-check", NOTE, false, "a deployed service without any health check",
     "Without a load balancer and without a container health check a task counts as healthy after 40 s\n"
     "of RUNNING (E96, runningSettleSeconds), whatever it does. A deployment replaces working tasks\n"
     "by broken ones, and no circuit breaker sees it unless they exit within that time.\n"
     "Remedy: a healthCheck in the essential container.",
     rule_no_health_check},
    {"zone-not-enabled", WARNING, false, "instances in a zone that the load balancer is not enabled for",
     "A target in a zone that the load balancer is not enabled for is `unused` (Target.NotInUse), gets\n"
     "no traffic and never becomes healthy (L6, E115b). A task placed there never counts as healthy,\n"
     "so a deployment of it never completes; strategies spread over zones and do not know.\n"
     "Remedy: enable the zone (a subnet there), or keep the tasks out of it with a constraint on\n"
     "attribute:ecs.availability-zone.",
     rule_zone_not_enabled},
    {"drain-cannot-end", WARNING, false, "draining instances whose tasks cannot go elsewhere",
     "Service tasks on a DRAINING instance are replaced under minimum and maximum percent (E170,\n"
     "E171): 100/100 never moves, and where every task must stay healthy a replacement needs room on\n"
     "the other instances first. The instance stays DRAINING with its tasks.\n"
     "AWS: the instance's runningTasksCount does not reach 0.\n"
     "Remedy: room for the replacements, or a lower minimumHealthyPercent.",
     rule_drain_cannot_end},
    {"protected-tasks", WARNING, false, "a deployment meets tasks under scale-in protection",
     "Protected tasks (updateTaskProtection, 2 hours unless expiresInMinutes says otherwise) are not\n"
     "stopped by scale-in, nor by deployments (E108). A deployment completes only when no old task is\n"
     "left (E151), so it waits for the end of the protection, beyond what pipelines wait for.\n"
     "AWS: \"was unable to reach steady state because (taskSet ...) was unable to scale in due to\n"
     "(reason N tasks under protection)\".\n"
     "Remedy: a shorter expiresInMinutes, or protectionEnabled false when the work is done.",
     rule_protected_tasks},
    {"stable-exceeds-waiter", WARNING, false, "a deployment cannot be stable within the waiter's 10 minutes",
     "`aws ecs wait services-stable` gives up after 40 polls of 15 s. Each task that is replaced needs\n"
     "h (pull, start, start-up, first check) as a new one and D (deregistration delay, then shutdown\n"
     "cut by stopTimeout) as an old one, and at most U - L tasks are in motion at a time, as stopping\n"
     "tasks count against maximumPercent (E142, L81, L91). So the deployment takes at least\n"
     "desired x (h + D) / (U - L), here with the shortest h and D. As a note, for a service that the\n"
     "scenario does not deploy.\n"
     "Remedy: a shorter deregistration delay (300 s by default; the longest request is enough), or a\n"
     "wider range between minimum and maximum percent.",
     rule_stable_exceeds_waiter},
    {"breaker-slow", NOTE, false, "the circuit breaker trips later than anybody waits",
     "The breaker fails a deployment at a number of failed tasks (E153): half of desiredCount, at least\n"
     "3, at most 200 by default. A task that never answers is found after the grace period or\n"
     "(UnhealthyThresholdCount - 1) x interval. Where the new tasks fill maximumPercent (desired x 2 at\n"
     "100/200) they are replaced one at a time: stopped, drained, then tried again (E102). If that takes\n"
     "longer than the 10 minutes of `aws ecs wait services-stable`, the pipeline gives up before the\n"
     "rollback begins.\n"
     "Remedy: a shorter grace period, a threshold of type COUNT, a shorter deregistration delay.",
     rule_breaker_slow},
    {"breaker-counts-room", NOTE, false, "the circuit breaker counts tasks that only wait for room",
     "Each try of a new task that finds no place counts for the circuit breaker (E157,\n"
     "breakerCountsPlacement), tries come every 10 s and at each event of the service's tasks (E112),\n"
     "and a task that becomes healthy sets the count to 0 (E156). A deployment that would complete, a\n"
     "few tasks at a time, may so be failed for want of room for all that maximumPercent allows.\n"
     "Remedy: a maximumPercent that asks for no more than there is room for.",
     rule_breaker_counts_room},
    {"spot-interruption", WARNING, false, "tasks on Spot instances do not get away within the notice",
     "A Spot instance gives 120 s of notice (E175, spotNoticeSeconds). With minimumHealthyPercent\n"
     "rounding up to all tasks, a replacement must be healthy before the old task stops, then its\n"
     "target drains and it shuts down. What does not end within the notice is killed with the\n"
     "instance; so is everything where the instances do not drain at the notice. As a note where the\n"
     "scenario has no spotInterruption.\n"
     "Remedy: a minimumHealthyPercent below 100, a deregistration delay well below 120 s, and\n"
     "ECS_ENABLE_SPOT_INSTANCE_DRAINING.",
     rule_spot_interruption},
    {"desired-below-scaled", WARNING, false, "a call sets desiredCount below what scaling holds",
     "A deploy that gives desiredCount, as templates do that say how many tasks there were once, sets\n"
     "what Application Auto Scaling has set since. Below MinCapacity it stays until a scale-out: a\n"
     "scale-in does nothing there (A43). Below what target tracking holds, ceil(requests a minute /\n"
     "TargetValue) (A62), tasks stop at once, and the alarm takes minutes to bring them back.\n"
     "Nothing is said of services whose bounds scheduled actions move.\n"
     "Remedy: no desiredCount in update-service calls of services that scale.",
     rule_desired_below_scaled},
    {"drain-too-short", WARNING, false, "requests in flight are cut when a task is stopped",
     "When a task is stopped its target drains for the deregistration delay; requests still in flight\n"
     "at the end are cut and fail with 502 (L70, L80). Per task that is its request rate x\n"
     "E[(request time - delay)+]; with a delay of 0 every request in flight is lost. As a note where\n"
     "no deployment, scale-in or drain of the scenario stops a task of the service.\n"
     "Remedy: a deregistration delay above the longest request.",
     rule_drain_too_short},
    {"stop-timeout-used-up", WARNING, false, "the container needs longer to shut down than stopTimeout allows",
     "SIGTERM, then SIGKILL after stopTimeout (E32; 30 s by default): a container that needs longer is\n"
     "killed at every stop, before it has finished its work, and every stop takes the whole timeout. A\n"
     "shell as process 1 that does not pass SIGTERM on shows the same.\n"
     "AWS: exit code 137.\n"
     "Remedy: a larger stopTimeout (Fargate: at most 120 s), or a process that ends at SIGTERM.",
     rule_stop_timeout_used_up},
    {"memory-limit", WARNING, false, "the container's memory grows beyond its limit",
     "A container that uses more than `memory`, or containers that together use more than the task's,\n"
     "are killed by the kernel (OOM, E25); an essential one ends its task, which is replaced (E105) and\n"
     "meets the same limit. With a leak that is (limit - idle) / leak after each start: tasks that\n"
     "started together, as after a deployment, are killed together.\n"
     "AWS: exit code 137, \"OutOfMemoryError: Container killed due to memory usage\".\n"
     "Remedy: a larger limit, or a fixed leak.",
     rule_memory_limit},
    {"use-not-told", WARNING, false, "an alarm or policy follows a use that no behavior tells",
     "CPUUtilization and MemoryUtilization of a service come from `behavior`: what its containers use when\n"
     "idle and for requests (`cpu`, `memory`). Where nothing is said of it there are no datapoints, and\n"
     "alarms and policies on them see missing data all the time (A06): they never scale.\n"
     "Remedy: `cpu` or `memory` in the behavior of the family, or a policy on requests per target.",
     rule_use_not_told},
    {"load-exceeds-tasks", WARNING, false, "requests that take more CPU than all tasks can get",
     "What is sent straight to the service takes rate x secondsPerRequest vCPU. Even the lowest rate after\n"
     "the warmup takes more than the most tasks that there can be (desired counts, MaxCapacity, scheduled\n"
     "bounds) get: their task-level cpu, and what the instances have (E26, E27). The rest fails as\n"
     "overload all the time, whatever scales.\n"
     "Remedy: more tasks, larger ones or more instances; or the units of secondsPerRequest are wrong.",
     rule_load_exceeds_tasks},
    {"queue-exceeds-workers", WARNING, false, "a queue that its workers never catch up with",
     "After the warmup more messages arrive than the most tasks that the service can have work on:\n"
     "tasks x concurrency / mean of secondsPerMessage a second. The backlog grows to the end.\n"
     "Remedy: more tasks (MaxCapacity), a higher concurrency, or shorter work.",
     rule_queue_exceeds_workers},
    {"traffic-without-targets", WARNING, false, "requests to a target group that no service registers with",
     "A target group without registered targets answers 503 to every request (L71).\n"
     "Remedy: name the target group in a service's loadBalancers, or send the traffic elsewhere.",
     rule_traffic_without_targets},
    {"targets-without-traffic", NOTE, false, "a service behind a load balancer that gets no traffic",
     "The scenario has traffic, but none that is sent to this service's target groups, nor to their\n"
     "load balancer. Its availability and failed requests have no value.\n"
     "Remedy: a row in `traffic`.",
     rule_targets_without_traffic},
};
/* clang-format on */

const size_t analysis_rule_count = sizeof analysis_rules / sizeof analysis_rules[0];

void analysis_find(analysis *a, diagnostic_severity severity, const char *pointer,
                   const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (severity < a->rule->severity) severity = a->rule->severity;
    a->listener(a->who, severity, pointer, analysis_text(a, "%s [%s]", text, a->rule->code));
}

const char *analysis_span(analysis *a, sim_time us)
{
    char text[48];
    duration_print((us + SIM_MILLISECOND / 2) / SIM_MILLISECOND * SIM_MILLISECOND, text);
    return arena_strdup(a->memory, text);
}

const char *analysis_text(analysis *a, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return arena_strdup(a->memory, text);
}

bool analysis_group_is_classic(const analysis *a, const target_group_config *g)
{
    return target_group_is_classic(a->config, (uint32_t)(g - a->config->target_groups));
}

const char *analysis_definition(analysis *a, uint32_t definition)
{
    const task_definition_config *d = &a->config->task_definitions[definition];
    return analysis_text(a, "%s:%d", d->family, d->revision);
}

void analysis_run(const model_config *config, bool bare, analysis_listener *listener, void *who)
{
    analysis a = {
        .config = config, .bare = bare, .memory = arena_create(), .listener = listener, .who = who};
    situations_collect(&a);
    for (size_t i = 0; i < analysis_rule_count; i++) {
        a.rule = &analysis_rules[i];
        if (!bare || a.rule->bare) a.rule->find(&a);
    }
    arena_destroy(a.memory);
}

/* ---- Texts ---- */

static const char *severity_name(const analysis_rule *r)
{
    return r->severity == SEVERITY_WARNING ? "warning" : "note";
}

void analysis_print_rules(FILE *out)
{
    for (size_t i = 0; i < analysis_rule_count; i++)
        fprintf(out, "  %s (%s)\n      %s\n", analysis_rules[i].code,
                severity_name(&analysis_rules[i]), analysis_rules[i].title);
}

static const char *nearest_code(const char *code)
{
    const char **codes = memory_alloc(analysis_rule_count, sizeof *codes);
    for (size_t i = 0; i < analysis_rule_count; i++)
        codes[i] = analysis_rules[i].code;
    const char *near = spelling_nearest(code, codes, analysis_rule_count);
    free(codes);
    return near;
}

bool analysis_explain(const char *code, FILE *out)
{
    for (size_t i = 0; code && i < analysis_rule_count; i++) {
        const analysis_rule *r = &analysis_rules[i];
        if (strcmp(r->code, code) != 0) continue;
        fprintf(out, "%s (%s): %s\n\n%s\n", r->code, severity_name(r), r->title, r->explanation);
        return true;
    }
    if (code) {
        const char *near = nearest_code(code);
        fprintf(out, "no rule \"%s\"%s%s%s\n\n", code, near ? ", did you mean \"" : "",
                near ? near : "", near ? "\"?" : "");
    }
    fputs("What berth check warns of (berth check --explain CODE tells more):\n\n", out);
    analysis_print_rules(out);
    return false;
}
