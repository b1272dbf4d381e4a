/* Confusion matrix and worst mistakes: counts, lists, what is behind them, by pointer and by key.
 */
#include "tests/ui/panel_fixture.h"

#include "ui/panels/confusion_counts.h"
#include "ui/panels/mistake_list.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- made-up judgements --- */

static Judgement *judgement_of(const int (*answers)[2], const float *confidences, guint n,
                               int classes) {
  Judgement *self = judgement_new(DATASET_VALIDATION, n, classes);

  for (guint i = 0; i < n; i++) {
    self->label[i] = answers[i][0];
    self->guess[i] = answers[i][1];
    self->confidence[i] = confidences[i];
    self->truth[i] = answers[i][0] == answers[i][1] ? confidences[i] : 1 - confidences[i];
  }
  return self;
}

/* A look with another judgement, which stays the caller's; look_free when no panel holds it. */
static Snapshot *look_with(Judgement *judgement) {
  Snapshot *self = g_memdup2(panel_fixture()->look, sizeof *self);

  g_atomic_ref_count_init(&self->references);
  self->judgement = judgement;
  return self;
}

static void look_free(Snapshot *self) {
  g_assert_true(g_atomic_ref_count_compare(&self->references, 1));
  g_free(self);
}

/* --- counting --- */

static void test_counts(void) {
  static const int ANSWERS[][2] = {{0, 0}, {0, 1}, {0, 1}, {1, 1}, {1, 0}, {2, 1}, {0, 0}, {9, 0}};
  static const float SURE[] = {0.9f, 0.6f, 0.8f, 0.7f, 0.5f, 0.9f, 0.4f, 1};
  g_autoptr(Judgement) judgement = judgement_of(ANSWERS, SURE, G_N_ELEMENTS(SURE), 4);
  ConfusionCounts counts = {0};
  ConfusedPair pairs[8];
  guint n;

  confusion_count(&counts, judgement);
  g_assert_cmpuint(counts.total, ==, 7); /* without the label that is no class */
  g_assert_cmpuint(counts.right, ==, 3);
  g_assert_cmpuint(counts.most, ==, 2);
  g_assert_cmpuint(counts.most_wrong, ==, 2);
  g_assert_cmpuint(confusion_at(&counts, 0, 1), ==, 2);
  g_assert_cmpfloat(confusion_recall(&counts, 0), ==, 0.5);
  g_assert_cmpfloat(confusion_precision(&counts, 1), ==, 0.25);
  g_assert_true(isnan(confusion_recall(&counts, 3)));
  g_assert_true(isnan(confusion_precision(&counts, 2)));
  g_assert_cmpuint(confusion_pairs(&counts, pairs, 8), ==, 3);
  g_assert_cmpint(pairs[0].truth, ==, 0);
  g_assert_cmpint(pairs[0].guess, ==, 1);
  g_assert_cmpint(pairs[1].truth, ==, 1);
  g_assert_cmpint(pairs[2].truth, ==, 2);
  g_assert_cmpuint(confusion_pairs(&counts, pairs, 1), ==, 1);
  g_autofree guint32 *samples = confusion_samples(judgement, 0, 1, &n);
  g_assert_cmpuint(n, ==, 2);
  g_assert_cmpuint(samples[0], ==, 2);
  g_assert_cmpuint(samples[1], ==, 1);
  confusion_clear(&counts);
}

static void assert_list(const Judgement *judgement, MistakeOrder order, int class,
                        const guint32 *expected, guint n_expected) {
  guint n;
  g_autofree guint32 *samples = mistakes_list(judgement, order, class, &n);

  g_assert_cmpmem(samples, n * sizeof *samples, expected, n_expected * sizeof *expected);
}

