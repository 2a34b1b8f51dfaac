/* interrupt.h - SIGINT and SIGTERM: until a run begins, one ends the program at once with a message;
 * then the first asks the run to stop between two instants, and the second ends the program at once
 * (status 130 always). A signal handler reaches nothing but globals, so the flag
 * is one; it is read through the pointer that interrupt_catch returns.
 */
#ifndef BERTH_SIM_COMMAND_INTERRUPT_H
#define BERTH_SIM_COMMAND_INTERRUPT_H

/* From now on a signal prints the message (which must stay valid) and ends the program. */
void interrupt_catch(const char *message);
/* From now on the first signal only makes the flag non-zero. */
const volatile int *interrupt_defer(void);

/* Temporary files that a second signal must not leave behind: NULL takes one back. path must stay
 * valid until then. */
enum { INTERRUPT_EVENTS, INTERRUPT_RESULT, INTERRUPT_FILES };
void interrupt_remove(int file, const char *path);

#endif
