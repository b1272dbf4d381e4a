/* Every registered op, on each of its samples: the fast kernels of every instruction set, in float,
 * against the naive ones in double. */
#include "in_double.h"

#include "core/base/parallel.h"
#include "core/kernels/kernels.h"

#include <math.h>
#include <string.h>

#define BOUND 1e-5

static const SampleArray *find(const GPtrArray *arrays, const char *name) {
  for (guint i = 0; i < arrays->len; i++) {
    const SampleArray *array = g_ptr_array_index(arrays, i);
    if (g_str_equal(array->name, name))
      return array;
  }
  return NULL;
}

/* Against the largest value: sums of many terms round by their size. */
static double distance(const double *a, const double *b, gsize n) {
  double worst = 0, scale = 1;

  for (gsize i = 0; i < n; i++) {
    worst = fmax(worst, fabs(a[i] - b[i]));
    scale = fmax(scale, fabs(b[i]));
    if (!isfinite(a[i]) || !isfinite(b[i]))
      return INFINITY;
  }
  return worst / scale;
}

/* Sums over all that the op gives are the test's own: where much cancels they say nothing. */
static gboolean is_of_op(const SampleArray *array) {
  return !g_str_has_prefix(array->name, "sum") && !g_str_equal(array->name, "loss");
}

/* Views pass gradients on by themselves. */
static gboolean has_gradient(const Op *op) {
  return op->backward != NULL || op->view || op->fuses != NULL;
}

static void compare(const Op *op, const char *what, const GPtrArray *is, const GPtrArray *should) {
  guint gradients = 0;

  for (guint i = 0; i < is->len; i++) {
    const SampleArray *a = g_ptr_array_index(is, i), *b = find(should, a->name);
    g_assert_nonnull(b);
    g_assert_cmpuint(a->n, ==, b->n);
    if (!is_of_op(a))
      continue;
    if (distance(a->value, b->value, a->n) >= BOUND)
      g_error("%s: %s is off by %g", what, a->name, distance(a->value, b->value, a->n));
    if (a->grad == NULL || b->grad == NULL)
      continue;
    gradients++;
    if (distance(a->grad, b->grad, a->n) >= BOUND)
      g_error("%s: the gradient of %s is off by %g", what, a->name,
              distance(a->grad, b->grad, a->n));
  }
  g_assert_true(gradients > 0 || !has_gradient(op));
}

static void check(const Op *op, int index, int uses, int rows, gboolean lift) {
  const SampleCase c = {op->name, &op->samples[index], uses, lift, 1};
  g_autoptr(GPtrArray) should = in_double_run(&c, rows);

  for (const Kernels *const *variant = kernels_available(); *variant != NULL; variant++) {
    g_autofree char *what = g_strdup_printf("%s, sample %d, %d uses, %d rows, %s", op->name, index,
                                            uses, rows, (*variant)->name);
    kernels_use(*variant);
    g_autoptr(Sample) fast = sample_new(&c, GRAPH_TRAIN);
    g_autoptr(GPtrArray) is = sample_run(fast, rows);
    compare(op, what, is, should);
    g_assert_true(uses > 1 || op->fuses == NULL || !lift || sample_node(fast)->op == op ||
                  g_str_equal(op->name, "conv2d_max_pool2d"));
  }
  kernels_use(kernels_available()[0]);
}

static void check_naive(const Op *op, int index, int rows) {
  const SampleCase c = {op->name, &op->samples[index], 1, TRUE, 1};
  g_autoptr(GPtrArray) should = in_double_run(&c, rows);
  g_autoptr(Sample) naive = sample_new(&c, GRAPH_PROBE);
  g_autoptr(GPtrArray) is = sample_run(naive, rows);

  compare(op, op->name, is, should);
}

static void test_op(gconstpointer data) {
  const Op *op = data;

  for (int s = 0; op->samples[s].input[0].rank > 0; s++) {
    const int rows = op->samples[s].input[0].dim[0];
    check(op, s, 1, rows, TRUE);
    check(op, s, 2, rows, TRUE);
    check(op, s, 1, rows > 1 ? rows - 1 : 1, TRUE);
    check(op, s, 1, 1, TRUE);
    check_naive(op, s, rows);
  }
}

