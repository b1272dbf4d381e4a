/* Every registered op, on each of its samples: gradients against differences, in double. */
#include "in_double.h"

#define BOUND 1e-6

static void check(const Op *op, int index, int uses, int rows) {
  const SampleCase c = {op->name, &op->samples[index], uses, TRUE, 1};
  g_autofree char *text = NULL;
  gsize checked;
  const double error = in_double_gradcheck(&c, rows, BOUND, &checked, &text);

  g_test_message("sample %d, %d uses, %d rows: %.2g over %" G_GSIZE_FORMAT " values", index, uses,
                 rows, error, checked);
  if (!(error < BOUND))
    g_error("%s, sample %d: error %g at %s", op->name, index, error, text);
  g_assert_cmpuint(checked, >, 0);
}

static void test_op(gconstpointer data) {
  const Op *op = data;
  int samples = 0;

  for (; op->samples[samples].input[0].rank > 0; samples++) {
    const int rows = op->samples[samples].input[0].dim[0];
    check(op, samples, 1, rows);
    check(op, samples, 2, rows > 1 ? rows - 1 : 1); /* a partial batch */
  }
  g_assert_cmpint(samples, >, 0);
}

/* The check itself: a gradient wrong in its fifth digit does not pass. */
static void test_wrong(void) { g_assert_cmpfloat(in_double_gradcheck_wrong(), >, 10 * BOUND); }

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/gradcheck/wrong", test_wrong);
  for (const Op *const *op = OPS; *op != NULL; op++) {
    g_autofree char *path = g_strdup_printf("/gradcheck/%s", (*op)->name);
    g_assert_nonnull((*op)->samples);
    if ((*op)->fuses == NULL && ((*op)->backward != NULL || (*op)->view))
      g_test_add_data_func(path, *op, test_op);
  }
  return g_test_run();
}
