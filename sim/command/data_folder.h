/* data_folder.h - where the program's own files (plot scripts) are.
 *
 * In a build folder they stand beside the program, installed ones in PREFIX/share/berth: both are
 * found from where the program is, so an installed tree may be moved as a whole. The folder that
 * was configured is the last resort (a bindir elsewhere).
 */
#ifndef BERTH_SIM_COMMAND_DATA_FOLDER_H
#define BERTH_SIM_COMMAND_DATA_FOLDER_H

/* The folder that holds `file` ("plots/theme.gp") as a path to be freed; NULL when none does. */
char *data_folder_find(const char *file);

#endif
