/* The event kinds against the contract's table, and how cells are printed. */
#include "tests/tap.h"

#include "models/event.h"

#define TASK_KEYS "task service deployment taskDefinition instance availabilityZone cause"

/* contract: events. The keys of each kind in their order. */
static const struct {
    event_kind kind;
    const char *name, *keys;
} contract[] = {
    {EVENT_INSTANCE_LAUNCHING, "instance.launching",
     "instance instanceType availabilityZone cause autoScalingGroup"},
    {EVENT_INSTANCE_REGISTERED, "instance.registered",
     "instance instanceType availabilityZone cause cpu memory autoScalingGroup"},
    {EVENT_INSTANCE_DRAINING, "instance.draining", "instance instanceType availabilityZone cause"},
    {EVENT_INSTANCE_ACTIVE, "instance.active", "instance instanceType availabilityZone cause"},
    {EVENT_INSTANCE_DISCONNECTED, "instance.disconnected",
     "instance instanceType availabilityZone cause"},
    {EVENT_INSTANCE_TERMINATED, "instance.terminated",
     "instance instanceType availabilityZone cause"},
    {EVENT_TASK_PROVISIONING, "task.provisioning", TASK_KEYS},
    {EVENT_TASK_PENDING, "task.pending", TASK_KEYS},
    {EVENT_TASK_ACTIVATING, "task.activating", TASK_KEYS},
    {EVENT_TASK_RUNNING, "task.running", TASK_KEYS},
    {EVENT_TASK_DEACTIVATING, "task.deactivating", TASK_KEYS},
    {EVENT_TASK_STOPPING, "task.stopping", TASK_KEYS},
    {EVENT_TASK_DEPROVISIONING, "task.deprovisioning", TASK_KEYS},
    {EVENT_TASK_STOPPED, "task.stopped", "task stopCode stoppedReason exitCode"},
    {EVENT_TASK_HEALTHY, "task.healthy", "task cause"},
    {EVENT_TASK_UNHEALTHY, "task.unhealthy", "task cause"},
    {EVENT_CONTAINER_STOPPED, "container.stopped", "task container exitCode cause"},
    {EVENT_CONTAINER_RESTARTED, "container.restarted", "task container exitCode cause"},
    {EVENT_PLACEMENT_FAILED, "placement.failed",
     "service family deployment taskDefinition count reasons closest closestReason"},
    {EVENT_TARGET_INITIAL, "target.initial", "targetGroup task reason"},
    {EVENT_TARGET_HEALTHY, "target.healthy", "targetGroup task reason"},
    {EVENT_TARGET_UNHEALTHY, "target.unhealthy", "targetGroup task reason"},
    {EVENT_TARGET_DRAINING, "target.draining", "targetGroup task reason"},
    {EVENT_TARGET_UNUSED, "target.unused", "targetGroup task reason"},
    {EVENT_TARGET_GROUP_FAIL_OPEN, "targetGroup.failOpen", "targetGroup"},
    {EVENT_TARGET_GROUP_FAIL_CLOSED, "targetGroup.failClosed", "targetGroup"},
    {EVENT_LOAD_BALANCER_ZONE, "loadBalancer.zone", "loadBalancer availabilityZone state"},
    {EVENT_SERVICE_CREATED, "service.created", "service desiredCount taskDefinition cause"},
    {EVENT_SERVICE_UPDATED, "service.updated", "service desiredCount taskDefinition cause"},
    {EVENT_SERVICE_DELETED, "service.deleted", "service desiredCount taskDefinition cause"},
    {EVENT_SERVICE_EVENT, "service.event", "service message"},
    {EVENT_DEPLOYMENT_STARTED, "deployment.started",
     "service deployment taskDefinition cause seconds"},
    {EVENT_DEPLOYMENT_COMPLETED, "deployment.completed",
     "service deployment taskDefinition cause seconds"},
    {EVENT_DEPLOYMENT_FAILED, "deployment.failed",
     "service deployment taskDefinition cause seconds"},
    {EVENT_DEPLOYMENT_ROLLING_BACK, "deployment.rollingBack",
     "service deployment taskDefinition cause seconds to"},
    {EVENT_DEPLOYMENT_STAGE, "deployment.stage", "service deployment stage trafficPercent"},
    {EVENT_ALARM_STATE, "alarm.state", "alarm from to value"},
    {EVENT_SCALING_DECISION, "scaling.decision",
     "service autoScalingGroup policy scheduledAction from to running value wanted outcome"},
    {EVENT_CAPACITY_SAMPLE, "capacity.sample", "capacityProvider reservation instances needed"},
    {EVENT_TRAFFIC_CHANGED, "traffic.changed", "targetGroup requestsPerSecond"},
    {EVENT_TIMELINE, "timeline", "action arguments"},
    {EVENT_SERVICE_TRAFFIC_CHANGED, "traffic.changed", "service requestsPerSecond"},
};

/* A key means the same in every kind: one type a key (contract: keys never change meaning); but `from` and `to` of a
 * scaling decision are counts, those of an alarm states, and `to` of a rollback a deployment. */
static bool is_from_or_to(const char *key)
{
    return strcmp(key, "from") == 0 || strcmp(key, "to") == 0;
}

