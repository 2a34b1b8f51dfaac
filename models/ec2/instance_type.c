#include "models/ec2/instance_type.h"
#include <stdlib.h>
#include <string.h>

static int by_name(const void *name, const void *type)
{
    return strcmp(name, ((const instance_type *)type)->name);
}

const instance_type *instance_type_find(const char *name)
{
    return bsearch(name, instance_types, INSTANCE_TYPE_COUNT, sizeof instance_types[0], by_name);
}

int32_t instance_type_cpu_units(const instance_type *t)
{
    return t->vcpu * 1024; /* E1 */
}

int32_t instance_type_registered_memory_mib(const instance_type *t)
{
    return (int32_t)((int64_t)t->memory_mib * 982 / 1000); /* A11 */
}

int32_t instance_type_awsvpc_tasks(const instance_type *t, bool trunking)
{
    int32_t listed = trunking ? t->awsvpc_tasks_trunked : t->awsvpc_tasks_plain;
    return listed >= 0 ? listed : awsvpc_tasks_from_enis(t->max_enis, 0);
}

int64_t registered_memory_mib(int64_t memory_bytes, int64_t reserved_mib)
{
    return memory_bytes / 1048576 - reserved_mib; /* E2 */
}

int32_t awsvpc_tasks_from_enis(int32_t max_enis, int32_t trunk_enis)
{
    /* E8: the primary interface, and the trunk itself, host no task. */
    return trunk_enis > 0 ? trunk_enis - 2 : max_enis - 1;
}

const uint16_t *agent_reserved_ports(bool windows, bool prometheus, uint32_t *count)
{
    static const uint16_t linux_ports[] = {22, 2375, 2376, 51678, 51679, 51680};
    static const uint16_t windows_ports[] = {53,   135,  139,  445,   2375, 2376,
                                             3389, 5985, 5986, 51678, 51679};
    if (windows) {
        *count = sizeof windows_ports / sizeof windows_ports[0];
        return windows_ports; /* E5 */
    }
    *count = prometheus ? 6 : 5;
    return linux_ports; /* E4 */
}
