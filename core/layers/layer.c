#include "core/layers/layer.h"

#include "core/ops/ops.h"

const char *const ACTIVATIONS[] = {"linear",  "relu",     "leaky_relu", "elu",         "selu",
                                   "sigmoid", "tanh",     "softmax",    "log_softmax", "gelu",
                                   "silu",    "softplus", "step",       NULL};

const LayerClass *layer_class_find(const char *name) {
  for (const LayerClass *const *klass = LAYERS; *klass != NULL; klass++)
    if (g_str_equal((*klass)->name, name))
      return *klass;
  return NULL;
}

static int argument_index(const Layer *self, const char *argument) {
  int i = 0;

  while (!g_str_equal(self->klass->arguments[i].name, argument))
    g_assert(self->klass->arguments[++i].name != NULL);
  return i;
}

double layer_number(const Layer *self, const char *argument) {
  return self->values[argument_index(self, argument)].number;
}

const Shape *layer_shape(const Layer *self, const char *argument) {
  return &self->values[argument_index(self, argument)].shape;
}

const char *layer_choice(const Layer *self, const char *argument) {
  int i = argument_index(self, argument);

  return self->klass->arguments[i].choices[(int)self->values[i].number];
}

const char *layer_text(const Layer *self, const char *argument) {
  return self->values[argument_index(self, argument)].text;
}

/* `as`: the shape it has in the graph, of the same numbers; NULL: its own. */
static Tensor *bind(LayerBuilder *builder, const char *name, const Shape *as) {
  const ParameterSet *set = builder->parameters;
  const int index = parameters_find(set, name);

  if (index < 0)
    return NULL;
  const Parameter *item = parameters_get(set, (guint)index);
  const gboolean learns = set->grad != NULL && item->trainable && !builder->frozen;
  return graph_parameter(builder->graph, name, as != NULL ? as : &item->shape,
                         set->value != NULL ? set->value + item->offset : NULL,
                         learns ? set->grad + item->offset : NULL);
}

static Tensor *add(const Layer *self, LayerBuilder *builder, const char *suffix, const Shape *shape,
                   const char *initializer, gboolean trainable, const Shape *as) {
  g_autofree char *name = g_strconcat(builder->scope, self->name, ".", suffix, NULL);

  if (builder->declaring)
    parameters_add(builder->parameters, name, shape, initializer, trainable && self->trainable);
  Tensor *tensor = bind(builder, name, as);
  g_assert(tensor != NULL && shape_size(&tensor->shape) == shape_size(shape));
  return tensor;
}

Tensor *layer_parameter(const Layer *self, LayerBuilder *builder, const char *suffix,
                        const Shape *shape, const char *initializer) {
  return add(self, builder, suffix, shape, initializer, TRUE, shape);
}

Tensor *layer_parameter_as(const Layer *self, LayerBuilder *builder, const char *suffix,
                           const Shape *shape, const char *initializer, const Shape *as) {
  return add(self, builder, suffix, shape, initializer, TRUE, as);
}

Tensor *layer_statistic(const Layer *self, LayerBuilder *builder, const char *suffix,
                        const Shape *shape, const char *initializer) {
  return add(self, builder, suffix, shape, initializer, FALSE, shape);
}

Tensor *layer_tied_parameter(LayerBuilder *builder, const char *other, const char *suffix) {
  g_autofree char *name = g_strconcat(builder->scope, other, ".", suffix, NULL);

  return bind(builder, name, NULL);
}

double activation_parameter(const char *activation) {
  return g_str_equal(activation, "leaky_relu") ? 0.2 : g_str_equal(activation, "elu") ? 1 : 0;
}

char *layer_before_activation(const Layer *self) {
  gboolean none = g_str_equal(layer_choice(self, "activation"), "linear");

  return none ? g_strdup(self->name) : g_strdup_printf("%s.preactivation", self->name);
}

Tensor *layer_activate(const Layer *self, LayerBuilder *builder, Tensor *input, GError **error) {
  const char *activation = layer_choice(self, "activation");
  const ActivationAttrs attrs = {activation_parameter(activation)};

  if (g_str_equal(activation, "linear"))
    return input;
  return graph_apply(builder->graph, op_find(activation), self->name, &attrs, &input, 1, error);
}
