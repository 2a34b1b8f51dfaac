#include "models/ecs/keep.h"

/* Those that stop: of one deployment, and not a task that is told to stop already. */
static bool may_stop(const task *t, const deployment *d)
{
    return t->deployment == d && !t->stopping;
}

/* A revision that is given up, or has had its turn. */
static void stop_all(service *s, const deployment *d)
{
    for (task *t = s->first, *next; t; t = next) {
        next = t->service_next;
        if (!may_stop(t, d)) continue;
        if (service_spares(t))
            service_spare(s, d, 1);
        else
            service_stop_task(t, CAUSE_DEPLOYMENT);
    }
}

/* Tasks on DRAINING instances, as far as healthy ones remain (E172). */
static void stop_leaving(service *s, const deployment *d)
{
    const uint32_t lower =
        deployment_bounds_of(d->kept, s->config.minimum_healthy_percent, 100).lower;
    for (task *t = s->first, *next; t && d->leaving > 0; t = next) {
        next = t->service_next;
        if (!may_stop(t, d) || !t->draining || service_spares(t)) continue;
        const bool healthy = t->verdict == VERDICT_HEALTHY;
        if (d->healthy + d->leaving_healthy >= lower + (healthy ? 1 : 0))
            service_stop_task(t, CAUSE_DRAIN);
    }
}

static void stop_tasks(service *s, const deployment *d)
{
    if (d->kept == 0) {
        stop_all(s, d);
        return;
    }
    stop_leaving(s, d);
    service_stop_replaced(s, d, d->kept);
    service_scale_in(s, d, d->kept);
}

/* What a deployment is short of; a failed one launches no task (E148). */
static uint32_t missing(const deployment *d, uint32_t *replaces)
{
    *replaces = 0;
    if (d->rollout == ROLLOUT_FAILED) return 0;
    const uint32_t good = d->healthy + d->open,
                   absent = d->active < d->kept ? d->kept - d->active : 0;
    if (good + absent < d->kept) *replaces = d->kept - good - absent;
    return absent + *replaces;
}

void keep_deployments(service *s)
{
    uint32_t replaces;
    uint64_t copies = 0;
    s->unhealthy_holes = 0; /* no task has made room for another here */
    for (deployment *d = s->newest; d; d = d->older)
        stop_tasks(s, d);
    for (const deployment *d = s->newest; d; d = d->older)
        copies += missing(d, &replaces);
    service_want(s, copies);
    for (deployment *d = s->newest; d; d = d->older) {
        const uint32_t count = missing(d, &replaces);
        if (count > 0)
            service_start_copies(s, d, count, replaces);
        else
            d->refused = false; /* who wants no task has no streak (E112) */
    }
}
