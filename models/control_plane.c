#include "models/model_config.h"

control_plane_config control_plane_defaults(void)
{
    return (control_plane_config){
        .reconcile_us = 10 * SIM_SECOND,
        .running_settle_us = 40 * SIM_SECOND,
        .release_on = RELEASE_ON_STOPPING,
        .max_counts_stopping = true,
        .spread_scope = SPREAD_SCOPE_SERVICE,
        .run_task_strategy = RUN_TASK_RANDOM,
        .launch_rate_per_minute = 500,
        .placement_retry_fast_us = 60 * SIM_SECOND,
        .placement_retry_slow_us = 300 * SIM_SECOND,
        .retry_on_capacity_event = true,
        .throttle_after_failures = 3,
        .throttle_first_us = 60 * SIM_SECOND,
        .throttle_max_us = 1620 * SIM_SECOND,
        .breaker_counts_placement = true,
        .event_repeat_us = 21600 * SIM_SECOND,
        .service_stable_poll_us = 15 * SIM_SECOND,
        .container_stop_timeout_us = 30 * SIM_SECOND,
        .ephemeral_port_low = 32768,
        .ephemeral_port_high = 60999,
        .agent_loss_detect_us = 120 * SIM_SECOND,
        .spot_notice_us = 120 * SIM_SECOND,
        .initial_healthy_checks = 1,
        .deregistration_lag_us = 0,
        .registration_delay_us = 0,
        .nlb_registration_delay_us = 90 * SIM_SECOND,
        .nlb_drain_lag_us = 0,
        .dns_ttl_us = 60 * SIM_SECOND,
        .metric_delay_us = 60 * SIM_SECOND,
        .high_resolution_delay_us = 20 * SIM_SECOND,
        .tracking_high_periods = 3,
        .tracking_low_periods = 15,
        .tracking_low_factor = 0.9,
    };
}
