/* Task definitions (spec/ecs.md section 2): sizes, containers, ports, order of starts. */
#include "scenarios/read/build.h"
#include "scenarios/read/spelling.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONTAINERS_QUOTA  10 /* E190 */
#define CONTAINERS_MAX    1000
#define IGNORED_CODES_MAX 50  /* E43 */
#define STATIC_PORTS_MAX  100 /* E6 */

/* ---- Containers ---- */

static void read_ports(builder *b, const json_t *list, const char *pointer,
                       const task_definition_config *d, container_definition *c)
{
    c->ports = ARENA_ARRAY(b->memory, json_array_size(list) + 1, port_mapping);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        const char *at = build_pointer(b, "%s/portMappings/%zu", pointer, i);
        if (!json_is_object(item)) continue;
        if (!build_get(item, "containerPort")) {
            if (!json_object_get(item, "containerPortRange"))
                build_error(b, at, "\"containerPort\" is missing: port the container listens on");
            continue;
        }
        port_mapping *m = &c->ports[c->port_count++];
        m->container_port = (uint16_t)build_integer(item, "containerPort", 0);
        m->host_port = (uint16_t)build_integer(item, "hostPort", 0);
        m->protocol =
            strcmp(build_text(item, "protocol", "tcp"), "udp") == 0 ? PROTOCOL_UDP : PROTOCOL_TCP;
        bool other = m->host_port != 0 && m->host_port != m->container_port;
        if ((d->network == NETWORK_HOST || d->network == NETWORK_AWSVPC) && other)
            build_error(
                b, build_pointer(b, "%s/hostPort", at),
                "in network mode %s the host port is the container port %u or left out (E38)",
                d->network == NETWORK_HOST ? "host" : "awsvpc", m->container_port);
        if (d->network == NETWORK_HOST) m->host_port = m->container_port;
        if (d->network == NETWORK_AWSVPC) m->host_port = 0;
    }
    if (d->network == NETWORK_NONE && c->port_count > 0)
        build_error(b, build_pointer(b, "%s/portMappings", pointer),
                    "no port mappings in network mode none (E37)");
}

/* E24: a container has a limit or a reservation where the task has no memory of its own. Departure:
 * equal ones pass, as describe-task-definition answers have them. */
static void check_memory(builder *b, const task_definition_config *d, const container_definition *c,
                         const char *pointer)
{
    if (d->memory_mib == 0 && c->memory_mib == 0 && c->memory_reservation_mib == 0)
        build_error(b, pointer,
                    "container \"%s\" needs \"memory\" or \"memoryReservation\", as the task "
                    "has no memory (E24)",
                    c->name);
    if (c->memory_mib > 0 && c->memory_reservation_mib > c->memory_mib)
        build_error(b, build_pointer(b, "%s/memoryReservation", pointer),
                    "memoryReservation (%d) is above memory (%d) (E24)", c->memory_reservation_mib,
                    c->memory_mib);
}

static void read_health_check(const json_t *object, container_definition *c)
{
    const json_t *command = build_get(object, "command");
    const char *first = json_string_value(json_array_get(command, 0));
    if (!first || strcmp(first, "NONE") == 0) return; /* a skeleton's rest, or switched off */
    c->has_health_check = true;
    c->health_check.interval_us = build_integer(object, "interval", 30) * SIM_SECOND;
    c->health_check.timeout_us = build_integer(object, "timeout", 5) * SIM_SECOND;
    c->health_check.start_period_us = build_integer(object, "startPeriod", 0) * SIM_SECOND;
    c->health_check.retries = (uint32_t)build_integer(object, "retries", 3);
}

void build_gpus(builder *b, const json_t *list, const char *pointer, container_definition *c)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        if (strcmp(build_text(item, "type", ""), "GPU") != 0) continue;
        char *end;
        const char *text = build_text(item, "value", "");
        long count = strtol(text, &end, 10);
        if (end == text || *end || count < 1 || count > 1024)
            build_error(b, build_pointer(b, "%s/resourceRequirements/%zu/value", pointer, i),
                        "expected a number of GPUs, got \"%s\" (E10)", text);
        else
            c->gpu_count += (int32_t)count;
    }
}

