/* Goal    real ECS JSON as people have it passes `berth check`, and broken JSON does not.
 * Method  every file of ecs-json of the shared data (BERTH_SHARED, or ../shared beside the sources)
 *         is checked; for each folder the kinds found are counted. Skipped where that is absent. */
#include "scenarios/read/check_file.h"
#include "tests/tap.h"
#include <dirent.h>
#include <sys/stat.h>

static char shared[3000];

static bool find_shared(void)
{
    const char *own = getenv("BERTH_SHARED"), *root = getenv("SOURCE_ROOT");
    struct stat info;
    snprintf(shared, sizeof shared, "%s/data/ecs-json", own ? own : "");
    if (own && stat(shared, &info) == 0) return true;
    snprintf(shared, sizeof shared, "%s/../shared/data/ecs-json", root ? root : ".");
    return stat(shared, &info) == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

typedef struct {
    int files, refused, unknown, unlocated;
} tally;

static void check_one(const char *path, tally *t, bool want_fine)
{
    diagnostics diag;
    check_file_report report;
    scenario_options options = {0};
    diagnostics_init(&diag);
    bool fine = check_file(path, &options, &diag, &report);
    t->files++;
    t->refused += !fine;
    t->unknown += report.kind && strstr(report.kind, "no known kind") != NULL;
    if (fine != want_fine) {
        printf("# %s\n", path);
        diagnostics_print(&diag, stdout);
    }
    for (int i = 0; i < diag.item_count; i++)
        t->unlocated += diag.items[i].line < 1 || diag.items[i].column < 1;
    check_file_report_finish(&report);
    diagnostics_finish(&diag);
}

static tally check_folder(const char *name, bool want_fine)
{
    char folder[3200], path[3600];
    struct dirent **entries = NULL;
    tally t = {0};
    snprintf(folder, sizeof folder, "%s/%s", shared, name);
    int count = scandir(folder, &entries, NULL, by_name);
    for (int i = 0; i < count; i++) {
        const char *end = strrchr(entries[i]->d_name, '.');
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        if (end && strcmp(end, ".json") == 0) check_one(path, &t, want_fine);
        free(entries[i]);
    }
    free(entries);
    return t;
}

int main(void)
{
    static const char *const folders[] = {"task-definitions", "services", "describe", "scaling"};
    tap_begin();
    if (!find_shared()) {
        tap_skip("real files pass the check", "no ../shared/data/ecs-json");
        return tap_end();
    }
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        char name[80];
        snprintf(name, sizeof name,
                 "every file of %s passes, its kind is known, warnings are located", folders[i]);
        tally t = check_folder(folders[i], true);
        TEST(name)
        {
            OK(t.files >= 15);
            IS_INT(t.refused, 0);
            IS_INT(t.unknown, 0);
            IS_INT(t.unlocated, 0);
        }
    }
    tally broken = check_folder("invalid", false);
    TEST("every file of invalid is refused at a place")
    {
        OK(broken.files >= 10);
        IS_INT(broken.refused, broken.files);
        IS_INT(broken.unlocated, 0);
    }
    return tap_end();
}
