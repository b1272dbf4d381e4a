#include "core/lesson/lesson.h"

#include "core/model/model.h"
#include "tests/core/support.h"

#include <glib/gstdio.h>
#include <string.h>

/* Line numbers matter: errors must name them. */
static const char GOOD[] =
    "{\n"                                                                    /* 1 */
    "  \"day\": 3,\n"                                                        /* 2 */
    "  \"title\": \"A day\",\n"                                              /* 3 */
    "  \"summary\": \"What it is about.\",\n"                                /* 4 */
    "  \"task\": \"classification\",\n"                                      /* 5 */
    "  \"presets\": [\n"                                                     /* 6 */
    "    {\"name\": \"fast\", \"title\": \"Fast\", \"help\": \"Faster.\",\n" /* 7 */
    "     \"settings\": {\"rate\": 1,\n"                                     /* 8 */
    "                  \"rule\": \"sgd\", \"noisy\": true}},\n"              /* 9 */
    "    {\"name\": \"plain\", \"title\": \"Plain\", \"help\": \"As is.\", \"settings\": {}}\n"
    "  ],\n"                                         /* 11 */
    "  \"datasets\": [\"drawn_digits\"],\n"          /* 12 */
    "  \"models\": {\n"                              /* 13 */
    "    \"net\": [\"input 4\",\n"                   /* 14 */
    "            \"dense 2 activation=softmax\"],\n" /* 15 */
    "    \"other\": \"input 4\\ndense 2\"\n"         /* 16 */
    "  },\n"                                         /* 17 */
    "  \"hyperparameters\": [\n"                     /* 18 */
    "    {\"name\": \"rate\", \"label\": \"Rate\", \"help\": \"Speed.\", \"kind\": \"real\",\n"
    "     \"minimum\": 0.5, \"maximum\": 2, \"default\": 0.75, \"live\": true,\n"          /* 20 */
    "     \"scale\": \"logarithmic\"},\n"                                                  /* 21 */
    "    {\"default\": \"adam\", \"name\": \"rule\", \"label\": \"Rule\",\n"               /* 22 */
    "     \"help\": \"Which.\", \"kind\": \"choice\", \"choices\": [\"sgd\", \"adam\"],\n" /* 23 */
    "     \"live\": false},\n"                                                             /* 24 */
    "    {\"name\": \"noisy\", \"label\": \"Noisy\", \"help\": \"Noise.\",\n"              /* 25 */
    "     \"kind\": \"boolean\", \"default\": false, \"live\": false},\n"                  /* 26 */
    "    {\"name\": \"count\", \"label\": \"Count\", \"help\": \"How many.\",\n"           /* 27 */
    "     \"kind\": \"integer\", \"minimum\": 1, \"maximum\": 9, \"default\": 3, \"live\": true}\n"
    "  ],\n"                                  /* 29 */
    "  \"panels\": [{\"panel\": \"loss\"},\n" /* 30 */
    "             {\"panel\": \"filters\", \"title\": \"F\", \"tensor\": \"net.kernel\"}],\n"
    "  \"goals\": [{\"id\": \"good\", \"title\": \"Be good\",\n"                         /* 32 */
    "             \"metric\": \"val_accuracy\", \"relation\": \">=\", \"value\": 0.5,\n" /* 33 */
    "             \"within_epochs\": 2}],\n"                                             /* 34 */
    "  \"pace\": 2.5\n"                                                                  /* 35 */
    "}\n";

static Lesson *parse(const char *text, GError **error) {
  /* an own block, so that a sanitizer sees a read beyond it */
  const gsize size = strlen(text);
  g_autofree char *copy = g_memdup2(text, size);

  return lesson_parse(size > 0 ? copy : "", size, "lesson.json", "lessons/day03", error);
}

static char *replaced(const char *from, const char *to) {
  const char *at = strstr(GOOD, from);

  g_assert_nonnull(at);
  g_assert_null(strstr(at + 1, from)); /* only once, or the test tests something else */
  return g_strdup_printf("%.*s%s%s", (int)(at - GOOD), GOOD, to, at + strlen(from));
}

