/* Every op explains its numbers, forward and gradient: the tree gives back what is stored, and
 * tells what changing an operand would do. */
#include "sample.h"

#include "core/model/model.h"
#include "core/ops/ops.h"

#include <math.h>
#include <string.h>

#define BOUND 1e-5
#define PLACES 12 /* looked at in each tensor */
#define STEP 3

static void run_forward(Sample *sample, int rows) { graph_forward(sample->graph, rows, STEP); }

static void assert_value(const char *what, const Expr *expr, double stored) {
  const double value = expr_evaluate(expr), magnitude = fmax(expr_magnitude(expr), 1e-30);

  if (!(fabs(value - stored) <= BOUND * fmax(magnitude, fabs(stored))))
    g_error("%s is %.9g, explained as %.9g", what, stored, value);
}

/* The operands of a tree that are numbers of other tensors, in a list. */
static void collect(const Expr *operand, gpointer list) {
  if (operand->tensor->type == TENSOR_FLOAT)
    g_ptr_array_add(list, (gpointer)operand);
}

/* Some number that goes into the node, or into what lifts it. */
static real *any_input(const Node *node, int rows, gsize offset, gboolean lifted, const Rng *rng) {
  const Tensor *input = NULL;

  for (guint32 i = 0; input == NULL || input->type != TENSOR_FLOAT; i++)
    input = node->input[rng_below(rng, offset + 2000 + i, (guint32)node->n_inputs)];
  if (lifted && input->maker != NULL)
    input = input->maker->input[0];
  const gsize n = input->batched ? (gsize)rows * tensor_row_size(input) : shape_size(&input->shape);
  return &input->value[rng_below(rng, offset + 3000, (guint32)n)];
}

/* Changes one operand a little, runs the op again, and compares with what the tree says now. Where
 * a maximum or a cut changes sides the tree changes sides with it. */
static void check_prediction(Sample *sample, Node *node, const Tensor *y, const Expr *expr,
                             gsize offset, int rows, const Rng *rng) {
  g_autoptr(GPtrArray) operands = g_ptr_array_new();

  expr_foreach_operand(expr, collect, operands);
  if (operands->len == 0)
    return;
  const Expr *operand = g_ptr_array_index(operands, rng_below(rng, offset + 1000, operands->len));
  real *place = operand->tensor->maker == node ? any_input(node, rows, offset, FALSE, rng)
                                               : &operand->tensor->value[operand->offset];
  const real before = *place;
  *place += (real)0.25;
  node->op->forward(node, (Tile){0, rows, 0, rows});
  assert_value(y->name, expr, y->value[offset]);
  *place = before;
  run_forward(sample, rows);
}

static void check_forward(Sample *sample, Node *node, const Tensor *y, int rows) {
  const gsize n = (gsize)rows * tensor_row_size(y);
  const Rng rng = rng_new(5, RNG_TEST, 1);

  for (gsize i = 0; i < PLACES; i++) {
    const gsize offset = rng_below(&rng, i, (guint32)n);
    g_autoptr(Expr) expr = graph_explain(sample->graph, y, offset);
    g_autofree char *text = expr_to_string(expr, 0);
    g_assert_cmpuint(strlen(text), >, 0);
    assert_value(y->name, expr, y->value[offset]);
    if (!node->op->view)
      check_prediction(sample, node, y, expr, offset, rows, &rng);
  }
}

/* What an op's own outputs are to the loss: by those that use them and by the op itself. */
static void check_output_gradient(Sample *sample, const Tensor *y, int rows) {
  const gsize n = (gsize)rows * tensor_row_size(y);
  const Rng rng = rng_new(5, RNG_TEST, 4);

  for (gsize i = 0; i < PLACES && y->grad != NULL; i++) {
    const gsize offset = rng_below(&rng, i, (guint32)n);
    g_autoptr(Expr) expr = graph_explain_gradient(sample->graph, y, offset, rows);
    assert_value(y->name, expr, y->grad[offset]);
  }
}

/* A gradient is linear in the gradient above it: changing that changes it as the tree says. */
static void check_gradient_prediction(Sample *sample, Node *node, const Tensor *tensor,
                                      const Expr *expr, gsize offset, int rows) {
  real *above = node->output[0]->grad, before = tensor->grad[offset];
  const gsize n = (gsize)rows * tensor_row_size(node->output[0]);

  for (gsize i = 0; i < n; i++)
    above[i] *= (real)1.5;
  memset(tensor->grad, 0, shape_size(&tensor->shape) * sizeof(real));
  node->op->backward(node, (Tile){0, rows, 0, rows});
  assert_value(tensor->name, expr, tensor->grad[offset]);
  g_assert_true(before == 0 || tensor->grad[offset] != before);
  graph_step(sample->graph, rows, STEP);
}

/* The operands of a tree as text: the same as long as the same windows, maxima and classes count.
 */
static void append_place(const Expr *operand, gpointer text) {
  g_string_append_printf(text, "%s%s[%" G_GSIZE_FORMAT "] ", operand->gradient ? "d" : "",
                         operand->tensor->name, operand->offset);
}

