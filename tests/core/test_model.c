/* Model specs: what they make, what Keras says about it, and what is said about mistakes. */
#include "core/formats/model_file.h"
#include "tests/core/lesson_fixture.h"
#include "tests/core/support.h"

#include <locale.h>
#include <string.h>

/* --- what they make --- */

/* The columns of a line, one blank between them. */
static gboolean has_line(const char *text, const char *wanted) {
  g_auto(GStrv) lines = g_strsplit(text, "\n", 0);

  for (int i = 0; lines[i] != NULL; i++) {
    g_auto(GStrv) words = g_strsplit(lines[i], " ", 0);
    g_autoptr(GString) line = g_string_new(NULL);
    for (int w = 0; words[w] != NULL; w++)
      if (*words[w] != '\0')
        g_string_append_printf(line, "%s%s", line->len > 0 ? " " : "", words[w]);
    if (g_str_equal(line->str, wanted))
      return TRUE;
  }
  g_test_message("no line \"%s\" in:\n%s", wanted, text);
  return FALSE;
}

/* What keras.Sequential([...]).summary() prints for the same layers. */
static void test_summary_day05(void) {
  GError *error = NULL;
  g_autoptr(Lesson) lesson = lessons_open("day05", &error);

  g_assert_no_error(error);
  const LessonModel *item = g_ptr_array_index(lesson->models, 0);
  g_autoptr(Model) model = model_new(item->spec, &error);
  g_assert_no_error(error);
  g_autofree char *text = model_summary(model);
  g_assert_true(has_line(text, "conv1 (Conv2D) (None, 26, 26, 32) 320"));
  g_assert_true(has_line(text, "pool1 (MaxPooling2D) (None, 13, 13, 32) 0"));
  g_assert_true(has_line(text, "flatten (Flatten) (None, 5408) 0"));
  g_assert_true(has_line(text, "dense1 (Dense) (None, 64) 346,176"));
  g_assert_true(has_line(text, "probabilities (Dense) (None, 10) 650"));
  g_assert_nonnull(strstr(text, "Total parameters: 347,146"));
  g_assert_cmpuint(parameters_count(model->parameters), ==, 347146);
}

typedef struct {
  const char *spec;
  gsize parameters;
  const char *output;
} Made;

static const Made MADE[] = {
    {"input 5\ndense 3", 18, "3"},
    {"input 5\ndense 3 use_bias=false", 15, "3"},
    {"input 5\ndense units=3 name=x\ndense 2 from=x", 26, "2"},
    {"# a comment\n\n  input 4x5x2 # more\r\n\tflatten\n", 0, "40"},
    {"input 7x9x2\nconv2d 4 3x5", 124, "5 × 5 × 4"},
    {"input 7x9x2\nconv2d 4 3 strides=2 padding=same", 76, "4 × 5 × 4"},
    {"input 7x9x4\nconv2d 4 3 groups=2", 76, "5 × 7 × 4"},
    {"input 9x9x1\nconv2d 1 3 dilation_rate=2", 10, "5 × 5 × 1"},
    {"input 9x9x3\nmax_pooling2d", 0, "4 × 4 × 3"},
    {"input 9x9x3\nmax_pooling2d 3 strides=1 padding=same", 0, "9 × 9 × 3"},
    {"input 9x8x3\naverage_pooling2d pool_size=2x4", 0, "4 × 2 × 3"},
    {"input 6x2\nreshape 3x4x1", 0, "3 × 4 × 1"},
    {"input 4\ndense 4 name=a\ndense 4 name=b\nadd from=a,b", 40, "4"},
    {"input 4\ndense 3 name=a\ninput 5 name=more\ndense 3 name=b\nadd from=a,b", 33, "3"},
    {"input 4\ndense 3 trainable=false\ndense 2", 23, "2"},
    {"input 7 dtype=int32\nembedding 50 8", 400, "7 × 8"},
    {"input 7x8\nlayer_normalization", 16, "7 × 8"},
    {"input 7x8\nlayer_normalization 1e-5 center=false", 8, "7 × 8"},
    {"input 4\nactivation gelu\nleaky_relu 0.1\nelu alpha=2\ndropout 0.5", 0, "4"},
};

static void test_made(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(MADE); i++) {
    GError *error = NULL;
    g_autoptr(Model) model = model_new(MADE[i].spec, &error);
    g_test_message("%s", MADE[i].spec);
    g_assert_no_error(error);
    g_autofree char *shape = shape_to_string(&model->output);
    g_assert_cmpstr(shape, ==, MADE[i].output);
    g_assert_cmpuint(parameters_count(model->parameters), ==, MADE[i].parameters);
    g_assert_cmpstr(model->spec, ==, MADE[i].spec);
  }
}

