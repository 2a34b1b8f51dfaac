/* The spec's worked examples of instances, task sizes, placement and the query language. */
#include "tests/spec/placement_topics.h"

int main(int argc, char **argv)
{
    tap_begin();
    if (argc != 2) return 1;
    json_t *examples = spec_load(argv[1]);
    spec_run(examples, placement_topics, PLACEMENT_TOPICS);
    json_decref(examples);
    return tap_end();
}