static gboolean learns(const Op *op, const OpSample *sample) {
  for (int i = 0; op->inputs[i] != 0; i++)
    if ((g_ascii_tolower(op->inputs[i]) == 'w' || sample->parameter[i]) &&
        sample->input[i].rank > 0)
      return TRUE;
  return FALSE;
}

/* Where nothing before wants a gradient: the first layer's case, which some ops are fused for. */
static void test_first_layer(gconstpointer data) {
  const Op *op = data;

  for (int s = 0; op->samples[s].input[0].rank > 0; s++) {
    const SampleCase c = {op->name, &op->samples[s], 1, FALSE, 1};
    if (!learns(op, c.sample))
      continue;
    check(op, s, 1, op->samples[s].input[0].dim[0], FALSE);
    g_autoptr(Sample) fast = sample_new(&c, GRAPH_TRAIN);
    g_assert_true(op->fuses == NULL || sample_node(fast)->op == op);
  }
}

static void assert_same(const GPtrArray *a, const GPtrArray *b) {
  for (guint i = 0; i < a->len; i++) {
    const SampleArray *x = g_ptr_array_index(a, i), *y = g_ptr_array_index(b, i);
    g_assert_cmpmem(x->value, x->n * sizeof(double), y->value, y->n * sizeof(double));
    if (x->grad != NULL)
      g_assert_cmpmem(x->grad, x->n * sizeof(double), y->grad, y->n * sizeof(double));
  }
}

static void check_threads(const SampleCase *c) {
  static const guint THREADS[] = {2, 3, 8};
  const int rows = c->sample->input[0].dim[0];

  parallel_set_threads(1);
  g_autoptr(Sample) one = sample_new(c, GRAPH_TRAIN);
  g_autoptr(GPtrArray) should = sample_run(one, rows);
  for (gsize t = 0; t < G_N_ELEMENTS(THREADS); t++) {
    parallel_set_threads(THREADS[t]);
    g_autoptr(Sample) many = sample_new(c, GRAPH_TRAIN);
    g_autoptr(GPtrArray) is = sample_run(many, rows);
    assert_same(is, should);
  }
  parallel_set_threads(0);
}

/* The same bits for any number of threads; also where two nodes add to the same gradients. */
static void test_threads(gconstpointer data) {
  const Op *op = data;

  for (int s = 0; op->samples[s].input[0].rank > 0; s++)
    for (int uses = 1; uses <= 2; uses++)
      check_threads(&(SampleCase){op->name, &op->samples[s], uses, TRUE, 1});
}

/* Batches of other sizes are cut into other tiles: what a row gives is the same bits. */
static void test_cuts(gconstpointer data) {
  const Op *op = data;

  for (int s = 0; op->samples[s].input[0].rank > 0; s++) {
    const SampleCase c = {op->name, &op->samples[s], 1, TRUE, 1};
    const int most = op->samples[s].input[0].dim[0];
    g_autoptr(Sample) sample = sample_new(&c, GRAPH_TRAIN);
    g_autoptr(GPtrArray) whole = sample_run(sample, most);
    for (int rows = 1; rows < most; rows += 1 + rows / 8) {
      g_autoptr(GPtrArray) part = sample_run(sample, rows);
      const SampleArray *a = find(part, "y"), *b = find(whole, "y");
      g_assert_cmpmem(a->value, a->n * sizeof(double), b->value, a->n * sizeof(double));
    }
  }
}

static gboolean has_parameters(const Op *op) {
  for (const OpSample *sample = op->samples; sample->input[0].rank > 0; sample++)
    if (learns(op, sample))
      return TRUE;
  return FALSE;
}

static void add(const char *group, const Op *op, GTestDataFunc func) {
  g_autofree char *path = g_strdup_printf("/ops/%s/%s", group, op->name);

  g_test_add_data_func(path, op, func);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  for (const Op *const *op = OPS; *op != NULL; op++) {
    g_assert_nonnull((*op)->samples);
    add("in-double", *op, test_op);
    add("threads", *op, test_threads);
    if (!(*op)->whole_batch)
      add("cuts", *op, test_cuts);
    if (has_parameters(*op))
      add("first-layer", *op, test_first_layer);
  }
  return g_test_run();
}
