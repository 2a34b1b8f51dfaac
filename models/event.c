/* event.c - the table of event kinds, in the contract's order of kinds and keys. */
#include "models/event.h"
#include "sim/engine/check.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* clang-format off */
#define INSTANCE_KEYS                                                                              \
    {"instance", CELL_INSTANCE}, {"instanceType", CELL_NAME}, {"availabilityZone", CELL_NAME},     \
    {"cause", CELL_NAME}
#define TASK_KEYS                                                                                  \
    {{"task", CELL_TASK}, {"service", CELL_NAME}, {"deployment", CELL_DEPLOYMENT},                 \
     {"taskDefinition", CELL_TASK_DEFINITION}, {"instance", CELL_INSTANCE},                        \
     {"availabilityZone", CELL_NAME}, {"cause", CELL_NAME}}
#define TARGET_KEYS     {{"targetGroup", CELL_NAME}, {"task", CELL_TASK}, {"reason", CELL_NAME}}
#define HEALTH_KEYS     {{"task", CELL_TASK}, {"cause", CELL_NAME}}
#define CONTAINER_KEYS                                                                             \
    {{"task", CELL_TASK}, {"container", CELL_NAME}, {"exitCode", CELL_EXIT_CODE},                  \
     {"cause", CELL_NAME}}
#define SERVICE_KEYS                                                                               \
    {{"service", CELL_NAME}, {"desiredCount", CELL_INTEGER},                                       \
     {"taskDefinition", CELL_TASK_DEFINITION}, {"cause", CELL_NAME}}
#define DEPLOYMENT_KEYS                                                                            \
    {"service", CELL_NAME}, {"deployment", CELL_DEPLOYMENT},                                       \
    {"taskDefinition", CELL_TASK_DEFINITION}, {"cause", CELL_NAME}, {"seconds", CELL_SECONDS}

