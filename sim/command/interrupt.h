/* interrupt.h - SIGINT and SIGTERM: the first asks the run to stop between two instants, the second
 * ends the program at once (status 130). A signal handler reaches nothing but globals, so the flag
 * is one; it is read through the pointer that interrupt_catch returns.
 */
#ifndef BERTH_SIM_COMMAND_INTERRUPT_H
#define BERTH_SIM_COMMAND_INTERRUPT_H

/* The flag becomes non-zero at the first signal. */
const volatile int *interrupt_catch(void);

/* Temporary files that a second signal must not leave behind: NULL takes one back. path must stay
 * valid until then. */
enum { INTERRUPT_EVENTS, INTERRUPT_RESULT, INTERRUPT_FILES };
void interrupt_remove(int file, const char *path);

#endif