/* E43. */
static void read_restart_policy(builder *b, const json_t *object, const char *pointer,
                                container_definition *c)
{
    const json_t *codes = build_get(object, "ignoredExitCodes");
    size_t count = json_array_size(codes);
    if (count > IGNORED_CODES_MAX)
        build_error(b, build_pointer(b, "%s/restartPolicy/ignoredExitCodes", pointer),
                    "%zu exit codes, at most %d (E43)", count, IGNORED_CODES_MAX);
    container_restart_policy *p = &c->restart_policy;
    c->has_restart_policy = build_flag(object, "enabled", false);
    p->attempt_period_us = build_integer(object, "restartAttemptPeriod", 300) * SIM_SECOND;
    p->ignored_codes = ARENA_ARRAY(b->memory, count + 1, int32_t);
    for (size_t i = 0; i < count; i++) {
        double code = json_number_value(json_array_get(codes, i));
        if (code < 0 || code > 255 || code != (double)(int32_t)code)
            build_error(b, build_pointer(b, "%s/restartPolicy/ignoredExitCodes/%zu", pointer, i),
                        "expected an exit code, 0..255, got %g (E43)", code);
        else
            p->ignored_codes[p->ignored_code_count++] = (int32_t)code;
    }
}

static void build_container(builder *b, const json_t *object, const char *pointer,
                            const task_definition_config *d, container_definition *c)
{
    const json_t *knobs = build_get(b->root, "controlPlane");
    c->name = build_copy(b, build_text(object, "name", ""));
    c->image = build_copy(b, build_text(object, "image", ""));
    c->cpu_units = (int32_t)build_integer(object, "cpu", 0);
    c->memory_mib = (int32_t)build_integer(object, "memory", 0);
    c->memory_reservation_mib = (int32_t)build_integer(object, "memoryReservation", 0);
    c->essential = build_flag(object, "essential", true);
    c->stop_timeout_us = build_span(knobs, "containerStopTimeoutSeconds", 30 * SIM_SECOND);
    if (build_get(object, "stopTimeout"))
        c->stop_timeout_us = build_integer(object, "stopTimeout", 0) * SIM_SECOND; /* E32 */
    c->fargate_stop_timeout_us = build_integer(object, "stopTimeout", 30) * SIM_SECOND;
    c->start_timeout_us = build_span(knobs, "startTimeoutSeconds", SIM_NEVER);
    if (build_get(object, "startTimeout"))
        c->start_timeout_us = build_integer(object, "startTimeout", 0) * SIM_SECOND; /* E31 */
    read_ports(b, build_get(object, "portMappings"), pointer, d, c);
    build_gpus(b, build_get(object, "resourceRequirements"), pointer, c);
    read_health_check(build_get(object, "healthCheck"), c);
    read_restart_policy(b, build_get(object, "restartPolicy"), pointer, c);
    if (json_is_object(object)) check_memory(b, d, c, pointer); /* else reported */
}

/* ---- Order of starts: dependsOn (E30) and links (E28) ---- */

static uint32_t find_container(builder *b, const task_definition_config *d, const char *name,
                               const char *pointer)
{
    const char **names = ARENA_ARRAY(b->memory, d->container_count + 1, const char *);
    for (uint32_t i = 0; i < d->container_count; i++) {
        if (strcmp(d->containers[i].name, name) == 0) return i;
        names[i] = d->containers[i].name;
    }
    build_error(b, pointer, "no container \"%s\" in task definition %s:%d%s", name, d->family,
                d->revision, build_suggestion(b, name, names, d->container_count));
    return NO_INDEX;
}

static dependency_condition condition_of(const char *text)
{
    if (strcmp(text, "COMPLETE") == 0) return DEPENDS_COMPLETE;
    if (strcmp(text, "SUCCESS") == 0) return DEPENDS_SUCCESS;
    return strcmp(text, "HEALTHY") == 0 ? DEPENDS_HEALTHY : DEPENDS_START;
}

static void check_dependency(builder *b, const container_definition *on, dependency_condition how,
                             const char *pointer)
{
    if ((how == DEPENDS_COMPLETE || how == DEPENDS_SUCCESS) && on->essential)
        build_error(b, pointer,
                    "COMPLETE and SUCCESS are not allowed on the essential container \"%s\" (E30)",
                    on->name);
    if (how == DEPENDS_HEALTHY && !on->has_health_check)
        build_error(b, pointer, "HEALTHY needs a healthCheck in container \"%s\" (E30)", on->name);
}