static void test_order(void) {
  static const int ANSWERS[][2] = {{0, 1}, {1, 1}, {1, 0}, {0, 2}, {2, 0}, {2, 2}, {1, 2}};
  static const float SURE[] = {0.6f, 0.5f, 0.9f, 0.6f, NAN, 0.99f, 0.7f};
  g_autoptr(Judgement) judgement = judgement_of(ANSWERS, SURE, G_N_ELEMENTS(SURE), 3);
  static const guint32 WORST[] = {4, 2, 6, 0, 3}, UNSURE[] = {4, 1, 0, 3, 6, 2, 5}, ONES[] = {2, 6};
  static const guint32 TIED[] = {4, 2, 6, 3, 0};

  g_assert_cmpuint(mistakes_count(judgement), ==, 5);
  assert_list(judgement, MISTAKES_WORST, 0, WORST, G_N_ELEMENTS(WORST));
  assert_list(judgement, MISTAKES_UNSURE, 0, UNSURE, G_N_ELEMENTS(UNSURE));
  assert_list(judgement, MISTAKES_CLASS, 1, ONES, G_N_ELEMENTS(ONES));
  judgement->truth[3] = 0.1f; /* as confident, and even more wrong */
  assert_list(judgement, MISTAKES_WORST, 0, TIED, G_N_ELEMENTS(TIED));
}

/* --- pictures on a panel --- */

/* The samples whose pictures lie on the canvas, as hits tell them, each once; the place of the
 * first. */
static GArray *pictures(Panel *panel, const Canvas *canvas, double *x, double *y) {
  GArray *samples = g_array_new(FALSE, FALSE, sizeof(guint32));
  Hit hit;

  *x = *y = -1;
  for (double v = 2; v < canvas->height; v += 5)
    for (double u = 2; u < canvas->width; u += 5) {
      guint32 sample;
      if (!panel_hit(panel, canvas, u, v, &hit) ||
          sscanf(hit.text, "validation picture %u", &sample) != 1)
        continue;
      gboolean known = FALSE;
      for (guint i = 0; i < samples->len; i++)
        known |= g_array_index(samples, guint32, i) == sample;
      if (known)
        continue;
      if (samples->len == 0)
        *x = u, *y = v;
      g_array_append_val(samples, sample);
    }
  return samples;
}

/* Where something is that says so; FALSE: nowhere. */
static gboolean find(Panel *panel, const Canvas *canvas, const char *words, double *x, double *y) {
  Hit hit;

  *x = *y = 0;
  for (*y = 1; *y < canvas->height; *y += 3)
    for (*x = 1; *x < canvas->width; *x += 3)
      if (panel_hit(panel, canvas, *x, *y, &hit) && strstr(hit.text, words) != NULL)
        return TRUE;
  return FALSE;
}

static gboolean press(Panel *panel, const Canvas *canvas, double x, double y) {
  return panel->klass->pointer(panel, canvas, POINTER_PRESS, x, y);
}

/* Clicks the first of the pictures, which is not the pinned one. */
static void click_picture(Panel *panel, const Canvas *canvas, PanelCalls *calls) {
  double x, y;
  g_autoptr(GArray) samples = pictures(panel, canvas, &x, &y);
  const int pins = calls->pins;

  g_assert_cmpuint(samples->len, >, 0);
  const guint32 first = g_array_index(samples, guint32, 0);
  g_assert_cmpuint(first, !=, PANEL_FIXTURE_EXAMPLE);
  g_assert_true(press(panel, canvas, x, y));
  g_assert_cmpint(calls->pins, ==, pins + 1);
  g_assert_cmpuint(calls->example, ==, first);
  g_assert_cmpint(calls->part, ==, DATASET_VALIDATION);
}

/* --- the matrix --- */

/* By the arrow keys over every cell: each says its count, and they add up. */
static void test_cells(void) {
  g_autoptr(Panel) panel = panel_fixture_new("confusion_matrix", panel_fixture()->look, NULL);
  const Judgement *judgement = panel->look->judgement;
  g_autoptr(Easel) easel = easel_new(480, 340, FALSE, 13);
  guint32 total = 0;
  double x, y;
  Hit hit;

  for (int truth = 0; truth < 10; truth++)
    for (int guess = 0; guess < 10; guess++) {
      const int back = truth % 2 == 0 ? guess : 9 - guess; /* there and back again */
      const int dx = guess == 0 ? 0 : truth % 2 == 0 ? 1 : -1;
      g_assert_true(panel->klass->move(panel, &easel->canvas, dx, guess == 0, &x, &y));
      g_assert_true(panel_hit(panel, &easel->canvas, x, y, &hit));
      const guint32 count = judgement_count(judgement, truth, back);
      g_autofree char *words = truth == back
                                   ? g_strdup_printf("%d read right: %u of ", truth, count)
                                   : g_strdup_printf("%d taken for %d: %u of ", truth, back, count);
      g_assert_true(g_str_has_prefix(hit.text, words));
      total += count;
    }
  g_assert_cmpuint(total, ==, judgement->n);
  g_assert_true(find(panel, &easel->canvas, "Recall of 3", &x, &y));
  g_assert_true(find(panel, &easel->canvas, "Precision of 7", &x, &y));
}

