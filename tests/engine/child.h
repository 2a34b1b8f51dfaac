/* child.h - runs a function in a child process and tells how it ended and what it said. */
#ifndef BERTH_TESTS_ENGINE_CHILD_H
#define BERTH_TESTS_ENGINE_CHILD_H

#include "tests/tap.h"
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* The address sanitizer ends a program itself when it asks for too much. */
#if defined(__SANITIZE_ADDRESS__)
#define CHILD_CAN_EXHAUST_MEMORY 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CHILD_CAN_EXHAUST_MEMORY 0
#endif
#endif
#ifndef CHILD_CAN_EXHAUST_MEMORY
#define CHILD_CAN_EXHAUST_MEMORY 1
#endif

typedef struct {
    bool aborted;
    int exit_status; /* -1 when ended by a signal */
    char message[1024];
} child_result;

static inline child_result child_run(void (*function)(void))
{
    child_result result = {.exit_status = -1};
    int ends[2];
    if (pipe(ends) != 0) abort();
    pid_t child = fork();
    if (child < 0) abort();
    if (child == 0) {
        struct rlimit no_core = {0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        dup2(ends[1], STDERR_FILENO);
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        tap_ended = true; /* the child's exit is not the test's */
        function();
        _exit(0);
    }
    close(ends[1]);
    size_t length = 0;
    for (ssize_t got; length < sizeof result.message - 1; length += (size_t)got) {
        got = read(ends[0], result.message + length, sizeof result.message - 1 - length);
        if (got <= 0) break;
    }
    close(ends[0]);
    int status;
    if (waitpid(child, &status, 0) != child) abort();
    result.aborted = WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
    if (WIFEXITED(status)) result.exit_status = WEXITSTATUS(status);
    return result;
}

#endif
