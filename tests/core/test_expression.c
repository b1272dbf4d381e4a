/* The arithmetic of lesson texts. */
#include "core/lesson/expression.h"

#include "core/session/page_values.h"
#include "tests/core/lesson_fixture.h"
#include "tests/core/support.h"

#include <math.h>
#include <string.h>

static double evaluate(const char *text) {
  GError *error = NULL;
  ExpressionValue value;

  expression_evaluate(text, NULL, &value, &error);
  g_assert_no_error(error);
  return value.value;
}

static void test_arithmetic(void) {
  g_assert_cmpfloat(evaluate("1 + 2 * 3"), ==, 7);
  g_assert_cmpfloat(evaluate("(1 + 2) * 3"), ==, 9);
  g_assert_cmpfloat(evaluate("2 - 3 - 4"), ==, -5);
  g_assert_cmpfloat(evaluate("8 / 2 / 2"), ==, 2);
  g_assert_cmpfloat(evaluate("-2^2"), ==, -4);
  g_assert_cmpfloat(evaluate("2^-1 "), ==, 0.5);
  g_assert_cmpfloat(evaluate("floor(7 / 2) + sqrt(16)"), ==, 7);
  g_assert_cmpfloat_with_epsilon(evaluate("log(exp(1.5))"), 1.5, 1e-12);
  g_assert_cmpfloat(evaluate("1e3"), ==, 1000);
}

static void test_mistakes(void) {
  static const char *const CASES[][2] = {
      {"", "expected a number"},
      {"1 +", "expected a number"},
      {"(1", ") is missing"},
      {"1 2", "left at the end"},
      {"foo(1)", "no function"},
      {"tensor(a[1", "] is missing"},
      {"tensor(a", ") is missing"},
      {"step", "followed by ("},
      {"stepp()", "did you mean"},
      {"tensor(a[-1])", "an index"},
      {"nan", "followed by ("},
      {"tensor(a[0.5])", "an index"},
      {"label(a)", "write label()"},
      {"metric()", "write metric(NAME)"},
      {"size(a[1])", "write size(NAME)"},
      {"tensor([1])", "write tensor(NAME[i, j, …])"},
      {"shape(a) + 1", "stands alone"},
      {"-shape(a)", "stands alone"},
      {"floor(shape(a))", "stands alone"},
      {"tensor(a[shape(b)])", "stands alone"},
  };
  g_autoptr(GString) deep = g_string_new(NULL), long_sum = g_string_new("1");
  GError *error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS(CASES); i++) {
    g_assert_false(expression_check(CASES[i][0], &error));
    test_assert_error_says(&error, CASES[i][1]);
  }
  for (int i = 0; i < 100; i++)
    g_string_append_c(deep, '(');
  g_assert_false(expression_check(deep->str, &error));
  test_assert_error_says(&error, "too deeply");
  while (long_sum->len < 3000)
    g_string_append(long_sum, " + 1");
  g_assert_false(expression_check(long_sum->str, &error));
  test_assert_error_says(&error, "too long");
}

static void assert_format(double value, const char *like, const char *text) {
  g_autofree char *said = expression_format(&(ExpressionValue){value, NULL}, like);

  g_assert_cmpstr(said, ==, text);
}

static void test_format(void) {
  assert_format(347146, "1", "347,146");
  assert_format(0.1416, "0.123", "0.142");
  assert_format(-1234.5, "0.0", "−1,234.5");
  assert_format(10, "10", "10");
  assert_format(-0.001, "0.0", "0.0");
}

static void test_relations(void) {
  ExpressionRelation relation;
  g_autofree char *left = NULL, *right = NULL;

  g_assert_true(expression_split("metric(loss) >= 2.2", &left, &relation, &right));
  g_assert_cmpstr(left, ==, "metric(loss)");
  g_assert_cmpstr(right, ==, "2.2");
  g_assert_cmpint(relation, ==, RELATION_AT_LEAST);
  g_assert_true(expression_holds(2, RELATION_AT_LEAST, 2));
  g_assert_false(expression_holds(2, RELATION_MORE, 2));
  g_assert_true(expression_holds(1, RELATION_LESS, 2));
  g_assert_true(expression_holds(2, RELATION_AT_MOST, 2));
}

/* --- of a model and a run --- */

