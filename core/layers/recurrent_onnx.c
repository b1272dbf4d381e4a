/* Recurrent layers as ONNX's RNN, LSTM and GRU: sequences there have the steps first, kernels stand
 * on their side, and an LSTM's gates come in the order i, o, f, c. */
#include "core/formats/onnx.h"
#include "core/layers/recurrent.h"

/* For gate k of ONNX the one of Keras. */
static const int RNN_GATES[] = {0}, LSTM_GATES[] = {0, 3, 1, 2}, GRU_GATES[] = {0, 1, 2};

typedef struct {
  const char *op;
  const int *order;
  int gates, states;
} Cell;

static const Cell CELLS[] = {
    [RECURRENT_SIMPLE_RNN] = {"RNN", RNN_GATES, 1, 1},
    [RECURRENT_LSTM] = {"LSTM", LSTM_GATES, 4, 2},
    [RECURRENT_GRU] = {"GRU", GRU_GATES, 3, 1},
};

/* What is being written: of one layer, or one way of it. */
typedef struct {
  const Layer *layer;
  const ParameterSet *parameters;
  gpointer onnx;
  const RecurrentPart *part;
  const Cell *cell;
  int units;
} Writing;

static const Parameter *find(const Writing *self, const char *suffix) {
  g_autofree char *name = g_strconcat(self->layer->name, *self->part->part != '\0' ? "." : "",
                                      self->part->part, ".", suffix, NULL);
  const int index = parameters_find(self->parameters, name);

  return index >= 0 ? parameters_get(self->parameters, (guint)index) : NULL;
}

static const char *add_floats(const Writing *self, const char *stem, const Shape *shape,
                              const float *values) {
  const char *name = onnx_graph_unique(self->onnx, stem);

  onnx_graph_floats(self->onnx, name, shape, values);
  return name;
}

/* (rows, G·U) → (1, G·U, rows), gates in ONNX's order. */
static const char *add_kernel(const Writing *self, const char *suffix) {
  const Parameter *item = find(self, suffix);
  const float *from = self->parameters->value + item->offset;
  const int rows = item->shape.dim[0], columns = item->shape.dim[1];
  g_autofree float *turned = g_new(float, shape_size(&item->shape));

  for (int k = 0; k < columns; k++)
    for (int r = 0; r < rows; r++)
      turned[k * rows + r] =
          from[r * columns + self->cell->order[k / self->units] * self->units + k % self->units];
  return add_floats(self, item->name, &SHAPE(1, columns, rows), turned);
}

/* Two biases: for x, and for h, which is zero unless reset_after is. */
static const char *add_bias(const Writing *self) {
  const Parameter *item = find(self, "bias");
  const int columns = self->cell->gates * self->units;

  if (item == NULL)
    return "";
  const float *from = self->parameters->value + item->offset;
  g_autofree float *both = g_new0(float, 2 * (gsize)columns);
  for (int row = 0; row < (item->shape.rank == 2 ? 2 : 1); row++)
    for (int k = 0; k < columns; k++)
      both[row * columns + k] =
          from[row * columns + self->cell->order[k / self->units] * self->units + k % self->units];
  return add_floats(self, item->name, &SHAPE(1, 2 * columns), both);
}

static const char *apply(const Writing *self, const char *op, const char *const *read,
                         const char *stem, OnnxNode **node) {
  const char *made = onnx_graph_unique(self->onnx, stem);

  *node = onnx_graph_node(self->onnx, op, made, read, (const char *[]){made, NULL});
  return made;
}

static const char *number(const Writing *self, gint64 value) {
  const char *name = onnx_graph_unique(self->onnx, "number");

  onnx_graph_int64s(self->onnx, name, 1, &value);
  return name;
}

static const char *with_axis(const Writing *self, const char *op, const char *value, int axis,
                             const char *stem) {
  OnnxNode *node;

  return apply(self, op, (const char *[]){value, number(self, axis), NULL}, stem, &node);
}

/* Between batch first and steps first. */
static const char *swap(const Writing *self, const char *value, const char *stem) {
  static const gint64 PERM[] = {1, 0, 2};
  OnnxNode *node;
  const char *made = apply(self, "Transpose", (const char *[]){value, NULL}, stem, &node);

  onnx_node_ints(node, "perm", 3, PERM);
  return made;
}

