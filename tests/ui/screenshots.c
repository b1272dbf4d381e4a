/* The pictures of the README: screenshots FOLDER. Made by ./dev screenshots, after a real training.
 */
#include "tests/ui/window_fixture.h"

#include "ui/page/page_view.h"

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

static void go_to(BathyWindow *window, const char *id) {
  BathyPageView *view =
      BATHY_PAGE_VIEW(window_find(GTK_WIDGET(window), BATHY_TYPE_PAGE_VIEW, NULL, NULL));
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

int main(int argc, char **argv) {
  if (argc != 2 || !window_fixture_init(&argc, &argv)) {
    g_printerr("usage: screenshots FOLDER (with a display)\n");
    return 2;
  }
  g_setenv("BATHYSCOPE_SHOTS", argv[1], TRUE);
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
  window_fixture_end();
  return 0;
}