typedef struct {
  Fixture *fixture;
  Session *session;
  Snapshot *look;
  Model *model;
  PageValues values;
} Stage;

static void stage_init(Stage *self) {
  self->fixture = fixture_tiny();
  self->session = session_new(fixture_run(self->fixture, "", 1), NULL, NULL);
  self->model = model_new(FIXTURE_TINY, NULL);
  session_watch(self->session, TRUE, DATASET_VALIDATION, 0);
  session_train(self->session);
  g_assert_true(session_wait(self->session, -1, NULL));
  self->look = session_take_snapshot(self->session);
  self->values =
      (PageValues){self->fixture->lesson, self->model, self->fixture->dataset, self->look};
}

static void stage_clear(Stage *self) {
  snapshot_unref(self->look);
  model_free(self->model);
  session_free(self->session);
  fixture_free(self->fixture);
}

static double value_of(const Stage *self, const char *expression) {
  GError *error = NULL;
  ExpressionValue value;

  page_value(&self->values, expression, &value, &error);
  g_assert_no_error(error);
  g_free(value.text);
  return value.value;
}

static void test_run(void) {
  GError *error = NULL;
  ExpressionValue value;
  Stage stage;

  stage_init(&stage);
  const Tensor *conv = graph_find(stage.look->probe->ends.graph, "conv1");
  g_assert_cmpfloat(value_of(&stage, "step()"), ==, 15);
  g_assert_cmpfloat(value_of(&stage, "samples(train)"), ==, 70);
  g_assert_cmpfloat(value_of(&stage, "metric(val_loss)"), ==, stage.look->status.validation[0]);
  g_assert_cmpfloat(value_of(&stage, "tensor(conv1[0, 1, 0])"), ==,
                    (double)conv->value[conv->shape.dim[3]]);
  g_assert_cmpfloat(value_of(&stage, "parameters()"), ==,
                    (double)parameters_count(stage.model->parameters));
  g_assert_cmpfloat_with_epsilon(value_of(&stage, "sum(probabilities)"), 1, 1e-5);
  g_assert_cmpfloat(value_of(&stage, "setting(learning_rate)"), ==, stage.look->settings[0]);
  g_assert_false(page_value(&stage.values, "tensor(conv1[0, 99, 0])", &value, &error));
  test_assert_error_says(&error, "beyond");
  g_assert_false(page_value(&stage.values, "tensor(conv9[0])", &value, &error));
  test_assert_error_says(&error, "no tensor conv9");
  stage.values.look = NULL;
  g_assert_false(page_value(&stage.values, "step()", &value, &error));
  test_assert_error_says(&error, "yet");
  stage_clear(&stage);
}

static PageBlock *goal_new(const char *key, const char *text) {
  PageBlock *block = g_new0(PageBlock, 1);
  PageField field = {g_strdup(key), g_strdup(text), 1};

  block->kind = PAGE_GOAL;
  block->fields = g_array_new(FALSE, FALSE, sizeof(PageField));
  g_array_append_val(block->fields, field);
  return block;
}

static void goal_free(PageBlock *block) {
  PageField *field = &g_array_index(block->fields, PageField, 0);

  g_free(field->key);
  g_free(field->value);
  g_array_unref(block->fields);
  g_free(block);
}

static void test_goals(void) {
  Stage stage;

  stage_init(&stage);
  PageBlock *met = goal_new("when", "step() >= 15"), *not_met = goal_new("when", "step() > 15");
  PageBlock *deed = goal_new("did", "explain");
  g_assert_true(page_goal_met(&stage.values, met));
  g_assert_false(page_goal_met(&stage.values, not_met));
  g_assert_false(page_goal_met(&stage.values, deed));
  g_assert_true(page_goal_deed(deed, "explain"));
  g_assert_false(page_goal_deed(deed, "reset"));
  goal_free(met);
  goal_free(not_met);
  goal_free(deed);
  stage_clear(&stage);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/expression/arithmetic", test_arithmetic);
  g_test_add_func("/expression/mistakes", test_mistakes);
  g_test_add_func("/expression/format", test_format);
  g_test_add_func("/expression/relations", test_relations);
  g_test_add_func("/expression/run", test_run);
  g_test_add_func("/expression/goals", test_goals);
  return g_test_run();
}
