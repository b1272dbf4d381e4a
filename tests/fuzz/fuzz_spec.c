/* Model specs, as somebody types them: parsed, checked, summed up, and written out again. */
#include "core/model/model.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size) {
  g_autofree char *spec = size > 0 ? g_strndup((const char *)data, size) : g_strdup("");
  g_autoptr(GError) error = NULL;
  g_autoptr(Model) model = model_new(spec, &error);

  g_assert_true((model == NULL) == (error != NULL));
  if (model == NULL) {
    g_assert_true(g_utf8_validate(error->message, -1, NULL));
    return 0;
  }
  g_autofree char *summary = model_summary(model);
  g_assert_true(g_utf8_validate(summary, -1, NULL));
  g_assert_cmpstr(model->spec, ==, spec);
  g_assert_cmpuint(parameters_count(model->parameters), <=, MODEL_MAX_ELEMENTS);
  g_assert_cmpuint(shape_size(&model->output), <=, MODEL_MAX_ELEMENTS);
  return 0;
}