static gboolean same_operands(const Expr *a, const Expr *b) {
  g_autoptr(GString) x = g_string_new(NULL), y = g_string_new(NULL);

  expr_foreach_operand(a, append_place, x);
  expr_foreach_operand(b, append_place, y);
  return g_string_equal(x, y);
}

/* What the op adds to the gradient, with the values and gradients that stand there now. What the op
 * made is left alone where it is itself an operand. */
static double gradient_again(Node *node, const Tensor *tensor, gsize offset, gboolean forward,
                             int rows) {
  if (forward)
    node->op->forward(node, (Tile){0, rows, 0, rows});
  for (int i = 0; i < node->n_inputs; i++)
    if (node->input[i] != NULL && node->input[i]->grad != NULL)
      memset(node->input[i]->grad, 0, shape_size(&node->input[i]->shape) * sizeof(real));
  node->op->backward(node, (Tile){0, rows, 0, rows});
  return (double)tensor->grad[offset];
}

/* Changes one operand of a gradient, of whatever kind, and runs the op again. A change that makes
 * another input the largest of its window makes another tree: then a smaller one. */
static void check_operand(Sample *sample, Node *node, const Tensor *tensor, const Expr *expr,
                          const Expr *operand, gsize offset, int rows) {
  real *values = operand->gradient ? operand->tensor->grad : operand->tensor->value;
  const real before = values[operand->offset];
  const gboolean forward = !operand->gradient && operand->tensor != node->output[0];
  gboolean done = FALSE;

  for (double delta = 0.25; !done && delta > 1e-4; delta /= 8) {
    values[operand->offset] = before + (real)delta;
    const double is = gradient_again(node, tensor, offset, forward, rows);
    g_autoptr(Expr) again = graph_explain_gradient(sample->graph, tensor, offset, rows);
    done = same_operands(expr, again);
    if (done)
      assert_value(tensor->name, expr, is);
    values[operand->offset] = before;
  }
  g_assert_true(done);
  graph_step(sample->graph, rows, STEP);
}

static void check_operands(Sample *sample, Node *node, const Tensor *tensor, const Expr *expr,
                           gsize offset, int rows) {
  const Rng rng = rng_new(7, RNG_TEST, 6);
  g_autoptr(GPtrArray) operands = g_ptr_array_new();

  expr_foreach_operand(expr, collect, operands);
  for (guint64 i = 0; i < 4 && operands->len > 0; i++)
    check_operand(sample, node, tensor, expr,
                  g_ptr_array_index(operands, rng_below(&rng, 4 * offset + i, operands->len)),
                  offset, rows);
}

/* Where gradients run through the op's own outputs, one after the other, no part of the way back
 * can be run alone: something that goes in changes, and all of it runs again. */
static void check_whole_way(Sample *sample, Node *node, const Tensor *tensor, const Expr *expr,
                            gsize offset, int rows) {
  const Rng rng = rng_new(7, RNG_TEST, 9);
  real *place = any_input(node, rows, offset, TRUE, &rng), before = *place;

  *place += (real)0.25;
  graph_step(sample->graph, rows, STEP);
  assert_value(tensor->name, expr, tensor->grad[offset]);
  *place = before;
  graph_step(sample->graph, rows, STEP);
}

static void check_gradient(Sample *sample, Node *node, Tensor *tensor, int rows) {
  const gsize n =
      tensor->batched ? (gsize)rows * tensor_row_size(tensor) : shape_size(&tensor->shape);
  const Rng rng = rng_new(6, RNG_TEST, 2);

  for (gsize i = 0; i < PLACES; i++) {
    const gsize offset = rng_below(&rng, i, (guint32)n);
    g_autoptr(Expr) expr = graph_explain_gradient(sample->graph, tensor, offset, rows);
    assert_value(tensor->name, expr, tensor->grad[offset]);
    if (node->op->view)
      continue;
    if (node->op->explain_inner != NULL) {
      check_whole_way(sample, node, tensor, expr, offset, rows);
      continue;
    }
    check_gradient_prediction(sample, node, tensor, expr, offset, rows);
    check_operands(sample, node, tensor, expr, offset, rows);
  }
}

/* Used twice: the explanation is of the sum. */
static void check_two_uses(const Op *op, int index) {
  const SampleCase c = {op->name, &op->samples[index], 2, TRUE, 3};
  const int rows = c.sample->input[0].dim[0];
  const Rng rng = rng_new(8, RNG_TEST, 7);
  g_autoptr(Sample) sample = sample_new(&c, GRAPH_PROBE);

  graph_step(sample->graph, rows, STEP);
  for (int i = 0; i < sample->n_inputs; i++)
    for (gsize k = 0; k < PLACES && sample->input[i] != NULL && sample->input[i]->grad != NULL;
         k++) {
      const Tensor *tensor = sample->input[i];
      const gsize offset = rng_below(&rng, k, (guint32)shape_size(&tensor->shape));
      g_autoptr(Expr) expr = graph_explain_gradient(sample->graph, tensor, offset, rows);
      assert_value(tensor->name, expr, (double)tensor->grad[offset]);
    }
}

