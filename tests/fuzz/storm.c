/* Goal    random systems that break a rule, made small enough to read.
 * Method  the systems of tests/properties/storm.h, each run five ways in a process of its own, as a broken invariant ends
 *         the process. A system that fails is cut down: actions, features and services are taken away one by one; what
 *         fails without one as well loses it for good, until nothing more can go. What is left is printed.
 * Usage   storm [N [FIRST]]: N systems (10,000) from seed FIRST (1); status 1 if one failed. */
#include "tests/properties/storm.h"
#include <sys/wait.h>
#include <unistd.h>

enum { SERVICE_CUTS = 9, CONTAINER_CUTS = 9, GROUP_CUTS = 4, CUTS_MAX = 4096, BATCH = 500 };

/* ---- cuts ---- */

static void cut_service(service_config *s, uint32_t what)
{
    if (what == 0) s->desired_count = 0;
    if (what == 1) s->breaker.enabled = false;
    if (what == 2) s->alarms.enabled = false;
    if (what == 3) s->strategy_count = 0;
    if (what == 4) s->constraint_count = 0;
    if (what == 5) s->shift = (traffic_shift_config){0};
    if (what == 6) s->shift.hook_count = 0;
    if (what == 7) s->rebalancing = false;
    if (what == 8) s->grace_period_us = 0;
}

static void cut_container(container_definition *c, uint32_t what)
{
    container_behavior *b = &c->behavior;
    if (what == 0) b->has_time_to_crash = false;
    if (what == 1) b->start_failure_probability = 0;
    if (what == 2) c->has_health_check = false;
    if (what == 3) b->has_memory = false;
    if (what == 4) c->has_restart_policy = false;
    if (what == 5) c->dependency_count = 0;
    if (what == 6) b->image_pull = b->image_pull_cached = distribution_constant(0);
    if (what == 7) b->activation = b->startup = distribution_constant(0);
    if (what == 8) b->shutdown = distribution_constant(0);
}

static void cut_group(instance_group_config *g, uint32_t what)
{
    if (what == 0) g->count = 1;
    if (what == 1) g->register_after_us = 0;
    if (what == 2) g->spot = g->spot_draining = false;
    if (what == 3) g->zone_count = 1;
}

/* Parts that can be taken away, numbered through: actions, services, containers, groups. */
static uint32_t cut_count(const system_of_test *sys)
{
    return sys->cfg.timeline_count + SERVICE_CUTS * sys->cfg.service_count +
           CONTAINER_CUTS * CONTAINERS * sys->cfg.task_definition_count +
           GROUP_CUTS * sys->cfg.group_count;
}

/* The cut of an action only marks it; they are taken out together (take_out). */
static void cut(system_of_test *sys, uint32_t number, bool *gone)
{
    const model_config *c = &sys->cfg;
    if (number < c->timeline_count) {
        gone[number] = true;
        return;
    }
    number -= c->timeline_count;
    if (number < SERVICE_CUTS * c->service_count) {
        cut_service(&sys->services[number / SERVICE_CUTS], number % SERVICE_CUTS);
        return;
    }
    number -= SERVICE_CUTS * c->service_count;
    if (number < CONTAINER_CUTS * CONTAINERS * c->task_definition_count) {
        const task_definition_config *d = &sys->definitions[number / (CONTAINER_CUTS * CONTAINERS)];
        const uint32_t container = number / CONTAINER_CUTS % CONTAINERS;
        if (container < d->container_count)
            cut_container(&d->containers[container], number % CONTAINER_CUTS);
        return;
    }
    number -= CONTAINER_CUTS * CONTAINERS * c->task_definition_count;
    cut_group(&sys->groups[number / GROUP_CUTS], number % GROUP_CUTS);
}

static void take_out(system_of_test *sys, const bool *gone)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < sys->cfg.timeline_count; i++)
        if (!gone[i]) sys->timeline[kept++] = sys->timeline[i];
    sys->cfg.timeline_count = kept;
}

static system_of_test *system_with(uint64_t seed, const bool *cuts)
{
    bool gone[4 * SYSTEM_MAX] = {false};
    system_of_test *sys = random_system(seed);
    const uint32_t count = cut_count(sys);
    for (uint32_t i = 0; i < count; i++)
        if (cuts[i]) cut(sys, i, gone);
    take_out(sys, gone);
    return sys;
}

/* ---- in a process of its own ---- */

/* What fails says why, but for the attempts of the shrinker. */
static bool fails(uint64_t seed, const bool *cuts, bool quiet)
{
    fflush(stdout);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        if (quiet && (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr)))
            _exit(0);
        const bool good = storm_holds(system_with(seed, cuts), seed, NULL);
        fflush(stdout);
        _exit(good ? 0 : 1);
    }
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

