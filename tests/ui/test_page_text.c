/* What is read on a lesson's page: formulas, text that can be copied, the program's source. */
#include "tests/ui/page_fixture.h"
#include "ui/page/formula.h"

#include <gtksourceview/gtksource.h>
#include <string.h>

static void add_formula(const PageBlock *block, gpointer data) {
  int *count = data;

  if (block->kind == PAGE_MATH) {
    g_assert_nonnull(formula_find(block->text, TRUE));
    ++*count;
  }
  for (guint i = 0; block->runs != NULL && i < block->runs->len; i++) {
    const PageRun *run = block->runs->pdata[i];
    if (run->kind != RUN_FORMULA)
      continue;
    if (formula_find(run->text, FALSE) == NULL)
      g_error("not typeset: %s", run->text);
    ++*count;
  }
}

static void test_formulas(void) {
  int count = 0;

  for (guint i = 0; i < page_fixture_page->steps->len; i++)
    page_foreach(page_fixture_page->steps->pdata[i], add_formula, &count);
  g_assert_cmpint(count, >, 40);
  g_assert_cmpstr(formula_spoken(formula_find("\\hat{y}_k", FALSE)), ==, "y hat k");
  g_assert_null(formula_find("no such formula", FALSE));
}

/* Drawn in the colour asked for, within its box and nowhere else. */
static void test_formula_drawing(void) {
  const GdkRGBA red = {1, 0, 0, 1};
  Formula *formula = formula_find("p", FALSE);
  g_autofree guint32 *pixels = g_new0(guint32, 60 * 60);
  cairo_surface_t *surface = cairo_image_surface_create_for_data(
      (guchar *)pixels, CAIRO_FORMAT_ARGB32, 60, 60, 60 * (int)sizeof(guint32));
  cairo_t *cr = cairo_create(surface);
  double width, height, depth;
  int inside = 0;

  g_assert_nonnull(formula);
  formula_size(formula, &width, &height, &depth);
  g_assert_cmpfloat(depth, >, 0.1); /* the letter p reaches below its baseline */
  formula_draw(formula, cr, 10, 30, 32, &red);
  cairo_destroy(cr);
  cairo_surface_destroy(surface);
  for (int y = 0; y < 60; y++)
    for (int x = 0; x < 60; x++) {
      const guint32 pixel = pixels[y * 60 + x];
      if (pixel >> 24 < 40)
        continue;
      g_assert_cmpuint(pixel & 0xffff, ==, 0);
      g_assert_cmpint(x, >=, 8);
      g_assert_cmpint(x, <=, 12 + (int)(width * 32));
      g_assert_cmpint(y, >=, 28 - (int)(height * 32));
      g_assert_cmpint(y, <=, 32 + (int)(depth * 32));
      inside++;
    }
  g_assert_cmpint(inside, >, 30);
}

/* --- text --- */

static GtkWidget *label_with(Stage *self, const char *text) {
  GtkWidget *label = NULL;

  while ((label = stage_next(self, GTK_TYPE_LABEL, NULL, label)) != NULL)
    if (strstr(gtk_label_get_text(GTK_LABEL(label)), text) != NULL)
      return label;
  g_assert_not_reached();
}

static void got_cb(GObject *clipboard, GAsyncResult *result, gpointer text) {
  *(char **)text = gdk_clipboard_read_text_finish(GDK_CLIPBOARD(clipboard), result, NULL);
}

/* Copied text has its formulas as they are written. */
static void test_copy(void) {
  g_autofree char *text = NULL;
  Stage stage;

  stage_init(&stage, 640, 1600, 2);
  GtkWidget *label = label_with(&stage, "lays rings of zeros");
  gtk_label_select_region(GTK_LABEL(label), 0, -1);
  g_signal_emit_by_name(label, "copy-clipboard");
  gdk_clipboard_read_text_async(gtk_widget_get_clipboard(label), NULL, got_cb, &text);
  while (text == NULL)
    g_main_context_iteration(NULL, TRUE);
  g_assert_nonnull(strstr(text, "Padding p lays rings of zeros"));
  g_assert_true(g_str_has_suffix(text, "a kernel k wide, the output is"));
  stage_shot(&stage, "selected");
  stage_clear(&stage);
}

