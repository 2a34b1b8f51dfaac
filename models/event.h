/* event.h - what can happen, as records: the event log's kinds and their keys (contract: events).
 *
 * One row a kind: its name and its keys in the order they are printed. A record holds a 64-bit cell
 * a key; the key's type says how to read it. Names are ids of the model's table
 * (sim/engine/names.h).
 */
#ifndef BERTH_MODELS_EVENT_H
#define BERTH_MODELS_EVENT_H

#include "sim/engine/names.h"
#include "sim/engine/simtime.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef enum {
    CELL_NONE,            /* no such key: ends a row */
    CELL_NAME,            /* name_id; 0: the key is left out */
    CELL_TASK,            /* owner name_id << 32 | number; 0: left out. Printed OWNER/000017 */
    CELL_DEPLOYMENT,      /* service name_id << 32 | number; 0: left out. Printed SERVICE#2 */
    CELL_TASK_DEFINITION, /* family name_id << 32 | revision; 0: left out. Printed family:3 */
    CELL_INSTANCE,        /* number from 1; 0: left out. Printed i-000001 */
    CELL_INTEGER,         /* int64_t */
    CELL_EXIT_CODE,       /* int64_t; EXIT_CODE_NONE is printed null */
    CELL_NUMBER,          /* double, bit for bit; CELL_NO_NUMBER: left out */
    CELL_SECONDS,         /* sim_time, printed in seconds with up to 6 digits */
    CELL_TEXT,            /* const char *, valid during the observer's call only; NULL: left out */
    CELL_JSON, /* the same, text that is JSON already; for `timeline` an object whose keys are
                  merged */
} cell_type;

#define EXIT_CODE_NONE INT64_MIN
#define CELL_NO_NUMBER UINT64_C(0x7ff8000000000000)
#define EVENT_CELLS    10

typedef enum {
    EVENT_INSTANCE_LAUNCHING,
    EVENT_INSTANCE_REGISTERED,
    EVENT_INSTANCE_DRAINING,
    EVENT_INSTANCE_ACTIVE,
    EVENT_INSTANCE_DISCONNECTED,
    EVENT_INSTANCE_TERMINATED,
    EVENT_TASK_PROVISIONING,
    EVENT_TASK_PENDING,
    EVENT_TASK_ACTIVATING,
    EVENT_TASK_RUNNING,
    EVENT_TASK_DEACTIVATING,
    EVENT_TASK_STOPPING,
    EVENT_TASK_DEPROVISIONING,
    EVENT_TASK_STOPPED,
    EVENT_TASK_HEALTHY,
    EVENT_TASK_UNHEALTHY,
    EVENT_CONTAINER_STOPPED,
    EVENT_CONTAINER_RESTARTED,
    EVENT_PLACEMENT_FAILED,
    EVENT_TARGET_INITIAL,
    EVENT_TARGET_HEALTHY,
    EVENT_TARGET_UNHEALTHY,
    EVENT_TARGET_DRAINING,
    EVENT_TARGET_UNUSED,
    EVENT_TARGET_GROUP_FAIL_OPEN,
    EVENT_TARGET_GROUP_FAIL_CLOSED,
    EVENT_LOAD_BALANCER_ZONE,
    EVENT_SERVICE_CREATED,
    EVENT_SERVICE_UPDATED,
    EVENT_SERVICE_DELETED,
    EVENT_SERVICE_EVENT,
    EVENT_DEPLOYMENT_STARTED,
    EVENT_DEPLOYMENT_COMPLETED,
    EVENT_DEPLOYMENT_FAILED,
    EVENT_DEPLOYMENT_ROLLING_BACK,
    EVENT_DEPLOYMENT_STAGE,
    EVENT_ALARM_STATE,
    EVENT_SCALING_DECISION,
    EVENT_CAPACITY_SAMPLE,
    EVENT_TRAFFIC_CHANGED,
    EVENT_TIMELINE,
    EVENT_SERVICE_TRAFFIC_CHANGED, /* of a service without a load balancer */
    EVENT_KIND_COUNT
} event_kind;

typedef struct {
    const char *key;
    cell_type type;
} event_key;

typedef struct {
    const char *name;
    event_key keys[EVENT_CELLS];
} event_kind_row;

extern const event_kind_row event_kinds[EVENT_KIND_COUNT];

typedef struct {
    sim_time at_us;
    event_kind kind;
    uint64_t cell[EVENT_CELLS]; /* by the kind's row */
} model_event;

static inline uint64_t cell_pair(name_id name, uint64_t number)
{
    return (uint64_t)name << 32 | (number & UINT32_MAX);
}

static inline uint64_t cell_number(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline double cell_as_number(uint64_t cell)
{
    double value;
    memcpy(&value, &cell, sizeof value);
    return value;
}

static inline uint64_t cell_text(const char *text)
{
    return (uint64_t)(uintptr_t)text;
}

static inline const char *cell_as_text(uint64_t cell)
{
    return (const char *)(uintptr_t)cell;
}

/* The cell as users read it ("auth/000017", "i-000001", "auth#2"), without quotes; "" for an absent
 * one. Returns buffer, or the text itself for names and texts. */
const char *cell_print(const names *t, cell_type type, uint64_t cell, char *buffer, size_t size);
bool cell_is_absent(cell_type type, uint64_t cell);

#endif
