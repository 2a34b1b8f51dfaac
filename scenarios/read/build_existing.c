/* Tasks that exist at t = 0: a describe-tasks answer (contract: scenario, tasks). Who runs what where,
 * whether they all fit, and which deployments of their services they belong to. */
#include "scenarios/read/build.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TASKS_MAX 1000000

/* What is left of an instance. */
typedef struct {
    const instance_group_config *group;
    const char *zone;
    int64_t cpu_free, memory_free;
    int32_t gpu_free, eni_free;
} instance_room;

/* A deployment of a service, as its tasks and its answer tell. */
typedef struct {
    const char *id; /* of the answer; NULL */
    uint32_t definition;
    int64_t order; /* older ones first; INT64_MAX: PRIMARY */
    bool used;
    uint32_t index; /* among those with tasks, when all are known */
} known_deployment;

typedef struct {
    const json_t *object; /* NULL: not looked at yet */
    known_deployment *list;
    uint32_t count, room;
} known_service;

/* One task while it is read. */
typedef struct {
    const json_t *object;
    const char *pointer;
    uint32_t known; /* deployment: index in its service's list */
} task_source;

typedef struct {
    builder *b;
    instance_room *instances; /* by number, from 1 */
    uint32_t instance_count;
    json_t *arns;       /* of tasks so far */
    json_t *by_tail;    /* what stands behind the last / of an instance's ARN -> number */
    json_t *ports;      /* "number/protocol/port" in use */
    json_t *daemons;    /* "service/number" of daemons' tasks */
    json_t *overridden; /* "definition overrides" -> definition with other sizes */
    known_service *services;
    task_source *sources;
} existing_builder;

/* ---- Instances ---- */

static const char *tail_of(const char *text)
{
    const char *slash = strrchr(text, '/');
    return slash ? slash + 1 : text;
}

static void list_instances(existing_builder *x)
{
    const model_config *c = x->b->config;
    for (uint32_t g = 0; g < c->group_count; g++)
        x->instance_count += c->groups[g].count;
    x->instances = ARENA_ARRAY(x->b->memory, (size_t)x->instance_count + 1, instance_room);
    uint32_t number = 0;
    for (uint32_t g = 0; g < c->group_count; g++) {
        const instance_group_config *of = &c->groups[g];
        const starting_instance *start =
            of->auto_scaling_group ? c->auto_scaling_groups[of->auto_scaling_group - 1].start
                                   : NULL;
        for (uint32_t k = 0; k < of->count; k++) {
            const instance_group_config *is = start ? &c->groups[start[k].group] : of;
            x->instances[++number] =
                (instance_room){.group = is,
                                .zone = is->zones[(start ? start[k].zone : k) % is->zone_count],
                                .cpu_free = is->cpu_units,
                                .memory_free = is->memory_mib,
                                .gpu_free = is->gpu_count,
                                .eni_free = is->awsvpc_tasks};
        }
        if (of->arn) reference_add(x->by_tail, tail_of(of->arn), NULL, number);
    }
}

/* By ARN, EC2 id, or id of the event log; 0 after reporting. */
static uint32_t find_instance(existing_builder *x, const char *text, const char *pointer)
{
    builder *b = x->b;
    const json_t *known = json_object_get(b->instance_ids, text);
    if (!known) known = json_object_get(x->by_tail, tail_of(text));
    char *end = NULL;
    unsigned long number = strncmp(text, "i-", 2) == 0 ? strtoul(text + 2, &end, 10) : 0;
    uint32_t found = 0;
    if (known)
        found = (uint32_t)json_integer_value(known);
    else if (end && end != text + 2 && *end == '\0' && number <= x->instance_count)
        found = (uint32_t)number;
    if (found == 0) {
        build_error(
            b, pointer,
            "no container instance \"%s\"; ids are i-000001 to i-%06u, or ARN and EC2 id of a "
            "describe-container-instances answer",
            text, (unsigned)x->instance_count);
        return 0;
    }
    const instance_group_config *g = x->instances[found].group;
    bool there = (g->status == INSTANCE_ACTIVE || g->status == INSTANCE_DRAINING) &&
                 g->register_after_us == 0;
    if (!there)
        build_error(b, pointer, "container instance \"%s\" is not registered at t = 0", text);
    return there ? found : 0;
}