/* As Keras names layers that were given no name. */
static void test_names(void) {
  GError *error = NULL;
  g_autoptr(Model) model =
      model_new("input 4\ndense 4\ndense 4 name=dense_2\ndense 4\ndense 4\ndense 4", &error);
  static const char *const NAMES[] = {"input", "dense", "dense_2", "dense_1", "dense_3", "dense_4"};

  g_assert_no_error(error);
  for (guint i = 0; i < G_N_ELEMENTS(NAMES); i++)
    g_assert_cmpstr(((const Layer *)model->layers->pdata[i])->name, ==, NAMES[i]);
}

/* --- what is built --- */

static void test_not_trainable(void) {
  g_autoptr(Model) model = model_new("input 4\ndense 3 trainable=false\ndense 2", NULL);
  g_autoptr(Graph) graph = graph_new(GRAPH_TRAIN, 1, 0);
  g_autoptr(ParameterSet) set = parameters_new_like(model->parameters, TRUE);
  g_autofree char *summary = model_summary(model);

  model_build(model, graph, &(ModelPlace){.parameters = set}, NULL);
  g_assert_null(graph_find(graph, "dense.kernel")->grad);
  g_assert_nonnull(graph_find(graph, "dense_1.kernel")->grad);
  g_assert_cmpuint(parameters_count_trainable(set), ==, 8);
  g_assert_nonnull(strstr(summary, "Trainable: 8, not trainable: 15"));
}

/* A discriminator looks at real samples, and at what a generator makes, in one graph. */
static void test_two_models(void) {
  g_autoptr(Model) generator = model_new("input 2\ndense 4", NULL);
  g_autoptr(Model) discriminator = model_new("input 4\ndense 1", NULL);
  g_autoptr(ParameterSet) declared = parameters_new();
  g_autoptr(Graph) graph = graph_new(GRAPH_TRAIN, 1, 0);
  ModelPlace place = {.scope = "generator.", .prefix = "generator."};
  Tensor *true_input;

  parameters_append(declared, generator->parameters, "generator.");
  parameters_append(declared, discriminator->parameters, "discriminator.");
  g_autoptr(ParameterSet) set = parameters_new_like(declared, TRUE);
  place.parameters = set;
  Tensor *made = model_build(generator, graph, &place, NULL);
  place = (ModelPlace){.parameters = set, .scope = "discriminator.", .prefix = "real."};
  Tensor *on_real = model_build(discriminator, graph, &place, &true_input);
  place.prefix = "fake.";
  place.given[0] = made;
  Tensor *on_fake = model_build(discriminator, graph, &place, NULL);
  g_assert_cmpstr(made->name, ==, "generator.dense");
  g_assert_cmpstr(true_input->name, ==, "real.input");
  g_assert_cmpstr(on_fake->name, ==, "fake.dense");
  g_assert_true(on_fake->maker->input[0] == made);
  g_assert_true(on_fake->maker->input[1] == on_real->maker->input[1]);
  g_assert_cmpstr(on_fake->maker->input[1]->name, ==, "discriminator.dense.kernel");
}

/* --- mistakes --- */

typedef struct {
  const char *spec;
  const char *where; /* "line 2, column 8" */
  const char *says;
} Mistake;

