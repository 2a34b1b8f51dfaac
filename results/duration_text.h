/* duration_text.h - durations as people read them, in one style wherever they are shown: "15.04s",
 * "10m 23s", "2h 05m", "1d 03h".
 */
#ifndef BERTH_RESULTS_DURATION_TEXT_H
#define BERTH_RESULTS_DURATION_TEXT_H

/* Below two minutes with four digits, above rounded to the second, minute or hour; NAN is "-".
 * Returns text. */
const char *duration_text(double seconds, char text[static 32]);

#endif