/* ---- Ports ---- */

static bool port_is_free(const existing_builder *x, uint32_t instance, port_protocol protocol,
                         uint32_t port)
{
    const instance_group_config *g = x->instances[instance].group;
    const uint16_t *reserved = protocol == PROTOCOL_TCP ? g->reserved_ports : g->reserved_udp_ports;
    uint32_t count = protocol == PROTOCOL_TCP ? g->reserved_port_count : g->reserved_udp_port_count;
    for (uint32_t i = 0; i < count; i++)
        if (reserved[i] == port) return false;
    char key[48];
    snprintf(key, sizeof key, "%u/%d/%u", (unsigned)instance, (int)protocol, (unsigned)port);
    return json_object_get(x->ports, key) == NULL;
}

static void use_port(existing_builder *x, uint32_t instance, port_protocol protocol, uint32_t port)
{
    char key[48];
    snprintf(key, sizeof key, "%u/%d/%u", (unsigned)instance, (int)protocol, (unsigned)port);
    json_object_set_new(x->ports, key, json_true());
}

static const json_t *container_answer_of(const json_t *task, const char *name)
{
    const json_t *list = build_get(task, "containers");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(build_text(json_array_get(list, i), "name", ""), name) == 0)
            return json_array_get(list, i);
    return NULL;
}

/* The host port that networkBindings give to the mapping; 0: none. */
static uint32_t bound_port(const json_t *container, const port_mapping *m)
{
    const json_t *list = build_get(container, "networkBindings");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        bool udp = strcmp(build_text(item, "protocol", "tcp"), "udp") == 0;
        if (build_integer(item, "containerPort", 0) == m->container_port &&
            udp == (m->protocol == PROTOCOL_UDP))
            return (uint32_t)build_integer(item, "hostPort", 0);
    }
    return 0;
}

/* Those that are fixed: of the definition, and of networkBindings. */
static void take_fixed_ports(existing_builder *x, const task_source *from, existing_task_config *t)
{
    const task_definition_config *d = &x->b->config->task_definitions[t->task_definition];
    if (d->network != NETWORK_BRIDGE && d->network != NETWORK_HOST) return;
    uint32_t dynamic = 0;
    for (uint32_t c = 0; c < d->container_count; c++) {
        const json_t *answer = container_answer_of(from->object, d->containers[c].name);
        for (uint32_t k = 0; k < d->containers[c].port_count; k++) {
            const port_mapping *m = &d->containers[c].ports[k];
            bool is_dynamic = d->network == NETWORK_BRIDGE && m->host_port == 0;
            uint32_t port = is_dynamic          ? bound_port(answer, m)
                            : m->host_port != 0 ? m->host_port
                                                : m->container_port;
            if (is_dynamic) t->ports[dynamic++] = (uint16_t)port;
            if (port == 0) continue;
            if (!port_is_free(x, t->instance, m->protocol, port))
                build_error(x->b, from->pointer, "port %u/%s of its instance is taken (E38)",
                            (unsigned)port, m->protocol == PROTOCOL_UDP ? "udp" : "tcp");
            use_port(x, t->instance, m->protocol, port);
        }
    }
}

/* Dynamic ones that no binding names get the lowest that are left (E7). */
static void take_free_ports(existing_builder *x, const task_source *from, existing_task_config *t)
{
    const task_definition_config *d = &x->b->config->task_definitions[t->task_definition];
    const control_plane_config *control = &x->b->config->control;
    if (d->network != NETWORK_BRIDGE) return;
    uint32_t dynamic = 0;
    for (uint32_t c = 0; c < d->container_count; c++)
        for (uint32_t k = 0; k < d->containers[c].port_count; k++) {
            const port_mapping *m = &d->containers[c].ports[k];
            if (m->host_port != 0) continue;
            uint16_t *mine = &t->ports[dynamic++];
            if (*mine != 0) continue;
            uint32_t port = control->ephemeral_port_low;
            while (port <= control->ephemeral_port_high &&
                   !port_is_free(x, t->instance, m->protocol, port))
                port++;
            if (port > control->ephemeral_port_high) {
                build_error(x->b, from->pointer, "no dynamic port of its instance is left (E7)");
                return;
            }
            *mine = (uint16_t)port;
            use_port(x, t->instance, m->protocol, port);
        }
}

