#include "plots/gnuplot.h"
#include "sim/engine/arena.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct gnuplot {
    pid_t process;
    FILE *script;   /* to its standard input */
    int picture;    /* from its standard output */
    FILE *messages; /* a temporary file: its standard error */
};

extern char **environ;

/* A pipe whose ends no other child inherits. */
static bool make_pipe(int ends[2])
{
    if (pipe(ends) != 0) return false;
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    return true;
}

static int spawn_gnuplot(gnuplot *g, int script_end, int picture_end)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t signals;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, script_end, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, picture_end, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, fileno(g->messages), STDERR_FILENO);
    /* The caller may ignore SIGPIPE; gnuplot should not. */
    posix_spawnattr_init(&attributes);
    sigemptyset(&signals);
    sigaddset(&signals, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &signals);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);

    char name[] = "gnuplot", from_input[] = "-";
    char *arguments[] = {name, from_input, NULL};
    int problem = posix_spawnp(&g->process, name, &actions, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return problem;
}

gnuplot *gnuplot_start(sim_error *err)
{
    gnuplot *g = memory_alloc(1, sizeof *g);
    int script[2] = {-1, -1}, picture[2] = {-1, -1};
    int problem = 0;
    g->messages = tmpfile();
    if (!g->messages || !make_pipe(script) || !make_pipe(picture))
        problem = errno;
    else
        problem = spawn_gnuplot(g, script[0], picture[1]);
    if (script[0] >= 0) close(script[0]);
    if (picture[1] >= 0) close(picture[1]);
    if (problem == 0) {
        g->script = fdopen(script[1], "w");
        g->picture = picture[0];
        return g;
    }

    if (script[1] >= 0) close(script[1]);
    if (picture[0] >= 0) close(picture[0]);
    if (g->messages) fclose(g->messages);
    free(g);
    if (problem == ENOENT)
        error_set(err, "gnuplot is not installed (Debian: apt-get install gnuplot-nox)");
    else
        error_set(err, "gnuplot cannot be started: %s", strerror(problem));
    return NULL;
}

FILE *gnuplot_script(gnuplot *g)
{
    return g->script;
}

void gnuplot_set_string(gnuplot *g, const char *name, const char *text)
{
    fprintf(g->script, "%s = '", name);
    for (; *text; text++) {
        if (*text == '\'') fputc('\'', g->script);
        fputc((unsigned char)*text < ' ' || *text == 127 ? ' ' : *text, g->script);
    }
    fputs("'\n", g->script);
}

void gnuplot_write_word(gnuplot *g, const char *text)
{
    fputc('"', g->script);
    for (; *text; text++)
        fputc((unsigned char)*text < ' ' || *text == 127 || *text == '"' || *text == '\\' ? ' '
                                                                                          : *text,
              g->script);
    fputc('"', g->script);
}

/* The last line of what gnuplot said: the message itself, after the line that it quotes. */
static void last_message(FILE *messages, char *text, size_t size)
{
    char line[256];
    snprintf(text, size, "no message");
    rewind(messages);
    while (fgets(line, sizeof line, messages)) {
        char *start = line + strspn(line, " \t^");
        start[strcspn(start, "\r\n")] = '\0';
        if (*start) snprintf(text, size, "%s", start);
    }
}

static bool read_all(int from, char **picture, size_t *size)
{
    size_t room = 0;
    *picture = NULL;
    *size = 0;
    for (;;) {
        if (room - *size < 65536) {
            room = room ? 2 * room : 1 << 18;
            *picture = memory_resize(*picture, room, 1);
        }
        ssize_t got = read(from, *picture + *size, room - *size);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return got == 0;
        *size += (size_t)got;
    }
}

bool gnuplot_finish(gnuplot *g, char **picture, size_t *size, sim_error *err)
{
    bool sent = !ferror(g->script);
    if (fclose(g->script) != 0) sent = false;
    bool received = read_all(g->picture, picture, size);
    close(g->picture);
    int status;
    while (waitpid(g->process, &status, 0) < 0 && errno == EINTR)
        continue;
    char message[256];
    last_message(g->messages, message, sizeof message);
    fclose(g->messages);
    free(g);
    if (sent && received && WIFEXITED(status) && WEXITSTATUS(status) == 0 && *size > 0) return true;
    free(*picture);
    *picture = NULL;
    return error_set(err, "gnuplot failed: %s", message);
}
