/* minute_windows.c - the worst minute, and the worst five. */
#include "results/minute_windows.h"
#include "sim/engine/check.h"
#include <math.h>

void minute_windows_init(minute_windows *w)
{
    *w = (minute_windows){.minute_us = -1, .worst_1m = NAN, .worst_5m = NAN};
}

static double worse(double worst, double offered, double failed)
{
    if (!(offered > 0)) return worst;
    const double availability = failed < offered ? (offered - failed) / offered : 0;
    return isnan(worst) || availability < worst ? availability : worst;
}

static void close_minute(minute_windows *w)
{
    const uint64_t place = w->full_count % MINUTE_WINDOW_LONG;
    w->offered[place] = w->now_offered;
    w->failed[place] = w->now_failed;
    w->full_count++;
    w->worst_1m = worse(w->worst_1m, w->now_offered, w->now_failed);
    w->now_offered = w->now_failed = 0;
    w->minute_us += SIM_MINUTE;
    if (w->full_count < MINUTE_WINDOW_LONG) return;
    double offered = 0, failed = 0;
    for (uint64_t i = w->full_count; i < w->full_count + MINUTE_WINDOW_LONG; i++) {
        offered += w->offered[i % MINUTE_WINDOW_LONG];
        failed += w->failed[i % MINUTE_WINDOW_LONG];
    }
    w->worst_5m = worse(w->worst_5m, offered, failed);
}

/* To the first border of a minute, if none has been met yet. */
static sim_time find_border(minute_windows *w, sim_time from_us, sim_time to_us)
{
    if (w->minute_us >= 0) return from_us;
    const sim_time border_us = (from_us + SIM_MINUTE - 1) / SIM_MINUTE * SIM_MINUTE;
    if (border_us > to_us) return to_us;
    w->minute_us = border_us;
    return border_us;
}

void minute_windows_add(minute_windows *w, sim_time from_us, sim_time to_us,
                        double offered_per_second, double failed_per_second)
{
    CHECK(from_us >= 0 && from_us <= to_us);
    from_us = find_border(w, from_us, to_us);
    int alike = 0; /* minutes closed here since the first: all with these rates */
    while (from_us < to_us) {
        const sim_time minute_end_us = w->minute_us + SIM_MINUTE;
        const sim_time until_us = minute_end_us < to_us ? minute_end_us : to_us;
        const double seconds = (double)(until_us - from_us) / (double)SIM_SECOND;
        w->now_offered += offered_per_second * seconds;
        w->now_failed += failed_per_second * seconds;
        from_us = until_us;
        if (until_us < minute_end_us) return;
        close_minute(w);
        if (++alike <= MINUTE_WINDOW_LONG) continue;
        w->minute_us = from_us = to_us / SIM_MINUTE * SIM_MINUTE;
        alike = 0;
    }
}

void minute_windows_lose(minute_windows *w, double requests)
{
    if (w->minute_us >= 0) w->now_failed += requests;
}
