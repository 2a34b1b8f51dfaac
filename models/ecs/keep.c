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

/* E102, E104: the one that has been unhealthy longest goes when what replaces it is there. */
static void stop_replaced(service *s, const deployment *d)
{
    while (d->bad > 0 && d->active > d->kept + d->open) {
        task *found = NULL;
        for (task *t = s->first; t; t = t->service_next)
            if (may_stop(t, d) && !t->draining && t->verdict == VERDICT_UNHEALTHY && !t->in_grace &&
                (!found || t->unhealthy_since_us < found->unhealthy_since_us))
                found = t;
        service_stop_task(found, CAUSE_UNHEALTHY);
    }
}

/* E107: not yet RUNNING, then unhealthy in grace, then E91. */
static void scale_in(service *s, const deployment *d)
{
    for (int class = 0; class < 3; class ++) {
        const uint32_t good = d->healthy + d->open;
        if (good <= d->kept) return;
        uint32_t gathered = 0;
        for (task *t = s->first; t; t = t->service_next) {
            const bool unhealthy = t->verdict == VERDICT_UNHEALTHY;
            const int task_class = t->state < TASK_RUNNING ? 0 : unhealthy ? 1 : 2;
            if (may_stop(t, d) && !service_spares(t) && !t->draining &&
                !(unhealthy && !t->in_grace) && task_class == class)
                service_gather_candidate(s->ecs, gathered++, t);
        }
        const uint32_t surplus = good - d->kept;
        service_stop_candidates(s, gathered, surplus < gathered ? surplus : gathered,
                                CAUSE_SCALE_IN);
    }
    if (d->healthy + d->open > d->kept) service_spare(s, d, d->healthy + d->open - d->kept);
}

static void stop_tasks(service *s, const deployment *d)
{
    if (d->kept == 0) {
        stop_all(s, d);
        return;
    }
    stop_leaving(s, d);
    stop_replaced(s, d);
    scale_in(s, d);
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
