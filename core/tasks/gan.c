/* Generative adversarial networks (Goodfellow et al. 2014): the first model, the generator, makes
 * examples of noise; the second, the discriminator, says by one number (a logit) whether what it
 * sees is real.
 *
 * A step teaches the discriminator with a batch of real examples and one of fakes; then, every
 * "discriminator_steps" steps, the generator "generator_steps" times, each with new noise. Three
 * graphs share the parameters:
 *
 *   task->training     the discriminator twice, on real and on fake examples
 *   task->more[0]      the generator, open at its end
 *   task->more[1]      the discriminator, not learning, that says how fakes should change
 *
 * For use and for probes one graph has all of it; its loss is the generator's.
 */
#include "core/ops/ops.h"
#include "core/tasks/task.h"

#include <math.h>
#include <string.h>

enum { GENERATOR, DISCRIMINATOR }; /* models */
enum { REAL_SCORE, FAKE_SCORE, REAL_LOSS, FAKE_LOSS };

static GanKind kind_of(const TaskSetup *setup) {
  const char *loss = settings_choice(setup->settings, "loss");

  if (loss != NULL && g_str_equal(loss, "least_squares"))
    return GAN_LEAST_SQUARES;
  return loss != NULL && g_str_equal(loss, "log") ? GAN_LOG : GAN_NON_SATURATING;
}

static gboolean check_discriminator(const TaskSetup *setup, GError **error) {
  const Model *generator = setup->models->model[GENERATOR];
  const Model *discriminator = setup->models->model[DISCRIMINATOR];
  g_autofree char *gives = shape_to_string(&generator->output);
  g_autofree char *takes = shape_to_string(&discriminator->input);
  g_autofree char *has = shape_to_string(&setup->dataset->field[0].row);

  if (!shape_equal(&discriminator->input, &setup->dataset->field[0].row) ||
      !shape_equal(&discriminator->input, &generator->output))
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                "the samples of %s are %s, the generator makes %s, the discriminator takes %s; "
                "they must be the same",
                setup->dataset->name, has, gives, takes);
  else if (discriminator->output.rank != 1 || discriminator->output.dim[0] != 1)
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                "the discriminator says real or not by one number: end it with “dense 1”");
  else
    return TRUE;
  return FALSE;
}

static gboolean check(const TaskSetup *setup, GError **error) {
  const ModelSet *models = setup->models;

  if (models->n != 2 || models->model[GENERATOR]->n_inputs != 1 ||
      models->model[DISCRIMINATOR]->n_inputs != 1) {
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                "a GAN has two models with one input each: a generator, then a discriminator");
    return FALSE;
  }
  return check_discriminator(setup, error);
}

static Tensor *add_model(const TaskSetup *setup, TaskGraph *ends, int which, const char *prefix,
                         gboolean frozen, Tensor *given) {
  const ModelPlace place = {.parameters = setup->parameters,
                            .scope = setup->models->scope[which],
                            .prefix = prefix,
                            .frozen = frozen,
                            .given = {given}};

  return model_build(setup->models->model[which], ends->graph, &place, ends->inputs);
}

static Tensor *add_loss(const TaskSetup *setup, TaskGraph *ends, const char *name, GanRole role,
                        Tensor *logit) {
  const double smoothing = settings_get(setup->settings, "label_smoothing", 0);
  const GanLossAttrs attrs = {kind_of(setup), role, role == GAN_REAL ? smoothing : 0};

  return task_apply(ends, &op_gan_loss, name, &attrs, logit, NULL);
}

static Tensor *add_input(TaskGraph *ends, const char *name, const Shape *row) {
  return graph_input(ends->graph, name, TENSOR_FLOAT, row);
}

