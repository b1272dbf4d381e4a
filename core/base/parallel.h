/* Threads over independent items: the one place where OpenMP regions are opened.
 *
 * A caller cuts its work into items whose number and contents never depend on the number of
 * threads; which thread runs an item, and when, is free. So results are the same bits for any
 * number of threads.
 */
#pragma once

#include <glib.h>

/* Runs one item. Items run at the same time and must not write to the same place. */
typedef void (*ParallelFunc)(guint item, gpointer data);

/* Runs func for item 0 … items - 1. `work` is the whole work in floating-point operations, roughly;
 * below what is worth waking threads for, everything runs on the caller. */
void parallel_for(guint items, double work, ParallelFunc func, gpointer data);

/* Memory of the thread that an item runs on, with any contents, until the item ends or asks again:
 * where it works, in the cache of its core. It is kept, and grows to the most that was asked for;
 * aligned and padded as memory.h says. */
gpointer parallel_scratch(gsize bytes);

/* The number of threads for the regions that follow; 0 means one for each core. */
void parallel_set_threads(guint threads);
guint parallel_threads(void);
