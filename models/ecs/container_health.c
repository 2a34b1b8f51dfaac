#include "models/ecs/container_health.h"
#include "sim/engine/check.h"

health_status container_health_worse(health_status a, health_status b)
{
    if (a == HEALTH_UNHEALTHY || b == HEALTH_UNHEALTHY) return HEALTH_UNHEALTHY;
    return a == HEALTH_UNKNOWN || b == HEALTH_UNKNOWN ? HEALTH_UNKNOWN : HEALTH_HEALTHY;
}

void container_health_start(container_health *h, sim_time now_us, probe_outcome outcome)
{
    *h = (container_health){
        .next_probe = 1, .outcome = outcome, .started_us = now_us, .late_us = now_us};
}

void container_health_adopt(container_health *h, sim_time now_us)
{
    container_health_start(h, now_us, PROBE_PASSES);
    h->status = HEALTH_HEALTHY;
    h->protected_over = true;
}

static sim_time probe_at(const container_health *h, const container_health_check *check,
                         int64_t probe)
{
    return h->started_us + probe * check->interval_us;
}

/* The first probe whose failure counts, were it to fail. */
static int64_t first_counted(const container_health *h, const container_health_check *check)
{
    if (h->protected_over) return h->next_probe;
    int64_t first =
        check->start_period_us / check->interval_us + 1; /* strictly after startPeriod */
    return first > h->next_probe ? first : h->next_probe;
}

/* Takes probes next_probe .. last into account. */
static void settle(container_health *h, const container_health_check *check, int64_t last)
{
    if (last < h->next_probe) return;
    if (h->outcome == PROBE_PASSES) {
        h->failures = 0;
        h->protected_over = true;
    } else {
        int64_t first = first_counted(h, check), needed = (int64_t)check->retries - h->failures;
        if (last >= first && needed > 0) {
            bool reached = last - first + 1 >= needed;
            if (reached && h->outcome == PROBE_HANGS) /* the one that decides */
                h->late_us = probe_at(h, check, first + needed - 1) + check->timeout_us;
            h->failures = reached ? check->retries : h->failures + (uint32_t)(last - first + 1);
        }
    }
    h->next_probe = last + 1;
}

/* The last probe sent before now, or at now. */
static int64_t last_sent(const container_health *h, const container_health_check *check,
                         sim_time now_us, bool include_now)
{
    sim_time since = now_us - h->started_us - (include_now ? 0 : 1);
    return since < 0 ? 0 : since / check->interval_us;
}

void container_health_change(container_health *h, const container_health_check *check,
                             sim_time now_us, bool include_now, probe_outcome outcome)
{
    settle(h, check, last_sent(h, check, now_us, include_now));
    h->outcome = outcome;
}

sim_time container_health_due(const container_health *h, const container_health_check *check,
                              health_status *to)
{
    if (h->failures >= check->retries && h->status != HEALTH_UNHEALTHY) {
        *to = HEALTH_UNHEALTHY; /* a hanging probe sent before the change decides */
        return h->late_us;
    }
    if (h->outcome == PROBE_PASSES) {
        *to = HEALTH_HEALTHY;
        return h->status == HEALTH_HEALTHY ? SIM_NEVER : probe_at(h, check, h->next_probe);
    }
    *to = HEALTH_UNHEALTHY;
    if (h->status == HEALTH_UNHEALTHY) return SIM_NEVER;
    int64_t probe = first_counted(h, check) + (int64_t)(check->retries - h->failures) - 1;
    return probe_at(h, check, probe) + (h->outcome == PROBE_HANGS ? check->timeout_us : 0);
}

void container_health_land(container_health *h, const container_health_check *check,
                           sim_time now_us)
{
    health_status to;
    sim_time due = container_health_due(h, check, &to);
    CHECK(due == now_us && to != h->status);
    bool hangs = h->outcome == PROBE_HANGS && h->failures < check->retries;
    settle(h, check, last_sent(h, check, now_us - (hangs ? check->timeout_us : 0), true));
    h->status = to;
}