static void test_good(void) {
  GError *error = NULL;
  g_autoptr(Lesson) lesson = parse(GOOD, &error);

  g_assert_no_error(error);
  g_assert_cmpstr(lesson->id, ==, "day03");
  g_assert_cmpint(lesson->day, ==, 3);
  g_assert_cmpstr(lesson->title, ==, "A day");
  g_assert_cmpstr(lesson->task, ==, "classification");
  g_assert_cmpstr(lesson->datasets[0], ==, "drawn_digits");
  g_assert_null(lesson->datasets[1]);
  g_assert_cmpuint(lesson->models->len, ==, 2);
  const LessonModel *net = lesson->models->pdata[0];
  g_assert_cmpstr(net->name, ==, "net");
  g_assert_cmpstr(net->spec, ==, "input 4\ndense 2 activation=softmax");
  g_assert_cmpuint(lesson->panels->len, ==, 2);
  g_assert_null(((const LessonPanel *)lesson->panels->pdata[0])->title);
  g_assert_cmpstr(((const LessonPanel *)lesson->panels->pdata[1])->tensor, ==, "net.kernel");
  const LessonGoal *goal = lesson->goals->pdata[0];
  g_assert_cmpstr(goal->relation, ==, ">=");
  g_assert_cmpfloat(goal->value, ==, 0.5);
  g_assert_cmpint(goal->within_epochs, ==, 2);
  g_assert_cmpfloat(lesson->pace, ==, 2.5);
}

static void test_definitions(void) {
  g_autoptr(Lesson) lesson = parse(GOOD, NULL);
  g_autoptr(Settings) settings = settings_new(lesson->definitions);
  const Setting *rate = settings_find(settings, "rate"), *rule = settings_find(settings, "rule");

  g_assert_cmpuint(lesson->definitions->len, ==, 4);
  g_assert_cmpint(rate->kind, ==, SETTING_REAL);
  g_assert_cmpfloat(rate->minimum, ==, 0.5);
  g_assert_cmpfloat(rate->maximum, ==, 2);
  g_assert_cmpfloat(rate->initial, ==, 0.75);
  g_assert_true(rate->logarithmic && rate->live && !rule->live);
  g_assert_cmpstr(rate->label, ==, "Rate");
  g_assert_cmpstr(rate->help, ==, "Speed.");
  g_assert_cmpstr(settings_choice(settings, "rule"), ==, "adam");
  g_assert_cmpint(settings_find(settings, "count")->kind, ==, SETTING_INTEGER);
  g_assert_cmpint(settings_find(settings, "noisy")->kind, ==, SETTING_BOOLEAN);
}

static void test_presets(void) {
  g_autoptr(Lesson) lesson = parse(GOOD, NULL);
  g_autoptr(Settings) settings = settings_new(lesson->definitions);
  GError *error = NULL;

  g_assert_cmpstr(lesson_preset(lesson, "fast")->title, ==, "Fast");
  g_assert_null(lesson_preset(lesson, "slow"));
  settings_set(settings, "count", 9, NULL);
  g_assert_true(lesson_apply_preset(lesson, "fast", settings, &error));
  g_assert_no_error(error);
  g_assert_cmpfloat(settings_get(settings, "rate", 0), ==, 1);
  g_assert_cmpstr(settings_choice(settings, "rule"), ==, "sgd");
  g_assert_cmpfloat(settings_get(settings, "noisy", 0), ==, 1);
  g_assert_cmpfloat(settings_get(settings, "count", 0), ==, 3); /* as nothing had been set before */
  g_assert_false(lesson_apply_preset(lesson, "fats", settings, &error));
  g_assert_error(error, LESSON_ERROR, LESSON_ERROR_NOT_FOUND);
  test_assert_error_says(&error, "day03", "‘fats’", "did you mean ‘fast’");
  g_assert_cmpfloat(settings_get(settings, "rate", 0), ==, 1);
  g_assert_true(lesson_apply_preset(lesson, "plain", settings, &error));
  g_assert_cmpstr(settings_choice(settings, "rule"), ==, "adam");
}

typedef struct {
  const char *from, *to;
  const char *words[3];
} Bad;