/* Formulas and the column grow with the text. */
static void test_text_size(void) {
  GtkSettings *settings = gtk_settings_get_default();
  int dpi;
  Stage stage;

  g_object_get(settings, "gtk-xft-dpi", &dpi, NULL);
  stage_init(&stage, 1200, 2400, 2);
  GtkWidget *label = label_with(&stage, "lays rings of zeros");
  GtkWidget *formula = stage_next(&stage, BATHY_TYPE_FORMULA, NULL, NULL);
  const int width = gtk_widget_get_width(label), height = gtk_widget_get_height(formula);
  g_object_set(settings, "gtk-xft-dpi", dpi * 3 / 2, NULL);
  stage_settle(&stage);
  stage_shot(&stage, "projector");
  g_assert_cmpint(gtk_widget_get_width(label), >, width * 4 / 3);
  g_assert_cmpint(gtk_widget_get_height(formula), >, height * 4 / 3);
  g_object_set(settings, "gtk-xft-dpi", dpi, NULL);
  stage_settle(&stage);
  g_assert_cmpint(gtk_widget_get_width(label), ==, width);
  stage_clear(&stage);
}

/* What was never typeset is shown as it is written; links lead somewhere. */
static void test_other_text(void) {
  Stage stage;

  stage_init(&stage, 520, 600, 0);
  g_autoptr(Page) page = stage_show(
      &stage, "## A\n\nA $`\\nonsense_9`$ and [a *place*](https://example.org/?a=1&b=2).\n\n"
              "```math\n\\nonsense\n```\n\n> quoted\n\n1. one\n2. two\n\n---\n");
  GtkWidget *label = label_with(&stage, "A \\nonsense_9 and a place.");
  g_assert_nonnull(
      strstr(gtk_label_get_label(GTK_LABEL(label)), "href=\"https://example.org/?a=1&amp;b=2\""));
  label_with(&stage, "\\nonsense");
  label_with(&stage, "2.");
  stage_shot(&stage, "other");
  stage_clear(&stage);
}

static char *text_of(GtkWidget *view) {
  GtkTextBuffer *buffer = gtk_text_view_get_buffer(GTK_TEXT_VIEW(view));
  GtkTextIter start, end;

  g_assert_nonnull(gtk_source_buffer_get_language(GTK_SOURCE_BUFFER(buffer)));
  gtk_text_buffer_get_bounds(buffer, &start, &end);
  return gtk_text_buffer_get_text(buffer, &start, &end, FALSE);
}

/* The program's own source stands on the page, whole. */
static void test_source(void) {
  GtkWidget *view = NULL;
  int count = 0;
  Stage stage;

  stage_init(&stage, 640, 2400, 8);
  while ((view = stage_next(&stage, GTK_SOURCE_TYPE_VIEW, NULL, view)) != NULL) {
    g_autofree char *text = text_of(view);
    g_assert_null(strstr(text, "not part of this installation"));
    g_assert_true(count++ > 0 || strstr(text, "foreach_meeting(") != NULL);
  }
  g_assert_cmpint(count, ==, 8);
  stage_clear(&stage);
}

/* Keras stands beside the C where there is room, else below it. */
static void test_beside(void) {
  for (int wide = 0; wide < 2; wide++) {
    Stage stage;
    double x, y;

    stage_init(&stage, wide ? 1500 : 640, 800, 8);
    GtkWidget *c = stage_next(&stage, GTK_TYPE_BOX, "page-code", NULL);
    GtkWidget *keras = stage_next(&stage, GTK_TYPE_BOX, "page-code", c);
    g_assert_true(gtk_widget_translate_coordinates(keras, c, 0, 0, &x, &y));
    if (wide)
      g_assert_cmpint((int)x, >=, gtk_widget_get_width(c));
    else
      g_assert_cmpint((int)x, ==, 0);
    g_assert_true(wide ? y <= 0 : y >= gtk_widget_get_height(c));
    stage_clear(&stage);
  }
}

int main(int argc, char **argv) {
  if (!page_fixture_init(&argc, &argv))
    return 0;
  g_test_add_func("/page-text/formulas", test_formulas);
  g_test_add_func("/page-text/formula-drawing", test_formula_drawing);
  g_test_add_func("/page-text/copy", test_copy);
  g_test_add_func("/page-text/text-size", test_text_size);
  g_test_add_func("/page-text/other-text", test_other_text);
  g_test_add_func("/page-text/source", test_source);
  g_test_add_func("/page-text/beside", test_beside);
  const int status = g_test_run();
  page_fixture_end();
  return status;
}
