#include "results/duration_text.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

const char *duration_text(double seconds, char text[static 32])
{
    const int64_t whole = isnan(seconds) ? 0 : (int64_t)(seconds + 0.5);
    if (isnan(seconds))
        snprintf(text, 32, "-");
    else if (seconds < 119.95) /* what would read 120s is 2m 00s */
        snprintf(text, 32, "%.4gs", seconds);
    else if (whole < 7200)
        snprintf(text, 32, "%" PRId64 "m %02" PRId64 "s", whole / 60, whole % 60);
    else if (whole < 172800)
        snprintf(text, 32, "%" PRId64 "h %02" PRId64 "m", whole / 3600, whole % 3600 / 60);
    else
        snprintf(text, 32, "%" PRId64 "d %02" PRId64 "h", whole / 86400, whole % 86400 / 3600);
    return text;
}
