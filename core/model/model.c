#include "core/model/model.h"

#include "core/model/spec.h"

#include <string.h>

void model_free(Model *self) {
  if (self == NULL)
    return;
  g_free(self->spec);
  g_clear_pointer(&self->layers, g_ptr_array_unref);
  parameters_free(self->parameters);
  g_free(self);
}

static Shape row_shape(const Tensor *tensor) {
  Shape row = {tensor->shape.rank - 1, {0}};

  memcpy(row.dim, tensor->shape.dim + 1, (gsize)row.rank * sizeof(int));
  return row;
}

static Tensor *build_layer(const Layer *layer, LayerBuilder *builder, GError **error) {
  Tensor *inputs[LAYER_MAX_INPUTS];

  for (int i = 0; i < layer->n_from; i++)
    inputs[i] = graph_find(builder->graph, layer->from[i]);
  return layer->klass->build(layer, builder, inputs, layer->n_from, error);
}

/* Checked with 64-bit products, so that no size overflows on the way. */
static gboolean too_large(const Shape *shape) {
  guint64 size = 1;

  for (int i = 0; i < shape->rank; i++)
    if ((size *= (guint64)shape->dim[i]) > MODEL_MAX_ELEMENTS)
      return TRUE;
  return FALSE;
}

/* What the layers so far make of one row, and their parameters. */
typedef struct {
  gsize row, parameters;
} Sizes;

static gboolean fail_too_large(const Layer *layer, const char *what, GError **error) {
  g_set_error(error, MODEL_ERROR, MODEL_ERROR_SPEC,
              "line %d, column %d: with %s the model has too many %s: at most %" G_GSIZE_FORMAT
              " fit",
              layer->line, layer->column, layer->name, what, MODEL_MAX_ELEMENTS);
  return FALSE;
}

/* `from` is the layer's first parameter. */
static gboolean add_sizes(const Model *self, const Layer *layer, guint from, const Tensor *output,
                          Sizes *sizes, GError **error) {
  if (too_large(&output->shape) || (sizes->row += shape_size(&output->shape)) > MODEL_MAX_ELEMENTS)
    return fail_too_large(layer, "numbers in its layers", error);
  for (guint i = from; i < self->parameters->items->len; i++) {
    const Shape *shape = &parameters_get(self->parameters, i)->shape;
    if (too_large(shape) || (sizes->parameters += shape_size(shape)) > MODEL_MAX_ELEMENTS)
      return fail_too_large(layer, "parameters", error);
  }
  return TRUE;
}

static double count_flops(const Graph *graph, guint from) {
  double flops = 0;

  for (guint i = from; i < graph->nodes->len; i++) {
    const Node *node = g_ptr_array_index(graph->nodes, i);
    flops += node->op->flops != NULL ? node->op->flops(node) : 0;
  }
  return flops;
}

/* Builds once into a graph that is never run: finds shapes and declares parameters. */
static gboolean declare(Model *self, GError **error) {
  g_autoptr(Graph) graph = graph_new(GRAPH_PROBE, 1, 0);
  LayerBuilder builder = {graph, self->parameters, TRUE};
  Sizes sizes = {0};

  for (guint i = 0; i < self->layers->len; i++) {
    Layer *layer = g_ptr_array_index(self->layers, i);
    const guint before = self->parameters->items->len, first_node = graph->nodes->len;
    GError *problem = NULL;
    Tensor *output = build_layer(layer, &builder, &problem);
    if (output == NULL) {
      g_set_error(error, MODEL_ERROR, MODEL_ERROR_SPEC, "line %d, column %d: %s", layer->line,
                  layer->column, problem->message);
      g_error_free(problem);
      return FALSE;
    }
    if (!add_sizes(self, layer, before, output, &sizes, error))
      return FALSE;
    layer->output = row_shape(output);
    for (guint p = before; p < self->parameters->items->len; p++)
      layer->n_parameters += shape_size(&parameters_get(self->parameters, p)->shape);
    layer->flops = count_flops(graph, first_node);
  }
  self->input = ((Layer *)g_ptr_array_index(self->layers, 0))->output;
  self->output = ((Layer *)g_ptr_array_index(self->layers, self->layers->len - 1))->output;
  return TRUE;
}

Model *model_new(const char *spec, GError **error) {
  g_autoptr(Model) self = g_new0(Model, 1);

  self->layers = spec_parse(spec, error);
  if (self->layers == NULL)
    return NULL;
  self->spec = g_strdup(spec);
  self->parameters = parameters_new();
  return declare(self, error) ? g_steal_pointer(&self) : NULL;
}

Tensor *model_build(const Model *self, Graph *graph, ParameterSet *set, Tensor **input) {
  LayerBuilder builder = {graph, set, FALSE};
  Tensor *output = NULL;

  for (guint i = 0; i < self->layers->len; i++) {
    output = build_layer(g_ptr_array_index(self->layers, i), &builder, NULL);
    g_assert(output != NULL);
    if (i == 0)
      *input = output;
  }
  return output;
}
