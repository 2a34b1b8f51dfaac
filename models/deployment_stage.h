/* deployment_stage.h - the lifecycle stages of deployments that shift traffic, as AWS names them (E162). */
#ifndef BERTH_MODELS_DEPLOYMENT_STAGE_H
#define BERTH_MODELS_DEPLOYMENT_STAGE_H

#include "models/model_config.h"

extern const char
    *const deployment_stage_names[STAGE_COUNT]; /* "PRE_SCALE_UP", …; STAGE_NONE: "" */

#endif
