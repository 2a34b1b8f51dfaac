#include "sim/engine/date.h"
#include <stdbool.h>

int date_days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

/* The year is taken to begin in March, so that a leap day is its last. */
int64_t date_to_days(int year, int month, int day)
{
    int64_t y = month > 2 ? year : year - 1;
    int64_t month_from_march = (month + 9) % 12;
    int64_t day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    return y * 365 + y / 4 - y / 100 + y / 400 + day_of_year - 719468;
}

void date_from_days(int64_t days, int *year, int *month, int *day)
{
    *year = (int)(days / 366) + 1970 - 1; /* at or before the year sought, both before and after */
    while (date_to_days(*year + 1, 1, 1) <= days)
        ++*year;
    while (date_to_days(*year, 1, 1) > days)
        --*year;
    int64_t left = days - date_to_days(*year, 1, 1);
    for (*month = 1; left >= date_days_in_month(*year, *month); ++*month)
        left -= date_days_in_month(*year, *month);
    *day = (int)left + 1;
}

int date_day_of_week(int64_t days)
{
    int64_t from_sunday = (days + 4) % 7;
    return (int)(from_sunday < 0 ? from_sunday + 7 : from_sunday);
}