static void read_dependencies(builder *b, const json_t *object, const char *pointer,
                              const task_definition_config *d, container_definition *c)
{
    const json_t *list = build_get(object, "dependsOn"), *links = build_get(object, "links");
    c->dependencies = ARENA_ARRAY(b->memory, json_array_size(list) + json_array_size(links) + 1,
                                  container_dependency);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        const char *name = build_text(item, "containerName", NULL);
        const char *at = build_pointer(b, "%s/dependsOn/%zu/containerName", pointer, i);
        uint32_t on = name ? find_container(b, d, name, at) : NO_INDEX;
        if (on == NO_INDEX) continue;
        dependency_condition how = condition_of(build_text(item, "condition", "START"));
        check_dependency(b, &d->containers[on], how,
                         build_pointer(b, "%s/dependsOn/%zu/condition", pointer, i));
        c->dependencies[c->dependency_count++] = (container_dependency){on, how};
    }
    if (json_array_size(links) > 0 && d->network != NETWORK_BRIDGE)
        build_error(b, build_pointer(b, "%s/links", pointer),
                    "links are allowed in network mode bridge only (E28)");
    for (size_t i = 0; i < json_array_size(links); i++) {
        const char *text = json_string_value(json_array_get(links, i));
        char name[256];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(text, ":"), text);
        uint32_t on = find_container(b, d, name, build_pointer(b, "%s/links/%zu", pointer, i));
        if (on != NO_INDEX)
            c->dependencies[c->dependency_count++] = (container_dependency){on, DEPENDS_START};
    }
}

/* Containers that wait for each other never start: peel off those without an unstarted dependency. */
static void check_cycles(builder *b, const task_definition_config *d, const char *pointer)
{
    bool *started = ARENA_ARRAY(b->memory, d->container_count + 1, bool);
    for (bool progress = true; progress;) {
        progress = false;
        for (uint32_t i = 0; i < d->container_count; i++) {
            bool ready = !started[i];
            for (uint32_t k = 0; k < d->containers[i].dependency_count; k++)
                ready = ready && started[d->containers[i].dependencies[k].container];
            if (ready) started[i] = progress = true;
        }
    }
    for (uint32_t i = 0; i < d->container_count; i++) {
        if (started[i]) continue;
        build_error(b, build_pointer(b, "%s/containerDefinitions/%u", pointer, i),
                    "container \"%s\" waits for itself through dependsOn or links (E30)",
                    d->containers[i].name);
        return;
    }
}

/* ---- The whole ---- */

static network_mode network_of(const char *text)
{
    if (strcmp(text, "host") == 0) return NETWORK_HOST;
    if (strcmp(text, "awsvpc") == 0) return NETWORK_AWSVPC;
    return strcmp(text, "none") == 0 ? NETWORK_NONE : NETWORK_BRIDGE;
}

static void check_static_ports(builder *b, const task_definition_config *d, const char *pointer)
{
    uint32_t count = 0;
    json_t *seen = json_object();
    for (uint32_t i = 0; i < d->container_count; i++) {
        const container_definition *c = &d->containers[i];
        for (uint32_t k = 0; k < c->port_count; k++) {
            if (c->ports[k].host_port == 0) continue;
            char text[16];
            snprintf(text, sizeof text, "%u/%d", c->ports[k].host_port, (int)c->ports[k].protocol);
            if (!reference_add(seen, text, NULL, 0))
                build_error(b,
                            build_pointer(b, "%s/containerDefinitions/%u/portMappings/%u/hostPort",
                                          pointer, i, k),
                            "host port %u is taken by another mapping of the task (E38)",
                            c->ports[k].host_port);
            count++;
        }
    }
    json_decref(seen);
    if (count > STATIC_PORTS_MAX)
        build_error(b, pointer, "%u static host ports, at most %d on an instance (E6)", count,
                    STATIC_PORTS_MAX);
}