/* The discriminator on real and on fake examples, and what it loses. */
static void add_towers(const TaskSetup *setup, TaskGraph *ends, gboolean frozen, Tensor *fake) {
  Tensor *example = add_input(ends, "real", &setup->models->model[DISCRIMINATOR]->input);

  ends->end[REAL_SCORE] = add_model(setup, ends, DISCRIMINATOR, "real.", frozen, example);
  ends->end[FAKE_SCORE] = add_model(setup, ends, DISCRIMINATOR, "fake.", frozen, fake);
  ends->end[REAL_LOSS] = add_loss(setup, ends, "real_loss", GAN_REAL, ends->end[REAL_SCORE]);
  ends->end[FAKE_LOSS] = add_loss(setup, ends, "fake_loss", GAN_FAKE, ends->end[FAKE_SCORE]);
  ends->field[0] = ends->target = example;
}

/* Everything in one graph. */
static void build(const TaskSetup *setup, TaskGraph *ends) {
  Tensor *noise = add_input(ends, "noise", &setup->models->model[GENERATOR]->input);

  ends->output = add_model(setup, ends, GENERATOR, setup->models->scope[GENERATOR], FALSE, noise);
  add_towers(setup, ends, TRUE, ends->output);
  ends->loss = add_loss(setup, ends, "generator_loss", GAN_GENERATOR, ends->end[FAKE_SCORE]);
  ends->noise = ends->input = ends->inputs[0] = noise;
  ends->n_inputs = 1;
}

static void build_discriminator(const TaskSetup *setup, TaskGraph *ends, int batch) {
  ends->graph = graph_new(GRAPH_TRAIN, batch, setup->seed);
  ends->input = add_input(ends, "fake", &setup->models->model[DISCRIMINATOR]->input);
  add_towers(setup, ends, FALSE, ends->input);
  ends->loss = task_apply(ends, &op_add, "loss", NULL, ends->end[REAL_LOSS], ends->end[FAKE_LOSS]);
  task_graph_keep(ends);
  graph_finish(ends->graph, ends->loss);
}

static void build_generator(const TaskSetup *setup, TaskGraph *ends, int batch) {
  ends->graph = graph_new(GRAPH_TRAIN, batch, setup->seed);
  ends->noise = ends->input = add_input(ends, "noise", &setup->models->model[GENERATOR]->input);
  ends->output = add_model(setup, ends, GENERATOR, "", FALSE, ends->noise);
  graph_finish_open(ends->graph, ends->output);
}

static void build_judge(const TaskSetup *setup, TaskGraph *ends, int batch) {
  ends->graph = graph_new(GRAPH_TRAIN, batch, setup->seed);
  ends->input = add_input(ends, "fake", &setup->models->model[DISCRIMINATOR]->input);
  graph_want_gradient(ends->graph, ends->input);
  ends->output = add_model(setup, ends, DISCRIMINATOR, "", TRUE, ends->input);
  ends->loss = add_loss(setup, ends, "loss", GAN_GENERATOR, ends->output);
  graph_finish(ends->graph, ends->loss);
}

static void prepare(Task *task, int batch) {
  build_discriminator(&task->setup, &task->training, batch);
  build_generator(&task->setup, &task->more[0], batch);
  build_judge(&task->setup, &task->more[1], batch);
}

/* --- training --- */

static gsize batch_bytes(const Tensor *tensor, int rows) {
  return (gsize)rows * tensor_row_size(tensor) * sizeof(real);
}

static void make_fakes(Task *task, const DatasetBatch *batch, guint32 step, guint32 turn,
                       Tensor *into) {
  const TaskGraph *generator = &task->more[0];

  task_graph_draw(generator, batch, turn);
  graph_forward(generator->graph, batch->rows, step);
  memcpy(into->value, generator->output->value, batch_bytes(into, batch->rows));
}

static gboolean all_finite(const Tensor *losses, int rows) {
  for (int r = 0; r < rows; r++)
    if (!isfinite(losses->value[r]))
      return FALSE;
  return TRUE;
}