static const Bad BAD[] = {
    {"\"day\": 3", "\"day\": 0", {":2: ‘day’", "from 1 to"}},
    {"\"day\": 3", "\"day\": 3.5", {":2: ‘day’", "whole number"}},
    {"\"day\": 3", "\"day\": \"3\"", {":2: ‘day’", "found a text"}},
    {"\"day\": 3,", "", {":1:", "needs a member ‘day’"}},
    {"\"title\": \"A day\"", "\"titel\": \"A day\"", {":3: ‘titel’", "did you mean ‘title’"}},
    {"\"title\": \"A day\"", "\"title\": \"\"", {":3: ‘title’", "empty"}},
    {"\"title\": \"A day\"", "\"title\": \"A day\", \"title\": \"B\"", {":3:", "second ‘title’"}},
    {"\"title\": \"A day\",", "\"title\": \"A day\"", {":4:", "comma"}},
    {"\"title\": \"A day\"", "\"title\": \"A\nday\"", {":3: ‘title’", "line break"}},
    {"\"classification\"", "\"Classification\"", {":5: ‘task’", "cannot be a name"}},
    {"[\"drawn_digits\"]", "[]", {":12: ‘datasets’", "empty"}},
    {"[\"drawn_digits\"]", "[\"drawn_digit\"]", {":12:", "did you mean ‘drawn_digits’"}},
    {"[\"drawn_digits\"]", "[\"mnist\", \"mnist\"]", {":12: ‘datasets’", "twice"}},
    {"dense 2 activation=softmax", "dens 2", {":14: model ‘net’", "line 2", "dense"}},
    {"\"other\": \"input 4\\ndense 2\"", "\"other\": \"\"", {":16: model ‘other’"}},
    {"\"other\"", "\"O\"", {":16: ‘O’", "name"}},
    {"\"other\"", "\"net\"", {":16:", "second ‘net’"}},
    {"\"name\": \"rate\", ", "", {":19: a hyperparameter needs a member ‘name’"}},
    {"\"minimum\": 0.5", "\"minimun\": 0.5", {":20: ‘minimun’", "did you mean ‘minimum’"}},
    {"\"minimum\": 0.5, ", "", {":19:", "‘rate’ needs", "‘minimum’"}},
    {"\"minimum\": 0.5", "\"minimum\": 2", {":19:", "minimum below its maximum"}},
    {"\"minimum\": 0.5", "\"minimum\": 0", {":19:", "above 0", "logarithmic"}},
    {"0.75", "0.25", {":19:", "rate takes a number from 0.5 to 2", "‘0.25’"}},
    {"0.75", "\"fast\"", {":19:", "rate takes a number", "‘fast’"}},
    {"0.75", "[]", {":20: ‘default’", "found an array"}},
    {"\"kind\": \"real\"", "\"kind\": \"rael\"", {":19: ‘kind’", "did you mean ‘real’"}},
    {"\"kind\": \"boolean\"", "\"kind\": \"boolean\", \"maximum\": 2", {":25:", "only numbers"}},
    {"\"kind\": \"boolean\"", "\"kind\": \"choice\"", {":25:", "‘choices’"}},
    {"\"kind\": \"integer\"", "\"kind\": \"integer\", \"choices\": [\"a\"]", {":27:", "choices"}},
    {"\"minimum\": 1,", "\"minimum\": 1.5,", {":27:", "whole numbers"}},
    {"\"logarithmic\"", "\"log\"", {":21: ‘scale’", "linear, logarithmic"}},
    {"\"default\": \"adam\"", "\"default\": \"adm\"", {":22:", "rule takes one of sgd, adam"}},
    {"\"default\": false", "\"default\": 0", {":25:", "noisy takes true or false"}},
    {"[\"sgd\", \"adam\"]", "[\"adam\", \"adam\"]", {":23: ‘choices’", "twice"}},
    {"\"name\": \"noisy\"", "\"name\": \"rate\"", {":25:", "second hyperparameter ‘rate’"}},
    {"{\"rate\": 1,", "{\"rat\": 1,", {":8: preset ‘fast’", "‘rat’", "did you mean ‘rate’"}},
    {"{\"rate\": 1,", "{\"rate\": 3,", {":8: preset ‘fast’", "rate takes a number", "‘3’"}},
    {"\"rule\": \"sgd\"", "\"rule\": \"sdg\"", {":9: preset ‘fast’", "rule takes", "‘sdg’"}},
    {"\"rule\": \"sgd\"", "\"rule\": null", {":9: ‘rule’", "found null"}},
    {"\"name\": \"plain\"", "\"name\": \"fast\"", {":10:", "second preset ‘fast’"}},
    {"{\"panel\": \"loss\"}", "{\"title\": \"loss\"}", {":30: a panel needs", "‘panel’"}},
    {"{\"panel\": \"loss\"}", "\"loss\"", {":30: ‘panels’", "found a text"}},
    {"\">=\"", "\">\"", {":33: ‘relation’", "‘>’", "‘>=’"}},
    {"\"value\": 0.5", "\"value\": 1e999", {":33: ‘value’", "too large"}},
    {"\"within_epochs\": 2", "\"within_epochs\": 0", {":34: ‘within_epochs’", "from 1"}},
    {"\"pace\": 2.5", "\"pace\": -1", {":35: ‘pace’", "steps a second"}},
    {"\"pace\": 2.5\n}", "\"pace\": 2.5\n}}", {":36:", "expected the end"}},
    {"\"pace\": 2.5\n}", "\"pace\": 2.5\n", {":37:", "closing }", "end of the text"}},
};

