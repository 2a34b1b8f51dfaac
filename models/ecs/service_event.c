#include "models/ecs/service_event.h"
#include "models/ecs/service.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void service_events_finish(service_events *events)
{
    free(events->started.number);
    free(events->stopped.number);
    zone_tasks_finish(&events->rebalanced);
    free(events->registered.group);
    free(events->deregistered.group);
}

void service_events_add(number_list *list, uint32_t number)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? 2 * list->capacity : 8;
        list->number = memory_resize(list->number, list->capacity, sizeof *list->number);
    }
    list->number[list->count++] = number;
}

void service_events_add_in_zone(zone_tasks *list, uint32_t number, name_id zone)
{
    if (list->tasks.count == list->capacity) {
        list->capacity = list->capacity ? 2 * list->capacity : 8;
        list->zones = memory_resize(list->zones, list->capacity, sizeof *list->zones);
    }
    list->zones[list->tasks.count] = zone;
    service_events_add(&list->tasks, number);
}

void zone_tasks_finish(zone_tasks *list)
{
    free(list->tasks.number);
    free(list->zones);
}

void service_events_count(group_counts *counts, uint32_t target_group)
{
    for (uint32_t i = 0; i < counts->count; i++)
        if (counts->group[i].target_group == target_group) {
            counts->group[i].targets++;
            return;
        }
    if (counts->count == counts->capacity) {
        counts->capacity = counts->capacity ? 2 * counts->capacity : 4;
        counts->group = memory_resize(counts->group, counts->capacity, sizeof *counts->group);
    }
    counts->group[counts->count].target_group = target_group;
    counts->group[counts->count++].targets = 1;
}

/* Text that grows; one a control plane, reused. */
static void put(text_buffer *b, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (b->length + (size_t)length + 1 > b->capacity) {
        b->capacity = 2 * (b->length + (size_t)length + 1);
        b->text = memory_resize(b->text, b->capacity, 1);
    }
    vsnprintf(b->text + b->length, (size_t)length + 1, format, arguments);
    b->length += (size_t)length;
}

static void add(service *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(service *s, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    put(&s->ecs->message, format, arguments);
    va_end(arguments);
}

static void begin(service *s)
{
    s->ecs->message.length = 0;
    add(s, "(service %s) ", s->config.name);
}

static void end(service *s)
{
    model_event ev = {.kind = EVENT_SERVICE_EVENT,
                      .cell = {s->name, cell_text(s->ecs->message.text)}};
    notify_event(s->ecs->notifier, &ev);
}

void service_say(service *s, const char *format, ...)
{
    begin(s);
    va_list arguments;
    va_start(arguments, format);
    put(&s->ecs->message, format, arguments);
    va_end(arguments);
    end(s);
}

static void add_tasks(service *s, const number_list *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        add(s, "%s(task %s/%06" PRIu32 ")", i > 0 ? " " : "", s->config.name, list->number[i]);
}

static void say_targets(service *s, const char *what, group_counts *counts)
{
    for (uint32_t i = 0; i < counts->count; i++) {
        const uint32_t group = counts->group[i].target_group;
        const bool classic = target_group_is_classic(s->ecs->cfg, group);
        char where[400];
        service_say(s, "%s %" PRIu32 " %s in %s", what, counts->group[i].targets,
                    classic ? "instances" : "targets",
                    target_group_text(s->ecs->cfg, group, where, sizeof where));
    }
    counts->count = 0;
}

/* The tasks of one zone, from its first on; says nothing where an earlier one has. */
static void say_in_zone(service *s, const zone_tasks *list, uint32_t first, const char *what,
                        const char *noun, const char *why)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < list->tasks.count; i++) {
        if (i < first && list->zones[i] == list->zones[first]) return;
        count += list->zones[i] == list->zones[first];
    }
    begin(s);
    add(s, "has %s %" PRIu32 " %s in %s %s:", what, count, noun,
        names_text(s->ecs->names, list->zones[first]), why);
    for (uint32_t i = first; i < list->tasks.count; i++)
        if (list->zones[i] == list->zones[first])
            add(s, " (task %s/%06" PRIu32 ")", s->config.name, list->tasks.number[i]);
    add(s, ".");
    end(s);
}

void service_say_in_zones(service *s, zone_tasks *list, const char *what, const char *noun,
                          const char *why)
{
    for (uint32_t i = 0; i < list->tasks.count; i++)
        say_in_zone(s, list, i, what, noun, why);
    list->tasks.count = 0;
}

