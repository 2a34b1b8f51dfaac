/* placement_topics.h - adapters of the spec's examples of instances, task sizes, placement and
 * queries. */
#ifndef BERTH_TESTS_SPEC_PLACEMENT_TOPICS_H
#define BERTH_TESTS_SPEC_PLACEMENT_TOPICS_H

#include "tests/spec/spec.h"

#define PLACEMENT_TOPICS 16

extern const spec_topic placement_topics[PLACEMENT_TOPICS];

#endif
