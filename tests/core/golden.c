#include "golden.h"

#include <math.h>
#include <string.h>

#define TOLERANCE 1e-5

SafeTensors *golden;

const float *golden_values(const char *name, const char *part, gsize *n) {
  g_autofree char *key = g_strdup_printf("%s/%s", name, part);
  const SafeTensor *tensor = safetensors_find(golden, key);

  if (tensor == NULL)
    return NULL;
  g_assert_cmpstr(tensor->dtype, ==, "F32");
  *n = tensor->size / sizeof(float);
  return (const float *)tensor->data;
}

void golden_assert_near(const char *name, const char *part, const float *is, gsize n) {
  gsize size = 0;
  const float *should = golden_values(name, part, &size);
  double scale = 1, worst = 0;

  g_assert_nonnull(should);
  g_assert_cmpuint(size, ==, n);
  for (gsize i = 0; i < n; i++) {
    g_assert_true(isfinite(is[i]));
    scale = fmax(scale, fabs((double)should[i]));
    worst = fmax(worst, fabs((double)is[i] - (double)should[i]));
  }
  if (worst / scale >= TOLERANCE)
    g_error("%s/%s is off by %g", name, part, worst / scale);
}

void golden_copy(const char *name, const char *part, float *to, gsize n) {
  gsize size = 0;
  const float *from = golden_values(name, part, &size);

  g_assert_nonnull(from);
  g_assert_cmpuint(size, ==, n);
  memcpy(to, from, n * sizeof(float));
}

JsonObject *golden_case(const char *name) {
  g_autoptr(JsonNode) node = json_from_string(g_hash_table_lookup(golden->metadata, name), NULL);

  g_assert_nonnull(node);
  return json_object_ref(json_node_get_object(node));
}

static gboolean weighted_shape(Node *self, GError **error) {
  node_set_output(self, 0, &SHAPE(self->input[0]->shape.dim[0]));
  return TRUE;
}

static void weighted_forward(Node *self, Tile tile) {
  const gsize row = tensor_row_size(self->input[0]);

  for (int r = tile.begin; r < tile.end; r++) {
    self->output[0]->value[r] = 0;
    for (gsize i = (gsize)r * row; i < (gsize)(r + 1) * row; i++)
      self->output[0]->value[r] +=
          (float)tile.rows * self->input[0]->value[i] * self->input[1]->value[i];
  }
}

static void weighted_backward(Node *self, Tile tile) {
  const gsize row = tensor_row_size(self->input[0]);

  for (gsize i = (gsize)tile.begin * row; i < (gsize)tile.end * row; i++)
    self->input[0]->grad[i] +=
        self->output[0]->grad[i / row] * (float)tile.rows * self->input[1]->value[i];
}

const Op golden_weighted = {.name = "weighted",
                            .inputs = "xx",
                            .shape = weighted_shape,
                            .forward = weighted_forward,
                            .backward = weighted_backward};

void golden_set_parameters(const char *name, const ParameterSet *set) {
  for (guint i = 0; i < set->items->len; i++) {
    const Parameter *item = parameters_get(set, i);
    const char *part = strncmp(item->name, "layer.", 6) == 0 ? item->name + 6 : item->name;
    golden_copy(name, part, set->value + item->offset, shape_size(&item->shape));
  }
}

void golden_check_gradients(const char *name, const ParameterSet *set) {
  for (guint i = 0; i < set->items->len; i++) {
    const Parameter *item = parameters_get(set, i);
    const char *part = strncmp(item->name, "layer.", 6) == 0 ? item->name + 6 : item->name;
    g_autofree char *gradient = g_strdup_printf("d%s", part);
    golden_assert_near(name, gradient, set->grad + item->offset, shape_size(&item->shape));
  }
}
