#include "core/base/parallel.h"
#include "core/graph/graph.h"
#include "core/model/model.h"
#include "core/ops/ops.h"

#include <math.h>
#include <string.h>

static const char SPEC[] = "input 28x28x1\nconv2d 32 kernel_size=3 activation=relu name=conv1\n"
                           "max_pooling2d name=pool1\nflatten name=flat\n"
                           "dense 64 activation=relu name=dense1\n"
                           "dense 10 activation=softmax name=p";

typedef struct {
  Model *model;
  ParameterSet *set;
  Graph *graph;
  Tensor *x, *p, *label, *loss;
} Net;

static Net net_new(const char *spec, GraphMode mode, int capacity) {
  GError *error = NULL;
  Net self = {.model = model_new(spec, &error), .graph = graph_new(mode, capacity, 1)};

  g_assert_no_error(error);
  self.set = parameters_new_like(self.model->parameters, TRUE);
  parameters_initialize(self.set, 2);
  self.p = model_build(self.model, self.graph, &(ModelPlace){.parameters = self.set}, &self.x);
  self.label = graph_input(self.graph, "label", TENSOR_INT, &(Shape){0});
  self.loss = graph_apply(self.graph, &op_cross_entropy, "loss", NULL,
                          (Tensor *[]){self.p, self.label}, 2, &error);
  graph_finish(self.graph, self.loss);
  return self;
}

static void net_clear(Net *self) {
  graph_free(self->graph);
  parameters_free(self->set);
  model_free(self->model);
}

static void fill(Net *self, int rows) {
  const Rng rng = rng_new(3, RNG_TEST, 0);

  for (gsize i = 0; i < (gsize)rows * tensor_row_size(self->x); i++)
    self->x->value[i] = rng_uniform(&rng, i);
  for (int r = 0; r < rows; r++)
    self->label->index[r] = (gint32)rng_below(&rng, (guint64)r + (1 << 30), 10);
}

static void test_fusion(void) {
  Net train = net_new(SPEC, GRAPH_TRAIN, 8), probe = net_new(SPEC, GRAPH_PROBE, 1);

  g_assert_null(graph_find(train.graph, "conv1.preactivation"));
  g_assert_cmpstr(graph_find(train.graph, "pool1")->maker->op->name, ==, "conv2d_max_pool2d");
  g_assert_cmpstr(graph_find(train.graph, "p")->maker->op->name, ==, "softmax_cross_entropy");
  g_assert_nonnull(graph_find(probe.graph, "conv1.preactivation"));
  g_assert_nonnull(graph_find(probe.graph, "conv1"));
  net_clear(&train);
  net_clear(&probe);
}

/* 2 for a multiply-add, no gradient for the input: by hand for Day 5. */
static void test_flops(void) {
  Net net = net_new(SPEC, GRAPH_TRAIN, 8);
  const double conv = 2.0 * 26 * 26 * 32 * 9, dense = 2.0 * (5408 * 64 + 64 * 10);

  g_assert_cmpfloat(graph_flops(net.graph, FALSE), ==, conv + dense);
  g_assert_cmpfloat(graph_flops(net.graph, TRUE), ==, 2 * conv + 3 * dense);
  net_clear(&net);
}

/* A view is its input under another shape: no copy. */
static void test_view(void) {
  Net net = net_new(SPEC, GRAPH_PROBE, 2);

  g_assert_true(graph_find(net.graph, "flat")->value == graph_find(net.graph, "pool1")->value);
  g_assert_true(graph_find(net.graph, "flat")->grad == graph_find(net.graph, "pool1")->grad);
  net_clear(&net);
}

/* Random layers and those that look at the batch do as in training. */
static void train(Net *self) {
  for (guint n = 0; n < self->graph->nodes->len; n++)
    ((Node *)g_ptr_array_index(self->graph->nodes, n))->training = TRUE;
}

/* Fast and fused against naive, and the same bits for 1, 2, 3 and 8 threads, whole batch and part.
 */
static void check_rows(const char *spec, int rows) {
  Net naive = net_new(spec, GRAPH_PROBE, 40);
  g_autofree float *first = NULL;

  fill(&naive, rows);
  train(&naive);
  graph_step(naive.graph, rows, 0);
  for (guint threads = 1; threads <= 8; threads += threads < 3 ? 1 : 5) {
    Net fast = net_new(spec, GRAPH_TRAIN, 40);
    parallel_set_threads(threads);
    fill(&fast, rows);
    graph_step(fast.graph, rows, 0);
    g_assert_cmpfloat_with_epsilon(graph_mean(fast.loss, rows), graph_mean(naive.loss, rows), 1e-5);
    for (gsize i = 0; i < fast.set->size; i++)
      g_assert_cmpfloat_with_epsilon(fast.set->grad[i], naive.set->grad[i], 1e-5);
    const gsize bytes = fast.set->size * sizeof(real);
    if (first == NULL)
      first = g_memdup2(fast.set->grad, bytes);
    g_assert_cmpmem(first, bytes, fast.set->grad, bytes);
    net_clear(&fast);
  }
  parallel_set_threads(0);
  net_clear(&naive);
}

