#include "app/commands.h"

#include "core/base/json_text.h"
#include "core/datasets/digit_image.h"
#include "core/formats/model_file.h"

#include <json-glib/json-glib.h>
#include <math.h>

#define BAR 40 /* cells of a probability of 1 */

typedef struct {
  int class;
  float probability;
} Guess;

static int compare_guesses(gconstpointer a, gconstpointer b) {
  const Guess *x = a, *y = b;

  return x->probability < y->probability   ? 1
         : x->probability > y->probability ? -1
                                           : x->class - y->class;
}

/* Classes by falling probability. */
static GArray *predict(const ModelFile *file, const real *pixels) {
  g_autoptr(Graph) graph = graph_new(GRAPH_INFER, 1, 0);
  GArray *guesses = g_array_new(FALSE, FALSE, sizeof(Guess));
  Tensor *input, *output = model_build(file->model, graph,
                                       &(ModelPlace){.parameters = file->parameters}, &input);

  graph_finish(graph, NULL);
  for (gsize i = 0; i < tensor_row_size(input); i++)
    input->value[i] = pixels[i];
  graph_forward(graph, 1, 0);
  for (int i = 0; i < file->model->output.dim[0]; i++) {
    const Guess guess = {i, (float)output->value[i]};
    g_array_append_val(guesses, guess);
  }
  g_array_sort(guesses, compare_guesses);
  return guesses;
}

static char *label(const ModelFile *file, int class) {
  return file->classes != NULL ? g_strdup(file->classes[class]) : g_strdup_printf("%d", class);
}

static void print_json(const ModelFile *file, const GArray *guesses) {
  g_autoptr(JsonNode) node = json_node_new(JSON_NODE_ARRAY);
  JsonArray *array = json_array_new();

  for (guint i = 0; i < guesses->len; i++) {
    const Guess *guess = &g_array_index(guesses, Guess, i);
    g_autofree char *name = label(file, guess->class);
    JsonObject *object = json_object_new();
    json_object_set_string_member(object, "label", name);
    json_object_set_double_member(object, "score", guess->probability);
    json_array_add_object_element(array, object);
  }
  json_node_take_array(node, array);
  g_autofree char *text = json_text(node, FALSE);
  g_print("%s\n", text);
}

static void print_bars(const ModelFile *file, const GArray *guesses) {
  for (guint i = 0; i < MIN(guesses->len, 10); i++) {
    const Guess *guess = &g_array_index(guesses, Guess, i);
    g_autofree char *name = label(file, guess->class);
    const int length = (int)(CLAMP(guess->probability, 0, 1) * BAR + 0.5f);
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    g_ascii_formatd(number, sizeof number, "%6.2f", 100 * (double)guess->probability);
    g_print("%12s %s %% ", name, number);
    for (int b = 0; b < length; b++)
      g_print("█");
    g_print("\n");
  }
}

static gboolean check_model(const ModelFile *file, const char *path, GError **error) {
  const Shape *x = &file->model->input;

  if (file->models->n == 1 && file->model->n_inputs == 1 && x->rank == 3 && x->dim[2] == 1 &&
      file->model->output.rank == 1)
    return TRUE;
  g_autofree char *text = shape_to_string(x);
  g_set_error(
      error, MODEL_ERROR, MODEL_ERROR_SHAPE,
      "%s: --image needs a model that takes grey images and gives classes; this one takes %s", path,
      text);
  return FALSE;
}

/* A training that went wrong can have been saved. */
static gboolean all_finite(const GArray *guesses) {
  for (guint i = 0; i < guesses->len; i++)
    if (!isfinite(g_array_index(guesses, Guess, i).probability))
      return FALSE;
  return TRUE;
}

int command_predict(int argc, char **argv) {
  g_autofree char *image = NULL;
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
      {"image", 0, 0, G_OPTION_ARG_FILENAME, &image, "a PNG or JPEG file with one digit", "PNG"},
      {"json", 0, 0, G_OPTION_ARG_NONE, &json, "print all classes as JSON", NULL},
      {NULL},
  };
  GError *error = NULL;
  int status;
  g_auto(GStrv) arguments = command_parse(argc, argv, entries, 1, 1, &status);

  if (arguments == NULL)
    return status;
  if (image == NULL)
    return command_misuse("predict", "predict needs a picture to look at; give --image PNG");
  g_autoptr(ModelFile) file = model_file_read(arguments[0], &error);
  if (file == NULL || !check_model(file, arguments[0], &error))
    return command_fail_error(error);
  const Shape *x = &file->model->input;
  g_autofree real *pixels = g_new0(real, shape_size(x));
  if (!digit_image_read(image, x->dim[1], x->dim[0], pixels, &error))
    return command_fail_error(error);
  g_autoptr(GArray) guesses = predict(file, pixels);
  if (!all_finite(guesses))
    return command_fail("%s: the model's parameters are no longer numbers; train it again with a "
                        "smaller learning rate",
                        arguments[0]);
  (json ? print_json : print_bars)(file, guesses);
  return COMMAND_DONE;
}
