#include "sim/command/data_folder.h"
#include "sim/engine/arena.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_MAX_BYTES 4096

/* The folder of the running program, without a slash at its end; "" when unknown. */
static void program_folder(char folder[static PATH_MAX_BYTES])
{
    ssize_t length = readlink("/proc/self/exe", folder, PATH_MAX_BYTES - 1);
    folder[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(folder, '/');
    if (slash) *slash = '\0';
}

char *data_folder_find(const char *file)
{
    char beside[PATH_MAX_BYTES];
    program_folder(beside);
    const struct {
        const char *base, *below;
    } candidates[] = {{beside, ""}, {beside, "/../share/berth"}, {BERTH_DATADIR, ""}};

    for (size_t i = 0; i < sizeof candidates / sizeof *candidates; i++) {
        size_t size = strlen(candidates[i].base) + strlen(candidates[i].below) + strlen(file) + 2;
        char *path = memory_alloc(size, 1);
        snprintf(path, size, "%s%s/%s", candidates[i].base, candidates[i].below, file);
        if (access(path, R_OK) == 0) {
            path[size - strlen(file) - 2] = '\0';
            return path;
        }
        free(path);
    }
    return NULL;
}