/* E32: the agent's variable (containerStopTimeoutSeconds) is of EC2; without it 30 s. */
static void set_fargate_stop_timeouts(const json_t *object, task_definition_config *d)
{
    const json_t *needs = build_get(object, "requiresCompatibilities"),
                 *containers = build_get(object, "containerDefinitions");
    for (size_t i = 0; i < json_array_size(needs); i++)
        if (strcmp(json_string_value(json_array_get(needs, i)), "FARGATE") != 0) return;
    for (uint32_t c = 0; c < d->container_count && json_array_size(needs) > 0; c++)
        if (!build_get(json_array_get(containers, c), "stopTimeout"))
            d->containers[c].stop_timeout_us = 30 * SIM_SECOND;
}

/* E31, E32: what Fargate allows. */
static void check_fargate_timeouts(builder *b, const json_t *containers, const char *pointer)
{
    static const struct {
        const char *key, *rule;
    } limits[] = {{"startTimeout", "E31"}, {"stopTimeout", "E32"}};
    for (size_t i = 0; i < json_array_size(containers); i++)
        for (size_t k = 0; k < sizeof limits / sizeof *limits; k++) {
            long long seconds = build_integer(json_array_get(containers, i), limits[k].key, 2);
            if (seconds < 2 || seconds > 120)
                build_error(
                    b,
                    build_pointer(b, "%s/containerDefinitions/%zu/%s", pointer, i, limits[k].key),
                    "on Fargate %s is 2..120 s, got %lld (%s)", limits[k].key, seconds,
                    limits[k].rule);
        }
}

static void check_sizes(builder *b, const json_t *object, task_definition_config *d,
                        const char *pointer)
{
    long long sum = 0;
    uint32_t essential = 0;
    for (uint32_t i = 0; i < d->container_count; i++) {
        const container_definition *c = &d->containers[i];
        sum += c->memory_reservation_mib ? c->memory_reservation_mib : c->memory_mib;
        essential += c->essential;
    }
    if (d->memory_mib > 0 && sum > d->memory_mib)
        build_error(b, build_pointer(b, "%s/memory", pointer),
                    "the containers' memory (%lld MiB) exceeds the task's (%d MiB) (E24)", sum,
                    d->memory_mib);
    if (essential == 0 && d->container_count > 0)
        build_error(b, build_pointer(b, "%s/containerDefinitions", pointer),
                    "at least one container must be essential (E29)");
    if (d->container_count > CONTAINERS_QUOTA)
        build_warning(b, build_pointer(b, "%s/containerDefinitions", pointer),
                      "%u containers: the quota is %d a task definition (E190)", d->container_count,
                      CONTAINERS_QUOTA);
    const json_t *needs = build_get(object, "requiresCompatibilities");
    for (size_t i = 0; i < json_array_size(needs); i++) {
        const char *word = json_string_value(json_array_get(needs, i));
        const char *at = build_pointer(b, "%s/requiresCompatibilities/%zu", pointer, i);
        if (strcmp(word, "FARGATE") == 0) {
            d->requires_fargate = true;
            build_check_fargate_size(b, d, at);
            check_fargate_timeouts(b, build_get(object, "containerDefinitions"), pointer);
            if (d->network != NETWORK_AWSVPC)
                build_error(b, at, "Fargate needs network mode awsvpc (E37)");
        } else if (strcmp(word, "EC2") != 0 && strcmp(word, "EXTERNAL") != 0 &&
                   strcmp(word, "MANAGED_INSTANCES") != 0) {
            build_error(
                b, at,
                "expected one of EC2, FARGATE, EXTERNAL, MANAGED_INSTANCES, got \"%s\" (E41)",
                word);
        }
    }
}

static void read_containers(builder *b, const json_t *list, const char *pointer,
                            task_definition_config *d)
{
    json_t *names = json_object();
    size_t count = json_array_size(list);
    if (count > CONTAINERS_MAX) {
        build_error(b, build_pointer(b, "%s/containerDefinitions", pointer),
                    "%zu containers, at most %d", count, CONTAINERS_MAX);
        count = CONTAINERS_MAX;
    }
    d->containers = ARENA_ARRAY(b->memory, count + 1, container_definition);
    for (size_t i = 0; i < count; i++) {
        const char *at = build_pointer(b, "%s/containerDefinitions/%zu", pointer, i);
        container_definition *c = &d->containers[d->container_count++];
        build_container(b, json_array_get(list, i), at, d, c);
        if (!reference_add(names, c->name, NULL, 0))
            build_error(b, build_pointer(b, "%s/name", at), "a second container \"%s\"", c->name);
    }
    json_decref(names);
    for (uint32_t i = 0; i < d->container_count; i++)
        read_dependencies(b, json_array_get(list, i),
                          build_pointer(b, "%s/containerDefinitions/%u", pointer, i), d,
                          &d->containers[i]);
}

