/* scratch.h - a folder of files for one test program, and what a reading of them reports.
 *
 * The folder is made below the current one and is the current one from then on, so that shown names
 * are short; scratch_end removes what was put there.
 */
#ifndef BERTH_TESTS_SCENARIOS_SCRATCH_H
#define BERTH_TESTS_SCENARIOS_SCRATCH_H

#include "scenarios/read/diagnostic.h"
#include "tests/tap.h"
#include <sys/stat.h>

#define SCRATCH_MAX 256

static char scratch_folder[] = "scratch-XXXXXX";
static char *scratch_names[SCRATCH_MAX];
static int scratch_count;

static inline void scratch_begin(void)
{
    if (!mkdtemp(scratch_folder) || chdir(scratch_folder) != 0) {
        printf("Bail out! no folder to write to\n");
        exit(1);
    }
}

static inline const char *scratch_note(const char *name)
{
    for (int i = 0; i < scratch_count; i++)
        if (strcmp(scratch_names[i], name) == 0) return name;
    if (scratch_count < SCRATCH_MAX) scratch_names[scratch_count++] = strdup(name);
    return name;
}

static inline const char *scratch_put_bytes(const char *name, const char *bytes, size_t count)
{
    FILE *f = fopen(name, "wb");
    if (!f || fwrite(bytes, 1, count, f) != count || fclose(f) != 0)
        (void)TAP_FAIL("can't write %s", name);
    return scratch_note(name);
}

static inline const char *scratch_put(const char *name, const char *text)
{
    return scratch_put_bytes(name, text, strlen(text));
}

static inline void scratch_put_folder(const char *name)
{
    OK(mkdir(name, 0777) == 0);
    scratch_note(name);
}

static inline void scratch_end(void)
{
    while (scratch_count > 0) {
        remove(scratch_names[--scratch_count]);
        free(scratch_names[scratch_count]);
    }
    if (chdir("..") == 0) rmdir(scratch_folder);
}

/* What would be printed, to be freed; the diagnostics are finished. */
static inline char *scratch_report(diagnostics *d)
{
    char *text = NULL;
    size_t length = 0;
    FILE *f = open_memstream(&text, &length);
    diagnostics_print(d, f);
    fclose(f);
    diagnostics_finish(d);
    return text;
}

#endif
