/* ecs.c - container instances as the control plane sees them come, drain and go; plans; refusals. */
#include "models/ec2/auto_scaling_group.h"
#include "models/ec2/fault.h"
#include "models/ecs/managed_scaling.h"
#include "models/ecs/provisioning.h"
#include "models/ecs/service.h"
#include "models/phase.h"
#include "sim/engine/check.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void ecs_print_reasons(const placement_refusal *refusal, char *buffer, size_t size)
{
    size_t used = (size_t)snprintf(buffer, size, "{");
    for (int r = 0; r < REFUSED_REASONS; r++)
        if (refusal->count[r] > 0 && used < size)
            used +=
                (size_t)snprintf(buffer + used, size - used, "%s\"%s\":%" PRIu32,
                                 used > 1 ? "," : "", refusal_reason_names[r], refusal->count[r]);
    CHECK(used + 1 < size);
    snprintf(buffer + used, size - used, "}");
}

const char *ecs_instance_id(const ecs *e, uint32_t index, char *buffer, size_t size)
{
    const instance_group_config *group = cluster_instance(e->cluster, index)->group;
    if (group->ec2_instance_id) return group->ec2_instance_id;
    snprintf(buffer, size, "i-%06" PRIu32, index + 1);
    return buffer;
}

bool ecs_fargate_zone(ecs *e, const char *const *zones, uint32_t zone_count,
                      const capacity_counts *counts, uint32_t provider, name_id *zone)
{
    name_id ids[SUBNETS_MAX];
    CHECK(zone_count <= SUBNETS_MAX);
    for (uint32_t i = 0; i < zone_count; i++)
        ids[i] = names_intern(e->names, zones[i]);
    uint32_t left = zone_count;
    do {
        *zone = capacity_zone(ids, left, counts, provider);
        if (!fault_launch_refused(e, *zone, provider, 0)) return true;
        uint32_t kept = 0;
        for (uint32_t i = 0; i < left; i++)
            if (ids[i] != *zone) ids[kept++] = ids[i];
        left = kept;
    } while (left > 0);
    return false;
}

placement_plan *ecs_make_plan(ecs *e, const placement_request *request)
{
    sim_error err = {0};
    placement_plan *plan = placement_plan_create(e->cluster, request, &err);
    CHECK(plan);
    if (e->plan_count == e->plan_capacity) {
        e->plan_capacity = e->plan_capacity ? 2 * e->plan_capacity : 16;
        e->plans = memory_resize(e->plans, e->plan_capacity, sizeof *e->plans);
    }
    e->plans[e->plan_count++] = plan;
    return plan;
}

void ecs_say_instance(ecs *e, uint32_t index, event_kind kind, const char *cause)
{
    const instance *i = cluster_instance(e->cluster, index);
    model_event ev = {.kind = kind,
                      .cell = {index + 1, names_intern(e->names, i->group->instance_type), i->zone,
                               names_intern(e->names, cause)}};
    const uint32_t asg = i->group->auto_scaling_group;
    name_id asg_name = asg ? names_intern(e->names, e->cfg->auto_scaling_groups[asg - 1].name) : 0;
    if (kind == EVENT_INSTANCE_LAUNCHING) ev.cell[4] = asg_name;
    if (kind == EVENT_INSTANCE_REGISTERED) {
        ev.cell[4] = (uint64_t)i->cpu_registered;
        ev.cell[5] = (uint64_t)i->memory_registered;
        ev.cell[6] = asg_name;
    }
    notify_event(e->notifier, &ev);
    notify_changed(e->notifier, CHANGED_INSTANCE, index);
    notify_changed(e->notifier, CHANGED_CLUSTER, 0);
    e->instance_version++;
    managed_scaling_instance_changed(e, index);
    if (i->status == INSTANCE_ACTIVE) provisioning_try(e); /* E167 */
    service_instance_changed(e, index);
}

void ecs_register_instance(ecs *e, uint32_t index, const char *cause)
{
    if (cluster_instance(e->cluster, index)->status == INSTANCE_INACTIVE)
        return; /* terminated before it came */
    if (fault_zone_is_out(e, cluster_instance(e->cluster, index)->zone)) {
        ecs_terminate_instance(e, index, "launchFailed", false);
        return;
    }
    cluster_register(e->cluster, index, engine_now(e->eng));
    const instance *i = cluster_instance(e->cluster, index);
    host_init(&e->hosts[index], i);
    if (!i->connected) e->hosts[index].agent_away = 1; /* an answer says so; for good */
    e->group_registered[i->group_index]++;
    if (i->group->price_input) e->input_used[i->group->price_input - 1] = true;
    auto_scaling_registered(e, index);
    ecs_say_instance(e, index, EVENT_INSTANCE_REGISTERED, cause);
    service_wake_waiting(e);
}