static cell_type type_of_key(const char *key)
{
    for (int kind = 0; kind < EVENT_KIND_COUNT; kind++)
        for (int k = 0; k < EVENT_CELLS && event_kinds[kind].keys[k].type != CELL_NONE; k++)
            if (strcmp(event_kinds[kind].keys[k].key, key) == 0)
                return event_kinds[kind].keys[k].type;
    return CELL_NONE;
}

static void table(void)
{
    TEST("every_kind_has_the_contract's_name_and_keys_in_its_order")
    {
        IS_INT(sizeof contract / sizeof *contract, EVENT_KIND_COUNT);
        for (size_t i = 0; i < sizeof contract / sizeof *contract; i++) {
            char keys[256] = "";
            const event_kind_row *row = &event_kinds[contract[i].kind];
            for (int k = 0; k < EVENT_CELLS && row->keys[k].type != CELL_NONE; k++) {
                if (k > 0) strcat(keys, " ");
                strcat(keys, row->keys[k].key);
            }
            IS_INT(contract[i].kind, i);
            IS_STR(row->name, contract[i].name);
            IS_STR(keys, contract[i].keys);
        }
    }
    TEST("a_key_has_one_type_in_all_kinds")
    {
        for (int kind = 0; kind < EVENT_KIND_COUNT; kind++)
            for (int k = 0; k < EVENT_CELLS && event_kinds[kind].keys[k].type != CELL_NONE; k++)
                if (!is_from_or_to(event_kinds[kind].keys[k].key))
                    IS_INT(event_kinds[kind].keys[k].type,
                           type_of_key(event_kinds[kind].keys[k].key));
        IS_INT(type_of_key("closest"), type_of_key("instance"));
    }
}

static void printing(void)
{
    names *t = names_create();
    const name_id web = names_intern(t, "web"), family = names_intern(t, "family:web");
    char buffer[64];
#define PRINTS(type, cell, text) IS_STR(cell_print(t, type, cell, buffer, sizeof buffer), text)
    TEST("ids_print_as_users_read_them")
    {
        PRINTS(CELL_NAME, web, "web");
        PRINTS(CELL_TASK, cell_pair(web, 17), "web/000017");
        PRINTS(CELL_TASK, cell_pair(family, 3), "family:web/000003");
        PRINTS(CELL_TASK, cell_pair(web, 1234567), "web/1234567");
        PRINTS(CELL_DEPLOYMENT, cell_pair(web, 2), "web#2");
        PRINTS(CELL_TASK_DEFINITION, cell_pair(web, 3), "web:3");
        PRINTS(CELL_INSTANCE, 1, "i-000001");
        PRINTS(CELL_INSTANCE, 10000000, "i-10000000");
        PRINTS(CELL_TEXT, cell_text("a \"b\""), "a \"b\"");
        PRINTS(CELL_JSON, cell_text("{}"), "{}");
    }
    TEST("numbers_print_with_the_fewest_digits_that_read_back")
    {
        PRINTS(CELL_INTEGER, (uint64_t)-5, "-5");
        PRINTS(CELL_EXIT_CODE, 137, "137");
        PRINTS(CELL_EXIT_CODE, (uint64_t)EXIT_CODE_NONE, "null");
        PRINTS(CELL_NUMBER, cell_number(120), "120");
        PRINTS(CELL_NUMBER, cell_number(0.1), "0.1");
        PRINTS(CELL_NUMBER, cell_number(0.1 + 0.2), "0.30000000000000004");
        PRINTS(CELL_SECONDS, 0, "0");
        PRINTS(CELL_SECONDS, 300000000, "300");
        PRINTS(CELL_SECONDS, 300000001, "300.000001");
        PRINTS(CELL_SECONDS, 1500000, "1.5");
        PRINTS(CELL_SECONDS, 50000, "0.05");
        PRINTS(CELL_SECONDS, (uint64_t)-1500000, "-1.5");
    }
    TEST("absent_cells_are_left_out_and_numbers_never_are")
    {
        const cell_type absent[] = {CELL_NONE,     CELL_NAME, CELL_TASK, CELL_DEPLOYMENT,
                                    CELL_INSTANCE, CELL_TEXT, CELL_JSON, CELL_TASK_DEFINITION};
        const cell_type present[] = {CELL_INTEGER, CELL_EXIT_CODE, CELL_NUMBER, CELL_SECONDS};
        for (size_t i = 0; i < sizeof absent / sizeof *absent; i++) {
            OK(cell_is_absent(absent[i], 0));
            PRINTS(absent[i], 0, "");
        }
        for (size_t i = 0; i < sizeof present / sizeof *present; i++)
            OK(!cell_is_absent(present[i], 0));
        OK(!cell_is_absent(CELL_NAME, web));
    }
    TEST("a_number_survives_its_cell_bit_for_bit")
    {
        const double values[] = {0, -0.0, 1.0 / 3, 1e300};
        for (size_t i = 0; i < sizeof values / sizeof *values; i++)
            IS_DOUBLE(cell_as_number(cell_number(values[i])), values[i]);
    }
    names_destroy(t);
}

int main(void)
{
    tap_begin();
    table();
    printing();
    return tap_end();
}
