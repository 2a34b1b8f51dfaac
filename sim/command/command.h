/* command.h - the verbs of the program, and what they share. */
#ifndef BERTH_SIM_COMMAND_COMMAND_H
#define BERTH_SIM_COMMAND_COMMAND_H

#include "sim/command/options.h"
#include "sim/engine/error.h"

extern const verb verb_run, verb_check, verb_plot, verb_help;
extern const verb *const all_verbs[]; /* NULL-terminated */

typedef enum { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER } color_choice;
extern const char *const color_names[]; /* for an OPTION_CHOICE */
/* May what goes to this file descriptor be coloured? auto: a terminal, NO_COLOR empty, TERM not
 * dumb. */
bool color_wanted(color_choice choice, int file_descriptor);

/* Columns of the terminal that this is; 0: it is none, or does not say. */
unsigned command_columns(int file_descriptor);
/* Is it a regular file that begins as a result (HDF5) does? */
bool command_is_result(const char *path);
/* "berth VERB: FILE: text" on standard error; returns status. */
int command_failed(const char *verb_name, const sim_error *err, int status);
/* Standard output written out: true, or false with a message (a full disk, a closed pipe). */
bool command_flush_output(const char *verb_name);

#endif