/* ---- Room ---- */

static bool take(builder *b, const char *pointer, const char *what, int64_t needs, int64_t *left)
{
    if (needs <= *left) {
        *left -= needs;
        return true;
    }
    return build_error(b, pointer, "does not fit its instance: needs %lld %s, %lld left (E70)",
                       (long long)needs, what, (long long)*left);
}

static bool take_room(existing_builder *x, const task_source *from, const existing_task_config *t)
{
    const task_definition_config *d = &x->b->config->task_definitions[t->task_definition];
    instance_room *room = &x->instances[t->instance];
    int64_t cpu = 0, memory = 0, gpus = 0, gpu_free = room->gpu_free, eni_free = room->eni_free;
    for (uint32_t c = 0; c < d->container_count; c++) {
        const container_definition *k = &d->containers[c];
        cpu += k->cpu_units;
        memory += k->memory_reservation_mib ? k->memory_reservation_mib : k->memory_mib;
        gpus += k->gpu_count;
    }
    bool fits = take(x->b, from->pointer, "CPU units", d->cpu_units ? d->cpu_units : cpu,
                     &room->cpu_free) &&
                take(x->b, from->pointer, "MiB", d->memory_mib ? d->memory_mib : memory,
                     &room->memory_free) &&
                take(x->b, from->pointer, "GPUs", gpus, &gpu_free) &&
                take(x->b, from->pointer, "ENIs", d->network == NETWORK_AWSVPC, &eni_free);
    room->gpu_free = (int32_t)gpu_free;
    room->eni_free = (int32_t)eni_free;
    return fits;
}

/* ---- Containers ---- */

/* Does another container wait for its end? Then it has ended well (E30). */
static bool is_waited_for(const task_definition_config *d, uint32_t container)
{
    for (uint32_t c = 0; c < d->container_count; c++)
        for (uint32_t i = 0; i < d->containers[c].dependency_count; i++) {
            const container_dependency *on = &d->containers[c].dependencies[i];
            if (on->container == container &&
                (on->condition == DEPENDS_COMPLETE || on->condition == DEPENDS_SUCCESS))
                return true;
        }
    return false;
}

/* False, with a warning, where an essential one has ended: so has the task. */
static bool read_containers(existing_builder *x, const task_source *from, existing_task_config *t)
{
    builder *b = x->b;
    const task_definition_config *d = &b->config->task_definitions[t->task_definition];
    t->exit_codes = ARENA_ARRAY(b->memory, d->container_count + 1, int32_t *);
    for (uint32_t c = 0; c < d->container_count; c++) {
        const json_t *answer = container_answer_of(from->object, d->containers[c].name);
        const char *status = build_text(answer, "lastStatus", "RUNNING");
        bool waited_for = is_waited_for(d, c);
        if (strcmp(status, "STOPPED") != 0 && !waited_for) continue;
        if (d->containers[c].essential) {
            build_warning(b, from->pointer,
                          "its essential container \"%s\" has stopped: the task is left out (E29)",
                          d->containers[c].name);
            return false;
        }
        t->exit_codes[c] = ARENA_NEW(b->memory, int32_t);
        *t->exit_codes[c] = (int32_t)build_integer(answer, "exitCode", 0);
    }
    return true;
}

/* ---- Whose it is ---- */

static const json_t *service_object(existing_builder *x, uint32_t service)
{
    const json_t *list = build_get(x->b->root, "services");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = build_text(json_array_get(list, i), "serviceName", NULL);
        if (name && strcmp(name, x->b->config->services[service].name) == 0)
            return json_array_get(list, i);
    }
    return NULL;
}

