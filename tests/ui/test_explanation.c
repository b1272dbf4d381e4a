/* Every number of the Day 5 model explains itself: rightly, in order, and all the way down. */
#include "ui/explain/explanation.h"

#include "core/base/rng.h"
#include "tests/ui/explain_fixture.h"
#include "ui/explain/tex_markup.h"

#include "core/train/optimizer.h"

#include <math.h>
#include <pango/pango.h>
#include <string.h>

#define BOUND 1e-5
#define PLACES 6 /* looked at in each tensor, each way */
#define STEPS 20

static ExplainFixture *fixture;

static Target target_of(const char *tensor, gsize offset, gboolean gradient) {
  Target target = {.offset = offset, .gradient = gradient};

  g_strlcpy(target.tensor, tensor, sizeof target.tensor);
  return target;
}

static Explanation *explain(const char *tensor, gsize offset, gboolean gradient) {
  const Target target = target_of(tensor, offset, gradient);

  return explanation_new(fixture->look, fixture->look->probe, &target);
}

/* The number a target names. */
static double stored(const Probe *probe, const Target *target) {
  const Tensor *tensor = graph_find(probe->ends.graph, target->tensor);

  g_assert_nonnull(tensor);
  g_assert_cmpuint(target->offset, <, shape_size(&tensor->shape));
  if (tensor->type == TENSOR_INT)
    return tensor->index[target->offset];
  return target->gradient ? tensor->grad[target->offset] : tensor->value[target->offset];
}

static void assert_operands(const Probe *probe, const GPtrArray *pieces) {
  for (guint i = 0; i < pieces->len; i++) {
    const ExplanationPiece *piece = pieces->pdata[i];
    char text[NUMBER_SIZE];
    g_assert_true((piece->name != NULL) == (piece->target.tensor[0] != '\0'));
    if (piece->name == NULL)
      continue;
    g_assert_cmpstr(piece->text, ==, number_text(stored(probe, &piece->target), text));
    g_assert_true(g_str_has_prefix(piece->name, "∂loss/∂") == piece->target.gradient);
    g_assert_nonnull(strstr(piece->name, piece->target.tensor));
  }
}

static void assert_terms(const Probe *probe, const Explanation *e) {
  double sum = 0, shares = 0, before = INFINITY;

  for (guint i = 0; i < explanation_n_terms(e); i++) {
    const ExplanationTerm *term = explanation_term(e, i);
    g_assert_cmpfloat(fabs(term->contribution), <=, before);
    before = fabs(term->contribution);
    sum += before;
    shares += term->share;
    if (i > 40 && i + 40 < explanation_n_terms(e)) /* the texts of thousands are slow */
      continue;
    g_autoptr(GPtrArray) pieces = explanation_term_pieces(e, i);
    assert_operands(probe, pieces);
  }
  g_assert_cmpfloat_with_epsilon(sum, e->magnitude, 1e-9 * (1 + sum));
  g_assert_true(sum == 0 || fabs(shares - 1) < 1e-9);
}

static void check(const Probe *probe, const Target *target) {
  g_autoptr(Explanation) e = explanation_new(fixture->look, probe, target);

  g_assert_nonnull(e);
  const double value = stored(probe, target), again = explanation_recombine(e);
  if (!(fabs(again - value) <= BOUND * fmax(e->magnitude, fabs(value))))
    g_error("%s is %.9g, its terms make %.9g", e->title, value, again);
  g_assert_cmpfloat(e->value, ==, value);
  g_assert_true(e->expr == NULL || e->agrees);
  assert_operands(probe, e->outline);
  assert_terms(probe, e);
  g_assert_true(g_utf8_validate(e->sentence, -1, NULL) && strlen(e->sentence) > 10);
  g_autofree char *text = explanation_to_text(e, 3);
  g_assert_nonnull(strstr(text, e->title));
}

/* Some elements of every tensor, by value and by gradient. */
static void check_all(const Probe *probe, guint64 seed) {
  const GPtrArray *tensors = probe->ends.graph->tensors;
  const Rng rng = rng_new(seed, RNG_TEST, 2);
  int gradients = 0;

  for (guint t = 0; t < tensors->len; t++) {
    const Tensor *tensor = tensors->pdata[t];
    for (guint i = 0; i < PLACES; i++) {
      const gsize at = rng_below(&rng, 100 * t + i, (guint32)shape_size(&tensor->shape));
      Target target = target_of(tensor->name, at, FALSE);
      check(probe, &target);
      target.gradient = TRUE;
      if (tensor->type == TENSOR_FLOAT && tensor->grad != NULL) {
        check(probe, &target);
        gradients++;
      }
    }
  }
  g_assert_cmpint(gradients, >, 12 * PLACES);
}

static void test_every_tensor(void) {
  check_all(fixture->look->probe, 1);
  check_all(fixture->look->drawing, 2);
}

