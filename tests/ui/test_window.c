/* Day 5 in its window, from the first step to the last: everything that can be tried is tried,
 * every goal reached and noticed, every question answered, every panel looked at and exported. */
#include "tests/ui/window_fixture.h"

#include "core/lesson/learner.h"
#include "tests/core/support.h"
#include "ui/explain/explain_view.h"
#include "ui/page/page_view.h"
#include "ui/window/dialogs.h"

#include <string.h>

static GtkWidget *find(BathyWindow *window, GType type) {
  return window_find(GTK_WIDGET(window), type, NULL, NULL);
}

static BathyPageView *page_of(BathyWindow *window) {
  return BATHY_PAGE_VIEW(find(window, BATHY_TYPE_PAGE_VIEW));
}

static BathyPanelFrame *frame_of(BathyWindow *window, const char *panel) {
  BathyPanelGrid *grid = bathy_laboratory_get_grid(bathy_window_get_laboratory(window));
  BathyPanelFrame *frame = bathy_panel_grid_find(grid, panel);

  g_assert_nonnull(frame);
  return frame;
}

static void activate(BathyWindow *window, const char *action) {
  g_assert_true(g_action_group_get_action_enabled(G_ACTION_GROUP(window), action));
  g_action_group_activate_action(G_ACTION_GROUP(window), action, NULL);
}

/* --- doing what a step asks for --- */

typedef struct {
  Theme theme;
  cairo_surface_t *surface;
  Canvas canvas;
} Paper;

static void paper_init(Paper *self, double width, double height, gboolean dark) {
  self->theme = (Theme){.em = 13, .dark = dark};
  self->surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)width, (int)height);
  self->canvas = (Canvas){cairo_create(self->surface), width, height, &self->theme};
}

static void paper_clear(Paper *self) {
  g_assert_cmpint(cairo_status(self->canvas.cr), ==, CAIRO_STATUS_SUCCESS);
  cairo_destroy(self->canvas.cr);
  cairo_surface_destroy(self->surface);
}

/* A stroke from the top to the bottom of the sheet. */
static void draw_digit(BathyWindow *window) {
  Panel *panel = bathy_panel_frame_get_panel(frame_of(window, "draw_digit"));
  Paper paper;

  paper_init(&paper, 480, 320, FALSE);
  panel_draw(panel, &paper.canvas);
  panel->klass->pointer(panel, &paper.canvas, POINTER_PRESS, 120, 60);
  for (int y = 70; y < 220; y += 10)
    panel->klass->pointer(panel, &paper.canvas, POINTER_DRAG, 120, y);
  panel->klass->pointer(panel, &paper.canvas, POINTER_RELEASE, 120, 220);
  paper_clear(&paper);
}

/* By keyboard, from cell to cell. */
static void hover_window(BathyWindow *window) {
  Panel *panel = bathy_panel_frame_get_panel(frame_of(window, "sliding_window"));
  double x, y;
  Paper paper;
  Hit hit;

  paper_init(&paper, 480, 320, FALSE);
  g_assert_true(panel->klass->move(panel, &paper.canvas, 0, 0, &x, &y));
  g_assert_true(panel->klass->move(panel, &paper.canvas, 1, 0, &x, &y));
  g_assert_true(panel_hit(panel, &paper.canvas, x, y, &hit));
  g_assert_cmpstr(hit.target.tensor, ==, "conv1");
  paper_clear(&paper);
}

/* From the loss, always by the largest term, down to the picture. */
static void follow_to_pixel(BathyWindow *window) {
  BathyLaboratory *laboratory = bathy_window_get_laboratory(window);
  Snapshot *look = bathy_lab_get_look(bathy_window_get_lab(window));
  Target target = {.tensor = "loss"};

  bathy_laboratory_explain(laboratory, look, &target, FALSE);
  window_fixture_settle(window);
  BathyExplainView *view = BATHY_EXPLAIN_VIEW(find(window, BATHY_TYPE_EXPLAIN_VIEW));
  for (int i = 0; i < 20 && !g_str_equal(target.tensor, "input"); i++) {
    const Explanation *explanation = bathy_explain_view_get_explanation(view);
    g_assert_nonnull(explanation);
    g_assert_true(explanation->agrees);
    g_assert_true(explanation_term_target(explanation, 0, &target));
    bathy_explain_view_show(view, look, &target, FALSE);
    g_signal_emit_by_name(view, "follow", &target, FALSE);
  }
  g_assert_cmpstr(target.tensor, ==, "input");
  window_fixture_settle(window);
}