static known_deployment *add_deployment(existing_builder *x, known_service *s, known_deployment one)
{
    if (s->count == s->room) {
        s->room = s->room ? 2 * s->room : 4;
        known_deployment *grown = ARENA_ARRAY(x->b->memory, s->room, known_deployment);
        if (s->count > 0) memcpy(grown, s->list, s->count * sizeof *grown);
        s->list = grown;
    }
    s->list[s->count] = one;
    return &s->list[s->count++];
}

/* PRIMARY, which is the service's task definition, then the others that its answer has, newest first. */
static known_service *know_service(existing_builder *x, uint32_t service)
{
    known_service *s = &x->services[service];
    if (s->object || s->count > 0) return s;
    const uint32_t primary = x->b->config->services[service].task_definition;
    s->object = service_object(x, service);
    add_deployment(x, s, (known_deployment){.definition = primary, .order = INT64_MAX});
    const json_t *list = build_get(s->object, "deployments");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        const char *id = build_text(item, "id", NULL),
                   *definition = build_text(item, "taskDefinition", NULL);
        if (strcmp(build_text(item, "status", ""), "PRIMARY") == 0) {
            s->list[0].id = build_copy(x->b, id);
            continue;
        }
        const json_t *known =
            definition ? json_object_get(x->b->definition_index,
                                         reference_name(x->b, definition, "task-definition/"))
                       : NULL;
        if (!id || !known) continue; /* its tasks go by their revision */
        add_deployment(x, s,
                       (known_deployment){.id = build_copy(x->b, id),
                                          .definition = (uint32_t)json_integer_value(known),
                                          .order = INT64_MAX - 1 - (int64_t)i});
    }
    return s;
}

/* The service whose deployment started the task; NO_INDEX. */
static uint32_t service_of_deployment(existing_builder *x, const char *id)
{
    for (uint32_t s = 0; s < x->b->config->service_count_at_start; s++) {
        const known_service *k = know_service(x, s);
        for (uint32_t i = 0; i < k->count; i++)
            if (k->list[i].id && strcmp(k->list[i].id, id) == 0) return s;
    }
    return NO_INDEX;
}

/* The only service that runs the family; NO_INDEX: none, or several. */
static uint32_t service_of_family(const builder *b, const char *family)
{
    uint32_t found = NO_INDEX;
    for (uint32_t s = 0; s < b->config->service_count_at_start; s++) {
        uint32_t definition = b->config->services[s].task_definition;
        if (definition == NO_INDEX ||
            strcmp(b->config->task_definitions[definition].family, family) != 0)
            continue;
        if (found != NO_INDEX) return NO_INDEX;
        found = s;
    }
    return found;
}

static uint32_t find_owner(existing_builder *x, const json_t *object, uint32_t definition)
{
    builder *b = x->b;
    const char *group = build_text(object, "group", NULL),
               *started_by = build_text(object, "startedBy", NULL);
    uint32_t found = NO_INDEX;
    if (group && strncmp(group, "service:", 8) == 0)
        found = build_known_service(b, group + 8);
    else if (!group && started_by && strncmp(started_by, "ecs-svc/", 8) == 0) {
        found = service_of_deployment(x, started_by);
        if (found == NO_INDEX)
            found = service_of_family(b, b->config->task_definitions[definition].family);
    }
    return found < b->config->service_count_at_start ? found : NO_INDEX;
}

/* By the deployment that started it, else by its revision. */
static uint32_t find_deployment(existing_builder *x, const json_t *object, uint32_t service,
                                uint32_t definition)
{
    known_service *s = know_service(x, service);
    const char *started_by = build_text(object, "startedBy", NULL);
    uint32_t found = NO_INDEX;
    for (uint32_t i = 0; i < s->count; i++)
        if (started_by && s->list[i].id && strcmp(s->list[i].id, started_by) == 0 &&
            s->list[i].definition == definition)
            found = i;
    for (uint32_t i = 0; i < s->count && found == NO_INDEX; i++)
        if (s->list[i].definition == definition) found = i;
    if (found == NO_INDEX) {
        int64_t revision = x->b->config->task_definitions[definition].revision;
        add_deployment(x, s, (known_deployment){.definition = definition, .order = revision});
        found = s->count - 1;
    }
    s->list[found].used = true;
    return found;
}