static const Mistake MISTAKES[] = {
    {"", "line 1, column 1", "needs an input and at least one layer"},
    {"# nothing\n\n", "line 3", "needs an input and at least one layer"},
    {"input 4", "line 1", "needs an input and at least one layer"},
    {"dense 4", "line 1, column 1", "the first line says what comes in, as: input 28x28x1"},
    {"input 4\ninput 4 name=input", "line 2, column 9", "there is a layer named ‘input’ already"},
    {"input 4\ndense 4 from=input.state", "line 2", "there is no result ‘input.state’ to read"},
    {"input 4\ndense 4 trainable=maybe", "line 2, column 9", "trainable is one of false, true"},
    {"input 4 dtype=int32\ndense 4", "line 2", "put an embedding between them"},
    {"input 4 dtype=int8\ndense 4", "line 1, column 9", "dtype is one of float32, int32"},
    {"input 4\ndens 4", "line 2, column 1", "there is no layer ‘dens’; did you mean ‘dense’?"},
    {"input 4\n  Dense 4", "line 2, column 3", "there is no layer ‘Dense’"},
    {"input 4\nwobble", "line 2, column 1", "there is no layer ‘wobble’; there are input, dense,"},
    {"input 4\ndense", "line 2, column 1", "dense needs units"},
    {"input 4\ndense four", "line 2, column 7", "units takes a whole number, not ‘four’"},
    {"input 4\ndense 4.5", "line 2, column 7", "units takes a whole number, not ‘4.5’"},
    {"input 4\ndense 4,5", "line 2, column 7", "units takes a whole number, not ‘4,5’"},
    {"input 4\ndense 0x10", "line 2, column 7", "units takes a whole number, not ‘0x10’"},
    {"input 4\ndense nan", "line 2, column 7", "units takes a whole number, not ‘nan’"},
    {"input 4\ndense 0", "line 2, column 7", "units takes 1 to 1048576, not 0"},
    {"input 4\ndense -3", "line 2, column 7", "units takes 1 to 1048576, not -3"},
    {"input 4\ndense 1e99", "line 2, column 7", "units takes 1 to 1048576, not 1e99"},
    {"input 4\ndense 4 5", "line 2, column 9", "does not know what ‘5’ is for"},
    {"input 4\ndense 4 units=5", "line 2, column 9", "units is given twice"},
    {"input 4\ndense 4 unit=5", "line 2, column 9", "no argument ‘unit’; did you mean ‘units’?"},
    {"input 4\ndense 4 xyzzy=5", "line 2, column 9", "no argument ‘xyzzy’; it takes units, "},
    {"input 4\ndense 4 =5", "line 2, column 9", "dense has no argument ‘’"},
    {"input 4\ndense units=", "line 2, column 7", "units takes a whole number, not ‘’"},
    {"input 4\ndense 4 activation=rellu", "line 2, column 9", "activation is one of linear, relu,"},
    {"input 4\ndense 4 use_bias=yes", "line 2, column 9", "use_bias is one of false, true"},
    {"input 4\ndense 4 kernel_initializer=glorot", "line 2, column 9", "one of glorot_uniform"},
    {"input 4\ndense 4 name=a/b", "line 2, column 9", "made of letters, digits, _ and -"},
    {"input 4\ndense 4 name=", "line 2, column 9", "made of letters, digits, _ and -"},
    {"input 4\ndense 4 name=input", "line 2, column 9", "there is a layer named ‘input’ already"},
    {"input 4\ndense 4 name=loss", "line 2, column 9", "choose another"},
    {"input 4\ndense 4 name=a name=b", "line 2, column 16", "name is given twice"},
    {"input 4\ndense 4 from=b\ndense 4 name=b", "line 2, column 9", "no layer above is named ‘b’"},
    {"input 4\ndense 4 from=input,input", "line 2, column 1", "dense reads 1 layer, from= names 2"},
    {"input 4\nadd", "line 2, column 1", "add reads 2 to 8 layers"},
    {"input 4\nadd from=input", "line 2, column 1", "add reads 2 to 8 layers"},
    {"input 4\ndense 4 from=input from=input", "line 2, column 20", "from is given twice"},
    {"input\nflatten", "line 1, column 1", "input needs shape"},
    {"input 28x28x\nflatten", "line 1, column 7",
     "takes one to four sizes, as 28x28x1, not ‘28x28x’"},
    {"input x\nflatten", "line 1, column 7", "takes one to four sizes"},
    {"input 1x2x3x4x5\nflatten", "line 1, column 7", "takes one to four sizes"},
    {"input 28x0x1\nflatten", "line 1, column 7", "shape takes 1 to 1048576, not 0"},
    {"input 28x-1x1\nflatten", "line 1, column 7", "shape takes 1 to 1048576, not -1"},
    {"input 9x9x1\nconv2d 4 3x3x3", "line 2, column 10", "takes one size or two, as 3 or 3x5"},
    {"input 9x9x1\nconv2d 4", "line 2, column 1", "conv2d needs kernel_size"},
    {"input 9x9x1\nconv2d 4 3 padding=full", "line 2, column 12", "padding is one of valid, same"},
    {"input 9x9x1\nconv2d 4 3 strides=0", "line 2, column 12", "strides takes 1 to 1024, not 0"},
    {"input 4\ndropout 1", "line 2, column 9", "rate takes 0 to 0.99, not 1"},
    /* shapes: the line, and the layer */
    {"input 9x9x1\nconv2d 4 3\n conv2d 4 11", "line 3, column 2", "conv2d_1: "},
    {"input 9\nconv2d 4 3", "line 2", "conv2d"},
    {"input 9x9x3\nconv2d 4 3 groups=2", "line 2", "conv2d"},
    {"input 9x9x1\nmax_pooling2d 10", "line 2", "max_pooling2d"},
    {"input 9\nmax_pooling2d", "line 2", "max_pooling2d"},
    {"input 9\nreshape 2x5", "line 2", "reshape"},
    {"input 4\ndense 3 name=a\nadd from=a,input", "line 3", "add"},
    /* sizes */
    {"input 1048576x1048576x1048576x1048576\nflatten", "line 1", "too many numbers in its layers"},
    {"input 1048576\ndense 1048576", "line 2", "with dense the model has too many parameters"},
    {"input 16384\ndense 16000\ndense 1000", "line 3", "with dense_1 the model has too many param"},
    {"input 9x9x1024\nconv2d 65536 1024 padding=same", "line 2", "too many parameters"},
};

