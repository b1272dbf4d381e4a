/* A run saved, ended and resumed is the run that was never stopped; a file that is not whole, or
 * not of this run, is refused. */
#include "core/base/parallel.h"
#include "tests/core/lesson_fixture.h"
#include "tests/core/support.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

typedef struct {
  char *folder, *path;
} Place;

static void place_set_up(Place *self) {
  self->folder = test_tmp_dir();
  self->path = g_build_filename(self->folder, "model.safetensors", NULL);
}

static void place_clear(Place *self) {
  test_remove_dir(self->folder);
  g_free(self->path);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Place, place_clear)

/* --- resuming --- */

/* Stops after every unit of work in turn: steps within an epoch and at its end, in validation, in
 * the test, at the end. */
static void resume_anywhere(const char *settings, guint stride) {
  g_autoptr(Fixture) f = fixture_tiny();
  g_autoptr(Run) whole = fixture_run(f, settings, 5);
  const guint units = fixture_advance(whole, G_MAXUINT);
  g_auto(Place) place;

  place_set_up(&place);
  for (guint unit = 0; unit <= units; unit += stride) {
    Run *run = fixture_run(f, settings, 5);
    fixture_advance(run, unit);
    run = fixture_resume(f, run, place.path);
    fixture_advance(run, G_MAXUINT);
    fixture_assert_same(whole, run);
    run_free(run);
  }
  g_assert_cmpint(test_count_files(place.folder), ==, 1);
}

static void test_resume_adam(void) { resume_anywhere("optimizer=adam", 1); }
static void test_resume_momentum(void) { resume_anywhere("optimizer=momentum batch_size=9", 3); }
static void test_resume_sgd(void) { resume_anywhere("optimizer=sgd batch_size=70", 2); }

/* Saved after every unit, on another number of threads each time. */
static void test_resume_always(void) {
  Fixture f = {fixture_lesson(FIXTURE_SPLIT), fixture_dataset(28, 10, 130, 40, 30)};
  g_autoptr(Run) whole = fixture_run(&f, "batch_size=33 epochs=2", 5);
  Run *run = fixture_run(&f, "batch_size=33 epochs=2", 5);
  guint threads = 0;
  g_auto(Place) place;

  place_set_up(&place);
  parallel_set_threads(1);
  fixture_advance(whole, G_MAXUINT);
  do {
    run = fixture_resume(&f, run, place.path);
    parallel_set_threads(1 + ++threads % 4);
  } while (run_advance(run));
  fixture_assert_same(whole, run);
  parallel_set_threads(0);
  run_free(run);
  lesson_free(f.lesson);
  dataset_free(f.dataset);
}

/* A history longer than its budget, so that points stand for blocks of steps. */
static void test_resume_blocks(void) {
  g_autoptr(Fixture) f = fixture_tiny();
  g_autoptr(Run) whole = fixture_run(f, "", 5);
  Run *run = fixture_run(f, "", 5);
  g_auto(Place) place;

  place_set_up(&place);
  for (Run *each = run, *next = whole; each != NULL; each = next, next = NULL)
    for (int m = 0; each->task->klass->metrics[m] != NULL; m++) {
      series_free(each->series[m]);
      each->series[m] = series_new(16384);
      for (guint i = 0; i < 20000; i++)
        series_add(each->series[m], (float)(i % 37) / 37);
    }
  run->step = whole->step = 20000; /* the start of an epoch */
  run->stop_step = whole->stop_step = 20012;
  fixture_advance(whole, G_MAXUINT);
  for (int i = 0; i < 5; i++) {
    run = fixture_resume(f, run, place.path);
    run->stop_step = 20012;
    fixture_advance(run, 3);
  }
  fixture_advance(run, G_MAXUINT);
  fixture_assert_same(whole, run);
  run_free(run);
}

/* --- files that are not right --- */

/* A small saved session, and what is in it. */
static GBytes *saved_session(const Fixture *f, const char *path) {
  g_autoptr(Run) run = fixture_run(f, "", 5);
  GError *error = NULL;
  char *data;
  gsize size;

  fixture_advance(run, 2);
  run_set(run, "learning_rate", "0.5", NULL);
  fixture_advance(run, 9);
  run_save(run, path, &error);
  g_assert_no_error(error);
  g_file_get_contents(path, &data, &size, &error);
  g_assert_no_error(error);
  return g_bytes_new_take(data, size);
}