/* ---- One task ---- */

static const char *subnet_of(const json_t *object)
{
    const json_t *attachments = build_get(object, "attachments");
    for (size_t i = 0; i < json_array_size(attachments); i++) {
        const json_t *details = build_get(json_array_get(attachments, i), "details");
        for (size_t k = 0; k < json_array_size(details); k++) {
            const json_t *one = json_array_get(details, k);
            if (strcmp(build_text(one, "name", ""), "subnetId") == 0)
                return build_text(one, "value", NULL);
        }
    }
    return NULL;
}

static bool read_fargate(existing_builder *x, const task_source *from, existing_task_config *t)
{
    builder *b = x->b;
    const char *provider = build_text(from->object, "capacityProviderName", ""),
               *zone = build_text(from->object, "availabilityZone", NULL),
               *subnet = subnet_of(from->object);
    t->provider = strcmp(provider, "FARGATE_SPOT") == 0 ? PROVIDER_FARGATE_SPOT : PROVIDER_FARGATE;
    t->zone = zone ? build_copy(b, zone) : subnet ? build_zone_of_subnet(b, subnet) : NULL;
    if (!t->zone)
        return build_error(b, from->pointer,
                           "a task on Fargate needs \"availabilityZone\", or the subnet of its "
                           "attachment (E86)");
    int before = diagnostics_error_count(b->diag);
    build_check_fargate(b, t->task_definition, 0, 0, from->pointer);
    reference_add(b->task_zones, t->zone, NULL, 0);
    return diagnostics_error_count(b->diag) == before;
}

/* Whose capacity a task on an instance takes: that of the instance's provider, where its service
 * has it in its strategy, or the answer says so. */
static uint32_t provider_of(const existing_builder *x, const json_t *object,
                            const existing_task_config *t)
{
    const uint32_t of_group = x->instances[t->instance].group->provider;
    if (of_group == PROVIDER_NONE) return PROVIDER_NONE;
    if (t->service == NO_INDEX)
        return build_text(object, "capacityProviderName", NULL) ? of_group : PROVIDER_NONE;
    const service_config *s = &x->b->config->services[t->service];
    for (uint32_t i = 0; i < s->share_count; i++)
        if (s->shares[i].provider == of_group) return of_group;
    return PROVIDER_NONE;
}

static bool is_on_fargate(const json_t *object)
{
    return strcmp(build_text(object, "launchType", ""), "FARGATE") == 0 ||
           strncmp(build_text(object, "capacityProviderName", ""), "FARGATE", 7) == 0;
}

static bool check_zone(existing_builder *x, const task_source *from, uint32_t instance,
                       const char *zone)
{
    const char *there = x->instances[instance].zone;
    const char *at = build_pointer(x->b, "%s/availabilityZone", from->pointer);
    if (strcmp(zone, there) == 0) return true;
    if (there != build_zone_not_given)
        return build_error(x->b, at, "its container instance i-%06u is in %s", (unsigned)instance,
                           there);
    build_warning(x->b, at, "nothing tells the zone of its container instance i-%06u, taken as %s",
                  (unsigned)instance, there);
    return true;
}

static bool read_instance(existing_builder *x, const task_source *from, existing_task_config *t)
{
    builder *b = x->b;
    const char *instance = build_text(from->object, "containerInstanceArn", NULL);
    if (!instance)
        return build_error(b, from->pointer,
                           "needs \"containerInstanceArn\", or launchType FARGATE");
    t->instance =
        find_instance(x, instance, build_pointer(b, "%s/containerInstanceArn", from->pointer));
    if (t->instance == 0) return false;
    const char *zone = build_text(from->object, "availabilityZone", NULL);
    if (zone && !check_zone(x, from, t->instance, zone)) return false;
    t->provider = provider_of(x, from->object, t);
    const task_definition_config *d = &b->config->task_definitions[t->task_definition];
    uint32_t ports = 0;
    for (uint32_t c = 0; c < d->container_count; c++)
        ports += d->containers[c].port_count;
    t->ports = ARENA_ARRAY(b->memory, ports + 1, uint16_t);
    if (!take_room(x, from, t)) return false;
    take_fixed_ports(x, from, t);
    return true;
}

