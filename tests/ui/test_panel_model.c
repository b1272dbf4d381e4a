/* The model's diagram and the histograms of its numbers. */
#include "tests/ui/panel_fixture.h"

#include "ui/explain/explanation.h"
#include "ui/panels/counted.h"

#include <math.h>
#include <string.h>

#define WIDTH 640
#define HEIGHT 480
#define LAYERS 6
#define BINS 40

static Easel *easel;

static void assert_says(const char *text, const char *word) {
  if (strstr(text, word) == NULL)
    g_error("“%s” does not say “%s”", text, word);
}

static char **csv_of(Panel *panel) {
  g_autoptr(GString) text = g_string_new(NULL);

  panel->klass->csv(panel, text);
  g_string_truncate(text, text->len - 1);
  return g_strsplit(text->str, "\n", 0);
}

static gboolean locate(Panel *panel, const char *tensor, gsize offset, gboolean gradient,
                       Rect *area) {
  Target target = {.offset = offset, .gradient = gradient};

  g_strlcpy(target.tensor, tensor, sizeof target.tensor);
  return panel->klass->locate(panel, &easel->canvas, &target, area);
}

static gboolean hit_middle(Panel *panel, const Rect *area, Hit *hit) {
  return panel_hit(panel, &easel->canvas, area->x + area->width / 2, area->y + area->height / 2,
                   hit);
}

static char *drawn(Panel *panel, const char *name) {
  easel_draw(easel, panel, name);
  return easel_checksum(easel);
}

/* --- the diagram --- */

static void check_layer(Panel *panel, const char *name, const char *words, const char *share) {
  const Tensor *tensor = panel_tensor(panel, name);
  double largest = -INFINITY;
  Rect area;
  Hit hit;

  g_assert_true(locate(panel, name, 0, FALSE, &area));
  g_assert_true(hit_middle(panel, &area, &hit));
  g_assert_cmpmem(&hit.area, sizeof area, &area, sizeof area);
  assert_says(hit.text, words);
  if (share != NULL)
    assert_says(hit.text, share);
  g_assert_cmpstr(hit.target.tensor, ==, name);
  for (gsize i = 0; i < shape_size(&tensor->shape); i++)
    largest = MAX(largest, tensor->value[i]);
  g_assert_cmpfloat(tensor->value[hit.target.offset], ==, largest);
}

static void test_layers(void) {
  g_autoptr(Panel) panel = panel_fixture_new("diagram", panel_fixture()->look, NULL);

  check_layer(panel, "input", "input takes 28 × 28 × 1;", NULL);
  check_layer(panel, "conv1", "makes 26 × 26 × 32 with 320 parameters", "36 % of all FLOP");
  check_layer(panel, "pool1", "makes 13 × 13 × 32;", NULL);
  check_layer(panel, "flatten", "makes 5408;", NULL);
  check_layer(panel, "dense1", "makes 64 with 346\u2009176 parameters", "63.9 % of all FLOP");
  check_layer(panel, "probabilities", "makes 10 with 650 parameters", "0.118 % of all FLOP");
}

/* Numbers of a layer lead to its box. */
static void test_belongs(void) {
  g_autoptr(Panel) panel = panel_fixture_new("diagram", panel_fixture()->look, NULL);
  Rect layer, part;

  g_assert_true(locate(panel, "dense1", 0, FALSE, &layer));
  g_assert_true(locate(panel, "dense1.kernel", 17, TRUE, &part));
  g_assert_cmpmem(&layer, sizeof layer, &part, sizeof part);
  g_assert_true(locate(panel, "dense1.preactivation", 3, FALSE, &part));
  g_assert_cmpmem(&layer, sizeof layer, &part, sizeof part);
  g_assert_true(locate(panel, "conv1.bias", 0, FALSE, &part));
  g_assert_cmpfloat(part.x + part.y, !=, layer.x + layer.y);
  g_assert_false(locate(panel, "loss", 0, FALSE, &part));
  g_assert_false(locate(panel, "dense", 0, FALSE, &part));
}

static void test_layer_table(void) {
  g_autoptr(Panel) panel = panel_fixture_new("diagram", NULL, NULL);
  g_auto(GStrv) rows = csv_of(panel);
  gint64 parameters = 0, flops = 0;

  g_assert_cmpuint(g_strv_length(rows), ==, LAYERS + 1);
  g_assert_cmpstr(rows[0], ==, "layer,type,output,parameters,flops");
  g_assert_true(g_str_has_prefix(rows[2], "conv1,Conv2D,26 × 26 × 32,320,"));
  for (int i = 1; i <= LAYERS; i++) {
    g_auto(GStrv) cells = g_strsplit(rows[i], ",", 0);
    parameters += g_ascii_strtoll(cells[3], NULL, 10);
    flops += g_ascii_strtoll(cells[4], NULL, 10);
  }
  g_assert_cmpint(parameters, ==, 347146);
  /* Two for each multiply-add of 26 × 26 × 32 × 9, 5408 × 64 and 64 × 10. */
  g_assert_cmpint(flops, ==, 2 * (26 * 26 * 32 * 9 + 5408 * 64 + 64 * 10));
  g_autofree char *text = panel->klass->describe(panel);
  assert_says(text, "6 layers, 347\u2009146 parameters, 1.08 MFLOP");
}