/* From the last step to the first. */
static const char *reverse(const Writing *self, const char *value) {
  OnnxNode *node;

  return apply(self, "Slice",
               (const char *[]){value, number(self, -1), number(self, G_MININT64), number(self, 0),
                                number(self, -1), NULL},
               self->layer->name, &node);
}

static const char *ONNX_ACTIVATIONS[] = {"Affine", "Relu", "Sigmoid", "Tanh"};

/* Those of the gates, then of what the states are squashed by; Affine is linear with these. */
static void add_activations(const Writing *self, OnnxNode *node) {
  const gboolean gated = self->part->kind != RECURRENT_SIMPLE_RNN;
  const char *inner = ONNX_ACTIVATIONS[(int)layer_number(self->layer, "activation")], *list[3];
  const float one[] = {1, 1, 1}, zero[] = {0, 0, 0};
  int n = 0, affine = 0;

  if (gated)
    list[n++] = ONNX_ACTIVATIONS[(int)layer_number(self->layer, "recurrent_activation")];
  list[n++] = inner;
  if (self->part->kind == RECURRENT_LSTM)
    list[n++] = inner;
  for (int i = 0; i < n; i++)
    affine += list[i] == ONNX_ACTIVATIONS[RECURRENT_LINEAR];
  onnx_node_strings(node, "activations", n, list);
  if (affine > 0) {
    onnx_node_floats(node, "activation_alpha", affine, one);
    onnx_node_floats(node, "activation_beta", affine, zero);
  }
}

static void add_attributes(const Writing *self, OnnxNode *node) {
  onnx_node_int(node, "hidden_size", self->units);
  onnx_node_string(node, "direction", self->part->go_backwards ? "reverse" : "forward");
  add_activations(self, node);
  if (self->part->kind == RECURRENT_GRU)
    onnx_node_int(node, "linear_before_reset", layer_number(self->layer, "reset_after") != 0);
}

static const char *state_name(const Writing *self, int k, const char *suffix) {
  g_autofree char *name =
      g_strconcat(self->layer->name, *self->part->part != '\0' ? "." : "", self->part->part,
                  k == 0 ? ".state_h" : ".state_c", suffix, NULL);

  return onnx_graph_unique(self->onnx, name);
}

/* The node; `made` gets y, (T, 1, B, U), then the last states, (1, B, U). */
static void add_node(const Writing *self, const char *x, const char *const *first,
                     const char **made) {
  const char *read[8] = {swap(self, x, "steps"), add_kernel(self, "kernel"),
                         add_kernel(self, "recurrent_kernel"), add_bias(self), ""};

  for (int k = 0; k < self->cell->states && first != NULL; k++)
    read[5 + k] = with_axis(self, "Unsqueeze", first[k], 0, "first");
  made[0] = onnx_graph_unique(self->onnx, self->layer->name);
  for (int k = 0; k < self->cell->states; k++)
    made[1 + k] = state_name(self, k, ".last");
  made[1 + self->cell->states] = NULL;
  add_attributes(self, onnx_graph_node(self->onnx, self->cell->op, made[0], read, made));
}

const char *layer_recurrent_onnx(const Layer *layer, const ParameterSet *parameters, gpointer onnx,
                                 const RecurrentPart *part, const char *x,
                                 const char *const *first) {
  const Writing self = {.layer = layer,
                        .parameters = parameters,
                        .onnx = onnx,
                        .part = part,
                        .cell = &CELLS[part->kind],
                        .units = (int)layer_number(layer, "units")};
  const char *made[4], *states[2], *y;
  OnnxNode *node;

  add_node(&self, x, first, made);
  for (int k = 0; k < self.cell->states; k++) {
    states[k] = state_name(&self, k, "");
    onnx_graph_node(onnx, "Squeeze", states[k],
                    (const char *[]){made[1 + k], number(&self, 0), NULL},
                    (const char *[]){states[k], NULL});
  }
  if (layer_number(layer, "return_sequences") == 0)
    return apply(&self, "Identity", (const char *[]){states[0], NULL}, layer->name, &node);
  y = with_axis(&self, "Squeeze", made[0], 1, layer->name);
  if (part->go_backwards && !part->in_order)
    y = reverse(&self, y);
  return swap(&self, y, layer->name);
}