/* Sizes that run-task has given it in place of the definition's (E87). */
static uint32_t other_sizes(existing_builder *x, const task_source *from, uint32_t definition)
{
    const json_t *overrides = build_get(from->object, "overrides");
    const json_t *list = build_get(overrides, "containerOverrides");
    bool any = build_get(overrides, "cpu") || build_get(overrides, "memory");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        any |= build_get(one, "cpu") || build_get(one, "memory") ||
               build_get(one, "memoryReservation") || build_get(one, "resourceRequirements");
    }
    if (!any) return definition;
    char *text = json_dumps(overrides, JSON_COMPACT | JSON_SORT_KEYS);
    const char *key = build_pointer(x->b, "%u %s", (unsigned)definition, text);
    free(text);
    const json_t *made = json_object_get(x->overridden, key);
    if (made) return (uint32_t)json_integer_value(made);
    uint32_t index =
        build_overridden(x->b, from->object, from->pointer, &(run_task_call){0}, definition);
    json_object_set_new(x->overridden, key, json_integer(index));
    return index;
}

/* Is it there at t = 0? One that starts counts as RUNNING, one that ends is gone. */
static bool runs(builder *b, const task_source *from)
{
    static const char *const starting[] = {"PROVISIONING", "PENDING", "ACTIVATING"};
    const char *last = build_text(from->object, "lastStatus", "RUNNING"),
               *desired = build_text(from->object, "desiredStatus", "RUNNING");
    bool starts = false,
         has_place = build_get(from->object, "containerInstanceArn") || is_on_fargate(from->object);
    for (size_t i = 0; i < sizeof starting / sizeof *starting; i++)
        starts |= strcmp(last, starting[i]) == 0;
    if (strcmp(desired, "STOPPED") == 0 || (strcmp(last, "RUNNING") != 0 && !starts)) {
        build_warning(b, from->pointer, "is %s on its way to %s: it is left out (E50)", last,
                      desired);
        return false;
    }
    if (starts && !has_place) {
        build_warning(b, from->pointer,
                      "is %s, and no instance has been found for it: it is left out (E165)", last);
        return false;
    }
    if (starts)
        build_warning(b, from->pointer, "is %s: it is taken as RUNNING and healthy (E50)", last);
    return true;
}

static uint32_t read_definition(builder *b, const task_source *from)
{
    const char *text = build_text(from->object, "taskDefinitionArn", NULL);
    if (!text) {
        build_error(b, from->pointer, "needs \"taskDefinitionArn\"");
        return NO_INDEX;
    }
    const char *at = build_pointer(b, "%s/taskDefinitionArn", from->pointer);
    uint32_t found = build_find_task_definition(b, text, at);
    if (found == NO_INDEX || !b->config->task_definitions[found].registered_later) return found;
    build_error(b, at, "task definition \"%s\" is registered later, by the timeline", text);
    return NO_INDEX;
}

/* One task on an instance (E101). */
static bool check_daemon(existing_builder *x, const task_source *from,
                         const existing_task_config *t)
{
    if (!x->b->config->services[t->service].daemon) return true;
    const char *key = build_pointer(x->b, "%u/%u", (unsigned)t->service, (unsigned)t->instance);
    if (t->instance > 0 && reference_add(x->daemons, key, NULL, 0)) return true;
    return build_error(x->b, from->pointer, "a DAEMON service has one task on an instance (E101)");
}