/* The cell that is mistaken most often, opened, turned through, closed; on a canvas of that size.
 */
static void open_close(double width, double height) {
  PanelCalls calls = {0};
  g_autoptr(Panel) panel = panel_fixture_new("confusion_matrix", panel_fixture()->look, &calls);
  const Judgement *judgement = panel->look->judgement;
  g_autoptr(Easel) easel = easel_new(width, height, FALSE, 13);
  ConfusionCounts counts = {0};
  ConfusedPair worst;
  char words[32];
  double x, y;

  confusion_count(&counts, judgement);
  g_assert_cmpuint(confusion_pairs(&counts, &worst, 1), ==, 1);
  confusion_clear(&counts);
  g_snprintf(words, sizeof words, "%d taken for %d", worst.truth, worst.guess);
  g_assert_true(find(panel, &easel->canvas, words, &x, &y));
  g_assert_true(press(panel, &easel->canvas, x, y));
  easel_draw(easel, panel, NULL);
  g_autoptr(GArray) shown = pictures(panel, &easel->canvas, &x, &y);
  g_assert_cmpuint(shown->len, >, 0);
  g_assert_cmpuint(shown->len, <=, worst.count);
  for (guint i = 0; i < shown->len; i++) {
    const guint32 sample = g_array_index(shown, guint32, i);
    g_assert_cmpint(judgement->label[sample], ==, worst.truth);
    g_assert_cmpint(judgement->guess[sample], ==, worst.guess);
  }
  click_picture(panel, &easel->canvas, &calls);
  g_assert_true(panel->klass->key(panel, "BackSpace", FALSE));
  g_assert_false(panel->klass->key(panel, "BackSpace", FALSE));
  g_autoptr(GArray) none = pictures(panel, &easel->canvas, &x, &y);
  g_assert_cmpuint(none->len, ==, 0);
  g_assert_true(find(panel, &easel->canvas, words, &x, &y));
  g_assert_true(press(panel, &easel->canvas, x, y));
  g_assert_true(find(panel, &easel->canvas, "Close the cell", &x, &y));
  g_assert_true(press(panel, &easel->canvas, x, y));
  g_autoptr(GArray) closed = pictures(panel, &easel->canvas, &x, &y);
  g_assert_cmpuint(closed->len, ==, 0);
  panel_calls_clear(&calls);
}

static void test_open(void) {
  open_close(900, 600);
  open_close(480, 340);
  open_close(320, 240);
  open_close(460, 900);
}

/* The numbers follow the newest judgement, an open cell too. */
static void test_newer(void) {
  static const int BEFORE[][2] = {{0, 1}, {0, 1}, {1, 1}, {2, 1}}, AFTER[][2] = {{0, 0}, {0, 1}};
  static const float SURE[] = {0.9f, 0.8f, 0.7f, 0.6f};
  Judgement *first = judgement_of(BEFORE, SURE, 4, 10), *second = judgement_of(AFTER, SURE, 2, 10);
  Snapshot *old = look_with(first), *new = look_with(second);
  Panel *panel = panel_fixture_new("confusion_matrix", old, NULL);
  g_autoptr(Easel) easel = easel_new(640, 460, FALSE, 13);
  double x, y;

  g_assert_true(find(panel, &easel->canvas, "0 taken for 1: 2 of 2", &x, &y));
  g_assert_true(press(panel, &easel->canvas, x, y));
  g_autoptr(GArray) two = pictures(panel, &easel->canvas, &x, &y);
  g_assert_cmpuint(two->len, ==, 2);
  panel_look(panel, new);
  g_autoptr(GArray) one = pictures(panel, &easel->canvas, &x, &y);
  g_assert_cmpuint(one->len, ==, 1);
  g_assert_cmpuint(g_array_index(one, guint32, 0), ==, 1);
  g_assert_true(find(panel, &easel->canvas, "0 taken for 1: 1 of 2", &x, &y));
  g_autofree char *words = panel->klass->describe(panel);
  g_assert_nonnull(strstr(words, "50 % right"));
  panel_free(panel);
  look_free(old);
  look_free(new);
  judgement_unref(first);
  judgement_unref(second);
}

