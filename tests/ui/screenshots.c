/* The pictures of the README: screenshots FOLDER. Made by ./dev screenshots, after a real training.
 *
 * screenshots FOLDER all: every step and every panel of the lesson, at the sizes of screens that
 * people have, light and dark, and as on a projector: to be looked at after a change.
 */
#include "tests/ui/window_fixture.h"

#include "ui/page/page_view.h"
#include "ui/window/theme.h"

#include <string.h>

static void set_theme(gboolean dark) {
  adw_style_manager_set_color_scheme(adw_style_manager_get_default(),
                                     dark ? ADW_COLOR_SCHEME_FORCE_DARK
                                          : ADW_COLOR_SCHEME_FORCE_LIGHT);
}

static void train_epoch(BathyWindow *window) {
  g_action_group_activate_action(G_ACTION_GROUP(window), "epoch", NULL);
  window_fixture_wait(window, window_is_resting);
}

static gboolean over_cb(gpointer data) {
  *(gboolean *)data = TRUE;
  return G_SOURCE_REMOVE;
}

/* What was said in passing is gone. */
static void wait_for_quiet(void) {
  gboolean over = FALSE;

  g_timeout_add_seconds(12, over_cb, &over);
  while (!over)
    g_main_context_iteration(NULL, TRUE);
}

static BathyPageView *page_of(BathyWindow *window) {
  return BATHY_PAGE_VIEW(window_find(GTK_WIDGET(window), BATHY_TYPE_PAGE_VIEW, NULL, NULL));
}

static void show_page(BathyWindow *window, const char *name) {
  g_action_group_change_action_state(G_ACTION_GROUP(window), "page", g_variant_new_string(name));
  window_fixture_settle(window);
}

static void go_to(BathyWindow *window, const char *id) {
  BathyPageView *view = page_of(window);
  const Page *page = bathy_page_view_get_page(view);

  for (guint i = 0; i < page->steps->len; i++)
    if (g_str_equal(((const PageStep *)page->steps->pdata[i])->id, id))
      bathy_page_view_go(view, i);
  window_fixture_settle(window);
}

static void explain(BathyWindow *window, const char *tensor, gsize offset) {
  Target target = {.offset = offset};

  g_strlcpy(target.tensor, tensor, sizeof target.tensor);
  bathy_laboratory_explain(bathy_window_get_laboratory(window),
                           bathy_lab_get_look(bathy_window_get_lab(window)), &target, FALSE);
  window_fixture_settle(window);
}

/* --- everything --- */

static void shoot_steps(BathyWindow *window, const char *what) {
  show_page(window, "lesson");
  BathyPageView *view = page_of(window);
  const guint n = bathy_page_view_get_page(view)->steps->len;

  for (guint i = 0; i < n; i++) {
    g_autofree char *name = g_strdup_printf("%s-step%02u", what, i + 1);
    bathy_page_view_go(view, i);
    window_fixture_settle(window);
    window_fixture_shot(window, name);
  }
}

static void shoot_panels(BathyWindow *window, const char *what) {
  BathyLaboratory *laboratory = bathy_window_get_laboratory(window);
  g_autoptr(GPtrArray) frames = bathy_panel_grid_frames(bathy_laboratory_get_grid(laboratory));

  show_page(window, "laboratory");
  for (guint i = 0; i < frames->len; i++) {
    const char *panel = bathy_panel_frame_get_panel(frames->pdata[i])->klass->name;
    g_autofree char *name = g_strdup_printf("%s-%s", what, panel);
    bathy_laboratory_bring(laboratory, panel);
    window_fixture_settle(window);
    window_fixture_shot(window, name);
  }
}

static void shoot_all(void) {
  static const struct {
    int width, height;
    double text;
  } SCREENS[] = {{1024, 700, 1}, {1280, 800, 1}, {1920, 1080, 1}, {1920, 1080, 1.5}};

  for (guint i = 0; i < G_N_ELEMENTS(SCREENS); i++) {
    theme_set_text_scale(SCREENS[i].text);
    BathyWindow *window = window_fixture_open(SCREENS[i].width, SCREENS[i].height);
    train_epoch(window);
    for (int dark = 0; dark < 2; dark++) {
      g_autofree char *what =
          g_strdup_printf("%dx%d%s-%s", SCREENS[i].width, SCREENS[i].height,
                          SCREENS[i].text > 1 ? "-projector" : "", dark ? "dark" : "light");
      set_theme(dark);
      shoot_steps(window, what);
      shoot_panels(window, what);
    }
    window_fixture_close(window);
  }
}

static void shoot_readme(void) {
  set_theme(FALSE);
  BathyWindow *window = window_fixture_open(1600, 1000);
  train_epoch(window);
  wait_for_quiet();
  window_fixture_shot(window, "lesson");
  go_to(window, "forward");
  window_fixture_shot(window, "formulas");
  set_theme(TRUE);
  go_to(window, "backward");
  explain(window, "conv1.preactivation", (12 * 26 + 12) * 32 + 5);
  bathy_laboratory_bring(bathy_window_get_laboratory(window), "sliding_window");
  wait_for_quiet();
  window_fixture_shot(window, "why");
  window_fixture_close(window);
}

int main(int argc, char **argv) {
  const gboolean all = argc == 3 && g_str_equal(argv[2], "all");

  if ((argc != 2 && !all) || !window_fixture_init(&argc, &argv)) {
    g_printerr("usage: screenshots FOLDER [all] (with a display)\n");
    return 2;
  }
  g_setenv("BATHYSCOPE_SHOTS", argv[1], TRUE);
  if (all)
    shoot_all();
  else
    shoot_readme();
  window_fixture_end();
  return 0;
}
