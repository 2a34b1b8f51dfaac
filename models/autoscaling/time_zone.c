#include "models/autoscaling/time_zone.h"

int64_t time_zone_local(const time_zone *z, int64_t unix_us)
{
    if (!z) return unix_us;
    uint32_t i = z->offset_count - 1;
    while (i > 0 && z->offsets[i].from_unix_us > unix_us)
        i--;
    return unix_us + z->offsets[i].offset_us;
}

int64_t time_zone_instant(const time_zone *z, int64_t local_us)
{
    if (!z || local_us == INT64_MAX) return local_us;
    for (uint32_t i = 0;; i++) {
        const time_zone_offset *o = &z->offsets[i];
        int64_t unix_us = local_us - o->offset_us;
        if (i + 1 < z->offset_count && unix_us >= o[1].from_unix_us) continue;
        return i > 0 && unix_us < o->from_unix_us ? o->from_unix_us : unix_us; /* in the gap */
    }
}
