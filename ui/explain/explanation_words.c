#include "core/base/text.h"
#include "ui/explain/explanation_parts.h"

#include <math.h>
#include <string.h>

/* What an op does, in a sentence: forward, and on the way back for each of its inputs. */
typedef struct {
  const char *op, *keras; /* keras NULL: not the work of a layer */
  const char *value;
  const char *gradient[NODE_MAX_INPUTS];
  const char *blocked; /* no gradient comes back: why */
  const char *bias;    /* what ends `value`, then without its full stop, where there is a bias */
} OpWords;

#define WITH_BIAS ", and the bias"

static const OpWords OPS_IN_WORDS[] = {
    {"conv2d",
     "Conv2D",
     "The kernel lies on one window of the input: each number under it times the weight on top, "
     "all added up",
     {"Every window it lay in sends back its own gradient times the weight that lay on it.",
      "This weight met one number in every window: each window adds its gradient times that "
      "number.",
      "The bias is added in every window: their gradients add up."},
     NULL,
     WITH_BIAS},
    {"dense",
     "Dense",
     "Every input times its own weight, all added up",
     {"Every unit reads it: each sends back its own gradient times the weight between the two.",
      "One unit uses this weight, on one input: the unit's gradient times that input.",
      "The unit adds its bias as it is: the gradient is the unit's own."},
     NULL,
     WITH_BIAS},
    {"max_pool2d",
     "MaxPooling2D",
     "The largest number of one window; the others are left out.",
     {"A window passes its gradient on to its largest number alone."},
     "It is not the largest number of its window, so no gradient comes back to it.",
     NULL},
    {"average_pool2d",
     "AveragePooling2D",
     "The mean of the numbers of one window.",
     {"Every window it lies in passes an equal share of its gradient to each of its numbers."},
     NULL,
     NULL},
    {"reshape",
     "Reshape",
     "The same number in another place: nothing is computed.",
     {"The same gradient in another place."},
     NULL,
     NULL},
    {"add",
     "Add",
     "Two numbers added up.",
     {"It is added as it is, so it has the gradient of the sum.",
      "It is added as it is, so it has the gradient of the sum."},
     NULL,
     NULL},
    {"dropout",
     "Dropout",
     "Dropout leaves numbers out only while training; here each one passes.",
     {"Dropout leaves numbers out only while training; here every gradient passes."},
     NULL,
     NULL},
    {"relu",
     "ReLU",
     "ReLU passes a number above 0 as it is and makes every other one 0.",
     {"ReLU passes the gradient on where its input is above 0, and stops it elsewhere."},
     NULL,
     NULL},
    {"softmax",
     "Softmax",
     "Softmax: e to the power of this class's logit, divided by the same of all classes added up, "
     "so that "
     "the shares make 1. The largest logit is taken off each one first: no share changes, and the "
     "powers stay small.",
     {"The classes share 1: what one gains by a larger logit, the others lose."},
     NULL,
     NULL},
    {"cross_entropy",
     NULL,
     "Minus the logarithm of the probability that the true class was given: near 0 when it was "
     "sure and right, large when the truth came as a surprise. Clip keeps the probability within "
     "10⁻⁷ and 1 − 10⁻⁷, so that the logarithm stays finite.",
     {"The slope of −log p is −1/p: the smaller the probability of the truth, the steeper."},
     "Only the true class's probability is in the loss; this is another class's.",
     NULL},
};

static const OpWords *words_of(const Op *op) {
  for (guint i = 0; i < G_N_ELEMENTS(OPS_IN_WORDS); i++)
    if (g_str_equal(OPS_IN_WORDS[i].op, op->name))
      return &OPS_IN_WORDS[i];
  return NULL;
}

/* --- what it is --- */

static gsize layer_length(const char *name) { return strcspn(name, "."); }

static gboolean same_layer(const Tensor *a, const Tensor *b) {
  const gsize n = layer_length(a->name);

  return n == layer_length(b->name) && strncmp(a->name, b->name, n) == 0;
}

/* A layer's first op is the one it is called after: the activation comes second. */
static const Node *layer_node(const Graph *graph, const Tensor *tensor) {
  for (guint n = 0; n < graph->nodes->len; n++) {
    const Node *node = graph->nodes->pdata[n];
    if (same_layer(node->output[0], tensor))
      return node;
  }
  return NULL;
}

static const char *const IMAGE_AXES[] = {"row", "column", "channel"};
static const char *const SEQUENCE_AXES[] = {"time step", "feature"};
static const char *const KERNEL_AXES[] = {"row", "column", "input channel", "filter"};
static const char *const MATRIX_AXES[] = {"from input", "to unit"};