static bool read_task(existing_builder *x, task_source *from, existing_task_config *t)
{
    builder *b = x->b;
    const char *arn = build_text(from->object, "taskArn", NULL);
    if (arn && !reference_add(x->arns, arn, NULL, 0))
        return build_error(b, build_pointer(b, "%s/taskArn", from->pointer),
                           "task \"%s\" is there twice", arn);
    if (!runs(b, from)) return false;
    t->task_definition = read_definition(b, from);
    if (t->task_definition == NO_INDEX) return false;
    t->service = find_owner(x, from->object, t->task_definition);
    if (t->service == NO_INDEX) {
        t->task_definition = other_sizes(x, from, t->task_definition);
        t->call = (run_task_call){.task_definition = t->task_definition, .count = 1};
        t->call.group = build_copy(b, build_text(from->object, "group", NULL));
    }
    if (!read_containers(x, from, t)) return false;
    if (!(is_on_fargate(from->object) ? read_fargate(x, from, t) : read_instance(x, from, t)))
        return false;
    if (t->service != NO_INDEX && !check_daemon(x, from, t)) return false;
    if (t->service != NO_INDEX)
        from->known = find_deployment(x, from->object, t->service, t->task_definition);
    return true;
}

/* ---- Deployments ---- */

static int by_age(const void *a, const void *b)
{
    const known_deployment *first = *(known_deployment *const *)a;
    const known_deployment *second = *(known_deployment *const *)b;
    if (first->order != second->order) return first->order < second->order ? -1 : 1;
    return (first->definition > second->definition) - (first->definition < second->definition);
}

/* Those that have tasks, and the PRIMARY one, oldest first. */
static void number_deployments(existing_builder *x, uint32_t service)
{
    known_service *k = &x->services[service];
    service_config *s = &x->b->config->services[service];
    known_deployment **list = ARENA_ARRAY(x->b->memory, k->count + 1, known_deployment *);
    uint32_t count = 0;
    bool any = false;
    for (uint32_t i = 0; i < k->count; i++) {
        any |= k->list[i].used;
        if (k->list[i].used || i == 0) list[count++] = &k->list[i];
    }
    if (!any) return;
    qsort(list, count, sizeof *list, by_age);
    s->revisions = ARENA_ARRAY(x->b->memory, count, uint32_t);
    s->revision_count = count;
    for (uint32_t i = 0; i < count; i++) {
        list[i]->index = i;
        s->revisions[i] = list[i]->definition;
    }
    if (count > 1 && s->shift.strategy != DEPLOY_ROLLING)
        build_error(
            x->b, s->pointer,
            "has tasks of %u deployments: one that shifts traffic is not taken over half way "
            "(E162)",
            (unsigned)count);
}

void build_existing_tasks(builder *b)
{
    const json_t *list = build_get(b->root, "tasks");
    const size_t size = json_array_size(list);
    model_config *c = b->config;
    if (size == 0) return;
    if (size > TASKS_MAX) {
        build_error(b, "/tasks", "%zu tasks, at most 1,000,000", size);
        return;
    }
    existing_builder x = {.b = b,
                          .by_tail = json_object(),
                          .arns = json_object(),
                          .ports = json_object(),
                          .daemons = json_object(),
                          .overridden = json_object()};
    x.services = ARENA_ARRAY(b->memory, c->service_count + 1, known_service);
    x.sources = ARENA_ARRAY(b->memory, size, task_source);
    c->existing_tasks = ARENA_ARRAY(b->memory, size, existing_task_config);
    list_instances(&x);
    for (size_t i = 0; i < size; i++) {
        task_source *from = &x.sources[c->existing_task_count];
        *from = (task_source){json_array_get(list, i), build_pointer(b, "/tasks/%zu", i), 0};
        existing_task_config *t = &c->existing_tasks[c->existing_task_count];
        *t = (existing_task_config){.service = NO_INDEX};
        if (json_is_object(from->object) && read_task(&x, from, t)) c->existing_task_count++;
    }
    for (uint32_t s = 0; s < c->service_count_at_start; s++)
        number_deployments(&x, s);
    for (uint32_t i = 0; i < c->existing_task_count; i++) {
        existing_task_config *t = &c->existing_tasks[i];
        if (t->instance > 0) take_free_ports(&x, &x.sources[i], t);
        if (t->service != NO_INDEX)
            t->deployment = x.services[t->service].list[x.sources[i].known].index;
    }
    json_decref(x.by_tail);
    json_decref(x.arns);
    json_decref(x.ports);
    json_decref(x.daemons);
    json_decref(x.overridden);
}
