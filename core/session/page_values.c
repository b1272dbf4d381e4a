#include "core/session/page_values.h"

#include <math.h>
#include <string.h>

static gboolean fail(GError **error, const char *what, const char *name) {
  g_set_error(error, LESSON_ERROR, LESSON_ERROR_INVALID, "%s%s", what, name);
  return FALSE;
}

/* --- the model --- */

static const Layer *find_layer(const PageValues *self, const char *name) {
  for (guint i = 0; i < self->model->layers->len; i++) {
    const Layer *layer = self->model->layers->pdata[i];
    if (g_str_equal(layer->name, name))
      return layer;
  }
  return NULL;
}

static char *shape_words(const Shape *shape) {
  GString *text = g_string_new(NULL);

  for (int i = 0; i < shape->rank; i++)
    g_string_append_printf(text, "%s%d", i > 0 ? "×" : "", shape->dim[i]);
  return g_string_free(text, FALSE);
}

static double all_flops(const Model *model) {
  double flops = 0;

  for (guint i = 0; i < model->layers->len; i++)
    flops += ((const Layer *)model->layers->pdata[i])->flops;
  return flops;
}

static gboolean of_layer(const PageValues *self, const ExpressionCall *call, ExpressionValue *value,
                         GError **error) {
  const Layer *layer = find_layer(self, call->name);

  if (layer == NULL)
    return fail(error, "the model has no layer ", call->name);
  const Shape *shape = &layer->output;
  if (g_str_equal(call->function, "parameters"))
    value->value = (double)layer->n_parameters;
  else if (g_str_equal(call->function, "shape"))
    value->text = shape_words(shape);
  else if (g_str_equal(call->function, "size"))
    value->value = (double)shape_size(shape);
  else if (shape->rank < 3)
    return fail(error, "the layer makes no pictures: ", call->name);
  else
    value->value = shape->dim[g_str_equal(call->function, "height")  ? 0
                              : g_str_equal(call->function, "width") ? 1
                                                                     : 2];
  return TRUE;
}

static gboolean of_model(const PageValues *self, const ExpressionCall *call, ExpressionValue *value,
                         GError **error) {
  static const char *const OF_LAYER[] = {"parameters", "shape",    "size", "width",
                                         "height",     "channels", NULL};

  if (g_str_equal(call->function, "parameters") && *call->name == '\0')
    value->value = (double)parameters_count(self->model->parameters);
  else if (g_strv_contains(OF_LAYER, call->function))
    return of_layer(self, call, value, error);
  else if (g_str_equal(call->function, "flops"))
    value->value = all_flops(self->model);
  else if (g_str_equal(call->function, "classes"))
    value->value = (double)shape_size(&self->model->output);
  else
    return FALSE;
  return TRUE;
}

static gboolean setting_default(const PageValues *self, const char *name, double *value,
                                GError **error) {
  g_autoptr(Settings) settings = settings_new(self->lesson->definitions);

  if (settings_find(settings, name) == NULL)
    return fail(error, "there is no hyperparameter ", name);
  *value = settings_get(settings, name, 0);
  return TRUE;
}

/* --- the run --- */

static gboolean setting_now(const PageValues *self, const char *name, double *value,
                            GError **error) {
  const GPtrArray *definitions = self->lesson->definitions;

  if (self->look->settings == NULL)
    return fail(error, "not known yet: ", name);
  for (guint i = 0; i < definitions->len; i++)
    if (g_str_equal(((const Setting *)definitions->pdata[i])->name, name)) {
      *value = self->look->settings[i];
      return TRUE;
    }
  return fail(error, "there is no hyperparameter ", name);
}

/* "val_loss" is of validation, "test_loss" of the test set, "loss" the mean of the epoch so far. */
static gboolean metric(const PageValues *self, const char *name, double *value, GError **error) {
  const SessionStatus *status = &self->look->status;
  const gboolean validation = g_str_has_prefix(name, "val_");
  const gboolean test = g_str_has_prefix(name, "test_");
  const double *values = validation ? status->validation : test ? status->test : status->running;
  const char *plain = name + (validation ? 4 : test ? 5 : 0);
  const History *history = self->look->history;

  for (int i = 0; history != NULL && history->metrics[i] != NULL; i++)
    if (g_str_equal(history->metrics[i], plain)) {
      *value = values[i];
      return isfinite(*value) || fail(error, "not measured yet: ", name);
    }
  return fail(error, "there is no metric ", name);
}