static void test_terms(void) {
  const Tensor *y = graph_find(fixture->look->probe->ends.graph, "conv1.preactivation");
  g_autoptr(Explanation) sum =
      explain("conv1.preactivation", shape_offset(&y->shape, (int[]){0, 3, 14, 7}), FALSE);
  g_autoptr(Explanation) dense = explain("dense1.preactivation", 12, FALSE);

  g_assert_cmpstr(sum->title, ==, "conv1.preactivation[3, 14, 7]");
  g_assert_cmpstr(sum->what, ==, "Preactivation of Conv2D “conv1”: row 3, column 14, channel 7");
  g_assert_cmpuint(explanation_n_terms(sum), ==, 10); /* nine weights and the bias */
  g_assert_cmpuint(explanation_n_terms(dense), ==, 5409);
  g_assert_cmpstr(((ExplanationPiece *)sum->outline->pdata[0])->text, ==, "Σ of 10 terms");
  g_assert_null(explanation_rest_text(sum, 10));
  g_autofree char *rest = explanation_rest_text(dense, 100), *text = explanation_to_text(sum, 4);
  g_autofree char *end = explanation_rest_text(dense, 5400);
  g_assert_nonnull(strstr(rest, "309 more, together "));
  g_assert_cmpstr(end, ==, "and 9 more, all 0");
  g_assert_nonnull(strstr(text, "and 6 more, "));
  g_assert_nonnull(strstr(text, "After step 20, validation example 3"));
  g_assert_nonnull(strstr(text, "conv1.kernel["));
}

/* Of a maximum, only the winner counts. */
static void test_maximum(void) {
  for (gsize at = 0; at < 400; at += 7) {
    g_autoptr(Explanation) e = explain("pool1", at, FALSE);
    g_assert_cmpuint(explanation_n_terms(e), ==, 4);
    g_assert_cmpfloat(explanation_term(e, 0)->contribution, ==, e->value);
    for (guint i = 1; i < 4; i++) {
      g_assert_cmpfloat(explanation_term(e, i)->contribution, ==, 0);
      g_assert_cmpfloat(explanation_term(e, i)->value, <=, explanation_term(e, i - 1)->value);
    }
  }
}

static char *outline_of(const char *tensor, gsize offset, gboolean gradient) {
  g_autoptr(Explanation) e = explain(tensor, offset, gradient);
  GString *text = g_string_new(NULL);

  for (guint i = 0; i < e->outline->len; i++) {
    const ExplanationPiece *piece = e->outline->pdata[i];
    g_string_append(text, piece->name != NULL ? "x" : piece->text);
  }
  return g_string_free(text, FALSE);
}

/* What is around the terms is peeled off and stands in the outline. */
static void test_outline(void) {
  const int label = fixture->look->probe->ends.target->index[0];
  g_autofree char *loss = outline_of("loss", 0, FALSE);
  g_autofree char *share = outline_of("probabilities", 2, FALSE);
  g_autofree char *relu = outline_of("dense1", 3, FALSE);
  g_autofree char *relu_back = outline_of("dense1.preactivation", 3, TRUE);
  g_autofree char *start = outline_of("loss", 0, TRUE);
  g_autofree char *truth = outline_of("probabilities", (gsize)label, TRUE);
  g_autofree char *other = outline_of("probabilities", (gsize)(label + 1) % 10, TRUE);
  g_autofree char *logit = outline_of("probabilities.preactivation", 2, TRUE);
  g_autofree char *given = outline_of("input", 300, FALSE);

  g_assert_cmpstr(loss, ==, "−log(clip(x))");
  g_assert_true(g_str_has_prefix(share, "exp(x − ") || g_str_has_prefix(share, "exp(x + "));
  g_assert_true(g_str_has_suffix(share, ") / Σ of 10 terms"));
  g_assert_cmpstr(relu, ==, "relu(x)");
  g_assert_cmpstr(relu_back, ==, "x × relu′(x)");
  g_assert_cmpstr(start, ==, "1");
  g_assert_cmpstr(truth, ==, "−1 × x × clip′(x) / clip(x)");
  g_assert_cmpstr(other, ==, "0");
  g_assert_cmpstr(logit, ==, "x × Σ of 11 terms");
  g_assert_cmpstr(given, ==, "");
}

/* What is given says so, in the units of the data; parameters say how they move. */
static void test_given(void) {
  const Tensor *input = fixture->look->probe->ends.input;
  const int label = fixture->look->probe->ends.target->index[0];
  gsize at = 0;

  while (input->value[at] < 0.2f)
    at++;
  g_autoptr(Explanation) pixel = explain("input", at, FALSE), truth = explain("label", 0, FALSE);
  g_autoptr(Explanation) weight = explain("conv1.kernel", 5, FALSE);
  g_autofree char *byte = g_strdup_printf("given, %.0f/255", (double)input->value[at] * 255);
  g_autofree char *class = g_strdup_printf("%d", label);
  g_assert_nonnull(strstr(pixel->sentence, byte));
  g_assert_cmpstr(truth->value_text, ==, class);
  g_assert_false(truth->has_gradient);
  g_assert_true(weight->has_gradient && weight->parameter);
  g_assert_null(weight->check);
  g_assert_nonnull(strstr(weight->origin, "the same for every example"));
  g_assert_nonnull(strstr(weight->update, "the optimizer decides"));
  explanation_tell_update(weight, fixture->lesson);
  g_assert_nonnull(strstr(weight->update, "Adam"));
  g_assert_nonnull(strstr(weight->update, "a batch of 32"));
  g_assert_cmpstr(weight->update_formula, ==, optimizer_find("adam")->formula);
  explanation_tell_update(pixel, fixture->lesson);
  g_assert_null(pixel->update);
}

