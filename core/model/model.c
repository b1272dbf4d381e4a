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

/* A model being built: what its layers have made so far. */
typedef struct {
  LayerBuilder layer;
  GHashTable *outputs; /* of layers, by name */
} Building;

static void building_init(Building *self, Graph *graph, const ModelPlace *place) {
  *self = (Building){{.graph = graph,
                      .parameters = place->parameters,
                      .scope = place->scope != NULL ? place->scope : "",
                      .frozen = place->frozen},
                     g_hash_table_new(g_str_hash, g_str_equal)};
  graph_set_prefix(graph, place->prefix != NULL ? place->prefix : "");
}

static void building_clear(Building *self) {
  graph_set_prefix(self->layer.graph, "");
  g_hash_table_unref(self->outputs);
}

/* Whether others may build on it: neither a parameter nor an inner value. */
static gboolean is_result(const Tensor *tensor) {
  const Node *maker = tensor->maker;
  int i = 0;

  if (maker == NULL)
    return !tensor->parameter;
  while (maker->output[i] != tensor)
    i++;
  return i < MAX(1, maker->op->results);
}

/* A layer's result by its name, or a further one as "encoder.state". */
static Tensor *find_source(const Building *self, const char *name) {
  Tensor *output = g_hash_table_lookup(self->outputs, name);
  g_autofree char *full = g_strconcat(self->layer.graph->prefix, name, NULL);

  if (output == NULL)
    output = graph_find(self->layer.graph, full);
  return output != NULL && is_result(output) ? output : NULL;
}

static gboolean same_steps(const Tensor *a, const Tensor *b) {
  return a->shape.rank > 1 && b->shape.rank > 1 && a->shape.dim[1] == b->shape.dim[1];
}

/* What is padding before a layer that works step by step is padding after it. */
static void pass_mask(const Layer *layer, Tensor *const *inputs, Tensor *output) {
  for (int i = 0; layer->klass->passes_mask && output->mask == NULL && i < layer->n_from; i++)
    if (inputs[i]->mask != NULL && same_steps(inputs[i], output))
      output->mask = inputs[i]->mask;
}

/* Says which results the layer has: "encoder.state_h", … */
static void fail_no_result(const Layer *layer, const Building *building, const char *from,
                           GError **error) {
  const GPtrArray *tensors = building->layer.graph->tensors;
  const gsize prefix = strlen(building->layer.graph->prefix), stem = strcspn(from, ".") + 1;
  g_autoptr(GString) known = g_string_new(NULL);

  for (guint t = 0; t < tensors->len; t++) {
    const Tensor *tensor = g_ptr_array_index(tensors, t);
    if (is_result(tensor) && strncmp(tensor->name + prefix, from, stem) == 0)
      g_string_append_printf(known, "%s%s", known->len > 0 ? ", " : "; there are ",
                             tensor->name + prefix);
  }
  g_set_error(error, MODEL_ERROR, MODEL_ERROR_SPEC, "%s: there is no result ‘%s’ to read%s",
              layer->name, from, known->str);
}

static gboolean find_sources(const Layer *layer, const Building *building, Tensor **inputs,
                             GError **error) {
  for (int i = 0; i < layer->n_from; i++) {
    inputs[i] = find_source(building, layer->from[i]);
    if (inputs[i] == NULL) {
      fail_no_result(layer, building, layer->from[i], error);
      return FALSE;
    }
  }
  return TRUE;
}

static Tensor *build_layer(const Layer *layer, Building *building, GError **error) {
  Tensor *inputs[LAYER_MAX_INPUTS];

  if (!find_sources(layer, building, inputs, error))
    return NULL;
  Tensor *output = layer->klass->build(layer, &building->layer, inputs, layer->n_from, error);
  if (output == NULL)
    return NULL;
  pass_mask(layer, inputs, output);
  g_hash_table_insert(building->outputs, layer->name, output);
  return output;
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

static gboolean declare_layer(Model *self, Layer *layer, Building *building, Sizes *sizes,
                              GError **error) {
  const GPtrArray *nodes = building->layer.graph->nodes;
  const guint before = self->parameters->items->len, first_node = nodes->len;
  GError *problem = NULL;
  Tensor *output = build_layer(layer, building, &problem);

  if (output == NULL) {
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SPEC, "line %d, column %d: %s", layer->line,
                layer->column, problem->message);
    g_error_free(problem);
    return FALSE;
  }
  if (!add_sizes(self, layer, before, output, sizes, error))
    return FALSE;
  layer->output = row_shape(output);
  for (int i = 0; i < layer->n_from; i++)
    layer->input[i] = row_shape(find_source(building, layer->from[i]));
  for (guint p = before; p < self->parameters->items->len; p++)
    layer->n_parameters += shape_size(&parameters_get(self->parameters, p)->shape);
  layer->flops = count_flops(building->layer.graph, first_node);
  return TRUE;
}

static gboolean note_input(Model *self, const Layer *layer, GError **error) {
  if (self->n_inputs < LAYER_MAX_INPUTS) {
    self->inputs[self->n_inputs++] = layer;
    return TRUE;
  }
  g_set_error(error, MODEL_ERROR, MODEL_ERROR_SPEC, "line %d: a model has %d inputs at most",
              layer->line, LAYER_MAX_INPUTS);
  return FALSE;
}

/* Builds once into a graph that is never run: finds shapes and declares parameters. */
static gboolean declare(Model *self, GError **error) {
  g_autoptr(Graph) graph = graph_new(GRAPH_PROBE, 1, 0);
  Building building;
  Sizes sizes = {0};
  gboolean valid = TRUE;

  building_init(&building, graph, &(ModelPlace){.parameters = self->parameters});
  building.layer.declaring = TRUE;
  for (guint i = 0; valid && i < self->layers->len; i++) {
    Layer *layer = g_ptr_array_index(self->layers, i);
    valid = declare_layer(self, layer, &building, &sizes, error) &&
            (!layer->klass->source || note_input(self, layer, error));
  }
  building_clear(&building);
  self->input = ((Layer *)g_ptr_array_index(self->layers, 0))->output;
  self->output = ((Layer *)g_ptr_array_index(self->layers, self->layers->len - 1))->output;
  return valid;
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

Tensor *model_build(const Model *self, Graph *graph, const ModelPlace *place, Tensor **inputs) {
  Building building;
  Tensor *output = NULL;
  int n = 0;

  building_init(&building, graph, place);
  for (guint i = 0; i < self->layers->len; i++) {
    const Layer *layer = g_ptr_array_index(self->layers, i);
    if (layer->klass->source && place->given[n] != NULL) {
      output = place->given[n];
      g_hash_table_insert(building.outputs, layer->name, output);
    } else {
      output = build_layer(layer, &building, NULL);
    }
    g_assert(output != NULL);
    if (layer->klass->source && inputs != NULL)
      inputs[n] = output;
    n += layer->klass->source;
  }
  building_clear(&building);
  return output;
}
