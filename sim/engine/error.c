/* error.c - the first mistake is the one that is told; see error.h. */
#include "sim/engine/error.h"
#include <stdarg.h>
#include <stdio.h>

bool error_set(sim_error *err, const char *format, ...)
{
    if (err == NULL || err->text[0] != '\0') return false;
    va_list args;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    return false;
}
