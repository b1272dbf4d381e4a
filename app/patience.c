#include "app/patience.h"

#include <glib.h>

#if defined(__linux__) && defined(_OPENMP)
#include <unistd.h>

/* Rounds of waiting: some 40 µs, about what lies between two parallel regions. */
#define ROUNDS "1000"

void patience_limit(char **argv) {
  if (g_getenv("GOMP_SPINCOUNT") != NULL || g_getenv("OMP_WAIT_POLICY") != NULL)
    return;
  g_setenv("GOMP_SPINCOUNT", ROUNDS, TRUE);
  execv("/proc/self/exe", argv); /* where that fails, all goes on, only less patiently */
}
#else
void patience_limit(char **argv) {}
#endif