/* Both readers, from memory. */
static gboolean restores(const Fixture *f, GBytes *bytes, GError **error) {
  SafeTensors *tensors = safetensors_parse(bytes, "here", error);
  g_autoptr(ModelFile) file = tensors != NULL ? model_file_new(tensors, "here", error) : NULL;
  g_autoptr(Run) run =
      file != NULL ? checkpoint_restore(file, "here", f->lesson, f->dataset, error) : NULL;

  return run != NULL;
}

static void test_cut(void) {
  g_autoptr(Fixture) f = fixture_tiny();
  g_auto(Place) place;

  place_set_up(&place);
  g_autoptr(GBytes) whole = saved_session(f, place.path);
  const gsize size = g_bytes_get_size(whole);
  GError *error = NULL;
  g_assert_true(restores(f, whole, &error));
  g_assert_no_error(error);
  for (gsize length = 0; length < size; length++) {
    g_autoptr(GBytes) cut = g_bytes_new_from_bytes(whole, 0, length);
    g_assert_false(restores(f, cut, &error));
    g_assert_nonnull(strstr(error->message, "here"));
    g_clear_error(&error);
  }
  for (gsize length = 0; length < size; length += 1 + size / 40) {
    test_write(place.path, g_bytes_get_data(whole, NULL), length);
    g_assert_null(model_file_read(place.path, &error));
    test_assert_error_says(&error, place.path);
  }
}

/* A changed copy: metadata `key` becomes `value` (NULL: goes), or tensor `key` goes or gets another
 * type or shape. */
typedef struct {
  const char *key, *value;
  gboolean tensor;
  const char *says;
} Damage;

static void copy_metadata(gpointer key, gpointer value, gpointer writer) {
  safetensors_writer_metadata(writer, key, value);
}

static GBytes *damage(const SafeTensors *file, const Damage *d) {
  g_autoptr(SafeTensorsWriter) writer = safetensors_writer_new();
  g_autoptr(GHashTable) metadata = g_hash_table_new(g_str_hash, g_str_equal);
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init(&iter, file->metadata);
  while (g_hash_table_iter_next(&iter, &key, &value))
    g_hash_table_insert(metadata, key, value);
  if (!d->tensor && d->value != NULL)
    g_hash_table_insert(metadata, (gpointer)d->key, (gpointer)d->value);
  else if (!d->tensor)
    g_hash_table_remove(metadata, d->key);
  g_hash_table_foreach(metadata, copy_metadata, writer);
  for (guint i = 0; i < file->tensors->len; i++) {
    const SafeTensor *t = file->tensors->pdata[i];
    const gboolean hit = d->tensor && g_str_equal(t->name, d->key);
    gint64 dim[SAFETENSORS_MAX_RANK + 1] = {0};
    memcpy(dim, t->dim, (gsize)t->rank * sizeof *dim);
    if (hit && d->value == NULL)
      continue;
    if (hit && g_str_equal(d->value, "shape"))
      dim[0]--;
    safetensors_writer_add(writer, t->name, hit && g_str_equal(d->value, "type") ? "I32" : t->dtype,
                           t->rank, dim, t->data);
  }
  return safetensors_writer_bytes(writer);
}

