#include "models/deployment_stage.h"

/* clang-format off */
const char *const deployment_stage_names[STAGE_COUNT] = {
    [STAGE_NONE]                          = "",
    [STAGE_RECONCILE_SERVICE]             = "RECONCILE_SERVICE",
    [STAGE_PRE_SCALE_UP]                  = "PRE_SCALE_UP",
    [STAGE_SCALE_UP]                      = "SCALE_UP",
    [STAGE_POST_SCALE_UP]                 = "POST_SCALE_UP",
    [STAGE_TEST_TRAFFIC_SHIFT]            = "TEST_TRAFFIC_SHIFT",
    [STAGE_POST_TEST_TRAFFIC_SHIFT]       = "POST_TEST_TRAFFIC_SHIFT",
    [STAGE_PRE_PRODUCTION_TRAFFIC_SHIFT]  = "PRE_PRODUCTION_TRAFFIC_SHIFT",
    [STAGE_PRODUCTION_TRAFFIC_SHIFT]      = "PRODUCTION_TRAFFIC_SHIFT",
    [STAGE_POST_PRODUCTION_TRAFFIC_SHIFT] = "POST_PRODUCTION_TRAFFIC_SHIFT",
    [STAGE_BAKE_TIME]                     = "BAKE_TIME",
    [STAGE_CLEAN_UP]                      = "CLEAN_UP",
};
/* clang-format on */
