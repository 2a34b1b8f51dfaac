#include "sim/command/command.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const color_names[] = {"auto", "always", "never", NULL};

bool color_wanted(color_choice choice, int file_descriptor)
{
    if (choice != COLOR_AUTO) return choice == COLOR_ALWAYS;
    const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");
    return isatty(file_descriptor) && !(no_color && *no_color) && terminal &&
           strcmp(terminal, "dumb") != 0;
}

int command_failed(const char *verb_name, const sim_error *err, int status)
{
    fprintf(stderr, "berth %s: ", verb_name);
    if (*err->file) fprintf(stderr, "%s: ", err->file);
    fprintf(stderr, "%s\n", err->text);
    return status;
}

unsigned command_columns(int file_descriptor)
{
    struct winsize window;
    return ioctl(file_descriptor, TIOCGWINSZ, &window) == 0 ? window.ws_col : 0;
}

bool command_is_result(const char *path)
{
    static const char signature[] = "\x89HDF\r\n\x1a\n";
    char start[sizeof signature - 1];
    struct stat there;
    if (stat(path, &there) != 0 || !S_ISREG(there.st_mode)) return false; /* a pipe would wait */
    FILE *file = fopen(path, "rb");
    if (!file) return false;
    const size_t got = fread(start, 1, sizeof start, file);
    fclose(file);
    return got == sizeof start && memcmp(start, signature, sizeof start) == 0;
}

bool command_flush_output(const char *verb_name)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout)) return true;
    fprintf(stderr, "berth %s: standard output: %s\n", verb_name,
            errno ? strerror(errno) : "could not be written");
    return false;
}
