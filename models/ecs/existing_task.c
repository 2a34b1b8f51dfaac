#include "models/ecs/existing_task.h"
#include "models/ecs/run_task.h"
#include "models/ecs/service_parts.h"
#include "sim/engine/check.h"

static deployment *deployment_at(service *s, uint32_t revision)
{
    deployment *d = s->newest;
    while (d && d->number != revision + 1)
        d = d->older;
    CHECK(d);
    return d;
}

void existing_tasks_create(ecs *e)
{
    for (uint32_t i = 0; i < e->cfg->existing_task_count; i++) {
        const existing_task_config *is = &e->cfg->existing_tasks[i];
        const uint32_t of = provider_is_fargate(is->provider) ? PROVIDER_NONE : is->provider;
        if (is->service == NO_INDEX) {
            task_adopt(e, NULL, NULL, is, run_task_plan_of(e, is->task_definition, &is->call, of));
            continue;
        }
        service *s = &e->services[is->service];
        deployment *d = deployment_at(s, is->deployment);
        if (s->daemon) daemon_touch(s->daemon, is->instance - 1); /* E101 */
        task_adopt(e, s, d, is, service_plan_for(s, d, of));
    }
}
