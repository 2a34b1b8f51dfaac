/* date.h - days of the proleptic Gregorian calendar as integers.
 *
 * A day is its number from 1970-01-01 (day 0, a Thursday); months are 1 to 12, days of a month from 1.
 */
#ifndef BERTH_SIM_ENGINE_DATE_H
#define BERTH_SIM_ENGINE_DATE_H

#include <stdint.h>

int date_days_in_month(int year, int month);
int64_t date_to_days(int year, int month, int day);
void date_from_days(int64_t days, int *year, int *month, int *day);
/* 0 is Sunday, 6 Saturday. */
int date_day_of_week(int64_t days);

#endif
