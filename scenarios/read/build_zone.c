/* Time zones of scheduled actions (A71): their offsets over the run, from the scenario's own `timeZoneOffsets` or else
 * from the machine's tz data. What was looked up is written into the tree, so that the scenario as run says which
 * offsets it had and other tz data cannot change its result. */
#include "scenarios/read/build.h"
#include "scenarios/read/wallclock.h"
#include "scenarios/read/zone_file.h"
#include <string.h>

#define OFFSETS_KEY "timeZoneOffsets"
/* A time that is shown again shortly behind the start may have been due before it; the clock is never set by more. */
#define MARGIN_US SIM_DAY

/* What the run needs to know. */
static int64_t needed_from(const builder *b)
{
    return b->config->start_unix_us - MARGIN_US;
}

static int64_t needed_until(const builder *b)
{
    return b->config->start_unix_us + b->config->duration_us + MARGIN_US;
}

static bool read_instant(builder *b, const json_t *object, const char *key, const char *pointer,
                         int64_t *unix_us)
{
    sim_error err = {0};
    const char *text = build_text(object, key, NULL);
    if (!text) return false; /* reported */
    return wallclock_from_text(text, unix_us, &err) ||
           build_error(b, build_pointer(b, "%s/%s", pointer, key), "%s", err.text);
}

static bool read_offsets(builder *b, const json_t *recorded, const char *pointer, time_zone *zone)
{
    const json_t *list = build_get(recorded, "offsets");
    const uint32_t count = (uint32_t)json_array_size(list);
    time_zone_offset *offsets = ARENA_ARRAY(b->memory, count + 1, time_zone_offset);
    for (uint32_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(list, i);
        const char *at = build_pointer(b, "%s/offsets/%u", pointer, i);
        if (!build_get(item, "offsetSeconds") ||
            !read_instant(b, item, "from", at, &offsets[i].from_unix_us))
            return false;
        offsets[i].offset_us = build_integer(item, "offsetSeconds", 0) * SIM_SECOND;
        if (i > 0 && offsets[i].from_unix_us <= offsets[i - 1].from_unix_us)
            return build_error(b, build_pointer(b, "%s/from", at),
                               "must be later than the one before it");
    }
    zone->offsets = offsets;
    zone->offset_count = count;
    return count > 0 || build_error(b, build_pointer(b, "%s/offsets", pointer),
                                    "needs the offset that holds at the start");
}

/* Those of the scenario must cover the run: where they end, nobody knows what comes. */
static bool read_recorded(builder *b, const json_t *recorded, const char *pointer, time_zone *zone)
{
    char text[WALLCLOCK_TEXT_SIZE];
    int64_t until;
    if (!read_offsets(b, recorded, pointer, zone) ||
        !read_instant(b, recorded, "until", pointer, &until))
        return false;
    if (zone->offsets[0].from_unix_us > needed_from(b)) {
        wallclock_print(needed_from(b), text);
        return build_error(b, build_pointer(b, "%s/offsets/0/from", pointer),
                           "the run needs the offsets from %s on (a day before its start); without "
                           "this entry they come from this machine's tz data",
                           text);
    }
    if (until >= needed_until(b)) return true;
    wallclock_print(needed_until(b), text);
    return build_error(b, build_pointer(b, "%s/until", pointer),
                       "the run needs the offsets until %s (a day behind its end); without this "
                       "entry they come from this machine's tz data",
                       text);
}

static void record(builder *b, const time_zone *zone)
{
    char text[WALLCLOCK_TEXT_SIZE];
    json_t *list = json_array();
    for (uint32_t i = 0; i < zone->offset_count; i++) {
        wallclock_print(zone->offsets[i].from_unix_us, text);
        json_array_append_new(list,
                              json_pack("{s:s, s:I}", "from", text, "offsetSeconds",
                                        (json_int_t)(zone->offsets[i].offset_us / SIM_SECOND)));
    }
    wallclock_print(needed_until(b), text);
    json_t *all = json_object_get(b->root, OFFSETS_KEY);
    if (!json_is_object(all)) {
        all = json_object();
        json_object_set_new(b->root, OFFSETS_KEY, all);
    }
    json_object_set_new(all, zone->name, json_pack("{s:s, s:o}", "until", text, "offsets", list));
}

static uint32_t add_zone(builder *b, const time_zone *zone)
{
    model_config *c = b->config;
    time_zone *all = ARENA_ARRAY(b->memory, c->time_zone_count + 1, time_zone);
    if (c->time_zone_count > 0) memcpy(all, c->time_zones, c->time_zone_count * sizeof *all);
    all[c->time_zone_count] = *zone;
    c->time_zones = all;
    return ++c->time_zone_count;
}

uint32_t build_time_zone(builder *b, const json_t *object, const char *pointer, const char *key)
{
    const char *name = build_text(object, key, "UTC");
    if (wallclock_is_utc(name)) return 0;
    for (uint32_t i = 0; i < b->config->time_zone_count; i++)
        if (strcmp(b->config->time_zones[i].name, name) == 0) return i + 1;
    time_zone zone = {.name = build_copy(b, name)};
    const json_t *recorded = build_get(build_get(b->root, OFFSETS_KEY), name);
    if (recorded) {
        const char *at = build_pointer(b, "/" OFFSETS_KEY "/%s", build_escape(b, name));
        return read_recorded(b, recorded, at, &zone) ? add_zone(b, &zone) : 0;
    }
    sim_error err = {0};
    if (!zone_file_read(name, needed_from(b), needed_until(b), b->memory, &zone, &err)) {
        build_error(b, build_pointer(b, "%s/%s", pointer, key), "%s", err.text);
        return 0;
    }
    if (!b->bare) record(b, &zone);
    return add_zone(b, &zone);
}

void build_unused_zones(builder *b)
{
    const char *name;
    json_t *entry;
    if (diagnostics_error_count(b->diag) > 0) return; /* it may be of one that could not be read */
    json_object_foreach(build_get(b->root, OFFSETS_KEY), name, entry)
    {
        bool used = false;
        for (uint32_t i = 0; i < b->config->time_zone_count && !used; i++)
            used = strcmp(b->config->time_zones[i].name, name) == 0;
        if (!used)
            build_warning(b, build_pointer(b, "/" OFFSETS_KEY "/%s", build_escape(b, name)),
                          "no scheduled action is in this time zone");
    }
}
