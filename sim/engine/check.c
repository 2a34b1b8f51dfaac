/* check.c - the report of a failed CHECK or INVARIANT; see check.h. */
#include "sim/engine/check.h"
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

static _Thread_local const check_context *current_context;

const check_context *check_set_context(const check_context *context)
{
    const check_context *previous = current_context;
    current_context = context;
    return previous;
}

void check_failed(const char *what, const char *condition, const char *file, int line)
{
    const check_context *context = current_context;
    fflush(stdout);
    if (context != NULL) {
        fprintf(stderr,
                "berth: %s failed: %s (%s:%d) at simulated time %" PRId64 ".%06" PRId64
                " s, event %" PRIu64 "\n",
                what, condition, file, line, context->now_us / SIM_SECOND,
                context->now_us % SIM_SECOND, context->event_number);
    } else {
        fprintf(stderr, "berth: %s failed: %s (%s:%d) outside of a run\n", what, condition, file,
                line);
    }
    fflush(stderr);
    abort();
}