static void test_whole_batch(void) { check_rows(SPEC, 40); }
static void test_part(void) { check_rows(SPEC, 7); }

/* Values written over those they are made of, gradients in each other's memory. */
static void test_shared_memory(void) {
  static const char NET[] = "input 8x8x3\nconv2d 6 3 padding=same\nbatch_normalization\n"
                            "activation relu name=a\nconv2d 6 3 padding=same\n"
                            "batch_normalization name=b\nadd name=s from=b,a\n"
                            "leaky_relu negative_slope=0.1 name=c\nflatten\ndense 30\n"
                            "activation tanh\ndense 10 activation=softmax";
  Net net = net_new(NET, GRAPH_TRAIN, 40);
  const Tensor *relu = graph_find(net.graph, "a"), *leaky = graph_find(net.graph, "c");
  const Node *norm = relu->maker->input[0]->maker;

  g_assert_true(relu->value == relu->maker->input[0]->value);
  g_assert_true(leaky->value == leaky->maker->input[0]->value);
  g_assert_true(norm->output[1]->value == norm->input[0]->value);
  g_assert_cmpuint(net.graph->shared->len, >, 3);
  net_clear(&net);
  check_rows(NET, 40);
  check_rows(NET, 13);
}

/* Wide layers without an activation between: the items of one need all of the other's. */
static void test_wide_layers(void) {
  check_rows("input 300\ndense 300\ndense 300\ndense 300\ndense 10 activation=softmax", 20);
}

/* A tensor that is used twice gets the gradients of both uses. */
static void test_fan_out(void) {
  static const char SKIP[] = "input 6\ndense 6 activation=tanh name=a\ndense 6 name=b\n"
                             "add name=s from=a,b\ndense 10 activation=softmax";
  Net naive = net_new(SKIP, GRAPH_PROBE, 9), fast = net_new(SKIP, GRAPH_TRAIN, 9);

  fill(&naive, 9);
  fill(&fast, 9);
  graph_step(naive.graph, 9, 0);
  graph_step(fast.graph, 9, 0);
  graph_step(fast.graph, 9, 0); /* what a step leaves does not add to the next */
  for (gsize i = 0; i < fast.set->size; i++)
    g_assert_cmpfloat_with_epsilon(fast.set->grad[i], naive.set->grad[i], 1e-6);
  net_clear(&naive);
  net_clear(&fast);
}

/* A network cut in two, the gradient carried over the cut by hand, is the whole network. */
static void test_open(void) {
  static const char WHOLE[] = "input 12\ndense 40 activation=tanh name=a\n"
                              "dense 30 activation=relu name=b\ndense 10 activation=softmax name=c";
  static const char FIRST[] = "input 12\ndense 40 activation=tanh name=a";
  static const char SECOND[] = "input 40\ndense 30 activation=relu name=b\n"
                               "dense 10 activation=softmax name=c";
  Net whole = net_new(WHOLE, GRAPH_TRAIN, 20);
  g_autoptr(Model) first = model_new(FIRST, NULL), second = model_new(SECOND, NULL);
  g_autoptr(ParameterSet) set = parameters_new_like(whole.model->parameters, TRUE);
  g_autoptr(Graph) before = graph_new(GRAPH_TRAIN, 20, 1), after = graph_new(GRAPH_TRAIN, 20, 1);
  const ModelPlace place = {.parameters = set};
  Tensor *x, *middle, *y = model_build(first, before, &place, &x);
  Tensor *p = model_build(second, after, &place, &middle);
  Tensor *label = graph_input(after, "label", TENSOR_INT, &(Shape){0});

  graph_finish_open(before, y);
  graph_want_gradient(after, middle);
  graph_finish(
      after, graph_apply(after, &op_cross_entropy, "loss", NULL, (Tensor *[]){p, label}, 2, NULL));
  fill(&whole, 20);
  memcpy(set->value, whole.set->value, set->size * sizeof(real));
  memcpy(x->value, whole.x->value, 20 * 12 * sizeof(real));
  memcpy(label->index, whole.label->index, 20 * sizeof(gint32));
  graph_step(whole.graph, 20, 0);
  graph_forward(before, 20, 0);
  memcpy(middle->value, y->value, 20 * 40 * sizeof(real));
  graph_step(after, 20, 0);
  memcpy(y->grad, middle->grad, 20 * 40 * sizeof(real));
  graph_backward(before, 20, 0);
  g_assert_cmpmem(set->grad, set->size * sizeof(real), whole.set->grad, set->size * sizeof(real));
  net_clear(&whole);
}

