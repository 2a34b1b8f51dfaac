/* Goal: every form of a schedule is due when it says, and what is none is refused with what was expected (A71, A72).
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
    IS_INT(schedule_next(s, instant(2026, 1, 1, 0, 0), after), want);
}

int main(void)
{
    tap_begin();
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