const event_kind_row event_kinds[EVENT_KIND_COUNT] = {
    [EVENT_INSTANCE_LAUNCHING]  = {"instance.launching",
        {INSTANCE_KEYS, {"autoScalingGroup", CELL_NAME}}},
    [EVENT_INSTANCE_REGISTERED] = {"instance.registered",
        {INSTANCE_KEYS, {"cpu", CELL_INTEGER}, {"memory", CELL_INTEGER},
         {"autoScalingGroup", CELL_NAME}}},
    [EVENT_INSTANCE_DRAINING]   = {"instance.draining", {INSTANCE_KEYS}},
    [EVENT_INSTANCE_ACTIVE]     = {"instance.active", {INSTANCE_KEYS}},
    [EVENT_INSTANCE_DISCONNECTED] = {"instance.disconnected", {INSTANCE_KEYS}},
    [EVENT_INSTANCE_TERMINATED] = {"instance.terminated", {INSTANCE_KEYS}},
    [EVENT_TASK_PROVISIONING]   = {"task.provisioning", TASK_KEYS},
    [EVENT_TASK_PENDING]        = {"task.pending", TASK_KEYS},
    [EVENT_TASK_ACTIVATING]     = {"task.activating", TASK_KEYS},
    [EVENT_TASK_RUNNING]        = {"task.running", TASK_KEYS},
    [EVENT_TASK_DEACTIVATING]   = {"task.deactivating", TASK_KEYS},
    [EVENT_TASK_STOPPING]       = {"task.stopping", TASK_KEYS},
    [EVENT_TASK_DEPROVISIONING] = {"task.deprovisioning", TASK_KEYS},
    [EVENT_TASK_STOPPED]        = {"task.stopped",
        {{"task", CELL_TASK}, {"stopCode", CELL_NAME}, {"stoppedReason", CELL_TEXT},
         {"exitCode", CELL_EXIT_CODE}}},
    [EVENT_TASK_HEALTHY]        = {"task.healthy", HEALTH_KEYS},
    [EVENT_TASK_UNHEALTHY]      = {"task.unhealthy", HEALTH_KEYS},
    [EVENT_CONTAINER_STOPPED]   = {"container.stopped", CONTAINER_KEYS},
    [EVENT_CONTAINER_RESTARTED] = {"container.restarted", CONTAINER_KEYS},
    [EVENT_PLACEMENT_FAILED]    = {"placement.failed",
        {{"service", CELL_NAME}, {"family", CELL_NAME}, {"deployment", CELL_DEPLOYMENT},
         {"taskDefinition", CELL_TASK_DEFINITION}, {"count", CELL_INTEGER},
         {"reasons", CELL_JSON}, {"closest", CELL_INSTANCE}, {"closestReason", CELL_TEXT}}},
    [EVENT_TARGET_INITIAL]      = {"target.initial", TARGET_KEYS},
    [EVENT_TARGET_HEALTHY]      = {"target.healthy", TARGET_KEYS},
    [EVENT_TARGET_UNHEALTHY]    = {"target.unhealthy", TARGET_KEYS},
    [EVENT_TARGET_DRAINING]     = {"target.draining", TARGET_KEYS},
    [EVENT_TARGET_UNUSED]       = {"target.unused", TARGET_KEYS},
    [EVENT_TARGET_GROUP_FAIL_OPEN]   = {"targetGroup.failOpen", {{"targetGroup", CELL_NAME}}},
    [EVENT_TARGET_GROUP_FAIL_CLOSED] = {"targetGroup.failClosed", {{"targetGroup", CELL_NAME}}},
    [EVENT_LOAD_BALANCER_ZONE]  = {"loadBalancer.zone",
        {{"loadBalancer", CELL_NAME}, {"availabilityZone", CELL_NAME}, {"state", CELL_NAME}}},
    [EVENT_SERVICE_CREATED]     = {"service.created", SERVICE_KEYS},
    [EVENT_SERVICE_UPDATED]     = {"service.updated", SERVICE_KEYS},
    [EVENT_SERVICE_DELETED]     = {"service.deleted", SERVICE_KEYS},
    [EVENT_SERVICE_EVENT]       = {"service.event",
        {{"service", CELL_NAME}, {"message", CELL_TEXT}}},
    [EVENT_DEPLOYMENT_STARTED]   = {"deployment.started", {DEPLOYMENT_KEYS}},
    [EVENT_DEPLOYMENT_COMPLETED] = {"deployment.completed", {DEPLOYMENT_KEYS}},
    [EVENT_DEPLOYMENT_FAILED]    = {"deployment.failed", {DEPLOYMENT_KEYS}},
    [EVENT_DEPLOYMENT_ROLLING_BACK] = {"deployment.rollingBack",
        {DEPLOYMENT_KEYS, {"to", CELL_DEPLOYMENT}}},
    [EVENT_DEPLOYMENT_STAGE]    = {"deployment.stage",
        {{"service", CELL_NAME}, {"deployment", CELL_DEPLOYMENT}, {"stage", CELL_NAME},
         {"trafficPercent", CELL_NUMBER}}},
    [EVENT_ALARM_STATE]         = {"alarm.state",
        {{"alarm", CELL_NAME}, {"from", CELL_NAME}, {"to", CELL_NAME}, {"value", CELL_NUMBER}}},
    [EVENT_SCALING_DECISION]    = {"scaling.decision",
        {{"service", CELL_NAME}, {"autoScalingGroup", CELL_NAME}, {"policy", CELL_NAME},
         {"scheduledAction", CELL_NAME}, {"from", CELL_INTEGER}, {"to", CELL_INTEGER},
         {"running", CELL_INTEGER}, {"value", CELL_NUMBER}, {"wanted", CELL_INTEGER},
         {"outcome", CELL_NAME}}},
    [EVENT_CAPACITY_SAMPLE]     = {"capacity.sample",
        {{"capacityProvider", CELL_NAME}, {"reservation", CELL_NUMBER},
         {"instances", CELL_INTEGER}, {"needed", CELL_INTEGER}}},
    [EVENT_TRAFFIC_CHANGED]     = {"traffic.changed",
        {{"targetGroup", CELL_NAME}, {"requestsPerSecond", CELL_NUMBER}}},
    [EVENT_TIMELINE]            = {"timeline",
        {{"action", CELL_NAME}, {"arguments", CELL_JSON}}},
    [EVENT_SERVICE_TRAFFIC_CHANGED] = {"traffic.changed",
        {{"service", CELL_NAME}, {"requestsPerSecond", CELL_NUMBER}}},
};
/* clang-format on */
_Static_assert(EVENT_KIND_COUNT == 42, "new event kind: add its row");

