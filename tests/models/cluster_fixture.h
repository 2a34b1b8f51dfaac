/* cluster_fixture.h - small builders for tests of placement: instance groups, tasks, plans. */
#ifndef BERTH_TESTS_MODELS_CLUSTER_FIXTURE_H
#define BERTH_TESTS_MODELS_CLUSTER_FIXTURE_H

#include "models/ecs/cluster.h"
#include "models/ecs/placement.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include "sim/engine/random.h"
#include <stdio.h>
#include <string.h>

typedef struct {
    arena *arena;
    names *names;
    control_plane_config control;
    cluster *cluster;
    uint32_t groups;
} fixture;

static inline void fixture_begin(fixture *f, bool scan)
{
    *f = (fixture){.arena = arena_create(), .names = names_create()};
    f->control.run_task_strategy = RUN_TASK_RANDOM;
    f->cluster = cluster_create(f->names, &f->control, scan);
}

static inline void fixture_end(fixture *f)
{
    cluster_destroy(f->cluster);
    names_destroy(f->names);
    arena_destroy(f->arena);
}

/* An instance group of one zone. */
static inline instance_group_config *fixture_group(fixture *f, const char *zone, int32_t cpu,
                                                   int32_t memory)
{
    instance_group_config *g = ARENA_NEW(f->arena, instance_group_config);
    g->instance_type = "";
    g->count = 1;
    g->zone_count = 1;
    g->zones = ARENA_ARRAY(f->arena, 1, const char *);
    g->zones[0] = zone;
    g->cpu_units = cpu;
    g->memory_mib = memory;
    g->awsvpc_tasks = UNLIMITED;
    g->status = INSTANCE_ACTIVE;
    g->agent_connected = true;
    return g;
}

/* Adds and registers one instance. */
static inline uint32_t fixture_add(fixture *f, const instance_group_config *g, sim_time at_us)
{
    uint32_t index = cluster_add(f->cluster, g, f->groups++, 0);
    cluster_register(f->cluster, index, at_us);
    return index;
}

static inline uint32_t fixture_instance(fixture *f, const char *zone, int32_t cpu, int32_t memory)
{
    return fixture_add(f, fixture_group(f, zone, cpu, memory), 0);
}

static inline void fixture_attribute(fixture *f, instance_group_config *g, const char *name,
                                     const char *value)
{
    attribute_config *grown = ARENA_ARRAY(f->arena, g->attribute_count + 1, attribute_config);
    if (g->attribute_count > 0) memcpy(grown, g->attributes, g->attribute_count * sizeof *grown);
    grown[g->attribute_count++] = (attribute_config){name, value};
    g->attributes = grown;
}

/* A task definition of one container with these needs. */
static inline task_definition_config *fixture_task(fixture *f, int32_t cpu, int32_t memory)
{
    task_definition_config *d = ARENA_NEW(f->arena, task_definition_config);
    d->family = "task";
    d->container_count = 1;
    d->containers = ARENA_NEW(f->arena, container_definition);
    d->containers[0].name = "c";
    d->containers[0].cpu_units = cpu;
    d->containers[0].memory_mib = memory;
    return d;
}

static inline void fixture_port(fixture *f, task_definition_config *d, uint16_t container_port,
                                uint16_t host_port, port_protocol protocol)
{
    container_definition *k = &d->containers[0];
    port_mapping *grown = ARENA_ARRAY(f->arena, k->port_count + 1, port_mapping);
    if (k->port_count > 0) memcpy(grown, k->ports, k->port_count * sizeof *grown);
    grown[k->port_count++] = (port_mapping){container_port, host_port, protocol};
    k->ports = grown;
}

/* A plan for a service's tasks; strategies and constraints as given. */
static inline placement_plan *
fixture_plan(fixture *f, const char *group, const task_definition_config *d,
             const placement_strategy_config *strategies, uint32_t strategy_count,
             const placement_constraint_config *constraints, uint32_t constraint_count)
{
    uint32_t g = cluster_group(f->cluster, group);
    placement_request r = {
        .definition = d,
        .group = g,
        .spread_group = g,
        .strategies = strategies,
        .strategy_count = strategy_count,
        .constraints = constraints,
        .constraint_count = constraint_count,
    };
    sim_error err = {.line = 0};
    placement_plan *p = placement_plan_create(f->cluster, &r, &err);
    CHECK(p != NULL);
    return p;
}

/* Chooses and places; NO_INDEX when there is no room. */
static inline uint32_t fixture_place(fixture *f, const placement_plan *p)
{
    random_stream s = random_stream_at((random_source){7, 0}, random_purpose("test"), 0);
    uint32_t index = placement_choose(f->cluster, p, &s);
    if (index != NO_INDEX) placement_place(f->cluster, p, index);
    return index;
}

static inline void fixture_stop(fixture *f, const placement_plan *p, uint32_t index)
{
    placement_uncount(f->cluster, p, index);
    placement_free(f->cluster, p, index);
}

#endif