/* Every box is reached by arrows; the pointer takes the selection over. */
static void test_layer_keys(void) {
  g_autoptr(Panel) panel = panel_fixture_new("diagram", panel_fixture()->look, NULL);
  g_autoptr(GHashTable) met = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  static const int WAYS[][2] = {{0, 1}, {1, 0}, {0, 1}, {-1, 0}};
  double x = 0, y = 0;
  Hit hit;

  g_autofree char *plain = drawn(panel, NULL);
  for (int i = 0; i < 40; i++) {
    const int *way = WAYS[i / 5 % G_N_ELEMENTS(WAYS)];
    g_assert_true(
        panel->klass->move(panel, &easel->canvas, way[0], i < 20 ? way[1] : -way[1], &x, &y));
    g_assert_true(panel_hit(panel, &easel->canvas, x, y, &hit));
    g_hash_table_add(met, g_strdup(hit.target.tensor));
  }
  g_assert_cmpuint(g_hash_table_size(met), ==, LAYERS);
  g_autofree char *selected = drawn(panel, "diagram-selected");
  g_assert_cmpstr(selected, !=, plain);
  panel->pointer_x = panel->pointer_y = 1; /* on no box */
  g_autofree char *pointed = drawn(panel, NULL);
  g_assert_cmpstr(pointed, ==, plain);
  panel->pointer_x = panel->pointer_y = -1;
  g_assert_false(panel->klass->key(panel, "Escape", FALSE));
  g_autofree char *left = drawn(panel, NULL);
  g_assert_cmpstr(left, ==, plain);
}

/* --- what is counted --- */

static const char *const WEIGHTS[] = {"conv1.kernel", "conv1.bias",           "dense1.kernel",
                                      "dense1.bias",  "probabilities.kernel", "probabilities.bias"};

/* Every number of every tensor is counted once. */
static void check_counts(Show show, int least) {
  g_autoptr(Panel) panel = panel_fixture_new("histograms", panel_fixture()->look, NULL);
  Counted counted[24];
  int at = 1;

  panel_set_value(panel, "show", show);
  const int n = counted_list(panel, show, counted, G_N_ELEMENTS(counted));
  g_auto(GStrv) rows = csv_of(panel);
  g_assert_cmpint(n, >=, least);
  g_assert_cmpuint(g_strv_length(rows), ==, n * BINS + 1);
  for (int i = 0; i < n; i++) {
    gint64 total = 0;
    for (int bin = 0; bin < BINS; bin++, at++) {
      g_auto(GStrv) cells = g_strsplit(rows[at], ",", 0);
      g_assert_cmpstr(cells[0], ==, counted[i].tensor->name);
      g_assert_cmpstr(cells[1], ==, show >= SHOW_GRADIENTS ? "1" : "0");
      total += g_ascii_strtoll(cells[4], NULL, 10);
    }
    g_assert_cmpint(total, ==, shape_size(&counted[i].tensor->shape));
  }
}

static void test_counts(void) {
  check_counts(SHOW_WEIGHTS, G_N_ELEMENTS(WEIGHTS));
  check_counts(SHOW_ACTIVATIONS, LAYERS);
  check_counts(SHOW_GRADIENTS, G_N_ELEMENTS(WEIGHTS));
  check_counts(SHOW_DELTAS, LAYERS);
}

static void test_kinds(void) {
  g_autoptr(Panel) panel = panel_fixture_new("histograms", panel_fixture()->look, NULL);
  Counted counted[24];

  g_assert_cmpint(counted_list(panel, SHOW_WEIGHTS, counted, 24), ==, G_N_ELEMENTS(WEIGHTS));
  for (guint i = 0; i < G_N_ELEMENTS(WEIGHTS); i++)
    g_assert_cmpstr(counted[i].tensor->name, ==, WEIGHTS[i]);
  const int n = counted_list(panel, SHOW_ACTIVATIONS, counted, 24);
  for (int i = 0; i < n; i++) {
    g_assert_cmpint(parameters_find(panel->model->parameters, counted[i].tensor->name), <, 0);
    g_assert_cmpstr(counted[i].tensor->name, !=, "loss");
    g_assert_false(counted[i].gradient);
  }
  g_assert_cmpint(counted_list(panel, SHOW_ACTIVATIONS, counted, 2), ==, 2);
}