/* A drawing has no label: what the model takes it for stands in. */
static void test_drawing(void) {
  const Probe *drawing = fixture->look->drawing;
  const Target loss = target_of("loss", 0, FALSE), pixel = target_of("input", 400, FALSE);
  g_autoptr(Explanation) guess = explanation_new(fixture->look, drawing, &loss);
  g_autoptr(Explanation) given = explanation_new(fixture->look, drawing, &pixel);

  g_assert_nonnull(strstr(guess->origin, "as if it were the "));
  g_assert_nonnull(strstr(given->sentence, "your drawing"));
}

static void test_nothing(void) {
  const Target targets[] = {
      target_of("accuracy", 0, FALSE),    target_of("", 0, FALSE),
      target_of("conv1", 21632, FALSE),   target_of("label", 0, TRUE),
      target_of("conv1.bias", 32, FALSE),
  };

  for (guint i = 0; i < G_N_ELEMENTS(targets); i++)
    g_assert_null(explanation_new(fixture->look, fixture->look->probe, &targets[i]));
  g_assert_null(explanation_new(fixture->look, NULL, &targets[0]));
}

/* From the loss, always the largest operand: down to what was given. */
static void test_walk(void) {
  Target target = target_of("loss", 0, FALSE);

  for (int step = 0; step < 12; step++) {
    g_autoptr(Explanation) e = explanation_new(fixture->look, fixture->look->probe, &target);
    g_assert_nonnull(e);
    if (e->expr == NULL) {
      g_assert_true(e->parameter || g_str_equal(target.tensor, "input"));
      g_assert_cmpint(step, >=, 7);
      return;
    }
    g_assert_true(explanation_term_target(e, 0, &target));
  }
  g_assert_not_reached();
}

/* And back: the gradient of a kernel's weight leads up to the loss. */
static void test_walk_gradient(void) {
  Target target = target_of("conv1.kernel", 5, TRUE);

  for (int step = 0; step < 12; step++) {
    g_autoptr(Explanation) e = explanation_new(fixture->look, fixture->look->probe, &target);
    if (g_str_equal(target.tensor, "loss"))
      return;
    g_assert_cmpuint(explanation_n_terms(e), >, 0);
    g_autoptr(GPtrArray) pieces = explanation_term_pieces(e, 0);
    for (guint i = 0; i < pieces->len; i++) {
      const ExplanationPiece *piece = pieces->pdata[i];
      if (piece->target.gradient && !g_str_equal(piece->target.tensor, target.tensor))
        target = piece->target;
    }
  }
  g_assert_not_reached();
}

/* Every formula of the program can be read as markup, with nothing of TeX left. */
static void assert_markup(const char *formula) {
  g_autofree char *markup = tex_to_markup(formula), *text = NULL;
  GError *error = NULL;

  pango_parse_markup(markup, -1, 0, NULL, &text, NULL, &error);
  g_assert_no_error(error);
  g_assert_null(strpbrk(text, "\\{}_^$"));
}

static void test_formulas(void) {
  g_autofree char *sum = tex_to_markup("y_{o} = \\sum_i x_{i}\\,W_{io} + b_{o}");
  g_autofree char *share = tex_to_markup("\\frac{e^{x_i}}{\\sum_j e^{x_j}}");

  for (const Op *const *op = OPS; *op != NULL; op++)
    assert_markup((*op)->formula);
  for (const OptimizerClass *const *optimizer = OPTIMIZERS; *optimizer != NULL; optimizer++)
    assert_markup((*optimizer)->formula);
  g_assert_cmpstr(
      sum, ==,
      "<i>y</i><sub><i>o</i></sub> = ∑<sub><i>i</i></sub> <i>x</i><sub><i>i</i></sub>\u2009"
      "<i>W</i><sub><i>i</i><i>o</i></sub> + <i>b</i><sub><i>o</i></sub>");
  g_assert_true(g_str_has_suffix(share, ")") && strstr(share, "\u2009/\u2009(∑") != NULL);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  fixture = explain_fixture_new(NULL, STEPS);
  g_test_add_func("/explanation/every-tensor", test_every_tensor);
  g_test_add_func("/explanation/terms", test_terms);
  g_test_add_func("/explanation/maximum", test_maximum);
  g_test_add_func("/explanation/outline", test_outline);
  g_test_add_func("/explanation/given", test_given);
  g_test_add_func("/explanation/drawing", test_drawing);
  g_test_add_func("/explanation/nothing", test_nothing);
  g_test_add_func("/explanation/walk", test_walk);
  g_test_add_func("/explanation/walk-gradient", test_walk_gradient);
  g_test_add_func("/explanation/formulas", test_formulas);
  const int status = g_test_run();
  explain_fixture_free(fixture);
  return status;
}
