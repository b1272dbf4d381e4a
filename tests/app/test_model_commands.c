/* summary, predict, export and bench, as a person would use them. */
#include "tests/app/program.h"
#include "tests/app/workshop.h"

#include "core/formats/model_file.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

static const char *const GERMAN[] = {"LC_ALL=de_DE.UTF-8", NULL};

static void assert_failed(const Result *result, int status, const char *why) {
  g_assert_cmpint(result->status, ==, status);
  g_assert_cmpstr(result->out, ==, "");
  g_assert_true(g_str_has_prefix(result->err, "bathyscope: "));
  assert_contains(result->err, why);
}

/* The Day 5 model in FOLDER/model.safetensors, after a few steps. */
static Workshop *workshop_with_model(void) {
  Workshop *w = workshop_new();
  g_auto(Result) result =
      run("train day05 --steps 60 --dataset drawn_digits --quiet --out %s", w->folder);

  g_assert_cmpstr(result.err, ==, "");
  g_assert_cmpint(result.status, ==, 0);
  return w;
}

/* --- summary --- */

static void test_summary(void) {
  g_autoptr(Workshop) w = workshop_with_model();
  g_auto(Result) plain = run("summary day05"), german = run_with(GERMAN, "summary day05");
  g_auto(Result) file = run("summary %s/model.safetensors", w->folder);

  g_assert_cmpint(plain.status, ==, 0);
  assert_contains(plain.out, "(None, 26, 26, 32)                 320\n");
  assert_contains(plain.out, "(None, 13, 13, 32)                   0\n");
  assert_contains(plain.out, "(None, 5408)                         0\n");
  assert_contains(plain.out, "(None, 64)                     346,176\n");
  assert_contains(plain.out, "(None, 10)                         650\n");
  assert_contains(plain.out, "Total parameters: 347,146");
  assert_contains(file.out, "Total parameters: 347,146");
  assert_contains(german.out, "Total parameters: 347,146");
}

static void test_summary_failures(void) {
  g_auto(Result) none = run("summary"), two = run("summary day05 day05");
  g_auto(Result) day = run("summary day99"), file = run("summary /none.safetensors");

  assert_failed(&none, 2, "something is missing: bathyscope summary LESSON|FILE");
  assert_failed(&two, 2, "one argument too many");
  assert_failed(&day, 1, "there is no lesson ‘day99’");
  assert_failed(&file, 1, "cannot read /none.safetensors: No such file");
}

/* --- predict --- */

static void check_guesses(const char *text) {
  g_autoptr(JsonParser) parser = json_parser_new();
  g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  double sum = 0, before = 1;
  GError *error = NULL;

  json_parser_load_from_data(parser, text, -1, &error);
  g_assert_no_error(error);
  JsonArray *guesses = json_node_get_array(json_parser_get_root(parser));
  g_assert_cmpuint(json_array_get_length(guesses), ==, 10);
  for (guint i = 0; i < 10; i++) {
    JsonObject *guess = json_array_get_object_element(guesses, i);
    const double score = json_object_get_double_member(guess, "score");
    g_assert_true(g_hash_table_add(seen, g_strdup(json_object_get_string_member(guess, "label"))));
    g_assert_cmpfloat(score, <=, before);
    sum += before = score;
  }
  g_assert_cmpfloat_with_epsilon(sum, 1, 1e-5);
  g_assert_true(g_hash_table_contains(seen, "0") && g_hash_table_contains(seen, "9"));
}

static void test_predict(void) {
  g_autoptr(Workshop) w = workshop_with_model();
  g_autofree char *image = workshop_path(w, "one.png");
  g_autofree char *line =
      g_strdup_printf("predict %s/model.safetensors --json --image %s", w->folder, image);

  workshop_draw_one(image);
  g_auto(Result) json = run_with(NULL, line), german = run_with(GERMAN, line);
  g_assert_cmpint(json.status, ==, 0);
  g_assert_cmpstr(json.err, ==, "");
  check_guesses(json.out);
  g_assert_cmpstr(german.out, ==, json.out);
  g_auto(Result) bars = run("predict %s/model.safetensors --image %s", w->folder, image);
  g_assert_cmpint(bars.status, ==, 0);
  assert_contains(bars.out, " % █");
}

static void test_predict_failures(void) {
  g_autoptr(Workshop) w = workshop_with_model();
  g_autofree char *text = workshop_path(w, "text.png");
  g_autofree char *model = workshop_path(w, "model.safetensors");

  g_file_set_contents(text, "no picture", -1, NULL);
  g_auto(Result) nothing = run("predict"), no_image = run("predict %s", model);
  g_auto(Result) missing = run("predict %s --image %s/none.png", model, w->folder);
  g_auto(Result) no_picture = run("predict %s --image %s", model, text);
  g_auto(Result) no_model = run("predict %s --image %s", text, text);
  assert_failed(&nothing, 2, "something is missing: bathyscope predict FILE");
  assert_failed(&no_image, 2, "give --image PNG");
  assert_failed(&missing, 1, "none.png");
  assert_failed(&no_picture, 1, "text.png");
  assert_failed(&no_model, 1, "is no safetensors file");
}

/* --- export --- */