static void export_panel(BathyWindow *window) {
  char *folder = test_tmp_dir();
  g_autofree char *path = g_build_filename(folder, "panel", NULL);
  g_autofree char *written = g_strconcat(path, ".svg", NULL);

  dialogs_answer_with(TRUE, path, NULL);
  activate(window, "export-panel");
  dialogs_answer_with(FALSE, NULL, NULL);
  g_assert_true(g_file_test(written, G_FILE_TEST_EXISTS));
  test_remove_dir(folder);
}

static void set_geometry(BathyWindow *window, const char *control, double value) {
  g_assert_true(bathy_panel_frame_set_control(frame_of(window, "geometry"), control, value));
}

static void live_change(BathyWindow *window) {
  GError *error = NULL;

  bathy_lab_set(bathy_window_get_lab(window), "learning_rate", "0.0005", &error);
  g_assert_no_error(error);
}

static void do_deed(BathyWindow *window, const char *deed) {
  if (g_str_equal(deed, "draw_digit"))
    draw_digit(window);
  else if (g_str_equal(deed, "hover_window"))
    hover_window(window);
  else if (g_str_equal(deed, "geometry_impossible"))
    set_geometry(window, "input", 1);
  else if (g_str_equal(deed, "geometry_uncovered"))
    set_geometry(window, "input", 10), set_geometry(window, "stride", 4);
  else if (g_str_equal(deed, "explain") || g_str_equal(deed, "explain_pixel"))
    follow_to_pixel(window);
  else if (g_str_equal(deed, "pin_example"))
    bathy_panel_frame_set_control(frame_of(window, "feature_maps"), "example", 7);
  else if (g_str_equal(deed, "export_panel"))
    export_panel(window);
  else if (g_str_equal(deed, "trained_batch"))
    activate(window, "step");
  else if (g_str_equal(deed, "live_change"))
    live_change(window);
  else
    g_assert_cmpstr(deed, ==, "trained_epoch"); /* done by what the step lets one try */
}

static void deed_cb(const PageBlock *block, gpointer window) {
  const char *deed = page_field(block, "did");

  if (block->kind == PAGE_GOAL && deed != NULL)
    do_deed(window, deed);
}

/* --- pressing what there is to press --- */

static void press_tries(BathyWindow *window) {
  GtkWidget *page = GTK_WIDGET(page_of(window)), *card = NULL;

  while ((card = window_find(page, GTK_TYPE_BOX, "page-try", card)) != NULL) {
    GtkWidget *button = window_find(card, GTK_TYPE_BUTTON, NULL, NULL);
    g_signal_emit_by_name(button, "clicked");
    window_fixture_settle(window);
    g_assert_nonnull(window_find(card, GTK_TYPE_LABEL, "page-done", NULL));
    if (bathy_lab_get_pace(bathy_window_get_lab(window)) == 0 &&
        settings_get(bathy_lab_get_wanted(bathy_window_get_lab(window)), "batch_size", 32) == 1)
      activate(window, "train"); /* pause: one picture at a time takes long */
    window_fixture_wait(window, window_is_resting);
  }
}

static void press_looks(BathyWindow *window) {
  GtkWidget *page = GTK_WIDGET(page_of(window)), *image = NULL;

  while ((image = window_find(page, GTK_TYPE_IMAGE, NULL, image)) != NULL) {
    GtkWidget *button = gtk_widget_get_ancestor(image, GTK_TYPE_BUTTON);
    if (button == NULL || g_object_get_data(G_OBJECT(button), "block") == NULL)
      continue;
    g_signal_emit_by_name(button, "clicked");
    window_fixture_settle(window);
    g_assert_nonnull(window_find(GTK_WIDGET(window), BATHY_TYPE_PANEL_FRAME, "flash", NULL));
  }
}

