#include "ui/window/application.h"

#include "bathyscope-resources.h"
#include "ui/window/preferences.h"
#include "ui/window/renderer.h"
#include "ui/window/window.h"

#include <stdio.h>

struct _BathyApplication {
  AdwApplication parent;
  BathyState *state;
};

G_DEFINE_FINAL_TYPE(BathyApplication, bathy_application, ADW_TYPE_APPLICATION)

static void quit_cb(GSimpleAction *action, GVariant *parameter, gpointer data) {
  GtkWindow *window = gtk_application_get_active_window(data);

  (void)action, (void)parameter;
  if (window != NULL)
    gtk_window_close(window); /* it may have something to ask */
  else
    g_application_quit(data);
}

static void add_keys(GtkApplication *self) {
  static const struct {
    const char *action, *keys[3];
  } KEYS[] = {
      {"app.quit", {"<Control>q"}},
      {"win.close", {"<Control>w"}},
      {"win.open", {"<Control>o"}},
      {"win.save-run", {"<Control>s"}},
      {"win.export-panel", {"<Control>e"}},
      {"win.undo-setting", {"<Control>z"}},
      {"win.redo-setting", {"<Control><Shift>z", "<Control>y"}},
      {"win.sidebar", {"F9"}},
      {"win.fullscreen", {"F11"}},
      {"win.hyperparameters", {"<Control>h"}},
      {"win.page::lesson", {"<Alt>1"}},
      {"win.page::laboratory", {"<Alt>2"}},
      {"win.preferences", {"<Control>comma"}},
      {"win.next-step", {"<Control>Page_Down"}},
      {"win.previous-step", {"<Control>Page_Up"}},
  };

  for (guint i = 0; i < G_N_ELEMENTS(KEYS); i++)
    gtk_application_set_accels_for_action(self, KEYS[i].action, KEYS[i].keys);
}

static void bathy_application_startup(GApplication *application) {
  static const GActionEntry ENTRIES[] = {{.name = "quit", .activate = quit_cb}};
  BathyApplication *self = BATHY_APPLICATION(application);

  bathyscope_register_resource();
  G_APPLICATION_CLASS(bathy_application_parent_class)->startup(application);
  self->state = bathy_state_new(NULL);
  preferences_apply(self->state);
  g_action_map_add_action_entries(G_ACTION_MAP(self), ENTRIES, G_N_ELEMENTS(ENTRIES), self);
  add_keys(GTK_APPLICATION(self));
  gtk_window_set_default_icon_name("org.bathyscope.Bathyscope");
}

static void bathy_application_activate(GApplication *application) {
  BathyApplication *self = BATHY_APPLICATION(application);
  GtkWindow *window = gtk_application_get_active_window(GTK_APPLICATION(self));

  if (window == NULL)
    window = GTK_WINDOW(bathy_window_new(GTK_APPLICATION(self), self->state));
  gtk_window_present(window);
}

static void bathy_application_shutdown(GApplication *application) {
  BathyApplication *self = BATHY_APPLICATION(application);
  g_autoptr(GError) error = NULL;

  if (self->state != NULL && !bathy_state_save(self->state, &error))
    g_message("%s", error->message);
  g_clear_object(&self->state);
  G_APPLICATION_CLASS(bathy_application_parent_class)->shutdown(application);
}

static void bathy_application_class_init(BathyApplicationClass *klass) {
  GApplicationClass *application = G_APPLICATION_CLASS(klass);

  application->startup = bathy_application_startup;
  application->activate = bathy_application_activate;
  application->shutdown = bathy_application_shutdown;
}

static void bathy_application_init(BathyApplication *self) { (void)self; }

AdwApplication *bathy_application_new(void) {
  return g_object_new(BATHY_TYPE_APPLICATION, "application-id", "org.bathyscope.Bathyscope",
                      "flags", G_APPLICATION_NON_UNIQUE, NULL);
}

int bathy_application_main(int argc, char **argv) {
  if (!gtk_init_check()) {
    fprintf(stderr, "bathyscope: there is no display for the window; train on the command line "
                    "with: bathyscope train day05\n");
    return 1;
  }
  renderer_choose();
  g_autoptr(AdwApplication) application = bathy_application_new();
  return g_application_run(G_APPLICATION(application), argc, argv);
}
