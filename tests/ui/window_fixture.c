#include "tests/ui/window_fixture.h"

#include "tests/core/support.h"
#include "ui/window/application.h"

#include <locale.h>

#define PATIENCE 400 /* seconds; under a sanitizer everything takes longer */

static char *home;
static AdwApplication *application;

gboolean window_fixture_init(int *argc, char ***argv) {
  g_autofree char *config = NULL, *data = NULL;
  g_autoptr(GError) error = NULL;

  home = test_tmp_dir();
  config = g_build_filename(home, "config", NULL);
  data = g_build_filename(home, "data", NULL);
  g_setenv("XDG_CONFIG_HOME", config, TRUE);
  g_setenv("XDG_DATA_HOME", data, TRUE);
  g_test_init(argc, argv, NULL);
  if (!gtk_init_check()) {
    g_print("1..0 # skip there is no display\n");
    window_fixture_end();
    return FALSE;
  }
  application = bathy_application_new();
  g_application_register(G_APPLICATION(application), NULL, &error);
  g_assert_no_error(error);
  return TRUE;
}

void window_fixture_end(void) {
  g_clear_object(&application);
  test_remove_dir(g_steal_pointer(&home));
}

void window_fixture_settle(BathyWindow *window) {
  gtk_test_widget_wait_for_draw(GTK_WIDGET(window));
  while (g_main_context_iteration(NULL, FALSE))
    ;
}

static gboolean wake_cb(gpointer data) {
  (void)data;
  return G_SOURCE_CONTINUE;
}

void window_fixture_wait(BathyWindow *window, WindowCondition condition) {
  const gint64 end = g_get_monotonic_time() + PATIENCE * G_USEC_PER_SEC;
  const guint wake = g_timeout_add(20, wake_cb, NULL);

  while (!condition(window)) {
    g_assert_cmpint(g_get_monotonic_time(), <, end);
    g_main_context_iteration(NULL, TRUE);
  }
  g_source_remove(wake);
}

/* All that was asked for is done, and shown. */
gboolean window_is_resting(BathyWindow *window) {
  BathyLab *lab = bathy_window_get_lab(window);
  SessionStatus status;

  if (!bathy_window_is_ready(window))
    return FALSE;
  session_status(bathy_lab_get_session(lab), &status);
  return session_wait(bathy_lab_get_session(lab), 0, NULL) && bathy_lab_get_look(lab) != NULL &&
         bathy_lab_get_status(lab)->step == status.step && !bathy_lab_is_training(lab);
}

BathyWindow *window_fixture_new(int width, int height) {
  g_autoptr(BathyState) state = bathy_state_new(NULL);

  bathy_state_set_int(state, "window", "width", width);
  bathy_state_set_int(state, "window", "height", height);
  BathyWindow *window = BATHY_WINDOW(bathy_window_new(GTK_APPLICATION(application), state));
  gtk_window_present(GTK_WINDOW(window));
  return window;
}

BathyWindow *window_fixture_open(int width, int height) {
  BathyWindow *window = window_fixture_new(width, height);

  window_fixture_wait(window, window_is_resting);
  window_fixture_settle(window);
  return window;
}

void window_fixture_close(BathyWindow *window) {
  gtk_window_close(GTK_WINDOW(window));
  while (g_main_context_iteration(NULL, FALSE))
    ;
}

/* --- finding --- */

static GtkWidget *next_widget(GtkWidget *root, GtkWidget *at) {
  GtkWidget *next = gtk_widget_get_first_child(at);

  while (next == NULL && at != root) {
    next = gtk_widget_get_next_sibling(at);
    at = gtk_widget_get_parent(at);
  }
  return next;
}

GtkWidget *window_find(GtkWidget *root, GType type, const char *css_class, GtkWidget *after) {
  GtkWidget *at = after != NULL ? after : root;

  while ((at = next_widget(root, at)) != NULL)
    if (gtk_widget_get_mapped(at) && g_type_is_a(G_OBJECT_TYPE(at), type) &&
        (css_class == NULL || gtk_widget_has_css_class(at, css_class)))
      return at;
  return NULL;
}

/* --- pictures --- */

/* NULL while something waits to be drawn anew. */
static GskRenderNode *drawn(GtkWidget *window) {
  GtkSnapshot *snapshot = gtk_snapshot_new();

  gtk_test_widget_wait_for_draw(window);
  g_autoptr(GdkPaintable) paintable = gtk_widget_paintable_new(window);
  gdk_paintable_snapshot(paintable, snapshot, gtk_widget_get_width(window),
                         gtk_widget_get_height(window));
  return gtk_snapshot_free_to_node(snapshot);
}

void window_fixture_picture(GtkWidget *window, const char *name) {
  const char *folder = g_getenv("BATHYSCOPE_SHOTS");
  const gint64 end = g_get_monotonic_time() + PATIENCE * G_USEC_PER_SEC;
  g_autoptr(GskRenderNode) node = NULL;

  while ((node = drawn(window)) == NULL)
    g_assert_cmpint(g_get_monotonic_time(), <, end);
  g_autoptr(GdkTexture) texture =
      gsk_renderer_render_texture(gtk_native_get_renderer(GTK_NATIVE(window)), node,
                                  &GRAPHENE_RECT_INIT(0, 0, (float)gtk_widget_get_width(window),
                                                      (float)gtk_widget_get_height(window)));
  if (folder == NULL)
    return;
  g_autofree char *path = g_strdup_printf("%s/%s.png", folder, name);
  gdk_texture_save_to_png(texture, path);
}

/* A widget that is about to be drawn anew has no picture of itself for a moment. */
static GskRenderNode *picture_of(BathyWindow *window, double width, double height) {
  g_autoptr(GdkPaintable) paintable = gtk_widget_paintable_new(GTK_WIDGET(window));
  GskRenderNode *node = NULL;

  for (int i = 0; i < 100 && node == NULL; i++) {
    GtkSnapshot *snapshot = gtk_snapshot_new();
    window_fixture_settle(window);
    gdk_paintable_snapshot(paintable, snapshot, width, height);
    node = gtk_snapshot_free_to_node(snapshot);
  }
  g_assert_nonnull(node);
  return node;
}

void window_fixture_shot(BathyWindow *window, const char *name) {
  const char *folder = g_getenv("BATHYSCOPE_SHOTS");
  const double width = gtk_widget_get_width(GTK_WIDGET(window));
  const double height = gtk_widget_get_height(GTK_WIDGET(window));
  g_autoptr(GskRenderNode) node = picture_of(window, width, height);
  g_autoptr(GdkTexture) texture =
      gsk_renderer_render_texture(gtk_native_get_renderer(GTK_NATIVE(window)), node,
                                  &GRAPHENE_RECT_INIT(0, 0, (float)width, (float)height));

  if (folder == NULL)
    return;
  g_autofree char *file = g_strconcat(name, ".png", NULL);
  g_autofree char *path = g_build_filename(folder, file, NULL);
  gdk_texture_save_to_png(texture, path);
}