static const Tensor *find_tensor(const PageValues *self, const char *name, GError **error) {
  const Tensor *tensor =
      self->look->probe != NULL ? graph_find(self->look->probe->ends.graph, name) : NULL;

  if (tensor == NULL || tensor->type != TENSOR_FLOAT)
    fail(error, "there is no tensor ", name);
  return tensor != NULL && tensor->type == TENSOR_FLOAT ? tensor : NULL;
}

/* The index of the batch is left out of what is written. */
static gboolean element(const PageValues *self, const ExpressionCall *call, double *value,
                        GError **error) {
  const gboolean gradient = g_str_equal(call->function, "gradient");
  const Tensor *tensor = find_tensor(self, call->name, error);
  gsize offset = 0;

  if (tensor == NULL)
    return FALSE;
  const int first = tensor->batched ? 1 : 0;
  const real *values = gradient ? tensor->grad : tensor->value;
  if (values == NULL || call->n_indices != tensor->shape.rank - first)
    return fail(error, "wrong number of indices, or no such value: ", call->name);
  for (int i = 0; i < call->n_indices; i++) {
    if (call->indices[i] >= tensor->shape.dim[first + i])
      return fail(error, "an index is beyond ", call->name);
    offset = offset * (gsize)tensor->shape.dim[first + i] + (gsize)call->indices[i];
  }
  *value = (double)values[offset];
  return TRUE;
}

static gboolean summary(const PageValues *self, const ExpressionCall *call, double *value,
                        GError **error) {
  const Tensor *tensor = find_tensor(self, call->name, error);
  double sum = 0;
  gsize zeros = 0, best = 0;

  if (tensor == NULL)
    return FALSE;
  const gsize n = shape_size(&tensor->shape);
  if (n == 0 || tensor->value == NULL)
    return fail(error, "has no values: ", call->name);
  for (gsize i = 0; i < n; i++) {
    sum += (double)tensor->value[i];
    zeros += tensor->value[i] == 0;
    if (tensor->value[i] > tensor->value[best])
      best = i;
  }
  *value = g_str_equal(call->function, "sum")      ? sum
           : g_str_equal(call->function, "zeros")  ? (double)zeros / (double)n
           : g_str_equal(call->function, "argmax") ? (double)best
                                                   : (double)tensor->value[best];
  return TRUE;
}

static gboolean samples(const PageValues *self, const char *part, double *value, GError **error) {
  static const char *const PARTS[] = {"train", "validation", "test"};

  for (int i = 0; i < DATASET_PARTS; i++)
    if (g_str_equal(PARTS[i], part)) {
      *value = self->dataset->count[i];
      return TRUE;
    }
  return fail(error, "there is no part of the data called ", part);
}

static gboolean label(const Tensor *target, double *value, GError **error) {
  if (target->type != TENSOR_INT)
    return fail(error, "the example has no label", "");
  *value = target->index[0];
  return TRUE;
}

static gboolean of_run(const PageValues *self, const ExpressionCall *call, double *value,
                       GError **error) {
  const char *function = call->function;

  if (g_str_equal(function, "metric"))
    return metric(self, call->name, value, error);
  if (g_str_equal(function, "setting"))
    return setting_now(self, call->name, value, error);
  if (g_str_equal(function, "tensor") || g_str_equal(function, "gradient"))
    return element(self, call, value, error);
  if (g_str_equal(function, "step"))
    *value = self->look->status.step;
  else if (g_str_equal(function, "epoch"))
    *value = self->look->status.epoch;
  else if (g_str_equal(function, "samples_per_second"))
    *value = self->look->status.samples_per_second;
  else if (g_str_equal(function, "label"))
    return label(self->look->probe->ends.target, value, error);
  else
    return summary(self, call, value, error);
  return TRUE;
}