static void test_bad(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(BAD); i++) {
    g_autofree char *text = replaced(BAD[i].from, BAD[i].to);
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    GError *error = NULL;
    g_test_message("%s", BAD[i].to);
    g_assert_null(parse(text, &error));
    g_assert_error(error, LESSON_ERROR, LESSON_ERROR_INVALID);
    g_assert_true(g_str_has_prefix(error->message, "lesson.json:"));
    for (int w = 0; w < 3 && BAD[i].words[w] != NULL; w++)
      g_ptr_array_add(words, (gpointer)BAD[i].words[w]);
    g_ptr_array_add(words, NULL);
    test_assert_error(&error, (const char *const *)words->pdata);
  }
}

static void test_cut_anywhere(void) {
  /* the last line break is not needed */
  for (gsize length = 0; length < sizeof GOOD - 2; length++) {
    g_autofree char *text = g_strndup(GOOD, length);
    GError *error = NULL;
    g_assert_null(parse(text, &error));
    g_assert_error(error, LESSON_ERROR, LESSON_ERROR_INVALID);
    test_assert_error_says(&error, "lesson.json:");
  }
}

static void test_deep(void) {
  g_autofree char *deep = g_strnfill(1 << 20, '[');
  g_autofree char *text = replaced("2.5", deep);
  GError *error = NULL;

  g_assert_null(parse(text, &error));
  test_assert_error_says(&error, "lesson.json:35: ‘pace’", "found an array");
}

/* --- Folders --- */

/* A folder with lessons two (day 3), one (day 3) and three (day 1), and things that are none. */
static char *lessons_make(void) {
  char *folder = test_tmp_dir();
  g_autofree char *one = g_build_filename(folder, "one", "lesson.json", NULL);
  g_autofree char *two = g_build_filename(folder, "two", "lesson.json", NULL);
  g_autofree char *three = g_build_filename(folder, "three", "lesson.json", NULL);
  g_autofree char *none = g_build_filename(folder, "none", "page.md", NULL);
  g_autofree char *file = g_build_filename(folder, "README.md", NULL);
  g_autofree char *first = replaced("\"day\": 3", "\"day\": 1");

  const char *const paths[] = {one, two, three, none, file};
  for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
    g_autofree char *parent = g_path_get_dirname(paths[i]);
    g_mkdir_with_parents(parent, 0777);
    test_write(paths[i], i == 2 ? first : GOOD, i == 2 ? strlen(first) : strlen(GOOD));
  }
  g_setenv("BATHYSCOPE_LESSONS", folder, TRUE);
  return folder;
}

static void test_list(void) {
  static const char *const ORDER[] = {"three", "one", "two"};
  char *folder = lessons_make();
  g_autofree char *found = lessons_folder(NULL);
  g_autofree char *broken = g_build_filename(folder, "two", "lesson.json", NULL);
  GError *error = NULL;
  g_autoptr(GPtrArray) lessons = lessons_list(&error);

  g_assert_no_error(error);
  g_assert_cmpstr(found, ==, folder);
  g_assert_cmpuint(lessons->len, ==, 3);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpstr(((const Lesson *)lessons->pdata[i])->id, ==, ORDER[i]);
  test_write(broken, "{\n\"x\": 1}", 9);
  g_assert_null(lessons_list(&error));
  test_assert_error_says(&error, "two/lesson.json:2", "‘x’");
  test_remove_dir(folder);
}

