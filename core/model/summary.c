#include "core/model/model.h"

#include <string.h>

/* 347146 → "347,146" */
static char *thousands(gsize n) {
  GString *text = g_string_new(NULL);

  g_string_printf(text, "%" G_GSIZE_FORMAT, n);
  for (gssize at = (gssize)text->len - 3; at > 0; at -= 3)
    g_string_insert_c(text, at, ',');
  return g_string_free(text, FALSE);
}

/* "(None, 26, 26, 32)" */
static char *keras_shape(const Shape *row) {
  GString *text = g_string_new("(None");

  for (int i = 0; i < row->rank; i++)
    g_string_append_printf(text, ", %d", row->dim[i]);
  g_string_append_c(text, ')');
  return g_string_free(text, FALSE);
}

/* Pads to a width counted in characters. */
static void append_cell(GString *text, const char *cell, int width) {
  g_string_append(text, cell);
  for (glong n = g_utf8_strlen(cell, -1); n < width; n++)
    g_string_append_c(text, ' ');
}

static void append_row(GString *text, const char *layer, const char *shape, const char *count) {
  g_string_append(text, " ");
  append_cell(text, layer, 34);
  append_cell(text, shape, 26);
  for (glong n = g_utf8_strlen(count, -1); n < 12; n++)
    g_string_append_c(text, ' ');
  g_string_append_printf(text, "%s\n", count);
}

static void append_rule(GString *text) {
  for (int i = 0; i < 74; i++)
    g_string_append(text, "─");
  g_string_append_c(text, '\n');
}

char *model_summary(const Model *self) {
  GString *text = g_string_new(NULL);
  const gsize count = parameters_count(self->parameters);
  const gsize learned = parameters_count_trainable(self->parameters);
  g_autofree char *total = thousands(count);
  g_autofree char *bytes = g_format_size_full(count * 4, G_FORMAT_SIZE_IEC_UNITS);

  append_row(text, "Layer (type)", "Output shape", "Parameters");
  append_rule(text);
  for (guint i = 0; i < self->layers->len; i++) {
    const Layer *layer = g_ptr_array_index(self->layers, i);
    g_autofree char *title = g_strdup_printf("%s (%s)", layer->name, layer->klass->keras);
    g_autofree char *shape = keras_shape(&layer->output);
    g_autofree char *parameters = thousands(layer->n_parameters);
    append_row(text, title, shape, parameters);
  }
  append_rule(text);
  g_string_append_printf(text, " Total parameters: %s (%s)\n", total, bytes);
  if (learned < count) {
    g_autofree char *trainable = thousands(learned), *kept = thousands(count - learned);
    g_string_append_printf(text, " Trainable: %s, not trainable: %s\n", trainable, kept);
  }
  return g_string_free(text, FALSE);
}
