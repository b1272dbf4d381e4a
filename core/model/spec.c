#include "core/model/spec.h"

#include "core/base/text.h"
#include "core/model/initializer.h"
#include "core/model/model.h"

#include <math.h>
#include <string.h>

void layer_free(Layer *self) {
  g_free(self->name);
  for (int i = 0; i < self->n_from; i++)
    g_free(self->from[i]);
  for (int i = 0; i < LAYER_MAX_ARGUMENTS; i++)
    g_free(self->values[i].text);
  g_free(self);
}

/* Where the parser stands: for errors. */
typedef struct {
  int line, column;
  GPtrArray *layers;
  gboolean given[LAYER_MAX_ARGUMENTS];
  GError **error;
} Parser;

static gboolean fail(const Parser *self, const char *format, ...) G_GNUC_PRINTF(2, 3);
static gboolean fail(const Parser *self, const char *format, ...) {
  va_list args;

  va_start(args, format);
  g_autofree char *message = g_strdup_vprintf(format, args);
  va_end(args);
  g_set_error(self->error, MODEL_ERROR, MODEL_ERROR_SPEC, "line %d, column %d: %s", self->line,
              self->column, message);
  return FALSE;
}

static gboolean parse_number(const Parser *self, const LayerArgument *argument, const char *text,
                             double *number) {
  const gboolean integer = argument->kind != ARGUMENT_REAL;

  if (!text_to_real(text, number) || (integer && *number != floor(*number)))
    return fail(self, "%s takes %s, not ‘%s’", argument->name,
                integer ? "a whole number" : "a number", text);
  if (argument->minimum == argument->maximum ||
      (*number >= argument->minimum && *number <= argument->maximum))
    return TRUE;
  g_autofree char *low = text_from_real(argument->minimum);
  g_autofree char *high = text_from_real(argument->maximum);
  return fail(self, "%s takes %s to %s, not %s", argument->name, low, high, text);
}

/* "28x28x1"; a pair of one number means twice the same. */
static gboolean parse_shape(const Parser *self, const LayerArgument *argument, const char *text,
                            Shape *shape) {
  g_auto(GStrv) parts = g_strsplit(text, "x", TENSOR_MAX_RANK + 1);
  const guint n = g_strv_length(parts);
  const gboolean pair = argument->kind == ARGUMENT_PAIR;

  if (n == 0 || g_strv_contains((const char *const *)parts, "") ||
      n > (pair ? 2u : TENSOR_MAX_RANK - 1u))
    return fail(self,
                pair ? "%s takes one size or two, as 3 or 3x5, not ‘%s’"
                     : "%s takes one to four sizes, as 28x28x1, not ‘%s’",
                argument->name, text);
  shape->rank = (int)n;
  for (guint i = 0; i < n; i++) {
    double number;
    if (!parse_number(self, argument, parts[i], &number))
      return FALSE;
    shape->dim[i] = (int)number;
  }
  if (pair && n == 1) {
    shape->rank = 2;
    shape->dim[1] = shape->dim[0];
  }
  return TRUE;
}

static gboolean parse_choice(const Parser *self, const char *name, const char *const *choices,
                             const char *text, double *number) {
  for (int i = 0; choices[i] != NULL; i++)
    if (g_str_equal(choices[i], text)) {
      *number = i;
      return TRUE;
    }
  g_autofree char *all = g_strjoinv(", ", (char **)choices);
  return fail(self, "%s is one of %s, not ‘%s’", name, all, text);
}

static const Layer *find_layer(const GPtrArray *layers, const char *name) {
  for (guint i = 0; i < layers->len; i++) {
    const Layer *layer = g_ptr_array_index(layers, i);
    if (g_str_equal(layer->name, name))
      return layer;
  }
  return NULL;
}

static gboolean parse_layer(const Parser *self, const char *text, LayerValue *value) {
  if (find_layer(self->layers, text) == NULL)
    return fail(self, "no layer above is named ‘%s’", text);
  value->text = g_strdup(text);
  return TRUE;
}

static gboolean parse_initializer(const Parser *self, const LayerArgument *argument,
                                  const char *text, LayerValue *value) {
  if (!initializer_valid(text)) {
    g_autofree char *all = initializer_names();
    return fail(self, "%s is one of %s, not ‘%s’", argument->name, all, text);
  }
  value->text = g_strdup(text);
  return TRUE;
}

static const char *const BOOLEANS[] = {"false", "true", NULL};

static gboolean parse_value(const Parser *self, const LayerArgument *argument, const char *text,
                            LayerValue *value) {
  switch (argument->kind) {
  case ARGUMENT_INTEGER:
  case ARGUMENT_REAL:
    return parse_number(self, argument, text, &value->number);
  case ARGUMENT_BOOLEAN:
    return parse_choice(self, argument->name, BOOLEANS, text, &value->number);
  case ARGUMENT_CHOICE:
    return parse_choice(self, argument->name, argument->choices, text, &value->number);
  case ARGUMENT_INITIALIZER:
    return parse_initializer(self, argument, text, value);
  case ARGUMENT_LAYER:
    return parse_layer(self, text, value);
  default:
    return parse_shape(self, argument, text, &value->shape);
  }
}