void service_say_gathered(service *s)
{
    service_events *v = &s->events;
    if (v->draining > 0) {
        service_say(s, "has begun draining connections on %" PRIu32 " tasks.", v->draining);
        v->draining = 0;
    }
    say_targets(s, "deregistered", &v->deregistered);
    if (v->stopped_pending > 0) {
        service_say(s, "stopped %" PRIu32 " pending tasks.", v->stopped_pending);
        v->stopped_pending = 0;
    }
    if (v->stopped.count > 0) {
        begin(s);
        add(s, "has stopped %" PRIu32 " running tasks: ", v->stopped.count);
        add_tasks(s, &v->stopped);
        add(s, ".");
        end(s);
        v->stopped.count = 0;
    }
    service_say_in_zones(s, &v->rebalanced, "stopped", "running tasks", "due to AZ rebalancing");
    if (v->started.count > 0) {
        begin(s);
        add(s, "has started %" PRIu32 " tasks: ", v->started.count);
        add_tasks(s, &v->started);
        add(s, ".");
        if (v->replaced_unhealthy > 0)
            add(s, " Amazon ECS replaced %" PRIu32 " tasks due to an unhealthy status.",
                v->replaced_unhealthy);
        end(s);
        v->started.count = 0;
        v->replaced_unhealthy = 0;
    }
    say_targets(s, "registered", &v->registered);
}

void service_say_lasting(service *s, lasting_message kind, uint64_t detail, const char *format, ...)
{
    sim_time now = engine_now(s->ecs->eng);
    if (s->events.lasting[kind].said && s->events.lasting[kind].detail == detail &&
        now < s->events.lasting[kind].at_us + s->ecs->cfg->control.event_repeat_us)
        return;
    s->events.lasting[kind].said = true;
    s->events.lasting[kind].at_us = now;
    s->events.lasting[kind].detail = detail;
    begin(s);
    va_list arguments;
    va_start(arguments, format);
    put(&s->ecs->message, format, arguments);
    va_end(arguments);
    end(s);
}

void service_lasting_over(service *s, lasting_message kind)
{
    s->events.lasting[kind].said = false;
}

sim_time service_lasting_due(const service *s, lasting_message kind)
{
    return s->events.lasting[kind].said
               ? s->events.lasting[kind].at_us + s->ecs->cfg->control.event_repeat_us
               : SIM_NEVER;
}

void service_say_refused(service *s, const deployment *d)
{
    const placement_refusal *refusal = &d->refusal;
    static const char unable[] =
        "was unable to place a task because no container instance met all of its "
        "requirements.";
    if (provider_is_fargate(refusal->provider)) {
        service_say_lasting(s, MESSAGE_PLACEMENT, UINT64_MAX - 1,
                            "was unable to place a task. Reason: Capacity is unavailable at this "
                            "time. Please try again later or in a different availability zone.");
        return;
    }
    if (d->refused_by_limit) {
        service_say_lasting(s, MESSAGE_PLACEMENT, UINT64_MAX - 2,
                            "was unable to place tasks in your cluster because the tasks "
                            "provisioning capacity limit was exceeded.");
        return;
    }
    if (refusal->closest == NO_INDEX && refusal->provider != PROVIDER_NONE) {
        service_say_lasting(s, MESSAGE_PLACEMENT, UINT64_MAX,
                            "was unable to reach steady state. Reason: No Container Instances were "
                            "found in your capacity provider.");
        return;
    }
    if (refusal->closest == NO_INDEX) {
        service_say_lasting(s, MESSAGE_PLACEMENT, UINT64_MAX,
                            "%s Reason: No Container Instances were found in your cluster.",
                            unable);
        return;
    }
    char buffer[32];
    const char *id = ecs_instance_id(s->ecs, refusal->closest, buffer, sizeof buffer);
    uint64_t detail = (uint64_t)refusal->closest << 8 | (uint64_t)refusal->closest_reason;
    static const char closest[] = "The closest matching container-instance";
    switch (refusal->closest_reason) {
    case REFUSED_CPU:
        service_say_lasting(s, MESSAGE_PLACEMENT, detail,
                            "%s %s %s has insufficient CPU units available.", unable, closest, id);
        break;
    case REFUSED_MEMORY:
        service_say_lasting(s, MESSAGE_PLACEMENT, detail,
                            "%s %s %s has insufficient memory available.", unable, closest, id);
        break;
    case REFUSED_PORTS:
    case REFUSED_PORTS_UDP:
        service_say_lasting(s, MESSAGE_PLACEMENT, detail,
                            "%s %s %s is already using a port required by your task.", unable,
                            closest, id);
        break;
    default:
        service_say_lasting(s, MESSAGE_PLACEMENT, detail, "%s %s %s encountered error \"%s\".",
                            unable, closest, id, refusal_reason_names[refusal->closest_reason]);
    }
}

void service_say_unhealthy(service *s, const task *t, const task_target *target)
{
    char reason[200], where[64] = "", id[32], group[400];
    const model_config *cfg = s->ecs->cfg;
    const char *due = load_balancing_failure(s->ecs->lb, target->target, reason, sizeof reason);
    target_group_text(cfg, target->target_group, group, sizeof group);
    if (!cfg->target_groups[target->target_group].target_type_ip && /* ip: no instance to name */
        !task_on_fargate(t))
        snprintf(where, sizeof where, "(instance %s) ",
                 ecs_instance_id(s->ecs, t->instance, id, sizeof id));
    if (target_group_is_classic(cfg, target->target_group))
        service_say(s, "%sis unhealthy in %s due to (reason %s)", where, group, due);
    else
        service_say(s, "(task %s/%06" PRIu32 ") %s(port %u) is unhealthy in %s due to (reason %s)",
                    s->config.name, t->number, where, (unsigned)target->port, group, due);
}
