/* Goal: the three rollouts that the ECS guide walks through (E145) stay, event by event, what they are.
 * Method: six tasks, room for eight or ten, one instance; the whole log stands beside this file and is compared line by
 * line. `test_rollouts FOLDER --update` writes it anew; a changed log is explained in its commit. */
#include "tests/models/system.h"

typedef struct {
    const char *name;
    uint32_t min_percent, max_percent;
    int32_t room;
} walk_through;

static char *rollout(const walk_through *w)
{
    system_of_test *sys = system_begin();
    system_instances(sys, 1, w->room * 128, w->room * 128, "a", NULL);
    uint32_t one = system_task(sys, "web", 128, 128), two = system_task(sys, "web", 128, 128);
    service_config *s = system_service(sys, "web", one, 6, w->min_percent, w->max_percent);
    system_target_group(sys, "web", s, one)->deregistration_delay_us = 20 * SIM_SECOND;
    system_container(sys, one)->behavior.startup = distribution_constant(4);
    system_container(sys, one)->behavior.shutdown = distribution_constant(1);
    *system_container(sys, two) = *system_container(sys, one);
    system_deploy(sys, 60, 0, two);
    char *log = system_run(sys, 400);
    system_end(sys);
    return log;
}

static char *read_file(const char *path)
{
    FILE *f = fopen(path, "r");
    if (!f) return NULL;
    static char text[1 << 20];
    size_t n = fread(text, 1, sizeof text - 1, f);
    text[n] = '\0';
    fclose(f);
    return text;
}

/* The first line in which the two differ, from 1; 0: none. */
static int first_difference(const char *a, const char *b)
{
    int line = 1;
    for (; *a && *a == *b; a++, b++)
        line += *a == '\n';
    return *a == *b ? 0 : line;
}

int main(int argc, char **argv)
{
    static const walk_through all[] = {
        {"e145-a-100-200-room-8", 100, 200, 8},
        {"e145-b-50-200-room-8", 50, 200, 8},
        {"e145-c-50-200-room-10", 50, 200, 10},
    };
    const char *folder = argc > 1 ? argv[1] : "tests/golden";
    bool update = argc > 2 && strcmp(argv[2], "--update") == 0;
    tap_begin();
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        TEST(all[i].name)
        {
            char path[1024];
            snprintf(path, sizeof path, "%s/%s.log", folder, all[i].name);
            char *log = rollout(&all[i]);
            if (update) {
                FILE *f = fopen(path, "w");
                OK(f && fputs(log, f) >= 0 && fclose(f) == 0);
            }
            const char *want = read_file(path);
            if (OK(want)) IS_INT(first_difference(log, want), 0);
            free(log);
        }
    return tap_end();
}