/* Many at once: a system that fails ends its batch, and is looked for then. */
static bool batch_holds(uint64_t first, uint64_t count)
{
    fflush(stdout);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr)) _exit(1);
        for (uint64_t seed = first; seed < first + count; seed++)
            if (!one_storm(seed, NULL)) _exit(1);
        _exit(0);
    }
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* ---- what is left ---- */

static void print_service(const service_config *s)
{
    printf("#   service %s desired %u, %u/%u percent, strategies %u, constraints %u, balancers "
           "%u%s%s%s%s%s\n",
           s->name, s->desired_count, s->minimum_healthy_percent, s->maximum_percent,
           s->strategy_count, s->constraint_count, s->load_balancer_count,
           s->breaker.enabled ? ", breaker" : "", s->alarms.enabled ? ", alarms" : "",
           s->daemon ? ", daemon" : "", s->rebalancing ? ", rebalancing" : "",
           s->share_count > 0 ? ", capacity providers" : "");
    if (s->controller != CONTROLLER_ECS || s->shift.strategy != DEPLOY_ROLLING)
        printf("#     controller %d, strategy %d, hooks %u\n", (int)s->controller,
               (int)s->shift.strategy, s->shift.hook_count);
}

static void print_container(const char *family, int32_t revision, const container_definition *c)
{
    const container_behavior *b = &c->behavior;
    printf("#   %s:%d %s cpu %d, memory %d/%d MiB, dependencies %u%s%s%s%s%s\n", family, revision,
           c->name, c->cpu_units, c->memory_mib, c->memory_reservation_mib, c->dependency_count,
           b->has_time_to_crash ? ", crashes" : "",
           b->start_failure_probability > 0 ? ", fails to start" : "",
           c->has_health_check ? ", health check" : "", b->has_memory ? ", uses memory" : "",
           c->has_restart_policy ? ", restarts" : "");
}

static void print_system(const system_of_test *sys)
{
    for (uint32_t i = 0; i < sys->cfg.group_count; i++)
        printf("#   %u instances: cpu %d, memory %d, after %.0f s%s\n", sys->groups[i].count,
               sys->groups[i].cpu_units, sys->groups[i].memory_mib,
               (double)sys->groups[i].register_after_us / 1e6, sys->groups[i].spot ? ", spot" : "");
    for (uint32_t i = 0; i < sys->cfg.service_count; i++)
        print_service(&sys->services[i]);
    for (uint32_t i = 0; i < sys->cfg.task_definition_count; i++)
        for (uint32_t c = 0; c < sys->definitions[i].container_count; c++)
            print_container(sys->definitions[i].family, sys->definitions[i].revision,
                            &sys->definitions[i].containers[c]);
    for (uint32_t i = 0; i < sys->cfg.timeline_count; i++) {
        const timeline_action *a = &sys->timeline[i];
        printf("#   %.2f s: %s of service %u, definition %u, for %.0f s\n", (double)a->at_us / 1e6,
               timeline_action_name(a->kind),
               a->kind == TIMELINE_UPDATE_SERVICE ? a->update.service : a->service,
               a->update.to.task_definition,
               a->duration_us == SIM_NEVER ? 0 : (double)a->duration_us / 1e6);
    }
}

static void shrink(uint64_t seed)
{
    bool cuts[CUTS_MAX] = {false};
    system_of_test *whole = random_system(seed);
    const uint32_t count = cut_count(whole);
    CHECK(count <= CUTS_MAX);
    system_end(whole);
    for (bool smaller = true; smaller;) {
        smaller = false;
        for (uint32_t i = 0; i < count; i++) {
            if (cuts[i]) continue;
            cuts[i] = true;
            if (fails(seed, cuts, true))
                smaller = true;
            else
                cuts[i] = false;
        }
    }
    printf("# seed %" PRIu64 ", cut down:\n", seed);
    fails(seed, cuts, false);
    system_of_test *sys = system_with(seed, cuts);
    print_system(sys);
    system_end(sys);
}

int main(int argc, char **argv)
{
    const uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : 10000,
                   first = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    const bool none[CUTS_MAX] = {false};
    for (uint64_t from = first; from < first + count; from += BATCH) {
        const uint64_t left = first + count - from, many = left < BATCH ? left : BATCH;
        if (batch_holds(from, many)) continue;
        for (uint64_t seed = from; seed < from + many; seed++)
            if (fails(seed, none, true)) {
                shrink(seed);
                return 1;
            }
    }
    printf("# %" PRIu64 " systems\n", count);
    return 0;
}