static void test_op(gconstpointer data) {
  const Op *op = data;

  for (int s = 0; op->samples[s].input[0].rank > 0; s++) {
    if (shape_size(&op->samples[s].input[0]) > 20000)
      continue; /* the same op, large, for its fast kernels */
    check_two_uses(op, s);
    const SampleCase c = {op->name, &op->samples[s], 1, TRUE, 3};
    g_autoptr(Sample) sample = sample_new(&c, GRAPH_PROBE);
    Node *node = sample_node(sample);
    const int rows = op->samples[s].input[0].dim[0];
    graph_step(sample->graph, rows, STEP);
    for (int i = 0; i < node->n_outputs; i++)
      check_forward(sample, node, node->output[i], rows);
    graph_step(sample->graph, rows, STEP);
    for (int i = 0; i < node->n_outputs; i++)
      check_output_gradient(sample, node->output[i], rows);
    for (int i = 0; i < node->n_inputs; i++)
      if (node->input[i] != NULL && node->input[i]->grad != NULL)
        check_gradient(sample, node, node->input[i], rows);
  }
}

/* --- a whole network --- */

typedef struct {
  Graph *graph;
  ParameterSet *set;
  Model *model;
  Tensor *x, *loss;
} Network;

static Network network_new(void) {
  static const char SPEC[] = "input 8x8x1\nconv2d 4 kernel_size=3 activation=relu\n"
                             "max_pooling2d 2\nflatten\ndense 6 activation=tanh\n"
                             "dropout 0.5\ndense 3 activation=softmax";
  Network self = {.model = model_new(SPEC, NULL), .graph = graph_new(GRAPH_PROBE, 1, 1)};
  const Rng rng = rng_new(2, RNG_TEST, 3);

  self.set = parameters_new_like(self.model->parameters, TRUE);
  parameters_initialize(self.set, 4);
  Tensor *p = model_build(self.model, self.graph, &(ModelPlace){.parameters = self.set}, &self.x);
  Tensor *label = graph_input(self.graph, "label", TENSOR_INT, &(Shape){0});
  self.loss =
      graph_apply(self.graph, &op_cross_entropy, "loss", NULL, (Tensor *[]){p, label}, 2, NULL);
  graph_finish(self.graph, self.loss);
  for (gsize i = 0; i < 64; i++)
    self.x->value[i] = rng_uniform(&rng, i);
  label->index[0] = 1;
  graph_step(self.graph, 1, 0);
  return self;
}

static void network_clear(Network *self) {
  graph_free(self->graph);
  parameters_free(self->set);
  model_free(self->model);
}

/* From the loss, operand by operand, to a pixel; each number on the way recombines. */
static void test_down_to_a_pixel(void) {
  Network net = network_new();

  for (guint64 path = 0; path < 20; path++) {
    const Rng rng = rng_new(path, RNG_TEST, 4);
    const Tensor *tensor = net.loss;
    gsize offset = 0;
    int depth = 0;
    for (; tensor->maker != NULL; depth++) {
      g_autoptr(Expr) expr = graph_explain(net.graph, tensor, offset);
      g_autoptr(GPtrArray) operands = g_ptr_array_new();
      assert_value(tensor->name, expr, tensor->value[offset]);
      expr_foreach_operand(expr, collect, operands);
      /* Parameters are given; the way down goes through what was computed or read. */
      for (guint i = operands->len; i-- > 0;)
        if (((const Expr *)operands->pdata[i])->tensor->parameter)
          g_ptr_array_remove_index(operands, i);
      const Expr *next =
          g_ptr_array_index(operands, rng_below(&rng, (guint64)depth, operands->len));
      tensor = next->tensor;
      offset = next->offset;
    }
    g_assert_true(tensor == net.x);
    g_assert_cmpint(depth, >=, 9);
  }
  network_clear(&net);
}

/* The gradient of every tensor, parameters and pixels among them. */
static void test_all_gradients(void) {
  Network net = network_new();
  guint checked = 0;

  for (guint t = 0; t < net.graph->tensors->len; t++) {
    const Tensor *tensor = g_ptr_array_index(net.graph->tensors, t);
    const Rng rng = rng_new(t, RNG_TEST, 5);
    for (gsize i = 0; tensor->grad != NULL && i < PLACES; i++) {
      const gsize offset = rng_below(&rng, i, (guint32)shape_size(&tensor->shape));
      g_autoptr(Expr) expr = graph_explain_gradient(net.graph, tensor, offset, 1);
      assert_value(tensor->name, expr, tensor->grad[offset]);
      checked++;
    }
  }
  g_assert_cmpuint(checked, >, 100);
  network_clear(&net);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  for (const Op *const *op = OPS; *op != NULL; op++) {
    g_autofree char *path = g_strdup_printf("/explain/%s", (*op)->name);
    if ((*op)->fuses == NULL)
      g_test_add_data_func(path, *op, test_op);
  }
  g_test_add_func("/explain/down-to-a-pixel", test_down_to_a_pixel);
  g_test_add_func("/explain/all-gradients", test_all_gradients);
  return g_test_run();
}
