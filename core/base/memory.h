/* Memory for numbers: aligned for vector loads, zeroed, with room to read past the end. */
#pragma once

#include <glib.h>

/* Kernels may read (never use, never write) this many bytes past the end of a block. */
#define MEMORY_PADDING 256

/* `bytes` zeroed bytes, aligned to 64. Aborts when there is no memory, as g_malloc does. */
gpointer memory_new(gsize bytes);
void memory_free(gpointer block);
