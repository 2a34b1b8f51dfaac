/* Goal: every form of a schedule is due when it says, and what is none is refused with what was expected (A71, A72);
 * time zones whose clocks are set.
 * Method: next instants from hand-picked days of the calendar; texts that AWS refuses.
 */
#include "models/autoscaling/schedule.h"
#include "models/autoscaling/step_scaling.h"
#include "sim/engine/date.h"
#include "tests/tap.h"

static int64_t instant(int year, int month, int day, int hour, int minute)
{
    return date_to_days(year, month, day) * SIM_DAY + hour * SIM_HOUR + minute * SIM_MINUTE;
}

static schedule parsed(const char *text)
{
    schedule s;
    sim_error err = {0};
    if (!schedule_parse(text, &s, &err)) (void)TAP_FAIL("%s: %s", text, err.text);
    return s;
}

static bool refused(const char *text, const char *because)
{
    schedule s;
    sim_error err = {0};
    if (schedule_parse(text, &s, &err)) return TAP_FAIL("%s is taken", text);
    if (strstr(err.text, because)) return true;
    return TAP_FAIL("%s: %s", text, err.text);
}

static void next_is(const schedule *s, int64_t after, int64_t want)
{
    IS_INT(schedule_next(s, NULL, instant(2026, 1, 1, 0, 0), after), want);
}

static void next_in(const time_zone *zone, const char *text, int64_t after, int64_t want)
{
    schedule s = parsed(text);
    IS_INT(schedule_next(&s, zone, 0, after), want);
}

/* Berlin's clock goes from 02:00 to 03:00 on 29 March 2026 and from 03:00 to 02:00 on 25 October, both at 01:00 UTC. */
static void time_zones(void)
{
    const time_zone_offset of_berlin[] = {{instant(2026, 1, 1, 0, 0), SIM_HOUR},
                                          {instant(2026, 3, 29, 1, 0), 2 * SIM_HOUR},
                                          {instant(2026, 10, 25, 1, 0), SIM_HOUR}};
    const time_zone berlin = {"Europe/Berlin", 3, of_berlin};
    const char *six = "cron(0 6 * * ? *)", *half_past_two = "cron(30 2 * * ? *)",
               *quarters = "cron(0/15 * * * ? *)";
    TEST("cron() is by the zone's clock, in winter and in summer (A71)")
    {
        next_in(&berlin, six, instant(2026, 3, 28, 0, 0), instant(2026, 3, 28, 5, 0));
        next_in(&berlin, six, instant(2026, 3, 28, 5, 0), instant(2026, 3, 29, 4, 0));
        next_in(&berlin, six, instant(2026, 10, 24, 4, 0), instant(2026, 10, 25, 5, 0));
        /* Monday begins in Berlin while it is Sunday in UTC */
        next_in(&berlin, "cron(0 0 ? * MON *)", instant(2026, 7, 1, 0, 0),
                instant(2026, 7, 5, 22, 0));
    }
    TEST("a local time that is skipped is due at the first instant after the gap (A71)")
    {
        next_in(&berlin, half_past_two, instant(2026, 3, 28, 1, 30), instant(2026, 3, 29, 1, 0));
        next_in(&berlin, half_past_two, instant(2026, 3, 29, 1, 0), instant(2026, 3, 30, 0, 30));
        next_in(&berlin, quarters, instant(2026, 3, 29, 0, 45), instant(2026, 3, 29, 1, 0));
        next_in(&berlin, quarters, instant(2026, 3, 29, 1, 0), instant(2026, 3, 29, 1, 15));
        next_in(&berlin, "at(2026-03-29T02:30:00)", 0, instant(2026, 3, 29, 1, 0));
    }
    TEST("a local time that is shown twice is due the first time only (A71)")
    {
        next_in(&berlin, half_past_two, instant(2026, 10, 24, 0, 30), instant(2026, 10, 25, 0, 30));
        next_in(&berlin, half_past_two, instant(2026, 10, 25, 0, 30), instant(2026, 10, 26, 1, 30));
        next_in(&berlin, half_past_two, instant(2026, 10, 25, 1, 10), instant(2026, 10, 26, 1, 30));
        next_in(&berlin, quarters, instant(2026, 10, 25, 0, 45), instant(2026, 10, 25, 2, 0));
        next_in(&berlin, "at(2026-10-25T02:30:00)", 0, instant(2026, 10, 25, 0, 30));
        next_in(&berlin, "at(2026-10-25T02:30:00)", instant(2026, 10, 25, 0, 30), INT64_MAX);
    }
    TEST("rate() knows no zone; a cron that is over is over in every zone (A71)")
    {
        next_in(&berlin, "rate(1 hour)", instant(2026, 10, 25, 0, 30), instant(2026, 10, 25, 1, 0));
        next_in(&berlin, "cron(0 6 1 1 ? 2026)", instant(2026, 1, 1, 5, 0), INT64_MAX);
    }
}

