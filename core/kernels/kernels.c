#include "core/kernels/kernels.h"

#if defined(__x86_64__)
extern const Kernels kernels_avx512, kernels_avx2, kernels_sse2;
#else
extern const Kernels kernels_native;
#endif

const Kernels *const *kernels_available(void) {
  static const Kernels *list[4];
  static gsize ready;

  if (g_once_init_enter(&ready)) {
    int n = 0;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
      list[n++] = &kernels_avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
      list[n++] = &kernels_avx2;
    list[n++] = &kernels_sse2;
#else
    list[n++] = &kernels_native;
#endif
    g_once_init_leave(&ready, 1);
  }
  return list;
}

static const Kernels *chosen;

static const Kernels *choose(void) {
  const Kernels *const *list = kernels_available();
  const char *wish = g_getenv("BATHYSCOPE_ISA");

  for (int i = 0; wish != NULL && list[i] != NULL; i++)
    if (g_str_equal(list[i]->name, wish))
      return list[i];
  return list[0];
}

const Kernels *kernels(void) {
  const Kernels *now = g_atomic_pointer_get(&chosen);

  if (now == NULL) {
    now = choose();
    g_atomic_pointer_set(&chosen, (gpointer)now);
  }
  return now;
}

void kernels_use(const Kernels *variant) { g_atomic_pointer_set(&chosen, (gpointer)variant); }
