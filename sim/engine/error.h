/* error.h - a user's mistake, told where it is.
 *
 * Three kinds of failure have three mechanisms: what the user got wrong is a sim_error (here), what
 * a programmer got wrong is a CHECK (check.h), a model that broke its own rules is an INVARIANT
 * (check.h).
 */
#ifndef BERTH_SIM_ENGINE_ERROR_H
#define BERTH_SIM_ENGINE_ERROR_H

#include <stdbool.h>

typedef struct {
    char file[256];
    char pointer[256];
    char text[512];
    int line, column; /* 1-based; 0 when unknown */
} sim_error;

/* Fills *err unless it already holds an error (the first one wins); err may be NULL. Always false,
 * so that a caller can `return error_set(err, ...)`. */
bool error_set(sim_error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