/* One of t = 0; that it comes later is a launch, too, which may be refused. */
static void register_instance(engine *eng, void *context, uint64_t index)
{
    (void)eng;
    ecs *e = context;
    const instance *i = cluster_instance(e->cluster, (uint32_t)index);
    if (i->status != INSTANCE_INACTIVE &&
        fault_launch_refused(e, i->zone, i->group->provider, i->group->auto_scaling_group))
        ecs_terminate_instance(e, (uint32_t)index, "launchFailed", false);
    else
        ecs_register_instance(e, (uint32_t)index, "scenario");
}

static void need_hosts(ecs *e, uint64_t count)
{
    if (count <= e->host_room) return;
    uint32_t room = (uint32_t)(count > 2 * (uint64_t)e->host_room ? count : 2 * e->host_room);
    e->hosts = memory_resize(e->hosts, room, sizeof *e->hosts);
    memset(e->hosts + e->host_room, 0, (room - e->host_room) * sizeof *e->hosts);
    e->host_room = room;
}

uint32_t ecs_add_instance(ecs *e, uint32_t group, uint32_t zone)
{
    uint32_t index = cluster_add(e->cluster, &e->cfg->groups[group], group, zone);
    need_hosts(e, (uint64_t)index + 1);
    return index;
}

void ecs_add_instances(ecs *e)
{
    const model_config *cfg = e->cfg;
    uint64_t total = 0;
    for (uint32_t g = 0; g < cfg->group_count; g++)
        total += cfg->groups[g].count;
    need_hosts(e, total + 1);
    for (uint32_t g = 0; g < cfg->group_count; g++) {
        const uint32_t asg = cfg->groups[g].auto_scaling_group;
        const starting_instance *start = asg ? cfg->auto_scaling_groups[asg - 1].start : NULL;
        for (uint32_t k = 0; k < cfg->groups[g].count; k++) {
            uint32_t index = start ? ecs_add_instance(e, start[k].group, start[k].zone)
                                   : ecs_add_instance(e, g, k);
            auto_scaling_add_member(e, index);
            sim_time at = cfg->groups[g].register_after_us;
            if (at == 0) {
                register_instance(e->eng, e, index);
                continue;
            }
            ecs_say_instance(e, index, EVENT_INSTANCE_LAUNCHING, "scenario");
            engine_schedule(e->eng, at, PHASE_DURATION, register_instance, index);
        }
    }
}

void ecs_set_draining(ecs *e, uint32_t index, bool draining, const char *cause)
{
    const instance *i = cluster_instance(e->cluster, index);
    instance_status from = draining ? INSTANCE_ACTIVE : INSTANCE_DRAINING;
    if (i->status != from) return; /* E11: DRAINING only from ACTIVE, and back */
    cluster_set_status(e->cluster, index, draining ? INSTANCE_DRAINING : INSTANCE_ACTIVE);
    e->hosts[index].drain_order = draining ? ++e->drains : 0;
    ecs_say_instance(e, index, draining ? EVENT_INSTANCE_DRAINING : EVENT_INSTANCE_ACTIVE, cause);
    for (task *t = e->hosts[index].tasks, *next; t; t = next) {
        next = t->host_next;
        task_set_draining(t, draining);
    }
    if (!draining) service_wake_waiting(e);
}

task *ecs_oldest_task(const ecs *e, uint32_t index)
{
    task *t = e->hosts[index].tasks; /* the newest stands first in the host's list */
    while (t && t->host_next)
        t = t->host_next;
    return t;
}

void ecs_terminate_instance(ecs *e, uint32_t index, const char *cause, bool spot)
{
    const instance *i = cluster_instance(e->cluster, index);
    bool registered = instance_is_registered(i);
    char id[32];
    const char *reason = arena_printf(e->arena, "Host EC2 (instance %s) terminated.",
                                      ecs_instance_id(e, index, id, sizeof id));
    cluster_set_status(e->cluster, index, INSTANCE_INACTIVE);
    ecs_say_instance(e, index, EVENT_INSTANCE_TERMINATED, cause);
    auto_scaling_gone(e, index);
    if (!registered) return;
    e->group_registered[i->group_index]--;
    task *t = ecs_oldest_task(e, index);
    while (t) {
        task *newer = t->host_prev;
        task_lose(t, spot ? CAUSE_SPOT : CAUSE_INSTANCE_LOST, reason);
        t = newer;
    }
}
