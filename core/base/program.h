/* Where the running program and what belongs to it are. */
#pragma once

#include <glib.h>

/* The folder of the running program's file, links followed; NULL where the system does not say.
 * Caller frees. */
char *program_folder(void);

/* The folder `name` ("lessons") of the program's data: ../share/bathyscope/NAME beside an installed
 * program, or data/NAME in the source tree above one that was just built. NULL if there is none.
 * Caller frees. */
char *program_data_folder(const char *name);