static void test_open(void) {
  char *folder = lessons_make();
  g_autofree char *path = g_build_filename(folder, "one", NULL);
  g_autofree char *none = g_build_filename(folder, "none", NULL);
  GError *error = NULL;
  g_autoptr(Lesson) by_id = lessons_open("two", &error);
  g_assert_no_error(error);
  g_autoptr(Lesson) by_path = lessons_open(path, &error);
  g_assert_no_error(error);

  g_assert_cmpstr(by_id->id, ==, "two");
  g_assert_cmpstr(by_path->id, ==, "one");
  g_assert_cmpstr(by_path->folder, ==, path);
  g_assert_null(lessons_open("thre", &error));
  g_assert_error(error, LESSON_ERROR, LESSON_ERROR_NOT_FOUND);
  test_assert_error_says(&error, "no lesson ‘thre’", folder, "did you mean ‘three’");
  g_assert_null(lessons_open("day99", &error));
  test_assert_error_says(&error, "no lesson ‘day99’", "one, three, two");
  g_assert_null(lessons_open("", &error));
  test_assert_error_says(&error, "no lesson ‘’");
  g_assert_null(lessons_open(none, &error));
  test_assert_error_says(&error, none, "no file lesson.json");
  test_remove_dir(folder);
}

static void test_no_folder(void) {
  GError *error = NULL;

  g_setenv("BATHYSCOPE_LESSONS", "/nowhere/lessons", TRUE);
  g_assert_null(lessons_list(&error));
  test_assert_error_says(&error, "BATHYSCOPE_LESSONS", "/nowhere/lessons");
  g_assert_null(lessons_open("day05", &error));
  test_assert_error_says(&error, "BATHYSCOPE_LESSONS", "/nowhere/lessons");
}

/* --- Ours --- */

static void check_ours(const Lesson *lesson) {
  g_autoptr(Settings) settings = settings_new(lesson->definitions);
  GError *error = NULL;

  g_assert_cmpuint(lesson->panels->len, >, 0);
  g_assert_cmpuint(lesson->goals->len, >, 0);
  g_assert_cmpuint(lesson->presets->len, >, 0);
  for (guint i = 0; i < lesson->definitions->len; i++) {
    const char *name = ((const Setting *)lesson->definitions->pdata[i])->name;
    g_autofree char *text = settings_format(settings, name);
    settings_parse(settings, name, text, &error);
    g_assert_no_error(error);
  }
  for (guint i = 0; i < lesson->presets->len; i++) {
    const LessonPreset *preset = lesson->presets->pdata[i];
    lesson_apply_preset(lesson, preset->name, settings, &error);
    g_assert_no_error(error);
  }
}

static void test_ours(void) {
  GError *error = NULL;
  g_autoptr(GPtrArray) lessons = lessons_list(&error);

  g_assert_no_error(error);
  g_assert_cmpuint(lessons->len, >, 0);
  for (guint i = 0; i < lessons->len; i++)
    check_ours(lessons->pdata[i]);
}

static void test_day05(void) {
  GError *error = NULL;
  g_autoptr(Lesson) lesson = lessons_open("day05", &error);
  g_assert_no_error(error);
  g_autoptr(Settings) settings = settings_new(lesson->definitions);
  g_autoptr(Model) model = model_new(((LessonModel *)lesson->models->pdata[0])->spec, &error);
  g_assert_no_error(error);

  g_assert_cmpint(lesson->day, ==, 5);
  g_assert_cmpstr(lesson->datasets[0], ==, "mnist");
  g_assert_cmpuint(model->parameters->size, >=, 347146); /* padding may lie between */
  g_assert_cmpfloat(settings_get(settings, "learning_rate", 0), ==, 0.001);
  g_assert_cmpfloat(settings_get(settings, "batch_size", 0), ==, 32);
  g_assert_cmpstr(settings_choice(settings, "optimizer"), ==, "adam");
  g_assert_true(settings_find(settings, "learning_rate")->live);
  g_assert_nonnull(lesson_preset(lesson, "keras"));
  g_assert_nonnull(lesson_preset(lesson, "too_fast"));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  /* first, while the environment says where they are */
  g_test_add_func("/lesson/ours", test_ours);
  g_test_add_func("/lesson/day05", test_day05);
  g_test_add_func("/lesson/good", test_good);
  g_test_add_func("/lesson/definitions", test_definitions);
  g_test_add_func("/lesson/presets", test_presets);
  g_test_add_func("/lesson/bad", test_bad);
  g_test_add_func("/lesson/cut-anywhere", test_cut_anywhere);
  g_test_add_func("/lesson/deep", test_deep);
  g_test_add_func("/lesson/list", test_list);
  g_test_add_func("/lesson/open", test_open);
  g_test_add_func("/lesson/no-folder", test_no_folder);
  return g_test_run();
}