int main(void)
{
    tap_begin();
    time_zones();
    TEST("at() is due once")
    {
        schedule s = parsed("at(2026-02-28T18:30:00)");
        next_is(&s, instant(2026, 1, 1, 0, 0), instant(2026, 2, 28, 18, 30));
        next_is(&s, instant(2026, 2, 28, 18, 30), INT64_MAX);
    }
    TEST("rate() counts from its origin")
    {
        schedule s = parsed("rate(90 minutes)");
        next_is(&s, instant(2026, 1, 1, 0, 0) - 1, instant(2026, 1, 1, 0, 0));
        next_is(&s, instant(2026, 1, 1, 0, 0), instant(2026, 1, 1, 1, 30));
        next_is(&s, instant(2026, 1, 1, 2, 59), instant(2026, 1, 1, 3, 0));
    }
    TEST("L is the last day of each month, leap years included")
    {
        schedule s = parsed("cron(0 6 L * ? *)");
        next_is(&s, instant(2028, 2, 1, 0, 0), instant(2028, 2, 29, 6, 0));
        next_is(&s, instant(2028, 2, 29, 6, 0), instant(2028, 3, 31, 6, 0));
    }
    TEST("15W is the weekday nearest to the 15th")
    {
        schedule s =
            parsed("cron(0 6 15W * ? *)"); /* 15 August 2026 is a Saturday, 15 November a Sunday */
        next_is(&s, instant(2026, 8, 1, 0, 0), instant(2026, 8, 14, 6, 0));
        next_is(&s, instant(2026, 11, 1, 0, 0), instant(2026, 11, 16, 6, 0));
        schedule first = parsed("cron(0 6 1W * ? *)"); /* 1 August 2026 is a Saturday */
        next_is(&first, instant(2026, 7, 31, 0, 0), instant(2026, 8, 3, 6, 0));
    }
    TEST("FRIL and MON#2")
    {
        schedule last = parsed("cron(0 6 ? * FRIL *)"), second = parsed("cron(0 6 ? * MON#2 *)");
        next_is(&last, instant(2026, 11, 21, 0, 0), instant(2026, 11, 27, 6, 0));
        next_is(&second, instant(2026, 11, 21, 0, 0), instant(2026, 12, 14, 6, 0));
    }
    TEST("a range of names goes around the week, a year ends it")
    {
        schedule s = parsed("cron(0 0 ? * SAT-MON 2026)");
        next_is(&s, instant(2026, 11, 20, 0, 0), instant(2026, 11, 21, 0, 0));
        next_is(&s, instant(2026, 11, 23, 0, 0), instant(2026, 11, 28, 0, 0));
        next_is(&s, instant(2026, 12, 28, 0, 0), INT64_MAX);
    }
    TEST("Unix cron: either of two restricted days is enough, 2 is Tuesday")
    {
        schedule s;
        sim_error err = {0};
        OK(schedule_parse_unix_cron("30 6 * * 2", &s, &err));
        next_is(&s, instant(2026, 11, 21, 0, 0), instant(2026, 11, 24, 6, 30));
        OK(schedule_parse_unix_cron("0 0 1 * 7", &s, &err));
        next_is(&s, instant(2026, 11, 23, 0, 0), instant(2026, 11, 29, 0, 0));
        next_is(&s, instant(2026, 11, 29, 0, 0), instant(2026, 12, 1, 0, 0));
    }
    TEST("what is no schedule is refused")
    {
        OK(refused("every day", "expected at("));
        OK(refused("at(2026-02-29T00:00:00)", "no instant"));
        OK(refused("rate(0 minutes)", "no rate"));
        OK(refused("rate(5 fortnights)", "no rate"));
        OK(refused("cron(0 10 * * ?)", "6 fields"));
        OK(refused("cron(0 10 * * * *)", "must be '?'"));
        OK(refused("cron(60 10 * * ? *)", "no minute"));
        OK(refused("cron(0 10 ? * 2 *)", "expected names"));
        OK(refused("cron(0 10 32 * ? *)", "no day of the month"));
    }
    TEST("steps with a gap, an overlap or a missing open end are refused (A51)")
    {
        sim_error err = {0};
        step_adjustment_config gap[] = {{0, 10, 1}, {20, INFINITY, 2}};
        OK(!step_scaling_valid(gap, 2, &err) && strstr(err.text, "no step between 10 and 20"));
        err = (sim_error){0};
        step_adjustment_config overlap[] = {{0, 10, 1}, {5, INFINITY, 2}};
        OK(!step_scaling_valid(overlap, 2, &err) && strstr(err.text, "overlap"));
        err = (sim_error){0};
        step_adjustment_config closed[] = {{0, 10, 1}};
        OK(!step_scaling_valid(closed, 1, &err) && strstr(err.text, "positive upper bound"));
        err = (sim_error){0};
        step_adjustment_config both[] = {{-INFINITY, INFINITY, 1}};
        OK(!step_scaling_valid(both, 1, &err) && strstr(err.text, "at least one bound"));
        step_adjustment_config good[] = {{10, INFINITY, 2}, {0, 10, 1}};
        OK(step_scaling_valid(good, 2, &err));
    }
    return tap_end();
}
