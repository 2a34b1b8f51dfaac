#include "sim/command/interrupt.h"
#include "sim/command/options.h"
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

static volatile int stop_asked;
static const char *volatile message_at_once; /* NULL: deferred */
static const char *volatile file_to_remove[INTERRUPT_FILES];

static void on_signal(int number)
{
    (void)number;
    const char *message = message_at_once;
    if (message || stop_asked) {
        if (message && write(STDERR_FILENO, message, strlen(message)) < 0)
            _exit(EXIT_INTERRUPTED); /* nobody to tell */
        for (int i = 0; i < INTERRUPT_FILES; i++)
            if (file_to_remove[i]) unlink(file_to_remove[i]);
        _exit(EXIT_INTERRUPTED);
    }
    stop_asked = 1;
}

void interrupt_catch(const char *message)
{
    message_at_once = message;
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

const volatile int *interrupt_defer(void)
{
    message_at_once = NULL;
    return &stop_asked;
}

void interrupt_remove(int file, const char *path)
{
    file_to_remove[file] = path;
}