static gboolean is_softmax(const Node *node) {
  return node != NULL && g_str_equal(node->op->name, "softmax");
}

/* What softmax makes probabilities of. */
static gboolean is_logit(const Graph *graph, const Tensor *tensor) {
  for (guint n = 0; n < graph->nodes->len; n++) {
    const Node *node = graph->nodes->pdata[n];
    if (is_softmax(node) && node->input[0] == tensor)
      return TRUE;
  }
  return FALSE;
}

static const char *axis_name(const Graph *graph, const Tensor *tensor, const Node *layer,
                             int axis) {
  const int rank = tensor->shape.rank - (tensor->batched ? 1 : 0);
  const gboolean classes = is_softmax(tensor->maker) || is_logit(graph, tensor);

  if (rank == 1 && tensor->parameter && layer != NULL && g_str_equal(layer->op->name, "conv2d"))
    return "filter";
  if (rank == 1)
    return classes ? "class" : tensor->maker == NULL && !tensor->parameter ? "number" : "unit";
  if (tensor->parameter)
    return rank == 4 ? KERNEL_AXES[axis] : rank == 2 ? MATRIX_AXES[axis] : "index";
  return rank == 3 ? IMAGE_AXES[axis] : rank == 2 ? SEQUENCE_AXES[axis] : "index";
}

static void append_place(GString *text, const Graph *graph, const Tensor *tensor, const Node *layer,
                         gsize offset) {
  const int from = tensor->batched ? 1 : 0;
  int index[TENSOR_MAX_RANK];

  shape_unravel(&tensor->shape, offset, index);
  for (int i = from; i < tensor->shape.rank; i++)
    g_string_append_printf(text, "%s%s %d", i == from ? ": " : ", ",
                           axis_name(graph, tensor, layer, i - from), index[i]);
}

static const char *role(const Tensor *tensor, const Graph *graph) {
  const char *suffix = tensor->name + layer_length(tensor->name);

  if (tensor == graph->loss)
    return "loss of one example";
  if (tensor->type == TENSOR_INT)
    return "true class";
  if (tensor->parameter && g_str_equal(suffix, ".kernel"))
    return "weight";
  if (tensor->parameter)
    return *suffix == '.' ? suffix + 1 : "parameter";
  if (tensor->maker == NULL)
    return tensor->shape.rank == 4 ? "pixel" : "input";
  if (is_softmax(tensor->maker))
    return "probability";
  if (is_logit(graph, tensor))
    return "logit";
  return g_str_equal(suffix, ".preactivation") ? "preactivation" : "output";
}

static const char *keras_name(const Node *layer) {
  const OpWords *words = words_of(layer->op);

  if (layer->op->view && layer->output[0]->shape.rank == 2)
    return "Flatten";
  return words != NULL && words->keras != NULL ? words->keras : "layer";
}

char *words_what(const Graph *graph, const Tensor *tensor, gsize offset, gboolean gradient) {
  GString *text = g_string_new(gradient ? "Gradient of the loss by the " : "");
  const Node *layer = layer_node(graph, tensor);
  const gsize start = text->len;

  g_string_append(text, role(tensor, graph));
  if (!gradient)
    text->str[start] = g_ascii_toupper(text->str[start]);
  if (layer != NULL && tensor != graph->loss)
    g_string_append_printf(text, " of %s “%.*s”", keras_name(layer),
                           (int)layer_length(tensor->name), tensor->name);
  append_place(text, graph, tensor, layer, offset);
  return g_string_free(text, FALSE);
}

/* --- of which example --- */

static char *example_text(const Probe *probe, gboolean drawing) {
  static const char *const PARTS[] = {"training", "validation", "test"};

  if (drawing)
    return g_strdup("your drawing");
  return g_strdup_printf("%s example %u", PARTS[probe->part], probe->example);
}

char *words_origin(const Probe *probe, gboolean drawing, const Tensor *tensor, gboolean gradient) {
  g_autofree char *example = example_text(probe, drawing);
  g_autofree char *when = probe->step == 0 ? g_strdup("Before the first step")
                                           : g_strdup_printf("After step %u", probe->step);
  const Tensor *label = probe->ends.target;

  if (tensor->parameter && !gradient)
    return g_strdup_printf("%s: the same for every example.", when);
  if (drawing && (gradient || tensor == probe->ends.loss) && label->type == TENSOR_INT)
    return g_strdup_printf("%s, your drawing, as if it were the %d it is taken for.", when,
                           label->index[0]);
  return g_strdup_printf("%s, %s: of this one example, not of a batch.", when, example);
}

/* --- how it came about --- */