/* Rows that take much memory go through in groups: the same gradient, also of what is drawn at
 * random, for a batch of several groups, of part of one, and after another batch. */
#define WIDE_ROWS 150

static Net wide_net(GraphMode mode) {
  Net net = net_new("input 8\ndense 8192 activation=relu\ndropout 0.5\ndense 10 activation=softmax",
                    mode, WIDE_ROWS);

  train(&net);
  return net;
}

static void check_groups(Net *naive, Net *fast, int rows) {
  fill(naive, rows);
  fill(fast, rows);
  graph_step(naive->graph, rows, 7);
  graph_step(fast->graph, rows, 7);
  for (int r = 0; r < rows; r++)
    g_assert_cmpfloat_with_epsilon(fast->loss->value[r], naive->loss->value[r], 1e-5);
  for (gsize i = 0; i < fast->set->size; i++)
    g_assert_cmpfloat_with_epsilon(fast->set->grad[i], naive->set->grad[i], 1e-6);
}

static void test_groups(void) {
  static const int ROWS[] = {WIDE_ROWS, 30, WIDE_ROWS - 1, 1};
  Net naive = wide_net(GRAPH_PROBE);
  g_autofree float *first = NULL;

  for (guint threads = 1; threads <= 8; threads += threads < 3 ? 1 : 5) {
    Net fast = wide_net(GRAPH_TRAIN);
    parallel_set_threads(threads);
    g_assert_cmpint(fast.graph->group, <, 100);
    g_assert_cmpint(fast.graph->group, >, 30);
    for (gsize i = 0; i < G_N_ELEMENTS(ROWS); i++)
      check_groups(&naive, &fast, ROWS[i]);
    graph_step(fast.graph, WIDE_ROWS, 0);
    const gsize bytes = fast.set->size * sizeof(real);
    if (first == NULL)
      first = g_memdup2(fast.set->grad, bytes);
    g_assert_cmpmem(first, bytes, fast.set->grad, bytes);
    net_clear(&fast);
  }
  parallel_set_threads(0);
  net_clear(&naive);
}

/* What went wrong in a group that is not the last. */
static void test_groups_beyond(void) {
  Net net = wide_net(GRAPH_TRAIN);

  fill(&net, WIDE_ROWS);
  graph_step(net.graph, WIDE_ROWS, 0);
  g_assert_null(graph_find_beyond(net.graph, WIDE_ROWS, 1e6));
  net.x->value[8 * 3] = INFINITY;
  g_assert_true(graph_find_beyond(net.graph, WIDE_ROWS, 1e6) == net.x);
  for (gsize i = 0; i < 8; i++)
    net.x->value[8 * 3 + i] = 1e6f;
  for (gsize i = 0; i < 8 * 8192; i++)
    net.set->value[i] *= 100;
  g_assert_cmpstr(graph_find_beyond(net.graph, WIDE_ROWS, 2e6)->maker->op->name, ==, "dense");
  net_clear(&net);
}

static void test_not_finite(void) {
  Net net = net_new(SPEC, GRAPH_TRAIN, 8);

  fill(&net, 8);
  graph_step(net.graph, 8, 0);
  g_assert_null(graph_find_beyond(net.graph, 8, INFINITY));
  g_assert_nonnull(graph_find_beyond(net.graph, 8, 1e-3));
  net.set->value[parameters_get(net.set, 2)->offset] = NAN;
  g_assert_cmpstr(graph_find_beyond(net.graph, 8, INFINITY)->name, ==, "dense1.kernel");
  net_clear(&net);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/graph/fusion", test_fusion);
  g_test_add_func("/graph/flops", test_flops);
  g_test_add_func("/graph/view", test_view);
  g_test_add_func("/graph/whole-batch", test_whole_batch);
  g_test_add_func("/graph/part", test_part);
  g_test_add_func("/graph/shared-memory", test_shared_memory);
  g_test_add_func("/graph/wide-layers", test_wide_layers);
  g_test_add_func("/graph/fan-out", test_fan_out);
  g_test_add_func("/graph/open", test_open);
  g_test_add_func("/graph/groups", test_groups);
  g_test_add_func("/graph/groups-beyond", test_groups_beyond);
  g_test_add_func("/graph/not-finite", test_not_finite);
  return g_test_run();
}
