/* instance_type.h - the catalogue of EC2 instance types: sizes, interfaces, on-demand prices.
 *
 * Facts only, carried over from the project's instance-types.json by generate_instance_types.py;
 * a test compares the two. What an ECS agent registers differs from the nominal size: the
 * functions below give it (E1, A11, E8). Prices are one region, on demand, Linux, one date.
 */
#ifndef BERTH_MODELS_EC2_INSTANCE_TYPE_H
#define BERTH_MODELS_EC2_INSTANCE_TYPE_H

#include "models/model_config.h"
#include <math.h>
#include <stddef.h>

typedef struct {
    const char *name;
    int32_t vcpu;
    int32_t memory_mib; /* nominal hardware memory */
    int32_t max_enis;   /* of all network cards together */
    cpu_architecture architecture;
    int32_t gpu_count;
    int32_t awsvpc_tasks_plain, awsvpc_tasks_trunked; /* as the ECS guide prints; -1: not listed */
    double price_usd_per_hour;                        /* NAN: not sold on demand there */
} instance_type;

#define INSTANCE_TYPE_COUNT 1370

/* Ascending by name (byte order), so that readers can walk it for the nearest name. */
extern const instance_type instance_types[INSTANCE_TYPE_COUNT];

#define PRICE_DATE   "2026-07-20"
#define PRICE_REGION "us-east-1"
#define PRICE_TERMS  "on-demand, Linux, shared tenancy"

/* Fargate, USD an hour; a partial hour is billed by the second, a minute at least. */
#define FARGATE_X86_64_USD_PER_VCPU_HOUR          0.04048
#define FARGATE_X86_64_USD_PER_GB_HOUR            0.004445
#define FARGATE_ARM64_USD_PER_VCPU_HOUR           0.03238
#define FARGATE_ARM64_USD_PER_GB_HOUR             0.00356
#define FARGATE_WINDOWS_USD_PER_VCPU_HOUR         0.09148
#define FARGATE_WINDOWS_USD_PER_GB_HOUR           0.01005
#define FARGATE_WINDOWS_LICENCE_USD_PER_VCPU_HOUR 0.046
#define FARGATE_STORAGE_USD_PER_GB_HOUR           0.000111 /* above FARGATE_FREE_STORAGE_GB */
#define FARGATE_FREE_STORAGE_GB                   20
#define FARGATE_BILLED_SECONDS_MIN                60
#define ALB_USD_PER_HOUR                          0.0225
#define ALB_USD_PER_LCU_HOUR                      0.008

/* NULL when there is no such type. O(log n). */
const instance_type *instance_type_find(const char *name);

/* What an agent on it registers: vCPU * 1024 units (E1); floor(nominal * 982 / 1000) MiB (A11). */
int32_t instance_type_cpu_units(const instance_type *t);
int32_t instance_type_registered_memory_mib(const instance_type *t);
/* awsvpc tasks it can host (E8): what the ECS guide lists, else interfaces - 1 whether or not the
 * account has trunking, since an unlisted type is taken not to trunk. */
int32_t instance_type_awsvpc_tasks(const instance_type *t, bool trunking);

/* The rules themselves, for explicit sizes. E2: MiB registered of a host whose kernel sees
 * memory_bytes; negative: registration fails. */
int64_t registered_memory_mib(int64_t memory_bytes, int64_t reserved_mib);
/* E8: tasks from interface limits; trunk_enis 0: no trunking. */
int32_t awsvpc_tasks_from_enis(int32_t max_enis, int32_t trunk_enis);

/* Ports the agent keeps to itself (E4, E5): ascending; *count is set. The Prometheus endpoint adds
 * 51680 on Linux. udp: none by default. */
const uint16_t *agent_reserved_ports(bool windows, bool prometheus, uint32_t *count);

#endif
