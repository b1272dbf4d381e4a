/* Word vectors by skip-grams with negative sampling (Mikolov et al. 2013): by its vector a word is
 * to be told from which of several words stood beside it. The first model gives the word's vector,
 * the second those of its possible neighbours; the true one is the first. */
#include "core/ops/ops.h"
#include "core/tasks/task.h"

static gboolean check_model(const TaskSetup *setup, int m, GError **error) {
  const Model *model = setup->models->model[m];
  const DatasetField *field = &setup->dataset->field[m];
  const Shape *vectors = &setup->models->model[0]->output;

  if (model->n_inputs == 1 && shape_equal(&model->input, &field->row) &&
      model->output.rank == m + 1 && model->output.dim[m] == vectors->dim[0])
    return TRUE;
  g_autofree char *takes = shape_to_string(&field->row), *gives = shape_to_string(&model->output);
  g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
              "%s: this model has one input, %s words of %s, and gives one vector%s; now it gives "
              "%s",
              setup->models->name[m], takes, setup->dataset->name,
              m == 0 ? "" : " of the same length for each", gives);
  return FALSE;
}

static gboolean check(const TaskSetup *setup, GError **error) {
  if (setup->models->n != 2 || setup->dataset->n_fields != 2) {
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                "word vectors need two models, one for the word and one for its neighbours, and "
                "data with both; there %s %d, and %s has %d parts",
                setup->models->n == 1 ? "is" : "are", setup->models->n, setup->dataset->name,
                setup->dataset->n_fields);
    return FALSE;
  }
  return check_model(setup, 0, error) && check_model(setup, 1, error);
}

static void build(const TaskSetup *setup, TaskGraph *ends) {
  Tensor *vectors[2];

  ends->n_inputs = 2;
  for (int m = 0; m < 2; m++) {
    const char *scope = setup->models->scope[m];
    const ModelPlace place = {.parameters = setup->parameters, .scope = scope, .prefix = scope};
    vectors[m] = model_build(setup->models->model[m], ends->graph, &place, &ends->inputs[m]);
    ends->field[m] = ends->inputs[m];
  }
  ends->input = ends->inputs[0];
  ends->output = vectors[0];
  ends->end[0] = vectors[1];
  ends->loss = task_apply(ends, &op_skip_gram_loss, "loss", NULL, vectors[0], vectors[1]);
}

static double product(const real *a, const real *b, gsize n) {
  double sum = 0;

  for (gsize i = 0; i < n; i++)
    sum += (double)a[i] * (double)b[i];
  return sum;
}

/* A word is found when no false neighbour scores as much as the true one. */
static void measure(const TaskGraph *ends, int rows, MetricSums *sums) {
  const gsize n = tensor_row_size(ends->output);
  const gsize count = tensor_row_size(ends->end[0]) / n;

  for (int r = 0; r < rows; r++) {
    const real *word = ends->output->value + (gsize)r * n;
    const real *others = ends->end[0]->value + (gsize)r * n * count;
    gboolean found = TRUE;
    for (gsize k = 1; k < count; k++)
      found = found && product(word, others + k * n, n) < product(word, others, n);
    sums->sum[0] += task_row(ends->loss, r);
    sums->sum[1] += found;
  }
  sums->rows += (guint64)rows;
}

const TaskClass task_skip_gram = {
    .name = "skip_gram",
    .metrics = {"loss", "accuracy"},
    .check = check,
    .build = build,
    .measure = measure,
};