static void test_matrix_csv(void) {
  g_autoptr(Panel) panel = panel_fixture_new("confusion_matrix", panel_fixture()->look, NULL);
  const Judgement *judgement = panel->look->judgement;
  g_autoptr(GString) text = g_string_new(NULL);

  panel->klass->csv(panel, text);
  g_auto(GStrv) lines = g_strsplit(text->str, "\n", 0);
  g_assert_true(g_str_has_prefix(lines[0], "truth,read as 0,read as 1,"));
  for (int truth = 0; truth < 10; truth++) {
    g_auto(GStrv) fields = g_strsplit(lines[truth + 1], ",", 0);
    g_assert_cmpuint(g_strv_length(fields), ==, 11);
    for (int guess = 0; guess < 10; guess++)
      g_assert_cmpuint(g_ascii_strtoull(fields[guess + 1], NULL, 10), ==,
                       judgement_count(judgement, truth, guess));
  }
}

/* --- the list --- */

/* As the table says it: mistakes only, each more certain than the next. */
static void test_worst(void) {
  PanelCalls calls = {0};
  g_autoptr(Panel) panel = panel_fixture_new("worst_mistakes", panel_fixture()->look, &calls);
  const Judgement *judgement = panel->look->judgement;
  g_autoptr(GString) text = g_string_new(NULL);
  g_autoptr(Easel) easel = easel_new(480, 340, FALSE, 13);
  double before = 1, x, y;

  panel->klass->csv(panel, text);
  g_auto(GStrv) lines = g_strsplit(text->str, "\n", 0);
  g_assert_cmpuint(g_strv_length(lines), ==, mistakes_count(judgement) + 2);
  g_autoptr(GArray) shown = pictures(panel, &easel->canvas, &x, &y);
  g_assert_cmpuint(shown->len, >=, 4);
  for (guint i = 0; lines[i + 1][0] != '\0'; i++) {
    g_auto(GStrv) fields = g_strsplit(lines[i + 1], ",", 0);
    const guint32 sample = (guint32)g_ascii_strtoull(fields[0], NULL, 10);
    const double confidence = g_ascii_strtod(fields[3], NULL);
    g_assert_cmpstr(fields[1], !=, fields[2]);
    g_assert_cmpfloat(confidence, <=, before);
    g_assert_cmpfloat_with_epsilon(confidence, (double)judgement->confidence[sample], 1e-6);
    if (i < shown->len)
      g_assert_cmpuint(g_array_index(shown, guint32, i), ==, sample);
    before = confidence;
  }
  click_picture(panel, &easel->canvas, &calls);
  panel_calls_clear(&calls);
}

static void test_by_class(void) {
  g_autoptr(Panel) panel = panel_fixture_new("worst_mistakes", panel_fixture()->look, NULL);
  const Judgement *judgement = panel->look->judgement;
  g_autoptr(Easel) easel = easel_new(480, 340, FALSE, 13);
  double x, y;

  g_assert_false(panel->klass->control_sensitive(panel, "class"));
  panel_set_value(panel, "show", MISTAKES_CLASS);
  g_assert_true(panel->klass->control_sensitive(panel, "class"));
  for (int class = 0; class < 10; class ++) {
    panel_set_value(panel, "class", class);
    easel_draw(easel, panel, NULL);
    guint32 wrong = 0;
    for (int guess = 0; guess < 10; guess++)
      wrong += guess != class ? judgement_count(judgement, class, guess) : 0;
    g_autoptr(GArray) shown = pictures(panel, &easel->canvas, &x, &y);
    g_assert_cmpuint(shown->len, <=, wrong);
    g_assert_cmpint(shown->len > 0, ==, wrong > 0);
    for (guint i = 0; i < shown->len; i++)
      g_assert_cmpint(judgement->label[g_array_index(shown, guint32, i)], ==, class);
  }
}

