/* analysis_parts.h - what the rules share; internal to scenarios/analysis. */
#ifndef BERTH_SCENARIOS_ANALYSIS_ANALYSIS_PARTS_H
#define BERTH_SCENARIOS_ANALYSIS_ANALYSIS_PARTS_H

#include "scenarios/analysis/analysis.h"
#include "scenarios/analysis/situation.h"
#include "sim/engine/arena.h"

struct analysis {
    const model_config *config;
    bool bare;
    arena *memory;
    analysis_listener *listener;
    void *who;
    const analysis_rule *rule; /* the one that is asked now */
    situation *situations;     /* in order of time */
    uint32_t situation_count;
};

/* Adds " [code]"; severity is at most the rule's. */
void analysis_find(analysis *a, diagnostic_severity severity, const char *pointer,
                   const char *format, ...) __attribute__((format(printf, 4, 5)));
/* "1m30s", in the analysis' arena. */
const char *analysis_span(analysis *a, sim_time us);
const char *analysis_text(analysis *a, const char *format, ...)
    __attribute__((format(printf, 2, 3), returns_nonnull));
bool analysis_group_is_classic(const analysis *a, const target_group_config *g);
/* "FAMILY:REVISION". */
const char *analysis_definition(analysis *a, uint32_t definition);

/* rules_deploy.c */
void rule_deploy_cannot_move(analysis *a);
void rule_drain_cannot_end(analysis *a);
void rule_protected_tasks(analysis *a);
void rule_stable_exceeds_waiter(analysis *a);
void rule_breaker_slow(analysis *a);
void rule_breaker_counts_room(analysis *a);
void rule_spot_interruption(analysis *a);
/* rules_placement.c */
void rule_one_per_instance(analysis *a);
void rule_deploy_no_room(analysis *a);
void rule_service_does_not_fit(analysis *a);
void rule_eni_limit(analysis *a);
void rule_task_never_fits(analysis *a);
void rule_constraint_matches_nothing(analysis *a);
void rule_port_reserved(analysis *a);
/* rules_health.c */
void rule_startup_exceeds_check(analysis *a);
void rule_grace_too_short(analysis *a);
void rule_start_period_too_short(analysis *a);
void rule_check_timeout(analysis *a);
void rule_no_health_check(analysis *a);
void rule_zone_not_enabled(analysis *a);
/* Has a load balancer of the service a zone less than its tasks may get into? Such a task is UNUSED, and
 * so unhealthy, from its first instant (L6). */
bool health_has_closed_zone(const analysis *a, const service_config *c);
/* rules_container.c */
void rule_stop_timeout_used_up(analysis *a);
void rule_memory_limit(analysis *a);
/* rules_scaling.c */
void rule_desired_below_scaled(analysis *a);
void rule_use_not_told(analysis *a);
/* rules_load.c */
void rule_load_exceeds_tasks(analysis *a);
void rule_queue_exceeds_workers(analysis *a);
/* rules_traffic.c */
void rule_drain_too_short(analysis *a);
void rule_traffic_without_targets(analysis *a);
void rule_targets_without_traffic(analysis *a);

#endif
