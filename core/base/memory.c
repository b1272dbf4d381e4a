#include "core/base/memory.h"

gpointer memory_new(gsize bytes) {
  return g_aligned_alloc0(1, (bytes + MEMORY_PADDING + 63) / 64 * 64, 64);
}

void memory_free(gpointer block) { g_aligned_free(block); }
