/* Autoencoding variational Bayes (Kingma and Welling 2014). The encoder has two layers named z_mean
 * and z_log_var; a point is drawn from the normal distribution they describe, and the decoder makes
 * of it what went in.
 *
 *   loss = reconstruction (binary cross-entropy, summed over the input) + β · KL
 *
 * with the setting "beta" (Higgins et al. 2017), 1 by default. A model that is used draws nothing:
 * its point is the mean.
 */
#include "core/ops/ops.h"
#include "core/tasks/targets.h"

static const Layer *layer_of(const Model *model, const char *name) {
  for (guint i = 0; i < model->layers->len; i++) {
    const Layer *layer = g_ptr_array_index(model->layers, i);
    if (g_str_equal(layer->name, name))
      return layer;
  }
  return NULL;
}

static gboolean check_latent(const TaskSetup *setup, GError **error) {
  const Layer *mean = layer_of(setup->models->model[0], "z_mean");
  const Layer *variance = layer_of(setup->models->model[0], "z_log_var");

  if (setup->models->n == 2 && mean != NULL && variance != NULL &&
      shape_equal(&mean->output, &variance->output) &&
      shape_equal(&mean->output, &setup->models->model[1]->input))
    return TRUE;
  g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
              "a variational autoencoder has two models: an encoder with two layers named z_mean "
              "and z_log_var, of the same size, and a decoder that takes as many numbers");
  return FALSE;
}

static gboolean check(const TaskSetup *setup, GError **error) {
  if (!task_check_inputs(setup, error) || !check_latent(setup, error))
    return FALSE;
  if (shape_equal(&setup->models->model[1]->output, &setup->models->model[0]->input))
    return TRUE;
  g_autofree char *gives = shape_to_string(&setup->models->model[1]->output);
  g_autofree char *takes = shape_to_string(&setup->models->model[0]->input);
  g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
              "the decoder gives %s, but the encoder takes %s; they must be the same", gives,
              takes);
  return FALSE;
}

static Tensor *latent(const TaskSetup *setup, TaskGraph *ends, const char *layer) {
  g_autofree char *name = g_strconcat(setup->models->scope[0], layer, NULL);

  return graph_find(ends->graph, name);
}

static void build_models(const TaskSetup *setup, TaskGraph *ends) {
  const ModelSet *models = setup->models;
  const ModelPlace encoder = {
      .parameters = setup->parameters, .scope = models->scope[0], .prefix = models->scope[0]};

  model_build(models->model[0], ends->graph, &encoder, ends->inputs);
  Tensor *mean = latent(setup, ends, "z_mean"), *variance = latent(setup, ends, "z_log_var");
  Tensor *point = task_apply(ends, &op_gaussian_sample, "z", NULL, mean, variance);
  const ModelPlace decoder = {.parameters = setup->parameters,
                              .scope = models->scope[1],
                              .prefix = models->scope[1],
                              .given = {point}};
  ends->output = model_build(models->model[1], ends->graph, &decoder, NULL);
  ends->end[0] = task_apply(ends, &op_gaussian_kl, "kl_loss", NULL, mean, variance);
}

static void build(const TaskSetup *setup, TaskGraph *ends) {
  build_models(setup, ends);
  ends->n_inputs = 1;
  ends->field[0] = ends->input = ends->target = ends->inputs[0];
  const RescaleAttrs sum = {(double)tensor_row_size(ends->input), 0};
  const RescaleAttrs beta = {settings_get(setup->settings, "beta", 1), 0};
  Tensor *mean = targets_loss(setup, ends, "mean_loss", "binary_crossentropy", ends->target);
  ends->end[1] = task_apply(ends, &op_rescale, "reconstruction_loss", &sum, mean, NULL);
  Tensor *kl = task_apply(ends, &op_rescale, "weighted_kl_loss", &beta, ends->end[0], NULL);
  ends->loss = task_apply(ends, &op_add, "loss", NULL, ends->end[1], kl);
}

static void measure(const TaskGraph *ends, int rows, MetricSums *sums) {
  for (int r = 0; r < rows; r++) {
    sums->sum[0] += task_row(ends->loss, r);
    sums->sum[1] += task_row(ends->end[1], r);
    sums->sum[2] += task_row(ends->end[0], r);
  }
  sums->rows += (guint64)rows;
}

const TaskClass task_variational_autoencoder = {
    .name = "variational_autoencoder",
    .metrics = {"loss", "reconstruction_loss", "kl_loss"},
    .check = check,
    .build = build,
    .measure = measure,
};