static void test_export(void) {
  g_autoptr(Workshop) w = workshop_with_model();
  g_autofree char *model = workshop_path(w, "model.safetensors");
  g_autofree char *copy = workshop_path(w, "copy.safetensors");
  g_autofree char *onnx = workshop_path(w, "copy.onnx");
  g_auto(Result) first = run("export %s %s", model, copy);
  g_auto(Result) second = run("export %s %s", model, onnx);
  GError *error = NULL;

  g_assert_cmpint(first.status, ==, 0);
  assert_contains(first.out, "copy.safetensors (1.4 MB)\n");
  g_autoptr(ModelFile) a = model_file_read(model, &error);
  g_assert_no_error(error);
  g_autoptr(ModelFile) b = model_file_read(copy, &error);
  g_assert_no_error(error);
  g_assert_cmpmem(a->parameters->value, a->parameters->size * sizeof(real), b->parameters->value,
                  b->parameters->size * sizeof(real));
  g_assert_cmpuint(b->file->tensors->len, ==, 6); /* kernels and biases, nothing else */
  g_assert_cmpint(second.status, ==, 0);
  g_autoptr(GBytes) bytes = workshop_read(w, "copy.onnx");
  g_assert_cmpuint(g_bytes_get_size(bytes), >, 347146 * 4);
}

/* What was there before is there after. */
static void test_export_failures(void) {
  g_autoptr(Workshop) w = workshop_with_model();
  g_autofree char *model = workshop_path(w, "model.safetensors");
  g_autofree char *full = workshop_path(w, "full.onnx");
  g_autofree char *old = workshop_path(w, "old.onnx");

  g_file_set_contents(old, "old", -1, NULL);
  g_auto(Result) nothing = run("export"), one = run("export %s", model);
  g_auto(Result) ending = run("export %s %s/model.xyz", model, w->folder);
  g_auto(Result) below = run("export %s %s/below.onnx", model, model);
  g_auto(Result) no_model = run("export %s %s", old, old);
  assert_failed(&nothing, 2, "something is missing: bathyscope export FILE OUT");
  assert_failed(&one, 2, "something is missing");
  assert_failed(&ending, 1, "end the name in .safetensors or .onnx");
  assert_failed(&below, 1, "Not a directory");
  assert_failed(&no_model, 1, "old.onnx");
  g_autoptr(GBytes) bytes = workshop_read(w, "old.onnx");
  g_assert_cmpmem(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), "old", 3);
  if (access("/dev/full", W_OK) != 0)
    return;
  g_assert_cmpint(symlink("/dev/full", full), ==, 0);
  g_auto(Result) no_room = run("export %s %s", model, full);
  assert_failed(&no_room, 1, "full.onnx: No space left on device");
}

/* A file cut anywhere is told to be cut, by every command. */
static void test_cut(void) {
  g_autoptr(Workshop) w = workshop_with_model();
  g_autofree char *path = workshop_path(w, "cut.safetensors");
  g_autoptr(GBytes) whole = workshop_read(w, "model.safetensors");
  const gsize size = g_bytes_get_size(whole);

  for (gsize length = 0; length < size; length += 1 + size / 7) {
    g_file_set_contents(path, g_bytes_get_data(whole, NULL), (gssize)length, NULL);
    g_auto(Result) summary = run("summary %s", path);
    g_auto(Result) resume = run("train day05 --resume %s", path);
    assert_failed(&summary, 1, "truncated");
    assert_failed(&resume, 1, "truncated");
  }
}

/* --- bench --- */

static void test_bench(void) {
  static const char *const MEMBERS[] = {
      "batch",  "threads",       "ms_per_step",    "samples_per_second",
      "gflops", "peak_fraction", "peak_memory_mib"};
  g_auto(Result) result = run("bench cnn --json --threads 1");
  g_autoptr(JsonParser) parser = json_parser_new();

  g_assert_cmpint(result.status, ==, 0);
  g_assert_true(json_parser_load_from_data(parser, result.out, -1, NULL));
  JsonArray *results = json_node_get_array(json_parser_get_root(parser));
  g_assert_cmpuint(json_array_get_length(results), >=, 1);
  JsonObject *first = json_array_get_object_element(results, 0);
  g_assert_cmpstr(json_object_get_string_member(first, "name"), ==, "cnn");
  for (gsize i = 0; i < G_N_ELEMENTS(MEMBERS); i++) {
    g_assert_true(json_object_has_member(first, MEMBERS[i]));
    g_assert_cmpfloat(json_object_get_double_member(first, MEMBERS[i]), >, 0);
  }
}

static void test_bench_misuse(void) {
  g_auto(Result) name = run("bench cn"), threads = run("bench --threads 0");

  g_auto(Result) batch = run("bench mlp --batch 0");
  g_auto(Result) missing = run("bench --model nowhere.txt");
  g_auto(Result) task = run("bench --model nowhere.txt --task guessing");

  assert_failed(&batch, 2, "--batch takes a whole number from 1 to 2048, not ‘0’");
  assert_failed(&missing, 1, "nowhere.txt");
  assert_failed(&task, 2, "there is no task ‘guessing’");
  assert_failed(&name, 2, "there is no benchmark ‘cn’");
  assert_failed(&threads, 2, "--threads takes a whole number from 1 to 1024, not ‘0’");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_setenv("LC_ALL", "C.UTF-8", TRUE);
  g_test_add_func("/model-commands/summary", test_summary);
  g_test_add_func("/model-commands/summary-failures", test_summary_failures);
  g_test_add_func("/model-commands/predict", test_predict);
  g_test_add_func("/model-commands/predict-failures", test_predict_failures);
  g_test_add_func("/model-commands/export", test_export);
  g_test_add_func("/model-commands/export-failures", test_export_failures);
  g_test_add_func("/model-commands/cut", test_cut);
  g_test_add_func("/model-commands/bench", test_bench);
  g_test_add_func("/model-commands/bench-misuse", test_bench_misuse);
  return g_test_run();
}