static gboolean parse_from(const Parser *self, Layer *layer, const char *text) {
  g_auto(GStrv) names = g_strsplit(text, ",", 0);

  if (layer->n_from > 0)
    return fail(self, "from is given twice");
  for (int i = 0; names[i] != NULL; i++) {
    if (i == LAYER_MAX_INPUTS)
      return fail(self, "from names more than %d layers", LAYER_MAX_INPUTS);
    g_autofree char *name = g_strndup(names[i], strcspn(names[i], "."));
    if (find_layer(self->layers, name) == NULL)
      return fail(self, "no layer above is named ‘%s’", name);
    layer->from[layer->n_from++] = g_strdup(names[i]);
  }
  return TRUE;
}

static gboolean valid_name(const char *name) {
  for (const char *c = name; *c != '\0'; c++)
    if (!g_ascii_isalnum(*c) && *c != '_' && *c != '-')
      return FALSE;
  return *name != '\0' && strlen(name) <= 64;
}

static gboolean parse_name(const Parser *self, Layer *layer, const char *text) {
  static const char *const RESERVED[] = {"label", "loss", NULL};

  if (!valid_name(text))
    return fail(self, "a layer's name is made of letters, digits, _ and -, not ‘%s’", text);
  if (g_strv_contains(RESERVED, text))
    return fail(self, "%s is the name of what the training adds; choose another", text);
  if (find_layer(self->layers, text) != NULL)
    return fail(self, "there is a layer named ‘%s’ already", text);
  if (layer->name != NULL)
    return fail(self, "name is given twice");
  layer->name = g_strdup(text);
  return TRUE;
}

static gboolean parse_trainable(const Parser *self, Layer *layer, const char *text) {
  double number = 1;

  if (!parse_choice(self, "trainable", BOOLEANS, text, &number))
    return FALSE;
  layer->trainable = number != 0;
  return TRUE;
}

static gboolean fail_unknown_argument(const Parser *self, const Layer *layer, const char *name) {
  g_autoptr(GPtrArray) known = g_ptr_array_new();

  for (const LayerArgument *a = layer->klass->arguments; a->name != NULL; a++)
    g_ptr_array_add(known, (gpointer)a->name);
  g_ptr_array_add(known, (gpointer) "name");
  g_ptr_array_add(known, (gpointer) "from");
  g_ptr_array_add(known, (gpointer) "trainable");
  g_ptr_array_add(known, NULL);
  g_autofree char *all = g_strjoinv(", ", (char **)known->pdata);
  const char *nearest = text_nearest(name, (const char *const *)known->pdata);
  if (nearest != NULL)
    return fail(self, "%s has no argument ‘%s’; did you mean ‘%s’?", layer->klass->name, name,
                nearest);
  return fail(self, "%s has no argument ‘%s’; it takes %s", layer->klass->name, name, all);
}

static gboolean parse_named(Parser *self, Layer *layer, const char *name, const char *text) {
  if (g_str_equal(name, "name"))
    return parse_name(self, layer, text);
  if (g_str_equal(name, "from") && !layer->klass->source)
    return parse_from(self, layer, text);
  if (g_str_equal(name, "trainable") && !layer->klass->source)
    return parse_trainable(self, layer, text);
  for (int i = 0; layer->klass->arguments[i].name != NULL; i++) {
    const LayerArgument *argument = &layer->klass->arguments[i];
    if (!g_str_equal(argument->name, name))
      continue;
    if (self->given[i])
      return fail(self, "%s is given twice", name);
    self->given[i] = TRUE;
    return parse_value(self, argument, text, &layer->values[i]);
  }
  return fail_unknown_argument(self, layer, name);
}

static gboolean parse_positional(Parser *self, Layer *layer, const char *text) {
  for (int i = 0; layer->klass->arguments[i].name != NULL; i++) {
    const LayerArgument *argument = &layer->klass->arguments[i];
    if (!argument->positional || self->given[i])
      continue;
    self->given[i] = TRUE;
    return parse_value(self, argument, text, &layer->values[i]);
  }
  return fail(self, "%s does not know what ‘%s’ is for; write it as name=value", layer->klass->name,
              text);
}

static gboolean fill_defaults(Parser *self, Layer *layer) {
  for (int i = 0; layer->klass->arguments[i].name != NULL; i++) {
    const LayerArgument *argument = &layer->klass->arguments[i];
    if (self->given[i])
      continue;
    if (argument->initial == NULL)
      return fail(self, "%s needs %s", layer->klass->name, argument->name);
    if (*argument->initial != '\0') {
      gboolean valid = parse_value(self, argument, argument->initial, &layer->values[i]);
      g_assert(valid);
    }
  }
  return TRUE;
}