bool cell_is_absent(cell_type type, uint64_t cell)
{
    switch (type) {
    case CELL_NONE:
        return true;
    case CELL_NAME:
    case CELL_TASK:
    case CELL_DEPLOYMENT:
    case CELL_TASK_DEFINITION:
    case CELL_INSTANCE:
    case CELL_TEXT:
    case CELL_JSON:
        return cell == 0;
    case CELL_INTEGER:
    case CELL_EXIT_CODE:
    case CELL_SECONDS:
        return false;
    case CELL_NUMBER:
        return cell == CELL_NO_NUMBER;
    }
    check_failed("CHECK", "a known cell type", __FILE__, __LINE__);
}

/* The fewest digits that read back as the same number. */
static void print_number(double value, char *buffer, size_t size)
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(buffer, size, "%.*g", digits, value);
        if (strtod(buffer, NULL) == value) return;
    }
}

/* Whole seconds, then up to six digits without trailing zeros. */
static void print_seconds(sim_time at_us, char *buffer, size_t size)
{
    uint64_t us = at_us < 0 ? -(uint64_t)at_us : (uint64_t)at_us;
    uint64_t fraction = us % SIM_SECOND;
    int digits = 6;
    while (fraction > 0 && fraction % 10 == 0) {
        fraction /= 10;
        digits--;
    }
    const char *sign = at_us < 0 ? "-" : "";
    if (fraction == 0)
        snprintf(buffer, size, "%s%" PRIu64, sign, us / SIM_SECOND);
    else
        snprintf(buffer, size, "%s%" PRIu64 ".%0*" PRIu64, sign, us / SIM_SECOND, digits, fraction);
}

const char *cell_print(const names *t, cell_type type, uint64_t cell, char *buffer, size_t size)
{
    if (cell_is_absent(type, cell)) return "";
    const uint32_t number = (uint32_t)cell;
    switch (type) {
    case CELL_NONE:
        break;
    case CELL_NAME:
        return names_text(t, (name_id)cell);
    case CELL_TEXT:
    case CELL_JSON:
        return cell_as_text(cell);
    case CELL_TASK:
        snprintf(buffer, size, "%s/%06" PRIu32, names_text(t, (name_id)(cell >> 32)), number);
        return buffer;
    case CELL_DEPLOYMENT:
        snprintf(buffer, size, "%s#%" PRIu32, names_text(t, (name_id)(cell >> 32)), number);
        return buffer;
    case CELL_TASK_DEFINITION:
        snprintf(buffer, size, "%s:%" PRIu32, names_text(t, (name_id)(cell >> 32)), number);
        return buffer;
    case CELL_INSTANCE:
        snprintf(buffer, size, "i-%06" PRIu64, cell);
        return buffer;
    case CELL_EXIT_CODE:
        if ((int64_t)cell == EXIT_CODE_NONE) return "null";
        snprintf(buffer, size, "%" PRId64, (int64_t)cell);
        return buffer;
    case CELL_INTEGER:
        snprintf(buffer, size, "%" PRId64, (int64_t)cell);
        return buffer;
    case CELL_NUMBER:
        print_number(cell_as_number(cell), buffer, size);
        return buffer;
    case CELL_SECONDS:
        print_seconds((sim_time)cell, buffer, size);
        return buffer;
    }
    check_failed("CHECK", "a known cell type", __FILE__, __LINE__);
}
