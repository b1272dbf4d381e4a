/* Ctrl-C as something a command can finish its work on. */
#pragma once

#include <gio/gio.h>

/* From the first call on, SIGINT and SIGTERM cancel what is returned instead of ending the program;
 * the second signal ends it. Call it in the main thread before any other thread is started. Owned
 * by the module. */
GCancellable *interrupt_cancellable(void);