static const Damage DAMAGES[] = {
    {"format", NULL, FALSE, "not a model saved by Bathyscope"},
    {"format", "pt", FALSE, "not a model saved by Bathyscope"},
    {"version", NULL, FALSE, "not a model saved by Bathyscope"},
    {"version", "2", FALSE, "newer Bathyscope; update"},
    {"version", "4294967295", FALSE, "newer Bathyscope; update"},
    {"version", "-1", FALSE, "version is not a number"},
    {"version", "one", FALSE, "version is not a number"},
    {"spec", NULL, FALSE, "not a model saved by Bathyscope"},
    {"spec", "", FALSE, "spec: "},
    {"spec", "input 6x6x1\nflaten", FALSE, "line 2, column 1: there is no layer ‘flaten’"},
    {"spec", "input 6x6x1\nflatten\ndense 4 activation=softmax", FALSE,
     "‘dense.kernel’ is 12 × 12"},
    /* a gigabyte for a few bytes: refused before it is allocated */
    {"spec", "input 16384\ndense 16000\ndense 4 activation=softmax", FALSE, "‘dense.kernel’"},
    {"classes", "[\"a\"]", FALSE, "number of class names"},
    {"classes", "nonsense", FALSE, "here, classes"},
    {"seed", NULL, FALSE, "not a saved session"},
    {"seed", "-1", FALSE, "nonsense value for seed"},
    {"step", "1e3", FALSE, "nonsense value for step"},
    {"step", "3", FALSE, "does not fit the number of steps"},
    {"phase", "5", FALSE, "nonsense value for phase"},
    {"phase", "4", FALSE, "has failed and cannot go on"},
    {"applied", "7", FALSE, "more changes applied than there are"},
    {"learning_rate", "nan", FALSE, "no sensible number for learning_rate"},
    {"dataset", "mnist", FALSE, "another data set: mnist, not quarters"},
    {"training_samples", "71", FALSE, "another number of training samples"},
    {"history_block", "0", FALSE, "does not fit the number of steps"},
    {"history_open", "3", FALSE, "does not fit the number of steps"},
    {"hyperparameters", "", FALSE, "here, hyperparameters"},
    {"hyperparameters", "{\"learnin_rate\": \"1\"}", FALSE, "did you mean ‘learning_rate’"},
    {"hyperparameters", "{\"epochs\": \"0\"}", FALSE, "epochs takes a whole number from 1"},
    {"hyperparameters", "{\"optimizer\": \"sgdd\"}", FALSE, "optimizer takes one of"},
    {"hyperparameters", "{\"optimizer\": \"momentum\"}", FALSE, "optimizer.momentum.conv1.kernel"},
    {"journal", "[{\"step\": 1}]", FALSE, "a change needs step, name and value"},
    {"journal", "[{\"step\": 1, \"name\": \"batch_size\", \"value\": \"64\"}]", FALSE,
     "when a run is started"},
    {"journal", "[{\"step\": 1, \"name\": \"epochs\", \"value\": \"0\"}]", FALSE, "epochs takes"},
    {"journal", "[{\"step\": 1, \"when\": 2}]", FALSE, "when"},
    {"conv1.kernel", NULL, TRUE, "no tensor ‘conv1.kernel’"},
    {"conv1.kernel", "shape", TRUE, "‘conv1.kernel’ is 2 × 3 × 1 × 3 in the file"},
    {"dense.bias", "type", TRUE, "‘dense.bias’ has elements of type I32"},
    {"optimizer.m.conv1.kernel", NULL, TRUE, "no tensor ‘optimizer.m.conv1.kernel’"},
    {"optimizer.v.dense.kernel", "shape", TRUE, "‘optimizer.v.dense.kernel’ is"},
    {"history.loss", NULL, TRUE, "history.loss"},
    {"history.accuracy", "shape", TRUE, "does not fit the number of steps: history.accuracy"},
    {"history.epochs", NULL, TRUE, "history.epochs"},
    {"session.sums", "shape", TRUE, "session.sums"},
    {"session.results", "shape", TRUE, "session.results"},
};

static void test_damaged(void) {
  g_autoptr(Fixture) f = fixture_tiny();
  g_auto(Place) place;

  place_set_up(&place);
  g_autoptr(GBytes) bytes = saved_session(f, place.path);
  g_autoptr(SafeTensors) file = safetensors_parse(bytes, "here", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(DAMAGES); i++) {
    g_autoptr(GBytes) damaged = damage(file, &DAMAGES[i]);
    GError *error = NULL;
    g_test_message("%s = %s", DAMAGES[i].key, DAMAGES[i].value);
    g_assert_false(restores(f, damaged, &error));
    test_assert_error_says(&error, "here", DAMAGES[i].says);
  }
}

/* What other programs write is not taken for a model, nor any other file. */
static void test_foreign(void) {
  static const char HEADER[] = "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}";
  const guint64 length = GUINT64_TO_LE(sizeof HEADER - 1);
  g_auto(Place) place;
  GError *error = NULL;

  place_set_up(&place);
  g_autoptr(GByteArray) foreign = g_byte_array_new();
  g_byte_array_append(foreign, (const guint8 *)&length, sizeof length);
  g_byte_array_append(foreign, (const guint8 *)HEADER, sizeof HEADER - 1);
  g_byte_array_append(foreign, (const guint8 *)"\0\0\0\0", 4);
  test_write(place.path, foreign->data, foreign->len);
  g_assert_null(model_file_read(place.path, &error));
  test_assert_error_says(&error, place.path, "not a model saved by Bathyscope");
  test_write(place.path, "not at all\n", 11);
  g_assert_null(model_file_read(place.path, &error));
  test_assert_error_says(&error, place.path, "is no safetensors file");
  g_assert_null(model_file_read(place.folder, &error));
  test_assert_error_says(&error, place.folder);
  g_assert_null(model_file_read("/nowhere/at/all", &error));
  test_assert_error_says(&error, "/nowhere/at/all", "No such file");
}

