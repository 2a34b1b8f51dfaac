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

bool output_file_allowed(const char *path, bool force, sim_error *err)
{
    struct stat there;
    if (force || stat(path, &there) != 0 || !S_ISREG(there.st_mode)) return true;
    return error_set(err, "%s: exists already; --force replaces it", path);
}

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The folder that holds path. */
static bool stat_folder(const char *path, struct stat *folder)
{
    char *name = joined(path, "/.");
    const size_t length = (size_t)(base_of(path) - path);
    memcpy(name + length, ".", sizeof ".");
    const bool found = stat(name, folder) == 0;
    free(name);
    return found;
}

static bool same_inode(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

bool output_file_same(const char *path, const char *other)
{
    struct stat one, two;
    const bool standard_input = strcmp(other, "-") == 0;
    const bool there = stat(path, &one) == 0;
    if ((standard_input ? fstat(STDIN_FILENO, &two) : stat(other, &two)) == 0)
        return there && S_ISREG(one.st_mode) && same_inode(&one, &two);
    return !there && !standard_input && strcmp(base_of(path), base_of(other)) == 0 &&
           stat_folder(path, &one) && stat_folder(other, &two) && same_inode(&one, &two);
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
