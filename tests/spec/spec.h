/* spec.h - the spec's worked examples as tests: the cases are data, a topic's adapter is code.
 *
 * A program lists its topics and calls spec_run: every example of those topics runs, none is skipped silently, and
 * the counts per topic are printed.
 */
#ifndef BERTH_TESTS_SPEC_SPEC_H
#define BERTH_TESTS_SPEC_SPEC_H

#include "tests/tap.h"
#include <jansson.h>

typedef struct {
    const char *topic;
    /* True if the simulator does what the example expects; differences are printed through tap.h. */
    bool (*run)(const json_t *inputs, const json_t *expected);
} spec_topic;

/* The examples of a file: a list, or an object that holds it as "examples". */
static inline json_t *spec_load(const char *path)
{
    json_error_t err;
    json_t *root = json_load_file(path, 0, &err);
    if (!root) {
        printf("Bail out! %s:%d: %s\n", path, err.line, err.text);
        exit(1);
    }
    if (json_is_array(root)) return root;
    json_t *examples = json_incref(json_object_get(root, "examples"));
    json_decref(root);
    return examples;
}

/* One test an example; every topic listed must have at least one. */
static inline void spec_run(const json_t *examples, const spec_topic *topics, size_t count)
{
    for (size_t t = 0; t < count; t++) {
        size_t index, ran = 0;
        json_t *example;
        json_array_foreach(examples, index, example)
        {
            if (strcmp(json_string_value(json_object_get(example, "topic")), topics[t].topic) != 0)
                continue;
            char name[200];
            snprintf(name, sizeof name, "%s: %s", topics[t].topic,
                     json_string_value(json_object_get(example, "id")));
            TEST(name)
            {
                OK(topics[t].run(json_object_get(example, "inputs"),
                                 json_object_get(example, "expected")));
            }
            ran++;
        }
        printf("# topic %s: %zu examples\n", topics[t].topic, ran);
        if (ran == 0) {
            TEST(topics[t].topic)
            {
                (void)TAP_FAIL("no example of this topic");
            }
        }
    }
}

#endif
