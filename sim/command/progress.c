#include "sim/command/progress.h"
#include "scenarios/read/duration.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FIRST_MS 1000
#define EVERY_MS 100

static int64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool is_set(const char *name)
{
    const char *value = getenv(name);
    return value && *value;
}

void progress_start(progress *p, bool wanted)
{
    const char *terminal = getenv("TERM");
    *p = (progress){
        .on = wanted && isatty(STDERR_FILENO) && !is_set("CI") && terminal &&
              strcmp(terminal, "dumb") != 0,
        .started_ms = clock_ms(),
    };
    p->next_ms = p->started_ms + FIRST_MS;
}

void progress_show(progress *p, sim_time now_us, sim_time end_us, uint64_t event_count)
{
    if (!p->on || clock_ms() < p->next_ms) return;
    p->next_ms = clock_ms() + EVERY_MS;
    p->shown = true;
    char now_text[48], end_text[48];
    duration_print(now_us - now_us % SIM_SECOND, now_text);
    duration_print(end_us, end_text);
    int percent = end_us > 0 ? (int)((double)now_us / (double)end_us * 100) : 100;
    fprintf(stderr, "\r\033[K%3d %%  %s of %s simulated, %" PRIu64 " events", percent, now_text,
            end_text, event_count);
    fflush(stderr);
}

void progress_end(progress *p)
{
    if (p->shown) fputs("\r\033[K", stderr);
    p->on = false;
}