/* A lesson that has another model by now. */
static void test_other_lesson(void) {
  g_autoptr(Fixture) f = fixture_tiny();
  Fixture other = {fixture_lesson("input 6x6x1\nflatten\ndense 4 activation=softmax"), f->dataset};
  g_auto(Place) place;
  GError *error = NULL;

  place_set_up(&place);
  g_autoptr(GBytes) bytes = saved_session(f, place.path);
  g_assert_false(restores(&other, bytes, &error));
  test_assert_error_says(&error, "here", "another model than the lesson has now: fixture");
  lesson_free(other.lesson);
}

/* --- files that cannot be written --- */

static void assert_not_saved(const Run *run, const char *path) {
  GError *error = NULL;

  g_assert_false(run_save(run, path, &error));
  test_assert_error_says(&error, "cannot write", path);
}

static void test_unwritable(void) {
  g_autoptr(Fixture) f = fixture_tiny();
  g_autoptr(Run) run = fixture_run(f, "", 1);
  g_auto(Place) place;

  place_set_up(&place);
  g_autofree char *below = g_build_filename(place.path, "below", "model.safetensors", NULL);
  test_write(place.path, "a file", 6);
  assert_not_saved(run, below);
  assert_not_saved(run, place.folder);
  assert_not_saved(run, "/proc/bathyscope/model.safetensors");
  g_assert_cmpint(test_count_files(place.folder), ==, 1);
}

static void assert_holds(const char *path, const char *text) {
  g_autofree char *found = NULL;

  g_assert_true(g_file_get_contents(path, &found, NULL, NULL));
  g_assert_cmpstr(found, ==, text);
}

static void test_full_device(void) {
  g_autoptr(Fixture) f = fixture_tiny();
  g_autoptr(Run) run = fixture_run(f, "", 1);
  g_auto(Place) place;

  place_set_up(&place);
  if (access("/dev/full", W_OK) == 0) {
    g_assert_cmpint(symlink("/dev/full", place.path), ==, 0);
    assert_not_saved(run, place.path);
  } else {
    g_test_skip("this machine has no /dev/full");
  }
}

/* What was saved before stays whole when there is no room for the next. */
static void test_full_disk(void) {
  g_autoptr(Fixture) f = fixture_tiny();
  g_autoptr(Run) run = fixture_run(f, "", 1);
  g_auto(Place) place;

  place_set_up(&place);
  if (mount("tmpfs", place.folder, "tmpfs", 0, "size=8k") != 0) {
    g_test_skip("this machine lets nobody mount a small disk");
    return;
  }
  test_write(place.path, "before", 6);
  assert_not_saved(run, place.path);
  assert_holds(place.path, "before");
  g_assert_cmpint(test_count_files(place.folder), ==, 1);
  g_assert_cmpint(umount(place.folder), ==, 0);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/checkpoint/resume-adam", test_resume_adam);
  g_test_add_func("/checkpoint/resume-momentum", test_resume_momentum);
  g_test_add_func("/checkpoint/resume-sgd", test_resume_sgd);
  g_test_add_func("/checkpoint/resume-always", test_resume_always);
  g_test_add_func("/checkpoint/resume-blocks", test_resume_blocks);
  g_test_add_func("/checkpoint/cut", test_cut);
  g_test_add_func("/checkpoint/damaged", test_damaged);
  g_test_add_func("/checkpoint/foreign", test_foreign);
  g_test_add_func("/checkpoint/other-lesson", test_other_lesson);
  g_test_add_func("/checkpoint/unwritable", test_unwritable);
  g_test_add_func("/checkpoint/full-device", test_full_device);
  g_test_add_func("/checkpoint/full-disk", test_full_disk);
  return g_test_run();
}
