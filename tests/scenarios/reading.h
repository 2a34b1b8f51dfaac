/* reading.h - for tests of the reader: a scenario from text, and what the reading reported. */
#ifndef BERTH_TESTS_SCENARIOS_READING_H
#define BERTH_TESTS_SCENARIOS_READING_H

#include "scenarios/read/scenario.h"
#include "tests/tap.h"

/* A scenario in which everything is fine; parts are replaced by --set. Single quotes stand for
 * double ones, see reading_text. */
#define READING_BASE                                                                               \
    "{'berth': 1, 'name': 'base', 'duration': '10m',\n"                                            \
    " 'cluster': {'containerInstances': [{'instanceType': 't2.small', 'count': 2,"                 \
    " 'availabilityZones': ['a', 'b']}]},\n"                                                       \
    " 'taskDefinitions': [{'family': 'web', 'containerDefinitions': [{'name': 'web', 'image': "    \
    "'web:1',"                                                                                     \
    " 'cpu': 256, 'memory': 128, 'portMappings': [{'containerPort': 80}]}]}],\n"                   \
    " 'targetGroups': [{'Name': 'web', 'HealthCheckIntervalSeconds': 10}],\n"                      \
    " 'services': [{'serviceName': 'web', 'taskDefinition': 'web', 'desiredCount': 2,"             \
    " 'loadBalancers': [{'targetGroupArn': 'web', 'containerName': 'web', 'containerPort': "       \
    "80}]}],\n"                                                                                    \
    " 'traffic': [{'targetGroup': 'web', 'requestsPerSecond': 10}],\n"                             \
    " 'timeline': []}\n"

typedef struct {
    scenario *scene;
    char messages[8192]; /* as printed */
} reading;

static inline char *reading_text(const char *quoted)
{
    char *text = strdup(quoted);
    for (char *c = text; *c; c++)
        if (*c == '\'') *c = '"';
    return text;
}

/* `text` as a scenario with up to eight --set arguments (NULL ends them), quotes as above. */
static inline reading reading_of(const char *text, const char *const *sets)
{
    reading r = {0};
    diagnostics diag;
    char *json = reading_text(text), *set[8];
    scenario_options options = {0};
    while (sets && sets[options.set_count] && options.set_count < 8) {
        set[options.set_count] = reading_text(sets[options.set_count]);
        options.set_count++;
    }
    options.sets = (const char *const *)set;
    diagnostics_init(&diag);
    r.scene = scenario_load_text("t.json", json, strlen(json), &options, &diag);
    FILE *out = fmemopen(r.messages, sizeof r.messages, "w");
    diagnostics_print(&diag, out);
    fclose(out);
    for (size_t i = 0; i < options.set_count; i++)
        free(set[i]);
    diagnostics_finish(&diag);
    free(json);
    return r;
}

#define READ_BASE(...) reading_of(READING_BASE, (const char *const[]){__VA_ARGS__, NULL})

/* The base with these settings is refused with exactly this message (its file and position are
 * those of the --set, so they are left out), or read with exactly this warning. */
static inline bool reading_says(const char *set, const char *want, bool refused, const char *file,
                                int line)
{
    reading r = READ_BASE(set);
    const char *got = strchr(r.messages, '/');
    bool fine = (r.scene == NULL) == refused && got && strncmp(got, want, strlen(want)) == 0 &&
                strcmp(got + strlen(want), "\n") == 0;
    if (!fine) {
        tap_test_failures++;
        printf("# %s:%d: %s\n#   got  %s#   want %s\n", file, line, set, r.messages, want);
    }
    scenario_destroy(r.scene);
    return fine;
}

#define REFUSED(set, want) reading_says(set, want, true, __FILE__, __LINE__)
#define WARNED(set, want)  reading_says(set, want, false, __FILE__, __LINE__)

#endif