/* As Keras names them: conv2d, conv2d_1, … */
static void give_name(const Parser *self, Layer *layer) {
  if (layer->name != NULL)
    return;
  layer->name = g_strdup(layer->klass->name);
  for (int n = 1; find_layer(self->layers, layer->name) != NULL; n++) {
    g_free(layer->name);
    layer->name = g_strdup_printf("%s_%d", layer->klass->name, n);
  }
}

/* "one layer", "2 layers", "2 to 8 layers" */
static char *counted_inputs(const LayerClass *klass) {
  if (klass->inputs_most > klass->inputs)
    return g_strdup_printf("%d to %d layers", klass->inputs, klass->inputs_most);
  return g_strdup_printf("%d layer%s", klass->inputs, klass->inputs == 1 ? "" : "s");
}

static gboolean give_source(const Parser *self, Layer *layer) {
  if (layer->klass->source)
    return TRUE;
  if (self->layers->len == 0)
    return fail(self, "the first line says what comes in, as: input 28x28x1");
  if (layer->n_from == 0) {
    const Layer *above = g_ptr_array_index(self->layers, self->layers->len - 1);
    layer->from[layer->n_from++] = g_strdup(above->name);
  }
  if (layer->n_from >= layer->klass->inputs &&
      layer->n_from <= MAX(layer->klass->inputs, layer->klass->inputs_most))
    return TRUE;
  g_autofree char *wanted = counted_inputs(layer->klass);
  return fail(self, "%s reads %s, from= names %d", layer->klass->name, wanted, layer->n_from);
}

static gboolean fail_unknown_layer(const Parser *self, const char *word) {
  g_autoptr(GPtrArray) known = g_ptr_array_new();

  for (const LayerClass *const *klass = LAYERS; *klass != NULL; klass++)
    g_ptr_array_add(known, (gpointer)(*klass)->name);
  g_ptr_array_add(known, NULL);
  const char *nearest = text_nearest(word, (const char *const *)known->pdata);
  if (nearest != NULL)
    return fail(self, "there is no layer ‘%s’; did you mean ‘%s’?", word, nearest);
  g_autofree char *all = g_strjoinv(", ", (char **)known->pdata);
  return fail(self, "there is no layer ‘%s’; there are %s", word, all);
}

static gboolean parse_word(Parser *self, Layer *layer, char *word) {
  char *equals = strchr(word, '=');

  if (layer->klass == NULL) {
    layer->klass = layer_class_find(word);
    layer->column = self->column;
    return layer->klass != NULL ? TRUE : fail_unknown_layer(self, word);
  }
  if (equals == NULL)
    return parse_positional(self, layer, word);
  *equals = '\0';
  return parse_named(self, layer, word, equals + 1);
}

/* One line; `layer` stays without a class when the line is empty. */
static gboolean parse_line(Parser *self, const char *line, Layer *layer) {
  const char *c = line;

  memset(self->given, 0, sizeof self->given);
  for (;;) {
    c += strspn(c, " \t\r");
    gsize length = strcspn(c, " \t\r#");
    if (length == 0)
      break;
    g_autofree char *word = g_strndup(c, length);
    self->column = (int)(c - line) + 1;
    if (!parse_word(self, layer, word))
      return FALSE;
    c += length;
  }
  if (layer->klass == NULL)
    return TRUE;
  self->column = layer->column;
  if (!fill_defaults(self, layer) || !give_source(self, layer))
    return FALSE;
  give_name(self, layer);
  return TRUE;
}

static gboolean check_text(const char *spec, GError **error) {
  if (strlen(spec) > SPEC_MAX_BYTES) {
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SPEC, "a model's text may have %d bytes at most",
                SPEC_MAX_BYTES);
    return FALSE;
  }
  if (!g_utf8_validate(spec, -1, NULL)) {
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SPEC, "the model's text is not valid UTF-8");
    return FALSE;
  }
  return TRUE;
}

GPtrArray *spec_parse(const char *spec, GError **error) {
  g_autoptr(GPtrArray) layers = g_ptr_array_new_with_free_func((GDestroyNotify)layer_free);
  Parser parser = {.line = 1, .column = 1, .layers = layers, .error = error};

  if (!check_text(spec, error))
    return NULL;
  g_auto(GStrv) lines = g_strsplit(spec, "\n", 0);
  for (int i = 0; lines[i] != NULL; i++) {
    Layer *layer = g_new0(Layer, 1);
    layer->trainable = TRUE;
    parser.line = layer->line = i + 1;
    gboolean valid = parse_line(&parser, lines[i], layer);
    if (valid && layer->klass != NULL && layers->len < SPEC_MAX_LAYERS) {
      g_ptr_array_add(layers, layer);
      continue;
    }
    if (valid && layer->klass != NULL)
      valid = fail(&parser, "a model has %d layers at most", SPEC_MAX_LAYERS);
    layer_free(layer);
    if (!valid)
      return NULL;
  }
  if (layers->len < 2) {
    fail(&parser, "a model needs an input and at least one layer");
    return NULL;
  }
  return g_steal_pointer(&layers);
}