static char *given_text(const Probe *probe, gboolean drawing, const Tensor *tensor, gsize offset) {
  g_autofree char *example = example_text(probe, drawing);

  if (tensor->type == TENSOR_INT)
    return drawing ? g_strdup("The class the model takes your drawing for, used as its label.")
                   : g_strdup_printf("The true class of %s: given with the data.", example);
  const double value = element_value(tensor, offset, FALSE), byte = round(255 * value);
  const char *thing = tensor->shape.rank == 4 ? "A pixel" : "An input";
  if (tensor->shape.rank == 4 && byte >= 0 && byte <= 255 && fabs(255 * value - byte) < 1e-3)
    return g_strdup_printf("%s of %s: given, %.0f/255.", thing, example, byte);
  return g_strdup_printf("%s of %s: given.", thing, example);
}

static char *learned_text(const Probe *probe, const Tensor *tensor) {
  const int i = parameters_find(probe->parameters, tensor->name);
  const gboolean zeros =
      i >= 0 && g_str_equal(parameters_get(probe->parameters, (guint)i)->initializer, "zeros");

  return g_strdup_printf("A learned number: it began %s%s", zeros ? "at 0" : "at random",
                         probe->step == 0 ? "." : ", and training has moved it since.");
}

char *words_value(const Graph *graph, const Probe *probe, gboolean drawing, const Tensor *tensor,
                  gsize offset) {
  const Node *node = tensor->maker;
  const OpWords *words = node != NULL ? words_of(node->op) : NULL;

  if (tensor->parameter)
    return learned_text(probe, tensor);
  if (node == NULL)
    return given_text(probe, drawing, tensor, offset);
  if (words == NULL)
    return g_strdup_printf("The function %s of %s.", node->op->name,
                           node->n_inputs == 1 ? "one number" : "its inputs");
  if (words->bias != NULL)
    return g_strconcat(words->value, node->input[2] != NULL ? words->bias : "", ".", NULL);
  return g_strdup(words->value);
}

/* What a use says about the gradient; a view's further uses share its gradient and speak for it. */
static void append_use(GString *text, const Node *node, int input, gboolean passes) {
  const OpWords *words = words_of(node->op);
  const char *sentence = words != NULL ? words->gradient[input] : NULL;

  if (words != NULL && !passes && words->blocked != NULL)
    sentence = words->blocked;
  if (sentence == NULL)
    sentence = "The gradient of what uses it, times the slope there.";
  if (strstr(text->str, sentence) == NULL)
    g_string_append_printf(text, " %s", sentence);
}

char *words_gradient(const Graph *graph, const Tensor *tensor, gboolean passes) {
  GString *text = g_string_new("How fast the loss changes with this number.");
  const gsize start = text->len;

  if (tensor == graph->loss) {
    g_string_append(text, " The loss by itself: 1. The way back starts here.");
    return g_string_free(text, FALSE);
  }
  for (guint n = 0; n < graph->nodes->len; n++) {
    const Node *node = graph->nodes->pdata[n];
    for (int i = 0; i < node->n_inputs; i++)
      if (node->active && node->input[i] == tensor)
        append_use(text, node, i, passes);
  }
  if (text->len == start)
    g_string_append(text, " The loss does not depend on it.");
  return g_string_free(text, FALSE);
}

char *words_update(const char *optimizer, double learning_rate, double batch_size) {
  g_autofree char *rate = g_strdup("the learning rate"), *batch = g_strdup("a batch");
  char number[NUMBER_SIZE];

  if (learning_rate > 0) {
    g_free(rate);
    g_autofree char *text = text_from_real(learning_rate);
    rate = g_strdup_printf("the learning rate, %s,", text);
  }
  if (batch_size > 0) {
    g_free(batch);
    batch = g_strdup_printf("a batch of %s", count_text(batch_size, number));
  }
  if (optimizer == NULL)
    return g_strdup_printf("Each training step moves it against its gradient, the mean over %s; "
                           "the optimizer decides how far.",
                           batch);
  if (g_str_equal(optimizer, "adam"))
    return g_strdup_printf(
        "Adam moves it against its gradient by about %s whatever the gradient's "
        "size: a running mean of its gradients, divided by the root of a running "
        "mean of their squares. Each gradient is the mean over %s.",
        rate, batch);
  if (g_str_equal(optimizer, "sgd"))
    return g_strdup_printf(
        "Plain gradient descent takes %s times the gradient off it. The gradient "
        "is the mean over %s.",
        rate, batch);
  return g_strdup_printf("Gradient descent with %s: it keeps most of its last move and adds %s "
                         "times the gradient, against it. The gradient is the mean over %s.",
                         g_str_equal(optimizer, "nesterov") ? "Nesterov's momentum" : optimizer,
                         rate, batch);
}
