/* output_file.h - a file that is there whole or not at all: written beside its place as FILE.tmp,
 * then synced and renamed. What is no regular file (a pipe, /dev/null) is written straight.
 */
#ifndef BERTH_SIM_COMMAND_OUTPUT_FILE_H
#define BERTH_SIM_COMMAND_OUTPUT_FILE_H

#include "sim/engine/error.h"
#include <stdbool.h>
#include <stdio.h>

typedef struct {
    FILE *stream;
    char *path, *temporary; /* temporary NULL: written straight */
} output_file;

/* Before anything is read: may the file be made? False with *err if it is a regular file that exists,
 * unless forced. */
bool output_file_allowed(const char *path, bool force, sim_error *err);
/* Would writing to path change that file? By device and inode, or, where there is none yet, by
 * folder and name; devices and pipes are never the same file. "-" as the other is standard input. */
bool output_file_same(const char *path, const char *other);

/* False with *err. */
bool output_file_open(output_file *f, const char *path, sim_error *err);
/* Puts the file in its place. False with *err when anything could not be written; nothing is left
 * then. */
bool output_file_commit(output_file *f, sim_error *err);
/* Leaves nothing behind; does nothing to a file that is closed. */
void output_file_discard(output_file *f);

#endif