static void answer_all(BathyWindow *window) {
  GtkWidget *page = GTK_WIDGET(page_of(window)), *answer = NULL;

  while ((answer = window_find(page, GTK_TYPE_CHECK_BUTTON, NULL, answer)) != NULL) {
    gtk_check_button_set_active(GTK_CHECK_BUTTON(answer), TRUE);
    GtkWidget *because = g_object_get_data(G_OBJECT(answer), "because");
    g_assert_true(gtk_widget_get_visible(because));
    g_assert_cmpuint(strlen(gtk_label_get_label(GTK_LABEL(because))), >, 20);
  }
}

/* From untrained weights, whatever an earlier test has left. */
static void start_over(BathyWindow *window) {
  activate(window, "reset");
  window_fixture_wait(window, window_is_resting);
}

/* --- the walk --- */

typedef struct {
  Learner *learner;
  int goals;
  gboolean all_digits; /* MNIST: drawn digits are harder */
} Reached;

static void reached_cb(const PageBlock *block, gpointer data) {
  Reached *reached = data;
  const char *when = page_field(block, "when");

  if (block->kind != PAGE_GOAL)
    return;
  reached->goals++;
  if (!reached->all_digits &&
      ((when != NULL && strstr(when, "accuracy") != NULL) || g_str_equal(block->name, "test_set")))
    return;
  if (!learner_has_goal(reached->learner, "day05", block->name))
    g_test_message("not reached: %s", block->name);
  g_assert_true(learner_has_goal(reached->learner, "day05", block->name));
}

static void shot_step(BathyWindow *window, guint step, const char *theme) {
  g_autofree char *name = g_strdup_printf("step%02u-%s", step + 1, theme);

  window_fixture_shot(window, name);
}

static void walk_step(BathyWindow *window, guint step) {
  BathyPageView *view = page_of(window);

  bathy_page_view_go(view, step);
  window_fixture_settle(window);
  press_looks(window);
  press_tries(window);
  page_foreach(bathy_page_view_get_page(view)->steps->pdata[step], deed_cb, window);
  window_fixture_wait(window, window_is_resting);
  answer_all(window);
  shot_step(window, step, "light");
}

static void test_walk(void) {
  BathyWindow *window = window_fixture_open(1920, 1080);
  const Page *page = bathy_page_view_get_page(page_of(window));
  Reached reached = {.all_digits = g_str_equal(
                         bathy_lab_get_dataset(bathy_window_get_lab(window))->name, "mnist")};

  for (guint i = 0; i < page->steps->len; i++)
    walk_step(window, i);
  reached.learner = learner_new(NULL, NULL);
  for (guint i = 0; i < page->steps->len; i++)
    page_foreach(page->steps->pdata[i], reached_cb, &reached);
  g_assert_cmpint(reached.goals, >=, 14);
  learner_free(reached.learner);
  window_fixture_close(window);
}

/* --- panels --- */

static void assert_drawn(Panel *panel, double width, double height, gboolean dark) {
  Paper paper;

  paper_init(&paper, width, height, dark);
  canvas_fill_rect(&paper.canvas, &(Rect){0, 0, width, height}, theme_background(&paper.theme));
  panel_draw(panel, &paper.canvas);
  cairo_surface_flush(paper.surface);
  const guint32 *pixels = (const guint32 *)(gpointer)cairo_image_surface_get_data(paper.surface);
  const int n = cairo_image_surface_get_stride(paper.surface) / 4 * (int)height;
  int inked = 0;
  for (int i = 1; i < n; i++)
    inked += pixels[i] != pixels[0];
  g_assert_cmpint(inked, >, 50);
  paper_clear(&paper);
}

/* Counts of samples and of pixels, not numbers of the model: they say what they count. */
static gboolean counts(const Panel *panel) {
  static const char *const NAMES[] = {"geometry", "confusion_matrix", "worst_mistakes", NULL};

  return g_strv_contains(NAMES, panel->klass->name);
}