static gboolean call_cb(gpointer data, const ExpressionCall *call, ExpressionValue *value,
                        GError **error) {
  const PageValues *self = data;
  GError *problem = NULL;

  if (g_str_equal(call->function, "setting_default"))
    return setting_default(self, call->name, &value->value, error);
  if (of_model(self, call, value, &problem))
    return TRUE;
  if (problem != NULL) {
    g_propagate_error(error, problem);
    return FALSE;
  }
  if (g_str_equal(call->function, "samples"))
    return self->dataset != NULL ? samples(self, call->name, &value->value, error)
                                 : fail(error, "no data yet", "");
  if (self->look == NULL || self->look->probe == NULL)
    return fail(error, "nothing has been looked at yet", "");
  return of_run(self, call, &value->value, error);
}

gboolean page_value(const PageValues *self, const char *expression, ExpressionValue *value,
                    GError **error) {
  const ExpressionNames names = {(gpointer)self, call_cb};

  return expression_evaluate(expression, &names, value, error);
}

/* --- goals --- */

static const LessonGoal *lesson_goal(const Lesson *lesson, const char *id) {
  for (guint i = 0; id != NULL && i < lesson->goals->len; i++) {
    const LessonGoal *goal = lesson->goals->pdata[i];
    if (g_str_equal(goal->id, id))
      return goal;
  }
  return NULL;
}

const char *page_goal_title(const Lesson *lesson, const PageBlock *block) {
  const LessonGoal *goal = lesson_goal(lesson, page_field(block, "id"));

  return goal != NULL ? goal->title : page_field(block, "title");
}

static gboolean compare(double value, const LessonGoal *goal) {
  return isfinite(value) &&
         (g_str_equal(goal->relation, ">=") ? value >= goal->value : value <= goal->value);
}

/* At the end of any epoch, or of one that is early enough. */
static gboolean validation_met(const Snapshot *look, int index, const LessonGoal *goal) {
  for (guint i = 0; i < look->history->n_epochs; i++) {
    const EpochRecord *record = &look->history->epochs[i];
    if ((goal->within_epochs == 0 || (int)record->epoch <= goal->within_epochs) &&
        compare(record->validation[index], goal))
      return TRUE;
  }
  return FALSE;
}

static gboolean metric_met(const Snapshot *look, const LessonGoal *goal) {
  const gboolean validation = g_str_has_prefix(goal->metric, "val_");
  const gboolean test = g_str_has_prefix(goal->metric, "test_");
  const char *plain = goal->metric + (validation ? 4 : test ? 5 : 0);

  for (int i = 0; look->history->metrics[i] != NULL; i++) {
    if (!g_str_equal(look->history->metrics[i], plain))
      continue;
    if (validation)
      return validation_met(look, i, goal);
    return compare(test ? look->status.test[i] : look->status.running[i], goal);
  }
  return FALSE;
}

static gboolean condition_met(const PageValues *self, const char *when) {
  g_autofree char *left = NULL, *right = NULL;
  ExpressionValue a = {0}, b = {0};
  ExpressionRelation relation;

  if (!expression_split(when, &left, &relation, &right))
    return FALSE;
  const gboolean both = page_value(self, left, &a, NULL) && page_value(self, right, &b, NULL);
  g_free(a.text);
  g_free(b.text);
  return both && expression_holds(a.value, relation, b.value);
}

gboolean page_goal_met(const PageValues *self, const PageBlock *block) {
  const LessonGoal *goal = lesson_goal(self->lesson, page_field(block, "id"));

  if (self->look == NULL || self->look->history == NULL)
    return FALSE;
  if (goal != NULL)
    return metric_met(self->look, goal);
  return page_field(block, "when") != NULL && condition_met(self, page_field(block, "when"));
}

gboolean page_goal_deed(const PageBlock *goal, const char *deed) {
  return g_strcmp0(page_field(goal, "did"), deed) == 0;
}