static void test_mistakes(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(MISTAKES); i++) {
    GError *error = NULL;
    g_test_message("%s", MISTAKES[i].spec);
    g_assert_null(model_new(MISTAKES[i].spec, &error));
    test_assert_error_says(&error, MISTAKES[i].where, MISTAKES[i].says);
  }
}

/* Numbers are the same in every language. */
static void test_german(void) {
  if (setlocale(LC_ALL, "de_DE.UTF-8") == NULL) {
    g_test_skip("this machine has no German locale");
    return;
  }
  test_mistakes();
  test_made();
  setlocale(LC_ALL, "C.UTF-8");
}

static void test_limits(void) {
  g_autoptr(GString) many = g_string_new("input 4\n"), long_text = g_string_new("input 4\n");
  GError *error = NULL;

  for (int i = 0; i < SPEC_MAX_LAYERS - 1; i++)
    g_string_append(many, "dense 4\n");
  g_autoptr(Model) most = model_new(many->str, &error);
  g_assert_no_error(error);
  g_string_append(many, "dense 4\n");
  g_assert_null(model_new(many->str, &error));
  test_assert_error_says(&error, "line 513", "a model has 512 layers at most");
  while (long_text->len <= SPEC_MAX_BYTES)
    g_string_append(long_text, "# long\n");
  g_assert_null(model_new(long_text->str, &error));
  test_assert_error_says(&error, "65536 bytes at most");
  g_assert_null(model_new("input 4\ndense 4 name=\xff\xfe", &error));
  test_assert_error_says(&error, "not valid UTF-8");
}

/* --- files --- */

static void test_export(void) {
  g_autoptr(Fixture) f = fixture_tiny();
  g_autoptr(Run) run = fixture_run(f, "", 1);
  char *folder = test_tmp_dir();
  g_autofree char *path = g_build_filename(folder, "session.safetensors", NULL);
  g_autofree char *copy = g_build_filename(folder, "model.safetensors", NULL);
  g_autofree char *other = g_build_filename(folder, "model.xyz", NULL);
  GError *error = NULL;

  fixture_advance(run, 3);
  run_save(run, path, &error);
  g_assert_no_error(error);
  g_autoptr(ModelFile) file = model_file_read(path, &error);
  g_assert_no_error(error);
  g_assert_true(model_file_export(file, copy, &error));
  g_autoptr(ModelFile) again = model_file_read(copy, &error);
  g_assert_no_error(error);
  const gsize bytes = file->parameters->size * sizeof(real);
  g_assert_cmpmem(file->parameters->value, bytes, again->parameters->value, bytes);
  g_assert_cmpmem(run->parameters->value, bytes, again->parameters->value, bytes);
  g_assert_cmpstr(again->model->spec, ==, file->model->spec);
  g_assert_cmpstr(again->classes[3], ==, "3");
  g_assert_cmpstr(model_file_metadata(again, "lesson"), ==, "fixture");
  g_assert_null(model_file_metadata(again, "seed"));
  g_assert_null(checkpoint_restore(again, copy, f->lesson, f->dataset, &error));
  test_assert_error_says(&error, copy, "not a saved session");
  g_assert_false(model_file_export(file, other, &error));
  test_assert_error_says(&error, other, "end the name in .safetensors or .onnx");
  g_assert_false(g_file_test(other, G_FILE_TEST_EXISTS));
  test_remove_dir(folder);
}

int main(int argc, char **argv) {
  setlocale(LC_ALL, "C.UTF-8");
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/model/summary-day05", test_summary_day05);
  g_test_add_func("/model/made", test_made);
  g_test_add_func("/model/names", test_names);
  g_test_add_func("/model/not-trainable", test_not_trainable);
  g_test_add_func("/model/two-models", test_two_models);
  g_test_add_func("/model/mistakes", test_mistakes);
  g_test_add_func("/model/german", test_german);
  g_test_add_func("/model/limits", test_limits);
  g_test_add_func("/model/export", test_export);
  return g_test_run();
}