/* Whatever number is under it explains itself. */
static void assert_explains(Panel *panel, double width, double height) {
  int explained = 0, told = 0;
  Paper paper;
  Hit hit;

  paper_init(&paper, width, height, FALSE);
  panel_draw(panel, &paper.canvas);
  for (int i = 0; i < 400; i++) {
    if (!panel_hit(panel, &paper.canvas, width * (i % 20 + 0.5) / 20, height * (i / 20 + 0.5) / 20,
                   &hit))
      continue;
    told += hit.text[0] != '\0';
    if (hit.target.tensor[0] == '\0')
      continue;
    const Probe *probe = hit.drawing ? panel->look->drawing : panel->look->probe;
    g_autoptr(Explanation) explanation = explanation_new(panel->look, probe, &hit.target);
    g_assert_nonnull(explanation);
    explained++;
  }
  g_assert_cmpint(counts(panel) ? told : explained, >, 0);
  paper_clear(&paper);
}

static void assert_exports(Panel *panel) {
  static const char *const ENDINGS[] = {"svg", "pdf", "png", "csv"};
  char *folder = test_tmp_dir();
  const Theme theme = {.em = 13};
  GError *error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS(ENDINGS); i++) {
    g_autofree char *file = g_strdup_printf("%s.%s", panel->klass->name, ENDINGS[i]);
    g_autofree char *path = g_build_filename(folder, file, NULL), *text = NULL;
    gsize size;
    panel_export(panel, path, &theme, &error);
    g_assert_no_error(error);
    g_assert_true(g_file_get_contents(path, &text, &size, NULL));
    g_assert_cmpuint(size, >, 20);
  }
  g_assert_false(panel_export(panel, "/dev/full/x.svg", &theme, &error));
  g_clear_error(&error);
  g_assert_false(panel_export(panel, "/dev/full", &theme, &error));
  g_clear_error(&error);
  test_remove_dir(folder);
}

static void test_panels(void) {
  static const double SIZES[][2] = {{160, 120}, {340, 250}, {640, 480}, {1600, 1000}};
  BathyWindow *window = window_fixture_open(1600, 1000);

  start_over(window);
  draw_digit(window);
  activate(window, "epoch");
  window_fixture_wait(window, window_is_resting);
  g_autoptr(GPtrArray) frames =
      bathy_panel_grid_frames(bathy_laboratory_get_grid(bathy_window_get_laboratory(window)));
  g_assert_cmpuint(frames->len, ==, 11);
  for (guint i = 0; i < frames->len; i++) {
    Panel *panel = bathy_panel_frame_get_panel(frames->pdata[i]);
    g_autofree char *words = panel->klass->describe(panel);
    g_test_message("%s: %s", panel->klass->name, words);
    for (guint k = 0; k < G_N_ELEMENTS(SIZES); k++)
      for (int dark = 0; dark < 2; dark++)
        assert_drawn(panel, SIZES[k][0], SIZES[k][1], dark);
    assert_explains(panel, 480, 360);
    assert_exports(panel);
    g_assert_cmpuint(strlen(words), >, 20);
  }
  window_fixture_close(window);
}

/* --- what is remembered --- */

static void test_kept(void) {
  BathyWindow *window = window_fixture_open(1400, 900);
  BathyPanelGrid *grid = bathy_laboratory_get_grid(bathy_window_get_laboratory(window));

  start_over(window);
  activate(window, "step");
  window_fixture_wait(window, window_is_resting);
  const guint32 step = bathy_lab_get_status(bathy_window_get_lab(window))->step;
  bathy_panel_grid_set_hidden(grid, bathy_panel_grid_find(grid, "geometry"), TRUE);
  bathy_page_view_go(page_of(window), 4);
  window_fixture_close(window);

  window = window_fixture_open(1400, 900);
  grid = bathy_laboratory_get_grid(bathy_window_get_laboratory(window));
  g_assert_cmpuint(bathy_lab_get_status(bathy_window_get_lab(window))->step, ==, step);
  g_assert_cmpuint(bathy_page_view_get_step(page_of(window)), ==, 4);
  g_assert_true(bathy_panel_grid_is_hidden(grid, bathy_panel_grid_find(grid, "geometry")));
  bathy_panel_grid_set_hidden(grid, bathy_panel_grid_find(grid, "geometry"), FALSE);
  window_fixture_close(window);
}

/* --- files --- */

