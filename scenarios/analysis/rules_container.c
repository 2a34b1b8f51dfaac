/* Containers that are killed: at every stop, or for what memory they use. */
#include "scenarios/analysis/analysis_parts.h"
#include "scenarios/analysis/start_time.h"

/* ---- stop-timeout-used-up ---- */

static bool definition_used(const analysis *a, uint32_t definition)
{
    for (uint32_t i = 0; i < a->situation_count; i++)
        if (a->situations[i].settings.task_definition == definition) return true;
    return false;
}

void rule_stop_timeout_used_up(analysis *a)
{
    for (uint32_t i = 0; i < a->config->task_definition_count; i++) {
        const task_definition_config *d = &a->config->task_definitions[i];
        if (!definition_used(a, i)) continue;
        for (uint32_t k = 0; k < d->container_count; k++) {
            const container_definition *c = &d->containers[k];
            sim_time needs_us = start_time_median(&c->behavior.shutdown);
            if (needs_us <= c->stop_timeout_us) continue;
            analysis_find(a, SEVERITY_WARNING,
                          analysis_text(a, "%s/containerDefinitions/%u/stopTimeout", d->pointer, k),
                          "container \"%s\" needs %s to shut down%s and is killed after "
                          "stopTimeout %s: every "
                          "stop takes %s and ends in SIGKILL (E32)",
                          c->name, analysis_span(a, needs_us),
                          start_time_constant(&c->behavior.shutdown) ? "" : " in half of all stops",
                          analysis_span(a, c->stop_timeout_us),
                          analysis_span(a, c->stop_timeout_us));
        }
    }
}

/* ---- memory-limit ---- */

/* How long after a start this use meets the limit; SIM_NEVER: not within a run. */
static sim_time meets_us(double idle_mib, double leak_mib_per_hour, int32_t limit_mib)
{
    double hours = 0;
    if (idle_mib <= limit_mib) {
        if (!(leak_mib_per_hour > 0)) return SIM_NEVER;
        hours = (limit_mib - idle_mib) / leak_mib_per_hour;
    }
    return hours * 3600 < (double)SIM_RUN_MAX / 1e6 ? (sim_time)(hours * 3600e6) : SIM_NEVER;
}

static void say_memory(analysis *a, const char *pointer, const char *who, double idle_mib,
                       double leak_mib_per_hour, int32_t limit_mib)
{
    sim_time after_us = meets_us(idle_mib, leak_mib_per_hour, limit_mib);
    if (after_us >= a->config->duration_us) return;
    analysis_find(a, SEVERITY_WARNING, pointer,
                  "%s %g MiB idle and %g MiB more an hour, against a limit of %d MiB: %s (E25)",
                  who, idle_mib, leak_mib_per_hour, limit_mib,
                  after_us == 0 ? "the kernel kills it at every start"
                                : analysis_text(a, "the kernel kills it %s after every start",
                                                analysis_span(a, after_us)));
}

static void look_at_memory(analysis *a, const task_definition_config *d)
{
    double idle_mib = 0, leak_mib_per_hour = 0;
    for (uint32_t k = 0; k < d->container_count; k++) {
        const container_definition *c = &d->containers[k];
        const memory_behavior *m = &c->behavior.memory;
        if (!c->behavior.has_memory) continue;
        idle_mib += m->idle_mib;
        leak_mib_per_hour += m->leak_mib_per_hour;
        if (c->memory_mib > 0)
            say_memory(a, analysis_text(a, "%s/containerDefinitions/%u/memory", d->pointer, k),
                       analysis_text(a, "container \"%s\" uses", c->name), m->idle_mib,
                       m->leak_mib_per_hour, c->memory_mib);
    }
    if (d->memory_mib > 0)
        say_memory(a, analysis_text(a, "%s/memory", d->pointer), "the containers together use",
                   idle_mib, leak_mib_per_hour, d->memory_mib);
}

void rule_memory_limit(analysis *a)
{
    for (uint32_t i = 0; i < a->config->task_definition_count; i++)
        if (definition_used(a, i)) look_at_memory(a, &a->config->task_definitions[i]);
}
