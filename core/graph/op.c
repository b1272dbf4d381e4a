#include "core/graph/op.h"

G_DEFINE_QUARK(bathyscope_model_error_quark, model_error)

const Op *op_find(const char *name) {
  for (const Op *const *op = OPS; *op != NULL; op++)
    if (g_str_equal((*op)->name, name))
      return *op;
  return NULL;
}
