#include "sim/command/output_file.h"
#include "sim/engine/arena.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *joined(const char *a, const char *b)
{
    size_t size = strlen(a) + strlen(b) + 1;
    char *text = memory_alloc(size, 1);
    snprintf(text, size, "%s%s", a, b);
    return text;
}

bool output_file_open(output_file *f, const char *path, sim_error *err)
{
    struct stat there;
    bool straight = stat(path, &there) == 0 && !S_ISREG(there.st_mode);
    *f = (output_file){.path = joined(path, "")};
    if (!straight) f->temporary = joined(path, ".tmp");
    f->stream = fopen(straight ? f->path : f->temporary, "w");
    if (f->stream) return true;
    error_set(err, "%s: %s", path, strerror(errno));
    free(f->path);
    free(f->temporary);
    *f = (output_file){0};
    return false;
}

static void forget(output_file *f)
{
    free(f->path);
    free(f->temporary);
    *f = (output_file){0};
}

bool output_file_commit(output_file *f, sim_error *err)
{
    errno = 0;
    bool written = fflush(f->stream) == 0 && !ferror(f->stream);
    if (written && f->temporary) written = fsync(fileno(f->stream)) == 0;
    if (fclose(f->stream) != 0) written = false;
    if (written && f->temporary) written = rename(f->temporary, f->path) == 0;
    if (!written) {
        error_set(err, "%s: %s", f->path, errno ? strerror(errno) : "could not be written");
        if (f->temporary) unlink(f->temporary);
    }
    forget(f);
    return written;
}

void output_file_discard(output_file *f)
{
    if (!f->stream) return;
    fclose(f->stream);
    if (f->temporary) unlink(f->temporary);
    forget(f);
}