/* Zeros of a ReLU are told, and stand aside so that the rest is seen. */
static void test_zeros(void) {
  float values[200] = {0};
  Tensor tensor = {.name = (char *)"relu", .shape = SHAPE(200), .value = values};
  const Counted counted = {&tensor, FALSE};
  char remark[96];

  for (int i = 0; i < 50; i++)
    values[i] = (float)(i % 10) + 0.5f;
  const Histogram histogram = counted_make(&counted, 10);
  counted_remark(&histogram, remark);
  g_assert_cmpstr(remark, ==, ", 75 % zero (no bar)");
  const Histogram bars = counted_bars(&histogram, FALSE);
  g_assert_cmpuint(histogram.count[0], ==, 155);
  g_assert_cmpuint(bars.count[0], ==, 5);
  for (int i = 1; i < 10; i++)
    g_assert_cmpuint(bars.count[i], ==, histogram.count[i]);
}

/* A tensor of zeros keeps its bar: there is nothing else to see. */
static void test_all_zero(void) {
  float values[20] = {0};
  Tensor tensor = {.name = (char *)"bias", .shape = SHAPE(20), .value = values};
  const Counted counted = {&tensor, FALSE};
  char remark[96], title[160];

  const Histogram histogram = counted_make(&counted, 10), bars = counted_bars(&histogram, FALSE);
  counted_remark(&histogram, remark);
  counted_title(&counted, &histogram, title);
  g_assert_cmpstr(remark, ==, ", 100 % zero");
  g_assert_cmpstr(title, ==, "bias: 0 ± 0");
  g_assert_cmpmem(&bars, sizeof bars, &histogram, sizeof histogram);
}

static void test_not_finite(void) {
  float values[] = {NAN, INFINITY, -INFINITY, 1, 2, 4};
  Tensor tensor = {.name = (char *)"wild", .shape = SHAPE(6), .grad = values};
  const Counted counted = {&tensor, TRUE};
  char remark[96], title[160];

  const Histogram histogram = counted_make(&counted, 3);
  counted_remark(&histogram, remark);
  counted_title(&counted, &histogram, title);
  g_assert_cmpuint(histogram.total, ==, 3);
  g_assert_cmpstr(remark, ==, ", 3 not finite");
  g_assert_true(g_str_has_prefix(title, "∂loss/∂wild: 2.33 ± "));
  g_assert_cmpuint(counted_nearest(&counted, 1.9), ==, 4);
}

static void test_logarithms(void) {
  Histogram histogram = {.bins = 4, .count = {0, 1, 10, 1000}, .total = 1011};
  const Histogram bars = counted_bars(&histogram, TRUE);

  g_assert_cmpuint(bars.count[0], ==, 0);
  g_assert_cmpfloat_with_epsilon((double)bars.count[2] / bars.count[1], log(11) / log(2), 1e-3);
  g_assert_cmpfloat_with_epsilon((double)bars.count[3] / bars.count[1], log(1001) / log(2), 1e-3);
}

/* --- the histograms --- */

/* A bar tells its count and leads to a number in it; that number is found in the same bar. */
static void test_bars(void) {
  g_autoptr(Panel) panel = panel_fixture_new("histograms", panel_fixture()->look, NULL);
  const Tensor *kernel = panel_tensor(panel, "dense1.kernel");
  Rect area, again;
  Hit hit;

  for (gsize at = 0; at < shape_size(&kernel->shape); at += 9973) {
    char word[64], number[NUMBER_SIZE];
    guint in_bin = 0;
    g_assert_true(locate(panel, "dense1.kernel", at, FALSE, &area));
    g_assert_true(hit_middle(panel, &area, &hit));
    g_assert_cmpstr(hit.target.tensor, ==, "dense1.kernel");
    g_assert_true(locate(panel, "dense1.kernel", hit.target.offset, FALSE, &again));
    g_assert_cmpmem(&area, sizeof area, &again, sizeof again);
    const Histogram all = histogram_make(kernel->value, shape_size(&kernel->shape), BINS);
    const double unit = ((double)kernel->value[at] - all.low) / (all.high - all.low);
    in_bin = all.count[CLAMP((int)(unit * BINS), 0, BINS - 1)];
    g_snprintf(word, sizeof word, "dense1.kernel: %s of 346112 from", count_text(in_bin, number));
    assert_says(hit.text, word);
  }
  g_assert_false(locate(panel, "dense1.kernel", 0, TRUE, &area)); /* not shown now */
  g_assert_false(locate(panel, "conv1", 0, FALSE, &area));
  panel_set_value(panel, "show", SHOW_ACTIVATIONS);
  g_assert_true(locate(panel, "conv1", 0, FALSE, &area));
}