static void test_files(void) {
  BathyWindow *window = window_fixture_open(1400, 900);
  BathyLab *lab = bathy_window_get_lab(window);
  char *folder = test_tmp_dir();
  g_autofree char *run = g_build_filename(folder, "run.safetensors", NULL);
  g_autofree char *onnx = g_build_filename(folder, "model.onnx", NULL);
  g_autofree char *csv = g_build_filename(folder, "history.csv", NULL);
  g_autofree char *model = g_build_filename(folder, "model.safetensors", NULL);
  g_autofree char *all = g_build_filename(folder, "all", NULL);

  start_over(window);
  activate(window, "epoch");
  window_fixture_wait(window, window_is_resting);
  const guint32 step = bathy_lab_get_status(lab)->step;
  dialogs_answer_with(TRUE, run, NULL);
  activate(window, "save-run");
  dialogs_answer_with(TRUE, onnx, NULL);
  activate(window, "export-model");
  dialogs_answer_with(TRUE, model, NULL);
  activate(window, "export-model");
  dialogs_answer_with(TRUE, csv, NULL);
  activate(window, "export-history");
  dialogs_answer_with(TRUE, all, NULL);
  activate(window, "export-all");
  g_assert_cmpint(test_count_files(all), ==, 22);
  activate(window, "reset");
  window_fixture_wait(window, window_is_resting);
  dialogs_answer_with(TRUE, run, NULL);
  activate(window, "open");
  window_fixture_wait(window, window_is_resting);
  g_assert_cmpuint(bathy_lab_get_status(lab)->step, ==, step);
  /* What is no run, what was cancelled, where nothing can be written: what there was stays. */
  dialogs_answer_with(TRUE, model, NULL);
  activate(window, "open");
  window_fixture_wait(window, window_is_resting);
  dialogs_answer_with(TRUE, csv, NULL);
  activate(window, "open");
  window_fixture_wait(window, window_is_resting);
  dialogs_answer_with(TRUE, NULL, NULL);
  activate(window, "open");
  activate(window, "export-model");
  dialogs_answer_with(TRUE, "/dev/full/model.onnx", NULL);
  activate(window, "export-model");
  activate(window, "export-panel");
  activate(window, "save-run");
  dialogs_answer_with(TRUE, "/dev/full", NULL);
  activate(window, "export-history");
  window_fixture_wait(window, window_is_resting);
  g_assert_cmpuint(bathy_lab_get_status(lab)->step, ==, step);
  dialogs_answer_with(FALSE, NULL, NULL);
  test_remove_dir(folder);
  window_fixture_close(window);
}

/* --- looks --- */

static void test_sizes(void) {
  static const int SIZES[][2] = {{1024, 700}, {1280, 800}, {1920, 1080}};

  for (guint i = 0; i < G_N_ELEMENTS(SIZES); i++)
    for (int dark = 0; dark < 2; dark++) {
      BathyWindow *window = window_fixture_open(SIZES[i][0], SIZES[i][1]);
      adw_style_manager_set_color_scheme(adw_style_manager_get_default(),
                                         dark ? ADW_COLOR_SCHEME_FORCE_DARK
                                              : ADW_COLOR_SCHEME_FORCE_LIGHT);
      for (int page = 0; page < 2; page++) {
        g_autofree char *name = g_strdup_printf("%dx%d-%s-%s", SIZES[i][0], SIZES[i][1],
                                                dark ? "dark" : "light", page ? "lab" : "lesson");
        g_action_group_change_action_state(G_ACTION_GROUP(window), "page",
                                           g_variant_new_string(page ? "laboratory" : "lesson"));
        window_fixture_settle(window);
        window_fixture_shot(window, name);
      }
      g_assert_cmpint(gtk_widget_get_width(GTK_WIDGET(window)), <=, SIZES[i][0] + 60);
      window_fixture_close(window);
    }
  adw_style_manager_set_color_scheme(adw_style_manager_get_default(), ADW_COLOR_SCHEME_FORCE_LIGHT);
}

int main(int argc, char **argv) {
  if (!window_fixture_init(&argc, &argv))
    return 0;
  g_test_add_func("/window/walk", test_walk);
  g_test_add_func("/window/panels", test_panels);
  g_test_add_func("/window/kept", test_kept);
  g_test_add_func("/window/files", test_files);
  g_test_add_func("/window/sizes", test_sizes);
  const int status = g_test_run();
  window_fixture_end();
  return status;
}