/* E20: one more than the family's highest so far; at t = 0 the answer's revision, if it has one. A
 * call of the timeline makes a new revision whatever the object was before. */
static void number_revision(builder *b, const json_t *object, const char *pointer,
                            task_definition_config *d, uint32_t index)
{
    long long last = build_integer(b->last_revision, d->family, 0), next = last + 1;
    bool later = d->registered_later;
    d->revision = (int32_t)(later ? next : build_integer(object, "revision", next));
    if (d->revision > last)
        json_object_set_new(b->last_revision, d->family, json_integer(d->revision));
    const char *name = build_pointer(b, "%s:%d", d->family, d->revision);
    if (!reference_add(b->definition_index, name, d->arn, index))
        build_error(b, pointer, "a second task definition %s (E20)", name);
    bool active = later || strcmp(build_text(object, "status", "ACTIVE"), "ACTIVE") == 0;
    const json_t *newest = build_get(b->newest, d->family);
    bool newer =
        !newest || b->config->task_definitions[json_integer_value(newest)].revision < d->revision;
    if (active && newer) json_object_set_new(b->newest, d->family, json_integer(index));
}

bool build_one_task_definition(builder *b, const json_t *object, const char *pointer, bool later)
{
    const char *family = build_text(object, "family", NULL);
    if (!family) return false;
    uint32_t index = b->config->task_definition_count;
    task_definition_config *d = &b->config->task_definitions[index];
    const json_t *platform = build_get(object, "runtimePlatform");
    const char *architecture = build_text(platform, "cpuArchitecture", "");
    d->pointer = build_copy(b, pointer);
    d->family = build_copy(b, family);
    d->arn = later ? NULL : build_copy(b, build_text(object, "taskDefinitionArn", NULL));
    d->registered_later = later;
    d->cpu_units = (int32_t)build_integer(object, "cpu", 0);
    d->memory_mib = (int32_t)build_integer(object, "memory", 0);
    d->network = network_of(build_text(object, "networkMode", "bridge"));
    d->architecture = strcmp(architecture, "ARM64") == 0    ? ARCH_ARM64
                      : strcmp(architecture, "X86_64") == 0 ? ARCH_X86_64
                                                            : ARCH_ANY;
    d->windows = strncmp(build_text(platform, "operatingSystemFamily", "LINUX"), "WINDOWS", 7) == 0;
    number_revision(b, object, pointer, d, index);
    read_containers(b, build_get(object, "containerDefinitions"), pointer, d);
    build_constraints(b, build_get(object, "placementConstraints"),
                      build_pointer(b, "%s/placementConstraints", pointer), true,
                      &d->constraint_count, &d->constraints);
    set_fargate_stop_timeouts(object, d);
    check_sizes(b, object, d, pointer);
    check_static_ports(b, d, pointer);
    check_cycles(b, d, pointer);
    b->config->task_definition_count++;
    return true;
}

void build_task_definitions(builder *b)
{
    const json_t *list = build_get(b->root, "taskDefinitions");
    const json_t *timeline = build_get(b->root, "timeline");
    size_t most = json_array_size(list) + 1;
    for (uint32_t i = 0; i < b->moment_count; i++)
        most += build_get(json_array_get(timeline, b->moments[i].entry),
                          "registerTaskDefinition") != NULL;
    b->config->task_definitions = ARENA_ARRAY(b->memory, most, task_definition_config);
    b->definition_room = (uint32_t)most;
    for (size_t i = 0; i < json_array_size(list); i++)
        build_one_task_definition(b, json_array_get(list, i),
                                  build_pointer(b, "/taskDefinitions/%zu", i), false);
}