/* The keyboard reads every bar that holds anything, over all tensors and back. */
static void test_bar_keys(void) {
  g_autoptr(Panel) panel = panel_fixture_new("histograms", panel_fixture()->look, NULL);
  guint held = 0, read = 0;
  char before[256] = "";
  double x = 0, y = 0;
  Counted counted[24];
  Hit hit;

  const int n = counted_list(panel, SHOW_WEIGHTS, counted, 24);
  for (int i = 0; i < n; i++) {
    const Histogram histogram = counted_make(&counted[i], BINS);
    for (int bin = 0; bin < BINS; bin++)
      held += histogram.count[bin] > 0;
  }
  for (;; read++) {
    g_assert_true(panel->klass->move(panel, &easel->canvas, 1, 0, &x, &y));
    g_assert_true(panel_hit(panel, &easel->canvas, x, y, &hit));
    if (g_str_equal(hit.text, before))
      break;
    g_assert_cmpstr(hit.target.tensor, !=, "");
    g_strlcpy(before, hit.text, sizeof before);
  }
  g_assert_cmpuint(read, ==, held);
  assert_says(before, "probabilities.bias");
  for (int i = 0; i < n; i++)
    g_assert_true(panel->klass->move(panel, &easel->canvas, 0, -1, &x, &y));
  g_assert_true(panel_hit(panel, &easel->canvas, x, y, &hit));
  g_assert_true(g_str_has_prefix(hit.text, "conv1."));
}

/* Where there is no room for all, it says so. */
static void test_too_many(void) {
  g_autoptr(Panel) panel = panel_fixture_new("histograms", panel_fixture()->look, NULL);
  g_autoptr(Easel) small = easel_new(160, 120, FALSE, 13);
  Target target = {.tensor = "probabilities.bias"};
  Rect area;

  g_assert_false(panel->klass->locate(panel, &small->canvas, &target, &area));
  g_strlcpy(target.tensor, "conv1.kernel", sizeof target.tensor);
  g_assert_true(panel->klass->locate(panel, &small->canvas, &target, &area));
  g_assert_cmpfloat(area.height, >, 30);
}

/* Gradients are as many as weights, and counted anew. */
static void test_other_kind(void) {
  g_autoptr(Panel) panel = panel_fixture_new("histograms", panel_fixture()->look, NULL);
  Rect area;

  g_assert_true(locate(panel, "conv1.kernel", 0, FALSE, &area));
  g_autofree char *weights = drawn(panel, NULL);
  panel_set_value(panel, "show", SHOW_GRADIENTS);
  g_autofree char *after = drawn(panel, NULL);
  g_autoptr(Panel) other = panel_fixture_new("histograms", panel_fixture()->look, NULL);
  panel_set_value(other, "show", SHOW_GRADIENTS);
  g_autofree char *alone = drawn(other, NULL);
  g_assert_cmpstr(after, ==, alone);
  g_assert_cmpstr(after, !=, weights);
}

/* At rest it is always the newest look that is counted. */
static void test_recount(void) {
  const PanelFixture *f = panel_fixture();
  g_autoptr(Panel) panel = panel_fixture_new("histograms", f->fresh, NULL);

  g_autofree char *before = drawn(panel, NULL);
  panel_look(panel, f->look);
  g_autofree char *after = drawn(panel, NULL);
  g_assert_cmpstr(after, !=, before);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  easel = easel_new(WIDTH, HEIGHT, FALSE, 13);
  g_test_add_func("/diagram/layers", test_layers);
  g_test_add_func("/diagram/belongs", test_belongs);
  g_test_add_func("/diagram/table", test_layer_table);
  g_test_add_func("/diagram/keyboard", test_layer_keys);
  g_test_add_func("/histograms/counts", test_counts);
  g_test_add_func("/histograms/kinds", test_kinds);
  g_test_add_func("/histograms/zeros", test_zeros);
  g_test_add_func("/histograms/all_zero", test_all_zero);
  g_test_add_func("/histograms/not_finite", test_not_finite);
  g_test_add_func("/histograms/logarithms", test_logarithms);
  g_test_add_func("/histograms/bars", test_bars);
  g_test_add_func("/histograms/keyboard", test_bar_keys);
  g_test_add_func("/histograms/too_many", test_too_many);
  g_test_add_func("/histograms/other_kind", test_other_kind);
  g_test_add_func("/histograms/recount", test_recount);
  const int status = g_test_run();
  easel_free(easel);
  panel_fixture_end();
  return status;
}
