/* Goal: scheduled actions of both kinds get the time zone they name, the offsets used are in the scenario as run, and
 * those are taken in place of the machine's (A71).
 * Method: a small scenario whose offsets are given, of a zone that no machine has; one that the machine's tz data is
 * read for (skipped where tzdata is absent).
 */
#include "scenarios/read/zone_file.h"
#include "tests/scenarios/reading.h"

#define TARGET                                                                                     \
    "/scalableTargets=[{'ServiceNamespace': 'ecs', 'ResourceId': 'service/default/web',"           \
    " 'ScalableDimension': 'ecs:service:DesiredCount', 'MinCapacity': 1, 'MaxCapacity': 4}]"
#define GROUP                                                                                      \
    "/autoScalingGroups=[{'AutoScalingGroupName': 'g', 'MinSize': 1, 'MaxSize': 4,"                \
    " 'DesiredCapacity': 1, 'instanceType': 't2.small'}]"
#define ACTIONS(zone)                                                                              \
    "/scheduledActions=[{'ScheduledActionName': 'plain', 'ServiceNamespace': 'ecs',"               \
    " 'ResourceId': 'service/default/web', 'ScalableDimension': 'ecs:service:DesiredCount',"       \
    " 'Schedule': 'cron(0/5 * * * ? *)', 'Timezone': 'Etc/UTC', 'ScalableTargetAction': "          \
    "{'MinCapacity': 2}}, {'ScheduledActionName': 'local', 'ServiceNamespace': 'ecs',"             \
    " 'ResourceId': 'service/default/web', 'ScalableDimension': 'ecs:service:DesiredCount',"       \
    " 'Schedule': 'cron(0/5 * * * ? *)', 'Timezone': '" zone "', 'ScalableTargetAction': "         \
    "{'MinCapacity': 2}}, {'ScheduledActionName': 'group', 'AutoScalingGroupName': 'g',"           \
    " 'Recurrence': '*/5 * * * *', 'TimeZone': '" zone "', 'MinSize': 2}]"
#define OFFSETS                                                                                    \
    "/timeZoneOffsets={'Moon/Tycho': {'offsets': [{'from': '1970-01-01T00:00:00Z',"                \
    " 'offsetSeconds': -1800}, {'from': '1970-01-05T00:01:00Z', 'offsetSeconds': 5400}],"          \
    " 'until': '1970-01-07T00:00:00Z'}}"

static void given_offsets(void)
{
    TEST("given offsets are taken, one zone for all that name it; Etc/UTC needs none")
    {
        reading r = READ_BASE(TARGET, GROUP, ACTIONS("Moon/Tycho"), OFFSETS);
        IS_STR(r.messages, "");
        if (r.scene) {
            const model_config *c = scenario_config(r.scene);
            IS_INT(c->scheduled_actions[0].time_zone, 0);
            IS_INT(c->scheduled_actions[1].time_zone, 1);
            IS_INT(c->scheduled_actions[2].time_zone, 1);
            if (IS_INT(c->time_zone_count, 1) && IS_INT(c->time_zones[0].offset_count, 2)) {
                const time_zone_offset *second = &c->time_zones[0].offsets[1];
                IS_STR(c->time_zones[0].name, "Moon/Tycho");
                IS_INT(c->time_zones[0].offsets[0].offset_us, -30 * SIM_MINUTE);
                IS_INT(second->from_unix_us, 4 * SIM_DAY + SIM_MINUTE);
                IS_INT(second->offset_us, 90 * SIM_MINUTE);
            }
        }
        scenario_destroy(r.scene);
    }
    TEST("offsets that nothing needs are a warning")
    {
        OK(WARNED(OFFSETS, "/timeZoneOffsets/Moon~1Tycho: warning: no scheduled action is in this "
                           "time zone"));
    }
}

static void looked_up(void)
{
    const char *name = "what was looked up is in the scenario as run, which reads back the same";
    arena *memory = arena_create();
    time_zone zone;
    bool known = zone_file_read("Europe/Berlin", 0, SIM_DAY, memory, &zone, NULL);
    arena_destroy(memory);
    if (!known) {
        tap_skip(name, "no tz data here (Debian: tzdata)");
        return;
    }
    TEST(name)
    {
        reading one =
            READ_BASE(TARGET, GROUP, ACTIONS("Europe/Berlin"), "/start=\"2026-10-24T12:00:00Z\"");
        IS_STR(one.messages, "");
        if (one.scene) {
            const char *text = scenario_json_text(one.scene);
            reading two = reading_of(text, NULL);
            OK(strstr(text, "\"2026-10-25T01:00:00Z\"") != NULL);
            IS_STR(two.messages, "");
            if (two.scene) {
                const time_zone *z = scenario_config(two.scene)->time_zones;
                IS_STR(scenario_json_text(two.scene), text);
                IS_INT(z->offset_count, 2);
                IS_INT(z->offsets[0].offset_us, 2 * SIM_HOUR);
                IS_INT(z->offsets[1].offset_us, SIM_HOUR);
            }
            scenario_destroy(two.scene);
        }
        scenario_destroy(one.scene);
    }
}

int main(void)
{
    tap_begin();
    given_offsets();
    looked_up();
    return tap_end();
}