/* Through the discriminator back to the generator. */
static gboolean teach_generator(Task *task, const TaskStep *step, const DatasetBatch *batch,
                                guint32 turn) {
  const TaskGraph *generator = &task->more[0], *judge = &task->more[1];
  const guint32 each = (guint32)settings_get(task->setup.settings, "generator_steps", 1);
  const guint32 every = (guint32)settings_get(task->setup.settings, "discriminator_steps", 1);

  make_fakes(task, batch, step->step, turn, judge->input);
  graph_step(judge->graph, batch->rows, step->step);
  if (!all_finite(judge->loss, batch->rows))
    return FALSE;
  memcpy(generator->output->grad, judge->input->grad, batch_bytes(judge->input, batch->rows));
  graph_backward(generator->graph, batch->rows, step->step);
  optimizer_step_group(step->optimizer, &step->settings[GENERATOR],
                       step->step / every * each + turn, GENERATOR);
  return TRUE;
}

static void measure(const TaskGraph *ends, int rows, MetricSums *sums);

static gboolean train(Task *task, const TaskStep *step, MetricSums *sums) {
  const guint32 each = (guint32)settings_get(task->setup.settings, "generator_steps", 1);
  const guint32 every = (guint32)settings_get(task->setup.settings, "discriminator_steps", 1);
  const TaskGraph *discriminator = &task->training;
  DatasetBatch batch = {.part = DATASET_TRAIN,
                        .indices = step->indices,
                        .rows = step->rows,
                        .training = TRUE,
                        .random = rng_new(task->setup.seed, RNG_BATCH, step->step)};

  task_graph_fill(discriminator, task->setup.dataset, &batch);
  make_fakes(task, &batch, step->step, 0, discriminator->input);
  graph_step(discriminator->graph, step->rows, step->step);
  measure(discriminator, step->rows, sums);
  if (!all_finite(discriminator->loss, step->rows))
    return FALSE;
  optimizer_step_group(step->optimizer, &step->settings[DISCRIMINATOR], step->step + 1,
                       DISCRIMINATOR);
  for (guint32 turn = 1; (step->step + 1) % every == 0 && turn <= each; turn++)
    if (!teach_generator(task, step, &batch, turn))
      return FALSE;
  return TRUE;
}

/* Fakes are made for the discriminator, then anew to learn from. */
static double flops(const Task *task) {
  const Graph *generator = task->more[0].graph, *judge = task->more[1].graph;
  const double each = settings_get(task->setup.settings, "generator_steps", 1);
  const double every = settings_get(task->setup.settings, "discriminator_steps", 1);

  return graph_flops(task->training.graph, TRUE) + graph_flops(generator, FALSE) +
         (graph_flops(generator, TRUE) + graph_flops(judge, TRUE)) * each / every;
}

/* --- measuring --- */

static double log_1_plus_exp(double x) { return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x)); }

/* The generator's loss by a fake's logit; the discriminator's graph of training has none. */
static double generator_loss(const Tensor *fake_loss, double logit) {
  switch (((const GanLossAttrs *)fake_loss->maker->attrs)->kind) {
  case GAN_LEAST_SQUARES:
    return (logit - 1) * (logit - 1);
  case GAN_LOG:
    return -log_1_plus_exp(logit);
  case GAN_NON_SATURATING:
  default:
    return log_1_plus_exp(-logit);
  }
}

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }

/* What the discriminator believes: with least squares its number itself. */
static double belief(const TaskGraph *ends, double logit) {
  const GanLossAttrs *attrs = ends->end[FAKE_LOSS]->maker->attrs;

  return attrs->kind == GAN_LEAST_SQUARES ? logit : sigmoid(logit);
}

static void measure(const TaskGraph *ends, int rows, MetricSums *sums) {
  for (int r = 0; r < rows; r++) {
    const double fake = task_row(ends->end[FAKE_SCORE], r);
    sums->sum[0] += task_row(ends->end[REAL_LOSS], r) + task_row(ends->end[FAKE_LOSS], r);
    sums->sum[1] += generator_loss(ends->end[FAKE_LOSS], fake);
    sums->sum[2] += belief(ends, task_row(ends->end[REAL_SCORE], r));
    sums->sum[3] += belief(ends, fake);
  }
  sums->rows += (guint64)rows;
}

const TaskClass task_gan = {
    .name = "gan",
    .metrics = {"discriminator_loss", "generator_loss", "real_score", "fake_score"},
    .check = check,
    .build = build,
    .measure = measure,
    .prepare = prepare,
    .train = train,
    .flops = flops,
};