/* Page Down to the end meets every sample once, and Page Up leads back. */
static void test_pages(void) {
  g_autoptr(Panel) panel = panel_fixture_new("worst_mistakes", panel_fixture()->look, NULL);
  g_autoptr(Easel) easel = easel_new(320, 240, FALSE, 13);
  g_autofree gboolean *met = g_new0(gboolean, panel->look->judgement->n);
  guint n = 0, turns = 0;
  double x, y;

  panel_set_value(panel, "show", MISTAKES_UNSURE);
  easel_draw(easel, panel, NULL);
  do {
    g_autoptr(GArray) shown = pictures(panel, &easel->canvas, &x, &y);
    for (guint i = 0; i < shown->len; i++) {
      g_assert_false(met[g_array_index(shown, guint32, i)]);
      met[g_array_index(shown, guint32, i)] = TRUE;
    }
    n += shown->len;
  } while (panel->klass->key(panel, "Page_Down", FALSE) && ++turns < 1000);
  g_assert_cmpuint(n, ==, panel->look->judgement->n);
  for (guint i = 0; i < turns; i++)
    g_assert_true(panel->klass->key(panel, "Page_Up", FALSE));
  g_assert_false(panel->klass->key(panel, "Page_Up", FALSE));
  g_assert_true(find(panel, &easel->canvas, "next page", &x, &y));
  g_autoptr(GArray) first = pictures(panel, &easel->canvas, &x, &y);
  g_assert_true(find(panel, &easel->canvas, "next page", &x, &y));
  g_assert_true(press(panel, &easel->canvas, x, y));
  g_autoptr(GArray) second = pictures(panel, &easel->canvas, &x, &y);
  g_assert_cmpuint(g_array_index(first, guint32, 0), !=, g_array_index(second, guint32, 0));
}

/* The loss of the pinned example is found on whatever page it is; a click there explains it. */
static void test_pinned(void) {
  PanelCalls calls = {0};
  g_autoptr(Panel) panel = panel_fixture_new("worst_mistakes", panel_fixture()->look, &calls);
  g_autoptr(Easel) easel = easel_new(320, 240, FALSE, 13);
  Target loss = {.tensor = "loss"};
  Rect area;
  Hit hit;

  panel_set_value(panel, "show", MISTAKES_UNSURE);
  g_assert_true(panel->klass->locate(panel, &easel->canvas, &loss, &area));
  const double x = area.x + area.width / 2, y = area.y + area.height / 2;
  g_assert_true(panel_hit(panel, &easel->canvas, x, y, &hit));
  g_assert_true(g_str_has_prefix(hit.text, "validation picture 3, pinned"));
  g_assert_cmpstr(hit.target.tensor, ==, "loss");
  g_assert_false(press(panel, &easel->canvas, x, y));
  g_assert_cmpint(calls.pins, ==, 0);
  loss.gradient = TRUE;
  g_assert_false(panel->klass->locate(panel, &easel->canvas, &loss, &area));
  panel_calls_clear(&calls);
}

static void test_all_right(void) {
  static const int ANSWERS[][2] = {{0, 0}, {1, 1}, {2, 2}};
  static const float SURE[] = {0.9f, 0.8f, 0.7f};
  Judgement *judgement = judgement_of(ANSWERS, SURE, 3, 10);
  Snapshot *look = look_with(judgement);
  Panel *worst = panel_fixture_new("worst_mistakes", look, NULL);
  Panel *matrix = panel_fixture_new("confusion_matrix", look, NULL);
  g_autofree char *words = worst->klass->describe(worst), *said = matrix->klass->describe(matrix);

  g_assert_cmpstr(words, ==, "No mistakes: all 3 validation pictures are read right.");
  g_assert_nonnull(strstr(said, "100 % right"));
  g_assert_nonnull(strstr(said, "Nothing is confused"));
  panel_check_draws(worst, "worst_mistakes-none");
  panel_check_draws(matrix, "confusion_matrix-none");
  panel_free(worst);
  panel_free(matrix);
  look_free(look);
  judgement_unref(judgement);
}

int main(int argc, char **argv) {
  setlocale(LC_ALL, "");
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/confusion/counts", test_counts);
  g_test_add_func("/confusion/cells", test_cells);
  g_test_add_func("/confusion/open", test_open);
  g_test_add_func("/confusion/newer", test_newer);
  g_test_add_func("/confusion/csv", test_matrix_csv);
  g_test_add_func("/mistakes/order", test_order);
  g_test_add_func("/mistakes/worst", test_worst);
  g_test_add_func("/mistakes/by-class", test_by_class);
  g_test_add_func("/mistakes/pages", test_pages);
  g_test_add_func("/mistakes/pinned", test_pinned);
  g_test_add_func("/mistakes/all-right", test_all_right);
  const int status = g_test_run();
  panel_fixture_end();
  return status;
}
